// Target wasm: a program as the bytes of a WebAssembly module. Structured functions are translated one to one (wasm-function.ts);
// tapes are cut into chunks, each a function, called in turn by the exported one (wasm-tape.ts). The memory is imported as
// ("env", "memory"), functions of the function table as ("math", "name/arity"). Array parameters are byte addresses (i32).
// A module is made for memories that threads share, or for others. Left out: atomic operations.
import type { Program, ProgramFunction } from "../ir.ts";
import { schedule } from "../schedule.ts";
import { mathUses, parametersOf, resultOf } from "../shape.ts";
import { ModuleWriter } from "../wasm/encoder.ts";
import { structured, wasmType, type Names } from "./wasm-function.ts";
import { emitCalls, emitChunk } from "./wasm-tape.ts";

/** Nodes of a chunk of a tape. Measured on V8 11.3: see docs/decisions/0101-tapes-in-chunks.md. */
export const WASM_CHUNK_NODES = 2000;

/** The exported global where an instance, hence a thread, leaves the number of the reason it stopped for. No function has this name. */
export const REASON = " reason";

export interface WasmModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Imports to provide, as ("math", key). */
  readonly math: ReadonlyMap<string, { readonly name: string; readonly arity: number }>;
  /** Needed scratch elements of each tape, by name. */
  readonly scratch: ReadonlyMap<string, number>;
  /** Why a program may stop, by the number it leaves in the global REASON, from 1; there is no such global if it never does. */
  readonly traps: readonly string[];
}

export interface WasmOptions {
  /** Nodes a chunk of a tape. */
  readonly chunkNodes?: number;
  /** Use relaxed SIMD for `madd` and `nmadd`. The engine must have it (features.ts). Default false. */
  readonly relaxed?: boolean;
  /** For memories that threads share. Default false. */
  readonly shared?: boolean;
}

export function emitWasm(program: Program, options: WasmOptions = {}): WasmModule {
  const { chunkNodes = WASM_CHUNK_NODES, relaxed = false, shared = false } = options;
  let nodes = 0;
  for (const f of program.functions) if (f.kind === "tape") nodes += f.tape.op.length;
  const module = new ModuleWriter(nodes * 10 + 4096);
  const math = mathUses(program.functions);
  const names: Names = { functions: new Map(), math: new Map(), traps: [] };
  for (const [key, { arity, type }] of math)
    names.math.set(
      key,
      module.importFunction(
        "math",
        key,
        module.type(
          Array.from({ length: arity }, () => type),
          [type],
        ),
      ),
    );
  const pieces = program.functions.map((f) => {
    const type = module.type(
      parametersOf(f).map((p) => wasmType(p.type)),
      resultOf(f) ? [resultOf(f)!] : [],
    );
    names.functions.set(f, module.declare(type, f.name));
    return f.kind === "tape" ? { f, tape: f.tape, plan: schedule(f.tape, chunkNodes) } : { f };
  });
  // Chunks come after all exported functions; `first` is the index of a tape's first chunk.
  const firsts = new Map<ProgramFunction, number>();
  for (const { f, tape, plan } of pieces) {
    if (!tape || plan.locals.length === 1) continue;
    const type = module.type(
      Array.from({ length: tape.arrays.length + 1 }, () => "i32" as const),
      [],
    );
    for (let k = 0; k < plan.locals.length; k++) {
      const index = module.declare(type);
      if (k === 0) firsts.set(f, index);
    }
  }
  const scratch = new Map<string, number>();
  for (const { f, tape, plan } of pieces) {
    if (f.kind === "structured") {
      structured(module, f, names, relaxed);
      continue;
    }
    scratch.set(f.name, plan!.scratchLength);
    const first = firsts.get(f);
    if (first === undefined) emitChunk(module, tape!, plan!, 0, names, tape!.scalars.length);
    else emitCalls(module, tape!, plan!, first);
  }
  for (const { f, tape, plan } of pieces)
    if (firsts.has(f)) for (let k = 0; k < plan!.locals.length; k++) emitChunk(module, tape!, plan!, k, names, 0);
  const cell = names.traps.length > 0 ? REASON : undefined;
  return { bytes: module.finish({ shared, cell }), math, scratch, traps: names.traps };
}
