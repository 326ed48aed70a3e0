// What a routine that rounds doubles to a float format must know, settled once: the constants of the format as doubles, the
// mode, and where overflow and infinities go. The scalar routines (round-double.ts, round.ts) and kernel generators take it.
// Only formats whose values are doubles have one; for the others there is roundExact.
import { Failure } from "../base/index.ts";
import { floorLog2, numberOf } from "./exact.ts";
import type { FloatFormat, Format } from "./format.ts";
import { ladderOf, magnitudeOf } from "./ladder.ts";
import { type RoundOptions, settle } from "./round-exact.ts";
import { landing, rangeOf, type RoundingMode } from "./rounding.ts";

export interface FloatRounding {
  readonly format: FloatFormat;
  readonly mode: RoundingMode;
  /** Stochastic modes: the number N of random bits, 1 to 32. */
  readonly bits: number;
  /** t, the significant bits of a normal number, the hidden one included; 1 to 53. */
  readonly precision: number;
  readonly emin: number;
  readonly emax: number;
  /** The largest finite value, xmax. */
  readonly largest: number;
  /** The smallest value above zero: a subnormal where they are kept, else 2^emin. */
  readonly smallest: number;
  /** Results for what is rounded beyond the largest value, beyond the smallest one (unsigned: below zero), and for infinities. */
  readonly above: number;
  readonly below: number;
  readonly infinity: number;
  readonly minusInfinity: number;
  /** What a negative result of magnitude zero is: -0, or 0 in formats with one zero; 2^emin in a format without zero. */
  readonly minusZero: number;
  readonly plusZero: number;
}

/** Every value of the format is a double. */
export function withinDoubles(format: Format): boolean {
  if (format.kind === "float")
    return format.precision <= 53 && format.emax <= 1023 && format.emin - format.precision + 1 >= -1074;
  if (format.kind === "table") return true;
  if (format.kind === "posit") return (format.bits - 2) * 2 ** format.es <= 1022 && format.bits <= 54;
  const ladder = ladderOf(format);
  const ends = [ladder.at(ladder.first), ladder.at(ladder.last)];
  return ends.every((end) => end.num === 0n || Math.abs(floorLog2(end)) <= 1022);
}

export function requireDoubles(format: Format): void {
  if (!withinDoubles(format))
    throw new Failure("unsupported", `values of ${format.name} are beyond doubles`, {
      hint: "roundExact(x, format) rounds to exact values.",
    });
}

/** The constants of a rounding. Fails ("unsupported") on formats with values that are no doubles, ("usage") on bad options. */
export function floatRounding(format: FloatFormat, options: RoundOptions = {}): FloatRounding {
  requireDoubles(format);
  const { mode, overflow, bits } = settle(format, options);
  const { precision, emin, emax, signed, zero, subnormals } = format;
  const largest = numberOf(magnitudeOf(format, format.largest));
  const plusZero = zero === "none" ? 2 ** emin : 0;
  const minusZero = zero === "signed" ? -0 : plusZero;
  const end = (negative: boolean, infinite: boolean): number => {
    const where = landing(overflow, mode, rangeOf(format), negative, infinite);
    if (where === "nan") return Number.NaN;
    if (where === "infinity") return negative ? -Infinity : Infinity;
    if (negative) return signed ? -largest : plusZero;
    return largest;
  };
  return Object.freeze<FloatRounding>({
    format,
    mode,
    bits,
    precision,
    emin,
    emax,
    largest,
    smallest: subnormals === "kept" ? 2 ** (emin - precision + 1) : 2 ** emin,
    above: end(false, false),
    below: end(true, false),
    infinity: end(false, true),
    minusInfinity: end(true, true),
    minusZero,
    plusZero,
  });
}
