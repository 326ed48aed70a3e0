// Claim power-softmax: attention with powers in place of exponentials is computed by additions and multiplications alone, as homomorphic
// encryption needs, within a certified error (Zimerman et al. 2024).
// Power attention: scores s_ij = q_i k_j / (sqrt(dim) c) in [-1, 1], weights w_ij = s_ij^p / (L d_i) for even p, with
// d_i = e + mean_j s_ij^p in [e, 1 + e]; the paper keeps its divisor away from zero in the same way. The polynomial-only version
// replaces 1/d by r_k(d): a polynomial r_0 of degree n and k steps r <- r (2 - d r) (Goldschmidt 1964). Exact identities:
// 1 - d r_k = (1 - d r_0)^(2^k), so that output and polynomial output differ by the factor 1 - (1 - d r_0)^(2^k).
// Certificate: with r_0 as the exact doubles that are used, E(d) = 1 - d r_0(d) is a polynomial with rational coefficients. Written in
// Chebyshev polynomials of [e, 1 + e] exactly, its size is at most the sum of its absolute coefficients: algebra, no sampling. Rounding
// is certified separately, on the inputs run, in ball arithmetic.
// Left out: encryption, training, the other nonlinear layers.
import { Random } from "calculemus/base";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import { type Ball, balls as B, bigfloat, Q, type Rational } from "calculemus/number";

export interface Choice {
  /** Even exponent. */
  readonly power: number;
  /** Least divisor e. */
  readonly least: number;
  /** Degree of r_0. */
  readonly degree: number;
  /** Steps of Goldschmidt's iteration. */
  readonly steps: number;
}

/** Certified relative error asked for. */
const ACCURACY = 1e-6;

/** Coefficients of T_0 ... T_n in powers of y, as integers. */
function chebyshevPowers(n: number): bigint[][] {
  const t: bigint[][] = [[1n], [0n, 1n]];
  for (let k = 2; k <= n; k++)
    t.push(Array.from({ length: k + 1 }, (_, i) => 2n * (t[k - 1][i - 1] ?? 0n) - (t[k - 2][i] ?? 0n)));
  return t;
}

/**
 * Powers of d of the best r_0 of a degree on [e, 1 + e]: 1 - d r_0(d) = T_(n+1)(y(d)) / T_(n+1)(y(0)), in doubles.
 * (The least possible size among polynomials with value 1 at 0: Markov.)
 */
export function firstReciprocal(least: number, degree: number): Float64Array {
  const n = degree + 1;
  // y = scale d + shift with y(e) = -1, y(1 + e) = 1; exact rationals until the end.
  const [scale, shift] = [2, Q.negate(Q.add(1, Q.multiply(2, Q.fromNumber(least))))];
  const powers = chebyshevPowers(n)[n];
  let sum: Rational[] = [];
  for (let k = n; k >= 0; k--) {
    const next: Rational[] = Array.from({ length: sum.length + 1 }, () => 0);
    sum.forEach((each, i) => {
      next[i] = Q.add(next[i], Q.multiply(each, shift));
      next[i + 1] = Q.add(next[i + 1], Q.multiply(each, scale));
    });
    next[0] = Q.add(next[0], Q.rational(powers[k]));
    sum = next.slice(0, n - k + 1);
  }
  return Float64Array.from({ length: n }, (_, i) => Q.toNumber(Q.negate(Q.divide(sum[i + 1], sum[0]))));
}

