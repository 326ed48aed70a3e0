// asinh, acosh and atanh of f64 by log1p of what is small where the function is:
//   asinh|x| = log1p(|x| + x^2/(1 + sqrt(1 + x^2))), acosh x = log1p(d + sqrt(d (x + 1))) with d = x - 1,
//   atanh|x| = log1p(2|x|/(1 - |x|))/2.
// Beyond 2^30, where x^2 swallows the 1, asinh and acosh are log(x) + log 2. The accurate variants compute in sums of two numbers.
import { ir, type Block, type Expansion, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";
import { addAnyPairs, addPairs, dividePairs, multiplyPairs, type Pair, pairOf, rootPair, square, twoSum } from "./double-double.ts"; // oxfmt-ignore
import { withSign } from "./hyperbolic.ts";
import { BASES, logPair, logParts } from "./logarithm-parts.ts";
import { log1pPair, log1pSingle, logSingle } from "./logarithms.ts";
import { variants } from "./widened.ts";

/** From here on x^2 + 1 is x^2. */
const FAR = 2 ** 30;
/** Below it the cube of x is beyond its last place. */
const NEAR = 2 ** -30;
const ONE = pairOf(1, 0);

/** log1p of a sum, or where `far` log(2 x): one logarithm for both. */
function log1pOrFar(k: Block, small: Pair, far: Expression, x: Expression): Expression {
  const y = twoSum(k, 1, small.hi);
  const hi = k.let("y", ir.select(far, x, y.hi));
  const rest = { hi: k.let("yl", ir.select(far, ir.f64(0), y.lo)), lo: small.lo };
  const parts = logParts(k, hi, rest);
  const n = k.let("n", ir.add(parts.n, ir.select(far, ir.f64(1), ir.f64(0))));
  return logPair(k, { ...parts, n }, BASES.e).hi;
}

const asinhCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const size = k.let("size", ir.abs(x));
    const far = k.let("far", ir.ge(size, FAR));
    const near = k.let("near", ir.pmin(size, ir.f64(FAR)));
    let value: Expression;
    if (precise) {
      const z = square(k, near);
      const root = rootPair(k, addAnyPairs(k, ONE, z));
      const over = dividePairs(k, z, addPairs(k, root, ONE));
      value = log1pOrFar(k, addAnyPairs(k, { hi: near, lo: ir.f64(0) }, over), far, size);
    } else {
      const z = k.let("z", ir.mul(near, near));
      const t = ir.add(near, ir.div(z, ir.add(ir.sqrt(ir.add(z, 1)), 1)));
      value = ir.select(far, ir.add(logSingle(k, size), Math.LN2), log1pSingle(k, k.let("t", t)));
    }
    return ir.select(ir.and(ir.ge(size, NEAR), ir.lt(size, Infinity)), withSign(value, x), x);
  };

const acoshCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const far = k.let("far", ir.ge(x, FAR));
    const near = k.let("near", ir.pmin(x, ir.f64(FAR)));
    let value: Expression;
    if (precise) {
      const below = twoSum(k, near, -1);
      const root = rootPair(k, multiplyPairs(k, below, twoSum(k, near, 1)));
      value = log1pOrFar(k, addAnyPairs(k, below, root), far, x);
    } else {
      const d = k.let("d", ir.sub(near, 1));
      const t = k.let("t", ir.add(d, ir.sqrt(ir.mul(d, ir.add(near, 1)))));
      value = ir.select(far, ir.add(logSingle(k, x), Math.LN2), log1pSingle(k, t));
    }
    const finite = ir.select(ir.lt(x, Infinity), value, x);
    const inside = ir.select(ir.eq(x, 1), ir.f64(0), finite);
    return ir.select(ir.lt(x, 1), ir.f64(Number.NaN), inside);
  };

const atanhCode =
  (precise: boolean): Expansion["expand"] =>
  (k, [x]) => {
    const size = k.let("size", ir.abs(x));
    let value: Expression;
    if (precise) {
      const twice = { hi: k.let("twice", ir.mul(size, 2)), lo: ir.f64(0) };
      value = log1pPair(k, dividePairs(k, twice, twoSum(k, 1, ir.neg(size)))).hi;
    } else value = log1pSingle(k, k.let("t", ir.div(ir.mul(size, 2), ir.sub(1, size))));
    const inside = ir.select(ir.ge(size, NEAR), withSign(ir.mul(value, 0.5), x), x);
    const open = ir.select(ir.lt(size, 1), inside, withSign(ir.f64(Infinity), x));
    return ir.select(ir.le(size, 1), open, ir.f64(Number.NaN));
  };

const PAIRS = "sums of two numbers throughout, a logarithm of degree 15";
const SINGLE = "a logarithm of degree 15";

export const asinh: Variants = variants([
  { ulp: 4, source: SINGLE, expand: asinhCode(false) },
  { ulp: 0.55, source: PAIRS, expand: asinhCode(true) },
]);
export const acosh: Variants = variants([
  { ulp: 4, source: SINGLE, expand: acoshCode(false) },
  { ulp: 0.55, source: PAIRS, expand: acoshCode(true) },
]);
export const atanh: Variants = variants([
  { ulp: 4, source: SINGLE, expand: atanhCode(false) },
  { ulp: 0.55, source: PAIRS, expand: atanhCode(true) },
]);
