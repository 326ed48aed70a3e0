// A function of two variables on a rectangle as a sum of products of functions of one: f(x, y) = sum_k c_k(y) r_k(x) / d_k, found by
// Gaussian elimination with complete pivoting on Chebyshev grids (adaptive cross approximation: Bebendorf 2000; Townsend,
// Trefethen 2013, "An extension of Chebfun to two dimensions"). First pivots on a grid that is doubled until their number is small
// against it, then the slices through them, each grid doubled until all slices are resolved.
// Left out: pieces; arithmetic; roots. A bend along a line that is not parallel to an axis has no small rank, and fails so.
import { type Budget, DONE, Failure, Random, type StopReason } from "../../base/index.ts";
import type { Evidence } from "../../evidence/index.ts";
import { Chebyshev } from "../chebyshev/chebyshev.ts";
import { chop } from "../chebyshev/chop.ts";
import { clenshaw, derived, total } from "../chebyshev/coefficients.ts";
import { checkInterval } from "../chebyshev/construct.ts";
import { chebyshevPoints, toCoefficients } from "../chebyshev/transform.ts";
import { NotResolved } from "../not-resolved.ts";
import { Pace } from "../pace.ts";
import { type Sampler, sampler, type Source } from "../source.ts";

export type Range = readonly [number, number];

export interface Chebyshev2Options {
  /** Intervals of x and y; default [-1, 1] both. */
  readonly on?: readonly [Range, Range];
  /** Names of the variables of a term in the order x, y. */
  readonly variables?: readonly [string, string];
  /** Decimal digits relative to the largest value; default 14. */
  readonly digits?: number;
  /** Greatest rank; default 200. */
  readonly mostRank?: number;
  /** Default 20 s. */
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

const LEAST_GRID = 16;
/** Grids on which pivots are looked for, and on which slices are sampled. */
const MOST_GRID = 512;
const MOST_SLICE = 8192;
const MEASURED = 300;
const DEFAULT_BUDGET: Budget = { time_ms: 20_000 };

/** Series in one variable and what the products of them weigh. */
interface Parts {
  /** Series in x, one a product. */
  readonly rows: readonly Float64Array[];
  /** Series in y. */
  readonly columns: readonly Float64Array[];
  readonly weights: Float64Array;
}

export class Chebyshev2 {
  readonly on: readonly [Range, Range];
  readonly parts: Parts;
  readonly #source?: Sampler;
  readonly #name: string;
  readonly #samples: number;

  constructor(on: readonly [Range, Range], parts: Parts, name: string, source?: Sampler, samples = 0) {
    this.on = on;
    this.parts = parts;
    this.#name = name;
    this.#source = source;
    this.#samples = samples;
  }

  /** The function of two variables, given as a function, a term or text. Fails as `Chebyshev.of` does. */
  static of(source: Source, options: Chebyshev2Options = {}): Chebyshev2 {
    const { on = [[-1, 1], [-1, 1]], digits = 14, mostRank = 200 } = options; // oxfmt-ignore
    on.forEach(checkInterval);
    if (!(digits > 0 && digits <= 15))
      throw new Failure("usage", `${digits} digits cannot be had in double precision`, { hint: "Ask for 1 to 15." });
    if (!(mostRank >= 1)) throw new Failure("usage", `the greatest rank is at least 1, not ${mostRank}`);
    const pace = new Pace(options.budget ?? DEFAULT_BUDGET, options.signal);
    return new Cross(sampler(source, 2, options.variables), on, 10 ** -digits, mostRank, pace).build();
  }

  /** Number of products. */
  get rank(): number {
    return this.parts.weights.length;
  }

  /** Greatest degrees in x and y. */
  get degrees(): readonly [number, number] {
    const most = (series: readonly Float64Array[]): number => Math.max(1, ...series.map((c) => c.length)) - 1;
    return [most(this.parts.rows), most(this.parts.columns)];
  }

  /** The value at (x, y). Fails (domain) outside the rectangle. */
  at(x: number, y: number): number {
    const [s, t] = [local(this.on[0], x), local(this.on[1], y)];
    const { rows, columns, weights } = this.parts;
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * clenshaw(rows[k], s) * clenshaw(columns[k], t);
    return sum;
  }

  /** The integral over the rectangle. */
  integral(): number {
    const { rows, columns, weights } = this.parts;
    const area = this.on.reduce((size, [a, b]) => (size * (b - a)) / 2, 1);
    return weights.reduce((sum, weight, k) => sum + weight * total(rows[k]) * total(columns[k]), 0) * area;
  }

  /** The function of the other variable that is left when `variable` (0: x, 1: y) is integrated over its interval. */
  integrate(variable: 0 | 1): Chebyshev {
    const [a, b] = this.on[variable];
    return this.#slice(variable, (c) => (total(c) * (b - a)) / 2);
  }

  /** The function of y at a fixed x (variable 0), or of x at a fixed y (variable 1). */
  slice(variable: 0 | 1, at: number): Chebyshev {
    const t = local(this.on[variable], at);
    return this.#slice(variable, (c) => clenshaw(c, t));
  }

