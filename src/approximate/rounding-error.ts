// How far a program's value in a format of p bits is from its value in exact arithmetic, bounded over an interval: every step adds a
// relative error of at most u = 2^-p, and errors pass on through the steps (Higham 2002, "Accuracy and stability of numerical algorithms",
// chapter 3). Relative and absolute errors are carried side by side: the one where values are huge or tiny, the other where they vanish.
// Pieces are halves, quarters, ... towards zero where the interval begins there, since programs may have poles at zero.
// Left out: overflow of intermediate values, which is excluded by looking at their size.
import { Failure, Meter, type Budget } from "../base/index.ts";
import { balls as B, type Ball, bigfloat as F, type BigFloat } from "../number/index.ts";
import { type Program, run } from "./evolution/program.ts";

export interface RoundingOptions {
  /** Significant bits: 53 or 24. */
  readonly precision: number;
  /** Least and greatest exponent of intermediate values, as powers of two. */
  readonly exponents: readonly [number, number];
  readonly budget?: Budget;
}

export interface RoundingBound {
  /** The computed value is p(x) (1 + d) with |d| at most this; Infinity where p may vanish. */
  readonly relative: number;
  /** The computed value is p(x) + d with |d| at most this. */
  readonly absolute: number;
  /** Arguments closer to zero than this, other than zero, are not covered. */
  readonly least: number;
}

const BITS = 80;
/** Pieces of the interval, or of each of its first octaves; nearer to zero fewer do. */
const PARTS = 64;
const FINE_OCTAVES = 6;
const DEFAULT_BUDGET: Budget = { time_ms: 20_000 };

/** A step's value as a ball, and bounds of the error of what is computed for it; each may be infinite, not both. */
interface Rounded {
  readonly value: Ball;
  readonly relative: number;
  readonly absolute: number;
}

/**
 * Bounds the error of evaluation over [from, to]. Fails with kind "unsolved" where a step's error is not bounded: a divisor that may be
 * zero, a value that leaves the format.
 */
export function roundingBound(
  program: Program,
  constants: readonly BigFloat[],
  from: BigFloat,
  to: BigFloat,
  options: RoundingOptions,
): RoundingBound {
  const meter = new Meter(options.budget ?? DEFAULT_BUDGET);
  const u = 2 ** -options.precision;
  const given = constants.map((c): Rounded => ({ value: B.fromBigFloat(c), relative: 0, absolute: 0 }));
  let [relative, absolute] = [0, 0];
  const pieces = octaves(from, to, options.exponents[0]);
  const stack = pieces.list
    .flatMap(({ a, b }, k) => cut(a, b, k < FINE_OCTAVES ? PARTS : 2))
    .map((piece) => ({ ...piece, depth: 0 }));
  while (stack.length > 0) {
    const { a, b, depth } = stack.pop()!;
    meter.steps++;
    const stop = (meter.steps & 63) === 0 ? meter.stop() : undefined;
    if (stop !== undefined) throw new Failure("unsolved", `the rounding errors are not bounded within ${stop.detail}`);
    try {
      const x: Rounded = { value: B.hull(B.fromBigFloat(a), B.fromBigFloat(b), BITS), relative: 0, absolute: 0 };
      const results = run<Rounded>(program, given, x, arithmetic(u, options.exponents));
      const last = results[results.length - 1];
      relative = Math.max(relative, last.relative);
      absolute = Math.max(absolute, last.absolute);
    } catch (error) {
      if (!(error instanceof Failure) || depth > 12) {
        if (error instanceof Failure && error.kind === "numeric")
          throw new Failure("unsolved", `near x = ${F.toNumber(a)}: ${error.what}`);
        throw error;
      }
      stack.push(...cut(a, b, 2).map((piece) => ({ ...piece, depth: depth + 1 })));
    }
  }
  return { relative, absolute, least: pieces.least };
}

/** Bounds are sums and products of doubles, enlarged by more than their own rounding. */
const ENLARGED = 1 + 2 ** -40;

