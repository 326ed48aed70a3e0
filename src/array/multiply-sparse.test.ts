import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { SEMIRINGS, type Semiring } from "./multiply-kernels.ts";
import { multiplySmall } from "./multiply-small.ts";
import { multiplySparse, SparseMultiplication } from "./multiply-sparse.ts";
import { poisson } from "./poisson.ts";
import { checkSparse, entryCount, fromTriplets, type Sparse, toLayout, transpose } from "./sparse.ts";

/** Random entries, `perRow` to a row on average. */
function random(rows: number, cols: number, perRow: number, seed: number): Sparse {
  const r = new Random(seed);
  const count = Math.round(rows * perRow);
  const draw = (n: number): number[] => Array.from({ length: count }, () => Math.floor(r.next() * n));
  return fromTriplets({ rows, cols, row: draw(rows), col: draw(cols), values: Array.from({ length: count }, () => Math.round(20 * r.next()) / 2 - 5) }); // oxfmt-ignore
}

const PLAIN: Readonly<Record<Semiring, readonly [zero: number, plus: (a: number, b: number) => number, times: (a: number, b: number) => number]>> = {
  "plus-times": [0, (a, b) => a + b, (a, b) => a * b],
  "min-plus": [Infinity, Math.min, (a, b) => a + b],
  "or-and": [0, Math.max, (a, b) => (a !== 0 && b !== 0 ? 1 : 0)],
  "max-times": [-Infinity, Math.max, (a, b) => a * b],
}; // oxfmt-ignore

/** Entry by entry through maps. */
function slowly(
  a: Sparse,
  b: Sparse,
  semiring: Semiring,
  keep: (i: number, j: number) => boolean = () => true,
): Sparse {
  // oxfmt-ignore
  const [zero, plus, times] = PLAIN[semiring];
  const [ptr, idx, values]: number[][] = [[0], [], []];
  for (let i = 0; i < a.rows; i++) {
    const sums = new Map<number, number>();
    for (let p = a.ptr[i]; p < a.ptr[i + 1]; p++)
      for (let q = b.ptr[a.idx[p]]; q < b.ptr[a.idx[p] + 1]; q++)
        if (keep(i, b.idx[q])) sums.set(b.idx[q], plus(sums.get(b.idx[q]) ?? zero, times(a.values[p], b.values[q])));
    for (const j of [...sums.keys()].sort((x, y) => x - y)) {
      idx.push(j);
      values.push(sums.get(j)!);
    }
    ptr.push(idx.length);
  }
  return { layout: "csr", rows: a.rows, cols: b.cols, ptr: Int32Array.from(ptr), idx: Int32Array.from(idx), values: Float64Array.from(values) }; // oxfmt-ignore
}

/** Does the matrix have an entry there? */
const has =
  ({ ptr, idx }: Sparse) =>
  (i: number, j: number): boolean =>
    idx.subarray(ptr[i], ptr[i + 1]).includes(j);

