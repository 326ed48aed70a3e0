// The term interface: what code outside this room needs to see of a term. Is it a leaf, what is its operator, what are
// its arguments, build one from an operator and arguments. Walking, matching, printing and compiling use these.
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { array, index } from "./array.ts";
import { logic, piecewise, relation, type RelationName } from "./build.ts";
import type { Context } from "./context.ts";
import { call } from "./functions.ts";
import { held } from "./held.ts";
import { ProductBuilder } from "./product.ts";
import { scale, SumBuilder, unitProduct } from "./sum.ts";
import { Kind, type Term } from "./term.ts";

/** True for numbers, floats, symbols and bound variables. */
export function isLeaf(term: Term): boolean {
  return term.kind <= Kind.bound;
}

/**
 * The operator: "+", "*", "^", a function's name, a relation, "and"/"or"/"not", "piecewise", "array", "index",
 * "comprehension", "sum"/"product"/"min"/"max" over a range as "reduce:sum" etc., or "held:+" etc. Leaves: "".
 */
export function operator(term: Term): string {
  switch (term.kind) {
    case Kind.sum:
      return "+";
    case Kind.product:
      return term.value === 1 && term.args.length === 1 ? "^" : "*";
    case Kind.power:
      return "^";
    case Kind.call:
    case Kind.relation:
    case Kind.logic:
      return term.name;
    case Kind.piecewise:
      return "piecewise";
    case Kind.array:
      return "array";
    case Kind.index:
      return "index";
    case Kind.comprehension:
      return "comprehension";
    case Kind.reduction:
      return `reduce:${term.name}`;
    case Kind.held:
      return `held:${term.name}`;
    default:
      return "";
  }
}

/** The arguments, each a term: coefficients and exponents appear as terms. make(operator(t), operands(t)) is t. */
export function operands(term: Term): Term[] {
  const { context } = term;
  switch (term.kind) {
    case Kind.sum: {
      const parts = term.args.map((arg, i) => scale(arg, term.weights[i]));
      return term.value === 0 ? parts : [context.number(term.value), ...parts];
    }
    case Kind.product: {
      if (term.value === 1 && term.args.length === 1) return [term.args[0], context.number(term.weights[0])];
      const parts = term.args.map((arg, i) =>
        term.weights[i] === 1 ? arg : context.intern(Kind.product, "", 1, [arg], [term.weights[i]]),
      );
      return term.value === 1 ? parts : [context.number(term.value), ...parts];
    }
    default:
      return [...term.args];
  }
}

/** Builds the normal form of an operator applied to arguments. */
export function make(context: Context, name: string, args: readonly Term[]): Term {
  switch (name) {
    case "+": {
      const sum = new SumBuilder(context);
      for (const arg of args) sum.add(arg);
      return sum.build();
    }
    case "*": {
      const product = new ProductBuilder(context);
      for (const arg of args) product.multiply(arg);
      return product.build();
    }
    case "^": {
      const product = new ProductBuilder(context);
      product.multiplyPower(args[0], args[1]);
      return product.build();
    }
    case "=":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return relation(name as RelationName, args[0], args[1]);
    case "and":
    case "or":
    case "not":
      return logic(name, ...args);
    case "piecewise": {
      const cases: [Term, Term][] = [];
      for (let i = 0; i + 1 < args.length; i += 2) cases.push([args[i], args[i + 1]]);
      return piecewise(cases, args[args.length - 1]);
    }
    case "array":
      return array(context, args);
    case "index":
      return index(args[0], ...args.slice(1));
    case "comprehension":
      return context.intern(Kind.comprehension, "", 0, args, []);
    case "reduce:sum":
    case "reduce:product":
    case "reduce:min":
    case "reduce:max":
      return context.intern(Kind.reduction, name.slice(7), 0, args, []);
  }
  if (name.startsWith("held:")) return held(context, name.slice(5), ...args);
  if (name === "") throw new Failure("usage", "a leaf has no operator to make it from");
  return call(context, name, ...args);
}

/** The same operator applied to other arguments, given in the order of `term.args` (not of `operands`). */
export function rebuild(term: Term, args: readonly Term[]): Term {
  const { context } = args.length > 0 ? args[0] : term;
  switch (term.kind) {
    case Kind.sum: {
      const sum = new SumBuilder(context);
      sum.constant = term.value;
      for (let i = 0; i < args.length; i++) sum.add(args[i], term.weights[i]);
      return sum.build();
    }
    case Kind.product: {
      const product = new ProductBuilder(context);
      product.coefficient = term.value;
      for (let i = 0; i < args.length; i++) product.multiply(args[i], term.weights[i]);
      return product.build();
    }
    default:
      return args.length === 0 ? term : make(context, operator(term), args);
  }
}

/** Coefficient and the rest: 3 x y gives 3 and x y; a number gives itself and 1. */
export function splitCoefficient(term: Term): { coefficient: Term; rest: Term } {
  const { context } = term;
  if (term.kind === Kind.number) return { coefficient: term, rest: context.number(1) };
  if (term.kind === Kind.product) return { coefficient: context.number(term.value), rest: unitProduct(term) };
  return { coefficient: context.number(1), rest: term };
}

/** The exact value of a number term as a double, or undefined if the term is not a number. */
export function numericValue(term: Term): number | undefined {
  if (term.kind === Kind.number) return Q.toNumber(term.value);
  return term.kind === Kind.float ? (term.value as number) : undefined;
}
