// What every function made of exponentials needs: the argument as n ln 2 + r with |r| <= ln(2)/2, exp(r) - 1 as a sum of two
// numbers, and a product with 2^n that is rounded once. exp(r) = 1 + r + r^2/2 + (even and odd tails by polynomials), where 1, r and
// r^2/2 are added without loss and the tails are below 0.8 percent of r, so that the whole is good to some 2^-59.
// Source: reduction in two parts as in Cody and Waite (1980, chapter 6); sums of two numbers: Dekker (1971).
import { ir, type Block, type Expression, type Value } from "../../compile/index.ts";
import { fastTwoSum, head, multiplyPairs, type Pair, pairOf, square, twoProduct } from "./double-double.ts";
import { COSH, SINH } from "./exp-log-coefficients.ts";
import { horner } from "./polynomial.ts";

/** 1.5 * 2^52: adding it rounds to an integer, which then stands in the low bits. */
export const ROUNDER = 6755399441055744;

/** ln 2 = high + low, the high part with 32 bits, so that its products with n are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** ln 2 with a head of 26 bits. */
const LN2_HEAD = 0.6931471675634384;
const LN2_REST = 1.2996506893889889e-8;

const SIXTH = pairOf(1 / 6, 9.25185853854297e-18);

/** n ln 2 + (high + low); n an integer as an f64, r = high + low rounded. */
export interface Reduced {
  readonly n: Expression;
  readonly r: Expression;
  readonly high: Expression;
  readonly low: Expression;
}

/** high + low as r and what rounding took from it. */
export const reducedPair = (k: Block, { r, high, low }: Reduced): Pair => ({
  hi: r,
  lo: k.let("rl", ir.add(ir.sub(high, r), low)),
});

/** The nearest integer, for |x| < 2^51. */
export function nearest(k: Block, x: Value, name = "n"): Expression {
  return k.let(name, ir.nearest(x as Expression));
}

/** x between two bounds; NaN stays. */
export function between(k: Block, x: Expression, least: number, greatest: number): Expression {
  return k.let("x", ir.pmax(ir.pmin(x, ir.f64(greatest)), ir.f64(least)));
}

/** For |x| < 2000; `lo` is a small part to be added to x. */
export function reduceNatural(k: Block, x: Expression, lo?: Expression): Reduced {
  const n = nearest(k, ir.mul(x, Math.LOG2E));
  const high = k.let("high", ir.sub(x, ir.mul(n, LN2_HIGH)));
  const below = ir.mul(n, -LN2_LOW);
  const low = k.let("low", lo ? ir.add(lo, below) : below);
  return { n, high, low, r: k.let("r", ir.add(high, low)) };
}

/** 2^x for |x| < 2000: the nearest integer, and the rest times ln 2. */
export function reduceBinary(k: Block, x: Expression): Reduced {
  const n = nearest(k, x);
  const rest = k.let("rest", ir.sub(x, n));
  const first = head(k, rest);
  const high = k.let("high", ir.mul(first, LN2_HEAD));
  const low = k.let("low", ir.add(ir.mul(ir.sub(rest, first), LN2_HEAD), ir.mul(rest, LN2_REST)));
  return { n, high, low, r: k.let("r", ir.add(high, low)) };
}

/** exp(r) - 1 for |r| <= 0.347, relative error some 2^-58; with `sharp` r^3/6 is a sum too, and the error some 2^-62. */
export function expm1Pair(k: Block, r: Pair, sharp = false): Pair {
  const z = square(k, r.hi);
  const even = ir.mul(ir.mul(z.hi, z.hi), horner(z.hi, COSH));
  let m = fastTwoSum(k, r.hi, ir.mul(z.hi, 0.5));
  let rest: Expression = k.let("rest", ir.add(ir.mul(z.lo, 0.5), ir.add(r.lo, ir.mul(r.hi, r.lo))));
  const odd = ir.mul(ir.mul(r.hi, z.hi), sharp ? ir.mul(z.hi, horner(z.hi, SINH.slice(1))) : horner(z.hi, SINH));
  if (sharp) {
    const cube = multiplyPairs(k, twoProduct(k, r.hi, z.hi), SIXTH);
    rest = ir.add(rest, ir.add(m.lo, ir.add(cube.lo, ir.mul(ir.mul(r.hi, z.lo), SIXTH.hi))));
    m = fastTwoSum(k, m.hi, cube.hi);
  }
  const tails = k.let("tails", ir.add(odd, even));
  return fastTwoSum(k, m.hi, ir.add(tails, ir.add(m.lo, rest)));
}

