// Structured functions for target wasm: a straight translation, statement by statement.
// The constant part of an index goes to the offset of the memory instruction where the rest cannot be negative.
// Left out: common address computation and hoisting (the engine's optimiser finds most of it).
import { Failure } from "../../base/index.ts";
import type { Argument, Expression, Lanes, Load, Operation, ProgramFunction, Statement, StructuredFunction, Variable } from "../ir.ts"; // oxfmt-ignore
import { ELEMENT_SHIFT, elementOf, isCompare, isLanes, isScalar, LANES, widthOf } from "../operations.ts";
import { assigned, mathKey, resultOf } from "../shape.ts";
import { ByteWriter, type ModuleWriter } from "../wasm/encoder.ts";
import { EMPTY_BLOCK, I, LANE_OPS, LOAD_SPLAT, MEMORY, SCALAR_OPS, SIMD, TRUNCATIONS, type ValueTypeName } from "../wasm/opcodes.ts"; // oxfmt-ignore

/** Index of a function in calls, for functions of the program and of the function table. */
export interface Names {
  readonly functions: Map<ProgramFunction, number>;
  readonly math: Map<string, number>;
  /** Reasons of `trap` statements; the program leaves the number of its reason (from 1) in the memory. */
  readonly traps: string[];
}

export function wasmType(type: Variable["type"]): ValueTypeName {
  return isScalar(type) ? type : isLanes(type) ? "v128" : "i32";
}

