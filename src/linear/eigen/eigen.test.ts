// A few eigenpairs beside known spectra and the dense methods.
import { expect, test } from "vitest";
import { dense, element, fromTriplets, poisson, sparseDiagonal, SparseProduct } from "../../array/index.ts";
import { Random } from "../../base/index.ts";
import { eigenGeneral, eigenSymmetric, svd } from "../dense/index.ts";
import { convection, randomMatrix, toDense } from "../iterative/test-systems.ts";
import { amg } from "../precondition/amg.ts";
import { arnoldi } from "./arnoldi.ts";
import { lanczos } from "./lanczos.ts";
import { lobpcg } from "./lobpcg.ts";
import { randomisedSvd } from "./randomised-svd.ts";

/** Eigenvalues of the 5-point Laplacian on n x n points, ascending. */
function exactValues(n: number): number[] {
  const one = Array.from({ length: n }, (_, k) => 4 * Math.sin(((k + 1) * Math.PI) / (2 * (n + 1))) ** 2);
  return one.flatMap((a) => one.map((b) => a + b)).sort((a, b) => a - b);
}

const overlap = (x: Float64Array, y: Float64Array): number => x.reduce((sum, v, i) => sum + v * y[i], 0);

test("lanczos: both ends of the spectrum of the Laplacian, with its double eigenvalues", () => {
  const product = new SparseProduct(poisson(15));
  const exact = exactValues(15);
  for (const [which, expected] of [["smallest", exact.slice(0, 6)], ["largest", exact.slice(-6).toReversed()]] as const) {
    const result = lanczos(product, { count: 6, which, tolerance: 1e-10 });
    expect(result.status, result.reason).toBe("converged");
    result.values.forEach((value, k) => expect(value).toBeCloseTo(expected[k], 8));
    for (let i = 0; i < 6; i++)
      for (let j = 0; j <= i; j++)
        expect(overlap(result.vectors[i], result.vectors[j])).toBeCloseTo(i === j ? 1 : 0, 10);
  }
  product.dispose();
}); // oxfmt-ignore

test("lanczos: small, indefinite and unusual matrices", () => {
  for (const n of [1, 2, 5, 30]) {
    const matrix = randomMatrix(n, "indefinite", n);
    const exact = eigenSymmetric(dense(n, n, toDense(matrix))).values;
    const result = lanczos(new SparseProduct(matrix), { count: Math.min(n, 3), which: "magnitude", tolerance: 1e-10 });
    const wanted = Array.from(exact).sort((a, b) => Math.abs(b) - Math.abs(a));
    result.values.forEach((value, k) => expect(value).toBeCloseTo(wanted[k], 8));
  }
  const identity = lanczos(new SparseProduct(sparseDiagonal(new Float64Array(50).fill(3))), { count: 4 });
  expect([identity.status, ...identity.values]).toEqual(["converged", ...Array.from({ length: 4 }, () => expect.closeTo(3, 12))]);
  const short = lanczos(new SparseProduct(poisson(30)), { count: 5, limit: 1, tolerance: 1e-12 });
  expect([short.status, short.reason]).toEqual(["limit", "1 restarts"]);
  expect(() => lanczos(new SparseProduct(poisson(2)), { count: 5 })).toThrow("5 eigenpairs of a matrix of order 4");
}); // oxfmt-ignore

test("arnoldi: convection, beside the dense method", () => {
  const matrix = convection(9, 400);
  const { re, im } = eigenGeneral(dense(81, 81, toDense(matrix)), { vectors: false });
  const product = new SparseProduct(matrix);
  const key = {
    magnitude: (k: number) => -Math.hypot(re[k], im[k]),
    "largest-real": (k: number) => -re[k],
    "smallest-real": (k: number) => re[k],
    "largest-imaginary": (k: number) => -Math.abs(im[k]),
  };
  for (const which of ["magnitude", "largest-real", "smallest-real", "largest-imaginary"] as const) {
    const result = arnoldi(product, { count: 4, which, tolerance: 1e-10 });
    expect(result.status, result.reason).toBe("converged");
    expect([4, 5]).toContain(result.values.length);
    const wanted = Array.from(re.keys()).sort((i, j) => key[which](i) - key[which](j));
    result.values.forEach((value, k) => {
      const found = {
        magnitude: -Math.hypot(value, result.imaginary![k]),
        "largest-real": -value,
        "smallest-real": value,
        "largest-imaginary": -Math.abs(result.imaginary![k]),
      }[which];
      expect(found).toBeCloseTo(key[which](wanted[k]), 6);
    });
    expect(Math.max(...result.residuals)).toBeLessThan(1e-10);
  }
  product.dispose();
});

