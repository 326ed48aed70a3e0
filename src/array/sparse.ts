// Sparse matrices in compressed rows (CSR) or compressed columns (CSC): the one form that solvers and products work on. Other
// forms (triplets, blocks, files) are made into it. The transpose is the same arrays under the other layout.
// Source: textbook (Davis 2006, "Direct methods for sparse linear systems", chapter 2). Entries that are zero may be stored.
// Left out: 64-bit indices (at most 2^31 - 1 entries), numbers other than f64 and pairs of f64.
import { Failure } from "../base/index.ts";

export type SparseLayout = "csr" | "csc";

/**
 * A matrix of `rows` rows and `cols` columns. The lines (rows of csr, columns of csc) follow one another: line k has the entries
 * ptr[k] .. ptr[k + 1]; idx holds their columns (of csc: rows), ascending within a line, none twice.
 * Complex matrices have `imaginary` beside `values`.
 */
export interface Sparse {
  readonly layout: SparseLayout;
  readonly rows: number;
  readonly cols: number;
  readonly ptr: Int32Array;
  readonly idx: Int32Array;
  readonly values: Float64Array;
  readonly imaginary?: Float64Array;
}

/** Entries one by one, in any order; entries at one place are added. */
export interface Triplets {
  readonly rows: number;
  readonly cols: number;
  readonly row: ArrayLike<number>;
  readonly col: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly imaginary?: ArrayLike<number>;
}

const MOST = 2 ** 31 - 1;

/** Number of lines: rows of csr, columns of csc. */
export const lineCount = ({ layout, rows, cols }: Pick<Sparse, "layout" | "rows" | "cols">): number =>
  layout === "csr" ? rows : cols;

/** Number of stored entries. */
export const entryCount = (matrix: Sparse): number => matrix.ptr[lineCount(matrix)];

function checkSize(rows: number, cols: number): void {
  for (const [what, size] of [["rows", rows], ["columns", cols]] as const)
    if (!(Number.isInteger(size) && size >= 0 && size <= MOST))
      throw new Failure("usage", `a matrix of ${size} ${what}`, { hint: `Sizes are integers from 0 to ${MOST}.` });
} // oxfmt-ignore

/** Checks the invariants of a matrix made elsewhere; throws a Failure that names the line. */
export function checkSparse(matrix: Sparse): Sparse {
  const { layout, rows, cols, ptr, idx, values, imaginary } = matrix;
  checkSize(rows, cols);
  const [lines, across] = layout === "csr" ? [rows, cols] : [cols, rows];
  const line = layout === "csr" ? "row" : "column";
  if (ptr.length !== lines + 1 || ptr[0] !== 0)
    throw new Failure("usage", `${ptr.length} ${line} pointers for ${lines} ${line}s`, {
      hint: `ptr has one element more than there are ${line}s, the first 0.`,
    });
  for (let k = 0; k < lines; k++) {
    if (ptr[k + 1] < ptr[k]) throw new Failure("usage", `the ${line} pointers descend at ${line} ${k}`);
    if (ptr[k + 1] > idx.length) throw new Failure("usage", `the entries of ${line} ${k} end at ${ptr[k + 1]}, and there are ${idx.length}`); // oxfmt-ignore
    let last = -1;
    for (let p = ptr[k], end = ptr[k + 1]; p < end; p++) {
      const i = idx[p];
      if (i > last && i < across) {
        last = i;
        continue;
      }
      if (!(i >= 0 && i < across)) throw new Failure("usage", `${line} ${k} has an entry at ${i}, outside 0 .. ${across - 1}`); // oxfmt-ignore
      throw new Failure("usage", `the entries of ${line} ${k} do not ascend: ${i} comes after ${last}`, {
        hint: "fromTriplets sorts, and adds entries at one place.",
      });
    }
  }
  const count = ptr[lines];
  if (idx.length < count || values.length < count || (imaginary !== undefined && imaginary.length < count))
    throw new Failure("usage", `${values.length} values for ${count} entries`);
  return matrix;
}

