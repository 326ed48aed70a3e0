// Products of matrices of whole numbers from bit planes, for every pair of widths from 1 to 8 bits: exact.
// A number of w bits is held as its bits, 128 columns a plane: layout [row][chunk of 128 columns][bit][16 bytes], the columns
// past the last are zero bits. With counts N_jk of set bits, over all columns,
//   bipolar    value sum_j (2 b_j - 1) 2^j, the odd numbers from 1 - 2^w to 2^w - 1:
//              y = (2^w - 1)(2^v - 1) K - 2 sum_jk 2^(j+k) N_jk,  N_jk the bits of  w_j xor a_k
//   unsigned, twos (two's complement, the highest bit counts negative):
//              y = sum_jk +-2^(j+k) N_jk,  N_jk the bits of  w_j and a_k
// (bipolar: Wei et al. 2024, "Efficient arbitrary precision acceleration for large language models on GPU tensor cores",
// section 3; planes: Umuroglu, Rasnayake, Sjalander 2018, "BISMO"). Counting bits costs nine instructions
// a vector, adding three vectors of bits to two of them five: so bits of equal weight are first added, column by column, in a chain of
// full adders with one kept vector a weight (Harley and Seal; Mula, Kurz, Lemire 2018, "Faster population counts using AVX2
// instructions"), and only what leaves the chain is counted, in lanes of 8 bits that are emptied before they can overflow.
// Zero bits past the last column count nothing in both, so any number of columns is right.
// Left out: bipolar against other codings (it needs row sums), threads.
import { Failure } from "../../base/index.ts";
import { add, and, at, bitmask, extaddu, fn, gt, i32, le, lt, min, mul, or, popcnt, program, shl, shru, sub, xor } from "../builder.ts"; // oxfmt-ignore
import type { Block } from "../builder.ts";
import type { Expression, Program, StructuredFunction, Variable } from "../ir.ts";
import { laneSum } from "./float-rows.ts";

/** What the bits of a code mean. */
export type Coding = "bipolar" | "unsigned" | "twos";

export interface BitPlaneOptions {
  /** 1 to 8. */
  readonly weightBits: number;
  /** 1 to 8. */
  readonly activationBits: number;
  /** Default bipolar; bipolar weights need bipolar activations. */
  readonly weights?: Coding;
  readonly activations?: Coding;
}

/** Columns of a chunk. */
export const CHUNK = 128;

/** Bytes of the planes of a matrix. */
export function planeBytes(rows: number, columns: number, bits: number): number {
  return rows * Math.ceil(columns / CHUNK) * bits * (CHUNK / 8);
}

/** The number that a code means: codes are the low bits, 0 ... 2^bits - 1. */
export function codeValue(code: number, bits: number, coding: Coding): number {
  if (coding === "bipolar") return 2 * code - (2 ** bits - 1);
  return coding === "twos" && code >= 2 ** (bits - 1) ? code - 2 ** bits : code;
}

function largest(bits: number, coding: Coding): number {
  return coding === "twos" ? 2 ** (bits - 1) : 2 ** bits - 1;
}

/** Most columns for which no product can leave 32 bits. */
export function mostColumns(options: BitPlaneOptions): number {
  const { weightBits, activationBits, weights, activations } = checked(options);
  return Math.floor((2 ** 31 - 1) / (largest(weightBits, weights) * largest(activationBits, activations)));
}

function checked(options: BitPlaneOptions): Required<BitPlaneOptions> {
  const { weightBits, activationBits, weights = "bipolar", activations = weights } = options;
  for (const bits of [weightBits, activationBits])
    if (!(Number.isInteger(bits) && bits >= 1 && bits <= 8))
      throw new Failure("domain", `numbers of ${bits} bits: bit planes take 1 to 8`);
  if ((weights === "bipolar") !== (activations === "bipolar"))
    throw new Failure("unsupported", `${weights} weights against ${activations} activations`, {
      hint: "bipolar numbers go with bipolar numbers",
    });
  return { weightBits, activationBits, weights, activations };
}

