// Exact rational numbers. A Rational is a plain JavaScript number when it is a safe integer and a frozen Fraction of
// BigInts otherwise, so the small integers that fill coefficient maps cost nothing.
// Invariants: a number is a safe integer and never -0; a Fraction has den >= 1, gcd(num, den) = 1, and is not a safe integer.
import { Failure } from "../base/index.ts";
import { bitLength } from "./integer.ts";

export { bitLength };

export class Fraction {
  readonly num: bigint;
  readonly den: bigint;

  /** Use `rational(num, den)`: the constructor does not normalise. */
  constructor(num: bigint, den: bigint) {
    this.num = num;
    this.den = den;
  }

  toString(): string {
    return this.den === 1n ? String(this.num) : `${this.num}/${this.den}`;
  }
}

export type Rational = number | Fraction;

/** Largest size, in bits, of a numerator or denominator that arithmetic may produce. */
export const MAX_BITS = 1 << 22;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function gcd(a: bigint, b: bigint): bigint {
  if (a < 0n) a = -a;
  if (b < 0n) b = -b;
  while (b !== 0n) {
    if (a <= MAX_SAFE && b <= MAX_SAFE) return BigInt(gcdSmall(Number(a), Number(b)));
    [a, b] = [b, a % b];
  }
  return a;
}

