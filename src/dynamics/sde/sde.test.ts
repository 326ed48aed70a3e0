// Stochastic differential equations: strong orders on one path against the closed form, moments against closed forms. Means and variances of N
// runs lie within 4.5 standard errors but for 7 cases in a million; what a method's own steps add is stated beside.
import { describe, expect, test } from "vitest";
import { compileProgramSync, expandMath, fn, ir, program } from "../../compile/index.ts";
import { lowerJumps, lowerLangevin, lowerModel, lowerSde, parameterValues, readCalc, type Model } from "../../model/index.ts"; // oxfmt-ignore
import { specialFunctions } from "../../special/index.ts";
import { normal, RANDOM_LENGTH, startRandom } from "../members/random.ts";
import { runSde, type SdeOptions } from "./sde.ts";
import type { SdeSystem } from "./system.ts";

const SIGMAS = 4.5;
const MU = 0.7;
const SIGMA = 0.9;
const GEOMETRIC = readCalc(`state x = 1\nx' = ${MU}*x\nnoise x = ${SIGMA}*x\noutput x, l = log(x)\n`);

async function run(model: Model, y: number[], times: number[], members: number, options: Partial<SdeOptions> = {}, system: SdeSystem = lowerSde(model)) {
  return runSde(system, {
    members,
    times: Float64Array.from(times),
    from: 0,
    y: Float64Array.from(y),
    parameters: parameterValues(model, {}),
    ...options,
  });
} // oxfmt-ignore

function moments(list: Float64Array): { mean: number; variance: number } {
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  return { mean, variance: list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (list.length - 1) };
}

/** Members' values of output o at time k. */
const column = (values: Float64Array, members: number, times: number, outputs: number, k: number, o: number) =>
  Float64Array.from({ length: members }, (_, m) => values[(m * times + k) * outputs + o]);

/** Within 4.5 standard errors of normal moments, and `more`. */
function expectNormal(list: Float64Array, mean: number, variance: number, more = 0): void {
  const found = moments(list);
  expect(Math.abs(found.mean - mean)).toBeLessThan(SIGMAS * Math.sqrt(variance / list.length) + more);
  expect(Math.abs(found.variance - variance)).toBeLessThan(SIGMAS * variance * Math.sqrt(2 / list.length) + more);
}

/** Normal numbers of a member in the order in which runs draw them. */
function drawn(count: number, member: number): Float64Array {
  const draws = fn("draws", { n: "i32", s: "f64[]", out: "f64[]" }, undefined, ({ n, s, out }, k) =>
    k.for("i", 0, n, (i) => k.store(out, i, ir.call(normal, s))),
  );
  const kernels = compileProgramSync(expandMath(program("draws", draws), specialFunctions, 1));
  const s = kernels.runtime.f64(RANDOM_LENGTH);
  const out = kernels.runtime.f64(count);
  startRandom(s, 4, member);
  kernels.call.draws(count, s, out);
  const copy = Float64Array.from(out);
  kernels.dispose();
  return copy;
}

describe("strong order on the same Wiener path, geometric Brownian motion", () => {
  const members = 200;
  const fine = 512;
  test.each([
    ["em", 1, 0.5, 0.15],
    ["milstein", 1, 1, 0.15],
    ["sri", 2, 1.5, 0.2],
  ] as const)("%s", async (method, each, order, margin) => {
    const exact = Float64Array.from({ length: members }, (_, m) => {
      const normals = drawn(each * fine, m);
      let w = 0;
      for (let i = 0; i < fine; i++) w += normals[each * i] / Math.sqrt(fine);
      return Math.exp(MU - SIGMA ** 2 / 2 + SIGMA * w);
    });
    const errors: number[] = [];
    for (const parts of [32, 16, 8, 4]) {
      const { values, plan } = await run(GEOMETRIC, [1], [1], members, { method, step: parts / fine, parts, seed: 4 });
      expect(plan).toMatchObject({ chosen: method, parameters: { step: parts / fine } });
      errors.push(exact.reduce((sum, x, m) => sum + Math.abs(values[2 * m] - x), 0) / members);
    }
    const found = Math.log2(errors[0] / errors[3]) / 3;
    expect(Math.abs(found - order)).toBeLessThan(margin);
    expect(errors[3]).toBeLessThan(method === "em" ? 0.2 : method === "milstein" ? 0.02 : 2e-3);
  });
});

