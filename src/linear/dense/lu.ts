// LU factorisation with partial pivoting of dense matrices, P A = L U, by halving the columns down to panels of 8, so that nearly
// all the work is in matrix products.
// Sources: Toledo 1997, "Locality of reference in LU decomposition with partial pivoting"; Higham, "Accuracy and Stability of
// Numerical Algorithms" (2nd ed. 2002), chapters 9 and 15. Left out: complete pivoting, rectangular matrices.
import { type Dense, dense } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { inverseNorm1 } from "../condition.ts";
import { type Prepared, prepare, type Right, rightSides } from "./input.ts";
import { PANEL } from "./kernels-triangular.ts";
import { type DenseSolution, solutionOf } from "./solution.ts";
import { solveTriangle, type Triangle, transposedTriangle } from "./triangular.ts";
import { rowStep, withWork, type Work } from "./work.ts";

/** A determinant that neither overflows nor underflows: sign * exp(logAbs). */
export interface LogDeterminant {
  readonly sign: -1 | 0 | 1;
  /** Natural logarithm of the absolute value; -Infinity for 0. */
  readonly logAbs: number;
}

export interface LUFactors {
  readonly n: number;
  /** Row permutation: row k of P A is row permutation[k] of A. */
  readonly permutation: Int32Array;
  /** Unit lower triangle. */
  readonly l: Dense;
  readonly u: Dense;
  /** x = A^-1 b, for a vector or the columns of a matrix, with its residual. */
  solve<B extends Right>(b: B): DenseSolution<B>;
  /** x = A^-T b. */
  solveTransposed<B extends Right>(b: B): DenseSolution<B>;
  determinant(): LogDeterminant;
  /** Estimate (from below, nearly always within a factor of 3) of |A|_1 |A^-1|_1. */
  conditionEstimate(): number;
}

/** In place on m x n (m >= n): unit L below the diagonal, U on and above it. Returns -1 or the column without a pivot. */
function factorColumns(work: Work, m: number, n: number, a: number, lda: number, swap: Int32Array, first: number): number {
  const { raw } = work;
  // Column 0 of this part is column `first` of the matrix, and so is its row 0.
  if (n <= PANEL) {
    const at = swap.byteOffset + 4 * first;
    const failed = n === PANEL && m >= PANEL ? raw.luPanel(m, 8 * a, lda, at) : raw.luNarrow(m, n, 8 * a, lda, at);
    for (let s = first; s < first + n; s++) swap[s] += first;
    return failed < 0 ? -1 : first + failed;
  }
  const half = Math.ceil(n / 2 / PANEL) * PANEL;
  const rest = n - half;
  const origin = a - first * lda;
  let failed = factorColumns(work, m, half, a, lda, swap, first);
  if (failed >= 0) return failed;
  raw.swapRows(first, first + half, rest, 8 * (origin + half), lda, swap.byteOffset);
  work.solveTriangular("lower", half, rest, a, lda, 1, true, a + half, lda);
  const corner = a + half * lda + half;
  work.multiply(m - half, rest, half, -1, a + half * lda, lda, a + half, lda, 1, corner, lda);
  failed = factorColumns(work, m - half, rest, corner, lda, swap, first + half);
  if (failed < 0) raw.swapRows(first + half, first + n, half, 8 * origin, lda, swap.byteOffset);
  return failed;
} // oxfmt-ignore

/** LU of an n x n matrix in working memory, in place; for programs of this room. `swap` belongs to the same memory. */
export const factorLU = (work: Work, n: number, a: number, lda: number, swap: Int32Array): number =>
  factorColumns(work, n, n, a, lda, swap, 0);

/** The permutation that a sequence of exchanges makes. */
export function permutationOf(swap: ArrayLike<number>): Int32Array {
  const order = Int32Array.from(swap, (_, i) => i);
  for (let s = 0; s < swap.length; s++) [order[s], order[swap[s]]] = [order[swap[s]], order[s]];
  return order;
}

/**
 * LU factors of a square matrix with partial pivoting. Failures: "usage" (not square), "numeric" (NaN or infinity inside; exactly
 * singular, with the column). A matrix that is singular up to rounding has factors: see `conditionEstimate`.
 */
