// Numeric kernels of the supernodal LU: refactor, solve, transposed solve, over the flat arrays of an LULayout.
// Source: Demmel, Eisenstat, Gilbert, Li, Liu 1999 (see supernode.ts), supernode-column form, left-looking.
// lu-program.ts has refactor and solve as programs of the compiler's IR, with the same order of every sum: these
// functions define what they compute, bit by bit, and serve where there is no WebAssembly.
// Leaves out parallelism and blocking over several target columns.
import type { LULayout } from "./supernode.ts";

/**
 * y[idx[r]] -= sum_c L[r + c*ld] * u[c], r < rows, c < cols: a dense block of L times a segment of U, scattered.
 * L from `l`, u from `at` in `u`, idx from `row`. Each row is summed over ascending c.
 */
function scatterProduct(
  rows: number, cols: number, L: Float64Array, l: number, ld: number,
  u: Float64Array, at: number, idx: Int32Array, row: number, y: Float64Array,
): void {
  if (cols === 1) {
    const v = u[at];
    for (let r = 0; r < rows; r++) y[idx[row + r]] -= L[l + r] * v;
    return;
  }
  let r = 0;
  for (; r + 3 < rows; r += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let c = 0, p = l + r; c < cols; c++, p += ld) {
      const v = u[at + c];
      s0 += L[p] * v;
      s1 += L[p + 1] * v;
      s2 += L[p + 2] * v;
      s3 += L[p + 3] * v;
    }
    y[idx[row + r]] -= s0;
    y[idx[row + r + 1]] -= s1;
    y[idx[row + r + 2]] -= s2;
    y[idx[row + r + 3]] -= s3;
  }
  for (; r < rows; r++) {
    let s = 0;
    for (let c = 0, p = l + r; c < cols; c++, p += ld) s += L[p] * u[at + c];
    y[idx[row + r]] -= s;
  }
} // oxfmt-ignore

/** y[to + r] -= L[l + r + c*ld] * u[at + c] for c = 0, 1, ... cols - 1, r < rows: the same with adjacent targets. */
function denseProduct(
  rows: number, cols: number, L: Float64Array, l: number, ld: number,
  u: Float64Array, at: number, y: Float64Array, to: number,
): void {
  let r = 0;
  for (; r + 3 < rows; r += 4) {
    const d = to + r;
    let s0 = y[d];
    let s1 = y[d + 1];
    let s2 = y[d + 2];
    let s3 = y[d + 3];
    for (let c = 0, p = l + r; c < cols; c++, p += ld) {
      const v = u[at + c];
      s0 -= L[p] * v;
      s1 -= L[p + 1] * v;
      s2 -= L[p + 2] * v;
      s3 -= L[p + 3] * v;
    }
    y[d] = s0;
    y[d + 1] = s1;
    y[d + 2] = s2;
    y[d + 3] = s3;
  }
  for (; r < rows; r++) {
    let s = y[to + r];
    for (let c = 0, p = l + r; c < cols; c++, p += ld) s -= L[p] * u[at + c];
    y[to + r] = s;
  }
} // oxfmt-ignore

/** y[to ..+ m) = T^-1 y[to ..+ m), T the unit lower triangle at L[l], leading dimension ld. */
function lowerSolve(m: number, L: Float64Array, l: number, ld: number, y: Float64Array, to: number): void {
  for (let c = 0; c + 1 < m; c++) {
    const v = y[to + c];
    const column = l + c * ld;
    for (let r = c + 1; r < m; r++) y[to + r] -= L[column + r] * v;
  }
}

/**
 * L*U = B from the values of A; inverse[k] = 1 / U(k, k). x has n zeros, and has them again at the end.
 * Returns -1, or the first column whose pivot is zero (or its inverse overflows), not finite, or smaller than pivotTolerance * max |column below|;
 * the factors are then unusable and x must be cleared.
 */
