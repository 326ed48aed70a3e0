// Sampling a function: counts values, keeps the largest value seen, and what to do where there is none.
// A point without a value (NaN, as of sin(x)/x at 0) between points that have one is a removable gap: it is recorded, and left to the
// polynomial through the other points. An infinite value is a pole and fails.
import { Failure } from "../../base/index.ts";
import type { Pace } from "../pace.ts";
import type { Sampler } from "../source.ts";

/** Distance at which a gap must have neighbours with values, relative to the width of the piece. */
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

  /** Values at points of [a, b], NaN at gaps. Fails (domain) where the function is infinite or has no value in a neighbourhood. */
  values(x: Float64Array, a: number, b: number): Float64Array {
    const values = this.sampler.map(x);
    this.pace.values += x.length;
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(values[i])) this.#checkGap(x[i], values[i], a, b);
      const size = Math.abs(values[i]);
      if (size > this.scale) {
        this.scale = size;
        this.peak = { x: x[i], value: values[i] };
      }
    }
    return values;
  }

  #checkGap(x: number, value: number, a: number, b: number): void {
    if (!Number.isNaN(value))
      throw new Failure("domain", `${this.sampler.name} is infinite at ${x}`, {
        hint: "Leave the pole out of the interval, or approximate the reciprocal.",
      });
    if (this.gaps.includes(x)) return;
    const step = NEAR * (b - a);
    const beside = [x - step, x + step].filter((each) => each >= a && each <= b);
    this.pace.values += beside.length;
    if (!beside.every((each) => Number.isFinite(this.sampler.at(each))))
      throw new Failure("domain", `${this.sampler.name} has no real value at ${x}`, {
        hint: "Choose an interval on which it is defined.",
      });
    this.gaps.push(x);
  }
}
