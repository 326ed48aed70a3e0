// Numeric kernels of the supernodal LU: refactor, solve, transposed solve, over the flat arrays of an LULayout.
// Source: Demmel, Eisenstat, Gilbert, Li, Liu 1999 (see supernode.ts), supernode-column form, left-looking.
// Written for transcription into structured loops (for, while, if, loads, stores): no allocation, no calls but to each
// other. Leaves out parallelism and blocking over several target columns.
import type { LULayout } from "./supernode.ts";

/**
 * y[idx[r]] -= sum_c L[r + c*ld] * u[c], r < rows, c < cols: a dense block of L times a segment of U, scattered.
 * L from `l`, u from `at` in `u`, idx from `row`.
 */
function scatterProduct(
  rows: number, cols: number, L: Float64Array, l: number, ld: number,
  u: Float64Array, at: number, idx: Int32Array, row: number, y: Float64Array,
): void {
  let c = 0;
  for (; c + 3 < cols; c += 4) {
    const u0 = u[at + c];
    const u1 = u[at + c + 1];
    const u2 = u[at + c + 2];
    const u3 = u[at + c + 3];
    const l0 = l + c * ld;
    const l1 = l0 + ld;
    const l2 = l1 + ld;
    const l3 = l2 + ld;
    for (let r = 0; r < rows; r++)
      y[idx[row + r]] -= L[l0 + r] * u0 + L[l1 + r] * u1 + (L[l2 + r] * u2 + L[l3 + r] * u3);
  }
  if (c + 1 < cols) {
    const u0 = u[at + c];
    const u1 = u[at + c + 1];
    const l0 = l + c * ld;
    const l1 = l0 + ld;
    for (let r = 0; r < rows; r++) y[idx[row + r]] -= L[l0 + r] * u0 + L[l1 + r] * u1;
    c += 2;
  }
  if (c < cols) {
    const u0 = u[at + c];
    const l0 = l + c * ld;
    for (let r = 0; r < rows; r++) y[idx[row + r]] -= L[l0 + r] * u0;
  }
} // oxfmt-ignore

/** y[to + r] -= sum_c L[l + r + c*ld] * u[at + c], r < rows, c < cols: the same with adjacent targets. */
function denseProduct(
  rows: number, cols: number, L: Float64Array, l: number, ld: number,
  u: Float64Array, at: number, y: Float64Array, to: number,
): void {
  let c = 0;
  for (; c + 3 < cols; c += 4) {
    const u0 = u[at + c];
    const u1 = u[at + c + 1];
    const u2 = u[at + c + 2];
    const u3 = u[at + c + 3];
    const l0 = l + c * ld;
    const l1 = l0 + ld;
    const l2 = l1 + ld;
    const l3 = l2 + ld;
    for (let r = 0; r < rows; r++)
      y[to + r] -= L[l0 + r] * u0 + L[l1 + r] * u1 + (L[l2 + r] * u2 + L[l3 + r] * u3);
  }
  for (; c < cols; c++) {
    const u0 = u[at + c];
    const l0 = l + c * ld;
    for (let r = 0; r < rows; r++) y[to + r] -= L[l0 + r] * u0;
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
 * L*U = B from the values of A. x has n zeros, and has them again at the end.
 * Returns -1, or the first column whose pivot is zero, not finite, or smaller than pivotTolerance * max |column below|;
 * the factors are then unusable and x must be cleared.
 */
export function luRefactor(
  layout: LULayout, values: Float64Array, pivotTolerance: number, L: Float64Array, U: Float64Array, x: Float64Array,
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
      if (!(size > 0 && size < Infinity && size >= pivotTolerance * largest)) return j;
      const inverse = 1 / pivot;
      for (let r = c + 1; r < ld; r++) L[column + r] *= inverse;
    }
  }
  return -1;
} // oxfmt-ignore

/** b = A^-1 b with the factors of luRefactor. x has n places, any content. */
export function luSolve(layout: LULayout, L: Float64Array, U: Float64Array, b: Float64Array, x: Float64Array): void {
  const { n, nodes, nodeCol, rowPtr, nodeRow, blockPtr, segPtr, segNode, segRow, segVal, rowOrder, colOrder } = layout;
  for (let k = 0; k < n; k++) x[k] = b[rowOrder[k]];
  // x = L^-1 x
  for (let s = 0; s < nodes; s++) {
    const first = nodeCol[s];
    const width = nodeCol[s + 1] - first;
    const rows = rowPtr[s + 1] - rowPtr[s];
    lowerSolve(width, L, blockPtr[s], width + rows, x, first);
    scatterProduct(rows, width, L, blockPtr[s] + width, width + rows, x, first, nodeRow, rowPtr[s], x);
  }
  // x = U^-1 x
  for (let s = nodes - 1; s >= 0; s--) {
    const first = nodeCol[s];
    const width = nodeCol[s + 1] - first;
    const ld = width + rowPtr[s + 1] - rowPtr[s];
    for (let c = width - 1; c >= 0; c--) {
      const column = blockPtr[s] + c * ld;
      const v = x[first + c] / L[column + c];
      x[first + c] = v;
      if (v === 0) continue;
      for (let r = 0; r < c; r++) x[first + r] -= L[column + r] * v;
      for (let q = segPtr[first + c]; q < segPtr[first + c + 1]; q++) {
        const k = segRow[q];
        const m = nodeCol[segNode[q] + 1] - k;
        const u = segVal[q];
        for (let r = 0; r < m; r++) x[k + r] -= U[u + r] * v;
      }
    }
  }
  for (let k = 0; k < n; k++) b[colOrder[k]] = x[k];
}

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
