// Where something changes inside a step: conditions and whole parts are functions with jumps; their first jump on the dense
// output is found by looking at points of the step and bisecting to neighbouring doubles.
import type { Stepper } from "../system.ts";

/** Points of a step at which conditions are looked at: an excursion shorter than an eighth of a step may be missed. */
const POINTS = 8;

/** The state inside the last step of a stepper. */
export function stateAt(stepper: Stepper, t: number, out: Float64Array): void {
  if (t === stepper.t) out.set(stepper.y);
  else stepper.interpolate(t, out);
}

/**
 * The first time in (from, to] at which `differs(t)` holds, or undefined. `differs` is false at `from`.
 * The time found is the first double at which it holds, next to one at which it does not.
 */
export function firstChange(from: number, to: number, differs: (t: number) => boolean): number | undefined {
  let low = from;
  let high = Number.NaN;
  for (let k = 1; k <= POINTS; k++) {
    const t = k === POINTS ? to : from + ((to - from) * k) / POINTS;
    if (t <= low) continue;
    if (differs(t)) {
      high = t;
      break;
    }
    low = t;
  }
  if (Number.isNaN(high)) return undefined;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    if (differs(middle)) high = middle;
    else low = middle;
  }
}
