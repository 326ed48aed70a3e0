// Left-looking sparse LU with threshold partial pivoting that prefers the diagonal; also its symbolic part alone.
// Source: Gilbert, Peierls, "Sparse partial pivoting in time proportional to arithmetic operations", SIAM J. Sci. Stat.
// Comput. 9 (1988); symmetric pruning of Eisenstat, Liu, SIAM J. Matrix Anal. Appl. 13 (1992); preference for the diagonal
// as in Davis, Palamadai Natarajan, "Algorithm 907: KLU", ACM TOMS 37 (2010). Here it finds the pivot rows and the fill;
// the values of the factors are computed by the supernodal kernel (lu-kernels.ts). Leaves out scaling.
import type { SparsePattern } from "./pattern.ts";

/** Pivot rows and fill of a factorization P*A*Q = L*U. Indices of rows and columns below are those of P*A*Q. */
export interface Fill {
  /** rowOrder[k]: row of A that became pivot k. */
  readonly rowOrder: Int32Array;
  /** Strictly lower part of L by columns, rows not sorted. */
  readonly lowPtr: Int32Array;
  readonly lowIdx: Int32Array;
  /** Strictly upper part of U by columns, rows not sorted. */
  readonly upPtr: Int32Array;
  readonly upIdx: Int32Array;
  /** Multiplications and additions of the numeric factorization. */
  readonly flops: number;
  /** Pivots off the diagonal. */
  readonly swapped: number;
}

/** A pivot that is zero, or not a number, in step `step` (column colOrder[step] of A). */
export interface Breakdown {
  readonly step: number;
}

export interface FillOptions {
  /** Values of A; without them the pivots are the diagonal and no arithmetic is done. */
  readonly values?: Float64Array;
  /** The diagonal is taken when |a_kk| >= pivotTolerance * max |a_ik|. */
  readonly pivotTolerance?: number;
  /** Stop (returning undefined) when the count of operations passes this. */
  readonly maxFlops?: number;
}

