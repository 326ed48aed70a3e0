// Writes structured functions: operators that infer and check types, and a block with statements.
//   const axpy = fn("axpy", { n: "i32", a: "f64", x: "f64[]", y: "f64[]" }, undefined, ({ n, a, x, y }, k) => {
//     k.for("i", 0, n, (i) => k.store(y, i, add(mul(a, at(x, i)), at(y, i))));
//   });
// Numbers become constants of the type of the other operand; where nothing says the type, write f64(0) or i32(0).
// Left out: arithmetic simplification (what is written is what is computed), operators for tapes (TapeBuilder).
import { Failure } from "../base/index.ts";
import type {
  Argument,
  ArrayType,
  BinaryOp,
  CompareOp,
  Expression,
  Lanes,
  ParameterType,
  Program,
  ProgramFunction,
  Scalar,
  Statement,
  StructuredFunction,
  TapeFunction,
  UnaryOp,
  Variable,
} from "./ir.ts";
import { callees, parametersOf, resultOf } from "./shape.ts";
import type { Tape } from "./tape.ts";

/** An expression, or a number that takes the type its place asks for. */
export type Value = Expression | number;

function mistake(what: string): never {
  throw new Failure("domain", what);
}

export function f64(value: number): Expression {
  return { kind: "constant", type: "f64", value };
}

export function i32(value: number): Expression {
  if ((value | 0) !== value) mistake(`${value} is not a 32-bit integer`);
  return { kind: "constant", type: "i32", value: value | 0 };
}

/** `x` as an expression of type `type`. */
export function lift(x: Value, type: Scalar): Expression {
  if (typeof x === "number") return type === "f64" ? f64(x) : i32(x);
  if (x.type !== type)
    mistake(
      `an expression of type ${x.type} where ${type} is needed${type === "f64" && x.type === "i32" ? "; convert it with toF64" : ""}`,
    );
  return x;
}

function scalarType(x: Expression): Scalar {
  if (x.type === "f64" || x.type === "i32") return x.type;
  return mistake(`the array ${x.kind === "variable" ? x.name : ""} where a scalar is needed`);
}

/** `x` as an f64x2; an f64 or a number becomes both lanes. */
function lifted2(x: Value): Expression {
  return typeof x !== "number" && x.type === "f64x2" ? x : splat(x);
}

/** Two operands of one type; two numbers are f64. */
function operands(a: Value, b: Value): [Expression, Expression, Scalar] {
  const type = typeof a !== "number" ? scalarType(a) : typeof b !== "number" ? scalarType(b) : "f64";
  return [lift(a, type), lift(b, type), type];
}

function isLanes(x: Value): boolean {
  return typeof x !== "number" && x.type === "f64x2";
}

function binary(op: BinaryOp, only?: Scalar): (a: Value, b: Value) => Expression {
  return (x, y) => {
    if (!only && (isLanes(x) || isLanes(y))) return { kind: "binary", type: "f64x2", op, a: lifted2(x), b: lifted2(y) };
    const [a, b, type] = only ? [lift(x, only), lift(y, only), only] : operands(x, y);
    return { kind: "binary", type, op, a, b };
  };
}

function unary(op: UnaryOp, only?: Scalar): (a: Value) => Expression {
  return (x) => {
    const a = only ? lift(x, only) : typeof x === "number" ? f64(x) : x;
    return { kind: "unary", type: scalarType(a), op, a };
  };
}

function compare(op: CompareOp): (a: Value, b: Value) => Expression {
  return (x, y) => {
    const [a, b] = operands(x, y);
    return { kind: "compare", type: "i32", op, a, b };
  };
}

export const add = binary("add");
export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
export const rem = binary("rem", "i32");
export const min = binary("min");
export const max = binary("max");
export const copysign = binary("copysign", "f64");
/** Bit by bit; of truth values also the logical operation (both operands are computed). */
export const and = binary("and", "i32");
export const or = binary("or", "i32");
export const xor = binary("xor", "i32");
export const shl = binary("shl", "i32");
export const shr = binary("shr", "i32");
export const shru = binary("shru", "i32");
export const neg = unary("neg");
export const abs = unary("abs");
export const sqrt = unary("sqrt", "f64");
export const floor = unary("floor", "f64");
export const ceil = unary("ceil", "f64");
export const trunc = unary("trunc", "f64");
export const nearest = unary("nearest", "f64");
export const not = unary("not", "i32");
export const eq = compare("eq");
export const ne = compare("ne");
export const lt = compare("lt");
export const le = compare("le");
export const gt = compare("gt");
export const ge = compare("ge");

