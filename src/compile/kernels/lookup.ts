// Matrix-vector product of weights of 1 to 4 bits with small whole activations, by tables: exact.
// Four activations have 16 signed sums (or, for weights coded as plain binary numbers, 16 subset sums); four bits of one plane of a
// row choose one of them, so a swizzle does 64 products of a bit at once:
//   y[r] = sum_j +-2^j sum_g T_g[bits j of w[r][4 g ... 4 g + 3]]
// (Wei et al. 2024, "T-MAC: CPU renaissance via table lookup for low-bit LLM deployment on edge", section 3; Mo et al. 2025,
// "LUT Tensor Core", section 2). A tile has 32 rows, rows 0-15 in the low and 16-31 in the high halves of bytes: layout
// [tile][step][table][plane][16 bytes]. Sums of tables stay in 8 bits as long as they fit, then in 16, then in 32.
// Rows are filled up to tiles and columns to steps; activations past the last column are zero, so the weights there do not matter.
// Left out: activations beyond +-15 (their sums do not fit 8 bits), products with many vectors at once, threads.
import { Failure } from "../../base/index.ts";
import { add, and, at, bits as bitsOf, convert, extadd, extendHigh, extendLow, fn, i32, lt, madd, min, mul, neg, or, program, shl, shru, shuffle, splat, sub, swizzle, vector, xor } from "../builder.ts"; // oxfmt-ignore
import type { Block } from "../builder.ts";
import type { Expression, Program, StructuredFunction, Variable } from "../ir.ts";
import type { Coding } from "./bit-planes.ts";

export interface LookupOptions {
  /** 1 to 4. */
  readonly weightBits: number;
  /** Default bipolar. */
  readonly weights?: Coding;
  /** Columns that share a scale, a multiple of 128; default 128. */
  readonly group?: number;
}

/** Rows of a tile. */
export const TILE = 32;
/** Columns come in multiples of this. */
export const SPAN = 128;
/** Activations lie in -15 ... 15. */
export const MOST = 15;
/** Tables that are summed in 8 bits, twice a step: 2 * 4 * 15 < 128. Smaller activations and more tables were not faster. */
const DEPTH = 2;

/** Bytes of packed weights, with rows and columns filled up. */
export function lookupBytes(rows: number, columns: number, bits: number): number {
  return (Math.ceil(rows / TILE) * TILE * Math.ceil(columns / SPAN) * SPAN * bits) / 8;
}

interface Shape {
  readonly bits: number;
  readonly coding: Coding;
  readonly group: number;
  /** Steps until 16 bits could overflow. */
  readonly run: number;
  /** Planes are added up within a step, to save registers. */
  readonly early: boolean;
}

function shapeOf({ weightBits, weights = "bipolar", group = 128 }: LookupOptions): Shape {
  if (!(Number.isInteger(weightBits) && weightBits >= 1 && weightBits <= 4))
    throw new Failure("domain", `weights of ${weightBits} bits: tables take 1 to 4`);
  if (!(group > 0 && group % SPAN === 0))
    throw new Failure("domain", `groups of ${group} columns: a multiple of ${SPAN} is needed`);
  const early = weightBits > 2;
  // A lane takes two sums of DEPTH tables in a step; planes together count 2^bits - 1 times.
  const run = Math.floor(32767 / (2 * DEPTH * 4 * MOST * (2 ** weightBits - 1)));
  return { bits: weightBits, coding: weights, group, run, early };
}

/** Lanes 0 ... 15: `x` where bit `i` of the lane's number is set, else `y`. */
function byBit(i: number, x: number, y: number): Expression {
  return vector(
    "i8x16",
    Array.from({ length: 16 }, (_, v) => i32((v >> i) & 1 ? x : y)),
  );
}

/** `tables(columns, activations, tables)`: 16 sums of every four activations. */
function tablesFunction(coding: Coding): StructuredFunction {
  return fn("tables", { columns: "i32", activations: "i8[]", tables: "i8[]" }, undefined, ({ columns, activations, tables }, k) => {
    k.for("c", 0, columns, (c) => {
      const parts = [0, 1, 2, 3].map((i) => {
        const each = splat(at(activations, add(c, i)), "i8x16");
        // -x is (x ^ -1) + 1.
        return coding === "bipolar" ? sub(xor(each, byBit(i, 0, -1)), byBit(i, 0, -1)) : and(each, byBit(i, -1, 0));
      });
      k.store(tables, shl(c, 2), parts.reduce((x, y) => add(x, y)));
    }, 4);
  }); // oxfmt-ignore
}

