// Number formats as plain immutable values. Four kinds:
//   float    sign, exponent, fraction: IEEE 754, OCP, the "fnuz" types, IEEE P3109, powers of two
//   integer  a range of integers (or of every other integer) times a scale: int, uint, bipolar, fixed point
//   posit    Posit Standard 2022
//   table    any finite set of values, in order
// A float's magnitudes are numbered by their codes: code 0 is zero, then the subnormals, then binade after binade, the
// largest finite value, the infinity if there is one, and whatever is left is NaN. Every known float coding is this one
// with other constants; rounding to even means to an even code (also for precision 1, as P3109 section 4.6 has it).
// Left out: decimal formats, signalling NaNs and payloads (every NaN is one NaN).
import { Failure } from "../base/index.ts";
import { compare, fromNumber, multiply, negate, power, rational, type Rational, sign } from "./rational.ts";

/** What becomes of a rounded value beyond the largest finite one, and of infinities (rounding.ts has the rules). */
export type Overflow = "ieee" | "saturate" | "propagate" | "none";

interface Common {
  readonly name: string;
  /** Width of a code. */
  readonly bits: number;
  /** The rule used where rounding is asked for without one. */
  readonly overflow: Overflow;
}

export interface FloatFormat extends Common {
  readonly kind: "float";
  /** Significant bits of a normal number, the hidden one included; >= 1. */
  readonly precision: number;
  /** Exponents of the smallest and of the largest binade: 2^emin <= |x| < 2^(emax+1) for normal x. */
  readonly emin: number;
  readonly emax: number;
  readonly signed: boolean;
  /** kept; none: the values between 0 and 2^emin do not exist; flush: a result among them becomes zero. */
  readonly subnormals: "kept" | "none" | "flush";
  /** signed: there is a -0; unsigned: one zero; none: the format has no zero (E8M0), the smallest power stands for it. */
  readonly zero: "signed" | "unsigned" | "none";
  readonly infinities: boolean;
  /** top: the codes after infinity or the largest value; sign: the code where -0 would be; none. */
  readonly nan: "top" | "sign" | "none";
  /** Magnitude code of the largest finite value; that of infinity, if there is one, is the next. */
  readonly largest: bigint;
}

export interface IntegerFormat extends Common {
  readonly kind: "integer";
  /** The values are scale * k, k = min, min + step, ..., max. */
  readonly min: bigint;
  readonly max: bigint;
  /** 1, or 2 for bipolar integers (all odd). */
  readonly step: 1 | 2;
  /** > 0 */
  readonly scale: Rational;
  /** twos: k in two's complement; offset: (k - min)/step. */
  readonly coding: "twos" | "offset";
}

export interface PositFormat extends Common {
  readonly kind: "posit";
  /** Exponent bits; 2 in the standard. */
  readonly es: number;
}

export interface TableFormat extends Common {
  readonly kind: "table";
  /** Strictly ascending. */
  readonly values: readonly Rational[];
  /** Code of values[i]; all different. */
  readonly codes: readonly bigint[];
}

export type Format = FloatFormat | IntegerFormat | PositFormat | TableFormat;

/** Bounds that keep exponents safe integers and codes of a sensible size. */
const MAX_WIDTH = 4096;
const MAX_EXPONENT = 2 ** 48;

const impossible = (what: string, hint?: string): Failure =>
  new Failure("domain", `impossible format: ${what}`, { hint });

function whole(what: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw impossible(`${what} is ${value}; it must be a whole number from ${low} to ${high}`);
}

export interface FloatOptions {
  readonly name?: string;
  readonly precision: number;
  /** Exponent of the smallest normal number. */
  readonly emin: number;
  /** Exponent of the largest finite value. */
  readonly emax: number;
  readonly signed?: boolean;
  readonly subnormals?: FloatFormat["subnormals"];
  readonly zero?: FloatFormat["zero"];
  readonly infinities?: boolean;
  readonly nan?: FloatFormat["nan"];
  /** How many values at the top of the binade of emax are not finite numbers: 1 in e4m3fn, whose last code is NaN. Default 0. */
  readonly missing?: number;
  /** Width of a code; default: as narrow as it goes. */
  readonly bits?: number;
  readonly overflow?: Overflow;
}

