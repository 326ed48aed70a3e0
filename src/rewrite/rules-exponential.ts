// Exponentials, logarithms and powers, with the conditions under which principal values agree (DLMF 4.2-4.8).
import { type Rule, rules } from "./rule.ts";

/** exp and log against each other. */
export const exponentialLogarithmic: readonly Rule[] = rules("DLMF 4.7, 4.8, principal values", {
  "exp of log": "exp(log(?x)) -> ?x if ?x != 0",
  "exp of a multiple of log": "exp(??n*log(?x)) -> ?x^??n if ?x != 0",
  "log of exp": "log(exp(?x)) -> ?x if real(?x)",
  "log of sqrt": "log(sqrt(?x)) -> log(?x)/2 if ?x != 0",
  "log of a reciprocal": "log(1/?x) -> -log(?x) if ?x > 0",
  "log of a power": "log(?x^?n) -> ?n*log(?x) if ?x > 0 and real(?n)",
});

/** Logarithms of products as sums. */
export const logarithmExpand: readonly Rule[] = rules("DLMF 4.8(i), principal values", {
  "log of a product": "log(?a*??b) -> log(?a) + log(??b) if ?a > 0 and ??b != 0",
});

/** Sums of logarithms as one. */
export const logarithmCollapse: readonly Rule[] = rules("DLMF 4.8(i), principal values", {
  "sum of logarithms": "log(?a) + log(?b) -> log(?a*?b) if ?a > 0 and ?b != 0",
  "difference of logarithms": "log(?a) - log(?b) -> log(?a/?b) if ?b > 0 and ?a != 0",
});

/** Powers of powers and of products, roots of squares, absolute values. */
export const powerSimplify: readonly Rule[] = rules("DLMF 4.2(iv), principal values", {
  "root of a square, not negative": "sqrt(?x^2) -> ?x if ?x >= 0",
  "root of a square": "sqrt(?x^2) -> abs(?x) if real(?x)",
  "power of a power": "(?x^?m)^?n -> ?x^(?m*?n) if ?x > 0 and real(?m)",
  "power of an exponential": "exp(?x)^?n -> exp(?n*?x) if real(?x)",
  "absolute value of what is not negative": "abs(?x) -> ?x if ?x >= 0",
  "absolute value of what is not positive": "abs(?x) -> -?x if ?x <= 0",
  "square of an absolute value": "abs(?x)^2 -> ?x^2 if real(?x)",
  "absolute value of a power": "abs(?x^?n:integer) -> abs(?x)^?n if real(?x) and ?x != 0",
  "sign times absolute value": "sign(?x)*abs(?x) -> ?x if real(?x)",
});

/** Powers of products as products of powers. */
export const powerExpand: readonly Rule[] = rules("DLMF 4.2(iv), principal values", {
  "power of a product": "(?a*??b)^?n -> ?a^?n*??b^?n if ?a > 0",
});
