// Reverse Cuthill-McKee: an order of small bandwidth, by levels of breadth-first search from a node at the rim.
// Sources: Cuthill, McKee, "Reducing the bandwidth of sparse symmetric matrices" (1969); reversed after George (1971); the
// node to begin with by George, Liu, "An implementation of a pseudoperipheral node finder", ACM TOMS 5 (1979).
import type { SparsePattern } from "../pattern.ts";

/** Nodes by levels from `root` among those with `part[node] === id`: order[levels[l] .. levels[l + 1]) is level l. */
export interface Levels {
  readonly order: Int32Array;
  readonly levels: readonly number[];
}

/** Breadth-first search; `mark` of the nodes reached becomes `stamp`. Nodes of a level are in the order they were found. */
export function levelsFrom(
  { colPtr, rowIdx }: SparsePattern,
  root: number,
  part: Int32Array,
  id: number,
  mark: Int32Array,
  stamp: number,
  order: Int32Array,
): Levels {
  const levels = [0];
  order[0] = root;
  mark[root] = stamp;
  let [begin, end] = [0, 1];
  while (begin < end) {
    levels.push(end);
    let to = end;
    for (let q = begin; q < end; q++)
      for (let p = colPtr[order[q]]; p < colPtr[order[q] + 1]; p++) {
        const i = rowIdx[p];
        if (part[i] !== id || mark[i] === stamp) continue;
        mark[i] = stamp;
        order[to++] = i;
      }
    [begin, end] = [end, to];
  }
  return { order: order.subarray(0, end), levels };
}

/** A node far from another one: of the last level that of least degree, until the number of levels no longer grows. */
export function peripheral(
  graph: SparsePattern,
  start: number,
  part: Int32Array,
  id: number,
  mark: Int32Array,
  stamp: () => number,
  room: Int32Array,
): number {
  let root = start;
  for (let depth = 0; ;) {
    const { order, levels } = levelsFrom(graph, root, part, id, mark, stamp(), room);
    const count = levels.length - 1;
    if (count <= depth) return root;
    depth = count;
    let best = order[levels[count - 1]];
    for (let q = levels[count - 1]; q < levels[count]; q++)
      if (degree(graph, order[q]) < degree(graph, best)) best = order[q];
    root = best;
  }
}

const degree = ({ colPtr }: SparsePattern, i: number): number => colPtr[i + 1] - colPtr[i];

/** The reverse Cuthill-McKee order of a symmetric pattern without diagonal, component by component. */
export function reverseCuthillMcKee(graph: SparsePattern): Int32Array {
  const { n } = graph;
  const part = new Int32Array(n);
  const mark = new Int32Array(n).fill(-1);
  const room = new Int32Array(n);
  let stamp = 0;
  const out = new Int32Array(n);
  let to = 0;
  for (let s = 0; s < n; s++) {
    if (part[s] !== 0) continue;
    const root = peripheral(graph, s, part, 0, mark, () => ++stamp, room);
    const begin = to;
    out[to++] = root;
    part[root] = 1;
    for (let q = begin; q < to; q++) {
      const first = to;
      for (let p = graph.colPtr[out[q]]; p < graph.colPtr[out[q] + 1]; p++) {
        const i = graph.rowIdx[p];
        if (part[i] !== 0) continue;
        part[i] = 1;
        out[to++] = i;
      }
      out.subarray(first, to).sort((a, b) => degree(graph, a) - degree(graph, b) || a - b);
    }
  }
  return out.toReversed();
}
