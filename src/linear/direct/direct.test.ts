import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromTriplets, multiplyVector, permute, type Sparse, toLayout, transpose } from "../../array/index.ts";
import { DenseLU } from "../dense-lu.ts";
import { analyzeBlockLU, BlockLU } from "./block-lu.ts";
import { blockTriangular, maximumTransversal } from "./block-triangular.ts";
import { orderedTree } from "./cholesky-layout.ts";
import { symmetricOrder } from "./orderings.ts";
import { analyzeCholesky, SparseCholesky } from "./sparse-cholesky.ts";

/** Laplacian of a grid with 2 d on the diagonal. */
function grid(nx: number, ny: number, nz = 1, shift = 0): Sparse {
  const [row, col, values]: [number[], number[], number[]] = [[], [], []];
  const put = (i: number, j: number, v: number): void => void void [row.push(i), col.push(j), values.push(v)];
  const at = (x: number, y: number, z: number): number => x + nx * (y + ny * z);
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++) {
        put(at(x, y, z), at(x, y, z), (nz > 1 ? 6 : 4) - shift);
        for (const [dx, dy, dz] of [[1, 0, 0], [0, 1, 0], [0, 0, 1]]) {
          if (x + dx >= nx || y + dy >= ny || z + dz >= nz) continue;
          put(at(x, y, z), at(x + dx, y + dy, z + dz), -1);
          put(at(x + dx, y + dy, z + dz), at(x, y, z), -1);
        }
      } // oxfmt-ignore
  return fromTriplets({ rows: nx * ny * nz, cols: nx * ny * nz, row, col, values }, "csc");
}

/** Entries where `keep` says so; half of them exactly representable small numbers. */
const matrices = fc.integer({ min: 1, max: 25 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    entries: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1), fc.integer({ min: -8, max: 8 })), { maxLength: 4 * n }),
  }),
); // oxfmt-ignore

function denseOf(a: Sparse): Float64Array {
  const out = new Float64Array(a.rows * a.cols);
  const c = toLayout(a, "csr");
  for (let i = 0; i < a.rows; i++) for (let p = c.ptr[i]; p < c.ptr[i + 1]; p++) out[i * a.cols + c.idx[p]] = c.values[p]; // oxfmt-ignore
  return out;
}

const residual = (a: Sparse, x: Float64Array, b: Float64Array): number => {
  const r = multiplyVector(a, x);
  let [most, size] = [0, 0];
  for (let i = 0; i < b.length; i++) most = Math.max(most, Math.abs(r[i] - b[i]));
  for (const v of x) size = Math.max(size, Math.abs(v));
  return most / (size * a.values.reduce((s, v) => Math.max(s, Math.abs(v)), 0) + 1e-300);
};

const right = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 1 + Math.sin(3 * i));

describe("orders", () => {
  const a = grid(23, 17);
  it.each(["amd", "nested-dissection", "rcm", "natural"] as const)("%s is a permutation", (name) => {
    const order = symmetricOrder(a, name);
    expect([...order].sort((x, y) => x - y)).toEqual([...order.keys()]);
  });
  it("reverse Cuthill-McKee brings a shuffled band back to a narrow one", () => {
    const shuffle = Int32Array.from({ length: 391 }, (_, k) => (k * 172) % 391);
    const shuffled = permute(a, shuffle, shuffle);
    const order = symmetricOrder(shuffled, "rcm");
    const b = permute(shuffled, order, order);
    let width = 0;
    for (let j = 0; j < b.cols; j++) for (let p = b.ptr[j]; p < b.ptr[j + 1]; p++) width = Math.max(width, Math.abs(b.idx[p] - j)); // oxfmt-ignore
    expect(width).toBeLessThanOrEqual(24);
  });
  it("nested dissection and minimum degree fill far less than the band", () => {
    const cost = (name: "amd" | "nested-dissection" | "natural"): number => {
      const g = grid(80, 80);
      return orderedTree(g.cols, g.ptr, g.idx, symmetricOrder(g, name)).entries;
    };
    expect(cost("amd")).toBeLessThan(cost("natural") / 2);
    expect(cost("nested-dissection")).toBeLessThan(cost("natural") / 2);
  });
  it("counts what elimination of the pattern gives", () => {
    fc.assert(
      fc.property(matrices, ({ n, entries }) => {
        const low = entries.filter(([i, j]) => i > j);
        const all = [...low, ...Array.from({ length: n }, (_, i) => [i, i, 1] as [number, number, number])];
        const a = fromTriplets({ rows: n, cols: n, row: all.map((e) => e[0]), col: all.map((e) => e[1]), values: all.map(() => 1) }, "csc"); // oxfmt-ignore
        const order = symmetricOrder(a, "amd");
        const tree = orderedTree(n, a.ptr, a.idx, order);
        const place = new Int32Array(n);
        tree.order.forEach((i, k) => (place[i] = k));
        const full = Array.from({ length: n }, () => new Set<number>());
        for (const [i, j] of low) full[Math.min(place[i], place[j])].add(Math.max(place[i], place[j]));
        let count = n;
        for (let k = 0; k < n; k++) {
          const below = [...full[k]].sort((x, y) => x - y);
          count += below.length;
          expect(tree.counts[k]).toBe(below.length + 1);
          for (const i of below.slice(1)) full[below[0]].add(i);
        }
        expect(tree.entries).toBe(count);
      }),
    );
  });
});

