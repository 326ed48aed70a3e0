import fc from "fast-check";
import { Meter } from "../base/index.ts";
import { expect, test } from "vitest";
import { factorPolynomial } from "./factor.ts";
import { cyclotomic, factorSquareFree } from "./factor-univariate.ts";
import * as P from "./polynomial.ts";
import { polynomials } from "../../bench/oracle/polynomials.ts";

const small = (variables: number): fc.Arbitrary<P.Polynomial> =>
  polynomials(variables, 2, 4).filter(
    (a) => !P.isConstant(a) && P.bigCoefficients(a).every((c) => c < 2n ** 20n && c > -(2n ** 20n)),
  );

function multiplied({ content, factors }: ReturnType<typeof factorPolynomial>, variables: number): P.Polynomial {
  return factors.reduce((x, [f, n]) => P.multiply(x, P.power(f, n)), P.constant(content, variables));
}

for (const variables of [1, 2, 3])
  test(`factors multiply to the polynomial and are irreducible: ${variables} variables`, () => {
    fc.assert(
      fc.property(small(variables), small(variables), small(variables), (a, b, c) => {
        const whole = P.multiply(P.multiply(a, b), P.multiply(c, a));
        const made = factorPolynomial(whole);
        expect(P.equal(multiplied(made, variables), whole)).toBe(true);
        expect(made.factors.reduce((sum, [, n]) => sum + n, 0)).toBeGreaterThanOrEqual(4);
        for (const [f] of made.factors) {
          const again = factorPolynomial(f);
          expect(again.factors.length).toBe(1);
          expect(again.factors[0][1]).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });

const univariate = (...coefficients: number[]): bigint[] => coefficients.map(BigInt);
const count = (f: bigint[]): number => factorSquareFree(f, new Meter({ time_ms: 20_000 })).length;

test("irreducible polynomials that split modulo every prime", () => {
  expect(count(univariate(1, 0, 0, 0, 1))).toBe(1);
  expect(count(univariate(1, 0, -10, 0, 1))).toBe(1);
  // sqrt 2 + sqrt 3 + sqrt 5, and with sqrt 7: Swinnerton-Dyer polynomials.
  expect(count(univariate(576, 0, -960, 0, 352, 0, -40, 0, 1))).toBe(1);
  const fourth = [46225, 0, -5596840, 0, 13950764, 0, -7453176, 0, 1513334, 0, -141912, 0, 6476, 0, -136, 0, 1];
  expect(count(univariate(...fourth))).toBe(1);
  expect(count(univariate(4, 0, 0, 0, 1))).toBe(2);
});

test("x^n - 1 is the product of cyclotomic polynomials, one a divisor", () => {
  for (const n of [1, 2, 12, 30, 105]) {
    const f = new Array<bigint>(n + 1).fill(0n);
    f[0] = -1n;
    f[n] = 1n;
    let divisors = 0;
    for (let d = 1; d <= n; d++) if (n % d === 0) divisors++;
    expect(count(f)).toBe(divisors);
  }
  // The first with a coefficient other than 0 and +-1.
  expect(cyclotomic(105)).toContain(-2n);
  expect(cyclotomic(105).length).toBe(49);
});

test("a polynomial whose images split further than it does", () => {
  // x^4 + y^4 is irreducible; x^4 + 4 y^4 is not.
  const [x, y] = [P.variable(0, 2), P.variable(1, 2)];
  expect(factorPolynomial(P.add(P.power(x, 4), P.power(y, 4))).factors.length).toBe(1);
  expect(factorPolynomial(P.add(P.power(x, 4), P.scale(P.power(y, 4), 4))).factors.length).toBe(2);
  const f = P.add(P.add(P.power(x, 2), P.power(y, 3)), P.constant(1, 2));
  expect(factorPolynomial(f).factors.length).toBe(1);
  const g = P.subtract(P.power(x, 4), P.multiply(P.add(y, P.constant(1, 2)), P.power(y, 2)));
  expect(factorPolynomial(g).factors.length).toBe(1);
});

test("a budget that ends is said", () => {
  const fourth = [46225, 0, -5596840, 0, 13950764, 0, -7453176, 0, 1513334, 0, -141912, 0, 6476, 0, -136, 0, 1];
  // Eight modular factors and no true one: all subsets are tried.
  const meter = new Meter({ steps: 20 });
  while (meter.steps % 256 !== 250) meter.steps++;
  expect(() => factorSquareFree(fourth.map(BigInt), meter)).toThrow("within the budget");
  expect(() => factorPolynomial(P.constant(0, 2))).toThrow("zero polynomial");
});
