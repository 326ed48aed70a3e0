// The principal square root of a matrix by its real Schur form: a square root of the triangle, block by block.
// Source: Higham 1987, "Computing real square roots of a real matrix". Left out: roots other than the principal one, complex
// roots of matrices with negative eigenvalues, blocks of columns.
import { type Dense, dense } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { prepare } from "./input.ts";
import { type RealSchur, realSchur } from "./schur.ts";
import { fromSchur, product, relativeDistance } from "./square.ts";

export interface MatrixFunction {
  readonly value: Dense;
  /** How well the value, put back, gives A: |value^2 - A| / |A| or |exp(value) - A| / |A|, Frobenius norms. */
  readonly residual: number;
}

/** Values that give back the matrix no better than this are refused. */
const WORST_FIT = 1e-6;

/** Refuses a value that rounding errors have made useless. */
export function checkFit(residual: number, what: string): void {
  if (!(residual <= WORST_FIT))
    throw new Failure("numeric", `${what}: the value found does not give back the matrix (relative error ${residual.toExponential(1)})`, {
      hint: "It is too near a matrix that has no such value: a singular one, or one with a negative eigenvalue.",
    }); // oxfmt-ignore
}

/** First rows of the diagonal blocks of a quasi-triangular matrix, and n at the end. */
export function blocksOf(n: number, t: Float64Array): number[] {
  const starts: number[] = [];
  for (let i = 0; i < n; i++) {
    starts.push(i);
    if (i + 1 < n && t[(i + 1) * n + i] !== 0) i++;
  }
  starts.push(n);
  return starts;
}

/** Refuses eigenvalues on the negative real axis; `zero`: and 0. */
export function checkPrincipal({ n, re, im }: RealSchur, scale: number, what: string, zero: boolean): void {
  for (let k = 0; k < n; k++)
    if (im[k] === 0 && (zero ? re[k] <= 0 : re[k] < 0))
      throw new Failure("numeric", `${what}: there is no real principal value: ${re[k] / scale} is an eigenvalue`, {
        hint: `Eigenvalues must ${zero ? "" : "be 0 or "}lie off the negative real axis${zero ? " and off 0" : ""}.`,
      });
}

/** X of P X + X Q = C, P p x p and Q q x q (1 or 2 rows), in place of c (row by row). False if there is none. */
function sylvester(p: number, q: number, a: readonly number[], b: readonly number[], c: number[]): boolean {
  const size = p * q;
  const rows = Array.from({ length: size }, (_, r) => {
    const row = new Array<number>(size + 1).fill(0);
    const [i, j] = [Math.floor(r / q), r % q];
    for (let k = 0; k < p; k++) row[k * q + j] += a[i * p + k];
    for (let k = 0; k < q; k++) row[i * q + k] += b[k * q + j];
    row[size] = c[r];
    return row;
  });
  for (let s = 0; s < size; s++) {
    let best = s;
    for (let i = s + 1; i < size; i++) if (Math.abs(rows[i][s]) > Math.abs(rows[best][s])) best = i;
    if (rows[best][s] === 0) return false;
    [rows[s], rows[best]] = [rows[best], rows[s]];
    for (let i = s + 1; i < size; i++) {
      const l = rows[i][s] / rows[s][s];
      for (let j = s; j <= size; j++) rows[i][j] -= l * rows[s][j];
    }
  }
  for (let s = size - 1; s >= 0; s--) {
    let sum = rows[s][size];
    for (let j = s + 1; j < size; j++) sum -= rows[s][j] * c[j];
    c[s] = sum / rows[s][s];
  }
  return true;
}

/** Square root R of a quasi-triangular T whose eigenvalues are off the negative axis. */
export function triangularRoot(n: number, t: Float64Array, what: string): Float64Array {
  const starts = blocksOf(n, t);
  const blocks = starts.length - 1;
  const r = new Float64Array(n * n);
  /** R^T, so that columns are contiguous too. */
  const rt = new Float64Array(n * n);
  const put = (i: number, j: number, value: number): void => {
    r[i * n + j] = value;
    rt[j * n + i] = value;
  };
  const blockAt = (i: number, size: number): number[] =>
    size === 1 ? [r[i * n + i]] : [r[i * n + i], r[i * n + i + 1], r[(i + 1) * n + i], r[(i + 1) * n + i + 1]];
  for (let cb = 0; cb < blocks; cb++) {
    const [j0, j1] = [starts[cb], starts[cb + 1]];
    const width = j1 - j0;
    if (width === 1) put(j0, j0, Math.sqrt(t[j0 * n + j0]));
    else {
      // Eigenvalues x +- i y of [x b; c x]: the root is alpha I + (T - x I) / (2 alpha), alpha = Re sqrt(x + i y).
      const x = t[j0 * n + j0];
      const [b, c] = [t[j0 * n + j0 + 1], t[(j0 + 1) * n + j0]];
      const y = Math.sqrt(Math.abs(b)) * Math.sqrt(Math.abs(c));
      const size = Math.hypot(x, y);
      const alpha = x >= 0 ? Math.sqrt((size + x) / 2) : y / Math.sqrt(2 * (size - x));
      put(j0, j0, alpha);
      put(j0 + 1, j0 + 1, alpha);
      put(j0, j0 + 1, b / (2 * alpha));
      put(j0 + 1, j0, c / (2 * alpha));
    }
    const right = blockAt(j0, width);
    for (let rb = cb - 1; rb >= 0; rb--) {
      const [i0, i1] = [starts[rb], starts[rb + 1]];
      const height = i1 - i0;
      const c: number[] = [];
      for (let i = i0; i < i1; i++)
        for (let j = j0; j < j1; j++) {
          let sum = t[i * n + j];
          for (let k = i1; k < j0; k++) sum -= r[i * n + k] * rt[j * n + k];
          c.push(sum);
        }
      if (c.some((x) => x !== 0) && !sylvester(height, width, blockAt(i0, height), right, c))
        throw new Failure("numeric", `${what}: a singular matrix without a square root that is a function of it`);
      for (let i = i0, p = 0; i < i1; i++) for (let j = j0; j < j1; j++) put(i, j, c[p++]);
    }
  }
  return r;
}

/**
 * The square root of A whose eigenvalues have positive real parts (or are 0). Failures: "usage" (not square), "numeric" (NaN or
 * infinity inside; a negative eigenvalue, named; singular without a root). Eigenvalues that are 0 up to rounding may come out
 * negative and be refused.
 */
export function sqrtm(a: Dense): MatrixFunction {
  const { rows: n, data, scale } = prepare(a, "sqrtm", { square: true });
  const schur = realSchur(n, data, true);
  checkPrincipal(schur, scale, "sqrtm", false);
  const root = fromSchur(n, triangularRoot(n, schur.t, "sqrtm"), schur.zt!);
  const residual = relativeDistance(product(n, root, root), data);
  checkFit(residual, "sqrtm");
  const unit = Math.sqrt(scale);
  return { value: dense(n, n, root.map((x) => x / unit)), residual }; // oxfmt-ignore
}
