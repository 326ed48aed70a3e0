import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromTriplets, gridLaplacian, networkJacobian, newtonMatrix, readMatrixMarket, readNetwork, sharedData, type Matrix } from "../../test/support/matrices.ts"; // oxfmt-ignore
import { analyzeLU, DenseLU, singularFailure, SparseLU, type SparseLUOptions } from "./index.ts";

/** fl(a*b) and its error (Dekker, Veltkamp). */
function twoProduct(a: number, b: number): [number, number] {
  const p = a * b;
  const c = 134217729 * a;
  const d = 134217729 * b;
  const a1 = c - (c - a);
  const b1 = d - (d - b);
  return [p, (a - a1) * (b - b1) - (p - a1 * b1 - (a - a1) * b1 - a1 * (b - b1))];
}

/** max_i |b - A x|_i / (|A| |x| + |b|)_i with compensated sums; the backward error of Oettli and Prager. */
function backwardError(a: Matrix, x: Float64Array, b: Float64Array, transposed = false): number {
  const sum = b.slice();
  const low = new Float64Array(a.n);
  const size = Float64Array.from(b, Math.abs);
  for (let j = 0; j < a.n; j++)
    for (let p = a.colPtr[j]; p < a.colPtr[j + 1]; p++) {
      const i = transposed ? j : a.rowIdx[p];
      const [h, e] = twoProduct(-a.values[p], x[transposed ? a.rowIdx[p] : j]);
      const s = sum[i] + h;
      const t = s - sum[i];
      low[i] += sum[i] - (s - t) + (h - t) + e;
      sum[i] = s;
      size[i] += Math.abs(h);
    }
  let worst = 0;
  for (let i = 0; i < a.n; i++) {
    const r = Math.abs(sum[i] + low[i]);
    if (r !== 0) worst = Math.max(worst, r / size[i]);
  }
  return worst;
}

/** Factors and solves with each target (WebAssembly twice: a vector elsewhere, and one of its own), which must agree bit by bit. */
function expectSameBits(a: Matrix, options: SparseLUOptions = {}): void {
  const analysis = analyzeLU(a, options);
  const [plain, wasm] = (["js", "wasm"] as const).map(
    (target) => new SparseLU({ ...analysis, options: { ...options, target } }),
  );
  expect(wasm.target).toBe("wasm");
  for (const values of [a.values, a.values.map((v, p) => v * (1 + (p % 5) / 8))]) {
    expect(wasm.refactor(values)).toEqual(plain.refactor(values));
    const status = plain.factor(values);
    expect(wasm.factor(values)).toEqual(status);
    if (status.kind === "singular") continue;
    const b = ones(a.n);
    const x = b.slice();
    plain.solve(x);
    const y = b.slice();
    wasm.solve(y);
    const z = wasm.vector();
    z.set(b);
    wasm.solve(z);
    const transposed = [plain, wasm].map((lu) => {
      const t = b.slice();
      lu.solveTransposed(t);
      return t;
    });
    for (let i = 0; i < a.n; i++)
      if (!Object.is(y[i], x[i]) || !Object.is(z[i], x[i]) || !Object.is(transposed[1][i], transposed[0][i]))
        expect([i, y[i], z[i], transposed[1][i]]).toEqual([i, x[i], x[i], transposed[0][i]]);
  }
  wasm.dispose();
}

const ones = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 1 + (i % 3));

function solved(a: Matrix, options?: SparseLUOptions): SparseLU {
  const lu = new SparseLU(analyzeLU(a, options));
  expect(lu.factor(a.values).kind).not.toBe("singular");
  return lu;
}

/** Random sparse matrices; `full` ones have a dominant diagonal. */
const matrices = (dominant: boolean) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.tuple(fc.nat(29), fc.nat(29), fc.integer({ min: -8, max: 8 })), { maxLength: 150 }),
    )
    .map(([n, entries]) => {
      const kept = entries.filter(([i, j]) => i < n && j < n);
      const rows = kept.map((e) => e[0]);
      const cols = kept.map((e) => e[1]);
      const x = kept.map((e) => e[2]);
      if (dominant)
        for (let i = 0; i < n; i++) {
          rows.push(i);
          cols.push(i);
          x.push(2000);
        }
      return fromTriplets(n, rows, cols, x);
    });

