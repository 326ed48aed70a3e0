// What an adjoint run needs of a system y' = f(t, y, p).
import type { SparsePattern } from "../system.ts";

export interface AdjointSystem {
  /** Number of states and of parameters. */
  readonly n: number;
  readonly q: number;
  readonly names: readonly string[];
  /** Structural nonzeros of df/dy. */
  readonly pattern: SparsePattern;
  /** dy = f(t, y). */
  rhs(t: number, y: Float64Array, dy: Float64Array): void;
  /** values[k] = df_i/dy_j for the k-th entry (i, j) of `pattern`; implicit methods use it. */
  jacobian(t: number, y: Float64Array, values: Float64Array): void;
  /** byState = mu^T df/dy (n numbers, set); byParameter += mu^T df/dp (q numbers, added). */
  pullback(t: number, y: Float64Array, mu: Float64Array, byState: Float64Array, byParameter: Float64Array): void;
}

/** A number that depends on the states at some instants: sum_k value(k, y(times[k])). */
export interface AdjointObjective {
  /** Ascending, none before the start. */
  readonly times: Float64Array;
  value(k: number, y: Float64Array): number;
  /** Adds the derivatives of value(k, y) by states and parameters. */
  slope(k: number, y: Float64Array, byState: Float64Array, byParameter: Float64Array): void;
}
