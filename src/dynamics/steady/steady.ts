// A steady state near where the solution leads: pseudo-transient continuation (implicit Euler steps that grow as the rates fall), then
// Newton's method; where that fails, Newton's method with line search from the start.
// Source: Kelley and Keyes 1998, "Convergence analysis of pseudo-transient continuation", SIAM J. Numer. Anal. 35:508-523 (switched
// evolution relaxation). Neither way is sure to find the state that the solution in time tends to, nor the only one.
import { Failure, Meter } from "../../base/index.ts";
import { DenseLU } from "../../linear/dense-lu.ts";
import type { EquilibriumSystem } from "./system.ts";

export interface SteadyOptions {
  /** "transient" (default): the two phases of the header; "newton": Newton's method from the start, which finds unstable states too. */
  readonly method?: "transient" | "newton";
  readonly meter?: Meter;
}

export interface SteadyPoint {
  readonly y: Float64Array;
  /** Largest |f_i| and the largest |f_i| / (|y_i| + floor), a rate of relative change. */
  readonly residual: number;
  readonly rate: number;
  /** Largest last Newton correction, relative to |y_i| + floor: an estimate of the error. */
  readonly correction: number;
  /** The Jacobian is regular there: the state is isolated. */
  readonly isolated: boolean;
  readonly iterations: number;
  readonly method: "transient" | "newton";
}

const MOST_STEPS = 3000;
const MOST_NEWTON = 60;
/** Relative change a pseudo-transient step may make. */
const MOST_CHANGE = 0.5;
/** Corrections at which Newton's method has converged. */
const CONVERGED = 1e-12;
/** Share of the largest state, now or at the start, below which a state counts as nothing. */
const FLOOR = 1e-6;

/** A steady state. Fails (Failure, numeric) where none is found, with what came nearest. */
export function findSteadyState(
  system: EquilibriumSystem,
  start: ArrayLike<number>,
  parameter = 0,
  options: SteadyOptions = {},
): SteadyPoint {
  const y0 = Float64Array.from(start);
  const search = new Search(system, parameter, largestOf(y0), options.meter ?? new Meter());
  try {
    if (options.method !== "newton") {
      const found = search.transient(y0);
      if (found !== undefined) return found;
    }
    const found = search.newton(y0, options.method === "newton");
    if (found !== undefined) return found;
    throw search.failure();
  } finally {
    search.dispose();
  }
}

class Search {
  #iterations = 0;
  #best = Infinity;
  #bestAt: Float64Array | undefined;
  readonly #system: EquilibriumSystem;
  readonly #parameter: number;
  /** Largest state at the start. */
  readonly #scale: number;
  readonly #meter: Meter;
  readonly #lu: DenseLU;
  readonly #J: Float64Array;
  readonly #f: Float64Array;

  constructor(system: EquilibriumSystem, parameter: number, scale: number, meter: Meter) {
    this.#system = system;
    this.#parameter = parameter;
    this.#scale = scale;
    this.#meter = meter;
    this.#lu = new DenseLU(system.n);
    this.#J = new Float64Array(system.n * system.n);
    this.#f = new Float64Array(system.n);
  }

  dispose(): void {
    this.#lu.dispose();
  }

  /** Sizes against which changes of y are measured. */
  #sizes(y: Float64Array): Float64Array {
    const floor = FLOOR * (Math.max(this.#scale, largestOf(y)) || 1);
    return y.map((v) => Math.abs(v) + floor);
  }

  #admissible(y: Float64Array): boolean {
    return this.#system.admissible?.(y, this.#parameter) ?? true;
  }

  /** f at y; the largest |f_i| / size_i. */
  #rate(y: Float64Array, sizes: Float64Array): number {
    this.#system.rhs(y, this.#parameter, this.#f);
    let rate = 0;
    for (let i = 0; i < y.length; i++) {
      const part = Math.abs(this.#f[i]) / sizes[i];
      if (!(part <= rate)) rate = part;
    }
    if (rate < this.#best) {
      this.#best = rate;
      this.#bestAt = y.slice();
    }
    return rate;
  }

  /** (M/h - J) delta = f; undefined where singular. h = Infinity: a Newton step. */
  #step(y: Float64Array, h: number): Float64Array | undefined {
    const { n, mass } = this.#system;
    this.#system.jacobian(y, this.#parameter, this.#J);
    for (let k = 0; k < n * n; k++) this.#J[k] = -this.#J[k];
    for (let i = 0; i < n; i++) this.#J[i * n + i] += (mass?.[i] ?? 1) / h;
    if (this.#lu.factor(this.#J) >= 0) return undefined;
    const delta = this.#f.slice();
    this.#lu.solve(delta);
    return delta.every(Number.isFinite) ? delta : undefined;
  }

