// Eigenvalues as roots of the factors of the characteristic polynomial: in radicals for degrees one and two, else as the irreducible
// polynomial whose roots they are. Left out: Cardano's and Ferrari's formulae, which are longer than the polynomials.
import { Q } from "../number/index.ts";
import { add, div, mul, neg, pow, sqrt, sub, type Term } from "../term/index.ts";
import { factorPolynomial } from "./factor.ts";
import { characteristicPolynomial, type MatrixOptions, type TermMatrix } from "./matrix.ts";
import * as P from "./polynomial.ts";
import { cancel, factor } from "./rational.ts";
import { openRoots } from "./radicals.ts";
import { NOTHING } from "./assumptions.ts";
import { reduced, ringOf, toTerm } from "./ring.ts";

export interface Eigenvalue {
  readonly multiplicity: number;
  /** The eigenvalue in radicals, for factors of degree one and two. */
  readonly value?: Term;
  /** Coefficients, constant term first, of the irreducible polynomial whose roots are the others; each root has the multiplicity. */
  readonly rootOf?: readonly Term[];
}

export function eigenvalues(a: TermMatrix, options: MatrixOptions = {}): Eigenvalue[] {
  const { context } = a[0][0];
  const coefficients = characteristicPolynomial(a, options);
  let name = "lambda";
  const taken = new Set(a.flat().map((entry) => entry.toString()));
  while ([...taken].some((text) => text.includes(name))) name += "_";
  const x = context.symbol(name);
  let polynomial = context.number(0);
  coefficients.forEach((c, k) => (polynomial = add(polynomial, k === 0 ? c : mul(c, pow(x, k)))));
  const ring = ringOf([polynomial], { first: [x] });
  const at = ring.generators.indexOf(x);
  const { num } = reduced(ring, ring.of(polynomial));
  const found: Eigenvalue[] = [];
  for (const [f, multiplicity] of factorPolynomial(num).factors) {
    if (P.degree(f, at) === 0) continue;
    const parts = P.coefficientsBy(f, at).map((part) => toTerm(ring, part));
    if (parts.length === 2) found.push({ multiplicity, value: cancel(neg(div(parts[0], parts[1]))) });
    else if (parts.length === 3) {
      const [c, b, top] = parts;
      const under = factor(sub(mul(b, b), mul(context.number(4), top, c)));
      const root = openRoots(sqrt(under), options.assumptions ?? NOTHING);
      const half = pow(mul(context.number(2), top), -1);
      for (const sign of [1, -1])
        found.push({ multiplicity, value: mul(add(neg(b), mul(context.number(Q.fromNumber(sign)), root)), half) });
    } else found.push({ multiplicity, rootOf: parts });
  }
  return found;
}
