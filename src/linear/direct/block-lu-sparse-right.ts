// Right sides with few entries for LU in blocks: only blocks that b reaches and that the wanted entries need are solved with. Within a
// block L takes the columns that are reached, U the rows that are needed, or all of them (the inverse of a block that cannot be divided
// further has no zeros that its pattern would force).
// Sources: Gilbert, Peierls, SIAM J. Sci. Stat. Comput. 9 (1988); Davis, Palamadai Natarajan, ACM TOMS 37 (2010) for the blocks.
import type { Kernels } from "../../compile/index.ts";
import type { SparseLU } from "../sparse-lu.ts";
import { checkSparseRight, type Edges, placesOf, Reach, type SparseRight, type SparseVector } from "../sparse-right.ts";
import type { BlockLUAnalysis } from "./block-lu.ts";

/** Factors of the blocks as they lie in memory (partial-pivoting-program.ts). */
export interface BlockFactors {
  readonly raw: Kernels["raw"];
  readonly scale: Float64Array;
  readonly values: Float64Array;
  readonly step: Int32Array;
  readonly lowPtr: Int32Array;
  readonly lowLen: Int32Array;
  readonly low: Int32Array;
  readonly upPtr: Int32Array;
  readonly upLen: Int32Array;
  readonly up: Int32Array;
  readonly upVal: Float64Array;
  readonly pivots: Float64Array;
  /** Addresses of the nine of them. */
  readonly factors: readonly number[];
  /** n integers that only the search of pivots uses. */
  readonly mark: Int32Array;
  /** n numbers, 0 between solutions. */
  readonly z: Float64Array;
}

/** Solutions with the factors in a memory, valid while their pattern stays; `inner` has the blocks factored by supernodes. */
export class BlockReach {
  readonly #analysis: BlockLUAnalysis;
  readonly #memory: BlockFactors;
  readonly #inner: ReadonlyMap<number, SparseLU>;
  readonly #rowPlace: Int32Array;
  readonly #colPlace: Int32Array;
  readonly #blockOf: Int32Array;
  /** From a block to those that its columns have entries in. */
  readonly #blockEdges: Edges;
  readonly #columns: Edges;
  /** Rows of U, columns ascending; entry q is number entry[q] of U. Made when entries are first wanted. */
  #rows: (Edges & { readonly entry: Int32Array }) | undefined;
  readonly #reached: Reach;
  readonly #needed: Reach;
  /** Places where z may not be 0. */
  readonly #used: Reach;
  readonly #lower: Reach;
  readonly #upper: Reach;
  readonly #entries: Reach;
  /** The places of the right side, and those wanted, by blocks. */
  readonly #given: Lists;
  readonly #wanted: Lists;

