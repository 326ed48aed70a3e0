// Supernodes of a sparse Cholesky factorization and the flat arrays its kernels run on.
// A supernode is a run of columns of L with (nearly) the same rows; it is stored as one dense block by columns, with the rows of
// the diagonal block first. Children are merged into their parents where few zeros are stored for it.
// Sources: Ng, Peyton, "Block sparse Cholesky algorithms on advanced uniprocessor computers", SIAM J. Sci. Comput. 14 (1993);
// relaxed supernodes after Ashcraft, Grimes, ACM TOMS 15 (1989), with the thresholds of Chen, Davis, Hager, Rajamanickam,
// "Algorithm 887: CHOLMOD", ACM TOMS 35 (2008).
import { Failure } from "../../base/index.ts";
import { columnCounts, eliminationTree, type LowerPattern, postorder } from "./elimination-tree.ts";

/**
 * Supernode s: columns nodeCol[s] .. nodeCol[s + 1]; rows nodeRow[rowPtr[s] .. rowPtr[s + 1]), ascending, its own columns first.
 * Its block lies at L[blockPtr[s]], column-major, as many rows as the list has. Indices are those of the permuted matrix.
 */
export interface CholeskyLayout {
  readonly n: number;
  readonly nodes: number;
  /** order[k]: row and column of A at place k. */
  readonly order: Int32Array;
  readonly nodeCol: Int32Array;
  readonly rowPtr: Int32Array;
  readonly nodeRow: Int32Array;
  readonly blockPtr: Int32Array;
  /** Supernode of a column. */
  readonly nodeOf: Int32Array;
  /** Numbers in L, zeros of merged supernodes and unused upper triangles included. */
  readonly size: number;
  /** Entries of L without them, and multiplications and additions of the factorization. */
  readonly entries: number;
  readonly flops: number;
  /** Entry p of the lower half of A, taken by columns as given, is number entryFrom[p] of its values and goes to L[entryTo[p]]. */
  readonly entryFrom: Int32Array;
  readonly entryTo: Int32Array;
}

/** Widest supernode. */
const WIDEST = 128;
/** Merging: always below the first width; below the others if at most this share of the numbers would be zeros. */
const RELAX = [{ width: 4, zeros: 1 }, { width: 16, zeros: 0.8 }, { width: 48, zeros: 0.1 }, { width: Infinity, zeros: 0.05 }]; // oxfmt-ignore

/** The strictly lower half of P A P^T by columns, rows ascending, from the entries of A below its diagonal. */
function permutedLower(n: number, ptr: Int32Array, idx: Int32Array, place: Int32Array): LowerPattern {
  const rowPtr = new Int32Array(n + 1);
  const colPtr = new Int32Array(n + 1);
  for (let j = 0; j < n; j++) {
    const b = place[j];
    for (let p = ptr[j]; p < ptr[j + 1]; p++) {
      if (idx[p] <= j) continue;
      const a = place[idx[p]];
      rowPtr[(a > b ? a : b) + 1]++;
      colPtr[(a > b ? b : a) + 1]++;
    }
  }
  for (let j = 0; j < n; j++) {
    rowPtr[j + 1] += rowPtr[j];
    colPtr[j + 1] += colPtr[j];
  }
  // By rows first, so that the rows of each column ascend.
  const next = rowPtr.slice(0, n);
  const cols = new Int32Array(rowPtr[n]);
  for (let j = 0; j < n; j++) {
    const b = place[j];
    for (let p = ptr[j]; p < ptr[j + 1]; p++) {
      if (idx[p] <= j) continue;
      const a = place[idx[p]];
      if (a > b) cols[next[a]++] = b;
      else cols[next[b]++] = a;
    }
  }
  next.set(colPtr.subarray(0, n));
  const rows = new Int32Array(colPtr[n]);
  for (let i = 0; i < n; i++) for (let p = rowPtr[i]; p < rowPtr[i + 1]; p++) rows[next[cols[p]]++] = i;
  return { n, ptr: colPtr, idx: rows };
}

