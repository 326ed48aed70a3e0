// RKC: explicit Runge-Kutta-Chebyshev of order 2 with as many stages as stability needs, for large systems whose Jacobian has
// eigenvalues near the negative real axis (diffusion). Its stable interval grows with the square of the stages.
// Source: Sommeijer, Shampine, Verwer 1998, "RKC: an explicit solver for parabolic PDEs", J. Comput. Appl. Math. 88:315-326:
// formulae (2.3)-(2.6), error estimate (2.7), spectral radius by a nonlinear power method (section 2.4).
// Dense output: cubic Hermite of the step, as accurate as the method.
import { hermite } from "./hermite.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

/** Stages at most; more would let rounding errors grow. */
const MOST_STAGES = 500;
/** Steps after which the spectral radius is estimated anew. */
const RENEW = 25;
const MOST_POWERS = 50;
const MOST_REJECTIONS = 100;
/** The estimate is raised by this factor: power iterations come from below. */
const SAFETY = 1.2;

export class RungeKuttaChebyshev implements Stepper {
  readonly method = "rkc";
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  /** Stages of the last step. */
  stages = 2;
  readonly #system: OdeSystem;
  readonly #tolerances: Tolerances;
  readonly #f: Float64Array;
  readonly #fNew: Float64Array;
  readonly #before: Float64Array;
  readonly #fBefore: Float64Array;
  readonly #work: readonly Float64Array[];
  /** Vector of the power method, kept between estimates. */
  readonly #direction: Float64Array;
  #directed = false;
  #radius = 0;
  #sinceRadius = Infinity;
  #errorBefore = 0;
  #hBefore = 0;
  #hLast = 1;

