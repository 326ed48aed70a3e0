// A function on an interval as a piecewise Chebyshev interpolant, to about the accuracy of doubles, and what can be done with it:
// arithmetic, composition, derivative and integral, roots, extrema, norms. The idea is that of Chebfun (Battles, Trefethen 2004;
// Trefethen 2013, "Approximation Theory and Approximation Practice").
// What is claimed about accuracy is measured at points that are on no grid: grade sampled, never more; results of operations are
// estimated. Left out: delta functions, infinite values, unbounded intervals.
import { type Budget, DONE, Failure, type StopReason } from "../../base/index.ts";
import type { Evidence } from "../../evidence/index.ts";
import { NotResolved } from "../not-resolved.ts";
import { Pace } from "../pace.ts";
import { type Sampler, sampler, type Source } from "../source.ts";
import { barycentric, chebyshevWeights } from "./barycentric.ts";
import { trimmed } from "./chop.ts";
import { clenshaw, derived, integrated, product, total } from "./coefficients.ts";
import { checkInterval, construct, lostPeak, type Unresolved } from "./construct.ts";
import { measured, type Origin } from "./measured.ts";
import { part, type Piece, valueOf } from "./piece.ts";
import { CLUSTER, rootsOf } from "./roots.ts";
import { Sampling } from "./sampling.ts";
import { chebyshevPoints, powerOfTwo, toCoefficients, toValues } from "./transform.ts";

export interface ChebyshevOptions {
  /** The interval; default [-1, 1]. */
  readonly on?: readonly [number, number];
  /** Decimal digits relative to the largest value; default as many as doubles have. */
  readonly digits?: number;
  /** false: one polynomial. true: pieces. "auto" (default): pieces where one polynomial of degree 4,096 does not do. */
  readonly splitting?: boolean | "auto";
  /** Greatest degree, a power of two; default 65,536. */
  readonly mostDegree?: number;
  /** Greatest number of pieces; default 256. */
  readonly mostPieces?: number;
  /** Default 10 s. */
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

export interface Extremum {
  readonly x: number;
  readonly value: number;
}

const MOST_DIGITS = 52 * Math.log10(2);
const DEFAULT_BUDGET: Budget = { time_ms: 10_000 };

export class Chebyshev {
  /** Ascending, each ending where the next begins; at least one. */
  readonly pieces: readonly Piece[];
  readonly #origin: Origin;
  #evidence: readonly Evidence[] | undefined;

  private constructor(pieces: readonly Piece[], origin: Origin) {
    this.pieces = pieces;
    this.#origin = origin;
  }

  /**
   * The function of one variable, given as a function, a term or text, resolved to the digits asked for.
   * Fails: NotResolved (unsolved) with the best so far where it has a pole, or needs more degree, pieces or time than allowed;
   * domain where it is infinite or has no real value at a sampled point; usage on intervals that are empty or not bounded.
   */
  static of(source: Source, options: ChebyshevOptions = {}): Chebyshev {
    return build(sampler(source, 1), options);
  }

  /** Of a Chebyshev series c_0, c_1, ... in t = (2 x - a - b) / (b - a). */
  static fromCoefficients(coefficients: ArrayLike<number>, on: readonly [number, number] = [-1, 1]): Chebyshev {
    checkInterval(on);
    const c = Float64Array.from(coefficients);
    if (c.length === 0) throw new Failure("usage", "a series has at least one coefficient");
    if (!c.every(Number.isFinite)) throw new Failure("domain", "a coefficient is not finite");
    return new Chebyshev([{ a: on[0], b: on[1], coefficients: c }], { name: "a series", error: () => 0 });
  }