describe("moments", () => {
  // dX = -theta X dt + sigma dW from x0.
  const [theta, sigma, x0] = [1.5, 0.8, 2];
  const ORNSTEIN = readCalc(`state x = ${x0}\nx' = -${theta}*x\nnoise x = ${sigma}\n`);

  test.each([1 / 4, 1 / 8])("Euler and Maruyama: the moments of its own steps of %s, whose bias halves", async (h) => {
    const members = 40_000;
    const { values } = await run(ORNSTEIN, [x0], [1], members, { method: "em", step: h, seed: 2 });
    const factor = 1 - theta * h;
    const steps = Math.round(1 / h);
    let variance = 0;
    for (let i = 0; i < steps; i++) variance += sigma ** 2 * h * factor ** (2 * i);
    expectNormal(values, x0 * factor ** steps, variance);
    // Weak order 1: the mean's bias is about x0 exp(-theta) theta^2 h / 2.
    const bias = x0 * Math.exp(-theta) - x0 * factor ** steps;
    expect(bias / ((x0 * Math.exp(-theta) * theta ** 2 * h) / 2)).toBeGreaterThan(0.9);
  });

  test("Ornstein and Uhlenbeck by sri, adaptive, at several times", async () => {
    const members = 40_000;
    const times = [0, 0.3, 2];
    const { values, complete } = await run(ORNSTEIN, [x0], times, members, { seed: 8, tolerance: 1e-3 });
    expect(complete).toBe(members);
    times.slice(1).forEach((t, k) => {
      const variance = ((1 - Math.exp(-2 * theta * t)) * sigma ** 2) / (2 * theta);
      // Steps add up to some tolerances.
      expectNormal(column(values, members, 3, 1, k + 1, 0), x0 * Math.exp(-theta * t), variance, 2e-3);
    });
  });

  test("rejected steps do not bias the path: X = sinh(W) solves dX = X/2 dt + sqrt(1 + X^2) dW", async () => {
    const strong = readCalc("state x = 0\nx' = x/2\nnoise x = sqrt(1 + x^2)\noutput w = log(x + sqrt(1 + x^2))\n");
    const members = 20_000;
    const times = [0.5, 2];
    const { values, counted, steps } = await run(strong, [0], times, members, { seed: 5, tolerance: 2e-3 });
    expect(counted / steps).toBeGreaterThan(0.02);
    times.forEach((t, k) => expectNormal(column(values, members, 2, 1, k, 0), 0, t, 0.005));
    const [first, second] = [0, 1].map((k) => column(values, members, 2, 1, k, 0));
    // Increments over separate intervals are independent.
    const change = second.map((x, m) => x - first[m]);
    const [a, b] = [moments(first), moments(change)];
    const covariance = first.reduce((sum, x, m) => sum + (x - a.mean) * (change[m] - b.mean), 0) / members;
    expect(Math.abs(covariance)).toBeLessThan(SIGMAS * Math.sqrt((a.variance * b.variance) / members));
  });

  test("a tighter tolerance gives smaller errors at equal paths", async () => {
    // The noise is additive and the drift nonlinear: the mean of x^2 of dX = -X^3 dt + dW in equilibrium is known by quadrature.
    const quartic = readCalc("state x = 0\nx' = -x^3\nnoise x = 1\noutput q = x^2\n");
    let [above, below] = [0, 0];
    for (let x = -6; x < 6; x += 1e-3) {
      const density = Math.exp(-(x ** 4) / 2);
      above += x * x * density;
      below += density;
    }
    const members = 20_000;
    const { values } = await run(quartic, [0], [6], members, { seed: 3 });
    const { mean, variance } = moments(values);
    expect(Math.abs(mean - above / below)).toBeLessThan(SIGMAS * Math.sqrt(variance / members) + 2e-3);
    const loose = await run(quartic, [0], [6], 100, { tolerance: 1e-2 });
    const tight = await run(quartic, [0], [6], 100, { tolerance: 1e-4 });
    expect(tight.steps).toBeGreaterThan(2 * loose.steps);
  });

  test("chemical Langevin equation: mean and variance of immigration and death", async () => {
    const model = readCalc("state X = 400\nreaction 0 -> X : 1000\nreaction X -> 0 : X\n");
    const members = 10_000;
    const { values, counted, plan } = await run(model, [400], [0.5, 2], members, { step: 0.01, seed: 1 }, lowerLangevin(model)); // oxfmt-ignore
    expect(plan.chosen).toBe("em");
    expect(counted).toBe(0);
    [0.5, 2].forEach((t, k) => {
      const e = Math.exp(-t);
      // Steps of 0.01 add less than 0.5 percent.
      expectNormal(column(values, members, 2, 1, k, 0), 1000 - 600 * e, 1000 * (1 - e) + 400 * e * (1 - e), 5);
    });
  });

  test("rates that become negative are counted", async () => {
    const model = readCalc("state X = 0\nreaction 0 -> X : 1\nreaction X -> 0 : X\n");
    const { counted } = await run(model, [0], [5], 50, { step: 0.01 }, lowerLangevin(model));
    expect(counted).toBeGreaterThan(0);
  });

  test("noise that depends on other states goes by Euler and Maruyama", async () => {
    const model = readCalc("state x = 1, v = 0.04\nx' = 0\nv' = 0\nnoise x = sqrt(v)*x\nnoise v = 0\n");
    const system = lowerSde(model);
    expect(system.slopes).toBeUndefined();
    const members = 10_000;
    const { values, plan } = await run(model, [1, 0.04], [1], members, { step: 0.02 });
    expect(plan).toMatchObject({ chosen: "em", reason: "the noise depends on several states" });
    const x = column(values, members, 1, 2, 0, 0);
    // Lognormal with variance exp(0.04) - 1.
    expect(Math.abs(moments(x).mean - 1)).toBeLessThan(SIGMAS * Math.sqrt(0.0408 / members));
    await expect(run(model, [1, 0.04], [1], 2, { method: "milstein" })).rejects.toThrow(/depends on no other state/);
    await expect(run(model, [1, 0.04], [1], 2, { method: "sri" })).rejects.toThrow(/depends on no other state/);
  });

  test.each([{ method: "em" }, { method: "milstein" }, { method: "sri" }, { method: "sri", step: 0.1 }] as const)("the numbers do not depend on threads: %j", async (options) => {
    const one = await run(GEOMETRIC, [1], [0.5, 1], 40, { ...options, threads: 1 });
    const two = await run(GEOMETRIC, [1], [0.5, 1], 40, { ...options, threads: 2 });
    expect(two.values).toEqual(one.values);
    const few = await run(GEOMETRIC, [1], [0.5, 1], 2, options);
    expect(few.values).toEqual(one.values.slice(0, 8));
  }); // oxfmt-ignore
});

