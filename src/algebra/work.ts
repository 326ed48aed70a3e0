// The budget of whatever algebra runs inside: polynomial arithmetic asks here from time to time whether to go on, so that no caller needs to
// hand a meter through every sum and product. Calls are synchronous, hence one meter at a time, and the outermost one that ends counts.
import { Failure, Meter, type Budget } from "../base/index.ts";

let open: readonly Meter[] = [];
let count = 0;

/** Runs `make` under a budget; work beyond it ends in a Failure of kind "unsolved". Budgets nest. */
export function within<T>(budget: Budget | Meter, make: () => T): T {
  const before = open;
  open = [...before, budget instanceof Meter ? budget : new Meter(budget)];
  try {
    return make();
  } finally {
    open = before;
  }
}

/** To be called about once in ten microseconds of work. */
export function checkWork(): void {
  if (open.length === 0 || (++count & 15) !== 0) return;
  for (const meter of open) {
    const stop = meter.stop();
    if (stop) throw new Failure("unsolved", `not done within the budget: ${stop.detail}`);
  }
}
