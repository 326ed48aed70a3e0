// The equations of a curve of steady states f(y, p) = 0 in scaled unknowns z = (y / d, p / e), and one equation more: a plane.
// Source: Keller 1977, "Numerical solution of bifurcation and nonlinear eigenvalue problems" (pseudo-arclength).
import { denseFactor, denseSolve } from "../../linear/dense-lu.ts";
import type { EquilibriumSystem } from "./system.ts";

const MOST_ITERATIONS = 10;

/** Solves of the bordered matrix [f_z; row]. */
export interface Bordered {
  /** x = the solution for this right side. */
  solve(b: Float64Array): void;
  /** Sign and logarithm of the size of the determinant. */
  readonly sign: number;
  readonly log: number;
}

export class BranchSystem {
  readonly system: EquilibriumSystem;
  /** n + 1 scales: of the states, and of the parameter last. */
  readonly scale: Float64Array;
  readonly #y: Float64Array;
  readonly #J: Float64Array;
  readonly #slope: Float64Array;

  constructor(system: EquilibriumSystem, scale: Float64Array) {
    this.system = system;
    this.scale = scale;
    const { n } = system;
    this.#y = new Float64Array(n);
    this.#J = new Float64Array(n * n);
    this.#slope = new Float64Array(n);
  }

  get size(): number {
    return this.scale.length;
  }

  state(z: Float64Array): Float64Array {
    return z.slice(0, -1).map((v, i) => v * this.scale[i]);
  }

  parameter(z: Float64Array): number {
    return z[z.length - 1] * this.scale[z.length - 1];
  }

  /** The bordered matrix at z; undefined where singular or not finite. */
  bordered(z: Float64Array, row: Float64Array): Bordered | undefined {
    const N = this.size;
    const n = N - 1;
    this.#set(z);
    const p = this.parameter(z);
    this.system.jacobian(this.#y, p, this.#J);
    this.system.slope!(this.#y, p, this.#slope);
    const a = new Float64Array(N * N);
    for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) a[j * N + i] = this.#J[i * n + j] * this.scale[j];
    for (let i = 0; i < n; i++) a[n * N + i] = this.#slope[i] * this.scale[n];
    for (let j = 0; j < N; j++) a[j * N + n] = row[j];
    const swap = new Int32Array(N);
    if (denseFactor(N, a, swap) >= 0) return undefined;
    let sign = 1;
    let log = 0;
    for (let k = 0; k < N; k++) {
      const pivot = a[k * N + k];
      if (pivot < 0) sign = -sign;
      if (swap[k] !== k) sign = -sign;
      log += Math.log(Math.abs(pivot));
    }
    return { solve: (b) => denseSolve(N, a, swap, b), sign, log };
  }

  /** Newton's method for f(z) = 0, row . (z - at) = along, from z. The solution, or undefined where it is not reached. */
  correct(
    z: Float64Array,
    row: Float64Array,
    at: Float64Array,
    along: number,
  ): { z: Float64Array; iterations: number } | undefined {
    const N = this.size;
    const n = N - 1;
    let current = z.slice();
    const f = new Float64Array(n);
    let before = Infinity;
    for (let iterations = 1; iterations <= MOST_ITERATIONS; iterations++) {
      const matrix = this.bordered(current, row);
      if (matrix === undefined) return undefined;
      this.#set(current);
      this.system.rhs(this.#y, this.parameter(current), f);
      const b = new Float64Array(N);
      b.set(f);
      b[n] = -along;
      for (let j = 0; j < N; j++) b[n] += row[j] * (current[j] - at[j]);
      matrix.solve(b);
      const next = current.map((v, j) => v - b[j]);
      let change = 0;
      let size = 1;
      for (let j = 0; j < N; j++) {
        change = Math.max(change, Math.abs(b[j]));
        size = Math.max(size, Math.abs(next[j]));
      }
      if (!Number.isFinite(change) || next.some(Number.isNaN)) return undefined;
      current = next;
      if (change <= 1e-14 * size || (change <= 1e-9 * size && change > 0.3 * before)) return { z: current, iterations };
      if (iterations > 2 && change > before) return undefined;
      before = change;
    }
    return undefined;
  }

  /** The unit tangent at z that points like `like`. */
  tangent(z: Float64Array, like: Float64Array): Float64Array | undefined {
    const matrix = this.bordered(z, like);
    if (matrix === undefined) return undefined;
    const t = new Float64Array(this.size);
    t[this.size - 1] = 1;
    matrix.solve(t);
    return unit(t);
  }

  #set(z: Float64Array): void {
    for (let i = 0; i < this.#y.length; i++) this.#y[i] = z[i] * this.scale[i];
  }
}

export function unit(v: Float64Array): Float64Array | undefined {
  const size = Math.hypot(...v);
  return size > 0 && Number.isFinite(size) ? v.map((x) => x / size) : undefined;
}

export const dot = (u: Float64Array, v: Float64Array): number => u.reduce((sum, x, i) => sum + x * v[i], 0);
