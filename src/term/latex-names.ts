// Names in LaTeX: Greek letters, functions, relations, and how names of symbols are written. Shared by reader and printer.

/** Commands that are letters: the symbol's name is the command without its backslash. pi is the number. */
export const GREEK: ReadonlySet<string> = new Set(
  "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi omicron rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar".split(" "),
); // oxfmt-ignore

/** Functions by the names they have in LaTeX, as commands or in \operatorname. */
export const LATEX_FUNCTIONS: Readonly<Record<string, string>> = {
  sin: "sin", cos: "cos", tan: "tan", sec: "sec", csc: "csc", cosec: "csc", cot: "cot", cotan: "cot", tg: "tan", ctg: "cot",
  arcsin: "asin", arccos: "acos", arctan: "atan", asin: "asin", acos: "acos", atan: "atan", arctg: "atan",
  sinh: "sinh", cosh: "cosh", tanh: "tanh", sh: "sinh", ch: "cosh", th: "tanh",
  arcsinh: "asinh", arccosh: "acosh", arctanh: "atanh", arsinh: "asinh", arcosh: "acosh", artanh: "atanh",
  asinh: "asinh", acosh: "acosh", atanh: "atanh",
  sech: "sech", csch: "csch", coth: "coth", arcsec: "arcsec", arccsc: "arccsc",
  arcsech: "arcsech", arccsch: "arccsch", arccoth: "arccoth", arsech: "arcsech", arcsch: "arccsch", arcoth: "arccoth",
  exp: "exp", log: "log", ln: "log", lg: "log10", log10: "log10", log2: "log2",
  min: "min", max: "max", abs: "abs", sgn: "sign", sign: "sign", floor: "floor", ceil: "ceil", sqrt: "sqrt", cbrt: "cbrt",
  mod: "mod", atan2: "atan2", erf: "erf", erfc: "erfc", lgamma: "lgamma", digamma: "digamma",
  besselJ: "besselJ", besselY: "besselY", Ai: "airyAi", airyAi: "airyAi", airyAiPrime: "airyAiPrime", gamma: "gamma", zeta: "zeta",
}; // oxfmt-ignore

/** Functions written with a command of their own, by our names; the rest is \operatorname{name}. */
export const LATEX_COMMANDS: Readonly<Record<string, string>> = {
  sin: "\\sin", cos: "\\cos", tan: "\\tan", sec: "\\sec", csc: "\\csc", cot: "\\cot",
  asin: "\\arcsin", acos: "\\arccos", atan: "\\arctan", sinh: "\\sinh", cosh: "\\cosh", tanh: "\\tanh",
  log: "\\ln", log10: "\\log_{10}", log2: "\\log_{2}", min: "\\min", max: "\\max", gamma: "\\Gamma", zeta: "\\zeta",
}; // oxfmt-ignore

/** f^{-1} is the inverse function for these. */
export const INVERSES: Readonly<Record<string, string>> = {
  sin: "asin", cos: "acos", tan: "atan", sec: "arcsec", csc: "arccsc", sinh: "asinh", cosh: "acosh", tanh: "atanh",
  sech: "arcsech", csch: "arccsch", coth: "arccoth",
}; // oxfmt-ignore

export const RELATIONS: Readonly<Record<string, string>> = {
  "=": "=", "<": "<", ">": ">", le: "<=", leq: "<=", leqslant: "<=", ge: ">=", geq: ">=", geqslant: ">=", ne: "!=", neq: "!=",
  lt: "<", gt: ">", "≤": "<=", "≥": ">=", "≠": "!=",
}; // oxfmt-ignore

