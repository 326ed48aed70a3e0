// Chebyshev series sum_k c_k T_k(t) on [-1, 1]: evaluation, derivative, antiderivative, integral, product
// (Mason, Handscomb 2003, "Chebyshev Polynomials", chapter 2; Clenshaw 1955).
import { powerOfTwo, toCoefficients, toValues } from "./transform.ts";

/** sum_k c_k T_k(t) by Clenshaw's recurrence. */
export function clenshaw(c: Float64Array, t: number): number {
  let a = 0;
  let b = 0;
  const twice = 2 * t;
  for (let k = c.length - 1; k > 0; k--) {
    const next = c[k] + twice * a - b;
    b = a;
    a = next;
  }
  return c[0] + t * a - b;
}

/** Coefficients of d/dt. */
export function derived(c: Float64Array): Float64Array {
  const n = c.length - 1;
  const d = new Float64Array(Math.max(1, n));
  for (let k = n; k > 0; k--) d[k - 1] = (k + 1 < n ? d[k + 1] : 0) + 2 * k * c[k];
  if (n > 0) d[0] /= 2;
  return d;
}

/** Coefficients of the antiderivative that is zero at -1. */
export function integrated(c: Float64Array): Float64Array {
  const n = c.length;
  const s = new Float64Array(n + 1);
  const at = (k: number): number => (k < n ? c[k] : 0);
  for (let k = 1; k <= n; k++) s[k] = ((k === 1 ? 2 * c[0] : at(k - 1)) - at(k + 1)) / (2 * k);
  for (let k = n; k > 0; k--) s[0] += k % 2 === 0 ? -s[k] : s[k];
  return s;
}

/** The integral from -1 to 1 (Clenshaw, Curtis 1960). */
export function total(c: Float64Array): number {
  let sum = 0;
  for (let k = (c.length - 1) & ~1; k >= 0; k -= 2) sum += (2 * c[k]) / (1 - k * k);
  return sum;
}

/** Coefficients of the product of two series. */
export function product(a: Float64Array, b: Float64Array): Float64Array {
  const degree = a.length + b.length - 2;
  const n = powerOfTwo(Math.max(1, degree));
  const [x, y] = [toValues(a, n), toValues(b, n)];
  return toCoefficients(x.map((value, j) => value * y[j])).slice(0, degree + 1);
}

/** Coefficients of the series as a function on the part [from, to] of [-1, 1]. */
export function restricted(c: Float64Array, from: number, to: number): Float64Array {
  const n = powerOfTwo(Math.max(1, c.length - 1));
  return toCoefficients(sampled(c, n, from, to)).slice(0, c.length);
}

/** Values at the n + 1 points of the part [from, to]. */
function sampled(c: Float64Array, n: number, from: number, to: number): Float64Array {
  const values = new Float64Array(n + 1);
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  for (let j = 0; j <= n; j++) values[j] = clenshaw(c, middle + half * Math.sin((Math.PI * (2 * j - n)) / (2 * n)));
  return values;
}
