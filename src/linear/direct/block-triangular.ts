// Block triangular form: a row permutation that puts entries on the diagonal (maximum transversal), then blocks of the strongly
// connected components, so that only diagonal blocks need factors.
// Sources: Duff, "On algorithms for obtaining a maximum transversal", ACM TOMS 7 (1981); Tarjan, SIAM J. Comput. 1 (1972);
// Duff, Reid, "An implementation of Tarjan's algorithm for the block triangularization of a matrix", ACM TOMS 4 (1978).
import type { SparsePattern } from "../pattern.ts";

/** Shares of the largest entry of a row and a column that an entry must have to be matched; first the large ones are. */
const SHARES = [0.5, 0.1, 1e-2, 1e-4];
/** A diagonal entry of this share is taken before all others: a symmetric pattern then keeps its symmetry. */
const DIAGONAL = 0.1;
const SWEEPS = 5;

/**
 * rowOf[j]: the row matched with column j, or -1; with as many matches as the pattern allows (its structural rank).
 * Depth-first search for augmenting paths; each column first looks for a free row. With values, matches of large entries are made
 * first and kept covered, so that the diagonal gives usable pivots (a cheap stand-in for the largest product of Duff, Koster 1999).
 */
export function maximumTransversal(
  pattern: SparsePattern,
  values?: ArrayLike<number>,
): { rowOf: Int32Array; rank: number } {
  const { n, colPtr, rowIdx } = pattern;
  const rowOf = new Int32Array(n).fill(-1);
  const colOf = new Int32Array(n).fill(-1);
  let rank = 0;
  if (values) {
    const size = relativeSizes(pattern, values);
    for (let j = 0; j < n; j++)
      for (let p = colPtr[j]; p < colPtr[j + 1]; p++)
        if (rowIdx[p] === j && size[p] >= DIAGONAL) {
          rowOf[j] = colOf[j] = j;
          rank++;
        }
    for (const share of SHARES) {
      if (rank === n) break;
      const ptr = new Int32Array(n + 1);
      const idx = new Int32Array(colPtr[n]);
      for (let j = 0, to = 0; j < n; j++) {
        for (let p = colPtr[j]; p < colPtr[j + 1]; p++) if (size[p] >= share) idx[to++] = rowIdx[p];
        ptr[j + 1] = to;
      }
      rank += augment({ n, colPtr: ptr, rowIdx: idx }, rowOf, colOf);
    }
  }
  if (rank < n) rank += augment(pattern, rowOf, colOf);
  return { rowOf, rank };
}

/** |a_ij| after rows and columns were scaled so that their largest entries are about 1; 0 of what is not finite. */
function relativeSizes({ n, colPtr, rowIdx }: SparsePattern, values: ArrayLike<number>): Float64Array {
  const size = new Float64Array(colPtr[n]);
  const [rows, cols] = [new Float64Array(n).fill(1), new Float64Array(n).fill(1)];
  const [rowMost, colMost] = [new Float64Array(n), new Float64Array(n)];
  for (let p = 0; p < size.length; p++) {
    const v = Math.abs(values[p]);
    size[p] = v < Infinity ? v : 0;
  }
  // Ruiz (2001): square roots on both sides at once, which keep a symmetric matrix symmetric. Each sweep scales by what the one before found.
  for (let sweep = 0; sweep <= SWEEPS; sweep++) {
    rowMost.fill(0);
    for (let j = 0; j < n; j++) {
      const c = cols[j];
      let most = 0;
      for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
        const i = rowIdx[p];
        const v = size[p] * rows[i] * c;
        size[p] = v;
        if (v > rowMost[i]) rowMost[i] = v;
        if (v > most) most = v;
      }
      colMost[j] = most;
    }
    for (let i = 0; i < n; i++) {
      rows[i] = rowMost[i] > 0 ? 1 / Math.sqrt(rowMost[i]) : 1;
      cols[i] = colMost[i] > 0 ? 1 / Math.sqrt(colMost[i]) : 1;
    }
  }
  return size;
}

