// From terms to fractions of polynomials and back. What arithmetic does not open (symbols, functions, roots, exponentials) becomes a
// generator: a variable of the polynomials. x^(1/2) and x^(3/2) are powers of one generator x^(1/2); e^(2x + 1/2) is a product of powers of
// e^x and e^(1/2). Roots obey a relation: the q-th power of the q-th root of b is b. Roots of -1 obey the cyclotomic polynomial; sin(u)^2 is 1 - cos(u)^2 where both occur.
// Equal fractions after `reduced` are equal terms; the converse holds as far as the generators are independent but for their relations.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import {
  call,
  compareTerms,
  Kind,
  mul,
  pow,
  SumBuilder,
  ProductBuilder,
  type Context,
  type Term,
} from "../term/index.ts";
import { cyclotomic } from "./factor-univariate.ts";
import { ofUnivariate } from "./factor.ts";
import { cofactors } from "./gcd.ts";
import { gcd as gcdInteger } from "./integer.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";

/** num / den over the ring's generators; den is not zero. */
export interface Fraction {
  readonly num: Polynomial;
  readonly den: Polynomial;
}

/** generator^degree = num / den, polynomials in the generators; for roots of unity a relation of lower degree with den 1. */
export interface Relation {
  readonly generator: number;
  readonly degree: number;
  readonly value: Fraction;
}

export interface Ring {
  readonly context: Context;
  /** One a variable, in the order of the variables. */
  readonly generators: readonly Term[];
  readonly relations: readonly Relation[];
  /** The fraction of a term whose parts were given when the ring was made. */
  of(term: Term): Fraction;
}

/** Greatest number of generators. */
const MOST_GENERATORS = 400;
/** Greatest integer exponent of a sum that is multiplied out. */
export const MOST_EXPONENT = 10_000;

export interface RingOptions {
  /** Generators that come first, in this order; they count even where they do not occur. */
  readonly first?: readonly Term[];
  /** Negative powers of sums are generators, not fractions (for `expand`). Default false. */
  readonly keepDenominators?: boolean;
  /** Which of sine and cosine (and of sinh and cosh) keeps low powers where both occur: "sin" means sin^2 = 1 - cos^2. Default "sin". */
  readonly lower?: "sin" | "cos";
}

/** Exponent of a generator, as a part of e in b^e: coefficient * unit. */
interface ExponentPart {
  readonly unit: Term;
  readonly coefficient: Rational;
}

/** The parts of an exponent that is not a number: coefficient * unit each, and the constant with unit 1. */
function exponentParts(exponent: Term): ExponentPart[] {
  const { context } = exponent;
  const one = context.number(1);
  if (exponent.kind === Kind.number) return [{ unit: one, coefficient: exponent.value }];
  if (exponent.kind === Kind.sum) {
    const parts = exponent.args.map((unit, k) => ({ unit, coefficient: exponent.weights[k] }));
    return exponent.value === 0 ? parts : [...parts, { unit: one, coefficient: exponent.value }];
  }
  if (exponent.kind === Kind.product && exponent.value !== 1)
    return [{ unit: mul(exponent, context.number(Q.invert(exponent.value))), coefficient: exponent.value }];
  return [{ unit: exponent, coefficient: 1 }];
}

/** Visits the factors of a term: base^exponent with a rational exponent, and b^e by the parts of e. */
function* factorsOf(term: Term): Generator<{ base: Term; unit?: Term; exponent: Rational }> {
  if (term.kind === Kind.product) {
    for (let k = 0; k < term.args.length; k++) {
      const base = term.args[k];
      // (b^e)^n is b^(e n) for whole n only.
      if (base.kind === Kind.power && Q.isInteger(term.weights[k]))
        for (const { unit, coefficient } of exponentParts(base.args[1]))
          yield { base: base.args[0], unit, exponent: Q.multiply(coefficient, term.weights[k]) };
      else yield { base, exponent: term.weights[k] };
    }
  } else if (term.kind === Kind.power) {
    for (const { unit, coefficient } of exponentParts(term.args[1]))
      yield { base: term.args[0], unit, exponent: coefficient };
  } else yield { base: term, exponent: 1 };
}

const isOne = (term: Term): boolean => term.kind === Kind.number && term.value === 1;

