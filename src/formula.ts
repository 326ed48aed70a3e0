// compile: a formula, or several, to fast code for points, whole arrays and reductions. Wires term, compile and special together.
// All formulae share one memory for the blocks of arrays they work on; a formula itself holds code only.
import { Failure } from "./base/index.ts";
import {
  compileModuleSync,
  engineFeatures,
  formula,
  formulaProgram,
  type FormulaReport,
  type Kernels,
  mathUses,
  operationMix,
  predict,
  type Prediction,
  printProgram,
  type Program,
  type Reduction,
  type Roofline,
  Runtime,
  type TargetName,
  Op,
  canEmulate,
  roads,
  runExactly,
} from "./compile/index.ts";
import { type FloatRounding, floatRounding, formatNamed, type Format, type Overflow, type RoundOptions, roundingMode, withinDoubles } from "./number/index.ts"; // oxfmt-ignore
import type { Evidence } from "./evidence/index.ts";
import { type Candidate, cheapest, type Plan } from "./plan/index.ts";
import { specialFunctions } from "./special/index.ts";
import { freeSymbols, Kind, parse, print, Term } from "./term/index.ts";

export interface CompileOptions {
  /** Names of the variables, in the order of a call's arguments; may be left out where there is only one. */
  readonly variables?: readonly string[];
  /** auto (default), wasm, js, c, table. */
  readonly target?: TargetName;
  /** Greatest error of each function (exp, sin, ...) in units in the last place; default 1. Larger is faster. */
  readonly ulp?: number;
  /** Every operation rounds as written, in the order written: the same bits on every target that has the functions. Default false. */
  readonly strict?: boolean;
  /** Every operation rounded to a number format, as if its own hardware computed; see `ArithmeticOptions`. */
  readonly arithmetic?: ArithmeticOptions;
  /** A name for the generated code. */
  readonly name?: string;
  /** What this machine can do, for predicted times; default: built-in figures of an ordinary server core. */
  readonly roofline?: Roofline;
}

/**
 * Emulated arithmetic. Inputs and constants are rounded to nearest first; then every operation rounds once, correctly, in the
 * order written (text is read as held). Functions (exp, ...) are computed in double precision and rounded. The result of a
 * sum that is exactly zero is +0 in every mode.
 */
export interface ArithmeticOptions {
  /** A format or its name: "bfloat16", "e4m3fn", "posit16", "e5m7", ... */
  readonly format: Format | string;
  /** A mode or its short name: "nearest-even" (default), "rtz", "sr", ... */
  readonly rounding?: string;
  readonly overflow?: Overflow;
  /** Random bits of stochastic modes; default 32, or as many as fit. */
  readonly bits?: number;
  readonly seed?: number;
  /** Format of the accumulator of reductions; the same by default. */
  readonly accumulate?: Format | string;
}

/** Values of one variable: an array with one element a point, or one number for all points. */
export type MapInput = Float64Array | Float32Array | number;
export type MapInputs = Float64Array | Float32Array | Readonly<Record<string, MapInput>>;

export interface MapOptions<A = Float64Array | Float32Array> {
  /** Where results go (one array for each formula); may be an input array itself. New arrays otherwise. */
  readonly out?: A | readonly A[];
}

/** A compiled formula: called with numbers it gives a number (of several formulae, an array of numbers). */
export interface CompiledFormula {
  (...args: number[]): number;
  readonly variables: readonly string[];
  readonly target: Kernels["target"];
  /** Values at many points; single precision if all arrays are Float32Array. Of several formulae, one array each. */
  map(inputs: MapInputs, options?: MapOptions): Float64Array | Float32Array;
  mapAll(inputs: MapInputs, options?: MapOptions): readonly (Float64Array | Float32Array)[];
  /** All values at one point. */
  values(...args: number[]): number[];
  /** Sum, product, least or greatest value over many points. Several partial results are kept unless `strict`. */
  reduce(reduction: Reduction, inputs: MapInputs): number;
  readonly plan: Plan;
  readonly evidence: readonly Evidence[];
  /** Formula, passes, operation counts, loops, functions and their bounds, as text. */
  explain(): string;
  /** The program for arrays in its readable form. */
  readonly program: string;
}

/** Points done at a time: inputs and results of a block stay in the processor's cache. */
const BLOCK = 2048;
/** Bytes of the memory that all formulae share. */
const SHARED_BYTES = 8 << 20;

