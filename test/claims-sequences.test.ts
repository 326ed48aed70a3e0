// The claims about sequences of systems at a small scale: their parts against independent computation, and each run once.
import { multiplyVector } from "calculemus/array";
import { Random } from "calculemus/base";
import type { ClaimContext } from "calculemus/claims";
import { describe, expect, test } from "vitest";
import * as cgs from "../claims/cgs.ts";
import * as linf from "../claims/linf-regression.ts";
import * as relax from "../claims/relax.ts";
import { beta, Heat, Shifted } from "../claims/relax-sequences.ts";
import * as skr from "../claims/skr.ts";
import { convection, darcy, helmholtz, sortedOrder } from "../claims/skr-systems.ts";

const context: ClaimContext = { machine: "test", log: () => undefined };

describe("relax", () => {
  test("Beta variates have their mean and variance", () => {
    const random = new Random(1);
    for (const [a, b] of [[0.5, 1.5], [2, 6]] as const) {
      const drawn = Array.from({ length: 20_000 }, () => beta(random, a, b));
      const mean = drawn.reduce((sum, x) => sum + x) / drawn.length;
      const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
      expect(mean).toBeCloseTo(a / (a + b), 2);
      expect(variance).toBeCloseTo((a * b) / ((a + b) ** 2 * (a + b + 1)), 2);
    } // oxfmt-ignore
  });

  test("the relaxation of Young's formula needs fewer sweeps than any of the grid, up to rounding of omega", () => {
    const sequence = new Shifted([2, 6], 40, 3);
    const optimal = sequence.sor((c) => sequence.optimal(c)).iterations;
    for (const omega of [1, 1.5, 1.6, 1.7, 1.9]) expect(sequence.sor(() => omega).iterations).toBeGreaterThan(optimal);
    sequence.dispose();
  });

  test("all ways through the heat equation take steps; the direct way one a step", () => {
    const heat = new Heat(12, 30);
    expect(heat.direct().iterations).toBe(30);
    expect(heat.ssorCg(() => 1.3).iterations).toBeLessThan(heat.ssorCg(() => 0).iterations);
    expect(heat.incomplete().iterations).toBeGreaterThan(30);
  });

  test("runs", async () => {
    const result = await relax.run(context, { systems: 120, seeds: 1, heat: [[10, 1]] });
    expect(["shown", "refuted"]).toContain(result.verdict);
    expect(result.evidence).toHaveLength(6);
    expect(result.evidence.every(({ bound }) => bound! > 0)).toBe(true);
  });
});

describe("skr", () => {
  test("constants are kept by the operators inside, and what is symmetric is", () => {
    const n = 12;
    for (const make of [darcy, convection, helmholtz]) {
      const { matrix } = make(n, 2);
      const [x, z] = [new Float64Array(n * n).fill(1), Float64Array.from({ length: n * n }, (_, i) => Math.sin(i))];
      const inside = 5 * n + 5;
      if (make !== helmholtz) expect(Math.abs(multiplyVector(matrix, x)[inside])).toBeLessThan(make === darcy ? 1e-12 : 0.5);
      const w = Float64Array.from({ length: n * n }, (_, i) => Math.cos(3 * i));
      const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
      const difference = Math.abs(dot(multiplyVector(matrix, z), w) - dot(z, multiplyVector(matrix, w)));
      if (make === convection) expect(difference).toBeGreaterThan(1e-6);
      else expect(difference).toBeLessThan(1e-9);
    } // oxfmt-ignore
  });

  test("the order is a permutation", () => {
    const systems = Array.from({ length: 10 }, (_, seed) => darcy(8, seed));
    expect([...sortedOrder(systems)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("runs", async () => {
    const result = await skr.run(context, { side: 16, systems: 3, tolerances: [1e-6] });
    expect(result.evidence).toHaveLength(3);
    expect(result.evidence[0].measured!.products).toBeGreaterThan(0.5);
  });
});

describe("cgs", () => {
  test("runs; the gradient is that of the loss", async () => {
    const result = await cgs.run(context, { graphs: 4, nodes: 30, degree: 3 });
    expect(result.verdict).toBe("shown");
    expect(result.evidence[0].bound).toBeLessThan(1);
  });

  test("the fixed point is one", () => {
    const graph = cgs.randomGraph(40, 4, 1);
    const theta = Float64Array.from({ length: cgs.PARAMETERS }, (_, i) => Math.sin(i + 1));
    const { x } = cgs.lossAndGradient(graph, theta);
    const again = cgs.step(graph, cgs.mapOf(graph, theta), x);
    again.forEach((value, i) => expect(value).toBeCloseTo(x[i], 12));
  });
});

describe("linf-regression", () => {
  test("runs", async () => {
    const result = await linf.run(context, { n: 600, d: 4, rows: 128, eps: 1, trials: 60 });
    expect(result.evidence[0].bound).toBeLessThan(result.evidence[1].bound!);
    expect(result.verdict).toBe("shown");
  });
});
