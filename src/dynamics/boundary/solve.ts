// Boundary value problems by collocation on a mesh that is refined until the residual of the piecewise cubic solution S,
//   r(x) = S'(x) - f(x, S(x), p), relative to |f| + size / (b - a),
// is below the tolerance in the mean over every interval. Source as in collocation.ts; the mean is by the five-point Lobatto rule.
// Left out: removal of mesh points, singular terms, more than two points with conditions.
import { DONE, Failure, Meter, type StopReason } from "../../base/index.ts";
import { Collocation, componentSizes, type MeshValues } from "./collocation.ts";
import { type BoundaryProblem, withJacobians } from "./problem.ts";

export interface BoundaryOptions {
  /** Relative residual asked for. Default 1e-6. */
  readonly tolerance?: number;
  /** First mesh, ascending from a to b; 11 even points by default. */
  readonly mesh?: ArrayLike<number>;
  /** A guess of the solution: y(x). Zero by default. */
  readonly guess?: (x: number) => ArrayLike<number>;
  /** Guesses of the parameters. Zero by default. */
  readonly parameters?: ArrayLike<number>;
  /** Most mesh points. Default 5000. */
  readonly points?: number;
  /** Compare with the solution on a mesh of halved intervals. Default true. */
  readonly check?: boolean;
  readonly meter?: Meter;
}

export interface BoundarySolution {
  readonly x: Float64Array;
  /** Component -> values on the mesh, and of its derivative. */
  readonly y: readonly Float64Array[];
  readonly slopes: readonly Float64Array[];
  readonly parameters: Float64Array;
  /** Values of all components between mesh points, by cubic interpolation. */
  at(x: number): Float64Array;
  /** Largest mean relative residual of an interval. */
  readonly residual: number;
  /** Largest difference to the solution on halved intervals, relative to each component's size; NaN where not compared. */
  readonly difference: number;
  /** "done", or why the tolerance is not met: then the rest is the best so far, not a solution. */
  readonly stop: StopReason;
  readonly iterations: number;
  readonly meshes: number;
}

const MOST_MESHES = 30;

/** Fails (Failure, usage) on impossible requests; where no solution is found, `stop` says why and the rest is the last attempt. */
export function solveBoundary(given: BoundaryProblem, options: BoundaryOptions = {}): BoundarySolution {
  const { tolerance = 1e-6, points: most = 5000 } = options;
  const problem = withJacobians(given);
  const { n, k, a, b } = problem;
  if (!(Number.isFinite(a) && Number.isFinite(b) && a < b))
    throw new Failure("usage", `the interval of a boundary value problem must have ends a < b, not ${a} and ${b}`);
  if (!(tolerance >= 1e-13 && tolerance < 1))
    throw new Failure("usage", `the tolerance must lie between 1e-13 and 1, not ${tolerance}`);
  const meter = options.meter ?? new Meter();
  let values = firstValues(problem, options);
  let iterations = 0;
  for (let meshes = 1; ; meshes++) {
    const grid = new Collocation(problem, values.x);
    try {
      const newton = grid.newton(values, Math.min(1e-4, 1e-3 * tolerance));
      iterations += newton.iterations;
      values = newton.values;
      const parts = grid.residual(values);
      const residuals = intervalResiduals(problem, values, parts);
      const residual = residuals.reduce((x, y) => (x >= y ? x : y), 0);
      const result = (stop: StopReason, difference = Number.NaN): BoundarySolution =>
        solutionOf(problem, values, parts.f, { residual, difference, stop, iterations, meshes });
      if (newton.kind === "not finite" || newton.kind === "singular")
        return result({
          kind: "other",
          detail:
            newton.kind === "singular"
              ? "the linear system is singular: the boundary conditions may not determine the solution, or the guess is too far away"
              : "the right-hand side is not finite on the guess",
        });
      const spent = meter.stop();
      if (spent !== undefined) return result(spent);
      if (newton.kind === "converged" && residual <= tolerance) {
        if (options.check === false) return result(DONE);
        const { difference, work } = againFiner(problem, values, parts.f, tolerance);
        iterations += work;
        return result(DONE, difference);
      }
      const finer = refine(values.x, residuals, tolerance, newton.kind === "converged");
      if (finer.length > most || meshes >= MOST_MESHES || finer.length === values.x.length)
        return result({
          kind: newton.kind === "converged" ? "accuracy" : "other",
          detail:
            newton.kind === "converged"
              ? `the residual is ${residual.toExponential(1)} on ${values.x.length} points, and ${most} are allowed`
              : `Newton's method did not converge on ${values.x.length} points: there may be no solution near the guess`,
        });
      values = { x: finer, y: interpolated(values, parts.f, n, finer), p: values.p };
    } finally {
      grid.dispose();
    }
    if (k > 0 && !values.p.every(Number.isFinite)) throw new Failure("numeric", "the parameters are not finite");
  }
}

function firstValues(
  { n, k, a, b }: Required<BoundaryProblem>,
  { mesh, guess, parameters }: BoundaryOptions,
): MeshValues {
  const x = Float64Array.from(mesh ?? { length: 11 }, (v, i) => (mesh === undefined ? (i === 10 ? b : a + ((b - a) * i) / 10) : v)); // oxfmt-ignore
  if (x.length < 2 || x[0] !== a || x[x.length - 1] !== b || x.some((v, i) => i > 0 && !(v > x[i - 1])))
    throw new Failure("usage", "the mesh must ascend from one end of the interval to the other");
  const y = new Float64Array(n * x.length);
  if (guess !== undefined)
    x.forEach((t, i) => {
      const row = guess(t);
      if (row.length !== n) throw new Failure("usage", `the guess has ${row.length} values for ${n} states`);
      y.set(Float64Array.from(row), i * n);
    });
  const p = Float64Array.from(parameters ?? new Float64Array(k));
  if (p.length !== k) throw new Failure("usage", `there are ${p.length} guesses for ${k} unknown parameters`);
  return { x, y, p };
}

