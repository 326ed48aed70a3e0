// A Rosenbrock-W method: of order 3 whatever matrix stands for the Jacobian, so that factors are kept over many steps (the
// matrix J0 h0/h of an old step serves a new one) and Jacobians may be differences or leave parts out.
// Source of the scheme: Hairer and Wanner, Solving ODEs II, section IV.7; tableau in ros34pw2.tableau.ts.
// Dense output: cubic Hermite of the step, a straight line with a mass matrix.
import { newtonMatrix } from "./compiled-matrix.ts";
import { hermite } from "./hermite.ts";
import { massTimes } from "./mass.ts";
import type { NewtonMatrix } from "./newton-matrix.ts";
import { a, b, C, c, d, e, gamma } from "./ros34pw2.tableau.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

const STAGES = 4;
const MOST_REJECTIONS = 200;
/** Factors serve so many steps, and step sizes within this factor of their own. */
const KEEP_STEPS = 20;
const KEEP_FACTOR = 2;

export class RosenbrockW implements Stepper {
  readonly method = "ros34pw2";
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  readonly #system: OdeSystem;
  readonly #tolerances: Tolerances;
  readonly #matrix: NewtonMatrix;
  readonly #k: readonly Float64Array[];
  readonly #f: Float64Array;
  readonly #fNew: Float64Array;
  readonly #ft: Float64Array;
  readonly #stage: Float64Array;
  readonly #next: Float64Array;
  readonly #sum: Float64Array;
  readonly #massSum: Float64Array;
  readonly #before: Float64Array;
  readonly #fBefore: Float64Array;
  #factored = Number.NaN;
  #age = 0;
  #hLast = 1;

  constructor(system: OdeSystem, t: number, y0: Float64Array, span: number, tolerances: Tolerances) {
    this.#system = system;
    this.#tolerances = tolerances;
    this.#matrix = newtonMatrix(system);
    this.t = this.tBefore = t;
    this.#k = Array.from({ length: STAGES }, () => system.vector());
    [
      this.y,
      this.#f,
      this.#fNew,
      this.#ft,
      this.#stage,
      this.#next,
      this.#sum,
      this.#massSum,
      this.#before,
      this.#fBefore,
    ] = Array.from({ length: 10 }, () => system.vector());
    this.y.set(y0);
    const w = system.vector();
    errorWeights(tolerances, this.y, w);
    system.rhs(t, this.y, this.#f);
    checkStart(system, t, this.y, this.#f);
    this.h = firstStep(system, t, this.y, this.#f, w, 3, span, [this.#stage, this.#next]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow("ROS34PW2", this.t, this.h, this.#system.names, this.y, this.#f);
      if (!this.#prepare(rejections)) {
        this.h *= 0.5;
        continue;
      }
      const error = this.#attempt(this.t, this.h);
      const factor = error > 0 ? Math.min(5, Math.max(0.2, 0.9 * error ** (-1 / 3))) : error === 0 ? 5 : 0.2;
      if (error <= 1) {
        this.tBefore = this.t;
        this.t += this.h;
        this.#hLast = this.h;
        this.#before.set(this.y);
        this.#fBefore.set(this.#f);
        this.y.set(this.#next);
        this.#system.rhs(this.t, this.y, this.#f);
        stats.rhs++;
        stats.steps++;
        this.#age++;
        // Small changes of the step are not worth new factors.
        const growth = rejections > 0 ? Math.min(1, factor) : factor;
        if (growth < 0.95 || growth > 1.3) this.h *= growth;
        return;
      }
      stats.rejected++;
      this.h *= Math.min(0.9, factor);
    }
  }

  /** Factors that serve this step; new ones where the old are too old, too far away, or did not lead to a step. */
  #prepare(rejections: number): boolean {
    const ratio = this.h / this.#factored;
    const serves = rejections === 0 && this.#age < KEEP_STEPS && ratio < KEEP_FACTOR && ratio > 1 / KEEP_FACTOR;
    if (serves) return true;
    if (this.#age > 0 || Number.isNaN(this.#factored)) {
      this.#matrix.evaluate(this.t, this.y);
      this.#system.timeDerivative?.(this.t, this.y, this.#ft);
      this.stats.jacobians++;
      this.#age = 0;
    }
    this.stats.factorizations++;
    const done = this.#matrix.factor(gamma * this.h);
    this.#factored = done ? this.h : Number.NaN;
    return done;
  }

  #attempt(t: number, h: number): number {
    const system = this.#system;
    const { mass } = system;
    const { y } = this;
    const n = y.length;
    const next = this.#next;
    const stage = this.#stage;
    const sum = this.#sum;
    const solution = this.#matrix.vector();
    for (let i = 0; i < STAGES; i++) {
      let f = this.#f;
      if (i > 0) {
        stage.set(y);
        for (let j = 0; j < i; j++) {
          const kj = this.#k[j];
          for (let l = 0; l < n; l++) stage[l] += a[i][j] * kj[l];
        }
        f = this.#fNew;
        system.rhs(t + c[i] * h, stage, f);
      }
      sum.fill(0);
      for (let j = 0; j < i; j++) {
        const kj = this.#k[j];
        const share = C[i][j] / h;
        for (let l = 0; l < n; l++) sum[l] += share * kj[l];
      }
      let part = sum;
      if (mass !== undefined) {
        massTimes(mass, sum, this.#massSum);
        part = this.#massSum;
      }
      const hd = system.timeDerivative === undefined ? 0 : h * d[i];
      for (let l = 0; l < n; l++) solution[l] = h * gamma * (f[l] + part[l] + hd * this.#ft[l]);
      this.#matrix.solve(solution);
      this.#k[i].set(solution);
    }
    this.stats.rhs += STAGES - 1;
    this.stats.solves += STAGES;
    const { relative, absolute } = this.#tolerances;
    const k = this.#k;
    let total = 0;
    for (let l = 0; l < n; l++) {
      next[l] = y[l] + b[0] * k[0][l] + b[1] * k[1][l] + b[2] * k[2][l] + b[3] * k[3][l];
      const error = e[0] * k[0][l] + e[1] * k[1][l] + e[2] * k[2][l] + e[3] * k[3][l];
      const share = error / (relative * Math.max(Math.abs(y[l]), Math.abs(next[l])) + absolute[l]);
      total += share * share;
    }
    return Math.sqrt(total / n);
  }

  dispose(): void {
    this.#matrix.dispose();
  }

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    const h = this.#hLast;
    const s = (t - this.tBefore) / h;
    if (this.#system.mass === undefined) {
      hermite(s, h, this.#before, this.y, this.#fBefore, this.#f, out, components);
      return;
    }
    // With a mass matrix f is not the slope: a straight line.
    const count = components?.length ?? this.y.length;
    for (let j = 0; j < count; j++) {
      const i = components === undefined ? j : components[j];
      out[j] = (1 - s) * this.#before[i] + s * this.y[i];
    }
  }
}
