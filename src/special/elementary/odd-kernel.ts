// f(r) = r + r^3 (c + r^2 Q(r^2)) for a small r = hi + lo, the form of the sine, the arc sine and the arc tangent near 0: in three
// levels of care. "plain" rounds every operation and has no lo; "tail" adds lo and the small terms last; "pair" computes r^3 and
// all that is multiplied by it as sums of two numbers, so that the result has some ten bits more than the format.
// Sources: "tail" is the arrangement of the mathematical library of Sun Microsystems (fdlibm); "pair" follows Dekker (1971).
import { ir, type Block, type Expression } from "../../compile/index.ts";
import { fastTwoSum, square, twoProduct, type Pair } from "./double-double.ts";
import { inPairs, horner, squared } from "./polynomial.ts";

export type Care = "plain" | "tail" | "pair";

/** c as a sum of two numbers, and Q from the lowest power up. */
export interface OddSeries {
  readonly first: readonly [hi: number, lo: number];
  readonly rest: readonly number[];
}

/** The square of r, with what its rounding lost and what lo adds. */
export function squareOf(k: Block, { hi, lo }: Pair): Pair {
  const z = square(k, hi);
  return { hi: z.hi, lo: k.let("zl", ir.add(z.lo, ir.mul(ir.mul(hi, lo), 2)), hi.type as "f64") };
}

/** f(r) as hi + lo; of "plain", lo is 0 and must not be used. `z` is the square of r (its lo is used by "pair" only). */
export function oddKernel(
  k: Block,
  care: Care,
  r: Pair & { readonly less?: Expression },
  z: Pair,
  { first, rest }: OddSeries,
): Pair {
  const type = r.hi.type as "f64";
  const local = (name: string, e: Expression): Expression => k.let(name, e, type);
  if (care !== "pair") {
    // What is taken from r: of r = -0 nothing, or with `less` a positive zero, so that the sign stays.
    const minus = [first[0], ...rest].map((c) => -c);
    const cubic = ir.mul(ir.mul(z.hi, r.hi), type === "f64" ? inPairs(z.hi, squared(k, z.hi), minus) : horner(z.hi, minus)); // oxfmt-ignore
    if (care === "plain") return { hi: local("odd", ir.sub(r.hi, cubic)), lo: ir.constant(0, type) };
    const taken = local("taken", r.less ? ir.add(cubic, r.less) : ir.sub(cubic, r.lo));
    const hi = local("odd", ir.sub(r.hi, taken));
    return { hi, lo: local("ol", ir.sub(ir.sub(r.hi, hi), taken)) };
  }
  const tail = local("q", ir.add(ir.mul(z.hi, horner(z.hi, rest)), first[1]));
  const u = fastTwoSum(k, ir.constant(first[0], type), tail);
  const zu = twoProduct(k, z.hi, u.hi);
  const v: Pair = { hi: zu.hi, lo: local("vl", ir.add(zu.lo, ir.add(ir.mul(z.lo, u.hi), ir.mul(z.hi, u.lo)))) };
  const vr = twoProduct(k, v.hi, r.hi);
  const low = ir.add(vr.lo, ir.add(ir.mul(v.lo, r.hi), ir.mul(v.hi, r.lo)));
  const sum = fastTwoSum(k, r.hi, vr.hi);
  return { hi: sum.hi, lo: local("ol", ir.add(sum.lo, ir.add(r.lo, low))) };
}
