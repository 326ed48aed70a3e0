// Jump processes held to the moments of models that are solved in closed form. A mean of N runs lies within 4.5 standard errors of the
// exact one but for 7 cases in a million (normal distribution), a variance likewise with the standard error
// sqrt((mu4 - sigma^4) / N) from the exact fourth central moment: some 60 such comparisons, each a fixed sample by its seed, so that a
// right program fails them with a probability below 5 in 10,000, once and for all; errors of 4.5 standard errors, 0.5 to 3 percent
// of the standard deviations here, are found.
import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { compileProgramSync, expandMath, fn, ir, program } from "../../compile/index.ts";
import { lowerJumps, parameterValues, readCalc, readNet, type Model } from "../../model/index.ts";
import { specialFunctions } from "../../special/index.ts";
import { exponential, normal, poisson, RANDOM_LENGTH, startRandom, uniform } from "../members/random.ts";
import { JUMP_METHODS, type JumpOptions, jumpPlan, runJumps } from "./jumps.ts";

const SIGMAS = 4.5;

interface Moments {
  readonly mean: number;
  readonly variance: number;
  /** Fourth central moment. */
  readonly fourth: number;
}

async function run(model: Model, y: number[], times: number[], members: number, options: Partial<JumpOptions> = {}) {
  return runJumps(lowerJumps(model), {
    members,
    times: Float64Array.from(times),
    from: 0,
    y: Float64Array.from(y),
    parameters: parameterValues(model, {}),
    ...options,
  });
}

/** Sample k of output o over the members. */
function moments(values: Float64Array, members: number, times: number, outputs: number, k: number, o: number) {
  let mean = 0;
  for (let m = 0; m < members; m++) mean += values[(m * times + k) * outputs + o] / members;
  let variance = 0;
  for (let m = 0; m < members; m++) variance += (values[(m * times + k) * outputs + o] - mean) ** 2 / (members - 1);
  return { mean, variance };
}

function expectMoments(found: { mean: number; variance: number }, exact: Moments, members: number): void {
  expect(Math.abs(found.mean - exact.mean)).toBeLessThanOrEqual(SIGMAS * Math.sqrt(exact.variance / members));
  const error = Math.sqrt((exact.fourth - exact.variance ** 2) / members);
  expect(Math.abs(found.variance - exact.variance)).toBeLessThanOrEqual(SIGMAS * error);
}

const poissonMoments = (mean: number): Moments => ({ mean, variance: mean, fourth: mean + 3 * mean * mean });
function binomialMoments(n: number, p: number): Moments {
  const pq = p * (1 - p);
  return { mean: n * p, variance: n * pq, fourth: n * pq * (1 + 3 * (n - 2) * pq) };
}

/** Moments of the number of X left by 2 X -> Y at rate c X (X - 1)/2 from n: a chain of exponential times of different rates. */
function dimerMoments(n: number, c: number, t: number): Moments {
  const states = Array.from({ length: Math.floor(n / 2) + 1 }, (_, i) => n - 2 * i);
  const rates = states.map((x) => (c * x * (x - 1)) / 2);
  const shares = states.map((_, j) => {
    let sum = 0;
    for (let i = 0; i <= j; i++) {
      let product = 1;
      for (let l = 0; l <= j; l++) if (l !== i) product *= rates[l] - rates[i];
      sum += Math.exp(-rates[i] * t) / product;
    }
    return rates.slice(0, j).reduce((a, b) => a * b, 1) * sum;
  });
  const about = (center: number, power: number): number =>
    states.reduce((sum, x, i) => sum + shares[i] * (x - center) ** power, 0);
  const mean = about(0, 1);
  expect(about(0, 0)).toBeCloseTo(1, 9);
  return { mean, variance: about(mean, 2), fourth: about(mean, 4) };
}

