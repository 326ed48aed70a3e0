// The matrix M - c J of implicit methods (M = I where the system has no mass matrix): assembled from the Jacobian's values, factorised sparse or dense with pivoting.
// Small ones are factorised by straight-line code (compiled-matrix.ts).
import type { TapeFunction } from "../compile/index.ts";
// The files, not the index of the room: that one loads every solver, which takes as long as all the rest of a simulation's start.
import { DenseLU } from "../linear/dense-lu.ts";
import { analyzeLU, SparseLU, type SparseLUAnalysis } from "../linear/sparse-lu.ts";
import { diagonalMass, type MassMatrix } from "./mass.ts";
import type { OdeSystem } from "./system.ts";

export interface NewtonMatrix {
  readonly kind: "dense" | "sparse" | "compiled" | "krylov";
  /** The vector on which `solve` is cheapest: always the same one. */
  vector(): Float64Array;
  /** Evaluates the Jacobian J at (t, y). */
  evaluate(t: number, y: Float64Array): void;
  /** Factorises M - c J with the last J; false where it is singular. */
  factor(c: number): boolean;
  /** b = (M - c J)^-1 b. */
  solve(b: Float64Array): void;
  /** Gives memory back. */
  dispose(): void;
  /** Cost of a new Jacobian and factorisation in units of one Newton iteration (right-hand side and solve), by operation counts. */
  readonly factorCost: number;
  /** Operations of one factorisation and of one solve. */
  readonly operations: { readonly factor: number; readonly solve: number };
  /** Straight-line solves, for use inside compiled loops. */
  readonly code?: MatrixCode;
}

export interface MatrixCode {
  /** Tape of arrays lu, b and x. */
  readonly solve: TapeFunction;
  /** The array lu; undefined while another factorisation is in use. */
  factors(): Float64Array | undefined;
}

/** Systems up to this size, or with patterns this full, are treated as dense. */
const DENSE_SIZE = 24;
const DENSE_SHARE = 0.5;

/** The cheaper of dense and sparse factorisation with pivoting. */
export function pivotingMatrix(system: OdeSystem): NewtonMatrix {
  const { n, rowIdx } = system.pattern;
  return n <= DENSE_SIZE || rowIdx.length > DENSE_SHARE * n * n ? new DenseNewton(system) : new SparseNewton(system);
}

class DenseNewton implements NewtonMatrix {
  readonly kind = "dense";
  readonly factorCost: number;
  readonly operations: { readonly factor: number; readonly solve: number };
  readonly #system: OdeSystem;
  readonly #values: Float64Array;
  /** Row-major position of each entry of the pattern. */
  readonly #place: Int32Array;
  readonly #matrix: Float64Array;
  readonly #lu: DenseLU;
  readonly #vector: Float64Array;

  constructor(system: OdeSystem) {
    const { n, colPtr, rowIdx } = system.pattern;
    this.#system = system;
    this.#values = system.vector(rowIdx.length);
    this.#place = new Int32Array(rowIdx.length);
    for (let j = 0; j < n; j++) for (let p = colPtr[j]; p < colPtr[j + 1]; p++) this.#place[p] = rowIdx[p] * n + j;
    this.#matrix = new Float64Array(n * n);
    this.#lu = new DenseLU(n);
    this.#vector = this.#lu.vector();
    const { rhs, jacobian } = system.cost;
    this.operations = { factor: (2 * n ** 3) / 3 + n * n, solve: 2 * n * n };
    this.factorCost = (jacobian + this.operations.factor) / (rhs + this.operations.solve + 10 * n);
  }

  vector(): Float64Array {
    return this.#vector;
  }

  dispose(): void {
    this.#lu.dispose();
  }

  evaluate(t: number, y: Float64Array): void {
    this.#system.jacobian(t, y, this.#values);
  }

