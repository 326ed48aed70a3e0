// The library that the compiler is given: for a name, a type and an accuracy, the cheapest code whose bound meets it.
// A function is one line of FUNCTIONS; its variants lie in a file of their own.
import type { Expansion, MathLibrary } from "../compile/index.ts";
import { exp } from "./elementary/exponential.ts";
import { log } from "./elementary/logarithm.ts";
import { cos, sin, tan } from "./elementary/circular.ts";
import type { Variants } from "./variants.ts";

const FUNCTIONS: Readonly<Record<string, Variants>> = {
  // exponentials and what is made of them
  exp,
  // logarithms and what is made of them
  log,
  // angles
  sin,
  cos,
  tan,
  // roots
};

export const specialFunctions: MathLibrary = ({ name, type, ulp, calls = true, widens = true }) =>
  Object.hasOwn(FUNCTIONS, name)
    ? FUNCTIONS[name][type].find((each) => each.ulp <= ulp && (calls || !each.calls) && (widens || !each.widens))
    : undefined;

/** Only code that calls nothing and computes f32 in f32, for targets without a function table and without f64. */
export const closedFunctions: MathLibrary = (request) => specialFunctions({ ...request, calls: false, widens: false });

/** Names that the library has code for. */
export const SPECIAL_NAMES: readonly string[] = Object.keys(FUNCTIONS);

/** All code that there is for a function, from the cheapest to the most accurate. */
export const variantsOf = (name: string, type: "f64" | "f32"): readonly Expansion[] =>
  Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name][type] : [];
