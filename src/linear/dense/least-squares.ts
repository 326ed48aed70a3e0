// Least squares: x of smallest norm among those that make |b - A x| smallest, by a complete orthogonal factorisation.
// A = Q0 R0 (where there are more equations than unknowns), R0 P = Q1 [R11 R12; 0 R22] with R22 taken for zero, and
// [R11 R12]^T = Z [L; 0]: then x = P Z [L^-T Q1^T Q0^T b; 0].
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), section 5.5. Left out: weights, constraints.
import type { Dense } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { norm2 } from "./householder.ts";
import { likeRight, prepare, type Right, rightSides } from "./input.ts";
import { applyQ, factorQR, rankOf } from "./qr.ts";
import { type DenseSolution, residualOf } from "./solution.ts";
import { solveTriangle } from "./triangular.ts";

export interface LeastSquaresOptions {
  /** Part of the largest column (after elimination of the others) below which a column counts as dependent. Default max(rows, cols) * 2^-52. */
  readonly tolerance?: number;
}

export interface LeastSquares<B extends Right = Float64Array> extends Pick<DenseSolution<B>, "x" | "residual"> {
  /** Numerical rank by pivoted QR: an estimate. x is unique if it is the number of columns. */
  readonly rank: number;
  /** |A^T r| / (|A| |b|) with r = b - A x, Frobenius and Euclidean norms: 0 at a minimum; the largest over the right sides. */
  readonly optimality: number;
}

/**
 * Least-squares solution of A x = b for any shape and rank. `residual` is |b - A x| / |b|: it is small only where the equations can be
 * met. Failures: "usage" (sizes), "numeric" (NaN or infinity inside).
 */
export function leastSquares<B extends Right>(a: Dense, b: B, options: LeastSquaresOptions = {}): LeastSquares<B> {
  const matrix = prepare(a, "leastSquares");
  const { rows, cols, scale } = matrix;
  const tolerance = options.tolerance ?? Math.max(rows, cols) * 2 ** -52;
  if (!(tolerance >= 0 && tolerance < 1)) throw new Failure("usage", `leastSquares: tolerance ${tolerance}`, { hint: "From 0 to below 1." }); // oxfmt-ignore
  const right = rightSides(b, rows, "leastSquares");
  const { count } = right;
  let y = right.data.slice();
  let data = matrix.data;
  let m = rows;
  if (rows > cols) {
    const first = factorQR(rows, cols, data, false);
    applyQ(first.vt, first.tau, rows, "transposed", y, count);
    y = y.slice(0, cols * count);
    data = first.r;
    m = cols;
  }
  const { r, vt, tau, permutation } = factorQR(m, cols, data, true);
  const rank = rankOf(r, Math.min(m, cols), cols, tolerance);
  applyQ(vt, tau, m, "transposed", y, count);
  const z = new Float64Array(cols * count);
  z.set(y.subarray(0, rank * count));
  if (rank === cols) solveTriangle({ shape: "upper", size: rank, data: r, rs: cols, cs: 1 }, z, count);
  else {
    const wide = new Float64Array(cols * rank);
    for (let i = 0; i < rank; i++) for (let j = 0; j < cols; j++) wide[j * rank + i] = r[i * cols + j];
    const second = factorQR(cols, rank, wide, false);
    solveTriangle({ shape: "lower", size: rank, data: second.r, rs: 1, cs: rank }, z, count);
    applyQ(second.vt, second.tau, cols, "Q", z, count);
  }
  const x = new Float64Array(cols * count);
  for (let k = 0; k < cols; k++) for (let c = 0; c < count; c++) x[permutation[k] * count + c] = z[k * count + c];
  const rest = residualOf(matrix, x, right);
  return {
    x: likeRight(b, cols, count, x.map((v) => v * scale)), // oxfmt-ignore
    residual: most(count, (c) => relative(columnNorm(rest, count, c), columnNorm(right.data, count, c))),
    rank,
    optimality: optimalityOf(matrix, rest, right.data, count),
  };
}

const relative = (a: number, b: number): number => (a === 0 ? 0 : a / b);

function most(count: number, value: (c: number) => number): number {
  let largest = 0;
  for (let c = 0; c < count; c++) largest = Math.max(largest, value(c));
  return largest;
}

/** Largest |A^T r| / (|A| |b|). */
function optimalityOf(
  { rows, cols, data }: { rows: number; cols: number; data: Float64Array },
  r: Float64Array,
  b: Float64Array,
  count: number,
): number {
  const norm = columnNorm(data, 1, 0);
  return most(count, (c) => {
    const size = columnNorm(b, count, c);
    if (size === 0 || norm === 0) return 0;
    const gradient = new Float64Array(cols);
    for (let i = 0; i < rows; i++) {
      const v = r[i * count + c] / size;
      for (let j = 0; j < cols; j++) gradient[j] += data[i * cols + j] * v;
    }
    return columnNorm(gradient, 1, 0) / norm;
  });
}

/** Euclidean norm of every `step`-th number from the c-th on. */
const columnNorm = (x: Float64Array, step: number, c: number): number => norm2(x, c, step, Math.max(0, Math.ceil((x.length - c) / step))); // oxfmt-ignore
