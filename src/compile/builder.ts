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
  Element,
  Expression,
  Lanes,
  ParameterType,
  Program,
  ProgramFunction,
  Scalar,
  Statement,
  StructuredFunction,
  TapeFunction,
  ValueType,
  Variable,
} from "./ir.ts";
import {
  allowed,
  type BinaryName,
  type CompareName,
  elementOf,
  fits,
  isArray,
  isLanes,
  isScalar,
  LANES,
  type OperationName,
  scalarOf,
  WIDER,
} from "./operations.ts";
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

export function f32(value: number): Expression {
  return { kind: "constant", type: "f32", value: Math.fround(value) };
}

export function i32(value: number): Expression {
  if ((value | 0) !== value) mistake(`${value} is not a 32-bit integer`);
  return { kind: "constant", type: "i32", value: value | 0 };
}

export function i64(value: number | bigint): Expression {
  const whole = BigInt(value);
  if (whole < -(2n ** 63n) || whole >= 2n ** 64n) mistake(`${value} is not a 64-bit integer`);
  return { kind: "constant", type: "i64", value: BigInt.asIntN(64, whole) };
}

/** A number as a constant of a scalar type, or equal lanes. */
export function constant(value: number, type: ValueType): Expression {
  if (isLanes(type)) return splat(constant(value, LANES[type].scalar), type);
  return type === "f64" ? f64(value) : type === "f32" ? f32(value) : type === "i64" ? i64(value) : i32(value);
}

/** `x` as an expression of type `type`; a scalar becomes equal lanes where lanes are needed. */
export function lift(x: Value, type: ValueType): Expression {
  if (typeof x === "number") return constant(x, type);
  if (x.type === type) return x;
  if (isLanes(type) && x.type === LANES[type].scalar) return splat(x, type);
  return mistake(
    `an expression of type ${x.type} where ${type} is needed${type === "f64" && x.type === "i32" ? "; convert it with toF64" : ""}`,
  );
}

function valueType(x: Expression): ValueType {
  if (isScalar(x.type) || isLanes(x.type)) return x.type;
  return mistake(`the array ${x.kind === "variable" ? x.name : ""} where a value is needed`);
}

/** An operation, checked against the table. */
export function operation(
  op: OperationName,
  type: ValueType,
  args: readonly Expression[],
  immediate?: readonly number[],
): Expression {
  const types = args.map((x) => x.type);
  if (!allowed(op, type, types, immediate)) mistake(`${op} of ${types.join(" and ")} does not give ${type}`);
  return immediate ? { kind: "operation", type, op, args, immediate } : { kind: "operation", type, op, args };
}

/** The type of an operation on these values: lanes if any has lanes, f64 if all are numbers. */
function common(values: readonly Value[]): ValueType {
  let type: ValueType | undefined;
  for (const x of values) {
    if (typeof x === "number") continue;
    const own = valueType(x);
    if (type === undefined || (isLanes(own) && !isLanes(type))) type = own;
  }
  return type ?? "f64";
}

function unary(op: OperationName): (a: Value) => Expression {
  return (x) => {
    const type = common([x]);
    return operation(op, type, [lift(x, type)]);
  };
}

function binary(op: BinaryName): (a: Value, b: Value) => Expression {
  return (x, y) => {
    const type = common([x, y]);
    return operation(op, type, [lift(x, type), lift(y, type)]);
  };
}

function compare(op: CompareName): (a: Value, b: Value) => Expression {
  return (x, y) => {
    const type = common([x, y]);
    return operation(op, isLanes(type) ? LANES[type].mask : "i32", [lift(x, type), lift(y, type)]);
  };
}

function shift(op: "shl" | "shr" | "shru" | "rotl"): (a: Value, b: Value) => Expression {
  return (x, y) => {
    const type = typeof x === "number" ? "i32" : common([x]);
    return operation(op, type, [lift(x, type), lift(y, isLanes(type) ? "i32" : type)]);
  };
}

/** Integers where both may be numbers. */
function whole(op: BinaryName): (a: Value, b: Value) => Expression {
  const inner = binary(op);
  return (x, y) => (typeof x === "number" && typeof y === "number" ? inner(i32(x), y) : inner(x, y));
}