  #slice(variable: 0 | 1, number: (c: Float64Array) => number): Chebyshev {
    const { rows, columns, weights } = this.parts;
    const [gone, left] = variable === 0 ? [rows, columns] : [columns, rows];
    const sum = new Float64Array(Math.max(1, ...left.map((c) => c.length)));
    weights.forEach((weight, k) => {
      const factor = weight * number(gone[k]);
      left[k].forEach((c, j) => (sum[j] += factor * c));
    });
    return Chebyshev.fromCoefficients(sum, this.on[1 - variable]);
  }

  /** The partial derivative by `variable` (0: x, 1: y). */
  derivative(variable: 0 | 1): Chebyshev2 {
    const [a, b] = this.on[variable];
    const slope = (c: Float64Array): Float64Array => derived(c).map((each) => (2 * each) / (b - a));
    const { rows, columns, weights } = this.parts;
    const parts = variable === 0 ? { rows: rows.map(slope), columns, weights } : { rows, columns: columns.map(slope), weights }; // oxfmt-ignore
    return new Chebyshev2(this.on, parts, `a derivative of ${this.#name}`);
  }

  /** What is known about its accuracy, measured at random points; of derivatives nothing is claimed. */
  get evidence(): readonly Evidence[] {
    const [[a, b], [c, d]] = this.on;
    const statement = `${this.#name} on [${a}, ${b}] x [${c}, ${d}], rank ${this.rank}, degrees ${this.degrees.join(" and ")}`; // oxfmt-ignore
    if (!this.#source) return [{ statement, grade: "none", method: "made from another function" }];
    const worst = largestError(this.#source, this, 2);
    return [
      {
        statement: `${statement}: largest error met ${worst.toExponential(1)}`,
        grade: "sampled",
        bound: worst,
        unit: "absolute error",
        method: `compared with the function at ${MEASURED} random points`,
        measured: { rank: this.rank, samples: this.#samples, points: MEASURED },
      },
    ];
  }
}

/** Largest error met at random points of the rectangle. */
function largestError(source: Sampler, f: Chebyshev2, seed: number): number {
  const random = new Random(seed);
  const [x, y] = f.on.map(([a, b]) =>
    Float64Array.from({ length: MEASURED }, () => Math.min(b, a + (b - a) * random.next())),
  );
  return source.map(x, y).reduce((worst, wanted, i) => {
    const error = Math.abs(wanted - f.at(x[i], y[i]));
    return error <= worst ? worst : Number.isNaN(error) ? Infinity : error;
  }, 0);
}

/** A place in [-1, 1]. */
function local([a, b]: Range, x: number): number {
  if (!(x >= a && x <= b)) throw new Failure("domain", `${x} is not between ${a} and ${b}`);
  return (x - a - (b - x)) / (b - a);
}

/** The search: pivots, then slices. */
class Cross {
  readonly source: Sampler;
  readonly on: readonly [Range, Range];
  readonly tolerance: number;
  readonly mostRank: number;
  readonly pace: Pace;
  scale = 0;

  constructor(source: Sampler, on: readonly [Range, Range], tolerance: number, mostRank: number, pace: Pace) {
    this.source = source;
    this.on = on;
    this.tolerance = tolerance;
    this.mostRank = mostRank;
    this.pace = pace;
  }

  build(): Chebyshev2 {
    for (let n = LEAST_GRID; ; n *= 2) {
      const { pivots, small } = this.#pivots(n);
      const stop = this.pace.stop(4 * n * n);
      const last = 2 * n > MOST_GRID || stop !== undefined || pivots.length >= this.mostRank;
      if (!small && !last) continue;
      const { parts, resolved } = this.#slices(pivots, n, small ? MOST_SLICE : n);
      const found = new Chebyshev2(this.on, parts, this.source.name, this.source, this.pace.values);
      const fine = small && resolved && largestError(this.source, found, 1) <= 200 * this.tolerance * this.scale * Math.max(1, pivots.length); // oxfmt-ignore
      if (fine) return found;
      if (last) throw this.#failure(found, resolved, stop ?? this.pace.stop());
    }
  }

  #failure(found: Chebyshev2, resolved: boolean, stop: StopReason = DONE): NotResolved<Chebyshev2> {
    const why = resolved || found.rank >= this.mostRank || Math.max(...found.degrees) <= MOST_GRID ? `rank ${found.rank} on grids up to ${MOST_GRID} points does not reach the accuracy` : `slices of degree ${Math.max(...found.degrees)} are not resolved`; // oxfmt-ignore
    const reason: StopReason = stop === DONE ? { kind: "accuracy", detail: why } : stop;
    return new NotResolved(`${this.source.name} is not resolved: ${stop === DONE ? why : stop.detail}`, found, reason);
  }

  /** Values at the points (x_i, y_j), i fast. */
  #values(x: Float64Array, y: Float64Array): Float64Array {
    const [xs, ys] = [new Float64Array(x.length * y.length), new Float64Array(x.length * y.length)];
    for (let j = 0; j < y.length; j++) {
      xs.set(x, j * x.length);
      ys.fill(y[j], j * x.length, (j + 1) * x.length);
    }
    const values = this.source.map(xs, ys);
    this.pace.values += values.length;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new Failure("domain", `${this.source.name} has no finite value at (${xs[bad]}, ${ys[bad]})`, {
        hint: "Choose a rectangle on which it is finite.",
      });
    for (const value of values) this.scale = Math.max(this.scale, Math.abs(value));
    return values;
  }

  #grid(variable: 0 | 1, n: number): Float64Array {
    const [a, b] = this.on[variable];
    return chebyshevPoints(n).map((t) => (t === -1 ? a : t === 1 ? b : a / 2 + b / 2 + (b / 2 - a / 2) * t));
  }

