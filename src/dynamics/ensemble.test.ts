import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { Runtime } from "../compile/index.ts";
import { parse } from "../term/index.ts";
import { fixedStepper, type FixedStepSystem } from "./ensemble.ts";
import { FIXED_STEP_METHODS, type FixedStepMethod } from "./fixed-step.tableau.ts";

const lotka: FixedStepSystem = {
  states: ["x", "y"],
  parameters: ["a", "b", "c"],
  rhs: ["a*x - b*x*y", "b*x*y - c*y"],
};
const forced: FixedStepSystem = { states: ["u", "v"], parameters: ["w"], rhs: ["v", "sin(w*t) - u"] };

type Rhs = (t: number, y: readonly number[], p: readonly number[]) => number[];

/** The textbook formulas, in plain JavaScript. */
function reference(method: FixedStepMethod, rhs: Rhs, y0: readonly number[], p: readonly number[], h: number, steps: number, t0 = 0): number[] {
  const { a, b, c } = FIXED_STEP_METHODS[method] as { a: readonly (readonly number[])[]; b: readonly number[]; c: readonly number[] };
  let y = [...y0];
  for (let step = 0; step < steps; step++) {
    const k: number[][] = [];
    const combine = (row: readonly number[]): number[] =>
      y.map((value, s) => row.reduce((sum, factor, j) => (factor === 0 ? sum : sum + h * factor * k[j][s]), value));
    b.forEach((_, i) => k.push(rhs(t0 + step * h + c[i] * h, combine(a[i]), p)));
    y = combine(b);
  }
  return y;
} // oxfmt-ignore

const lotkaRhs: Rhs = (_t, [x, y], [a, b, c]) => [a * x - b * x * y, b * x * y - c * y];
const forcedRhs: Rhs = (t, [u, v], [w]) => [v, Math.sin(w * t) - u];
const methods = Object.keys(FIXED_STEP_METHODS) as FixedStepMethod[];
const targets = ["wasm", "js", "table"] as const;

test.each(methods)("%s: the steps of plain JavaScript, on every target", (method) => {
  for (const target of targets) {
    const stepper = fixedStepper(lotka, { method, target });
    const { t, y } = stepper.run({ y: [1, 2], parameters: { a: 1.1, b: 0.4, c: 0.7 }, step: 0.01, steps: 300 });
    expect(t).toBeCloseTo(3, 12);
    const expected = reference(method, lotkaRhs, [1, 2], [1.1, 0.4, 0.7], 0.01, 300);
    y.forEach((value, s) => expect(Math.abs(value / expected[s] - 1)).toBeLessThan(1e-12));
    const other = fixedStepper(forced, { method, target });
    const back = other.run({ y: Float64Array.of(0.5, 0), parameters: { w: 2 }, step: -0.02, steps: 100, from: 1 });
    const wanted = reference(method, forcedRhs, [0.5, 0], [2], -0.02, 100, 1);
    back.y.forEach((value, s) => expect(Math.abs(value - wanted[s])).toBeLessThan(1e-12));
    stepper.dispose();
    other.dispose();
  }
});

test.each(methods)("%s has its order", (method) => {
  const { order } = FIXED_STEP_METHODS[method];
  const stepper = fixedStepper(forced, { method });
  // u'' = sin(2 t) - u from u = 0, v = 1: u = (5/3) sin t - (1/3) sin 2t
  const error = (steps: number): number => {
    const { y } = stepper.run({ y: [0, 1], parameters: { w: 2 }, step: 2 / steps, steps });
    return Math.hypot(y[0] - (5 * Math.sin(2) - Math.sin(4)) / 3, y[1] - (5 * Math.cos(2) - 2 * Math.cos(4)) / 3);
  };
  const n = order === 1 ? 2000 : order === 2 ? 200 : 10;
  const seen = Math.log2(error(n) / error(2 * n));
  expect(seen).toBeGreaterThan(order - 0.4);
  expect(seen).toBeLessThan(order + 1.2);
});

