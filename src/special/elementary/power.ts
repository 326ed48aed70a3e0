// pow(x, y) = 2^(y log2|x|) of f64, the logarithm as a sum of two numbers (logarithm-parts.ts), good to 2^-66 (of the accurate variant 2^-70),
// since its error is multiplied by up to 1075. That variant goes on in sums of two numbers; the other one takes exp2 with a tail.
// Special cases are those of IEEE 754-2019 (section 9.2.1) and C, which differ from JavaScript's Math.pow in three: pow(1, NaN),
// pow(1, +-infinity) and pow(-1, +-infinity) are 1 here and NaN there.
import { fn, ir, type Block, type Expansion, type Expression, type StructuredFunction } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { head, multiplyPairs, pairOf, twoProduct } from "./double-double.ts";
import { expm1Single, reduceBinaryQuickly } from "./exponentials.ts";
import { between, expPair, nearest, scaled, scaledPair, timesNormal } from "./exponential-parts.ts";
import { logToBase } from "./logarithms.ts";
import { evenOdd, squared } from "./polynomial.ts";
import { ARTANH_SHORT, EXP_LEAST } from "./polynomials.ts";
import { widened } from "./widened.ts";
import { BASES, decomposed, LEAST_SIGNIFICAND, logPair, logParts, nearerOf } from "./logarithm-parts.ts";

/** |x|^y for finite |x| > 0, and the exponent y log2|x| that it has, or what is not below LIMIT where the result is 0 or infinite. */
interface Power {
  readonly value: Expression;
  readonly exponent: Expression;
}

const LIMIT = 1100;
/** Exponents below it give normal numbers. */
const NORMAL = 1021;
/** 2/ln 2 as a sum of two numbers. */
const TWO_OVER_LN2 = [2.8853900817779268, 4.0710547481862066e-17] as const;
const ARTANH_SCALED = ARTANH_SHORT.map((c) => (c * TWO_OVER_LN2[0]) / 3);
const LN2 = [0.6931471675634384, 1.2996506893889889e-8] as const;

/** |x|^y for a normal |x| > 0; `more` is added to the exponent of x. */
type Usual = (k: Block, x: Expression, y: Expression, more?: Expression) => Power;

function accurate(k: Block, x: Expression, y: Expression, more?: Expression): Power {
  const parts = logParts(k, x, undefined, true);
  const log = logPair(k, more ? { ...parts, n: k.let("n", ir.add(parts.n, more)) } : parts, BASES.two);
  const product = twoProduct(k, y, log.hi);
  const low = k.let("low", ir.add(product.lo, ir.mul(y, log.lo)));
  const exponent = k.let("exponent", ir.add(product.hi, low));
  const n = nearest(k, between(k, exponent, -LIMIT, LIMIT));
  const rest = k.let("rest", ir.sub(product.hi, n));
  const r = multiplyPairs(k, { hi: rest, lo: low }, pairOf(Math.LN2, 2.3190468138462996e-17));
  return { exponent, value: scaledPair(k, expPair(k, r, true), n) };
}

/** A number as a head, whose product with another head is exact, and a rest. */
interface Split {
  readonly first: Expression;
  readonly second: Expression;
}

/** log2(x) to 66 bits. */
function logCarefully(k: Block, x: Expression, more?: Expression): Split {
  const { n: whole, three, sum } = logParts(k, x);
  const n = more ? ir.add(whole, more) : whole;
  const { factor, three: constant } = BASES.two;
  const p = head(k, ir.add(sum.hi, sum.lo), "ph");
  const main = k.let("main", ir.mul(p, factor[0]));
  const small = ir.add(ir.mul(p, factor[1]), ir.mul(ir.sub(sum.lo, ir.sub(p, sum.hi)), factor[0] + factor[1]));
  const lows = k.let("lows", ir.add(small, ir.mul(three, constant[1])));
  return split(k, k.let("great", ir.add(n, ir.mul(three, constant[0]))), main, lows);
}

