// Sparse LU of general square matrices: block triangular form, rows scaled to a largest entry of 1, minimum degree in each block (nested
// dissection where it fills less), threshold partial pivoting that prefers the diagonal; analysed once for a pattern, factored with
// pivot search, refactored with the same pivots. Blocks with much fill are factored by supernodes (`SparseLU`) while their diagonal pivots will do.
// Source: Davis, Palamadai Natarajan, "Algorithm 907: KLU", ACM TOMS 37 (2010); others in the files of the parts.
import { type Sparse, toLayout } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { type Compiled, compileModuleSync, Runtime } from "../../compile/index.ts";
import { amd } from "../amd.ts";
import { inverseNorm1 } from "../condition.ts";
import { type SparsePattern, symmetrized } from "../pattern.ts";
import { analyzeLU, SparseLU, type SparseLUAnalysis } from "../sparse-lu.ts";
import { type BlockForm, blockTriangular, maximumTransversal } from "./block-triangular.ts";
import { orderedTree } from "./cholesky-layout.ts";
import type { SparseRight, SparseSolveOptions, SparseVector } from "../sparse-right.ts";
import { type BlockFactors, BlockReach } from "./block-lu-sparse-right.ts";
import { nestedDissection } from "./nested-dissection.ts";
import { FULL, partialPivotingProgram } from "./partial-pivoting-program.ts";

export interface BlockLUOptions {
  /** factor: the diagonal is taken when it is at least this share of its column. Default 1e-3. */
  readonly pivotTolerance?: number;
  /** refactor: a pivot below this share of its column leads to a fresh factor. Default 1e-6. */
  readonly refactorTolerance?: number;
}

/** What is known from the pattern alone. */
export interface BlockLUAnalysis {
  readonly n: number;
  readonly entries: number;
  readonly options: BlockLUOptions;
  /** Size of a maximum transversal. Below n the matrix is singular whatever its values; there are no blocks then. */
  readonly structuralRank: number;
  /** Columns that no row is left for. */
  readonly unmatched: readonly number[];
  readonly form: BlockForm;
  /** The permuted matrix by columns: rows (places) and which value of A. */
  readonly ptr: Int32Array;
  readonly row: Int32Array;
  readonly from: Int32Array;
  /** Blocks factored by supernodes, by number. */
  readonly dense: ReadonlyMap<number, { readonly analysis: SparseLUAnalysis; readonly from: Int32Array }>;
  /** Entries of L and U, the diagonal once, and operations, if all pivots were on the diagonal and the pattern symmetric: bounds from above. */
  readonly predictedEntries: number;
  readonly predictedFlops: number;
}

/** "reused": the pivots were kept; "pivoted": pivots were searched; "singular": no usable pivot in `column` (of A, from 0). */
export interface BlockLUStatus {
  readonly kind: "reused" | "pivoted" | "singular";
  readonly column: number;
}

/** Operations an entry of L and U from which supernodes pay. */
const DENSE = 40;

/** Operations of minimum degree, a row, from which nested dissection is tried: the search for separators takes as long as some 20,000. */
const DISSECT = 40_000;

