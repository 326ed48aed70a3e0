// Reading infix notation by operator precedence with an explicit stack (the shunting yard of Dijkstra 1961), so that
// nesting is limited by memory and not by the call stack. Conventions, as mathematicians read:
//   -x^2 is -(x^2);  a^b^c is a^(b^c);  2x, 2(x+1), (a)(b), x y are products with the strength of *, so 1/2x is (1/2) x;
//   rational(-1/3) is one number, also in held terms, where -1/3 is two operations;
//   decimals are exact rationals (0.1 is 1/10), float(0.1) is the double nearest to 0.1, kept apart from exact numbers;
//   f(x) needs a known function: there is no guess between a call and a product;  sin^2(x) is sin(x)^2;
//   `log` and `ln` are natural;  pi and e are the constants;  names in backticks may contain anything.
// Left out: factorials, units, LaTeX.
import { Failure, placeAt } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { array, comprehension, index, reduction, type ReductionName } from "./array.ts";
import { arithmetic, div, logic, logicOf, piecewise, pow, relation, type RelationName } from "./build.ts";
import { type Context, defaultContext } from "./context.ts";
import { aliases, call, eulersNumber, functionRule, isReservedName, pi } from "./functions.ts";
import { held } from "./held.ts";
import { exactFraction } from "./place.ts";
import { SumBuilder } from "./sum.ts";
import { Kind, type Term } from "./term.ts";

export interface ParseOptions {
  readonly context?: Context;
  /** Keep operations as written (held terms). */
  readonly held?: boolean;
  /** File name for messages. */
  readonly source?: string;
  /** Line and column of the first character, when the text is a piece of a file; 1, 1 by default. */
  readonly line?: number;
  readonly column?: number;
  /** The whole line for the caret picture, when the text is a piece of one. */
  readonly lineText?: string;
  /** What names mean before anything else: gives a term, or undefined to go on with symbols and constants. */
  readonly names?: (name: string) => Term | undefined;
  /** Only names that `names` knows (and constants) may appear; others are refused with this advice. */
  readonly closed?: string;
  /** Functions of the caller, looked for before the known ones. */
  readonly functions?: (name: string, args: readonly Term[]) => Term | undefined;
}

