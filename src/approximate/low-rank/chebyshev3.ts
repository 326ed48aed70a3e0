// A function of three variables on a box in Chebyshev-Tucker form: the coefficient tensor of its Chebyshev interpolant, compressed to
// a small core and three sets of Chebyshev series, sum g_ijk u_i(x) v_j(y) w_k(z). It is evaluated anywhere, without a mesh
// (Hashemi, Trefethen 2017, "Chebfun in three dimensions"; Benner, Khoromskij, Khoromskaia, Sun 2025, "A mesh-free hybrid
// Chebyshev-Tucker tensor format with applications to multi-particle modelling"). Sums of products of functions of one variable
// need no tensor at all: `ofProducts`. Left out: pieces; grids of more than 129 points a direction; arithmetic.
import { type Budget, Failure, Random, type StopReason } from "../../base/index.ts";
import type { Evidence } from "../../evidence/index.ts";
import { Chebyshev } from "../chebyshev/chebyshev.ts";
import { clenshaw, derived, total } from "../chebyshev/coefficients.ts";
import { checkInterval } from "../chebyshev/construct.ts";
import { chebyshevPoints, toCoefficients } from "../chebyshev/transform.ts";
import { NotResolved } from "../not-resolved.ts";
import { Pace } from "../pace.ts";
import { type Sampler, sampler, type Source } from "../source.ts";
import type { Range } from "./chebyshev2.ts";
import { type Matrix, matrix } from "./dense.ts";
import { type Tensor, type Tucker, tucker, tuckerOfProducts, type TuckerOptions } from "./tucker.ts";

export type Box = readonly [Range, Range, Range];
type Mode = 0 | 1 | 2;

export interface Chebyshev3Options {
  /** Intervals of x, y and z; default [-1, 1] each. */
  readonly on?: Box;
  /** Names of the variables of a term in the order x, y, z. */
  readonly variables?: readonly [string, string, string];
  /** Decimal digits relative to the largest value; default 10. */
  readonly digits?: number;
  /** Tucker ranks, instead of those that the digits need. */
  readonly ranks?: readonly [number, number, number];
  /** Greatest degree a direction, a power of two; default 64. */
  readonly mostDegree?: number;
  /** Rounds of alternating least squares after the singular value decomposition; default 2. */
  readonly sweeps?: number;
  /** Default 30 s. */
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

/** weight f(x) g(y) h(z). */
export interface Product {
  readonly weight: number;
  readonly factors: readonly [Chebyshev, Chebyshev, Chebyshev];
}

const LEAST_DEGREE = 16;
/** Coefficients at the end of each direction that must be negligible. */
const CLEAR = 3;
const PROBES = 20;
const MOST_DEGREE = 128;
const MODES: readonly Mode[] = [0, 1, 2];
const MEASURED = 500;
const UNIT_BOX: Box = [[-1, 1], [-1, 1], [-1, 1]]; // oxfmt-ignore
const DEFAULT_BUDGET: Budget = { time_ms: 30_000 };

export class Chebyshev3 {
  readonly on: Box;
  readonly core: Tensor;
  /** Series of each direction, as many as its rank. */
  readonly series: readonly [readonly Float64Array[], readonly Float64Array[], readonly Float64Array[]];
  /** Singular values of the coefficient tensor's unfoldings, descending: how the error falls with the rank. */
  readonly singular: Tucker["singular"];
  readonly #name: string;
  readonly #source?: Sampler;

  private constructor(
    on: Box,
    core: Tensor,
    series: Chebyshev3["series"],
    singular: Tucker["singular"],
    name: string,
    source?: Sampler,
  ) {
    // oxfmt-ignore
    this.on = on;
    this.core = core;
    this.series = series;
    this.singular = singular;
    this.#name = name;
    this.#source = source;
  }

