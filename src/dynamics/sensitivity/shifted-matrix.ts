// The matrix I - c J, factorised for solves with it and with its transpose.
// The files, not the index of the room: that one loads every solver.
import { DenseLU } from "../../linear/dense-lu.ts";
import { analyzeLU, SparseLU } from "../../linear/sparse-lu.ts";
import type { SparsePattern } from "../system.ts";

/** Systems up to this size, or with patterns this full, are treated as dense. */
const DENSE_SIZE = 24;
const DENSE_SHARE = 0.5;

export class ShiftedMatrix {
  readonly #factor: (c: number, values: Float64Array) => boolean;
  readonly #lu: DenseLU | SparseLU;

  constructor({ n, colPtr, rowIdx }: SparsePattern) {
    const columns = Int32Array.from(rowIdx);
    for (let j = 0; j < n; j++) columns.fill(j, colPtr[j], colPtr[j + 1]);
    if (n <= DENSE_SIZE || rowIdx.length > DENSE_SHARE * n * n) {
      const lu = (this.#lu = new DenseLU(n));
      const matrix = new Float64Array(n * n);
      this.#factor = (c, values) => {
        matrix.fill(0);
        for (let i = 0; i < n; i++) matrix[i * n + i] = 1;
        for (let k = 0; k < rowIdx.length; k++) matrix[rowIdx[k] * n + columns[k]] -= c * values[k];
        return lu.factor(matrix) < 0;
      };
      return;
    }
    // The pattern with its diagonal.
    const fullPtr = new Int32Array(n + 1);
    const full: number[] = [];
    const place = new Int32Array(rowIdx.length);
    const diagonal = new Int32Array(n);
    for (let j = 0; j < n; j++) {
      let found = false;
      for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
        if (!found && rowIdx[p] >= j) {
          found = true;
          diagonal[j] = full.length;
          if (rowIdx[p] > j) full.push(j);
        }
        place[p] = full.push(rowIdx[p]) - 1;
      }
      if (!found) diagonal[j] = full.push(j) - 1;
      fullPtr[j + 1] = full.length;
    }
    const lu = (this.#lu = new SparseLU(analyzeLU({ n, colPtr: fullPtr, rowIdx: Int32Array.from(full) })));
    const matrix = lu.vector(full.length);
    this.#factor = (c, values) => {
      matrix.fill(0);
      for (let k = 0; k < place.length; k++) matrix[place[k]] = -c * values[k];
      for (let j = 0; j < n; j++) matrix[diagonal[j]] += 1;
      // With fresh pivots, so that the factors do not depend on matrices before.
      return lu.factor(matrix).kind !== "singular";
    };
  }

  /** Factorises I - c J; false where it is singular. */
  factor(c: number, values: Float64Array): boolean {
    return this.#factor(c, values);
  }

  solve(b: Float64Array): void {
    this.#lu.solve(b);
  }

  solveTransposed(b: Float64Array): void {
    this.#lu.solveTransposed(b);
  }

  dispose(): void {
    this.#lu.dispose();
  }
}
