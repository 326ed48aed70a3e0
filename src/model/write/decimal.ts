// Rational numbers as exact decimals, where they have a short one.
import { Q, type Rational } from "../../number/index.ts";

/** Most digits that are written out. */
const MOST_DIGITS = 60;

/** The digits and the power of ten: value = digits * 10^exponent; undefined if no decimal of moderate length is exact. */
export function decimalOf(value: Rational): { readonly digits: bigint; readonly exponent: number } | undefined {
  let digits = Q.numerator(value);
  let den = Q.denominator(value);
  let exponent = 0;
  while (den !== 1n) {
    if (exponent < -340) return undefined;
    const factor = den % 10n === 0n ? 10n : den % 5n === 0n ? 5n : den % 2n === 0n ? 2n : 0n;
    if (factor === 0n) return undefined;
    den /= factor;
    digits *= 10n / factor;
    exponent--;
  }
  while (digits !== 0n && digits % 10n === 0n) {
    digits /= 10n;
    exponent++;
  }
  return String(digits).length > MOST_DIGITS ? undefined : { digits, exponent };
}

/** An exact decimal such as 0.25, 6.02214179e23. */
export function decimalText(value: Rational): string | undefined {
  const found = decimalOf(value);
  if (found === undefined) return undefined;
  const { digits, exponent } = found;
  const sign = digits < 0n ? "-" : "";
  const text = String(digits < 0n ? -digits : digits);
  const scale = text.length - 1 + exponent;
  if (digits === 0n) return "0";
  if (scale >= 21 || scale < -7) return `${sign}${text[0]}${text.length > 1 ? `.${text.slice(1)}` : ""}e${scale}`;
  if (exponent >= 0) return `${sign}${text}${"0".repeat(exponent)}`;
  if (scale < 0) return `${sign}0.${"0".repeat(-scale - 1)}${text}`;
  return `${sign}${text.slice(0, scale + 1)}.${text.slice(scale + 1)}`;
}
