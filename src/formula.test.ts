import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "./base/index.ts";
import { Runtime } from "./compile/index.ts";
import { compile, compileSync } from "./formula.ts";

const bits = (xs: ArrayLike<number>): string[] => Array.from(xs, (x) => (Object.is(x, -0) ? "-0" : String(x)));

/** The same bits. */
const same = (a: Float64Array | Float32Array, b: Float64Array | Float32Array): boolean =>
  a.length === b.length && a.every((x, i) => Object.is(x, b[i]));

test("points, arrays of every length and places in them agree bit for bit", async () => {
  const f = await compile("exp(-x*x)*sin(3*x) + x^3/(1 + x^2)", { ulp: 4 });
  const xs = Float64Array.from({ length: 37 }, (_, i) => (i - 18) / 3.7);
  const whole = f.map(xs);
  for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 37])
    expect(bits(f.map(xs.subarray(0, n)))).toEqual(bits(whole.subarray(0, n)));
  xs.forEach((x, i) => {
    expect(f(x)).toBe(whole[i]);
    const expected = Math.exp(-x * x) * Math.sin(3 * x) + x ** 3 / (1 + x * x);
    expect(Math.abs(whole[i] - expected)).toBeLessThan(1e-15 * Math.max(1, Math.abs(expected)));
  });
  const long = Float64Array.from({ length: 5000 }, (_, i) => i / 1000);
  expect(f.map(long)[4097]).toBe(f(long[4097]));
});

test("rare arguments among usual ones: zeros, huge, infinite, NaN", () => {
  const f = compileSync("exp(x)");
  const xs = Float64Array.of(1, -0, 800, -800, Infinity, -Infinity, Number.NaN, -745.1, 709.7, 2, 3, 4, 5);
  const ys = f.map(xs);
  expect([ys[1], ys[2], ys[3], ys[4], ys[5], ys[6]]).toEqual([1, Infinity, 0, Infinity, 0, Number.NaN]);
  expect(ys[7]).toBe(5e-324);
  expect(ys[8] / Math.exp(709.7)).toBeCloseTo(1, 14);
  expect(ys[9]).toBe(Math.exp(2));
  for (const ulp of [1, 4]) {
    const g = compileSync("sin(x)", { ulp });
    const values = g.map(Float64Array.of(1, 1e22, -0, 0, Infinity, 2, Number.NaN));
    expect(values[1]).toBe(Math.sin(1e22));
    expect(bits(values.subarray(2, 4))).toEqual(["-0", "0"]);
    expect(values[4]).toBeNaN();
    expect(values[6]).toBeNaN();
    expect(Math.abs(values[5] - Math.sin(2))).toBeLessThan(3e-16);
  }
  const h = compileSync("log(x)");
  expect(h.map(Float64Array.of(0, -0, -1, Infinity, 1, 5e-324))).toEqual(Float64Array.of(-Infinity, -Infinity, Number.NaN, Infinity, 0, Math.log(5e-324))); // oxfmt-ignore
});

test("strict formulae give the same bits on wasm and js", () => {
  const sources = ["exp(x)*y - sin(x + y)", "log(abs(x) + 1)/(1 + y^2)", "cos(x)^3 + sqrt(abs(y))", "if(x < y, tan(x), x*y - 1)"];
  for (const source of sources) {
    const options = { variables: ["x", "y"], strict: true } as const;
    const [a, b] = [compileSync(source, { ...options, target: "wasm" }), compileSync(source, { ...options, target: "js" })];
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 9 }), fc.double({ noNaN: true }), (xs, y) => {
        const x = Float64Array.from(xs);
        expect(bits(a.map({ x, y }))).toEqual(bits(b.map({ x, y })));
      }),
      { numRuns: 60 },
    );
  }
}); // oxfmt-ignore

test("single precision, several formulae, numbers for all points, results in place", () => {
  const f = compileSync("a*x + y", { variables: ["a", "x", "y"] });
  const x = Float32Array.of(1, 2, 3, 4, 5);
  const y = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5);
  const z = f.map({ a: 2, x, y });
  expect(z).toBeInstanceOf(Float32Array);
  expect(z[4]).toBe(Math.fround(10.5));
  const both = compileSync(["x + y", "x - y"], { variables: ["x", "y"] });
  const u = Float64Array.of(1, 2, 3);
  const v = Float64Array.of(10, 20, 30);
  expect(both.mapAll({ x: u, y: v }).map((each) => [...each])).toEqual([[11, 22, 33], [-9, -18, -27]]); // oxfmt-ignore
  expect(both.values(5, 3)).toEqual([8, 2]);
  both.mapAll({ x: u, y: v }, { out: [v, u] });
  expect([[...v], [...u]]).toEqual([[11, 22, 33], [-9, -18, -27]]); // oxfmt-ignore
});

