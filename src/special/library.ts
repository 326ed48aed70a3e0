// The library that the compiler is given: for a name, a type and an accuracy, the cheapest code whose bound meets it.
// A function is one line of FUNCTIONS; its variants lie in a file of their own.
import type { MathLibrary } from "../compile/index.ts";
import { exp } from "./elementary/exponential.ts";
import { exp10Double, exp2Double, expDouble, expm1Double } from "./elementary/exponentials.ts";
import { coshDouble, sigmoidDouble, sinhDouble, tanhDouble } from "./elementary/hyperbolic.ts";
import { log } from "./elementary/logarithm.ts";
import { acoshDouble, asinhDouble, atanhDouble } from "./elementary/inverse-hyperbolic.ts";
import { log10Double, log1pDouble, log2Double, logDouble, softplusDouble } from "./elementary/logarithms.ts";
import { powDouble, powSingle } from "./elementary/power.ts";
import { erfcDouble, erfDouble, geluDouble } from "./elementary/error-functions.ts";
import { cos, sin, tan } from "./elementary/trigonometric.ts";
import { widened } from "./elementary/widened.ts";
import type { Variants } from "./variants.ts";

const FUNCTIONS: Readonly<Record<string, Variants>> = {
  // exponentials and what is made of them
  exp: { f64: expDouble, f32: [...exp.f32, widened(expDouble[0])] },
  exp2: { f64: exp2Double, f32: [widened(exp2Double[0])] },
  exp10: { f64: exp10Double, f32: [widened(exp10Double[0])] },
  expm1: { f64: expm1Double, f32: [widened(expm1Double[0])] },
  pow: { f64: powDouble, f32: powSingle },
  sinh: { f64: sinhDouble, f32: [widened(sinhDouble[0])] },
  cosh: { f64: coshDouble, f32: [widened(coshDouble[0])] },
  tanh: { f64: tanhDouble, f32: [widened(tanhDouble[0])] },
  erf: { f64: erfDouble, f32: [widened(erfDouble[0])] },
  erfc: { f64: erfcDouble, f32: [widened(erfcDouble[0])] },
  gelu: { f64: geluDouble, f32: [widened(geluDouble[0])] },
  sigmoid: { f64: sigmoidDouble, f32: [widened(sigmoidDouble[0])] },
  // logarithms and what is made of them
  log: { f64: logDouble, f32: [...log.f32, widened(logDouble[0])] },
  log2: { f64: log2Double, f32: [widened(log2Double[0])] },
  log10: { f64: log10Double, f32: [widened(log10Double[0])] },
  log1p: { f64: log1pDouble, f32: [widened(log1pDouble[0])] },
  softplus: { f64: softplusDouble, f32: [widened(softplusDouble[0])] },
  asinh: { f64: asinhDouble, f32: [widened(asinhDouble[0])] },
  acosh: { f64: acoshDouble, f32: [widened(acoshDouble[0])] },
  atanh: { f64: atanhDouble, f32: [widened(atanhDouble[0])] },
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
