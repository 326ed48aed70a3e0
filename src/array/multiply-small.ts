// Small products of sparse matrices without compiled code, row by row (Gustavson 1978): the pattern is counted first, then each row of
// the result is summed in an array of its length. Below some ten thousand products making a memory costs more than it saves.
// Left out: semirings, masks, complex matrices (multiply-sparse.ts).
import type { Sparse } from "./sparse.ts";

/** Rows up to this length are sorted by insertion. */
const SHORT = 24;

/** A B of two matrices in compressed rows; each sum begins with zero. */
export function multiplySmall(a: Sparse, b: Sparse): Sparse {
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
          sums[j] = 0 + v * bv[q];
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
