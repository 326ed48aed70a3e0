// Preconditioners: exact inverses where the pattern has no fill, the promised symmetry, step counts, bad input.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromTriplets, poisson, type Sparse, sparseDiagonal, SparseProduct, transpose } from "../../array/index.ts";
import { DenseLU } from "../dense-lu.ts";
import { bicgstab } from "../iterative/bicgstab.ts";
import { cg } from "../iterative/cg.ts";
import { gmres } from "../iterative/gmres.ts";
import { convection, randomMatrix, randomVector, toDense } from "../iterative/test-systems.ts";
import type { Preconditioner } from "../operator.ts";
import { amg } from "./amg.ts";
import { blockJacobi } from "./block-jacobi.ts";
import { geometricMultigrid } from "./geometric-multigrid.ts";
import { type GivenMatrix } from "./given.ts";
import { ic0 } from "./ic0.ts";
import { ict } from "./ict.ts";
import { ilu0 } from "./ilu0.ts";
import { ilut } from "./ilut.ts";
import { jacobiPreconditioner } from "./jacobi.ts";
import { ssorPreconditioner } from "./ssor.ts";

const distance = (x: Float64Array, y: Float64Array): number => Math.hypot(...x.map((v, i) => v - y[i])) / Math.hypot(...y); // oxfmt-ignore

function dense(matrix: Sparse, b: Float64Array): Float64Array {
  const lu = new DenseLU(matrix.rows, { target: "js" });
  expect(lu.factor(toDense(matrix))).toBe(-1);
  const x = b.slice();
  lu.solve(x);
  return x;
}

const applied = (m: Preconditioner, r: Float64Array): Float64Array => {
  const z = new Float64Array(r.length);
  m.apply(r, z);
  return z;
};

/** Factors without fill: tridiagonal, or with enough room for all of it. */
const exact: readonly (readonly [string, (a: GivenMatrix) => Preconditioner, Sparse])[] = [
  ["IC(0)", ic0, poisson(30, 1)],
  ["ICT", (a) => ict(a, { drop: 0, fill: 100 }), poisson(6)],
  ["ILU(0)", ilu0, fromTriplets({ rows: 4, cols: 4, row: [0, 0, 1, 1, 1, 2, 2, 2, 3, 3], col: [0, 1, 0, 1, 2, 1, 2, 3, 2, 3], values: [3, 1, -1, 4, 2, 1, 5, -2, 1, 2] })],
  ["ILUT", (a) => ilut(a, { drop: 0, fill: 100 }), convection(6)],
  ["block Jacobi", (a) => blockJacobi(a, { blocks: 36 }), convection(6)],
  ["Jacobi", jacobiPreconditioner, sparseDiagonal([2, -3, 4])],
  ["SSOR", ssorPreconditioner, sparseDiagonal([2, 3, 4])],
  ["smoothed aggregation", amg, poisson(10)],
  ["geometric multigrid", (a) => geometricMultigrid(a, { grid: [10, 10] }), poisson(10)],
]; // oxfmt-ignore

test.each(exact)("%s is the inverse where nothing is left out, in the memory of the matrix and in its own", (_name, make, matrix) => {
  const r = randomVector(matrix.rows, 1);
  const expected = dense(matrix, r);
  const product = new SparseProduct(matrix);
  for (const given of [matrix, product, new SparseProduct(matrix, { bytes: 1 })]) {
    const m = make(given);
    expect(distance(applied(m, r), expected)).toBeLessThan(1e-12);
    const [here, there] = [m.runtime!.f64(r.length), m.runtime!.f64(r.length)];
    here.set(r);
    m.apply(here, there);
    expect(distance(there, expected)).toBeLessThan(1e-12);
    if (m.applyDot) expect(m.applyDot(r, new Float64Array(r.length))).toBeCloseTo(r.reduce((s, v, i) => s + v * expected[i], 0), 10);
    m.dispose?.();
  }
}); // oxfmt-ignore

