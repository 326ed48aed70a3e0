// log: x = 2^k m with m between sqrt(1/2) and sqrt(2), log m = 2 artanh(s) with s = (m - 1)/(m + 1), by a polynomial in s^2. With
// f = m - 1: log(1 + f) = f - (f^2/2 - s (f^2/2 + s^2 P(s^2))), which keeps what f loses in s; k ln 2 is added in two parts.
// Source: the arrangement is that of Tang (1990, "Table-driven implementation of the logarithm function", section 1) and of
// FreeBSD's mathematical library; the polynomial is from tools/fit-polynomials.ts.
import { ir, type Block, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { LN2 } from "./exponential.ts";
import { horner } from "./polynomial.ts";
import { LOG, LOG_SINGLE } from "./polynomials.ts";

function expand(type: "f64" | "f32", k: Block, [x]: readonly Expression[]): Expression {
  const double = type === "f64";
  const integer = double ? "i64" : "i32";
  const whole = (value: number | bigint): Expression => (double ? ir.i64(value) : ir.i32(Number(value)));
  const fraction = double ? 52 : 23;
  const tiny = double ? 2 ** -1022 : 2 ** -126;
  const lift = double ? 54 : 25;
  const subnormal = k.let("small", ir.lt(x, tiny));
  const y = k.let("y", ir.select(subnormal, ir.mul(x, 2 ** lift), x), type);
  // Shifted so that the exponent field changes at sqrt(1/2).
  const root = ir.bits(ir.constant(Math.SQRT1_2, type), integer);
  const above = k.let("b", ir.sub(ir.bits(y, integer), root), integer);
  const e = k.let("e", ir.shr(above, whole(fraction)), integer);
  const m = ir.bits(ir.sub(ir.bits(y, integer), ir.shl(e, whole(fraction))), type);
  // The exponent as a number: its low bits under those of a shifter.
  const magic = double ? 6755399441055744 : 12582912;
  const scaled = ir.sub(ir.bits(ir.add(e, ir.bits(ir.constant(magic, type), integer)), type), magic);
  const n = k.let("n", ir.sub(scaled, ir.select(subnormal, ir.constant(lift, type), ir.constant(0, type))), type);
  const f = k.let("f", ir.sub(m, 1), type);
  const s = k.let("s", ir.div(f, ir.add(f, 2)), type);
  const z = k.let("z", ir.mul(s, s), type);
  const half = k.let("h", ir.mul(ir.mul(f, 0.5), f), type);
  const p = ir.mul(z, horner(z, double ? LOG : LOG_SINGLE));
  const [high, low] = LN2[type];
  const small = ir.add(ir.mul(s, ir.add(half, p)), ir.mul(n, low));
  const value = k.let("v", ir.sub(ir.mul(n, high), ir.sub(ir.sub(half, small), f)), type);
  const finite = ir.select(ir.lt(x, Infinity), value, x);
  const positive = ir.select(ir.eq(x, 0), -Infinity, finite);
  return ir.select(ir.lt(x, 0), Number.NaN, positive);
}

export const log: Variants = {
  f64: [{ ulp: 1, source: "artanh of (m - 1)/(m + 1), polynomial of degree 15", expand: (k, args) => expand("f64", k, args) }], // oxfmt-ignore
  f32: [{ ulp: 1, source: "artanh of (m - 1)/(m + 1), polynomial of degree 7", expand: (k, args) => expand("f32", k, args) }], // oxfmt-ignore
};
