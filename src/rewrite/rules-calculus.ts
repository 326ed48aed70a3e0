// Equalities for e-graphs: arithmetic, powers, derivatives and integrals, as the tests of egg use them (Willsey et al. 2021,
// `tests/math.rs`), with the conditions written out. Operations are binary; commutativity of + and * is a rule of its own here, for
// graphs where it is not built in. Integrals are equal up to a constant: a rule picks one antiderivative.
import { type Rule, rules } from "./rule.ts";

const BOOK = "field axioms";

/** Needed only where + and * are not commutative by construction. */
export const commutativity: readonly Rule[] = rules(BOOK, {
  "sums commute": "?a + ?b -> ?b + ?a",
  "products commute": "?a*?b -> ?b*?a",
});

export const associativity: readonly Rule[] = rules(BOOK, {
  "sums associate": "?a + (?b + ?c) -> (?a + ?b) + ?c",
  "products associate": "?a*(?b*?c) -> (?a*?b)*?c",
});

export const ringRules: readonly Rule[] = rules(BOOK, {
  "difference as sum": "?a - ?b <-> ?a + (-1)*?b",
  "sign as factor": "-?a <-> (-1)*?a",
  "zero added": "?a + 0 -> ?a",
  "zero times": "?a*0 -> 0",
  "one times": "?a*1 -> ?a",
  "difference of equals": "?a - ?a -> 0",
  distribution: "?a*(?b + ?c) -> ?a*?b + ?a*?c",
  factoring: "?a*?b + ?a*?c -> ?a*(?b + ?c)",
  "factor one out": "?a + ?a*?b -> ?a*(1 + ?b)",
  "twice the same": "?a + ?a -> 2*?a",
});

export const divisionRules: readonly Rule[] = rules(BOOK, {
  "quotient as power": "?a/?b -> ?a*?b^(-1) if ?b != 0",
  "equals divided": "?a/?a -> 1 if ?a != 0",
  "reciprocal as power": "?a^(-1) <-> 1/?a if ?a != 0",
  "times reciprocal": "?a*(1/?a) -> 1 if ?a != 0",
});

export const powerRules: readonly Rule[] = rules(
  "a^m a^n = a^(m+n): DLMF 4.2.27 with the principal value on both sides",
  {
    "powers multiplied": "?a^?b*?a^?c -> ?a^(?b + ?c) if ?a != 0",
    "zeroth power": "?a^0 -> 1 if ?a != 0",
    "first power": "?a^1 -> ?a",
    square: "?a^2 <-> ?a*?a",
    cube: "?a^3 -> ?a*?a^2",
  },
);

export const derivativeRules: readonly Rule[] = rules("Leibniz; DLMF 1.4", {
  "derivative of the variable": "diff(?x, ?x) -> 1 if symbol(?x)",
  "derivative of a constant": "diff(?c, ?x) -> 0 if free(?c, ?x)",
  "derivative of a sum": "diff(?a + ?b, ?x) -> diff(?a, ?x) + diff(?b, ?x) if symbol(?x)",
  "derivative of a product": "diff(?a*?b, ?x) -> ?a*diff(?b, ?x) + ?b*diff(?a, ?x) if symbol(?x)",
  "derivative of sin": "diff(sin(?x), ?x) -> cos(?x) if symbol(?x)",
  "derivative of cos": "diff(cos(?x), ?x) -> -1*sin(?x) if symbol(?x)",
  "derivative of log": "diff(log(?x), ?x) -> 1/?x if symbol(?x) and ?x != 0",
  "derivative of a power": "diff(?f^?n, ?x) -> ?n*?f^(?n - 1)*diff(?f, ?x) if free(?n, ?x) and number(?n) and ?f != 0",
  "derivative of a whole power":
    "diff(?f^?n, ?x) -> ?n*?f^(?n - 1)*diff(?f, ?x) if symbol(?x) and integer(?n) and ?n >= 2",
});

export const integralRules: readonly Rule[] = rules("Leibniz; DLMF 1.4(iv)", {
  "integral of one": "int(1, ?x) -> ?x if symbol(?x)",
  "integral of a power": "int(?x^?n, ?x) -> ?x^(?n + 1)/(?n + 1) if symbol(?x) and number(?n) and ?n + 1 != 0",
  "integral of the variable": "int(?x, ?x) -> ?x^2/2 if symbol(?x)",
  "integral of cos": "int(cos(?x), ?x) -> sin(?x) if symbol(?x)",
  "integral of sin": "int(sin(?x), ?x) -> -1*cos(?x) if symbol(?x)",
  "integral of a sum": "int(?f + ?g, ?x) -> int(?f, ?x) + int(?g, ?x) if symbol(?x)",
  "integral of a difference": "int(?f - ?g, ?x) -> int(?f, ?x) - int(?g, ?x) if symbol(?x)",
  "integration by parts": "int(?a*?b, ?x) -> ?a*int(?b, ?x) - int(diff(?a, ?x)*int(?b, ?x), ?x) if symbol(?x)",
  "integration by parts with one": "int(?a, ?x) -> ?x*?a - int(?x*diff(?a, ?x), ?x) if symbol(?x)",
});

/** Neutral elements put in: needed where a proof goes through x = 1*x or x = x + 0. They make graphs large. */
export const neutralRules: readonly Rule[] = rules(BOOK, {
  "one put in": "?a -> ?a*1",
  "zero put in": "?a -> ?a + 0",
});

/** All of the above but commutativity. */
export const calculusRules: readonly Rule[] = [
  ...associativity,
  ...ringRules,
  ...divisionRules,
  ...powerRules,
  ...derivativeRules,
  ...integralRules,
];
