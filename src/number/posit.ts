// Posits (Posit Standard 2022; Gustafson and Yonemoto 2017): a sign, a run of equal bits (the regime), es exponent bits
// (2 in the standard) and a fraction. Codes, read as two's complement integers, are in the order of the values; the code
// 100...0 is NaR. Rounding to nearest compares with the value of the next longer posit between two codes, so where exponent
// bits are cut off the middle is not the arithmetic one; it never gives zero or NaR for another value.
import { compareExact, exactOfNumber, type Exact, finite, type Finite, NAN } from "./exact.ts";
import type { PositFormat } from "./format.ts";

/** The value of a posit code of the given width, 0 <= code < 2^bits. */
export function positValue(bits: number, es: number, code: bigint): Exact {
  if (code === 0n) return exactOfNumber(0);
  const sign = 1n << BigInt(bits - 1);
  if (code === sign) return NAN;
  const negative = code > sign;
  const body = negative ? (sign << 1n) - code : code;
  // Below the sign, from the top: regime, its end, exponent, fraction.
  let left = bits - 1;
  const bit = (at: number): bigint => (body >> BigInt(at)) & 1n;
  const first = bit(left - 1);
  let run = 0;
  while (left > 0 && bit(left - 1) === first) [run, left] = [run + 1, left - 1];
  if (left > 0) left--;
  const regime = first === 1n ? run - 1 : -run;
  const taken = Math.min(es, left);
  const exponent = Number((body >> BigInt(left - taken)) & ((1n << BigInt(taken)) - 1n)) * 2 ** (es - taken);
  left -= taken;
  const fraction = body & ((1n << BigInt(left)) - 1n);
  return finite(negative, (1n << BigInt(left)) + fraction, regime * 2 ** es + exponent - left);
}

/** The code of the largest posit <= a positive value: 0 below the smallest, the largest above all. */
export function positFloor({ bits, es }: PositFormat, x: Finite): bigint {
  let low = 0n;
  let high = 1n << BigInt(bits - 1);
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (compareExact(positValue(bits, es, middle), x) <= 0) low = middle;
    else high = middle;
  }
  return low;
}

/** The value that divides positive code c from c + 1: the posit with one bit more between them. */
export function positDivide({ bits, es }: PositFormat, code: bigint): Finite {
  return positValue(bits + 1, es, 2n * code + 1n) as Finite;
}