/** Translates one function. `relaxed`: the engine has the relaxed multiply-add of lanes. */
export function structured(module: ModuleWriter, f: StructuredFunction, names: Names, relaxed: boolean): void {
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
      case "view":
        argument({ kind: "slice", array: s.array, offset: s.offset }, out);
        out.localSet(index.get(s.target)!);
        return;
      case "store": {
        const offset = address(s.array, s.index, out);
        const element = elementOf(s.array.type);
        expression(s.value, out);
        if (isLanes(s.value.type)) out.simdMemory(SIMD.v128_store, ELEMENT_SHIFT[element], offset);
        else out.memory(MEMORY.store[element], ELEMENT_SHIFT[element], offset);
        return;
      }
      case "for": {
        const target = index.get(s.target)!;
        const relation = s.step > 0 ? I.i32_lt_s : I.i32_gt_s;
        let limit: () => void;
        // `to` is evaluated before the target changes.
        const { to } = s;
        if (to.kind === "constant") limit = () => out.i32Const(Number(to.value));
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
        statements(s.body, out, [...breaks, false]);
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
      case "trap": {
        const known = names.traps.indexOf(s.why);
        out.i32Const(known < 0 ? names.traps.push(s.why) : known + 1);
        out.u8(I.global_set);
        out.u32(0);
        out.u8(I.unreachable);
        return;
      }
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
    const shift = ELEMENT_SHIFT[elementOf(array.type as "f64[]")];
    out.localGet(index.get(array)!);
    let rest: Expression | undefined = at;
    let offset = 0;
    const constant = (e: Expression): number | undefined =>
      e.kind === "constant" && e.type === "i32" && e.value >= 0 && e.value < 1 << 27 ? e.value : undefined;
    if (constant(at) !== undefined) {
      rest = undefined;
      offset = constant(at)!;
    } else if (at.kind === "operation" && at.op === "add") {
      const [base, more] = at.args[1].kind === "constant" ? at.args : [at.args[1], at.args[0]];
      if (constant(more) !== undefined && notNegative(base)) {
        rest = base;
        offset = constant(more)!;
      }
    }
    if (rest) {
      expression(rest, out);
      if (shift > 0) {
        out.i32Const(shift);
        out.u8(I.i32_shl);
      }
      out.u8(I.i32_add);
    }
    return offset << shift;
  }

  /** True if an index expression is certainly not negative (short of overflow, which is outside every array). */
  function notNegative(e: Expression): boolean {
    if (e.kind === "constant") return e.value >= 0;
    if (e.kind === "variable") return counting.has(e);
    if (e.kind === "operation")
      return (e.op === "add" || e.op === "mul" || e.op === "max") && e.args.every(notNegative);
    return false;
  }

  function expression(e: Expression, out: ByteWriter): void {
    switch (e.kind) {
      case "constant":
        constant(e, out);
        return;
      case "variable":
        out.localGet(index.get(e)!);
        return;
      case "load":
        load(e, out);
        return;
      case "operation":
        operation(e, out);
        return;
      case "math":
        for (const x of e.args) expression(x, out);
        out.call(names.math.get(mathKey(e.name, e.args.length, e.type))!);
        return;
      case "call":
        for (const x of e.args) argument(x, out);
        out.call(names.functions.get(e.callee)!);
        return;
    }
  }

  function constant(e: Expression & { kind: "constant" }, out: ByteWriter): void {
    if (e.type === "f64") out.f64Const(e.value);
    else if (e.type === "f32") out.f32Const(e.value);
    else if (e.type === "i64") out.i64Const(e.value);
    else out.i32Const(e.value);
  }

  /** WebAssembly has lanes of 128 bits only. */
  function narrowEnough(type: Lanes): void {
    if (widthOf(type) !== 16) throw new Failure("unsupported", `function ${f.name}: lanes ${type} on target wasm`, { hint: "vectorise with 16 bytes" }); // oxfmt-ignore
  }

  function load(e: Load, out: ByteWriter): void {
    if (isLanes(e.type)) narrowEnough(e.type);
    const element = elementOf(e.array.type);
    const offset = address(e.array, e.index, out);
    if (!isLanes(e.type)) out.memory(MEMORY.load[element], ELEMENT_SHIFT[element], offset);
    else out.simdMemory(e.half ? SIMD.v128_load64_zero : SIMD.v128_load, ELEMENT_SHIFT[element], offset);
  }

  function operation(e: Operation, out: ByteWriter): void {
    const { op, type, args } = e;
    const [a, b] = args;
    const push = (): void => {
      for (const x of args) expression(x, out);
    };
    const scalar = (key: string): boolean => {
      const code = SCALAR_OPS[key];
      if (code !== undefined) {
        push();
        out.u8(code);
        return true;
      }
      const truncation = TRUNCATIONS[key];
      if (truncation === undefined) return false;
      push();
      out.u8(0xfc);
      out.u32(truncation);
      return true;
    };
    const lanes = (key: string): boolean => {
      const code = LANE_OPS[key];
      if (code === undefined) return false;
      push();
      out.simd(code);
      return true;
    };
    if (op === "convert" || op === "convertu" || op === "bits") {
      const key = `${op}.${type}<${a.type}`;
      if (scalar(key) || lanes(key)) return;
      expression(a, out); // the bits of lanes as other lanes: nothing to do
      return;
    }
    if (op === "select") {
      push();
      if (isLanes(args[2].type)) out.simd(SIMD.v128_bitselect);
      else out.u8(I.select);
      return;
    }
    if (op === "splat" || op === "vector") {
      spread(e, out);
      return;
    }
    if (op === "shuffle") {
      const { bytes } = LANES[type as keyof typeof LANES];
      push();
      out.simd(SIMD.i8x16_shuffle);
      for (const k of e.immediate!) for (let j = 0; j < bytes; j++) out.u8(k * bytes + j);
      return;
    }
    if (op === "madd" || op === "nmadd") {
      multiplyAdd(e, out);
      return;
    }
    if (op === "swizzle" && relaxed && belowSixteen(b)) {
      // Relaxed only in what it does with other indices, and one instruction instead of two.
      push();
      out.simd(LANE_OPS["i8x16.relaxedSwizzle"]);
      return;
    }
    if (isLanes(type) || (a && isLanes(a.type))) {
      // Operations that change the type are listed by their result, others by their operands.
      const own = isCompare(op) || op === "lane" || op === "laneu" || op === "any" || op === "all" || op === "bitmask";
      lanes(`${own ? a.type : type}.${op}`);
      if (e.immediate) out.u8(e.immediate[0]);
      return;
    }
    if (scalar(`${a.type}.${op}`)) return;
    switch (op) {
      case "neg":
        if (type === "i64") out.i64Const(0n);
        else out.i32Const(0);
        expression(a, out);
        out.u8(SCALAR_OPS[`${type}.sub`]);
        return;
      case "abs": {
        // |a| = (a ^ s) - s with s the sign spread over all bits
        const copy = fresh(type as "i32");
        const sign = fresh(type as "i32");
        expression(a, out);
        out.localTee(copy);
        out.localGet(copy);
        if (type === "i64") out.i64Const(63n);
        else out.i32Const(31);
        out.u8(SCALAR_OPS[`${type}.shr`]);
        out.localTee(sign);
        out.u8(SCALAR_OPS[`${type}.xor`]);
        out.localGet(sign);
        out.u8(SCALAR_OPS[`${type}.sub`]);
        return;
      }
      case "copysign": {
        // The sign of a NaN is not specified; copysign(a, NaN) is |a| everywhere.
        const sign = fresh(type as "f64");
        expression(a, out);
        expression(b, out);
        out.localTee(sign);
        if (type === "f64") out.f64Const(0);
        else out.f32Const(0);
        out.localGet(sign);
        out.localGet(sign);
        out.u8(SCALAR_OPS[`${type}.eq`]);
        out.u8(I.select);
        out.u8(type === "f64" ? I.f64_copysign : I.f32_copysign);
        return;
      }
      default: {
        // min and max of i32, pmin and pmax of scalar floats: by a comparison
        const x = fresh(type as "f64");
        const y = fresh(type as "f64");
        expression(a, out);
        out.localSet(x);
        expression(b, out);
        out.localSet(y);
        const second = op === "pmin" || op === "pmax";
        out.localGet(second ? y : x);
        out.localGet(second ? x : y);
        out.localGet(second === (op === "pmin" || op === "min") ? y : x);
        out.localGet(second === (op === "pmin" || op === "min") ? x : y);
        out.u8(SCALAR_OPS[`${type}.lt`]);
        out.u8(I.select);
      }
    }
  }

  /** Lanes from scalars: constants as one constant, a splat of an element as one load. */
  function spread(e: Operation, out: ByteWriter): void {
    const type = e.type as Lanes;
    narrowEnough(type);
    const { count, bytes } = LANES[type];
    const values = e.op === "splat" ? Array.from({ length: count }, () => e.args[0]) : e.args;
    if (values.every((x) => x.kind === "constant")) {
      out.simd(SIMD.v128_const);
      for (const x of values) out.lane(type, x.value);
      return;
    }
    const [first, ...rest] = values;
    if (first.kind === "load" && 1 << ELEMENT_SHIFT[elementOf(first.array.type)] === bytes)
      out.simdMemory(LOAD_SPLAT[bytes], ELEMENT_SHIFT[elementOf(first.array.type)], address(first.array, first.index, out)); // oxfmt-ignore
    else {
      expression(first, out);
      out.simd(LANE_OPS[`${type}.splat`]);
    }
    if (e.op === "splat") return;
    rest.forEach((x, k) => {
      expression(x, out);
      out.simd(LANE_OPS[`${type}.replace`]);
      out.u8(k + 1);
    });
  }

  /** Rounded once where the engine has it for lanes, else a product and a sum; scalars always the latter. */
  function multiplyAdd(e: Operation, out: ByteWriter): void {
    const [a, b, c] = e.args;
    const wide = isLanes(e.type);
    if (wide && relaxed) {
      for (const x of e.args) expression(x, out);
      out.simd(LANE_OPS[`${e.type}.${e.op}`]);
      return;
    }
    const emit = (op: string): void => {
      if (wide) out.simd(LANE_OPS[`${e.type}.${op}`]);
      else out.u8(SCALAR_OPS[`${e.type}.${op}`]);
    };
    if (e.op === "nmadd") expression(c, out);
    expression(a, out);
    expression(b, out);
    emit("mul");
    if (e.op === "madd") expression(c, out);
    emit(e.op === "madd" ? "add" : "sub");
  }
}

/** True of lanes masked by a constant of at most 15. */
function belowSixteen(e: Expression): boolean {
  if (e.kind !== "operation" || e.op !== "and") return false;
  return e.args.some((x) => {
    const [mask] = x.kind === "operation" && x.op === "splat" ? x.args : [];
    return mask?.kind === "constant" && mask.value >= 0 && mask.value <= 15;
  });
}
