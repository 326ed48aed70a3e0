// What iterative methods ask of a matrix and of a preconditioner, and what they give back.
// Vectors are Float64Arrays, of the method's own making: they lie in the memory of the operator's runtime, if it names one and
// there is room. `SparseProduct` of room array is such an operator; methods use its fused products.
import type { Runtime } from "../compile/index.ts";
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
  /** In whose memory vectors need no copy. */
  readonly runtime?: Runtime;
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
  /** The same, and r.z. */
  applyDot?(r: Float64Array, z: Float64Array): number;
  /** M^-1 where it is a diagonal, in the memory of `runtime`: methods fuse it with other loops. */
  readonly diagonal?: Float64Array;
  /** In whose memory r and z need no copy. */
  readonly runtime?: Runtime;
  dispose?(): void;
}

/**
 * How an iteration ended. "converged": the true residual |b - A x| (recomputed) meets the tolerance, or of a least-squares method
 * that of the normal equations. "stalled": the residual no longer falls. "breakdown": the method cannot go on (the reason says
 * why). "limit": the budget or the limit of iterations.
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
  /** Of least-squares methods: |A^T (b - A x)| / (|A| |b - A x|), |A| the Frobenius norm or an estimate from below, recomputed. */
  readonly normalResidual?: number;
  /** Relative residuals as the method knew them, one a step. */
  readonly history: readonly number[];
  readonly evidence: readonly Evidence[];
}
