// Applying directed rules at one place of a term in normal form. Rules are compiled to matchers once per context, sorted by the
// operation at their root, and tried only where the functions they mention occur. A sum that contains a left side k times becomes
// sum + k (right - left); a product keeps the factors left over.
import { type Budget, Failure, Meter, type StopReason } from "../base/index.ts";
import {
  contains,
  type Context,
  Kind,
  mul,
  postorder,
  release,
  substitute,
  SumBuilder,
  transfer,
  type Term,
} from "../term/index.ts";
import { Q } from "../number/index.ts";
import { type Condition, decide, type Knowledge, type Test } from "./condition.ts";
import type { Assumption } from "./facts.ts";
import { type Bindings, MOST_ATTEMPTS, PatternCompiler } from "./match.ts";
import { isSegment, isVariable, type VariableType, variablesOf } from "./pattern.ts";
import { type Range, rangeOfFunction, rangeOfLeaf, rangeOfOperation, UNKNOWN } from "./range.ts";
import type { Rule } from "./rule.ts";
import { spell } from "./spell.ts";

/** Decides what the facts given cannot: is the test certainly true of the term? */
export type Prover = (test: Test, term: Term) => boolean;

export interface RewriteOptions {
  /** What is assumed of symbols, by name; nothing else is. */
  readonly assume?: Readonly<Record<string, Assumption>>;
  /** Asked where ranges do not decide a condition. */
  readonly prover?: Prover;
  /** `steps` counts rules applied, `nodes` terms looked at. Default 10,000 steps, 5 s. */
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

/** A rule applied: the part it changed, before and after. */
export interface Applied {
  readonly rule: Rule;
  readonly before: Term;
  readonly after: Term;
}

export interface CompiledRule {
  readonly rule: Rule;
  /** Bits of the functions it mentions; see `maskOf`. */
  readonly mask: number;
  /** Bits of those that stand at its surface; see `surfaceOf`. */
  readonly surface: number;
  /** The result at this term, or undefined. */
  apply(term: Term, run: Run): Term | undefined;
}

export interface CompiledRules {
  /** By the operation at the root; "" holds those that fit any. */
  readonly byHead: ReadonlyMap<string, readonly CompiledRule[]>;
}

const compiled = new WeakMap<Context, WeakMap<readonly Rule[], CompiledRules>>();
const compiledRules = new WeakMap<Context, WeakMap<Rule, { heads: string[]; rule: CompiledRule }>>();

/** Rules as matchers for the terms of a context. */
export function compiledFor(context: Context, rules: readonly Rule[]): CompiledRules {
  let table = compiled.get(context);
  if (table === undefined) compiled.set(context, (table = new WeakMap()));
  let found = table.get(rules);
  if (found === undefined) {
    const byHead = new Map<string, CompiledRule[]>();
    let known = compiledRules.get(context);
    if (known === undefined) compiledRules.set(context, (known = new WeakMap()));
    for (const rule of rules) {
      let one = known.get(rule);
      if (one === undefined) known.set(rule, (one = compileRule(rule, context)));
      const { heads, rule: ready } = one;
      for (const head of heads) byHead.set(head, [...(byHead.get(head) ?? []), ready]);
    }
    const everywhere = byHead.get("") ?? [];
    if (everywhere.length > 0)
      for (const [head, list] of byHead) if (head !== "") byHead.set(head, inOrder(rules, [...list, ...everywhere]));
    table.set(rules, (found = { byHead }));
  }
  return found;
}

const inOrder = (rules: readonly Rule[], list: readonly CompiledRule[]): CompiledRule[] =>
  [...list].sort((a, b) => rules.indexOf(a.rule) - rules.indexOf(b.rule));

const headOf = (term: Term): string => (term.kind === Kind.sum || term.kind === Kind.product || term.kind === Kind.power ? String(term.kind) : `${term.kind} ${term.name}`); // oxfmt-ignore

/** A bit for the name of a function. Patterns with a bit that a term lacks cannot fit it. */
function bitOf(name: string): number {
  let hash = 7;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return 1 << ((hash >>> 16) & 31);
}

const hasName = (term: Term): boolean => term.kind >= Kind.call && term.args.length > 0;

const ownBit = (term: Term): number => (hasName(term) && term.name !== "" ? bitOf(term.name) : 0);

/** Bits of the functions among the factors of a product or of the addends of a sum. */
function surfaceOf(term: Term): number {
  if (term.kind === Kind.sum) return term.args.reduce((mask, arg) => mask | surfaceOf(arg), 0);
  if (term.kind === Kind.product) return term.args.reduce((mask, arg) => mask | ownBit(arg), 0);
  return ownBit(term);
}

function maskOfPattern(pattern: Term): number {
  let mask = 0;
  for (const part of postorder([pattern])) mask |= ownBit(part);
  return mask;
}

function compileRule(rule: Rule, context: Context): { heads: string[]; rule: CompiledRule } {
  const [lhs, rhs] = [rule.lhs, rule.rhs].map((side) => transfer(release(side), context));
  if (isVariable(lhs) || lhs.kind <= Kind.bound)
    throw new Failure("usage", `the rule "${rule.name}" has no operation on its left side in normal form`, {
      hint: "Sums and products of terms are normalised by themselves; such rules belong into an e-graph.",
    });
  const compiler = new PatternCompiler(rule.types);
  const bound: Bindings = new Array(variablesOf(lhs).length + 1).fill(undefined);
  let current: Run | undefined;
  compiler.isOfType = (type, term) =>
    Object.hasOwn(rule.predicates, type) ? rule.predicates[type](term) : current!.isOfType(type as VariableType, term);
  const slotOf = (variable: Term): Term => bound[compiler.slots.get(variable.name)!]!;
  const instance = (side: Term): Term => {
    const values = new Map<Term, Term>();
    for (const variable of variablesOf(side)) values.set(variable, slotOf(variable));
    return substitute(side, values);
  };
  const allowed = (): boolean =>
    rule.conditions.every((condition) => current!.holds(condition, (variable) => slotOf(transfer(variable, context))));
  let heads = [headOf(lhs)];
  let attempt: (term: Term) => Term | undefined;
  if (lhs.kind === Kind.sum) {
    // sin^2 + cos^2 -> 1 also stands for a sin^2 + a cos^2 -> a.
    const forms = [[lhs, rhs], ...withCommonFactor(lhs, rhs)].reverse().map(([left, right]) => ({ left, right, within: compiler.sumWithin(left) })); // oxfmt-ignore
    if (lhs.args.some(isSegment)) heads = [""];
    attempt = (term) => {
      let result: Term | undefined;
      for (const { left, right, within } of forms) {
        bound.fill(undefined);
        const found = within(term, bound, (factor) => {
          if (!allowed()) return false;
          const sum = new SumBuilder(context);
          sum.add(term);
          sum.add(instance(left), Q.negate(factor));
          sum.add(instance(right), factor);
          result = sum.build();
          return true;
        });
        if (found) return result;
      }
      return undefined;
    };
  } else if (lhs.kind === Kind.product) {
    const within = compiler.productWithin(lhs);
    if (lhs.args.some(isSegment)) heads = [""];
    attempt = (term) => {
      let result: Term | undefined;
      within(term, bound, (rest) => {
        if (!allowed()) return false;
        result = mul(rest, instance(rhs));
        return true;
      });
      return result;
    };
  } else {
    if (lhs.kind === Kind.power) heads.push(String(Kind.product), `${Kind.call} e`);
    const match = compiler.compile(lhs);
    attempt = (term) => {
      let result: Term | undefined;
      match(term, bound, () => {
        if (!allowed()) return false;
        result = instance(rhs);
        return true;
      });
      return result;
    };
  }
  return {
    heads,
    rule: {
      rule,
      mask: maskOfPattern(lhs),
      surface: surfaceOf(lhs),
      apply(term, run) {
        // A prover may rewrite by the same rule while this one waits for its answer.
        if (current !== undefined) return compileRule(rule, context).rule.apply(term, run);
        current = run;
        bound.fill(undefined);
        compiler.attempts = 0;
        try {
          return attempt(term);
        } catch (error) {
          // A side has no value here (a division by zero, log 0): the rule does not apply.
          if (error instanceof Failure && error.kind === "domain") return undefined;
          throw error;
        } finally {
          if (compiler.attempts > MOST_ATTEMPTS) run.cutOff ??= rule;
          current = undefined;
        }
      },
    },
  };
}

/** The rule for sums with a common factor: any number of factors, or one operand where the pattern has a constant. */
function withCommonFactor(lhs: Term, rhs: Term): [Term, Term][] {
  if (lhs.args.some((arg) => isVariable(arg) || (arg.kind === Kind.product && arg.args.some(isSegment)))) return [];
  const factor = lhs.context.symbol(lhs.value === 0 ? "??factor" : "?factor");
  const times = new SumBuilder(lhs.context);
  lhs.args.forEach((arg, i) => times.add(mul(arg, factor), lhs.weights[i]));
  if (lhs.value !== 0) times.add(factor, lhs.value);
  return [[times.build(), mul(rhs, factor)]];
}

/** One run of a strategy: its facts, its budget, its record. */
export class Run {
  readonly context: Context;
  readonly meter: Meter;
  readonly steps: Applied[] = [];
  stop: StopReason | undefined;
  /** A rule whose search for a match was given up: it may fit where it was not applied. */
  cutOff: Rule | undefined;
  readonly #options: RewriteOptions;
  readonly #ranges = new Map<Term, Range>();
  readonly #masks = new Map<Term, number>();

