// Terms: immutable, hash-consed expressions. Two terms of one Context are equal exactly when they are the same object.
// Hash-consing: Ershov 1958; Filliatre and Conchon 2006. Sums and products keep normal forms as coefficient and exponent
// maps (the idea of SymbolicUtils.jl). Everything outside this room sees terms through the interface in interface.ts.
import { Q, type Rational } from "../number/index.ts";
import type { Context } from "./context.ts";

/** What a term is. The number is also the first key of the canonical order. */
export const Kind = {
  /** An exact rational: `value` is a Rational. */
  number: 0,
  /** A double kept apart from exact numbers; it stands for exactly that real number. `value` is the double. */
  float: 1,
  /** A named symbol: `name`. */
  symbol: 2,
  /** A bound variable of an enclosing comprehension or reduction: `value` is its de Bruijn index (0 = innermost). */
  bound: 3,
  /** value + sum of weights[i] * args[i]. */
  sum: 4,
  /** value * product of args[i] ^ weights[i]. */
  product: 5,
  /** args[0] ^ args[1] with an exponent that is not rational. */
  power: 6,
  /** A named function of args: `name` (function table in functions.ts). */
  call: 7,
  /** args[0] name args[1], name one of = != < <=. */
  relation: 8,
  /** `name` one of and, or, not. */
  logic: 9,
  /** args = [value1, condition1, value2, condition2, ..., otherwise]. */
  piecewise: 10,
  /** args = elements. */
  array: 11,
  /** args = [array, index1, ...]. */
  index: 12,
  /** args = [body, from, to]: the array of body for each integer from <= i <= to; binds one variable in body. */
  comprehension: 13,
  /** args = [body, from, to], `name` one of sum, product, min, max; binds one variable in body. */
  reduction: 14,
  /** A held operation: `name` is + - * / ^ neg or a function; args as written. Never normalised. */
  held: 15,
} as const;

export type KindCode = (typeof Kind)[keyof typeof Kind];

const NO_TERMS: readonly Term[] = Object.freeze([]);
const NO_WEIGHTS: readonly Rational[] = Object.freeze([]);

export class Term {
  readonly context: Context;
  readonly kind: KindCode;
  /** 32-bit hash of the structure: the same in every context and run. */
  readonly hash: number;
  /**
   * Arguments. In sums: not numbers, not sums, no numeric coefficient (a product in a sum has value 1), at least one.
   * In products: not products with all weights integers, no rational numbers with integer weight. Both: strictly
   * ascending in `compareTerms`.
   */
  readonly args: readonly Term[];
  /** Sums: nonzero coefficients; products: nonzero exponents; parallel to args. Else empty. */
  readonly weights: readonly Rational[];
  /** number: the value; sum: the constant (may be 0); product: the coefficient (never 0); float, bound: a number. Else 0. */
  readonly value: Rational;
  readonly name: string;

  /** Only Context.intern makes terms. */
  constructor(
    context: Context,
    kind: KindCode,
    hash: number,
    name: string,
    value: Rational,
    args: readonly Term[],
    weights: readonly Rational[],
  ) {
    this.context = context;
    this.kind = kind;
    this.hash = hash;
    this.name = name;
    this.value = value;
    this.args = args.length === 0 ? NO_TERMS : args;
    this.weights = weights.length === 0 ? NO_WEIGHTS : weights;
  }

  /** Set by print.ts when the room is loaded, so that a term prints itself in messages and consoles. */
  static show: (term: Term) => string = (term) => `Term(${term.kind})`;

  toString(): string {
    return Term.show(this);
  }
}

/**
 * Canonical order: by kind, then by structural hash, then by structure. It never depends on the order of creation;
 * hashes make it fast, and readable order is the printer's business.
 */
export function compareTerms(a: Term, b: Term): number {
  if (a === b) return 0;
  if (a.kind !== b.kind) return a.kind - b.kind;
  if (a.hash !== b.hash) return a.hash - b.hash;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  const order =
    a.kind === Kind.float ? compareFloats(a.value as number, b.value as number) : Q.compare(a.value, b.value);
  if (order !== 0) return order;
  if (a.args.length !== b.args.length) return a.args.length - b.args.length;
  for (let i = 0; i < a.weights.length; i++) {
    const difference = Q.compare(a.weights[i], b.weights[i]);
    if (difference !== 0) return difference;
  }
  for (let i = 0; i < a.args.length; i++) {
    const difference = compareTerms(a.args[i], b.args[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Lists up to this length are sorted by insertion: the engine's own sort copies them first. */
const SHORT = 16;

/** Sorts into canonical order, in place. */
export function sortTerms(terms: Term[]): Term[] {
  if (terms.length > SHORT) return terms.sort(compareTerms);
  for (let i = 1; i < terms.length; i++) {
    const term = terms[i];
    let at = i;
    for (; at > 0 && compareTerms(terms[at - 1], term) > 0; at--) terms[at] = terms[at - 1];
    terms[at] = term;
  }
  return terms;
}

/** A total order of doubles in which -0 comes before 0. */
function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
}
