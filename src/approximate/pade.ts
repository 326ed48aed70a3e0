// Pade approximants: p/q with deg p <= m, deg q <= n that agrees with a power series as far as possible.
// Exact rationals: the extended Euclidean algorithm on x^(m+n+1) and the series (McEliece, Shearer 1978). Its row with the right
// degree is the approximant in lowest terms, also inside the square blocks of equal entries in which linear equations are singular
// (Gragg 1972, "The Pade table and its relation to certain algorithms of numerical analysis").
// BigFloat: the equations for q by elimination with complete pivoting, with smaller degrees where they are singular up to a tolerance
// (the idea of Gonnet, Guettel, Trefethen 2013, "Robust Pade approximation via SVD").
import { Failure } from "../base/index.ts";
import { BigFloat, bigfloat as F, Q, type Rational } from "../number/index.ts";
import { Deadline, type Limits } from "./deadline.ts";

export interface PadeOptions extends Limits {
  /** For BigFloat: relative to the largest coefficient, what counts as zero; default half of the precision. */
  readonly tolerance?: number;
}

export interface Pade<T> {
  /** Coefficients from the constant on; the last is not zero, unless it is the only one. */
  readonly numerator: readonly T[];
  /** The constant is 1. */
  readonly denominator: readonly T[];
  /** The degrees asked for. */
  readonly asked: readonly [number, number];
  /**
   * c - p/q = O(x^agreement), as far as coefficients were given: `exact` says that more coefficients would be needed to see where it ends.
   */
  readonly agreement: number;
  readonly exact: boolean;
  /** The approximant agrees to at least m + n + 1 orders. Where it does not, none of these degrees does. */
  readonly exists: boolean;
  /** The entry lies in a block of equal entries. */
  readonly degenerate: boolean;
}

/** The [m/n] approximant of c_0 + c_1 x + ...; needs m + n + 1 coefficients; further ones show the agreement. */
export function pade(
  coefficients: readonly Rational[],
  degrees: readonly [number, number],
  options?: PadeOptions,
): Pade<Rational>;
/** The same in BigFloat at the precision of the coefficients; `tolerance` decides what counts as singular. */
export function pade(coefficients: readonly BigFloat[], degrees: readonly [number, number], options?: PadeOptions): Pade<BigFloat>; // oxfmt-ignore
export function pade(
  coefficients: readonly Rational[] | readonly BigFloat[],
  degrees: readonly [number, number],
  options: PadeOptions = {},
): Pade<Rational> | Pade<BigFloat> {
  // oxfmt-ignore
  const [m, n] = degrees;
  if (![m, n].every((degree) => Number.isInteger(degree) && degree >= 0))
    throw new Failure("usage", `degrees are whole numbers from 0, not ${m} and ${n}`);
  if (coefficients.length < m + n + 1)
    throw new Failure("usage", `[${m}/${n}] needs ${m + n + 1} coefficients, not ${coefficients.length}`);
  const deadline = new Deadline(`the [${m}/${n}] approximant`, options);
  return coefficients[0] instanceof BigFloat
    ? floating(coefficients as readonly BigFloat[], m, n, options.tolerance, deadline)
    : exactly(coefficients as readonly Rational[], m, n, deadline);
}

type Polynomial = Rational[];

function trim(p: Polynomial): Polynomial {
  let length = p.length;
  while (length > 0 && Q.sign(p[length - 1]) === 0) length--;
  return p.slice(0, length);
}

/** a - b c. */
function minusProduct(a: Polynomial, b: Polynomial, c: Polynomial): Polynomial {
  const r: Polynomial = Array.from({ length: Math.max(a.length, b.length + c.length - 1) }, (_, i) => a[i] ?? 0);
  b.forEach((x, i) => c.forEach((y, j) => (r[i + j] = Q.subtract(r[i + j], Q.multiply(x, y)))));
  return trim(r);
}

function quotient(a: Polynomial, b: Polynomial): Polynomial {
  const rest = [...a];
  const result: Polynomial = [];
  for (let shift = a.length - b.length; shift >= 0; shift--) {
    const factor = Q.divide(rest[shift + b.length - 1], b[b.length - 1]);
    result[shift] = factor;
    b.forEach((x, i) => (rest[shift + i] = Q.subtract(rest[shift + i], Q.multiply(factor, x))));
  }
  return result;
}

function exactly(c: readonly Rational[], m: number, n: number, deadline: Deadline): Pade<Rational> {
  let previous: Polynomial = [...Array.from({ length: m + n + 1 }, () => 0), 1];
  let current = trim(c.slice(0, m + n + 1));
  let [before, factor]: [Polynomial, Polynomial] = [[], [1]];
  while (current.length - 1 > m) {
    deadline.check();
    const q = quotient(previous, current);
    [previous, current] = [current, minusProduct(previous, q, current)];
    [before, factor] = [factor, minusProduct(before, q, factor)];
  }
  // The constant of the factor is zero where a power of x is common to both.
  let shift = 0;
  while (Q.sign(factor[shift]) === 0) shift++;
  const unit = factor[shift];
  const numerator = current.slice(shift).map((x) => Q.divide(x, unit));
  const denominator = factor.slice(shift).map((x) => Q.divide(x, unit));
  if (numerator.length === 0) numerator.push(0);
  return described(
    numerator,
    denominator,
    [m, n],
    c,
    (k) =>
      Q.sign(
        denominator.reduce<Rational>((sum, x, j) => (j > k ? sum : Q.add(sum, Q.multiply(x, c[k - j]))), Q.negate(numerator[k] ?? 0)), // oxfmt-ignore
      ) === 0,
  );
}

