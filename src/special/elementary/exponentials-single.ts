// exp, exp2 and tanh of f32 in f32 alone: x = n ln 2 + r with |r| <= ln(2)/2, exp(r) by a polynomial, times 2^n. Results at the ends of the range are
// scaled in two steps, so that those below the normal range are rounded once more there. Source: the usual reduction of Cody and
// Waite (1980, chapter 6); polynomial from tools/fit-polynomials.ts.
import { ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import { fastTwoSum, head } from "./double-double.ts";
import { EXP_SINGLE_LONG } from "./exp-log-coefficients.ts";
import { evenOdd } from "./polynomial.ts";
import { EXP_SINGLE_LEAST, EXP_SINGLE_SHORT } from "./polynomials.ts";

/** 1.5 * 2^52 and 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits. */
export const SHIFTER = { f64: 6755399441055744, f32: 12582912 } as const;

/** ln 2 = high + low, the high part with 15 bits, so that its products with n are exact. */
export const LN2_SINGLE = [0.693145751953125, 1.42860677e-6] as const;

/** ln 2 with a head of 12 bits. */
const LN2_HEAD = 0.693115234375;
const LN2_REST = 0.00003194618494528623;

/** 2^n as a number, for n within the exponents of normal numbers. */
const powerOfTwo = (n: Expression): Expression => ir.bits(ir.shl(ir.add(n, 127), 23), "f32");

/** n ln 2 + (high + low); `shifted` holds n in its low bits, r is high + low rounded. */
interface Reduced {
  readonly shifted: Expression;
  readonly r: Expression;
  readonly high: Expression;
  readonly low: Expression;
}

function natural(k: Block, x: Expression): Reduced {
  const n = k.let("n", ir.nearest(ir.mul(x, Math.LOG2E)), "f32");
  const shifted = k.let("t", ir.add(n, SHIFTER.f32), "f32");
  const high = k.let("high", ir.sub(x, ir.mul(n, LN2_SINGLE[0])), "f32");
  const low = k.let("low", ir.mul(n, -LN2_SINGLE[1]), "f32");
  return { shifted, high, low, r: k.let("r", ir.add(high, low), "f32") };
}

/** With r in one number. */
function naturalQuickly(k: Block, x: Expression): Reduced {
  const { shifted, r } = natural(k, x);
  return { shifted, r, high: r, low: ir.f32(0) };
}

function binary(k: Block, x: Expression): Reduced {
  const n = k.let("n", ir.nearest(x), "f32");
  const shifted = k.let("t", ir.add(n, SHIFTER.f32), "f32");
  const rest = k.let("rest", ir.sub(x, n), "f32");
  const first = head(k, rest);
  const high = k.let("high", ir.mul(first, LN2_HEAD), "f32");
  const low = k.let("low", ir.add(ir.mul(ir.sub(rest, first), Math.LN2), ir.mul(first, LN2_REST)), "f32");
  return { shifted, high, low, r: k.let("r", ir.add(high, low), "f32") };
}

/** exp(r) - 1 - high: r^2 P(r) and the low part, added last since r itself is rounded. */
function tail(k: Block, { r, low }: Reduced, coefficients: readonly number[]): Expression {
  const square = k.let("q", ir.mul(r, r), "f32");
  const rest = ir.mul(square, evenOdd(r, square, coefficients));
  return low.kind === "constant" ? rest : ir.add(rest, low);
}

/** A power of a base: normal numbers for |x| <= normal, not 0 from `least` on, finite up to `greatest`. */
const powerOf =
  (
    reduce: typeof natural,
    normal: number,
    least: number,
    greatest: number,
    coefficients = EXP_SINGLE_LEAST,
  ): Expansion["expand"] =>
  // oxfmt-ignore
  (k, [x]) => {
    const reduced = reduce(k, x);
    const { shifted } = reduced;
    const value = k.let("e", ir.add(ir.add(tail(k, reduced, coefficients), reduced.high), 1), "f32");
    // Where the result is a normal number, n goes straight to its exponent.
    const y = k.let("y", ir.bits(ir.add(ir.bits(value, "i32"), ir.shl(ir.bits(shifted, "i32"), 23)), "f32"), "f32");
    k.rarely(ir.not(ir.le(ir.abs(x), normal)), () => {
      // Near the ends of the range, beyond them (0 and infinity), and NaN.
      k.set(y, ir.add(x, x));
      k.if(ir.le(x, greatest), () => k.set(y, 0));
      k.if(ir.gt(x, greatest), () => k.set(y, Infinity));
      k.if(ir.and(ir.ge(x, least), ir.le(x, greatest)), () => {
        const whole = ir.sub(ir.bits(shifted, "i32"), ir.bits(ir.f32(SHIFTER.f32), "i32"));
        const half = ir.shr(whole, 1);
        k.set(y, ir.mul(ir.mul(value, powerOfTwo(half)), powerOfTwo(ir.sub(whole, half))));
      });
    });
    return y;
  };

/** tanh as in hyperbolic.ts: (2^n - 1 + w)/(2^n + 1 + w), w = 2^n (exp(r) - 1) with 2|x| = n ln 2 + r. */
function tanh(k: Block, [x]: readonly Expression[]): Expression {
  const size = k.let("size", ir.abs(x), "f32");
  const reduced = natural(k, k.let("twice", ir.mul(ir.pmin(size, ir.f32(10)), 2), "f32"));
  const power = k.let("power", ir.bits(ir.shl(ir.add(ir.bits(reduced.shifted, "i32"), 127), 23), "f32"), "f32");
  const m = fastTwoSum(k, reduced.high, k.let("tail", tail(k, reduced, EXP_SINGLE_LONG), "f32"));
  const w = k.let("w", ir.mul(power, m.hi), "f32");
  const wl = k.let("wl", ir.mul(power, m.lo), "f32");
  const a = fastTwoSum(k, power, -1);
  const b = fastTwoSum(k, power, 1);
  const above = fastTwoSum(k, a.hi, w);
  const below = fastTwoSum(k, b.hi, w);
  const inverse = k.let("inverse", ir.div(1, below.hi), "f32");
  const q = head(k, ir.mul(above.hi, inverse), "q");
  const d = head(k, below.hi, "d");
  const dl = ir.add(ir.sub(below.hi, d), ir.add(below.lo, ir.add(b.lo, wl)));
  const left = ir.sub(ir.sub(above.hi, ir.mul(q, d)), ir.mul(q, dl));
  const value = ir.add(q, ir.mul(ir.add(left, ir.add(above.lo, ir.add(a.lo, wl))), inverse));
  const sign = ir.and(ir.bits(x, "i32"), -0x80000000);
  const signed = ir.bits(ir.or(ir.bits(value, "i32"), sign), "f32");
  return ir.select(ir.lt(size, 2 ** -13), x, signed);
}

export const expSingle: readonly Expansion[] = [
  {
    ulp: 2.5,
    source: "reduction by ln 2 in two parts, polynomial of degree 5",
    expand: powerOf(naturalQuickly, 87, -104, 89, EXP_SINGLE_SHORT),
  },
  {
    ulp: 1,
    source: "reduction by ln 2 in two parts with a tail, polynomial of degree 6",
    expand: powerOf(natural, 87, -104, 89),
  },
];
export const exp2Single: readonly Expansion[] = [
  {
    ulp: 1,
    source: "r ln 2 in two parts with a tail, polynomial of degree 6",
    expand: powerOf(binary, 125, -151, 129),
  },
];
export const tanhSingle: readonly Expansion[] = [
  { ulp: 1, source: "exp with a polynomial of degree 7, a quotient of sums of two numbers", expand: tanh },
];
