// Kernels: a program compiled by a target and linked to the memory of a runtime and to a function table.
// `call` checks its arguments and takes views; `raw` takes addresses and checks nothing, for hot loops.
// `compileModuleSync` makes the code once, to be linked to many runtimes. `parallel` (threads.ts) runs kernels on several threads.
// Left out: caches of modules by structure; tiers that change while running (callers choose a target).
import { Failure } from "../base/index.ts";
import { engineFeatures } from "./features.ts";
import { mathFunctions } from "./functions.ts";
import type { Element, Expression, Program, ProgramFunction, StructuredFunction, Variable } from "./ir.ts";
import { elementOf, isArray } from "./operations.ts";
import { checkBounds } from "./passes/bounds.ts";
import { Runtime } from "./runtime.ts";
import { printExpression } from "./print.ts";
import { mathUses, parametersOf, resultOf, visitBody, visitExpression, visitStatements } from "./shape.ts";
import type { FunctionTable } from "./tape.ts";
import { writeC } from "./targets/c.ts";
import {
  buildNative,
  buildNativeSync,
  findCompiler,
  type NativeLibrary,
  type NativeOptions,
} from "./targets/c-build.ts";
import { linkJs, Trap } from "./targets/js.ts";
import { emitWasm, REASON, type WasmModule } from "./targets/wasm.ts";
import { verify } from "./verify.ts";

/**
 * `table` is js with every tape run from its table, the tier with no compile time; `c` is machine code from the system's C
 * compiler, where there is one and the package koffi (0.1 s and more to compile); `auto` is wasm where there is WebAssembly.
 */
export type TargetName = "wasm" | "js" | "table" | "c" | "auto";

export interface CompileOptions {
  readonly target?: TargetName;
  /** Where the kernels' arrays live; if absent a runtime of its own is made and disposed of with the kernels. */
  readonly runtime?: Runtime;
  /** Functions by name, instead of those of Math. */
  readonly functions?: FunctionTable;
  /** Fused `madd` and `nmadd` on targets wasm and c; default: if the engine or the machine has them. */
  readonly relaxed?: boolean;
  /** Compiler and level of optimisation of target c. */
  readonly native?: NativeOptions;
  /** Nodes a chunk of a tape, where the default of the target does not fit. */
  readonly chunkNodes?: number;
}

export type KernelArray = Float64Array | Float32Array | BigInt64Array | Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array; // oxfmt-ignore
/** i64 scalars are bigints. */
export type KernelArgument = number | bigint | KernelArray;

export interface Kernels {
  readonly target: "wasm" | "js" | "table" | "c";
  readonly runtime: Runtime;
  /** Functions by name: arrays are views of the runtime's memory, scalars numbers. Arguments are checked. */
  readonly call: Readonly<Record<string, (...args: KernelArgument[]) => number | bigint | undefined>>;
  /** Functions by name: arrays are addresses (`byteOffset` of a view). Nothing is checked. */
  readonly raw: Readonly<Record<string, (...args: number[]) => number>>;
  /** What comes before and after a run by `raw`: the checks of `call`, and its errors. */
  readonly prepare: Readonly<Record<string, Prepare>>;
  /** What other threads need to run these kernels, or why they cannot. */
  readonly threading: ThreadCode | string;
  /** Elements that the `scratch` argument of a tape needs on this target. */
  scratchLength(name: string): number;
  /** Size of the generated code: bytes of a module, characters of source. */
  readonly codeSize: number;
  /** Disposes of the runtime if it was made for these kernels. */
  dispose(): void;
}

export interface Prepare {
  readonly arity: number;
  readonly hasResult: boolean;
  /** The numbers that `raw` takes for these arguments, after the checks of `call`. */
  arguments(args: readonly KernelArgument[]): readonly (number | bigint)[];
  /** What a run in this thread threw, as `call` throws it: a Failure if the program stopped. */
  thrown(cause: unknown): unknown;
  /** The number of the reason that the last run in this thread stopped for, 0 if it left none; asked once. */
  reason(): number;
  /** The Failure for a program that stopped for that reason. */
  stopped(message: string, reason: number, cause?: unknown): Failure;
}

