// Tapes for target wasm: one WebAssembly function a chunk of the schedule, and one that calls them in turn.
// Values of one use stay on the operand stack; loads, constants and scalars are written again at every use.
// Left out: SIMD, reordering for fewer live locals.
import { Place, type Schedule } from "../schedule.ts";
import { Op, type Tape } from "../tape.ts";
import type { ModuleWriter } from "../wasm/encoder.ts";
import { I } from "../wasm/opcodes.ts";
import type { Names } from "./wasm-function.ts";

/** The exported function of a tape of several chunks: copies scalars to scratch memory and calls the chunks. */
export function emitCalls(module: ModuleWriter, tape: Tape, plan: Schedule, first: number): void {
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
export function emitChunk(
  module: ModuleWriter,
  tape: Tape,
  plan: Schedule,
  chunk: number,
  names: Names,
  scalars: number,
): void {
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
