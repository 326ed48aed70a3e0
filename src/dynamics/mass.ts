// Constant mass matrices: M y' = f(t, y). M may be singular: then some equations are algebraic, and only some initial
// states are consistent with them.
import { Failure } from "../base/index.ts";
import { DenseLU } from "../linear/dense-lu.ts";
import type { OdeSystem, SparsePattern } from "./system.ts";
import { notFinite } from "./vectors.ts";

export interface MassMatrix {
  readonly pattern: SparsePattern;
  /** One value an entry of the pattern. */
  readonly values: Float64Array;
}

/** The diagonal matrix of these values; zeros are not stored. */
export function diagonalMass(diagonal: ArrayLike<number>): MassMatrix {
  const n = diagonal.length;
  const colPtr = new Int32Array(n + 1);
  const rowIdx: number[] = [];
  const values: number[] = [];
  for (let j = 0; j < n; j++) {
    if (diagonal[j] !== 0) {
      rowIdx.push(j);
      values.push(diagonal[j]);
    }
    colPtr[j + 1] = rowIdx.length;
  }
  return { pattern: { n, colPtr, rowIdx: Int32Array.from(rowIdx) }, values: Float64Array.from(values) };
}

/** out = M x. The two must not be the same. */
export function massTimes({ pattern, values }: MassMatrix, x: Float64Array, out: Float64Array): void {
  const { n, colPtr, rowIdx } = pattern;
  out.fill(0);
  for (let j = 0; j < n; j++) for (let p = colPtr[j]; p < colPtr[j + 1]; p++) out[rowIdx[p]] += values[p] * x[j];
}

/** Rows and columns of M that are empty: algebraic equations, and the unknowns whose derivative does not occur. */
export interface AlgebraicPart {
  /** Row k is a combination of equations in which no derivative is left: its weights, n numbers. */
  readonly equations: readonly Float64Array[];
  /** Directions in which the state may be moved without touching M y. */
  readonly directions: readonly Float64Array[];
}

const parts = new WeakMap<MassMatrix, AlgebraicPart>();

/** Bases of the left and the right null space of M, by Gaussian elimination with complete pivoting in each connected block. */
export function algebraicPart(mass: MassMatrix): AlgebraicPart {
  let part = parts.get(mass);
  if (part === undefined)
    parts.set(mass, (part = { equations: nullSpace(mass, true), directions: nullSpace(mass, false) }));
  return part;
}

/** A basis of the null space of M, or of its transpose. Entries below 1e-14 of the largest count as zero. */
function nullSpace({ pattern, values }: MassMatrix, transposed: boolean): Float64Array[] {
  const { n, colPtr, rowIdx } = pattern;
  // Columns of the (transposed) matrix, combined until a column is empty: its combination lies in the null space.
  const columns: Map<number, number>[] = Array.from({ length: n }, () => new Map());
  let largest = 0;
  for (let j = 0; j < n; j++)
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      largest = Math.max(largest, Math.abs(values[p]));
      if (transposed) columns[rowIdx[p]].set(j, values[p]);
      else columns[j].set(rowIdx[p], values[p]);
    }
  const pivots = new Map<number, { column: Map<number, number>; combination: Map<number, number> }>();
  const basis: Float64Array[] = [];
  columns.forEach((column, j) => {
    const combination = new Map([[j, 1]]);
    for (;;) {
      let row = -1;
      let size = 1e-14 * largest;
      for (const [i, value] of column)
        if (Math.abs(value) > size) {
          size = Math.abs(value);
          row = i;
        }
      if (row < 0) {
        const vector = new Float64Array(n);
        for (const [k, value] of combination) vector[k] = value;
        basis.push(vector);
        return;
      }
      const reducible = [...column.keys()].find((i) => pivots.has(i));
      if (reducible === undefined) {
        pivots.set(row, { column, combination });
        return;
      }
      const pivot = pivots.get(reducible)!;
      const factor = column.get(reducible)! / pivot.column.get(reducible)!;
      for (const [i, value] of pivot.column) column.set(i, (column.get(i) ?? 0) - factor * value);
      column.delete(reducible);
      for (const [i, value] of column) if (Math.abs(value) <= 1e-14 * largest) column.delete(i);
      for (const [k, value] of pivot.combination) combination.set(k, (combination.get(k) ?? 0) - factor * value);
    }
  });
  return basis;
}