  /** The polynomial through values at Chebyshev points of the second kind, ascending: as many as chebyshevPoints(n) has. */
  static fromValues(values: ArrayLike<number>, on: readonly [number, number] = [-1, 1]): Chebyshev {
    const n = values.length - 1;
    if (n < 1) return Chebyshev.fromCoefficients(values, on);
    const given = Float64Array.from(values);
    if (powerOfTwo(n) === n) return Chebyshev.fromCoefficients(toCoefficients(given), on);
    const [points, weights] = [chebyshevPoints(n), chebyshevWeights(n)];
    const finer = chebyshevPoints(powerOfTwo(n)).map((t) => barycentric(points, given, weights, t));
    return Chebyshev.fromCoefficients(toCoefficients(finer).slice(0, n + 1), on);
  }

  /** [a, b]. */
  get on(): readonly [number, number] {
    return [this.pieces[0].a, this.pieces.at(-1)!.b];
  }

  /** Where pieces meet, ends included. */
  get breaks(): number[] {
    return [...this.pieces.map((piece) => piece.a), this.on[1]];
  }

  /** Greatest degree of a piece. */
  get degree(): number {
    return Math.max(...this.pieces.map((piece) => piece.coefficients.length)) - 1;
  }

  /** Largest absolute value at the Chebyshev points of the pieces. */
  get scale(): number {
    let largest = 0;
    for (const { coefficients } of this.pieces)
      for (const value of toValues(coefficients, powerOfTwo(Math.max(1, coefficients.length - 1))))
        largest = Math.max(largest, Math.abs(value));
    return largest;
  }

  /** The value at x by Clenshaw's recurrence; where pieces meet, that of the right one. Fails (domain) outside the interval. */
  at(x: number): number {
    const { pieces } = this;
    const [a, b] = this.on;
    if (!(x >= a && x <= b)) throw new Failure("domain", `${x} is not between ${a} and ${b}`);
    let [lo, hi] = [0, pieces.length - 1];
    while (lo < hi) {
      const middle = (lo + hi + 1) >> 1;
      if (pieces[middle].a <= x) lo = middle;
      else hi = middle - 1;
    }
    return valueOf(pieces[lo], x);
  }

  /** Values at many points. */
  map(x: ArrayLike<number>): Float64Array {
    return Float64Array.from(x, (each) => this.at(each));
  }

  /** Intervals on which the accuracy asked for was not reached; only the best so far of a failure has any. */
  get unresolved(): readonly Unresolved[] {
    return this.#origin.unresolved ?? [];
  }

  /** What is known about its accuracy. Measured when first asked for. */
  get evidence(): readonly Evidence[] {
    return (this.#evidence ??= [measured(this, this.#origin)]);
  }

  /** Estimated absolute error: measured, or from the errors of what it was made from, and at least rounding errors. */
  get error(): number {
    return Math.max(2 ** -52 * this.scale, this.evidence[0].bound!);
  }

  /** The part on [from, to]. */
  restrict(from: number, to: number): Chebyshev {
    checkInterval([from, to]);
    const [a, b] = this.on;
    if (from < a || to > b) throw new Failure("domain", `[${from}, ${to}] is not inside [${a}, ${b}]`);
    const pieces = this.pieces.filter((piece) => piece.b > from && piece.a < to).map((piece) => part(piece, Math.max(from, piece.a), Math.min(to, piece.b))); // oxfmt-ignore
    return this.#become(pieces, `a part of ${this.#origin.name}`, () => this.error);
  }

  negate(): Chebyshev {
    return this.scaled(-1);
  }

  /** factor f. */
  scaled(factor: number): Chebyshev {
    finite(factor);
    const pieces = this.pieces.map(({ a, b, coefficients }) => ({ a, b, coefficients: coefficients.map((c) => c * factor) })); // oxfmt-ignore
    return this.#become(pieces, `${factor} times ${this.#origin.name}`, () => Math.abs(factor) * this.error);
  }

  add(other: Chebyshev | number): Chebyshev {
    return this.#sum(other, 1);
  }

  subtract(other: Chebyshev | number): Chebyshev {
    return this.#sum(other, -1);
  }

  #sum(other: Chebyshev | number, sign: 1 | -1): Chebyshev {
    const right = typeof other === "number" ? Chebyshev.fromCoefficients([finite(other)], this.on) : other;
    const level = 2 ** -54 * (this.scale + right.scale);
    const sum = (c: Float64Array, d: Float64Array): Float64Array => {
      const [long, short] = [Math.max(c.length, d.length), Math.min(c.length, d.length)];
      const s = Float64Array.from({ length: long }, (_, k) => (k < c.length ? c[k] : 0) + sign * (k < d.length ? d[k] : 0)); // oxfmt-ignore
      return long === short || this.pieces.length > 1 ? trimmed(s, level) : s;
    };
    return this.#with(right, sum, sign > 0 ? "a sum" : "a difference", () => this.error + right.error);
  }

