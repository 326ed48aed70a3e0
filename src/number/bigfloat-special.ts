// Special functions of BigFloat, correctly rounded by Ziv's loop over ball-special.ts; special values as MPFR has them.
import { airyAi as airyBall, airyAiPrime as airyPrimeBall } from "./ball-airy.ts";
import { Failure } from "../base/index.ts";
import * as S from "./ball-special.ts";
import * as B from "./ball.ts";
import { ziv } from "./bigfloat-elementary.ts";
import * as F from "./bigfloat.ts";
import type { BigFloat, RoundingMode } from "./bigfloat.ts";

const MOST_TOP = 36;

/** gamma(x); NaN at negative integers, signed infinity at signed zero. */
export function gamma(x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return F.infinity(precision, x.sign);
  if (x.kind === "infinite") return x.sign > 0 ? F.infinity(precision) : F.nan(precision);
  const whole = F.isInteger(x);
  if (whole && x.sign < 0) return F.nan(precision);
  if (x.sign > 0 && x.top > MOST_TOP) return F.overflow(1, precision, mode);
  if (x.sign < 0 && x.top > 20) throw new Failure("limit", `gamma at ${F.hexadecimal(x)} is not computed`);
  if (whole && x.top <= 12) {
    let factorial = 1n;
    for (let i = 2n; i < F.floorInteger(x); i++) factorial *= i;
    return F.fromInteger(factorial, precision, mode);
  }
  const a = B.fromBigFloat(x);
  return ziv((p) => S.gamma(a, p), precision, mode);
}

/** log |gamma(x)|; infinite at the poles. */
export function lgamma(x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind !== "normal") return F.infinity(precision);
  if (F.isInteger(x)) {
    if (x.sign < 0) return F.infinity(precision);
    if (x.top <= 2 && F.floorInteger(x) <= 2n) return F.zero(precision);
  }
  if (x.top > 4096) throw new Failure("limit", `log gamma at ${F.hexadecimal(x)} is not computed`);
  const a = B.fromBigFloat(x);
  return ziv((p) => S.lgamma(a, p), precision, mode);
}

/** gamma'(x) / gamma(x); NaN at negative integers, infinite at zero. */
export function digamma(x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return F.infinity(precision, x.sign > 0 ? -1 : 1);
  if (x.kind === "infinite") return x.sign > 0 ? F.infinity(precision) : F.nan(precision);
  if (x.sign < 0 && F.isInteger(x)) return F.nan(precision);
  if (x.top > 4096) throw new Failure("limit", `digamma at ${F.hexadecimal(x)} is not computed`);
  const a = B.fromBigFloat(x);
  return ziv((p) => S.digamma(a, p), precision, mode);
}

/** Is x so large that erf(x) differs from 1 by less than a share of the last bit? */
const saturated = (x: BigFloat, precision: number): boolean =>
  x.top > 20 || (x.top > 0 && F.toNumber(x) ** 2 > 0.7 * (precision + 8));

export function erf(x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return F.zero(precision, x.sign);
  const one = F.fromInteger(BigInt(x.sign), precision);
  if (x.kind === "infinite") return one;
  if (saturated(x, precision)) return F.roundBeside(one, -x.sign, precision, mode);
  const a = B.fromBigFloat(x);
  return ziv((p) => S.erf(a, p), precision, mode);
}

export function erfc(x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "zero") return F.fromInteger(1n, precision);
  if (x.kind === "infinite") return x.sign > 0 ? F.zero(precision) : F.fromInteger(2n, precision);
  if (x.top < -precision - 8) return F.roundBeside(F.fromInteger(1n, precision), -x.sign, precision, mode);
  if (x.sign < 0 && saturated(x, precision)) return F.roundBeside(F.fromInteger(2n, precision), -1, precision, mode);
  if (x.sign > 0 && x.top > 21) return F.underflow(1, precision, mode);
  const a = B.fromBigFloat(x);
  return ziv((p) => S.erfc(a, p), precision, mode);
}

/** Riemann's zeta function. */
export function zeta(s: BigFloat, precision = s.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (s.kind === "nan") return F.nan(precision);
  if (s.kind === "infinite") return s.sign > 0 ? F.fromInteger(1n, precision) : F.nan(precision);
  if (s.kind === "zero") return F.quotient(-1n, 2n, precision, mode);
  if (F.isInteger(s) && s.top <= 40) {
    const n = F.floorInteger(s);
    if (n === 1n) return F.infinity(precision);
    if (n < 0n && n % 2n === 0n) return F.zero(precision);
  }
  if (s.sign > 0 && s.top > 2 && (s.top > 30 || F.toNumber(s) > precision + 8))
    return F.roundBeside(F.fromInteger(1n, precision), 1, precision, mode);
  if (s.sign < 0 && s.top > 20) throw new Failure("limit", `zeta at ${F.hexadecimal(s)} is not computed`);
  const a = B.fromBigFloat(s);
  return ziv((p) => S.zeta(a, p), precision, mode);
}

function checkOrder(n: number): void {
  if (!Number.isSafeInteger(n) || Math.abs(n) > 4096)
    throw new Failure("usage", `an order is a whole number from -4096 to 4096, not ${n}`);
}

/** Airy's function Ai(x), |x| < 4096. */
export function airyAi(x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (!F.isFinite(x)) return F.nan(precision);
  const a = B.fromBigFloat(x);
  return ziv((p) => airyBall(a, p), precision, mode);
}

/** Ai'(x), |x| < 4096. */
export function airyAiPrime(x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  if (!F.isFinite(x)) return F.nan(precision);
  const a = B.fromBigFloat(x);
  return ziv((p) => airyPrimeBall(a, p), precision, mode);
}

/** Bessel's function of the first kind J_n(x) of whole order n, |x| < 2^16. */
export function besselJ(n: number, x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  checkOrder(n);
  if (x.kind === "nan") return F.nan(precision);
  if (x.kind === "infinite") return F.zero(precision);
  // J_-n(x) = J_n(-x) = (-1)^n J_n(x).
  const order = Math.abs(n);
  if (x.kind === "zero")
    return order === 0
      ? F.fromInteger(1n, precision)
      : F.zero(precision, order % 2 === 0 || x.sign > 0 === n > 0 ? 1 : -1);
  if (order === 0 && 2 * x.top < -precision - 4)
    return F.roundBeside(F.fromInteger(1n, precision), -1, precision, mode);
  const a = B.fromBigFloat(x);
  return ziv((p) => S.besselJ(n, a, p), precision, mode);
}

/** Bessel's function of the second kind Y_n(x) of whole order n, x < 2^16; NaN for negative x, infinite at zero. */
export function besselY(n: number, x: BigFloat, precision = x.precision, mode: RoundingMode = "nearest"): BigFloat {
  checkOrder(n);
  if (x.kind === "nan" || (x.kind !== "zero" && x.sign < 0)) return F.nan(precision);
  if (x.kind === "infinite") return F.zero(precision);
  // Y_-n(x) = (-1)^n Y_n(x).
  if (x.kind === "zero") return F.infinity(precision, n < 0 && n % 2 !== 0 ? 1 : -1);
  const a = B.fromBigFloat(x);
  return ziv((p) => S.besselY(n, a, p), precision, mode);
}
