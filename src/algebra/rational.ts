// The classical operations on rational expressions, on terms: expand, factor, together, cancel, collect. Whatever is no sum, product or
// rational power is a generator (ring.ts); arguments of functions are treated the same way first.
import { Failure, Meter, type Budget } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { add, Kind, mul, pow, postorder, print, ProductBuilder, rebuild, type Term } from "../term/index.ts";
import { factorPolynomial, type Factorization } from "./factor.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";
import { applyRelations, reduced, ringOf, toTerm, type Fraction, type Ring, type RingOptions } from "./ring.ts";

const isRational = (term: Term): boolean =>
  term.kind === Kind.sum || term.kind === Kind.product || term.kind === Kind.number;

/** Applies an operation on rational expressions at the root and inside the arguments of everything that is none. */
export function everywhere(root: Term, operation: (term: Term) => Term): Term {
  const done = new Map<Term, Term>();
  for (const term of postorder([root])) {
    if (term.args.length === 0) {
      done.set(term, term);
      continue;
    }
    const rational = isRational(term);
    const args = term.args.map((arg, k) => {
      const inside = done.get(arg)!;
      // A sum under a root, or inside a function, is an expression of its own.
      const own = !rational || (term.kind === Kind.product && !Q.isInteger(term.weights[k]));
      return own && isRational(inside) ? operation(inside) : inside;
    });
    done.set(term, rebuild(term, args));
  }
  return operation(done.get(root)!);
}

/** Products and positive integer powers of sums multiplied out; denominators stay as they are. */
export function expand(term: Term): Term {
  return everywhere(term, (each) => {
    const ring = ringOf([each], { keepDenominators: true });
    const { num, den } = applyRelations(ring, ring.of(each));
    // Negative powers of generators belong to the monomials.
    return P.size(den) === 1 ? toTerm(ring, num, P.leading(den), den.exponents) : overTerm(ring, num, den);
  });
}

/** num / den as a term. */
function overTerm(ring: Ring, num: Polynomial, den: Polynomial): Term {
  if (P.isConstant(den)) return toTerm(ring, num, P.leading(den));
  return mul(toTerm(ring, num), pow(toTerm(ring, den), -1));
}

/** The reduced fraction of a rational expression and its ring. */
export function fractionOf(term: Term, options: RingOptions = {}): { ring: Ring; fraction: Fraction } {
  const ring = ringOf([term], options);
  return { ring, fraction: reduced(ring, ring.of(term)) };
}

/** One fraction over the least common denominator, as it comes: common factors stay. */
export function together(term: Term): Term {
  return everywhere(term, (each) => {
    const ring = ringOf([each]);
    const { num, den } = applyRelations(ring, ring.of(each));
    const factors = P.isConstant(den) ? undefined : factorPolynomial(den);
    return mul(toTerm(ring, num), pow(factors ? productOf(ring, factors) : toTerm(ring, den), -1));
  });
}

/** One fraction in lowest terms, numerator and denominator multiplied out. */
export function cancel(term: Term): Term {
  return everywhere(term, (each) => {
    const { ring, fraction } = fractionOf(each);
    return overTerm(ring, fraction.num, fraction.den);
  });
}

/** The product of irreducible factors over the rationals; of a fraction, of numerator and denominator. */
export function factor(term: Term, budget?: Budget): Term {
  const meter = budget && new Meter(budget);
  return everywhere(term, (each) => {
    const { ring, fraction } = fractionOf(each);
    if (P.isZero(fraction.num)) return each.context.number(0);
    const num = productOf(ring, factorPolynomial(fraction.num, meter));
    return P.isOne(fraction.den) ? num : mul(num, pow(productOf(ring, factorPolynomial(fraction.den, meter)), -1));
  });
}

/** A factorisation as a term. */
export function productOf(ring: Ring, { content, factors }: Factorization): Term {
  const { context } = ring;
  const product = new ProductBuilder(context);
  const parts = factors.map(([f, n]) => [toTerm(ring, f), n] as const);
  for (const [part, n] of parts) product.multiply(part, n);
  const built = product.build();
  const whole = context.number(Q.rational(content));
  // A number times a single sum would be multiplied out again: the constructors do so, and it is the normal form.
  return mul(whole, built);
}

/** Coefficients of a polynomial expression by powers of a term, from the constant on. Fails where it is no polynomial in it. */
export function coefficientList(term: Term, by: Term): Term[] {
  const ring = ringOf([term], { first: [by] });
  const at = ring.generators.indexOf(by);
  const { num, den } = reduced(ring, ring.of(term));
  if (at < 0) return [term];
  const hidden = ring.generators.find((g, k) => k !== at && postorder([g]).includes(by));
  if (hidden !== undefined)
    throw new Failure("domain", `"${short(term)}" is no polynomial in ${print(by)}: it contains ${short(hidden)}`);
  if (P.degree(den, at) > 0)
    throw new Failure("domain", `"${short(term)}" is no polynomial in ${print(by)}: it is in the denominator`);
  const below = toTerm(ring, den);
  return P.coefficientsBy(num, at).map((part) => mul(toTerm(ring, part), pow(below, -1)));
}

const short = (term: Term): string => {
  const text = print(term);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

/** Like powers of `by` together: the sum of coefficient * by^k, coefficients multiplied out. */
export function collect(term: Term, by: Term): Term {
  const parts = coefficientList(term, by);
  let sum = term.context.number(0);
  parts.forEach((part, k) => (sum = add(sum, k === 0 ? part : mul(part, pow(by, k)))));
  return sum;
}
