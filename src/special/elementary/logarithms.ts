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
import { logSingleCode } from "./logarithms-single.ts";
import { type Base, BASES, decomposed, logPair, logParts, overDomain, rareLogarithm } from "./logarithm-parts.ts";
import { estrin } from "./polynomial.ts";
import { LOG, LOG_SHORT } from "./polynomials.ts";
import { variants } from "./widened.ts";

/** A logarithm on its whole domain, from code for normal numbers that adds `more` to n. */
function everywhere(
  name: string,
  code: (k: Block, x: Expression, more?: Expression) => Expression,
): Expansion["expand"] {
  // oxfmt-ignore
  const rare = rareLogarithm(name, code);
  return (k, [x]) => overDomain(k, x, code(k, x), rare);
}

const accurate = (name: string, base: Base): Expansion["expand"] =>
  everywhere(`${name}.accurate`, (k, x, more) => {
    const parts = logParts(k, x);
    return logPair(k, more ? { ...parts, n: k.let("n", ir.add(parts.n, more)) } : parts, base).hi;
  });

/** n and, for log m, f and what is to be added to it. */
function single(
  k: Block,
  y: Expression,
  more?: Expression,
  coefficients = LOG,
): { n: Expression; f: Expression; half: Expression; small: Expression } {
  const { n: exponent, m } = decomposed(k, y, Math.SQRT1_2);
  const n = more ? k.let("n", ir.add(exponent, more)) : exponent;
  const f = k.let("f", ir.sub(m, 1));
  const s = k.let("s", ir.div(f, ir.add(f, 2)));
  const z = k.let("z", ir.mul(s, s));
  const half = k.let("h", ir.mul(ir.mul(f, 0.5), f));
  return {
    n,
    f,
    half,
    small: ir.mul(s, ir.add(half, ir.mul(z, estrin(k, z, k.let("zz", ir.mul(z, z)), coefficients)))),
  };
}

/** log y for a normal y; `more` is added to n, `rest` to the small parts. */
export function logSingle(
  k: Block,
  y: Expression,
  more?: Expression,
  rest?: Expression,
  coefficients = LOG,
): Expression {
  // oxfmt-ignore
  const { n, f, half, small } = single(k, y, more, coefficients);
  const low = ir.mul(n, BASES.e.two[1]);
  const parts = ir.add(small, rest ? ir.add(low, rest) : low);
  return k.let("log", ir.sub(ir.mul(n, BASES.e.two[0]), ir.sub(ir.sub(half, parts), f)));
}

/** The logarithm to a base in single numbers, for a normal x > 0. */
export function logToBase(k: Block, x: Expression, { two, factor }: Base, more?: Expression): Expression {
  const { n, f, half, small } = single(k, x, more);
  const log = ir.mul(ir.sub(f, ir.sub(half, small)), 1.5 * (factor[0] + factor[1]));
  return ir.add(two[1] === 0 ? n : ir.mul(n, two[0] + two[1]), log);
}

const quick = (name: string, base: Base): Expansion["expand"] =>
  everywhere(name, (k, x, more) => logToBase(k, x, base, more));

/** `value` for -1 < x < Infinity, x itself near 0. */
function aboveMinusOne(x: Expression, value: Expression): Expression {
  const finite = ir.select(ir.lt(x, Infinity), ir.select(ir.lt(ir.abs(x), 2 ** -60), x, value), x);
  const open = ir.select(ir.eq(x, -1), -Infinity, finite);
  return ir.select(ir.lt(x, -1), Number.NaN, open);
}

/** log(1 + x) in single numbers, -1 < x. */
export function log1pSingle(k: Block, x: Expression): Expression {
  const y = twoSum(k, 1, x);
  return logSingle(k, y.hi, undefined, ir.div(y.lo, y.hi));
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

const SHORT = "artanh of (m - 1)/(m + 1), polynomial of degree 13";

export const log: Variants = variants(
  [
    {
      ulp: 3,
      source: SHORT,
      expand: everywhere("log.fast", (k, x, more) => logSingle(k, x, more, undefined, LOG_SHORT)),
    },
    { ulp: 1, source: SINGLE, expand: everywhere("log", logSingle) },
    { ulp: 0.55, source: PAIRS, expand: accurate("log", BASES.e) },
  ],
  logSingleCode,
);
export const log2: Variants = variants([
  { ulp: 2.5, source: SINGLE, expand: quick("log2", BASES.two) },
  { ulp: 0.55, source: PAIRS, expand: accurate("log2", BASES.two) },
]);
export const log10: Variants = variants([
  { ulp: 2.5, source: SINGLE, expand: quick("log10", BASES.ten) },
  { ulp: 0.55, source: PAIRS, expand: accurate("log10", BASES.ten) },
]);
export const log1p: Variants = variants([
  { ulp: 1, source: SINGLE, expand: log1pCode(false) },
  { ulp: 0.55, source: PAIRS, expand: log1pCode(true) },
]);
export const softplus: Variants = variants([
  { ulp: 4, source: SINGLE, expand: softplusCode(false) },
  { ulp: 0.55, source: PAIRS, expand: softplusCode(true) },
]);
