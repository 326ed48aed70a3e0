// Every method for square systems on small systems of its kind, beside the dense LU; and what they say of bad input.
import fc from "fast-check";
import { expect, test, describe } from "vitest";
import {
  multiplyVector,
  poisson,
  type Sparse,
  sparseDiagonal,
  SparseProduct,
  fromTriplets,
} from "../../array/index.ts";
import { DenseLU } from "../dense-lu.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { jacobiPreconditioner } from "../precondition/jacobi.ts";
import { ssorPreconditioner } from "../precondition/ssor.ts";
import { bicgstab } from "./bicgstab.ts";
import { cg, flexibleCg } from "./cg.ts";
import { chebyshev } from "./chebyshev.ts";
import { deflatedCg } from "./deflated-cg.ts";
import { gcroDr, Recycler } from "./gcro-dr.ts";
import { idr } from "./idr.ts";
import { gaussSeidel, jacobi, richardson, sor, ssor } from "./stationary.ts";
import { fgmres, gmres } from "./gmres.ts";
import type { IterativeOptions } from "./iteration.ts";
import { minres } from "./minres.ts";
import { convection, type Kind, randomMatrix, randomVector, toDense } from "./test-systems.ts";

type Method = (operator: LinearOperator, b: Float64Array, options: IterativeOptions) => IterativeResult;

/** The methods and the most general kind of matrix that each is for. */
const methods: readonly (readonly [string, Method, Kind | "any"])[] = [
  ["cg", cg, "definite"],
  ["flexible cg", (a, b, o) => flexibleCg(a, b, { ...o, preconditioner: o.preconditioner ?? identity(a.rows) }), "definite"],
  ["minres", minres, "indefinite"],
  ["gmres", gmres, "any"],
  ["gmres(5)", (a, b, o) => gmres(a, b, { ...o, restart: 5 }), "general"],
  ["fgmres", fgmres, "any"],
  ["bicgstab", bicgstab, "general"],
  ["idr", idr, "general"],
  ["idr(1)", (a, b, o) => idr(a, b, { ...o, s: 1 }), "general"],
  ["gcro-dr", (a, b, o) => gcroDr(a, b, { ...o, restart: 8, keep: 3 }), "general"],
  ["chebyshev", chebyshev, "definite"],
  ["deflated cg", (a, b, o) => deflatedCg(a, b, { ...o, deflation: a.rows > 4 ? [randomVector(a.rows, 9), randomVector(a.rows, 10)] : [] }), "definite"],
]; // oxfmt-ignore

const identity = (n: number) => ({
  name: "identity",
  n,
  symmetric: true,
  entries: 0,
  apply: (r: Float64Array, z: Float64Array) => z.set(r),
});

const kinds: Record<Kind | "any", readonly Kind[]> = {
  definite: ["definite"],
  indefinite: ["definite", "indefinite"],
  // Short recurrences and early restarts may stagnate on indefinite matrices.
  general: ["definite", "general"],
  any: ["definite", "indefinite", "general"],
};

function dense(matrix: Sparse, b: Float64Array): Float64Array {
  const lu = new DenseLU(matrix.rows, { target: "js" });
  expect(lu.factor(toDense(matrix))).toBe(-1);
  const x = b.slice();
  lu.solve(x);
  return x;
}

const distance = (x: Float64Array, y: Float64Array): number => Math.hypot(...x.map((v, i) => v - y[i])) / Math.hypot(...y); // oxfmt-ignore

/** |b - A x| / |b| by plain loops. */
function residualOf(matrix: Sparse, x: Float64Array, b: Float64Array): number {
  const y = multiplyVector(matrix, x);
  return Math.hypot(...b.map((v, i) => v - y[i])) / Math.hypot(...b);
}

/** An operator without compiled products. */
const plain = (matrix: Sparse): LinearOperator => ({
  rows: matrix.rows,
  cols: matrix.cols,
  apply: (x, y) => void multiplyVector(matrix, x, y),
});

