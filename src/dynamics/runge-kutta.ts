// Explicit Runge-Kutta pairs of order 5 to 9 with a proportional-integral step controller (Gustafsson 1991; exponents 0.7/p
// and 0.2/p with safety 0.9, factors 0.2 to 10). Tableaus in tableaus.ts; one attempt in explicit-stages.ts.
import { combine, type ExplicitStages, explicitStages } from "./explicit-stages.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import type { RungeKuttaName, RungeKuttaTableau } from "./tableau.ts";
import { RUNGE_KUTTA } from "./tableaus.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

const MOST_REJECTIONS = 200;

const TITLES: Readonly<Record<RungeKuttaName, string>> = {
  tsit5: "Tsit5",
  dopri5: "Dormand-Prince 5",
  dop853: "Dormand-Prince 8",
  vern7: "Vern7",
  vern9: "Vern9",
};

export class ExplicitRungeKutta implements Stepper {
  readonly method: RungeKuttaName;
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  /**
   * Stiffness seen in the last step: h times an estimate of the largest Jacobian eigenvalue, |k_new - k_s| / |y_new - y_s|
   * with the last stage s (Hairer and Wanner II, section IV.2). The methods of order 5 are stable up to about 3.3.
   */
  stiffness = 0;
  readonly #system: OdeSystem;
  readonly #tableau: RungeKuttaTableau;
  readonly #stages: ExplicitStages;
  readonly #before: Float64Array;
  readonly #stage: Float64Array;
  #errorBefore = 1e-4;
  #hLast = 1;
  /** f at the new point of the last step is to become the first stage. */
  #shift = false;
  /** The further stages of the dense output belong to the last step. */
  #denseReady = false;

  constructor(
    method: RungeKuttaName,
    system: OdeSystem,
    t: number,
    y0: Float64Array,
    span: number,
    tolerances: Tolerances,
  ) {
    this.method = method;
    this.#system = system;
    this.#tableau = RUNGE_KUTTA[method];
    const stages = explicitStages(method, this.#tableau, system, tolerances);
    this.#stages = stages;
    this.y = stages.y;
    this.y.set(y0);
    this.#before = system.vector();
    this.#stage = system.vector();
    this.t = this.tBefore = t;
    const w = system.vector();
    errorWeights(tolerances, this.y, w);
    system.rhs(t, this.y, stages.k[0]);
    checkStart(system, t, this.y, stages.k[0]);
    const { order } = this.#tableau;
    this.h = firstStep(system, t, this.y, stages.k[0], w, order, span, [system.vector(), system.vector()]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    const { denseC, e, order } = this.#tableau;
    const stages = this.#stages;
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow(TITLES[this.method], this.t, this.h, this.#system.names, this.y, stages.k[0]);
      const error = stages.attempt(this.t, this.h, this.#shift);
      this.#shift = false;
      stats.rhs += e.length - 1;
      if (error <= 1) {
        let factor = error === 0 ? 10 : 0.9 * error ** (-0.7 / order) * this.#errorBefore ** (0.2 / order);
        factor = Math.min(rejections > 0 ? 1 : 10, Math.max(0.2, factor));
        this.#errorBefore = Math.max(error, 1e-4);
        stats.rhs += stages.finish(this.t + this.h);
        this.stiffness = stages.stiffness(this.h);
        this.tBefore = this.t;
        this.t += this.h;
        this.#hLast = this.h;
        this.#before.set(this.y);
        this.y.set(stages.next);
        this.#shift = true;
        this.#denseReady = denseC.length === 0;
        this.h *= factor;
        stats.steps++;
        return;
      }
      stats.rejected++;
      this.h *= error > 1 && error < Infinity ? Math.max(0.2, 0.9 * error ** (-1 / order)) : 0.2;
    }
  }

  dispose(): void {}

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    if (!this.#denseReady) this.#makeDense();
    const b = this.#tableau.denseWeights((t - this.tBefore) / this.#hLast);
    const h = this.#hLast;
    const { k } = this.#stages;
    const count = components?.length ?? this.#system.n;
    for (let j = 0; j < count; j++) {
      const i = components === undefined ? j : components[j];
      let sum = 0;
      for (let s = 0; s < b.length; s++) sum += b[s] * k[s][i];
      out[j] = this.#before[i] + h * sum;
    }
  }

  /** The further stages, when the last step is looked into for the first time. */
  #makeDense(): void {
    const { c, denseA, denseC } = this.#tableau;
    const { k } = this.#stages;
    denseA.forEach((row, i) => {
      combine(this.#before, this.#hLast, row, k, this.#stage);
      this.#system.rhs(this.tBefore + denseC[i] * this.#hLast, this.#stage, k[c.length + 1 + i]);
    });
    this.stats.rhs += denseA.length;
    this.#denseReady = true;
  }
}
