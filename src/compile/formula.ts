// Formulae as programs: a value of a point, a map over arrays, a reduction of a map. The loop is written once, in scalars; passes
// expand functions, share, vectorise, fuse and hoist. Variables are arrays or one number for all elements.
// Large formulae stay tapes in chunks, called element by element. Left out: maps that mix f64 and f32.
import { Failure } from "../base/index.ts";
import type { FloatRounding } from "../number/index.ts";
import type { Term } from "../term/index.ts";
import { emulate, FIRST_POINT, START } from "./arithmetic/emulate.ts";
import { fn, program, tapeFunction, type Block, type ParameterSpec } from "./builder.ts";
import * as ir from "./builder.ts";
import type { ArrayType, Expression, Program, Variable } from "./ir.ts";
import { lower } from "./lower.ts";
import { operationMix, instructionTotal } from "./mix.ts";
import { checkBounds } from "./passes/bounds.ts";
import { contract } from "./passes/contract.ts";
import { expandMath, type MathLibrary } from "./passes/expand-math.ts";
import { hoist } from "./passes/hoist.ts";
import { share } from "./passes/share.ts";
import { reduceStrength } from "./passes/strength.ts";
import { vectorise, type VectoriseReport } from "./passes/vectorise.ts";
import { operationCounts, type Tape } from "./tape.ts";
import { structureTape } from "./structure.ts";

/** Tapes of more instructions are called as they are, in chunks, not put into the loop. */
const MOST_INLINE = 4000;

export type Reduction = "sum" | "product" | "min" | "max";

export interface Formula {
  readonly outputs: readonly Term[];
  /** Symbols in the order of arguments. */
  readonly variables: readonly Term[];
  readonly tape: Tape;
}

/** Lowers terms of these variables; a symbol that is not among them is an error. */
export function formula(outputs: readonly Term[], variables: readonly Term[], name = "formula"): Formula {
  const tape = lower({ name, scalars: variables, inputs: [], outputs: [{ name: "result", terms: outputs }] });
  return { outputs, variables, tape };
}

export interface Shape {
  /** Of each variable: an array of as many elements as there are points, or one number for all. */
  readonly arrays: readonly boolean[];
  readonly type: "f64" | "f32";
  readonly reduce?: Reduction;
}

export interface FormulaOptions {
  /** Code for functions; without one they stay calls of the function table. */
  readonly library?: MathLibrary;
  /** Greatest error of a function, in units in the last place. Default 1. */
  readonly ulp?: number;
  /** Operations round as written and in the order written, on every target alike. Default false: multiply-adds may be fused, reductions regrouped. */
  readonly strict?: boolean;
  /** Every operation rounded to a format, emulated; `first` becomes the first parameter after n: the number of the first point. */
  readonly arithmetic?: {
    readonly rounding: FloatRounding;
    readonly accumulate?: FloatRounding;
    readonly seed?: number;
  };
  /** Use lanes. Default true. */
  readonly vectorise?: boolean;
  /** Bytes of the lanes; more than 16 for target c only. Default 16. */
  readonly laneBytes?: 16 | 32 | 64;
  /** Count the instructions an element before and after every pass. Default false. */
  readonly effects?: boolean;
}

/** What passes did, for `--explain`. */
export interface FormulaReport {
  readonly operations: { readonly multiplications: number; readonly additions: number; readonly calls: number };
  readonly loops: VectoriseReport;
  readonly passes: readonly string[];
  /** Instructions an element (one for all lanes) before the first pass and after each one, if `effects` asks for them. */
  readonly effects: readonly { readonly pass: string; readonly instructions: number }[];
}

/** Elements over which operations are counted, so that what happens once does not show. */
const COUNTED = 4096;

const COMBINE: Record<Reduction, (a: Expression, b: Expression) => Expression> = {
  sum: ir.add,
  product: ir.mul,
  min: ir.min,
  max: ir.max,
};

/**
 * The program of one shape of use: function `run(n, variables..., results...)`, which fills the results from point 0 to n - 1,
 * or with `reduce` returns the reduction of the only output, beginning with `start`. A large formula has a last parameter `scratch`.
 */