/** `name(rows, columns, codes, planes)`: planes of the low `bits` bits of each code. */
function packing(name: string, bits: number): StructuredFunction {
  return fn(
    name,
    { rows: "i32", columns: "i32", codes: "u8[]", planes: "u8[]" },
    undefined,
    ({ rows, columns, codes, planes }, k) => {
      const from = k.view("source", codes, 0);
      const to = k.view("to", planes, 0);
      const store = (plane: number, p: Expression, word: Expression): void => {
        const place = add(mul(p, 2), 16 * plane);
        k.store(to, place, word);
        k.store(to, add(place, 1), shru(word, 8));
      };
      k.for("r", 0, rows, () => {
        k.for("c", 0, columns, (c) => {
          k.for("p", 0, 8, (p) => {
            const first = k.let("first", add(c, mul(p, 16)), "i32");
            k.if(
              le(add(first, 16), columns),
              () => {
                const v = k.let("v", at(from, first, "i8x16"));
                for (let b = 0; b < bits; b++) store(b, p, k.let("word", bitmask(shl(v, 7 - b)), "i32"));
              },
              () => {
                for (let b = 0; b < bits; b++) {
                  const word = k.let("rest", i32(0), "i32");
                  k.for("i", first, min(add(first, 16), columns), (i) =>
                    k.set(word, or(word, shl(and(shru(at(from, i), b), 1), sub(i, first)))),
                  );
                  store(b, p, word);
                }
              },
            );
          });
          k.shift(to, 16 * bits);
        }, CHUNK); // oxfmt-ignore
        k.shift(from, columns);
      });
    },
  );
}

/** The planes whose products have the weight +-2^level. */
interface Level {
  readonly positive: (readonly [weight: number, activation: number])[];
  readonly negative: (readonly [weight: number, activation: number])[];
}

function levelsOf({ weightBits, activationBits, weights, activations }: Required<BitPlaneOptions>): Level[] {
  const levels = Array.from({ length: weightBits + activationBits - 1 }, (): Level => ({ positive: [], negative: [] }));
  for (let j = 0; j < weightBits; j++)
    for (let i = 0; i < activationBits; i++) {
      const negative =
        (weights === "twos" && j === weightBits - 1) !== (activations === "twos" && i === activationBits - 1);
      levels[i + j][negative ? "negative" : "positive"].push([j, i]);
    }
  return levels;
}

/** Vectors of bits with weights 2^0, 2^1, ...: one kept a weight, and counts of those that left the chain. */
class Chain {
  readonly #kept: Variable<"i8x16">[];
  readonly #counts: Variable<"i8x16">;
  /** Most vectors counted since the counts were emptied, for one call of `add` each. */
  most = 0;

  readonly block: Block;

  constructor(block: Block, name: string, length: number) {
    this.block = block;
    this.#kept = Array.from({ length }, (_, s) => block.let(`${name}${s}`, 0, "i8x16"));
    this.#counts = block.let(`${name}counts`, 0, "i8x16");
  }

  /** Adds vectors: `levels[s]` have weight 2^s. Two join the kept one in a full adder, a single one in a half adder. */
  add(levels: readonly (readonly (() => Expression)[])[]): void {
    const k = this.block;
    let carries: Expression[] = [];
    this.#kept.forEach((kept, s) => {
      const list = [...(levels[s] ?? []), ...carries.map((x) => () => x)];
      carries = [];
      for (let i = 0; i < list.length; i += 2) {
        const x = k.let("x", list[i]());
        if (i + 1 === list.length) {
          carries.push(k.let("carry", and(x, kept)));
          k.set(kept, xor(kept, x));
          continue;
        }
        const y = k.let("y", list[i + 1]());
        const half = k.let("half", xor(x, y));
        carries.push(k.let("carry", or(and(x, y), and(half, kept))));
        k.set(kept, xor(kept, half));
      }
    });
    for (const x of carries) k.set(this.#counts, add(this.#counts, popcnt(x)));
    this.most = Math.max(this.most, carries.length);
  }

  /** The counts go to `total` and start again. */
  empty(total: Variable<"i32x4">, negative: boolean): void {
    this.#into(total, this.#counts, this.#kept.length, negative);
    this.block.set(this.#counts, 0);
  }

  finish(total: Variable<"i32x4">, negative: boolean): void {
    this.#kept.forEach((x, s) => this.#into(total, popcnt(x), s, negative));
  }

  #into(total: Variable<"i32x4">, counts: Expression, weight: number, negative: boolean): void {
    const wide = shl(extaddu(extaddu(counts)), weight);
    this.block.set(total, negative ? sub(total, wide) : add(total, wide));
  }
}

