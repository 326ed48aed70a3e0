// Sparse QR factorization by Householder vectors, column by column: A P = Q R. Columns that depend on those before them are left
// without a pivot. Q is kept as its vectors.
// Sources: Davis 2006, "Direct methods for sparse linear systems", chapter 5 (left-looking; patterns from the column elimination tree);
// the reflections: Golub, Van Loan 2013, section 5.1; dependent columns after Heath, BIT 22 (1982).
// Left out: fronts and blocks (this is for matrices with little fill), several right sides at once.
import { type Sparse, toLayout } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { colamd } from "./colamd.ts";
import { columnTree, rowPlaces } from "./column-tree.ts";
import { postorder } from "./elimination-tree.ts";

export interface SparseQROptions {
  /** Order of the columns: by `colamd` (the default), as they are, or given. */
  readonly ordering?: "colamd" | "natural" | Int32Array;
  /** Length, as a share of the longest column of A, below which what is left of a column counts as zero. Default 4 max(rows, cols) 2^-52. */
  readonly tolerance?: number;
  /** The same as a length: instead of `tolerance`. */
  readonly threshold?: number;
  /** Entries of Q and R together that are allowed. Default 4e7. */
  readonly limit?: number;
  /** Multiplications that are allowed. Default 1e11. */
  readonly work?: number;
}

/** A growing list of (index, value). */
class Entries {
  index: Int32Array;
  value: Float64Array;
  count = 0;
  constructor(room: number) {
    this.index = new Int32Array(room);
    this.value = new Float64Array(room);
  }
  reserve(more: number): void {
    if (this.count + more <= this.index.length) return;
    const room = 2 * this.index.length + more;
    const [index, value] = [new Int32Array(room), new Float64Array(room)];
    index.set(this.index.subarray(0, this.count));
    value.set(this.value.subarray(0, this.count));
    [this.index, this.value] = [index, value];
  }
}

/**
 * A(:, order) = Q R. Places 0 .. cols - 1 of Q^T b belong to the columns in their order; those of columns without a pivot hold what no
 * pivot took. Failures: "domain" (NaN or infinity inside), "limit" (too much fill), "unsupported" (complex).
 */
export class SparseQR {
  readonly rows: number;
  readonly cols: number;
  /** order[k]: the column of A at place k. */
  readonly order: Int32Array;
  /** Length below which a column counted as zero. */
  readonly threshold: number;
  /** Has place k a pivot? */
  readonly live: Uint8Array;
  /** Pivots: the rank, where every column has one. With columns left out it is a lower bound (see sparse-least-squares.ts). */
  readonly pivots: number;
  readonly #place: Int32Array;
  readonly #height: number;
  readonly #vPtr: Int32Array;
  readonly #v: Entries;
  readonly #beta: Float64Array;
  readonly #rPtr: Int32Array;
  readonly #r: Entries;
  readonly #diagonal: Float64Array;

