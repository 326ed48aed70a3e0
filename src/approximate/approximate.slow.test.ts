// approximate: what it chooses, that its statements hold, its code, and what it refuses.
import { describe, expect, test } from "vitest";
import { compileProgramSync, program as makeProgram } from "../compile/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { parse } from "../term/index.ts";
import { approximate, type Approximated, type ApproximateOptions } from "./approximate.ts";
import { evaluateFloat } from "./curve.ts";
import { type FloatProgram, programMap, sourceCode } from "./code.ts";
import { normalise } from "./evolution/program.ts";
import { targetOfOracle, targetOfTerm } from "./target.ts";

/** Greatest error of the chosen program at points of the range, in its own arithmetic. */
function worst(text: string, found: Approximated, single = false): number {
  const target = targetOfTerm(parse(text));
  const [a, b] = found.on;
  let most = 0;
  for (let i = 1; i < 400; i++) {
    const exact = a + ((b - a) * i) / 400;
    const x = single ? Math.fround(exact) : exact;
    if (x === 0) continue;
    const f = F.round(target.value(F.fromNumber(x), 100).mid, 100);
    const off = F.toNumber(F.subtract(F.fromNumber(found.best.evaluate(x)), f, 100));
    most = Math.max(most, Math.abs(found.weight === "relative" ? off / F.toNumber(f) : off));
  }
  return most;
}

const remez = (text: string, options: Omit<ApproximateOptions, "search">): Promise<Approximated> =>
  approximate(text, { search: "remez", ...options });

