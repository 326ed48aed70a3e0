// trace: a plain JavaScript function of numbers and arrays becomes terms. Its source text is read (acorn) and run on terms, as
// tracing in Symbolics.jl does by overloading (Gowda et al. 2022); reading the text lets loops and branches stay what they are.
// What cannot be traced is refused by line and column; there are no guesses. Left out: objects, texts, classes, random
// numbers, functions that call themselves, parameters that are two names of one array.
import { Failure } from "../../base/index.ts";
import { index as element, unroll } from "../array.ts";
import { add } from "../build.ts";
import { type Context, defaultContext } from "../context.ts";
import { Kind, Term } from "../term.ts";
import { Interpreter, type LoopNote } from "./interpreter.ts";
import { readFunction, refusal } from "./source.ts";
import { Arr, type FunctionValue, type Num, Scope, type Value } from "./values.ts";

/** Names (or terms) of the elements of an array, nested for more indices. */
export type ElementNames = readonly (string | Term | ElementNames)[];

/**
 * What a parameter is:
 * - `"number"`: a real number, the symbol of the parameter's name (the default);
 * - `"integer"`: a whole number, which may be an index or a bound of a loop;
 * - `[32, 32]`: an array of these lengths; element `u[i][j]` becomes `u[i + 1, j + 1]` of the array symbol `u`;
 * - `{ shape: ["n", 3] }`: the same with lengths that are symbols;
 * - `["beta", "gamma"]`: an array whose elements are these symbols (or terms);
 * - a term: that term.
 */
export type ParameterShape = "number" | "integer" | Term | readonly number[] | { readonly shape: readonly (number | string)[] } | ElementNames; // oxfmt-ignore

export interface TraceOptions {
  /** Of each parameter, by name, or in order. */
  readonly parameters?: Readonly<Record<string, ParameterShape>> | readonly ParameterShape[];
  /**
   * Values of free names: numbers, truths, arrays, helper functions, terms. A number counts as if it were written in the
   * text, so 0.1 is one tenth.
   */
  readonly constants?: Readonly<Record<string, unknown>>;
  /** Keep operations and their order as held terms, on doubles. Sums over ranges are then written out. Default false. */
  readonly held?: boolean;
  /** Write all loops out to scalars. Default false. */
  readonly unroll?: boolean;
  /** Most statements and turns of loops that are run. Default 1,000,000. */
  readonly limit?: number;
  readonly context?: Context;
  /** What messages call the function; its own name by default. */
  readonly source?: string;
}

/** A loop of the function: kept, and as what, or written out, and why. */
export type TracedLoop = LoopNote;

export interface Traced {
  /** What the function returns: a number, a condition, or an array term numbered from 1. Absent if it returns nothing. */
  readonly value?: Term;
  /** Arrays among the parameters that the function writes: their elements afterwards. Elements it leaves alone stay `u[i]`. */
  readonly written: Readonly<Record<string, Term>>;
  /** Loops in the order in which they were finished. */
  readonly loops: readonly TracedLoop[];
  readonly context: Context;
}

const DEFAULT_LIMIT = 1_000_000;

/**
 * The terms that a function computes; see `TraceOptions` and `Traced`.
 * Fails (Failure, with line and column inside the function) on everything that cannot be traced exactly.
 */
export function trace(fn: ((...args: never[]) => unknown) | string, options: TraceOptions = {}): Traced {
  const name = options.source ?? ((typeof fn === "function" && fn.name) || "function");
  const { node, source } = readFunction(fn, name);
  const {
    context = defaultContext,
    held = false,
    unroll: out = false,
    limit = DEFAULT_LIMIT,
    constants = {},
  } = options;
  const interpreter = new Interpreter({ context, held, unroll: out, limit, constants }, source);
  const { parameters = {} } = options;
  const listed: readonly ParameterShape[] | undefined = Array.isArray(parameters) ? parameters : undefined;
  const byName = (listed ? {} : parameters) as Readonly<Record<string, ParameterShape>>;
  const maker = new ParameterValues(interpreter, context);
  const names = new Set<string>();
  const values = node.params.map((parameter, i): Value => {
    const pattern = parameter.type === "AssignmentPattern" ? parameter.left : parameter;
    if (pattern.type === "RestElement" || pattern.type === "ObjectPattern" || pattern.type === "MemberExpression")
      throw refusal(source, pattern, "parameters are names or arrays of names");
    if (pattern.type === "Identifier") {
      names.add(pattern.name);
      const shape = listed ? listed[i] : Object.hasOwn(byName, pattern.name) ? byName[pattern.name] : undefined;
      if (shape === undefined && parameter.type === "AssignmentPattern") return { type: "hole", why: "not given" };
      return maker.value(pattern.name, shape ?? "number");
    }
    if (pattern.type !== "ArrayPattern") throw refusal(source, pattern, "parameters are names or arrays of names");
    if (listed?.[i] !== undefined) return maker.value(`parameter ${i + 1}`, listed[i]);
    return maker.list(
      `parameter ${i + 1}`,
      pattern.elements.map((part) => {
        if (part?.type !== "Identifier")
          throw refusal(source, part ?? pattern, "parameters are names or arrays of names");
        names.add(part.name);
        return maker.value(part.name, Object.hasOwn(byName, part.name) ? byName[part.name] : "number");
      }),
    );
  });
  for (const given of Object.keys(byName))
    if (!names.has(given))
      throw new Failure("usage", `${name} has no parameter "${given}"`, { hint: `It has: ${[...names].join(", ")}.` });
  const fnValue: FunctionValue = { type: "function", node, source, scope: new Scope(undefined, true), name };
  const result = interpreter.call(fnValue, values, node);
  let value: Term | undefined;
  if (result.type === "number") {
    if (result.term === undefined) throw refusal(source, node, `the result is ${String(result.known)}`);
    value = result.term;
  } else if (result.type === "boolean") value = interpreter.conditionTerm(result);
  else if (result.type === "array") value = interpreter.arrayTerm(node, result);
  else if (result.type === "function") throw refusal(source, node, "the result is a function");
  const written: Record<string, Term> = {};
  for (const [parameter, array] of maker.arrays)
    if (maker.changed(array)) written[parameter] = interpreter.arrayTerm(node, { type: "array", array, prefix: [] });
  return { value, written, loops: interpreter.notes, context };
}