/** What an order costs: the factor's columns counted, nothing laid out. */
export interface OrderedTree {
  /** The order given with subtrees as runs; place is its inverse. */
  readonly order: Int32Array;
  readonly place: Int32Array;
  readonly parent: Int32Array;
  readonly lower: LowerPattern;
  readonly counts: Int32Array;
  /** Entries of L; multiplications and additions of the factorization. */
  readonly entries: number;
  readonly flops: number;
}

/** `ptr`, `idx`: columns of A, of which the entries below the diagonal are used. */
export function orderedTree(n: number, ptr: Int32Array, idx: Int32Array, given: Int32Array): OrderedTree {
  const inverse = (order: Int32Array): Int32Array => {
    const place = new Int32Array(n);
    for (let k = 0; k < n; k++) place[order[k]] = k;
    return place;
  };
  // The tree, then the same order with the subtrees as runs.
  const tree = eliminationTree(permutedLower(n, ptr, idx, inverse(given)));
  const post = postorder(tree);
  const postPlace = inverse(post);
  const order = new Int32Array(n);
  const parent = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    const old = post[k];
    order[k] = given[old];
    parent[k] = tree[old] < 0 ? -1 : postPlace[tree[old]];
  }
  const place = inverse(order);
  const lower = permutedLower(n, ptr, idx, place);
  const counts = columnCounts(lower, parent);
  let [entries, flops] = [0, 0];
  for (let k = 0; k < n; k++) {
    entries += counts[k];
    flops += counts[k] * counts[k];
  }
  return { order, place, parent, lower, counts, entries, flops };
}

/**
 * Lays out the factor of P A P^T for an order. `ptr`, `idx`: columns of A; of each pair (i, j), (j, i) the entry below the
 * diagonal is used, and the one above need not be there.
 */
