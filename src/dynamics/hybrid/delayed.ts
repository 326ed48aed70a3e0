// Delayed values at a point of the solution: found in its past and written where compiled functions read them.
import { Failure } from "../../base/index.ts";
import type { OdeSystem } from "../system.ts";
import type { History } from "./history.ts";
import type { DelayParts, HybridParts } from "./parts.ts";

/** Delayed values of delayed values of ... at most so deep: quantities that depend on their own past go back step by step. */
const DEEPEST = 1000;

export class DelayedValues {
  readonly #parts: DelayParts;
  readonly #discrete: Float64Array;
  readonly #history: History;
  readonly #n: number;
  readonly #delays: Float64Array;
  readonly #all: readonly number[];
  /** By depth of delays inside delays. */
  readonly #scratch: Record<"found" | "past" | "discrete" | "values" | "now" | "slotsNow", Float64Array>[] = [];

  constructor(parts: HybridParts & { readonly delays: DelayParts }, n: number, history: History) {
    this.#parts = parts.delays;
    this.#discrete = parts.discrete;
    this.#history = history;
    this.#n = n;
    this.#delays = new Float64Array(parts.delays.count);
    this.#all = Array.from(this.#delays, (_, k) => k);
  }

  /** Writes the delayed values of (t, y); those in `wanted` only, where it is given. */
  update(t: number, y: Float64Array, wanted = this.#all, depth = 0): void {
    // Lengths of delays may depend on delayed values: until they no longer change.
    for (let pass = 0; pass <= this.#parts.count; pass++) {
      const delays = this.#parts.count === 1 ? this.#lengths(t, y) : this.#lengths(t, y).slice();
      this.#look(t, y, delays, wanted, depth);
      if (this.#parts.count === 1) return;
      const settled = this.#lengths(t, y);
      if (delays.every((delay, k) => delay === settled[k])) return;
    }
  }

  #look(t: number, y: Float64Array, delays: Float64Array, wanted: readonly number[], depth: number): void {
    const { count, slots, uses } = this.#parts;
    if (depth > DEEPEST)
      throw new Failure("unsupported", `delays inside delays go back more than ${DEEPEST} times at t = ${t}`);
    const { found, past, discrete, values, now, slotsNow } = (this.#scratch[depth] ??= {
      found: new Float64Array(count),
      past: new Float64Array(this.#n),
      discrete: new Float64Array(this.#discrete.length),
      values: new Float64Array(count),
      now: new Float64Array(this.#discrete.length),
      slotsNow: new Float64Array(count),
    });
    found.set(slots);
    now.set(this.#discrete);
    slotsNow.set(slots);
    for (const k of wanted) {
      if (delays[k] === 0) {
        this.#parts.values(t, y, values);
        found[k] = values[k];
        continue;
      }
      const s = t - delays[k];
      this.#history.at(s, past, discrete);
      this.#discrete.set(discrete);
      if (uses[k].length > 0) this.update(s, past, uses[k], depth + 1);
      this.#parts.values(s, past, values);
      found[k] = values[k];
      this.#discrete.set(now);
      slots.set(slotsNow);
    }
    slots.set(found);
  }

  /** The delays at (t, y). */
  #lengths(t: number, y: Float64Array): Float64Array {
    this.#parts.delays(t, y, this.#delays);
    const bad = this.#delays.findIndex((delay) => !(delay >= 0));
    if (bad >= 0)
      throw new Failure("numeric", `the delay of ${this.#parts.names[bad]} is ${this.#delays[bad]} at t = ${t}`, {
        hint: "A delay must be a number that is not negative: values of the future are not known.",
      });
    return this.#delays;
  }

  /** The smallest delay at (t, y) that is not zero. */
  smallest(t: number, y: Float64Array): number {
    return this.#lengths(t, y).reduce((least, delay) => (delay > 0 ? Math.min(least, delay) : least), Infinity);
  }

  /** All delays at (t, y). */
  all(t: number, y: Float64Array): Float64Array {
    return Float64Array.from(this.#lengths(t, y));
  }

  /**
   * The system with delayed values kept up to date. Its Jacobian leaves the past out; its derivative by time, which one-step
   * methods of Rosenbrock's kind need, holds the change of delayed values, by a difference.
   */
  system(system: OdeSystem): OdeSystem {
    const ahead = system.vector();
    return {
      ...system,
      code: undefined,
      rhs: (t, y, dy) => {
        this.update(t, y);
        system.rhs(t, y, dy);
      },
      jacobian: (t, y, values) => {
        this.update(t, y);
        system.jacobian(t, y, values);
      },
      timeDerivative: (t, y, dft) => {
        const step = 1e-7 * Math.max(Math.abs(t), 1e-3);
        this.update(t - step, y);
        system.rhs(t - step, y, ahead);
        this.update(t, y);
        system.rhs(t, y, dft);
        for (let i = 0; i < dft.length; i++) dft[i] = (dft[i] - ahead[i]) / step;
      },
    };
  }
}
