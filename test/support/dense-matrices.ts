// Dense matrices for tests: arbitrary ones, published ones, and plain arithmetic to check factors with.
import * as fc from "fast-check";
import { Random } from "../../src/base/index.ts";
import { dense, type Dense, element, packed } from "../../src/array/index.ts";

export const EPSILON = 2 ** -53;

/** m x n by a function of row and column. */
export function matrixOf(rows: number, cols: number, value: (i: number, j: number) => number): Dense {
  return dense(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, (_, p) => value(Math.floor(p / cols), p % cols)),
  );
}

export const identity = (n: number): Dense => matrixOf(n, n, (i, j) => Number(i === j));

/** A B by plain loops. */
export function times(a: Dense, b: Dense): Dense {
  const [x, y] = [packed(a), packed(b)];
  const out = new Float64Array(a.rows * b.cols);
  for (let i = 0; i < a.rows; i++)
    for (let k = 0; k < a.cols; k++)
      for (let j = 0; j < b.cols; j++) out[i * b.cols + j] += x[i * a.cols + k] * y[k * b.cols + j];
  return dense(a.rows, b.cols, out);
}

/** Largest absolute value. */
export const largest = (a: Dense): number => packed(a).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** Frobenius norm. */
export const frobenius = (a: Dense): number => Math.hypot(...packed(a), 0);

/** Largest difference of two elements. */
export function distance(a: Dense, b: Dense): number {
  if (a.rows !== b.rows || a.cols !== b.cols) return Infinity;
  const [x, y] = [packed(a), packed(b)];
  return x.reduce((most, v, p) => Math.max(most, Number.isNaN(v) ? Infinity : Math.abs(v - y[p])), 0);
}

/** Largest element of Q^T Q - I. */
export function skewness(q: Dense): number {
  return distance(times({ ...q, rows: q.cols, cols: q.rows, rowStep: q.colStep, colStep: q.rowStep }, q), identity(q.cols)); // oxfmt-ignore
}

/** Elements: small integers with many zeros, numbers between -1 and 1, or such times powers of ten by row and column. */
export function randomMatrix(rows: number, cols: number, seed: number): Dense {
  const random = new Random(seed);
  const kind = seed % 4;
  const scales = Array.from({ length: rows + cols }, () => 10 ** Math.round(8 * random.next() - 4));
  return matrixOf(rows, cols, (i, j) => {
    const x = 2 * random.next() - 1;
    if (kind === 0) return Math.round(3 * x);
    if (kind === 1) return random.next() < 0.6 ? 0 : x;
    return kind === 2 ? x : x * scales[i] * scales[rows + j];
  });
}

/** Matrices of up to `most` rows and columns. */
export const anyMatrix = (most: number): fc.Arbitrary<Dense> =>
  fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }), fc.nat()).map(([rows, cols, seed]) => randomMatrix(rows, cols, seed)); // oxfmt-ignore

export const anySquare = (most: number): fc.Arbitrary<Dense> =>
  fc.tuple(fc.integer({ min: 0, max: most }), fc.nat()).map(([n, seed]) => randomMatrix(n, n, seed));

export const anySymmetric = (most: number): fc.Arbitrary<Dense> =>
  anySquare(most).map((a) => matrixOf(a.rows, a.rows, (i, j) => element(a, Math.max(i, j), Math.min(i, j))));

/** Hilbert's matrix: 1 / (i + j + 1). */
export const hilbert = (n: number): Dense => matrixOf(n, n, (i, j) => 1 / (i + j + 1));

/** Determinant of an integer matrix by exact elimination (Bareiss). */
export function exactDeterminant(a: Dense): bigint {
  const n = a.rows;
  const m = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => BigInt(element(a, i, j))));
  let [sign, last] = [1n, 1n];
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
