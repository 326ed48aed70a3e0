// The bandits against exhaustive choice, the box least squares against projected descent, and their states.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import type { Bandit } from "./bandit.ts";
import { BoxLeastSquares } from "./box-least-squares.ts";
import { ChebCb } from "./cheb-cb.ts";
import { TsallisInf } from "./tsallis-inf.ts";
import { TsallisInfBins } from "./tsallis-inf-bins.ts";

const RANGE = [-1, 1] as const;
const makers: Record<string, (arms: number, seed: number) => Bandit> = {
  "tsallis-inf": (arms, seed) => new TsallisInf(arms, { seed }),
  "tsallis-inf-bins": (arms, seed) => new TsallisInfBins(arms, { seed, range: RANGE, bins: 8 }),
  "cheb-cb": (arms, seed) => new ChebCb(arms, { seed, range: RANGE }),
};

/** Costs of a valley whose bottom moves with the context; sums over the rounds for the bandit and for each arm. */
function play(bandit: Bandit, rounds: number, slope: number, seed: number): { sum: number; arms: number[]; best: number } {
  const random = new Random(seed, 3);
  const cost = (arm: number, c: number): number => 10 + 80 * (arm / (bandit.arms - 1) - 0.5 - slope * c) ** 2;
  const arms = new Array<number>(bandit.arms).fill(0);
  let [sum, best] = [0, 0];
  for (let t = 0; t < rounds; t++) {
    const c = 2 * random.next() - 1;
    const noise = 4 * random.next();
    const arm = bandit.choose(c);
    bandit.learn(cost(arm, c) + noise);
    sum += cost(arm, c) + noise;
    arms.forEach((_, i) => (arms[i] += cost(i, c) + noise));
    best += noise + Math.min(...arms.map((_, i) => cost(i, c)));
  }
  return { sum, arms, best };
} // oxfmt-ignore

describe.each(Object.entries(makers))("%s", (_, make) => {
  test("comes near the best fixed arm", () => {
    const { sum, arms } = play(make(6, 1), 4000, 0, 1);
    expect(sum).toBeLessThan(1.15 * Math.min(...arms));
    expect(sum).toBeGreaterThanOrEqual(Math.min(...arms));
  });

  test("probabilities sum to one and are positive whatever the costs", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 60 }), (arms, costs) => {
        const bandit = make(arms, 5) as TsallisInf;
        for (const [t, cost] of costs.entries()) {
          const arm = bandit.choose(Math.sin(t));
          expect(arm).toBeGreaterThanOrEqual(0);
          expect(arm).toBeLessThan(arms);
          expect(bandit.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
          expect(bandit.probabilities.every((p) => p > 0)).toBe(true);
          bandit.learn(cost);
        }
      }),
      { numRuns: 40 },
    ); // oxfmt-ignore
  });

  test("saved and restored, it goes on as it would have", () => {
    const [whole, first] = [make(5, 9), make(5, 9)];
    const cost = (arm: number, t: number): number => 1 + ((arm * 7 + t) % 11);
    const go = (bandit: Bandit, from: number, to: number): number[] =>
      Array.from({ length: to - from }, (__, k) => {
        const arm = bandit.choose(Math.cos(from + k));
        bandit.learn(cost(arm, from + k));
        return arm;
      });
    const all = go(whole, 0, 300);
    go(first, 0, 150);
    const second = make(5, 9);
    second.restore(JSON.parse(JSON.stringify(first.state())) as ReturnType<Bandit["state"]>);
    expect(go(second, 150, 300)).toEqual(all.slice(150));
  });

  test("says what is wrong", () => {
    const bandit = make(3, 0);
    expect(() => bandit.learn(1)).toThrow("a cost without a choice");
    bandit.choose(0);
    expect(() => bandit.choose(0)).toThrow("no cost yet");
    expect(() => bandit.state()).toThrow("between a choice and its cost");
    for (const cost of [Number.NaN, -1, Infinity]) expect(() => bandit.learn(cost)).toThrow("a cost of");
    bandit.learn(0);
    expect(() => bandit.choose(Number.NaN)).toThrow("context");
    expect(() => make(3, 1).restore(bandit.state())).toThrow("this state is not one of");
    expect(() => make(0, 1)).toThrow("a bandit of 0 arms");
  });
});

describe("with contexts", () => {
  test("contextual bandits beat every fixed arm, and ChebCB comes near the best for each context", () => {
    for (const name of ["tsallis-inf-bins", "cheb-cb"]) {
      const { sum, arms, best } = play(makers[name](8, 2), 6000, 0.45, 2);
      expect(sum).toBeLessThan(0.9 * Math.min(...arms));
      if (name === "cheb-cb") expect(sum).toBeLessThan(1.1 * best);
    }
  });

  test("predictions of ChebCB are the costs where these are polynomials", () => {
    const bandit = new ChebCb(1, { range: [0, 2] });
    const cost = (c: number): number => 5 + c - 0.5 * c ** 2 + 0.1 * c ** 3;
    for (let t = 0; t < 60; t++) {
      const c = 1 + Math.cos(t);
      bandit.choose(c);
      bandit.learn(cost(c));
    }
    for (const c of [0, 0.3, 1, 1.9]) expect(bandit.predictions(c)[0]).toBeCloseTo(cost(c), 5);
  });
});

test("least squares in a box meet the optimality conditions", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 12 }), (m, seed, rows) => {
      const random = new Random(seed);
      const [g, h] = [new Float64Array(m * m), new Float64Array(m)];
      for (let r = 0; r < rows; r++) {
        const a = Float64Array.from({ length: m }, () => 2 * random.next() - 1);
        const y = 4 * random.next() - 2;
        for (let i = 0; i < m; i++) {
          h[i] += a[i] * y;
          for (let j = 0; j < m; j++) g[i * m + j] += a[i] * a[j];
        }
      }
      const bound = Float64Array.from({ length: m }, () => 0.1 + random.next());
      const solver = new BoxLeastSquares(m);
      solver.solve(g, h, bound);
      for (let i = 0; i < m; i++) {
        const x = solver.x[i];
        expect(Math.abs(x)).toBeLessThanOrEqual(bound[i]);
        let gradient = -h[i];
        for (let j = 0; j < m; j++) gradient += g[i * m + j] * solver.x[j];
        // Zero inside; at a bound it points out of the box.
        const force = x === bound[i] ? Math.max(0, gradient) : x === -bound[i] ? Math.max(0, -gradient) : Math.abs(gradient);
        expect(force).toBeLessThan(1e-5);
      }
    }),
    { numRuns: 200 },
  ); // oxfmt-ignore
});