export const add = binary("add");
export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
/** Remainder of a signed division that truncates. */
export const rem = whole("rem");
export const divu = whole("divu");
export const remu = whole("remu");
export const min = binary("min");
export const max = binary("max");
export const pmin = binary("pmin");
export const pmax = binary("pmax");
export const minu = binary("minu");
export const maxu = binary("maxu");
export const copysign = binary("copysign");
/** Bit by bit; of truth values also the logical operation (both operands are computed). */
export const and = whole("and");
export const or = whole("or");
export const xor = whole("xor");
export const andnot = whole("andnot");
export const addsat = binary("addsat");
export const addsatu = binary("addsatu");
export const subsat = binary("subsat");
export const subsatu = binary("subsatu");
export const swizzle = binary("swizzle");
export const shl = shift("shl");
export const shr = shift("shr");
export const shru = shift("shru");
export const rotl = shift("rotl");
export const neg = unary("neg");
export const abs = unary("abs");
export const sqrt = unary("sqrt");
export const floor = unary("floor");
export const ceil = unary("ceil");
export const trunc = unary("trunc");
export const nearest = unary("nearest");
export const clz = unary("clz");
export const ctz = unary("ctz");
export const popcnt = unary("popcnt");
export const eq = compare("eq");
export const ne = compare("ne");
export const lt = compare("lt");
export const le = compare("le");
export const gt = compare("gt");
export const ge = compare("ge");
export const ltu = compare("ltu");
export const leu = compare("leu");
export const gtu = compare("gtu");
export const geu = compare("geu");

/** 1 if the i32 is 0, else 0. */
export function not(x: Value): Expression {
  return operation("not", "i32", [lift(x, "i32")]);
}

/** a * b + c, rounded once or twice as the machine likes. */
export function madd(a: Value, b: Value, c: Value): Expression {
  const type = common([a, b, c]);
  return operation("madd", type, [lift(a, type), lift(b, type), lift(c, type)]);
}

/** c - a * b, rounded once or twice as the machine likes. */
export function nmadd(a: Value, b: Value, c: Value): Expression {
  const type = common([a, b, c]);
  return operation("nmadd", type, [lift(a, type), lift(b, type), lift(c, type)]);
}

/** By value; see `convert` in operations.ts. A value of the type itself is returned as it is. */
export function convert(x: Expression, type: ValueType): Expression {
  return x.type === type ? x : operation("convert", type, [x]);
}

/** As `convert`, of integers without sign. */
export function convertu(x: Expression, type: ValueType): Expression {
  return operation("convertu", type, [x]);
}

/** The same bits as another type of the same width. */
export function bits(x: Expression, type: ValueType): Expression {
  return x.type === type ? x : operation("bits", type, [x]);
}

export function toF64(x: Value): Expression {
  return convert(typeof x === "number" ? i32(x) : x, "f64");
}

/** Truncates, saturating; NaN gives 0. */
export function toI32(x: Value): Expression {
  return convert(typeof x === "number" ? f64(x) : x, "i32");
}

/** `a` where the condition is not zero, else `b`; both are computed. For lanes the condition is a mask, or one i32 for all. */
export function select(condition: Value, x: Value, y: Value): Expression {
  let type = common([x, y]);
  const test = typeof condition === "number" ? i32(condition) : condition;
  if (isLanes(test.type) && !isLanes(type)) {
    const mask = test.type;
    type =
      (Object.keys(LANES) as Lanes[]).find((name) => LANES[name].scalar === type && LANES[name].mask === mask) ?? mask;
  }
  return operation("select", type, [lift(x, type), lift(y, type), test]);
}

function arrayOf(array: Variable): Element {
  if (!isArray(array.type)) mistake(`${array.name} is not an array`);
  return elementOf(array.type as ArrayType);
}

/** array[index], or the lanes from there on. */
export function at(array: Variable<ArrayType>, index: Value, type: ValueType = scalarOf(arrayOf(array))): Expression {
  if (isLanes(type) && !fits(type, array.type)) mistake(`${type} cannot be read from ${array.name}, an ${array.type}`);
  return { kind: "load", type, array, index: lift(index, "i32") };
}

/** The lower half of the lanes from array[index] on; the upper half is 0. */
export function atHalf(array: Variable<ArrayType>, index: Value, type: Lanes): Expression {
  if (!fits(type, array.type)) mistake(`${type} cannot be read from ${array.name}, an ${array.type}`);
  return { kind: "load", type, array, index: lift(index, "i32"), half: true };
}

/** Elements index and index + 1 of an f64[], side by side. */
export function at2(array: Variable<ArrayType>, index: Value): Expression {
  return at(array, index, "f64x2");
}