export function toF64(x: Value): Expression {
  return { kind: "unary", type: "f64", op: "f64", a: lift(x, "i32") };
}

/** Truncates, saturating; NaN gives 0. */
export function toI32(x: Value): Expression {
  return { kind: "unary", type: "i32", op: "i32", a: lift(x, "f64") };
}

/** `a` where the condition is not zero, else `b`; both are computed. */
export function select(condition: Value, x: Value, y: Value): Expression {
  const [a, b, type] = operands(x, y);
  return { kind: "select", type, condition: lift(condition, "i32"), a, b };
}

function elementType(array: Variable): Scalar {
  return array.type === "f64[]" ? "f64" : array.type === "i32[]" ? "i32" : mistake(`${array.name} is not an array`);
}

/** array[index] */
export function at(array: Variable<ArrayType>, index: Value): Expression {
  return { kind: "load", type: elementType(array), array, index: lift(index, "i32") };
}

/** Elements index and index + 1, side by side. */
export function at2(array: Variable<ArrayType>, index: Value): Expression {
  if (array.type !== "f64[]") mistake(`${array.name} is not an f64[]`);
  return { kind: "load", type: "f64x2", array, index: lift(index, "i32") };
}

/** Both lanes `x`. */
export function splat(x: Value): Expression {
  return { kind: "splat", type: "f64x2", a: lift(x, "f64") };
}

/** Lane 0 `a`, lane 1 `b`. */
export function pair(a: Value, b: Value): Expression {
  return { kind: "pair", type: "f64x2", a: lift(a, "f64"), b: lift(b, "f64") };
}

/** One lane of an f64x2. */
export function lane(x: Expression, which: 0 | 1): Expression {
  if (x.type !== "f64x2") mistake(`an expression of type ${x.type} has no lanes`);
  return { kind: "lane", type: "f64", a: x, lane: which };
}

/** A function of the function table: f64 arguments and result. */
export function math(name: string, ...args: Value[]): Expression {
  return { kind: "math", type: "f64", name, args: args.map((x) => lift(x, "f64")) };
}

/** As an argument: the array from element `offset` on. */
export function slice(array: Variable<ArrayType>, offset: Value): Argument {
  elementType(array);
  return { kind: "slice", array, offset: lift(offset, "i32") };
}

function lifted(callee: ProgramFunction, args: readonly (Argument | number)[]): Argument[] {
  const expected = parametersOf(callee);
  if (args.length !== expected.length) mistake(`${callee.name} takes ${expected.length} arguments, not ${args.length}`);
  return args.map((x, k) => {
    const { name, type } = expected[k];
    if (typeof x === "number")
      return type === "f64" || type === "i32"
        ? lift(x, type)
        : mistake(`argument ${name} of ${callee.name}: a number where ${type} is needed`);
    const given = x.kind === "slice" ? x.array.type : x.type;
    if (given !== type) mistake(`argument ${name} of ${callee.name}: ${given} where ${type} is needed`);
    return x;
  });
}

/** The result of another function of the program. */
export function call(callee: ProgramFunction, ...args: (Argument | number)[]): Expression {
  const type = resultOf(callee) ?? mistake(`${callee.name} has no result; use k.do`);
  return { kind: "call", type, callee, args: lifted(callee, args) };
}

/** Collects the statements of a function; bodies of loops and branches are written inside callbacks. */
export class Block {
  #list: Statement[] = [];

