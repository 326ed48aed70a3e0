// Reading content MathML 3 (w3.org/TR/MathML3, chapter 4), the part that expressions and SBML need. XML is read by
// xml.ts. Decimals are exact; <cn type="double"> is the double. Matrices are arrays of rows; x in a set or an
// interval is a condition; derivatives are carried out. A Dialect gives names, constants and functions another meaning
// (SBML's). Refused otherwise: presentation markup, integrals, limits, lambda, sets and intervals as values, infinities,
// booleans, delays.
import { XmlCdata, XmlText } from "@rgrove/parse-xml";
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { applied, chain, element, derived, factorial, truncated } from "./apply.ts";
import { array, comprehension, reduction, type ReductionName } from "./array.ts";
import { div, isCondition, logic, logicOf, mul, piecewise, pow, relation, sub } from "./build.ts";
import { type Context, defaultContext } from "./context.ts";
import { diff } from "./diff.ts";
import { call, eulersNumber, functionRule, pi } from "./functions.ts";
import { MATHML_OPERATIONS, OPENMATH, PRESENTATION } from "./mathml-names.ts";
import { exactFraction, quoted, SourceText } from "./place.ts";
import { Kind, type Term } from "./term.ts";
import { childElements, failAt, readXml, tag, XmlElement } from "./xml.ts";

/**
 * What mathematics of a kind of document means where content MathML leaves it open. Each function may return undefined: not
 * known, which is refused. Failures without a place get that of the element.
 */
export interface Dialect {
  /** The meaning of a name. */
  readonly symbol: (name: string) => Term | undefined;
  /** The meaning of an element without arguments: true, infinity ... */
  readonly constant?: (element: string) => Term | undefined;
  /** A <csymbol> by the address that defines it; `args` where it is applied. */
  readonly csymbol?: (url: string, args: readonly Term[] | undefined) => Term | undefined;
  /** A call of a function that the document defines. */
  readonly call?: (name: string, args: readonly Term[]) => Term | undefined;
  /** An operation before its ordinary meaning is looked for. */
  readonly operation?: (name: string, args: readonly Term[]) => Term | undefined;
  /** A condition where a value belongs. */
  readonly toValue?: (condition: Term) => Term;
  /** A value where a condition belongs. */
  readonly toCondition?: (value: Term) => Term;
  /** The value of a piecewise expression where no case holds and nothing else is given. */
  readonly otherwise?: () => Term;
}

export interface MathmlReadOptions {
  readonly context?: Context;
  /** File name for messages. */
  readonly source?: string;
}

const QUALIFIERS = new Set(["bvar", "lowlimit", "uplimit", "degree", "logbase", "condition", "domainofapplication", "momentabout", "interval"]); // oxfmt-ignore
const CONNECTIVES = new Set(["and", "or", "not", "xor", "implies"]);
const REFUSED: Readonly<Record<string, string>> = {
  int: "integrals", limit: "limits", lambda: "functions without a name", declare: "declarations", infinity: "infinity",
  notanumber: "NaN", true: "truth values", false: "truth values", imaginaryi: "the imaginary unit",
  eulergamma: "Euler's constant", set: "sets as values", list: "lists", interval: "intervals as values",
  cerror: "errors", cs: "strings", cbytes: "bytes", bind: "bindings", share: "shared parts", partialdiff: "partial derivatives",
  forall: "quantifiers", exists: "quantifiers", integers: "sets as values", reals: "sets as values",
}; // oxfmt-ignore

/** Reads one expression of content MathML: a <math> element or what stands in one. */
export function readMathml(text: string, options: MathmlReadOptions = {}): Term {
  const source = new SourceText(text, options.source);
  const reader = new MathmlReader(source, options.context ?? defaultContext);
  const root = readXml(source);
  return reader.read(root);
}

/** The expression in an element of a document that was read by `readXml`: <math> or what stands in one. */
export function readMathmlElement(node: XmlElement, source: SourceText, context: Context, dialect: Dialect): Term {
  return new MathmlReader(source, context, dialect).read(node);
}

interface Parts {
  readonly args: readonly XmlElement[];
  readonly qualifiers: ReadonlyMap<string, XmlElement>;
}

class MathmlReader {
  readonly #source: SourceText;
  readonly #context: Context;

  readonly #dialect: Dialect | undefined;

