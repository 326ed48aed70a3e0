import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DenseLU } from "./index.ts";

const integers = (n: number) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n * n, maxLength: n * n });

/** Determinant by exact integer elimination (Bareiss). */
function determinant(n: number, a: readonly number[]): bigint {
  const m = Array.from({ length: n }, (_, i) => a.slice(i * n, i * n + n).map(BigInt));
  let sign = 1n;
  let last = 1n;
  for (let k = 0; k < n - 1; k++) {
    const at = m.findIndex((row, i) => i >= k && row[k] !== 0n);
    if (at < 0) return 0n;
    if (at !== k) {
      [m[k], m[at]] = [m[at], m[k]];
      sign = -sign;
    }
    for (let i = k + 1; i < n; i++)
      for (let j = k + 1; j < n; j++) m[i][j] = (m[i][j] * m[k][k] - m[i][k] * m[k][j]) / last;
    last = m[k][k];
  }
  return n === 0 ? 1n : sign * m[n - 1][n - 1];
}

test("A x = b and A^T x = b for integer matrices, exact x known", () => {
  const problem = fc.integer({ min: 1, max: 8 }).chain((n) => fc.tuple(fc.constant(n), integers(n)));
  fc.assert(
    fc.property(problem, ([n, a]) => {
      if (determinant(n, a) === 0n) return;
      const lu = new DenseLU(n);
      expect(lu.factor(Float64Array.from(a))).toBe(-1);
      const x = Float64Array.from({ length: n }, (_, i) => i + 1);
      const b = new Float64Array(n);
      const c = new Float64Array(n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          b[i] += a[i * n + j] * x[j];
          c[j] += a[i * n + j] * x[i];
        }
      lu.solve(b);
      lu.solveTransposed(c);
      const bound = 1e-14 * n * n * lu.conditionEstimate() * 3 * n;
      for (let i = 0; i < n; i++) {
        expect(Math.abs(b[i] - x[i])).toBeLessThanOrEqual(bound);
        expect(Math.abs(c[i] - x[i])).toBeLessThanOrEqual(bound);
      }
    }),
  );
});

test("WebAssembly and plain functions give the same bits, with vectors anywhere", () => {
  const entry = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ min: -1e3, max: 1e3, noNaN: true }));
  const problem = fc
    .integer({ min: 1, max: 19 })
    .chain((n) => fc.array(entry, { minLength: n * n, maxLength: n * n }).map((a) => ({ n, a })));
  fc.assert(
    fc.property(problem, ({ n, a }) => {
      const plain = new DenseLU(n, { target: "js" });
      const wasm = new DenseLU(n, { target: "wasm" });
      expect(wasm.target).toBe("wasm");
      const column = plain.factor(Float64Array.from(a));
      expect(wasm.factor(Float64Array.from(a))).toBe(column);
      const b = Float64Array.from({ length: n }, (_, i) => i - 2.5);
      const inside = wasm.vector();
      inside.set(b);
      const outside = b.slice();
      if (column < 0) {
        plain.solve(b);
        wasm.solve(outside);
        wasm.solve(inside);
        expect(outside).toEqual(b);
        expect(inside.slice()).toEqual(b);
      }
      wasm.dispose();
      expect(() => wasm.factor(Float64Array.from(a))).toThrow("disposed of");
    }),
  );
});

test("the condition estimate of a small matrix is its condition number", () => {
  const lu = new DenseLU(2);
  lu.factor(Float64Array.of(1, 2, 3, 4)); // |A|_1 = 6, |A^-1|_1 = 3.5
  expect(lu.conditionEstimate()).toBeCloseTo(21, 10);
});

test("a singular matrix names its column, and holds no factors", () => {
  const lu = new DenseLU(3);
  expect(lu.factor(Float64Array.of(1, 2, 3, 2, 4, 7, 4, 8, 9))).toBe(1);
  expect(() => lu.solve(new Float64Array(3))).toThrow("holds no factors");
  expect(lu.factor(Float64Array.of(1, 0, 0, 0, NaN, 0, 0, 0, 1))).toBe(1);
});
