// Mathematics of SBML: names by the instance they stand in, local names, function definitions, and the symbols for time,
// Avogadro's number, delayed values and rates. SBML Level 3 Version 2 Core, section 3.4; Level 2 Version 5, section 3.4.
import { Failure } from "../../base/index.ts";
import { Q } from "../../number/index.ts";
import {
  type Context,
  diff,
  type Dialect,
  div,
  freeSymbols,
  index,
  isCondition,
  Kind,
  localName,
  mul,
  neg,
  add,
  postorder,
  readMathmlElement,
  relation,
  substitute,
  type Term,
  XmlElement as Element,
  type XmlElement,
} from "../../term/index.ts";
import type { Definition, DelayedValue } from "../model.ts";
import type { Factor, Instance } from "./composition.ts";
import { mixedOperation, toCondition, toValue } from "./conditions.ts";

const SYMBOLS = "http://www.sbml.org/sbml/symbols/";
/** Avogadro's number as SBML fixes it (CODATA 2006). */
const AVOGADRO = "6.02214179e23";
/** Deepest nesting of calls among function definitions. */
const DEEPEST = 100;

interface FunctionDefinition {
  readonly node: XmlElement;
  readonly instance: Instance;
  body?: { readonly parameters: readonly Term[]; readonly term: Term };
}

/** Names that stand for something inside one element only. */
export type Locals = ReadonlyMap<string, Term>;

const NO_LOCALS: Locals = new Map();

export class Mathematics {
  readonly context: Context;
  readonly time: Term;
  /** Kinds of all quantities of the flat model. */
  readonly #kinds: ReadonlyMap<string, { readonly kind: string }>;
  readonly #functions = new Map<string, FunctionDefinition>();
  readonly #delays = new Map<Term, DelayedValue>();
  readonly #open: string[] = [];
  /** Names X whose rate was asked for; it is the symbol `X.rate`. */
  readonly rates = new Set<string>();
  /** Values that no term can hold: symbol name -> value. */
  readonly specials = new Map<string, number>();

  constructor(context: Context, time: Term, kinds: ReadonlyMap<string, { readonly kind: string }>) {
    this.context = context;
    this.time = time;
    this.#kinds = kinds;
  }