/** Matches more columns; returns how many. Rows matched before stay matched. */
function augment({ n, colPtr, rowIdx }: SparsePattern, rowOf: Int32Array, colOf: Int32Array): number {
  const cheap = colPtr.slice(0, n);
  const visited = new Int32Array(n).fill(-1);
  const stack = new Int32Array(n);
  const place = new Int32Array(n);
  const tried = new Int32Array(n);
  let rank = 0;
  for (let root = 0; root < n; root++) {
    if (rowOf[root] >= 0) continue;
    let top = 0;
    stack[0] = root;
    visited[root] = root;
    place[0] = colPtr[root];
    let found = false;
    while (top >= 0) {
      const j = stack[top];
      let free = -1;
      while (cheap[j] < colPtr[j + 1]) {
        const i = rowIdx[cheap[j]++];
        if (colOf[i] < 0) {
          free = i;
          break;
        }
      }
      if (free >= 0) {
        tried[top] = free;
        found = true;
        break;
      }
      let next = -1;
      while (place[top] < colPtr[j + 1]) {
        const i = rowIdx[place[top]++];
        if (visited[colOf[i]] === root) continue;
        tried[top] = i;
        next = colOf[i];
        break;
      }
      if (next < 0) top--;
      else {
        visited[next] = root;
        stack[++top] = next;
        place[top] = colPtr[next];
      }
    }
    if (!found) continue;
    rank++;
    for (; top >= 0; top--) {
      rowOf[stack[top]] = tried[top];
      colOf[tried[top]] = stack[top];
    }
  }
  return rank;
}

export interface BlockForm {
  /** Row rowOrder[k] and column colOrder[k] of A are at place k; upper block triangular, entries on the diagonal. */
  readonly rowOrder: Int32Array;
  readonly colOrder: Int32Array;
  /** Block b has places blocks[b] .. blocks[b + 1). */
  readonly blocks: Int32Array;
}

/** Upper block triangular form of a pattern whose columns are all matched. */
export function blockTriangular({ n, colPtr, rowIdx }: SparsePattern, rowOf: Int32Array): BlockForm {
  // Node j: column j and its row. Column j has an entry in row rowOf[i]: an edge from j to i, which must come no later.
  const colOf = new Int32Array(n);
  for (let j = 0; j < n; j++) colOf[rowOf[j]] = j;
  const index = new Int32Array(n).fill(-1);
  const low = new Int32Array(n);
  const onStack = new Uint8Array(n);
  const open = new Int32Array(n);
  const path = new Int32Array(n);
  const place = new Int32Array(n);
  const colOrder = new Int32Array(n);
  const blocks = [0];
  let [count, opened, done] = [0, 0, 0];
  for (let root = 0; root < n; root++) {
    if (index[root] >= 0) continue;
    let top = 0;
    path[0] = root;
    place[0] = colPtr[root];
    index[root] = low[root] = count++;
    open[opened++] = root;
    onStack[root] = 1;
    while (top >= 0) {
      const j = path[top];
      if (place[top] < colPtr[j + 1]) {
        const i = colOf[rowIdx[place[top]++]];
        if (index[i] < 0) {
          index[i] = low[i] = count++;
          open[opened++] = i;
          onStack[i] = 1;
          path[++top] = i;
          place[top] = colPtr[i];
        } else if (onStack[i] && index[i] < low[j]) low[j] = index[i];
        continue;
      }
      if (low[j] === index[j]) {
        for (let i = -1; i !== j;) {
          i = open[--opened];
          onStack[i] = 0;
          colOrder[done++] = i;
        }
        blocks.push(done);
      }
      top--;
      if (top >= 0 && low[j] < low[path[top]]) low[path[top]] = low[j];
    }
  }
  const rowOrder = new Int32Array(n);
  for (let k = 0; k < n; k++) rowOrder[k] = rowOf[colOrder[k]];
  return { rowOrder, colOrder, blocks: Int32Array.from(blocks) };
}