/** The order, blocks and predicted fill for matrices of this pattern; values only tell which entries are large enough for the diagonal. */
export function analyzeBlockLU(matrix: Sparse, options: BlockLUOptions = {}): BlockLUAnalysis {
  const { rows: n, cols, ptr: colPtr, idx: rowIdx, values, imaginary } = toLayout(matrix, "csc");
  if (n !== cols) throw new Failure("usage", `an LU factorization of a matrix of ${n} x ${cols}`, { hint: "Ask for least squares." }); // oxfmt-ignore
  if (imaginary) throw new Failure("unsupported", "an LU factorization of a complex matrix", { hint: "Factor realForm(A)." }); // oxfmt-ignore
  const pattern: SparsePattern = { n, colPtr, rowIdx };
  const { rowOf, rank } = maximumTransversal(pattern, values);
  const base = {
    n,
    entries: colPtr[n],
    options,
    structuralRank: rank,
    unmatched: rank === n ? [] : [...rowOf.keys()].filter((j) => rowOf[j] < 0),
  };
  if (rank < n) {
    const none = new Int32Array(0);
    return { ...base, form: { rowOrder: none, colOrder: none, blocks: none }, ptr: none, row: none, from: none, dense: new Map(), predictedEntries: 0, predictedFlops: 0 }; // oxfmt-ignore
  }
  const coarse = blockTriangular(pattern, rowOf);
  const { blocks } = coarse;
  const colOrder = coarse.colOrder.slice();
  const rowOrder = coarse.rowOrder.slice();
  const place = new Int32Array(n);
  for (let k = 0; k < n; k++) place[rowOrder[k]] = k;
  // Minimum degree within each block; the same order for its rows, so that the matched entries stay on the diagonal.
  let [predictedEntries, predictedFlops] = [0, 0];
  const dense = new Map<number, { analysis: SparseLUAnalysis; from: Int32Array }>();
  for (let b = 0; b + 1 < blocks.length; b++) {
    const [k1, k2] = [blocks[b], blocks[b + 1]];
    if (k2 - k1 === 1) {
      predictedEntries++;
      continue;
    }
    const inner = blockPattern(pattern, colOrder, place, k1, k2);
    const both = symmetrized(inner);
    // The factors of B + B^T bound those of B while pivots stay on the diagonal.
    let tree = orderedTree(inner.n, both.colPtr, both.rowIdx, amd(both));
    if (tree.flops > DISSECT * inner.n) {
      const other = orderedTree(inner.n, both.colPtr, both.rowIdx, nestedDissection(both));
      if (other.flops < tree.flops) tree = other;
    }
    const { order } = tree;
    const [cs, rs] = [colOrder.slice(k1, k2), rowOrder.slice(k1, k2)];
    for (let k = k1; k < k2; k++) {
      colOrder[k] = cs[order[k - k1]];
      rowOrder[k] = rs[order[k - k1]];
    }
    for (let k = k1; k < k2; k++) place[rowOrder[k]] = k;
    const entries = 2 * tree.entries - inner.n;
    predictedEntries += entries;
    predictedFlops += 2 * tree.flops;
    if ((2 * tree.flops) / entries < DENSE) continue;
    const ordered = blockPattern(pattern, colOrder, place, k1, k2);
    dense.set(b, { analysis: analyzeLU(ordered, { ordering: "natural", ...options }), from: ordered.from });
  }
  const ptr = new Int32Array(n + 1);
  const row = new Int32Array(colPtr[n]);
  const from = new Int32Array(colPtr[n]);
  for (let k = 0, to = 0; k < n; k++) {
    const j = colOrder[k];
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++, to++) {
      row[to] = place[rowIdx[p]];
      from[to] = p;
    }
    ptr[k + 1] = to;
  }
  return { ...base, form: { rowOrder, colOrder, blocks }, ptr, row, from, dense, predictedEntries, predictedFlops };
}

/** The diagonal block k1 .. k2 of the permuted matrix, and which value of A each entry is. */
function blockPattern(
  { colPtr, rowIdx }: SparsePattern,
  colOrder: Int32Array,
  place: Int32Array,
  k1: number,
  k2: number,
): SparsePattern & { readonly from: Int32Array } {
  const n = k2 - k1;
  const ptr = new Int32Array(n + 1);
  let count = 0;
  for (let k = k1; k < k2; k++) count += colPtr[colOrder[k] + 1] - colPtr[colOrder[k]];
  const idx = new Int32Array(count);
  const from = new Int32Array(count);
  let to = 0;
  for (let k = 0; k < n; k++) {
    const j = colOrder[k1 + k];
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const i = place[rowIdx[p]];
      if (i < k1 || i >= k2) continue;
      idx[to] = i - k1;
      from[to++] = p;
    }
    ptr[k + 1] = to;
  }
  return { n, colPtr: ptr, rowIdx: idx.slice(0, to), from: from.slice(0, to) };
}

let compiled: Compiled | undefined;

interface Memory extends BlockFactors {
  readonly runtime: Runtime;
  readonly room: number;
  readonly used: Int32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Addresses. */
  readonly matrix: readonly number[];
  readonly work: { readonly pivotRow: number; readonly stack: number; readonly position: number; readonly topo: number; readonly reach: number }; // oxfmt-ignore
  readonly blocks: number;
}

