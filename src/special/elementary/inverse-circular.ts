// asin, acos, atan, atan2. The arc tangent of a/b, a and b >= 0: with t = a/b, (a - b)/(a + b) or -b/a, whichever is at most tan(pi/8)
// in size, it is 0, pi/4 or pi/2 plus atan t. The arc sine of x: up to 1/2 by a polynomial; beyond it pi/2 - 2 asin(sqrt((1 - x)/2)).
// What rounding takes from the quotient or root is found again and added (but not in the cheapest code). Levels of care:
// odd-kernel.ts. The reductions are the usual ones (Cody and Waite 1980, chapters 10 and 11).
import { fn, ir, type Block, type Expansion, type Expression, type Variable } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { fastTwoSum, selectPair, square, twoProduct, twoSum, type Pair } from "./double-double.ts";
import { oddKernel, squareOf, type Care, type OddSeries } from "./odd-kernel.ts";
import { ASIN_REST, ASIN_SINGLE_REST, ASIN_WIDE_REST, ATAN_REST, ATAN_SINGLE_REST, ATAN_WIDE_REST } from "./polynomials-circular.ts"; // oxfmt-ignore
import { HALF_PI, PI } from "./quarter-turns.ts";

type Float = "f64" | "f32";
type Set = Float | "wide";
/** How the reduced argument is made: "bare" leaves out what rounding took from it. */
interface Style {
  readonly care: Care;
  readonly bare?: boolean;
  readonly set: Set;
}

const ARCTANGENT: Readonly<Record<Set, OddSeries>> = {
  f64: { first: [-0.3333333333333333, -1.850371707708594e-17], rest: ATAN_REST },
  f32: { first: [-0.3333333432674408, 9.934107758624577e-9], rest: ATAN_SINGLE_REST },
  wide: { first: [-0.3333333333333333, 0], rest: ATAN_WIDE_REST },
};
const ARCSINE: Readonly<Record<Set, OddSeries>> = {
  f64: { first: [0.16666666666666666, 9.25185853854297e-18], rest: ASIN_REST },
  f32: { first: [0.16666667163372040, -4.967053879312289e-9], rest: ASIN_SINGLE_REST },
  wide: { first: [0.16666666666666666, 0], rest: ASIN_WIDE_REST },
}; // oxfmt-ignore
const QUARTER_PI = { f64: [0.7853981633974483, 3.061616997868383e-17], f32: [0.7853981852531433, -2.1855695000931205e-8] } as const; // oxfmt-ignore

const typeOf = (x: Expression): Float => x.type as Float;
const pairOf = ([hi, lo]: readonly [number, number], type: Float): Pair => ({ hi: ir.constant(hi, type), lo: ir.constant(lo, type) }); // oxfmt-ignore
const nothing = (type: Float): Pair => pairOf([0, 0], type);

/** The sum of a base (0, or not smaller) and a value, rounded. */
function total(k: Block, base: Pair, value: Pair): Expression {
  const s = fastTwoSum(k, base.hi, value.hi);
  return ir.add(s.hi, ir.add(s.lo, ir.add(value.lo, base.lo)));
}

/** f(t) of an odd series, for the style. */
function series(k: Block, { care, set }: Style, t: Pair, of: Readonly<Record<Set, OddSeries>>): Pair {
  const type = typeOf(t.hi);
  const z = care === "pair" ? squareOf(k, t) : { hi: k.let("z", ir.mul(t.hi, t.hi), type), lo: ir.constant(0, type) };
  return oddKernel(k, care, t, z, of[set]);
}

