// One step of an explicit or diagonally implicit Runge-Kutta method, and the step back of its adjoint:
//   Y_i = y + sum_{j<=i} a_ij K_j,  K_i = h f(t + c_i h, Y_i),  y_new = y + sum b_i K_i;
//   mu_i - a_ii h f_y(Y_i)^T mu_i = b_i lambda + sum_{j>i} a_ji G_j,  G_j = h f_y(Y_j)^T mu_j,
//   lambda_old = lambda + sum_j G_j,  dL/dp += sum_j h f_p(Y_j)^T mu_j.
// Source: Hager 2000, "Runge-Kutta methods in optimal control and the transformed adjoint system", Numer. Math. 87:247-282, with the
// implicit diagonal. A step is a pure function of (t, h, y): nothing is kept from step to step, so that recomputed steps are the same
// bit by bit. Newton's iteration goes to rounding, as the adjoint is that of the equations solved exactly.
import { RUNGE_KUTTA } from "../tableaus.ts";
import type { Tolerances } from "../system.ts";
import type { AdjointSystem } from "./adjoint-system.ts";
import type { AdjointMethod } from "./methods.ts";
import * as sdirk4 from "./sdirk4.tableau.ts";
import { ShiftedMatrix } from "./shifted-matrix.ts";

interface DiscreteTableau {
  /** Order of the step control: of the embedded solution, plus 1. */
  readonly order: number;
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly c: readonly number[];
  /** Per stage, and f at the new point if there is one more. */
  readonly e: readonly number[];
  /** Diagonal element; 0 for explicit methods. */
  readonly gamma: number;
}

export function discreteTableau(method: AdjointMethod): DiscreteTableau {
  if (method === "sdirk4") return { ...sdirk4, b: sdirk4.a[4], order: 4, gamma: sdirk4.a[0][0] };
  const { order, a, b, c, e } = RUNGE_KUTTA[method];
  return { order, a, b, c, e, gamma: 0 };
}

const MOST_ITERATIONS = 40;
/** Changes below this share of the state end Newton's iteration when they do not shrink fast any more. */
const AT_ROUNDING = 1e-12;

export class DiscreteStep {
  readonly order: number;
  /** Counts of steps forward, right-hand sides, factorisations and pullbacks. */
  readonly stats = { steps: 0, rhs: 0, factorizations: 0, pullbacks: 0 };
  readonly #system: AdjointSystem;
  readonly #tableau: DiscreteTableau;
  readonly #tolerances: Tolerances;
  readonly #matrix: ShiftedMatrix | undefined;
  readonly #values: Float64Array;
  readonly #K: readonly Float64Array[];
  readonly #Y: readonly Float64Array[];
  readonly #G: readonly Float64Array[];
  readonly #mu: Float64Array;
  readonly #f: Float64Array;
  readonly #base: Float64Array;

