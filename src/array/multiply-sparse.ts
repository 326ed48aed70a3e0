// Products of sparse matrices, row by row (Gustavson 1978): the pattern is counted first, then each row of the result is summed in
// an array of its length. Sums run in order of storage of A's row. Entries that cancel are stored as zeros.
// Cost: one multiplication a product of entries, and sorting of each row.
// Left out: complex matrices.
import { Failure } from "../base/index.ts";
import { type Sparse, toLayout } from "./sparse.ts";

/** Rows up to this length are sorted by insertion. */
const SHORT = 24;

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
  const sums = new Float64Array(cols);
  const seen = new Int32Array(cols).fill(-1);
  for (let i = 0; i < rows; i++) {
    const from = ptr[i];
    let to = from;
    for (let p = a.ptr[i]; p < a.ptr[i + 1]; p++) {
      const k = a.idx[p];
      const v = a.values[p];
      for (let q = b.ptr[k]; q < b.ptr[k + 1]; q++) {
        const j = b.idx[q];
        if (seen[j] === i) sums[j] += v * b.values[q];
        else {
          seen[j] = i;
          sums[j] = v * b.values[q];
          idx[to++] = j;
        }
      }
    }
    sortRange(idx, from, to);
    for (let p = from; p < to; p++) values[p] = sums[idx[p]];
  }
  return { layout: "csr", rows, cols, ptr, idx, values };
}

/** Where the rows of the product begin. */
function countRows(a: Sparse, b: Sparse): Int32Array {
  const ptr = new Int32Array(a.rows + 1);
  const seen = new Int32Array(b.cols).fill(-1);
  let count = 0;
  for (let i = 0; i < a.rows; i++) {
    for (let p = a.ptr[i]; p < a.ptr[i + 1]; p++) {
      const k = a.idx[p];
      for (let q = b.ptr[k]; q < b.ptr[k + 1]; q++)
        if (seen[b.idx[q]] !== i) {
          seen[b.idx[q]] = i;
          count++;
        }
    }
    if (count > 2 ** 31 - 1) throw new Failure("limit", "the product has 2^31 entries or more", { hint: "Indices have 32 bits." }); // oxfmt-ignore
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