test("strict: one system, members, lanes, threads and targets give the same bits", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...methods),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 7 }),
      fc.infiniteStream(fc.double({ min: 0.1, max: 2, noNaN: true })),
      (method, members, steps, which, stream) => {
        const next = (): number => stream.next().value as number;
        const y = Float64Array.from({ length: 2 * members }, next);
        const values = ["a", "b", "c"].map((name, k) => [name, which & (1 << k) ? Float64Array.from({ length: members }, next) : next()] as const); // oxfmt-ignore
        const parameters = Object.fromEntries(values);
        const of = (j: number): Record<string, number> =>
          Object.fromEntries(values.map(([name, value]) => [name, typeof value === "number" ? value : value[j]]));
        const stretch = { step: 0.05, steps, from: 0.3 };
        const run = { members, y, parameters, ...stretch };
        const make = (target: "wasm" | "js", lanes: boolean) => fixedStepper(lotka, { method, strict: true, target, lanes }); // oxfmt-ignore
        const wasm = make("wasm", true);
        const whole = wasm.ensemble(run);
        expect(whole.lost).toEqual([]);
        for (const result of [make("wasm", false).ensemble(run), make("js", true).ensemble(run), wasm.ensemble({ ...run, threads: 2 }), wasm.ensemble({ ...run, threads: 3 })]) expect([...result.y]).toEqual([...whole.y]); // oxfmt-ignore
        for (const j of [0, members >> 1, members - 1]) {
          const start = [y[j], y[members + j]];
          const alone = wasm.run({ y: start, parameters: of(j), ...stretch });
          expect([...alone.y]).toEqual([whole.y[j], whole.y[members + j]]);
          const { a, b, c } = of(j);
          const plain = reference(method, lotkaRhs, start, [a, b, c], 0.05, steps, 0.3);
          alone.y.forEach((value, s) => expect(Math.abs(value / plain[s] - 1)).toBeLessThan(1e-12));
        }
      },
    ),
    { numRuns: 25 },
  );
});

test("not strict: a member's bits do not depend on lanes' neighbours, its place or the threads", () => {
  const stepper = fixedStepper(forced);
  const members = 1003;
  const y = Float64Array.from({ length: 2 * members }, (_, i) => Math.cos(i));
  const w = Float64Array.from({ length: members }, (_, j) => 1 + j / members);
  const run = { members, y, parameters: { w }, step: 0.01, steps: 20 };
  const whole = stepper.ensemble(run);
  for (const threads of [2, 4, "auto"] as const) expect(stepper.ensemble({ ...run, threads })).toEqual(whole);
  for (const j of [0, 1, 500, 1002]) {
    const one = { members: 1, y: Float64Array.of(y[j], y[members + j]), parameters: { w: w.subarray(j, j + 1) }, step: 0.01, steps: 20 }; // oxfmt-ignore
    expect([...stepper.ensemble(one).y]).toEqual([whole.y[j], whole.y[members + j]]);
  }
  stepper.dispose();
});

test("arrays of a runtime are stepped in place; others are left as they are", () => {
  const runtime = new Runtime({ bytes: 4 << 20, shared: true });
  const stepper = fixedStepper(lotka);
  const members = 500;
  const start = Float64Array.from({ length: 2 * members }, (_, i) => 1 + (i % 7) / 7);
  const parameters = { a: 1, b: 0.5, c: 0.8 };
  const expected = stepper.ensemble({ members, y: start, parameters, step: 0.01, steps: 10 });
  expect(start[6]).toBe(1 + 6 / 7);
  for (const threads of [1, 2]) {
    const y = runtime.f64(2 * members);
    y.set(start);
    expect(stepper.ensemble({ members, y, out: y, parameters, step: 0.01, steps: 10, threads }).y).toBe(y);
    expect([...y]).toEqual([...expected.y]);
  }
  const out = runtime.f64(2 * members);
  stepper.ensemble({ members, y: start, out, parameters, step: 0.01, steps: 10 });
  expect([...out]).toEqual([...expected.y]);
  stepper.dispose();
  runtime.dispose();
});

test("a system too large for straight-line code calls its right-hand side", () => {
  const n = 150;
  const states = Array.from({ length: n }, (_, s) => `y${s}`);
  const rhs = states.map((_, s) => Array.from({ length: 8 }, (_each, r) => `k${r % 2}*y${(s * 7 + r * 11) % n}*y${(s + 3 * r + 1) % n}`).join(" + ") + ` - 8*y${s}`); // oxfmt-ignore
  const stepper = fixedStepper({ states, rhs, parameters: ["k0", "k1"] });
  expect(stepper.program("common").functions.map((f) => f.kind)).toContain("tape");
  const members = 9;
  const y = Float64Array.from({ length: n * members }, (_, i) => 0.1 + (i % 13) / 50);
  const k1 = Float64Array.from({ length: members }, (_, j) => 0.5 + j / 20);
  const run = { members, y, parameters: { k0: 0.4, k1 }, step: 0.002, steps: 5 };
  const whole = stepper.ensemble(run);
  expect(stepper.ensemble({ ...run, threads: 2 })).toEqual(whole);
  for (const j of [0, 8]) {
    const alone = stepper.run({ y: states.map((_, s) => y[s * members + j]), parameters: { k0: 0.4, k1: k1[j] }, step: 0.002, steps: 5 }); // oxfmt-ignore
    expect([...alone.y]).toEqual(states.map((_, s) => whole.y[s * members + j]));
  }
  const plain = reference("rk4", (_t, v, [k0, kOne]) => states.map((_, s) => {
    let sum = -8 * v[s];
    for (let r = 0; r < 8; r++) sum += (r % 2 ? kOne : k0) * v[(s * 7 + r * 11) % n] * v[(s + 3 * r + 1) % n];
    return sum;
  }), states.map((_, s) => y[s * members + 4]), [0.4, k1[4]], 0.002, 5); // oxfmt-ignore
  states.forEach((_, s) => expect(Math.abs(whole.y[s * members + 4] / plain[s] - 1)).toBeLessThan(1e-12));
});

