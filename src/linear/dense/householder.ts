// Householder reflectors H = I - tau v v^T with v_0 = 1, one by one and as products in compact form:
// H_0 H_1 ... H_k-1 = I - V T V^T with T upper triangular (Schreiber, Van Loan 1989, "A storage-efficient WY representation").
// Reflectors lie as rows, row i zero before place i + shift and 1 there: V^T is then a matrix ready for products.
import { length2 } from "./rotation.ts";
import type { Work } from "./work.ts";

/** Reflectors that a block joins. */
export const BLOCK = 16;

/** Sums of squares outside these bounds are made from scaled numbers. */
const [SMALL, LARGE] = [2 ** -900, 2 ** 900];

/** Vectors shorter than LEAST are made LIFT times as long for a while. */
const [LEAST, LIFT] = [2 ** -900, 2 ** 600];

/** Euclidean norm of x[at + k * step], k < n, without overflow or underflow. */
export function norm2(x: Float64Array, at: number, step: number, n: number): number {
  let sum = 0;
  for (let k = 0, p = at; k < n; k++, p += step) sum += x[p] * x[p];
  if (sum > SMALL && sum < LARGE) return Math.sqrt(sum);
  let most = 0;
  for (let k = 0, p = at; k < n; k++, p += step) most = Math.max(most, Math.abs(x[p]));
  if (most === 0 || !(most < Infinity)) return most;
  const unit = 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(most))));
  sum = 0;
  for (let k = 0, p = at; k < n; k++, p += step) sum += (x[p] / unit) ** 2;
  return unit * Math.sqrt(sum);
}

/** tau and the first element of H x; x[1 ...] becomes v[1 ...], x[0] becomes 1. With tau = 0, H is the identity. */
export interface Reflector {
  readonly tau: number;
  readonly beta: number;
}

export function makeReflector(x: Float64Array, at: number, step: number, n: number): Reflector {
  const alpha = x[at];
  const tail = norm2(x, at + step, step, n - 1);
  if (tail === 0) {
    x[at] = 1;
    return { tau: 0, beta: alpha };
  }
  const length = length2(alpha, tail);
  if (length < LEAST) {
    // Near the subnormal numbers norms lose digits.
    for (let k = 0, p = at; k < n; k++, p += step) x[p] *= LIFT;
    const { tau, beta } = makeReflector(x, at, step, n);
    return { tau, beta: beta / LIFT };
  }
  x[at] = 1;
  const beta = alpha > 0 ? -length : length;
  const first = alpha - beta;
  for (let k = 1, p = at + step; k < n; k++, p += step) x[p] /= first;
  return { tau: (beta - alpha) / beta, beta };
}

/** `count` reflectors of `length` numbers in working memory, in rows of `ld`. */
export interface Reflectors {
  readonly vt: number;
  readonly ld: number;
  readonly count: number;
  readonly length: number;
  readonly shift: number;
  readonly tau: Float64Array;
}

/** Numbers of working memory that `applyReflectors` takes on matrices of n columns. */
export const reflectorRoom = (length: number, n: number): number => BLOCK * (length + 2 * n + 2 * BLOCK) + 64;

/** T of reflectors i0 ... i0 + nb - 1, row by row, from G = V^T V. */
function triangleOf(g: Float64Array, tau: Float64Array, i0: number, nb: number, t: Float64Array): void {
  t.fill(0);
  for (let j = 0; j < nb; j++) {
    t[j * nb + j] = tau[i0 + j];
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum += t[i * nb + k] * g[k * nb + j];
      t[i * nb + j] = -tau[i0 + j] * sum;
    }
  }
}

/**
 * C = Q C or Q^T C with Q = H_0 ... H_count-1, C of `length` x n. `growing`: C is the identity, and what stays zero in
 * Q C is left out.
 */
export function applyReflectors(
  work: Work,
  { vt, ld, count, length, shift, tau }: Reflectors,
  which: "Q" | "transposed",
  c: number,
  ldc: number,
  n: number,
  growing = false,
): void {
  if (n === 0) return;
  const mark = work.runtime.mark();
  const [v, w, product] = [work.take(length * BLOCK), work.take(BLOCK * n), work.take(BLOCK * n)];
  const [g, t] = [work.take(BLOCK * BLOCK), work.take(BLOCK * BLOCK)];
  const { numbers } = work;
  const blocks = Math.ceil(count / BLOCK);
  for (let step = 0; step < blocks; step++) {
    const i0 = BLOCK * (which === "Q" ? blocks - 1 - step : step);
    const nb = Math.min(BLOCK, count - i0);
    const c0 = i0 + shift;
    const rows = length - c0;
    if (rows <= 0) continue;
    const block = vt + i0 * ld + c0;
    work.transpose(nb, rows, block, ld, v, nb);
    work.multiply(nb, nb, rows, 1, block, ld, v, nb, 0, g, nb);
    triangleOf(numbers.subarray(g, g + nb * nb), tau, i0, nb, numbers.subarray(t, t + nb * nb));
    const begin = growing ? Math.min(c0, n) : 0;
    const wide = n - begin;
    if (which === "transposed") {
      work.transpose(nb, nb, t, nb, g, nb);
      numbers.copyWithin(t, g, g + nb * nb);
    }
    const part = c + c0 * ldc + begin;
    work.multiply(nb, wide, rows, 1, block, ld, part, ldc, 0, w, n);
    work.multiply(nb, wide, nb, 1, t, nb, w, n, 0, product, n);
    work.multiply(rows, wide, nb, -1, v, nb, product, n, 1, part, ldc);
  }
  work.runtime.release(mark);
}

/** The same for one vector of plain numbers, with packed rows of reflectors. */
export function reflectVector(
  { vt, count, length, shift, tau }: Omit<Reflectors, "vt" | "ld"> & { readonly vt: Float64Array },
  which: "Q" | "transposed",
  x: Float64Array,
  step = 1,
  at = 0,
): void {
  for (let turn = 0; turn < count; turn++) {
    const i = which === "Q" ? count - 1 - turn : turn;
    if (tau[i] === 0) continue;
    const row = i * length;
    let sum = 0;
    for (let j = i + shift; j < length; j++) sum += vt[row + j] * x[at + j * step];
    sum *= tau[i];
    for (let j = i + shift; j < length; j++) x[at + j * step] -= vt[row + j] * sum;
  }
}
