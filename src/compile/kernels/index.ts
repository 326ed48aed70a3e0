// Kernels of numerical computing: ready to use on arrays, and as functions of the IR (`kernelFunctions`).
export * as kernelFunctions from "./library.ts";
export { fast, type FastOptions } from "./fast.ts";
export type { Real } from "./real.ts";
export {
  gemm,
  type GemmOptions,
  type GemmShape,
  kernelProgram,
  NumericKernels,
  type NumericOptions,
  type RealArray,
  type SolveOptions,
  type SparseArrays,
  type SparseMatrix,
  type SparseOptions,
} from "./numeric.ts";
export { VectorSums } from "./sums.ts";
