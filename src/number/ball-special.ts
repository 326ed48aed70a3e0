// Gamma, log gamma, digamma, error functions, zeta and Bessel functions of whole order of balls.
// Each function is enclosed at the middle of the ball; the radius goes through a bound on the derivative.
// gamma: Stirling's series after a shift; for positive arguments its error is below the first omitted term (Whittaker
// and Watson, section 12.33). erf: the series with positive terms, DLMF 7.6.2; erfc far out: the asymptotic series,
// DLMF 7.12.1, error below the first omitted term. zeta: Borwein 2000, "An efficient algorithm for the Riemann zeta
// function", algorithm 2. Bessel J and Y: power series, DLMF 10.2.2 and 10.8.1, with bits for the cancellation.
// Left out: complex arguments, asymptotic series of the Bessel functions.
import { Failure } from "../base/index.ts";
import * as E from "./ball-elementary.ts";
import * as B from "./ball.ts";
import type { Ball } from "./ball.ts";
import * as constants from "./constants.ts";
import { bitLength, shift } from "./integer.ts";

/** Tangent numbers T_1, T_2, ... (Brent and Harvey 2011, "Fast computation of Bernoulli, tangent and secant numbers"). */
let tangents: bigint[] = [];

function tangentNumbers(count: number): bigint[] {
  if (tangents.length >= count) return tangents;
  const n = Math.ceil(count * 1.3) + 8;
  const t = new Array<bigint>(n);
  t[0] = 1n;
  for (let k = 1; k < n; k++) t[k] = BigInt(k) * t[k - 1];
  for (let k = 1; k < n; k++) for (let j = k; j < n; j++) t[j] = BigInt(j - k) * t[j - 1] + BigInt(j - k + 2) * t[j];
  tangents = t;
  return t;
}

/** Beyond this gamma leaves the range of exponents, or the reduction of its reflection grows too long. */
const MOST_GAMMA_TOP = 36;

/** |x| as a double, for choices only. */
function size(a: Ball): number {
  const length = bitLength(a.m);
  const drop = Math.max(0, length - 53);
  return Math.abs(Number(a.m >> BigInt(drop))) * 2 ** Math.max(-1000, Math.min(960, a.e + drop));
}

/** B_2k / (2k (2k - 1)) for k = 1, 2, ... to `bits` bits, kept from call to call. */
let stirlingTable: { bits: number; terms: Ball[] } = { bits: 0, terms: [] };

function stirlingCoefficients(count: number, bits: number): readonly Ball[] {
  if (stirlingTable.bits < bits || stirlingTable.terms.length < count) {
    const more = Math.max(stirlingTable.bits, Math.ceil(bits * 1.2) + 64);
    const length = Math.max(stirlingTable.terms.length, Math.ceil(count * 1.2) + 8);
    const t = tangentNumbers(length);
    // B_2k = (-1)^(k-1) 2k T_k / (4^k (4^k - 1)).
    const terms = Array.from({ length }, (_, i) => {
      const four = 1n << BigInt(2 * i + 2);
      return B.divide(B.exact(i % 2 === 0 ? t[i] : -t[i]), B.exact(four * (four - 1n) * BigInt(2 * i + 1)), more);
    });
    stirlingTable = { bits: more, terms };
  }
  return stirlingTable.terms;
}

/** log(2 pi) / 2, kept. */
let halfLogTwoPi: { p: number; value: Ball } = { p: 0, value: B.ZERO };

function logTwoPi(p: number): Ball {
  if (halfLogTwoPi.p < p) {
    const more = Math.ceil(p * 1.1) + 64;
    halfLogTwoPi = { p: more, value: B.scale(E.log(B.scale(constants.pi(more), 1), more), -1) };
  }
  return halfLogTwoPi.value;
}

