// Dense LU with partial pivoting by rows, for small systems (n up to about 30) and dense patterns.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), section 3.4. Leaves out blocking for large n.
import { Failure } from "../base/index.ts";
import { inverseNorm1 } from "./condition.ts";

/**
 * P*A = L*U in place. `a` is n-by-n, row-major; afterwards U on and above the diagonal, unit L below it.
 * swap[k] is the row exchanged with row k in step k. Returns -1, or the first column without a finite, nonzero pivot.
 */
export function denseFactor(n: number, a: Float64Array, swap: Int32Array): number {
  for (let k = 0; k < n; k++) {
    let at = k;
    let largest = Math.abs(a[k * n + k]);
    for (let i = k + 1; i < n; i++) {
      const size = Math.abs(a[i * n + k]);
      if (size > largest || size !== size) {
        largest = size;
        at = i;
      }
    }
    if (!(largest > 0 && largest < Infinity)) return k;
    swap[k] = at;
    if (at !== k)
      for (let j = 0; j < n; j++) {
        const v = a[k * n + j];
        a[k * n + j] = a[at * n + j];
        a[at * n + j] = v;
      }
    const pivot = a[k * n + k];
    for (let i = k + 1; i < n; i++) {
      const m = a[i * n + k] / pivot;
      a[i * n + k] = m;
      if (m !== 0) for (let j = k + 1; j < n; j++) a[i * n + j] -= m * a[k * n + j];
    }
  }
  return -1;
}

/** b = A^-1 b with the factors of denseFactor. */
export function denseSolve(n: number, a: Float64Array, swap: Int32Array, b: Float64Array): void {
  for (let k = 0; k < n; k++) {
    const v = b[swap[k]];
    b[swap[k]] = b[k];
    b[k] = v;
  }
  for (let i = 1; i < n; i++) {
    let sum = b[i];
    for (let j = 0; j < i; j++) sum -= a[i * n + j] * b[j];
    b[i] = sum;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i];
    for (let j = i + 1; j < n; j++) sum -= a[i * n + j] * b[j];
    b[i] = sum / a[i * n + i];
  }
}

/** b = A^-T b with the factors of denseFactor. */
export function denseSolveTransposed(n: number, a: Float64Array, swap: Int32Array, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const v = b[i] / a[i * n + i];
    b[i] = v;
    for (let j = i + 1; j < n; j++) b[j] -= a[i * n + j] * v;
  }
  for (let i = n - 1; i > 0; i--) {
    const v = b[i];
    for (let j = 0; j < i; j++) b[j] -= a[i * n + j] * v;
  }
  for (let k = n - 1; k >= 0; k--) {
    const v = b[swap[k]];
    b[swap[k]] = b[k];
    b[k] = v;
  }
}

/** Factors of a small dense matrix; `factor` may be called again and again. */
export class DenseLU {
  readonly n: number;
  readonly #a: Float64Array;
  readonly #swap: Int32Array;
  #norm = 0;
  #ready = false;

  constructor(n: number) {
    this.n = n;
    this.#a = new Float64Array(n * n);
    this.#swap = new Int32Array(n);
  }

  /** Factors a row-major n-by-n matrix (which is kept). Returns -1, or the column at which it is singular. */
  factor(matrix: Float64Array): number {
    const { n } = this;
    this.#a.set(matrix.subarray(0, n * n));
    this.#norm = 0;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Math.abs(matrix[i * n + j]);
      if (sum > this.#norm) this.#norm = sum;
    }
    const column = denseFactor(n, this.#a, this.#swap);
    this.#ready = column < 0;
    return column;
  }

  /** b = A^-1 b. */
  solve(b: Float64Array): void {
    this.#check();
    denseSolve(this.n, this.#a, this.#swap, b);
  }

  /** b = A^-T b. */
  solveTransposed(b: Float64Array): void {
    this.#check();
    denseSolveTransposed(this.n, this.#a, this.#swap, b);
  }

  /** Estimate (from below) of |A|_1 * |A^-1|_1. */
  conditionEstimate(): number {
    this.#check();
    return this.#norm * inverseNorm1(this.n, (b) => this.solve(b), (b) => this.solveTransposed(b)); // oxfmt-ignore
  }

  #check(): void {
    if (!this.#ready) throw new Failure("usage", "the dense factorization holds no factors");
  }
}
