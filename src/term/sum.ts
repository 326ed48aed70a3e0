// Sums: value + sum of weight * term, as a map from term to exact coefficient.
import { Q, type Rational } from "../number/index.ts";
import { ones, type Context } from "./context.ts";
import { compareTerms, Kind, sortTerms, type Term } from "./term.ts";

/** Number of terms from which a map is used. */
const MANY = 12;

/** Collects a sum; `build` gives its normal form. */
export class SumBuilder {
  readonly context: Context;
  constant: Rational = 0;
  // Parallel lists; most sums are short, so a linear search beats a map until MANY terms.
  readonly #terms: Term[] = [];
  readonly #weights: Rational[] = [];
  #places: Map<Term, number> | undefined;

  constructor(context: Context) {
    this.context = context;
  }

  /** Adds factor * term. */
  add(term: Term, factor: Rational = 1): void {
    if (factor === 0) return;
    switch (term.kind) {
      case Kind.number:
        this.constant = Q.add(this.constant, factor === 1 ? term.value : Q.multiply(factor, term.value));
        return;
      case Kind.sum: {
        const { args, weights } = term;
        if (term.value !== 0) this.constant = Q.add(this.constant, Q.multiply(factor, term.value));
        for (let i = 0; i < args.length; i++)
          this.addEntry(args[i], factor === 1 ? weights[i] : Q.multiply(factor, weights[i]));
        return;
      }
      case Kind.product:
        if (term.value !== 1) {
          this.addEntry(unitProduct(term), Q.multiply(factor, term.value));
          return;
        }
    }
    this.addEntry(term, factor);
  }

  #find(term: Term): number {
    if (this.#places !== undefined) return this.#places.get(term) ?? -1;
    return this.#terms.indexOf(term);
  }

  /** Adds weight * term for a term that may stand in a sum as it is (see Term.args). */
  addEntry(term: Term, weight: Rational): void {
    const at = this.#find(term);
    if (at >= 0) {
      this.#weights[at] = Q.add(this.#weights[at], weight);
      return;
    }
    const count = this.#terms.push(term);
    this.#weights.push(weight);
    if (this.#places !== undefined) this.#places.set(term, count - 1);
    else if (count === MANY) this.#places = new Map(this.#terms.map((each, i) => [each, i]));
  }

  build(): Term {
    const args: Term[] = [];
    let unit = true;
    for (let i = 0; i < this.#terms.length; i++) {
      const weight = this.#weights[i];
      if (weight === 0) recordDenominators(this.#terms[i]);
      else {
        args.push(this.#terms[i]);
        if (weight !== 1) unit = false;
      }
    }
    if (args.length === 0) return this.context.number(this.constant);
    if (args.length === 1 && this.constant === 0) return scale(args[0], this.#weights[this.#find(args[0])]);
    if (args.length > 1) sortTerms(args);
    const weights = unit ? ones(args.length) : args.map((arg) => this.#weights[this.#find(arg)]);
    return this.context.intern(Kind.sum, "", this.constant, args, weights);
  }
}

/** a + factor b, by merging: the arguments of both are in canonical order already. */
export function sumOfTwo(a: Term, b: Term, factor: Rational = 1): Term {
  const { context } = a;
  const [left, right] = [partsOf(a), partsOf(b)];
  const constant = Q.add(left.constant, factor === 1 ? right.constant : Q.multiply(factor, right.constant));
  const args: Term[] = [];
  const weights: Rational[] = [];
  let unit = true;
  const n = left.args.length;
  const m = right.args.length;
  for (let i = 0, j = 0; i < n || j < m;) {
    const order = i === n ? 1 : j === m ? -1 : compareTerms(left.args[i], right.args[j]);
    const arg = order <= 0 ? left.args[i] : right.args[j];
    let weight: Rational = 0;
    if (order <= 0) weight = left.weights[i++];
    if (order >= 0) {
      const other = right.weights[j++];
      const scaled = factor === 1 ? other : Q.multiply(factor, other);
      weight = order > 0 ? scaled : Q.add(weight, scaled);
    }
    if (weight === 0) recordDenominators(arg);
    else {
      args.push(arg);
      weights.push(weight);
      if (weight !== 1) unit = false;
    }
  }
  if (args.length === 0) return context.number(constant);
  if (args.length === 1 && constant === 0) return scale(args[0], weights[0]);
  return context.intern(Kind.sum, "", constant, args, unit ? ones(args.length) : weights);
}

/** A term as the constant, arguments and weights of a sum. */
function partsOf(term: Term): { constant: Rational; args: readonly Term[]; weights: readonly Rational[] } {
  if (term.kind === Kind.sum) return { constant: term.value, args: term.args, weights: term.weights };
  if (term.kind === Kind.number) return { constant: term.value, args: [], weights: [] };
  if (term.kind === Kind.product && term.value !== 1)
    return { constant: 0, args: [unitProduct(term)], weights: [term.value] };
  return { constant: 0, args: [term], weights: ones(1) };
}

/** A term that dropped out was defined only where its denominators are not zero. */
export function recordDenominators(term: Term): void {
  if (term.kind !== Kind.product) return;
  term.args.forEach((base, i) => {
    if (Q.sign(term.weights[i]) < 0) term.context.recordCancelled(base);
  });
}

/** The product without its coefficient. */
export function unitProduct(term: Term): Term {
  if (term.kind !== Kind.product || term.value === 1) return term;
  if (term.args.length === 1 && term.weights[0] === 1) return term.args[0];
  return term.context.intern(Kind.product, "", 1, term.args, term.weights);
}

/** factor * term. A number times a sum is distributed, so 2(x + y) and 2x + 2y are one term. */
export function scale(term: Term, factor: Rational): Term {
  if (factor === 1) return term;
  const { context } = term;
  if (factor === 0) return context.number(0);
  switch (term.kind) {
    case Kind.number:
      return context.number(Q.multiply(factor, term.value));
    case Kind.sum:
      return context.intern(
        Kind.sum,
        "",
        Q.multiply(factor, term.value),
        term.args,
        term.weights.map((weight) => Q.multiply(factor, weight)),
      );
    case Kind.product: {
      const value = Q.multiply(factor, term.value);
      return value === 1 ? unitProduct(term) : context.intern(Kind.product, "", value, term.args, term.weights);
    }
    default:
      return context.intern(Kind.product, "", factor, [term], ones(1));
  }
}

/**
 * Splits a sum as factor * primitive: the coefficients of `primitive` are coprime integers and the one that comes
 * first in canonical order is positive.
 */
export function primitivePart(term: Term): { factor: Rational; primitive: Term } {
  let factor = term.value === 0 ? 0 : Q.absolute(term.value);
  for (const weight of term.weights) {
    if (factor === 1) break;
    factor = Q.content(factor, weight);
  }
  // gcd 1 of the numerators seen so far can still meet a fraction: content of (1, 1/2) is 1/2.
  for (const weight of term.weights) if (typeof weight !== "number") factor = Q.content(factor, weight);
  if (Q.sign(term.weights[0]) < 0) factor = Q.negate(factor);
  return factor === 1 ? { factor, primitive: term } : { factor, primitive: scale(term, Q.invert(factor)) };
}
