// Binary floating-point numbers of any precision: arithmetic, correctly rounded in five modes.
// A BigFloat is sign * significand * 2^exponent with exactly `precision` bits in the significand, as in MPFR (Fousse,
// Hanrot, Lefevre, Pelissier, Zimmermann 2007), plus signed zeros, infinities and NaN with the rules of IEEE 754-2019.
// Exponents are bounded by MAX_EXPONENT; beyond it results overflow and underflow as IEEE 754 rounds them.
// Left out on purpose: subnormal numbers, flags, NaN payloads. Elementary functions: bigfloat-elementary.ts.
import { Failure } from "../base/index.ts";
import {
  bitLength,
  bitLengthFrom,
  KEPT_POWERS,
  powerOfTwo,
  shift,
  squareRoot,
  trailingZeros,
  widthOf,
} from "./integer.ts";
import { denominator, MAX_BITS, numerator, rational, type Rational } from "./rational.ts";

/** nearest: ties to even; zero, away: toward and away from zero; up, down: toward plus and minus infinity. */
export type RoundingMode = "nearest" | "zero" | "up" | "down" | "away";
export const ROUNDING_MODES: readonly RoundingMode[] = ["nearest", "zero", "up", "down", "away"];

/** Numbers lie between 2^-MAX_EXPONENT and 2^MAX_EXPONENT in absolute value. */
export const MAX_EXPONENT = 2 ** 40;
/** Least and greatest number of bits of a significand. */
export const MIN_PRECISION = 1;
export const MAX_PRECISION = 1 << 24;

export class BigFloat {
  /** What it is; `significand` and `exponent` are 0 unless it is finite and not zero. */
  readonly kind: "normal" | "zero" | "infinite" | "nan";
  readonly sign: 1 | -1;
  /** For a normal number: 2^(precision-1) <= significand < 2^precision. */
  readonly significand: bigint;
  /** Exponent of the last bit of the significand. */
  readonly exponent: number;
  readonly precision: number;

  /** Use `round`, `fromNumber`, `fromRational` or `parse`: the constructor does not normalise. */
  constructor(kind: BigFloat["kind"], sign: 1 | -1, significand: bigint, exponent: number, precision: number) {
    this.kind = kind;
    this.sign = sign;
    this.significand = significand;
    this.exponent = exponent;
    this.precision = precision;
  }

  /** 2^(top - 1) <= |x| < 2^top for a normal number. */
  get top(): number {
    return this.exponent + this.precision;
  }

  /** The shortest decimal that reads back as this number at its precision. */
  toString(): string {
    return printer.shortest(this);
  }
}

/** Set by bigfloat-text.ts, which needs the arithmetic of this file: printing is its business. */
export const printer: { shortest: (x: BigFloat) => string } = { shortest: (x) => hexadecimal(x) };

/** Fails unless this is a precision that numbers can have. */
export function checkPrecision(precision: number): void {
  if (!Number.isInteger(precision) || precision < MIN_PRECISION || precision > MAX_PRECISION)
    throw new Failure(
      "usage",
      `a precision is a whole number of bits from ${MIN_PRECISION} to ${MAX_PRECISION}, not ${precision}`,
    );
}

export function zero(precision: number, sign: 1 | -1 = 1): BigFloat {
  checkPrecision(precision);
  return new BigFloat("zero", sign, 0n, 0, precision);
}

export function infinity(precision: number, sign: 1 | -1 = 1): BigFloat {
  checkPrecision(precision);
  return new BigFloat("infinite", sign, 0n, 0, precision);
}

export function nan(precision: number): BigFloat {
  checkPrecision(precision);
  return new BigFloat("nan", 1, 0n, 0, precision);
}

export const isNaN = (x: BigFloat): boolean => x.kind === "nan";
export const isFinite = (x: BigFloat): boolean => x.kind === "normal" || x.kind === "zero";
export const isZero = (x: BigFloat): boolean => x.kind === "zero";