/** The matrix of these entries; those at one place are added in the order given. O(entries + rows + columns). */
export function fromTriplets(triplets: Triplets, layout: SparseLayout = "csr"): Sparse {
  const { rows, cols, row, col, values, imaginary } = triplets;
  checkSize(rows, cols);
  const count = values.length;
  if (row.length !== count || col.length !== count || (imaginary && imaginary.length !== count))
    throw new Failure("usage", `${row.length} rows, ${col.length} columns and ${values.length} values: the lengths differ`); // oxfmt-ignore
  if (count > MOST) throw new Failure("limit", `${count} entries: indices have 32 bits`, { hint: `At most ${MOST} entries.` }); // oxfmt-ignore
  for (let p = 0; p < count; p++)
    if (
      !(
        row[p] >= 0 &&
        row[p] < rows &&
        col[p] >= 0 &&
        col[p] < cols &&
        Number.isInteger(row[p]) &&
        Number.isInteger(col[p])
      )
    )
      // oxfmt-ignore
      throw new Failure("usage", `entry ${p} lies at (${row[p]}, ${col[p]}), outside a matrix of ${rows} x ${cols}`, {
        hint: "Indices begin with 0.",
      });
  const [lines, across, line, other] = layout === "csr" ? [rows, cols, row, col] : [cols, rows, col, row];
  // Counting sort by the other index first, then by the line: a stable sort by both.
  const order = sortedBy(other, across, undefined);
  const sorted = sortedBy(line, lines, order);
  const ptr = new Int32Array(lines + 1);
  const idx = new Int32Array(count);
  const re = new Float64Array(count);
  const im = imaginary && new Float64Array(count);
  let to = 0;
  let at = 0;
  for (let k = 0; k < lines; k++) {
    const begin = to;
    for (; at < count && line[sorted[at]] === k; at++) {
      const p = sorted[at];
      if (to > begin && idx[to - 1] === other[p]) {
        re[to - 1] += values[p];
        if (im) im[to - 1] += imaginary[p];
      } else {
        idx[to] = other[p];
        re[to] = values[p];
        if (im) im[to] = imaginary[p];
        to++;
      }
    }
    ptr[k + 1] = to;
  }
  return {
    layout, rows, cols, ptr,
    idx: to === count ? idx : idx.slice(0, to),
    values: to === count ? re : re.slice(0, to),
    ...(im && { imaginary: to === count ? im : im.slice(0, to) }),
  }; // oxfmt-ignore
}

/** Places 0 .. n - 1, or `order`, stably sorted by key. */
function sortedBy(key: ArrayLike<number>, keys: number, order: Int32Array | undefined): Int32Array {
  const n = key.length;
  const next = new Int32Array(keys + 1);
  for (let p = 0; p < n; p++) next[key[p] + 1]++;
  for (let k = 0; k < keys; k++) next[k + 1] += next[k];
  const out = new Int32Array(n);
  for (let p = 0; p < n; p++) {
    const q = order ? order[p] : p;
    out[next[key[q]]++] = q;
  }
  return out;
}

/** The transpose: the same arrays under the other layout. */
export const transpose = (matrix: Sparse): Sparse => ({
  ...matrix,
  layout: matrix.layout === "csr" ? "csc" : "csr",
  rows: matrix.cols,
  cols: matrix.rows,
});

/** The same matrix in the layout asked for; itself where it has it already. O(entries + rows + columns). */
export function toLayout(matrix: Sparse, layout: SparseLayout): Sparse {
  if (matrix.layout === layout) return matrix;
  const { rows, cols, ptr, idx, values, imaginary } = matrix;
  const lines = lineCount(matrix);
  const across = layout === "csr" ? rows : cols;
  const count = ptr[lines];
  const out = new Int32Array(across + 1);
  for (let p = 0; p < count; p++) out[idx[p] + 1]++;
  for (let k = 0; k < across; k++) out[k + 1] += out[k];
  const next = out.slice(0, across);
  const index = new Int32Array(count);
  const re = new Float64Array(count);
  const im = imaginary && new Float64Array(count);
  for (let k = 0; k < lines; k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) {
      const to = next[idx[p]]++;
      index[to] = k;
      re[to] = values[p];
      if (im) im[to] = imaginary[p];
    }
  return { layout, rows, cols, ptr: out, idx: index, values: re, ...(im && { imaginary: im }) };
}

