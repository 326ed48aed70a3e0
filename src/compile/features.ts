// What the engine can do, asked by validating small modules. Flags that give an engine more are set by the command and the
// benchmarks, never here (docs/decisions/0010-ask-the-engine.md). Left out: memory64, which nothing needs yet.
import { ModuleWriter } from "./wasm/encoder.ts";
import { LANE_OPS } from "./wasm/opcodes.ts";

export interface EngineFeatures {
  readonly simd: boolean;
  /** The relaxed multiply-add of lanes, fused on machines that have it. */
  readonly relaxedSimd: boolean;
  /** Shared memories: threads. */
  readonly threads: boolean;
}

function validates(op: string): boolean {
  const module = new ModuleWriter();
  module.declare(module.type(["v128", "v128", "v128"], ["v128"]));
  module.body("probe", [], (code) => {
    for (let k = 0; k < (op.endsWith("madd") ? 3 : 2); k++) code.localGet(k);
    code.simd(LANE_OPS[op]);
  });
  return WebAssembly.validate(module.finish());
}

let known: EngineFeatures | undefined;

/** Asked anew until relaxed SIMD is there, because a flag may be set after the first question. */
export function engineFeatures(): EngineFeatures {
  if (known?.relaxedSimd) return known;
  if (typeof WebAssembly === "undefined") return { simd: false, relaxedSimd: false, threads: false };
  known = {
    simd: known?.simd ?? validates("f64x2.add"),
    relaxedSimd: validates("f64x2.madd"),
    threads: typeof SharedArrayBuffer === "function",
  };
  return known;
}
