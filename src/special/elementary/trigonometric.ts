// sin, cos, tan. Two variants for f64:
// - accurate: x = n pi/2 + r + tail with pi/2 in three parts (Cody and Waite 1980; the tail as in Ng 1992, "Argument reduction
//   for huge arguments"), sine and cosine polynomials on |r| <= pi/4, chosen by n. Below 1 ULP.
// - quick: x = n pi + r, a sine polynomial on |r| <= pi/2. Below 3 ULP.
// Arguments beyond LIMIT go to the function table, element by element; variants of f32 that call nothing reduce them here
// (huge-argument.ts). Polynomials from tools/fit-polynomials.ts.
import { ir, type Block, type Expression, type Scalar, type Variable } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { SHIFTER } from "./exponential.ts";
import { reduceHuge } from "./huge-argument.ts";
import { horner } from "./polynomial.ts";
import { COS, COS_SINGLE, SIN, SIN_SINGLE, SIN_WIDE } from "./polynomials.ts";

/** Largest |x| that is reduced here: n has 20 bits (f32: 12), so that products with the first parts of pi/2 are exact. */
const LIMIT = { f64: 1e6, f32: 5000 } as const;

/** pi/2 in parts of 33, 33 and 53 bits; of 11, 11, 11 and 24 bits for f32. */
const HALF_PI: Record<"f64" | "f32", readonly number[]> = {
  f64: [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21],
  f32: [1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12],
};

/** x - n pi/2 as r + tail, n modulo 4 in the low bits. */
interface Reduced {
  readonly r: Variable<Scalar>;
  readonly tail: Variable<Scalar>;
  readonly n: Variable<Scalar>;
}

/** x - n pi/2 for n the nearest integer. */
function reduce(type: "f64" | "f32", k: Block, x: Expression): Reduced {
  const shifter = SHIFTER[type];
  const [p1, p2, p3, p4] = HALF_PI[type];
  const shifted = k.let("t", ir.add(ir.mul(x, 2 / Math.PI), shifter), type);
  const whole = k.let("n", ir.sub(shifted, shifter), type);
  // x - n p1 and n p2 are exact; the error of their difference is found again.
  const a = k.let("a", ir.sub(x, ir.mul(whole, p1)), type);
  const b = k.let("b", ir.mul(whole, p2), type);
  let d = k.let("d", ir.sub(a, b), type);
  let w = ir.sub(ir.mul(whole, p4 ?? p3), ir.sub(ir.sub(a, d), b));
  if (p4 !== undefined) {
    // The third part of f32 likewise.
    const c = k.let("c", ir.mul(whole, p3), type);
    const next = k.let("d", ir.sub(d, c), type);
    w = ir.sub(w, ir.sub(ir.sub(d, next), c));
    d = next;
  }
  const lost = k.let("w", w, type);
  const r = k.let("r", ir.sub(d, lost), type);
  const n = k.let("m", ir.bits(shifted, type === "f64" ? "i64" : "i32"));
  return { r, tail: k.let("u", ir.sub(ir.sub(d, r), lost), type), n };
}

/** As `reduce`, for every finite f32; NaN and infinities give a NaN. */
function reduceAll(k: Block, x: Expression): Reduced {
  const reduced = reduce("f32", k, x);
  k.rarely(ir.not(ir.le(ir.abs(x), LIMIT.f32)), () => {
    const huge = reduceHuge(k, x);
    k.set(reduced.r, huge.r);
    k.set(reduced.tail, huge.tail);
    k.set(reduced.n, huge.n);
  });
  return reduced;
}

/** Lets the function table have what is beyond the limit. */
function bounded(name: string, type: "f64" | "f32", k: Block, x: Expression, value: Expression): Expression {
  const y = k.let("y", value, type);
  k.rarely(ir.gt(ir.abs(x), LIMIT[type]), () => k.set(y, ir.math(name, x)));
  return y;
}

const one = (type: "f64" | "f32"): Expression => (type === "f64" ? ir.i64(1) : ir.i32(1));

/** sin(r + tail) and cos(r + tail). */
function kernels(type: "f64" | "f32", k: Block, { r, tail }: Reduced): { sine: Expression; cosine: Expression } {
  const z = k.let("z", ir.mul(r, r), type);
  const [s, c] = type === "f64" ? [SIN, COS] : [SIN_SINGLE, COS_SINGLE];
  const v = k.let("v", ir.mul(z, r), type);
  // r + (tail + v S(z) - z tail / 2)
  const sine = ir.add(r, ir.add(ir.sub(ir.mul(v, horner(z, s)), ir.mul(ir.mul(z, 0.5), tail)), tail));
  // 1 - z/2 is rounded; what it loses is added to the small terms.
  const half = k.let("hz", ir.mul(z, 0.5), type);
  const w = k.let("cw", ir.sub(1, half), type);
  const lost = ir.sub(ir.sub(1, w), half);
  const cosine = ir.add(w, ir.add(lost, ir.sub(ir.mul(ir.mul(z, z), horner(z, c)), ir.mul(r, tail))));
  return { sine: k.let("sine", sine, type), cosine: k.let("cosine", cosine, type) };
}

