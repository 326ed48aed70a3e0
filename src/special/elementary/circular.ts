// sin, cos, tan, and both of sine and cosine: x = n pi/2 + r (quarter-turns.ts), sine and cosine by polynomials on |r| <= pi/4, chosen by
// n. Three levels of care (odd-kernel.ts); for rare arguments, huge ones and those next to multiples of pi/2, all f64 code calls one
// scalar function of the most careful kind. f32 results may be computed in f64 (below 0.501 ULP). The cheapest sine and cosine of
// f64: x = n pi + r, a sine polynomial on |r| <= pi/2. As sine and cosine of one argument share their parts, `sincos` is both.
import { fn, ir, type Block, type Expansion, type Expression, type StructuredFunction, type Variable } from "../../compile/index.ts"; // oxfmt-ignore
import type { Variants } from "../variants.ts";
import { fastTwoSum, selectPair, twoProduct, type Pair } from "./double-double.ts";
import { SHIFTER } from "./exponentials-single.ts";
import { reduceHuge as reduceHugeSingle } from "./huge-argument.ts";
import { oddKernel, squareOf, type Care, type OddSeries } from "./odd-kernel.ts";
import { estrin, inPairs, horner, squared } from "./polynomial.ts";
import { SIN_LEAST, SIN_WIDE } from "./polynomials.ts";
import { COS_REST, COS_SINGLE_REST, COS_WIDE_REST, SIN_HALF_SINGLE, SIN_REST, SIN_SINGLE_REST, SIN_WIDE_REST } from "./polynomials-circular.ts"; // oxfmt-ignore
import {
  beyondLimit,
  HALF_PI_PARTS,
  reduce,
  reduceHuge,
  reduceShort,
  type Reduced,
  type Rest,
  settled,
} from "./quarter-turns.ts";

type Float = "f64" | "f32";
type Name = "sin" | "cos" | "tan";

/** Coefficients: of f64, of f32, and of f64 for f32 results. */
interface Series {
  readonly sine: OddSeries;
  readonly cosine: readonly number[];
  /** 1/24 less the first coefficient of the cosine. */
  readonly fourth?: number;
}
export const SERIES: Readonly<Record<Float | "wide" | "short", Series>> = {
  f64: { sine: { first: [-0.16666666666666666, -9.25185853854297e-18], rest: SIN_REST }, cosine: COS_REST, fourth: 2.3129646346357427e-18 },
  short: { sine: { first: [SIN_LEAST[0], 0], rest: SIN_LEAST.slice(1) }, cosine: COS_REST },
  f32: { sine: { first: [-0.16666667163372040, 4.967053879312289e-9], rest: SIN_SINGLE_REST }, cosine: COS_SINGLE_REST, fourth: 0 },
  wide: { sine: { first: [-0.16666666666666666, 0], rest: SIN_WIDE_REST }, cosine: COS_WIDE_REST },
}; // oxfmt-ignore

/** 1 - r^2/2 + r^4 C(r^2) as hi + lo; of "plain" lo must not be used. With `fourth`, what the first coefficient lacks, "pair" takes more care. */
function cosineKernel(k: Block, care: Care, r: Rest, z: Pair, rest: readonly number[], fourth?: number): Pair {
  const type = r.hi.type as "f64";
  const half = k.let("hz", ir.mul(z.hi, 0.5), type);
  const near = k.let("cw", ir.sub(1, half), type);
  const fourths = squared(k, z.hi);
  if (care === "plain") return { hi: k.let("cosine", ir.add(near, ir.mul(fourths, inPairs(z.hi, fourths, rest))), type), lo: ir.constant(0, type) }; // oxfmt-ignore
  // 1 - z/2 is rounded; what it loses is added to the small terms.
  const lost = ir.sub(ir.sub(1, near), half);
  const small = (): Expression => {
    if (care === "pair" && fourth !== undefined) {
      // r^4/24 as a sum of two numbers too: the quotient of the tangent would show its rounding.
      const tail = k.let("ct", ir.add(ir.mul(z.hi, horner(z.hi, rest.slice(1))), fourth), type);
      const u = fastTwoSum(k, ir.constant(rest[0], type), tail);
      const zu = twoProduct(k, z.hi, u.hi);
      const zz = twoProduct(k, zu.hi, z.hi);
      const below = ir.add(zz.lo, ir.mul(ir.add(zu.lo, ir.mul(z.hi, u.lo)), z.hi));
      return ir.add(ir.add(lost, zz.hi), ir.add(below, ir.mul(z.lo, ir.sub(ir.mul(zu.hi, 2), 0.5))));
    }
    if (care === "tail") {
      // The few terms of f32 take one product less.
      const fourth = type === "f64" ? ir.mul(fourths, inPairs(z.hi, fourths, rest)) : ir.mul(z.hi, ir.mul(z.hi, horner(z.hi, rest))); // oxfmt-ignore
      return ir.add(r.less ? ir.add(lost, ir.mul(r.hi, r.less)) : ir.sub(lost, ir.mul(r.hi, r.lo)), fourth);
    }
    const zc = k.let("zc", ir.mul(z.hi, horner(z.hi, rest)), type);
    return ir.add(lost, ir.add(ir.mul(z.hi, zc), ir.mul(z.lo, ir.sub(ir.mul(zc, 2), 0.5))));
  };
  const term = k.let("cs", small(), type);
  const hi = k.let("cosine", ir.add(near, term), type);
  return { hi, lo: k.let("cl", ir.add(ir.sub(near, hi), term), type) };
}

