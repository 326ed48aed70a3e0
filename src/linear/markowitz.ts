// Diagonal Markowitz ordering of an unsymmetric pattern: at every step the diagonal pivot with the least
// (row count - 1) * (column count - 1) is eliminated on the true, unsymmetric fill pattern.
// Source: Markowitz, "The elimination form of the inverse", Management Science 3 (1957), restricted to the diagonal as in
// Amestoy, Li, Ng, "Diagonal Markowitz scheme with local symmetrization", SIAM J. Matrix Anal. Appl. 29 (2007).
// Leaves out the quotient graph of the latter: rows and columns are kept as explicit lists, so the work is that of the
// elimination itself. That suits matrices of some thousand unknowns whose pattern is far from symmetric (reaction
// networks); a budget of operations stops the search where a symmetric ordering is the better choice.
import type { SparsePattern } from "./pattern.ts";
import { transposePattern } from "./pattern.ts";

export interface MarkowitzOptions {
  /** Give up after so many list operations. */
  readonly work?: number;
}

/** Lists of indices that grow: list i at idx[start[i] ..+ len[i]), with room for cap[i]. */
interface Lists {
  idx: Int32Array;
  free: number;
  readonly start: Int32Array;
  readonly len: Int32Array;
  readonly cap: Int32Array;
}

function listsOf({ n, colPtr, rowIdx }: SparsePattern): Lists {
  const start = new Int32Array(n);
  const len = new Int32Array(n);
  const cap = new Int32Array(n);
  let free = 0;
  for (let j = 0; j < n; j++) {
    start[j] = free;
    cap[j] = 2 * (colPtr[j + 1] - colPtr[j]) + 4;
    free += cap[j];
  }
  const idx = new Int32Array(2 * free);
  for (let j = 0; j < n; j++)
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) if (rowIdx[p] !== j) idx[start[j] + len[j]++] = rowIdx[p];
  return { idx, free, start, len, cap };
}

/** Makes room for `more` entries in list i, moving it to the end of the store where needed. */
function reserve(lists: Lists, i: number, more: number): void {
  const need = lists.len[i] + more;
  if (need <= lists.cap[i]) return;
  const cap = 2 * need;
  if (lists.free + cap > lists.idx.length) {
    const grown = new Int32Array(Math.max(2 * lists.idx.length, lists.free + cap));
    grown.set(lists.idx.subarray(0, lists.free));
    lists.idx = grown;
  }
  lists.idx.copyWithin(lists.free, lists.start[i], lists.start[i] + lists.len[i]);
  lists.start[i] = lists.free;
  lists.cap[i] = cap;
  lists.free += cap;
}

/**
 * Fill-reducing order for diagonal pivots (row and column k of the permuted matrix are both order[k]).
 * The diagonal counts as present. Returns undefined when the budget of work is spent.
 */
export function markowitz(pattern: SparsePattern, options: MarkowitzOptions = {}): Int32Array | undefined {
  const { n } = pattern;
  let work = options.work ?? Infinity;
  const cols = listsOf(pattern); // cols: rows of the entries of a column; rows: columns of the entries of a row
  const rows = listsOf(transposePattern(pattern));

  // Tournament of costs: node t of the tree holds the better of its children; leaf i is node size + i.
  let size = 1;
  while (size < n) size *= 2;
  const winner = new Int32Array(2 * size).fill(-1);
  const cost = new Float64Array(n);
  const better = (a: number, b: number): number => (b < 0 || (a >= 0 && cost[a] <= cost[b]) ? a : b);
  const replay = (i: number): void => {
    for (let t = (size + i) >> 1; t >= 1; t >>= 1) winner[t] = better(winner[2 * t], winner[2 * t + 1]);
  };
  for (let i = 0; i < n; i++) {
    winner[size + i] = i;
    cost[i] = rows.len[i] * cols.len[i];
  }
  for (let t = size - 1; t >= 1; t--) winner[t] = better(winner[2 * t], winner[2 * t + 1]);

  const order = new Int32Array(n);
  const gone = new Uint8Array(n);
  const colCount = cols.len.slice(); // rows of a column not yet eliminated
  const seen = new Int32Array(n); // stamp of the row that last held this column
  let stamp = 0;
  for (let k = 0; k < n; k++) {
    const p = winner[1];
    order[k] = p;
    winner[size + p] = -1;
    replay(p);
    const rowLen = rows.len[p];
    // Lists of columns keep eliminated rows; those of the pivot column go now, when it is read for the only time.
    const colStart = cols.start[p];
    const colLen = colCount[p];
    for (let q = colStart, to = colStart; to < colStart + colLen; q++)
      if (!gone[cols.idx[q]]) cols.idx[to++] = cols.idx[q];
    gone[p] = 1;
    for (let q = 0; q < rowLen; q++) {
      const j = rows.idx[rows.start[p] + q];
      colCount[j]--;
      reserve(cols, j, colLen);
    }
    const colIdx = cols.idx;
    const { start: colAt, len: colEnd } = cols;
    for (let c = 0; c < colLen; c++) {
      const i = colIdx[colStart + c];
      reserve(rows, i, rowLen);
      const idx = rows.idx;
      const start = rows.start[i];
      const pivotRow = rows.start[p];
      let end = start + rows.len[i];
      work -= rows.len[i] + rowLen;
      if (++stamp === 2 ** 31 - 1) {
        seen.fill(0);
        stamp = 1;
      }
      seen[i] = stamp;
      let at = start;
      for (let q = start; q < end; q++) {
        const j = idx[q];
        seen[j] = stamp;
        if (j === p) at = q;
      }
      idx[at] = idx[--end];
      for (let q = pivotRow; q < pivotRow + rowLen; q++) {
        const j = idx[q];
        if (seen[j] === stamp) continue;
        idx[end++] = j;
        colIdx[colAt[j] + colEnd[j]++] = i;
        colCount[j]++;
      }
      rows.len[i] = end - start;
    }
    if (work < 0) return undefined;
    for (let c = 0; c < colLen; c++) {
      const i = cols.idx[colStart + c];
      cost[i] = rows.len[i] * colCount[i];
      replay(i);
    }
    for (let q = 0; q < rowLen; q++) {
      const j = rows.idx[rows.start[p] + q];
      cost[j] = rows.len[j] * colCount[j];
      replay(j);
    }
  }
  return order;
}
