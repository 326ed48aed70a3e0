// Kernels: a program compiled by a target and linked to the memory of a runtime and to a function table.
// `call` checks its arguments and takes views; `raw` takes addresses and checks nothing, for hot loops.
// `compileModuleSync` makes the code once, to be linked to many runtimes. Left out: caches of modules by structure; tiers that change while running (callers choose a target).
import { Failure } from "../base/index.ts";
import { mathFunctions } from "./functions.ts";
import type { Program, ProgramFunction } from "./ir.ts";
import { Runtime } from "./runtime.ts";
import { isArray } from "./operations.ts";
import { mathUses, parametersOf, resultOf } from "./shape.ts";
import type { FunctionTable } from "./tape.ts";
import { linkJs } from "./targets/js.ts";
import { emitWasm, type WasmModule } from "./targets/wasm.ts";
import { verify } from "./verify.ts";

/** `table` is js with every tape run from its table, the tier with no compile time; `auto` is wasm where there is WebAssembly. */
export type TargetName = "wasm" | "js" | "table" | "auto";

export interface CompileOptions {
  readonly target?: TargetName;
  /** Where the kernels' arrays live; if absent a runtime of its own is made and disposed of with the kernels. */
  readonly runtime?: Runtime;
  /** Functions by name, instead of those of Math. */
  readonly functions?: FunctionTable;
  /** Nodes a chunk of a tape, where the default of the target does not fit. */
  readonly chunkNodes?: number;
}

export type KernelArgument = number | Float64Array | Int32Array;

export interface Kernels {
  readonly target: "wasm" | "js" | "table";
  readonly runtime: Runtime;
  /** Functions by name: arrays are views of the runtime's memory, scalars numbers. Arguments are checked. */
  readonly call: Readonly<Record<string, (...args: KernelArgument[]) => number | undefined>>;
  /** Functions by name: arrays are addresses (`byteOffset` of a view). Nothing is checked. */
  readonly raw: Readonly<Record<string, (...args: number[]) => number>>;
  /** Elements that the `scratch` argument of a tape needs on this target. */
  scratchLength(name: string): number;
  /** Size of the generated code: bytes of a module, characters of source. */
  readonly codeSize: number;
  /** Disposes of the runtime if it was made for these kernels. */
  dispose(): void;
}

/** Compiles without blocking for long; the choice for large programs and for browsers. */
export async function compileProgram(program: Program, options: CompileOptions = {}): Promise<Kernels> {
  const prepared = prepare(program, options);
  if (prepared.kind === "js") return prepared.link();
  const module = await WebAssembly.compile(prepared.wasm.bytes);
  return prepared.link(module);
}

/** Compiles at once. Browsers refuse large modules here on their main thread. */
export function compileProgramSync(program: Program, options: CompileOptions = {}): Kernels {
  const prepared = prepare(program, options);
  return prepared.kind === "js" ? prepared.link() : prepared.link(new WebAssembly.Module(prepared.wasm.bytes));
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
  const module = new WebAssembly.Module(prepared.wasm.bytes);
  return { target: "wasm", link: (runtime) => prepared.link(module, runtime) };
}

type Prepared =
  | { readonly kind: "js"; readonly target: "js" | "table"; link(runtime?: Runtime): Kernels }
  | { readonly kind: "wasm"; readonly wasm: WasmModule; link(module: WebAssembly.Module, runtime?: Runtime): Kernels };

function prepare(program: Program, options: CompileOptions): Prepared {
  verify(program);
  const functions = options.functions ?? mathFunctions;
  for (const { name } of mathUses(program.functions).values())
    if (typeof functions[name] !== "function")
      throw new Failure("name", `program ${program.name}: the function table has no ${name}`, {
        hint: "give it in the option `functions`",
      });
  const wanted = options.target ?? "auto";
  const target = wanted === "auto" ? (typeof WebAssembly === "undefined" ? "js" : "wasm") : wanted;
  const { chunkNodes } = options;
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
  const wasm = emitWasm(program, { chunkNodes });
  return {
    kind: "wasm",
    wasm,
    link(module, given = options.runtime) {
      const runtime = given ?? new Runtime();
      const math: Record<string, (...args: number[]) => number> = {};
      for (const [key, { name }] of wasm.math) math[key] = functions[name];
      const instance = new WebAssembly.Instance(module, { env: { memory: runtime.memory }, math });
      const raw = instance.exports as Record<string, (...args: number[]) => number>;
      return kernels(program, "wasm", runtime, !given, raw, wasm.scratch, wasm.bytes.length);
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
): Kernels {
  const call: Record<string, (...args: KernelArgument[]) => number | undefined> = {};
  for (const f of program.functions) call[f.name] = checked(f, raw[f.name], runtime, scratch.get(f.name) ?? 0);
  return {
    target,
    runtime,
    call,
    raw,
    codeSize,
    scratchLength(name) {
      const length = scratch.get(name);
      if (length === undefined) throw new Failure("name", `program ${program.name} has no tape ${name}`);
      return length;
    },
    dispose() {
      if (owned) runtime.dispose();
    },
  };
}

/** The function with checks: number of arguments, element types, memory, lengths of a tape's arrays, no overlap with what it writes. */
function checked(
  f: ProgramFunction,
  inner: (...args: number[]) => number,
  runtime: Runtime,
  scratchLength: number,
): (...args: KernelArgument[]) => number | undefined {
  const parameters = parametersOf(f);
  const hasResult = resultOf(f) !== undefined;
  const scalars = f.kind === "tape" ? f.tape.scalars.length : 0;
  const fail = (k: number, what: string): never => {
    throw new Failure("usage", `kernel ${f.name}, argument ${parameters[k].name}: ${what}`);
  };
  return (...args) => {
    if (args.length !== parameters.length)
      throw new Failure(
        "usage",
        `kernel ${f.name} takes ${parameters.length} arguments (${parameters.map((p) => p.name).join(", ")}), not ${args.length}`,
      );
    const { buffer } = runtime.memory;
    const plain: number[] = [];
    for (let k = 0; k < args.length; k++) {
      const x = args[k];
      const { type } = parameters[k];
      if (!isArray(type)) {
        if (typeof x !== "number") fail(k, "a number is needed");
        if (type === "i32" && (x as number) !== ((x as number) | 0)) fail(k, `${String(x)} is not a 32-bit integer`);
        plain.push(x as number);
        continue;
      }
      if (!(type === "f64[]" ? x instanceof Float64Array : x instanceof Int32Array))
        fail(k, `a ${type === "f64[]" ? "Float64Array" : "Int32Array"} is needed`);
      const view = x as Float64Array | Int32Array;
      if (view.buffer !== buffer)
        fail(k, "this array is not in the memory of the kernels' runtime; make it with runtime.f64 or runtime.i32");
      plain.push(view.byteOffset);
    }
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
    const result = inner(...plain);
    return hasResult ? result : undefined;
  };
}
