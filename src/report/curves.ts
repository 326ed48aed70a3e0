// Curves: named values over shared times; the noun that everything in this room prints, draws or reads.
// Left out on purpose: units and error bars (a model knows its units; the evidence says the error).
import { Failure } from "../base/index.ts";

/** Named curves over one list of times. Units are the caller's; nothing here converts. */
export type Curves = {
  /** The points of the horizontal axis, in the caller's unit of time. */
  readonly time: Float64Array | readonly number[];
  /** One value per time in each curve; NaN where there is none. Names need not differ, but had better. */
  readonly curves: readonly { readonly name: string; readonly values: Float64Array | readonly number[] }[];
};

/**
 * Checks that there is at least one time and one curve and that all lengths agree.
 * @throws Failure "domain" when not.
 */
export function checkCurves({ time, curves }: Curves): void {
  if (curves.length === 0)
    throw new Failure("domain", "there is no curve to show", { hint: "Name at least one output or observable." });
  if (time.length === 0)
    throw new Failure("domain", "there is no time point to show", { hint: "Ask for at least one output time." });
  for (const { name, values } of curves)
    if (values.length !== time.length)
      throw new Failure("domain", `curve "${name}" has ${values.length} values for ${time.length} times`, {
        hint: "Every curve needs one value per time; use NaN where there is none.",
      });
}
