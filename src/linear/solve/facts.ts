// What is seen of a matrix before anything is computed with it: sizes, symmetry, dominance, and how its graph grows from a node at
// its rim, which tells the size of separators (and so the fill of direct methods) and the diameter (and so the steps of iterative ones); of
// symmetric matrices also how fast a few steps of conjugate gradients go.
import { entryCount, isSymmetric, lineCount, multiplyVector, type Sparse, toLayout } from "../../array/index.ts";
import { Failure, Random } from "../../base/index.ts";
import { amd } from "../amd.ts";
import { orderedTree } from "../direct/cholesky-layout.ts";
import { levelsFrom, peripheral } from "../direct/cuthill-mckee.ts";
import { symmetrized } from "../pattern.ts";

export interface MatrixFacts {
  readonly rows: number;
  readonly cols: number;
  readonly entries: number;
  /** Real and equal to its transpose. */
  readonly symmetric: boolean;
  /** All diagonal entries are positive: with `symmetric`, it may be positive definite. */
  readonly positiveDiagonal: boolean;
  /** min over rows of |a_ii| / sum of |a_ij|, j /= i: above 1, strictly dominant. 0 of rectangular ones. */
  readonly dominance: number;
  /** Greatest distance of an entry below and above the diagonal. */
  readonly lowerBandwidth: number;
  readonly upperBandwidth: number;
  /** Levels of a breadth-first search from a node at the rim (of the largest component seen), and nodes of the widest level. */
  readonly levels: number;
  readonly width: number;
  /** Nodes of the component searched. */
  readonly component: number;
  /**
   * Of symmetric matrices with a positive diagonal: by what the residual of Jacobi-CG fell in each of the last of PILOT steps, from a
   * right side of random signs; 1 where it did not fall. Undefined where no pilot was run, or it showed that the matrix is indefinite.
   */
  readonly rate?: number;
  /** Rows whose diagonal entry is zero or missing. */
  readonly zeroDiagonal: number;
  /** Of graphs with nodes of many neighbours, where levels tell nothing: entries and operations of a Cholesky factor by minimum degree. */
  readonly fill?: { readonly entries: number; readonly flops: number };
  /** Symmetric, and shown not to be positive definite: by its diagonal, or by a direction of the pilot. */
  readonly indefinite: boolean;
}

/** Steps of the pilot, and the smallest matrix that is worth one. */
const PILOT = 24;
const PILOT_ROWS = 100;

/** Refuses NaN and infinities, with the place. */
export function checkEntries(a: Sparse): void {
  const count = entryCount(a);
  const finite = (v: Float64Array | undefined): number => {
    if (v) for (let p = 0; p < count; p++) if (!Number.isFinite(v[p])) return p;
    return -1;
  };
  const bad = Math.max(finite(a.values), finite(a.imaginary));
  if (bad < 0) return;
  let line = 0;
  while (a.ptr[line + 1] <= bad) line++;
  const [i, j] = a.layout === "csr" ? [line, a.idx[bad]] : [a.idx[bad], line];
  throw new Failure("domain", `the matrix has ${Number.isFinite(a.values[bad]) ? a.imaginary![bad] : a.values[bad]} at row ${i}, column ${j}`, { hint: "Rows and columns are counted from 0 here. Give finite numbers." }); // oxfmt-ignore
}