/** log gamma(z) for an exact z >= w / STEPS by Stirling's series. */
function stirling(z: Ball, w: number): Ball {
  const inverse = B.divide(B.ONE, z, w);
  const square = B.square(inverse, w);
  const table = stirlingCoefficients(Math.ceil(w / 4) + 5, w);
  // 1/z^2 < 2^-fall.
  const fall = -B.top(square);
  let last = 0;
  while (last < table.length - 1 && B.top(table[last]) - last * fall > -w) last++;
  // Horner's rule, each step with the bits that its share of the sum needs; the last term bounds the error.
  let sum = B.enlarge(B.ZERO, table[last], 64);
  for (let k = last - 1; k >= 0; k--) {
    const bits = Math.max(40, w + 16 + B.top(table[k]) - k * fall);
    const of = table[k];
    sum = B.add(B.multiply(sum, square, bits), B.ball(of.m, of.r, of.e, bits), bits);
  }
  const main = B.multiply(B.subtract(z, new B.Ball(1n, 0n, -1), w + 64), E.log(z, w), w);
  return B.add(B.add(B.subtract(main, z, w), logTwoPi(w), w), B.multiply(sum, inverse, w), w);
}

/** Stirling's series is used from (working precision) / STEPS on: steps up to there against terms of the series. */
const STEPS = 6;

/** [log gamma(x + n), x (x + 1) ... (x + n - 1)] for exact x > 0. */
function shifted(x: Ball, p: number): [Ball, Ball] {
  const large = Math.max(0, B.top(x)) * 2;
  const w = p + 20 + large + bitLength(BigInt(p));
  const n = Math.max(0, Math.ceil(w / STEPS) + 2 - Math.floor(Math.min(size(x), 2 ** 40)));
  const bits = w + bitLength(x.m) + Math.abs(x.e) + 64;
  const product = n === 0 ? B.ONE : B.multiply(x, rising(x, n - 1, w), w);
  return [stirling(B.add(x, B.exact(n), bits), w), product];
}

/**
 * (x + 1) (x + 2) ... (x + n) for exact x > 0, in fixed point, four factors at a time: with v = u^2 + 3 u and
 * u = x + i they are v (v + 2).
 */
function rising(x: Ball, n: number, p: number): Ball {
  const w = p + 8 + bitLength(BigInt(n));
  const width = BigInt(w);
  const f = shift(x.m, x.e + w);
  const ff = (f * f) >> width;
  let product = 1n << width;
  let e = -w;
  let i = 1;
  for (; i + 3 <= n; i += 4) {
    const v = ff + f * BigInt(2 * i + 3) + (BigInt(i * (i + 3)) << width);
    product *= (v * (v + (2n << width))) >> width;
    const cut = bitLength(product) - w;
    product >>= BigInt(cut);
    e += cut - w;
  }
  for (; i <= n; i++) {
    product = (product * (f + (BigInt(i) << width))) >> width;
  }
  // A factor x + i >= 1 is off by a unit of 2^-w or less, v by 2 x + 2 i + 4 units where v >= (x + i) (x + i + 3), so by
  // less than 4 units relatively; with both cuts four factors cost less than 16 units relatively.
  return B.ball(product, (BigInt(16 * n + 16) * product) >> (width - 1n), e, p + 8);
}

/** Precision of bounds on derivatives. */
const BOUND_BITS = 40;

/** f of a ball from f at its middle and a bound on |f'| over all of the ball. */
export function carried(f: (x: Ball, p: number) => Ball, a: Ball, p: number, slope: (p: number) => Ball): Ball {
  if (a.r === 0n) return f(a, p);
  const spread = B.multiply(slope(BOUND_BITS), new B.Ball(0n, a.r, a.e), BOUND_BITS);
  return B.enlarge(f(B.exact(a.m, a.e), p), spread, p);
}

/** sin(pi x), the middle reduced exactly. */
function sinPi(x: Ball, p: number): Ball {
  let value = B.ZERO;
  if (x.e < 0) {
    const period = 1n << BigInt(1 - x.e);
    let m = x.m % period;
    if (m < 0n) m += period;
    value = E.sin(B.multiply(B.exact(m, x.e), constants.pi(p + 16), p + 16), p + 8);
  }
  // Its derivative is at most pi < 4.
  return x.r === 0n ? value : B.enlarge(value, new B.Ball(0n, x.r, x.e + 2), p + 8);
}

/** |digamma| <= |log x| + 1 / x for x > 0 (from log x - 1/x <= digamma(x) <= log x, DLMF 5.7 and 5.11). */
function digammaBound(x: Ball, p: number): Ball {
  return B.add(B.absolute(E.log(x, p)), B.divide(B.ONE, x, p), p);
}

/** 1 - x, exact for an exact x. */
const reflected = (x: Ball, p: number): Ball =>
  B.subtract(B.ONE, x, x.r === 0n ? bitLength(x.m) + Math.abs(x.e) + 2 : Math.max(p, bitLength(x.m) + 8) + 8);

