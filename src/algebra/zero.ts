// Is a term zero? Are two terms equal? First by algebra: the canonical form over its ring of generators (canonical.ts, ring.ts); a zero
// there is a proof. Then by numbers: at random points of the domain that the assumptions leave, in ball arithmetic; a ball that excludes zero
// is a proof of the contrary, with the point as witness. A term that algebra does not settle and that vanishes at every point to many
// digits is zero by the grade "sampled" if it varies with a symbol; a constant is not sampled by its own repetition, and stays unknown.
import { Failure, Meter, Random, type Budget } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { balls as B, Q, type Rational } from "../number/index.ts";
import { freeSymbols, sub, type Term } from "../term/index.ts";
import { NOTHING, Sign, within as inBounds, type Assumptions, type Known } from "./assumptions.ts";
import { canonical } from "./canonical.ts";
import { complexValues, type ComplexBall, type Point } from "./complex-value.ts";
import * as P from "./polynomial.ts";
import { applyRelations, ringOf } from "./ring.ts";
import { separationBits } from "./separation.ts";
import { within } from "./work.ts";

export interface EqualOptions {
  readonly assumptions?: Assumptions;
  /** Default 10 seconds. */
  readonly budget?: Budget;
  readonly seed?: number;
}

export interface Equality {
  readonly answer: "yes" | "no" | "unknown";
  /** Where the two differ: values of the symbols, as text. */
  readonly witness?: Readonly<Record<string, string>>;
  /** Why it is not known. */
  readonly reason?: string;
  readonly evidence: readonly Evidence[];
}

const DEFAULT_BUDGET: Budget = { time_ms: 10_000 };
/** Points at which a candidate for zero is evaluated, and working precisions in bits. */
const POINTS = 24;
const FIRST_PRECISION = 160;
const PRECISION = 400;
/** Bits below the largest term's size to which a sum must vanish to count as sampled zero. */
const VANISHED = 240;

/** Is a = b for all values that the assumptions admit, wherever both are defined? */
export function equal(a: Term, b: Term, options: EqualOptions = {}): Equality {
  if (a === b) return yes("the same normal form");
  return isZero(sub(a, b), options);
}

function yes(method: string): Equality {
  return {
    answer: "yes",
    evidence: [{ statement: "the two are equal wherever both are defined", grade: "proved", method }],
  };
}

/** Is the term zero for all values that the assumptions admit, wherever it is defined? */
export function isZero(term: Term, options: EqualOptions = {}): Equality {
  const assumptions = options.assumptions ?? NOTHING;
  const meter = new Meter(options.budget ?? DEFAULT_BUDGET);
  let algebra = "";
  // A quick look at numbers first: most unequal terms differ at the first points.
  const early =
    plainWitness(term, assumptions, meter) ??
    sampled(term, assumptions, meter, options.seed ?? 0, 6, FIRST_PRECISION).witness;
  if (early) return no(early);
  try {
    if (within(meter, () => vanishes(term, assumptions))) return yes("algebra: the difference is zero in normal form");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    algebra = error.what;
  }
  if (freeSymbols(term).length === 0 && separated(term, assumptions, meter))
    return yes("a separation bound: an algebraic number so near to zero is zero");
  const numbers = sampled(term, assumptions, meter, options.seed ?? 0, POINTS, PRECISION);
  if (numbers.witness) return no(numbers.witness);
  if (numbers.stopped) return unknown(`the budget ended: ${numbers.stopped}`);
  if (numbers.usable === 0)
    return unknown(algebra === "" ? "no point was found at which both can be evaluated" : algebra);
  if (freeSymbols(term).length === 0)
    return unknown(`the difference is below 2^-${VANISHED}, which does not show that it is zero`);
  if (numbers.usable < 6) return unknown(`the difference vanishes at ${numbers.usable} points, too few to tell`);
  return {
    answer: "yes",
    evidence: [
      {
        statement: `the two agree to ${Math.floor(VANISHED * Math.log10(2))} digits at ${numbers.usable} random points`,
        grade: "sampled",
        method: "ball arithmetic at random points; algebra did not decide",
        measured: { points: numbers.usable },
      },
    ],
  };
}

