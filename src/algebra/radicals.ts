// Roots: nested square and cube roots of a + b sqrt(c) without the nesting where that is possible, squares taken out of roots as far as
// assumptions allow, and denominators without roots. Denesting follows from the norm (Borodin, Fagin, Hopcroft, Tompa 1985, for depth two):
// sqrt(a + b sqrt(c)) = sqrt((a + d)/2) + sign(b) sqrt((a - d)/2) with d^2 = a^2 - b^2 c, d rational. Signs are decided by exact comparison.
// Left out: deeper nestings that do not open from the inside, roots of degree above three.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { add, div, Kind, mul, postorder, pow, rebuild, sqrt, sub, type Term } from "../term/index.ts";
import { type Assumptions } from "./assumptions.ts";
import { rationalPower } from "./canonical.ts";
import { factorPolynomial } from "./factor.ts";
import { squareRoot } from "./integer.ts";
import * as P from "./polynomial.ts";
import { reduced, ringOf, toTerm, withoutRoots } from "./ring.ts";

const half: Rational = Q.rational(1n, 2n);

/** The rational square root, if there is one. */
function rationalRoot(a: Rational): Rational | undefined {
  if (Q.sign(a) < 0) return undefined;
  const num = squareRoot(Q.numerator(a));
  const den = squareRoot(Q.denominator(a));
  return num * num === Q.numerator(a) && den * den === Q.denominator(a) ? Q.rational(num, den) : undefined;
}

/** a + b sqrt(c) with rational a, b, c > 0, c no square: its parts. */
function surd(term: Term): { a: Rational; b: Rational; c: Rational } | undefined {
  if (term.kind !== Kind.sum || term.args.length !== 1 || term.value === 0) return undefined;
  const [arg] = term.args;
  if (arg.kind !== Kind.product) return undefined;
  // A product of square roots of numbers, as the constructors split them.
  let c: Rational = 1;
  for (let k = 0; k < arg.args.length; k++) {
    if (arg.args[k].kind !== Kind.number || !Q.equal(arg.weights[k], half) || Q.sign(arg.args[k].value) < 0)
      return undefined;
    c = Q.multiply(c, arg.args[k].value);
  }
  return { a: term.value, b: Q.multiply(term.weights[0], arg.value), c };
}

/** Sign of a + b sqrt(c), exactly. */
function surdSign({ a, b, c }: { a: Rational; b: Rational; c: Rational }): number {
  const sa = Q.sign(a);
  const sb = Q.sign(b);
  if (sa === sb || sb === 0) return sa;
  if (sa === 0) return sb;
  const difference = Q.compare(Q.multiply(a, a), Q.multiply(Q.multiply(b, b), c));
  return difference > 0 ? sa : difference < 0 ? sb : 0;
}

/** sqrt of a + b sqrt(c) as a sum of plain roots; undefined where it does not open. */
function denestSquare(term: Term): Term | undefined {
  const parts = surd(term);
  if (!parts || surdSign(parts) < 0) return undefined;
  const { a, b, c } = parts;
  const { context } = term;
  const norm = Q.subtract(Q.multiply(a, a), Q.multiply(Q.multiply(b, b), c));
  const d = rationalRoot(norm);
  if (d !== undefined) {
    const x = Q.multiply(Q.add(a, d), half);
    const y = Q.multiply(Q.subtract(a, d), half);
    if (Q.sign(x) >= 0 && Q.sign(y) >= 0) {
      const [rx, ry] = [sqrt(context.number(x)), sqrt(context.number(y))];
      // x > y, so the difference is positive.
      return Q.sign(b) < 0 ? sub(rx, ry) : add(rx, ry);
    }
  }
  // a^2 - b^2 c = -c f^2: the fourth root of c comes out.
  const f = rationalRoot(Q.negate(Q.divide(norm, c)));
  if (f !== undefined && Q.sign(b) > 0) {
    const x = Q.multiply(Q.add(b, f), half);
    const y = Q.multiply(Q.subtract(b, f), half);
    if (Q.sign(x) >= 0 && Q.sign(y) >= 0) {
      const fourth = pow(context.number(c), context.number(Q.rational(1n, 4n)));
      const [rx, ry] = [sqrt(context.number(x)), sqrt(context.number(y))];
      return mul(fourth, Q.sign(a) < 0 ? sub(rx, ry) : add(rx, ry));
    }
  }
  return undefined;
}