  get delays(): readonly DelayedValue[] {
    return [...this.#delays.values()];
  }

  define(name: string, instance: Instance, node: XmlElement): void {
    this.#functions.set(name, { instance, node });
  }

  isFunction(name: string): boolean {
    return this.#functions.has(name);
  }

  /** Infinity, minus infinity or NaN: a parameter of that value. */
  special(value: number): Term {
    if (value === Number.NEGATIVE_INFINITY) return neg(this.special(Number.POSITIVE_INFINITY));
    const plain = Number.isNaN(value) ? "notanumber" : "infinity";
    const name = this.#kinds.has(plain) ? `.${plain}` : plain;
    this.specials.set(name, value);
    return this.context.symbol(name);
  }

  /** The value that an attribute gives. */
  attribute(instance: Instance, node: XmlElement, name: string): Term | undefined {
    const text = node.attributes[name]?.trim();
    if (text === undefined) return undefined;
    if (/^[+-]?inf$/i.test(text)) return this.special(text.startsWith("-") ? -Infinity : Infinity);
    if (/^nan$/i.test(text)) return this.special(Number.NaN);
    const value = text.length > 1000 ? undefined : Q.parseDecimal(text.replace(/^\+/, ""));
    if (value === undefined) throw instance.document.fail(node, `${name}="${text.slice(0, 40)}" is not a number`);
    return this.context.number(value);
  }

  /** What a name in an instance stands for, or undefined. */
  symbol(instance: Instance, id: string): Term | undefined {
    const named = instance.resolve(id);
    const name = `${named.instance.prefix}${named.id}`;
    const quantity = this.#kinds.get(name);
    if (quantity === undefined) return undefined;
    let term = this.context.symbol(name);
    for (const factor of named.factors) term = div(term, this.factor(factor));
    // A reaction elsewhere that stands for one of this instance has its own extent and time.
    if (quantity.kind === "reaction" && named.instance === instance)
      term = div(mul(term, this.product(instance.timeFactors)), this.product(instance.extentFactors));
    return term;
  }

  factor(factor: Factor): Term {
    const { instance, parameter } = factor;
    const term = this.symbol(instance, parameter);
    if (term === undefined)
      throw instance.document.fail(
        instance.model,
        `the conversion factor "${parameter}" is not defined`,
        undefined,
        "name",
      );
    return term;
  }

  product(factors: readonly Factor[]): Term {
    return factors.reduce((product, factor) => mul(product, this.factor(factor)), this.context.number(1) as Term);
  }

  /** The mathematics in an element: its <math>; undefined where it is missing or empty. */
  in(instance: Instance, node: XmlElement, locals: Locals = NO_LOCALS): Term | undefined {
    const math = mathOf(node);
    if (math === undefined || !math.children.some((child) => child instanceof Element)) return undefined;
    return this.read(instance, math, locals);
  }

  /** The same as a value: 1 or 0 for a condition. */
  value(instance: Instance, node: XmlElement, locals?: Locals): Term | undefined {
    const term = this.in(instance, node, locals);
    return term === undefined ? undefined : toValue(term);
  }

  condition(instance: Instance, node: XmlElement): Term | undefined {
    const term = this.in(instance, node);
    return term === undefined ? undefined : toCondition(term);
  }

  read(instance: Instance, math: XmlElement, locals: Locals): Term {
    const { source } = instance.document;
    return source.guard(math.start, () =>
      this.#settle(readMathmlElement(math, source, this.context, this.#dialect(instance, locals))),
    );
  }

  #dialect(instance: Instance, locals: Locals): Dialect {
    const { context } = this;
    return {
      symbol: (name) => locals.get(name) ?? this.symbol(instance, name),
      constant: (element) => {
        switch (element) {
          case "true":
            return relation("<", context.number(0), context.number(1));
          case "false":
            return relation("<", context.number(1), context.number(0));
          case "infinity":
            return this.special(Infinity);
          case "notanumber":
            return this.special(Number.NaN);
        }
        return undefined;
      },
      csymbol: (url, args) => this.#csymbol(instance, url, args),
      call: (name, args) => this.#call(instance, name, args),
      operation: (name, args) => mixedOperation(context, name, args),
      toValue,
      toCondition,
      otherwise: () => this.special(Number.NaN),
    };
  }

