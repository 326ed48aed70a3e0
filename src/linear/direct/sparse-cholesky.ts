// Sparse Cholesky factorization A = L L^T of symmetric positive definite matrices, and L S L^T (S = diag(+-1), the same as L D L^T
// without pivoting) of symmetric ones: analysed once for a pattern, factored for each set of values.
// Only the half of A below the diagonal is used, and the diagonal. Without pivoting the second one is safe for quasi-definite
// matrices only; elsewhere residuals must be looked at (`linsolve` does).
// Sources in cholesky-layout.ts, cholesky-program.ts, sparse-right.ts and the orderings. Left out: 2 x 2 pivots, updates and downdates of factors.
import { type Sparse, toLayout, transpose } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { type Compiled, compileModuleSync, Runtime } from "../../compile/index.ts";
import { inverseNorm1 } from "../condition.ts";
import { type Edges, type NodeGraph, NodeReach, type SparseRight, type SparseSolveOptions, type SparseVector } from "../sparse-right.ts"; // oxfmt-ignore
import { choleskyLayout, type CholeskyLayout, type OrderedTree, orderedTree } from "./cholesky-layout.ts";
import { choleskyProgram } from "./cholesky-program.ts";
import { type SymmetricOrdering, symmetricOrder } from "./orderings.ts";

export interface CholeskyOptions {
  /** How rows and columns are ordered: "auto" (the default) takes amd, or nested dissection where amd fills much and that fills less. */
  readonly ordering?: "auto" | SymmetricOrdering | Int32Array;
}

/** What is known from the pattern alone. */
export interface CholeskyAnalysis {
  readonly n: number;
  readonly ordering: SymmetricOrdering | "given";
  readonly layout: CholeskyLayout;
  /** Stored entries of the matrix analysed, in compressed columns. */
  readonly entries: number;
  /** The orderings looked at. */
  readonly tried: readonly { readonly ordering: string; readonly entries: number; readonly flops: number }[];
}

/** "ok", or the column of A (from 0) at which the matrix turned out not to be positive definite (or singular). */
export type CholeskyStatus = { readonly kind: "ok" } | { readonly kind: "breakdown"; readonly column: number };

const columns = (matrix: Sparse): Sparse => {
  const { rows, cols, layout, imaginary } = matrix;
  if (rows !== cols) throw new Failure("usage", `a symmetric factorization of a matrix of ${rows} x ${cols}`);
  if (imaginary) throw new Failure("unsupported", "a symmetric factorization of a complex matrix", { hint: "Factor realForm(A) by LU." }); // oxfmt-ignore
  // Rows of a symmetric matrix are its columns.
  return layout === "csc" ? matrix : transpose(matrix);
};

/** Is there an entry above, and one below the diagonal? Of halves the upper one is turned over. */
function lowerHalf(matrix: Sparse): Sparse {
  const a = columns(matrix);
  let [above, below] = [false, false];
  for (let j = 0; j < a.cols; j++)
    for (let p = a.ptr[j]; p < a.ptr[j + 1]; p++) {
      if (a.idx[p] < j) above = true;
      else if (a.idx[p] > j) below = true;
    }
  return above && !below ? toLayout(transpose(a), "csc") : a;
}

/** Operations of minimum degree, a row, from which "auto" tries nested dissection: the search for separators takes as long as some 20,000. */
const DISSECT = 40_000;

/** The order and the layout for all matrices of this pattern: whole, or one half of it. Values are not looked at. */
export function analyzeCholesky(matrix: Sparse, { ordering = "auto" }: CholeskyOptions = {}): CholeskyAnalysis {
  const a = lowerHalf(matrix);
  const { cols: n, ptr, idx } = a;
  const tried: { ordering: string; entries: number; flops: number }[] = [];
  let best: { name: SymmetricOrdering | "given"; tree: OrderedTree } | undefined;
  const propose = (name: SymmetricOrdering | "given", order: Int32Array): void => {
    const tree = orderedTree(n, ptr, idx, order);
    tried.push({ ordering: name, entries: tree.entries, flops: tree.flops });
    if (!best || tree.flops < best.tree.flops) best = { name, tree };
  };
  if (typeof ordering !== "string") {
    if (ordering.length !== n || new Set(ordering).size !== n || ordering.some((k) => !(k >= 0 && k < n)))
      throw new Failure("usage", `the given ordering is not a permutation of 0 .. ${n - 1}`);
    propose("given", ordering.slice());
  } else {
    const first = ordering === "auto" ? "amd" : ordering;
    propose(first, symmetricOrder(a, first));
    if (ordering === "auto" && best!.tree.flops > DISSECT * n) propose("nested-dissection", symmetricOrder(a, "nested-dissection")); // oxfmt-ignore
  }
  return { n, ordering: best!.name, layout: choleskyLayout(n, ptr, idx, best!.tree), entries: ptr[n], tried };
}