function known<T extends string>(what: string, value: T, values: readonly T[]): void {
  if (!values.includes(value))
    throw impossible(`${what} is "${String(value)}"; it must be one of ${values.join(", ")}`);
}

/** A float format from its parameters. By default signed, with subnormals, signed zeros, infinities and NaN. */
export function floatFormat(options: FloatOptions): FloatFormat {
  const { precision, emin, emax, signed = true, subnormals = "kept", infinities = true, missing = 0 } = options;
  const { zero = signed ? "signed" : "unsigned", nan = "top", overflow = "ieee" } = options;
  known("subnormals", subnormals, ["kept", "none", "flush"]);
  known("zero", zero, ["signed", "unsigned", "none"]);
  known("nan", nan, ["top", "sign", "none"]);
  known("overflow", overflow, ["ieee", "saturate", "propagate", "none"]);
  const name = options.name ?? `float(p=${precision}, emin=${emin}, emax=${emax})`;
  whole("the precision", precision, 1, MAX_WIDTH);
  whole("emin", emin, -MAX_EXPONENT, MAX_EXPONENT);
  whole("emax", emax, -MAX_EXPONENT, MAX_EXPONENT);
  if (emax < emin) throw impossible(`emax ${emax} is below emin ${emin}`, "There would be no normal number.");
  if (!signed && (zero === "signed" || nan === "sign")) throw impossible("an unsigned format has no negative zero");
  if (nan === "sign" && zero === "signed") throw impossible("the code of -0 cannot also be NaN");
  if (zero === "none" && (signed || subnormals !== "none"))
    throw impossible("only an unsigned format without subnormals can be without zero");
  const binade = 1n << BigInt(precision - 1);
  const binades = BigInt(emax - emin) + (zero === "none" ? 1n : 2n);
  if (!Number.isInteger(missing) || missing < 0 || BigInt(missing) >= binade)
    throw impossible(`${missing} missing values leave nothing of the last binade`);
  const largest = binades * binade - 1n - BigInt(missing);
  const last = largest + (infinities ? 1n : 0n) + (nan === "top" ? 1n : 0n);
  const bits = options.bits ?? last.toString(2).length + (signed ? 1 : 0);
  whole("the width of a code", bits, 1, MAX_WIDTH + 64);
  if (last >> BigInt(bits - (signed ? 1 : 0)) !== 0n) throw impossible(`${name} does not fit in codes of ${bits} bits`);
  return Object.freeze<FloatFormat>({
    kind: "float", name, bits, overflow, precision, emin, emax, signed, subnormals, zero, infinities, nan, largest,
  }); // oxfmt-ignore
}

/** eXmY: X exponent bits, Y fraction bits, coded as IEEE 754 codes binary16. Fails on X < 2 or Y < 1: no room for NaN. */
export function ieeeFormat(exponentBits: number, fractionBits: number, name?: string): FloatFormat {
  if (exponentBits < 2 || fractionBits < 1)
    throw impossible(
      `e${exponentBits}m${fractionBits} as IEEE 754 would code it has ${exponentBits < 2 ? "no normal numbers" : "no code for NaN"}`,
      "Take at least 2 exponent bits and 1 fraction bit, or build the format with floatFormat().",
    );
  whole("the number of exponent bits", exponentBits, 2, 40);
  const bias = 2 ** (exponentBits - 1) - 1;
  return floatFormat({
    name: name ?? `e${exponentBits}m${fractionBits}`,
    precision: fractionBits + 1,
    emin: 1 - bias,
    emax: bias,
    bits: 1 + exponentBits + fractionBits,
  });
}

export interface P3109Options {
  /** Width of a code, K. */
  readonly width: number;
  readonly precision: number;
  readonly signed: boolean;
  /** With infinities. */
  readonly extended: boolean;
}

/**
 * Binary{K}p{P}{s|u}{e|f} of IEEE P3109 (interim report 4.0, 2026): bias 2^(K-P-1) signed, 2^(K-P) unsigned; one NaN, one zero.
 * Signed 1 <= P < K, unsigned 1 <= P <= K; the largest value may lie below the end of its binade.
 */
