// Rules as data: left side, right side, conditions under which the equality holds, and where it comes from. One rule serves both
// engines: directed, for terms in normal form (rewrite.ts), and as an equality in an e-graph (saturate.ts).
import { Failure } from "../base/index.ts";
import type { Term } from "../term/index.ts";
import { type Condition, parseConditions } from "./condition.ts";
import { FORMAL, parsePattern, variablesOf } from "./pattern.ts";

/** Does a term belong to a type? In an e-graph the numbers and symbols of a class are asked. */
export type Predicate = (term: Term) => boolean;

export interface RuleOptions {
  /** Names of operations that mathematics does not know, for graphs of other languages. */
  readonly operators?: readonly string[];
  /** Types for variables beyond the built-in ones: ?n:even with { even: (term) => ... }. */
  readonly types?: Readonly<Record<string, Predicate>>;
}

export interface Rule {
  readonly name: string;
  /** Held terms of the patterns' own context. */
  readonly lhs: Term;
  readonly rhs: Term;
  readonly conditions: readonly Condition[];
  /** Types of variables, by name: a VariableType, or a name of `predicates`. */
  readonly types: ReadonlyMap<string, string>;
  /** Types of the rule's own. */
  readonly predicates: Readonly<Record<string, Predicate>>;
  /** In an e-graph the rule is used in both directions. */
  readonly twoWay: boolean;
  /** Where it comes from: a book, a paper, a derivation. */
  readonly origin: string;
  /** As it was written. */
  readonly text: string;
}

const FORM = /^(.*?)\s*(<->|->)\s*(.*?)(?:\s+if\s+(.*))?$/s;

/** Reads one rule: "lhs -> rhs", "lhs <-> rhs", with " if " and conditions after it. */
export function rule(name: string, text: string, origin = "by definition", options: RuleOptions = {}): Rule {
  const found = FORM.exec(text.trim());
  if (found === null)
    throw new Failure("syntax", `the rule "${name}" has no arrow: ${text}`, { hint: "Write lhs -> rhs if condition." });
  const types = new Map<string, string>();
  const predicates = options.types ?? {};
  const known = { operators: new Set([...FORMAL, ...(options.operators ?? [])]), types: Object.keys(predicates) };
  const [lhs, rhs] = [parsePattern(found[1], types, known), parsePattern(found[3], types, known)];
  const conditions = found[4] === undefined ? [] : parseConditions(found[4]);
  const twoWay = found[2] === "<->";
  const bound = new Set(variablesOf(lhs));
  const used = variablesOf(rhs, ...conditions.flatMap((each) => (each.from === undefined ? [each.of] : [each.of, each.from]))); // oxfmt-ignore
  for (const variable of used)
    if (!bound.has(variable))
      throw new Failure("name", `the rule "${name}" uses ${variable.name}, which its left side does not bind`);
  if (twoWay) for (const variable of bound) if (!variablesOf(rhs).includes(variable))
    throw new Failure("name", `the rule "${name}" cannot be read backwards: its right side does not bind ${variable.name}`); // oxfmt-ignore
  return { name, lhs, rhs, conditions, types, predicates, twoWay, origin, text };
}

/** Reads a table of rules that come from one place. */
export function rules(
  origin: string,
  table: Readonly<Record<string, string>>,
  options: RuleOptions = {},
): readonly Rule[] {
  return Object.entries(table).map(([name, text]) => rule(name, text, origin, options));
}

/** The rule read from right to left. */
export function reversed(rule: Rule): Rule {
  return { ...rule, lhs: rule.rhs, rhs: rule.lhs };
}
