// Reading LaTeX mathematics as people write it. Where usage has one dominant convention it is followed, where it has not the
// text is refused with advice; the guide lists both. The main conventions:
//   letters side by side are a product; \mathrm{mass} and x_{max} are one name; e and \pi are the constants;
//   \sin 2x is sin(2x), \sin x \cos y a product, \sin^2 x a square, \sin^{-1} x the arc sine; \log is natural;
//   a sum \sum ends before the next + or -; x^2y is x^2 y; a_{k} inside \sum_k and a_{n+1} are elements of an array;
//   1/2x, \sin x/2, \sin x (y), x^10, 2\frac12 are ambiguous and refused.
// Method: recursive descent over tokens that were matched before (latex-lex.ts), to a limited depth.
// Left out: integrals, limits, primes, sets and intervals as values, matrix products, decorated letters.
import { Failure, type FailureKind } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { applied, binomial, derived, element, factorial, opposite, requireValue } from "./apply.ts";
import { array, comprehension, reduction, type ReductionName } from "./array.ts";
import { div, isCondition, logic, logicOf, mul, neg, piecewise, pow, type RelationName, sqrt } from "./build.ts";
import { type Context, defaultContext } from "./context.ts";
import { diff } from "./diff.ts";
import { call, eulersNumber, pi } from "./functions.ts";
import { latexTokens, type LatexToken, shown } from "./latex-lex.ts";
import { CALLABLE, GREEK, INVERSES, LATEX_FUNCTIONS, PLANNED, RELATIONS } from "./latex-names.ts";
import { determinant } from "./determinant.ts";
import { quoted, SourceText } from "./place.ts";
import { SumBuilder } from "./sum.ts";
import { Kind, type Term } from "./term.ts";

export interface LatexReadOptions {
  readonly context?: Context;
  /** File name for messages. */
  readonly source?: string;
}

/** Deepest nesting of brackets, groups and functions. */
const DEEPEST = 200;
/** Names with subscripts and derivatives are this many tokens at most; longer groups are expressions. */
const LONGEST_LOOK = 100;
const SETS = "Sets are known in conditions: x \\in \\{1, 2\\}; as brackets write ( ).";
const MATRICES = new Set(["matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"]);
const DISPLAYS = ["equation", "equation*", "displaymath", "math"];
const FRACTIONS = new Set(["frac", "dfrac", "tfrac", "cfrac"]);
const BINOMIALS = new Set(["binom", "dbinom", "tbinom"]);

/** Reads one expression of LaTeX mathematics, with or without dollar signs around it. */
export function readLatex(text: string, options: LatexReadOptions = {}): Term {
  return new LatexReader(text, options).read();
}

/** Factors side by side, and whether the last is a function whose argument has no brackets. */
interface Run {
  readonly term: Term;
  readonly count: number;
  readonly open: boolean;
}

class LatexReader {
  readonly #source: SourceText;
  readonly #context: Context;
  #tokens: LatexToken[] = [];
  #at = 0;
  #depth = 0;
  /** Bars that were opened without a side, inside the bracket under way. */
  #bars = 0;
  /** Names with subscripts, x_1, and names of elements written the same way, x_{n+1}: by the part before the subscript. */
  readonly #subscriptedNames = new Map<string, LatexToken>();
  readonly #elementNames = new Set<string>();
  /** Variables of the sums around. */
  #bound: ReadonlySet<string> = new Set();

  constructor(text: string, { context = defaultContext, source }: LatexReadOptions) {
    this.#source = new SourceText(text, source);
    this.#context = context;
  }

  read(): Term {
    const { text } = this.#source;
    let from = text.length - text.trimStart().length;
    let to = text.trimEnd().length;
    for (const [open, close] of [
      ["$$", "$$"],
      ["$", "$"],
      ["\\[", "\\]"],
      ["\\(", "\\)"],
      ...DISPLAYS.map((name) => [`\\begin{${name}}`, `\\end{${name}}`]),
    ]) {
      // oxfmt-ignore
      if (!text.startsWith(open, from)) continue;
      if (to - open.length - close.length < from || !text.slice(from, to).endsWith(close))
        throw this.#source.fail(`this ${quoted(open)} is never closed`, from);
      from += open.length;
      to -= close.length;
      break;
    }
    this.#tokens = latexTokens(this.#source, from, to);
    if (this.#peek.kind === "stop") throw this.#source.fail("the expression is empty", from);
    const term = this.#expression();
    this.#expect("stop");
    for (const [name, token] of this.#subscriptedNames)
      if (this.#elementNames.has(name))
        throw this.#fail(
          `${quoted(name)} has a subscript here that is part of its name, and elsewhere one that is an index`,
          token,
          `Write ${name}_{[n]} for an element wherever it is one.`,
        );
    return term;
  }

  get #peek(): LatexToken {
    return this.#tokens[this.#at];
  }

  #fail(what: string, token: LatexToken = this.#peek, hint?: string, kind: FailureKind = "syntax"): Failure {
    return this.#source.fail(what, token.at, hint, kind);
  }

