// An operation by its name, applied to arguments that were read: what the readers of LaTeX, MathML, FPCore and JSON share.
// Unlike `make`, it refuses what no user can mean: conditions where values belong, too few arguments.
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import {
  add,
  arithmetic,
  div,
  isCondition,
  logic,
  logicOf,
  mul,
  neg,
  piecewise,
  pow,
  relation,
  type RelationName,
} from "./build.ts";
import { index } from "./array.ts";
import type { Context } from "./context.ts";
import { aliases, call } from "./functions.ts";
import { held } from "./held.ts";
import { make } from "./interface.ts";
import { Kind, type Term } from "./term.ts";

const RELATIONS = new Set(["=", "!=", "<", "<=", ">", ">="]);
const ARITHMETIC = new Set(["+", "-", "*", "/", "^", "neg"]);

export function requireValue(name: string, term: Term): void {
  if (isCondition(term)) throw new Failure("domain", `a condition cannot be an operand of ${name}`);
}

/** name(args) in normal form. `name` is one of + - * / ^ neg, a relation, and, or, not, xor, implies, or a function. */
export function applied(context: Context, name: string, args: readonly Term[]): Term {
  if (name === "and" || name === "or" || name === "not") return logicOf(name, args);
  if (name === "xor" || name === "implies") {
    if (args.length < 2 || (name === "implies" && args.length > 2))
      throw new Failure("usage", `${name} takes two conditions`);
    return args.reduce((a, b) =>
      name === "implies"
        ? logic("or", logic("not", a), b)
        : logic("or", logic("and", a, logic("not", b)), logic("and", logic("not", a), b)),
    );
  }
  for (const arg of args) requireValue(name, arg);
  if (name === "!=" && args.length > MOST_ARGUMENTS) throw tooMany(name, args);
  if (RELATIONS.has(name)) return chain(name as RelationName, args);
  if (ARITHMETIC.has(name)) return operation(context, name, args);
  if ((name === "min" || name === "max") && args.length > 2) return args.reduce((a, b) => call(context, name, a, b));
  if ((name === "min" || name === "max") && args.length === 1) return args[0];
  if (args.length > MOST_ARGUMENTS) throw tooMany(name, args);
  return call(context, name, ...args);
}

/** Of functions; sums, products and conditions have no limit. */
const MOST_ARGUMENTS = 100;

function tooMany(name: string, args: readonly Term[]): Failure {
  return new Failure("usage", `${args.length} arguments of ${name.slice(0, 60)} are too many`);
}

/** base[i, j, ...] for indices that were read. */
export function element(base: Term, indices: readonly Term[]): Term {
  for (const each of indices) requireValue("an index", each);
  if (indices.length > MOST_ARGUMENTS) throw tooMany("an index", indices);
  return index(base, ...indices);
}

function operation(context: Context, name: string, args: readonly Term[]): Term {
  if (name === "+" || name === "*") {
    return make(context, name, args);
  }
  if (name === "neg" || (name === "-" && args.length === 1)) {
    if (args.length !== 1) throw new Failure("usage", `"neg" takes one argument, not ${args.length}`);
    return neg(args[0]);
  }
  if (args.length !== 2) throw new Failure("usage", `"${name}" takes two arguments, not ${args.length}`);
  return arithmetic(name, args[0], args[1])!;
}

/** a < b < c is a < b and b < c; != holds between all pairs. */
export function chain(name: RelationName, args: readonly Term[]): Term {
  if (args.length < 2) throw new Failure("usage", `"${name}" takes at least two arguments`);
  const parts: Term[] = [];
  for (let i = 0; i < args.length; i++) {
    const last = name === "!=" ? args.length : Math.min(i + 2, args.length);
    for (let j = i + 1; j < last; j++) parts.push(relation(name, args[i], args[j]));
  }
  return parts.length === 1 ? parts[0] : logicOf("and", parts);
}

/** The same as held operations; + and * of several arguments are grouped from the left. */
export function appliedHeld(context: Context, name: string, args: readonly Term[]): Term {
  if (RELATIONS.has(name) || name === "and" || name === "or" || name === "not") return applied(context, name, args);
  for (const arg of args) requireValue(name, arg);
  if (name === "-" && args.length === 1) return held(context, "neg", args[0]);
  if ((name === "+" || name === "*") && args.length > 2) return args.reduce((a, b) => held(context, name, a, b));
  if (args.length > MOST_ARGUMENTS) throw tooMany(name, args);
  return held(context, aliases[name] ?? name, ...args);
}

/** x rounded towards zero: ceil(x) for x < 0, floor(x) elsewhere. */
export function truncated(x: Term): Term {
  const { context } = x;
  if (x.kind === Kind.number) return call(context, Q.sign(x.value) < 0 ? "ceil" : "floor", x);
  return piecewise([[call(context, "ceil", x), relation("<", x, 0)]], call(context, "floor", x));
}

/** The most factors of a binomial coefficient or determinant that are written out. */
const MOST_FACTORS = 100;

/** n! as gamma(n + 1). */
export function factorial(n: Term): Term {
  requireValue("!", n);
  return call(n.context, "gamma", add(n, 1));
}

/** Binomial coefficient: n (n - 1) ... (n - k + 1) / k! for a literal k >= 0, else by gamma functions. */
export function binomial(n: Term, k: Term): Term {
  requireValue("binom", n);
  requireValue("binom", k);
  const { context } = n;
  if (k.kind === Kind.number && typeof k.value === "number" && k.value >= 0 && k.value <= MOST_FACTORS) {
    let result = context.number(1);
    for (let i = 0; i < k.value; i++) result = mul(result, div(add(n, -i), i + 1));
    return result;
  }
  return div(factorial(n), mul(factorial(k), factorial(add(n, neg(k)))));
}

/** The functions without an entry of their own, by those that have one (DLMF 4.28, 4.37). */
const DERIVED: Readonly<Record<string, (x: Term) => Term>> = {
  sech: (x) => pow(call(x.context, "cosh", x), -1),
  csch: (x) => pow(call(x.context, "sinh", x), -1),
  coth: (x) => div(call(x.context, "cosh", x), call(x.context, "sinh", x)),
  arccot: (x) => call(x.context, "atan", pow(x, -1)),
  arcsec: (x) => call(x.context, "acos", pow(x, -1)),
  arccsc: (x) => call(x.context, "asin", pow(x, -1)),
  arcsech: (x) => call(x.context, "acosh", pow(x, -1)),
  arccsch: (x) => call(x.context, "asinh", pow(x, -1)),
  arccoth: (x) => call(x.context, "atanh", pow(x, -1)),
};

/** The value of a function that is known by others, or undefined. */
export function derived(name: string, x: Term): Term | undefined {
  return Object.hasOwn(DERIVED, name) ? DERIVED[name](x) : undefined;
}

/** Is one condition true exactly where the other is false, for real numbers? */
export function opposite(a: Term, b: Term): boolean {
  if (a.kind !== Kind.relation || b.kind !== Kind.relation) return false;
  const swapped = b.args[0] === a.args[1] && b.args[1] === a.args[0];
  const same = b.args[0] === a.args[0] && b.args[1] === a.args[1];
  if ((a.name === "<" && b.name === "<=") || (a.name === "<=" && b.name === "<")) return swapped;
  return ((a.name === "=" && b.name === "!=") || (a.name === "!=" && b.name === "=")) && (same || swapped);
}
