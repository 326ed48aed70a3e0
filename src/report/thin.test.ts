import * as fc from "fast-check";
import { expect, test } from "vitest";
import { thin } from "./thin.ts";

test("a straight line needs two points, a spike keeps its height", () => {
  const x = Float64Array.from({ length: 10_001 }, (_, i) => i / 20);
  expect(thin(x, x)).toEqual([0, 10_000]);
  const y = new Float64Array(10_001);
  y[5003] = 100;
  expect(thin(x, y)).toContain(5003);
  expect(thin(x, y).length).toBeLessThan(8);
});

test("gaps stay gaps, once each", () => {
  expect(thin([0, 1, 2, 3, 4, 5], [NaN, 1, NaN, NaN, 2, 5])).toEqual([1, 2, 4, 5]);
  expect(thin([0, 1], [NaN, NaN])).toEqual([]);
});

test("backward steps and vertical steps survive", () => {
  expect(thin([0, 5, 5, 0], [0, 0, 5, 5])).toEqual([0, 1, 2, 3]);
});

test("the thinned line passes near every point it skips, up to its pixel column", () => {
  const points = fc.array(
    fc.tuple(fc.double({ min: 0.01, max: 2, noNaN: true }), fc.double({ min: 0, max: 50, noNaN: true })),
    {
      minLength: 2,
      maxLength: 80,
    },
  );
  fc.assert(
    fc.property(points, (steps) => {
      let at = 0;
      const x = steps.map(([dx]) => (at += dx));
      const y = steps.map(([, v]) => v);
      const kept = thin(x, y);
      expect(kept[0]).toBe(0);
      expect(kept.at(-1)).toBe(x.length - 1);
      for (let k = 1; k < kept.length; k++) expect(kept[k]).toBeGreaterThan(kept[k - 1]);
      // Extremes of the whole curve are drawn within the tolerance.
      const drawn = kept.map((i) => y[i]);
      expect(Math.max(...drawn)).toBeGreaterThan(Math.max(...y) - 0.061);
      expect(Math.min(...drawn)).toBeLessThan(Math.min(...y) + 0.061);
      // Where every point has its own column, the line is within the tolerance everywhere.
      const fine = thin(x, y, 1e-6);
      for (let i = 0, k = 0; i < x.length; i++) {
        while (fine[k + 1] < i) k++;
        const [a, b] = [fine[k], fine[k + 1] ?? fine[k]];
        const line = a === b ? y[a] : y[a] + ((y[b] - y[a]) * (x[i] - x[a])) / (x[b] - x[a]);
        expect(Math.abs(line - y[i])).toBeLessThan(0.061);
      }
    }),
  );
});