/** atan(a/b) for a, b >= 0, not both 0; nothing may overflow or underflow in products of their size. */
function arctangent(k: Block, style: Style, a: Expression, b: Expression): { base: Pair; value: Pair } {
  const type = typeOf(a);
  const steep = k.let("steep", ir.gt(a, ir.mul(b, 2.414213562373095)));
  const middle = k.let("middle", ir.gt(a, ir.mul(b, 0.41421356237309503)));
  const [difference, sum] = style.bare
    ? [ir.sub(a, b), ir.add(a, b)].map((hi) => ({ hi, lo: ir.constant(0, type) }))
    : [twoSum(k, a, ir.neg(b)), twoSum(k, a, b)];
  const pick = (one: Expression, two: Expression, three: Expression): Expression => ir.select(steep, one, ir.select(middle, two, three)); // oxfmt-ignore
  const zero = ir.constant(0, type);
  const n = k.let("num", pick(ir.neg(b), difference.hi, a), type);
  const d = k.let("den", pick(a, sum.hi, b), type);
  const base = selectPair(k, steep, pairOf(HALF_PI[type], type), selectPair(k, middle, pairOf(QUARTER_PI[type], type), nothing(type))); // oxfmt-ignore
  if (style.bare) return { base, value: series(k, style, { hi: k.let("q", ir.div(n, d), type), lo: zero }, ARCTANGENT) }; // oxfmt-ignore
  const inverse = k.let("inverse", ir.div(1, d), type);
  const q = k.let("q", ir.mul(n, inverse), type);
  const p = twoProduct(k, q, d);
  const rest = ir.sub(
    ir.add(ir.sub(ir.sub(n, p.hi), p.lo), pick(zero, difference.lo, zero)),
    ir.mul(q, pick(zero, sum.lo, zero)),
  );
  return { base, value: series(k, style, { hi: q, lo: k.let("ql", ir.mul(rest, inverse), type) }, ARCTANGENT) };
}

const integerOf = (type: Float): "i64" | "i32" => (type === "f64" ? "i64" : "i32");
const minusZero = (type: Float): Expression => ir.bits(ir.constant(-0, type), integerOf(type));
/** The number, its sign bit flipped if that of `sign` is set. */
function signedAs(value: Expression, sign: Expression): Expression {
  const type = typeOf(value);
  const bit = ir.and(ir.bits(sign, integerOf(type)), minusZero(type));
  return ir.bits(ir.xor(ir.bits(value, integerOf(type)), bit), type);
}

/** Widened to f64 and back, for f32 results. */
const widened =
  (f: (k: Block, args: readonly Expression[]) => Expression): Expansion["expand"] =>
  (k, args) =>
    ir.convert(
      f(
        k,
        args.map((x) => k.let("x", ir.convert(x, "f64"))),
      ),
      "f32",
    );

const atanOf =
  (style: Style) =>
  (k: Block, [x]: readonly Expression[]): Expression => {
    const type = typeOf(x);
    // Beyond the bound the result is pi/2 already; a NaN stays one.
    const bound = type === "f64" ? 2 ** 64 : 2 ** 30;
    const a = k.let("a", ir.select(ir.gt(ir.abs(x), bound), ir.constant(bound, type), ir.abs(x)), type);
    const { base, value } = arctangent(k, style, a, ir.constant(1, type));
    return signedAs(total(k, base, value), x);
  };

/**
 * Sizes of atan2's greater argument, and the least of its lesser one, for which nothing overflows or underflows, the quotient
 * neither; a scale for the others; and a quotient that is its own arc tangent, and that pi does not feel.
 */
const SAFE = {
  f64: { low: 2 ** -400, high: 2 ** 500, least: 2 ** -400, scale: 2 ** 560, flat: 2 ** -60 },
  f32: { low: 2 ** -40, high: 2 ** 60, least: 2 ** -40, scale: 2 ** 70, flat: 2 ** -30 },
} as const;

/** atan2 of two numbers of usual size; -0 and negative x by the sign bit. */
function usualAtan2(k: Block, style: Style, y: Expression, x: Expression): Expression {
  const type = typeOf(y);
  const [a, b] = [k.let("ay", ir.abs(y), type), k.let("ax", ir.abs(x), type)];
  const { base, value } = arctangent(k, style, a, b);
  // Left of the y axis it is pi - atan(a/b).
  const left = k.let("left", ir.lt(ir.bits(x, integerOf(type)), type === "f64" ? ir.i64(0) : 0));
  const [h, l] = PI[type];
  const from = fastTwoSum(k, ir.constant(h, type), ir.neg(base.hi));
  const turned: Pair = { hi: from.hi, lo: k.let("turnedLow", ir.add(from.lo, ir.sub(l, base.lo)), type) };
  const minus: Pair = { hi: ir.neg(value.hi), lo: ir.neg(value.lo) };
  return signedAs(total(k, selectPair(k, left, turned, base), selectPair(k, left, minus, value)), y);
}