function gammaPoint(x: Ball, p: number): Ball {
  const [log, product] = shifted(x, p + 8);
  return B.divide(E.exp(log, p + 8), product, p);
}

function lgammaPoint(x: Ball, p: number): Ball {
  const [log, product] = shifted(x, p + 8);
  return B.subtract(log, E.log(product, p + 8), p);
}

/** gamma(x); fails at poles and balls that may contain one. */
export function gamma(x: Ball, p: number): Ball {
  if (B.top(x) > MOST_GAMMA_TOP)
    throw new Failure("limit", `gamma is enclosed for |x| < 2^${MOST_GAMMA_TOP}, not at ${x}`);
  if (B.sign(x) !== 1) {
    const s = sinPi(x, p);
    if (B.containsZero(s)) throw new Failure(B.isExact(s) ? "domain" : "numeric", `gamma at a pole, ${x}`);
    return B.divide(constants.pi(p + 8), B.multiply(s, gamma(reflected(x, p), p + 8), p + 8), p);
  }
  // gamma is convex on x > 0: on a ball the ends give the greatest value.
  return carried(gammaPoint, x, p, (q) => {
    const [low, high] = B.ends(x).map((end) => gammaPoint(end, q));
    return B.multiply(B.add(low, high, q), digammaBound(x, q), q);
  });
}

/** log |gamma(x)|; fails at poles and balls that may contain one. */
export function lgamma(x: Ball, p: number): Ball {
  if (B.top(x) > 4096) throw new Failure("limit", `log gamma is enclosed for |x| < 2^4096, not at ${x}`);
  if (B.sign(x) !== 1) {
    const s = sinPi(x, p + 8);
    if (B.containsZero(s)) throw new Failure(B.isExact(s) ? "domain" : "numeric", `log gamma at a pole, ${x}`);
    const rest = lgamma(reflected(x, p), p + 8);
    return B.subtract(E.log(B.divide(constants.pi(p + 8), B.absolute(s), p + 8), p + 8), rest, p);
  }
  return carried(lgammaPoint, x, p, (q) => digammaBound(x, q));
}

function digammaPoint(x: Ball, p: number): Ball {
  const lost = Math.max(0, -B.top(x)) + Math.max(0, B.top(x));
  const w = p + 20 + bitLength(BigInt(p)) + lost;
  const n = Math.max(0, Math.ceil(w / STEPS) + 2 - Math.floor(Math.min(size(x), 2 ** 40)));
  const bits = w + bitLength(x.m) + Math.abs(x.e) + 64;
  // digamma(x) = digamma(x + n) - sum 1 / (x + i); the first term exactly, the others in fixed point.
  const width = BigInt(w);
  const f = shift(x.m, x.e + w);
  const numerator = 1n << BigInt(2 * w);
  let steps = 0n;
  for (let i = 1; i < n; i++) steps += numerator / (f + (BigInt(i) << width));
  // Each x + i >= 1 is off by a unit or less, each quotient by one more.
  let sum = B.ball(-steps, BigInt(2 * n), -w, w);
  if (n > 0) sum = B.subtract(sum, B.divide(B.ONE, x, w), w);
  // log z - 1/(2 z) - sum B_2k / (2k z^2k), error below the first omitted term for z > 0 (DLMF 5.11.2, 5.11(ii)).
  const z = B.add(x, B.exact(n), bits);
  const inverse = B.divide(B.ONE, z, w);
  const square = B.square(inverse, w);
  const table = stirlingCoefficients(Math.ceil(w / 4) + 5, w);
  const fall = -B.top(square);
  let last = 0;
  while (last < table.length - 1 && B.top(table[last]) + bitLength(BigInt(2 * last + 1)) - (last + 1) * fall > -w)
    last++;
  const term = (k: number, q: number): Ball => B.multiply(table[k], B.exact(2 * k + 1), q);
  let series = B.enlarge(B.ZERO, term(last, 64), 64);
  for (let k = last - 1; k >= 0; k--) series = B.add(B.multiply(series, square, w), term(k, w), w);
  const main = B.subtract(E.log(z, w), B.scale(inverse, -1), w);
  return B.add(sum, B.subtract(main, B.multiply(series, square, w), w), w);
}

