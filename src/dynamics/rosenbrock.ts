// Rosenbrock-Wanner methods of order 5 with 8 stages (Rodas5P, Rodas5): linearly implicit, one Jacobian and one
// factorisation a step, no iteration.
// Step control: elementary controller, exponent 1/5, factors 0.2 to 6 (Hairer and Wanner, Solving ODEs II, section IV.7).
// Small systems run their stages in one compiled function (compiled-stages.ts), others here.
import { type CompiledStages, rodasStages } from "./compiled-stages.ts";
import { newtonMatrix } from "./compiled-matrix.ts";
import { massTimes } from "./mass.ts";
import type { NewtonMatrix } from "./newton-matrix.ts";
import * as rodas5 from "./rodas5.tableau.ts";
import * as rodas5p from "./rodas5p.tableau.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import type { RosenbrockName, RosenbrockTableau } from "./tableau.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

const STAGES = 8;
/** Dense output with a larger error in the middle of a step, in units of the tolerance, is not used. */
const MOST_DENSE_ERROR = 10;
/** Rejections in a row after which the step is given up. */
const MOST_REJECTIONS = 200;

const TABLEAUS: Readonly<Record<RosenbrockName, RosenbrockTableau>> = { rodas5p, rodas5 };
const TITLES = { rodas5p: "Rodas5P", rodas5: "Rodas5" } as const;

export class Rosenbrock implements Stepper {
  readonly method: RosenbrockName;
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  readonly #system: OdeSystem;
  readonly #stages: CompiledStages | GeneralStages;
  readonly #before: Float64Array;
  #hLast = 1;
  /** The vectors of the dense output are formed when first asked for. */
  #denseReady = false;
  #denseGood = true;
  readonly #tolerances: Tolerances;
  readonly #middle: Float64Array;
  readonly #residual: Float64Array;
  readonly #slope: Float64Array;

  constructor(
    method: RosenbrockName,
    system: OdeSystem,
    t: number,
    y0: Float64Array,
    span: number,
    tolerances: Tolerances,
  ) {
    this.method = method;
    this.#system = system;
    const tableau = TABLEAUS[method];
    const stages =
      rodasStages(method, tableau, system, tolerances) ??
      new GeneralStages(tableau, system, newtonMatrix(system), tolerances);
    this.#stages = stages;
    this.y = stages.y;
    this.y.set(y0);
    this.#before = system.vector();
    this.#middle = system.vector();
    this.#residual = system.vector();
    this.#slope = system.vector();
    this.#tolerances = tolerances;
    this.t = this.tBefore = t;
    const w = system.vector();
    errorWeights(tolerances, this.y, w);
    system.rhs(t, this.y, stages.f0);
    checkStart(system, t, this.y, stages.f0);
    this.h = firstStep(system, t, this.y, stages.f0, w, 5, span, [system.vector(), system.vector()]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    const stages = this.#stages;
    stats.jacobians++;
    stats.rhs++;
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow(TITLES[this.method], this.t, this.h, this.#system.names, this.y, stages.f0);
      const error = stages.attempt(this.t, this.h, rejections === 0);
      stats.factorizations++;
      stats.rhs += STAGES - 1;
      stats.solves += STAGES;
      // A negative error means that the matrix was too near to a singular one for this step size.
      const factor = error > 0 ? Math.min(6, Math.max(0.2, 0.9 * error ** -0.2)) : error === 0 ? 6 : 0.2;
      if (error >= 0 && error <= 1) {
        this.tBefore = this.t;
        this.t += this.h;
        this.#hLast = this.h;
        this.#before.set(this.y);
        this.y.set(stages.next);
        this.#denseReady = false;
        stats.steps++;
        // After a rejection the step does not grow.
        this.h *= rejections > 0 ? Math.min(1, factor) : factor;
        return;
      }
      stats.rejected++;
      this.h *= Math.min(0.9, factor);
    }
  }

  /**
   * Error of the dense output in the middle of the last step, in units of the tolerance: its residual, filtered by the
   * step's matrix so that stiff components do not blow it up. In very stiff forced problems steps are long and right at
   * their ends, while the interpolant between them follows no error control.
   */
  #denseError(): number {
    const { n } = this.#system;
    const h = this.#hLast;
    const [q1, q2, q3] = this.#stages.dense;
    const middle = this.#middle;
    const residual = this.#residual;
    const before = this.#before;
    const y = this.y;
    for (let i = 0; i < n; i++) middle[i] = 0.5 * (before[i] + y[i] + 0.5 * (q1[i] + 0.5 * (q2[i] + 0.5 * q3[i])));
    this.#system.rhs(this.tBefore + 0.5 * h, middle, residual);
    this.stats.rhs++;
    const { mass } = this.#system;
    const slope = this.#slope;
    for (let i = 0; i < n; i++) slope[i] = y[i] - before[i] + 0.25 * (q2[i] + q3[i]);
    if (mass !== undefined) {
      middle.set(slope);
      massTimes(mass, middle, slope);
    }
    for (let i = 0; i < n; i++) residual[i] = h * residual[i] - slope[i];
    this.#stages.solve(residual);
    this.stats.solves++;
    const { relative, absolute } = this.#tolerances;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const part = residual[i] / (relative * Math.max(Math.abs(y[i]), Math.abs(before[i])) + absolute[i]);
      sum += part * part;
    }
    return 0.2 * Math.sqrt(sum / n);
  }

  /** The state at t by a step of its own from the start of the last step; that step's stages are lost. */
  #stepTo(t: number, out: Float64Array, components?: Int32Array): void {
    const { stats, y } = this;
    const stages = this.#stages;
    const end = this.#middle;
    end.set(y);
    y.set(this.#before);
    stages.attempt(this.tBefore, Math.max(t - this.tBefore, Number.MIN_VALUE), true);
    stats.jacobians++;
    stats.factorizations++;
    stats.rhs += STAGES;
    stats.solves += STAGES;
    const count = components?.length ?? this.#system.n;
    for (let j = 0; j < count; j++) out[j] = stages.next[components === undefined ? j : components[j]];
    y.set(end);
  }

  dispose(): void {
    if (this.#stages instanceof GeneralStages) this.#stages.dispose();
  }

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    const [q1, q2, q3] = this.#stages.dense;
    if (!this.#denseReady) {
      this.#stages.formDense();
      this.#denseReady = true;
      this.#denseGood = this.#denseError() <= MOST_DENSE_ERROR;
    }
    if (!this.#denseGood) {
      this.#stepTo(t, out, components);
      return;
    }
    const s = (t - this.tBefore) / this.#hLast;
    const r = 1 - s;
    const count = components?.length ?? this.#system.n;
    for (let j = 0; j < count; j++) {
      const i = components === undefined ? j : components[j];
      out[j] = r * this.#before[i] + s * (this.y[i] + r * (q1[i] + s * (q2[i] + s * q3[i])));
    }
  }
}

