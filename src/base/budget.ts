// Budgets: every search, solve and rewrite takes one and stops with a reason and the best so far.

/** Why a search stopped. `detail` says the number or cause, for people. */
export interface StopReason {
  readonly kind: "done" | "time" | "steps" | "nodes" | "memory" | "cancelled" | "accuracy" | "other";
  readonly detail: string;
}

export const DONE: StopReason = { kind: "done", detail: "" };

/** Limits; absent means unlimited. Times in milliseconds. */
export interface Budget {
  readonly time_ms?: number;
  readonly steps?: number;
  readonly nodes?: number;
  readonly memory_bytes?: number;
}

/** A running Budget: knows when it began and what has been spent. */
export class Meter {
  readonly budget: Budget;
  readonly signal?: AbortSignal;
  readonly #start = performance.now();
  steps = 0;
  nodes = 0;

  constructor(budget: Budget = {}, signal?: AbortSignal) {
    this.budget = budget;
    this.signal = signal;
  }

  /** Milliseconds since the meter was made. */
  elapsed(): number {
    return performance.now() - this.#start;
  }

  /** The reason to stop now, or undefined to go on. Reads the clock: call it once per hundred cheap steps or so. */
  stop(): StopReason | undefined {
    const { time_ms, steps, nodes } = this.budget;
    if (this.signal?.aborted) return { kind: "cancelled", detail: "cancelled by the caller" };
    if (steps !== undefined && this.steps >= steps) return { kind: "steps", detail: `${this.steps} steps` };
    if (nodes !== undefined && this.nodes >= nodes) return { kind: "nodes", detail: `${this.nodes} nodes` };
    if (time_ms !== undefined && this.elapsed() >= time_ms)
      return { kind: "time", detail: `${Math.round(this.elapsed())} ms of ${time_ms} ms` };
    return undefined;
  }
}
