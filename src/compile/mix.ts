// The operation mix of a function: how often each class of operation runs in one call, the bytes it moves and the memory it
// touches. Loops count as often as they turn: bounds are evaluated from the sizes given, and where they depend on data a guess
// stands in for them. This is what the cost model (cost.ts) and the reports of passes are made from.
// Left out: dependences between turns, reuse of loaded values, branches weighted by their data (an `if` counts half).
import type {
  Argument,
  Expression,
  ProgramFunction,
  Statement,
  StructuredFunction,
  TapeFunction,
  Variable,
} from "./ir.ts";
import { ELEMENT_SHIFT, elementOf, isArray, isCompare, isLanes, LANES, type OperationName } from "./operations.ts";
import { ARITY } from "./schedule.ts";
import { Op } from "./tape.ts";

/** Classes of operations that cost about the same. `long` is 64-bit integers, `move` lanes moved or made. */
export const OPERATION_CLASSES = ["add", "mul", "fused", "div", "root", "compare", "int", "long", "move", "load", "store"] as const; // oxfmt-ignore
export type OperationClass = (typeof OPERATION_CLASSES)[number];
export type ClassCounts = Record<OperationClass, number>;

export interface Mix {
  /** Operations on scalars. */
  readonly scalar: ClassCounts;
  /** Operations on lanes, each counted once ... */
  readonly lanes: ClassCounts;
  /** ... and as many times as there are lanes, for targets that have none. */
  readonly spread: ClassCounts;
  /** Calls of the function table, by name. */
  readonly math: ReadonlyMap<string, number>;
  /** Turns of loops, and calls of other functions. */
  readonly turns: number;
  readonly calls: number;
  /** Bytes loaded and stored. */
  readonly bytes: number;
  /** Bytes of the arrays touched: the working set. */
  readonly footprint: number;
  /** Operations one after the other in the longest chain of one turn (or of straight-line code). */
  readonly depth: number;
}

/** Turns of a loop whose bounds depend on data. */
const GUESSED_TURNS = 8;
/** How often a rare branch is taken, and any other. */
const RARELY = 0.01;
const OFTEN = 0.5;

const FLOAT_CLASS: Partial<Record<OperationName, OperationClass>> = {
  mul: "mul", div: "div", rem: "div", divu: "div", remu: "div", sqrt: "root", madd: "fused", nmadd: "fused", select: "compare",
  splat: "move", vector: "move", lane: "move", laneu: "move", replace: "move", shuffle: "move", swizzle: "move", bits: "move",
}; // oxfmt-ignore

function classOf(e: Extract<Expression, { kind: "operation" }>): OperationClass {
  if (isCompare(e.op)) return "compare";
  const float = e.type.startsWith("f");
  if (!float && e.op !== "select" && FLOAT_CLASS[e.op] !== "move" && FLOAT_CLASS[e.op] !== "div")
    return e.type === "i64" ? "long" : "int";
  return FLOAT_CLASS[e.op] ?? "add";
}

export const noCounts = (): ClassCounts =>
  Object.fromEntries(OPERATION_CLASSES.map((name) => [name, 0])) as ClassCounts;

/**
 * The mix of one call of `f`. `sizes` gives the values of i32 parameters by name (of the loop counts, above all); parameters
 * that are absent make the loops they bound count as guessed.
 */
export function operationMix(f: ProgramFunction, sizes: Readonly<Record<string, number>> = {}): Mix {
  const counter = new Counter();
  if (f.kind === "tape") counter.tape(f, 1);
  else counter.function(f, sizes, 1);
  return { ...counter, footprint: counter.footprint || counter.bytes };
}

/** Instructions, one for all lanes; lanes moved or made are not counted. What passes are to lower. */
export function instructionTotal({ scalar, lanes, math, turns }: Mix): number {
  let total = turns;
  for (const name of OPERATION_CLASSES) if (name !== "move") total += scalar[name] + lanes[name];
  for (const count of math.values()) total += count;
  return total;
}

