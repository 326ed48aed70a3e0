// Incomplete Cholesky factorisation with a threshold, A ~ (I + E) D (I + E)^T, row by row: the symmetric sister of ILUT (after Saad 2003,
// section 10.8.3). Entries below `drop` times the row's mean magnitude are left out, and of the rest as many as A has in the row, and
// `fill` more, are kept. Pivots that are not positive are mended by a shift, as in ic0.ts.
import { strictLower, positiveDiagonal, type ShiftedPreconditioner, withShift } from "./ic0.ts";
import { type GivenMatrix, requireSymmetric, squareMatrix } from "./given.ts";
import { checkThreshold, type ThresholdOptions } from "./ilut.ts";
import { IndexHeap } from "./index-heap.ts";
import { keepLargest, RowList } from "./row-list.ts";
import { Triangles, transposeRows, type TriangleRows } from "./triangles.ts";

/** A pivot below this part of the diagonal counts as a breakdown. */
const SMALLEST = 1e-10;

/** ICT of a symmetric matrix with a positive diagonal. */
export function ict(given: GivenMatrix, options: ThresholdOptions = {}): ShiftedPreconditioner {
  const { drop, fill } = checkThreshold("ICT", options);
  const { n, matrix, runtime } = squareMatrix("ICT", given);
  requireSymmetric("ICT", matrix);
  const d = positiveDiagonal("ICT", matrix);
  const lower = strictLower(matrix);
  const { result, shift } = withShift("ICT", (by) => factor(lower, d, by, drop, fill));
  const { e, inverse } = result;
  const name = `ICT(${drop}, ${fill})${shift ? `, shift ${shift.toPrecision(2)}` : ""}`;
  const made = new Triangles(e, inverse, transposeRows(e, n), { name, symmetric: true, runtime });
  return Object.assign(made, { shift });
}

function factor(
  { ptr, idx, values }: TriangleRows,
  a: Float64Array,
  shift: number,
  drop: number,
  fill: number,
): { e: TriangleRows; inverse: Float64Array } | undefined {
  const n = a.length;
  const e = new RowList(n, 2 * ptr[n]);
  /** Columns of E so far: rows and values. */
  const columns = Array.from({ length: n }, (): { rows: number[]; values: number[] } => ({ rows: [], values: [] }));
  const inverse = new Float64Array(n);
  const row = new Float64Array(n);
  const owner = new Int32Array(n).fill(-1);
  const heap = new IndexHeap(n);
  for (let i = 0; i < n; i++) {
    let sum = a[i];
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      owner[idx[p]] = i;
      row[idx[p]] = values[p];
      heap.push(idx[p]);
      sum += Math.abs(values[p]);
    }
    const count = ptr[i + 1] - ptr[i];
    const least = (drop * sum) / (count + 1);
    const found: number[] = [];
    // row[k] is e_ik d_k once k is its turn: it takes its part from those after it.
    while (heap.count > 0) {
      const k = heap.pop();
      const x = row[k];
      if (Math.abs(x) < least || x === 0) continue;
      found.push(k);
      const { rows, values: below } = columns[k];
      for (let q = 0; q < rows.length; q++) {
        const j = rows[q];
        if (owner[j] !== i) {
          owner[j] = i;
          row[j] = 0;
          heap.push(j);
        }
        row[j] -= x * below[q];
      }
    }
    const kept = keepLargest(found, row, 0, count + fill);
    let pivot = a[i] * (1 + shift);
    for (const k of kept) {
      const x = row[k] * inverse[k];
      pivot -= row[k] * x;
      row[k] = x;
      columns[k].rows.push(i);
      columns[k].values.push(x);
    }
    if (!(pivot > SMALLEST * a[i])) return undefined;
    e.add(kept, kept.length, row, 1);
    inverse[i] = 1 / pivot;
  }
  return { e: e.rows(), inverse };
}
