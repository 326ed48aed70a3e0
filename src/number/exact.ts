// Exact values of number formats: a signed fraction times a power of two, an infinity, or NaN. Beyond Rational it knows
// the sign of zero, infinities, and exponents too large to write out (a 2^30 in a P3109 format of 32 bits).
// Invariants of a finite value: num >= 0, den >= 1, exponent a safe integer; not necessarily in lowest terms.
import { Failure } from "../base/index.ts";
import {
  bitLength,
  denominator,
  Fraction,
  MAX_BITS,
  numerator,
  rational,
  type Rational,
  toNumber,
} from "./rational.ts";

export interface Finite {
  readonly kind: "finite";
  readonly negative: boolean;
  /** The value is (-1)^negative num/den 2^exponent. */
  readonly num: bigint;
  readonly den: bigint;
  readonly exponent: number;
}

export type Exact = Finite | { readonly kind: "infinite"; readonly negative: boolean } | { readonly kind: "nan" };

export const NAN: Exact = { kind: "nan" };
export const INFINITY: Exact = { kind: "infinite", negative: false };
export const NEGATIVE_INFINITY: Exact = { kind: "infinite", negative: true };

export function finite(negative: boolean, num: bigint, exponent = 0, den = 1n): Finite {
  return { kind: "finite", negative, num, den, exponent };
}

const view = new DataView(new ArrayBuffer(8));

/** The exact value of a double: sign of zero, infinities and NaN included. */
export function exactOfNumber(x: number): Exact {
  if (Number.isNaN(x)) return NAN;
  view.setFloat64(0, x);
  const word = view.getBigUint64(0);
  const negative = word >> 63n === 1n;
  const e = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  if (e === 0x7ff) return negative ? NEGATIVE_INFINITY : INFINITY;
  return e === 0 ? finite(negative, fraction, -1074) : finite(negative, fraction | (1n << 52n), e - 1075);
}

export function exactOfRational(q: Rational): Exact {
  const num = numerator(q);
  return finite(num < 0n, num < 0n ? -num : num, 0, denominator(q));
}

/** A number, a Rational or an exact value, as an exact value. (A number is a double: -0, infinities and NaN count.) */
export function exact(x: number | Rational | Exact): Exact {
  if (typeof x === "number") return exactOfNumber(x);
  return x instanceof Fraction ? exactOfRational(x) : x;
}

/** The double that an exact value made from a double is; undefined where that is not plain from its parts. */
export function doubleOf(x: Exact): number | undefined {
  if (x.kind === "nan") return Number.NaN;
  if (x.kind === "infinite") return x.negative ? -Infinity : Infinity;
  const { num, den, exponent } = x;
  if (den !== 1n || num > 0x1fffffffffffffn || exponent < -1074 || exponent > 971) return undefined;
  const magnitude = Number(num) * 2 ** exponent;
  return x.negative ? -magnitude : magnitude;
}

/** floor(log2 |x|) of a finite value other than zero. */
export function floorLog2({ num, den, exponent }: Finite): number {
  const d = bitLength(num) - bitLength(den);
  const below = d >= 0 ? num < den << BigInt(d) : num << BigInt(-d) < den;
  return exponent + (below ? d - 1 : d);
}

/** The Rational. Fails on infinities and NaN ("domain") and where the fraction would exceed MAX_BITS ("limit"). */
export function rationalOf(x: Exact): Rational {
  if (x.kind !== "finite") throw new Failure("domain", `${name(x)} is not a rational number`);
  if (x.num === 0n) return 0;
  if (Math.abs(x.exponent) > MAX_BITS)
    throw new Failure("limit", `2^${x.exponent} as a fraction would have more than ${MAX_BITS} bits`, {
      hint: "Work with the exact value (num, den, exponent) itself.",
    });
  const num = x.negative ? -x.num : x.num;
  return x.exponent >= 0 ? rational(num << BigInt(x.exponent), x.den) : rational(num, x.den << BigInt(-x.exponent));
}

/**
 * The nearest double (exact for every value of a format that lies within the doubles).
 * Fails ("numeric") where a finite value is beyond the range of doubles, above or below: nothing becomes infinite or zero.
 */
export function numberOf(x: Exact): number {
  if (x.kind === "nan") return Number.NaN;
  if (x.kind === "infinite") return x.negative ? -Infinity : Infinity;
  if (x.num === 0n) return x.negative ? -0 : 0;
  const e = floorLog2(x);
  const y = e > 1024 || e < -1076 ? Number.NaN : toNumber(rationalOf(x));
  if (!Number.isFinite(y) || y === 0)
    throw new Failure("numeric", `a value of about ${x.negative ? "-" : ""}2^${e} is beyond the range of doubles`, {
      hint: "Use decode and roundExact, which work with exact values.",
    });
  return y;
}

/** Order of two values, NaN excluded (NaN compares as NaN): negative, 0 or positive; -0 equals 0. */
export function compareExact(a: Exact, b: Exact): number {
  if (a.kind === "nan" || b.kind === "nan") return Number.NaN;
  const sa = signOf(a);
  const sb = signOf(b);
  if (sa !== sb) return sa - sb;
  return sa === 0 ? 0 : sa * compareMagnitude(a, b);
}

/** The same value: sign of zero counts, any NaN is any NaN. */
export function sameExact(a: Exact, b: Exact): boolean {
  if (a.kind === "nan" || b.kind === "nan") return a.kind === b.kind;
  return a.negative === b.negative && compareExact(a, b) === 0;
}

/** -1, 0 or 1; 0 for both zeros. */
export function signOf(x: Exclude<Exact, { kind: "nan" }>): -1 | 0 | 1 {
  if (x.kind === "finite" && x.num === 0n) return 0;
  return x.negative ? -1 : 1;
}

function compareMagnitude(a: Exclude<Exact, { kind: "nan" }>, b: Exclude<Exact, { kind: "nan" }>): number {
  if (a.kind === "infinite" || b.kind === "infinite")
    return (a.kind === "infinite" ? 1 : 0) - (b.kind === "infinite" ? 1 : 0);
  const difference = floorLog2(a) - floorLog2(b);
  if (difference !== 0) return difference;
  const shift = a.exponent - b.exponent;
  const left = (a.num * b.den) << BigInt(Math.max(shift, 0));
  const right = (b.num * a.den) << BigInt(Math.max(-shift, 0));
  return left > right ? 1 : left < right ? -1 : 0;
}

/** For messages. */
export function name(x: Exact): string {
  if (x.kind === "nan") return "NaN";
  if (x.kind === "infinite") return x.negative ? "-infinity" : "infinity";
  if (x.num === 0n) return x.negative ? "-0" : "0";
  const e = floorLog2(x);
  if (e > -1000 && e < 1000) return String(numberOf(x));
  return `a value of about ${x.negative ? "-" : ""}2^${e}`;
}
