// Nested dissection: a separator that cuts the graph in two goes last, the parts before it are ordered in the same way, small ones
// by minimum degree. Separators come from the middle of a breadth-first search and are made smaller by moving single nodes.
// Sources: George, SIAM J. Numer. Anal. 10 (1973); automatic version: George, Liu, "An automatic nested dissection algorithm for
// irregular finite element problems", same journal 15 (1978); moving of nodes after Fiduccia, Mattheyses (1982), Ashcraft, Liu (1998).
// Left out: multilevel coarsening.
import { amd } from "../amd.ts";
import type { SparsePattern } from "../pattern.ts";
import { levelsFrom, peripheral } from "./cuthill-mckee.ts";

/** Parts up to this size are ordered by minimum degree. */
const SMALL = 200;
/** Neither side may have less than this share of both. */
const BALANCE = 0.3;

/** Order of a symmetric pattern without diagonal. */
export function nestedDissection(graph: SparsePattern): Int32Array {
  const { n } = graph;
  const out = new Int32Array(n);
  /** The part of a node; numbers of parts never return. */
  const part = new Int32Array(n);
  const mark = new Int32Array(n).fill(-1);
  const room = new Int32Array(n);
  const local = new Int32Array(n);
  let stamp = 0;
  let parts = 0;
  // Each entry orders `nodes` into out[.. end).
  const stack: { nodes: Int32Array; end: number }[] = [{ nodes: Int32Array.from({ length: n }, (_, i) => i), end: n }];
  for (let job = stack.pop(); job; job = stack.pop()) {
    const { nodes, end } = job;
    if (nodes.length === 0) continue;
    const id = ++parts;
    for (const i of nodes) part[i] = id;
    const cut = nodes.length <= SMALL ? undefined : split(nodes, id);
    if (!cut) {
      out.set(leaf(nodes, id), end - nodes.length);
      continue;
    }
    const [left, right, separator] = cut;
    out.set(separator, end - separator.length);
    stack.push({ nodes: right, end: end - separator.length });
    stack.push({ nodes: left, end: end - separator.length - right.length });
  }
  return out;

  /** Minimum degree within a part. */
  function leaf(nodes: Int32Array, id: number): Int32Array {
    nodes.forEach((i, k) => (local[i] = k));
    const ptr = new Int32Array(nodes.length + 1);
    const idx: number[] = [];
    nodes.forEach((i, k) => {
      for (let p = graph.colPtr[i]; p < graph.colPtr[i + 1]; p++)
        if (part[graph.rowIdx[p]] === id) idx.push(local[graph.rowIdx[p]]);
      ptr[k + 1] = idx.length;
    });
    return Int32Array.from(amd({ n: nodes.length, colPtr: ptr, rowIdx: Int32Array.from(idx) }), (k) => nodes[k]);
  }

  /** Two sides without an edge between them, and the separator; undefined where no good one was found. */
  function split(nodes: Int32Array, id: number): [Int32Array, Int32Array, Int32Array] | undefined {
    const next = (): number => ++stamp;
    const root = peripheral(graph, nodes[0], part, id, mark, next, room);
    const { order, levels } = levelsFrom(graph, root, part, id, mark, ++stamp, room);
    if (order.length < nodes.length) {
      // Another component: no separator is needed.
      const reached = stamp;
      return [order.slice(), nodes.filter((i) => mark[i] !== reached), new Int32Array(0)];
    }
    const count = levels.length - 1;
    if (count < 3) return undefined;
    // The smallest level that leaves both sides large enough.
    let best = -1;
    for (let l = 1; l < count - 1; l++) {
      const [before, after] = [levels[l], order.length - levels[l + 1]];
      if (Math.min(before, after) < BALANCE * (before + after)) continue;
      if (best < 0 || levels[l + 1] - levels[l] < levels[best + 1] - levels[best]) best = l;
    }
    if (best < 0) return undefined;
    order.forEach((i, q) => (local[i] = q < levels[best] ? 0 : q < levels[best + 1] ? 2 : 1));
    const separator = new Set<number>(order.subarray(levels[best], levels[best + 1]));
    const sizes = [levels[best], order.length - levels[best + 1]];
    shrink(separator, sizes, id);
    return [nodes.filter((i) => local[i] === 0), nodes.filter((i) => local[i] === 1), nodes.filter((i) => local[i] === 2)]; // oxfmt-ignore
  }

  /** Moves nodes of the separator to a side, and the neighbours on the other side into it, while it gets smaller. local: 0, 1 the sides, 2 the separator. */
  function shrink(separator: Set<number>, sizes: number[], id: number): void {
    for (let pass = 0; pass < 8; pass++) {
      let moved = false;
      for (const i of Int32Array.from(separator)) {
        if (local[i] !== 2) continue;
        const pulled = [0, 0];
        for (let p = graph.colPtr[i]; p < graph.colPtr[i + 1]; p++) {
          const j = graph.rowIdx[p];
          if (part[j] === id && local[j] < 2) pulled[1 - local[j]]++;
        }
        // To side s, the neighbours on the other side come in: pulled[s] of them.
        const s = pulled[0] < pulled[1] || (pulled[0] === pulled[1] && sizes[0] < sizes[1]) ? 0 : 1;
        const gain = 1 - pulled[s];
        const smaller = Math.min(sizes[0] + (s === 0 ? 1 : -pulled[s]), sizes[1] + (s === 1 ? 1 : -pulled[s]));
        const balanced = smaller >= BALANCE * (sizes[0] + sizes[1]);
        if (!balanced || gain < 0 || (gain === 0 && sizes[s] >= sizes[1 - s])) continue;
        local[i] = s;
        separator.delete(i);
        sizes[s]++;
        for (let p = graph.colPtr[i]; p < graph.colPtr[i + 1]; p++) {
          const j = graph.rowIdx[p];
          if (part[j] !== id || local[j] !== 1 - s) continue;
          local[j] = 2;
          separator.add(j);
          sizes[1 - s]--;
        }
        moved = true;
      }
      if (!moved) return;
    }
  }
}
