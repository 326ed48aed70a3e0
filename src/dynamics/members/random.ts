// Random numbers inside compiled code, for members of ensembles: each member has a stream of its own of Philox4x32-10
// (base/random.ts), so that its numbers depend on (seed, member) alone, never on threads or on the order of the members.
// A generator is a piece of an f64 array: eight uniform numbers, the next of them, the block that comes next, seed and stream.
// Of each block of four words the first two make the number of `Random.at` for that index, the last two one more.
// Exponential numbers by inversion; normal ones by Box and Muller 1958; Poisson numbers by multiplication of uniform ones up to a
// mean of 10, beyond by transformed rejection (Hoermann 1993, "The transformed rejection method for generating Poisson random
// variables", Insurance: Mathematics and Economics 12:39-45, algorithm PTRS).
import { fn, ir } from "../../compile/index.ts";
import { philoxCode } from "../../compile/arithmetic/philox-code.ts";
import type { Expression } from "../../compile/ir.ts";

const { add, at, call, div, floor, ge, gt, le, lt, math, mul, neg, or, sub } = ir;

/** Numbers of a generator. */
export const RANDOM_LENGTH = 16;
const NEXT = 8;
const BLOCK = 9;
const SEED = 10;
const STREAM = 12;
const SPARE = 14;
const HAS_SPARE = 15;

/** Starts a generator for a seed and a stream (whole numbers from 0 to 2^53 - 1). */
export function startRandom(generator: Float64Array, seed: number, stream: number): void {
  generator.fill(0, 0, RANDOM_LENGTH);
  generator[NEXT] = 8;
  [seed, stream].forEach((value, k) => {
    generator[SEED + 2 * k] = value >>> 0;
    generator[SEED + 2 * k + 1] = Math.floor(value / 2 ** 32) >>> 0;
  });
}

const refill = fn("refill", { s: "f64[]" }, undefined, ({ s }, k) => {
  const block = k.let("block", at(s, BLOCK));
  const high = k.let("high", floor(mul(block, 2 ** -32)));
  const low = k.let("low", sub(block, mul(high, 2 ** 32)));
  const word = (x: Expression): Expression => k.let("word", ir.convertu(x, "i32"));
  const words = philoxCode(
    k,
    word(low),
    word(high),
    [word(at(s, STREAM)), word(at(s, STREAM + 1))],
    [word(at(s, SEED)), word(at(s, SEED + 1))],
  );
  // 53 bits of two words, as Random.at.
  const number = (a: Expression, b: Expression): Expression =>
    mul(add(mul(ir.convertu(ir.shru(a, 5), "f64"), 67108864), ir.convertu(ir.shru(b, 6), "f64")), 2 ** -53);
  for (let i = 0; i < 4; i++) {
    k.store(s, 2 * i, number(ir.lane(words[0], i), ir.lane(words[1], i)));
    k.store(s, 2 * i + 1, number(ir.lane(words[2], i), ir.lane(words[3], i)));
  }
  k.store(s, BLOCK, add(block, 4));
});

/** Uniform in [0, 1). */
export const uniform = fn("uniform", { s: "f64[]" }, "f64", ({ s }, k) => {
  const next = k.let("next", at(s, NEXT));
  k.if(ge(next, 8), () => {
    k.do(refill, s);
    k.set(next, 0);
  });
  k.store(s, NEXT, add(next, 1));
  k.return(at(s, ir.toI32(next)));
});

/** Exponential of mean 1. */
export const exponential = fn("exponential", { s: "f64[]" }, "f64", ({ s }, k) => {
  const u = k.let("u", sub(1, call(uniform, s)));
  k.return(neg(math("log", u)));
});

/** Normal of mean 0 and variance 1. */
export const normal = fn("normal", { s: "f64[]" }, "f64", ({ s }, k) => {
  k.if(gt(at(s, HAS_SPARE), 0), () => {
    k.store(s, HAS_SPARE, 0);
    k.return(at(s, SPARE));
  });
  const u = k.let("u", sub(1, call(uniform, s)));
  const angle = k.let("angle", mul(call(uniform, s), 2 * Math.PI));
  const radius = k.let("radius", ir.sqrt(mul(-2, math("log", u))));
  k.store(s, SPARE, mul(radius, math("sin", angle)));
  k.store(s, HAS_SPARE, 1);
  k.return(mul(radius, math("cos", angle)));
});

/** log(n!) of a whole number n >= 0; Stirling's series from 10 on, to some 1e-13. */
const logFactorial = fn("logFactorial", { n: "f64" }, "f64", ({ n }, k) => {
  k.if(lt(n, 10), () => {
    const product = k.let("product", 1);
    const i = k.let("i", 2);
    k.while(le(i, n), () => {
      k.set(product, mul(product, i));
      k.set(i, add(i, 1));
    });
    k.return(math("log", product));
  });
  const r = k.let("r", div(1, n));
  const r2 = k.let("r2", mul(r, r));
  const series = mul(r, add(1 / 12, mul(r2, add(-1 / 360, mul(r2, add(1 / 1260, mul(r2, -1 / 1680)))))));
  const logN = k.let("logN", math("log", n));
  k.return(add(add(sub(mul(add(n, 0.5), logN), n), 0.5 * Math.log(2 * Math.PI)), series));
});

/** Poisson of a mean >= 0. */
export const poisson = fn("poisson", { s: "f64[]", mean: "f64" }, "f64", ({ s, mean }, k) => {
  k.if(le(mean, 0), () => k.return(ir.f64(0)));
  const n = k.let("n", 0);
  k.if(lt(mean, 10), () => {
    const limit = k.let("limit", math("exp", neg(mean)));
    const product = k.let("product", call(uniform, s));
    k.while(gt(product, limit), () => {
      k.set(n, add(n, 1));
      k.set(product, mul(product, call(uniform, s)));
    });
    k.return(n);
  });
  const root = k.let("root", ir.sqrt(mean));
  const logMean = k.let("logMean", math("log", mean));
  const b = k.let("b", add(0.931, mul(2.53, root)));
  const a = k.let("a", add(-0.059, mul(0.02483, b)));
  const inverseAlpha = k.let("inverseAlpha", add(1.1239, div(1.1328, sub(b, 3.4))));
  const vr = k.let("vr", sub(0.9277, div(3.6224, sub(b, 2))));
  k.while(1, () => {
    const u = k.let("u", sub(call(uniform, s), 0.5));
    const v = k.let("v", sub(1, call(uniform, s)));
    const us = k.let("us", sub(0.5, ir.abs(u)));
    k.set(n, floor(add(add(mul(add(div(mul(2, a), us), b), u), mean), 0.43)));
    k.if(ir.and(ge(us, 0.07), le(v, vr)), () => k.return(n));
    k.if(ir.not(or(lt(n, 0), ir.and(lt(us, 0.013), gt(v, us)))), () => {
      const left = k.let("left", math("log", div(mul(v, inverseAlpha), add(div(a, mul(us, us)), b))));
      const right = k.let("right", sub(sub(mul(n, logMean), mean), call(logFactorial, n)));
      k.if(le(left, right), () => k.return(n));
    });
  });
  k.return(n);
});
