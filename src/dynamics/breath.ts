// Small services to loops of steps: failures with the time, pauses in which other work gets its turn.
import { Failure, type StopReason } from "../base/index.ts";
import type { Stepper } from "./system.ts";

/** Steps between looks at the clock. */
export const CLOCK_STEPS = 16;
/** Milliseconds between pauses. */
const BREATH_MS = 50;

/** Pauses every so often, so that signals and other work get their turn. */
export class Breath {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last <= BREATH_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
  }
}

/**
 * One step. Why the solver cannot go on after its first step is returned: what was reached stays. A failure of the first step is
 * thrown, as one of the problem.
 */
export function tryStep(stepper: Stepper, method: string, stepsBefore = 0): StopReason | undefined {
  try {
    stepper.step();
    return undefined;
  } catch (error) {
    const failure =
      error instanceof Failure
        ? error
        : new Failure("numeric", `${method} failed at t = ${stepper.t}`, { cause: error });
    if (stepsBefore + stepper.stats.steps === 0) throw failure;
    return { kind: "other", detail: failure.message.split("\n")[0] };
  }
}
