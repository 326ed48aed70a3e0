// Least squares with sparse matrices of any shape and rank: x of smallest norm among those that make |b - A x| smallest, by a complete
// orthogonal factorization. Of the taller of A and A^T, B P = Q [R S] with independent columns first; where columns are left over,
// [R S]^T = Z T is factored too.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), section 5.5, with sparse factors. Left out: weights, constraints, rank by
// singular values: columns are judged by what is left of them, as in pivoted QR.
import { type Sparse, toLayout, transpose } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { SparseQR, type SparseQROptions } from "./sparse-qr.ts";

export interface SparseLeastSquares {
  readonly x: Float64Array;
  /** Numerical rank: columns of which more is left than the tolerance. */
  readonly rank: number;
  /** Entries of R and of the vectors of the first factorization. */
  readonly entries: number;
}

export type SparseLeastSquaresOptions = Pick<SparseQROptions, "tolerance" | "limit" | "work">;

/** Multiplications spent on columns that may depend on others. */
const DEPENDENT = 4e9;

/**
 * For one right side of length rows. Failures: "usage" (sizes), "domain" (NaN or infinity inside), "limit" (too much fill or work: use
 * `lsmr`).
 */
export function sparseLeastSquares(
  a: Sparse,
  b: Float64Array,
  options: SparseLeastSquaresOptions = {},
): SparseLeastSquares {
  if (b.length !== a.rows) throw new Failure("usage", `a right side of ${b.length} numbers for ${a.rows} equations`);
  const tall = a.rows >= a.cols;
  const { factors, kept, rest } = independent(toLayout(tall ? a : transpose(a), "csc"), options);
  const rank = kept.length;
  const { r, vectors } = factors.entries;
  const entries = r + vectors;
  const { order } = factors;
  // Column kept[order[k]] of B is at place k of R; those of `rest` follow.
  const columns = Int32Array.from({ length: rank + rest.length }, (_, k) => (k < rank ? kept[order[k]] : rest[k - rank].column)); // oxfmt-ignore
  // [R S]^T has full rank. Its QR options: nothing in it is taken for zero.
  const second =
    rest.length === 0
      ? undefined
      : new SparseQR(transpose(wide(factors.upper(), rest)), { ...options, tolerance: 0, threshold: 0 });
  if (tall) {
    const c = factors.applyTransposed(b).slice(0, rank);
    const x = new Float64Array(a.cols);
    if (second) {
      const z = Float64Array.from(second.order, (k) => c[k]);
      second.solveRTransposed(z);
      second.apply(z).forEach((v, k) => (x[columns[k]] = v));
    } else {
      factors.solveR(c);
      c.forEach((v, k) => (x[columns[k]] = v));
    }
    return { x, rank, entries };
  }
  // A = P [R S]^T Q^T: the unknowns Q^T x from the equations in the order of `columns`.
  const sorted = Float64Array.from(columns, (i) => b[i]);
  if (!second) {
    factors.solveRTransposed(sorted);
    return { x: factors.apply(sorted), rank, entries };
  }
  const z = second.applyTransposed(sorted).slice(0, rank);
  second.solveR(z);
  const y = new Float64Array(rank);
  z.forEach((v, k) => (y[second.order[k]] = v));
  return { x: factors.apply(y), rank, entries };
}

interface Dependent {
  readonly column: number;
  /** Q^T times the column, at the places of the independent ones. */
  readonly part: Float64Array;
}

