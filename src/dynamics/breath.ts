// Small services to loops of steps: failures with the time, pauses in which other work gets its turn.
import { Failure } from "../base/index.ts";
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

/** One step; errors that are not failures are told as such, with the time. */
export function takeStep(stepper: Stepper, method: string): void {
  try {
    stepper.step();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("numeric", `${method} failed at t = ${stepper.t}`, { cause: error });
  }
}