const shared = new Map<number, Runtime>();

/** The memory for so many arrays of a block. */
function memoryFor(arrays: number, extra: number): Runtime {
  const needed = arrays * (8 * BLOCK + 64) + extra + 4096;
  const bytes = needed <= SHARED_BYTES ? SHARED_BYTES : 2 ** Math.ceil(Math.log2(needed));
  let runtime = shared.get(bytes);
  if (!runtime) shared.set(bytes, (runtime = new Runtime({ bytes })));
  return runtime;
}

type Source = string | Term | readonly (string | Term)[];

/** How a formula is emulated: in f64 lanes, or exactly, with the reason. */
type Emulation =
  | { readonly road: "f64"; readonly rounding: FloatRounding; readonly accumulate?: FloatRounding; readonly seed?: number; readonly format: Format } // oxfmt-ignore
  | { readonly road: "exact"; readonly why: string; readonly format: Format; readonly options: RoundOptions };

function readFormat(format: Format | string): Format {
  return typeof format === "string" ? formatNamed(format) : format;
}

function emulation(arithmetic: ArithmeticOptions): Emulation {
  const format = readFormat(arithmetic.format);
  const mode = roundingMode(arithmetic.rounding ?? "nearest-even");
  const { overflow, seed } = arithmetic;
  const precision = format.kind === "float" ? format.precision : 0;
  const bits =
    arithmetic.bits ?? (mode.startsWith("stochastic") ? Math.max(1, Math.min(32, 51 - precision)) : undefined);
  const options: RoundOptions = { mode, overflow, bits, seed };
  const exact = (why: string): Emulation => {
    if (arithmetic.accumulate !== undefined)
      throw new Failure("unsupported", `another accumulator for ${format.name}: ${why}`);
    return { road: "exact", why, format, options };
  };
  if (format.kind !== "float") return exact(`${format.name} is no float format`);
  if (!withinDoubles(format)) throw new Failure("unsupported", `values of ${format.name} are beyond doubles`);
  const rounding = floatRounding(format, options);
  const why = canEmulate(rounding);
  if (why !== undefined) return exact(why);
  const other = arithmetic.accumulate === undefined ? undefined : readFormat(arithmetic.accumulate);
  if (other === undefined) return { road: "f64", rounding, seed, format };
  if (other.kind !== "float")
    throw new Failure("unsupported", `an accumulator of ${other.name}, which is no float format`);
  const accumulate = floatRounding(other, {
    mode,
    overflow,
    bits: arithmetic.bits ?? Math.max(1, Math.min(32, 51 - other.precision)),
  });
  const trouble = canEmulate(accumulate);
  if (trouble !== undefined) throw new Failure("unsupported", `an accumulator of ${other.name}: ${trouble}`);
  return { road: "f64", rounding, accumulate, seed, format };
}

function readTerms(source: Source, held: boolean): Term[] {
  const list = Array.isArray(source) ? (source as readonly (string | Term)[]) : [source as string | Term];
  if (list.length === 0) throw new Failure("usage", "there is no formula to compile");
  return list.map((each) => (typeof each === "string" ? parse(each, { source: "formula", held }) : each));
}

function readVariables(terms: readonly Term[], names: readonly string[] | undefined): Term[] {
  const free = new Map<string, Term>();
  for (const term of terms) for (const symbol of freeSymbols(term)) free.set(symbol.name, symbol);
  if (names === undefined) {
    if (free.size > 1)
      throw new Failure("usage", `the order of the variables ${[...free.keys()].join(", ")} is not stated`, {
        hint: `write variables: [${[...free.keys()].map((name) => `"${name}"`).join(", ")}]`,
      });
    return [...free.values()];
  }
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new Failure("usage", `the variable ${name} is listed twice`);
    seen.add(name);
  }
  const missing = [...free.keys()].filter((name) => !seen.has(name));
  if (missing.length > 0)
    throw new Failure("name", `"${missing[0]}" is not a variable of the formula`, {
      hint: `add it to variables: [${[...names, ...missing].map((name) => `"${name}"`).join(", ")}]`,
    });
  return names.map((name) => free.get(name) ?? parse(name, { source: "variables" }));
}

interface Use {
  readonly arrays: readonly boolean[];
  readonly type: "f64" | "f32";
  readonly reduce?: Reduction;
}

interface Variant {
  readonly kernels: Kernels;
  readonly report: FormulaReport;
  readonly program: Program;
  /** What a call of a large formula needs besides its arrays. */
  readonly scratch: number;
}

