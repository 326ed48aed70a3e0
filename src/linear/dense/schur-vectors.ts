// Eigenvectors of a quasi-triangular matrix T (real Schur form) by substitution from below, real ones and pairs.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), section 7.6.4. Too small pivots are replaced, as for an eigenvalue within rounding;
// vectors that grow are scaled down.
import type { RealSchur } from "./schur.ts";

const EPSILON = 2 ** -52;
const LARGE = 2 ** 300;

/** Two complex unknowns: [p b; c q] x = y with b, c real; pivots below `least` are replaced by it. x in place of y = [re, im, re, im]. */
function solvePair(pr: number, qr: number, shift: number, b: number, c: number, least: number, y: Float64Array): void {
  // Rows exchanged so that the pivot is the larger of p and c; `shift` is the imaginary part of p and q.
  const exchange = Math.abs(c) > Math.hypot(pr, shift);
  const [ur, ui, vr, vi] = exchange ? [c, 0, qr, shift] : [pr, shift, b, 0];
  const [sr, si, tr, ti] = exchange ? [pr, shift, b, 0] : [c, 0, qr, shift];
  const [y1r, y1i, y2r, y2i] = exchange ? [y[2], y[3], y[0], y[1]] : [y[0], y[1], y[2], y[3]];
  const [pivotR, pivotI] = Math.hypot(ur, ui) < least ? [least, 0] : [ur, ui];
  const [lr, li] = divide(sr, si, pivotR, pivotI);
  let [wr, wi] = [tr - (lr * vr - li * vi), ti - (lr * vi + li * vr)];
  if (Math.hypot(wr, wi) < least) [wr, wi] = [least, 0];
  const [x2r, x2i] = divide(y2r - (lr * y1r - li * y1i), y2i - (lr * y1i + li * y1r), wr, wi);
  const [x1r, x1i] = divide(y1r - (vr * x2r - vi * x2i), y1i - (vr * x2i + vi * x2r), pivotR, pivotI);
  y.set([x1r, x1i, x2r, x2i]);
}

/** (a + i b) / (c + i d), by Smith's method. */
function divide(a: number, b: number, c: number, d: number): readonly [number, number] {
  if (d === 0) return [a / c, b / c];
  if (Math.abs(c) >= Math.abs(d)) {
    const r = d / c;
    const t = c + d * r;
    return [(a + b * r) / t, (b - a * r) / t];
  }
  const r = c / d;
  const t = c * r + d;
  return [(a * r + b) / t, (b * r - a) / t];
}

/** One vector a row: row k of a real eigenvalue; of a pair in rows k, k + 1, real and imaginary part for the first of the pair. */
export function schurVectors({ n, t, re, im }: RealSchur): Float64Array {
  const out = new Float64Array(n * n);
  let norm = 0;
  for (const x of t) norm = Math.max(norm, Math.abs(x));
  const least = Math.max(EPSILON * norm, 2 ** -960);
  const y = new Float64Array(4);
  for (let k = 0; k < n; k++) {
    const pair = im[k] !== 0;
    const last = pair ? k + 1 : k;
    const xr = out.subarray(k * n, k * n + n);
    const xi = pair ? out.subarray((k + 1) * n, (k + 1) * n + n) : undefined;
    if (xi) {
      const [b, c] = [t[k * n + k + 1], t[(k + 1) * n + k]];
      if (Math.abs(b) >= Math.abs(c)) {
        xr[k] = 1;
        xi[k + 1] = im[k] / b;
      } else {
        xi[k] = im[k] / c;
        xr[k + 1] = 1;
      }
    } else xr[k] = 1;
    const [value, shift] = [re[k], pair ? -im[k] : 0];
    const sum = (row: number, from: number, x: Float64Array): number => {
      let s = 0;
      for (let j = from; j <= last; j++) s -= t[row * n + j] * x[j];
      return s;
    };
    for (let i = k - 1; i >= 0; i--) {
      const two = i > 0 && t[i * n + i - 1] !== 0;
      if (two) {
        const a = i - 1;
        y.set([sum(a, i + 1, xr), xi ? sum(a, i + 1, xi) : 0, sum(i, i + 1, xr), xi ? sum(i, i + 1, xi) : 0]);
        solvePair(t[a * n + a] - value, t[i * n + i] - value, shift, t[a * n + i], t[i * n + a], least, y);
        [xr[a], xr[i]] = [y[0], y[2]];
        if (xi) [xi[a], xi[i]] = [y[1], y[3]];
        i--;
      } else {
        let [dr, di] = [t[i * n + i] - value, shift];
        if (Math.hypot(dr, di) < least) [dr, di] = [least, 0];
        const [x, z] = divide(sum(i, i + 1, xr), xi ? sum(i, i + 1, xi) : 0, dr, di);
        xr[i] = x;
        if (xi) xi[i] = z;
      }
      const size = Math.max(Math.abs(xr[i]), Math.abs(xr[i + 1]), xi ? Math.max(Math.abs(xi[i]), Math.abs(xi[i + 1])) : 0);
      if (size > LARGE)
        for (const x of xi ? [xr, xi] : [xr]) for (let j = 0; j <= last; j++) x[j] /= size;
    }
    if (pair) k++;
  }
  return out;
} // oxfmt-ignore