/** sinh(r) and cosh(r) - 1 for |r| <= 0.347, relative errors some 2^-60. */
export function sinhCoshPairs(k: Block, r: Pair): { sinh: Pair; versine: Pair } {
  const z = square(k, r.hi);
  const even = ir.mul(ir.mul(z.hi, z.hi), horner(z.hi, COSH));
  const odd = ir.mul(ir.mul(r.hi, z.hi), ir.mul(z.hi, horner(z.hi, SINH.slice(1))));
  const cube = multiplyPairs(k, twoProduct(k, r.hi, z.hi), SIXTH);
  const s = fastTwoSum(k, r.hi, cube.hi);
  const rest = ir.add(cube.lo, ir.mul(ir.mul(r.hi, z.lo), SIXTH.hi));
  const late = ir.add(r.lo, ir.mul(ir.mul(z.hi, 0.5), r.lo));
  return {
    sinh: fastTwoSum(k, s.hi, ir.add(odd, ir.add(s.lo, ir.add(rest, late)))),
    versine: fastTwoSum(k, ir.mul(z.hi, 0.5), ir.add(even, ir.add(ir.mul(z.lo, 0.5), ir.mul(r.hi, r.lo)))),
  };
}

/** exp(r), relative error some 2^-58, or 2^-62. */
export function expPair(k: Block, r: Pair, sharp = false): Pair {
  const m = expm1Pair(k, r, sharp);
  const s = fastTwoSum(k, 1, m.hi);
  return fastTwoSum(k, s.hi, ir.add(s.lo, m.lo));
}

/** 2^n for an integer n as an f64, -1022 <= n <= 1023. */
export function powerOfTwo(k: Block, n: Expression): Expression {
  return k.let("power", ir.bits(ir.shl(ir.bits(ir.add(n, ROUNDER + 1023), "i64"), ir.i64(52)), "f64"));
}

/** value * 2^n where value and the result are normal numbers: n is added to the exponent. */
export function timesNormal(k: Block, value: Expression, n: Expression): Expression {
  const exponent = ir.shl(ir.bits(ir.add(n, ROUNDER), "i64"), ir.i64(52));
  return k.let("scaled", ir.bits(ir.add(ir.bits(value, "i64"), exponent), "f64"));
}

/** value * 2^n for |n| < 2044, 0.5 < |value| < 2^52: where the result is subnormal, it is rounded a second time. */
export function scaled(k: Block, value: Expression, n: Expression): Expression {
  const first = nearest(k, ir.mul(n, 0.5), "half");
  return ir.mul(ir.mul(value, powerOfTwo(k, first)), powerOfTwo(k, ir.sub(n, first)));
}

/** (hi + lo) * 2^n for 2^-100 < hi < 2, -1900 < n < 2044, rounded once. */
export function scaledPair(k: Block, { hi, lo }: Pair, n: Expression): Expression {
  // A result below 2^-1022 is rounded where it will be, by a sum with the power of two whose last place is that of the result.
  const least = powerOfTwo(k, ir.pmax(ir.sub(-1022, n), ir.f64(-100)));
  const anchor = k.let("anchor", ir.select(ir.lt(hi, least), least, ir.f64(0)));
  const s = fastTwoSum(k, anchor, hi);
  const value = k.let("value", ir.sub(ir.add(s.hi, ir.add(s.lo, lo)), anchor));
  return scaled(k, value, n);
}
