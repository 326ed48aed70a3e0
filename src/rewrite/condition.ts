// Conditions of rules, as data: what must be certain before a rule may be used. "Not known" counts as "no".
// Written as text: relations to a number ("?x != 0", "?n + 1 != 0", "?a > ?b"), and real(?x), integer(?x), number(?x), symbol(?x),
// free(?f, ?x) (f does not depend on the symbol x), joined by `and`.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { Kind, type Term } from "../term/index.ts";
import { fold, type Range, rangeOfFunction, rangeOfLeaf, rangeOfOperation } from "./range.ts";
import { parsePattern } from "./pattern.ts";

export type Test = "nonzero" | "positive" | "nonnegative" | "real" | "integer" | "number" | "symbol" | "free";

export interface Condition {
  readonly test: Test;
  /** The expression tested: a held term in variables of the rule. */
  readonly of: Term;
  /** For `free`: the variable that stands for the symbol. */
  readonly from?: Term;
  /** As it was written. */
  readonly text: string;
}

/** What is known of the value of an expression. */
export interface Knowledge {
  /** Its exact value. */
  readonly constant?: Rational;
  readonly range: Range;
  readonly integer?: boolean;
}

const RELATION = /^(.*?)(!=|<=|>=|<|>)(.*)$/s;
const CALL = /^(real|integer|number|symbol|free)\((.*)\)$/s;

/** Reads conditions joined by `and`. */
export function parseConditions(text: string): Condition[] {
  return text
    .split(/\s+and\s+/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part): Condition => {
      const called = CALL.exec(part);
      if (called !== null) {
        const test = called[1] as Test;
        const args = called[2].split(",").map((arg) => parsePattern(arg));
        if (args.length !== (test === "free" ? 2 : 1))
          throw new Failure("syntax", `"${part}": wrong number of arguments in a condition`);
        return { test, of: args[0], from: args[1], text: part };
      }
      const found = RELATION.exec(part);
      if (found === null)
        throw new Failure("syntax", `"${part}" is not a condition of a rule`, {
          hint: "Conditions are relations (?x != 0), real(?x), integer(?x), number(?x), symbol(?x), free(?f, ?x), joined by `and`.",
        });
      const [, left, name, right] = found;
      const difference = (a: string, b: string): Term => parsePattern(b.trim() === "0" ? a : `(${a}) - (${b})`);
      switch (name) {
        case "!=":
          return { test: "nonzero", of: difference(left, right), text: part };
        case ">":
          return { test: "positive", of: difference(left, right), text: part };
        case ">=":
          return { test: "nonnegative", of: difference(left, right), text: part };
        case "<":
          return { test: "positive", of: difference(`-(${left})`, `-(${right})`.replace(/^-\((\s*0\s*)\)$/, "0")), text: part }; // oxfmt-ignore
        default:
          return { test: "nonnegative", of: difference(`-(${left})`, `-(${right})`.replace(/^-\((\s*0\s*)\)$/, "0")), text: part }; // oxfmt-ignore
      }
    });
}

/** What is known of a held expression when that is known of its variables. */
export function know(expression: Term, variable: (symbol: Term) => Knowledge): Knowledge {
  if (expression.kind === Kind.symbol && expression.name.startsWith("?")) return variable(expression);
  if (expression.kind !== Kind.held)
    return {
      constant: expression.kind === Kind.number ? expression.value : undefined,
      range: rangeOfLeaf(expression, {}),
    };
  const args = expression.args.map((arg) => know(arg, variable));
  const constants = args.map((arg) => arg.constant);
  const constant = constants.every((each) => each !== undefined) ? fold(expression.name, constants) : undefined;
  if (constant !== undefined) return { constant, range: rangeOfLeaf(expression.context.number(constant), {}) };
  const range =
    args.length === 2
      ? rangeOfOperation(expression.name, args[0].range, args[1].range)
      : args.length === 1
        ? rangeOfFunction(expression.name, args[0].range)
        : { nonzero: false };
  return { range };
}

/** Is a condition on the size of a value certain? `symbol` and `free` are not decided here. */
export function decide(test: Test, { constant, range, integer }: Knowledge): boolean {
  if (constant !== undefined)
    switch (test) {
      case "nonzero":
        return constant !== 0;
      case "positive":
        return Q.sign(constant) > 0;
      case "nonnegative":
        return Q.sign(constant) >= 0;
      case "integer":
        return Q.isInteger(constant);
      case "real":
      case "number":
        return true;
      default:
        return false;
    }
  const { within, nonzero } = range;
  switch (test) {
    case "nonzero":
      return nonzero;
    case "positive":
      return within !== undefined && within.lo >= 0 && nonzero;
    case "nonnegative":
      return within !== undefined && within.lo >= 0;
    case "real":
      return within !== undefined;
    case "integer":
      return integer === true;
    default:
      return false;
  }
}
