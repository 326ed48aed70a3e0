// Constraints that the exact solution keeps (equations that were differentiated to lower the index): after each step the state
// is moved onto them by the smallest change, y - G'(G G')^-1 g, which keeps the order of one-step methods (Hairer, Lubich,
// Wanner, Geometric Numerical Integration, section IV.4).
import { Failure } from "../base/index.ts";
import { DenseLU } from "../linear/dense-lu.ts";

export interface Constraints {
  readonly count: number;
  readonly names: readonly string[];
  /** out[k] = value of the k-th constraint at (t, y). */
  values(t: number, y: Float64Array, out: Float64Array): void;
  /** out[k * n + i] = its derivative by state i. */
  gradients(t: number, y: Float64Array, out: Float64Array): void;
}

const MOST_ITERATIONS = 10;

export class Projection {
  readonly #constraints: Constraints;
  readonly #n: number;
  readonly #values: Float64Array;
  readonly #gradients: Float64Array;
  readonly #lu: DenseLU;

  constructor(constraints: Constraints, n: number) {
    this.#constraints = constraints;
    this.#n = n;
    this.#values = new Float64Array(constraints.count);
    this.#gradients = new Float64Array(constraints.count * n);
    this.#lu = new DenseLU(constraints.count);
  }

  /** Largest value of a constraint, relative to what its terms add up to when states change by their own size. */
  violation(t: number, y: Float64Array): { readonly size: number; readonly name: string } {
    this.#constraints.values(t, y, this.#values);
    this.#constraints.gradients(t, y, this.#gradients);
    let worst = { size: 0, name: "" };
    this.#values.forEach((value, k) => {
      let scale = 1e-300;
      for (let i = 0; i < this.#n; i++)
        scale += Math.abs(this.#gradients[k * this.#n + i]) * Math.max(Math.abs(y[i]), 1e-3);
      const size = Math.abs(value) / scale;
      if (!(size <= worst.size)) worst = { size, name: this.#constraints.names[k] };
    });
    return worst;
  }

  /** Moves y onto the constraints. Only states marked in `movable` move, where it is given. */
  apply(t: number, y: Float64Array, movable?: Uint8Array): void {
    const { count, values, gradients, names } = this.#constraints;
    const n = this.#n;
    const g = this.#values;
    const G = this.#gradients;
    const matrix = new Float64Array(count * count);
    let before = Infinity;
    for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      values(t, y, g);
      gradients(t, y, G);
      if (movable !== undefined)
        for (let k = 0; k < count; k++) for (let i = 0; i < n; i++) if (movable[i] === 0) G[k * n + i] = 0;
      for (let k = 0; k < count; k++)
        for (let l = 0; l < count; l++) {
          let sum = 0;
          for (let i = 0; i < n; i++) sum += G[k * n + i] * G[l * n + i];
          matrix[k * count + l] = sum;
        }
      // Constraints may say the same, or what may move may not reach all of them: a trace of damping picks the least change.
      let trace = 0;
      for (let k = 0; k < count; k++) trace += matrix[k * (count + 1)];
      if (!(trace > 0)) return;
      for (let k = 0; k < count; k++) matrix[k * (count + 1)] += 1e-14 * trace;
      if (this.#lu.factor(matrix) >= 0)
        throw new Failure("numeric", `the constraints ${names.join(", ")} are not finite at t = ${t}`);
      const multipliers = Float64Array.from(g);
      this.#lu.solve(multipliers);
      let moved = 0;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let k = 0; k < count; k++) sum += G[k * n + i] * multipliers[k];
        y[i] -= sum;
        moved = Math.max(moved, Math.abs(sum) / (Math.abs(y[i]) + 1e-3));
      }
      if (moved <= 4 * Number.EPSILON || moved >= 0.5 * before) return;
      before = moved;
    }
  }

  /** The start: constraints must hold up to what unknowns that are states now can mend. */
  start(t: number, y: Float64Array, movable: Uint8Array): void {
    if (this.violation(t, y).size > 1e-12 && movable.includes(1)) this.apply(t, y, movable);
    const { size, name } = this.violation(t, y);
    if (!(size <= 1e-6))
      throw new Failure(
        "numeric",
        `the initial values contradict the algebraic equations: ${name} is off by ${size.toPrecision(2)} of its size at t = ${t}`,
        {
          hint: "Equations that hold no unknown, and their derivatives, tie the initial values of the states: change these to fit.",
        },
      );
    if (size > 0) this.apply(t, y);
  }

  dispose(): void {
    this.#lu.dispose();
  }
}
