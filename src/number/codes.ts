// Codes of formats: encode and decode, the next value up or down, enumeration, and a table to read.
// A code is a BigInt of format.bits bits. Where several codes mean the same (NaNs; subnormals that a format does without)
// encode gives one: a quiet NaN with nothing else set, and zero.
import { Failure } from "../base/index.ts";
import { compareExact, type Exact, exact, NAN, name, sameExact } from "./exact.ts";
import type { FloatFormat, Format } from "./format.ts";
import { ladderOf, magnitudeOf, zeroOf } from "./ladder.ts";
import { positValue } from "./posit.ts";
import type { Rational } from "./rational.ts";
import { exponentOf } from "./round-double.ts";
import { roundExact } from "./round-exact.ts";
import { rangeOf } from "./rounding.ts";

/** The value of a code. Fails ("domain") if it is no code of the format, or one that means nothing (a gap of a table). */
export function decode(format: Format, code: bigint | number): Exact {
  const c = typeof code === "bigint" ? code : Number.isSafeInteger(code) ? BigInt(code) : -1n;
  if (c < 0n || c >> BigInt(format.bits) !== 0n)
    throw new Failure("domain", `${code} is no code of ${format.name}`, {
      hint: `Codes are 0 .. 2^${format.bits} - 1.`,
    });
  switch (format.kind) {
    case "float": {
      const signBit = 1n << BigInt(format.bits - 1);
      const negative = format.signed && c >= signBit;
      const magnitude = negative ? c - signBit : c;
      if (magnitude === 0n && negative && format.zero !== "signed") {
        if (format.nan === "sign") return NAN;
        return zeroOf(format, false);
      }
      if (magnitude <= format.largest) return magnitudeOf(format, magnitude, negative);
      if (format.infinities && magnitude === format.largest + 1n) return { kind: "infinite", negative };
      if (format.nan === "top") return NAN;
      throw meaningless(format, c);
    }
    case "posit":
      return positValue(format.bits, format.es, c);
    case "integer": {
      const wide = format.coding === "twos" && format.min < 0n && c >> BigInt(format.bits - 1) === 1n;
      const rung = format.coding === "offset" ? c : (wide ? c - (1n << BigInt(format.bits)) : c) - format.min;
      if (rung < 0n) throw meaningless(format, c);
      return ladderOf(format).at(rung);
    }
    case "table": {
      const at = format.codes.indexOf(c);
      if (at < 0) throw meaningless(format, c);
      return ladderOf(format).at(BigInt(at));
    }
  }
}

const meaningless = (format: Format, code: bigint): Failure =>
  new Failure("domain", `${hex(format, code)} means nothing in ${format.name}`);

/** The code of NaN, or undefined where the format has none. */
export function nanCode(format: Format): bigint | undefined {
  if (format.kind === "posit" || (format.kind === "float" && format.nan === "sign"))
    return 1n << BigInt(format.bits - 1);
  if (format.kind !== "float" || format.nan === "none") return undefined;
  const first = format.largest + (format.infinities ? 2n : 1n);
  // IEEE 754: the quiet bit is the highest bit of the fraction.
  return format.infinities && format.zero === "signed" && format.precision > 1
    ? format.largest + 1n + (1n << BigInt(format.precision - 2))
    : first;
}

/** The code of a value that the format has. Fails ("domain") on any other value: round it first. */
export function encode(format: Format, x: number | Rational | Exact): bigint {
  const value = exact(x);
  const missing = (): Failure =>
    new Failure("domain", `${format.name} has no code for ${name(value)}`, {
      hint:
        value.kind === "finite" ? "Round it to the format first." : 'Round with overflow "saturate", or leave it out.',
    });
  if (value.kind === "nan") {
    const code = nanCode(format);
    if (code === undefined) throw missing();
    return code;
  }
  if (value.kind === "infinite") {
    if (format.kind !== "float" || !format.infinities || (value.negative && !format.signed)) throw missing();
    return format.largest + 1n + (value.negative ? 1n << BigInt(format.bits - 1) : 0n);
  }
  const rounded = roundExact(value, format, { mode: "toward-zero", overflow: "saturate" });
  if (rounded.kind !== "finite" || compareExact(rounded, value) !== 0) throw missing();
  if (value.num === 0n && value.negative) {
    if (format.kind !== "float" || format.zero !== "signed") throw missing();
    return 1n << BigInt(format.bits - 1);
  }
  const ladder = ladderOf(format);
  return ladder.code(ladder.floor(rounded));
}

/**
 * The code of a double that a float format has, as a number: `encode` for many values. Formats within doubles and up to 53 bits
 * wide; the caller sees to it that y is a value of the format and no NaN.
 */
export function codeNumber(format: FloatFormat, y: number): number {
  const { precision, emin, zero, bits } = format;
  const sign = y < 0 || Object.is(y, -0) ? 2 ** (bits - 1) : 0;
  const a = Math.abs(y);
  if (a === 0) return sign;
  if (a === Infinity) return sign + Number(format.largest) + 1;
  const log = exponentOf(a);
  const e = Math.max(log, emin);
  const n = a / 2 ** (e - precision + 1);
  return sign + (e - emin - (zero === "none" ? 1 : 0)) * 2 ** (precision - 1) + n;
}

