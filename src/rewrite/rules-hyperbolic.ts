// Hyperbolic identities, grouped by purpose; all hold for complex arguments wherever both sides are defined (DLMF 4.35).
import { type Rule, rules } from "./rule.ts";

const DLMF_HYP = "DLMF 4.35";

/** Fewer and simpler functions. */
export const hyperbolicCollapse: readonly Rule[] = rules(DLMF_HYP, {
  "cosh^2 minus sinh^2": "cosh(?x)^2 - sinh(?x)^2 -> 1",
  "one plus sinh^2": "1 + sinh(?x)^2 -> cosh(?x)^2",
  "cosh^2 minus one": "cosh(?x)^2 - 1 -> sinh(?x)^2",
  "one minus tanh^2": "1 - tanh(?x)^2 -> 1/cosh(?x)^2",
  "sinh over cosh": "sinh(?x)/cosh(?x) -> tanh(?x)",
  "tanh times cosh": "tanh(?x)*cosh(?x) -> sinh(?x)",
  "cosh plus sinh": "cosh(?x) + sinh(?x) -> exp(?x)",
  "cosh minus sinh": "cosh(?x) - sinh(?x) -> exp(-?x)",
  "sum of exponentials": "exp(?x) + exp(-?x) -> 2*cosh(?x)",
  "double argument of cosh": "cosh(?x)^2 + sinh(?x)^2 -> cosh(2*?x)",
  "double argument of sinh": "sinh(?x)*cosh(?x) -> sinh(2*?x)/2",
  "sinh of a sum": "sinh(?x)*cosh(?y) + cosh(?x)*sinh(?y) -> sinh(?x + ?y)",
  "cosh of a sum": "cosh(?x)*cosh(?y) + sinh(?x)*sinh(?y) -> cosh(?x + ?y)",
});

/** Written out by exponentials. */
export const hyperbolicToExponential: readonly Rule[] = rules("DLMF 4.28", {
  "sinh by exp": "sinh(?x) -> (exp(?x) - exp(-?x))/2",
  "cosh by exp": "cosh(?x) -> (exp(?x) + exp(-?x))/2",
  "tanh by exp": "tanh(?x) -> (exp(2*?x) - 1)/(exp(2*?x) + 1)",
});

/** A function of an inverse function. */
export const inverseHyperbolic: readonly Rule[] = rules("DLMF 4.37, with principal values", {
  "sinh of asinh": "sinh(asinh(?x)) -> ?x",
  "cosh of acosh": "cosh(acosh(?x)) -> ?x",
  "tanh of atanh": "tanh(atanh(?x)) -> ?x",
  "cosh of asinh": "cosh(asinh(?x)) -> sqrt(1 + ?x^2)",
});
