// Rounding of doubles, scalars and arrays, bit for bit what the oracle (round-exact.ts) gives. Three roads:
//   grid     the usual case. Values near |x| = a are the multiples of a unit u; M = 2^52 u makes r = (a + M) - M the
//            multiple of u nearest to a, ties to even, since a + M lies where doubles are u apart. r, the remainder a - r and
//            the lower neighbour are exact, and every other mode is decided from them. M is looked up by sign and exponent
//            of x; it is NaN where this does not hold (no such M, no subnormals, p = 1, infinities, NaN), and so is the result.
//   double   roundDouble, for floats wherever the grid gave NaN or something beyond the largest value
//   exact    roundExact, for integers wherever the grid did, and for all formats without a grid (posits, tables, bipolar
//            integers, scales that are no powers of two)
// The magic constant is folklore (Knuth, TAOCP 2, 4.2.2; Dekker 1971).
import { Failure } from "../base/index.ts";
import { numberOf } from "./exact.ts";
import { type FloatRounding, floatRounding, requireDoubles, withinDoubles } from "./float-rounding.ts";
import type { FloatFormat, Format, IntegerFormat } from "./format.ts";
import * as Q from "./rational.ts";
import { HIGH, roundDouble } from "./round-double.ts";
import { type RoundOptions, roundExact, settle } from "./round-exact.ts";
import { isStochastic, randomBits, ROUNDING_MODES, type RoundingMode } from "./rounding.ts";

/** Rounds doubles; `index` numbers the random bits of stochastic modes. */
export type Rounder = (x: number, index: number) => number;

/** Does rounding to the format take doubles only (all floats within them, integers times powers of two below 2^52)? */
export function isFast(format: Format): format is FloatFormat | IntegerFormat {
  return (format.kind === "float" && withinDoubles(format)) || (format.kind === "integer" && gridOf(format) !== undefined); // oxfmt-ignore
}

interface Grid {
  /** M by the twelve highest bits of x: sign and exponent. */
  readonly magic: Float64Array;
  /** Largest magnitudes of positive and of negative results. */
  readonly ends: Float64Array;
  /** Added to every result: 0 makes -0 to 0, -0 changes nothing. */
  readonly zero: number;
}

const grids = new WeakMap<Format, Grid>();

/** The exponents for which M and everything derived from it is exact: u >= 2^-1040 leaves 34 bits for random fractions. */
const unitOk = (log: number): boolean => log >= -1040 && log + 52 <= 1023;

function gridOf(format: Format): Grid | undefined {
  const known = grids.get(format);
  if (known) return known;
  const made = format.kind === "float" ? floatGrid(format) : format.kind === "integer" ? integerGrid(format) : undefined; // oxfmt-ignore
  if (made) grids.set(format, made);
  return made;
}

function floatGrid({ precision, emin, emax, subnormals, signed, zero, ...format }: FloatFormat): Grid | undefined {
  const { largest } = floatRounding({ precision, emin, emax, subnormals, signed, zero, ...format });
  const magic = new Float64Array(4096).fill(Number.NaN);
  if (precision > 1 && precision <= 52 && zero !== "none")
    for (let biased = 0; biased < 2047; biased++) {
      const log = biased - 1023;
      if (log > emax || (log < emin && subnormals !== "kept")) continue;
      const unit = Math.max(log, emin) - precision + 1;
      if (!unitOk(unit)) continue;
      magic[biased] = 2 ** (unit + 52);
      if (signed) magic[2048 + biased] = magic[biased];
    }
  return { magic, ends: Float64Array.of(largest, largest), zero: zero === "signed" ? -0 : 0 };
}