describe.each(methods)("%s", (_name, method, most) => {
  test("random systems, compiled and plain operators, with and without a preconditioner", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(1000), fc.constantFrom(...kinds[most]), fc.nat(2), (n, seed, kind, pre) => {
        const matrix = randomMatrix(n, kind, seed);
        const b = randomVector(n, seed);
        const product = new SparseProduct(matrix);
        const symmetric = kind !== "indefinite";
        const preconditioner = pre === 1 && symmetric ? jacobiPreconditioner(product) : pre === 2 && symmetric ? ssorPreconditioner(matrix) : undefined;
        const usable = preconditioner?.symmetric || kind === "general" ? preconditioner : undefined;
        const expected = dense(matrix, b);
        for (const operator of [product, plain(matrix)]) {
          const result = method(operator, b, { tolerance: 1e-11, preconditioner: usable });
          expect(result.status, result.reason).toBe("converged");
          expect(result.residual).toBeLessThanOrEqual(1e-11);
          expect(residualOf(matrix, result.x, b)).toBeLessThan(2e-11);
          expect(distance(result.x, expected)).toBeLessThan(1e-8);
          expect(result.history.length).toBe(result.iterations);
        }
        preconditioner?.dispose?.();
        product.dispose();
      }),
      { numRuns: 40 },
    );
  }); // oxfmt-ignore

  test("a memory without room for vectors: they are copied, the solution is the same", () => {
    const a = poisson(200, 1);
    const [small, large] = [new SparseProduct(a, { bytes: 1 }), new SparseProduct(a)];
    small.runtime.f64(Math.floor((small.runtime.capacity - small.runtime.used - 32) / 8));
    const b = randomVector(200, 11);
    const [one, two] = [small, large].map((operator) => method(operator, b, { limit: 30, tolerance: 1e-10 }));
    expect(one.residual).toBeCloseTo(two.residual, 8);
    expect(one.iterations).toBe(two.iterations);
    large.dispose();
    small.dispose();
  });

  test("orders 0 and 1, a zero right side, a good x0, a limit", () => {
    const none = method(new SparseProduct(sparseDiagonal([])), new Float64Array(0), {});
    expect([none.status, none.x.length, none.residual]).toEqual(["converged", 0, 0]);
    const one = method(new SparseProduct(sparseDiagonal([4])), Float64Array.of(2), {});
    expect([one.status, one.x[0]]).toEqual(["converged", expect.closeTo(0.5, 7)]);
    const a = poisson(6);
    const product = new SparseProduct(a);
    const zero = method(product, new Float64Array(36), { x0: randomVector(36, 1) });
    expect(zero.x.every((v) => v === 0)).toBe(true);
    const b = randomVector(36, 2);
    const x = dense(a, b);
    const near = method(product, b, { x0: x });
    expect([near.status, near.iterations]).toEqual(["converged", 0]);
    const short = method(product, b, { limit: 2, tolerance: 1e-12 });
    expect([short.status, short.iterations]).toEqual(["limit", 2]);
    expect(short.residual).toBeCloseTo(residualOf(a, short.x, b), 10);
    const stopped = method(product, b, { signal: AbortSignal.abort() });
    expect([stopped.status, stopped.stop?.kind]).toEqual(["limit", "cancelled"]);
    product.dispose();
  });

  test("very large and very small numbers", () => {
    const a = poisson(5);
    const product = new SparseProduct(a);
    for (const scale of [1e250, 1e-250]) {
      const b = randomVector(25, 3).map((v) => v * scale);
      const { status, x } = method(product, b, { tolerance: 1e-10 });
      expect(status).toBe("converged");
      expect(distance(x.map((v) => v / scale), dense(a, b.map((v) => v / scale)))).toBeLessThan(1e-8); // oxfmt-ignore
    }
    product.dispose();
  });

  test("a tolerance that the arithmetic cannot reach ends, with the residual that was reached", () => {
    const a = poisson(12);
    const product = new SparseProduct(a);
    const b = randomVector(144, 4);
    const result = method(product, b, { tolerance: 1e-18 });
    expect(["stalled", "breakdown", "limit"]).toContain(result.status);
    expect(result.residual).toBeLessThan(1e-13);
    product.dispose();
  });

  test("an inconsistent singular system is never called solved", () => {
    // The Laplacian with Neumann values: rows add up to zero, b does not.
    const a = fromTriplets({ rows: 3, cols: 3, row: [0, 0, 1, 1, 1, 2, 2], col: [0, 1, 0, 1, 2, 1, 2], values: [1, -1, -1, 2, -1, -1, 1] });
    const result = method(new SparseProduct(a), Float64Array.of(1, 2, 4), {});
    expect(["stalled", "breakdown", "limit"]).toContain(result.status);
    expect(result.residual).toBeGreaterThan(0.5);
    expect(result.x.every(Number.isFinite)).toBe(true);
    const consistent = method(new SparseProduct(a), Float64Array.of(1, 2, -3), {});
    expect(consistent.status, consistent.reason).toBe("converged");
  }); // oxfmt-ignore

  test("nor are others: sums of rows are 0, and that of b is not", () => {
    const whole = fc.integer({ min: -4, max: 4 });
    const systems = fc.integer({ min: 2, max: 7 }).chain((n) =>
      fc.record({
        c: fc.array(fc.array(whole, { minLength: n, maxLength: n }), { minLength: n - 1, maxLength: n - 1 }),
        b: fc.array(whole, { minLength: n, maxLength: n }),
      }),
    ); // oxfmt-ignore
    fc.assert(
      fc.property(systems, ({ c, b }) => {
        const n = b.length;
        const total = b.reduce((sum, v) => sum + v, 0);
        fc.pre(total !== 0);
        const rows = [...c, Array.from({ length: n }, (_, j) => -c.reduce((sum, row) => sum + row[j], 0))];
        const values = rows.flatMap((p) => rows.map((q) => p.reduce((sum, v, j) => sum + v * q[j], 0)));
        const places = values.map((_, p) => p);
        const a = fromTriplets({ rows: n, cols: n, row: places.map((p) => Math.floor(p / n)), col: places.map((p) => p % n), values });
        const product = new SparseProduct(a);
        const result = method(product, Float64Array.from(b), {});
        product.dispose();
        expect(result.status).not.toBe("converged");
        expect(result.residual).toBeGreaterThan(1e-8);
      }),
      { numRuns: 40 },
    ); // oxfmt-ignore
    const product = new SparseProduct(fromTriplets({ rows: 2, cols: 2, row: [0, 0, 1, 1], col: [0, 1, 0, 1], values: [1, 2, 2, 4] }));
    expect(method(product, Float64Array.of(1, 3), {}).status).not.toBe("converged");
    product.dispose();
  }); // oxfmt-ignore

  test("what is not finite is refused or ends the method", () => {
    const product = new SparseProduct(poisson(3));
    expect(() => method(product, new Float64Array(9).fill(Number.NaN), {})).toThrow(
      "the right side has NaN at place 0",
    );
    expect(() => method(product, new Float64Array(8), {})).toThrow("8 elements, and 9 are needed");
    expect(() => method(product, new Float64Array(9), { tolerance: -1 })).toThrow("tolerance");
    expect(() => method(poisson(3) as unknown as LinearOperator, new Float64Array(9), {})).toThrow("SparseProduct");
    expect(() => new SparseProduct(sparseDiagonal([1, Number.NaN]))).toThrow("row 1, column 1");
    const bad: LinearOperator = { rows: 4, cols: 4, apply: (_x, y) => void y.fill(Number.NaN) };
    const result = method(bad, Float64Array.of(1, 2, 3, 4), {});
    expect(result.status).toBe("breakdown");
    expect(result.x.every(Number.isFinite)).toBe(true);
    product.dispose();
  });
});

