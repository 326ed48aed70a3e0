// Room compile: from tapes and structured functions to running kernels.
export * from "./tape.ts";
export type * from "./ir.ts";
export * as ir from "./builder.ts";
export { fn, program, tapeFunction, Block, type ParameterSpec, type Value } from "./builder.ts";
export { type Expansion, expandMath, type MathLibrary, type MathRequest } from "./passes/expand-math.ts";
export { contract } from "./passes/contract.ts";
export { hoist } from "./passes/hoist.ts";
export { share } from "./passes/share.ts";
export { scalarise } from "./passes/scalarise.ts";
export { vectorise, type VectoriseOptions, type VectoriseReport } from "./passes/vectorise.ts";
export { type BoundsReport, checkBounds } from "./passes/bounds.ts";
export { engineFeatures, type EngineFeatures } from "./features.ts";
export { printFunction, printProgram, printTape } from "./print.ts";
export { verify, verifyTape } from "./verify.ts";
export { Runtime, memoryCounts, DEFAULT_BYTES, type RuntimeOptions } from "./runtime.ts";
export { mathFunctions } from "./functions.ts";
export {
  compileModuleSync,
  compileProgram,
  compileProgramSync,
  type Compiled,
  type CompileOptions,
  type KernelArgument,
  type Kernels,
  type Prepare,
  type TargetName,
  type ThreadCode,
} from "./kernel.ts";
export { hardwareThreads, parallel, runJob, startThreads, threadCount, threadsMissing, usableThreads, type Job, type ParallelOptions, type Threads } from "./threads.ts"; // oxfmt-ignore
export { emitC, type COptions, type CSource } from "./targets/c.ts";
export { nativeMissing, type NativeOptions } from "./targets/c-build.ts";
export { lower, type Layout, type LowerOptions } from "./lower.ts";
export { factorSums } from "./factor.ts";
export { formula, formulaProgram, type Formula, type FormulaOptions, type FormulaReport, type Reduction, type Shape } from "./formula.ts"; // oxfmt-ignore
export { structureTape, type Places } from "./structure.ts";
export { mathUses, type MathUse } from "./shape.ts";
