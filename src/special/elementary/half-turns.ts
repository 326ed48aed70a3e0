// sinpi x = sin(pi x) and cospi x = cos(pi x): x modulo 2 and modulo 1/2 exactly, times pi with what that product loses, then the
// kernels of circular.ts. Zeros and signs as IEEE 754-2019 has them: sinpi of an integer is 0 with the sign of x, cospi of an
// integer and a half is +0. f32 results are computed in f64. Left out: tanpi.
import { fn, ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { kernels, SERIES, signedBy } from "./circular.ts";
import { roundedAt, twoProduct, type Pair } from "./double-double.ts";
import { SHIFTER } from "./exponentials-single.ts";
import type { Care } from "./odd-kernel.ts";
import { PI } from "./quarter-turns.ts";

type Float = "f64" | "f32";
type Name = "sinpi" | "cospi";

/** Below this size products with pi lose bits: sinpi x is pi x then, and x is scaled first. */
const TINY = 2 ** -900;
const SCALE = 2 ** 200;

/** pi x for tiny x, rounded once: at 2^200 times its size, the place of the last bit of a subnormal result is made the last bit. */
const tiny = fn("sinpi.tiny", { x: "f64" }, "f64", ({ x }, k) => {
  const [h, l] = PI.f64;
  const large = k.let("large", ir.mul(ir.abs(x), SCALE));
  const p = twoProduct(k, large, h);
  const low = k.let("low", ir.add(p.lo, ir.mul(large, l)));
  const hi = k.let("hi", ir.add(p.hi, low));
  const lo = k.let("lo", ir.add(ir.sub(p.hi, hi), low));
  const whole = roundedAt(k, { hi, lo }, 2 ** -1022 * SCALE);
  const normal = ir.ge(hi, 2 ** -1022 * SCALE);
  k.return(ir.copysign(ir.mul(ir.select(normal, hi, whole), 1 / SCALE), x));
});

/** pi r as a sum of two numbers. */
function timesPi(k: Block, care: Care, r: Expression): Pair {
  const type = r.type as Float;
  const [h, l] = PI[type];
  if (care === "plain") return { hi: k.let("angle", ir.mul(r, Math.PI), type), lo: ir.constant(0, type) };
  const p = twoProduct(k, r, h);
  return { hi: p.hi, lo: k.let("angleLow", ir.add(p.lo, ir.mul(r, l)), type) };
}

function halfTurns(name: Name, k: Block, care: Care, x: Expression, series: "f64" | "f32" | "wide"): Expression {
  const type = x.type as Float;
  const integer = type === "f64" ? "i64" : "i32";
  const whole = (v: number): Expression => (type === "f64" ? ir.i64(v) : ir.i32(v));
  // In [-1, 1]; NaN of an infinity.
  const y = k.let("y", ir.sub(x, ir.mul(ir.nearest(ir.mul(x, 0.5)), 2)), type);
  const shifted = k.let("t", ir.add(ir.add(y, y), SHIFTER[type]), type);
  const r = k.let("r", ir.sub(y, ir.mul(ir.sub(shifted, SHIFTER[type]), 0.5)), type);
  const n = k.let("m", name === "sinpi" ? ir.bits(shifted, integer) : ir.add(ir.bits(shifted, integer), whole(1)));
  const { sine, cosine } = kernels(k, care, timesPi(k, care, r), SERIES[series]);
  const part = ({ hi, lo }: Pair): Expression => (care === "pair" ? ir.add(hi, lo) : hi);
  const odd = ir.ne(ir.and(n, whole(1)), whole(0));
  const value = k.let("v", signedBy(ir.select(odd, part(cosine), part(sine)), n), type);
  // A zero comes from r = 0 only.
  const zero = name === "sinpi" ? ir.bits(ir.and(ir.bits(x, integer), ir.bits(ir.constant(-0, type), integer)), type) : ir.constant(0, type); // oxfmt-ignore
  return ir.select(ir.eq(value, 0), zero, value);
}

function expand(name: Name, care: Care): Expansion["expand"] {
  return (k, [x]) => {
    const y = k.let("y", halfTurns(name, k, care, x, x.type as Float), x.type as "f64");
    if (name === "sinpi" && x.type === "f64") k.rarely(ir.and(ir.lt(ir.abs(x), TINY), ir.ne(x, 0)), () => k.set(y, ir.call(tiny, x))); // oxfmt-ignore
    return y;
  };
}

const widened = (name: Name): Expansion["expand"] => (k, [x]) => ir.convert(halfTurns(name, k, "plain", k.let("x", ir.convert(x, "f64")), "wide"), "f32"); // oxfmt-ignore

const EXACT = "exact reduction, pi as a sum of two numbers, polynomials of degree 15 and 14";
const variants = (name: Name): Variants => ({
  f64: [
    // One argument in 10^8 of sinpi has 1.004.
    { ulp: 1.25, source: EXACT, expand: expand(name, "tail") },
    { ulp: 0.55, source: `${EXACT}, in sums of two numbers`, expand: expand(name, "pair") },
  ],
  f32: [
    { ulp: 0.501, source: "exact reduction, computed in f64 and rounded once", widens: true, expand: widened(name) },
  ],
}); // oxfmt-ignore

export const sinpi = variants("sinpi");
export const cospi = variants("cospi");
