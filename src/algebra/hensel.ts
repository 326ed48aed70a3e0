// Hensel lifting of factors in one variable to factors in several, one variable at a time, modulo a prime beyond twice every coefficient
// (Wang 1978; Geddes, Czapor, Labahn 1992, algorithms 6.2 to 6.4). The point of evaluation is moved to zero first, so that Taylor
// coefficients are coefficients. Left out: sparse lifting (Monagan, Tuncer 2016).
import { Failure } from "../base/index.ts";
import { centred, inverse, modulo, primeAbove } from "./integer.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";

type Univariate = readonly bigint[];

const MOST_PRIMES = 1000;

/**
 * Factors of f with these images in variable 0 at the point and these leading coefficients in variable 0 (their product is that of f);
 * undefined where there are none. The images are pairwise coprime.
 */
export function liftFactors(
  f: Polynomial,
  images: readonly Univariate[],
  leads: readonly Polynomial[],
  point: readonly bigint[],
): Polynomial[] | undefined {
  const moved = shifted(f, point, 1n);
  const movedLeads = leads.map((lead) => shifted(lead, point, 1n));
  // A small prime first: it is enough for most, and what it finds is checked. Gelfond's bound e^(sum of degrees) |f| settles the rest.
  const coefficients = P.bigCoefficients(moved);
  const height = coefficients.reduce((most, c) => ((c < 0n ? -c : c) > most ? (c < 0n ? -c : c) : most), 1n);
  const total = P.degrees(moved).reduce((sum, d) => sum + d, 0);
  const safe = height * 3n ** BigInt(total) * 4n;
  const small = 67_108_859n;
  for (const least of safe > small ? [small - 1n, safe] : [small - 1n]) {
    // Images that are not coprime modulo a prime say nothing: the next prime, of which all but a few will do.
    let prime = primeAbove(least);
    let bezout = univariateBezout(images, prime);
    for (let k = 0; bezout === undefined && k < MOST_PRIMES; k++)
      bezout = univariateBezout(images, (prime = primeAbove(prime)));
    if (bezout === undefined)
      throw new Failure("unsolved", "no prime was found modulo which the images of the factors are coprime");
    const lifted = liftModulo(moved, images, movedLeads, bezout, prime);
    if (lifted === undefined) continue;
    const product = lifted.reduce((x, each) => P.multiply(x, each), P.constant(1, f.variables));
    if (P.equal(product, moved)) return lifted.map((each) => shifted(each, point, -1n));
  }
  return undefined;
}

/** The polynomial with v + sign * point[v - 1] in place of each variable v >= 1. */
function shifted(a: Polynomial, point: readonly bigint[], sign: bigint): Polynomial {
  let result = a;
  point.forEach((x, k) => {
    const c = sign * x;
    const v = k + 1;
    const d = P.degree(result, v);
    if (c === 0n || d === 0) return;
    // Horner in the moved variable.
    const parts = P.coefficientsBy(result, v);
    const step = P.add(P.variable(v, a.variables), P.constant(c, a.variables));
    let sum = parts[d];
    for (let j = d - 1; j >= 0; j--) sum = P.add(P.multiply(sum, step), parts[j]);
    result = sum;
  });
  return result;
}

function reduced(a: Polynomial, p: bigint): Polynomial {
  const c = P.bigCoefficients(a);
  const list: [Int32Array, bigint][] = [];
  const { variables } = a;
  let changed = false;
  for (let k = 0; k < c.length; k++) {
    const r = centred(c[k], p);
    changed ||= r !== c[k];
    if (r !== 0n) list.push([a.exponents.subarray(k * variables, (k + 1) * variables), r]);
  }
  return changed ? P.ofMonomials(list, variables) : a;
}

/** The polynomial with all variables from `from` on set to zero. */
function truncated(a: Polynomial, from: number): Polynomial {
  const { variables } = a;
  const list: [Int32Array, number | bigint][] = [];
  for (let k = 0; k < P.size(a); k++) {
    const e = a.exponents.subarray(k * variables, (k + 1) * variables);
    let zero = false;
    for (let v = from; v < variables; v++) zero ||= e[v] > 0;
    if (!zero) list.push([e, a.coefficients[k]]);
  }
  return P.ofMonomials(list, variables);
}

