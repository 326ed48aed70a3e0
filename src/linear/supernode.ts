// Supernodes of an LU factorization with fixed pivots, and the flat arrays its numeric kernels run on.
// A supernode is a run of columns of L with (nearly) the same rows below; it is stored as one dense block, padded with
// zeros. An entry U(k, j) inside a supernode brings with it all later rows of that supernode, so that a column of U is a
// list of dense segments.
// Source: Demmel, Eisenstat, Gilbert, Li, Liu, "A supernodal approach to sparse partial pivoting", SIAM J. Matrix Anal.
// Appl. 20 (1999), sections 2-3, with the pivots known beforehand; relaxed supernodes after Ashcraft, Grimes, ACM TOMS 15
// (1989). Leaves out panels of several columns.
import type { SparsePattern } from "./pattern.ts";
import type { Fill } from "./gilbert-peierls.ts";

/**
 * B = P*A*Q = L*U by supernodes. Row and column indices are those of B unless said otherwise.
 *
 * Supernode s: columns nodeCol[s] .. nodeCol[s+1], width w; rows below nodeRow[rowPtr[s] .. rowPtr[s+1]), ascending.
 * Its block lies at L[blockPtr[s]], column-major, leading dimension ld = w + rows below: the first w rows hold the
 * diagonal block (U above and on the diagonal, unit L below it), the others L.
 * Segment q of column j (segPtr[j] <= q < segPtr[j+1], ascending): rows segRow[q] .. end of supernode segNode[q], with the
 * values of U from segVal[q] on.
 * The segments of the rows of supernode t together are a dense block at U[upBlock[t]], column-major, leading dimension w:
 * its columns are upCol[upPtr[t] .. upPtr[t+1]), ascending; rows above a segment are zeros that nobody writes. So the
 * factorization reaches U by columns, and back substitution by rows.
 */
export interface LULayout {
  readonly n: number;
  readonly nodes: number;
  readonly nodeCol: Int32Array;
  readonly rowPtr: Int32Array;
  readonly nodeRow: Int32Array;
  readonly blockPtr: Int32Array;
  readonly segPtr: Int32Array;
  readonly segNode: Int32Array;
  readonly segRow: Int32Array;
  readonly segVal: Int32Array;
  readonly upPtr: Int32Array;
  readonly upCol: Int32Array;
  readonly upBlock: Int32Array;
  /** Entries of B by columns: row, and place of the value in the caller's array. */
  readonly entryPtr: Int32Array;
  readonly entryRow: Int32Array;
  readonly entryPos: Int32Array;
  /** rowOrder[k], colOrder[k]: row and column of A at place k of B. */
  readonly rowOrder: Int32Array;
  readonly colOrder: Int32Array;
  /** Places in L and in U, padding included. */
  readonly sizeL: number;
  readonly sizeU: number;
}

export interface SupernodeOptions {
  /** Columns in a supernode at most. Default 32. */
  readonly maxWidth?: number;
  /** Padding accepted in a block, as a share of its places. Default 0.05. */
  readonly padding?: number;
}

