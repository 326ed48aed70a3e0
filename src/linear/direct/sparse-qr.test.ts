import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dense, fromTriplets, multiplyVector, type Sparse, toLayout, transpose } from "../../array/index.ts";
import { Failure, Random } from "../../base/index.ts";
import { leastSquares } from "../dense/least-squares.ts";
import { linsolveSync } from "../solve/linsolve.ts";
import { colamd } from "./colamd.ts";
import { sparseLeastSquares } from "./sparse-least-squares.ts";
import { SparseQR } from "./sparse-qr.ts";

/** Small integers, so that dependent columns are exactly dependent. */
const matrices = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 })).chain(([rows, cols]) =>
  fc
    .array(fc.tuple(fc.nat(rows - 1), fc.nat(cols - 1), fc.integer({ min: -3, max: 3 })), { maxLength: 3 * Math.max(rows, cols) })
    .map((list) => fromTriplets({ rows, cols, row: list.map(([i]) => i), col: list.map(([, j]) => j), values: list.map(([, , v]) => v) }, "csc")),
); // oxfmt-ignore

function denseOf(a: Sparse): Float64Array {
  const out = new Float64Array(a.rows * a.cols);
  const c = toLayout(a, "csr");
  for (let i = 0; i < a.rows; i++) for (let p = c.ptr[i]; p < c.ptr[i + 1]; p++) out[i * a.cols + c.idx[p]] = c.values[p]; // oxfmt-ignore
  return out;
}

const right = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 1 + Math.sin(3 * i));
const largest = (v: ArrayLike<number>): number => Array.from(v).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** A random matrix with `each` entries a column. */
function scattered(rows: number, cols: number, each: number, seed: number): Sparse {
  const random = new Random(seed);
  const [row, col, values]: [number[], number[], number[]] = [[], [], []];
  for (let j = 0; j < cols; j++)
    for (let t = 0; t < each; t++) {
      row.push(t === 0 ? j % rows : Math.floor(random.next() * rows));
      col.push(j);
      values.push(random.next() + 0.5);
    }
  return fromTriplets({ rows, cols, row, col, values }, "csc");
}

/** One row for each edge of a square grid, -1 and 1 at its ends: of rank one less than there are points. */
function differences(size: number): Sparse {
  const [row, col, values]: [number[], number[], number[]] = [[], [], []];
  let edges = 0;
  const edge = (i: number, j: number): void => {
    row.push(edges, edges++);
    col.push(i, j);
    values.push(-1, 1);
  };
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      if (x + 1 < size) edge(x + size * y, x + 1 + size * y);
      if (y + 1 < size) edge(x + size * y, x + size * (y + 1));
    }
  return fromTriplets({ rows: edges, cols: size * size, row, col, values }, "csc");
}

/** Entries of the Cholesky factor of A^T A for an order of the columns. */
function fillOf(a: Sparse, order: Int32Array): number {
  const place = new Int32Array(a.cols);
  order.forEach((j, k) => (place[j] = k));
  const rows = toLayout(a, "csr");
  const below = Array.from({ length: a.cols }, () => new Set<number>());
  for (let i = 0; i < a.rows; i++) {
    const cols = [...rows.idx.subarray(rows.ptr[i], rows.ptr[i + 1])].map((j) => place[j]);
    for (const j of cols) for (const k of cols) if (k > j) below[j].add(k);
  }
  for (let j = 0; j < a.cols; j++) {
    const up = [...below[j]].sort((x, y) => x - y);
    for (const k of up.slice(1)) below[up[0]].add(k);
  }
  return below.reduce((sum, set) => sum + set.size + 1, 0);
}

describe("colamd", () => {
  it("gives a permutation of the columns, whatever the shape", () => {
    fc.assert(
      fc.property(matrices, (a) => {
        expect([...colamd(a)].sort((x, y) => x - y)).toEqual([...Array(a.cols).keys()]);
      }),
      { numRuns: 300 },
    );
  });
  it("fills far less than the given order", () => {
    const a = scattered(400, 300, 3, 1);
    expect(fillOf(a, colamd(a))).toBeLessThan(
      0.7 *
        fillOf(
          a,
          Int32Array.from({ length: 300 }, (_, j) => j),
        ),
    );
  });
  it("orders an arrow with its full column last", () => {
    const n = 40;
    const [row, col]: [number[], number[]] = [[], []];
    for (let i = 0; i < n; i++) {
      row.push(i, i);
      col.push(0, i);
    }
    const a = fromTriplets({ rows: n, cols: n, row, col, values: row.map(() => 1) }, "csc");
    const order = colamd(a);
    expect(fillOf(a, order)).toBe(2 * n - 1);
  });
  it("puts dense columns last and overlooks dense rows", () => {
    const n = 200;
    const [row, col]: [number[], number[]] = [[], []];
    for (let j = 0; j < n; j++) {
      row.push(0, j, j);
      col.push(j, j, 7);
    }
    const order = colamd(fromTriplets({ rows: n, cols: n, row, col, values: row.map(() => 1) }, "csc"));
    expect(order[n - 1]).toBe(7);
  });
});