/** The coefficient of v^d. */
function coefficient(a: Polynomial, v: number, d: number): Polynomial {
  const { variables } = a;
  const list: [Int32Array, number | bigint][] = [];
  for (let k = 0; k < P.size(a); k++) {
    if (a.exponents[k * variables + v] !== d) continue;
    const e = a.exponents.slice(k * variables, (k + 1) * variables);
    e[v] = 0;
    list.push([e, a.coefficients[k]]);
  }
  return P.ofMonomials(list, variables);
}

function monomial(v: number, d: number, variables: number): Polynomial {
  const exponents = new Int32Array(variables);
  exponents[v] = d;
  return { variables, exponents, coefficients: Float64Array.of(1) };
}

function liftModulo(
  f: Polynomial,
  images: readonly Univariate[],
  leads: readonly Polynomial[],
  bezout: readonly Univariate[],
  p: bigint,
): Polynomial[] | undefined {
  const { variables } = f;
  let factors = images.map((u) => reduced(ofUnivariate(u, variables), p));
  for (let v = 1; v < variables; v++) {
    const target = truncated(f, v + 1);
    const before = factors;
    const others = before.map((_, i) => before.reduce((x, each, j) => (i === j ? x : reduced(P.multiply(x, each), p)), P.constant(1, variables))); // oxfmt-ignore
    factors = before.map((each, i) => withLead(each, truncated(leads[i], v + 1)));
    const most = P.degree(target, v);
    let error = reduced(P.subtract(target, productModulo(factors, p)), p);
    for (let d = 1; d <= most && !P.isZero(error); d++) {
      const part = coefficient(error, v, d);
      if (P.isZero(part)) continue;
      const steps = diophantine(others, part, v - 1, P.degrees(target), images, bezout, p);
      if (steps === undefined) return undefined;
      const power = monomial(v, d, variables);
      factors = factors.map((each, i) => reduced(P.add(each, P.multiply(steps[i], power)), p));
      error = reduced(P.subtract(target, productModulo(factors, p)), p);
    }
    if (!P.isZero(error)) return undefined;
  }
  return factors;
}

function productModulo(factors: readonly Polynomial[], p: bigint): Polynomial {
  return factors.reduce((x, each) => reduced(P.multiply(x, each), p));
}

/** The polynomial with another leading coefficient in variable 0. */
function withLead(a: Polynomial, lead: Polynomial): Polynomial {
  const d = P.degree(a, 0);
  const { variables } = a;
  const list: [Int32Array, number | bigint][] = [];
  for (let k = 0; k < P.size(a); k++)
    if (a.exponents[k * variables] < d) list.push([a.exponents.slice(k * variables, (k + 1) * variables), a.coefficients[k]]); // oxfmt-ignore
  return P.add(P.ofMonomials(list, variables), P.multiply(lead, monomial(0, d, variables)));
}

/** sigma with the sum of sigma_i others_i = c modulo p, in variables 0 to v, degree of sigma_i below that of factor i in variable 0. */
function diophantine(
  others: readonly Polynomial[],
  c: Polynomial,
  v: number,
  degrees: Int32Array,
  images: readonly Univariate[],
  bezout: readonly Univariate[],
  p: bigint,
): Polynomial[] | undefined {
  const { variables } = c;
  if (v === 0) {
    const u = toUnivariate(c);
    return images.map((image, i) => ofUnivariate(remainder(product(u, bezout[i], p), image, p), variables));
  }
  const inner = others.map((b) => truncated(b, v));
  let sigma = diophantine(inner, truncated(c, v), v - 1, degrees, images, bezout, p);
  if (sigma === undefined) return undefined;
  const errorOf = (s: readonly Polynomial[], from: Polynomial): Polynomial => {
    let e = from;
    s.forEach((each, i) => (e = P.subtract(e, P.multiply(each, others[i]))));
    return reduced(e, p);
  };
  let error = errorOf(sigma, c);
  for (let d = 1; d <= degrees[v] && !P.isZero(error); d++) {
    const part = coefficient(error, v, d);
    if (P.isZero(part)) continue;
    const steps = diophantine(inner, part, v - 1, degrees, images, bezout, p);
    if (steps === undefined) return undefined;
    const power = monomial(v, d, variables);
    const terms = steps.map((each) => P.multiply(each, power));
    sigma = sigma.map((each, i) => reduced(P.add(each, terms[i]), p));
    error = errorOf(terms, error);
  }
  return P.isZero(error) ? sigma : undefined;
}