export interface ThreadCode {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Functions of the module's function table, all from the default one, by key of the import. */
  readonly math: readonly (readonly [key: string, name: string])[];
}

/** Compiles without blocking for long; the choice for large programs and for browsers. */
export async function compileProgram(program: Program, options: CompileOptions = {}): Promise<Kernels> {
  const prepared = prepare(program, options);
  if (prepared.kind === "js") return prepared.link();
  if (prepared.kind === "c") return prepared.link(await prepared.build());
  const module = await WebAssembly.compile(prepared.wasm(options.runtime?.shared ?? false).bytes);
  return prepared.link(module);
}

/** Compiles at once. Browsers refuse large modules here on their main thread. */
export function compileProgramSync(program: Program, options: CompileOptions = {}): Kernels {
  const prepared = prepare(program, options);
  if (prepared.kind === "js") return prepared.link();
  if (prepared.kind === "c") return prepared.link(prepared.buildSync());
  return prepared.link(new WebAssembly.Module(prepared.wasm(options.runtime?.shared ?? false).bytes));
}

/** Code that can be linked to any number of runtimes. */
export interface Compiled {
  readonly target: Kernels["target"];
  /** The kernels in the memory of this runtime, which stays the caller's. */
  link(runtime: Runtime): Kernels;
}

/** Compiles at once, for many runtimes; their kernels share the machine code. */
export function compileModuleSync(program: Program, options: Omit<CompileOptions, "runtime"> = {}): Compiled {
  const prepared = prepare(program, options);
  if (prepared.kind === "js") return { target: prepared.target, link: (runtime) => prepared.link(runtime) };
  if (prepared.kind === "c") {
    const library = prepared.buildSync();
    return { target: "c", link: (runtime) => prepared.link(library, runtime) };
  }
  const modules: Partial<Record<"shared" | "own", WebAssembly.Module>> = {};
  return {
    target: "wasm",
    link(runtime) {
      const module = (modules[runtime.shared ? "shared" : "own"] ??= new WebAssembly.Module(prepared.wasm(runtime.shared).bytes)); // oxfmt-ignore
      return prepared.link(module, runtime);
    },
  };
}

type Prepared =
  | { readonly kind: "js"; readonly target: "js" | "table"; link(runtime?: Runtime): Kernels }
  | {
      readonly kind: "c";
      build(): Promise<NativeLibrary>;
      buildSync(): NativeLibrary;
      link(library: NativeLibrary, runtime?: Runtime): Kernels;
    }
  | {
      readonly kind: "wasm";
      wasm(shared: boolean): WasmModule;
      link(module: WebAssembly.Module, runtime?: Runtime): Kernels;
    };