/** A proved upper bound of |1 - d r_0(d)| on [e, 1 + e], as an exact rational. */
export function certifiedSize(first: Float64Array, least: number): Rational {
  // E(d) = 1 - d r_0(d), then d = e + (y + 1) / 2.
  const e: Rational[] = [1, ...Array.from(first, (c) => Q.negate(Q.fromNumber(c)))];
  const half = Q.rational(1n, 2n);
  const centre = Q.add(Q.fromNumber(least), half);
  let inY: Rational[] = [];
  for (const c of e.toReversed()) {
    const next: Rational[] = Array.from({ length: inY.length + 1 }, () => 0);
    inY.forEach((each, i) => {
      next[i] = Q.add(next[i], Q.multiply(each, centre));
      next[i + 1] = Q.add(next[i + 1], Q.multiply(each, half));
    });
    next[0] = Q.add(next[0], c);
    inY = next;
  }
  // Powers of y to Chebyshev polynomials from the top, and the sum of absolute coefficients.
  const t = chebyshevPowers(inY.length - 1);
  let size: Rational = 0;
  for (let k = inY.length - 1; k >= 0; k--) {
    const c = Q.divide(inY[k], Q.rational(t[k][k]));
    size = Q.add(size, Q.absolute(c));
    t[k].forEach((each, i) => (inY[i] = Q.subtract(inY[i], Q.multiply(c, Q.rational(each)))));
  }
  return size;
}

/** size^(2^steps), rounded up. */
export function certifiedError(size: Rational, steps: number): number {
  let bound = bigfloat.fromRational(size, 80, "up");
  for (let k = 0; k < steps; k++) bound = bigfloat.multiply(bound, bound, 80, "up");
  return bigfloat.toNumber(bound, "up");
}

/** The fewest steps whose certified error meets the accuracy; undefined if r_0 does not converge. */
export function stepsFor(size: Rational, accuracy: number): number | undefined {
  if (Q.compare(size, 1) >= 0) return undefined;
  for (let steps = 0; ; steps++) if (certifiedError(size, steps) <= accuracy) return steps;
}

/** What attention computes with: numbers or balls. */
interface Arithmetic<T> {
  readonly from: (x: number) => T;
  readonly add: (a: T, b: T) => T;
  readonly multiply: (a: T, b: T) => T;
  readonly divide: (a: T, b: T) => T;
}

const numbers: Arithmetic<number> = {
  from: (x) => x,
  add: (a, b) => a + b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
};

function ballArithmetic(p: number): Arithmetic<Ball> {
  return {
    from: (x) => B.fromBigFloat(bigfloat.fromNumber(x)),
    add: (a, b) => B.add(a, b, p),
    multiply: (a, b) => B.multiply(a, b, p),
    divide: (a, b) => B.divide(a, b, p),
  };
}

/** 1/d by additions and multiplications alone. */
export function reciprocal<T>(f: Arithmetic<T>, first: Float64Array, steps: number, d: T): T {
  let r = f.from(first[first.length - 1]);
  for (let i = first.length - 2; i >= 0; i--) r = f.add(f.multiply(r, d), f.from(first[i]));
  const [two, minus] = [f.from(2), f.from(-1)];
  for (let k = 0; k < steps; k++) r = f.multiply(r, f.add(two, f.multiply(minus, f.multiply(d, r))));
  return r;
}

export interface Head {
  readonly length: number;
  /** Scores in [-1, 1], length x length. */
  readonly scores: Float64Array;
  /** Values, length x dim. */
  readonly values: Float64Array;
  readonly dim: number;
}

/** One row of power attention; `inverse` is 1/d, by division or by polynomials. */
function attend<T>(
  f: Arithmetic<T>,
  { length, scores, values, dim }: Head,
  row: number,
  power: number,
  least: number,
  inverse: (d: T) => T,
): { output: T[]; divisor: T } {
  // oxfmt-ignore
  const part = f.from(1 / length);
  const powers = Array.from({ length }, (_, j) => {
    const s = f.from(scores[row * length + j]);
    let result = s;
    for (let k = 1; k < power; k++) result = f.multiply(result, s);
    return result;
  });
  const mean = f.multiply(powers.reduce(f.add), part);
  const divisor = f.add(f.from(least), mean);
  const factor = f.multiply(part, inverse(divisor));
  const output = Array.from({ length: dim }, (_, c) =>
    f.multiply(factor, powers.map((w, j) => f.multiply(w, f.from(values[j * dim + c]))).reduce(f.add)),
  );
  return { output, divisor };
}