/** gamma'(x) / gamma(x); fails at poles and balls that may contain one. */
export function digamma(x: Ball, p: number): Ball {
  if (B.top(x) > 4096) throw new Failure("limit", `digamma is enclosed for |x| < 2^4096, not at ${x}`);
  if (B.sign(x) !== 1) {
    // digamma(x) = digamma(1 - x) - pi cot(pi x).
    const w = p + 8;
    const s = sinPi(x, w);
    if (B.containsZero(s)) throw new Failure(B.isExact(s) ? "domain" : "numeric", `digamma at a pole, ${x}`);
    // cos(pi x) = sin(pi (x + 1/2)).
    const c = sinPi(B.add(x, new B.Ball(1n, 0n, -1), bitLength(x.m) + Math.abs(x.e) + 8), w);
    const cotangent = B.multiply(constants.pi(w), B.divide(c, s, w), w);
    return B.subtract(digamma(reflected(x, p), w), cotangent, p);
  }
  // digamma'(x) = sum 1 / (x + k)^2 < 1/x^2 + 1/x.
  return carried(digammaPoint, x, p, (q) => {
    const inverse = B.divide(B.ONE, x, q);
    return B.add(inverse, B.square(inverse, q), q);
  });
}

/** erf(x) = 2/sqrt(pi) x e^(-x^2) sum (2 x^2)^k / (1 3 5 ... (2k + 1)). */
function erfPoint(x: Ball, p: number): Ball {
  if (x.m === 0n) return B.ZERO;
  const w = p + 24;
  const square = B.multiply(x, x, 2 * bitLength(x.m) + 2);
  const g = w + 16;
  const z = shift(square.m, square.e + 1 + g); // 2 x^2
  let t = 1n << BigInt(g);
  let sum = 0n;
  let k = 0;
  const limit = size(square) + 2;
  // Terms grow up to e^(x^2) and then fall; cutting adds at most two units of error a term, carried with the terms.
  for (; t > 1n || k < 2 * limit; k++) {
    sum += t;
    t = ((t * z) >> BigInt(g)) / BigInt(2 * k + 3);
  }
  // Each cut of t is magnified like the series itself: relative to the sum below (k + 2)^2 units of 2^-g.
  const error = BigInt(k + 2) ** 2n * 4n * ((sum >> BigInt(g)) + 2n) + 4n;
  const series = B.ball(sum, error, -g, g);
  const front = B.divide(B.scale(x, 1), B.sqrt(constants.pi(w), w), w);
  return B.multiply(B.multiply(front, E.exp(B.negate(square), w), w), series, p);
}

/** 2/sqrt(pi) e^(-x^2) over a ball, the derivative of erf. */
function gaussian(x: Ball, p: number): Ball {
  return B.scale(E.exp(B.negate(B.square(x, p)), p), 1);
}

/** The error function. */
export function erf(x: Ball, p: number): Ball {
  checkErrorFunction("erf", x);
  return carried(erfPoint, x, p, (q) => gaussian(x, q));
}

/** 1 - erf(x), without cancellation. */
export function erfc(x: Ball, p: number): Ball {
  checkErrorFunction("erfc", x);
  return carried(erfcPoint, x, p, (q) => gaussian(x, q));
}

/** The series take about x^2 terms. */
function checkErrorFunction(name: string, x: Ball): void {
  if (B.top(x) > 22) throw new Failure("limit", `${name} is enclosed for |x| < 2^22, not at ${x}`);
}

/** erfc(x) = 1 - erf(x), by the asymptotic series for large x. */
function erfcPoint(x: Ball, p: number): Ball {
  const square = B.multiply(x, x, 2 * bitLength(x.m) + 2);
  const s = size(square);
  if (x.m > 0n && s > 0.75 * p + 10) {
    const w = p + 16;
    const step = B.divide(new B.Ball(-1n, 0n, -1), square, w);
    let term = B.ONE;
    let sum = B.ONE;
    for (let k = 1; ; k++) {
      term = B.multiply(B.multiply(term, step, w), B.exact(2 * k - 1), w);
      if (B.top(term) < -w || k > s) {
        sum = B.enlarge(sum, term, w);
        break;
      }
      sum = B.add(sum, term, w);
    }
    const below = B.multiply(x, B.sqrt(constants.pi(w), w), w);
    return B.multiply(B.divide(E.exp(B.negate(square), w), below, w), sum, p);
  }
  const w = p + 8 + (x.m > 0n ? Math.ceil(Math.LOG2E * s) + Math.max(0, B.top(square)) + 8 : 0);
  return B.subtract(B.ONE, erfPoint(x, w), w);
}

