import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Dense, dense, element, transposed } from "../../array/index.ts";
import {
  anyMatrix, distance, EPSILON, frobenius, hilbert, matrixOf, randomMatrix, skewness, times,
} from "../../../test/support/dense-matrices.ts"; // oxfmt-ignore
import { eigenSymmetric, svd } from "./index.ts";

/** Checks A = U S V^T, order, orthogonality and that values without vectors are the same. */
function check(a: Dense): Float64Array {
  const found = svd(a);
  const { values, u, v } = found;
  const k = Math.min(a.rows, a.cols);
  const bound = 10 * (Math.max(a.rows, a.cols) + 2) * EPSILON;
  expect([values.length, u!.rows, u!.cols, v!.rows, v!.cols]).toEqual([k, a.rows, k, a.cols, k]);
  expect(skewness(u!)).toBeLessThanOrEqual(bound);
  expect(skewness(v!)).toBeLessThanOrEqual(bound);
  const norm = frobenius(a);
  const scaled = matrixOf(a.rows, k, (i, j) => element(u!, i, j) * values[j]);
  expect(distance(times(scaled, transposed(v!)), a)).toBeLessThanOrEqual(bound * norm);
  expect(found.residual()).toBeLessThanOrEqual(bound);
  const alone = svd(a, { vectors: false });
  expect(alone.u ?? alone.v).toBeUndefined();
  expect(alone.residual()).toBeNaN();
  values.forEach((x, i) => {
    expect(x).toBeGreaterThanOrEqual(0);
    if (i > 0) expect(x).toBeLessThanOrEqual(values[i - 1]);
    expect(Math.abs(x - alone.values[i])).toBeLessThanOrEqual(bound * norm);
  });
  return values;
}

test("random matrices of all shapes", () => {
  fc.assert(fc.property(anyMatrix(14), (a) => void check(a)));
  for (const [m, n] of [[64, 64], [90, 30], [30, 90], [50, 40]]) check(randomMatrix(m, n, 2)); // oxfmt-ignore
});

test("singular values are square roots of eigenvalues of A^T A", () => {
  const a = randomMatrix(9, 6, 2);
  const values = check(a);
  const { values: squares } = eigenSymmetric(times(transposed(a), a));
  values.forEach((x, i) => expect(Math.abs(x * x - squares[5 - i])).toBeLessThanOrEqual(1e-14 * values[0] ** 2));
});

test("the triangle of ones: 1 / (2 sin((2 k - 1) pi / (4 n + 2)))", () => {
  const n = 30;
  const values = check(matrixOf(n, n, (i, j) => Number(i >= j)));
  values.forEach((x, k) => expect(Math.abs(x - 1 / (2 * Math.sin(((2 * k + 1) * Math.PI) / (4 * n + 2))))).toBeLessThanOrEqual(1e-13)); // oxfmt-ignore
});

test("small singular values of a bidiagonal matrix keep their digits", () => {
  // Diagonal 1, 1e-4, 1e-8, ... with comparable elements above: the product of the values is that of the diagonal.
  const n = 6;
  const a = matrixOf(n, n, (i, j) => (i === j ? 10 ** (-4 * i) : j === i + 1 ? 10 ** (-4 * i) : 0));
  const values = check(a);
  const product = values.reduce((p, x) => p * x, 1);
  expect(Math.abs(product / 1e-60 - 1)).toBeLessThanOrEqual(1e-13);
});

test("Hilbert's matrix: condition 1.5257575538e10 for n = 8", () => {
  expect(Math.abs(svd(hilbert(8)).condition() / 1.5257575538e10 - 1)).toBeLessThanOrEqual(1e-6);
  expect(svd(hilbert(12)).rank(1e-8)).toBeLessThan(12);
});

test("rank 0 and 1, zero diagonal, tiny, huge, empty", () => {
  expect(Array.from(check(dense(3, 4)))).toEqual([0, 0, 0]);
  expect(svd(dense(3, 4)).rank()).toBe(0);
  const one = check(matrixOf(5, 4, (i, j) => (i + 1) * (j + 1)));
  expect(one[0]).toBeCloseTo(Math.sqrt(55 * 30), 12);
  expect(svd(matrixOf(5, 4, (i, j) => (i + 1) * (j + 1))).rank()).toBe(1);
  expect(svd(matrixOf(2, 2, () => 1)).condition()).toBeGreaterThan(1e15);
  check(matrixOf(6, 6, (i, j) => Number(j === i + 1)));
  check(matrixOf(40, 40, () => 1));
  check(matrixOf(9, 8, (i, j) => Math.cos(i * 5 + j) * 10 ** (40 * ((i * 5) % 9) - 200 + 15 * j)));
  check(matrixOf(6, 6, (i, j) => (i === j ? [1, 0, 2, 0, 3, 4][i] : j === i + 1 ? 1 : 0)));
  for (const unit of [2 ** 995, 2 ** -995]) {
    const { values } = svd(dense(2, 2, [3 * unit, 0, 4 * unit, 0]));
    expect(values[0] / unit).toBeCloseTo(5, 14);
    expect(values[1]).toBe(0);
  }
  expect(check(dense(0, 3))).toHaveLength(0);
  expect(svd(dense(0, 0)).condition()).toBe(1);
  expect(Array.from(check(dense(1, 1, [-2])))).toEqual([2]);
});

test("what is refused", () => {
  expect(() => svd(dense(1, 2, [1, Number.NaN]))).toThrow("element (0, 1) is NaN");
});
