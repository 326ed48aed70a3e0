// Gamma, log gamma, error functions, zeta and Bessel functions of the first kind at exact points, enclosed in balls.
// gamma: Stirling's series after a shift; for positive arguments its error is below the first omitted term (Whittaker
// and Watson, section 12.33). erf: the series with positive terms, DLMF 7.6.2; erfc far out: the asymptotic series,
// DLMF 7.12.1, error below the first omitted term. zeta: Borwein 2000, "An efficient algorithm for the Riemann zeta
// function", algorithm 2. Bessel J: power series, DLMF 10.2.2, with bits for the cancellation.
// Left out: arguments with a radius, complex arguments, Bessel Y.
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

/** |x| as a double, for choices only. */
function size(a: Ball): number {
  const length = bitLength(a.m);
  const drop = Math.max(0, length - 53);
  return Math.abs(Number(a.m >> BigInt(drop))) * 2 ** Math.max(-1000, Math.min(960, a.e + drop));
}

/** log gamma(z) for an exact z >= w / 5 by Stirling's series. */
function stirling(z: Ball, w: number): Ball {
  const inverse = B.divide(B.ONE, z, w);
  const square = B.square(inverse, w);
  const most = Math.ceil(w / 4) + 4;
  const t = tangentNumbers(most + 1);
  let sum = B.multiply(B.subtract(z, new B.Ball(1n, 0n, -1), w + 64), E.log(z, w), w);
  sum = B.add(B.subtract(sum, z, w), B.scale(E.log(B.scale(constants.pi(w), 1), w), -1), w);
  let power = inverse;
  for (let k = 1; k <= most; k++) {
    // B_2k = (-1)^(k-1) 2k T_k / (4^k (4^k - 1)); the term is B_2k / (2k (2k - 1) z^(2k - 1)).
    const four = 1n << BigInt(2 * k);
    const coefficient = B.divide(
      B.exact(k % 2 === 1 ? t[k - 1] : -t[k - 1]),
      B.exact(four * (four - 1n) * BigInt(2 * k - 1)),
      w,
    );
    const term = B.multiply(coefficient, power, w);
    // Enough when the term is below the last bit; it then bounds the error.
    if (B.top(term) < -w || k === most) return B.enlarge(sum, term, w);
    sum = B.add(sum, term, w);
    power = B.multiply(power, square, w);
  }
  return sum;
}

/** [log gamma(x + n), x (x + 1) ... (x + n - 1)] for exact x > 0. */
function shifted(x: Ball, p: number): [Ball, Ball] {
  const large = Math.max(0, B.top(x)) * 2;
  const w = p + 20 + large + bitLength(BigInt(p));
  const n = Math.max(0, Math.ceil(w / 5) + 2 - Math.floor(Math.min(size(x), 2 ** 40)));
  const bits = w + bitLength(x.m) + Math.abs(x.e) + 64;
  let product = B.ONE;
  for (let i = 0; i < n; i++) product = B.multiply(product, B.add(x, B.exact(i), bits), w);
  return [stirling(B.add(x, B.exact(n), bits), w), product];
}

/** sin(pi x) for an exact x, reduced exactly. */
function sinPi(x: Ball, p: number): Ball {
  if (x.e >= 0) return B.ZERO;
  const period = 1n << BigInt(1 - x.e);
  let m = x.m % period;
  if (m < 0n) m += period;
  const r = B.exact(m, x.e);
  return E.sin(B.multiply(r, constants.pi(p + 16), p + 16), p + 8);
}

/** gamma(x) for an exact x that is no pole. */
export function gamma(x: Ball, p: number): Ball {
  if (x.r !== 0n) throw new Failure("unsupported", "gamma of a ball with a radius");
  if (x.m <= 0n) {
    const s = sinPi(x, p);
    if (B.containsZero(s)) throw new Failure(B.isExact(s) ? "domain" : "numeric", `gamma of a pole, ${x}`);
    const bits = bitLength(x.m) + Math.abs(x.e) + 2;
    return B.divide(constants.pi(p + 8), B.multiply(s, gamma(B.subtract(B.ONE, x, bits), p + 8), p + 8), p);
  }
  const [log, product] = shifted(x, p + 8);
  return B.divide(E.exp(log, p + 8), product, p);
}

/** log |gamma(x)| for an exact x that is no pole. */
export function lgamma(x: Ball, p: number): Ball {
  if (x.m <= 0n) {
    const s = sinPi(x, p + 8);
    if (B.containsZero(s)) throw new Failure(B.isExact(s) ? "domain" : "numeric", `log gamma of a pole, ${x}`);
    const bits = bitLength(x.m) + Math.abs(x.e) + 2;
    const reflected = lgamma(B.subtract(B.ONE, x, bits), p + 8);
    return B.subtract(E.log(B.divide(constants.pi(p + 8), B.absolute(s), p + 8), p + 8), reflected, p);
  }
  const [log, product] = shifted(x, p + 8);
  return B.subtract(log, E.log(product, p + 8), p);
}

