// The best polynomial whose coefficients are numbers of given formats. With the exponent of each coefficient's last bit fixed, such
// polynomials are points of a lattice, the minimax polynomial is a point beside it, and the weighted maximum error on a grid is the
// distance that counts: the lattice is reduced, its points near the minimax polynomial are enumerated by Euclidean distance, and
// the one of least maximum error is kept, then moved along short vectors while that helps. Coefficients that leave the binade of
// their guessed exponent start another round.
// Source of the lattice: Brisebarre and Chevillard 2007, "Efficient polynomial L-infinity approximations", ARITH 18. They take the
// nearest plane in the Euclidean norm; the search by the maximum norm beyond it is added here.
// Left out: proof that no other polynomial of the formats is better; subnormal coefficients of few bits are held to the format's grid.
import { Failure } from "../base/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { polynomialFamily } from "./families.ts";
import { enumerate, orthogonalised, reduceGram } from "./lattice.ts";
import { type Family, gridSize, minimax, type MinimaxProblem, sampledError } from "./minimax.ts";

/**
 * What a coefficient may be: bits of significand, a format by name (a double-double is the sum of two doubles: 107 bits), or multiples
 * of 2^last.
 */
export type CoefficientFormat = number | "f32" | "f64" | "double-double" | { readonly last: number };

export interface FpMinimaxOptions {
  /** One for all coefficients, or one each. */
  readonly formats: CoefficientFormat | readonly CoefficientFormat[];
  /** Terms whose coefficients are given: value times x^exponent. */
  readonly held?: readonly { readonly exponent: number; readonly value: BigFloat }[];
  /** Steps of the enumeration in each round; default 100,000. */
  readonly steps?: number;
  /** The minimax polynomial with free coefficients, if it is known. */
  readonly start?: readonly BigFloat[];
}

export interface FpMinimax {
  /** In the order of the exponents, exactly numbers of their formats. */
  readonly coefficients: readonly BigFloat[];
  /** Greatest weighted error, found by search: evidence of grade `sampled`. */
  readonly error: number;
  /** The same of the polynomial with free coefficients. */
  readonly free: number;
}

/** Bits of the significand (Infinity for fixed point), and the exponent of the least last bit. */
interface Shape {
  readonly bits: number;
  readonly last: number;
}

const NAMED: Readonly<Record<string, Shape>> = {
  f32: { bits: 24, last: -149 },
  f64: { bits: 53, last: -1074 },
  "double-double": { bits: 107, last: -1074 },
};

function shapeOf(format: CoefficientFormat): Shape {
  if (typeof format === "object") {
    if (!Number.isInteger(format.last)) throw new Failure("usage", `the last bit of a fixed-point format is a whole exponent, not ${format.last}`); // oxfmt-ignore
    return { bits: Infinity, last: format.last };
  }
  if (typeof format === "string" && Object.hasOwn(NAMED, format)) return NAMED[format];
  if (typeof format !== "number" || !Number.isInteger(format) || format < 1 || format > 4096)
    throw new Failure("usage", `a coefficient's format is a number of bits from 1 to 4096, f32, f64, double-double or { last }, not ${String(format)}`); // oxfmt-ignore
  return { bits: format, last: -(2 ** 30) };
}

/** Rounds of guessed exponents, at most. */
const ROUNDS = 8;
const STEPS = 100_000;
/** Vectors and gains below this share of the free error are of no account; sweeps over all pairs, at most. */
const FINEST = 2 ** -11;
const SWEEPS = 100;
/** Points from which the search descends. */
const STARTS = 6;
/** Of vectors whose orthogonal part is below this share of the free error, the enumeration takes the nearest multiple alone. */
const FINE = 0.02;

