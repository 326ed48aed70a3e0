// Target wasm: a program as the bytes of a WebAssembly module. Structured functions are translated one to one; tapes are cut
// into chunks (schedule.ts), each a function, called in turn by the exported one. The memory is imported as ("env", "memory"),
// functions of the function table as ("math", "name/arity"). Array parameters are byte addresses (i32).
// Idea of single-use values on the operand stack: any stack-machine code generator; see field notes on code size and tier-up.
// Left out: SIMD, threads, fused multiply-add, common address computation (TurboFan finds most of it).
import type {
  Argument,
  BinaryOp,
  CompareOp,
  Expression,
  Program,
  ProgramFunction,
  Statement,
  StructuredFunction,
  UnaryOp,
  Variable,
} from "../ir.ts";
import { Place, schedule } from "../schedule.ts";
import { assigned, mathUses, parametersOf, resultOf } from "../shape.ts";
import { Op, type Tape } from "../tape.ts";
import { ByteWriter, ModuleWriter } from "../wasm/encoder.ts";
import { EMPTY_BLOCK, I, MISC, type ValueTypeName } from "../wasm/opcodes.ts";

/** Nodes of a chunk of a tape. Measured on V8 11.3: see docs/decisions/0101-tapes-in-chunks.md. */
export const WASM_CHUNK_NODES = 2000;

export interface WasmModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Imports to provide, as ("math", key). */
  readonly math: ReadonlyMap<string, { readonly name: string; readonly arity: number }>;
  /** Needed scratch elements of each tape, by name. */
  readonly scratch: ReadonlyMap<string, number>;
}

/** Index of a function in calls, for functions of the program and of the function table. */
interface Names {
  readonly functions: Map<ProgramFunction, number>;
  readonly math: Map<string, number>;
}

export function emitWasm(program: Program, chunkNodes = WASM_CHUNK_NODES): WasmModule {
  let nodes = 0;
  for (const f of program.functions) if (f.kind === "tape") nodes += f.tape.op.length;
  const module = new ModuleWriter(nodes * 10 + 4096);
  const math = mathUses(program.functions);
  const names: Names = { functions: new Map(), math: new Map() };
  for (const [key, { arity }] of math)
    names.math.set(
      key,
      module.importFunction(
        "math",
        key,
        module.type(
          Array.from({ length: arity }, () => "f64" as const),
          ["f64"],
        ),
      ),
    );
  const pieces = program.functions.map((f) => {
    const type = module.type(
      parametersOf(f).map((p) => wasmType(p.type)),
      resultOf(f) ? [resultOf(f)!] : [],
    );
    names.functions.set(f, module.declare(type, f.name));
    return f.kind === "tape" ? { f, tape: f.tape, plan: schedule(f.tape, chunkNodes) } : { f };
  });
  // Chunks come after all exported functions; `first` is the index of a tape's first chunk.
  const firsts = new Map<ProgramFunction, number>();
  for (const { f, tape, plan } of pieces) {
    if (!tape || plan.locals.length === 1) continue;
    const type = module.type(
      Array.from({ length: tape.arrays.length + 1 }, () => "i32" as const),
      [],
    );
    for (let k = 0; k < plan.locals.length; k++) {
      const index = module.declare(type);
      if (k === 0) firsts.set(f, index);
    }
  }
  const scratch = new Map<string, number>();
  for (const { f, tape, plan } of pieces) {
    if (f.kind === "structured") {
      structured(module, f, names);
      continue;
    }
    scratch.set(f.name, plan!.scratchLength);
    const first = firsts.get(f);
    if (first === undefined) emitChunk(module, tape!, plan!, 0, names, tape!.scalars.length);
    else emitCalls(module, tape!, plan!, first);
  }
  for (const { f, tape, plan } of pieces)
    if (firsts.has(f)) for (let k = 0; k < plan!.locals.length; k++) emitChunk(module, tape!, plan!, k, names, 0);
  return { bytes: module.finish(), math, scratch };
}

function wasmType(type: Variable["type"]): ValueTypeName {
  return type === "f64" ? "f64" : "i32";
}

// ---- Tapes ----

type Plan = ReturnType<typeof schedule>;

