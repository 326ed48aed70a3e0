// The elements of MathML 3 content markup (w3.org/TR/MathML3, chapter 4) and the operations of terms they stand for.

/** Elements for operations whose meaning is ours, by element. */
export const MATHML_OPERATIONS: Readonly<Record<string, string>> = {
  plus: "+", times: "*", divide: "/", power: "^", minus: "-",
  eq: "=", neq: "!=", lt: "<", leq: "<=", gt: ">", geq: ">=",
  and: "and", or: "or", not: "not", xor: "xor", implies: "implies",
  min: "min", max: "max", abs: "abs", exp: "exp", ln: "log", floor: "floor", ceiling: "ceil",
  sin: "sin", cos: "cos", tan: "tan", sec: "sec", csc: "csc", cot: "cot",
  sinh: "sinh", cosh: "cosh", tanh: "tanh", sech: "sech", csch: "csch", coth: "coth",
  arcsin: "asin", arccos: "acos", arctan: "atan", arcsinh: "asinh", arccosh: "acosh", arctanh: "atanh",
  arccot: "arccot", arcsec: "arcsec", arccsc: "arccsc", arcsech: "arcsech", arccsch: "arccsch", arccoth: "arccoth",
}; // oxfmt-ignore

const ONCE = new Set(["sech", "csch", "coth", "arccot", "arcsec", "arccsc", "arcsech", "arccsch", "arccoth", "xor", "implies", "/", "-", "+", "*"]); // oxfmt-ignore

/** Elements by our names; what is missing is written as a csymbol with our name. */
export const MATHML_ELEMENTS: ReadonlyMap<string, string> = new Map(
  Object.entries(MATHML_OPERATIONS).flatMap(([element, ours]) => (ONCE.has(ours) ? [] : [[ours, element]])),
);

/** Symbols of OpenMath content dictionaries in strict content markup, where they differ from the elements. */
export const OPENMATH: Readonly<Record<string, string>> = { unary_minus: "minus" };

/** Elements of presentation markup. */
export const PRESENTATION: ReadonlySet<string> = new Set(
  "mi mn mo ms mtext mspace mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose msub msup msubsup munder mover munderover mmultiscripts mtable mtr mtd maction".split(" "),
); // oxfmt-ignore

export const MATHML_NAMESPACE = "http://www.w3.org/1998/Math/MathML";