class Counter {
  readonly scalar = noCounts();
  readonly lanes = noCounts();
  readonly spread = noCounts();
  readonly math = new Map<string, number>();
  turns = 0;
  calls = 0;
  bytes = 0;
  footprint = 0;
  depth = 0;

  tape({ tape }: TapeFunction, times: number): void {
    const { op, a, b, c } = tape;
    const deep = new Int32Array(op.length);
    const names: Partial<Record<number, OperationClass>> = { [Op.mul]: "mul", [Op.div]: "div", [Op.sqrt]: "root", [Op.load]: "load", [Op.store]: "store" }; // oxfmt-ignore
    for (let i = 0; i < op.length; i++) {
      const code = op[i];
      if (code === Op.constant || code === Op.scalar) continue;
      const arity = ARITY[code];
      let held = 0;
      for (let k = 0; k < arity; k++) held = Math.max(held, deep[k === 0 ? a[i] : k === 1 ? b[i] : c[i]]);
      deep[i] = held + 1;
      if (deep[i] > this.depth) this.depth = deep[i];
      if (code === Op.call1 || code === Op.call2) this.#math(tape.functions[code === Op.call1 ? b[i] : c[i]], times);
      else this.scalar[names[code] ?? (code >= Op.lt && code <= Op.select ? "compare" : "add")] += times;
      if (code === Op.load || code === Op.store) this.bytes += 8 * times;
    }
    for (const { length } of tape.arrays) this.footprint += 8 * length;
  }

