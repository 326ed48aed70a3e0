// Loops over one function of room special, in one variant, compiled: what bench/functions-check.ts checks and bench/functions.ts times.
import { checkBounds, compileProgramSync, contract, expandMath, type Expansion, fn, hoist, ir, type Kernels, program, type Program, type Runtime, share, vectorise } from "calculemus/compile"; // oxfmt-ignore

export type Float = "f64" | "f32";

/** Functions of two arguments. */
export const TWO = new Set(["pow", "atan2", "hypot"]);

export interface LoopOptions {
  readonly target?: "wasm" | "js" | "c";
  /** Products and sums may be fused. Default false: the same bits on every target. */
  readonly fused?: boolean;
  /** Bytes of the lanes. Default 16. */
  readonly bytes?: 16 | 32 | 64;
  readonly unroll?: number;
}

/** map(n, x, z, y): y = f(x), or f(x, z) of two arguments. */
export function loopProgram(name: string, type: Float, variant: Expansion, options: LoopOptions = {}): Program {
  const array = `${type}[n]` as "f64[n]";
  const f = fn(
    "map",
    { n: "i32", x: array, z: array, y: array },
    undefined,
    ({ n, x, z, y }, k) =>
    k.for("i", 0, n, (i) => k.store(y, i, TWO.has(name) ? ir.math(name, ir.at(x, i), ir.at(z, i)) : ir.math(name, ir.at(x, i)))), // oxfmt-ignore
  );
  const passes = [
    (p: Program) => expandMath(p, () => variant, 0),
    share,
    ...(options.target === "js" ? [] : [(p: Program) => vectorise(checkBounds(p), { unroll: options.unroll ?? 2, bytes: options.bytes })]),
    share,
    ...(options.fused ? [contract] : []),
    hoist,
  ]; // oxfmt-ignore
  return passes.reduce((p, pass) => pass(p), program(`function_${name}`, f));
}

export function compileLoop(
  name: string,
  type: Float,
  variant: Expansion,
  options: LoopOptions & { readonly runtime?: Runtime } = {},
): Kernels {
  // oxfmt-ignore
  const { target = "wasm", runtime } = options;
  return compileProgramSync(loopProgram(name, type, variant, options), { target, runtime });
}
