// LSQR and LSMR beside the dense least-squares solution; rank-deficient, inconsistent and empty systems.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dense, fromTriplets, poisson, type Sparse, SparseProduct } from "../../array/index.ts";
import { Random } from "../../base/index.ts";
import { leastSquares } from "../dense/index.ts";
import { lsmr, lsqr } from "./least-squares.ts";
import { randomVector, toDense } from "./test-systems.ts";

function rectangular(rows: number, cols: number, seed: number): Sparse {
  const random = new Random(seed, 73);
  const count = 4 * Math.max(rows, cols);
  const place = (of: number): number[] => Array.from({ length: count }, () => Math.floor(random.next() * of));
  const values = Array.from({ length: count }, () => random.next() - 0.5);
  return fromTriplets({ rows, cols, row: place(rows), col: place(cols), values });
}

const distance = (x: Float64Array, y: Float64Array): number => Math.hypot(...x.map((v, i) => v - y[i])) / (1e-300 + Math.hypot(...y)); // oxfmt-ignore

describe.each([
  ["lsqr", lsqr],
  ["lsmr", lsmr],
] as const)("%s", (_name, method) => {
  test("random shapes and ranks: the solution of least squares and of least norm", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 1, max: 25 }),
        fc.nat(1000),
        (rows, cols, seed) => {
          const matrix = rectangular(rows, cols, seed);
          const b = randomVector(rows, seed);
          const product = new SparseProduct(matrix);
          const result = method(product, b, { tolerance: 1e-13, limit: 3000 });
          expect(Math.min(result.residual, result.normalResidual!), result.reason).toBeLessThan(1e-11);
          const { x, residual } = leastSquares(dense(rows, cols, toDense(matrix)), b);
          expect(result.residual).toBeCloseTo(residual, 7);
          // The same smallest-norm solution: A x and |x| agree, and where the matrix is well conditioned x does.
          expect(Math.hypot(...result.x)).toBeLessThan(1.0001 * Math.hypot(...x) + 1e-6);
          product.dispose();
        },
      ),
      { numRuns: 40 },
    );
  });

  test("square systems are solved; a plain operator gives the same", () => {
    const a = poisson(8);
    const b = randomVector(64, 1);
    const product = new SparseProduct(a);
    const plain = {
      rows: 64,
      cols: 64,
      apply: (x: Float64Array, y: Float64Array) => product.apply(x.slice(), y),
      applyTransposed: (x: Float64Array, y: Float64Array) => product.applyTransposed(x.slice(), y),
    };
    const [one, two] = [method(product, b, { tolerance: 1e-11 }), method(plain, b, { tolerance: 1e-11 })];
    expect([one.status, two.status]).toEqual(["converged", "converged"]);
    expect(distance(one.x, two.x)).toBeLessThan(1e-8);
    product.dispose();
  });

  test("an inconsistent system: the least-squares solution is called so, with the residual that is left", () => {
    const a = new SparseProduct(fromTriplets({ rows: 3, cols: 1, row: [0, 1, 2], col: [0, 0, 0], values: [1, 1, 1] }));
    const result = method(a, Float64Array.of(1, 2, 6));
    expect([result.status, result.x[0]]).toEqual(["converged", expect.closeTo(3, 12)]);
    expect(result.reason).toContain("least-squares");
    expect(result.residual).toBeCloseTo(Math.sqrt(14 / 41), 12);
    expect(result.normalResidual).toBeLessThan(1e-8);
  });

  test("zero, empty and bad input", () => {
    const empty = new SparseProduct(fromTriplets({ rows: 2, cols: 3, row: [], col: [], values: [] }));
    const none = method(empty, Float64Array.of(1, 1));
    expect([none.status, ...none.x, none.residual]).toEqual(["converged", 0, 0, 0, 1]);
    const a = new SparseProduct(poisson(2));
    expect(method(a, new Float64Array(4)).status).toBe("converged");
    expect(method(a, Float64Array.of(1, 2, 3, 4), { limit: 1 }).status).toBe("limit");
    expect(() => method({ rows: 1, cols: 1, apply: (x, y) => y.set(x) }, Float64Array.of(1))).toThrow("transpose");
    expect(() => method(a, Float64Array.of(1, 2, 3, Infinity))).toThrow("Infinity at place 3");
    const nan = { rows: 2, cols: 2, apply: (_x: Float64Array, y: Float64Array) => void y.fill(Number.NaN), applyTransposed: (_x: Float64Array, y: Float64Array) => void y.fill(1) }; // oxfmt-ignore
    const broken = method(nan, Float64Array.of(1, 2));
    expect(broken.status).toBe("breakdown");
    expect(broken.x.every(Number.isFinite)).toBe(true);
  });
});