const MOST_ITERATIONS = 60;

/**
 * Moves y, only where no derivative stands, until the algebraic equations hold at t: Newton's method, steps halved while the
 * residual grows. Returns the number of iterations; 0 where there are no algebraic equations.
 * Fails (Failure) where the equations do not determine these unknowns (their index is higher than 1, or the initial values
 * contradict each other), with the names.
 */
export function makeConsistent(system: OdeSystem, t: number, y: Float64Array): number {
  const { mass, n } = system;
  if (mass === undefined) return 0;
  const { equations, directions } = algebraicPart(mass);
  const count = equations.length;
  if (count === 0) return 0;
  const f = system.vector();
  const trial = system.vector();
  const values = system.vector(system.pattern.rowIdx.length);
  const { colPtr, rowIdx } = system.pattern;
  const residual = (at: Float64Array): Float64Array => {
    system.rhs(t, at, f);
    return Float64Array.from(equations, (w) =>
      w.reduce((sum, weight, i) => (weight === 0 ? sum : sum + weight * f[i]), 0),
    );
  };
  const size = (r: Float64Array): number =>
    r.reduce((most, value) => (Math.abs(value) <= most ? most : Math.abs(value)), 0);
  const names = (): string =>
    directions
      .flatMap((direction) => system.names.filter((_, i) => direction[i] !== 0))
      .slice(0, 5)
      .join(", ");
  const lu = new DenseLU(count);
  try {
    trial.set(y);
    let r = residual(trial);
    for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      if (!Number.isFinite(size(r))) break;
      // J times each direction, then each equation of it.
      system.jacobian(t, trial, values);
      const matrix = new Float64Array(count * count);
      directions.forEach((direction, k) => {
        const column = new Float64Array(n);
        for (let j = 0; j < n; j++)
          if (direction[j] !== 0)
            for (let p = colPtr[j]; p < colPtr[j + 1]; p++) column[rowIdx[p]] += values[p] * direction[j];
        equations.forEach((w, i) => {
          let sum = 0;
          for (let l = 0; l < n; l++) sum += w[l] * column[l];
          matrix[i * count + k] = sum;
        });
      });
      const singular = lu.factor(matrix) >= 0;
      if (singular)
        throw new Failure("numeric", `the algebraic equations do not determine ${names()} at t = ${t}`, {
          hint: "Their matrix is singular there: an equation is missing or written twice, or the index of the system is higher than 1 (differentiate the equation).",
        });
      if (size(r) === 0) {
        y.set(trial);
        return iteration;
      }
      const step = Float64Array.from(r);
      lu.solve(step);
      const before = Float64Array.from(trial);
      const old = size(r);
      let moved = 0;
      let share = 1;
      for (let halving = 0; halving < 30; halving++, share /= 2) {
        trial.set(before);
        moved = 0;
        directions.forEach((direction, k) => {
          for (let l = 0; l < n; l++)
            if (direction[l] !== 0) {
              const change = share * step[k] * direction[l];
              trial[l] -= change;
              moved = Math.max(moved, Math.abs(change) / (Math.abs(before[l]) + 1e-300));
            }
        });
        r = residual(trial);
        if (size(r) < old || moved <= 4 * Number.EPSILON) break;
      }
      // At the accuracy of the arithmetic the residual cannot fall any more.
      if (moved <= 8 * Number.EPSILON && share === 1) {
        y.set(trial);
        return iteration + 1;
      }
      if (!(size(r) < old)) {
        if (old <= 1e-10 * (1 + size(before))) {
          y.set(before);
          return iteration + 1;
        }
        break;
      }
    }
    if (size(r) <= 1e-10 * (1 + size(trial))) {
      y.set(trial);
      return MOST_ITERATIONS;
    }
  } finally {
    lu.dispose();
  }
  const bad = notFinite(system.names, f);
  throw new Failure("numeric", `no values of ${names()} were found that fulfil the algebraic equations at t = ${t}`, {
    hint:
      bad.length > 0
        ? `The equations are not finite near the initial values (${bad.slice(0, 3).join(", ")}).`
        : "The initial values contradict the equations, or the guesses are too far away: give better ones.",
  });
}