/** Integers times a power of two: the unit is the scale everywhere. */
function integerGrid({ scale, step, min, max }: IntegerFormat): Grid | undefined {
  if (step !== 1 || max > 2n ** 52n || min < -(2n ** 52n)) return undefined;
  const [top, bottom] = [Q.numerator(scale), Q.denominator(scale)];
  if ((top & (top - 1n)) !== 0n || (bottom & (bottom - 1n)) !== 0n) return undefined;
  const log = top.toString(2).length - bottom.toString(2).length;
  if (!unitOk(log)) return undefined;
  const magic = new Float64Array(4096).fill(Number.NaN);
  for (let biased = 0; biased <= Math.min(2046, log + 51 + 1023); biased++) {
    magic[biased] = 2 ** (log + 52);
    if (min < 0n) magic[2048 + biased] = magic[biased];
  }
  const unit = 2 ** log;
  return { magic, ends: Float64Array.of(Number(max) * unit, Number(-min) * unit), zero: 0 };
}

const KINDS = Object.keys(ROUNDING_MODES) as RoundingMode[];
/** 1 and -1 by the sign bit. A product instead of a branch: signs of data are hard to predict. */
const SIGNS = Float64Array.of(1, -1);

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** The magnitude that a rounds to on the grid of M; NaN if M is. `kind` is the place of the mode in KINDS, below 7. */
function onGrid(kind: number, a: number, negative: boolean, M: number): number {
  const r = a + M - M;
  const u = M * 2 ** -52;
  switch (kind) {
    case 0: // nearest-even
      return r;
    case 1: // nearest-away
      return a - r === u / 2 ? r + u : r;
    case 2: // nearest-zero
      return r - a === u / 2 ? r - u : r;
    case 3: // up
    case 4: // down
      if ((kind === 3) === negative) return r > a ? r - u : r;
      return r < a ? r + u : r;
    case 5: // toward-zero
      return r > a ? r - u : r;
    default: {
      // to-odd: of the two neighbours the one that is no multiple of 2u
      if (r === a) return r;
      const low = r > a ? r - u : r;
      const half = low * 0.5;
      return half + M - M === half ? low + u : low;
    }
  }
}

/** The same for stochastic modes, kind from 7 on: away if the fraction d/u of a unit reaches a level set by R. top = 2^N. */
function onGridAtRandom(kind: number, a: number, M: number, top: number, random: number): number {
  const r = a + M - M;
  const u = M * 2 ** -52;
  const low = r > a ? r - u : r;
  const d = a - low;
  const grain = u / top;
  let away: boolean;
  switch (kind) {
    case 7: // floor(d/u 2^N) + R >= 2^N
      away = d >= (top - random) * grain;
      break;
    case 8: // floor(d/u 2^(N+1)) + 2R + 1 >= 2^(N+1)
      away = d >= (top - random - 0.5) * grain;
      break;
    case 9: {
      // d/u 2^N, rounded with ties to even, + R >= 2^N
      const level = top - random;
      const middle = (level - 0.5) * grain;
      away = d > middle || (d === middle && level % 2 === 0);
      break;
    }
    default: // equal
      away = d > 0 && random >= top / 2;
  }
  return away ? low + u : low;
}

interface Road extends Grid {
  readonly kind: number;
  readonly bits: number;
  readonly top: number;
  /** R, or undefined where it comes from seed, stream and index. */
  readonly random: number | undefined;
  readonly seed: number;
  readonly stream: number;
  /** What the grid does not cover. */
  readonly beyond: (x: number, index: number) => number;
}

function roadOf(format: Format, options: RoundOptions): Road | undefined {
  const { mode, bits } = settle(format, options);
  const { seed = 0, stream = 0 } = options;
  const grid = gridOf(format);
  if (grid === undefined) return undefined;
  const stochastic = isStochastic(mode);
  const random = stochastic ? options.random : 0;
  const exactly: Rounder = (x, index) => numberOf(roundExact(x, format, { ...options, index }));
  let rounding: FloatRounding | undefined;
  if (format.kind === "float") rounding = floatRounding(format, options);
  const beyond: Rounder = rounding === undefined ? exactly : (x, index) => roundDouble(rounding, x, random ?? randomBits(seed, stream, index, bits)); // oxfmt-ignore
  return { ...grid, kind: KINDS.indexOf(mode), bits, top: 2 ** bits, random, seed, stream, beyond };
}

