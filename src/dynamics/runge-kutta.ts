// Explicit Runge-Kutta pairs of order 5(4) with 7 stages, first same as last, and a proportional-integral step controller
// (Gustafsson 1991; exponents 0.14 and 0.04 with safety 0.9, factors 0.2 to 10). Tableaus: tsit5, dopri5.
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import * as dopri5 from "./dopri5.tableau.ts";
import * as tsit5 from "./tsit5.tableau.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

const STAGES = 7;
const MOST_REJECTIONS = 200;

export type RungeKuttaName = "tsit5" | "dopri5";

const TABLEAUS = { tsit5, dopri5 } as const;
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
   * (Hairer and Wanner II, section IV.2). The method is stable up to about 3.3.
   */
  stiffness = 0;
  readonly #system: OdeSystem;
  readonly #tolerances: Tolerances;
  readonly #k: Float64Array[];
  readonly #before: Float64Array;
  readonly #stage: Float64Array;
  readonly #next: Float64Array;
  #errorBefore = 1e-4;
  #hLast = 1;
  /** Steps for which k_7 has been moved to k_1. */
  #shifted = 0;

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
    this.#tolerances = tolerances;
    const vector = (): Float64Array => system.vector();
    this.y = vector();
    this.y.set(y0);
    this.#k = Array.from({ length: STAGES }, vector);
    this.#before = vector();
    this.#stage = vector();
    this.#next = vector();
    this.t = this.tBefore = t;
    const w = vector();
    errorWeights(tolerances, this.y, w);
    system.rhs(t, this.y, this.#k[0]);
    checkStart(system, t, this.y, this.#k[0]);
    this.h = firstStep(system, t, this.y, this.#k[0], w, 5, span, [this.#stage, this.#next]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow(TITLES[this.method], this.t, this.h, this.#system.names, this.y, this.#k[0]);
      const error = this.#attempt();
      if (error <= 1) {
        let factor = error === 0 ? 10 : 0.9 * error ** -0.14 * this.#errorBefore ** 0.04;
        factor = Math.min(rejections > 0 ? 1 : 10, Math.max(0.2, factor));
        this.#errorBefore = Math.max(error, 1e-4);
        this.tBefore = this.t;
        this.t += this.h;
        this.#hLast = this.h;
        this.#before.set(this.y);
        this.y.set(this.#next);
        this.h *= factor;
        stats.steps++;
        return;
      }
      stats.rejected++;
      this.h *= error > 1 && error < Infinity ? Math.max(0.2, 0.9 * error ** -0.2) : 0.2;
    }
  }

  /** Computes the stages for the present h; the weighted error. k_1 is the derivative at y (first same as last). */
  #attempt(): number {
    const { a, c, e } = TABLEAUS[this.method];
    const system = this.#system;
    const { n } = system;
    const { h, y } = this;
    const k = this.#k;
    const stage = this.#stage;
    const next = this.#next;
    if (this.stats.steps > 0 && this.#shifted !== this.stats.steps) {
      const first = k[0];
      k[0] = k[STAGES - 1];
      k[STAGES - 1] = first;
      this.#shifted = this.stats.steps;
    }
    for (let i = 1; i < STAGES; i++) {
      const target = i === STAGES - 1 ? next : stage;
      const row = a[i];
      const k0 = k[0];
      const a0 = h * row[0];
      for (let l = 0; l < n; l++) target[l] = y[l] + a0 * k0[l];
      for (let j = 1; j < i; j++) {
        const kj = k[j];
        const aij = h * row[j];
        for (let l = 0; l < n; l++) target[l] += aij * kj[l];
      }
      system.rhs(this.t + c[i] * h, target, k[i]);
    }
    this.stats.rhs += STAGES - 1;
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
    this.stiffness = distance > 0 ? h * Math.sqrt(slope / distance) : 0;
    return Math.sqrt(sum / n);
  }

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    const b = TABLEAUS[this.method].denseWeights((t - this.tBefore) / this.#hLast);
    const h = this.#hLast;
    const k = this.#k;
    const count = components?.length ?? this.#system.n;
    for (let j = 0; j < count; j++) {
      const i = components === undefined ? j : components[j];
      let sum = 0;
      for (let s = 0; s < STAGES; s++) sum += b[s] * k[s][i];
      out[j] = this.#before[i] + h * sum;
    }
  }
}
