// The program IR: structured functions with typed scalars, loops and arrays, beside straight-line tapes (tape.ts).
// All generated code goes through it; targets (js, wasm, later c and wgsl) translate it, `verify` checks it and
// `printProgram` shows it. Arrays are passed as parameters, so that one kernel serves many slices of memory.
// Summation order is part of a program's meaning: targets never reorder floating-point operations.
// Two lanes of f64 ("f64x2") are for locals and expressions only: neither parameters nor results have that type.
// Left out until the compiler needs them: f32, i64 and packed types, comparisons and shuffles of lanes, threads.
import type { Tape } from "./tape.ts";

export type Scalar = "f64" | "i32";
export type ArrayType = "f64[]" | "i32[]";
/** Two numbers computed side by side. */
export type Lanes = "f64x2";
export type ParameterType = Scalar | ArrayType;
export type Type = ParameterType | Lanes;

/** A parameter or local; identity is the object. Arrays are parameters, or views set by a statement `view`. */
export interface Variable<T extends Type = Type> {
  readonly kind: "variable";
  readonly name: string;
  readonly type: T;
}

export type UnaryOp = "neg" | "abs" | "sqrt" | "floor" | "ceil" | "trunc" | "nearest" | "not" | "f64" | "i32";
/** `div` and `rem` of i32 are signed and truncate; min/max give NaN if either operand is NaN; `shr` is arithmetic, `shru` logical. */
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "rem"
  | "min"
  | "max"
  | "copysign"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr"
  | "shru";
export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

/** Expressions are pure. `compare` and `not` yield i32 0 or 1; `f64`/`i32` convert (`i32` truncates, saturating). */
export type Expression =
  | { readonly kind: "constant"; readonly type: Scalar; readonly value: number }
  | Variable
  /** Of type f64x2: elements index and index + 1 of an f64[] (any index, even or odd). */
  | {
      readonly kind: "load";
      readonly type: Scalar | Lanes;
      readonly array: Variable<ArrayType>;
      readonly index: Expression;
    }
  /** Both lanes are `a`. */
  | { readonly kind: "splat"; readonly type: Lanes; readonly a: Expression }
  /** Lane 0 is `a`, lane 1 is `b`. */
  | { readonly kind: "pair"; readonly type: Lanes; readonly a: Expression; readonly b: Expression }
  /** One lane of an f64x2. */
  | { readonly kind: "lane"; readonly type: "f64"; readonly a: Expression; readonly lane: 0 | 1 }
  | { readonly kind: "unary"; readonly type: Scalar; readonly op: UnaryOp; readonly a: Expression }
  | {
      /** Of f64x2, lane by lane: add, sub, mul, div. */
      readonly kind: "binary";
      readonly type: Scalar | Lanes;
      readonly op: BinaryOp;
      readonly a: Expression;
      readonly b: Expression;
    }
  | {
      readonly kind: "compare";
      readonly type: "i32";
      readonly op: CompareOp;
      readonly a: Expression;
      readonly b: Expression;
    }
  | {
      readonly kind: "select";
      readonly type: Scalar;
      readonly condition: Expression;
      readonly a: Expression;
      readonly b: Expression;
    }
  /** A function of the function table (`exp`, `pow`, ...): f64 arguments, f64 result. */
  | { readonly kind: "math"; readonly type: "f64"; readonly name: string; readonly args: readonly Expression[] }
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
  | { readonly kind: "set"; readonly target: Variable<Scalar | Lanes>; readonly value: Expression }
  /** target = array[offset ...]: element 0 of the local `target` is from now on element `offset` of `array`, which lies in the memory. */
  | {
      readonly kind: "view";
      readonly target: Variable<ArrayType>;
      readonly array: Variable<ArrayType>;
      readonly offset: Expression;
    }
  /** A value of type f64x2 goes to elements index and index + 1 of an f64[]. */
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
    }
  /** Leaves the innermost loop. */
  | { readonly kind: "break" }
  | { readonly kind: "return"; readonly value?: Expression }
  | { readonly kind: "do"; readonly callee: ProgramFunction; readonly args: readonly Argument[] };

/** A structured function. Locals are all variables set in the body; each is set before it is read on every path. */
export interface StructuredFunction {
  readonly kind: "structured";
  readonly name: string;
  readonly parameters: readonly Variable[];
  readonly result?: Scalar;
  readonly body: readonly Statement[];
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
