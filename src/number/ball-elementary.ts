// Elementary functions of balls. Each function has a kernel in fixed point for an exact argument, with a counted error,
// and a rule that carries the radius of the argument through: the values at both ends for monotone functions, a
// Lipschitz constant for sine and cosine.
// exp: twelve bits of the argument by two tables. exp, sin, cos: Taylor series after k = O(cbrt p) halvings, summed by Smith's concurrent summation (Smith 1989,
// "Efficient multiple-precision evaluation of elementary functions", Math. Comp. 52); Brent and Zimmermann, Modern
// Computer Arithmetic, section 4.4. log and atan: one step of high order from a value of a sixth of the digits.
import { Failure } from "../base/index.ts";
import * as B from "./ball.ts";
import type { Ball } from "./ball.ts";
import * as constants from "./constants.ts";
import { bitLength, shift } from "./integer.ts";

/** Numbers above this many bits in the integer part are not reduced modulo pi / 2 (nor given to exp). */
const MOST_REDUCTION_BITS = 1 << 22;

// Fixed-point kernels. A number x is held as the integer x 2^w.

/** Number of halvings that balances them against terms of the series at w bits. */
const halvings = (w: number): number => Math.max(4, Math.round(2 * Math.cbrt(w)));

/** Terms n with y^n / n! below 2^-w for y < 2^-k, and its column count sqrt(n). */
function seriesLength(w: number, k: number): number {
  let n = 1;
  for (let bits = 0; bits < w; n++) bits += k + Math.log2(n);
  return n + 1;
}

/** sum y^i / i! over i < n, at w bits, by sqrt(n) columns, for 0 <= y < 2^-4: within 8 n + 33 units. */
function expSeries(y: bigint, n: number, w: number): bigint {
  const width = BigInt(w);
  const m = Math.max(1, Math.round(Math.sqrt(n)));
  const sums = new Array<bigint>(m).fill(0n);
  let ym = y;
  for (let i = 1; i < m; i++) ym = (ym * y) >> width;
  let t = 1n << width;
  for (let i = 0, column = 0; i < n && t !== 0n; i++) {
    sums[column] += t;
    t /= BigInt(i + 1);
    if (++column === m) {
      column = 0;
      t = (t * ym) >> width;
    }
  }
  let r = sums[m - 1];
  for (let i = m - 2; i >= 0; i--) r = ((r * y) >> width) + sums[i];
  return r;
}

/** exp(x) 2^w within 2 units, for 0 <= x < 1. */
function expFixed(x: bigint, w: number): bigint {
  const tables = expTables(w + GUARD_MOST);
  const known = tables === undefined ? 0 : 2 * TABLE_BITS;
  const k = Math.max(0, halvings(w) - known);
  // Errors: at most 8 n + 33 units before the squarings, times 2^(k+2) with all that follows (exp(x) < 4, and the
  // products with the tables add 12 units); the guard bits make that below one.
  const g = k + 10 + bitLength(BigInt(w + halvings(w)));
  const wn = w + g;
  const width = BigInt(wn);
  const y = x << BigInt(g);
  const low = tables === undefined ? y : BigInt.asUintN(wn - known, y);
  let r = expSeries(low >> BigInt(k), seriesLength(wn, k + known), wn);
  for (let i = 0; i < k; i++) r = (r * r) >> width;
  if (tables !== undefined) {
    const first = Number(y >> BigInt(wn - TABLE_BITS));
    const second = Number(y >> BigInt(wn - known)) & (TABLE_SIZE - 1);
    const cut = BigInt(tables.w - wn);
    r = (r * (tables.second[second] >> cut)) >> width;
    r = (r * (tables.first[first] >> cut)) >> width;
  }
  return r >> BigInt(g);
}

/** exp(j 2^-6) and exp(j 2^-12) for j < 64: twelve bits of the argument cost two products instead of twelve squarings. */
const TABLE_BITS = 6;
const TABLE_SIZE = 1 << TABLE_BITS;
/** Beyond, the tables would be large and gain little. */
const MOST_TABLE_WIDTH = 1 << 14;
/** More than the guard bits of expFixed up to there: 2 cbrt(2^14) + 10 + 15. */
const GUARD_MOST = 80;

