// Sums and dot products in lanes: correctly rounded (so independent of the order and of any splitting), and compensated.
// Exact: blocks of 1,024 elements are cut into three leading parts by error-free extraction (Rump, Ogita, Oishi 2008, algorithm
// 3.2), whose sums are exact in any order and so in lanes too; they go to an ExactSum of `number`. A block with more bits than
// three parts hold, or beyond the range of the extraction, goes to it element by element. Products are TwoProducts (Dekker 1971).
// Compensated: TwoSum in eight lanes, joined by a compensated sum (Ogita, Rump, Oishi 2005, Sum2).
// Left out: f32, threads (ExactSum.merge joins the sums of several).
import { Failure } from "../../base/index.ts";
import { ExactSum } from "../../number/index.ts";
import { fn, program, type Block } from "../builder.ts";
import * as ir from "../builder.ts";
import type { Expression, StructuredFunction } from "../ir.ts";
import { type Compiled, compileModuleSync } from "../kernel.ts";
import { hoist } from "../passes/hoist.ts";
import { Runtime } from "../runtime.ts";

/** Elements of a block, 2^LOG_BLOCK, as in number/sum.ts. */
const LOG_BLOCK = 10;
const BLOCK = 2 ** LOG_BLOCK;
/** Largest magnitudes of a block outside these could overflow or underflow on the way. */
const LEAST = 2 ** -700;
const MOST = 2 ** 900;
/** Factors and products for which TwoProduct is exact. */
const FACTOR_MOST = 2 ** 995;
const PRODUCT_LEAST = 2 ** -960;

const SPLIT = 134217729;

/** a + b and its error. */
function twoSum(k: Block, a: Expression, b: Expression): [Expression, Expression] {
  const s = k.let("s", ir.add(a, b), "f64x2");
  const z = k.let("z", ir.sub(s, a), "f64x2");
  return [s, ir.add(ir.sub(a, ir.sub(s, z)), ir.sub(b, z))];
}

const sumLanes = (x: Expression): Expression => ir.add(ir.lane(x, 0), ir.lane(x, 1));
const maxLanes = (x: Expression): Expression => ir.max(ir.lane(x, 0), ir.lane(x, 1));

/** out = [largest magnitude, sums of first, second and third parts, 1 if anything is left below them]; n a multiple of 4. */
const extract: StructuredFunction = fn(
  "extract",
  { n: "i32", x: "f64[]", first: "f64", second: "f64", third: "f64", out: "f64[]" },
  undefined,
  ({ n, x, first, second, third, out }, k) => {
    const most = [k.let2("m0", 0), k.let2("m1", 0)];
    const high = [k.let2("h0", 0), k.let2("h1", 0)];
    const low = [k.let2("l0", 0), k.let2("l1", 0)];
    const rest = [k.let2("r0", 0), k.let2("r1", 0)];
    const left = k.let("left", ir.constant(0, "i64x2"), "i64x2");
    k.for(
      "i",
      0,
      n,
      (i) => {
        for (const u of [0, 1]) {
          const v = k.let2("v", ir.at2(x, ir.add(i, 2 * u)));
          // NaN is not kept here: it shows in the sum of the first parts.
          k.set(most[u], ir.pmax(most[u], ir.abs(v)));
          const q = k.let2("q", ir.sub(ir.add(v, first), first));
          const r = k.let2("r", ir.sub(v, q));
          const p = k.let2("p", ir.sub(ir.add(r, second), second));
          k.set(high[u], ir.add(high[u], q));
          k.set(low[u], ir.add(low[u], p));
          const t = k.let2("t", ir.sub(r, p));
          const o = k.let2("o", ir.sub(ir.add(t, third), third));
          k.set(rest[u], ir.add(rest[u], o));
          k.set(left, ir.or(left, ir.ne(o, t)));
        }
      },
      4,
    );
    k.store(out, 0, maxLanes(ir.max(most[0], most[1])));
    k.store(out, 1, sumLanes(ir.add(high[0], high[1])));
    k.store(out, 2, sumLanes(ir.add(low[0], low[1])));
    k.store(out, 3, sumLanes(ir.add(rest[0], rest[1])));
    k.store(out, 4, ir.toF64(ir.anyTrue(left)));
  },
);