/** A code as the command prints it: 0x and one digit for every four bits begun. */
export function hex(format: Format, code: bigint): string {
  return `0x${code.toString(16).padStart(Math.ceil(format.bits / 4), "0")}`;
}

function neighbour(format: Format, x: number | Rational | Exact, up: boolean): Exact {
  const value = exact(x);
  if (value.kind === "nan") return NAN;
  const ladder = ladderOf(format);
  const { infinities, signed } = rangeOf(format);
  const end = up ? "largest" : "smallest";
  const beyond = (): Failure => new Failure("domain", `${name(value)} is the ${end} value of ${format.name}`);
  if (value.kind === "infinite") {
    if (!infinities || (value.negative && !signed)) throw new Failure("domain", `${format.name} has no ${name(value)}`);
    if (value.negative !== up) return value;
    return ladder.at(up ? ladder.first : ladder.last);
  }
  const below = ladder.floor(value);
  const hit = below >= ladder.first && compareExact(ladder.at(below), value) === 0;
  const rung = up ? below + 1n : hit ? below - 1n : below;
  if (rung < ladder.first || rung > ladder.last) {
    if (!infinities || (!up && !signed)) throw beyond();
    return { kind: "infinite", negative: !up };
  }
  const found = ladder.at(rung);
  // IEEE 754 nextUp of the smallest negative number is -0.
  if (found.num === 0n) return zeroOf(format, up);
  return found;
}

/** The smallest value of the format above x (any x). From the largest to infinity, or a Failure where there is none. */
export function nextUp(format: Format, x: number | Rational | Exact): Exact {
  return neighbour(format, x, true);
}

/** The largest value of the format below x (any x). */
export function nextDown(format: Format, x: number | Rational | Exact): Exact {
  return neighbour(format, x, false);
}

export interface Coded {
  readonly code: bigint;
  /** Undefined for a code that means nothing. */
  readonly value: Exact | undefined;
}

/** Most codes that are listed. */
const MAX_TABLE_BITS = 20;

/** All codes in order, with their values. Fails ("limit") beyond 20 bits. */
export function codeTable(format: Format): Coded[] {
  if (format.bits > MAX_TABLE_BITS)
    throw new Failure("limit", `${format.name} has 2^${format.bits} codes; tables go up to 2^${MAX_TABLE_BITS}`);
  const used = format.kind === "table" ? new Map(format.codes.map((code, i) => [code, BigInt(i)])) : undefined;
  const ladder = ladderOf(format);
  return Array.from({ length: 2 ** format.bits }, (_, i): Coded => {
    const code = BigInt(i);
    if (used) return { code, value: used.has(code) ? ladder.at(used.get(code)!) : undefined };
    try {
      return { code, value: decode(format, code) };
    } catch (error) {
      if (error instanceof Failure) return { code, value: undefined };
      throw error;
    }
  });
}

/** All finite values in ascending order, one zero. Fails ("limit") beyond 20 bits. */
export function valuesOf(format: Format): Exact[] {
  if (format.bits > MAX_TABLE_BITS)
    throw new Failure(
      "limit",
      `${format.name} has about 2^${format.bits} values; at most 2^${MAX_TABLE_BITS} are listed`,
    );
  const ladder = ladderOf(format);
  return Array.from({ length: Number(ladder.last - ladder.first) + 1 }, (_, i) => ladder.at(ladder.first + BigInt(i)));
}

/** Does the format have this value (sign of zero included)? */
export function hasValue(format: Format, x: number | Rational | Exact): boolean {
  const value = exact(x);
  if (value.kind === "nan") return nanCode(format) !== undefined;
  return sameExact(roundExact(value, format, { mode: "toward-zero", overflow: "ieee" }), value);
}

/** Facts of a format that people ask for; undefined where there is no such value. */
export interface Facts {
  readonly largest: Exact;
  readonly smallest: Exact;
  readonly smallestPositive: Exact | undefined;
  readonly smallestNormal?: Exact;
  readonly smallestSubnormal?: Exact;
  /** Distance from 1 to the next value. */
  readonly epsilon?: Exact;
  /** Number of finite values, both zeros counted as one. */
  readonly values: bigint;
}

export function factsOf(format: Format): Facts {
  const ladder = ladderOf(format);
  const zero = exact(0);
  const [first, last] = [ladder.at(ladder.first), ladder.at(ladder.last)];
  const smallestPositive =
    compareExact(last, zero) <= 0 ? undefined : compareExact(first, zero) > 0 ? first : nextUp(format, zero);
  const facts = {
    largest: last,
    smallest: first,
    smallestPositive,
    values: ladder.last - ladder.first + 1n,
  };
  if (format.kind !== "float") return facts;
  return { ...facts, ...floatFacts(format) };
}

function floatFacts(format: FloatFormat): Partial<Facts> {
  const { precision, emin, emax, subnormals, largest, zero } = format;
  const first = 1n << BigInt(precision - 1);
  const normal = zero === "none" ? 0n : first;
  return {
    smallestNormal: normal <= largest ? magnitudeOf(format, normal) : undefined,
    smallestSubnormal: subnormals === "kept" && precision > 1 ? magnitudeOf(format, 1n) : undefined,
    epsilon:
      emin <= 0 && emax >= 0
        ? { kind: "finite", negative: false, num: 1n, den: 1n, exponent: 1 - precision }
        : undefined,
  };
}