function ofUnivariate(u: Univariate, variables: number): Polynomial {
  return P.ofMonomials(
    u.map((c, d) => {
      const e = new Int32Array(variables);
      e[0] = d;
      return [e, c] as const;
    }),
    variables,
  );
}

function toUnivariate(a: Polynomial): bigint[] {
  const out = new Array<bigint>(P.degree(a, 0) + 1).fill(0n);
  P.bigCoefficients(a).forEach((c, k) => (out[a.exponents[k * a.variables]] += c));
  return out;
}

function trimmed(a: bigint[]): bigint[] {
  while (a.length > 0 && a[a.length - 1] === 0n) a.pop();
  return a;
}

function product(a: Univariate, b: Univariate, p: bigint): bigint[] {
  if (a.length === 0 || b.length === 0) return [];
  const out = new Array<bigint>(a.length + b.length - 1).fill(0n);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) out[i + j] += a[i] * b[j];
  return trimmed(out.map((c) => modulo(c, p)));
}

function divide(a: Univariate, b: Univariate, p: bigint): [bigint[], bigint[]] {
  const rest = a.map((c) => modulo(c, p));
  const top = b.length - 1;
  const unit = inverse(b[top], p)!;
  const quotient = new Array<bigint>(Math.max(0, a.length - top)).fill(0n);
  for (let k = a.length - 1 - top; k >= 0; k--) {
    const q = modulo(rest[k + top] * unit, p);
    quotient[k] = q;
    if (q !== 0n) for (let j = 0; j <= top; j++) rest[k + j] = modulo(rest[k + j] - q * b[j], p);
  }
  return [trimmed(quotient), trimmed(rest.slice(0, Math.min(top, rest.length)))];
}

function remainder(a: Univariate, b: Univariate, p: bigint): bigint[] {
  return divide(a, b, p)[1];
}

/** s_i with the sum of s_i (product of the others) = 1: the inverses of those products modulo each factor. Undefined if not coprime. */
function univariateBezout(factors: readonly Univariate[], p: bigint): Univariate[] | undefined {
  const result: Univariate[] = [];
  for (let i = 0; i < factors.length; i++) {
    const u = factors[i].map((c) => modulo(c, p));
    if (u[u.length - 1] === 0n) return undefined;
    let others: Univariate = [1n];
    factors.forEach((each, j) => {
      if (j !== i)
        others = remainder(
          product(
            others,
            each.map((c) => modulo(c, p)),
            p,
          ),
          u,
          p,
        );
    });
    let [r0, r1]: Univariate[] = [u, others];
    let [t0, t1]: Univariate[] = [[], [1n]];
    while (r1.length > 0) {
      const [q, rest] = divide(r0, r1, p);
      const next = product(q, t1, p);
      const t2 = trimmed(
        Array.from({ length: Math.max(t0.length, next.length) }, (_, k) => modulo((t0[k] ?? 0n) - (next[k] ?? 0n), p)),
      );
      [r0, r1] = [r1, rest];
      [t0, t1] = [t1, t2];
    }
    if (r0.length !== 1) return undefined;
    const unit = inverse(r0[0], p)!;
    result.push(t0.map((c) => modulo(c * unit, p)));
  }
  return result;
}
