// The library that the compiler is given: for a name, a type and an accuracy, the cheapest code whose bound meets it.
import type { Expansion, MathLibrary } from "../compile/index.ts";
import { exp } from "./exponential.ts";
import { log } from "./logarithm.ts";
import { cos, sin, tan } from "./trigonometric.ts";

/** Candidates by name, from the cheapest to the most accurate. */
const CANDIDATES: Readonly<Record<string, Record<"f64" | "f32", readonly Expansion[]>>> = {
  exp,
  log: { f64: [log.f64], f32: [log.f32] },
  sin,
  cos,
  tan,
};

export const specialFunctions: MathLibrary = ({ name, type, ulp, calls = true }) =>
  Object.hasOwn(CANDIDATES, name)
    ? CANDIDATES[name][type].find((each) => each.ulp <= ulp && (calls || !each.calls))
    : undefined;

/** Only code that calls nothing, for targets without a function table. */
export const closedFunctions: MathLibrary = (request) => specialFunctions({ ...request, calls: false });

/** Names that the library has code for. */
export const SPECIAL_NAMES: readonly string[] = Object.keys(CANDIDATES);