test("reductions", () => {
  const f = compileSync("x^2");
  const xs = Float64Array.from({ length: 10_001 }, (_, i) => i % 100);
  expect(f.reduce("sum", xs)).toBe(xs.reduce((sum, x) => sum + x * x, 0));
  expect(f.reduce("max", xs)).toBe(99 * 99);
  expect(f.reduce("min", xs)).toBe(0);
  expect(f.reduce("product", Float64Array.of(1, 2, 3))).toBe(36);
  expect(f.reduce("sum", new Float64Array(0))).toBe(0);
  const strict = compileSync("x", { strict: true });
  const mixed = Float64Array.of(1e16, 1, -1e16, 1, 1);
  expect(strict.reduce("sum", mixed)).toBe(mixed.reduce((a, b) => a + b, 0));
});

test("a large formula is compiled in chunks", () => {
  const source = Array.from({ length: 3000 }, (_, i) => `(x + ${i})*(y - ${i})/${i + 1}`).join(" + ");
  const f = compileSync(source, { variables: ["x", "y"] });
  let expected = 0;
  for (let i = 0; i < 3000; i++) expected += ((2 + i) * (3 - i)) / (i + 1);
  expect(f(2, 3) / expected).toBeCloseTo(1, 12);
  expect(f.map({ x: Float64Array.of(1, 2), y: 3 })[1]).toBe(f(2, 3));
});

test("what was done is told", () => {
  const f = compileSync("sin(x) + cot(x)", { variables: ["x"] });
  const text = f.explain();
  expect(text).toContain("vectorised: run: loop over i");
  expect(text).toContain("sin is within 1 units in the last place");
  expect(text).toContain("calls out of the module: ");
  expect(f.evidence.map((each) => each.grade)).toContain("none");
  expect(f.plan.chosen).toBe("wasm");
  expect(f.program).toContain("function run(n: i32, x0: f64[n], y0: f64[n])");
});

test("mistakes are told as they are", () => {
  const fails = (run: () => unknown, what: string): void => expect(run).toThrow(what);
  fails(() => compileSync("x + y"), "the order of the variables");
  fails(() => compileSync("x + y", { variables: ["x"] }), '"y" is not a variable of the formula');
  fails(() => compileSync("x", { variables: ["x", "x"] }), "listed twice");
  fails(() => compileSync([]), "no formula");
  fails(() => compileSync("x +"), "formula:1:4");
  fails(() => compileSync("x < 1"), "is a condition");
  fails(() => compileSync("x", { ulp: 0 }), "cannot be had");
  const f = compileSync("x + y", { variables: ["x", "y"] });
  const two = Float64Array.of(1, 2);
  fails(() => f(1), "takes 2 numbers (x, y), not 1");
  fails(() => f.map(two), "give an object with x, y");
  fails(() => f.map({ x: two, y: Float64Array.of(1) }), "x has 2 elements, but y has 1");
  fails(() => f.map({ x: two, y: Float32Array.of(1, 2) }), "different precision");
  fails(() => f.map({ x: two }), "no values are given for y");
  fails(() => f.map({ x: two, y: two, z: 1 }), '"z" is not a variable');
  fails(() => f.map({ x: 1, y: 2 }), "no array to map over");
  fails(() => f.map({ x: two, y: 1 }, { out: new Float64Array(3) }), "has 3 elements, but there are 2 points");
  const memory = new Float64Array(4);
  fails(() => f.map({ x: memory.subarray(0, 3), y: 1 }, { out: memory.subarray(1) }), "overlaps the values of x");
  const pair = compileSync(["x", "-x"]);
  fails(() => pair.mapAll(two, { out: [memory.subarray(0, 2), memory.subarray(1, 3)] }), "the same memory");
  fails(() => pair.map(two), "ask for mapAll");
});

test("threads, copies and arrays used in place give the same bits", () => {
  const f = compileSync("exp(-x*x)*sin(3*x) + y", { variables: ["x", "y"], target: "wasm" });
  const n = 50_003;
  const x = Float64Array.from({ length: n }, (_, i) => (i - n / 2) / 5000);
  const y = Float64Array.from(x, (v) => v * v);
  const expected = f.map({ x, y });
  const sum = f.reduce("sum", { x, y });
  const [ownX, ownY, out] = [f.array(n), f.array(n), f.array(n)];
  ownX.set(x);
  ownY.set(y);
  for (const threads of [1, 2, 3, "auto"] as const) {
    expect(same(f.map({ x, y }, { threads }), expected)).toBe(true);
    expect(same(f.map({ x: ownX, y: ownY }, { threads }), expected)).toBe(true);
    expect(f.map({ x: ownX, y }, { threads, out: out.fill(0) })).toBe(out);
    expect(same(out, expected)).toBe(true);
    f.map({ x: ownX, y: ownY }, { threads, out: out.fill(0) });
    expect(same(out, expected)).toBe(true);
    // In place.
    out.set(x);
    f.map({ x: out, y: ownY }, { threads, out });
    expect(same(out, expected)).toBe(true);
    const plain = Float64Array.from(x);
    expect(same(f.map({ x: plain, y }, { threads, out: plain }), expected)).toBe(true);
    expect(f.reduce("sum", { x, y }, { threads })).toBe(sum);
    expect(f.reduce("sum", { x: ownX, y: ownY }, { threads })).toBe(sum);
    expect(f.map({ x: ownX.subarray(3, 3), y: ownY.subarray(5, 5) }, { threads })).toHaveLength(0);
  }
  expect(same(f.map({ x: ownX.subarray(1), y: ownY.subarray(1) }), expected.subarray(1))).toBe(true);
  expect(f.array(2, "f32")).toBeInstanceOf(Float32Array);
  f.dispose();
  expect(f.array(1)).toHaveLength(1);
  f.dispose();
});