/** Coefficients of sum c_j x^(exponents[j]) in the formats, of least weighted maximum error as far as the search goes. */
export function fpminimax(problem: MinimaxProblem, exponents: readonly number[], options: FpMinimaxOptions): FpMinimax {
  const { formats, held = [], steps = STEPS } = options;
  const n = exponents.length;
  const list = Array.isArray(formats) ? (formats as readonly CoefficientFormat[]) : exponents.map(() => formats as CoefficientFormat); // oxfmt-ignore
  if (list.length !== n) throw new Failure("usage", `${n} coefficients need ${n} formats, not ${list.length}`);
  if (held.some(({ exponent }) => exponents.includes(exponent)))
    throw new Failure("usage", "a coefficient is held or free, not both");
  const shapes = list.map(shapeOf);
  const wide = Math.max(...shapes.map(({ bits }) => (bits === Infinity ? 0 : bits)));
  if (wide + 64 > problem.precision)
    throw new Failure("usage", `coefficients of ${wide} bits need a problem with a precision of ${wide + 64} bits or more, not ${problem.precision}`); // oxfmt-ignore
  const family = polynomialFamily(exponents, held.length === 0 ? undefined : (x, p) => heldSum(held, x, p));
  const start = options.start ?? minimax(problem, family).parameters;
  const free = sampledError(problem, family, start);
  let lasts = start.map((c, j) => lastBit(c, shapes[j]));
  let best: { coefficients: readonly BigFloat[]; error: number } | undefined;
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const key = lasts.join(" ");
    if (seen.has(key)) break;
    seen.add(key);
    const found = new Round(problem, family, start, lasts, shapes, free).search(steps);
    if (found.valid !== undefined) {
      const error = sampledError(problem, family, found.valid);
      if (best === undefined || error < best.error) best = { coefficients: found.valid, error };
    }
    lasts = found.any.map((c, j) => (F.isZero(c) ? lasts[j] : lastBit(c, shapes[j])));
  }
  if (best === undefined) {
    // Every point looked at had a coefficient of too many bits.
    const coefficients = start.map((c, j) => onGrid(c, lastBit(c, shapes[j])));
    best = { coefficients, error: sampledError(problem, family, coefficients) };
  }
  return { ...best, free };
}

function heldSum(held: NonNullable<FpMinimaxOptions["held"]>, x: BigFloat, p: number): BigFloat {
  let sum = F.zero(p);
  for (const { exponent, value } of held) {
    let power = value;
    for (let k = 0; k < exponent; k++) power = F.multiply(power, x, p);
    sum = F.add(sum, power, p);
  }
  return sum;
}

/** Exponent of the last bit of numbers around c. */
function lastBit(c: BigFloat, { bits, last }: Shape): number {
  if (bits === Infinity || F.isZero(c)) return last < -(2 ** 20) ? -1074 : last;
  return Math.max(c.top - bits, last);
}

/** c as a whole multiple of 2^last. */
const whole = (c: BigFloat, last: number): bigint => F.floorInteger(F.add(F.scale(c, -last), F.fromNumber(0.5, 8)));
const multiple = (m: bigint, last: number): BigFloat => {
  const size = Math.max(1, (m < 0n ? -m : m).toString(2).length);
  return F.scale(F.fromInteger(m, size), last);
};
const onGrid = (c: BigFloat, last: number): BigFloat => multiple(whole(c, last), last);

/** One choice of exponents. Vectors hold values at the points of the grid, weighted, in units of the free error (or of the coarsest step). */
class Round {
  readonly #lasts: readonly number[];
  readonly #shapes: readonly Shape[];
  /** Rows: reduced vectors in multiples of the steps 2^last. */
  readonly #rows: readonly (readonly bigint[])[];
  readonly #vectors: readonly Float64Array[];
  /** Whole coordinates (in steps) of the lattice point from which z counts. */
  readonly #origin: readonly bigint[];
  /** Where the minimax polynomial lies from the origin, in reduced vectors. */
  readonly #at: Float64Array;
  /** Weighted error of the origin. */
  readonly #error: Float64Array;

