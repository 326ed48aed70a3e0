// Straight-line code: a tape of instructions in static single assignment form, kept in flat arrays.
// Instruction i computes value i from values of smaller index. A tape reads scalars and arrays and writes arrays.
// It is the unit that terms are lowered to; targets translate it, and `runTape` (tier zero) runs it as it is.
// Loops are not in a tape: a program (ir.ts) calls tapes from its loops.
import { Failure } from "../base/index.ts";

/** Instruction codes. Operands a, b, c are value indices unless said otherwise. */
export const Op = {
  /** constants[a] */ constant: 0,
  /** scalars[a] */ scalar: 1,
  /** arrays[a][b], b a constant index */ load: 2,
  /** arrays[b][c] = a; yields nothing */ store: 3,
  neg: 4,
  add: 5,
  sub: 6,
  mul: 7,
  div: 8,
  sqrt: 9,
  abs: 10,
  /** floor(a) */ floor: 11,
  /** ceil(a) */ ceil: 12,
  /** IEEE minimum and maximum: NaN if either is NaN */ min: 13,
  max: 14,
  /** 1 if the relation holds, else 0 */ lt: 15,
  le: 16,
  eq: 17,
  ne: 18,
  /** conjunction, disjunction and negation of truth values 0 and 1 */ and: 19,
  or: 20,
  not: 21,
  /** a if c is not zero, else b; both are computed */ select: 22,
  /** functions[b] of a */ call1: 23,
  /** functions[c] of a and b */ call2: 24,
} as const;

export type OpCode = (typeof Op)[keyof typeof Op];

export interface TapeArray {
  readonly name: string;
  /** Number of f64 elements. */
  readonly length: number;
  readonly access: "read" | "write";
}

/** Invariants: all operand indices that are values are smaller than their instruction's; every load and store index is within its array. */
export interface Tape {
  readonly name: string;
  readonly scalars: readonly string[];
  readonly arrays: readonly TapeArray[];
  readonly constants: Float64Array;
  /** Names of functions in `call1`/`call2`, found in the function table given at link time (`exp`, `sin`, `pow`, ...). */
  readonly functions: readonly string[];
  readonly op: Uint8Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly c: Int32Array;
}

/** Functions that targets call by name. */
export type FunctionTable = Readonly<Record<string, (...args: number[]) => number>>;

/** Writes a tape, one instruction at a time; each method returns the index of the new value. */
export class TapeBuilder {
  readonly name: string;
  readonly #scalars: readonly string[];
  readonly #arrays: readonly TapeArray[];
  readonly #constants: number[] = [];
  readonly #constantIndex = new Map<number | string, number>();
  readonly #functions: string[] = [];
  /** Valid up to `#length`; replaced by longer ones when they are full. */
  #op = new Uint8Array(64);
  #a = new Int32Array(64);
  #b = new Int32Array(64);
  #c = new Int32Array(64);
  #length = 0;

  constructor(name: string, scalars: readonly string[], arrays: readonly TapeArray[]) {
    this.name = name;
    this.#scalars = scalars;
    this.#arrays = arrays;
  }

  /** Appends an instruction; operands as described at `Op`. */
  emit(op: OpCode, a = 0, b = 0, c = 0): number {
    const i = this.#length++;
    if (i === this.#op.length) this.#grow();
    this.#op[i] = op;
    this.#a[i] = a;
    this.#b[i] = b;
    this.#c[i] = c;
    return i;
  }

  #grow(): void {
    const longer = <T extends Uint8Array | Int32Array>(old: T, next: T): T => {
      next.set(old);
      return next;
    };
    const length = 4 * this.#op.length;
    this.#op = longer(this.#op, new Uint8Array(length));
    this.#a = longer(this.#a, new Int32Array(length));
    this.#b = longer(this.#b, new Int32Array(length));
    this.#c = longer(this.#c, new Int32Array(length));
  }

