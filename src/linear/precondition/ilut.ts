// Incomplete LU factorisation with the dual threshold of Saad (1994, "ILUT: a dual threshold incomplete LU factorization"; Saad 2003,
// algorithm 10.6): a row's entries below `drop` times the row's mean magnitude are left out, and of what remains the `fill` largest are kept in
// L and in U besides as many as A has there. A pivot that vanishes is replaced, as Saad does, by (1e-4 + drop) times the row's norm.
// No pivoting.
import { Failure } from "../../base/index.ts";
import { type GivenMatrix, squareMatrix } from "./given.ts";
import { IndexHeap } from "./index-heap.ts";
import { keepLargest, RowList } from "./row-list.ts";
import { Triangles } from "./triangles.ts";

export interface ThresholdOptions {
  /** Entries below this part of their row's mean magnitude are dropped. Default 1e-3. */
  readonly drop?: number;
  /** Entries a row that are kept in a triangle besides as many as A has there. Default 10. */
  readonly fill?: number;
}

export function checkThreshold(name: string, { drop = 1e-3, fill = 10 }: ThresholdOptions): { drop: number; fill: number } {
  if (!(drop >= 0)) throw new Failure("usage", `${name}: a drop tolerance of ${drop}`, { hint: "Use 1e-2 to 1e-6." });
  if (!(fill >= 0)) throw new Failure("usage", `${name}: a fill of ${fill} entries a row`);
  return { drop, fill };
} // oxfmt-ignore

export interface ThresholdPreconditioner extends Triangles {
  /** Rows whose pivot was replaced. */
  readonly replaced: number;
}

export function ilut(given: GivenMatrix, options: ThresholdOptions = {}): ThresholdPreconditioner {
  const { drop, fill } = checkThreshold("ILUT", options);
  const { n, matrix, runtime } = squareMatrix("ILUT", given);
  const { ptr, idx, values } = matrix;
  const [e, f] = [new RowList(n, ptr[n]), new RowList(n, ptr[n])];
  const inverse = new Float64Array(n);
  const row = new Float64Array(n);
  const owner = new Int32Array(n).fill(-1);
  const heap = new IndexHeap(n);
  let replaced = 0;
  for (let i = 0; i < n; i++) {
    const [left, right]: number[][] = [[], []];
    let [below, sum] = [0, 0];
    const enter = (j: number, value: number): void => {
      owner[j] = i;
      row[j] = value;
      if (j < i) heap.push(j);
      else if (j > i) right.push(j);
    };
    enter(i, 0);
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      sum += Math.abs(values[p]);
      if (idx[p] < i) below++;
      if (idx[p] === i) row[i] = values[p];
      else enter(idx[p], values[p]);
    }
    const above = right.length;
    const mean = sum / Math.max(1, ptr[i + 1] - ptr[i]);
    while (heap.count > 0) {
      const k = heap.pop();
      // row[k] is l_ik u_kk, F's row k is that of U divided by u_kk.
      const x = row[k] * inverse[k];
      if (Math.abs(row[k]) < drop * mean || x === 0) continue;
      left.push(k);
      for (let q = f.ptr[k]; q < f.ptr[k + 1]; q++) {
        const j = f.idx[q];
        const less = row[k] * f.values[q];
        if (owner[j] === i) row[j] -= less;
        else enter(j, -less);
      }
      row[k] = x;
    }
    const kept = keepLargest(left, row, 0, below + fill);
    e.add(kept, kept.length, row, 1);
    let pivot = row[i];
    if (!(Math.abs(pivot) > 1e-14 * sum)) {
      if (sum === 0) throw new Failure("numeric", `ILUT: row ${i} is empty`, { hint: "The matrix is singular." });
      pivot = (1e-4 + drop) * sum;
      replaced++;
    }
    inverse[i] = 1 / pivot;
    const upper = keepLargest(right, row, drop * mean, above + fill);
    f.add(upper, upper.length, row, inverse[i]);
  }
  const made = new Triangles(e.rows(), inverse, f.rows(), {
    name: `ILUT(${drop}, ${fill})`,
    symmetric: false,
    runtime,
  });
  return Object.assign(made, { replaced });
}