/** `pack(rows, columns, padded, codes, packed)`: the layout above; rows and columns past the last are code 0. */
function packFunction({ bits }: Shape): StructuredFunction {
  return fn(
    "pack",
    { rows: "i32", columns: "i32", padded: "i32", codes: "u8[]", packed: "u8[]" },
    undefined,
    ({ rows, columns, padded, codes, packed }, k) => {
      const to = k.view("to", packed, 0);
      /** Four codes of a row as bytes of one number. */
      const four = (row: Expression, c: Expression, name: string): Variable<"i32"> => {
        const codesOf = k.let(name, i32(0), "i32");
        k.if(lt(row, rows), () => {
          const end = k.let("end", min(add(c, 4), columns));
          k.for("i", c, end, (i) =>
            k.set(codesOf, or(codesOf, shl(at(codes, add(mul(row, columns), i)), shl(sub(i, c), 3)))),
          );
        });
        return codesOf;
      };
      /** Bit `plane` of each of them as a number of four bits. */
      const nibble = (x: Expression, plane: number): Expression => {
        const bit = (i: number): Expression => and(shru(x, 8 * i + plane - i), 1 << i);
        const first = and(shru(x, plane), 1);
        return [1, 2, 3].map(bit).reduce((y, z) => or(y, z), first);
      };
      k.for("tile", 0, rows, (tile) => {
        k.for("c", 0, padded, (c) => {
          k.for("b", 0, 16, (b) => {
            const low = four(add(tile, b), c, "low");
            const high = four(add(add(tile, b), 16), c, "high");
            for (let j = 0; j < bits; j++)
              k.store(to, add(b, 16 * j), or(nibble(low, j), shl(nibble(high, j), 4)));
          });
          k.shift(to, 16 * bits);
        }, 4);
      }, TILE);
    },
  ); // oxfmt-ignore
}

/** Interleaves the lower or upper halves. */
const LOWER = Array.from({ length: 16 }, (_, i) => (i % 2) * 16 + (i >> 1));
const UPPER = LOWER.map((i) => i + 8);

/**
 * The body for one tile, `steps` steps from where the views stand: 8 vectors of i32, the sums of the 32 rows in order.
 * Each call of `flush` gets them for at most `run` steps.
 */
function steps(
  k: Block,
  { bits, coding, run, early }: Shape,
  weights: Variable<"u8[]">,
  tables: Variable<"i8[]">,
  count: Expression,
  flush: (sums: readonly Expression[]) => void,
): void {
  const planes = Array.from({ length: bits }, (_, j) => j);
  const negative = (j: number): boolean => coding === "twos" && j === bits - 1;
  const left = k.let("left", count);
  k.while(lt(0, left), () => {
    const now = k.let("now", min(left, run));
    // early: one set of sums; else one for each plane.
    const totals = (early ? [0] : planes).map((j) => [0, 1, 2, 3].map((q) => k.let(`s${j}${q}`, 0, "i16x8")));
    k.for("step", 0, now, () => {
      const sums = planes.map((j) => [0, 1].map((h) => [0, 1].map((n) => k.let(`t${j}${h}${n}`, 0, "i8x16"))));
      for (const h of [0, 1])
        for (let p = 0; p < DEPTH; p++) {
          const t = h * DEPTH + p;
          const table = k.let("table", at(tables, 16 * t, "i8x16"));
          for (const j of planes) {
            const x = k.let("x", at(weights, 16 * (t * bits + j), "i8x16"));
            // Bytes have no shift of their own on most machines: 16 bits are moved and the upper part is masked.
            const upper = bitsOf(shru(bitsOf(x, "i16x8"), 4), "i8x16");
            [x, upper].forEach((index, n) => {
              const entry = swizzle(table, and(index, splat(15, "i8x16")));
              k.set(sums[j][h][n], p === 0 ? entry : add(sums[j][h][n], entry));
            });
          }
        }
      [0, 1].forEach((n) =>
        [LOWER, UPPER].forEach((half, u) => {
          const wide = planes.map((j) => extadd(shuffle(sums[j][0][n], sums[j][1][n], half)));
          const q = 2 * n + u;
          if (!early) wide.forEach((x, j) => k.set(totals[j][q], add(totals[j][q], x)));
          else {
            const top = wide[bits - 1];
            let x: Variable = k.let("w", negative(bits - 1) ? neg(top) : top);
            for (let j = bits - 2; j >= 0; j--) x = k.let("w", add(add(x, x), wide[j]));
            k.set(totals[0][q], add(totals[0][q], x));
          }
        }),
      );
      k.shift(tables, 32 * DEPTH);
      k.shift(weights, 32 * DEPTH * bits);
    });
    const whole = [0, 1, 2, 3].map((q) => {
      if (early) return totals[0][q];
      let x: Expression = negative(bits - 1) ? neg(totals[bits - 1][q]) : totals[bits - 1][q];
      for (let j = bits - 2; j >= 0; j--) x = add(shl(x, 1), totals[j][q]);
      return k.let("whole", x);
    });
    flush(whole.flatMap((x) => [extendLow(x), extendHigh(x)]));
    k.set(left, sub(left, now));
  });
}

