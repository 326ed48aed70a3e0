import * as fc from "fast-check";
import { expect, test } from "vitest";
import { dense, element, packed, transposed } from "../../array/index.ts";
import {
  anyMatrix, distance, EPSILON, frobenius, identity, largest, matrixOf, randomMatrix, skewness, times,
} from "../../../test/support/dense-matrices.ts"; // oxfmt-ignore
import { leastSquares, qrFactor, svd } from "./index.ts";

/** Checks A P = Q R, the shape of R and the orthogonality of Q. */
function checkFactors(a: ReturnType<typeof dense>, pivot: boolean): void {
  const { rows, cols } = a;
  const factors = qrFactor(a, { pivot });
  const { r, permutation } = factors;
  const k = Math.min(rows, cols);
  expect([r.rows, r.cols]).toEqual([k, cols]);
  const bound = 8 * (rows + 2) * EPSILON;
  const q = factors.q();
  expect(skewness(q)).toBeLessThanOrEqual(bound);
  const exchanged = matrixOf(rows, cols, (i, j) => element(a, i, permutation[j]));
  const product = times(q, r);
  // Column by column: a small column keeps its own accuracy.
  for (let j = 0; j < cols; j++) {
    const [one, other] = [product, exchanged].map((m) => matrixOf(rows, 1, (i) => element(m, i, j)));
    expect(distance(one, other)).toBeLessThanOrEqual(bound * frobenius(other));
  }
  for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) expect(element(r, i, j)).toBe(0);
  const full = factors.q({ full: true });
  expect(skewness(full)).toBeLessThanOrEqual(bound);
  const b = randomMatrix(rows, 5, 2);
  expect(distance(factors.multiplyQ(b), times(full, b))).toBeLessThanOrEqual(bound * (largest(b) + 1));
  const column = packed(b).filter((_, p) => p % 5 === 0);
  const back = factors.multiplyQTransposed(factors.multiplyQ(column));
  back.forEach((x, i) => expect(Math.abs(x - column[i])).toBeLessThanOrEqual(bound * 4));
  if (pivot)
    for (let i = 1; i < k; i++)
      expect(Math.abs(element(r, i, i))).toBeLessThanOrEqual(Math.abs(element(r, i - 1, i - 1)) * (1 + 1e-6) + 1e-300);
  else expect(permutation).toEqual(Int32Array.from({ length: cols }, (_, j) => j));
}

test("A P = Q R, with and without pivoting", () => {
  fc.assert(fc.property(anyMatrix(12), fc.boolean(), checkFactors));
  for (const [m, n] of [[40, 40], [70, 33], [33, 70], [100, 16], [100, 17]]) checkFactors(randomMatrix(m, n, 2), false); // oxfmt-ignore
});

test("columns of very different size keep their relative accuracy", () => {
  const a = matrixOf(6, 4, (i, j) => Math.cos(1 + i * 3 + j) * 10 ** (-90 * j));
  checkFactors(a, false);
  checkFactors(a, true);
  // Eliminated columns of ones leave rounding errors of rounding errors, down to the subnormal numbers.
  checkFactors(
    matrixOf(40, 40, () => 1),
    false,
  );
  checkFactors(
    matrixOf(40, 40, () => 1),
    true,
  );
});

test("rank of products of thin integer matrices", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.nat(), (rank, seed) => {
      const [m, n] = [9, 7];
      // Unit triangles make both factors of full rank.
      const left = matrixOf(m, rank, (i, j) => (i === j ? 1 : i < j ? 0 : (seed >> (i + j)) % 3));
      const right = matrixOf(rank, n, (i, j) => (i === j ? 1 : i > j ? 0 : (seed >> (i + 2 * j)) % 3));
      const a = times(left, right);
      expect(qrFactor(a, { pivot: true }).rank()).toBe(rank);
      expect(svd(a).rank()).toBe(rank);
      expect(leastSquares(a, new Float64Array(m).fill(1)).rank).toBe(rank);
    }),
  );
});

