// The elimination tree of a symmetric pattern, its postorder, and the number of entries in each column of the Cholesky factor,
// all in nearly linear time.
// Sources: Liu, "The role of elimination trees in sparse factorization", SIAM J. Matrix Anal. Appl. 11 (1990); Gilbert, Ng,
// Peyton, "An efficient algorithm to compute row and column counts for sparse Cholesky factorization", same journal 15 (1994).

/** Columns of the strictly lower half of a symmetric matrix, rows ascending; no diagonal. */
export interface LowerPattern {
  readonly n: number;
  readonly ptr: Int32Array;
  readonly idx: Int32Array;
}

/** parent[j]: the row of the first entry below the diagonal in column j of L; -1 of a root. */
export function eliminationTree({ n, ptr, idx }: LowerPattern): Int32Array {
  const parent = new Int32Array(n).fill(-1);
  const ancestor = new Int32Array(n).fill(-1);
  // Rows of the lower half are columns of the upper one: sort entries by row.
  const { ptr: rowPtr, idx: rowIdx } = rowsOf({ n, ptr, idx });
  for (let k = 0; k < n; k++)
    for (let p = rowPtr[k]; p < rowPtr[k + 1]; p++)
      for (let i = rowIdx[p]; i >= 0 && i < k;) {
        const next = ancestor[i];
        ancestor[i] = k;
        if (next < 0) parent[i] = k;
        i = next;
      }
  return parent;
}

/** The same entries by rows: columns of row k, ascending. */
export function rowsOf({ n, ptr, idx }: LowerPattern): { ptr: Int32Array; idx: Int32Array } {
  const rowPtr = new Int32Array(n + 1);
  for (let p = 0; p < ptr[n]; p++) rowPtr[idx[p] + 1]++;
  for (let i = 0; i < n; i++) rowPtr[i + 1] += rowPtr[i];
  const next = rowPtr.slice(0, n);
  const rowIdx = new Int32Array(ptr[n]);
  for (let j = 0; j < n; j++) for (let p = ptr[j]; p < ptr[j + 1]; p++) rowIdx[next[idx[p]]++] = j;
  return { ptr: rowPtr, idx: rowIdx };
}

/** An order in which children come before their parent and every subtree is a run; order[k] is the k-th node. */
export function postorder(parent: Int32Array): Int32Array {
  const n = parent.length;
  const head = new Int32Array(n).fill(-1);
  const next = new Int32Array(n).fill(-1);
  for (let j = n - 1; j >= 0; j--)
    if (parent[j] >= 0) {
      next[j] = head[parent[j]];
      head[parent[j]] = j;
    }
  const order = new Int32Array(n);
  const stack = new Int32Array(n);
  let count = 0;
  for (let root = 0; root < n; root++) {
    if (parent[root] >= 0) continue;
    let top = 0;
    stack[0] = root;
    while (top >= 0) {
      const j = stack[top];
      const child = head[j];
      if (child < 0) {
        order[count++] = j;
        top--;
      } else {
        head[j] = next[child];
        stack[++top] = child;
      }
    }
  }
  return order;
}

/** Entries of each column of L, the diagonal included, of a pattern whose tree is postordered (node j is the j-th visited). */
export function columnCounts({ n, ptr, idx }: LowerPattern, parent: Int32Array): Int32Array {
  const first = new Int32Array(n).fill(-1);
  const count = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    count[k] = first[k] < 0 ? 1 : 0;
    for (let j = k; j >= 0 && first[j] < 0; j = parent[j]) first[j] = k;
  }
  const ancestor = new Int32Array(n);
  for (let j = 0; j < n; j++) ancestor[j] = j;
  const lastFirst = new Int32Array(n).fill(-1);
  const lastLeaf = new Int32Array(n).fill(-1);
  for (let j = 0; j < n; j++) {
    if (parent[j] >= 0) count[parent[j]]--;
    for (let p = ptr[j]; p < ptr[j + 1]; p++) {
      const i = idx[p];
      // Is j a leaf of the subtree of row i?
      if (first[j] <= lastFirst[i]) continue;
      lastFirst[i] = first[j];
      const before = lastLeaf[i];
      lastLeaf[i] = j;
      count[j]++;
      if (before < 0) continue;
      // The least common ancestor of the two leaves was counted twice.
      let q = before;
      while (ancestor[q] !== q) q = ancestor[q];
      for (let s = before; s !== q;) {
        const up = ancestor[s];
        ancestor[s] = q;
        s = up;
      }
      count[q]--;
    }
    if (parent[j] >= 0) ancestor[j] = parent[j];
  }
  for (let j = 0; j < n; j++) if (parent[j] >= 0) count[parent[j]] += count[j];
  return count;
}
