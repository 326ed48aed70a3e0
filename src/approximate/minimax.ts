// Best approximation in the sense of the greatest weighted error, by the exchange algorithm of Remez (1934; Cheney 1966,
// "Introduction to approximation theory", chapter 3) in BigFloat. A family with n parameters is fitted so that the error takes the
// values +-E in turn at n + 1 points; the points move to the extrema of the error until it is level. For families that are not
// linear in their parameters every levelling is Newton's method with damping.
// Left out: proof that the level solution is the best one where the family has no Haar condition (its error is proved elsewhere).
import { Failure } from "../base/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { solveDense } from "./big-linear.ts";
import type { Target } from "./target.ts";

/** Functions with parameters, such as polynomials or a program with free constants. */
export interface Family {
  readonly parameters: number;
  /** Linear in the parameters: one Newton step levels exactly. */
  readonly linear: boolean;
  /** Value at x and derivatives by the parameters; undefined at a pole. */
  evaluate(c: readonly BigFloat[], x: BigFloat, precision: number): Sample | undefined;
}

export interface Sample {
  readonly value: BigFloat;
  readonly slopes: readonly BigFloat[];
}

/** relative: |p/f - 1|; absolute: |p - f|; a target: |p - f| times its value. */
export type Weight = "relative" | "absolute" | Target;

export interface MinimaxOptions {
  readonly weight?: Weight;
  /** Where to begin; families that are not linear need it. */
  readonly start?: readonly BigFloat[];
  /** Bits; default 192. */
  readonly precision?: number;
  /** The greatest error may exceed the levelled one by this share; default 1e-6. */
  readonly tolerance?: number;
  readonly iterations?: number;
}

export interface Minimax {
  readonly parameters: readonly BigFloat[];
  /** Greatest weighted error at the extrema of the error curve, found by search: evidence of grade `sampled`. */
  readonly error: number;
  /** The error is level to the tolerance at one point more than there are parameters. */
  readonly level: boolean;
  readonly points: readonly BigFloat[];
  readonly iterations: number;
}

/** One point with what does not change: the value of the function and the weight there. */
interface Place {
  readonly x: BigFloat;
  readonly f: BigFloat;
  readonly w: BigFloat;
}

/** A target on an interval, with its values at the points of a grid kept. */
export class MinimaxProblem {
  readonly target: Target;
  readonly from: BigFloat;
  readonly to: BigFloat;
  readonly precision: number;
  readonly weight: Weight;
  #grid: readonly Place[] = [];

  constructor(target: Target, from: BigFloat, to: BigFloat, weight: Weight = "relative", precision = 192) {
    if (!(F.isFinite(from) && F.isFinite(to)) || F.compare(from, to) !== -1)
      throw new Failure("usage", `the range ${F.toNumber(from)}:${F.toNumber(to)} is empty or not finite`, { hint: "Write --on a:b with a < b." }); // oxfmt-ignore
    this.target = target;
    this.from = F.round(from, precision);
    this.to = F.round(to, precision);
    this.weight = weight;
    this.precision = precision;
  }

  /** The point at `share` of the way through the interval. */
  point(share: number): BigFloat {
    const p = this.precision;
    return F.add(this.from, F.multiply(F.subtract(this.to, this.from, p), F.fromNumber(share, p), p), p);
  }

  place(x: BigFloat): Place {
    const p = this.precision;
    const value = (t: Target): BigFloat => F.round(t.value(x, p).mid, p);
    const f = value(this.target);
    const one = F.fromInteger(1n, p);
    if (this.weight === "absolute") return { x, f, w: one };
    if (this.weight !== "relative") return { x, f, w: value(this.weight) };
    return { x, f, w: F.isZero(f) ? F.zero(p) : F.divide(one, F.absolute(f), p) };
  }

