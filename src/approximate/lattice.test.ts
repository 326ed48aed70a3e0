// Reduction and enumeration, against the conditions that define them and against a plain search.
import { describe, expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { enumerate, orthogonalised, reduceGram } from "./lattice.ts";

const random = new Random(7);
const vectors = (n: number, m: number, size: number): bigint[][] =>
  Array.from({ length: n }, () => Array.from({ length: m }, () => BigInt(Math.round((random.next() - 0.5) * size))));
const dot = (a: readonly bigint[], b: readonly bigint[]): bigint => a.reduce((sum, x, i) => sum + x * b[i], 0n);
const gramOf = (list: readonly (readonly bigint[])[]): bigint[][] => list.map((a) => list.map((b) => dot(a, b)));
const combined = (rows: readonly (readonly bigint[])[], list: readonly (readonly bigint[])[]): bigint[][] =>
  rows.map((row) => list[0].map((_, t) => row.reduce((sum, c, j) => sum + c * list[j][t], 0n)));

describe("reduction", () => {
  test.each([2, 5, 9])("of %i vectors is size-reduced and meets Lovasz' condition", (n) => {
    for (let trial = 0; trial < 10; trial++) {
      const list = vectors(n, n + 2, 10 ** 9);
      const reduced = combined(reduceGram(gramOf(list)), list);
      const { mu, lengths } = orthogonalised(reduced.map((v) => Float64Array.from(v, Number)));
      for (let i = 1; i < n; i++) {
        for (const m of mu[i]) expect(Math.abs(m)).toBeLessThanOrEqual(0.5 + 1e-9);
        expect(lengths[i] * (1 + 1e-9)).toBeGreaterThanOrEqual((0.99 - mu[i][i - 1] ** 2) * lengths[i - 1]);
      }
      const product = (all: Float64Array): number => all.reduce((p, x) => p * x, 1);
      const before = product(orthogonalised(list.map((v) => Float64Array.from(v, Number))).lengths);
      expect(product(lengths) / before).toBeCloseTo(1, 6);
    }
  });

  test("finds the relation that is hidden in long vectors", () => {
    // 3 a - 7 b + 2 c = 0 to one part in 10^20.
    const [a, b] = [123456789123456789123n, 987654321987654321987n];
    const c = (7n * b - 3n * a) / 2n;
    const list = [[1n, 0n, 0n, a * 10n], [0n, 1n, 0n, b * 10n], [0n, 0n, 1n, c * 10n]]; // oxfmt-ignore
    const [first] = combined(reduceGram(gramOf(list)), list);
    expect(first.slice(0, 3).map((x) => Number(x) * Math.sign(Number(first[0])))).toEqual([3, -7, 2]);
  });

  test("refuses vectors that depend on each other", () => {
    expect(() => reduceGram(gramOf([[1n, 2n], [2n, 4n]]))).toThrow(/depend on each other/); // oxfmt-ignore
  });
});

describe("enumeration", () => {
  test("visits the points within the distance, and no others", () => {
    const basis = [Float64Array.of(1, 0, 0.2), Float64Array.of(0.4, 1.1, 0), Float64Array.of(-0.3, 0.2, 0.9)];
    const at = Float64Array.of(0.3, -0.4, 0.1);
    const seen = new Map<string, number>();
    const { all } = enumerate(orthogonalised(basis), at, { most: 6, steps: 10_000 }, (z, distance) => {
      seen.set(z.map((x) => x + 0).join(","), distance);
    });
    expect(all).toBe(true);
    let count = 0;
    for (let a = -8; a <= 8; a++)
      for (let b = -8; b <= 8; b++)
        for (let c = -8; c <= 8; c++) {
          const v = [0, 1, 2].map((t) => (a - at[0]) * basis[0][t] + (b - at[1]) * basis[1][t] + (c - at[2]) * basis[2][t]); // oxfmt-ignore
          const distance = v.reduce((sum, x) => sum + x * x, 0);
          if (distance > 6) continue;
          count++;
          expect(seen.get([a, b, c].join(","))).toBeCloseTo(distance, 10);
        }
    expect(seen.size).toBe(count);
    expect(count).toBeGreaterThan(20);
  });

  test("stops when its steps are spent", () => {
    const basis = orthogonalised([Float64Array.of(1, 0), Float64Array.of(0, 1)]);
    let count = 0;
    expect(enumerate(basis, Float64Array.of(0, 0), { most: 1e6, steps: 50 }, () => count++)).toEqual({ all: false, left: 0 });
    expect(count).toBeLessThan(51);
  }); // oxfmt-ignore
});
