// Values at Chebyshev points of the second kind to coefficients of Chebyshev polynomials and back, in O(n log n): a discrete cosine
// transform of type 1, done as a complex Fourier transform of half the length of the even extension (Trefethen 2013,
// "Approximation Theory and Approximation Practice", chapters 2 and 3; Cooley, Tukey 1965).
// The number of intervals n is a power of two. Left out: other lengths, points of the first kind.

interface Plan {
  /** e^(-i pi k / n) for k = 0 ... n. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** Bit-reversed indices of 0 ... n - 1. */
  readonly order: Uint32Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const plans = new Map<number, Plan>();
const grids = new Map<number, Float64Array>();

/** The least power of two that is at least n, and at least 1. */
export function powerOfTwo(n: number): number {
  let power = 1;
  while (power < n) power *= 2;
  return power;
}

/** The n + 1 points -cos(j pi / n), ascending, exactly symmetric; n >= 1. Do not change the array. */
export function chebyshevPoints(n: number): Float64Array {
  let grid = grids.get(n);
  if (!grid) {
    grid = Float64Array.from({ length: n + 1 }, (_, j) => Math.sin((Math.PI * (2 * j - n)) / (2 * n)));
    if (grids.size > 64) grids.clear();
    grids.set(n, grid);
  }
  return grid;
}

function planFor(n: number): Plan {
  let plan = plans.get(n);
  if (plan) return plan;
  const order = new Uint32Array(n);
  for (let i = 1, bits = Math.log2(n); i < n; i++) order[i] = (order[i >> 1] >> 1) | ((i & 1) << (bits - 1));
  plan = {
    cos: Float64Array.from({ length: n + 1 }, (_, k) => Math.sin((Math.PI * (n - 2 * k)) / (2 * n))),
    sin: Float64Array.from({ length: n + 1 }, (_, k) => -Math.sin((Math.PI * k) / n)),
    order,
    re: new Float64Array(n),
    im: new Float64Array(n),
  };
  plans.set(n, plan);
  return plan;
}

/** In place, from bit-reversed order: X_k = sum_j x_j e^(-2 pi i j k / n). */
function fourier({ re, im, cos, sin }: Plan, n: number): void {
  for (let half = 1; half < n; half *= 2) {
    const stride = n / half;
    for (let k = 0; k < half; k++) {
      const [c, s] = [cos[k * stride], sin[k * stride]];
      for (let i = k; i < n; i += 2 * half) {
        const j = i + half;
        const x = re[j] * c - im[j] * s;
        const y = re[j] * s + im[j] * c;
        re[j] = re[i] - x;
        im[j] = im[i] - y;
        re[i] += x;
        im[i] += y;
      }
    }
  }
}

/** y_k = sum'' of x_j cos(j k pi / n) over j = 0 ... n, first and last term halved; x is not changed. n = x.length - 1 is a power of two. */
function cosines(x: Float64Array): Float64Array {
  const n = x.length - 1;
  const plan = planFor(n);
  const { order, re, im, cos, sin } = plan;
  // The even extension of length 2 n, its even elements as real and its odd elements as imaginary parts.
  const extended = (j: number): number => (j <= n ? x[j] : x[2 * n - j]);
  for (let j = 0; j < n; j++) {
    re[order[j]] = extended(2 * j);
    im[order[j]] = extended(2 * j + 1);
  }
  fourier(plan, n);
  const y = new Float64Array(n + 1);
  for (let k = 0; k <= n; k++) {
    const [p, q] = [k === n ? 0 : k, k === 0 ? 0 : n - k];
    const even = (re[p] + re[q]) / 2;
    const [oddRe, oddIm] = [(im[p] + im[q]) / 2, (re[q] - re[p]) / 2];
    y[k] = (even + oddRe * cos[k] - oddIm * sin[k]) / 2;
  }
  return y;
}

/** Coefficients c_0 ... c_n of the interpolant of values at the n + 1 ascending points; n is a power of two. */
export function toCoefficients(values: Float64Array): Float64Array {
  const n = values.length - 1;
  if (n === 0) return Float64Array.of(values[0]);
  const c = cosines(values.toReversed());
  for (let k = 0; k <= n; k++) c[k] *= k === 0 || k === n ? 1 / n : 2 / n;
  return c;
}

/** Values at the n + 1 ascending points of a series of at most n + 1 coefficients; n is a power of two. */
export function toValues(coefficients: Float64Array, n: number): Float64Array {
  const x = new Float64Array(n + 1);
  x.set(coefficients);
  x[0] *= 2;
  if (n > 0) x[n] *= 2;
  return n === 0 ? Float64Array.of(coefficients[0]) : cosines(x).toReversed();
}
