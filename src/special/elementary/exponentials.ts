// exp, exp2, exp10 and expm1 of f64. The accurate variants add the parts of exponential-parts.ts and round once; the others compute
// in single numbers. exp10: n from x log2(10), then r = (x - n log10(2)) ln 10. expm1 = (2^n - 1) + 2^n (exp(r) - 1), where the
// first summand is a sum of two numbers.
// Left out: tables of powers, which the IR has no place for.
import { fn, ir, type Block, type Expansion, type Expression, type StructuredFunction } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { fastTwoSum, multiplyPairs, pairOf, type Pair, timesPower, twoSum } from "./double-double.ts";
import { EXP_LONG } from "./exp-log-coefficients.ts";
import { exp2Single, expSingle } from "./exponentials-single.ts";
import { between, expm1Pair, expPair, nearest, powerOfTwo, type Reduced, reduceBinary, reducedPair, reduceNatural, scaled, scaledPair, timesNormal } from "./exponential-parts.ts"; // oxfmt-ignore
import { estrin } from "./polynomial.ts";
import { EXP, EXP_LEAST } from "./polynomials.ts";
import { variants } from "./widened.ts";

type Reduction = (k: Block, x: Expression) => Reduced;

/** log10(2) in two parts, the first of 32 bits, and ln 10. */
const LOG10_2 = [0.3010299955494702, 1.1451100898021838e-10] as const;
const LN10 = pairOf(Math.LN10, -2.1707562233822494e-16);

/** x = n ln 2 + r with r in one number. */
function reduceNaturalQuickly(k: Block, x: Expression): Reduced {
  const { n, r } = reduceNatural(k, x);
  return { n, r, high: r, low: ir.f64(0) };
}

function reduceDecimal(k: Block, x: Expression): Reduced {
  const n = nearest(k, ir.mul(x, Math.log2(10)));
  const rest = fastTwoSum(k, ir.sub(x, ir.mul(n, LOG10_2[0])), ir.mul(n, -LOG10_2[1]));
  const { hi, lo } = multiplyPairs(k, rest, LN10);
  return { n, r: hi, high: hi, low: lo };
}

/** The same with r in one number. */
function reduceDecimalQuickly(k: Block, x: Expression): Reduced {
  const n = nearest(k, ir.mul(x, Math.log2(10)));
  const rest = ir.sub(ir.sub(x, ir.mul(n, LOG10_2[0])), ir.mul(n, LOG10_2[1]));
  const r = k.let("r", ir.mul(rest, Math.LN10));
  return { n, r, high: r, low: ir.f64(0) };
}

export function reduceBinaryQuickly(k: Block, x: Expression): Reduced {
  const n = nearest(k, x);
  const r = k.let("r", ir.mul(ir.sub(x, n), Math.LN2));
  return { n, r, high: r, low: ir.f64(0) };
}

/** exp(r) - 1 as r and what follows: r^2 P(r), P to degree 9 or 10, and the low part of r. */
export function expm1Parts(
  k: Block,
  { r, high, low }: Reduced,
  coefficients = EXP,
): { first: Expression; rest: Expression } {
  const square = k.let("q", ir.mul(r, r));
  const rest = ir.mul(square, estrin(k, r, square, coefficients));
  return { first: high, rest: low.kind === "constant" ? rest : ir.add(rest, low) };
}

/** exp(r) - 1 in one number. */
export function expm1Single(k: Block, reduced: Reduced, coefficients = EXP): Expression {
  const { first, rest } = expm1Parts(k, reduced, coefficients);
  return ir.add(rest, first);
}

/** Powers of a base: beyond `limits` all results are 0 or infinite. */
const accurate =
  (limits: readonly [number, number], reduce: Reduction): Expansion["expand"] =>
  (k, [x]) => {
    const reduced = reduce(k, between(k, x, ...limits));
    return scaledPair(k, expPair(k, reducedPair(k, reduced)), reduced.n);
  };

/** (power - one) + power m for a sum m; power and one are powers of two. */
export function combined(k: Block, m: Pair, power: Expression, one: Expression): Pair {
  const whole = twoSum(k, power, ir.neg(one));
  const product = timesPower(k, m, power);
  const s = twoSum(k, whole.hi, product.hi);
  return fastTwoSum(k, s.hi, ir.add(s.lo, ir.add(whole.lo, product.lo)));
}

