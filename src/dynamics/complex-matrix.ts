// The matrix (a + b i) M - J of fully implicit methods, as a real one of twice the size: [a M - J, -b M; b M, a M - J].
// Dense or sparse with pivoting, as for the real matrix.
import { DenseLU } from "../linear/dense-lu.ts";
import { analyzeLU, SparseLU } from "../linear/sparse-lu.ts";
import { diagonalMass, type MassMatrix } from "./mass.ts";
import type { OdeSystem } from "./system.ts";

/** Systems up to this size are treated as dense. */
const DENSE_SIZE = 24;

export class ComplexNewton {
  readonly #n: number;
  readonly #system: OdeSystem;
  readonly #mass: MassMatrix;
  readonly #values: Float64Array;
  /** Positions in the matrix: of each Jacobian entry in both diagonal blocks, of each entry of M in all four. */
  readonly #jacobianAt: readonly [Int32Array, Int32Array];
  readonly #massAt: readonly [Int32Array, Int32Array, Int32Array, Int32Array];
  readonly #matrix: Float64Array;
  readonly #lu: DenseLU | SparseLU;
  readonly #right: Float64Array;

  constructor(system: OdeSystem) {
    const { n } = system;
    const { colPtr, rowIdx } = system.pattern;
    this.#n = n;
    this.#system = system;
    const mass = (this.#mass = system.mass ?? diagonalMass(new Float64Array(n).fill(1)));
    this.#values = system.vector(rowIdx.length);
    const jacobianAt = [new Int32Array(rowIdx.length), new Int32Array(rowIdx.length)] as const;
    const massAt = Array.from({ length: 4 }, () => new Int32Array(mass.values.length));
    const dense = n <= DENSE_SIZE;
    const full: number[] = [];
    const fullPtr = new Int32Array(2 * n + 1);
    const massPtr = mass.pattern.colPtr;
    const massRow = mass.pattern.rowIdx;
    for (let half = 0; half < 2; half++)
      for (let j = 0; j < n; j++) {
        // Column j of the left half holds (a M - J; b M), of the right half (-b M; a M - J).
        const rows = new Set<number>();
        for (let p = colPtr[j]; p < colPtr[j + 1]; p++) rows.add(rowIdx[p] + half * n);
        for (let p = massPtr[j]; p < massPtr[j + 1]; p++) rows.add(massRow[p]).add(massRow[p] + n);
        const sorted = [...rows].sort((x, y) => x - y);
        const column = j + half * n;
        const place = new Map(sorted.map((row, k) => [row, dense ? row * 2 * n + column : full.length + k] as const));
        full.push(...sorted);
        fullPtr[column + 1] = full.length;
        for (let p = colPtr[j]; p < colPtr[j + 1]; p++) jacobianAt[half][p] = place.get(rowIdx[p] + half * n)!;
        for (let p = massPtr[j]; p < massPtr[j + 1]; p++) {
          massAt[2 * half][p] = place.get(massRow[p])!;
          massAt[2 * half + 1][p] = place.get(massRow[p] + n)!;
        }
      }
    this.#jacobianAt = jacobianAt;
    this.#massAt = massAt as unknown as readonly [Int32Array, Int32Array, Int32Array, Int32Array];
    if (dense) {
      const lu = new DenseLU(2 * n);
      this.#lu = lu;
      this.#matrix = new Float64Array(4 * n * n);
      this.#right = lu.vector();
    } else {
      const lu = new SparseLU(analyzeLU({ n: 2 * n, colPtr: fullPtr, rowIdx: Int32Array.from(full) }));
      this.#lu = lu;
      this.#matrix = lu.vector(full.length);
      this.#right = lu.vector();
    }
  }

  evaluate(t: number, y: Float64Array): void {
    this.#system.jacobian(t, y, this.#values);
  }

  /** Factorises with the last Jacobian; false where the matrix is singular. */
  factor(a: number, b: number): boolean {
    const m = this.#matrix;
    m.fill(0);
    const { values } = this.#mass;
    const shares = [a, b, -b, a];
    this.#massAt.forEach((places, block) => {
      for (let p = 0; p < values.length; p++) m[places[p]] += shares[block] * values[p];
    });
    for (const places of this.#jacobianAt) for (let p = 0; p < places.length; p++) m[places[p]] -= this.#values[p];
    return this.#lu instanceof DenseLU ? this.#lu.factor(m) < 0 : this.#lu.refactor(m).kind !== "singular";
  }

  /** Solves for real and imaginary part, in place. */
  solve(real: Float64Array, imaginary: Float64Array): void {
    const x = this.#right;
    x.set(real);
    x.set(imaginary, this.#n);
    this.#lu.solve(x);
    real.set(x.subarray(0, this.#n));
    imaginary.set(x.subarray(this.#n));
  }

  dispose(): void {
    this.#lu.dispose();
  }
}
