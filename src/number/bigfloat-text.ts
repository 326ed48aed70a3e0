// BigFloat as text: decimal with given digits, the shortest decimal that reads back, hexadecimal; and reading them.
// Shortest digits: Steele and White 1990, Burger and Dybvig 1996 in spirit; here the two ends of the rounding interval
// are exact fractions and the least number of digits with a decimal between them is found by trial from an estimate.
import { Failure } from "../base/index.ts";
import {
  BigFloat,
  fromInteger,
  hexadecimal,
  infinity,
  nan,
  printer,
  quotient,
  type RoundingMode,
  zero,
} from "./bigfloat.ts";

const TEN_BITS = Math.log2(10);

/** Exponents beyond this make decimal digits too long to compute. */
const MOST_TEXT_EXPONENT = 1 << 22;

function special(x: BigFloat): string | undefined {
  if (x.kind === "nan") return "nan";
  if (x.kind === "infinite") return x.sign < 0 ? "-inf" : "inf";
  if (x.kind === "zero") return x.sign < 0 ? "-0" : "0";
  return undefined;
}

/** n/d rounded to an integer in a mode; n >= 0, d > 0. */
function divideRounded(n: bigint, d: bigint, sign: 1 | -1, mode: RoundingMode): bigint {
  const q = n / d;
  const rest = n - q * d;
  if (rest === 0n) return q;
  const out = mode === "away" || (mode === "up" && sign > 0) || (mode === "down" && sign < 0);
  const twice = 2n * rest;
  return (mode === "nearest" ? twice > d || (twice === d && (q & 1n) === 1n) : out) ? q + 1n : q;
}

/** [digits, e]: the fraction n/d > 0 is about 0.digits * 10^e, with `count` digits rounded in the mode. */
export function decimalDigits(
  n: bigint,
  d: bigint,
  magnitude: number,
  count: number,
  sign: 1 | -1,
  mode: RoundingMode,
): [string, number] {
  // `magnitude`: log2 of n/d within two.
  let e = Math.floor(magnitude / TEN_BITS);
  for (;;) {
    const power = count - e;
    const digits =
      power >= 0
        ? divideRounded(n * 10n ** BigInt(power), d, sign, mode)
        : divideRounded(n, d * 10n ** BigInt(-power), sign, mode);
    const text = digits.toString();
    if (text.length === count) return [text, e];
    // One digit too many may be a carry to 10^count.
    if (text.length === count + 1 && /^10*$/.test(text)) return [text.slice(0, count), e + 1];
    e += text.length - count;
  }
}

function fractionOf(x: BigFloat): [bigint, bigint] {
  if (Math.abs(x.exponent) > MOST_TEXT_EXPONENT)
    throw new Failure("limit", `the decimal digits of a number near 2^${x.top} are not computed`, {
      hint: "Print it with hexadecimal().",
    });
  return x.exponent >= 0 ? [x.significand << BigInt(x.exponent), 1n] : [x.significand, 1n << BigInt(-x.exponent)];
}

/** Digits d1 d2 ... and exponent e of 0.d1d2... * 10^e as a decimal: positional from 10^-7 to 10^21, else scientific. */
export function layout(digits: string, e: number, sign: 1 | -1): string {
  const minus = sign < 0 ? "-" : "";
  if (e > 21 || e < -6) {
    const rest = digits.slice(1);
    return `${minus}${digits[0]}${rest === "" ? "" : `.${rest}`}e${e - 1 < 0 ? "" : "+"}${e - 1}`;
  }
  if (e <= 0) return `${minus}0.${"0".repeat(-e)}${digits}`;
  if (digits.length <= e) return `${minus}${digits}${"0".repeat(e - digits.length)}`;
  return `${minus}${digits.slice(0, e)}.${digits.slice(e)}`;
}

/** The number to so many significant decimal digits, correctly rounded in the mode. */
export function toDigits(x: BigFloat, digits: number, mode: RoundingMode = "nearest"): string {
  if (!Number.isInteger(digits) || digits < 1)
    throw new Failure("usage", `a number has one or more digits, not ${digits}`);
  const known = special(x);
  if (known !== undefined) return known;
  const [n, d] = fractionOf(x);
  const [text, e] = decimalDigits(n, d, x.top, digits, x.sign, mode);
  return layout(text, e, x.sign);
}

/** The shortest decimal that rounds (to nearest even) to x at x's precision; among those the nearest to x. */
export function shortest(x: BigFloat): string {
  const known = special(x);
  if (known !== undefined) return known;
  if (Math.abs(x.exponent) > MOST_TEXT_EXPONENT) return hexadecimal(x);
  const [n, d] = fractionOf(x);
  const reads = (text: string, e: number): boolean => {
    const back = fromDecimal(BigInt(text), e - text.length, x.precision);
    return back.kind === "normal" && back.significand === x.significand && back.exponent === x.exponent;
  };
  const digitsOf = (count: number): [string, number] => decimalDigits(n, d, x.top, count, 1, "nearest");
  // This many digits always read back; fewer do by luck. The property is monotone enough to walk down from there.
  let low = 1;
  let high = Math.ceil(x.precision / TEN_BITS) + 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reads(...digitsOf(middle))) high = middle;
    else low = middle + 1;
  }
  const [text, e] = digitsOf(high);
  const trimmed = text.replace(/0+$/, "");
  return layout(trimmed, e, x.sign);
}

/** digits * 10^e, correctly rounded. */
function fromDecimal(digits: bigint, e: number, precision: number, mode: RoundingMode = "nearest"): BigFloat {
  return e >= 0
    ? fromInteger(digits * 10n ** BigInt(e), precision, mode)
    : quotient(digits, 10n ** BigInt(-e), precision, mode);
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,9}))?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d{1,15}))?$/i;

/** Reads a decimal (`-1.5e3`), a hexadecimal float (`0x1.8p+1`), `inf`, `-inf` or `nan`, correctly rounded. */
export function parse(text: string, precision: number, mode: RoundingMode = "nearest"): BigFloat {
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word !== null)
    return word[2].toLowerCase() === "nan" ? nan(precision) : infinity(precision, word[1] === "-" ? -1 : 1);
  const refuse = (): never => {
    throw new Failure("syntax", `"${text.slice(0, 60)}" is not a number`, {
      hint: "Write 1.5e3, 0x1.8p+1, inf or nan.",
    });
  };
  const hex = HEXADECIMAL.exec(text);
  const [, minus, whole, fraction = "", exponent = "0"] = hex ?? DECIMAL.exec(text) ?? refuse();
  if (whole === "" && fraction === "") refuse();
  const n = BigInt(`${hex === null ? "" : "0x"}${whole}${fraction}`);
  const sign = minus === "-" ? -1 : 1;
  if (n === 0n) return zero(precision, sign);
  const signed = sign < 0 ? -n : n;
  if (hex !== null) return fromInteger(signed, precision, mode, Number(exponent) - 4 * fraction.length);
  const e = Number(exponent) - fraction.length;
  if (Math.abs(e) > MOST_TEXT_EXPONENT)
    throw new Failure("limit", `the decimal exponent ${exponent} is beyond ${MOST_TEXT_EXPONENT}`, {
      hint: "Write a hexadecimal float such as 0x1p+100000000.",
    });
  return fromDecimal(signed, e, precision, mode);
}

printer.shortest = shortest;
