// A tape as statements: values used several times become locals, relations stay truth values until a number is asked for.
// Tapes are for long straight-line code cut into chunks; statements can be vectorised, fused and put into loops.
import type { Block } from "./builder.ts";
import * as ir from "./builder.ts";
import type { Expression } from "./ir.ts";
import { ARITY } from "./schedule.ts";
import { Op, type Tape } from "./tape.ts";

/** Where a tape's values come from and go to. */
export interface Places {
  scalar(index: number): Expression;
  load(array: number, index: number): Expression;
  store(array: number, index: number, value: Expression): void;
}

/** Expressions of more nodes are put into locals. */
const MOST_NODES = 60;

/** Writes the tape's instructions into `k`, in type f64 or f32. */
export function structureTape(tape: Tape, k: Block, places: Places, type: "f64" | "f32" = "f64"): void {
  const { op, a, b, c, constants } = tape;
  const uses = new Int32Array(op.length);
  for (let i = op.length - 1; i >= 0; i--) {
    if (uses[i] === 0 && op[i] !== Op.store) continue;
    const arity = ARITY[op[i]];
    if (arity > 0) uses[a[i]]++;
    if (arity > 1) uses[b[i]]++;
    if (arity > 2) uses[c[i]]++;
  }
  const values: (Expression | undefined)[] = [];
  const sizes = new Int32Array(op.length);
  const value = (i: number): Expression => {
    const e = values[i]!;
    return e.type === "i32" ? ir.convert(e, type) : e;
  };
  const truth = (i: number): Expression => {
    const e = values[i]!;
    return e.type === "i32" ? e : ir.ne(e, 0);
  };
  for (let i = 0; i < op.length; i++) {
    if (op[i] === Op.store) {
      places.store(b[i], c[i], value(a[i]));
      continue;
    }
    if (uses[i] === 0) continue;
    let e: Expression;
    switch (op[i]) {
      case Op.constant: e = ir.constant(type === "f32" ? Math.fround(constants[a[i]]) : constants[a[i]], type); break;
      case Op.scalar: e = places.scalar(a[i]); break;
      case Op.load: e = places.load(a[i], b[i]); break;
      case Op.neg: e = ir.neg(value(a[i])); break;
      case Op.add: e = ir.add(value(a[i]), value(b[i])); break;
      case Op.sub: e = ir.sub(value(a[i]), value(b[i])); break;
      case Op.mul: e = ir.mul(value(a[i]), value(b[i])); break;
      case Op.div: e = ir.div(value(a[i]), value(b[i])); break;
      case Op.sqrt: e = ir.sqrt(value(a[i])); break;
      case Op.abs: e = ir.abs(value(a[i])); break;
      case Op.floor: e = ir.floor(value(a[i])); break;
      case Op.ceil: e = ir.ceil(value(a[i])); break;
      case Op.min: e = ir.min(value(a[i]), value(b[i])); break;
      case Op.max: e = ir.max(value(a[i]), value(b[i])); break;
      case Op.lt: e = ir.lt(value(a[i]), value(b[i])); break;
      case Op.le: e = ir.le(value(a[i]), value(b[i])); break;
      case Op.eq: e = ir.eq(value(a[i]), value(b[i])); break;
      case Op.ne: e = ir.ne(value(a[i]), value(b[i])); break;
      case Op.and: e = ir.and(truth(a[i]), truth(b[i])); break;
      case Op.or: e = ir.or(truth(a[i]), truth(b[i])); break;
      case Op.not: e = ir.not(truth(a[i])); break;
      case Op.select: e = ir.select(truth(c[i]), value(a[i]), value(b[i])); break;
      case Op.call1: e = ir.math(tape.functions[b[i]], value(a[i])); break;
      default: e = ir.math(tape.functions[c[i]], value(a[i]), value(b[i])); break;
    } // oxfmt-ignore
    const arity = ARITY[op[i]];
    let size = 1;
    for (let j = 0; j < arity; j++) size += sizes[j === 0 ? a[i] : j === 1 ? b[i] : c[i]];
    const leaf = arity === 0 && op[i] !== Op.load;
    if (!leaf && (uses[i] > 1 || size > MOST_NODES)) {
      e = k.let(`v${i}`, e);
      size = 1;
    }
    sizes[i] = size;
    values[i] = e;
  }
}