const symmetric: readonly (readonly [string, (a: GivenMatrix) => Preconditioner])[] = [
  ["Jacobi", jacobiPreconditioner],
  ["SSOR", (a) => ssorPreconditioner(a, { omega: 1.4 })],
  ["IC(0)", ic0],
  ["ICT", (a) => ict(a, { drop: 0.05, fill: 2 })],
  ["block Jacobi", (a) => blockJacobi(a, { blocks: 4 })],
  ["smoothed aggregation", (a) => amg(a, { coarsest: 6 })],
];

describe.each(symmetric)("%s", (_name, make) => {
  test("is symmetric, positive definite, and speeds up cg to the same solution", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(1000), (n, seed) => {
        const matrix = randomMatrix(n, "definite", seed);
        const m = make(matrix);
        expect(m.symmetric).toBe(true);
        const [u, v] = [randomVector(n, seed), randomVector(n, seed + 1)];
        const [mu, mv] = [applied(m, u), applied(m, v)];
        const dot = (x: Float64Array, y: Float64Array): number => x.reduce((s, each, i) => s + each * y[i], 0);
        expect(Math.abs(dot(mu, v) - dot(u, mv))).toBeLessThan(1e-10 * (1 + Math.abs(dot(mu, v))));
        expect(dot(mu, u)).toBeGreaterThan(0);
        const product = new SparseProduct(matrix);
        const result = cg(product, u, { preconditioner: m, tolerance: 1e-11 });
        expect(result.status, result.reason).toBe("converged");
        expect(distance(result.x, dense(matrix, u))).toBeLessThan(1e-8);
        product.dispose();
        m.dispose?.();
      }),
      { numRuns: 25 },
    );
  });
});

test("steps on Poisson's equation: those of PETSc 3.18, and independent of the size for multigrid", () => {
  const product = new SparseProduct(poisson(150));
  const b = new Float64Array(22_500).fill(1);
  const steps = (preconditioner: Preconditioner): number => cg(product, b, { preconditioner }).iterations;
  expect(Math.abs(steps(ic0(product)) - 117)).toBeLessThanOrEqual(3);
  expect(Math.abs(steps(ssorPreconditioner(product, { omega: 1.5 })) - 83)).toBeLessThanOrEqual(3);
  expect(steps(ict(product, { drop: 0.01, fill: 5 }))).toBeLessThan(60);
  product.dispose();
  for (const size of [31, 64, 128]) {
    const grid = new SparseProduct(poisson(size));
    const right = new Float64Array(size * size).fill(1);
    expect(cg(grid, right, { preconditioner: amg(grid) }).iterations).toBeLessThanOrEqual(13);
    const geometric = geometricMultigrid(grid, { grid: [size, size] });
    expect(cg(grid, right, { preconditioner: geometric }).iterations).toBeLessThanOrEqual(11);
    grid.dispose();
  }
  const cube = new SparseProduct(poisson(20, 3));
  const ones = new Float64Array(8000).fill(1);
  expect(cg(cube, ones, { preconditioner: amg(cube) }).iterations).toBeLessThanOrEqual(12);
  expect(cg(cube, ones, { preconditioner: geometricMultigrid(cube, { grid: [20, 20, 20] }) }).iterations).toBeLessThanOrEqual(12); // oxfmt-ignore
  cube.dispose();
});

test("nonsymmetric preconditioners with gmres and bicgstab", () => {
  const matrix = convection(20);
  const product = new SparseProduct(matrix);
  const b = randomVector(400, 2);
  const plain = gmres(product, b).iterations;
  for (const preconditioner of [ilu0(product), ilut(product), blockJacobi(product, { blocks: 20 })])
    for (const method of [gmres, bicgstab]) {
      const result = method(product, b, { preconditioner });
      expect(result.status).toBe("converged");
      expect(result.iterations).toBeLessThan(plain);
    }
  expect(ilut(product).replaced).toBe(0);
  product.dispose();
});

test("a matrix of order 0", () => {
  const none = sparseDiagonal([]);
  for (const make of [jacobiPreconditioner, ssorPreconditioner, ic0, ict, ilu0, ilut, blockJacobi, amg])
    expect(applied(make(none), new Float64Array(0)).length).toBe(0);
});

