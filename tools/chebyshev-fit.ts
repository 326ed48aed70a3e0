// Interpolants at the Chebyshev nodes of an interval (within a factor of about 2 of the best polynomial of their degree;
// Trefethen, "Approximation Theory and Approximation Practice", theorem 16.1), computed in integers scaled by 2^600 from a power
// series, and files of coefficients made of them. Left out: coefficients that are best after rounding.
import { Q } from "../src/number/index.ts";

/** Fraction bits of the integers. */
export const BITS = 600n;
export const ONE = 1n << BITS;
export const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
export const fixed = (x: number): bigint => {
  const q = Q.fromNumber(x);
  return (Q.numerator(q) << BITS) / Q.denominator(q);
};
export const numberOf = (x: bigint, single = false): number => {
  const y = Q.toNumber(Q.rational(x, ONE));
  return single ? Math.fround(y) : y;
};

export interface Fit {
  readonly name: string;
  readonly what: string;
  /** Coefficient k of the power series. */
  readonly series: (k: bigint) => [bigint, bigint];
  readonly from: number;
  readonly to: number;
  readonly degree: number;
  /** Rounded to f32. */
  readonly single?: boolean;
}

/** A power series with rational coefficients, by its coefficient k. */
export function seriesValue(term: (k: bigint) => [bigint, bigint]): (x: bigint) => bigint {
  const terms = Array.from({ length: 400 }, (_, k) => {
    const [n, d] = term(BigInt(k));
    return (n << BITS) / d;
  });
  return (x) => terms.reduceRight((sum, c) => times(sum, x) + c, 0n);
}

/** Coefficients, from the lowest power up, of the polynomial through the values at Chebyshev nodes, unrounded. */
export function powersThrough(value: (x: bigint) => bigint, from: number, to: number, degree: number): bigint[] {
  const nodes = Array.from({ length: degree + 1 }, (_, j) =>
    fixed((from + to) / 2 + ((to - from) / 2) * Math.cos((Math.PI * (j + 0.5)) / (degree + 1))),
  );
  // Newton's divided differences, then powers of x.
  const difference = nodes.map(value);
  for (let level = 1; level <= degree; level++)
    for (let j = degree; j >= level; j--)
      difference[j] = ((difference[j] - difference[j - 1]) << BITS) / (nodes[j] - nodes[j - level]);
  let powers: bigint[] = [0n];
  for (let j = degree; j >= 0; j--) {
    const next = [0n, ...powers];
    powers.forEach((c, k) => (next[k] -= times(c, nodes[j])));
    next[0] += difference[j];
    powers = next;
  }
  return powers.slice(0, degree + 1);
}

/** Greatest error at 401 points of the interval, in exact arithmetic, of a polynomial given in units of 2^-600. */
export function errorOf(c: readonly bigint[], value: (x: bigint) => bigint, from: number, to: number): number {
  let error = 0;
  for (let j = 0; j <= 400; j++) {
    const x = fixed(from + ((to - from) * j) / 400);
    const off = c.reduceRight((sum, each) => times(sum, x) + each, 0n) - value(x);
    error = Math.max(error, Math.abs(numberOf(off)));
  }
  return error;
}

/** Coefficients from the lowest power up, rounded, and the greatest error of 401 points in exact arithmetic. */
export function interpolant({ series, from, to, degree, single }: Fit): { coefficients: number[]; error: number } {
  const value = seriesValue(series);
  const coefficients = powersThrough(value, from, to, degree).map((c) => numberOf(c, single));
  return { coefficients, error: errorOf(coefficients.map(fixed), value, from, to) };
}

/** One line of a file of coefficients. */
export function coefficientLines(fit: Fit): string[] {
  const { coefficients, error } = interpolant(fit);
  return [
    "",
    `/** ${fit.what}; absolute error ${error.toExponential(1)}. */`,
    `export const ${fit.name}: readonly number[] = [${coefficients.join(", ")}]; // oxfmt-ignore`,
  ];
}
