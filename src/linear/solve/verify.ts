// What can be said of a solution: residuals in twice the working precision, and backward errors.
// Sources: Oettli, Prager, Numer. Math. 6 (1964); Rigal, Gaches, J. ACM 14 (1967); Higham 2002, sections 7.1 and 12.1; the sums:
// Ogita, Rump, Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005), algorithm 5.3.
import { norm, type Sparse } from "../../array/index.ts";

const SPLIT = 134_217_729;
/** Beyond it heads would overflow; products are then taken as rounded. */
export const LARGE = 2 ** 500;

/** r = b - A x for A in compressed rows, each element summed in twice the working precision and rounded once. */
export function exactResidual({ rows, ptr, idx, values }: Sparse, x: Float64Array, b: Float64Array): Float64Array {
  const r = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let [high, low] = [b[i], 0];
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      const a = -values[p];
      const v = x[idx[p]];
      const product = a * v;
      let lost = 0;
      if (Math.abs(a) < LARGE && Math.abs(v) < LARGE) {
        const ca = SPLIT * a;
        const ah = ca - (ca - a);
        const cv = SPLIT * v;
        const vh = cv - (cv - v);
        lost = (a - ah) * (v - vh) - (product - ah * vh - (a - ah) * vh - ah * (v - vh));
      }
      const sum = high + product;
      const part = sum - high;
      low += high - (sum - part) + (product - part) + lost;
      high = sum;
    }
    r[i] = high + low;
  }
  return r;
}

export interface Errors {
  /** |b - A x| / |b|, Euclidean norms. */
  readonly residual: number;
  /** |b - A x| / (|A| |x| + |b|), maximum norms: the relative change of A and b that makes x exact. */
  readonly backwardError: number;
  /** max_i |b - A x|_i / (|A| |x| + |b|)_i: the same for changes of each entry by itself. */
  readonly componentwise: number;
}

/** Errors of x, with the residual r. A in compressed rows. */
export function errorsOf(a: Sparse, x: Float64Array, b: Float64Array, r: Float64Array): Errors {
  const { rows, ptr, idx, values } = a;
  const [rMax, xMax, bMax] = [largest(r), largest(x), largest(b)];
  let worst = 0;
  for (let i = 0; i < rows; i++) {
    const size = Math.abs(r[i]);
    let sum = Math.abs(b[i]);
    for (let p = ptr[i]; p < ptr[i + 1]; p++) sum += Math.abs(values[p] * x[idx[p]]);
    const part = size === 0 ? 0 : size / sum;
    if (!(part <= worst)) worst = part;
  }
  const whole = norm(a, "infinity") * xMax + bMax;
  return { residual: ratio(length(r, rMax), length(b, bMax)), backwardError: ratio(rMax, whole), componentwise: worst };
}

const ratio = (a: number, b: number): number => (a === 0 ? 0 : a / b);

/** The Euclidean norm, without overflow. */
export function length(v: Float64Array, most = largest(v)): number {
  if (most === 0 || !(most < Infinity)) return most;
  let sum = 0;
  for (const x of v) sum += (x / most) ** 2;
  return most * Math.sqrt(sum);
}

/** The largest absolute value; NaN if there is one. */
export function largest(v: Float64Array): number {
  let most = 0;
  for (const x of v) if (!(Math.abs(x) <= most)) most = Math.abs(x);
  return most;
}
