// Smoothed-aggregation algebraic multigrid (Vanek, Mandel, Brezina 1996) as a preconditioner for symmetric positive definite matrices of
// elliptic kind: one V-cycle with Gauss-Seidel sweeps. See aggregation.ts (set-up) and multigrid.ts (cycle).
import { Failure } from "../../base/index.ts";
import { aggregationLevels, type AggregationOptions } from "./aggregation.ts";
import { type GivenMatrix, requireSymmetric, squareMatrix } from "./given.ts";
import { positiveDiagonal } from "./ic0.ts";
import { Multigrid } from "./multigrid.ts";

export interface AmgOptions extends AggregationOptions {
  /** Gauss-Seidel sweeps before and after the coarser level. Default 1. */
  readonly sweeps?: number;
  /** Visits of the coarser level: 1 is a V-cycle, 2 a W-cycle. Default 1. */
  readonly visits?: number;
}

/** @throws Failure where the matrix is not symmetric or its diagonal not positive. */
export function amg(given: GivenMatrix, options: AmgOptions = {}): Multigrid {
  const name = "smoothed aggregation";
  const { n, matrix, runtime } = squareMatrix(name, given);
  requireSymmetric(name, matrix);
  positiveDiagonal(name, matrix);
  if (options.kernel && options.kernel.length !== n)
    throw new Failure("usage", `${name}: a kernel of ${options.kernel.length} elements for ${n} unknowns`);
  const levels = aggregationLevels(matrix, options);
  const { sweeps, visits } = options;
  return new Multigrid(levels, { name, symmetric: true, runtime, placed: runtime !== undefined, sweeps, visits });
}
