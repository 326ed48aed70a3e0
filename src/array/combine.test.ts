import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BlockProduct, blockFill, fromBlocks, toBlocks } from "./block-sparse.ts";
import { addSparse, blockMatrix, fromDense, hstack, kron, scaleSparse, subMatrix, subtractSparse, toDense, vstack } from "./combine.ts"; // oxfmt-ignore
import { block, dense, type Dense, element, packed, transposed } from "./dense.ts";
import { formatMatrix } from "./format-matrix.ts";
import { multiplyDense, multiplySparseDense } from "./multiply-dense.ts";
import { poisson } from "./poisson.ts";
import { checkSparse, fromTriplets, multiplyVector, type Sparse, toLayout } from "./sparse.ts";

/** Small integers, so that all sums are exact; about a half are zero. */
const numbers = (rows: number, cols: number): fc.Arbitrary<Dense> =>
  fc.array(fc.integer({ min: -4, max: 4 }).map((x) => (Math.abs(x) < 3 ? 0 : x)), { minLength: rows * cols, maxLength: rows * cols }).map((list) => dense(rows, cols, list)); // oxfmt-ignore
const sizes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
const grid = (matrix: Sparse): number[] => [...packed(toDense(checkSparse(matrix)))].map((x) => x + 0);

describe("sparse matrices put together, against dense ones", () => {
  test("sums and multiples", () => {
    fc.assert(
      fc.property(
        sizes.chain(([m, n]) => fc.tuple(numbers(m, n), numbers(m, n))),
        ([a, b]) => {
          const [x, y] = [fromDense(a), toLayout(fromDense(b), "csc")];
          expect(grid(addSparse(x, y, 2, -3))).toEqual([...a.data].map((v, k) => 2 * v - 3 * b.data[k] + 0));
          expect(grid(subtractSparse(x, y))).toEqual([...a.data].map((v, k) => v - b.data[k] + 0));
          expect(grid(scaleSparse(y, 5))).toEqual([...b.data].map((v) => 5 * v + 0));
          expect(toDense(y).data).toEqual(b.data);
        },
      ),
    );
  });

  test("Kronecker products, blocks and parts", () => {
    fc.assert(
      fc.property(
        sizes.chain(([m, n, k]) => fc.tuple(numbers(m, n), numbers(k, m))),
        ([a, b]) => {
          const [x, y] = [fromDense(a), fromDense(b)];
          const product = toDense(kron(x, y));
          for (let i = 0; i < product.rows; i++)
          for (let j = 0; j < product.cols; j++)
            expect(element(product, i, j)).toBe(element(a, Math.floor(i / b.rows), Math.floor(j / b.cols)) * element(b, i % b.rows, j % b.cols) + 0); // oxfmt-ignore
          const all = checkSparse(blockMatrix([[x, undefined], [undefined, y]])); // oxfmt-ignore
          expect(subMatrix(all, 0, a.rows, 0, a.cols)).toEqual(x);
          expect(subMatrix(all, a.rows, all.rows, a.cols, all.cols)).toEqual(y);
          expect(subMatrix(all, 0, a.rows, a.cols, all.cols).idx.length).toBe(0);
          expect(grid(vstack(x, x)).slice(a.data.length)).toEqual([...a.data].map((v) => v + 0));
          expect(subMatrix(hstack(x, x), 0, a.rows, a.cols, 2 * a.cols)).toEqual(x);
        },
      ),
      { numRuns: 40 },
    );
    const complex = { ...fromTriplets({ rows: 1, cols: 1, row: [0], col: [0], values: [2], imaginary: [3] }) };
    expect(kron(complex, complex)).toMatchObject({ values: Float64Array.of(-5), imaginary: Float64Array.of(12) });
    expect(addSparse(complex, complex, 1, -2)).toMatchObject({ values: Float64Array.of(-2), imaginary: Float64Array.of(-3) }); // oxfmt-ignore
  });

  test("wrong sizes are told", () => {
    const a = poisson(2);
    expect(() => addSparse(a, poisson(3))).toThrow("a matrix of 4 x 4 plus one of 9 x 9");
    expect(() => blockMatrix([[a, undefined], [undefined, undefined]])).toThrow("nothing tells the height of block row 1"); // oxfmt-ignore
    expect(() => hstack(a, poisson(3))).toThrow("block (0, 1) has 9 rows, and others of its row have 4");
    expect(() => subMatrix(a, 0, 5, 0, 1)).toThrow("rows 0 .. 5");
    expect(() => multiplyDense(dense(2, 3), dense(2, 3))).toThrow("2 x 3 times one of 2 x 3");
  });
});

describe("products", () => {
  test("dense and sparse times dense, of views too", () => {
    fc.assert(
      fc.property(
        sizes.chain(([m, n, k]) => fc.tuple(numbers(k, m), numbers(k + 1, n + 2))),
        ([a, wide]) => {
          const b = block(wide, 1, wide.rows, 1, wide.cols - 1);
          const at = transposed(a);
          const wanted: number[] = [];
          for (let i = 0; i < a.cols; i++)
            for (let j = 0; j < b.cols; j++) {
              let sum = 0;
              for (let k = 0; k < a.rows; k++) sum += element(a, k, i) * element(b, k, j);
              wanted.push(sum + 0);
            }
          expect([...multiplyDense(at, b).data].map((v) => v + 0)).toEqual(wanted);
          expect([...multiplySparseDense(fromDense(at), b).data].map((v) => v + 0)).toEqual(wanted);
          expect([...multiplySparseDense(fromDense(at), transposed(dense(b.cols, b.rows, packed(b, "column")))).data].map((v) => v + 0)).toEqual(wanted); // oxfmt-ignore
        },
      ),
      { numRuns: 20 },
    );
  });

  test("blocks", () => {
    for (const [rows, cols] of [[7, 10], [8, 8], [1, 3]])
      for (const size of [2, 4] as const) {
        const matrix = fromDense(dense(rows, cols, Array.from({ length: rows * cols }, (_, k) => ((k * 7) % 5 === 0 ? k + 1 : 0)))); // oxfmt-ignore
        const blocks = toBlocks(matrix, size);
        expect(fromBlocks(blocks)).toEqual(matrix);
        expect(blockFill(matrix, size)).toBeLessThanOrEqual(1);
        const product = new BlockProduct(blocks);
        const x = Float64Array.from({ length: cols }, (_, k) => k - 2);
        expect([...product.apply(x)]).toEqual([...multiplyVector(matrix, x)]);
        product.dispose();
      } // oxfmt-ignore
  });
});

describe("text", () => {
  test("dense matrices are aligned, large ones cut in the middle", () => {
    expect(formatMatrix(dense(2, 2, [1, -2.5, 1 / 3, 1e10]))).toBe("      1         -2.5\n0.33333  10000000000");
    expect(formatMatrix(dense(6, 6, Array.from({ length: 36 }, (_, k) => k)), { most: 3 }).split("\n")).toEqual(["  0    1  ...    5", "  6    7  ...   11", "...  ...  ...  ...", " 30   31  ...   35"]); // oxfmt-ignore
  });

  test("sparse matrices are a line of size and their entries", () => {
    expect(formatMatrix(poisson(2, 1))).toBe("2 x 2, 4 entries\n(0, 0)   2\n(0, 1)  -1\n(1, 0)  -1\n(1, 1)   2");
    expect(formatMatrix(poisson(9), { most: 1 }).split("\n")).toHaveLength(4);
    expect(formatMatrix(fromTriplets({ rows: 1, cols: 1, row: [0], col: [0], values: [1], imaginary: [-2] }))).toContain("1-2i"); // oxfmt-ignore
  });
});
