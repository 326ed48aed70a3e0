// Balls: real numbers known up to a radius, as in Arb (Johansson 2017, "Arb: efficient arbitrary-precision
// midpoint-radius interval arithmetic", IEEE Trans. Computers 66). A ball is the set (m +- r) * 2^e with integers m, r.
// Every operation takes a working precision p and returns a ball that contains f(x, y) for all x, y of its arguments;
// only the size of the radius depends on p. Midpoints keep about p bits, radii about 32.
// A ball that meets a pole or leaves a function's domain in part gives a Failure of kind "numeric" (more precision may
// help); one that lies wholly outside gives a Failure of kind "domain".
import { Failure } from "../base/index.ts";
import { BigFloat, fromInteger, roundInteger, type RoundingMode, zero } from "./bigfloat.ts";
import { bitLength, shift, squareRoot } from "./integer.ts";
import { denominator, numerator, rational, type Rational } from "./rational.ts";

const RADIUS_BITS = 32;

export class Ball {
  /** Midpoint and radius in units of 2^exponent; radius >= 0. Not normalised. */
  readonly m: bigint;
  readonly r: bigint;
  readonly e: number;

  /** Use `ball`, `exact`, `fromRational` or `fromBigFloat`. */
  constructor(m: bigint, r: bigint, e: number) {
    this.m = m;
    this.r = r;
    this.e = e;
  }

  /** The midpoint, exact. */
  get mid(): BigFloat {
    return fromInteger(this.m, Math.max(1, bitLength(this.m)), "nearest", this.e);
  }

  /** The radius, exact. */
  get radius(): BigFloat {
    return fromInteger(this.r, Math.max(1, bitLength(this.r)), "nearest", this.e);
  }

  /** Upper and lower end, rounded outward to p bits. */
  upper(p: number): BigFloat {
    return fromInteger(this.m + this.r, p, "up", this.e);
  }
  lower(p: number): BigFloat {
    return fromInteger(this.m - this.r, p, "down", this.e);
  }

  /** Midpoint (to 64 bits) and radius, as `[3.14159 +- 1.2e-5]`. */
  toString(): string {
    const radius = fromInteger(this.r, 8, "up", this.e);
    return `[${fromInteger(this.m, Math.max(8, Math.min(bitLength(this.m), 64)), "nearest", this.e)} +- ${radius}]`;
  }
}

/** The ball (m +- r) * 2^e with its midpoint cut to about p bits and its radius to about 32. */
export function ball(m: bigint, r: bigint, e: number, p: number): Ball {
  const drop = Math.max(bitLength(m) - p, bitLength(r) - RADIUS_BITS);
  if (drop <= 0) return new Ball(m, r, e);
  const width = BigInt(drop);
  const kept = m >> width;
  if (r === 0n) return new Ball(kept, kept << width === m ? 0n : 1n, e + drop);
  return new Ball(kept, (r >> width) + 2n, e + drop);
}

/** The integer n times 2^e, exactly. */
export function exact(n: bigint | number, e = 0): Ball {
  return new Ball(BigInt(n), 0n, e);
}

export const ZERO = exact(0);
export const ONE = exact(1);

export function fromRational(a: Rational, p: number): Ball {
  return divide(exact(numerator(a)), exact(denominator(a)), p);
}

/** The exact value of a finite BigFloat. */
export function fromBigFloat(x: BigFloat): Ball {
  if (x.kind === "zero") return ZERO;
  if (x.kind !== "normal")
    throw new Failure("domain", `${x.kind === "nan" ? "NaN" : "an infinity"} is not in any ball`);
  return new Ball(x.sign < 0 ? -x.significand : x.significand, 0n, x.exponent);
}

/** -1, 1: all of the ball lies below, above zero; 0: it is exactly zero; undefined: it contains zero and other numbers. */
export function sign(a: Ball): -1 | 0 | 1 | undefined {
  if (a.m > a.r) return 1;
  if (-a.m > a.r) return -1;
  return a.m === 0n && a.r === 0n ? 0 : undefined;
}

export const isExact = (a: Ball): boolean => a.r === 0n;
export const containsZero = (a: Ball): boolean => (a.m < 0n ? -a.m : a.m) <= a.r;

/** Does the ball contain this exact rational number? */
export function contains(a: Ball, x: Rational): boolean {
  const d = denominator(x);
  let n = numerator(x);
  let { m, r } = a;
  if (a.e >= 0) [m, r] = [m << BigInt(a.e), r << BigInt(a.e)];
  else n <<= BigInt(-a.e);
  const distance = n - m * d;
  return (distance < 0n ? -distance : distance) <= r * d;
}

