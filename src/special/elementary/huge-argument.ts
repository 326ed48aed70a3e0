// x - n pi/2 for f32 arguments of any size, in 32-bit integers: the bits of 2/pi that matter are multiplied by the significand,
// whole turns drop out as overflow. Source: Payne and Hanek (1983, "Radian reduction for trigonometric functions"); how many bits
// are enough follows from the f32 that comes closest to a multiple of pi/2 (2^-29.9 of a quarter turn away).
// Left out: f64, which needs products of 53 bits; arguments below 2, where the result would have no bits to spare.
import { ir, type Block, type Expression } from "../../compile/index.ts";

/** Bits of 2/pi after the point, 32 a word, with a word of zeros before them. */
const TWO_OVER_PI = [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab].map((word) => word | 0); // oxfmt-ignore
/** pi/2 in units of 2^-31. */
const HALF_PI = 0xc90fdaa2 | 0;

/** The upper 32 bits of the product of two integers without sign. */
function upper(k: Block, x: Expression, y: Expression | number): Expression {
  const low = (e: Expression): Expression => ir.and(e, 0xffff);
  const high = (e: Expression): Expression => ir.shru(e, 16);
  const [a, b] = [k.let("a", x), k.let("b", typeof y === "number" ? ir.i32(y) : y)];
  const cross = k.let("c", ir.mul(high(a), low(b)));
  const other = k.let("d", ir.mul(low(a), high(b)));
  const middle = ir.add(high(ir.mul(low(a), low(b))), ir.add(low(cross), low(other)));
  return ir.add(ir.mul(high(a), high(b)), ir.add(high(middle), ir.add(high(cross), high(other))));
}

/** 2^e for e within the exponents of normal numbers. */
const power = (e: Expression): Expression => ir.bits(ir.shl(ir.add(e, 127), 23), "f32");

/** For |x| >= 2: r + tail = x - n pi/2, |r| <= pi/4, relative error 2^-29; r is NaN if x is not finite. n has two bits that matter. */
export function reduceHuge(k: Block, x: Expression): { r: Expression; tail: Expression; n: Expression } {
  const bits = k.let("bits", ir.bits(x, "i32"));
  const exponent = k.let("e", ir.and(ir.shru(bits, 23), 255));
  const m = k.let("m", ir.or(ir.and(bits, 0x7fffff), 0x800000));
  // x = m 2^(e - 150). Bits of 2/pi of weight 2^-j with e - 150 - j >= 2 give whole turns; the first one kept is the bit `start`
  // of the words above, counted from 0.
  const start = k.let("start", ir.sub(exponent, 150 - 30));
  const at = k.let("at", ir.shru(start, 5));
  const by = k.let("by", ir.and(start, 31));
  const word = (j: number): Expression =>
    TWO_OVER_PI.slice(j, j + 5).reduceRight<Expression>((rest, w, i) => (i === 4 ? ir.i32(w) : ir.select(ir.eq(at, i), ir.i32(w), rest)), ir.i32(0)); // oxfmt-ignore
  const words = [0, 1, 2, 3].map((j) => k.let(`w${j}`, word(j)));
  // Shifts count modulo 32, so that no shift at all is a case of its own.
  const window = [0, 1, 2].map((j) =>
    k.let(
      `t${j}`,
      ir.select(ir.eq(by, 0), words[j], ir.or(ir.shl(words[j], by), ir.shru(words[j + 1], ir.sub(32, by)))),
    ),
  );
  // The product modulo 2^96, without its lowest word: two bits of n, then 62 of the fraction.
  const below = k.let("below", ir.mul(window[1], m));
  const carried = k.let("low", ir.add(below, upper(k, window[2], m)));
  const carry = ir.ltu(carried, below);
  const top = k.let("top", ir.add(ir.add(ir.mul(window[0], m), upper(k, window[1], m)), carry));
  // The fraction as an integer with sign, in units of 2^-64, and n rounded to the nearest.
  const fraction = k.let("fraction", ir.or(ir.shl(top, 2), ir.shru(carried, 30)));
  const minus = k.let("minus", ir.lt(fraction, 0));
  const turns = k.let("turns", ir.add(ir.shru(top, 30), minus));
  const rest = k.let("rest", ir.shl(carried, 2));
  const low = k.let("lowest", ir.select(minus, ir.neg(rest), rest));
  const first = k.let("first", ir.select(minus, ir.add(ir.xor(fraction, -1), ir.eq(rest, 0)), fraction));
  const zeros = k.let("zeros", ir.clz(first));
  const one = ir.or(ir.shl(first, zeros), ir.shru(low, ir.sub(32, zeros)));
  const normal = k.let("normal", ir.select(ir.eq(zeros, 0), first, one));
  // Times pi/2; 24 bits make r, the other 8 the tail.
  const angle = k.let("angle", upper(k, normal, HALF_PI));
  const flip = k.let("flip", ir.xor(ir.shl(minus, 31), ir.and(bits, -0x80000000)));
  const part = (e: Expression, shift: number): Expression => {
    const size = ir.mul(ir.convert(e, "f32"), power(ir.sub(shift - 31, zeros)));
    return ir.bits(ir.xor(ir.bits(size, "i32"), flip), "f32");
  };
  return {
    r: ir.select(ir.eq(exponent, 255), Number.NaN, part(ir.shru(angle, 8), 8)),
    tail: part(ir.and(angle, 255), 0),
    n: ir.select(ir.lt(bits, 0), ir.neg(turns), turns),
  };
}