/** Factors of the independent columns `kept`, and the others by them. */
function independent(
  b: Sparse,
  options: SparseLeastSquaresOptions,
): { factors: SparseQR; kept: Int32Array; rest: Dependent[] } {
  const first = new SparseQR(b, options);
  const all = Int32Array.from({ length: b.cols }, (_, j) => j);
  if (first.pivots === b.cols) return { factors: first, kept: all, rest: [] };
  const { threshold } = first;
  let kept = first.order.filter((_, k) => first.live[k] === 1);
  for (let round = 0; round < 5; round++) {
    const factors = new SparseQR(columnsOf(b, kept), { ...options, threshold, ordering: "natural" });
    if (factors.pivots < kept.length) {
      // On the edge of the tolerance: rounding moved it.
      const before = kept;
      kept = before.filter((_, k) => factors.live[k] === 1);
      continue;
    }
    const taken = new Uint8Array(b.cols);
    for (const j of kept) taken[j] = 1;
    const left = all.filter((j) => !taken[j]);
    const { r, vectors } = factors.entries;
    if (left.length * (r + vectors + b.rows) > DEPENDENT) throw new Failure("limit", `${left.length} columns depend on others: too many to be cleared`, { hint: "Use lsmr." }); // oxfmt-ignore
    const rest: Dependent[] = [];
    const doubtful: { column: number; tail: Float64Array }[] = [];
    for (const column of left) {
      const dense = new Float64Array(b.rows);
      for (let p = b.ptr[column]; p < b.ptr[column + 1]; p++) dense[b.idx[p]] = b.values[p];
      const y = factors.applyTransposed(dense);
      rest.push({ column, part: y.slice(0, kept.length) });
      const tail = y.subarray(kept.length);
      if (size(tail) > threshold) doubtful.push({ column, tail: tail.slice() });
    }
    if (doubtful.length === 0) return { factors, kept, rest };
    if (doubtful.length ** 2 * b.rows > DEPENDENT) throw new Failure("limit", `${doubtful.length} columns may depend on others: too many to be cleared`, { hint: "Use lsmr." }); // oxfmt-ignore
    kept = Int32Array.from([...kept, ...pivoted(doubtful, threshold)]);
  }
  throw new Failure("numeric", "the rank is not clear: columns on the edge of the tolerance", { hint: "Use lsmr, or another tolerance." }); // oxfmt-ignore
}

/** Columns of which more than `threshold` is left, by Gram-Schmidt with the longest first (twice over: Giraud, Langou 2005). */
function pivoted(columns: { readonly column: number; readonly tail: Float64Array }[], threshold: number): number[] {
  const out: number[] = [];
  const open = columns.map(({ column, tail }) => ({ column, tail, length: size(tail) }));
  while (open.length > 0) {
    let best = 0;
    open.forEach(({ length }, k) => void (length > open[best].length && (best = k)));
    const [{ column, tail, length }] = open.splice(best, 1);
    if (!(length > threshold)) break;
    out.push(column);
    for (const other of open) {
      for (let turn = 0; turn < 2; turn++) {
        let dot = 0;
        for (let i = 0; i < tail.length; i++) dot += (tail[i] / length) * other.tail[i];
        for (let i = 0; i < tail.length; i++) other.tail[i] -= dot * (tail[i] / length);
      }
      other.length = size(other.tail);
    }
  }
  return out;
}

/** [R S] by columns. */
function wide(r: Sparse, rest: readonly Dependent[]): Sparse {
  const n = r.cols;
  const count = rest.reduce((sum, { part }) => sum + part.reduce((c, v) => c + (v === 0 ? 0 : 1), 0), r.ptr[n]);
  const [ptr, idx, values] = [new Int32Array(n + rest.length + 1), new Int32Array(count), new Float64Array(count)];
  ptr.set(r.ptr);
  idx.set(r.idx);
  values.set(r.values);
  let to = r.ptr[n];
  rest.forEach(({ part }, k) => {
    part.forEach((v, i) => {
      if (v === 0) return;
      idx[to] = i;
      values[to++] = v;
    });
    ptr[n + k + 1] = to;
  });
  return { layout: "csc", rows: n, cols: n + rest.length, ptr, idx, values };
}

function columnsOf(a: Sparse, columns: Int32Array): Sparse {
  const ptr = new Int32Array(columns.length + 1);
  columns.forEach((j, k) => (ptr[k + 1] = ptr[k] + a.ptr[j + 1] - a.ptr[j]));
  const [idx, values] = [new Int32Array(ptr[columns.length]), new Float64Array(ptr[columns.length])];
  columns.forEach((j, k) => {
    idx.set(a.idx.subarray(a.ptr[j], a.ptr[j + 1]), ptr[k]);
    values.set(a.values.subarray(a.ptr[j], a.ptr[j + 1]), ptr[k]);
  });
  return { layout: "csc", rows: a.rows, cols: columns.length, ptr, idx, values };
}

function size(v: Float64Array): number {
  let sum = 0;
  for (const x of v) sum += x * x;
  return Math.sqrt(sum);
}
