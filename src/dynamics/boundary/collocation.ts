// The collocation equations of the three-stage Lobatto IIIA formula (order 4) on a mesh, and Newton's method for them:
//   y_{i+1} - y_i = h/6 (f_i + 4 f_m + f_{i+1}),  y_m = (y_i + y_{i+1})/2 - h/8 (f_{i+1} - f_i).
// Source: Kierzenka and Shampine 2001, "A BVP solver based on residual control and the Matlab PSE", ACM TOMS 27:299-316.
// The linear systems (almost block diagonal, with rows of boundary conditions and columns of parameters) are solved sparse with
// partial pivoting by rows.
import { analyzeLU, SparseLU } from "../../linear/sparse-lu.ts";
import type { BoundaryProblem } from "./problem.ts";

/** Values on a mesh: y[i * n + c] is component c at x[i]; p the parameters. */
export interface MeshValues {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly p: Float64Array;
}

export interface NewtonResult {
  readonly values: MeshValues;
  readonly kind: "converged" | "slow" | "singular" | "not finite";
  readonly iterations: number;
}

const MOST_ITERATIONS = 25;
const MOST_HALVINGS = 8;
const DECREASE = 0.2;

export class Collocation {
  readonly #problem: Required<BoundaryProblem>;
  readonly #x: Float64Array;
  /** Unknowns in all. */
  readonly #size: number;
  readonly #lu: SparseLU;
  readonly #matrix: Float64Array;
  readonly #place: ReadonlyMap<number, number>[];

  constructor(problem: Required<BoundaryProblem>, x: Float64Array) {
    this.#problem = problem;
    this.#x = x;
    const { n, k } = problem;
    const m = x.length;
    const size = (this.#size = n * m + k);
    // Columns: y_0, ..., y_{m-1}, p. Rows: equations of the intervals, then boundary conditions.
    const columns: number[][] = Array.from({ length: size }, () => []);
    const rows = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
    const border = rows(n * (m - 1), n + k);
    for (let i = 0; i < m; i++)
      for (let c = 0; c < n; c++) {
        const column = columns[i * n + c];
        if (i > 0) column.push(...rows((i - 1) * n, n));
        if (i < m - 1) column.push(...rows(i * n, n));
        if (i === 0 || i === m - 1) column.push(...border);
      }
    for (let j = 0; j < k; j++) columns[n * m + j].push(...rows(0, size));
    const colPtr = new Int32Array(size + 1);
    columns.forEach((column, j) => (colPtr[j + 1] = colPtr[j] + column.length));
    const rowIdx = Int32Array.from(columns.flat());
    this.#place = columns.map((column, j) => new Map(column.map((row, q) => [row, colPtr[j] + q])));
    this.#lu = new SparseLU(
      analyzeLU({ n: size, colPtr, rowIdx }, { ordering: "natural", pivotTolerance: 1, refactorTolerance: 0.1 }),
    );
    this.#matrix = new Float64Array(rowIdx.length);
  }

  dispose(): void {
    this.#lu.dispose();
  }

