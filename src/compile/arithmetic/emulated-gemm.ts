// Matrix products with every operation rounded to a format: C = A B, each product rounded, each addition to the accumulator
// rounded, in a stated order. The order and the roundings are the meaning; lanes run over columns, which are independent.
// f32 lanes serve where they decide every rounding: nearest even, at most 11 bits (24 >= 2t + 2) and products within the normal
// range of f32; otherwise f64 lanes, with odd intermediate results where needed (emulate.ts).
// Stochastic modes take word 0 of block (i n + j) k + p for the product and word 1 for the sum of step p, and word 2 of a block
// of sums' first step for its addition; n is the number of columns rounded up to whole groups of lanes.
import { Failure } from "../../base/index.ts";
import { type FloatRounding, type Format, roundArray } from "../../number/index.ts";
import { fn, program, type Block } from "../builder.ts";
import * as ir from "../builder.ts";
import type { Expression, StructuredFunction, Variable } from "../ir.ts";
import { compileModuleSync, type Compiled } from "../kernel.ts";
import { hoist } from "../passes/hoist.ts";
import { Runtime } from "../runtime.ts";
import { exactFma, exactly } from "./emulate.ts";
import { philoxScalar, randomNumber } from "./philox-code.ts";
import { canRound, needsRandom, roundingCode } from "./rounding-code.ts";
import { emulatedRounding, readFormat, type RoundingRequest } from "./settings.ts";

export interface EmulatedProductOptions extends RoundingRequest {
  /** Format of the entries and, unless `accumulate` says otherwise, of everything. */
  readonly format: Format | string;
  /** Format of the accumulator. */
  readonly accumulate?: Format | string;
  /** Products rounded before they are added (default), or added exactly, as a fused multiply-add does. */
  readonly products?: "rounded" | "exact";
  /** Sums of so many products, each begun from zero, added up in order; default: one sum of all. */
  readonly block?: number;
}

/** How a product is computed. */
export interface EmulatedProductPlan {
  readonly lanes: "f32x4" | "f64x2";
  readonly reason: string;
}

interface Roundings {
  readonly format: Format;
  readonly product: FloatRounding;
  readonly sum: FloatRounding;
  readonly fused: boolean;
  readonly block: number;
  readonly seed: number;
}

function roundingsOf(options: EmulatedProductOptions): Roundings {
  const format = readFormat(options.format);
  const accumulate = options.accumulate === undefined ? format : readFormat(options.accumulate);
  const read = (each: Format): FloatRounding => emulatedRounding(each, options, "matrix products");
  const { block = Infinity, seed = 0, products = "rounded" } = options;
  if (!(block >= 1) || (block !== Infinity && !Number.isInteger(block)))
    throw new Failure("usage", `blocks of ${block} products`);
  return { format, product: read(format), sum: read(accumulate), fused: products === "exact", block, seed };
}

/** binary32, nearest even: what f32 lanes do by themselves. */
function isNativeSingle({ precision, emax, emin, mode, format, above }: FloatRounding): boolean {
  return mode === "nearest-even" && precision === 24 && emax === 127 && emin === -126 && format.subnormals === "kept" && above === Infinity; // oxfmt-ignore
}

function planOf({ product, sum, fused }: Roundings): EmulatedProductPlan {
  const wide = (reason: string): EmulatedProductPlan => ({ lanes: "f64x2", reason });
  for (const r of [product, sum]) {
    if (r === sum && isNativeSingle(sum)) continue;
    if (r.mode !== "nearest-even") return wide(`${r.mode} is not decided by f32 results`);
    if (r.precision > 11) return wide(`${r.precision} bits need 53 >= 2t + 2`);
    if (!canRound(r, "f32")) return wide("the format's range is too wide for rounding in f32");
  }
  const { precision: t, emin, emax } = product;
  if (2 * (emin - t + 1) < -126 || 2 * (emax + 1) > 127) return wide("products leave the normal range of f32");
  if (fused && !isNativeSingle(sum)) return wide("exact products are longer than f32 decides");
  return { lanes: "f32x4", reason: "f32 results decide every rounding (24 >= 2t + 2, products in the normal range)" };
}

/** Columns computed at a time, in vectors. */
const VECTORS = 4;

