// Elementary functions of BigFloat, correctly rounded by Ziv's loop (Ziv 1991, "Fast evaluation of elementary
// mathematical functions with correctly rounded last bit", ACM TOMS 17): enclose the value in a ball, raise the working
// precision until all of the ball rounds to one number. Arguments with exact values, where the loop would not end, are
// found first; special values follow IEEE 754-2019, section 9.2.
import { Failure } from "../base/index.ts";
import type { Ball } from "./ball.ts";
import * as B from "./ball.ts";
import * as E from "./ball-elementary.ts";
import * as F from "./bigfloat.ts";
import { BigFloat, type RoundingMode } from "./bigfloat.ts";
import * as constants from "./constants.ts";
import { bitLength, root, squareRoot, trailingZeros } from "./integer.ts";

/** Working precision, in bits, beyond which Ziv's loop gives up: no such case is known outside the exact ones. */
const MOST_WORK = 1 << 23;

/** The correctly rounded value of a real number given by enclosures; it must be no representable number or midpoint. */
export function ziv(enclose: (p: number) => Ball, precision: number, mode: RoundingMode): BigFloat {
  F.checkPrecision(precision);
  for (let extra = 24; ; extra = extra * 2 + 40) {
    const p = precision + extra;
    if (p > MOST_WORK)
      throw new Failure("limit", `the last bit is not decided by ${MOST_WORK} bits of working precision`);
    const value = B.roundUnique(enclose(p), precision, mode);
    if (value !== undefined && value.kind !== "zero") return value;
  }
}

type Unary = (x: BigFloat, precision?: number, mode?: RoundingMode) => BigFloat;

const ONE = (precision: number): BigFloat => F.fromInteger(1n, precision);
const isOne = (x: BigFloat, s: 1 | -1 = 1): boolean =>
  x.kind === "normal" && x.sign === s && x.top === 1 && x.significand === 1n << BigInt(x.precision - 1);
/** -1, 0, 1 as |x| < 1, = 1, > 1 for a normal number. */
const againstOne = (x: BigFloat): number => (x.top < 1 ? -1 : isOne(F.absolute(x)) ? 0 : 1);

/** Is f(x) = x + c x^power + ... with |c| <= 1 decided by the next term alone? */
const tiny = (x: BigFloat, precision: number, power: 2 | 3): boolean =>
  (power - 1) * x.top < -Math.max(precision, x.precision) - 4;

/** A function with f(x) = x + c x^3 + ...: `growth` is the sign of c. */
function oddFunction(
  enclose: (x: Ball, p: number) => Ball,
  growth: 1 | -1,
  special: (x: BigFloat, precision: number, mode: RoundingMode) => BigFloat | undefined,
): Unary {
  return (x, precision = x.precision, mode = "nearest") => {
    if (x.kind === "nan") return F.nan(precision);
    if (x.kind === "zero") return F.zero(precision, x.sign);
    const known = special(x, precision, mode);
    if (known !== undefined) return known;
    if (tiny(x, precision, 3)) return F.roundBeside(x, growth * x.sign, precision, mode);
    const a = B.fromBigFloat(x);
    return ziv((p) => enclose(a, p), precision, mode);
  };
}

const halfPi = (sign: 1 | -1, precision: number, mode: RoundingMode): BigFloat =>
  ziv((p) => B.scale(sign < 0 ? B.negate(constants.pi(p)) : constants.pi(p), -1), precision, mode);

/** Beyond this exponent exp overflows or underflows whatever the precision. */
const EXP_TOP = 41;

/** Overflow or underflow of exp(x), sinh, cosh, pow: -1, 1, or 0 when the value is in range. */
function expRange(x: BigFloat): number {
  if (x.top <= 38) return 0;
  if (x.top > EXP_TOP) return x.sign;
  const value = F.toNumber(x);
  const limit = F.MAX_EXPONENT * Math.LN2;
  return value > limit + 1 ? 1 : value < -limit - 1 ? -1 : 0;
}