/** Fill of A(:, colOrder), with "diagonal" meaning row colOrder[k] in step k. */
export function luFill(
  { n, colPtr, rowIdx }: SparsePattern,
  colOrder: Int32Array,
  options: FillOptions = {},
): Fill | Breakdown | undefined {
  const { values, pivotTolerance = 1e-3, maxFlops = Infinity } = options;
  const step = new Int32Array(n).fill(-1); // step[i]: when row i of A became pivot
  const rowOrder = new Int32Array(n);
  const lowPtr = new Int32Array(n + 1);
  const upPtr = new Int32Array(n + 1);
  // While the factorization runs lowIdx holds rows of A, upIdx holds steps.
  let lowIdx = new Int32Array(4 * colPtr[n] + n);
  let lowVal = new Float64Array(values ? lowIdx.length : 0);
  let upIdx = new Int32Array(4 * colPtr[n] + n);
  // Rows that reach further: column k of L needs following only up to lowPtr[k] + reachLen[k].
  const reachLen = new Int32Array(n);
  const pruned = new Uint8Array(n);
  const x = new Float64Array(n);
  const seen = new Int32Array(n).fill(-1);
  const stack = new Int32Array(n);
  const place = new Int32Array(n);
  const topo = new Int32Array(n); // steps reached, last found last
  let flops = 0;
  let swapped = 0;

  if (!values) for (let k = 0; k < n; k++) step[colOrder[k]] = k;
  for (let k = 0; k < n; k++) {
    const col = colOrder[k];
    let low = lowPtr[k];
    let up = upPtr[k];
    if (low + n > lowIdx.length) {
      const grown = new Int32Array(2 * lowIdx.length + n);
      grown.set(lowIdx);
      lowIdx = grown;
      if (values) {
        const grownVal = new Float64Array(grown.length);
        grownVal.set(lowVal);
        lowVal = grownVal;
      }
    }
    if (up + n > upIdx.length) {
      const grown = new Int32Array(2 * upIdx.length + n);
      grown.set(upIdx);
      upIdx = grown;
    }

    // Reach of A(:, col) through the columns of L found so far
    let found = 0;
    for (let p = colPtr[col]; p < colPtr[col + 1]; p++) {
      const root = rowIdx[p];
      if (seen[root] === k) continue;
      seen[root] = k;
      if (step[root] < 0 || step[root] >= k) {
        if (step[root] !== k) lowIdx[low++] = root;
        continue;
      }
      let depth = 0;
      stack[0] = step[root];
      place[0] = lowPtr[stack[0]];
      while (depth >= 0) {
        const s = stack[depth];
        const stop = lowPtr[s] + reachLen[s];
        let q = place[depth];
        let down = -1;
        while (q < stop) {
          const i = lowIdx[q++];
          if (seen[i] === k) continue;
          seen[i] = k;
          if (step[i] < 0 || step[i] >= k) {
            if (step[i] !== k) lowIdx[low++] = i;
          } else {
            down = step[i];
            break;
          }
        }
        place[depth] = q;
        if (down >= 0) {
          stack[++depth] = down;
          place[depth] = lowPtr[down];
        } else {
          topo[found++] = s;
          depth--;
        }
      }
    }
    for (let t = found - 1; t >= 0; t--) {
      const s = topo[t];
      upIdx[up++] = s;
      flops += 2 * (lowPtr[s + 1] - lowPtr[s]);
    }
    if (flops > maxFlops) return undefined;

    let pivotRow = colOrder[k];
    if (values) {
      // x = L^-1 A(:, col), then the pivot: the diagonal if large enough, else the largest
      for (let p = colPtr[col]; p < colPtr[col + 1]; p++) x[rowIdx[p]] = values[p];
      for (let t = found - 1; t >= 0; t--) {
        const s = topo[t];
        const u = x[rowOrder[s]];
        x[rowOrder[s]] = 0;
        for (let q = lowPtr[s]; q < lowPtr[s + 1]; q++) x[lowIdx[q]] -= lowVal[q] * u;
      }
      let largest = -1;
      let at = -1;
      for (let q = lowPtr[k]; q < low; q++) {
        const size = Math.abs(x[lowIdx[q]]);
        if (size > largest || size !== size) {
          largest = size;
          at = q;
        }
      }
      if (!(largest > 0 && largest < Infinity)) return { step: k };
      if (step[pivotRow] < 0 && seen[pivotRow] === k && Math.abs(x[pivotRow]) >= pivotTolerance * largest) {
        at = lowPtr[k];
        while (lowIdx[at] !== pivotRow) at++;
      } else {
        pivotRow = lowIdx[at];
        swapped++;
      }
      lowIdx[at] = lowIdx[--low];
      const pivot = x[pivotRow];
      x[pivotRow] = 0;
      for (let q = lowPtr[k]; q < low; q++) {
        lowVal[q] = x[lowIdx[q]] / pivot;
        x[lowIdx[q]] = 0;
      }
      step[pivotRow] = k;
    }
    rowOrder[k] = pivotRow;
    flops += low - lowPtr[k];
    lowPtr[k + 1] = low;
    upPtr[k + 1] = up;
    reachLen[k] = low - lowPtr[k];

    // Symmetric pruning: if U(s, k) and L(k, s) are entries, what column s reaches beyond k is reached through k.
    for (let q = upPtr[k]; q < up; q++) {
      const s = upIdx[q];
      if (pruned[s]) continue;
      let at = lowPtr[s];
      const stop = lowPtr[s + 1];
      while (at < stop && lowIdx[at] !== pivotRow) at++;
      if (at === stop) continue;
      let a = lowPtr[s];
      let b = stop;
      while (a < b) {
        const i = lowIdx[a];
        if (step[i] >= 0 && step[i] <= k) a++;
        else {
          b--;
          lowIdx[a] = lowIdx[b];
          lowIdx[b] = i;
          if (values) {
            const v = lowVal[a];
            lowVal[a] = lowVal[b];
            lowVal[b] = v;
          }
        }
      }
      pruned[s] = 1;
      reachLen[s] = a - lowPtr[s];
    }
  }
  const lower = lowIdx.slice(0, lowPtr[n]);
  for (let q = 0; q < lower.length; q++) lower[q] = step[lower[q]];
  return { rowOrder, lowPtr, lowIdx: lower, upPtr, upIdx: upIdx.slice(0, upPtr[n]), flops, swapped };
}
