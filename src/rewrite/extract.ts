// Extraction: the cheapest term of a class. By tree cost the choice is optimal (Knuth 1977; egg section 3.2). With sharing the
// problem is NP-hard; here classes keep the set of nodes their choice needs, and a choice is replaced where the set gets cheaper
// (the greedy method for graphs of the extraction gym of the egraphs-good project), then one class at a time takes another node
// where the whole gets cheaper. The result is compared with the tree choice and with the term that went in, and the cheapest is
// returned: it never costs more than the input. Left out: integer programs, exact methods by treewidth.
import { type Budget, DONE, Failure, Meter, type StopReason } from "../base/index.ts";
import type { Term } from "../term/index.ts";
import { type Cost, costOf, sizeCost } from "./cost.ts";
import type { EGraph } from "./egraph.ts";
import { NodeIndex } from "./node-index.ts";
import { operation, spell } from "./spell.ts";

export interface ExtractOptions {
  readonly cost?: Cost;
  /** Count shared nodes once. */
  readonly shared?: boolean;
  /** The term that went in: the result costs no more than it. */
  readonly input?: Term;
  /** Limits of the search with sharing; `steps` counts nodes looked at. Default 2 s. */
  readonly budget?: Budget;
}

export interface Extraction {
  /** A held term. */
  readonly term: Term;
  /** Its cost, by tree or with sharing as asked for. */
  readonly cost: number;
  readonly stop: StopReason;
}

/** Chosen node by class (-1: none yet), and tree costs. */
interface Choice {
  readonly node: Int32Array;
  readonly cost: Float64Array;
}

/** The cheapest node of each class by tree cost. */
function cheapestTrees(graph: EGraph, cost: Cost): Choice {
  const index = new NodeIndex(graph);
  const { nodes } = index;
  const own = ownCosts(graph, cost);
  const best = {
    node: new Int32Array(graph.nodeCount).fill(-1),
    cost: new Float64Array(graph.nodeCount).fill(Infinity),
  };
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i];
      const { arity } = graph.operators[graph.op[node]];
      let total = own[graph.op[node]];
      const at = graph.at[node];
      for (let k = 0; k < arity; k++) total += best.cost[graph.find(graph.args[at + k])];
      const cls = graph.find(node);
      if (total < best.cost[cls]) {
        best.cost[cls] = total;
        best.node[cls] = node;
        changed = true;
      }
    }
  }
  return best;
}

function ownCosts(graph: EGraph, cost: Cost): Float64Array {
  return Float64Array.from(graph.operators, ({ name, arity, leaf }) => {
    const own = leaf === undefined ? cost.operation(name, arity) : cost.leaf(leaf);
    if (!(own >= 0)) throw new Failure("usage", `the cost of "${name}" is ${own}, but costs are not negative`);
    return own;
  });
}

/** The terms of classes under a choice. What the choice shares is shared. */
function termsOf(
  graph: EGraph,
  node: ArrayLike<number> | ReadonlyMap<number, number>,
  roots: readonly number[],
): Term[] {
  const chosen = (cls: number): number =>
    node instanceof Map ? (node.get(cls) ?? -1) : (node as ArrayLike<number>)[cls];
  const made = new Map<number, Term>();
  const stack = roots.map((root) => graph.find(root));
  while (stack.length > 0) {
    const cls = stack[stack.length - 1];
    if (made.has(cls)) {
      stack.pop();
      continue;
    }
    const at = chosen(cls);
    if (at < 0) throw new Failure("usage", "a class has no finite term: its nodes contain it");
    const args = graph.argsOf(at);
    const missing = args.filter((arg) => !made.has(arg));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    const { leaf, name } = graph.operators[graph.op[at]];
    made.set(cls, leaf ?? operation(graph.context, name, ...args.map((arg) => made.get(arg)!)));
    stack.pop();
  }
  return roots.map((root) => made.get(graph.find(root))!);
}

/** The cheapest term found for the class of a node. */
export function extract(graph: EGraph, root: number, options: ExtractOptions = {}): Extraction {
  const { cost = sizeCost, shared = false, input } = options;
  const choice = cheapestTrees(graph, cost);
  const candidates: Term[] = [termsOf(graph, choice.node, [root])[0]];
  let stop: StopReason = DONE;
  if (shared) {
    const found = cheapestGraphs(graph, cost, graph.find(root), options.budget ?? { time_ms: 2000 });
    stop = found.stop;
    if (found.choice !== undefined) candidates.push(termsOf(graph, found.choice, [root])[0]);
  }
  if (input !== undefined) candidates.push(spell(input));
  let best = candidates[0];
  let least = Infinity;
  for (const term of candidates) {
    const own = costOf(cost, term, { shared });
    if (own < least) [best, least] = [term, own];
  }
  return { term: best, cost: least, stop };
}