describe("products", () => {
  test("all semirings against products entry by entry, rows of every kind", () => {
    const seeds = fc.record({ seed: fc.nat(1e6), m: fc.integer({ min: 1, max: 60 }), k: fc.integer({ min: 1, max: 60 }), n: fc.integer({ min: 1, max: 3000 }), f: fc.constantFrom(0.5, 1.5, 4, 12), g: fc.constantFrom(0.7, 3, 40) }); // oxfmt-ignore
    for (const semiring of SEMIRINGS)
      fc.assert(
        fc.property(seeds, ({ seed, m, k, n, f, g }) => {
          const [a, b] = [random(m, k, f, seed), random(k, n, g, seed + 1)];
          // Threads beyond one go by way of the compiled code even where the product is small.
          const found = new SparseMultiplication(a, b, { semiring });
          expect(checkSparse(found.result)).toEqual(slowly(a, b, semiring));
          const again = found.numeric(a, b);
          expect(again).toEqual(found.result);
          found.dispose();
        }),
        { numRuns: 15 },
      );
  });

  test("rows that repeat the row before, moved on by a column or not, and rows that nearly do", () => {
    /** Each row has the columns of the one before, plus 0 or 1, or one of them changed, or is empty or new; runs are as long as `run`. */
    const lines = (rows: number, cols: number, run: number, seed: number): Sparse => {
      const r = new Random(seed);
      const below = (n: number): number => Math.floor(r.next() * n);
      const [row, col, values]: number[][] = [[], [], []];
      let last: number[] = [];
      for (let i = 0; i < rows; i++) {
        const kind = below(7);
        if (kind < 4) last = last.map((j) => j + (kind & 1)).filter((j) => j < cols);
        else if (kind === 4 && last.length > 0) last = last.with(below(last.length), below(cols));
        else if (kind === 5) last = [];
        else {
          const start = below(cols);
          last = Array.from({ length: 3 + below(8) }, (_, k) => (start + below(3) + Math.floor(k / run) * below(90)) % cols);
        }
        last = [...new Set(last)];
        for (const j of last) void [row.push(i), col.push(j), values.push(below(9) - 4)];
      }
      return fromTriplets({ rows, cols, row, col, values });
    }; // oxfmt-ignore
    const seeds = fc.record({ seed: fc.nat(1e6), m: fc.integer({ min: 1, max: 60 }), k: fc.integer({ min: 1, max: 80 }), n: fc.integer({ min: 1, max: 500 }), run: fc.constantFrom(1, 4, 20) }); // oxfmt-ignore
    for (const semiring of SEMIRINGS)
      fc.assert(
        fc.property(seeds, ({ seed, m, k, n, run }) => {
          const [a, b] = [lines(m, k, run, seed), lines(k, n, run, seed + 1)];
          const found = new SparseMultiplication(a, b, { semiring });
          expect(checkSparse(found.result)).toEqual(slowly(a, b, semiring));
          found.dispose();
        }),
        { numRuns: 40 },
      );
    const grid = poisson(24, 3);
    const found = new SparseMultiplication(grid, grid);
    expect(found.result).toEqual(slowly(grid, grid, "plus-times"));
    found.dispose();
  });

  test("hashed rows, short and long", () => {
    const cols = 5_000_000;
    for (const [perA, perB] of [[3, 4], [10, 30], [20, 49]]) {
      const [a, b] = [random(40, 50, perA, 7), random(50, cols, perB, 8)];
      const found = new SparseMultiplication(a, b);
      expect(found.result).toEqual(slowly(a, b, "plus-times"));
      expect(found.numeric(a, b)).toEqual(found.result);
      found.dispose();
    } // oxfmt-ignore
  });

  test("small and compiled products give the same bits", () => {
    const a = random(300, 300, 8, 3);
    const small = multiplySmall(a, a);
    const compiled = new SparseMultiplication(a, a);
    expect(compiled.result).toEqual(small);
    compiled.dispose();
  });

  test("masks and their complements", () => {
    const [a, b, mask] = [random(80, 90, 6, 1), random(90, 200, 9, 2), random(80, 200, 20, 3)];
    for (const semiring of SEMIRINGS)
      for (const complement of [false, true]) {
        const found = new SparseMultiplication(a, b, { semiring, mask, complement });
        expect(found.result).toEqual(slowly(a, b, semiring, (i, j) => has(mask)(i, j) !== complement));
        expect(found.numeric(a, b)).toEqual(found.result);
        found.dispose();
      }
  });

  test("new values under the old pattern", () => {
    const [a, b] = [random(200, 150, 7, 4), random(150, 180, 7, 5)];
    const found = new SparseMultiplication(a, b);
    const other = { ...a, values: a.values.map((x) => x / 3 + 1) };
    expect(found.numeric(other, b)).toEqual(multiplySmall(other, b));
    expect(() => found.numeric(random(200, 150, 7, 6), b)).toThrow("the first matrix has another pattern");
    found.dispose();
  });

  test("the bits do not depend on the number of threads", () => {
    const a = poisson(150);
    const one = multiplySparse(a, a);
    expect(entryCount(one)).toBe(13 * 150 * 150 - 20 * 150 + 4);
    for (const threads of [2, 3]) expect(multiplySparse(a, a, { threads })).toEqual(one);
    const found = new SparseMultiplication(a, a, { threads: 2 });
    expect(found.numeric(a, a)).toEqual(one);
    found.dispose();
  });

  test("layouts, empty matrices, one row with all products", () => {
    const [a, b] = [random(30, 20, 3, 9), random(20, 40, 3, 10)];
    expect(multiplySparse(toLayout(a, "csc"), toLayout(b, "csc"))).toEqual(multiplySmall(a, b));
    const none = fromTriplets({ rows: 0, cols: 5, row: [], col: [], values: [] });
    expect(multiplySparse(none, random(5, 7, 2, 1), { semiring: "min-plus" }).ptr).toEqual(Int32Array.of(0));
    expect(multiplySparse(transpose(none), none, { semiring: "min-plus" }).ptr).toEqual(new Int32Array(6));
    const row = fromTriplets({ rows: 1, cols: 900, row: new Array<number>(900).fill(0), col: Array.from({ length: 900 }, (_, k) => k), values: new Array<number>(900).fill(1) }); // oxfmt-ignore
    const wide = random(900, 400, 200, 11);
    expect(multiplySparse(row, wide)).toEqual(slowly(row, wide, "plus-times"));
  });

  test("wrong sizes and complex matrices are refused", () => {
    const a = random(3, 4, 1, 1);
    expect(() => multiplySparse(a, a)).toThrow("a matrix of 3 x 4 times one of 3 x 4");
    expect(() => multiplySparse({ ...a, imaginary: a.values }, transpose(a))).toThrow("complex");
    expect(() => multiplySparse(a, transpose(a), { mask: a })).toThrow("a mask of 3 x 4 for a product of 3 x 3");
  });
});
