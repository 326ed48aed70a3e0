// Room number: exact and inexact numbers. So far: exact rationals; formats, BigFloat and balls come with the numbers issue.
export { Fraction, type Rational, MAX_BITS } from "./rational.ts";
export * as Q from "./rational.ts";
