// exp: x = k ln 2 + r with |r| <= ln(2)/2, exp(r) by a polynomial, times 2^k in two steps, so that results below the normal range
// are rounded once. Source: the usual reduction of Cody and Waite (1980, chapter 6); polynomial from tools/fit-polynomials.ts.
import { ir, type Block, type Expression, type Expansion } from "../compile/index.ts";
import { EXP, EXP_SINGLE } from "./polynomials.ts";
import { evenOdd } from "./polynomial.ts";

/** 1.5 * 2^52 and 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits. */
export const SHIFTER = { f64: 6755399441055744, f32: 12582912 } as const;

/** ln 2 = high + low, the high part with 32 (f32: 15) bits, so that its products with k are exact. */
const LN2 = { f64: [0.6931471803691238, 1.9082149292705877e-10], f32: [0.693145751953125, 1.42860677e-6] } as const;

/** 2^k as a number, for k within the exponents of normal numbers. */
function powerOfTwo(k: Expression, type: "f64" | "f32"): Expression {
  return type === "f64"
    ? ir.bits(ir.shl(ir.add(k, ir.i64(1023)), ir.i64(52)), "f64")
    : ir.bits(ir.shl(ir.add(k, 127), 23), "f32");
}

function expand(type: "f64" | "f32", k: Block, [x]: readonly Expression[]): Expression {
  const [high, low] = LN2[type];
  const shifter = SHIFTER[type];
  // Beyond these the result is 0 or infinity; NaN stays, because a comparison with it is false.
  const [least, greatest] = type === "f64" ? [-746, 710] : [-104, 89];
  const inside = k.let("x", ir.pmax(ir.pmin(x, greatest), least), type);
  const shifted = k.let("t", ir.add(ir.mul(inside, Math.LOG2E), shifter), type);
  const n = k.let("n", ir.sub(shifted, shifter), type);
  // The low part of r is added last: r itself is rounded.
  const above = k.let("a", ir.sub(inside, ir.mul(n, high)), type);
  const below = k.let("b", ir.mul(n, low), type);
  const r = k.let("r", ir.sub(above, below), type);
  const square = k.let("q", ir.mul(r, r), type);
  const p = evenOdd(r, square, type === "f64" ? EXP : EXP_SINGLE);
  const value = k.let("e", ir.add(ir.add(ir.sub(ir.mul(square, p), below), above), 1), type);
  const integer = type === "f64" ? "i64" : "i32";
  const bits = ir.bits(ir.constant(shifter, type), integer);
  const whole = k.let("k", ir.sub(ir.bits(shifted, integer), bits), integer);
  const half = k.let("h", ir.shr(whole, 1), integer);
  return ir.mul(ir.mul(value, powerOfTwo(half, type)), powerOfTwo(ir.sub(whole, half), type));
}

export const exp: Record<"f64" | "f32", Expansion> = {
  f64: { ulp: 1, source: "reduction by ln 2 in two parts, polynomial of degree 11", expand: (k, args) => expand("f64", k, args) }, // oxfmt-ignore
  f32: { ulp: 1, source: "reduction by ln 2 in two parts, polynomial of degree 6", expand: (k, args) => expand("f32", k, args) }, // oxfmt-ignore
};
