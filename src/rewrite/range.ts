// Where the values of an expression lie: exact folding of constants, and intervals through operations and functions. Used by the
// analyses of e-graphs and by the conditions of rules on terms. Wide on purpose: only signs, bounds and zero matter to rules.
import { type Interval, intervals, Q, type Rational } from "../number/index.ts";
import { Kind, type Term } from "../term/index.ts";
import { type Assumption, factsOf } from "./facts.ts";

/** Largest exponent that is carried out. */
const MOST_EXPONENT = 256;

/** Bits of a numerator and denominator with which nothing is computed any more. */
const MOST_BITS = 8192;

const isLarge = (value: Rational): boolean =>
  typeof value !== "number" && Q.bitLength(value.num) + Q.bitLength(value.den) > MOST_BITS;

/** The exact value of an operation on rationals, or undefined: not defined, not rational, or too large to be worth it. */
export function fold(name: string, args: readonly Rational[]): Rational | undefined {
  const [a, b] = args;
  if (args.some(isLarge)) return undefined;
  switch (args.length === 1 ? `${name}1` : name) {
    case "+":
      return Q.add(a, b);
    case "-":
      return Q.subtract(a, b);
    case "*":
      return Q.multiply(a, b);
    case "/":
      return b === 0 ? undefined : Q.divide(a, b);
    case "^": {
      if (typeof b !== "number" || Math.abs(b) > MOST_EXPONENT || (a === 0 && b <= 0)) return undefined;
      const size = typeof a === "number" ? Math.log2(Math.abs(a) + 1) : 64;
      return size * Math.abs(b) > 4096 ? undefined : Q.power(a, b);
    }
    case "neg1":
      return Q.negate(a);
    case "abs1":
      return Q.absolute(a);
    case "sign1":
      return Q.sign(a);
    default:
      return undefined;
  }
}

/** Where the values of an expression lie, if they are real; and whether they are certainly not zero. */
export interface Range {
  /** Real and within these bounds. */
  readonly within?: Interval;
  readonly nonzero: boolean;
}

export const UNKNOWN: Range = { nonzero: false };
const NONZERO: Range = { nonzero: true };
const unbounded = (nonzero: boolean): Range => (nonzero ? NONZERO : UNKNOWN);

export function rangeOfLeaf(leaf: Term, assume: Readonly<Record<string, Assumption>>): Range {
  if (leaf.kind === Kind.number) {
    const value = Q.toNumber(leaf.value);
    const within = typeof leaf.value === "number" ? intervals.interval(value) : intervals.interval(intervals.nextBelow(value), intervals.nextAbove(value)); // oxfmt-ignore
    return { within, nonzero: leaf.value !== 0 };
  }
  if (leaf.kind === Kind.float) return { within: intervals.interval(leaf.value as number), nonzero: leaf.value !== 0 };
  if (leaf.kind === Kind.symbol) return factsOf(assume[leaf.name]);
  if (leaf.kind === Kind.call && leaf.args.length === 0) {
    const value = leaf.name === "pi" ? Math.PI : leaf.name === "e" ? Math.E : undefined;
    if (value !== undefined)
      return {
        within: intervals.interval(intervals.nextBelow(value), intervals.nextAbove(value)),
        nonzero: true,
      };
  }
  return UNKNOWN;
}

const known = (within: Interval, nonzero = false): Range => ({ within, nonzero: nonzero || within.lo > 0 || within.hi < 0 }); // oxfmt-ignore
const finite = (x: Interval): boolean => Number.isFinite(x.lo) && Number.isFinite(x.hi);
const REAL: Interval = { lo: -Infinity, hi: Infinity };

/** Sums and products of unbounded intervals lose their bounds rather than their sense. */
function bounded(f: () => Interval, a: Interval, b: Interval): Interval | undefined {
  if (finite(a) && finite(b)) return f();
  return undefined;
}

export function rangeOfFunction(name: string, a: Range): Range {
  const x = a.within;
  if (name === "neg") return x === undefined ? unbounded(a.nonzero) : known({ lo: -x.hi, hi: -x.lo }, a.nonzero);
  if (name === "exp") return x === undefined ? { nonzero: true } : known({ lo: 0, hi: Infinity }, true);
  if (x === undefined) return UNKNOWN;
  switch (name) {
    case "sin":
    case "cos":
      return known({ lo: -1, hi: 1 });
    case "tanh":
      return known({ lo: -1, hi: 1 }, a.nonzero);
    case "cosh":
      return known({ lo: 1, hi: Infinity });
    case "sinh":
    case "asinh":
    case "atan":
      return known(signed(x), a.nonzero);
    case "abs":
      return known({ lo: 0, hi: Infinity }, a.nonzero);
    case "sqrt":
      return x.lo >= 0 ? known({ lo: 0, hi: Infinity }, a.nonzero) : { nonzero: a.nonzero };
    case "log":
      return x.lo >= 0 && a.nonzero ? known(x.lo >= 1 ? { lo: 0, hi: Infinity } : REAL) : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

/** An interval of the same sign. */
const signed = (x: Interval): Interval => ({ lo: x.lo >= 0 ? 0 : -Infinity, hi: x.hi <= 0 ? 0 : Infinity });

export function rangeOfOperation(name: string, a: Range, b: Range): Range {
  const [x, y] = [a.within, b.within];
  switch (name) {
    case "+":
    case "-": {
      if (x === undefined || y === undefined) return UNKNOWN;
      const z = name === "+" ? y : { lo: -y.hi, hi: -y.lo };
      const sum = bounded(() => intervals.add(x, z), x, z) ?? {
        lo: x.lo >= 0 && z.lo >= 0 ? Math.max(x.lo, z.lo) : -Infinity,
        hi: x.hi <= 0 && z.hi <= 0 ? Math.min(x.hi, z.hi) : Infinity,
      };
      const sameSign = (x.lo >= 0 && z.lo >= 0) || (x.hi <= 0 && z.hi <= 0);
      return known(sum, sameSign && (a.nonzero || b.nonzero));
    }
    case "*":
    case "/": {
      const nonzero = name === "*" ? a.nonzero && b.nonzero : a.nonzero;
      // The quotient by what may be zero may have no value at all.
      if (x === undefined || y === undefined || (name === "/" && !b.nonzero)) return unbounded(name === "*" && nonzero);
      if (name === "*" && finite(x) && finite(y)) return known(intervals.multiply(x, y), nonzero);
      const positive = (x.lo >= 0 && y.lo >= 0) || (x.hi <= 0 && y.hi <= 0);
      const negative = (x.lo >= 0 && y.hi <= 0) || (x.hi <= 0 && y.lo >= 0);
      return known(positive ? { lo: 0, hi: Infinity } : negative ? { lo: -Infinity, hi: 0 } : REAL, nonzero);
    }
    case "^": {
      if (x === undefined || y === undefined) return unbounded(a.nonzero);
      const whole = y.lo === y.hi && Number.isInteger(y.lo);
      if (whole && (y.lo > 0 || a.nonzero)) {
        const even = y.lo % 2 === 0;
        return known(even || x.lo >= 0 ? { lo: 0, hi: Infinity } : x.hi <= 0 ? { lo: -Infinity, hi: 0 } : REAL, a.nonzero); // oxfmt-ignore
      }
      if (x.lo >= 0 && a.nonzero) return known({ lo: 0, hi: Infinity }, true);
      return unbounded(a.nonzero);
    }
    default:
      return UNKNOWN;
  }
}