  constructor(system: OdeSystem, t: number, y0: Float64Array, span: number, tolerances: Tolerances) {
    this.#system = system;
    this.#tolerances = tolerances;
    this.t = this.tBefore = t;
    this.y = system.vector();
    this.y.set(y0);
    [this.#f, this.#fNew, this.#before, this.#fBefore, this.#direction, ...this.#work] = Array.from({ length: 9 }, () =>
      system.vector(),
    );
    const w = system.vector();
    errorWeights(tolerances, this.y, w);
    system.rhs(t, this.y, this.#f);
    checkStart(system, t, this.y, this.#f);
    this.h = firstStep(system, t, this.y, this.#f, w, 2, span, [this.#work[0], this.#work[1]]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    if (this.#sinceRadius >= RENEW) this.#estimateRadius();
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow("RKC", this.t, this.h, this.#system.names, this.y, this.#f);
      let stages = 1 + Math.floor(Math.sqrt(1.54 * this.h * this.#radius + 1));
      if (stages > MOST_STAGES) {
        this.h = (MOST_STAGES ** 2 - 1) / (1.54 * this.#radius);
        stages = MOST_STAGES;
      }
      this.stages = Math.max(2, stages);
      const next = this.#attempt(this.t, this.h, this.stages);
      const error = this.#error(next);
      if (error <= 1) {
        this.#accept(next, error, rejections);
        return;
      }
      stats.rejected++;
      this.h *= error < Infinity ? Math.max(0.1, 0.8 * error ** (-1 / 3)) : 0.1;
      // The spectral radius may have grown.
      if (this.#sinceRadius > 0) this.#estimateRadius();
    }
  }

  /** The new point by s stages. */
  #attempt(t: number, h: number, s: number): Float64Array {
    const { b, w0, w1, T, c } = coefficients(s);
    const [y0, n] = [this.y, this.y.length];
    let [before, last, next] = this.#work;
    const stage = this.#fNew;
    const f0 = this.#f;
    const first = b[1] * w1;
    before.set(y0);
    for (let i = 0; i < n; i++) last[i] = y0[i] + h * first * f0[i];
    for (let j = 2; j <= s; j++) {
      const mu = (2 * b[j] * w0) / b[j - 1];
      const nu = -b[j] / b[j - 2];
      const share = (2 * b[j] * w1) / b[j - 1];
      const gamma = -(1 - b[j - 1] * T[j - 1]) * share;
      this.#system.rhs(t + c[j - 1] * h, last, stage);
      for (let i = 0; i < n; i++)
        next[i] = (1 - mu - nu) * y0[i] + mu * last[i] + nu * before[i] + h * (share * stage[i] + gamma * f0[i]);
      [before, last, next] = [last, next, before];
    }
    this.stats.rhs += s - 1;
    return last;
  }

  /** Estimated local error in units of the tolerance; f at the new point is evaluated on the way. */
  #error(next: Float64Array): number {
    const { relative, absolute } = this.#tolerances;
    const { h, y } = this;
    this.#system.rhs(this.t + h, next, this.#fNew);
    this.stats.rhs++;
    let sum = 0;
    for (let i = 0; i < y.length; i++) {
      const error = 0.8 * (y[i] - next[i]) + 0.4 * h * (this.#f[i] + this.#fNew[i]);
      const part = error / (relative * Math.max(Math.abs(y[i]), Math.abs(next[i])) + absolute[i]);
      sum += part * part;
    }
    return Math.sqrt(sum / y.length);
  }

  #accept(next: Float64Array, error: number, rejections: number): void {
    const { h } = this;
    // Predictive controller (2.9): looks at the errors and sizes of two steps.
    let factor = 0.8 * Math.max(error, 1e-10) ** (-1 / 3);
    if (this.#errorBefore > 0)
      factor = Math.min(
        factor,
        0.8 * ((this.#errorBefore ** (1 / 3) * (h / this.#hBefore)) / Math.max(error, 1e-10) ** (2 / 3)),
      );
    factor = Math.max(0.1, Math.min(rejections > 0 ? 1 : 10, factor));
    this.#errorBefore = Math.max(error, 1e-10);
    this.#hBefore = this.#hLast = h;
    this.tBefore = this.t;
    this.t += h;
    this.#before.set(this.y);
    this.#fBefore.set(this.#f);
    this.y.set(next);
    this.#f.set(this.#fNew);
    this.h *= factor;
    this.#sinceRadius++;
    this.stats.steps++;
  }

  /** Spectral radius of the Jacobian at the present point by a power method on differences of f. */
  #estimateRadius(): void {
    const { y } = this;
    const [point, image] = this.#work;
    const v = this.#direction;
    const n = y.length;
    const size = (x: Float64Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
    if (!this.#directed) {
      // The slope, and a sawtooth where it is zero: rough vectors have large parts along the fastest modes.
      for (let i = 0; i < n; i++) v[i] = this.#f[i] + (i % 2 === 0 ? 1e-3 : -1e-3) * (Math.abs(this.#f[i]) + 1e-6);
      this.#directed = true;
    }
    const scale = Math.max(size(y), 1e-6) * Math.sqrt(Number.EPSILON);
    let before = 0;
    let radius = 0;
    for (let k = 0; k < MOST_POWERS; k++) {
      const length = size(v);
      if (!(length > 0)) break;
      for (let i = 0; i < n; i++) point[i] = y[i] + (scale / length) * v[i];
      this.#system.rhs(this.t, point, image);
      this.stats.rhs++;
      for (let i = 0; i < n; i++) v[i] = image[i] - this.#f[i];
      radius = size(v) / scale;
      if (k >= 2 && Math.abs(radius - before) <= 0.01 * radius) break;
      before = radius;
    }
    this.#radius = SAFETY * radius;
    this.#sinceRadius = 0;
  }

  dispose(): void {}

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    const h = this.#hLast;
    hermite((t - this.tBefore) / h, h, this.#before, this.y, this.#fBefore, this.#f, out, components);
  }
}

interface Coefficients {
  readonly w0: number;
  readonly w1: number;
  readonly b: Float64Array;
  /** Chebyshev polynomials at w0. */
  readonly T: Float64Array;
  /** Nodes of the stages 0 ... s. */
  readonly c: Float64Array;
}

const known = new Map<number, Coefficients>();

/** w0 = 1 + (2/13)/s^2, w1 = T_s'(w0) / T_s''(w0), b_j = T_j''(w0) / T_j'(w0)^2, b_0 = b_1 = b_2; c_j = w1 T_j''(w0) / T_j'(w0). */
function coefficients(s: number): Coefficients {
  let made = known.get(s);
  if (made !== undefined) return made;
  const w0 = 1 + 2 / 13 / (s * s);
  const [T, d, dd] = [new Float64Array(s + 1), new Float64Array(s + 1), new Float64Array(s + 1)];
  [T[0], T[1], d[1]] = [1, w0, 1];
  for (let j = 2; j <= s; j++) {
    T[j] = 2 * w0 * T[j - 1] - T[j - 2];
    d[j] = 2 * w0 * d[j - 1] - d[j - 2] + 2 * T[j - 1];
    dd[j] = 2 * w0 * dd[j - 1] - dd[j - 2] + 4 * d[j - 1];
  }
  const w1 = d[s] / dd[s];
  const b = new Float64Array(s + 1);
  const c = new Float64Array(s + 1);
  for (let j = 2; j <= s; j++) {
    b[j] = dd[j] / (d[j] * d[j]);
    c[j] = (w1 * dd[j]) / d[j];
  }
  b[0] = b[1] = b[2];
  c[1] = c[2] / d[2];
  c[s] = 1;
  known.set(s, (made = { w0, w1, b, T, c }));
  return made;
}