test("random matrices: the same solution as dense LU, also transposed, under every ordering", () => {
  const ordering = fc.constantFrom("auto", "amd", "markowitz", "natural");
  fc.assert(
    fc.property(matrices(true), ordering, (a, ordering) => {
      const lu = solved(a, { ordering });
      expect(lu.counts.factor).toBe(0);
      const b = ones(a.n);
      const x = b.slice();
      lu.solve(x);
      expect(backwardError(a, x, b)).toBeLessThan(1e-13);
      const y = b.slice();
      lu.solveTransposed(y);
      expect(backwardError(a, y, b, true)).toBeLessThan(1e-13);
    }),
  );
});

test("random matrices with zeros on the diagonal: pivots are found, or the matrix is singular to working precision", () => {
  fc.assert(
    fc.property(matrices(false), (a) => {
      const full = new Float64Array(a.n * a.n);
      for (let j = 0; j < a.n; j++)
        for (let p = a.colPtr[j]; p < a.colPtr[j + 1]; p++) full[a.rowIdx[p] * a.n + j] = a.values[p];
      const dense = new DenseLU(a.n);
      const column = dense.factor(full);
      const lu = new SparseLU(analyzeLU(a, { pivotTolerance: 0.1 }));
      const status = lu.factor(a.values);
      if (column >= 0 || dense.conditionEstimate() > 1e12) return;
      expect(status.kind).not.toBe("singular");
      const b = ones(a.n);
      const x = b.slice();
      lu.solveRefined(a.values, x);
      const reference = b.slice();
      dense.solve(reference);
      const scale = reference.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      const error = x.reduce((m, v, i) => Math.max(m, Math.abs(v - reference[i])), 0);
      expect(error).toBeLessThanOrEqual(1e-13 * scale * dense.conditionEstimate());
      const estimate = lu.conditionEstimate(a.values);
      expect(estimate).toBeLessThanOrEqual(1.001 * 30 * dense.conditionEstimate());
    }),
  );
});

test("WebAssembly and plain functions give the same bits: random matrices, with pivots on and off the diagonal", () => {
  const widths = fc.constantFrom(1, 4, 32);
  fc.assert(
    fc.property(fc.oneof(matrices(true), matrices(false)), widths, (a, maxWidth) =>
      expectSameBits(a, { maxWidth, pivotTolerance: 0.1 }),
    ),
  );
  for (const k of [7, 20]) expectSameBits(gridLaplacian(k, 0.1, 0.3));
});

test("vectors of an LU stay valid when pivots change, and nothing works after dispose", () => {
  const a = fromTriplets(3, [0, 1, 2, 1, 0, 2, 1], [0, 1, 2, 0, 1, 0, 2], [1e-30, 1e-30, 1, 3, 1, 1, 1]);
  const lu = new SparseLU(analyzeLU(a, { target: "wasm" }));
  const x = lu.vector();
  const values = lu.vector(7);
  values.set(a.values);
  expect(lu.factor(values).kind).toBe("pivoted");
  x.set(ones(3));
  lu.solve(x);
  expect(backwardError(a, x, ones(3))).toBeLessThan(1e-15);
  expect(Array.from({ length: 40 }, () => lu.vector()).every((v) => v.length === 3 && v.every((e) => e === 0))).toBe(
    true,
  );
  lu.dispose();
  lu.dispose();
  expect(() => lu.solve(ones(3))).toThrow("holds no factors");
  expect(() => lu.factor(a.values)).toThrow("disposed of");
  expect(() => lu.vector()).toThrow("disposed of");
});

test("refactor with new values keeps the pivots, and searches anew when one becomes small", () => {
  const a = fromTriplets(3, [0, 1, 2, 1, 0, 2, 1], [0, 1, 2, 0, 1, 0, 2], [4, 4, 4, 1, 1, 1, 1]);
  const lu = solved(a);
  const changed = { ...a, values: a.values.map((v) => v * 2 + 1) };
  expect(lu.refactor(changed.values)).toEqual({ kind: "reused", column: -1 });
  const x = ones(3);
  lu.solve(x);
  expect(backwardError(changed, x, ones(3))).toBeLessThan(1e-15);
  // the diagonal vanishes: rows must be exchanged
  const b = fromTriplets(3, [0, 1, 2, 1, 0, 2, 1], [0, 1, 2, 0, 1, 0, 2], [1e-30, 1e-30, 1, 3, 1, 1, 1]);
  expect(lu.refactor(b.values).kind).toBe("pivoted");
  expect(lu.counts).toEqual({ factor: 1, refactor: 2 });
  const y = ones(3);
  lu.solve(y);
  expect(backwardError(b, y, ones(3))).toBeLessThan(1e-15);
  expect(lu.refactor(a.values).kind).not.toBe("singular");
  const z = ones(3);
  lu.solve(z);
  expect(backwardError(a, z, ones(3))).toBeLessThan(1e-15);
});

