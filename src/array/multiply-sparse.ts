// Products of sparse matrices, row by row (Gustavson 1978): the pattern is counted first, then each row of the result is summed in
// an array of its length. Sums run in order of storage of A's row. Entries that cancel are stored as zeros.
// Cost: one multiplication a product of entries, and sorting of each row.
// Left out: complex matrices.
import { Failure } from "../base/index.ts";
import { type Sparse, toLayout } from "./sparse.ts";

/** Rows up to this length are sorted by insertion. */
const SHORT = 24;
const MOST = 2 ** 31 - 1;

/** A B, in compressed rows. */
export function multiplySparse(left: Sparse, right: Sparse): Sparse {
  if (left.imaginary ?? right.imaginary)
    throw new Failure("unsupported", "products of complex sparse matrices", { hint: "Multiply their real forms." });
  if (left.cols !== right.rows)
    throw new Failure("usage", `a matrix of ${left.rows} x ${left.cols} times one of ${right.rows} x ${right.cols}`);
  const [a, b] = [toLayout(left, "csr"), toLayout(right, "csr")];
  const { rows } = a;
  const { cols } = b;
  const ptr = countRows(a, b);
  const idx = new Int32Array(ptr[rows]);
  const values = new Float64Array(ptr[rows]);
  fillRows(a, b, ptr, idx, values);
  return { layout: "csr", rows, cols, ptr, idx, values };
}

/** Columns and values of the product. */
function fillRows(
  { rows, ptr: ap, idx: ai, values: av }: Sparse,
  { cols, ptr: bp, idx: bi, values: bv }: Sparse,
  ptr: Int32Array,
  idx: Int32Array,
  values: Float64Array,
): void {
  const sums = new Float64Array(cols);
  const seen = new Int32Array(cols).fill(-1);
  for (let i = 0; i < rows; i++) {
    const from = ptr[i];
    const end = ap[i + 1];
    let to = from;
    for (let p = ap[i]; p < end; p++) {
      const k = ai[p];
      const v = av[p];
      const last = bp[k + 1];
      for (let q = bp[k]; q < last; q++) {
        const j = bi[q];
        if (seen[j] === i) sums[j] += v * bv[q];
        else {
          seen[j] = i;
          sums[j] = v * bv[q];
          idx[to++] = j;
        }
      }
    }
    sortRange(idx, from, to);
    for (let p = from; p < to; p++) values[p] = sums[idx[p]];
  }
}

/** Where the rows of the product begin. */
function countRows({ rows, ptr: ap, idx: ai }: Sparse, { cols, ptr: bp, idx: bi }: Sparse): Int32Array {
  const ptr = new Int32Array(rows + 1);
  const seen = new Int32Array(cols).fill(-1);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const end = ap[i + 1];
    for (let p = ap[i]; p < end; p++) {
      const k = ai[p];
      const last = bp[k + 1];
      for (let q = bp[k]; q < last; q++) {
        const j = bi[q];
        if (seen[j] === i) continue;
        seen[j] = i;
        count++;
      }
    }
    if (count > MOST) throw new Failure("limit", "the product has 2^31 entries or more", { hint: "Indices have 32 bits." }); // oxfmt-ignore
    ptr[i + 1] = count;
  }
  return ptr;
}

function sortRange(idx: Int32Array, from: number, to: number): void {
  if (to - from > SHORT) {
    idx.subarray(from, to).sort();
    return;
  }
  for (let p = from + 1; p < to; p++) {
    const j = idx[p];
    let q = p;
    for (; q > from && idx[q - 1] > j; q--) idx[q] = idx[q - 1];
    idx[q] = j;
  }
}