function productFunction(roundings: Roundings, { lanes }: EmulatedProductPlan): StructuredFunction {
  const single = lanes === "f32x4";
  const type = single ? "f32" : "f64";
  const width = single ? 4 : 2;
  const { product, sum, fused, block, seed } = roundings;
  const array = `${type}[]` as const;
  return fn("product", { m: "i32", n: "i32", k: "i32", a: array, b: array, c: array }, undefined, (p, code) => {
    const zero = ir.constant(0, lanes);
    const random = needsRandom(product) || needsRandom(sum);
    code.for("i", 0, p.m, (i) =>
      code.for("j", 0, p.n, (j) => {
        /** Adds the products of steps from ... to - 1 to the sums. */
        const steps = (sums: readonly Variable<"f64x2">[], from: Expression, to: Expression): void =>
          code.for("q", from, to, (q) => {
            const x = code.let("x", ir.splat(ir.at(p.a, ir.add(ir.mul(i, p.k), q)), lanes), lanes);
            const row = code.let("row", ir.add(ir.mul(q, p.n), j));
            sums.forEach((s, v) => {
              const y = code.let("y", ir.at(p.b, ir.add(row, v * width), lanes), lanes);
              const words = random ? wordsAt(code, i, ir.add(j, v * width), q, p.n, p.k, seed) : [];
              code.set(s, added(code, s, x, y, words));
            });
          });
        const totals = vectors(code, "total", zero);
        if (block === Infinity) steps(totals, ir.i32(0), p.k);
        else
          code.for(
            "block",
            0,
            p.k,
            (from) => {
              const sums = vectors(code, "sum", zero);
              steps(sums, from, ir.min(ir.add(from, block), p.k));
              totals.forEach((t, v) => {
                const words = random ? wordsAt(code, i, ir.add(j, v * width), from, p.n, p.k, seed) : [];
                code.set(t, rounded(code, sum, exactOrPlain(code, sum, "add", [t, sums[v]]), words[2]));
              });
            },
            block,
          );
        totals.forEach((t, v) => code.store(p.c, ir.add(ir.add(ir.mul(i, p.n), j), v * width), t));
      }, VECTORS * width),
    ); // oxfmt-ignore

    function vectors(k: Block, name: string, value: Expression): Variable<"f64x2">[] {
      return Array.from({ length: VECTORS }, (_, v) => k.let(`${name}${v}`, value, lanes as "f64x2"));
    }

    function exactOrPlain(k: Block, rounding: FloatRounding, op: "add" | "mul", args: Expression[]): Expression {
      if (!single) return exactly(k, rounding, op, args);
      return k.let("e", op === "add" ? ir.add(args[0], args[1]) : ir.mul(args[0], args[1]), lanes);
    }

    function rounded(k: Block, rounding: FloatRounding, x: Expression, word?: Expression): Expression {
      if (single && isNativeSingle(rounding)) return x;
      return k.let(
        "f",
        roundingCode(k, rounding, k.let("z", x, lanes), word && randomNumber(k, word, rounding.bits)),
        lanes,
      );
    }

    function added(k: Block, s: Expression, x: Expression, y: Expression, words: readonly Expression[]): Expression {
      if (fused) return rounded(k, sum, single ? ir.add(s, ir.mul(x, y)) : exactFma(k, product, x, y, s), words[1]);
      const z = rounded(k, product, exactOrPlain(k, product, "mul", [x, y]), words[0]);
      return rounded(k, sum, exactOrPlain(k, sum, "add", [s, z]), words[1]);
    }
  });
}

/** Random words of step q of the entries (i, j) and (i, j + 1). */
function wordsAt(
  k: Block,
  i: Expression,
  j: Expression,
  q: Expression,
  n: Expression,
  depth: Expression,
  seed: number,
): Expression[] {
  const long = (x: Expression): Expression => ir.convert(x, "i64");
  const entry = k.let("entry", ir.add(ir.mul(long(i), long(n)), long(j)));
  const at = (more: number): Expression => ir.add(ir.mul(ir.add(entry, ir.i64(more)), long(depth)), long(q));
  return philoxScalar(k, k.let("counter", ir.vector("i64x2", [at(0), at(1)]), "i64x2"), seed);
}

const compiled = new Map<string, Compiled>();

export interface EmulatedProduct {
  readonly plan: EmulatedProductPlan;
  /** C (m by n) = A (m by k) times B (k by n), all in rows. Entries are rounded to the format to nearest first. */
  multiply(a: Float64Array, b: Float64Array, shape: { readonly m: number; readonly k: number; readonly n: number }): Float64Array; // oxfmt-ignore
}

/** Matrix products in emulated arithmetic. Fails on formats that f64 cannot emulate, with the reason. */
export function emulatedProduct(options: EmulatedProductOptions): EmulatedProduct {
  const roundings = roundingsOf(options);
  const plan = planOf(roundings);
  const { product, sum, fused, block, seed, format } = roundings;
  const key = JSON.stringify([{ ...product, format: product.format.name }, { ...sum, format: sum.format.name }, fused, block, seed], (_, value: unknown) => (typeof value === "bigint" || Object.is(value, Infinity) || Object.is(value, -Infinity) ? String(value) : value)); // oxfmt-ignore
  let module = compiled.get(key);
  if (!module) {
    module = compileModuleSync(hoist(program("emulated product", productFunction(roundings, plan))), {
      target: "wasm",
    });
    compiled.set(key, module);
  }
  const single = plan.lanes === "f32x4";
  const group = VECTORS * (single ? 4 : 2);
  return {
    plan,
    multiply(a, b, { m, k, n }) {
      for (const [name, size] of Object.entries({ m, k, n }))
        if (!Number.isInteger(size) || size < 0) throw new Failure("usage", `${name} = ${size} is not a number of rows or columns`); // oxfmt-ignore
      if (a.length !== m * k) throw new Failure("usage", `A has ${a.length} entries, but ${m} x ${k} are needed`);
      if (b.length !== k * n) throw new Failure("usage", `B has ${b.length} entries, but ${k} x ${n} are needed`);
      const padded = Math.ceil(n / group) * group;
      const bytes = (single ? 4 : 8) * (m * k + k * padded + m * padded) + 1024;
      const runtime = new Runtime({ bytes });
      try {
        const kernels = module.link(runtime);
        const array = (length: number): Float32Array | Float64Array =>
          single ? runtime.f32(length) : runtime.f64(length);
        const A = array(m * k);
        const B = array(k * padded);
        const C = array(m * padded);
        A.set(roundArray(a, format));
        const values = roundArray(b, format);
        for (let row = 0; row < k; row++) B.set(values.subarray(row * n, (row + 1) * n), row * padded);
        kernels.raw.product(m, padded, k, A.byteOffset, B.byteOffset, C.byteOffset);
        const result = new Float64Array(m * n);
        for (let row = 0; row < m; row++) result.set(C.subarray(row * padded, row * padded + n), row * n);
        return result;
      } finally {
        runtime.dispose();
      }
    },
  };
}