/** The stages for systems of any size, with the matrix code that fits them. */
class GeneralStages implements CompiledStages {
  readonly k: readonly Float64Array[];
  readonly y: Float64Array;
  readonly next: Float64Array;
  readonly f0: Float64Array;
  readonly dense: readonly Float64Array[];
  readonly #tableau: RosenbrockTableau;
  readonly #system: OdeSystem;
  readonly #matrix: NewtonMatrix;
  readonly #tolerances: Tolerances;
  readonly #stage: Float64Array;
  readonly #f: Float64Array;
  readonly #ft: Float64Array;
  readonly #sum: Float64Array;
  readonly #massSum: Float64Array;
  /** The vector on which the matrix solves. */
  readonly #solution: Float64Array;

  constructor(tableau: RosenbrockTableau, system: OdeSystem, matrix: NewtonMatrix, tolerances: Tolerances) {
    this.#tableau = tableau;
    this.#system = system;
    this.#matrix = matrix;
    this.#tolerances = tolerances;
    this.k = Array.from({ length: STAGES }, () => system.vector());
    this.#solution = matrix.vector();
    [this.y, this.next, this.f0, this.#stage, this.#f, this.#ft, this.#sum, this.#massSum, ...this.dense] = Array.from(
      { length: 11 },
      () => system.vector(),
    );
  }

  dispose(): void {
    this.#matrix.dispose();
  }

  solve(b: Float64Array): void {
    this.#solution.set(b);
    this.#matrix.solve(this.#solution);
    b.set(this.#solution);
  }

  formDense(): void {
    this.dense.forEach((q, r) => {
      q.fill(0);
      this.k.forEach((k, j) => {
        const weight = this.#tableau.dense[r][j];
        for (let l = 0; l < q.length; l++) q[l] += weight * k[l];
      });
    });
  }

  attempt(t: number, h: number, fresh: boolean): number {
    const { a, C, c, d, gamma } = this.#tableau;
    const system = this.#system;
    const { n, mass } = system;
    const { y, next, f0 } = this;
    const f = this.#f;
    const stage = this.#stage;
    const scale = h * gamma;
    if (fresh) {
      system.rhs(t, y, f0);
      this.#matrix.evaluate(t, y);
      system.timeDerivative?.(t, y, this.#ft);
    }
    if (!this.#matrix.factor(scale)) return -1;
    for (let i = 0; i < STAGES; i++) {
      const k = this.k[i];
      if (i === 0) k.set(f0);
      else {
        // The last two stages continue the one before: row 7 is row 6 and 1, row 8 row 7 and 1.
        if (i < 6) stage.set(y);
        for (let j = i < 6 ? 0 : i - 1; j < i; j++) {
          const kj = this.k[j];
          const aij = a[i][j];
          for (let l = 0; l < n; l++) stage[l] += aij * kj[l];
        }
        system.rhs(t + c[i] * h, stage, f);
        k.set(f);
      }
      const sum = mass === undefined ? k : this.#sum;
      if (mass !== undefined) sum.fill(0);
      for (let j = 0; j < i; j++) {
        const kj = this.k[j];
        const cij = C[i][j] / h;
        for (let l = 0; l < n; l++) sum[l] += cij * kj[l];
      }
      if (mass !== undefined) {
        massTimes(mass, sum, this.#massSum);
        for (let l = 0; l < n; l++) k[l] += this.#massSum[l];
      }
      if (system.timeDerivative !== undefined && d[i] !== 0) {
        const hd = h * d[i];
        for (let l = 0; l < n; l++) k[l] += hd * this.#ft[l];
      }
      const solution = this.#solution;
      for (let l = 0; l < n; l++) solution[l] = k[l] * scale;
      this.#matrix.solve(solution);
      k.set(solution);
    }
    const error = this.k[STAGES - 1];
    const { relative, absolute } = this.#tolerances;
    let sum = 0;
    for (let l = 0; l < n; l++) {
      next[l] = stage[l] + error[l];
      const part = error[l] / (relative * Math.max(Math.abs(y[l]), Math.abs(next[l])) + absolute[l]);
      sum += part * part;
    }
    return Math.sqrt(sum / n);
  }
}
