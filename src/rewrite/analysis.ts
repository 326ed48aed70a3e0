// Facts about the classes of an e-graph: exact constants, what a value depends on, where real values lie, degrees of polynomials.
// Each is an Analysis (Willsey et al. 2021, section 4): upwards from arguments to nodes, joined where classes meet. Two constants
// that meet are a contradiction: some rule or equality given is false, and that is said at once.
import { Failure } from "../base/index.ts";
import { intervals, Q, type Rational } from "../number/index.ts";
import { isLeaf, Kind, type Term } from "../term/index.ts";
import { type Analysis, type EGraph } from "./egraph.ts";
import type { Assumption } from "./facts.ts";
import { Reason } from "./proof-forest.ts";
import { fold, type Range, rangeOfFunction, rangeOfLeaf, rangeOfOperation, UNKNOWN } from "./range.ts";

export interface ConstantsOptions {
  /** Takes the other nodes of a class whose value is known out of matching (default true). */
  readonly prune?: boolean;
}

/** Exact constants. A class whose value is a number gets that number as a node. */
export function constants(options: ConstantsOptions = {}): Analysis<Rational | undefined> {
  const { prune = true } = options;
  const analysis: Analysis<Rational | undefined> = {
    name: "constants",
    make(graph, node, facts) {
      const { name, arity, leaf } = graph.operators[graph.op[node]];
      if (arity === 0) return leaf?.kind === Kind.number ? leaf.value : undefined;
      const at = graph.at[node];
      const first = facts[graph.find(graph.args[at])];
      if (first === undefined) return undefined;
      const values: Rational[] = [first];
      for (let i = 1; i < arity; i++) {
        const value = facts[graph.find(graph.args[at + i])];
        if (value === undefined) return undefined;
        values.push(value);
      }
      return fold(name, values);
    },
    merge(a, b) {
      if (a === undefined) return b;
      if (b === undefined || Q.equal(a, b)) return a;
      throw new Failure(
        "domain",
        `contradiction: the constants ${Q.toString(a)} and ${Q.toString(b)} were made equal`,
        {
          hint: "One of the rules, or an equality that was given, is false somewhere; often a division by zero.",
        },
      );
    },
    same: (a, b) => a === b || (a !== undefined && b !== undefined && Q.equal(a, b)),
    modify(graph, cls, value) {
      if (value === undefined) return;
      const { context } = graph;
      const number = graph.add(graph.leaf(context.number(value)));
      if (!graph.same(number, cls)) {
        if (graph.explanations) explainFold(graph, analysis, cls, number);
        else graph.union(cls, number, Reason.arithmetic);
      }
      if (prune) graph.keepLeaves(cls);
    },
  };
  return analysis;
}

/** Unites a class with its number through a node whose arguments are numbers, so that the step can be checked by itself. */
function explainFold(graph: EGraph, analysis: Analysis<Rational | undefined>, cls: number, number: number): void {
  const { context } = graph;
  for (const node of graph.nodesOf(cls)) {
    const args = graph.argsOf(node);
    const values = args.map((arg) => graph.data(analysis, arg));
    if (args.length === 0 || values.some((value) => value === undefined)) continue;
    const { name } = graph.operators[graph.op[node]];
    const value = fold(name, values as Rational[]);
    if (value === undefined) continue;
    const numbers = values.map((each) => graph.add(graph.leaf(context.number(each!))));
    graph.union(graph.add(graph.op[node], numbers), number, Reason.arithmetic);
    return;
  }
}

/**
 * The symbols that a value can depend on, as a set of bits. Equal values depend on what both forms contain, so sets are
 * intersected. Symbols beyond the thirtieth share the last bit, which is never dropped.
 */
export interface Dependencies extends Analysis<number> {
  /** The bit of a symbol. */
  bit(symbol: Term): number;
}

const MANY = 1 << 30;