/** sin and cos of r; `divided`: they are to be divided. */
export function kernels(k: Block, care: Care, r: Rest, series: Series, divided = false): { sine: Pair; cosine: Pair } {
  const z = care === "pair" ? squareOf(k, r) : { hi: k.let("z", ir.mul(r.hi, r.hi), r.hi.type as "f64"), lo: r.lo };
  return {
    sine: oddKernel(k, care, r, z, series.sine),
    cosine: cosineKernel(k, care, r, z, series.cosine, divided ? series.fourth : undefined),
  };
}

const integerOf = (type: Float): "i64" | "i32" => (type === "f64" ? "i64" : "i32");
const whole = (value: number, type: Float): Expression => (type === "f64" ? ir.i64(value) : ir.i32(value));

/** The sign bit of `value` flipped where bit 1 of n is set. */
export function signedBy(value: Expression, n: Expression): Expression {
  const type = value.type as Float;
  const bit = ir.shl(ir.and(n, whole(2, type)), whole(type === "f64" ? 62 : 30, type));
  return ir.bits(ir.xor(ir.bits(value, integerOf(type)), bit), type);
}

/** One of the parts as a number: of "pair", rounded once more. */
const rounded = (care: Care, { hi, lo }: Pair): Expression => (care === "pair" ? ir.add(hi, lo) : hi);

/** a / b rounded once, but for some 2^-60. */
function quotient(k: Block, a: Pair, b: Pair): Expression {
  const type = a.hi.type as "f64";
  const q = k.let("q", ir.div(a.hi, b.hi), type);
  const p = twoProduct(k, q, b.hi);
  const rest = ir.sub(ir.add(ir.sub(ir.sub(a.hi, p.hi), p.lo), a.lo), ir.mul(q, b.lo));
  return ir.add(q, ir.div(rest, b.hi));
}

/** The function of a reduced argument. */
export function ofReduced(name: Name, k: Block, care: Care, { r, n }: Reduced, series: Series): Expression {
  const type = r.hi.type as Float;
  const { sine, cosine } = kernels(k, care, r, series, name === "tan");
  if (name !== "tan") {
    const turns = name === "sin" ? n : k.let("m", ir.add(n, whole(1, type)));
    const even = ir.eq(ir.and(turns, whole(1, type)), whole(0, type));
    return signedBy(ir.select(even, rounded(care, sine), rounded(care, cosine)), turns);
  }
  const odd = k.let("odd", ir.ne(ir.and(n, whole(1, type)), whole(0, type)));
  const minus = { hi: ir.neg(cosine.hi), lo: ir.neg(cosine.lo) };
  if (care === "pair") return quotient(k, selectPair(k, odd, minus, sine), selectPair(k, odd, sine, cosine));
  return ir.div(ir.select(odd, minus.hi, sine.hi), ir.select(odd, sine.hi, cosine.hi));
}

/** Scalar functions for |x| >= 1/2 of any size. */
const HUGE = Object.fromEntries(
  (["sin", "cos", "tan"] as const).map((name) => [
    name,
    fn(`${name}.huge`, { x: "f64" }, "f64", ({ x }, k) => k.return(ofReduced(name, k, "pair", reduceHuge(k, x), SERIES.f64))), // oxfmt-ignore
  ]),
) as Readonly<Record<Name, StructuredFunction>>;

/** sin(-0) = -0: the reduction would lose the sign. */
const zeroKept = (name: Name, x: Expression, value: Expression): Expression => (name === "cos" ? value : ir.select(ir.eq(x, 0), x, value)); // oxfmt-ignore

