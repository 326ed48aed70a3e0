import fc from "fast-check";
import { expect, test } from "vitest";
import { polynomials } from "../../bench/oracle/polynomials.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";

/** The value at integers. */
function at(a: Polynomial, x: readonly bigint[]): bigint {
  let sum = 0n;
  P.bigCoefficients(a).forEach((c, k) => {
    let product = c;
    x.forEach((value, v) => (product *= value ** BigInt(a.exponents[k * a.variables + v])));
    sum += product;
  });
  return sum;
}

const POINTS = [
  [2n, -3n, 5n],
  [-7n, 11n, 13n],
  [10n ** 12n + 39n, -(10n ** 11n), 3n],
];

test("sums, products, powers and quotients have the values of integers", () => {
  fc.assert(
    fc.property(polynomials(3), polynomials(3), fc.nat(3), (a, b, n) => {
      for (const x of POINTS) {
        expect(at(P.add(a, b), x)).toBe(at(a, x) + at(b, x));
        expect(at(P.subtract(a, b), x)).toBe(at(a, x) - at(b, x));
        expect(at(P.multiply(a, b), x)).toBe(at(a, x) * at(b, x));
        expect(at(P.power(a, n), x)).toBe(at(a, x) ** BigInt(n));
      }
      if (!P.isZero(b)) expect(P.equal(P.divide(P.multiply(a, b), b)!, a)).toBe(true);
    }),
  );
});

test("a quotient that is not a polynomial is not given", () => {
  fc.assert(
    fc.property(polynomials(2), polynomials(2), polynomials(2), (a, b, c) => {
      fc.pre(!P.isZero(b) && !P.isZero(c) && !P.isConstant(b));
      // c has lower degree than b in some variable unless the division is exact anyway.
      const sum = P.add(P.multiply(a, b), P.constant(1, 2));
      expect(P.divide(sum, b)).toBeUndefined();
    }),
  );
});

test("monomials stay in order, and zero coefficients go", () => {
  fc.assert(
    fc.property(polynomials(3), polynomials(3), (a, b) => {
      for (const made of [P.add(a, b), P.multiply(a, b), P.subtract(a, a)]) {
        for (let k = 1; k < P.size(made); k++) {
          const before = Array.from(made.exponents.subarray((k - 1) * 3, k * 3));
          const now = Array.from(made.exponents.subarray(k * 3, (k + 1) * 3));
          const v = before.findIndex((e, i) => e !== now[i]);
          expect(before[v]).toBeGreaterThan(now[v]);
        }
        for (const c of P.bigCoefficients(made)) expect(c).not.toBe(0n);
      }
    }),
  );
});

test("coefficients by a variable put together again are the polynomial", () => {
  fc.assert(
    fc.property(polynomials(3), fc.nat(2), (a, v) => {
      fc.pre(!P.isZero(a));
      expect(P.equal(P.fromCoefficients(P.coefficientsBy(a, v), v), a)).toBe(true);
      expect(P.equal(P.leadingCoefficient(a, v), P.coefficientsBy(a, v)[P.degree(a, v)])).toBe(true);
    }),
  );
});

test("many variables of high degree do not fit one key, and are multiplied all the same", () => {
  const n = 12;
  const exponents = Array.from({ length: n }, (_, v) => 40 + v);
  const a = P.ofMonomials([[exponents, 3n], [exponents.map(() => 1), -2n]], n); // oxfmt-ignore
  const b = P.ofMonomials([[exponents.toReversed(), 5n], [exponents.map(() => 0), 7n]], n); // oxfmt-ignore
  const product = P.multiply(a, b);
  expect(P.size(product)).toBe(4);
  expect(P.equal(P.divide(product, b)!, a)).toBe(true);
  expect(P.divide(P.add(product, P.constant(1, n)), b)).toBeUndefined();
});

test("(x + y + z + 1)^n has its binomial number of monomials and multinomial coefficients", () => {
  const one = P.constant(1, 3);
  const s = [0, 1, 2].map((v) => P.variable(v, 3)).reduce(P.add, one);
  for (const n of [5, 20, 40]) {
    const power = P.power(s, n);
    expect(P.size(power)).toBe(((n + 1) * (n + 2) * (n + 3)) / 6);
    expect(P.bigCoefficients(power).reduce((sum, c) => sum + c, 0n)).toBe(4n ** BigInt(n));
  }
});