/** The exported function of a tape of several chunks: copies scalars to scratch memory and calls the chunks. */
function emitCalls(module: ModuleWriter, tape: Tape, plan: Plan, first: number): void {
  const scalars = tape.scalars.length;
  const arrays = tape.arrays.length;
  module.body(tape.name, [], (code) => {
    if (plan.scalarsInScratch)
      for (let s = 0; s < scalars; s++) {
        code.localGet(scalars + arrays);
        code.localGet(s);
        code.memory(I.f64_store, 3, 8 * s);
      }
    for (let k = 0; k < plan.locals.length; k++) {
      for (let p = 0; p <= arrays; p++) code.localGet(scalars + p);
      code.call(first + k);
    }
  });
}

/** One-byte instructions of the operations that are one instruction. */
const SIMPLE = new Uint8Array(25);
SIMPLE[Op.neg] = I.f64_neg;
SIMPLE[Op.add] = I.f64_add;
SIMPLE[Op.sub] = I.f64_sub;
SIMPLE[Op.mul] = I.f64_mul;
SIMPLE[Op.div] = I.f64_div;
SIMPLE[Op.sqrt] = I.f64_sqrt;
SIMPLE[Op.abs] = I.f64_abs;
SIMPLE[Op.floor] = I.f64_floor;
SIMPLE[Op.ceil] = I.f64_ceil;
SIMPLE[Op.min] = I.f64_min;
SIMPLE[Op.max] = I.f64_max;

const RELATION = new Uint8Array(25);
RELATION[Op.lt] = I.f64_lt;
RELATION[Op.le] = I.f64_le;
RELATION[Op.eq] = I.f64_eq;
RELATION[Op.ne] = I.f64_ne;

/** One chunk; its parameters are `scalars` f64, then the arrays, then scratch. Recursion is bounded by the schedule's unit size. */
function emitChunk(module: ModuleWriter, tape: Tape, plan: Plan, chunk: number, names: Names, scalars: number): void {
  const { op, a, b, c, constants } = tape;
  const { place, slot, units, start } = plan;
  const scratch = scalars + tape.arrays.length;
  const firstLocal = scratch + 1;
  const math1 = tape.functions.map((name) => names.math.get(`${name}/1`)!);
  const math2 = tape.functions.map((name) => names.math.get(`${name}/2`)!);
  const { code } = module;

  /** Pushes value i. */
  function value(i: number): void {
    switch (place[i]) {
      case Place.inline:
        expression(i);
        return;
      case Place.local:
        code.localGet(firstLocal + slot[i]);
        return;
      case Place.scratch:
        code.localGet(scratch);
        code.memory(I.f64_load, 3, 8 * slot[i]);
        return;
    }
    if (op[i] === Op.constant) code.f64Const(constants[a[i]]);
    else if (op[i] === Op.load) {
      code.localGet(scalars + a[i]);
      code.memory(I.f64_load, 3, 8 * b[i]);
    } else if (plan.scalarsInScratch) {
      code.localGet(scratch);
      code.memory(I.f64_load, 3, 8 * a[i]);
    } else code.localGet(a[i]);
  }

  /** Pushes "value i is not zero" as i32. */
  function truth(i: number): void {
    if (place[i] === Place.inline && relation(i)) return;
    value(i);
    code.f64Const(0);
    code.u8(I.f64_ne);
  }

  /** Pushes a truth-valued expression as i32; false if the operation is another one. */
  function relation(i: number): boolean {
    const operation = op[i];
    if (RELATION[operation] !== 0) {
      value(a[i]);
      value(b[i]);
      code.u8(RELATION[operation]);
    } else if (operation === Op.not) {
      truth(a[i]);
      code.u8(I.i32_eqz);
    } else if (operation === Op.and || operation === Op.or) {
      truth(a[i]);
      truth(b[i]);
      code.u8(operation === Op.and ? I.i32_and : I.i32_or);
    } else return false;
    return true;
  }

  function isConstant(i: number, x: number): boolean {
    return op[i] === Op.constant && constants[a[i]] === x;
  }

  /** Computes value i from its operands and leaves it on the stack. */
  function expression(i: number): void {
    const operation = op[i];
    if (operation === Op.mul) {
      // x * -1 and -x have the same bits (NaN aside, whose sign is not specified).
      const left = isConstant(a[i], -1);
      if (left || isConstant(b[i], -1)) {
        value(left ? b[i] : a[i]);
        code.u8(I.f64_neg);
        return;
      }
    } else if (operation === Op.add && place[b[i]] === Place.inline && op[b[i]] === Op.neg) {
      // x + -y and x - y have the same bits.
      value(a[i]);
      value(a[b[i]]);
      code.u8(I.f64_sub);
      return;
    }
    const simple = SIMPLE[operation];
    if (simple !== 0) {
      value(a[i]);
      if (operation !== Op.neg && (operation < Op.sqrt || operation > Op.ceil)) value(b[i]);
      code.u8(simple);
    } else if (operation === Op.select) {
      value(a[i]);
      value(b[i]);
      truth(c[i]);
      code.u8(I.select);
    } else if (operation === Op.call1) {
      value(a[i]);
      code.call(math1[b[i]]);
    } else if (operation === Op.call2) {
      value(a[i]);
      value(b[i]);
      code.call(math2[c[i]]);
    } else {
      relation(i);
      code.u8(I.f64_convert_i32_s);
    }
  }

  module.body(tape.name, [[plan.locals[chunk], "f64"]], () => {
    for (let u = start[chunk]; u < start[chunk + 1]; u++) {
      const i = units[u];
      if (op[i] === Op.store) {
        code.localGet(scalars + b[i]);
        value(a[i]);
        code.memory(I.f64_store, 3, 8 * c[i]);
      } else if (place[i] === Place.scratch) {
        code.localGet(scratch);
        expression(i);
        code.memory(I.f64_store, 3, 8 * slot[i]);
      } else {
        expression(i);
        code.localSet(firstLocal + slot[i]);
      }
    }
  });
}

