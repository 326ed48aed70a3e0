import * as fc from "fast-check";
import { expect, test } from "vitest";
import { dense, element, packed, transposed } from "../../array/index.ts";
import {
  anySquare, anySymmetric, distance, EPSILON, exactDeterminant, hilbert, identity, largest, matrixOf, randomMatrix, times,
} from "../../../test/support/dense-matrices.ts"; // oxfmt-ignore
import { choleskyFactor, ldlFactor, luFactor } from "./index.ts";

test("P A = L U to rounding, in panels and in blocks", () => {
  for (const n of [1, 2, 7, 8, 9, 15, 16, 23, 65, 100]) {
    const a = randomMatrix(n, n, 4 * n + 2);
    const { l, u, permutation } = luFactor(a);
    const exchanged = matrixOf(n, n, (i, j) => element(a, permutation[i], j));
    expect(distance(times(l, u), exchanged)).toBeLessThanOrEqual(n * EPSILON * n * largest(u));
    expect(largest(l)).toBe(1);
    expect(Array.from(permutation).sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i));
  }
});

test("solutions have backward errors of rounding size, for vectors, matrices and transposes", () => {
  fc.assert(
    fc.property(anySquare(24), fc.integer({ min: 1, max: 10 }), fc.nat(), (a, count, seed) => {
      let factors;
      try {
        factors = luFactor(a);
      } catch (error) {
        expect(String(error)).toContain("singular");
        return;
      }
      const n = a.rows;
      const bound = 8 * (n + 1) * EPSILON;
      const b = randomMatrix(n, count, seed);
      const many = factors.solve(b);
      expect(many.backwardError).toBeLessThanOrEqual(bound);
      expect(many.x).toMatchObject({ rows: n, cols: count });
      const one = factors.solve(packed(b).filter((_, p) => p % count === 0));
      expect(one.backwardError).toBeLessThanOrEqual(bound);
      expect(factors.solveTransposed(b).backwardError).toBeLessThanOrEqual(bound);
      // The stated figures are those of x.
      const rest = times(a, many.x);
      expect(distance(rest, b)).toBeLessThanOrEqual(bound * (n * largest(a) * largest(many.x) + largest(b)) + 1e-300);
    }),
  );
});

test("determinants of integer matrices, against exact elimination", () => {
  const integers = fc.tuple(fc.integer({ min: 0, max: 10 }), fc.nat()).map(([n, seed]) => randomMatrix(n, n, 4 * seed));
  fc.assert(
    fc.property(integers, (a) => {
      const exact = exactDeterminant(a);
      let found;
      try {
        found = luFactor(a).determinant();
      } catch {
        expect(exact).toBe(0n);
        return;
      }
      // Elimination of a singular matrix may leave a pivot of rounding size.
      const value = found.sign * Math.exp(found.logAbs);
      expect(Math.abs(value - Number(exact))).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(Number(exact))));
    }),
  );
});

test("Wilkinson's matrix of greatest growth has determinant 2^(n - 1)", () => {
  const n = 40;
  const a = matrixOf(n, n, (i, j) => (j === n - 1 || i === j ? 1 : i > j ? -1 : 0));
  const factors = luFactor(a);
  expect(element(factors.u, n - 1, n - 1)).toBe(2 ** (n - 1));
  expect(factors.determinant().logAbs).toBeCloseTo((n - 1) * Math.LN2, 10);
});

test("condition estimates of Hilbert's matrix (published: 3.387e10 for n = 8 in the 1-norm)", () => {
  for (const estimate of [luFactor(hilbert(8)), choleskyFactor(hilbert(8)), ldlFactor(hilbert(8))].map((f) => f.conditionEstimate())) {
    expect(estimate).toBeLessThanOrEqual(33_872_791_095 * 1.001);
    expect(estimate).toBeGreaterThanOrEqual(33_872_791_095 / 3);
  }
}); // oxfmt-ignore

test("matrices near both ends of the range", () => {
  const m = matrixOf(5, 5, (i, j) => (i === j ? 4 : 1 / (1 + i + j)));
  const b = Float64Array.of(1, 2, 3, 4, 5);
  const plain = luFactor(m).solve(b).x;
  for (const unit of [1e300, 1e-300]) {
    const scaled = matrixOf(5, 5, (i, j) => element(m, i, j) * unit);
    for (const factors of [luFactor(scaled), choleskyFactor(scaled), ldlFactor(scaled)]) {
      const { x, backwardError } = factors.solve(b.map((v) => v * unit));
      expect(backwardError).toBeLessThanOrEqual(20 * EPSILON);
      x.forEach((v, i) => expect(Math.abs(v - plain[i])).toBeLessThanOrEqual(1e-14));
      expect(factors.determinant().logAbs).toBeCloseTo(5 * Math.log(unit) + luFactor(m).determinant().logAbs, 8);
    }
  }
});

test("a solution beyond the range is refused", () => {
  const tiny = dense(2, 2, [1, 0, 0, 1e-200]);
  for (const factors of [luFactor(tiny), choleskyFactor(tiny), ldlFactor(tiny)])
    expect(() => factors.solve([1, 1e200])).toThrow("overflows");
});

