// Solutions of `linsolve` with an estimate of their error: steps of refinement with residuals in twice the working precision, which
// correct x and tell what was wrong with it (Skeel 1980; Higham 2002, chapter 12).
import type { Sparse } from "../../array/index.ts";
import { type Budget, Failure } from "../../base/index.ts";
import type { Solver } from "./methods.ts";
import { exactResidual, largest, length } from "./verify.ts";

/** Error relative to max|x| below which nothing is gained in double precision. */
export const ROUNDING = 2 ** -52;

/** The result, or why there is none: solutions may overflow. */
export function guarded<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure && (error.kind === "numeric" || error.kind === "domain")) return error.what;
    throw error;
  }
}

export interface Found {
  readonly x: Float64Array[];
  /** Estimate of max|x - x*| / max|x*|, the largest over the right sides. */
  readonly error: number;
  /** A lower bound of |A^-1|_1. */
  readonly inverse: number;
  readonly iterations: number;
}

/** Tightenings of an iterative method's tolerance, and steps of refinement. */
const ROUNDS = 8;

/** All right sides by one solver, or why not. */
export function solved(solver: Solver, rows: Sparse, right: readonly Float64Array[], goal: number, budget: Budget): Found | string {
  const out: Float64Array[] = [];
  let [error, inverse, iterations] = [0, 0, 0];
  for (const b of right) {
    const one = solver.direct ? refined(solver, rows, b, goal) : tightened(solver, rows, b, goal, budget);
    if (typeof one === "string") return one;
    out.push(one.x);
    error = Math.max(error, one.error);
    inverse = Math.max(inverse, one.inverse);
    iterations += one.iterations;
  }
  return { x: out, error, inverse, iterations };
} // oxfmt-ignore

interface One {
  readonly x: Float64Array;
  readonly error: number;
  readonly inverse: number;
  readonly iterations: number;
}

/** A direct solution and refinement: the last correction, times the rate at which corrections fall, is what is wrong with x. */
function refined(solver: Solver, rows: Sparse, b: Float64Array, goal: number): One | string {
  const { x } = solver.solve(b, 0, {});
  if (!x || !(largest(x) < Infinity)) return "the factors give no finite solution";
  let [before, rate, error] = [1, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const r = exactResidual(rows, x, b);
    const { x: d } = solver.solve(r, 0, {});
    const size = largest(x);
    if (size === 0 || !d) return { x, error: 0, inverse: 0, iterations: 0 };
    const change = largest(d) / size;
    if (!(change < Infinity)) return "the factors give no finite solution";
    rate = change / before;
    // Corrections that do not fall: x has the accuracy that the factors can give.
    if (round > 0 && !(rate < 0.5)) return { x, error: Math.max(change, ROUNDING / 2), inverse: 0, iterations: 0 };
    for (let i = 0; i < x.length; i++) x[i] += d[i];
    if (!(largest(x) < Infinity)) return "the solution overflows";
    error = Math.max(change * Math.min(1, rate), ROUNDING / 2);
    before = change;
    if (error <= 0.1 * goal || change <= ROUNDING) break;
  }
  return { x, error, inverse: 0, iterations: 0 };
}

/** An iterative solution: the error is A^-1 (b - A x), found by the method itself to a tenth, and taken away. */
function tightened(solver: Solver, rows: Sparse, b: Float64Array, goal: number, budget: Budget): One | string {
  let tolerance = Math.max(1e-15, 0.1 * goal);
  let x: Float64Array | undefined;
  let [iterations, error] = [0, Infinity];
  let inverse = 0;
  if (largest(b) === 0) return { x: new Float64Array(b.length), error: 0, inverse: 0, iterations: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const next = solver.solve(b, tolerance, budget, x);
    iterations += next.iterations;
    if (!next.x) return x && error < Infinity ? { x, error, inverse, iterations } : next.reason;
    x = next.x;
    const r = exactResidual(rows, x, b);
    const size = length(r);
    if (!(size < Infinity && largest(x) < Infinity)) return "the solution overflows";
    if (size === 0) return { x, error: ROUNDING / 2, inverse, iterations };
    const { x: d, iterations: more, reason } = solver.solve(r, 0.1, budget);
    iterations += more;
    if (!d) return reason;
    inverse = Math.max(inverse, length(d) / size);
    const change = largest(d) / largest(x);
    for (let i = 0; i < x.length; i++) x[i] += d[i];
    if (!(largest(x) < Infinity)) return "the solution overflows";
    // A tenth of the residual is left, and as much of the error unless it hides where A is weak: half of it is taken.
    error = Math.max(0.5 * change, ROUNDING);
    if (error <= goal) return { x, error, inverse, iterations };
    if (tolerance <= 1e-15) break;
    tolerance = Math.max(1e-15, tolerance * Math.min(0.1, (0.3 * goal) / error));
  }
  return { x: x!, error, inverse, iterations };
}