/** What was chosen for a formula, by its structure and the options: a later one of the same form takes it over. */
const remembered = new Map<string, Kernels["target"]>();

/** Compiles at once; see `compile`. */
export function compileSync(source: Source, options: CompileOptions = {}): CompiledFormula {
  const emulated = options.arithmetic && emulation(options.arithmetic);
  const terms = readTerms(source, emulated !== undefined);
  for (const term of terms)
    if (term.kind === Kind.relation || term.kind === Kind.logic) throw new Failure("domain", `${print(term)} is a condition, not a number`); // oxfmt-ignore
  const variables = readVariables(terms, options.variables);
  const { ulp = 1, strict = false, name = "formula" } = options;
  if (!(ulp >= 0.5))
    throw new Failure("usage", `an error of ${ulp} units in the last place cannot be had; ask for 1 or more`);
  const lowered = formula(terms, variables, name);
  const names = variables.map((symbol) => symbol.name);
  const outputs = terms.length;
  const wanted = options.target ?? "auto";
  const key = `${terms.map((term) => term.hash).join()} ${names.join()} ${ulp} ${String(strict)}`;
  const variants = new Map<string, Variant>();
  const calls = new Set<string>();
  for (let i = 0; i < lowered.tape.op.length; i++) {
    if (lowered.tape.op[i] === Op.call1) calls.add(lowered.tape.functions[lowered.tape.b[i]]);
    if (lowered.tape.op[i] === Op.call2) calls.add(lowered.tape.functions[lowered.tape.c[i]]);
  }
  const bounds = [...calls].map((each) => ({ name: each, found: specialFunctions({ name: each, type: "f64", ulp }) }));
  let chosen = wanted === "auto" ? remembered.get(key) : wanted;
  /** The target, chosen by predicted time when it is first needed. */
  function theTarget(): Kernels["target"] {
    if (chosen !== undefined) return chosen;
    // Functions of Math have no stated bound: where code with a bound is there, the accuracy asked for needs it.
    const bounded = bounds.some(({ found }) => found !== undefined) && !strict;
    const able = candidates().filter(({ name: each }) => each === "wasm" || !bounded);
    remembered.set(key, (chosen = cheapest(able.length > 0 ? able : candidates()).name as Kernels["target"]));
    return chosen;
  }

  /** The program of one shape of use for a target. */
  function programFor(
    to: Kernels["target"],
    { arrays, type, reduce }: Use,
    effects = false,
  ): ReturnType<typeof formulaProgram> {
    // Functions of JavaScript's Math serve target js better than code for them, unless bits must agree.
    const library = (to !== "js" && to !== "table") || strict ? specialFunctions : undefined;
    const arithmetic = emulated?.road === "f64" ? emulated : undefined;
    return formulaProgram(lowered, { arrays, type, reduce }, { library, ulp, strict, vectorise: to === "wasm", arithmetic, effects }); // oxfmt-ignore
  }

  /** What a map over arrays of doubles is predicted to take on a target. */
  function predicted(to: Kernels["target"]): Prediction {
    const { program } = programFor(to, { arrays: names.map(() => true), type: "f64" });
    const run = program.functions.find((f) => f.name === "run")!;
    return predict(operationMix(run, { n: BLOCK }), { target: to, roofline: options.roofline });
  }

  let listed: Candidate[] | undefined;
  function candidates(): Candidate[] {
    if (listed) return listed;
    const able: [name: Kernels["target"], note: string][] = [["js", "no lanes; functions of Math"]];
    if (engineFeatures().simd)
      able.unshift(["wasm", engineFeatures().relaxedSimd ? "128-bit lanes, fused multiply-add" : "128-bit lanes"]);
    if (lowered.tape.op.length > 4000) able.push(["table", "no compile time"]);
    if (wanted === "c") able.push(["c", "asked for only: it takes a compiler, and time for it"]);
    return (listed = able.map(([name, note]) => {
      const { ns, bound } = predicted(name);
      return { name, cost: ns / BLOCK, note: `${note}; bound by ${bound}` };
    }));
  }

  /** The code for one shape of use, made when it is first needed. */
  function variant(arrays: readonly boolean[], type: "f64" | "f32", reduce?: Reduction): Variant {
    const shape = `${arrays.map(Number).join("")} ${type} ${reduce ?? ""}`;
    let known = variants.get(shape);
    if (known) return known;
    const target = theTarget();
    const { program, report } = programFor(target, { arrays, type, reduce });
    const compiled = compileModuleSync(program, { target });
    const large = program.functions.length > 1;
    const runtime = memoryFor(names.length + outputs, large ? 8 * (lowered.tape.op.length + outputs) : 0);
    const kernels = compiled.link(runtime);
    known = { kernels, report, program, scratch: large ? kernels.scratchLength(lowered.tape.name) : 0 };
    variants.set(shape, known);
    return known;
  }

  /** Inputs by variable, number of points and type. */
  function read(inputs: MapInputs): { values: MapInput[]; n: number; type: "f64" | "f32" } {
    let record: Readonly<Record<string, MapInput>>;
    if (ArrayBuffer.isView(inputs)) {
      if (names.length !== 1)
        throw new Failure("usage", `this formula has ${names.length} variables: give an object with ${names.join(", ")}`); // oxfmt-ignore
      record = { [names[0]]: inputs as Float64Array };
    } else record = inputs as Readonly<Record<string, MapInput>>;
    const stray = Object.keys(record).find((given) => !names.includes(given));
    if (stray !== undefined)
      throw new Failure("usage", `"${stray}" is not a variable; the variables are ${names.join(", ")}`);
    let n: number | undefined;
    let from = "";
    let type: "f64" | "f32" | undefined;
    const values = names.map((each): MapInput => {
      const value = record[each];
      if (typeof value === "number") return value;
      if (!(value instanceof Float64Array || value instanceof Float32Array))
        throw new Failure("usage", value === undefined ? `no values are given for ${each}` : `the values of ${each} must be a Float64Array, a Float32Array or a number`); // oxfmt-ignore
      const own = value instanceof Float64Array ? "f64" : "f32";
      if (type !== undefined && type !== own)
        throw new Failure("usage", `${from} and ${each} are arrays of different precision; convert one of them`);
      if (n !== undefined && n !== value.length)
        throw new Failure("usage", `${from} has ${n} elements, but ${each} has ${value.length}`);
      type = own;
      n = value.length;
      from = each;
      return value;
    });
    if (n === undefined || type === undefined)
      throw new Failure("usage", "there is no array to map over", { hint: "call the formula itself with numbers" });
    return { values, n, type };
  }

  function mapAll(inputs: MapInputs, { out }: MapOptions = {}): readonly (Float64Array | Float32Array)[] {
    const { values, n, type } = read(inputs);
    const kind = type === "f64" ? Float64Array : Float32Array;
    const results = out === undefined ? Array.from({ length: outputs }, () => new kind(n)) : [out].flat() as Float64Array[]; // oxfmt-ignore
    if (results.length !== outputs)
      throw new Failure("usage", `${results.length} arrays for the results of ${outputs} formulae`);
    results.forEach((result, j) => {
      if (!(result instanceof kind)) throw new Failure("usage", `the results need a ${kind.name}`);
      if (result.length !== n)
        throw new Failure(
          "usage",
          `the array for the results has ${result.length} elements, but there are ${n} points`,
        );
      results.forEach((other, i) => {
        if (i < j && overlap(result, other)) throw new Failure("usage", "two results would go to the same memory");
      });
      values.forEach((value, i) => {
        if (typeof value === "number" || !overlap(result, value)) return;
        if (value.byteOffset !== result.byteOffset)
          throw new Failure("usage", `the array for the results overlaps the values of ${names[i]} without being the same array`); // oxfmt-ignore
      });
    });
    if (emulated && type === "f32")
      throw new Failure("usage", "emulated arithmetic takes Float64Array: values of other formats are doubles there");
    if (emulated?.road === "exact") {
      const at = (point: number, j: number): number => (typeof values[j] === "number" ? values[j] : values[j][point]);
      // Results may take the place of inputs: a point's inputs are read before its results are written.
      runExactly(
        lowered.tape,
        emulated.format,
        emulated.options,
        n,
        at,
        (point, j, value) => void (results[j][point] = value),
      );
      return results;
    }
    const arrays = values.map((value) => typeof value !== "number");
    const { kernels, scratch } = variant(arrays, type);
    run(kernels, values, n, type, results, scratch);
    return results;
  }

  /** Runs block by block through the shared memory. */
  function run(
    kernels: Kernels,
    values: readonly MapInput[],
    n: number,
    type: "f64" | "f32",
    results: readonly (Float64Array | Float32Array)[],
    scratch: number,
    start?: number,
  ): number {
    let total = start ?? 0;
    const { runtime, raw } = kernels;
    const mark = runtime.mark();
    try {
      const slot = (): Float64Array | Float32Array => (type === "f64" ? runtime.f64(BLOCK) : runtime.f32(BLOCK));
      const ins = values.map((value) => (typeof value === "number" ? undefined : slot()));
      const outs = start !== undefined ? [] : Array.from({ length: outputs }, slot);
      const more = scratch > 0 || kernels.raw[lowered.tape.name] ? [runtime.f64(outputs).byteOffset, runtime.f64(scratch).byteOffset] : []; // oxfmt-ignore
      const args = [0, ...(emulated ? [0] : []), ...(start === undefined ? [] : [total]), ...values.map((value, j) => (typeof value === "number" ? value : ins[j]!.byteOffset)), ...outs.map((o) => o.byteOffset), ...more]; // oxfmt-ignore
      for (let from = 0; from < n; from += BLOCK) {
        const count = Math.min(BLOCK, n - from);
        values.forEach((value, j) => {
          if (typeof value !== "number") ins[j]!.set(value.subarray(from, from + count));
        });
        args[0] = count;
        if (emulated) args[1] = from;
        if (start !== undefined) args[emulated ? 2 : 1] = total;
        total = raw.run(...args);
        outs.forEach((o, j) => results[j].set(o.subarray(0, count), from));
      }
    } finally {
      runtime.release(mark);
    }
    return total;
  }

  /** Points: one element, all variables numbers. */
  let point: ((args: readonly number[]) => Float64Array) | undefined;
  function pointwise(): (args: readonly number[]) => Float64Array {
    if (emulated?.road === "exact") {
      const { format, options: rounding } = emulated;
      return (args) => {
        const result = new Float64Array(outputs);
        runExactly(lowered.tape, format, rounding, 1, (_, j) => args[j], (_, j, value) => void (result[j] = value)); // oxfmt-ignore
        return result;
      };
    }
    const { kernels, scratch } = variant(names.map(() => false), "f64"); // oxfmt-ignore
    const { runtime, raw } = kernels;
    const F = new Float64Array(runtime.memory.buffer);
    const large = kernels.raw[lowered.tape.name] !== undefined && kernels.raw[lowered.tape.name] !== raw.run;
    return (args) => {
      // The first slices of the memory, which nobody holds between calls.
      const mark = runtime.mark();
      const places = Array.from({ length: outputs }, () => runtime.f64(1).byteOffset);
      const more = large ? [runtime.f64(outputs).byteOffset, runtime.f64(scratch).byteOffset] : [];
      raw.run(1, ...(emulated ? [0] : []), ...args, ...places, ...more);
      const result = Float64Array.from(places, (place) => F[place >> 3]);
      runtime.release(mark);
      return result;
    };
  }

  function checkCount(args: readonly number[]): void {
    if (args.length !== names.length)
      throw new Failure(
        "usage",
        `this formula takes ${names.length} numbers (${names.join(", ")}), not ${args.length}`,
      );
    for (let j = 0; j < args.length; j++)
      if (typeof args[j] !== "number") throw new Failure("usage", `the value of ${names[j]} must be a number`);
  }

  const call = (...args: number[]): number => {
    checkCount(args);
    if (outputs !== 1) throw new Failure("usage", `there are ${outputs} formulae; ask for values(...)`);
    point ??= pointwise();
    return point(args)[0];
  };

  function reduce(reduction: Reduction, inputs: MapInputs): number {
    const { values, n, type } = read(inputs);
    if (emulated?.road === "exact")
      throw new Failure("unsupported", `a reduction in ${emulated.format.name}: ${emulated.why}`);
    const { kernels, scratch } = variant(
      values.map((value) => typeof value !== "number"),
      type,
      reduction,
    );
    return run(kernels, values, n, type, [], scratch, { sum: 0, product: 1, min: Infinity, max: -Infinity }[reduction]);
  }

  const first = (): Variant => variant(names.map(() => true), "f64"); // oxfmt-ignore
  let shown: Evidence[] | undefined;
  function evidence(): readonly Evidence[] {
    if (shown) return shown;
    const target = theTarget();
    const own = (target !== "js" && target !== "table") || strict;
    return (shown = [
      ...(emulated ? [arithmeticEvidence(emulated)] : []),
      {
        statement: `every operation rounds to nearest${strict ? ", in the order written" : "; multiply-adds may be fused and sums regrouped"}`,
        grade: "bounded",
        method: "IEEE 754 arithmetic of the target",
      },
      ...bounds.map(({ name: each, found }): Evidence =>
        found && own
          ? { statement: `${each} is within ${found.ulp} units in the last place`, grade: "sampled", bound: found.ulp, unit: "ulp", method: found.source } // oxfmt-ignore
          : { statement: `${each} is the engine's own function`, grade: "none", method: "no bound is stated for it" },
      ),
    ]);
  }
  let planned: Plan | undefined;
  function plan(): Plan {
    return (planned ??= {
      candidates: candidates(),
      chosen: theTarget(),
      reason: wanted === "auto" ? "the least predicted time that this engine offers" : "asked for",
      pinned: wanted !== "auto",
      parameters: { ulp, strict: String(strict), block: BLOCK },
    });
  }
  /** Made when they are asked for: they need the code, or the prediction. */
  const lazy = {
    target: theTarget,
    plan,
    evidence,
    program: () => printProgram(first().program),
  };
  for (const [property, get] of Object.entries(lazy)) Object.defineProperty(call, property, { get, enumerable: true });
  return Object.assign(call, {
    variables: names,
    map(inputs: MapInputs, mapOptions?: MapOptions) {
      if (outputs !== 1) throw new Failure("usage", `there are ${outputs} formulae; ask for mapAll(...)`);
      return mapAll(inputs, mapOptions)[0];
    },
    mapAll,
    values(...args: number[]): number[] {
      checkCount(args);
      point ??= pointwise();
      return [...point(args)];
    },
    reduce,
    explain(): string {
      const { kernels, program } = first();
      const target = theTarget();
      const { report } = programFor(target, { arrays: names.map(() => true), type: "f64" }, true);
      const { multiplications, additions, calls: called } = report.operations;
      return [
        ...terms.map((term) => print(term)),
        `variables: ${names.join(", ") || "none"}`,
        `target: ${target} (${plan().reason}), ${kernels.codeSize} ${target === "wasm" ? "bytes" : "characters"} of code`,
        `operations: ${multiplications} multiplications and divisions, ${additions} additions, ${called} functions`,
        `passes: ${report.passes.join(", ")}`,
        ...report.effects.map(({ pass, instructions: count }, k) => `  ${pass}: ${k === 0 ? "" : `${report.effects[k - 1].instructions.toFixed(1)} -> `}${count.toFixed(1)} instructions an element`), // oxfmt-ignore
        ...candidates().map(({ name: each, cost, note }) => `predicted: ${each} ${cost.toPrecision(3)} ns an element (${note})`), // oxfmt-ignore
        ...report.loops.done.map((loop) => `vectorised: ${loop}`),
        ...report.loops.left.map((loop) => `not vectorised: ${loop}`),
        ...evidence().map((each) => `${each.grade}: ${each.statement} (${each.method})`),
        ...(mathUses(program.functions).size > 0 ? [`calls out of the module: ${[...mathUses(program.functions).keys()].join(", ")}`] : []), // oxfmt-ignore
      ].join("\n");
    },
  }) as unknown as CompiledFormula;
}

function arithmeticEvidence(emulated: Emulation): Evidence {
  const { format } = emulated;
  if (emulated.road === "exact")
    return {
      statement: `every operation is rounded once to ${format.name}`,
      grade: "proved",
      method: `exact rationals, because ${emulated.why}`,
    };
  const odd = Object.entries(roads(emulated.rounding)).filter(([, road]) => road === "odd").map(([name]) => name); // oxfmt-ignore
  return {
    statement: `every operation is rounded once to ${format.name}, ${emulated.rounding.mode}`,
    grade: "bounded",
    method:
      odd.length === 0
        ? "f64 results decide every rounding (53 >= 2t + 2, or exact)"
        : `f64 results made odd by their exact errors for ${odd.join(", ")}`,
  };
}

/** Compiles a formula, several, or terms. Fails (Failure) on text that is no formula and on variables that are not listed. */
export async function compile(source: Source, options: CompileOptions = {}): Promise<CompiledFormula> {
  return compileSync(source, options);
}

function overlap(a: Float64Array | Float32Array, b: Float64Array | Float32Array): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  );
}
