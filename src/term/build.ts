// Constructors of ordinary terms. Each returns the normal form described at Kind in term.ts; results are equal to what
// was asked for as rational functions, with conditions on cancelled factors recorded in the Context.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { ones, type Context } from "./context.ts";
import { ProductBuilder, productOfTwo } from "./product.ts";
import { scale, SumBuilder, sumOfTwo } from "./sum.ts";
import { compareTerms, Kind, type KindCode, type Term } from "./term.ts";

/** A term, or a number that stands for one: an integer is exact, another finite double is taken as its exact rational value. */
export type TermLike = Term | number | bigint;

/** Turns a number into a term. `0.1` means the double nearest to 1/10; write `parse("0.1")` or div(1, 10) for one tenth. */
export function lift(context: Context, value: TermLike): Term {
  if (typeof value === "number") return context.number(Q.fromNumber(value));
  if (typeof value === "bigint") return context.number(Q.rational(value));
  return value;
}

/** Stands in a sum as it is: no number, no sum, no coefficient. */
const isAddend = (term: Term): boolean =>
  term.kind !== Kind.number && term.kind !== Kind.sum && (term.kind !== Kind.product || term.value === 1);

/** Stands in a product as it is, whatever the other factor. */
const isFactor = (term: Term): boolean =>
  term.kind === Kind.symbol || term.kind === Kind.call || term.kind === Kind.index || term.kind === Kind.bound;

function pair(kind: KindCode, value: Rational, a: Term, b: Term): Term {
  return a.context.intern(kind, "", value, compareTerms(a, b) < 0 ? [a, b] : [b, a], ones(2));
}

/** Sum of terms of one context. */
export function add(first: Term, ...rest: TermLike[]): Term {
  if (rest.length === 1) return sumOfTwo(first, lift(first.context, rest[0]));
  const [second] = rest;
  // Two different addends that stand in a sum as they are.
  if (rest.length === 1 && typeof second === "object" && isAddend(first) && isAddend(second) && first !== second)
    return pair(Kind.sum, 0, first, second);
  const sum = new SumBuilder(first.context);
  sum.add(first);
  for (const term of rest) sum.add(lift(first.context, term));
  return sum.build();
}

export function sub(a: Term, b: TermLike): Term {
  return sumOfTwo(a, lift(a.context, b), -1);
}

export function neg(a: Term): Term {
  return scale(a, -1);
}

export function mul(first: Term, ...rest: TermLike[]): Term {
  const merged = rest.length === 1 ? productOfTwo(first, lift(first.context, rest[0])) : undefined;
  if (merged) return merged;
  const [second] = rest;
  if (rest.length === 1 && typeof second === "object" && isFactor(first) && isFactor(second) && first !== second)
    return pair(Kind.product, 1, first, second);
  const product = new ProductBuilder(first.context);
  product.multiply(first);
  for (const term of rest) product.multiply(lift(first.context, term));
  return product.build();
}

export function div(a: Term, b: TermLike): Term {
  const merged = productOfTwo(a, lift(a.context, b), -1);
  if (merged) return merged;
  const product = new ProductBuilder(a.context);
  product.multiply(a);
  product.multiply(lift(a.context, b), -1);
  return product.build();
}

/** base ^ exponent. x^0 is 1 (x is recorded as cancelled), 0^0 and 0^-1 fail. */
export function pow(base: Term, exponent: TermLike): Term {
  const e = lift(base.context, exponent);
  if (base.kind === Kind.number && base.value === 1) return base;
  const product = new ProductBuilder(base.context);
  product.multiplyPower(base, e);
  return product.build();
}

export function sqrt(a: Term): Term {
  return pow(a, a.context.number(Q.rational(1n, 2n)));
}

/** a name b for name one of + - * / ^, and the negative of a for `neg`; undefined for other names. */
export function arithmetic(name: string, a: Term, b: Term): Term | undefined {
  switch (name) {
    case "+":
      return add(a, b);
    case "-":
      return sub(a, b);
    case "*":
      return mul(a, b);
    case "/":
      return div(a, b);
    case "^":
      return pow(a, b);
    case "neg":
      return neg(a);
    default:
      return undefined;
  }
}

/** Exact coefficient times term. */
export function times(factor: Rational, term: Term): Term {
  return scale(term, factor);
}

export type RelationName = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** a relation b. `>` and `>=` become `<` and `<=`; the sides of `=` and `!=` keep their order. */
export function relation(name: RelationName, a: Term, b: TermLike): Term {
  const right = lift(a.context, b);
  if (name === ">") return a.context.intern(Kind.relation, "<", 0, [right, a], []);
  if (name === ">=") return a.context.intern(Kind.relation, "<=", 0, [right, a], []);
  return a.context.intern(Kind.relation, name, 0, [a, right], []);
}

/** Conjunction, disjunction, negation of relations. */
export function logic(name: "and" | "or" | "not", ...args: Term[]): Term {
  return logicOf(name, args);
}

/** The same for a list of any length. */
export function logicOf(name: "and" | "or" | "not", args: readonly Term[]): Term {
  if (args.length === 0 || (name === "not" && args.length !== 1))
    throw new Failure("usage", `"${name}" takes ${name === "not" ? "one condition" : "conditions"}`);
  for (const arg of args) requireCondition(arg);
  if (args.length === 1 && name !== "not") return args[0];
  return args[0].context.intern(Kind.logic, name, 0, args, []);
}

/** The value of the first condition that holds, or `otherwise`. */
export function piecewise(cases: readonly (readonly [value: Term, condition: Term])[], otherwise: Term): Term {
  const args: Term[] = [];
  for (const [value, condition] of cases) {
    requireCondition(condition);
    args.push(value, condition);
  }
  if (args.length === 0) return otherwise;
  args.push(otherwise);
  return otherwise.context.intern(Kind.piecewise, "", 0, args, []);
}

export function isCondition(term: Term): boolean {
  return term.kind === Kind.relation || term.kind === Kind.logic;
}

function requireCondition(term: Term): void {
  if (!isCondition(term))
    throw new Failure("domain", `"${term}" is not a condition`, {
      hint: "Conditions are relations such as x < 1, joined by and, or, not.",
    });
}