/** Does rounding in this mode move away from zero whenever a number of this sign is inexact? "nearest" says no. */
function outward(sign: 1 | -1, mode: RoundingMode): boolean {
  return mode === "away" || (mode === "up" && sign > 0) || (mode === "down" && sign < 0);
}

/**
 * sign * (n + something in [0, 1) if sticky, else n) * 2^e, rounded to `precision` bits; n > 0.
 * With sticky, n must have more than `precision` + 1 bits. `guess`: see bitLengthFrom.
 */
export function roundInteger(
  sign: 1 | -1,
  n: bigint,
  e: number,
  precision: number,
  mode: RoundingMode,
  sticky = false,
  guess = 0,
): BigFloat {
  return roundKnown(sign, n, e, guess > 0 ? bitLengthFrom(n, guess) : bitLength(n), precision, mode, sticky);
}

/** The same for n of exactly `length` bits. */
function roundKnown(
  sign: 1 | -1,
  n: bigint,
  e: number,
  length: number,
  precision: number,
  mode: RoundingMode,
  sticky: boolean,
): BigFloat {
  const drop = length - precision;
  e += drop;
  if (drop <= 0) return ranged(sign, drop < 0 ? n << BigInt(-drop) : n, e, precision, mode);
  let kept: bigint;
  // Most results show in their lowest 64 bits alone that they are neither exact nor a tie.
  if (drop > 64 && BigInt.asUintN(64, n) !== 0n) sticky = true;
  if (mode === "nearest") {
    kept = (n + powerOfTwo(drop - 1)) >> widthOf(drop);
    // A tie, now rounded up, goes to even.
    if (!sticky && BigInt.asUintN(1, kept) === 1n && BigInt.asUintN(drop, n) === powerOfTwo(drop - 1)) kept -= 1n;
  } else {
    kept = n >> widthOf(drop);
    if (!outward(sign, mode) || !(sticky || BigInt.asUintN(drop, n) !== 0n))
      return ranged(sign, kept, e, precision, mode);
    kept += 1n;
  }
  if (kept === powerOfTwo(precision)) {
    kept >>= 1n;
    e++;
  }
  if (Math.abs(e) < SAFE_EXPONENT) return new BigFloat("normal", sign, kept, e, precision);
  return ranged(sign, kept, e, precision, mode);
}

/** Significands of any allowed precision with an exponent below this are in range. */
const SAFE_EXPONENT = MAX_EXPONENT - 2 * MAX_PRECISION;

/** Applies the range of exponents to a normalised significand. */
function ranged(sign: 1 | -1, significand: bigint, exponent: number, precision: number, mode: RoundingMode): BigFloat {
  const top = exponent + precision;
  if (top > MAX_EXPONENT)
    return mode === "nearest" || outward(sign, mode)
      ? new BigFloat("infinite", sign, 0n, 0, precision)
      : new BigFloat("normal", sign, (1n << BigInt(precision)) - 1n, MAX_EXPONENT - precision, precision);
  if (top <= -MAX_EXPONENT) {
    const least = new BigFloat("normal", sign, 1n << BigInt(precision - 1), 1 - MAX_EXPONENT - precision, precision);
    if (outward(sign, mode)) return least;
    // Nearest: to the least number when above half of it.
    const half = 1n << BigInt(precision - 1);
    if (mode === "nearest" && (top > -MAX_EXPONENT || (top === -MAX_EXPONENT && significand > half))) return least;
    return new BigFloat("zero", sign, 0n, 0, precision);
  }
  return new BigFloat("normal", sign, significand, exponent, precision);
}

/** n * 2^e, rounded. */
export function fromInteger(n: bigint, precision: number, mode: RoundingMode = "nearest", e = 0): BigFloat {
  checkPrecision(precision);
  if (n === 0n) return zero(precision);
  return n < 0n ? roundInteger(-1, -n, e, precision, mode) : roundInteger(1, n, e, precision, mode);
}

