// Working memory of the dense factorisations: one WebAssembly memory with the compiled inner loops linked to it, kept from call to
// call. Matrices in it are row by row; a place is an index into `numbers`, and rows have room after their last element.
// Kernels multiply and add in one rounding where the engine can: last bits differ from machine to machine. Left out: threads.
import {
  compileModuleSync, fast, hoist, kernelFunctions, program, Runtime, type Compiled, type Kernels,
} from "../../compile/index.ts"; // oxfmt-ignore
import { Failure } from "../../base/index.ts";
import type { Dense } from "../../array/index.ts";
import { francisKernel } from "./kernels-francis.ts";
import { reflectKernels } from "./kernels-reflect.ts";
import { rotateKernels } from "./kernels-rotate.ts";
import { PANEL, triangularKernels } from "./kernels-triangular.ts";

const product = kernelFunctions.gemmFunctions("f64");
/** A larger memory is given back after use. */
const KEPT_BYTES = 64 << 20;
const SMALLEST_BYTES = 4 << 20;
/** Triangular systems up to this size are solved without products. */
const SMALL = 32;

let compiled: Compiled | undefined;

function code(): Compiled {
  const multiply = fast(program("product", product.gemm));
  const inner = hoist(program("inner", ...triangularKernels, ...reflectKernels, ...rotateKernels, francisKernel));
  return (compiled ??= compileModuleSync(program("dense", ...multiply.functions, ...inner.functions)));
}

/** Length of a row of n numbers with the room that the kernels want: a multiple of 4, not of 32 (rows would share cache lines' places). */
export function rowStep(n: number): number {
  const step = Math.ceil((n + 3) / 4) * 4;
  return step % 32 === 0 ? step + 4 : step;
}

export class Work {
  readonly runtime: Runtime;
  readonly numbers: Float64Array;
  readonly raw: Kernels["raw"];
  readonly #product: number;

  constructor(bytes: number) {
    this.runtime = new Runtime({ bytes });
    const kernels = code().link(this.runtime);
    this.raw = kernels.raw;
    this.numbers = new Float64Array(this.runtime.memory.buffer);
    this.#product = this.runtime.f64(product.workLength).byteOffset;
  }

  /** Place of this many zeros. */
  take(length: number): number {
    return this.runtime.f64(length).byteOffset / 8;
  }

  /** Address of zeros for 32-bit integers. */
  takeIntegers(length: number): Int32Array {
    return this.runtime.i32(length);
  }

  /** C = alpha A B + beta C, m x n with k products. */
  multiply(m: number, n: number, k: number, alpha: number, a: number, lda: number, b: number, ldb: number, beta: number, c: number, ldc: number): void {
    if (m > 0 && n > 0) this.raw.gemmF64(0, m, n, k, alpha, 8 * a, lda, 8 * b, ldb, beta, 8 * c, ldc, this.#product);
  } // oxfmt-ignore

  /** b = a^T, a of m x n. */
  transpose(m: number, n: number, a: number, lda: number, b: number, ldb: number): void {
    this.raw.transposeInto(m, n, 8 * a, lda, 8 * b, ldb);
  }

  /**
   * B = T^-1 B for a triangular T of `size` rows, T(i, j) at t + i * rs + j * cs, with B of n columns; `unit`: its diagonal is 1.
   * Halves of T are joined by a product, so one of the steps must be 1.
   */
  solveTriangular(shape: "lower" | "upper", size: number, n: number, t: number, rs: number, cs: number, unit: boolean, b: number, ldb: number): void {
    if (size <= SMALL || n === 0) {
      this.raw[shape === "lower" ? "solveLower" : "solveUpper"](size, n, 8 * t, rs, cs, unit ? 1 : 0, 8 * b, ldb);
      return;
    }
    const half = Math.ceil(size / 2 / PANEL) * PANEL;
    const rest = size - half;
    const [t22, b2] = [t + half * (rs + cs), b + half * ldb];
    const mark = this.runtime.mark();
    if (shape === "lower") {
      this.solveTriangular(shape, half, n, t, rs, cs, unit, b, ldb);
      const [t21, ld] = this.#rows(rest, half, t + half * rs, rs, cs);
      this.multiply(rest, n, half, -1, t21, ld, b, ldb, 1, b2, ldb);
      this.runtime.release(mark);
      this.solveTriangular(shape, rest, n, t22, rs, cs, unit, b2, ldb);
    } else {
      this.solveTriangular(shape, rest, n, t22, rs, cs, unit, b2, ldb);
      const [t12, ld] = this.#rows(half, rest, t + half * cs, rs, cs);
      this.multiply(half, n, rest, -1, t12, ld, b2, ldb, 1, b, ldb);
      this.runtime.release(mark);
      this.solveTriangular(shape, half, n, t, rs, cs, unit, b, ldb);
    }
  } // oxfmt-ignore

  /** A block with its elements of a row side by side: itself, or a copy. */
  #rows(m: number, n: number, a: number, rs: number, cs: number): readonly [place: number, ld: number] {
    if (cs === 1) return [a, rs];
    const copy = this.take(m * n);
    this.transpose(n, m, a, cs, copy, n);
    return [copy, n];
  }

  /** Copies a matrix into the memory, row by row with steps of `ld`. */
  put(matrix: Dense, to: number, ld: number): void {
    const { rows, cols, data, offset, rowStep: rs, colStep: cs } = matrix;
    const { numbers } = this;
    for (let i = 0; i < rows; i++) {
      const [row, from] = [to + i * ld, offset + i * rs];
      if (cs === 1) numbers.set(data.subarray(from, from + cols), row);
      else for (let j = 0; j < cols; j++) numbers[row + j] = data[from + j * cs];
    }
  }

  /** The m x n numbers at a place, row by row. */
  get(m: number, n: number, from: number, ld: number): Float64Array {
    const out = new Float64Array(m * n);
    for (let i = 0; i < m; i++) out.set(this.numbers.subarray(from + i * ld, from + i * ld + n), i * n);
    return out;
  }
}

let kept: Work | undefined;
let depth = 0;

/** Runs with room for so many numbers (and 64 slices); what was taken is free again afterwards. */
export function withWork<T>(numbers: number, body: (work: Work) => T): T {
  const bytes = 8 * numbers + 64 * 16;
  if (kept && kept.runtime.capacity - kept.runtime.used >= bytes) {
    const mark = kept.runtime.mark();
    depth++;
    try {
      return body(kept);
    } finally {
      depth--;
      kept.runtime.release(mark);
    }
  }
  if (bytes > 0xf000_0000)
    throw new Failure("limit", `a dense computation that needs ${Math.ceil(bytes / 2 ** 20)} MiB`, { hint: "One memory has at most 4 GiB." }); // oxfmt-ignore
  const work = new Work(Math.max(SMALLEST_BYTES, bytes + 8 * product.workLength + 1024));
  if (depth === 0 && work.runtime.capacity <= KEPT_BYTES) {
    kept?.runtime.dispose();
    kept = work;
    return withWork(numbers, body);
  }
  try {
    return body(work);
  } finally {
    work.runtime.dispose();
  }
}
