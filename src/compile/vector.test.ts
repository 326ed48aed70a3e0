import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withKernels } from "../../test/compile/programs.ts";
import { vectorProgram } from "./vector.ts";

describe.each(["js", "wasm"] as const)("vector kernels on %s", (target) => {
  test("give what their formulae say, for every length", () => {
    withKernels(vectorProgram([3]), target, ({ call, runtime }) => {
      fc.assert(
        fc.property(
          fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { maxLength: 23 }),
          fc.double({ min: -5, max: 5, noNaN: true }),
          (values, a) => {
            const mark = runtime.mark();
            const n = values.length;
            const x = runtime.f64(3 * n + 4);
            const y = runtime.f64(n + 1);
            const c = runtime.f64(3);
            x.set(values);
            x.set(values.map((v) => v * v), n + 1); // oxfmt-ignore
            x.set(values.map((v) => v + 1), 2 * n + 2); // oxfmt-ignore
            c.set([0.5, -2, a]);
            y[n] = 77;
            call.copy(n, x, y);
            expect([...y.subarray(0, n)]).toEqual(values);
            call.axpy(n, a, x, y);
            expect([...y.subarray(0, n)]).toEqual(values.map((v) => a * v + v));
            call.scale(n, a, x, y);
            expect([...y.subarray(0, n)]).toEqual(values.map((v) => a * v));
            call.combine3(n, n + 1, c, x, x, y);
            expect([...y.subarray(0, n)]).toEqual(values.map((v) => v + 0.5 * v + -2 * (v * v) + a * (v + 1)));
            const norm = call.weightedRms(n, x, x.subarray(n + 1)) as number;
            const expected = n === 0 ? 0 : Math.sqrt(values.reduce((sum, v) => sum + (v * v * v) ** 2, 0) / n);
            expect(Math.abs(norm - expected)).toBeLessThanOrEqual(1e-14 * expected);
            expect(y[n]).toBe(77);
            runtime.release(mark);
          },
        ),
      );
    });
  });
});
