// Least squares of tall matrices by a sketch and a preconditioned iteration (Avron, Maymounkov, Toledo 2010, "Blendenpik"; Meng, Saunders,
// Mahoney 2014, "LSRN"): S A, S a sparse matrix of random signs with some entries a column, is decomposed by the dense SVD; with N = V
// S^-1 the operator A N is well conditioned, and LSQR needs a number of steps that hardly depends on A. A may be rank-deficient: singular
// values of the sketch below a tolerance are left out, and x is then the solution of (nearly) smallest norm.
import { element, entryCount, norm, type Sparse, SparseProduct, toLayout } from "../../array/index.ts";
import { dense } from "../../array/index.ts";
import { Failure, Random } from "../../base/index.ts";
import { svd } from "../dense/index.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { residualEvidence } from "./iteration.ts";
import { type LeastSquaresIteration, lsqr } from "./least-squares.ts";

export interface SketchOptions extends Omit<LeastSquaresIteration, "x0"> {
  /** Rows of the sketch by columns of A. Default 4. */
  readonly ratio?: number;
  /** Signs in each column of S. Default 8. */
  readonly signs?: number;
  /** Singular values of the sketch below this part of the largest count as zero. Default 1e-12. */
  readonly rankTolerance?: number;
  readonly seed?: number;
}

export interface SketchedResult extends IterativeResult {
  /** Numerical rank of the sketch: an estimate of that of A. */
  readonly rank: number;
  /** Condition of the sketch without what counts as zero: an estimate of that of A. */
  readonly condition: number;
}

/** Most columns: the sketch is dense. */
const MOST = 3000;

/** min |b - A x| for a matrix of more rows than columns. Tolerances as of `lsqr`; the normal residual is that of A itself, recomputed. */
export function sketchedLeastSquares(given: Sparse | SparseProduct, b: Float64Array, options: SketchOptions = {}): SketchedResult {
  const { ratio = 4, signs = 8, rankTolerance = 1e-12, seed = 0, ...rest } = options;
  const ready = given instanceof SparseProduct;
  const product = ready ? given : new SparseProduct(given);
  try {
    const { rows: m, cols: n } = product;
    if (n > MOST || n > m) throw new Failure("usage", `a sketch of a matrix of ${m} x ${n}`, { hint: `It needs more rows than columns, and at most ${MOST} columns.` });
    if (!(ratio >= 1 && Number.isInteger(signs) && signs >= 1)) throw new Failure("usage", `a sketch of ratio ${ratio} with ${signs} signs a column`);
    const rows = Math.min(m, Math.max(n, Math.ceil(ratio * n)));
    const { values, v } = n === 0 ? { values: new Float64Array(0), v: dense(0, 0) } : svd(rows < m ? sketch(product.matrix, rows, signs, seed) : asDense(product.matrix));
    const rank = values.findIndex((value) => !(value > rankTolerance * values[0]));
    const size = rank < 0 ? values.length : rank;
    const scaled = Float64Array.from({ length: n * size }, (_, k) => element(v!, Math.floor(k / size), k % size) / values[k % size]);
    const full = new Float64Array(n);
    const operator: LinearOperator = {
      rows: m,
      cols: size,
      runtime: product.runtime,
      apply(y, out) {
        times(scaled, n, size, y, full);
        product.apply(full, out);
      },
      applyTransposed(u, out) {
        product.applyTransposed(u, full);
        out.fill(0);
        for (let i = 0; i < n; i++) for (let j = 0; j < size; j++) out[j] += scaled[i * size + j] * full[i];
      },
    };
    const inner = lsqr(operator, b, rest);
    const x = new Float64Array(n);
    times(scaled, n, size, inner.x, x);
    return { ...truth(product, b, x, inner), rank: size, condition: size === 0 ? 1 : values[0] / values[size - 1] };
  } finally {
    if (!ready) product.dispose();
  }
} // oxfmt-ignore

/** The result with residuals of the matrix itself; x of A N y was judged by those of A N. */
function truth(product: SparseProduct, b: Float64Array, x: Float64Array, inner: IterativeResult): IterativeResult {
  const r = new Float64Array(b.length);
  const slope = new Float64Array(x.length);
  product.apply(x, r);
  for (let i = 0; i < r.length; i++) r[i] = b[i] - r[i];
  product.applyTransposed(r, slope);
  const [whole, left] = [Math.hypot(...chunks(b)), Math.hypot(...chunks(r))];
  const size = entryCount(product.matrix) > 0 ? norm(product.matrix, "frobenius") : 0;
  const residual = whole === 0 ? 0 : left / whole;
  const normalResidual = left === 0 || size === 0 ? 0 : Math.hypot(...chunks(slope)) / (size * left);
  return {
    ...inner,
    x,
    residual,
    normalResidual,
    products: inner.products + 2,
    evidence: [residualEvidence(residual, "sketched least squares")],
  };
}

/** Norms of pieces, so that no call has too many arguments. */
function chunks(v: Float64Array): number[] {
  return Array.from({ length: Math.ceil(v.length / 4096) }, (_, k) =>
    Math.hypot(...v.subarray(4096 * k, 4096 * (k + 1))),
  );
}

/** y = N x, N of n x size row by row. */
function times(matrix: Float64Array, n: number, size: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += matrix[i * size + j] * x[j];
    y[i] = sum;
  }
}

function sketch({ rows: m, cols: n, ptr, idx, values }: Sparse, rows: number, signs: number, seed: number) {
  const random = new Random(seed, 78);
  const out = dense(rows, n);
  const weight = 1 / Math.sqrt(signs);
  for (let i = 0; i < m; i++)
    for (let s = 0; s < signs; s++) {
      const u = random.next() * 2 * rows;
      const row = Math.min(rows - 1, Math.floor(u / 2));
      const sign = Math.floor(u) % 2 === 0 ? weight : -weight;
      for (let p = ptr[i]; p < ptr[i + 1]; p++) out.data[row * n + idx[p]] += sign * values[p];
    }
  return out;
}

function asDense(given: Sparse) {
  const { rows, cols, ptr, idx, values } = toLayout(given, "csr");
  const out = dense(rows, cols);
  for (let i = 0; i < rows; i++) for (let p = ptr[i]; p < ptr[i + 1]; p++) out.data[i * cols + idx[p]] = values[p];
  return out;
}
