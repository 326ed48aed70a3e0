// Geometric multigrid for matrices on boxes of grid points (one to three dimensions, row after row), zero boundary values just outside:
// every second point is kept, values between are interpolated linearly, and coarse matrices are P^T A P (Trottenberg, Oosterlee,
// Schueller 2001, chapters 2 and 7). Works for coefficients that vary without jumps of many orders; see amg for the rest.
import { isSymmetric, multiplySparse, type Sparse, toLayout, transpose } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import type { Level } from "./aggregation.ts";
import { type GivenMatrix, squareMatrix } from "./given.ts";
import { Multigrid } from "./multigrid.ts";

export interface GeometricOptions {
  /** Points in each direction, slowest first; their product is the order of the matrix. */
  readonly grid: readonly number[];
  /** Gauss-Seidel sweeps before and after the coarser level. Default 1. */
  readonly sweeps?: number;
  /** Visits of the coarser level: 1 is a V-cycle, 2 a W-cycle. Default 1. */
  readonly visits?: number;
  /** Unknowns of the coarsest level at most. Default 200. */
  readonly coarsest?: number;
}

export function geometricMultigrid(given: GivenMatrix, options: GeometricOptions): Multigrid {
  const name = "geometric multigrid";
  const { grid, sweeps, visits, coarsest = 200 } = options;
  const { n, matrix, runtime } = squareMatrix(name, given);
  const size = grid.reduce((product, points) => product * points, 1);
  if (grid.length < 1 || grid.length > 3 || size !== n || grid.some((points) => !(Number.isInteger(points) && points >= 1)))
    throw new Failure("usage", `${name}: a grid of ${grid.join(" x ")} points for ${n} unknowns`);
  const levels: Level[] = [{ matrix }];
  let points = [...grid];
  while (levels[levels.length - 1].matrix.rows > coarsest && points.some((each) => each > 2)) {
    const fine = levels[levels.length - 1];
    const p = interpolation(points);
    fine.prolongation = p;
    levels.push({ matrix: multiplySparse(toLayout(transpose(p), "csr"), multiplySparse(fine.matrix, p)) });
    points = points.map(coarse);
  }
  return new Multigrid(levels, { name, symmetric: isSymmetric(matrix), runtime, placed: runtime !== undefined, sweeps, visits });
} // oxfmt-ignore

/** Points 1, 3, 5, ... are kept; directions of one or two points stay. */
const coarse = (points: number): number => (points > 2 ? points >> 1 : points);

/** Weights of one direction: for each point the coarse points it is made of. */
function weights(points: number): readonly (readonly (readonly [column: number, weight: number])[])[] {
  if (points <= 2) return Array.from({ length: points }, (_, i) => [[i, 1] as const]);
  const count = coarse(points);
  return Array.from({ length: points }, (_, i) => {
    if (i % 2 === 1) return [[(i - 1) / 2, 1] as const];
    return [i / 2 - 1, i / 2].filter((j) => j >= 0 && j < count).map((j) => [j, 0.5] as const);
  });
}

/** The product of the interpolations of all directions. */
function interpolation(points: readonly number[]): Sparse {
  const [wx, wy, wz] = [2, 1, 0].map((back) => weights(points[points.length - 3 + back] ?? 1));
  const [ny, nx] = [wy, wx].map((w) => (w.length > 2 ? coarse(w.length) : w.length));
  const nz = wz.length > 2 ? coarse(wz.length) : wz.length;
  const rows = wx.length * wy.length * wz.length;
  const ptr = new Int32Array(rows + 1);
  const [idx, values]: number[][] = [[], []];
  let row = 0;
  for (const z of wz)
    for (const y of wy)
      for (const x of wx) {
        for (const [k, c] of z)
          for (const [j, b] of y)
            for (const [i, a] of x) {
              idx.push((k * ny + j) * nx + i);
              values.push(a * b * c);
            }
        ptr[++row] = idx.length;
      }
  return { layout: "csr", rows, cols: nx * ny * nz, ptr, idx: Int32Array.from(idx), values: Float64Array.from(values) };
}
