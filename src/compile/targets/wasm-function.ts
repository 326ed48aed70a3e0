// Structured functions for target wasm: a straight translation, statement by statement.
// The constant part of an index goes to the offset of the memory instruction where the rest cannot be negative.
// Left out: common address computation and hoisting (the engine's optimiser finds most of it).
import type {
  Argument,
  BinaryOp,
  CompareOp,
  Expression,
  ProgramFunction,
  Statement,
  StructuredFunction,
  UnaryOp,
  Variable,
} from "../ir.ts";
import { assigned, resultOf } from "../shape.ts";
import { ByteWriter, type ModuleWriter } from "../wasm/encoder.ts";
import { EMPTY_BLOCK, I, MISC, SIMD, type ValueTypeName } from "../wasm/opcodes.ts";

/** Index of a function in calls, for functions of the program and of the function table. */
export interface Names {
  readonly functions: Map<ProgramFunction, number>;
  readonly math: Map<string, number>;
}

export function wasmType(type: Variable["type"]): ValueTypeName {
  return type === "f64" ? "f64" : type === "f64x2" ? "v128" : "i32";
}

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
const F64X2_BINARY: Partial<Record<BinaryOp, number>> = {
  add: SIMD.f64x2_add, sub: SIMD.f64x2_sub, mul: SIMD.f64x2_mul, div: SIMD.f64x2_div,
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

export function structured(module: ModuleWriter, f: StructuredFunction, names: Names): void {
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
        expression(s.value, out);
        if (s.value.type === "f64x2") out.simdMemory(SIMD.v128_store, 3, offset);
        else if (s.array.type === "f64[]") out.memory(I.f64_store, 3, offset);
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
        else if (e.type === "f64x2") out.simdMemory(SIMD.v128_load, 3, offset);
        else out.memory(I.i32_load, 2, offset);
        return;
      }
      case "splat":
        splat(e.a, out);
        return;
      case "pair":
        splat(e.a, out);
        expression(e.b, out);
        out.simd(SIMD.f64x2_replace_lane);
        out.u8(1);
        return;
      case "lane":
        expression(e.a, out);
        out.simd(SIMD.f64x2_extract_lane);
        out.u8(e.lane);
        return;
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

  function splat(a: Expression, out: ByteWriter): void {
    if (a.kind === "load") out.simdMemory(SIMD.v128_load64_splat, 3, address(a.array, a.index, out));
    else {
      expression(a, out);
      out.simd(SIMD.f64x2_splat);
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
      if (e.type === "f64x2") out.simd(F64X2_BINARY[e.op]!);
      else out.u8((e.type === "f64" ? F64_BINARY : I32_BINARY)[e.op]!);
    }
  }
}
