// Intervals of doubles with outward rounding (Moore 1966; IEEE 1788-2015 for meaning). Ends of sums, products, quotients
// and square roots are exactly the doubles next outward: the sign of the rounding error is known from an error-free
// transformation, and an end moves by one unit only if it is inexact.
// Elementary functions: engines state no error bounds for theirs, so the ends are correctly rounded BigFloat values,
// down and up: slower, but proved and as narrow as possible.
// An interval is [lo, hi] with lo <= hi, ends may be infinite; the empty set and NaN are failures, not values.
import { Failure } from "../base/index.ts";
import * as E from "./bigfloat-elementary.ts";
import * as F from "./bigfloat.ts";
import { twoProduct, twoSum } from "./double-double.ts";

export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

/** [lo, hi]; fails if lo > hi or either is NaN. */
export function interval(lo: number, hi = lo): Interval {
  if (!(lo <= hi) || lo === Infinity || hi === -Infinity)
    throw new Failure("domain", `[${lo}, ${hi}] is not an interval`);
  return { lo, hi };
}

const WHOLE: Interval = { lo: -Infinity, hi: Infinity };
const memory = new DataView(new ArrayBuffer(8));

/** The next double above x. */
export function nextAbove(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x === 0) return Number.MIN_VALUE;
  memory.setFloat64(0, x);
  const bits = memory.getBigInt64(0);
  memory.setBigInt64(0, x > 0 ? bits + 1n : bits - 1n);
  return memory.getFloat64(0);
}

export const nextBelow = (x: number): number => -nextAbove(-x);

/** Below this a product's error may underflow, so its sign is not known. */
const SMALL = 2 ** -960;

/** A lower end from a rounded value and the sign of (true - value). */
const down = (value: number, error: number): number => {
  if (value === Infinity) return Number.MAX_VALUE;
  return error < 0 || Number.isNaN(error) ? nextBelow(value) : value;
};

function sumDown(a: number, b: number): number {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a + b;
  const [s, e] = twoSum(a, b);
  return down(s, e);
}
const sumUp = (a: number, b: number): number => -sumDown(-a, -b);

function productDown(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a * b;
  const [p, e] = twoProduct(a, b);
  return Math.abs(p) < SMALL ? nextBelow(p) : down(p, e);
}
const productUp = (a: number, b: number): number => -productDown(-a, b);

function quotientDown(a: number, b: number): number {
  if (a === 0) return 0;
  if (!Number.isFinite(b)) return Number.isFinite(a) ? (a < 0 === b < 0 ? 0 : -Number.MIN_VALUE) : WHOLE.lo;
  const q = a / b;
  if (!Number.isFinite(a)) return q;
  if (!Number.isFinite(q)) return down(q, 0);
  if (Math.abs(q) < SMALL || Math.abs(a) < SMALL || Math.abs(q) > 2 ** 960) return nextBelow(q);
  // a - q b = (a - p) - e; the difference a - p is exact as p is near a.
  const [p, e] = twoProduct(q, b);
  const rest = a - p - e;
  return down(q, b > 0 ? rest : -rest);
}
const quotientUp = (a: number, b: number): number => -quotientDown(-a, b);

export function add(a: Interval, b: Interval): Interval {
  return { lo: sumDown(a.lo, b.lo), hi: sumUp(a.hi, b.hi) };
}

export function negate(a: Interval): Interval {
  return { lo: -a.hi, hi: -a.lo };
}

export function subtract(a: Interval, b: Interval): Interval {
  return add(a, negate(b));
}

export function multiply(a: Interval, b: Interval): Interval {
  return {
    lo: Math.min(productDown(a.lo, b.lo), productDown(a.lo, b.hi), productDown(a.hi, b.lo), productDown(a.hi, b.hi)),
    hi: Math.max(productUp(a.lo, b.lo), productUp(a.lo, b.hi), productUp(a.hi, b.lo), productUp(a.hi, b.hi)),
  };
}

/** Fails if b contains zero. */
export function divide(a: Interval, b: Interval): Interval {
  if (b.lo <= 0 && b.hi >= 0) throw new Failure("numeric", `division by an interval that contains zero, ${text(b)}`);
  return {
    lo: Math.min(
      quotientDown(a.lo, b.lo),
      quotientDown(a.lo, b.hi),
      quotientDown(a.hi, b.lo),
      quotientDown(a.hi, b.hi),
    ),
    hi: Math.max(quotientUp(a.lo, b.lo), quotientUp(a.lo, b.hi), quotientUp(a.hi, b.lo), quotientUp(a.hi, b.hi)),
  };
}

