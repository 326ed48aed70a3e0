// Cholesky factorisation A = R^T R = L L^T of symmetric positive definite matrices, by halving down to panels of 32.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), section 4.2. Left out: pivoting for semidefinite matrices.
import { type Dense, dense, transposed } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { inverseNorm1 } from "../condition.ts";
import { prepare, type Right, rightSides } from "./input.ts";
import type { LogDeterminant } from "./lu.ts";
import { type DenseSolution, solutionOf } from "./solution.ts";
import { solveTriangle, type Triangle, transposedTriangle } from "./triangular.ts";
import { rowStep, withWork, type Work } from "./work.ts";

export interface CholeskyFactors {
  readonly n: number;
  /** Lower triangle, A = L L^T. */
  readonly l: Dense;
  /** x = A^-1 b, for a vector or the columns of a matrix, with its residual. */
  solve<B extends Right>(b: B): DenseSolution<B>;
  determinant(): LogDeterminant;
  /** Estimate (from below) of |A|_1 |A^-1|_1. */
  conditionEstimate(): number;
}

const PANEL = 32;
/** Rows of a symmetric update that are made by one product. */
const ROWS = 64;

/** Upper factor in place of the upper triangle. Returns -1 or the column that is not positive. */
function factorUpper(work: Work, n: number, a: number, lda: number): number {
  if (n <= PANEL) return work.raw.choleskyPanel(n, 8 * a, lda);
  const half = Math.ceil(n / 2 / 8) * 8;
  const rest = n - half;
  let failed = factorUpper(work, half, a, lda);
  if (failed >= 0) return failed;
  work.solveTriangular("lower", half, rest, a, 1, lda, false, a + half, lda);
  const corner = a + half * lda + half;
  const mark = work.runtime.mark();
  const t = work.take(rest * half);
  work.transpose(half, rest, a + half, lda, t, half);
  for (let i = 0; i < rest; i += ROWS)
    work.multiply(Math.min(ROWS, rest - i), rest - i, half, -1, t + i * half, half, a + half + i, lda, 1, corner + i * lda + i, lda); // oxfmt-ignore
  work.runtime.release(mark);
  failed = factorUpper(work, rest, corner, lda);
  return failed < 0 ? -1 : half + failed;
}

/**
 * Cholesky factors of a symmetric positive definite matrix (symmetric up to rounding; the symmetric part is taken). Failures:
 * "usage" (not square, not symmetric), "numeric" (NaN or infinity inside; not positive definite, naming the column).
 */
export function choleskyFactor(a: Dense): CholeskyFactors {
  const matrix = prepare(a, "choleskyFactor", { symmetric: true });
  const n = matrix.rows;
  const ld = rowStep(n);
  const upper = withWork(n * ld + n * n, (work) => {
    const p = work.take(n * ld);
    work.put(dense(n, n, matrix.data), p, ld);
    const failed = factorUpper(work, n, p, ld);
    if (failed >= 0)
      throw new Failure("numeric", `choleskyFactor: the matrix is not positive definite: the leading ${failed + 1} rows and columns (up to column ${failed}) are not`, {
        hint: "ldlFactor takes symmetric matrices of any inertia.",
      }); // oxfmt-ignore
    return work.get(n, n, p, ld);
  });
  for (let i = 0; i < n; i++) upper.fill(0, i * n, i * n + i);
  const r: Triangle = { shape: "upper", size: n, data: upper, rs: n, cs: 1 };
  const apply = (x: Float64Array, count: number): void => {
    solveTriangle(transposedTriangle(r), x, count);
    solveTriangle(r, x, count);
  };
  const root = Math.sqrt(matrix.scale);
  return {
    n,
    get l(): Dense {
      return transposed(
        dense(
          n,
          n,
          upper.map((v) => v / root),
        ),
      );
    },
    solve(b) {
      const right = rightSides(b, n, "solve");
      const x = right.data.slice();
      apply(x, right.count);
      return solutionOf(b, matrix, right, x);
    },
    determinant() {
      let logAbs = 0;
      for (let i = 0; i < n; i++) logAbs += 2 * Math.log(upper[i * (n + 1)]);
      return { sign: 1, logAbs: logAbs - n * Math.log(matrix.scale) };
    },
    conditionEstimate() {
      let norm = 0;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += Math.abs(matrix.data[i * n + j]);
        norm = Math.max(norm, sum);
      }
      return norm * inverseNorm1(n, (x) => apply(x, 1), (x) => apply(x, 1)); // oxfmt-ignore
    },
  };
}
