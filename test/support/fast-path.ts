// The fast path of rounding against the oracle, for the tests of src/number.
import fc from "fast-check";
import { floatFormat, type FloatFormat, numberOf, type Overflow, randomBits, rounder, roundExact, type RoundingMode } from "../../src/number/index.ts"; // oxfmt-ignore
import { adversarial } from "./adversarial.ts";

/** Compares the fast path with the oracle on n adversarial doubles; counts differences. */
export function differences(
  format: FloatFormat,
  mode: RoundingMode,
  overflow: Overflow,
  n: number,
  seed: number,
): string[] {
  const next = adversarial(format, seed);
  const found: string[] = [];
  for (let i = 0; i < n; i++) {
    const x = next();
    const bits = 1 + (i % 32);
    const random = randomBits(seed, 1, i, bits);
    const options = { mode, overflow, bits, random };
    const y = rounder(format, options)(x, 0);
    const z = numberOf(roundExact(x, format, options));
    if (!Object.is(y, z)) found.push(`${format.name} ${mode} ${overflow} ${x}: ${y}, not ${z}`);
  }
  return found;
}

/** Any float format whose values are doubles of at most 51 bits. */
export const anyFloat = fc
  .record({
    precision: fc.integer({ min: 1, max: 51 }),
    low: fc.integer({ min: -1022, max: 1000 }),
    span: fc.integer({ min: 0, max: 2045 }),
    subnormals: fc.constantFrom("kept" as const, "none" as const, "flush" as const),
    infinities: fc.boolean(),
    signed: fc.boolean(),
    signedZero: fc.boolean(),
    missing: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ precision, low, span, subnormals, infinities, signed, signedZero, missing }) => {
    const emin = Math.max(low, -1074 + precision - 1);
    return floatFormat({
      precision,
      emin,
      emax: Math.min(1023, emin + span),
      subnormals,
      infinities,
      signed,
      zero: signed && signedZero ? "signed" : "unsigned",
      missing: Math.min(missing, 2 ** (precision - 1) - 1),
    });
  });
