import * as fc from "fast-check";
import { expect, test } from "vitest";
import { engineering, formatDuration, formatNumber } from "./format.ts";

test("formatNumber rounds to significant digits and drops zeros", () => {
  const cases: [number, number, string][] = [
    [0.1 + 0.2, 6, "0.3"],
    [123456.7, 6, "123457"],
    [999999.9, 6, "1e6"],
    [1200000, 6, "1.2e6"],
    [1234567, 9, "1234567"],
    [0.0001234, 6, "0.0001234"],
    [0.00001234, 6, "1.234e-5"],
    [-2.5, 1, "-3"],
    [1500, 2, "1500"],
    [-0, 6, "0"],
    [NaN, 6, "NaN"],
    [-Infinity, 6, "-Infinity"],
  ];
  for (const [x, digits, text] of cases) expect(formatNumber(x, digits)).toBe(text);
});

test("engineering has exponents that are multiples of three, also after rounding up", () => {
  const cases: [number, number, string][] = [
    [12345, 4, "12.35e3"],
    [0.5, 4, "500e-3"],
    [7, 4, "7"],
    [999.99, 3, "1e3"],
    [-1e-7, 4, "-100e-9"],
    [6.02214076e23, 4, "602.2e21"],
    [0, 4, "0"],
  ];
  for (const [x, digits, text] of cases) expect(engineering(x, digits)).toBe(text);
});

test("both read back to the rounded number", () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(finite, fc.integer({ min: 1, max: 15 }), (x, digits) => {
      const rounded = Number(x.toExponential(digits - 1));
      const close = (text: string) => Math.abs(Number(text) - rounded) <= 1e-15 * Math.abs(rounded) + 5e-324;
      return !Number.isFinite(rounded) || (close(formatNumber(x, digits)) && close(engineering(x, digits)));
    }),
  );
});

test("formatDuration speaks in units people use", () => {
  const cases: [number, string][] = [
    [0, "0 s"],
    [2.5e-5, "25 ns"],
    [0.85, "850 µs"],
    [0.99996, "1 ms"],
    [12.34, "12.3 ms"],
    [999.96, "1 s"],
    [1234, "1.23 s"],
    [59_990, "1 min"],
    [125_000, "2 min 5 s"],
    [3_599_900, "1 h"],
    [3_780_000, "1 h 3 min"],
    [-5, "-5 ms"],
  ];
  for (const [ms, text] of cases) expect(formatDuration(ms)).toBe(text);
});