interface ExpTables {
  readonly w: number;
  readonly first: readonly bigint[];
  readonly second: readonly bigint[];
}
const allTables = new Map<number, ExpTables>();

/** Tables of at least w bits, each entry within 2 units; made for widths 2^i and 3 2^i and kept. */
function expTables(w: number): ExpTables | undefined {
  if (w > MOST_TABLE_WIDTH) return undefined;
  let wide = 256;
  while (wide < w) wide *= 2;
  if ((wide / 4) * 3 >= w) wide = (wide / 4) * 3;
  let found = allTables.get(wide);
  if (found === undefined) {
    found = { w: wide, first: powersOfExp(TABLE_BITS, wide), second: powersOfExp(2 * TABLE_BITS, wide) };
    allTables.set(wide, found);
  }
  return found;
}

/** exp(j 2^-s) 2^w for j < 64 within 2 units. */
function powersOfExp(s: number, w: number): bigint[] {
  // The base is off by one unit and the j-th power by less than 4 j; 20 more bits make that less than one.
  const wide = w + 20;
  const width = BigInt(wide);
  const base = expSeries(1n << BigInt(wide + 20 - s), seriesLength(wide + 20, s), wide + 20) >> 20n;
  const powers = [1n << width];
  for (let j = 1; j < TABLE_SIZE; j++) powers.push((powers[j - 1] * base) >> width);
  return powers.map((power) => power >> 20n);
}

/** [sin(x), cos(x)] 2^w within 4 units each, for |x| < 1. */
function sinCosFixed(x: bigint, w: number): [bigint, bigint] {
  const negative = x < 0n;
  if (negative) x = -x;
  const k = halvings(w) >> 1;
  // Doubling multiplies the errors by at most 4.
  const g = 2 * k + 10 + bitLength(BigInt(w + k));
  const wn = w + g;
  const width = BigInt(wn);
  const y = (x << BigInt(g)) >> BigInt(k);
  const z = (y * y) >> width;
  // sin y = y sum (-z)^i / (2i+1)!, 1 - cos y = z sum (-z)^i / (2i+2)!.
  const n = (seriesLength(wn, k) >> 1) + 2;
  const m = Math.max(1, Math.round(Math.sqrt(n)));
  let zm = z;
  for (let i = 1; i < m; i++) zm = (zm * z) >> width;
  const series = (offset: number): bigint => {
    const sums = new Array<bigint>(m).fill(0n);
    let t = 1n << width;
    if (offset === 2) t >>= 1n;
    for (let i = 0, column = 0; i < n && t !== 0n; i++) {
      if (i % 2 === 0) sums[column] += t;
      else sums[column] -= t;
      t /= BigInt((2 * i + offset + 1) * (2 * i + offset + 2));
      if (++column === m) {
        column = 0;
        t = (t * zm) >> width;
      }
    }
    let r = sums[m - 1];
    for (let i = m - 2; i >= 0; i--) r = ((r * z) >> width) + sums[i];
    return r;
  };
  let s = (series(1) * y) >> width;
  let v = (series(2) * z) >> width;
  const one = 1n << width;
  for (let i = 0; i < k; i++) {
    const s2 = (s * (one - v)) >> (width - 1n);
    v = (s * s) >> (width - 1n);
    s = s2;
  }
  const cut = BigInt(g);
  return [(negative ? -s : s) >> cut, (one - v) >> cut];
}

/** 2 atanh(a / b) 2^w within n + 3 units for |a / b| < 2^-k, k >= 1, by n = w / (2k) terms; atan with `alternate`. */
function atanhSeries(d: bigint, w: number, alternate: boolean): [bigint, bigint] {
  const width = BigInt(w);
  const square = (d * d) >> width;
  let sum = d;
  let t = d;
  let count = 0n;
  for (let i = 3n; t !== 0n && t !== -1n; i += 2n) {
    t = (t * square) >> width;
    if (alternate) t = -t;
    sum += t / i;
    count++;
  }
  // Each t is off by at most 2 units (|square| < 1/4), each quotient by one more; the tail is below one.
  return [sum, 2n * count + 4n];
}

