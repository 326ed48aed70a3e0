// Target c, from source to machine code: the system's compiler makes a shared library in a temporary folder, which is loaded by
// the optional package koffi and deleted at once (on Windows at exit). Libraries are kept by the text of their source while
// kernels use them, and a few for later. Node's modules are asked for at run time, so that browsers can load this file.
// Compile flags, times and the cost of a call: docs/decisions/0113-target-c.md. Left out: a cache on disk, other languages' loaders.
import { Failure } from "../../base/index.ts";
import type { ProgramFunction } from "../ir.ts";
import { isArray } from "../operations.ts";
import { parametersOf, resultOf } from "../shape.ts";
import type { CSource } from "./c.ts";
import { Trap } from "./js.ts";

export interface NativeOptions {
  /** The C compiler with its first arguments; default: the variable CC, then cc, gcc, clang. */
  readonly compiler?: string;
  /** Level of optimisation; default 3, and 1 for straight-line code (tapes alone) and sources of more than 5,000 operations. */
  readonly optimise?: 0 | 1 | 2 | 3;
  /** Lanes as GNU vectors or as scalars; default: vectors where the compiler has them. */
  readonly lanes?: "vector" | "scalar";
}

/** Sources of more operations are compiled with -O1: gcc takes two or three times as long with -O3, for straight-line code that is not faster. */
const LARGE = 5000;
/** The same for sources with loops over lanes, whose helpers need -O3 to become instructions. */
const LARGE_LANES = 40_000;

/** A compiler that was found. */
export interface Compiler {
  readonly command: readonly string[];
  /** First line of `--version`. */
  readonly version: string;
  /** Knows the GNU vector extensions. */
  readonly gnu: boolean;
}

/** A compiled library over no memory in particular. */
export interface NativeLibrary {
  /** Functions by name over the memory that starts at `memory`; arrays are byte addresses in it. */
  link(memory: ArrayBufferLike): { readonly raw: Record<string, (...args: number[]) => number>; dispose(): void };
  /** Bytes of the library. */
  readonly size: number;
}

type Foreign = (...args: unknown[]) => unknown;

/** What is used of koffi. */
interface Koffi {
  load(path: string): { func(name: string, result: string, parameters: string[]): Foreign; unload(): void };
  address(value: ArrayBufferView): bigint;
  view(pointer: unknown, length: number): ArrayBuffer;
  readonly version: string;
}

interface Loaded {
  readonly key: string;
  readonly handle: ReturnType<Koffi["load"]>;
  readonly functions: ReadonlyMap<string, Foreign>;
  /** Where the library notes why it stopped. */
  readonly cell: Int32Array | undefined;
  readonly size: number;
  uses: number;
}

/** Gives modules of Node.js without importing them. */
function builtin(): NodeJS.Process["getBuiltinModule"] {
  const host = (globalThis as { process?: NodeJS.Process }).process;
  if (typeof host?.getBuiltinModule !== "function")
    throw new Failure("unsupported", "target c needs Node.js 20.16 or newer; use target wasm here");
  return host.getBuiltinModule.bind(host);
}

let koffi: Koffi | undefined;

function findKoffi(): Koffi {
  if (koffi) return koffi;
  const { createRequire } = builtin()("node:module");
  const { join } = builtin()("node:path");
  let cause: unknown;
  for (const from of [import.meta.url, join(process.cwd(), "package.json")])
    try {
      koffi = createRequire(from)("koffi") as Koffi;
      return koffi;
    } catch (error) {
      cause = error;
    }
  throw new Failure("unsupported", "target c needs the package koffi to load compiled libraries", {
    hint: "install it beside calculemus: npm install koffi",
    cause,
  });
}

const compilers = new Map<string, Compiler>();

/** The C compiler of this system. Throws a Failure of kind "unsupported" if there is none. */
export function findCompiler(wish?: string): Compiler {
  const { spawnSync } = builtin()("node:child_process");
  const own = wish ?? process.env.CC;
  const candidates = own ? [own] : ["cc", "gcc", "clang"];
  for (const candidate of candidates) {
    const known = compilers.get(candidate);
    if (known) return known;
    const command = candidate.trim().split(/\s+/);
    const asked = spawnSync(command[0], [...command.slice(1), "--version"], { encoding: "utf8" });
    if (asked.status !== 0) continue;
    const found = { command, version: asked.stdout.split("\n")[0], gnu: /gcc|clang|Free Software/i.test(asked.stdout) };
    compilers.set(candidate, found);
    return found;
  }
  throw new Failure("unsupported", `target c needs a C compiler, and ${candidates.join(", ")} cannot be run`, {
    hint: "install gcc or clang, or name one in the variable CC",
  });
}

