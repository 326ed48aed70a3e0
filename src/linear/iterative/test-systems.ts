// Random and model systems for tests of iterative methods.
import { fromTriplets, type Sparse } from "../../array/index.ts";
import { Random } from "../../base/index.ts";

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