export function contains(a: Interval, x: number): boolean {
  return a.lo <= x && x <= a.hi;
}

export function hull(a: Interval, b: Interval): Interval {
  return { lo: Math.min(a.lo, b.lo), hi: Math.max(a.hi, b.hi) };
}

/** The common part, or undefined if there is none. */
export function intersection(a: Interval, b: Interval): Interval | undefined {
  const lo = Math.max(a.lo, b.lo);
  const hi = Math.min(a.hi, b.hi);
  return lo <= hi ? { lo, hi } : undefined;
}

/** hi - lo, rounded up. */
export const width = (a: Interval): number => sumUp(a.hi, -a.lo);

export function text(a: Interval): string {
  return `[${a.lo}, ${a.hi}]`;
}

type Function1 = (x: F.BigFloat, precision?: number, mode?: F.RoundingMode) => F.BigFloat;

/** f(x) as the double next to it in the mode's direction: rounded at 53 bits, then (if subnormal) again the same way. */
function rounded(f: Function1, x: number, mode: "up" | "down"): number {
  return F.toNumber(f(F.fromNumber(x), 53, mode), mode);
}

/** A function that grows on the whole of its domain [least, most]. */
function growing(name: string, f: Function1, least = -Infinity, most = Infinity): (a: Interval) => Interval {
  return (a) => {
    if (a.lo < least || a.hi > most)
      throw new Failure("numeric", `${name} of an interval that leaves [${least}, ${most}], ${text(a)}`);
    return { lo: rounded(f, a.lo, "down"), hi: rounded(f, a.hi, "up") };
  };
}

export const sqrt = growing("sqrt", F.sqrt, 0);
export const exp = growing("exp", E.exp);
export const expm1 = growing("expm1", E.expm1);
export const log = growing("log", E.log, 0);
export const log1p = growing("log1p", E.log1p, -1);
export const atan = growing("atan", E.atan);
export const asin = growing("asin", E.asin, -1, 1);
export const sinh = growing("sinh", E.sinh);
export const tanh = growing("tanh", E.tanh);
export const asinh = growing("asinh", E.asinh);
export const acosh = growing("acosh", E.acosh, 1);
export const atanh = growing("atanh", E.atanh, -1, 1);
export const cbrt = growing("cbrt", E.cbrt);

export function acos(a: Interval): Interval {
  if (a.lo < -1 || a.hi > 1) throw new Failure("numeric", `acos of an interval that leaves [-1, 1], ${text(a)}`);
  return { lo: rounded(E.acos, a.hi, "down"), hi: rounded(E.acos, a.lo, "up") };
}

export function cosh(a: Interval): Interval {
  const far = Math.max(-a.lo, a.hi);
  const near = contains(a, 0) ? 0 : Math.min(Math.abs(a.lo), Math.abs(a.hi));
  return { lo: rounded(E.cosh, near, "down"), hi: rounded(E.cosh, far, "up") };
}

/** Extremes of sin(x + quarter pi/2) over an interval: at the ends, and -1 or 1 where a turning point may lie between. */
function wave(f: Function1, quarter: number, a: Interval): Interval {
  if (
    !Number.isFinite(a.lo) ||
    !Number.isFinite(a.hi) ||
    a.hi - a.lo >= 6.28 ||
    Math.abs(a.lo) > 2 ** 40 ||
    Math.abs(a.hi) > 2 ** 40
  )
    return a.lo === a.hi && Number.isFinite(a.lo)
      ? { lo: rounded(f, a.lo, "down"), hi: rounded(f, a.hi, "up") }
      : { lo: -1, hi: 1 };
  // Turning points are at (k + 1/2) pi - quarter pi/2; numbers of half turns with room for the error of division.
  const turn = (x: number): number => x / Math.PI + quarter / 2 - 0.5;
  const first = Math.ceil(turn(a.lo) - 1e-3);
  const last = Math.floor(turn(a.hi) + 1e-3);
  let lo = Math.min(rounded(f, a.lo, "down"), rounded(f, a.hi, "down"));
  let hi = Math.max(rounded(f, a.lo, "up"), rounded(f, a.hi, "up"));
  // A turning point that only may be there widens the result to +-1, which it nearly reaches anyway.
  if (a.lo < a.hi)
    for (let k = first; k <= last; k++) {
      if (k % 2 === 0) hi = 1;
      else lo = -1;
    }
  return { lo, hi };
}

export const sin = (a: Interval): Interval => wave(E.sin, 0, a);
export const cos = (a: Interval): Interval => wave(E.cos, 1, a);