describe("sparse Cholesky", () => {
  it.each([["amd", grid(30, 31)], ["nested-dissection", grid(12, 11, 10)], ["rcm", grid(9, 8, 7)], ["natural", grid(20, 5)]] as const)("solves grids, %s", (ordering, a) => {
    for (const half of [a, lower(a), transpose(lower(a))]) {
      for (const indefinite of [false, true]) {
        const f = new SparseCholesky(analyzeCholesky(half, { ordering }), { indefinite });
        expect(f.factor(half).kind).toBe("ok");
        const b = right(a.rows);
        const x = b.slice();
        f.solve(x);
        expect(residual(a, x, b)).toBeLessThan(1e-14);
        f.dispose();
      }
    }
  }); // oxfmt-ignore

  it("solves random symmetric matrices made dominant as dense LU does", () => {
    fc.assert(
      fc.property(matrices, ({ n, entries }) => {
        const a = dominant(n, entries);
        const f = new SparseCholesky(analyzeCholesky(a));
        expect(f.factor(a).kind).toBe("ok");
        const b = right(n);
        const x = b.slice();
        f.solve(x);
        expect(residual(a, x, b)).toBeLessThan(1e-13);
        const lu = new DenseLU(n, { target: "js" });
        lu.factor(denseOf(a));
        const y = b.slice();
        lu.solve(y);
        for (let i = 0; i < n; i++) expect(x[i]).toBeCloseTo(y[i], 9);
        f.dispose();
        lu.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it("says where a matrix is not positive definite", () => {
    const a = grid(10, 10, 1, 2);
    const f = new SparseCholesky(analyzeCholesky(a));
    expect(f.factor(a).kind).toBe("breakdown");
    expect(() => f.solve(right(100))).toThrow(/no factor/);
    expect(f.factor(withValue(grid(10, 10), Number.NaN)).kind).toBe("breakdown");
    expect(f.factor(grid(10, 10)).kind).toBe("ok");
    f.dispose();
  });

  it("gives the inertia of symmetric indefinite matrices", () => {
    const [n, shift] = [12, 2.3];
    const a = grid(n, n, 1, shift);
    const f = new SparseCholesky(analyzeCholesky(a), { indefinite: true });
    expect(f.factor(a).kind).toBe("ok");
    const line = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1)));
    const negative = line.flatMap((u) => line.map((v) => u + v - shift)).filter((v) => v < 0).length; // oxfmt-ignore
    expect(f.inertia().negative).toBe(negative);
    const b = right(n * n);
    const x = b.slice();
    f.solve(x);
    expect(residual(a, x, b)).toBeLessThan(1e-11);
    f.dispose();
  });

  it("takes the empty matrix and refuses rectangles and wrong lengths", () => {
    const none = fromTriplets({ rows: 0, cols: 0, row: [], col: [], values: [] });
    const f = new SparseCholesky(analyzeCholesky(none));
    expect(f.factor(none).kind).toBe("ok");
    f.solve(new Float64Array(0));
    f.dispose();
    expect(() => analyzeCholesky(fromTriplets({ rows: 2, cols: 3, row: [], col: [], values: [] }))).toThrow(/2 x 3/);
    const g = new SparseCholesky(analyzeCholesky(grid(3, 3)));
    expect(() => g.factor(grid(4, 4))).toThrow(/analysed/);
    g.factor(grid(3, 3));
    expect(() => g.solve(new Float64Array(5))).toThrow(/9 unknowns/);
    g.dispose();
    expect(() => g.factor(grid(3, 3))).toThrow(/disposed/);
  });
});

describe("block triangular form", () => {
  it("finds as many matches as there are, and blocks that are triangular", () => {
    fc.assert(
      fc.property(matrices, ({ n, entries }) => {
        const a = fromTriplets({ rows: n, cols: n, row: entries.map((e) => e[0]), col: entries.map((e) => e[1]), values: entries.map(() => 1) }, "csc"); // oxfmt-ignore
        const pattern = { n, colPtr: a.ptr, rowIdx: a.idx };
        const { rowOf, rank } = maximumTransversal(pattern);
        expect(rank).toBe(matching(a));
        expect(
          maximumTransversal(
            pattern,
            a.values.map((v, p) => v / (1 + p)),
          ).rank,
        ).toBe(rank);
        if (rank < n) return;
        const { rowOrder, colOrder, blocks } = blockTriangular(pattern, rowOf);
        const b = permute(a, rowOrder, colOrder);
        const blockOf = (k: number): number => blocks.findIndex((begin, i) => k >= begin && k < blocks[i + 1]);
        for (let j = 0; j < n; j++) {
          const rows = [...b.idx.subarray(b.ptr[j], b.ptr[j + 1])];
          expect(rows).toContain(j);
          for (const i of rows) expect(blockOf(i)).toBeLessThanOrEqual(blockOf(j));
        }
      }),
    );
  });
});

describe("sparse LU in blocks", () => {
  it("solves random matrices and their transposes, or says that they are singular", () => {
    fc.assert(
      fc.property(matrices, ({ n, entries }) => {
        const a = fromTriplets({ rows: n, cols: n, row: entries.map((e) => e[0]), col: entries.map((e) => e[1]), values: entries.map((e) => e[2]) }, "csc"); // oxfmt-ignore
        const analysis = analyzeBlockLU(a);
        const f = new BlockLU(analysis);
        const status = f.factor(a.values);
        const lu = new DenseLU(n, { target: "js" });
        const singular = lu.factor(denseOf(a)) >= 0;
        if (status.kind !== "singular") {
          const norm = f.inverseNorm();
          for (const again of [false, true]) {
            if (again) expect(f.refactor(a.values).kind).not.toBe("singular");
            const b = right(n);
            const x = b.slice();
            f.solve(x);
            expect(residual(a, x, b)).toBeLessThan(1e-11);
            const t = b.slice();
            f.solveTransposed(t);
            expect(residual(transpose(a), t, b)).toBeLessThan(1e-11);
          }
          expect(norm).toBeGreaterThan(0);
        } else if (!singular) expect(lu.conditionEstimate()).toBeGreaterThan(1e12);
        f.dispose();
        lu.dispose();
      }),
      { numRuns: 200 },
    );
  });

  it("uses supernodes where there is much fill, beside blocks that are small", () => {
    const g = grid(80, 80);
    // Two triangular tails around a grid, permuted.
    const n = g.rows + 6;
    const [row, col, values]: [number[], number[], number[]] = [[], [], []];
    for (let j = 0; j < g.cols; j++) for (let p = g.ptr[j]; p < g.ptr[j + 1]; p++) void [row.push(3 + g.idx[p]), col.push(3 + j), values.push(g.values[p])]; // oxfmt-ignore
    for (const [i, j, v] of [[0, 0, 2], [1, 1, 3], [2, 2, -1], [0, 9, 5], [2, 900, 1], [7, n - 1, 4], [n - 3, n - 3, 1], [n - 2, n - 2, 8], [n - 1, n - 1, 2], [n - 3, n - 1, 1]]) void [row.push(i), col.push(j), values.push(v)]; // oxfmt-ignore
    const shuffle = Int32Array.from({ length: n }, (_, k) => (k * 717) % n);
    const a = permute(fromTriplets({ rows: n, cols: n, row, col, values }, "csc"), shuffle, undefined);
    const analysis = analyzeBlockLU(a);
    expect(analysis.dense.size).toBe(1);
    expect(analysis.form.blocks.length - 1).toBe(7);
    const f = new BlockLU(analysis);
    expect(f.factor(a.values).kind).toBe("pivoted");
    expect(f.refactor(a.values.map((v) => 2 * v)).kind).toBe("reused");
    const b = right(n);
    const x = b.slice();
    f.solve(x);
    expect(residual({ ...a, values: a.values.map((v) => 2 * v) }, x, b)).toBeLessThan(1e-14);
    f.solveTransposed(b);
    expect(residual(transpose({ ...a, values: a.values.map((v) => 2 * v) }), b, right(n))).toBeLessThan(1e-14);
    f.dispose();
  });

  it("takes nested dissection where minimum degree fills more", () => {
    const a = grid(22, 22, 22, -0.5);
    const analysis = analyzeBlockLU(a);
    const { entries } = orderedTree(a.cols, a.ptr, a.idx, symmetricOrder(a, "amd"));
    expect(analysis.predictedEntries).toBeLessThan(0.9 * (2 * entries - a.cols));
    const f = new BlockLU(analysis);
    expect(f.factor(a.values).kind).toBe("pivoted");
    const b = right(a.cols);
    const x = b.slice();
    f.solve(x);
    expect(residual(a, x, b)).toBeLessThan(1e-14);
    f.dispose();
  });
  it("names the column of a structurally or numerically singular matrix", () => {
    const empty = fromTriplets({ rows: 3, cols: 3, row: [0, 1], col: [0, 2], values: [1, 1] }, "csc");
    const f = new BlockLU(analyzeBlockLU(empty));
    expect(f.factor(empty.values)).toEqual({ kind: "singular", column: 1 });
    expect(f.analysis.structuralRank).toBe(2);
    const zero = fromTriplets({ rows: 2, cols: 2, row: [0, 1, 0, 1], col: [0, 0, 1, 1], values: [1, 2, 2, 4] }, "csc");
    const g = new BlockLU(analyzeBlockLU(zero));
    expect(g.factor(zero.values).kind).toBe("singular");
    expect(g.factor(Float64Array.of(1, 2, 2, 5)).kind).toBe("pivoted");
    expect(g.factor(Float64Array.of(1, 2, Number.NaN, 5)).kind).toBe("singular");
    f.dispose();
    g.dispose();
  });
});

function lower(a: Sparse): Sparse {
  const [row, col, values]: [number[], number[], number[]] = [[], [], []];
  for (let j = 0; j < a.cols; j++) for (let p = a.ptr[j]; p < a.ptr[j + 1]; p++) if (a.idx[p] >= j) void [row.push(a.idx[p]), col.push(j), values.push(a.values[p])]; // oxfmt-ignore
  return fromTriplets({ rows: a.rows, cols: a.cols, row, col, values }, "csc");
}

const withValue = (a: Sparse, v: number): Sparse => ({ ...a, values: a.values.map((w, p) => (p === 1 ? v : w)) });

function dominant(n: number, entries: readonly (readonly [number, number, number])[]): Sparse {
  const [row, col, values]: [number[], number[], number[]] = [[], [], []];
  const sums = new Float64Array(n).fill(0.5);
  for (const [i, j, v] of entries) {
    if (i === j) continue;
    row.push(i, j);
    col.push(j, i);
    values.push(v, v);
    sums[i] += Math.abs(v);
    sums[j] += Math.abs(v);
  }
  for (let i = 0; i < n; i++) void [row.push(i), col.push(i), values.push(sums[i])];
  return fromTriplets({ rows: n, cols: n, row, col, values }, "csc");
}

/** Size of a maximum matching by Kuhn's method. */
function matching(a: Sparse): number {
  const owner = new Int32Array(a.rows).fill(-1);
  const tryColumn = (j: number, seen: Set<number>): boolean => {
    for (let p = a.ptr[j]; p < a.ptr[j + 1]; p++) {
      const i = a.idx[p];
      if (seen.has(i)) continue;
      seen.add(i);
      if (owner[i] < 0 || tryColumn(owner[i], seen)) {
        owner[i] = j;
        return true;
      }
    }
    return false;
  };
  let count = 0;
  for (let j = 0; j < a.cols; j++) if (tryColumn(j, new Set())) count++;
  return count;
}