  multiply(other: Chebyshev | number): Chebyshev {
    if (typeof other === "number") return this.scaled(other);
    const level = 2 ** -54 * this.scale * other.scale;
    const error = (): number => this.error * other.scale + other.error * this.scale;
    return this.#with(other, (c, d) => trimmed(product(c, d), level), "a product", error);
  }

  /** Quotient. Fails (domain) if the divisor has a root or changes its sign on the interval. */
  divide(other: Chebyshev | number, options: Omit<ChebyshevOptions, "on"> = {}): Chebyshev {
    if (typeof other === "number") {
      if (other === 0) throw new Failure("domain", "division by zero");
      return this.scaled(1 / finite(other));
    }
    sameInterval(this, other);
    const [root] = other.roots();
    if (root !== undefined)
      throw new Failure("domain", `the divisor is zero at ${root}`, { hint: "Choose an interval without its roots." });
    return joint([this, other], (x) => this.at(x) / other.at(x), "a quotient of interpolants", options);
  }

  /** g(f(x)) for a function g of one variable, a term, text, or another Chebyshev whose interval holds all values of this one. */
  compose(outer: Source | Chebyshev, options: Omit<ChebyshevOptions, "on"> = {}): Chebyshev {
    if (!(outer instanceof Chebyshev)) {
      const g = sampler(outer, 1);
      return joint([this], (x) => g.at(this.at(x)), `${g.name} of the interpolant of ${this.#origin.name}`, options);
    }
    const [a, b] = outer.on;
    const [least, most] = [this.minimum().value, this.maximum().value];
    const slack = 2 ** -45 * Math.max(b - a, Math.abs(a), Math.abs(b));
    if (least < a - slack || most > b + slack)
      throw new Failure("domain", `values from ${least} to ${most} leave the interval [${a}, ${b}] of the outer function`); // oxfmt-ignore
    const value = (x: number): number => outer.at(Math.min(b, Math.max(a, this.at(x))));
    const kinks = outer.breaks.slice(1, -1).flatMap((at) => this.subtract(at).rootsOrNone());
    return joint([this], value, "a composition of interpolants", options, kinks);
  }

  /** The derivative of each piece; what jumps contribute is left out. */
  derivative(order = 1): Chebyshev {
    if (!Number.isInteger(order) || order < 0) throw new Failure("usage", `there is no derivative of order ${order}`);
    if (order === 0) return this;
    const pieces = this.pieces.map(({ a, b, coefficients }) => ({
      a,
      b,
      coefficients: derived(coefficients).map((c) => (2 * c) / (b - a)),
    }));
    // Markov's inequality for the error, as if it were a polynomial of the same degree.
    const growth = Math.max(...this.pieces.map(({ a, b, coefficients: c }) => (2 * (c.length - 1) ** 2) / (b - a)));
    const slope = this.#become(pieces, `the derivative of ${this.#origin.name}`, () => growth * this.error);
    return slope.derivative(order - 1);
  }

  /** The antiderivative that is zero at the left end. */
  antiderivative(): Chebyshev {
    let sum = 0;
    const pieces = this.pieces.map(({ a, b, coefficients }) => {
      const c = integrated(coefficients).map((each) => (each * (b - a)) / 2);
      c[0] += sum;
      sum = clenshaw(c, 1);
      return { a, b, coefficients: c };
    });
    const error = (): number => this.error * (this.on[1] - this.on[0]);
    return this.#become(pieces, `the antiderivative of ${this.#origin.name}`, error);
  }