/** All lanes `x`. */
export function splat(x: Value, type: Lanes = "f64x2"): Expression {
  return operation("splat", type, [lift(x, LANES[type].scalar)]);
}

/** Lanes one by one. */
export function vector(type: Lanes, values: readonly Value[]): Expression {
  return operation("vector", type, values.map((x) => lift(x, LANES[type].scalar))); // oxfmt-ignore
}

/** Lane 0 `a`, lane 1 `b`. */
export function pair(a: Value, b: Value): Expression {
  return vector("f64x2", [a, b]);
}

/** One lane as a scalar, narrow integers with their sign. */
export function lane(x: Expression, which: number): Expression {
  return isLanes(x.type)
    ? operation("lane", LANES[x.type].scalar, [x], [which])
    : mistake(`an expression of type ${x.type} has no lanes`);
}

/** One lane of narrow integers without sign. */
export function laneu(x: Expression, which: number): Expression {
  return operation("laneu", "i32", [x], [which]);
}

export function replace(x: Expression, which: number, value: Value): Expression {
  return isLanes(x.type)
    ? operation("replace", x.type, [x, lift(value, LANES[x.type].scalar)], [which])
    : mistake(`an expression of type ${x.type} has no lanes`);
}

/** Lanes chosen from those of a (0 ...) and of b (count ...). */
export function shuffle(a: Expression, b: Expression, lanes: readonly number[]): Expression {
  return operation("shuffle", valueType(a), [a, b], lanes);
}

export const anyTrue = (x: Expression): Expression => operation("any", "i32", [x]);
export const allTrue = (x: Expression): Expression => operation("all", "i32", [x]);
export const bitmask = (x: Expression): Expression => operation("bitmask", "i32", [x]);

function widening(op: OperationName): (...args: Expression[]) => Expression {
  return (...args) =>
    operation(op, WIDER[args[0].type as Lanes] ?? mistake(`${args[0].type} has no wider lanes`), args);
}

export const extendLow = widening("extendLow");
export const extendHigh = widening("extendHigh");
export const extendLowu = widening("extendLowu");
export const extendHighu = widening("extendHighu");
export const extmulLow = widening("extmulLow");
export const extmulHigh = widening("extmulHigh");
export const extmulLowu = widening("extmulLowu");
export const extmulHighu = widening("extmulHighu");
/** Sums of neighbours, twice as wide, signed and unsigned. */
export const extadd = widening("extadd");
export const extaddu = widening("extaddu");
/** Sums of two neighbouring products of i16, as i32. */
export const dot = (a: Expression, b: Expression): Expression => operation("dot", "i32x4", [a, b]);

/** A function of the function table: arguments and result f64, or all f32. */
export function math(name: string, ...args: Value[]): Expression {
  const type = args.some((x) => typeof x !== "number" && x.type === "f32") ? "f32" : "f64";
  return { kind: "math", type, name, args: args.map((x) => lift(x, type)) };
}

/** As an argument: the array from element `offset` on. */
export function slice(array: Variable<ArrayType>, offset: Value): Argument {
  arrayOf(array);
  return { kind: "slice", array, offset: lift(offset, "i32") };
}

/**
 * Element `index` of unsigned numbers of `width` bits (1, 2, 4, 8) packed into bytes, lowest bits first; as an i32.
 * With `signed`, of two's complement numbers.
 */
export function packed(
  array: Variable<"u8[]">,
  index: Value,
  { width, signed = false }: { width: 1 | 2 | 4 | 8; signed?: boolean },
): Expression {
  const i = lift(index, "i32");
  const perByte = Math.log2(8 / width);
  const byte = at(array, shru(i, perByte));
  const within = perByte === 0 ? i32(0) : mul(and(i, (1 << perByte) - 1), width);
  const code = perByte === 0 ? byte : and(shru(byte, within), (1 << width) - 1);
  return signed ? shr(shl(code, 32 - width), 32 - width) : code;
}

