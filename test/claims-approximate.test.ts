// The claims about approximation at a small scale: their parts against independent computation, and each run once.
import type { ClaimContext } from "calculemus/claims";
import { Q, type Rational } from "calculemus/number";
import { describe, expect, test } from "vitest";
import * as tucker from "../claims/cheb-tucker.ts";
import * as power from "../claims/power-softmax.ts";
import * as sbacc from "../claims/sbacc.ts";

const context: ClaimContext = { machine: "test", log: () => undefined };

describe("cheb-tucker", () => {
  test("the Gaussians are the Newton kernel where they are not cut, and smooth at the centre", () => {
    const gaussians = tucker.smoothedNewton(1e6);
    for (const r of [0.05, 0.3, 1]) expect(tucker.kernel(gaussians, [r, 0, 0]) * r).toBeCloseTo(1, 3);
    expect(tucker.kernel(tucker.smoothedNewton(16), [0, 0, 0])).toBeLessThan(10);
  });

  test("ranks of a grid from side matrices are those of the whole tensor", () => {
    const gaussians = tucker.smoothedNewton(16);
    expect(tucker.gridRanks(gaussians, 24).rank).toBe(tucker.wholeGrid(gaussians, 24).rank);
  });

  test("runs", async () => {
    const scale = { grids: [32, 128], wholeGrid: 16, points: 500, particles: 4, steepest: [4] };
    const result = await tucker.run(context, scale);
    expect(result.verdict).toBe("shown");
    expect(result.evidence).toHaveLength(3);
    expect(result.evidence[0].bound).toBeLessThan(1e-8);
  });
});

describe("power-softmax", () => {
  test("the certified size is the size, from above", () => {
    for (const [least, degree] of [
      [0.01, 1],
      [0.001, 7],
      [0.3, 4],
    ] as const) {
      // oxfmt-ignore
      const first = power.firstReciprocal(least, degree);
      const exact = power.certifiedSize(first, least);
      const size = Q.toNumber(exact);
      let met = 0;
      for (let i = 0; i <= 400; i++) {
        const d = Q.add(Q.fromNumber(least), Q.fromNumber((1 - Math.cos((Math.PI * i) / 400)) / 2));
        const r = first.reduceRight<Rational>((sum, c) => Q.add(Q.multiply(sum, d), Q.fromNumber(c)), 0);
        const e = Q.absolute(Q.subtract(1, Q.multiply(d, r)));
        expect(Q.compare(e, exact)).toBeLessThanOrEqual(0);
        met = Math.max(met, Q.toNumber(e));
      }
      expect(met).toBeGreaterThan(size * 0.999);
      // Chebyshev: the best size in closed form.
      expect(size).toBeCloseTo(1 / Math.cosh((degree + 1) * Math.acosh(1 + 2 * least)), 9);
    }
  });

  test("a wrong first polynomial is not certified", () => {
    const first = power.firstReciprocal(0.01, 5);
    first[3] *= 1.5;
    expect(power.stepsFor(power.certifiedSize(first, 0.01), 1e-6)).toBe(undefined);
  });

  test("runs; polynomial attention of too few steps misses by as much as its bound says it may", async () => {
    const scale = { length: 12, dim: 4, heads: 2, certifiedRows: 2, cases: [{ power: 2, least: 0.01 }] };
    const result = await power.run(context, scale);
    expect(result.verdict).toBe("shown");
    expect(result.evidence.map(({ grade }) => grade)).toEqual(["proved", "proved", "bounded"]);
    const choice = { power: 2, least: 0.01, degree: 3, steps: 2 };
    const found = power.compare(power.randomHead(12, 4, 1), choice, 12);
    const bound = power.certifiedError(power.certifiedSize(power.firstReciprocal(0.01, 3), 0.01), 2);
    expect(found.enclosed).toBeGreaterThan(1e-3 * bound);
    expect(found.enclosed).toBeLessThanOrEqual(bound);
  });
});

describe("sbacc", () => {
  const code: sbacc.Code = { data: 3, workers: 65, band: 36, most: 3 };

  test("data come back from the encoding, and a linear function passes through it", () => {
    const data = [[1, 2], [-3, 0.5], [4, 4]].map((x) => Float64Array.from(x)); // oxfmt-ignore
    sbacc.dataPoints(3).forEach((a, j) => expect([...sbacc.encode(data, a)]).toEqual([...data[j]]));
    const points = sbacc.workerPoints(65);
    const results = new Map(Array.from(points, (b, i) => [i, sbacc.encode(data, b).map((x) => 3 * x)]));
    sbacc
      .decode(code, results)
      .forEach((x, j) => x.forEach((value, i) => expect(value).toBeCloseTo(3 * data[j][i], 0)));
  });

  test("liars are named, honest workers never, with stragglers too", () => {
    const honest = Array.from(sbacc.workerPoints(65), (b) => Float64Array.of(b ** 3 - b, Math.exp(b)));
    for (const trial of sbacc.schedule(24, 6, 3, 0.5)) {
      const { results, false: wrong } = sbacc.answers(code, honest, trial);
      expect(results.size).toBe(65 - trial.stragglers);
      expect(sbacc.nameLiars(code, results, 1e-9).named).toEqual(wrong);
    }
  });

  test("runs", async () => {
    const scale = { code, stragglers: 4, trials: 12, side: 2, sizes: [1] };
    const result = await sbacc.run(context, scale);
    expect(result.verdict).toBe("shown");
    expect(result.evidence).toHaveLength(3);
    expect(result.evidence.every(({ bound }) => bound! > 0 && bound! <= 1)).toBe(true);
  });
});
