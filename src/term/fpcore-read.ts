// Reading FPCore 2.0 (fpbench.org/spec/fpcore-2.0.html): (FPCore name? (arguments) :property value ... expression), or a
// bare expression. `let` is substitution, which costs nothing because terms are shared. Held by default: the operations
// stay as written, and what would be rounded once (fma, hypot, expm1 ...) is refused; as ordinary terms it is read by value.
// Refused: loops, tensors, infinities, NaN, booleans as values, casts, rounding functions without a counterpart.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { applied, appliedHeld, requireValue, truncated } from "./apply.ts";
import { array } from "./array.ts";
import { add, div, isCondition, mul, piecewise, pow, sqrt, sub } from "./build.ts";
import { type Context, defaultContext } from "./context.ts";
import { FPCORE_NAMES, FPCORE_WORDS } from "./fpcore-print.ts";
import { call, eulersNumber, functionRule, pi } from "./functions.ts";
import { exactFraction, MOST_DIGITS, quoted, SourceText } from "./place.ts";
import type { Term } from "./term.ts";

export interface FpcoreReadOptions {
  readonly context?: Context;
  /** Keep operations as written (held terms): true by default. */
  readonly held?: boolean;
  /** File name for messages. */
  readonly source?: string;
}

/** One argument of a program. */
export interface FpcoreArgument {
  readonly name: string;
  /** Properties of an annotated argument (! :precision binary32 x), as text. */
  readonly properties: Readonly<Record<string, string>>;
}

/** What stands in an FPCore program beside its value. */
export interface FpcoreProgram {
  readonly name?: string;
  readonly args: readonly FpcoreArgument[];
  /** Properties as text by their names without the colon: { precision: "binary64", pre: "(< 0 x 1)" }. */
  readonly properties: Readonly<Record<string, string>>;
  readonly body: Term;
  /** Annotated parts of the body, (! :precision binary32 part), in reading order. The term does not carry them. */
  readonly annotations: readonly { readonly properties: Readonly<Record<string, string>>; readonly term: Term }[];
}

type Node =
  | { readonly kind: "list"; readonly at: number; end: number; readonly items: Node[] }
  | { readonly kind: "atom" | "string" | "quoted"; readonly at: number; readonly end: number; readonly text: string };