/** The real cube root of a + b sqrt(c) > 0 as x + y sqrt(c), x and y rational; undefined where there is none. */
function denestCube(term: Term): Term | undefined {
  const parts = surd(term);
  if (!parts || surdSign(parts) <= 0) return undefined;
  const { a, b, c } = parts;
  const { context } = term;
  // Both conjugates by doubles give a guess of 2x with the cube of the denominator below; the cube is compared exactly.
  const root = Math.sqrt(Q.toNumber(c));
  const up = Math.cbrt(Q.toNumber(a) + Q.toNumber(b) * root);
  const down = Math.cbrt(Q.toNumber(a) - Q.toNumber(b) * root);
  for (const den of [1, 2, 3, 4, 6]) {
    const x = Q.rational(BigInt(Math.round(((up + down) / 2) * den) || 0), BigInt(den));
    const y = Q.rational(BigInt(Math.round(((up - down) / (2 * root)) * den) || 0), BigInt(den));
    const x2 = Q.multiply(x, x);
    const y2c = Q.multiply(Q.multiply(y, y), c);
    const cubeA = Q.multiply(x, Q.add(x2, Q.multiply(3, y2c)));
    const cubeB = Q.multiply(y, Q.add(Q.multiply(3, x2), y2c));
    if (Q.equal(cubeA, a) && Q.equal(cubeB, b))
      return add(context.number(x), mul(context.number(y), sqrt(context.number(c))));
  }
  return undefined;
}

/** Roots opened: nested ones, and squares taken out of polynomials under a root as far as signs are known. */
export function openRoots(root: Term, known: Assumptions): Term {
  const done = new Map<Term, Term>();
  for (const term of postorder([root])) {
    const args = term.args.map((arg) => done.get(arg)!);
    if (term.kind !== Kind.product || term.weights.every((w) => Q.isInteger(w))) {
      done.set(term, args.length === 0 ? term : rebuild(term, args));
      continue;
    }
    let product = term.context.number(term.value);
    args.forEach((arg, k) => (product = mul(product, openRoot(arg, term.weights[k], known))));
    done.set(term, product);
  }
  return done.get(root)!;
}

function openRoot(base: Term, exponent: Rational, known: Assumptions): Term {
  const { context } = base;
  const den = Q.denominator(exponent);
  if (den === 1n) return pow(base, context.number(exponent));
  const whole = context.number(Q.rational(Q.numerator(exponent)));
  const nested = den === 2n ? denestSquare(base) : den === 3n ? denestCube(base) : undefined;
  if (nested) return pow(nested, whole);
  if (base.kind === Kind.sum) {
    try {
      const ring = ringOf([base]);
      const { num, den: below } = reduced(ring, ring.of(base));
      const square = factorPolynomial(num);
      if (P.isConstant(below) && square.factors.some(([, n]) => BigInt(n) >= den)) {
        let product = context.number(Q.rational(square.content, P.leading(below)));
        for (const [f, n] of square.factors) product = mul(product, pow(toTerm(ring, f), n));
        return rationalPower(product, exponent, known);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  return rationalPower(base, exponent, known);
}

/** The fraction with no root in its denominator: multiplied by conjugates, for roots of degree two and for i. */
export function rationalised(term: Term): Term {
  const ring = ringOf([term]);
  const fraction = reduced(ring, withoutRoots(ring, ring.of(term)));
  if (P.isConstant(fraction.den)) return toTerm(ring, fraction.num, P.leading(fraction.den));
  return div(toTerm(ring, fraction.num), toTerm(ring, fraction.den));
}
