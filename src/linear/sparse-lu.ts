// Sparse LU for many matrices of one pattern, as implicit integrators need it: analyse once, factor with pivoting, then
// refactor with the same pivots while they remain good.
// The ordering is chosen by the operations it costs on the given pattern: approximate minimum degree on A + A^T, or the
// diagonal Markowitz order where the pattern is far from symmetric (on the Jacobians of reaction networks the latter needs
// several times fewer operations). Sources in amd.ts, markowitz.ts, gilbert-peierls.ts, supernode.ts, sparse-right.ts. Leaves out block
// triangular form and scaling: the diagonal of M = a*I - J is there, and one refinement step repairs the rest.
import { Failure } from "../base/index.ts";
import { amd } from "./amd.ts";
import { inverseNorm1 } from "./condition.ts";
import { luFill, type Fill } from "./gilbert-peierls.ts";
import { luEngine, type LUEngine, type LUTarget } from "./lu-engine.ts";
import { markowitz } from "./markowitz.ts";
import { checkPattern, symmetrized, type SparsePattern } from "./pattern.ts";
import { type NodeGraph, NodeReach, type SparseRight, type SparseSolveOptions, type SparseVector } from "./sparse-right.ts"; // oxfmt-ignore
import { supernodes, type LULayout } from "./supernode.ts";

export type OrderingName = "amd" | "markowitz" | "natural" | "given";

export interface SparseLUOptions {
  /** "auto" (the default) takes the ordering with the fewest operations; an Int32Array is a permutation to use as it is. */
  readonly ordering?: "auto" | "amd" | "markowitz" | "natural" | Int32Array;
  /** factor: the diagonal is taken when it is at least this share of its column. Default 1e-3. */
  readonly pivotTolerance?: number;
  /** refactor: a pivot below this share of its column leads to a fresh factor. Default 1e-6. */
  readonly refactorTolerance?: number;
  /** Widest supernode. Default 32. */
  readonly maxWidth?: number;
  /** What factors and solves: WebAssembly, or plain functions with the same results bit by bit. "auto" (the default): WebAssembly where there is any and the factors are not tiny. */
  readonly target?: "auto" | LUTarget;
}

/** What is known from the pattern alone: the order and the fill of diagonal pivots. */
export interface SparseLUAnalysis {
  readonly pattern: SparsePattern;
  readonly options: SparseLUOptions;
  readonly ordering: OrderingName;
  /** colOrder[k]: the column, and preferred row, eliminated k-th. */
  readonly colOrder: Int32Array;
  /** Layout of the factors for diagonal pivots. */
  readonly layout: LULayout;
  /** Entries of L and U together, the diagonal once, without padding; operations of a factorization. */
  readonly entries: number;
  readonly flops: number;
  /** The orderings tried, with their operations (Infinity: given up, or stopped once beaten). */
  readonly tried: readonly { readonly ordering: OrderingName; readonly flops: number }[];
}

/**
 * How a factorization went. "reused": the pivots were kept; "pivoted": a fresh factor chose pivots; "singular": no usable
 * pivot in `column` (a column of A), and there are no factors.
 */
export interface LUStatus {
  readonly kind: "reused" | "pivoted" | "singular";
  readonly column: number;
}

const REUSED: LUStatus = { kind: "reused", column: -1 };
const PIVOTED: LUStatus = { kind: "pivoted", column: -1 };

/** Factors with fewer entries than this stay in plain functions: a memory of their own would not pay. */
const SMALL = 500;

/** Markowitz gives up after so many list operations, plus 100 an entry: a fraction of a second. */
const MARKOWITZ_WORK = 5e7;

/** Share of off-diagonal entries (i, j) whose mirror (j, i) is an entry too. */
function symmetry({ n, colPtr, rowIdx }: SparsePattern, both: SparsePattern): number {
  let entries = 0;
  for (let j = 0; j < n; j++) for (let p = colPtr[j]; p < colPtr[j + 1]; p++) if (rowIdx[p] !== j) entries++;
  return entries === 0 ? 1 : (2 * entries - both.colPtr[n]) / entries;
}