/** Deepest nesting of brackets. */
const DEEPEST = 1_000;
const BLANK = /\s+|;[^\n]*/y;
const TOKEN = /([([])|([)\]])|"([^"\\]*(?:\\[^][^"\\]*)*)"|\|([^|\\]*(?:\\[^][^|\\]*)*)\||([^\s()[\]";|]+)/y;
const REVERSED = new Map(Object.entries(FPCORE_NAMES).filter(([ours]) => ours !== "neg").map(([ours, theirs]) => [theirs, ours])); // oxfmt-ignore

/** Operations with one rounding, by value; absent in held terms. */
const BY_VALUE: Readonly<Record<string, { readonly count: number; readonly value: (...args: Term[]) => Term }>> = {
  fma: { count: 3, value: (a, b, c) => add(mul(a, b), c) },
  exp2: { count: 1, value: (x) => pow(x.context.number(2), x) },
  exp10: { count: 1, value: (x) => pow(x.context.number(10), x) },
  expm1: { count: 1, value: (x) => sub(call(x.context, "exp", x), 1) },
  log1p: { count: 1, value: (x) => call(x.context, "log", add(x, 1)) },
  hypot: { count: 2, value: (x, y) => sqrt(add(pow(x, 2), pow(y, 2))) },
  fdim: { count: 2, value: (x, y) => call(x.context, "max", sub(x, y), x.context.number(0)) },
  trunc: { count: 1, value: truncated },
  fmod: { count: 2, value: (x, y) => sub(x, mul(y, truncated(div(x, y)))) },
};

const CONSTANTS: Readonly<Record<string, (context: Context) => Term>> = {
  PI: pi,
  E: eulersNumber,
  PI_2: (c) => div(pi(c), 2),
  PI_4: (c) => div(pi(c), 4),
  M_1_PI: (c) => pow(pi(c), -1),
  M_2_PI: (c) => div(c.number(2), pi(c)),
  M_2_SQRTPI: (c) => div(c.number(2), sqrt(pi(c))),
  SQRT2: (c) => sqrt(c.number(2)),
  SQRT1_2: (c) => div(sqrt(c.number(2)), 2),
  LN2: (c) => call(c, "log", c.number(2)),
  LN10: (c) => call(c, "log", c.number(10)),
  LOG2E: (c) => pow(call(c, "log", c.number(2)), -1),
  LOG10E: (c) => pow(call(c, "log", c.number(10)), -1),
};

const UNSUPPORTED: Readonly<Record<string, string>> = {
  while: "loops", "while*": "loops", for: "loops", "for*": "loops", tensor: "tensors", "tensor*": "tensors",
  cast: "casts", dim: "tensors", size: "tensors", ref: "elements of tensors", copysign: "copysign",
  remainder: "remainder", round: "round", nearbyint: "nearbyint", isfinite: "tests of the number format",
  isinf: "tests of the number format", isnan: "tests of the number format", isnormal: "tests of the number format",
  signbit: "tests of the number format",
}; // oxfmt-ignore

/** Reads an FPCore program, or a bare expression (whose properties are empty). */
export function readFpcore(text: string, options: FpcoreReadOptions = {}): FpcoreProgram {
  return new FpcoreReader(text, options).program();
}

type Scope = ReadonlyMap<string, Term>;

class FpcoreReader {
  readonly #source: SourceText;
  readonly #context: Context;
  readonly #held: boolean;
  readonly #annotations: { properties: Readonly<Record<string, string>>; term: Term }[] = [];
  /** Names of arguments; undefined in a bare expression, where any name is a symbol. */
  #declared: Set<string> | undefined;

  constructor(text: string, { context = defaultContext, held = true, source }: FpcoreReadOptions) {
    this.#source = new SourceText(text, source);
    this.#context = context;
    this.#held = held;
  }

  program(): FpcoreProgram {
    const root = this.#nodes();
    const nothing: Scope = new Map();
    if (root.kind !== "list" || root.items[0]?.kind !== "atom" || root.items[0].text !== "FPCore") {
      const body = this.#expression(root, nothing);
      return { args: [], properties: {}, body, annotations: this.#annotations };
    }
    const items = root.items.slice(1);
    const name = items[0]?.kind === "atom" || items[0]?.kind === "quoted" ? items.shift() : undefined;
    const list = items.shift();
    if (list?.kind !== "list") throw this.#fail("the list of arguments is missing", root);
    const args = list.items.map((item) => this.#argument(item));
    this.#declared = new Set(args.map((arg) => arg.name));
    if (this.#declared.size < args.length) throw this.#fail("two arguments have the same name", list);
    const [properties, rest] = this.#properties(items);
    if (rest.length !== 1)
      throw this.#fail(rest.length === 0 ? "the expression is missing" : "more than one expression", rest[1] ?? root);
    const body = this.#expression(rest[0], nothing);
    return {
      name: name?.kind === "list" ? undefined : name?.text,
      args,
      properties,
      body,
      annotations: this.#annotations,
    };
  }

  #fail(
    what: string,
    node: { readonly at: number },
    hint?: string,
    kind: "syntax" | "unsupported" | "name" = "syntax",
  ): Failure {
    return this.#source.fail(what, node.at, hint, kind);
  }

  /** Brackets and atoms, with an explicit stack. */
  #nodes(): Node {
    const { text } = this.#source;
    const stack: (Node & { kind: "list" })[] = [];
    let root: Node | undefined;
    let at = 0;
    for (;;) {
      for (BLANK.lastIndex = at; BLANK.test(text); at = BLANK.lastIndex);
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(text);
      if (found === null) {
        if (at < text.length) throw this.#source.fail(`unexpected ${quoted(text.slice(at, at + 10))}`, at);
        if (stack.length > 0) throw this.#fail(`this "${text[stack.at(-1)!.at]}" is never closed`, stack.at(-1)!);
        if (root === undefined) throw this.#source.fail("the text is empty", at);
        return root;
      }
      at = TOKEN.lastIndex;
      const [, open, close, string, bars, atom] = found;
      const length = open ?? close ?? atom;
      const begin = at - (length !== undefined ? length.length : (string ?? bars).length + 2);
      if (root !== undefined && stack.length === 0)
        throw this.#source.fail(close === undefined ? "text after the expression" : `"${close}" closes nothing`, begin);
      let node: Node;
      if (close !== undefined) {
        const top = stack.pop();
        if (top === undefined) throw this.#source.fail(`"${close}" closes nothing`, begin);
        if ((text[top.at] === "(") !== (close === ")"))
          throw this.#source.fail(`"${close}" does not match "${text[top.at]}"`, begin);
        top.end = at;
        continue;
      }
      if (open !== undefined) node = { kind: "list", at: begin, end: at, items: [] };
      else if (string !== undefined) node = { kind: "string", at: begin, end: at, text: string };
      else if (bars !== undefined) node = { kind: "quoted", at: begin, end: at, text: bars.replace(/\\([^])/g, "$1") };
      else node = { kind: "atom", at: begin, end: at, text: atom };
      if (stack.length > 0) stack[stack.length - 1].items.push(node);
      else root = node;
      if (node.kind === "list") {
        stack.push(node);
        if (stack.length > DEEPEST)
          throw this.#source.fail(`brackets nest deeper than ${DEEPEST} levels`, begin, undefined, "limit");
      }
    }
  }

  #argument(node: Node): FpcoreArgument {
    if (node.kind !== "list") return { name: this.#name(node), properties: {} };
    if (node.items[0]?.kind === "atom" && node.items[0].text === "!") {
      const [properties, rest] = this.#properties(node.items.slice(1));
      if (rest.length === 1) return { name: this.#name(rest[0]), properties };
    }
    throw this.#fail("arguments with sizes are not done", node, undefined, "unsupported");
  }

  #name(node: Node): string {
    if (node.kind === "quoted" && node.text !== "") return node.text;
    if (node.kind === "atom" && this.#literal(node.text) === undefined && !FPCORE_WORDS.has(node.text))
      return node.text;
    throw this.#fail("a name is missing here", node);
  }

  /** :name value pairs at the beginning of a list, and what follows them. */
  #properties(items: readonly Node[]): [Record<string, string>, readonly Node[]] {
    const properties: Record<string, string> = {};
    let at = 0;
    for (; ; at += 2) {
      const key = items[at];
      if (key?.kind !== "atom" || !key.text.startsWith(":")) break;
      const value = items[at + 1];
      if (value === undefined) throw this.#fail(`the property ${quoted(key.text)} has no value`, key);
      Object.defineProperty(properties, key.text.slice(1), {
        value: value.kind === "string" ? value.text : this.#source.text.slice(value.at, value.end),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return [properties, items.slice(at)];
  }

  #literal(text: string): Rational | undefined {
    const fraction = /^([+-]?\d+)\/(\d+)$/.exec(text);
    if (fraction !== null) return exactFraction(fraction[1], fraction[2]);
    const hexadecimal = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d{1,5}))?$/i.exec(text);
    if (hexadecimal !== null && text.length <= MOST_DIGITS && (hexadecimal[2] || hexadecimal[3])) {
      const [, sign, whole, part = "", exponent = "0"] = hexadecimal;
      const size = Q.multiply(Q.rational(BigInt(`0x${whole}${part}`)), Q.power(2, Number(exponent) - 4 * part.length));
      return sign === "-" ? Q.negate(size) : size;
    }
    return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Q.parseDecimal(text.replace("+", "").replace(/e(?=\d)/i, "e")) : undefined; // oxfmt-ignore
  }

  #expression(node: Node, scope: Scope): Term {
    return node.kind === "list" ? this.#list(node, scope) : this.#atom(node, scope);
  }

  #atom(node: Node & { kind: "atom" | "string" | "quoted" }, scope: Scope): Term {
    const { text } = node;
    if (node.kind === "string") throw this.#fail("a string is not an expression", node);
    if (node.kind === "atom") {
      if (/^[+-]?(?:\.?\d|0x)/i.test(text)) {
        const value = this.#source.guard(node.at, () => this.#literal(text));
        if (value === undefined) throw this.#fail(`${quoted(text)} is not a number that can be kept exactly`, node);
        return this.#context.number(value);
      }
      if (Object.hasOwn(CONSTANTS, text)) {
        if (this.#held && text !== "PI" && text !== "E")
          throw this.#fail(
            `${text} cannot be kept as written`,
            node,
            "Read it as an ordinary term, by value.",
            "unsupported",
          );
        return CONSTANTS[text](this.#context);
      }
      if (["INFINITY", "NAN", "TRUE", "FALSE"].includes(text))
        throw this.#fail(`${text} cannot stand in a term`, node, undefined, "unsupported");
      if (FPCORE_WORDS.has(text) || text.startsWith(":")) throw this.#fail(`${quoted(text)} cannot stand here`, node);
    } else if (text === "") throw this.#fail("a name is empty", node);
    const local = scope.get(text);
    if (local !== undefined) return local;
    if (this.#declared?.has(text) === false)
      throw this.#fail(`${quoted(text)} is not an argument`, node, "Enter it in the list of arguments.", "name");
    return this.#context.symbol(text);
  }

  #list(node: Node & { kind: "list" }, scope: Scope): Term {
    const [head, ...rest] = node.items;
    if (head === undefined) throw this.#fail("the brackets are empty", node);
    if (head.kind !== "atom") throw this.#fail("an operation is missing here", head);
    const name = head.text;
    if (name === "let" || name === "let*") return this.#let(node, rest, scope, name === "let*");
    if (name === "if") return this.#if(node, scope);
    if (name === "!") return this.#annotated(node, rest, scope);
    if (name === "FPCore") throw this.#fail("a program inside an expression", head);
    if (Object.hasOwn(UNSUPPORTED, name))
      throw this.#fail(`not done: ${UNSUPPORTED[name]}`, head, undefined, "unsupported");
    const args = rest.map((each) => this.#expression(each, scope));
    return this.#source.guard(head.at, () => this.#apply(name, args));
  }

  #apply(name: string, args: readonly Term[]): Term {
    const context = this.#context;
    if (name === "array") return array(context, args);
    if (Object.hasOwn(BY_VALUE, name)) {
      if (this.#held)
        throw new Failure("unsupported", `${name} cannot be kept as written`, {
          hint: "It is rounded once, and held terms have no such operation. Read it as an ordinary term, by value.",
        });
      const { count, value } = BY_VALUE[name];
      for (const arg of args) requireValue(name, arg);
      if (args.length !== count) throw new Failure("usage", `${name} takes ${count} arguments, not ${args.length}`);
      return value(...args);
    }
    const ours = REVERSED.get(name) ?? name;
    const known = ["+", "-", "*", "/", "^", "<", ">", "<=", ">=", "=", "!=", "and", "or", "not"].includes(ours);
    if ((!known && (functionRule(ours)?.arity[1] ?? 0) === 0) || name === "^" || name === "=" || name === "abs")
      throw new Failure("name", `unknown operation ${quoted(name)}`);
    return this.#held ? appliedHeld(context, ours, args) : applied(context, ours, args);
  }

  #let(node: Node, rest: readonly Node[], scope: Scope, sequential: boolean): Term {
    const [bindings, body] = rest;
    if (rest.length !== 2 || bindings.kind !== "list")
      throw this.#fail("let takes a list of bindings and an expression", node);
    const inner = new Map(scope);
    const names = new Set<string>();
    for (const binding of bindings.items) {
      if (binding.kind !== "list" || binding.items.length !== 2)
        throw this.#fail("a binding is written (name expression)", binding);
      const name = this.#name(binding.items[0]);
      if (!sequential && names.has(name)) throw this.#fail(`${quoted(name)} is bound twice`, binding);
      names.add(name);
      inner.set(name, this.#expression(binding.items[1], sequential ? inner : scope));
    }
    return this.#expression(body, inner);
  }

  /** (if c a (if d b e)) is one conditional with two cases. */
  #if(node: Node & { kind: "list" }, scope: Scope): Term {
    const cases: [Term, Term][] = [];
    let at: Node = node;
    while (at.kind === "list" && at.items[0]?.kind === "atom" && at.items[0].text === "if") {
      if (at.items.length !== 4) throw this.#fail("if takes a condition and two expressions", at);
      const condition = this.#expression(at.items[1], scope);
      if (!isCondition(condition)) throw this.#fail("this is not a condition", at.items[1]);
      cases.push([this.#value(at.items[2], scope), condition]);
      at = at.items[3];
    }
    return piecewise(cases, this.#value(at, scope));
  }

  #value(node: Node, scope: Scope): Term {
    const term = this.#expression(node, scope);
    if (isCondition(term))
      throw this.#fail("a condition cannot be the value of a conditional", node, undefined, "unsupported");
    return term;
  }

  #annotated(node: Node, rest: readonly Node[], scope: Scope): Term {
    const [properties, left] = this.#properties(rest);
    if (left.length !== 1) throw this.#fail("an annotation takes properties and one expression", node);
    const [inner] = left;
    if (
      inner.kind === "atom" &&
      properties.precision === "binary64" &&
      /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(inner.text)
    )
      // oxfmt-ignore
      return this.#source.guard(inner.at, () => this.#context.float(Number(inner.text)));
    const term = this.#expression(inner, scope);
    if (Object.keys(properties).length > 0) this.#annotations.push({ properties, term });
    return term;
  }
}
