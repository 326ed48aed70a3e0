import { expect, test } from "vitest";
import { parse, type Term } from "../term/index.ts";
import { program, tapeFunction } from "./builder.ts";
import { lower } from "./lower.ts";
import { ALL_TARGETS, withKernels } from "../../test/compile/programs.ts";

test.each(ALL_TARGETS)("terms become kernels on %s", (target) => {
  const symbols = ["x", "y"].map((name) => parse(name) as Term);
  const terms = ["x^2*y - 3*x", "exp(-x)*sin(y) + 1/(1 + x^2)", "sqrt(x*y)"].map((text) => parse(text) as Term);
  const tape = lower({ name: "f", inputs: [{ name: "v", symbols }], outputs: [{ name: "out", terms }] });
  withKernels(program("p", tapeFunction(tape)), target, ({ call, runtime, scratchLength }) => {
    const v = runtime.f64(2);
    const out = runtime.f64(3);
    v.set([2, 3]);
    call.f(v, out, runtime.f64(scratchLength("f")));
    const expected = [6, Math.exp(-2) * Math.sin(3) + 0.2, Math.sqrt(6)];
    expected.forEach((value, i) => expect(out[i]).toBeCloseTo(value, 14));
  });
});
