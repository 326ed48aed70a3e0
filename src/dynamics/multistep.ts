// Variable-order implicit multistep methods on backward differences, with quasi-constant steps:
//   "bdf":   backward differentiation formulas of order 1 to 5 (Gear 1971; difference form of Shampine and Reichelt 1997,
//            "The MATLAB ODE suite", section 2.1-2.3);
//   "mebdf": modified extended backward differentiation formulas of order 2 to 8 (Cash 1983, "The integration of stiff
//            initial value problems in ODEs using modified extended backward differentiation formulae"): two BDF stages of
//            step number k look ahead, a corrector of order k + 1 follows, all with the matrix I - (h/gamma_k) J.
// Notation: D_j = nabla^j y at the last point; gamma_k = sum_{j<=k} 1/j; y_p = sum_{j<=k} D_j; d = y_new - y_p, so that
// nabla^j y_new = d + sum_{i=j..k} D_i.
// When to factorise is a ski-rental decision: a stale matrix costs extra Newton iterations, a new one costs a
// factorisation; it is renewed when the extra iterations have cost as much as the renewal, or on divergence. Costs are
// operation counts, so a run is the same every time.
import type { NewtonMatrix } from "./newton-matrix.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import { multistepVectors } from "./compiled-multistep.ts";
import type { MultistepVectors } from "./multistep-vectors.ts";
import { checkStart, firstStep, stepUnderflow } from "./vectors.ts";

export type MultistepName = "bdf" | "mebdf";

/** Highest step number k of each family. BDF 6 and MEBDF 8 have too little stability. */
const MOST: Readonly<Record<MultistepName, number>> = { bdf: 5, mebdf: 7 };

/** Newton iterates until the estimated error is below this share of the error tolerance. */
const NEWTON_TOLERANCE = 0.005;
/** Contraction assumed of a new matrix until it is measured: none, so that the first solve after it takes two iterations. */
const FRESH_RATE = 1;
/** Extra iterations that never lead to a new matrix by themselves. */
const LEAST_EXTRA = 5;
/** A step size is raised only if it can grow by this factor: growing costs a factorisation. */
const LEAST_GROWTH = 1.5;
const MOST_GROWTH = 10;

/** Coefficients of step number k, in the notation of the header. */
interface Formula {
  readonly gamma: number;
  /** gamma_j, j = 0..k. */
  readonly gammas: readonly number[];
  /** Extended formula: theta = 1 / ((k+1) H_{k+1}); partial sums a_i = sum_{j<=i} (1/j - theta H_j), i = 0..k. */
  readonly theta: number;
  readonly extended: readonly number[];
  /** gamma_j / gamma_k and a_j / a_k, j = 0..k. */
  readonly weights: readonly number[];
  readonly extendedWeights: readonly number[];
  /** Local error of BDF k is `error` * nabla^(k+1) y. */
  readonly error: number;
}

function formula(k: number): Formula {
  const gammas = [0];
  for (let j = 1; j <= k + 1; j++) gammas.push(gammas[j - 1] + 1 / j);
  const theta = 1 / ((k + 1) * gammas[k + 1]);
  const extended = [0];
  for (let j = 1; j <= k; j++) extended.push(extended[j - 1] + 1 / j - theta * gammas[j]);
  const weights = gammas.slice(0, k + 1).map((gamma) => gamma / gammas[k]);
  const extendedWeights = extended.map((a) => a / extended[k]);
  return { gamma: gammas[k], gammas, theta, extended, weights, extendedWeights, error: 1 / ((k + 1) * gammas[k]) };
}

const FORMULAS = Array.from({ length: 10 }, (_, k) => formula(Math.max(k, 1)));