/** log(x) 2^w within the error given, for 1/2 <= x < 2. */
function logFixed(x: bigint, w: number): [bigint, bigint] {
  if (w <= 48) {
    // The double is within 2^-50 of the logarithm for |log| < 1, which Math.log's 1 ulp on every engine guarantees;
    // here it is a start only, its error is not relied on.
    return [BigInt(Math.round(Math.log(Number(x) / 2 ** w) * 2 ** w)), 0n];
  }
  const half = w <= 300 ? 48 : Math.ceil(w / 6) + 8;
  const [start] = logFixed(x >> BigInt(w - half), half);
  // log x = y + 2 atanh((x - e^y) / (x + e^y)) for any y: the error of y does not matter.
  const g = 8;
  const wn = w + g;
  const y = start << BigInt(wn - half);
  const big = x << BigInt(g);
  const ey = expSigned(y, wn);
  const d = ((big - ey) << BigInt(wn)) / (big + ey);
  // ey is off by 4 units, x + ey > 1, so d by at most 4 * 2 * 2 / 1 + 1 < 18 units.
  const [sum, error] = atanhSeries(d, wn, false);
  return [(y + 2n * sum) >> BigInt(g), ((2n * error + 40n) >> BigInt(g)) + 2n];
}

/** exp(x) 2^w within 4 units, for |x| < 1. */
function expSigned(x: bigint, w: number): bigint {
  if (x >= 0n) return expFixed(x, w);
  // exp(x) = exp(x + 1) / e would need e; exp(x) = 1 / exp(-x), of derivative at most one.
  return (1n << BigInt(2 * w)) / expFixed(-x, w);
}

/** atan(x) 2^w within the error given, for |x| <= 1. */
function atanFixed(x: bigint, w: number): [bigint, bigint] {
  if (w <= 48) return [BigInt(Math.round(Math.atan(Number(x) / 2 ** w) * 2 ** w)), 0n];
  const half = w <= 300 ? 48 : Math.ceil(w / 6) + 8;
  const [start] = atanFixed(x >> BigInt(w - half), half);
  const g = 8;
  const wn = w + g;
  const width = BigInt(wn);
  const y = start << BigInt(wn - half);
  const [s, c] = sinCosFixed(y, wn);
  const big = x << BigInt(g);
  // atan x = y + atan((x c - s) / (c + x s)), the denominator above 0.9 as y is near atan x.
  const d = ((((big * c) >> width) - s) << width) / (c + ((big * s) >> width));
  // Numerator within 9 units, quotient within 11 and a tiny share of the denominator's error.
  const [sum, error] = atanhSeries(d, wn, true);
  return [(y + sum) >> BigInt(g), ((error + 40n) >> BigInt(g)) + 2n];
}

// Functions of balls.

/** x 2^w rounded down to an integer with error at most one, plus the radius in those units. */
function fixed(a: Ball, w: number): bigint {
  return shift(a.m, a.e + w);
}

/** Is |a| so small that a(1 +- a^2) has p bits? Then f with |f(x) - x| <= |x|^power for |x| <= 1/2 is that ball. */
function nearIdentity(a: Ball, p: number, power: 2 | 3): Ball | undefined {
  const high = B.top(a);
  if (high > -2) return undefined;
  const low = bitLength(a.m) + a.e;
  if (power * high > low - p - 2) return undefined;
  return B.widen(a, power * high, p + 8);
}

/** exp. */
export function exp(a: Ball, p: number): Ball {
  if (a.r === 0n) return expPoint(a, p);
  const reach = bitLength(a.r) + a.e;
  if (reach > 0) return B.monotone(expPoint, a, p);
  // |exp(m + t) - exp(m)| <= exp(m) (e^|t| - 1) <= 2 exp(m) |t| for |t| <= 1.
  const middle = expPoint(B.exact(a.m, a.e), p);
  const share = B.multiply(middle, new B.Ball(0n, a.r, a.e + 1), p);
  return B.enlarge(middle, share, p);
}

