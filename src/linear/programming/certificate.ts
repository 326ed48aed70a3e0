// Proofs about linear programs, in rational numbers: that a basis is optimal (its vertex is feasible, its reduced costs have the right
// signs), that no point is feasible (Farkas' lemma: a combination of the equations that the bounds contradict), that the objective has
// no bound (a direction that stays feasible and improves it). A proof that is not found within the work allowed is `undefined` or false.
// Source: Chvatal, Linear Programming (1983), chapters 5, 8, 9; exact bases as in Applegate, Cook, Dash, Espinoza (2007).
import { Q, type Rational } from "../../number/index.ts";
import { solveRational } from "./rational-elimination.ts";
import type { LinearProgram } from "./program.ts";

/** Which columns and rows (slacks) are basic, and where the others stand: 0 at the lower bound, 1 basic, 2 at the upper bound, 3 at zero. */
export interface Basis {
  readonly colStatus: ArrayLike<number>;
  readonly rowStatus: ArrayLike<number>;
}

const BASIC = 1;

export interface Vertex {
  /** Rounded from exact values. */
  readonly x: Float64Array;
  readonly duals: Float64Array;
  readonly reducedCosts: Float64Array;
  readonly objective: number;
  /** How far `objective` is from the exact optimum: its rounding. */
  readonly error: number;
}

/** The vertex of a basis, if it is optimal. */
export function vertex(program: LinearProgram, { colStatus, rowStatus }: Basis): Vertex | undefined {
  const { columns, right, lower, upper, cost, sense } = program;
  const [m, n] = [right.length, columns.length];
  const basic: number[] = [];
  const x: Rational[] = new Array<Rational>(n).fill(0);
  const rest = Array.from({ length: m }, (_, i) => Q.fromNumber(right[i]));
  for (let j = 0; j < n; j++) {
    if (colStatus[j] === BASIC) {
      basic.push(j);
      continue;
    }
    const at =
      colStatus[j] === 0 ? lower[j] : colStatus[j] === 2 ? upper[j] : Math.min(Math.max(0, lower[j]), upper[j]);
    if (!Number.isFinite(at)) return undefined;
    x[j] = Q.fromNumber(at);
    if (at !== 0)
      columns[j].rows.forEach((row, k) => {
        rest[row] = Q.subtract(rest[row], Q.multiply(Q.fromNumber(columns[j].values[k]), x[j]));
      });
  }
  const byRow: Map<number, Rational>[] = Array.from({ length: m }, () => new Map());
  basic.forEach((j, k) => columns[j].rows.forEach((row, e) => byRow[row].set(k, Q.fromNumber(columns[j].values[e]))));
  const primal = solveRational(byRow, rest, basic.length);
  if (primal === undefined) return undefined;
  basic.forEach((j, k) => (x[j] = primal[k]));
  const above = (value: Rational, bound: number): boolean =>
    bound === -Infinity || (bound !== Infinity && Q.compare(value, Q.fromNumber(bound)) >= 0);
  const below = (value: Rational, bound: number): boolean =>
    bound === Infinity || (bound !== -Infinity && Q.compare(value, Q.fromNumber(bound)) <= 0);
  if (basic.some((j) => !above(x[j], lower[j]) || !below(x[j], upper[j]))) return undefined;

  const place = new Map<number, number>();
  for (let i = 0; i < m; i++) if (rowStatus[i] !== BASIC) place.set(i, place.size);
  const transposed = basic.map((j) => {
    const row = new Map<number, Rational>();
    columns[j].rows.forEach((i, k) => {
      const at = place.get(i);
      if (at !== undefined) row.set(at, Q.fromNumber(columns[j].values[k]));
    });
    return row;
  });
  const dual = solveRational(
    transposed,
    basic.map((j) => Q.fromNumber(cost[j])),
    place.size,
  );
  if (dual === undefined) return undefined;
  const y: Rational[] = Array.from({ length: m }, (_, i) => (place.has(i) ? dual[place.get(i)!] : 0));
  const reduced = combine(program, y).map((value, j) => Q.subtract(Q.fromNumber(cost[j]), value));
  for (let j = 0; j < n; j++) {
    // What the objective gains if x[j] grows.
    const gain = sense === "maximize" ? Q.sign(reduced[j]) : -Q.sign(reduced[j]);
    const mayGrow = upper[j] === Infinity || Q.compare(x[j], Q.fromNumber(upper[j])) < 0;
    const mayFall = lower[j] === -Infinity || Q.compare(x[j], Q.fromNumber(lower[j])) > 0;
    if ((gain > 0 && mayGrow) || (gain < 0 && mayFall)) return undefined;
  }
  const best = dot(
    x,
    Array.from({ length: n }, (_, j) => Q.fromNumber(cost[j])),
  );
  const objective = Q.toNumber(best);
  const error = Q.absolute(Q.subtract(best, Q.fromNumber(objective)));
  return {
    x: Float64Array.from(x, Q.toNumber),
    duals: Float64Array.from(y, Q.toNumber),
    reducedCosts: Float64Array.from(reduced, Q.toNumber),
    objective,
    // Rounded up.
    error: Q.sign(error) === 0 ? 0 : Q.toNumber(error) * (1 + 2 ** -50),
  };
}