/** The factors of one matrix of an analysed pattern. It holds a memory: give it back with `dispose`. */
export class BlockLU {
  readonly analysis: BlockLUAnalysis;
  /** Fresh factorizations with pivot search, refactorizations with kept pivots. */
  readonly counts = { factor: 0, refactor: 0 };
  #memory: Memory | undefined;
  readonly #inner = new Map<number, SparseLU>();
  readonly #blockValues = new Map<number, Float64Array>();
  /** Blocks in runs [b1, b2): those of the kernels, and single ones that are factored by supernodes; and from the last. */
  readonly #runs: readonly (readonly [b1: number, b2: number, apart: boolean])[];
  readonly #reversed: readonly (readonly [b1: number, b2: number, apart: boolean])[];
  #reach: BlockReach | undefined;
  #ready = false;
  #pivoted = false;
  #disposed = false;

  constructor(analysis: BlockLUAnalysis) {
    this.analysis = analysis;
    for (const [b, { analysis: inner }] of analysis.dense) this.#inner.set(b, new SparseLU(inner));
    this.#runs = this.#divided();
    this.#reversed = this.#runs.toReversed();
  }

  /** Entries of L and U in use, the diagonal once, without padding. */
  get entries(): number {
    const { form, dense } = this.analysis;
    const m = this.#memory;
    if (!m) return 0;
    let count = 0;
    for (let b = 0; b + 1 < form.blocks.length; b++) {
      const inner = this.#inner.get(b);
      if (inner) count += dense.get(b)!.analysis.entries;
      else for (let k = form.blocks[b]; k < form.blocks[b + 1]; k++) count += m.lowLen[k] + m.upLen[k] + 1;
    }
    return count;
  }

