// Rows of a triangle that come one after another, and which entries of a row are kept.
import type { TriangleRows } from "./triangles.ts";

/** Grows by rows; each row's columns ascend. */
export class RowList {
  readonly ptr: Int32Array;
  idx: Int32Array;
  values: Float64Array;
  #rows = 0;

  constructor(rows: number, entries: number) {
    this.ptr = new Int32Array(rows + 1);
    this.idx = new Int32Array(Math.max(16, entries));
    this.values = new Float64Array(Math.max(16, entries));
  }

  /** Adds the row of these columns, times `scale`; returns nothing. */
  add(columns: ArrayLike<number>, count: number, row: Float64Array, scale: number): void {
    let to = this.ptr[this.#rows];
    if (to + count > this.idx.length) {
      const longer = 2 * this.idx.length + count;
      const [idx, values] = [new Int32Array(longer), new Float64Array(longer)];
      idx.set(this.idx);
      values.set(this.values);
      [this.idx, this.values] = [idx, values];
    }
    for (let k = 0; k < count; k++, to++) {
      this.idx[to] = columns[k];
      this.values[to] = scale * row[columns[k]];
    }
    this.ptr[++this.#rows] = to;
  }

  rows(): TriangleRows {
    return { ptr: this.ptr, idx: this.idx, values: this.values };
  }
}

/** Of the columns whose entries are at least `least` in magnitude the `most` largest, ascending. */
export function keepLargest(columns: number[], row: Float64Array, least: number, most: number): number[] {
  let kept = columns.filter((j) => Math.abs(row[j]) >= least && row[j] !== 0);
  if (kept.length > most) kept = kept.sort((i, j) => Math.abs(row[j]) - Math.abs(row[i])).slice(0, most);
  return kept.sort((i, j) => i - j);
}
