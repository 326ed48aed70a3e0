// Target c: a program as portable C11 source. Structured functions are translated statement by statement; tapes are cut into
// chunks (schedule.ts), so that compile time stays bounded. Operations that C lacks, or leaves undefined, are small inline
// functions before the code (c-helpers.ts): integers wrap, shifts are masked, conversions saturate, division by zero stops.
// A program that stops (a `trap`, an integer division) leaves by longjmp to the exported function, which notes the reason.
// Lanes become GNU vectors, or scalars by the pass `scalarise` where the source must go to any compiler.
// Functions of the function table are those of <math.h>, with the special cases of JavaScript's Math.
// Left out: threads, `restrict` for arrays of structured functions (the IR lets them overlap).
import { Failure } from "../../base/index.ts";
import type { Argument, Element, Expression, Load, Operation, Program, ProgramFunction, Scalar, Statement, StructuredFunction, TapeFunction, Type, ValueType, Variable } from "../ir.ts"; // oxfmt-ignore
import { elementOf, isArray, isCompare, isLanes, type OperationName } from "../operations.ts";
import { checkBounds } from "../passes/bounds.ts";
import { scalarise } from "../passes/scalarise.ts";
import { Place, schedule } from "../schedule.ts";
import { assigned, callees, parametersOf, resultOf, visitBody, visitExpression, visitStatements } from "../shape.ts";
import { Op, type Tape } from "../tape.ts";
import { verify } from "../verify.ts";
import { C_MATH, C_TYPES, Helpers } from "./c-helpers.ts";
import { Scope } from "./c-names.ts";

/** Nodes of a chunk of a tape: what gcc optimises in about 0.1 s. */
export const C_CHUNK_NODES = 1000;

export interface COptions {
  /** Lanes as GNU vectors (gcc, clang) or as scalars (any C11 compiler). Default "scalar". */
  readonly lanes?: "vector" | "scalar";
  /** `madd` and `nmadd` round once where the machine has the instruction (FP_FAST_FMA). Default true. */
  readonly fused?: boolean;
  /** Nodes a chunk of a tape; default 1,000. */
  readonly chunkNodes?: number;
}

export interface CSource {
  readonly text: string;
  /** The C name of each function. */
  readonly names: ReadonlyMap<string, string>;
  /** Needed scratch elements of each tape, by name. */
  readonly scratch: ReadonlyMap<string, number>;
  /** Why the program may stop, by the number it leaves in `PROGRAM_stopped()`, from 1. */
  readonly traps: readonly string[];
  /** The function that gives the address of that number, if the program can stop. */
  readonly stopped?: string;
  /** Functions whose f64 scalars are passed as one array, because there are too many parameters for a foreign call. */
  readonly packed: ReadonlySet<string>;
  /** Has functions other than tapes. */
  readonly loops: boolean;
  /** Computes with lanes. */
  readonly wide: boolean;
  /** Operations written, a measure of compile time. */
  readonly nodes: number;
}

/**
 * A program as C11 source to take away. Function F of program P is `P_F`; arrays are pointers, scalars are passed by value.
 * The same bits as targets wasm and js if compiled without contraction and without -ffast-math, functions of <math.h> aside.
 */
export function emitC(program: Program, options: COptions = {}): CSource {
  verify(program);
  return writeC(checkBounds(program), options);
}

/** More parameters than this, and a tape's scalars are passed as one array (foreign calls allow 64). */
const MOST_PARAMETERS = 60;

/** As `emitC`, for a verified program with checked bounds. `packed`: foreign calls with many parameters get an entry of their own. */
export function writeC(given: Program, options: COptions & { readonly packed?: boolean } = {}): CSource {
  const { lanes = "scalar", chunkNodes = C_CHUNK_NODES, fused = true } = options;
  const program = lanes === "scalar" ? scalarise(given) : given;
  const unit = new Unit(program, chunkNodes, fused);
  for (const f of unit.inOrder()) unit.write(f);
  if (options.packed) for (const f of program.functions) unit.writePacked(f);
  return unit.finish();
}

/** Can the function, or one it calls, stop the program? Do they write to arrays? Which array parameters do they write? */
interface Effects {
  readonly stops: boolean;
  readonly writes: ReadonlySet<number>;
}

class Unit {
  readonly program: Program;
  readonly prefix: string;
  readonly #stopped: string;
  readonly helpers: Helpers;
  readonly traps: string[] = [];
  readonly names = new Map<ProgramFunction, string>();
  readonly scratch = new Map<string, number>();
  readonly packed = new Set<string>();
  readonly #chunkNodes: number;
  readonly #effects = new Map<ProgramFunction, Effects>();
  readonly scope = new Scope();
  /** Functions that others of the program call. */
  readonly #called = new Set<ProgramFunction>();
  readonly out: string[] = [];
  nodes = 0;

