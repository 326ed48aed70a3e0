// Taylor models: on an interval, a function as a polynomial around a point and an enclosure of what is left,
//   f(x0 + t) = c_0 + c_1 t + ... + c_(n-1) t^(n-1) + r t^n   for every t of the span, with balls c_k and r.
// The remainder is kept relative to t^n ("relative error Taylor models": Joldes 2011, "Rigorous polynomial approximations and
// applications", section 2.3.3), so that common zeros at x0 cancel in quotients.
// Left out: preconditioning, more than one variable.
import { Failure } from "../base/index.ts";
import { balls as B, type Ball } from "../number/index.ts";

export interface TaylorModel {
  /** c_0 .. c_(n-1). */
  readonly coefficients: readonly Ball[];
  /** r: contains (f(x0 + t) - sum c_k t^k) / t^n for every t of the span other than zero. */
  readonly remainder: Ball;
}

/** Arithmetic of models over one span of t, of at most one order. */
export class TaylorArithmetic {
  readonly span: Ball;
  readonly order: number;
  readonly precision: number;
  /** Enclosures of t^k. */
  readonly #powers: Ball[];

  /** `order` coefficients of models (at least 1) and the bits of working precision. */
  constructor(span: Ball, order: number, precision: number) {
    this.span = span;
    this.order = order;
    this.precision = precision;
    this.#powers = [B.ONE];
    for (let k = 1; k <= 2 * order; k++) this.#powers.push(B.multiply(this.#powers[k - 1], span, precision));
  }

  constant(c: Ball): TaylorModel {
    return { coefficients: Array.from({ length: this.order }, (_, k) => (k === 0 ? c : B.ZERO)), remainder: B.ZERO };
  }

  /** x0 + t. */
  variable(x0: Ball): TaylorModel {
    if (this.order === 1) return { coefficients: [x0], remainder: B.ONE };
    const coefficients = Array.from({ length: this.order }, (_, k) => (k === 0 ? x0 : k === 1 ? B.ONE : B.ZERO));
    return { coefficients, remainder: B.ZERO };
  }

