// Resultants and discriminants by the subresultant remainder sequence (Collins 1967; Brown, Traub 1971; Cohen 1993, algorithm 3.3.7).
import { Failure } from "../base/index.ts";
import { contentBy, pseudoRemainder } from "./gcd.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";

/** The resultant of two polynomials in variable v: zero exactly where they have a common root, or both leading coefficients vanish. */
export function resultant(a: Polynomial, b: Polynomial, v: number): Polynomial {
  const { variables } = a;
  const one = P.constant(1, variables);
  if (P.isZero(a) || P.isZero(b)) return P.constant(0, variables);
  let [f, g] = [a, b];
  let sign = 1;
  if (P.degree(f, v) < P.degree(g, v)) {
    [f, g] = [g, f];
    if (P.degree(f, v) % 2 === 1 && P.degree(g, v) % 2 === 1) sign = -1;
  }
  if (P.degree(g, v) === 0) return P.power(g, P.degree(f, v));
  const [ca, cb] = [contentBy(f, v), contentBy(g, v)];
  const outside = P.multiply(P.power(ca, P.degree(g, v)), P.power(cb, P.degree(f, v)));
  f = exact(f, ca);
  g = exact(g, cb);
  let gamma = one;
  let h = one;
  while (P.degree(g, v) > 0) {
    const d = P.degree(f, v) - P.degree(g, v);
    if (P.degree(f, v) % 2 === 1 && P.degree(g, v) % 2 === 1) sign = -sign;
    const rest = pseudoRemainder(f, g, v);
    if (P.isZero(rest)) return P.constant(0, variables);
    f = g;
    g = exact(rest, P.multiply(gamma, P.power(h, d)));
    gamma = P.leadingCoefficient(f, v);
    if (d > 0) h = exact(P.power(gamma, d), P.power(h, d - 1));
  }
  const n = P.degree(f, v);
  const last = exact(P.power(g, n), P.power(h, n - 1));
  return P.scale(P.multiply(outside, last), sign);
}

function exact(a: Polynomial, b: Polynomial): Polynomial {
  const q = P.divide(a, b);
  if (q === undefined) throw new Failure("numeric", "a division in the remainder sequence is not exact");
  return q;
}

/** (-1)^(n(n-1)/2) res(f, f') / lc(f), in variable v. */
export function discriminant(a: Polynomial, v: number): Polynomial {
  const n = P.degree(a, v);
  if (n < 1) throw new Failure("domain", "the discriminant of a polynomial that does not contain the variable");
  const r = exact(resultant(a, P.derivative(a, v), v), P.leadingCoefficient(a, v));
  return ((n * (n - 1)) / 2) % 2 === 0 ? r : P.negate(r);
}
