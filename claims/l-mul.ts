// Claim l-mul: multiplication of floats by one integer addition (Luo, Sun 2024), its error measured on every pair.
// L-Mul keeps m fraction bits of both operands and replaces the product of the fractions by a constant:
//   (1 + a)(1 + b) is taken as 1 + a + b + 2^-l(m),  l(m) = m for m <= 3, 3 for m = 4, 4 above.
// Two readings are measured. "formula" is that sum. "addition" is what one addition of the bit patterns does: where the
// fractions carry (a + b + 2^-l = s >= 1) the exponent goes up by one and the value is 2 s, as in Mitchell 1962
// (by two and 4 (s - 1) for s >= 2).
// Rivals: exact products of operands rounded to e4m3 and e5m2. Relative errors do not depend on the binades of the operands
// (no overflow or underflow), so that one binade of each is every case.
// The ranking of the paper holds where operands are truncated, as its analysis does, and not where they are rounded to nearest,
// as conversions to 8-bit floats are. Left out: energy, and language models.
import { formatNamed, Q, rounder, ExactSum } from "calculemus/number";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import type { Evidence } from "calculemus/evidence";

/** Fraction bits of the offset constant: the table l(m) of the paper. */
export const offsetBits = (m: number): number => (m <= 3 ? m : m === 4 ? 3 : 4);

export type Reading = "formula" | "addition";

/** L-Mul of two significands 1 + a and 1 + b in [1, 2) with m fraction bits; exact in doubles for m <= 20. */
export function lMul(x: number, y: number, m: number, reading: Reading): number {
  const s = x - 1 + (y - 1) + 2 ** -offsetBits(m);
  if (reading === "formula" || s < 1) return 1 + s;
  return s < 2 ? 2 * s : 4 * (s - 1);
}

/** Errors of an approximation over all pairs, relative to the exact product. */
export interface Errors {
  readonly bias: number;
  readonly meanAbsolute: number;
  readonly meanSquared: number;
  readonly worst: number;
}

/**
 * Errors over all pairs of significands with `fine` fraction bits in [1, 2), operands rounded by `narrow` (to at most 2) and
 * multiplied by `multiply`. Sums of the relative errors are exact; each relative error is rounded once to a double.
 */
export function errorsOver(
  fine: number,
  narrow: (x: number) => number,
  multiply: (x: number, y: number) => number,
): Errors {
  const n = 2 ** fine;
  const values = Float64Array.from({ length: n }, (_, i) => 1 + i / n);
  const narrowed = values.map(narrow);
  const row = new Float64Array(n);
  const [bias, absolute, squared] = [new ExactSum(), new ExactSum(), new ExactSum()];
  let worst = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const exact = values[i] * values[j];
      row[j] = (multiply(narrowed[i], narrowed[j]) - exact) / exact;
    }
    bias.addAll(row);
    for (let j = 0; j < n; j++) row[j] = Math.abs(row[j]);
    absolute.addAll(row);
    for (let j = 0; j < n; j++) if (row[j] > worst) worst = row[j];
    squared.addProducts(row, row);
  }
  const pairs = n * n;
  return {
    bias: bias.value() / pairs,
    meanAbsolute: absolute.value() / pairs,
    meanSquared: squared.value() / pairs,
    worst,
  };
}

/** Doubles between 1 and 2 to m fraction bits; the result may be 2, which is taken as the next binade by `product`. */
function toBits(m: number, mode: "nearest-even" | "toward-zero"): (x: number) => number {
  const round = rounder(formatNamed(`e8m${m}`), { mode });
  return (x) => round(x, 0);
}

/** L-Mul of rounded operands, either of which may have become 2 = 2 * 1.0. */
function lMulRounded(x: number, y: number, m: number, reading: Reading): number {
  const [p, q] = [x === 2 ? 2 : 1, y === 2 ? 2 : 1];
  return p * q * lMul(x / p, y / q, m, reading);
}

/** Exact sums over all pairs of m-bit fractions of e = (1+a)(1+b) - L-Mul, as rationals: mean of e and of e^2. */
export function exactMoments(m: number, reading: Reading): { mean: Q.Rational; square: Q.Rational } {
  const n = 2 ** m;
  // In units of 2^-2m everything is an integer; sums stay below 2^53 for m <= 9.
  const unit = n * n;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const [x, y] = [1 + i / n, 1 + j / n];
      const e = (x * y - lMul(x, y, m, reading)) * unit;
      sum += e;
      squares += e * e;
    }
  const pairs = Q.rational(BigInt(n) * BigInt(n));
  const scale = Q.rational(BigInt(unit));
  return {
    mean: Q.divide(Q.divide(Q.rational(BigInt(sum)), pairs), scale),
    square: Q.divide(Q.divide(Q.rational(BigInt(squares)), pairs), Q.multiply(scale, scale)),
  };
}

/**
 * Closed form of the moments of e = a b - c of the formula, with a and b uniform on the m-bit fractions, N = 2^m:
 * E a = (N-1)/(2N), E a^2 = (N-1)(2N-1)/(6 N^2); E e = (E a)^2 - c, E e^2 = (E a^2)^2 - 2 c (E a)^2 + c^2.
 */
