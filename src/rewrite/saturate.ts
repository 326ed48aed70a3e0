// Equality saturation (Tate et al. 2009; Willsey et al. 2021): all rules are searched on one state of the graph, then all
// matches are applied, then congruence is restored; again until nothing new comes or the budget ends.
// The backoff scheduler is egg's: a rule that matches too often rests for some rounds, each time longer, so that commutative and
// associative rules do not drown the others.
import { type Budget, DONE, Failure, type StopReason } from "../base/index.ts";
import { type EGraph } from "./egraph.ts";
import { Builder, Matcher, Matches } from "./ematch.ts";
import { NodeIndex } from "./node-index.ts";
import { reversed, type Rule } from "./rule.ts";
import { TermGraph } from "./term-graph.ts";

/** Decides which rules are searched in a round, and how many matches a rule may have. */
export interface Scheduler {
  /** Most matches of rule `rule` in round `round`; 0 leaves it out. */
  limit(rule: number, round: number): number;
  /** `found` is -1 when there were more than the limit. Returns whether the matches found are to be applied. */
  record(rule: number, round: number, found: number): boolean;
  /** Nothing changed in this round, but rules were left out: may they come back at once? Returns false if none was. */
  release(round: number): boolean;
}

export interface BackoffOptions {
  /** Matches a round before a rule rests for the first time; doubled each time. */
  readonly matches?: number;
  /** Rounds of the first rest; doubled each time. */
  readonly rest?: number;
}

/** Rests for rules that match too often. */
export function backoff(options: BackoffOptions = {}): Scheduler {
  const { matches = 1000, rest = 5 } = options;
  const banned: number[] = [];
  const until: number[] = [];
  const most = (rule: number): number => matches * 2 ** (banned[rule] ?? 0);
  return {
    limit: (rule, round) => ((until[rule] ?? 0) > round ? 0 : most(rule)),
    record(rule, round, found) {
      if (found >= 0) return true;
      until[rule] = round + 1 + rest * 2 ** (banned[rule] ?? 0);
      banned[rule] = (banned[rule] ?? 0) + 1;
      return false;
    },
    release(round) {
      // All rests are shortened by what the shortest has left, so rules keep their order.
      let shortest = Infinity;
      for (const end of until) if (end > round) shortest = Math.min(shortest, end - round - 1);
      if (shortest === Infinity) return false;
      for (let i = 0; i < until.length; i++) if (until[i] > round) until[i] -= shortest;
      return true;
    },
  };
}

/** Every rule, every round, without limit. */
export function eager(): Scheduler {
  return { limit: () => Infinity, record: () => true, release: () => false };
}

/** What happened in one round. Times in milliseconds. */
export interface RoundRecord {
  readonly nodes: number;
  readonly classes: number;
  /** Matches applied, unions they made, unions by congruence. */
  readonly matches: number;
  readonly unions: number;
  readonly congruences: number;
  readonly search_ms: number;
  readonly apply_ms: number;
  readonly rebuild_ms: number;
  /** Rules left out of this round. */
  readonly resting: readonly string[];
}

export interface SaturateOptions {
  /** Limits: `steps` rounds, `nodes` of the graph, `time_ms`. Default 30 rounds, 10,000 nodes, 5 s. */
  readonly budget?: Budget;
  readonly scheduler?: Scheduler;
  /** Asked after every round; true ends the run as done. */
  readonly until?: () => boolean;
  readonly signal?: AbortSignal;
}

export interface Saturation {
  readonly stop: StopReason;
  /** Nothing that the rules say was missing at the end. */
  readonly saturated: boolean;
  readonly rounds: readonly RoundRecord[];
  /** Unions made by each rule, by name. */
  readonly used: ReadonlyMap<string, number>;
}

interface Compiled {
  readonly rule: Rule;
  /** Number of the rule in the graph, and whether it is read backwards. */
  readonly reason: number;
  readonly matcher: Matcher;
  readonly lhs: Builder;
  readonly rhs: Builder;
}

/** Rules that a graph has been saturated with; the reason of a union is 2 * place + (1 if read backwards). */
const ruleBooks = new WeakMap<EGraph, Rule[]>();

/** The rules behind the reasons of a graph's unions. */
export function rulesOf(graph: EGraph): readonly Rule[] {
  return ruleBooks.get(graph) ?? [];
}

