// The oracle: rounding of any exact value to any format, by integers only. Everything faster is tested against it.
// For a float with Q = max(floor(log2 |x|), emin) - p + 1 the magnitude is |x| = (n + nu) 2^Q with an integer n and
// 0 <= nu < 1; the mode chooses n or n + 1 (rounding.ts), as if exponents had no upper end; then the overflow rule applies.
// Other formats have a list of values in order; x lies between two neighbours, nu is its place between them, counted from
// the one nearer to zero. A finite value beyond the ends of such a list is moved by the overflow rule.
import { Failure } from "../base/index.ts";
import { compareExact, type Exact, exact, type Finite, finite, floorLog2, NAN, rationalOf } from "./exact.ts";
import type { FloatFormat, Format, Overflow, PositFormat } from "./format.ts";
import { ladderOf, magnitudeOf, zeroOf } from "./ladder.ts";
import { positDivide } from "./posit.ts";
import { denominator, numerator, type Rational } from "./rational.ts";
import * as Q from "./rational.ts";
import {
  checkRandomBits,
  isStochastic,
  landing,
  OVERFLOW_RULES,
  randomBits,
  rangeOf,
  ROUNDING_MODES,
  roundsAway,
  type RoundingMode,
} from "./rounding.ts";

export interface RoundOptions {
  /** Default nearest-even. */
  readonly mode?: RoundingMode;
  /** Default: the format's own rule. */
  readonly overflow?: Overflow;
  /** Stochastic modes: the number N of random bits, 1 to 32; default 32. */
  readonly bits?: number;
  /** Stochastic modes: the random integer R itself, 0 <= R < 2^N; default: from seed, stream and index. */
  readonly random?: number;
  readonly seed?: number;
  readonly stream?: number;
  readonly index?: number;
}

/** Options with every default filled in and checked. */
export function settle(
  format: Format,
  options: RoundOptions,
): Required<Omit<RoundOptions, "seed" | "stream" | "index">> {
  const { mode = "nearest-even", overflow = format.overflow, bits = 32, seed = 0, stream = 0, index = 0 } = options;
  if (!Object.hasOwn(ROUNDING_MODES, mode))
    throw new Failure("usage", `there is no rounding mode "${String(mode)}"`, { hint: `Known: ${Object.keys(ROUNDING_MODES).join(", ")}.` }); // oxfmt-ignore
  if (!OVERFLOW_RULES.includes(overflow))
    throw new Failure("usage", `there is no overflow rule "${String(overflow)}"`, { hint: `Known: ${OVERFLOW_RULES.join(", ")}.` }); // oxfmt-ignore
  if (!isStochastic(mode)) return { mode, overflow, bits, random: 0 };
  checkRandomBits(bits);
  for (const [name, value] of [["seed", seed], ["stream", stream], ["index", index]] as const)
    if (!Number.isSafeInteger(value) || value < 0) throw new Failure("usage", `the ${name} of random bits is a whole number from 0, not ${value}`); // oxfmt-ignore
  const { random = randomBits(seed, stream, index, bits) } = options;
  if (!Number.isInteger(random) || random < 0 || random >= 2 ** bits)
    throw new Failure("usage", `the random integer ${random} is not one of 0 .. 2^${bits} - 1`);
  return { mode, overflow, bits, random };
}

/**
 * The value of `format` that x rounds to. x is a double, a Rational or an exact value. NaN stays NaN, also in formats
 * without a code for it (encode then fails); posits make infinities NaR. A format without zero gives its smallest value for
 * zero and for what lies below it.
 */
export function roundExact(x: number | Rational | Exact, format: Format, options: RoundOptions = {}): Exact {
  const value = exact(x);
  const settled = settle(format, options);
  if (value.kind === "nan") return NAN;
  if (value.kind === "infinite") {
    if (format.kind === "posit") return NAN;
    return land(format, settled, value.negative, true);
  }
  if (value.num === 0n && !(format.kind === "integer" && format.step === 2) && format.kind !== "table")
    return zeroOf(format, value.negative);
  if (format.kind === "float") return roundFloat(value, format, settled);
  return roundBetween(value, format, settled);
}

type Settled = ReturnType<typeof settle>;

function land(format: Format, { mode, overflow }: Settled, negative: boolean, infinite: boolean): Exact {
  const where = landing(overflow, mode, rangeOf(format), negative, infinite);
  if (where === "nan") return NAN;
  if (where === "infinity") return { kind: "infinite", negative };
  if (format.kind === "float") {
    if (negative && !format.signed) return zeroOf(format, false);
    return magnitudeOf(format, format.largest, negative);
  }
  const ladder = ladderOf(format);
  return ladder.at(negative ? ladder.first : ladder.last);
}

/** Cuts of values this far below the last place are all alike: no mode looks further than 34 bits. */
const FAR = 80;