/** |x| < 2^top for all x of the ball. */
export function top(a: Ball): number {
  return bitLength((a.m < 0n ? -a.m : a.m) + a.r) + a.e;
}

/** Correct bits: the binary logarithm of |midpoint| / radius, roughly; Infinity if exact. */
export function accuracy(a: Ball): number {
  return a.r === 0n ? Infinity : bitLength(a.m) - bitLength(a.r);
}

export function negate(a: Ball): Ball {
  return new Ball(-a.m, a.r, a.e);
}

export function absolute(a: Ball): Ball {
  const s = sign(a);
  if (s !== undefined) return s < 0 ? negate(a) : a;
  // From 0 to |m| + r, with a half bit more.
  const high = (a.m < 0n ? -a.m : a.m) + a.r;
  return new Ball(high, high, a.e - 1);
}

/** a * 2^k, exactly. */
export function scale(a: Ball, k: number): Ball {
  return new Ball(a.m, a.r, a.e + k);
}

/** The ball with its radius enlarged by 2^k. */
export function widen(a: Ball, k: number, p: number): Ball {
  const wide = new Ball(0n, 1n, k);
  return add(a, wide, p);
}

/** a with the ends of b's interval around it: a + [-|b|, |b|]. */
export function enlarge(a: Ball, b: Ball, p: number): Ball {
  return add(a, new Ball(0n, (b.m < 0n ? -b.m : b.m) + b.r, b.e), p);
}

export function add(a: Ball, b: Ball, p: number): Ball {
  if (a.m === 0n && a.r === 0n) return ball(b.m, b.r, b.e, p);
  if (b.m === 0n && b.r === 0n) return ball(a.m, a.r, a.e, p);
  if (a.e < b.e) [a, b] = [b, a];
  const gap = a.e - b.e;
  const low = top(b);
  const high = top(a);
  if (gap > 4096 && low < high - p - 8) {
    // b is far below what is kept of a: it goes into the radius.
    const extra = Math.min(gap, Math.max(0, a.e - high + p + 8, a.e - low));
    const e = a.e - extra;
    if (low <= e || extra <= p + 64) {
      const width = BigInt(extra);
      return ball(a.m << width, (a.r << width) + (1n << BigInt(Math.max(0, low - e))), e, p);
    }
  }
  const width = BigInt(gap);
  return ball((a.m << width) + b.m, (a.r << width) + b.r, b.e, p);
}

export function subtract(a: Ball, b: Ball, p: number): Ball {
  return add(a, negate(b), p);
}

/** (m1 +- r1)(m2 +- r2) = m1 m2 +- (|m1| r2 + |m2| r1 + r1 r2). */
export function multiply(a: Ball, b: Ball, p: number): Ball {
  const m = a.m * b.m;
  const e = a.e + b.e;
  if (a.r === 0n && b.r === 0n) return ball(m, 0n, e, p);
  const ma = a.m < 0n ? -a.m : a.m;
  const mb = b.m < 0n ? -b.m : b.m;
  return ball(m, ma * b.r + mb * a.r + a.r * b.r, e, p);
}

export function square(a: Ball, p: number): Ball {
  const s = sign(a);
  if (s !== undefined || a.m === 0n) return multiply(a, a, p);
  // Not negative: between 0 and (|m| + r)^2.
  const high = ((a.m < 0n ? -a.m : a.m) + a.r) ** 2n;
  return ball(high, high, 2 * a.e - 1, p);
}

/** a / b; fails if b contains zero. |a/b - ma/mb| <= (ra + |ma/mb| rb) / (|mb| - rb). */
export function divide(a: Ball, b: Ball, p: number): Ball {
  if (containsZero(b)) {
    if (b.r === 0n) throw new Failure("domain", "division by zero");
    throw new Failure("numeric", `division by a ball that contains zero, ${b}`);
  }
  if (a.m === 0n && a.r === 0n) return ZERO;
  const scaleBy = Math.max(0, p + 2 + bitLength(b.m) - bitLength(a.m));
  const n = a.m << BigInt(scaleBy);
  const q = n / b.m;
  const e = a.e - b.e - scaleBy;
  if (a.r === 0n && b.r === 0n) return ball(q, q * b.m === n ? 0n : 1n, e, p);
  const mb = b.m < 0n ? -b.m : b.m;
  const mq = (q < 0n ? -q : q) + 1n;
  const r = ((a.r << BigInt(scaleBy)) + mq * b.r) / (mb - b.r) + 2n;
  return ball(q, r, e, p);
}

