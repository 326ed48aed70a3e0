// What the dense factorisations check of their arguments, and the form they take them in: packed row by row, finite, not near the
// ends of the exponent range.
import type { Dense } from "../../array/index.ts";
import { dense, packed } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";

/** A matrix made ready: `data` row by row, the given numbers times `scale`, a power of two. */
export interface Prepared {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
  /** Largest absolute value of the given numbers. */
  readonly largest: number;
  readonly scale: number;
}

export interface PrepareOptions {
  readonly square?: boolean;
  /** Take the symmetric part of a matrix that is symmetric up to rounding, refuse others. */
  readonly symmetric?: boolean;
}

/** Matrices whose largest element lies within 2^-50 and 2^50 are left as they are; others are brought to 1, so that squares stay in range. */
const NEAR = 50;

/** Asymmetry that counts as rounding, in units of the size times the largest element times 2^-53. */
const ASYMMETRY = 16;

/** Checks and packs a matrix; `what` is the function asked, for the message. */
export function prepare(a: Dense, what: string, { square, symmetric }: PrepareOptions = {}): Prepared {
  const { rows, cols } = a;
  if (a.imaginary)
    throw new Failure("unsupported", `${what}: the matrix is complex`, { hint: "Write it in the real form [re -im; im re]." }); // oxfmt-ignore
  if ((square || symmetric) && rows !== cols)
    throw new Failure("usage", `${what}: a matrix of ${rows} x ${cols} is not square`);
  const data = packRows(a);
  const largest = largestOf(data, cols, what);
  const exponent = largest === 0 ? 0 : Math.floor(Math.log2(largest));
  const scale = Math.abs(exponent) > NEAR ? 2 ** -Math.max(-1000, Math.min(1000, exponent)) : 1;
  if (scale !== 1) for (let p = 0; p < data.length; p++) data[p] *= scale;
  if (symmetric) symmetrise(data, rows, ASYMMETRY * rows * 2 ** -53 * largest * scale, scale, what);

  return { rows, cols, data, largest, scale };
}

/** The numbers row by row, in a new array. */
function packRows(a: Dense): Float64Array {
  const { rows, cols, data, offset, rowStep, colStep } = a;
  if (colStep !== 1) return packed(a);
  if (rowStep === cols) return data.slice(offset, offset + rows * cols);
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) out.set(data.subarray(offset + i * rowStep, offset + i * rowStep + cols), i * cols);
  return out;
}

/** Rows and columns compared together, so that both stay in the cache. */
const TILE = 32;

/** Means of elements (i, j) and (j, i) that differ by no more than `bound`; a larger difference is refused. */
function symmetrise(data: Float64Array, n: number, bound: number, scale: number, what: string): void {
  for (let i0 = 0; i0 < n; i0 += TILE)
    for (let j0 = 0; j0 <= i0; j0 += TILE)
      for (let i = i0; i < Math.min(n, i0 + TILE); i++)
        for (let j = j0; j < Math.min(i, j0 + TILE); j++) {
          const [x, y] = [data[i * n + j], data[j * n + i]];
          if (x === y) continue;
          if (!(Math.abs(x - y) <= bound))
            throw new Failure("usage", `${what}: the matrix is not symmetric: elements (${i}, ${j}) and (${j}, ${i}) are ${x / scale} and ${y / scale}`); // oxfmt-ignore
          data[i * n + j] = data[j * n + i] = x / 2 + y / 2;
        }
}

/** Largest absolute value; a NaN or an infinity is refused. */
export function largestOf(data: Float64Array, cols: number, what: string): number {
  let [m0, m1, m2, m3] = [0, 0, 0, 0];
  const whole = data.length - (data.length % 4);
  for (let p = 0; p < whole; p += 4) {
    m0 = Math.max(m0, Math.abs(data[p]));
    m1 = Math.max(m1, Math.abs(data[p + 1]));
    m2 = Math.max(m2, Math.abs(data[p + 2]));
    m3 = Math.max(m3, Math.abs(data[p + 3]));
  }
  for (let p = whole; p < data.length; p++) m0 = Math.max(m0, Math.abs(data[p]));
  const largest = Math.max(m0, m1, m2, m3);
  if (!(largest < Infinity)) {
    const p = data.findIndex((x) => !Number.isFinite(x));
    throw new Failure("numeric", `${what}: element (${Math.floor(p / cols)}, ${p % cols}) is ${data[p]}`);
  }
  return largest;
}

/** Sum of a[p + k] b[q + k], k < n, in four partial sums. */
export function dot(a: Float64Array, p: number, b: Float64Array, q: number, n: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = n - (n % 4);
  let k = 0;
  for (; k < whole; k += 4) {
    s0 += a[p + k] * b[q + k];
    s1 += a[p + k + 1] * b[q + k + 1];
    s2 += a[p + k + 2] * b[q + k + 2];
    s3 += a[p + k + 3] * b[q + k + 3];
  }
  for (; k < n; k++) s0 += a[p + k] * b[q + k];
  return s0 + s1 + (s2 + s3);
}

/** Sum of |a[p + k]|, k < n, in four partial sums. */
export function sumOfSizes(a: Float64Array, p: number, n: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = n - (n % 4);
  let k = 0;
  for (; k < whole; k += 4) {
    s0 += Math.abs(a[p + k]);
    s1 += Math.abs(a[p + k + 1]);
    s2 += Math.abs(a[p + k + 2]);
    s3 += Math.abs(a[p + k + 3]);
  }
  for (; k < n; k++) s0 += Math.abs(a[p + k]);
  return s0 + s1 + (s2 + s3);
}

/** A right side as n x count numbers row by row. */
export interface RightSides {
  readonly count: number;
  readonly data: Float64Array;
}

/** A vector, or the columns of a matrix. */
export type Right = Dense | ArrayLike<number>;

const isMatrix = (b: Right): b is Dense => "rowStep" in b;

/** Checks a right side of n rows. */
export function rightSides(b: Right, n: number, what: string): RightSides {
  if (isMatrix(b)) {
    if (b.imaginary) throw new Failure("unsupported", `${what}: the right sides are complex`, { hint: "Solve for real and imaginary parts, as two columns." }); // oxfmt-ignore
    if (b.rows !== n) throw new Failure("usage", `${what}: right sides of ${b.rows} rows for ${n} equations`);
    const data = packed(b);
    largestOf(data, b.cols, `${what}, right side`);
    return { count: b.cols, data };
  }
  if (b.length !== n) throw new Failure("usage", `${what}: a right side of ${b.length} numbers for ${n} equations`);
  const data = Float64Array.from(b);
  largestOf(data, 1, `${what}, right side`);
  return { count: 1, data };
}

/** x in the form of the right side it belongs to. */
export const likeRight = <B extends Right>(b: B, rows: number, count: number, x: Float64Array): Solved<B> =>
  (isMatrix(b) ? dense(rows, count, x) : x) as Solved<B>;

/** Matrices for matrices, arrays for arrays. */
export type Solved<B extends Right> = B extends Dense ? Dense : Float64Array;
