// P A P^T = L D L^T of symmetric matrices of any inertia, D with blocks of one or two rows, by the pivoting of Bunch and Kaufman.
// Source: Bunch, Kaufman 1977, "Some stable methods for calculating inertia and solving symmetric linear systems"; Higham,
// "Accuracy and Stability of Numerical Algorithms" (2nd ed. 2002), section 11.1. L may grow (the solution stays backward stable).
// Left out: blocks of columns, rook pivoting.
import { type Dense, dense } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { inverseNorm1 } from "../condition.ts";
import { prepare, type Right, rightSides } from "./input.ts";
import type { LogDeterminant } from "./lu.ts";
import { type DenseSolution, solutionOf } from "./solution.ts";
import { solveTriangle, type Triangle, transposedTriangle } from "./triangular.ts";

/** Numbers of positive, negative and zero eigenvalues. */
export interface Inertia {
  readonly positive: number;
  readonly negative: number;
  readonly zero: number;
}

export interface LDLFactors {
  readonly n: number;
  /** Row k of P A P^T is row permutation[k] of A. */
  readonly permutation: Int32Array;
  /** Unit lower triangle. */
  readonly l: Dense;
  /** Diagonal blocks of one or two rows, zero elsewhere. */
  readonly d: Dense;
  /** That of D, which by Sylvester's law is that of A; of a matrix within rounding of A. */
  readonly inertia: Inertia;
  /** x = A^-1 b, with its residual; Failure "numeric" if D is singular. */
  solve<B extends Right>(b: B): DenseSolution<B>;
  determinant(): LogDeterminant;
  /** Estimate (from below) of |A|_1 |A^-1|_1; Infinity if D is singular. */
  conditionEstimate(): number;
}

/** Bounds the growth of one step of order 2 by that of two steps of order 1. */
const ALPHA = (1 + Math.sqrt(17)) / 8;

interface Factored {
  /** L below the diagonal blocks, D in them (lower part). */
  readonly a: Float64Array;
  /** 1, or 2 at the first row of a block of two rows (and 0 at its second). */
  readonly step: Uint8Array;
  readonly order: Int32Array;
}

/** Exchanges rows and columns p < q of the lower triangle, and rows of L in the columns before. */
function exchange(n: number, a: Float64Array, p: number, q: number): void {
  const swap = (x: number, y: number): void => {
    const v = a[x];
    a[x] = a[y];
    a[y] = v;
  };
  for (let j = 0; j < p; j++) swap(p * n + j, q * n + j);
  swap(p * n + p, q * n + q);
  for (let i = p + 1; i < q; i++) swap(i * n + p, q * n + i);
  for (let i = q + 1; i < n; i++) swap(i * n + p, i * n + q);
}

function factor(n: number, a: Float64Array): Factored {
  const step = new Uint8Array(n);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const [first, second] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k += step[k]) {
    const own = Math.abs(a[k * n + k]);
    let [most, at] = [0, k];
    for (let i = k + 1; i < n; i++)
      if (Math.abs(a[i * n + k]) > most) {
        most = Math.abs(a[i * n + k]);
        at = i;
      }
    step[k] = 1;
    if (Math.max(own, most) === 0) continue;
    let other = k;
    if (own < ALPHA * most) {
      let row = 0;
      for (let j = k; j < at; j++) row = Math.max(row, Math.abs(a[at * n + j]));
      for (let i = at + 1; i < n; i++) row = Math.max(row, Math.abs(a[i * n + at]));
      if (own < ALPHA * most * (most / row)) {
        other = at;
        if (Math.abs(a[at * n + at]) < ALPHA * row) step[k] = 2;
      }
    }
    const from = k + step[k] - 1;
    if (other !== from) {
      exchange(n, a, from, other);
      [order[from], order[other]] = [order[other], order[from]];
    }
    if (step[k] === 1) {
      const pivot = a[k * n + k];
      for (let i = k + 1; i < n; i++) first[i] = a[i * n + k];
      for (let i = k + 1; i < n; i++) {
        const l = first[i] / pivot;
        const row = i * n;
        a[row + k] = l;
        if (l !== 0) for (let j = k + 1; j <= i; j++) a[row + j] -= l * first[j];
      }
    } else {
      // The inverse of the block, by way of its element outside the diagonal, which is the largest.
      const off = a[(k + 1) * n + k];
      const [p, q] = [a[(k + 1) * n + k + 1] / off, a[k * n + k] / off];
      const unit = 1 / (p * q - 1);
      for (let i = k + 2; i < n; i++) {
        first[i] = a[i * n + k];
        second[i] = a[i * n + k + 1];
      }
      for (let i = k + 2; i < n; i++) {
        const l = (unit * (p * first[i] - second[i])) / off;
        const m = (unit * (q * second[i] - first[i])) / off;
        const row = i * n;
        a[row + k] = l;
        a[row + k + 1] = m;
        for (let j = k + 2; j <= i; j++) a[row + j] -= l * first[j] + m * second[j];
      }
    }
  }
  return { a, step, order };
}