  constructor(
    problem: MinimaxProblem,
    family: Family,
    start: readonly BigFloat[],
    lasts: readonly number[],
    shapes: readonly Shape[],
    free: number,
  ) {
    const n = start.length;
    const p = problem.precision;
    this.#lasts = lasts;
    this.#shapes = shapes;
    const places = problem.grid(gridSize(n)).filter(({ w }) => !F.isZero(w));
    // Values of one step of each coefficient, as whole numbers of 2^-unit.
    const columns = places.map(({ x, w }) =>
      family.evaluate(start, x, p)!.slopes.map((s, j) => F.scale(F.multiply(s, w, p), lasts[j])),
    );
    const tops = lasts.map((_, j) => Math.max(...columns.map((c) => (F.isZero(c[j]) ? -Infinity : c[j].top))));
    const unit = 64 + 4 * n - Math.min(...tops);
    const values = lasts.map((_, j) => columns.map((c) => whole(c[j], -unit)));
    const dot = (a: readonly bigint[], b: readonly bigint[]): bigint => a.reduce((sum, v, i) => sum + v * b[i], 0n);
    this.#rows = reduceGram(values.map((x) => values.map((y) => dot(x, y))));
    // Doubles in units of `scale`: the free error where there is one.
    const scale = free > 0 ? free : 2 ** Math.min(...tops);
    const inUnits = (v: bigint): number => F.toNumber(F.scale(F.fromInteger(v, 64), -unit)) / scale;
    this.#vectors = this.#rows.map((row) =>
      Float64Array.from(places, (_, g) => inUnits(row.reduce((sum, m, j) => sum + m * values[j][g], 0n))),
    );
    const { origin, at } = coordinates(this.#rows, start, lasts, p);
    this.#at = at;
    this.#origin = origin;
    const own = origin.map((m, j) => multiple(m, lasts[j]));
    this.#error = Float64Array.from(places, (place) => F.toNumber(problem.error(family, own, place)!) / scale);
  }

  /** The best points: of those that are numbers of the formats, and of all. */
  search(steps: number): { valid: readonly BigFloat[] | undefined; any: readonly BigFloat[] } {
    const n = this.#rows.length;
    const size = this.#error.length;
    const basis = orthogonalised(this.#vectors);
    let valid = { z: new Float64Array(n), error: Infinity, found: false };
    let any = { z: new Float64Array(n), error: Infinity };
    const visit = (z: Float64Array): void => {
      const error = this.#greatest(z, valid.error);
      if (error < any.error) any = { z: Float64Array.from(z), error };
      if (error < valid.error && this.#fits(z)) valid = { z: Float64Array.from(z), error, found: true };
    };
    // The best points on the way are where the descents begin.
    const starts: { z: Float64Array; error: number }[] = [];
    const enumerated = (z: Float64Array): void => {
      visit(z);
      const error = this.#greatest(z, starts.length < STARTS ? Infinity : starts[STARTS - 1].error);
      if (error === Infinity) return;
      // Larger radii meet the points of smaller ones again.
      if (starts.some((each) => each.error === error)) return;
      starts.push({ z: Float64Array.from(z), error });
      starts.sort((a, b) => a.error - b.error);
      starts.splice(STARTS);
    };
    // Babai's point tells the scale; the radius then grows until the steps are spent or nothing farther can be better.
    let first: number | undefined;
    enumerate(basis, this.#at, { most: Infinity, steps: n }, (z, distance) => {
      visit(z);
      first ??= distance;
    });
    const fine = size * FINE ** 2;
    let radius = Math.max(1.2 * (first ?? 0), fine);
    for (let left = steps; left > 0;) {
      // |q - p*| <= |q - f| + |p* - f|, and a maximum is no less than a root of the mean square.
      const enough = size * (valid.error + 1) ** 2;
      const seen = enumerate(basis, this.#at, { most: Math.min(radius, enough), steps: left, fine }, enumerated);
      left = seen.left - 1;
      if (!seen.all || radius >= enough) break;
      radius *= 1.25;
    }
    for (const { z } of starts) this.#descend(z, visit);
    if (valid.found) this.#descend(valid.z, visit);
    return { valid: valid.found ? this.#point(valid.z) : undefined, any: this.#point(any.z) };
  }

  /** Multiples of single vectors and of pairs, of a size that halves when none is better. */
  #descend(from: Float64Array, visit: (z: Float64Array) => void): void {
    const n = from.length;
    const sizes = this.#vectors.map((v) => v.reduce((most, y) => Math.max(most, Math.abs(y)), 0));
    let here = Float64Array.from(from);
    let level = this.#greatest(here, Infinity);
    let next = here;
    const look = (z: Float64Array): void => {
      const error = this.#greatest(z, level);
      if (!(error < level)) return;
      visit(z);
      [level, next] = [error, Float64Array.from(z)];
    };
    // Vectors longer than the size are tried once at every size: they are few steps away or none.
    for (let size = level, sweeps = 0; size > FINEST && sweeps < SWEEPS; sweeps++) {
      const before = level;
      const strides = sizes.map((each) => Math.max(1, Math.round(size / each)));
      for (let i = 0; i < n; i++)
        for (const a of [-strides[i], strides[i]]) {
          const one = Float64Array.from(here);
          one[i] += a;
          look(one);
          for (let j = 0; j < i; j++)
            for (const b of [-strides[j], strides[j]]) {
              const two = Float64Array.from(one);
              two[j] += b;
              look(two);
            }
        }
      here = next;
      if (level > before * (1 - FINEST)) size /= 2;
    }
  }

  /** Greatest error on the grid, or Infinity if it reaches `limit`. */
  #greatest(z: Float64Array, limit: number): number {
    let most = 0;
    for (let g = 0; g < this.#error.length; g++) {
      let e = this.#error[g];
      for (let i = 0; i < z.length; i++) if (z[i] !== 0) e += z[i] * this.#vectors[i][g];
      e = Math.abs(e);
      if (e > most) {
        if (e >= limit) return Infinity;
        most = e;
      }
    }
    return most;
  }

  #point(z: Float64Array): BigFloat[] {
    return this.#lasts.map((last, j) => multiple(this.#coordinate(z, j), last));
  }