const IMMIGRATION = readCalc("param k = 10, d = 1\nstate X = 0\nreaction 0 -> X : k\nreaction X -> 0 : d*X\n");
const ISOMERS = readCalc("state A = 60, B = 0\nreaction A -> B : 2*A\nreaction B -> A : B\n");
const DIMERS = readCalc("state X = 12, Y = 0\nreaction 2 X -> Y : 0.3*X*(X - 1)/2\n");

describe.each(JUMP_METHODS)("moments by the method %s", (method) => {
  const members = 20_000;
  test("immigration and death: Poisson at all times", async () => {
    const times = [0.5, 2, 6];
    const { values, complete, plan } = await run(IMMIGRATION, [0], times, members, { method, seed: 11 });
    expect(complete).toBe(members);
    expect(plan).toMatchObject({ chosen: method, pinned: true });
    times.forEach((t, k) =>
      expectMoments(moments(values, members, 3, 1, k, 0), poissonMoments(10 * (1 - Math.exp(-t))), members),
    );
  });

  test("isomers: binomial", async () => {
    const times = [0.2, 1];
    const { values } = await run(ISOMERS, [60, 0], times, members, { method, seed: 12 });
    times.forEach((t, k) => {
      const p = (2 / 3) * (1 - Math.exp(-3 * t));
      expectMoments(moments(values, members, 2, 2, k, 1), binomialMoments(60, p), members);
    });
    for (let i = 0; i < values.length; i += 2) expect(values[i] + values[i + 1]).toBe(60);
  });

  test("dimers: a chain of exponential times", async () => {
    const times = [0.1, 0.5];
    const { values } = await run(DIMERS, [12, 0], times, members, { method, seed: 13 });
    times.forEach((t, k) => expectMoments(moments(values, members, 2, 2, k, 0), dimerMoments(12, 0.3, t), members));
  });

  test("the numbers do not depend on threads, nor on how many members there are", async () => {
    const one = await run(IMMIGRATION, [0], [1, 2], 70, { method, seed: 5, threads: 1 });
    const two = await run(IMMIGRATION, [0], [1, 2], 70, { method, seed: 5, threads: 2 });
    expect(two.values).toEqual(one.values);
    const few = await run(IMMIGRATION, [0], [1, 2], 3, { method, seed: 5 });
    expect(few.values).toEqual(one.values.slice(0, 6));
    const other = await run(IMMIGRATION, [0], [1, 2], 70, { method, seed: 6 });
    expect(other.values).not.toEqual(one.values);
  });

  test("a reaction that takes what is not there is a failure", async () => {
    const wrong = readCalc("state X = 5, Y = 0\nreaction 2 X -> Y : X^2\n");
    // Leaps are taken back instead; the exact steps that end the run find it.
    await expect(run(wrong, [5, 0], [100], 10, { method })).rejects.toThrow(/R1 made X negative/);
    const below = readCalc("state X = 1\nreaction X -> 0 : X - 0.5\n");
    await expect(run(below, [1], [100], 10, { method })).rejects.toThrow(/rate of the reaction R1 is negative/);
  });
});

describe("leaps", () => {
  test("their bias stays below a percent of the mean and 5 percent of the variance, with far fewer steps than reactions", async () => {
    const decay = readCalc("state A = 10000, B = 0\nreaction A -> B : A\nreaction B -> A : 0.5*B\n");
    const members = 4000;
    const { values, steps } = await run(decay, [10_000, 0], [0.5, 2], members, { method: "tau", seed: 21 });
    [0.5, 2].forEach((t, k) => {
      const exact = binomialMoments(10_000, (2 / 3) * (1 - Math.exp(-1.5 * t)));
      const found = moments(values, members, 2, 2, k, 1);
      expect(Math.abs(found.mean / exact.mean - 1)).toBeLessThan(0.01);
      // Of which 4.5 standard errors are 10 percent.
      expect(Math.abs(found.variance / exact.variance - 1)).toBeLessThan(0.15);
    });
    expect(steps / members).toBeLessThan(1000);
  });

  test("a smaller epsilon takes smaller leaps", async () => {
    const decay = readCalc("state A = 100000\nreaction A -> 0 : A\n");
    const steps = async (epsilon: number): Promise<number> =>
      (await run(decay, [100_000], [1], 4, { method: "tau", epsilon })).steps;
    expect(await steps(0.01)).toBeGreaterThan(2 * (await steps(0.05)));
  });
});