function prepare(given: Program, options: CompileOptions): Prepared {
  verify(given);
  const program = checkBounds(given);
  const functions = options.functions ?? mathFunctions;
  for (const { name } of mathUses(program.functions).values())
    if (typeof functions[name] !== "function")
      throw new Failure("name", `program ${program.name}: the function table has no ${name}`, {
        hint: "give it in the option `functions`",
      });
  const wanted = options.target ?? "auto";
  const target = wanted === "auto" ? (typeof WebAssembly === "undefined" ? "js" : "wasm") : wanted;
  const { chunkNodes } = options;
  if (target === "c") return prepareC(program, options);
  if (target !== "wasm")
    return {
      kind: "js",
      target,
      link(given = options.runtime) {
        const runtime = given ?? new Runtime();
        const js = linkJs(program, runtime.memory.buffer, functions, {
          chunkNodes,
          sourceNodes: target === "table" ? -1 : undefined,
        });
        return kernels(program, target, runtime, !given, js.exports, js.scratch, js.source.length);
      },
    };
  const relaxed = options.relaxed ?? engineFeatures().relaxedSimd;
  const emitted = new Map<boolean, WasmModule>();
  const emit = (shared: boolean): WasmModule => {
    let module = emitted.get(shared);
    if (!module) emitted.set(shared, (module = emitWasm(program, { chunkNodes, relaxed, shared })));
    return module;
  };
  return {
    kind: "wasm",
    wasm: emit,
    link(module, given = options.runtime) {
      const runtime = given ?? new Runtime();
      const wasm = emit(runtime.shared);
      const math: Record<string, (...args: number[]) => number> = {};
      for (const [key, { name }] of wasm.math) math[key] = functions[name];
      const instance = new WebAssembly.Instance(module, { env: { memory: runtime.memory }, math });
      const { [REASON]: reason, ...functionsOf } = instance.exports;
      const raw = functionsOf as Record<string, (...args: number[]) => number>;
      const stops = { reasons: wasm.traps, cell: reason as WebAssembly.Global<"i32"> | undefined };
      const foreign = [...wasm.math.values()].find(({ name }) => functions[name] !== mathFunctions[name]);
      const threading: ThreadCode | string = !runtime.shared
        ? "the kernels' arrays are not in a shared memory"
        : foreign
          ? `the function ${foreign.name} of the option \`functions\` cannot be passed to other threads`
          : { module, memory: runtime.memory, math: [...wasm.math].map(([key, { name }]) => [key, name] as const) };
      return kernels(program, "wasm", runtime, !given, raw, wasm.scratch, wasm.bytes.length, stops, threading);
    },
  };
}

function prepareC(program: Program, options: CompileOptions): Prepared {
  for (const { name } of mathUses(program.functions).values())
    if (options.functions && options.functions[name] !== mathFunctions[name])
      throw new Failure("unsupported", `target c cannot call the function ${name} of the option \`functions\``, {
        hint: "use target wasm or js",
      });
  const { chunkNodes, native, relaxed: fused } = options;
  const lanes = native?.lanes ?? (findCompiler(native?.compiler).gnu ? "vector" : "scalar");
  const source = writeC(program, { lanes, chunkNodes, fused, packed: true });
  return {
    kind: "c",
    build: () => buildNative(program.functions, source, native),
    buildSync: () => buildNativeSync(program.functions, source, native),
    link(library, given = options.runtime) {
      const runtime = given ?? new Runtime();
      const { raw, dispose } = library.link(runtime.memory.buffer);
      return kernels(program, "c", runtime, !given, raw, source.scratch, library.size, {}, undefined, dispose);
    },
  };
}

function kernels(
  program: Program,
  target: Kernels["target"],
  runtime: Runtime,
  owned: boolean,
  raw: Kernels["raw"],
  scratch: ReadonlyMap<string, number>,
  codeSize: number,
  stops: Stops = {},
  threading: ThreadCode | string = `target ${target} runs on one thread`,
  release?: () => void,
): Kernels {
  const call: Record<string, (...args: KernelArgument[]) => number | bigint | undefined> = {};
  const prepare: Record<string, Prepare> = {};
  for (const f of program.functions) {
    prepare[f.name] = checks(f, runtime, scratch.get(f.name) ?? 0, stops);
    call[f.name] = checked(prepare[f.name], raw[f.name]);
  }
  return {
    target,
    runtime,
    call,
    raw,
    prepare,
    threading,
    codeSize,
    scratchLength(name) {
      const length = scratch.get(name);
      if (length === undefined) throw new Failure("name", `program ${program.name} has no tape ${name}`);
      return length;
    },
    dispose() {
      release?.();
      if (owned) runtime.dispose();
    },
  };
}

const VIEW: Record<Element, new (...args: never[]) => KernelArray> = {
  f64: Float64Array,
  f32: Float32Array,
  i64: BigInt64Array,
  i32: Int32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
};

/** The value of a length or range: an expression of constants and i32 parameters. */
function evaluate(e: Expression, values: ReadonlyMap<string, number>): number {
  if (e.kind === "constant") return Number(e.value);
  if (e.kind === "variable") return values.get(e.name) ?? Number.NaN;
  if (e.kind !== "operation") return Number.NaN;
  const [a, b] = e.args.map((x) => evaluate(x, values));
  return e.op === "add" ? a + b : e.op === "sub" ? a - b : e.op === "mul" ? a * b : Number.NaN;
}

