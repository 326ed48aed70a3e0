// The matrix that a preconditioner is made of: a Sparse, or a SparseProduct, in whose memory the preconditioner is then put.
import { checkSparse, diagonal, isSymmetric, type Sparse, SparseProduct, toLayout } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import type { Runtime } from "../../compile/index.ts";

export type GivenMatrix = Sparse | SparseProduct;

export interface SquareMatrix {
  readonly n: number;
  /** In compressed rows. */
  readonly matrix: Sparse;
  readonly runtime: Runtime | undefined;
}

/** The matrix, checked: square, real, finite. `name` is of what is made of it. */
export function squareMatrix(name: string, given: GivenMatrix): SquareMatrix {
  const ready = given instanceof SparseProduct;
  const matrix = ready ? given.matrix : toLayout(checkSparse(given), "csr");
  const { rows: n, cols, ptr, idx, values, imaginary } = matrix;
  if (n !== cols) throw new Failure("usage", `${name}: a matrix of ${n} x ${cols} is not square`);
  if (imaginary) throw new Failure("unsupported", `${name}: the matrix is complex`, { hint: "Use realForm(A)." });
  if (!ready)
    for (let i = 0; i < n; i++)
      for (let p = ptr[i]; p < ptr[i + 1]; p++)
        if (!Number.isFinite(values[p]))
          throw new Failure("domain", `${name}: the matrix has ${values[p]} at row ${i}, column ${idx[p]}`);
  return { n, matrix, runtime: ready ? given.runtime : undefined };
}

/** Refuses matrices that are not symmetric. Rounding may make them differ by `slack` times the largest entry. */
export function requireSymmetric(name: string, matrix: Sparse): void {
  if (isSymmetric(matrix) || nearlySymmetric(matrix)) return;
  throw new Failure("domain", `${name} needs a symmetric matrix, and this one is not`, { hint: "Use ILU(0) or ILUT." });
}

const SLACK = 1e-12;

function nearlySymmetric(matrix: Sparse): boolean {
  const { rows, ptr, idx, values } = matrix;
  const other = toLayout(matrix, "csc");
  let [difference, most] = [0, 0];
  const row = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      row[idx[p]] += values[p];
      most = Math.max(most, Math.abs(values[p]));
    }
    for (let p = other.ptr[i]; p < other.ptr[i + 1]; p++) row[other.idx[p]] -= other.values[p];
    for (const [of, from, to] of [[idx, ptr[i], ptr[i + 1]], [other.idx, other.ptr[i], other.ptr[i + 1]]] as const)
      for (let p = from; p < to; p++) {
        difference = Math.max(difference, Math.abs(row[of[p]]));
        row[of[p]] = 0;
      }
  } // oxfmt-ignore
  return difference <= SLACK * most;
}

/** The diagonal, none of it zero. */
export function nonzeroDiagonal(name: string, matrix: Sparse): Float64Array {
  const d = diagonal(matrix);
  const zero = d.indexOf(0);
  if (zero >= 0)
    throw new Failure("numeric", `${name}: the diagonal is zero at row ${zero}`, {
      hint: "Permute the rows so that the diagonal has none, or use ILUT.",
    });
  return d;
}