export function luRefactor(
  layout: LULayout, values: Float64Array, pivotTolerance: number,
  L: Float64Array, U: Float64Array, inverse: Float64Array, x: Float64Array,
): number {
  const { nodes, nodeCol, rowPtr, nodeRow, blockPtr, segPtr, segNode, segRow, segVal } = layout;
  const { entryPtr, entryRow, entryPos } = layout;
  for (let s = 0; s < nodes; s++) {
    const first = nodeCol[s];
    const width = nodeCol[s + 1] - first;
    const rows = rowPtr[s + 1] - rowPtr[s];
    const ld = width + rows;
    const block = blockPtr[s];
    for (let c = 0; c < width; c++) {
      const j = first + c;
      for (let e = entryPtr[j]; e < entryPtr[j + 1]; e++) x[entryRow[e]] = values[entryPos[e]];

      // x -= L(:, t) * U(t, j) for the segments of U above this supernode
      const stop = segPtr[j + 1];
      for (let q = segPtr[j]; q < stop; q++) {
        const t = segNode[q];
        const k = segRow[q];
        const tFirst = nodeCol[t];
        const tEnd = nodeCol[t + 1];
        const tRows = rowPtr[t + 1] - rowPtr[t];
        const tLd = tEnd - tFirst + tRows;
        const m = tEnd - k;
        const u = segVal[q];
        const l = blockPtr[t] + (k - tFirst) * tLd + (k - tFirst);
        lowerSolve(m, L, l, tLd, x, k);
        let any = 0;
        for (let r = 0; r < m; r++) {
          const v = x[k + r];
          U[u + r] = v;
          x[k + r] = 0;
          if (v !== 0) any = 1;
        }
        if (any !== 0) scatterProduct(tRows, m, L, l + m, tLd, U, u, nodeRow, rowPtr[t], x);
      }

      // gather into the block
      const column = block + c * ld;
      for (let r = 0; r < width; r++) {
        L[column + r] = x[first + r];
        x[first + r] = 0;
      }
      const below = column + width;
      const list = rowPtr[s];
      for (let r = 0; r < rows; r++) {
        const i = nodeRow[list + r];
        L[below + r] = x[i];
        x[i] = 0;
      }

      // the columns of the block to the left
      lowerSolve(c, L, block, ld, L, column);
      denseProduct(ld - c, c, L, block + c, ld, L, column, L, column + c);

      // pivot
      const pivot = L[column + c];
      let largest = 0;
      for (let r = c + 1; r < ld; r++) largest = Math.max(largest, Math.abs(L[column + r])); // NaN stays
      const size = Math.abs(pivot);
      const over = 1 / pivot;
      if (!(Math.abs(over) < Infinity && size < Infinity && size >= pivotTolerance * largest)) return j;
      inverse[j] = over;
      for (let r = c + 1; r < ld; r++) L[column + r] *= over;
    }
  }
  return -1;
} // oxfmt-ignore

/** b = A^-1 b with the factors of luRefactor. x has 2 n places, any content. */
export function luSolve(
  layout: LULayout,
  L: Float64Array,
  U: Float64Array,
  inverse: Float64Array,
  b: Float64Array,
  x: Float64Array,
): void {
  const { n, rowOrder, colOrder } = layout;
  for (let k = 0; k < n; k++) x[k] = b[rowOrder[k]];
  luLower(layout, L, x);
  luUpper(layout, L, U, inverse, x);
  for (let k = 0; k < n; k++) b[colOrder[k]] = x[k];
}

/** x = L^-1 x by all supernodes, or by those given, ascending: all that the entries of x reach. */
export function luLower(layout: LULayout, L: Float64Array, x: Float64Array, chosen?: Int32Array): void {
  const { nodes, nodeCol, rowPtr, nodeRow, blockPtr } = layout;
  const count = chosen ? chosen.length : nodes;
  for (let i = 0; i < count; i++) {
    const s = chosen ? chosen[i] : i;
    const first = nodeCol[s];
    const width = nodeCol[s + 1] - first;
    const rows = rowPtr[s + 1] - rowPtr[s];
    lowerSolve(width, L, blockPtr[s], width + rows, x, first);
    scatterProduct(rows, width, L, blockPtr[s] + width, width + rows, x, first, nodeRow, rowPtr[s], x);
  }
}