export const exp: Unary = (x, precision = x.precision, mode = "nearest") => {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return ONE(precision);
  if (x.kind === "infinite") return x.sign > 0 ? F.infinity(precision) : F.zero(precision);
  const range = expRange(x);
  if (range > 0) return F.overflow(1, precision, mode);
  if (range < 0) return F.underflow(1, precision, mode);
  if (x.top < -precision - 4) return F.roundBeside(ONE(precision), x.sign, precision, mode);
  const a = B.fromBigFloat(x);
  return ziv((p) => E.exp(a, p), precision, mode);
};

export const expm1: Unary = (x, precision = x.precision, mode = "nearest") => {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return F.zero(precision, x.sign);
  if (x.kind === "infinite") return x.sign > 0 ? F.infinity(precision) : F.fromInteger(-1n, precision);
  if (expRange(x) > 0) return F.overflow(1, precision, mode);
  if (tiny(x, precision, 2)) return F.roundBeside(x, 1, precision, mode);
  const minusOne = F.fromInteger(-1n, precision);
  if (x.sign < 0 && x.top > 2 && (x.top > 30 || -F.toNumber(x) > precision + 4))
    return F.roundBeside(minusOne, 1, precision, mode);
  const a = B.fromBigFloat(x);
  return ziv((p) => E.expm1(a, p), precision, mode);
};

function logarithm(enclose: (x: Ball, p: number) => Ball, exactValue: (x: BigFloat) => number | undefined): Unary {
  return (x, precision = x.precision, mode = "nearest") => {
    if (x.kind === "nan") return F.nan(precision);
    if (x.kind === "zero") return F.infinity(precision, -1);
    if (x.sign < 0) return F.nan(precision);
    if (x.kind === "infinite") return F.infinity(precision);
    const known = exactValue(x);
    if (known !== undefined) return F.fromInteger(BigInt(known), precision, mode);
    const a = B.fromBigFloat(x);
    return ziv((p) => enclose(a, p), precision, mode);
  };
}

export const log: Unary = logarithm(E.log, (x) => (isOne(x) ? 0 : undefined));
export const log2: Unary = logarithm(
  (x, p) => E.logBase(x, 2, p),
  (x) => (x.significand === 1n << BigInt(x.precision - 1) ? x.top - 1 : undefined),
);
export const log10: Unary = logarithm((x, p) => E.logBase(x, 10, p), powerOfTen);

/** k if x = 10^k, k >= 0. */
function powerOfTen(x: BigFloat): number | undefined {
  if (x.top < 1) return undefined;
  // 10^k = 5^k 2^k: the odd part is 5^k.
  const zeros = trailingZeros(x.significand);
  const k = x.exponent + zeros;
  if (k < 0 || k > x.precision) return undefined;
  return 5n ** BigInt(k) === x.significand >> BigInt(zeros) ? k : undefined;
}

export const log1p: Unary = (x, precision = x.precision, mode = "nearest") => {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return F.zero(precision, x.sign);
  if (isOne(x, -1)) return F.infinity(precision, -1);
  if (x.sign < 0 && (x.kind === "infinite" || againstOne(x) > 0)) return F.nan(precision);
  if (x.kind === "infinite") return F.infinity(precision);
  if (tiny(x, precision, 2)) return F.roundBeside(x, -1, precision, mode);
  const a = B.fromBigFloat(x);
  return ziv((p) => E.log1p(a, p), precision, mode);
};

export const sin: Unary = oddFunction(E.sin, -1, (x, precision) =>
  x.kind === "infinite" ? F.nan(precision) : undefined,
);
export const tan: Unary = oddFunction(E.tan, 1, (x, precision) =>
  x.kind === "infinite" ? F.nan(precision) : undefined,
);

