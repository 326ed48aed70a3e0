// What a `Sequence` chooses from: ways of solving with their parameters, as plain data, and what each keeps from system to system:
// the compiled matrix, orderings and symbolic analysis, factors, preconditioners, Krylov subspaces.
// Costs are counted in multiplications and additions, by formulae of the pattern, so that a choice can be repeated and a run be stopped
// before it costs more than it may. Setups are charged by what they take in the mean: 10 an entry for factors without fill, 80 with.
import { type Sparse, SparseProduct, toLayout } from "../../array/index.ts";
import type { Budget } from "../../base/index.ts";
import { analyzeBlockLU, BlockLU } from "../direct/block-lu.ts";
import { analyzeCholesky, SparseCholesky } from "../direct/sparse-cholesky.ts";
import { cg } from "../iterative/cg.ts";
import { gcroDr, Recycler } from "../iterative/gcro-dr.ts";
import { gmres } from "../iterative/gmres.ts";
import { residualEvidence } from "../iterative/iteration.ts";
import type { IterativeResult, Preconditioner } from "../operator.ts";
import { ic0 } from "../precondition/ic0.ts";
import { ict } from "../precondition/ict.ts";
import { ilu0 } from "../precondition/ilu0.ts";
import { ilut } from "../precondition/ilut.ts";
import { jacobiPreconditioner } from "../precondition/jacobi.ts";
import { Relaxation } from "./relaxation.ts";

/** A way of solving. `direct`: factors, Cholesky's where they exist. `shift`: IC(0) of A + shift diag(A). `drop`: see `ict`, `ilut`. */
export type Arm =
  | { readonly method: "direct" }
  | { readonly method: "sor" | "ssor-cg"; readonly omega: number }
  | { readonly method: "ic0-cg"; readonly shift?: number }
  | { readonly method: "ict-cg" | "ilut-gmres" | "ilut-gcro-dr"; readonly drop: number }
  | {
      readonly method:
        | "cg"
        | "jacobi-cg"
        | "gmres"
        | "jacobi-gmres"
        | "ilu0-gmres"
        | "gcro-dr"
        | "jacobi-gcro-dr"
        | "ilu0-gcro-dr";
    };

/** How much a run may cost at most. */
export interface Allowance {
  readonly iterations: number;
  readonly work: number;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

export interface ArmRun {
  readonly result: IterativeResult;
  /** Multiplications and additions, by formula. */
  readonly work: number;
}

export const armName = (arm: Arm): string =>
  arm.method +
  ("omega" in arm ? ` ${arm.omega}` : "drop" in arm ? ` ${arm.drop}` : "shift" in arm ? ` ${arm.shift}` : "");

/** A preconditioner in use. */
interface Kept {
  readonly preconditioner: Preconditioner;
  /** Steps right after it was made; -1: not known yet. */
  fresh: number;
  /** To be made anew for the next system. */
  stale: boolean;
  /** Of the matrix it was made of. */
  readonly version: number;
} // oxfmt-ignore

/** Counts of what was made and what was used again. */
export interface ReuseCounts {
  analyses: number;
  factors: number;
  preconditioners: number;
  reused: number;
}

/** The systems of one pattern. */
export class Workshop {
  readonly product: SparseProduct;
  readonly counts: ReuseCounts;
  readonly #recyclers: Map<number, Recycler>;
  readonly #growth: number;
  readonly #kept = new Map<number, Kept>();
  #relaxation: Relaxation | undefined;
  #cholesky: SparseCholesky | undefined;
  #lu: BlockLU | undefined;
  /** Cholesky failed on this pattern once: LU from then on. */
  #general: boolean;
  #factored = false;
  /** Counts the matrices. */
  #version = 0;

  constructor(matrix: Sparse, symmetric: boolean, growth: number, counts: ReuseCounts, recyclers: Map<number, Recycler>) {
    this.product = new SparseProduct(matrix);
    this.#general = !symmetric;
    this.#growth = growth;
    this.counts = counts;
    this.#recyclers = recyclers;
  } // oxfmt-ignore

  /** Is this matrix of the same pattern? Then its entries are taken over. */
  accept(given: Sparse): boolean {
    const { ptr, idx, values, rows, cols } = this.product.matrix;
    if (given.rows !== rows || given.cols !== cols || given.imaginary) return false;
    const matrix = toLayout(given, "csr");
    const count = ptr[rows];
    if (matrix.ptr[rows] !== count) return false;
    for (let i = 0; i <= rows; i++) if (matrix.ptr[i] !== ptr[i]) return false;
    let same = true;
    for (let p = 0; p < count; p++) {
      if (matrix.idx[p] !== idx[p]) return false;
      if (matrix.values[p] !== values[p]) same = false;
    }
    if (same) return true;
    this.product.replace(matrix);
    this.#version++;
    this.#factored = false;
    return true;
  }