/** Powers near the ends of the range, where they are subnormal, and beyond: 0 and infinity. */
const ends = (name: string, limits: readonly [number, number], reduce: Reduction): StructuredFunction =>
  fn(`${name}.ends`, { x: "f64" }, "f64", ({ x }, k) => {
    const reduced = reduce(k, between(k, x, ...limits));
    k.return(scaled(k, ir.add(expm1Single(k, reduced, EXP_LONG), 1), reduced.n));
  });

/** Where |x| <= normal the result is a normal number and n goes straight to its exponent. */
const single =
  (normal: number, reduce: Reduction, rare: StructuredFunction): Expansion["expand"] =>
  (k, [x]) => {
    const reduced = reduce(k, x);
    const y = k.let("y", timesNormal(k, ir.add(expm1Single(k, reduced, EXP_LEAST), 1), reduced.n));
    k.rarely(ir.not(ir.le(ir.abs(x), normal)), () => k.set(y, ir.call(rare, x)));
    return y;
  };

/** expm1: where n is great, all is made smaller, so that nothing overflows too soon. */
const expm1Limits = [-60, 712] as const;
const expm1Code =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const reduced = reduceNatural(k, between(k, x, ...expm1Limits));
    const { n } = reduced;
    const great = k.let("great", ir.gt(n, 1000));
    const power = powerOfTwo(k, ir.select(great, ir.sub(n, 8), n));
    const one = k.let("one", ir.select(great, ir.f64(2 ** -8), ir.f64(1)));
    const value = precise
      ? combined(k, expm1Pair(k, reducedPair(k, reduced), true), power, one).hi
      : ir.add(ir.sub(power, one), ir.mul(power, expm1Single(k, reduced)));
    const y = k.let("y", ir.mul(value, ir.select(great, ir.f64(256), ir.f64(1))));
    // x itself, where its square is beyond the last place: a zero keeps its sign, and no product falls below the range.
    return ir.select(ir.lt(ir.abs(x), 2 ** -60), x, y);
  };

const EXP_LIMITS = [-750, 712] as const;
const EXP2_LIMITS = [-1080, 1030] as const;
const EXP10_LIMITS = [-325, 310] as const;

const EXP_ENDS = ends("exp", EXP_LIMITS, reduceNatural);
const EXP2_ENDS = ends("exp2", EXP2_LIMITS, reduceBinary);
const EXP10_ENDS = ends("exp10", EXP10_LIMITS, reduceDecimal);

const PAIRS = "sums of two numbers throughout, polynomial of degree 13";
const SINGLE = "reduction by ln 2 in two parts, polynomial of degree 11";
const TAIL = "reduction by ln 2 in two parts and a tail, polynomial of degree 11";

export const exp: Variants = variants(
  [
    { ulp: 1.25, source: SINGLE, expand: single(708, reduceNaturalQuickly, EXP_ENDS) },
    { ulp: 1, source: TAIL, expand: single(708, reduceNatural, EXP_ENDS) },
    { ulp: 0.55, source: PAIRS, expand: accurate(EXP_LIMITS, reduceNatural) },
  ],
  expSingle,
);
export const exp2: Variants = variants(
  [
    { ulp: 2, source: SINGLE, expand: single(1021, reduceBinaryQuickly, EXP2_ENDS) },
    { ulp: 1, source: TAIL, expand: single(1021, reduceBinary, EXP2_ENDS) },
    { ulp: 0.55, source: PAIRS, expand: accurate(EXP2_LIMITS, reduceBinary) },
  ],
  exp2Single,
);
export const exp10: Variants = variants([
  { ulp: 2.5, source: SINGLE, expand: single(307, reduceDecimalQuickly, EXP10_ENDS) },
  { ulp: 1, source: TAIL, expand: single(307, reduceDecimal, EXP10_ENDS) },
  { ulp: 0.55, source: PAIRS, expand: accurate(EXP10_LIMITS, reduceDecimal) },
]);
export const expm1: Variants = variants([
  { ulp: 2.5, source: SINGLE, expand: expm1Code(false) },
  { ulp: 0.55, source: PAIRS, expand: expm1Code(true) },
]);
