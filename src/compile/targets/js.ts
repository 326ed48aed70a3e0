// Target js: a program as JavaScript source over views of one memory, one for each type of element. Array parameters are
// element offsets inside, byte addresses at the exported functions, as in wasm. Small tapes become expressions, cut into
// functions of bounded size; large ones run from their tables (runTape), because V8 never optimises that much source.
// Lanes are scalars computed one after the other (passes/scalarise.ts); an i64 is a bigint.
// Gives the same bits as target wasm: the helpers below define the operations that JavaScript lacks.
// Left out: anything that depends on a particular engine (asm.js annotations, view tricks).
import { Failure } from "../../base/index.ts";
import type { Argument, Element, Expression, Operation, Program, ProgramFunction, Scalar, Statement, StructuredFunction, TapeFunction, Variable } from "../ir.ts"; // oxfmt-ignore
import { ELEMENT_SHIFT, elementOf, isArray, type OperationName } from "../operations.ts";
import { scalarise } from "../passes/scalarise.ts";
import { Place, schedule } from "../schedule.ts";
import { assigned, mathKey, mathUses, parametersOf } from "../shape.ts";
import { Op, runTape, type FunctionTable, type Tape } from "../tape.ts";

/** Nodes of a function that a tape is cut into; V8 stops optimising functions of about 5,000 nodes. */
export const JS_CHUNK_NODES = 1000;
/** Tapes of more nodes run from their tables: their source would spend seconds in the optimiser's queue. */
export const JS_SOURCE_NODES = 20_000;

const view = new DataView(new ArrayBuffer(8));

/** A program that ended with an error, as a WebAssembly trap does. */
export class Trap extends Error {}

/** Operations that JavaScript does not have, with the meaning of WebAssembly. */
export const helpers = {
  /** Nearest integer, ties to even. */
  nearest(x: number): number {
    const big = 4503599627370496;
    if (!(Math.abs(x) < big)) return x;
    const r = x > 0 ? x + big - big : x - big + big;
    return r === 0 ? (x < 0 ? -0 : x > 0 ? 0 : x) : r;
  },
  /** |x| with the sign of y; |x| if y is NaN. */
  copysign(x: number, y: number): number {
    return y < 0 || (y === 0 && 1 / y < 0) ? -Math.abs(x) : Math.abs(x);
  },
  /** Truncates and saturates; NaN gives 0. */
  toInteger(x: number): number {
    return x >= 2147483647 ? 2147483647 : x <= -2147483648 ? -2147483648 : x | 0;
  },
  /** Truncates and saturates to 64 bits; NaN gives 0. */
  toLong(x: number): bigint {
    return Number.isNaN(x)
      ? 0n
      : x >= 2 ** 63
        ? 2n ** 63n - 1n
        : x <= -(2 ** 63)
          ? -(2n ** 63n)
          : BigInt(Math.trunc(x));
  },
  /** The same without sign. */
  toUnsigned(x: number): number {
    return (x >= 4294967295 ? 4294967295 : x > 0 ? Math.trunc(x) : 0) | 0;
  },
  toUnsignedLong(x: number): bigint {
    return BigInt.asIntN(64, !(x > 0) ? 0n : x >= 2 ** 64 ? 2n ** 64n - 1n : BigInt(Math.trunc(x)));
  },
  divide(a: number, b: number): number {
    if (b === 0) throw new Trap("integer division by zero");
    if (b === -1 && a === -2147483648) throw new Trap("integer overflow in division");
    return (a / b) | 0;
  },
  remainder(a: number, b: number): number {
    if (b === 0) throw new Trap("integer division by zero");
    return (a % b) | 0;
  },
  divideLong(a: bigint, b: bigint): bigint {
    if (b === 0n) throw new Trap("integer division by zero");
    if (b === -1n && a === -(2n ** 63n)) throw new Trap("integer overflow in division");
    return a / b;
  },
  remainderLong(a: bigint, b: bigint): bigint {
    if (b === 0n) throw new Trap("integer division by zero");
    return a % b;
  },
  bitsOfF64(x: number): bigint {
    view.setFloat64(0, x);
    return view.getBigInt64(0);
  },
  f64OfBits(x: bigint): number {
    view.setBigInt64(0, x);
    return view.getFloat64(0);
  },
  bitsOfF32(x: number): number {
    view.setFloat32(0, x);
    return view.getInt32(0);
  },
  f32OfBits(x: number): number {
    view.setInt32(0, x);
    return view.getFloat32(0);
  },
  popcount(x: number): number {
    let count = 0;
    for (let rest = x; rest !== 0; rest &= rest - 1) count++;
    return count;
  },
  popcountLong(x: bigint): bigint {
    let count = 0n;
    for (let rest = BigInt.asUintN(64, x); rest !== 0n; rest &= rest - 1n) count++;
    return count;
  },
  leadingLong(x: bigint): bigint {
    const whole = BigInt.asUintN(64, x);
    return whole === 0n ? 64n : BigInt(64 - whole.toString(2).length);
  },
  trailingLong(x: bigint): bigint {
    let count = 0n;
    for (let rest = BigInt.asUintN(64, x); count < 64n && (rest & 1n) === 0n; rest >>= 1n) count++;
    return count;
  },
  /** Rounded once from 64 bits to 24. */
  singleOfLong(x: bigint): number {
    // To odd at 53 bits first, so that the second rounding decides rightly.
    const high = x >> 11n;
    const sticky = high << 11n === x ? high : high | 1n;
    return x >= -(2n ** 53n) && x <= 2n ** 53n ? Math.fround(Number(x)) : Math.fround(Number(sticky) * 2048);
  },
  pmin: (a: number, b: number): number => (b < a ? b : a),
  pmax: (a: number, b: number): number => (a < b ? b : a),
  stop(why: string): never {
    throw new Trap(why);
  },
};

