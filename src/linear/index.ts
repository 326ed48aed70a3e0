// Room linear: linear systems. First the direct solvers that implicit integrators use, then those of users.
export { checkPattern, symmetrized, transposePattern, type SparsePattern } from "./pattern.ts";
export { amd, type AmdOptions } from "./amd.ts";
export { markowitz, type MarkowitzOptions } from "./markowitz.ts";
export type { LUTarget } from "./lu-engine.ts";
export {
  analyzeLU,
  singularFailure,
  SparseLU,
  type LUStatus,
  type OrderingName,
  type SparseLUAnalysis,
  type SparseLUOptions,
} from "./sparse-lu.ts";
export type { SparseRight, SparseSolveOptions, SparseVector } from "./sparse-right.ts";
export { supernodes, type LULayout, type SupernodeOptions } from "./supernode.ts";
export { luRefactor, luSolve, luSolveTransposed } from "./lu-kernels.ts";
export { DenseLU, denseFactor, denseSolve, denseSolveTransposed, type DenseLUOptions } from "./dense-lu.ts";
export { inverseNorm1, type InPlaceSolve } from "./condition.ts";
export { staticLU, type StaticLU } from "./static-lu.ts";
export * from "./direct/index.ts";
export * from "./dense/index.ts";
export type { IterationStatus, IterativeResult, LinearOperator, Preconditioner } from "./operator.ts";
export * from "./iterative/index.ts";
export * from "./precondition/index.ts";
export * from "./solve/index.ts";
export * from "./eigen/index.ts";
export * from "./sequence/index.ts";
export * from "./programming/index.ts";
