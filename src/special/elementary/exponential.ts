// exp: x = k ln 2 + r with |r| <= ln(2)/2, exp(r) by a polynomial, times 2^k. Results at the ends of the range are scaled in two
// steps, so that those below the normal range are rounded once. Source: the usual reduction of Cody and Waite (1980, chapter 6); polynomial from tools/fit-polynomials.ts.
import { ir, type Block, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { EXP, EXP_SINGLE } from "./polynomials.ts";
import { evenOdd } from "./polynomial.ts";

/** 1.5 * 2^52 and 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits. */
export const SHIFTER = { f64: 6755399441055744, f32: 12582912 } as const;

/** ln 2 = high + low, the high part with 32 (f32: 15) bits, so that its products with k are exact. */
export const LN2 = {
  f64: [0.6931471803691238, 1.9082149292705877e-10],
  f32: [0.693145751953125, 1.42860677e-6],
} as const;

/** 2^k as a number, for k within the exponents of normal numbers. */
function powerOfTwo(k: Expression, type: "f64" | "f32"): Expression {
  return type === "f64"
    ? ir.bits(ir.shl(ir.add(k, ir.i64(1023)), ir.i64(52)), "f64")
    : ir.bits(ir.shl(ir.add(k, 127), 23), "f32");
}

/** exp for every argument: 2^k in two steps. `shifted` holds k in its low bits. */
function scaled(type: "f64" | "f32", value: Expression, whole: Expression): Expression {
  const half = ir.shr(whole, type === "f64" ? ir.i64(1) : 1);
  return ir.mul(ir.mul(value, powerOfTwo(half, type)), powerOfTwo(ir.sub(whole, half), type));
}

function expand(type: "f64" | "f32", k: Block, [x]: readonly Expression[], quick = false): Expression {
  const [high, low] = LN2[type];
  const shifter = SHIFTER[type];
  const integer = type === "f64" ? "i64" : "i32";
  const bits = ir.bits(ir.constant(shifter, type), integer);
  const shifted = k.let("t", ir.add(ir.mul(x, Math.LOG2E), shifter), type);
  const n = k.let("n", ir.sub(shifted, shifter), type);
  const above = k.let("a", ir.sub(x, ir.mul(n, high)), type);
  let value: Expression;
  if (quick) {
    const r = k.let("r", ir.sub(above, ir.mul(n, low)), type);
    const square = k.let("q", ir.mul(r, r), type);
    value = k.let("e", ir.add(ir.add(r, ir.mul(square, evenOdd(r, square, EXP))), 1), type);
  } else {
    // The low part of r is added last: r itself is rounded.
    const below = k.let("b", ir.mul(n, low), type);
    const r = k.let("r", ir.sub(above, below), type);
    const square = k.let("q", ir.mul(r, r), type);
    const p = evenOdd(r, square, type === "f64" ? EXP : EXP_SINGLE);
    value = k.let("e", ir.add(ir.add(ir.sub(ir.mul(square, p), below), above), 1), type);
  }
  // Where the result is a normal number, k goes straight to its exponent.
  const moved = ir.add(
    ir.bits(value, integer),
    ir.shl(ir.bits(shifted, integer), ir.constant(type === "f64" ? 52 : 23, integer)),
  );
  const y = k.let("y", ir.bits(moved, type), type);
  const [least, greatest, normal] = type === "f64" ? [-746, 710, 708] : [-104, 89, 87];
  k.rarely(ir.not(ir.le(ir.abs(x), normal)), () => {
    // Near the ends of the range, beyond them (0 and infinity), and NaN.
    k.set(y, ir.add(x, x));
    k.if(ir.le(x, greatest), () => k.set(y, 0));
    k.if(ir.gt(x, greatest), () => k.set(y, Infinity));
    k.if(ir.and(ir.ge(x, least), ir.le(x, greatest)), () =>
      k.set(y, scaled(type, value, ir.sub(ir.bits(shifted, integer), bits))),
    );
  });
  return y;
}

/** From the cheapest to the most accurate. */
export const exp: Variants = {
  f64: [
    { ulp: 1.5, source: "reduction by ln 2 in two parts, polynomial of degree 11", expand: (k, args) => expand("f64", k, args, true) },
    { ulp: 1, source: "reduction by ln 2 in two parts with a tail, polynomial of degree 11", expand: (k, args) => expand("f64", k, args) },
  ],
  f32: [{ ulp: 1, source: "reduction by ln 2 in two parts with a tail, polynomial of degree 6", expand: (k, args) => expand("f32", k, args) }],
}; // oxfmt-ignore
