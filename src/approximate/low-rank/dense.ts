// Small dense factorisations that low-rank approximation needs: thin QR by Householder reflections, singular values by one-sided
// Jacobi rotations, which find small singular values to high relative accuracy (Golub, Van Loan 2013, sections 5.2 and 8.6;
// Demmel, Veselic 1992). Sizes up to a few hundred columns. Left out: pivoting, complex numbers.
import { Failure } from "../../base/index.ts";

/** rows x columns numbers, column by column. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export function matrix(rows: number, columns: number, entry?: (i: number, j: number) => number): Matrix {
  const data = new Float64Array(rows * columns);
  if (entry) for (let j = 0; j < columns; j++) for (let i = 0; i < rows; i++) data[i + rows * j] = entry(i, j);
  return { rows, columns, data };
}

export function transposed({ rows, columns, data }: Matrix): Matrix {
  return matrix(columns, rows, (i, j) => data[j + rows * i]);
}

/** The first `count` columns. */
export function leading({ rows, data }: Matrix, count: number): Matrix {
  return { rows, columns: count, data: data.slice(0, rows * count) };
}

/** a b. */
export function times(a: Matrix, b: Matrix): Matrix {
  const c = matrix(a.rows, b.columns);
  for (let j = 0; j < b.columns; j++)
    for (let l = 0; l < a.columns; l++) {
      const factor = b.data[l + b.rows * j];
      if (factor === 0) continue;
      for (let i = 0; i < a.rows; i++) c.data[i + a.rows * j] += a.data[i + a.rows * l] * factor;
    }
  return c;
}

/** a = q r with orthonormal columns of q (rows x columns) and upper triangular r; needs rows >= columns. */
export function thinQr(a: Matrix): { q: Matrix; r: Matrix } {
  const { rows: m, columns: n } = a;
  if (m < n) throw new Failure("usage", `a thin QR needs at least as many rows as columns, not ${m} and ${n}`);
  const w = a.data.slice();
  const scales = new Float64Array(n);
  const r = matrix(n, n);
  // Column k of w from row k on becomes the reflection's vector v, with H = I - scale v v'.
  for (let k = 0; k < n; k++) {
    const at = k + m * k;
    let size = 0;
    for (let i = 0; i < m - k; i++) size = Math.hypot(size, w[at + i]);
    const top = w[at];
    const diagonal = top > 0 ? -size : size;
    r.data[k + n * k] = diagonal;
    if (size === 0) continue;
    w[at] = top - diagonal;
    scales[k] = 1 / (size * (size + Math.abs(top)));
    for (let j = k + 1; j < n; j++) {
      reflect(w, at, w, k + m * j, m - k, scales[k]);
      r.data[k + n * j] = w[k + m * j];
    }
  }
  const q = matrix(m, n, (i, j) => Number(i === j));
  for (let k = n - 1; k >= 0; k--)
    for (let j = k; j < n; j++) reflect(w, k + m * k, q.data, k + m * j, m - k, scales[k]);
  return { q, r };
}

function reflect(v: Float64Array, at: number, x: Float64Array, from: number, length: number, scale: number): void {
  let dot = 0;
  for (let i = 0; i < length; i++) dot += v[at + i] * x[from + i];
  dot *= scale;
  for (let i = 0; i < length; i++) x[from + i] -= dot * v[at + i];
}

export interface Svd {
  /** rows x k, orthonormal columns where singular values are not zero. */
  readonly u: Matrix;
  /** Descending. */
  readonly s: Float64Array;
  /** columns x k. */
  readonly v: Matrix;
}

const MOST_SWEEPS = 60;

/** a = u diag(s) v' with k = min(rows, columns) singular values. */
export function svd(a: Matrix): Svd {
  const { scale, scaled: data } = normalised(a.data);
  const { u, s, v } = scaledSvd({ ...a, data });
  return { u, s: s.map((each) => each / scale), v };
}

/** Numbers times a power of two that brings the largest near 1, so that squares neither overflow nor vanish. */
export function normalised(data: Float64Array): { scale: number; scaled: Float64Array } {
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const scale = largest === 0 ? 1 : 2 ** Math.max(-1022, Math.min(1022, -Math.floor(Math.log2(largest))));
  return { scale, scaled: data.map((x) => x * scale) };
}

function scaledSvd(a: Matrix): Svd {
  if (a.rows < a.columns) {
    const { u, s, v } = scaledSvd(transposed(a));
    return { u: v, s, v: u };
  }
  const { q, r } = thinQr(a);
  const n = a.columns;
  // Rotations make the columns of w = r' orthogonal: r' = (normed w) s turned', so r = turned s (normed w)'.
  const w = transposed(r).data;
  const turned = matrix(n, n, (i, j) => Number(i === j));
  for (let sweep = 0, moved = true; moved; sweep++) {
    if (sweep === MOST_SWEEPS) throw new Failure("numeric", "singular values did not converge");
    moved = false;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) if (rotate(w, turned.data, n, i, j)) moved = true;
  }
  const sizes = Float64Array.from({ length: n }, (_, j) => Math.hypot(...w.subarray(n * j, n * j + n)));
  const order = Array.from(sizes.keys()).sort((i, j) => sizes[j] - sizes[i]);
  const v = matrix(n, n, (i, j) => (sizes[order[j]] === 0 ? 0 : w[i + n * order[j]] / sizes[order[j]]));
  const left = matrix(n, n, (i, j) => turned.data[i + n * order[j]]);
  return { u: times(q, left), s: Float64Array.from(order, (j) => sizes[j]), v };
}

/** Makes columns i and j of w orthogonal; tells whether they were not. */
function rotate(w: Float64Array, turned: Float64Array, n: number, i: number, j: number): boolean {
  let [alpha, beta, gamma] = [0, 0, 0];
  for (let l = 0; l < n; l++) {
    const [x, y] = [w[l + n * i], w[l + n * j]];
    alpha += x * x;
    beta += y * y;
    gamma += x * y;
  }
  if (Math.abs(gamma) <= 2 ** -50 * Math.sqrt(alpha) * Math.sqrt(beta) || Math.abs(gamma) < 2 ** -1000) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  const s = c * t;
  for (const target of [w, turned])
    for (let l = 0; l < n; l++) {
      const [x, y] = [target[l + n * i], target[l + n * j]];
      target[l + n * i] = c * x - s * y;
      target[l + n * j] = s * x + c * y;
    }
  return true;
}