function compile(graph: EGraph, list: readonly Rule[]): Compiled[] {
  let book = ruleBooks.get(graph);
  if (book === undefined) ruleBooks.set(graph, (book = []));
  const compiled: Compiled[] = [];
  for (const rule of list) {
    let place = book.indexOf(rule);
    if (place < 0) place = book.push(rule) - 1;
    for (const backwards of rule.twoWay ? [false, true] : [false]) {
      const directed = backwards ? reversed(rule) : rule;
      if ((rule.conditions.length > 0 || rule.types.size > 0) && !(graph instanceof TermGraph))
        throw new Failure("usage", `the rule "${rule.name}" has conditions, which only a TermGraph can decide`);
      const matcher = new Matcher(graph, directed.lhs, graph instanceof TermGraph ? graph.testsOf(directed) : []);
      compiled.push({
        rule,
        reason: 2 * place + (backwards ? 1 : 0),
        matcher,
        lhs: new Builder(graph, directed.lhs, matcher.variables),
        rhs: new Builder(graph, directed.rhs, matcher.variables),
      });
    }
  }
  return compiled;
}

const DEFAULT: Budget = { steps: 30, nodes: 10_000, time_ms: 5000 };

/** Applies rules to a graph until nothing new comes, `until` holds, or the budget ends. */
export function saturate(graph: EGraph, rules: readonly Rule[], options: SaturateOptions = {}): Saturation {
  const begin = performance.now();
  const budget = options.budget ?? DEFAULT;
  const { scheduler = backoff(), until, signal } = options;
  const { steps = Infinity, nodes = Infinity, time_ms = Infinity } = budget;
  const compiled = compile(graph, rules);
  const rounds: RoundRecord[] = [];
  const used = new Map<string, number>();
  const late = (): boolean => performance.now() - begin >= time_ms || signal?.aborted === true;
  const limitReached = (): StopReason | undefined => {
    if (signal?.aborted) return { kind: "cancelled", detail: "cancelled by the caller" };
    if (graph.size >= nodes) return { kind: "nodes", detail: `${graph.size} nodes` };
    if (performance.now() - begin >= time_ms) return { kind: "time", detail: `${time_ms} ms` };
    return undefined;
  };
  const end = (stop: StopReason, saturated = false): Saturation => ({ stop, saturated, rounds, used });
  graph.rebuild();
  if (until?.() === true) return end({ ...DONE, detail: "reached what was asked for" });
  const matches = compiled.map(() => new Matches());
  // The round in which a rule was last searched and all its matches were applied.
  const lastSearched = compiled.map(() => 0);
  for (let round = 0; ; round++) {
    if (round >= steps) return end({ kind: "steps", detail: `${round} rounds` });
    const started = performance.now();
    const clock = ++graph.clock;
    const index = new NodeIndex(graph);
    const resting: string[] = [];
    const unionsBefore = graph.unions;
    const nodesBefore = graph.nodeCount;
    let interrupted = false;
    const chosen = compiled.map((each, k) => {
      matches[k].length = 0;
      if (interrupted) return false;
      const limit = scheduler.limit(k, round);
      if (limit === 0) {
        resting.push(each.rule.name);
        return false;
      }
      // One more than allowed is found before the search gives up.
      const found = each.matcher.search(
        index,
        matches[k],
        lastSearched[k],
        limit === Infinity ? Infinity : limit + 1,
        late,
      );
      if (late()) {
        interrupted = true;
        return found >= 0;
      }
      const apply = scheduler.record(k, round, found);
      if (apply) lastSearched[k] = clock;
      else resting.push(each.rule.name);
      return apply;
    });
    const searched = performance.now();
    let applied = 0;
    let stop: StopReason | undefined;
    for (let k = 0; k < compiled.length && stop === undefined; k++) {
      if (!chosen[k]) continue;
      const { matcher, lhs, rhs, reason, rule } = compiled[k];
      const { data, length } = matches[k];
      const { stride } = matcher;
      let made = 0;
      for (let at = 0; at < length; at += stride) {
        const right = rhs.build(data, at + 1);
        const left = graph.explanations ? lhs.build(data, at + 1) : data[at];
        if (graph.union(left, right, reason)) made++;
        if ((++applied & 255) === 0 && (stop = limitReached()) !== undefined) break;
        if (graph.size >= nodes) {
          stop = { kind: "nodes", detail: `${graph.size} nodes` };
          break;
        }
      }
      if (made > 0) used.set(rule.name, (used.get(rule.name) ?? 0) + made);
    }
    const unions = graph.unions - unionsBefore;
    const appliedAt = performance.now();
    const congruences = graph.rebuild();
    const now = performance.now();
    rounds.push({
      nodes: graph.size,
      classes: graph.classCount,
      matches: applied,
      unions,
      congruences,
      search_ms: searched - started,
      apply_ms: appliedAt - searched,
      rebuild_ms: now - appliedAt,
      resting,
    });
    if (until?.() === true) return end({ ...DONE, detail: "reached what was asked for" });
    stop ??= limitReached();
    if (stop !== undefined) return end(stop);
    if (unions === 0 && congruences === 0 && graph.nodeCount === nodesBefore) {
      if (resting.length === 0) return end({ ...DONE, detail: "saturated" }, true);
      if (!scheduler.release(round))
        return end({ kind: "other", detail: `the scheduler keeps ${resting.length} rules out` });
    }
  }
}
