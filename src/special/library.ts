// The library that the compiler is given: for a name, a type and an accuracy, the cheapest code whose bound meets it.
// A function is one line of FUNCTIONS; its variants lie in a file of their own.
import type { MathLibrary } from "../compile/index.ts";
import { exp } from "./elementary/exponential.ts";
import { exp10Double, exp2Double, expDouble, expm1Double } from "./elementary/exponentials.ts";
import { coshDouble, sigmoidDouble, sinhDouble, tanhDouble } from "./elementary/hyperbolic.ts";
import { log } from "./elementary/logarithm.ts";
import { acoshDouble, asinhDouble, atanhDouble } from "./elementary/inverse-hyperbolic.ts";
import { log10Double, log1pDouble, log2Double, logDouble, softplusDouble } from "./elementary/logarithms.ts";
import { powDouble } from "./elementary/power.ts";
import { cos, sin, tan } from "./elementary/trigonometric.ts";
import type { Variants } from "./variants.ts";

const FUNCTIONS: Readonly<Record<string, Variants>> = {
  // exponentials and what is made of them
  exp: { f64: expDouble, f32: exp.f32 },
  exp2: { f64: exp2Double, f32: [] },
  exp10: { f64: exp10Double, f32: [] },
  expm1: { f64: expm1Double, f32: [] },
  pow: { f64: powDouble, f32: [] },
  sinh: { f64: sinhDouble, f32: [] },
  cosh: { f64: coshDouble, f32: [] },
  tanh: { f64: tanhDouble, f32: [] },
  sigmoid: { f64: sigmoidDouble, f32: [] },
  // logarithms and what is made of them
  log: { f64: logDouble, f32: log.f32 },
  log2: { f64: log2Double, f32: [] },
  log10: { f64: log10Double, f32: [] },
  log1p: { f64: log1pDouble, f32: [] },
  softplus: { f64: softplusDouble, f32: [] },
  asinh: { f64: asinhDouble, f32: [] },
  acosh: { f64: acoshDouble, f32: [] },
  atanh: { f64: atanhDouble, f32: [] },
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
