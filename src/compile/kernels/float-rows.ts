// Products with a matrix in single precision whose rows are stored one after the other: the measure that low-bit kernels
// are held against, and the inner part of those that unpack to f32.
//   gemv   y[r] = sum_c w[r][c] x[c]               four rows at a time share the loads of x
//   gemm   y[b][r] = sum_c w[r][c] x[b][c]         two rows by four vectors in registers, columns in blocks that fit a cache
// Summation order is fixed by the program: partial sums in lanes, then the lanes, then the blocks.
// Left out: packing (rows are read as they lie), threads.
import { add, and, at, divu, fn, i32, lane, lt, madd, max, min, mul, shl, shru, sub } from "../builder.ts";
import type { Block, Value } from "../builder.ts";
import type { Expression, StructuredFunction, Variable } from "../ir.ts";

/** Columns come in blocks of a multiple of this ... */
export const COLUMN_BLOCK = 512;
/** ... and of at most this. */
export const MOST_COLUMNS = 4096;
/** Elements of x in a block of columns: they stay in a cache of the second level. */
const BLOCK_ELEMENTS = 65536;

/** The sum of four lanes. */
export function laneSum(x: Expression): Expression {
  return add(add(lane(x, 0), lane(x, 1)), add(lane(x, 2), lane(x, 3)));
}

/** `count` things in blocks of these sizes, the largest first; the last size is 1. */
export function blocked(
  k: Block,
  count: Expression,
  sizes: readonly number[],
  body: (first: Expression, size: number) => void,
): void {
  let from: Value = 0;
  for (const size of sizes) {
    const to: Expression = size === 1 ? count : k.let("whole", sub(count, and(count, size - 1)));
    k.for("i", from, to, (i) => body(i, size), size);
    from = to;
  }
}

/** `name(rows, columns, w, x, y)` in f32. */
export function floatGemv(name = "gemv"): StructuredFunction {
  return fn(
    name,
    { rows: "i32", columns: "i32", w: "f32[]", x: "f32[]", y: "f32[]" },
    undefined,
    ({ rows, columns, w, x, y }, k) => {
      const even = k.let("even", shl(shru(columns, 3), 3));
      blocked(k, rows, [4, 1], (r, count) => {
        const sums = Array.from({ length: count }, (_, j) => [0, 1].map((h) => k.let(`s${j}${h}`, 0, "f32x4")));
        const views = Array.from({ length: count }, (_, j) => k.view(`w${j}`, w, mul(add(r, j), columns)));
        k.for("c", 0, even, (c) => {
          for (const h of [0, 1]) {
            const part = k.let(`x${h}`, at(x, add(c, 4 * h), "f32x4"));
            views.forEach((v, j) => k.set(sums[j][h], madd(at(v, add(c, 4 * h), "f32x4"), part, sums[j][h])));
          }
        }, 8); // oxfmt-ignore
        const totals: Variable<"f32">[] = sums.map(([a, b], j) => k.let(`t${j}`, laneSum(add(a, b)), "f32"));
        k.for("c", even, columns, (c) => {
          views.forEach((v, j) => k.set(totals[j], add(totals[j], mul(at(v, c), at(x, c)))));
        });
        totals.forEach((t, j) => k.store(y, add(r, j), t));
      });
    },
  );
}

export interface Panel {
  /** Views of the rows of weights, each from the first column of the block. */
  readonly weights: readonly Variable<"f32[]">[];
  /** Number of the first of these rows. */
  readonly first: Expression;
  /** The block's first column in x, and its length, a multiple of 4. */
  readonly column: Expression;
  readonly length: Expression;
  readonly batch: Expression;
  readonly rows: Expression;
  readonly columns: Expression;
  readonly x: Variable<"f32[]">;
  readonly y: Variable<"f32[]">;
}

/** y[b][r] += products of one block of columns, for a few rows and all vectors. */
export function multiplyPanel(k: Block, panel: Panel): void {
  const { weights, first, column, length, batch, rows, columns, x, y } = panel;
  blocked(k, batch, [4, 2, 1], (b, count) => {
    const vectors = Array.from({ length: count }, (_, m) => k.view(`x${m}`, x, add(mul(add(b, m), columns), column)));
    const sums = vectors.map((_, m) => weights.map((_w, n) => k.let(`s${m}${n}`, 0, "f32x4")));
    k.for("c", 0, length, (c) => {
      const row = weights.map((w, n) => k.let(`w${n}`, at(w, c, "f32x4")));
      vectors.forEach((v, m) => {
        const part = k.let(`part${m}`, at(v, c, "f32x4"));
        row.forEach((w, n) => k.set(sums[m][n], madd(w, part, sums[m][n])));
      });
    }, 4); // oxfmt-ignore
    sums.forEach((line, m) =>
      line.forEach((sum, n) => {
        const place = add(mul(add(b, m), rows), add(first, n));
        k.store(y, place, add(at(y, place), laneSum(sum)));
      }),
    );
  });
}

/** For blocks of columns, and in them for rows in pairs. */
export function columnBlocks(
  k: Block,
  { batch, rows, columns }: { batch: Expression; rows: Expression; columns: Expression },
  body: (column: Expression, length: Expression, row: Expression, count: number) => void,
): void {
  const most = and(divu(BLOCK_ELEMENTS, max(batch, 1)), -COLUMN_BLOCK);
  const block = k.let("block", min(max(most, COLUMN_BLOCK), MOST_COLUMNS));
  const column = k.let("column", i32(0), "i32");
  k.while(lt(column, columns), () => {
    const length = k.let("length", min(sub(columns, column), block));
    blocked(k, rows, [2, 1], (row, count) => body(column, length, row, count));
    k.set(column, add(column, length));
  });
}

/** Sets y[0 ... count - 1] to zero. */
export function clear(k: Block, y: Variable<"f32[]">, count: Expression): void {
  k.for("i", 0, count, (i) => k.store(y, i, 0));
}

/** `name(batch, rows, columns, w, x, y)` in f32; columns a multiple of 4, else the program stops. */
export function floatGemm(name = "gemm"): StructuredFunction {
  return fn(
    name,
    { batch: "i32", rows: "i32", columns: "i32", w: "f32[]", x: "f32[]", y: "f32[]" },
    undefined,
    ({ batch, rows, columns, w, x, y }, k) => {
      k.if(lt(0, and(columns, 3)), () => k.trap("the number of columns is not a multiple of 4"));
      clear(k, y, mul(batch, rows));
      columnBlocks(k, { batch, rows, columns }, (column, length, first, count) => {
        const weights = Array.from({ length: count }, (_, n) => k.view(`row${n}`, w, add(mul(add(first, n), columns), column))); // oxfmt-ignore
        multiplyPanel(k, { weights, first, column, length, batch, rows, columns, x, y });
      });
    },
  );
}
