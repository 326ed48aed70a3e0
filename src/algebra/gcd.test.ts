import fc from "fast-check";
import { expect, test } from "vitest";
import { cofactors, gcd } from "./gcd.ts";
import * as P from "./polynomial.ts";
import { polynomials } from "../../bench/oracle/polynomials.ts";
import { discriminant, resultant } from "./resultant.ts";

test("the gcd divides both, and the cofactors are coprime", () => {
  fc.assert(
    fc.property(polynomials(3, 3), polynomials(3, 3), polynomials(3, 3), (a, b, g) => {
      fc.pre(![a, b, g].some(P.isZero));
      const [f, h] = [P.multiply(a, g), P.multiply(b, g)];
      const made = cofactors(f, h);
      expect(P.equal(P.multiply(made.gcd, made.a), f)).toBe(true);
      expect(P.equal(P.multiply(made.gcd, made.b), h)).toBe(true);
      expect(P.divide(made.gcd, P.primitive(g).part)).toBeDefined();
      expect(P.isConstant(gcd(made.a, made.b))).toBe(true);
      expect(P.leading(made.gcd) > 0n).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("variables in one of the two only, contents and monomials", () => {
  const [x, y, z] = [0, 1, 2].map((v) => P.variable(v, 3));
  const a = P.scale(P.multiply(P.multiply(x, y), P.add(y, z)), 6);
  const b = P.scale(P.multiply(P.multiply(y, y), P.add(y, z)), 4);
  expect(P.equal(gcd(a, b), P.scale(P.multiply(y, P.add(y, z)), 2))).toBe(true);
  expect(P.equal(gcd(P.constant(0, 3), P.negate(a)), a)).toBe(true);
});

test("boxes too large for images fall back to remainder sequences", () => {
  const [x, y, z] = [0, 1, 2].map((v) => P.variable(v, 3));
  const g = P.add(P.add(P.power(x, 3), P.multiply(P.power(y, 300), z)), P.constant(1, 3));
  const a = P.multiply(g, P.add(P.power(z, 90), x));
  const b = P.multiply(g, P.subtract(P.power(z, 90), y));
  expect(P.equal(gcd(a, b), g)).toBe(true);
});

// Values by definition: the resultant is lc(a)^deg b times the product of b at the roots of a.
test("resultants of products of linear factors", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 4 }),
      (r, s) => {
        const linear = (roots: readonly number[]): P.Polynomial =>
          roots.map((root) => P.subtract(P.variable(0, 1), P.constant(root, 1))).reduce(P.multiply);
        let expected = 1n;
        for (const i of r) for (const j of s) expected *= BigInt(i - j);
        const made = resultant(linear(r), linear(s), 0);
        expect(P.isZero(made) ? 0n : P.leading(made)).toBe(expected);
      },
    ),
  );
  const cubic = P.ofMonomials([[[3], 1n], [[1], -2n], [[0], 5n]], 1); // oxfmt-ignore
  expect(P.leading(discriminant(cubic, 0))).toBe(-643n);
});