  #spent(): void {
    this.#iterations++;
    const reason = this.#iterations % 16 === 0 ? this.#meter.stop() : undefined;
    if (reason !== undefined)
      throw new Failure("limit", `the budget ended before a steady state was found: ${reason.detail}`);
  }

  /** Steps in pseudo-time until Newton's method takes over. */
  transient(start: Float64Array): SteadyPoint | undefined {
    let y = start;
    let sizes = this.#sizes(y);
    let rate = this.#rate(y, sizes);
    if (!Number.isFinite(rate)) return undefined;
    let h = rate > 0 ? 0.1 / rate : 1;
    let small = 0;
    for (let k = 0; k < MOST_STEPS; k++) {
      this.#spent();
      this.#system.rhs(y, this.#parameter, this.#f);
      const delta = this.#step(y, h);
      const change = delta === undefined ? Infinity : relative(delta, sizes);
      const next = delta === undefined ? y : y.map((v, i) => v + delta[i]);
      const bad = change > MOST_CHANGE || !this.#admissible(next);
      const after = bad ? Infinity : this.#rate(next, this.#sizes(next));
      if (bad || !Number.isFinite(after)) {
        h /= 4;
        if (!(h > 1e-300)) return undefined;
        continue;
      }
      y = next;
      sizes = this.#sizes(y);
      h *= Math.min(4, Math.max(1.2, rate / after || 4));
      rate = after;
      small = change < 1e-3 ? small + 1 : 0;
      // The state no longer moves although steps are long against its own rates.
      if (small >= 3 && h * rate < 1e-2) {
        const found = this.#polish(y, "transient", MOST_CHANGE);
        if (found !== undefined) return found;
        small = 0;
      }
      if (h > 1e290) return this.#polish(y, "transient", Infinity);
    }
    return undefined;
  }

  /** Newton's method with halved steps while the rate grows. */
  newton(start: Float64Array, anyDistance: boolean): SteadyPoint | undefined {
    let y = start;
    let rate = this.#rate(y, this.#sizes(y));
    for (let k = 0; k < MOST_NEWTON && Number.isFinite(rate); k++) {
      this.#spent();
      this.#system.rhs(y, this.#parameter, this.#f);
      const sizes = this.#sizes(y);
      const delta = this.#step(y, Infinity);
      if (delta === undefined) return undefined;
      if (relative(delta, sizes) < 1e-4) return this.#polish(y, "newton", anyDistance ? Infinity : MOST_CHANGE);
      let accepted = false;
      for (let share = 1; share > 1e-8 && !accepted; share /= 2) {
        const next = y.map((v, i) => v + share * delta[i]);
        const after = this.#rate(next, sizes);
        if (after < (1 - 0.1 * share) * rate) {
          accepted = true;
          y = next;
          rate = after;
        }
      }
      if (!accepted) return undefined;
    }
    return undefined;
  }

  /** Newton's method to rounding, not farther than `most` from y. */
  #polish(start: Float64Array, method: SteadyPoint["method"], most: number): SteadyPoint | undefined {
    let y = start;
    let before = Infinity;
    for (let k = 0; k < 30; k++) {
      this.#spent();
      const sizes = this.#sizes(y);
      const rate = this.#rate(y, sizes);
      const delta = this.#step(y, Infinity);
      if (delta === undefined) return rate < 1e-10 ? this.#point(y, method, Number.NaN, false) : undefined;
      const change = relative(delta, sizes);
      // Where nothing is left to gain the last correction is rounding.
      if (change <= CONVERGED || (change <= 1e-8 && change >= 0.5 * before)) {
        const negative = !this.#admissible(y);
        const near = relative(y.map((v, i) => v - start[i]), this.#sizes(start)) <= most; // oxfmt-ignore
        const better = change < before ? y.map((v, i) => v + delta[i]) : y;
        return negative || !near ? undefined : this.#point(better, method, change, this.#regular());
      }
      if (k > 3 && change > 0.9 * before) return undefined;
      before = change;
      y = y.map((v, i) => v + delta[i]);
      if (!y.every(Number.isFinite)) return undefined;
    }
    return undefined;
  }

  #point(y: Float64Array, method: SteadyPoint["method"], correction: number, isolated: boolean): SteadyPoint {
    const rate = this.#rate(y, this.#sizes(y));
    const residual = this.#f.reduce((worst, v) => Math.max(worst, Math.abs(v)), 0);
    return { y, residual, rate, correction, isolated, iterations: this.#iterations, method };
  }

  /** Is the Jacobian factored last regular in double precision? */
  #regular(): boolean {
    return this.#lu.conditionEstimate() < 1e15;
  }

  failure(): Failure {
    const { names } = this.#system;
    const at = this.#bestAt;
    const where =
      at === undefined
        ? "the right-hand side is not finite at the start"
        : `the lowest relative rate was ${this.#best.toExponential(1)} at ${names.slice(0, 5).map((name, i) => `${name} = ${at[i].toPrecision(4)}`).join(", ")}`; // oxfmt-ignore
    return new Failure("numeric", `no steady state was found: ${where}`, {
      hint: "There may be none (something grows, or oscillates), or it lies far away: give a guess near it, or simulate first.",
    });
  }
}

const largestOf = (y: Float64Array): number => y.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

function relative(delta: Float64Array, sizes: Float64Array): number {
  let most = 0;
  for (let i = 0; i < delta.length; i++) {
    const part = Math.abs(delta[i]) / sizes[i];
    if (!(part <= most)) most = part;
  }
  return most;
}