const above = (a: Ball): number => F.toNumber(B.absolute(a).upper(53), "up");
const below = (a: Ball): number => Math.max(0, F.toNumber(B.ends(B.absolute(a))[0].mid, "down"));
/** Products in which an exact factor makes zero of anything. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

function arithmetic(u: number, [least, most]: readonly [number, number]): Parameters<typeof run<Rounded>>[3] {
  /** The step's own rounding, and each bound from the other where that is smaller. */
  const rounded = (value: Ball, relative: number, absolute: number): Rounded => {
    const [small, large] = [below(value), above(value)];
    if (B.top(B.ends(B.absolute(value))[1]) > most)
      throw new Failure("numeric", `an intermediate value leaves the format, ${value}`);
    let [r, a] = [relative, absolute];
    r = (r + u * (1 + r)) * ENLARGED;
    // Below the normal range what is lost is an absolute amount.
    a = (a + u * (large + a) + 2 ** (least - 1) * u) * ENLARGED;
    if (!(small > 2 ** least)) r = Infinity;
    a = Math.min(a, times(r, large) * ENLARGED);
    if (small > 2 ** least) r = Math.min(r, (a / small) * ENLARGED);
    if (!(Math.min(r, a) < Infinity))
      throw new Failure("numeric", `the rounding error of a step is not bounded, ${value}`);
    return { value, relative: r, absolute: a };
  };
  /** |a / (a + b)|, from above. */
  const share = (a: Ball, sum: Ball): number => (B.containsZero(sum) ? Infinity : above(B.divide(a, sum, BITS)));
  const sum = (a: Rounded, b: Rounded, value: Ball): Rounded =>
    rounded(
      value,
      times(a.relative, share(a.value, value)) + times(b.relative, share(b.value, value)),
      a.absolute + b.absolute,
    );
  return {
    add: (a, b) => sum(a, b, B.add(a.value, b.value, BITS)),
    subtract: (a, b) => sum(a, b, B.subtract(a.value, b.value, BITS)),
    multiply: (a, b) =>
      rounded(
        B.multiply(a.value, b.value, BITS),
        a.relative + b.relative + times(a.relative, b.relative),
        times(a.absolute, above(b.value)) + times(b.absolute, above(a.value)) + times(a.absolute, b.absolute),
      ),
    divide: (a, b) => {
      const value = B.divide(a.value, b.value, BITS);
      if (!(b.relative < 0.5))
        throw new Failure("numeric", `division by a value with a large rounding error, ${b.value}`);
      const relative = (a.relative + b.relative) / (1 - b.relative);
      return rounded(
        value,
        relative,
        (a.absolute / below(b.value) + times(above(value), b.relative)) / (1 - b.relative),
      );
    },
    // |sqrt(v + e) - sqrt(v)| <= |e| / sqrt(v).
    sqrt: (a) => rounded(B.sqrt(a.value, BITS), a.relative, times(a.absolute, 1 / Math.sqrt(below(a.value)))),
  };
}

/** Pieces of [from, to] that do not contain zero inside: octaves towards zero where an end is zero. */
function octaves(from: BigFloat, to: BigFloat, least: number): { list: { a: BigFloat; b: BigFloat }[]; least: number } {
  const inside = F.toNumber(from) < 0 && F.toNumber(to) > 0;
  const zero = F.zero(BITS);
  if (inside) {
    const [left, right] = [octaves(from, zero, least), octaves(zero, to, least)];
    return { list: [...left.list, ...right.list], least: Math.max(left.least, right.least) };
  }
  if (!F.isZero(from) && !F.isZero(to)) return { list: [{ a: from, b: to }], least: 0 };
  const list: { a: BigFloat; b: BigFloat }[] = [];
  let end = F.isZero(from) ? to : from;
  // An eighth of the exponents: c / x, x^2 and their like stay within the format.
  const last = Math.ceil(least / 8);
  while (end.top > last) {
    const half = F.scale(end, -1);
    list.push(end.sign > 0 ? { a: half, b: end } : { a: end, b: half });
    end = half;
  }
  return { list, least: Math.abs(F.toNumber(end)) };
}

function cut(a: BigFloat, b: BigFloat, parts: number): { a: BigFloat; b: BigFloat }[] {
  const width = F.subtract(b, a, BITS);
  const at = (k: number): BigFloat =>
    k === 0 ? a : k === parts ? b : F.add(a, F.multiply(width, F.fromNumber(k / parts), BITS), BITS);
  return Array.from({ length: parts }, (_, k) => ({ a: at(k), b: at(k + 1) }));
}
