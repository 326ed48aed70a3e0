// The fast path: rounding of doubles to float formats of at most 51 bits that lie within the doubles, on doubles alone,
// bit for bit what the oracle (round-exact.ts) gives. With 2^e <= |x| < 2^(e+1), e at least emin:
//   q = |x| 2^(p-1-e) is exact, n = floor(q), nu = q - n is exact; the mode chooses n or n + 1; y = n 2^(e+1-p) is exact.
// Formats that this does not cover (more than 51 bits, integers, posits, tables) go through the oracle, exactly and slowly.
import { Failure } from "../base/index.ts";
import { floorLog2, numberOf } from "./exact.ts";
import type { FloatFormat, Format } from "./format.ts";
import { ladderOf, magnitudeOf } from "./ladder.ts";
import { type RoundOptions, roundExact, settle } from "./round-exact.ts";
import { isStochastic, landing, randomBits, rangeOf, ROUNDING_MODES } from "./rounding.ts";

/** Rounds doubles; `index` numbers the random bits of stochastic modes. */
export type Rounder = (x: number, index: number) => number;

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Exponent of a double > 0, subnormals included. */
function exponentOf(a: number): number {
  double[0] = a;
  const e = words[HIGH] >>> 20;
  if (e !== 0) return e - 1023;
  double[0] = a * 2 ** 54;
  return (words[HIGH] >>> 20) - 1077;
}

/** 2^e for -1074 <= e <= 1023, at e + 1074. */
const POWERS = Float64Array.from({ length: 2098 }, (_, i) => (i < 52 ? 2 ** (i - 974) * 2 ** -100 : 2 ** (i - 1074)));
const powerOfTwo = (e: number): number => POWERS[e + 1074];

/** Every value of the format is a double. */
export function withinDoubles(format: Format): boolean {
  if (format.kind === "float")
    return format.precision <= 53 && format.emax <= 1023 && format.emin - format.precision + 1 >= -1074;
  const ladder = ladderOf(format);
  if (format.kind === "table") return true;
  const ends = [ladder.at(ladder.first), ladder.at(ladder.last)];
  if (format.kind === "posit") return (format.bits - 2) * 2 ** format.es <= 1022 && format.bits <= 54;
  return ends.every((end) => end.num === 0n || Math.abs(floorLog2(end)) <= 1022);
}

/** Does the fast path cover the format? */
export function isFast(format: Format): format is FloatFormat {
  return format.kind === "float" && format.precision <= 51 && format.zero !== "none" && withinDoubles(format);
}

/**
 * A function that rounds doubles to the format. Its results are doubles: the values themselves (of integers with a scale and
 * of tables, the doubles nearest to them). Fails ("unsupported") for formats beyond the doubles: use roundExact.
 * Stochastic modes take R from `options.random`, or from (seed, stream, index).
 */
export function rounder(format: Format, options: RoundOptions = {}): Rounder {
  const settled = settle(format, options);
  if (!withinDoubles(format))
    throw new Failure("unsupported", `values of ${format.name} are beyond doubles`, {
      hint: "roundExact(x, format) rounds to exact values.",
    });
  if (isFast(format)) return fastRounder(format, options, settled);
  return (x, index) => numberOf(roundExact(x, format, { ...options, index }));
}

