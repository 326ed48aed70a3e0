// A V-cycle over given levels (matrix and prolongation each), compiled: forward Gauss-Seidel sweeps, the residual restricted by P^T, the
// coarser level, P added, backward sweeps. Symmetric and positive definite if the matrix is. The first sweep starts from zero, so its
// residual needs the upper triangle only. The coarsest level is solved by the dense LU, or by sweeps where that is singular.
// Used by smoothed aggregation and by the geometric hierarchy; hierarchies of one's own are made into the same levels.
import { entryCount, type Sparse, sparseKernels } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import type { Runtime } from "../../compile/index.ts";
import { DenseLU } from "../dense-lu.ts";
import type { Preconditioner } from "../operator.ts";
import type { Level } from "./aggregation.ts";
import { Placement } from "./placement.ts";
import { smoothers } from "./smoothers.ts";

export interface CycleOptions {
  /** Gauss-Seidel sweeps before and after the coarser level. Default 1. */
  readonly sweeps?: number;
  /** Visits of the coarser level: 1 is a V-cycle, 2 a W-cycle. Default 1. */
  readonly visits?: number;
  readonly name: string;
  readonly symmetric: boolean;
  /** Where the levels are put if there is room; else in a memory of their own. */
  readonly runtime?: Runtime;
  /** The finest matrix lies in `runtime` already. */
  readonly placed?: boolean;
}

/** Addresses of one level, and its vectors. */
interface Placed {
  readonly n: number;
  readonly a: readonly [start: number, column: number, value: number];
  readonly mid: number;
  readonly d: number;
  readonly x: Float64Array;
  readonly b: Float64Array;
  readonly r: number;
  /** Prolongation from the coarser level: columns, entries, addresses. */
  readonly p?: { readonly columns: number; readonly entries: number; readonly at: readonly [number, number, number] };
}

/** Sweeps that stand for a solve on a coarsest level that is singular. */
const COARSE_SWEEPS = 20;

export class Multigrid implements Preconditioner {
  readonly name: string;
  readonly n: number;
  readonly symmetric: boolean;
  readonly entries: number;
  readonly runtime: Runtime;
  /** Unknowns of the levels, finest first. */
  readonly sizes: readonly number[];
  /** Entries of all matrices by those of the finest. */
  readonly complexity: number;
  readonly #placement: Placement;
  readonly #levels: Placed[] = [];
  readonly #coarse: DenseLU | undefined;
  readonly #sweeps: number;
  readonly #visits: number;
  readonly #raw: Readonly<Record<string, (...args: number[]) => number>>;