test("arnoldi: a rotation, orders 1 and 2, defective matrices, limits", () => {
  const turn = fromTriplets({ rows: 2, cols: 2, row: [0, 1], col: [1, 0], values: [-3, 3] });
  const pair = arnoldi(new SparseProduct(turn), { count: 1 });
  expect([...pair.values, ...pair.imaginary!].map((v) => Math.round(v * 1e9) / 1e9 + 0)).toEqual([0, 0, 3, -3]);
  const one = arnoldi(new SparseProduct(sparseDiagonal([-7])), { count: 1 });
  expect(one.values[0]).toBeCloseTo(-7, 12);
  const jordan = fromTriplets({
    rows: 3,
    cols: 3,
    row: [0, 0, 1, 1, 2],
    col: [0, 1, 1, 2, 2],
    values: [2, 1, 2, 1, 2],
  });
  arnoldi(new SparseProduct(jordan), { count: 3, tolerance: 1e-4 }).values.forEach((value) =>
    expect(value).toBeCloseTo(2, 3),
  );
  const short = arnoldi(new SparseProduct(poisson(20)), {
    count: 5,
    which: "smallest-real",
    limit: 1,
    tolerance: 1e-12,
  });
  expect(short.status).toBe("limit");
  const nan = { rows: 3, cols: 3, apply: (_x: Float64Array, y: Float64Array) => void y.fill(Number.NaN) };
  for (const method of [arnoldi, lanczos, lobpcg]) expect(() => method(nan, { count: 1 })).toThrow("not finite");
  for (const method of [arnoldi, lanczos, lobpcg])
    expect(() => method(new SparseProduct(poisson(2)), { count: 0 })).toThrow("0 eigenpairs");
});

test("lobpcg with and without multigrid finds the smallest pairs of the Laplacian; the largest too", () => {
  const product = new SparseProduct(poisson(31));
  const exact = exactValues(31);
  const plain = lobpcg(product, { count: 5, tolerance: 1e-8, limit: 400 });
  const fast = lobpcg(product, { count: 5, tolerance: 1e-8, preconditioner: amg(product) });
  for (const result of [plain, fast]) {
    expect(result.status, result.reason).toBe("converged");
    result.values.forEach((value, k) => expect(value).toBeCloseTo(exact[k], 8));
  }
  expect(fast.iterations).toBeLessThan(plain.iterations / 2);
  const largest = lobpcg(product, { count: 3, which: "largest", tolerance: 1e-8, limit: 1000 });
  largest.values.forEach((value, k) => expect(value).toBeCloseTo(exact[exact.length - 1 - k], 7));
  product.dispose();
  for (const n of [1, 2, 4]) {
    const matrix = randomMatrix(n, "indefinite", n);
    const dense1 = eigenSymmetric(dense(n, n, toDense(matrix))).values;
    expect(lobpcg(new SparseProduct(matrix), { count: 1, tolerance: 1e-10 }).values[0]).toBeCloseTo(dense1[0], 9);
  }
});

test("randomised svd: a matrix of falling singular values, beside the dense one, with its error bound", () => {
  const random = new Random(5, 1);
  const [row, col, values]: number[][] = [[], [], []];
  for (let i = 0; i < 120; i++)
    for (let k = 0; k < 6; k++) {
      row.push(i);
      col.push(Math.floor(random.next() * 60));
      values.push((random.next() - 0.5) * 0.8 ** (i / 3));
    }
  const matrix = fromTriplets({ rows: 120, cols: 60, row, col, values });
  const product = new SparseProduct(matrix);
  const exact = svd(dense(120, 60, toDense(matrix)));
  const result = randomisedSvd(product, { count: 5, powers: 4, oversample: 12 });
  result.values.forEach((value, k) => expect(value).toBeCloseTo(exact.values[k], 6));
  expect(result.rangeError).toBeGreaterThanOrEqual(exact.values[17]);
  // U^T A V is the diagonal of the values.
  for (let a = 0; a < 5; a++)
    for (let b = 0; b < 5; b++) {
      let sum = 0;
      for (let p = 0; p < row.length; p++)
        sum += element(result.u, row[p], a) * values[p] * element(result.v, col[p], b);
      expect(sum).toBeCloseTo(a === b ? result.values[a] : 0, 8);
    }
  expect(() => randomisedSvd(new SparseProduct(sparseDiagonal([1, 0, 0])), { count: 2 })).toThrow("rank 1");
  expect(() => randomisedSvd(product, { count: 61 })).toThrow("61 singular values");
  product.dispose();
});