/** A generator that stands for base^(unit/q): `degree` q is the least common denominator of its exponents. */
interface Seed {
  readonly base: Term;
  readonly unit?: Term;
  degree: bigint;
}

const lcm = (a: bigint, b: bigint): bigint => (a / gcdInteger(a, b)) * b;

/** The ring over the generators of the terms. */
export function ringOf(terms: readonly Term[], options: RingOptions = {}): Ring {
  const { context } = terms[0] ?? options.first![0];
  const seeds = new Map<Term, Map<Term, Seed>>();
  const seen = new Set<Term>();
  const open: Term[] = [...terms, ...(options.first ?? [])].reverse();
  const one = context.number(1);
  const seed = (base: Term, unit: Term, exponent: Rational): void => {
    let units = seeds.get(base);
    if (units === undefined) seeds.set(base, (units = new Map()));
    const known = units.get(unit);
    const den = Q.denominator(exponent);
    if (known === undefined) units.set(unit, { base, unit: isOne(unit) ? undefined : unit, degree: den });
    else known.degree = lcm(known.degree, den);
    if (seeds.size > MOST_GENERATORS) throw new Failure("limit", `more than ${MOST_GENERATORS} independent parts`);
  };
  for (let term = open.pop(); term !== undefined; term = open.pop()) {
    if (seen.has(term)) continue;
    seen.add(term);
    if (term.kind === Kind.number) continue;
    if (term.kind === Kind.sum) {
      for (const arg of term.args) open.push(arg);
      continue;
    }
    for (const { base, unit, exponent } of factorsOf(term)) {
      if (unit !== undefined && !isOne(unit)) {
        seed(base, unit, exponent);
        continue;
      }
      const whole = Q.isInteger(exponent);
      if (whole && base.kind === Kind.sum) {
        if (options.keepDenominators && Q.sign(exponent) < 0) seed(pow(base, context.number(exponent)), one, 1);
        else open.push(base);
      } else if (whole && base.kind === Kind.product) open.push(base);
      else if (base.kind !== Kind.number || !whole) {
        seed(base, one, exponent);
        // A root's base takes part in its relation.
        if (!whole && (base.kind === Kind.sum || base.kind === Kind.product)) open.push(base);
        else if (!whole && base.kind !== Kind.number) seed(base, one, 1);
      }
    }
  }
  const list: Seed[] = [];
  for (const first of options.first ?? []) for (const each of seeds.get(first)?.values() ?? []) list.push(each);
  const rest: Seed[] = [];
  for (const units of seeds.values()) for (const each of units.values()) if (!list.includes(each)) rest.push(each);
  rest.sort((a, b) => compareTerms(a.base, b.base) || compareTerms(a.unit ?? one, b.unit ?? one));
  list.push(...rest);
  return new RingBuilder(context, list, options);
}

/** f^2 = constant + sign g^2 for the partner g of f. */
interface Partner {
  readonly name: string;
  readonly constant: number;
  readonly sign: number;
}

const SINES: ReadonlyMap<string, Partner> = new Map([
  ["sin", { name: "cos", constant: 1, sign: -1 }],
  ["sinh", { name: "cosh", constant: -1, sign: 1 }],
]);
const COSINES: ReadonlyMap<string, Partner> = new Map([
  ["cos", { name: "sin", constant: 1, sign: -1 }],
  ["cosh", { name: "sinh", constant: 1, sign: 1 }],
]);

class RingBuilder implements Ring {
  readonly context: Context;
  readonly generators: readonly Term[];
  readonly relations: readonly Relation[];
  readonly #index = new Map<Term, Map<Term, { readonly at: number; readonly degree: bigint }>>();
  readonly #done = new Map<Term, Fraction>();
  readonly #one: Polynomial;
  readonly #unit: Term;
  readonly #keep: boolean;
  readonly #plain: boolean;

