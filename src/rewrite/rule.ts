// Rules as data: left side, right side, conditions under which the equality holds, and where it comes from. One rule serves both
// engines: directed, for terms in normal form (rewrite.ts), and as an equality in an e-graph (saturate.ts).
import { Failure } from "../base/index.ts";
import type { Term } from "../term/index.ts";
import { type Condition, parseConditions } from "./condition.ts";
import { FORMAL, parsePattern, type VariableType, variablesOf } from "./pattern.ts";

export interface Rule {
  readonly name: string;
  /** Held terms of the patterns' own context. */
  readonly lhs: Term;
  readonly rhs: Term;
  readonly conditions: readonly Condition[];
  /** Types of variables, by name. */
  readonly types: ReadonlyMap<string, VariableType>;
  /** In an e-graph the rule is used in both directions. */
  readonly twoWay: boolean;
  /** Where it comes from: a book, a paper, a derivation. */
  readonly origin: string;
  /** As it was written. */
  readonly text: string;
}

const FORM = /^(.*?)\s*(<->|->)\s*(.*?)(?:\s+if\s+(.*))?$/s;

/**
 * Reads one rule: "lhs -> rhs", "lhs <-> rhs", with " if " and conditions after it. `operators` are names of operations that
 * mathematics does not know, for graphs of other languages.
 */
export function rule(name: string, text: string, origin = "by definition", operators: readonly string[] = []): Rule {
  const found = FORM.exec(text.trim());
  if (found === null)
    throw new Failure("syntax", `the rule "${name}" has no arrow: ${text}`, { hint: "Write lhs -> rhs if condition." });
  const types = new Map<string, VariableType>();
  const names = new Set([...FORMAL, ...operators]);
  const [lhs, rhs] = [parsePattern(found[1], types, names), parsePattern(found[3], types, names)];
  const conditions = found[4] === undefined ? [] : parseConditions(found[4]);
  const twoWay = found[2] === "<->";
  const bound = new Set(variablesOf(lhs));
  const used = variablesOf(rhs, ...conditions.flatMap((each) => (each.from === undefined ? [each.of] : [each.of, each.from]))); // oxfmt-ignore
  for (const variable of used)
    if (!bound.has(variable))
      throw new Failure("name", `the rule "${name}" uses ${variable.name}, which its left side does not bind`);
  if (twoWay) for (const variable of bound) if (!variablesOf(rhs).includes(variable))
    throw new Failure("name", `the rule "${name}" cannot be read backwards: its right side does not bind ${variable.name}`); // oxfmt-ignore
  return { name, lhs, rhs, conditions, types, twoWay, origin, text };
}

/** Reads a table of rules that come from one place. */
export function rules(origin: string, table: Readonly<Record<string, string>>): readonly Rule[] {
  return Object.entries(table).map(([name, text]) => rule(name, text, origin));
}

/** The rule read from right to left. */
export function reversed(rule: Rule): Rule {
  return { ...rule, lhs: rule.rhs, rhs: rule.lhs };
}