function expPoint(a: Ball, p: number): Ball {
  if (a.m === 0n) return B.ONE;
  const size = bitLength(a.m) + a.e;
  if (size > MOST_REDUCTION_BITS || size > 64)
    throw new Failure("limit", `exp of ${a}: the result is beyond the range of exponents`);
  // Below 2^-p: 1 + a with radius a^2.
  if (size < -p - 4) return B.add(B.ONE, new B.Ball(0n, 1n, size + 1), p);
  const w = p + 8;
  const reduced = w + Math.max(0, size) + 4;
  // a = n log 2 + r, 0 <= r < log 2, up to the error of log 2 times n.
  const x = fixed(a, reduced);
  const l = fixed(constants.log2(reduced), reduced);
  let n = x / l;
  let r = x - n * l;
  if (r < 0n) {
    n -= 1n;
    r += l;
  }
  // Errors in units of 2^-w: x 1, l within 4 units of 2^-reduced times n < 2^(size+1): below one unit of 2^-w each.
  const value = expFixed(r >> BigInt(reduced - w), w);
  return B.ball(value, 12n, Number(n) - w, w);
}

/** log; fails unless the ball is positive. */
export function log(a: Ball, p: number): Ball {
  const s = B.sign(a);
  if (s === 0 || s === -1) throw new Failure("domain", s === 0 ? "log of zero" : `log of a negative number, ${a}`);
  if (s === undefined) throw new Failure("numeric", `log of a ball that reaches zero, ${a}`);
  return B.monotone(logPoint, a, p);
}

function logPoint(a: Ball, p: number): Ball {
  if (a.m <= 0n) throw new Failure("numeric", `log of a ball that reaches zero, ${a}`);
  const length = bitLength(a.m);
  let k = length + a.e;
  // x in [1/2, 1); moved to [3/4, 3/2) so that numbers near one have k = 0.
  if (length < 2 || a.m >> BigInt(length - 2) === 2n) k--;
  const difference = k === 0 ? B.subtract(a, B.ONE, length + Math.abs(a.e) + 2) : undefined;
  if (difference !== undefined && difference.m === 0n) return B.ZERO;
  const near = difference === undefined ? 0 : -(bitLength(difference.m) + difference.e);
  if (difference !== undefined && near > 8 && near * 6 > p) return log1pSmall(difference, p);
  const w = p + 12 + Math.max(0, near) + bitLength(BigInt(Math.abs(k)));
  const [value, error] = logFixed(shift(a.m, a.e - k + w), w);
  // The cut of x is a unit of 2^-w, times a derivative of at most 4/3.
  const part = B.ball(value, error + 2n, -w, w);
  return k === 0 ? part : B.add(part, B.multiply(B.exact(k), constants.log2(w), w), w);
}

/** log(1 + d) = 2 atanh(d / (2 + d)) for exact |d| < 2^-8. */
function log1pSmall(d: Ball, p: number): Ball {
  const size = -(bitLength(d.m) + d.e);
  const w = p + size + 16;
  const q = B.divide(d, B.add(B.exact(2), d, w), w);
  const [sum, error] = atanhSeries(shift(q.m, q.e + w), w, false);
  return B.ball(2n * sum, 2n * error + 8n, -w, w);
}

/** exp(x) - 1 without cancellation. */
export function expm1(a: Ball, p: number): Ball {
  if (a.m === 0n && a.r === 0n) return B.ZERO;
  const near = nearIdentity(a, p, 2);
  if (near !== undefined) return near;
  const lost = Math.max(0, -(bitLength(a.m) + a.e));
  return B.subtract(exp(a, p + lost + 4), B.ONE, p + lost + 4);
}

/** log(1 + x) without cancellation. */
export function log1p(a: Ball, p: number): Ball {
  if (a.m === 0n && a.r === 0n) return B.ZERO;
  const near = nearIdentity(a, p, 2);
  if (near !== undefined) return near;
  const bits = a.r === 0n ? Math.max(p, bitLength(a.m) + Math.abs(a.e)) : p + Math.max(0, -B.top(a));
  return log(B.add(B.ONE, a, bits + 4), p);
}

