// Factorisations, eigenvalues and functions of dense matrices.
export type { Right, Solved } from "./input.ts";
export type { DenseSolution } from "./solution.ts";
export { luFactor, type LogDeterminant, type LUFactors } from "./lu.ts";
export { choleskyFactor, type CholeskyFactors } from "./cholesky.ts";
export { type Inertia, ldlFactor, type LDLFactors } from "./ldl.ts";
export { qrFactor, type QRFactors, type QROptions } from "./qr.ts";
export { leastSquares, type LeastSquares, type LeastSquaresOptions } from "./least-squares.ts";
export { type EigenOptions, eigenSymmetric, type SymmetricEigen } from "./eigen-symmetric.ts";
export { type SVD, svd, type SVDOptions } from "./svd.ts";
export { eigenGeneral, type GeneralEigen, type GeneralEigenOptions } from "./eigen-general.ts";
export { expm } from "./expm.ts";
export { type MatrixFunction, sqrtm } from "./sqrtm.ts";
export { logm } from "./logm.ts";