  /** Doubles tell, except beside a power of two. */
  #fits(z: Float64Array): boolean {
    return this.#shapes.every(({ bits }, j) => {
      let m = Number(this.#origin[j]);
      this.#rows.forEach((row, i) => (m += z[i] * Number(row[j])));
      return Math.abs(m) < 2 ** bits * (1 - 2 ** -40) || bits === Infinity || isNumber(this.#coordinate(z, j), bits);
    });
  }

  #coordinate(z: Float64Array, j: number): bigint {
    return this.#rows.reduce((sum, row, i) => sum + BigInt(z[i]) * row[j], this.#origin[j]);
  }
}

const isNumber = (m: bigint, bits: number): boolean => {
  const c = exactly(m);
  return F.isZero(c) || F.equal(F.round(c, bits), c);
};

/** The lattice point beside the polynomial in each reduced coordinate, and where the polynomial lies from it. */
function coordinates(
  rows: readonly (readonly bigint[])[],
  start: readonly BigFloat[],
  lasts: readonly number[],
  p: number,
): { origin: bigint[]; at: Float64Array } {
  const n = rows.length;
  const inverse = unimodularInverse(rows);
  // The polynomial is sum_j m_j (step j), and step j = sum_i inverse[j][i] (reduced i).
  const m = start.map((c, j) => F.scale(c, -lasts[j]));
  const origin = Array.from({ length: n }, () => 0n);
  const at = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let c = F.zero(p);
    for (let j = 0; j < n; j++) c = F.add(c, F.multiply(m[j], exactly(inverse[j][i]), 2 * p), 2 * p);
    const near = whole(c, 0);
    at[i] = F.toNumber(F.subtract(c, exactly(near), 2 * p));
    rows[i].forEach((v, j) => (origin[j] += near * v));
  }
  return { origin, at };
}

const exactly = (n: bigint): BigFloat => F.fromInteger(n, Math.max(1, (n < 0n ? -n : n).toString(2).length));

/** The inverse of a matrix of whole numbers with determinant +-1, by elimination without fractions (Bareiss 1968). */
function unimodularInverse(rows: readonly (readonly bigint[])[]): bigint[][] {
  const n = rows.length;
  const a = rows.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1n : 0n))]);
  let before = 1n;
  for (let k = 0; k < n; k++) {
    const pivot = a.findIndex((row, i) => i >= k && row[k] !== 0n);
    [a[k], a[pivot]] = [a[pivot], a[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const [head, factor] = [a[k][k], a[i][k]];
      for (let j = 0; j < 2 * n; j++) a[i][j] = (head * a[i][j] - factor * a[k][j]) / before;
    }
    before = a[k][k];
  }
  return a.map((row) => row.slice(n).map((v) => v / before));
}