export function randomHead(length: number, dim: number, seed: number): Head {
  const random = new Random(seed, 11);
  const vectors = (): Float64Array[] =>
    Array.from({ length }, () => Float64Array.from({ length: dim }, () => 2 * random.next() - 1));
  const [queries, keys] = [vectors(), vectors()];
  const scores = new Float64Array(length * length);
  queries.forEach((q, i) =>
    keys.forEach((k, j) => (scores[i * length + j] = q.reduce((sum, x, c) => sum + x * k[c], 0))),
  );
  // The scale c: the largest score of the head becomes 1.
  const largest = scores.reduce((size, s) => Math.max(size, Math.abs(s)), 0);
  scores.forEach((s, i) => (scores[i] = s / largest));
  const values = Float64Array.from({ length: length * dim }, () => 4 * random.next() - 2);
  return { length, dim, scores, values };
}

/** Largest difference of both versions over the rows, relative to the largest value: in doubles, and enclosed in balls for `certified` rows. */
export function compare(
  head: Head,
  choice: Choice,
  certified: number,
): { doubles: number; enclosed: number; least: number } {
  // oxfmt-ignore
  const { power, least, degree, steps } = choice;
  const first = firstReciprocal(least, degree);
  const largest = head.values.reduce((size, v) => Math.max(size, Math.abs(v)), 0);
  let [doubles, enclosed, smallest] = [0, 0, Infinity];
  const exact = ballArithmetic(160);
  const one = exact.from(1);
  for (let row = 0; row < head.length; row++) {
    const divided = attend(numbers, head, row, power, least, (d) => 1 / d);
    const polynomial = attend(numbers, head, row, power, least, (d) => reciprocal(numbers, first, steps, d));
    smallest = Math.min(smallest, divided.divisor);
    divided.output.forEach((x, c) => (doubles = Math.max(doubles, Math.abs(x - polynomial.output[c]) / largest)));
    if (row >= certified) continue;
    // What the doubles of the polynomial version miss of the exact attention, rounding included.
    attend(exact, head, row, power, least, (d) => exact.divide(one, d)).output.forEach((x, c) => {
      const miss = B.absolute(B.subtract(x, exact.from(polynomial.output[c]), 160));
      enclosed = Math.max(enclosed, bigfloat.toNumber(miss.upper(53), "up") / largest);
    });
  }
  return { doubles, enclosed, least: smallest };
}

/** The degree of the best polynomial for 1/d alone with this relative error, and its nonscalar products (Paterson, Stockmeyer 1973). */
export function minimaxDegree(least: number, accuracy: number): { degree: number; products: number } {
  const angle = Math.acosh(1 + 2 * least);
  const degree = Math.ceil(Math.acosh(1 / accuracy) / angle) - 1;
  return { degree, products: Math.ceil(2 * Math.sqrt(degree)) };
}

/** Degree of r_0 that takes the fewest products to reach the accuracy, with its steps. */
export function chooseDegree(
  least: number,
  accuracy: number,
): { degree: number; steps: number; products: number; size: Rational } {
  // oxfmt-ignore
  let best: { degree: number; steps: number; products: number; size: Rational } | undefined;
  for (let degree = 1; degree <= 15; degree += 2) {
    const size = certifiedSize(firstReciprocal(least, degree), least);
    const steps = stepsFor(size, accuracy);
    if (steps === undefined) continue;
    const products = degree - 1 + 2 * steps;
    if (!best || products < best.products) best = { degree, steps, products, size };
  }
  if (!best) throw new Error(`no first polynomial of degree up to 15 converges on [${least}, ${1 + least}]`);
  return best;
}

