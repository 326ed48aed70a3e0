// Room number: exact and inexact numbers. So far: exact rationals.
export { Fraction, type Rational, MAX_BITS } from "./rational.ts";
export * as Q from "./rational.ts";
export { compensatedDot, compensatedSum, ExactSum, exactDot, exactSum } from "./sum.ts";
