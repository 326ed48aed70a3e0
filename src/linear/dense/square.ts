// Products and linear systems of packed square matrices, for matrix functions.
import { Failure } from "../../base/index.ts";
import { factorLU } from "./lu.ts";
import { withWork } from "./work.ts";

/** A B of n x n numbers row by row. */
export function product(n: number, a: Float64Array, b: Float64Array): Float64Array {
  return withWork(3 * n * n, (work) => {
    const [pa, pb, pc] = [work.take(n * n), work.take(n * n), work.take(n * n)];
    work.numbers.set(a, pa);
    work.numbers.set(b, pb);
    work.multiply(n, n, n, 1, pa, n, pb, n, 0, pc, n);
    return work.numbers.slice(pc, pc + n * n);
  });
}

/** A^-1 B; `what` is the function for the message of a Failure. */
export function quotient(n: number, a: Float64Array, b: Float64Array, what: string): Float64Array {
  return withWork(3 * n * n + n, (work) => {
    const [pa, pb] = [work.take(n * n), work.take(n * n)];
    work.numbers.set(a, pa);
    work.numbers.set(b, pb);
    const swap = work.takeIntegers(n);
    if (factorLU(work, n, pa, n, swap) >= 0) throw new Failure("numeric", `${what}: a denominator is singular`);
    work.raw.swapRows(0, n, n, 8 * pb, n, swap.byteOffset);
    work.solveTriangular("lower", n, n, pa, n, 1, true, pb, n);
    work.solveTriangular("upper", n, n, pa, n, 1, false, pb, n);
    return work.numbers.slice(pb, pb + n * n);
  });
}

/** Z T Z^T from T and Z^T. */
export function fromSchur(n: number, t: Float64Array, zt: Float64Array): Float64Array {
  const z = transposeSquare(n, zt);
  return product(n, product(n, z, t), zt);
}

export function transposeSquare(n: number, a: Float64Array): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = a[i * n + j];
  return out;
}

/** Largest sum of absolute values in a column. */
export function norm1(n: number, a: Float64Array): number {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sums[j] += Math.abs(a[i * n + j]);
  return sums.reduce((x, y) => Math.max(x, y), 0);
}

/** |A - B| / |B|, Frobenius norms; 0 where both are zero. */
export function relativeDistance(a: Float64Array, b: Float64Array): number {
  let [difference, size] = [0, 0];
  for (let p = 0; p < a.length; p++) {
    difference += (a[p] - b[p]) ** 2;
    size += b[p] ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / size);
}