export function choleskyLayout(n: number, ptr: Int32Array, idx: Int32Array, tree: OrderedTree): CholeskyLayout {
  const { order, place, parent, lower, counts, entries, flops } = tree;
  // Fundamental supernodes: a column joins the one before if it is its only child's parent and has one entry less.
  const children = new Int32Array(n);
  for (let j = 0; j < n; j++) if (parent[j] >= 0) children[parent[j]]++;
  const starts: number[] = [];
  for (let j = 0; j < n; j++) {
    const joins = j > 0 && parent[j - 1] === j && counts[j - 1] === counts[j] + 1 && children[j] === 1 && j - starts.at(-1)! < WIDEST; // oxfmt-ignore
    if (!joins) starts.push(j);
  }
  const { nodeCol, nodes } = merged(n, starts, parent, counts);
  const nodeOf = new Int32Array(n);
  for (let s = 0; s < nodes; s++) nodeOf.fill(s, nodeCol[s], nodeCol[s + 1]);

  // Rows of each supernode: those of its columns of A and of its children.
  const childHead = new Int32Array(nodes).fill(-1);
  const childNext = new Int32Array(nodes).fill(-1);
  const mark = new Int32Array(n).fill(-1);
  const rowPtr = new Int32Array(nodes + 1);
  let nodeRow = new Int32Array(lower.ptr[n] + 4 * n);
  const blockPtr = new Int32Array(nodes + 1);
  let used = 0;
  let size = 0;
  for (let s = 0; s < nodes; s++) {
    const [f, l] = [nodeCol[s], nodeCol[s + 1]];
    if (used + n > nodeRow.length) {
      const grown = new Int32Array(2 * nodeRow.length + n);
      grown.set(nodeRow);
      nodeRow = grown;
    }
    const begin = used;
    for (let j = f; j < l; j++) {
      nodeRow[used++] = j;
      mark[j] = s;
    }
    const below = used;
    const take = (i: number): void => {
      if (i < l || mark[i] === s) return;
      mark[i] = s;
      nodeRow[used++] = i;
    };
    for (let j = f; j < l; j++) for (let p = lower.ptr[j]; p < lower.ptr[j + 1]; p++) take(lower.idx[p]);
    for (let c = childHead[s]; c >= 0; c = childNext[c])
      for (let p = rowPtr[c] + nodeCol[c + 1] - nodeCol[c]; p < rowPtr[c + 1]; p++) take(nodeRow[p]);
    nodeRow.subarray(below, used).sort();
    rowPtr[s + 1] = used;
    blockPtr[s] = size;
    size += (used - begin) * (l - f);
    if (size > 2 ** 29 - 1) throw new Failure("limit", `the factor needs more than ${size} numbers`, { hint: "Use an iterative method with a preconditioner." }); // oxfmt-ignore
    if (below < used) {
      const up = nodeOf[nodeRow[below]];
      childNext[s] = childHead[up];
      childHead[up] = s;
    }
  }
  blockPtr[nodes] = size;

  // Where the entries of A go.
  let half = 0;
  for (let j = 0; j < n; j++) for (let p = ptr[j]; p < ptr[j + 1]; p++) if (idx[p] >= j) half++;
  const entryFrom = new Int32Array(half);
  const column = new Int32Array(half);
  const row = new Int32Array(half);
  for (let j = 0, q = 0; j < n; j++)
    for (let p = ptr[j]; p < ptr[j + 1]; p++) {
      if (idx[p] < j) continue;
      const a = place[idx[p]];
      const b = place[j];
      entryFrom[q] = p;
      row[q] = a > b ? a : b;
      column[q++] = a > b ? b : a;
    }
  const byNode = new Int32Array(nodes + 1);
  for (let q = 0; q < half; q++) byNode[nodeOf[column[q]] + 1]++;
  for (let s = 0; s < nodes; s++) byNode[s + 1] += byNode[s];
  const sorted = new Int32Array(column.length);
  const next = byNode.slice(0, nodes);
  for (let q = 0; q < column.length; q++) sorted[next[nodeOf[column[q]]]++] = q;
  const entryTo = new Int32Array(column.length);
  const local = new Int32Array(n);
  for (let s = 0; s < nodes; s++) {
    const height = rowPtr[s + 1] - rowPtr[s];
    for (let p = rowPtr[s]; p < rowPtr[s + 1]; p++) local[nodeRow[p]] = p - rowPtr[s];
    for (let p = byNode[s]; p < byNode[s + 1]; p++) {
      const q = sorted[p];
      entryTo[q] = blockPtr[s] + (column[q] - nodeCol[s]) * height + local[row[q]];
    }
  }
  return { n, nodes, order, nodeCol, rowPtr, nodeRow: nodeRow.slice(0, used), blockPtr, nodeOf, size, entries, flops, entryFrom, entryTo }; // oxfmt-ignore
}

/** First columns of the supernodes after merging children into the parents that follow them. */
function merged(
  n: number,
  starts: readonly number[],
  parent: Int32Array,
  counts: Int32Array,
): { nodeCol: Int32Array; nodes: number } {
  const first = [...starts, n];
  const heights = counts.slice();
  const kept: { first: number; end: number; zeros: number }[] = [];
  for (let s = 0; s < starts.length; s++) {
    let node = { first: first[s], end: first[s + 1], zeros: 0 };
    // The last one kept is a child of this if its last column's parent lies in this.
    for (let child = kept.at(-1); child; child = kept.at(-1)) {
      const up = parent[child.end - 1];
      if (!(up >= node.first && up < node.end) || node.end - child.first > WIDEST) break;
      const [w0, w1] = [child.end - child.first, node.end - node.first];
      const [h0, h1] = [heights[child.first], heights[node.first]];
      // Columns of the child get the rows of the parent; zeros: those the child lacks.
      const extra = w0 * (w0 + h1 - h0);
      const zeros = child.zeros + node.zeros + extra;
      const width = w0 + w1;
      const all = (width * (width + 1)) / 2 + width * (h1 - w1);
      const { zeros: share } = RELAX.find((each) => width <= each.width)!;
      if (zeros > share * all) break;
      kept.pop();
      node = { first: child.first, end: node.end, zeros };
      heights[child.first] = w0 + h1;
    }
    kept.push(node);
  }
  return { nodeCol: Int32Array.from([...kept.map((k) => k.first), n]), nodes: kept.length };
}
