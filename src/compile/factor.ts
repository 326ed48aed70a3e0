// Factoring sums of products for code: a pass from terms to terms that keeps values (as rational functions) and lowers
// the number of operations. In each sum the factor that occurs in most terms (at least two) is pulled out, the bracket and
// the rest are treated the same way; because brackets are terms in normal form (coprime coefficients, positive first
// coefficient), brackets that agree up to a factor become one shared term, computed once.
// After Breuer 1969 and Hosangadi, Fallah, Kastner 2006 (greedy rectangle of one column); measured in docs/decisions.
import { Q, type Rational } from "../number/index.ts";
import { Kind, postorder, ProductBuilder, rebuild, SumBuilder, type Term } from "../term/index.ts";

/** Terms of equal value with sums factored; brackets are shared between all of them. Held terms stay as they are. */
export function factorSums(terms: readonly Term[]): Term[] {
  const done = new Map<Term, Term>();
  for (const term of postorder(terms, (t) => t.kind !== Kind.held)) {
    if (term.args.length === 0 || term.kind === Kind.held) done.set(term, term);
    else {
      const args = term.args.map((arg) => done.get(arg)!);
      const rebuilt = args.every((arg, i) => arg === term.args[i]) ? term : rebuild(term, args);
      done.set(term, rebuilt.kind === Kind.sum ? factorSum(rebuilt) : rebuilt);
    }
  }
  return terms.map((term) => done.get(term)!);
}

/** coefficient * product of bases ^ exponents (positive integers) * rest. */
interface Monomial {
  readonly coefficient: Rational;
  /** Bases with positive integer exponents, in canonical order. */
  readonly bases: readonly Term[];
  readonly exponents: readonly number[];
  /** What cannot be pulled out: factors with other exponents. */
  readonly rest: readonly (readonly [Term, Rational])[];
}

function monomial(term: Term, coefficient: Rational): Monomial {
  if (term.kind !== Kind.product) return { coefficient, bases: [term], exponents: [1], rest: [] };
  const weights = term.weights;
  if (weights.every((weight) => weight === 1))
    return { coefficient, bases: term.args, exponents: weights as number[], rest: [] };
  const bases: Term[] = [];
  const exponents: number[] = [];
  const rest: [Term, Rational][] = [];
  term.args.forEach((arg, i) => {
    const weight = weights[i];
    if (typeof weight === "number" && weight > 0) {
      bases.push(arg);
      exponents.push(weight);
    } else rest.push([arg, weight]);
  });
  return { coefficient, bases, exponents, rest };
}

function factorSum(sum: Term): Term {
  if (sum.args.length < 2) return sum;
  return factorMonomials(
    sum,
    sum.args.map((arg, i) => monomial(arg, sum.weights[i])),
    sum.value,
  );
}

function factorMonomials(like: Term, monomials: readonly Monomial[], constant: Rational): Term {
  const { context } = like;
  const result = new SumBuilder(context);
  result.constant = constant;
  const counts = new Map<Term, number>();
  for (const { bases } of monomials) for (const base of bases) counts.set(base, (counts.get(base) ?? 0) + 1);
  let left = monomials;
  while (left.length > 0) {
    let best: Term | undefined;
    let most = 1;
    for (const [base, count] of counts)
      if (count > most || (count === most && best !== undefined && prefer(base, best))) {
        best = base;
        most = count;
      }
    if (best === undefined) break;
    const inside: Monomial[] = [];
    const outside: Monomial[] = [];
    let lowest = Infinity;
    for (const part of left) {
      const at = part.bases.indexOf(best);
      if (at < 0) outside.push(part);
      else {
        inside.push(part);
        lowest = Math.min(lowest, part.exponents[at]);
        for (const base of part.bases) counts.set(base, counts.get(base)! - 1);
      }
    }
    const bracket = factorMonomials(
      like,
      inside.map((part) => divided(part, best, lowest)).filter((part) => part.bases.length > 0 || part.rest.length > 0),
      constantOf(inside, best, lowest),
    );
    const product = new ProductBuilder(context);
    product.multiply(best, lowest);
    product.multiply(bracket);
    result.add(product.build());
    left = outside;
  }
  for (const part of left) {
    const product = new ProductBuilder(context);
    part.bases.forEach((base, i) => product.multiply(base, part.exponents[i]));
    for (const [base, weight] of part.rest) product.multiply(base, weight);
    result.add(product.build(), part.coefficient);
  }
  return result.build();
}

/** Among equally frequent factors: the smaller in canonical order, so that the choice does not depend on the order of the terms. */
function prefer(a: Term, b: Term): boolean {
  return a.kind !== b.kind ? a.kind < b.kind : a.hash < b.hash;
}

function divided(part: Monomial, base: Term, exponent: number): Monomial {
  const at = part.bases.indexOf(base);
  if (part.exponents[at] === exponent)
    return { ...part, bases: part.bases.toSpliced(at, 1), exponents: part.exponents.toSpliced(at, 1) };
  return { ...part, exponents: part.exponents.with(at, part.exponents[at] - exponent) };
}

/** Sum of the coefficients of the parts that are exactly base ^ exponent. */
function constantOf(parts: readonly Monomial[], base: Term, exponent: number): Rational {
  let constant: Rational = 0;
  for (const { bases, exponents, rest, coefficient } of parts)
    if (bases.length === 1 && bases[0] === base && exponents[0] === exponent && rest.length === 0)
      constant = Q.add(constant, coefficient);
  return constant;
}