export const cos: Unary = (x, precision = x.precision, mode = "nearest") => {
  if (x.kind === "nan" || x.kind === "infinite") return F.nan(precision);
  if (x.kind === "zero") return ONE(precision);
  if (2 * x.top < -precision - 4) return F.roundBeside(ONE(precision), -1, precision, mode);
  const a = B.fromBigFloat(x);
  return ziv((p) => E.cos(a, p), precision, mode);
};

export const asin: Unary = oddFunction(E.asin, 1, (x, precision, mode) => {
  if (x.kind === "infinite" || againstOne(x) > 0) return F.nan(precision);
  return againstOne(x) === 0 ? halfPi(x.sign, precision, mode) : undefined;
});

export const acos: Unary = (x, precision = x.precision, mode = "nearest") => {
  if (x.kind === "nan" || x.kind === "infinite") return F.nan(precision);
  if (x.kind === "zero") return halfPi(1, precision, mode);
  if (againstOne(x) > 0) return F.nan(precision);
  if (isOne(x)) return F.zero(precision);
  const a = B.fromBigFloat(x);
  return ziv((p) => E.acos(a, p), precision, mode);
};

export const atan: Unary = oddFunction(E.atan, -1, (x, precision, mode) =>
  x.kind === "infinite" ? halfPi(x.sign, precision, mode) : undefined,
);

/** The angle of the point (x, y), with the signs of zeros and infinities of IEEE 754-2019, section 9.2.1. */
export function atan2(
  y: BigFloat,
  x: BigFloat,
  precision = Math.max(x.precision, y.precision),
  mode: RoundingMode = "nearest",
): BigFloat {
  if (y.kind === "nan" || x.kind === "nan") return F.nan(precision);
  const turns = (eighths: number): BigFloat =>
    ziv((p) => B.scale(B.multiply(constants.pi(p + 8), B.exact(eighths * y.sign), p + 8), -2), precision, mode);
  if (y.kind === "zero") return x.sign > 0 ? F.zero(precision, y.sign) : turns(4);
  if (x.kind === "zero") return turns(2);
  if (y.kind === "infinite") return x.kind === "infinite" ? turns(x.sign > 0 ? 1 : 3) : turns(2);
  if (x.kind === "infinite") return x.sign > 0 ? F.zero(precision, y.sign) : turns(4);
  const a = B.fromBigFloat(y);
  const b = B.fromBigFloat(x);
  // y / x exact and tiny: the quotient itself rounded below.
  if (x.sign > 0 && y.top - x.top < -Math.max(precision, 64) - y.precision - x.precision) {
    const ratio = F.divide(y, x, Math.max(precision, y.precision) + x.precision + 4, "zero");
    const back = F.multiply(ratio, x, ratio.precision + x.precision);
    if (ratio.kind === "normal" && F.equal(back, y)) return F.roundBeside(ratio, -ratio.sign, precision, mode);
  }
  return ziv((p) => E.atan2(a, b, p), precision, mode);
}

export const sinh: Unary = oddFunction(E.sinh, 1, (x, precision, mode) => {
  if (x.kind === "infinite") return F.infinity(precision, x.sign);
  return expRange(x) !== 0 ? F.overflow(x.sign, precision, mode) : undefined;
});

export const cosh: Unary = (x, precision = x.precision, mode = "nearest") => {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return ONE(precision);
  if (x.kind === "infinite") return F.infinity(precision);
  if (expRange(x) !== 0) return F.overflow(1, precision, mode);
  if (2 * x.top < -precision - 4) return F.roundBeside(ONE(precision), 1, precision, mode);
  const a = B.fromBigFloat(x);
  return ziv((p) => E.cosh(a, p), precision, mode);
};

export const tanh: Unary = oddFunction(E.tanh, -1, (x, precision, mode) => {
  const one = F.fromInteger(BigInt(x.sign), precision);
  if (x.kind === "infinite") return one;
  return x.top > 3 && (x.top > 30 || Math.abs(F.toNumber(x)) > precision + 4)
    ? F.roundBeside(one, -x.sign, precision, mode)
    : undefined;
});

