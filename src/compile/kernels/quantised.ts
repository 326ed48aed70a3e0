// Weights of 1, 2 or 4 bits with a scale for every group of columns, against vectors in single precision:
//   y[b][r] = sum_g scale[r][g] sum_{c in g} values[code[r][c]] x[b][c]
// Codes mean what a table says: whole numbers, e2m1, NF4, any values that fit bfloat16. Two swizzles give the upper and the lower
// byte of sixteen values at once, two rounds of interleaving make them f32. Up to two vectors are multiplied as the weights are
// unpacked; for more, a block of two rows is unpacked once and used by all of them, so the work of unpacking fades as the batch grows
// (Frantar et al. 2025, "MARLIN: mixed-precision auto-regressive parallel inference on large language models").
// Layout: rows one after the other, in chunks of 16 bytes; byte l of a chunk holds the codes of columns l, 16 + l, 32 + l, ...
// of the chunk, the first in its lowest bits. Columns are filled up to the group with code 0, and x there with zeros.
// Left out: activation-order permutations, zero points other than through `values`, threads.
import { Failure } from "../../base/index.ts";
import { add, and, at, bits as bitsOf, constant, fn, i32, lt, madd, mul, or, program, shl, shru, shuffle, splat, swizzle, vector } from "../builder.ts"; // oxfmt-ignore
import type { Block } from "../builder.ts";
import type { Expression, Program, StructuredFunction, Variable } from "../ir.ts";
import { blocked, clear, columnBlocks, COLUMN_BLOCK, MOST_COLUMNS, laneSum, multiplyPanel } from "./float-rows.ts";

export interface QuantisedOptions {
  readonly width: 1 | 2 | 4;
  /** Value of each code; default code - 2^(width - 1), of one bit -1 and 1. Each must be a bfloat16. */
  readonly values?: readonly number[];
  /** Columns that share a scale: 128 (default), 256 or 512, of 4 bits also 32 or 64, of 2 bits also 64. */
  readonly group?: number;
}

/** Most vectors for which `fused` is the faster one; measured (decision 0114). */
export const FUSED = 2;

/** Floats that `gemm` needs as `buffer`. */
export const UNPACKED = 2 * MOST_COLUMNS;

interface Shape {
  readonly width: number;
  readonly values: readonly number[];
  readonly group: number;
  /** Columns of 16 bytes. */
  readonly chunk: number;
}

function shapeOf({ width, values, group = 128 }: QuantisedOptions): Shape {
  const chunk = 128 / width;
  const own = values ?? (width === 1 ? [-1, 1] : Array.from({ length: 2 ** width }, (_, code) => code - 2 ** (width - 1))); // oxfmt-ignore
  if (own.length !== 2 ** width) throw new Failure("domain", `${own.length} values for codes of ${width} bits`);
  for (const value of own)
    if (!Number.isFinite(value) || (bitsOfFloat(value) & 0xffff) !== 0 || Math.fround(value) !== value)
      throw new Failure("domain", `the value ${value} is no finite bfloat16`, { hint: "put the rest into the scales" });
  if (!(group >= chunk && COLUMN_BLOCK % group === 0))
    throw new Failure("domain", `groups of ${group} columns, codes of ${width} bits`, {
      hint: `a power of two from ${chunk} to ${COLUMN_BLOCK}`,
    });
  return { width, values: own, group, chunk };
}

function bitsOfFloat(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}

/** `pack(rows, columns, padded, codes, packed)`. */
function packFunction({ width, chunk }: Shape): StructuredFunction {
  return fn(
    "pack",
    { rows: "i32", columns: "i32", padded: "i32", codes: "u8[]", packed: "u8[]" },
    undefined,
    ({ rows, columns, padded, codes, packed }, k) => {
      const from = k.view("source", codes, 0);
      const to = k.view("to", packed, 0);
      k.for("r", 0, rows, () => {
        k.for("c", 0, padded, (c) => {
          k.for("l", 0, 16, (l) => {
            const byte = k.let("byte", i32(0), "i32");
            for (let i = 0; i < 8 / width; i++) {
              const column = k.let("column", add(add(c, 16 * i), l), "i32");
              k.if(lt(column, columns), () => k.set(byte, or(byte, shl(at(from, column), width * i))));
            }
            k.store(to, l, byte);
          });
          k.shift(to, 16);
        }, chunk);
        k.shift(from, columns);
      });
    },
  ); // oxfmt-ignore
}

const BYTES_LOW = Array.from({ length: 16 }, (_, i) => (i % 2) * 16 + (i >> 1));
const BYTES_HIGH = BYTES_LOW.map((i) => i + 8);
const PAIRS_LOW = Array.from({ length: 8 }, (_, i) => (i % 2) * 8 + (i >> 1));
const PAIRS_HIGH = PAIRS_LOW.map((i) => i + 4);

