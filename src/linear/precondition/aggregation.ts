// The set-up of smoothed aggregation (Vanek, Mandel, Brezina 1996): which unknowns are strongly joined, their aggregates, the smoothed
// prolongation, and the chain of coarser matrices P^T A P.
// One unknown a point: the near-kernel is one vector, by default of ones. Left out: several such vectors (elasticity).
import { diagonal, multiplySparse, type Sparse, toLayout, transpose } from "../../array/index.ts";
import { extremeEigenvalues } from "../iterative/tridiagonal.ts";

export interface Level {
  /** In compressed rows. */
  readonly matrix: Sparse;
  /** To this level from the next coarser one; absent on the coarsest. */
  prolongation?: Sparse;
}

export interface AggregationOptions {
  /** |a_ij| > strength sqrt(a_ii a_jj) joins i and j; halved from level to level. Default 0.08, as in the paper. */
  readonly strength?: number;
  /** A vector that A nearly takes to zero. Default: ones. */
  readonly kernel?: Float64Array;
  /** Unknowns of the coarsest level at most. Default 200. */
  readonly coarsest?: number;
}

/** The smoothing of the prolongation, I - 4/3 / rho D^-1 A. */
const DAMPING = 4 / 3;
/** Coarsening that keeps more than this part of the unknowns is not worth a level. */
const LEAST_GAIN = 0.8;
const MOST_LEVELS = 25;

/** The levels, finest first. */
export function aggregationLevels(matrix: Sparse, options: AggregationOptions = {}): Level[] {
  const { strength = 0.08, coarsest = 200 } = options;
  let kernel = options.kernel ?? new Float64Array(matrix.rows).fill(1);
  const levels: Level[] = [{ matrix }];
  for (let level = 0; level < MOST_LEVELS; level++) {
    const fine = levels[level];
    const a = fine.matrix;
    if (a.rows <= coarsest) break;
    const strong = strongEntries(a, strength * 0.5 ** level);
    const { of, count } = aggregate(a, strong);
    if (count === 0 || count > LEAST_GAIN * a.rows) break;
    const { t, coarse } = tentative(of, count, kernel);
    const p = smoothed(a, strong, of, count, t);
    fine.prolongation = p;
    levels.push({ matrix: multiplySparse(toLayout(transpose(p), "csr"), multiplySparse(a, p)) });
    kernel = coarse;
  }
  return levels;
}

/** 1 for entries off the diagonal that join their unknowns strongly. */
function strongEntries(a: Sparse, strength: number): Uint8Array {
  const { rows, ptr, idx, values } = a;
  const d = diagonal(a);
  const strong = new Uint8Array(ptr[rows]);
  const least = strength * strength;
  for (let i = 0; i < rows; i++)
    for (let p = ptr[i]; p < ptr[i + 1]; p++)
      if (idx[p] !== i && values[p] * values[p] > least * Math.abs(d[i] * d[idx[p]])) strong[p] = 1;
  return strong;
}

/** The aggregate of each unknown; -1 where none is strongly joined to it. */
function aggregate({ rows, ptr, idx, values }: Sparse, strong: Uint8Array): { of: Int32Array; count: number } {
  const FREE = -2;
  const of = new Int32Array(rows).fill(FREE);
  let count = 0;
  // Whole neighbourhoods that are free.
  for (let i = 0; i < rows; i++) {
    if (of[i] !== FREE) continue;
    let [joined, free] = [false, true];
    for (let p = ptr[i]; p < ptr[i + 1] && free; p++)
      if (strong[p]) {
        joined = true;
        free = of[idx[p]] === FREE;
      }
    if (!joined) of[i] = -1;
    else if (free) {
      of[i] = count;
      for (let p = ptr[i]; p < ptr[i + 1]; p++) if (strong[p]) of[idx[p]] = count;
      count++;
    }
  }
  // Leftovers go to the aggregate that they are joined to most strongly, as the aggregates were made above.
  const first = of.slice();
  for (let i = 0; i < rows; i++) {
    if (of[i] !== FREE) continue;
    let most = 0;
    for (let p = ptr[i]; p < ptr[i + 1]; p++)
      if (strong[p] && first[idx[p]] >= 0 && Math.abs(values[p]) > most) {
        most = Math.abs(values[p]);
        of[i] = first[idx[p]];
      }
  }
  // What is left makes aggregates of its own.
  for (let i = 0; i < rows; i++) {
    if (of[i] !== FREE) continue;
    of[i] = count;
    for (let p = ptr[i]; p < ptr[i + 1]; p++) if (strong[p] && of[idx[p]] === FREE) of[idx[p]] = count;
    count++;
  }
  return { of, count };
}

/** The one entry a row of the tentative prolongation, whose columns are the kernel cut into aggregates and normed; the coarse kernel. */
function tentative(of: Int32Array, count: number, kernel: Float64Array): { t: Float64Array; coarse: Float64Array } {
  const coarse = new Float64Array(count);
  for (let i = 0; i < of.length; i++) if (of[i] >= 0) coarse[of[i]] += kernel[i] * kernel[i];
  for (let k = 0; k < count; k++) coarse[k] = Math.sqrt(coarse[k]);
  const t = new Float64Array(of.length);
  for (let i = 0; i < of.length; i++) if (of[i] >= 0) t[i] = coarse[of[i]] > 0 ? kernel[i] / coarse[of[i]] : 0;
  return { t, coarse };
}

