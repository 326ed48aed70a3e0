// Arguments for bench/functions-check.ts: the ranges where each function does something, and arguments known to be hard: special
// values, ends of ranges, the numbers closest to multiples of pi/2 in every binade (by continued fractions), neighbours of powers of
// two and of simple fractions, and arguments whose results lie extremely near the middle of two numbers (for exp, log, sin and their
// like near 0, from their power series: Muller, "Elementary Functions", chapter 10, section on hardest cases).
import type { Float } from "./functions-code.ts";
import { TWO } from "./functions-code.ts";

/** Ranges [low, high, ...]; the second argument of a function of two has its own. */
export const RANGES: Readonly<Record<string, readonly number[]>> = {
  exp: [-746, 710, -1, 1, 700, 710, -746, -700], exp2: [-1075, 1025, -1, 1, -1075, -1020], exp10: [-324, 309, -1, 1], expm1: [-40, 710, -1, 1],
  log: [0, 10, 0.5, 2, 0.99, 1.01], log2: [0, 10, 0.5, 2, 0.99, 1.01], log10: [0, 10, 0.5, 2, 0.99, 1.01], log1p: [-1, 10, -0.1, 0.1, -1, 1],
  sin: [-10, 10, -1e3, 1e3, -2e6, 2e6, -1, 1], cos: [-10, 10, -1e3, 1e3, -2e6, 2e6, -1, 1], tan: [-10, 10, -1e3, 1e3, -2e6, 2e6, -1, 1],
  sinpi: [-3, 3, -1e6, 1e6, -1e16, 1e16], cospi: [-3, 3, -1e6, 1e6, -1e16, 1e16], asin: [-1, 1, 0.99, 1, 0.45, 0.55], acos: [-1, 1, 0.99, 1, 0.45, 0.55, -1, -0.99],
  atan: [-4, 4, -100, 100, 0.4, 0.42, 2.4, 2.43], sinh: [-711, 711, -2, 2, -30, 30], cosh: [-711, 711, -2, 2, -30, 30], tanh: [-23, 23, -2, 2, -0.3, 0.3],
  asinh: [-10, 10, -1, 1, -1e10, 1e10], acosh: [1, 10, 1, 1.5, 1, 1e10], atanh: [-1, 1, -0.5, 0.5, 0.99, 1], cbrt: [-10, 10, 1, 8, -1e6, 1e6],
  erf: [-6, 6, -1, 1], erfc: [-6, 28, -1, 1, 20, 27.3], sigmoid: [-750, 40, -5, 5], softplus: [-750, 40, -5, 5], gelu: [-39, 10, -2, 2],
  sqrt: [0, 10, 0, 1e10], reciprocal: [-10, 10], rsqrt: [0, 10],
  pow: [0, 10, 0.9, 1.1, 0, 1e10, -10, 10], "pow second": [-10, 10, -300, 300, -1e4, 1e4],
  atan2: [-10, 10, -1, 1, -1e-3, 1e-3], "atan2 second": [-10, 10, -1, 1, -1e3, 1e3],
  hypot: [-10, 10, -1, 1, -1e-3, 1e-3], "hypot second": [-10, 10, -1, 1, -1e3, 1e3],
}; // oxfmt-ignore

const PI_BITS = 1300n;
/** pi/2 times 2^1300, by Machin's formula. */
function halfPi(): bigint {
  const one = 1n << (PI_BITS + 64n);
  const inverse = (n: bigint): bigint => {
    let [power, sum] = [one / n, 0n];
    for (let j = 1n; power !== 0n; j += 2n) {
      sum += (j % 4n === 1n ? power : -power) / j;
      power /= n * n;
    }
    return sum;
  };
  return (8n * inverse(5n) - 2n * inverse(239n)) >> 64n;
}

/** Of each binade, numbers m 2^e next to multiples of pi/2: denominators of the continued fraction of 2^e / (pi/2). */
export function nearQuarterTurns(type: Float): number[] {
  const [bits, last] = type === "f64" ? [53n, 971] : [24n, 104];
  const found: number[] = [];
  const half = halfPi();
  const one = 1n << PI_BITS;
  for (let e = -Number(bits); e <= last; e++) {
    let [p, q] = [e >= 0 ? one << BigInt(e) : one >> BigInt(-e), half];
    let [before, denominator] = [1n, 0n];
    while (q !== 0n && denominator < 1n << bits) {
      // The multiple of the denominator that has all bits.
      const m = denominator > 1n ? denominator * (((1n << (bits - 1n)) + denominator - 1n) / denominator) : 0n;
      if (m > 0n && m < 1n << bits) found.push(Number(m) * 2 ** e);
      const part = p / q;
      [p, q] = [q, p % q];
      [before, denominator] = [denominator, part * denominator + before];
    }
  }
  return found;
}