/** The function with checks before it and with its error after it. */
function checked(
  prepare: Prepare,
  inner: (...args: never[]) => number | bigint,
): (...args: KernelArgument[]) => number | bigint | undefined {
  return (...args) => {
    const plain = prepare.arguments(args);
    try {
      const result = inner(...(plain as never[]));
      return prepare.hasResult ? result : undefined;
    } catch (cause) {
      throw prepare.thrown(cause);
    }
  };
}

/**
 * A check that no array which the function writes overlaps another one. The very same array may be given twice if the function
 * reads and writes both at one and the same place only, element by element. Undefined if nothing is written.
 */
function aliasCheck(
  f: StructuredFunction,
): ((args: readonly KernelArgument[], fail: (k: number, what: string) => never) => void) | undefined {
  const places = f.parameters.map(() => new Set<string>());
  const written = f.parameters.map(() => false);
  const numbers = new Map<Variable, number>();
  const at = (array: Variable, index: Expression, write: boolean): void => {
    const k = f.parameters.indexOf(array);
    if (k < 0) return;
    written[k] ||= write;
    let text = printExpression(index);
    visitExpression(index, (e) => {
      if (e.kind !== "variable") return;
      if (!numbers.has(e)) numbers.set(e, numbers.size);
      text += ` ${numbers.get(e)}`;
    });
    places[k].add(text);
  };
  let passedOn = false;
  visitStatements(f.body, (e) => {
    if (e.kind === "load") at(e.array, e.index, false);
    passedOn ||= e.kind === "call" && e.args.some((x) => x.kind === "slice" || isArray(x.type));
  });
  visitBody(f.body, (s) => {
    if (s.kind === "store") at(s.array, s.index, true);
    passedOn ||= s.kind === "do" || s.kind === "view";
  });
  // Functions that hand arrays on, or look at them through views, are not looked into.
  if (passedOn || !written.includes(true)) return undefined;
  const elementwise = (i: number, j: number): boolean =>
    places[i].size === 1 && places[j].size === 1 && [...places[i]][0] === [...places[j]][0];
  return (args, fail) => {
    for (let i = 0; i < args.length; i++) {
      if (!written[i]) continue;
      const a = args[i] as KernelArray;
      for (let j = 0; j < args.length; j++) {
        if (j === i || (written[j] && j < i) || typeof args[j] !== "object" || places[j].size === 0) continue;
        const b = args[j] as KernelArray;
        if (a.byteOffset >= b.byteOffset + b.byteLength || b.byteOffset >= a.byteOffset + a.byteLength) continue;
        if (a.byteOffset === b.byteOffset && elementwise(i, j) && !written[j]) continue;
        fail(i, `overlaps argument ${f.parameters[j].name}; an array that is written must be apart from the others`);
      }
    }
  };
}

/**
 * Checks of arguments: number of arguments, element types, memory, stated lengths and ranges, lengths of a tape's arrays,
 * no overlap with what it writes.
 */
/** Why a compiled program may stop, by number from 1, and the cell of this thread where it leaves the number. */
interface Stops {
  readonly reasons?: readonly string[];
  readonly cell?: WebAssembly.Global<"i32">;
}

