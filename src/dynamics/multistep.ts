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
import { checkStart, errorWeights, firstStep, stepUnderflow, weightedNorm } from "./vectors.ts";

export type MultistepName = "bdf" | "mebdf";

/** Highest step number k of each family. BDF 6 and MEBDF 8 have too little stability. */
const MOST: Readonly<Record<MultistepName, number>> = { bdf: 5, mebdf: 7 };

/** Newton iterates until the estimated error is below this share of the error tolerance. */
const NEWTON_TOLERANCE = 0.02;
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
  /** Local error of BDF k is `error` * nabla^(k+1) y. */
  readonly error: number;
}

function formula(k: number): Formula {
  const gammas = [0];
  for (let j = 1; j <= k + 1; j++) gammas.push(gammas[j - 1] + 1 / j);
  const theta = 1 / ((k + 1) * gammas[k + 1]);
  const extended = [0];
  for (let j = 1; j <= k; j++) extended.push(extended[j - 1] + 1 / j - theta * gammas[j]);
  return { gamma: gammas[k], gammas, theta, extended, error: 1 / ((k + 1) * gammas[k]) };
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
  readonly #tolerances: Tolerances;
  readonly #matrix: NewtonMatrix;
  readonly #extended: boolean;
  readonly #most: number;
  readonly #n: number;
  /** D_0 .. D_{most+2}; D_0 is y. After a change of step size D_{k+1} and D_{k+2} are stale until k + 1 equal steps are done. */
  readonly #D: Float64Array[];
  readonly #w: Float64Array;
  readonly #predicted: Float64Array;
  readonly #psi: Float64Array;
  readonly #stage: Float64Array;
  readonly #stagePsi: Float64Array;
  readonly #corrector: Float64Array;
  readonly #f: Float64Array;
  readonly #trial: Float64Array;
  readonly #d: Float64Array;
  readonly #d1: Float64Array;
  readonly #d2: Float64Array;
  readonly #delta: Float64Array;
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
    this.#tolerances = tolerances;
    this.#extended = family === "mebdf";
    this.#most = MOST[family];
    this.#n = system.n;
    const vector = (): Float64Array => system.vector();
    this.#D = Array.from({ length: this.#most + 3 }, vector);
    this.#w = vector();
    this.#predicted = vector();
    this.#psi = vector();
    this.#stage = vector();
    this.#stagePsi = vector();
    this.#corrector = vector();
    this.#f = vector();
    this.#trial = vector();
    this.#d = vector();
    this.#d1 = vector();
    this.#d2 = vector();
    this.#delta = matrix.vector();
    this.t = this.tBefore = t;
    this.y = this.#D[0];
    this.y.set(y0);
    errorWeights(tolerances, this.y, this.#w);
    system.rhs(t, this.y, this.#f);
    checkStart(system, t, this.y, this.#f);
    this.h = firstStep(system, t, this.y, this.#f, this.#w, 1, span, [this.#predicted, this.#psi]);
    this.stats.rhs += 2;
    for (let i = 0; i < this.#n; i++) this.#D[1][i] = this.h * this.#f[i];
  }

  step(): void {
    const { stats } = this;
    this.#failures = 0;
    errorWeights(this.#tolerances, this.y, this.#w);
    this.#fresh = false;
    for (;;) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290) {
        this.#system.rhs(this.t, this.y, this.#f);
        throw stepUnderflow(this.method.toUpperCase(), this.t, this.h, this.#system.names, this.y, this.#f);
      }
      const error = this.#attempt();
      if (error <= 1) {
        this.#accept(error);
        return;
      }
      stats.rejected++;
      this.#failures++;
      if (this.#failures > 60)
        throw stepUnderflow(this.method.toUpperCase(), this.t, this.h, this.#system.names, this.y, this.#f);
      if (error === NOT_SOLVED) {
        // A fresh Jacobian first; then a smaller step.
        if (this.#fresh) this.#changeStep(0.25);
        this.#c = Number.NaN;
        continue;
      }
      if (this.#failures > 3 && this.k > 1) this.k--;
      this.#changeStep(Math.min(0.9, Math.max(0.2, (6 * error) ** (-1 / (this.k + 1)))));
    }
  }

  dispose(): void {
    this.#matrix.dispose();
  }

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    // Newton's backward formula: y(t_n + s h) = sum_j D_j s (s+1) ... (s+j-1) / j!.
    const s = (t - this.t) / this.#hLast;
    const D = this.#D;
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
    const n = this.#n;
    const { gamma, gammas, theta, extended, error } = FORMULAS[k];
    const c = this.h / gamma;
    const t = this.t + this.h;
    const D = this.#D;
    const predicted = this.#predicted;
    const psi = this.#psi;
    if (Number.isNaN(this.#c) && !this.#renew(c)) return NOT_SOLVED;
    combine(D, ONES, 0, k, predicted);
    combine(D, gammas, 1, k, psi, 1 / gamma);
    this.#d.fill(0);
    if (!this.#solve(t, c, predicted, psi, this.#d, NEWTON_TOLERANCE / error)) return NOT_SOLVED;
    if (!this.#extended) return error * weightedNorm(this.#d, this.#w);

    // Second stage: BDF from the differences at the first stage's point, nabla^j = d1 + sum_{i>=j} D_i.
    const d1 = this.#d1;
    d1.set(this.#d);
    const scale1 = error * weightedNorm(d1, this.#w);
    if (scale1 > 4) return scale1;
    const stage = this.#stage;
    // stage predictor: sum_j nabla^j = sum_j (d1 + sum_{i>=j} D_i) = (k+1) d1 + sum_i (i+1) D_i
    combine(D, COUNT, 0, k, stage);
    // sum_j gamma_j nabla^j, with s_i = sum_{j<=i} gamma_j
    const sums = PARTIAL[k];
    combine(D, sums, 1, k, this.#stagePsi, 1 / gamma);
    const sumAll = sums[k] / gamma;
    for (let i = 0; i < n; i++) {
      stage[i] += (k + 1) * d1[i];
      this.#stagePsi[i] += sumAll * d1[i];
    }
    const d2 = this.#d2;
    d2.fill(0);
    if (!this.#solve(t + this.h, c, stage, this.#stagePsi, d2, NEWTON_TOLERANCE / error)) return NOT_SOLVED;
    // h f at both stages from the formulas themselves: h f1 = gamma (d1 + psi), h f2 = gamma (d2 + work).
    const A = extended[k];
    combine(D, extended, 1, k, this.#corrector, 1 / A);
    const back = gamma / A - 1;
    const ahead = (gamma * theta) / A;
    // d = c f(y) + back (d1 + psi) - ahead (d2 + work) - delta, solved as c f - psi' - d = 0
    for (let i = 0; i < n; i++)
      psi[i] = this.#corrector[i] - back * (d1[i] + psi[i]) + ahead * (d2[i] + this.#stagePsi[i]);
    if (!this.#solve(t, c, predicted, psi, this.#d, NEWTON_TOLERANCE / error)) return NOT_SOLVED;
    return scale1;
  }

  /**
   * Solves d = c f(t, base + d) - psi for d by modified Newton, starting from the given d, until the error is below
   * `tolerance` in the weighted norm. Renews a stale matrix where that pays.
   */
  #solve(t: number, c: number, base: Float64Array, psi: Float64Array, d: Float64Array, tolerance: number): boolean {
    const n = this.#n;
    const { stats } = this;
    const f = this.#f;
    const delta = this.#delta;
    const y = this.#trial;
    // A matrix of another c is used with a correction (Hindmarsh, CVODE): scale the update by 2 / (1 + c/c_matrix).
    // The contraction it costs is |1 - c/c_matrix| / (1 + c/c_matrix).
    const ratio = c / this.#c;
    if ((ratio > 2 || ratio < 0.5) && !this.#factor(c)) return false;
    const scale = 2 / (1 + c / this.#c);
    let before = Infinity;
    for (let iteration = 0; ; iteration++) {
      for (let i = 0; i < n; i++) y[i] = base[i] + d[i];
      this.#system.rhs(t, y, f);
      stats.rhs++;
      for (let i = 0; i < n; i++) delta[i] = c * f[i] - psi[i] - d[i];
      this.#matrix.solve(delta);
      stats.solves++;
      let sum = 0;
      const w = this.#w;
      for (let i = 0; i < n; i++) {
        const step = scale * delta[i];
        d[i] += step;
        sum += step * step * w[i] * w[i];
      }
      const size = Math.sqrt(sum / n);
      if (!Number.isFinite(size)) return false;
      if (iteration > 0) {
        const rate = size / before;
        this.#extra++;
        this.#rate = Math.max(0.3 * this.#rate, rate);
        if (rate >= 0.9 || iteration >= MOST_ITERATIONS) return false;
      }
      if (size * Math.min(1, this.#rate / Math.max(0.1, 1 - this.#rate)) <= tolerance || size === 0) return true;
      before = size;
    }
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
    this.#rate = 1;
    this.#extra = 0;
    const done = this.#matrix.factor(c);
    this.#c = done ? c : Number.NaN;
    return done;
  }

  #accept(error: number): void {
    const { k, h } = this;
    const n = this.#n;
    const D = this.#D;
    const d = this.#d;
    const top = D[k + 2];
    const next = D[k + 1];
    for (let i = 0; i < n; i++) {
      top[i] = d[i] - next[i];
      next[i] = d[i];
    }
    for (let j = k; j >= 0; j--) {
      const lower = D[j];
      const upper = D[j + 1];
      for (let i = 0; i < n; i++) lower[i] += upper[i];
    }
    this.tBefore = this.t;
    this.t += h;
    this.#hLast = h;
    this.#kLast = k;
    this.stats.steps++;
    this.#equal++;
    // A matrix that has cost as much in extra iterations as a new one would is renewed.
    if (this.#extra > this.#matrix.factorCost) this.#c = Number.NaN;
    if (this.#equal <= k) return;
    this.#chooseNext(error);
  }

  /** Growth factors of orders k - 1, k, k + 1 from their estimated errors; the largest wins if it is worth a factorisation. */
  #chooseNext(error: number): void {
    const { k } = this;
    const w = this.#w;
    errorWeights(this.#tolerances, this.y, w);
    const growth = (e: number, bias: number, order: number): number => 1 / ((bias * e) ** (1 / (order + 1)) + 1e-6);
    let best = growth(error, 6, k);
    let order = k;
    if (k > 1) {
      const lower = growth(FORMULAS[k - 1].error * weightedNorm(this.#D[k], w), 6, k - 1);
      if (lower > best) [best, order] = [lower, k - 1];
    }
    if (k < this.#most) {
      const upper = growth(FORMULAS[k + 1].error * weightedNorm(this.#D[k + 2], w), 10, k + 1);
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
    const D = this.#D;
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
const MOST_ITERATIONS = 7;

const ONES = new Array<number>(12).fill(1);
const COUNT = Array.from({ length: 12 }, (_, i) => i + 1);
/** PARTIAL[k][i] = sum over j <= i of gamma_j. */
const PARTIAL = FORMULAS.map(({ gammas }) => {
  const sums: number[] = [];
  gammas.reduce((sum, gamma, i) => (sums[i] = sum + gamma), 0);
  return sums;
});

/** out = scale * sum_{j=from..to} c_j D_j */
function combine(
  D: readonly Float64Array[],
  c: readonly number[],
  from: number,
  to: number,
  out: Float64Array,
  scale = 1,
): void {
  const n = out.length;
  const first = D[from];
  const c0 = c[from] * scale;
  for (let i = 0; i < n; i++) out[i] = c0 * first[i];
  for (let j = from + 1; j <= to; j++) {
    const row = D[j];
    const cj = c[j] * scale;
    for (let i = 0; i < n; i++) out[i] += cj * row[i];
  }
}

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
