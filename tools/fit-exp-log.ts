// node tools/run.mjs tools/fit-exp-log.ts: writes src/special/elementary/exp-log-coefficients.ts, the coefficients of the
// functions made of exp and log. Each polynomial interpolates its function at the Chebyshev nodes of an interval (within a factor
// of about 2 of the best of its degree; Trefethen, "Approximation Theory and Approximation Practice", theorem 16.1), computed in
// integers scaled by 2^600 from values of BigFloat and rounded to the format at the end, some to a sum of two numbers.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bigfloat, type BigFloat, Q } from "../src/number/index.ts";
import { BITS, errorOf, fixed, numberOf, ONE, powersThrough, seriesValue as series } from "./chebyshev-fit.ts";

const PRECISION = 700;
const scaledOf = (q: ReturnType<typeof Q.fromNumber>): bigint => (Q.numerator(q) << BITS) / Q.denominator(q);
const toBig = (x: bigint): BigFloat => bigfloat.fromRational(Q.rational(x, ONE), PRECISION);
const fromBig = (x: BigFloat): bigint => scaledOf(bigfloat.toRational(x));

interface Fit {
  readonly name: string;
  readonly what: string;
  /** Values, in units of 2^-600. */
  readonly value: (x: bigint) => bigint;
  readonly from: number;
  readonly to: number;
  readonly degree: number;
  readonly single?: boolean;
  /** So many of the lowest coefficients as sums of two numbers. */
  readonly pairs?: number;
}

const factorial = (n: bigint): bigint => (n <= 1n ? 1n : n * factorial(n - 1n));
const half = 0.34657359028 ** 2;
const sinhTail = series((k) => [1n, factorial(2n * k + 3n)]);
const coshTail = series((k) => [1n, factorial(2n * k + 4n)]);
const logTail = series((k) => [6n, 2n * (2n * k + 5n)]);

/** A function of BigFloat at exact points. */
const ofBig =
  (f: (x: BigFloat) => BigFloat) =>
  (x: bigint): bigint =>
    fromBig(f(toBig(x)));
const big = (x: number): BigFloat => bigfloat.fromNumber(x, PRECISION);
const { add, divide, erfc, exp, multiply, subtract } = bigfloat;
const near = ofBig((z) => {
  const x = bigfloat.sqrt(z, PRECISION);
  return divide(bigfloat.erf(x, PRECISION), x, PRECISION);
});
const far = ofBig((t) => {
  // u = K (1 + t)/(1 - t)
  const u = divide(multiply(big(ERFC_CENTRE), add(big(1), t, PRECISION), PRECISION), subtract(big(1), t, PRECISION), PRECISION); // oxfmt-ignore
  const bell = multiply(exp(multiply(u, u, PRECISION), PRECISION), erfc(u, PRECISION), PRECISION);
  return multiply(add(big(1), multiply(big(2), u, PRECISION), PRECISION), bell, PRECISION);
});
/** Beyond it erfc is 0 in f64. */
const ERFC_CENTRE = 3.75;
const ERFC_END = (27.3 - ERFC_CENTRE) / (27.3 + ERFC_CENTRE);

const fits: readonly Fit[] = [
  { name: "SINH", what: "(sinh(r) - r) / r^3 for |r| <= ln(2)/2, in r^2", value: sinhTail, from: 0, to: half, degree: 5 },
  { name: "COSH", what: "(cosh(r) - 1 - r^2/2) / r^4 for |r| <= ln(2)/2, in r^2", value: coshTail, from: 0, to: half, degree: 4 },
  { name: "EXP_LONG", what: "(exp(r) - 1 - r) / r^2 for |r| <= ln(2)/2, in r", value: series((k) => [1n, factorial(k + 2n)]), from: -0.34658, to: 0.34658, degree: 10 },
  { name: "EXP_SINGLE_LONG", what: "the same, for f32", value: series((k) => [1n, factorial(k + 2n)]), from: -0.34658, to: 0.34658, degree: 5, single: true },
  { name: "ARTANH", what: "(3 artanh(s)/s - 3 - s^2) / s^4 for |s| <= 0.1011, in s^2", value: logTail, from: 0, to: 0.1011 ** 2, degree: 6 },
  { name: "ERF", what: "erf(x)/x for |x| <= 1, in x^2", value: near, from: 1e-30, to: 1, degree: 13, pairs: 4 },
  { name: "ERFC", what: "(1 + 2 u) exp(u^2) erfc(u) for 0 <= u <= 27.3, in (u - 3.75)/(u + 3.75)", value: far, from: -1, to: ERFC_END, degree: 25, pairs: 10 },
]; // oxfmt-ignore

const lines = [
  "// Coefficients of polynomials, from the lowest power up. Written by tools/fit-exp-log.ts: interpolation at Chebyshev nodes, rounded",
  "// to the format; the error given is the greatest found on 401 points, in exact arithmetic, with the rounded coefficients. _LOW",
  "// holds what rounding took from the first coefficients.",
];
for (const each of fits) {
  const exact = powersThrough(each.value, each.from, each.to, each.degree);
  const high = exact.map((c) => numberOf(c, each.single));
  const low = exact.slice(0, each.pairs ?? 0).map((c, j) => numberOf(c - fixed(high[j])));
  const all = high.map((c, j) => fixed(c) + fixed(low[j] ?? 0));
  const error = errorOf(all, each.value, each.from, each.to);
  console.log(each.name, error.toExponential(2));
  lines.push(
    "",
    `/** ${each.what}; absolute error ${error.toExponential(1)}. */`,
    `export const ${each.name}: readonly number[] = [${high.join(", ")}]; // oxfmt-ignore`,
  );
  if (low.length > 0) lines.push(`export const ${each.name}_LOW: readonly number[] = [${low.join(", ")}]; // oxfmt-ignore`); // oxfmt-ignore
}

writeFileSync(fileURLToPath(new URL("../src/special/elementary/exp-log-coefficients.ts", import.meta.url)), `${lines.join("\n")}\n`); // oxfmt-ignore
