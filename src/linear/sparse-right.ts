// Right sides with few entries: what of a factor they reach, and what of it the wanted entries of the solution need.
// L x = b is nonzero only where the graph of L leads from the entries of b; by supernodes that graph is the tree of supernodes where the
// matrix is symmetric. An entry of U x = y needs the nodes that its row leads to, and theirs.
// Sources: Gilbert, Peierls, "Sparse partial pivoting in time proportional to arithmetic operations", SIAM J. Sci. Stat. Comput. 9 (1988);
// for trees Liu, "The role of elimination trees in sparse factorization", SIAM J. Matrix Anal. Appl. 11 (1990). They take nodes in the order
// in which a depth-first search leaves them; here they are sorted, so that sums have their terms in the order of the dense solve.
import { Failure } from "../base/index.ts";

/** Entries of a vector whose others are 0. */
export interface SparseVector {
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** A right side: entries values[k] at indices[k] (from 0, each at most once, in any order), 0 elsewhere. */
export interface SparseRight {
  readonly indices: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface SparseSolveOptions {
  /** Places of x that are wanted, in any order. Default: all that the pattern does not make 0. */
  readonly wanted?: ArrayLike<number>;
}

/** Node s leads to nodeOf[to[q]] (or to[q]) for begin[s] <= q < begin[s] + length[s]; without lengths up to begin[s + 1]. */
export interface Edges {
  readonly begin: Int32Array;
  readonly length?: Int32Array;
  readonly to: Int32Array;
  readonly nodeOf?: Int32Array;
}

/** A set of nodes 0 .. n - 1 that is emptied in no time. */
export class Reach {
  readonly #list: Int32Array;
  readonly #stamp: Int32Array;
  #count = 0;
  #now = 1;

