// The kernels as functions of the IR, by number type: to be put into programs of one's own and called there.
export { checkedByAuthor } from "./checked.ts";
export { CG_STOP, conjugateGradients } from "./cg.ts";
export { GEMM_BLOCKING, type GemmBlocking, type GemmFunctions, gemmFunctions } from "./gemm.ts";
export { gemv } from "./gemv.ts";
export { REAL, type Real, type RealLanes } from "./real.ts";
export { SOFTMAX_LIMIT, softmaxThreePass, softmaxTwoPass } from "./softmax.ts";
export { spmvBsr, spmvCsc, spmvCsr } from "./sparse.ts";
export { jacobi2, jacobi3 } from "./stencil.ts";
export { axpy, dot, streamCopy, streamScale, streamSum, streamTriad } from "./vector.ts";
