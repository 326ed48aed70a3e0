// Patterns of square sparse matrices by compressed columns, and the few operations that orderings need.
// Source: textbook (Davis 2006, "Direct methods for sparse linear systems", chapter 2). Leaves out rectangular patterns.
import { Failure } from "../base/index.ts";

/** The places of the entries of an n-by-n matrix. Column j holds rows rowIdx[colPtr[j] .. colPtr[j+1]), in any order, none twice. */
export interface SparsePattern {
  readonly n: number;
  readonly colPtr: Int32Array;
  readonly rowIdx: Int32Array;
}

/** Checks shape, range and repetition; throws a Failure that names the column. */
export function checkPattern({ n, colPtr, rowIdx }: SparsePattern): void {
  if (!Number.isInteger(n) || n < 0 || colPtr.length !== n + 1 || colPtr[0] !== 0 || colPtr[n] > rowIdx.length)
    throw new Failure("usage", `not a pattern by compressed columns: n = ${n}, ${colPtr.length} column pointers`, {
      hint: "colPtr needs n + 1 ascending entries from 0, the last at most rowIdx.length",
    });
  const seen = new Int32Array(n).fill(-1);
  for (let j = 0; j < n; j++) {
    if (colPtr[j + 1] < colPtr[j]) throw new Failure("usage", `column pointers descend at column ${j}`);
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const i = rowIdx[p];
      if (i < 0 || i >= n) throw new Failure("usage", `row ${i} of column ${j} is outside 0 .. ${n - 1}`);
      if (seen[i] === j) throw new Failure("usage", `row ${i} occurs twice in column ${j}`);
      seen[i] = j;
    }
  }
}

/** Pattern of A^T; rows ascend in every column of the result. */
export function transposePattern({ n, colPtr, rowIdx }: SparsePattern): SparsePattern {
  const ptr = new Int32Array(n + 1);
  for (let p = 0; p < colPtr[n]; p++) ptr[rowIdx[p] + 1]++;
  for (let i = 0; i < n; i++) ptr[i + 1] += ptr[i];
  const next = ptr.slice(0, n);
  const idx = new Int32Array(colPtr[n]);
  for (let j = 0; j < n; j++) for (let p = colPtr[j]; p < colPtr[j + 1]; p++) idx[next[rowIdx[p]]++] = j;
  return { n, colPtr: ptr, rowIdx: idx };
}

/** Pattern of A + A^T without the diagonal: the graph on which symmetric orderings work. */
export function symmetrized(pattern: SparsePattern): SparsePattern {
  const { n, colPtr, rowIdx } = pattern;
  const t = transposePattern(pattern);
  const ptr = new Int32Array(n + 1);
  const idx = new Int32Array(2 * colPtr[n]);
  const seen = new Int32Array(n).fill(-1);
  let count = 0;
  for (let j = 0; j < n; j++) {
    seen[j] = j;
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const i = rowIdx[p];
      if (seen[i] !== j) {
        seen[i] = j;
        idx[count++] = i;
      }
    }
    for (let p = t.colPtr[j]; p < t.colPtr[j + 1]; p++) {
      const i = t.rowIdx[p];
      if (seen[i] !== j) {
        seen[i] = j;
        idx[count++] = i;
      }
    }
    ptr[j + 1] = count;
  }
  return { n, colPtr: ptr, rowIdx: idx.slice(0, count) };
}
