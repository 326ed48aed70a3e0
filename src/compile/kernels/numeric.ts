// Kernels ready to use on Float64Array and Float32Array: one compiled program for each of the two, linked to a runtime.
// Arrays that live in the runtime's memory are used where they are; others are copied in, and results copied back.
// Lengths, leading dimensions, index arrays and overlaps are checked here, so that the kernels themselves need not.
// Matrix products can share their rows between threads. Left out: threads for the other kernels (their row ranges are parameters, for
// `parallel`), kernels of integers.
import { Failure } from "../../base/index.ts";
import { program } from "../builder.ts";
import type { Program, StructuredFunction } from "../ir.ts";
import { type Compiled, compileModuleSync, type Kernels, type TargetName } from "../kernel.ts";
import { Runtime } from "../runtime.ts";
import { type Job, runJob, type Threads, usableThreads } from "../threads.ts";
import { CG_STOP, conjugateGradients } from "./cg.ts";
import { fast } from "./fast.ts";
import { gemmFunctions } from "./gemm.ts";
import { gemv } from "./gemv.ts";
import { REAL, type Real } from "./real.ts";
import { softmaxThreePass, softmaxTwoPass } from "./softmax.ts";
import { spmvBsr, spmvCsc, spmvCsr } from "./sparse.ts";
import { jacobi2, jacobi3 } from "./stencil.ts";
import { axpy, dot, streamCopy, streamScale, streamSum, streamTriad } from "./vector.ts";

export type RealArray = Float64Array | Float32Array;

/** Rows of a matrix product that go to one thread together: a multiple of every micro-kernel's. */
const ROWS = 64;

/** All kernels of one kind of numbers as one program; names end in F64 or F32. `exact`: sums in order, nothing fused by passes. */
export function kernelProgram(real: Real, { exact = false }: { readonly exact?: boolean } = {}): Program {
  const three = softmaxThreePass(real);
  const bsr = real === "f64" ? [spmvBsr(real, 2), spmvBsr(real, 4)] : [spmvBsr(real, 4)];
  const make = (list: readonly ((real: Real) => StructuredFunction)[]): StructuredFunction[] =>
    list.map((f) => f(real));
  const wide = fast(
    program(
      "wide",
      ...make([axpy, dot, streamCopy, streamScale, streamSum, streamTriad, spmvCsr, spmvCsc, conjugateGradients]),
      ...bsr,
      gemmFunctions(real).gemm,
      three,
      softmaxTwoPass(real, three),
    ),
    { exact },
  );
  // Stencils read many neighbours, and gemv has a sum for each of four rows: more than two vectors a turn do not fit the registers.
  const crowded = fast(program("crowded", ...make([jacobi2, jacobi3, gemv])), { exact, unroll: 2 });
  return program(`kernels${REAL[real].suffix}`, ...wide.functions, ...crowded.functions);
}

export interface NumericOptions {
  /** Numbers of the arrays. Default f64. */
  readonly real?: Real;
  /** Where arrays without copies live; by default a runtime of `bytes`, disposed of with the kernels. */
  readonly runtime?: Runtime;
  readonly bytes?: number;
  readonly target?: TargetName;
  /** Products fused with sums where the engine can. Default: if it can. */
  readonly relaxed?: boolean;
}

const compiled = new Map<string, Compiled>();

function compiledFor(real: Real, target: TargetName, relaxed: boolean | undefined): Compiled {
  const key = `${real} ${target} ${relaxed}`;
  let known = compiled.get(key);
  if (!known) compiled.set(key, (known = compileModuleSync(kernelProgram(real), { target, relaxed })));
  return known;
}

export interface GemmShape {
  /** C has m rows and n columns; k products make an element. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export interface GemmOptions<T extends RealArray> extends GemmShape {
  readonly alpha?: number;
  readonly beta?: number;
  /** Elements from one row to the next. Defaults k, n, n. */
  readonly lda?: number;
  readonly ldb?: number;
  readonly ldc?: number;
  /** The result; a new array if absent. */
  readonly c?: T;
  /** Threads that share the rows; the bits do not depend on their number. More than 1 needs kernels with a shared runtime. Default 1. */
  readonly threads?: Threads;
}

/** A sparse matrix as three arrays; `start` has one element more than rows (of columns, for CSC). */
export interface SparseArrays<T extends RealArray> {
  readonly rows: number;
  readonly columns: number;
  readonly start: ArrayLike<number>;
  /** Columns of the entries (rows, for CSC). */
  readonly index: ArrayLike<number>;
  readonly value: T;
}

