// Direct solvers of sparse systems: orders, block triangular form, Cholesky, LU.
export { analyzeBlockLU, BlockLU, type BlockLUAnalysis, type BlockLUOptions, type BlockLUStatus } from "./block-lu.ts";
export { type BlockForm, blockTriangular, maximumTransversal } from "./block-triangular.ts";
export { type CholeskyLayout } from "./cholesky-layout.ts";
export { columnCounts, eliminationTree, postorder } from "./elimination-tree.ts";
export { symmetricOrder, type SymmetricOrdering } from "./orderings.ts";
export { analyzeCholesky, type CholeskyAnalysis, type CholeskyOptions, type CholeskyStatus, SparseCholesky } from "./sparse-cholesky.ts"; // oxfmt-ignore