  constructor(program: Program, chunkNodes: number, fused: boolean) {
    this.program = program;
    this.#chunkNodes = chunkNodes;
    this.prefix = this.scope.name(program.name);
    this.#stopped = this.scope.name(`${this.prefix}_stopped`);
    this.helpers = new Helpers((why) => this.stop(why), fused);
    for (const f of program.functions) this.names.set(f, this.scope.name(`${this.prefix}_${f.name}`));
    for (const f of program.functions) if (f.kind === "structured") for (const g of callees(f)) this.#called.add(g);
  }

  /** Callees first, so that every function is declared before it is used. */
  inOrder(): ProgramFunction[] {
    const done = new Set<ProgramFunction>();
    const visit = (f: ProgramFunction): void => {
      if (done.has(f)) return;
      if (f.kind === "structured") for (const g of callees(f)) visit(g);
      done.add(f);
    };
    this.program.functions.forEach(visit);
    return [...done];
  }

  stop(why: string): string {
    const known = this.traps.indexOf(why);
    return `stop(${known < 0 ? this.traps.push(why) : known + 1})`;
  }

  effects(f: ProgramFunction): Effects {
    const known = this.#effects.get(f);
    if (known) return known;
    const writes = new Set<number>();
    let stops = false;
    if (f.kind === "tape") {
      const scalars = f.tape.scalars.length;
      f.tape.arrays.forEach(({ access }, k) => access === "write" && writes.add(scalars + k));
      writes.add(scalars + f.tape.arrays.length);
    } else {
      // A view is written like the array it looks into.
      const origin = new Map<Variable, Set<Variable>>();
      visitBody(f.body, (s) => {
        if (s.kind === "view") origin.set(s.target, (origin.get(s.target) ?? new Set()).add(s.array));
      });
      const seen = new Set<Variable>();
      const write = (v: Variable): void => {
        if (seen.has(v)) return;
        seen.add(v);
        const k = f.parameters.indexOf(v);
        if (k >= 0) writes.add(k);
        origin.get(v)?.forEach(write);
      };
      const called = (callee: ProgramFunction, args: readonly Argument[]): void => {
        const inner = this.effects(callee);
        stops ||= inner.stops;
        for (const k of inner.writes) {
          const x = args[k];
          write(x.kind === "slice" ? x.array : (x as Variable));
        }
      };
      // A view cannot be of a const array: it is a plain pointer.
      visitBody(f.body, (s) => {
        if (s.kind === "trap") stops = true;
        else if (s.kind === "store") write(s.array);
        else if (s.kind === "view") write(s.array);
        else if (s.kind === "do") called(s.callee, s.args);
      });
      visitStatements(f.body, (e) => {
        if (e.kind === "operation" && mayTrap(e)) stops = true;
        else if (e.kind === "call") called(e.callee, e.args);
      });
    }
    const found = { stops, writes };
    this.#effects.set(f, found);
    return found;
  }

  /** The name to call inside the program: functions that stop have a body without the landing place. */
  inner(f: ProgramFunction): string {
    return this.effects(f).stops ? `${this.names.get(f)}_body` : this.names.get(f)!;
  }

  /** "void p_f(int32_t n, const double *x)", with the names of the parameters. */
  signature(f: ProgramFunction, name: string, parameters: readonly string[]): string {
    const { writes } = this.effects(f);
    const list = parametersOf(f).map(({ type }, k) =>
      isArray(type)
        ? `${writes.has(k) ? "" : "const "}${C_TYPES[elementOf(type)]} *${f.kind === "tape" ? "restrict " : ""}${parameters[k]}`
        : `${C_TYPES[type as Scalar]} ${parameters[k]}`,
    );
    const result = resultOf(f);
    return `${result ? C_TYPES[result] : "void"} ${name}(${list.length > 0 ? list.join(", ") : "void"})`;
  }

