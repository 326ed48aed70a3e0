// Least squares for `linsolve`: a complete orthogonal factorisation where the matrix is small enough to be dense, else one with sparse
// factors, and LSMR where those fill too much: with columns scaled to length 1 (van der Sluis 1969: within a root of n of the best
// such scaling) if there are at least as many rows, without scaling otherwise, so that x is the smallest.
import { entryCount, type Sparse, SparseProduct, toDense, toLayout } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { leastSquares } from "../dense/least-squares.ts";
import { sparseLeastSquares } from "../direct/sparse-least-squares.ts";
import { lsmr } from "../iterative/least-squares.ts";
import { exactResidual, length } from "./verify.ts";

export interface LeastSquaresSolution {
  readonly x: Float64Array;
  readonly residual: number;
  /** |A^T r| / (|A| |b|), Frobenius and Euclidean norms. */
  readonly optimality: number;
  readonly method: string;
  readonly iterations: number;
  /** Numerical rank, where it was found. */
  readonly rank?: number;
}

/** Entries of sparse factors, and multiplications (some 20 s), that are tried before LSMR. */
const SPARSE = { limit: 2e7, work: 1e10 };

/** Elements up to which the matrix is made dense, if the smaller side allows. */
const DENSE = 4e6;

export function leastSquaresOf(a: Sparse, b: Float64Array): LeastSquaresSolution {
  const rows = toLayout(a, "csr");
  const { rows: m, cols: n, idx, values } = rows;
  const small = m * n <= DENSE && Math.min(m, n) ** 2 * Math.max(m, n) <= 2e9;
  if (small) {
    const { x, rank } = leastSquares(toDense(rows), b);
    return { x, rank, method: "dense-qr", iterations: 0, ...quality(rows, x, b) };
  }
  const direct = sparseFactors(rows, b);
  if (direct) return direct;
  const sums = new Float64Array(n);
  for (let p = 0; p < entryCount(rows); p++) sums[idx[p]] += values[p] ** 2;
  const scale = sums.map((s) => (m >= n && s > 0 && s < Infinity ? 1 / Math.sqrt(s) : 1));
  const product = new SparseProduct({ ...rows, values: values.map((v, p) => v * scale[idx[p]]) });
  try {
    const found = lsmr(product, b, { tolerance: 1e-13, limit: 20 * Math.min(m, n) + 1000 });
    const x = found.x.map((v, j) => v * scale[j]);
    return { x, method: "lsmr", iterations: found.iterations, ...quality(rows, x, b) };
  } finally {
    product.dispose();
  }
}

/** By sparse QR; undefined where that would take too much, lengths overflow, or the rank is not clear. */
function sparseFactors(a: Sparse, b: Float64Array): LeastSquaresSolution | undefined {
  try {
    const { x, rank } = sparseLeastSquares(a, b, SPARSE);
    return { x, rank, method: "sparse-qr", iterations: 0, ...quality(a, x, b) };
  } catch (error) {
    if (error instanceof Failure && ["limit", "numeric", "domain"].includes(error.kind)) return undefined;
    throw error;
  }
}

function quality(a: Sparse, x: Float64Array, b: Float64Array): { residual: number; optimality: number } {
  const { rows, cols, ptr, idx, values } = a;
  const r = exactResidual(a, x, b);
  const t = new Float64Array(cols);
  for (let i = 0; i < rows; i++) for (let p = ptr[i]; p < ptr[i + 1]; p++) t[idx[p]] += values[p] * r[i];
  const whole = length(values.subarray(0, ptr[rows])) * length(b);
  const size = length(b);
  return { residual: size === 0 ? 0 : length(r) / size, optimality: whole === 0 ? 0 : length(t) / whole };
}