/** A(rowOrder, colOrder): row k of the result is row rowOrder[k]. Absent: as it is. Same layout. */
export function permute(matrix: Sparse, rowOrder?: ArrayLike<number>, colOrder?: ArrayLike<number>): Sparse {
  const { layout, rows, cols, ptr, idx, values, imaginary } = matrix;
  const [lineOrder, otherOrder] = layout === "csr" ? [rowOrder, colOrder] : [colOrder, rowOrder];
  checkOrder(rowOrder, rows, "row");
  checkOrder(colOrder, cols, "column");
  const lines = lineCount(matrix);
  const place = otherOrder && new Int32Array(otherOrder.length);
  if (place) for (let k = 0; k < place.length; k++) place[otherOrder[k]] = k;
  const out = new Int32Array(lines + 1);
  const count = ptr[lines];
  const index = new Int32Array(count);
  const re = new Float64Array(count);
  const im = imaginary && new Float64Array(count);
  let to = 0;
  for (let k = 0; k < lines; k++) {
    const from = lineOrder ? lineOrder[k] : k;
    for (let p = ptr[from]; p < ptr[from + 1]; p++, to++) {
      index[to] = place ? place[idx[p]] : idx[p];
      re[to] = values[p];
      if (im) im[to] = imaginary[p];
    }
    out[k + 1] = to;
  }
  const result: Sparse = { layout, rows, cols, ptr: out, idx: index, values: re, ...(im && { imaginary: im }) };
  // Two transpositions sort the entries of each line.
  return place ? toLayout(toLayout(result, layout === "csr" ? "csc" : "csr"), layout) : result;
}

function checkOrder(order: ArrayLike<number> | undefined, n: number, what: string): void {
  if (!order) return;
  const seen = new Uint8Array(n);
  let count = 0;
  for (let k = 0; k < order.length; k++)
    if (order[k] >= 0 && order[k] < n && !seen[order[k]]) {
      seen[order[k]] = 1;
      count++;
    }
  if (order.length !== n || count !== n) throw new Failure("usage", `the ${what} order is not a permutation of 0 .. ${n - 1}`); // oxfmt-ignore
}

/** Is the matrix real, square and equal to its transpose, entry by entry? `skew`: to minus its transpose. */
export function isSymmetric(matrix: Sparse, { skew = false }: { readonly skew?: boolean } = {}): boolean {
  const { rows, cols, ptr, idx, values, imaginary } = matrix;
  if (rows !== cols || imaginary) return false;
  const sign = skew ? -1 : 1;
  if (mirrored(matrix, sign)) return true;
  const other = toLayout(matrix, matrix.layout === "csr" ? "csc" : "csr");
  // Stored zeros may lie on one side only: walk both lists.
  for (let k = 0; k < rows; k++) {
    let [p, q] = [ptr[k], other.ptr[k]];
    while (p < ptr[k + 1] || q < other.ptr[k + 1]) {
      const a = p < ptr[k + 1] ? idx[p] : MOST;
      const b = q < other.ptr[k + 1] ? other.idx[q] : MOST;
      const [x, y] = [a <= b ? values[p] : 0, b <= a ? other.values[q] : 0];
      if (x !== sign * y) return false;
      if (a <= b) p++;
      if (b <= a) q++;
    }
  }
  return true;
}

/** Has every stored entry its stored mirror image? Lines are walked in order, so the images are met in order too. */
function mirrored({ rows, ptr, idx, values }: Sparse, sign: 1 | -1): boolean {
  const next = ptr.slice(0, rows);
  for (let i = 0; i < rows; i++) {
    const end = ptr[i + 1];
    // What is left before the diagonal has no image.
    if (next[i] < end && idx[next[i]] < i) return false;
    for (let p = next[i]; p < end; p++) {
      const j = idx[p];
      const q = j === i ? p : next[j]++;
      if (q >= ptr[j + 1] || idx[q] !== i || values[q] !== sign * values[p]) return false;
    }
  }
  return true;
}

/** The main diagonal; places without an entry are 0. */
export function diagonal(matrix: Sparse): Float64Array {
  const { rows, cols, ptr, idx, values } = matrix;
  const out = new Float64Array(Math.min(rows, cols));
  for (let k = 0; k < out.length; k++) {
    for (let p = ptr[k]; p < ptr[k + 1] && idx[p] <= k; p++) if (idx[p] === k) out[k] = values[p];
  }
  return out;
}

