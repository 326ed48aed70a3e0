// node tools/run.mjs tools/fit-polynomials.ts: writes src/special/elementary/polynomials.ts, the coefficients of the room `special`.
// Each is the interpolant of a power series at the Chebyshev nodes of an interval (within a factor of about 2 of the best
// polynomial of its degree; Trefethen, "Approximation Theory and Approximation Practice", theorem 16.1), computed in integers
// scaled by 2^600 and rounded to the format at the end; or, where `least` is given, the polynomial of least relative error of the
// function that it is a part of (Remez's algorithm of room `approximate`), with coefficients rounded one after the other.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { minimax, MinimaxProblem, polynomialFamily, roundConstants, targetOfOracle } from "../src/approximate/index.ts";
import { bigfloat, type BigFloat } from "../src/number/index.ts";
import { type Fit, interpolant } from "./chebyshev-fit.ts";

interface PartFit extends Fit {
  /** The whole function is the polynomial of these coefficients, and x to the power of their number times what is fitted. */
  readonly least?: readonly number[];
}

const factorial = (n: bigint): bigint => (n <= 1n ? 1n : n * factorial(n - 1n));
const sign = (k: bigint): bigint => (k % 2n === 0n ? 1n : -1n);
const half = (Math.PI / 2 + 1e-6) ** 2;
const third = (3 - 2 * Math.SQRT2 + 1e-6) ** 2;
const exponential = (k: bigint): [bigint, bigint] => [1n, factorial(k + 2n)];
const sine = (k: bigint): [bigint, bigint] => [-sign(k), factorial(2n * k + 3n)];
const logarithm = (k: bigint): [bigint, bigint] => [2n, 2n * k + 3n];
const artanh = (k: bigint): [bigint, bigint] => [3n, 2n * k + 5n];

const fits: readonly PartFit[] = [
  { name: "EXP", what: "(exp(r) - 1 - r) / r^2 for |r| <= ln(2)/2, in r", series: exponential, from: -0.34658, to: 0.34658, degree: 9 },
  { name: "LOG", what: "(log((1 + s)/(1 - s)) - 2 s) / s^3 for |s| <= 3 - 2 sqrt(2), in s^2", series: logarithm, from: 0, to: third, degree: 6 },
  { name: "EXP_LEAST", what: "as EXP", series: exponential, from: -0.34658, to: 0.34658, degree: 9, least: [1, 1] },
  { name: "SIN_LEAST", what: "(sin(r) - r) / r^3 for |r| <= pi/4, in r^2", series: sine, from: 1e-20, to: (Math.PI / 4 + 1e-6) ** 2, degree: 5, least: [1] },
  { name: "SIN_WIDE", what: "(sin(r) - r) / r^3 for |r| <= pi/2, in r^2", series: sine, from: 1e-20, to: half, degree: 6, least: [1] },
  { name: "LOG_SHORT", what: "as LOG", series: logarithm, from: 1e-20, to: third, degree: 5, least: [2] },
  { name: "ARTANH_SHORT", what: "(3 artanh(s)/s - 3 - s^2) / s^4 for |s| <= 0.1011, in s^2", series: artanh, from: 1e-20, to: 0.1011 ** 2, degree: 5, least: [3, 1] },
  { name: "EXP_SINGLE_LEAST", what: "as EXP, for f32", series: exponential, from: -0.34658, to: 0.34658, degree: 4, least: [1, 1], single: true },
  { name: "EXP_SINGLE_SHORT", what: "as EXP, for f32", series: exponential, from: -0.34658, to: 0.34658, degree: 3, least: [1, 1], single: true },
  { name: "LOG_SINGLE", what: "as LOG, for f32", series: logarithm, from: 0, to: third, degree: 2, single: true },
]; // oxfmt-ignore

/** As `interpolant`, but of least error, relative to the whole function. */
function leastFit({ series, from, to, degree, single, least = [] }: PartFit): {
  coefficients: number[];
  error: number;
} {
  const { add, multiply, divide, fromInteger, fromNumber, round, toNumber } = bigfloat;
  const power = (x: BigFloat, n: number, p: number): BigFloat =>
    Array.from({ length: n }).reduce<BigFloat>((y) => multiply(y, x, p), fromInteger(1n, p));
  const part = (x: BigFloat, precision: number): BigFloat => {
    const p = precision + 40;
    let sum = fromInteger(0n, p);
    for (let k = 60n; k >= 0n; k--) {
      const [n, d] = series(k);
      sum = add(multiply(sum, x, p), divide(fromInteger(n, p), fromInteger(d, p), p), p);
    }
    return round(sum, precision);
  };
  const weight = (x: BigFloat, p: number): BigFloat => {
    const top = power(x, least.length, p);
    const whole = least.reduceRight((sum, c) => add(multiply(sum, x, p), fromNumber(c, p), p), part(x, p));
    return divide(top, whole, p);
  };
  const problem = new MinimaxProblem(targetOfOracle("part", part), fromNumber(from, 192), fromNumber(to, 192), targetOfOracle("weight", weight)); // oxfmt-ignore
  const family = polynomialFamily(Array.from({ length: degree + 1 }, (_, k) => k));
  const best = minimax(problem, family);
  const { constants, error } = roundConstants(problem, family, best.parameters, single ? 24 : 53);
  return { coefficients: constants.map((c) => toNumber(c)), error };
}

const lines = [
  "// Coefficients of polynomials, from the lowest power up. Written by tools/fit-polynomials.ts: interpolation of power series at",
  "// Chebyshev nodes, rounded to the format (the error is the greatest found on 401 points, in exact arithmetic, with the rounded",
  "// coefficients), or polynomials of least relative error by Remez's algorithm, rounded one coefficient after the other.",
];
for (const each of fits) {
  const { coefficients, error } = each.least ? leastFit(each) : interpolant(each);
  console.log(each.name, error.toExponential(2));
  lines.push(
    "",
    `/** ${each.what}; ${each.least ? "relative error of the whole" : "absolute error"} ${error.toExponential(1)}. */`,
    `export const ${each.name}: readonly number[] = [${coefficients.join(", ")}]; // oxfmt-ignore`,
  );
}
writeFileSync(
  fileURLToPath(new URL("../src/special/elementary/polynomials.ts", import.meta.url)),
  `${lines.join("\n")}\n`,
);