/** Commands and functions that are known and not done, with what they are. */
export const PLANNED: Readonly<Record<string, string>> = {
  int: "integrals", iint: "integrals", iiint: "integrals", oint: "integrals", lim: "limits", limsup: "limits", liminf: "limits",
  infty: "infinity", pm: "two values at once", mp: "two values at once", prime: "derivatives by primes", nabla: "vector analysis",
  ldots: "dots", cdots: "dots", dots: "dots", vdots: "dots", ddots: "dots", emptyset: "sets as values", varnothing: "sets as values",
  cup: "sets as values", cap: "sets as values", setminus: "sets as values", subset: "sets", subseteq: "sets",
  mathbb: "sets as values", hat: "decorated letters", bar: "decorated letters", vec: "decorated letters", tilde: "decorated letters",
  dot: "derivatives by dots", ddot: "derivatives by dots", overline: "decorated letters", underline: "decorated letters",
  widehat: "decorated letters", mathbf: "decorated letters", boldsymbol: "decorated letters", bm: "decorated letters",
  mathcal: "decorated letters", approx: "approximate equality", sim: "similarity", equiv: "congruence", propto: "proportion",
  partial: "partial derivatives of names", to: "arrows", rightarrow: "arrows", implies: "arrows", Rightarrow: "arrows", iff: "arrows",
  arccot: "the inverse of cot, which has two conventions", arccotg: "the inverse of cot, which has two conventions",
  acot: "the inverse of cot, which has two conventions", Re: "real parts", Im: "imaginary parts", arg: "arguments of complex numbers",
  gcd: "greatest common divisors", lcm: "least common multiples", pmod: "congruence", choose: "\\choose (write \\binom)",
  over: "\\over (write \\frac)", forall: "quantifiers", exists: "quantifiers", oplus: "this operation", otimes: "this operation",
}; // oxfmt-ignore

/** Letters before a bracket that nobody means as factors: f(x). */
export const CALLABLE: ReadonlySet<string> = new Set(["f", "g", "h", "F", "G", "H"]);

const LETTER = /^\p{L}$/u;
const GREEK_OR_PI = (name: string): boolean => name === "pi" || GREEK.has(name);

/** Letter, Greek command, or \mathrm{word}: a name without subscript; undefined if it has no such form. */
function base(name: string, subscripted: boolean): string | undefined {
  if (LETTER.test(name)) return name === "π" || (name === "e" && !subscripted) ? undefined : name;
  if (GREEK.has(name) || (name === "pi" && subscripted)) return `\\${name}`;
  if (!/^\p{L}[\p{L}\p{N}]*$/u.test(name) || Object.hasOwn(LATEX_FUNCTIONS, name) || name === "pi") return undefined;
  return WORDS.has(name.toLowerCase()) ? undefined : `\\mathrm{${name}}`;
}

/** Words with a meaning of their own in \text. */
export const WORDS: ReadonlySet<string> = new Set(["and", "or", "not", "if", "when", "for", "where", "otherwise", "else", "elsewhere", "det", "e", "gcd", "lcm", "lim"]); // oxfmt-ignore

/** A symbol in LaTeX: x, x_{1}, \alpha, \mathrm{mass}, v_{\mathrm{max}}; any other name is \mathtt{...}. */
export function latexSymbol(name: string): {
  readonly text: string;
  readonly plain: boolean;
  readonly callable: boolean;
} {
  // A group keeps a lone d from being read as the sign of a derivative.
  if (name === "d") return { text: "{d}", plain: false, callable: false };
  const alone = base(name, false);
  if (alone !== undefined) {
    const word = alone.startsWith("\\mathrm");
    return { text: alone, plain: !word, callable: word || CALLABLE.has(name) || name === "Gamma" || name === "zeta" };
  }
  const split = /^([^_]+)_([\p{L}\p{N}]+)$/u.exec(name);
  const stem = split === null ? undefined : base(split[1], true);
  if (split !== null && stem !== undefined) {
    const [, first, sub] = split;
    const below = /^\d+$/.test(sub) || LETTER.test(sub) ? sub : GREEK_OR_PI(sub) ? `\\${sub}` : `\\mathrm{${sub}}`;
    return { text: `${stem}_{${below}}`, plain: true, callable: CALLABLE.has(first) || stem.startsWith("\\mathrm") };
  }
  const escaped = name
    .replace(
      /[\\^~]/g,
      (each) => ({ "\\": "\\textbackslash ", "^": "\\textasciicircum ", "~": "\\textasciitilde " })[each]!,
    )
    .replace(/[{}%#$&_]/g, (each) => `\\${each}`);
  return { text: `\\mathtt{${escaped}}`, plain: false, callable: true };
}
