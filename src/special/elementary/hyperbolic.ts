// sinh, cosh, tanh and the logistic function 1/(1 + exp(-x)) of f64. With |x| = n ln 2 + r the accurate variants are
//   sinh|x| = sinh(r) a + cosh(r) b, cosh x = cosh(r) a + sinh(r) b, a, b = 2^(n-1) +- 2^(-n-1),
//   tanh|x| = m/(m + 2) with m = exp(2|x|) - 1, and e/(1 + e) or 1/(1 + e) with e = exp(-|x|),
// in sums of two numbers; the others compute m and e in single numbers.
import { ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { addAnyPairs, addPairs, dividePairs, fastTwoSum, head, multiplyPairs, type Pair, pairOf, selectPair, timesPower } from "./double-double.ts"; // oxfmt-ignore
import { tanhSingle } from "./exponentials-single.ts";
import { EXP_LONG } from "./exp-log-coefficients.ts";
import { between, expm1Pair, expPair, powerOfTwo, reducedPair, reduceNatural, scaled, scaledPair, sinhCoshPairs } from "./exponential-parts.ts"; // oxfmt-ignore
import { combined, expm1Parts, expm1Single } from "./exponentials.ts";
import { variants } from "./widened.ts";

const LIMIT = 712;
const ONE = pairOf(1, 0);

/** `value` with the sign of x; `value` is not negative. */
export function withSign(value: Expression, x: Expression): Expression {
  const sign = ir.and(ir.bits(x, "i64"), ir.i64(-(2n ** 63n)));
  return ir.bits(ir.or(ir.bits(value, "i64"), sign), "f64");
}

/** n, or where it is great n - 8 and what undoes that. */
function lowered(k: Block, n: Expression): { n: Expression; back: Expression } {
  const great = k.let("great", ir.gt(n, 1000));
  return { n: k.let("ns", ir.sub(n, ir.select(great, ir.f64(8), ir.f64(0)))), back: ir.select(great, ir.f64(256), ir.f64(1)) }; // oxfmt-ignore
}

function accurate(name: "sinh" | "cosh"): Expansion["expand"] {
  return (k, [x]) => {
    const size = between(k, ir.abs(x), 0, LIMIT);
    const reduced = reduceNatural(k, size);
    const { sinh, versine } = sinhCoshPairs(k, reducedPair(k, reduced));
    const { n, back } = lowered(k, reduced.n);
    const up = powerOfTwo(k, ir.sub(n, 1));
    const down = powerOfTwo(k, ir.pmax(ir.sub(-1, n), ir.f64(-200)));
    const a = fastTwoSum(k, up, down);
    const b = fastTwoSum(k, up, ir.neg(down));
    const [first, second] = name === "sinh" ? [b, a] : [a, b];
    const around = addPairs(k, first, multiplyPairs(k, versine, first));
    const { hi } = addAnyPairs(k, around, multiplyPairs(k, sinh, second));
    const value = ir.mul(hi, back);
    // x itself where the cube is beyond the last place, since products of such numbers are not exact.
    return name === "cosh" ? value : ir.select(ir.lt(ir.abs(x), 2 ** -30), x, withSign(value, x));
  };
}

const sinhCode: Expansion["expand"] = (k, [x]) => {
  const reduced = reduceNatural(k, between(k, ir.abs(x), 0, LIMIT));
  const { n, back } = lowered(k, reduced.n);
  const power = powerOfTwo(k, ir.sub(n, 1));
  const half = k.let("half", ir.add(ir.sub(power, 0.5), ir.mul(power, expm1Single(k, reduced))));
  const value = ir.add(half, ir.div(half, ir.add(ir.mul(half, 2), 1)));
  return ir.select(ir.lt(ir.abs(x), 2 ** -30), x, withSign(ir.mul(value, back), x));
};

const coshCode: Expansion["expand"] = (k, [x]) => {
  const reduced = reduceNatural(k, between(k, ir.abs(x), 0, LIMIT));
  const { n, back } = lowered(k, reduced.n);
  const half = k.let("half", ir.mul(powerOfTwo(k, ir.sub(n, 1)), ir.add(expm1Single(k, reduced), 1)));
  return ir.mul(ir.add(half, ir.div(0.25, half)), back);
};

/** Beyond 20 the result is 1. */
const tanhCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const twice = k.let("twice", ir.mul(between(k, ir.abs(x), 0, 20), 2));
    const reduced = reduceNatural(k, twice);
    const power = powerOfTwo(k, reduced.n);
    let value: Expression;
    if (precise) {
      const m = combined(k, expm1Pair(k, reducedPair(k, reduced), true), power, ir.f64(1));
      value = dividePairs(k, m, addAnyPairs(k, pairOf(2, 0), m)).hi;
    } else {
      const m = k.let("m", ir.add(ir.sub(power, 1), ir.mul(power, expm1Single(k, reduced))));
      value = ir.div(m, ir.add(m, 2));
    }
    return ir.select(ir.lt(ir.abs(x), 2 ** -30), x, withSign(value, x));
  };

