// Trigonometric identities, grouped by purpose. All hold for complex arguments wherever both sides are defined; functions are
// principal values (DLMF 4.21-4.24). Every group is checked by evaluation at random points (rules.test.ts).
import { type Rule, rules } from "./rule.ts";

const DLMF_TRIG = "DLMF 4.21";

/** Fewer and simpler functions: Pythagoras, quotients, double angles and sums read backwards. */
export const trigonometricCollapse: readonly Rule[] = rules(DLMF_TRIG, {
  Pythagoras: "sin(?x)^2 + cos(?x)^2 -> 1",
  "one minus sin^2": "1 - sin(?x)^2 -> cos(?x)^2",
  "one minus cos^2": "1 - cos(?x)^2 -> sin(?x)^2",
  "one plus tan^2": "1 + tan(?x)^2 -> 1/cos(?x)^2",
  "one plus cot^2": "1 + cot(?x)^2 -> 1/sin(?x)^2",
  "sin over cos": "sin(?x)/cos(?x) -> tan(?x)",
  "cos over sin": "cos(?x)/sin(?x) -> cot(?x)",
  "tan times cos": "tan(?x)*cos(?x) -> sin(?x)",
  "difference of fourth powers": "cos(?x)^4 - sin(?x)^4 -> cos(2*?x)",
  "double angle of cos": "cos(?x)^2 - sin(?x)^2 -> cos(2*?x)",
  "double angle of sin": "sin(?x)*cos(?x) -> sin(2*?x)/2",
  "sin of a sum": "sin(?x)*cos(?y) + cos(?x)*sin(?y) -> sin(?x + ?y)",
  "sin of a difference": "sin(?x)*cos(?y) - cos(?x)*sin(?y) -> sin(?x - ?y)",
  "cos of a sum": "cos(?x)*cos(?y) - sin(?x)*sin(?y) -> cos(?x + ?y)",
  "cos of a difference": "cos(?x)*cos(?y) + sin(?x)*sin(?y) -> cos(?x - ?y)",
});

/** Sums and multiples of angles written out, tan and its kin by sin and cos. */
export const trigonometricExpand: readonly Rule[] = rules(DLMF_TRIG, {
  "sin of a sum": "sin(?x + ??y) -> sin(?x)*cos(??y) + cos(?x)*sin(??y)",
  "cos of a sum": "cos(?x + ??y) -> cos(?x)*cos(??y) - sin(?x)*sin(??y)",
  "sin of a double": "sin(2*?x) -> 2*sin(?x)*cos(?x)",
  "cos of a double": "cos(2*?x) -> 2*cos(?x)^2 - 1",
  "tan by sin and cos": "tan(?x) -> sin(?x)/cos(?x)",
  "cot by sin and cos": "cot(?x) -> cos(?x)/sin(?x)",
  "sec by cos": "sec(?x) -> 1/cos(?x)",
  "csc by sin": "csc(?x) -> 1/sin(?x)",
});

/** Products and squares of sin and cos as sums: for integrals and Fourier sums. Products of sums are not multiplied out. */
export const trigonometricLinear: readonly Rule[] = rules("DLMF 4.21(iii)", {
  "sin times cos, one angle": "sin(?x)*cos(?x) -> sin(2*?x)/2",
  "square of sin": "sin(?x)^2 -> (1 - cos(2*?x))/2",
  "square of cos": "cos(?x)^2 -> (1 + cos(2*?x))/2",
  "sin times sin": "sin(?x)*sin(?y) -> (cos(?x - ?y) - cos(?x + ?y))/2",
  "cos times cos": "cos(?x)*cos(?y) -> (cos(?x - ?y) + cos(?x + ?y))/2",
  "sin times cos": "sin(?x)*cos(?y) -> (sin(?x - ?y) + sin(?x + ?y))/2",
});

/** A function of an inverse function: by algebra. */
export const inverseTrigonometric: readonly Rule[] = rules("DLMF 4.24, with principal values", {
  "sin of asin": "sin(asin(?x)) -> ?x",
  "cos of acos": "cos(acos(?x)) -> ?x",
  "tan of atan": "tan(atan(?x)) -> ?x",
  "cos of asin": "cos(asin(?x)) -> sqrt(1 - ?x^2)",
  "sin of acos": "sin(acos(?x)) -> sqrt(1 - ?x^2)",
  "cos of atan": "cos(atan(?x)) -> 1/sqrt(1 + ?x^2)",
  "sin of atan": "sin(atan(?x)) -> ?x/sqrt(1 + ?x^2)",
  "asin plus acos": "asin(?x) + acos(?x) -> pi/2",
});