/** The number's neighbours, `n` on each side, in its format. */
function around(x: number, n: number, type: Float): number[] {
  if (!Number.isFinite(x)) return [x];
  const out: number[] = [];
  if (type === "f64") {
    const view = new BigInt64Array(1);
    const as = new Float64Array(view.buffer);
    as[0] = x;
    const middle = view[0];
    for (let j = -n; j <= n; j++) {
      view[0] = middle + BigInt(j);
      out.push(as[0]);
    }
  } else {
    const view = new Int32Array(1);
    const as = new Float32Array(view.buffer);
    as[0] = x;
    const middle = view[0];
    for (let j = -n; j <= n; j++) {
      view[0] = middle + j;
      out.push(as[0]);
    }
  }
  return out;
}

/** One-argument numbers that are hard or special. */
function hard(type: Float): number[] {
  const [least, tiny, huge] =
    type === "f64" ? [2 ** -1074, 2 ** -1022, Number.MAX_VALUE] : [2 ** -149, 2 ** -126, 3.4028234663852886e38];
  const out: number[] = [0, Infinity, Number.NaN, huge, ...around(tiny, 20, type)];
  for (let j = 1; j <= 40; j++) out.push(j * least);
  const [low, high] = type === "f64" ? [-1074, 1023] : [-149, 127];
  for (let e = low; e <= high; e++) out.push(...around(2 ** e, 3, type), ...around(1.5 * 2 ** e, 1, type));
  for (let j = 0; j <= 4000; j++) out.push(...around(j / 8, 2, type));
  for (let j = 0; j <= 1100; j++) out.push(...around(j * Math.LN2, 2, type), ...around((j + 0.5) * Math.LN2, 2, type), ...around(j * Math.LN10, 1, type)); // oxfmt-ignore
  for (const x of [Math.SQRT1_2, Math.SQRT2, Math.SQRT2 - 1, Math.SQRT2 + 1, Math.E, 709.782712893384, 745.1332191019412, 708.3964185322641, 88.72283905206835, 103.97207708399179, 5.9, 6, 26.5, 27.2, 27.3, 18.7, 22, 19.1, 710.4758600739439, 307.95, 308.25, 323.3, 9.1, 38.6])
    out.push(...around(x, 40, type)); // oxfmt-ignore
  // Near 0, exp x = 1 + x + x^2/2 and sin x = x - x^3/6: at powers of two and their neighbours results are next to a number or a middle.
  for (let e = -60; e < -20; e++) for (let j = 1; j < 64; j += 2) out.push(...around(j * 2 ** (e - 5), 1, type));
  out.push(...nearQuarterTurns(type));
  return out;
}

/** Pairs [x, z] to be tried besides random ones. */
export function chosenArguments(name: string, type: Float): [number, number][] {
  if (!TWO.has(name)) return hard(type).flatMap((x): [number, number][] => [[x, 0], [-x, 0]]); // oxfmt-ignore
  const [least, tiny, huge] =
    type === "f64" ? [2 ** -1074, 2 ** -1022, Number.MAX_VALUE] : [2 ** -149, 2 ** -126, 3.4028234663852886e38];
  const list = [0, least, 3 * least, tiny, 2 * tiny, huge, huge / 2, Infinity, Number.NaN, 1, 2, 3, 4, 0.5, 0.25, 1.5, 10, 100, 1e10, 1e-10, 2 ** 53, 2 ** 53 - 1, 2 ** 54, 2 ** 31, 1023, 1024, 1074, 1075, 127, 128, 149, 150, 1e30, 1e-30]; // oxfmt-ignore
  const wide = [...list, ...around(1, 8, type), ...around(2, 4, type), ...around(0.5, 4, type), ...around(Math.sqrt(tiny), 4, type), ...around(Math.sqrt(huge), 4, type)]; // oxfmt-ignore
  const numbers = type === "f32" ? wide.map(Math.fround) : wide;
  return numbers.flatMap((x) => numbers.flatMap((z): [number, number][] => [[x, z], [-x, z], [x, -z], [-x, -z]])); // oxfmt-ignore
}