  #refuse(what: string, token: LatexToken, hint?: string): Failure {
    return this.#fail(`not done: ${what}`, token, hint, "unsupported");
  }

  #is(kind: LatexToken["kind"], text?: string, token = this.#peek): boolean {
    return token.kind === kind && (text === undefined || token.text === text);
  }

  #take(kind: LatexToken["kind"], text?: string): boolean {
    if (!this.#is(kind, text)) return false;
    this.#at++;
    return true;
  }

  /** Takes the token of this kind, or says what is wrong with the one that stands there. */
  #expect(kind: LatexToken["kind"]): void {
    if (this.#take(kind)) return;
    const token = this.#peek;
    this.#refuseCommand(token);
    if (this.#is("sign", "'")) throw this.#refuse("derivatives by primes", token, "Write \\frac{d}{dx}.");
    if (token.kind === "number")
      throw this.#fail("a number after a factor", token, "Write numbers first, or \\cdot between the factors.");
    throw this.#fail(
      token.kind === "stop" ? "the expression ends too early" : `unexpected ${shown(token)}`,
      token,
      this.#is("sign", ",") ? "A comma separates arguments; write thousands as 1{,}000." : undefined,
    );
  }

  #refuseCommand(token: LatexToken): void {
    if (token.kind !== "command") return;
    if (Object.hasOwn(PLANNED, token.text)) throw this.#refuse(PLANNED[token.text], token);
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > DEEPEST)
      throw this.#fail(`the expression nests deeper than ${DEEPEST} levels`, this.#peek, undefined, "limit");
    const result = read();
    this.#depth--;
    return result;
  }

  /** Conditions: or, and, not, relations; or a value. */
  #expression(): Term {
    const ors: Term[] = [];
    do {
      const ands: Term[] = [];
      do ands.push(this.#negations());
      while (this.#connective("and", "land", "wedge"));
      ors.push(this.#join("and", ands));
    } while (this.#connective("or", "lor", "vee"));
    return this.#join("or", ors);
  }

  #connective(word: string, ...commands: string[]): boolean {
    const token = this.#peek;
    if (!(token.kind === "command" && commands.includes(token.text)) && !this.#is("word", word)) return false;
    this.#at++;
    return true;
  }

  #join(name: "and" | "or", parts: readonly Term[]): Term {
    return parts.length === 1 ? parts[0] : this.#source.guard(this.#peek.at, () => logicOf(name, parts));
  }

  #negations(): Term {
    const begin = this.#peek;
    let count = 0;
    while (this.#connective("not", "lnot", "neg")) count++;
    let term = this.#relations();
    for (; count > 0; count--) {
      const inner = term;
      term = this.#source.guard(begin.at, () => logic("not", inner));
    }
    return term;
  }

  #relation(): RelationName | undefined {
    const token = this.#peek;
    if (token.kind !== "sign" && token.kind !== "command") return undefined;
    if (this.#is("command", "not") && this.#is("sign", "=", this.#tokens[this.#at + 1])) {
      this.#at += 2;
      return "!=";
    }
    if (!Object.hasOwn(RELATIONS, token.text)) return undefined;
    this.#at++;
    return RELATIONS[token.text] as RelationName;
  }

  /** a <= b < c is a <= b and b < c. */
  #relations(): Term {
    let left = this.#sum();
    const parts: Term[] = [];
    for (;;) {
      const token = this.#peek;
      if (this.#is("command", "in") || this.#is("command", "notin")) {
        this.#at++;
        const inside = this.#membership(left, token);
        return this.#join("and", [...parts, token.text === "in" ? inside : logic("not", inside)]);
      }
      const name = this.#relation();
      if (name === undefined) break;
      const [a, b] = [left, this.#sum()];
      parts.push(this.#source.guard(token.at, () => applied(this.#context, name, [a, b])));
      left = b;
    }
    if (parts.length === 0) return left;
    return this.#join("and", parts);
  }

  /** x \in \{1, 2\} and x \in [a, b). */
  #membership(x: Term, token: LatexToken): Term {
    const open = this.#peek;
    if (open.kind !== "open" || !["(", "[", "\\{"].includes(open.text)) {
      throw this.#refuse("membership in a named set", open, "Write x \\in \\{1, 2\\} or x \\in [a, b).");
    }
    const close = this.#tokens[open.match];
    this.#at++;
    if (open.text === "\\{") {
      const values = this.#list(open.match);
      if (values.length === 0) throw this.#fail("the set is empty", open);
      const cases = values.map((value) => this.#source.guard(token.at, () => applied(this.#context, "=", [x, value])));
      return this.#join("or", cases);
    }
    if (close.text !== "(" && close.text !== "[") throw this.#fail(`${shown(close)} does not end an interval`, close);
    const end = (): Term | undefined => {
      const sign = this.#is("sign", "-") || this.#is("sign", "+") ? 1 : 0;
      if (!this.#is("command", "infty", this.#tokens[this.#at + sign])) return this.#sum();
      this.#at += sign + 1;
      return undefined;
    };
    const from = this.#deeper(end);
    if (!this.#take("sign", ",") && !this.#take("sign", ";")) throw this.#fail("an interval has two ends", this.#peek);
    const to = this.#deeper(end);
    if (this.#at !== open.match) this.#expect("close");
    this.#at = open.match + 1;
    const parts: Term[] = [];
    this.#source.guard(token.at, () => {
      if (from !== undefined) parts.push(applied(this.#context, open.text === "[" ? "<=" : "<", [from, x]));
      if (to !== undefined) parts.push(applied(this.#context, close.text === "[" ? "<=" : "<", [x, to]));
    });
    if (parts.length === 0) throw this.#refuse("a condition that always holds", open);
    return this.#join("and", parts);
  }

  #sum(): Term {
    const begin = this.#peek;
    let minus = this.#signs();
    const first = this.#product();
    if (!minus && !this.#is("sign", "+") && !this.#is("sign", "-")) return first;
    const builder = new SumBuilder(this.#context);
    const add = (term: Term, at: number): void =>
      this.#source.guard(at, () => {
        requireValue("+", term);
        builder.add(term, minus ? -1 : 1);
      });
    add(first, begin.at);
    while (this.#is("sign", "+") || this.#is("sign", "-")) {
      const at = this.#peek.at;
      minus = this.#signs();
      add(this.#product(), at);
    }
    return builder.build();
  }

  /** Takes signs; is there an odd number of minus signs? */
  #signs(): boolean {
    let minus = false;
    for (;;)
      if (this.#take("sign", "-")) minus = !minus;
      else if (!this.#take("sign", "+")) return minus;
  }

  #product(): Term {
    const first = this.#run();
    let { term, open } = first;
    for (;;) {
      const token = this.#peek;
      const name = this.#is("sign", "*") ? "*" : this.#is("sign", "/") || this.#is("sign", "\\div") ? "/" : this.#is("command", "bmod") || this.#is("command", "mod") ? "mod" : undefined; // oxfmt-ignore
      if (name === undefined) return term;
      if (name === "/" && open)
        throw this.#fail(
          "a division after a function without brackets is ambiguous",
          token,
          "Write \\sin(x)/2, \\sin(x/2) or \\frac{\\sin x}{2}.",
        );
      this.#at++;
      const minus = this.#signs();
      const right = this.#run();
      if (name === "/" && right.count > 1)
        throw this.#fail("a product after a division is ambiguous", token, "Write a/(b c), (a/b) c or \\frac{a}{b}.");
      const left = term;
      const factor = minus ? this.#source.guard(token.at, () => neg(right.term)) : right.term;
      term = this.#source.guard(token.at, () => {
        if (name !== "mod") this.#refuseMatrices(name, left, factor);
        return applied(this.#context, name, [left, factor]);
      });
      open = right.open;
    }
  }

  #refuseMatrices(name: string, left: Term, right: Term): void {
    const isArray = (term: Term): boolean => term.kind === Kind.array || term.kind === Kind.comprehension;
    if (isArray(right) && (name !== "*" || isArray(left)))
      throw new Failure("unsupported", "not done: products, quotients and powers of matrices");
    if (isArray(left) && name === "^")
      throw new Failure("unsupported", "not done: products, quotients and powers of matrices");
  }

  #run(): Run {
    let term: Term | undefined;
    let count = 0;
    let open = false;
    for (;;) {
      const token = this.#peek;
      if (!this.#beginsFactor(token) || (count > 0 && token.kind === "number")) break;
      if (count > 0) this.#refuseMixed(token);
      // A sum or a derivative takes the rest of the product.
      const big = this.#isBig(token);
      const reading = this.#deeper(() => this.#factor());
      open = reading.open;
      const [left, right] = [term, reading.term];
      term = left === undefined ? right : this.#source.guard(token.at, () => {
        this.#refuseMatrices("*", left, right);
        return applied(this.#context, "*", [left, right]);
      }); // oxfmt-ignore
      count++;
      if (big) break;
    }
    if (term === undefined) {
      this.#expect("letter");
      throw this.#fail("an expression is missing");
    }
    if (this.#peek.kind === "number") this.#expect("stop");
    return { term, count, open };
  }

  #isBig(token: LatexToken): boolean {
    return token.kind === "command" && ["sum", "prod"].includes(token.text);
  }

  /** 2\frac{1}{2}: a mixed number or a product? */
  #refuseMixed(token: LatexToken): void {
    const before = this.#tokens[this.#at - 1];
    if (
      before.kind !== "number" ||
      !/^\d+$/.test(before.text) ||
      token.kind !== "command" ||
      !FRACTIONS.has(token.text)
    )
      return;
    const next = this.#tokens.slice(this.#at + 1, this.#at + 7).map((each) => each.kind).join(" "); // oxfmt-ignore
    if (/^(group number endgroup group number endgroup|number|group number endgroup number)/.test(next))
      throw this.#fail("a mixed number or a product?", token, "Write 2 + \\frac{1}{2} or 2 \\cdot \\frac{1}{2}.");
  }

  #functionName(token: LatexToken): string | undefined {
    if (token.kind === "command") {
      if (token.text === "Gamma" || token.text === "zeta") return undefined;
      return token.text === "gamma" || token.text === "sqrt" ? undefined : own(LATEX_FUNCTIONS, token.text);
    }
    return token.kind === "word" ? own(LATEX_FUNCTIONS, token.text) : undefined;
  }

  #beginsFactor(token: LatexToken): boolean {
    switch (token.kind) {
      case "number":
      case "letter":
      case "raw":
      case "open":
      case "group":
      case "begin":
        return true;
      case "bar":
        return this.#bars === 0 || !this.#endsOperand();
      case "word":
        return !["and", "or", "not", "if", "when", "for", "where", "otherwise", "else", "elsewhere"].includes(
          token.text,
        );
      case "command":
        return (
          GREEK.has(token.text) ||
          Object.hasOwn(LATEX_FUNCTIONS, token.text) ||
          FRACTIONS.has(token.text) ||
          BINOMIALS.has(token.text) ||
          ["pi", "sqrt", "sum", "prod", "det", "boxed", "mathrm"].includes(token.text)
        );
      default:
        return false;
    }
  }

  /** Is the token before this one the end of an operand? Decides what a bare bar does. */
  #endsOperand(): boolean {
    const before = this.#tokens[this.#at - 1];
    return (
      before !== undefined &&
      (["number", "letter", "raw", "word", "close", "endgroup", "end"].includes(before.kind) ||
        (before.kind === "sign" && (before.text === "!" || before.text === "%")) ||
        (before.kind === "command" && (GREEK.has(before.text) || ["pi", "circ", "degree"].includes(before.text))) ||
        (before.kind === "bar" && this.#closed === this.#at - 1))
    );
  }

  /** Place of the last bare bar that closed. */
  #closed = -1;

  #factor(): { readonly term: Term; readonly open: boolean } {
    const token = this.#peek;
    const name = this.#functionName(token);
    if (name !== undefined) return this.#function(name);
    if (this.#is("command", "det")) return { term: this.#determinantOf(), open: false };
    if (this.#isBig(token)) return { term: this.#range(token.text === "sum" ? "sum" : "product"), open: false };
    if (token.kind === "command" && FRACTIONS.has(token.text)) {
      const derivative = this.#derivative();
      if (derivative !== undefined) return { term: derivative, open: false };
    }
    return { term: this.#postfix(), open: false };
  }

  #postfix(): Term {
    const token = this.#peek;
    let term = this.#atom();
    let raised = false;
    for (;;) {
      const sign = this.#peek;
      const base = term;
      if (this.#is("sign", "^")) {
        if (raised) throw this.#fail("a second exponent", sign, "Write x^{a^b} or (x^a)^b.");
        this.#refuseDerivativeOrder(token);
        this.#at++;
        if (this.#degree()) term = mul(base, pi(this.#context), this.#context.number(Q.rational(1n, 180n)));
        else {
          const exponent = this.#exponent();
          term = this.#source.guard(sign.at, () => {
            this.#refuseMatrices("^", base, exponent);
            return applied(this.#context, "^", [base, exponent]);
          });
        }
        raised = true;
        if (token.kind !== "raw" && token.kind !== "number") this.#refusePower(token);
      } else if (this.#is("command", "degree")) {
        this.#at++;
        term = mul(base, pi(this.#context), this.#context.number(Q.rational(1n, 180n)));
      } else if (this.#is("sign", "!")) {
        if (raised) throw this.#fail("a factorial after an exponent is ambiguous", sign, "Write (x^2)! or x^{2!}.");
        this.#at++;
        if (this.#is("sign", "!")) throw this.#refuse("double factorials", this.#peek);
        term = this.#source.guard(sign.at, () => factorial(base));
      } else if (this.#is("sign", "%")) {
        this.#at++;
        term = this.#source.guard(sign.at, () => applied(this.#context, "/", [base, this.#context.number(100)]));
      } else if (this.#is("sign", "_")) {
        term = this.#elements(base);
      } else if (this.#is("sign", "'") || this.#is("command", "prime")) {
        throw this.#refuse("derivatives by primes", sign, "Write \\frac{d}{dx}.");
      } else return term;
    }
  }

  /** f^2(x), f^{-1}(x), T^{-1}(x): powers of a function that is not known. */
  #refusePower(token: LatexToken): void {
    if (!this.#is("open", "(") || (token.kind !== "letter" && token.kind !== "word" && token.kind !== "command"))
      return;
    if (token.kind === "command" && !GREEK.has(token.text)) return;
    if (token.kind === "word" || CALLABLE.has(token.text) || this.#holdsOneName(this.#at))
      throw this.#unknownFunction(token, shown(token));
  }

  #unknownFunction(token: LatexToken, name: string): Failure {
    return this.#fail(
      `the function ${name} is not known`,
      token,
      "For a product write \\cdot before the bracket.",
      "name",
    );
  }

  /** (x), (x_1): nobody writes a product like that. */
  #holdsOneName(at: number): boolean {
    const [first, second] = [this.#tokens[at + 1], this.#tokens[at + 2]];
    const name = first.kind === "letter" || (first.kind === "command" && GREEK.has(first.text));
    if (!name) return false;
    const { match } = this.#tokens[at];
    if (match === at + 2) return true;
    if (!this.#is("sign", "_", second)) return false;
    const sub = this.#tokens[at + 3];
    return (sub.kind === "group" ? sub.match : at + 3) === match - 1;
  }

  /** f^{(n)} is a derivative of an unknown function. */
  #refuseDerivativeOrder(token: LatexToken): void {
    const [group, open] = [this.#tokens[this.#at + 1], this.#tokens[this.#at + 2]];
    if (
      token.kind === "letter" &&
      CALLABLE.has(token.text) &&
      this.#is("group", undefined, group) &&
      this.#is("open", "(", open) &&
      open.match === group.match - 1
    )
      throw this.#refuse("derivatives of unknown functions", token);
  }

  /** ^\circ and ^{\circ}. */
  #degree(): boolean {
    const group = this.#is("group");
    const at = this.#at + (group ? 1 : 0);
    if (!this.#is("command", "circ", this.#tokens[at]) || (group && this.#tokens[at + 1].kind !== "endgroup"))
      return false;
    this.#at = at + (group ? 2 : 1);
    return true;
  }

  /** What stands after ^: a group, or one token as TeX takes it. */
  #exponent(): Term {
    const token = this.#peek;
    if (this.#is("group")) return this.#group();
    if (this.#is("sign", "*")) throw this.#refuse("stars", token);
    const signed = this.#is("sign", "-") || this.#is("sign", "+");
    const minus = this.#signs();
    const next = this.#peek;
    if (next.kind === "number" && next.text.length > 1)
      throw this.#fail("an exponent of several digits needs braces", next, `Write ^{${minus ? "-" : ""}${next.text}}.`);
    if (next.kind === "open" || next.kind === "bar")
      throw this.#fail("an exponent in brackets needs braces", next, "Write x^{(a + b)}.");
    const term = this.#deeper(() => this.#argument());
    if (signed && this.#peek.glued && next.kind !== "number" && this.#beginsFactor(this.#peek))
      throw this.#fail("this exponent needs braces", token, "Write e^{-x} y or e^{-x y}.");
    return minus ? this.#source.guard(token.at, () => neg(term)) : term;
  }

  /** An argument of \frac, \sqrt, ^: a group, a digit, a letter, a command with its own arguments. */
  #argument(): Term {
    const token = this.#peek;
    if (this.#is("group")) return this.#group();
    if (token.kind === "number") {
      const [digit, rest] = [token.text[0], token.text.slice(1)];
      if (!/^\d*$/.test(token.text)) throw this.#fail("a decimal number here needs braces", token);
      if (rest === "") this.#at++;
      else this.#tokens[this.#at] = { ...token, text: rest, at: token.at + 1 };
      return this.#context.number(Number(digit));
    }
    if (
      token.kind === "letter" ||
      token.kind === "raw" ||
      token.kind === "word" ||
      (token.kind === "command" &&
        this.#beginsFactor(token) &&
        this.#functionName(token) === undefined &&
        !this.#isBig(token))
    )
      return this.#atom(false);
    this.#refuseCommand(token);
    throw this.#fail("an argument in braces is missing", token);
  }

  #group(): Term {
    const open = this.#peek;
    this.#at++;
    if (this.#at === open.match) throw this.#fail("the group is empty", open);
    return this.#inside(open.match);
  }

  /** The expression up to the closing token at `match`, with bars of its own. */
  #inside(match: number): Term {
    const bars = this.#bars;
    this.#bars = 0;
    const term = this.#deeper(() => this.#expression());
    if (this.#at !== match) this.#expect(this.#tokens[match].kind);
    this.#at = match + 1;
    this.#bars = bars;
    return term;
  }

  /** Expressions with commas up to the closing token at `match`. */
  #list(match: number): Term[] {
    const bars = this.#bars;
    this.#bars = 0;
    const terms: Term[] = [];
    if (this.#at !== match)
      do terms.push(this.#deeper(() => this.#expression()));
      while (this.#take("sign", ",") || this.#take("sign", ";"));
    if (this.#at !== match) this.#expect(this.#tokens[match].kind);
    this.#at = match + 1;
    this.#bars = bars;
    return terms;
  }

  /** `subscripts`: may a subscript belong to it? */
  #atom(subscripts = true): Term {
    const token = this.#peek;
    switch (token.kind) {
      case "number":
        this.#at++;
        return this.#source.guard(token.at, () => {
          const value = Q.parseDecimal(token.text);
          if (value === undefined)
            throw new Failure("syntax", `${quoted(token.text)} is not a number that can be kept exactly`);
          return this.#context.number(value);
        });
      case "letter":
      case "word":
        this.#at++;
        return this.#symbol(token, this.#nameOf(token), subscripts);
      case "raw":
        this.#at++;
        if (token.style === "mathtt") return this.#source.guard(token.at, () => this.#context.symbol(token.text));
        if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(token.text))
          throw this.#fail(`${quoted(token.text)} is not a double`, token);
        return this.#source.guard(token.at, () => this.#context.float(Number(token.text)));
      case "group":
        return this.#group();
      case "open":
        return this.#bracket();
      case "bar":
        return this.#bar();
      case "begin":
        return this.#environment();
      case "command":
        return this.#command(token, subscripts);
      default:
        this.#expect("letter");
        throw this.#fail(`unexpected ${shown(token)}`, token);
    }
  }

  #command(token: LatexToken, subscripts: boolean): Term {
    this.#refuseCommand(token);
    this.#at++;
    const { text } = token;
    if (FRACTIONS.has(text) || BINOMIALS.has(text)) {
      const a = this.#deeper(() => this.#argument());
      const b = this.#deeper(() => this.#argument());
      return this.#source.guard(token.at, () =>
        BINOMIALS.has(text) ? binomial(a, b) : applied(this.#context, "/", [a, b]),
      );
    }
    if (text === "boxed") return this.#deeper(() => this.#argument());
    if (text === "sqrt") return this.#root(token);
    if (text === "pi" || GREEK.has(text)) return this.#symbol(token, text, subscripts);
    throw this.#fail(`${shown(token)} is not known`, token, undefined, "name");
  }

  #root(token: LatexToken): Term {
    let degree: Term | undefined;
    const open = this.#peek;
    if (this.#is("open", "[")) {
      this.#at++;
      if (this.#tokens[open.match].text !== "[")
        throw this.#fail(`${shown(this.#tokens[open.match])} does not match "["`, this.#tokens[open.match]);
      degree = this.#inside(open.match);
    }
    const inner = this.#deeper(() => this.#argument());
    return this.#source.guard(token.at, () => {
      requireValue("\\sqrt", inner);
      return degree === undefined
        ? sqrt(inner)
        : pow(inner, applied(this.#context, "/", [this.#context.number(1), degree]));
    });
  }

  /** The name a letter or word stands for. */
  #nameOf(token: LatexToken): string {
    if (token.kind === "letter") return token.text;
    if (!/^\p{L}[\p{L}\p{N}_]*$/u.test(token.text))
      throw this.#fail(`${quoted(token.text)} is not a name`, token, "Write any other name as \\mathtt{name}.");
    if (token.style?.startsWith("operatorname")) {
      if (Object.hasOwn(PLANNED, token.text)) throw this.#refuse(PLANNED[token.text], token);
      throw this.#fail(`the function ${shown(token)} is not known`, token, "Write a name as \\mathrm{name}.", "name");
    }
    return token.text;
  }

  /** A name with its subscript, as constant, symbol or element. */
  #symbol(token: LatexToken, name: string, subscripts: boolean): Term {
    const context = this.#context;
    if (subscripts && this.#is("sign", "_")) return this.#subscripted(token, name);
    if (token.kind !== "raw") {
      if (name === "pi" || name === "π") return this.#constant(pi(context), token);
      if (name === "e") return this.#constant(eulersNumber(context), token);
    }
    this.#refuseCall(token, name);
    if ((name === "Gamma" || name === "zeta") && token.kind === "command" && this.#is("open", "("))
      return this.#special(name.toLowerCase());
    return context.symbol(name);
  }

  #constant(term: Term, token: LatexToken): Term {
    if (this.#is("open", "(") && (this.#commas(this.#at) || this.#holdsOneName(this.#at)))
      throw this.#unknownFunction(token, shown(token));
    return term;
  }

  #special(name: string): Term {
    const open = this.#peek;
    this.#at++;
    const args = this.#list(open.match);
    return this.#source.guard(open.at, () => applied(this.#context, name, args));
  }

  /** f(x) with an unknown f; x(a, b) with any x. */
  #refuseCall(token: LatexToken, name: string): void {
    if (!this.#is("open", "(")) return;
    const known = token.kind === "command" && (name === "Gamma" || name === "zeta");
    if (known) return;
    if (token.kind === "word" || CALLABLE.has(name) || this.#commas(this.#at) || this.#holdsOneName(this.#at))
      throw this.#unknownFunction(token, shown(token));
  }

  /** Are there commas directly inside the bracket at `at`? */
  #commas(at: number): boolean {
    for (let i = at + 1; i < this.#tokens[at].match; i++) {
      const token = this.#tokens[i];
      if (token.match > i) i = token.match;
      else if (token.kind === "sign" && token.text === ",") return true;
    }
    return false;
  }

  /** x_1, x_{max}: names; a_{k} with a variable of a sum, a_{n+1}, a_{i,j}, a_{[k]}: elements. */
  #subscripted(token: LatexToken, name: string): Term {
    const sign = this.#peek;
    const group = this.#tokens[this.#at + 1];
    const end = group.kind === "group" ? group.match : this.#at + 2;
    const begin = group.kind === "group" ? this.#at + 2 : this.#at + 1;
    const pieces = this.#tokens.slice(begin, Math.min(end, begin + LONGEST_LOOK));
    if (pieces.length === 0) throw this.#fail("the subscript is empty", group);
    if (group.kind === "number" && group.text.length > 1)
      throw this.#fail("a subscript of several digits needs braces", group, `Write _{${group.text}}.`);
    const simple =
      pieces.length < LONGEST_LOOK &&
      pieces.every(
        (piece) =>
          piece.kind === "letter" ||
          piece.kind === "number" ||
          piece.kind === "word" ||
          (piece.kind === "command" && (GREEK.has(piece.text) || piece.text === "pi")),
      );
    const bound = pieces.filter((piece) => (piece.kind === "letter" || piece.kind === "command") && this.#bound.has(piece.text)); // oxfmt-ignore
    if (!simple || bound.length > 0) {
      if (simple && pieces.length > 1)
        throw this.#fail(
          "this subscript has a variable of a sum in it",
          bound[0],
          "Write commas between indices: a_{i,j}.",
        );
      const bracketed = group.kind === "group" && this.#is("open", "[", this.#tokens[this.#at + 2]);
      if (!bracketed) this.#elementNames.add(name);
      return this.#elements(this.#context.symbol(name));
    }
    const below = pieces.map((piece) => piece.text).join("");
    if (!/^[\p{L}\p{N}]+$/u.test(below)) throw this.#fail(`${quoted(below)} is not a subscript of a name`, sign);
    this.#at = group.kind === "group" ? end + 1 : end;
    const full = `${name}_${below}`;
    this.#subscriptedNames.set(name, token);
    this.#refuseCall(token, CALLABLE.has(name) ? name : full);
    return this.#context.symbol(full);
  }

  /** Indices after `base`. */
  #elements(base: Term): Term {
    const sign = this.#peek;
    this.#at++;
    const group = this.#peek;
    let indices: Term[];
    if (group.kind === "group") {
      this.#at++;
      const open = this.#peek;
      if (this.#is("open", "[") && open.match === group.match - 1) {
        this.#at++;
        indices = this.#list(open.match);
        this.#at = group.match + 1;
      } else {
        if (base.kind !== Kind.symbol)
          throw this.#fail("a subscript here must be in square brackets", group, "Write {...}_{[k]}.");
        indices = this.#list(group.match);
      }
    } else if (base.kind === Kind.symbol) indices = [this.#deeper(() => this.#argument())];
    else throw this.#fail("a subscript cannot stand here", sign);
    return this.#source.guard(sign.at, () => {
      if (indices.length === 0) throw new Failure("syntax", "the subscript is empty");
      return element(base, indices);
    });
  }

  #bracket(): Term {
    const open = this.#peek;
    const close = this.#tokens[open.match];
    if (close.text !== open.text)
      throw this.#fail(
        `${shown(close)} does not match ${shown(open)}`,
        close,
        "Intervals are known in conditions: x \\in [a, b).",
      );
    this.#at++;
    if (open.text === "angle") return this.#listOrRange(open);
    if (open.text === "|" || open.text === "floor" || open.text === "ceil") {
      if (this.#at === open.match) throw this.#fail("the brackets are empty", open);
      const inner = this.#inside(open.match);
      return this.#source.guard(open.at, () =>
        open.text === "|" ? this.#absolute(inner) : applied(this.#context, open.text, [inner]),
      );
    }
    if (this.#at === open.match) throw this.#fail("the brackets are empty", open);
    if (open.text === "\\{" && this.#standsAlone(open)) throw this.#refuse("sets as values", open, SETS);
    if (this.#commas(this.#at - 1)) {
      if (open.text === "\\{") throw this.#refuse("sets as values", open, SETS);
      if (open.text === "[")
        throw this.#refuse("intervals as values", open, "Write x \\in [a, b] for a condition, (a, b) for a list.");
      return this.#listOrRange(open);
    }
    if (open.text === "(" && this.#is("sign", "_", this.#tokens[open.match + 1])) return this.#listOrRange(open);
    return this.#inside(open.match);
  }

  /** Is the bracket a whole side, {x} and not 2{x + 1}? */
  #standsAlone(open: LatexToken): boolean {
    const [before, after] = [this.#tokens[this.#at - 2], this.#tokens[open.match + 1]];
    const ends = (token: LatexToken | undefined): boolean =>
      token === undefined || token.kind === "stop" || Object.hasOwn(RELATIONS, token.text);
    return ends(before) && ends(after);
  }

  /** (a, b, c); or (a_k)_{k=1}^{n}. */
  #listOrRange(open: LatexToken): Term {
    const after = this.#tokens[open.match + 1];
    if (this.#is("sign", "_", after) && !this.#is("open", "[", this.#tokens[open.match + 3])) {
      const begin = this.#at;
      this.#at = open.match + 1;
      const [variable, from, to] = this.#limits(after);
      const end = this.#at;
      this.#at = begin;
      const body = this.#within(variable, () => this.#inside(open.match));
      this.#at = end;
      return this.#source.guard(open.at, () => {
        requireValue("a list", body);
        return comprehension(body, variable, from, to);
      });
    }
    const terms = this.#list(open.match);
    return terms.length === 1 && open.text === "(" ? terms[0] : array(this.#context, terms);
  }

  #within<T>(variable: Term, read: () => T): T {
    const before = this.#bound;
    this.#bound = new Set([...before, variable.name]);
    const result = read();
    this.#bound = before;
    return result;
  }

  #bar(): Term {
    const open = this.#peek;
    this.#at++;
    this.#bars++;
    const inner = this.#deeper(() => this.#expression());
    if (!this.#is("bar")) {
      if (this.#peek.kind === "stop" || this.#peek.kind === "close" || this.#peek.kind === "endgroup")
        throw this.#fail('this "|" is never closed', open);
      this.#expect("bar");
    }
    this.#closed = this.#at;
    this.#at++;
    this.#bars--;
    return this.#source.guard(open.at, () => this.#absolute(inner));
  }

  #absolute(inner: Term): Term {
    return inner.kind === Kind.array ? determinant(inner) : applied(this.#context, "abs", [inner]);
  }

  #determinantOf(): Term {
    const token = this.#peek;
    this.#at++;
    const inner = this.#deeper(() => this.#postfix());
    return this.#source.guard(token.at, () => determinant(inner));
  }

  #environment(): Term {
    const begin = this.#peek;
    const name = begin.text;
    const matrix = MATRICES.has(name) || name === "vmatrix";
    if (!matrix && name !== "cases" && name !== "dcases" && name !== "rcases")
      throw this.#refuse(`the environment ${quoted(name)}`, begin);
    this.#at++;
    if (name === "array") {
      if (this.#peek.kind !== "group") throw this.#fail("an array takes its columns in braces: {cc}", begin);
      this.#at = this.#peek.match + 1;
    }
    const bars = this.#bars;
    this.#bars = 0;
    const term = this.#deeper(() => (matrix ? this.#matrix(begin) : this.#cases(begin)));
    this.#bars = bars;
    this.#at = begin.match + 1;
    return name === "vmatrix" ? this.#source.guard(begin.at, () => determinant(term)) : term;
  }

  /** Takes the end of a row; is there another? */
  #row(begin: LatexToken): boolean {
    if (!this.#take("sign", "\\\\")) {
      if (this.#at !== begin.match) this.#expect("end");
      return false;
    }
    // \\[2pt]
    if (this.#is("open", "[") && this.#tokens[this.#at + 1].kind === "number" && this.#tokens[this.#at + 2].kind === "letter") this.#at = this.#peek.match + 1; // oxfmt-ignore
    return this.#at !== begin.match;
  }

  #matrix(begin: LatexToken): Term {
    const rows: Term[] = [];
    do {
      const cells: Term[] = [];
      do cells.push(this.#expression());
      while (this.#take("sign", "&"));
      rows.push(array(this.#context, cells));
      if (cells.length !== rows[0].args.length) throw this.#fail("the rows of the matrix have different lengths");
    } while (this.#row(begin));
    return array(this.#context, rows);
  }

  #cases(begin: LatexToken): Term {
    const cases: [Term, Term][] = [];
    let otherwise: Term | undefined;
    do {
      if (otherwise !== undefined) throw this.#fail("a row after the last case");
      const at = this.#peek.at;
      const value = this.#expression();
      this.#take("sign", ",");
      this.#take("sign", "&");
      while (this.#peek.kind === "word" && ["if", "when", "for", "where"].includes(this.#peek.text.toLowerCase()))
        this.#at++;
      if (this.#peek.kind === "word" && ["otherwise", "else", "elsewhere"].includes(this.#peek.text.toLowerCase())) {
        this.#at++;
        otherwise = value;
      } else if (this.#peek.kind === "end" || this.#is("sign", "\\\\")) otherwise = value;
      else cases.push([value, this.#expression()]);
      if (!this.#take("sign", ",") && !this.#take("sign", ".")) this.#take("sign", ";");
      if (isCondition(value)) throw this.#source.fail("a condition cannot be the value of a case", at);
    } while (this.#row(begin));
    if (otherwise === undefined) {
      const [last, before] = [cases.at(-1)!, cases.at(-2)];
      if (cases.length !== 2 || before === undefined || !opposite(before[1], last[1]))
        throw this.#fail(
          "the cases may leave some values out",
          begin,
          "Add a last row with \\text{otherwise}.",
          "unsupported",
        );
      cases.pop();
      [otherwise] = last;
    }
    const rest = otherwise;
    return this.#source.guard(begin.at, () => piecewise(cases, rest));
  }

  /** A function with base, power and argument. */
  #function(name: string): { readonly term: Term; readonly open: boolean } {
    const token = this.#peek;
    this.#at++;
    if ((name === "min" || name === "max") && this.#is("sign", "_")) {
      this.#at--;
      return { term: this.#range(name), open: false };
    }
    let base: Term | undefined;
    let power: Term | undefined;
    let inverse = false;
    for (;;) {
      const sign = this.#peek;
      if (this.#is("sign", "_") && name === "log" && base === undefined) {
        this.#at++;
        base = this.#base();
      } else if (this.#is("sign", "^") && power === undefined) {
        this.#at++;
        power = this.#exponent();
        if (power === this.#context.number(-1)) {
          if (!Object.hasOwn(INVERSES, name))
            throw this.#fail(
              `${shown(token)}^{-1} is ambiguous`,
              sign,
              "Write 1/\\ln(x), or the inverse function by its name.",
            );
          inverse = true;
        }
      } else break;
    }
    if (this.#is("sign", "'") || this.#is("command", "prime")) throw this.#refuse("derivatives by primes", this.#peek);
    const { args, open } = this.#arguments(token);
    const called = inverse ? INVERSES[name] : name;
    let term = this.#source.guard(token.at, () => {
      for (const arg of args) requireValue(called, arg);
      if (base !== undefined) return this.#logarithm(base, args);
      if (args.length === 1) {
        const known = derived(called, args[0]);
        if (known !== undefined) return known;
      }
      return called === "sqrt" && args.length === 1 ? sqrt(args[0]) : applied(this.#context, called, args);
    });
    if (power !== undefined && !inverse) {
      const [value, exponent] = [term, power];
      term = this.#source.guard(token.at, () => applied(this.#context, "^", [value, exponent]));
    }
    if (!open) {
      // sin(x)^2
      if (this.#is("sign", "^")) {
        if (power !== undefined) throw this.#fail("a second exponent");
        const sign = this.#peek;
        this.#at++;
        const [value, exponent] = [term, this.#exponent()];
        term = this.#source.guard(sign.at, () => applied(this.#context, "^", [value, exponent]));
      }
      if (this.#is("sign", "!"))
        throw this.#fail("a factorial after a function is ambiguous", this.#peek, "Write (\\sin(x))! or \\sin(x!).");
      if (this.#is("sign", "_")) throw this.#fail("a subscript cannot stand here");
    }
    return { term, open };
  }

  /** The base of a logarithm: digits as they stand, so that \log_10 is read as meant only with braces. */
  #base(): Term {
    const token = this.#peek;
    if (token.kind === "number" && token.text.length > 1)
      throw this.#fail("a base of several digits needs braces", token, `Write \\log_{${token.text}}.`);
    return this.#deeper(() => this.#argument());
  }

  #logarithm(base: Term, args: readonly Term[]): Term {
    if (args.length !== 1) throw new Failure("usage", `a logarithm takes one argument, not ${args.length}`);
    if (base.kind === Kind.number && (base.value === 2 || base.value === 10))
      return call(this.#context, `log${base.value}`, args[0]);
    return div(call(this.#context, "log", args[0]), call(this.#context, "log", base));
  }

  /** The arguments of a function; `open` if they have no brackets. */
  #arguments(token: LatexToken): { readonly args: Term[]; readonly open: boolean } {
    const first = this.#peek;
    if (first.kind === "open" && (first.text === "(" || first.text === "[" || first.text === "\\{"))
      return { args: this.#bracketed(), open: false };
    if (first.kind === "open" && first.text === "|") return { args: [this.#bracket()], open: false };
    if (first.kind === "bar") return { args: [this.#bar()], open: false };
    if (first.kind === "group") {
      const inner = this.#tokens[this.#at + 1];
      if (inner.kind === "open" && inner.match === first.match - 1 && ["(", "[", "\\{"].includes(inner.text)) {
        this.#at++;
        const args = this.#bracketed();
        this.#at = first.match + 1;
        return { args, open: false };
      }
      const args = this.#groupList();
      if (this.#is("sign", "^") || this.#is("sign", "!"))
        throw this.#fail(
          "an exponent after this argument is ambiguous",
          this.#peek,
          "Write \\sin^{2}(x) or \\sin(x^2).",
        );
      return { args, open: false };
    }
    return { args: [this.#implied(token)], open: true };
  }

  #groupList(): Term[] {
    const { match } = this.#peek;
    this.#at++;
    return this.#list(match);
  }

  #bracketed(): Term[] {
    const open = this.#peek;
    const close = this.#tokens[open.match];
    if (close.text !== open.text) throw this.#fail(`${shown(close)} does not match ${shown(open)}`, close);
    this.#at++;
    if (this.#at === open.match) throw this.#fail("the brackets are empty", open);
    return this.#list(open.match);
  }

  /** \sin 2\pi x: numbers, letters and fractions side by side; another function ends it. */
  #implied(token: LatexToken): Term {
    let term: Term | undefined;
    let letters = false;
    for (;;) {
      const next = this.#peek;
      if (!this.#beginsFactor(next) || this.#isBig(next)) break;
      if (this.#functionName(next) !== undefined || this.#is("command", "det")) {
        if (term === undefined) term = this.#deeper(() => this.#function(this.#functionName(next) ?? "det")).term;
        break;
      }
      if (term !== undefined && next.kind === "number") this.#expect("stop");
      const letter = next.kind === "letter" || next.kind === "word" || next.kind === "raw" || (next.kind === "command" && GREEK.has(next.text)); // oxfmt-ignore
      const euler = letter && next.text === "e" && !this.#is("sign", "_", this.#tokens[this.#at + 1]);
      if (term !== undefined && letters && (!letter || euler) && !this.#is("command", "pi"))
        throw this.#fail(
          `where does the argument of ${shown(token)} end?`,
          next,
          `Write brackets: ${token.kind === "command" ? `\\${token.text}` : token.text}(x) y or ${token.kind === "command" ? `\\${token.text}` : token.text}(x y).`,
        );
      if (letter && !euler) letters = true;
      const [left, right] = [term, this.#deeper(() => this.#postfix())];
      term = left === undefined ? right : this.#source.guard(next.at, () => {
        this.#refuseMatrices("*", left, right);
        return applied(this.#context, "*", [left, right]);
      }); // oxfmt-ignore
    }
    if (term === undefined) {
      this.#refuseCommand(this.#peek);
      throw this.#fail(
        `the argument of ${shown(token)} is missing`,
        this.#peek,
        "Write brackets around an argument with a sign.",
      );
    }
    return term;
  }

  /** \sum_{k=1}^{n} body. */
  #range(name: ReductionName): Term {
    const token = this.#peek;
    this.#at++;
    const [variable, from, to] = this.#limits(token);
    const body = this.#within(variable, () => this.#deeper(() => this.#product()));
    return this.#source.guard(token.at, () => {
      requireValue(shown(token), body);
      return reduction(name, body, variable, from, to);
    });
  }

  /** _{k=1}^{n} in either order, or _{1 \le k \le n}. */
  #limits(token: LatexToken): [Term, Term, Term] {
    let below: Term | undefined;
    let above: Term | undefined;
    while (this.#is("sign", "_") || this.#is("sign", "^")) {
      const sign = this.#peek;
      this.#at++;
      if (sign.text === "_" ? below !== undefined : above !== undefined) throw this.#fail("a limit stands twice", sign);
      if (sign.text === "^") above = this.#exponent();
      else if (this.#is("group")) below = this.#group();
      else throw this.#fail("the lower limit needs braces", this.#peek, "Write _{k=1}.");
    }
    if (
      below?.kind === Kind.relation &&
      below.name === "=" &&
      below.args[0].kind === Kind.symbol &&
      above !== undefined
    ) {
      const end = above;
      this.#source.guard(token.at, () => requireValue("a limit", end));
      return [below.args[0], below.args[1], above];
    }
    if (below?.kind === Kind.logic && below.name === "and" && below.args.length === 2 && above === undefined) {
      const [a, b] = below.args;
      if (a.name === "<=" && b.name === "<=" && a.args[1] === b.args[0] && a.args[1].kind === Kind.symbol)
        return [a.args[1], a.args[0], b.args[1]];
    }
    throw this.#fail("a range is written _{k=1}^{n} or _{1 \\le k \\le n}", token, undefined, "unsupported");
  }

  /** \frac{d}{dx} f, carried out; undefined where the fraction is an ordinary one. */
  #derivative(): Term | undefined {
    const token = this.#peek;
    const top = this.#tokens[this.#at + 1];
    if (top.kind !== "group") return undefined;
    const bottom = this.#tokens[top.match + 1];
    if (bottom.kind !== "group" || bottom.match - this.#at > LONGEST_LOOK) return undefined;
    const isD = (each: LatexToken): boolean =>
      (each.text === "d" && (each.kind === "letter" || each.kind === "word")) || this.#is("command", "partial", each);
    const above = this.#tokens.slice(this.#at + 2, top.match);
    const below = this.#tokens.slice(top.match + 2, bottom.match);
    if (above.length === 0 || below.length < 2 || !isD(above[0]) || !isD(below[0])) return undefined;
    const times = this.#order(above.slice(1));
    // d var, d var^n
    const power = below.findIndex((each, i) => i > 1 && this.#is("sign", "^", each));
    const name = below.slice(1, power < 0 ? below.length : power);
    const plain = name.length === 1 || (name[1].kind === "sign" && name[1].text === "_");
    if (!plain || name[0].kind === "sign") {
      if (times === undefined) return undefined;
      throw this.#refuse("derivatives of this form", token, "Write \\frac{d}{dx}(expression).");
    }
    const again = power < 0 ? 1 : this.#order(below.slice(power));
    if (times === undefined) {
      if (this.#is("sign", undefined, above[1])) return undefined;
      throw this.#refuse("derivatives of names", token, "Write \\frac{d}{dx}(expression).");
    }
    if (again !== times) throw this.#fail("the orders above and below differ", token);
    this.#at = top.match + 3;
    const variable = this.#deeper(() => this.#atom());
    if (variable.kind !== Kind.symbol) throw this.#fail("a derivative is taken by a symbol", below[1]);
    this.#at = bottom.match + 1;
    const first = this.#peek;
    let body: Term;
    if (first.kind === "open" || first.kind === "group") {
      body = this.#deeper(() => this.#postfix());
      if (this.#beginsFactor(this.#peek) || this.#is("sign", "/") || this.#is("sign", "*"))
        throw this.#fail("where does the derivative end?", this.#peek, "Write brackets around the whole product.");
    } else {
      body = this.#deeper(() => this.#product());
      if (this.#is("sign", "+") || this.#is("sign", "-"))
        throw this.#fail("where does the derivative end?", this.#peek, "Write \\frac{d}{dx}(...) with brackets.");
    }
    return this.#source.guard(token.at, () => {
      requireValue("a derivative", body);
      return diff(body, variable, times);
    });
  }

  /** The order in ^2 or ^{2}; 1 if there is none; undefined if it is something else. */
  #order(tokens: readonly LatexToken[]): number | undefined {
    if (tokens.length === 0) return 1;
    const digits =
      tokens.length === 2 ? tokens[1] : tokens.length === 4 && tokens[1].kind === "group" ? tokens[2] : undefined;
    if (!this.#is("sign", "^", tokens[0]) || digits?.kind !== "number" || !/^[1-9]\d?$/.test(digits.text))
      return undefined;
    return Number(digits.text);
  }
}

function own(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