export interface JsModule {
  /** Exported functions by name; arrays are byte addresses. */
  readonly exports: Record<string, (...args: number[]) => number>;
  readonly scratch: ReadonlyMap<string, number>;
  /** The generated source; empty if everything runs from tables. */
  readonly source: string;
}

export interface JsOptions {
  /** Tapes above this many nodes run from their tables. */
  readonly sourceNodes?: number;
  readonly chunkNodes?: number;
}

type Inner = (...args: number[]) => number;

/** Makes the functions of a program over the memory `buffer`, which must not be detached while they are used. */
export function linkJs(
  given: Program,
  buffer: ArrayBufferLike,
  functions: FunctionTable,
  options: JsOptions = {},
): JsModule {
  const { sourceNodes = JS_SOURCE_NODES, chunkNodes = JS_CHUNK_NODES } = options;
  const program = scalarise(given);
  const F = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
  const scratch = new Map<string, number>();
  const math = mathUses(program.functions);
  const mathNames = new Map<string, string>();
  for (const key of math.keys()) mathNames.set(key, `m${mathNames.size}`);
  const names = new Map<ProgramFunction, string>(program.functions.map((f, i) => [f, `f${i}`]));
  const tables: Inner[] = [];
  const parts: string[] = [];
  for (const f of program.functions) {
    if (f.kind === "structured") parts.push(structured(f, names, mathNames));
    else if (f.tape.op.length > sourceNodes) {
      scratch.set(f.name, f.tape.op.length);
      parts.push(`const ${names.get(f)} = T[${tables.push(table(f, F, functions)) - 1}];`);
    } else {
      const { source, scratchLength } = tapeSource(f, names.get(f)!, mathNames, chunkNodes);
      scratch.set(f.name, scratchLength);
      parts.push(source);
    }
  }
  if (program.functions.every((f) => f.kind === "tape" && f.tape.op.length > sourceNodes)) {
    const exports: Record<string, Inner> = {};
    program.functions.forEach((f, k) => {
      const isAddress = parametersOf(f).map(({ type }) => isArray(type));
      exports[f.name] = (...args) => tables[k](...args.map((x, p) => (isAddress[p] ? x >>> 3 : x)));
    });
    return { exports, scratch, source: "" };
  }
  const wrappers = program.functions.map((f) => {
    const list = parametersOf(f).map((_, p) => `p${p}`);
    const inner = parametersOf(f).map(({ type }, p) => {
      if (isArray(type)) return `p${p} >>> ${ELEMENT_SHIFT[elementOf(type)]}`;
      return { f64: `+p${p}`, f32: `fround(p${p})`, i32: `p${p} | 0`, i64: `p${p}` }[type as Scalar];
    });
    return `${JSON.stringify(f.name)}: (${list.join(", ")}) => ${names.get(f)}(${inner.join(", ")}),`;
  });
  const source = [
    '"use strict";',
    `const { ${Object.keys(helpers).join(", ")} } = H;`,
    "const { abs, sqrt, floor, ceil, trunc, min, max, imul, fround, clz32 } = Math;",
    "const { asIntN, asUintN } = BigInt;",
    ...[...mathNames].map(([key, name]) => `const ${name} = M[${JSON.stringify(math.get(key)!.name)}];`),
    ...parts,
    `return {\n${wrappers.join("\n")}\n};`,
  ].join("\n");
  let make: (...args: unknown[]) => Record<string, Inner>;
  try {
    make = new Function(...Object.values(VIEWS), "H", "M", "T", source) as typeof make;
  } catch (cause) {
    throw new Failure("unsupported", `program ${program.name}: this page does not let JavaScript be generated`, {
      hint: "use target wasm",
      cause,
    });
  }
  const views = [
    F,
    new Float32Array(buffer),
    new BigInt64Array(buffer),
    new Int32Array(buffer),
    new Int16Array(buffer),
    new Uint16Array(buffer),
    new Int8Array(buffer),
    new Uint8Array(buffer),
  ];
  return { exports: make(...views, helpers, functions, tables), scratch, source };
}