export function expectedMoments(m: number): { mean: Q.Rational; square: Q.Rational } {
  const N = 2n ** BigInt(m);
  const c = Q.rational(1n, 2n ** BigInt(offsetBits(m)));
  const first = Q.rational(N - 1n, 2n * N);
  const second = Q.rational((N - 1n) * (2n * N - 1n), 6n * N * N);
  const firstSquared = Q.multiply(first, first);
  return {
    mean: Q.subtract(firstSquared, c),
    square: Q.add(
      Q.subtract(Q.multiply(second, second), Q.multiply(Q.rational(2n), Q.multiply(c, firstSquared))),
      Q.multiply(c, c),
    ),
  };
}

export interface Sizes {
  /** Widths of the fraction. */
  readonly widths: readonly number[];
  /** Fraction bits of the operands before rounding. */
  readonly fine: number;
}

const FULL: Sizes = { widths: [2, 3, 4, 5, 6, 7, 8], fine: 10 };
/** Errors within this factor count as "on par". */
const ON_PAR = 1.1;

const rms = (errors: Errors): number => Math.sqrt(errors.meanSquared);
const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;

export async function run(context: ClaimContext, sizes: Sizes = FULL): Promise<ClaimResult> {
  const { widths, fine } = sizes;
  const evidence: Evidence[] = [];
  const matches = widths.filter((m) => {
    const [found, expected] = [exactMoments(m, "formula"), expectedMoments(m)];
    return Q.equal(found.mean, expected.mean) && Q.equal(found.square, expected.square);
  });
  evidence.push({
    statement: `mean and mean square of the error of L-Mul over all pairs of m-bit fractions equal the closed form, as rationals, for m = ${matches.join(", ")}`,
    grade: "exhaustive",
    bound: matches.length,
    unit: "widths",
    method: "every pair, in integers",
  });
  const table = new Map<string, Errors>();
  for (const mode of ["nearest-even", "toward-zero"] as const) {
    for (const name of ["e4m3fn", "e5m2"]) {
      const round = rounder(formatNamed(name), { mode });
      table.set(`${name} ${mode}`, errorsOver(fine, (x) => round(x, 0), (x, y) => x * y)); // oxfmt-ignore
    }
    for (const m of widths)
      for (const reading of ["formula", "addition"] as const)
        table.set(`${m} ${reading} ${mode}`, errorsOver(fine, toBits(m, mode), (x, y) => lMulRounded(x, y, m, reading))); // oxfmt-ignore
    context.log(`measured with operands rounded ${mode}`);
  }
  for (const [name, errors] of table) {
    const [first, ...more] = name.split(" ");
    const what = more.length === 1 ? `products of ${first} operands` : `L-Mul with ${first} fraction bits, ${more[0]}`;
    evidence.push({
      statement: `${what}, operands rounded ${more.at(-1)}: root mean square relative error ${percent(rms(errors))}, mean absolute ${percent(errors.meanAbsolute)}, mean ${percent(errors.bias)}, worst ${percent(errors.worst)}`,
      grade: "exhaustive",
      bound: rms(errors),
      unit: "relative error",
      method: `every pair of significands with ${fine} fraction bits; sums exact`,
      measured: { ...errors },
    });
  }
  /** Ratio of the root mean square errors. */
  const ratio = (m: number, reading: string, mode: string, rival: string): number =>
    rms(table.get(`${m} ${reading} ${mode}`)!) / rms(table.get(`${rival} ${mode}`)!);
  const judged = (["nearest-even", "toward-zero"] as const).flatMap((mode) =>
    (["formula", "addition"] as const).map((reading) => ({
      mode,
      reading,
      four: ratio(4, reading, mode, "e4m3fn"),
      three: ratio(3, reading, mode, "e5m2"),
    })),
  );
  const shown = matches.length === widths.length && judged.every((each) => each.four <= ON_PAR && each.three < 1);
  return {
    verdict: shown ? "shown" : "refuted",
    summary: `closed form met for ${matches.length} of ${widths.length} widths; root mean square error of L-Mul with 4 bits over e4m3 products (at most ${ON_PAR} wanted) and with 3 bits over e5m2 products (below 1 wanted): ${judged
      .map(({ mode, reading, four, three }) => `${four.toFixed(2)} and ${three.toFixed(2)} (${reading}, ${mode})`)
      .join("; ")}`,
    evidence,
  };
}

export const claim: Claim = {
  id: "l-mul",
  title: "Addition-only multiplication of floats beside 8-bit products",
  source: "Luo, Sun 2024, Addition is All You Need for Energy-efficient Language Models (arXiv 2410.00907).",
  statement:
    "The error of L-Mul over every pair of fractions matches its closed form for 2 to 8 bits; with 4 bits it is on par with products of e4m3 operands, and with 3 bits below that of e5m2 operands (root mean square relative error, both readings of carries, both roundings of operands).",
  run: (context) => run(context),
};