  #nested(body: () => void): Statement[] {
    const outer = this.#list;
    const inner: Statement[] = [];
    this.#list = inner;
    try {
      body();
    } finally {
      this.#list = outer;
    }
    return inner;
  }

  /** A new local with its first value; a plain number makes an f64. */
  let(name: string, value: Value): Variable<Scalar> {
    const expression = typeof value === "number" ? f64(value) : value;
    const target: Variable<Scalar> = { kind: "variable", name, type: scalarType(expression) };
    this.#list.push({ kind: "set", target, value: expression });
    return target;
  }

  /** A new local of two lanes; a number makes both. */
  let2(name: string, value: Value): Variable<Lanes> {
    const target: Variable<Lanes> = { kind: "variable", name, type: "f64x2" };
    this.#list.push({ kind: "set", target, value: lifted2(value) });
    return target;
  }

  set(target: Variable<Scalar | Lanes>, value: Value): void {
    const { type } = target;
    this.#list.push({ kind: "set", target, value: type === "f64x2" ? lifted2(value) : lift(value, type) });
  }

  /** A new local array: element 0 is element `offset` of `array`. */
  view<T extends ArrayType>(name: string, array: Variable<T>, offset: Value): Variable<T> {
    const target: Variable<T> = { kind: "variable", name, type: array.type };
    this.#list.push({ kind: "view", target, array, offset: lift(offset, "i32") });
    return target;
  }

  /** Sets a local array again. */
  move<T extends ArrayType>(view: Variable<T>, array: Variable<T>, offset: Value): void {
    this.#list.push({ kind: "view", target: view, array, offset: lift(offset, "i32") });
  }

  /** Moves a local array: element 0 is from now on what was element `offset`. */
  shift(view: Variable<ArrayType>, offset: Value): void {
    this.move(view, view, offset);
  }

  /** array[index] = value; two lanes go to elements index and index + 1 */
  store(array: Variable<ArrayType>, index: Value, value: Value): void {
    const type = elementType(array);
    this.#list.push({
      kind: "store",
      array,
      index: lift(index, "i32"),
      value: type === "f64" && isLanes(value) ? (value as Expression) : lift(value, type),
    });
  }

  /** For i from `from` to just before `to`. The body may not set i. */
  for(name: string, from: Value, to: Value, body: (i: Variable<"i32">) => void, step = 1): void {
    const target: Variable<"i32"> = { kind: "variable", name, type: "i32" };
    const limits = { from: lift(from, "i32"), to: lift(to, "i32") };
    this.#list.push({ kind: "for", target, ...limits, step, body: this.#nested(() => body(target)) });
  }

  while(condition: Value, body: () => void): void {
    const test = lift(condition, "i32");
    this.#list.push({ kind: "while", condition: test, body: this.#nested(body) });
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    const test = lift(condition, "i32");
    this.#list.push({
      kind: "if",
      condition: test,
      body: this.#nested(then),
      otherwise: otherwise ? this.#nested(otherwise) : [],
    });
  }

  break(): void {
    this.#list.push({ kind: "break" });
  }

  return(value?: Expression): void {
    this.#list.push({ kind: "return", value });
  }

  /** Calls a function of the program and drops its result. */
  do(callee: ProgramFunction, ...args: (Argument | number)[]): void {
    this.#list.push({ kind: "do", callee, args: lifted(callee, args) });
  }

  get statements(): readonly Statement[] {
    return this.#list;
  }
}

/** A structured function; `body` receives the parameters as variables, by name and in the order written. */
export function fn<const P extends Readonly<Record<string, ParameterType>>>(
  name: string,
  parameters: P,
  result: Scalar | undefined,
  body: (p: { readonly [K in keyof P]: Variable<P[K]> }, k: Block) => void,
): StructuredFunction {
  const variables = Object.entries(parameters).map(([key, type]): Variable => ({ kind: "variable", name: key, type }));
  const block = new Block();
  try {
    body(Object.fromEntries(variables.map((v) => [v.name, v])) as { [K in keyof P]: Variable<P[K]> }, block);
  } catch (error) {
    if (error instanceof Failure && !error.what.startsWith("function "))
      throw new Failure(error.kind, `function ${name}: ${error.what}`, { hint: error.hint, cause: error });
    throw error;
  }
  return { kind: "structured", name, parameters: variables, result, body: block.statements };
}

/** A tape as a function of a program. */
export function tapeFunction(tape: Tape): TapeFunction {
  return { kind: "tape", name: tape.name, tape };
}

/** A program of these functions and of those they call, which come before their callers. */
export function program(name: string, ...functions: ProgramFunction[]): Program {
  const found = new Set<ProgramFunction>();
  const seen = new Set<ProgramFunction>();
  const collect = (f: ProgramFunction): void => {
    if (seen.has(f)) return;
    seen.add(f);
    if (f.kind === "structured") for (const callee of callees(f)) collect(callee);
    found.add(f);
  };
  functions.forEach(collect);
  return { name, functions: [...found] };
}