type TokenKind = "number" | "name" | "quoted" | "operator" | "open" | "close" | "comma" | "range" | "end";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /(\s+)|((?:\d+\.(?!\.)\d*|\.\d+|\d+)(?!\d)(?:[eE][+-]?\d+(?!\d))?(?![\p{L}\p{N}_]*\.\d))|([\p{L}_][\p{L}\p{N}_]*)|`([^`\n]*)`|(\.\.)|(\*\*|<=|>=|==|!=|&&|\|\||[-+*/^=<>!])|([([])|([)\]])|(,)/uy;

/** Words that are operators. */
const WORDS: Readonly<Record<string, string>> = { and: "and", or: "or", not: "not" };
const SPELLINGS: Readonly<Record<string, string>> = { "**": "^", "==": "=", "&&": "and", "||": "or", "!": "not" };

interface OperatorRule {
  readonly strength: number;
  readonly right?: boolean;
  readonly count: 1 | 2;
}

const BINARY: Readonly<Record<string, OperatorRule>> = {
  or: { strength: 1, count: 2 },
  and: { strength: 2, count: 2 },
  "=": { strength: 4, count: 2 },
  "!=": { strength: 4, count: 2 },
  "<": { strength: 4, count: 2 },
  "<=": { strength: 4, count: 2 },
  ">": { strength: 4, count: 2 },
  ">=": { strength: 4, count: 2 },
  "+": { strength: 5, count: 2 },
  "-": { strength: 5, count: 2 },
  "*": { strength: 6, count: 2 },
  "/": { strength: 6, count: 2 },
  "^": { strength: 8, right: true, count: 2 },
};
/** A sign binds weaker than ^ and stronger than *: -x^2 is -(x^2), 2^-1 is read because ^ waits for its operand. */
const PREFIX: Readonly<Record<string, OperatorRule>> = {
  not: { strength: 3, count: 1 },
  "-": { strength: 7, count: 1 },
  "+": { strength: 7, count: 1 },
};

/** Entry of the operator stack. */
type Pending =
  | { readonly kind: "operator"; readonly name: string; readonly rule: OperatorRule; readonly at: number }
  /** An open bracket; `call` the function before it, `base` the number of operands below it, `power` for sin^2(x). */
  | {
      readonly kind: "bracket";
      readonly open: string;
      readonly call?: string;
      readonly at: number;
      readonly base: number;
      readonly power?: Term;
      ranges: number;
    };

function refuseConditions(name: string, side: Term): void {
  if (side.kind === Kind.relation || side.kind === Kind.logic)
    throw new Failure("domain", `a condition cannot be an operand of "${name.replace("prefix", "")}"`);
}

/** Reads one expression. Errors are Failures with line, column and a caret. */
export function parse(text: string, options: ParseOptions = {}): Term {
  return new Reader(text, options).read();
}

class Reader {
  readonly #text: string;
  readonly #options: ParseOptions;
  readonly #context: Context;
  readonly #operands: Term[] = [];
  readonly #pending: Pending[] = [];
  /** Sums under way, the innermost last: each stands for the operand at its place. */
  readonly #sums: { readonly place: number; readonly builder: SumBuilder }[] = [];
  /** Chains of and, of or under way, likewise: a and b and c is one conjunction of three. */
  readonly #chains: { readonly place: number; readonly name: "and" | "or"; readonly args: Term[] }[] = [];
  #at = 0;

  constructor(text: string, options: ParseOptions) {
    this.#text = text;
    this.#options = options;
    this.#context = options.context ?? defaultContext;
  }

  fail(what: string, at: number, hint?: string): Failure {
    const { source, line = 1, column = 1, lineText } = this.#options;
    const place = placeAt(this.#text, at, source);
    const first = place.line === 1;
    return new Failure("syntax", what, {
      hint,
      place: {
        source,
        line: place.line + line - 1,
        column: place.column + (first ? column - 1 : 0),
        text: first && lineText !== undefined ? lineText : place.text,
      },
    });
  }

  #next(): Token {
    for (;;) {
      if (this.#at >= this.#text.length) return { kind: "end", text: "", at: this.#text.length };
      TOKEN.lastIndex = this.#at;
      const found = TOKEN.exec(this.#text);
      if (found === null) {
        const character = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
        const digits = /[\d.]+/y;
        digits.lastIndex = this.#at;
        if (/[\d.]/.test(character))
          throw this.fail(`"${digits.exec(this.#text)![0].slice(0, 40)}" is not a number`, this.#at);
        throw this.fail(
          `unexpected character "${character}"`,
          this.#at,
          character === "`" ? "A quoted name ends with a second backtick on the same line." : undefined,
        );
      }
      const at = this.#at;
      this.#at = TOKEN.lastIndex;
      if (found[1] !== undefined) continue;
      if (found[2] !== undefined) return { kind: "number", text: found[2], at };
      if (found[3] !== undefined)
        return Object.hasOwn(WORDS, found[3])
          ? { kind: "operator", text: found[3], at }
          : { kind: "name", text: found[3], at };
      if (found[4] !== undefined) return { kind: "quoted", text: found[4], at };
      if (found[5] !== undefined) return { kind: "range", text: "..", at };
      if (found[6] !== undefined) return { kind: "operator", text: SPELLINGS[found[6]] ?? found[6], at };
      if (found[7] !== undefined) return { kind: "open", text: found[7], at };
      if (found[8] !== undefined) return { kind: "close", text: found[8], at };
      return { kind: "comma", text: ",", at };
    }
  }

  #peek(): Token {
    const before = this.#at;
    const token = this.#next();
    this.#at = before;
    return token;
  }

  read(): Term {
    // Whether the next token must begin an operand.
    let wanted = true;
    for (;;) {
      const token = this.#next();
      if (wanted) {
        switch (token.kind) {
          case "number":
            this.#operands.push(this.#number(token));
            wanted = false;
            break;
          case "name":
          case "quoted":
            wanted = this.#name(token);
            break;
          case "open":
            this.#pending.push({
              kind: "bracket",
              open: token.text,
              at: token.at,
              base: this.#operands.length,
              ranges: 0,
            });
            break;
          case "operator": {
            const rule = PREFIX[token.text];
            if (rule === undefined) throw this.fail(`"${token.text}" has nothing before it`, token.at);
            this.#pending.push({
              kind: "operator",
              name: token.text === "not" ? "not" : `prefix${token.text}`,
              rule,
              at: token.at,
            });
            break;
          }
          case "close":
            this.#emptyBrackets(token);
            wanted = false;
            break;
          case "comma":
          case "range":
            throw this.fail(`an expression is missing before "${token.text}"`, token.at);
          case "end":
            throw this.fail(
              this.#text.trim() === "" ? "the expression is empty" : "the expression ends too early",
              token.at,
            );
        }
        continue;
      }
      if (token.kind === "open" && token.text === "[") {
        // Indexing binds tighter than any operator.
        this.#pending.push({
          kind: "bracket",
          open: "index",
          at: token.at,
          base: this.#operands.length - 1,
          ranges: 0,
        });
        wanted = true;
        continue;
      }
      switch (token.kind) {
        case "operator": {
          const rule = BINARY[token.text];
          if (rule === undefined)
            throw this.fail(
              `"${token.text}" cannot stand between two expressions`,
              token.at,
              token.text === "not" ? "Factorials are not known." : undefined,
            );
          this.#reduce(rule.strength, rule.right === true);
          this.#pending.push({ kind: "operator", name: token.text, rule, at: token.at });
          wanted = true;
          break;
        }
        case "close":
          this.#close(token);
          break;
        case "comma":
        case "range": {
          this.#reduce(0, false);
          const bracket = this.#pending[this.#pending.length - 1] as (Pending & { kind: "bracket" }) | undefined;
          if (bracket === undefined || (bracket.open === "(" && bracket.call === undefined))
            throw this.fail(
              `unexpected "${token.text}"`,
              token.at,
              token.text === "," ? "A comma separates arguments of a function or elements of an array." : undefined,
            );
          if (token.kind === "range") bracket.ranges++;
          wanted = true;
          break;
        }
        case "open":
        case "number":
        case "name":
        case "quoted":
          // Two expressions side by side: a product.
          if (token.kind === "number" && this.#lastIsNumber(token.at))
            throw this.fail("two numbers side by side", token.at, "Write * between them.");
          this.#reduce(BINARY["*"].strength, false);
          this.#pending.push({ kind: "operator", name: "*", rule: BINARY["*"], at: token.at });
          this.#at = token.at;
          wanted = true;
          break;
        case "end": {
          this.#reduce(0, false);
          const open = this.#pending[this.#pending.length - 1];
          if (open !== undefined)
            throw this.fail(
              `this "${open.kind === "bracket" && open.open !== "(" ? "[" : "("}" is never closed`,
              open.at,
            );
          return this.#operands[0];
        }
      }
    }
  }

  /** Is the last token before `at` a number? */
  #lastIsNumber(at: number): boolean {
    return (
      /[\d.]\s*$/.test(this.#text.slice(Math.max(0, at - 30), at)) &&
      !/[\p{L}_][\p{L}\p{N}_]*\s*$/u.test(this.#text.slice(Math.max(0, at - 30), at))
    );
  }

  #number(token: Token): Term {
    const value = Q.parseDecimal(token.text);
    if (value === undefined)
      throw this.fail(
        `"${token.text.slice(0, 40)}" is not a number that can be kept exactly`,
        token.at,
        "Exponents may have at most four digits.",
      );
    return this.#context.number(value);
  }

  /** A name: a symbol, a constant, or the head of a call. Returns whether an operand is still wanted. */
  #name(token: Token): boolean {
    const name = token.text;
    const quoted = token.kind === "quoted";
    const after = this.#peek();
    const known = !quoted && (functionRule(aliases[name] ?? name) !== undefined || FORMS.has(name));
    if (name === "float" && !quoted && after.kind === "open") return this.#float(token);
    if (name === "rational" && !quoted && after.kind === "open" && after.text === "(") return this.#rational(token);
    if (after.kind === "open" && after.text === "(" && !quoted) {
      const own = this.#options.names?.(name);
      if (own !== undefined && this.#options.functions === undefined)
        throw this.fail(`"${name}" is not a function`, token.at, `For a product write ${name}*(...).`);
      this.#next();
      this.#pending.push({
        kind: "bracket",
        open: "(",
        call: name,
        at: token.at,
        base: this.#operands.length,
        ranges: 0,
      });
      return true;
    }
    if (known && after.kind === "operator" && after.text === "^" && !CONSTANTS.has(name)) {
      // sin^2(x)
      const start = this.#at;
      this.#next();
      const exponent = this.#next();
      const open = this.#peek();
      if (exponent.kind === "number" && /^\d+$/.test(exponent.text) && open.kind === "open" && open.text === "(") {
        this.#next();
        this.#pending.push({
          kind: "bracket",
          open: "(",
          call: name,
          at: token.at,
          base: this.#operands.length,
          power: this.#number(exponent),
          ranges: 0,
        });
        return true;
      }
      this.#at = start;
    }
    const meant = this.#options.names?.(name);
    if (meant !== undefined) this.#operands.push(meant);
    else if (!quoted && name === "pi") this.#operands.push(pi(this.#context));
    else if (!quoted && name === "e") this.#operands.push(eulersNumber(this.#context));
    else if (known && (isReservedName(name) || FORMS.has(name)))
      throw this.fail(`the function ${name} needs its argument in parentheses`, token.at, `Write ${name}(x).`);
    else this.#operands.push(this.#symbol(name, token.at));
    return false;
  }

  /** float(-0.1): a literal, so that the sign of zero survives. */
  #float(token: Token): boolean {
    const literal = /\s*\(\s*(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*\)/y;
    literal.lastIndex = this.#at;
    const found = literal.exec(this.#text);
    if (found === null) throw this.fail("float takes one decimal number", token.at, "Write float(0.1).");
    this.#at = literal.lastIndex;
    if (!Number.isFinite(Number(found[1])))
      throw this.fail(`${found[1].slice(0, 40)} is beyond the range of doubles`, token.at);
    this.#operands.push(this.#context.float(Number(found[1])));
    return false;
  }

  /** rational(-1/3): a number as one leaf, where -1/3 would be operations (in held terms). */
  #rational(token: Token): boolean {
    const literal = /\s*\(\s*(-?\d+)\s*(?:\/\s*(\d+)\s*)?\)/y;
    literal.lastIndex = this.#at;
    const found = literal.exec(this.#text);
    if (found === null) throw this.fail("rational takes one literal fraction", token.at, "Write rational(-1/3).");
    this.#at = literal.lastIndex;
    const [, numerator, denominator = "1"] = found;
    this.#operands.push(this.#guard(token.at, () => this.#context.number(exactFraction(numerator, denominator))));
    return false;
  }

  #symbol(name: string, at: number): Term {
    if (name === "") throw this.fail("a quoted name is empty", at);
    if (this.#options.closed !== undefined) throw this.fail(`"${name}" is not defined`, at, this.#options.closed);
    return this.#context.symbol(name);
  }

  /** A closing bracket where an operand was wanted: only legal in f() and []. */
  #emptyBrackets(token: Token): void {
    const open = this.#pending[this.#pending.length - 1];
    if (
      open?.kind === "bracket" &&
      this.#operands.length === open.base &&
      open.ranges === 0 &&
      (open.call !== undefined || open.open === "[")
    ) {
      this.#close(token);
      return;
    }
    if (open === undefined) throw this.fail(`"${token.text}" closes nothing`, token.at);
    throw this.fail(
      open.kind === "operator" ? `"${open.name.replace("prefix", "")}" has nothing after it` : "the brackets are empty",
      open.kind === "operator" ? open.at : token.at,
    );
  }

  /** Applies waiting operators that bind at least as strongly. */
  #reduce(strength: number, right: boolean): void {
    for (;;) {
      const top = this.#pending[this.#pending.length - 1];
      if (
        top === undefined ||
        top.kind !== "operator" ||
        (right ? top.rule.strength <= strength : top.rule.strength < strength)
      )
        return;
      // A relation does not chain: a < b < c is refused.
      if (strength === 4 && top.rule.strength === 4)
        throw this.fail("relations cannot be chained", top.at, "Write a < b and b < c.");
      this.#pending.pop();
      // a + b - c + ... is collected and built once.
      if (top.rule.strength === BINARY["+"].strength && this.#options.held !== true) {
        this.#collect(top.name, top.at);
        // Only another + or - asks for a reduction of just this strength.
        if (strength !== BINARY["+"].strength) this.#finishSum(top.at);
        continue;
      }
      if (top.name === "and" || top.name === "or") {
        this.#link(top.name);
        if (strength !== top.rule.strength) this.#finishChain(top.at);
        continue;
      }
      const b = this.#operands.pop()!;
      const a = top.rule.count === 2 ? this.#operands.pop()! : b;
      this.#operands.push(this.#guard(top.at, () => this.#apply(top.name, a, b)));
    }
  }

  /** Adds the top operand to the sum that begins below it. */
  #collect(name: string, at: number): void {
    const b = this.#operands.pop()!;
    this.#guard(at, () => {
      refuseConditions(name, b);
      const place = this.#operands.length - 1;
      let sum = this.#sums.at(-1);
      if (sum?.place !== place) {
        refuseConditions(name, this.#operands[place]);
        this.#sums.push((sum = { place, builder: new SumBuilder(this.#context) }));
        sum.builder.add(this.#operands[place]);
      }
      sum.builder.add(b, name === "-" ? -1 : 1);
      return b;
    });
  }

  /** Adds the top operand to the chain that begins below it. */
  #link(name: "and" | "or"): void {
    const b = this.#operands.pop()!;
    const place = this.#operands.length - 1;
    const chain = this.#chains.at(-1);
    if (chain?.place === place) chain.args.push(b);
    else this.#chains.push({ place, name, args: [this.#operands[place], b] });
  }

  #finishChain(at: number): void {
    const { place, name, args } = this.#chains.pop()!;
    this.#operands[place] = this.#guard(at, () => logicOf(name, args));
  }

  #finishSum(at: number): void {
    const { place, builder } = this.#sums.pop()!;
    this.#operands[place] = this.#guard(at, () => builder.build());
  }

  /** Gives errors of the constructors (division by zero, conditions in sums) their place. */
  #guard(at: number, build: () => Term): Term {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof Failure) || error.place !== undefined) throw error;
      const placed = this.fail(error.what, at, error.hint);
      throw new Failure(error.kind, error.what, { place: placed.place, hint: error.hint });
    }
  }

  #apply(name: string, a: Term, b: Term): Term {
    if (name === "not") return logic("not", b);
    if (name in BINARY && BINARY[name].strength === 4) return relation(name as RelationName, a, b);
    refuseConditions(name, a);
    refuseConditions(name, b);
    if (this.#options.held) {
      if (name === "prefix+") return b;
      return name === "prefix-" ? held(this.#context, "neg", b) : held(this.#context, name, a, b);
    }
    // A prefix operator has one operand, which stands in both places; a plus sign changes nothing.
    return arithmetic(name === "prefix-" ? "neg" : name, a, b) ?? b;
  }

  #close(token: Token): void {
    this.#reduce(0, false);
    const open = this.#pending.pop() as (Pending & { kind: "bracket" }) | undefined;
    if (open === undefined) throw this.fail(`"${token.text}" closes nothing`, token.at);
    if ((open.open === "(") !== (token.text === ")"))
      throw this.fail(
        `"${token.text}" does not match "${open.open === "(" ? "(" : "["}" at column ${placeAt(this.#text, open.at).column}`,
        token.at,
      );
    const args = this.#operands.splice(open.base);
    const result = this.#guard(open.at, () => {
      if (open.call !== undefined) return this.#call(open.call, args, open.ranges);
      if (open.ranges > 0) throw new Failure("syntax", "a range cannot stand here");
      if (open.open === "[") return array(this.#context, args);
      if (open.open === "index") {
        if (args.length > MOST_ARGUMENTS) throw new Failure("usage", `${args.length - 1} indices are too many`);
        return index(args[0], ...args.slice(1));
      }
      return args[0];
    });
    this.#operands.push(
      open.power === undefined
        ? result
        : this.#guard(open.at, () =>
            this.#options.held ? held(this.#context, "^", result, open.power!) : pow(result, open.power!),
          ),
    );
  }

  #call(name: string, args: readonly Term[], ranges: number): Term {
    if (ranges > 0) return this.#range(name, args, ranges);
    const own = this.#options.functions?.(name, args);
    if (own !== undefined) return own;
    if (name === "piecewise" || name === "if") {
      if (args.length < 3 || args.length % 2 === 0)
        throw new Failure(
          "usage",
          `${name} takes ${name === "if" ? "a condition and two values" : "value, condition, ..., otherwise"}`,
        );
      if (name === "if") {
        const cases: [Term, Term][] = [];
        for (let i = 0; i + 1 < args.length; i += 2) cases.push([args[i + 1], args[i]]);
        return piecewise(cases, args[args.length - 1]);
      }
      const cases: [Term, Term][] = [];
      for (let i = 0; i + 1 < args.length; i += 2) cases.push([args[i], args[i + 1]]);
      return piecewise(cases, args[args.length - 1]);
    }
    for (const arg of args)
      if (arg.kind === Kind.relation || arg.kind === Kind.logic)
        throw new Failure("domain", `a condition cannot be an argument of ${name}`);
    if (args.length > MOST_ARGUMENTS && (this.#options.held || (name !== "min" && name !== "max")))
      throw new Failure("usage", `${args.length} arguments of ${name} are too many`);
    if (this.#options.held) return held(this.#context, aliases[name] ?? name, ...args);
    if ((name === "min" || name === "max") && args.length > 2)
      return args.reduce((a, b) => call(this.#context, name, a, b));
    if (name === "log" && args.length === 2)
      return div(call(this.#context, "log", args[0]), call(this.#context, "log", args[1]));
    if (name === "pow" && args.length === 2) return pow(args[0], args[1]);
    return call(this.#context, name, ...args);
  }

  /** sum(body, i = a .. b), product(...), min(...), max(...), array(...). */
  #range(name: string, args: readonly Term[], ranges: number): Term {
    const [body, from, to] = args;
    const around = this.#pending.filter((each) => each.kind === "bracket" && RANGES.has(each.call ?? "")).length;
    if (around >= DEEPEST_RANGES)
      throw new Failure("limit", `more than ${DEEPEST_RANGES} ranges stand inside each other`);
    if (!RANGES.has(name)) throw new Failure("syntax", `"${name}" does not take a range`);
    if (
      args.length !== 3 ||
      ranges !== 1 ||
      from.kind !== Kind.relation ||
      from.name !== "=" ||
      from.args[0].kind !== Kind.symbol
    )
      throw new Failure("syntax", `${name} over a range is written ${name}(x[i], i = 1 .. n)`);
    const [variable, start] = from.args;
    return name === "array"
      ? comprehension(body, variable, start, to)
      : reduction(name as ReductionName, body, variable, start, to);
  }
}

const CONSTANTS = new Set(["pi", "e"]);
/** Names that are read as calls though they are no functions of the table. */
const FORMS = new Set(["piecewise", "if"]);
/** Of functions and indices; sums, arrays and piecewise have no limit. */
const MOST_ARGUMENTS = 1_000;
/** Ranges inside each other: each level is rebuilt for every one around it. */
const DEEPEST_RANGES = 100;
const RANGES = new Set(["sum", "product", "min", "max", "array"]);
