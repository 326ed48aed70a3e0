// Products of matrices of whole numbers from bit planes, for every pair of widths from 1 to 8 bits: exact.
// A number of w bits is held as its bits, 128 columns a plane: layout [row][chunk of 128 columns][bit][16 bytes], the columns
// past the last are zero bits. With counts N_jk of set bits, over all columns,
//   bipolar    value sum_j (2 b_j - 1) 2^j, the odd numbers from 1 - 2^w to 2^w - 1:
//              y = (2^w - 1)(2^v - 1) K - 2 sum_jk 2^(j+k) N_jk,  N_jk the bits of  w_j xor a_k
//   unsigned, twos (two's complement, the highest bit counts negative):
//              y = sum_jk +-2^(j+k) N_jk,  N_jk the bits of  w_j and a_k
// (bipolar: Wei et al. 2024, "Efficient arbitrary precision acceleration for large language models on GPU tensor cores",
// section 3; planes: Umuroglu, Rasnayake, Sjalander 2018, "BISMO"). Counts of equal weight share lanes of 8 bits, which are emptied before
// they can overflow. Zero bits past the last column count nothing in both, so any number of columns is right.
// Left out: bipolar against other codings (it needs row sums), threads.
import { Failure } from "../../base/index.ts";
import { add, and, at, bitmask, extaddu, fn, gt, i32, le, lt, min, mul, neg, or, popcnt, program, shl, shru, sub, xor } from "../builder.ts"; // oxfmt-ignore
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
      const from = k.view("from", codes, 0);
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

/** Accumulators of one pair of rows: the pairs of planes that share a weight and a sign. */
interface Group {
  readonly shift: number;
  readonly negative: boolean;
  readonly pairs: (readonly [number, number])[];
}

function groupsOf({ weightBits, activationBits, weights, activations }: Required<BitPlaneOptions>): Group[] {
  const groups: Group[] = [];
  for (let j = 0; j < weightBits; j++)
    for (let i = 0; i < activationBits; i++) {
      const negative =
        (weights === "twos" && j === weightBits - 1) !== (activations === "twos" && i === activationBits - 1);
      let group = groups.find((g) => g.shift === i + j && g.negative === negative);
      if (!group) groups.push((group = { shift: i + j, negative, pairs: [] }));
      group.pairs.push([j, i]);
    }
  return groups;
}

/** Accumulators kept in registers at most, over all rows of a tile. */
const ACCUMULATORS = 8;

/**
 * Functions `packWeights(rows, columns, codes, planes)`, `packActivations(...)` and
 * `multiply(batch, rows, columns, activations, weights, out)`: out[b][r] = sum_c weight[r][c] activation[b][c], all from planes.
 * Stops if there are more columns than `mostColumns`.
 */
export function bitPlaneProgram(options: BitPlaneOptions): Program {
  const all = checked(options);
  const { weightBits, activationBits } = all;
  const groups = groupsOf(all);
  const bipolar = all.weights === "bipolar";
  /** Chunks until a byte could overflow. */
  const run = Math.floor(255 / (8 * Math.max(...groups.map((g) => g.pairs.length))));
  const fitting = Math.max(1, Math.floor(ACCUMULATORS / groups.length));
  const side = fitting >= 8 ? [2, 4] : fitting >= 4 ? [2, 2] : fitting >= 2 ? [1, 2] : [1, 1];
  const base = (2 ** weightBits - 1) * (2 ** activationBits - 1);
  const multiply = fn(
    "multiply",
    { batch: "i32", rows: "i32", columns: "i32", activations: "u8[]", weights: "u8[]", out: "i32[]" },
    undefined,
    ({ batch, rows, columns, activations, weights, out }, k) => {
      k.if(gt(columns, mostColumns(all)), () => k.trap("a sum of so many columns may leave 32 bits"));
      const chunks = k.let("chunks", shru(add(columns, CHUNK - 1), 7), "i32");
      const [weightRow, activationRow] = [
        k.let("weightRow", mul(chunks, 16 * weightBits)),
        k.let("activationRow", mul(chunks, 16 * activationBits)),
      ];
      const tile = (b: Expression, r: Expression, mr: number, nr: number): void => {
        const each = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
        const a = each(mr, (m) => k.view(`a${m}`, activations, mul(add(b, m), activationRow)));
        const w = each(nr, (n) => k.view(`w${n}`, weights, mul(add(r, n), weightRow)));
        const totals = each(mr, (m) => each(nr, (n) => k.let(`t${m}${n}`, 0, "i32x4")));
        const start = k.let("start", i32(0), "i32");
        k.while(lt(start, chunks), () => {
          const end = k.let("end", min(add(start, run), chunks));
          const counts = each(mr, (m) => each(nr, (n) => groups.map((_, g) => k.let(`n${m}${n}${g}`, 0, "i8x16"))));
          k.for("c", start, end, () => step(k, a, w, counts));
          for (let m = 0; m < mr; m++)
            for (let n = 0; n < nr; n++)
              groups.forEach((g, i) => {
                const wide = shl(extaddu(extaddu(counts[m][n][i])), g.shift);
                k.set(totals[m][n], g.negative ? sub(totals[m][n], wide) : add(totals[m][n], wide));
              });
          k.set(start, end);
        });
        for (let m = 0; m < mr; m++)
          for (let n = 0; n < nr; n++) {
            const sum = laneSum(totals[m][n]);
            const value = bipolar ? sub(mul(columns, base), shl(sum, 1)) : sum;
            k.store(out, add(mul(add(b, m), rows), add(r, n)), value);
          }
      };
      blocked(k, batch, side[0], (b, mr) => blocked(k, rows, side[1], (r, nr) => tile(b, r, mr, nr)));
    },
  );
  return program(
    `planes${weightBits}x${activationBits}`,
    packing("packWeights", weightBits),
    packing("packActivations", activationBits),
    multiply,
  );

  /** One chunk of every row of a tile. */
  function step(
    k: Block,
    a: readonly Variable<"u8[]">[],
    w: readonly Variable<"u8[]">[],
    counts: readonly (readonly (readonly Variable<"i8x16">[])[])[],
  ): void {
    const bitsOf = bipolar ? xor : and;
    const left = a.map((v, m) => Array.from({ length: activationBits }, (_, i) => k.let(`x${m}${i}`, at(v, 16 * i, "i8x16")))); // oxfmt-ignore
    w.forEach((v, n) => {
      for (let j = 0; j < weightBits; j++) {
        const plane = k.let("plane", at(v, 16 * j, "i8x16"));
        a.forEach((_, m) =>
          groups.forEach(({ pairs }, g) => {
            for (const [p, i] of pairs)
              if (p === j) k.set(counts[m][n][g], add(counts[m][n][g], popcnt(bitsOf(plane, left[m][i]))));
          }),
        );
      }
    });
    a.forEach((v) => k.shift(v, 16 * activationBits));
    w.forEach((v) => k.shift(v, 16 * weightBits));
  }
}

/** For blocks of `size` from 0 to `count`, then one by one. */
export function blocked(
  k: Block,
  count: Expression,
  size: number,
  body: (first: Expression, size: number) => void,
): void {
  if (size === 1) {
    k.for("i", 0, count, (i) => body(i, 1));
    return;
  }
  const whole = k.let("whole", and(count, neg(i32(size))), "i32");
  k.for("i", 0, whole, (i) => body(i, size), size);
  k.for("i", whole, count, (i) => body(i, 1));
}
