// cbrt, hypot, sqrt, reciprocal. sqrt and reciprocal are operations of the machine, rounded correctly. cbrt: a start from the bits
// (a third of the exponent), a polynomial to 22 bits, cut to so few bits that its square is exact, one step of Halley with an
// exact remainder (Kahan's idea; the start as in the library of Sun Microsystems). hypot: squares as sums of two numbers, and the
// rest of the root (Borges 2019, "An improved algorithm for hypot(a,b)"); extreme sizes are scaled.
import { fn, ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { fastTwoSum, head, roundedAt, square, type Pair } from "./double-double.ts";
import { horner } from "./polynomial.ts";
import { CBRT_SINGLE_START, CBRT_START } from "./polynomials-circular.ts";

type Float = "f64" | "f32";

/** Constants of cbrt: how numbers below `tiny` are lifted, bits of the start that are kept, and 2/3 of the bias less a bit. */
const CUBE = {
  f64: { tiny: 2 ** -960, lift: 2 ** 108, lower: 2 ** -36, mask: ir.i64(-(2n ** 29n)), third: 715094163, start: CBRT_START },
  f32: { tiny: 2 ** -100, lift: 2 ** 48, lower: 2 ** -16, mask: ir.i32(-(2 ** 13)), third: 709958130, start: CBRT_SINGLE_START },
} as const; // oxfmt-ignore

/** A third of the bits of x > 0, plus a constant, as a number: the cube root within 3.2 per cent. */
function start(k: Block, x: Expression): Expression {
  if (x.type === "f32") {
    const bits = ir.convert(ir.bits(x, "i32"), "f32");
    return ir.bits(ir.convert(ir.add(ir.mul(bits, 1 / 3), CUBE.f32.third), "i32"), "f32");
  }
  // The upper half as a number, through the low bits of 2^52.
  const two52 = ir.bits(ir.f64(2 ** 52), "i64");
  const upper = k.let("upper", ir.sub(ir.bits(ir.or(ir.shru(ir.bits(x, "i64"), ir.i64(32)), two52), "f64"), 2 ** 52));
  const third = ir.add(ir.add(ir.mul(upper, 1 / 3), CUBE.f64.third), 2 ** 52);
  return ir.bits(ir.shl(ir.bits(third, "i64"), ir.i64(32)), "f64");
}

const cubeRoot: Expansion["expand"] = (k, [x]) => {
  const type = x.type as Float;
  const integer = type === "f64" ? "i64" : "i32";
  const { tiny, lift, lower, mask, start: polynomial } = CUBE[type];
  const size = k.let("size", ir.abs(x), type);
  const small = k.let("small", ir.lt(size, tiny));
  const a = k.let("a", ir.select(small, ir.mul(size, lift), size), type);
  const rough = k.let("rough", start(k, a), type);
  const u = k.let("u", ir.sub(ir.mul(ir.mul(rough, rough), ir.div(rough, a)), 1), type);
  const better = ir.mul(rough, horner(u, polynomial));
  const t = k.let("root", ir.bits(ir.and(ir.bits(better, integer), mask), type), type);
  const s = k.let("square", ir.mul(t, t), type);
  const high = head(k, s);
  const rest = ir.sub(ir.sub(a, ir.mul(high, t)), ir.mul(ir.sub(s, high), t));
  // t (a - t^3) / (2 t^3 + a), a quarter of both so that nothing overflows.
  const step = ir.mul(t, ir.div(ir.mul(rest, 0.25), ir.add(ir.mul(ir.mul(s, 0.5), t), ir.mul(a, 0.25))));
  const y = k.let("y", ir.add(t, step), type);
  const scaled = ir.select(small, ir.mul(y, lower), y);
  // 0, infinities and NaN are their own cube roots.
  const usual = ir.and(ir.gt(size, 0), ir.lt(size, Infinity));
  const sign = ir.and(ir.bits(x, integer), ir.bits(ir.constant(-0, type), integer));
  return ir.select(usual, ir.bits(ir.or(ir.bits(scaled, integer), sign), type), ir.add(x, x));
};

/** Sizes of the greater number between which squares neither overflow nor lose bits, and a scale from outside. */
const SAFE = {
  f64: { low: 2 ** -450, high: 2 ** 500, scale: 2 ** 600, normal: 2 ** -1022 },
  f32: { low: 2 ** -40, high: 2 ** 60, scale: 2 ** 80, normal: 2 ** -126 },
} as const;

/** sqrt(a^2 + b^2), a >= b, as a sum of two numbers. */
function root(k: Block, a: Expression, b: Expression): Pair {
  const type = a.type as "f64";
  const [aa, bb] = [square(k, a), square(k, b)];
  const sum = fastTwoSum(k, aa.hi, bb.hi);
  const r = k.let("root", ir.sqrt(sum.hi), type);
  const rr = square(k, r);
  const rest = ir.add(ir.sub(ir.sub(sum.hi, rr.hi), rr.lo), ir.add(sum.lo, ir.add(aa.lo, bb.lo)));
  // The small number keeps 0/0 away.
  const low = k.let("low", ir.div(rest, ir.add(ir.add(r, r), type === "f64" ? 2 ** -1000 : 2 ** -120)), type);
  const hi = k.let("hi", ir.add(r, low), type);
  return { hi, lo: k.let("lo", ir.add(ir.sub(r, hi), low), type) };
}

/** Infinities, NaN, and sizes beyond those of SAFE. */
function extremeHypot(type: Float): ReturnType<typeof fn> {
  const { low, scale, normal } = SAFE[type];
  return fn(`hypot.extreme.${type}`, { a: type, b: type }, type, ({ a, b }, k) => {
    k.if(ir.or(ir.eq(a, Infinity), ir.eq(b, Infinity)), () => k.return(ir.constant(Infinity, type)));
    k.if(ir.or(ir.ne(a, a), ir.ne(b, b)), () => k.return(ir.add(a, b)));
    const small = k.let("small", ir.lt(a, low));
    const by = k.let("by", ir.select(small, ir.constant(scale, type), ir.constant(1 / scale, type)), type);
    const { hi, lo } = root(k, k.let("c", ir.mul(a, by), type), k.let("d", ir.mul(b, by), type));
    const whole = roundedAt(k, { hi, lo }, normal * scale);
    const below = ir.and(small, ir.lt(hi, normal * scale));
    k.return(ir.mul(ir.select(below, whole, hi), ir.select(small, ir.constant(1 / scale, type), ir.constant(scale, type)))); // oxfmt-ignore
  });
}
const EXTREME = { f64: extremeHypot("f64"), f32: extremeHypot("f32") };

const hypotenuse: Expansion["expand"] = (k, [x, y]) => {
  const type = x.type as Float;
  const { low, high } = SAFE[type];
  const [p, q] = [k.let("p", ir.abs(x), type), k.let("q", ir.abs(y), type)];
  const more = k.let("more", ir.gt(p, q));
  const a = k.let("a", ir.select(more, p, q), type);
  const b = k.let("b", ir.select(more, q, p), type);
  const result = k.let("hypot", root(k, a, b).hi, type);
  const usual = ir.and(ir.le(a, high), ir.or(ir.ge(a, low), ir.eq(a, 0)));
  k.rarely(ir.not(ir.and(usual, ir.le(b, high))), () => k.set(result, ir.call(EXTREME[type], a, b)));
  return result;
};

/** The squares of two f32 are exact in f64. */
const wideHypotenuse: Expansion["expand"] = (k, [x, y]) => {
  const square64 = (e: Expression): Expression => {
    const v = k.let("x", ir.convert(e, "f64"));
    return ir.mul(v, v);
  };
  const [p, q] = [k.let("p", ir.abs(x), "f32"), k.let("q", ir.abs(y), "f32")];
  const value = k.let("root", ir.sqrt(ir.add(square64(p), square64(q))), "f64");
  const infinite = ir.or(ir.eq(k.let("p64", ir.convert(p, "f64")), Infinity), ir.eq(k.let("q64", ir.convert(q, "f64")), Infinity)); // oxfmt-ignore
  return ir.convert(k.let("y", ir.select(infinite, ir.constant(Infinity, "f64"), value)), "f32");
};

const MACHINE = "an operation of the machine, rounded correctly";
const both = (expansion: Expansion): Variants => ({ f64: [expansion], f32: [expansion] });

export const cbrt = both({ ulp: 0.51, source: "a step of Halley with an exact remainder", expand: cubeRoot });
export const sqrt = both({ ulp: 0.5, source: MACHINE, expand: (_, [x]) => ir.sqrt(x) });
export const reciprocal = both({ ulp: 0.5, source: MACHINE, expand: (_, [x]) => ir.div(1, x) });
const SQUARES = "squares as sums of two numbers, the rest of the root; extreme sizes scaled";
export const hypot: Variants = {
  f64: [{ ulp: 0.505, source: SQUARES, expand: hypotenuse }],
  f32: [
    { ulp: 0.505, source: SQUARES, expand: hypotenuse },
    { ulp: 0.501, source: "squares exact in f64, rounded once", widens: true, expand: wideHypotenuse },
  ],
};