const widths = new Map<Compiler, 16 | 32 | 64>();

/** Bytes of the widest lanes that the machine's instructions have, by what the compiler makes of -march=native. */
export function nativeLaneBytes(wish?: string): 16 | 32 | 64 {
  const compiler = findCompiler(wish);
  const known = widths.get(compiler);
  if (known !== undefined) return known;
  const { spawnSync } = builtin()("node:child_process");
  const [command, ...first] = compiler.command;
  const asked = compiler.gnu && process.arch === "x64" ? spawnSync(command, [...first, "-march=native", "-dM", "-E", "-x", "c", "-"], { encoding: "utf8", input: "" }) : undefined; // oxfmt-ignore
  const macros = asked?.status === 0 ? asked.stdout : "";
  const width = /__AVX512DQ__/.test(macros) ? 64 : /__AVX2__/.test(macros) ? 32 : 16;
  widths.set(compiler, width);
  return width;
}

/** Why target c cannot be used here, or undefined if it can. */
export function nativeMissing(): string | undefined {
  try {
    findCompiler();
    findKoffi();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

function flags(compiler: Compiler, source: CSource, options: NativeOptions): string[] {
  const level = options.optimise ?? (source.nodes > (source.wide ? LARGE_LANES : LARGE) || !source.loops ? 1 : 3);
  const plain = ["-std=c11", `-O${level}`, "-shared", "-fPIC"];
  if (!compiler.gnu) return plain;
  // No result depends on these: errno and floating-point traps are not looked at, and arrays may overlap as other types.
  return [...plain, process.arch === "arm64" ? "-mcpu=native" : "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fno-strict-aliasing", "-fno-semantic-interposition"]; // oxfmt-ignore
}

/** Libraries by compiler, flags and source. Those with no uses are kept up to a few. */
const loaded = new Map<string, Loaded>();
const SPARE = 8;

interface Job {
  readonly key: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly built: string;
}

function job(compiler: Compiler, source: CSource, options: NativeOptions, key: string): Job {
  const { mkdtempSync, writeFileSync } = builtin()("node:fs");
  const { join } = builtin()("node:path");
  const folder = mkdtempSync(join(builtin()("node:os").tmpdir(), `calculemus-c-${process.pid}-`));
  const file = join(folder, "program.c");
  const built = join(folder, process.platform === "win32" ? "program.dll" : "program.so");
  writeFileSync(file, source.text);
  const [command, ...first] = compiler.command;
  return { key, command, args: [...first, ...flags(compiler, source, options), file, "-o", built, "-lm"], folder, built }; // oxfmt-ignore
}

function remove(folder: string): void {
  builtin()("node:fs").rmSync(folder, { recursive: true, force: true });
}

function keyOf(compiler: Compiler, source: CSource, options: NativeOptions): string {
  const hash = builtin()("node:crypto").createHash("sha256");
  return hash.update([...compiler.command, compiler.version, ...flags(compiler, source, options), source.text].join("\n")).digest("hex"); // oxfmt-ignore
}

function refused(compiler: Compiler, messages: string): Failure {
  return new Failure("unsupported", `${compiler.command.join(" ")} (${compiler.version}) could not compile the program: ${messages.trim().slice(0, 2000)}`); // oxfmt-ignore
}

/** Compiles and loads without blocking while the compiler runs. */
export async function buildNative(
  program: readonly ProgramFunction[],
  source: CSource,
  options: NativeOptions = {},
): Promise<NativeLibrary> {
  // oxfmt-ignore
  findKoffi();
  const compiler = findCompiler(options.compiler);
  const key = keyOf(compiler, source, options);
  if (!loaded.has(key)) {
    const work = job(compiler, source, options, key);
    try {
      await new Promise<void>((resolve, reject) => {
        builtin()("node:child_process").execFile(work.command, work.args, (error, _, messages) =>
          error ? reject(refused(compiler, messages || error.message)) : resolve(),
        );
      });
      if (!loaded.has(key)) load(program, source, work);
    } finally {
      dispose(work.folder);
    }
  }
  return library(program, source, loaded.get(key)!);
}

/** Compiles and loads at once. */
export function buildNativeSync(
  program: readonly ProgramFunction[],
  source: CSource,
  options: NativeOptions = {},
): NativeLibrary {
  // oxfmt-ignore
  findKoffi();
  const compiler = findCompiler(options.compiler);
  const key = keyOf(compiler, source, options);
  if (!loaded.has(key)) {
    const work = job(compiler, source, options, key);
    try {
      const done = builtin()("node:child_process").spawnSync(work.command, work.args, { encoding: "utf8" });
      if (done.status !== 0) throw refused(compiler, done.stderr || String(done.error?.message));
      load(program, source, work);
    } finally {
      dispose(work.folder);
    }
  }
  return library(program, source, loaded.get(key)!);
}

/** A loaded library needs its file no longer, except on Windows, which does not let go of it before the process ends. */
function dispose(folder: string): void {
  if (process.platform === "win32") process.once("exit", () => remove(folder));
  else remove(folder);
}

const FOREIGN: Record<string, string> = { f64: "double", f32: "float", i32: "int32_t", i64: "int64_t" };

function load(program: readonly ProgramFunction[], source: CSource, work: Job): void {
  const { load: open, view } = findKoffi();
  const handle = open(work.built);
  const functions = new Map<string, Foreign>();
  for (const f of program) {
    const name = source.names.get(f.name)!;
    const parameters = parametersOf(f).map(({ type }) => FOREIGN[type] ?? "uintptr_t");
    const result = resultOf(f);
    if (!source.packed.has(f.name)) functions.set(f.name, handle.func(name, result ? FOREIGN[result] : "void", parameters)); // oxfmt-ignore
    else functions.set(f.name, handle.func(`${name}_packed`, "void", ["const double *", ...parameters.filter((x) => x === "uintptr_t")])); // oxfmt-ignore
  }
  const cell = source.stopped ? new Int32Array(view(handle.func(source.stopped, "void *", [])(), 4)) : undefined;
  const { size } = builtin()("node:fs").statSync(work.built);
  loaded.set(work.key, { key: work.key, handle, functions, cell, size, uses: 0 });
}

function release(own: Loaded): void {
  own.uses--;
  // The library last used is the last to go.
  loaded.delete(own.key);
  loaded.set(own.key, own);
  const spare = [...loaded.values()].filter((x) => x.uses === 0);
  for (const old of spare.slice(0, Math.max(0, spare.length - SPARE))) {
    loaded.delete(old.key);
    old.handle.unload();
  }
}

function library(program: readonly ProgramFunction[], source: CSource, own: Loaded): NativeLibrary {
  // Held from now on, so that it is not unloaded between building and linking; the first link takes this use over.
  own.uses++;
  let pending = true;
  return {
    size: own.size,
    link(memory) {
      if (pending) pending = false;
      else own.uses++;
      const base = Number(findKoffi().address(new Uint8Array(memory)));
      const state = { live: true };
      const raw: Record<string, (...args: number[]) => number> = {};
      for (const f of program) raw[f.name] = entry(f, source, own, base, state);
      return {
        raw,
        dispose() {
          if (!state.live) return;
          state.live = false;
          release(own);
        },
      };
    },
  };
}

/** The function with addresses made pointers, and a Trap thrown where it stopped. */
function entry(
  f: ProgramFunction,
  source: CSource,
  own: Loaded,
  base: number,
  state: { live: boolean },
): (...args: number[]) => number {
  // oxfmt-ignore
  const parameters = parametersOf(f);
  const names = parameters.map((_, k) => `p${k}`);
  const pointers = parameters.map(({ type }, k) => (isArray(type) ? `base + p${k}` : `p${k}`));
  const packed = source.packed.has(f.name);
  const scalars = packed ? parameters.filter(({ type }) => !isArray(type)).length : 0;
  const args = packed ? ["scalars", ...pointers.slice(scalars)] : pointers;
  const lines = [
    "if (!state.live) gone();",
    ...names.slice(0, scalars).map((name, k) => `scalars[${k}] = ${name};`),
    `const result = call(${args.join(", ")});`,
    ...(own.cell ? ["if (cell[0] !== 0) stop(cell[0]);"] : []),
    `return ${resultOf(f) === "i64" ? "BigInt(result)" : "result"};`,
  ];
  const make = new Function("call", "base", "cell", "state", "gone", "stop", "scalars", `"use strict"; return (${names.join(", ")}) => { ${lines.join("\n")} };`); // oxfmt-ignore
  const gone = (): never => {
    throw new Failure("usage", `kernel ${f.name}: these kernels have been disposed of`);
  };
  const stop = (reason: number): never => {
    own.cell![0] = 0;
    throw new Trap(source.traps[reason - 1]);
  };
  return make(own.functions.get(f.name), base, own.cell, state, gone, stop, new Float64Array(scalars)) as (...args: number[]) => number; // oxfmt-ignore
}