test("views, one element and nothing", () => {
  const a = transposed(dense(2, 2, [1, 2, 3, 4]));
  expect(Array.from(luFactor(a).solve([5, 6]).x)).toEqual([-1, 2]);
  expect(Array.from(luFactor(dense(1, 1, [4])).solve([2]).x)).toEqual([0.5]);
  const empty = luFactor(dense(0, 0));
  expect(empty.solve([]).x).toHaveLength(0);
  expect(empty.determinant()).toEqual({ sign: 1, logAbs: 0 });
  expect(choleskyFactor(dense(0, 0)).solve([]).x).toHaveLength(0);
});

test("what is refused, and how it is said", () => {
  expect(() => luFactor(dense(2, 3))).toThrow("not square");
  expect(() => luFactor(dense(2, 2, [1, Number.NaN, 0, 1]))).toThrow("element (0, 1) is NaN");
  expect(() => luFactor(dense(2, 2, [1, 0, Infinity, 1]))).toThrow("element (1, 0) is Infinity");
  expect(() => luFactor(dense(3, 3, [1, 2, 3, 2, 4, 7, 4, 8, 9]))).toThrow("column 1 depends");
  expect(() => luFactor(dense(3, 3))).toThrow("column 0 depends");
  expect(() => luFactor({ ...dense(1, 1), imaginary: new Float64Array(1) })).toThrow("complex");
  const factors = luFactor(identity(2));
  expect(() => factors.solve([1])).toThrow("1 numbers for 2 equations");
  expect(() => factors.solve(dense(3, 1))).toThrow("3 rows for 2 equations");
  expect(() => factors.solve([1, Number.NaN])).toThrow("is NaN");
  expect(() => choleskyFactor(dense(2, 2, [1, 2, 0, 1]))).toThrow("not symmetric");
  expect(() => choleskyFactor(dense(3, 3, [1, 0, 0, 0, 1, 2, 0, 2, 1]))).toThrow("up to column 2");
  expect(() => ldlFactor(dense(2, 2, [1, 1, 1, 1])).solve([1, 1])).toThrow("singular");
});

test("Cholesky: L L^T = A, in panels and in blocks", () => {
  for (const n of [1, 5, 31, 32, 33, 70, 130]) {
    const b = randomMatrix(n, n, 4 * n + 2);
    const a = times(b, transposed(b));
    for (let i = 0; i < n; i++) a.data[i * (n + 1)] += 1;
    const { l, solve } = choleskyFactor(a);
    expect(distance(times(l, transposed(l)), a)).toBeLessThanOrEqual(n * EPSILON * largest(a) * 2);
    expect(element(l, 0, n - 1)).toBe(n === 1 ? element(l, 0, 0) : 0);
    expect(solve(new Float64Array(n).fill(1)).backwardError).toBeLessThanOrEqual(4 * n * EPSILON);
  }
});

test("LDL^T: factors, solutions and inertia of symmetric matrices", () => {
  fc.assert(
    fc.property(anySymmetric(20), (a) => {
      const n = a.rows;
      const factors = ldlFactor(a);
      const { l, d, permutation, inertia } = factors;
      const exchanged = matrixOf(n, n, (i, j) => element(a, permutation[i], permutation[j]));
      const bound = 8 * (n + 1) * EPSILON * Math.max(largest(a), largest(l) ** 2 * largest(d));
      expect(distance(times(times(l, d), transposed(l)), exchanged)).toBeLessThanOrEqual(bound);
      expect(inertia.positive + inertia.negative + inertia.zero).toBe(n);
      if (inertia.zero > 0) return;
      const b = randomMatrix(n, 2, n);
      expect(factors.solve(b).backwardError).toBeLessThanOrEqual(40 * (n + 1) * EPSILON);
    }),
  );
});

test("LDL^T: inertia by congruence, determinant by exact elimination", () => {
  // S^T D S with unit triangular S of integers has the inertia of D.
  const signs = [1, -1, 0, 2, -3, 5];
  const s = matrixOf(6, 6, (i, j) => (i === j ? 1 : i < j ? ((i * 7 + j * 3) % 3) - 1 : 0));
  const a = times(
    transposed(s),
    times(
      matrixOf(6, 6, (i, j) => (i === j ? signs[i] : 0)),
      s,
    ),
  );
  expect(ldlFactor(a).inertia).toEqual({ positive: 3, negative: 2, zero: 1 });
  expect(ldlFactor(a).determinant()).toEqual({ sign: 0, logAbs: -Infinity });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), (n, seed) => {
      const b = randomMatrix(n, n, 4 * seed);
      const c = matrixOf(n, n, (i, j) => element(b, Math.max(i, j), Math.min(i, j)));
      const exact = Number(exactDeterminant(c));
      const { sign, logAbs } = ldlFactor(c).determinant();
      expect(Math.abs(sign * Math.exp(logAbs) - exact)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(exact)));
    }),
  );
});

test("many right sides of a large system go through the same factors", () => {
  const n = 90;
  const a = randomMatrix(n, n, 6);
  const x = matrixOf(n, 12, (i, j) => i - 3 * j);
  const { x: found, residual } = luFactor(a).solve(times(a, x));
  expect(distance(found, x)).toBeLessThanOrEqual(luFactor(a).conditionEstimate() * 3 * n * EPSILON * largest(x));
  expect(residual).toBeLessThanOrEqual(1e-12);
});
