// Incomplete Cholesky factorisation without fill, in the order given: A ~ (I + E) D (I + E)^T on the pattern of A (Meijerink, van der
// Vorst 1977). Where a pivot is not positive, it is made of A + shift diag(A) instead, the shift doubled until all are (Manteuffel
// 1980); `shift` says which one was needed. No reordering: natural and band-reducing orders need half the steps of minimum degree.
import type { Sparse } from "../../array/index.ts";
import { diagonal } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { type GivenMatrix, requireSymmetric, squareMatrix } from "./given.ts";
import { Triangles, transposeRows, type TriangleRows } from "./triangles.ts";

/** The first shift tried after 0, and the largest. */
const FIRST_SHIFT = 1e-3;
const LAST_SHIFT = 1e3;
/** A pivot below this part of the diagonal counts as a breakdown. */
const SMALLEST = 1e-10;

export interface ShiftedPreconditioner extends Triangles {
  /** The matrix factored was A + shift diag(A). */
  readonly shift: number;
}

/** Refuses a diagonal that no positive definite matrix has. */
export function positiveDiagonal(name: string, matrix: Sparse): Float64Array {
  const d = diagonal(matrix);
  const bad = d.findIndex((x) => !(x > 0));
  if (bad >= 0)
    throw new Failure("domain", `${name}: the diagonal is ${d[bad]} at row ${bad}: the matrix is not positive definite`, { hint: "Use ILU(0) or ILUT." }); // oxfmt-ignore
  return d;
}

/** Calls `attempt` with growing shifts until it gives a result. */
export function withShift<T>(name: string, attempt: (shift: number) => T | undefined): { result: T; shift: number } {
  for (let shift = 0; shift <= LAST_SHIFT; shift = shift === 0 ? FIRST_SHIFT : 2 * shift) {
    const result = attempt(shift);
    if (result !== undefined) return { result, shift };
  }
  throw new Failure("numeric", `${name}: pivots are not positive even with a shift of ${LAST_SHIFT}`);
}

/** IC(0) of a symmetric matrix with a positive diagonal. */
export function ic0(given: GivenMatrix): ShiftedPreconditioner {
  const { n, matrix, runtime } = squareMatrix("IC(0)", given);
  requireSymmetric("IC(0)", matrix);
  const d = positiveDiagonal("IC(0)", matrix);
  const lower = strictLower(matrix);
  const { result, shift } = withShift("IC(0)", (by) => factor(lower, d, by));
  const e = { ...lower, values: result.e };
  const made = new Triangles(e, result.inverse, transposeRows(e, n), { name: shift ? `IC(0), shift ${shift.toPrecision(2)}` : "IC(0)", symmetric: true, runtime }); // oxfmt-ignore
  return Object.assign(made, { shift });
}

/** Entries left of the diagonal, row by row. */
export function strictLower({ rows: n, ptr, idx, values }: Sparse): TriangleRows {
  const out = new Int32Array(n + 1);
  let to = 0;
  for (let i = 0; i < n; i++) {
    for (let p = ptr[i]; p < ptr[i + 1] && idx[p] < i; p++) to++;
    out[i + 1] = to;
  }
  const [index, re] = [new Int32Array(to), new Float64Array(to)];
  to = 0;
  for (let i = 0; i < n; i++)
    for (let p = ptr[i]; p < ptr[i + 1] && idx[p] < i; p++, to++) {
      index[to] = idx[p];
      re[to] = values[p];
    }
  return { ptr: out, idx: index, values: re };
}

/** e_ij d_j = a_ij - sum_k e_ik d_k e_jk; undefined where a pivot is not positive. */
function factor({ ptr, idx, values }: TriangleRows, a: Float64Array, shift: number): { e: Float64Array; inverse: Float64Array } | undefined {
  const n = a.length;
  const e = new Float64Array(values.length);
  const inverse = new Float64Array(n);
  /** e_ik d_k of the row in work, and whose row a place belongs to. */
  const scaled = new Float64Array(n);
  const owner = new Int32Array(n).fill(-1);
  for (let i = 0; i < n; i++) {
    let pivot = a[i] * (1 + shift);
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      const j = idx[p];
      let sum = values[p];
      for (let q = ptr[j]; q < ptr[j + 1]; q++) if (owner[idx[q]] === i) sum -= scaled[idx[q]] * e[q];
      owner[j] = i;
      scaled[j] = sum;
      const x = sum * inverse[j];
      e[p] = x;
      pivot -= sum * x;
    }
    if (!(pivot > SMALLEST * a[i])) return undefined;
    inverse[i] = 1 / pivot;
  }
  return { e, inverse };
} // oxfmt-ignore