/** The tree of supernodes: each leads to that of the first row below it, which has all of the others. */
function reachGraph({ n, nodes, nodeCol, nodeOf, order, rowPtr, nodeRow }: CholeskyLayout): NodeGraph {
  const [begin, length] = [new Int32Array(nodes), new Int32Array(nodes)];
  for (let s = 0; s < nodes; s++) {
    begin[s] = rowPtr[s] + nodeCol[s + 1] - nodeCol[s];
    length[s] = begin[s] < rowPtr[s + 1] ? 1 : 0;
  }
  const parent: Edges = { begin, length, to: nodeRow, nodeOf };
  return { n, nodes, nodeCol, nodeOf, rowOrder: order, colOrder: order, lower: parent, rows: parent }; // oxfmt-ignore
}

let compiled: Compiled | undefined;

/** The factor of one matrix of an analysed pattern. It holds a memory: give it back with `dispose`. */
export class SparseCholesky {
  readonly analysis: CholeskyAnalysis;
  /** Were negative pivots allowed (L S L^T)? */
  readonly indefinite: boolean;
  readonly #runtime: Runtime;
  readonly #L: Float64Array;
  readonly #sign: Float64Array;
  readonly #x: Float64Array;
  readonly #factor: (least: number) => number;
  /** By the first nodes of `chosen`. */
  readonly #forward: (count: number) => void;
  readonly #backward: (count: number) => void;
  readonly #chosen: Int32Array;
  /** Does `chosen` hold all nodes? */
  #all = false;
  #reach: NodeReach | undefined;
  #ready = false;
  #dirty = false;

