// An orthonormal basis of the invariant subspace of a small matrix that belongs to its wanted eigenvalues. First from their eigenvectors
// at once; where these are nearly dependent, so that the space would not be invariant to rounding, one eigenvalue (or pair) after the
// other, each taken off the matrix by an orthogonal transformation (deflation; Golub, Van Loan, section 7.6).
import { dense, type Dense, element } from "../../array/index.ts";
import { eigenGeneral, type GeneralEigen, qrFactor } from "../dense/index.ts";

/** What is wanted comes first: smaller is better. */
export type Wanted = (re: number, im: number) => number;

/** Part of |T| by which T Q may leave the space of Q. */
const DEFECT = 1e-14;

/** Imaginary part of element i of eigenvector k. */
export function imaginaryElement({ vectors }: GeneralEigen, i: number, k: number): number {
  const { imaginary, offset, rowStep, colStep } = vectors!;
  return imaginary ? imaginary[offset + i * rowStep + k * colStep] : 0;
}

/** Places of the eigenvalues, the wanted first; conjugates side by side, the positive imaginary part first. */
export function ordered({ re, im }: GeneralEigen, key: Wanted): number[] {
  const first = Array.from(re.keys()).filter((k) => im[k] >= 0);
  first.sort((i, j) => key(re[i], im[i]) - key(re[j], im[j]));
  return first.flatMap((k) => (im[k] > 0 ? [k, k + 1] : [k]));
}

/** The first `count` of them, or one more where a pair would be cut. */
export function cut({ im }: GeneralEigen, order: readonly number[], count: number): number[] {
  const open = count < order.length && im[order[count - 1]] > 0;
  return order.slice(0, open ? count + 1 : count);
}

/** Columns Q (orthonormal) and S = Q^T T Q, row by row, of the m x m matrix T; about `count` columns. */
export function wantedSubspace(t: Float64Array, m: number, eigen: GeneralEigen, key: Wanted, count: number): { columns: Float64Array[]; s: Float64Array } {
  const chosen = cut(eigen, ordered(eigen, key), count);
  const quick = columnsOf(qrFactor(realBasis(eigen, chosen, m)).q());
  const made = project(t, m, quick);
  if (made.defect <= DEFECT * made.size) return { columns: quick, s: made.s };
  const columns = byDeflation(t, m, key, chosen.length);
  return { columns, s: project(t, m, columns).s };
} // oxfmt-ignore

/** Real and imaginary parts of these eigenvectors. */
function realBasis(eigen: GeneralEigen, chosen: readonly number[], m: number): Dense {
  const out = dense(m, chosen.length);
  chosen.forEach((k, q) => {
    for (let i = 0; i < m; i++)
      out.data[i * chosen.length + q] = eigen.im[k] < 0 ? -imaginaryElement(eigen, i, k) : element(eigen.vectors!, i, k); // oxfmt-ignore
  });
  return out;
}

const columnsOf = (q: Dense): Float64Array[] =>
  Array.from({ length: q.cols }, (_, j) => Float64Array.from({ length: q.rows }, (_each, i) => element(q, i, j)));

/** S = Q^T T Q, the largest element of T Q - Q S, and of T. */
function project(t: Float64Array, m: number, columns: readonly Float64Array[]): { s: Float64Array; defect: number; size: number } {
  const p = columns.length;
  const s = new Float64Array(p * p);
  let defect = 0;
  columns.forEach((column, q) => {
    const image = new Float64Array(m);
    for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) image[i] += t[i * m + j] * column[j];
    columns.forEach((row, i) => (s[i * p + q] = row.reduce((sum, r, j) => sum + r * image[j], 0)));
    columns.forEach((row, i) => row.forEach((r, j) => (image[j] -= r * s[i * p + q])));
    for (const x of image) defect = Math.max(defect, Math.abs(x));
  });
  return { s, defect, size: t.reduce((most, x) => Math.max(most, Math.abs(x)), 0) };
} // oxfmt-ignore

function byDeflation(t: Float64Array, m: number, key: Wanted, count: number): Float64Array[] {
  const out: Float64Array[] = [];
  let [left, size] = [dense(m, m, t.slice()), m];
  /** The columns that the rows of `left` stand for. */
  let frame = Array.from({ length: m }, (_, j) => Float64Array.from({ length: m }, (_each, i) => (i === j ? 1 : 0)));
  while (out.length < count && size > 0) {
    const eigen = eigenGeneral(left, { balance: false });
    const next = cut(eigen, ordered(eigen, key), 1);
    const q = qrFactor(realBasis(eigen, next, size)).q({ full: true });
    frame = columnsOf(q).map((column) => {
      const sum = new Float64Array(m);
      column.forEach((c, k) => frame[k].forEach((f, i) => (sum[i] += c * f)));
      return sum;
    });
    const taken = next.length;
    out.push(...frame.slice(0, taken));
    const rest = columnsOf(q).slice(taken);
    const smaller = project(left.data, size, rest).s;
    frame = frame.slice(taken);
    size -= taken;
    left = dense(size, size, smaller);
  }
  return out;
}
