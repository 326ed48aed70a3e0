// Reading terms from JSON (the form is described in json-print.ts), with validation: every object must be one of the known
// forms, every operation known and given what it takes, every bound variable inside its range. Objects become terms as
// they close, from an explicit stack, so depth is limited by memory only. Also read: "-", "/" and "neg"; decimals, exactly.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { applied, element, requireValue } from "./apply.ts";
import { array } from "./array.ts";
import { isCondition, piecewise } from "./build.ts";
import { type Context, defaultContext } from "./context.ts";
import { functionRule } from "./functions.ts";
import { held } from "./held.ts";
import { make } from "./interface.ts";
import { exactFraction, quoted, SourceText } from "./place.ts";
import { Kind, type Term } from "./term.ts";

export interface JsonReadOptions {
  readonly context?: Context;
  /** File name for messages. */
  readonly source?: string;
}

/** A term under way; `loose` is the number of ranges it needs around it. */
interface Item {
  readonly term: Term;
  readonly loose: number;
}

type Value =
  | { readonly kind: "string" | "number" | "word"; readonly at: number; readonly text: string }
  | { readonly kind: "item"; readonly at: number; readonly item: Item }
  | { readonly kind: "list"; readonly at: number; readonly values: Value[] };

type Open =
  | { readonly kind: "list"; readonly at: number; readonly values: Value[] }
  | { readonly kind: "object"; readonly at: number; readonly fields: Map<string, Value>; key?: string };