  constructor(
    context: Context,
    seeds: readonly Seed[],
    { keepDenominators: keep = false, lower = "sin" }: RingOptions,
  ) {
    this.context = context;
    this.#keep = keep;
    this.#unit = context.number(1);
    this.#one = P.constant(1, seeds.length);
    seeds.forEach(({ base, unit, degree }, at) => {
      let units = this.#index.get(base);
      if (units === undefined) this.#index.set(base, (units = new Map()));
      units.set(unit ?? this.#unit, { at, degree });
    });
    this.generators = seeds.map(({ base, unit, degree }) => {
      const share = context.number(Q.rational(1n, degree));
      return unit === undefined ? pow(base, share) : pow(base, mul(unit, share));
    });
    this.#plain = seeds.every(({ base, unit, degree }) => degree === 1n && !unit && base.kind !== Kind.sum);
    const relations: Relation[] = [];
    seeds.forEach(({ base, unit, degree }, generator) => {
      if (unit !== undefined || degree === 1n) return;
      const d = Number(degree);
      if (base.kind === Kind.number && base.value === -1) {
        const minimal = cyclotomic(2 * d);
        const top = minimal.length - 1;
        const value = P.negate(ofUnivariate(minimal.slice(0, top), generator, seeds.length));
        relations.push({ generator, degree: top, value: { num: value, den: this.#one } });
      } else relations.push({ generator, degree: d, value: this.#baseValue(base, generator, d) });
    });
    // sin^2 = 1 - cos^2 and sinh^2 = cosh^2 - 1, or the other way round, where both occur.
    const partners = lower === "sin" ? SINES : COSINES;
    seeds.forEach(({ base, unit, degree }, generator) => {
      const partner =
        base.kind === Kind.call && unit === undefined && degree === 1n ? partners.get(base.name) : undefined;
      if (partner === undefined) return;
      const other = this.#index.get(call(context, partner.name, base.args[0]))?.get(this.#unit);
      if (other === undefined || other.degree !== 1n) return;
      const square = P.scale(P.power(P.variable(other.at, seeds.length), 2), partner.sign);
      const value = P.add(P.constant(partner.constant, seeds.length), square);
      relations.push({ generator, degree: 2, value: { num: value, den: this.#one } });
    });
    this.relations = relations;
  }

  /** The value of a root's base without the root itself: a power of the generator would say nothing. */
  #baseValue(base: Term, generator: number, degree: number): Fraction {
    if (base.kind === Kind.number || base.kind === Kind.sum || base.kind === Kind.product) return this.of(base);
    // A root of a generator: its base is the power itself, and no relation is needed.
    return { num: P.power(P.variable(generator, this.#one.variables), degree), den: this.#one };
  }

  of(root: Term): Fraction {
    const done = this.#done;
    const stack: Term[] = [root];
    while (stack.length > 0) {
      const term = stack[stack.length - 1];
      if (done.has(term)) {
        stack.pop();
        continue;
      }
      const missing = this.#needs(term).filter((part) => !done.has(part));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      done.set(term, this.#one_(term));
      stack.pop();
    }
    return done.get(root)!;
  }

  /** Parts whose fractions are needed first. */
  #needs(term: Term): Term[] {
    if (term.kind === Kind.sum)
      return this.#plain ? term.args.filter((arg) => this.#monomial(arg) === undefined) : [...term.args];
    const needs: Term[] = [];
    if (term.kind === Kind.product)
      term.args.forEach((base, k) => {
        if (!Q.isInteger(term.weights[k])) return;
        if (base.kind === Kind.product || (base.kind === Kind.sum && !(this.#keep && Q.sign(term.weights[k]) < 0)))
          needs.push(base);
      });
    return needs;
  }

  #fraction(num: Polynomial): Fraction {
    return { num, den: this.#one };
  }

  #one_(term: Term): Fraction {
    const { length: variables } = this.generators;
    if (term.kind === Kind.number)
      return {
        num: P.constant(Q.numerator(term.value), variables),
        den: P.constant(Q.denominator(term.value), variables),
      };
    if (term.kind === Kind.sum) return this.#sum(term);
    let result: Fraction = this.#fraction(this.#one);
    if (term.kind === Kind.product && term.value !== 1)
      result = {
        num: P.constant(Q.numerator(term.value), variables),
        den: P.constant(Q.denominator(term.value), variables),
      };
    for (const factor of factorsOf(term))
      result = this.#times(result, this.#factor(factor.base, factor.unit, factor.exponent));
    return result;
  }

  #times(a: Fraction, b: Fraction): Fraction {
    return { num: P.multiply(a.num, b.num), den: P.multiply(a.den, b.den) };
  }

  #factor(base: Term, unit: Term | undefined, exponent: Rational): Fraction {
    const at = this.#index.get(base)?.get(unit ?? this.#unit);
    if (at !== undefined) {
      const e = Number(Q.numerator(Q.multiply(exponent, Q.rational(at.degree))));
      const power = P.power(P.variable(at.at, this.#one.variables), Math.abs(checkedExponent(e)));
      return e >= 0 ? this.#fraction(power) : { num: this.#one, den: power };
    }
    if (unit !== undefined && Q.isInteger(exponent)) {
      // b^e, where a root of it as a whole is a generator: sqrt(exp(x)) beside exp(x).
      const whole = pow(base, unit);
      if (whole !== base && this.#index.get(whole)?.has(this.#unit)) return this.#factor(whole, undefined, exponent);
    }
    if (this.#keep && base.kind === Kind.sum && Q.sign(exponent) < 0)
      return this.#factor(pow(base, this.context.number(exponent)), undefined, 1);
    const e = checkedExponent(Q.toNumber(exponent));
    const inner = this.#done.get(base) ?? this.of(base);
    if (e < 0 && P.isZero(inner.num)) throw new Failure("domain", "division by zero in exact arithmetic");
    const num = P.power(e < 0 ? inner.den : inner.num, Math.abs(e));
    const den = P.power(e < 0 ? inner.num : inner.den, Math.abs(e));
    return { num, den };
  }

  /** Exponents of a term that is a monomial in the generators, coefficient 1; undefined where it is not one at a glance. */
  #monomial(term: Term): Int32Array | undefined {
    const exponents = new Int32Array(this.generators.length);
    const put = (base: Term, weight: Rational): boolean => {
      const at = this.#index.get(base)?.get(this.#unit);
      if (at === undefined || typeof weight !== "number" || weight < 0) return false;
      exponents[at.at] += weight;
      return true;
    };
    if (term.kind !== Kind.product) return put(term, 1) ? exponents : undefined;
    if (term.value !== 1) return undefined;
    for (let k = 0; k < term.args.length; k++) if (!put(term.args[k], term.weights[k])) return undefined;
    return exponents;
  }

  #sum(term: Term): Fraction {
    const { length: variables } = this.generators;
    // Numbers over a common denominator; fractions over the least common multiple of their denominators.
    let common = Q.denominator(term.value);
    for (const weight of term.weights) common = lcm(common, Q.denominator(weight));
    const scaled = (value: Rational): bigint => Q.numerator(value) * (common / Q.denominator(value));
    const monomials: [ArrayLike<number>, bigint][] = [];
    if (term.value !== 0) monomials.push([new Int32Array(variables), scaled(term.value)]);
    const parts: { part: Fraction; weight: bigint }[] = [];
    term.args.forEach((arg, k) => {
      const weight = scaled(term.weights[k]);
      const monomial = this.#plain ? this.#monomial(arg) : undefined;
      if (monomial) monomials.push([monomial, weight]);
      else parts.push({ part: this.#done.get(arg)!, weight });
    });
    let num = P.ofMonomials(monomials, variables);
    let den = this.#one;
    for (const { part, weight } of parts) {
      if (P.equal(part.den, den)) {
        num = P.add(num, P.scale(part.num, weight));
        continue;
      }
      const { a, b } = cofactors(den, part.den);
      num = P.add(P.multiply(num, b), P.multiply(P.scale(part.num, weight), a));
      den = P.multiply(den, b);
    }
    return { num, den: P.scale(den, common) };
  }
}

function checkedExponent(e: number): number {
  if (!(Math.abs(e) <= MOST_EXPONENT))
    throw new Failure("limit", `the exponent ${e} is too large to multiply out (at most ${MOST_EXPONENT})`);
  return e;
}

/** The term of a polynomial over the ring's generators, divided by an integer and, monomial by monomial, by powers of the generators. */
export function toTerm(ring: Ring, a: Polynomial, divisor = 1n, below?: Int32Array): Term {
  const { context, generators } = ring;
  const sum = new SumBuilder(context);
  const n = generators.length;
  // Plain generators may stand in a product as they are, in canonical order.
  const order = Array.from(generators.keys()).sort((i, j) => compareTerms(generators[i], generators[j]));
  const plain = generators.every((g) => g.kind === Kind.symbol || g.kind === Kind.call);
  const c = a.coefficients;
  const weightOf = (k: number): Rational =>
    divisor === 1n && typeof c[k] === "number" ? (c[k] as number) : Q.rational(BigInt(c[k]), divisor);
  for (let k = 0; k < P.size(a); k++) {
    const weight = weightOf(k);
    if (plain) {
      const args: Term[] = [];
      const weights: number[] = [];
      for (const v of order) {
        const e = a.exponents[k * n + v] - (below ? below[v] : 0);
        if (e === 0) continue;
        args.push(generators[v]);
        weights.push(e);
      }
      if (args.length === 0) sum.constant = Q.add(sum.constant, weight);
      else if (args.length === 1 && weights[0] === 1) sum.addEntry(args[0], weight);
      else sum.addEntry(context.intern(Kind.product, "", 1, args, weights), weight);
      continue;
    }
    const product = new ProductBuilder(context);
    for (let v = 0; v < n; v++) {
      const e = a.exponents[k * n + v] - (below ? below[v] : 0);
      if (e !== 0) product.multiplyPower(generators[v], context.number(e));
    }
    sum.add(product.build(), weight);
  }
  return sum.build();
}

/** Lowest terms: relations applied, common factors out, integer contents reduced, leading coefficient of the denominator positive. */
export function reduced(ring: Ring, { num, den }: Fraction): Fraction {
  let fraction = applyRelations(ring, { num, den });
  if (P.isZero(fraction.den)) throw new Failure("domain", "division by zero in exact arithmetic");
  if (P.isZero(fraction.num)) return { num: fraction.num, den: P.constant(1, ring.generators.length) };
  const { a, b } = cofactors(fraction.num, fraction.den);
  fraction = P.leading(b) < 0n ? { num: P.negate(a), den: P.negate(b) } : { num: a, den: b };
  return fraction;
}

/** Powers of roots beyond their degrees replaced, in numerator and denominator. */
export function applyRelations(ring: Ring, fraction: Fraction): Fraction {
  let { num, den } = fraction;
  for (let again = true; again;) {
    again = false;
    for (const relation of ring.relations) {
      if (P.degree(relation.value.num, relation.generator) >= relation.degree) continue;
      for (const part of ["num", "den"] as const) {
        const target = part === "num" ? num : den;
        if (P.degree(target, relation.generator) < relation.degree) continue;
        again = true;
        const made = lowered(target, relation);
        if (part === "num") {
          num = made.num;
          den = P.multiply(den, made.den);
        } else {
          den = made.num;
          num = P.multiply(num, made.den);
        }
      }
    }
  }
  return { num, den };
}

/** A fraction without square roots, i, sines and hyperbolic sines in its denominator: multiplied by the conjugate for each relation of degree two. */
export function withoutRoots(ring: Ring, fraction: Fraction): Fraction {
  let made = applyRelations(ring, fraction);
  for (const { generator, degree } of ring.relations) {
    if (degree !== 2 || P.degree(made.den, generator) !== 1) continue;
    const [a, b] = P.coefficientsBy(made.den, generator);
    const other = P.subtract(a, P.multiply(b, P.variable(generator, made.den.variables)));
    const next = applyRelations(ring, { num: P.multiply(made.num, other), den: P.multiply(made.den, other) });
    // The square root of a square may divide zero: then nothing is gained.
    if (!P.isZero(next.den)) made = reduced(ring, next);
  }
  return made;
}

/** a with generator^(degree k + r) = value^k generator^r. */
function lowered(a: Polynomial, { generator, degree, value }: Relation): Fraction {
  const parts = P.coefficientsBy(a, generator);
  const most = Math.floor((parts.length - 1) / degree);
  const x = P.variable(generator, a.variables);
  let sum = P.constant(0, a.variables);
  // value^k = num^k / den^k over the common den^most.
  const nums = [P.constant(1, a.variables)];
  const dens = [P.constant(1, a.variables)];
  for (let k = 1; k <= most; k++) {
    nums.push(P.multiply(nums[k - 1], value.num));
    dens.push(P.multiply(dens[k - 1], value.den));
  }
  parts.forEach((part, d) => {
    if (P.isZero(part)) return;
    const k = Math.floor(d / degree);
    sum = P.add(sum, P.multiply(P.multiply(part, P.power(x, d - k * degree)), P.multiply(nums[k], dens[most - k])));
  });
  return { num: sum, den: dens[most] };
}