/** log n for whole n >= 2, kept from call to call. */
const logarithms = new Map<number, { p: number; value: Ball }>();

function logOf(n: number, p: number): Ball {
  let known = logarithms.get(n);
  if (known === undefined || known.p < p) {
    const more = Math.ceil(p * 1.1) + 64;
    known = { p: more, value: E.log(B.exact(n), more) };
    logarithms.set(n, known);
  }
  return B.ball(known.value.m, known.value.r, known.value.e, p);
}

/** Borwein's weights d_0 ... d_n, d_k = n sum_(i <= k) (n + i - 1)! 4^i / ((n - i)! (2i)!); those of the last n are kept. */
let borwein: bigint[] = [];

function borweinWeights(n: number): readonly bigint[] {
  if (borwein.length !== n + 1) {
    borwein = [];
    let term = 1n;
    let total = 0n;
    for (let i = 0; i <= n; i++) {
      total += term;
      borwein.push(total);
      // (n+i)! 4^(i+1) / ((n-i-1)! (2i+2)!) over (n+i-1)! 4^i / ((n-i)! (2i)!), all times n.
      term = (term * BigInt(4 * (n + i) * (n - i))) / BigInt((2 * i + 1) * (2 * i + 2));
    }
  }
  return borwein;
}

/**
 * [k^-s 2^g for k = 0 (unused), 1, ... n, error in units] for an exact s >= 1/2. Whole s: by division. Else powers of
 * primes by exp and log, all others as products: every cut or product of numbers below one adds at most the errors of
 * both factors and two units, and k has at most log2 k prime factors.
 */
function inversePowers(s: Ball, n: number, g: number): [bigint[], bigint] {
  const width = BigInt(g);
  const powers = new Array<bigint>(n + 1).fill(0n);
  powers[1] = 1n << width;
  const value = size(s);
  if (s.e >= 0 && value < 2 ** 20) {
    for (let k = 2; k <= n && value * Math.log2(k) < g + 2; k++)
      powers[k] = powers[1] / BigInt(k) ** (s.m << BigInt(s.e));
    return [powers, 1n];
  }
  const factor = new Int32Array(n + 1);
  for (let q = 2; q <= n; q++) if (factor[q] === 0) for (let k = q; k <= n; k += q) if (factor[k] === 0) factor[k] = q;
  let worst = 1n;
  const extra = 8 + Math.max(0, B.top(s)) + bitLength(BigInt(n));
  for (let k = 2; k <= n; k++) {
    // Below a unit: zero is near enough.
    if (value * 0.999 * Math.log2(k) > g + 1) continue;
    const q = factor[k];
    if (q < k) {
      powers[k] = (powers[q] * powers[k / q]) >> width;
      continue;
    }
    const bits = Math.max(16, g + extra - Math.floor(value * 0.999 * Math.log2(k)));
    const power = E.exp(B.negate(B.multiply(s, logOf(k, bits + extra), bits + extra)), bits);
    powers[k] = shift(power.m, power.e + g);
    const error = shift(power.r, power.e + g) + 2n;
    if (error > worst) worst = error;
  }
  return [powers, (worst + 2n) * BigInt(bitLength(BigInt(n)))];
}

/** zeta(s) for an exact s other than 1. */
function zetaPoint(s: Ball, p: number): Ball {
  const bits = bitLength(s.m) + Math.abs(s.e) + 4;
  const near = B.subtract(s, B.ONE, bits);
  const w = p + 24 + Math.max(0, -(bitLength(near.m) + near.e)) + bitLength(BigInt(p));
  const n = Math.ceil(w / 2.54) + 3;
  const d = borweinWeights(n);
  const g = w + 8 + 2 * bitLength(BigInt(n));
  const [powers, error] = inversePowers(s, n, g);
  let sum = 0n;
  for (let k = 0; k < n; k++) {
    const part = (d[n] - d[k]) * powers[k + 1];
    sum = k % 2 === 0 ? sum + part : sum - part;
  }
  // The error of Borwein's sum is below 3 / (3 + sqrt 8)^n < 2^(2 - 2.54 n).
  const eta = new B.Ball(sum / d[n], error * BigInt(n) + 2n, -g);
  const bounded = B.widen(eta, 2 - Math.floor(2.54 * n), w);
  const below = B.negate(E.expm1(B.negate(B.multiply(near, constants.log2(w + 8), w + 8)), w + 8));
  return B.divide(bounded, below, p);
}

