// What iterative methods ask of a matrix and of a preconditioner, and what they give back.
// Vectors are Float64Arrays of the caller; operators may look whether they lie in a runtime's memory (`Runtime.of`).
import type { Evidence } from "../evidence/index.ts";
import type { StopReason } from "../base/index.ts";

/** A linear map. Neither function keeps its arguments, and x and y do not overlap. */
export interface LinearOperator {
  readonly rows: number;
  readonly cols: number;
  /** y = A x. */
  apply(x: Float64Array, y: Float64Array): void;
  /** y = A^T x; methods that need it refuse operators without it. */
  applyTransposed?(x: Float64Array, y: Float64Array): void;
}

/** An approximate inverse M^-1 of an n-by-n matrix. */
export interface Preconditioner {
  readonly name: string;
  readonly n: number;
  /** Symmetric and positive definite if the matrix is: may be used by CG and MINRES. */
  readonly symmetric: boolean;
  /** Numbers kept, for memory and for the cost of an application (one multiplication each). */
  readonly entries: number;
  /** z = M^-1 r; r and z do not overlap. */
  apply(r: Float64Array, z: Float64Array): void;
  dispose?(): void;
}

/**
 * How an iteration ended. "converged": the true residual |b - A x| (recomputed) meets the tolerance. "stalled": the residual no
 * longer falls. "breakdown": the method cannot go on (the reason says why). "limit": the budget or the limit of iterations.
 */
export type IterationStatus = "converged" | "stalled" | "breakdown" | "limit";

export interface IterativeResult {
  readonly x: Float64Array;
  readonly status: IterationStatus;
  /** In words: what broke down, which limit. */
  readonly reason: string;
  readonly stop?: StopReason;
  /** Steps, and products with A (and A^T). */
  readonly iterations: number;
  readonly products: number;
  /** |b - A x| / |b| (Euclidean norms), recomputed from x. */
  readonly residual: number;
  /** Relative residuals as the method knew them, one a step. */
  readonly history: readonly number[];
  readonly evidence: readonly Evidence[];
}