  factor(c: number): boolean {
    const { n } = this.#system;
    const m = this.#matrix;
    m.fill(0);
    const { mass } = this.#system;
    if (mass === undefined) for (let i = 0; i < n; i++) m[i * n + i] = 1;
    else {
      const { colPtr, rowIdx } = mass.pattern;
      for (let j = 0; j < n; j++) for (let p = colPtr[j]; p < colPtr[j + 1]; p++) m[rowIdx[p] * n + j] = mass.values[p];
    }
    for (let p = 0; p < this.#place.length; p++) m[this.#place[p]] -= c * this.#values[p];
    return this.#lu.factor(m) < 0;
  }

  solve(b: Float64Array): void {
    this.#lu.solve(b);
  }
}

/** Orderings and symbolic factors are made once a pattern. */
const analyses = new WeakMap<OdeSystem["pattern"], SparseLUAnalysis>();

class SparseNewton implements NewtonMatrix {
  readonly kind = "sparse";
  readonly factorCost: number;
  readonly operations: { readonly factor: number; readonly solve: number };
  readonly analysis: SparseLUAnalysis;
  readonly #system: OdeSystem;
  readonly #values: Float64Array;
  /** Position of each entry of the Jacobian, and of each of the mass matrix, in the pattern of both. */
  readonly #place: Int32Array;
  readonly #massPlace: Int32Array;
  readonly #mass: MassMatrix;
  readonly #matrix: Float64Array;
  readonly #lu: SparseLU;
  readonly #vector: Float64Array;

  constructor(system: OdeSystem) {
    const { n, colPtr, rowIdx } = system.pattern;
    this.#system = system;
    this.#values = system.vector(rowIdx.length);
    this.#mass = system.mass ?? diagonalMass(new Float64Array(n).fill(1));
    const mass = this.#mass.pattern;
    const full: number[] = [];
    const fullPtr = new Int32Array(n + 1);
    this.#place = new Int32Array(rowIdx.length);
    this.#massPlace = new Int32Array(mass.rowIdx.length);
    for (let j = 0; j < n; j++) {
      let p = colPtr[j];
      let q = mass.colPtr[j];
      while (p < colPtr[j + 1] || q < mass.colPtr[j + 1]) {
        const a = p < colPtr[j + 1] ? rowIdx[p] : n;
        const b = q < mass.colPtr[j + 1] ? mass.rowIdx[q] : n;
        const at = full.push(Math.min(a, b)) - 1;
        if (a <= b) this.#place[p++] = at;
        if (b <= a) this.#massPlace[q++] = at;
      }
      fullPtr[j + 1] = full.length;
    }
    let analysis = analyses.get(system.pattern);
    if (analysis === undefined)
      analyses.set(system.pattern, (analysis = analyzeLU({ n, colPtr: fullPtr, rowIdx: Int32Array.from(full) })));
    this.analysis = analysis;
    this.#lu = new SparseLU(this.analysis);
    this.#matrix = this.#lu.vector(full.length);
    this.#vector = this.#lu.vector();
    const { rhs, jacobian } = system.cost;
    this.operations = { factor: this.analysis.flops + full.length, solve: 2 * this.analysis.entries };
    this.factorCost = (jacobian + this.operations.factor) / (rhs + this.operations.solve + 10 * n);
  }

  vector(): Float64Array {
    return this.#vector;
  }

  dispose(): void {
    this.#lu.dispose();
  }

  evaluate(t: number, y: Float64Array): void {
    this.#system.jacobian(t, y, this.#values);
  }

  factor(c: number): boolean {
    const m = this.#matrix;
    m.fill(0);
    for (let p = 0; p < this.#place.length; p++) m[this.#place[p]] = -c * this.#values[p];
    const { values } = this.#mass;
    for (let p = 0; p < values.length; p++) m[this.#massPlace[p]] += values[p];
    return this.#lu.refactor(m).kind !== "singular";
  }

  solve(b: Float64Array): void {
    this.#lu.solve(b);
  }
}
