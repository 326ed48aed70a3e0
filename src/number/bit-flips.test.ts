import { expect, test } from "vitest";
import { flipBits } from "./bit-flips.ts";
import { formatNamed } from "./named-formats.ts";
import { roundArray } from "./round.ts";

const data = (n: number, format: string): Float64Array =>
  roundArray(
    Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1) * 10),
    formatNamed(format),
  );

test("the number of flips is as expected, each is one bit, and a seed repeats them", () => {
  const format = formatNamed("binary16");
  const x = data(20_000, "binary16");
  const y = x.slice();
  const flips = flipBits(y, format, { rate: 1e-3, seed: 4 });
  // 320,000 bits at 1e-3: 320 +- 18
  expect(Math.abs(flips.length - 320)).toBeLessThan(90);
  const z = x.slice();
  expect(flipBits(z, format, { rate: 1e-3, seed: 4 })).toEqual(flips);
  expect(z).toEqual(y);
  for (const { element, before } of flips.slice(0, 5)) expect(x[element]).toBe(before);
  expect(flipBits(x.slice(), format, { rate: 1e-3, seed: 5 })).not.toEqual(flips);
  const untouched = x.filter((v, i) => !Object.is(v, y[i])).length;
  expect(untouched).toBeLessThanOrEqual(flips.length);
});

test("chosen bits: signs, exponents", () => {
  const format = formatNamed("bfloat16");
  const x = data(50, "bfloat16");
  const y = x.slice();
  expect(flipBits(y, format, { rate: 1, from: 15, to: 16 })).toHaveLength(50);
  expect(y).toEqual(x.map((v) => -v));
  const one = Float64Array.of(1);
  expect(flipBits(one, format, { rate: 1, from: 7, to: 8 })).toEqual([{ element: 0, bit: 7, before: 1, after: 0.5 }]);
});

test("what cannot be flipped is refused", () => {
  const format = formatNamed("binary16");
  expect(() => flipBits(Float64Array.of(0.1), format, { rate: 1 })).toThrow("binary16 has no code for 0.1");
  expect(() => flipBits(Float64Array.of(1), format, { rate: 2 })).toThrow("a probability of 2");
  expect(() => flipBits(Float64Array.of(1), format, { rate: 0.5, from: 3, to: 17 })).toThrow("bits 3 to 17");
  expect(flipBits(new Float64Array(0), format, { rate: 0.5 })).toEqual([]);
  expect(flipBits(Float64Array.of(1), format, { rate: 0 })).toEqual([]);
});

test.each([1.5, -1, Number.NaN])("a seed of %s is refused", (seed) => {
  expect(() => flipBits(new Float64Array(4), formatNamed("binary16"), { rate: 0.1, seed })).toThrow("the seed is");
});
