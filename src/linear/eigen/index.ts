// A few eigenpairs or singular values of big matrices.
export type { EigenIteration, EigenPairs } from "./result.ts";
export { lanczos, type LanczosOptions, type WhichSymmetric } from "./lanczos.ts";
export { arnoldi, type ArnoldiOptions, type WhichGeneral } from "./arnoldi.ts";
export { lobpcg, type LobpcgOptions } from "./lobpcg.ts";
export { type RandomisedSvd, randomisedSvd, type RandomisedSvdOptions } from "./randomised-svd.ts";