/** sin and cos together. */
export function sinCos(a: Ball, p: number): [Ball, Ball] {
  const reach = bitLength(a.r) + a.e;
  if (a.r !== 0n && reach > 2) return [new B.Ball(0n, 1n, 0), new B.Ball(0n, 1n, 0)];
  let [s, c] = sinCosPoint(B.exact(a.m, a.e), p);
  if (a.r !== 0n) {
    const radius = new B.Ball(0n, a.r, a.e);
    s = B.enlarge(s, radius, p + 8);
    c = B.enlarge(c, radius, p + 8);
  }
  return [s, c];
}

function sinCosPoint(a: Ball, p: number): [Ball, Ball] {
  if (a.m === 0n) return [B.ZERO, B.ONE];
  const size = bitLength(a.m) + a.e;
  if (size > MOST_REDUCTION_BITS)
    throw new Failure("limit", `sin or cos of ${a}: the reduction would need ${size} bits of pi`);
  if (2 * size < -p - 4)
    return [B.add(a, new B.Ball(0n, 1n, 3 * size), p + 8), B.add(B.ONE, new B.Ball(0n, 1n, 2 * size), p + 8)];
  let w = p + 10 + Math.max(0, -size);
  for (;;) {
    const reduced = w + Math.max(0, size) + 4;
    const x = fixed(a, reduced);
    // Quarter turns: x = q pi/2 + r, |r| <= pi/4.
    const quarter = fixed(constants.pi(reduced), reduced - 1);
    let q = (2n * x + quarter) / (2n * quarter);
    if (2n * x + quarter < 0n && q * 2n * quarter !== 2n * x + quarter) q -= 1n;
    const r = (x - q * quarter) >> BigInt(reduced - w);
    // Near a multiple of pi/2 the small one of the two needs more bits.
    const missing = w - bitLength(r);
    if (q !== 0n && missing > 8 && w < p + 10 + missing) {
      w = p + 10 + missing + (missing > p ? missing : 0);
      continue;
    }
    const [s, c] = sinCosFixed(r, w);
    const sine = new B.Ball(s, 8n, -w);
    const cosine = new B.Ball(c, 8n, -w);
    const turned: [Ball, Ball][] = [
      [sine, cosine],
      [cosine, B.negate(sine)],
      [B.negate(sine), B.negate(cosine)],
      [B.negate(cosine), sine],
    ];
    return turned[Number(((q % 4n) + 4n) % 4n)];
  }
}

export const sin = (a: Ball, p: number): Ball => sinCos(a, p)[0];
export const cos = (a: Ball, p: number): Ball => sinCos(a, p)[1];

function quotientAt(name: string, a: Ball, above: Ball, below: Ball, p: number): Ball {
  if (B.containsZero(below)) throw new Failure("numeric", `${name} of a ball that may contain a pole, ${a}`);
  return B.divide(above, below, p);
}

/** Monotone between poles: the radius through the derivative 1 + tan^2, bounded on the ball by the quotient of balls. */
export function tan(a: Ball, p: number): Ball {
  const [s, c] = sinCos(a, p + 4);
  return quotientAt("tan", a, s, c, p + 4);
}
export function cot(a: Ball, p: number): Ball {
  const [s, c] = sinCos(a, p + 4);
  return quotientAt("cot", a, c, s, p + 4);
}
export function sec(a: Ball, p: number): Ball {
  return quotientAt("sec", a, B.ONE, cos(a, p + 4), p + 4);
}
export function csc(a: Ball, p: number): Ball {
  return quotientAt("csc", a, B.ONE, sin(a, p + 4), p + 4);
}

/** atan. */
export function atan(a: Ball, p: number): Ball {
  if (a.r === 0n) return atanPoint(a, p);
  if (B.top(a) > 1) return B.monotone(atanPoint, a, p);
  // Its derivative is at most one.
  return B.enlarge(atanPoint(B.exact(a.m, a.e), p), new B.Ball(0n, a.r, a.e), p + 8);
}

