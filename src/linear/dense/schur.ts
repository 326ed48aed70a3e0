// Real Schur form A = Z T Z^T: T has its real eigenvalues on the diagonal and a block of two equal diagonal elements for each
// complex pair. Hessenberg form first, then the double-shift QR algorithm.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), sections 7.4, 7.5; the exceptional shifts are those of
// Martin, Peters, Wilkinson 1970, "The QR algorithm for real Hessenberg matrices".
// Left out: small bulges in bundles, aggressive early deflation, reordering.
import { dense } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { hessenbergForm } from "./hessenberg.ts";
import { applyReflectors, reflectorRoom } from "./householder.ts";
import { length2 } from "./rotation.ts";
import { rowStep, withWork, type Work } from "./work.ts";

export interface RealSchur {
  readonly n: number;
  /** Eigenvalues; those of a pair side by side, the positive imaginary part first. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** T and Z^T row by row; without vectors T is not finished above the diagonal, and Z^T is absent. */
  readonly t: Float64Array;
  readonly zt?: Float64Array;
}

const EPSILON = 2 ** -52;
/** Sweeps allowed for one eigenvalue; 2 to 4 are usual. */
const SWEEPS = 80;
/** After so many, elements count as negligible that are so beside the whole matrix. */
const PATIENCE = 20;
/** Elements of matrices near 1 that are no more than zero. */
const TINY = 2 ** -900;

/** An upper Hessenberg matrix in working memory, with Z^T or without. */
interface Active {
  readonly work: Work;
  readonly n: number;
  readonly h: number;
  readonly ld: number;
  readonly zt: number;
  readonly vectors: boolean;
}

/** Rotation of rows and columns i, i + 1: (row_i, row_i+1) = (c row_i + s row_i+1, c row_i+1 - s row_i), and so the columns. */
function rotate({ work, n, h, ld, zt, vectors }: Active, i: number, c: number, s: number): void {
  const { numbers } = work;
  const [a, b] = [h + i * ld, h + (i + 1) * ld];
  for (let j = i; j < n; j++) {
    const [x, y] = [numbers[a + j], numbers[b + j]];
    numbers[a + j] = c * x + s * y;
    numbers[b + j] = c * y - s * x;
  }
  for (let r = 0, p = h + i; r < i + 2; r++, p += ld) {
    const [x, y] = [numbers[p], numbers[p + 1]];
    numbers[p] = c * x + s * y;
    numbers[p + 1] = c * y - s * x;
  }
  if (!vectors) return;
  const z = zt + i * ld;
  for (let j = 0; j < n; j++) {
    const [x, y] = [numbers[z + j], numbers[z + ld + j]];
    numbers[z + j] = c * x + s * y;
    numbers[z + ld + j] = c * y - s * x;
  }
}

/** Finishes the block of rows i, i + 1: upper triangular, or with equal diagonal elements. */
function standardise(active: Active, i: number, re: Float64Array, im: Float64Array): void {
  const { work: { numbers }, h, ld } = active; // oxfmt-ignore
  const at = h + i * ld + i;
  let [a, b, c, d] = [numbers[at], numbers[at + 1], numbers[at + ld], numbers[at + ld + 1]];
  const half = (a - d) / 2;
  if (half * half + b * c < 0) {
    const sum = b + c;
    const size = length2(a - d, sum);
    if (a !== d) {
      const cos = Math.sqrt((1 + Math.abs(sum) / size) / 2);
      rotate(active, i, cos, (sum < 0 ? a - d : d - a) / (2 * size * cos));
      [a, b, c, d] = [numbers[at], numbers[at + 1], numbers[at + ld], numbers[at + ld + 1]];
    }
    if (b * c < 0) {
      const middle = a / 2 + d / 2;
      numbers[at] = numbers[at + ld + 1] = middle;
      re[i] = re[i + 1] = middle;
      im[i] = Math.sqrt(Math.abs(b)) * Math.sqrt(Math.abs(c));
      im[i + 1] = -im[i];
      return;
    }
  }
  // Two real eigenvalues: the eigenvector of one becomes the first axis.
  const p = (a - d) / 2;
  const root = Math.sqrt(Math.max(0, p * p + b * c));
  const z = p + (p < 0 ? -root : root);
  const r = length2(z, c);
  if (r > 0) rotate(active, i, z / r, c / r);
  numbers[at + ld] = 0;
  re[i] = numbers[at];
  re[i + 1] = numbers[at + ld + 1];
}

