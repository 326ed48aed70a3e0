// Refinement with factors in narrow formats, beside the dense LU in double precision and exact solutions.
import { expect, test } from "vitest";
import { fromTriplets, poisson, type Sparse, sparseDiagonal } from "../../array/index.ts";
import { DenseLU } from "../dense-lu.ts";
import { refine } from "./refinement.ts";
import { convection, randomMatrix, randomVector, toDense } from "./test-systems.ts";

const distance = (x: Float64Array, y: Float64Array): number => Math.hypot(...x.map((v, i) => v - y[i])) / Math.hypot(...y); // oxfmt-ignore

function solved(matrix: Sparse, b: Float64Array): Float64Array {
  const lu = new DenseLU(matrix.rows, { target: "js" });
  lu.factor(toDense(matrix));
  const x = b.slice();
  lu.solve(x);
  return x;
}

test.each(["binary32", "bfloat16", "binary16", "posit16"])("factors in %s, solution in double", (format) => {
  for (const matrix of [poisson(6), convection(5), randomMatrix(30, "general", 1)]) {
    const b = randomVector(matrix.rows, 2);
    for (const inner of ["factors", "gmres"] as const) {
      const result = refine(matrix, b, { format, inner });
      expect(result.status, result.reason).toBe("converged");
      expect(result.residual).toBeLessThanOrEqual(1e-12);
      expect(distance(result.x, solved(matrix, b))).toBeLessThan(1e-10);
    }
  }
});

/** The Hilbert matrix times a common denominator: whole numbers, condition 1e10 at order 8. */
function hilbert(n: number, multiple: number): Sparse {
  const [row, col, values]: number[][] = [[], [], []];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      row.push(i);
      col.push(j);
      values.push(multiple / (i + j + 1));
    }
  return fromTriplets({ rows: n, cols: n, row, col, values });
}

test("an ill-conditioned matrix: factors alone fail, GMRES with them does not, double-double residuals give x to the last digit", () => {
  const matrix = hilbert(8, 360_360);
  const ones = new Float64Array(8).fill(1);
  const b = Float64Array.from({ length: 8 }, (_, i) => ones.reduce((s, _each, j) => s + 360_360 / (i + j + 1), 0));
  expect(refine(matrix, b, { format: "binary16" }).status).toBe("stalled");
  const plain = refine(matrix, b, { format: "binary32", inner: "gmres" });
  const accurate = refine(matrix, b, { format: "binary32", inner: "gmres", residual: "double-double" });
  expect(plain.status).toBe("converged");
  expect(accurate.status).toBe("converged");
  expect(distance(accurate.x, ones)).toBeLessThan(4e-16);
  expect(distance(plain.x, ones)).toBeGreaterThan(distance(accurate.x, ones));
});

test("limits, a solver of one's own, and bad input", () => {
  const matrix = sparseDiagonal([1, 2, 4]);
  const b = Float64Array.of(1, 1, 1);
  const own = refine(matrix, b, { inner: (r) => r.map((v, i) => (0.9 * v) / [1, 2, 4][i]) });
  expect([own.status, distance(own.x, Float64Array.of(1, 0.5, 0.25)) < 1e-11]).toEqual(["converged", true]);
  expect(refine(matrix, b, { inner: (r) => r.map(() => 0) }).status).toBe("stalled");
  expect(refine(matrix, b, { inner: (r) => r.map(() => Number.NaN) }).status).toBe("breakdown");
  expect(refine(matrix, b, { inner: (r) => r.map((v) => 0.3 * v), limit: 2 }).status).toBe("limit");
  expect(refine(matrix, new Float64Array(3)).residual).toBe(0);
  expect(refine(sparseDiagonal([]), new Float64Array(0)).status).toBe("converged");
  expect(() => refine(sparseDiagonal([1, 0]), Float64Array.of(1, 1))).toThrow("singular in binary32: column 1");
  expect(() => refine(matrix, b, { format: "binary99" })).toThrow("binary99");
  expect(() => refine(matrix, Float64Array.of(1, Number.NaN, 1))).toThrow("NaN at place 1");
});
