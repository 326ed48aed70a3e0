// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, section 4) as IR code: four consecutive counters side by side in i32x4 lanes.
// The words are those of base/random.ts, so a random rounding is the same on every target and lane width.
import type { Block } from "../builder.ts";
import * as ir from "../builder.ts";
import type { Expression, Variable } from "../ir.ts";

const M0 = 0xd2511f53 | 0;
const M1 = 0xcd9e8d57 | 0;
const W0 = 0x9e3779b9 | 0;
const W1 = 0xbb67ae85 | 0;

/** Low and high words of the products of four 32-bit numbers with a constant. */
function products(k: Block, x: Expression, constant: number): { low: Expression; high: Expression } {
  const m = ir.splat(ir.i32(constant), "i32x4");
  const a = k.let("pl", ir.bits(ir.extmulLowu(x, m), "i32x4"), "i32x4");
  const b = k.let("ph", ir.bits(ir.extmulHighu(x, m), "i32x4"), "i32x4");
  return { low: ir.shuffle(a, b, [0, 2, 4, 6]), high: ir.shuffle(a, b, [1, 3, 5, 7]) };
}

/**
 * Words 0 to 3 of the blocks of counters (low + 0 ... low + 3, high, stream), each as an i32x4 over the four counters.
 * `low` is an i32 expression; low + 3 must not wrap around.
 */
export function philoxCode(
  k: Block,
  low: Expression,
  high: Expression,
  stream: readonly [Expression, Expression],
  seed: readonly [Expression, Expression],
): Variable<"i32x4">[] {
  const all = (x: Expression): Expression => ir.splat(x, "i32x4");
  let words: Expression[] = [ir.add(all(low), ir.vector("i32x4", [0, 1, 2, 3].map((j) => ir.i32(j)))), all(high), all(stream[0]), all(stream[1])]; // oxfmt-ignore
  words = words.map((w, j) => k.let(`c${j}`, w, "i32x4"));
  for (let round = 0; round < 10; round++) {
    const key = (base: Expression, step: number): Expression => all(ir.add(base, ir.i32(Math.imul(round, step))));
    const first = products(k, words[0], M0);
    const second = products(k, words[2], M1);
    words = [
      ir.xor(ir.xor(second.high, words[1]), key(seed[0], W0)),
      second.low,
      ir.xor(ir.xor(first.high, words[3]), key(seed[1], W1)),
      first.low,
    ].map((w, j) => k.let(`c${j}`, w, "i32x4"));
  }
  return words as Variable<"i32x4">[];
}

/** The words in the order of their numbers: of the first counter, of the second, ... */
export function inOrder(k: Block, words: readonly Expression[]): Variable<"i32x4">[] {
  const pair = (a: Expression, b: Expression, lanes: number[]): Expression => k.let("t", ir.shuffle(a, b, lanes), "i32x4"); // oxfmt-ignore
  const lows = [pair(words[0], words[1], [0, 4, 1, 5]), pair(words[2], words[3], [0, 4, 1, 5])];
  const highs = [pair(words[0], words[1], [2, 6, 3, 7]), pair(words[2], words[3], [2, 6, 3, 7])];
  return [
    ir.shuffle(lows[0], lows[1], [0, 1, 4, 5]),
    ir.shuffle(lows[0], lows[1], [2, 3, 6, 7]),
    ir.shuffle(highs[0], highs[1], [0, 1, 4, 5]),
    ir.shuffle(highs[0], highs[1], [2, 3, 6, 7]),
  ].map((row, j) => k.let(`row${j}`, row, "i32x4"));
}

/**
 * The four words of one counter (an i64 below 2^53; stream 0), as i64 values below 2^32: scalar code that `vectorise` takes to lanes.
 */
export function philoxScalar(k: Block, counter: Expression, seed: number): Expression[] {
  const mask = ir.i64(0xffffffff);
  const keys = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  let words: Expression[] = [ir.and(counter, mask), ir.shru(counter, ir.i64(32)), ir.i64(0), ir.i64(0)].map((w, j) => k.let(`c${j}`, w, "i64")); // oxfmt-ignore
  for (let round = 0; round < 10; round++) {
    const a = k.let("pa", ir.mul(words[0], ir.i64(0xd2511f53)), "i64");
    const b = k.let("pb", ir.mul(words[2], ir.i64(0xcd9e8d57)), "i64");
    const key = (j: number, step: number): Expression => ir.i64((keys[j] + Math.imul(round, step)) >>> 0);
    words = [
      ir.xor(ir.xor(ir.shru(b, ir.i64(32)), words[1]), key(0, W0)),
      ir.and(b, mask),
      ir.xor(ir.xor(ir.shru(a, ir.i64(32)), words[3]), key(1, W1)),
      ir.and(a, mask),
    ].map((w, j) => k.let(`c${j}`, w, "i64"));
  }
  return words;
}