/** P = (I - DAMPING / rho F) T, F = D^-1 A without the weak entries, which are added to the diagonal: row sums stay. */
function smoothed(a: Sparse, strong: Uint8Array, of: Int32Array, count: number, t: Float64Array): Sparse {
  const { rows, ptr, idx, values } = a;
  const d = filteredDiagonal(a, strong);
  const factor = DAMPING / largestEigenvalue(a, strong, d);
  const out = new Int32Array(rows + 1);
  let index = new Int32Array(4 * rows + 16);
  let re = new Float64Array(index.length);
  const sums = new Float64Array(count);
  const seen = new Int32Array(count).fill(-1);
  let to = 0;
  for (let i = 0; i < rows; i++) {
    const begin = to;
    const end = ptr[i + 1];
    if (to + end - ptr[i] + 1 > index.length) {
      const [more, longer] = [new Int32Array(2 * index.length + rows), new Float64Array(2 * index.length + rows)];
      more.set(index);
      longer.set(re);
      [index, re] = [more, longer];
    }
    if (of[i] >= 0) {
      seen[of[i]] = i;
      sums[of[i]] = (1 - factor) * t[i];
      index[to++] = of[i];
    }
    const scale = -factor / d[i];
    for (let p = ptr[i]; p < end; p++) {
      const j = idx[p];
      const column = of[j];
      if (strong[p] === 0 || column < 0) continue;
      const v = scale * values[p] * t[j];
      if (seen[column] === i) sums[column] += v;
      else {
        seen[column] = i;
        sums[column] = v;
        index[to++] = column;
      }
    }
    // Rows are short.
    for (let p = begin + 1; p < to; p++) {
      const column = index[p];
      let q = p;
      for (; q > begin && index[q - 1] > column; q--) index[q] = index[q - 1];
      index[q] = column;
    }
    for (let p = begin; p < to; p++) re[p] = sums[index[p]];
    out[i + 1] = to;
  }
  return { layout: "csr", rows, cols: count, ptr: out, idx: index.slice(0, to), values: re.slice(0, to) };
}

function filteredDiagonal({ rows, ptr, idx, values }: Sparse, strong: Uint8Array): Float64Array {
  const d = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let own = 0;
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      if (strong[p]) continue;
      d[i] += values[p];
      if (idx[p] === i) own = values[p];
    }
    if (!(d[i] > 0.1 * own)) d[i] = own;
  }
  return d;
}

/** Steps of the estimate below. */
const STEPS = 8;

/** An estimate of the largest eigenvalue of D^-1 A (weak entries left out) by Lanczos steps on D^-1/2 A D^-1/2, at most its row-sum bound. */
function largestEigenvalue(a: Sparse, strong: Uint8Array, d: Float64Array): number {
  const { rows, ptr, values } = a;
  let bound = 0;
  const root = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 1;
    for (let p = ptr[i]; p < ptr[i + 1]; p++) if (strong[p]) sum += Math.abs(values[p]) / d[i];
    bound = Math.max(bound, sum);
    root[i] = 1 / Math.sqrt(d[i]);
  }
  let [before, v, w] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
  const u = new Float64Array(rows);
  // A fixed start that is far from smooth vectors.
  for (let i = 0; i < rows; i++) v[i] = ((i * 7919) % 1000) / 500 - 0.999;
  let norm = length(v);
  for (let i = 0; i < rows; i++) v[i] /= norm;
  const [alpha, beta]: number[][] = [[], []];
  for (let step = 0; step < Math.min(STEPS, rows); step++) {
    const last = beta[step - 1] ?? 0;
    for (let i = 0; i < rows; i++) u[i] = root[i] * v[i];
    multiplyStrong(a, strong, u, w);
    let dot = 0;
    for (let i = 0; i < rows; i++) {
      w[i] = v[i] + root[i] * w[i] - last * before[i];
      dot += w[i] * v[i];
    }
    alpha.push(dot);
    for (let i = 0; i < rows; i++) w[i] -= dot * v[i];
    norm = length(w);
    if (!(norm > 1e-10)) break;
    beta.push(norm);
    for (let i = 0; i < rows; i++) w[i] /= norm;
    [before, v, w] = [v, w, before];
  }
  return Math.min(bound, 1.05 * extremeEigenvalues(alpha, beta)[1]);
}

/** w = A u with the strong entries alone. */
function multiplyStrong(
  { rows, ptr, idx, values }: Sparse,
  strong: Uint8Array,
  u: Float64Array,
  w: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const end = ptr[i + 1];
    let sum = 0;
    for (let p = ptr[i]; p < end; p++) if (strong[p] === 1) sum += values[p] * u[idx[p]];
    w[i] = sum;
  }
}

function length(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}