/** p = x y and its errors e; out = [largest factor or product, smallest product other than 0]; n a multiple of 2. */
const products: StructuredFunction = fn(
  "products",
  { n: "i32", x: "f64[]", y: "f64[]", p: "f64[]", e: "f64[]", out: "f64[]" },
  undefined,
  ({ n, x, y, p, e, out }, k) => {
    const most = k.let2("most", 0);
    const least = k.let2("least", Infinity);
    const split = (a: Expression): [Expression, Expression] => {
      const c = k.let2("c", ir.mul(a, SPLIT));
      const h = k.let2("h", ir.sub(c, ir.sub(c, a)));
      return [h, k.let2("l", ir.sub(a, h))];
    };
    k.for(
      "i",
      0,
      n,
      (i) => {
        const a = k.let2("a", ir.at2(x, i));
        const b = k.let2("b", ir.at2(y, i));
        const product = k.let2("product", ir.mul(a, b));
        const size = k.let2("size", ir.abs(product));
        k.set(most, ir.max(most, ir.max(size, ir.max(ir.abs(a), ir.abs(b)))));
        // A product of zero is exact only if a factor is zero; one that underflowed shows as 0 here.
        const exactZero = ir.or(ir.eq(a, 0), ir.eq(b, 0));
        k.set(least, ir.min(least, ir.select(exactZero, ir.splat(Infinity), size)));
        const [ah, al] = split(a);
        const [bh, bl] = split(b);
        const rest = ir.add(ir.add(ir.sub(ir.mul(ah, bh), product), ir.mul(ah, bl)), ir.mul(al, bh));
        k.store(p, i, product);
        k.store(e, i, ir.add(rest, ir.mul(al, bl)));
      },
      2,
    );
    k.store(out, 0, maxLanes(most));
    k.store(out, 1, ir.min(ir.lane(least, 0), ir.lane(least, 1)));
  },
);

/** Partial sums of eight lanes and their errors, to out[0 ... 15]; n a multiple of 8. */
const compensated: StructuredFunction = fn(
  "compensated",
  { n: "i32", x: "f64[]", out: "f64[]" },
  undefined,
  ({ n, x, out }, k) => {
    const sums = [0, 1, 2, 3].map((u) => k.let2(`s${u}`, 0));
    const lost = [0, 1, 2, 3].map((u) => k.let2(`e${u}`, 0));
    k.for("i", 0, n, (i) =>
    sums.forEach((s, u) => {
      const [next, error] = twoSum(k, s, ir.at2(x, ir.add(i, 2 * u)));
      k.set(lost[u], ir.add(lost[u], error));
      k.set(s, next);
    }), 8); // oxfmt-ignore
    sums.forEach((s, u) => k.store(out, 2 * u, s));
    lost.forEach((e, u) => k.store(out, 8 + 2 * u, e));
  },
);

let module: Compiled | undefined;

/** Sums over arrays in WebAssembly memory; `array` gives arrays that need no copy. */
export class VectorSums {
  readonly #runtime: Runtime;
  readonly #raw: Readonly<Record<string, (...args: number[]) => number>>;
  readonly #block: readonly Float64Array[];
  readonly #out: Float64Array;

  constructor({ bytes = 0 }: { readonly bytes?: number } = {}) {
    module ??= compileModuleSync(hoist(program("sums", extract, products, compensated)), { target: "wasm" });
    this.#runtime = new Runtime({ bytes: bytes + 5 * 8 * BLOCK + 4096 });
    this.#raw = module.link(this.#runtime).raw;
    this.#block = [0, 1, 2, 3].map(() => this.#runtime.f64(BLOCK));
    this.#out = this.#runtime.f64(16);
  }

  array(length: number): Float64Array {
    return this.#runtime.f64(length);
  }

  dispose(): void {
    this.#runtime.dispose();
  }

