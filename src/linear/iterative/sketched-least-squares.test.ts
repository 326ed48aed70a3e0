// Sketched least squares beside the dense method: ill-conditioned, rank-deficient, consistent and bad input.
import { expect, test } from "vitest";
import { dense, fromTriplets, type Sparse, sparseDiagonal } from "../../array/index.ts";
import { Random } from "../../base/index.ts";
import { leastSquares } from "../dense/index.ts";
import { lsqr } from "./least-squares.ts";
import { SparseProduct } from "../../array/index.ts";
import { sketchedLeastSquares } from "./sketched-least-squares.ts";
import { randomVector, toDense } from "./test-systems.ts";

/** Columns of sizes from 1 to `spread`. */
function tall(rows: number, cols: number, spread: number, seed: number): Sparse {
  const random = new Random(seed, 79);
  const [row, col, values]: number[][] = [[], [], []];
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < 5; k++) {
      const j = Math.floor(random.next() * cols);
      row.push(i);
      col.push(j);
      values.push((random.next() - 0.5) * spread ** (j / cols));
    }
  return fromTriplets({ rows, cols, row, col, values });
}

test("an ill-conditioned tall matrix: the dense solution in few steps, where lsqr alone needs many", () => {
  const matrix = tall(800, 40, 1e-6, 1);
  const b = randomVector(800, 2);
  const exact = leastSquares(dense(800, 40, toDense(matrix)), b);
  const result = sketchedLeastSquares(matrix, b, { tolerance: 1e-12 });
  expect(result.status, result.reason).toBe("converged");
  expect(result.rank).toBe(40);
  expect(result.condition).toBeGreaterThan(1e5);
  expect(result.iterations).toBeLessThan(100);
  result.x.forEach((v, j) => expect(Math.abs(v - exact.x[j])).toBeLessThan(1e-6 * Math.abs(exact.x[j]) + 1e-9));
  const product = new SparseProduct(matrix);
  const plain = lsqr(product, b, { tolerance: 1e-12, limit: 100 });
  expect(plain.status).toBe("limit");
  expect(sketchedLeastSquares(product, b, { tolerance: 1e-12 }).x).toEqual(result.x);
  product.dispose();
});

test("rank-deficient: the rank is found, and a minimum", () => {
  const matrix = tall(300, 20, 1, 3);
  // Column 20 is the sum of columns 0 and 1.
  const [row, col, values]: number[][] = [[], [], []];
  for (let i = 0; i < 300; i++)
    for (let p = matrix.ptr[i]; p < matrix.ptr[i + 1]; p++)
      for (const j of matrix.idx[p] < 2 ? [matrix.idx[p], 20] : [matrix.idx[p]]) {
        row.push(i);
        col.push(j);
        values.push(matrix.values[p]);
      }
  const wide = fromTriplets({ rows: 300, cols: 21, row, col, values });
  const b = randomVector(300, 4);
  const result = sketchedLeastSquares(wide, b, { tolerance: 1e-12 });
  expect(result.rank).toBe(20);
  const exact = leastSquares(dense(300, 21, toDense(wide)), b);
  expect(result.residual).toBeCloseTo(exact.residual, 10);
  expect(result.normalResidual).toBeLessThan(1e-10);
});

test("square, empty, zero and bad input", () => {
  const same = sketchedLeastSquares(sparseDiagonal([1, 2, 4]), Float64Array.of(1, 2, 4));
  same.x.forEach((v) => expect(v).toBeCloseTo(1, 10));
  expect(sketchedLeastSquares(sparseDiagonal([1, 2]), new Float64Array(2)).residual).toBe(0);
  expect(sketchedLeastSquares(sparseDiagonal([]), new Float64Array(0)).x.length).toBe(0);
  expect(() => sketchedLeastSquares(fromTriplets({ rows: 1, cols: 2, row: [], col: [], values: [] }), Float64Array.of(1))).toThrow("more rows than columns"); // oxfmt-ignore
  expect(() => sketchedLeastSquares(sparseDiagonal([1]), Float64Array.of(Number.NaN))).toThrow("NaN at place 0");
});
