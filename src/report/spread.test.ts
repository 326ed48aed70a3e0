import * as fc from "fast-check";
import { expect, test } from "vitest";
import { spread } from "./spread.ts";

test("labels that fit stay, labels that overlap share their middle", () => {
  expect(spread([10, 50], 10, 0, 100)).toEqual([10, 50]);
  expect(spread([50, 50], 10, 0, 100)).toEqual([45, 55]);
  expect(spread([100, 100, 100], 10, 0, 100)).toEqual([80, 90, 100]);
  expect(spread([], 10, 0, 100)).toEqual([]);
});

test("labels keep their gap, their order and the bounds", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 250 }), { minLength: 1, maxLength: 12 }), (wanted) => {
      const at = spread(wanted, 15, 0, 200);
      const sorted = [...at].sort((a, b) => a - b);
      for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThan(15 - 1e-9);
      expect(sorted[0]).toBeGreaterThan(-1e-9);
      expect(sorted.at(-1)!).toBeLessThan(200 + 1e-9);
      for (let i = 0; i < at.length; i++)
        for (let j = 0; j < at.length; j++) if (wanted[i] < wanted[j]) expect(at[i]).toBeLessThan(at[j]);
    }),
  );
});
