// The matrix that solvers are measured on.
import type { Sparse } from "./sparse.ts";

/** The 5-point (dimensions 2), 7-point (3) or 3-point (1) Laplacian on n^dimensions points with zero boundary values, unscaled. */
export function poisson(n: number, dimensions: 1 | 2 | 3 = 2): Sparse {
  const size = n ** dimensions;
  const ptr = new Int32Array(size + 1);
  const most = size * (2 * dimensions + 1);
  const [idx, values] = [new Int32Array(most), new Float64Array(most)];
  const steps = Array.from({ length: dimensions }, (_, d) => n ** (dimensions - 1 - d));
  let p = 0;
  const put = (column: number, value: number): void => {
    idx[p] = column;
    values[p++] = value;
  };
  for (let row = 0; row < size; row++) {
    for (const step of steps) if (Math.floor(row / step) % n > 0) put(row - step, -1);
    put(row, 2 * dimensions);
    for (const step of steps.toReversed()) if (Math.floor(row / step) % n < n - 1) put(row + step, -1);
    ptr[row + 1] = p;
  }
  return { layout: "csr", rows: size, cols: size, ptr, idx: idx.slice(0, p), values: values.slice(0, p) };
}
