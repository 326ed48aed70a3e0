import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Dense, dense, element } from "../../array/index.ts";
import { EPSILON, frobenius, identity, matrixOf, randomMatrix, times } from "../../../test/support/dense-matrices.ts";
import { eigenGeneral, luFactor } from "./index.ts";

/** Checks A V = V diag(values), norms, pairs, and that values without vectors are the same. Values by real, then imaginary part. */
function check(a: Dense, { backward = 20 } = {}): [number, number][] {
  const n = a.rows;
  const { re, im, vectors, residual } = eigenGeneral(a);
  const v = vectors!;
  const unit = { ...v, data: v.imaginary ?? new Float64Array(n * n), imaginary: undefined };
  const [ar, ai] = [times(a, { ...v, imaginary: undefined }), times(a, unit)];
  const bound = backward * (n + 2) * EPSILON * frobenius(a);
  for (let k = 0; k < n; k++) {
    let norm = 0;
    for (let i = 0; i < n; i++) {
      const [x, y] = [element(v, i, k), element(unit, i, k)];
      norm += x * x + y * y;
      expect(Math.abs(element(ar, i, k) - (re[k] * x - im[k] * y))).toBeLessThanOrEqual(bound);
      expect(Math.abs(element(ai, i, k) - (re[k] * y + im[k] * x))).toBeLessThanOrEqual(bound);
    }
    expect(Math.abs(norm - 1)).toBeLessThanOrEqual(1e-13);
    if (im[k] > 0) expect([re[k + 1], im[k + 1]]).toEqual([re[k], -im[k]]);
  }
  expect(residual() * frobenius(a)).toBeLessThanOrEqual(bound);
  expect(eigenGeneral(a, { vectors: false }).vectors).toBeUndefined();
  return sorted(re, im);
}

const sorted = (re: Float64Array, im: Float64Array): [number, number][] =>
  Array.from(re, (x, k): [number, number] => [x, im[k]]).sort((x, y) => x[0] - y[0] || x[1] - y[1]);

test("random matrices: pairs, trace and determinant", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 14 }), fc.nat(), (n, seed) => {
      const a = randomMatrix(n, n, seed);
      // Of badly scaled matrices (kind 3) balancing keeps the small values, and residuals grow with the scales.
      const values = check(a, { backward: seed % 4 === 3 ? 1e5 : 20 });
      expect(eigenGeneral(a, { balance: false }).residual()).toBeLessThanOrEqual(20 * (n + 2) * EPSILON);
      const trace = Array.from({ length: n }, (_, i) => element(a, i, i)).reduce((x, y) => x + y, 0);
      expect(Math.abs(values.reduce((sum, [re]) => sum + re, 0) - trace)).toBeLessThanOrEqual(20 * (n + 1) * EPSILON * frobenius(a)); // oxfmt-ignore
      expect(values.filter(([, im]) => im !== 0).length % 2).toBe(0);
    }),
  );
  for (const n of [40, 90]) check(randomMatrix(n, n, 2));
});

test("values without vectors belong to a matrix within rounding of the same", () => {
  const a = randomMatrix(30, 30, 2);
  const [one, other] = [eigenGeneral(a), eigenGeneral(a, { vectors: false })];
  // The eigenvalues of this matrix are well conditioned.
  const [x, y] = [sorted(one.re, one.im), sorted(other.re, other.im)];
  for (const [re, im] of x)
    expect(Math.min(...y.map(([p, q]) => Math.hypot(p - re, q - im)))).toBeLessThanOrEqual(1e-12);
});

test("a circulant matrix: roots of unity", () => {
  const n = 12;
  const values = check(matrixOf(n, n, (i, j) => Number((i + 1) % n === j)));
  for (let k = 0; k < n; k++) {
    const [x, y] = [Math.cos((2 * Math.PI * k) / n), Math.sin((2 * Math.PI * k) / n)];
    expect(Math.min(...values.map(([re, im]) => Math.hypot(re - x, im - y)))).toBeLessThanOrEqual(1e-14);
  }
});

test("companion matrix of (x - 1) ... (x - 6)", () => {
  const c = [-720, 1764, -1624, 735, -175, 21];
  const values = check(matrixOf(6, 6, (i, j) => (j === 5 ? c[i] : Number(i === j + 1))));
  // Condition numbers of these roots are up to about 1e4.
  values.forEach(([re, im], k) => expect(Math.hypot(re - k - 1, im)).toBeLessThanOrEqual(1e-9));
});

