// The finite values of a format as a ladder: numbered in ascending order by consecutive integers, with their codes.
// Zeros of both signs share a rung. Infinities and NaN are not on the ladder.
import {
  compareExact,
  type Exact,
  exactOfNumber,
  exactOfRational,
  finite,
  type Finite,
  floorLog2,
  rationalOf,
} from "./exact.ts";
import type { FloatFormat, Format, TableFormat } from "./format.ts";
import { positFloor, positValue } from "./posit.ts";
import { denominator, divide, multiply, numerator, type Rational, rational } from "./rational.ts";

export interface Ladder {
  /** Rungs of the smallest and largest finite value. */
  readonly first: bigint;
  readonly last: bigint;
  /** The value on a rung. */
  at(rung: bigint): Finite;
  /** The code of a rung. */
  code(rung: bigint): bigint;
  /** The highest rung whose value is <= x: first - 1 below all, last above all. */
  floor(x: Finite): bigint;
}

export function ladderOf(format: Format): Ladder {
  switch (format.kind) {
    case "float":
      return floatLadder(format);
    case "integer": {
      const step = BigInt(format.step);
      const last = (format.max - format.min) / step;
      const mask = (1n << BigInt(format.bits)) - 1n;
      return {
        first: 0n,
        last,
        at: (rung) => exactOfRational(multiply(format.scale, rational(format.min + rung * step))) as Finite,
        code: (rung) => (format.coding === "offset" ? rung : (format.min + rung) & mask),
        floor: (x) => clamp(floorDivide(floorOf(divide(rationalOf(x), format.scale)) - format.min, step), last),
      };
    }
    case "posit": {
      const { bits, es } = format;
      const last = (1n << BigInt(bits - 1)) - 1n;
      const mask = (1n << BigInt(bits)) - 1n;
      return {
        first: -last,
        last,
        at: (rung) => positValue(bits, es, rung & mask) as Finite,
        code: (rung) => rung & mask,
        floor: (x) => {
          if (x.num === 0n) return 0n;
          const below = positFloor(format, { ...x, negative: false });
          if (!x.negative) return below;
          const exact = below > 0n && compareExact(positValue(bits, es, below), { ...x, negative: false }) === 0;
          return exact ? -below : -below - 1n;
        },
      };
    }
    case "table":
      return {
        first: 0n,
        last: BigInt(format.values.length - 1),
        at: (rung) => exactOfRational(format.values[Number(rung)]) as Finite,
        code: (rung) => format.codes[Number(rung)],
        floor: (x) => tableFloor(format, x),
      };
  }
}

function tableFloor({ values }: TableFormat, x: Finite): bigint {
  let low = -1;
  let high = values.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (compareExact(exactOfRational(values[middle]), x) <= 0) low = middle;
    else high = middle;
  }
  return BigInt(low);
}

const clamp = (rung: bigint, last: bigint): bigint => (rung < -1n ? -1n : rung > last ? last : rung);
const floorDivide = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b));
const floorOf = (q: Rational): bigint => floorDivide(numerator(q), denominator(q));

/** Magnitude codes between zero and the smallest normal number that name no value of their own. */
function skipped({ subnormals, zero, precision }: FloatFormat): bigint {
  return subnormals === "kept" || zero === "none" ? 0n : (1n << BigInt(precision - 1)) - 1n;
}

/** The value of a magnitude code, 0 <= code <= largest; codes of subnormals that do not exist read as zero. */
export function magnitudeOf(format: FloatFormat, code: bigint, negative = false): Finite {
  const { precision, emin, zero, subnormals } = format;
  const shift = BigInt(precision - 1);
  const binade = Number(code >> shift);
  const fraction = code & ((1n << shift) - 1n);
  const unit = emin - precision + 1;
  if (zero === "none") return finite(negative, (1n << shift) + fraction, unit + binade);
  if (binade === 0) return finite(negative, subnormals === "kept" ? fraction : 0n, unit);
  return finite(negative, (1n << shift) + fraction, unit + binade - 1);
}

function floatLadder(format: FloatFormat): Ladder {
  const skip = skipped(format);
  const last = format.largest - skip;
  const signBit = 1n << BigInt(format.bits - 1);
  const codeOf = (rung: bigint): bigint => (rung === 0n ? 0n : rung + skip);
  const at = (rung: bigint): Finite => magnitudeOf(format, codeOf(rung < 0n ? -rung : rung), rung < 0n);
  const first = format.signed ? -last : 0n;
  return {
    first,
    last,
    at,
    code: (rung) => (rung < 0n ? signBit + codeOf(-rung) : codeOf(rung)),
    floor: (x) => {
      const { rung, exact } = magnitudeFloor(format, x, skip);
      if (!x.negative || x.num === 0n) return rung > last ? last : rung;
      const below = exact ? -rung : -rung - 1n;
      return below < first ? first - 1n : below;
    },
  };
}

/** Rung of the largest magnitude <= |x| (above `last` it counts on without end; -1 below a format without zero). */
function magnitudeFloor(format: FloatFormat, x: Finite, skip: bigint): { rung: bigint; exact: boolean } {
  const { precision, emin, zero } = format;
  if (x.num === 0n) return zero === "none" ? { rung: -1n, exact: false } : { rung: 0n, exact: true };
  const log = floorLog2(x);
  const e = Math.max(log, emin);
  const first = 1n << BigInt(precision - 1);
  if (log < emin && zero === "none") return { rung: -1n, exact: false };
  if (log < emin - precision || (skip > 0n && log < emin)) return { rung: 0n, exact: false };
  const shift = x.exponent - (e - precision + 1);
  const top = shift > 0 ? x.num << BigInt(shift) : x.num;
  const unit = shift < 0 ? x.den << BigInt(-shift) : x.den;
  const code = BigInt(e - emin) * first + top / unit - (zero === "none" ? first : 0n);
  return { rung: code - skip, exact: top % unit === 0n };
}

/** The zero of a format with the sign asked for where it has signed zeros; without zero, its smallest value. */
export function zeroOf(format: Format, negative: boolean): Exact {
  if (format.kind === "float" && format.zero === "none") return magnitudeOf(format, 0n);
  return exactOfNumber(negative && format.kind === "float" && format.zero === "signed" ? -0 : 0);
}