test("threads where there are none, and memories of one's own", () => {
  const js = compileSync("x + 1", { target: "js" });
  const x = Float64Array.from({ length: 30_000 }, (_, i) => i);
  expect(() => js.map(x, { threads: 2 })).toThrow("target js runs on one thread");
  expect(js.map(x, { threads: "auto" })[29_999]).toBe(30_000);
  expect(() => js.map(x, { threads: 0 })).toThrow("a whole number from 1 to 64");
  const runtime = new Runtime({ bytes: 1 << 20 });
  const f = compileSync("x + 1", { runtime });
  const own = f.array(30_000);
  own.set(x);
  expect(own.buffer).toBe(runtime.memory.buffer);
  expect(f.runtime).toBe(runtime);
  for (const threads of [1, 2]) expect(f.map(own, { threads })[29_999]).toBe(30_000);
  expect(f.map(own, { out: own })).toBe(own);
  expect(own[7]).toBe(8);
  f.dispose();
  expect(runtime.disposed).toBe(false);
  runtime.dispose();
});

test("several threads on a large formula and on several formulae", () => {
  const many = Array.from({ length: 2000 }, (_, k) => `(x + ${k + 1}/7)^3/(x^2 + ${k + 2})`).join(" + ");
  const [large, pair] = [compileSync(many), compileSync(["x^2", "x^3"])];
  const x = Float64Array.from({ length: 20_000 }, (_, i) => i / 1e4);
  expect(large.map(x.subarray(0, 17_000), { threads: 2 })).toEqual(large.map(x.subarray(0, 17_000)));
  expect(pair.mapAll(x, { threads: 3 })).toEqual(pair.mapAll(x));
});

test("what cannot be asked for is a failure of use", () => {
  const wrong = (what: unknown): never => what as never;
  const failure = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
    throw new Error("nothing was thrown");
  };
  expect(failure(() => compileSync("x", { target: wrong("gpu") }))).toContain('no target "gpu"');
  expect(failure(() => compileSync(wrong(3)))).toContain("text or a term");
  for (const name of ["2", "a+b", "pi"])
    expect(failure(() => compileSync("x", { variables: ["x", name] }))).toContain("cannot be a variable");
  const f = compileSync("x*x");
  for (const inputs of [null, undefined, 3]) expect(failure(() => f.map(wrong(inputs)))).toContain("the values to map over"); // oxfmt-ignore
  expect(failure(() => f.reduce(wrong("mean"), new Float64Array(2)))).toContain('no reduction "mean"');
  for (const length of [-1, 1.5, Number.NaN]) expect(failure(() => f.array(length))).toContain("a slice of");
  f.dispose();
  const emulated = (format: string, more: object): string => failure(() => compileSync("x*x", { arithmetic: { format, ...more } })(300)); // oxfmt-ignore
  for (const format of ["binary16", "posit16"]) {
    expect(emulated(format, { overflow: "clip" })).toContain('no overflow rule "clip"');
    expect(emulated(format, { rounding: "sr", seed: 1.5 })).toContain("the seed of random bits");
    expect(emulated(format, { rounding: "sr", seed: -1 })).toContain("the seed of random bits");
  }
});

test("more variables than a function of the engine can have are refused", () => {
  const variables = Array.from({ length: 1000 }, (_, i) => `v${i}`);
  expect(() => compileSync(variables.join("+"), { variables })(...variables.map(() => 1))).toThrow("an engine allows 1000"); // oxfmt-ignore
});

test("auto is settled by a measurement where targets have the same evidence, and remembered", () => {
  const x = Float64Array.from({ length: 70_000 }, (_, i) => i / 1000);
  const f = compileSync("x*x*0.4711 + 1/(x + 0.0815)");
  expect(f.plan.reason).toBe("the engine has it");
  const y = f.map(x);
  expect(f.plan.reason).toMatch(/^measured: wasm [\d.e-]+, js [\d.e-]+ ns an element$/);
  expect(["wasm", "js"]).toContain(f.target);
  expect(y[69_999]).toBeCloseTo(69.999 ** 2 * 0.4711 + 1 / (69.999 + 0.0815), 9);
  expect(compileSync("x*x*0.4711 + 1/(x + 0.0815)").target).toBe(f.target);
  // Functions with a bound are there in wasm only: nothing to measure.
  const g = compileSync("exp(x/1e9) + 0.4711");
  g.map(x);
  expect([g.target, g.plan.reason]).toEqual(["wasm", "the engine has it"]);
});