  constructor(levels: readonly Level[], { sweeps = 1, visits = 1, name, symmetric, runtime, placed = false }: CycleOptions) {
    for (const [what, count] of Object.entries({ sweeps, visits }))
      if (!(Number.isInteger(count) && count >= 1)) throw new Failure("usage", `${name}: ${count} ${what}`);
    this.name = name;
    this.symmetric = symmetric;
    this.n = levels[0].matrix.rows;
    this.sizes = levels.map(({ matrix }) => matrix.rows);
    this.#sweeps = sweeps;
    this.#visits = visits;
    const count = levels.reduce((sum, { matrix, prolongation: p }) => sum + entryCount(matrix) + (p ? entryCount(p) : 0), 0);
    const unknowns = this.sizes.reduce((sum, n) => sum + n, 0);
    const needs = { f64: count + 4 * unknowns, i32: count + 3 * unknowns + 4 * levels.length, slices: 16 * levels.length };
    this.#placement = new Placement(runtime, needs);
    this.runtime = this.#placement.runtime;
    levels.forEach(({ matrix, prolongation }, l) => this.#place(matrix, prolongation, l === 0 && placed && this.#placement.shared));
    this.#placement.done();
    this.complexity = levels.reduce((sum, { matrix }) => sum + entryCount(matrix), 0) / Math.max(1, entryCount(levels[0].matrix));
    this.entries = (2 * sweeps + 1) * count;
    this.#coarse = coarseSolver(levels[levels.length - 1].matrix);
    this.#raw = { ...sparseKernels(this.runtime), ...smoothers(this.runtime) };
  } // oxfmt-ignore

  apply(r: Float64Array, z: Float64Array): void {
    const [{ x, b }] = this.#levels;
    const { buffer } = x;
    const [from, to] = [r.buffer === buffer ? r : b, z.buffer === buffer ? z : x];
    if (from !== r) from.set(r);
    this.#cycle(0, from.byteOffset, to);
    if (to !== z) z.set(to);
  }

  dispose(): void {
    this.#coarse?.dispose();
    this.#placement.dispose();
  }

  /** x = V-cycle of right side b, from zero. */
  #cycle(level: number, b: number, to: Float64Array): void {
    const { n, a, mid, d, r, p } = this.#levels[level];
    const raw = this.#raw;
    const x = to.byteOffset;
    if (!p) {
      this.#solveCoarse(b, to);
      return;
    }
    raw.forwardFromZero(n, ...a, mid, d, b, x);
    for (let s = 1; s < this.#sweeps; s++) raw.forward(n, ...a, d, b, x);
    if (this.#sweeps === 1) raw.upperResidual(n, ...a, mid, x, r);
    else raw.residual(n, ...a, b, x, r);
    const next = this.#levels[level + 1];
    for (let visit = 0; visit < this.#visits; visit++) {
      if (visit > 0) raw.residual(n, ...a, b, x, r);
      raw.spmvCscF64(p.columns, n, p.entries, ...p.at, r, next.b.byteOffset);
      this.#cycle(level + 1, next.b.byteOffset, next.x);
      raw.productAdd(n, ...p.at, next.x.byteOffset, x);
      // The last level is solved exactly: a second visit brings nothing.
      if (!next.p) break;
    }
    for (let s = 0; s < this.#sweeps; s++) raw.backward(n, ...a, d, b, x);
  }

  #solveCoarse(b: number, to: Float64Array): void {
    const { n, a, d } = this.#levels[this.#levels.length - 1];
    if (this.#coarse) {
      to.set(new Float64Array(to.buffer, b, n));
      this.#coarse.solve(to);
      return;
    }
    to.fill(0);
    for (let s = 0; s < COARSE_SWEEPS; s++) {
      this.#raw.forward(n, ...a, d, b, to.byteOffset);
      this.#raw.backward(n, ...a, d, b, to.byteOffset);
    }
  }

  #place(matrix: Sparse, prolongation: Sparse | undefined, placed: boolean): void {
    const { runtime } = this;
    const n = matrix.rows;
    const put = ({ rows, ptr, idx, values }: Sparse): [number, number, number] => {
      const count = ptr[rows];
      const [p, i, v] = [runtime.i32(rows + 1), runtime.i32(count), runtime.f64(count)];
      p.set(ptr);
      i.set(idx.length === count ? idx : idx.subarray(0, count));
      v.set(values.length === count ? values : values.subarray(0, count));
      return [p.byteOffset, i.byteOffset, v.byteOffset];
    };
    const { ptr, idx, values } = matrix;
    const a = placed ? ([ptr.byteOffset, idx.byteOffset, values.byteOffset] as const) : put(matrix);
    const [mid, d] = [runtime.i32(n), runtime.f64(n)];
    for (let i = 0; i < n; i++) {
      let p = ptr[i];
      while (p < ptr[i + 1] && idx[p] < i) p++;
      if (!(p < ptr[i + 1] && idx[p] === i && values[p] !== 0))
        throw new Failure("numeric", `${this.name}: the diagonal is zero at row ${i} of level ${this.#levels.length}`);
      mid[i] = p;
      d[i] = 1 / values[p];
    }
    this.#levels.push({
      n, a, mid: mid.byteOffset, d: d.byteOffset,
      x: runtime.f64(n), b: runtime.f64(n), r: runtime.f64(n).byteOffset,
      ...(prolongation && { p: { columns: prolongation.cols, entries: entryCount(prolongation), at: put(prolongation) } }),
    }); // oxfmt-ignore
  }
}

/** Largest order that is solved directly. */
const MOST_DENSE = 1200;

function coarseSolver(matrix: Sparse): DenseLU | undefined {
  const { rows: n, ptr, idx, values } = matrix;
  if (n > MOST_DENSE) return undefined;
  const dense = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let p = ptr[i]; p < ptr[i + 1]; p++) dense[i * n + idx[p]] = values[p];
  const lu = new DenseLU(n);
  if (n > 0 && lu.factor(dense) < 0 && lu.conditionEstimate() < 1e13) return lu;
  lu.dispose();
  return undefined;
}
