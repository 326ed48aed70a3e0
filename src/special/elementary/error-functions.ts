// erf, erfc and gelu(x) = x Phi(x), Phi the normal distribution function, of f64:
//   erfc(u) = exp(-u^2) W(t)/(1 + 2 u), t = (u - 3.75)/(u + 3.75), for u >= 0, W a polynomial of degree 25,
//   erf(x) = x P(x^2) for |x| <= 1, 1 - erfc(x) beyond, Phi(-x) = erfc(x/sqrt 2)/2.
// u^2 is a sum of two numbers, since its error becomes that of the result. In the accurate variants all is. The form of erfc is
// that of Shepherd and Laframboise (1981, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity").
import { ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { addAnyPairs, addPairs, dividePairs, fastTwoSum, multiplyPairs, negative, type Pair, pairOf, square, timesPower } from "./double-double.ts"; // oxfmt-ignore
import { ERF, ERF_LOW, ERFC, ERFC_LOW } from "./exp-log-coefficients.ts";
import { expm1Single } from "./exponentials.ts";
import { between, expPair, powerOfTwo, reducedPair, reduceNatural, scaled, scaledPair } from "./exponential-parts.ts";
import { withSign } from "./hyperbolic.ts";
import { horner, hornerPair } from "./polynomial.ts";
import { variants } from "./widened.ts";

/** In units of u = x/unit: t = (x - centre)/(x + centre), and what W is divided by: add + slope x. Exp of -x^2 square. */
interface Scale {
  readonly centre: readonly [number, number];
  readonly slope: readonly [number, number];
  readonly add: number;
  readonly square: number;
}
const PLAIN: Scale = { centre: [3.75, 0], slope: [2, 0], add: 1, square: 1 };
/** Of Phi: half of erfc(x/sqrt 2). */
const NORMAL: Scale = {
  centre: [5.303300858899107, -1.9599004556071077e-16],
  slope: [2.8284271247461903, -1.9334586626905827e-16],
  add: 2,
  square: 0.5,
};

/** erfc(x) or Phi(-x) for 0 <= x <= 40 as value 2^n, the value between 2^-7 and 2. */
function tailPair(k: Block, x: Expression, scale: Scale): { value: Pair; n: Expression } {
  const centre = pairOf(...scale.centre);
  const wide = (sign: 1 | -1): Pair => addAnyPairs(k, { hi: x, lo: ir.f64(0) }, sign === 1 ? centre : pairOf(-scale.centre[0], -scale.centre[1])); // oxfmt-ignore
  const w = hornerPair(k, dividePairs(k, wide(-1), wide(1)), ERFC, ERFC_LOW);
  const slope = multiplyPairs(k, { hi: x, lo: ir.f64(0) }, pairOf(...scale.slope));
  const quotient = dividePairs(k, w, addAnyPairs(k, pairOf(scale.add, 0), slope));
  const z = timesPower(k, square(k, x), -scale.square);
  const reduced = reduceNatural(k, z.hi, z.lo);
  return { value: multiplyPairs(k, expPair(k, reducedPair(k, reduced), true), quotient), n: reduced.n };
}

/** The same in single numbers, but for x^2. */
function tailSingle(
  k: Block,
  x: Expression,
  { centre, slope, add, square: by }: Scale,
): { value: Expression; n: Expression } {
  // oxfmt-ignore
  const t = k.let("t", ir.div(ir.sub(x, centre[0]), ir.add(x, centre[0])));
  const quotient = ir.div(horner(t, ERFC), ir.add(ir.mul(x, slope[0]), add));
  const z = timesPower(k, square(k, x), -by);
  const reduced = reduceNatural(k, z.hi, z.lo);
  return { value: k.let("tail", ir.mul(ir.add(expm1Single(k, reduced), 1), quotient)), n: reduced.n };
}

/** whole - value 2^n. */
function complement(k: Block, whole: number, { value, n }: { value: Pair; n: Expression }): Pair {
  const small = timesPower(k, value, powerOfTwo(k, ir.pmax(n, ir.f64(-200))));
  return addPairs(k, pairOf(whole, 0), negative(small));
}

/** erf(x) for |x| <= 1 in single numbers. */
function nearSingle(k: Block, x: Expression): Expression {
  const z = k.let("z", ir.mul(x, x));
  const rest = ir.add(ERF[0] - 1, ir.mul(z, horner(z, ERF.slice(1))));
  return k.let("near", ir.add(x, ir.mul(x, rest)));
}

/** erf(x) for 0 <= x <= 1: small x are made greater, so that products are exact, and results below 2^-1022 rounded where they will be. */
function nearPair(k: Block, x: Expression): Expression {
  const tiny = k.let("tiny", ir.lt(x, 2 ** -700));
  const up = k.let("up", ir.select(tiny, ir.mul(x, 2 ** 300), x));
  const value = multiplyPairs(k, { hi: up, lo: ir.f64(0) }, hornerPair(k, square(k, x), ERF, ERF_LOW));
  const least = 2 ** (300 - 1022);
  const anchor = k.let("anchor", ir.select(ir.lt(value.hi, least), ir.f64(least), ir.f64(0)));
  const s = fastTwoSum(k, anchor, value.hi);
  const rounded = k.let("rounded", ir.sub(ir.add(s.hi, ir.add(s.lo, value.lo)), anchor));
  return ir.select(tiny, ir.mul(rounded, 2 ** -300), rounded);
}

const erfCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const size = between(k, ir.abs(x), 0, 6.5);
    const inner = k.let("inner", ir.pmin(size, ir.f64(1)));
    const near = precise ? nearPair(k, inner) : nearSingle(k, inner);
    let beyond: Expression;
    if (precise) beyond = complement(k, 1, tailPair(k, size, PLAIN)).hi;
    else {
      const { value, n } = tailSingle(k, size, PLAIN);
      beyond = ir.sub(1, ir.mul(value, powerOfTwo(k, n)));
    }
    return withSign(ir.select(ir.lt(size, 1), near, beyond), x);
  };

const erfcCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const size = between(k, ir.abs(x), 0, 28);
    const minus = k.let("minus", ir.lt(x, 0));
    if (precise) {
      const tail = tailPair(k, size, PLAIN);
      return ir.select(minus, complement(k, 2, tail).hi, scaledPair(k, tail.value, tail.n));
    }
    const { value, n } = tailSingle(k, size, PLAIN);
    const tail = k.let("erfc", scaled(k, value, n));
    // Near 0 by erf, where the polynomial in t suffers from the rounding of t.
    const inner = nearSingle(k, between(k, x, -0.6, 0.6));
    const outer = ir.select(minus, ir.sub(2, tail), tail);
    return ir.select(ir.lt(size, 0.6), ir.sub(1, inner), outer);
  };

const geluCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const size = between(k, ir.abs(x), 0, 40);
    const minus = k.let("minus", ir.lt(x, 0));
    let below: Expression;
    let above: Expression;
    if (precise) {
      const tail = tailPair(k, size, NORMAL);
      // The product with x first by a power of two, so that it stays below 2.
      const product = multiplyPairs(k, tail.value, { hi: k.let("small", ir.mul(size, 2 ** -6)), lo: ir.f64(0) });
      below = scaledPair(k, product, ir.add(tail.n, 6));
      const upper = complement(k, 1, tail);
      const p = multiplyPairs(k, upper, { hi: k.let("finite", ir.pmin(x, ir.f64(1e300))), lo: ir.f64(0) });
      above = ir.select(ir.lt(x, 10), p.hi, x);
    } else {
      const { value, n } = tailSingle(k, size, NORMAL);
      below = scaled(k, ir.mul(value, size), n);
      const phi = ir.sub(1, ir.mul(value, powerOfTwo(k, ir.pmax(n, ir.f64(-200)))));
      above = ir.mul(phi, x);
      const inner = nearSingle(k, between(k, ir.mul(x, Math.SQRT1_2), -0.6, 0.6));
      const near = k.let("inside", ir.lt(size, 0.6 * Math.SQRT2));
      const value2 = ir.mul(ir.add(ir.mul(inner, 0.5), 0.5), x);
      above = k.let("above", ir.select(near, value2, above));
      below = ir.select(near, ir.neg(value2), below);
    }
    // Near 0 half of x; minus infinity gives the limit -0.
    const value = k.let("gelu", ir.select(minus, ir.neg(below), above));
    return ir.select(ir.lt(ir.abs(x), 2 ** -60), ir.mul(x, 0.5), value);
  };

const PAIRS = "sums of two numbers throughout, polynomials of degree 27 and 25";
const SINGLE = "polynomials of degree 27 and 25, exp of degree 11";

export const erf: Variants = variants([
  { ulp: 2, source: SINGLE, expand: erfCode(false) },
  { ulp: 0.55, source: PAIRS, expand: erfCode(true) },
]);
export const erfc: Variants = variants([
  { ulp: 5, source: SINGLE, expand: erfcCode(false) },
  { ulp: 0.55, source: PAIRS, expand: erfcCode(true) },
]);
export const gelu: Variants = variants([
  { ulp: 6, source: SINGLE, expand: geluCode(false) },
  { ulp: 0.55, source: PAIRS, expand: geluCode(true) },
]);
