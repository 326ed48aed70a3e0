// The elimination tree of A^T A, found from A, and the rows of the Householder vectors of a QR factorization.
// Sources: Gilbert, Li, Ng, Peyton, "Computing row and column counts for sparse QR and LU factorization", BIT 41 (2001); George, Heath,
// Ng, SIAM J. Sci. Stat. Comput. 4 (1983); arrangement of Davis 2006, "Direct methods for sparse linear systems", section 5.3.
import type { Sparse } from "../../array/index.ts";

/** parent[k] of the k-th column in `order`; -1 of a root. `matrix` in compressed columns. */
export function columnTree({ rows, cols, ptr, idx }: Sparse, order: Int32Array): Int32Array {
  const parent = new Int32Array(cols).fill(-1);
  const ancestor = new Int32Array(cols).fill(-1);
  const previous = new Int32Array(rows).fill(-1);
  for (let k = 0; k < cols; k++) {
    const j = order[k];
    for (let p = ptr[j]; p < ptr[j + 1]; p++) {
      for (let i = previous[idx[p]]; i >= 0 && i < k;) {
        const up = ancestor[i];
        ancestor[i] = k;
        if (up < 0) parent[i] = k;
        i = up;
      }
      previous[idx[p]] = k;
    }
  }
  return parent;
}

export interface RowPlaces {
  /** The first column, as a place in the order, of each row; -1 of an empty one. */
  readonly leftmost: Int32Array;
  /** Where a row of A goes. Place k < columns is the one that pivot k leaves. */
  readonly place: Int32Array;
  /** Rows in all, with those of zeros that stand in where a column has no row left for its pivot. */
  readonly count: number;
  /** Entries of all Householder vectors, at most. */
  readonly vectorEntries: number;
}

/** Gives each column a row for its pivot: of the rows that begin there or are left by its children in the tree. */
export function rowPlaces({ rows, cols, ptr, idx }: Sparse, order: Int32Array, parent: Int32Array): RowPlaces {
  const leftmost = new Int32Array(rows).fill(-1);
  for (let k = cols - 1; k >= 0; k--) for (let p = ptr[order[k]]; p < ptr[order[k] + 1]; p++) leftmost[idx[p]] = k;
  const place = new Int32Array(rows).fill(-1);
  const head = new Int32Array(cols).fill(-1);
  const tail = new Int32Array(cols).fill(-1);
  const waiting = new Int32Array(cols);
  const next = new Int32Array(rows).fill(-1);
  for (let i = rows - 1; i >= 0; i--) {
    const k = leftmost[i];
    if (k < 0) continue;
    if (waiting[k]++ === 0) tail[k] = i;
    next[i] = head[k];
    head[k] = i;
  }
  let [count, vectorEntries] = [rows, 0];
  for (let k = 0; k < cols; k++) {
    vectorEntries++;
    const i = head[k];
    if (i < 0) {
      count++;
      continue;
    }
    place[i] = k;
    const rest = waiting[k] - 1;
    if (rest === 0) continue;
    vectorEntries += rest;
    const up = parent[k];
    if (up < 0) continue;
    if (waiting[up] === 0) tail[up] = tail[k];
    next[tail[k]] = head[up];
    head[up] = next[i];
    waiting[up] += rest;
  }
  let free = cols;
  for (let i = 0; i < rows; i++) if (place[i] < 0) place[i] = free++;
  return { leftmost, place, count: Math.max(free, count), vectorEntries };
}
