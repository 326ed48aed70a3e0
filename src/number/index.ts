// Room number: exact and inexact numbers: exact rationals, binary floats of any precision, balls, intervals of doubles,
// double-double, complex numbers over any of them.
export { Fraction, type Rational, MAX_BITS } from "./rational.ts";
export * as Q from "./rational.ts";
export { BigFloat, type RoundingMode } from "./bigfloat.ts";
export * as bigfloat from "./bigfloats.ts";
export { Ball } from "./ball.ts";
export * as balls from "./balls.ts";
export type { Interval } from "./interval.ts";
export * as intervals from "./interval.ts";
export type { DoubleDouble } from "./double-double.ts";
export * as doubleDouble from "./double-double.ts";
export {
  ballField,
  bigFloats,
  complexField,
  doubles,
  type Complex,
  type ComplexField,
  type RealField,
} from "./complex.ts";
