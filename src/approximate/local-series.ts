// Taylor coefficients of functions around a ball: g_k encloses g^(k)(u) / k! for every u of the ball. From the derivatives where
// they have a pattern, else from the recurrence that a differential equation gives (Griewank and Walther 2008, "Evaluating
// derivatives", chapter 13).
// Left out: gamma, lgamma, digamma and zeta, whose coefficients need Hurwitz' zeta function.
import { Failure } from "../base/index.ts";
import { balls as B, type Ball } from "../number/index.ts";

/** Coefficients 0 .. n - 1 with working precision p. */
export type LocalSeries = (u: Ball, n: number, p: number) => Ball[];

/** A cycle of derivatives, divided by factorials. */
function cycle(derivatives: (u: Ball, p: number) => readonly Ball[]): LocalSeries {
  return (u, n, p) => {
    const values = derivatives(u, p);
    let factorial = B.ONE;
    return Array.from({ length: n }, (_, k) => {
      if (k > 1) factorial = B.multiply(factorial, B.exact(k), p + 64);
      return B.divide(values[k % values.length], factorial, p);
    });
  };
}

/** u^alpha: binomial coefficients. */
export function powerSeries(alpha: Ball, value: (u: Ball, p: number) => Ball): LocalSeries {
  return (u, n, p) => {
    const out = [value(u, p)];
    if (n > 1 && B.containsZero(u)) throw new Failure("numeric", `a power of a ball that contains zero, ${u}`);
    for (let k = 1; k < n; k++) {
      const factor = B.divide(B.subtract(alpha, B.exact(k - 1), p), B.multiply(u, B.exact(k), p), p);
      out.push(B.multiply(out[k - 1], factor, p));
    }
    return out;
  };
}

/** The coefficients of an antiderivative with this value, from those of the derivative. */
function integrated(value: Ball, slope: readonly Ball[], n: number, p: number): Ball[] {
  return Array.from({ length: n }, (_, k) => (k === 0 ? value : B.divide(slope[k - 1], B.exact(k), p)));
}

/** (q0 + q1 s + q2 s^2)^alpha from its value: h_k = sum over j of ((alpha + 1) j - k) q_j h_(k-j) / (k q0). */
function quadraticPower(q: readonly [Ball, Ball, Ball], first: Ball, alpha: Ball, n: number, p: number): Ball[] {
  const out = [first];
  for (let k = 1; k < n; k++) {
    let sum = B.ZERO;
    for (let j = 1; j <= Math.min(k, 2); j++) {
      const weight = B.subtract(B.multiply(B.add(alpha, B.ONE, p), B.exact(j), p), B.exact(k), p);
      sum = B.add(sum, B.multiply(B.multiply(weight, q[j], p), out[k - j], p), p);
    }
    out.push(B.divide(sum, B.multiply(q[0], B.exact(k), p), p));
  }
  return out;
}

const HALF = B.exact(1, -1);

/** Inverse functions whose derivative is (constant + sign u^2)^power. */
function inverse(value: (u: Ball, p: number) => Ball, constant: number, sign: 1 | -1, root: boolean): LocalSeries {
  return (u, n, p) => {
    if (n === 1) return [value(u, p)];
    const q0 = B.add(B.exact(constant), B.multiply(B.exact(sign), B.multiply(u, u, p), p), p);
    const q: [Ball, Ball, Ball] = [q0, B.multiply(B.exact(2 * sign), u, p), B.exact(sign)];
    if (B.containsZero(q0)) throw new Failure("numeric", `the derivative has a pole in ${u}`);
    const first = B.divide(B.ONE, root ? B.sqrt(q0, p) : q0, p);
    const slope = quadraticPower(q, first, root ? B.negate(HALF) : B.exact(-1), n - 1, p);
    return integrated(value(u, p), slope, n, p);
  };
}

/** erf' = 2/sqrt(pi) exp(-u^2): the coefficients of exp(-(u + s)^2) by h_k = -(2 u h_(k-1) + 2 h_(k-2)) / k. */
function gaussian(value: (u: Ball, p: number) => Ball, sign: 1 | -1): LocalSeries {
  return (u, n, p) => {
    if (n === 1) return [value(u, p)];
    const scale = B.divide(B.exact(2 * sign), B.sqrt(B.constants.pi(p), p), p);
    const slope = [B.multiply(scale, B.exp(B.negate(B.multiply(u, u, p)), p), p)];
    for (let k = 1; k < n - 1; k++) {
      let sum = B.multiply(u, slope[k - 1], p);
      if (k > 1) sum = B.add(sum, slope[k - 2], p);
      slope.push(B.divide(B.multiply(B.exact(-2), sum, p), B.exact(k), p));
    }
    return integrated(value(u, p), slope, n, p);
  };
}

/** y'' = x y: (k + 1)(k + 2) y_(k+2) = u y_k + y_(k-1). */
function airy(value: (u: Ball, p: number) => Ball, slope: (u: Ball, p: number) => Ball): LocalSeries {
  return (u, n, p) => {
    const out = [value(u, p), slope(u, p)];
    for (let k = 0; k + 2 < n; k++) {
      let sum = B.multiply(u, out[k], p);
      if (k > 0) sum = B.add(sum, out[k - 1], p);
      out.push(B.divide(sum, B.exact((k + 1) * (k + 2)), p));
    }
    return out.slice(0, n);
  };
}