  constructor(analysis: BlockLUAnalysis, memory: BlockFactors, inner: ReadonlyMap<number, SparseLU>) {
    const { n, form, ptr, row } = analysis;
    const { blocks } = form;
    const count = blocks.length - 1;
    this.#analysis = analysis;
    this.#memory = memory;
    this.#inner = inner;
    this.#rowPlace = placesOf(form.rowOrder);
    this.#colPlace = placesOf(form.colOrder);
    this.#blockOf = new Int32Array(n);
    for (let b = 0; b < count; b++) this.#blockOf.fill(b, blocks[b], blocks[b + 1]);
    this.#blockEdges = { begin: blocks.map((k) => ptr[k]), to: row, nodeOf: this.#blockOf };
    this.#columns = { begin: memory.lowPtr, length: memory.lowLen, to: memory.low };
    [this.#reached, this.#needed] = [new Reach(count), new Reach(count)];
    [this.#used, this.#lower, this.#upper, this.#entries] = [new Reach(n), new Reach(n), new Reach(n), new Reach(n)];
    [this.#given, this.#wanted] = [new Lists(count, n), new Lists(count, n)];
  }

  /** `dense` solves in place with all of the factors. */
  solve(right: SparseRight, wanted: ArrayLike<number> | undefined, dense: (b: Float64Array) => void): SparseVector {
    const { n, form, ptr, row, from } = this.#analysis;
    const { z, scale, step, values } = this.#memory;
    const [blockOf, needed, used, entries] = [this.#blockOf, this.#needed, this.#used, this.#entries];
    checkSparseRight(right, wanted, entries, n);
    used.clear();
    const give = (at: number, value: number): void => {
      z[at] += value;
      if (used.add(at)) this.#given.add(blockOf[at], at);
    };
    for (let k = 0; k < right.indices.length; k++) {
      const place = this.#rowPlace[right.indices[k]];
      give(step[place], right.values[k] * scale[place]);
    }
    entries.clear();
    const reached = this.#blocks(wanted);
    if (!wanted && this.#most(reached)) return this.#densely(right, reached, dense);
    for (let t = reached.length - 1; t >= 0; t--) {
      const b = reached[t];
      const [k1, k2] = [form.blocks[b], form.blocks[b + 1]];
      const roots = this.#given.take(b);
      if (!needed.has(b)) continue;
      const solved = this.#solveBlock(b, k1, k2, roots, wanted && this.#targets(b, k1, k2));
      for (let i = 0; i < solved.length; i++) {
        const k = solved[i];
        if (!wanted) entries.add(form.colOrder[k]);
        if (k1 === 0) continue;
        const x = z[k];
        for (let p = ptr[k]; p < ptr[k + 1]; p++)
          if (row[p] < k1 && needed.has(blockOf[row[p]])) give(step[row[p]], -(values[from[p]] * scale[row[p]] * x));
      }
    }
    const indices = wanted ? Int32Array.from(wanted) : entries.ascending().slice();
    const found = new Float64Array(indices.length);
    for (let k = 0; k < indices.length; k++) found[k] = z[this.#colPlace[indices[k]]];
    this.#clear();
    if (wanted) for (let k = 0; k < wanted.length; k++) this.#wanted.clear(blockOf[this.#colPlace[wanted[k]]]);
    return { indices, values: found };
  }

  #clear(): void {
    for (const k of this.#used.ascending()) this.#memory.z[k] = 0;
  }

  /** Are a quarter of all places in these blocks? Then looking after them costs more than the others would. */
  #most(blocks: Int32Array): boolean {
    const { n, form } = this.#analysis;
    let places = 0;
    for (const b of blocks) places += form.blocks[b + 1] - form.blocks[b];
    return 4 * places >= n;
  }

  #densely({ indices, values }: SparseRight, blocks: Int32Array, dense: (b: Float64Array) => void): SparseVector {
    const { n, form } = this.#analysis;
    const x = new Float64Array(n);
    for (let k = 0; k < indices.length; k++) x[indices[k]] = values[k];
    dense(x);
    for (const b of blocks) {
      this.#given.clear(b);
      for (let k = form.blocks[b]; k < form.blocks[b + 1]; k++) this.#entries.add(form.colOrder[k]);
    }
    this.#clear();
    const found = this.#entries.ascending().slice();
    return { indices: found, values: new Float64Array(found.length).map((_, k) => x[found[k]]) };
  }

  /** Blocks that the right side reaches, ascending; of them those are needed that lead to a wanted entry. */
  #blocks(wanted: ArrayLike<number> | undefined): Int32Array {
    const [reached, needed, blockOf, entries] = [this.#reached, this.#needed, this.#blockOf, this.#entries];
    const { begin, to } = this.#blockEdges;
    reached.clear();
    needed.clear();
    let least = wanted ? Infinity : 0;
    if (wanted)
      for (let k = 0; k < wanted.length; k++) {
        const place = this.#colPlace[wanted[k]];
        if (entries.add(place)) this.#wanted.add(blockOf[place], place);
        least = Math.min(least, blockOf[place]);
      }
    for (const at of this.#used.ascending()) reached.add(blockOf[at]);
    reached.close(this.#blockEdges, least);
    const blocks = reached.ascending();
    for (const b of blocks) {
      let leads = !wanted || this.#wanted.has(b);
      for (let p = begin[b]; !leads && b > least && p < begin[b + 1]; p++) leads = needed.has(blockOf[to[p]]);
      if (leads) needed.add(b);
    }
    return blocks;
  }

  /** Places of a block that are wanted or that blocks which are needed get something from, ascending. */
  #targets(b: number, k1: number, k2: number): Int32Array {
    const { ptr, row } = this.#analysis;
    const upper = this.#upper;
    upper.clear();
    for (const k of this.#wanted.take(b)) upper.add(k);
    if (this.#needed.count > 1)
      for (let k = k1; k < k2; k++)
        for (let p = ptr[k]; p < ptr[k + 1]; p++)
          if (row[p] < k1 && this.#needed.has(this.#blockOf[row[p]])) {
            upper.add(k);
            break;
          }
    return upper.ascending();
  }

  /** z = B^-1 z; the places that are right afterwards, ascending: all, or more than the targets. */
  #solveBlock(
    b: number,
    k1: number,
    k2: number,
    roots: readonly number[],
    targets: Int32Array | undefined,
  ): Int32Array {
    const { raw, factors, mark, z, pivots, upVal } = this.#memory;
    const [used, lower, upper] = [this.#used, this.#lower, this.#upper];
    const inner = this.#inner.get(b);
    if (inner) {
      const part = { indices: roots.map((k) => k - k1), values: roots.map((k) => z[k]) };
      for (const k of roots) z[k] = 0;
      const { indices, values } = inner.solveSparse(part, { wanted: targets?.map((k) => k - k1) });
      for (let i = 0; i < indices.length; i++) {
        const k = (indices[i] += k1);
        used.add(k);
        z[k] = values[i];
      }
      return indices;
    }
    if (k2 - k1 === 1) {
      z[k1] /= pivots[k1];
      return Int32Array.of(k1);
    }
    lower.clear();
    for (const k of roots) lower.add(k);
    lower.close(this.#columns);
    const down = lower.ascending();
    for (const k of down) used.add(k);
    mark.set(down);
    raw.pivotLower(down.length, mark.byteOffset, ...factors, z.byteOffset);
    if (!targets) {
      upper.clear();
      for (let k = k1; k < k2; k++) {
        upper.add(k);
        used.add(k);
      }
      raw.pivotUpper(k1, k2, ...factors, z.byteOffset);
      return upper.ascending();
    }
    this.#rows ??= this.#rowsOfU();
    const { begin, to, entry } = this.#rows;
    upper.close(this.#rows);
    const up = upper.ascending();
    for (let t = up.length - 1; t >= 0; t--) {
      const k = up[t];
      let sum = z[k];
      for (let q = begin[k + 1] - 1; q >= begin[k]; q--) sum -= upVal[entry[q]] * z[to[q]];
      z[k] = sum / pivots[k];
      used.add(k);
    }
    return up;
  }

  #rowsOfU(): Edges & { readonly entry: Int32Array } {
    const { n, form } = this.#analysis;
    const { upPtr, upLen, up } = this.#memory;
    const begin = new Int32Array(n + 1);
    const each = (visit: (row: number, column: number, entry: number) => void): void => {
      for (let b = 0; b + 1 < form.blocks.length; b++) {
        if (this.#inner.has(b)) continue;
        for (let c = form.blocks[b]; c < form.blocks[b + 1]; c++)
          for (let q = upPtr[c]; q < upPtr[c] + upLen[c]; q++) visit(up[q], c, q);
      }
    };
    each((k) => begin[k + 1]++);
    for (let k = 0; k < n; k++) begin[k + 1] += begin[k];
    const next = begin.slice(0, n);
    const [to, entry] = [new Int32Array(begin[n]), new Int32Array(begin[n])];
    each((k, c, q) => {
      to[next[k]] = c;
      entry[next[k]++] = q;
    });
    return { begin, to, entry };
  }
}

/** Numbers 0 .. n - 1 in lists. */
class Lists {
  readonly #head: Int32Array;
  readonly #next: Int32Array;

  constructor(lists: number, n: number) {
    this.#head = new Int32Array(lists).fill(-1);
    this.#next = new Int32Array(n);
  }

  add(list: number, k: number): void {
    this.#next[k] = this.#head[list];
    this.#head[list] = k;
  }

  has(list: number): boolean {
    return this.#head[list] >= 0;
  }

  clear(list: number): void {
    this.#head[list] = -1;
  }

  /** What is in a list, which is empty then. */
  take(list: number): number[] {
    const all: number[] = [];
    for (let k = this.#head[list]; k >= 0; k = this.#next[k]) all.push(k);
    this.#head[list] = -1;
    return all;
  }
}