/** y A, by columns. */
function combine({ columns }: LinearProgram, y: readonly Rational[]): Rational[] {
  return columns.map(({ rows, values }) =>
    rows.reduce<Rational>((sum, row, k) => {
      return Q.sign(y[row]) === 0 ? sum : Q.add(sum, Q.multiply(y[row], Q.fromNumber(values[k])));
    }, 0),
  );
}

function dot(a: readonly Rational[], b: readonly Rational[]): Rational {
  return a.reduce<Rational>(
    (sum, value, i) => (Q.sign(value) === 0 || Q.sign(b[i]) === 0 ? sum : Q.add(sum, Q.multiply(value, b[i]))),
    0,
  );
}

/** Does y A x = y b contradict the bounds of x? `ray` is y, or close to it. */
export function provesInfeasible(program: LinearProgram, ray: ArrayLike<number>): boolean {
  const { lower, upper, right } = program;
  return simplest(ray).some((y) => {
    const wanted = dot(
      y,
      Array.from({ length: right.length }, (_, i) => Q.fromNumber(right[i])),
    );
    const weights = combine(program, y);
    // The least and the greatest value of y A x; undefined: without end.
    const end = (greatest: boolean): Rational | undefined => {
      let sum: Rational = 0;
      for (let j = 0; j < weights.length; j++) {
        const sign = Q.sign(weights[j]);
        if (sign === 0) continue;
        const at = sign > 0 === greatest ? upper[j] : lower[j];
        if (!Number.isFinite(at)) return undefined;
        sum = Q.add(sum, Q.multiply(weights[j], Q.fromNumber(at)));
      }
      return sum;
    };
    const [least, greatest] = [end(false), end(true)];
    return (
      (least !== undefined && Q.compare(wanted, least) < 0) ||
      (greatest !== undefined && Q.compare(wanted, greatest) > 0)
    );
  });
}

/** Does A r = 0 hold, stays x + t r within the bounds for all t > 0, and does the objective improve along r? */
export function provesUnbounded(program: LinearProgram, ray: ArrayLike<number>): boolean {
  const { columns, lower, upper, cost, sense, right } = program;
  return simplest(ray).some((r) => {
    const sums = new Array<Rational>(right.length).fill(0);
    for (let j = 0; j < r.length; j++) {
      const sign = Q.sign(r[j]);
      if (sign === 0) continue;
      if ((sign > 0 ? upper[j] : lower[j]) !== (sign > 0 ? Infinity : -Infinity)) return false;
      columns[j].rows.forEach((row, k) => {
        sums[row] = Q.add(sums[row], Q.multiply(r[j], Q.fromNumber(columns[j].values[k])));
      });
    }
    if (sums.some((sum) => Q.sign(sum) !== 0)) return false;
    const gain = dot(
      r,
      Array.from({ length: r.length }, (_, j) => Q.fromNumber(cost[j])),
    );
    return sense === "maximize" ? Q.sign(gain) > 0 : Q.sign(gain) < 0;
  });
}

/** A vector as it is, and scaled to a largest element of 1 with simple fractions instead of doubles close to them. */
function simplest(ray: ArrayLike<number>): Rational[][] {
  const values = Array.from(ray);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0) || !Number.isFinite(largest)) return [];
  const least = values.reduce(
    (found, v) => (Math.abs(v) > 1e-9 * largest ? Math.min(found, Math.abs(v)) : found),
    largest,
  );
  return [
    values.map((value) => Q.fromNumber(value)),
    values.map((value) => near(value / largest)),
    values.map((value) => near(value / least)),
  ];
}

/** The fraction of smallest denominator within 1e-9. */
function near(value: number): Rational {
  const tolerance = 1e-9 * Math.max(1, Math.abs(value));
  let [p0, q0, p1, q1] = [0n, 1n, 1n, 0n];
  let rest = value;
  for (let step = 0; step < 40; step++) {
    const whole = Math.floor(rest);
    [p0, q0, p1, q1] = [p1, q1, BigInt(whole) * p1 + p0, BigInt(whole) * q1 + q0];
    if (Math.abs(Number(p1) / Number(q1) - value) <= tolerance) break;
    rest = 1 / (rest - whole);
  }
  return Q.rational(p1, q1);
}

/** What weak duality says of a primal and a dual vector, in double precision. */
export function dualityGap(
  program: LinearProgram,
  x: Float64Array,
  y: Float64Array,
): { objective: number; reducedCosts: Float64Array; gap: number; residual: number } {
  const { columns, right, lower, upper, cost, sense } = program;
  const direction = sense === "maximize" ? 1 : -1;
  const sums = Float64Array.from({ length: right.length }, (_, i) => -right[i]);
  const reducedCosts = new Float64Array(columns.length);
  let objective = 0;
  let bound = 0;
  for (let i = 0; i < right.length; i++) bound += right[i] * y[i];
  columns.forEach(({ rows, values }, j) => {
    let price = cost[j];
    rows.forEach((row, k) => {
      sums[row] += values[k] * x[j];
      price -= values[k] * y[row];
    });
    reducedCosts[j] = price;
    objective += cost[j] * x[j];
    const at = direction * price > 0 ? upper[j] : lower[j];
    // Where there is no bound the price should be zero; what is left of it counts for the value there is.
    bound += price === 0 ? 0 : price * (Number.isFinite(at) ? at : x[j]);
  });
  return {
    objective,
    reducedCosts,
    gap: Math.abs(bound - objective),
    residual: sums.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  };
}