  /** Residuals of all equations; also f at the mesh points (n each) and in the middles. */
  residual({ y, p }: MeshValues): { r: Float64Array; f: Float64Array; middle: Float64Array; fm: Float64Array } {
    const { n, k, rhs, boundary } = this.#problem;
    const x = this.#x;
    const m = x.length;
    const r = new Float64Array(this.#size);
    const f = new Float64Array(n * m);
    const fm = new Float64Array(n * (m - 1));
    const middle = new Float64Array(n * (m - 1));
    const at = (i: number): Float64Array => y.subarray(i * n, (i + 1) * n);
    for (let i = 0; i < m; i++) rhs(x[i], at(i), p, f.subarray(i * n, (i + 1) * n));
    for (let i = 0; i + 1 < m; i++) {
      const h = x[i + 1] - x[i];
      for (let c = 0; c < n; c++) {
        const [l, q] = [i * n + c, (i + 1) * n + c];
        middle[l] = 0.5 * (y[l] + y[q]) - (h / 8) * (f[q] - f[l]);
      }
      rhs(x[i] + h / 2, middle.subarray(i * n, (i + 1) * n), p, fm.subarray(i * n, (i + 1) * n));
      for (let c = 0; c < n; c++) {
        const [l, q] = [i * n + c, (i + 1) * n + c];
        r[l] = y[q] - y[l] - (h / 6) * (f[l] + 4 * fm[l] + f[q]);
      }
    }
    boundary(at(0), at(m - 1), p, r.subarray(n * (m - 1), n * m + k));
    return { r, f, middle, fm };
  }

  /** Factorises the Jacobian; false where it is singular. */
  #factor(values: MeshValues, middle: Float64Array): boolean {
    const { n, k, jacobian, boundaryJacobian } = this.#problem;
    const { y, p } = values;
    const x = this.#x;
    const m = x.length;
    const matrix = this.#matrix;
    matrix.fill(0);
    const set = (row: number, column: number, value: number): void => {
      matrix[this.#place[column].get(row)!] = value;
    };
    const block = (): { J: Float64Array; P: Float64Array } => ({
      J: new Float64Array(n * n),
      P: new Float64Array(n * k),
    });
    const evaluate = (t: number, at: Float64Array, out: { J: Float64Array; P: Float64Array }): typeof out => {
      jacobian(t, at, p, out.J, out.P);
      return out;
    };
    const at = (v: Float64Array, i: number): Float64Array => v.slice(i * n, (i + 1) * n);
    let left = evaluate(x[0], at(y, 0), block());
    const mid = block();
    let right = block();
    for (let i = 0; i + 1 < m; i++) {
      const h = x[i + 1] - x[i];
      evaluate(x[i] + h / 2, at(middle, i), mid);
      evaluate(x[i + 1], at(y, i + 1), right);
      for (let r = 0; r < n; r++) {
        for (let c = 0; c < n; c++) {
          let [ml, mr] = [0, 0];
          for (let q = 0; q < n; q++) {
            ml += mid.J[r * n + q] * left.J[q * n + c];
            mr += mid.J[r * n + q] * right.J[q * n + c];
          }
          const one = r === c ? 1 : 0;
          const middleJ = mid.J[r * n + c];
          set(i * n + r, i * n + c, -one - (h / 6) * (left.J[r * n + c] + 2 * middleJ + (h / 2) * ml));
          set(i * n + r, (i + 1) * n + c, one - (h / 6) * (right.J[r * n + c] + 2 * middleJ - (h / 2) * mr));
        }
        for (let c = 0; c < k; c++) {
          let through = 0;
          for (let q = 0; q < n; q++) through += mid.J[r * n + q] * (right.P[q * k + c] - left.P[q * k + c]);
          const sum = left.P[r * k + c] + 4 * mid.P[r * k + c] - (h / 2) * through + right.P[r * k + c];
          set(i * n + r, n * m + c, (-h / 6) * sum);
        }
      }
      [left, right] = [right, left];
    }
    const A = new Float64Array((n + k) * n);
    const B = new Float64Array((n + k) * n);
    const P = new Float64Array((n + k) * k);
    boundaryJacobian(at(y, 0), at(y, m - 1), p.slice(), A, B, P);
    for (let r = 0; r < n + k; r++) {
      for (let c = 0; c < n; c++) {
        set(n * (m - 1) + r, c, A[r * n + c]);
        set(n * (m - 1) + r, n * (m - 1) + c, B[r * n + c]);
      }
      for (let c = 0; c < k; c++) set(n * (m - 1) + r, n * m + c, P[r * k + c]);
    }
    return matrix.every(Number.isFinite) && this.#lu.refactor(matrix).kind !== "singular";
  }

  /** Newton's method with halved steps until the next correction, and the last one, are below `tolerance` of each component's size. */
  newton(start: MeshValues, tolerance: number): NewtonResult {
    const { n } = this.#problem;
    const m = this.#x.length;
    let values = start;
    const sizes = new Float64Array(this.#size);
    const measure = (delta: Float64Array): number => {
      let sum = 0;
      for (let i = 0; i < delta.length; i++) sum += (delta[i] / sizes[i]) ** 2;
      return Math.sqrt(sum / delta.length);
    };
    for (let iterations = 1; iterations <= MOST_ITERATIONS; iterations++) {
      const { r, middle } = this.residual(values);
      if (!r.every(Number.isFinite)) return { values, kind: "not finite", iterations };
      if (!this.#factor(values, middle)) return { values, kind: "singular", iterations };
      const { sizes: components } = componentSizes(values, n);
      for (let i = 0; i < n * m; i++) sizes[i] = components[i % n];
      values.p.forEach((v, j) => (sizes[n * m + j] = Math.abs(v) || 1));
      this.#lu.solve(r);
      const cost = measure(r);
      if (cost === 0) return { values, kind: "converged", iterations };
      let next = values;
      let share = 1;
      let accepted = false;
      for (let halving = 0; halving <= MOST_HALVINGS; halving++, share /= 2) {
        next = moved(values, r, share);
        const after = this.residual(next).r;
        if (!after.every(Number.isFinite)) continue;
        this.#lu.solve(after);
        const left = measure(after);
        if (left < (1 - DECREASE * share) * cost || left < tolerance) {
          accepted = true;
          if (share === 1 && left < tolerance) return { values: next, kind: "converged", iterations };
          break;
        }
      }
      if (!accepted) return { values, kind: cost < 100 * tolerance ? "converged" : "slow", iterations };
      values = next;
    }
    return { values, kind: "slow", iterations: MOST_ITERATIONS };
  }
}

function moved({ x, y, p }: MeshValues, delta: Float64Array, share: number): MeshValues {
  return {
    x,
    y: y.map((v, i) => v - share * delta[i]),
    p: p.map((v, j) => v - share * delta[y.length + j]),
  };
}

/** Largest size of each component over the mesh; that of the largest one for components that are zero. */
export function componentSizes({ y }: MeshValues, n: number): { sizes: Float64Array } {
  const sizes = new Float64Array(n);
  y.forEach((v, i) => (sizes[i % n] = Math.max(sizes[i % n], Math.abs(v))));
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0) || 1;
  return { sizes: sizes.map((size) => Math.max(size, 1e-3 * largest)) };
}
