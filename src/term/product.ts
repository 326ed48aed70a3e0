// Products: value * product of base ^ exponent, as a map from base to exact exponent. Rules, all valid for complex
// bases: a^m a^n = a^(m+n) (nonzero a where exponents cancel: recorded); (a b)^n = a^n b^n and (a^m)^n = a^(mn) for
// integer n; (c a)^r = c^r a^r for real c > 0. Roots of numbers split off what is rational.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { ones, type Context } from "./context.ts";
import { primitivePart, scale, SumBuilder } from "./sum.ts";
import { compareTerms, Kind, sortTerms, type Term } from "./term.ts";

/** Collects a product; `build` gives its normal form. */
export class ProductBuilder {
  readonly context: Context;
  coefficient: Rational = 1;
  // Parallel lists; products are short, so a linear search beats a map until MANY factors.
  readonly #bases: Term[] = [];
  readonly #exponents: Rational[] = [];
  #places: Map<Term, number> | undefined;
  /** Exponents that are not rational, added up per base. */
  #symbolic: Map<Term, SumBuilder> | undefined;

  constructor(context: Context) {
    this.context = context;
  }

  /** Multiplies by term^exponent. */
  multiply(term: Term, exponent: Rational = 1): void {
    if (exponent === 0) {
      if (term.kind === Kind.number) {
        if (term.value === 0) throw new Failure("domain", "0^0 is not defined");
      } else this.context.recordCancelled(term);
      return;
    }
    const whole = typeof exponent === "number";
    switch (term.kind) {
      case Kind.number:
        if (whole) this.coefficient = Q.multiply(this.coefficient, Q.power(term.value, exponent));
        else this.#root(term.value, exponent);
        return;
      case Kind.product:
        if (whole) {
          if (term.value !== 1) this.coefficient = Q.multiply(this.coefficient, Q.power(term.value, exponent));
          for (let i = 0; i < term.args.length; i++) {
            const arg = term.args[i];
            // 1/(1/x) is x where x is not zero.
            if (exponent < 0 && Q.sign(term.weights[i]) < 0) this.context.recordCancelled(arg);
            const weight = term.weights[i] === 1 ? exponent : Q.multiply(term.weights[i], exponent);
            if (arg.kind === Kind.power) this.multiply(arg, weight);
            else this.#entry(arg, weight);
          }
          return;
        }
        if (term.value !== 1 && term.value !== -1) {
          const size = Q.absolute(term.value);
          this.#root(size, exponent);
          this.#entry(scale(term, Q.invert(size)), exponent);
          return;
        }
        break;
      case Kind.sum: {
        const { factor, primitive } = primitivePart(term);
        if (factor === 1) break;
        if (whole) {
          this.coefficient = Q.multiply(this.coefficient, Q.power(factor, exponent));
          this.#entry(primitive, exponent);
        } else {
          this.#root(Q.absolute(factor), exponent);
          this.#entry(Q.sign(factor) < 0 ? scale(primitive, -1) : primitive, exponent);
        }
        return;
      }
      case Kind.power:
        if (whole) {
          this.#symbolicEntry(term.args[0], term.args[1], exponent);
          return;
        }
    }
    this.#entry(term, exponent);
  }

  /** Multiplies by base ^ exponent for any exponent. */
  multiplyPower(base: Term, exponent: Term): void {
    if (exponent.kind === Kind.number) this.multiply(base, exponent.value);
    else this.#symbolicEntry(base, exponent, 1);
  }

