// compile: a formula, or several, to fast code for points, whole arrays and reductions. Wires term, compile and special together.
// Arrays in the memory of a runtime are used where they lie. Others pass block by block through memories that all formulae share; a
// formula itself holds code only, unless arrays were asked of it.
import { Failure } from "./base/index.ts";
import {
  type ArithmeticOptions,
  BLOCK,
  commonMemory,
  type Compiled,
  compileModuleSync,
  compileWgsl,
  emitWgsl,
  emulation,
  emulationEvidence,
  engineFeatures,
  formula,
  formulaProgram,
  type FormulaReport,
  type GpuKernel,
  type Kernels,
  mathUses,
  operationMix,
  type PieceCode,
  pointCode,
  predict,
  type Prediction,
  printProgram,
  printTape,
  type Program,
  type Reduction,
  type Roofline,
  Runtime,
  runExactly,
  runPieces,
  type TargetName,
  type Threads,
  threadsMissing,
  timeCode,
  Op,
  nativeLaneBytes,
} from "./compile/index.ts";
import type { Evidence } from "./evidence/index.ts";
import { type Candidate, cheapest, type Plan } from "./plan/index.ts";
import { closedFunctions, functionTable, specialFunctions } from "./special/index.ts";
import { freeSymbols, Kind, parse, print, Term } from "./term/index.ts";

export interface CompileOptions {
  /** Names of the variables, in the order of a call's arguments; may be left out where there is only one. */
  readonly variables?: readonly string[];
  /** auto (default), wasm, js, c, table; wgsl computes in single precision on a GPU, by `mapAsync` alone. */
  readonly target?: TargetName | "wgsl";
  /** Greatest error of each function (exp, sin, ...) in units in the last place; default 1. Larger is faster. */
  readonly ulp?: number;
  /** Every operation rounds as written, in the order written: the same bits on every target that has the functions. Default false. */
  readonly strict?: boolean;
  /** Every operation rounded to a number format, as if its own hardware computed; see `ArithmeticOptions`. */
  readonly arithmetic?: ArithmeticOptions;
  /** A name for the generated code. */
  readonly name?: string;
  /** Where `array` takes its arrays from; one of 256 MiB is made when it is first asked for otherwise, shared where there are threads. */
  readonly runtime?: Runtime;
  /** What this machine can do, for predicted times; default: built-in figures of an ordinary server core. */
  readonly roofline?: Roofline;
}

/** Values of one variable: an array with one element a point, or one number for all points. */
export type MapInput = Float64Array | Float32Array | number;
export type MapInputs = Float64Array | Float32Array | Readonly<Record<string, MapInput>>;

export interface MapOptions<A = Float64Array | Float32Array> {
  /** Where results go (one array for each formula); may be an input array itself. New arrays otherwise. */
  readonly out?: A | readonly A[];
  /** Threads to work on, this one among them; default 1. "auto": as many as the machine has, if there are points enough. The results are the same. */
  readonly threads?: Threads;
}

export interface ReduceOptions {
  /** As in `MapOptions`. */
  readonly threads?: Threads;
}

/** A compiled formula: called with numbers it gives a number (of several formulae, an array of numbers). */
export interface CompiledFormula {
  (...args: number[]): number;
  readonly variables: readonly string[];
  /** "exact": formats that doubles cannot emulate, computed in exact rationals. */
  readonly target: Kernels["target"] | "wgsl" | "exact";
  /** Values at many points; single precision if all arrays are Float32Array. Of several formulae, one array each. */
  map(inputs: MapInputs, options?: MapOptions): Float64Array | Float32Array;
  mapAll(inputs: MapInputs, options?: MapOptions): readonly (Float64Array | Float32Array)[];
  /** As `map` and `mapAll`, on every target; the only way on target wgsl, there for Float32Array. */
  mapAsync(inputs: MapInputs, options?: MapOptions): Promise<Float64Array | Float32Array>;
  mapAllAsync(inputs: MapInputs, options?: MapOptions): Promise<readonly (Float64Array | Float32Array)[]>;
  /** On target wgsl: the shader for arrays. */
  readonly shader: string | undefined;
  /** All values at one point. */
  values(...args: number[]): number[];
  /** Sum, product, least or greatest value over many points. Several partial results are kept unless `strict`. */
  reduce(reduction: Reduction, inputs: MapInputs, options?: ReduceOptions): number;
  /** A Float64Array of zeros in the memory that the formula computes in: `map` and `reduce` use such arrays without copying. */
  array(length: number): Float64Array;
  array(length: number, type: "f32"): Float32Array;
  /** The memory of these arrays. */
  readonly runtime: Runtime;
  /** Gives that memory back, unless it was an option. Its arrays must not be used again. */
  dispose(): void;
  readonly plan: Plan;
  readonly evidence: readonly Evidence[];
  /** Formula, passes, operation counts, loops, functions and their bounds, as text. */
  explain(): string;
  /** The program for arrays in its readable form. */
  readonly program: string;
}

