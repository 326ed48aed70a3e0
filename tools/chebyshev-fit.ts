// Interpolants at the Chebyshev nodes of an interval (within a factor of about 2 of the best polynomial of their degree;
// Trefethen, "Approximation Theory and Approximation Practice", theorem 16.1), computed in integers scaled by 2^600 from a power
// series, and files of coefficients made of them. Left out: coefficients that are best after rounding.
import { Q } from "../src/number/index.ts";

const BITS = 600n;
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

function valueOf({ series }: Fit): (x: bigint) => bigint {
  const terms = Array.from({ length: 400 }, (_, k) => {
    const [n, d] = series(BigInt(k));
    return (n << BITS) / d;
  });
  return (x) => terms.reduceRight((sum, c) => times(sum, x) + c, 0n);
}

/** Coefficients from the lowest power up, rounded, and the greatest error of 401 points in exact arithmetic. */
export function interpolant(fit: Fit): { coefficients: number[]; error: number } {
  const { from, to, degree, single } = fit;
  const value = valueOf(fit);
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
  const coefficients = powers.slice(0, degree + 1).map((c) => numberOf(c, single));
  let error = 0;
  for (let j = 0; j <= 400; j++) {
    const x = fixed(from + ((to - from) * j) / 400);
    const off = coefficients.map(fixed).reduceRight((sum, c) => times(sum, x) + c, 0n) - value(x);
    error = Math.max(error, Math.abs(numberOf(off)));
  }
  return { coefficients, error };
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
