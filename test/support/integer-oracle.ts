// A second oracle of rounding to float formats, quick enough for 10^9 cases and written apart from the fast path: the
// double is taken to pieces as a 53-bit integer S and an exponent, everything is decided by divisions of integers below
// 2^53 with remainder, and the result is put together from its two words. No sum or product here is ever rounded.
// It is itself compared with the BigInt oracle (src/number/round-exact.ts) in bench/rounding-exhaustive.ts and in the tests.
import type { FloatFormat, Overflow, RoundingMode } from "../../src/number/index.ts";

const view = new DataView(new ArrayBuffer(8));

const bitLength = (n: number): number => (n >= 2 ** 32 ? 64 - Math.clz32(Math.floor(n / 2 ** 32)) : 32 - Math.clz32(n));

/** The double n 2^e, n < 2^53 an integer, which must exist, from its words. */
function assemble(n: number, e: number, negative: boolean): number {
  let word = 0;
  if (n > 0) {
    const length = bitLength(n);
    const biased = e + length - 1 + 1023;
    word = biased > 0 ? (biased - 1) * 2 ** 52 + n * 2 ** (53 - length) : n * 2 ** (e + 1074);
    // (biased - 1) 2^52 + n 2^(53-length) can exceed 2^53: it is formed in two parts.
    if (biased > 0) {
      const fraction = n * 2 ** (53 - length) - 2 ** 52;
      view.setUint32(0, ((negative ? 2 ** 31 : 0) + biased * 2 ** 20 + Math.floor(fraction / 2 ** 32)) >>> 0);
      view.setUint32(4, fraction % 2 ** 32);
      return view.getFloat64(0);
    }
  }
  view.setUint32(0, ((negative ? 2 ** 31 : 0) + Math.floor(word / 2 ** 32)) >>> 0);
  view.setUint32(4, word % 2 ** 32);
  return view.getFloat64(0);
}

export type IntegerOracle = (x: number, random: number) => number;

/** Rounding to the format, which must lie within the doubles, given N random bits R with each x. */
export function integerOracle(
  format: FloatFormat,
  mode: RoundingMode,
  overflow: Overflow,
  bits: number,
): IntegerOracle {
  const { precision: p, emin, signed, subnormals, zero, infinities } = format;
  const first = 2 ** (p - 1);
  const topBinade = Number(format.largest >> BigInt(p - 1)) + (zero === "none" ? 1 : 0);
  const topFraction = Number(format.largest % 2n ** BigInt(p - 1));
  const topExponent = topBinade === 0 ? emin : emin + topBinade - 1;
  const topWhole = topBinade === 0 ? topFraction : first + topFraction;
  const place = (e: number): number => e - p + 1;
  const N = 2 ** bits;

  const zeroResult = (negative: boolean): number => {
    if (zero === "none") return assemble(1, emin, false);
    return negative && zero === "signed" ? -0 : 0;
  };

  const outside = (negative: boolean, infinite: boolean): number => {
    const limit = negative && !signed ? zeroResult(false) : assemble(topWhole, place(topExponent), negative);
    const endless = infinities && (signed || !negative);
    const endlessValue = negative ? -Infinity : Infinity;
    if (overflow === "saturate") return limit;
    if (overflow === "propagate") return infinite && endless ? endlessValue : limit;
    if (!infinite) {
      if (mode === "toward-zero" || (mode === "up" && negative) || (mode === "down" && !negative)) return limit;
      if (mode === "to-odd" && overflow === "ieee") return limit;
      if (mode === "to-odd" && !negative && !signed && infinities) return limit;
    }
    if (endless) return endlessValue;
    if (overflow === "ieee") return Number.NaN;
    return negative && !signed ? Number.NaN : limit;
  };

  /** rest/2^drop of a unit is cut off, 0 < rest < 2^drop; `odd` is the code below. */
  const away = (rest: number, drop: number, odd: boolean, negative: boolean, random: number): boolean => {
    if (mode === "toward-zero") return false;
    if (mode === "up") return !negative;
    if (mode === "down") return negative;
    if (mode === "to-odd") return !odd;
    if (mode === "stochastic-equal") return random >= N / 2;
    // Twice the rest against the unit: beyond 2^53 the unit is larger than any 2 S.
    const order = drop > 54 ? -1 : Math.sign(rest - 2 ** (drop - 1));
    if (mode === "nearest-even") return order > 0 || (order === 0 && odd);
    if (mode === "nearest-away") return order >= 0;
    if (mode === "nearest-zero") return order > 0;
    // The leading n bits of the rest, and what lies below them.
    const n = mode === "stochastic-b" ? bits + 1 : bits;
    const cut = drop - n;
    let leading = 0;
    let below = rest;
    if (cut <= 0) {
      leading = rest * 2 ** -cut;
      below = 0;
    } else if (cut <= 53) {
      below = rest % 2 ** cut;
      leading = (rest - below) / 2 ** cut;
    }
    if (mode === "stochastic-a") return leading + random >= N;
    if (mode === "stochastic-b") return leading + 2 * random + 1 >= 2 * N;
    const half = cut <= 0 || cut > 54 ? -1 : Math.sign(below - 2 ** (cut - 1));
    if (half > 0 || (half === 0 && leading % 2 === 1)) leading += 1;
    return leading + random >= N;
  };

  return (x, random) => {
    view.setFloat64(0, x);
    const high = view.getUint32(0);
    const negative = high >= 2 ** 31;
    const biased = (high >>> 20) % 2048;
    const fraction = (high % 2 ** 20) * 2 ** 32 + view.getUint32(4);
    if (biased === 2047) return fraction === 0 ? outside(negative, true) : Number.NaN;
    const S = biased === 0 ? fraction : fraction + 2 ** 52;
    if (S === 0) return zeroResult(negative);
    const E = (biased === 0 ? 1 : biased) - 1075;
    const log = E + bitLength(S) - 1;
    const small = log < emin;
    if (small && zero === "none") return negative ? outside(true, false) : zeroResult(false);
    let e = small ? emin : log;
    const gap = small && subnormals === "none";
    const drop = (gap ? emin : place(e)) - E;
    let whole = 0;
    let rest = S;
    if (drop <= 0) {
      whole = S * 2 ** -drop;
      rest = 0;
    } else if (drop <= 53) {
      rest = S % 2 ** drop;
      whole = (S - rest) / 2 ** drop;
    }
    if (rest > 0) {
      // Precision 1: the codes of binades follow each other, so the place counts too.
      const parity = p > 1 ? whole : whole + (e - emin) + (zero === "none" ? 1 : 0);
      if (away(rest, drop, !gap && parity % 2 === 1, negative, random)) whole += 1;
    }
    if (gap) whole *= first;
    if (whole === 0 || (small && subnormals === "flush" && whole < first)) return zeroResult(negative);
    if (negative && !signed) return outside(true, false);
    if (whole === 2 * first) {
      whole = first;
      e += 1;
    }
    if (e > topExponent || (e === topExponent && whole > topWhole)) return outside(negative, false);
    return assemble(whole, place(e), negative);
  };
}