/** erf(x) = 2/sqrt(pi) x e^(-x^2) sum (2 x^2)^k / (1 3 5 ... (2k + 1)). */
export function erf(x: Ball, p: number): Ball {
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

/** erfc(x) = 1 - erf(x), by the asymptotic series for large x. */
export function erfc(x: Ball, p: number): Ball {
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
  const w = p + 8 + (x.m > 0n ? Math.ceil(1.4427 * s) + B.top(square) + 8 : 0);
  return B.subtract(B.ONE, erf(x, w), w);
}

/** zeta(s) for an exact s other than 1. */
export function zeta(s: Ball, p: number): Ball {
  const bits = bitLength(s.m) + Math.abs(s.e) + 4;
  const two = B.compare(s, new B.Ball(1n, 0n, -1));
  if (two === -1) {
    // zeta(s) = 2^s pi^(s-1) sin(pi s / 2) gamma(1 - s) zeta(1 - s).
    const w = p + 24 + 2 * Math.max(0, B.top(s));
    const t = B.subtract(B.ONE, s, bits);
    const power = E.exp(
      B.subtract(B.multiply(s, E.log(B.scale(constants.pi(w), 1), w), w), E.log(constants.pi(w), w), w),
      w,
    );
    const rest = B.multiply(B.multiply(power, sinPi(B.scale(s, -1), w), w), gamma(t, w), w);
    return B.multiply(rest, zeta(t, w), p);
  }
  const near = B.subtract(s, B.ONE, bits);
  const w = p + 24 + Math.max(0, -(bitLength(near.m) + near.e)) + bitLength(BigInt(p));
  const n = Math.ceil(w / 2.54) + 3;
  // d_k = n sum_(i <= k) (n + i - 1)! 4^i / ((n - i)! (2i)!).
  const d: bigint[] = [];
  let term = 1n;
  let total = 0n;
  for (let i = 0; i <= n; i++) {
    total += term;
    d.push(total);
    // (n+i)! 4^(i+1) / ((n-i-1)! (2i+2)!) over (n+i-1)! 4^i / ((n-i)! (2i)!), all times n.
    term = (term * BigInt(n + i) * 4n * BigInt(n - i)) / BigInt((2 * i + 1) * (2 * i + 2));
  }
  let sum = B.ZERO;
  for (let k = 0; k < n; k++) {
    const weight = B.exact(k % 2 === 0 ? d[k] - d[n] : d[n] - d[k]);
    const power = k === 0 ? B.ONE : E.exp(B.negate(B.multiply(s, E.log(B.exact(k + 1), w + 16), w + 16)), w + 8);
    sum = B.add(sum, B.multiply(weight, power, w + 8), w + 8);
  }
  const eta = B.negate(B.divide(sum, B.exact(d[n]), w));
  // The error of the sum is below 3 / (3 + sqrt 8)^n < 2^(2 - 2.54 n).
  const bounded = B.widen(eta, 2 - Math.floor(2.54 * n), w);
  const below = B.negate(E.expm1(B.negate(B.multiply(near, constants.log2(w + 8), w + 8)), w + 8));
  return B.divide(bounded, below, p);
}

/** Bessel's function J_n(x), n >= 0, for an exact |x| < 2^16. */
export function besselJ(n: number, x: Ball, p: number): Ball {
  if (x.m === 0n) return n === 0 ? B.ONE : B.ZERO;
  if (B.top(x) > 16) throw new Failure("limit", `Bessel functions are enclosed for |x| < 65536, not at ${x}`);
  // J_n(x) = (x/2)^n / n! sum (-1)^k (x^2/4)^k n! / (k! (n + k)!).
  const large = size(x);
  const g = p + 40 + Math.ceil(3 * large) + bitLength(BigInt(p)) + 4 * Math.max(0, B.top(x));
  const q = B.multiply(x, x, 2 * bitLength(x.m) + 2);
  const z = shift(q.m, q.e - 2 + g);
  let t = 1n << BigInt(g);
  let sum = t;
  let k = 1;
  for (; t > 1n || k <= large; k++) {
    t = ((t * z) >> BigInt(g)) / (BigInt(k) * BigInt(n + k));
    sum += k % 2 === 0 ? t : -t;
  }
  // Cuts of t and z are magnified at most like the terms themselves, all below e^|x| (k + 2)^2.
  const magnified = (BigInt(k + 2) ** 2n * 4n) << BigInt(Math.ceil(1.4427 * large) + 2);
  const series = B.ball(sum, magnified, -g, g);
  let factorial = 1n;
  for (let i = 2; i <= n; i++) factorial *= BigInt(i);
  const front = B.divide(B.power(B.scale(x, -1), BigInt(n), g), B.exact(factorial), g);
  return B.multiply(front, series, p + 8);
}
