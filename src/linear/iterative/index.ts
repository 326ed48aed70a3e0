// Iterative methods: A x = b by products with A.
export type { IterativeOptions } from "./iteration.ts";
export { cg, flexibleCg } from "./cg.ts";
export { minres } from "./minres.ts";
export { fgmres, gmres, type GmresOptions } from "./gmres.ts";
export { bicgstab } from "./bicgstab.ts";
export { idr, type IdrOptions } from "./idr.ts";
export { gaussSeidel, jacobi, type RelaxationOptions, richardson, sor, ssor } from "./stationary.ts";
export { chebyshev, type ChebyshevOptions } from "./chebyshev.ts";
export { deflatedCg, type DeflatedOptions } from "./deflated-cg.ts";
export { gcroDr, type GcroOptions, Recycler } from "./gcro-dr.ts";
export { type LeastSquaresIteration, lsmr, lsqr } from "./least-squares.ts";
export { refine, type RefinementOptions } from "./refinement.ts";
export { roundedLU } from "./rounded-lu.ts";
export { sketchedLeastSquares, type SketchedResult, type SketchOptions } from "./sketched-least-squares.ts";
