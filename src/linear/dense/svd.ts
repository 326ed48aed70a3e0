// Singular value decomposition A = U diag(values) V^T: QR first where there are many more rows than columns, then bidiagonal form, then the QR
// algorithm, whose rotations turn the rows of U^T and V^T.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), section 8.6. Left out: a part of the spectrum, divide and conquer.
import { type Dense, dense, transposed } from "../../array/index.ts";
import { bidiagonalise } from "./bidiagonal.ts";
import { bidiagonalQR } from "./bidiagonal-qr.ts";
import { applyReflectors, reflectorRoom } from "./householder.ts";
import { type Prepared, prepare } from "./input.ts";
import { applyQ, factorQR } from "./qr.ts";
import { rowStep, withWork } from "./work.ts";

export interface SVDOptions {
  /** Default true. */
  readonly vectors?: boolean;
}

export interface SVD {
  /** min(rows, cols) of them, descending; each within a small multiple of max(rows, cols) * 2^-53 * |A|_2 of an exact one. */
  readonly values: Float64Array;
  /** rows x min(rows, cols) and cols x min(rows, cols) with orthonormal columns; absent if not asked for. */
  readonly u?: Dense;
  readonly v?: Dense;
  /** Values above `tolerance` (default max(rows, cols) * 2^-52) times the first. */
  rank(tolerance?: number): number;
  /** values[0] / values[k - 1]; 1 for an empty matrix. */
  condition(): number;
  /** |A - U diag(values) V^T| / |A| (Frobenius norms), computed at the call. NaN without vectors. */
  residual(): number;
}

interface Factors {
  readonly values: Float64Array;
  /** Rows of U^T (n x m) and V^T (n x n). */
  readonly ut?: Float64Array;
  readonly vt?: Float64Array;
}

/** Of m x n numbers near 1, m >= n. */
function tallSVD(m: number, n: number, data: Float64Array, vectors: boolean): Factors {
  if (2 * m >= 3 * n && m > n && n > 0) {
    const { r, vt: reflectors, tau } = factorQR(m, n, data, false);
    const inner = tallSVD(n, n, r, vectors);
    if (!inner.ut) return inner;
    const u = new Float64Array(m * n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) u[i * n + j] = inner.ut[j * n + i];
    applyQ(reflectors, tau, m, "Q", u, n);
    const ut = new Float64Array(n * m);
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) ut[j * m + i] = u[i * n + j];
    return { ...inner, ut };
  }
  const [ld, ldm] = [rowStep(n), rowStep(m)];
  return withWork(2 * m * ld + 2 * n * ldm + 2 * n * ld + 8 * (ld + ldm) + reflectorRoom(m, n), (work) => {
    const { numbers: h, raw } = work;
    const [a, qt, pt] = [work.take(m * ld), work.take(n * ldm), work.take(n * ld)];
    work.put(dense(m, n, data), a, ld);
    const { d, e, tauQ, tauP } = bidiagonalise(work, m, n, a, ld, qt, ldm, pt);
    const places = [0, 1, 2, 3].map(() => work.take(ld));
    const [lc, ls, rc, rs] = places.map((p) => h.subarray(p, p + n));
    const [left, right] = [{ c: lc, s: ls }, { c: rc, s: rs }];
    if (!vectors) {
      bidiagonalQR(d, e, left, right, undefined);
      return { values: d.map(Math.abs).sort().toReversed() };
    }
    // U and V made from the reflectors, then turned on their sides.
    const [u, ut] = [work.take(m * ld), work.take(n * ldm)];
    for (let i = 0; i < n; i++) h[u + i * (ld + 1)] = 1;
    applyReflectors(work, { vt: qt, ld: ldm, count: n, length: m, shift: 0, tau: tauQ }, "Q", u, ld, n, true);
    work.transpose(m, n, u, ld, ut, ldm);
    h.fill(0, u, u + n * ld);
    for (let i = 0; i < n; i++) h[u + i * (ld + 1)] = 1;
    applyReflectors(work, { vt: pt, ld, count: tauP.length, length: n, shift: 1, tau: tauP }, "Q", u, ld, n, true);
    const vt = work.take(n * ld);
    work.transpose(n, n, u, ld, vt, ld);
    bidiagonalQR(d, e, left, right, (side, first, count, forward) => {
      const [matrix, step, width, c, s] = side === "left" ? [ut, ldm, m, places[0], places[1]] : [vt, ld, n, places[2], places[3]];
      raw[forward ? "rotateForward" : "rotateBackward"](count, width, 8 * (matrix + first * step), step, 8 * (c + first), 8 * (s + first));
    });
    const order = Array.from(d, (_, i) => i).sort((i, j) => Math.abs(d[j]) - Math.abs(d[i]));
    const [rowsU, rowsV] = [new Float64Array(n * m), new Float64Array(n * n)];
    order.forEach((from, to) => {
      rowsU.set(h.subarray(ut + from * ldm, ut + from * ldm + m), to * m);
      const row = h.subarray(vt + from * ld, vt + from * ld + n);
      rowsV.set(d[from] < 0 ? row.map((x) => -x) : row, to * n);
    });
    return { values: Float64Array.from(order, (i) => Math.abs(d[i])), ut: rowsU, vt: rowsV };
  });
} // oxfmt-ignore

/** Singular values and vectors of any real matrix. Failure "numeric": NaN or infinity inside. */
export function svd(a: Dense, { vectors = true }: SVDOptions = {}): SVD {
  const matrix = prepare(a, "svd");
  const { rows, cols, data, scale } = matrix;
  const wide = rows < cols;
  const k = Math.min(rows, cols);
  const long = Math.max(rows, cols);
  let given = data;
  if (wide) {
    given = new Float64Array(rows * cols);
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) given[j * rows + i] = data[i * cols + j];
  }
  const { values, ut, vt } = tallSVD(long, k, given, vectors);
  const [u, v] = wide ? [vt, ut] : [ut, vt];
  return {
    values: values.map((x) => x / scale),
    ...(u && v && { u: transposed(dense(k, rows, u)), v: transposed(dense(k, cols, v)) }),
    rank: (tolerance = long * 2 ** -52) => values.filter((x) => x > tolerance * values[0]).length,
    condition: () => (k === 0 ? 1 : values[0] / values[k - 1]),
    residual: () => (u && v ? residual(matrix, values, u, v) : Number.NaN),
  };
}

/** |A - U S V^T| / |A| from rows of U^T and V^T. */
function residual({ rows, cols, data }: Prepared, values: Float64Array, ut: Float64Array, vt: Float64Array): number {
  const rest = data.slice();
  let [norm, sum] = [0, 0];
  for (let k = 0; k < values.length; k++)
    for (let i = 0; i < rows; i++) {
      const x = ut[k * rows + i] * values[k];
      for (let j = 0; j < cols; j++) rest[i * cols + j] -= x * vt[k * cols + j];
    }
  for (const x of data) norm += x * x;
  for (const x of rest) sum += x * x;
  return sum === 0 ? 0 : Math.sqrt(sum / norm);
}