  constructor(n: number) {
    this.#list = new Int32Array(n);
    this.#stamp = new Int32Array(n);
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
    if (this.#now++ < 2 ** 31 - 1) return;
    this.#stamp.fill(0);
    this.#now = 1;
  }

  has(node: number): boolean {
    return this.#stamp[node] === this.#now;
  }

  /** False if it was there. */
  add(node: number): boolean {
    if (this.#stamp[node] === this.#now) return false;
    this.#stamp[node] = this.#now;
    this.#list[this.#count++] = node;
    return true;
  }

  /** Adds all that its nodes above `least` lead to. */
  close({ begin, length, to, nodeOf }: Edges, least = -1): void {
    for (let t = 0; t < this.#count; t++) {
      const s = this.#list[t];
      if (s <= least) continue;
      const stop = length ? begin[s] + length[s] : begin[s + 1];
      for (let q = begin[s]; q < stop; q++) this.add(nodeOf ? nodeOf[to[q]] : to[q]);
    }
  }

  /** The nodes in it, ascending: a view that `clear` and `add` make stale. */
  ascending(): Int32Array {
    const list = this.#list.subarray(0, this.#count);
    // From so many on, looking at all of them is quicker than sorting.
    if (16 * this.#count < this.#stamp.length) return list.sort();
    for (let node = 0, to = 0; to < list.length; node++) if (this.has(node)) list[to++] = node;
    return list;
  }
}

/** Throws unless b is a sparse right side for n unknowns and the wanted places are places; `seen` (of n) then holds those of b. */
export function checkSparseRight(
  { indices, values }: SparseRight,
  wanted: ArrayLike<number> | undefined,
  seen: Reach,
  n: number,
): void {
  if (indices.length !== values.length)
    throw new Failure("usage", `a sparse right side of ${indices.length} indices and ${values.length} values`);
  const check = (i: number, what: string): void => {
    if (!(Number.isInteger(i) && i >= 0 && i < n))
      throw new Failure("usage", `${what} ${i} of ${n} unknowns`, { hint: `Indices are whole numbers from 0 to ${n - 1}.` }); // oxfmt-ignore
  };
  seen.clear();
  for (let k = 0; k < indices.length; k++) {
    check(indices[k], "a sparse right side with index");
    if (!seen.add(indices[k])) throw new Failure("usage", `a sparse right side with index ${indices[k]} twice`, { hint: "Add up the values first." }); // oxfmt-ignore
  }
  if (wanted) for (let k = 0; k < wanted.length; k++) check(wanted[k], "wanted is entry");
}

/** order[k] -> k. */
export function placesOf(order: Int32Array): Int32Array {
  const place = new Int32Array(order.length);
  for (let k = 0; k < order.length; k++) place[order[k]] = k;
  return place;
}

/** A factorization by supernodes; nodes ascend with their columns, which are places of the permuted matrix. */
export interface NodeGraph {
  readonly n: number;
  readonly nodes: number;
  readonly nodeCol: Int32Array;
  readonly nodeOf: Int32Array;
  readonly rowOrder: Int32Array;
  readonly colOrder: Int32Array;
  /** From a node to those of the rows of L below it. */
  readonly lower: Edges;
  /** From a node to those of the columns of U in its rows. */
  readonly rows: Edges;
}

/** Sparse solves with the factors of one layout. */
export class NodeReach {
  readonly #graph: NodeGraph;
  readonly #lower: Reach;
  readonly #upper: Reach;
  readonly #seen: Reach;
  readonly #rowPlace: Int32Array;
  readonly #colPlace: Int32Array;

  constructor(graph: NodeGraph) {
    this.#graph = graph;
    this.#lower = new Reach(graph.nodes);
    this.#upper = new Reach(graph.nodes);
    this.#seen = new Reach(graph.n);
    this.#rowPlace = placesOf(graph.rowOrder);
    this.#colPlace = placesOf(graph.colOrder);
  }

  /** x: n numbers, any content. `run` solves with L by the first nodes and with U by the second, in place in x. */
  solve(
    b: SparseRight,
    wanted: ArrayLike<number> | undefined,
    x: Float64Array,
    run: (lower: Int32Array, upper: Int32Array) => void,
  ): SparseVector {
    const { n, nodeCol, nodeOf, colOrder } = this.#graph;
    const [lower, upper, seen] = [this.#lower, this.#upper, this.#seen];
    const [rowPlace, colPlace] = [this.#rowPlace, this.#colPlace];
    checkSparseRight(b, wanted, seen, n);
    lower.clear();
    upper.clear();
    const { indices, values } = b;
    for (let k = 0; k < indices.length; k++) lower.add(nodeOf[rowPlace[indices[k]]]);
    lower.close(this.#graph.lower);
    const down = lower.ascending();
    if (wanted) {
      for (let k = 0; k < wanted.length; k++) upper.add(nodeOf[colPlace[wanted[k]]]);
      upper.close(this.#graph.rows);
    } else this.#allUpper();
    const up = upper.ascending();
    if (wanted) {
      for (const list of [down, up])
        for (let t = 0; t < list.length; t++) for (let k = nodeCol[list[t]]; k < nodeCol[list[t] + 1]; k++) x[k] = 0;
    } else x.fill(0, 0, n); // rows of U lead to entries of x that stay 0
    for (let k = 0; k < indices.length; k++) x[rowPlace[indices[k]]] = values[k];
    run(down, up);
    let at: Int32Array;
    if (wanted) at = Int32Array.from(wanted);
    else {
      seen.clear();
      for (const s of up) for (let k = nodeCol[s]; k < nodeCol[s + 1]; k++) seen.add(colOrder[k]);
      at = seen.ascending().slice();
    }
    const found = new Float64Array(at.length);
    for (let k = 0; k < at.length; k++) found[k] = x[colPlace[at[k]]];
    return { indices: at, values: found };
  }

  /** Nodes whose rows of U lead to something that is not 0. Where nearly all are, the first look at each says so. */
  #allUpper(): void {
    const { nodes, rows } = this.#graph;
    const { begin, length, to, nodeOf } = rows;
    const [lower, upper] = [this.#lower, this.#upper];
    for (let t = nodes - 1; t >= 0; t--) {
      let found = lower.has(t);
      const stop = length ? begin[t] + length[t] : begin[t + 1];
      for (let q = begin[t]; !found && q < stop; q++) found = upper.has(nodeOf ? nodeOf[to[q]] : to[q]);
      if (found) upper.add(t);
    }
  }
}