export function formulaProgram(
  { tape, outputs }: Formula,
  shape: Shape,
  options: FormulaOptions = {},
): { program: Program; report: FormulaReport } {
  const { type, arrays, reduce } = shape;
  if (reduce && outputs.length !== 1)
    throw new Failure("usage", `a reduction is of one formula, not of ${outputs.length}`);
  const inline = tape.op.length <= MOST_INLINE;
  if (!inline && type === "f32") throw new Failure("unsupported", `a formula of ${tape.op.length} operations in single precision`, { hint: "use a Float64Array" }); // oxfmt-ignore
  const { arithmetic } = options;
  if (arithmetic && !inline) throw new Failure("limit", `a formula of ${tape.op.length} operations is too long to be emulated`); // oxfmt-ignore
  const parameters: Record<string, ParameterSpec> = arithmetic ? { n: "i32", [FIRST_POINT]: "i32" } : { n: "i32" };
  if (reduce) parameters[START] = type;
  let accumulator: Variable | undefined;
  const whole = inline ? undefined : tapeFunction(tape);
  // A tape states no lengths, so neither can the function that hands it slices: there the caller checks them.
  const array = (whole ? `${type}[]` : `${type}[n]`) as ParameterSpec;
  arrays.forEach((is, j) => (parameters[`x${j}`] = is ? array : type));
  if (!reduce) outputs.forEach((_, j) => (parameters[`y${j}`] = array));
  if (whole) {
    parameters.result = "f64[]";
    parameters.scratch = "f64[]";
  }
  const run = fn("run", parameters, reduce ? type : undefined, (p, k) => {
    const v = p as unknown as Record<string, Variable>;
    const variable = (j: number, i: Expression): Expression =>
      arrays[j] ? ir.at(v[`x${j}`] as Variable<ArrayType>, i) : (v[`x${j}`] as Expression);
    const total = reduce && k.let("total", v[START] as Expression);
    accumulator = total;
    k.for("i", 0, v.n as Expression, (i) => {
      const emit = (index: number, value: Expression): void => {
        if (reduce) k.set(total as never, COMBINE[reduce](total as Expression, value));
        else k.store(v[`y${index}`] as Variable<ArrayType>, i, value);
      };
      if (whole) {
        k.do(whole, ...arrays.map((_, j) => variable(j, i)), v.result as Expression, v.scratch as Expression);
        outputs.forEach((_, j) => emit(j, ir.at(v.result as Variable<"f64[]">, j)));
        return;
      }
      // Stores come last, so that a result may take the place of an input.
      const pending: [number, Expression][] = [];
      structureTape(tape, k, { scalar: (j) => variable(j, i), load: unexpected, store: (_, index, value) => pending.push([index, settled(k, value, type)]) }, type); // oxfmt-ignore
      for (const [index, value] of pending) emit(index, value);
    });
    if (reduce) k.return(total as Expression);
  });
  const loops: VectoriseReport = { done: [], left: [] };
  const passes: string[] = [];
  const effects: { pass: string; instructions: number }[] = [];
  let result = program(tape.name === "run" ? "formula" : tape.name, ...(whole ? [whole, run] : [run]));
  if (whole)
    return { program: result, report: { operations: operationCounts(tape), loops, passes: ["chunks"], effects } };
  const note = (pass: string): void => {
    if (!options.effects) return;
    const found = result.functions.find((f) => f.name === "run")!;
    effects.push({ pass, instructions: instructionTotal(operationMix(found, { n: COUNTED })) / COUNTED });
  };
  note("as written");
  const apply = (name: string, pass: (p: Program) => Program): void => {
    result = pass(result);
    passes.push(name);
    note(name);
  };
  const { library, ulp = 1, laneBytes = 16 } = options;
  const strict = (options.strict ?? false) || arithmetic !== undefined;
  if (arithmetic) {
    const { rounding, accumulate, seed } = arithmetic;
    const own = accumulator && accumulate ? { variable: accumulator, rounding: accumulate } : undefined;
    apply("emulate", (p) => emulate(p, rounding, { seed, accumulator: own }));
  }
  if (!arithmetic) apply("strength", (p) => reduceStrength(p, { relaxed: !strict && ulp >= 2 }));
  if (library) apply("expand functions", (p) => expandMath(p, library, ulp));
  apply("share", share);
  if (options.vectorise ?? true)
    apply("vectorise", (p) =>
      // Bounds before lanes: a check in the loop would keep engines from moving its constants out.
      vectorise(
        checkBounds(p),
        { unroll: laneBytes > 16 ? 2 : 4, bytes: laneBytes, reassociate: !strict && reduce !== undefined },
        loops,
      ),
    );
  apply("share", share);
  if (!strict) apply("contract", contract);
  apply("hoist", hoist);
  return { program: result, report: { operations: operationCounts(tape), loops, passes, effects } };
}

function unexpected(): never {
  throw new Error("a formula loads nothing");
}

/** A value that later stores cannot change. */
function settled(k: Block, value: Expression, type: "f64" | "f32"): Expression {
  return value.kind === "constant" ? value : k.let("y", value, type);
}
