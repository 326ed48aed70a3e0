// An index of the nodes of an e-graph for one round of matching: by class and operator, and by operator; and when what a class
// contains last changed.
import { type EGraph, NodeState } from "./egraph.ts";

/** Live nodes sorted by class, then operator; runs of one operator in one class, listed by operator. Valid until the graph changes. */
export class NodeIndex {
  readonly graph: EGraph;
  /** Nodes, and the first place of their arguments. */
  readonly nodes: Int32Array;
  readonly ops: Int32Array;
  readonly ats: Int32Array;
  /** First place in `nodes` of a class; parallel to node numbers, with one more. Valid for names of classes. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Runs by operator: runFirst[k], runClass[k] for k in opStart[op] .. opStart[op + 1]. */
  readonly opStart: Int32Array;
  readonly runClass: Int32Array;
  readonly classes: Int32Array;
  /** recent[d]: when a class, or what its terms contain down to depth d, last changed. */
  readonly #recent: Int32Array[];

  constructor(graph: EGraph) {
    this.graph = graph;
    const { nodeCount, op, state, at } = graph;
    const opCount = graph.operators.length;
    const home = new Int32Array(nodeCount);
    const perOp = new Int32Array(opCount + 1);
    const perClass = new Int32Array(nodeCount + 1);
    let live = 0;
    for (let node = 0; node < nodeCount; node++) {
      if (state[node] !== NodeState.live) continue;
      const cls = graph.find(node);
      home[node] = cls;
      perOp[op[node] + 1]++;
      perClass[cls + 1]++;
      live++;
    }
    for (let i = 0; i < opCount; i++) perOp[i + 1] += perOp[i];
    const place = perOp.slice();
    const byOp = new Int32Array(live);
    for (let node = 0; node < nodeCount; node++) if (state[node] === NodeState.live) byOp[place[op[node]]++] = node;
    for (let i = 0; i < nodeCount; i++) perClass[i + 1] += perClass[i];
    this.start = perClass.slice();
    const next = perClass.slice();
    this.nodes = new Int32Array(live);
    this.ops = new Int32Array(live);
    this.ats = new Int32Array(live);
    for (let i = 0; i < live; i++) {
      const node = byOp[i];
      const slot = next[home[node]]++;
      this.nodes[slot] = node;
      this.ops[slot] = op[node];
      this.ats[slot] = at[node];
    }
    this.end = next;
    // Classes by operator, in the order of byOp: one entry where the class changes; a class has its nodes of one operator together.
    const seen = new Int32Array(nodeCount).fill(-1);
    const runClass = new Int32Array(live);
    this.opStart = new Int32Array(opCount + 1);
    let runs = 0;
    for (let o = 0; o < opCount; o++) {
      this.opStart[o] = runs;
      for (let i = perOp[o]; i < perOp[o + 1]; i++) {
        const cls = home[byOp[i]];
        if (seen[cls] === o) continue;
        seen[cls] = o;
        runClass[runs++] = cls;
      }
    }
    this.opStart[opCount] = runs;
    this.runClass = runClass;
    this.#recent = [graph.stamp];
    let names = 0;
    const classes = new Int32Array(nodeCount);
    for (let node = 0; node < nodeCount; node++)
      if (state[node] !== NodeState.proof && graph.find(node) === node) classes[names++] = node;
    this.classes = classes.subarray(0, names);
  }

  /** By class: when something last changed in it or in its nodes' arguments down to a depth. */
  recent(depth: number): Int32Array {
    const { graph, classes, start, end, ops, ats } = this;
    while (this.#recent.length <= depth) {
      const above = this.#recent[this.#recent.length - 1];
      const next = new Int32Array(graph.nodeCount);
      for (let c = 0; c < classes.length; c++) {
        const cls = classes[c];
        let latest = above[cls];
        for (let i = start[cls]; i < end[cls]; i++) {
          const { arity } = graph.operators[ops[i]];
          for (let k = 0; k < arity; k++) {
            const below = above[graph.args[ats[i] + k]];
            if (below > latest) latest = below;
          }
        }
        next[cls] = latest;
      }
      this.#recent.push(next);
    }
    return this.#recent[depth];
  }

  /** First place in `nodes` with the operator in the class, or the end of the class. */
  first(cls: number, op: number): number {
    const { ops } = this;
    let low = this.start[cls];
    let high = this.end[cls];
    while (high - low > 8) {
      const mid = (low + high) >> 1;
      if (ops[mid] < op) low = mid + 1;
      else high = mid;
    }
    while (low < this.end[cls] && ops[low] < op) low++;
    return low;
  }
}
