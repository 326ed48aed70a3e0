// Writing of Matrix Market files; numbers with the fewest digits that give them back.
import { Failure } from "../base/index.ts";
import type { Dense } from "./dense.ts";
import type { MatrixMarketField, MatrixMarketSymmetry } from "./matrix-market.ts";
import { entryCount, lineCount, type Sparse, toLayout } from "./sparse.ts";

export interface MatrixMarketWriteOptions {
  /** Default: complex where the matrix is, else real. A pattern leaves out the values. */
  readonly field?: MatrixMarketField;
  /** Default general. A matrix that has not the symmetry asked for is refused. */
  readonly symmetry?: MatrixMarketSymmetry;
  /** Lines after the banner. */
  readonly comments?: readonly string[];
}

/** Characters of a piece. */
const PIECE = 1 << 16;

const isSparse = (matrix: Sparse | Dense): matrix is Sparse => "ptr" in matrix;

function number(x: number): string {
  if (Number.isFinite(x)) return Object.is(x, -0) ? "-0" : String(x);
  return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

/** The file as one text: coordinate of a sparse matrix, array of a dense one. */
export function writeMatrixMarket(matrix: Sparse | Dense, options: MatrixMarketWriteOptions = {}): string {
  return [...matrixMarketPieces(matrix, options)].join("");
}

/** The same in pieces of some 64 kB, for files larger than a string. */
export function* matrixMarketPieces(matrix: Sparse | Dense, options: MatrixMarketWriteOptions = {}): Generator<string> {
  const { field = matrix.imaginary ? "complex" : "real", symmetry = "general", comments = [] } = options;
  const sparse = isSparse(matrix);
  const wrong = (what: string): Failure => new Failure("usage", `writeMatrixMarket: ${what}`);
  if (symmetry !== "general" && matrix.rows !== matrix.cols) throw wrong(`a ${symmetry} matrix of ${matrix.rows} x ${matrix.cols}`); // oxfmt-ignore
  if (symmetry === "hermitian" && field !== "complex") throw wrong("a hermitian matrix is complex");
  if (field === "pattern" && (!sparse || symmetry === "skew-symmetric")) throw wrong("a pattern is a sparse matrix, general or symmetric"); // oxfmt-ignore
  if (matrix.imaginary && field !== "complex" && field !== "pattern") throw wrong(`a complex matrix as ${field}`);
  const value = (re: number, im: number): string => {
    if (field === "integer" && !Number.isInteger(re)) throw wrong(`${re} is not an integer`);
    if (field === "integer") return Object.is(re, -0) ? "-0" : String(BigInt(re));
    return field === "complex" ? `${number(re)} ${number(im)}` : number(re);
  };
  let piece = `%%MatrixMarket matrix ${sparse ? "coordinate" : "array"} ${field} ${symmetry}\n`;
  for (const line of comments.flatMap((each) => each.split(/\r\n|\r|\n/))) piece += `%${line}\n`;
  for (const line of sparse
    ? sparseLines(matrix, symmetry, value, field === "pattern")
    : denseLines(matrix, symmetry, value)) {
    // oxfmt-ignore
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

/** Does `b` mirror `a`? */
function mirrors(symmetry: MatrixMarketSymmetry, re: number, im: number, mirrorRe: number, mirrorIm: number): boolean {
  const [a, b] = symmetry === "skew-symmetric" ? [-1, -1] : symmetry === "hermitian" ? [1, -1] : [1, 1];
  const same = (x: number, y: number): boolean => x === y || (Number.isNaN(x) && Number.isNaN(y));
  return same(mirrorRe, a * re) && same(mirrorIm, b * im);
}

function* denseLines(
  { rows, cols, data, imaginary, offset, rowStep, colStep }: Dense,
  symmetry: MatrixMarketSymmetry,
  value: (re: number, im: number) => string,
): Generator<string> {
  yield `${rows} ${cols}\n`;
  for (let j = 0; j < cols; j++) {
    for (let i = symmetry === "general" ? 0 : j; i < rows; i++) {
      const [p, q] = [offset + i * rowStep + j * colStep, offset + j * rowStep + i * colStep];
      if (symmetry !== "general" && !mirrors(symmetry, data[p], imaginary?.[p] ?? 0, data[q], imaginary?.[q] ?? 0))
        throw new Failure("usage", `writeMatrixMarket: the matrix is not ${symmetry}: see (${i}, ${j})`);
      if (symmetry !== "skew-symmetric" || i > j) yield `${value(data[p], imaginary?.[p] ?? 0)}\n`;
    }
  }
}

function* sparseLines(
  matrix: Sparse,
  symmetry: MatrixMarketSymmetry,
  value: (re: number, im: number) => string,
  pattern: boolean,
): Generator<string> {
  const { layout, rows, cols, ptr, idx, values, imaginary } = matrix;
  const lines = lineCount(matrix);
  let count = entryCount(matrix);
  if (symmetry !== "general") {
    const other = toLayout(matrix, layout === "csr" ? "csc" : "csr");
    count = 0;
    for (let k = 0; k < lines; k++) {
      if (other.ptr[k] !== ptr[k]) throw new Failure("usage", `writeMatrixMarket: the pattern is not symmetric: see line ${k - 1}`); // oxfmt-ignore
      for (let p = ptr[k]; p < ptr[k + 1]; p++) {
        if (
          other.idx[p] !== idx[p] ||
          (!pattern && !mirrors(symmetry, values[p], imaginary?.[p] ?? 0, other.values[p], other.imaginary?.[p] ?? 0))
        )
          // oxfmt-ignore
          throw new Failure("usage", `writeMatrixMarket: the matrix is not ${symmetry}: see (${k}, ${idx[p]})`);
        const [i, j] = layout === "csr" ? [k, idx[p]] : [idx[p], k];
        if (symmetry === "skew-symmetric" ? i > j : i >= j) count++;
      }
    }
  }
  yield `${rows} ${cols} ${count}\n`;
  for (let k = 0; k < lines; k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) {
      const [i, j] = layout === "csr" ? [k, idx[p]] : [idx[p], k];
      if (symmetry !== "general" && (j > i || (symmetry === "skew-symmetric" && i === j))) continue;
      yield pattern ? `${i + 1} ${j + 1}\n` : `${i + 1} ${j + 1} ${value(values[p], imaginary?.[p] ?? 0)}\n`;
    }
}
