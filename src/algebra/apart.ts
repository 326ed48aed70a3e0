// Partial fractions in one variable: the numerators over powers of the denominator's irreducible factors are the solution of one linear
// system (undetermined coefficients), solved exactly over the fractions of the other generators.
import { Failure } from "../base/index.ts";
import { add, mul, pow, print, type Term } from "../term/index.ts";
import { factorPolynomial } from "./factor.ts";
import { solveLinear } from "./matrix.ts";
import * as P from "./polynomial.ts";
import { cancel } from "./rational.ts";
import { reduced, ringOf, toTerm } from "./ring.ts";

/** Greatest degree of a denominator. */
const MOST_DEGREE = 40;

/** The partial fraction decomposition of a rational expression in x. */
export function apart(term: Term, x: Term): Term {
  const { context } = term;
  const ring = ringOf([term], { first: [x] });
  const v = ring.generators.indexOf(x);
  if (v < 0) return cancel(term);
  const { num, den } = reduced(ring, ring.of(term));
  const degree = P.degree(den, v);
  if (degree === 0) return cancel(term);
  if (degree > MOST_DEGREE)
    throw new Failure(
      "limit",
      `partial fractions over a denominator of degree ${degree} in ${print(x)}; at most ${MOST_DEGREE}`,
    );
  const { factors, content } = factorPolynomial(den);
  const powers = factors.filter(([f]) => P.degree(f, v) > 0);
  // What does not contain x stays a common factor of the whole.
  let outside = P.constant(content, den.variables);
  for (const [f, n] of factors) if (P.degree(f, v) === 0) outside = P.multiply(outside, P.power(f, n));
  const inner = P.divide(den, outside)!;
  const top = P.degree(num, v);
  const whole = Math.max(0, top - degree + 1);
  const columns: P.Polynomial[] = [];
  const shifted = (a: P.Polynomial, k: number): P.Polynomial => P.multiply(a, P.power(P.variable(v, den.variables), k));
  const xk = (k: number): Term => (k === 0 ? context.number(1) : pow(x, k));
  for (let k = 0; k < whole; k++) columns.push(shifted(inner, k));
  for (const [f, n] of powers)
    for (let m = 1; m <= n; m++)
      for (let k = 0; k < P.degree(f, v); k++) columns.push(shifted(P.divide(inner, P.power(f, m))!, k));
  const size = columns.length;
  const coefficientOf = (a: P.Polynomial, d: number): Term => {
    const parts = P.coefficientsBy(a, v);
    return d < parts.length ? toTerm(ring, parts[d]) : context.number(0);
  };
  const matrix = Array.from({ length: size }, (_, d) => columns.map((column) => coefficientOf(column, d)));
  const right = Array.from({ length: size }, (_, d) => [coefficientOf(num, d)]);
  const solution = solveLinear(matrix, right);
  if (!solution) throw new Failure("numeric", "the partial fractions are not determined");
  const below = pow(toTerm(ring, outside), -1);
  let sum = context.number(0);
  let index = 0;
  for (let k = 0; k < whole; k++) sum = add(sum, mul(solution[index++][0], xk(k), below));
  for (const [f, n] of powers)
    for (let m = 1; m <= n; m++) {
      let numerator = context.number(0);
      for (let k = 0; k < P.degree(f, v); k++) numerator = add(numerator, mul(solution[index++][0], xk(k)));
      sum = add(sum, mul(cancel(mul(numerator, below)), pow(toTerm(ring, f), -m)));
    }
  return sum;
}