/** Chunks added at once; measured (decision 0114): larger blocks spill registers. */
function unrolling(pairs: number): number {
  return pairs === 1 ? 4 : pairs === 2 ? 2 : 1;
}

/** Weights of the chain above those of the products. */
const ABOVE = 1;

/**
 * Functions `packWeights(rows, columns, codes, planes)`, `packActivations(...)` and
 * `multiply(batch, rows, columns, activations, weights, out)`: out[b][r] = sum_c weight[r][c] activation[b][c], all from planes.
 * Stops if there are more columns than `mostColumns`.
 */
export function bitPlaneProgram(options: BitPlaneOptions): Program {
  const all = checked(options);
  const { weightBits, activationBits } = all;
  const levels = levelsOf(all);
  const bipolar = all.weights === "bipolar";
  const unroll = unrolling(weightBits * activationBits);
  const base = (2 ** weightBits - 1) * (2 ** activationBits - 1);
  const signs = (["positive", "negative"] as const).filter((sign) => levels.some((level) => level[sign].length > 0));
  const multiply = fn(
    "multiply",
    { batch: "i32", rows: "i32", columns: "i32", activations: "u8[]", weights: "u8[]", out: "i32[]" },
    undefined,
    ({ batch, rows, columns, activations, weights, out }, k) => {
      k.if(gt(columns, mostColumns(all)), () => k.trap("a sum of so many columns may leave 32 bits"));
      const chunks = k.let("chunks", shru(add(columns, CHUNK - 1), 7), "i32");
      const whole = k.let("whole", sub(chunks, and(chunks, unroll - 1)));
      const a = k.view("a", activations, 0);
      const w = k.view("w", weights, 0);
      /** Adds `count` chunks from where the views stand, and moves them on. */
      const step = (chains: readonly Chain[], count: number): void => {
        const plane = (of: Variable<"u8[]">, bits: number, name: string): ((u: number, bit: number) => Expression) => {
          const known = new Map<number, Expression>();
          return (u, bit) => {
            const place = 16 * (u * bits + bit);
            let x = known.get(place);
            if (!x) known.set(place, (x = k.let(name, at(of, place, "i8x16"))));
            return x;
          };
        };
        const weight = plane(w, weightBits, "weight");
        const activation = plane(a, activationBits, "activation");
        signs.forEach((sign, s) =>
          chains[s].add(
            levels.map((level) =>
              Array.from({ length: count }, (_, u) =>
                level[sign].map(
                  ([j, i]) =>
                    (): Expression =>
                      (bipolar ? xor : and)(weight(u, j), activation(u, i)),
                ),
              ).flat(),
            ),
          ),
        );
        k.shift(a, 16 * count * activationBits);
        k.shift(w, 16 * count * weightBits);
      };
      k.for("b", 0, batch, (b) => {
        k.move(w, weights, 0);
        k.for("r", 0, rows, (r) => {
          k.move(a, activations, mul(b, mul(chunks, 16 * activationBits)));
          const total = k.let("total", 0, "i32x4");
          const chains = signs.map((sign) => new Chain(k, sign, levels.length + ABOVE));
          const empty = (): void => chains.forEach((chain, s) => chain.empty(total, signs[s] === "negative"));
          /** `to` chunks from `from` on, `count` at a time, emptied in time. */
          const run = (from: Expression, to: Expression, count: number): void => {
            const start = k.let("start", from, "i32");
            k.while(lt(start, to), () => {
              const end = k.let("end", add(start, count), "i32");
              chains.forEach((chain) => (chain.most = 0));
              const inner = (): void => step(chains, count);
              inner();
              const most = Math.floor(255 / (8 * Math.max(...chains.map((chain) => chain.most))));
              const limit = k.let("limit", min(add(start, most * count), to));
              k.while(lt(end, limit), () => {
                inner();
                k.set(end, add(end, count));
              });
              empty();
              k.set(start, end);
            });
          };
          run(i32(0), whole, unroll);
          if (unroll > 1) run(whole, chunks, 1);
          chains.forEach((chain, s) => chain.finish(total, signs[s] === "negative"));
          const sum = laneSum(total);
          k.store(out, add(mul(b, rows), r), bipolar ? sub(mul(columns, base), shl(sum, 1)) : sum);
        });
      });
    },
  );
  return program(
    `planes${weightBits}x${activationBits}`,
    packing("packWeights", weightBits),
    packing("packActivations", activationBits),
    multiply,
  );
}