function roundFloat(x: Finite, format: FloatFormat, settled: Settled): Exact {
  const { precision, emin, subnormals, zero } = format;
  const log = floorLog2(x);
  if (zero === "none" && log < emin) return x.negative ? land(format, settled, true, false) : zeroOf(format, false);
  const e = Math.max(log, emin);
  // Without subnormals the only neighbours below 2^emin are zero and 2^emin.
  const gap = subnormals === "none" && log < emin;
  const place = gap ? emin : e - precision + 1;
  let whole = 0n;
  let rest = 1n;
  let unit = 1n << BigInt(FAR);
  if (log >= place - FAR) {
    const shift = x.exponent - place;
    const top = shift > 0 ? x.num << BigInt(shift) : x.num;
    unit = shift < 0 ? x.den << BigInt(-shift) : x.den;
    whole = top / unit;
    rest = top - whole * unit;
  }
  const first = 1n << BigInt(precision - 1);
  // Codes of magnitudes (format.ts); parity is that of the code, so that precision 1 has even and odd neighbours too.
  const base = BigInt(e - emin) * first - (zero === "none" ? first : 0n);
  const odd = gap ? false : ((base + whole) & 1n) === 1n;
  if (roundsAway(settled.mode, { ...settled, rest, unit, odd, awayIsUp: !x.negative })) whole += 1n;
  if (gap) whole *= first;
  if (whole === 0n || (subnormals === "flush" && log < emin && whole < first)) return zeroOf(format, x.negative);
  if (base + whole > format.largest || (x.negative && !format.signed)) return land(format, settled, x.negative, false);
  return finite(x.negative, whole, e - precision + 1);
}

function roundBetween(x: Finite, format: Exclude<Format, FloatFormat>, settled: Settled): Exact {
  const ladder = ladderOf(format);
  if (format.kind === "posit") {
    const last = ladder.at(x.negative ? ladder.first : ladder.last);
    if (compareExact(x, last) * (x.negative ? -1 : 1) >= 0) return last;
  }
  const rung = format.kind === "integer" ? integerFloor(x, format.scale, format.min, format.step) : ladder.floor(x);
  const endless = format.kind === "integer";
  if (!endless && rung < ladder.first) return land(format, settled, true, false);
  if (!endless && rung === ladder.last) {
    const top = ladder.at(rung);
    return compareExact(top, x) === 0 ? top : land(format, settled, false, false);
  }
  const at = (r: bigint): Rational =>
    format.kind === "integer"
      ? Q.multiply(format.scale, Q.rational(format.min + r * BigInt(format.step)))
      : rationalOf(ladder.at(r));
  const [low, high, value] = [at(rung), at(rung + 1n), rationalOf(x)];
  // The neighbour nearer to zero; of two at the same distance the one on the side of x.
  const order = Q.compare(Q.absolute(low), Q.absolute(high));
  const lowIsNear = order === 0 ? value !== 0 && Q.sign(value) < 0 : order < 0;
  const nu = Q.divide(Q.absolute(Q.subtract(value, lowIsNear ? low : high)), Q.subtract(high, low));
  const cut = { ...settled, odd: isOdd(format, lowIsNear ? rung : rung + 1n), awayIsUp: lowIsNear };
  let away: boolean;
  if (nu === 1) away = true;
  else if (format.kind === "posit" && settled.mode.startsWith("nearest")) away = positAway(x, format, rung, cut);
  else away = roundsAway(settled.mode, { ...cut, rest: numerator(nu), unit: denominator(nu) });
  const chosen = away === lowIsNear ? rung + 1n : rung;
  if (chosen < ladder.first) return land(format, settled, true, false);
  if (chosen > ladder.last) return land(format, settled, false, false);
  return ladder.at(chosen);
}

/** Rung (any integer) of the highest value of the endless list at or below x. */
function integerFloor(x: Finite, scale: Rational, min: bigint, step: number): bigint {
  const q = Q.divide(Q.subtract(Q.divide(rationalOf(x), scale), Q.rational(min)), step);
  const [num, den] = [numerator(q), denominator(q)];
  return num >= 0n ? num / den : -((den - 1n - num) / den);
}

/** Parity of the code; in a table that of the position. */
function isOdd(format: Exclude<Format, FloatFormat>, rung: bigint): boolean {
  if (format.kind === "integer" && format.coding === "twos") return ((format.min + rung) & 1n) === 1n;
  return (rung & 1n) === 1n;
}

/** Nearest modes of posits: x against the value that divides its neighbours; zero is never the result. */
function positAway(
  x: Finite,
  format: PositFormat,
  rung: bigint,
  cut: { readonly mode: RoundingMode; readonly odd: boolean },
): boolean {
  const near = x.negative ? -(rung + 1n) : rung;
  if (compareExact(ladderOf(format).at(x.negative ? rung + 1n : rung), x) === 0) return false;
  if (near === 0n) return true;
  const order = compareExact({ ...x, negative: false }, positDivide(format, near));
  return roundsAway(cut.mode, {
    rest: BigInt(2 + Math.sign(order)),
    unit: 4n,
    odd: cut.odd,
    awayIsUp: true,
    bits: 1,
    random: 0,
  });
}