test("Kahan's matrix: the last diagonal element hides a much smaller singular value", () => {
  const [n, s] = [60, 0.6];
  const c = Math.sqrt(1 - s * s);
  const a = matrixOf(n, n, (i, j) => s ** i * (i === j ? 1 + (n - i) * 1e-4 : i < j ? -c : 0));
  const { r } = qrFactor(a, { pivot: true });
  const least = svd(a, { vectors: false }).values[n - 1];
  expect(Math.abs(element(r, n - 1, n - 1))).toBeGreaterThan(1e3 * least);
  expect(Math.abs(element(r, n - 1, n - 1)) / s ** (n - 1)).toBeCloseTo(1, 2);
});

test("least squares: exact answers of integer problems, and the residual at right angles to the columns", () => {
  fc.assert(
    fc.property(anyMatrix(9), fc.integer({ min: 1, max: 6 }), (a, count) => {
      const b = randomMatrix(a.rows, count, 2);
      const { x, rank, optimality } = leastSquares(a, b);
      expect([x.rows, x.cols]).toEqual([a.cols, count]);
      expect(rank).toBeLessThanOrEqual(Math.min(a.rows, a.cols));
      const size = svd(a).values;
      const spread = rank === 0 ? 1 : size[0] / size[rank - 1];
      expect(optimality).toBeLessThanOrEqual(1e-13 * spread);
      // The smallest x: no part of it in the null space, which V shows.
      const whole = svd(matrixOf(a.cols, a.cols, (i, j) => (i < a.rows ? element(a, i, j) : 0)));
      if (a.rows > a.cols || spread > 1e8) return;
      const inside = times(transposed(whole.v!), x);
      for (let i = rank; i < a.cols; i++)
        for (let j = 0; j < count; j++)
          expect(Math.abs(element(inside, i, j))).toBeLessThanOrEqual(1e-12 * spread * (largest(x) + 1e-300));
    }),
  );
  // Rows of ones: the mean; dependent columns share it.
  expect(leastSquares(dense(4, 1, [1, 1, 1, 1]), [1, 2, 3, 10]).x[0]).toBeCloseTo(4, 14);
  const shared = leastSquares(dense(4, 2, [1, 1, 1, 1, 1, 1, 1, 1]), [1, 2, 3, 10]);
  expect(shared.rank).toBe(1);
  shared.x.forEach((v) => expect(v).toBeCloseTo(2, 14));
  // |b - A x| = |(-3, -2, -1, 6)| = sqrt(50), |b| = sqrt(114).
  expect(shared.residual).toBeCloseTo(Math.sqrt(50 / 114), 14);
});

test("both ends of the range, nothing, and what is refused", () => {
  for (const unit of [1e300, 1e-300]) {
    const { x, rank } = leastSquares(dense(3, 2, [unit, 0, 0, unit, unit, unit]), [unit, 2 * unit, 3 * unit]);
    expect(rank).toBe(2);
    expect(x[0]).toBeCloseTo(1, 13);
    expect(x[1]).toBeCloseTo(2, 13);
    const { r } = qrFactor(dense(2, 1, [3 * unit, 4 * unit]));
    expect(Math.abs(element(r, 0, 0)) / unit).toBeCloseTo(5, 13);
  }
  expect(leastSquares(dense(0, 3), []).x).toEqual(new Float64Array(3));
  expect(leastSquares(dense(3, 0), [1, 2, 3])).toMatchObject({ rank: 0, residual: 1 });
  expect(leastSquares(dense(2, 2), [1, 2])).toMatchObject({ rank: 0, x: new Float64Array(2) });
  expect(distance(qrFactor(identity(3)).q(), identity(3))).toBe(0);
  expect(() => qrFactor(identity(2)).rank()).toThrow("without pivoting");
  expect(() => leastSquares(identity(2), [1, 2, 3])).toThrow("3 numbers for 2 equations");
  expect(() => leastSquares(identity(2), [1, 2], { tolerance: 2 })).toThrow("tolerance");
  expect(() => qrFactor(dense(1, 1, [Number.NaN]))).toThrow("NaN");
});