  add(a: TaylorModel, b: TaylorModel): TaylorModel {
    const n = Math.min(a.coefficients.length, b.coefficients.length);
    const p = this.precision;
    const [x, y] = [this.#cut(a, n), this.#cut(b, n)];
    return {
      coefficients: x.coefficients.map((c, k) => B.add(c, y.coefficients[k], p)),
      remainder: B.add(x.remainder, y.remainder, p),
    };
  }

  negate(a: TaylorModel): TaylorModel {
    return { coefficients: a.coefficients.map(B.negate), remainder: B.negate(a.remainder) };
  }

  subtract(a: TaylorModel, b: TaylorModel): TaylorModel {
    return this.add(a, this.negate(b));
  }

  scale(a: TaylorModel, by: Ball): TaylorModel {
    const times = (c: Ball): Ball => B.multiply(c, by, this.precision);
    return { coefficients: a.coefficients.map(times), remainder: times(a.remainder) };
  }

  multiply(a: TaylorModel, b: TaylorModel): TaylorModel {
    const n = Math.min(a.coefficients.length, b.coefficients.length);
    const p = this.precision;
    const [x, y] = [this.#cut(a, n), this.#cut(b, n)];
    const product = this.#convolve(x.coefficients, y.coefficients);
    let remainder = this.#above(product, n);
    remainder = B.add(remainder, B.multiply(x.remainder, this.range(y), p), p);
    remainder = B.add(remainder, B.multiply(y.remainder, this.#evaluate(x.coefficients), p), p);
    return { coefficients: product.slice(0, n), remainder };
  }

  /** a / b; zeros that both have at x0 are divided out, each at the cost of one coefficient. */
  divide(a: TaylorModel, b: TaylorModel): TaylorModel {
    const p = this.precision;
    while (B.sign(b.coefficients[0]) === 0 && B.sign(a.coefficients[0]) === 0) {
      if (a.coefficients.length < 2 || b.coefficients.length < 2)
        throw new Failure("numeric", "a quotient of functions that vanish together to a high order");
      [a, b] = [this.#shift(a), this.#shift(b)];
    }
    const whole = this.range(b);
    if (B.containsZero(whole) || B.containsZero(b.coefficients[0]))
      throw new Failure("numeric", `division by a ball that contains zero, ${whole}`);
    const n = Math.min(a.coefficients.length, b.coefficients.length);
    const [x, y] = [this.#cut(a, n), this.#cut(b, n)];
    const quotient: Ball[] = [];
    for (let k = 0; k < n; k++) {
      let c = x.coefficients[k];
      for (let j = 1; j <= k; j++) c = B.subtract(c, B.multiply(y.coefficients[j], quotient[k - j], p), p);
      quotient.push(B.divide(c, y.coefficients[0], p));
    }
    // a - b q: below t^n nothing is left.
    let left = B.subtract(x.remainder, this.#above(this.#convolve(y.coefficients, quotient), n), p);
    left = B.subtract(left, B.multiply(y.remainder, this.#evaluate(quotient), p), p);
    return { coefficients: quotient, remainder: B.divide(left, whole, p) };
  }

  /**
   * g(a): `series(u, n)` gives the Taylor coefficients g_0 .. g_(n-1) of g around u, enclosing them for every point of a ball u.
   */
  compose(a: TaylorModel, series: (u: Ball, n: number) => readonly Ball[]): TaylorModel {
    const p = this.precision;
    const n = a.coefficients.length;
    const at = series(a.coefficients[0], n);
    const inside = { coefficients: [B.ZERO, ...a.coefficients.slice(1)], remainder: a.remainder };
    let result = this.#cut(this.constant(at[n - 1]), n);
    for (let k = n - 2; k >= 0; k--) {
      const next = this.multiply(result, inside);
      result = { coefficients: next.coefficients.map((c, j) => (j === 0 ? B.add(c, at[k], p) : c)), remainder: next.remainder };
    }
    // The term of Lagrange: g_n somewhere in the range of a, times (a - a_0)^n = t^n ((a - a_0) / t)^n.
    const last = series(this.range(a), n + 1)[n];
    const slope = n > 1 ? this.range(this.#shift(inside)) : inside.remainder;
    let power = B.ONE;
    for (let k = 0; k < n; k++) power = B.multiply(power, slope, p);
    return { coefficients: result.coefficients, remainder: B.add(result.remainder, B.multiply(last, power, p), p) };
  }

  /** Contains f over the whole span. */
  range(a: TaylorModel): Ball {
    const n = a.coefficients.length;
    const p = this.precision;
    return B.add(this.#evaluate(a.coefficients), B.multiply(a.remainder, this.#powers[n], p), p);
  }

  #evaluate(coefficients: readonly Ball[]): Ball {
    const p = this.precision;
    let sum = coefficients[0];
    for (let k = 1; k < coefficients.length; k++) sum = B.add(sum, B.multiply(coefficients[k], this.#powers[k], p), p);
    return sum;
  }

  #convolve(a: readonly Ball[], b: readonly Ball[]): Ball[] {
    const p = this.precision;
    const out: Ball[] = Array.from({ length: a.length + b.length - 1 }, () => B.ZERO);
    a.forEach((x, i) => {
      if (B.sign(x) !== 0)
        b.forEach((y, j) => {
          if (B.sign(y) !== 0) out[i + j] = B.add(out[i + j], B.multiply(x, y, p), p);
        });
    });
    return out;
  }

  /** What the terms from t^n up sum to, divided by t^n. */
  #above(coefficients: readonly Ball[], n: number): Ball {
    const p = this.precision;
    let sum = B.ZERO;
    for (let k = n; k < coefficients.length; k++)
      sum = B.add(sum, B.multiply(coefficients[k], this.#powers[k - n], p), p);
    return sum;
  }

  #cut(a: TaylorModel, n: number): TaylorModel {
    if (a.coefficients.length === n) return a;
    const p = this.precision;
    const tail = B.multiply(a.remainder, this.#powers[a.coefficients.length - n], p);
    return { coefficients: a.coefficients.slice(0, n), remainder: B.add(this.#above(a.coefficients, n), tail, p) };
  }

  /** a / t, where the first coefficient is exactly zero. */
  #shift(a: TaylorModel): TaylorModel {
    return { coefficients: a.coefficients.slice(1), remainder: a.remainder };
  }
}
