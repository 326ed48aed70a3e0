// Functions of matrices, against series summed exactly enough in integers.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Dense, dense, element, packed } from "../../array/index.ts";
import { distance, EPSILON, frobenius, identity, largest, matrixOf, randomMatrix, times } from "../../../test/support/dense-matrices.ts"; // oxfmt-ignore
import { expm, logm, luFactor, sqrtm } from "./index.ts";

const BITS = 400;
const ONE = 1n << BigInt(BITS);

const fixed = (x: number): bigint => {
  // Exact: any finite number times 2^400 times 2^680 is an integer times a power of two that fits.
  const whole = BigInt(Math.round(x * 2 ** 52));
  const rest = x - Number(whole) / 2 ** 52;
  return (whole << BigInt(BITS - 52)) + (BigInt(Math.round(rest * 2 ** 120)) << BigInt(BITS - 120));
};

/** exp(A) by its Taylor series in fixed point with 400 bits, |A| up to about 20. */
function series(a: Dense): Dense {
  const n = a.rows;
  const x = Array.from(packed(a), fixed);
  let term = Array.from(x, (_, p) => (p % (n + 1) === 0 ? ONE : 0n));
  const sum = term.slice();
  for (let k = 1; k < 200; k++) {
    const next = Array.from(term, () => 0n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        for (let l = 0; l < n; l++) next[i * n + j] += term[i * n + l] * x[l * n + j];
        next[i * n + j] = (next[i * n + j] >> BigInt(BITS)) / BigInt(k);
      }
    term = next;
    term.forEach((t, p) => (sum[p] += t));
  }
  return dense(
    n,
    n,
    Float64Array.from(sum, (s) => Number(s >> BigInt(BITS - 200)) / 2 ** 200),
  );
}

const norm1 = (a: Dense): number => {
  let most = 0;
  for (let j = 0; j < a.cols; j++) {
    let sum = 0;
    for (let i = 0; i < a.rows; i++) sum += Math.abs(element(a, i, j));
    most = Math.max(most, sum);
  }
  return most;
};

test("exp of random matrices of every size of norm, against the series", () => {
  for (const size of [1e-3, 0.1, 0.6, 1.5, 4, 12])
    for (const n of [1, 2, 3, 5]) {
      const raw = randomMatrix(n, n, 2);
      const unit = size / Math.max(norm1(raw), 1e-300);
      const a = matrixOf(n, n, (i, j) => element(raw, i, j) * unit);
      const exact = series(a);
      // The condition number of the exponential is at most about |A| exp(2 |A|); these are far from the worst.
      expect(distance(expm(a), exact)).toBeLessThanOrEqual(20 * n * EPSILON * (1 + size) * Math.max(1, largest(exact)));
    }
});

test("exp in closed form: nilpotent, rotations, triangles far from normal, Moler and Van Loan's example", () => {
  expect(Array.from(packed(expm(dense(3, 3, [0, 1e8, 0, 0, 0, 1e8, 0, 0, 0]))))).toEqual([1, 1e8, 5e15, 0, 1, 1e8, 0, 0, 1]); // oxfmt-ignore
  for (const angle of [0.1, 1, 3, 30, 1000]) {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    expect(distance(expm(dense(2, 2, [0, -angle, angle, 0])), dense(2, 2, [c, -s, s, c]))).toBeLessThanOrEqual(4 * EPSILON * (1 + angle)); // oxfmt-ignore
  }
  const triangle = packed(expm(dense(2, 2, [1, 1e6, 0, -1])));
  expect(Math.abs(triangle[1] / (1e6 * Math.sinh(1)) - 1)).toBeLessThanOrEqual(10 * EPSILON);
  // Eigenvalues -1 and -17; 1978, "Nineteen dubious ways".
  const [p, q] = [Math.exp(-1), Math.exp(-17)];
  const exact = dense(2, 2, [-2 * p + 3 * q, 1.5 * (p - q), -4 * (p - q), 3 * p - 2 * q]);
  expect(distance(expm(dense(2, 2, [-49, 24, -64, 31])), exact)).toBeLessThanOrEqual(1e-12);
  expect(distance(expm(dense(2, 2, [-1e300, 0, 0, -1e300])), dense(2, 2))).toBe(0);
  expect(distance(expm(dense(2, 2)), identity(2))).toBe(0);
  expect(expm(dense(0, 0)).rows).toBe(0);
  expect(element(expm(dense(1, 1, [1e-300])), 0, 0)).toBe(1);
  expect(element(expm(dense(1, 1, [700])), 0, 0) / Math.exp(700)).toBeCloseTo(1, 14);
});

/** With eigenvalues in the right half plane, well conditioned. */
const safe = (n: number, seed: number): Dense => {
  const a = randomMatrix(n, n, 4 * seed + 2);
  return matrixOf(n, n, (i, j) => element(a, i, j) + (i === j ? 1 + 0.8 * Math.sqrt(n) : 0));
};