  /** Indices of pivots on the grid of n intervals; `small` if they are few against it and nothing is left. */
  #pivots(n: number): { pivots: [number, number][]; small: boolean } {
    const m = n + 1;
    const rest = this.#values(this.#grid(0, n), this.#grid(1, n)).slice();
    const pivots: [number, number][] = [];
    const most = Math.min(this.mostRank, Math.floor(n / 2.8) + 1);
    for (;;) {
      let at = 0;
      for (let i = 1; i < rest.length; i++) if (Math.abs(rest[i]) > Math.abs(rest[at])) at = i;
      const size = Math.abs(rest[at]);
      if (size <= this.tolerance * this.scale || size === 0) return { pivots, small: true };
      if (pivots.length >= most) return { pivots, small: false };
      const [pi, pj] = [at % m, Math.floor(at / m)];
      pivots.push([pi, pj]);
      const row = rest.slice(pj * m, pj * m + m);
      const pivot = rest[at];
      for (let j = 0; j < m; j++) {
        const factor = rest[pi + m * j] / pivot;
        if (factor !== 0) for (let i = 0; i < m; i++) rest[i + m * j] -= factor * row[i];
      }
    }
  }

  /** Series of the slices through the pivots, after elimination, on grids of n to `most` intervals. */
  #slices(pivots: readonly [number, number][], n: number, most: number): { parts: Parts; resolved: boolean } {
    if (pivots.length === 0) return { parts: { rows: [], columns: [], weights: new Float64Array(0) }, resolved: true };
    const [x, y] = [this.#grid(0, n), this.#grid(1, n)];
    const [px, py] = [pivots.map(([i]) => x[i]), pivots.map(([, j]) => y[j])];
    const sizes: [number, number] = [n, n];
    for (;;) {
      const rows = this.#through(0, sizes[0], py);
      const columns = this.#through(1, sizes[1], px);
      const weights = this.#eliminate(rows, columns, pivots, [sizes[0] / n, sizes[1] / n]);
      const series = [rows, columns].map((list) => list.map((values) => toCoefficients(values)));
      const kept = series.map((list, side) => this.#kept(list, [columns, rows][side], weights));
      const parts = {
        rows: series[0].map((c) => c.slice(0, kept[0])),
        columns: series[1].map((c) => c.slice(0, kept[1])),
        weights,
      };
      const open = [0, 1].filter((side) => kept[side] === sizes[side] + 1);
      if (open.length === 0) return { parts, resolved: true };
      if (
        open.some((side) => 2 * sizes[side] > most) ||
        this.pace.stop(open.reduce((more, side) => more + sizes[side] * pivots.length, 0))
      )
        return { parts, resolved: false };
      for (const side of open) sizes[side] *= 2;
    }
  }

  /** Values along `variable` on a grid, at each of some places of the other. */
  #through(variable: 0 | 1, n: number, places: readonly number[]): Float64Array[] {
    const grid = this.#grid(variable, n);
    return places.map((place) => {
      const other = Float64Array.of(place);
      return variable === 0 ? this.#values(grid, other) : this.#values(other, grid);
    });
  }

  /** Elimination along the slices in place, as on the grid; returns 1 / pivot. */
  #eliminate(
    rows: Float64Array[],
    columns: Float64Array[],
    pivots: readonly [number, number][],
    [fx, fy]: readonly [number, number],
  ): Float64Array {
    // oxfmt-ignore
    return Float64Array.from(pivots, ([i, j], k) => {
      const pivot = rows[k][i * fx];
      for (let l = k + 1; l < pivots.length; l++) {
        const above = columns[k][pivots[l][1] * fy] / pivot;
        rows[k].forEach((value, at) => (rows[l][at] -= above * value));
        const beside = rows[k][pivots[l][0] * fx] / pivot;
        columns[k].forEach((value, at) => (columns[l][at] -= beside * value));
      }
      return columns[k][j * fy] === 0 ? 0 : 1 / pivot;
    });
  }

  /** How many coefficients of all series together count, each weighed by what it is multiplied with. */
  #kept(series: readonly Float64Array[], others: readonly Float64Array[], weights: Float64Array): number {
    const envelope = new Float64Array(series[0].length);
    series.forEach((c, k) => {
      const factor = Math.abs(weights[k]) * others[k].reduce((size, value) => Math.max(size, Math.abs(value)), 0);
      c.forEach((each, j) => (envelope[j] += Math.abs(each) * factor));
    });
    return chop(envelope, this.tolerance);
  }
}
