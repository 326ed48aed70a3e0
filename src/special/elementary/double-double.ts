// Sums of two numbers, in the IR: what a rounding took away is kept in a second number. For f64 and f32, as the operands are. No fused multiply-add is used, so
// that every target gives the same bits. Sources: Dekker (1971, "A floating-point technique for extending the available
// precision"), Knuth (1969, volume 2, section 4.2.2, for the sum of numbers in any order); heads of 26 bits are cut off as the
// mathematical library of Sun Microsystems does, with a mask. Products assume that nothing overflows or falls below 2^-969.
// Left out: normalisation where it is not asked for: the parts may overlap by a few bits.
import { ir, type Block, type Expression, type Value } from "../../compile/index.ts";

/** The value hi + lo, |lo| far below |hi|. */
export interface Pair {
  readonly hi: Expression;
  readonly lo: Expression;
}

/** The first 26 bits of an f64, or 12 of an f32, rounded towards zero: products of two such numbers are exact. */
export function head(k: Block, x: Expression, name = "head"): Expression {
  if (x.type === "f32") return k.let(name, ir.bits(ir.and(ir.bits(x, "i32"), -4096), "f32"));
  return k.let(name, ir.bits(ir.and(ir.bits(x, "i64"), ir.i64(0xfffffffff8000000n)), "f64"));
}

/** A local for the value; a plain number is of the type of `beside`. */
function named(k: Block, x: Value, name: string, beside: Value = x): Expression {
  const type = typeof x !== "number" ? x.type : typeof beside !== "number" ? beside.type : "f64";
  return k.let(name, x, type as "f64");
}

/** a + b where a = 0 or |a| >= |b| (or where a is a multiple of the last place of b). */
export function fastTwoSum(k: Block, x: Value, y: Value): Pair {
  const [a, b] = [named(k, x, "a", y), named(k, y, "b", x)];
  const hi = named(k, ir.add(a, b), "s");
  return { hi, lo: named(k, ir.sub(b, ir.sub(hi, a)), "e") };
}

/** a + b for any two numbers. */
export function twoSum(k: Block, x: Value, y: Value): Pair {
  const [a, b] = [named(k, x, "a", y), named(k, y, "b", x)];
  const hi = named(k, ir.add(a, b), "s");
  const part = named(k, ir.sub(hi, a), "v");
  return { hi, lo: named(k, ir.add(ir.sub(a, ir.sub(hi, part)), ir.sub(b, part)), "e") };
}

/** a * b. */
export function twoProduct(k: Block, x: Value, y: Value): Pair {
  const [a, b] = [named(k, x, "a", y), named(k, y, "b", x)];
  const hi = named(k, ir.mul(a, b), "p");
  const ah = head(k, a);
  const bh = head(k, b);
  const al = named(k, ir.sub(a, ah), "al");
  const bl = named(k, ir.sub(b, bh), "bl");
  const cross = ir.add(ir.add(ir.sub(ir.mul(ah, bh), hi), ir.mul(ah, bl)), ir.mul(al, bh));
  return { hi, lo: named(k, ir.add(cross, ir.mul(al, bl)), "e") };
}

/** a * a. */
export function square(k: Block, x: Value): Pair {
  const a = named(k, x, "a");
  const hi = named(k, ir.mul(a, a), "p");
  const ah = head(k, a);
  const al = named(k, ir.sub(a, ah), "al");
  const cross = ir.add(ir.sub(ir.mul(ah, ah), hi), ir.mul(ir.mul(ah, al), 2));
  return { hi, lo: named(k, ir.add(cross, ir.mul(al, al)), "e") };
}

/** a + b, |a.hi| >= |b.hi| or a.hi = 0; relative error some 2^-104 if there is no cancellation. */
export function addPairs(k: Block, a: Pair, b: Pair): Pair {
  const s = fastTwoSum(k, a.hi, b.hi);
  return fastTwoSum(k, s.hi, ir.add(s.lo, ir.add(a.lo, b.lo)));
}

/** a + b of any size and sign; the error is some 2^-104 of the greater one. */
export function addAnyPairs(k: Block, a: Pair, b: Pair): Pair {
  const s = twoSum(k, a.hi, b.hi);
  return fastTwoSum(k, s.hi, ir.add(s.lo, ir.add(a.lo, b.lo)));
}

/** a * b, relative error some 2^-102. */
export function multiplyPairs(k: Block, a: Pair, b: Pair): Pair {
  const p = twoProduct(k, a.hi, b.hi);
  const lo = ir.add(p.lo, ir.add(ir.mul(a.hi, b.lo), ir.mul(a.lo, b.hi)));
  return fastTwoSum(k, p.hi, lo);
}

/** a / b, relative error some 2^-100. */
export function dividePairs(k: Block, a: Pair, b: Pair): Pair {
  const inverse = named(k, ir.div(1, b.hi), "inverse");
  const q = named(k, ir.mul(a.hi, inverse), "q");
  const p = twoProduct(k, q, b.hi);
  const rest = ir.sub(ir.add(ir.sub(ir.sub(a.hi, p.hi), p.lo), a.lo), ir.mul(q, b.lo));
  return fastTwoSum(k, q, ir.mul(rest, inverse));
}

/** Square root of a > 0, relative error some 2^-100. */
export function rootPair(k: Block, a: Pair): Pair {
  const r = named(k, ir.sqrt(a.hi), "root");
  const p = square(k, r);
  const rest = ir.add(ir.sub(ir.sub(a.hi, p.hi), p.lo), a.lo);
  return fastTwoSum(k, r, ir.div(rest, ir.add(r, r)));
}

/** A constant as a sum of two numbers. */
export const pairOf = (hi: number, lo: number): Pair => ({ hi: ir.f64(hi), lo: ir.f64(lo) });

/** The pair, each part multiplied by a power of two. */
export const timesPower = (k: Block, a: Pair, power: Value): Pair => ({
  hi: named(k, ir.mul(a.hi, power), "hi"),
  lo: named(k, ir.mul(a.lo, power), "lo"),
});

export const negative = (a: Pair): Pair => ({ hi: ir.neg(a.hi), lo: ir.neg(a.lo) });

/** One of two pairs. */
export const selectPair = (k: Block, condition: Expression, a: Pair, b: Pair): Pair => ({
  hi: named(k, ir.select(condition, a.hi, b.hi), "hi"),
  lo: named(k, ir.select(condition, a.lo, b.lo), "lo"),
});

/**
 * The pair, not negative and at most `least`, rounded once to a multiple of the last place of `least`, a power of two: what becomes of
 * it as a subnormal number, where `least` stands for the least normal one.
 */
export function roundedAt(k: Block, { hi, lo }: Pair, least: number): Expression {
  const near = named(k, ir.sub(ir.add(hi, least), least), "near");
  const rest = named(k, ir.add(ir.sub(hi, near), lo), "rest");
  return ir.add(near, ir.sub(ir.add(rest, 1.5 * least), 1.5 * least));
}