function gcdSmall(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** num/den in lowest terms. Fails on den = 0. */
export function rational(num: bigint, den: bigint = 1n): Rational {
  if (den === 0n) throw new Failure("domain", "division by zero in exact arithmetic");
  if (den < 0n) [num, den] = [-num, -den];
  if (den !== 1n) {
    const common = gcd(num, den);
    if (common !== 1n) [num, den] = [num / common, den / common];
  }
  return lowest(num, den);
}

/** num/den for coprime num and den > 0. */
function lowest(num: bigint, den: bigint): Rational {
  if (den === 1n && num <= MAX_SAFE && num >= -MAX_SAFE) return Number(num);
  return new Fraction(num, den);
}

export function numerator(a: Rational): bigint {
  return typeof a === "number" ? BigInt(a) : a.num;
}

export function denominator(a: Rational): bigint {
  return typeof a === "number" ? 1n : a.den;
}

export function isInteger(a: Rational): boolean {
  return typeof a === "number" || a.den === 1n;
}

/** The greatest integer that is not above. */
export function floor(a: Rational): bigint {
  const num = numerator(a);
  const den = denominator(a);
  return num / den - (num % den !== 0n && num < 0n ? 1n : 0n);
}

export function sign(a: Rational): -1 | 0 | 1 {
  if (typeof a === "number") return a > 0 ? 1 : a < 0 ? -1 : 0;
  return a.num > 0n ? 1 : -1;
}

export function equal(a: Rational, b: Rational): boolean {
  if (typeof a === "number" || typeof b === "number") return a === b;
  return a.num === b.num && a.den === b.den;
}

export function compare(a: Rational, b: Rational): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const difference = numerator(a) * denominator(b) - numerator(b) * denominator(a);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

export function negate(a: Rational): Rational {
  return typeof a === "number" ? 0 - a : new Fraction(-a.num, a.den);
}

export function absolute(a: Rational): Rational {
  return sign(a) < 0 ? negate(a) : a;
}

export function add(a: Rational, b: Rational): Rational {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const da = denominator(a);
  const db = denominator(b);
  if (da === db) return rational(numerator(a) + numerator(b), da);
  return rational(numerator(a) * db + numerator(b) * da, da * db);
}

export function subtract(a: Rational, b: Rational): Rational {
  return add(a, negate(b));
}

export function multiply(a: Rational, b: Rational): Rational {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  if (a === 1) return b;
  if (b === 1) return a;
  return rational(numerator(a) * numerator(b), denominator(a) * denominator(b));
}

export function invert(a: Rational): Rational {
  if (a === 1 || a === -1) return a;
  return rational(denominator(a), numerator(a));
}

export function divide(a: Rational, b: Rational): Rational {
  return multiply(a, invert(b));
}

/** a^n for an integer n. Fails on 0 to a power <= 0, and when the result would exceed MAX_BITS. */
export function power(a: Rational, n: number): Rational {
  if (n === 1) return a;
  if (a === 0 && n <= 0)
    throw new Failure("domain", n === 0 ? "0^0 is not defined" : "division by zero in exact arithmetic");
  if (a === 1 || n === 0) return 1;
  if (a === -1) return n % 2 === 0 ? 1 : -1;
  const bits = Math.max(bitLength(numerator(a)), bitLength(denominator(a)));
  if ((bits - 1) * Math.abs(n) > MAX_BITS)
    throw new Failure(
      "limit",
      `the exact power would have about ${Math.round((bits - 1) * Math.abs(n))} bits; at most ${MAX_BITS} are kept`,
      { hint: "Evaluate numerically, or keep the power symbolic." },
    );
  const e = BigInt(Math.abs(n));
  const num = numerator(a) ** e;
  const den = denominator(a) ** e;
  // Powers of coprime numbers are coprime; a greatest common divisor of millions of bits would take minutes.
  if (n > 0) return lowest(num, den);
  return num < 0n ? lowest(-den, -num) : lowest(den, num);
}

/** The nearest double, ties to even; overflows to infinity as IEEE 754 does. */
export function toNumber(a: Rational): number {
  if (typeof a === "number") return a;
  const negative = a.num < 0n;
  const num = negative ? -a.num : a.num;
  // Scale so that the quotient q has 55 or 56 bits; value = q * 2^-shift, with a sticky bit for what is cut off.
  let shift = 55 - (bitLength(num) - bitLength(a.den));
  const exponentOf = (q: bigint) => bitLength(q) - 1 - shift;
  let q: bigint;
  let rest: bigint;
  const split = () => {
    const top = shift >= 0 ? num << BigInt(shift) : num;
    const bottom = shift >= 0 ? a.den : a.den << BigInt(-shift);
    q = top / bottom;
    rest = top % bottom;
  };
  split();
  // Keep 53 bits, fewer for subnormals: the last kept bit has weight 2^max(exponent - 52, -1074).
  const last = Math.max(exponentOf(q!) - 52, -1074);
  const drop = BigInt(last + shift);
  let kept = q! >> drop;
  const tail = q! - (kept << drop);
  const half = 1n << (drop - 1n);
  if (tail > half || (tail === half && (rest! !== 0n || (kept & 1n) === 1n))) kept += 1n;
  // kept < 2^54 is exact as a double; the scaling below is exact as the result is representable (or overflows).
  let value = Number(kept);
  let e = last;
  while (e > 900) [value, e] = [value * 2 ** 900, e - 900];
  while (e < -900) [value, e] = [value * 2 ** -900, e + 900];
  value *= 2 ** e;
  return negative ? -value : value;
}

/** The exact value of a finite double. */
export function fromNumber(x: number): Rational {
  if (!Number.isFinite(x)) throw new Failure("domain", `${x} is not a rational number`);
  if (Number.isSafeInteger(x)) return x + 0;
  let e = 0;
  while (!Number.isInteger(x)) {
    x *= 2;
    e++;
  }
  return rational(BigInt(x), 1n << BigInt(e));
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Reads a decimal such as `3`, `-0.25`, `.5`, `6.022e23` exactly; undefined if the text is not one or its exponent is beyond 4 digits. */
export function parseDecimal(text: string): Rational | undefined {
  const found = DECIMAL.exec(text);
  if (!found) return undefined;
  const [, minus, whole, fraction = "", exponent = "0"] = found;
  if (whole === "" && fraction === "") return undefined;
  if (whole.length + fraction.length <= 15 && fraction === "" && exponent === "0")
    return (minus === "-" ? 0 - Number(whole) : Number(whole)) + 0;
  const e = Number(exponent) - fraction.length;
  if (Math.abs(Number(exponent)) > 9999 || whole.length + fraction.length > 100_000) return undefined;
  let digits = BigInt(whole + fraction);
  if (minus === "-") digits = -digits;
  return e >= 0 ? rational(digits * 10n ** BigInt(e)) : rational(digits, 10n ** BigInt(-e));
}

export function toString(a: Rational): string {
  return String(a);
}

/** Greatest common divisor of two rationals: gcd of numerators over lcm of denominators; positive. */
export function content(a: Rational, b: Rational): Rational {
  if (typeof a === "number" && typeof b === "number") return gcdSmall(Math.abs(a), Math.abs(b));
  const da = denominator(a);
  const db = denominator(b);
  return rational(gcd(numerator(a), numerator(b)), (da / gcd(da, db)) * db);
}