describe("SparseQR", () => {
  it("A(:, order) = Q R, and Q keeps lengths", () => {
    fc.assert(
      fc.property(matrices, (a) => {
        const f = new SparseQR(a);
        const upper = f.upper();
        for (let k = 0; k < a.cols; k++) {
          const column = new Float64Array(Math.max(a.rows, a.cols));
          for (let p = upper.ptr[k]; p < upper.ptr[k + 1]; p++) column[upper.idx[p]] = upper.values[p];
          const product = f.apply(column.subarray(0, a.cols));
          const j = f.order[k];
          for (let p = a.ptr[j]; p < a.ptr[j + 1]; p++) product[a.idx[p]] -= a.values[p];
          expect(largest(product)).toBeLessThan(1e-13 * (1 + largest(a.values)) * a.rows);
        }
        const b = right(a.rows);
        expect(Math.hypot(...f.applyTransposed(b))).toBeCloseTo(Math.hypot(...b), 12);
      }),
      { numRuns: 300 },
    );
  });
  it("is honest about limits and bad entries", () => {
    expect(() => new SparseQR(scattered(100, 80, 3, 2), { limit: 100 })).toThrow(Failure);
    expect(() => new SparseQR(scattered(100, 80, 3, 2), { work: 100 })).toThrow(/multiplications/);
    const bad = scattered(10, 8, 2, 3);
    bad.values[3] = Number.NaN;
    expect(() => new SparseQR(bad)).toThrow(/NaN/);
    expect(() => new SparseQR(scattered(10, 8, 2, 3), { ordering: Int32Array.of(0, 0, 1) })).toThrow(/permutation/);
  });
  it("does not overflow", () => {
    const a = fromTriplets({ rows: 2, cols: 1, row: [0, 1], col: [0, 0], values: [3e200, 4e200] }, "csc");
    expect(sparseLeastSquares(a, Float64Array.of(3, 4)).x[0] * 1e200).toBeCloseTo(1, 14);
  });
});

describe("sparseLeastSquares", () => {
  it("agrees with the dense solution in x and rank, for any shape and rank", () => {
    fc.assert(
      fc.property(matrices, (a) => {
        const b = right(a.rows);
        const ours = sparseLeastSquares(a, b);
        const other = leastSquares(dense(a.rows, a.cols, denseOf(a)), b, { tolerance: 1e-12 });
        expect(ours.rank).toBe(other.rank);
        const scale = 1 + largest(other.x);
        for (let j = 0; j < a.cols; j++) expect(Math.abs(ours.x[j] - other.x[j])).toBeLessThan(1e-9 * scale);
      }),
      { numRuns: 300 },
    );
  });
  it.each([
    ["tall", 500, 300],
    ["wide", 300, 500],
  ])("meets the normal equations: %s", (_, rows, cols) => {
    const a = scattered(rows, cols, 3, 5);
    const b = right(rows);
    const { x } = sparseLeastSquares(a, b);
    const r = multiplyVector(a, x).map((v, i) => b[i] - v);
    expect(largest(multiplyVector(transpose(a), r))).toBeLessThan(1e-11);
  });
  it("of copies of columns each takes half", () => {
    const a = scattered(300, 100, 3, 6);
    const count = a.ptr[100];
    const [idx, values] = [new Int32Array(2 * count), new Float64Array(2 * count)];
    idx.set(a.idx.subarray(0, count));
    idx.set(a.idx.subarray(0, count), count);
    values.set(a.values.subarray(0, count));
    values.set(a.values.subarray(0, count), count);
    const ptr = Int32Array.from({ length: 201 }, (_, k) => (k <= 100 ? a.ptr[k] : count + a.ptr[k - 100]));
    const b = right(300);
    const once = sparseLeastSquares(a, b);
    const twice = sparseLeastSquares({ ...a, cols: 200, ptr, idx, values }, b);
    expect([once.rank, twice.rank]).toEqual([100, 100]);
    for (let j = 0; j < 200; j++) expect(twice.x[j]).toBeCloseTo(once.x[j % 100] / 2, 10);
  });
  it("is what linsolve takes for large sparse matrices: heights from differences, up to a constant", () => {
    const a = differences(40);
    const heights = Float64Array.from({ length: 1600 }, (_, i) => Math.sin(i) + 2);
    const mean = heights.reduce((sum, h) => sum + h, 0) / 1600;
    const solution = linsolveSync(a, multiplyVector(a, heights), { leastSquares: true });
    expect(solution.method).toBe("sparse-qr");
    expect(solution.rank).toBe(1599);
    // The smallest solution has mean zero.
    expect(largest(solution.x!.map((x, i) => x - (heights[i] - mean)))).toBeLessThan(1e-11);
  });
  it("finds the smallest flows through edges that carry given sources away", () => {
    const a = transpose(differences(40));
    const sources = right(1600);
    const mean = sources.reduce((sum, s) => sum + s, 0) / 1600;
    const { x, rank } = sparseLeastSquares(a, sources);
    expect(rank).toBe(1599);
    // Every source is met but for the mean, which cannot be; the smallest flow has a potential.
    expect(largest(multiplyVector(a, x).map((v, i) => sources[i] - mean - v))).toBeLessThan(1e-11);
    const potential = sparseLeastSquares(transpose(a), x).x;
    expect(largest(multiplyVector(transpose(a), potential).map((v, j) => v - x[j]))).toBeLessThan(1e-11);
  });
});
