// Rounding of one double to any float format within the doubles, by exact operations on doubles alone. With
// 2^e <= |x| < 2^(e+1), e at least emin:
//   q = |x| 2^(p-1-e) is exact, n = floor(q), nu = q - n is exact; the mode chooses n or n + 1; y = n 2^(e+1-p) is exact.
// This covers every corner (p = 1, no subnormals, no zero, 53 bits); round.ts has the quicker road for the usual cases.
import type { FloatRounding } from "./float-rounding.ts";

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** Which of the two 32-bit words of a double holds sign and exponent on this machine. */
export const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Exponent of a double > 0, subnormals included. */
export function exponentOf(a: number): number {
  double[0] = a;
  const e = words[HIGH] >>> 20;
  if (e !== 0) return e - 1023;
  double[0] = a * 2 ** 54;
  return (words[HIGH] >>> 20) - 1077;
}

/** 2^e for -1074 <= e <= 1023, at e + 1074; built so that it does not depend on the engine's power function. */
const POWERS = new Float64Array(2098);
for (let i = 0, power = 5e-324; i < POWERS.length; i++, power *= 2) POWERS[i] = power;

/** x 2^e where neither the power nor a product on the way need be a double; exact if x 2^e is one. */
export function scale(x: number, e: number): number {
  if (e > 1000) return x * 2 ** 900 * POWERS[e - 900 + 1074];
  return e < -1022 ? x * 2 ** -900 * POWERS[e + 900 + 1074] : x * POWERS[e + 1074];
}

/** Integer nearest to 0 <= x <= 2^32, ties to even. */
function roundEven(x: number): number {
  const n = Math.floor(x);
  const rest = x - n;
  return rest > 0.5 || (rest === 0.5 && n % 2 !== 0) ? n + 1 : n;
}

/** Rounds x; stochastic modes take the random integer 0 <= random < 2^N. */
export function roundDouble(rounding: FloatRounding, x: number, random: number): number {
  const { precision, emin, largest, minusZero, plusZero } = rounding;
  const { subnormals, signed, zero } = rounding.format;
  if (x === 0) return Object.is(x, -0) ? minusZero : plusZero;
  const a = Math.abs(x);
  if (a === Infinity) return x < 0 ? rounding.minusInfinity : rounding.infinity;
  if (a !== a) return Number.NaN;
  const log = exponentOf(a);
  if (zero === "none" && log < emin) return x < 0 ? rounding.below : plusZero;
  const e = log < emin ? emin : log;
  // Without subnormals the only neighbours below 2^emin are zero and 2^emin, n = 0 and 1.
  const gap = log < emin && subnormals === "none";
  const q = scale(a, gap ? -emin : precision - 1 - e);
  let n = Math.floor(q);
  const nu = q - n;
  // q = 0: x is so far below the last place that the quotient is no double.
  if (nu !== 0 || q === 0) {
    // Parity of the code of n: that of n, for precision 1 that of the binade.
    const code = precision === 1 ? e - emin + n - (zero === "none" ? 1 : 0) : n;
    const odd = !gap && code !== 2 * Math.floor(code / 2);
    if (goesAway(rounding, nu, odd, x > 0, random)) n += 1;
  }
  const normal = 2 ** (precision - 1);
  if (gap) n *= normal;
  if (n === 0 || (subnormals === "flush" && log < emin && n < normal)) return x < 0 ? minusZero : plusZero;
  // Infinite only above the largest double, which is above the largest value too.
  const y = scale(n, e - precision + 1);
  if (y > largest || (x < 0 && !signed)) return x < 0 ? rounding.below : rounding.above;
  return x < 0 ? -y : y;
}

function goesAway({ mode, bits }: FloatRounding, nu: number, odd: boolean, positive: boolean, random: number): boolean {
  const top = 2 ** bits;
  switch (mode) {
    case "nearest-even":
      return nu > 0.5 || (nu === 0.5 && odd);
    case "nearest-away":
      return nu >= 0.5;
    case "nearest-zero":
      return nu > 0.5;
    case "up":
      return positive;
    case "down":
      return !positive;
    case "toward-zero":
      return false;
    case "to-odd":
      return !odd;
    case "stochastic-a":
      return Math.floor(nu * top) + random >= top;
    case "stochastic-b":
      return Math.floor(nu * 2 * top) + 2 * random + 1 >= 2 * top;
    case "stochastic-c":
      return roundEven(nu * top) + random >= top;
    case "stochastic-equal":
      return random >= top / 2;
  }
}
