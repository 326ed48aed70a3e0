// Random polynomials for property tests.
import fc from "fast-check";
import { polynomial as P, type Polynomial } from "../../src/algebra/index.ts";

/** Random polynomials; coefficients of all sizes, so that doubles and BigInts both occur. */
export function polynomials(variables: number, degree = 4, terms = 6): fc.Arbitrary<Polynomial> {
  const coefficient = fc.oneof(
    fc.bigInt(-9n, 9n),
    fc.bigInt(-(2n ** 50n), 2n ** 50n),
    fc.bigInt(-(2n ** 90n), 2n ** 90n),
  );
  const monomial = fc.tuple(fc.array(fc.nat(degree), { minLength: variables, maxLength: variables }), coefficient);
  return fc
    .array(monomial, { maxLength: terms })
    .map((list) => P.ofMonomials([...new Map(list.map(([e, c]) => [e.join(), [e, c] as const])).values()], variables));
}