  #math(name: string, times: number): void {
    this.math.set(name, (this.math.get(name) ?? 0) + times);
  }

  function(f: StructuredFunction, sizes: Readonly<Record<string, number>>, times: number): void {
    const values = new Map<Variable, number>();
    for (const p of f.parameters) if (p.type === "i32" && Object.hasOwn(sizes, p.name)) values.set(p, sizes[p.name]);
    for (const p of f.parameters)
      if (isArray(p.type) && p.length) {
        const length = evaluate(p.length, values);
        if (length !== undefined) this.footprint += length << ELEMENT_SHIFT[elementOf(p.type)];
      }
    this.#body(f.body, times, values, new Map());
  }

  #body(list: readonly Statement[], times: number, values: Map<Variable, number>, deep: Map<Variable, number>): void {
    for (const s of list)
      switch (s.kind) {
        case "set": {
          deep.set(s.target, this.#expression(s.value, times, values, deep));
          const value = s.target.type === "i32" ? evaluate(s.value, values) : undefined;
          if (value === undefined) values.delete(s.target);
          else values.set(s.target, value);
          break;
        }
        case "view":
          this.#expression(s.offset, times, values, deep);
          break;
        case "store": {
          this.#expression(s.index, times, values, deep);
          this.#expression(s.value, times, values, deep);
          this.#access("store", s.value.type, 1 << ELEMENT_SHIFT[elementOf(s.array.type)], times);
          break;
        }
        case "for": {
          const [from, to] = [evaluate(s.from, values), evaluate(s.to, values)];
          const turns = from === undefined || to === undefined ? GUESSED_TURNS : Math.max(0, Math.ceil((to - from) / s.step)); // oxfmt-ignore
          this.#loop(turns * times);
          // Inside, the variable stands at its middle: bounds of inner loops may depend on it.
          if (from === undefined || to === undefined) values.delete(s.target);
          else values.set(s.target, Math.floor((from + to) / 2));
          if (turns > 0) this.#body(s.body, times * turns, values, new Map());
          if (from === undefined || to === undefined) values.delete(s.target);
          else values.set(s.target, turns > 0 ? from + turns * s.step : from);
          break;
        }
        case "while":
          this.#loop(GUESSED_TURNS * times);
          this.#expression(s.condition, GUESSED_TURNS * times, values, deep);
          this.#body(s.body, GUESSED_TURNS * times, values, new Map());
          break;
        case "if": {
          this.#expression(s.condition, times, values, deep);
          const share = s.rare ? RARELY : OFTEN;
          this.#body(s.body, times * share, new Map(values), deep);
          this.#body(s.otherwise, times * (1 - share), new Map(values), deep);
          break;
        }
        case "return":
          if (s.value) this.#expression(s.value, times, values, deep);
          break;
        case "do":
          this.#call(s.callee, s.args, times, values, deep);
          break;
        default:
          break;
      }
  }

  #loop(turns: number): void {
    this.turns += turns;
  }

  /** Counts an expression; returns the length of its longest chain. */
  #expression(e: Expression, times: number, values: Map<Variable, number>, deep: Map<Variable, number>): number {
    let depth = 0;
    switch (e.kind) {
      case "constant":
        return 0;
      case "variable":
        return deep.get(e) ?? 0;
      case "load":
        this.#expression(e.index, times, values, deep);
        this.#access("load", e.type, 1 << ELEMENT_SHIFT[elementOf(e.array.type)], times);
        depth = 1;
        break;
      case "operation":
        for (const x of e.args) depth = Math.max(depth, this.#expression(x, times, values, deep));
        this.#count(classOf(e), isLanes(e.type) ? e.type : (e.args.find((x) => isLanes(x.type))?.type ?? e.type), times); // oxfmt-ignore
        depth++;
        break;
      case "math":
        for (const x of e.args) depth = Math.max(depth, this.#expression(x, times, values, deep));
        this.#math(e.name, times);
        depth += 20;
        break;
      case "call":
        this.#call(e.callee, e.args, times, values, deep);
        depth = 1;
        break;
    }
    if (depth > this.depth) this.depth = depth;
    return depth;
  }

  #call(
    callee: ProgramFunction,
    args: readonly Argument[],
    times: number,
    values: Map<Variable, number>,
    deep: Map<Variable, number>,
  ): void {
    this.calls += times;
    const sizes: Record<string, number> = {};
    args.forEach((x, k) => {
      const e = x.kind === "slice" ? x.offset : x;
      if (e.type !== undefined && !isArray(e.type)) this.#expression(e, times, values, deep);
      if (callee.kind === "tape" || x.kind === "slice" || callee.parameters[k].type !== "i32") return;
      const value = evaluate(x, values);
      if (value !== undefined) sizes[callee.parameters[k].name] = value;
    });
    const footprint = this.footprint;
    if (callee.kind === "tape") this.tape(callee, times);
    else this.function(callee, sizes, times);
    this.footprint = footprint;
  }

  #access(name: "load" | "store", type: Expression["type"], bytes: number, times: number): void {
    this.#count(name, type, times);
    this.bytes += times * (isLanes(type) ? 16 : bytes);
  }

  #count(name: OperationClass, type: Expression["type"], times: number): void {
    if (isLanes(type)) {
      this.lanes[name] += times;
      this.spread[name] += times * LANES[type].count;
    } else this.scalar[name] += times;
  }
}

/** The value of an i32 expression, if it follows from known ones. */
function evaluate(e: Expression, values: ReadonlyMap<Variable, number>): number | undefined {
  if (e.kind === "constant") return Number(e.value);
  if (e.kind === "variable") return values.get(e);
  if (e.kind !== "operation" || e.args.length > 2) return undefined;
  const [a, b] = e.args.map((x) => evaluate(x, values));
  if (a === undefined || (e.args.length === 2 && b === undefined)) return undefined;
  const y = b as number;
  switch (e.op) {
    case "add": return a + y;
    case "sub": return a - y;
    case "mul": return a * y;
    case "div": case "divu": return Math.trunc(a / y);
    case "rem": case "remu": return a % y;
    case "and": return a & y;
    case "andnot": return a & ~y;
    case "shl": return a << y;
    case "shr": return a >> y;
    case "shru": return a >>> y;
    case "min": return Math.min(a, y);
    case "max": return Math.max(a, y);
    case "neg": return -a;
    default: return undefined;
  } // oxfmt-ignore
}
