// Direct solvers of sparse systems: orders, block triangular form, Cholesky, LU, QR and least squares.
export { analyzeBlockLU, BlockLU, type BlockLUAnalysis, type BlockLUOptions, type BlockLUStatus } from "./block-lu.ts";
export { type BlockForm, blockTriangular, maximumTransversal } from "./block-triangular.ts";
export { type CholeskyLayout } from "./cholesky-layout.ts";
export { colamd, type ColamdOptions } from "./colamd.ts";
export { columnCounts, eliminationTree, postorder } from "./elimination-tree.ts";
export { symmetricOrder, type SymmetricOrdering } from "./orderings.ts";
export { analyzeCholesky, type CholeskyAnalysis, type CholeskyOptions, type CholeskyStatus, SparseCholesky } from "./sparse-cholesky.ts"; // oxfmt-ignore
export { sparseLeastSquares, type SparseLeastSquares, type SparseLeastSquaresOptions } from "./sparse-least-squares.ts"; // oxfmt-ignore
export { SparseQR, type SparseQROptions } from "./sparse-qr.ts";
