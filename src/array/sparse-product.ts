// A sparse matrix in a runtime's memory: compiled products y = A x and y = A^T x, and products fused with sums for iterative
// methods. Vectors of the same memory are used where they lie; others are copied. Entries can be replaced by those of another
// matrix of the same pattern. Memory: 12 bytes an entry and 4 a row; the runtime made for a matrix also has room for vectors
// and preconditioners (pages that nobody touches cost no memory).
// Left out: complex matrices (realForm), f32, threads.
import { Failure } from "../base/index.ts";
import { type Compiled, compileModuleSync, Runtime } from "../compile/index.ts";
import { sparseProgram } from "./sparse-kernels.ts";
import { checkSparse, entryCount, type Sparse, toLayout } from "./sparse.ts";

let compiled: Compiled | undefined;
const linked = new WeakMap<Runtime, Readonly<Record<string, (...args: number[]) => number>>>();

/** The functions of sparse-kernels.ts in the memory of a runtime; arrays are addresses, nothing is checked. */
export function sparseKernels(runtime: Runtime): Readonly<Record<string, (...args: number[]) => number>> {
  let raw = linked.get(runtime);
  if (!raw) {
    compiled ??= compileModuleSync(sparseProgram(), { target: typeof WebAssembly === "undefined" ? "js" : "wasm" });
    linked.set(runtime, (raw = compiled.link(runtime).raw));
  }
  return raw;
}

export interface SparseProductOptions {
  /** Where the matrix is put; it stays the caller's. By default a runtime of `bytes`, given back by `dispose`. */
  readonly runtime?: Runtime;
  /** Size of the runtime, at least what the matrix needs; by default room for the matrix, some thirty times its entries and 150 vectors. */
  readonly bytes?: number;
}

/** Largest memory that is made unasked. */
const MOST_BYTES = 4 * 2 ** 30 - 65_536;

/** A memory of the wanted size, or of less where the engine does not give as much. */
function roomFor(least: number, wanted: number): Runtime {
  for (let bytes = Math.min(MOST_BYTES, wanted); bytes > 2 * least; bytes /= 4)
    try {
      return new Runtime({ bytes });
    } catch (error) {
      if (!(error instanceof Failure && error.kind === "limit")) throw error;
    }
  return new Runtime({ bytes: least });
}

/** A matrix made ready for many products. */
export class SparseProduct {
  readonly rows: number;
  readonly cols: number;
  readonly entries: number;
  readonly runtime: Runtime;
  /** In compressed rows, in the memory of the runtime: not to be written, but by `replace`. */
  readonly matrix: Sparse;
  readonly #owned: boolean;
  readonly #raw: Readonly<Record<string, (...args: number[]) => number>>;
  readonly #place: readonly [start: number, column: number, value: number];
  /** Copies of vectors that live elsewhere. */
  readonly #x: Float64Array;
  readonly #y: Float64Array;

