import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyFloat, differences } from "../../test/support/fast-path.ts";
import { exact, numberOf } from "./exact.ts";
import type { FloatFormat } from "./format.ts";
import { formatNamed, NAMED_FORMATS } from "./named-formats.ts";
import { isFast, round, roundArray, rounder } from "./round.ts";
import { roundExact } from "./round-exact.ts";
import { OVERFLOW_RULES, randomBits, ROUNDING_MODES, type RoundingMode } from "./rounding.ts";

const MODES = Object.keys(ROUNDING_MODES) as RoundingMode[];
const TWELVE = ["binary16", "binary32", "bfloat16", "tf32", "e5m2", "e4m3fn", "e3m2fn", "e2m3fn", "e2m1fn", "e4m3fnuz", "ue5m3", "p3109:k8p1se"]; // oxfmt-ignore

describe("the fast path equals the oracle", () => {
  test.each(TWELVE)("%s: adversarial doubles, every mode and overflow rule", (name) => {
    const format = formatNamed(name) as FloatFormat;
    expect(isFast(format)).toBe(true);
    MODES.forEach((mode, i) =>
      OVERFLOW_RULES.forEach((rule, j) => expect(differences(format, mode, rule, 120, 97 * i + j)).toEqual([])),
    );
  });

  test("random formats", () => {
    fc.assert(
      fc.property(anyFloat, fc.constantFrom(...MODES), fc.constantFrom(...OVERFLOW_RULES), fc.nat(1e6), (format, mode, rule, seed) => {
        expect(isFast(format)).toBe(true);
        expect(differences(format, mode, rule, 20, seed)).toEqual([]);
      }),
      { numRuns: 400 },
    ); // oxfmt-ignore
  });
});

test("stochastic rounding: the mean is the value, and the bits are those of (seed, stream, index)", () => {
  const format = formatNamed("e4m3fn");
  const n = 4000;
  const x = 1 + 1 / 8 / 4;
  const mean = (mode: RoundingMode): number =>
    roundArray(new Float64Array(n).fill(x), format, { mode, seed: 3 }).reduce((a, b) => a + b, 0) / n;
  // The standard deviation of one rounding is sqrt(3)/4 (equal: 1/2) of the gap 1/8; five of the mean's are allowed.
  for (const mode of ["stochastic-a", "stochastic-b", "stochastic-c"] as const)
    expect(Math.abs(mean(mode) - x)).toBeLessThan((5 * 0.125 * Math.sqrt(3)) / 4 / Math.sqrt(n));
  expect(Math.abs(mean("stochastic-equal") - 1.0625)).toBeLessThan((5 * 0.0625) / Math.sqrt(n));
  const once = roundArray([x, x, x, x, x, x], format, { mode: "stochastic-a", seed: 3 });
  const later = roundArray([x, x, x], format, { mode: "stochastic-a", seed: 3, index: 3 });
  expect([...once].slice(3)).toEqual([...later]);
  expect([0, 1, 2, 3, 4].map((i) => randomBits(0, 0, i, 32)).slice(0, 4)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]); // oxfmt-ignore
});

test("what cannot be rounded on doubles says so", () => {
  expect(() => rounder(formatNamed("binary128"))).toThrow("beyond doubles");
  expect(() => rounder(NAMED_FORMATS.binary16, { mode: "stochastic-a", bits: 33 })).toThrow("random bits");
  expect(() => roundExact(1, NAMED_FORMATS.binary16, { mode: "stochastic-a", bits: 2, random: 4 })).toThrow(
    "0 .. 2^2 - 1",
  );
  expect(() => roundArray([1, 2], NAMED_FORMATS.binary16, {}, new Float64Array(1))).toThrow("do not fit");
  expect(roundArray([], NAMED_FORMATS.binary16)).toHaveLength(0);
});

test("known cases that other libraries get wrong", () => {
  expect(round(61440, formatNamed("e5m2"))).toBe(Infinity);
  expect(round(448, formatNamed("e4m3fn"))).toBe(448);
  expect(round(465, formatNamed("e4m3fn"))).toBeNaN();
  expect(round(465, formatNamed("e4m3fn"), { overflow: "saturate" })).toBe(448);
  expect(round(-1e-30, formatNamed("binary16"))).toBe(-0);
  expect(round(-1e-30, formatNamed("binary16"), { mode: "up" })).toBe(-0);
  expect(round(2 ** -24, formatNamed("binary16"), { mode: "to-odd" })).toBe(2 ** -24);
  expect(round(5e-324, formatNamed("binary16"), { mode: "up" })).toBe(2 ** -24);
  expect(round(-0.1, formatNamed("ue5m3"))).toBeNaN();
  expect(round(-0.1, formatNamed("p3109:k8p3ue"), { mode: "up" })).toBe(0);
  expect(round(300, formatNamed("p3109:k8p4se"), { mode: "to-odd" })).toBe(Infinity);
  expect(round(0, formatNamed("e8m0fnu"))).toBe(2 ** -127);
  expect([round(3, formatNamed("e8m0fnu")), round(6, formatNamed("e8m0fnu"))]).toEqual([2, 8]); // even codes 128, 130
  expect(numberOf(roundExact(exact(Infinity), formatNamed("int8")))).toBe(127);
});

test("unknown modes and rules, seeds and streams that are no whole numbers are refused", () => {
  const format = formatNamed("binary16");
  for (const call of [roundExact, round] as ((x: number, f: FloatFormat, options: object) => unknown)[]) {
    expect(() => call(1.1, format as FloatFormat, { mode: "rne" })).toThrow('no rounding mode "rne"');
    expect(() => call(1e9, format as FloatFormat, { overflow: "clip" })).toThrow('no overflow rule "clip"');
    for (const options of [{ seed: 0.5 }, { seed: -1 }, { stream: Number.NaN }])
      expect(() => call(1.1, format as FloatFormat, { mode: "stochastic-a", ...options })).toThrow("of random bits");
  }
});