export function luFactor(a: Dense): LUFactors {
  const matrix = prepare(a, "luFactor", { square: true });
  const n = matrix.rows;
  const ld = rowStep(n);
  const { lu, swap } = withWork(n * ld + n, (work) => {
    const p = work.take(n * ld);
    work.put(dense(n, n, matrix.data), p, ld);
    const exchanges = work.takeIntegers(n);
    const failed = factorLU(work, n, p, ld, exchanges);
    if (failed >= 0)
      throw new Failure("numeric", `luFactor: the matrix is singular: column ${failed} depends on those before it`, {
        hint: "leastSquares gives the solution of minimum norm, svd the rank and null vectors.",
      });
    return { lu: work.get(n, n, p, ld), swap: exchanges.slice() };
  });
  for (let i = 0; i < n; i++)
    if (!(Math.abs(lu[i * (n + 1)]) < Infinity))
      throw new Failure("numeric", `luFactor: elimination overflows in column ${i}`, { hint: "Scale rows and columns to similar size." }); // oxfmt-ignore
  return new Factors(matrix, lu, swap);
}

class Factors implements LUFactors {
  readonly n: number;
  readonly permutation: Int32Array;
  readonly #matrix: Prepared;
  readonly #lu: Float64Array;
  readonly #swap: Int32Array;
  readonly #lower: Triangle;
  readonly #upper: Triangle;

  constructor(matrix: Prepared, lu: Float64Array, swap: Int32Array) {
    const n = (this.n = matrix.rows);
    this.#matrix = matrix;
    this.#lu = lu;
    this.#swap = swap;
    this.#lower = { shape: "lower", size: n, data: lu, rs: n, cs: 1, unit: true };
    this.#upper = { shape: "upper", size: n, data: lu, rs: n, cs: 1 };
    this.permutation = permutationOf(swap);
  }

  get l(): Dense {
    const { n } = this;
    return dense(
      n,
      n,
      this.#lu.map((v, p) => (p % n < Math.floor(p / n) ? v : p % (n + 1) === 0 ? 1 : 0)),
    );
  }

  /** Of the matrix as given: the scale is taken out again. */
  get u(): Dense {
    const { n } = this;
    return dense(
      n,
      n,
      this.#lu.map((v, p) => (p % n >= Math.floor(p / n) ? v / this.#matrix.scale : 0)),
    );
  }

  solve<B extends Right>(b: B): DenseSolution<B> {
    const right = rightSides(b, this.n, "solve");
    const x = right.data.slice();
    this.#apply(x, right.count, false);
    return solutionOf(b, this.#matrix, right, x);
  }

  solveTransposed<B extends Right>(b: B): DenseSolution<B> {
    const right = rightSides(b, this.n, "solveTransposed");
    const x = right.data.slice();
    this.#apply(x, right.count, true);
    const { n } = this;
    const data = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) data[j * n + i] = this.#matrix.data[i * n + j];
    return solutionOf(b, { ...this.#matrix, data }, right, x);
  }

  determinant(): LogDeterminant {
    const { n } = this;
    let sign: -1 | 1 = 1;
    let logAbs = 0;
    for (let i = 0; i < n; i++) {
      const pivot = this.#lu[i * (n + 1)];
      if (pivot < 0 !== (this.#swap[i] !== i)) sign = -sign as -1 | 1;
      logAbs += Math.log(Math.abs(pivot));
    }
    return { sign, logAbs: logAbs - n * Math.log(this.#matrix.scale) };
  }

  conditionEstimate(): number {
    const { n } = this;
    let norm = 0;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Math.abs(this.#matrix.data[i * n + j]);
      norm = Math.max(norm, sum);
    }
    return norm * inverseNorm1(n, (x) => this.#apply(x, 1, false), (x) => this.#apply(x, 1, true)); // oxfmt-ignore
  }

  /** In place, of the scaled matrix. */
  #apply(x: Float64Array, count: number, transposed: boolean): void {
    if (!transposed) {
      for (let s = 0; s < this.n; s++) exchange(x, count, s, this.#swap[s]);
      solveTriangle(this.#lower, x, count);
      solveTriangle(this.#upper, x, count);
    } else {
      solveTriangle(transposedTriangle(this.#upper), x, count);
      solveTriangle(transposedTriangle(this.#lower), x, count);
      for (let s = this.n - 1; s >= 0; s--) exchange(x, count, s, this.#swap[s]);
    }
  }
}

/** Exchanges rows i and j of `count` numbers. */
function exchange(x: Float64Array, count: number, i: number, j: number): void {
  if (i === j) return;
  for (let c = 0; c < count; c++) {
    const v = x[i * count + c];
    x[i * count + c] = x[j * count + c];
    x[j * count + c] = v;
  }
}