export function dependencies(): Dependencies {
  const bits = new Map<Term, number>();
  const analysis: Dependencies = {
    name: "dependencies",
    bit(symbol) {
      let found = bits.get(symbol);
      if (found === undefined) bits.set(symbol, (found = bits.size < 30 ? 1 << bits.size : MANY));
      return found;
    },
    make(graph, node, facts) {
      const { arity, leaf } = graph.operators[graph.op[node]];
      if (leaf !== undefined) {
        if (leaf.kind === Kind.symbol) return analysis.bit(leaf);
        return isLeaf(leaf) || leaf.args.length === 0 ? 0 : -1;
      }
      let all = 0;
      for (let i = 0; i < arity; i++) all |= facts[graph.find(graph.args[graph.at[node] + i])];
      return all;
    },
    merge: (a, b) => (a & b) | ((a | b) & MANY),
  };
  return analysis;
}

/** Ranges from constants, from what is assumed of symbols, and through the operations. */
export function ranges(assume: Readonly<Record<string, Assumption>> = {}): Analysis<Range> {
  const analysis: Analysis<Range> = {
    name: "ranges",
    make(graph, node, facts) {
      const { name, arity, leaf } = graph.operators[graph.op[node]];
      if (arity === 0) return leaf === undefined ? UNKNOWN : rangeOfLeaf(leaf, assume);
      const at = graph.at[node];
      const a = facts[graph.find(graph.args[at])];
      if (arity === 1) return rangeOfFunction(name, a);
      if (arity !== 2) return UNKNOWN;
      const b = facts[graph.find(graph.args[at + 1])];
      // Nothing comes of nothing.
      if (a === UNKNOWN && b === UNKNOWN) return UNKNOWN;
      return rangeOfOperation(name, a, b);
    },
    merge(a, b) {
      if (a === b) return a;
      const nonzero = a.nonzero || b.nonzero;
      const { within: x } = a;
      const { within: y } = b;
      if (x === undefined || y === undefined) {
        if (nonzero === a.nonzero && (y === undefined || x !== undefined)) return a;
        return { within: x ?? y, nonzero };
      }
      const within = intervals.intersection(x, y);
      if (within === undefined)
        throw new Failure("domain", `contradiction: a value in ${intervals.text(x)} was made equal to one in ${intervals.text(y)}`, {
          hint: "One of the rules, or an equality that was given, is false somewhere.",
        }); // oxfmt-ignore
      if (within.lo === x.lo && within.hi === x.hi && nonzero === a.nonzero) return a;
      // Bounds that creep inwards by rounding would never come to rest.
      if (nonzero === a.nonzero && small(x.lo, within.lo) && small(x.hi, within.hi)) return a;
      return { within, nonzero };
    },
    same: (a, b) =>
      a.nonzero === b.nonzero &&
      (a.within === b.within ||
        (a.within !== undefined &&
          b.within !== undefined &&
          a.within.lo === b.within.lo &&
          a.within.hi === b.within.hi)),
  };
  return analysis;
}

const small = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));

/** Upper bound of the degree in a symbol of what is a polynomial in it; Infinity where that is not known. */
export function degrees(symbol: Term): Analysis<number> {
  const analysis: Analysis<number> = {
    name: `degree in ${symbol}`,
    make(graph, node, facts) {
      const { name, arity, leaf } = graph.operators[graph.op[node]];
      if (leaf !== undefined) {
        if (leaf === symbol) return 1;
        return isLeaf(leaf) || leaf.args.length === 0 ? 0 : Infinity;
      }
      const at = graph.at[node];
      const of = Array.from({ length: arity }, (_, i) => facts[graph.find(graph.args[at + i])]);
      switch (name) {
        case "+":
        case "-":
          return Math.max(...of);
        case "neg":
          return of[0];
        case "*":
          return of[0] + of[1];
        case "/":
          return of[1] === 0 ? of[0] : Infinity;
        case "^": {
          if (of[0] === 0 && of[1] === 0) return 0;
          for (const each of graph.nodesOf(graph.args[at + 1])) {
            const exponent = graph.operators[graph.op[each]].leaf;
            if (exponent?.kind === Kind.number && typeof exponent.value === "number" && exponent.value >= 0)
              return of[0] * exponent.value;
          }
          return Infinity;
        }
        default:
          return of.every((degree) => degree === 0) ? 0 : Infinity;
      }
    },
    merge: (a, b) => Math.min(a, b),
  };
  return analysis;
}