  constructor(context: Context, options: RewriteOptions) {
    this.context = context;
    this.#options = options;
    this.meter = new Meter(options.budget ?? { steps: 10_000, time_ms: 5000 }, options.signal);
  }

  /** Has the budget ended? */
  ended(): boolean {
    if (this.stop === undefined) {
      const { steps, nodes } = this.meter.budget;
      // The clock is read now and then only.
      if (
        (this.meter.nodes & 63) === 0 ||
        this.meter.steps >= (steps ?? Infinity) ||
        this.meter.nodes >= (nodes ?? Infinity)
      )
        this.stop = this.meter.stop();
    }
    return this.stop !== undefined;
  }

  /** The result of the first rule that fits at the root of the term, or undefined. */
  step(term: Term, rules: CompiledRules): Term | undefined {
    const list = rules.byHead.get(headOf(term)) ?? rules.byHead.get("");
    this.meter.nodes++;
    if (list === undefined || this.ended()) return undefined;
    const mask = this.#maskOf(term);
    const surface = surfaceOf(term);
    for (const rule of list) {
      if ((rule.mask & mask) !== rule.mask || (rule.surface & surface) !== rule.surface) continue;
      const result = rule.apply(term, this);
      if (result === undefined || result === term) continue;
      this.meter.steps++;
      this.steps.push({ rule: rule.rule, before: term, after: result });
      return result;
    }
    return undefined;
  }