describe("the chosen program", () => {
  test.each([
    ["2^x", [0, 1], { operations: 10 }], ["exp(x)", [-1, 1], { digits: 6 }], ["sin(x)", [-1, 1], { relative: 1e-6 }],
    ["log(1 + x)", [0, 1], { digits: 5 }], ["cos(x)", [0, 2], { absolute: 1e-4 }], ["1 - cos(x)", [-1, 1], { digits: 3 }],
    ["sin(x)/x", [0, 1], { digits: 7 }], ["erf(x)", [0, 2], { digits: 3 }], ["airyAi(-x)", [0, 3], { absolute: 1e-4, operations: 14 }],
  ] as const)("of %s on %j with %j keeps its bound, proved", async (text, on, options) => {
    const found = await remez(text, { on, ...options });
    expect(found.met).toBe(true);
    expect(found.best.evidence.map(({ grade }) => grade)).toEqual(["proved", "proved"]);
    const bound = found.best.evidence.at(-1)!.bound!;
    expect(worst(text, found)).toBeLessThanOrEqual(bound);
    expect(worst(text, found)).toBeGreaterThan(0.5 * bound);
    for (const shorter of found.front.slice(0, found.front.indexOf(found.best))) expect(shorter.digits).toBeLessThan(found.best.digits);
  }); // oxfmt-ignore

  test("is the shortest that meets what is asked", async () => {
    const found = await remez("exp(x)", { on: [0, 1], digits: 4 });
    const index = found.front.indexOf(found.best);
    expect(found.best.digits).toBeGreaterThan(4);
    if (index > 0) expect(found.front[index - 1].digits).toBeLessThan(-Math.log10(0.5e-4));
  });

  test("in double precision close to its limit", async () => {
    const found = await remez("sin(x)", { on: ["0", "pi/4"], ulp: 3, operations: 14 });
    expect(found.met).toBe(true);
    expect(found.best.ulp).toBeLessThan(3);
    expect(worst("sin(x)", found)).toBeLessThan(3 * 2 ** -53);
    expect(found.on[1]).toBeCloseTo(Math.PI / 4, 15);
  });

  test("in single precision is tried at every argument", async () => {
    const found = await remez("2^x", { on: [0.5, 0.501], format: "f32", ulp: 1, operations: 8 });
    expect(found.met).toBe(true);
    const last = found.best.evidence.at(-1)!;
    expect(last.grade).toBe("exhaustive");
    let [most, count] = [0, 0];
    const bits = new Int32Array(new Float32Array([0.5, 0.501]).buffer);
    for (let i = bits[0]; i <= bits[1]; i++) {
      const x = new Float32Array(Int32Array.of(i).buffer)[0];
      if (x > 0.501) continue;
      count++;
      // Values lie between 1 and 2: a unit is 2^-23.
      most = Math.max(most, Math.abs(found.best.evaluate(x) - 2 ** x) * 2 ** 23);
    }
    expect(last.method).toContain(`all ${count.toLocaleString("en")} arguments`);
    expect(Math.abs(last.bound! - most)).toBeLessThan(1e-5);
  });

  test("in single precision without the trial of all arguments is sampled", async () => {
    const found = await remez("2^x", { on: [0.5, 0.501], format: "f32", ulp: 1, operations: 8, exhaustive: false });
    expect(found.best.evidence.at(-1)).toMatchObject({ grade: "sampled", unit: "ulp" });
    expect(found.best.ulp).toBeLessThan(1);
  });

  test("in real arithmetic has its constants to 128 bits", async () => {
    const found = await remez("exp(x)", { on: [0, 1], format: "any", operations: 26 });
    expect(found.best.evidence).toHaveLength(1);
    expect(found.best.evidence[0].grade).toBe("proved");
    expect(found.best.digits).toBeGreaterThan(17);
    expect(found.best.ulp).toBeUndefined();
    expect(found.best.constants[0].length).toBeGreaterThan(30);
  });

  test("evolved beats the textbook in as many operations", async () => {
    const found = await approximate("2^x", { on: [0, 1], operations: 3, search: "evolve", budget: { steps: 1500 } });
    expect(found.best.kind).toBe("evolved");
    expect(found.best.digits).toBeGreaterThan(3);
    for (const { operations, digits } of found.baselines)
      if (operations <= 3) expect(digits).toBeLessThan(found.best.digits);
  });

  test("of a function known by its values is sampled, and says so", async () => {
    const oracle = targetOfOracle("my function", (x: BigFloat, p) => F.exp(x, p));
    const found = await approximate(oracle, { on: [0, 1], search: "remez", operations: 6 });
    expect(found.best.evidence[0]).toMatchObject({ grade: "sampled" });
    expect(found.best.evidence[1]).toMatchObject({ grade: "sampled" });
  });

  test("a bend is no pole", async () => {
    const found = await remez("abs(x)", { on: [-1, 1], operations: 4 });
    expect(found.best.evidence[0].grade).toBe("sampled");
    expect((await remez("sqrt(x)", { on: [0, 1], operations: 4 })).weight).toBe("absolute");
  });
});

describe("textbook approximations beside it", () => {
  test("for 2^x on [0, 1]", async () => {
    const { baselines } = await remez("2^x", { on: [0, 1], operations: 8 });
    const digits = (kind: string, operations: number): number =>
      baselines.find((each) => each.kind === kind && each.operations === operations)!.digits;
    // mpmath at 60 digits.
    expect(digits("Chebyshev interpolation", 8)).toBeCloseTo(5.46, 1);
    expect(digits("Taylor", 8)).toBeCloseTo(3.12, 1);
    expect(digits("minimax polynomial", 8)).toBeCloseTo(5.59, 1);
    expect(digits("minimax quotient", 8)).toBeCloseTo(6.36, 1);
    expect(digits("Pade", 8)).toBeCloseTo(3.64, 1);
  });
});