// JSON forbids just these control characters in strings.
const TOKEN =
  // oxlint-disable-next-line no-control-regex
  /\s*(?:("[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.]))|([{}[\]:,])|(\w+))/y;
const BINDERS: readonly string[] = ["comprehension", "reduce:sum", "reduce:product", "reduce:min", "reduce:max"];
const PLAIN = new Set([..."+-*/^=<>", "neg", "!=", "<=", ">=", "and", "or", "not"]);

/** Reads one term from JSON text. */
export function readJson(text: string, options: JsonReadOptions = {}): Term {
  return new JsonReader(text, options).read();
}

class JsonReader {
  readonly #source: SourceText;
  readonly #context: Context;
  #at = 0;

  constructor(text: string, { context = defaultContext, source }: JsonReadOptions) {
    this.#source = new SourceText(text, source);
    this.#context = context;
  }

  read(): Term {
    const stack: Open[] = [];
    for (;;) {
      let value = this.#begin(stack);
      // A finished value goes into what is open around it; that may finish in turn.
      while (value !== undefined) {
        const around = stack.at(-1);
        if (around === undefined) return this.#end(value);
        if (around.kind === "list") around.values.push(value);
        else around.fields.set(around.key!, value);
        value = this.#continue(stack);
      }
    }
  }

  #fail(what: string, at: number, hint?: string): Failure {
    return this.#source.fail(what, at, hint);
  }

  #token(): { text: string; kind: "string" | "number" | "mark" | "word"; at: number } {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#source.text);
    if (found === null) {
      const blank = /\s*/y;
      blank.lastIndex = this.#at;
      const at = this.#at + blank.exec(this.#source.text)![0].length;
      if (at >= this.#source.text.length)
        throw this.#fail(
          at === 0 || this.#source.text.trim() === "" ? "the text is empty" : "the text ends too early",
          at,
        );
      throw this.#fail(`unexpected ${quoted(this.#source.text.slice(at, at + 10))}`, at);
    }
    this.#at = TOKEN.lastIndex;
    const text = found[1] ?? found[2] ?? found[3] ?? found[4];
    const at = this.#at - text.length;
    const kind = found[1] !== undefined ? "string" : found[2] !== undefined ? "number" : found[3] !== undefined ? "mark" : "word"; // oxfmt-ignore
    return { text, kind, at };
  }

  /** Reads the beginning of a value; gives it if it is finished. */
  #begin(stack: Open[]): Value | undefined {
    const { text, kind, at } = this.#token();
    if (kind === "string") return { kind: "string", at, text: this.#string(text, at) };
    if (kind === "number" || kind === "word") return { kind, at, text };
    if (text !== "[" && text !== "{") throw this.#fail(`a value is missing before ${quoted(text)}`, at);
    const before = this.#at;
    const next = this.#token();
    if (text === "[") {
      if (next.text === "]" && next.kind === "mark") return { kind: "list", at, values: [] };
      stack.push({ kind: "list", at, values: [] });
      this.#at = before;
      return undefined;
    }
    if (next.text === "}" && next.kind === "mark") throw this.#fail("the object is empty", at, FORMS);
    this.#at = before;
    const open: Open & { kind: "object" } = { kind: "object", at, fields: new Map() };
    stack.push(open);
    this.#key(open);
    return undefined;
  }

  /** After a value inside `stack.at(-1)`: a comma or the end; gives the enclosing value if it is finished. */
  #continue(stack: Open[]): Value | undefined {
    const open = stack.at(-1)!;
    const { text, kind, at } = this.#token();
    if (kind === "mark" && text === ",") {
      if (open.kind === "object") this.#key(open);
      return undefined;
    }
    if (kind !== "mark" || text !== (open.kind === "list" ? "]" : "}"))
      throw this.#fail(`"," or "${open.kind === "list" ? "]" : "}"}" is missing before ${quoted(text)}`, at);
    stack.pop();
    if (open.kind === "list") return open;
    return { kind: "item", at: open.at, item: this.#object(open.fields, open.at) };
  }

  #key(open: Open & { kind: "object" }): void {
    const { text, kind, at } = this.#token();
    if (kind !== "string") throw this.#fail(`a key in quotes is missing before ${quoted(text)}`, at);
    open.key = this.#string(text, at);
    if (open.fields.has(open.key)) throw this.#fail(`the key ${quoted(open.key)} stands twice`, at);
    const colon = this.#token();
    if (colon.text !== ":" || colon.kind !== "mark")
      throw this.#fail(`":" is missing before ${quoted(colon.text)}`, colon.at);
  }

  #string(text: string, at: number): string {
    try {
      return JSON.parse(text) as string;
    } catch {
      throw this.#fail("the string has a wrong escape", at);
    }
  }

  #end(value: Value): Term {
    const blank = /\s*/y;
    blank.lastIndex = this.#at;
    this.#at += blank.exec(this.#source.text)![0].length;
    if (this.#at < this.#source.text.length) throw this.#fail("text after the term", this.#at);
    const { term, loose } = this.#item(value);
    if (loose > 0) throw this.#fail("a bound variable stands outside its range", value.at);
    return term;
  }

  #item(value: Value): Item {
    switch (value.kind) {
      case "item":
        return value.item;
      case "string":
        return { term: this.#source.guard(value.at, () => this.#context.symbol(value.text)), loose: 0 };
      case "number":
        return { term: this.#context.number(this.#number(value.text, value.at)), loose: 0 };
      default:
        throw this.#fail(
          value.kind === "list" ? "a list is not a term" : `${quoted(value.text)} is not a term`,
          value.at,
          FORMS,
        );
    }
  }

  #number(text: string, at: number): Rational {
    const fraction = /^(-?\d+)(?:\/(\d+))?$/.exec(text);
    if (fraction !== null) return this.#source.guard(at, () => exactFraction(fraction[1], fraction[2] ?? "1"));
    const value = Q.parseDecimal(text);
    if (value === undefined) throw this.#fail(`${quoted(text)} is not a number that can be kept exactly`, at);
    return value;
  }

  #object(fields: ReadonlyMap<string, Value>, at: number): Item {
    const allowed = fields.has("op")
      ? ["op", "args"]
      : ["number", "float", "bound"].filter((key) => fields.has(key)).slice(0, 1);
    const stranger = [...fields.keys()].find((key) => !allowed.includes(key));
    if (stranger !== undefined)
      throw this.#fail(`the key ${quoted(stranger)} is not known here`, fields.get(stranger)!.at, FORMS);
    if (fields.has("op")) return this.#operation(fields.get("op")!, fields.get("args"), at);
    const [key] = allowed;
    const value = fields.get(key)!;
    if (value.kind !== "string" && value.kind !== "number") throw this.#fail(`"${key}" takes a number`, value.at);
    if (key === "number") return { term: this.#context.number(this.#number(value.text, value.at)), loose: 0 };
    if (key === "float") {
      if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value.text))
        throw this.#fail(`${quoted(value.text)} is not a double`, value.at);
      return { term: this.#source.guard(value.at, () => this.#context.float(Number(value.text))), loose: 0 };
    }
    if (value.kind !== "number" || !/^\d{1,6}$/.test(value.text))
      throw this.#fail('"bound" takes a small natural number', value.at);
    return this.#bound(Number(value.text));
  }

  #bound(level: number): Item {
    return { term: this.#context.intern(Kind.bound, "", level, [], []), loose: level + 1 };
  }

  #operation(op: Value, list: Value | undefined, at: number): Item {
    if (op.kind !== "string") throw this.#fail('"op" takes the name of an operation in quotes', op.at);
    if (list === undefined) throw this.#fail('"args" is missing', at, FORMS);
    if (list.kind !== "list") throw this.#fail('"args" takes a list', list.at);
    const items = list.values.map((value) => this.#item(value));
    const name = op.text;
    const binder = BINDERS.includes(name);
    let loose = 0;
    items.forEach((item, i) => {
      loose = Math.max(loose, binder && i === 0 ? item.loose - 1 : item.loose);
    });
    const term = this.#source.guard(op.at, () => this.#build(name, items.map((item) => item.term))); // oxfmt-ignore
    return { term, loose };
  }

  #build(name: string, args: readonly Term[]): Term {
    const context = this.#context;
    if (BINDERS.includes(name)) {
      if (args.length !== 3)
        throw new Failure("usage", `"${name}" takes body, from and to, not ${args.length} arguments`);
      if (args.slice(1).some(isCondition)) throw new Failure("domain", "a condition cannot bound a range");
      return make(context, name, args);
    }
    if (name === "array") return array(context, args);
    if (name === "index") {
      if (args.length < 2) throw new Failure("usage", '"index" takes an array and indices');
      return element(args[0], args.slice(1));
    }
    if (name === "piecewise") {
      if (args.length < 3 || args.length % 2 === 0)
        throw new Failure("usage", '"piecewise" takes value, condition, ..., otherwise');
      const cases = args.slice(0, -1).flatMap((value, i) => (i % 2 === 0 ? [[value, args[i + 1]] as const] : []));
      return piecewise(cases, args[args.length - 1]);
    }
    if (name.startsWith("held:")) {
      for (const arg of args) requireValue(name, arg);
      if (args.length > 2) throw new Failure("usage", `${args.length} arguments of ${quoted(name)} are too many`);
      return held(context, name.slice(5), ...args);
    }
    if (!PLAIN.has(name) && functionRule(name) === undefined)
      throw new Failure("name", `${quoted(name)} is not an operation`, {
        hint: 'Operations are + - * / ^ neg, relations, "and", "or", "not", "piecewise", "array", "index", ranges, "held:..." and functions.',
      });
    return applied(context, name, args);
  }
}

const FORMS = 'A term is a number, a string (a symbol), {"op", "args"}, {"number"}, {"float"} or {"bound"}.';
