// LU factorisation of one fixed pattern as straight-line code, without pivoting: for the matrices I - c J of implicit
// integrators, where the diagonal is a good pivot once c is small enough (KPP does the same for atmospheric chemistry:
// Sandu et al. 1997, "Efficient implementation of fully implicit methods for atmospheric chemistry"). The smallest pivot is
// reported, against the diagonal before elimination; where it is too small the caller shortens its step.
// Every operation is an instruction of a tape: no indices, no loops. Worth it up to some ten thousand operations.
import { Op, type Tape, TapeBuilder } from "../compile/index.ts";
import { analyzeLU } from "./sparse-lu.ts";
import type { SparsePattern } from "./pattern.ts";

/** A pivot must be larger than this share of its diagonal before elimination. */
const SMALLEST_PIVOT = 1e-8;

export interface StaticLU {
  /** Tape `factor`: scalar c; reads J (entries of the pattern); writes lu. the last entry of lu is positive if all pivots are large enough. */
  readonly factor: Tape;
  /** Tape `solve`: reads lu and b; writes x = (I - c J)^-1 b. */
  readonly solve: Tape;
  /** Length of the array lu. */
  readonly length: number;
  /** Multiplications, divisions, additions and subtractions of a factorisation. */
  readonly operations: number;
}

/**
 * Code for I - c J with J of this pattern, or undefined where it would have more than `limit` operations.
 * `pattern` must contain the whole diagonal or not, as it is: missing diagonal entries count as zero.
 */
export function staticLU(pattern: SparsePattern, limit: number): StaticLU | undefined {
  const { n, colPtr, rowIdx } = pattern;
  const full = withDiagonal(pattern);
  const { colOrder, flops } = analyzeLU(full);
  if (flops > limit) return undefined;
  const place = new Int32Array(n);
  colOrder.forEach((column, k) => (place[column] = k));

  const length = fillEntries(n, colPtr, rowIdx, place) + 1;
  const out = new TapeBuilder(
    "factor",
    ["c"],
    [
      { name: "J", length: rowIdx.length, access: "read" },
      { name: "lu", length, access: "write" },
    ],
  );
  const c = out.emit(Op.scalar, 0);
  const one = out.constant(1);
  const share = out.constant(SMALLEST_PIVOT);
  // Rows of the permuted matrix: column -> value of the tape.
  const rows: Map<number, number>[] = Array.from({ length: n }, () => new Map());
  for (let j = 0; j < n; j++)
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const product = out.emit(Op.mul, c, out.load(0, p));
      const diagonal = rowIdx[p] === j;
      rows[place[rowIdx[p]]].set(place[j], diagonal ? out.emit(Op.sub, one, product) : out.emit(Op.neg, product));
    }
  for (let i = 0; i < n; i++) if (!rows[i].has(i)) rows[i].set(i, one);
  const before = rows.map((row, i) => row.get(i)!);
  // Column k -> rows below that have an entry in it, in ascending order when eliminated.
  const below: Set<number>[] = Array.from({ length: n }, () => new Set());
  rows.forEach((row, i) => {
    for (const j of row.keys()) if (j < i) below[j].add(i);
  });
  const inverse: number[] = [];
  let smallest: number | undefined;
  for (let k = 0; k < n; k++) {
    const pivotRow = rows[k];
    const pivot = pivotRow.get(k)!;
    // An untouched diagonal is its own measure.
    const size = out.emit(Op.abs, pivot);
    const margin =
      pivot === before[k] ? size : out.emit(Op.sub, size, out.emit(Op.mul, share, out.emit(Op.abs, before[k])));
    smallest = smallest === undefined ? margin : out.emit(Op.min, smallest, margin);
    inverse[k] = out.emit(Op.div, one, pivot);
    for (const i of [...below[k]].sort((a, b) => a - b)) {
      const row = rows[i];
      const factor = out.emit(Op.mul, row.get(k)!, inverse[k]);
      row.set(k, factor);
      for (const [j, u] of pivotRow) {
        if (j <= k) continue;
        const update = out.emit(Op.mul, factor, u);
        const old = row.get(j);
        row.set(j, old === undefined ? out.emit(Op.neg, update) : out.emit(Op.sub, old, update));
        if (old === undefined && j < i) below[j].add(i);
      }
    }
  }
  // Storage: rows one after the other, columns ascending, the inverse pivot on the diagonal.
  const at: Map<number, number>[] = [];
  let next = 0;
  rows.forEach((row, i) => {
    const positions = new Map<number, number>();
    for (const j of [...row.keys()].sort((a, b) => a - b)) {
      positions.set(j, next);
      out.store(j === i ? inverse[i] : row.get(j)!, 1, next++);
    }
    at.push(positions);
  });
  out.store(smallest ?? one, 1, next);
  return { factor: out.build(), solve: solveTape(n, at, colOrder, length), length, operations: flops };
}

/** Number of entries of L and U together by symbolic elimination. */
function fillEntries(n: number, colPtr: Int32Array, rowIdx: Int32Array, place: Int32Array): number {
  const rows: Set<number>[] = Array.from({ length: n }, (_, i) => new Set([i]));
  const below: Set<number>[] = Array.from({ length: n }, () => new Set());
  for (let j = 0; j < n; j++)
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const [i, k] = [place[rowIdx[p]], place[j]];
      rows[i].add(k);
      if (k < i) below[k].add(i);
    }
  let entries = 0;
  for (let k = 0; k < n; k++) {
    for (const i of below[k])
      for (const j of rows[k]) {
        if (j <= k || rows[i].has(j)) continue;
        rows[i].add(j);
        if (j < i) below[j].add(i);
      }
    entries += rows[k].size;
  }
  return entries;
}

/** Forward substitution with unit lower L, then back substitution with U. */
function solveTape(n: number, at: readonly ReadonlyMap<number, number>[], order: Int32Array, length: number): Tape {
  const out = new TapeBuilder(
    "solve",
    [],
    [
      { name: "lu", length, access: "read" },
      { name: "b", length: n, access: "read" },
      { name: "x", length: n, access: "write" },
    ],
  );
  const y: number[] = [];
  for (let i = 0; i < n; i++) {
    let value = out.load(1, order[i]);
    for (const [j, position] of at[i])
      if (j < i) value = out.emit(Op.sub, value, out.emit(Op.mul, out.load(0, position), y[j]));
    y.push(value);
  }
  const x: number[] = new Array<number>(n);
  for (let i = n - 1; i >= 0; i--) {
    let value = y[i];
    for (const [j, position] of at[i])
      if (j > i) value = out.emit(Op.sub, value, out.emit(Op.mul, out.load(0, position), x[j]));
    x[i] = out.emit(Op.mul, value, out.load(0, at[i].get(i)!));
    out.store(x[i], 2, order[i]);
  }
  return out.build();
}

function withDiagonal({ n, colPtr, rowIdx }: SparsePattern): SparsePattern {
  const full = new Int32Array(n + 1);
  const rows: number[] = [];
  for (let j = 0; j < n; j++) {
    const column = new Set(rowIdx.subarray(colPtr[j], colPtr[j + 1]));
    column.add(j);
    rows.push(...[...column].sort((a, b) => a - b));
    full[j + 1] = rows.length;
  }
  return { n, colPtr: full, rowIdx: Int32Array.from(rows) };
}
