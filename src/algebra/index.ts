// Room algebra: knowing mathematics.
export { assume, NOTHING, Sign, within, type Assumptions, type End, type Known } from "./assumptions.ts";
export { lostConditions } from "./conditions.ts";
export { simplify, type Simplified, type SimplifyOptions } from "./simplify.ts";
export { cancel, coefficientList, collect, expand, factor, together } from "./rational.ts";
export { apart } from "./apart.ts";
export { trigExpand, trigReduce } from "./trigonometry.ts";
export { rationalised as rationalise } from "./radicals.ts";
export { canonical } from "./canonical.ts";
export { equal, isZero, vanishes, type Equality, type EqualOptions } from "./zero.ts";
export { complexValues, type ComplexBall, type Point } from "./complex-value.ts";
export { measure } from "./measure.ts";
export { characteristicPolynomial, determinant, inverse, matrixOf, multiplyMatrices, nullSpace, rank, solveLinear, type MatrixOptions, type TermMatrix } from "./matrix.ts"; // oxfmt-ignore
export { eigenvalues, type Eigenvalue } from "./eigenvalues.ts";
export * as polynomial from "./polynomial.ts";
export type { Polynomial } from "./polynomial.ts";
export { cofactors, gcd } from "./gcd.ts";
export { factorPolynomial, squareFree, type Factorization } from "./factor.ts";
export { discriminant, resultant } from "./resultant.ts";
export { groebnerBasis, type GroebnerBasis, type GroebnerOptions } from "./groebner.ts";
export type { MonomialOrder } from "./monomial-order.ts";
export { applyRelations, reduced, ringOf, toTerm, type Fraction, type Relation, type Ring, type RingOptions } from "./ring.ts"; // oxfmt-ignore
export { within as algebraWithin } from "./work.ts";