/**
 * log2(x) to 61 bits: as in logarithm-parts.ts, with the factor 2/ln 2 inside the bracket, where the product with s^2 is rounded once.
 */
function logBriefly(k: Block, x: Expression, more?: Expression): Split {
  const { n: whole, m } = decomposed(k, x, LEAST_SIGNIFICAND);
  const n = more ? ir.add(whole, more) : whole;
  const { three, b } = nearerOf(k, m);
  const f = k.let("f", ir.sub(m, b));
  const inverse = k.let("inverse", ir.div(1, ir.add(b, m)));
  const s = k.let("s", ir.mul(f, inverse));
  const first = head(k, s, "sh");
  // The denominator as b and a head of m, which are 27 bits, and the rest of m.
  const mh = head(k, m, "mh");
  const left = ir.sub(ir.sub(f, ir.mul(first, ir.add(b, mh))), ir.mul(first, ir.sub(m, mh)));
  const second = k.let("sl", ir.mul(left, inverse));
  const z = k.let("z", ir.mul(s, s));
  const zz = squared(k, z);
  const third = TWO_OVER_LN2[0] / 3;
  const scaledSquare = k.let("zh", ir.mul(ir.mul(first, first), third));
  const rounding = ir.add(ir.mul(second, ir.mul(ir.add(first, s), third)), TWO_OVER_LN2[1]);
  const r = k.let("tail", ir.add(ir.mul(zz, evenOdd(z, zz, ARTANH_SCALED)), rounding));
  const t = head(k, ir.add(ir.add(scaledSquare, TWO_OVER_LN2[0]), r), "th");
  const tl = ir.sub(r, ir.sub(ir.sub(t, TWO_OVER_LN2[0]), scaledSquare));
  const constant = BASES.two.three;
  const lows = ir.add(ir.add(ir.mul(second, t), ir.mul(tl, s)), ir.mul(three, constant[1]));
  const great = k.let("great", ir.add(n, ir.mul(three, constant[0])));
  return split(k, great, k.let("main", ir.mul(first, t)), k.let("lows", lows));
}

/** great + main + lows, of falling size. */
function split(k: Block, great: Expression, main: Expression, lows: Expression): Split {
  const first = head(k, ir.add(ir.add(great, main), lows), "t1");
  return { first, second: k.let("t2", ir.sub(lows, ir.sub(ir.sub(first, great), main))) };
}

function inParts(short: boolean, k: Block, x: Expression, y: Expression, more?: Expression): Power {
  const { first, second } = short ? logBriefly(k, x, more) : logCarefully(k, x, more);
  const yh = head(k, y, "yh");
  const high = k.let("high", ir.mul(yh, first));
  const low = k.let("low", ir.add(ir.mul(ir.sub(y, yh), first), ir.mul(y, second)));
  const exponent = k.let("exponent", ir.add(high, low));
  const count = nearest(k, exponent, "count");
  const above = k.let("above", ir.sub(high, count));
  if (short) {
    const r = k.let("r", ir.mul(ir.add(above, low), Math.LN2));
    const one = ir.add(expm1Single(k, { n: count, high: r, low: ir.f64(0), r }, EXP_LEAST), 1);
    return { exponent, value: more ? scaled(k, one, count) : timesNormal(k, one, count) };
  }
  const r = head(k, ir.add(above, low), "rh");
  const rest = ir.add(ir.sub(above, r), low);
  const main2 = k.let("main", ir.mul(r, LN2[0]));
  const low2 = k.let("tail", ir.add(ir.mul(rest, Math.LN2), ir.mul(r, LN2[1])));
  const reduced = { n: count, high: main2, low: low2, r: k.let("r", ir.add(main2, low2)) };
  const value = ir.add(expm1Single(k, reduced, EXP_LEAST), 1);
  return { exponent, value: more ? scaled(k, value, count) : timesNormal(k, value, count) };
}

