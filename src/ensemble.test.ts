// Sweeps, ensembles and repeated runs, against closed forms and single runs; every bad input.
import { describe, expect, test } from "vitest";
import { ensemble, stochastic, sweep, sweepGrid, type SweepValues, sweepValues } from "./ensemble.ts";
import { readCalc } from "./model/index.ts";
import { simulate } from "./simulate.ts";

const DECAY = readCalc("param k = 1, x0 = 2*k\nstate x = x0, y = 0\nx' = -k*x\ny' = k*x\ntime 0 .. 2 points 5\n");
const BIRTH = readCalc(
  "param k = 10, d = 1\nstate X = 0\nreaction 0 -> X : k\nreaction X -> 0 : d*X\ntime 0 .. 4 points 3\n",
);

describe("ranges", () => {
  test("even, logarithmic, lists, downwards, one value", () => {
    expect([...sweepValues("k", { from: 0, to: 1, count: 5 })]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    const log = sweepValues("k", { from: 0.1, to: 1000, count: 5, log: true });
    [0.1, 1, 10, 100, 1000].forEach((value, i) => expect(log[i]).toBeCloseTo(value, 9));
    expect([log[0], log[4]]).toEqual([0.1, 1000]);
    expect([...sweepValues("k", [3, 1])]).toEqual([3, 1]);
    expect([...sweepValues("k", { from: 2, to: 1, count: 3 })]).toEqual([2, 1.5, 1]);
    expect([...sweepValues("k", { from: 2, to: 2, count: 1 })]).toEqual([2]);
  });

  test("combinations, the last running fastest", () => {
    const { names, values } = sweepGrid({ a: [1, 2], b: { from: 0, to: 1, count: 3 } });
    expect(names).toEqual(["a", "b"]);
    expect([...values]).toEqual([1, 0, 1, 0.5, 1, 1, 2, 0, 2, 0.5, 2, 1]);
  });

  test.each<[SweepValues, RegExp]>([
    [[], /no values/],
    [[1, Number.NaN], /value 2 is NaN/],
    [[Infinity], /value 1 is Infinity/],
    [{ from: 1, to: 0, count: -5 }, /whole number of values/],
    [{ from: 1, to: 0, count: 0 }, /whole number of values/],
    [{ from: 1, to: 0, count: 2.5 }, /whole number of values/],
    [{ from: Number.NaN, to: 0, count: 2 }, /no finite ends/],
    [{ from: 0, to: Infinity, count: 2 }, /no finite ends/],
    [{ from: 1, to: 2, count: 1 }, /cannot be both/],
    [{ from: 1, to: 1, count: 3 }, /has one value/],
    [{ from: 0, to: 1, count: 3, log: true }, /greater than 0/],
    [{ from: -1, to: -2, count: 3, log: true }, /greater than 0/],
    [{ from: 0, to: 1, count: 1e9 }, /more than/],
  ])("%j is refused", (values, message) => {
    expect(() => sweepValues("k", values)).toThrow(message);
  });

  test("too many combinations", () => {
    const range = { from: 0, to: 1, count: 10_000 };
    expect(() => sweepGrid({ a: range, b: range })).toThrow(/combinations/);
  });
});

describe("sweep", () => {
  test("every member is the closed form, parameters that follow from others follow", async () => {
    const seen: number[] = [];
    const result = await sweep(DECAY, { k: [0.5, 1, 3] }, { digits: 7, onProgress: (share) => seen.push(share) });
    expect(result).toMatchObject({ members: 3, complete: 3, runs: 1, outputs: ["x", "y"], stop: { kind: "done" } });
    [0.5, 1, 3].forEach((k, m) =>
      result.time.forEach((t, i) => {
        expect(Math.abs(result.values[(m * 5 + i) * 2] - 2 * k * Math.exp(-k * t))).toBeLessThan(1e-7 * k);
      }),
    );
    expect(result.evidence[0]).toMatchObject({ grade: "cross-checked" });
    expect(result.evidence[0].measured!.digits).toBeGreaterThanOrEqual(7);
    expect(seen.at(-1)).toBe(1);
    const mean = result.statistics("x", { quantiles: [0, 0.5, 1] });
    expect(mean.quantiles[1][0]).toBe(2);
    expect(mean.quantiles[0][0]).toBe(1);
    expect(mean.mean[0]).toBeCloseTo(3, 9);
    expect(() => result.statistics("z")).toThrow(/no output "z"/);
    expect(() => result.statistics("x", { quantiles: [2] })).toThrow(/quantile/);
    expect(() => result.statistics("x", { set: 3 })).toThrow(/no set 3/);
  });

  test("a sweep is what single runs are, with events too", async () => {
    const bounce = readCalc(
      "param g = 9.81\nstate h = 1, v = 0\nh' = v\nv' = -g\nwhen h < 0 : v = -0.8*v\ntime 0 .. 1 points 5\n",
    );
    const result = await sweep(bounce, { g: [5, 9.81] });
    for (const [m, g] of [5, 9.81].entries()) {
      const { outputs } = await simulate(bounce, { parameters: { g } });
      outputs.curves[0].values.forEach((value, i) => expect(result.values[(m * 5 + i) * 2]).toBeCloseTo(value, 5));
    }
  });

  test("bad requests", async () => {
    await expect(sweep(DECAY, { q: [1] })).rejects.toThrow(/no parameter "q"/);
    await expect(sweep(DECAY, { k: [1] }, { parameters: { k: 2 } })).rejects.toThrow(/one value and a range/);
    await expect(sweep(DECAY, { k: [1] }, { digits: -1 })).rejects.toThrow(/digits/);
    await expect(sweep(DECAY, { k: [1] }, { tEnd: -1 })).rejects.toThrow(/end time/);
    await expect(ensemble(DECAY, { names: ["k"], values: new Float64Array() })).rejects.toThrow(
      /whole number of members/,
    );
    await expect(ensemble(DECAY, { names: ["k", "x0"], values: new Float64Array(3) })).rejects.toThrow(/whole number/);
  });

  test("a budget that ends keeps the members so far", async () => {
    // Events: the members go one after the other.
    const bounce = readCalc(
      "param k = 1\nstate h = 2, v = 0\nh' = v\nv' = -k\nwhen h < 0 : v = -v\ntime 0 .. 2 points 5\n",
    );
    const slow = sweep(bounce, { k: { from: 1, to: 2, count: 20_000 } }, { budget: { time_ms: 300 } });
    const { stop, complete, values } = await slow;
    expect(stop.kind).toBe("time");
    expect(complete).toBeGreaterThan(0);
    expect(complete).toBeLessThan(20_000);
    expect(values[0]).toBe(2);
    expect(values[values.length - 1]).toBeNaN();
  });
});

describe("stochastic", () => {
  test("sets of runs: the mean follows the swept parameter", async () => {
    const result = await stochastic(BIRTH, { sweep: { k: [2, 20] }, runs: 4000, seed: 9 });
    expect(result).toMatchObject({ members: 8000, runs: 4000, complete: 8000, plan: { chosen: "direct" } });
    [2, 20].forEach((k, set) => {
      const { mean, deviation, counts } = result.statistics("X", { set });
      const exact = k * (1 - Math.exp(-4));
      // 4.5 standard errors: 7 cases in a million.
      expect(Math.abs(mean[2] - exact)).toBeLessThan(4.5 * Math.sqrt(exact / 4000));
      expect(deviation[2] ** 2 / exact).toBeGreaterThan(0.85);
      expect(counts[2]).toBe(4000);
    });
    expect(result.evidence.map((each) => each.grade)).toEqual(["none", "sampled"]);
  });

  test("leaps where very many reactions are expected, and said so", async () => {
    const many = readCalc(
      "state A = 1000000, B = 0\nreaction A -> B : 1000*A\nreaction B -> A : 1000*B\ntime 0 .. 1 points 2\n",
    );
    const { plan, evidence } = await stochastic(many, { runs: 1 });
    expect(plan.chosen).toBe("tau");
    expect(evidence[0]).toMatchObject({ grade: "none" });
    expect(evidence[0].statement).toContain("bias");
  });

  test("bad requests", async () => {
    await expect(stochastic(BIRTH, { runs: 0 })).rejects.toThrow(/number of runs/);
    await expect(stochastic(BIRTH, { method: "euler" as "tau" })).rejects.toThrow(/no stochastic method/);
    await expect(stochastic(BIRTH, { sweep: { z: [1] } })).rejects.toThrow(/no parameter "z"/);
    await expect(stochastic(DECAY, { runs: 2, method: "direct" })).rejects.toThrow(/no reactions/);
    await expect(stochastic(BIRTH, { runs: 2 ** 27 })).rejects.toThrow(/more numbers than fit/);
  });
});
