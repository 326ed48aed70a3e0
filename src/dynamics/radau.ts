// Radau IIA of order 5, three stages, fully implicit, stiffly accurate, for stiff and algebraic equations up to index 2.
// Source: Hairer and Wanner, Solving ODEs II (2nd ed. 1996), section IV.8: simplified Newton on variables in which the system
// of stages falls into a real and a complex one; error estimate (8.19), its repetition (8.20), step control (8.21, 8.25).
import { newtonMatrix } from "./compiled-matrix.ts";
import { ComplexNewton } from "./complex-matrix.ts";
import { massTimes } from "./mass.ts";
import type { NewtonMatrix } from "./newton-matrix.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

const ROOT6 = Math.sqrt(6);
const NODES = [(4 - ROOT6) / 10, (4 + ROOT6) / 10, 1] as const;
/** Weights of the stages in h * (embedded difference), for the error. */
const ERROR = [(-13 - 7 * ROOT6) / 3, (-13 + 7 * ROOT6) / 3, -1 / 3] as const;
/** Eigenvalues of the inverse of the tableau's matrix: one real, two conjugate. */
const REAL = 3 + 3 ** (2 / 3) - 3 ** (1 / 3);
const COMPLEX = [3 + 0.5 * (3 ** (1 / 3) - 3 ** (2 / 3)), -0.5 * (3 ** (5 / 6) + 3 ** (7 / 6))] as const;
/** Transformation of that matrix to blocks, and its inverse (same place, p. 121). */
const T = [
  [0.09443876248897524, -0.14125529502095421, 0.03002919410514742],
  [0.25021312296533332, 0.20412935229379994, -0.38294211275726192],
  [1, 1, 0],
] as const;
const INVERSE = [
  [4.17871859155190428, 0.32768282076106237, 0.52337644549944951],
  [-4.17871859155190428, -0.32768282076106237, 0.47662355450055044],
  [0.50287263494578682, -2.57192694985560522, 0.59603920482822492],
] as const;
/** y(t + s h) = y + sum_i stage_i (DENSE[i][0] s + DENSE[i][1] s^2 + DENSE[i][2] s^3). */
const DENSE = [
  [13 / 3 + (7 * ROOT6) / 3, -23 / 3 - (22 * ROOT6) / 3, 10 / 3 + 5 * ROOT6],
  [13 / 3 - (7 * ROOT6) / 3, -23 / 3 + (22 * ROOT6) / 3, 10 / 3 - 5 * ROOT6],
  [1 / 3, -8 / 3, 10 / 3],
] as const;

const MOST_ITERATIONS = 7;
const MOST_REJECTIONS = 200;
/** Factors of the step size between which the matrices are kept. */
const KEEP = [1, 1.2] as const;

export class Radau implements Stepper {
  readonly method = "radau";
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  readonly #system: OdeSystem;
  readonly #tolerances: Tolerances;
  readonly #newton: number;
  readonly #real: NewtonMatrix;
  readonly #complex: ComplexNewton;
  readonly #f: Float64Array;
  readonly #before: Float64Array;
  readonly #w: Float64Array;
  /** Differences of the stages from y, and their transformed form. */
  readonly #Z: readonly Float64Array[];
  readonly #W: readonly Float64Array[];
  readonly #F: readonly Float64Array[];
  readonly #work: readonly Float64Array[];
  /** Stages of the last accepted step, for the dense output and as a prediction. */
  readonly #stages: readonly Float64Array[];
  #hLast = 0;
  /** Step size of the factors; NaN: none. */
  #factored = Number.NaN;
  #fresh = false;
  #errorBefore = 0;
  #hBefore = 0;