  /** The function of three variables, given as a function, a term or text. Fails as `Chebyshev.of` does. */
  static of(source: Source, options: Chebyshev3Options = {}): Chebyshev3 {
    const { on = UNIT_BOX, digits = 10, mostDegree = 64, ranks, sweeps } = options;
    on.forEach(checkInterval);
    const tolerance = checkDigits(digits);
    if (!(mostDegree >= LEAST_DEGREE && mostDegree <= MOST_DEGREE))
      throw new Failure("usage", `the greatest degree is from ${LEAST_DEGREE} to ${MOST_DEGREE}, not ${mostDegree}`);
    const pace = new Pace(options.budget ?? DEFAULT_BUDGET, options.signal);
    const sampled = sampler(source, 3, options.variables);
    const { coefficients, open, stop } = interpolated(sampled, on, tolerance / 10, mostDegree, pace);
    const form = tucker(coefficients, { tolerance: tolerance / 10, ranks, sweeps });
    const result = Chebyshev3.#of(on, form, sampled.name, sampled);
    if (open.length === 0) return result;
    const why = stop?.detail ?? `degree ${Math.max(...coefficients.shape) - 1} in ${open.map((mode) => "xyz"[mode]).join(", ")} does not reach the accuracy`; // oxfmt-ignore
    throw new NotResolved(`${sampled.name} is not resolved: ${why}`, result, stop ?? { kind: "accuracy", detail: why });
  }

  /** A sum of products of functions of one variable, each on its interval of the box; no tensor of the full size is made. */
  static ofProducts(
    products: readonly Product[],
    options: Pick<Chebyshev3Options, "digits"> & Pick<TuckerOptions, "ranks" | "sweeps"> = {},
  ): Chebyshev3 {
    // oxfmt-ignore
    const [first] = products;
    if (!first) throw new Failure("usage", "a sum of products has at least one");
    const on = first.factors.map((factor) => factor.on) as unknown as Box;
    for (const { factors } of products)
      factors.forEach((factor, mode) => {
        if (factor.pieces.length > 1) throw new Failure("unsupported", "a factor in pieces", { hint: "Use factors of one polynomial." }); // oxfmt-ignore
        if (factor.on[0] !== on[mode][0] || factor.on[1] !== on[mode][1])
          throw new Failure("usage", `a factor on [${factor.on.join(", ")}] in a box of [${on[mode].join(", ")}]`);
      });
    const sides = MODES.map((mode) => {
      const columns = products.map(({ factors }) => factors[mode].pieces[0].coefficients);
      return matrix(Math.max(...columns.map((c) => c.length)), columns.length, (i, j) => columns[j][i] ?? 0);
    }) as unknown as readonly [Matrix, Matrix, Matrix];
    const { digits = 10, ranks, sweeps } = options;
    const weights = products.map(({ weight }) => weight);
    const form = tuckerOfProducts(sides, weights, { tolerance: checkDigits(digits) / 10, ranks, sweeps });
    return Chebyshev3.#of(on, form, `a sum of ${products.length} products`);
  }

  static #of(on: Box, { core, factors, singular }: Tucker, name: string, source?: Sampler): Chebyshev3 {
    const series = factors.map(({ rows, columns, data }) =>
      Array.from({ length: columns }, (_, j) => data.slice(rows * j, rows * (j + 1))),
    ) as unknown as Chebyshev3["series"];
    return new Chebyshev3(on, core, series, singular, name, source);
  }