  /** Factors the matrix with these values (stored in the order of the one analysed, in compressed columns), searching pivots. */
  factor(values: Float64Array): BlockLUStatus {
    const { n, form, structuralRank, options } = this.analysis;
    this.#check(values);
    if (structuralRank < n) return { kind: "singular", column: this.analysis.unmatched[0] };
    this.counts.factor++;
    this.#reach = undefined;
    let room = this.#memory?.room ?? 0;
    for (;;) {
      const m = this.#load(values, room);
      const tolerance = options.pivotTolerance ?? 1e-3;
      m.step.fill(-1);
      m.mark.fill(-1);
      m.used.fill(0);
      m.x.fill(0);
      const result = this.#factorRuns(values, "factor", (b1, b2) =>
        m.raw.pivotFactor(b1, b2, m.blocks, tolerance, m.room, ...m.matrix, ...m.factors, m.step.byteOffset, m.work.pivotRow, m.used.byteOffset, m.work.stack, m.work.position, m.work.topo, m.mark.byteOffset, m.work.reach, m.x.byteOffset)); // oxfmt-ignore
      if (result === FULL) {
        room = 2 * m.room + n;
        continue;
      }
      this.#ready = result === -1;
      if (result >= 0) return { kind: "singular", column: form.colOrder[result] };
      m.raw.pivotRenumber(m.used[0], m.low.byteOffset, m.step.byteOffset);
      this.#pivoted = true;
      return { kind: "pivoted", column: -1 };
    }
  }

  /** Factors with the pivots in use; where one has become too small, or there are none, a fresh factor follows. */
  refactor(values: Float64Array): BlockLUStatus {
    if (!this.#pivoted) return this.factor(values);
    this.#check(values);
    const { options } = this.analysis;
    const m = this.#load(values, this.#memory!.room);
    const tolerance = options.refactorTolerance ?? 1e-6;
    const result = this.#factorRuns(values, "refactor", (b1, b2) =>
      m.raw.pivotRefactor(b1, b2, m.blocks, tolerance, ...m.matrix, ...m.factors, m.step.byteOffset, m.x.byteOffset)); // oxfmt-ignore
    if (result !== -1) {
      m.x.fill(0);
      return this.factor(values);
    }
    this.counts.refactor++;
    this.#ready = true;
    return { kind: "reused", column: -1 };
  }

  /** b = A^-1 b. */
  solve(b: Float64Array): void {
    const m = this.#solvable(b);
    const { rowOrder, colOrder } = this.analysis.form;
    const { y, step, scale } = m;
    for (let k = 0; k < b.length; k++) y[step[k]] = b[rowOrder[k]] * scale[k];
    this.#solveRuns(true, (b1, b2) => void m.raw.pivotSolve(b1, b2, m.blocks, ...m.matrix, m.step.byteOffset, ...m.factors, y.byteOffset)); // oxfmt-ignore
    for (let k = 0; k < b.length; k++) b[colOrder[k]] = y[k];
  }

  /**
   * A^-1 b of a right side with few entries: the entries of x that are wanted, in that order, or all that the pattern does not make 0,
   * ascending. The same numbers as those of `solve`. Time: for the blocks that b reaches (of them, those that lead to a wanted entry), and
   * in them for the columns of L that are reached and the rows of U that are needed. The first call after `factor` also looks at all of U.
   */
  solveSparse(b: SparseRight, { wanted }: SparseSolveOptions = {}): SparseVector {
    const memory = this.#factored();
    this.#reach ??= new BlockReach(this.analysis, memory, this.#inner);
    return this.#reach.solve(b, wanted, (x) => this.solve(x));
  }

  /** b = A^-T b. */
  solveTransposed(b: Float64Array): void {
    const m = this.#solvable(b);
    const { rowOrder, colOrder } = this.analysis.form;
    const { y, step, scale } = m;
    for (let k = 0; k < b.length; k++) y[k] = b[colOrder[k]];
    this.#solveRuns(false, (b1, b2) => void m.raw.pivotSolveTransposed(b1, b2, m.blocks, ...m.matrix, m.step.byteOffset, ...m.factors, y.byteOffset)); // oxfmt-ignore
    for (let k = 0; k < b.length; k++) b[rowOrder[k]] = y[step[k]] * scale[k];
  }

  /** Estimate (from below) of |A^-1|_1. */
  inverseNorm(): number {
    return inverseNorm1(this.analysis.n, (b) => this.solve(b), (b) => this.solveTransposed(b)); // oxfmt-ignore
  }

  dispose(): void {
    this.#disposed = true;
    this.#ready = false;
    this.#memory?.runtime.dispose();
    for (const inner of this.#inner.values()) inner.dispose();
  }

  #check(values: Float64Array): void {
    if (this.#disposed) throw new Failure("usage", "this factorization has been disposed of");
    if (values.length < this.analysis.entries)
      throw new Failure("usage", `${values.length} values for ${this.analysis.entries} entries of the pattern`);
  }

  #factored(): Memory {
    if (!this.#ready)
      throw new Failure("numeric", "the factorization holds no factors", { hint: "factor(A) said why." });
    return this.#memory!;
  }

  #solvable(b: Float64Array): Memory {
    const memory = this.#factored();
    if (b.length !== this.analysis.n) throw new Failure("usage", `a right side of ${b.length} numbers for ${this.analysis.n} unknowns`); // oxfmt-ignore
    return memory;
  }

  /** The runs of blocks, from the first. */
  #divided(): (readonly [b1: number, b2: number, apart: boolean])[] {
    const count = this.analysis.form.blocks.length - 1;
    const runs: [number, number, boolean][] = [];
    let from = 0;
    for (const b of [...this.#inner.keys()].sort((x, y) => x - y)) {
      if (b > from) runs.push([from, b, false]);
      runs.push([b, b + 1, true]);
      from = b + 1;
    }
    if (from < count) runs.push([from, count, false]);
    return runs;
  }

  /** -1, or what the first run that did not end well returned. */
  #factorRuns(values: Float64Array, how: "factor" | "refactor", run: (b1: number, b2: number) => number): number {
    for (const [b1, b2, apart] of this.#runs) {
      const result = apart ? this.#factorInner(b1, values, how) : run(b1, b2);
      if (result !== -1) return result;
    }
    return -1;
  }

  /** Backwards for A x = b. */
  #solveRuns(backwards: boolean, run: (b1: number, b2: number) => void): void {
    const runs = backwards ? this.#reversed : this.#runs;
    for (const [b1, b2, apart] of runs)
      if (apart) this.#solveInner(b1, backwards);
      else run(b1, b2);
  }

  #solveInner(b: number, plain: boolean): void {
    const { form, ptr, row, from } = this.analysis;
    const { y, values, scale, step } = this.#memory!;
    const [k1, k2] = [form.blocks[b], form.blocks[b + 1]];
    const part = y.subarray(k1, k2);
    const inner = this.#inner.get(b)!;
    if (!plain)
      for (let k = k1; k < k2; k++)
        for (let p = ptr[k]; p < ptr[k + 1]; p++)
          if (row[p] < k1) y[k] -= values[from[p]] * scale[row[p]] * y[step[row[p]]];
    if (plain) inner.solve(part);
    else inner.solveTransposed(part);
    if (plain)
      for (let k = k1; k < k2; k++)
        for (let p = ptr[k]; p < ptr[k + 1]; p++)
          if (row[p] < k1) y[step[row[p]]] -= values[from[p]] * scale[row[p]] * y[k];
  }

  /** Factors a block by supernodes. Its columns and rows keep their places. */
  #factorInner(b: number, values: Float64Array, how: "factor" | "refactor"): number {
    const { form, dense } = this.analysis;
    const { from } = dense.get(b)!;
    const { scale, step } = this.#memory!;
    const inner = this.#inner.get(b)!;
    let mine = this.#blockValues.get(b);
    if (!mine) this.#blockValues.set(b, (mine = inner.vector(from.length)));
    const [k1, k2] = [form.blocks[b], form.blocks[b + 1]];
    const { rowIdx } = inner.analysis.pattern;
    for (let p = 0; p < from.length; p++) mine[p] = values[from[p]] * scale[k1 + rowIdx[p]];
    for (let k = k1; k < k2; k++) step[k] = k;
    const status = inner[how](mine);
    return status.kind === "singular" ? k1 + status.column : -1;
  }

  /** A memory with room for so many entries of L (and of U), with the values and the row scaling in it. */
  #load(values: Float64Array, wanted: number): Memory {
    const { n, entries, ptr, row, from, form, predictedEntries } = this.analysis;
    let m = this.#memory;
    if (!m || m.room < wanted) {
      m?.runtime.dispose();
      const room = Math.max(wanted, Math.ceil(0.8 * predictedEntries) + 2 * n + 64);
      if (room > 2 ** 28) throw new Failure("limit", `the factors need more than ${2 ** 27} entries`, { hint: "Use an iterative method with a preconditioner." }); // oxfmt-ignore
      const runtime = Runtime.for({ f64: 2 * room + entries + 6 * n, i32: 2 * room + 2 * entries + 14 * n + 64 });
      const integers = (data: Int32Array): number => {
        const view = runtime.i32(data.length);
        view.set(data);
        return view.byteOffset;
      };
      compiled ??= compileModuleSync(partialPivotingProgram, { target: "wasm" });
      const scale = runtime.f64(n);
      const inside = runtime.f64(entries);
      const pivots = runtime.f64(n);
      const i32 = (length: number): Int32Array => runtime.i32(length);
      const [lowPtr, lowLen, upPtr, upLen] = [i32(n), i32(n), i32(n), i32(n)];
      const [low, up] = [i32(room), i32(room)];
      const [lowVal, upVal] = [runtime.f64(room), runtime.f64(room)];
      const at = (): number => i32(n).byteOffset;
      m = {
        runtime, raw: compiled.link(runtime).raw, room, scale, values: inside, step: i32(n), mark: i32(n), used: i32(2), x: runtime.f64(n), y: runtime.f64(n), z: runtime.f64(n), pivots, lowPtr, lowLen, low, upPtr, upLen, up, upVal,
        matrix: [integers(ptr), integers(row), integers(from), inside.byteOffset, scale.byteOffset],
        factors: [lowPtr.byteOffset, lowLen.byteOffset, low.byteOffset, lowVal.byteOffset, upPtr.byteOffset, upLen.byteOffset, up.byteOffset, upVal.byteOffset, pivots.byteOffset],
        work: { pivotRow: at(), stack: at(), position: at(), topo: at(), reach: at() },
        blocks: integers(form.blocks),
      }; // oxfmt-ignore
      this.#memory = m;
      this.#pivoted = false;
    }
    m.values.set(values.length > entries ? values.subarray(0, entries) : values);
    m.raw.pivotScale(n, entries, m.matrix[1], m.matrix[2], m.matrix[3], m.matrix[4]);
    return m;
  }
}
