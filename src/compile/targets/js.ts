// Target js: a program as JavaScript source over two views (F: Float64Array, I: Int32Array) of one memory. Array parameters are
// element offsets inside, byte addresses at the exported functions, as in wasm. Small tapes become expressions, cut into
// functions of bounded size; large ones run from their tables (runTape), because V8 never optimises that much source.
// An f64x2 is two numbers, computed one after the other.
// Gives the same bits as target wasm: the helpers below define the operations that JavaScript lacks.
// Left out: anything that depends on a particular engine (asm.js annotations, view tricks).
import { Failure } from "../../base/index.ts";
import type {
  Argument,
  BinaryOp,
  CompareOp,
  Expression,
  Program,
  ProgramFunction,
  Statement,
  StructuredFunction,
  TapeFunction,
  UnaryOp,
  Variable,
} from "../ir.ts";
import { Place, schedule } from "../schedule.ts";
import { assigned, isArray, mathUses, parametersOf } from "../shape.ts";
import { Op, runTape, type FunctionTable, type Tape } from "../tape.ts";

/** Nodes of a function that a tape is cut into; V8 stops optimising functions of about 5,000 nodes. */
export const JS_CHUNK_NODES = 1000;
/** Tapes of more nodes run from their tables: their source would spend seconds in the optimiser's queue. */
export const JS_SOURCE_NODES = 20_000;

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
  divide(a: number, b: number): number {
    if (b === 0) throw new RangeError("integer division by zero");
    if (b === -1 && a === -2147483648) throw new RangeError("integer overflow in division");
    return (a / b) | 0;
  },
  remainder(a: number, b: number): number {
    if (b === 0) throw new RangeError("integer division by zero");
    return (a % b) | 0;
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
  program: Program,
  buffer: ArrayBufferLike,
  functions: FunctionTable,
  options: JsOptions = {},
): JsModule {
  const { sourceNodes = JS_SOURCE_NODES, chunkNodes = JS_CHUNK_NODES } = options;
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
    const inner = parametersOf(f).map(
      ({ type }, p) =>
        `p${p}${type === "f64[]" ? " >>> 3" : type === "i32[]" ? " >>> 2" : type === "i32" ? " | 0" : ""}`,
    );
    return `${JSON.stringify(f.name)}: (${list.join(", ")}) => ${names.get(f)}(${inner.map((x, p) => (parametersOf(f)[p].type === "f64" ? `+${x}` : x)).join(", ")}),`;
  });
  const source = [
    '"use strict";',
    "const { nearest, copysign, toInteger, divide, remainder } = H;",
    "const { abs, sqrt, floor, ceil, trunc, min, max, imul } = Math;",
    ...[...mathNames].map(([key, name]) => `const ${name} = M[${JSON.stringify(math.get(key)!.name)}];`),
    ...parts,
    `return {\n${wrappers.join("\n")}\n};`,
  ].join("\n");
  let make: (...args: unknown[]) => Record<string, Inner>;
  try {
    make = new Function("F", "I", "H", "M", "T", source) as typeof make;
  } catch (cause) {
    throw new Failure("unsupported", `program ${program.name}: this page does not let JavaScript be generated`, {
      hint: "use target wasm",
      cause,
    });
  }
  const I = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  return { exports: make(F, I, helpers, functions, tables), scratch, source };
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

const COMPARE: Record<CompareOp, string> = { eq: "===", ne: "!==", lt: "<", le: "<=", gt: ">", ge: ">=" };
const F64_UNARY: Partial<Record<UnaryOp, string>> = {
  abs: "abs",
  sqrt: "sqrt",
  floor: "floor",
  ceil: "ceil",
  trunc: "trunc",
  nearest: "nearest",
  i32: "toInteger",
};
const F64_INFIX: Partial<Record<BinaryOp, string>> = { add: "+", sub: "-", mul: "*", div: "/" };
const I32_INFIX: Partial<Record<BinaryOp, string>> = {
  add: "+",
  sub: "-",
  and: "&",
  or: "|",
  xor: "^",
  shl: "<<",
  shr: ">>",
  shru: ">>>",
};
const PREFIX_BINARY: Partial<Record<BinaryOp, string>> = { min: "min", max: "max", copysign: "copysign" };