/** The rest: zeros, infinities, NaN, the ends of the range. */
function extremeAtan2(type: Float, style: Style): ReturnType<typeof fn> {
  const { high, scale, flat } = SAFE[type];
  const integer = integerOf(type);
  return fn(`atan2.extreme.${type}.${style.care}`, { y: type, x: type }, type, ({ y, x }, k) => {
    const [a, b] = [k.let("a", ir.abs(y), type), k.let("b", ir.abs(x), type)];
    const left = k.let("left", ir.lt(ir.bits(x, integer), integer === "i64" ? ir.i64(0) : 0));
    const number = (v: number): Expression => ir.constant(v, type);
    const at = (v: Expression): void => k.return(signedAs(v, y));
    k.if(ir.or(ir.ne(a, a), ir.ne(b, b)), () => k.return(ir.add(y, x)));
    k.if(ir.and(ir.eq(a, Infinity), ir.eq(b, Infinity)), () => at(ir.select(left, number(0.75 * Math.PI), number(0.25 * Math.PI)))); // oxfmt-ignore
    k.if(ir.or(ir.eq(a, Infinity), ir.and(ir.eq(b, 0), ir.gt(a, 0))), () => at(number(Math.PI / 2)));
    k.if(ir.or(ir.eq(b, Infinity), ir.eq(a, 0)), () => at(ir.select(left, number(Math.PI), number(0))));
    // Powers of two that keep the lesser one from the bottom of the range and the greater one from its top.
    const greater = k.let("greater", ir.select(ir.gt(a, b), a, b), type);
    const by = k.let("by", ir.select(ir.lt(greater, 1), number(scale), ir.select(ir.gt(greater, high), number(1 / scale), number(1))), type); // oxfmt-ignore
    const [c, d] = [k.let("c", ir.mul(a, by), type), k.let("d", ir.mul(b, by), type)];
    // a far below b: a/b is the angle; b far below a: no step of pi/2.
    k.if(ir.lt(c, ir.mul(d, flat)), () => at(ir.select(left, number(Math.PI), ir.div(a, b))));
    k.if(ir.lt(d, ir.mul(c, flat)), () => at(number(Math.PI / 2)));
    const signed = k.let("signed", ir.select(left, ir.neg(d), d), type);
    k.return(signedAs(usualAtan2(k, style, c, signed), y));
  });
}

function atan2Of(type: Float, style: Style): (k: Block, args: readonly Expression[]) => Expression {
  const { low, high, least } = SAFE[type];
  const extreme = extremeAtan2(type, style);
  return (k, [y, x]) => {
    const [a, b] = [k.let("a", ir.abs(y), type), k.let("b", ir.abs(x), type)];
    const result = k.let("angle", usualAtan2(k, style, y, x), type);
    const greater = k.let("greater", ir.select(ir.gt(a, b), a, b), type);
    const lesser = k.let("lesser", ir.select(ir.gt(a, b), b, a), type);
    const usual = ir.and(ir.and(ir.ge(greater, low), ir.le(greater, high)), ir.eq(lesser, lesser));
    const tiny = ir.and(ir.lt(lesser, least), ir.gt(lesser, 0));
    k.rarely(ir.or(ir.not(usual), tiny), () => k.set(result, ir.call(extreme, y, x)));
    return result;
  };
}

/** asin of |x| as base + factor times a value; and whether |x| > 1/2. */
function arcsine(k: Block, style: Style, x: Expression): { big: Variable; value: Pair } {
  const type = typeOf(x);
  const a = k.let("a", ir.abs(x), type);
  const big = k.let("big", ir.gt(a, 0.5));
  const z = k.let("half", ir.mul(ir.sub(1, a), 0.5), type);
  const root = k.let("root", ir.sqrt(z), type);
  const zero = ir.constant(0, type);
  if (style.bare) return { big, value: series(k, style, { hi: k.let("s", ir.select(big, root, a), type), lo: zero }, ARCSINE) }; // oxfmt-ignore
  const s = square(k, root);
  const rest = ir.sub(ir.sub(z, s.hi), s.lo);
  // The small number keeps 0/0 away.
  const low = ir.div(rest, ir.add(ir.add(root, root), type === "f64" ? 2 ** -1000 : 2 ** -100));
  const t: Pair = { hi: k.let("s", ir.select(big, root, a), type), lo: k.let("sl", ir.select(big, low, zero), type) };
  return { big, value: series(k, style, t, ARCSINE) };
}

const scaled = (k: Block, { hi, lo }: Pair, by: Expression): Pair => ({ hi: k.let("h", ir.mul(hi, by), hi.type as "f64"), lo: k.let("l", ir.mul(lo, by), hi.type as "f64") }); // oxfmt-ignore

const asinOf =
  (style: Style) =>
  (k: Block, [x]: readonly Expression[]): Expression => {
    const type = typeOf(x);
    const { big, value } = arcsine(k, style, x);
    const base = selectPair(k, big, pairOf(HALF_PI[type], type), nothing(type));
    const by = ir.select(big, ir.constant(-2, type), ir.constant(1, type));
    return signedAs(total(k, base, scaled(k, value, by)), x);
  };