/** T in place of H. */
function francis(active: Active, re: Float64Array, im: Float64Array): void {
  const { work, n, h: h0, ld, zt, vectors } = active;
  const { numbers: x, raw } = work;
  const at = (i: number, j: number): number => x[h0 + i * ld + j];
  let norm = 0;
  for (let i = 0; i < n; i++) for (let j = Math.max(0, i - 1); j < n; j++) norm = Math.max(norm, Math.abs(at(i, j)));
  /** The element left of (i, i): by its effect on the eigenvalues nearby, or (`hasty`) as part of the whole matrix. */
  const negligible = (i: number, hasty: boolean): boolean => {
    const below = Math.abs(at(i, i - 1));
    if (below <= TINY || (hasty && below <= EPSILON * norm)) return true;
    const size = Math.abs(at(i, i)) + Math.abs(at(i - 1, i - 1)) || norm;
    const gap = Math.max(EPSILON * size, Math.abs(at(i, i) - at(i - 1, i - 1)));
    return below <= EPSILON * size && below * Math.abs(at(i - 1, i)) <= EPSILON * size * gap;
  };
  let end = n - 1;
  let sweeps = 0;
  while (end >= 0) {
    let start = end;
    for (; start > 0; start--) {
      if (!negligible(start, sweeps > PATIENCE)) continue;
      x[h0 + start * ld + start - 1] = 0;
      break;
    }
    if (start === end) {
      re[end] = at(end, end);
      end--;
      sweeps = 0;
      continue;
    }
    if (start === end - 1) {
      standardise(active, start, re, im);
      end -= 2;
      sweeps = 0;
      continue;
    }
    if (sweeps === SWEEPS) throw new Failure("numeric", `eigenvalues: no convergence after ${SWEEPS} sweeps, at row ${end} of ${n}`);
    sweeps++;
    // Sum and product of the shifts: the eigenvalues of the last two rows, or something else now and then.
    let [last, other, product] = [at(end, end), at(end - 1, end - 1), at(end, end - 1) * at(end - 1, end)];
    if (sweeps % 10 === 0) {
      const size = Math.abs(at(end, end - 1)) + Math.abs(at(end - 1, end - 2));
      last = other = at(end, end) + 0.75 * size;
      product = -0.4375 * size * size;
    }
    // The sweep can begin below two small elements under the diagonal.
    let from = end - 2;
    let [p, q, r] = [0, 0, 0];
    for (; ; from--) {
      const z = at(from, from);
      const [e, f] = [last - z, other - z];
      p = (e * f - product) / at(from + 1, from) + at(from, from + 1);
      q = at(from + 1, from + 1) - z - e - f;
      r = at(from + 2, from + 1);
      const size = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (size > 0 && size < Infinity) [p, q, r] = [p / size, q / size, r / size];
      if (from === start) break;
      const near = Math.abs(at(from - 1, from - 1)) + Math.abs(z) + Math.abs(at(from + 1, from + 1));
      if (Math.abs(at(from, from - 1)) * (Math.abs(q) + Math.abs(r)) <= EPSILON * Math.abs(p) * near) break;
    }
    for (let i = from + 2; i <= end; i++) {
      x[h0 + i * ld + i - 2] = 0;
      if (i > from + 2) x[h0 + i * ld + i - 3] = 0;
    }
    raw.francisSweep(start, from, end, vectors ? 0 : start, vectors ? n : end + 1, 8 * h0, ld, p, q, r, 8 * zt, ld, vectors ? n : 0);
  }
} // oxfmt-ignore

/** Schur form of n x n numbers near 1. `vectors`: T is finished and Z made. */
export function realSchur(n: number, data: Float64Array, vectors: boolean): RealSchur {
  const ld = rowStep(n);
  return withWork(4 * n * ld + 8 * ld + reflectorRoom(n, n), (work) => {
    const { numbers: h } = work;
    const [a, vt, zt] = [work.take(n * ld), work.take(n * ld), work.take(n * ld)];
    work.put(dense(n, n, data), a, ld);
    const tau = hessenbergForm(work, n, a, ld, vt);
    if (vectors) {
      const q = work.take(n * ld);
      for (let i = 0; i < n; i++) h[q + i * (ld + 1)] = 1;
      applyReflectors(work, { vt, ld, count: tau.length, length: n, shift: 1, tau }, "Q", q, ld, n, true);
      work.transpose(n, n, q, ld, zt, ld);
    }
    const [re, im] = [new Float64Array(n), new Float64Array(n)];
    francis({ work, n, h: a, ld, zt, vectors }, re, im);
    const t = work.get(n, n, a, ld);
    for (let i = 2; i < n; i++) t.fill(0, i * n, i * n + i - 1);
    return { n, re, im, t, ...(vectors && { zt: work.get(n, n, zt, ld) }) };
  });
}