/** The sign bit of `value` flipped where bit 1 of n is set. */
function signed(type: "f64" | "f32", value: Expression, n: Expression): Expression {
  const integer = type === "f64" ? "i64" : "i32";
  const bit = type === "f64" ? ir.shl(ir.and(n, ir.i64(2)), ir.i64(62)) : ir.shl(ir.and(n, 2), 30);
  return ir.bits(ir.xor(ir.bits(value, integer), bit), type);
}

function accurate(
  name: "sin" | "cos",
  type: "f64" | "f32",
  k: Block,
  [x]: readonly Expression[],
  alone = false,
): Expression {
  const reduced = alone ? reduceAll(k, x) : reduce(type, k, x);
  const n = k.let("m", name === "sin" ? reduced.n : ir.add(reduced.n, one(type)), type === "f64" ? "i64" : "i32");
  const { sine, cosine } = kernels(type, k, reduced);
  const odd = ir.ne(ir.and(n, one(type)), type === "f64" ? ir.i64(0) : ir.i32(0));
  const value = signed(type, ir.select(odd, cosine, sine), n);
  // sin(-0) = -0: the reduction would lose the sign.
  const result = name === "sin" ? ir.select(ir.eq(x, 0), x, value) : value;
  return alone ? result : bounded(name, type, k, x, result);
}

function tangent(type: "f64" | "f32", k: Block, [x]: readonly Expression[], alone = false): Expression {
  const reduced = alone ? reduceAll(k, x) : reduce(type, k, x);
  const { sine, cosine } = kernels(type, k, reduced);
  const odd = k.let("odd", ir.ne(ir.and(reduced.n, one(type)), type === "f64" ? ir.i64(0) : ir.i32(0)));
  const value = ir.div(ir.select(odd, ir.neg(cosine), sine), ir.select(odd, sine, cosine));
  const result = ir.select(ir.eq(x, 0), x, value);
  return alone ? result : bounded("tan", type, k, x, result);
}

/** pi in the same parts. */
const PI = HALF_PI.f64.map((part) => 2 * part);

function quick(name: "sin" | "cos", k: Block, [x]: readonly Expression[]): Expression {
  const shifter = SHIFTER.f64;
  // cos x = sin(x + pi/2): n counts half turns from there.
  const turns = name === "sin" ? ir.mul(x, 1 / Math.PI) : ir.add(ir.mul(x, 1 / Math.PI), 0.5);
  const shifted = k.let("t", ir.add(turns, shifter));
  const whole = ir.sub(shifted, shifter);
  const n = k.let("n", name === "sin" ? whole : ir.sub(whole, 0.5));
  const r = k.let("r", ir.sub(ir.sub(ir.sub(x, ir.mul(n, PI[0])), ir.mul(n, PI[1])), ir.mul(n, PI[2])));
  const z = k.let("z", ir.mul(r, r));
  // As a product, so that the sign of a zero stays.
  const value = k.let("v", ir.mul(r, ir.add(ir.mul(z, horner(z, SIN_WIDE)), 1)));
  const sign = ir.shl(ir.bits(shifted, "i64"), ir.i64(63));
  return bounded(name, "f64", k, x, ir.bits(ir.xor(ir.bits(value, "i64"), sign), "f64"));
}

const ACCURATE = "reduction by pi/2 in three parts with a tail, polynomials of degree 13 and 14 on |r| <= pi/4";
const QUICK = "reduction by pi in three parts, polynomial of degree 17 on |r| <= pi/2";
const SINGLE = "reduction by pi/2 in three parts with a tail, polynomials of degree 7 and 8 on |r| <= pi/4";
const HUGE = `${SINGLE}; beyond 5,000 by 2/pi in integers`;

/** From the cheapest to the most accurate; of equal ones the last calls nothing. */
export const sin: Variants = {
  f64: [
    { ulp: 3, source: QUICK, calls: true, expand: (k, args) => quick("sin", k, args) },
    { ulp: 1, source: ACCURATE, calls: true, expand: (k, args) => accurate("sin", "f64", k, args) },
  ],
  f32: [
    { ulp: 1, source: SINGLE, calls: true, expand: (k, args) => accurate("sin", "f32", k, args) },
    { ulp: 1, source: HUGE, expand: (k, args) => accurate("sin", "f32", k, args, true) },
  ],
};

export const cos: Variants = {
  f64: [
    { ulp: 3, source: QUICK, calls: true, expand: (k, args) => quick("cos", k, args) },
    { ulp: 1, source: ACCURATE, calls: true, expand: (k, args) => accurate("cos", "f64", k, args) },
  ],
  f32: [
    { ulp: 1, source: SINGLE, calls: true, expand: (k, args) => accurate("cos", "f32", k, args) },
    { ulp: 1, source: HUGE, expand: (k, args) => accurate("cos", "f32", k, args, true) },
  ],
};

export const tan: Variants = {
  f64: [{ ulp: 2.5, source: `${ACCURATE}, a quotient`, calls: true, expand: (k, args) => tangent("f64", k, args) }],
  f32: [
    { ulp: 2.5, source: `${SINGLE}, a quotient`, calls: true, expand: (k, args) => tangent("f32", k, args) },
    { ulp: 2.5, source: `${HUGE}, a quotient`, expand: (k, args) => tangent("f32", k, args, true) },
  ],
};