/** x = U^-1 x, rows of U times the part of x that is done, by all supernodes or those given; with each come those its rows lead to. */
export function luUpper(
  layout: LULayout, L: Float64Array, U: Float64Array, inverse: Float64Array, x: Float64Array, chosen?: Int32Array,
): void {
  const { n, nodes, nodeCol, rowPtr, blockPtr, upPtr, upCol, upBlock } = layout;
  const count = chosen ? chosen.length : nodes;
  for (let i = count - 1; i >= 0; i--) {
    const t = chosen ? chosen[i] : i;
    const first = nodeCol[t];
    const width = nodeCol[t + 1] - first;
    const list = upPtr[t];
    const cols = upPtr[t + 1] - list;
    const up = upBlock[t];
    if (width === 1) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let c = 0;
      for (; c + 3 < cols; c += 4) {
        s0 += U[up + c] * x[upCol[list + c]];
        s1 += U[up + c + 1] * x[upCol[list + c + 1]];
        s2 += U[up + c + 2] * x[upCol[list + c + 2]];
        s3 += U[up + c + 3] * x[upCol[list + c + 3]];
      }
      let sum = s0 + s2 + (s1 + s3);
      for (; c < cols; c++) sum += U[up + c] * x[upCol[list + c]];
      x[first] = (x[first] - sum) * inverse[first];
      continue;
    }
    for (let c = 0; c < cols; c++) x[n + c] = x[upCol[list + c]];
    denseProduct(width, cols, U, up, width, x, n, x, first);
    const ld = width + rowPtr[t + 1] - rowPtr[t];
    for (let c = width - 1; c >= 0; c--) {
      const v = x[first + c] * inverse[first + c];
      x[first + c] = v;
      const column = blockPtr[t] + c * ld;
      for (let r = 0; r < c; r++) x[first + r] -= L[column + r] * v;
    }
  }
} // oxfmt-ignore

/** b = A^-T b with the factors of luRefactor. x has n places, any content. */
export function luSolveTransposed(
  layout: LULayout, L: Float64Array, U: Float64Array, b: Float64Array, x: Float64Array,
): void {
  const { n, nodes, nodeCol, rowPtr, nodeRow, blockPtr, segPtr, segNode, segRow, segVal, rowOrder, colOrder } = layout;
  for (let k = 0; k < n; k++) x[k] = b[colOrder[k]];
  // x = U^-T x
  for (let s = 0; s < nodes; s++) {
    const first = nodeCol[s];
    const width = nodeCol[s + 1] - first;
    const ld = width + rowPtr[s + 1] - rowPtr[s];
    for (let c = 0; c < width; c++) {
      const column = blockPtr[s] + c * ld;
      let sum = x[first + c];
      for (let q = segPtr[first + c]; q < segPtr[first + c + 1]; q++) {
        const k = segRow[q];
        const m = nodeCol[segNode[q] + 1] - k;
        const u = segVal[q];
        for (let r = 0; r < m; r++) sum -= U[u + r] * x[k + r];
      }
      for (let r = 0; r < c; r++) sum -= L[column + r] * x[first + r];
      x[first + c] = sum / L[column + c];
    }
  }
  // x = L^-T x
  for (let s = nodes - 1; s >= 0; s--) {
    const first = nodeCol[s];
    const width = nodeCol[s + 1] - first;
    const rows = rowPtr[s + 1] - rowPtr[s];
    const ld = width + rows;
    const list = rowPtr[s];
    for (let c = width - 1; c >= 0; c--) {
      const column = blockPtr[s] + c * ld;
      let sum = x[first + c];
      for (let r = c + 1; r < width; r++) sum -= L[column + r] * x[first + r];
      for (let r = 0; r < rows; r++) sum -= L[column + width + r] * x[nodeRow[list + r]];
      x[first + c] = sum;
    }
  }
  for (let k = 0; k < n; k++) b[rowOrder[k]] = x[k];
} // oxfmt-ignore