  constructor(
    matrix: Sparse,
    { ordering = "colamd", tolerance, threshold: given, limit = 4e7, work = 1e11 }: SparseQROptions = {},
  ) {
    if (matrix.imaginary) throw new Failure("unsupported", "a sparse QR factorization of a complex matrix", { hint: "Factor realForm(A)." }); // oxfmt-ignore
    const a = toLayout(matrix, "csc");
    const { rows: m, cols: n, ptr, idx, values } = a;
    [this.rows, this.cols] = [m, n];
    let longest = 0;
    for (let j = 0; j < n; j++) {
      const size = norm(values, ptr[j], ptr[j + 1]);
      if (!(size < Infinity)) throw new Failure("domain", `column ${j} has NaN or infinity, or is longer than a double holds`); // oxfmt-ignore
      if (size > longest) longest = size;
    }
    const threshold = (this.threshold = given ?? (tolerance ?? 4 * Math.max(m, n) * 2 ** -52) * longest);
    let order = typeof ordering === "object" ? ordering : ordering === "colamd" ? colamd(a) : Int32Array.from({ length: n }, (_, j) => j); // oxfmt-ignore
    if (order.length !== n || new Set(order).size !== n) throw new Failure("usage", `the given ordering is not a permutation of 0 .. ${n - 1}`); // oxfmt-ignore
    // Subtrees as runs: the same fill, better locality. A given order is kept.
    if (ordering === "colamd") {
      const chosen = order;
      order = postorder(columnTree(a, order)).map((k) => chosen[k]);
    }
    this.order = order;
    const parent = columnTree(a, order);
    const { leftmost, place, count, vectorEntries } = rowPlaces(a, order, parent);
    if (vectorEntries > limit) throw new Failure("limit", `the sparse QR factorization needs more than ${vectorEntries} entries`, { hint: "Use lsmr." }); // oxfmt-ignore
    this.#place = place;
    this.#height = count;
    const x = new Float64Array(count);
    const v = (this.#v = new Entries(vectorEntries));
    const r = (this.#r = new Entries(vectorEntries + 2 * ptr[n]));
    const vPtr = (this.#vPtr = new Int32Array(n + 1));
    const rPtr = (this.#rPtr = new Int32Array(n + 1));
    const beta = (this.#beta = new Float64Array(n));
    const diagonal = (this.#diagonal = new Float64Array(n));
    const live = (this.live = new Uint8Array(n));
    const mark = new Int32Array(count).fill(-1);
    const path = new Int32Array(n);
    const reached = new Int32Array(n);
    let [pivots, done] = [0, 0];
    for (let k = 0; k < n; k++) {
      // The column, and the columns before it whose vectors meet it: paths up the tree from the leftmost columns of its rows.
      const j = order[k];
      const start = v.count;
      mark[k] = k;
      v.index[v.count++] = k;
      let top = n;
      for (let p = ptr[j]; p < ptr[j + 1]; p++) {
        let steps = 0;
        for (let i = leftmost[idx[p]]; i >= 0 && mark[i] !== k; i = parent[i]) {
          path[steps++] = i;
          mark[i] = k;
        }
        while (steps > 0) reached[--top] = path[--steps];
        const i = place[idx[p]];
        x[i] = values[p];
        if (i > k && mark[i] !== k) {
          v.index[v.count++] = i;
          mark[i] = k;
        }
      }
      r.reserve(n - top);
      if (r.count + v.count > limit) throw new Failure("limit", `the sparse QR factorization needs more than ${limit} entries`, { hint: "Use lsmr." }); // oxfmt-ignore
      for (; top < n; top++) {
        const i = reached[top];
        if (live[i]) reflect(v, vPtr[i], vPtr[i + 1], beta[i], x);
        done += 2 * (vPtr[i + 1] - vPtr[i]);
        r.index[r.count] = i;
        r.value[r.count++] = x[i];
        x[i] = 0;
        if (parent[i] !== k) continue;
        for (let p = vPtr[i]; p < vPtr[i + 1]; p++) {
          const row = v.index[p];
          if (row <= i || mark[row] === k) continue;
          mark[row] = k;
          v.index[v.count++] = row;
        }
      }
      if (done > work) throw new Failure("limit", `the sparse QR factorization needs more than ${work} multiplications`, { hint: "Use lsmr." }); // oxfmt-ignore
      rPtr[k + 1] = r.count;
      for (let p = start; p < v.count; p++) {
        v.value[p] = x[v.index[p]];
        x[v.index[p]] = 0;
      }
      vPtr[k + 1] = v.count;
      const size = norm(v.value, start, v.count);
      if (size <= threshold) {
        // Its rows stay for its ancestors, its values are rounding errors.
        v.value.fill(0, start, v.count);
        continue;
      }
      live[k] = 1;
      pivots++;
      // v = (x_1 - s, x_2, ...) with s = -sign(x_1) |x|, divided by |x| so that nothing overflows.
      const first = v.value[start] / size;
      const s = first > 0 ? -1 : 1;
      for (let p = start; p < v.count; p++) v.value[p] /= size;
      v.value[start] = first - s;
      beta[k] = 1 / (1 - s * first);
      diagonal[k] = s * size;
    }
    this.pivots = pivots;
  }

  /** Entries of R and of the vectors. */
  get entries(): { readonly r: number; readonly vectors: number } {
    return { r: this.#r.count + this.pivots, vectors: this.#v.count };
  }

  /** Q^T b, with as many elements as there are places: at least `cols`, those of the columns first. */
  applyTransposed(b: Float64Array): Float64Array {
    if (b.length !== this.rows) throw new Failure("usage", `a right side of ${b.length} numbers for ${this.rows} rows`);
    const y = new Float64Array(Math.max(this.#height, this.cols));
    for (let i = 0; i < b.length; i++) y[this.#place[i]] = b[i];
    for (let k = 0; k < this.cols; k++) if (this.live[k]) reflect(this.#v, this.#vPtr[k], this.#vPtr[k + 1], this.#beta[k], y); // oxfmt-ignore
    return y;
  }

  /** Q y for y with elements at the places of the columns (others are zero). */
  apply(y: Float64Array): Float64Array {
    const z = new Float64Array(Math.max(this.#height, this.cols));
    z.set(y);
    for (let k = this.cols - 1; k >= 0; k--) if (this.live[k]) reflect(this.#v, this.#vPtr[k], this.#vPtr[k + 1], this.#beta[k], z); // oxfmt-ignore
    const out = new Float64Array(this.rows);
    for (let i = 0; i < this.rows; i++) out[i] = z[this.#place[i]];
    return out;
  }

  /** y = R^-1 y, where every column has a pivot. */
  solveR(y: Float64Array): void {
    this.#full();
    for (let k = this.cols - 1; k >= 0; k--) {
      const t = (y[k] /= this.#diagonal[k]);
      if (t !== 0) for (let p = this.#rPtr[k]; p < this.#rPtr[k + 1]; p++) y[this.#r.index[p]] -= this.#r.value[p] * t;
    }
  }

  /** y = R^-T y, where every column has a pivot. */
  solveRTransposed(y: Float64Array): void {
    this.#full();
    for (let k = 0; k < this.cols; k++) {
      let sum = y[k];
      for (let p = this.#rPtr[k]; p < this.#rPtr[k + 1]; p++) sum -= this.#r.value[p] * y[this.#r.index[p]];
      y[k] = sum / this.#diagonal[k];
    }
  }

  /** R by columns, in places. */
  upper(): Sparse {
    const { cols: n } = this;
    const ptr = new Int32Array(n + 1);
    const room = this.#r.count + this.pivots;
    const [idx, values] = [new Int32Array(room), new Float64Array(room)];
    let to = 0;
    for (let k = 0; k < n; k++) {
      const rows = Array.from({ length: this.#rPtr[k + 1] - this.#rPtr[k] }, (_, t) => this.#rPtr[k] + t);
      for (const p of rows.sort((a, b) => this.#r.index[a] - this.#r.index[b])) {
        idx[to] = this.#r.index[p];
        values[to++] = this.#r.value[p];
      }
      if (this.live[k]) {
        idx[to] = k;
        values[to++] = this.#diagonal[k];
      }
      ptr[k + 1] = to;
    }
    return { layout: "csc", rows: n, cols: n, ptr, idx, values };
  }

  #full(): void {
    if (this.pivots < this.cols) throw new Failure("numeric", `R is singular: ${this.cols - this.pivots} columns have no pivot`); // oxfmt-ignore
  }
}

function norm(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let p = from; p < to; p++) sum += values[p] * values[p];
  if (sum > 1e-280 && sum < 1e280) return Math.sqrt(sum);
  let most = 0;
  for (let p = from; p < to; p++) if (!(Math.abs(values[p]) <= most)) most = Math.abs(values[p]);
  if (most === 0 || !(most < Infinity)) return most;
  sum = 0;
  for (let p = from; p < to; p++) sum += (values[p] / most) ** 2;
  return most * Math.sqrt(sum);
}

/** x -= beta v (v^T x) */
function reflect({ index, value }: Entries, from: number, to: number, beta: number, x: Float64Array): void {
  let sum = 0;
  for (let p = from; p < to; p++) sum += value[p] * x[index[p]];
  if (sum === 0) return;
  sum *= beta;
  for (let p = from; p < to; p++) x[index[p]] -= value[p] * sum;
}