export interface Scale {
  readonly length: number;
  readonly dim: number;
  readonly heads: number;
  readonly certifiedRows: number;
  readonly cases: readonly { readonly power: number; readonly least: number }[];
}

const FULL: Scale = {
  length: 128,
  dim: 16,
  heads: 4,
  certifiedRows: 4,
  cases: [
    { power: 2, least: 0.01 },
    { power: 4, least: 0.01 },
    { power: 4, least: 0.001 },
    { power: 8, least: 0.0001 },
  ],
};

export async function run(context: ClaimContext, scale: Scale = FULL): Promise<ClaimResult> {
  const evidence: ClaimResult["evidence"][number][] = [];
  const told: string[] = [];
  let holds = true;
  for (const { power, least } of scale.cases) {
    const { degree, steps, products, size } = chooseDegree(least, ACCURACY);
    const bound = certifiedError(size, steps);
    const worst = { doubles: 0, enclosed: 0, least: Infinity };
    for (let h = 0; h < scale.heads; h++) {
      const head = randomHead(scale.length, scale.dim, h + 1);
      const found = compare(head, { power, least, degree, steps }, scale.certifiedRows);
      worst.doubles = Math.max(worst.doubles, found.doubles);
      worst.enclosed = Math.max(worst.enclosed, found.enclosed);
      worst.least = Math.min(worst.least, found.least);
    }
    // The bound is on exact arithmetic; doubles may add their rounding errors.
    holds &&= bound <= ACCURACY && worst.enclosed <= bound + 1e-12;
    const other = minimaxDegree(least, ACCURACY);
    context.log(`power ${power}, divisors from ${least}: certified ${bound.toExponential(1)}`);
    told.push(`${bound.toExponential(1)} (p = ${power}, divisors from ${least}, ${products} products)`);
    evidence.push(
      {
        statement: `power attention with p = ${power}: replacing 1/d by a polynomial of degree ${degree} and ${steps} steps of Goldschmidt's iteration changes every output by at most ${bound.toExponential(2)} of the largest value, for all scores in [-1, 1], all lengths, divisors in [${least}, ${1 + least}], in exact arithmetic`,
        grade: "proved",
        bound,
        unit: "relative to the largest value",
        method: "1 - d r in Chebyshev polynomials with exact rational coefficients, then squared",
        measured: { products, degree: (degree + 1) * 2 ** steps - 1 },
      },
      {
        statement: `in doubles, rounding included, ${scale.heads} heads of ${scale.length} tokens: exact power attention is missed by at most ${worst.enclosed.toExponential(2)} on ${scale.heads * scale.certifiedRows} rows`,
        grade: "proved",
        bound: worst.enclosed,
        unit: "relative to the largest value",
        method: "ball arithmetic of 160 bits on those rows",
        measured: { differenceOfDoubles: worst.doubles, leastDivisor: worst.least },
      },
      {
        statement: `baseline: one polynomial for 1/d on the same range needs degree ${other.degree} and about ${other.products} products for the same error, against ${products}`,
        grade: "bounded",
        bound: other.degree,
        unit: "degree",
        method: "size of the best polynomial in closed form (Chebyshev, Markov); products by Paterson and Stockmeyer",
      },
    );
  }
  return {
    verdict: holds ? "shown" : "refuted",
    summary: `certified relative difference of power attention and its polynomial-only version: ${told.join("; ")} (at most ${ACCURACY} wanted)`,
    evidence,
  };
}

export const claim: Claim = {
  id: "power-softmax",
  title: "Power attention by polynomials alone, certified",
  source: "Zimerman et al. 2024, Power-Softmax: Towards Secure LLM Inference over Encrypted Data.",
  statement:
    "Attention with weights s^p / (L d), d = e + mean s^p, equals its polynomial-only version within a certified 1e-6 of the largest value for all scores in [-1, 1], for p = 2, 4, 8 and divisors down to 0.01, 0.001 and 0.0001.",
  run: (context) => run(context),
};
