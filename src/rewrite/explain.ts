// Explanations: why two terms are equal in an e-graph, as a chain of terms in which each differs from the one before by one rule
// at one place (proof forest: Nieuwenhuis and Oliveras 2005; Flatt et al. 2022, "Small proofs from congruence closure").
// `verify` replays a chain with a matcher of its own and with exact arithmetic: it trusts the graph in nothing but the conditions.
// Left out: shortest chains.
import { Failure } from "../base/index.ts";
import { Kind, transfer, type Term } from "../term/index.ts";
import type { EGraph } from "./egraph.ts";
import { isVariable } from "./pattern.ts";
import { Reason } from "./proof-forest.ts";
import { fold } from "./range.ts";
import type { Rule } from "./rule.ts";
import { rulesOf } from "./saturate.ts";
import { operation } from "./spell.ts";

export interface Step {
  /** The whole terms before and after; held. */
  readonly before: Term;
  readonly after: Term;
  /** Arguments to follow from the root to the part that changes, and that part before and after. */
  readonly place: readonly number[];
  readonly from: Term;
  readonly to: Term;
  /** A rule, or what the graph knows by itself. */
  readonly by: Rule | "arithmetic" | "commutativity" | "given";
  /** Is the rule read from left to right? */
  readonly forward: boolean;
}

export interface Explanation {
  readonly from: Term;
  readonly to: Term;
  readonly steps: readonly Step[];
}

/** A step at a place, before the terms around it are filled in. */
interface Local {
  readonly place: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly by: Step["by"];
  readonly forward: boolean;
  /** For commutativity, whose result need not be a node: the arguments exchanged. */
  readonly swap: boolean;
}

/** Steps that are more than this are refused. */
const MOST_STEPS = 20_000;
/** Congruences inside each other. */
const DEEPEST = 2000;

