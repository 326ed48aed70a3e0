// Doubles that are hard to round to a format, for tests and for bench/rounding-exhaustive.ts: values of the format and the
// points halfway and a quarter of the way between them, each with both neighbouring doubles, at both ends of the range and
// anywhere in it; doubles between subnormals, around overflow, around the ends of the doubles; zeros, infinities, NaN.
// Drawn from a counter-based stream, so a run can be repeated from its seed.
import { Random } from "../../src/base/index.ts";
import { floorLog2, numberOf } from "../../src/number/exact.ts";
import type { Format } from "../../src/number/format.ts";
import { ladderOf } from "../../src/number/ladder.ts";

const bits = new BigInt64Array(1);
const double = new Float64Array(bits.buffer);

/** The double `steps` places further from zero (negative: nearer), zero and infinity being the ends. */
export function stepDouble(x: number, steps: number): number {
  double[0] = Math.abs(x);
  bits[0] += BigInt(steps);
  if (bits[0] < 0n) bits[0] = 0n;
  if (bits[0] > 0x7ff0000000000000n) bits[0] = 0x7ff0000000000000n;
  return x < 0 || Object.is(x, -0) ? -double[0] : double[0];
}

const SPECIAL: readonly number[] = [0, Infinity, Number.NaN, 5e-324, 1e-323, 2 ** -1022, 2.2250738585072011e-308, Number.MAX_VALUE, 2 ** 1023, 1, 1 / 3]; // oxfmt-ignore

/** A function that draws the next double. Formats whose ends are beyond doubles are sampled within doubles. */
export function adversarial(format: Format, seed: number): () => number {
  const random = new Random(seed, 0x5eed);
  const ladder = ladderOf(format);
  const clampExponent = (e: number): number => Math.max(-1074, Math.min(1023, e));
  const top = ladder.at(ladder.last);
  const high = top.num === 0n ? 0 : clampExponent(floorLog2(top));
  const small = ladder.at(
    ladder.first > 0n ? ladder.first : ladder.first <= 0n && ladder.last > 0n ? 1n : ladder.first,
  );
  const low = small.num === 0n ? high : clampExponent(floorLog2(small));
  const precision = format.kind === "float" ? Math.min(format.precision, 53) : 6;
  const largest = high < 1023 ? numberOf(top) : Number.MAX_VALUE;

  return () => {
    const kind = Math.floor(random.next() * 16);
    const negative = random.next() < 0.5;
    let x: number;
    if (kind === 0) x = SPECIAL[Math.floor(random.next() * SPECIAL.length)];
    else if (kind === 1) {
      bits[0] = (BigInt(Math.floor(random.next() * 2 ** 31)) << 32n) | BigInt(Math.floor(random.next() * 2 ** 32));
      x = double[0];
    } else if (kind === 2) x = largest * (1 + Math.floor(random.next() * 9 - 4) * 2 ** -(precision + 1));
    else {
      // A binade: near the bottom, near the top, or any; from just below the range to just above it.
      const place = kind < 6 ? low + random.next() * 4 - 3 : kind < 9 ? high + random.next() * 4 - 2 : low + random.next() * (high - low + 1); // oxfmt-ignore
      const e = clampExponent(Math.floor(place));
      // precision + 2 bits: values, halves and quarters of the last place; fewer where the format has subnormals.
      const quarters =
        Math.floor((1 + random.next()) * 2 ** Math.min(precision + 1, 52)) / 2 ** Math.min(precision + 1, 52);
      const unit = low - 2;
      x = quarters * 2 ** e;
      if (e < low + precision && unit > -1074 && random.next() < 0.7) x = Math.floor(x / 2 ** unit) * 2 ** unit;
    }
    const step = Math.floor(random.next() * 5) - 2;
    if (Number.isFinite(x) && Math.abs(step) === 1) x = stepDouble(x, step);
    return negative ? -x : x;
  };
}
