// The Rosenbrock-Wanner method Rodas5P: linearly implicit, one Jacobian and one factorisation a step, no iteration.
// Step control: elementary controller, exponent 1/5, factors 0.2 to 6 (Hairer and Wanner, Solving ODEs II, section IV.7).
import type { NewtonMatrix } from "./newton-matrix.ts";
import * as tableau from "./rodas5p.tableau.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

const STAGES = 8;
/** Rejections in a row after which the step is given up. */
const MOST_REJECTIONS = 200;

export class Rodas5P implements Stepper {
  readonly method = "rodas5p";
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  readonly #system: OdeSystem;
  readonly #matrix: NewtonMatrix;
  readonly #tolerances: Tolerances;
  readonly #k: Float64Array[];
  readonly #before: Float64Array;
  readonly #stage: Float64Array;
  readonly #f: Float64Array;
  readonly #f0: Float64Array;
  readonly #ft: Float64Array;
  readonly #w: Float64Array;
  /** q_r of the dense output of the last step; formed when first asked for. */
  readonly #dense: readonly [Float64Array, Float64Array, Float64Array];
  #denseReady = false;

  constructor(
    system: OdeSystem,
    matrix: NewtonMatrix,
    t: number,
    y0: Float64Array,
    span: number,
    tolerances: Tolerances,
  ) {
    this.#system = system;
    this.#matrix = matrix;
    this.#tolerances = tolerances;
    const vector = (): Float64Array => system.vector();
    this.y = vector();
    this.y.set(y0);
    this.#k = Array.from({ length: STAGES }, () => matrix.vector());
    this.#before = vector();
    this.#stage = vector();
    this.#f = vector();
    this.#f0 = vector();
    this.#ft = vector();
    this.#w = vector();
    this.#dense = [vector(), vector(), vector()];
    this.t = this.tBefore = t;
    errorWeights(tolerances, this.y, this.#w);
    system.rhs(t, this.y, this.#f0);
    checkStart(system, t, this.y, this.#f0);
    this.h = firstStep(system, t, this.y, this.#f0, this.#w, 5, span, [this.#stage, this.#f]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    const system = this.#system;
    const { n } = system;
    const y = this.y;
    this.#matrix.evaluate(this.t, y);
    stats.jacobians++;
    if (system.timeDerivative !== undefined) system.timeDerivative(this.t, y, this.#ft);
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow("Rodas5P", this.t, this.h, system.names, y, this.#f0);
      const error = this.#attempt();
      const factor = error > 0 ? Math.min(6, Math.max(0.2, 0.9 * error ** -0.2)) : error === 0 ? 6 : 0.2;
      if (error <= 1) {
        this.tBefore = this.t;
        this.t += this.h;
        this.#hLast = this.h;
        this.#before.set(y);
        const last = this.#k[STAGES - 1];
        for (let i = 0; i < n; i++) y[i] = this.#stage[i] + last[i];
        this.#denseReady = false;
        stats.steps++;
        system.rhs(this.t, y, this.#f0);
        stats.rhs++;
        // After a rejection the step does not grow.
        this.h *= rejections > 0 ? Math.min(1, factor) : factor;
        return;
      }
      stats.rejected++;
      this.h *= Math.min(0.9, factor);
    }
  }
  #hLast = 1;

  /** Computes the stages for the present h; the weighted error, NaN or infinity where the stages are not finite. */
  #attempt(): number {
    const { a, C, c, d, gamma } = tableau;
    const system = this.#system;
    const { n } = system;
    const { h, y, stats } = this;
    const f = this.#f;
    const stage = this.#stage;
    const scale = h * gamma;
    stats.factorizations++;
    if (!this.#matrix.factor(scale)) return Infinity;
    for (let i = 0; i < STAGES; i++) {
      const k = this.#k[i];
      if (i === 0) f.set(this.#f0);
      else {
        stage.set(y);
        for (let j = 0; j < i; j++) {
          const kj = this.#k[j];
          const aij = a[i][j];
          for (let l = 0; l < n; l++) stage[l] += aij * kj[l];
        }
        system.rhs(this.t + c[i] * h, stage, f);
        stats.rhs++;
      }
      for (let l = 0; l < n; l++) k[l] = f[l];
      for (let j = 0; j < i; j++) {
        const kj = this.#k[j];
        const cij = C[i][j] / h;
        for (let l = 0; l < n; l++) k[l] += cij * kj[l];
      }
      if (system.timeDerivative !== undefined && d[i] !== 0) {
        const hd = h * d[i];
        for (let l = 0; l < n; l++) k[l] += hd * this.#ft[l];
      }
      for (let l = 0; l < n; l++) k[l] *= scale;
      this.#matrix.solve(k);
      stats.solves++;
    }
    const error = this.#k[STAGES - 1];
    const { relative, absolute } = this.#tolerances;
    let sum = 0;
    for (let l = 0; l < n; l++) {
      const part = error[l] / (relative * Math.max(Math.abs(y[l]), Math.abs(stage[l] + error[l])) + absolute[l]);
      sum += part * part;
    }
    return Math.sqrt(sum / n);
  }

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    const [q1, q2, q3] = this.#dense;
    const { n } = this.#system;
    if (!this.#denseReady) {
      this.#dense.forEach((q, r) => {
        q.fill(0);
        this.#k.forEach((k, j) => {
          const weight = tableau.dense[r][j];
          for (let l = 0; l < n; l++) q[l] += weight * k[l];
        });
      });
      this.#denseReady = true;
    }
    const s = (t - this.tBefore) / this.#hLast;
    const r = 1 - s;
    const count = components?.length ?? n;
    for (let j = 0; j < count; j++) {
      const i = components === undefined ? j : components[j];
      out[j] = r * this.#before[i] + s * (this.y[i] + r * (q1[i] + s * (q2[i] + s * q3[i])));
    }
  }
}
