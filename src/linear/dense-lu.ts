// Dense LU with partial pivoting by rows, for small systems (n up to about 40) and dense patterns. By columns, so that every
// inner loop runs over neighbours; from MIN_WASM unknowns on it runs in WebAssembly (dense-program.ts), with the same bits.
// Source: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), section 3.4. Leaves out blocking for large n.
import { compileModuleSync, Runtime, type Compiled } from "../compile/index.ts";
import { Failure } from "../base/index.ts";
import { inverseNorm1 } from "./condition.ts";
import { denseProgram } from "./dense-program.ts";

/**
 * P*A = L*U in place. `a` is n-by-n, column-major; afterwards U on and above the diagonal, unit L below it.
 * swap[k] is the row exchanged with row k in step k. Returns -1, or the first column without a finite, nonzero pivot.
 */
export function denseFactor(n: number, a: Float64Array, swap: Int32Array): number {
  for (let k = 0; k < n; k++) {
    const column = k * n;
    let at = k;
    let largest = Math.abs(a[column + k]);
    for (let i = k + 1; i < n; i++) {
      const size = Math.abs(a[column + i]);
      if (size > largest || size !== size) {
        largest = size;
        at = i;
      }
    }
    if (!(largest > 0 && largest < Infinity)) return k;
    swap[k] = at;
    if (at !== k)
      for (let j = 0; j < n; j++) {
        const v = a[j * n + k];
        a[j * n + k] = a[j * n + at];
        a[j * n + at] = v;
      }
    const pivot = a[column + k];
    for (let i = k + 1; i < n; i++) a[column + i] /= pivot;
    for (let j = k + 1; j < n; j++) {
      const v = a[j * n + k];
      if (v !== 0) for (let i = k + 1; i < n; i++) a[j * n + i] -= a[column + i] * v;
    }
  }
  return -1;
}

/** b = A^-1 b with the factors of denseFactor. */
export function denseSolve(n: number, a: Float64Array, swap: Int32Array, b: Float64Array): void {
  for (let k = 0; k < n; k++) {
    const v = b[swap[k]];
    b[swap[k]] = b[k];
    b[k] = v;
  }
  for (let k = 0; k < n; k++) {
    const v = b[k];
    for (let i = k + 1; i < n; i++) b[i] -= a[k * n + i] * v;
  }
  for (let k = n - 1; k >= 0; k--) {
    const v = b[k] / a[k * n + k];
    b[k] = v;
    for (let i = 0; i < k; i++) b[i] -= a[k * n + i] * v;
  }
}

/** b = A^-T b with the factors of denseFactor. */
export function denseSolveTransposed(n: number, a: Float64Array, swap: Int32Array, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let j = 0; j < i; j++) sum -= a[i * n + j] * b[j];
    b[i] = sum / a[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i];
    for (let j = i + 1; j < n; j++) sum -= a[i * n + j] * b[j];
    b[i] = sum;
  }
  for (let k = n - 1; k >= 0; k--) {
    const v = b[swap[k]];
    b[swap[k]] = b[k];
    b[k] = v;
  }
}

export interface DenseLUOptions {
  /** What factors and solves; both give the same bits. "auto" (the default): WebAssembly where there is any and n is large enough for it to pay. */
  readonly target?: "auto" | "wasm" | "js";
}

/** From this size on a call into WebAssembly pays: at 8 a solve takes as long either way, at 16 half as long. */
const MIN_WASM = 10;
/** Vectors that a memory has room for. */
const VECTORS = 32;

let compiled: Compiled | undefined;

/** Factors of a small dense matrix; `factor` may be called again and again. Where `target` is "wasm" it holds a memory: give it back with `dispose`. */
export class DenseLU {
  readonly n: number;
  readonly target: "wasm" | "js";
  /** Column-major. */
  readonly #a: Float64Array;
  readonly #swap: Int32Array;
  readonly #runtime: Runtime | undefined;
  readonly #factor: () => number;
  readonly #solve: (b: Float64Array) => void;
  #norm = 0;
  #ready = false;
  #disposed = false;

  constructor(n: number, { target = "auto" }: DenseLUOptions = {}) {
    this.n = n;
    if (target === "auto") this.target = n < MIN_WASM || typeof WebAssembly === "undefined" ? "js" : "wasm";
    else this.target = target;
    if (this.target === "js") {
      const a = (this.#a = new Float64Array(n * n));
      const swap = (this.#swap = new Int32Array(n));
      this.#factor = () => denseFactor(n, a, swap);
      this.#solve = (b) => denseSolve(n, a, swap, b);
      return;
    }
    const runtime = (this.#runtime = Runtime.for({ f64: n * n + (VECTORS + 2) * n, i32: n }));
    const a = (this.#a = runtime.f64(n * n));
    const swap = (this.#swap = runtime.i32(n));
    /** For right sides that live elsewhere. */
    const inner = runtime.f64(n);
    compiled ??= compileModuleSync(denseProgram, { target: "wasm" });
    const { denseFactor: factor, denseSolve: solve } = compiled.link(runtime).raw;
    const [pa, ps] = [a.byteOffset, swap.byteOffset];
    this.#factor = () => factor(n, pa, ps);
    this.#solve = (b) => {
      if (b.buffer === inner.buffer) solve(n, pa, ps, b.byteOffset);
      else {
        inner.set(b);
        solve(n, pa, ps, inner.byteOffset);
        b.set(inner);
      }
    };
  }

  /** A vector of zeros on which `solve` needs no copy; valid until `dispose`. */
  vector(): Float64Array {
    const { n } = this;
    const room = this.#runtime && this.#runtime.used + 8 * n + 16 <= this.#runtime.capacity;
    return room ? this.#runtime!.f64(n) : new Float64Array(n);
  }

  /** Gives the memory back; neither the factors nor any vector of `vector()` may be used again. */
  dispose(): void {
    this.#ready = false;
    this.#disposed = true;
    this.#runtime?.dispose();
  }

  /** Factors a row-major n-by-n matrix (which is kept). Returns -1, or the column at which it is singular. */
  factor(matrix: Float64Array): number {
    if (this.#disposed) throw new Failure("usage", "this dense factorization has been disposed of");
    const { n } = this;
    const a = this.#a;
    this.#norm = 0;
    for (let j = 0, p = 0; j < n; j++) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const v = matrix[i * n + j];
        a[p++] = v;
        sum += Math.abs(v);
      }
      if (sum > this.#norm) this.#norm = sum;
    }
    const column = this.#factor();
    this.#ready = column < 0;
    return column;
  }

  /** b = A^-1 b. */
  solve(b: Float64Array): void {
    this.#check(b);
    this.#solve(b);
  }

  /** b = A^-T b. */
  solveTransposed(b: Float64Array): void {
    this.#check(b);
    denseSolveTransposed(this.n, this.#a, this.#swap, b);
  }

  /** Estimate (from below) of |A|_1 * |A^-1|_1. */
  conditionEstimate(): number {
    return this.#norm * inverseNorm1(this.n, (b) => this.solve(b), (b) => this.solveTransposed(b)); // oxfmt-ignore
  }

  #check(b: Float64Array): void {
    if (!this.#ready) throw new Failure("usage", "the dense factorization holds no factors");
    if (b.length !== this.n) throw new Failure("usage", `a right side of ${b.length} numbers for ${this.n} unknowns`);
  }
}
