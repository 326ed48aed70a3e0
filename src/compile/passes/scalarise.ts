// Pass: lanes become scalars, one variable a lane. Targets without SIMD run programs written with lanes through it; results
// are the same bit for bit (a `madd` stays one). Narrow integers are held as i32 with their sign.
// Left out: any attempt at speed. Operations that cross lanes may compute an operand's lane more than once.
import * as ir from "../builder.ts";
import type { Expression, Lanes, Load, Operation, Program, Scalar, Statement, StructuredFunction, Variable } from "../ir.ts"; // oxfmt-ignore
import { elementOf, isCompare, isLanes, LANES, type OperationName } from "../operations.ts";
import { mapStatement, replaceFunctions, visitBody, visitStatements } from "../shape.ts";

/** Operations whose lane k may depend on other lanes of the operands. */
const CROSSING: ReadonlySet<OperationName> = new Set([
  "shuffle", "swizzle", "lane", "laneu", "bits", "convert", "convertu", "extendLow", "extendHigh", "extendLowu", "extendHighu",
  "extmulLow", "extmulHigh", "extmulLowu", "extmulHighu", "extadd", "extaddu", "narrow", "narrowu", "dot", "any", "all", "bitmask",
]); // oxfmt-ignore

export function scalarise(program: Program): Program {
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "structured" && usesLanes(f) ? { ...f, body: new Scalariser().body(f.body) } : f))); // oxfmt-ignore
}

function usesLanes(f: StructuredFunction): boolean {
  let found = false;
  visitStatements(f.body, (e) => (found ||= isLanes(e.type)));
  visitBody(f.body, (s) => (found ||= s.kind === "set" && isLanes(s.target.type)));
  return found;
}

class Scalariser {
  readonly #parts = new Map<Variable, Variable<Scalar>[]>();
  /** Where statements go that compute temporaries of the statement at hand. */
  #out: Statement[] = [];
  #temporaries = 0;

  body(list: readonly Statement[]): Statement[] {
    const outer = this.#out;
    const out: Statement[] = (this.#out = []);
    for (const s of list) this.#statement(s);
    this.#out = outer;
    return out;
  }

  #partsOf(v: Variable): Variable<Scalar>[] {
    let parts = this.#parts.get(v);
    if (!parts) {
      const { scalar, count } = LANES[v.type as Lanes];
      parts = Array.from({ length: count }, (_, k) => ({ kind: "variable", name: `${v.name}.${k}`, type: scalar }));
      this.#parts.set(v, parts);
    }
    return parts;
  }