function storesLanes(body: readonly Statement[]): boolean {
  return body.some((s) =>
    s.kind === "store"
      ? s.value.type === "f64x2"
      : s.kind === "if"
        ? storesLanes(s.body) || storesLanes(s.otherwise)
        : (s.kind === "for" || s.kind === "while") && storesLanes(s.body),
  );
}

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
    out.push(
      `let ${locals.map((v) => (v.type === "f64x2" ? `${name(v)}_0 = 0, ${name(v)}_1 = 0` : `${name(v)} = 0`)).join(", ")};`,
    );
  if (locals.some((v) => v.type === "f64x2") || storesLanes(f.body)) out.push("let lane0 = 0, lane1 = 0, place = 0;");
  statements(f.body);
  out.push("}");
  return out.join("\n");

  function statements(list: readonly Statement[]): void {
    for (const s of list) statement(s);
  }

  function statement(s: Statement): void {
    switch (s.kind) {
      case "set":
        if (s.value.type === "f64x2") {
          both(s.value);
          out.push(`${name(s.target)}_0 = lane0; ${name(s.target)}_1 = lane1;`);
        } else out.push(`${name(s.target)} = ${expression(s.value)};`);
        return;
      case "view":
        out.push(`${name(s.target)} = (${name(s.array)} + ${expression(s.offset)}) | 0;`);
        return;
      case "store":
        if (s.value.type === "f64x2") {
          both(s.value);
          // The index may read what the first lane overwrites.
          out.push(`place = (${name(s.array)} + ${expression(s.index)}) | 0; F[place] = lane0; F[place + 1] = lane1;`);
        } else out.push(`${element(s.array, s.index)} = ${expression(s.value)};`);
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
      case "return":
        out.push(s.value ? `return ${expression(s.value)};` : "return;");
        return;
      case "do":
        out.push(`${functionNames.get(s.callee)}(${s.args.map(argument).join(", ")});`);
        return;
    }
  }

  function element(array: Variable, index: Expression, more = 0): string {
    return `${array.type === "f64[]" ? "F" : "I"}[(${name(array)} + ${expression(index)}${more ? ` + ${more}` : ""}) | 0]`;
  }

  /** Both lanes to lane0 and lane1; whatever reads a lane does so before either is changed. */
  function both(e: Expression): void {
    out.push(`lane0 = ${laneOf(e, 0)}; lane1 = ${laneOf(e, 1)};`);
  }

  function laneOf(e: Expression, k: 0 | 1): string {
    if (e.kind === "variable") return `${name(e)}_${k}`;
    if (e.kind === "load") return element(e.array, e.index, k);
    if (e.kind === "splat") return expression(e.a);
    if (e.kind === "pair") return expression(k === 0 ? e.a : e.b);
    if (e.kind === "binary") return `(${laneOf(e.a, k)} ${F64_INFIX[e.op]} ${laneOf(e.b, k)})`;
    throw new Failure("domain", `an f64x2 of kind ${e.kind}`);
  }

  function argument(x: Argument): string {
    return x.kind === "slice" ? `(${name(x.array)} + ${expression(x.offset)}) | 0` : expression(x);
  }

  /** An i32 expression where JavaScript asks for truth. */
  function condition(e: Expression): string {
    if (e.kind === "compare") return `${expression(e.a)} ${COMPARE[e.op]} ${expression(e.b)}`;
    if (e.kind === "unary" && e.op === "not") return `!(${condition(e.a)})`;
    return `${expression(e)} !== 0`;
  }

  function expression(e: Expression): string {
    switch (e.kind) {
      case "constant":
        return number(e.value);
      case "variable":
        return name(e);
      case "load":
        return element(e.array, e.index);
      case "lane":
        return laneOf(e.a, e.lane);
      case "splat":
      case "pair":
        throw new Failure("domain", `an f64x2 where a number is needed`);
      case "unary": {
        const a = expression(e.a);
        if (e.op === "f64") return a;
        if (e.op === "not") return `(${a} === 0 ? 1 : 0)`;
        if (e.op === "neg") return e.type === "f64" ? `(-${a})` : `(-${a} | 0)`;
        if (e.type === "i32" && e.op === "abs") return `(abs(${a}) | 0)`;
        return `${F64_UNARY[e.op]}(${a})`;
      }
      case "binary": {
        const a = expression(e.a);
        const b = expression(e.b);
        const prefix = PREFIX_BINARY[e.op];
        if (prefix) return `${prefix}(${a}, ${b})`;
        if (e.type === "f64") return `(${a} ${F64_INFIX[e.op]} ${b})`;
        if (e.op === "mul") return `imul(${a}, ${b})`;
        if (e.op === "div") return `divide(${a}, ${b})`;
        if (e.op === "rem") return `remainder(${a}, ${b})`;
        return `((${a} ${I32_INFIX[e.op]} ${b}) | 0)`;
      }
      case "compare":
        return `(${condition(e)} ? 1 : 0)`;
      case "select":
        return `(${condition(e.condition)} ? ${expression(e.a)} : ${expression(e.b)})`;
      case "math":
        return `${math.get(`${e.name}/${e.args.length}`)}(${e.args.map(expression).join(", ")})`;
      case "call":
        return `${functionNames.get(e.callee)}(${e.args.map(argument).join(", ")})`;
    }
  }
}