export const asinh: Unary = oddFunction(E.asinh, -1, (x, precision) =>
  x.kind === "infinite" ? F.infinity(precision, x.sign) : undefined,
);

export const acosh: Unary = (x, precision = x.precision, mode = "nearest") => {
  if (x.kind === "nan" || x.kind === "zero" || x.sign < 0) return F.nan(precision);
  if (x.kind === "infinite") return F.infinity(precision);
  if (isOne(x)) return F.zero(precision);
  if (againstOne(x) < 0) return F.nan(precision);
  const a = B.fromBigFloat(x);
  return ziv((p) => E.acosh(a, p), precision, mode);
};

export const atanh: Unary = oddFunction(E.atanh, 1, (x, precision) => {
  if (x.kind === "infinite" || againstOne(x) > 0) return F.nan(precision);
  return againstOne(x) === 0 ? F.infinity(precision, x.sign) : undefined;
});

/** x^y with the special values of IEEE 754 pow; exact powers are found and rounded once. */
export function pow(
  x: BigFloat,
  y: BigFloat,
  precision = Math.max(x.precision, y.precision),
  mode: RoundingMode = "nearest",
): BigFloat {
  if (y.kind === "zero" || isOne(x)) return ONE(precision);
  if (x.kind === "nan" || y.kind === "nan") return F.nan(precision);
  if (y.kind === "infinite") {
    if (isOne(x, -1)) return ONE(precision);
    const large = x.kind === "infinite" || (x.kind !== "zero" && againstOne(x) > 0);
    return large === y.sign > 0 ? F.infinity(precision) : F.zero(precision);
  }
  const whole = F.isInteger(y);
  const odd = whole && y.exponent + trailingZeros(y.significand) === 0;
  const sign = x.sign < 0 && odd ? -1 : 1;
  if (x.kind === "zero" || x.kind === "infinite")
    return (x.kind === "zero") === y.sign > 0 ? F.zero(precision, sign) : F.infinity(precision, sign);
  if (x.sign < 0 && !whole) return F.nan(precision);
  const base = F.absolute(x);
  if (isOne(base)) return F.fromInteger(BigInt(sign), precision);
  const found = exactPower(base, y, precision + 2);
  if (found !== undefined) {
    if (Math.abs(found.e) > 4 * F.MAX_EXPONENT)
      return found.e > 0 ? F.overflow(sign, precision, mode) : F.underflow(sign, precision, mode);
    return F.roundInteger(sign, found.n, found.e, precision, mode);
  }
  const a = B.fromBigFloat(base);
  const b = B.fromBigFloat(y);
  const logarithm = E.log(a, 64);
  const size = B.multiply(b, logarithm, 64);
  const range = expRange(F.round(size.mid, 64));
  if (range > 0) return F.overflow(sign, precision, mode);
  if (range < 0) return F.underflow(sign, precision, mode);
  if (B.top(size) < -precision - 8)
    return F.roundBeside(F.fromInteger(BigInt(sign), precision), sign * (B.sign(size) ?? 1), precision, mode);
  return ziv(
    (p) => {
      const value = E.pow(a, b, p);
      return sign < 0 ? B.negate(value) : value;
    },
    precision,
    mode,
  );
}