  #csymbol(instance: Instance, url: string, args: readonly Term[] | undefined): Term | undefined {
    if (!url.startsWith(SYMBOLS)) return undefined;
    const name = url.slice(SYMBOLS.length);
    if (args === undefined) {
      if (name === "time") return div(this.time, this.product(instance.timeFactors));
      if (name === "avogadro") return this.context.number(Q.parseDecimal(AVOGADRO)!);
      return undefined;
    }
    if (name === "delay") {
      if (args.length !== 2) throw new Failure("usage", `delay takes two arguments, not ${args.length}`);
      return index(this.context.symbol(".delay"), args[0], mul(args[1], this.product(instance.timeFactors)));
    }
    if (name === "rateOf") {
      if (args.length !== 1) throw new Failure("usage", `rateOf takes one argument, not ${args.length}`);
      return mul(index(this.context.symbol(".rateOf"), args[0]), this.product(instance.timeFactors));
    }
    return undefined;
  }

  #call(instance: Instance, name: string, args: readonly Term[]): Term | undefined {
    const flat = instance.flat(name);
    const definition = this.#functions.get(flat);
    if (definition === undefined) return undefined;
    const body = (definition.body ??= this.#body(flat, definition));
    if (body.parameters.length !== args.length)
      throw new Failure(
        "usage",
        `the function "${name}" takes ${body.parameters.length} arguments, not ${args.length}`,
      );
    const values = new Map<Term, Term>(body.parameters.map((parameter, i) => [parameter, toValue(args[i])]));
    let term = substitute(body.term, values);
    // A condition that was handed in as 1 or 0 and is asked whether it is 0.
    const back = args.flatMap((arg) => (isCondition(arg) ? [[relation("!=", toValue(arg), 0), arg] as const] : []));
    if (back.length > 0) term = substitute(term, new Map(back));
    return term;
  }

  #body(name: string, { instance, node }: FunctionDefinition): NonNullable<FunctionDefinition["body"]> {
    const { document } = instance;
    if (this.#open.includes(name)) throw document.fail(node, `the function "${name}" uses itself`);
    if (this.#open.length >= DEEPEST)
      throw document.fail(node, `functions use each other to more than ${DEEPEST} levels`, undefined, "limit");
    const missing = document.fail(node, "a function definition without <lambda> cannot be used");
    let lambda = mathOf(node)?.children.find((child): child is XmlElement => child instanceof Element);
    while (lambda !== undefined && localName(lambda) === "semantics")
      lambda = lambda.children.find((child): child is XmlElement => child instanceof Element);
    if (lambda === undefined || localName(lambda) !== "lambda") throw missing;
    const parts = lambda.children.filter((child): child is XmlElement => child instanceof Element);
    const names = parts.filter((part) => localName(part) === "bvar").map((part) => part.text.trim());
    const bodies = parts.filter((part) => localName(part) !== "bvar");
    if (bodies.length !== 1) throw document.fail(lambda, "<lambda> holds arguments and one expression");
    const locals = new Map(names.map((each) => [each, this.context.symbol(`.${name}.${each}`)]));
    if (locals.size !== names.length) throw document.fail(lambda, "two arguments have the same name");
    this.#open.push(name);
    try {
      const { source } = document;
      const term = source.guard(bodies[0].start, () =>
        readMathmlElement(bodies[0], source, this.context, this.#dialect(instance, locals)),
      );
      return { parameters: [...locals.values()], term };
    } finally {
      this.#open.pop();
    }
  }

  /** Replaces delayed values by symbols and rates of change by the symbols `X.rate`. */
  #settle(term: Term): Term {
    const settled = new Map<Term, Term>();
    for (const part of postorder([term])) {
      if (part.kind !== Kind.index) continue;
      const [head, ...rest] = part.args;
      const args = rest.map((arg) => (settled.size === 0 ? arg : substitute(arg, settled)));
      if (head.name === ".rateOf") settled.set(part, this.rateOf(args[0]));
      else if (head.name === ".delay") settled.set(part, this.#delayed(args[0], args[1]));
    }
    return settled.size === 0 ? term : substitute(term, settled);
  }

  /** The derivative of a term by time, in symbols `X.rate`. */
  rateOf(term: Term): Term {
    let sum: Term = diff(term, this.time);
    for (const symbol of freeSymbols(term)) {
      if (symbol === this.time || this.specials.has(symbol.name)) continue;
      if (symbol.name.startsWith(".delay"))
        throw new Failure("unsupported", "the rate of change of a delayed value is not done");
      this.rates.add(symbol.name);
      sum = add(sum, mul(diff(term, symbol), this.context.symbol(`${symbol.name}.rate`)));
    }
    return sum;
  }

  #delayed(value: Term, delay: Term): Term {
    if (delay.kind === Kind.number && delay.value === 0) return value;
    const key = index(this.context.symbol(".delay"), value, delay);
    let known = this.#delays.get(key);
    if (known === undefined) {
      known = { symbol: this.context.symbol(`.delay.${this.#delays.size + 1}`), value, delay };
      this.#delays.set(key, known);
    }
    return known.symbol;
  }
}

function mathOf(node: XmlElement): XmlElement | undefined {
  return node.children.find((child): child is XmlElement => child instanceof Element && localName(child) === "math");
}

/** A term with a name and the place it was read at. */
export function definition(instance: Instance, node: XmlElement, name: string, term: Term): Definition {
  return { name, term, place: instance.document.place(node) };
}