type Source = string | Term | readonly (string | Term)[];

function readTerms(source: Source, held: boolean): Term[] {
  const list = Array.isArray(source) ? (source as readonly (string | Term)[]) : [source as string | Term];
  if (list.length === 0) throw new Failure("usage", "there is no formula to compile");
  for (const each of list)
    if (typeof each !== "string" && !(each instanceof Term))
      throw new Failure("usage", `a formula is text or a term, not ${typeof each}`);
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
  return names.map((name) => {
    const symbol = free.get(name) ?? parse(name, { source: "variables" });
    if (symbol.kind !== Kind.symbol || symbol.name !== name)
      throw new Failure("usage", `"${name}" cannot be a variable`, { hint: "A variable is a name that stands for no constant." }); // oxfmt-ignore
    return symbol;
  });
}

interface Use {
  readonly arrays: readonly boolean[];
  readonly type: "f64" | "f32";
  readonly reduce?: Reduction;
}

interface Variant extends PieceCode {
  readonly report: FormulaReport;
  readonly program: Program;
}

/** Bytes of the memory for arrays that are asked of a formula. */
const ARRAY_BYTES = 256 << 20;

/** Maps of at least so many points settle `auto` by a measurement. */
const MEASURED_POINTS = 65_536;

/** What was chosen for a formula, by its structure and the options: a later one of the same form takes it over. */
const remembered = new Map<string, Kernels["target"]>();

const TARGETS: readonly (TargetName | "wgsl")[] = ["auto", "wasm", "js", "c", "table", "wgsl"];

/** What each reduction begins with. */
const STARTS: Readonly<Record<Reduction, number>> = { sum: 0, product: 1, min: Infinity, max: -Infinity };