  #temporary(value: Expression): Variable<Scalar> {
    const target: Variable<Scalar> = { kind: "variable", name: `t${this.#temporaries++}`, type: value.type as Scalar };
    this.#out.push({ kind: "set", target, value });
    return target;
  }

  #statement(s: Statement): void {
    const out = this.#out;
    if (s.kind === "set" && isLanes(s.target.type)) {
      const { count } = LANES[s.target.type];
      const parts = this.#partsOf(s.target);
      let crossing = false;
      visitStatements([s], (e) => (crossing ||= e.kind === "operation" && CROSSING.has(e.op)));
      const values = Array.from({ length: count }, (_, k) => this.#lane(s.value, k));
      const ready = crossing ? values.map((value) => this.#temporary(value)) : values;
      ready.forEach((value, k) => out.push({ kind: "set", target: parts[k], value }));
    } else if (s.kind === "store" && isLanes(s.value.type)) {
      const index = this.#temporary(this.#scalar(s.index));
      const values = Array.from({ length: LANES[s.value.type].count }, (_, k) =>
        this.#temporary(this.#lane(s.value, k)),
      );
      values.forEach((value, k) => out.push({ kind: "store", array: s.array, index: ir.add(index, k), value }));
    } else if (s.kind === "while") {
      this.#out = [];
      const condition = this.#scalar(s.condition);
      const before = this.#out;
      this.#out = out;
      const body = this.body(s.body);
      if (before.length === 0) out.push({ ...s, condition, body });
      else {
        const leave: Statement = { kind: "if", condition, body: [], otherwise: [{ kind: "break" }] };
        out.push({ ...s, condition: ir.i32(1), body: [...before, leave, ...body] });
      }
    } else {
      const next = mapStatement(s, (e) => this.#scalar(e));
      if (next.kind === "for") out.push({ ...next, body: this.body(next.body) });
      else if (next.kind === "if")
        out.push({ ...next, body: this.body(next.body), otherwise: this.body(next.otherwise) }); // oxfmt-ignore
      else out.push(next);
    }
  }

  /** A scalar expression with the lanes inside it taken apart. */
  #scalar(e: Expression): Expression {
    if (e.kind === "operation" && e.args.length > 0 && isLanes(e.args[0].type)) return this.#reduced(e);
    if (e.kind === "operation" || e.kind === "math") {
      const args = e.args.map((x) => this.#scalar(x));
      return { ...e, args } as Expression;
    }
    if (e.kind === "load") return { ...e, index: this.#scalar(e.index) };
    if (e.kind === "call")
      return {
        ...e,
        args: e.args.map((x) => (x.kind === "slice" ? { ...x, offset: this.#scalar(x.offset) } : this.#scalar(x))),
      };
    return e;
  }

  /** An operation from lanes to a scalar. */
  #reduced(e: Operation): Expression {
    const [a] = e.args;
    const type = a.type as Lanes;
    const { count, narrow } = LANES[type];
    const lanes = (): Expression[] => Array.from({ length: count }, (_, k) => this.#lane(a, k));
    switch (e.op) {
      case "lane":
        return this.#lane(a, e.immediate![0]);
      case "laneu":
        return ir.and(this.#lane(a, e.immediate![0]), narrow === "i8" ? 255 : 65535);
      case "any":
        return ir.ne(lanes().reduce((x, y) => ir.or(x, y)), 0); // oxfmt-ignore
      case "all":
        return lanes().map((x) => ir.ne(x, 0)).reduce((x, y) => ir.and(x, y)); // oxfmt-ignore
      case "bitmask":
        return lanes().map((x, k) => ir.shl(ir.lt(x, 0), k)).reduce((x, y) => ir.or(x, y)); // oxfmt-ignore
      default:
        throw new Error(`${e.op} is not a reduction of lanes`);
    }
  }

  /** A narrow integer with its sign. */
  #wrap(x: Expression, type: Lanes): Expression {
    const { narrow } = LANES[type];
    if (!narrow) return x;
    if (x.kind === "constant")
      return ir.i32(narrow === "i8" ? (Number(x.value) << 24) >> 24 : (Number(x.value) << 16) >> 16);
    const bits = narrow === "i8" ? 24 : 16;
    return ir.shr(ir.shl(x, bits), bits);
  }

  #unsigned(x: Expression, type: Lanes): Expression {
    const { narrow } = LANES[type];
    return narrow ? ir.and(x, narrow === "i8" ? 255 : 65535) : x;
  }

  /** Lane k of an expression of lanes. */
  #lane(e: Expression, k: number): Expression {
    const type = e.type as Lanes;
    switch (e.kind) {
      case "variable":
        return this.#partsOf(e)[k];
      case "load":
        return this.#loaded(e, k);
      case "operation":
        return this.#operated(e, k, type);
      default:
        throw new Error(`lanes of kind ${e.kind}`);
    }
  }

  #loaded(e: Load, k: number): Expression {
    const { scalar, count } = LANES[e.type as Lanes];
    if (e.half && k >= count / 2) return ir.constant(0, scalar);
    const index = this.#scalar(e.index);
    const element = elementOf(e.array.type);
    const raw: Load = { kind: "load", type: element === "f64" || element === "f32" || element === "i64" ? element : "i32", array: e.array, index: k === 0 ? index : ir.add(index, k) }; // oxfmt-ignore
    if (element === "u8" || element === "u16") return this.#wrap(raw, e.type as Lanes);
    return raw.type === scalar ? raw : ir.bits(raw, scalar);
  }

  #operated(e: Operation, k: number, type: Lanes): Expression {
    const { op, args } = e;
    const [a, b] = args;
    const { scalar, count } = LANES[type];
    const of = (x: Expression, at = k): Expression => this.#lane(x, at);
    const same = (): Expression => this.#wrap(ir.operation(op, scalar, args.map((x) => of(x))), type); // oxfmt-ignore
    const from = a.type as Lanes;
    const clamp = (x: Expression, low: number, high: number): Expression => ir.min(ir.max(x, low), high);
    const limits = (t: Lanes): [number, number] => (LANES[t].narrow === "i8" ? [-128, 127] : [-32768, 32767]);
    if (isCompare(op)) {
      const truth = ir.operation(op, "i32", [of(a), of(b)]);
      return ir.neg(scalar === "i64" ? ir.convert(truth, "i64") : truth);
    }
    switch (op) {
      case "splat":
        return this.#wrap(this.#scalar(a), type);
      case "vector":
        return this.#wrap(this.#scalar(args[k]), type);
      case "andnot":
        return ir.and(of(a), ir.xor(of(b), -1));
      case "minu":
        return ir.select(ir.ltu(of(a), of(b)), of(a), of(b));
      case "maxu":
        return ir.select(ir.ltu(of(a), of(b)), of(b), of(a));
      case "addsat":
        return clamp(ir.add(of(a), of(b)), ...limits(type));
      case "subsat":
        return clamp(ir.sub(of(a), of(b)), ...limits(type));
      case "addsatu":
      case "subsatu": {
        const [x, y] = [this.#unsigned(of(a), type), this.#unsigned(of(b), type)];
        return this.#wrap(clamp(op === "addsatu" ? ir.add(x, y) : ir.sub(x, y), 0, 2 * limits(type)[1] + 1), type);
      }
      case "avgu":
        return this.#wrap(ir.shr(ir.add(ir.add(this.#unsigned(of(a), type), this.#unsigned(of(b), type)), 1), 1), type);
      case "shl":
      case "shr":
      case "shru": {
        const bits = 8 * LANES[type].bytes;
        const by = ir.and(this.#scalar(b), bits - 1);
        const x = op === "shru" ? this.#unsigned(of(a), type) : of(a);
        return this.#wrap(ir.operation(op, scalar, [x, scalar === "i64" ? ir.convert(by, "i64") : by]), type);
      }
      case "select": {
        const test = args[2];
        if (!isLanes(test.type)) return ir.select(this.#scalar(test), of(a), of(b));
        if (test.kind === "operation" && isCompare(test.op))
          return ir.select(ir.operation(test.op, "i32", [of(test.args[0]), of(test.args[1])]), of(a), of(b));
        return ir.select(ir.ne(of(test), 0), of(a), of(b));
      }
      case "convert":
      case "convertu": {
        if (k >= LANES[from].count) return ir.constant(0, scalar);
        return ir.operation(op, scalar, [of(a)]);
      }
      case "replace":
        return e.immediate![0] === k ? this.#wrap(this.#scalar(b), type) : of(a);
      case "shuffle": {
        const chosen = e.immediate![k];
        return chosen < count ? of(a, chosen) : of(b, chosen - count);
      }
      case "swizzle": {
        // a byte of `a` chosen at run time: out of temporaries
        const index = this.#temporary(of(b));
        const lanes = Array.from({ length: count }, (_, j) => this.#temporary(of(a, j)));
        return lanes.reduceRight<Expression>((rest, x, j) => ir.select(ir.eq(index, j), x, rest), ir.i32(0));
      }
      case "popcnt":
        return ir.popcnt(this.#unsigned(of(a), type));
      case "bits":
        return this.#reinterpreted(a, type, k);
      case "extendLow":
      case "extendHigh":
      case "extendLowu":
      case "extendHighu":
        return this.#extended(a, op.startsWith("extendHigh") ? k + count : k, type, op.endsWith("u"));
      case "extmulLow":
      case "extmulHigh":
      case "extmulLowu":
      case "extmulHighu": {
        const at = op.startsWith("extmulHigh") ? k + count : k;
        const u = op.endsWith("u");
        return this.#wrap(ir.mul(this.#extended(a, at, type, u), this.#extended(b, at, type, u)), type);
      }
      case "extadd":
      case "extaddu": {
        const u = op === "extaddu";
        return this.#wrap(ir.add(this.#extended(a, 2 * k, type, u), this.#extended(a, 2 * k + 1, type, u)), type);
      }
      case "narrow":
      case "narrowu": {
        const half = count / 2;
        const x = k < half ? of(a, k) : of(b, k - half);
        const [low, high] = limits(type);
        return op === "narrow" ? clamp(x, low, high) : this.#wrap(clamp(x, 0, 2 * high + 1), type);
      }
      case "dot":
        return ir.add(ir.mul(of(a, 2 * k), of(b, 2 * k)), ir.mul(of(a, 2 * k + 1), of(b, 2 * k + 1)));
      default:
        return same();
    }
  }

  #extended(a: Expression, k: number, to: Lanes, unsigned: boolean): Expression {
    const x = this.#lane(a, k);
    if (to !== "i64x2") return unsigned ? this.#unsigned(x, a.type as Lanes) : x;
    return ir.operation(unsigned ? "convertu" : "convert", "i64", [x]);
  }

  /** Lane k of the bits of `a` as lanes of type `to`. */
  #reinterpreted(a: Expression, to: Lanes, k: number): Expression {
    const from = a.type as Lanes;
    const source = LANES[from].bytes;
    const { bytes, scalar } = LANES[to];
    const integer = (j: number): Expression => {
      const x = this.#lane(a, j);
      return LANES[from].scalar === "f64" ? ir.bits(x, "i64") : LANES[from].scalar === "f32" ? ir.bits(x, "i32") : x;
    };
    let x: Expression;
    if (source === bytes) x = integer(k);
    else if (source > bytes) {
      const whole = integer(Math.floor((k * bytes) / source));
      const by = 8 * ((k * bytes) % source);
      if (source === 8) x = ir.convert(by === 0 ? whole : ir.shr(whole, by), "i32");
      else x = by === 0 ? whole : ir.shr(whole, by);
      x = this.#wrap(x, to);
    } else {
      const per = bytes / source;
      const piece = (j: number): Expression => this.#unsigned(integer(k * per + j), from);
      if (bytes === 8) {
        x = ir.i64(0);
        for (let j = 0; j < per; j++) x = ir.or(x, ir.shl(ir.convertu(piece(j), "i64"), 8 * source * j));
      } else {
        x = piece(0);
        for (let j = 1; j < per; j++) x = ir.or(x, ir.shl(piece(j), 8 * source * j));
        x = this.#wrap(x, to);
      }
    }
    return scalar === "f64" || scalar === "f32" ? ir.bits(x, scalar) : x;
  }
}