/** Ai': the coefficients of Ai, differentiated. */
const airyPrime: LocalSeries = (u, n, p) =>
  AIRY(u, n + 1, p).slice(1).map((c, k) => B.multiply(c, B.exact(k + 1), p)); // oxfmt-ignore

const AIRY = airy(B.airyAi, B.airyAiPrime);

/**
 * C of the orders order - n + 1 .. order + n - 1 by C_(k-1) + C_(k+1) = (2 k / u) C_k (DLMF 10.6.1), in the direction in which the
 * function grows: of the first kind down to order 0, of the second kind up from it; C_-k = (-1)^k C_k.
 */
function neighbours(kind: BesselKind, order: number, u: Ball, n: number, p: number): Ball[] {
  const value = kind === "first" ? B.besselJ : B.besselY;
  const orders = Array.from({ length: 2 * n - 1 }, (_, j) => order - n + 1 + j);
  const most = Math.max(...orders.map(Math.abs));
  // Close to zero, where nothing is saved, and around balls, whose radius the recurrence would carry along: each by itself.
  if (orders.length < 4 || !B.isExact(u) || B.top(u) < 0) return orders.map((k) => value(k, u, p));
  const found = new Array<Ball>(most + 1);
  // Every step rounds three times.
  const w = p + 16 + most;
  const other = (k: number, here: Ball, before: Ball): Ball =>
    B.subtract(B.divide(B.multiply(B.exact(2 * k), here, w), u, w), before, w);
  if (kind === "first") {
    [found[most], found[most - 1]] = [value(most, u, w), value(most - 1, u, w)];
    for (let k = most - 1; k > 0; k--) found[k - 1] = other(k, found[k], found[k + 1]);
  } else {
    [found[0], found[1]] = [value(0, u, w), value(1, u, w)];
    for (let k = 1; k < most; k++) found[k + 1] = other(k, found[k], found[k - 1]);
  }
  return orders.map((k) => (k < 0 && k % 2 !== 0 ? B.negate(found[-k]) : found[Math.abs(k)]));
}

export type BesselKind = "first" | "second";

/** Bessel functions of whole order: 2 C_n' = C_(n-1) - C_(n+1) (DLMF 10.6.1), repeated. */
export function besselSeries(kind: BesselKind, order: number): LocalSeries {
  return (u, n, p) => {
    const orders = neighbours(kind, order, u, n, p);
    let row = orders;
    let factorial = B.ONE;
    const out: Ball[] = [];
    for (let k = 0; k < n; k++) {
      if (k > 0) {
        factorial = B.multiply(factorial, B.exact(k), p + 64);
        row = row.slice(0, -2).map((low, j) => B.scale(B.subtract(low, row[j + 2], p), -1));
      }
      out.push(B.divide(row[n - 1 - k], factorial, p));
    }
    return out;
  };
}

const logarithm: LocalSeries = (u, n, p) => {
  const slope = n > 1 ? powerSeries(B.exact(-1), (v, q) => B.divide(B.ONE, v, q))(u, n - 1, p) : [];
  return integrated(B.log(u, p), slope, n, p);
};

const scaled =
  (series: LocalSeries, by: (p: number) => Ball): LocalSeries =>
  (u, n, p) =>
    series(u, n, p).map((c) => B.divide(c, by(p), p));

const cubeRoot: LocalSeries = (u, n, p) =>
  powerSeries(B.divide(B.ONE, B.exact(3), p + 64), (v, q) => B.rootn(v, 3, q))(u, n, p);

/** By the name of the function of one argument. Quotients (tan, tanh, ...) are not here: they are quotients of models. */
export const LOCAL_SERIES: Readonly<Record<string, LocalSeries>> = {
  exp: cycle((u, p) => [B.exp(u, p)]),
  sin: cycle((u, p) => {
    const [s, c] = B.sinCos(u, p);
    return [s, c, B.negate(s), B.negate(c)];
  }),
  cos: cycle((u, p) => {
    const [s, c] = B.sinCos(u, p);
    return [c, B.negate(s), B.negate(c), s];
  }),
  sinh: cycle((u, p) => [B.sinh(u, p), B.cosh(u, p)]),
  cosh: cycle((u, p) => [B.cosh(u, p), B.sinh(u, p)]),
  log: logarithm,
  log2: scaled(logarithm, (p) => B.log(B.exact(2), p)),
  log10: scaled(logarithm, (p) => B.log(B.exact(10), p)),
  sqrt: powerSeries(HALF, B.sqrt),
  cbrt: cubeRoot,
  atan: inverse(B.atan, 1, 1, false),
  atanh: inverse(B.atanh, 1, -1, false),
  asin: inverse(B.asin, 1, -1, true),
  acos: (u, n, p) => inverse(B.asin, 1, -1, true)(u, n, p).map((c, k) => (k === 0 ? B.acos(u, p) : B.negate(c))),
  asinh: inverse(B.asinh, 1, 1, true),
  acosh: inverse(B.acosh, -1, 1, true),
  erf: gaussian(B.erf, 1),
  erfc: gaussian(B.erfc, -1),
  airyAi: AIRY,
  airyAiPrime: airyPrime,
};