test("members that run away are named; one system that does is a Failure", () => {
  const blow: FixedStepSystem = { states: ["x"], rhs: ["k*x^2"], parameters: ["k"] };
  const stepper = fixedStepper(blow);
  const { lost, y } = stepper.ensemble({ members: 5, y: Float64Array.of(1, 1, 1, 1, 1), parameters: { k: Float64Array.of(0.1, 50, 0.1, 50, 0.1) }, step: 0.5, steps: 20 }); // oxfmt-ignore
  expect(lost).toEqual([1, 3]);
  expect(Number.isFinite(y[0])).toBe(true);
  expect(() => stepper.run({ y: [1], parameters: { k: 50 }, step: 0.5, steps: 20 })).toThrow("x is Infinity after 20 steps of 0.5"); // oxfmt-ignore
  expect(stepper.run({ y: [1], parameters: { k: 1 }, step: 0.5, steps: 0 }).y[0]).toBe(1);
});

test("what is refused", () => {
  const refused = (system: FixedStepSystem, message: string): void => {
    const made = (): unknown => fixedStepper(system);
    expect(made).toThrow(Failure);
    expect(made).toThrow(message);
  };
  refused({ states: [], rhs: [] }, "at least one state");
  refused({ states: ["x"], rhs: ["x", "x"] }, "2 right-hand sides, but there are 1 states");
  refused({ states: ["x", "x"], rhs: ["x", "x"] }, "x is declared twice");
  refused({ states: ["x", "t"], rhs: ["x", "x"] }, "t is declared twice");
  refused({ states: ["x"], rhs: ["k*x"] }, '"k" is not defined');
  refused({ states: ["x"], rhs: [parse("k*x")] }, '"k" is not declared');
  refused({ states: ["x"], rhs: ["x < 1"] }, "is a condition, not a number");
  refused({ states: ["x + y"], rhs: ["1"] }, "cannot be the name");
  expect(() => fixedStepper(lotka, { method: "rk5" as "rk4" })).toThrow("there is no method rk5");
  const stepper = fixedStepper(lotka);
  const parameters = { a: 1, b: 1, c: 1 };
  const base = { y: [1, 1], parameters, step: 0.1, steps: 1 };
  const run = (change: object): unknown => stepper.run({ ...base, ...change });
  expect(() => run({ y: [1] })).toThrow("1 initial values, but there are 2 states");
  expect(() => run({ step: 0 })).toThrow("a step of 0");
  expect(() => run({ steps: 1.5 })).toThrow("1.5 steps");
  expect(() => run({ from: Number.NaN })).toThrow("the time at the start is NaN");
  expect(() => run({ parameters: { a: 1, b: 1 } })).toThrow("no value is given for the parameter c");
  expect(() => run({ parameters: { ...parameters, d: 1 } })).toThrow('"d" is not a parameter');
  expect(() => run({ parameters: { ...parameters, a: Float64Array.of(1) } })).toThrow("but there is one system");
  const y = new Float64Array(6);
  const all = (change: object): unknown => stepper.ensemble({ ...base, members: 3, y, ...change });
  expect(() => all({ members: 0 })).toThrow("0 members");
  expect(() => all({ y: new Float64Array(5) })).toThrow("has 5 elements, but 6 are needed");
  expect(() => all({ y: [1, 2, 3, 4, 5, 6] })).toThrow("must be a Float64Array");
  expect(() => all({ parameters: { ...parameters, b: new Float64Array(2) } })).toThrow("parameter b has 2 elements");
  expect(() => all({ out: new Float64Array(3) })).toThrow("has 3 elements");
  const both = new Float64Array(7);
  expect(() => all({ y: both.subarray(0, 6), out: both.subarray(1) })).toThrow("without being the same");
  expect(() => all({ out: both.subarray(0, 6), parameters: { ...parameters, b: both.subarray(3, 6) } })).toThrow("overlaps that of the parameter b"); // oxfmt-ignore
  expect(() => all({ threads: -1 })).toThrow("a whole number from 1 to 64");
  expect(() => fixedStepper(lotka, { target: "js" }).ensemble({ ...base, members: 3, y, threads: 2 })).toThrow("one thread"); // oxfmt-ignore
});

test("the loop over members runs in lanes", () => {
  const text = fixedStepper(lotka).explain();
  expect(text).toContain("classical Runge-Kutta, order 4, 4 stages; target wasm");
  expect(text).toContain("vectorised: members: loop over j");
  expect(text).not.toContain("not vectorised: members: loop over j:");
});
