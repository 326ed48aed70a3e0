// Triangular systems for any number of right sides: few by plain loops, many in the memory of the compiled kernels.
import { dot } from "./input.ts";
import { withWork } from "./work.ts";

/** A triangle of the first `size` rows and columns of packed numbers: element (i, j) is data[i * rs + j * cs]; one step is 1. */
export interface Triangle {
  readonly shape: "lower" | "upper";
  readonly size: number;
  readonly data: Float64Array;
  readonly rs: number;
  readonly cs: number;
  /** The diagonal is 1, whatever is stored. */
  readonly unit?: boolean;
}

/** Of the transpose. */
export const transposedTriangle = (t: Triangle): Triangle => ({ ...t, shape: t.shape === "lower" ? "upper" : "lower", rs: t.cs, cs: t.rs }); // oxfmt-ignore

/** Right sides from which on the compiled kernels are worth the copies. */
const MANY = 4;

/** b = T^-1 b in place; b has `count` numbers a row. No diagonal element may be zero. */
export function solveTriangle(triangle: Triangle, b: Float64Array, count: number): void {
  const { shape, size, data, rs, cs, unit = false } = triangle;
  if (count >= MANY) {
    const [m, n] = rs === 1 ? [cs, rs] : [rs, cs];
    const length = Math.max(0, (size - 1) * m + (size - 1) * n + 1);
    withWork(length + b.length + size * size, (work) => {
      const [t, p] = [work.take(length), work.take(b.length)];
      work.numbers.set(data.subarray(0, length), t);
      work.numbers.set(b, p);
      work.solveTriangular(shape, size, count, t, rs, cs, unit, p, count);
      b.set(work.numbers.subarray(p, p + b.length));
    });
    return;
  }
  const along = cs === 1;
  for (let c = 0; c < count; c++)
    for (let step = 0; step < size; step++) {
      const i = shape === "lower" ? step : size - 1 - step;
      const [from, to] = shape === "lower" ? [0, i] : [i + 1, size];
      if (along) {
        // Rows of T are contiguous: a dot product each.
        let sum = b[i * count + c];
        const row = i * rs;
        if (count === 1) sum -= dot(data, row + from, b, from, to - from);
        else for (let j = from; j < to; j++) sum -= data[row + j] * b[j * count + c];
        b[i * count + c] = unit ? sum : sum / data[row + i];
      } else {
        // Columns are: what is known is subtracted from what is left.
        const column = i * cs;
        const x = unit ? b[i * count + c] : b[i * count + c] / data[column + i * rs];
        b[i * count + c] = x;
        const [first, last] = shape === "lower" ? [i + 1, size] : [0, i];
        for (let j = first; j < last; j++) b[j * count + c] -= data[column + j * rs] * x;
      }
    }
}
