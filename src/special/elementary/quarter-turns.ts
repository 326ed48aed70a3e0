// x = n pi/2 + r + tail, |r| <= pi/4, for f64 (f32 code has it in huge-argument.ts): pi/2 in three parts (Cody and Waite 1980; the
// tail as in Ng 1992, "Argument reduction for huge arguments") up to a limit; beyond it the bits of 2/pi that matter times the
// significand, in 64-bit integers (Payne and Hanek 1983, "Radian reduction for trigonometric functions"). 139 bits of x 2/pi stand
// behind the point; no f64 comes closer to a multiple of pi/2 than 2^-62 of a quarter turn, so that the rest has 64 bits that are
// right. Up to the limit no f64 comes closer to one of the 131,072 multiples than 2^-52, and three parts leave a relative error of
// the rest of 2^-60.9 at most (the f64 nearest to each multiple, in exact arithmetic: quarter-turns.test.ts).
import { ir, type Block, type Expression } from "../../compile/index.ts";
import { twoProduct, fastTwoSum, type Pair } from "./double-double.ts";
import { SHIFTER } from "./exponentials-single.ts";
import { TWO_OVER_PI } from "./polynomials-circular.ts";

/** Largest |x| that is reduced by parts of pi/2: n has 17 bits (f32: 12), so that products with the first parts are exact. */
export const LIMIT = { f64: 2e5, f32: 5000 } as const;

/** pi/2 in parts of 35, 33 and 53 bits; of 11, 11, 11 and 24 bits for f32. */
export const HALF_PI_PARTS: Readonly<Record<"f64" | "f32", readonly number[]>> = {
  f64: [1.5707963267923333, 2.5633441515839558e-12, 1.0562999066987428e-23],
  f32: [1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12],
};

/** pi/2 and pi as sums of two numbers. */
export const HALF_PI = { f64: [1.5707963267948966, 6.123233995736766e-17], f32: [1.5707963705062866, -4.371139000186241e-8] } as const; // oxfmt-ignore
export const PI = { f64: [3.141592653589793, 1.2246467991473532e-16], f32: [3.1415927410125732, -8.742278000372482e-8] } as const; // oxfmt-ignore

/** A sum of two numbers; `less` is -lo, where that is the local that there is. The parts may overlap. */
export interface Rest extends Pair {
  readonly less?: Expression;
}

/** x - n pi/2 as a sum of two numbers, n modulo 4 in the low bits of an integer. */
export interface Reduced {
  readonly r: Rest;
  readonly n: Expression;
}

/** As `Reduced`, n also as a number. */
export interface Counted extends Reduced {
  readonly whole: Expression;
}

/** x - n pi/2 for n the nearest integer, |x| up to LIMIT. Rounding by a sum gives n = +0 for x = -0, which keeps its sign. */
export function reduce(type: "f64" | "f32", k: Block, x: Expression): Counted {
  const shifter = SHIFTER[type];
  const [p1, p2, p3, p4] = HALF_PI_PARTS[type];
  const shifted = k.let("t", ir.add(ir.mul(x, 2 / Math.PI), shifter), type);
  const whole = k.let("n", ir.sub(shifted, shifter), type);
  // x - n p1 and n p2 are exact; the error of their difference is found again.
  const a = k.let("a", ir.sub(x, ir.mul(whole, p1)), type);
  const b = k.let("b", ir.mul(whole, p2), type);
  const d = k.let("d", ir.sub(a, b), type);
  const n = k.let("m", ir.bits(shifted, type === "f64" ? "i64" : "i32"));
  if (p4 === undefined) {
    // Below 1/100 of d, also next to multiples of pi/2, where d is small.
    const less = k.let("w", ir.sub(ir.mul(whole, p3), ir.sub(ir.sub(a, d), b)), type);
    return { r: { hi: d, lo: ir.neg(less), less }, n, whole };
  }
  // The third part of f32 likewise.
  const c = k.let("c", ir.mul(whole, p3), type);
  const e = k.let("e", ir.sub(d, c), type);
  const w = ir.sub(ir.sub(ir.mul(whole, p4), ir.sub(ir.sub(a, d), b)), ir.sub(ir.sub(d, e), c));
  const lost = k.let("w", w, type);
  const r = k.let("r", ir.sub(e, lost), type);
  return { r: { hi: r, lo: k.let("u", ir.sub(ir.sub(e, r), lost), type) }, n, whole };
}

/** The same without overlap. */
export function settled(k: Block, { r, n, whole }: Counted): Counted {
  if (!r.less) return { r, n, whole };
  const hi = k.let("r", ir.sub(r.hi, r.less));
  return { r: { hi, lo: k.let("u", ir.sub(ir.sub(r.hi, hi), r.less)) }, n, whole };
}

/** x - n pi/2 without a tail, for f32 results. */
export function reduceShort(k: Block, x: Expression): Counted {
  const shifted = k.let("t", ir.add(ir.mul(x, 2 / Math.PI), SHIFTER.f64));
  const whole = k.let("n", ir.sub(shifted, SHIFTER.f64));
  const a = ir.sub(x, ir.mul(whole, HALF_PI_PARTS.f64[0]));
  const r = k.let("r", ir.sub(a, ir.mul(whole, 2.563344151594519e-12)));
  return { r: { hi: r, lo: ir.f64(0) }, n: k.let("m", ir.bits(shifted, "i64")), whole };
}

/** Is x too large for parts of pi/2, or not a number? By squares, which cost less than signs. */
export function beyondLimit(x: Expression): Expression {
  return ir.not(ir.le(ir.mul(x, x), LIMIT[x.type as "f64"] ** 2));
}