describe("large networks", () => {
  // 40 walkers on a ring of 90 places, each with 3 steps a unit of time.
  const places = 90;
  const ring = readCalc(
    [
      ...Array.from({ length: places }, (_, i) => `state X${i} = ${i === 0 ? 40 : 0}`),
      ...Array.from({ length: places }, (_, i) => `reaction X${i} -> X${(i + 1) % places} : 3*X${i}`),
      "output first = X0, near = X0 + X1 + X2 + X3",
    ].join("\n"),
  );
  test.each(["direct", "next", "tau"] as const)("walkers on a ring by %s", async (method) => {
    const members = 3000;
    const start = [40, ...Array<number>(places - 1).fill(0)];
    const { values } = await run(ring, start, [1], members, { method, seed: 3 });
    const stay = Math.exp(-3);
    expectMoments(moments(values, members, 1, 2, 0, 0), binomialMoments(40, stay), members);
    expectMoments(moments(values, members, 1, 2, 0, 1), binomialMoments(40, stay * (1 + 3 + 4.5 + 4.5)), members);
  });

  test("the plan takes the next reaction method for many reactions, the direct one for few, leaps for very many events", () => {
    expect(jumpPlan(lowerJumps(ring), 10, 100, undefined).chosen).toBe("next");
    expect(jumpPlan(lowerJumps(IMMIGRATION), 10, 100, undefined)).toMatchObject({ chosen: "direct", pinned: false });
    expect(jumpPlan(lowerJumps(IMMIGRATION), 10, 1e9, undefined).chosen).toBe("tau");
    expect(jumpPlan(lowerJumps(IMMIGRATION), 10, 1e9, "next")).toMatchObject({ chosen: "next", pinned: true });
  });
});

describe("what jump processes refuse", () => {
  test.each([
    ["state X = 1\nX' = -X", /has no reactions/],
    ["state X = 1, Y = 1\nreaction X -> 0 : X\nY' = -Y", /has an equation for Y/],
    ["state X = 1\nreaction X -> 0 : X*t", /depends on time/],
    ["state X = 1\nreaction X -> 0 : X\nwhen X < 1 : X = 5", /has events/],
    ["state X = 1\nreaction X -> 0 : delay(X, 1)", /has delays/],
    ["state X = 1\nunknown z = 1\nreaction X -> 0 : X\n0 = z - X", /has algebraic equations/],
  ])("%s", (text, message) => {
    expect(() => lowerJumps(readCalc(text))).toThrow(message);
  });

  test("amounts that are not whole, wrong seeds, wrong epsilon, too many numbers", async () => {
    await expect(run(IMMIGRATION, [0.5], [1], 2)).rejects.toThrow(/X begins at 0.5/);
    await expect(run(IMMIGRATION, [-1], [1], 2)).rejects.toThrow(/X begins at -1/);
    await expect(run(IMMIGRATION, [0], [1], 2, { seed: 0.5 })).rejects.toThrow(/seed/);
    await expect(run(IMMIGRATION, [0], [1], 2, { epsilon: 0 })).rejects.toThrow(/epsilon/);
    await expect(run(IMMIGRATION, [0], [1, 2], 2 ** 27)).rejects.toThrow(/more numbers than fit/);
    await expect(run(IMMIGRATION, [0], [1], 2, { threads: 0.5 })).rejects.toThrow(/threads/);
  });

  test("a budget that ends leaves what there is", async () => {
    const fast = readCalc("state X = 0\nreaction 0 -> X : 1e6\nreaction X -> 0 : X\n");
    const { values, complete, stop } = await run(fast, [0], [1e-3, 1e4], 2, {
      method: "direct",
      budget: { time_ms: 150 },
    });
    expect(stop.kind).toBe("time");
    expect(complete).toBe(0);
    expect(values[0]).toBeGreaterThan(500);
    expect(values[1]).toBeNaN();
    const cancelled = AbortSignal.abort();
    expect((await run(fast, [0], [1e4], 2, { signal: cancelled })).stop.kind).toBe("cancelled");
  });
});