  /** The integral from `from` to `to`; default over the interval. */
  integral(from = this.on[0], to = this.on[1]): number {
    const [a, b] = this.on;
    if (from === a && to === b)
      return this.pieces.reduce((sum, piece) => sum + (total(piece.coefficients) * (piece.b - piece.a)) / 2, 0);
    const F = this.antiderivative();
    return F.at(to) - F.at(from);
  }

  /** All roots in the interval, ascending; one of even order is listed once. A change of sign by a jump is none. */
  roots(): number[] {
    const all = this.pieces.flatMap(({ a, b, coefficients }) =>
      rootsOf(coefficients).map((t) => (t === -1 ? a : t === 1 ? b : a / 2 + b / 2 + (b / 2 - a / 2) * t)),
    );
    // Both pieces that meet in a root list it, each as well as rounding errors let it.
    const level = 2 ** -50 * this.scale;
    const breaks = this.breaks.slice(1, -1);
    const roots: number[] = [];
    for (const x of all) {
      const last = roots.at(-1);
      const shared = last === undefined ? undefined : breaks.find((at) => last <= at && at <= x);
      if (last === undefined || shared === undefined || x - last > CLUSTER * (this.on[1] - this.on[0])) roots.push(x);
      else if ([0, 0.25, 0.5, 0.75, 1].some((u) => Math.abs(this.at(last + u * (x - last))) > level)) roots.push(x);
      else roots[roots.length - 1] = shared;
    }
    return roots;
  }

  /** As `roots`, but none for a function that is zero throughout a piece. */
  rootsOrNone(): number[] {
    return this.pieces.some(({ coefficients }) => coefficients.every((c) => c === 0)) ? [] : this.roots();
  }

  /** Local extrema inside, and both ends and both sides of each break. */
  extrema(): Extremum[] {
    const points: Extremum[] = [];
    for (const piece of this.pieces) {
      const flat = piece.coefficients.length <= 1 || derived(piece.coefficients).every((c) => c === 0);
      const inner = flat ? [] : rootsOf(derived(piece.coefficients), true);
      for (const t of [-1, ...inner, 1])
        points.push({ x: piece.a / 2 + piece.b / 2 + (piece.b / 2 - piece.a / 2) * t, value: clenshaw(piece.coefficients, t) }); // oxfmt-ignore
    }
    return points;
  }

  minimum(): Extremum {
    return this.extrema().reduce((best, each) => (each.value < best.value ? each : best));
  }

  maximum(): Extremum {
    return this.extrema().reduce((best, each) => (each.value > best.value ? each : best));
  }

  /** The norm of order 1, 2 or Infinity: of L^1, L^2, and the largest absolute value. */
  norm(order: 1 | 2 | number = 2): number {
    if (order === Infinity) return this.extrema().reduce((largest, { value }) => Math.max(largest, Math.abs(value)), 0);
    if (order === 2) return Math.sqrt(Math.max(0, this.multiply(this).integral()));
    if (order !== 1) throw new Failure("usage", `a norm is of order 1, 2 or Infinity, not ${order}`);
    let sum = 0;
    for (const { a, b, coefficients } of this.pieces) {
      if (coefficients.every((c) => c === 0)) continue;
      const F = integrated(coefficients);
      const cuts = [-1, ...rootsOf(coefficients, true), 1];
      for (let i = 1; i < cuts.length; i++)
        sum += Math.abs(clenshaw(F, cuts[i]) - clenshaw(F, cuts[i - 1])) * (b / 2 - a / 2);
    }
    return sum;
  }

  /** Another function made from this one. */
  #become(pieces: readonly Piece[], name: string, error: () => number): Chebyshev {
    return new Chebyshev(pieces, { name, error });
  }