export interface SparseOptions {
  /** Compressed rows, compressed columns, or compressed rows of dense blocks; rows and columns then count blocks. Default csr. */
  readonly form?: "csr" | "csc" | "bsr";
  /** Rows and columns of a block, for bsr: 2 or 4 of f64, 4 of f32. */
  readonly block?: 2 | 4;
}

export interface SolveOptions {
  /** |r| / |b| at which the iteration ends. Default 1e-8, and 1e-5 for f32. */
  readonly tolerance?: number;
  /** Steps at most. Default: the order of the matrix. */
  readonly limit?: number;
}

/** A validated matrix in the memory of the kernels. */
export interface SparseMatrix<T extends RealArray> {
  readonly rows: number;
  readonly columns: number;
  /** y = A x; `y` is a new array if absent. */
  multiply(x: T, y?: T): T;
  /** Conjugate gradients from zero; the matrix must be square, in compressed rows, symmetric and positive definite. */
  solve(b: T, options?: SolveOptions): { readonly x: T; readonly steps: number; readonly residual: number };
}

function wrong(what: string, hint?: string): never {
  throw new Failure("usage", what, { hint });
}

function size(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0x7fffffff) wrong(`${name} is ${value}, not a size`);
  return value;
}

function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength; // oxfmt-ignore
}

/** The kernels linked to a runtime. */
export class NumericKernels<T extends RealArray = Float64Array> {
  readonly real: Real;
  readonly runtime: Runtime;
  readonly kernels: Kernels;
  readonly #owned: boolean;
  readonly #work: RealArray;

  constructor({ real = "f64", runtime, bytes, target = "auto", relaxed }: NumericOptions = {}) {
    this.real = real;
    this.#owned = !runtime;
    this.runtime = runtime ?? new Runtime({ bytes });
    this.kernels = compiledFor(real, target, relaxed).link(this.runtime);
    this.#work = this.runtime[real](gemmFunctions(real).workLength);
  }

  /** A slice of zeros in the memory of the kernels, to be used without copies. */
  array(length: number): T {
    return this.runtime[this.real](length) as RealArray as T;
  }

  dispose(): void {
    if (this.#owned) this.runtime.dispose();
  }

  /** y += a x. */
  axpy(a: number, x: T, y: T): T {
    const n = this.#same("axpy", { x, y });
    return this.#run("axpy", { x: [x, n] }, { y: [y, n] }, ({ x, y }) => this.#raw("axpy")(n, a, x, y)).y;
  }

  /** Sum of x[i] y[i], in partial sums (fast.ts). */
  dot(x: T, y: T): number {
    const n = this.#same("dot", { x, y });
    let result = 0;
    this.#run("dot", { x: [x, n], y: [y, n] }, {}, (at) => (result = this.#raw("dot")(n, at.x, at.y)));
    return result;
  }

  /** y = alpha A x + beta y, A of m x n row by row. */
  gemv(
    a: T,
    x: T,
    options: {
      readonly m: number;
      readonly n: number;
      readonly alpha?: number;
      readonly beta?: number;
      readonly lda?: number;
      readonly y?: T;
    },
  ): T {
    // oxfmt-ignore
    const [m, n] = [size("m", options.m), size("n", options.n)];
    const { alpha = 1, beta = 0, lda = n } = options;
    if (size("lda", lda) < n) wrong(`gemv: lda is ${lda}, but a row has ${n} elements`);
    if (!options.y && beta !== 0) wrong("gemv: beta without y");
    const y = options.y ?? this.#fresh(m);
    return this.#run("gemv", { a: [a, m * lda], x: [x, n] }, { y: [y, m] }, (at) =>
      this.#raw("gemv")(0, m, n, alpha, at.a, lda, at.x, beta, at.y),
    ).y;
  }

