// Eigenvalues and right eigenvectors of general real matrices: balancing, real Schur form, substitution.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), chapter 7. Left out: left eigenvectors, condition numbers of eigenvalues,
// complex matrices (real form [re -im; im re]), generalised problems.
import { type Dense, dense } from "../../array/index.ts";
import { balance } from "./balance.ts";
import type { EigenOptions } from "./eigen-symmetric.ts";
import { prepare } from "./input.ts";
import { realSchur, type RealSchur } from "./schur.ts";
import { schurVectors } from "./schur-vectors.ts";
import { withWork } from "./work.ts";

export interface GeneralEigenOptions extends EigenOptions {
  /**
   * Scale rows and columns to similar norms first. Default true: small eigenvalues of badly scaled matrices keep their digits, with
   * residuals small beside the scaled matrix (and below 2^-30 beside A, or it is done without). False: residuals small beside A.
   */
  readonly balance?: boolean;
}

export interface GeneralEigen {
  /** Eigenvalues re + i im, in no order; those of a complex pair side by side, the positive imaginary part first. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  /**
   * Column k belongs to eigenvalue k and has Euclidean norm 1; `imaginary` is there if some eigenvalue is complex. Columns are
   * dependent, up to rounding, where A is defective. Absent if not asked for.
   */
  readonly vectors?: Dense;
  /** Largest |A v - value v|_2 over the pairs, as part of the Frobenius norm of A; computed at the call. NaN without vectors. */
  residual(): number;
}

/** Rows X^T Z^T: eigenvectors of Z T Z^T in the same form as those of T. */
function backTransformed({ n, zt }: RealSchur, x: Float64Array): Float64Array {
  return withWork(3 * n * n, (work) => {
    const [a, b, c] = [work.take(n * n), work.take(n * n), work.take(n * n)];
    work.numbers.set(x, a);
    work.numbers.set(zt!, b);
    work.multiply(n, n, n, 1, a, n, b, n, 0, c, n);
    return work.numbers.slice(c, c + n * n);
  });
}

/** Norm 1, and the largest element of a complex vector real. */
function normalise(n: number, rows: Float64Array, im: Float64Array): void {
  for (let k = 0; k < n; k++) {
    const count = im[k] === 0 ? 1 : 2;
    const [p, q] = [k * n, (k + 1) * n];
    let most = 0;
    for (let j = 0; j < count * n; j++) most = Math.max(most, Math.abs(rows[p + j]));
    let sum = 0;
    for (let j = 0; j < count * n; j++) sum += (rows[p + j] /= most) ** 2;
    const size = Math.sqrt(sum);
    let [c, s, best, at] = [1, 0, 0, -1];
    if (count === 2)
      for (let j = 0; j < n; j++) {
        const length = Math.hypot(rows[p + j], rows[q + j]);
        if (length > best) [best, at, c, s] = [length, j, rows[p + j] / length, rows[q + j] / length];
      }
    for (let j = 0; j < n; j++) {
      const [x, y] = [rows[p + j], count === 2 ? rows[q + j] : 0];
      rows[p + j] = (c * x + s * y) / size;
      if (count === 2) rows[q + j] = j === at ? 0 : (c * y - s * x) / size;
    }
    if (count === 2) k++;
  }
}

/** Balancing by more than this is looked at, and undone where a residual comes out above WORST. */
const [WIDE, WORST] = [2 ** 20, 2 ** -30];

/** Largest element by smallest. */
const spread = (d: Float64Array): number => d.reduce((x, y) => Math.max(x, y), 0) / d.reduce((x, y) => Math.min(x, y), Infinity); // oxfmt-ignore

/**
 * Eigenvalues and right eigenvectors of a square matrix. Values are those of a matrix within a small multiple of n * 2^-53 * |A| of A
 * (after balancing); multiple ones may move by far more than that. Failures: "usage" (not square), "numeric" (NaN or infinity inside).
 */
export function eigenGeneral(
  a: Dense,
  { vectors = true, balance: balanced = true }: GeneralEigenOptions = {},
): GeneralEigen {
  const { rows: n, data, scale } = prepare(a, "eigenGeneral", { square: true });
  const given = data.slice();
  const d = balanced ? balance(n, given) : undefined;
  const schur = realSchur(n, given, vectors);
  const { re, im } = schur;
  const unscaled = { re: re.map((x) => x / scale), im: im.map((x) => x / scale) };
  if (!vectors) return { ...unscaled, residual: () => Number.NaN };
  const rows = backTransformed(schur, schurVectors(schur));
  if (d) for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) rows[k * n + j] *= d[j];
  normalise(n, rows, im);
  const complex = im.some((x) => x !== 0);
  const [real, imaginary] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let k = 0; k < n; k++)
    for (let j = 0; j < n; j++) {
      const [first, sign] = im[k] < 0 ? [k - 1, -1] : [k, 1];
      real[j * n + k] = rows[first * n + j];
      if (im[k] !== 0) imaginary[j * n + k] = sign * rows[(first + 1) * n + j];
    }
  const residual = (): number => largestResidual(n, data, re, im, real, imaginary);
  if (d && spread(d) > WIDE && !(residual() <= WORST)) return eigenGeneral(a, { vectors, balance: false });
  const matrix = dense(n, n, real);
  return { ...unscaled, vectors: complex ? { ...matrix, imaginary } : matrix, residual };
}

/** Largest |A v - value v| / |A|. */
function largestResidual(n: number, a: Float64Array, re: Float64Array, im: Float64Array, vr: Float64Array, vi: Float64Array): number {
  let [norm, largest] = [0, 0];
  for (const x of a) norm += x * x;
  for (let k = 0; k < n; k++) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const at = i * n + k;
      let [x, y] = [im[k] * vi[at] - re[k] * vr[at], -im[k] * vr[at] - re[k] * vi[at]];
      for (let j = 0; j < n; j++) {
        x += a[i * n + j] * vr[j * n + k];
        y += a[i * n + j] * vi[j * n + k];
      }
      sum += x * x + y * y;
    }
    largest = Math.max(largest, sum);
  }
  return largest === 0 ? 0 : Math.sqrt(largest / norm);
} // oxfmt-ignore
