// Rewriting terms in normal form: strategies say where rules are applied and how often (Visser 2005, "A survey of strategies in
// rule-based program transformation systems"). Every run has a budget and says why it stopped. Shared parts are rewritten once,
// and depth is limited by memory only.
import { DONE, type StopReason } from "../base/index.ts";
import { isBinder, Kind, postorder, rebuild, type Term } from "../term/index.ts";
import { type Applied, compiledFor, type CompiledRules, type RewriteOptions, Run } from "./apply.ts";
import type { Rule } from "./rule.ts";

export interface Rewriting {
  /** Equal to the input; the best so far if the budget ended. */
  readonly term: Term;
  readonly stop: StopReason;
  readonly steps: readonly Applied[];
}

/** Turns a term into an equal one. */
export type Strategy = (term: Term, run: Run) => Term;

/** How often rules may be applied at one place before the strategy moves on. */
const MOST_AT_ONE_PLACE = 1000;

/** Rules at the root as long as one fits. */
function exhaust(term: Term, rules: CompiledRules, run: Run): Term {
  let now = term;
  for (let i = 0; i < MOST_AT_ONE_PLACE; i++) {
    const next = run.step(now, rules);
    if (next === undefined) return now;
    now = next;
  }
  run.stop ??= { kind: "other", detail: `rules were applied ${MOST_AT_ONE_PLACE} times at one place without an end` };
  return now;
}

/** Once over the term, arguments first; shared parts once. */
export function bottomUp(rules: readonly Rule[]): Strategy {
  return (term, run) => {
    const table = compiledFor(run.context, rules);
    const done = new Map<Term, Term>();
    for (const part of postorder([term], (each) => !isClosedToRules(each))) {
      if (part.args.length === 0 || isClosedToRules(part) || run.ended()) {
        done.set(part, done.get(part) ?? withArgs(part, done));
        continue;
      }
      done.set(part, exhaust(withArgs(part, done), table, run));
    }
    return done.get(term)!;
  };
}

/** Once over the term, from the root: what a rule puts in is looked at again, then its arguments. */
export function topDown(rules: readonly Rule[]): Strategy {
  return (term, run) => {
    const table = compiledFor(run.context, rules);
    const done = new Map<Term, Term>();
    // Two visits of each term: rules on the way down, arguments put in on the way up.
    const stack: { readonly source: Term; readonly changed?: Term }[] = [{ source: term }];
    while (stack.length > 0) {
      const { source, changed } = stack.pop()!;
      if (changed !== undefined) {
        done.set(source, withArgs(changed, done));
        continue;
      }
      if (done.has(source)) continue;
      if (source.args.length === 0 || isClosedToRules(source) || run.ended()) {
        done.set(source, source);
        continue;
      }
      const now = exhaust(source, table, run);
      if (isClosedToRules(now)) {
        done.set(source, now);
        continue;
      }
      stack.push({ source, changed: now });
      for (const arg of now.args) if (!done.has(arg)) stack.push({ source: arg });
    }
    return done.get(term)!;
  };
}

/** Binders and held terms are left as they are. */
const isClosedToRules = (term: Term): boolean => isBinder(term) || term.kind === Kind.held;

function withArgs(term: Term, done: ReadonlyMap<Term, Term>): Term {
  if (term.args.length === 0 || isClosedToRules(term)) return term;
  const args = term.args.map((arg) => done.get(arg) ?? arg);
  return args.every((arg, i) => arg === term.args[i]) ? term : rebuild(term, args);
}

/** A strategy again and again until nothing changes. A term that comes back ends the run, too. */
export function fixpoint(strategy: Strategy): Strategy {
  return (term, run) => {
    const seen = new Set<Term>();
    let now = term;
    while (!seen.has(now)) {
      seen.add(now);
      const next = strategy(now, run);
      if (next === now) return now;
      if (run.ended()) return next;
      now = next;
    }
    run.stop ??= { kind: "other", detail: "the rules go round in a circle" };
    return now;
  };
}

/** One strategy after the other. */
export function chain(...strategies: readonly Strategy[]): Strategy {
  return (term, run) => strategies.reduce((now, strategy) => strategy(now, run), term);
}

/** Rewrites a term by rules (bottom up until nothing changes) or by a strategy. */
export function rewrite(term: Term, how: readonly Rule[] | Strategy, options: RewriteOptions = {}): Rewriting {
  const strategy = typeof how === "function" ? how : fixpoint(bottomUp(how));
  const run = new Run(term.context, options);
  const result = strategy(term, run);
  const { cutOff } = run;
  const stop: StopReason | undefined = cutOff && {
    kind: "other",
    detail: `the search for "${cutOff.name}" was given up in a term with many operands`,
  };
  return { term: result, stop: run.stop ?? stop ?? DONE, steps: run.steps };
}