  constructor(analysis: CholeskyAnalysis, { indefinite = false }: { readonly indefinite?: boolean } = {}) {
    this.analysis = analysis;
    this.indefinite = indefinite;
    const { layout } = analysis;
    const { n, nodes, size } = layout;
    const names = ["nodeCol", "rowPtr", "nodeRow", "blockPtr", "nodeOf"] as const;
    const integers = names.reduce((sum, name) => sum + layout[name].length, 0) + 4 * nodes + n;
    const runtime = Runtime.for({ f64: size + 3 * n + 8, i32: integers });
    this.#runtime = runtime;
    const at = {} as Record<(typeof names)[number], number>;
    for (const name of names) {
      const view = runtime.i32(layout[name].length);
      view.set(layout[name]);
      at[name] = view.byteOffset;
    }
    const [head, next, from] = [0, 1, 2].map(() => runtime.i32(nodes).byteOffset);
    const place = runtime.i32(n).byteOffset;
    const chosen = (this.#chosen = runtime.i32(nodes));
    const L = (this.#L = runtime.f64(size));
    const sign = (this.#sign = runtime.f64(n));
    const x = (this.#x = runtime.f64(n));
    const work = runtime.f64(n).byteOffset;
    compiled ??= compileModuleSync(choleskyProgram(), { target: "wasm" });
    const { raw } = compiled.link(runtime);
    const kind = indefinite ? "ldl" : "cholesky";
    const { nodeCol, rowPtr, nodeRow, blockPtr, nodeOf } = at;
    this.#factor = (least) =>
      raw[kind](nodes, n, least, nodeCol, rowPtr, nodeRow, blockPtr, nodeOf, head, next, from, place, L.byteOffset, sign.byteOffset); // oxfmt-ignore
    this.#forward = (count) => void raw[`${kind}Forward`](count, chosen.byteOffset, nodeCol, rowPtr, nodeRow, blockPtr, L.byteOffset, sign.byteOffset, x.byteOffset, work); // oxfmt-ignore
    this.#backward = (count) => void raw[`${kind}Backward`](count, chosen.byteOffset, nodeCol, rowPtr, nodeRow, blockPtr, L.byteOffset, sign.byteOffset, x.byteOffset, work); // oxfmt-ignore
  }

  /** Factors the matrix with these values, in the order of the pattern analysed (of an upper half: of its rows). */
  factor(matrix: Sparse): CholeskyStatus {
    const a = lowerHalf(matrix);
    const { layout, entries, n } = this.analysis;
    if (a.cols !== n || a.ptr[n] !== entries)
      throw new Failure("usage", `a matrix of ${a.cols} columns and ${a.ptr[n]} entries; analysed was one of ${n} and ${entries}`); // oxfmt-ignore
    if (this.#runtime.disposed) throw new Failure("usage", "this factorization has been disposed of");
    const { entryFrom, entryTo } = layout;
    const { values } = a;
    const L = this.#L;
    if (this.#dirty) L.fill(0);
    this.#dirty = true;
    let largest = 0;
    for (let q = 0; q < entryFrom.length; q++) {
      const v = values[entryFrom[q]];
      L[entryTo[q]] = v;
      const size = Math.abs(v);
      if (!(size <= largest)) largest = size;
    }
    const column = this.#factor(largest * 1e-15);
    this.#ready = column < 0;
    return column < 0 ? { kind: "ok" } : { kind: "breakdown", column: layout.order[column] };
  }

  /** b = A^-1 b. */
  solve(b: Float64Array): void {
    const { n, layout } = this.analysis;
    const { order, nodes } = layout;
    this.#solvable();
    if (b.length !== n) throw new Failure("usage", `a right side of ${b.length} numbers for ${n} unknowns`);
    const x = this.#x;
    for (let k = 0; k < n; k++) x[k] = b[order[k]];
    if (!this.#all) for (let s = 0; s < nodes; s++) this.#chosen[s] = s;
    this.#all = true;
    this.#forward(nodes);
    this.#backward(nodes);
    for (let k = 0; k < n; k++) b[order[k]] = x[k];
  }

  /**
   * A^-1 b of a right side with few entries: the entries of x that are wanted, in that order, or all that the pattern does not make 0,
   * ascending. The same numbers as those of `solve`. Time: for the supernodes between the entries of b and the roots of their trees, and
   * between the wanted ones and the roots; without `wanted`, for all supernodes of these trees in the second half.
   */
  solveSparse(b: SparseRight, { wanted }: SparseSolveOptions = {}): SparseVector {
    this.#solvable();
    this.#reach ??= new NodeReach(reachGraph(this.analysis.layout));
    this.#all = false;
    return this.#reach.solve(b, wanted, this.#x, (lower, upper) => {
      this.#chosen.set(lower);
      this.#forward(lower.length);
      this.#chosen.set(upper);
      this.#backward(upper.length);
    });
  }

  #solvable(): void {
    if (!this.#ready) throw new Failure("numeric", "the symmetric factorization holds no factor", { hint: "factor(A) said why." }); // oxfmt-ignore
  }

  /** Numbers of positive and negative pivots: of eigenvalues, by Sylvester's law of inertia. */
  inertia(): { readonly positive: number; readonly negative: number } {
    if (!this.indefinite) return { positive: this.analysis.n, negative: 0 };
    let negative = 0;
    for (const s of this.#sign) if (s < 0) negative++;
    return { positive: this.analysis.n - negative, negative };
  }

  /** log |det A|. */
  logDeterminant(): number {
    const { nodes, nodeCol, rowPtr, blockPtr } = this.analysis.layout;
    let sum = 0;
    for (let s = 0; s < nodes; s++)
      for (let c = 0, p = blockPtr[s]; c < nodeCol[s + 1] - nodeCol[s]; c++, p += rowPtr[s + 1] - rowPtr[s] + 1)
        sum += 2 * Math.log(this.#L[p]);
    return sum;
  }

  /** Estimate (from below) of |A^-1|_1. */
  inverseNorm(): number {
    const solve = (b: Float64Array): void => this.solve(b);
    return inverseNorm1(this.analysis.n, solve, solve);
  }

  dispose(): void {
    this.#ready = false;
    this.#runtime.dispose();
  }
}