  /** C = alpha A B + beta C, all row by row. */
  gemm(a: T, b: T, options: GemmOptions<T>): T {
    const [m, n, k] = [size("m", options.m), size("n", options.n), size("k", options.k)];
    const { alpha = 1, beta = 0, lda = k, ldb = n, ldc = n } = options;
    if (size("lda", lda) < k) wrong(`gemm: lda is ${lda}, but a row of A has ${k} elements`);
    if (size("ldb", ldb) < n) wrong(`gemm: ldb is ${ldb}, but a row of B has ${n} elements`);
    if (size("ldc", ldc) < n) wrong(`gemm: ldc is ${ldc}, but a row of C has ${n} elements`);
    if (!options.c && beta !== 0) wrong("gemm: beta without c");
    const c = options.c ?? this.#fresh(m * ldc);
    const threads = Math.max(1, Math.min(usableThreads(this.kernels, options.threads ?? 1), Math.ceil(m / ROWS)));
    // Whole groups of rows, so that each row goes through the same code as on one thread.
    const rows = Math.ceil(m / ROWS / threads) * ROWS;
    const mark = this.runtime.mark();
    const work = [this.#work, ...Array.from({ length: threads - 1 }, () => this.runtime[this.real](this.#work.length))];
    try {
      return this.#run("gemm", { a: [a, m * lda], b: [b, k * ldb] }, { c: [c, m * ldc] }, (at) => {
        if (threads === 1) {
          this.#raw("gemm")(0, m, n, k, alpha, at.a, lda, at.b, ldb, beta, at.c, ldc, this.#work.byteOffset);
          return;
        }
        const job: Job = {
          kernels: this.kernels,
          name: `gemm${REAL[this.real].suffix}`,
          count: Math.ceil(m / rows),
          fill: (item, args) =>
            args.set([
              item * rows,
              Math.min(m, (item + 1) * rows),
              n,
              k,
              alpha,
              at.a,
              lda,
              at.b,
              ldb,
              beta,
              at.c,
              ldc,
              work[item].byteOffset,
            ]),
        };
        runJob(job, threads);
      }).c;
    } finally {
      if (threads > 1) this.runtime.release(mark);
    }
  }

  /** exp(x[i]) over the sum of all; two passes over memory, or the ordinary three. `y` may be x. */
  softmax(x: T, { passes = 2, y = this.#fresh(x.length) }: { readonly passes?: 2 | 3; readonly y?: T } = {}): T {
    const n = this.#same("softmax", { x, y });
    if ((x as RealArray) === y) return this.#run("softmax", {}, { y: [y, n] }, (at) => this.#raw(`softmax${passes}`)(n, at.y, at.y)).y; // oxfmt-ignore
    return this.#run("softmax", { x: [x, n] }, { y: [y, n] }, (at) => this.#raw(`softmax${passes}`)(n, at.x, at.y)).y;
  }

  /** One Jacobi sweep (see stencil.ts) on the inner points of a grid of two or three dimensions; the border of v stays. */
  jacobi(u: T, f: T, v: T, shape: readonly [number, number] | readonly [number, number, number]): T {
    const points = shape.map((n) => size("a side of the grid", n)).reduce((a, b) => a * b);
    return this.#run("jacobi", { u: [u, points], f: [f, points] }, { v: [v, points] }, (at) => {
      if (shape.some((n) => n < 3)) return;
      this.#raw(shape.length === 2 ? "jacobi2" : "jacobi3")(1, shape[0] - 1, ...shape, at.u, at.f, at.v);
    }).v;
  }

  /** Copies a matrix into the memory of the kernels, where it stays until they are disposed of, and checks its index arrays. */
  sparse(
    { rows, columns, start, index, value }: SparseArrays<T>,
    { form = "csr", block = 4 }: SparseOptions = {},
  ): SparseMatrix<T> {
    // oxfmt-ignore
    const { length: entries } = index;
    const [major, minor] = form === "csc" ? [columns, rows] : [rows, columns];
    const perBlock = form === "bsr" ? block : 1;
    if (this.real === "f32" && form === "bsr" && block !== 4)
      wrong(`sparse: blocks of ${block} of f32; only 4 are there`);
    size("rows", rows * perBlock);
    size("columns", columns * perBlock);
    if (start.length !== major + 1) wrong(`sparse: ${start.length} elements of start, but ${major + 1} are needed`);
    for (let i = 0; i <= major; i++)
      if (!(Number.isInteger(start[i]) && start[i] >= (i === 0 ? 0 : start[i - 1]) && start[i] <= entries))
        wrong(`sparse: start[${i}] is ${start[i]}; they must ascend within 0 ... ${entries}`);
    for (let p = 0; p < entries; p++)
      if (!(Number.isInteger(index[p]) && index[p] >= 0 && index[p] < minor))
        wrong(`sparse: index[${p}] is ${index[p]}, outside 0 ... ${minor - 1}`);
    this.#expect("sparse", "value", value, entries * perBlock * perBlock);
    const starts = this.runtime.i32(major + 1);
    starts.set(start);
    const indices = this.runtime.i32(entries);
    indices.set(index);
    const values = this.array(value.length);
    values.set(value);
    const matrix = [starts.byteOffset, indices.byteOffset, values.byteOffset];
    const [height, width] = [rows * perBlock, columns * perBlock];
    return {
      rows: height,
      columns: width,
      multiply: (x, y = this.#fresh(height)) =>
        this.#run("sparse product", { x: [x, width] }, { y: [y, height] }, (at) => {
          if (form === "csc") this.#raw("spmvCsc")(rows, columns, entries, ...matrix, at.x, at.y);
          else
            this.#raw(form === "csr" ? "spmvCsr" : `spmvBsr${block}`)(0, rows, columns, entries, ...matrix, at.x, at.y);
        }).y,
      solve: (b, { tolerance = this.real === "f64" ? 1e-8 : 1e-5, limit = rows } = {}) => {
        if (form !== "csr" || rows !== columns) wrong("solve: the matrix must be square and in compressed rows");
        if (!(tolerance > 0)) wrong(`solve: the tolerance is ${tolerance}, not positive`);
        let [steps, residual] = [0, 0];
        const mark = this.runtime.mark();
        try {
          const work = this.array(3 * rows + 1);
          const { x } = this.#run("solve", { b: [b, rows] }, { x: [this.#fresh(rows), rows] }, (at) => {
            steps = this.#raw("cg")(rows, entries, ...matrix, at.b, at.x, work.byteOffset, tolerance, size("limit", limit)); // oxfmt-ignore
            residual = work[0];
          });
          if (steps === CG_STOP.limit)
            throw new Failure("numeric", `solve: the residual is ${residual} after ${limit} steps`, {
              hint: "allow more steps or a larger tolerance",
            });
          if (steps === CG_STOP.notPositive)
            throw new Failure("numeric", "solve: the matrix is not positive definite, or something is not finite");
          return { x, steps, residual };
        } finally {
          this.runtime.release(mark);
        }
      },
    };
  }

  #raw(name: string): (...args: number[]) => number {
    return this.kernels.raw[`${name}${REAL[this.real].suffix}`];
  }

  #fresh(length: number): T {
    return (this.real === "f64" ? new Float64Array(length) : new Float32Array(length)) as RealArray as T;
  }

  #same(kernel: string, arrays: Readonly<Record<string, T>>): number {
    const [[first, { length }], ...rest] = Object.entries(arrays);
    for (const [name, array] of rest)
      if (array.length !== length) wrong(`${kernel}: ${first} has ${length} elements and ${name} ${array.length}`);
    return length;
  }

  #expect(kernel: string, name: string, array: T, length: number): void {
    const type = this.real === "f64" ? Float64Array : Float32Array;
    if (!((array as unknown) instanceof type)) wrong(`${kernel}, ${name}: a ${type.name} is needed`);
    if (array.length < length) wrong(`${kernel}, ${name}: ${array.length} elements, but ${length} are needed`);
  }

  /** Runs with the addresses of all arrays; copies those that live elsewhere in, and the results back. */
  #run<I extends string, O extends string>(
    kernel: string,
    inputs: Readonly<Record<I, readonly [T, number]>>,
    outputs: Readonly<Record<O, readonly [T, number]>>,
    body: (at: Readonly<Record<I | O, number>>) => void,
  ): Record<O, T> {
    const ins = Object.entries(inputs) as [I, readonly [T, number]][];
    const outs = Object.entries(outputs) as [O, readonly [T, number]][];
    for (const [name, [array, length]] of [...ins, ...outs]) this.#expect(kernel, name, array, length);
    for (const [name, [array]] of outs)
      for (const [other, [array2]] of ins)
        if (overlap(array, array2))
          wrong(`${kernel}: ${name} overlaps ${other}`, "give the result an array of its own");
    const mark = this.runtime.mark();
    try {
      const at: Partial<Record<I | O, number>> = {};
      const back: [T, T][] = [];
      const place = (name: I | O, array: T, length: number, result: boolean): void => {
        if (array.buffer === this.runtime.memory.buffer) {
          at[name] = array.byteOffset;
          return;
        }
        const copy = this.array(length);
        const part = array.subarray(0, length) as T;
        copy.set(part);
        at[name] = copy.byteOffset;
        if (result) back.push([part, copy]);
      };
      for (const [name, [array, length]] of ins) place(name, array, length, false);
      for (const [name, [array, length]] of outs) place(name, array, length, true);
      body(at as Record<I | O, number>);
      for (const [array, copy] of back) array.set(copy);
      return Object.fromEntries(outs.map(([name, [array]]) => [name, array])) as Record<O, T>;
    } finally {
      this.runtime.release(mark);
    }
  }
}

/** C = alpha A B + beta C of arrays anywhere, in a runtime of its own from the pool. */
export function gemm<T extends RealArray>(a: T, b: T, options: GemmOptions<T>): T {
  const real: Real = (a as RealArray) instanceof Float64Array ? "f64" : "f32";
  const elements = a.length + b.length + options.m * (options.ldc ?? options.n) + gemmFunctions(real).workLength;
  const kernels = new NumericKernels<T>({ real, bytes: 8 * elements + 4096 });
  try {
    return kernels.gemm(a, b, options);
  } finally {
    kernels.dispose();
  }
}
