// node tools/run.mjs tools/fit-circular.ts: writes src/special/elementary/polynomials-circular.ts, the coefficients of the circular
// functions, their inverses and the cube root, and the bits of 2/pi.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { coefficientLines, type Fit } from "./chebyshev-fit.ts";

const factorial = (n: bigint): bigint => (n <= 1n ? 1n : n * factorial(n - 1n));
const sign = (k: bigint): bigint => (k % 2n === 0n ? 1n : -1n);
const quarter = (Math.PI / 4 + 1e-6) ** 2;
const eighth = (Math.SQRT2 - 1 + 1e-6) ** 2;

type Series = Fit["series"];
/** After r - r^3/6, divided by r^5, in r^2; the others likewise. */
const sine: Series = (k) => [sign(k), factorial(2n * k + 5n)];
/** After 1 - r^2/2, divided by r^4. */
const cosine: Series = (k) => [sign(k), factorial(2n * k + 4n)];
/** After r - r^3/3, divided by r^5. */
const arctangent: Series = (k) => [sign(k), 2n * k + 5n];
/** After r + r^3/6, divided by r^5: (2m)! / (4^m m!^2 (2m + 1)) with m = k + 2. */
const arcsine: Series = (k) => {
  const m = k + 2n;
  return [factorial(2n * m), 4n ** m * factorial(m) ** 2n * (2n * m + 1n)];
};
/** (1 + u)^(-1/3). */
const cubeRoot: Series = (k) => {
  let [n, d] = [1n, 1n];
  for (let j = 0n; j < k; j++) [n, d] = [n * (-1n - 3n * j), d * 3n * (j + 1n)];
  return [n, d];
};

const fits: readonly Fit[] = [
  { name: "SIN_REST", what: "(sin(r) - r + r^3/6) / r^5 for |r| <= pi/4, in r^2", series: sine, from: 0, to: quarter, degree: 5 },
  { name: "COS_REST", what: "(cos(r) - 1 + r^2/2) / r^4 for |r| <= pi/4, in r^2", series: cosine, from: 0, to: quarter, degree: 5 },
  { name: "ATAN_REST", what: "(atan(r) - r + r^3/3) / r^5 for |r| <= tan(pi/8), in r^2", series: arctangent, from: 0, to: eighth, degree: 10 },
  { name: "ASIN_REST", what: "(asin(r) - r - r^3/6) / r^5 for |r| <= 1/2, in r^2", series: arcsine, from: 0, to: 0.25, degree: 13 },
  { name: "CBRT_START", what: "(1 + u)^(-1/3) for |u| <= 0.11, in u", series: cubeRoot, from: -0.11, to: 0.11, degree: 4 },
  { name: "SIN_WIDE_REST", what: "as SIN_REST, for f32 results", series: sine, from: 0, to: quarter, degree: 3 },
  { name: "COS_WIDE_REST", what: "as COS_REST, for f32 results", series: cosine, from: 0, to: quarter, degree: 3 },
  { name: "ATAN_WIDE_REST", what: "as ATAN_REST, for f32 results", series: arctangent, from: 0, to: eighth, degree: 5 },
  { name: "ASIN_WIDE_REST", what: "as ASIN_REST, for f32 results", series: arcsine, from: 0, to: 0.25, degree: 7 },
  { name: "SIN_SINGLE_REST", what: "as SIN_REST, for f32", series: sine, from: 0, to: quarter, degree: 2, single: true },
  { name: "SIN_HALF_SINGLE", what: "(sin(r) - r) / r^3 for |r| <= pi/2, in r^2, for f32", series: (k) => [-sign(k), factorial(2n * k + 3n)], from: 0, to: (Math.PI / 2 + 1e-6) ** 2, degree: 4, single: true },
  { name: "COS_SINGLE_REST", what: "as COS_REST, for f32", series: cosine, from: 0, to: quarter, degree: 2, single: true },
  { name: "ATAN_SINGLE_REST", what: "as ATAN_REST, for f32", series: arctangent, from: 0, to: eighth, degree: 4, single: true },
  { name: "ASIN_SINGLE_REST", what: "as ASIN_REST, for f32", series: arcsine, from: 0, to: 0.25, degree: 5, single: true },
  { name: "CBRT_SINGLE_START", what: "as CBRT_START, for f32", series: cubeRoot, from: -0.11, to: 0.11, degree: 2, single: true },
]; // oxfmt-ignore

/** pi 2^bits, by Machin's formula. */
function pi(bits: bigint): bigint {
  const guard = 64n;
  const one = 1n << (bits + guard);
  const inverse = (n: bigint): bigint => {
    let [power, sum] = [one / n, 0n];
    for (let j = 1n; power !== 0n; j += 2n) {
      sum += (j % 4n === 1n ? power : -power) / j;
      power /= n * n;
    }
    return sum;
  };
  return (16n * inverse(5n) - 4n * inverse(239n)) >> guard;
}

const WORDS = 19n;
const bits = 64n * WORDS;
const turns = (2n << (2n * bits)) / pi(bits);
const words = Array.from({ length: Number(WORDS) }, (_, j) => (turns >> (64n * (WORDS - 1n - BigInt(j)))) & (2n ** 64n - 1n)); // oxfmt-ignore

const lines = [
  "// Coefficients of polynomials, from the lowest power up, and bits of 2/pi. Written by tools/fit-circular.ts: interpolation of power",
  "// series at Chebyshev nodes, rounded to the format; the error given is the greatest found on 401 points, in exact arithmetic,",
  "// with the rounded coefficients.",
  ...fits.flatMap(coefficientLines),
  "",
  "/** Bits of 2/pi after the point, 64 a word. */",
  `export const TWO_OVER_PI: readonly bigint[] = [${words.map((w) => `0x${w.toString(16).padStart(16, "0")}n`).join(", ")}]; // oxfmt-ignore`,
];
writeFileSync(fileURLToPath(new URL("../src/special/elementary/polynomials-circular.ts", import.meta.url)), `${lines.join("\n")}\n`); // oxfmt-ignore