  /** A constant; equal constants (by bits, so 0 and -0 differ) share one instruction. */
  constant(value: number): number {
    const key = Object.is(value, -0) ? "-0" : value;
    let index = this.#constantIndex.get(key);
    if (index === undefined) {
      index = this.emit(Op.constant, this.#constants.push(value) - 1);
      this.#constantIndex.set(key, index);
    }
    return index;
  }

  load(array: number, index: number): number {
    this.#check(array, index);
    return this.emit(Op.load, array, index);
  }

  store(value: number, array: number, index: number): void {
    this.#check(array, index);
    this.emit(Op.store, value, array, index);
  }

  /** Calls a function of one or two arguments by name. */
  call(name: string, a: number, b?: number): number {
    let index = this.#functions.indexOf(name);
    if (index < 0) index = this.#functions.push(name) - 1;
    return b === undefined ? this.emit(Op.call1, a, index) : this.emit(Op.call2, a, b, index);
  }

  #check(array: number, index: number): void {
    const declared = this.#arrays[array];
    if (!declared || !(index >= 0 && index < declared.length))
      throw new Failure(
        "domain",
        `tape ${this.name}: index ${index} is outside array ${declared?.name ?? array} of length ${declared?.length ?? 0}`,
      );
  }

  get length(): number {
    return this.#length;
  }

  build(): Tape {
    return {
      name: this.name,
      scalars: this.#scalars,
      arrays: this.#arrays,
      constants: new Float64Array(this.#constants),
      functions: this.#functions,
      op: this.#op.slice(0, this.#length),
      a: this.#a.slice(0, this.#length),
      b: this.#b.slice(0, this.#length),
      c: this.#c.slice(0, this.#length),
    };
  }
}

/** Number of multiplications/divisions and additions/subtractions, as published operation counts mean them. */
export function operationCounts(tape: Tape): { multiplications: number; additions: number; calls: number } {
  let multiplications = 0;
  let additions = 0;
  let calls = 0;
  for (const op of tape.op) {
    if (op === Op.mul || op === Op.div) multiplications++;
    else if (op === Op.add || op === Op.sub) additions++;
    else if (op === Op.call1 || op === Op.call2) calls++;
  }
  return { multiplications, additions, calls };
}

/** The table-driven tier: a loop over the instructions. `values` is scratch of at least tape.op.length elements. */
export function runTape(
  tape: Tape,
  functions: readonly ((...args: number[]) => number)[],
  scalars: ArrayLike<number>,
  arrays: readonly Float64Array[],
  values: Float64Array,
): void {
  const { op, a, b, c, constants } = tape;
  for (let i = 0; i < op.length; i++) {
    switch (op[i]) {
      case Op.constant:
        values[i] = constants[a[i]];
        break;
      case Op.scalar:
        values[i] = scalars[a[i]];
        break;
      case Op.load:
        values[i] = arrays[a[i]][b[i]];
        break;
      case Op.store:
        arrays[b[i]][c[i]] = values[a[i]];
        break;
      case Op.neg:
        values[i] = -values[a[i]];
        break;
      case Op.add:
        values[i] = values[a[i]] + values[b[i]];
        break;
      case Op.sub:
        values[i] = values[a[i]] - values[b[i]];
        break;
      case Op.mul:
        values[i] = values[a[i]] * values[b[i]];
        break;
      case Op.div:
        values[i] = values[a[i]] / values[b[i]];
        break;
      case Op.sqrt:
        values[i] = Math.sqrt(values[a[i]]);
        break;
      case Op.abs:
        values[i] = Math.abs(values[a[i]]);
        break;
      case Op.floor:
        values[i] = Math.floor(values[a[i]]);
        break;
      case Op.ceil:
        values[i] = Math.ceil(values[a[i]]);
        break;
      case Op.min:
        values[i] = Math.min(values[a[i]], values[b[i]]);
        break;
      case Op.max:
        values[i] = Math.max(values[a[i]], values[b[i]]);
        break;
      case Op.lt:
        values[i] = values[a[i]] < values[b[i]] ? 1 : 0;
        break;
      case Op.le:
        values[i] = values[a[i]] <= values[b[i]] ? 1 : 0;
        break;
      case Op.eq:
        values[i] = values[a[i]] === values[b[i]] ? 1 : 0;
        break;
      case Op.ne:
        values[i] = values[a[i]] !== values[b[i]] ? 1 : 0;
        break;
      case Op.and:
        values[i] = values[a[i]] !== 0 && values[b[i]] !== 0 ? 1 : 0;
        break;
      case Op.or:
        values[i] = values[a[i]] !== 0 || values[b[i]] !== 0 ? 1 : 0;
        break;
      case Op.not:
        values[i] = values[a[i]] === 0 ? 1 : 0;
        break;
      case Op.select:
        values[i] = values[c[i]] !== 0 ? values[a[i]] : values[b[i]];
        break;
      case Op.call1:
        values[i] = functions[b[i]](values[a[i]]);
        break;
      case Op.call2:
        values[i] = functions[c[i]](values[a[i]], values[b[i]]);
        break;
    }
  }
}