  constructor(source: SourceText, context: Context, dialect?: Dialect) {
    this.#source = source;
    this.#context = context;
    this.#dialect = dialect;
  }

  read(root: XmlElement): Term {
    return this.#term(tag(root) === "math" ? this.#only(root) : root);
  }

  #fail(
    what: string,
    node: XmlElement,
    hint?: string,
    kind: "syntax" | "unsupported" | "name" | "usage" = "syntax",
  ): Failure {
    return failAt(this.#source, node, what, hint, kind);
  }

  #children(node: XmlElement): XmlElement[] {
    return childElements(this.#source, node);
  }

  #only(node: XmlElement): XmlElement {
    const children = this.#children(node);
    if (children.length !== 1)
      throw this.#fail(`<${node.name}> holds ${children.length === 0 ? "nothing" : "more than one expression"}`, node);
    return children[0];
  }

  #text(node: XmlElement): string {
    let text = "";
    for (const child of node.children)
      if (child instanceof XmlText || child instanceof XmlCdata) text += child.text;
      else if (child instanceof XmlElement)
        throw this.#fail(PRESENTATION.has(tag(child)) ? "names in presentation markup are not done" : `<${child.name}> cannot stand in <${node.name}>`, child, undefined, "unsupported"); // oxfmt-ignore
    return text.trim();
  }

  #value(node: XmlElement): Term {
    const term = this.#term(node);
    if (!isCondition(term)) return term;
    if (this.#dialect?.toValue !== undefined) return this.#dialect.toValue(term);
    throw this.#fail("a condition stands where a value belongs", node);
  }

  #condition(node: XmlElement): Term {
    const term = this.#term(node);
    if (isCondition(term)) return term;
    if (this.#dialect?.toCondition !== undefined) return this.#dialect.toCondition(term);
    throw this.#fail("this is not a condition", node);
  }

  #term(node: XmlElement): Term {
    const name = tag(node);
    switch (name) {
      case "cn":
        return this.#number(node);
      case "ci":
        return this.#source.guard(node.start, () => this.#symbol(node));
      case "csymbol":
        return this.#csymbol(node);
      case "pi":
        return pi(this.#context);
      case "exponentiale":
        return eulersNumber(this.#context);
      case "apply":
        return this.#apply(node);
      case "piecewise":
        return this.#piecewise(node);
      case "vector":
        return this.#vector(node);
      case "matrix":
        return array(
          this.#context,
          this.#children(node).map((row) => this.#row(row)),
        );
      case "semantics": {
        const [first] = this.#children(node);
        if (first === undefined) throw this.#fail("<semantics> is empty", node);
        return this.#term(first);
      }
    }
    const constant = this.#dialect?.constant?.(name);
    if (constant !== undefined) return constant;
    if (PRESENTATION.has(name))
      throw this.#fail(`<${node.name}> is presentation markup, which says how mathematics looks and not what it means`, node, "Give content markup: <apply>, <ci>, <cn> ...", "unsupported"); // oxfmt-ignore
    if (Object.hasOwn(REFUSED, name)) throw this.#fail(`not done: ${REFUSED[name]}`, node, undefined, "unsupported");
    throw this.#fail(
      Object.hasOwn(MATHML_OPERATIONS, name) ? `<${node.name}> stands outside <apply>` : `<${node.name}> is not known`,
      node,
      undefined,
      Object.hasOwn(MATHML_OPERATIONS, name) ? "syntax" : "unsupported",
    );
  }

  #symbol(node: XmlElement): Term {
    const name = this.#text(node);
    if (this.#dialect === undefined) return this.#context.symbol(name);
    const known = this.#dialect.symbol(name);
    if (known === undefined) throw this.#fail(`${quoted(name)} is not defined`, node, undefined, "name");
    return known;
  }

  #number(node: XmlElement): Term {
    const type = node.attributes.type ?? "real";
    if ((node.attributes.base ?? "10") !== "10")
      throw this.#fail("numbers of another base than 10 are not done", node, undefined, "unsupported");
    const pieces = [""];
    for (const child of node.children)
      if (child instanceof XmlText || child instanceof XmlCdata) pieces[pieces.length - 1] += child.text;
      else if (child instanceof XmlElement) {
        if (tag(child) !== "sep") throw this.#fail(`<${child.name}> cannot stand in <cn>`, child);
        pieces.push("");
      }
    const texts = pieces.map((piece) => piece.trim());
    const wrong = (): Failure => this.#fail(`${quoted(texts.join(" "))} is not a number of type ${quoted(type)}`, node);
    const decimal = (text: string): ReturnType<typeof Q.rational> => {
      const value = Q.parseDecimal(text.replace(/^\+/, ""));
      if (value === undefined) throw wrong();
      return value;
    };
    const integer = (text: string): bigint => {
      if (!/^[+-]?\d+$/.test(text)) throw wrong();
      return Q.numerator(exactFraction(text, "1"));
    };
    const parts = type === "rational" || type === "e-notation" ? 2 : 1;
    if (texts.length !== parts) throw wrong();
    return this.#source.guard(node.start, () => {
      switch (type) {
        case "integer":
          return this.#context.number(Q.rational(integer(texts[0])));
        case "real":
          return this.#context.number(decimal(texts[0]));
        case "double":
          if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(texts[0])) throw wrong();
          return this.#context.float(Number(texts[0]));
        case "rational": {
          if (!/^[+-]?\d+$/.test(texts[0]) || !/^\d+$/.test(texts[1])) throw wrong();
          return this.#context.number(exactFraction(texts[0], texts[1]));
        }
        case "e-notation": {
          const exponent = integer(texts[1]);
          if (exponent > 9999n || exponent < -9999n) throw wrong();
          return this.#context.number(Q.multiply(decimal(texts[0]), Q.power(10, Number(exponent))));
        }
      }
      throw this.#fail(`numbers of type ${quoted(type)} are not done`, node, undefined, "unsupported");
    });
  }

  /** Constants of strict markup, and the time of SBML as a symbol. */
  #csymbol(node: XmlElement): Term {
    const text = this.#text(node);
    const url = node.attributes.definitionURL ?? "";
    const known = this.#source.guard(node.start, () => this.#dialect?.csymbol?.(url, undefined));
    if (known !== undefined) return known;
    if (this.#dialect === undefined && url.endsWith("/symbols/time"))
      return this.#source.guard(node.start, () => this.#context.symbol(text));
    if (node.attributes.cd === "nums1" && (text === "pi" || text === "e")) return call(this.#context, text);
    throw this.#fail(`the csymbol ${quoted(text === "" ? url : text)} is not known`, node, undefined, "unsupported");
  }

  #parts(children: readonly XmlElement[]): Parts {
    const qualifiers = new Map<string, XmlElement>();
    const args: XmlElement[] = [];
    for (const child of children) {
      const name = tag(child);
      if (!QUALIFIERS.has(name) || (name === "interval" && args.length > 0)) args.push(child);
      else if (qualifiers.has(name))
        throw this.#fail(`a second <${child.name}> is not done`, child, undefined, "unsupported");
      else qualifiers.set(name, child);
    }
    return { args, qualifiers };
  }

  #apply(node: XmlElement): Term {
    const [head, ...rest] = this.#children(node);
    if (head === undefined) throw this.#fail("<apply> is empty", node);
    let name = tag(head);
    let ours: string | undefined;
    if (name === "csymbol") {
      const text = this.#text(head);
      const url = head.attributes.definitionURL;
      if (url !== undefined && this.#dialect?.csymbol !== undefined) {
        const args = rest.map((arg) => this.#value(arg));
        const known = this.#source.guard(node.start, () => this.#dialect!.csymbol!(url, args));
        if (known !== undefined) return known;
      }
      if (
        head.attributes.definitionURL !== undefined &&
        head.attributes.cd === undefined &&
        functionRule(text) === undefined
      )
        throw this.#fail(`the csymbol ${quoted(text)} is not known`, head, undefined, "unsupported");
      if (head.attributes.cd !== undefined) name = Object.hasOwn(OPENMATH, text) ? OPENMATH[text] : text;
      else ours = text;
    } else if (name === "ci") {
      const text = this.#text(head);
      const args = this.#dialect?.call === undefined ? [] : rest.map((arg) => this.#term(arg));
      const known = this.#source.guard(node.start, () => this.#dialect?.call?.(text, args));
      if (known !== undefined) return known;
      throw this.#fail(`the function ${quoted(text)} is not known`, head, undefined, "name");
    }
    if (["in", "notin"].includes(name)) return this.#membership(node, rest, name === "notin");
    const { args, qualifiers } = this.#parts(rest);
    const allowed = (...names: string[]): void => {
      for (const [qualifier, place] of qualifiers)
        if (!names.includes(qualifier))
          throw this.#fail(`<${qualifier}> is not done here`, place, undefined, "unsupported");
    };
    if (["sum", "product"].includes(name) || (["min", "max"].includes(name) && qualifiers.has("bvar"))) {
      allowed("bvar", "lowlimit", "uplimit", "interval");
      const range = this.#range(node, args, qualifiers);
      return this.#source.guard(node.start, () => reduction(name as ReductionName, ...range));
    }
    if (name === "diff") {
      allowed("bvar");
      return this.#derivative(node, args, qualifiers);
    }
    const one = (term: string): Term => {
      if (args.length !== 1)
        throw this.#fail(`<${term}> takes one argument, not ${args.length}`, node, undefined, "usage");
      return this.#value(args[0]);
    };
    const two = (): [Term, Term] => {
      if (args.length !== 2)
        throw this.#fail(`<${name}> takes two arguments, not ${args.length}`, node, undefined, "usage");
      return [this.#value(args[0]), this.#value(args[1])];
    };
    return this.#source.guard(node.start, () => {
      switch (name) {
        case "root": {
          allowed("degree");
          const degree = qualifiers.get("degree");
          return pow(
            one("root"),
            pow(degree === undefined ? this.#context.number(2) : this.#value(this.#only(degree)), -1),
          );
        }
        case "log": {
          allowed("logbase");
          const place = qualifiers.get("logbase");
          const base = place === undefined ? this.#context.number(10) : this.#value(this.#only(place));
          const x = one("log");
          if (base.kind === Kind.number && (base.value === 10 || base.value === 2))
            return call(this.#context, `log${base.value}`, x);
          return div(call(this.#context, "log", x), call(this.#context, "log", base));
        }
      }
      allowed();
      switch (name) {
        case "factorial":
          return factorial(one("factorial"));
        case "quotient": {
          const [a, b] = two();
          return truncated(div(a, b));
        }
        case "rem": {
          const [a, b] = two();
          return sub(a, mul(b, truncated(div(a, b))));
        }
        case "selector": {
          if (args.length < 2) throw this.#fail("<selector> takes an array and indices", node, undefined, "usage");
          const [base, ...indices] = args.map((arg) => this.#value(arg));
          return element(base, indices);
        }
      }
      const terms = args.map((arg) => this.#term(arg));
      if (ours === undefined && !Object.hasOwn(MATHML_OPERATIONS, name)) {
        if (Object.hasOwn(REFUSED, name))
          throw this.#fail(`not done: ${REFUSED[name]}`, head, undefined, "unsupported");
        throw this.#fail(
          `<${tag(head) === "csymbol" ? `csymbol>${name}</csymbol` : head.name}> is not an operation that is known`,
          head,
          undefined,
          "unsupported",
        );
      }
      const operation = ours ?? MATHML_OPERATIONS[name];
      const special = this.#dialect?.operation?.(operation, terms);
      if (special !== undefined) return special;
      const toValue = CONNECTIVES.has(operation) ? undefined : this.#dialect?.toValue;
      if (toValue !== undefined) return this.#applied(operation, terms.map((term) => toValue(term))); // oxfmt-ignore
      return this.#applied(operation, terms);
    });
  }

  #applied(operation: string, terms: readonly Term[]): Term {
    if (terms.length === 1 && !isCondition(terms[0])) {
      const known = derived(operation, terms[0]);
      if (known !== undefined) return known;
    }
    return applied(this.#context, operation, terms);
  }

  #range(node: XmlElement, args: readonly XmlElement[], qualifiers: Parts["qualifiers"]): [Term, Term, Term, Term] {
    const variable = qualifiers.get("bvar");
    const interval = qualifiers.get("interval");
    const ends =
      interval === undefined
        ? [qualifiers.get("lowlimit"), qualifiers.get("uplimit")].map((end) =>
            end === undefined ? undefined : this.#only(end),
          )
        : this.#children(interval);
    if (
      variable === undefined ||
      args.length !== 1 ||
      ends.length !== 2 ||
      ends[0] === undefined ||
      ends[1] === undefined
    )
      throw this.#fail("a range takes <bvar>, <lowlimit>, <uplimit> and one expression", node);
    return [this.#value(args[0]), this.#variable(variable), this.#value(ends[0]), this.#value(ends[1])];
  }

  #variable(bvar: XmlElement): Term {
    const [first] = this.#children(bvar);
    const symbol = first === undefined ? undefined : this.#term(first);
    if (symbol?.kind !== Kind.symbol) throw this.#fail("<bvar> takes one <ci>", bvar);
    return symbol;
  }

  #derivative(node: XmlElement, args: readonly XmlElement[], qualifiers: Parts["qualifiers"]): Term {
    const bvar = qualifiers.get("bvar");
    if (bvar === undefined || args.length !== 1) throw this.#fail("<diff> takes <bvar> and one expression", node);
    const degree = this.#children(bvar).find((child) => tag(child) === "degree");
    const times = degree === undefined ? this.#context.number(1) : this.#value(this.#only(degree));
    if (
      times.kind !== Kind.number ||
      typeof times.value !== "number" ||
      !Number.isInteger(times.value) ||
      times.value < 0 ||
      times.value > 100
    )
      throw this.#fail(
        "the degree of a derivative must be a literal natural number up to 100",
        degree ?? bvar,
        undefined,
        "unsupported",
      );
    const body = this.#value(args[0]);
    return this.#source.guard(node.start, () => diff(body, this.#variable(bvar), times.value as number));
  }

  /** x in {1, 2} is x = 1 or x = 2; x in [a, b) is a <= x and x < b. */
  #membership(node: XmlElement, args: readonly XmlElement[], negated: boolean): Term {
    if (args.length !== 2) throw this.#fail("<in> takes two arguments", node, undefined, "usage");
    const [left, right] = args;
    const x = this.#value(left);
    const kind = tag(right);
    const ends = this.#children(right);
    let condition: Term;
    if (kind === "set" && ends.length > 0) {
      const cases = ends.map((end) => relation("=", x, this.#value(end)));
      condition = cases.length === 1 ? cases[0] : logicOf("or", cases);
    } else if (kind === "interval" && ends.length === 2) {
      const closure = right.attributes.closure ?? "closed";
      if (!["open", "closed", "open-closed", "closed-open"].includes(closure))
        throw this.#fail(`the closure ${quoted(closure)} is not known`, right);
      const [a, b] = ends.map((end) => this.#value(end));
      condition = logic(
        "and",
        chain(closure.startsWith("open") ? "<" : "<=", [a, x]),
        chain(closure.endsWith("open") ? "<" : "<=", [x, b]),
      );
    } else
      throw this.#fail(
        "membership is known in <set> with elements and <interval> only",
        right,
        undefined,
        "unsupported",
      );
    return negated ? logic("not", condition) : condition;
  }

  #piecewise(node: XmlElement): Term {
    const cases: [Term, Term][] = [];
    let otherwise: Term | undefined;
    for (const child of this.#children(node)) {
      const parts = this.#children(child);
      if (tag(child) === "otherwise" && otherwise === undefined) otherwise = this.#value(this.#only(child));
      else if (tag(child) === "piece" && parts.length === 2) {
        cases.push([this.#value(parts[0]), this.#condition(parts[1])]);
      } else throw this.#fail(`<${child.name}> cannot stand here like this`, child);
    }
    otherwise ??= this.#dialect?.otherwise?.();
    if (otherwise === undefined)
      throw this.#fail("<otherwise> is missing", node, "A value must be given for every case.", "unsupported");
    return piecewise(cases, otherwise);
  }

  #vector(node: XmlElement): Term {
    const { args, qualifiers } = this.#parts(this.#children(node));
    if (!qualifiers.has("bvar"))
      return array(
        this.#context,
        this.#children(node).map((child) => this.#value(child)),
      );
    const range = this.#range(node, args, qualifiers);
    return this.#source.guard(node.start, () => comprehension(...range));
  }

  #row(node: XmlElement): Term {
    if (tag(node) !== "matrixrow") throw this.#fail("<matrix> takes <matrixrow>", node);
    return array(
      this.#context,
      this.#children(node).map((child) => this.#value(child)),
    );
  }
}
