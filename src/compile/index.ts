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
export { emitWgsl, type WgslArray, type WgslOptions, type WgslSource } from "./targets/wgsl.ts";
export { closeGpu, compileWgsl, type GpuArray, type GpuKernel, gpuMissing } from "./targets/wgsl-run.ts";
export { type IndependentLoop, independentLoop } from "./passes/independent.ts";
export { nativeLaneBytes, nativeMissing, type NativeOptions } from "./targets/c-build.ts";
export { lower, type Layout, type LowerOptions } from "./lower.ts";
export { factorSums } from "./factor.ts";
export * from "./kernels/index.ts";
export { formula, formulaProgram, type Formula, type FormulaOptions, type FormulaReport, type Reduction, type Shape } from "./formula.ts"; // oxfmt-ignore
export { type Mix, type ClassCounts, type OperationClass, operationMix, instructionTotal } from "./mix.ts";
export { bandwidthAt, type CostedTarget, defaultRoofline, measureRoofline, readRoofline, type Roofline, type RooflineOptions, type TargetCosts } from "./roofline.ts"; // oxfmt-ignore
export { type Correction, FEATURES, features, fitCorrection, predict, type Prediction, type PredictOptions, rankCorrelation, type Sample } from "./cost.ts"; // oxfmt-ignore
export { comment, type ModuleOptions, writeJavaScript } from "./modules/javascript.ts";
export { type WebAssemblyFiles, type WebAssemblyOptions, writeWebAssembly } from "./modules/webassembly.ts";
export { type CSourceOptions, writeCSource } from "./modules/csource.ts";
export { structureTape, type Places } from "./structure.ts";
export { BLOCK, commonMemory, type PieceCode, type PieceRequest, pointCode, runPieces, timeCode } from "./pieces.ts";
export { mathUses, type MathUse } from "./shape.ts";
export { type ArrayRounder, arrayRounder, type ArrayRounderOptions, singleRounder } from "./arithmetic/round-kernel.ts";
export { canRound, needsRandom, roundingCode } from "./arithmetic/rounding-code.ts";
export { canEmulate, emulate, type EmulateOptions, exactFma, exactly, roads } from "./arithmetic/emulate.ts";
export {
  type ArithmeticOptions,
  type Emulation,
  emulation,
  emulationEvidence,
  type RoundingRequest,
} from "./arithmetic/settings.ts";
export { runExactly } from "./arithmetic/exact-road.ts";
export {
  type EmulatedProduct,
  emulatedProduct,
  type EmulatedProductOptions,
  type EmulatedProductPlan,
} from "./arithmetic/emulated-gemm.ts";
export {
  bitPlaneProgram,
  type BitPlaneOptions,
  codeValue,
  type Coding,
  mostColumns,
  planeBytes,
} from "./kernels/bit-planes.ts";
export { lookupBytes, type LookupOptions, lookupProgram } from "./kernels/lookup.ts";
export { FUSED, type QuantisedOptions, quantisedProgram, UNPACKED } from "./kernels/quantised.ts";
export {
  anyWidthProgram,
  type CodeFormat,
  codeFormatOf,
  stripBytes,
  sumsAreExact,
  valueOfCode,
} from "./kernels/any-width.ts";
export { floatGemm, floatGemv } from "./kernels/float-rows.ts";
export { type CodeMatrix, codeMatrix, type LookupMatrix, lookupMatrix, type MatrixShape, type PlaneMatrix, planeMatrix, type QuantisedMatrix, quantisedMatrix } from "./kernels/low-bit.ts"; // oxfmt-ignore
export { type FormatArithmetic, formatArithmetic } from "./arithmetic/scalar.ts";
export { fuseLoops } from "./passes/fuse-loops.ts";
export { reduceStrength, type StrengthOptions } from "./passes/strength.ts";
export { tile, type TileOptions } from "./passes/tile.ts";
