// Truncated Laurent series u = x^low (c_0 + c_1 x + ...), over any field: arithmetic, and functions by the differential equations
// that they satisfy (Knuth 1997, "Seminumerical Algorithms", section 4.7; Brent, Kung 1978 have faster ones). Each costs O(n^2).
// A series knows the order up to which it is exact: low + number of coefficients.
// Left out: fractional powers of x, logarithms of x.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { Deadline } from "./deadline.ts";
import type { SeriesField } from "./series-field.ts";

export interface PowerSeries<T> {
  /** Exponent of the first coefficient. */
  readonly low: number;
  /** The first is not zero, unless all are: then the series is zero as far as it is known. */
  readonly c: readonly T[];
}

export class SeriesArithmetic<T> {
  readonly field: SeriesField<T>;
  /** Coefficients kept. */
  readonly length: number;
  readonly #deadline: Deadline;

  constructor(field: SeriesField<T>, length: number, deadline = new Deadline("the series")) {
    this.#deadline = deadline;
    this.field = field;
    this.length = length;
  }

  constant(value: T): PowerSeries<T> {
    return this.#normal(0, [value, ...this.#zeros(this.length - 1)]);
  }

  /** at + x. */
  variable(at: T): PowerSeries<T> {
    return this.#normal(0, [at, this.field.from(1), ...this.#zeros(this.length - 2)].slice(0, this.length));
  }

