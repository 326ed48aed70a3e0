// A meter for exact computations that have no partial answer: when the budget ends they fail.
import { type Budget, Failure, Meter } from "../base/index.ts";

export interface Limits {
  /** Default 30 s. */
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

const DEFAULT_BUDGET: Budget = { time_ms: 30_000 };

export class Deadline {
  readonly #meter: Meter;
  readonly #what: string;

  constructor(what: string, { budget = DEFAULT_BUDGET, signal }: Limits = {}) {
    this.#meter = new Meter(budget, signal);
    this.#what = what;
  }

  /** Call it once a coefficient. Fails (unsolved) when the budget has ended. */
  check(): void {
    this.#meter.steps++;
    const stop = this.#meter.stop();
    if (stop) throw new Failure("unsolved", `${this.#what} is not done within ${stop.detail}`);
  }
}
