import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compensatedSum, exactDot, exactSum } from "../../number/index.ts";
import { VectorSums } from "./sums.ts";

const anyDouble = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 1e308, -1e308, 2 ** 53, 1, -1, Infinity),
);

test("exact sums and dot products equal those of the accumulator, whatever the numbers and wherever they lie", () => {
  const sums = new VectorSums({ bytes: 1 << 16 });
  const inside = sums.array(3000);
  fc.assert(
    fc.property(fc.array(anyDouble, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: -200, max: 200 }), (list, times, shift) => {
      const x = Float64Array.from({ length: list.length * times }, (_, i) => list[i % list.length] * (i % 3 === 0 ? 2 ** shift : 1));
      const y = Float64Array.from(x, (_, i) => x[(i * 7 + 1) % x.length]);
      expect(sums.exactSum(x)).toBe(exactSum(x));
      expect(sums.exactDot(x, y)).toBe(exactDot(x, y));
      const view = inside.subarray(0, x.length);
      view.set(x);
      expect(sums.exactSum(view)).toBe(exactSum(x));
      const reversed = Float64Array.from(x).reverse();
      expect(sums.exactSum(reversed)).toBe(exactSum(x));
    }),
    { numRuns: 300 },
  ); // oxfmt-ignore
  sums.dispose();
});

test("long sums: exact ones do not depend on the order, compensated ones are nearly exact", () => {
  const sums = new VectorSums();
  const x = Float64Array.from({ length: 100_003 }, (_, i) => Math.sin(i) * 10 ** ((i % 21) - 10));
  const shuffled = Float64Array.from(x, (_, i) => x[(i * 7919) % x.length]);
  expect(sums.exactSum(x)).toBe(exactSum(x));
  expect(sums.exactSum(shuffled)).toBe(exactSum(x));
  expect(Math.abs(sums.compensatedSum(x) - exactSum(x))).toBeLessThanOrEqual(Math.abs(exactSum(x)) * 2 ** -52);
  expect(Math.abs(sums.compensatedSum(x) - compensatedSum(x))).toBeLessThanOrEqual(Math.abs(exactSum(x)) * 2 ** -52);
  expect(sums.exactSum(new Float64Array(0))).toBe(0);
  expect(sums.exactSum(Float64Array.of(-0, -0))).toBe(exactSum(Float64Array.of(-0, -0)));
  expect(sums.compensatedSum(Float64Array.of(1e308, 1e308, -1e308, -1e308, 1, 0, 0, 0))).toBe(1);
  expect(sums.exactSum(Float64Array.of(1, Number.NaN))).toBeNaN();
  expect(() => sums.exactDot(x, Float64Array.of(1))).toThrow("100003 and 1 elements");
  sums.dispose();
});