/** Order and symbolic structure of a pattern. */
export function analyzeLU(pattern: SparsePattern, options: SparseLUOptions = {}): SparseLUAnalysis {
  checkPattern(pattern);
  const { n } = pattern;
  const { ordering: wanted = "auto" } = options;
  const both = symmetrized(pattern);
  const tried: { ordering: OrderingName; flops: number }[] = [];
  let best: { ordering: OrderingName; colOrder: Int32Array; fill: Fill } | undefined;
  const propose = (ordering: OrderingName, colOrder: Int32Array | undefined): void => {
    const fill = colOrder && luFill(pattern, colOrder, { maxFlops: best?.fill.flops });
    if (!colOrder || !fill || "step" in fill) {
      tried.push({ ordering, flops: Infinity });
      return;
    }
    tried.push({ ordering, flops: fill.flops });
    if (!best || fill.flops < best.fill.flops) best = { ordering, colOrder, fill };
  };
  if (typeof wanted !== "string") {
    if (wanted.length !== n || new Set(wanted).size !== n || wanted.some((k) => k < 0 || k >= n))
      throw new Failure("usage", `the given ordering is not a permutation of 0 .. ${n - 1}`);
    propose("given", wanted.slice());
  } else if (wanted === "natural")
    propose(
      "natural",
      Int32Array.from({ length: n }, (_, k) => k),
    );
  else if (wanted === "markowitz") propose("markowitz", markowitz(pattern));
  else {
    // The likely winner first: the count for the other stops as soon as it is beaten.
    if (wanted === "auto" && symmetry(pattern, both) < 0.9)
      propose("markowitz", markowitz(pattern, { work: MARKOWITZ_WORK + 100 * pattern.colPtr[n] }));
    propose("amd", amd(both));
  }
  const { ordering, colOrder, fill } = best!;
  return {
    pattern,
    options,
    ordering,
    colOrder,
    layout: supernodes(pattern, colOrder, fill, options),
    entries: fill.lowIdx.length + fill.upIdx.length + n,
    flops: fill.flops,
    tried,
  };
}

function reachGraph(layout: LULayout): NodeGraph {
  const { n, nodes, nodeCol, rowPtr, nodeRow, upPtr, upCol, rowOrder, colOrder } = layout;
  const nodeOf = new Int32Array(n);
  for (let s = 0; s < nodes; s++) nodeOf.fill(s, nodeCol[s], nodeCol[s + 1]);
  const lower = { begin: rowPtr, to: nodeRow, nodeOf };
  const rows = { begin: upPtr, to: upCol, nodeOf };
  return { n, nodes, nodeCol, nodeOf, rowOrder, colOrder, lower, rows };
}

/** The factors of one matrix of an analysed pattern. Where `target` is "wasm" it holds a memory: give it back with `dispose`. */
export class SparseLU {
  readonly analysis: SparseLUAnalysis;
  readonly target: LUTarget;
  /** Fresh factorizations with pivot search, refactorizations with kept pivots. */
  readonly counts = { factor: 0, refactor: 0 };
  /** For diagonal pivots; it also holds the vectors that were asked for, and so stays until `dispose`. */
  readonly #diagonal: LUEngine;
  /** In use: `#diagonal`, or one for other pivots. */
  #engine: LUEngine;
  #ready = false;
  #disposed = false;
  #reach: { readonly layout: LULayout; readonly nodes: NodeReach } | undefined;

  constructor(analysis: SparseLUAnalysis) {
    this.analysis = analysis;
    const { target = "auto" } = analysis.options;
    if (target === "auto") this.target = typeof WebAssembly === "undefined" || analysis.entries < SMALL ? "js" : "wasm";
    else this.target = target;
    this.#diagonal = this.#engine = this.#make(analysis.layout);
  }

  /** Layout in use: that of the analysis until a pivot off the diagonal is needed. */
  get layout(): LULayout {
    return this.#engine.layout;
  }

  /** A vector of zeros on which `solve` (or, with a length, `factor`) needs no copy; valid until `dispose`. */
  vector(length = this.analysis.pattern.n): Float64Array {
    this.#alive();
    return this.#diagonal.vector(length);
  }