function checks(f: ProgramFunction, runtime: Runtime, scratchLength: number, stops: Stops): Prepare {
  const parameters = parametersOf(f);
  const scalars = f.kind === "tape" ? f.tape.scalars.length : 0;
  const fail = (k: number, what: string): never => {
    throw new Failure("usage", `kernel ${f.name}, argument ${parameters[k].name}: ${what}`);
  };
  const stated = parameters.some((p) => p.length ?? p.range);
  /** i32 parameters in lengths: not negative. */
  const sizes = new Set<string>();
  for (const p of parameters)
    if (p.length)
      visitExpression(p.length, (e) => {
        if (e.kind === "variable") sizes.add(e.name);
      });
  const checkStated = (args: readonly KernelArgument[]): void => {
    const values = new Map<string, number>();
    parameters.forEach(({ name, type }, k) => {
      if (type === "i32") values.set(name, args[k] as number);
      if (sizes.has(name) && (args[k] as number) < 0) fail(k, `${String(args[k])} is negative, but it is a length`);
    });
    parameters.forEach(({ length, range }, k) => {
      if (length) {
        const needed = evaluate(length, values);
        const { length: given } = args[k] as KernelArray;
        if (!(given >= needed)) fail(k, `${given} elements, but ${needed} are needed`);
      }
      if (!range) return;
      const [from, to] = [evaluate(range.from, values), evaluate(range.to, values)];
      const wrong = (args[k] as Int32Array).findIndex((x) => !(x >= from && x < to));
      if (wrong >= 0) fail(k, `element ${wrong} is ${(args[k] as Int32Array)[wrong]}, outside ${from} ... ${to - 1}`);
    });
  };
  const aliases = f.kind === "structured" && stated ? aliasCheck(f) : undefined;
  const prepared = (args: readonly KernelArgument[]): (number | bigint)[] => {
    if (args.length !== parameters.length)
      throw new Failure(
        "usage",
        `kernel ${f.name} takes ${parameters.length} arguments (${parameters.map((p) => p.name).join(", ")}), not ${args.length}`,
      );
    const { buffer } = runtime.memory;
    const plain: (number | bigint)[] = [];
    for (let k = 0; k < args.length; k++) {
      const x = args[k];
      const { type } = parameters[k];
      if (!isArray(type)) {
        if (typeof x !== (type === "i64" ? "bigint" : "number")) fail(k, `a ${type === "i64" ? "bigint" : "number"} is needed`); // oxfmt-ignore
        if (type === "i32" && x !== ((x as number) | 0)) fail(k, `${String(x)} is not a 32-bit integer`);
        plain.push(x as number);
        continue;
      }
      const element = elementOf(type);
      if (!(x instanceof VIEW[element])) fail(k, `a ${VIEW[element].name} is needed`);
      const view = x as KernelArray;
      if (view.buffer !== buffer)
        fail(k, `this array is not in the memory of the kernels' runtime; make it with runtime.${element}`);
      plain.push(view.byteOffset);
    }
    if (stated) checkStated(args);
    if (aliases) aliases(args, fail);
    if (f.kind === "tape") {
      const lengths = [...f.tape.arrays.map((array) => array.length), scratchLength];
      for (let j = 0; j < lengths.length; j++) {
        const view = args[scalars + j] as Float64Array;
        if (view.length < lengths[j]) fail(scalars + j, `${view.length} elements, but ${lengths[j]} are needed`);
        if (j < lengths.length - 1 && f.tape.arrays[j].access === "read") continue;
        const from = view.byteOffset;
        for (let i = 0; i < lengths.length; i++) {
          const other = (args[scalars + i] as Float64Array).byteOffset;
          if (i !== j && from < other + 8 * lengths[i] && other < from + 8 * lengths[j])
            fail(
              scalars + j,
              `overlaps argument ${parameters[scalars + i].name}; a tape's arrays must be apart from those it writes`,
            );
        }
      }
    }
    return plain;
  };
  const stopped = (message: string, reason: number, cause?: unknown): Failure =>
    new Failure("numeric", `kernel ${f.name} stopped: ${stops.reasons?.[reason - 1] ?? message}`, { cause });
  const reason = (): number => {
    const { cell } = stops;
    if (!cell) return 0;
    const { value } = cell;
    cell.value = 0;
    return value;
  };
  return {
    arity: parameters.length,
    hasResult: resultOf(f) !== undefined,
    arguments: prepared,
    stopped,
    reason,
    thrown(cause) {
      if (!(cause instanceof Trap || cause instanceof WebAssembly.RuntimeError)) return cause;
      return stopped(cause.message, cause instanceof Trap ? 0 : reason(), cause);
    },
  };
}
