// Dense matrices: numbers with a step from row to row and one from column to column, so that transposes and blocks are views of
// the same numbers. Left out: numbers other than f64 and pairs of f64 (low-precision arrays are in room compile).
import { Failure } from "../base/index.ts";

/** Element (i, j) is data[offset + i * rowStep + j * colStep]; complex matrices have `imaginary` beside `data`. */
export interface Dense {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
  readonly imaginary?: Float64Array;
  readonly offset: number;
  readonly rowStep: number;
  readonly colStep: number;
}

export type DenseOrder = "row" | "column";

/** A matrix over these numbers (not copied), row by row or column by column; zeros where none are given. */
export function dense(
  rows: number,
  cols: number,
  data: Float64Array | readonly number[] = new Float64Array(rows * cols),
  order: DenseOrder = "row",
): Dense {
  if (!(Number.isInteger(rows) && rows >= 0 && Number.isInteger(cols) && cols >= 0))
    throw new Failure("usage", `a matrix of ${rows} x ${cols}`);
  if (data.length !== rows * cols) throw new Failure("usage", `${data.length} numbers for a matrix of ${rows} x ${cols}`); // oxfmt-ignore
  const numbers = data instanceof Float64Array ? data : Float64Array.from(data);
  const [rowStep, colStep] = order === "row" ? [cols, 1] : [1, rows];
  return { rows, cols, data: numbers, offset: 0, rowStep, colStep };
}

/** A view of rows r0 .. r1 and columns c0 .. c1, ends left out. */
export function block(matrix: Dense, r0: number, r1: number, c0: number, c1: number): Dense {
  const { rows, cols, offset, rowStep, colStep } = matrix;
  if (!(r0 >= 0 && r0 <= r1 && r1 <= rows && c0 >= 0 && c0 <= c1 && c1 <= cols))
    throw new Failure("usage", `rows ${r0} .. ${r1} and columns ${c0} .. ${c1} of a matrix of ${rows} x ${cols}`);
  return { ...matrix, rows: r1 - r0, cols: c1 - c0, offset: offset + r0 * rowStep + c0 * colStep };
}

/** A view of the transpose. */
export const transposed = (matrix: Dense): Dense => ({
  ...matrix,
  rows: matrix.cols,
  cols: matrix.rows,
  rowStep: matrix.colStep,
  colStep: matrix.rowStep,
});

/** The numbers in a new array, row by row or column by column. */
export function packed(matrix: Dense, order: DenseOrder = "row", part: "data" | "imaginary" = "data"): Float64Array {
  const { rows, cols, offset, rowStep, colStep } = matrix;
  const from = matrix[part];
  const out = new Float64Array(rows * cols);
  if (!from) return out;
  let to = 0;
  if (order === "row")
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[to++] = from[offset + i * rowStep + j * colStep];
  else
    for (let j = 0; j < cols; j++) for (let i = 0; i < rows; i++) out[to++] = from[offset + i * rowStep + j * colStep];
  return out;
}

/** Element (i, j). */
export const element = ({ data, offset, rowStep, colStep }: Dense, i: number, j: number): number =>
  data[offset + i * rowStep + j * colStep];
