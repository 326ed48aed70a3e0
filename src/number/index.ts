// Room number: exact rationals, sums rounded once, formats and their roundings, binary floats of any precision, balls,
// intervals of doubles, double-double, complex numbers over any of them.
export { Fraction, type Rational, MAX_BITS } from "./rational.ts";
export * as Q from "./rational.ts";
export { compensatedDot, compensatedSum, ExactSum, exactDot, exactSum } from "./sum.ts";
export { compareExact, doubleOf, type Exact, exact, type Finite, numberOf, rationalOf, sameExact } from "./exact.ts";
export * from "./format.ts";
export { FORMAT_NAMES, formatNamed, NAMED_FORMATS } from "./named-formats.ts";
export { OVERFLOW_RULES, randomBits, ROUNDING_MODES, roundingMode, type RoundingMode } from "./rounding.ts";
export { roundExact, type RoundOptions } from "./round-exact.ts";
export { type FloatRounding, floatRounding, withinDoubles } from "./float-rounding.ts";
export { isFast, round, roundArray, rounder, type Rounder } from "./round.ts";
export { codeNumber, codeTable, type Coded, decode, encode, type Facts, factsOf, hasValue, hex, nanCode, nextDown, nextUp, valuesOf } from "./codes.ts"; // oxfmt-ignore
export { convertNan, hasPayloads } from "./nan.ts";
export { type DecimalReading, hexFloat, readExact, shortestDecimal, showValue } from "./number-text.ts";
export { anyFormatNamed, BLOCK_FORMAT_NAMES, type Blocked, blockFormat, type BlockFormat, blockFormatNamed, type BlockOptions, roundBlocks } from "./blocks.ts"; // oxfmt-ignore
export { BigFloat, type RoundingMode as BigFloatRounding } from "./bigfloat.ts";
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
export { type Flip, flipBits, type FlipOptions } from "./bit-flips.ts";