/** Mean relative residual of each interval. */
function intervalResiduals(
  { n, a, b, rhs }: Required<BoundaryProblem>,
  values: MeshValues,
  { f, fm, r }: { f: Float64Array; fm: Float64Array; r: Float64Array },
): Float64Array {
  const { x, p } = values;
  const { sizes } = componentSizes(values, n);
  const S = new Float64Array(n);
  const D = new Float64Array(n);
  const fs = new Float64Array(n);
  return Float64Array.from({ length: x.length - 1 }, (_, i) => {
    const h = x[i + 1] - x[i];
    const mean = (weight: number, residual: (c: number) => number, slope: Float64Array, from: number): number => {
      let sum = 0;
      for (let c = 0; c < n; c++) sum += (residual(c) / (Math.abs(slope[from + c]) + sizes[c] / (b - a))) ** 2;
      return weight * sum;
    };
    let total = mean(32 / 45, (c) => (1.5 * r[i * n + c]) / h, fm, i * n);
    for (const s of [0.5 - 0.5 * Math.sqrt(3 / 7), 0.5 + 0.5 * Math.sqrt(3 / 7)]) {
      hermite(values, f, n, i, s, S, D);
      rhs(x[i] + s * h, S, p, fs);
      total += mean(49 / 90, (c) => D[c] - fs[c], fs, 0);
    }
    return Math.sqrt(total / 2);
  });
}

/** The cubic through values and slopes at the ends of interval i, at its share s, and its derivative. */
function hermite(
  { x, y }: MeshValues,
  f: Float64Array,
  n: number,
  i: number,
  s: number,
  out: Float64Array,
  slope?: Float64Array,
): void {
  const h = x[i + 1] - x[i];
  for (let c = 0; c < n; c++) {
    const [l, q] = [i * n + c, (i + 1) * n + c];
    const d = (y[q] - y[l]) / h;
    const [u, v] = [f[l] - d, f[q] - d];
    out[c] = y[l] + s * h * (d + (1 - s) * ((1 - s) * u - s * v));
    if (slope !== undefined) slope[c] = d + (1 - s) * (1 - 3 * s) * u + s * (3 * s - 2) * v;
  }
}

function interpolated(values: MeshValues, f: Float64Array, n: number, x: Float64Array): Float64Array {
  const y = new Float64Array(n * x.length);
  let i = 0;
  x.forEach((t, j) => {
    while (i + 2 < values.x.length && t >= values.x[i + 1]) i++;
    const s = (t - values.x[i]) / (values.x[i + 1] - values.x[i]);
    hermite(values, f, n, i, s, y.subarray(j * n, (j + 1) * n));
  });
  return y;
}

/** One point more in intervals above the tolerance, two in those far above; every interval halved where Newton's method failed. */
function refine(x: Float64Array, residuals: Float64Array, tolerance: number, converged: boolean): Float64Array {
  const finer: number[] = [];
  residuals.forEach((residual, i) => {
    finer.push(x[i]);
    const pieces = !converged ? 2 : !(residual <= 100 * tolerance) ? 3 : residual > tolerance ? 2 : 1;
    for (let q = 1; q < pieces; q++) finer.push(x[i] + ((x[i + 1] - x[i]) * q) / pieces);
  });
  finer.push(x[x.length - 1]);
  return Float64Array.from(finer);
}

/** Largest difference to the solution with all intervals halved, at the mesh points; NaN where that is not found. */
function againFiner(
  problem: Required<BoundaryProblem>,
  values: MeshValues,
  f: Float64Array,
  tolerance: number,
): { difference: number; work: number } {
  const { n } = problem;
  const x = refine(values.x, new Float64Array(values.x.length - 1), tolerance, false);
  const grid = new Collocation(problem, x);
  try {
    const fine = grid.newton({ x, y: interpolated(values, f, n, x), p: values.p }, 1e-4 * tolerance);
    if (fine.kind !== "converged") return { difference: Number.NaN, work: fine.iterations };
    const { sizes } = componentSizes(values, n);
    let difference = 0;
    values.y.forEach((v, l) => {
      const [i, c] = [Math.floor(l / n), l % n];
      difference = Math.max(difference, Math.abs(v - fine.values.y[2 * i * n + c]) / sizes[c]);
    });
    values.p.forEach((v, j) => {
      difference = Math.max(difference, Math.abs(v - fine.values.p[j]) / (Math.abs(v) || 1));
    });
    return { difference, work: fine.iterations };
  } finally {
    grid.dispose();
  }
}

function solutionOf(
  { n, a, b }: Required<BoundaryProblem>,
  values: MeshValues,
  f: Float64Array,
  facts: Pick<BoundarySolution, "residual" | "difference" | "stop" | "iterations" | "meshes">,
): BoundarySolution {
  const components = (v: Float64Array): Float64Array[] =>
    Array.from({ length: n }, (_, c) => Float64Array.from(values.x, (_x, i) => v[i * n + c]));
  return {
    x: values.x,
    y: components(values.y),
    slopes: components(f),
    parameters: values.p,
    at: (x) => {
      if (!(x >= a && x <= b)) throw new Failure("usage", `${x} lies outside of ${a} .. ${b}`);
      return interpolated(values, f, n, Float64Array.of(x));
    },
    ...facts,
  };
}