function atanPoint(a: Ball, p: number): Ball {
  if (a.m === 0n) return B.ZERO;
  const near = nearIdentity(a, p, 3);
  if (near !== undefined) return near;
  if (a.m < 0n) return B.negate(atanPoint(B.negate(a), p));
  const size = bitLength(a.m) + a.e;
  if (size > 0) {
    // atan x = pi/2 - atan(1/x); far out 1/x is below what is kept.
    const half = B.scale(constants.pi(p + 8), -1);
    if (B.compare(a, B.ONE) === 0) return B.scale(half, -1);
    if (size > p + 8) return B.subtract(half, new B.Ball(1n, 1n, -size), p + 8);
    return B.subtract(half, atan(B.divide(B.ONE, a, p + 8), p + 8), p + 8);
  }
  const w = p + 10 + Math.max(0, -size);
  const x = fixed(a, w);
  if (size < -8 && -size * 6 > p) {
    const [sum, error] = atanhSeries(x, w, true);
    return B.ball(sum, error + 2n, -w, w);
  }
  const [value, error] = atanFixed(x, w);
  return B.ball(value, error + 2n, -w, w);
}

/** Is the ball within [-1, 1] for certain, outside, or neither? */
function checkUnit(name: string, a: Ball): void {
  const one = B.compare(B.absolute(a), B.ONE);
  if (one === 1) throw new Failure("domain", `${name} of a number beyond 1, ${a}`);
  if (
    one === undefined &&
    a.m !== 0n &&
    a.r !== 0n &&
    B.compare(B.add(B.absolute(a), new B.Ball(0n, 0n, 0), 1 << 20), B.ONE) === undefined
  ) {
    const [low, high] = B.ends(a);
    if (B.compare(high, B.ONE) === 1 || B.compare(low, B.negate(B.ONE)) === -1)
      throw new Failure("numeric", `${name} of a ball that reaches beyond 1, ${a}`);
  }
}

/** asin x = atan(x / sqrt((1 - x)(1 + x))). */
export function asin(a: Ball, p: number): Ball {
  checkUnit("asin", a);
  return B.monotone(asinPoint, a, p);
}

function asinPoint(a: Ball, p: number): Ball {
  const near = nearIdentity(a, p, 3);
  if (near !== undefined || a.m === 0n) return near ?? B.ZERO;
  const one = B.compare(B.absolute(a), B.ONE);
  if (one === 0) return B.scale(a.m < 0n ? B.negate(constants.pi(p)) : constants.pi(p), -1);
  const w = p + 10;
  return atan(B.divide(a, B.sqrt(oneMinusSquare(a, w), w), w), w);
}

/** (1 - x)(1 + x) with both factors exact for an exact x. */
function oneMinusSquare(a: Ball, w: number): Ball {
  const bits = bitLength(a.m) + Math.abs(a.e) + 2;
  return B.multiply(B.subtract(B.ONE, a, bits), B.add(B.ONE, a, bits), w);
}

/** acos x = 2 atan(sqrt((1 - x) / (1 + x))). */
export function acos(a: Ball, p: number): Ball {
  checkUnit("acos", a);
  return B.monotone(acosPoint, a, p);
}

function acosPoint(a: Ball, p: number): Ball {
  const w = p + 10;
  const one = B.compare(B.absolute(a), B.ONE);
  if (one === 0) return a.m > 0n ? B.ZERO : constants.pi(p);
  if (B.top(a) < -p - 8) return B.subtract(B.scale(constants.pi(w), -1), B.enlarge(a, a, w), w);
  const bits = bitLength(a.m) + Math.abs(a.e) + 2;
  const ratio = B.divide(B.subtract(B.ONE, a, bits), B.add(B.ONE, a, bits), w);
  return B.scale(atan(B.sqrt(ratio, w), w), 1);
}

/** The angle of (x, y) in (-pi, pi]. Fails on the origin and on balls that cross the cut. */
export function atan2(y: Ball, x: Ball, p: number): Ball {
  const w = p + 8;
  const sx = B.sign(x);
  const sy = B.sign(y);
  if (sx === 0 && sy === 0) throw new Failure("domain", "atan2(0, 0) has no value");
  if (sx === 1) return atan(B.divide(y, x, w), w);
  const half = B.scale(constants.pi(w), -1);
  if (sy === 1) return B.subtract(half, atan(B.divide(x, y, w), w), w);
  if (sy === -1) return B.subtract(B.negate(half), atan(B.divide(x, y, w), w), w);
  if (sy === 0 && sx === -1) return constants.pi(w);
  throw new Failure("numeric", `atan2 of balls that meet the origin or the cut, (${y}, ${x})`);
}