// ---- Tapes ----

/** Runs a tape from its table; views are kept from call to call. */
function table(f: TapeFunction, F: Float64Array, functions: FunctionTable): Inner {
  const { tape } = f;
  const list = tape.functions.map((name) => functions[name]);
  const scalars = tape.scalars.length;
  const lengths = [...tape.arrays.map(({ length }) => length), tape.op.length];
  const at = lengths.map(() => -1);
  const views: Float64Array[] = lengths.map(() => F);
  return (...args) => {
    for (let k = 0; k < lengths.length; k++) {
      const offset = args[scalars + k];
      if (at[k] !== offset) {
        views[k] = F.subarray(offset, offset + lengths[k]);
        at[k] = offset;
      }
    }
    runTape(tape, list, args, views, views[lengths.length - 1]);
    return 0;
  };
}

export function number(value: number): string {
  if (Object.is(value, -0)) return "(-0)";
  return value < 0 ? `(${value})` : String(value);
}

const INFIX: Record<number, string> = { [Op.add]: "+", [Op.sub]: "-", [Op.mul]: "*", [Op.div]: "/" };
const RELATION: Record<number, string> = { [Op.lt]: "<", [Op.le]: "<=", [Op.eq]: "===", [Op.ne]: "!==" };
const PREFIX: Record<number, string> = {
  [Op.sqrt]: "sqrt",
  [Op.abs]: "abs",
  [Op.floor]: "floor",
  [Op.ceil]: "ceil",
  [Op.min]: "min",
  [Op.max]: "max",
};