function described<T>(
  numerator: readonly T[],
  denominator: readonly T[],
  asked: readonly [number, number],
  c: readonly T[],
  agrees: (k: number) => boolean,
): Pade<T> {
  let agreement = 0;
  while (agreement < c.length && agrees(agreement)) agreement++;
  const [m, n] = asked;
  return {
    numerator,
    denominator,
    asked,
    agreement,
    exact: agreement === c.length,
    exists: agreement >= m + n + 1,
    degenerate: numerator.length <= m || denominator.length <= n || agreement >= numerator.length + denominator.length,
  };
}

function floating(
  c: readonly BigFloat[],
  m: number,
  n: number,
  tolerance: number | undefined,
  deadline: Deadline,
): Pade<BigFloat> {
  // oxfmt-ignore
  const p = Math.max(...c.map((each) => each.precision));
  const bad = c.find((each) => !F.isFinite(each));
  if (bad) throw new Failure("domain", `a coefficient is ${String(bad)}`);
  const asked = [m, n] as const;
  const largest = c
    .slice(0, m + n + 1)
    .reduce((a, b) => (F.compare(F.absolute(b), a)! > 0 ? F.absolute(b) : a), F.zero(p));
  const small = F.multiply(largest, F.fromNumber(tolerance ?? 2 ** -Math.min(1000, Math.floor(p / 2))), p);
  const tiny = (x: BigFloat): boolean => F.compare(F.absolute(x), small)! <= 0;
  if (F.isZero(largest)) return described([F.zero(p)], [F.fromNumber(1, p)], asked, c, (k) => F.isZero(c[k]));
  for (;;) {
    const solved = denominatorOf(c, m, n, p, small, deadline);
    if (solved === undefined) {
      // Singular: a smaller approximant, further up the diagonal of its block.
      if (m === 0) n--;
      else [m, n] = [m - 1, n - 1];
      continue;
    }
    const q = solved;
    const numerator = Array.from({ length: m + 1 }, (_, k) =>
      q.reduce((sum, x, j) => (j > k ? sum : F.add(sum, F.multiply(x, c[k - j], p), p)), F.zero(p)),
    );
    const cut = (list: BigFloat[]): BigFloat[] => {
      let length = list.length;
      while (length > 1 && tiny(list[length - 1])) length--;
      return list.slice(0, length);
    };
    const [top, bottom] = [cut(numerator), cut(q)];
    return described(top, bottom, asked, c, (k) =>
      tiny(
        bottom.reduce(
          (sum, x, j) => (j > k ? sum : F.add(sum, F.multiply(x, c[k - j], p), p)),
          F.negate(top[k] ?? F.zero(p)),
        ),
      ),
    );
  }
}

/** q_0 = 1, q_1 ... q_n with sum_j q_j c_(k-j) = 0 for k = m + 1 ... m + n; undefined if the equations are singular. */
function denominatorOf(
  c: readonly BigFloat[],
  m: number,
  n: number,
  p: number,
  small: BigFloat,
  deadline: Deadline,
): BigFloat[] | undefined {
  const at = (k: number): BigFloat => (k < 0 ? F.zero(p) : c[k]);
  const rows = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (_, j) => at(m + i - j)),
    F.negate(at(m + 1 + i)),
  ]);
  const columns = Array.from({ length: n }, (_, j) => j);
  for (let k = 0; k < n; k++) {
    deadline.check();
    let [pi, pj] = [k, k];
    for (let i = k; i < n; i++)
      for (let j = k; j < n; j++)
        if (F.compare(F.absolute(rows[i][j]), F.absolute(rows[pi][pj]))! > 0) [pi, pj] = [i, j];
    if (F.compare(F.absolute(rows[pi][pj]), small)! <= 0) return undefined;
    [rows[k], rows[pi]] = [rows[pi], rows[k]];
    for (const row of rows) [row[k], row[pj]] = [row[pj], row[k]];
    [columns[k], columns[pj]] = [columns[pj], columns[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = F.divide(rows[i][k], rows[k][k], p);
      for (let j = k; j <= n; j++) rows[i][j] = F.subtract(rows[i][j], F.multiply(factor, rows[k][j], p), p);
    }
  }
  const q: BigFloat[] = [F.fromNumber(1, p)];
  for (let k = n - 1; k >= 0; k--) {
    let sum = rows[k][n];
    for (let j = k + 1; j < n; j++) sum = F.subtract(sum, F.multiply(rows[k][j], q[columns[j] + 1], p), p);
    q[columns[k] + 1] = F.divide(sum, rows[k][k], p);
  }
  return q;
}

/** p(x)/q(x). Rationals at a rational; fails (domain) at a pole. */
export function padeValue({ numerator, denominator }: Pade<Rational>, x: Rational): Rational {
  const horner = (c: readonly Rational[]): Rational => c.reduceRight<Rational>((sum, a) => Q.add(Q.multiply(sum, x), a), 0); // oxfmt-ignore
  const bottom = horner(denominator);
  if (Q.sign(bottom) === 0) throw new Failure("domain", `the approximant has a pole at ${Q.toString(x)}`);
  return Q.divide(horner(numerator), bottom);
}