/** Sets of chosen nodes with sharing: what the choice of a class needs, by class. */
interface Needs {
  readonly total: number;
  readonly chosen: ReadonlyMap<number, number>;
}

/** Choices by graph cost, greedily: bottom up, replaced where a cheaper set is found. */
function cheapestGraphs(
  graph: EGraph,
  cost: Cost,
  root: number,
  budget: Budget,
): { choice?: ReadonlyMap<number, number>; stop: StopReason } {
  const own = ownCosts(graph, cost);
  const { nodes } = new NodeIndex(graph);
  const needs = new Map<number, Needs>();
  const meter = new Meter(budget);
  let stop: StopReason = DONE;
  search: for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < nodes.length; i++) {
      meter.steps++;
      if ((i & 63) === 0) {
        const limit = meter.stop();
        if (limit !== undefined) {
          stop = limit;
          break search;
        }
      }
      const node = nodes[i];
      const cls = graph.find(node);
      const args = graph.argsOf(node);
      const below: Needs[] = [];
      for (const arg of args) {
        const found = needs.get(arg);
        if (found === undefined || found.chosen.has(cls)) break;
        below.push(found);
      }
      if (below.length < args.length) continue;
      const before = needs.get(cls);
      // The largest set is a lower bound of the union.
      const least = own[graph.op[node]] + below.reduce((most, each) => Math.max(most, each.total), 0);
      if (before !== undefined && least >= before.total) continue;
      below.sort((a, b) => b.chosen.size - a.chosen.size);
      const chosen = new Map(below[0]?.chosen);
      let total = (below[0]?.total ?? 0) + own[graph.op[node]];
      for (const each of below.slice(1))
        for (const [other, at] of each.chosen)
          if (!chosen.has(other)) {
            chosen.set(other, at);
            total += own[graph.op[at]];
          }
      if (before !== undefined && total >= before.total) continue;
      chosen.set(cls, node);
      needs.set(cls, { total, chosen });
      changed = true;
    }
  }
  const found = needs.get(root)?.chosen;
  if (found === undefined) return { stop };
  // Every class has a choice of its own; those of the root's set come first.
  const choice = new Map<number, number>();
  for (const [cls, { chosen }] of needs) choice.set(cls, chosen.get(cls)!);
  for (const [cls, node] of found) choice.set(cls, node);
  if (!Number.isFinite(graphCost(graph, own, choice, root))) return { stop };
  stop = improve(graph, own, choice, root, meter) ?? stop;
  return { choice, stop };
}

/** One class at a time takes another node where that makes the whole cheaper, until none does. */
function improve(
  graph: EGraph,
  own: Float64Array,
  choice: Map<number, number>,
  root: number,
  meter: Meter,
): StopReason | undefined {
  let least = graphCost(graph, own, choice, root);
  for (let better = true; better;) {
    better = false;
    for (const cls of reachable(graph, choice, root)) {
      const before = choice.get(cls)!;
      let best = before;
      for (const node of graph.nodesOf(cls)) {
        if (node === before || !graph.argsOf(node).every((arg) => choice.has(arg))) continue;
        meter.steps++;
        const limit = meter.stop();
        if (limit !== undefined) {
          choice.set(cls, best);
          return limit;
        }
        choice.set(cls, node);
        const total = graphCost(graph, own, choice, root);
        if (total < least) [least, best, better] = [total, node, true];
      }
      choice.set(cls, best);
    }
  }
  return undefined;
}

function reachable(graph: EGraph, choice: ReadonlyMap<number, number>, root: number): number[] {
  const seen = new Set([root]);
  for (const cls of seen) for (const arg of graph.argsOf(choice.get(cls)!)) seen.add(arg);
  return [...seen];
}

/** Cost of what a choice needs for the root, each class once; infinite if it leads back to itself. */
function graphCost(graph: EGraph, own: Float64Array, choice: ReadonlyMap<number, number>, root: number): number {
  if (!isAcyclic(graph, choice, root)) return Infinity;
  let total = 0;
  for (const cls of reachable(graph, choice, root)) total += own[graph.op[choice.get(cls)!]];
  return total;
}

/** Sets that were joined may have chosen differently for one class; a mixture that leads back to itself is thrown away. */
function isAcyclic(graph: EGraph, choice: ReadonlyMap<number, number>, root: number): boolean {
  const state = new Map<number, "open" | "done">();
  const stack = [root];
  while (stack.length > 0) {
    const cls = stack[stack.length - 1];
    if (state.get(cls) === "open") {
      state.set(cls, "done");
      stack.pop();
      continue;
    }
    if (state.get(cls) === "done") {
      stack.pop();
      continue;
    }
    state.set(cls, "open");
    const node = choice.get(cls);
    if (node === undefined) return false;
    for (const arg of graph.argsOf(node)) {
      if (state.get(arg) === "open") return false;
      if (state.get(arg) === undefined) stack.push(arg);
    }
  }
  return true;
}