test("singular matrices name a column of A, leave no factors, and do not spoil the next factor", () => {
  const a = fromTriplets(3, [0, 1, 2, 1], [0, 1, 2, 0], [1, 0, 1, 1]);
  const lu = new SparseLU(analyzeLU(a));
  const status = lu.factor(a.values);
  expect(status).toEqual({ kind: "singular", column: 1 });
  expect(singularFailure(status).message).toContain("column 1");
  expect(() => lu.solve(ones(3))).toThrow("holds no factors");
  expect(lu.factor(Float64Array.from(a.values, (v) => v * NaN)).kind).toBe("singular");
  const good = Float64Array.from(a.values, () => 1);
  expect(lu.factor(good).kind).not.toBe("singular");
  const x = ones(3);
  lu.solve(x);
  expect(backwardError({ ...a, values: good }, x, ones(3))).toBeLessThan(1e-15);
});

test("grid: symmetric pattern takes minimum degree, small residual, condition estimate of the Laplacian", () => {
  const a = gridLaplacian(30);
  const lu = solved(a);
  expect(lu.analysis.ordering).toBe("amd");
  const x = ones(900);
  lu.solve(x);
  expect(backwardError(a, x, ones(900))).toBeLessThan(1e-14);
  const estimate = lu.conditionEstimate(a.values);
  expect(estimate).toBeGreaterThan(300);
  expect(estimate).toBeLessThan(700);
});

test("wide supernodes and padding change the layout, not the answer", () => {
  const a = gridLaplacian(20, 0.1, 0.3);
  for (const maxWidth of [1, 3, 8, 100]) {
    const lu = solved(a, { maxWidth });
    const x = ones(400);
    lu.solve(x);
    expect(backwardError(a, x, ones(400))).toBeLessThan(1e-14);
  }
});

test("wrong lengths and orderings are Failures", () => {
  const a = gridLaplacian(3);
  expect(() => analyzeLU(a, { ordering: Int32Array.of(0, 1) })).toThrow("not a permutation");
  const lu = solved(a);
  expect(() => lu.refactor(new Float64Array(3))).toThrow("3 values for 33 entries");
  expect(() => lu.solve(new Float64Array(3))).toThrow("9 unknowns");
});

const files = ["adder_dcop_05", "bcsstk13", "impcol_a", "west0479"];
const absent = sharedData("matrices") === undefined;
describe.skipIf(absent)(`Matrix Market files${absent ? " (skipped: ../shared is absent)" : ""}`, () => {
  test.each(files)("%s: small residual after one refinement", (name) => {
    const a = readMatrixMarket(sharedData(`matrices/${name}.mtx.gz`)!);
    const lu = solved(a);
    const x = ones(a.n);
    lu.solveRefined(a.values, x);
    expect(backwardError(a, x, ones(a.n))).toBeLessThan(1e-10);
    const y = ones(a.n);
    lu.solveTransposed(y);
    expect(y.every(Number.isFinite)).toBe(true);
  });

  test.each(files)("%s: the same bits with and without WebAssembly", (name) => {
    expectSameBits(readMatrixMarket(sharedData(`matrices/${name}.mtx.gz`)!));
  });

  test("BCR: I - gamma*J keeps diagonal pivots from 1e-4 to 100, at two states", () => {
    const model = readNetwork(sharedData("networks/bcr.net.gz")!);
    const states = [model.initial, Float64Array.from({ length: model.n }, (_, i) => 1 + (i % 7))];
    const lu = new SparseLU(analyzeLU(networkJacobian(model, states[1])));
    expect(lu.analysis.ordering).toBe("markowitz");
    for (const y of states)
      for (const gamma of [1e-4, 1e-2, 1, 100]) {
        const a = newtonMatrix(networkJacobian(model, y), gamma);
        if (gamma === 1) expectSameBits(a);
        expect(lu.refactor(a.values).kind).toBe("reused");
        const x = ones(a.n);
        lu.solve(x);
        expect(backwardError(a, x, ones(a.n))).toBeLessThan(1e-12);
      }
  });
});