/** Facts of a real matrix. O(entries). */
export function factsOf(matrix: Sparse): MatrixFacts {
  const a = toLayout(matrix, "csc");
  const { rows, cols, ptr, idx, values } = a;
  const square = rows === cols;
  let [positive, below, above] = [square && rows > 0, 0, 0];
  const sums = new Float64Array(rows);
  const diagonal = new Float64Array(rows);
  for (let j = 0; j < lineCount(a); j++)
    for (let p = ptr[j]; p < ptr[j + 1]; p++) {
      const i = idx[p];
      if (i === j) diagonal[i] = values[p];
      else sums[i] += Math.abs(values[p]);
      if (i - j > below) below = i - j;
      if (j - i > above) above = j - i;
    }
  let dominance = square ? Infinity : 0;
  let zeros = 0;
  if (square)
    for (let i = 0; i < rows; i++) {
      if (diagonal[i] === 0) zeros++;
      if (!(diagonal[i] > 0)) positive = false;
      const share = sums[i] === 0 ? (diagonal[i] === 0 ? 0 : Infinity) : Math.abs(diagonal[i]) / sums[i];
      if (share < dominance) dominance = share;
    }
  const growth = square && rows > 0 ? grow(a) : { levels: 0, width: 0, component: 0 };
  const symmetric = square && isSymmetric(a);
  const rate = symmetric && positive && rows >= PILOT_ROWS ? pilot(a, diagonal) : undefined;
  const indefinite = symmetric && rows > 0 && (!positive || rate === "indefinite");
  return {
    rows, cols, entries: entryCount(a), symmetric, positiveDiagonal: positive, dominance,
    lowerBandwidth: below, upperBandwidth: above, ...growth, indefinite, zeroDiagonal: zeros, ...(typeof rate === "number" && { rate }),
  }; // oxfmt-ignore
}

/** A few steps of conjugate gradients with the diagonal. */
function pilot(a: Sparse, diagonal: Float64Array): number | "indefinite" {
  const n = a.rows;
  const random = new Random(1);
  const r = Float64Array.from({ length: n }, (_, i) => (random.at(i) < 0.5 ? -1 : 1) * Math.sqrt(diagonal[i]));
  const z = r.map((v, i) => v / diagonal[i]);
  const p = z.slice();
  const q = new Float64Array(n);
  const dot = (x: Float64Array, y: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
  };
  let rz = dot(r, z);
  const sizes = [rz];
  for (let step = 0; step < PILOT; step++) {
    multiplyVector(a, p, q);
    const alpha = rz / dot(p, q);
    if (!(alpha > 0)) return "indefinite";
    if (!(alpha < Infinity)) return 1;
    for (let i = 0; i < n; i++) {
      r[i] -= alpha * q[i];
      z[i] = r[i] / diagonal[i];
    }
    const next = dot(r, z);
    sizes.push(next);
    if (!(next > 1e-24 * sizes[0])) break;
    for (let i = 0; i < n; i++) p[i] = z[i] + (next / rz) * p[i];
    rz = next;
  }
  const last = sizes.length - 1;
  const from = Math.floor(last / 2);
  return Math.min(1, Math.sqrt(sizes[last] / sizes[from]) ** (1 / Math.max(1, last - from)));
}

/** Neighbours, in multiples of the mean, from which a node is a hub. */
const HUB = 8;

function grow({ cols: n, ptr, idx }: Sparse): Pick<MatrixFacts, "levels" | "width" | "component" | "fill"> {
  const graph = symmetrized({ n, colPtr: ptr, rowIdx: idx });
  let most = 0;
  for (let i = 0; i < n; i++) most = Math.max(most, graph.colPtr[i + 1] - graph.colPtr[i]);
  if (n > 50 && most > HUB * (1 + graph.colPtr[n] / n)) {
    const { entries, flops } = orderedTree(n, graph.colPtr, graph.rowIdx, amd(graph));
    return {
      levels: Math.ceil(Math.log2(n)),
      width: Math.min(n, Math.ceil(Math.cbrt(flops))),
      component: n,
      fill: { entries, flops },
    };
  }
  const part = new Int32Array(n);
  const mark = new Int32Array(n).fill(-1);
  const room = new Int32Array(n);
  let stamp = 0;
  let best = { levels: 0, width: 0, component: 0 };
  // A few places, since the first component may be a small one.
  for (const share of [0.5, 0.1, 0.9]) {
    const start = Math.min(n - 1, Math.floor(share * n));
    const root = peripheral(graph, start, part, 0, mark, () => ++stamp, room);
    const { order, levels } = levelsFrom(graph, root, part, 0, mark, ++stamp, room);
    if (order.length <= best.component) continue;
    let width = 0;
    for (let l = 0; l + 1 < levels.length; l++) width = Math.max(width, levels[l + 1] - levels[l]);
    best = { levels: levels.length - 1, width, component: order.length };
    if (order.length > n / 2) break;
  }
  return best;
}