  constructor(method: AdjointMethod, system: AdjointSystem, tolerances: Tolerances) {
    const tableau = (this.#tableau = discreteTableau(method));
    this.order = tableau.order;
    this.#system = system;
    this.#tolerances = tolerances;
    const { n, pattern } = system;
    this.#matrix = tableau.gamma === 0 ? undefined : new ShiftedMatrix(pattern);
    this.#values = new Float64Array(pattern.rowIdx.length);
    const vectors = (): Float64Array[] => tableau.b.map(() => new Float64Array(n));
    [this.#K, this.#Y, this.#G] = [vectors(), vectors(), vectors()];
    [this.#mu, this.#f, this.#base] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  }

  /** next = the state after a step; the error in units of the tolerance, or -1 where the stages could not be solved for. */
  forward(t: number, h: number, y: Float64Array, next: Float64Array): number {
    if (!this.#stages(t, h, y)) return -1;
    const { b, e, gamma } = this.#tableau;
    const n = this.#system.n;
    next.set(y);
    const error = this.#base;
    error.fill(0);
    for (let i = 0; i < b.length; i++) {
      const K = this.#K[i];
      for (let l = 0; l < n; l++) next[l] += b[i] * K[l];
      for (let l = 0; l < n; l++) error[l] += e[i] * K[l];
    }
    if (e.length > b.length) {
      this.#rhs(t + h, next, this.#f);
      for (let l = 0; l < n; l++) error[l] += e[b.length] * h * this.#f[l];
    }
    // The error of stiff components is filtered as in Hairer and Wanner II, section IV.8.
    if (gamma !== 0) this.#matrix!.solve(error);
    const { relative, absolute } = this.#tolerances;
    let sum = 0;
    for (let l = 0; l < n; l++)
      sum += (error[l] / (relative * Math.max(Math.abs(y[l]), Math.abs(next[l])) + absolute[l])) ** 2;
    this.stats.steps++;
    return Math.sqrt(sum / n);
  }

  /** next = the state after a step that is known to be possible. */
  again(t: number, h: number, y: Float64Array, next: Float64Array): void {
    this.#stages(t, h, y);
    next.set(y);
    this.#tableau.b.forEach((weight, i) => {
      const K = this.#K[i];
      for (let l = 0; l < next.length; l++) next[l] += weight * K[l];
    });
    this.stats.steps++;
  }

  /** lambda at the end of the step from (t, y) becomes lambda at its start; derivatives by parameters are added. */
  backward(t: number, h: number, y: Float64Array, lambda: Float64Array, byParameter: Float64Array): void {
    this.#stages(t, h, y);
    const { a, b, c, gamma } = this.#tableau;
    const system = this.#system;
    const n = system.n;
    const mu = this.#mu;
    for (let i = b.length - 1; i >= 0; i--) {
      for (let l = 0; l < n; l++) mu[l] = b[i] * lambda[l];
      for (let j = i + 1; j < b.length; j++) {
        const weight = a[j][i];
        if (weight !== 0) for (let l = 0; l < n; l++) mu[l] += weight * this.#G[j][l];
      }
      if (gamma !== 0) {
        system.jacobian(t + c[i] * h, this.#Y[i], this.#values);
        this.#matrix!.factor(gamma * h, this.#values);
        this.stats.factorizations++;
        this.#matrix!.solveTransposed(mu);
      }
      for (let l = 0; l < n; l++) mu[l] *= h;
      system.pullback(t + c[i] * h, this.#Y[i], mu, this.#G[i], byParameter);
      this.stats.pullbacks++;
    }
    for (const G of this.#G) for (let l = 0; l < n; l++) lambda[l] += G[l];
  }

  dispose(): void {
    this.#matrix?.dispose();
  }

  #rhs(t: number, y: Float64Array, dy: Float64Array): void {
    this.#system.rhs(t, y, dy);
    this.stats.rhs++;
  }

  /** All Y_i and K_i; false where Newton's iteration does not converge. */
  #stages(t: number, h: number, y: Float64Array): boolean {
    const { a, b, c, gamma } = this.#tableau;
    const n = this.#system.n;
    if (gamma !== 0) {
      this.#system.jacobian(t, y, this.#values);
      this.stats.factorizations++;
      if (!this.#matrix!.factor(gamma * h, this.#values)) return false;
    }
    for (let i = 0; i < b.length; i++) {
      const Y = this.#Y[i];
      const K = this.#K[i];
      Y.set(y);
      for (let j = 0; j < i; j++) {
        const weight = a[i][j];
        if (weight !== 0) for (let l = 0; l < n; l++) Y[l] += weight * this.#K[j][l];
      }
      if (gamma === 0) {
        this.#rhs(t + c[i] * h, Y, K);
        for (let l = 0; l < n; l++) K[l] *= h;
      } else if (!this.#newton(t + c[i] * h, h, i)) return false;
    }
    return true;
  }

  /** Solves K = h f(t, base + gamma K) from base in Y_i; leaves Y_i and K_i. */
  #newton(t: number, h: number, i: number): boolean {
    const { gamma } = this.#tableau;
    const n = this.#system.n;
    const Y = this.#Y[i];
    const K = this.#K[i];
    const { relative, absolute } = this.#tolerances;
    const base = this.#base;
    const residual = this.#f;
    base.set(Y);
    if (i === 0) K.fill(0);
    else K.set(this.#K[i - 1]);
    let before = Infinity;
    for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      for (let l = 0; l < n; l++) Y[l] = base[l] + gamma * K[l];
      this.#rhs(t, Y, residual);
      for (let l = 0; l < n; l++) residual[l] = h * residual[l] - K[l];
      this.#matrix!.solve(residual);
      let change = 0;
      for (let l = 0; l < n; l++) {
        K[l] += residual[l];
        const part = Math.abs(residual[l]) / (Math.abs(Y[l]) + absolute[l] / relative);
        if (!(part <= change)) change = part;
      }
      if (!Number.isFinite(change)) return false;
      if (change <= 4 * Number.EPSILON || (change <= AT_ROUNDING && change > 0.3 * before)) {
        for (let l = 0; l < n; l++) Y[l] = base[l] + gamma * K[l];
        return true;
      }
      // Stuck at the rounding of a badly scaled problem, or divergent.
      if (iteration > 2 && change > 0.9 * before && change > AT_ROUNDING) return false;
      before = change;
    }
    return false;
  }
}