/** y = A x of a real matrix, in order of storage. For many products see `SparseProduct`. */
export function multiplyVector(
  matrix: Sparse,
  x: ArrayLike<number>,
  y: Float64Array = new Float64Array(matrix.rows),
): Float64Array {
  const { layout, rows, cols, ptr, idx, values, imaginary } = matrix;
  if (imaginary) throw new Failure("unsupported", "a complex matrix times a real vector", { hint: "Solve, or multiply, with realForm(A)." }); // oxfmt-ignore
  if (x.length !== cols || y.length !== rows)
    throw new Failure("usage", `a matrix of ${rows} x ${cols} times a vector of ${x.length} into one of ${y.length}`);
  if (layout === "csr") {
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let p = ptr[i]; p < ptr[i + 1]; p++) sum += values[p] * x[idx[p]];
      y[i] = sum;
    }
    return y;
  }
  y.fill(0);
  for (let j = 0; j < cols; j++) {
    const v = x[j];
    for (let p = ptr[j]; p < ptr[j + 1]; p++) y[idx[p]] += values[p] * v;
  }
  return y;
}

/** The largest sum of absolute values of a row ("infinity") or column ("one"); of all entries the root of the squares ("frobenius"), the largest ("max"). */
export function norm(matrix: Sparse, kind: "one" | "infinity" | "frobenius" | "max" = "infinity"): number {
  const { layout, rows, cols, idx, ptr, values, imaginary } = matrix;
  const count = entryCount(matrix);
  const size = (p: number): number => (imaginary ? Math.hypot(values[p], imaginary[p]) : Math.abs(values[p]));
  if (kind === "max" || kind === "frobenius") {
    let most = 0;
    for (let p = 0; p < count; p++) if (!(size(p) <= most)) most = size(p);
    if (kind === "max" || most === 0 || !(most < Infinity)) return most;
    let sum = 0;
    for (let p = 0; p < count; p++) sum += (size(p) / most) ** 2;
    return most * Math.sqrt(sum);
  }
  const byLine = (layout === "csr") === (kind === "infinity");
  const sums = new Float64Array(kind === "infinity" ? rows : cols);
  for (let k = 0; k < lineCount(matrix); k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) sums[byLine ? k : idx[p]] += size(p);
  let most = 0;
  for (const sum of sums) if (!(sum <= most)) most = sum;
  return most;
}

/** The identity, or a diagonal matrix. */
export function sparseDiagonal(values: ArrayLike<number>, layout: SparseLayout = "csr"): Sparse {
  const n = values.length;
  return {
    layout,
    rows: n,
    cols: n,
    ptr: Int32Array.from({ length: n + 1 }, (_, k) => k),
    idx: Int32Array.from({ length: n }, (_, k) => k),
    values: Float64Array.from(values),
  };
}

/** The real matrix [re -im; im re] of twice the size that does to [re x; im x] what a complex one does to x. */
export function realForm(matrix: Sparse): Sparse {
  const { layout, rows, cols, ptr, idx, values, imaginary } = matrix;
  if (!imaginary) return matrix;
  const lines = lineCount(matrix);
  const count = ptr[lines];
  const across = layout === "csr" ? cols : rows;
  const out = new Int32Array(2 * lines + 1);
  const index = new Int32Array(4 * count);
  const re = new Float64Array(4 * count);
  // Of csr the first lines are [re -im], of csc (columns) [re im].
  const sign = layout === "csr" ? -1 : 1;
  let to = 0;
  for (let half = 0; half < 2; half++)
    for (let k = 0; k < lines; k++) {
      for (let p = ptr[k]; p < ptr[k + 1]; p++, to++) {
        index[to] = idx[p];
        re[to] = half === 0 ? values[p] : -sign * imaginary[p];
      }
      for (let p = ptr[k]; p < ptr[k + 1]; p++, to++) {
        index[to] = idx[p] + across;
        re[to] = half === 0 ? sign * imaginary[p] : values[p];
      }
      out[half * lines + k + 1] = to;
    }
  return { layout, rows: 2 * rows, cols: 2 * cols, ptr: out, idx: index, values: re };
}
