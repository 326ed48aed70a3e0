// What a dense solver gives out: never x without its residual.
import { Failure } from "../../base/index.ts";
import type { Prepared, Right, RightSides, Solved } from "./input.ts";
import { dot, likeRight, sumOfSizes } from "./input.ts";
import { withWork } from "./work.ts";

export interface DenseSolution<B extends Right = Float64Array> {
  readonly x: Solved<B>;
  /** |b - A x| / |b| (Euclidean norms; 0 for b = 0 and x = 0), computed from x; the largest over the right sides. */
  readonly residual: number;
  /**
   * Size of the smallest change of A and b, relative to their norms, that makes x exact: |b - A x| / (|A| |x| + |b|), maximum norms
   * (Rigal, Gaches 1967); the largest over the right sides.
   */
  readonly backwardError: number;
}

/** Right sides from which on the product is made by the compiled kernel. */
const MANY = 8;

/** b - A x, all row by row; A of rows x cols, x of cols x count. */
export function residualOf(
  { rows, cols, data: a }: Pick<Prepared, "rows" | "cols" | "data">,
  x: Float64Array,
  { count, data: b }: RightSides,
): Float64Array {
  const r = b.slice();
  if (count >= MANY)
    return withWork(a.length + x.length + r.length, (work) => {
      const [pa, px, pr] = [a, x, r].map((array) => {
        const place = work.take(array.length);
        work.numbers.set(array, place);
        return place;
      });
      work.multiply(rows, count, cols, -1, pa, cols, px, count, 1, pr, count);
      return work.numbers.slice(pr, pr + r.length);
    });
  if (count === 1) {
    for (let i = 0; i < rows; i++) r[i] -= dot(a, i * cols, x, 0, cols);
    return r;
  }
  for (let i = 0; i < rows; i++)
    for (let c = 0; c < count; c++) {
      let sum = r[i * count + c];
      for (let j = 0; j < cols; j++) sum -= a[i * cols + j] * x[j * count + c];
      r[i * count + c] = sum;
    }
  return r;
}

/** x of the scaled equations (s A) x' = b with its residual: x = s x'. */
export function solutionOf<B extends Right>(
  given: B,
  matrix: Prepared,
  right: RightSides,
  scaled: Float64Array,
): DenseSolution<B> {
  const { rows, cols, data, scale } = matrix;
  const { count, data: b } = right;
  const r = count === 1 ? b.slice() : residualOf(matrix, scaled, right);
  let normA = 0;
  for (let i = 0; i < rows; i++) {
    normA = Math.max(normA, sumOfSizes(data, i * cols, cols));
    // While the row is in the cache.
    if (count === 1) r[i] -= dot(data, i * cols, scaled, 0, cols);
  }
  let [residual, backwardError] = [0, 0];
  for (let c = 0; c < count; c++) {
    const [rm, bm, xm] = [columnMax(r, count, c), columnMax(b, count, c), columnMax(scaled, count, c)];
    if (rm === 0) continue;
    residual = Math.max(residual, ratio(columnNorm(r, count, c, rm), columnNorm(b, count, c, bm)));
    backwardError = Math.max(backwardError, ratio(rm, normA * xm + bm));
  }
  const x = scale === 1 ? scaled : scaled.map((v) => v * scale);
  if (!x.every(Number.isFinite) || !r.every(Number.isFinite))
    throw new Failure("numeric", "solve: the solution overflows", { hint: "The matrix is singular up to rounding, or badly scaled: see conditionEstimate." }); // oxfmt-ignore
  return { x: likeRight(given, cols, count, x), residual, backwardError };
}

const ratio = (a: number, b: number): number => (a === b ? 1 : a / b);

function columnMax(a: Float64Array, step: number, c: number): number {
  let most = 0;
  for (let p = c; p < a.length; p += step) most = Math.max(most, Math.abs(a[p]));
  return most;
}

/** Euclidean norm, with the largest element known. */
function columnNorm(a: Float64Array, step: number, c: number, most: number): number {
  if (most === 0 || !(most < Infinity)) return most;
  let sum = 0;
  for (let p = c; p < a.length; p += step) sum += (a[p] / most) ** 2;
  return most * Math.sqrt(sum);
}