test("IC(0) of a matrix whose incomplete pivots are negative takes a shift, and says which", () => {
  // Kershaw's (1978) positive definite matrix.
  const matrix = fromTriplets({
    rows: 4, cols: 4,
    row: [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], col: [0, 1, 3, 0, 1, 2, 1, 2, 3, 0, 2, 3], values: [3, -2, 2, -2, 3, -2, -2, 3, -2, 2, -2, 3],
  }); // oxfmt-ignore
  const m = ic0(matrix);
  expect(m.shift).toBeGreaterThan(0);
  expect(m.name).toContain("shift");
  const b = randomVector(4, 3);
  expect(distance(cg(new SparseProduct(matrix), b, { preconditioner: m, tolerance: 1e-12 }).x, dense(matrix, b))).toBeLessThan(1e-9); // oxfmt-ignore
});

test("what cannot be preconditioned is refused", () => {
  const indefinite = sparseDiagonal([1, -1]);
  for (const make of [ic0, ict, amg]) expect(() => make(indefinite)).toThrow("not positive definite");
  const general = convection(3);
  for (const make of [ic0, ict, amg]) expect(() => make(general)).toThrow("symmetric");
  const hollow = fromTriplets({ rows: 2, cols: 2, row: [0, 1], col: [1, 0], values: [1, 1] });
  for (const make of [jacobiPreconditioner, ssorPreconditioner]) expect(() => make(hollow)).toThrow("the diagonal is zero at row 0"); // oxfmt-ignore
  expect(() => ilu0(hollow)).toThrow("the pivot of row 0 is 0");
  expect(ilut(hollow).replaced).toBe(1);
  expect(() => ilut(fromTriplets({ rows: 2, cols: 2, row: [0], col: [0], values: [1] }))).toThrow("row 1 is empty");
  expect(() => blockJacobi(hollow, { blocks: 1 })).toThrow("block 0 (rows 0 to 0) is singular");
  for (const make of [jacobiPreconditioner, ic0, ilu0]) {
    expect(() => make({ ...general, rows: 9, cols: 9, values: general.values.map(() => Number.NaN) })).toThrow("NaN at row 0");
    expect(() => make(transpose({ ...sparseDiagonal([1]), cols: 2 }))).toThrow("not square");
  }
  expect(() => geometricMultigrid(general, { grid: [3, 4] })).toThrow("3 x 4 points for 9 unknowns");
}); // oxfmt-ignore

test("multigrid of a singular matrix, and of unknowns that nothing joins", () => {
  // Neumann values: the coarsest matrix is singular too.
  const n = 400;
  const [row, col, values]: number[][] = [[], [], []];
  for (let i = 0; i < n; i++)
    for (const j of [i - 1, i + 1])
      if (j >= 0 && j < n) {
        row.push(i, i);
        col.push(j, i);
        values.push(-1, 1);
      }
  const product = new SparseProduct(fromTriplets({ rows: n, cols: n, row, col, values }));
  const b = Float64Array.from({ length: n }, (_, i) => (i < n / 2 ? 1 : -1));
  expect(cg(product, b, { preconditioner: amg(product, { coarsest: 20 }) }).status).toBe("converged");
  const loose = amg(sparseDiagonal(randomVector(300, 4).map((v) => 2 + v)));
  expect(loose.sizes).toEqual([300]);
  expect(cg(product, b).status).toBe("converged");
});

test("what is disposed of in the memory of a matrix makes room again, if it was the last thing there", () => {
  const product = new SparseProduct(poisson(8));
  const { used } = product.runtime;
  for (const make of [jacobiPreconditioner, ic0, ilu0, amg, blockJacobi, ssorPreconditioner]) {
    const [first, second] = [make(product), make(product)];
    expect(first.runtime).toBe(product.runtime);
    first.dispose!();
    expect(product.runtime.used).toBeGreaterThan(used);
    expect(second.apply(new Float64Array(64), new Float64Array(64))).toBeUndefined();
    second.dispose!();
    second.dispose!();
    product.runtime.release(used);
  }
  product.dispose();
  const late = new SparseProduct(poisson(3));
  const m = ic0(late);
  late.dispose();
  expect(() => m.dispose!()).not.toThrow();
});