const acosOf =
  (style: Style) =>
  (k: Block, [x]: readonly Expression[]): Expression => {
    const type = typeOf(x);
    const { big, value } = arcsine(k, style, x);
    const below = k.let("below", ir.lt(x, 0));
    const far = selectPair(k, below, pairOf(PI[type], type), nothing(type));
    const base = selectPair(k, big, far, pairOf(HALF_PI[type], type));
    const one = (v: number): Expression => ir.constant(v, type);
    const by = ir.select(big, ir.select(below, one(-2), one(2)), ir.select(below, one(1), one(-1)));
    return total(k, base, scaled(k, value, by));
  };

const FAST: Style = { care: "tail", bare: true, set: "f64" };
const STANDARD: Style = { care: "tail", set: "f64" };
const ACCURATE: Style = { care: "pair", set: "f64" };
const SINGLE: Style = { care: "tail", set: "f32" };
const WIDE: Style = { care: "tail", bare: true, set: "wide" };

const ARC = "quotient of at most tan(pi/8), polynomial of degree";
const ROOT = "polynomial of degree";
const ENDS = "; extreme sizes scaled";
const LOST = ", with what rounding takes from the quotient";
const SQUARE = " up to 1/2, half angles beyond";

export const atan: Variants = {
  f64: [
    { ulp: 2.5, source: `${ARC} 25`, expand: atanOf(FAST) },
    { ulp: 1, source: `${ARC} 25${LOST}`, expand: atanOf(STANDARD) },
    { ulp: 0.55, source: `${ARC} 25${LOST}, in sums of two numbers`, expand: atanOf(ACCURATE) },
  ],
  f32: [
    { ulp: 1, source: `${ARC} 13${LOST}`, expand: atanOf(SINGLE) },
    { ulp: 0.501, source: `${ARC} 15, computed in f64 and rounded once`, widens: true, expand: widened(atanOf(WIDE)) },
  ],
}; // oxfmt-ignore

export const atan2: Variants = {
  f64: [
    { ulp: 1, source: `${ARC} 25${LOST}${ENDS}`, expand: atan2Of("f64", STANDARD) },
    { ulp: 0.55, source: `${ARC} 25${LOST}, in sums of two numbers${ENDS}`, expand: atan2Of("f64", ACCURATE) },
  ],
  f32: [
    { ulp: 1, source: `${ARC} 13${LOST}${ENDS}`, expand: atan2Of("f32", SINGLE) },
    { ulp: 0.501, source: `${ARC} 15, computed in f64 and rounded once`, widens: true, expand: widened(atan2Of("f64", WIDE)) },
  ],
}; // oxfmt-ignore

export const asin: Variants = {
  f64: [
    { ulp: 2.5, source: `${ROOT} 31${SQUARE}`, expand: asinOf(FAST) },
    { ulp: 1, source: `${ROOT} 31${SQUARE} with the rest of the root`, expand: asinOf(STANDARD) },
    { ulp: 0.55, source: `${ROOT} 31${SQUARE} with the rest of the root, in sums of two numbers`, expand: asinOf(ACCURATE) },
  ],
  f32: [
    { ulp: 1, source: `${ROOT} 15${SQUARE} with the rest of the root`, expand: asinOf(SINGLE) },
    { ulp: 0.501, source: `${ROOT} 19${SQUARE}, computed in f64 and rounded once`, widens: true, expand: widened(asinOf(WIDE)) },
  ],
}; // oxfmt-ignore

export const acos: Variants = {
  f64: [
    { ulp: 2.5, source: `${ROOT} 31${SQUARE}`, expand: acosOf(FAST) },
    { ulp: 1, source: `${ROOT} 31${SQUARE} with the rest of the root`, expand: acosOf(STANDARD) },
    { ulp: 0.55, source: `${ROOT} 31${SQUARE} with the rest of the root, in sums of two numbers`, expand: acosOf(ACCURATE) },
  ],
  f32: [
    { ulp: 1, source: `${ROOT} 15${SQUARE} with the rest of the root`, expand: acosOf(SINGLE) },
    { ulp: 0.501, source: `${ROOT} 19${SQUARE}, computed in f64 and rounded once`, widens: true, expand: widened(acosOf(WIDE)) },
  ],
}; // oxfmt-ignore