  write(f: ProgramFunction): void {
    if (f.kind === "tape") {
      this.scratch.set(f.name, new TapeWriter(this, f, this.#chunkNodes).write());
      return;
    }
    const writer = new FunctionWriter(this, f);
    const body = writer.lines();
    const name = this.names.get(f)!;
    const { parameters } = writer;
    if (!this.effects(f).stops) {
      this.out.push("", this.signature(f, name, parameters), "{", ...body, "}");
      return;
    }
    // The landing place must not be in the function that runs: compilers keep no variables in registers around a setjmp.
    const result = resultOf(f) ? "return " : "";
    const call = `(${parameters.join(", ")});`;
    const inner = this.inner(f);
    let outer = inner;
    if (this.#called.has(f)) {
      this.out.push("", `static ${this.signature(f, inner, parameters)}`, "{", ...body, "}");
      outer = `${name}_apart`;
      body.splice(0, body.length, `  ${result}${inner}${call}`);
    }
    this.out.push("", `static NOINLINE ${this.signature(f, outer, parameters)}`, "{", ...body, "}");
    this.out.push(
      "",
      this.signature(f, name, parameters),
      "{",
      "  stopped_for = 0;",
      `  if (setjmp(landing) != 0) return${result ? " 0" : ""};`,
      `  ${result}${outer}${call}`,
      "}",
    );
  }

  /** An entry point `P_F_packed` whose f64 scalars lie in one array. */
  writePacked(f: ProgramFunction): void {
    const count = parametersOf(f).length;
    if (count <= MOST_PARAMETERS) return;
    const arrays = f.kind === "tape" ? f.tape.arrays.length + 1 : count;
    if (f.kind !== "tape" || arrays >= MOST_PARAMETERS)
      throw new Failure("limit", `function ${f.name} has ${count} parameters; target c can call ${MOST_PARAMETERS}`, {
        hint: "put scalars and arrays together into arrays",
      });
    const pointers = Array.from({ length: arrays }, (_, k) => `a${k}`);
    const scalars = f.tape.scalars.map((_, k) => `s[${k}]`);
    const { writes } = this.effects(f);
    const list = pointers.map((a, k) => `${writes.has(scalars.length + k) ? "" : "const "}double *restrict ${a}`);
    const name = this.names.get(f)!;
    this.out.push("", `void ${name}_packed(const double *s, ${list.join(", ")})`, "{", `  ${name}(${[...scalars, ...pointers].join(", ")});`, "}"); // oxfmt-ignore
    this.packed.add(f.name);
  }

  finish(): CSource {
    const { traps, helpers } = this;
    const stopped = this.#stopped;
    const comment = (text: string): string => text.replaceAll("*/", "* /").replaceAll(/[^\x20-\x7e]/g, "?");
    const head = [
      `/* Program ${comment(this.program.name)}: ${this.program.functions.length} functions, written by calculemus.`,
      "   ISO C11. Compile with contraction off (gcc, clang: -std=c11 -O3 -ffp-contract=off) and without -ffast-math;",
      "   then the results have the same bits everywhere, functions of <math.h> aside. */",
      "#include <float.h>",
      "#include <math.h>",
      ...(traps.length > 0 ? ["#include <setjmp.h>"] : []),
      "#include <stddef.h>",
      "#include <stdint.h>",
      "#include <string.h>",
      "",
      "#if !defined(__GNUC__) || defined(__clang__)",
      "#pragma STDC FP_CONTRACT OFF",
      "#endif",
      "#if FLT_EVAL_METHOD != 0",
      '#error "double must be computed in double: on 32-bit x86, compile with -msse2 -mfpmath=sse"',
      "#endif",
      "#if defined(__FAST_MATH__)",
      '#error "-ffast-math changes results: compile without it"',
      "#endif",
      "#if defined(__GNUC__)",
      "#define NOINLINE __attribute__((noinline))",
      "#else",
      "#define NOINLINE",
      "#endif",
    ];
    if (traps.length > 0)
      head.push(
        "",
        "/* Why the last call stopped: 0, it did not;",
        ...traps.map((why, k) => `   ${k + 1}: ${comment(why)}${k === traps.length - 1 ? ". */" : ";"}`),
        "static _Thread_local int stopped_for;",
        "static _Thread_local jmp_buf landing;",
        `int *${stopped}(void)`,
        "{",
        "  return &stopped_for;",
        "}",
        "static _Noreturn void stop(int reason)",
        "{",
        "  stopped_for = reason;",
        "  longjmp(landing, 1);",
        "}",
      );
    const text = [...head, ...helpers.lines(), ...this.out, ""].join("\n");
    const names = new Map(this.program.functions.map((f) => [f.name, this.names.get(f)!]));
    const { scratch, packed, nodes } = this;
    const loops = this.program.functions.some((f) => f.kind === "structured");
    return {
      loops,
      wide: helpers.lanes,
      text,
      names,
      scratch,
      traps,
      stopped: traps.length > 0 ? stopped : undefined,
      packed,
      nodes,
    };
  }

  /** The call of a function of the table. */
  math(name: string, args: readonly string[], type: "f64" | "f32"): string {
    const known = C_MATH[name];
    if (known === undefined || known.arity !== args.length)
      throw new Failure("unsupported", `target c has no function ${name} of ${args.length} arguments`, {
        hint: "use target wasm or js, or expand the function (the pass expandMath)",
      });
    const called = known.helper ? this.helpers.use(`math_${name}`) : name;
    if (type === "f64") return `${called}(${args.join(", ")})`;
    return `(float)${called}(${args.map((x) => `(double)${x}`).join(", ")})`;
  }
}

const DIVISIONS: ReadonlySet<OperationName> = new Set(["div", "rem", "divu", "remu"]);

/** An integer division whose divisor is not a harmless constant. */
function mayTrap(e: Operation): boolean {
  if (!DIVISIONS.has(e.op) || (e.type !== "i32" && e.type !== "i64")) return false;
  return !harmless(e.args[1]);
}

/** A constant other than 0 and -1. */
function harmless(divisor: Expression): boolean {
  return divisor.kind === "constant" && Number(divisor.value) !== 0 && Number(divisor.value) !== -1;
}

/** A number as a C expression. */
function number(value: number | bigint, type: Scalar): string {
  if (type === "i64") {
    if (value === -(2n ** 63n)) return "INT64_MIN";
    return Number(value) < 0 ? `(-INT64_C(${-(value as bigint)}))` : `INT64_C(${value})`;
  }
  if (type === "i32") {
    if (value === -2147483648) return "INT32_MIN";
    return Number(value) < 0 ? `(${value})` : String(value);
  }
  const suffix = type === "f32" ? "f" : "";
  const x = value as number;
  if (Number.isNaN(x)) return type === "f32" ? "NAN" : "(double)NAN";
  if (Object.is(x, -0)) return `(-0.0${suffix})`;
  const size = Math.abs(x);
  let text = size === Infinity ? `${type === "f32" ? "" : "(double)"}INFINITY` : String(size);
  if (size !== Infinity) text = /[.e]/.test(text) ? `${text}${suffix}` : `${text}.0${suffix}`;
  return x < 0 ? `(-${text})` : text;
}

// ---- Tapes ----

const TAPE_INFIX: Partial<Record<number, string>> = { [Op.add]: "+", [Op.sub]: "-", [Op.mul]: "*", [Op.div]: "/" };
const TAPE_RELATION: Partial<Record<number, string>> = { [Op.lt]: "<", [Op.le]: "<=", [Op.eq]: "==", [Op.ne]: "!=" };
const TAPE_CALL: Partial<Record<number, string>> = { [Op.sqrt]: "sqrt", [Op.abs]: "fabs", [Op.floor]: "floor", [Op.ceil]: "ceil" }; // oxfmt-ignore

class TapeWriter {
  readonly #unit: Unit;
  readonly #f: TapeFunction;
  readonly #tape: Tape;
  readonly #chunkNodes: number;

  constructor(unit: Unit, f: TapeFunction, chunkNodes: number) {
    this.#unit = unit;
    this.#f = f;
    this.#tape = f.tape;
    this.#chunkNodes = chunkNodes;
  }

  /** Writes the function and its chunks; the number of scratch elements it needs. */
  write(): number {
    const unit = this.#unit;
    const { op, a, b, c, constants, functions } = this.#tape;
    const plan = schedule(this.#tape, this.#chunkNodes);
    const { place, slot, units, start } = plan;
    unit.nodes += op.length;
    const scope = new Scope(unit.scope);
    const scalars = this.#tape.scalars.map((name) => scope.name(name));
    const arrays = this.#tape.arrays.map(({ name }) => scope.name(name));
    const scratch = scope.name("scratch");
    const relationNames: Partial<Record<number, string>> = { [Op.lt]: "lt", [Op.le]: "le", [Op.eq]: "eq", [Op.ne]: "ne" }; // oxfmt-ignore

    /** A value as an operand: atoms bare, expressions in brackets. */
    const value = (i: number): string => {
      switch (place[i]) {
        case Place.inline: return expression(i);
        case Place.local: return `t${slot[i]}`;
        case Place.scratch: return `${scratch}[${slot[i]}]`;
      } // oxfmt-ignore
      if (op[i] === Op.constant) return number(constants[a[i]], "f64");
      if (op[i] === Op.load) return `${arrays[a[i]]}[${b[i]}]`;
      return plan.scalarsInScratch ? `${scratch}[${a[i]}]` : scalars[a[i]];
    };
    const truth = (i: number): string => (place[i] === Place.inline ? relation(i) : undefined) ?? `(${value(i)} != 0)`;
    const relation = (i: number): string | undefined => {
      const operation = op[i];
      if (TAPE_RELATION[operation]) {
        const [x, y] = [value(a[i]), value(b[i])];
        return x === y ? `${unit.helpers.use(`f64_${relationNames[operation]}`)}(${x}, ${y})` : `(${x} ${TAPE_RELATION[operation]} ${y})`; // oxfmt-ignore
      }
      if (operation === Op.not) return `!${truth(a[i])}`;
      if (operation === Op.and) return `(${truth(a[i])} && ${truth(b[i])})`;
      if (operation === Op.or) return `(${truth(a[i])} || ${truth(b[i])})`;
      return undefined;
    };
    const expression = (i: number): string => {
      const operation = op[i];
      if (TAPE_INFIX[operation]) return `(${value(a[i])} ${TAPE_INFIX[operation]} ${value(b[i])})`;
      if (operation === Op.neg) return `(-${value(a[i])})`;
      if (TAPE_CALL[operation]) return `${TAPE_CALL[operation]}(${value(a[i])})`;
      if (operation === Op.min || operation === Op.max)
        return `${unit.helpers.use(operation === Op.min ? "f64_min" : "f64_max")}(${value(a[i])}, ${value(b[i])})`;
      if (operation === Op.select) return `(${truth(c[i])} ? ${value(a[i])} : ${value(b[i])})`;
      if (operation === Op.call1) return unit.math(functions[b[i]], [value(a[i])], "f64");
      if (operation === Op.call2) return unit.math(functions[c[i]], [value(a[i]), value(b[i])], "f64");
      return `(${relation(i)} ? 1.0 : 0.0)`;
    };

    const chunks = plan.locals.length;
    const name = unit.names.get(this.#f)!;
    const head = unit.signature(this.#f, name, [...scalars, ...arrays, scratch]);
    const pointers = [...arrays, scratch];
    const parts = Array.from({ length: chunks > 1 ? chunks : 0 }, (_, k) => unit.scope.name(`${name}_part${k}`));
    const list = this.#tape.arrays.map(({ access }, k) => `${access === "read" ? "const " : ""}double *restrict ${arrays[k]}`); // oxfmt-ignore
    const voids = (names: readonly string[]): string[] => names.map((x) => `  (void)${x};`);
    for (let k = 0; k < chunks; k++) {
      if (chunks === 1) unit.out.push("", head, "{", ...voids([...scalars, ...pointers]));
      else unit.out.push("", `static NOINLINE void ${parts[k]}(${[...list, `double *restrict ${scratch}`].join(", ")})`, "{", ...voids(pointers)); // oxfmt-ignore
      for (let u = start[k]; u < start[k + 1]; u++) {
        const i = units[u];
        if (op[i] === Op.store) unit.out.push(`  ${arrays[b[i]]}[${c[i]}] = ${bare(value(a[i]))};`);
        else if (place[i] === Place.scratch) unit.out.push(`  ${scratch}[${slot[i]}] = ${bare(expression(i))};`);
        else unit.out.push(`  const double t${slot[i]} = ${bare(expression(i))};`);
      }
      unit.out.push("}");
    }
    if (chunks > 1) {
      unit.out.push("", head, "{", ...voids(scalars));
      if (plan.scalarsInScratch) scalars.forEach((s, k) => unit.out.push(`  ${scratch}[${k}] = ${s};`));
      for (const part of parts) unit.out.push(`  ${part}(${pointers.join(", ")});`);
      unit.out.push("}");
    }
    return plan.scratchLength;
  }
}

/** Without brackets around the whole. */
function bare(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  let depth = 0;
  for (let k = 0; k < text.length - 1; k++) {
    if (text[k] === "(") depth++;
    else if (text[k] === ")" && --depth === 0) return text;
  }
  return text.slice(1, -1);
}

// ---- Structured functions ----

const INFIX: Partial<Record<OperationName, string>> = { add: "+", sub: "-", mul: "*", div: "/" };
const BITWISE: Partial<Record<OperationName, string>> = { and: "&", or: "|", xor: "^" };
const RELATION: Partial<Record<OperationName, string>> = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" };
const FLOAT_CALL: Partial<Record<OperationName, string>> = { abs: "fabs", sqrt: "sqrt", floor: "floor", ceil: "ceil", trunc: "trunc", nearest: "rint" }; // oxfmt-ignore
function isMasked(e: Expression, op: OperationName): boolean {
  return e.kind === "operation" && e.op === op && e.args.some((x) => x.kind === "constant");
}

/** Elements narrower than the i32 they are read as. */
const NARROW: ReadonlySet<Element> = new Set(["i16", "u16", "i8", "u8"]);

class FunctionWriter {
  readonly parameters: readonly string[];
  readonly #unit: Unit;
  readonly #f: StructuredFunction;
  readonly #scope: Scope;
  readonly #names = new Map<Variable, string>();
  readonly #assigned: ReadonlySet<Variable>;
  readonly #sets = new Map<Variable, number>();
  /** Loop variables that count upwards from a number that is not negative, while their loop is written. */
  readonly #counting = new Set<Variable>();
  /** Parts of the expression at hand that were computed into temporaries. */
  readonly #ready = new Map<Expression, string>();
  /** Variables whose values are used by the text written so far. */
  readonly #read = new Set<Variable>();
  /** i32 locals that stand for a sum of counting loop variables and parameters, while those loops are written. */
  readonly #sums = new Map<Variable, Expression>();
  #out: string[] = [];
  #indent = "  ";
  #temporaries = 0;

  constructor(unit: Unit, f: StructuredFunction) {
    this.#unit = unit;
    this.#f = f;
    this.#scope = new Scope(unit.scope);
    this.#assigned = assigned(f);
    visitBody(f.body, (s) => {
      if (s.kind === "set") this.#sets.set(s.target, (this.#sets.get(s.target) ?? 0) + 1);
    });
    this.parameters = f.parameters.map((p) => this.#name(p));
  }

  #name(v: Variable): string {
    let name = this.#names.get(v);
    if (name === undefined) this.#names.set(v, (name = this.#scope.name(v.name)));
    return name;
  }

  lines(): string[] {
    const f = this.#f;
    this.#statements(f.body);
    const body = this.#out;
    this.#out = [];
    const locals = [...this.#assigned].filter((v) => !f.parameters.includes(v));
    for (const v of locals) {
      const zero = isArray(v.type) ? "NULL" : isLanes(v.type) ? "{0}" : "0";
      this.#line(`${this.#declare(v.type)}${this.#name(v)} = ${zero};`);
    }
    for (const v of [...f.parameters, ...locals]) if (!this.#read.has(v)) this.#line(`(void)${this.#name(v)};`);
    return [...this.#out, ...body];
  }

  /** The name of a variable whose value is used. */
  #value(v: Variable): string {
    this.#read.add(v);
    return this.#name(v);
  }

  /** "double " or "double *". */
  #declare(type: Type): string {
    return isArray(type) ? `${C_TYPES[elementOf(type)]} *` : `${this.#type(type)} `;
  }

  #type(type: ValueType): string {
    return isLanes(type) ? this.#unit.helpers.vector(type) : C_TYPES[type];
  }

  #line(text: string): void {
    this.#out.push(this.#indent + text);
  }

  #body(list: readonly Statement[]): void {
    const before = this.#indent;
    this.#indent += "  ";
    this.#statements(list);
    this.#indent = before;
  }

  #statements(list: readonly Statement[]): void {
    for (const s of list) this.#statement(s);
  }

  #statement(s: Statement): void {
    // What a statement computes before it acts is in the order of the IR; only calls that write can make it visible.
    switch (s.kind) {
      case "set":
        this.#ordered([s.value], ([value]) => `${this.#name(s.target)} = ${bare(value)};`);
        if (s.target.type === "i32" && this.#sets.get(s.target) === 1 && this.#isSum(s.value))
          this.#sums.set(s.target, s.value);
        return;
      case "view":
        this.#ordered([s.offset], () => `${this.#name(s.target)} = ${this.#pointer(s.array, s.offset)};`);
        return;
      case "store":
        this.#ordered([s.index, s.value], ([, value]) => {
          if (isLanes(s.value.type))
            return `${this.#use(`${s.value.type}_store`)}(${this.#pointer(s.array, s.index)}, ${bare(value)});`;
          const element = elementOf(s.array.type);
          return `${this.#element(s.array, s.index)} = ${NARROW.has(element) ? `(${C_TYPES[element]})${value}` : bare(value)};`; // oxfmt-ignore
        });
        return;
      case "for":
        this.#for(s);
        return;
      case "while":
        if (this.#writing([s.condition])) {
          this.#line("for (;;) {");
          const before = this.#indent;
          this.#indent += "  ";
          this.#ordered([s.condition], () => `if (!(${this.#condition(s.condition)})) break;`);
          this.#statements(s.body);
          this.#indent = before;
        } else {
          this.#line(`while (${this.#condition(s.condition)}) {`);
          this.#body(s.body);
        }
        this.#line("}");
        return;
      case "if":
        if (s.body.length === 0 && s.otherwise.length > 0) {
          this.#ordered([s.condition], () => `if (!(${this.#condition(s.condition)})) {`);
          this.#body(s.otherwise);
          this.#line("}");
          return;
        }
        this.#ordered([s.condition], () => `if (${this.#condition(s.condition)}) {`);
        this.#body(s.body);
        if (s.otherwise.length > 0) {
          this.#line("} else {");
          this.#body(s.otherwise);
        }
        this.#line("}");
        return;
      case "break":
        this.#line("break;");
        return;
      case "trap":
        this.#line(`${this.#unit.stop(s.why)};`);
        return;
      case "return":
        if (s.value) this.#ordered([s.value], ([value]) => `return ${bare(value)};`);
        else this.#line("return;");
        return;
      case "do":
        this.#ordered(
          s.args.map((x) => (x.kind === "slice" ? x.offset : x)),
          () => `${resultOf(s.callee) ? "(void)" : ""}${this.#call(s.callee, s.args)};`,
        );
        return;
    }
  }

  #for(s: Statement & { kind: "for" }): void {
    const { to, from, step } = s;
    const target = this.#value(s.target);
    let limit = "";
    // `to` is evaluated once, before the target changes.
    const simple = to.kind === "constant" || (to.kind === "variable" && !this.#assigned.has(to));
    if (simple) limit = bare(this.#expression(to));
    else {
      limit = `limit${this.#temporaries++}`;
      this.#ordered([to], ([value]) => `const int32_t ${limit} = ${bare(value)};`);
    }
    let first = "";
    this.#ordered([from], ([value]) => {
      first = bare(value);
      return undefined;
    });
    const by =
      step === 1
        ? `${target}++`
        : step === -1
          ? `${target}--`
          : `${target} = ${this.#use("i32_add")}(${target}, ${step})`;
    this.#line(`for (${target} = ${first}; ${target} ${step > 0 ? "<" : ">"} ${limit}; ${by}) {`);
    const upwards = step > 0 && this.#notNegative(from) && !this.#counting.has(s.target);
    if (upwards) this.#counting.add(s.target);
    const sums = new Set(this.#sums.keys());
    this.#body(s.body);
    for (const v of this.#sums.keys()) if (!sums.has(v)) this.#sums.delete(v);
    if (upwards) this.#counting.delete(s.target);
    this.#line("}");
  }

  /** An expression of counting loop variables, parameters and constants: what it stands for does not change in their loops. */
  #isSum(e: Expression): boolean {
    if (e.kind === "constant") return true;
    if (e.kind === "variable")
      return this.#counting.has(e) || this.#sums.has(e) || (!this.#assigned.has(e) && e.type === "i32");
    return e.kind === "operation" && ["add", "sub", "mul"].includes(e.op) && e.args.every((x) => this.#isSum(x));
  }

  /** Do the expressions call functions that write to arrays, so that the order of their parts can be seen? */
  #writing(list: readonly Expression[]): boolean {
    let found = false;
    for (const root of list)
      visitExpression(root, (e) => {
        if (e.kind === "call" && this.#unit.effects(e.callee).writes.size > 0) found = true;
      });
    return found;
  }

  /**
   * Writes a statement made of expressions. Where a call among them writes to arrays, their parts go to temporaries first, from
   * left to right, because C leaves their order open.
   */
  #ordered(list: readonly Expression[], make: (texts: string[]) => string | undefined): void {
    const lone = list.length === 1 && list[0].kind === "call";
    const parts = lone ? (list[0] as Expression & { kind: "call" }).args.map((x) => (x.kind === "slice" ? x.offset : x)) : list; // oxfmt-ignore
    const ordered = this.#writing(parts);
    if (ordered)
      for (const root of parts)
        visitExpression(root, (e) => {
          if (e.kind === "constant" || (e.kind === "variable" && isArray(e.type))) return;
          const text = bare(this.#expression(e, true));
          const name = `t${this.#temporaries++}`;
          this.#line(`const ${this.#type(e.type as ValueType)} ${name} = ${text};`);
          this.#ready.set(e, name);
        });
    const text = make(list.map((e) => (isArray(e.type) ? "" : this.#expression(e))));
    if (ordered) this.#ready.clear();
    if (text !== undefined) this.#line(text);
  }

  #use(helper: string): string {
    return this.#unit.helpers.use(helper);
  }

  #call(callee: ProgramFunction, args: readonly Argument[]): string {
    const list = args.map((x) => (x.kind === "slice" ? this.#pointer(x.array, x.offset) : bare(this.#expression(x))));
    return `${this.#unit.inner(callee)}(${list.join(", ")})`;
  }

  #pointer(array: Variable, offset: Expression): string {
    const at = this.#index(offset);
    return at === "0" ? this.#value(array) : `${this.#value(array)} + ${at}`;
  }

  #element(array: Variable, index: Expression): string {
    return `${this.#value(array)}[${bare(this.#index(index))}]`;
  }

  /**
   * An index. Parts of a sum that are not negative are added in the width of a pointer, to the sum of all others in 32 bits:
   * C compilers vectorise that. It differs from the sum in 32 bits only beyond 2^31, outside every array.
   */
  #index(e: Expression): string {
    if (this.#ready.has(e) || (e.kind !== "operation" && !(e.kind === "variable" && this.#sums.has(e))))
      return this.#expression(e);
    const counting: Expression[] = [];
    const others: { readonly part: Expression; readonly minus: boolean }[] = [];
    let constant = 0;
    const collect = (x: Expression, minus: boolean): void => {
      const sum = x.kind === "variable" ? this.#sums.get(x) : undefined;
      if (sum && !this.#ready.has(x)) collect(sum, minus);
      else if (x.kind === "constant") constant += (minus ? -1 : 1) * Number(x.value);
      else if (x.kind === "operation" && (x.op === "add" || x.op === "sub") && !this.#ready.has(x)) {
        collect(x.args[0], minus);
        collect(x.args[1], minus !== (x.op === "sub"));
      } else if (!minus && this.#notNegative(x)) counting.push(x);
      else others.push({ part: x, minus });
    };
    collect(e, false);
    if (counting.length === 0 || Math.abs(constant) >= 1 << 27) return this.#expression(e);
    // A negative constant keeps to 32 bits with the others, if there are any.
    if (constant < 0 && others.length > 0) {
      others.push({ part: { kind: "constant", type: "i32", value: -constant }, minus: true });
      constant = 0;
    }
    others.sort((x, y) => Number(x.minus) - Number(y.minus));
    const rest = others.reduce((sum, { part, minus }, k) => {
      const text = bare(this.#expression(part));
      if (k === 0) return minus ? `${this.#use("i32_neg")}(${text})` : this.#expression(part);
      return `${this.#use(minus ? "i32_sub" : "i32_add")}(${sum}, ${text})`;
    }, "");
    const terms = [...(rest ? [rest] : []), ...counting.map((x) => this.#expression(x))];
    if (terms.length === 1 && constant === 0) return terms[0];
    const sum = `(ptrdiff_t)${terms.join(" + ")}`;
    return `(${sum}${constant === 0 ? "" : constant < 0 ? ` - ${-constant}` : ` + ${constant}`})`;
  }

  /** Certainly not negative, short of overflow. */
  #notNegative(e: Expression): boolean {
    if (e.kind === "constant") return Number(e.value) >= 0;
    if (e.kind === "variable") return this.#counting.has(e);
    return e.kind === "operation" && e.op === "add" && e.args.every((x) => this.#notNegative(x));
  }

  /** An i32 expression where C asks for truth. */
  #condition(e: Expression): string {
    const ready = this.#ready.get(e);
    if (ready !== undefined) return `${ready} != 0`;
    if (e.kind === "operation" && RELATION[e.op] && !isLanes(e.args[0].type)) {
      const [a, b] = e.args;
      const [x, y] = [this.#expression(a), this.#expression(b)];
      // Compilers warn of comparisons whose outcome they can tell: those go through a function.
      const extreme = [a, b].some((v) => v.kind === "constant" && Math.abs(Number(v.value)) >= 2147483647);
      const known = [a, b].some((v) => this.#isNarrow(v) || isMasked(v, "and") || isMasked(v, "or"));
      if (x !== y && !extreme && !known) return `${x} ${RELATION[e.op]} ${y}`;
    }
    if (e.kind === "operation" && e.op === "not") return `!(${this.#condition(e.args[0])})`;
    if (isMasked(e, "or")) return `${this.#use("i32_ne")}(${bare(this.#expression(e))}, 0) != 0`;
    return `${this.#expression(e)} != 0`;
  }

  #isNarrow(e: Expression): boolean {
    return e.kind === "load" && NARROW.has(elementOf(e.array.type));
  }

  #expression(e: Expression, again = false): string {
    const ready = again ? undefined : this.#ready.get(e);
    if (ready !== undefined) return ready;
    this.#unit.nodes++;
    switch (e.kind) {
      case "constant":
        return number(e.value, e.type);
      case "variable":
        return this.#value(e);
      case "load":
        return this.#load(e);
      case "operation":
        return isLanes(e.type) || (e.args.length > 0 && isLanes(e.args[0].type)) ? this.#lanes(e) : this.#operation(e);
      case "math":
        return this.#unit.math(
          e.name,
          e.args.map((x) => this.#expression(x)),
          e.type,
        );
      case "call":
        return this.#call(e.callee, e.args);
    }
  }

  #load(e: Load): string {
    if (!isLanes(e.type)) return this.#element(e.array, e.index);
    return `${this.#use(`${e.type}_${e.half ? "loadhalf" : "load"}`)}(${this.#pointer(e.array, e.index)})`;
  }

  #operation(e: Operation): string {
    const { op, type } = e;
    if (op === "select") return this.#select(e);
    if (op === "not") return `(int32_t)(!(${this.#condition(e.args[0])}))`;
    const args = e.args.map((x) => this.#expression(x));
    const [a, b] = args;
    const own = e.args[0].type as Scalar;
    const helper = (name: string): string => `${this.#use(name)}(${args.map(bare).join(", ")})`;
    if (isCompare(op)) return helper(`${own}_${op}`);
    if (op === "convert" || op === "convertu" || op === "bits") return helper(`${type}_${op}_${own}`);
    if (type === "f64" || type === "f32") {
      if (INFIX[op]) return `(${a} ${INFIX[op]} ${b})`;
      if (op === "neg") return `(-${a})`;
      if (FLOAT_CALL[op]) return `${FLOAT_CALL[op]}${type === "f32" ? "f" : ""}(${bare(a)})`;
      return helper(`${type}_${op}`);
    }
    if (BITWISE[op]) return `(${a} ${BITWISE[op]} ${b})`;
    if ((op === "div" || op === "rem") && harmless(e.args[1])) return `(${a} ${op === "div" ? "/" : "%"} ${b})`;
    if ((op === "divu" || op === "remu") && harmless(e.args[1])) return helper(`${type}_${op}_fine`);
    return helper(`${type}_${op}`);
  }

  /** Both values are computed: a division that stops does so although its value is not chosen. */
  #select(e: Operation): string {
    const [a, b, c] = e.args;
    let strict = false;
    for (const part of [a, b])
      visitExpression(part, (x) => {
        if (x.kind === "call" || (x.kind === "operation" && mayTrap(x))) strict = true;
      });
    const [x, y] = [this.#expression(a), this.#expression(b)];
    if (strict) return `${this.#use(`${e.type}_choose`)}(${bare(x)}, ${bare(y)}, ${bare(this.#expression(c))})`;
    return `(${this.#condition(c)} ? ${x} : ${y})`;
  }

  #lanes(e: Operation): string {
    const { op, type, immediate } = e;
    if (op === "select" && !isLanes(e.args[2].type)) return this.#select(e);
    const from = e.args[0].type as ValueType;
    // Each operand is written once: twice at each level would be exponential.
    const full = e.args.map((x) => this.#expression(x));
    const args = full.map(bare);
    if (op === "vector") return `(${this.#type(type)}){${args.join(", ")}}`;
    const call = (name: string, extra: readonly number[] = []): string => `${this.#use(name)}(${[...args, ...extra].join(", ")})`; // oxfmt-ignore
    if (op === "bits") return `(${this.#type(type)})${full[0]}`;
    if (op === "shuffle") return call(`${type}_shuffle_${immediate!.join("_")}`);
    if (op === "lane" || op === "laneu" || op === "replace") return call(`${isLanes(type) ? type : from}_${op}`, immediate); // oxfmt-ignore
    if (op === "convert" || op === "convertu") return call(`${type}_${op}_${from}`);
    if (isCompare(op) || op === "any" || op === "all" || op === "bitmask") return call(`${from}_${op}`);
    if (isLanes(type) && type.startsWith("f") && INFIX[op]) {
      return `(${full[0]} ${INFIX[op]} ${full[1]})`;
    }
    return call(`${type}_${op}`);
  }
}