  /** The best of smaller ranks that some rounds of alternating least squares on the core find. */
  withRanks(ranks: readonly [number, number, number], sweeps = 2): Chebyshev3 {
    const { core, factors } = tucker(this.core, { ranks, sweeps });
    const series = this.series.map((list, mode) => {
      const { rows, columns, data } = factors[mode];
      return Array.from({ length: columns }, (_, j) =>
        list[0].map((_each, i) => list.reduce((sum, c, l) => sum + c[i] * data[l + rows * j], 0)),
      );
    }) as unknown as Chebyshev3["series"];
    return new Chebyshev3(this.on, core, series, this.singular, this.#name, this.#source);
  }

  /** Tucker ranks. */
  get ranks(): readonly [number, number, number] {
    return this.core.shape;
  }

  /** Greatest degree of each direction. */
  get degrees(): readonly [number, number, number] {
    return this.series.map((list) => list[0].length - 1) as unknown as [number, number, number];
  }

  /** The value at (x, y, z). Fails (domain) outside the box. */
  at(x: number, y: number, z: number): number {
    const values = [x, y, z].map((place, mode) => {
      const [a, b] = this.on[mode];
      if (!(place >= a && place <= b)) throw new Failure("domain", `${place} is not between ${a} and ${b}`);
      const t = (place - a - (b - place)) / (b - a);
      return Float64Array.from(this.series[mode], (c) => clenshaw(c, t));
    });
    return contracted(this.core, values);
  }

  /** The integral over the box. */
  integral(): number {
    const values = MODES.map((mode) => {
      const [a, b] = this.on[mode];
      return Float64Array.from(this.series[mode], (c) => (total(c) * (b - a)) / 2);
    });
    return contracted(this.core, values);
  }

  /** The partial derivative by `variable` (0: x, 1: y, 2: z). */
  derivative(variable: Mode): Chebyshev3 {
    const [a, b] = this.on[variable];
    const slopes = this.series[variable].map((c) => derived(c).map((each) => (2 * each) / (b - a)));
    const series = this.series.with(variable, slopes) as unknown as Chebyshev3["series"];
    return new Chebyshev3(this.on, this.core, series, this.singular, `a derivative of ${this.#name}`);
  }

  /** What is known about its accuracy, measured at random points; of derivatives and sums of products nothing is claimed. */
  get evidence(): readonly Evidence[] {
    const statement = `${this.#name} on ${this.on.map(([a, b]) => `[${a}, ${b}]`).join(" x ")}, ranks ${this.ranks.join(", ")}, degrees ${this.degrees.join(", ")}`; // oxfmt-ignore
    if (!this.#source) return [{ statement, grade: "none", method: "made from other functions" }];
    const random = new Random(1);
    const [x, y, z] = this.on.map(([a, b]) =>
      Float64Array.from({ length: MEASURED }, () => Math.min(b, a + (b - a) * random.next())),
    );
    const worst = this.#source.map(x, y, z).reduce((most, wanted, i) => {
      const error = Math.abs(wanted - this.at(x[i], y[i], z[i]));
      return error <= most ? most : Number.isNaN(error) ? Infinity : error;
    }, 0);
    return [
      {
        statement: `${statement}: largest error met ${worst.toExponential(1)}`,
        grade: "sampled",
        bound: worst,
        unit: "absolute error",
        method: `compared with the function at ${MEASURED} random points`,
        measured: { points: MEASURED, rank: Math.max(...this.ranks), degree: Math.max(...this.degrees) },
      },
    ];
  }
}

function checkDigits(digits: number): number {
  if (!(digits > 0 && digits <= 14))
    throw new Failure("usage", `${digits} digits cannot be had in double precision`, { hint: "Ask for 1 to 14." });
  return 10 ** -digits;
}

/** sum g_ijk a_i b_j c_k. */
function contracted({ shape, data }: Tensor, [a, b, c]: readonly Float64Array[]): number {
  const [n1, n2, n3] = shape;
  let sum = 0;
  for (let k = 0; k < n3; k++)
    for (let j = 0; j < n2; j++) {
      let inner = 0;
      for (let i = 0, at = n1 * (j + n2 * k); i < n1; i++) inner += data[at + i] * a[i];
      sum += inner * b[j] * c[k];
    }
  return sum;
}

/**
 * The coefficient tensor, its directions doubled until the last coefficients of each are below the tolerance, and cut there; `open` lists
 * those that have not fallen so far. Random points must agree before a grid counts as fine enough.
 */
function interpolated(
  source: Sampler,
  on: Box,
  tolerance: number,
  most: number,
  pace: Pace,
): { coefficients: Tensor; open: Mode[]; stop?: StopReason } {
  // oxfmt-ignore
  const sizes: [number, number, number] = [LEAST_DEGREE, LEAST_DEGREE, LEAST_DEGREE];
  for (;;) {
    const { coefficients, scale } = coefficientsOf(source, on, sizes);
    pace.values += coefficients.data.length;
    const kept = MODES.map((mode) => {
      const tails = envelope(coefficients, mode);
      return Math.max(1, tails.findLastIndex((tail) => tail > tolerance * scale) + 1);
    }) as [number, number, number];
    let open = MODES.filter((mode) => kept[mode] > sizes[mode] + 1 - CLEAR);
    if (open.length === 0 && !agrees(source, on, coefficients, 1000 * tolerance * scale)) open = [...MODES];
    if (open.length === 0) return { coefficients: cut(coefficients, kept), open };
    const stuck = open.some((mode) => 2 * sizes[mode] > most);
    const stop = stuck ? undefined : pace.stop(2 ** open.length * coefficients.data.length);
    if (stuck || stop) return { coefficients: cut(coefficients, kept), open, stop };
    for (const mode of open) sizes[mode] *= 2;
  }
}

