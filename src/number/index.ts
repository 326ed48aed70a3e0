// Room number: exact and inexact numbers: exact rationals, binary floats of any precision, balls.
export { Fraction, type Rational, MAX_BITS } from "./rational.ts";
export * as Q from "./rational.ts";
export { BigFloat, type RoundingMode } from "./bigfloat.ts";
export * as bigfloat from "./bigfloats.ts";
export { Ball } from "./ball.ts";
export * as balls from "./balls.ts";