  #zeros(count: number): T[] {
    return Array.from({ length: Math.max(0, count) }, () => this.field.from(0));
  }

  /** Without leading zeros; the order known stays. */
  #normal(low: number, c: T[]): PowerSeries<T> {
    let zeros = 0;
    while (zeros < c.length && this.field.isZero(c[zeros])) zeros++;
    const kept = c.slice(zeros, zeros + this.length);
    return { low: low + zeros, c: kept };
  }

  /** The coefficient of x^k, zero below `low`; undefined beyond what is known. */
  coefficient({ low, c }: PowerSeries<T>, k: number): T | undefined {
    return k < low ? this.field.from(0) : c[k - low];
  }

  add(a: PowerSeries<T>, b: PowerSeries<T>, sign: 1 | -1 = 1): PowerSeries<T> {
    const { field } = this;
    const low = Math.min(a.low, b.low);
    const end = Math.min(a.low + a.c.length, b.low + b.c.length);
    const combine = sign === 1 ? field.add : field.subtract;
    const sum: T[] = [];
    for (let k = low; k < end; k++) sum.push(combine(this.coefficient(a, k)!, this.coefficient(b, k)!));
    return this.#normal(low, sum);
  }

  scale(factor: T, { low, c }: PowerSeries<T>): PowerSeries<T> {
    return this.#normal(low, c.map((each) => this.field.multiply(factor, each))); // oxfmt-ignore
  }

  multiply(a: PowerSeries<T>, b: PowerSeries<T>): PowerSeries<T> {
    const { add, multiply, from } = this.field;
    const n = Math.min(a.c.length, b.c.length);
    const product: T[] = [];
    for (let k = 0; k < n; k++) {
      this.#deadline.check();
      let sum = from(0);
      for (let j = 0; j <= k; j++) sum = add(sum, multiply(a.c[j], b.c[k - j]));
      product.push(sum);
    }
    return this.#normal(a.low + b.low, product);
  }

  divide(a: PowerSeries<T>, b: PowerSeries<T>): PowerSeries<T> {
    const { subtract, multiply, divide } = this.field;
    this.#leading(b, "a quotient");
    const n = Math.min(a.c.length, b.c.length);
    const quotient: T[] = [];
    for (let k = 0; k < n; k++) {
      this.#deadline.check();
      let rest = a.c[k];
      for (let j = 1; j <= k; j++) rest = subtract(rest, multiply(b.c[j], quotient[k - j]));
      quotient.push(divide(rest, b.c[0]));
    }
    return this.#normal(a.low - b.low, quotient);
  }

  /** Fails unless the leading coefficient is known not to be zero. */
  #leading({ c }: PowerSeries<T>, what: string): void {
    if (c.length === 0)
      throw new Failure("unsolved", `${what} needs the leading coefficient of a series that is zero as far as it is known`); // oxfmt-ignore
    if (this.field.isUndecided(c[0]))
      throw new Failure("unsolved", `${what} needs a coefficient that is not told from zero`, { hint: "Ask for more precision, or for exact rationals." }); // oxfmt-ignore
  }

  /** u^r, r rational: u p' = r u' p. */
  power(u: PowerSeries<T>, r: Rational): PowerSeries<T> {
    const { field } = this;
    if (Q.sign(r) === 0) return this.constant(field.from(1));
    if (r === 1) return u;
    this.#leading(u, "a power");
    const low = Q.multiply(u.low, r);
    if (!Q.isInteger(low))
      throw new Failure("domain", `the power ${Q.toString(r)} of a series from x^${u.low} is no power series`);
    const p: T[] = [field.power(u.c[0], r)];
    for (let k = 1; k < u.c.length; k++) {
      this.#deadline.check();
      let sum = field.from(0);
      for (let j = 1; j <= k; j++) {
        const weight = field.from(Q.subtract(Q.multiply(Q.add(r, 1), j), k));
        sum = field.add(sum, field.multiply(weight, field.multiply(u.c[j], p[k - j])));
      }
      p.push(field.divide(sum, field.multiply(field.from(k), u.c[0])));
    }
    return this.#normal(Q.toNumber(low), p);
  }

  derivative({ low, c }: PowerSeries<T>): PowerSeries<T> {
    return this.#normal(low - 1, c.map((each, i) => this.field.multiply(this.field.from(low + i), each))); // oxfmt-ignore
  }

  /** The antiderivative with this constant. */
  integral({ low, c }: PowerSeries<T>, constant: T): PowerSeries<T> {
    const { field } = this;
    const parts = c.map((each, i) => {
      const exponent = low + i + 1;
      if (exponent !== 0) return field.divide(each, field.from(exponent));
      if (field.isZero(each)) return each;
      throw new Failure("domain", "the antiderivative has a logarithm: it is no power series");
    });
    const start = this.#normal(0, [constant, ...this.#zeros(low + parts.length)]);
    return this.add({ low: low + 1, c: parts }, start);
  }

  /** The constant term; fails on a pole. */
  start(u: PowerSeries<T>, name: string): T {
    if (u.low < 0) throw new Failure("domain", `${name} of a pole is no power series`);
    const value = this.coefficient(u, 0);
    if (value === undefined) throw new Failure("unsolved", `${name} of a series that is known to no order`);
    return value;
  }

  exp(u: PowerSeries<T>): PowerSeries<T> {
    const { field } = this;
    const e: T[] = [field.value("exp", this.start(u, "exp"))];
    for (let k = 1; k < u.low + u.c.length; k++) {
      this.#deadline.check();
      let sum = field.from(0);
      for (let j = Math.max(1, u.low); j <= k; j++)
        sum = field.add(sum, field.multiply(field.from(j), field.multiply(this.coefficient(u, j)!, e[k - j])));
      e.push(field.divide(sum, field.from(k)));
    }
    return this.#normal(0, e);
  }

  /** Sine and cosine (sign -1), or hyperbolic sine and cosine (sign 1): s' = u' c, c' = sign u' s. */
  waves(u: PowerSeries<T>, sign: 1 | -1): [PowerSeries<T>, PowerSeries<T>] {
    const { field } = this;
    const start = this.start(u, "sin");
    const [sine, cosine] = sign < 0 ? ["sin", "cos"] : ["sinh", "cosh"];
    const s: T[] = [field.value(sine, start)];
    const c: T[] = [field.value(cosine, start)];
    for (let k = 1; k < u.low + u.c.length; k++) {
      this.#deadline.check();
      let [ds, dc] = [field.from(0), field.from(0)];
      for (let j = Math.max(1, u.low); j <= k; j++) {
        const slope = field.multiply(field.from(j), this.coefficient(u, j)!);
        ds = field.add(ds, field.multiply(slope, c[k - j]));
        dc = field.add(dc, field.multiply(slope, s[k - j]));
      }
      s.push(field.divide(ds, field.from(k)));
      c.push(field.divide(dc, field.from(sign * k)));
    }
    return [this.#normal(0, s), this.#normal(0, c)];
  }

  /** The function `name` with this derivative at u: its value at the start and the integral of u' derivative. */
  byDerivative(name: string, u: PowerSeries<T>, slope: PowerSeries<T>): PowerSeries<T> {
    return this.integral(this.multiply(this.derivative(u), slope), this.field.value(name, this.start(u, name)));
  }

  /** sum g_k (u - u_0)^k, by Horner's rule. */
  compose(g: readonly T[], u: PowerSeries<T>): PowerSeries<T> {
    const step = this.add(u, this.constant(this.start(u, "a function")), -1);
    return g.reduceRight(
      (sum, coefficient) => this.add(this.multiply(sum, step), this.constant(coefficient)),
      this.constant(this.field.from(0)),
    );
  }
}