  /** The sum of all elements, rounded once: the same for every order of the elements. */
  exactSum(values: Float64Array): number {
    const total = new ExactSum();
    const bound = { value: 0 };
    const { length } = values;
    for (let from = 0; from < length; from += BLOCK) {
      const count = Math.min(BLOCK, length - from);
      this.#addBlock(total, bound, this.#place(values, from, count, 0), count, () =>
        values.subarray(from, from + count),
      );
    }
    return total.value();
  }

  /** The dot product, rounded once: the same for every order of the pairs. Fails ("domain") on different lengths. */
  exactDot(x: Float64Array, y: Float64Array): number {
    if (x.length !== y.length)
      throw new Failure("domain", `a dot product of vectors of ${x.length} and ${y.length} elements`);
    const total = new ExactSum();
    const bounds = [{ value: 0 }, { value: 0 }];
    const [, , p, e] = this.#block;
    for (let from = 0; from < x.length; from += BLOCK) {
      const count = Math.min(BLOCK, x.length - from);
      const padded = count + (count % 2);
      this.#raw.products(padded, this.#place(x, from, count, 0), this.#place(y, from, count, 1), p.byteOffset, e.byteOffset, this.#out.byteOffset); // oxfmt-ignore
      const [most, least] = this.#out;
      // Products that are all zero have signs to be minded.
      if (!(most <= FACTOR_MOST && least >= PRODUCT_LEAST && least < Infinity)) {
        total.addProducts(x.subarray(from, from + count), y.subarray(from, from + count));
        continue;
      }
      [p, e].forEach((part, j) => {
        part.fill(0, count, Math.min(BLOCK, count + 4));
        this.#addBlock(total, bounds[j], part.byteOffset, count, () => part.subarray(0, count));
      });
    }
    return total.value();
  }

  /**
   * A compensated sum: error at most one rounding of the result plus about n^2 2^-106 sum |x_i|. Depends on the order. Where a
   * partial sum overflows, the exact sum.
   */
  compensatedSum(values: Float64Array): number {
    const whole = values.length - (values.length % 8);
    let sum = 0;
    let lost = 0;
    const add = (x: number): void => {
      const next = sum + x;
      const z = next - sum;
      lost += sum - (next - z) + (x - z);
      sum = next;
    };
    for (let from = 0; from < whole; from += this.#span(values)) {
      const count = Math.min(this.#span(values), whole - from);
      this.#raw.compensated(count, this.#place(values, from, count, 0), this.#out.byteOffset);
      for (let j = 0; j < 8; j++) add(this.#out[j]);
      for (let j = 8; j < 16; j++) lost += this.#out[j];
    }
    for (let i = whole; i < values.length; i++) add(values[i]);
    return Number.isFinite(sum + lost) ? sum + lost : this.exactSum(values);
  }

  /** Elements that a kernel takes at once: all of an array in the memory, a block of another. */
  #span(values: Float64Array): number {
    return values.buffer === this.#runtime.memory.buffer ? values.length : BLOCK;
  }

  /** The address of values[from ...]: where they are, or in block `slot` after a copy, zeros behind them. */
  #place(values: Float64Array, from: number, count: number, slot: number): number {
    if (values.buffer === this.#runtime.memory.buffer && (count === BLOCK || count % 8 === 0))
      return values.byteOffset + 8 * from;
    const block = this.#block[slot];
    block.set(values.subarray(from, from + count));
    block.fill(0, count, Math.min(BLOCK, count + 8));
    return block.byteOffset;
  }

  /** Adds a block at an address, its zeros behind it included; `bound` is what its magnitudes will hardly exceed. */
  #addBlock(
    total: ExactSum,
    bound: { value: number },
    address: number,
    count: number,
    elements: () => Float64Array,
  ): void {
    const padded = Math.ceil(count / 4) * 4;
    for (;;) {
      const first = bound.value * (3 * 2 ** (LOG_BLOCK - 2));
      const second = first * 2 ** (LOG_BLOCK - 54);
      this.#raw.extract(padded, address, first, second, second * 2 ** (LOG_BLOCK - 54), this.#out.byteOffset);
      const [most, high, low, lower, left] = this.#out;
      if (!(most >= LEAST && most <= MOST) || Number.isNaN(high)) break;
      const fits = most <= bound.value;
      if (!fits || most < bound.value * 2 ** -6) bound.value = 2 ** (Math.floor(Math.log2(most)) + 2);
      if (!fits) continue;
      if (left !== 0) break;
      total.add(high).add(low).add(lower);
      return;
    }
    total.addAll(elements());
  }
}
