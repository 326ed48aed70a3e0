// log of f32 in f32 alone: x = 2^n m with m between sqrt(1/2) and sqrt(2), log m = 2 artanh(s) with s = (m - 1)/(m + 1), by a
// polynomial in s^2. With f = m - 1: log(1 + f) = f - (f^2/2 - s (f^2/2 + s^2 P(s^2))), which keeps what f loses in s; n ln 2 is
// added in two parts. Source of the arrangement: Tang (1990, "Table-driven implementation of the logarithm function", section 1)
// and FreeBSD's mathematical library; the polynomial is from tools/fit-polynomials.ts.
import { ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import { LN2_SINGLE, SHIFTER } from "./exponentials-single.ts";
import { horner } from "./polynomial.ts";
import { LOG_SINGLE } from "./polynomials.ts";

function expand(k: Block, [x]: readonly Expression[]): Expression {
  const subnormal = k.let("small", ir.lt(x, 2 ** -126));
  const y = k.let("y", ir.select(subnormal, ir.mul(x, 2 ** 25), x), "f32");
  // Shifted so that the exponent field changes at sqrt(1/2).
  const above = k.let("b", ir.sub(ir.bits(y, "i32"), ir.bits(ir.f32(Math.SQRT1_2), "i32")), "i32");
  const e = k.let("e", ir.shr(above, 23), "i32");
  const m = ir.bits(ir.sub(ir.bits(y, "i32"), ir.shl(e, 23)), "f32");
  // The exponent as a number: its low bits under those of a shifter.
  const scaled = ir.sub(ir.bits(ir.add(e, ir.bits(ir.f32(SHIFTER.f32), "i32")), "f32"), SHIFTER.f32);
  const n = k.let("n", ir.sub(scaled, ir.select(subnormal, ir.f32(25), ir.f32(0))), "f32");
  const f = k.let("f", ir.sub(m, 1), "f32");
  const s = k.let("s", ir.div(f, ir.add(f, 2)), "f32");
  const z = k.let("z", ir.mul(s, s), "f32");
  const half = k.let("h", ir.mul(ir.mul(f, 0.5), f), "f32");
  const p = ir.mul(z, horner(z, LOG_SINGLE));
  const small = ir.add(ir.mul(s, ir.add(half, p)), ir.mul(n, LN2_SINGLE[1]));
  const value = k.let("v", ir.sub(ir.mul(n, LN2_SINGLE[0]), ir.sub(ir.sub(half, small), f)), "f32");
  const finite = ir.select(ir.lt(x, Infinity), value, x);
  const positive = ir.select(ir.eq(x, 0), -Infinity, finite);
  return ir.select(ir.lt(x, 0), Number.NaN, positive);
}

export const logSingleCode: readonly Expansion[] = [
  { ulp: 1, source: "artanh of (m - 1)/(m + 1), polynomial of degree 7", expand },
];
