// Preconditioners: approximate inverses for iterative methods.
export type { GivenMatrix } from "./given.ts";
export { jacobiPreconditioner } from "./jacobi.ts";
export { ssorPreconditioner, type SsorOptions } from "./ssor.ts";
export { ic0, type ShiftedPreconditioner } from "./ic0.ts";
export { ilu0 } from "./ilu0.ts";
export { amg, type AmgOptions } from "./amg.ts";
export { type CycleOptions, Multigrid } from "./multigrid.ts";
export type { AggregationOptions, Level } from "./aggregation.ts";
export { blockJacobi, type BlockJacobiOptions } from "./block-jacobi.ts";
export { geometricMultigrid, type GeometricOptions } from "./geometric-multigrid.ts";
export { ict } from "./ict.ts";
export { ilut, type ThresholdOptions, type ThresholdPreconditioner } from "./ilut.ts";