test("log undoes exp, and exp undoes log", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.nat({ max: 10_000 }), (n, seed) => {
      const b = randomMatrix(n, n, 4 * seed + 2);
      const a = matrixOf(n, n, (i, j) => element(b, i, j) / Math.max(1, n / 2));
      const { value, residual } = logm(expm(a));
      expect(residual).toBeLessThanOrEqual(1e-13);
      expect(distance(value, a)).toBeLessThanOrEqual(1e-12);
      const other = logm(safe(n, seed));
      expect(other.residual).toBeLessThanOrEqual(1e-13);
      expect(distance(expm(other.value), safe(n, seed))).toBeLessThanOrEqual(1e-12);
    }),
    { numRuns: 50 },
  );
});

test("the square of the square root; half the logarithm", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12 }), fc.nat({ max: 10_000 }), (n, seed) => {
      const a = safe(n, seed);
      const { value, residual } = sqrtm(a);
      expect(distance(times(value, value), a)).toBeLessThanOrEqual(20 * (n + 1) * EPSILON * frobenius(a));
      expect(residual).toBeLessThanOrEqual(20 * (n + 1) * EPSILON);
      const [half, whole] = [logm(value).value, logm(a).value];
      expect(
        distance(
          matrixOf(n, n, (i, j) => 2 * element(half, i, j)),
          whole,
        ),
      ).toBeLessThanOrEqual(1e-12);
    }),
    { numRuns: 50 },
  );
});

test("roots and logarithms in closed form", () => {
  const quarter = dense(2, 2, [0, -1, 1, 0]);
  const r = Math.SQRT1_2;
  expect(distance(sqrtm(quarter).value, dense(2, 2, [r, -r, r, r]))).toBeLessThanOrEqual(4 * EPSILON);
  expect(distance(logm(quarter).value, dense(2, 2, [0, -Math.PI / 2, Math.PI / 2, 0]))).toBeLessThanOrEqual(8 * EPSILON); // oxfmt-ignore
  expect(distance(sqrtm(dense(2, 2, [4, 1, 0, 4])).value, dense(2, 2, [2, 0.25, 0, 2]))).toBeLessThanOrEqual(4 * EPSILON); // oxfmt-ignore
  expect(distance(logm(dense(2, 2, [4, 1, 0, 4])).value, dense(2, 2, [Math.log(4), 0.25, 0, Math.log(4)]))).toBeLessThanOrEqual(1e-15); // oxfmt-ignore
  expect(Array.from(packed(sqrtm(dense(2, 2, [9, 0, 0, 0])).value))).toEqual([3, 0, 0, 0]);
  // Pairs with a negative real part, and eigenvalues far apart.
  const turn = dense(2, 2, [Math.cos(3), -Math.sin(3), Math.sin(3), Math.cos(3)]);
  expect(distance(logm(turn).value, dense(2, 2, [0, -3, 3, 0]))).toBeLessThanOrEqual(1e-14);
  expect(distance(logm(dense(2, 2, [1e200, 0, 0, 1e-50])).value, dense(2, 2, [200 * Math.LN10, 0, 0, -50 * Math.LN10]))).toBeLessThanOrEqual(1e-12); // oxfmt-ignore
  const huge = sqrtm(dense(1, 1, [1e300]));
  expect(element(huge.value, 0, 0) / 1e150).toBeCloseTo(1, 14);
});

test("what is refused, and how it is said", () => {
  expect(() => expm(dense(2, 3))).toThrow("not square");
  expect(() => expm(dense(1, 1, [1000]))).toThrow("overflows");
  expect(() => expm(dense(1, 1, [Infinity]))).toThrow("element (0, 0) is Infinity");
  expect(() => sqrtm(dense(2, 2, [-1, 0, 0, 1]))).toThrow("-1 is an eigenvalue");
  expect(() => sqrtm(dense(2, 2, [0, 1, 0, 0]))).toThrow("without a square root");
  expect(() => logm(dense(2, 2, [0, 0, 0, 1]))).toThrow("0 is an eigenvalue");
  expect(() => logm(dense(2, 2, [-2, 0, 0, 1]))).toThrow("-2 is an eigenvalue");
});

test("a singular matrix without a root, hidden by rounding: refused, or a root of a matrix nearby", () => {
  for (let shift = 0; shift < 20; shift++) {
    const s = dense(3, 3, [1, 2, 3, 0, 1, 4, 5, 6, shift === 0 ? 0 : 1 / shift]);
    const inverse = luFactor(s).solve(identity(3)).x;
    const a = times(times(s, dense(3, 3, [0, 1, 0, 0, 0, 0, 0, 0, 3])), inverse);
    try {
      const { value } = sqrtm(a);
      expect(distance(times(value, value), a)).toBeLessThanOrEqual(1e-6 * frobenius(a));
    } catch (error) {
      expect(String(error)).toMatch(/eigenvalue|without a square root|does not give back/);
    }
  }
});