/** The same number at another precision. */
export function round(x: BigFloat, precision: number, mode: RoundingMode = "nearest"): BigFloat {
  checkPrecision(precision);
  if (x.precision === precision) return x;
  if (x.kind !== "normal") return new BigFloat(x.kind, x.sign, 0n, 0, precision);
  return roundInteger(x.sign, x.significand, x.exponent, precision, mode, false, x.precision);
}

/** x + a tiny number of the sign `direction`, smaller than any bit that matters, rounded; x is normal. */
export function roundBeside(x: BigFloat, direction: number, precision: number, mode: RoundingMode): BigFloat {
  const extra = Math.max(2, precision + 2 - x.precision);
  const n = x.significand << BigInt(extra);
  return direction * x.sign > 0
    ? roundInteger(x.sign, n, x.exponent - extra, precision, mode, true)
    : roundInteger(x.sign, n - 1n, x.exponent - extra, precision, mode, true);
}

/** A number beyond the range: what overflow gives in this mode. */
export function overflow(sign: 1 | -1, precision: number, mode: RoundingMode): BigFloat {
  return ranged(sign, 1n << BigInt(precision - 1), MAX_EXPONENT, precision, mode);
}

/** A number below the range that is not zero: what underflow gives in this mode. */
export function underflow(sign: 1 | -1, precision: number, mode: RoundingMode): BigFloat {
  return ranged(sign, 1n << BigInt(precision - 1), -2 * MAX_EXPONENT, precision, mode);
}

const bytes = new DataView(new ArrayBuffer(8));

/** The value of a double; exact at 53 bits or more. */
export function fromNumber(x: number, precision = 53, mode: RoundingMode = "nearest"): BigFloat {
  checkPrecision(precision);
  if (Number.isNaN(x)) return nan(precision);
  const sign = x < 0 || Object.is(x, -0) ? -1 : 1;
  if (x === 0) return zero(precision, sign);
  if (x === Infinity || x === -Infinity) return infinity(precision, sign);
  bytes.setFloat64(0, x);
  const bits = bytes.getBigUint64(0);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = BigInt.asUintN(52, bits);
  return field === 0
    ? roundInteger(sign, fraction, -1074, precision, mode)
    : roundInteger(sign, fraction | (1n << 52n), field - 1075, precision, mode);
}

/** The double next to x in the mode's direction; overflows and underflows (gradually) as binary64 does. */
export function toNumber(x: BigFloat, mode: RoundingMode = "nearest"): number {
  if (x.kind === "nan") return Number.NaN;
  if (x.kind === "zero") return x.sign < 0 ? -0 : 0;
  if (x.kind === "infinite") return x.sign * Infinity;
  const { sign, top } = x;
  const out = outward(sign, mode);
  if (top > 1024) return mode === "nearest" || out ? sign * Infinity : sign * Number.MAX_VALUE;
  const precision = Math.min(53, top + 1074);
  if (precision < 1) {
    const least = out || (mode === "nearest" && precision === 0 && x.significand !== 1n << BigInt(x.precision - 1));
    return sign * (least ? Number.MIN_VALUE : 0);
  }
  const y = roundInteger(sign, x.significand, x.exponent, precision, mode);
  if (y.top > 1024) return mode === "nearest" || out ? sign * Infinity : sign * Number.MAX_VALUE;
  // The significand has at most 53 bits; scaling in two steps is exact because the result is representable.
  const half = Math.trunc(y.exponent / 2);
  return sign * Number(y.significand) * 2 ** half * 2 ** (y.exponent - half);
}

export function fromRational(a: Rational, precision: number, mode: RoundingMode = "nearest"): BigFloat {
  return quotient(numerator(a), denominator(a), precision, mode);
}

