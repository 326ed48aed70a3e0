// The three oracles and the two roads of rounding against each other, briefly; bench/rounding-exhaustive.ts goes on.
import { expect, test } from "vitest";
import { codeNumber, encode, floatRounding, type FloatFormat, formatNamed, numberOf, OVERFLOW_RULES, randomBits, roundArray, roundExact, rounder, ROUNDING_MODES, type RoundingMode, valuesOf } from "../src/number/index.ts"; // oxfmt-ignore
import { adversarial } from "./support/adversarial.ts";
import { integerOracle } from "./support/integer-oracle.ts";
import { listOracle } from "./support/list-oracle.ts";

const MODES = Object.keys(ROUNDING_MODES) as RoundingMode[];

test.each(["binary16", "binary32", "binary64", "e11m51", "e4m3fn", "e8m0fnu", "ue5m3", "p3109:k8p1se", "p3109:k8p4uf", "upow2:-3..3"])("%s: arrays, the BigInt oracle and the integer oracle agree", (name) => {
  const format = formatNamed(name) as FloatFormat;
  MODES.forEach((mode, m) =>
    OVERFLOW_RULES.forEach((overflow, o) => {
      const bits = 1 + ((7 * m + o) % 32);
      const xs = Float64Array.from({ length: 60 }, adversarial(format, 10 * m + o));
      const options = { mode, overflow, bits, seed: 5, index: 100 };
      const oracle = integerOracle(format, mode, overflow, bits);
      const exactly = Array.from(xs, (x, i) => numberOf(roundExact(x, format, { ...options, index: 100 + i })));
      expect(Array.from(xs, (x, i) => oracle(x, randomBits(5, 0, 100 + i, bits)))).toEqual(exactly);
      expect([...roundArray(xs, format, options)]).toEqual(exactly);
      expect([...roundArray([...xs], format, options)]).toEqual(exactly);
      const one = rounder(format, options);
      expect(Array.from(xs, (x, i) => one(x, 100 + i))).toEqual(exactly);
    }),
  );
}); // oxfmt-ignore

test.each(["int8", "uint8", "q3.4", "int8*1/127", "bipolar4", "dyadic:4/3", "powexp:4/2", "powexp:6/0.5", "posit8", "posit8:es3"])("%s: rounding equals a search of the list of values", (name) => {
  const format = formatNamed(name);
  MODES.forEach((mode, m) =>
    OVERFLOW_RULES.forEach((overflow, o) => {
      const bits = 1 + ((7 * m + o) % 32);
      const xs = Float64Array.from({ length: 40 }, adversarial(format, 10 * m + o));
      const oracle = listOracle(format, mode, overflow, bits);
      const expected = Array.from(xs, (x, i) => oracle(x, randomBits(5, 0, i, bits)));
      expect([...roundArray(xs, format, { mode, overflow, bits, seed: 5 })]).toEqual(expected);
    }),
  );
}); // oxfmt-ignore

test("in place, empty and large arrays; a part of an array is left alone", () => {
  const format = formatNamed("binary16");
  const xs = Float64Array.of(0.1, -0.1, 1e9);
  expect(roundArray(xs, format, {}, xs)).toBe(xs);
  expect([...xs]).toEqual([0.0999755859375, -0.0999755859375, Infinity]);
  expect(roundArray(new Float64Array(0), format)).toHaveLength(0);
  expect([...roundArray([0.1], format, {}, new Float64Array(2).fill(7))]).toEqual([0.0999755859375, 7]);
  expect([...roundArray(Float32Array.of(0.1, -3), formatNamed("int8"))]).toEqual([0, -3]);
  const many = roundArray(new Float64Array(3_000_000).fill(-1 / 3), format, { mode: "up" });
  expect(many.every((y) => y === -0.333251953125)).toBe(true);
});

test("the constants of a rounding, and codes of values as numbers", () => {
  expect(floatRounding(formatNamed("e4m3fn") as FloatFormat)).toMatchObject({ precision: 4, emin: -6, emax: 8, largest: 448, smallest: 2 ** -9, above: Number.NaN, infinity: Number.NaN, minusZero: -0 }); // oxfmt-ignore
  expect(floatRounding(formatNamed("binary16") as FloatFormat, { mode: "up" })).toMatchObject({ above: Infinity, below: -65504, minusInfinity: -Infinity }); // oxfmt-ignore
  expect(() => floatRounding(formatNamed("binary128") as FloatFormat)).toThrow("beyond doubles");
  for (const name of ["binary16", "e4m3fnuz", "e8m0fnu", "p3109:k8p1se", "pow2:-7..0"]) {
    const format = formatNamed(name) as FloatFormat;
    for (const value of valuesOf(format)) expect(BigInt(codeNumber(format, numberOf(value)))).toBe(encode(format, value)); // oxfmt-ignore
  }
  expect(codeNumber(formatNamed("binary16") as FloatFormat, -Infinity)).toBe(0xfc00);
});