test("cg finds that a matrix is not positive definite", () => {
  const result = cg(new SparseProduct(sparseDiagonal([1, -1, 2])), Float64Array.of(1, 3, 1));
  expect([result.status, result.reason]).toEqual(["breakdown", expect.stringContaining("not positive definite")]);
});

test("steps of cg and of gmres on known systems", () => {
  // Eigenvalues 2d distinct values: at most that many steps.
  const product = new SparseProduct(sparseDiagonal([1, 2, 3, 1, 2, 3, 1, 2, 3]));
  expect(cg(product, randomVector(9, 5), { tolerance: 1e-12 }).iterations).toBe(3);
  expect(gmres(product, randomVector(9, 5), { tolerance: 1e-12 }).iterations).toBe(3);
  // PETSc 3.18 needs 279 steps too; the engine may fuse products and sums.
  const grid = new SparseProduct(poisson(150));
  expect(cg(grid, new Float64Array(22_500).fill(1), { preconditioner: jacobiPreconditioner(grid) }).iterations).toBe(
    279,
  );
  grid.dispose();
});

test("gcro-dr carries its vectors to related systems, and needs fewer steps", () => {
  const a = convection(24, 200);
  const product = new SparseProduct(a);
  const recycler = new Recycler();
  const alone: number[] = [];
  const recycled: number[] = [];
  for (let t = 0; t < 4; t++) {
    const b = randomVector(576, 20 + t);
    const values = a.values.map((v, p) => v * (1 + 0.001 * t * ((p % 7) - 3)));
    product.replace({ ...a, values });
    alone.push(gmres(product, b, { restart: 20 }).products);
    const result = gcroDr(product, b, { restart: 20, keep: 8, recycler });
    expect(result.status).toBe("converged");
    expect(residualOf({ ...a, values }, result.x, b)).toBeLessThan(1.1e-8);
    recycled.push(result.products);
  }
  expect(recycler.vectors.length).toBeGreaterThan(5);
  expect(recycled[3]).toBeLessThan(0.8 * alone[3]);
  product.dispose();
});