/**
 * A function that rounds doubles to the format. Its results are doubles: the values themselves (of integers with a scale and
 * of tables, the doubles nearest to them). Fails ("unsupported") for formats beyond the doubles: use roundExact.
 * Stochastic modes take R from `options.random`, or from (seed, stream, index).
 */
export function rounder(format: Format, options: RoundOptions = {}): Rounder {
  requireDoubles(format);
  const road = roadOf(format, options);
  if (road === undefined) return (x, index) => numberOf(roundExact(x, format, { ...options, index }));
  const { magic, ends, zero, kind, bits, top, random, seed, stream, beyond } = road;
  return (x, index) => {
    double[0] = x;
    const head = words[HIGH] >>> 20;
    const negative = head >= 2048;
    const a = Math.abs(x);
    const y =
      kind < 7
        ? onGrid(kind, a, negative, magic[head])
        : onGridAtRandom(kind, a, magic[head], top, random ?? randomBits(seed, stream, index, bits));
    if (!(y <= ends[negative ? 1 : 0])) return beyond(x, index);
    return (negative ? -y : y) + zero;
  };
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
  const n = xs.length;
  if (out.length < n) throw new Failure("domain", `${n} results do not fit in an array of ${out.length}`);
  requireDoubles(format);
  const { index = 0 } = options;
  const road = roadOf(format, options);
  if (road === undefined) {
    const apply = rounder(format, options);
    for (let i = 0; i < n; i++) out[i] = apply(xs[i], index + i);
    return out;
  }
  // Doubles are read as words beside their values; other arrays are copied to the results first.
  if (!(xs instanceof Float64Array)) out.set(xs);
  const source = xs instanceof Float64Array ? xs : out;
  const heads = new Uint32Array(source.buffer, source.byteOffset, 2 * n);
  if (road.kind === 0) nearestEven(source, heads, out, road, index);
  else if (road.kind < 7) deterministic(source, heads, out, road, index);
  else atRandom(source, heads, out, road, index);
  return out;
}

function nearestEven(xs: Float64Array, heads: Uint32Array, out: Float64Array, road: Road, index: number): void {
  const { magic, ends, zero, beyond } = road;
  for (let i = HIGH, k = 0; i < heads.length; i += 2, k++) {
    const head = heads[i] >>> 20;
    const x = xs[k];
    const M = magic[head];
    const y = Math.abs(x) + M - M;
    const s = head >>> 11;
    if (y <= ends[s]) out[k] = y * SIGNS[s] + zero;
    else out[k] = beyond(x, index + k);
  }
}

function deterministic(xs: Float64Array, heads: Uint32Array, out: Float64Array, road: Road, index: number): void {
  const { magic, ends, zero, beyond, kind } = road;
  for (let i = HIGH, k = 0; i < heads.length; i += 2, k++) {
    const head = heads[i] >>> 20;
    const x = xs[k];
    const s = head >>> 11;
    const y = onGrid(kind, Math.abs(x), s === 1, magic[head]);
    if (y <= ends[s]) out[k] = y * SIGNS[s] + zero;
    else out[k] = beyond(x, index + k);
  }
}

function atRandom(xs: Float64Array, heads: Uint32Array, out: Float64Array, road: Road, index: number): void {
  const { magic, ends, zero, beyond, kind, bits, top, random, seed, stream } = road;
  for (let i = HIGH, k = 0; i < heads.length; i += 2, k++) {
    const head = heads[i] >>> 20;
    const x = xs[k];
    const s = head >>> 11;
    const R = random ?? randomBits(seed, stream, index + k, bits);
    const y = onGridAtRandom(kind, Math.abs(x), magic[head], top, R);
    if (y <= ends[s]) out[k] = y * SIGNS[s] + zero;
    else out[k] = beyond(x, index + k);
  }
}