test("networks of BioNetGen pick equal reactants without putting back", async () => {
  const net = readNet(
    "begin parameters\n 1 k 0.15\nend parameters\nbegin species\n 1 X() 12\n 2 Y() 0\nend species\n" +
      "begin reactions\n 1 1,1 2 k\nend reactions\n",
  );
  const members = 20_000;
  const { values } = await run(net, [12, 0], [0.1], members, { seed: 31 });
  expectMoments(moments(values, members, 1, 2, 0, 0), dimerMoments(12, 0.3, 0.1), members);
});

describe("random numbers in compiled code", () => {
  const draws = fn("draws", { n: "i32", kind: "i32", mean: "f64", s: "f64[]", out: "f64[]" }, undefined, (q, k) =>
    k.for("i", 0, q.n, (i) => {
      [uniform, exponential, normal].forEach((f, which) =>
        k.if(ir.eq(q.kind, which), () => k.store(q.out, i, ir.call(f, q.s))),
      );
      k.if(ir.eq(q.kind, 3), () => k.store(q.out, i, ir.call(poisson, q.s, q.mean)));
    }),
  );
  const code = expandMath(program("draws", draws), specialFunctions, 1);
  function sample(kind: number, n: number, mean = 0, target: "wasm" | "js" = "wasm", seed = 2 ** 40 + 7, stream = 3) {
    const kernels = compileProgramSync(code, { target });
    const s = kernels.runtime.f64(RANDOM_LENGTH);
    const out = kernels.runtime.f64(n);
    startRandom(s, seed, stream);
    kernels.call.draws(n, kind, mean, s, out);
    const copy = Float64Array.from(out);
    kernels.dispose();
    return copy;
  }

  test("uniform numbers are those of Random, on every target", () => {
    const found = sample(0, 40);
    const random = new Random(2 ** 40 + 7, 3);
    for (let i = 0; i < 20; i++) expect(found[2 * i]).toBe(random.at(i));
    expect(new Set(found).size).toBe(40);
    expect(sample(0, 40, 0, "js")).toEqual(found);
    expect(sample(3, 20, 50, "js")).toEqual(sample(3, 20, 50));
  });

  // Mean and variance within 4.5 standard errors, as above.
  test.each([
    [0, 0, { mean: 0.5, variance: 1 / 12, fourth: 1 / 80 }],
    [1, 0, { mean: 1, variance: 1, fourth: 9 }],
    [2, 0, { mean: 0, variance: 1, fourth: 3 }],
    [3, 0.3, poissonMoments(0.3)],
    [3, 9.9, poissonMoments(9.9)],
    [3, 10, poissonMoments(10)],
    [3, 47.3, poissonMoments(47.3)],
    [3, 1e5, poissonMoments(1e5)],
  ] as const)("kind %s with mean %s", (kind, mean, exact) => {
    const n = 100_000;
    expectMoments(moments(sample(kind, n, mean), n, 1, 1, 0, 0), exact, n);
  });

  test("Poisson numbers of mean 12 have the right frequencies", () => {
    const n = 200_000;
    const counts = new Float64Array(60);
    for (const x of sample(3, n, 12)) counts[x]++;
    let p = Math.exp(-12);
    let chi = 0;
    for (let i = 0; i < 26; i++) {
      if (i >= 2) chi += (counts[i] - n * p) ** 2 / (n * p);
      p *= 12 / (i + 1);
    }
    // 24 classes: chi squared of so many degrees exceeds 60 with a probability below 1e-4.
    expect(chi).toBeLessThan(60);
  });
});