// ---- Structured functions ----

const F64_UNARY: Partial<Record<UnaryOp, number>> = {
  neg: I.f64_neg, abs: I.f64_abs, sqrt: I.f64_sqrt, floor: I.f64_floor, ceil: I.f64_ceil, trunc: I.f64_trunc, nearest: I.f64_nearest,
}; // oxfmt-ignore
const F64_BINARY: Partial<Record<BinaryOp, number>> = {
  add: I.f64_add, sub: I.f64_sub, mul: I.f64_mul, div: I.f64_div, min: I.f64_min, max: I.f64_max,
}; // oxfmt-ignore
const I32_BINARY: Partial<Record<BinaryOp, number>> = {
  add: I.i32_add, sub: I.i32_sub, mul: I.i32_mul, div: I.i32_div_s, rem: I.i32_rem_s, and: I.i32_and, or: I.i32_or, xor: I.i32_xor,
  shl: I.i32_shl, shr: I.i32_shr_s, shru: I.i32_shr_u,
}; // oxfmt-ignore
const F64_COMPARE: Record<CompareOp, number> = {
  eq: I.f64_eq,
  ne: I.f64_ne,
  lt: I.f64_lt,
  le: I.f64_le,
  gt: I.f64_gt,
  ge: I.f64_ge,
};
const I32_COMPARE: Record<CompareOp, number> = {
  eq: I.i32_eq,
  ne: I.i32_ne,
  lt: I.i32_lt_s,
  le: I.i32_le_s,
  gt: I.i32_gt_s,
  ge: I.i32_ge_s,
};