  /** count + 1 extrema of a Chebyshev polynomial; a point where the function vanishes counts with weight zero. */
  grid(count: number): readonly Place[] {
    if (this.#grid.length !== count + 1)
      this.#grid = Array.from({ length: count + 1 }, (_, i) => this.place(this.point(chebyshev(i, count))));
    return this.#grid;
  }

  /** w (p - f), undefined at a pole. */
  error(family: Family, c: readonly BigFloat[], { x, f, w }: Place): BigFloat | undefined {
    const p = this.precision;
    const sample = family.evaluate(c, x, p);
    return sample === undefined ? undefined : F.multiply(F.subtract(sample.value, f, p), w, p);
  }
}

/** Extremum i of the Chebyshev polynomial of degree n on [0, 1], from the left. */
export const chebyshev = (i: number, n: number): number => Math.sin((Math.PI * i) / (2 * n)) ** 2;

/** The best member of a family. Fails with kind "unsolved" where the start, or a step from it, has a pole. */
export function minimax(problem: MinimaxProblem, family: Family, options: MinimaxOptions = {}): Minimax {
  const { tolerance = 1e-6, iterations = family.linear ? 30 : 20 } = options;
  const n = family.parameters;
  const p = problem.precision;
  const grid = problem.grid(Math.max(96, 16 * (n + 1)));
  let c: readonly BigFloat[] = options.start ?? Array.from({ length: n }, () => F.zero(p));
  let points = Array.from({ length: n + 1 }, (_, i) => problem.point(n === 0 ? 0 : inner(i, n))).map((x) => problem.place(x)); // oxfmt-ignore
  // Points where the weight is zero say nothing: the function vanishes there.
  points = points.map((each, i) => (F.isZero(each.w) ? problem.place(problem.point(inner(i, n) === 0 ? 1e-3 / n : 1 - 1e-3 / n)) : each)); // oxfmt-ignore
  let best: Minimax | undefined;
  let level = F.zero(p);
  let iteration = 0;
  if (!family.linear) {
    // The start's own extrema, if it has as many as needed, are better points than those of a Chebyshev polynomial.
    const own = extrema(problem, family, c, grid);
    if (own === undefined) throw new Failure("unsolved", "the start has a pole in the range");
    if (own.length >= n + 1) points = chosen(own, n + 1).map(({ place }) => place);
    best = { parameters: c, error: greatest(own), level: false, points: points.map(({ x }) => x), iterations: 0 };
  }
  for (; iteration < iterations; iteration++) {
    const levelled = leveller(problem, family, c, level, points);
    if (levelled === undefined) break;
    [c, level] = [levelled.c, levelled.level];
    const found = extrema(problem, family, c, grid);
    if (found === undefined) break;
    const error = greatest(found);
    const size = Math.abs(F.toNumber(level));
    const flat = error <= size * (1 + tolerance);
    if (best === undefined || error < best.error)
      best = { parameters: c, error, level: flat && found.length >= n + 1, points: points.map(({ x }) => x), iterations: iteration + 1 }; // oxfmt-ignore
    if (flat || found.length < n + 1) break;
    points = chosen(found, n + 1).map(({ place }) => place);
    if (F.isZero(level)) continue;
    // The first point keeps the sign that its error has.
    const sign = chosen(found, n + 1)[0].sign;
    if (sign !== level.sign) level = F.negate(level);
  }
  if (best === undefined) throw new Failure("unsolved", "the error could not be levelled: the equations are singular");
  return best;
}

/** Extrema of the Chebyshev polynomial of degree n, the ends kept. */
const inner = (i: number, n: number): number => (n === 0 ? 0.5 : chebyshev(i, n));

interface Extremum {
  readonly place: Place;
  readonly size: number;
  readonly sign: 1 | -1;
}

const greatest = (list: readonly Extremum[]): number => list.reduce((most, { size }) => Math.max(most, size), 0);

/** Alternating extrema of the error: of each stretch of one sign the greatest. Undefined where there is a pole. */
function extrema(
  problem: MinimaxProblem,
  family: Family,
  c: readonly BigFloat[],
  grid: readonly Place[],
): Extremum[] | undefined {
  const errors: BigFloat[] = [];
  for (const place of grid) {
    const e = problem.error(family, c, place);
    if (e === undefined || !F.isFinite(e)) return undefined;
    errors.push(e);
  }
  const found: Extremum[] = [];
  for (let i = 0; i < grid.length; ) {
    if (F.isZero(errors[i])) {
      i++;
      continue;
    }
    const { sign } = errors[i];
    let top = i;
    for (; i < grid.length && (errors[i].sign === sign || F.isZero(errors[i])); i++)
      if (F.compare(F.absolute(errors[i]), F.absolute(errors[top])) === 1) top = i;
    const peak = peakOf(problem, family, c, grid, errors, top);
    const last = found.at(-1);
    if (last === undefined || last.sign !== sign) found.push({ ...peak, sign });
    else if (peak.size > last.size) found[found.length - 1] = { ...peak, sign };
  }
  return found;
}

/** The top of the parabola through three neighbours, if it lies higher. */
function peakOf(
  problem: MinimaxProblem,
  family: Family,
  c: readonly BigFloat[],
  grid: readonly Place[],
  errors: readonly BigFloat[],
  i: number,
): { place: Place; size: number } {
  const p = problem.precision;
  const size = Math.abs(F.toNumber(errors[i]));
  const plain = { place: grid[i], size };
  if (i === 0 || i === grid.length - 1 || size === 0) return plain;
  const scaled = (j: number): number => F.toNumber(F.divide(errors[j], errors[i], p));
  const away = (j: number): number => F.toNumber(F.subtract(grid[j].x, grid[i].x, p));
  const [a, b] = [away(i - 1), away(i + 1)];
  const [y, z] = [scaled(i - 1) - 1, scaled(i + 1) - 1];
  // 1 + s t + q t^2 through (a, 1 + y) and (b, 1 + z).
  const q = (z / b - y / a) / (b - a);
  const s = y / a - q * a;
  const t = -s / (2 * q);
  if (!(q < 0) || !(t > a) || !(t < b)) return plain;
  const place = problem.place(F.add(grid[i].x, F.fromNumber(t, p), p));
  const e = problem.error(family, c, place);
  if (e === undefined || F.compare(F.absolute(e), F.absolute(errors[i])) !== 1) return plain;
  return { place, size: Math.abs(F.toNumber(e)) };
}

/** `count` neighbours of an alternating list: the smaller end goes first, so that the greatest stays. */
function chosen(list: readonly Extremum[], count: number): readonly Extremum[] {
  let [low, high] = [0, list.length];
  while (high - low > count) {
    if (list[low].size < list[high - 1].size) low++;
    else high--;
  }
  return list.slice(low, high);
}

const NEWTON_STEPS = 40;

/** Parameters for which the error is +-level at the points in turn. Undefined if Newton's method does not get there. */
function leveller(
  problem: MinimaxProblem,
  family: Family,
  start: readonly BigFloat[],
  startLevel: BigFloat,
  points: readonly Place[],
): { c: readonly BigFloat[]; level: BigFloat } | undefined {
  const p = problem.precision;
  const n = family.parameters;
  let c = start;
  let level = startLevel;
  const signed = (x: BigFloat, i: number): BigFloat => (i % 2 === 0 ? x : F.negate(x));
  /** error - (+-level) at every point, and the rows of derivatives. */
  const residuals = (at: readonly BigFloat[], height: BigFloat): { rest: BigFloat[]; rows: BigFloat[][] } | undefined => {
    const rest: BigFloat[] = [];
    const rows: BigFloat[][] = [];
    for (const [i, { x, f, w }] of points.entries()) {
      const sample = family.evaluate(at, x, p);
      if (sample === undefined) return undefined;
      rest.push(F.subtract(F.multiply(F.subtract(sample.value, f, p), w, p), signed(height, i), p));
      rows.push([...sample.slopes.map((s) => F.multiply(s, w, p)), signed(F.fromInteger(-1n, p), i)]);
    }
    return { rest, rows };
  };
  const size = (rest: readonly BigFloat[]): BigFloat => rest.map(F.absolute).reduce((a, b) => (F.compare(a, b) === -1 ? b : a)); // oxfmt-ignore
  let now = residuals(c, level);
  if (now === undefined) return undefined;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const change = solveDense(now.rows, now.rest.map(F.negate), p);
    if (change === undefined) return undefined;
    const before = size(now.rest);
    let share = F.fromInteger(1n, p);
    let next: ReturnType<typeof residuals>;
    let improved = false;
    for (let halving = 0; halving < 12 && !improved; halving++) {
      const trial = c.map((each, j) => F.add(each, F.multiply(share, change[j], p), p));
      const height = F.add(level, F.multiply(share, change[n], p), p);
      next = residuals(trial, height);
      if (next !== undefined && next.rest.every(F.isFinite) && F.compare(size(next.rest), before) === -1) {
        [c, level, now] = [trial, height, next];
        improved = true;
      } else share = F.scale(share, -1);
    }
    if (family.linear) return { c, level };
    const after = size(now.rest);
    // Far below the level: good enough to move the points.
    if (F.isZero(after) || after.top < level.top - 40) return { c, level };
    if (!improved) return after.top < level.top - 8 ? { c, level } : undefined;
  }
  return undefined;
}