/** n/d * 2^e, rounded; d > 0. */
export function quotient(n: bigint, d: bigint, precision: number, mode: RoundingMode = "nearest", e = 0): BigFloat {
  checkPrecision(precision);
  if (n === 0n) return zero(precision);
  const sign = n < 0n ? -1 : 1;
  if (sign < 0) n = -n;
  const scale = Math.max(0, precision + 2 - bitLength(n) + bitLength(d));
  const top = n << BigInt(scale);
  const q = top / d;
  return roundInteger(sign, q, e - scale, precision, mode, q * d !== top);
}

/** The exact value. Fails on infinities, NaN, and exponents whose power of two would not fit. */
export function toRational(x: BigFloat): Rational {
  if (x.kind === "zero") return 0;
  if (x.kind !== "normal")
    throw new Failure("domain", `${x.kind === "nan" ? "NaN" : "an infinity"} is not a rational number`);
  if (Math.abs(x.exponent) > MAX_BITS)
    throw new Failure(
      "limit",
      `the exact rational would have about ${Math.abs(x.exponent)} bits; at most ${MAX_BITS} are kept`,
    );
  const n = x.sign < 0 ? -x.significand : x.significand;
  const zeros = Math.min(trailingZeros(x.significand), Math.max(0, -x.exponent));
  return x.exponent >= 0
    ? rational(n << BigInt(x.exponent))
    : rational(n >> BigInt(zeros), 1n << BigInt(-x.exponent - zeros));
}

export function negate(x: BigFloat): BigFloat {
  return x.kind === "nan" ? x : new BigFloat(x.kind, x.sign < 0 ? 1 : -1, x.significand, x.exponent, x.precision);
}

export function absolute(x: BigFloat): BigFloat {
  return x.sign < 0 ? negate(x) : x;
}

/** x * 2^k, exact apart from overflow and underflow. */
export function scale(x: BigFloat, k: number, mode: RoundingMode = "nearest"): BigFloat {
  return x.kind === "normal" ? ranged(x.sign, x.significand, x.exponent + k, x.precision, mode) : x;
}

/** -1, 0, 1; undefined if either is NaN. Zeros are equal. */
export function compare(a: BigFloat, b: BigFloat): -1 | 0 | 1 | undefined {
  if (a.kind === "nan" || b.kind === "nan") return undefined;
  const sa = a.kind === "zero" ? 0 : a.sign;
  const sb = b.kind === "zero" ? 0 : b.sign;
  if (sa !== sb) return sa < sb ? -1 : 1;
  if (sa === 0) return 0;
  return (compareMagnitudes(a, b) * sa) as -1 | 0 | 1;
}

export function equal(a: BigFloat, b: BigFloat): boolean {
  return compare(a, b) === 0;
}