function structured(module: ModuleWriter, f: StructuredFunction, names: Names): void {
  const index = new Map<Variable, number>();
  f.parameters.forEach((p, i) => index.set(p, i));
  const types: ValueTypeName[] = [];
  const fresh = (type: ValueTypeName): number => f.parameters.length + types.push(type) - 1;
  const variables = assigned(f);
  const unchanged = (v: Variable): boolean => !variables.has(v) && index.has(v);
  for (const v of variables) if (!index.has(v)) index.set(v, fresh(wasmType(v.type)));
  /** Loop variables that count upwards from a number that is not negative, while their loop is written. */
  const counting = new Set<Variable>();

  // Temporaries are numbered while the body is written, but locals are declared before it: the body goes to its own buffer.
  const body = new ByteWriter();
  statements(f.body, body, []);
  if (f.result) body.u8(I.unreachable);
  const groups: [number, ValueTypeName][] = [];
  for (const type of types) {
    const group = groups.at(-1);
    if (group && group[1] === type) group[0]++;
    else groups.push([1, type]);
  }
  module.body(f.name, groups, (code) => code.append(body.bytes.subarray(0, body.length)));

  /** Writes statements; `breaks` holds, for each enclosing block from the outside in, whether `break` leaves it. */
  function statements(list: readonly Statement[], out: ByteWriter, breaks: readonly boolean[]): void {
    for (const s of list) statement(s, out, breaks);
  }

  function statement(s: Statement, out: ByteWriter, breaks: readonly boolean[]): void {
    switch (s.kind) {
      case "set":
        expression(s.value, out);
        out.localSet(index.get(s.target)!);
        return;
      case "store": {
        const offset = address(s.array, s.index, out);
        expression(s.value, out);
        if (s.array.type === "f64[]") out.memory(I.f64_store, 3, offset);
        else out.memory(I.i32_store, 2, offset);
        return;
      }
      case "for": {
        const target = index.get(s.target)!;
        const relation = s.step > 0 ? I.i32_lt_s : I.i32_gt_s;
        let limit: () => void;
        // `to` is evaluated before the target changes.
        const { to } = s;
        if (to.kind === "constant") limit = () => out.i32Const(to.value);
        else if (to.kind === "variable" && unchanged(to)) limit = () => out.localGet(index.get(to)!);
        else {
          const local = fresh("i32");
          expression(to, out);
          out.localSet(local);
          limit = () => out.localGet(local);
        }
        expression(s.from, out);
        out.localTee(target);
        limit();
        out.u8(relation);
        out.u8(I.if);
        out.u8(EMPTY_BLOCK);
        out.u8(I.loop);
        out.u8(EMPTY_BLOCK);
        const upwards = s.step > 0 && notNegative(s.from) && !counting.has(s.target);
        if (upwards) counting.add(s.target);
        statements(s.body, out, [...breaks, true, false]);
        if (upwards) counting.delete(s.target);
        out.localGet(target);
        out.i32Const(s.step);
        out.u8(I.i32_add);
        out.localTee(target);
        limit();
        out.u8(relation);
        out.u8(I.br_if);
        out.u32(0);
        out.u8(I.end);
        out.u8(I.end);
        return;
      }
      case "while":
        out.u8(I.block);
        out.u8(EMPTY_BLOCK);
        out.u8(I.loop);
        out.u8(EMPTY_BLOCK);
        expression(s.condition, out);
        out.u8(I.i32_eqz);
        out.u8(I.br_if);
        out.u32(1);
        statements(s.body, out, [...breaks, true, false]);
        out.u8(I.br);
        out.u32(0);
        out.u8(I.end);
        out.u8(I.end);
        return;
      case "if":
        expression(s.condition, out);
        out.u8(I.if);
        out.u8(EMPTY_BLOCK);
        statements(s.then, out, [...breaks, false]);
        if (s.otherwise.length > 0) {
          out.u8(I.else);
          statements(s.otherwise, out, [...breaks, false]);
        }
        out.u8(I.end);
        return;
      case "break":
        out.u8(I.br);
        out.u32(breaks.length - 1 - breaks.lastIndexOf(true));
        return;
      case "return":
        if (s.value) expression(s.value, out);
        out.u8(I.return);
        return;
      case "do":
        for (const x of s.args) argument(x, out);
        out.call(names.functions.get(s.callee)!);
        if (resultOf(s.callee)) out.u8(I.drop);
        return;
    }
  }

  function argument(x: Argument, out: ByteWriter): void {
    if (x.kind === "slice") {
      const offset = address(x.array, x.offset, out);
      if (offset === 0) return;
      out.i32Const(offset);
      out.u8(I.i32_add);
    } else expression(x, out);
  }

  /**
   * Pushes the byte address of array[index]; returns the constant part, which the memory instruction adds.
   * That addition does not wrap, so a constant is split off only from an index that cannot be negative.
   */
  function address(array: Variable, at: Expression, out: ByteWriter): number {
    const shift = array.type === "f64[]" ? 3 : 2;
    out.localGet(index.get(array)!);
    let rest: Expression | undefined = at;
    let offset = 0;
    if (at.kind === "constant" && at.value >= 0 && at.value < 1 << 27) {
      rest = undefined;
      offset = at.value;
    } else if (at.kind === "binary" && at.op === "add") {
      const [base, constant] = at.b.kind === "constant" ? [at.a, at.b] : [at.b, at.a];
      if (constant.kind === "constant" && constant.value >= 0 && constant.value < 1 << 27 && notNegative(base)) {
        rest = base;
        offset = constant.value;
      }
    }
    if (rest) {
      expression(rest, out);
      out.i32Const(shift);
      out.u8(I.i32_shl);
      out.u8(I.i32_add);
    }
    return offset << shift;
  }

  /** True if an index expression is certainly not negative (short of overflow, which is outside every array). */
  function notNegative(e: Expression): boolean {
    if (e.kind === "constant") return e.value >= 0;
    if (e.kind === "variable") return counting.has(e);
    if (e.kind === "binary")
      return (e.op === "add" || e.op === "mul" || e.op === "max") && notNegative(e.a) && notNegative(e.b);
    return false;
  }

  function expression(e: Expression, out: ByteWriter): void {
    switch (e.kind) {
      case "constant":
        if (e.type === "f64") out.f64Const(e.value);
        else out.i32Const(e.value);
        return;
      case "variable":
        out.localGet(index.get(e)!);
        return;
      case "load": {
        const offset = address(e.array, e.index, out);
        if (e.type === "f64") out.memory(I.f64_load, 3, offset);
        else out.memory(I.i32_load, 2, offset);
        return;
      }
      case "unary":
        unary(e, out);
        return;
      case "binary":
        binary(e, out);
        return;
      case "compare":
        expression(e.a, out);
        expression(e.b, out);
        out.u8((e.a.type === "f64" ? F64_COMPARE : I32_COMPARE)[e.op]);
        return;
      case "select":
        expression(e.a, out);
        expression(e.b, out);
        expression(e.condition, out);
        out.u8(I.select);
        return;
      case "math":
        for (const x of e.args) expression(x, out);
        out.call(names.math.get(`${e.name}/${e.args.length}`)!);
        return;
      case "call":
        for (const x of e.args) argument(x, out);
        out.call(names.functions.get(e.callee)!);
        return;
    }
  }

  function unary(e: Expression & { kind: "unary" }, out: ByteWriter): void {
    if (e.op === "f64") {
      expression(e.a, out);
      out.u8(I.f64_convert_i32_s);
    } else if (e.op === "i32") {
      expression(e.a, out);
      out.u8(0xfc);
      out.u32(MISC.i32_trunc_sat_f64_s);
    } else if (e.op === "not") {
      expression(e.a, out);
      out.u8(I.i32_eqz);
    } else if (e.type === "f64") {
      expression(e.a, out);
      out.u8(F64_UNARY[e.op]!);
    } else if (e.op === "neg") {
      out.i32Const(0);
      expression(e.a, out);
      out.u8(I.i32_sub);
    } else {
      // |a| = (a ^ s) - s with s = a >> 31
      const a = fresh("i32");
      const s = fresh("i32");
      expression(e.a, out);
      out.localTee(a);
      out.localGet(a);
      out.i32Const(31);
      out.u8(I.i32_shr_s);
      out.localTee(s);
      out.u8(I.i32_xor);
      out.localGet(s);
      out.u8(I.i32_sub);
    }
  }

  function binary(e: Expression & { kind: "binary" }, out: ByteWriter): void {
    expression(e.a, out);
    if (e.op === "copysign") {
      // The sign of a NaN is not specified; copysign(a, NaN) is |a| everywhere.
      const sign = fresh("f64");
      expression(e.b, out);
      out.localTee(sign);
      out.f64Const(0);
      out.localGet(sign);
      out.localGet(sign);
      out.u8(I.f64_eq);
      out.u8(I.select);
      out.u8(I.f64_copysign);
    } else if (e.type === "i32" && (e.op === "min" || e.op === "max")) {
      const a = fresh("i32");
      const b = fresh("i32");
      out.localTee(a);
      expression(e.b, out);
      out.localTee(b);
      out.localGet(a);
      out.localGet(b);
      out.u8(e.op === "min" ? I.i32_lt_s : I.i32_gt_s);
      out.u8(I.select);
    } else {
      expression(e.b, out);
      out.u8((e.type === "f64" ? F64_BINARY : I32_BINARY)[e.op]!);
    }
  }
}