function unknown(reason: string): Equality {
  return {
    answer: "unknown",
    reason,
    evidence: [{ statement: reason, grade: "none", method: "algebra and ball arithmetic" }],
  };
}

function no(witness: Point): Equality {
  const text = Object.fromEntries([...witness].map(([name, [re, im]]) => [name, coordinate(re, im)]));
  const at = Object.entries(text)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
  return {
    answer: "no",
    witness: text,
    evidence: [
      {
        statement: at === "" ? "the two values differ" : `the two differ at ${at}`,
        grade: "proved",
        method: "ball arithmetic: the difference excludes zero",
      },
    ],
  };
}

function coordinate(re: Rational, im: Rational): string {
  if (im === 0) return Q.toString(re);
  const imaginary = Q.absolute(im) === 1 ? "i" : `${Q.toString(Q.absolute(im))}*i`;
  return re === 0
    ? Q.sign(im) < 0
      ? `-${imaginary}`
      : imaginary
    : `${Q.toString(re)} ${Q.sign(im) < 0 ? "-" : "+"} ${imaginary}`;
}

/** Is the term zero in canonical form? A proof where it is true. */
export function vanishes(term: Term, assumptions: Assumptions = NOTHING): boolean {
  const form = canonical(term, assumptions);
  const ring = ringOf([form]);
  const { num, den } = applyRelations(ring, ring.of(form));
  if (P.isZero(den)) throw new Failure("domain", "a denominator is zero in normal form: the expression is not defined");
  return P.isZero(num);
}

/** Greatest precision spent on an algebraic constant, in bits. */
const MOST_SEPARATION = 50_000;

