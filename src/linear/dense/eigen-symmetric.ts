// Eigenvalues and eigenvectors of symmetric matrices: tridiagonal form, then the QL algorithm, whose rotations turn the rows of Q^T.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), chapter 8. Left out: a part of the spectrum, generalised problems.
import { type Dense, dense, transposed } from "../../array/index.ts";
import { applyReflectors, reflectorRoom } from "./householder.ts";
import { type Prepared, prepare } from "./input.ts";
import { tridiagonalise } from "./tridiagonal.ts";
import { tridiagonalQL } from "./tridiagonal-ql.ts";
import { rowStep, withWork } from "./work.ts";

export interface EigenOptions {
  /** Default true. */
  readonly vectors?: boolean;
}

export interface SymmetricEigen {
  /** Ascending; each within a small multiple of n * 2^-53 * |A|_2 of an exact one. */
  readonly values: Float64Array;
  /** Orthonormal columns, in the order of the values; absent if not asked for. */
  readonly vectors?: Dense;
  /** Largest |A v - value v|_2 over the pairs, as part of the Frobenius norm of A; computed at the call. NaN without vectors. */
  residual(): number;
}

/** Eigenvalues, ascending, and eigenvectors as rows (n x n) of a symmetric matrix of numbers near 1. */
export function symmetricEigen(n: number, data: Float64Array, vectors: boolean): { values: Float64Array; rows?: Float64Array } {
  const ld = rowStep(n);
  return withWork((vectors ? 3 : 2) * n * ld + 6 * ld + reflectorRoom(n, n), (work) => {
    const { numbers: h, raw } = work;
    const [a, vt] = [work.take(n * ld), work.take(n * ld)];
    work.put(dense(n, n, data), a, ld);
    const { d, e, tau } = tridiagonalise(work, n, a, ld, vt);
    const [pc, ps] = [work.take(ld), work.take(ld)];
    const [c, s] = [h.subarray(pc, pc + n), h.subarray(ps, ps + n)];
    if (!vectors) {
      tridiagonalQL(d, e, c, s, undefined);
      return { values: d.sort() };
    }
    const q = work.take(n * ld);
    for (let i = 0; i < n; i++) h[q + i * (ld + 1)] = 1;
    applyReflectors(work, { vt, ld, count: tau.length, length: n, shift: 1, tau }, "Q", q, ld, n, true);
    work.transpose(n, n, q, ld, a, ld);
    tridiagonalQL(d, e, c, s, (first, count, forward) =>
      raw[forward ? "rotateForward" : "rotateBackward"](count, n, 8 * (a + first * ld), ld, 8 * (pc + first), 8 * (ps + first)),
    );
    const order = Array.from(d, (_, i) => i).sort((i, j) => d[i] - d[j]);
    const rows = new Float64Array(n * n);
    order.forEach((from, to) => rows.set(h.subarray(a + from * ld, a + from * ld + n), to * n));
    return { values: Float64Array.from(order, (i) => d[i]), rows };
  });
} // oxfmt-ignore

/**
 * Eigenvalues and eigenvectors of a symmetric matrix (symmetric up to rounding; the symmetric part is taken). Failures: "usage"
 * (not square, not symmetric), "numeric" (NaN or infinity inside).
 */
export function eigenSymmetric(a: Dense, { vectors = true }: EigenOptions = {}): SymmetricEigen {
  const matrix = prepare(a, "eigenSymmetric", { symmetric: true });
  const { rows: n, data, scale } = matrix;
  const { values, rows } = symmetricEigen(n, data, vectors);
  return {
    values: values.map((x) => x / scale),
    ...(rows && { vectors: transposed(dense(n, n, rows)) }),
    residual: () => (rows ? largestResidual(matrix, values, rows) : Number.NaN),
  };
}

/** Largest |A v - value v| / |A|. */
function largestResidual({ rows: n, data }: Prepared, values: Float64Array, vectors: Float64Array): number {
  let [norm, largest] = [0, 0];
  for (const x of data) norm += x * x;
  for (let k = 0; k < n; k++) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let r = -values[k] * vectors[k * n + i];
      for (let j = 0; j < n; j++) r += data[i * n + j] * vectors[k * n + j];
      sum += r * r;
    }
    largest = Math.max(largest, sum);
  }
  return largest === 0 ? 0 : Math.sqrt(largest / norm);
}