function tapeSource(
  f: TapeFunction,
  name: string,
  math: Map<string, string>,
  chunkNodes: number,
): { source: string; scratchLength: number } {
  const tape: Tape = f.tape;
  const { op, a, b, c } = tape;
  const plan = schedule(tape, chunkNodes);
  const { place, slot, units, start } = plan;

  function value(i: number): string {
    switch (place[i]) {
      case Place.inline: return expression(i);
      case Place.local: return `t${slot[i]}`;
      case Place.scratch: return `F[w + ${slot[i]}]`;
    } // oxfmt-ignore
    if (op[i] === Op.constant) return number(tape.constants[a[i]]);
    if (op[i] === Op.load) return `F[a${a[i]} + ${b[i]}]`;
    return plan.scalarsInScratch ? `F[w + ${a[i]}]` : `s${a[i]}`;
  }

  function truth(i: number): string {
    return (place[i] === Place.inline ? relation(i) : undefined) ?? `(${value(i)} !== 0)`;
  }

  function relation(i: number): string | undefined {
    const operation = op[i];
    if (RELATION[operation]) return `(${value(a[i])} ${RELATION[operation]} ${value(b[i])})`;
    if (operation === Op.not) return `!${truth(a[i])}`;
    if (operation === Op.and) return `(${truth(a[i])} && ${truth(b[i])})`;
    if (operation === Op.or) return `(${truth(a[i])} || ${truth(b[i])})`;
    return undefined;
  }

  function expression(i: number): string {
    const operation = op[i];
    if (INFIX[operation]) return `(${value(a[i])} ${INFIX[operation]} ${value(b[i])})`;
    if (operation === Op.neg) return `(-${value(a[i])})`;
    if (PREFIX[operation])
      return `${PREFIX[operation]}(${value(a[i])}${operation === Op.min || operation === Op.max ? `, ${value(b[i])}` : ""})`;
    if (operation === Op.select) return `(${truth(c[i])} ? ${value(a[i])} : ${value(b[i])})`;
    if (operation === Op.call1) return `${math.get(`${tape.functions[b[i]]}/1`)}(${value(a[i])})`;
    if (operation === Op.call2) return `${math.get(`${tape.functions[c[i]]}/2`)}(${value(a[i])}, ${value(b[i])})`;
    return `(${relation(i)} ? 1 : 0)`;
  }

  const scalars = tape.scalars.map((_, k) => `s${k}`);
  const arrays = [...tape.arrays.map((_, k) => `a${k}`), "w"];
  const chunks = plan.locals.length;
  const out: string[] = [];
  for (let k = 0; k < chunks; k++) {
    const parameters = chunks === 1 ? [...scalars, ...arrays] : arrays;
    out.push(`function ${chunks === 1 ? name : `${name}_${k}`}(${parameters.join(", ")}) {`);
    for (let u = start[k]; u < start[k + 1]; u++) {
      const i = units[u];
      if (op[i] === Op.store) out.push(`F[a${b[i]} + ${c[i]}] = ${value(a[i])};`);
      else if (place[i] === Place.scratch) out.push(`F[w + ${slot[i]}] = ${expression(i)};`);
      else out.push(`const t${slot[i]} = ${expression(i)};`);
    }
    out.push("}");
  }
  if (chunks > 1) {
    out.push(`function ${name}(${[...scalars, ...arrays].join(", ")}) {`);
    if (plan.scalarsInScratch) for (let s = 0; s < scalars.length; s++) out.push(`F[w + ${s}] = s${s};`);
    for (let k = 0; k < chunks; k++) out.push(`${name}_${k}(${arrays.join(", ")});`);
    out.push("}");
  }
  return { source: out.join("\n"), scratchLength: plan.scratchLength };
}

// ---- Structured functions ----

/** Names of the views of the memory in generated source, in the order they are passed. */
const VIEWS: Record<Element, string> = {
  f64: "F",
  f32: "G",
  i64: "L",
  i32: "I",
  i16: "S",
  u16: "SU",
  i8: "B",
  u8: "BU",
};

const COMPARE: Partial<Record<OperationName, string>> = { eq: "===", ne: "!==", lt: "<", le: "<=", gt: ">", ge: ">=" };
const COMPARE_UNSIGNED: Partial<Record<OperationName, string>> = { ltu: "<", leu: "<=", gtu: ">", geu: ">=" };
const FLOAT_CALL: Partial<Record<OperationName, string>> = {
  abs: "abs", sqrt: "sqrt", floor: "floor", ceil: "ceil", trunc: "trunc", nearest: "nearest", min: "min", max: "max", copysign: "copysign",
}; // oxfmt-ignore
const FLOAT_INFIX: Partial<Record<OperationName, string>> = { add: "+", sub: "-", mul: "*", div: "/" };
const INTEGER_INFIX: Partial<Record<OperationName, string>> = {
  add: "+", sub: "-", mul: "*", and: "&", or: "|", xor: "^", shl: "<<", shr: ">>",
}; // oxfmt-ignore