function lifted(callee: ProgramFunction, args: readonly (Argument | number)[]): Argument[] {
  const expected = parametersOf(callee);
  if (args.length !== expected.length) mistake(`${callee.name} takes ${expected.length} arguments, not ${args.length}`);
  return args.map((x, k) => {
    const { name, type } = expected[k];
    if (typeof x === "number")
      return isArray(type)
        ? mistake(`argument ${name} of ${callee.name}: a number where ${type} is needed`)
        : lift(x, type);
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

  /** A new local with its first value; a plain number makes an f64, or what `type` says. */
  let<T extends ValueType = Scalar>(name: string, value: Value, type?: T): Variable<T> {
    const expression = typeof value === "number" || type ? lift(value, type ?? "f64") : value;
    const target: Variable<T> = { kind: "variable", name, type: valueType(expression) as T };
    this.#list.push({ kind: "set", target, value: expression });
    return target;
  }

  /** A new local of two f64 lanes; a number makes both. */
  let2(name: string, value: Value): Variable<"f64x2"> {
    return this.let(name, value, "f64x2");
  }

  set(target: Variable<ValueType>, value: Value): void {
    this.#list.push({ kind: "set", target, value: lift(value, target.type) });
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

  /** array[index] = value; lanes go to as many neighbours. */
  store(array: Variable<ArrayType>, index: Value, value: Value): void {
    const element = arrayOf(array);
    const lanes = typeof value !== "number" && isLanes(value.type) ? value : undefined;
    if (lanes && !fits(lanes.type as Lanes, array.type))
      mistake(`${lanes.type} cannot be stored in ${array.name}, an ${array.type}`);
    this.#list.push({
      kind: "store",
      array,
      index: lift(index, "i32"),
      value: lanes ?? lift(value, scalarOf(element)),
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

  /** As `if`, for what is seldom taken. */
  rarely(condition: Value, then: () => void): void {
    const test = lift(condition, "i32");
    this.#list.push({ kind: "if", condition: test, body: this.#nested(then), otherwise: [], rare: true });
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

  /** Ends the program with an error. */
  trap(why: string): void {
    this.#list.push({ kind: "trap", why });
  }

  /** Calls a function of the program and drops its result. */
  do(callee: ProgramFunction, ...args: (Argument | number)[]): void {
    this.#list.push({ kind: "do", callee, args: lifted(callee, args) });
  }

  get statements(): readonly Statement[] {
    return this.#list;
  }
}

/** A parameter's type; arrays may say their length in terms of i32 parameters: "f64[n]", "f64[n*m]", "i32[n+1]". */
export type ParameterSpec = ParameterType | `${Element}[${string}]`;
type SpecType<S extends ParameterSpec> = S extends Scalar
  ? S
  : S extends `${infer E extends Element}[${string}]`
    ? `${E}[]`
    : never;

/** "2*n+1" as an expression of the parameters. */
function lengthOf(text: string, named: ReadonlyMap<string, Variable>, array: string): Expression {
  const factor = (word: string): Expression => {
    if (/^\d+$/.test(word)) return i32(Number(word));
    const v = named.get(word);
    if (!v || v.type !== "i32") mistake(`the length ${text} of ${array}: ${word} is not an i32 parameter`);
    return v as Expression;
  };
  const term = (words: string): Expression => words.split("*").map((w) => factor(w.trim())).reduce((x, y) => mul(x, y)); // oxfmt-ignore
  return text.split("+").map(term).reduce((x, y) => add(x, y)); // oxfmt-ignore
}

/** A structured function; `body` receives the parameters as variables, by name and in the order written. */
export function fn<const P extends Readonly<Record<string, ParameterSpec>>>(
  name: string,
  parameters: P,
  result: Scalar | undefined,
  body: (p: { readonly [K in keyof P]: Variable<SpecType<P[K]>> }, k: Block) => void,
): StructuredFunction {
  const named = new Map<string, Variable>();
  for (const [key, spec] of Object.entries(parameters))
    if (isScalar(spec as ParameterType)) named.set(key, { kind: "variable", name: key, type: spec as Scalar });
  const block = new Block();
  try {
    for (const [key, spec] of Object.entries(parameters)) {
      const length = /^(\w+)\[(.*)\]$/.exec(spec);
      if (!length) continue;
      const type = `${length[1]}[]` as ArrayType;
      named.set(key, length[2] === "" ? { kind: "variable", name: key, type } : { kind: "variable", name: key, type, length: lengthOf(length[2], named, key) }); // oxfmt-ignore
    }
    body(Object.fromEntries(named) as { [K in keyof P]: Variable<SpecType<P[K]>> }, block);
  } catch (error) {
    if (error instanceof Failure && !error.what.startsWith("function "))
      throw new Failure(error.kind, `function ${name}: ${error.what}`, { hint: error.hint, cause: error });
    throw error;
  }
  return {
    kind: "structured",
    name,
    parameters: Object.keys(parameters).map((key) => named.get(key)!),
    result,
    body: block.statements,
  };
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