/** Lays out the factors of A(rowOrder, colOrder) for the kernels. */
export function supernodes(
  pattern: SparsePattern,
  colOrder: Int32Array,
  fill: Fill,
  options: SupernodeOptions = {},
): LULayout {
  const { n, colPtr, rowIdx } = pattern;
  const { maxWidth = 32, padding = 0.05 } = options;
  const { rowOrder, lowPtr, lowIdx } = fill;

  // Entries of B, rows ascending is not needed
  const place = new Int32Array(n);
  for (let k = 0; k < n; k++) place[rowOrder[k]] = k;
  const entryPtr = new Int32Array(n + 1);
  const entryRow = new Int32Array(colPtr[n]);
  const entryPos = new Int32Array(colPtr[n]);
  for (let k = 0, e = 0; k < n; k++) {
    const j = colOrder[k];
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++, e++) {
      entryRow[e] = place[rowIdx[p]];
      entryPos[e] = p;
    }
    entryPtr[k + 1] = e;
  }

  // Runs of columns: column k joins while the padding of the block stays small
  const nodeCol = new Int32Array(n + 1);
  const nodeOf = new Int32Array(n);
  const seen = new Int32Array(n).fill(-1);
  let nodes = 0;
  for (let first = 0; first < n; nodes++) {
    nodeCol[nodes] = first;
    nodeOf[first] = nodes;
    let union = 0; // rows of the block below its last column
    let filled = 0; // true entries of L in the block
    for (let q = lowPtr[first]; q < lowPtr[first + 1]; q++) {
      seen[lowIdx[q]] = nodes;
      union++;
    }
    filled = union;
    let k = first + 1;
    for (; k < n && k - first < maxWidth; k++) {
      let fresh = 0;
      for (let q = lowPtr[k]; q < lowPtr[k + 1]; q++) if (seen[lowIdx[q]] !== nodes) fresh++;
      const rows = union - (seen[k] === nodes ? 1 : 0) + fresh;
      const width = k - first + 1;
      const places = rows * width + (width * (width - 1)) / 2;
      const entries = filled + lowPtr[k + 1] - lowPtr[k];
      if (places - entries > padding * places) break;
      for (let q = lowPtr[k]; q < lowPtr[k + 1]; q++) seen[lowIdx[q]] = nodes;
      union = rows;
      filled = entries;
      nodeOf[k] = nodes;
    }
    first = k;
  }
  nodeCol[nodes] = n;

  // Fill of the padded structure, supernode by supernode
  const rowPtr = new Int32Array(nodes + 1);
  const blockPtr = new Int32Array(nodes + 1);
  const segPtr = new Int32Array(n + 1);
  const upPtr = new Int32Array(nodes + 1);
  let nodeRow = new Int32Array(lowIdx.length + n);
  let segNode = new Int32Array(fill.upIdx.length + n);
  let segRow = new Int32Array(fill.upIdx.length + n);
  const inNode = new Int32Array(n).fill(-1); // row belongs below the current supernode
  const top = new Int32Array(nodes).fill(n); // first row reached in a supernode, of the current column
  const queue = new Int32Array(nodes);
  const rowSeen = new Int32Array(n).fill(-1);
  for (let s = 0; s < nodes; s++) {
    let rowEnd = rowPtr[s];
    const first = nodeCol[s];
    const last = nodeCol[s + 1];
    if (rowEnd + n > nodeRow.length) nodeRow = grow(nodeRow, n);
    for (let j = first; j < last; j++) {
      let count = 0;
      const reach = (i: number): void => {
        const t = nodeOf[i];
        if (t < s) {
          if (top[t] === n) queue[count++] = t;
          if (i < top[t]) top[t] = i;
        } else if (i >= last && inNode[i] !== s) {
          inNode[i] = s;
          nodeRow[rowEnd++] = i;
        }
      };
      for (let e = entryPtr[j]; e < entryPtr[j + 1]; e++) reach(entryRow[e]);
      for (let c = 0; c < count; c++) {
        const t = queue[c];
        for (let q = rowPtr[t]; q < rowPtr[t + 1]; q++) {
          const i = nodeRow[q];
          if (rowSeen[i] === j) continue;
          rowSeen[i] = j;
          reach(i);
        }
      }
      if (count > 16) queue.subarray(0, count).sort();
      else insertionSort(queue, count);
      let q = segPtr[j];
      if (q + count > segNode.length) {
        segNode = grow(segNode, count);
        segRow = grow(segRow, count);
      }
      for (let c = 0; c < count; c++) {
        const t = queue[c];
        segNode[q] = t;
        segRow[q] = top[t];
        upPtr[t + 1]++;
        top[t] = n;
        q++;
      }
      segPtr[j + 1] = q;
    }
    nodeRow.subarray(rowPtr[s], rowEnd).sort();
    rowPtr[s + 1] = rowEnd;
    const width = last - first;
    blockPtr[s + 1] = blockPtr[s] + width * (width + rowEnd - rowPtr[s]);
  }
  const segments = segPtr[n];

  // Rows of U: the segments of each supernode side by side
  const upBlock = new Int32Array(nodes + 1);
  for (let t = 0; t < nodes; t++) {
    upBlock[t + 1] = upBlock[t] + (nodeCol[t + 1] - nodeCol[t]) * upPtr[t + 1];
    upPtr[t + 1] += upPtr[t];
  }
  const upNext = upPtr.slice();
  const upCol = new Int32Array(segments);
  const segVal = new Int32Array(segments);
  for (let j = 0; j < n; j++)
    for (let q = segPtr[j]; q < segPtr[j + 1]; q++) {
      const t = segNode[q];
      const place = upNext[t]++;
      upCol[place] = j;
      segVal[q] = upBlock[t] + (place - upPtr[t]) * (nodeCol[t + 1] - nodeCol[t]) + segRow[q] - nodeCol[t];
    }
  return {
    n,
    nodes,
    nodeCol: nodeCol.slice(0, nodes + 1),
    rowPtr,
    nodeRow: nodeRow.slice(0, rowPtr[nodes]),
    blockPtr,
    segPtr,
    segNode: segNode.slice(0, segments),
    segRow: segRow.slice(0, segments),
    segVal,
    upPtr,
    upCol,
    upBlock,
    entryPtr,
    entryRow,
    entryPos,
    rowOrder,
    colOrder,
    sizeL: blockPtr[nodes],
    sizeU: upBlock[nodes],
  };
}

function insertionSort(a: Int32Array, count: number): void {
  for (let c = 1; c < count; c++) {
    const v = a[c];
    let at = c;
    for (; at > 0 && a[at - 1] > v; at--) a[at] = a[at - 1];
    a[at] = v;
  }
}

function grow(a: Int32Array<ArrayBuffer>, more: number): Int32Array<ArrayBuffer> {
  const b = new Int32Array(2 * a.length + more);
  b.set(a);
  return b;
}