/**
 * tanh to 1 ULP: (E - 1)/(E + 1) with E = exp(2 |x|) = 2^n + 2^n (exp(r) - 1) as a sum of two numbers; the quotient by a head of 26
 * bits, whose product with the head of the denominator is exact, and a correction. E loses no more than 2^-53 of what is small beside 1,
 * and that is in its second number.
 */
const tanhStandard: Expansion["expand"] = (k, [x]) => {
  const size = k.let("size", ir.abs(x));
  const reduced = reduceNatural(k, k.let("twice", ir.mul(ir.pmin(size, ir.f64(20)), 2)));
  const power = powerOfTwo(k, reduced.n);
  const { first, rest } = expm1Parts(k, reduced, EXP_LONG);
  const m = fastTwoSum(k, first, rest);
  const w = k.let("w", ir.mul(power, m.hi));
  const wl = k.let("wl", ir.mul(power, m.lo));
  const s = fastTwoSum(k, power, w);
  const low = k.let("low", ir.add(s.lo, wl));
  const above = fastTwoSum(k, s.hi, -1);
  const below = fastTwoSum(k, s.hi, 1);
  const inverse = k.let("inverse", ir.div(1, below.hi));
  // A quotient of its own, so that it need not wait for the inverse.
  const q = head(k, ir.div(above.hi, below.hi), "q");
  const d = head(k, below.hi, "d");
  const dl = ir.add(ir.sub(below.hi, d), ir.add(below.lo, low));
  const left = ir.sub(ir.sub(above.hi, ir.mul(q, d)), ir.mul(q, dl));
  const value = ir.add(q, ir.mul(ir.add(left, ir.add(above.lo, low)), inverse));
  return ir.select(ir.lt(size, 2 ** -30), x, withSign(value, x));
};

const sigmoidCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const reduced = reduceNatural(k, between(k, ir.neg(ir.abs(x)), -750, 0));
    const minus = k.let("minus", ir.lt(x, 0));
    if (!precise) {
      const e = k.let("e", scaled(k, ir.add(expm1Single(k, reduced), 1), reduced.n));
      return ir.div(ir.select(minus, e, ir.f64(1)), ir.add(e, 1));
    }
    const e: Pair = expPair(k, reducedPair(k, reduced));
    const small = timesPower(k, e, powerOfTwo(k, ir.pmax(reduced.n, ir.f64(-200))));
    const quotient = dividePairs(k, selectPair(k, minus, e, ONE), addPairs(k, ONE, small));
    return scaledPair(k, quotient, k.let("n", ir.select(minus, reduced.n, ir.f64(0))));
  };

const PAIRS = "sums of two numbers throughout, polynomial of degree 13";
const SINGLE = "exp with a polynomial of degree 11";

export const sinh: Variants = variants([
  { ulp: 3, source: SINGLE, expand: sinhCode },
  { ulp: 0.55, source: PAIRS, expand: accurate("sinh") },
]);
export const cosh: Variants = variants([
  { ulp: 2.5, source: SINGLE, expand: coshCode },
  { ulp: 0.55, source: PAIRS, expand: accurate("cosh") },
]);
export const tanh: Variants = variants(
  [
    { ulp: 3, source: SINGLE, expand: tanhCode(false) },
    { ulp: 1, source: `${SINGLE}, a quotient of sums of two numbers`, expand: tanhStandard },
    { ulp: 0.55, source: PAIRS, expand: tanhCode(true) },
  ],
  tanhSingle,
);
export const sigmoid: Variants = variants([
  { ulp: 3, source: SINGLE, expand: sigmoidCode(false) },
  { ulp: 0.55, source: PAIRS, expand: sigmoidCode(true) },
]);