  #symbolicEntry(base: Term, exponent: Term, factor: Rational): void {
    this.#symbolic ??= new Map();
    let sum = this.#symbolic.get(base);
    if (sum === undefined) this.#symbolic.set(base, (sum = new SumBuilder(this.context)));
    sum.add(exponent, factor);
  }

  #find(base: Term): number {
    if (this.#places !== undefined) return this.#places.get(base) ?? -1;
    return this.#bases.indexOf(base);
  }

  #entry(base: Term, exponent: Rational): void {
    const at = this.#find(base);
    if (at >= 0) {
      const before = this.#exponents[at];
      const after = Q.add(before, exponent);
      if (Q.sign(before) < 0 ? Q.sign(exponent) > 0 : Q.sign(exponent) < 0) this.context.recordCancelled(base);
      this.#exponents[at] = after;
      return;
    }
    this.#bases.push(base);
    this.#exponents.push(exponent);
    if (this.#places !== undefined) this.#places.set(base, this.#bases.length - 1);
    else if (this.#bases.length === MANY) this.#places = new Map(this.#bases.map((b, i) => [b, i]));
  }

  /** Multiplies by value^exponent for an exponent that is not an integer. */
  #root(value: Rational, exponent: Rational): void {
    if (value === 1) return;
    if (value === 0) {
      if (Q.sign(exponent) < 0) throw new Failure("domain", "division by zero in exact arithmetic");
      this.coefficient = 0;
      return;
    }
    if (Q.sign(value) < 0) {
      this.#numberEntry(-1, exponent);
      value = Q.negate(value);
      if (value === 1) return;
    }
    for (const [prime, times] of smallFactors(Q.numerator(value)))
      this.#numberEntry(prime, Q.multiply(exponent, times));
    for (const [prime, times] of smallFactors(Q.denominator(value)))
      this.#numberEntry(prime, Q.multiply(exponent, -times));
  }

  #numberEntry(value: Rational, exponent: Rational): void {
    this.#entry(this.context.number(value), exponent);
  }

  /** Opens bases whose exponents have become integers: ((a b)^(1/2))^2 is a b. */
  #flatten(): void {
    for (let i = 0; i < this.#bases.length; i++) {
      const base = this.#bases[i];
      const exponent = this.#exponents[i];
      if (typeof exponent !== "number" || exponent === 0) continue;
      if (
        base.kind === Kind.product ||
        (base.kind === Kind.sum && exponent !== 1) ||
        (base.kind === Kind.power && exponent !== 1)
      ) {
        if (base.kind === Kind.sum && primitivePart(base).factor === 1) continue;
        this.#exponents[i] = 0;
        this.multiply(base, exponent);
      }
    }
  }

  build(): Term {
    const { context } = this;
    this.#flatten();
    if (this.#symbolic !== undefined) {
      for (const [base, sum] of this.#symbolic) {
        const at = this.#find(base);
        if (at >= 0) {
          // x^2 x^a = x^(2 + a): the rational exponent of the same base joins the symbolic one.
          sum.add(context.number(this.#exponents[at]));
          this.#exponents[at] = 0;
        }
        const exponent = sum.build();
        if (exponent.kind === Kind.number) this.multiply(base, exponent.value);
        else this.#entry(makePower(base, exponent), 1);
      }
      this.#symbolic = undefined;
    }
    const args: Term[] = [];
    for (let i = 0; i < this.#bases.length; i++) {
      const base = this.#bases[i];
      let exponent = this.#exponents[i];
      if (exponent === 0) continue;
      if (base.kind === Kind.number) {
        // Keep the fractional part of the exponent in (0, 1); the rest is rational.
        const floor = floorOf(exponent);
        this.coefficient = Q.multiply(this.coefficient, Q.power(base.value, floor));
        exponent = Q.subtract(exponent, floor);
        this.#exponents[i] = exponent;
        if (exponent === 0) continue;
      }
      args.push(base);
    }
    if (this.coefficient === 0) {
      this.#bases.forEach((base, i) => {
        if (Q.sign(this.#exponents[i]) < 0) context.recordCancelled(base);
      });
      return context.number(0);
    }
    if (args.length === 0) return context.number(this.coefficient);
    if (args.length > 1) sortTerms(args);
    let unit = true;
    const weights: Rational[] = new Array(args.length);
    for (let i = 0; i < args.length; i++) {
      weights[i] = this.#exponents[this.#find(args[i])];
      if (weights[i] !== 1) unit = false;
    }
    if (args.length === 1 && unit) return scale(args[0], this.coefficient);
    return context.intern(Kind.product, "", this.coefficient, args, unit ? ones(args.length) : weights);
  }
}

/**
 * a b^sign by merging, where every factor is a symbol, a call or a sum: their arguments are in canonical order already. Undefined where
 * a root, a general power or another base is among them, which ProductBuilder knows.
 */
export function productOfTwo(a: Term, b: Term, sign: 1 | -1 = 1): Term | undefined {
  const { context } = a;
  const left = factorsOf(a);
  const right = left && factorsOf(b);
  if (!left || !right) return undefined;
  const coefficient = Q.multiply(left.coefficient, sign === 1 ? right.coefficient : Q.invert(right.coefficient));
  if (coefficient === 0) return undefined;
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
      const signed = sign === 1 ? other : Q.negate(other);
      // 1/(1/x) is x, and x (1/x) is 1, where x is not zero.
      if (sign < 0 && Q.sign(other) < 0) context.recordCancelled(arg);
      if (order === 0 && Q.sign(weight) !== Q.sign(signed)) context.recordCancelled(arg);
      weight = order > 0 ? signed : Q.add(weight, signed);
    }
    if (weight === 0) continue;
    args.push(arg);
    weights.push(weight);
    if (weight !== 1) unit = false;
  }
  if (args.length === 0) return context.number(coefficient);
  if (args.length === 1 && unit) return scale(args[0], coefficient);
  return context.intern(Kind.product, "", coefficient, args, unit ? ones(args.length) : weights);
}

