// Compiled products and products of sparse matrices, beside plain loops.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { Runtime } from "../compile/index.ts";
import { multiplySparse } from "./multiply-sparse.ts";
import { poisson } from "./poisson.ts";
import { SparseProduct } from "./sparse-product.ts";
import { checkSparse, fromTriplets, isSymmetric, multiplyVector, type Sparse, toLayout, transpose } from "./sparse.ts";

/** Rows of up to 20 entries, some empty. */
function random(rows: number, cols: number, seed: number): Sparse {
  const numbers = new Random(seed, 80);
  const [row, col, values]: number[][] = [[], [], []];
  for (let i = 0; i < rows; i++)
    for (let k = Math.floor(numbers.next() * 21); k > 0; k--) {
      row.push(i);
      col.push(Math.floor(numbers.next() * cols));
      values.push(numbers.next() - 0.5);
    }
  return fromTriplets({ rows, cols, row, col, values }, seed % 2 === 0 ? "csr" : "csc");
}

const vector = (n: number, seed: number): Float64Array => {
  const numbers = new Random(seed, 81);
  return Float64Array.from({ length: n }, () => numbers.next() - 0.5);
};

const sizes = fc.integer({ min: 1, max: 30 });

test("products with the matrix and its transpose, vectors here and elsewhere: the bits of the plain loop by rows", () => {
  fc.assert(
    fc.property(sizes, sizes, fc.nat(1000), (rows, cols, seed) => {
      const matrix = random(rows, cols, seed);
      const product = new SparseProduct(matrix, { bytes: 1 << 16 });
      const [x, u] = [vector(cols, seed), vector(rows, seed + 1)];
      const expected = multiplyVector(toLayout(matrix, "csr"), x);
      const back = multiplyVector(transpose(matrix), u);
      const [hereX, hereY] = [product.runtime.f64(cols), product.runtime.f64(rows)];
      hereX.set(x);
      for (const from of [x, hereX])
        for (const to of [new Float64Array(rows), hereY]) {
          product.apply(from, to);
          expect(Array.from(to)).toEqual(Array.from(expected));
        }
      const transposed = new Float64Array(cols);
      product.applyTransposed(u, transposed);
      transposed.forEach((v, j) => expect(v).toBeCloseTo(back[j], 12));
      hereY.set(u);
      const r = product.runtime.f64(rows);
      const squares = product.residual(hereY, hereX, r);
      r.forEach((v, i) => expect(v).toBeCloseTo(u[i] - expected[i], 12));
      expect(squares).toBeCloseTo(r.reduce((sum, v) => sum + v * v, 0), 12);
      product.dispose();
    }),
  );
}); // oxfmt-ignore

test("x.Ax, replaced entries, and a runtime of the caller's", () => {
  const matrix = poisson(4);
  const runtime = new Runtime({ bytes: 1 << 20 });
  const product = new SparseProduct(matrix, { runtime });
  const x = vector(16, 1);
  const y = new Float64Array(16);
  expect(product.applyDot(x, y)).toBeCloseTo(x.reduce((sum, v, i) => sum + v * y[i], 0), 14); // oxfmt-ignore
  product.replace({ ...matrix, values: matrix.values.map((v) => 2 * v) });
  const twice = new Float64Array(16);
  product.apply(x, twice);
  expect(Array.from(twice)).toEqual(Array.from(y, (v) => 2 * v));
  product.dispose();
  expect(runtime.disposed).toBe(false);
  runtime.dispose();
});

test("what a product refuses", () => {
  const product = new SparseProduct(poisson(2));
  expect(() => product.apply(new Float64Array(3), new Float64Array(4))).toThrow("4 and 4 are needed");
  expect(() => product.replace(poisson(3))).toThrow("another pattern");
  expect(() => product.residual(new Float64Array(4), new Float64Array(4), new Float64Array(4))).toThrow("memory of its matrix"); // oxfmt-ignore
  expect(() => new SparseProduct({ ...poisson(2), imaginary: new Float64Array(12) })).toThrow("complex");
  expect(() => new SparseProduct({ ...poisson(2), idx: new Int32Array(12).fill(9) })).toThrow("outside 0 .. 3");
  const bad = poisson(2);
  bad.values[4] = Infinity;
  expect(() => new SparseProduct(bad)).toThrow("Infinity at row 1, column 1");
  const rectangle = new SparseProduct(random(3, 4, 1));
  expect(() => rectangle.applyDot(new Float64Array(4), new Float64Array(3))).toThrow("3 x 4");
});

