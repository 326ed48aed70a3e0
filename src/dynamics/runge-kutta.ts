// Explicit Runge-Kutta pairs of order 5(4) with 7 stages, first same as last, and a proportional-integral step controller
// (Gustafsson 1991; exponents 0.14 and 0.04 with safety 0.9, factors 0.2 to 10). Tableaus: tsit5, dopri5.
// Systems made of tapes run their stages in one compiled function (compiled-stages.ts), others here.
import { type CompiledExplicit, explicitStages } from "./compiled-stages.ts";
import * as dopri5 from "./dopri5.tableau.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import type { RungeKuttaName, RungeKuttaTableau } from "./tableau.ts";
import * as tsit5 from "./tsit5.tableau.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

const STAGES = 7;
const MOST_REJECTIONS = 200;

const TABLEAUS: Readonly<Record<RungeKuttaName, RungeKuttaTableau>> = { tsit5, dopri5 };
const TITLES = { tsit5: "Tsit5", dopri5: "Dormand-Prince" } as const;

export class ExplicitRungeKutta implements Stepper {
  readonly method: RungeKuttaName;
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  /**
   * Stiffness seen in the last step: h times an estimate of the largest Jacobian eigenvalue, |k7 - k6| / |y7 - y6|
   * (Hairer and Wanner II, section IV.2). The methods are stable up to about 3.3.
   */
  stiffness = 0;
  readonly #system: OdeSystem;
  readonly #stages: CompiledExplicit;
  readonly #before: Float64Array;
  #errorBefore = 1e-4;
  #hLast = 1;
  /** k_7 of the last step is to become k_1. */
  #shift = false;

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
    const stages =
      explicitStages(method, TABLEAUS[method], system, tolerances) ??
      new GeneralExplicit(TABLEAUS[method], system, tolerances);
    this.#stages = stages;
    this.y = stages.y;
    this.y.set(y0);
    this.#before = system.vector();
    this.t = this.tBefore = t;
    const w = system.vector();
    errorWeights(tolerances, this.y, w);
    system.rhs(t, this.y, stages.k[0]);
    checkStart(system, t, this.y, stages.k[0]);
    this.h = firstStep(system, t, this.y, stages.k[0], w, 5, span, [system.vector(), system.vector()]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    const stages = this.#stages;
    if (this.#shift) {
      [stages.k[0], stages.k[STAGES - 1]] = [stages.k[STAGES - 1], stages.k[0]];
      this.#shift = false;
    }
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow(TITLES[this.method], this.t, this.h, this.#system.names, this.y, stages.k[0]);
      const error = stages.attempt(this.t, this.h);
      stats.rhs += STAGES - 1;
      if (error <= 1) {
        let factor = error === 0 ? 10 : 0.9 * error ** -0.14 * this.#errorBefore ** 0.04;
        factor = Math.min(rejections > 0 ? 1 : 10, Math.max(0.2, factor));
        this.#errorBefore = Math.max(error, 1e-4);
        this.stiffness = stages.stiffness();
        this.tBefore = this.t;
        this.t += this.h;
        this.#hLast = this.h;
        this.#before.set(this.y);
        this.y.set(stages.next);
        this.#shift = true;
        this.h *= factor;
        stats.steps++;
        return;
      }
      stats.rejected++;
      this.h *= error > 1 && error < Infinity ? Math.max(0.2, 0.9 * error ** -0.2) : 0.2;
    }
  }

  dispose(): void {}

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    const b = TABLEAUS[this.method].denseWeights((t - this.tBefore) / this.#hLast);
    const h = this.#hLast;
    const { k } = this.#stages;
    const count = components?.length ?? this.#system.n;
    for (let j = 0; j < count; j++) {
      const i = components === undefined ? j : components[j];
      let sum = 0;
      for (let s = 0; s < STAGES; s++) sum += b[s] * k[s][i];
      out[j] = this.#before[i] + h * sum;
    }
  }
}

/** The stages for systems that are not made of tapes. */
class GeneralExplicit implements CompiledExplicit {
  readonly k: Float64Array[];
  readonly y: Float64Array;
  readonly next: Float64Array;
  readonly #tableau: RungeKuttaTableau;
  readonly #system: OdeSystem;
  readonly #tolerances: Tolerances;
  readonly #stage: Float64Array;
  #stiffness = 0;

  constructor(tableau: RungeKuttaTableau, system: OdeSystem, tolerances: Tolerances) {
    this.#tableau = tableau;
    this.#system = system;
    this.#tolerances = tolerances;
    this.k = Array.from({ length: STAGES }, () => system.vector());
    [this.y, this.next, this.#stage] = Array.from({ length: 3 }, () => system.vector());
  }

  attempt(t: number, h: number): number {
    const { a, c, e } = this.#tableau;
    const { y, next, k } = this;
    const { n } = this.#system;
    const stage = this.#stage;
    for (let i = 1; i < STAGES; i++) {
      const target = i === STAGES - 1 ? next : stage;
      target.set(y);
      for (let j = 0; j < i; j++) {
        const kj = k[j];
        const aij = h * a[i][j];
        if (aij !== 0) for (let l = 0; l < n; l++) target[l] += aij * kj[l];
      }
      this.#system.rhs(t + c[i] * h, target, k[i]);
    }
    const { relative, absolute } = this.#tolerances;
    const [k1, k2, k3, k4, k5, k6, k7] = k;
    let sum = 0;
    let slope = 0;
    let distance = 0;
    for (let l = 0; l < n; l++) {
      const error =
        h * (e[0] * k1[l] + e[1] * k2[l] + e[2] * k3[l] + e[3] * k4[l] + e[4] * k5[l] + e[5] * k6[l] + e[6] * k7[l]);
      const weight = 1 / (relative * Math.max(Math.abs(y[l]), Math.abs(next[l])) + absolute[l]);
      sum += error * weight * (error * weight);
      const dk = (k7[l] - k6[l]) * weight;
      const dy = (next[l] - stage[l]) * weight;
      slope += dk * dk;
      distance += dy * dy;
    }
    this.#stiffness = h * Math.sqrt(slope / distance);
    return Math.sqrt(sum / n);
  }

  stiffness(): number {
    return this.#stiffness;
  }
}
