// What methods for a few eigenpairs give, and what they share.
import { type Budget, Failure, Random } from "../../base/index.ts";
import type { Evidence } from "../../evidence/index.ts";
import type { IterationStatus, LinearOperator } from "../operator.ts";
import type { VectorSpace } from "../iterative/vector-space.ts";

export interface EigenIteration {
  /** |A v - value v| / |A| at which a pair is good enough, |A| an estimate from below by the Ritz values. Default 1e-8. */
  readonly tolerance?: number;
  /** Restarts, or steps of a block method, at most. Default 300. */
  readonly limit?: number;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  /** Seed of the start vectors. Default 0. */
  readonly seed?: number;
}

export interface EigenPairs {
  /** In the order asked for; of a general matrix with `imaginary`. */
  readonly values: Float64Array;
  readonly imaginary?: Float64Array;
  /** Norm 1 each; orthonormal for symmetric matrices. Of a complex pair vector k is the real, `imaginaryVectors[k]` the imaginary part. */
  readonly vectors: readonly Float64Array[];
  readonly imaginaryVectors?: readonly Float64Array[];
  /** |A v - value v| / |A|, computed from the pairs given. */
  readonly residuals: Float64Array;
  readonly status: IterationStatus;
  readonly reason: string;
  readonly iterations: number;
  readonly products: number;
  readonly evidence: readonly Evidence[];
}

export function checkPairs(operator: LinearOperator, count: number, name: string): number {
  const { rows: n, cols } = operator;
  if (n !== cols) throw new Failure("usage", `${name}: a matrix of ${n} x ${cols} is not square`);
  if (!(Number.isInteger(count) && count >= 1 && count <= n))
    throw new Failure("usage", `${name}: ${count} eigenpairs of a matrix of order ${n}`);
  return n;
}

/** Numbers from -1 to 1. */
export function fillRandom(v: Float64Array, random: Random): void {
  for (let i = 0; i < v.length; i++) v[i] = 2 * random.next() - 1;
}

/** A random unit vector orthogonal to the first `count` vectors of a basis, in `w`. */
export function freshVector(space: VectorSpace, basis: Parameters<VectorSpace["orthogonalise"]>[0], count: number, w: Float64Array, random: Random): void {
  const h = new Float64Array(count);
  fillRandom(w, random);
  const norm = space.orthogonalise(basis, count, w, h);
  space.scale(norm > 0 ? 1 / norm : 0, w, w);
} // oxfmt-ignore

export const pairEvidence = (worst: number, method: string): Evidence => ({
  statement: "|A v - value v| / |A| is at most the bound for every pair",
  grade: "estimated",
  bound: worst,
  method: `residuals computed from the pairs in double precision (${method}); that no other eigenvalue lies between is not shown`,
});