export class Multistep implements Stepper {
  readonly method: string;
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  /** Step number in use. */
  k = 1;
  readonly #system: OdeSystem;
  readonly #matrix: NewtonMatrix;
  readonly #extended: boolean;
  readonly #most: number;
  readonly #n: number;
  /** After a change of step size D_{k+1} and D_{k+2} are stale until k + 1 equal steps are done. */
  readonly #v: MultistepVectors;
  /** Steps done with the present h and k. */
  #equal = 0;
  /** c = h/gamma of the factorised matrix; NaN: none yet. */
  #c = Number.NaN;
  /** The Jacobian is the one of the present point. */
  #fresh = false;
  /** Estimated contraction per Newton iteration with the present matrix. */
  #rate = 1;
  /** Cost of iterations beyond one a solve since the last factorisation, in units of iterations. */
  #extra = 0;
  #failures = 0;
  /** Step size and number of the last step: the grid that `interpolate` reads. */
  #hLast = 1;
  #kLast = 1;
  /** A change of step and order decided at the end of a step and carried out at the next. */
  #next: { factor: number; k: number } | undefined;

  constructor(
    system: OdeSystem,
    matrix: NewtonMatrix,
    family: MultistepName,
    t: number,
    y0: Float64Array,
    span: number,
    tolerances: Tolerances,
  ) {
    this.method = family;
    this.#system = system;
    this.#matrix = matrix;
    this.#extended = family === "mebdf";
    this.#most = MOST[family];
    this.#n = system.n;
    const v = multistepVectors(system, matrix, this.#most + 3, tolerances);
    this.#v = v;
    this.t = this.tBefore = t;
    this.y = v.D[0];
    this.y.set(y0);
    v.weights();
    system.rhs(t, this.y, v.f);
    checkStart(system, t, this.y, v.f);
    this.h = firstStep(system, t, this.y, v.f, v.w, 1, span, [v.predicted, v.psi]);
    this.stats.rhs += 2;
    // With a mass matrix f is not the derivative: the history begins with a constant.
    if (system.mass === undefined) for (let i = 0; i < this.#n; i++) v.D[1][i] = this.h * v.f[i];
  }

  step(): void {
    const { stats } = this;
    this.#failures = 0;
    this.#v.weights();
    this.#fresh = false;
    for (;;) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290) {
        this.#system.rhs(this.t, this.y, this.#v.f);
        throw stepUnderflow(this.method.toUpperCase(), this.t, this.h, this.#system.names, this.y, this.#v.f);
      }
      const error = this.#attempt();
      if (error <= 1) {
        this.#accept(error);
        return;
      }
      stats.rejected++;
      this.#failures++;
      if (this.#failures > 60)
        throw stepUnderflow(this.method.toUpperCase(), this.t, this.h, this.#system.names, this.y, this.#v.f);
      if (error === NOT_SOLVED) {
        // A fresh Jacobian first; then a smaller step.
        if (this.#fresh) this.#changeStep(0.25);
        this.#c = Number.NaN;
        continue;
      }
      this.#afterRejection(error);
    }
  }

  /** Shrinks the step after an error test failed, at the present order or at a lower one where that allows a larger step. */
  #afterRejection(error: number): void {
    const { k } = this;
    const v = this.#v;
    let factor = (6 * error) ** (-1 / (k + 1));
    if (k > 1) {
      // nabla^k y_new = d + D_k estimates the error of order k - 1.
      const d = this.#extended ? v.d1 : v.d;
      const difference = v.predicted;
      for (let i = 0; i < this.#n; i++) difference[i] = d[i] + v.D[k][i];
      const lower = (6 * FORMULAS[k - 1].error * v.norm(difference)) ** (-1 / k);
      if (lower > factor || this.#failures > 3) {
        factor = lower;
        this.k--;
      }
    }
    this.#changeStep(Math.min(0.9, Math.max(0.2, factor)));
  }

  dispose(): void {
    this.#matrix.dispose();
  }

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    // Newton's backward formula: y(t_n + s h) = sum_j D_j s (s+1) ... (s+j-1) / j!.
    const s = (t - this.t) / this.#hLast;
    const { D } = this.#v;
    const count = components?.length ?? this.#n;
    const weights: number[] = [1];
    for (let j = 1; j <= this.#kLast; j++) weights.push((weights[j - 1] * (s + j - 1)) / j);
    for (let c = 0; c < count; c++) {
      const i = components === undefined ? c : components[c];
      let value = 0;
      for (let j = this.#kLast; j >= 0; j--) value += weights[j] * D[j][i];
      out[c] = value;
    }
  }
  /** Tries one step; the estimated error in units of the tolerance, or NOT_SOLVED. */
  #attempt(): number {
    if (this.#next !== undefined) {
      const { factor, k } = this.#next;
      this.#next = undefined;
      this.k = k;
      this.#equal = 0;
      if (factor !== 1) this.#changeStep(factor);
    }
    const { k } = this;
    const { gamma, theta, extended, error, weights, extendedWeights } = FORMULAS[k];
    const c = this.h / gamma;
    const t = this.t + this.h;
    const v = this.#v;
    const { d, d1, d2 } = v;
    const tolerance = NEWTON_TOLERANCE / error;
    if (Number.isNaN(this.#c) && !this.#renew(c)) return NOT_SOLVED;
    v.combine(k, ONES, weights, 0, 0, v.predicted, v.psi);
    d.fill(0);
    if (!this.#solve(t, c, v.predicted, v.psi, d, tolerance)) return NOT_SOLVED;
    if (!this.#extended) return error * v.norm(d);

    // Second stage: BDF from the differences at the first stage's point, nabla^j = d1 + sum_{i>=j} D_i, so that
    // sum_j nabla^j = (k+1) d1 + sum_i (i+1) D_i and sum_j gamma_j nabla^j = s_k d1 + sum_i s_i D_i, s_i = sum_{j<=i} gamma_j.
    d1.set(d);
    const estimate = error * v.norm(d1);
    if (estimate > 4) return estimate;
    const sums = PARTIAL[k];
    v.combine(k, COUNT, sums, k + 1, sums[k], v.stage, v.stagePsi);
    d2.fill(0);
    if (!this.#solve(t + this.h, c, v.stage, v.stagePsi, d2, tolerance)) return NOT_SOLVED;
    // h f at both stages from the formulas themselves: h f1 = gamma (d1 + psi), h f2 = gamma (d2 + stagePsi). The corrector
    // is d = c f(y) + back (d1 + psi) - ahead (d2 + stagePsi) - sum_i (a_i / a_k) D_i.
    const A = extended[k];
    v.correct(k, extendedWeights, gamma / A - 1, (gamma * theta) / A);
    if (!this.#solve(t, c, v.predicted, v.psi, d, tolerance)) return NOT_SOLVED;
    return estimate;
  }

  /**
   * Solves d = c f(t, base + d) - psi for d by modified Newton, starting from the given d, until the error is below
   * `tolerance` in the weighted norm.
   */
  #solve(t: number, c: number, base: Float64Array, psi: Float64Array, d: Float64Array, tolerance: number): boolean {
    const { stats } = this;
    // A matrix of another c is used with a correction (Hindmarsh, CVODE): updates are scaled by 2 / (1 + c/c_matrix).
    // The contraction it costs is |1 - c/c_matrix| / (1 + c/c_matrix).
    const ratio = c / this.#c;
    // Algebraic equations know no such correction: with a mass matrix the factors are always those of c.
    const far = this.#system.mass === undefined ? ratio > 2 || ratio < 0.5 : ratio !== 1;
    if (far && !this.#factor(c)) return false;
    const { solved, iterations, rate } = this.#v.newton(
      t,
      c,
      2 / (1 + c / this.#c),
      tolerance,
      this.#rate,
      base,
      psi,
      d,
    );
    stats.rhs += iterations;
    stats.solves += iterations;
    this.#extra += iterations - 1;
    this.#rate = rate;
    return solved;
  }

  /** New Jacobian at the present point and new factors; false where the matrix is singular. */
  #renew(c: number): boolean {
    this.#matrix.evaluate(this.t, this.y);
    this.stats.jacobians++;
    this.#fresh = true;
    return this.#factor(c);
  }

  #factor(c: number): boolean {
    this.stats.factorizations++;
    this.#rate = FRESH_RATE;
    this.#extra = 0;
    const done = this.#matrix.factor(c);
    this.#c = done ? c : Number.NaN;
    return done;
  }

  #accept(error: number): void {
    const { k, h } = this;
    this.#v.accept(k);
    this.tBefore = this.t;
    this.t += h;
    this.#hLast = h;
    this.#kLast = k;
    this.stats.steps++;
    this.#equal++;
    // A matrix that has cost as much in extra iterations as a new one would is renewed.
    if (this.#extra > Math.max(LEAST_EXTRA, this.#matrix.factorCost)) this.#c = Number.NaN;
    if (this.#equal <= k) return;
    this.#chooseNext(error);
  }

  /** Growth factors of orders k - 1, k, k + 1 from their estimated errors; the largest wins if it is worth a factorisation. */
  #chooseNext(error: number): void {
    const { k } = this;
    const v = this.#v;
    v.weights();
    const growth = (e: number, bias: number, order: number): number => 1 / ((bias * e) ** (1 / (order + 1)) + 1e-6);
    let best = growth(error, 6, k);
    let order = k;
    if (k > 1) {
      const lower = growth(FORMULAS[k - 1].error * v.norm(v.D[k]), 6, k - 1);
      if (lower > best) [best, order] = [lower, k - 1];
    }
    if (k < this.#most) {
      const upper = growth(FORMULAS[k + 1].error * v.norm(v.D[k + 2]), 10, k + 1);
      if (upper > best) [best, order] = [upper, k + 1];
    }
    if (best < LEAST_GROWTH) {
      // Not worth a new step size; a lower order at the same step is, when the present one is no better.
      if (order < k) this.#next = { factor: 1, k: order };
      return;
    }
    this.#next = { factor: Math.min(best, MOST_GROWTH), k: order };
  }

  /** Interpolates the differences D_0 .. D_k to the step size factor * h (Shampine and Reichelt 1997, section 2.2). */
  #changeStep(factor: number): void {
    const { k } = this;
    const n = this.#n;
    const change = differenceChange(k, factor);
    const { D } = this.#v;
    const column = new Float64Array(k + 1);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= k; j++) column[j] = D[j][i];
      for (let j = 1; j <= k; j++) {
        let sum = 0;
        for (let l = 1; l <= k; l++) sum += change[l * (k + 1) + j] * column[l];
        D[j][i] = sum;
      }
    }
    this.h *= factor;
    this.#equal = 0;
  }
}

/** Result of an attempt whose equations could not be solved. */
const NOT_SOLVED = Infinity;

const ONES = new Array<number>(12).fill(1);
const COUNT = Array.from({ length: 12 }, (_, i) => i + 1);
/** PARTIAL[k][i] = sum over j <= i of gamma_j, over gamma_k. */
const PARTIAL = FORMULAS.map(({ gammas }) => {
  const sums: number[] = [];
  gammas.reduce((sum, gamma, i) => (sums[i] = sum + gamma), 0);
  const k = gammas.length - 2;
  return sums.map((sum) => sum / gammas[k]);
});

/** The matrix R(factor) R(1) of the difference interpolation, (k+1) x (k+1), row-major. */
function differenceChange(k: number, factor: number): Float64Array {
  const size = k + 1;
  const R = (r: number): Float64Array => {
    const m = new Float64Array(size * size);
    for (let j = 0; j < size; j++) m[j] = 1;
    for (let i = 1; i < size; i++)
      for (let j = 1; j < size; j++) m[i * size + j] = (m[(i - 1) * size + j] * (i - 1 - r * j)) / i;
    return m;
  };
  const a = R(factor);
  const b = R(1);
  const product = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let l = 0; l < size; l++) sum += a[i * size + l] * b[l * size + j];
      product[i * size + j] = sum;
    }
  return product;
}
