import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "../term/index.ts";
import { fn, tapeFunction } from "./builder.ts";
import * as ir from "./builder.ts";
import { FEATURES, features, fitCorrection, predict, rankCorrelation, type Sample } from "./cost.ts";
import { formula, formulaProgram } from "./formula.ts";
import { instructionTotal, operationMix } from "./mix.ts";
import { bandwidthAt, defaultRoofline, measureRoofline, readRoofline } from "./roofline.ts";

const run = (text: string, vectorise = false) =>
  formulaProgram(formula([parse(text)], [parse("x")]), { arrays: [true], type: "f64" }, { vectorise }).program
    .functions[0];

describe("mix", () => {
  test("a loop counts as often as it turns", () => {
    const mix = operationMix(run("x*x/(x + 1)"), { n: 100 });
    expect(mix.scalar).toMatchObject({ div: 100, add: 100, mul: 100, store: 100 });
    expect(mix.turns).toBe(100);
    expect(mix.bytes % 800).toBe(0);
    expect(mix.footprint).toBe(1600);
    expect(operationMix(run("x"), { n: 0 }).turns).toBe(0);
  });

  test("lanes are counted once, and once for each lane", () => {
    const mix = operationMix(run("x*x + 3", true), { n: 1000 });
    expect(mix.lanes.store).toBe(500);
    expect(mix.spread.store).toBe(1000);
    expect(mix.scalar.store).toBe(0);
    expect(instructionTotal(mix)).toBeLessThan(instructionTotal(operationMix(run("x*x + 3"), { n: 1000 })));
  });

  test("bounds from data are guessed, inner bounds follow outer variables, rare branches hardly count, calls count", () => {
    const triangle = fn("f", { n: "i32", x: "f64[]" }, undefined, ({ n, x }, k) => {
      k.for("i", 0, n, (i) => k.for("j", 0, i, (j) => k.store(x, j, ir.sqrt(ir.at(x, j)))));
    });
    expect(operationMix(triangle, { n: 100 }).scalar.root).toBe(5000);
    expect(operationMix(triangle).scalar.root).toBeGreaterThan(0);
    const branch = fn("g", { n: "i32", x: "f64[]" }, undefined, ({ n, x }, k) => {
      k.for("i", 0, n, (i) => k.rarely(ir.lt(ir.at(x, i), 0), () => k.store(x, i, ir.sqrt(ir.at(x, i)))));
    });
    expect(operationMix(branch, { n: 1000 }).scalar.root).toBeCloseTo(10, 9);
    const { tape } = formula([parse("exp(x) + x/3")], [parse("x")]);
    const mix = operationMix(tapeFunction(tape));
    expect([mix.math.get("exp"), mix.scalar.add, mix.scalar.store]).toEqual([1, 1, 1]);
  });
});

describe("predict", () => {
  test("more points and more operations never take less; slow memory takes more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), fc.constantFrom("wasm" as const, "js" as const), (a, b, target) => {
        const f = run("sin(x)*x + 1/x", target === "wasm");
        const [few, many] = [Math.min(a, b), Math.max(a, b)].map((n) => predict(operationMix(f, { n }), { target, correction: null }).ns);
        expect(many).toBeGreaterThanOrEqual(few);
      }),
    );
    let before = 0;
    for (const text of ["x", "x + 1", "x*x + 1", "x*x/3.5 + 1/x", "x*x/3.5 + 1/x + sqrt(x)", "exp(x) + x*x/3.5 + 1/x + sqrt(x)"]) {
      const { ns } = predict(operationMix(run(text), { n: 1000 }), { target: "js", correction: null });
      expect(ns).toBeGreaterThan(before);
      before = ns;
    }
    const slow = { ...defaultRoofline, bandwidth: [[1, 0.1]] as [number, number][] };
    const mix = operationMix(run("x + 1"), { n: 1000 });
    expect(predict(mix, { target: "js", roofline: slow, correction: null })).toMatchObject({ bound: "memory" });
    expect(predict(mix, { target: "js", correction: null }).bound).toBe("operations");
  }); // oxfmt-ignore

  test("the order of targets, with the fitted correction too", () => {
    for (const correction of [null, undefined]) {
      const cost = (target: "wasm" | "js", lanes: boolean): number => predict(operationMix(run("x*x + 3*x + 1", lanes), { n: 2048 }), { target, correction }).ns; // oxfmt-ignore
      expect(cost("wasm", true)).toBeLessThan(cost("js", false));
      const points = (n: number): number => predict(operationMix(run("x*x + 3*x + 1"), { n }), { target: "js", correction }).ns; // oxfmt-ignore
      expect(points(100_000)).toBeGreaterThan(10 * points(1000));
    }
  });

  test("bandwidth lies between the measured ones", () => {
    for (const bytes of [1, 16_384, 100_000, 1e6, 1e8, 1e12]) {
      const rate = bandwidthAt(defaultRoofline, bytes);
      const rates = defaultRoofline.bandwidth.map(([, each]) => each);
      expect(rate).toBeGreaterThanOrEqual(Math.min(...rates) - 1e-9);
      expect(rate).toBeLessThanOrEqual(Math.max(...rates) + 1e-9);
    }
  });
});

