// Continued fractions b_0 + a_1/(b_1 + a_2/(b_2 + ...)): of a number (Euclid), of a power series (corresponding fractions; Jones,
// Thron 1980, chapter 7), and their values by the modified method of Lentz (Thompson, Barnett 1986), with a bound where the tail is
// known to lie in a set: between 0 and its first term for positive elements, in the unit disc where |b_k| >= |a_k| + 1
// (Pringsheim 1899; Lorentzen, Waadeland 2008, section 1.4). Left out: complex elements, acceleration.
import { type Budget, Failure, Meter } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { Ball, balls as B, type BigFloat, bigfloat as F, Q, type Rational } from "../number/index.ts";
import { Deadline, type Limits } from "./deadline.ts";

export interface RegularFraction {
  /** b_0; b_1, b_2, ...: positive from b_1 on. */
  readonly quotients: readonly bigint[];
  /** The number is this fraction; otherwise only the quotients that its digits decide are given. */
  readonly exact: boolean;
}

/** The regular continued fraction of a rational, or of all numbers in a ball as far as they agree. */
export function continuedFraction(x: Rational | Ball, most = 1000): RegularFraction {
  if (typeof x === "number" && !Number.isFinite(x)) throw new Failure("usage", `${x} has no continued fraction`);
  if (!Number.isInteger(most) || most < 1)
    throw new Failure("usage", `at least one quotient is asked for, not ${most}`);
  const isBall = x instanceof Ball;
  const [low, high] = isBall ? B.rationalEnds(x) : [typeof x === "number" ? Q.fromNumber(x) : x, undefined];
  const quotients: bigint[] = [];
  let a = low;
  // Only the integer parts that both ends share are sure.
  let b = high ?? low;
  while (quotients.length < most) {
    const whole = Q.floor(a);
    if (whole !== Q.floor(b)) return { quotients, exact: false };
    quotients.push(whole);
    const [left, right] = [Q.subtract(a, Q.rational(whole)), Q.subtract(b, Q.rational(whole))];
    if (Q.sign(left) === 0 || Q.sign(right) === 0) return { quotients, exact: Q.equal(a, b) };
    [a, b] = [Q.invert(left), Q.invert(right)];
  }
  return { quotients, exact: false };
}

/** Convergents of a regular continued fraction, in lowest terms. */
export function convergents(quotients: readonly bigint[]): Rational[] {
  let [p, before] = [1n, 0n];
  let [q, below] = [0n, 1n];
  return quotients.map((b) => {
    [p, before] = [b * p + before, p];
    [q, below] = [b * q + below, q];
    return Q.rational(p, q);
  });
}

export interface FractionElements {
  /** a_k for k >= 1. */
  readonly a: (k: number) => Rational;
  /** b_k for k >= 0. */
  readonly b: (k: number) => Rational;
}