/** Square root; fails if the ball reaches below zero. */
export function sqrt(a: Ball, p: number): Ball {
  const s = sign(a);
  if (s === 0) return ZERO;
  if (s === -1) throw new Failure("domain", `square root of a negative number, ${a}`);
  if (s === undefined && a.m - a.r < 0n)
    throw new Failure("numeric", `square root of a ball that reaches below zero, ${a}`);
  if (a.r === 0n) return rootOfInteger(a.m, a.e, p);
  return hull(rootOfInteger(a.m - a.r, a.e, p), rootOfInteger(a.m + a.r, a.e, p), p);
}

function rootOfInteger(n: bigint, e: number, p: number): Ball {
  if (n === 0n) return ZERO;
  let extra = Math.max(0, 2 * p + 4 - bitLength(n));
  if ((e - extra) % 2 !== 0) extra++;
  n <<= BigInt(extra);
  const s = squareRoot(n);
  return ball(s, s * s === n ? 0n : 1n, (e - extra) / 2, p);
}

/** The least ball (up to rounding) that contains both. */
export function hull(a: Ball, b: Ball, p: number): Ball {
  const e = Math.min(a.e, b.e);
  const spread = Math.max(a.e, b.e) - e;
  if (spread > 2 * p + 1_000_000) throw new Failure("limit", `a ball would have to reach from ${a} to ${b}`);
  const wa = BigInt(a.e - e);
  const wb = BigInt(b.e - e);
  const la = (a.m - a.r) << wa;
  const ha = (a.m + a.r) << wa;
  const lb = (b.m - b.r) << wb;
  const hb = (b.m + b.r) << wb;
  const low = la < lb ? la : lb;
  const high = ha > hb ? ha : hb;
  return ball(low + high, high - low, e - 1, p);
}

/** The two ends of the ball as exact balls. */
export function ends(a: Ball): [Ball, Ball] {
  return [exact(a.m - a.r, a.e), exact(a.m + a.r, a.e)];
}

/** f of a ball for a function that is monotone on it, from its values at the ends. */
export function monotone(f: (x: Ball, p: number) => Ball, a: Ball, p: number): Ball {
  if (a.r === 0n) return f(a, p);
  const [low, high] = ends(a);
  return hull(f(low, p), f(high, p), p);
}

/** a^n for an integer n >= 0, by repeated squaring. */
export function power(a: Ball, n: bigint, p: number): Ball {
  if (n === 0n) return ONE;
  const wp = p + 2 * bitLength(n);
  let result = a;
  for (let i = bitLength(n) - 2; i >= 0; i--) {
    result = square(result, wp);
    if ((n >> BigInt(i)) & 1n) result = multiply(result, a, wp);
  }
  return ball(result.m, result.r, result.e, p);
}

/** -1, 0, 1 where the order of the two is certain, else undefined. */
export function compare(a: Ball, b: Ball): -1 | 0 | 1 | undefined {
  return sign(subtract(a, b, 1 << 20));
}

/** The rounded value that all numbers of the ball share, or undefined if they round differently. */
export function roundUnique(a: Ball, precision: number, mode: RoundingMode): BigFloat | undefined {
  const s = sign(a);
  if (s === undefined) return undefined;
  if (s === 0) return zero(precision);
  const n = s < 0 ? -a.m : a.m;
  if (a.r === 0n) return roundInteger(s, n, a.e, precision, mode);
  const low = roundInteger(s, n - a.r, a.e, precision, mode);
  const high = roundInteger(s, n + a.r, a.e, precision, mode);
  return low.kind === high.kind && low.significand === high.significand && low.exponent === high.exponent
    ? low
    : undefined;
}

/** The integers between which the ball lies: floor of its lower end and ceiling of its upper end. */
export function integerRange(a: Ball): [bigint, bigint] {
  const low = shift(a.m - a.r, a.e);
  const high = -shift(-(a.m + a.r), a.e);
  return [low, high];
}

/** The exact rational numbers at both ends. */
export function rationalEnds(a: Ball): [Rational, Rational] {
  const of = (n: bigint): Rational => (a.e >= 0 ? rational(n << BigInt(a.e)) : rational(n, 1n << BigInt(-a.e)));
  return [of(a.m - a.r), of(a.m + a.r)];
}
