// The exponential of a matrix by scaling and squaring with Pade quotients of degree 3 to 13.
// Sources: Higham 2005, "The scaling and squaring method for the matrix exponential revisited"; the scaling by norms of powers, which spares
// squarings that would cost accuracy, Al-Mohy, Higham 2009, "A new scaling and squaring algorithm for the matrix exponential".
// The mean of the diagonal is taken out first. Left out: the action on a vector, the condition number.
import { type Dense, dense, packed } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { largestOf } from "./input.ts";
import { norm1, product, quotient } from "./square.ts";

/** Norms up to which the quotient of this degree has a relative backward error below 2^-53 (Higham 2005, table 2.3). */
const DEGREES: readonly (readonly [degree: number, bound: number])[] = [
  [3, 1.495585217958292e-2],
  [5, 2.53939833006323e-1],
  [7, 9.504178996162932e-1],
  [9, 2.097847961257068],
];
/** For degree 13, the bound of the paper of 2009, table 3.1. */
const BOUND_13 = 4.25;

/** Coefficients of the numerator of the Pade quotient of degree m of exp, divided by the last. */
function coefficients(m: number): number[] {
  const c = [1];
  for (let j = 1; j <= m; j++) c.push((c[j - 1] * (m - j + 1)) / ((2 * m - j + 1) * j));
  return c.map((x) => x / c[m]);
}

/** sum of factor * matrix, plus unit times the identity. */
function combine(n: number, unit: number, ...parts: readonly (readonly [number, Float64Array])[]): Float64Array {
  const out = new Float64Array(n * n);
  for (const [factor, a] of parts) for (let p = 0; p < out.length; p++) out[p] += factor * a[p];
  for (let i = 0; i < n; i++) out[i * (n + 1)] += unit;
  return out;
}

/** Squarings to be added for |A| whose powers grow slower than those of its absolute value (the paper of 2009, section 5). */
function extraSquarings(n: number, a: Float64Array, scale: number): number {
  const m = 13;
  let sums = new Float64Array(n).fill(1);
  let logarithm = 0;
  for (let k = 0; k <= 2 * m; k++) {
    const next = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) next[j] += sums[i] * Math.abs(a[i * n + j]) * scale;
    const most = next.reduce((x, y) => Math.max(x, y), 0);
    if (most === 0) return 0;
    logarithm += Math.log2(most);
    sums = next.map((x) => x / most);
  }
  // log2 of 1 / (binomial(26, 13) * 27!), the leading coefficient of the error.
  let leading = 0;
  for (let k = 1; k <= m; k++) leading -= Math.log2((m + k) / k);
  for (let k = 2; k <= 2 * m + 1; k++) leading -= Math.log2(k);
  const alpha = leading + logarithm - Math.log2(norm1(n, a) * scale);
  return Math.max(0, Math.ceil((alpha + 53) / (2 * m)));
}

/** exp of n x n numbers, with the scale taken out of the diagonal. */
export function exponential(n: number, given: Float64Array): Float64Array {
  let mean = 0;
  for (let i = 0; i < n; i++) mean += given[i * (n + 1)] / n;
  const a = given.slice();
  for (let i = 0; i < n; i++) a[i * (n + 1)] -= mean;
  const size = norm1(n, a);
  if (!(size < Infinity && Math.abs(mean) < Infinity)) throw new Failure("numeric", "expm: the norm of the matrix overflows"); // oxfmt-ignore
  const degree = DEGREES.find(([, bound]) => size <= bound)?.[0];
  let squarings = 0;
  let u: Float64Array;
  let v: Float64Array;
  if (degree !== undefined) {
    const c = coefficients(degree);
    const a2 = product(n, a, a);
    const powers = [a2];
    while (2 * (powers.length + 1) < degree) powers.push(product(n, powers.at(-1)!, a2));
    u = product(n, a, combine(n, c[1], ...powers.map((p, k) => [c[2 * k + 3], p] as const)));
    v = combine(n, c[0], ...powers.map((p, k) => [c[2 * k + 2], p] as const));
  } else {
    // Powers of A scaled to norm 1, so that they do not overflow.
    const unit = 2 ** -Math.ceil(Math.log2(size));
    const b = a.map((x) => x * unit);
    const b2 = product(n, b, b);
    const b4 = product(n, b2, b2);
    const b6 = product(n, b4, b2);
    const root = (k: number, p: Float64Array): number => norm1(n, p) ** (1 / k) / unit;
    const [d6, d8, d10] = [root(6, b6), root(8, product(n, b4, b4)), root(10, product(n, b4, b6))];
    const growth = Math.min(Math.max(d6, d8), Math.max(d8, d10));
    squarings = growth > BOUND_13 ? Math.ceil(Math.log2(growth / BOUND_13)) : 0;
    squarings += extraSquarings(n, a, 2 ** -squarings);
    const s = 2 ** -squarings / unit;
    const [s1, s2, s4, s6] = [s, s ** 2, s ** 4, s ** 6];
    const c = coefficients(13);
    const [a1, a2, a4, a6] = [b.map((x) => x * s1), b2.map((x) => x * s2), b4.map((x) => x * s4), b6.map((x) => x * s6)];
    const high = product(n, a6, combine(n, 0, [c[13], a6], [c[11], a4], [c[9], a2]));
    u = product(n, a1, combine(n, c[1], [1, high], [c[7], a6], [c[5], a4], [c[3], a2]));
    const even = product(n, a6, combine(n, 0, [c[12], a6], [c[10], a4], [c[8], a2]));
    v = combine(n, c[0], [1, even], [c[6], a6], [c[4], a4], [c[2], a2]);
  }
  let x = quotient(n, combine(n, 0, [1, v], [-1, u]), combine(n, 0, [1, v], [1, u]), "expm");
  const factor = Math.exp(mean * 2 ** -squarings);
  x = x.map((value) => value * factor);
  for (let k = 0; k < squarings; k++) x = product(n, x, x);
  return x;
} // oxfmt-ignore

/**
 * exp(A) of a square matrix. The computed matrix is exp(A + E) with |E| about 2^-53 |A| before the squarings, which can add
 * errors for matrices far from normal. Failures: "usage" (not square), "numeric" (NaN or infinity inside, overflow of the result).
 */
export function expm(a: Dense): Dense {
  if (a.imaginary) throw new Failure("unsupported", "expm: the matrix is complex", { hint: "Write it in the real form [re -im; im re]." }); // oxfmt-ignore
  const n = a.rows;
  if (n !== a.cols) throw new Failure("usage", `expm: a matrix of ${a.rows} x ${a.cols} is not square`);
  const data = packed(a);
  largestOf(data, n, "expm");
  const x = exponential(n, data);
  for (const value of x) if (!Number.isFinite(value)) throw new Failure("numeric", "expm: the exponential overflows");
  return dense(n, n, x);
}
