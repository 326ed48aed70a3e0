// log, log2, log10, log1p and softplus(x) = log(1 + exp(x)) of f64. The accurate variants add the parts of logarithm-parts.ts and
// round once. The others: x = 2^n m with m between sqrt(1/2) and sqrt(2), f = m - 1, s = f/(2 + f),
//   log m = f - (f^2/2 - s (f^2/2 + s^2 P(s^2))),
// which keeps what f loses in s; and log1p(x) = log y + (x - (y - 1))/y with y = 1 + x rounded.
// Source of the arrangement: Tang (1990, "Table-driven implementation of the logarithm function", section 1) and FreeBSD's library.
import { ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { addAnyPairs, type Pair, timesPower, twoSum } from "./double-double.ts";
import { expm1Single } from "./exponentials.ts";
import { between, expPair, powerOfTwo, reducedPair, reduceNatural, scaled, scaledPair } from "./exponential-parts.ts";
import { logSingleCode } from "./logarithm.ts";
import { type Base, BASES, decomposed, logPair, logParts } from "./logarithm-parts.ts";
import { horner } from "./polynomial.ts";
import { LOG } from "./polynomials.ts";
import { variants } from "./widened.ts";

/** `value` for 0 < x < Infinity; log of 0, of what is negative, and of infinity and NaN. */
function inDomain(x: Expression, value: Expression): Expression {
  const finite = ir.select(ir.lt(x, Infinity), value, x);
  const positive = ir.select(ir.eq(x, 0), -Infinity, finite);
  return ir.select(ir.lt(x, 0), Number.NaN, positive);
}

const accurate =
  (base: Base): Expansion["expand"] =>
  (k, [x]) =>
    inDomain(x, logPair(k, logParts(k, x), base).hi);

/** n and, for log m, f and what is to be added to it. */
function single(k: Block, y: Expression): { n: Expression; f: Expression; half: Expression; small: Expression } {
  const { n, m } = decomposed(k, y, Math.SQRT1_2);
  const f = k.let("f", ir.sub(m, 1));
  const s = k.let("s", ir.div(f, ir.add(f, 2)));
  const z = k.let("z", ir.mul(s, s));
  const half = k.let("h", ir.mul(ir.mul(f, 0.5), f));
  return { n, f, half, small: ir.mul(s, ir.add(half, ir.mul(z, horner(z, LOG)))) };
}

/** log y for a normal y, with `more` added to its small parts. */
export function logSingle(k: Block, y: Expression, more?: Expression): Expression {
  const { n, f, half, small } = single(k, y);
  const low = ir.mul(n, BASES.e.two[1]);
  const parts = ir.add(small, more ? ir.add(low, more) : low);
  return k.let("log", ir.sub(ir.mul(n, BASES.e.two[0]), ir.sub(ir.sub(half, parts), f)));
}

/** The logarithm to a base in single numbers, for 0 < x < Infinity. */
export function logToBase(k: Block, x: Expression, { two, factor }: Base): Expression {
  const { n, f, half, small } = single(k, x);
  const log = ir.mul(ir.sub(f, ir.sub(half, small)), 1.5 * (factor[0] + factor[1]));
  return ir.add(two[1] === 0 ? n : ir.mul(n, two[0] + two[1]), log);
}

const quick =
  (base: Base): Expansion["expand"] =>
  (k, [x]) =>
    inDomain(x, logToBase(k, x, base));

/** `value` for -1 < x < Infinity, x itself near 0. */
function aboveMinusOne(x: Expression, value: Expression): Expression {
  const finite = ir.select(ir.lt(x, Infinity), ir.select(ir.lt(ir.abs(x), 2 ** -60), x, value), x);
  const open = ir.select(ir.eq(x, -1), -Infinity, finite);
  return ir.select(ir.lt(x, -1), Number.NaN, open);
}

/** log(1 + x) in single numbers, -1 < x. */
export function log1pSingle(k: Block, x: Expression): Expression {
  const y = twoSum(k, 1, x);
  return logSingle(k, y.hi, ir.div(y.lo, y.hi));
}

/** log(1 + x) for a sum x > -1. */
export function log1pPair(k: Block, x: Pair): Pair {
  const y = twoSum(k, 1, x.hi);
  return logPair(k, logParts(k, y.hi, { hi: y.lo, lo: x.lo }), BASES.e);
}

const log1pCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const value = precise ? log1pPair(k, { hi: x, lo: ir.f64(0) }).hi : log1pSingle(k, x);
    return aboveMinusOne(x, value);
  };

/** max(x, 0) + log1p(exp(-|x|)); where exp(x) is small it is the result. */
const softplusCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const reduced = reduceNatural(k, between(k, ir.neg(ir.abs(x)), -750, 0));
    const positive = k.let("positive", ir.pmax(x, ir.f64(0)));
    if (!precise) {
      const e = k.let("e", scaled(k, ir.add(expm1Single(k, reduced), 1), reduced.n));
      return ir.add(positive, ir.select(ir.lt(e, 2 ** -60), e, log1pSingle(k, e)));
    }
    const e = expPair(k, reducedPair(k, reduced), true);
    const small = timesPower(k, e, powerOfTwo(k, ir.pmax(reduced.n, ir.f64(-100))));
    const sum = addAnyPairs(k, { hi: positive, lo: ir.f64(0) }, log1pPair(k, small));
    const far = k.let("far", ir.lt(x, -60));
    const tiny = scaledPair(k, e, reduced.n);
    // Infinity and NaN are among the sums that are not numbers.
    return ir.select(far, tiny, ir.select(ir.lt(x, 1e30), sum.hi, x));
  };

const PAIRS = "sums of two numbers throughout, polynomial of degree 15";
const SINGLE = "artanh of (m - 1)/(m + 1), polynomial of degree 15";

export const log: Variants = variants(
  [
    { ulp: 1, source: SINGLE, expand: (k, [x]) => inDomain(x, logSingle(k, x)) },
    { ulp: 0.55, source: PAIRS, expand: accurate(BASES.e) },
  ],
  logSingleCode,
);
export const log2: Variants = variants([
  { ulp: 2.5, source: SINGLE, expand: quick(BASES.two) },
  { ulp: 0.55, source: PAIRS, expand: accurate(BASES.two) },
]);
export const log10: Variants = variants([
  { ulp: 2.5, source: SINGLE, expand: quick(BASES.ten) },
  { ulp: 0.55, source: PAIRS, expand: accurate(BASES.ten) },
]);
export const log1p: Variants = variants([
  { ulp: 2.5, source: SINGLE, expand: log1pCode(false) },
  { ulp: 0.55, source: PAIRS, expand: log1pCode(true) },
]);
export const softplus: Variants = variants([
  { ulp: 4, source: SINGLE, expand: softplusCode(false) },
  { ulp: 0.55, source: PAIRS, expand: softplusCode(true) },
]);