/** Unpacks a chunk; `use(j, value)` gets columns 4 j ... 4 j + 3 of it. */
function eachValue(
  k: Block,
  { width, values }: Shape,
  packed: Variable<"u8[]">,
  use: (j: number, value: Expression) => void,
): void {
  const byte = (shift: number): Expression =>
    vector("i8x16", Array.from({ length: 16 }, (_, code) => {
      const bits = code < values.length ? bitsOfFloat(values[code]) : 0;
      return i32(((bits >>> shift) << 24) >> 24);
    })); // oxfmt-ignore
  const zero = constant(0, "i16x8");
  const x = k.let("x", at(packed, 0, "i8x16"));
  for (let i = 0; i < 8 / width; i++) {
    const moved = i === 0 ? x : bitsOf(shru(bitsOf(x, "i16x8"), width * i), "i8x16");
    const mask = splat(2 ** width - 1, "i8x16");
    const part = k.let("part", moved);
    const low = k.let("low", swizzle(byte(16), and(part, mask)));
    const high = k.let("high", swizzle(byte(24), and(part, mask)));
    [BYTES_LOW, BYTES_HIGH].forEach((bytes, h) => {
      const halves = k.let("halves", bitsOf(shuffle(low, high, bytes), "i16x8"));
      [PAIRS_LOW, PAIRS_HIGH].forEach((pairs, q) =>
        use(4 * i + 2 * h + q, bitsOf(shuffle(zero, halves, pairs), "f32x4")),
      );
    });
  }
}

/**
 * Functions `pack(rows, columns, padded, codes, packed)`, `fused(batch, rows, padded, packed, scales, x, y)`, for few vectors, and
 * `gemm(batch, rows, padded, packed, scales, x, y, buffer)`; `padded` is a multiple of the group, scales are [row][group],
 * x is [batch][padded], y is [batch][rows].
 */
export function quantisedProgram(options: QuantisedOptions): Program {
  const shape = shapeOf(options);
  const { group, chunk } = shape;
  const fused = fn(
    "fused",
    { batch: "i32", rows: "i32", columns: "i32", packed: "u8[]", scales: "f32[]", x: "f32[]", y: "f32[]" },
    undefined,
    ({ batch, rows, columns, packed, scales, x, y }, k) => {
      const w = k.view("w", packed, 0);
      const s = k.view("s", scales, 0);
      blocked(k, batch, [2, 1], (b, count) => {
        // Partial sums of a vector: as many as keep the machine busy.
        const each = count === 1 ? 4 : 2;
        const vectors = Array.from({ length: count }, (_, m) => k.view(`v${m}`, x, mul(add(b, m), columns)));
        k.move(w, packed, 0);
        k.move(s, scales, 0);
        k.for("r", 0, rows, (r) => {
          vectors.forEach((v, m) => k.move(v, x, mul(add(b, m), columns)));
          const totals = vectors.map((_, m) => k.let(`total${m}`, 0, "f32x4"));
          k.for("g", 0, columns, () => {
            const sums = vectors.map((_, m) => Array.from({ length: each }, (_q, q) => k.let(`s${m}${q}`, 0, "f32x4")));
            k.for("c", 0, group, () => {
              eachValue(k, shape, w, (j, value) => {
                const shared = count === 1 ? value : k.let("value", value);
                vectors.forEach((v, m) => {
                  const sum = sums[m][j % each];
                  k.set(sum, madd(shared, at(v, 4 * j, "f32x4"), sum));
                });
              });
              k.shift(w, 16);
              vectors.forEach((v) => k.shift(v, chunk));
            }, chunk);
            const factor = k.let("factor", splat(at(s, 0), "f32x4"));
            totals.forEach((total, m) => {
              const [first, second, ...rest] = sums[m];
              const sum = rest.length === 0 ? add(first, second) : add(add(first, second), add(rest[0], rest[1]));
              k.set(total, madd(sum, factor, total));
            });
            k.shift(s, 1);
          }, group);
          totals.forEach((total, m) => k.store(y, add(mul(add(b, m), rows), r), laneSum(total)));
        });
      }); // oxfmt-ignore
    },
  );
  const gemm = fn(
    "gemm",
    {
      batch: "i32",
      rows: "i32",
      columns: "i32",
      packed: "u8[]",
      scales: "f32[]",
      x: "f32[]",
      y: "f32[]",
      buffer: "f32[]",
    },
    undefined,
    ({ batch, rows, columns, packed, scales, x, y, buffer }, k) => {
      clear(k, y, mul(batch, rows));
      const rowBytes = k.let("rowBytes", mul(shru(columns, Math.log2(chunk)), 16));
      const groups = k.let("groups", shru(columns, Math.log2(group)));
      columnBlocks(k, { batch, rows, columns }, (column, length, first, count) => {
        const weights = Array.from({ length: count }, (_, n) => {
          const to = k.view(`row${n}`, buffer, n * MOST_COLUMNS);
          const from = k.view("source", packed, add(mul(add(first, n), rowBytes), mul(shru(column, Math.log2(chunk)), 16)));
          const scale = k.let("scale", add(mul(add(first, n), groups), shru(column, Math.log2(group))));
          k.for("g", 0, length, (g) => {
            const factor = k.let("factor", splat(at(scales, scale), "f32x4"));
            k.for("c", 0, group, (c) => {
              const place = k.let("place", add(g, c));
              eachValue(k, shape, from, (j, value) => k.store(to, add(place, 4 * j), mul(value, factor)));
              k.shift(from, 16);
            }, chunk);
            k.set(scale, add(scale, 1));
          }, group);
          return to;
        }); // oxfmt-ignore
        multiplyPanel(k, { weights, first, column, length, batch, rows, columns, x, y });
      });
    },
  );
  return program(`quantised${shape.width}`, packFunction(shape), fused, gemm);
}