/** sinh x = (u + u / (u + 1)) / 2 with u = expm1 x. */
export function sinh(a: Ball, p: number): Ball {
  return B.monotone(sinhPoint, a, p);
}

function sinhPoint(a: Ball, p: number): Ball {
  const near = nearIdentity(a, p, 3);
  if (near !== undefined || a.m === 0n) return near ?? B.ZERO;
  const w = p + 8;
  const u = expm1(B.absolute(a), w);
  const value = B.scale(B.add(u, B.divide(u, B.add(u, B.ONE, w), w), w), -1);
  return a.m < 0n ? B.negate(value) : value;
}

export function cosh(a: Ball, p: number): Ball {
  const x = B.absolute(a);
  return B.monotone(coshPoint, x, p);
}

function coshPoint(a: Ball, p: number): Ball {
  const w = p + 8;
  const u = exp(B.absolute(a), w);
  return B.scale(B.add(u, B.divide(B.ONE, u, w), w), -1);
}

/** tanh x = u / (u + 2) with u = expm1(2 x). */
export function tanh(a: Ball, p: number): Ball {
  return B.monotone(tanhPoint, a, p);
}

function tanhPoint(a: Ball, p: number): Ball {
  const near = nearIdentity(a, p, 3);
  if (near !== undefined || a.m === 0n) return near ?? B.ZERO;
  if (a.m < 0n) return B.negate(tanhPoint(B.negate(a), p));
  const w = p + 8;
  // 1 - tanh x = 2 / (exp(2 x) + 1) < 2^(1 - 2 x).
  const size = bitLength(a.m) + a.e;
  if (size > 2 && (size > 60 || Number(shift(a.m, a.e)) > w)) return B.subtract(B.ONE, new B.Ball(1n, 1n, -w), w);
  const u = expm1(B.scale(a, 1), w);
  return B.divide(u, B.add(u, B.exact(2), w), w);
}

/** asinh x = log1p(x + x^2 / (1 + sqrt(1 + x^2))) for x >= 0. */
export function asinh(a: Ball, p: number): Ball {
  return B.monotone(asinhPoint, a, p);
}

function asinhPoint(a: Ball, p: number): Ball {
  const near = nearIdentity(a, p, 3);
  if (near !== undefined || a.m === 0n) return near ?? B.ZERO;
  if (a.m < 0n) return B.negate(asinhPoint(B.negate(a), p));
  const w = p + 10;
  const size = B.top(a);
  const square = B.square(a, w);
  const tail = B.divide(square, B.add(B.ONE, B.sqrt(B.add(B.ONE, square, w + Math.max(0, -2 * size)), w), w), w);
  return log1p(B.add(a, tail, w), w);
}

/** acosh x = log1p(t + sqrt(t (t + 2))) with t = x - 1. */
export function acosh(a: Ball, p: number): Ball {
  const order = B.compare(a, B.ONE);
  if (order === 0) return B.ZERO;
  if (order === -1) throw new Failure("domain", `acosh of a number below 1, ${a}`);
  if (order === undefined && B.compare(B.ends(a)[0], B.ONE) === -1)
    throw new Failure("numeric", `acosh of a ball that reaches below 1, ${a}`);
  return B.monotone(acoshPoint, a, p);
}

function acoshPoint(a: Ball, p: number): Ball {
  const w = p + 10;
  const t = B.subtract(
    a,
    B.ONE,
    Math.max(w, bitLength(a.m) + Math.abs(a.e) + 2 > 4 * w && a.e > 0 ? w : bitLength(a.m) + Math.abs(a.e) + 2),
  );
  if (t.m === 0n) return B.ZERO;
  return log1p(B.add(t, B.sqrt(B.multiply(t, B.add(t, B.exact(2), w), w), w), w), w);
}