/** Is the algebraic constant nearer to zero than any that is not zero? */
function separated(term: Term, assumptions: Assumptions, meter: Meter): boolean {
  try {
    return within(meter, () => {
      const form = canonical(term, assumptions);
      const bits = separationBits(form);
      if (bits === undefined || bits > MOST_SEPARATION) return false;
      const [value] = complexValues([form], new Map(), bits + 64 + 4 * FIRST_PRECISION, meter);
      return !(value instanceof Failure) && small(value, bits);
    });
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

interface Sampled {
  readonly witness?: Point;
  /** Points at which the term was evaluated and not told from zero, to all digits asked for. */
  readonly usable: number;
  readonly stopped?: string;
}

function sampled(
  term: Term,
  assumptions: Assumptions,
  meter: Meter,
  seed: number,
  count: number,
  precision: number,
): Sampled {
  const names = freeSymbols(term).map((symbol) => symbol.name);
  const random = new Random(seed, 11);
  let usable = 0;
  const total = names.length === 0 ? 1 : count;
  for (let k = 0; k < total; k++) {
    const stop = meter.stop();
    if (stop) return { usable, stopped: stop.detail };
    const point: Point = new Map(names.map((name) => [name, coordinates(assumptions, name, k, random)]));
    const [value] = complexValues([term], point, precision, meter);
    if (value instanceof Failure) continue;
    if (excludesZero(value)) return { witness: point, usable };
    if (small(value, precision === PRECISION ? VANISHED : FIRST_PRECISION / 2)) usable++;
  }
  return { usable };
}

/** Values tried first, because they are easy to check by hand. */
const PLAIN: readonly (readonly [Rational, Rational])[] = [[2, 0], [-1, 0], [3, 0], [-2, 0], [Q.rational(1n, 2n), 0], [-3, 0], [1, 0], [5, 0], [1, 1], [-1, 2], [0, 4], [0, -7]]; // oxfmt-ignore

/** A simple point at which the term is certainly not zero. */
function plainWitness(term: Term, assumptions: Assumptions, meter: Meter): Point | undefined {
  const names = freeSymbols(term).map((symbol) => symbol.name);
  for (let round = 0; round < (names.length === 0 ? 1 : PLAIN.length) && !meter.stop(); round++) {
    const point: Point = new Map(names.map((name, k) => [name, admitted(assumptions, name, round + 5 * k)]));
    const [value] = complexValues([term], point, FIRST_PRECISION, meter);
    if (!(value instanceof Failure) && excludesZero(value)) return point;
  }
  return undefined;
}

/** The first of the plain values, from `start` on, that the assumptions admit. */
function admitted(assumptions: Assumptions, name: string, start: number): readonly [Rational, Rational] {
  const known = assumptions.of(name);
  for (let k = 0; k < PLAIN.length; k++) {
    const value = PLAIN[(start + k) % PLAIN.length];
    const [re, im] = value;
    const sign = re === 0 ? Sign.zero : Q.sign(re) > 0 ? Sign.positive : Sign.negative;
    if (im !== 0 && (known.real || known.integer)) continue;
    if (im === 0 && (known.signs & sign) === 0) continue;
    if (known.integer && !Q.isInteger(re)) continue;
    if (im === 0 && !inBounds(known, re)) continue;
    return value;
  }
  return inside(known, Q.rational(1n, 3n));
}

function excludesZero({ re, im }: ComplexBall): boolean {
  return !B.containsZero(re) || !B.containsZero(im);
}

/** Is the enclosure within 2^-bits of zero? */
function small({ re, im }: ComplexBall, bits: number): boolean {
  return [re, im].every((part) => B.sign(part) === 0 || B.top(part) <= -bits);
}

/** A point between the bounds, a share of the way; an integer where asked for. */
function inside({ lower, upper, integer }: Known, share: Rational): readonly [Rational, Rational] {
  if (!lower && !upper) return [0, 0];
  const from = lower?.value ?? Q.subtract(upper!.value, 10);
  const to = upper?.value ?? Q.add(lower!.value, 10);
  const value = Q.add(from, Q.multiply(share, Q.subtract(to, from)));
  if (!integer) return [value, 0];
  const whole = Q.rational(Q.floor(value));
  return [Q.compare(whole, from) < 0 || (Q.equal(whole, from) && lower?.open) ? Q.add(whole, 1) : whole, 0];
}

/** Real sizes and imaginary parts by round: small, across several periods, near zero. */
const SPREAD: readonly Rational[] = [1, 1, 1, 7, Q.rational(1n, 9n), 3];

/** A random value that the assumptions admit: real points of all signs first, then complex ones in all quadrants and beyond one period. */
function coordinates(
  assumptions: Assumptions,
  name: string,
  round: number,
  random: Random,
): readonly [Rational, Rational] {
  const known = assumptions.of(name);
  if (known.signs === Sign.zero) return [0, 0];
  const spread = SPREAD[round % SPREAD.length];
  // Numbers below four times the spread, with a denominator that makes coincidences unlikely; integers where asked for.
  const size = known.integer
    ? Q.fromNumber(1 + Math.floor(random.next() * 9))
    : Q.multiply(spread, Q.rational(BigInt(1 + Math.floor(random.next() * 3988)), 997n));
  const canBeNegative = (known.signs & Sign.negative) !== 0;
  const canBePositive = (known.signs & Sign.positive) !== 0;
  const negative = canBeNegative && (!canBePositive || (round > 1 && random.next() < 0.5));
  const re = negative ? Q.negate(size) : size;
  if ((known.real || round % 3 !== 2) && !inBounds(known, re))
    return inside(known, Q.rational(BigInt(1 + Math.floor(random.next() * 996)), 997n));
  if (known.real || known.integer || round % 3 !== 2) return [re, 0];
  const im = Q.multiply(round % 2 === 0 ? 1 : 5, Q.rational(BigInt(Math.floor(random.next() * 5000) - 2500), 997n));
  return [re, im];
}

/** A point at which two terms certainly differ, as text; looked for at a few points only. */
export function differs(a: Term, b: Term, assumptions: Assumptions = NOTHING): string | undefined {
  const { witness } = sampled(sub(a, b), assumptions, new Meter({ time_ms: 500 }), 5, 5, FIRST_PRECISION);
  return witness && [...witness].map(([name, [re, im]]) => `${name} = ${coordinate(re, im)}`).join(", ");
}