test("Frank's matrix: real values in reciprocal pairs", () => {
  const n = 9;
  const values = check(matrixOf(n, n, (i, j) => (j < i - 1 ? 0 : n - Math.max(i, j))));
  for (let k = 0; k < n; k++) {
    expect(Math.abs(values[k][1])).toBeLessThanOrEqual(1e-8);
    expect(Math.abs(values[k][0] * values[n - 1 - k][0] - 1)).toBeLessThanOrEqual(1e-8);
  }
});

test("defective matrices: a multiple value splits by the root of the rounding error, no more", () => {
  const n = 4;
  const jordan = check(matrixOf(n, n, (i, j) => (i === j ? 2 : Number(j === i + 1))));
  expect(jordan).toEqual(Array.from({ length: n }, () => [2, 0]));
  const s = matrixOf(n, n, (i, j) => (i === j ? 1 : i < j ? 2 : i === n - 1 ? -1 : 0));
  const inverse = luFactor(s).solve(identity(n)).x;
  const similar = times(
    times(
      s,
      matrixOf(n, n, (i, j) => (i === j ? 2 : Number(j === i + 1))),
    ),
    inverse,
  );
  for (const [re, im] of check(similar)) expect(Math.hypot(re - 2, im)).toBeLessThanOrEqual(100 * EPSILON ** (1 / n));
});

test("badly scaled: balancing keeps the small values", () => {
  const a = dense(3, 3, [1, 1e150, 0, 0, 2, 1e150, 1e-200, 0, 3]);
  const values = sorted(eigenGeneral(a).re, eigenGeneral(a).im);
  values.forEach(([re, im], k) => expect([re, im]).toEqual([k + 1, 0]));
  for (const unit of [2 ** 995, 2 ** -995]) {
    const { re, im } = eigenGeneral(dense(2, 2, [unit, -2 * unit, 2 * unit, unit]));
    expect([re[0] / unit, Math.abs(im[0]) / unit]).toEqual([1, 2]);
  }
});

test("scaled beyond what balancing bears: vectors that still fit the matrix", () => {
  for (const seed of [1, 2, 3, 4]) {
    const raw = randomMatrix(12, 12, 4 * seed + 2);
    const a = matrixOf(12, 12, (i, j) => element(raw, i, j) * 10 ** (20 * ((j * 7) % 12) - 120));
    expect(eigenGeneral(a).residual()).toBeLessThanOrEqual(1e-9);
    expect(eigenGeneral(a, { balance: false }).residual()).toBeLessThanOrEqual(300 * EPSILON);
  }
});

test("columns that repeat, and elements that fall to nothing", () => {
  for (const n of [5, 20, 35, 50]) {
    const { re, im, residual } = eigenGeneral(matrixOf(n, n, () => 1));
    expect(residual()).toBeLessThanOrEqual(20 * n * EPSILON);
    expect(Math.abs(Math.max(...re) - n)).toBeLessThanOrEqual(20 * n * EPSILON);
    expect(re.filter((x, k) => Math.hypot(x, im[k]) > 1e-6)).toHaveLength(1);
  }
});

test("triangular, zero, one element, nothing", () => {
  expect(check(matrixOf(5, 5, (i, j) => (i > j ? 0 : i === j ? i : 1))).map(([re]) => re)).toEqual([0, 1, 2, 3, 4]);
  expect(check(dense(3, 3))).toEqual([[0, 0], [0, 0], [0, 0]]); // oxfmt-ignore
  expect(check(dense(1, 1, [-3]))).toEqual([[-3, 0]]);
  expect(check(dense(0, 0))).toEqual([]);
  expect(check(dense(2, 2, [0, 1, -1, 0]))).toEqual([[0, -1], [0, 1]]); // oxfmt-ignore
  expect(eigenGeneral(identity(3)).vectors!.imaginary).toBeUndefined();
});

test("what is refused", () => {
  expect(() => eigenGeneral(dense(2, 3))).toThrow("not square");
  expect(() => eigenGeneral(dense(1, 1, [Number.NaN]))).toThrow("element (0, 0) is NaN");
});