/** Riemann's zeta function; fails at the pole 1. */
export function zeta(s: Ball, p: number): Ball {
  if (B.compare(B.exact(s.m, s.e), new B.Ball(1n, 0n, -1)) === -1) {
    if (B.sign(s) === 0) return new B.Ball(-1n, 0n, -1);
    if (B.containsZero(s)) throw new Failure("numeric", `zeta of a ball around zero, ${s}`);
    // zeta(s) = 2^s pi^(s-1) sin(pi s / 2) gamma(1 - s) zeta(1 - s).
    const bits = bitLength(s.m) + Math.abs(s.e) + 4;
    const w = p + 24 + 2 * Math.max(0, B.top(s));
    const t = B.subtract(B.ONE, s, s.r === 0n ? bits : w);
    const power = E.exp(
      B.subtract(B.multiply(s, E.log(B.scale(constants.pi(w), 1), w), w), E.log(constants.pi(w), w), w),
      w,
    );
    const rest = B.multiply(B.multiply(power, sinPi(B.scale(s, -1), w), w), gamma(t, w), w);
    return B.multiply(rest, zeta(t, w), p);
  }
  if (B.containsZero(B.subtract(s, B.ONE, p + bitLength(s.m) + 4)))
    throw new Failure(B.isExact(s) ? "domain" : "numeric", `zeta at its pole, ${s}`);
  if (B.sign(s) !== 1) throw new Failure("numeric", `zeta of a ball around zero, ${s}`);
  // zeta(s) = s / (s - 1) - s int_1^inf {x} x^(-s-1) dx, so |zeta'(s)| <= 1 / (s - 1)^2 + 2 / s for s > 0.
  return carried(zetaPoint, s, p, (q) => {
    const away = B.subtract(s, B.ONE, q);
    return B.add(B.divide(B.ONE, B.square(away, q), q), B.divide(B.exact(2), s, q), q);
  });
}

/** The power series of Bessel functions are summed below 2^16. */
function checkBessel(name: string, n: number, x: Ball): void {
  if (!Number.isSafeInteger(n) || Math.abs(n) > 4096)
    throw new Failure("domain", `${name}: an order is a whole number from -4096 to 4096, not ${n}`);
  if (B.top(x) > 16) throw new Failure("limit", `${name} is enclosed for |x| < 65536, not at ${x}`);
}

/** f(-n) = (-1)^n f(n) for both kinds. */
const ofOrder = (n: number, value: Ball): Ball => (n < 0 && n % 2 !== 0 ? B.negate(value) : value);

/** Bits for the terms of the power series, which grow up to e^|x| before they fall. */
const seriesBits = (x: Ball, p: number): number =>
  p + 40 + Math.ceil(3 * size(x)) + bitLength(BigInt(p)) + 4 * Math.max(0, B.top(x));

/**
 * n! sum (-1)^k (x^2/4)^k / (k! (n + k)!), and the same with the terms times H_k + H_(n+k), where H_k = 1 + ... + 1/k
 * (left out without `harmonic`), at g bits.
 */
function besselSeries(n: number, x: Ball, g: number, harmonic: boolean): [Ball, Ball] {
  const large = size(x);
  const q = B.multiply(x, x, 2 * bitLength(x.m) + 2);
  const z = shift(q.m, q.e - 2 + g);
  const one = 1n << BigInt(g);
  let t = one;
  let sum = t;
  let h = 0n;
  if (harmonic) for (let i = 1; i <= n; i++) h += one / BigInt(i);
  let second = h;
  let k = 1;
  for (; t > 1n || k <= large; k++) {
    t = ((t * z) >> BigInt(g)) / (BigInt(k) * BigInt(n + k));
    sum += k % 2 === 0 ? t : -t;
    if (harmonic) {
      h += one / BigInt(k) + one / BigInt(n + k);
      const part = (t * h) >> BigInt(g);
      second += k % 2 === 0 ? part : -part;
    }
  }
  // Cuts of t and z are magnified at most like the terms themselves, all below e^|x| (k + 2)^2; H_k + H_(n+k) is below
  // twice the length of n + k in bits, and is off by less than 2 k + n units.
  const magnified = (BigInt(k + 2) ** 2n * 4n) << BigInt(Math.ceil(Math.LOG2E * large) + 2);
  const harmonics = magnified * BigInt(2 * bitLength(BigInt(n + k)) + 4 + n);
  return [B.ball(sum, magnified, -g, g), B.ball(second, harmonics, -g, g)];
}

