// The library that the compiler is given: for a name, a type and an accuracy, the cheapest code whose bound meets it.
// A function is one line of FUNCTIONS; its variants lie in a file of their own.
import type { Expansion, MathLibrary } from "../compile/index.ts";
import { cos, sin, tan } from "./elementary/circular.ts";
import { cospi, sinpi } from "./elementary/half-turns.ts";
import { acos, asin, atan, atan2 } from "./elementary/inverse-circular.ts";
import { cbrt, hypot, reciprocal, sqrt } from "./elementary/roots.ts";
import { erf, erfc, gelu } from "./elementary/error-functions.ts";
import { exp, exp10, exp2, expm1 } from "./elementary/exponentials.ts";
import { cosh, sigmoid, sinh, tanh } from "./elementary/hyperbolic.ts";
import { acosh, asinh, atanh } from "./elementary/inverse-hyperbolic.ts";
import { log, log10, log1p, log2, softplus } from "./elementary/logarithms.ts";
import { pow } from "./elementary/power.ts";
import type { Variants } from "./variants.ts";

const FUNCTIONS: Readonly<Record<string, Variants>> = {
  // exponentials and what is made of them
  exp,
  exp2,
  exp10,
  expm1,
  pow,
  sinh,
  cosh,
  tanh,
  sigmoid,
  erf,
  erfc,
  gelu,
  // logarithms and what is made of them
  log,
  log2,
  log10,
  log1p,
  softplus,
  asinh,
  acosh,
  atanh,
  // angles
  sin,
  cos,
  tan,
  sinpi,
  cospi,
  asin,
  acos,
  atan,
  atan2,
  // roots
  sqrt,
  cbrt,
  hypot,
  reciprocal,
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