function structured(
  f: StructuredFunction,
  functionNames: Map<ProgramFunction, string>,
  math: Map<string, string>,
): string {
  const names = new Map<Variable, string>();
  const name = (v: Variable): string => {
    let known = names.get(v);
    if (!known) names.set(v, (known = `v_${v.name.replaceAll(/\W/g, "_")}_${names.size}`));
    return known;
  };
  const parameters = f.parameters.map(name);
  const variables = assigned(f);
  const locals = [...variables].filter((v) => !f.parameters.includes(v));
  const unchanged = (v: Variable): boolean => !variables.has(v);
  let limits = 0;
  const out: string[] = [`function ${functionNames.get(f)}(${parameters.join(", ")}) {`];
  if (locals.length > 0)
    out.push(`let ${locals.map((v) => `${name(v)} = ${v.type === "i64" ? "0n" : "0"}`).join(", ")};`);
  statements(f.body);
  out.push("}");
  return out.join("\n");

  function statements(list: readonly Statement[]): void {
    for (const s of list) statement(s);
  }

  function statement(s: Statement): void {
    switch (s.kind) {
      case "set":
        out.push(`${name(s.target)} = ${expression(s.value)};`);
        return;
      case "view":
        out.push(`${name(s.target)} = (${name(s.array)} + ${expression(s.offset)}) | 0;`);
        return;
      case "store":
        out.push(`${element(s.array, s.index)} = ${expression(s.value)};`);
        return;
      case "for": {
        const { to } = s;
        let limit = expression(to);
        if (to.kind !== "constant" && !(to.kind === "variable" && unchanged(to))) {
          out.push(`const limit${limits} = ${limit};`);
          limit = `limit${limits++}`;
        }
        const t = name(s.target);
        out.push(
          `for (${t} = ${expression(s.from)}; ${t} ${s.step > 0 ? "<" : ">"} ${limit}; ${t} = (${t} + ${number(s.step)}) | 0) {`,
        );
        statements(s.body);
        out.push("}");
        return;
      }
      case "while":
        out.push(`while (${condition(s.condition)}) {`);
        statements(s.body);
        out.push("}");
        return;
      case "if":
        out.push(`if (${condition(s.condition)}) {`);
        statements(s.body);
        if (s.otherwise.length > 0) {
          out.push("} else {");
          statements(s.otherwise);
        }
        out.push("}");
        return;
      case "break":
        out.push("break;");
        return;
      case "trap":
        out.push(`stop(${JSON.stringify(s.why)});`);
        return;
      case "return":
        out.push(s.value ? `return ${expression(s.value)};` : "return;");
        return;
      case "do":
        out.push(`${functionNames.get(s.callee)}(${s.args.map(argument).join(", ")});`);
        return;
    }
  }

  function element(array: Variable, index: Expression): string {
    return `${VIEWS[elementOf(array.type as "f64[]")]}[(${name(array)} + ${expression(index)}) | 0]`;
  }

  function argument(x: Argument): string {
    return x.kind === "slice" ? `(${name(x.array)} + ${expression(x.offset)}) | 0` : expression(x);
  }

  /** A comparison without sign of integers. */
  function unsigned(x: Expression): string {
    return x.type === "i64" ? `asUintN(64, ${expression(x)})` : `(${expression(x)} >>> 0)`;
  }

  /** An i32 expression where JavaScript asks for truth. */
  function condition(e: Expression): string {
    if (e.kind === "operation") {
      const [a, b] = e.args;
      if (COMPARE[e.op]) return `${expression(a)} ${COMPARE[e.op]} ${expression(b)}`;
      if (COMPARE_UNSIGNED[e.op]) return `${unsigned(a)} ${COMPARE_UNSIGNED[e.op]} ${unsigned(b)}`;
      if (e.op === "not") return `!(${condition(a)})`;
    }
    return `${expression(e)} !== 0`;
  }

  function expression(e: Expression): string {
    switch (e.kind) {
      case "constant":
        return e.type === "i64" ? `(${e.value}n)` : number(e.value);
      case "variable":
        return name(e);
      case "load":
        return element(e.array, e.index);
      case "operation":
        return operation(e);
      case "math": {
        const value = `${math.get(mathKey(e.name, e.args.length, e.type))}(${e.args.map(expression).join(", ")})`;
        return e.type === "f32" ? `fround(${value})` : value;
      }
      case "call":
        return `${functionNames.get(e.callee)}(${e.args.map(argument).join(", ")})`;
    }
  }

  function operation(e: Operation): string {
    if (COMPARE[e.op] || COMPARE_UNSIGNED[e.op] || e.op === "not") return `(${condition(e)} ? 1 : 0)`;
    if (e.op === "select") return `(${condition(e.args[2])} ? ${expression(e.args[0])} : ${expression(e.args[1])})`;
    const args = e.args.map(expression);
    if (e.op === "convert" || e.op === "convertu" || e.op === "bits") return converted(e, args[0]);
    if (e.type === "f64") return float(e.op, args);
    if (e.type === "f32") return e.op === "madd" || e.op === "nmadd" ? fused32(e.op, args) : `fround(${float(e.op, args)})`; // oxfmt-ignore
    return e.type === "i64" ? long(e, args) : integer(e, args);
  }

  function float(op: OperationName, [a, b, c]: string[]): string {
    const call = FLOAT_CALL[op];
    if (call) return `${call}(${b === undefined ? a : `${a}, ${b}`})`;
    if (op === "neg") return `(-${a})`;
    if (op === "pmin") return `pmin(${a}, ${b})`;
    if (op === "pmax") return `pmax(${a}, ${b})`;
    if (op === "madd") return `(${a} * ${b} + ${c})`;
    if (op === "nmadd") return `(${c} - ${a} * ${b})`;
    return `(${a} ${FLOAT_INFIX[op]} ${b})`;
  }

  function fused32(op: OperationName, [a, b, c]: string[]): string {
    return op === "madd" ? `fround(fround(${a} * ${b}) + ${c})` : `fround(${c} - fround(${a} * ${b}))`;
  }

  function integer(e: Operation, [a, b]: string[]): string {
    switch (e.op) {
      case "neg": return `(-${a} | 0)`;
      case "abs": return `(abs(${a}) | 0)`;
      case "mul": return `imul(${a}, ${b})`;
      case "div": return `divide(${a}, ${b})`;
      case "rem": return `remainder(${a}, ${b})`;
      case "divu": return `divide(${a} >>> 0, ${b} >>> 0)`;
      case "remu": return `remainder(${a} >>> 0, ${b} >>> 0)`;
      case "min": case "max": return `${e.op}(${a}, ${b})`;
      case "shru": return `((${a} >>> ${b}) | 0)`;
      case "rotl": return `((${a} << ${b}) | (${a} >>> -${b}))`;
      case "clz": return `clz32(${a})`;
      case "ctz": return `(${a} === 0 ? 32 : 31 - clz32(${a} & -${a}))`;
      case "popcnt": return `popcount(${a})`;
      default: return `((${a} ${INTEGER_INFIX[e.op]} ${b}) | 0)`;
    } // oxfmt-ignore
  }

  function long(e: Operation, [a, b]: string[]): string {
    switch (e.op) {
      case "neg": return `asIntN(64, -${a})`;
      case "abs": return `asIntN(64, ${a} < 0n ? -${a} : ${a})`;
      case "div": return `divideLong(${a}, ${b})`;
      case "rem": return `remainderLong(${a}, ${b})`;
      case "divu": return `asIntN(64, divideLong(asUintN(64, ${a}), asUintN(64, ${b})))`;
      case "remu": return `asIntN(64, remainderLong(asUintN(64, ${a}), asUintN(64, ${b})))`;
      case "shl": return `asIntN(64, ${a} << (${b} & 63n))`;
      case "shr": return `(${a} >> (${b} & 63n))`;
      case "shru": return `asIntN(64, asUintN(64, ${a}) >> (${b} & 63n))`;
      case "rotl": return `asIntN(64, (${a} << (${b} & 63n)) | (asUintN(64, ${a}) >> (-${b} & 63n)))`;
      case "clz": return `leadingLong(${a})`;
      case "ctz": return `trailingLong(${a})`;
      case "popcnt": return `popcountLong(${a})`;
      default: return `asIntN(64, ${a} ${INTEGER_INFIX[e.op]} ${b})`;
    } // oxfmt-ignore
  }

  function converted(e: Operation, a: string): string {
    const unsigned = e.op === "convertu";
    switch (`${e.op === "bits" ? "bits " : ""}${e.type}<${e.args[0].type}`) {
      case "f64<i32": return unsigned ? `(${a} >>> 0)` : a;
      case "f64<f32": return a;
      case "f64<i64": return unsigned ? `Number(asUintN(64, ${a}))` : `Number(${a})`;
      case "f32<f64": return `fround(${a})`;
      case "f32<i32": return unsigned ? `fround(${a} >>> 0)` : `fround(${a})`;
      case "f32<i64": return `singleOfLong(${a})`;
      case "i32<f64": case "i32<f32": return unsigned ? `toUnsigned(${a})` : `toInteger(${a})`;
      case "i32<i64": return `Number(asIntN(32, ${a}))`;
      case "i64<i32": return unsigned ? `BigInt(${a} >>> 0)` : `BigInt(${a})`;
      case "i64<f64": case "i64<f32": return unsigned ? `toUnsignedLong(${a})` : `toLong(${a})`;
      case "bits f64<i64": return `f64OfBits(${a})`;
      case "bits i64<f64": return `bitsOfF64(${a})`;
      case "bits f32<i32": return `f32OfBits(${a})`;
      case "bits i32<f32": return `bitsOfF32(${a})`;
      default: throw new Error(`no conversion from ${e.args[0].type} to ${e.type}`);
    } // oxfmt-ignore
  }
}
