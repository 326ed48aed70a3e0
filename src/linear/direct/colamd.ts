// Approximate minimum degree order of the columns of A for factorizations of A^T A, of A with row exchanges, and for QR: A^T A is
// never formed. Each row is a clique of columns; eliminating a column merges the rows that hold it into one.
// Source: Davis, Gilbert, Larimore, Ng, "A column approximate minimum degree ordering algorithm", ACM TOMS 30 (2004): scores are sums of
// the external sizes of rows, rows inside the pivot row are absorbed, columns with equal lists become one, dense rows are left out
// and dense columns come last. Storage differs: lists of columns shrink in place, rows live in a buffer that is compacted.
import { type Sparse, toLayout } from "../../array/index.ts";

export interface ColamdOptions {
  /** Rows with more than max(16, denseFactor sqrt(columns)) entries are not looked at, columns with more than max(16, denseFactor sqrt(rows)) come last. Default 10. */
  readonly denseFactor?: number;
}

/** order[k]: the column that comes k-th. Values are not looked at. */
export function colamd(matrix: Sparse, { denseFactor = 10 }: ColamdOptions = {}): Int32Array {
  const { rows: m, cols: n, ptr, idx } = toLayout(matrix, "csc");
  const byRows = toLayout(matrix, "csr");
  const denseRow = Math.max(16, denseFactor * Math.sqrt(n));
  const denseCol = Math.max(16, denseFactor * Math.sqrt(Math.min(m, n)));

  // Rows 0 .. m - 1 are those of A, m + k the one that the k-th pivot left.
  const rowStart = new Int32Array(m + n);
  const rowLength = new Int32Array(m + n);
  const rowWeight = new Int32Array(m + n);
  const alive = new Uint8Array(m + n);
  const columnIsDense = new Uint8Array(n);
  const last: number[] = [];
  for (let j = 0; j < n; j++)
    if (ptr[j + 1] - ptr[j] > denseCol) {
      columnIsDense[j] = 1;
      last.push(j);
    }
  last.sort((a, b) => ptr[a + 1] - ptr[a] - (ptr[b + 1] - ptr[b]) || a - b);
  const buffer = new Int32Array(2 * ptr[n] + n + 1);
  const inBuffer = new Int32Array(m + n);
  let [free, listed] = [0, 0];
  for (let i = 0; i < m; i++) {
    const count = byRows.ptr[i + 1] - byRows.ptr[i];
    if (count === 0 || count > denseRow) continue;
    alive[i] = 1;
    rowStart[i] = free;
    for (let p = byRows.ptr[i]; p < byRows.ptr[i + 1]; p++)
      if (!columnIsDense[byRows.idx[p]]) buffer[free++] = byRows.idx[p];
    rowLength[i] = rowWeight[i] = free - rowStart[i];
    inBuffer[listed++] = i;
  }
  const list = idx.slice(0, ptr[n]);
  const length = new Int32Array(n);
  const score = new Int32Array(n);
  // Columns that a column stands for; 0: absorbed or eliminated. Negative only while in the pivot row.
  const weight = new Int32Array(n).fill(1);
  const head = new Int32Array(n + 1).fill(-1);
  const next = new Int32Array(n).fill(-1);
  const before = new Int32Array(n).fill(-1);
  const link = (j: number, d: number): void => {
    score[j] = d;
    const other = head[d];
    next[j] = other;
    before[j] = -1;
    if (other >= 0) before[other] = j;
    head[d] = j;
  };
  const unlink = (j: number): void => {
    if (next[j] >= 0) before[next[j]] = before[j];
    if (before[j] >= 0) next[before[j]] = next[j];
    else head[score[j]] = next[j];
  };
  let left = n;
  for (let j = n - 1; j >= 0; j--) {
    if (columnIsDense[j]) {
      weight[j] = 0;
      left--;
      continue;
    }
    let [to, sum] = [ptr[j], 0];
    for (let p = ptr[j]; p < ptr[j + 1]; p++)
      if (alive[idx[p]]) {
        list[to++] = idx[p];
        sum += rowWeight[idx[p]] - 1;
      }
    length[j] = to - ptr[j];
    link(j, Math.min(sum, n - 1));
  }

  // Columns that follow another one, as a chain.
  const follower = new Int32Array(n).fill(-1);
  const tail = Int32Array.from({ length: n }, (_, j) => j);
  const attach = (to: number, j: number): void => {
    follower[tail[to]] = j;
    tail[to] = tail[j];
  };
  const order = new Int32Array(n);
  let done = 0;
  const emit = (first: number): void => {
    for (let j = first; j >= 0; j = follower[j]) order[done++] = j;
  };
  const outside = new Int32Array(m + n);
  const stamp = new Int32Array(m + n).fill(-1);
  const hashHead = new Int32Array(n + 1).fill(-1);
  const hashNext = new Int32Array(n).fill(-1);
  const hashes = new Int32Array(n);
  const seen = new Int32Array(m + n).fill(-1);
  let smallest = 0;
  for (let pivots = 0; left > 0; pivots++) {
    while (head[smallest] < 0) smallest++;
    const pivot = head[smallest];
    unlink(pivot);
    let bound = 0;
    for (let p = ptr[pivot]; p < ptr[pivot] + length[pivot]; p++) bound += alive[list[p]] ? rowLength[list[p]] : 0;
    if (free + bound > buffer.length) compact();

    // The pivot row: the union of the rows of the pivot.
    const row = m + pivots;
    const start = free;
    left -= weight[pivot];
    weight[pivot] = -weight[pivot];
    let total = 0;
    for (let p = ptr[pivot]; p < ptr[pivot] + length[pivot]; p++) {
      const r = list[p];
      if (!alive[r]) continue;
      for (let q = rowStart[r]; q < rowStart[r] + rowLength[r]; q++) {
        const j = buffer[q];
        if (weight[j] <= 0) continue;
        total += weight[j];
        weight[j] = -weight[j];
        buffer[free++] = j;
        unlink(j);
      }
      alive[r] = 0;
    }
    weight[pivot] = 0;
    const end = free;

    // outside[r]: columns of row r that are not in the pivot row.
    for (let q = start; q < end; q++) {
      const j = buffer[q];
      for (let p = ptr[j]; p < ptr[j] + length[j]; p++) {
        const r = list[p];
        if (!alive[r]) continue;
        if (stamp[r] !== pivots) {
          stamp[r] = pivots;
          outside[r] = rowWeight[r];
        }
        outside[r] += weight[j];
      }
    }
    let kept = start;
    for (let q = start; q < end; q++) {
      const j = buffer[q];
      let [to, sum, hash] = [ptr[j], 0, row];
      for (let p = ptr[j]; p < ptr[j] + length[j]; p++) {
        const r = list[p];
        if (!alive[r]) continue;
        if (outside[r] === 0) {
          alive[r] = 0;
          continue;
        }
        list[to++] = r;
        sum += outside[r];
        hash += r;
      }
      if (to === ptr[j]) {
        // Nothing but the pivot row: eliminated together with the pivot, without further fill.
        total += weight[j];
        left += weight[j];
        weight[j] = 0;
        attach(pivot, j);
        continue;
      }
      list[to++] = row;
      length[j] = to - ptr[j];
      score[j] = Math.min(sum, n);
      hash %= n + 1;
      hashes[j] = hash;
      hashNext[j] = hashHead[hash];
      hashHead[hash] = j;
      buffer[kept++] = j;
    }
    // Columns with the same rows become one.
    for (let q = start; q < kept; q++) {
      const hash = hashes[buffer[q]];
      const first = hashHead[hash];
      hashHead[hash] = -1;
      for (let i = first; i >= 0; i = hashNext[i]) {
        if (weight[i] === 0) continue;
        for (let p = ptr[i]; p < ptr[i] + length[i]; p++) seen[list[p]] = i;
        for (let j = hashNext[i]; j >= 0; j = hashNext[j]) {
          if (weight[j] === 0 || length[j] !== length[i]) continue;
          let same = true;
          for (let p = ptr[j]; same && p < ptr[j] + length[j]; p++) same = seen[list[p]] === i;
          if (!same) continue;
          weight[i] += weight[j];
          weight[j] = 0;
          attach(i, j);
        }
        for (let p = ptr[i]; p < ptr[i] + length[i]; p++) seen[list[p]] = -1;
      }
    }
    let to = start;
    for (let q = start; q < kept; q++) {
      const j = buffer[q];
      if (weight[j] === 0) continue;
      weight[j] = -weight[j];
      const d = Math.max(0, Math.min(score[j] + total - weight[j], left - weight[j]));
      link(j, d);
      if (d < smallest) smallest = d;
      buffer[to++] = j;
    }
    free = to;
    emit(pivot);
    if (to > start) {
      alive[row] = 1;
      rowStart[row] = start;
      rowLength[row] = to - start;
      rowWeight[row] = total;
      inBuffer[listed++] = row;
    }
  }
  for (const j of last) order[done++] = j;
  return order;

  function compact(): void {
    let [to, kept] = [0, 0];
    for (let k = 0; k < listed; k++) {
      const r = inBuffer[k];
      if (!alive[r]) continue;
      const from = rowStart[r];
      rowStart[r] = to;
      for (let q = from; q < from + rowLength[r]; q++) if (weight[buffer[q]] > 0) buffer[to++] = buffer[q];
      rowLength[r] = to - rowStart[r];
      inBuffer[kept++] = r;
    }
    listed = kept;
    free = to;
  }
}
