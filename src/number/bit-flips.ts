// Faults for studies of resilience: bits of the codes of an array's values flipped at random, each with the same probability.
// Bits are numbered through the array, element by element, from the lowest; the distance to the next flipped bit is geometric,
// so that the cost depends on the number of flips. Random numbers come from Philox keyed by (seed, stream), so a study can be repeated.
// Left out: faults in the codes of blocks' scales.
import { Failure, Random } from "../base/index.ts";
import { decode, encode } from "./codes.ts";
import { numberOf } from "./exact.ts";
import type { Format } from "./format.ts";
import { requireDoubles } from "./float-rounding.ts";

export interface FlipOptions {
  /** Probability that a bit is flipped, 0 to 1. */
  readonly rate: number;
  readonly seed?: number;
  readonly stream?: number;
  /** Only bits from this one up to just before `to`; default all. Bit 0 is the lowest. */
  readonly from?: number;
  readonly to?: number;
}

export interface Flip {
  readonly element: number;
  readonly bit: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Flips bits of values of the format, in place, and lists the flips in order. Values that are not of the format are a Failure
 * ("domain"), as are codes that mean nothing (in tables); impossible rates and ranges are a Failure ("usage").
 */
export function flipBits(values: Float64Array, format: Format, options: FlipOptions): Flip[] {
  requireDoubles(format);
  const { rate, seed = 0, stream = 0, from = 0, to = format.bits } = options;
  if (!(rate >= 0 && rate <= 1)) throw new Failure("usage", `a probability of ${rate}`);
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= format.bits))
    throw new Failure("usage", `bits ${from} to ${to} of ${format.name}, which has ${format.bits}`);
  for (const [name, value] of [["seed", seed], ["stream", stream]] as const)
    if (!Number.isSafeInteger(value) || value < 0) throw new Failure("usage", `the ${name} is a whole number from 0, not ${value}`); // oxfmt-ignore
  const width = to - from;
  const flips: Flip[] = [];
  if (rate === 0) return flips;
  const random = new Random(seed, stream);
  const log = Math.log1p(-rate);
  const skip = (): number => (rate === 1 ? 0 : Math.floor(Math.log(1 - random.next()) / log));
  for (let at = skip(); at < values.length * width; at += 1 + skip()) {
    const element = Math.floor(at / width);
    const bit = from + (at % width);
    const before = values[element];
    const code = encode(format, before);
    const after = numberOf(decode(format, code ^ (1n << BigInt(bit))));
    values[element] = after;
    flips.push({ element, bit, before, after });
  }
  return flips;
}
