import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromTriplets, permute, poisson, type Sparse, toLayout, transpose } from "../../array/index.ts";
import { analyzeLU, SparseLU } from "../sparse-lu.ts";
import { Reach, type SparseRight, type SparseSolveOptions, type SparseVector } from "../sparse-right.ts";
import { analyzeBlockLU, BlockLU } from "./block-lu.ts";
import { analyzeCholesky, SparseCholesky } from "./sparse-cholesky.ts";

interface Factors {
  solve(b: Float64Array): void;
  solveSparse(b: SparseRight, options?: SparseSolveOptions): SparseVector;
}

type Entry = readonly [row: number, col: number, value: number];

const matrix = (n: number, entries: readonly Entry[]): Sparse =>
  fromTriplets({ rows: n, cols: n, row: entries.map((e) => e[0]), col: entries.map((e) => e[1]), values: entries.map((e) => e[2]) }, "csc"); // oxfmt-ignore

/** Numbers are the same ones; signs of zeros may differ, since the dense solve subtracts zeros. */
const same = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

/** Compares with the dense solve: all of x, then the wanted entries, then all again (nothing may be left of the call before). */
function compare(factors: Factors, n: number, b: SparseRight, wanted: readonly number[]): void {
  const x = new Float64Array(n);
  for (let k = 0; k < b.indices.length; k++) x[b.indices[k]] = b.values[k];
  factors.solve(x);
  for (const _ of [0, 1]) {
    const all = factors.solveSparse(b);
    const given = new Set(all.indices);
    expect([...all.indices]).toEqual([...given].sort((p, q) => p - q));
    for (let i = 0; i < n; i++) if (!given.has(i)) expect(same(x[i], 0)).toBe(true);
    all.indices.forEach((i, k) => expect(same(all.values[k], x[i])).toBe(true));
    const some = factors.solveSparse(b, { wanted });
    expect([...some.indices]).toEqual([...wanted]);
    wanted.forEach((i, k) => expect(same(some.values[k], x[i])).toBe(true));
  }
}

/** A pattern of n nodes with values, a right side and wanted places. */
const problems = (density: number) =>
  fc.integer({ min: 1, max: 40 }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      entries: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1), fc.integer({ min: -8, max: 8 })), { maxLength: Math.ceil(density * n) }),
      right: fc.uniqueArray(fc.tuple(fc.nat(n - 1), fc.double({ min: -9, max: 9, noNaN: true })), { maxLength: 4, selector: ([i]) => i }),
      wanted: fc.array(fc.nat(n - 1), { maxLength: 4 }),
      diagonal: fc.boolean(),
    }),
  ); // oxfmt-ignore

const sides = (right: readonly (readonly [number, number])[]): SparseRight => ({
  indices: right.map(([i]) => i),
  values: right.map(([, v]) => v),
});