/**
 * Functions `pack(rows, columns, padded, codes, packed)`, `tables(padded, activations, tables)`,
 * `multiply(rows, padded, weights, tables, out)` with 32-bit results, and `multiplyScaled(rows, padded, weights, tables, scales, out)`:
 * out[r] = sum over groups of scales[tile][group][row of tile] * (whole sum of the group), added in f32 in order of groups.
 * `rows` are filled up to tiles in `multiply`, `padded` is a multiple of 128, and of the group in `multiplyScaled`.
 */
export function lookupProgram(options: LookupOptions): Program {
  const shape = shapeOf(options);
  const { bits, group } = shape;
  const span = 8 * DEPTH;
  const whole = fn(
    "multiply",
    { rows: "i32", columns: "i32", weights: "u8[]", tables: "i8[]", out: "i32[]" },
    undefined,
    ({ rows, columns, weights, tables, out }, k) => {
      const w = k.view("w", weights, 0);
      const t = k.view("t", tables, 0);
      k.for("tile", 0, rows, (tile) => {
        k.move(t, tables, 0);
        const sums = Array.from({ length: 8 }, (_, q) => k.let(`y${q}`, 0, "i32x4"));
        const count = shru(columns, Math.log2(span));
        steps(k, shape, w, t, count, (x) => x.forEach((part, q) => k.set(sums[q], add(sums[q], part))));
        sums.forEach((y, q) => k.store(out, add(tile, 4 * q), y));
      }, TILE); // oxfmt-ignore
    },
  );
  const scaled = fn(
    "multiplyScaled",
    { rows: "i32", columns: "i32", weights: "u8[]", tables: "i8[]", scales: "f32[]", out: "f32[]" },
    undefined,
    ({ rows, columns, weights, tables, scales, out }, k) => {
      const w = k.view("w", weights, 0);
      const t = k.view("t", tables, 0);
      const s = k.view("s", scales, 0);
      k.for("tile", 0, rows, (tile) => {
        k.move(t, tables, 0);
        const sums = Array.from({ length: 8 }, (_, q) => k.let(`y${q}`, 0, "f32x4"));
        k.for("g", 0, columns, () => {
          // One flush a group, or several whose sums are added before they are scaled.
          const single = group / span <= shape.run;
          const parts = single ? [] : Array.from({ length: 8 }, (_, q) => k.let(`p${q}`, 0, "i32x4"));
          const apply = (x: readonly Expression[]): void =>
            x.forEach((part, q) =>
              k.set(sums[q], madd(convert(part, "f32x4"), at(s, 4 * q, "f32x4"), sums[q])),
            );
          steps(k, shape, w, t, i32(group / span), (x) => {
            if (single) apply(x);
            else x.forEach((part, q) => k.set(parts[q], add(parts[q], part)));
          });
          if (!single) apply(parts);
          k.shift(s, TILE);
        }, group);
        sums.forEach((y, q) => k.store(out, add(tile, 4 * q), y));
      }, TILE); // oxfmt-ignore
    },
  );
  return program(`lookup${bits}`, packFunction(shape), tablesFunction(shape.coding), whole, scaled);
}
