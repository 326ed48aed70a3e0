// log of f32 in f32 alone: x = 2^n m with m between sqrt(1/2) and sqrt(2), log m = 2 artanh(s) with s = (m - 1)/(m + 1), by a
// polynomial in s^2. With f = m - 1: log(1 + f) = f - (f^2/2 - s (f^2/2 + s^2 P(s^2))), which keeps what f loses in s; n ln 2 is
// added in two parts. Source of the arrangement: Tang (1990, "Table-driven implementation of the logarithm function", section 1)
// and FreeBSD's mathematical library; the polynomial is from tools/fit-polynomials.ts.
import { fn, ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import { LN2_SINGLE, SHIFTER } from "./exponentials-single.ts";
import { horner } from "./polynomial.ts";
import { LOG_SINGLE } from "./polynomials.ts";

/** The greatest number of f32. */
const GREATEST = (2 - 2 ** -23) * 2 ** 127;

/** log(2^more y) for a normal y > 0. */
function logarithm(k: Block, y: Expression, more?: Expression): Expression {
  // Shifted so that the exponent field changes at sqrt(1/2).
  const above = k.let("b", ir.sub(ir.bits(y, "i32"), ir.bits(ir.f32(Math.SQRT1_2), "i32")), "i32");
  const e = k.let("e", ir.shr(above, 23), "i32");
  const m = ir.bits(ir.sub(ir.bits(y, "i32"), ir.shl(e, 23)), "f32");
  // The exponent as a number: its low bits under those of a shifter.
  const scaled = ir.sub(ir.bits(ir.add(e, ir.bits(ir.f32(SHIFTER.f32), "i32")), "f32"), SHIFTER.f32);
  const n = k.let("n", more ? ir.add(scaled, more) : scaled, "f32");
  const f = k.let("f", ir.sub(m, 1), "f32");
  const s = k.let("s", ir.div(f, ir.add(f, 2)), "f32");
  const z = k.let("z", ir.mul(s, s), "f32");
  const half = k.let("h", ir.mul(ir.mul(f, 0.5), f), "f32");
  const p = ir.mul(z, horner(z, LOG_SINGLE));
  const small = ir.add(ir.mul(s, ir.add(half, p)), ir.mul(n, LN2_SINGLE[1]));
  return k.let("v", ir.sub(ir.mul(n, LN2_SINGLE[0]), ir.sub(ir.sub(half, small), f)), "f32");
}

/** Subnormal numbers 2^25 times as great, zeros, infinity, NaN and what is negative. */
const rare = fn("log.single.rare", { x: "f32" }, "f32", ({ x }, k) => {
  const value = logarithm(k, k.let("y", ir.mul(x, 2 ** 25), "f32"), ir.f32(-25));
  const finite = ir.select(ir.lt(x, Infinity), value, x);
  const positive = ir.select(ir.eq(x, 0), -Infinity, finite);
  k.return(ir.select(ir.lt(x, 0), Number.NaN, positive));
});

function expand(k: Block, [x]: readonly Expression[]): Expression {
  const y = k.let("y", logarithm(k, x), "f32");
  const normal = ir.pmax(ir.pmin(x, ir.f32(GREATEST)), ir.f32(2 ** -126));
  k.rarely(ir.ne(x, normal), () => k.set(y, ir.call(rare, x)));
  return y;
}

export const logSingleCode: readonly Expansion[] = [
  { ulp: 1, source: "artanh of (m - 1)/(m + 1), polynomial of degree 7", expand },
];
