// What power series compute with: exact rationals, or balls that contain the coefficients.
import { Failure } from "../base/index.ts";
import { type Ball, balls as B, Q, type Rational } from "../number/index.ts";
import { besselSeries, LOCAL_SERIES } from "./local-series.ts";

export interface SeriesField<T> {
  readonly from: (n: Rational) => T;
  readonly add: (a: T, b: T) => T;
  readonly subtract: (a: T, b: T) => T;
  readonly multiply: (a: T, b: T) => T;
  readonly divide: (a: T, b: T) => T;
  /** Certainly zero. */
  readonly isZero: (a: T) => boolean;
  /** Not told from zero without being certainly zero: there are no such rationals. */
  readonly isUndecided: (a: T) => boolean;
  /** -1, 0, 1, or undefined where it is not decided. */
  readonly sign: (a: T) => number | undefined;
  /** a^exponent; fails where it is not in the field. */
  readonly power: (a: T, exponent: Rational) => T;
  /** A function, or with no argument a constant; fails where the value is not in the field. */
  readonly value: (name: string, a?: T) => T;
  /** Taylor coefficients 0 ... n - 1 about a of a function that is not among those of `value`; undefined if it is not known. */
  readonly local: (name: string, order: number | undefined, a: T, n: number) => readonly T[] | undefined;
}

/** Arguments at which functions have rational values: the argument and its value. */
const RATIONAL_VALUES: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  exp: { 0: 1 },
  log: { 1: 0 },
  sin: { 0: 0 },
  cos: { 0: 1 },
  asin: { 0: 0 },
  acos: { 1: 0 },
  atan: { 0: 0 },
  sinh: { 0: 0 },
  cosh: { 0: 1 },
  asinh: { 0: 0 },
  acosh: { 1: 0 },
  atanh: { 0: 0 },
  erf: { 0: 0 },
  erfc: { 0: 1 },
};

/** a^(1/k) of a rational that is a power; undefined otherwise. */
function exactRoot(a: Rational, k: bigint): Rational | undefined {
  const root = (n: bigint): bigint | undefined => {
    let guess = BigInt(Math.round(Number(n) ** (1 / Number(k))));
    // Newton's method for integers beyond doubles, or one step of correction below.
    for (let step = 0; step < 200; step++) {
      const power = guess ** k;
      if (power === n) return guess;
      const next = guess - (power - n) / (k * (guess === 0n ? 1n : guess ** (k - 1n)));
      if (next === guess) return undefined;
      guess = next;
    }
    return undefined;
  };
  if (k > 64n || Q.sign(a) < 0 || !Number.isFinite(Q.toNumber(a))) return undefined;
  const [top, bottom] = [root(Q.numerator(a)), root(Q.denominator(a))];
  return top === undefined || bottom === undefined ? undefined : Q.rational(top, bottom);
}

function irrational(what: string): Failure {
  return new Failure("unsupported", `${what} is not known to be rational`, {
    hint: "Ask for coefficients in balls: give a precision in bits.",
  });
}

/** Exact rationals. */
export const rationals: SeriesField<Rational> = {
  from: (n) => n,
  add: Q.add,
  subtract: Q.subtract,
  multiply: Q.multiply,
  divide: Q.divide,
  isZero: (a) => Q.sign(a) === 0,
  isUndecided: () => false,
  sign: Q.sign,
  power(a, exponent) {
    const base = Q.isInteger(exponent) ? a : exactRoot(a, Q.denominator(exponent));
    if (base === undefined) throw irrational(`(${Q.toString(a)})^(${Q.toString(exponent)})`);
    return Q.power(base, Number(Q.numerator(exponent)));
  },
  value(name, a) {
    const found = typeof a === "number" ? RATIONAL_VALUES[name]?.[a] : undefined;
    if (found === undefined) throw irrational(a === undefined ? name : `${name}(${Q.toString(a)})`);
    return found;
  },
  local: () => undefined,
};

const BALL_FUNCTIONS: Readonly<Record<string, (a: Ball, p: number) => Ball>> = {
  exp: B.exp,
  log: B.log,
  sin: B.sin,
  cos: B.cos,
  asin: B.asin,
  acos: B.acos,
  atan: B.atan,
  sinh: B.sinh,
  cosh: B.cosh,
  asinh: B.asinh,
  acosh: B.acosh,
  atanh: B.atanh,
  erf: B.erf,
  erfc: B.erfc,
};
const BALL_CONSTANTS: Readonly<Record<string, (p: number) => Ball>> = { pi: B.constants.pi, e: B.constants.e };

/** Balls at a working precision in bits. */
export function ballSeries(p: number): SeriesField<Ball> {
  return {
    from: (n) => B.fromRational(n, p),
    add: (a, b) => B.add(a, b, p),
    subtract: (a, b) => B.subtract(a, b, p),
    multiply: (a, b) => B.multiply(a, b, p),
    divide: (a, b) => B.divide(a, b, p),
    isZero: (a) => B.sign(a) === 0,
    isUndecided: (a) => B.sign(a) === undefined,
    sign: B.sign,
    power(a, exponent) {
      if (Q.isInteger(exponent)) {
        const n = Q.numerator(exponent);
        return n < 0n ? B.divide(B.ONE, B.power(a, -n, p), p) : B.power(a, n, p);
      }
      return B.pow(a, B.fromRational(exponent, p), p);
    },
    value(name, a) {
      const found = a === undefined ? BALL_CONSTANTS[name]?.(p) : BALL_FUNCTIONS[name]?.(a, p);
      if (found === undefined) throw new Failure("unsupported", `power series do not know ${name}`);
      return found;
    },
    local(name, order, a, n) {
      if (order === undefined) return LOCAL_SERIES[name]?.(a, n, p);
      const kind = ({ besselJ: "first", besselY: "second" } as const)[name];
      return kind && besselSeries(kind, order)(a, n, p);
    },
  };
}
