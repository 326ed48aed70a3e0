// Room array: matrices in memory and in files.
export { block, dense, type Dense, type DenseOrder, element, packed, transposed } from "./dense.ts";
export {
  checkSparse, diagonal, entryCount, fromTriplets, isSymmetric, lineCount, multiplyVector, norm, permute, realForm, type Sparse,
  sparseDiagonal, type SparseLayout, toLayout, transpose, type Triplets,
} from "./sparse.ts"; // oxfmt-ignore
export { sparseKernels, SparseProduct, type SparseProductOptions } from "./sparse-product.ts";
export { forLines, LINES, lineSum, type Lines, rangeOfLine } from "./sparse-kernels.ts";
export { multiplySparse, type MultiplySparseOptions, SparseMultiplication } from "./multiply-sparse.ts";
export { type Semiring, SEMIRINGS } from "./multiply-kernels.ts";
export { poisson } from "./poisson.ts";
export {
  type MatrixMarketField, type MatrixMarketFile, type MatrixMarketHeader, type MatrixMarketReadOptions,
  type MatrixMarketSymmetry, readMatrixMarket, readMatrixMarketStream,
} from "./matrix-market.ts"; // oxfmt-ignore
export { matrixMarketPieces, type MatrixMarketWriteOptions, writeMatrixMarket } from "./matrix-market-write.ts";
export type { Chunks } from "./chunks.ts";
export { addSparse, blockMatrix, fromDense, hstack, kron, scaleSparse, subMatrix, subtractSparse, toDense, vstack } from "./combine.ts"; // oxfmt-ignore
export { blockFill, BlockProduct, type BlockSparse, fromBlocks, toBlocks } from "./block-sparse.ts";
export { multiplyDense, multiplySparseDense } from "./multiply-dense.ts";
export { formatMatrix, type FormatMatrixOptions } from "./format-matrix.ts";
export { isNpy, type NpyArray, npyMatrix, type NpyWriteOptions, readNpy, writeNpy } from "./npy.ts";
export { readNpz, readSparseNpz, writeNpz, writeSparseNpz } from "./npz.ts";