export function p3109Format({ width, precision, signed, extended }: P3109Options): FloatFormat {
  whole("K", width, 2, MAX_WIDTH);
  whole("P", precision, 1, signed ? width - 1 : width);
  if (width - precision > 46) throw impossible(`K - P is ${width - precision}; at most 46 keeps exponents in range`);
  const bias = signed ? 2 ** (width - precision - 1) : 2 ** (width - precision);
  const name = `p3109:k${width}p${precision}${signed ? "s" : "u"}${extended ? "e" : "f"}`;
  const codes = signed ? 1n << BigInt(width - 1) : (1n << BigInt(width)) - 1n;
  const largest = codes - 1n - (extended ? 1n : 0n);
  if (largest < 1n) throw impossible(`${name} has no finite value but zero`);
  // The largest code's binade: codes below 2^(P-1) are subnormal and belong to emin.
  const binade = Number(largest >> BigInt(precision - 1));
  return Object.freeze<FloatFormat>({
    kind: "float",
    name,
    bits: width,
    overflow: "none",
    precision,
    emin: 1 - bias,
    emax: Math.max(binade, 1) - bias,
    signed,
    subnormals: "kept",
    zero: "unsigned",
    infinities: extended,
    nan: signed ? "sign" : "top",
    largest,
  });
}

export interface IntegerOptions {
  readonly name?: string;
  readonly bits: number;
  readonly signed?: boolean;
  /** Leave out the most negative value, so that the range is symmetric. */
  readonly symmetric?: boolean;
  /** Odd integers -(2^bits - 1) .. 2^bits - 1: every bit counts +1 or -1. */
  readonly bipolar?: boolean;
  /** The values are scale times an integer; default 1. */
  readonly scale?: Rational;
}

/** Integers times a scale. Overflow saturates unless another rule is asked for. */
export function integerFormat(options: IntegerOptions): IntegerFormat {
  const { bits, signed = true, symmetric = false, bipolar = false, scale = 1 } = options;
  whole("the width", bits, 1, MAX_WIDTH);
  if (sign(scale) <= 0 || (typeof scale === "number" && !Number.isSafeInteger(scale)))
    throw impossible(`the scale ${String(scale)} is not a positive rational`, "Q.fromNumber(x) makes one of a double.");
  if (symmetric && (bits < 2 || !signed)) throw impossible("a symmetric range needs a sign and at least two bits");
  const size = 1n << BigInt(bits);
  const half = size / 2n;
  const [min, max] = bipolar
    ? [1n - size, size - 1n]
    : signed
      ? [symmetric ? 1n - half : -half, half - 1n]
      : [0n, size - 1n];
  const base = bipolar ? `bipolar${bits}` : `${signed ? "int" : "uint"}${bits}${symmetric ? "sym" : ""}`;
  const name = options.name ?? (scale === 1 ? base : `${base}*${String(scale)}`);
  const coding = bipolar ? "offset" : "twos";
  return Object.freeze<IntegerFormat>({ kind: "integer", name, bits, overflow: "saturate", min, max, step: bipolar ? 2 : 1, scale, coding }); // oxfmt-ignore
}

/** Fixed point: integers of 1 + whole + fraction bits (whole + fraction unsigned) times 2^-fraction. */
export function fixedFormat(wholeBits: number, fractionBits: number, signed = true): IntegerFormat {
  whole("the number of whole bits", wholeBits, 0, MAX_WIDTH);
  whole("the number of fraction bits", fractionBits, 0, MAX_WIDTH);
  return integerFormat({
    name: `${signed ? "" : "u"}q${wholeBits}.${fractionBits}`,
    bits: wholeBits + fractionBits + (signed ? 1 : 0),
    signed,
    scale: fractionBits === 0 ? 1 : power(2, -fractionBits),
  });
}

/** Zero and +-2^e, low <= e <= high: a float of precision 1 without infinities and NaN; overflow saturates. */
export function powerOfTwoFormat(low: number, high: number, signed = true): FloatFormat {
  return floatFormat({
    name: `${signed ? "" : "u"}pow2:${low}..${high}`,
    precision: 1,
    emin: low,
    emax: high,
    signed,
    zero: "unsigned",
    infinities: false,
    nan: "none",
    overflow: "saturate",
  });
}

export function positFormat(bits: number, es = 2): PositFormat {
  whole("the width of a posit", bits, 3, 1024);
  whole("the number of exponent bits of a posit", es, 0, 30);
  const name = es === 2 ? `posit${bits}` : `posit${bits}:es${es}`;
  return Object.freeze<PositFormat>({ kind: "posit", name, bits, overflow: "saturate", es });
}