/** Compares |a| and |b|; neither is zero or NaN. */
function compareMagnitudes(a: BigFloat, b: BigFloat): number {
  if (a.kind === "infinite" || b.kind === "infinite")
    return Number(a.kind === "infinite") - Number(b.kind === "infinite");
  if (a.top !== b.top) return a.top < b.top ? -1 : 1;
  const more = a.exponent - b.exponent;
  const x = more > 0 ? a.significand << BigInt(more) : a.significand;
  const y = more < 0 ? b.significand << BigInt(-more) : b.significand;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The sign of an exact zero sum: +0, but -0 when rounding down. */
const zeroSum = (mode: RoundingMode): 1 | -1 => (mode === "down" ? -1 : 1);

/** a + b. Precision: by default the greater of the two. */
export function add(
  a: BigFloat,
  b: BigFloat,
  precision = Math.max(a.precision, b.precision),
  mode: RoundingMode = "nearest",
): BigFloat {
  checkPrecision(precision);
  if (a.kind !== "normal" || b.kind !== "normal") {
    if (a.kind === "nan" || b.kind === "nan") return nan(precision);
    if (a.kind === "infinite")
      return b.kind === "infinite" && a.sign !== b.sign ? nan(precision) : infinity(precision, a.sign);
    if (b.kind === "infinite") return infinity(precision, b.sign);
    if (a.kind === "zero" && b.kind === "zero") return zero(precision, a.sign === b.sign ? a.sign : zeroSum(mode));
    return round(a.kind === "zero" ? b : a, precision, mode);
  }
  return addExact(
    a.sign,
    a.significand,
    a.exponent,
    a.precision,
    b.sign,
    b.significand,
    b.exponent,
    b.precision,
    precision,
    mode,
  );
}

/** s1 n1 2^e1 + s2 n2 2^e2, rounded; n1, n2 > 0 of b1, b2 bits. */
function addExact(
  s1: 1 | -1,
  n1: bigint,
  e1: number,
  b1: number,
  s2: 1 | -1,
  n2: bigint,
  e2: number,
  b2: number,
  precision: number,
  mode: RoundingMode,
): BigFloat {
  if (e1 + b1 < e2 + b2) return addExact(s2, n2, e2, b2, s1, n1, e1, b1, precision, mode);
  // The second lies wholly below the first and below what the result keeps: only its sign matters.
  if (e2 + b2 < e1 - 1 && e2 + b2 < e1 + b1 - precision - 3) {
    const extra = Math.max(2, precision + 3 - b1);
    const n = n1 << BigInt(extra);
    return roundInteger(s1, s1 === s2 ? n : n - 1n, e1 - extra, precision, mode, true);
  }
  let e = e1;
  if (e1 > e2) {
    n1 <<= BigInt(e1 - e2);
    e = e2;
  } else if (e2 > e1) n2 <<= BigInt(e2 - e1);
  if (s1 === s2) return roundInteger(s1, n1 + n2, e, precision, mode, false, e1 + b1 - e);
  const difference = n1 - n2;
  if (difference === 0n) return zero(precision, zeroSum(mode));
  return difference > 0n
    ? roundInteger(s1, difference, e, precision, mode)
    : roundInteger(s2, -difference, e, precision, mode);
}

export function subtract(
  a: BigFloat,
  b: BigFloat,
  precision = Math.max(a.precision, b.precision),
  mode: RoundingMode = "nearest",
): BigFloat {
  return add(a, negate(b), precision, mode);
}

export function multiply(
  a: BigFloat,
  b: BigFloat,
  precision = Math.max(a.precision, b.precision),
  mode: RoundingMode = "nearest",
): BigFloat {
  checkPrecision(precision);
  const sign = a.sign === b.sign ? 1 : -1;
  if (a.kind !== "normal" || b.kind !== "normal") {
    if (a.kind === "nan" || b.kind === "nan") return nan(precision);
    if (a.kind === "infinite" || b.kind === "infinite")
      return a.kind === "zero" || b.kind === "zero" ? nan(precision) : infinity(precision, sign);
    return zero(precision, sign);
  }
  const n = a.significand * b.significand;
  const most = a.precision + b.precision;
  const length = most <= KEPT_POWERS ? (n < powerOfTwo(most - 1) ? most - 1 : most) : bitLengthFrom(n, most - 1);
  return roundKnown(sign, n, a.exponent + b.exponent, length, precision, mode, false);
}

export function divide(
  a: BigFloat,
  b: BigFloat,
  precision = Math.max(a.precision, b.precision),
  mode: RoundingMode = "nearest",
): BigFloat {
  checkPrecision(precision);
  const sign = a.sign === b.sign ? 1 : -1;
  if (a.kind !== "normal" || b.kind !== "normal") {
    if (a.kind === "nan" || b.kind === "nan") return nan(precision);
    if (a.kind === "infinite") return b.kind === "infinite" ? nan(precision) : infinity(precision, sign);
    if (b.kind === "infinite") return zero(precision, sign);
    if (b.kind === "zero") return a.kind === "zero" ? nan(precision) : infinity(precision, sign);
    return zero(precision, sign);
  }
  const extra = Math.max(0, precision + 2 - a.precision + b.precision);
  const n = a.significand << BigInt(extra);
  const q = n / b.significand;
  return roundInteger(
    sign,
    q,
    a.exponent - b.exponent - extra,
    precision,
    mode,
    q * b.significand !== n,
    a.precision + extra - b.precision,
  );
}

/** Square root; NaN of negative numbers, -0 of -0. */
export function sqrt(x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  checkPrecision(precision);
  if (x.kind === "nan" || (x.sign < 0 && x.kind !== "zero")) return nan(precision);
  if (x.kind !== "normal") return new BigFloat(x.kind, x.sign, 0n, 0, precision);
  let extra = Math.max(0, 2 * precision + 4 - x.precision);
  if ((x.exponent - extra) % 2 !== 0) extra++;
  const n = x.significand << BigInt(extra);
  const s = squareRoot(n);
  return roundInteger(1, s, (x.exponent - extra) / 2, precision, mode, s * s !== n);
}

/** a * b + c with one rounding. */
export function fma(
  a: BigFloat,
  b: BigFloat,
  c: BigFloat,
  precision = Math.max(a.precision, b.precision, c.precision),
  mode: RoundingMode = "nearest",
): BigFloat {
  checkPrecision(precision);
  if (a.kind !== "normal" || b.kind !== "normal" || c.kind !== "normal") {
    const product = multiply(a, b, a.precision + b.precision);
    return product.kind === "normal" && c.kind === "zero"
      ? multiply(a, b, precision, mode)
      : add(product, c, precision, mode);
  }
  const n = a.significand * b.significand;
  const bits = bitLengthFrom(n, a.precision + b.precision - 1);
  const sign = a.sign === b.sign ? 1 : -1;
  return addExact(
    sign,
    n,
    a.exponent + b.exponent,
    bits,
    c.sign,
    c.significand,
    c.exponent,
    c.precision,
    precision,
    mode,
  );
}

/** The next number of the same precision above x. */
export function nextUp(x: BigFloat): BigFloat {
  const { precision } = x;
  if (x.kind === "nan" || (x.kind === "infinite" && x.sign > 0)) return x;
  if (x.kind === "infinite") return overflow(-1, precision, "zero");
  if (x.kind === "zero") return underflow(1, precision, "up");
  return roundBeside(x, 1, precision, "up");
}

export function nextDown(x: BigFloat): BigFloat {
  return negate(nextUp(negate(x)));
}

/** The greatest integer <= x, exact (of at most `top` bits); fails if x is not finite or beyond 2^MAX_BITS. */
export function floorInteger(x: BigFloat): bigint {
  if (x.kind === "zero") return 0n;
  if (x.kind !== "normal") throw new Failure("domain", "infinities and NaN have no integer part");
  if (x.top > MAX_BITS)
    throw new Failure("limit", `the integer part would have ${x.top} bits; at most ${MAX_BITS} are kept`);
  if (x.top < 0) return x.sign < 0 ? -1n : 0n;
  return shift(x.sign < 0 ? -x.significand : x.significand, x.exponent);
}

export function isInteger(x: BigFloat): boolean {
  if (x.kind !== "normal") return x.kind === "zero";
  return x.exponent >= 0 || trailingZeros(x.significand) >= -x.exponent;
}

/** Hexadecimal floating point as C prints it with %a, without trailing zeros: 0x1.8p+1 is 3. */
export function hexadecimal(x: BigFloat): string {
  const minus = x.sign < 0 && x.kind !== "nan" ? "-" : "";
  if (x.kind === "nan") return "nan";
  if (x.kind === "infinite") return `${minus}inf`;
  if (x.kind === "zero") return `${minus}0x0p+0`;
  const pad = (4 - ((x.precision - 1) % 4)) % 4;
  const digits = (x.significand << BigInt(pad)).toString(16);
  const fraction = digits.slice(1).replace(/0+$/, "");
  const e = x.top - 1;
  return `${minus}0x1${fraction === "" ? "" : `.${fraction}`}p${e < 0 ? "-" : "+"}${Math.abs(e)}`;
}