  /** An operation on coefficients of both, piece by piece of their common breaks. */
  #with(
    other: Chebyshev,
    f: (c: Float64Array, d: Float64Array) => Float64Array,
    name: string,
    error: () => number,
  ): Chebyshev {
    // oxfmt-ignore
    sameInterval(this, other);
    const cuts = [...new Set([...this.breaks, ...other.breaks])].sort((x, y) => x - y);
    const on = (of: Chebyshev, i: number): Float64Array =>
      part(
        of.pieces.findLast((piece) => piece.a <= cuts[i])!,
        cuts[i],
        cuts[i + 1],
      ).coefficients;
    const pieces = cuts.slice(1).map((b, i) => ({ a: cuts[i], b, coefficients: f(on(this, i), on(other, i)) }));
    return this.#become(pieces, name, error);
  }

  /** For this file: makes one from pieces. */
  static fromPieces(pieces: readonly Piece[], origin: Origin): Chebyshev {
    return new Chebyshev(pieces, origin);
  }
}

function finite(x: number): number {
  if (!Number.isFinite(x)) throw new Failure("domain", `${x} is not a finite number`);
  return x;
}

function sameInterval(f: Chebyshev, g: Chebyshev): void {
  if (f.on[0] !== g.on[0] || f.on[1] !== g.on[1])
    throw new Failure("usage", `functions on [${f.on.join(", ")}] and [${g.on.join(", ")}] have no common interval`, {
      hint: "Restrict one of them.",
    });
}

function build(source: Sampler, options: ChebyshevOptions, breaks: readonly number[] = []): Chebyshev {
  const { on = [-1, 1], digits = MOST_DIGITS, splitting = "auto", mostDegree = 65_536, mostPieces = 256 } = options;
  checkInterval(on);
  if (!(digits > 0 && digits <= MOST_DIGITS + 0.5))
    throw new Failure("usage", `${digits} digits cannot be had in double precision`, { hint: "Ask for 1 to 15." });
  if (!(mostDegree >= 16 && mostDegree <= 2 ** 20))
    throw new Failure("usage", `the greatest degree is from 16 to ${2 ** 20}, not ${mostDegree}`);
  if (!(mostPieces >= 1)) throw new Failure("usage", `the greatest number of pieces is at least 1, not ${mostPieces}`);
  const pace = new Pace(options.budget ?? DEFAULT_BUDGET, options.signal);
  const sampling = new Sampling(source, pace);
  const limits = { tolerance: Math.max(2 ** -52, 10 ** -digits), splitting, mostDegree, mostPieces };
  const cuts = [on[0], ...breaks, on[1]];
  const pieces: Piece[] = [];
  const unresolved: Unresolved[] = [];
  let stop: StopReason = DONE;
  for (let i = 1; i < cuts.length; i++) {
    const found = construct(sampling, cuts[i - 1], cuts[i], limits, pace);
    pieces.push(...found.pieces);
    unresolved.push(...found.unresolved);
    if (found.unresolved.length > 0) stop = found.stop;
  }
  const lost = unresolved.length === 0 ? lostPeak(sampling, pieces) : undefined;
  if (lost) {
    unresolved.push(lost);
    stop = { kind: "accuracy", detail: lost.why };
  }
  const result = Chebyshev.fromPieces(pieces, { name: source.name, sampling, unresolved });
  if (unresolved.length > 0) {
    const [{ from, to, why }] = unresolved;
    throw new NotResolved(`${source.name} is not resolved between ${from} and ${to}: ${why}`, result, stop);
  }
  return result;
}

/** A function of given ones, sampled anew on the pieces of all of them and between further breaks. */
function joint(
  parts: readonly Chebyshev[],
  f: (x: number) => number,
  name: string,
  options: Omit<ChebyshevOptions, "on">,
  further: readonly number[] = [],
): Chebyshev {
  const [a, b] = parts[0].on;
  const inner = [...parts.flatMap((each) => each.breaks), ...further].filter((x) => x > a && x < b);
  const breaks = [...new Set(inner)].sort((x, y) => x - y);
  const named = Object.defineProperty((x: number) => f(x), "name", { value: name });
  return build(sampler(named, 1), { ...options, on: [a, b] }, breaks);
}
