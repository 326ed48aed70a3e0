// Matrices for tests and examples of iterative methods.
import { fromTriplets, type Sparse } from "../../array/index.ts";
import { Random } from "../../base/index.ts";

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

export type Kind = "definite" | "indefinite" | "general";

/** A random sparse matrix of order n, well conditioned: symmetric positive definite, symmetric with both signs, or neither. */
export function randomMatrix(n: number, kind: Kind, seed: number, perRow = 3): Sparse {
  const random = new Random(seed, 71);
  const [row, col, values]: number[][] = [[], [], []];
  const sums = new Float64Array(n);
  const put = (i: number, j: number, v: number): void => {
    row.push(i);
    col.push(j);
    values.push(v);
    sums[i] += Math.abs(v);
  };
  for (let i = 0; i < n; i++)
    for (let k = 0; k < perRow; k++) {
      const j = Math.floor(random.next() * n);
      if (j === i) continue;
      const v = random.next() - 0.5;
      put(i, j, v);
      if (kind !== "general") put(j, i, v);
    }
  for (let i = 0; i < n; i++) {
    const sign = kind === "indefinite" && random.next() < 0.4 ? -1 : 1;
    put(i, i, sign * (1.1 * sums[i] + 0.5 + random.next()));
  }
  return fromTriplets({ rows: n, cols: n, row, col, values });
}

/** Convection and diffusion on n x n points, upwind differences; not symmetric. */
export function convection(n: number, strength = 50): Sparse {
  const h = 1 / (n + 1);
  const [row, col, values]: number[][] = [[], [], []];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const k = i * n + j;
      const [u, v] = [strength * h * Math.sin(7 * (i + 1) * h), strength * h * Math.cos(5 * (j + 1) * h)];
      const put = (there: boolean, column: number, value: number): void => {
        if (!there) return;
        row.push(k);
        col.push(column);
        values.push(value);
      };
      put(true, k, 4 + Math.abs(u) + Math.abs(v));
      put(j > 0, k - 1, -1 - Math.max(u, 0));
      put(j < n - 1, k + 1, -1 + Math.min(u, 0));
      put(i > 0, k - n, -1 - Math.max(v, 0));
      put(i < n - 1, k + n, -1 + Math.min(v, 0));
    }
  return fromTriplets({ rows: n * n, cols: n * n, row, col, values });
}

export function randomVector(n: number, seed: number): Float64Array {
  const random = new Random(seed, 72);
  return Float64Array.from({ length: n }, () => 2 * random.next() - 1);
}

/** Row by row. */
export function toDense({ layout, rows, cols, ptr, idx, values }: Sparse): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let k = 0; k < ptr.length - 1; k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) out[layout === "csr" ? k * cols + idx[p] : idx[p] * cols + k] = values[p];
  return out;
}