function fastRounder(format: FloatFormat, options: RoundOptions, settled: ReturnType<typeof settle>): Rounder {
  const { precision, emin, subnormals, signed, zero } = format;
  const { mode, overflow, bits } = settled;
  const { seed = 0, stream = 0, random } = options;
  const stochastic = isStochastic(mode);
  const largest = numberOf(magnitudeOf(format, format.largest));
  const smallest = 2 ** (precision - 1);
  const minusZero = zero === "signed" ? -0 : 0;
  const scale = 2 ** bits;
  const one = precision === 1;
  const kind = Object.keys(ROUNDING_MODES).indexOf(mode);
  /** Parity of the code of n: that of n, for precision 1 that of the binade. */
  const isOdd = (n: number, gap: boolean, e: number): boolean => {
    if (gap) return false;
    const k = one ? e - emin + n : n;
    return k !== 2 * Math.floor(k / 2);
  };
  const ends = [false, true].flatMap((infinite) =>
    [false, true].map((negative) => {
      const where = landing(overflow, mode, rangeOf(format), negative, infinite);
      if (where === "nan") return Number.NaN;
      if (where === "infinity") return negative ? -Infinity : Infinity;
      return negative ? (signed ? -largest : 0) : largest;
    }),
  );

  return (x, index) => {
    if (x === 0) return Object.is(x, -0) ? minusZero : 0;
    const a = Math.abs(x);
    if (a === Infinity) return ends[x < 0 ? 3 : 2];
    if (a !== a) return Number.NaN;
    const log = exponentOf(a);
    const e = log < emin ? emin : log;
    const gap = log < emin && subnormals === "none";
    // Scale so that the last place is 1; in two steps where the power would leave the doubles.
    const shift = gap ? -emin : precision - 1 - e;
    const q = shift > 1000 ? a * 2 ** 900 * powerOfTwo(shift - 900) : shift < -1022 ? a * 2 ** -900 * powerOfTwo(shift + 900) : a * powerOfTwo(shift); // oxfmt-ignore
    let n = Math.floor(q);
    const nu = q - n;
    if (nu !== 0 || q === 0) {
      let away: boolean;
      switch (kind) {
        case 0: // nearest-even
          away = nu > 0.5 || (nu === 0.5 && isOdd(n, gap, e));
          break;
        case 1: // nearest-away
          away = nu >= 0.5;
          break;
        case 2: // nearest-zero
          away = nu > 0.5;
          break;
        case 3: // up
          away = x > 0;
          break;
        case 4: // down
          away = x < 0;
          break;
        case 5: // toward-zero
          away = false;
          break;
        case 6: // to-odd
          away = !isOdd(n, gap, e);
          break;
        default: {
          const r = stochastic && random !== undefined ? random : randomBits(seed, stream, index, bits);
          if (mode === "stochastic-a") away = Math.floor(nu * scale) + r >= scale;
          else if (mode === "stochastic-b") away = Math.floor(nu * 2 * scale) + 2 * r + 1 >= 2 * scale;
          else if (mode === "stochastic-c") away = roundEven(nu * scale) + r >= scale;
          else away = r >= scale / 2;
        }
      }
      if (away) n += 1;
    }
    if (gap) n *= smallest;
    if (n === 0 || (subnormals === "flush" && log < emin && n < smallest)) return x < 0 ? minusZero : 0;
    const place = e - precision + 1;
    // n 2^place: exact unless above the largest double, which is above the largest value too.
    const y = place < -1022 ? n * 2 ** -900 * powerOfTwo(place + 900) : n * powerOfTwo(place);
    if (y > largest || (x < 0 && !signed)) return ends[x < 0 ? 1 : 0];
    return x < 0 ? -y : y;
  };
}

/** Integer nearest to 0 <= x < 2^32, ties to even. */
function roundEven(x: number): number {
  const n = Math.floor(x);
  const rest = x - n;
  return rest > 0.5 || (rest === 0.5 && n % 2 !== 0) ? n + 1 : n;
}

/** One double rounded to the format (see rounder for the results and failures). */
export function round(x: number, format: Format, options: RoundOptions = {}): number {
  return rounder(format, options)(x, options.index ?? 0);
}

/** An array rounded; element i takes the random bits number index + i. `out` may be the input. */
export function roundArray(
  xs: ArrayLike<number>,
  format: Format,
  options: RoundOptions = {},
  out: Float64Array = new Float64Array(xs.length),
): Float64Array {
  if (out.length < xs.length)
    throw new Failure("domain", `${xs.length} results do not fit in an array of ${out.length}`);
  const apply = rounder(format, options);
  const { index = 0 } = options;
  for (let i = 0; i < xs.length; i++) out[i] = apply(xs[i], index + i);
  return out;
}
