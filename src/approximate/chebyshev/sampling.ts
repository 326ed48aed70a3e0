// Sampling a function: counts values, keeps the largest value seen, and what to do where there is none.
// A point without a value (NaN, as of sin(x)/x at 0) between points that have one is a removable gap: its value is taken from
// neighbours and the gap is recorded. An infinite value is a pole and fails.
import { Failure } from "../../base/index.ts";
import type { Pace } from "../pace.ts";
import type { Sampler } from "../source.ts";

/** Distance of the neighbours of a gap, relative to the width of the piece: errors of second order stay below rounding errors. */
const NEAR = 2 ** -27;

export class Sampling {
  readonly sampler: Sampler;
  /** Largest absolute value seen. */
  scale = 0;
  /** Where it was seen. */
  peak = { x: NaN, value: 0 };
  readonly pace: Pace;
  /** Points without a value of their own. */
  readonly gaps: number[] = [];

  constructor(source: Sampler, pace: Pace) {
    this.sampler = source;
    this.pace = pace;
  }

  /** Values at points of [a, b]. Fails (domain) where the function is infinite or has no value in a neighbourhood. */
  values(x: Float64Array, a: number, b: number): Float64Array {
    const values = this.sampler.map(x);
    this.pace.values += x.length;
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(values[i])) values[i] = this.#filled(x[i], values[i], a, b);
      const size = Math.abs(values[i]);
      if (size > this.scale) {
        this.scale = size;
        this.peak = { x: x[i], value: values[i] };
      }
    }
    return values;
  }

  #filled(x: number, value: number, a: number, b: number): number {
    if (!Number.isNaN(value))
      throw new Failure("domain", `${this.sampler.name} is infinite at ${x}`, {
        hint: "Leave the pole out of the interval, or approximate the reciprocal.",
      });
    const step = NEAR * (b - a);
    const at = (k: number): number => this.sampler.at(x + k * step);
    this.pace.values += 2;
    const found = x - step < a ? 2 * at(1) - at(2) : x + step > b ? 2 * at(-1) - at(-2) : (at(-1) + at(1)) / 2;
    if (!Number.isFinite(found))
      throw new Failure("domain", `${this.sampler.name} has no real value at ${x}`, {
        hint: "Choose an interval on which it is defined.",
      });
    this.gaps.push(x);
    return found;
  }
}