/** The upper 64 bits of the product of m < 2^53 and t, as integers without sign. */
function upper(k: Block, m: Expression, t: Expression): Expression {
  const low = (e: Expression): Expression => ir.and(e, ir.i64(0xffffffff));
  const high = (e: Expression): Expression => ir.shru(e, ir.i64(32));
  const [ml, mh, tl, th] = [k.let("ml", low(m)), k.let("mh", high(m)), k.let("tl", low(t)), k.let("th", high(t))];
  const cross = k.let("cross", ir.mul(ml, th));
  const other = k.let("other", ir.mul(mh, tl));
  const middle = ir.add(high(ir.mul(ml, tl)), ir.add(low(cross), low(other)));
  return ir.add(ir.mul(mh, th), ir.add(high(middle), ir.add(high(cross), high(other))));
}

/** 2^e for e within the exponents of normal numbers. */
const power = (e: Expression): Expression => ir.bits(ir.shl(ir.add(e, ir.i64(1023)), ir.i64(52)), "f64");

/** For scalar |x| >= 1/2 of any size: x - n pi/2, relative error 2^-63; r is NaN if x is not finite. */
export function reduceHuge(k: Block, x: Expression): Reduced {
  const whole = ir.i64;
  const bits = k.let("bits", ir.bits(x, "i64"));
  const exponent = k.let("e", ir.and(ir.shru(bits, whole(52)), whole(2047)));
  const m = k.let("m", ir.or(ir.and(bits, whole(2n ** 52n - 1n)), whole(2n ** 52n)));
  // x = m 2^(e - 1075). Bits of 2/pi of weight 2^-j with e - 1075 - j >= 2 give whole turns; the first one kept is bit `start`,
  // counted from 0 in the words with a word of zeros before them.
  const words = [0n, ...TWO_OVER_PI];
  const start = k.let("start", ir.sub(exponent, whole(1075 - 62)));
  const at = k.let("at", ir.shru(start, whole(6)));
  const by = k.let("by", ir.and(start, whole(63)));
  const choices = words.length - 3;
  const word = (j: number): Expression =>
    words.slice(j, j + choices).reduceRight<Expression>((rest, w, i) => (i === choices - 1 ? whole(w) : ir.select(ir.eq(at, whole(i)), whole(w), rest)), whole(0)); // oxfmt-ignore
  const taken = [0, 1, 2, 3].map((j) => k.let(`w${j}`, word(j)));
  // Shifts count modulo 64, so that no shift at all is a case of its own.
  const window = [0, 1, 2].map((j) => {
    const shifted = ir.or(ir.shl(taken[j], by), ir.shru(taken[j + 1], ir.sub(whole(64), by)));
    return k.let(`t${j}`, ir.select(ir.eq(by, whole(0)), taken[j], shifted));
  });
  // The product modulo 2^192, without its lowest word: two bits of n, then 126 of the fraction.
  const below = k.let("below", ir.mul(window[1], m));
  const carried = k.let("low", ir.add(below, upper(k, m, window[2])));
  const carry = ir.convert(ir.ltu(carried, below), "i64");
  const top = k.let("top", ir.add(ir.add(ir.mul(window[0], m), upper(k, m, window[1])), carry));
  // The fraction as an integer with sign, in units of 2^-128, and n rounded to the nearest.
  const fraction = k.let("fraction", ir.or(ir.shl(top, whole(2)), ir.shru(carried, whole(62))));
  const minus = k.let("minus", ir.lt(fraction, whole(0)));
  const turns = k.let("turns", ir.add(ir.shru(top, whole(62)), ir.convert(minus, "i64")));
  const rest = k.let("rest", ir.shl(carried, whole(2)));
  const low = k.let("lowest", ir.select(minus, ir.neg(rest), rest));
  const flipped = ir.add(ir.xor(fraction, whole(-1)), ir.convert(ir.eq(rest, whole(0)), "i64"));
  const first = k.let("first", ir.select(minus, flipped, fraction));
  const zeros = k.let("zeros", ir.clz(first));
  const moved = ir.or(ir.shl(first, zeros), ir.shru(low, ir.sub(whole(64), zeros)));
  const one = k.let("one", ir.select(ir.eq(zeros, whole(0)), first, moved));
  const two = k.let("two", ir.shl(low, zeros));
  // 53 bits, and 53 more; times pi/2.
  const size = k.let("size", power(ir.sub(whole(-53), zeros)));
  const high = k.let("high", ir.mul(ir.convert(ir.shru(one, whole(11)), "f64"), size));
  const bitsBelow = ir.or(ir.shl(ir.and(one, whole(2047)), whole(42)), ir.shru(two, whole(22)));
  const tail = k.let("tail", ir.mul(ir.mul(ir.convert(bitsBelow, "f64"), size), 2 ** -53));
  const [h, l] = HALF_PI.f64;
  const p = twoProduct(k, high, h);
  const angle = fastTwoSum(k, p.hi, ir.add(p.lo, ir.add(ir.mul(high, l), ir.mul(tail, h))));
  const flip = k.let("flip", ir.xor(ir.shl(ir.convert(minus, "i64"), whole(63)), ir.and(bits, whole(-(2n ** 63n)))));
  const sign = (e: Expression): Expression => ir.bits(ir.xor(ir.bits(e, "i64"), flip), "f64");
  const lost = ir.eq(exponent, whole(2047));
  return {
    r: { hi: k.let("r", ir.select(lost, Number.NaN, sign(angle.hi))), lo: k.let("u", sign(angle.lo)) },
    n: k.let("n", ir.select(ir.lt(bits, whole(0)), ir.neg(turns), turns)),
  };
}