function inertiaOf(n: number, { a, step }: Factored): Inertia {
  let [positive, negative, zero] = [0, 0, 0];
  for (let k = 0; k < n; k += step[k]) {
    const d = a[k * n + k];
    // The determinant of a block of two rows is negative: one eigenvalue of each sign.
    if (step[k] === 2) {
      positive++;
      negative++;
    } else if (d > 0) positive++;
    else if (d < 0) negative++;
    else zero++;
  }
  return { positive, negative, zero };
}

/**
 * Factors of a symmetric matrix (symmetric up to rounding; the symmetric part is taken). Failures: "usage" (not square, not
 * symmetric), "numeric" (NaN or infinity inside). Singular matrices have factors too.
 */
export function ldlFactor(matrix: Dense): LDLFactors {
  const prepared = prepare(matrix, "ldlFactor", { symmetric: true });
  const { rows: n, scale } = prepared;
  const factored = factor(n, prepared.data.slice());
  const { a, step, order } = factored;
  const inertia = inertiaOf(n, factored);
  const unit = new Float64Array(n * n);
  const diagonal = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++) {
    if (k + step[k] <= i) k += step[k];
    for (let j = 0; j < k; j++) unit[i * n + j] = a[i * n + j];
    unit[i * n + i] = 1;
    for (let j = k; j <= i; j++) diagonal[i * n + j] = diagonal[j * n + i] = a[i * n + j];
  }
  const lower: Triangle = { shape: "lower", size: n, data: unit, rs: n, cs: 1, unit: true };
  const apply = (x: Float64Array, count: number): void => {
    const y = new Float64Array(x.length);
    for (let i = 0; i < n; i++) for (let c = 0; c < count; c++) y[i * count + c] = x[order[i] * count + c];
    solveTriangle(lower, y, count);
    for (let k = 0; k < n; k += step[k])
      for (let c = 0; c < count; c++) {
        const at = k * count + c;
        if (step[k] === 1) {
          y[at] /= a[k * n + k];
          continue;
        }
        const off = a[(k + 1) * n + k];
        const [p, q] = [a[(k + 1) * n + k + 1] / off, a[k * n + k] / off];
        const [u, v] = [y[at] / off, y[at + count] / off];
        y[at] = (p * u - v) / (p * q - 1);
        y[at + count] = (q * v - u) / (p * q - 1);
      }
    solveTriangle(transposedTriangle(lower), y, count);
    for (let i = 0; i < n; i++) for (let c = 0; c < count; c++) x[order[i] * count + c] = y[i * count + c];
  };
  return {
    n,
    permutation: order,
    inertia,
    get l(): Dense {
      return dense(n, n, unit.slice());
    },
    get d(): Dense {
      return dense(n, n, diagonal.map((v) => v / scale)); // oxfmt-ignore
    },
    solve(b) {
      if (inertia.zero > 0)
        throw new Failure("numeric", `solve: the matrix is singular: ${inertia.zero} of ${n} pivots are zero`, {
          hint: "leastSquares gives the solution of minimum norm.",
        });
      const right = rightSides(b, n, "solve");
      const x = right.data.slice();
      apply(x, right.count);
      return solutionOf(b, prepared, right, x);
    },
    determinant() {
      let sign: -1 | 0 | 1 = 1;
      let logAbs = 0;
      for (let k = 0; k < n; k += step[k]) {
        const d = a[k * n + k];
        const value = step[k] === 1 ? d : d * a[(k + 1) * n + k + 1] - a[(k + 1) * n + k] ** 2;
        if (value <= 0) sign = value === 0 ? 0 : (-sign as -1 | 0 | 1);
        if (value === 0) break;
        logAbs += Math.log(Math.abs(value));
      }
      return { sign, logAbs: sign === 0 ? -Infinity : logAbs - n * Math.log(scale) };
    },
    conditionEstimate() {
      if (inertia.zero > 0) return Infinity;
      let norm = 0;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += Math.abs(prepared.data[i * n + j]);
        norm = Math.max(norm, sum);
      }
      return norm * inverseNorm1(n, (x) => apply(x, 1), (x) => apply(x, 1)); // oxfmt-ignore
    },
  };
}
