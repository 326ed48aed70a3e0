// The vector work of the multistep methods: history, predictors, Newton's iteration, norms, for systems of any kind.
// Systems made of tapes run it compiled (compiled-multistep.ts). Formulae in multistep.ts, whose notation this file uses.
import { massTimes } from "./mass.ts";
import type { NewtonMatrix } from "./newton-matrix.ts";
import type { OdeSystem, Tolerances } from "./system.ts";
import { errorWeights, weightedNorm } from "./vectors.ts";

/** Iterations of Newton's method at most. */
export const MOST_ITERATIONS = 7;

export interface NewtonOutcome {
  readonly solved: boolean;
  /** Right-hand sides and solves used. */
  readonly iterations: number;
  /** Estimated contraction per iteration. */
  readonly rate: number;
}

export interface MultistepVectors {
  /** D_0 ... D_{rows-1}; D_0 is y. */
  readonly D: readonly Float64Array[];
  readonly w: Float64Array;
  readonly f: Float64Array;
  readonly predicted: Float64Array;
  readonly psi: Float64Array;
  readonly stage: Float64Array;
  readonly stagePsi: Float64Array;
  readonly d: Float64Array;
  readonly d1: Float64Array;
  readonly d2: Float64Array;
  /** w from y. */
  weights(): void;
  /** Weighted root mean square. */
  norm(v: Float64Array): number;
  /** a = sum_{j<=k} A_j D_j + ea d1, b = sum_{j<=k} B_j D_j + eb d1. */
  combine(
    k: number,
    A: readonly number[],
    B: readonly number[],
    ea: number,
    eb: number,
    a: Float64Array,
    b: Float64Array,
  ): void;
  /** psi = sum_j C_j D_j - back (d1 + psi) + ahead (d2 + stagePsi). */
  correct(k: number, C: readonly number[], back: number, ahead: number): void;
  /** Solves d = c f(t, base + d) - psi for d, starting from the given d; updates are multiplied by `scale`. */
  newton(
    t: number,
    c: number,
    scale: number,
    tolerance: number,
    rate: number,
    base: Float64Array,
    psi: Float64Array,
    d: Float64Array,
  ): NewtonOutcome;
  /** D_{k+2} = d - D_{k+1}; D_{k+1} = d; D_j += D_{j+1} for j = k ... 0. */
  accept(k: number): void;
}

export class GeneralVectors implements MultistepVectors {
  readonly D: readonly Float64Array[];
  readonly w: Float64Array;
  readonly f: Float64Array;
  readonly predicted: Float64Array;
  readonly psi: Float64Array;
  readonly stage: Float64Array;
  readonly stagePsi: Float64Array;
  readonly d: Float64Array;
  readonly d1: Float64Array;
  readonly d2: Float64Array;
  readonly #system: OdeSystem;
  readonly #matrix: NewtonMatrix;
  readonly #tolerances: Tolerances;
  readonly #trial: Float64Array;

  constructor(system: OdeSystem, matrix: NewtonMatrix, rows: number, tolerances: Tolerances) {
    this.#system = system;
    this.#matrix = matrix;
    this.#tolerances = tolerances;
    const vector = (): Float64Array => system.vector();
    this.D = Array.from({ length: rows }, vector);
    [this.w, this.f, this.predicted, this.psi, this.stage, this.stagePsi, this.d, this.d1, this.d2, this.#trial] =
      Array.from({ length: 10 }, vector);
  }

  weights(): void {
    errorWeights(this.#tolerances, this.D[0], this.w);
  }

  norm(v: Float64Array): number {
    return weightedNorm(v, this.w);
  }

  combine(
    k: number,
    A: readonly number[],
    B: readonly number[],
    ea: number,
    eb: number,
    a: Float64Array,
    b: Float64Array,
  ): void {
    const { d1, D } = this;
    for (let i = 0; i < a.length; i++) {
      a[i] = ea * d1[i];
      b[i] = eb * d1[i];
    }
    for (let j = 0; j <= k; j++) {
      const row = D[j];
      const aj = A[j];
      const bj = B[j];
      for (let i = 0; i < a.length; i++) {
        a[i] += aj * row[i];
        b[i] += bj * row[i];
      }
    }
  }

  correct(k: number, C: readonly number[], back: number, ahead: number): void {
    const { d1, d2, psi, stagePsi, D } = this;
    for (let i = 0; i < psi.length; i++) psi[i] = ahead * (d2[i] + stagePsi[i]) - back * (d1[i] + psi[i]);
    for (let j = 0; j <= k; j++) {
      const row = D[j];
      const cj = C[j];
      for (let i = 0; i < psi.length; i++) psi[i] += cj * row[i];
    }
  }

  newton(
    t: number,
    c: number,
    scale: number,
    tolerance: number,
    rate: number,
    base: Float64Array,
    psi: Float64Array,
    d: Float64Array,
  ): NewtonOutcome {
    return iterate(this.#system, this.#matrix, this.#trial, this.f, this.w, {
      t,
      c,
      scale,
      tolerance,
      rate,
      base,
      psi,
      d,
    });
  }

  accept(k: number): void {
    const { D, d } = this;
    const top = D[k + 2];
    const next = D[k + 1];
    for (let i = 0; i < d.length; i++) {
      top[i] = d[i] - next[i];
      next[i] = d[i];
    }
    for (let j = k; j >= 0; j--) {
      const lower = D[j];
      const upper = D[j + 1];
      for (let i = 0; i < d.length; i++) lower[i] += upper[i];
    }
  }
}

export interface Iteration {
  readonly t: number;
  readonly c: number;
  readonly scale: number;
  readonly tolerance: number;
  readonly rate: number;
  readonly base: Float64Array;
  readonly psi: Float64Array;
  readonly d: Float64Array;
}

/** Modified Newton with any matrix; the compiled loop does the same. With a mass matrix: M d = c f(t, base + d) - M psi. */
export function iterate(
  system: OdeSystem,
  matrix: NewtonMatrix,
  y: Float64Array,
  f: Float64Array,
  w: Float64Array,
  { t, c, scale, tolerance, rate, base, psi, d }: Iteration,
): NewtonOutcome {
  const n = w.length;
  const { mass } = system;
  const delta = matrix.vector();
  let before = Infinity;
  for (let iteration = 0; ; iteration++) {
    for (let i = 0; i < n; i++) y[i] = base[i] + d[i];
    system.rhs(t, y, f);
    if (mass === undefined) for (let i = 0; i < n; i++) delta[i] = c * f[i] - psi[i] - d[i];
    else {
      for (let i = 0; i < n; i++) y[i] = psi[i] + d[i];
      massTimes(mass, y, delta);
      for (let i = 0; i < n; i++) delta[i] = c * f[i] - delta[i];
    }
    matrix.solve(delta);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const step = scale * delta[i];
      d[i] += step;
      const part = step * w[i];
      sum += part * part;
    }
    const size = Math.sqrt(sum / n);
    const iterations = iteration + 1;
    if (!(size < Infinity)) return { solved: false, iterations, rate };
    if (iteration > 0) {
      const contraction = size / before;
      rate = Math.max(0.3 * rate, contraction);
      if (contraction >= 0.9 || iteration >= MOST_ITERATIONS) return { solved: false, iterations, rate };
    }
    if (size * Math.min(1, rate / Math.max(0.1, 1 - rate)) <= tolerance) return { solved: true, iterations, rate };
    before = size;
  }
}