function double(name: Name, care: Care): Expansion["expand"] {
  return (k, [x]) => {
    const pairs = care === "pair";
    const reduced = reduce("f64", k, x);
    const value = ofReduced(name, k, care, pairs ? settled(k, reduced) : reduced, SERIES[pairs ? "f64" : "short"]);
    const y = k.let("y", pairs ? zeroKept(name, x, value) : value);
    k.rarely(beyondLimit(x), () => k.set(y, ir.call(HUGE[name], x)));
    return y;
  };
}

/** The tangent of f64 with a rest in one number and the last part of n pi/2, which is seen next to multiples of pi/2 only. */
const quickTangent: Expansion["expand"] = (k, [x]) => {
  const shifted = k.let("t", ir.add(ir.mul(x, 2 / Math.PI), SHIFTER.f64));
  const whole = k.let("n", ir.sub(shifted, SHIFTER.f64));
  const [first, second, third] = HALF_PI_PARTS.f64;
  const hi = k.let("r", ir.sub(ir.sub(x, ir.mul(whole, first)), ir.mul(whole, second)));
  const less = k.let("w", ir.mul(whole, third));
  const r: Rest = { hi, lo: ir.neg(less), less };
  const z = { hi: k.let("z", ir.mul(hi, hi)), lo: ir.f64(0) };
  const sine = oddKernel(k, "tail", r, z, SERIES.short.sine).hi;
  const cosine = cosineKernel(k, "plain", r, z, SERIES.short.cosine).hi;
  const odd = k.let("odd", ir.ne(ir.and(ir.bits(shifted, "i64"), ir.i64(1)), ir.i64(0)));
  const y = k.let("y", ir.div(ir.select(odd, ir.neg(cosine), sine), ir.select(odd, sine, cosine)));
  k.rarely(beyondLimit(x), () => k.set(y, ir.call(HUGE.tan, x)));
  return y;
};

/** f32 computed in f64. */
function widened(name: Name): Expansion["expand"] {
  return (k, [single]) => {
    const x = k.let("x", ir.convert(single, "f64"));
    const y = k.let("y", zeroKept(name, x, ofReduced(name, k, "plain", reduceShort(k, x), SERIES.wide)));
    k.rarely(beyondLimit(x), () => k.set(y, ir.call(HUGE[name], x)));
    return ir.convert(y, "f32");
  };
}

/** f32 in f32. */
function single(name: Name, care: Care): Expansion["expand"] {
  return (k, [x]) => {
    const reduced = reduce("f32", k, x);
    k.rarely(beyondLimit(x), () => {
      const huge = reduceHugeSingle(k, x);
      k.set(reduced.r.hi as Variable<"f32">, huge.r);
      k.set(reduced.r.lo as Variable<"f32">, huge.tail);
      k.set(reduced.n as Variable<"i32">, huge.n);
    });
    return zeroKept(name, x, ofReduced(name, k, care, reduced, SERIES.f32));
  };
}

function quick(name: "sin" | "cos"): Expansion["expand"] {
  return (k, [x]) => {
    const type = x.type as Float;
    const integer = integerOf(type);
    const shifter = SHIFTER[type];
    // cos x = sin(x + pi/2): n counts half turns from there. `floor` waits less than two sums, but the sine of -0 needs n = +0.
    const turns = ir.mul(x, 1 / Math.PI);
    const count = name === "sin" ? turns : k.let("count", ir.floor(turns), type);
    const shifted = k.let("t", ir.add(count, name === "sin" ? shifter : shifter + 1), type);
    const n = k.let("n", name === "sin" ? ir.sub(shifted, shifter) : ir.add(count, 0.5), type);
    const parts = HALF_PI_PARTS[type].map((part) => ir.mul(n, 2 * part));
    const last = k.let("c", parts.pop()!, type);
    const r = k.let(
      "r",
      parts.reduce<Expression>((rest, part) => ir.sub(rest, part), x),
      type,
    );
    const z = k.let("z", ir.mul(r, r), type);
    // The last part is seen in r itself only. A zero of the sine keeps its sign, as what is taken from it is positive then; the
    // cosine has no zeros, and need not wait for that sum.
    const series = (type === "f64" ? SIN_WIDE : SIN_HALF_SINGLE).map((c) => -c);
    const cubic = ir.mul(ir.mul(r, z), estrin(k, z, squared(k, z), series));
    const value = k.let("v", name === "sin" ? ir.sub(r, ir.add(last, cubic)) : ir.sub(ir.sub(r, last), cubic), type);
    const sign = ir.shl(ir.bits(shifted, integer), whole(type === "f64" ? 63 : 31, type));
    const y = k.let("y", ir.bits(ir.xor(ir.bits(value, integer), sign), type), type);
    if (type === "f64") k.rarely(beyondLimit(x), () => k.set(y, ir.call(HUGE[name], x)));
    else
      k.rarely(beyondLimit(x), () => {
        const { r: hi, tail: lo, n: quarters } = reduceHugeSingle(k, x);
        const reduced = { r: { hi: k.let("r", hi), lo: k.let("u", lo) }, n: k.let("n", quarters) };
        k.set(y, ofReduced(name, k, "tail", reduced, SERIES.f32));
      });
    return y;
  };
}

