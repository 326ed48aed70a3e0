// The program IR: structured functions with typed scalars, lanes, loops and arrays, beside straight-line tapes (tape.ts).
// All generated code goes through it; targets (js, wasm, c, wgsl) translate it, passes (passes/) improve it, `verify` checks
// it and `printProgram` shows it. Arrays are passed as parameters, so that one kernel serves many slices of memory.
// Summation order is part of a program's meaning: targets never reorder floating-point operations.
// Lanes ("f64x2", ...) are for locals and expressions only: neither parameters nor results have such a type.
// What the operations are, and for which types, is data in operations.ts.
// Left out: atomic operations (threads share work by ranges, threads.ts), functions as values, recursion.
import type { OperationName } from "./operations.ts";
import type { Tape } from "./tape.ts";

/** i64 is a 64-bit integer, a bigint in JavaScript. */
export type Scalar = "f64" | "f32" | "i32" | "i64";
/** Several numbers computed side by side in 128 bits; wider ones are for target c (js takes them apart, wasm refuses them). */
export type Lanes =
  | "f64x2" | "f32x4" | "i64x2" | "i32x4" | "i16x8" | "i8x16"
  | "f64x4" | "f32x8" | "i64x4" | "i32x8"
  | "f64x8" | "f32x16" | "i64x8" | "i32x16"; // oxfmt-ignore
export type ValueType = Scalar | Lanes;
/** What arrays hold; the narrow integers are read as i32 (u8 and u16 without sign) and written from one (the low bits). */
export type Element = Scalar | "i16" | "u16" | "i8" | "u8";
export type ArrayType = `${Element}[]`;
export type ParameterType = Scalar | ArrayType;
export type Type = ValueType | ArrayType;

/** A parameter or local; identity is the object. Arrays are parameters, or views set by a statement `view`. */
export interface Variable<T extends Type = Type> {
  readonly kind: "variable";
  readonly name: string;
  readonly type: T;
  /**
   * Of an array parameter: its number of elements, an expression of i32 parameters and constants. `call` checks that the
   * argument has them, and the pass `checkBounds` proves or guards every access by it. Without it nothing is known.
   */
  readonly length?: Expression;
  /** Of an index array: its elements lie in from <= x < to, checked when it is uploaded or passed. Expressions as in `length`. */
  readonly range?: { readonly from: Expression; readonly to: Expression };
}

/** A number of a scalar type; i64 values are bigints within 64 bits. */
export type Constant =
  | { readonly kind: "constant"; readonly type: "f64" | "f32" | "i32"; readonly value: number }
  | { readonly kind: "constant"; readonly type: "i64"; readonly value: bigint };

export interface Operation {
  readonly kind: "operation";
  readonly type: ValueType;
  readonly op: OperationName;
  readonly args: readonly Expression[];
  /** The lane of `lane`, `laneu` and `replace`; the lanes chosen by `shuffle` (those of the second operand count on). */
  readonly immediate?: readonly number[];
}

/** An element, or as many neighbours as there are lanes from `index` on; any index, aligned or not. */
export interface Load {
  readonly kind: "load";
  readonly type: ValueType;
  readonly array: Variable<ArrayType>;
  readonly index: Expression;
  /** Of lanes: only the lower half is read, the upper half is zero. */
  readonly half?: boolean;
}

/** Expressions are pure. */
export type Expression =
  | Constant
  | Variable
  | Load
  | Operation
  /** A function of the function table or of a library (`exp`, `pow`, ...): arguments and result of one floating type. */
  | { readonly kind: "math"; readonly type: "f64" | "f32"; readonly name: string; readonly args: readonly Expression[] }
  /** A function of this program with a result. */
  | {
      readonly kind: "call";
      readonly type: Scalar;
      readonly callee: ProgramFunction;
      readonly args: readonly Argument[];
    };

/** An array argument may be shifted: the callee's element 0 is the caller's element `offset`. */
export type Argument =
  | Expression
  | { readonly kind: "slice"; readonly array: Variable<ArrayType>; readonly offset: Expression };

export type Statement =
  | { readonly kind: "set"; readonly target: Variable<ValueType>; readonly value: Expression }
  /** target = array[offset ...]: element 0 of the local `target` is from now on element `offset` of `array`, which lies in the memory. */
  | {
      readonly kind: "view";
      readonly target: Variable<ArrayType>;
      readonly array: Variable<ArrayType>;
      readonly offset: Expression;
    }
  /** A value with lanes goes to as many neighbours from `index` on. */
  | {
      readonly kind: "store";
      readonly array: Variable<ArrayType>;
      readonly index: Expression;
      readonly value: Expression;
    }
  /** for target = from; target < to (step > 0) or target > to (step < 0); target += step. `to` is evaluated once. */
  | {
      readonly kind: "for";
      readonly target: Variable<"i32">;
      readonly from: Expression;
      readonly to: Expression;
      readonly step: number;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "while"; readonly condition: Expression; readonly body: readonly Statement[] }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
      /** Seldom taken: code for the usual way is kept free of it where that pays. */
      readonly rare?: boolean;
    }
  /** Leaves the innermost loop. */
  | { readonly kind: "break" }
  | { readonly kind: "return"; readonly value?: Expression }
  /** Ends the program with an error: an access outside its array, say. */
  | { readonly kind: "trap"; readonly why: string }
  | { readonly kind: "do"; readonly callee: ProgramFunction; readonly args: readonly Argument[] };

/** A structured function. Locals are all variables set in the body; each is set before it is read on every path. */
export interface StructuredFunction {
  readonly kind: "structured";
  readonly name: string;
  readonly parameters: readonly Variable[];
  readonly result?: Scalar;
  readonly body: readonly Statement[];
  /** Every access of an array with a stated length has been proved or guarded; `checkBounds` sets it and has no more to do. */
  readonly checked?: boolean;
}

/**
 * A tape as a function. Parameters in order: the tape's scalars (f64), its arrays (f64[]), then `scratch` (f64[]),
 * whose needed length the target decides (`scratchLength` of the compiled function).
 */
export interface TapeFunction {
  readonly kind: "tape";
  readonly name: string;
  readonly tape: Tape;
}

export type ProgramFunction = StructuredFunction | TapeFunction;

/** All functions are exported by name; names are unique. A callee must be in the same program. */
export interface Program {
  readonly name: string;
  readonly functions: readonly ProgramFunction[];
}