function besselJPoint(n: number, x: Ball, p: number): Ball {
  if (x.m === 0n) return n === 0 ? B.ONE : B.ZERO;
  const g = seriesBits(x, p);
  // J_n(x) = (x/2)^n sum (-1)^k (x^2/4)^k / (k! (n + k)!).
  return B.multiply(besselFront(n, x, g), besselSeries(n, x, g, false)[0], p + 8);
}

/** (x/2)^n / n!. */
function besselFront(n: number, x: Ball, p: number): Ball {
  return B.divide(B.power(B.scale(x, -1), BigInt(n), p), B.exact(factorial(n)), p);
}

function factorial(n: number): bigint {
  let value = 1n;
  for (let i = 2; i <= n; i++) value *= BigInt(i);
  return value;
}

/** Bessel's function of the first kind J_n(x) of whole order, |x| < 2^16. */
export function besselJ(n: number, x: Ball, p: number): Ball {
  checkBessel("besselJ", n, x);
  // |J_n'| <= 1, DLMF 10.14.1 and 10.6.1.
  return ofOrder(
    n,
    carried(
      (y, q) => besselJPoint(Math.abs(n), y, q),
      x,
      p,
      () => B.ONE,
    ),
  );
}

/**
 * Y_n(x) = 2/pi (log(x/2) + gamma) J_n(x) - 1/pi sum_(k < n) (n-k-1)!/k! (x/2)^(2k-n)
 *   - 1/pi (x/2)^n sum_k (-1)^k (H_k + H_(n+k)) (x^2/4)^k / (k! (n+k)!)   (DLMF 10.8.1).
 */
function besselYPoint(n: number, x: Ball, p: number): Ball {
  const g = seriesBits(x, p);
  const half = B.scale(x, -1);
  const front = besselFront(n, x, g);
  const [first, second] = besselSeries(n, x, g, true);
  const logarithm = B.add(E.log(half, g), constants.euler(g), g);
  let sum = B.multiply(front, B.subtract(B.scale(B.multiply(logarithm, first, g), 1), second, g), g);
  if (n > 0) {
    const square = B.square(half, g);
    // By Horner's rule: all terms are positive.
    let finite = B.exact(1n);
    for (let k = n - 1; k >= 1; k--) {
      // The ratio of the terms k and k - 1 is x^2/4 over k (n - k).
      finite = B.add(B.divide(B.multiply(finite, square, g), B.exact(k * (n - k)), g), B.ONE, g);
    }
    sum = B.subtract(
      sum,
      B.divide(B.multiply(finite, B.exact(factorial(n - 1)), g), B.power(half, BigInt(n), g), g),
      g,
    );
  }
  return B.divide(sum, constants.pi(g), p + 8);
}

/** Bessel's function of the second kind Y_n(x) of whole order, 0 < x < 2^16. */
export function besselY(n: number, x: Ball, p: number): Ball {
  checkBessel("besselY", n, x);
  const s = B.sign(x);
  if (s === 0 || s === -1)
    throw new Failure("domain", `besselY at ${s === 0 ? "its pole 0" : `a negative number, ${x}`}`);
  if (s === undefined) throw new Failure("numeric", `besselY of a ball that reaches its pole 0, ${x}`);
  const order = Math.abs(n);
  const value = carried(
    (y, q) => besselYPoint(order, y, q),
    x,
    p,
    (q) => {
      // Y_n' = (Y_(n-1) - Y_(n+1)) / 2, and J^2 + Y^2 falls with x (Nicholson, DLMF 10.9.30): its value at the lower end bounds both.
      const low = B.ends(x)[0];
      const modulus = (m: number): Ball => B.add(B.absolute(besselYPoint(Math.abs(m), low, q)), B.ONE, q);
      return B.add(modulus(order - 1), modulus(order + 1), q);
    },
  );
  return ofOrder(n, value);
}