test("products of sparse matrices have the elements of dense products, ascending columns, none twice", () => {
  const element = (a: Sparse, i: number, j: number): number => {
    const line = multiplyVector(
      a,
      Float64Array.from({ length: a.cols }, (_, k) => (k === j ? 1 : 0)),
    );
    return line[i];
  };
  fc.assert(
    fc.property(sizes, sizes, sizes, fc.nat(1000), (m, k, n, seed) => {
      const [a, b] = [random(m, k, seed), random(k, n, seed + 1)];
      const c = checkSparse(multiplySparse(a, b));
      const x = vector(n, seed);
      const [one, two] = [multiplyVector(c, x), multiplyVector(a, multiplyVector(b, x))];
      one.forEach((v, i) => expect(v).toBeCloseTo(two[i], 11));
      expect(element(c, 0, 0)).toBeCloseTo(multiplyVector(a, multiplyVector(b, Float64Array.from({ length: n }, (_, j) => (j === 0 ? 1 : 0))))[0], 12); // oxfmt-ignore
    }),
  );
  expect(() => multiplySparse(random(2, 3, 1), random(2, 3, 2))).toThrow("2 x 3 times one of 2 x 3");
  const wide = multiplySparse(random(2, 400, 2), fromTriplets({ rows: 400, cols: 400, row: Array.from({ length: 16_000 }, (_, p) => p % 400), col: Array.from({ length: 16_000 }, (_, p) => (p * 7919) % 400), values: new Float64Array(16_000).fill(1) })); // oxfmt-ignore
  checkSparse(wide);
});

test("poisson: rows, symmetry, and the smallest eigenvalue's vector", () => {
  for (const dimensions of [1, 2, 3] as const) {
    const n = 5;
    const a = checkSparse(poisson(n, dimensions));
    expect(isSymmetric(a)).toBe(true);
    const wave = (i: number): number => Math.sin((Math.PI * (i + 1)) / (n + 1));
    const v = Float64Array.from({ length: n ** dimensions }, (_, k) => wave(k % n) * (dimensions > 1 ? wave(Math.floor(k / n) % n) : 1) * (dimensions > 2 ? wave(Math.floor(k / n ** 2)) : 1)); // oxfmt-ignore
    const value = 4 * dimensions * Math.sin(Math.PI / (2 * (n + 1))) ** 2;
    multiplyVector(a, v).forEach((y, k) => expect(y).toBeCloseTo(value * v[k], 12));
  }
});

test("symmetric and skew matrices are known, stored zeros or not", () => {
  const plain = (a: Sparse, sign: 1 | -1): boolean => {
    const dense = (m: Sparse): number[] => {
      const out = Array.from({ length: m.rows * m.cols }, () => 0);
      for (let k = 0; k < m.rows; k++)
        for (let p = m.ptr[k]; p < m.ptr[k + 1]; p++) out[k * m.cols + m.idx[p]] = m.values[p];
      return out;
    };
    const one = dense(toLayout(a, "csr"));
    return one.every((v, p) => v === sign * one[(p % a.cols) * a.cols + Math.floor(p / a.cols)]);
  };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.integer({ min: -1, max: 1 })), { maxLength: 14 }), fc.constantFrom(0, 1, -1), (n, entries, image) => {
      const inside = entries.filter(([i, j]) => i < n && j < n);
      const both = image === 0 ? inside : inside.flatMap(([i, j, v]) => [[i, j, v], [j, i, image * v]]);
      const matrix = fromTriplets({ rows: n, cols: n, row: both.map((e) => e[0]), col: both.map((e) => e[1]), values: both.map((e) => e[2]) });
      expect(isSymmetric(matrix)).toBe(plain(matrix, 1));
      expect(isSymmetric(matrix, { skew: true })).toBe(plain(matrix, -1));
    }),
  );
}); // oxfmt-ignore