  #maskOf(term: Term): number {
    const before = this.#masks.get(term);
    if (before !== undefined) return before;
    for (const part of postorder([term], (each) => !this.#masks.has(each))) {
      if (this.#masks.has(part)) continue;
      let mask = ownBit(part);
      for (const arg of part.args) mask |= this.#masks.get(arg) ?? 0;
      this.#masks.set(part, mask);
    }
    return this.#masks.get(term)!;
  }

  /** Whether a condition certainly holds. */
  holds(condition: Condition, valueOf: (variable: Term) => Term): boolean {
    const { test, of, from } = condition;
    const instance = (expression: Term): Term => {
      const values = new Map<Term, Term>();
      const own = transfer(release(expression), this.context);
      for (const variable of variablesOf(own)) values.set(variable, valueOf(variable));
      return substitute(own, values);
    };
    if (test === "free") {
      const symbol = instance(from!);
      return symbol.kind === Kind.symbol && !contains(symbol, instance(of));
    }
    return this.isTrue(test, instance(of));
  }

  isTrue(test: Test, term: Term): boolean {
    if (test === "symbol") return term.kind === Kind.symbol;
    if (test === "number") return term.kind === Kind.number;
    return decide(test, this.knowledge(term)) || (this.#options.prover?.(test, term) ?? false);
  }

  isOfType(type: VariableType, term: Term): boolean {
    return this.isTrue(type, term);
  }

  knowledge(term: Term): Knowledge {
    if (term.kind === Kind.number) return { constant: term.value, range: this.#rangeOf(term) };
    const integer = term.kind === Kind.symbol && this.#options.assume?.[term.name] === "integer";
    return { range: this.#rangeOf(term), integer };
  }

  #rangeOf(term: Term): Range {
    const root = spell(term);
    for (const part of postorder([root], (each) => !this.#ranges.has(each))) {
      if (this.#ranges.has(part)) continue;
      this.#ranges.set(part, this.#range(part));
    }
    return this.#ranges.get(root)!;
  }

  #range(part: Term): Range {
    if (part.kind !== Kind.held) return rangeOfLeaf(part, this.#options.assume ?? {});
    const [a, b] = part.args.map((arg) => this.#ranges.get(arg)!);
    if (part.args.length === 1) return rangeOfFunction(part.name, a);
    return part.args.length === 2 ? rangeOfOperation(part.name, a, b) : UNKNOWN;
  }
}
