// Systems of one pattern solved by relaxation, one after another: SOR, and conjugate gradients preconditioned by SSOR. The whole solve
// runs in one compiled loop; entries, diagonal and omega may change from system to system, nothing is set up. For large systems with
// budgets and histories see `sor`, `cg` and `ssorPreconditioner`, which do the same step by step.
import { type Sparse, SparseProduct } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { type Compiled, compileModuleSync } from "../../compile/index.ts";
import { relaxationProgram } from "./relaxation-kernels.ts";

let compiled: Compiled | undefined;

export interface RelaxOptions {
  /** 0 < omega < 2; for `ssorCg` also 0: no preconditioner. Default 1. */
  readonly omega?: number;
  /** |b - A x| / |b|. Default 1e-8. */
  readonly tolerance?: number;
  /** Steps at most. Default 10 n, at least 10,000. */
  readonly limit?: number;
}

export interface Relaxed {
  readonly converged: boolean;
  readonly iterations: number;
  /** |b - A x| / |b|, recomputed from x. */
  readonly residual: number;
  /** Of `ssorCg`: the matrix was seen not to be positive definite. */
  readonly indefinite: boolean;
}

export class Relaxation {
  readonly n: number;
  readonly product: SparseProduct;
  /** The right side and the solution, which is also where the next solve begins. */
  readonly b: Float64Array;
  readonly x: Float64Array;
  readonly #owned: boolean;
  readonly #mid: Int32Array;
  readonly #out: Float64Array;
  readonly #sor: (omega: number, goal: number, limit: number) => number;
  readonly #cg: (omega: number, goal: number, limit: number) => number;

  /** @throws Failure for matrices that are not square or lack entries on the diagonal. */
  constructor(given: Sparse | SparseProduct) {
    this.#owned = !(given instanceof SparseProduct);
    this.product = given instanceof SparseProduct ? given : new SparseProduct(given);
    const { matrix, runtime, rows: n, cols } = this.product;
    if (n !== cols) throw new Failure("usage", `relaxation of a matrix of ${n} x ${cols}`);
    const { ptr, idx, values } = matrix;
    const mid = (this.#mid = runtime.i32(n));
    for (let i = 0; i < n; i++) {
      let p = ptr[i];
      while (p < ptr[i + 1] && idx[p] < i) p++;
      if (p === ptr[i + 1] || idx[p] !== i) throw new Failure("numeric", `relaxation: no entry on the diagonal of row ${i}`);
      mid[i] = p;
    }
    this.n = n;
    const [b, x, r, z, p, q] = Array.from({ length: 6 }, () => runtime.f64(n));
    [this.b, this.x] = [b, x];
    const out = (this.#out = runtime.f64(2));
    compiled ??= compileModuleSync(relaxationProgram(), { target: typeof WebAssembly === "undefined" ? "js" : "wasm" });
    const { raw } = compiled.link(runtime);
    const place = [n, ptr.byteOffset, idx.byteOffset, values.byteOffset, mid.byteOffset] as const;
    const at = [b, x, r, z, p, q].map(({ byteOffset }) => byteOffset);
    this.#sor = (omega, goal, limit) => raw.sorSolve(...place, omega, goal, limit, at[0], at[1], out.byteOffset);
    this.#cg = (omega, goal, limit) => raw.ssorCg(...place, omega, goal, limit, ...at, out.byteOffset);
  } // oxfmt-ignore

  /** Entries by rows, to be changed at will; the pattern stays. */
  get values(): Float64Array {
    return this.product.matrix.values;
  }

  /** Places of the diagonal among `values`. */
  get diagonal(): Int32Array {
    return this.#mid;
  }

  /** Sweeps of SOR from `x` for the right side `b`. */
  sor(options: RelaxOptions = {}): Relaxed {
    const { omega = 1 } = options;
    if (!(omega > 0 && omega < 2)) throw new Failure("usage", `sor: omega is ${omega}`, { hint: "0 < omega < 2." });
    return this.#solve(this.#sor, omega, options);
  }

  /** Conjugate gradients from `x`, for symmetric positive definite matrices. */
  ssorCg(options: RelaxOptions = {}): Relaxed {
    const { omega = 1 } = options;
    if (!(omega >= 0 && omega < 2)) throw new Failure("usage", `ssorCg: omega is ${omega}`, { hint: "0 < omega < 2, or 0 for none." }); // oxfmt-ignore
    return this.#solve(this.#cg, omega, options);
  }

  #solve(method: (omega: number, goal: number, limit: number) => number, omega: number, options: RelaxOptions): Relaxed {
    const { b, x, n } = this;
    const { tolerance = 1e-8, limit = Math.max(10_000, 10 * n) } = options;
    if (!(tolerance >= 0 && tolerance < 1)) throw new Failure("usage", `a relative tolerance of ${tolerance}`, { hint: "Ask for 1e-4 to 1e-12." }); // oxfmt-ignore
    let whole = 0;
    for (let i = 0; i < n; i++) whole += b[i] * b[i];
    if (whole === 0) {
      x.fill(0);
      return { converged: true, iterations: 0, residual: 0, indefinite: false };
    }
    if (!(whole < Infinity)) throw new Failure("domain", "relaxation: the right side has numbers that are not finite, or too large");
    // The recurrence of conjugate gradients may be ahead of the true residual: then it goes on from x, as long as that gains.
    const goal = tolerance ** 2 * whole;
    let [iterations, before, square] = [0, Infinity, Infinity];
    let indefinite = false;
    do {
      before = square;
      iterations += method(omega, goal, Math.min(2 ** 31 - 1, limit - iterations));
      square = this.#out[0];
      indefinite = method === this.#cg && !(this.#out[1] > 0);
    } while (square > goal && iterations < limit && square < 0.25 * before && method === this.#cg);
    return { converged: square <= goal, iterations, residual: Math.sqrt(square / whole), indefinite };
  } // oxfmt-ignore

  dispose(): void {
    if (this.#owned) this.product.dispose();
  }
}