  /** Gives the memory back; neither the factors nor any vector of `vector()` may be used again. */
  dispose(): void {
    this.#ready = false;
    this.#disposed = true;
    if (this.#engine !== this.#diagonal) this.#engine.dispose();
    this.#diagonal.dispose();
  }

  /**
   * Factors the matrix with these values (in the order of the pattern), choosing pivots as if it were the first.
   * While the diagonal passes the test of threshold pivoting it is the choice, and no search is needed.
   */
  factor(values: Float64Array): LUStatus {
    const { pivotTolerance = 1e-3 } = this.analysis.options;
    if (this.#engine !== this.#diagonal) this.#use(this.#diagonal);
    return this.#keepPivots(values, pivotTolerance) ? REUSED : this.#searchPivots(values, pivotTolerance);
  }

  /** Factors with the pivots in use; where one has become too small, a fresh factor follows. The hot path. */
  refactor(values: Float64Array): LUStatus {
    const { pivotTolerance = 1e-3, refactorTolerance = 1e-6 } = this.analysis.options;
    return this.#keepPivots(values, refactorTolerance) ? REUSED : this.#searchPivots(values, pivotTolerance);
  }

  /** b = A^-1 b. */
  solve(b: Float64Array): void {
    this.#check(b);
    this.#engine.solve(b);
  }

  /**
   * A^-1 b of a right side with few entries: the entries of x that are wanted, in that order, or all that the pattern does not make 0,
   * ascending. The same numbers as those of `solve`; only the supernodes that b reaches, and that the wanted entries need, are looked at.
   */
  solveSparse(b: SparseRight, { wanted }: SparseSolveOptions = {}): SparseVector {
    this.#factored();
    const engine = this.#engine;
    if (this.#reach?.layout !== engine.layout) this.#reach = { layout: engine.layout, nodes: new NodeReach(reachGraph(engine.layout)) }; // oxfmt-ignore
    return this.#reach.nodes.solve(b, wanted, engine.x, (lower, upper) => engine.solveNodes(lower, upper));
  }

  /** b = A^-T b. */
  solveTransposed(b: Float64Array): void {
    this.#check(b);
    this.#engine.solveTransposed(b);
  }

  /**
   * b = A^-1 b with `steps` of iterative refinement in working precision (Skeel 1980); `values` are those factored last.
   */
  solveRefined(values: Float64Array, b: Float64Array, steps = 1): void {
    const { n, colPtr, rowIdx } = this.analysis.pattern;
    const right = b.slice();
    const r = new Float64Array(n);
    this.solve(b);
    for (let s = 0; s < steps; s++) {
      r.set(right);
      for (let j = 0; j < n; j++) {
        const v = b[j];
        for (let p = colPtr[j]; p < colPtr[j + 1]; p++) r[rowIdx[p]] -= values[p] * v;
      }
      this.solve(r);
      for (let i = 0; i < n; i++) b[i] += r[i];
    }
  }

  /** Estimate (from below) of the condition number |A|_1 * |A^-1|_1 of the matrix with these values, factored last. */
  conditionEstimate(values: Float64Array): number {
    const { n, colPtr } = this.analysis.pattern;
    let norm = 0;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = colPtr[j]; p < colPtr[j + 1]; p++) sum += Math.abs(values[p]);
      if (sum > norm) norm = sum;
    }
    return norm * inverseNorm1(n, (b) => this.solve(b), (b) => this.solveTransposed(b)); // oxfmt-ignore
  }

  #keepPivots(values: Float64Array, tolerance: number): boolean {
    const { pattern } = this.analysis;
    if (values.length < pattern.colPtr[pattern.n])
      throw new Failure("usage", `${values.length} values for ${pattern.colPtr[pattern.n]} entries of the pattern`);
    this.#alive();
    this.#ready = this.#engine.refactor(values, tolerance) < 0;
    if (this.#ready) this.counts.refactor++;
    return this.#ready;
  }

  #searchPivots(values: Float64Array, pivotTolerance: number): LUStatus {
    const { pattern, colOrder, options } = this.analysis;
    this.counts.factor++;
    const fill = luFill(pattern, colOrder, { values, pivotTolerance })!;
    if ("step" in fill) return { kind: "singular", column: colOrder[fill.step] };
    this.#use(this.#make(supernodes(pattern, colOrder, fill, options)));
    // Any pivot that is not zero will do here: rounding may differ from that of the search.
    const step = this.#engine.refactor(values, 0);
    this.#ready = step < 0;
    if (this.#ready) return PIVOTED;
    return { kind: "singular", column: colOrder[step] };
  }

  #make(layout: LULayout): LUEngine {
    const { n, colPtr } = this.analysis.pattern;
    return luEngine(layout, colPtr[n], this.target);
  }

  #use(engine: LUEngine): void {
    if (this.#engine !== this.#diagonal) this.#engine.dispose();
    this.#engine = engine;
    this.#ready = false;
  }

  #alive(): void {
    if (this.#disposed) throw new Failure("usage", "this sparse factorization has been disposed of");
  }

  #factored(): void {
    if (!this.#ready)
      throw new Failure("numeric", "the sparse factorization holds no factors", {
        hint: "call factor, and look at its status: a singular matrix leaves none",
      });
  }

  #check(b: Float64Array): void {
    this.#factored();
    if (b.length !== this.analysis.pattern.n)
      throw new Failure("usage", `a right side of ${b.length} numbers for ${this.analysis.pattern.n} unknowns`);
  }
}

/** The Failure that a status of kind "singular" stands for. */
export function singularFailure(status: LUStatus): Failure {
  return new Failure("numeric", `the matrix is singular, or not finite, in column ${status.column}`);
}
