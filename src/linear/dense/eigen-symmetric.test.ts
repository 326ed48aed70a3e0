import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Dense, dense, element } from "../../array/index.ts";
import {
  anySymmetric, distance, EPSILON, frobenius, identity, matrixOf, randomMatrix, skewness, times,
} from "../../../test/support/dense-matrices.ts"; // oxfmt-ignore
import { eigenSymmetric } from "./index.ts";

/** Checks pairs, order, orthogonality and that values without vectors are the same. */
function check(a: Dense): Float64Array {
  const n = a.rows;
  const { values, vectors, residual } = eigenSymmetric(a);
  const bound = 10 * (n + 2) * EPSILON;
  expect(skewness(vectors!)).toBeLessThanOrEqual(bound);
  const norm = frobenius(a);
  const scaled = matrixOf(n, n, (i, j) => element(vectors!, i, j) * values[j]);
  expect(distance(times(a, vectors!), scaled)).toBeLessThanOrEqual(bound * norm);
  expect(residual()).toBeLessThanOrEqual(bound);
  const alone = eigenSymmetric(a, { vectors: false });
  expect(alone.vectors).toBeUndefined();
  expect(alone.residual()).toBeNaN();
  values.forEach((x, k) => {
    if (k > 0) expect(x).toBeGreaterThanOrEqual(values[k - 1]);
    expect(Math.abs(x - alone.values[k])).toBeLessThanOrEqual(bound * norm);
  });
  return values;
}

test("random symmetric matrices", () => {
  fc.assert(fc.property(anySymmetric(16), (a) => void check(a)));
  for (const n of [50, 101]) {
    const b = randomMatrix(n, n, 2);
    check(matrixOf(n, n, (i, j) => element(b, Math.max(i, j), Math.min(i, j))));
  }
});

test("the second difference: 2 - 2 cos(k pi / (n + 1))", () => {
  const n = 40;
  const values = check(matrixOf(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)));
  values.forEach((x, k) => expect(Math.abs(x - 4 * Math.sin(((k + 1) * Math.PI) / (2 * (n + 1))) ** 2)).toBeLessThanOrEqual(1e-14)); // oxfmt-ignore
});

test("Rosser's matrix: a double and nearly equal values, one zero", () => {
  const values = check(
    dense(8, 8, [
      611, 196, -192, 407, -8, -52, -49, 29, 196, 899, 113, -192, -71, -43, -8, -44, -192, 113, 899, 196, 61, 49, 8, 52,
      407, -192, 196, 611, 8, 44, 59, -23, -8, -71, 61, 8, 411, -599, 208, 208, -52, -43, 49, 44, -599, 411, 208, 208,
      -49, -8, 8, 59, 208, 208, 99, -911, 29, -44, 52, -23, 208, 208, -911, 99,
    ]),
  ); // oxfmt-ignore
  const root = Math.sqrt(10405);
  const exact = [-10 * root, 0, 510 - 100 * Math.sqrt(26), 1000, 1000, 510 + 100 * Math.sqrt(26), 1020, 10 * root];
  exact
    .sort((x, y) => x - y)
    .forEach((x, k) => expect(Math.abs(values[k] - x)).toBeLessThanOrEqual(20 * EPSILON * 1020));
});

test("Wilkinson's W21+: pairs that agree to many digits", () => {
  const values = check(matrixOf(21, 21, (i, j) => (i === j ? Math.abs(10 - i) : Math.abs(i - j) === 1 ? 1 : 0)));
  // Wilkinson 1965, p. 309.
  expect(values[20]).toBeCloseTo(10.746194182903393, 13);
  expect(values[19]).toBeCloseTo(10.746194182903322, 13);
  expect(values[0]).toBeCloseTo(-1.125441522119984, 13);
});

test("graded, repeated, diagonal, tiny, huge, empty", () => {
  const graded = check(matrixOf(6, 6, (i, j) => (i === j ? 10 ** (-3 * i) : Math.abs(i - j) === 1 ? 10 ** (-3 * Math.max(i, j)) : 0))); // oxfmt-ignore
  expect(graded[5]).toBeGreaterThan(1);
  check(matrixOf(12, 12, () => 1)).forEach((x, k) => expect(Math.abs(x - (k === 11 ? 12 : 0))).toBeLessThanOrEqual(1e-14)); // oxfmt-ignore
  expect(Array.from(check(matrixOf(4, 4, (i, j) => (i === j ? [3, -1, 2, 0][i] : 0))))).toEqual([-1, 0, 2, 3]);
  expect(Array.from(check(identity(5)))).toEqual([1, 1, 1, 1, 1]);
  for (const unit of [2 ** 995, 2 ** -995]) {
    const { values } = eigenSymmetric(dense(2, 2, [unit, 2 * unit, 2 * unit, unit]));
    expect(values[0] / unit).toBeCloseTo(-1, 14);
    expect(values[1] / unit).toBeCloseTo(3, 14);
  }
  expect(check(dense(0, 0))).toHaveLength(0);
  expect(Array.from(check(dense(1, 1, [-7])))).toEqual([-7]);
  check(dense(3, 3));
});

test("what is refused", () => {
  expect(() => eigenSymmetric(dense(2, 3))).toThrow("not square");
  expect(() => eigenSymmetric(dense(2, 2, [1, 2, 3, 4]))).toThrow("elements (1, 0) and (0, 1) are 3 and 2");
  expect(() => eigenSymmetric(dense(2, 2, [1, Infinity, Infinity, 4]))).toThrow("element (0, 1) is Infinity");
});