export interface FractionOptions {
  /** Relative accuracy; default 2^-53. */
  readonly relative?: number;
  /**
   * What all elements satisfy, those beyond the last one used as well, which the caller knows and the work checks as far as it goes:
   * positive (a_k > 0 and b_k > 0 from k = 1 on) or pringsheim (|b_k| >= |a_k| + 1 from k = 1 on). Without it the error is estimated.
   */
  readonly elements?: "positive" | "pringsheim";
  /** `steps` counts elements; by default 10 s and 100,000 steps. */
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

export interface FractionValue {
  /** Contains the value if the grade says bounded; else the convergent and its estimated error. */
  readonly ball: Ball;
  readonly value: BigFloat;
  /** Elements used. */
  readonly terms: number;
  readonly evidence: readonly Evidence[];
}

/** The fraction with its tail is looked at after so many elements, and then after a quarter more each time. */
const FIRST_LOOK = 8;

/** The value of a continued fraction. Fails (unsolved) if the budget ends first, or it does not converge; usage on conditions that do not hold. */
export function fractionValue({ a, b }: FractionElements, options: FractionOptions = {}): FractionValue {
  const { relative = 2 ** -53, elements } = options;
  if (!(relative > 0 && relative < 1))
    throw new Failure("usage", `a relative accuracy lies between 0 and 1: ${relative}`);
  const meter = new Meter(options.budget ?? { time_ms: 10_000, steps: 100_000 }, options.signal);
  const bits = Math.ceil(-Math.log2(relative)) + 24;
  const float = (x: Rational): BigFloat => F.fromRational(x, bits);
  const tiny = F.scale(F.fromNumber(1, bits), -4 * bits);
  const apart = (x: BigFloat): BigFloat => (F.isZero(x) ? tiny : x);
  const one = F.fromNumber(1, bits);
  // Lentz: f_k = f_(k-1) C_k D_k with ratios of successive numerators and denominators.
  let f = apart(float(b(0)));
  let C = f;
  let D = F.zero(bits);
  let look = FIRST_LOOK;
  for (let k = 1; ; k++) {
    meter.steps = k;
    const [ak, bk] = [a(k), b(k)];
    check(elements, ak, bk, k);
    if (Q.sign(ak) === 0) return result(enclosed({ a, b }, k - 1, bits, "none"), k - 1, "proved", "the fraction ends"); // oxfmt-ignore
    D = F.divide(one, apart(F.add(float(bk), F.multiply(float(ak), D, bits), bits)), bits);
    C = apart(F.add(float(bk), F.divide(float(ak), C, bits), bits));
    const factor = F.multiply(C, D, bits);
    f = F.multiply(f, factor, bits);
    const change = Math.abs(F.toNumber(F.subtract(factor, one, bits)));
    if (elements === undefined && change <= relative / 4) {
      const size = Math.abs(F.toNumber(f)) * Math.max(change, relative / 4);
      const ball = B.enlarge(B.fromBigFloat(f), B.fromBigFloat(F.fromNumber(size)), bits);
      return result(ball, k, "estimated", "the last change of the convergents");
    }
    if (elements !== undefined && k >= look) {
      look = Math.ceil(1.25 * k);
      const ball = enclosed({ a, b }, k, bits + 8, elements);
      if (ball && narrow(ball, relative)) return result(ball, k, "bounded", tailMethod[elements]);
    }
    const stop = meter.stop();
    if (stop)
      throw new Failure("unsolved", `the continued fraction is not known to ${relative} within ${stop.detail}`, {
        hint: "It may converge slowly or not at all.",
      });
  }
}

const tailMethod = {
  positive:
    "ball arithmetic with the tail between 0 and its first element; all elements used are positive, the others as stated",
  pringsheim:
    "ball arithmetic with the tail in the unit disc; all elements used satisfy |b| >= |a| + 1, the others as stated",
} as const;

function check(elements: FractionOptions["elements"], a: Rational, b: Rational, k: number): void {
  if (elements === "positive" && !(Q.sign(a) >= 0 && Q.sign(b) > 0))
    throw new Failure(
      "usage",
      `element ${k} of the continued fraction is not positive: ${Q.toString(a)}, ${Q.toString(b)}`,
    );
  if (elements === "pringsheim" && Q.compare(Q.absolute(b), Q.add(Q.absolute(a), 1)) < 0)
    throw new Failure("usage", `element ${k} violates |b| >= |a| + 1: ${Q.toString(a)}, ${Q.toString(b)}`);
}

function narrow(ball: Ball, relative: number): boolean {
  const size = Q.absolute(F.toRational(ball.mid));
  return Q.compare(F.toRational(ball.radius), Q.multiply(Q.fromNumber(relative), size)) <= 0;
}

/** The fraction backwards from element n with what is known of the tail; undefined where a denominator may be zero. */
function enclosed(
  { a, b }: FractionElements,
  n: number,
  bits: number,
  tail: "positive" | "pringsheim" | "none",
): Ball | undefined {
  // oxfmt-ignore
  const exact = (x: Rational): Ball => B.fromRational(x, bits);
  let t: Ball;
  if (tail === "none") t = B.ZERO;
  else if (tail === "positive") t = B.hull(B.ZERO, exact(Q.divide(a(n + 1), b(n + 1))), bits);
  else t = B.hull(B.exact(-1), B.ONE, bits);
  for (let k = n; k >= 1; k--) {
    const below = B.add(exact(b(k)), t, bits);
    if (B.containsZero(below)) return undefined;
    t = B.divide(exact(a(k)), below, bits);
  }
  return B.add(exact(b(0)), t, bits);
}

function result(ball: Ball | undefined, terms: number, grade: Evidence["grade"], method: string): FractionValue {
  if (!ball) throw new Failure("domain", "the continued fraction has a zero denominator");
  const bound = F.toNumber(ball.radius, "up");
  const statement = `a continued fraction after ${terms} elements`;
  return { ball, value: ball.mid, terms, evidence: [{ statement, grade, bound, unit: "absolute error", method }] };
}

/** a x^power over what follows; see `seriesFraction`. */
export interface SeriesPart {
  readonly coefficient: Rational;
  readonly power: number;
}

/**
 * The corresponding fraction c_0 + a_1 x^p_1 / (1 + a_2 x^p_2 / (1 + ...)) of a power series, as far as its coefficients decide; it
 * exists for every series, and ends for a rational function. Its convergents of a series with all p_k = 1 are Pade approximants.
 */
export function seriesFraction(
  coefficients: readonly Rational[],
  limits: Limits = {},
): {
  readonly constant: Rational;
  readonly parts: readonly SeriesPart[];
} {
  // oxfmt-ignore
  if (coefficients.length === 0) throw new Failure("usage", "a series has at least one coefficient");
  const parts: SeriesPart[] = [];
  let rest = coefficients.slice(1);
  const deadline = new Deadline("the corresponding fraction", limits);
  for (;;) {
    const first = rest.findIndex((c) => Q.sign(c) !== 0);
    if (first < 0) return { constant: coefficients[0], parts };
    const coefficient = rest[first];
    parts.push({ coefficient, power: first + 1 });
    // coefficient x^p / rest = 1 + (the next series).
    const u = rest.slice(first).map((c) => Q.divide(c, coefficient));
    const inverse: Rational[] = [1];
    for (let k = 1; k < u.length; k++) {
      deadline.check();
      let sum: Rational = 0;
      for (let j = 1; j <= k; j++) sum = Q.subtract(sum, Q.multiply(u[j], inverse[k - j]));
      inverse.push(sum);
    }
    rest = inverse.slice(1);
  }
}

/** The elements of that fraction at a point, for `fractionValue`; zero beyond the last part. */
export function fractionAt({ constant, parts }: ReturnType<typeof seriesFraction>, x: Rational): FractionElements {
  return {
    a: (k) => (k <= parts.length ? Q.multiply(parts[k - 1].coefficient, Q.power(x, parts[k - 1].power)) : 0),
    b: (k) => (k === 0 ? constant : 1),
  };
}
