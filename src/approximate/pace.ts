// A meter that knows how many values were computed, and so whether as many more as a finer grid needs can be had in the time left.
import { type Budget, Meter, type StopReason } from "../base/index.ts";

export class Pace {
  readonly #meter: Meter;
  /** Values computed so far. */
  values = 0;

  constructor(budget: Budget, signal?: AbortSignal) {
    this.#meter = new Meter(budget, signal);
  }

  /** The reason to stop before so many more values, or undefined to go on. */
  stop(more = 0): StopReason | undefined {
    const now = this.#meter.stop();
    const { time_ms } = this.#meter.budget;
    if (now || time_ms === undefined || this.values === 0) return now;
    if (this.#meter.elapsed() * (1 + more / this.values) <= time_ms) return undefined;
    return { kind: "time", detail: `${more} more values would take longer than the ${time_ms} ms allowed` };
  }
}