describe("fit", () => {
  const features2 = (k: number): number[] => [k % 7, (k * k) % 5, 1];

  test("finds a law that is there; a penalty shrinks it; a constant feature does no harm", () => {
    const samples = Array.from({ length: 60 }, (_, k): Sample => {
      const x = features2(k);
      return { features: x, predicted: 2, measured: 2 * Math.exp(0.3 * x[0] - 0.1 * x[1] + 0.5) };
    });
    const fit = fitCorrection(samples, 1e-9);
    samples.forEach(({ features: x, predicted, measured }) => {
      const log = fit.weight.reduce((sum, w, k) => sum + (w * (x[k] - fit.mean[k])) / fit.scale[k], fit.intercept);
      expect(predicted * Math.exp(log)).toBeCloseTo(measured, 6);
    });
    expect(fit.weight[2]).toBeCloseTo(0, 9);
    const size = (penalty: number): number => Math.hypot(...fitCorrection(samples, penalty).weight);
    expect(size(10)).toBeLessThan(size(0.1));
    expect(size(1e9)).toBeCloseTo(0, 5);
  });

  test("ranks", () => {
    expect(rankCorrelation([1, 2, 3, 4], [10, 20, 400, 4e9])).toBe(1);
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBe(-1);
    // With equal values, by hand: ranks 0.5 0.5 2 against 0 1 2.
    expect(rankCorrelation([5, 5, 9], [1, 2, 3])).toBeCloseTo(1.5 / Math.sqrt(1.5 * 2), 12);
    expect(rankCorrelation([1, 1], [1, 2])).toBeNaN();
  });

  test("a feature for every name, finite even for an empty loop", () => {
    for (const target of ["wasm", "js", "table", "c"] as const)
      for (const n of [0, 10]) {
        const x = features(operationMix(run("x"), { n }), { target });
        expect(x).toHaveLength(FEATURES.length);
        expect(x.every(Number.isFinite)).toBe(true);
      }
  });
});

describe("roofline", () => {
  test("measured, stored and read again", () => {
    const roofline = measureRoofline({ machine: "test", targets: ["wasm", "js", "table"] });
    for (const costs of Object.values(roofline.targets))
      for (const ns of Object.values(costs.scalar)) expect(ns).toBeGreaterThanOrEqual(0);
    expect(readRoofline(JSON.stringify(roofline), "file")).toEqual(roofline);
  });

  test("what is no roofline is refused", () => {
    for (const text of ["", "{}", '{"machine":"x","targets":{},"bandwidth":[]}', '{"machine":"x","targets":{"js":{"scalar":{"add":"1"}}},"bandwidth":[[1,2]]}'])
      expect(() => readRoofline(text, "file")).toThrow("file holds no roofline");
    expect(() => readRoofline(JSON.stringify({ ...defaultRoofline, bandwidth: [[1, 0]] }), "f")).toThrow("bandwidths");
  }); // oxfmt-ignore
});

test("effects of passes are counted when asked for", () => {
  const lowered = formula([parse("x^2 + x^3")], [parse("x")]);
  const { report } = formulaProgram(lowered, { arrays: [true], type: "f64" }, { effects: true });
  expect(report.effects[0].pass).toBe("as written");
  expect(report.effects.map((each) => each.pass)).toContain("vectorise");
  expect(report.effects.at(-1)!.instructions).toBeLessThan(report.effects[0].instructions);
});