const BY_PARTS =
  "reduction by pi/2 in three parts with a tail, beyond 200,000 by 2/pi in integers; polynomials of degree 15 and 14 on |r| <= pi/4";
const PAIRS = `${BY_PARTS}, in sums of two numbers`;
const QUICK =
  "reduction by pi in three parts, beyond 200,000 by 2/pi in integers; polynomial of degree 15 on |r| <= pi/2";
const QUICK_SINGLE =
  "reduction by pi in four parts, beyond 5,000 by 2/pi in integers; polynomial of degree 11 on |r| <= pi/2";
const SINGLE =
  "reduction by pi/2 in four parts with a tail, beyond 5,000 by 2/pi in integers; polynomials of degree 9 and 8 on |r| <= pi/4";
const WIDENED = "computed in f64 with polynomials of degree 11 and 10, rounded once";

export const sin: Variants = {
  f64: [
    { ulp: 4, source: QUICK, expand: quick("sin") },
    { ulp: 1, source: BY_PARTS, expand: double("sin", "tail") },
    { ulp: 0.55, source: PAIRS, expand: double("sin", "pair") },
  ],
  f32: [
    { ulp: 3.5, source: QUICK_SINGLE, expand: quick("sin") },
    { ulp: 1, source: SINGLE, expand: single("sin", "tail") },
    { ulp: 0.501, source: WIDENED, widens: true, expand: widened("sin") },
    { ulp: 0.55, source: `${SINGLE}, in sums of two numbers`, expand: single("sin", "pair") },
  ],
}; // oxfmt-ignore

export const cos: Variants = {
  f64: [
    { ulp: 4, source: QUICK, expand: quick("cos") },
    { ulp: 1, source: BY_PARTS, expand: double("cos", "tail") },
    { ulp: 0.55, source: PAIRS, expand: double("cos", "pair") },
  ],
  f32: [
    { ulp: 3.5, source: QUICK_SINGLE, expand: quick("cos") },
    { ulp: 1, source: SINGLE, expand: single("cos", "tail") },
    { ulp: 0.501, source: WIDENED, widens: true, expand: widened("cos") },
    { ulp: 0.55, source: `${SINGLE}, in sums of two numbers`, expand: single("cos", "pair") },
  ],
}; // oxfmt-ignore

export const tan: Variants = {
  f64: [
    { ulp: 4, source: `${BY_PARTS.replace(" with a tail", "")}, a quotient`, expand: quickTangent },
    { ulp: 2.5, source: `${BY_PARTS}, a quotient`, expand: double("tan", "tail") },
    { ulp: 0.55, source: `${PAIRS}, a quotient`, expand: double("tan", "pair") },
  ],
  f32: [
    { ulp: 3, source: `${SINGLE}, a quotient`, expand: single("tan", "tail") },
    { ulp: 0.501, source: `${WIDENED}, a quotient`, widens: true, expand: widened("tan") },
    { ulp: 0.55, source: `${SINGLE}, in sums of two numbers, a quotient`, expand: single("tan", "pair") },
  ],
}; // oxfmt-ignore

/** Sine and cosine of one argument: the parts they share are computed once, after the pass `share`. */
export function sincos(k: Block, x: Expression, ulp = 1): { sine: Variable; cosine: Variable } {
  const type = x.type as Float;
  const best = (variants: Variants): Expansion => {
    const found = variants[type].find((each) => each.ulp <= ulp);
    if (!found) throw new RangeError(`no sine and cosine of ${type} within ${ulp} units in the last place`);
    return found;
  };
  return { sine: k.let("sine", best(sin).expand(k, [x]), type), cosine: k.let("cosine", best(cos).expand(k, [x]), type) }; // oxfmt-ignore
}