/** x^y = n 2^e exactly with n of at most `bits` bits, or undefined if there is no such n; x > 0, x != 1. */
function exactPower(x: BigFloat, y: BigFloat, bits: number): { n: bigint; e: number } | undefined {
  let zeros = trailingZeros(x.significand);
  let n = x.significand >> BigInt(zeros);
  let k = x.exponent + zeros;
  zeros = trailingZeros(y.significand);
  let a = y.significand >> BigInt(zeros);
  const power = y.exponent + zeros;
  // y = a 2^power: for power < 0 the base must be a 2^-power-th power.
  for (let i = power; i < 0; i++) {
    if (k % 2 !== 0) return undefined;
    const s = squareRoot(n);
    if (s * s !== n) return undefined;
    [n, k] = [s, k / 2];
    if (n === 1n && k === 0) return undefined;
  }
  if (power > 0) {
    if (n !== 1n && power > bits) return undefined;
    if (power > 60) return undefined;
    a <<= BigInt(power);
  }
  if (n !== 1n && (y.sign < 0 || a > BigInt(bits) || (bitLength(n) - 1) * Number(a) > bits)) return undefined;
  const e = BigInt(k) * a * BigInt(y.sign);
  const large = 8n * BigInt(F.MAX_EXPONENT);
  return { n: n === 1n ? 1n : n ** a, e: Number(e > large ? large : e < -large ? -large : e) };
}

/** The k-th root, k >= 1; of negative numbers for odd k. */
export function rootn(x: BigFloat, k: number, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (!Number.isSafeInteger(k) || k < 1)
    throw new Failure("usage", `the degree of a root is a whole number from 1 on, not ${k}`);
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return F.zero(precision, k % 2 === 0 ? 1 : x.sign);
  if (x.sign < 0 && k % 2 === 0) return F.nan(precision);
  if (x.kind === "infinite") return F.infinity(precision, x.sign);
  if (k === 1) return F.round(x, precision, mode);
  if (k > 64) {
    // By logarithms; exact only if the odd part is a k-th power, which has at least k bits unless it is one.
    const zeros = trailingZeros(x.significand);
    const e = x.exponent + zeros;
    const n = x.significand >> BigInt(zeros);
    const r = root(n, k);
    if (e % k === 0 && r ** BigInt(k) === n) return F.roundInteger(x.sign, r, e / k, precision, mode);
    const a = B.fromBigFloat(x);
    return ziv((p) => E.rootn(a, k, p), precision, mode);
  }
  let extra = Math.max(0, k * (precision + 3) - x.precision);
  while ((x.exponent - extra) % k !== 0) extra++;
  const n = x.significand << BigInt(extra);
  const s = root(n, k);
  return F.roundInteger(x.sign, s, (x.exponent - extra) / k, precision, mode, s ** BigInt(k) !== n);
}

export const cbrt: Unary = (x, precision = x.precision, mode = "nearest") => rootn(x, 3, precision, mode);

/** sqrt(x^2 + y^2); infinite if either is, even beside NaN. */
export function hypot(
  x: BigFloat,
  y: BigFloat,
  precision = Math.max(x.precision, y.precision),
  mode: RoundingMode = "nearest",
): BigFloat {
  if (x.kind === "infinite" || y.kind === "infinite") return F.infinity(precision);
  if (x.kind === "nan" || y.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return F.round(F.absolute(y), precision, mode);
  if (y.kind === "zero") return F.round(F.absolute(x), precision, mode);
  if (x.top < y.top) [x, y] = [y, x];
  // The smaller one below every bit that matters.
  if (2 * (x.top - y.top) > Math.max(precision, x.precision) + 8 + x.precision)
    return F.roundBeside(F.absolute(x), 1, precision, mode);
  const xx = F.multiply(x, x, 2 * x.precision);
  const sum = F.fma(y, y, xx, 2 * (x.precision + y.precision) + 2 * (x.top - y.top) + 4, "zero");
  return F.sqrt(sum, precision, mode);
}

const constant =
  (enclose: (p: number) => Ball) =>
  (precision: number, mode: RoundingMode = "nearest"): BigFloat =>
    ziv(enclose, precision, mode);

export const pi = constant(constants.pi);
export const e = constant(constants.e);
export const ln2 = constant(constants.log2);
export const euler = constant(constants.euler);
export const catalan = constant(constants.catalan);