/** atanh x = log1p(2 x / (1 - x)) / 2 for x >= 0. */
export function atanh(a: Ball, p: number): Ball {
  const order = B.compare(B.absolute(a), B.ONE);
  if (order === 0 || order === 1) throw new Failure("domain", `atanh of ${a}: not within (-1, 1)`);
  const [low, high] = B.ends(a);
  if (B.compare(high, B.ONE) !== -1 || B.compare(low, B.negate(B.ONE)) !== 1)
    throw new Failure("numeric", `atanh of a ball that reaches 1, ${a}`);
  return B.monotone(atanhPoint, a, p);
}

function atanhPoint(a: Ball, p: number): Ball {
  const near = nearIdentity(a, p, 3);
  if (near !== undefined || a.m === 0n) return near ?? B.ZERO;
  if (a.m < 0n) return B.negate(atanhPoint(B.negate(a), p));
  const w = p + 10;
  const below = B.subtract(B.ONE, a, bitLength(a.m) + Math.abs(a.e) + 2);
  return B.scale(log1p(B.divide(B.scale(a, 1), below, w), w), -1);
}

/** log to the base 2 or 10. */
export function logBase(a: Ball, base: 2 | 10, p: number): Ball {
  const w = p + 6;
  return B.divide(log(a, w), base === 2 ? constants.log2(w) : log(B.exact(10), w), w);
}

/** a^b for a > 0, exp(b log a); a of any sign and an exact integer b by squaring. */
export function pow(a: Ball, b: Ball, p: number): Ball {
  if (b.r === 0n) {
    const n =
      b.e >= 0 && b.e < 64
        ? b.m << BigInt(b.e)
        : b.e < 0 && (b.m >> BigInt(-b.e)) << BigInt(-b.e) === b.m
          ? b.m >> BigInt(-b.e)
          : undefined;
    if (n !== undefined) {
      const size = bitLength(n);
      if (n === 0n) {
        if (B.containsZero(a)) throw new Failure(B.isExact(a) ? "domain" : "numeric", "0^0 has no value");
        return B.ONE;
      }
      if (size <= 10) {
        const w = p + 2 * size + 4;
        return n > 0n ? B.power(a, n, w) : B.divide(B.ONE, B.power(a, -n, w), w);
      }
      if (B.sign(a) === -1) {
        const value = pow(B.negate(a), b, p);
        return n % 2n === 0n ? value : B.negate(value);
      }
    }
  }
  const s = B.sign(a);
  if (s === 0 && B.sign(b) === 1) return B.ZERO;
  if (s === 0 || s === -1)
    throw new Failure("domain", `power of ${s === 0 ? "zero" : "a negative number"}, (${a})^(${b})`);
  if (s === undefined) throw new Failure("numeric", `power of a ball that contains zero, (${a})^(${b})`);
  // The product b log a loses as many bits as it has before the point.
  const first = B.multiply(b, log(a, 64), 64);
  const w = p + Math.max(0, B.top(first)) + 8;
  return exp(B.multiply(b, log(a, w), w), p);
}

/** The k-th root: of negative numbers too when k is odd. */
export function rootn(a: Ball, k: number, p: number): Ball {
  const s = B.sign(a);
  if (s === 0) return B.ZERO;
  if (k === 2) return B.sqrt(a, p);
  if (k % 2 !== 0 && s !== 1)
    return s === -1 ? B.negate(rootn(B.negate(a), k, p)) : B.monotone((x, q) => rootn(x, k, q), a, p);
  if (s === -1) throw new Failure("domain", `root of even degree of a negative number, ${a}`);
  if (s === undefined && a.m - a.r < 0n) throw new Failure("numeric", `root of a ball that reaches below zero, ${a}`);
  return B.monotone((x, q) => (x.m === 0n ? B.ZERO : exp(B.divide(log(x, q + 40), B.exact(k), q + 40), q)), a, p);
}

/** sqrt(x^2 + y^2). */
export function hypot(x: Ball, y: Ball, p: number): Ball {
  return B.sqrt(B.add(B.square(x, p + 8), B.square(y, p + 8), p + 8), p + 4);
}