/** Is the interpolant within `allowed` of the function at random points? */
function agrees(source: Sampler, on: Box, coefficients: Tensor, allowed: number): boolean {
  const random = new Random(3);
  for (let i = 0; i < PROBES; i++) {
    const place = on.map(() => 2 * random.next() - 1);
    const x = on.map(([a, b], mode) => a / 2 + b / 2 + (b / 2 - a / 2) * place[mode]);
    const polynomials = place.map((t, mode) => {
      const values = Float64Array.of(1, t);
      return Float64Array.from({ length: coefficients.shape[mode] }, (_, k) => {
        if (k > 1) [values[0], values[1]] = [values[1], 2 * t * values[1] - values[0]];
        return values[Math.min(k, 1)];
      });
    });
    if (!(Math.abs(contracted(coefficients, polynomials) - source.at(...x)) <= allowed)) return false;
  }
  return true;
}

function coefficientsOf(
  source: Sampler,
  on: Box,
  sizes: readonly [number, number, number],
): { coefficients: Tensor; scale: number } {
  const shape = sizes.map((n) => n + 1) as [number, number, number];
  const [n1, n2, n3] = shape;
  const grids = on.map(([a, b], mode) => chebyshevPoints(sizes[mode]).map((t) => (t === -1 ? a : t === 1 ? b : a / 2 + b / 2 + (b / 2 - a / 2) * t))); // oxfmt-ignore
  const points = [0, 1, 2].map(() => new Float64Array(n1 * n2 * n3));
  for (let k = 0, at = 0; k < n3; k++)
    for (let j = 0; j < n2; j++, at += n1) {
      points[0].set(grids[0], at);
      points[1].fill(grids[1][j], at, at + n1);
      points[2].fill(grids[2][k], at, at + n1);
    }
  const data = source.map(...points).slice();
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new Failure("domain", `${source.name} has no finite value at (${points.map((list) => list[bad]).join(", ")})`, { hint: "Choose a box on which it is finite." }); // oxfmt-ignore
  const scale = data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  // Fibre by fibre along each direction.
  for (const mode of MODES) {
    const n = shape[mode];
    const stride = mode === 0 ? 1 : mode === 1 ? n1 : n1 * n2;
    const fibre = new Float64Array(n);
    for (let start = 0; start < data.length; start++) {
      if (Math.floor(start / stride) % n !== 0) continue;
      for (let i = 0; i < n; i++) fibre[i] = data[start + i * stride];
      const c = toCoefficients(fibre);
      for (let i = 0; i < n; i++) data[start + i * stride] = c[i];
    }
  }
  return { coefficients: { shape, data }, scale };
}

/** Largest absolute coefficient of each index of a direction. */
function envelope({ shape, data }: Tensor, mode: Mode): Float64Array {
  const [n1, n2] = shape;
  const stride = mode === 0 ? 1 : mode === 1 ? n1 : n1 * n2;
  const most = new Float64Array(shape[mode]);
  for (let at = 0; at < data.length; at++) {
    const i = Math.floor(at / stride) % shape[mode];
    most[i] = Math.max(most[i], Math.abs(data[at]));
  }
  return most;
}

function cut({ shape, data }: Tensor, kept: [number, number, number]): Tensor {
  const [n1, n2] = shape;
  const [m1, m2, m3] = kept;
  const result = new Float64Array(m1 * m2 * m3);
  for (let k = 0; k < m3; k++)
    for (let j = 0; j < m2; j++)
      result.set(data.subarray(n1 * (j + n2 * k), n1 * (j + n2 * k) + m1), m1 * (j + m2 * k));
  return { shape: kept, data: result };
}