/** Makes the values of parameters and knows which arrays were written. */
class ParameterValues {
  readonly arrays = new Map<string, Arr>();
  readonly #interpreter: Interpreter;
  readonly #context: Context;
  readonly #first = new Map<Arr, readonly Value[]>();

  constructor(interpreter: Interpreter, context: Context) {
    this.#interpreter = interpreter;
    this.#context = context;
  }

  value(name: string, shape: ParameterShape): Value {
    const { arithmetic, ranges } = this.#interpreter;
    if (shape === "number") return arithmetic.unknown(this.#context.symbol(name));
    if (shape === "integer") {
      const symbol = this.#context.symbol(name);
      ranges.declare(symbol, undefined, undefined);
      return arithmetic.unknown(symbol, symbol);
    }
    if (shape instanceof Term) return arithmetic.unknown(shape);
    if (!Array.isArray(shape)) {
      if (typeof shape !== "object" || !("shape" in shape) || !Array.isArray(shape.shape))
        throw new Failure("usage", `the shape of "${name}" is not one`, {
          hint: 'Write "number", "integer", [32, 32], { shape: ["n"] } or names of elements.',
        });
      return this.#tensor(name, shape.shape);
    }
    const list = shape as readonly unknown[];
    if (list.length > 0 && list.every((each) => typeof each === "number")) return this.#tensor(name, list);
    return this.#names(name, list as ElementNames);
  }

  #names(name: string, names: ElementNames): Value {
    return this.list(
      name,
      names.map((each, i): Value => {
        if (typeof each === "string") return this.#interpreter.arithmetic.unknown(this.#context.symbol(each));
        if (each instanceof Term) return this.#interpreter.arithmetic.unknown(each);
        if (Array.isArray(each)) return this.#names(`${name}[${i}]`, each);
        throw new Failure("usage", `element ${i} of "${name}" is neither a name nor a term`);
      }),
    );
  }

  list(name: string, list: Value[]): Value {
    const array = new Arr(0, name, true, [], [], list);
    this.#first.set(array, [...list]);
    if (!name.includes("[")) this.arrays.set(name, array);
    return { type: "array", array, prefix: [] };
  }

  #tensor(name: string, shape: readonly (number | string)[]): Value {
    const { arithmetic, ranges } = this.#interpreter;
    const symbol = this.#context.symbol(name);
    const lengths = shape.map((length): Num => {
      if (typeof length === "string") {
        const size = this.#context.symbol(length);
        if (ranges.bounds(size) === undefined) ranges.declare(size, this.#context.number(0), undefined);
        return arithmetic.unknown(size, size);
      }
      if (!Number.isSafeInteger(length) || length < 0)
        throw new Failure("usage", `"${name}" cannot have a length of ${length}`);
      return arithmetic.constant(length);
    });
    const at = (index: readonly Term[]): Num => arithmetic.unknown(element(symbol, ...index.map((i) => add(i, 1))));
    const array = new Arr(0, name, true, lengths, [{ kind: "ground", epoch: 0, at }]);
    this.arrays.set(name, array);
    return { type: "array", array, prefix: [] };
  }

  changed(array: Arr): boolean {
    const first = this.#first.get(array);
    if (first === undefined) return array.segments.length > 1;
    if (array.list === undefined) return true;
    return array.list.some((each, i) => each !== first[i] || (each.type === "array" && this.changed(each.array)));
  }
}

/** The numbers of an array term, row after row; a range with literal bounds is written out, up to `limit` elements. */
export function elements(term: Term, limit = 1_000_000): Term[] {
  const list: Term[] = [];
  const visit = (each: Term): void => {
    if (each.kind === Kind.array) each.args.forEach(visit);
    else list.push(each);
  };
  visit(postorderHasRange(term) ? unroll(term, limit) : term);
  return list;
}

function postorderHasRange(term: Term): boolean {
  const stack = [term];
  while (stack.length > 0) {
    const top = stack.pop()!;
    if (top.kind === Kind.comprehension) return true;
    if (top.kind === Kind.array) stack.push(...top.args);
  }
  return false;
}