/** The format whose value of code i is values[i]; the order is free, the values must differ. Overflow saturates. */
export function tableFormat(
  values: readonly Rational[],
  options: { readonly name?: string; readonly bits?: number } = {},
): TableFormat {
  if (values.length < 1 || values.length > 1 << 20)
    throw impossible(`a table of ${values.length} values; 1 to 2^20 can be used`);
  for (const value of values)
    if (typeof value === "number" && !Number.isSafeInteger(value))
      throw impossible(`${value} is not a Rational`, "Q.fromNumber(x) makes one of a double.");
  const order = values.map((_, i) => i).sort((i, j) => compare(values[i], values[j]));
  const sorted = order.map((i) => values[i]);
  for (let i = 1; i < sorted.length; i++)
    if (compare(sorted[i - 1], sorted[i]) === 0) throw impossible(`the value ${String(sorted[i])} occurs twice`);
  const needed = Math.max(1, (values.length - 1).toString(2).length);
  const { bits = needed, name = `table of ${values.length}` } = options;
  whole("the width of a code", bits, needed, MAX_WIDTH);
  return Object.freeze<TableFormat>({ kind: "table", name, bits, overflow: "saturate", values: Object.freeze(sorted), codes: Object.freeze(order.map(BigInt)) }); // oxfmt-ignore
}

/** All b/2^c with |b| < 2^(bits-1) and 0 <= c <= shift: code c 2^bits + (b in two's complement), with the smallest c. */
export function dyadicFormat(bits: number, shift: number): TableFormat {
  whole("the width of the numerator", bits, 2, 16);
  whole("the largest shift", shift, 0, 31);
  const found = new Map<string, { value: Rational; code: bigint }>();
  const half = 2 ** (bits - 1);
  for (let c = 0; c <= shift; c++)
    for (let b = 1 - half; b < half; b++) {
      const value = rational(BigInt(b), 1n << BigInt(c));
      const key = String(value);
      if (!found.has(key))
        found.set(key, { value, code: BigInt(c) * BigInt(2 * half) + BigInt(b < 0 ? b + 2 * half : b) });
    }
  const all = [...found.values()].sort((x, y) => compare(x.value, y.value));
  return Object.freeze<TableFormat>({
    kind: "table",
    name: `dyadic:${bits}/${shift}`,
    bits: bits + (shift === 0 ? 0 : shift.toString(2).length),
    overflow: "saturate",
    values: Object.freeze(all.map(({ value }) => value)),
    codes: Object.freeze(all.map(({ code }) => code)),
  });
}

/**
 * The power-exponent family of quantisers (NUPES, Yvinec et al. 2023): sign(k) (|k|/m)^a for |k| <= m = 2^(bits-1) - 1, with a
 * whole number or half of one: 1 is a symmetric integer grid, 2 is fine near zero. Codes are k in two's complement. For a half
 * the values are square roots; they are taken as the doubles nearest to them, and those doubles are the format's values.
 */
export function powerExponentFormat(bits: number, exponent: number): TableFormat {
  whole("the width", bits, 2, 16);
  if (!(exponent > 0 && exponent <= 8) || !Number.isInteger(2 * exponent))
    throw impossible(`the exponent ${exponent} is not one of 0.5, 1, 1.5, ... 8`);
  const m = 2 ** (bits - 1) - 1;
  const magnitude = (k: number): Rational => {
    const base = rational(BigInt(k), BigInt(m));
    if (Number.isInteger(exponent)) return power(base, exponent);
    const [root, whole] = [fromNumber(Math.sqrt(k / m)), (2 * exponent - 1) / 2];
    return whole === 0 ? root : multiply(power(base, whole), root);
  };
  const ks = Array.from({ length: 2 * m + 1 }, (_, i) => i - m);
  const values = ks.map((k) => (k === 0 ? 0 : k > 0 ? magnitude(k) : negate(magnitude(-k))));
  return Object.freeze<TableFormat>({
    kind: "table",
    name: `powexp:${bits}/${exponent}`,
    bits,
    overflow: "saturate",
    values: Object.freeze(values),
    codes: Object.freeze(ks.map((k) => BigInt(k < 0 ? k + 2 ** bits : k))),
  });
}
