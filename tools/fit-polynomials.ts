// node tools/run.mjs tools/fit-polynomials.ts: writes src/special/elementary/polynomials.ts, the coefficients of the room `special`.
// Each is the interpolant of a power series at the Chebyshev nodes of an interval (within a factor of about 2 of the best
// polynomial of its degree; Trefethen, "Approximation Theory and Approximation Practice", theorem 16.1), computed in integers
// scaled by 2^500 and rounded to the format at the end. Left out: the search for coefficients that are best after rounding.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Q } from "../src/number/index.ts";

const BITS = 500n;
const ONE = 1n << BITS;
const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
const fixed = (x: number): bigint => {
  const q = Q.fromNumber(x);
  return (Q.numerator(q) << BITS) / Q.denominator(q);
};

interface Fit {
  readonly name: string;
  readonly what: string;
  /** Coefficient k of the series. */
  readonly series: (k: bigint) => [bigint, bigint];
  readonly from: number;
  readonly to: number;
  readonly degree: number;
  readonly single?: boolean;
}

const factorial = (n: bigint): bigint => (n <= 1n ? 1n : n * factorial(n - 1n));
const sign = (k: bigint): bigint => (k % 2n === 0n ? 1n : -1n);
const half = (Math.PI / 2 + 1e-6) ** 2;
const third = (3 - 2 * Math.SQRT2 + 1e-6) ** 2;
const exponential = (k: bigint): [bigint, bigint] => [1n, factorial(k + 2n)];
const sine = (k: bigint): [bigint, bigint] => [-sign(k), factorial(2n * k + 3n)];
const logarithm = (k: bigint): [bigint, bigint] => [2n, 2n * k + 3n];

const fits: readonly Fit[] = [
  { name: "EXP", what: "(exp(r) - 1 - r) / r^2 for |r| <= ln(2)/2, in r", series: exponential, from: -0.34658, to: 0.34658, degree: 9 },
  { name: "SIN_WIDE", what: "(sin(r) - r) / r^3 for |r| <= pi/2, in r^2", series: sine, from: 0, to: half, degree: 7 },
  { name: "LOG", what: "(log((1 + s)/(1 - s)) - 2 s) / s^3 for |s| <= 3 - 2 sqrt(2), in s^2", series: logarithm, from: 0, to: third, degree: 6 },
  { name: "LOG_SINGLE", what: "as LOG, for f32", series: logarithm, from: 0, to: third, degree: 2, single: true },
]; // oxfmt-ignore

function fit({ series, from, to, degree, single }: Fit): { coefficients: number[]; error: number } {
  const terms: bigint[] = Array.from({ length: 120 }, (_, k) => {
    const [n, d] = series(BigInt(k));
    return (n << BITS) / d;
  });
  const value = (x: bigint): bigint => terms.reduceRight((sum, c) => times(sum, x) + c, 0n);
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
  const coefficients = powers.slice(0, degree + 1).map((c) => {
    const x = Q.toNumber(Q.rational(c, ONE));
    return single ? Math.fround(x) : x;
  });
  let error = 0;
  for (let j = 0; j <= 400; j++) {
    const x = fixed(from + ((to - from) * j) / 400);
    const approximate = coefficients.map(fixed).reduceRight((sum, c) => times(sum, x) + c, 0n);
    const off = Math.abs(Q.toNumber(Q.rational(approximate - value(x), ONE)));
    error = Math.max(error, off);
  }
  return { coefficients, error };
}

const lines = [
  "// Coefficients of polynomials, from the lowest power up. Written by tools/fit-polynomials.ts: interpolation of power series at",
  "// Chebyshev nodes, rounded to the format; the error given is the greatest found on 401 points, in exact arithmetic, with the",
  "// rounded coefficients.",
];
for (const each of fits) {
  const { coefficients, error } = fit(each);
  lines.push(
    "",
    `/** ${each.what}; absolute error ${error.toExponential(1)}. */`,
    `export const ${each.name}: readonly number[] = [${coefficients.join(", ")}]; // oxfmt-ignore`,
  );
}
writeFileSync(
  fileURLToPath(new URL("../src/special/elementary/polynomials.ts", import.meta.url)),
  `${lines.join("\n")}\n`,
);