describe("what is refused", () => {
  test.each([
    ["state x = 1\nx' = -x", lowerSde, /has no noise/],
    ["state x = 1\nx' = -x\nnoise x = 1\nwhen x < 0 : x = 1", lowerSde, /has events/],
    ["state x = 1\nx' = -delay(x, 1)\nnoise x = 1", lowerSde, /has delays/],
    ["state x = 1\nx' = -x\nnoise x = 1", lowerLangevin, /noise of its own/],
    ["state x = 1\nx' = -x", lowerLangevin, /has no reactions/],
    ["state x = 1, y = 1\nreaction x -> 0 : x\ny' = 1", lowerLangevin, /equations beside reactions/],
    ["state x = 1\nreaction x -> 0 : x\nnoise x = 1", lowerJumps, /has noise/],
  ] as const)("%s", (text, lower, message) => {
    expect(() => lower(readCalc(text))).toThrow(message);
  });

  test("ordinary solvers, unless the drift is asked for", async () => {
    await expect(lowerModel(GEOMETRIC)).rejects.toThrow(/has noise/);
    (await lowerModel(GEOMETRIC, { drift: true })).problem.dispose();
  });

  test("settings and states that are not finite", async () => {
    const bad = (options: Partial<SdeOptions>): Promise<unknown> => run(GEOMETRIC, [1], [1], 2, options);
    await expect(bad({ step: 0 })).rejects.toThrow(/step/);
    await expect(bad({ step: Number.NaN })).rejects.toThrow(/step/);
    await expect(bad({ parts: 0 })).rejects.toThrow(/parts/);
    await expect(bad({ tolerance: 0 })).rejects.toThrow(/tolerance/);
    await expect(bad({ seed: -1 })).rejects.toThrow(/seed/);
    await expect(bad({ method: "heun" as "em" })).rejects.toThrow(/no method heun/);
    const explode = readCalc("state x = 10\nx' = x^3\nnoise x = x\n");
    await expect(run(explode, [10], [1], 2, { method: "em" })).rejects.toThrow(/x is not finite after t/);
    await expect(run(explode, [10], [1], 2)).rejects.toThrow(/not finite|too small/);
  });

  test.each([
    ["state x = 1\nx' = 0\nnoise y = 1", /"y" has noise but is not a state/],
    ["state x = 1\nx' = 0\nnoise x = 1\nnoise x = 2", /has noise twice/],
    ["state x = 1\nx' = 0\nnoise x =", /has no value/],
    ["state x = 1\nx' = 0\nnoise x = z", /z/],
    ["state x = 1\nnoise x = 1", /no equation/],
  ])("%s", (text, message) => {
    expect(() => readCalc(text)).toThrow(message);
  });

  test("a state may be called noise", () => {
    expect(readCalc("state noise = 1\nnoise' = -noise").noise).toBeUndefined();
  });
});