describe("right sides with few entries", () => {
  it.each([1, 2.5])("Cholesky and L S L^T give the numbers of the dense solve, %s entries a column", (density) => {
    fc.assert(
      fc.property(problems(density), ({ n, entries, right, wanted }) => {
        const sums = new Float64Array(n).fill(0.5);
        const off = entries.filter(([i, j]) => i !== j);
        for (const [i, j, v] of off) void [(sums[i] += Math.abs(v)), (sums[j] += Math.abs(v))];
        const diagonal = Array.from(sums, (v, i): Entry => [i, i, v]);
        const a = matrix(n, [...diagonal, ...off, ...off.map(([i, j, v]): Entry => [j, i, v])]);
        for (const indefinite of [false, true]) {
          const factors = new SparseCholesky(analyzeCholesky(a), { indefinite });
          expect(factors.factor(a).kind).toBe("ok");
          compare(factors, n, sides(right), wanted);
          factors.dispose();
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([1, 2.5])("LU gives them on matrices of many blocks and of few, %s entries a column", (density) => {
    let solved = 0;
    fc.assert(
      fc.property(problems(density), ({ n, entries, right, wanted, diagonal }) => {
        const full = diagonal ? entries : entries.filter(([i, j]) => i !== j);
        // A cycle with ones where the diagonal is empty: pivots are off the diagonal, and all is one block.
        const base = Array.from({ length: n }, (_, i): Entry => [i, diagonal ? i : (i + 1) % n, 9]);
        const a = matrix(n, [...base, ...full]);
        const pattern = { n, colPtr: a.ptr, rowIdx: a.idx };
        for (const target of ["js", "wasm"] as const) {
          const plain = new SparseLU(analyzeLU(pattern, { target }));
          if (plain.factor(a.values).kind !== "singular") compare(plain, n, sides(right), wanted);
          plain.dispose();
        }
        const factors = new BlockLU(analyzeBlockLU(a));
        if (factors.factor(a.values).kind !== "singular") {
          solved++;
          compare(factors, n, sides(right), wanted);
          factors.refactor(a.values.map((v) => 2 * v));
          compare(factors, n, sides(right), wanted);
        }
        factors.dispose();
      }),
      { numRuns: 80 },
    );
    expect(solved).toBeGreaterThan(40);
  });

  it("LU gives them where blocks with supernodes stand between small ones, and after pivots changed", () => {
    const grid = toLayout(poisson(70), "csc");
    const n = grid.cols + 8;
    const entries: Entry[] = [];
    for (let j = 0; j < grid.cols; j++) for (let p = grid.ptr[j]; p < grid.ptr[j + 1]; p++) entries.push([4 + grid.idx[p], 4 + j, grid.values[p] * (grid.idx[p] > j ? 1.25 : 1)]); // oxfmt-ignore
    for (const k of [0, 1, 2, 3, n - 4, n - 3, n - 2, n - 1]) entries.push([k, k, 2 + k / n]);
    entries.push([0, 9, 5], [1, 1200, 1], [2, 3, 1], [7, n - 1, 4], [300, n - 2, 3], [n - 4, n - 3, 1], [2, n - 4, 1]);
    const shuffle = Int32Array.from({ length: n }, (_, k) => (k * 1009) % n);
    const a = permute(matrix(n, entries), shuffle, undefined);
    for (const given of [a, toLayout(transpose(a), "csc")]) {
      const factors = new BlockLU(analyzeBlockLU(given));
      expect(factors.analysis.dense.size).toBe(1);
      expect(factors.factor(given.values).kind).toBe("pivoted");
      const b = { indices: [3, 900, 17], values: [1, -2, 0.5] };
      compare(factors, n, b, [5, 5, 1000, n - 1]);
      // The diagonal of some columns becomes small: pivots move inside the block.
      const other = given.values.map((v, p) => (v === 4 && p % 3 === 0 ? 1e-9 : v));
      expect(factors.refactor(other).kind).not.toBe("singular");
      compare(factors, n, b, [5, 5, 1000, n - 1]);
      compare(factors, n, { indices: [shuffle.indexOf(n - 1)], values: [1] }, [0, 1, 2, 3]);
      factors.dispose();
    }
  });

  it("looks only at what is reached: trees and blocks that are not touched stay out", () => {
    const a = matrix(6, [[0, 0, 2], [1, 1, 2], [0, 1, 1], [1, 0, 1], [2, 2, 4], [3, 3, 4], [4, 4, 2], [5, 5, 2], [4, 5, 1], [5, 4, 1]]); // oxfmt-ignore
    const cholesky = new SparseCholesky(analyzeCholesky(a));
    cholesky.factor(a);
    const lu = new BlockLU(analyzeBlockLU(a));
    lu.factor(a.values);
    for (const factors of [cholesky, lu]) {
      expect([...factors.solveSparse({ indices: [4], values: [3] }).indices]).toEqual([4, 5]);
      expect(factors.solveSparse({ indices: [2], values: [4] })).toEqual({ indices: Int32Array.of(2), values: Float64Array.of(1) }); // oxfmt-ignore
      expect(factors.solveSparse({ indices: [], values: [] }).indices.length).toBe(0);
      expect([...factors.solveSparse({ indices: [4], values: [3] }, { wanted: [2, 0] }).values]).toEqual([0, 0]);
      expect([...factors.solveSparse({ indices: [3], values: [8] }, { wanted: [3] }).values]).toEqual([2]);
      factors.dispose();
    }
  });

  it("refuses right sides that are none", () => {
    const a = toLayout(poisson(3), "csc");
    const cholesky = new SparseCholesky(analyzeCholesky(a));
    const lu = new BlockLU(analyzeBlockLU(a));
    const plain = new SparseLU(analyzeLU({ n: 9, colPtr: a.ptr, rowIdx: a.idx }));
    for (const factors of [cholesky, lu, plain]) {
      expect(() => factors.solveSparse({ indices: [0], values: [1] })).toThrow(/no factor/);
      factors.factor((factors === cholesky ? a : a.values) as never);
      expect(() => factors.solveSparse({ indices: [0, 1], values: [1] })).toThrow(/2 indices and 1 values/);
      expect(() => factors.solveSparse({ indices: [4, 2, 4], values: [1, 1, 1] })).toThrow(/index 4 twice/);
      for (const i of [-1, 9, 1.5, Number.NaN]) {
        expect(() => factors.solveSparse({ indices: [i], values: [1] })).toThrow(`index ${i} of 9 unknowns`);
        expect(() => factors.solveSparse({ indices: [0], values: [1] }, { wanted: [0, i] })).toThrow(`entry ${i} of 9`);
      }
      compare(factors, 9, { indices: [8], values: [1] }, [0]);
      factors.dispose();
      expect(() => factors.solveSparse({ indices: [0], values: [1] })).toThrow(/no factor/);
    }
  });
});

describe("sets of nodes", () => {
  it("list what was added once, ascending, few or many", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.array(fc.nat(99), { maxLength: 60 }), { maxLength: 5 }), (n, rounds) => {
        const reach = new Reach(n);
        for (const round of rounds) {
          reach.clear();
          const inside = round.filter((k) => k < n);
          inside.forEach((k, i) => expect(reach.add(k)).toBe(inside.indexOf(k) === i));
          expect([...reach.ascending()]).toEqual([...new Set(inside)].sort((p, q) => p - q));
          expect(reach.count).toBe(new Set(inside).size);
        }
      }),
    ); // oxfmt-ignore
  });
});