/** Compiles at once; see `compile`. */
export function compileSync(source: Source, options: CompileOptions = {}): CompiledFormula {
  if (options.target !== undefined && !TARGETS.includes(options.target))
    throw new Failure("usage", `there is no target "${String(options.target)}"`, { hint: `Known: ${TARGETS.join(", ")}.` }); // oxfmt-ignore
  const emulated = options.arithmetic && emulation(options.arithmetic);
  /** No code is made then: see exact-road.ts. */
  const exactRoad = emulated?.road === "exact" ? emulated : undefined;
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
  const gpu = wanted === "wgsl";
  if (gpu && options.arithmetic) throw new Failure("unsupported", "emulated arithmetic on target wgsl");
  const variants = new Map<string, Variant>();
  const calls = new Set<string>();
  for (let i = 0; i < lowered.tape.op.length; i++) {
    if (lowered.tape.op[i] === Op.call1) calls.add(lowered.tape.functions[lowered.tape.b[i]]);
    if (lowered.tape.op[i] === Op.call2) calls.add(lowered.tape.functions[lowered.tape.c[i]]);
  }
  const functions = gpu ? closedFunctions : specialFunctions;
  const bounds = [...calls].map((each) => ({ name: each, found: functions({ name: each, type: gpu ? "f32" : "f64", ulp }) })); // oxfmt-ignore
  let chosen: Kernels["target"] | "wgsl" | undefined = wanted === "auto" ? remembered.get(key) : wanted;
  /** Nanoseconds an element, by target, where `measure` found them. */
  const measured = new Map<string, number>();
  /** The target; of `auto`, until something was measured, WebAssembly wherever the engine has it, else the least predicted time. */
  function theTarget(): Kernels["target"] | "wgsl" {
    if (chosen !== undefined) return chosen;
    const able = candidates();
    return (chosen = (able.find(({ name: each }) => each === "wasm") ?? cheapest(able)).name as Kernels["target"]);
  }

  /**
   * Settles `auto` by a measurement on the first points of a large map, and remembers it for formulae of this structure. Only targets of
   * the same evidence compete: where functions have code with a bound, target js, whose functions have none, is out.
   */
  function measure(values: readonly MapInput[]): void {
    const fair = candidates().filter(
      ({ name: each }) => each === "wasm" || (each === "js" && bounds.every(({ found }) => found === undefined)),
    );
    const arrays = values.map((value) => typeof value !== "number");
    for (const { name } of fair.length > 1 ? fair : []) {
      const code = build(name as Kernels["target"], { arrays, type: "f64" });
      if (code.extra) break;
      measured.set(name, timeCode(code, values, outputs));
    }
    const [best] = [...measured].sort((a, b) => a[1] - b[1]);
    const target = (best?.[0] ?? theTarget()) as Kernels["target"];
    remembered.set(key, target);
    if (target === chosen) return;
    chosen = target;
    // What was made for the target before goes with it, that a point and a map give the same bits.
    variants.clear();
    point = undefined;
    shown = undefined;
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
    return formulaProgram(lowered, { arrays, type, reduce }, { library, ulp, strict, vectorise: to === "wasm" || to === "c", laneBytes: to === "c" ? nativeLaneBytes() : 16, arithmetic, effects }); // oxfmt-ignore
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
    if (gpu)
      throw new Failure("unsupported", "target wgsl computes arrays asynchronously", { hint: "use mapAsync, or another target" }); // oxfmt-ignore
    const shape = `${arrays.map(Number).join("")} ${type} ${reduce ?? ""}`;
    let known = variants.get(shape);
    if (known) return known;
    variants.set(shape, (known = build(theTarget() as Kernels["target"], { arrays, type, reduce })));
    return known;
  }

  function build(target: Kernels["target"], use: Use): Variant {
    const { program, report } = programFor(target, use);
    const compiled: Compiled = compileModuleSync(program, { target, functions: functionTable });
    const links = new WeakMap<Runtime, Kernels>();
    return {
      target,
      link(runtime) {
        let kernels = links.get(runtime);
        if (!kernels) links.set(runtime, (kernels = compiled.link(runtime)));
        return kernels;
      },
      extra: program.functions.some((f) => f.kind === "tape")
        ? (kernels) => [outputs, kernels.scratchLength(lowered.tape.name)]
        : undefined,
      numbered: emulated !== undefined,
      report,
      program,
    };
  }

  /** The shader's program for one shape of use: operations in the order written, functions as code that calls nothing. */
  function shaderProgram(arrays: readonly boolean[]): { program: Program; report: FormulaReport } {
    return formulaProgram(lowered, { arrays, type: "f32" }, { library: closedFunctions, ulp, strict: true, vectorise: false }); // oxfmt-ignore
  }

  const shaders = new Map<string, Promise<GpuKernel>>();
  function shader(arrays: readonly boolean[]): Promise<GpuKernel> {
    const shape = arrays.map(Number).join("");
    let known = shaders.get(shape);
    if (!known) {
      known = compileWgsl(shaderProgram(arrays).program, { name: "run" });
      shaders.set(shape, known);
      known.catch(() => shaders.delete(shape));
    }
    return known;
  }

  /** Inputs by variable, number of points and type. */
  function read(inputs: MapInputs): { values: MapInput[]; n: number; type: "f64" | "f32" } {
    let record: Readonly<Record<string, MapInput>>;
    if (typeof inputs !== "object" || inputs === null)
      throw new Failure("usage", `the values to map over are an array, or an object with ${names.join(", ")}`);
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

  /** The inputs, and where results go. */
  function places(inputs: MapInputs, { out }: MapOptions = {}) {
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
    return { values, n, type, results };
  }

  async function mapAllAsync(
    inputs: MapInputs,
    mapOptions?: MapOptions,
  ): Promise<readonly (Float64Array | Float32Array)[]> {
    if (!gpu) return mapAll(inputs, mapOptions);
    const { values, n, type, results } = places(inputs, mapOptions);
    if (type === "f64")
      throw new Failure("unsupported", "double precision on target wgsl", { hint: "use Float32Array, or another target" }); // oxfmt-ignore
    const kernel = await shader(values.map((value) => typeof value !== "number"));
    // Results may take the place of inputs, so the shader has arrays of its own.
    const own = results.map(() => new Float32Array(n));
    await kernel.call(n, ...(values as (number | Float32Array)[]), ...own);
    own.forEach((result, j) => results[j].set(result));
    return results;
  }

  function mapAll(inputs: MapInputs, mapOptions?: MapOptions): readonly (Float64Array | Float32Array)[] {
    const { threads = 1 } = mapOptions ?? {};
    const { values, n, type, results } = places(inputs, mapOptions);
    if (emulated && type === "f32")
      throw new Failure("usage", "emulated arithmetic takes Float64Array: values of other formats are doubles there");
    if (exactRoad) {
      const at = (point: number, j: number): number => (typeof values[j] === "number" ? values[j] : values[j][point]);
      // Results may take the place of inputs: a point's inputs are read before its results are written.
      runExactly(
        lowered.tape,
        exactRoad.format,
        exactRoad.options,
        n,
        at,
        (point, j, value) => void (results[j][point] = value),
      );
      return results;
    }
    if (
      wanted === "auto" &&
      !emulated &&
      type === "f64" &&
      threads === 1 &&
      n >= MEASURED_POINTS &&
      !remembered.has(key)
    )
      measure(values);
    const arrays = values.map((value) => typeof value !== "number");
    runPieces(variant(arrays, type), { values, n, type, results, threads });
    return results;
  }

  /** Points: one element, all variables numbers. */
  let point: ((args: readonly number[]) => Float64Array) | undefined;
  function pointwise(): (args: readonly number[]) => Float64Array {
    if (exactRoad) {
      const { format, options: rounding } = exactRoad;
      return (args) => {
        const result = new Float64Array(outputs);
        runExactly(lowered.tape, format, rounding, 1, (_, j) => args[j], (_, j, value) => void (result[j] = value)); // oxfmt-ignore
        return result;
      };
    }
    return pointCode(
      variant(
        names.map(() => false),
        "f64",
      ),
      names.length,
      outputs,
    );
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

  function reduce(reduction: Reduction, inputs: MapInputs, { threads = 1 }: ReduceOptions = {}): number {
    if (!Object.hasOwn(STARTS, reduction))
      throw new Failure("usage", `there is no reduction "${String(reduction)}"`, { hint: `Known: ${Object.keys(STARTS).join(", ")}.` }); // oxfmt-ignore
    const { values, n, type } = read(inputs);
    if (exactRoad) throw new Failure("unsupported", `a reduction in ${exactRoad.format.name}: ${exactRoad.why}`);
    const code = variant(
      values.map((value) => typeof value !== "number"),
      type,
      reduction,
    );
    const start = STARTS[reduction];
    const round = type === "f32" ? Math.fround : (x: number) => x;
    const joins = {
      sum: (total: number, part: number) => round(total + part),
      product: (total: number, part: number) => round(total * part),
      min: Math.min,
      max: Math.max,
    };
    // In order, one element after the other, where that is the meaning: strict and emulated.
    const join = strict || emulated ? undefined : joins[reduction];
    return runPieces(code, { values, n, type, results: [], threads, reduction: { start, join } });
  }

  const first = (): Variant => variant(names.map(() => true), "f64"); // oxfmt-ignore
  let shown: Evidence[] | undefined;
  function evidence(): readonly Evidence[] {
    if (shown) return shown;
    const target = theTarget();
    const own = (target !== "js" && target !== "table") || strict;
    if (emulated)
      return (shown = emulationEvidence(emulated, bounds.map(({ name: each, found }) => ({ name: each, bound: own ? found : undefined })))); // oxfmt-ignore
    const products = ulp >= 2 ? ", and divisions by constants and whole powers become products" : "";
    return (shown = [
      {
        statement: `every operation rounds to nearest${strict || gpu ? ", in the order written" : `; multiply-adds may be fused and sums regrouped${products}`}`,
        grade: "bounded",
        method: gpu
          ? "single precision of a GPU that rounds to nearest (WGSL leaves the mode open); numbers below 2^-126 may become 0"
          : "IEEE 754 arithmetic of the target",
      },
      ...bounds.map(({ name: each, found }): Evidence =>
        found && own
          ? { statement: `${each} is within ${found.ulp} units in the last place`, grade: "sampled", bound: found.ulp, unit: "ulp", method: found.source } // oxfmt-ignore
          : { statement: `${each} is the engine's own function`, grade: "none", method: "no bound is stated for it" },
      ),
    ]);
  }
  // Made at once, so that what a shader cannot do is refused here.
  const shaderText = gpu ? emitWgsl(shaderProgram(names.map(() => true)).program, { name: "run" }).text : undefined;
  const code = (): { report: FormulaReport; program: Program; size: number } => {
    if (shaderText !== undefined) return { ...shaderProgram(names.map(() => true)), size: shaderText.length };
    const { report, link, program } = first();
    return { report, program, size: link(commonMemory(0, false)).codeSize };
  };
  let memory = options.runtime;
  const memoryOfArrays = (): Runtime =>
    (memory ??= new Runtime({ bytes: ARRAY_BYTES, shared: threadsMissing() === undefined }));
  function plan(): Plan {
    if (exactRoad) return { candidates: [], chosen: "exact", reason: exactRoad.why, pinned: false, parameters: {} };
    // Anew each time: a measurement may have settled the target since.
    return {
      candidates: gpu ? [] : candidates(),
      chosen: theTarget(),
      reason:
        wanted === "auto"
          ? measured.size > 0
            ? `measured: ${[...measured].map(([each, ns]) => `${each} ${ns.toPrecision(3)}`).join(", ")} ns an element`
            : "the engine has it"
          : "asked for",
      pinned: wanted !== "auto",
      parameters: { ulp, strict: String(strict), block: BLOCK },
    };
  }
  /** Made when they are asked for: they need the code, or the prediction. */
  const lazy = {
    target: () => (exactRoad ? "exact" : theTarget()),
    plan,
    evidence,
    program: () => (exactRoad ? printTape(lowered.tape) : printProgram(code().program)),
    runtime: memoryOfArrays,
  };
  for (const [property, get] of Object.entries(lazy)) Object.defineProperty(call, property, { get, enumerable: true });
  return Object.assign(call, {
    variables: names,
    map(inputs: MapInputs, mapOptions?: MapOptions) {
      if (outputs !== 1) throw new Failure("usage", `there are ${outputs} formulae; ask for mapAll(...)`);
      return mapAll(inputs, mapOptions)[0];
    },
    mapAll,
    async mapAsync(inputs: MapInputs, mapOptions?: MapOptions) {
      if (outputs !== 1) throw new Failure("usage", `there are ${outputs} formulae; ask for mapAllAsync(...)`);
      return (await mapAllAsync(inputs, mapOptions))[0];
    },
    mapAllAsync,
    shader: shaderText,
    values(...args: number[]): number[] {
      checkCount(args);
      point ??= pointwise();
      return [...point(args)];
    },
    reduce,
    array: ((length: number, type: "f64" | "f32" = "f64") =>
      memoryOfArrays()[type](length)) as CompiledFormula["array"],
    dispose(): void {
      if (memory !== options.runtime) memory?.dispose();
      memory = options.runtime;
    },
    explain(): string {
      const told = evidence().map((each) => `${each.grade}: ${each.statement} (${each.method})`);
      const asked = [...terms.map((term) => print(term)), `variables: ${names.join(", ") || "none"}`];
      if (exactRoad) return [...asked, `target: exact (${exactRoad.why})`, ...told].join("\n");
      const target = theTarget();
      const { program, report: plain, size } = code();
      const report = gpu ? plain : programFor(target as Kernels["target"], { arrays: names.map(() => true), type: "f64" }, true).report; // oxfmt-ignore
      const { multiplications, additions, calls: called } = report.operations;
      return [
        ...asked,
        `target: ${target} (${plan().reason}), ${size} ${target === "wasm" ? "bytes" : "characters"} of code`,
        `operations: ${multiplications} multiplications and divisions, ${additions} additions, ${called} functions`,
        `passes: ${report.passes.join(", ")}`,
        ...report.effects.map(({ pass, instructions: count }, k) => `  ${pass}: ${k === 0 ? "" : `${report.effects[k - 1].instructions.toFixed(1)} -> `}${count.toFixed(1)} instructions an element`), // oxfmt-ignore
        ...(gpu ? [] : candidates()).map(({ name: each, cost, note }) => `predicted: ${each} ${cost.toPrecision(3)} ns an element (${note})`), // oxfmt-ignore
        ...report.loops.done.map((loop) => `vectorised: ${loop}`),
        ...report.loops.left.map((loop) => `not vectorised: ${loop}`),
        ...told,
        ...(mathUses(program.functions).size > 0 ? [`calls out of the module: ${[...mathUses(program.functions).keys()].join(", ")}`] : []), // oxfmt-ignore
      ].join("\n");
    },
  }) as unknown as CompiledFormula;
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