/** A term as coefficient and powers of plain bases with whole exponents; undefined where it is more than that. */
function factorsOf(
  term: Term,
): { coefficient: Rational; args: readonly Term[]; weights: readonly Rational[] } | undefined {
  switch (term.kind) {
    case Kind.number:
      return { coefficient: term.value, args: [], weights: [] };
    case Kind.symbol:
    case Kind.call:
      return { coefficient: 1, args: [term], weights: ones(1) };
    case Kind.sum: {
      const { factor, primitive } = primitivePart(term);
      return { coefficient: factor, args: [primitive], weights: ones(1) };
    }
    case Kind.product:
      for (let i = 0; i < term.args.length; i++) {
        const { kind } = term.args[i];
        if (kind !== Kind.symbol && kind !== Kind.call && kind !== Kind.sum) return undefined;
        if (typeof term.weights[i] !== "number") return undefined;
      }
      return { coefficient: term.value, args: term.args, weights: term.weights };
    default:
      return undefined;
  }
}

/** Number of factors from which a map is used. */
const MANY = 12;

/** base ^ exponent as an opaque factor; the exponent is not rational. 1^x is 1. */
function makePower(base: Term, exponent: Term): Term {
  if (base.kind === Kind.number && base.value === 1) return base;
  return base.context.intern(Kind.power, "", 0, [base, exponent], []);
}

function floorOf(a: Rational): number {
  const floor = Q.floor(a);
  if (floor > BigInt(Number.MAX_SAFE_INTEGER) || floor < -BigInt(Number.MAX_SAFE_INTEGER))
    throw new Failure("limit", "an exponent is too large for exact arithmetic");
  return Number(floor);
}

/** Trial division by primes below 1,000; what is left is one factor (which may be composite). */
function smallFactors(n: bigint): [Rational, number][] {
  const found: [Rational, number][] = [];
  for (let p = 2n; p < 1000n && p * p <= n; p += p === 2n ? 1n : 2n) {
    // The multiplicity by its binary digits: p^1, p^2, p^4, ...
    let times = 0;
    const powers: bigint[] = [];
    for (let q = p; n % q === 0n; q *= q) powers.push(q);
    for (let k = powers.length - 1; k >= 0; k--)
      if (n % powers[k] === 0n) {
        n /= powers[k];
        times += 2 ** k;
      }
    if (times > 0) found.push([Number(p), times]);
  }
  if (n > 1n) found.push([Q.rational(n), 1]);
  return found;
}
