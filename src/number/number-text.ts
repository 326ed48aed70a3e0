// Numbers as text: reading decimals and hexadecimal floats exactly, printing values by their shortest decimal.
// What programs print for a double (its shortest decimal, or 17 digits) means that double, not the decimal fraction: a value
// halfway between two others would otherwise be taken for one beside the middle. Longer decimals are read as they stand.
import { Failure } from "../base/index.ts";
import { compareExact, type Exact, exact, exactOfNumber, exactOfRational, finite, floorLog2, INFINITY, NAN, NEGATIVE_INFINITY, numberOf, rationalOf } from "./exact.ts"; // oxfmt-ignore
import type { Format } from "./format.ts";
import { absolute, bitLength, denominator, numerator, parseDecimal, rational, type Rational } from "./rational.ts";
import { roundExact } from "./round-exact.ts";
import { withinDoubles } from "./float-rounding.ts";

/** How decimals are read: as the double they are the usual name of, else exactly; always exactly; always as a double. */
export type DecimalReading = "auto" | "exact" | "double";

const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i;
const MAX_EXPONENT = 100_000;

/**
 * Reads 0.1, -3e-5, 0x1.8p-3, inf, -inf, nan, -0. Returns undefined if the text is none of these, has more than 100,000 digits or an
 * exponent beyond 9,999 (decimal) or 100,000 (hexadecimal).
 */
export function readExact(text: string, reading: DecimalReading = "auto"): Exact | undefined {
  const plain = text.trim().toLowerCase();
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(plain);
  if (special) return special[2] === "nan" ? NAN : special[1] === "-" ? NEGATIVE_INFINITY : INFINITY;
  const negative = plain.startsWith("-");
  const hexadecimal = HEXADECIMAL.exec(plain);
  if (hexadecimal) {
    const [, , whole, fraction = "", exponent = "0"] = hexadecimal;
    if (whole + fraction === "" || whole.length + fraction.length > MAX_EXPONENT || Math.abs(Number(exponent)) > MAX_EXPONENT) return undefined; // oxfmt-ignore
    return finite(negative, BigInt(`0x${whole}${fraction}`), Number(exponent) - 4 * fraction.length);
  }
  const value = parseDecimal(plain);
  if (value === undefined) return undefined;
  if (value === 0) return exactOfNumber(negative ? -0 : 0);
  if (reading === "double" || (reading === "auto" && namesDouble(plain))) return exactOfNumber(Number(plain));
  return exactOfRational(value);
}

/** Significant digits of a decimal, without leading and trailing zeros. */
const digitsOf = (text: string): string =>
  text.toLowerCase().replace(/e.*$/, "").replace(/[+\-.]/g, "").replace(/^0+/, "").replace(/0+$/, ""); // oxfmt-ignore

function namesDouble(text: string): boolean {
  const x = Number(text);
  if (!Number.isFinite(x) || x === 0) return false;
  const digits = digitsOf(text);
  return digits === digitsOf(String(x)) || digits === digitsOf(x.toPrecision(17));
}

/**
 * The shortest decimal that names the value: for doubles the one that JavaScript prints (it reads back as the same double);
 * for wider formats the shortest that rounds to the value in the format; `inf`, `-inf`, `nan`, `-0`. Values beyond about
 * 10^+-9000 are printed as a hexadecimal float, exactly.
 */
export function shortestDecimal(x: Exact | number, format: Format): string {
  if (typeof x === "number") {
    if (withinDoubles(format) && Number.isFinite(x)) return Object.is(x, -0) ? "-0" : String(x);
    return shortestDecimal(exact(x), format);
  }
  if (x.kind === "nan") return "nan";
  if (x.kind === "infinite") return x.negative ? "-inf" : "inf";
  if (x.num === 0n) return x.negative ? "-0" : "0";
  if (withinDoubles(format)) return String(numberOf(x));
  if (Math.abs(floorLog2(x)) > 29_000) return hexFloat(x);
  const value = rationalOf(x);
  const most =
    format.kind === "float" ? Math.ceil(format.precision * 0.30103) + 2 : Math.ceil(format.bits * 0.30103) + 2;
  const magnitude = absolute(value);
  for (let digits = 1; digits <= most; digits++) {
    const text = (x.negative ? "-" : "") + decimal(magnitude, digits);
    if (compareExact(roundExact(exactOfRational(parseDecimal(text)!), format), x) === 0) return text;
  }
  throw new Failure("numeric", `no decimal of ${most} digits names this value of ${format.name}`, {
    hint: "This format's values are not decimals; print the fraction instead.",
  });
}

/** A positive value to so many significant digits, ties to even, in scientific notation. */
function decimal(x: Rational, digits: number): string {
  const [num, den] = [numerator(x), denominator(x)];
  let e = Math.floor((bitLength(num) - bitLength(den)) * 0.30102999566398) - 1;
  const power = (k: number): [bigint, bigint] => (k >= 0 ? [1n, 10n ** BigInt(k)] : [10n ** BigInt(-k), 1n]);
  for (;;) {
    const [up, down] = power(e - digits + 1);
    const [top, bottom] = [num * up, den * down];
    let whole = top / bottom;
    const rest = 2n * (top - whole * bottom);
    if (rest > bottom || (rest === bottom && (whole & 1n) === 1n)) whole += 1n;
    const text = String(whole);
    if (
      text.length > digits &&
      !(text.length === digits + 1 && /^10*$/.test(text) && whole === 10n ** BigInt(digits) && rest !== 0n)
    )
      e++; // oxfmt-ignore
    else if (text.length > digits) return `${1}e${e + 1}`;
    else {
      const cut = text.replace(/0+$/, "");
      return `${cut[0]}${cut.length > 1 ? `.${cut.slice(1)}` : ""}${e === 0 ? "" : `e${e < 0 ? "" : "+"}${e}`}`;
    }
  }
}

/** The value as 0x1.8p-3. Fails ("domain") where it is not a binary fraction. */
export function hexFloat(x: Exact): string {
  if (x.kind === "nan") return "nan";
  if (x.kind === "infinite") return x.negative ? "-inf" : "inf";
  const minus = x.negative ? "-" : "";
  if (x.num === 0n) return `${minus}0x0p+0`;
  const q = rational(x.num, x.den);
  const twos = denominator(q);
  if ((twos & (twos - 1n)) !== 0n) throw new Failure("domain", "the value is not a binary fraction");
  const e = floorLog2(x);
  const length = bitLength(numerator(q)) - 1;
  const padding = (4 - (length % 4)) % 4;
  const digits = (numerator(q) << BigInt(padding)).toString(16);
  const fraction = digits.slice(1).replace(/0+$/, "");
  return `${minus}0x1${fraction === "" ? "" : `.${fraction}`}p${e < 0 ? "" : "+"}${e}`;
}

/** A value for people: its shortest decimal where one exists, else its fraction. */
export function showValue(x: Exact | number, format: Format): string {
  const value = exact(x);
  if (value.kind === "finite" && value.num !== 0n && (format.kind === "integer" || format.kind === "table"))
    return String(rationalOf(value));
  return shortestDecimal(value, format);
}