  constructor(system: OdeSystem, t: number, y0: Float64Array, span: number, tolerances: Tolerances) {
    this.#system = system;
    this.#tolerances = tolerances;
    this.#newton = Math.max(
      (10 * Number.EPSILON) / tolerances.relative,
      Math.min(0.03, Math.sqrt(tolerances.relative)),
    );
    this.#real = newtonMatrix(system);
    this.#complex = new ComplexNewton(system);
    this.t = this.tBefore = t;
    const vectors = (count: number): Float64Array[] => Array.from({ length: count }, () => system.vector());
    [this.y, this.#f, this.#before, this.#w] = vectors(4);
    [this.#Z, this.#W, this.#F, this.#work, this.#stages] = [3, 3, 3, 4, 3].map(vectors);
    this.y.set(y0);
    errorWeights(tolerances, this.y, this.#w);
    system.rhs(t, this.y, this.#f);
    checkStart(system, t, this.y, this.#f);
    this.h = firstStep(system, t, this.y, this.#f, this.#w, 3, span, [this.#work[0], this.#work[1]]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    this.#fresh = false;
    errorWeights(this.#tolerances, this.y, this.#w);
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow("Radau IIA", this.t, this.h, this.#system.names, this.y, this.#f);
      if (!this.#prepare()) {
        this.h *= 0.5;
        continue;
      }
      const { solved, iterations, rate } = this.#solve();
      if (!solved) {
        stats.rejected++;
        // An old Jacobian is renewed at the same step size first.
        if (this.#fresh) this.h *= 0.5;
        this.#fresh = false;
        this.#factored = Number.NaN;
        this.#renew();
        continue;
      }
      const safety = (0.9 * (2 * MOST_ITERATIONS + 1)) / (2 * MOST_ITERATIONS + iterations);
      const error = Math.max(this.#error(rejections > 0 || stats.steps === 0), this.#denseError());
      const elementary = error === 0 ? 10 : error ** -0.25;
      if (error > 1 || !Number.isFinite(error)) {
        stats.rejected++;
        this.h *= Number.isFinite(error) ? Math.max(0.2, Math.min(0.9, safety * elementary)) : 0.2;
        continue;
      }
      // Gustafsson's predictive controller, where it is the more careful one.
      let growth = elementary;
      if (this.#errorBefore > 0 && error > 0)
        growth = Math.min(growth, (this.h / this.#hBefore) * (this.#errorBefore / error) ** 0.25 * elementary);
      growth = Math.min(10, Math.max(0.2, safety * growth));
      if (rejections > 0) growth = Math.min(1, growth);
      this.#accept(error);
      if (!(iterations > 2 && rate > 1e-3) && growth >= KEEP[0] && growth <= KEEP[1]) return;
      if (iterations > 2 && rate > 1e-3) this.#factored = Number.NaN;
      this.h *= growth;
      return;
    }
  }

  /** Jacobian and factors for the present step size; false where a matrix is singular. */
  #prepare(): boolean {
    if (Number.isNaN(this.#factored) && !this.#fresh) this.#renew();
    if (this.#factored === this.h) return true;
    this.stats.factorizations += 2;
    const done = this.#real.factor(this.h / REAL) && this.#complex.factor(COMPLEX[0] / this.h, COMPLEX[1] / this.h);
    this.#factored = done ? this.h : Number.NaN;
    return done;
  }

  #renew(): void {
    this.#real.evaluate(this.t, this.y);
    this.#complex.evaluate(this.t, this.y);
    this.stats.jacobians++;
    this.#fresh = true;
  }

  /** Simplified Newton for the stages. */
  #solve(): { readonly solved: boolean; readonly iterations: number; readonly rate: number } {
    const { h, t, y, stats } = this;
    const [Z, W, F] = [this.#Z, this.#W, this.#F];
    const { mass } = this.#system;
    const n = y.length;
    const [stage, massed, d2, d3] = this.#work;
    const w = this.#w;
    this.#predict();
    const transform = (
      rows: readonly (readonly number[])[],
      from: readonly Float64Array[],
      to: readonly Float64Array[],
    ): void =>
      rows.forEach((row, r) => {
        for (let i = 0; i < n; i++) to[r][i] = row[0] * from[0][i] + row[1] * from[1][i] + row[2] * from[2][i];
      });
    transform(INVERSE, Z, W);
    const [a, b] = [COMPLEX[0] / h, COMPLEX[1] / h];
    const d1 = this.#real.vector();
    const product = (x: Float64Array): Float64Array => {
      if (mass === undefined) return x;
      massTimes(mass, x, massed);
      return massed;
    };
    let before = 0;
    let rate = 0;
    for (let iteration = 1; iteration <= MOST_ITERATIONS; iteration++) {
      for (let k = 0; k < 3; k++) {
        for (let i = 0; i < n; i++) stage[i] = y[i] + Z[k][i];
        this.#system.rhs(t + NODES[k] * h, stage, F[k]);
      }
      stats.rhs += 3;
      stats.solves += 2;
      const combined = (row: readonly number[], i: number): number =>
        row[0] * F[0][i] + row[1] * F[1][i] + row[2] * F[2][i];
      let massW = product(W[0]);
      for (let i = 0; i < n; i++) d1[i] = (h / REAL) * (combined(INVERSE[0], i) - (REAL / h) * massW[i]);
      // (W2 + i W3) belongs to INVERSE[1] + i INVERSE[2] and the eigenvalue a + i b.
      massW = product(W[1]);
      for (let i = 0; i < n; i++) {
        d2[i] = combined(INVERSE[1], i) - a * massW[i];
        d3[i] = combined(INVERSE[2], i) - b * massW[i];
      }
      massW = product(W[2]);
      for (let i = 0; i < n; i++) {
        d2[i] += b * massW[i];
        d3[i] -= a * massW[i];
      }
      this.#real.solve(d1);
      this.#complex.solve(d2, d3);
      let sum = 0;
      for (let i = 0; i < n; i++) {
        W[0][i] += d1[i];
        W[1][i] += d2[i];
        W[2][i] += d3[i];
        const weight = w[i] * w[i];
        sum += (d1[i] * d1[i] + d2[i] * d2[i] + d3[i] * d3[i]) * weight;
      }
      const size = Math.sqrt(sum / (3 * n));
      transform(T, W, Z);
      if (!(size < Infinity)) return { solved: false, iterations: iteration, rate };
      if (iteration > 1) {
        rate = size / before;
        if (rate >= 1 || (rate ** (MOST_ITERATIONS - iteration) / (1 - rate)) * size > this.#newton)
          return { solved: false, iterations: iteration, rate };
      }
      if (size === 0 || (iteration > 1 && (rate / (1 - rate)) * size < this.#newton))
        return { solved: true, iterations: iteration, rate };
      before = size;
    }
    return { solved: false, iterations: MOST_ITERATIONS, rate };
  }

  /** Stages predicted by the polynomial of the last step. */
  #predict(): void {
    const Z = this.#Z;
    if (this.#hLast === 0) {
      for (const z of Z) z.fill(0);
      return;
    }
    Z.forEach((z, k) => {
      this.interpolate(this.t + NODES[k] * this.h, z);
      for (let i = 0; i < z.length; i++) z[i] -= this.y[i];
    });
  }

  /** Estimated error in units of the tolerance; filtered twice where it is large and `twice` is set. */
  #error(twice: boolean): number {
    const { h, y } = this;
    const Z = this.#Z;
    const { mass } = this.#system;
    const n = y.length;
    const [stage, massed, spread] = this.#work;
    for (let i = 0; i < n; i++) spread[i] = (ERROR[0] * Z[0][i] + ERROR[1] * Z[1][i] + ERROR[2] * Z[2][i]) / h;
    let part = spread;
    if (mass !== undefined) {
      massTimes(mass, spread, massed);
      part = massed;
    }
    const error = this.#real.vector();
    for (let i = 0; i < n; i++) error[i] = (h / REAL) * (this.#f[i] + part[i]);
    this.#real.solve(error);
    this.stats.solves++;
    const size = this.#norm(error);
    if (size <= 1 || !twice) return size;
    for (let i = 0; i < n; i++) stage[i] = y[i] + error[i];
    const f = this.#F[0];
    this.#system.rhs(this.t, stage, f);
    this.stats.rhs++;
    for (let i = 0; i < n; i++) error[i] = (h / REAL) * (f[i] + part[i]);
    this.#real.solve(error);
    return this.#norm(error);
  }

  /**
   * Error of the dense output in the middle of the step, in units of the tolerance: its residual, filtered like the error.
   * In very stiff forced problems the end of a step is right however long it is, and the polynomial between is not.
   */
  #denseError(): number {
    const { h, y } = this;
    const Z = this.#Z;
    const { mass } = this.#system;
    const n = y.length;
    const [middle, slope, massed] = this.#work;
    const at = DENSE.map(([a, b, c]) => 0.5 * (a + 0.5 * (b + 0.5 * c)));
    const rate = DENSE.map(([a, b, c]) => a + b + 0.75 * c);
    for (let i = 0; i < n; i++) {
      middle[i] = y[i] + at[0] * Z[0][i] + at[1] * Z[1][i] + at[2] * Z[2][i];
      slope[i] = rate[0] * Z[0][i] + rate[1] * Z[1][i] + rate[2] * Z[2][i];
    }
    let part = slope;
    if (mass !== undefined) {
      massTimes(mass, slope, massed);
      part = massed;
    }
    const f = this.#F[0];
    this.#system.rhs(this.t + 0.5 * h, middle, f);
    const error = this.#real.vector();
    for (let i = 0; i < n; i++) error[i] = h * f[i] - part[i];
    this.#real.solve(error);
    this.stats.rhs++;
    this.stats.solves++;
    return 0.2 * this.#norm(error);
  }

  #norm(error: Float64Array): number {
    const { relative, absolute } = this.#tolerances;
    const { y } = this;
    const last = this.#Z[2];
    let sum = 0;
    for (let i = 0; i < y.length; i++) {
      const part = error[i] / (relative * Math.max(Math.abs(y[i]), Math.abs(y[i] + last[i])) + absolute[i]);
      sum += part * part;
    }
    return Math.sqrt(sum / y.length);
  }

  #accept(error: number): void {
    const { y } = this;
    this.#errorBefore = Math.max(error, 1e-10);
    this.#hBefore = this.#hLast = this.h;
    this.tBefore = this.t;
    this.#before.set(y);
    this.#stages.forEach((stage, k) => stage.set(this.#Z[k]));
    const last = this.#Z[2];
    for (let i = 0; i < y.length; i++) y[i] += last[i];
    this.t += this.h;
    this.#system.rhs(this.t, y, this.#f);
    this.stats.rhs++;
    this.stats.steps++;
  }

  dispose(): void {
    this.#real.dispose();
    this.#complex.dispose();
  }

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    const s = (t - this.tBefore) / this.#hLast;
    const weights = DENSE.map(([a, b, c]) => s * (a + s * (b + s * c)));
    const [first, second, third] = this.#stages;
    const count = components?.length ?? this.y.length;
    for (let j = 0; j < count; j++) {
      const i = components === undefined ? j : components[j];
      out[j] = this.#before[i] + weights[0] * first[i] + weights[1] * second[i] + weights[2] * third[i];
    }
  }
}