  /** @throws Failure for complex matrices, broken index arrays, and entries that are not finite (with row and column). */
  constructor(given: Sparse, { runtime, bytes }: SparseProductOptions = {}) {
    if (given.imaginary)
      throw new Failure("unsupported", "products with a complex matrix are not compiled", { hint: "Use realForm(A)." });
    const matrix = toLayout(checkSparse(given), "csr");
    const { rows, cols } = matrix;
    const count = entryCount(matrix);
    checkFinite(matrix);
    const longest = Math.max(rows, cols);
    this.#owned = !runtime;
    const least = 12 * count + 4 * rows + 16 * longest + 4096;
    this.runtime = runtime ?? (bytes === undefined ? roomFor(least, 360 * count + 1200 * longest + (1 << 20)) : new Runtime({ bytes: Math.max(bytes, least) })); // oxfmt-ignore
    this.rows = rows;
    this.cols = cols;
    this.entries = count;
    const [ptr, idx, values] = [this.runtime.i32(rows + 1), this.runtime.i32(count), this.runtime.f64(count)];
    ptr.set(matrix.ptr);
    idx.set(matrix.idx.length === count ? matrix.idx : matrix.idx.subarray(0, count));
    values.set(matrix.values.length === count ? matrix.values : matrix.values.subarray(0, count));
    this.matrix = { layout: "csr", rows, cols, ptr, idx, values };
    this.#place = [ptr.byteOffset, idx.byteOffset, values.byteOffset];
    [this.#x, this.#y] = [this.runtime.f64(longest), this.runtime.f64(longest)];
    this.#raw = sparseKernels(this.runtime);
  }

  /** Takes over the entries of a matrix of the same pattern, in its own layout. */
  replace(given: Sparse): void {
    const { ptr, idx, values } = this.matrix;
    const matrix = toLayout(given, "csr");
    const same = matrix.rows === this.rows && matrix.cols === this.cols && entryCount(matrix) === this.entries && !matrix.imaginary; // oxfmt-ignore
    if (!same || matrix.ptr.some((p, i) => p !== ptr[i]) || idx.some((j, p) => j !== matrix.idx[p]))
      throw new Failure("usage", "the new matrix has another pattern", { hint: "Make a new SparseProduct of it." });
    checkFinite(matrix);
    values.set(matrix.values.subarray(0, this.entries));
  }

  /** y = A x. */
  apply(x: Float64Array, y: Float64Array): void {
    this.#check(x, this.cols, y, this.rows);
    const [from, to] = this.#here(x, y);
    this.#raw.product(this.rows, ...this.#place, from, to);
    this.#back(y);
  }

  /** y = A^T x. */
  applyTransposed(x: Float64Array, y: Float64Array): void {
    this.#check(x, this.rows, y, this.cols);
    const [from, to] = this.#here(x, y);
    this.#raw.spmvCscF64(this.cols, this.rows, this.entries, ...this.#place, from, to);
    this.#back(y);
  }

  /** Do both vectors lie in the memory of the matrix? */
  holds(...vectors: readonly Float64Array[]): boolean {
    const { buffer } = this.matrix.values;
    return vectors.every((each) => each.buffer === buffer);
  }

  /** y = A x and x.y, for a square matrix. */
  applyDot(x: Float64Array, y: Float64Array): number {
    this.#check(x, this.cols, y, this.rows);
    if (this.rows !== this.cols) throw new Failure("usage", `x.Ax with a matrix of ${this.rows} x ${this.cols}`);
    const [from, to] = this.#here(x, y);
    const dot = this.#raw.productDot(this.rows, ...this.#place, from, to);
    this.#back(y);
    return dot;
  }

  /** r = b - A x; returns r.r. All three lie in the memory of the matrix (see `holds`). */
  residual(b: Float64Array, x: Float64Array, r: Float64Array): number {
    this.#check(x, this.cols, r, this.rows);
    if (!this.holds(b, x, r) || b.length !== this.rows)
      throw new Failure("usage", "the vectors of a compiled residual lie in the memory of its matrix");
    return this.#raw.residual(this.rows, ...this.#place, b.byteOffset, x.byteOffset, r.byteOffset);
  }

  dispose(): void {
    if (this.#owned) this.runtime.dispose();
  }

  #check(x: Float64Array, columns: number, y: Float64Array, rows: number): void {
    if (x.length !== columns || y.length !== rows)
      throw new Failure("usage", `a matrix of ${this.rows} x ${this.cols}: vectors of ${x.length} and ${y.length}, but ${columns} and ${rows} are needed`); // oxfmt-ignore
  }

  /** Addresses of x and y, or of copies. */
  #here(x: Float64Array, y: Float64Array): [number, number] {
    if (!this.holds(x)) this.#x.set(x);
    return [(this.holds(x) ? x : this.#x).byteOffset, (this.holds(y) ? y : this.#y).byteOffset];
  }

  #back(y: Float64Array): void {
    if (!this.holds(y)) y.set(this.#y.subarray(0, y.length));
  }
}

function checkFinite(matrix: Sparse): void {
  const { rows, ptr, idx, values } = matrix;
  for (let p = 0; p < ptr[rows]; p++)
    if (!Number.isFinite(values[p])) {
      let row = 0;
      while (ptr[row + 1] <= p) row++;
      throw new Failure("domain", `the matrix has ${values[p]} at row ${row}, column ${idx[p]}`, {
        hint: "Entries are finite numbers.",
      });
    }
}