test("deflation by the smallest eigenvectors takes away their steps", () => {
  const n = 200;
  const d = Float64Array.from({ length: n }, (_, i) => (i < 5 ? 1e-5 * (i + 1) : 1 + i / n));
  const product = new SparseProduct(sparseDiagonal(d));
  const b = randomVector(n, 7);
  const deflation = Array.from({ length: 5 }, (_, k) =>
    Float64Array.from({ length: n }, (_each, i) => (i === k ? 1 : 0)),
  );
  const [plainly, deflated] = [cg(product, b, { tolerance: 1e-10 }), deflatedCg(product, b, { tolerance: 1e-10, deflation })]; // oxfmt-ignore
  expect([plainly.status, deflated.status]).toEqual(["converged", "converged"]);
  expect(deflated.iterations).toBeLessThan(0.7 * plainly.iterations);
  const twice = [deflation[0], deflation[0]];
  expect(() => deflatedCg(product, b, { deflation: twice })).toThrow("deflation vector 1 depends");
});

test("stationary methods: the rates of the theory, and refusals", () => {
  // The spectral radius of Jacobi is cos(pi / 11) = c, of Gauss-Seidel c^2, of the best SOR omega - 1 (Young).
  const a = poisson(10);
  const b = randomVector(100, 8);
  const expected = dense(a, b);
  const radius = Math.cos(Math.PI / 11);
  const best = 2 / (1 + Math.sqrt(1 - radius * radius));
  const options = { tolerance: 1e-9, limit: 5000 };
  const results = [jacobi(a, b, options), gaussSeidel(a, b, options), sor(a, b, { ...options, omega: best }), ssor(a, b, { ...options, omega: best }), richardson(new SparseProduct(a), b, { ...options, omega: 0.25 })]; // oxfmt-ignore
  for (const result of results) {
    expect(result.status).toBe("converged");
    expect(distance(result.x, expected)).toBeLessThan(1e-7);
  }
  const rate = ({ history }: IterativeResult, from: number, to: number): number => (history[to] / history[from]) ** (1 / (to - from)); // oxfmt-ignore
  expect(rate(results[0], 200, 400)).toBeCloseTo(radius, 3);
  expect(rate(results[1], 100, 200)).toBeCloseTo(radius * radius, 3);
  expect(results[2].iterations).toBeLessThan(results[1].iterations / 4);
  expect(results[4].history[100]).toBeCloseTo(results[0].history[100], 12);
  const product = new SparseProduct(a, { bytes: 1 });
  expect(distance(sor(product, b, { ...options, omega: best }).x, results[2].x)).toBe(0);
  expect(() => sor(a, b, { omega: 2 })).toThrow("0 < omega < 2");
  expect(() => gaussSeidel(fromTriplets({ rows: 1, cols: 1, row: [], col: [], values: [] }), Float64Array.of(1))).toThrow("the diagonal is zero at row 0"); // oxfmt-ignore
  const wild = jacobi(randomMatrix(20, "general", 3), randomVector(20, 1), { omega: 5 });
  expect(wild.status).not.toBe("converged");
  expect(wild.residual).toBeLessThanOrEqual(1);
});

test("convection: gmres and bicgstab agree with the dense solution", () => {
  const a = convection(12);
  const b = randomVector(144, 6);
  const product = new SparseProduct(a);
  const expected = dense(a, b);
  for (const method of [gmres, bicgstab, fgmres, idr, gcroDr]) {
    const result = method(product, b, { tolerance: 1e-12, preconditioner: ssorPreconditioner(product) });
    expect(distance(result.x, expected)).toBeLessThan(1e-10);
  }
  product.dispose();
});

test("an unsymmetric preconditioner is refused where a symmetric one is needed", () => {
  const product = new SparseProduct(poisson(3));
  const preconditioner = { ...identity(9), symmetric: false };
  expect(() => cg(product, new Float64Array(9), { preconditioner })).toThrow("symmetric preconditioner");
  expect(() => minres(product, new Float64Array(9), { preconditioner })).toThrow("symmetric preconditioner");
});