const quick: Usual = (k, x, y, more) => inParts(true, k, x, y, more);
const standard: Usual = (k, x, y, more) => inParts(false, k, x, y, more);

/** In single numbers: good enough for f32. */
function plain(k: Block, x: Expression, y: Expression, more?: Expression): Power {
  const exponent = k.let("exponent", ir.mul(y, logToBase(k, x, BASES.two, more)));
  const reduced = reduceBinaryQuickly(k, between(k, exponent, -LIMIT, LIMIT));
  return { exponent, value: scaled(k, ir.add(expm1Single(k, reduced), 1), reduced.n) };
}

/** All arguments: the rare ones are subnormal, zero, negative, infinite or NaN, or have results out of range. */
function rarely(name: string, usual: Usual): StructuredFunction {
  return fn(`${name}.rare`, { x: "f64", y: "f64" }, "f64", ({ x, y }, k) => {
    const size = k.let("size", ir.abs(x));
    const small = k.let("small", ir.lt(size, 2 ** -1022));
    const lifted = k.let("lifted", ir.select(small, ir.mul(size, 2 ** 54), size));
    const more = k.let("more", ir.select(small, ir.f64(-54), ir.f64(0)));
    const { value, exponent } = usual(k, lifted, y, more);
    // Beyond the range, and for infinite exponents: 0 or infinity.
    const within = k.let("within", ir.lt(ir.abs(exponent), LIMIT));
    const grows = k.let("grows", ir.eq(ir.gt(size, 1), ir.gt(y, 0)));
    const limit = ir.select(ir.eq(size, 1), ir.f64(1), ir.select(grows, ir.f64(Infinity), ir.f64(0)));
    const edge = k.let("edge", ir.or(ir.eq(size, 0), ir.eq(size, Infinity)));
    const v = k.let("v", ir.select(ir.and(within, ir.not(edge)), value, limit));
    const even = ir.eq(ir.floor(ir.mul(y, 0.5)), ir.mul(y, 0.5));
    const integer = k.let("integer", ir.eq(ir.floor(y), y));
    const minus = k.let("minus", ir.lt(ir.copysign(ir.f64(1), x), 0));
    // Between powers of negative numbers there is nothing real; infinities and zeros have limits.
    const real = ir.or(ir.or(ir.not(minus), integer), edge);
    const signed = ir.select(ir.and(minus, ir.and(integer, ir.not(even))), ir.neg(v), v);
    const known = ir.select(real, signed, ir.f64(Number.NaN));
    const valued = ir.select(ir.and(ir.eq(x, x), ir.eq(y, y)), known, ir.add(x, y));
    k.return(ir.select(ir.or(ir.eq(x, 1), ir.eq(y, 0)), ir.f64(1), valued));
  });
}

function power(name: string, usual: Usual): Expansion["expand"] {
  const rare = rarely(name, usual);
  return (k, [x, y]) => {
    const { value, exponent } = usual(k, x, y);
    const result = k.let("y", value);
    const normal = ir.and(ir.ge(x, 2 ** -1022), ir.lt(x, Infinity));
    k.rarely(ir.not(ir.and(normal, ir.lt(ir.abs(exponent), NORMAL))), () => k.set(result, ir.call(rare, x, y)));
    return result;
  };
}

const SOURCE = "the logarithm to 66 bits in sums of two numbers";

export const pow: Variants = {
  f64: [
    {
      ulp: 3.5,
      source: "the logarithm to 61 bits in sums of two numbers, exp2 of degree 11",
      expand: power("pow.fast", quick),
    },
    { ulp: 1, source: `${SOURCE}, exp2 of degree 11 with a tail`, expand: power("pow", standard) },
    { ulp: 0.55, source: `${SOURCE}, exp2 of degree 13 in such sums`, expand: power("pow.accurate", accurate) },
  ],
  f32: [widened({ ulp: 2 ** 10, source: "log2 and exp2 of degrees 15 and 11", expand: power("pow.plain", plain) })],
};