describe("code", () => {
  const program = normalise([
    { op: "/", left: -1, right: 0 }, { op: "+", left: 1, right: 0 }, { op: "sqrt", left: 2, right: 2 }, { op: "-", left: -1, right: 3 }, { op: "*", left: 4, right: 3 },
  ])!; // oxfmt-ignore
  const given = (type: "f64" | "f32"): FloatProgram => ({ program, constants: [1.3, -0.7].map((c) => (type === "f32" ? Math.fround(c) : c)), type }); // oxfmt-ignore

  test.each(["f64", "f32"] as const)("JavaScript and WebAssembly give the bits of the program in %s", (type) => {
    const source = sourceCode(given(type), "js", "g").replace("export function g", "return function");
    const g = new Function(source)() as (x: number) => number;
    const kernel = compileProgramSync(makeProgram("p", programMap(given(type))));
    const [x, y] = type === "f64" ? [kernel.runtime.f64(50), kernel.runtime.f64(50)] : [kernel.runtime.f32(50), kernel.runtime.f32(50)]; // oxfmt-ignore
    for (let i = 0; i < 50; i++) x[i] = 0.05 * (i + 1);
    kernel.call.map(50, x, y);
    for (let i = 0; i < 50; i++) {
      expect(g(x[i])).toBe(evaluateFloat(given(type), x[i]));
      expect(y[i]).toBe(evaluateFloat(given(type), x[i]));
    }
    kernel.dispose();
  });

  test("C and WebAssembly's text format", () => {
    expect(sourceCode(given("f32"), "c", "g")).toBe(
      `#include <math.h>

/* Compile with -ffp-contract=off: every operation rounds by itself. */
float g(float x) {
  const float t1 = 0x1.4cccccp+0f / x;
  const float t2 = t1 + x;
  const float t3 = sqrtf(t2);
  const float t4 = -0x1.666666p-1f - t3;
  const float t5 = t4 * t3;
  return t5;
}
`,
    );
    const text = sourceCode(given("f64"), "wasm");
    expect(text).toContain('(func (export "f") (param $x f64) (result f64) (local $t1 f64)');
    expect(text).toContain("(local.set $t1 (f64.div (f64.const 0x1.4cccccccccccdp+0) (local.get $x)))");
    expect(text.split("(").length).toBe(text.split(")").length);
  });

  test("a name that is none", () => {
    expect(() => sourceCode(given("f64"), "c", "2x")).toThrow(/is no name/);
  });
});

describe("bad input", () => {
  test.each([
    ["tan(x)", { on: [0, 2] }, /pole or a jump near 1.57/],
    ["1/x", { on: [-1, 1] }, /no value at 0|pole/],
    ["floor(x)", { on: [0, 2] }, /pole or a jump near 0.99|near 1/],
    ["sign(x - 1/3)", { on: [0, 1] }, /jump near 0.333/],
    ["log(x)", { on: [-1, 1] }, /no value at -1: log of a negative number/],
    ["gamma(x)", { on: [-0.5, 1] }, /pole or a jump near|no value/],
    ["x", { on: [1, 0] }, /range 1:0 is empty/],
    ["x", { on: [1, 1] }, /empty/],
    ["x", { on: [0, Infinity] }, /finite number/],
    ["x", { on: ["0", "y"] }, /constant, not "y"/],
    ["foo(x)", { on: [0, 1] }, /unknown function "foo"/],
    ["x + y", { on: [0, 1] }, /2 variables/],
    ["3", { on: [0, 1] }, /constant, not a function/],
    ["x", { on: [0, 1], ulp: 1, digits: 3 }, /one accuracy is asked for, not 2: ulp, digits/],
    ["x", { on: [0, 1], digits: -1 }, /digits is a positive number/],
    ["x", { on: [0, 1], format: "any", ulp: 1 }, /real arithmetic has no last place/],
    ["x", { on: [0, 1], operations: 99 }, /from 1 to 32/],
    ["sin(x)", { on: [1, 4], relative: 1e-3 }, /vanishes near 3.1/],
  ] as const)("%s with %j", async (text, options, message) => {
    await expect(remez(text, options as unknown as ApproximateOptions)).rejects.toThrow(message);
    await expect(remez(text, options as unknown as ApproximateOptions)).rejects.toMatchObject({ name: "Failure" });
  }); // oxfmt-ignore

  test("what no program of the size reaches comes back as the best there is", async () => {
    const found = await remez("exp(x)", { on: [0, 1], digits: 12, operations: 4 });
    expect(found.met).toBe(false);
    expect(found.best).toBe(found.front.at(-1));
    expect(found.best.digits).toBeLessThan(4);
  });
});
