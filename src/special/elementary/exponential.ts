// exp of f32 in f32 alone: x = n ln 2 + r with |r| <= ln(2)/2, exp(r) by a polynomial, times 2^n. Results at the ends of the range are
// scaled in two steps, so that those below the normal range are rounded once more there. Source: the usual reduction of Cody and
// Waite (1980, chapter 6); polynomial from tools/fit-polynomials.ts.
import { ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import { evenOdd } from "./polynomial.ts";
import { EXP_SINGLE } from "./polynomials.ts";

/** 1.5 * 2^52 and 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits. */
export const SHIFTER = { f64: 6755399441055744, f32: 12582912 } as const;

/** ln 2 = high + low, the high part with 15 bits, so that its products with n are exact. */
export const LN2_SINGLE = [0.693145751953125, 1.42860677e-6] as const;

/** 2^n as a number, for n within the exponents of normal numbers. */
const powerOfTwo = (n: Expression): Expression => ir.bits(ir.shl(ir.add(n, 127), 23), "f32");

function expand(k: Block, [x]: readonly Expression[]): Expression {
  const [high, low] = LN2_SINGLE;
  const shifted = k.let("t", ir.add(ir.mul(x, Math.LOG2E), SHIFTER.f32), "f32");
  const n = k.let("n", ir.sub(shifted, SHIFTER.f32), "f32");
  const above = k.let("a", ir.sub(x, ir.mul(n, high)), "f32");
  // The low part of r is added last: r itself is rounded.
  const below = k.let("b", ir.mul(n, low), "f32");
  const r = k.let("r", ir.sub(above, below), "f32");
  const square = k.let("q", ir.mul(r, r), "f32");
  const p = evenOdd(r, square, EXP_SINGLE);
  const value = k.let("e", ir.add(ir.add(ir.sub(ir.mul(square, p), below), above), 1), "f32");
  // Where the result is a normal number, n goes straight to its exponent.
  const y = k.let("y", ir.bits(ir.add(ir.bits(value, "i32"), ir.shl(ir.bits(shifted, "i32"), 23)), "f32"), "f32");
  k.rarely(ir.not(ir.le(ir.abs(x), 87)), () => {
    // Near the ends of the range, beyond them (0 and infinity), and NaN.
    k.set(y, ir.add(x, x));
    k.if(ir.le(x, 89), () => k.set(y, 0));
    k.if(ir.gt(x, 89), () => k.set(y, Infinity));
    k.if(ir.and(ir.ge(x, -104), ir.le(x, 89)), () => {
      const whole = ir.sub(ir.bits(shifted, "i32"), ir.bits(ir.f32(SHIFTER.f32), "i32"));
      const half = ir.shr(whole, 1);
      k.set(y, ir.mul(ir.mul(value, powerOfTwo(half)), powerOfTwo(ir.sub(whole, half))));
    });
  });
  return y;
}

export const expSingle: readonly Expansion[] = [
  { ulp: 1, source: "reduction by ln 2 in two parts with a tail, polynomial of degree 6", expand },
];