/** Why the terms of two nodes are equal. The graph must keep explanations, and the nodes must come from `addTerm` or `add`. */
export function explain(graph: EGraph, a: number, b: number): Explanation {
  if (!graph.same(a, b))
    throw new Failure("usage", "the two are not equal in this graph, so there is nothing to explain");
  const rules = rulesOf(graph);
  const known = new Map<string, readonly Local[]>();
  const exactArgs = (node: number): number[] => {
    const at = graph.at[node];
    return Array.from({ length: graph.operators[graph.op[node]].arity }, (_, i) => graph.exact[at + i]);
  };
  const between = (from: number, to: number, depth = 0): readonly Local[] => {
    if (from === to) return [];
    if (depth > DEEPEST) throw new Failure("limit", `the explanation goes more than ${DEEPEST} arguments deep`);
    const key = `${from} ${to}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const steps: Local[] = [];
    const push = (step: Local): void => {
      if (steps.push(step) > MOST_STEPS)
        throw new Failure("limit", `the explanation has more than ${MOST_STEPS} steps`);
    };
    for (const edge of graph.proofPath(from, to)) {
      if (edge.reason === Reason.congruence || edge.reason === Reason.swapped) {
        let left = exactArgs(edge.from);
        const right = exactArgs(edge.to);
        if (edge.reason === Reason.swapped) {
          push({ place: [], from: edge.from, to: edge.from, by: "commutativity", forward: true, swap: true });
          left = [left[1], left[0]];
        }
        left.forEach((arg, i) => {
          for (const step of between(arg, right[i], depth + 1)) push({ ...step, place: [i, ...step.place] });
        });
      } else {
        const by = edge.reason === Reason.arithmetic ? "arithmetic" : edge.reason === Reason.given ? "given" : rules[edge.reason >> 1]; // oxfmt-ignore
        // A rule read backwards was applied from its right side to its left.
        const backwards = edge.reason >= 0 && (edge.reason & 1) === 1;
        push({ place: [], from: edge.from, to: edge.to, by, forward: edge.forward !== backwards, swap: false });
      }
    }
    known.set(key, steps);
    return steps;
  };
  const locals = between(a, b);
  const terms = new Map<number, Term>();
  const termOf = (root: number): Term => {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      const missing = terms.has(node) ? [] : exactArgs(node).filter((arg) => !terms.has(arg));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      if (terms.has(node)) continue;
      const { leaf, name } = graph.operators[graph.op[node]];
      terms.set(node, leaf ?? operation(graph.context, name, ...exactArgs(node).map((arg) => terms.get(arg)!)));
    }
    return terms.get(root)!;
  };
  let current = termOf(a);
  const steps = locals.map((local): Step => {
    const before = current;
    const from = termOf(local.from);
    const to = local.swap ? operation(graph.context, from.name, from.args[1], from.args[0]) : termOf(local.to);
    current = replaced(before, local.place, to);
    return { before, after: current, place: local.place, from, to, by: local.by, forward: local.forward };
  });
  return { from: termOf(a), to: termOf(b), steps: withoutDetours(steps) };
}

/** A chain that comes back to a term it had left is cut short there. */
function withoutDetours(steps: readonly Step[]): Step[] {
  const kept: Step[] = [];
  const placeOf = new Map<Term, number>();
  for (const step of steps) {
    if (kept.length === 0) placeOf.set(step.before, 0);
    kept.push(step);
    const back = placeOf.get(step.after);
    if (back === undefined) placeOf.set(step.after, kept.length);
    else for (const dropped of kept.splice(back)) if (dropped.after !== step.after) placeOf.delete(dropped.after);
  }
  return kept;
}

/** A held term with another part at a place. */
function replaced(term: Term, place: readonly number[], part: Term): Term {
  if (place.length === 0) return part;
  const [first, ...rest] = place;
  return operation(
    term.context,
    term.name,
    ...term.args.map((arg, i) => (i === first ? replaced(arg, rest, part) : arg)),
  );
}

const partAt = (term: Term, place: readonly number[]): Term => place.reduce((part, i) => part.args[i], term);

/**
 * Replays an explanation: every step must change one part by its rule, and the chain must lead from the first term to the last.
 * Returns undefined if it does, else what is wrong. Conditions of rules are listed in the steps, not decided again here.
 */
export function verify(explanation: Explanation): string | undefined {
  let current = explanation.from;
  for (const [number, step] of explanation.steps.entries()) {
    const complain = (what: string): string => `step ${number + 1}: ${what}`;
    if (step.before !== current) return complain("does not begin where the last one ended");
    if (partAt(step.before, step.place) !== step.from) return complain(`${step.from} is not at its place`);
    if (replaced(step.before, step.place, step.to) !== step.after) return complain("changes more than its place");
    if (!isInstance(step)) return complain(`${step.from} -> ${step.to} is not an instance of its rule`);
    current = step.after;
  }
  return current === explanation.to ? undefined : "the chain does not reach its end";
}

function isInstance({ by, from, to, forward }: Step): boolean {
  if (by === "given") return true;
  if (by === "commutativity")
    return (
      (from.name === "+" || from.name === "*") &&
      from.name === to.name &&
      from.args[0] === to.args[1] &&
      from.args[1] === to.args[0]
    );
  if (by === "arithmetic") {
    const value = (term: Term) => {
      if (term.kind === Kind.number) return term.value;
      return term.args.every((arg) => arg.kind === Kind.number)
        ? fold(term.name, term.args.map((arg) => arg.value))
        : undefined; // oxfmt-ignore
    };
    const [left, right] = [value(from), value(to)];
    return left !== undefined && right !== undefined && from.context.number(left) === from.context.number(right);
  }
  const bound = new Map<string, Term>();
  const [left, right] = forward ? [by.lhs, by.rhs] : [by.rhs, by.lhs];
  return fits(left, from, bound) && fits(right, to, bound);
}

/** Does a held pattern fit a held term as it stands? */
function fits(pattern: Term, term: Term, bound: Map<string, Term>): boolean {
  if (isVariable(pattern)) {
    const before = bound.get(pattern.name);
    if (before === undefined) bound.set(pattern.name, term);
    return before === undefined || before === term;
  }
  if (pattern.kind !== Kind.held) return transfer(pattern, term.context) === term;
  return (
    term.kind === Kind.held &&
    term.name === pattern.name &&
    term.args.length === pattern.args.length &&
    pattern.args.every((arg, i) => fits(arg, term.args[i], bound))
  );
}