  /** One system by one arm, within the allowance. */
  run(index: number, arm: Arm, b: Float64Array, tolerance: number, x0: Float64Array | undefined, allowance: Allowance): ArmRun {
    switch (arm.method) {
      case "direct":
        return this.#direct(b, tolerance, allowance);
      case "sor":
      case "ssor-cg":
        return this.#relax(arm.method, arm.omega, b, tolerance, x0, allowance);
      default:
        return this.#krylov(index, arm, b, tolerance, x0, allowance);
    }
  } // oxfmt-ignore

  #direct(b: Float64Array, tolerance: number, allowance: Allowance): ArmRun {
    const { product } = this;
    if (allowance.iterations < 1) return { work: 0, result: none(b.length) };
    let work = 0;
    const x = Float64Array.from(b);
    let name = "cholesky";
    let broken = "";
    if (!this.#general) {
      if (!this.#cholesky) {
        this.counts.analyses++;
        this.#cholesky = new SparseCholesky(analyzeCholesky(product.matrix));
      } else if (!this.#factored) this.counts.reused++;
      const { layout, tried, ordering } = this.#cholesky.analysis;
      const flops = tried.find((each) => each.ordering === ordering)?.flops ?? layout.size;
      if ((this.#factored ? 0 : flops) + 4 * layout.size > allowance.work) return { work, result: none(b.length) };
      if (!this.#factored) {
        work += flops;
        this.counts.factors++;
        if (this.#cholesky.factor(product.matrix).kind === "ok") this.#factored = true;
        else this.#general = true;
      }
      work += 4 * layout.size;
    }
    if (this.#general) {
      name = "lu";
      // Compressed columns of A^T are the rows of A: A x = b by the transposed solve.
      const transposed: Sparse = { ...product.matrix, layout: "csc" };
      if (!this.#lu) {
        this.counts.analyses++;
        this.#lu = new BlockLU(analyzeBlockLU(transposed));
      } else if (!this.#factored) this.counts.reused++;
      const { predictedFlops, predictedEntries } = this.#lu.analysis;
      if (work + (this.#factored ? 0 : predictedFlops) + 4 * predictedEntries > allowance.work) return { work, result: none(b.length) }; // oxfmt-ignore
      if (!this.#factored) {
        work += predictedFlops;
        this.counts.factors++;
        const status = this.#lu.refactor(product.matrix.values);
        if (status.kind === "singular") broken = `the matrix is singular: row ${status.column} depends on others`;
        else this.#factored = true;
      }
      work += 4 * predictedEntries;
    }
    if (broken) {
      x.fill(0);
      return { work, result: finished(x, "breakdown", broken, 0, 1, name) };
    }
    const solve = (v: Float64Array): void => (this.#general ? this.#lu!.solveTransposed(v) : this.#cholesky!.solve(v));
    solve(x);
    let residual = this.#residual(b, x);
    if (residual.relative > tolerance && Number.isFinite(residual.relative)) {
      // One step of refinement.
      solve(residual.r);
      const better = x.map((value, i) => value + residual.r[i]);
      const next = this.#residual(b, better);
      if (next.relative < residual.relative) {
        x.set(better);
        residual = next;
      }
    }
    const good = residual.relative <= tolerance;
    const reason = good ? `|b - A x| <= ${tolerance} |b|` : "refinement falls no further";
    return { work, result: finished(x, good ? "converged" : "stalled", reason, 1, residual.relative, name) };
  }

  #residual(b: Float64Array, x: Float64Array): { r: Float64Array; relative: number } {
    const r = new Float64Array(b.length);
    this.product.apply(x, r);
    let [sum, whole] = [0, 0];
    for (let i = 0; i < b.length; i++) {
      r[i] = b[i] - r[i];
      sum += r[i] * r[i];
      whole += b[i] * b[i];
    }
    return { r, relative: whole === 0 ? Math.sqrt(sum) : Math.sqrt(sum / whole) };
  }

  #relax(method: "sor" | "ssor-cg", omega: number, b: Float64Array, tolerance: number, x0: Float64Array | undefined, allowance: Allowance): ArmRun {
    const relaxation = (this.#relaxation ??= new Relaxation(this.product));
    const { entries, rows: n } = this.product;
    const each = method === "sor" ? 4 * entries : 6 * entries + 10 * n;
    const limit = limitOf(allowance, each, 0, n);
    relaxation.b.set(b);
    if (x0) relaxation.x.set(x0);
    else relaxation.x.fill(0);
    const options = { omega, tolerance, limit };
    const run = limit < 1 ? undefined : method === "sor" ? relaxation.sor(options) : relaxation.ssorCg(options);
    if (!run) return { work: 0, result: none(n) };
    const { converged, iterations, residual, indefinite } = run;
    const status = converged ? "converged" : indefinite ? "breakdown" : iterations >= limit ? "limit" : "stalled";
    const reason = converged ? `|b - A x| <= ${tolerance} |b|` : indefinite ? "the matrix is not positive definite" : `${iterations} steps`;
    return { work: iterations * each, result: finished(Float64Array.from(relaxation.x), status, reason, iterations, residual, method) };
  } // oxfmt-ignore

  #krylov(index: number, arm: Exclude<Arm, { method: "direct" | "sor" | "ssor-cg" }>, b: Float64Array, tolerance: number, x0: Float64Array | undefined, allowance: Allowance): ArmRun {
    const { product } = this;
    const { entries, rows: n } = product;
    const [first, rest] = split(arm.method);
    let setup = 0;
    let kept = this.#kept.get(index);
    // A diagonal costs nothing to make, so it is that of the matrix.
    if (first !== "none" && (!kept || kept.stale || (first === "jacobi" && kept.version !== this.#version))) {
      setup = (first === "ict" || first === "ilut" ? 80 : 10) * entries;
      if (limitOf(allowance, 2 * entries, setup, n) < 1) return { work: 0, result: none(n) };
      kept?.preconditioner.dispose?.();
      kept = { preconditioner: make(first, arm, product.matrix), fresh: -1, stale: false, version: this.#version };
      this.#kept.set(index, kept);
      this.counts.preconditioners++;
    } else if (kept) this.counts.reused++;
    const preconditioner = kept?.preconditioner;
    const vectors = rest === "cg" ? 10 : rest === "gmres" ? 80 : 120;
    const each = 2 * entries + 2 * (preconditioner?.entries ?? 0) + vectors * n;
    // Restarts, and subspaces of another system, take products besides those of steps.
    const more = rest === "gcro-dr" ? 12 : 0;
    const most = Math.floor(limitOf(allowance, each, setup + more * each, n) / (rest === "cg" ? 1 : 1.06));
    if (most < 1) return { work: setup, result: none(n) };
    // One made of another matrix is given up where it needs far more steps than it did.
    const old = kept !== undefined && kept.fresh >= 0 && kept.version !== this.#version;
    const limit = old ? Math.min(most, 3 * kept!.fresh + 30) : most;
    const { budget, signal } = allowance;
    const options = { tolerance, limit, preconditioner, x0, budget, signal };
    let recycler = this.#recyclers.get(index);
    if (rest === "gcro-dr" && !recycler) this.#recyclers.set(index, (recycler = new Recycler()));
    const result = rest === "cg" ? cg(product, b, options) : rest === "gmres" ? gmres(product, b, options) : gcroDr(product, b, { ...options, recycler, keep: 10 });
    const work = setup + (Math.max(result.products, result.iterations)) * each;
    if (old && result.status !== "converged" && !signal?.aborted && result.stop?.kind !== "time") {
      kept!.stale = true;
      const left = { ...allowance, iterations: allowance.iterations - result.iterations, work: allowance.work - work };
      const again = this.#krylov(index, arm, b, tolerance, x0, left);
      return { work: work + again.work, result: { ...again.result, iterations: result.iterations + again.result.iterations, products: result.products + again.result.products } };
    }
    if (kept) {
      if (result.status !== "converged") kept.stale = true;
      else if (kept.fresh < 0) kept.fresh = result.iterations;
      else if (result.iterations > (1 + this.#growth) * kept.fresh + 2) kept.stale = true;
    }
    return { work, result };
  } // oxfmt-ignore

  dispose(): void {
    for (const { preconditioner } of this.#kept.values()) preconditioner.dispose?.();
    this.#cholesky?.dispose();
    this.#lu?.dispose();
    this.product.dispose();
  }
}

/** Preconditioner and method. */
function split(method: string): [string, "cg" | "gmres" | "gcro-dr"] {
  const rest = method.endsWith("gcro-dr") ? "gcro-dr" : method.endsWith("gmres") ? "gmres" : "cg";
  return [method === rest ? "none" : method.slice(0, -rest.length - 1), rest];
}

function make(name: string, arm: Arm, matrix: Sparse): Preconditioner {
  switch (name) {
    case "ic0":
      return ic0("shift" in arm && arm.shift ? shifted(matrix, arm.shift) : matrix);
    case "ict":
      return ict(matrix, { drop: (arm as { drop: number }).drop });
    case "ilut":
      return ilut(matrix, { drop: (arm as { drop: number }).drop });
    case "ilu0":
      return ilu0(matrix);
    default:
      return jacobiPreconditioner(matrix);
  }
}

/** A + shift diag(A). */
function shifted(matrix: Sparse, shift: number): Sparse {
  const { ptr, idx, rows } = matrix;
  const values = Float64Array.from(matrix.values);
  for (let i = 0; i < rows; i++) for (let p = ptr[i]; p < ptr[i + 1]; p++) if (idx[p] === i) values[p] *= 1 + shift;
  return { ...matrix, values };
}

/** Steps that the allowance leaves; products after the first and the last step are counted as steps. */
const limitOf = ({ iterations, work }: Allowance, each: number, setup: number, n: number): number =>
  Math.floor(Math.min(iterations, (work - setup) / each - 3, Math.max(10_000, 10 * n)));

function finished(x: Float64Array, status: IterativeResult["status"], reason: string, iterations: number, residual: number, method: string): IterativeResult {
  return { x, status, reason, iterations, products: iterations, residual, history: [residual], evidence: [residualEvidence(residual, method)] };
} // oxfmt-ignore

const none = (n: number): IterativeResult =>
  finished(new Float64Array(n), "limit", "no step was allowed", 0, 1, "none");
