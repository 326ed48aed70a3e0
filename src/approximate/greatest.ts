// The greatest value of |g| on an interval, between two proved bounds, by branch and bound: g is enclosed by Taylor models on
// pieces, each model's polynomial is bounded on parts of its piece, and parts that cannot reach the greatest value found are left.
// Source of the plan: Chevillard, Harrison, Joldes, Lauter 2011, "Efficient and accurate computation of upper bounds of
// approximation errors", Theoretical Computer Science 412, with models on pieces instead of one polynomial on the whole.
import { Failure, Meter, type Budget } from "../base/index.ts";
import { balls as B, type Ball, bigfloat as F, type BigFloat } from "../number/index.ts";
import { TaylorArithmetic, type TaylorModel } from "./taylor-model.ts";

export interface GreatestOptions {
  /** Coefficients of each model; default 12. */
  readonly order?: number;
  /** Bits; default 192. */
  readonly precision?: number;
  /** The bounds are to lie within this share of each other; default 1e-3. */
  readonly tolerance?: number;
  /** Bounds below this are good enough, whatever their distance; default 0. */
  readonly floor?: number;
  /** `steps` counts pieces; default 20 s. */
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

export interface Greatest {
  /** sup |g| lies between these, for certain. */
  readonly lower: number;
  readonly upper: number;
  /** Where |g| is at least `lower`. */
  readonly at: number;
  readonly pieces: number;
}

/** Pieces are not cut smaller than the interval divided by 2^this. */
const MOST_DEPTH = 40;
const DEFAULT_BUDGET: Budget = { time_ms: 20_000 };
/** Working bits for the parts of a piece: g itself is known much better. */
const PART_BITS = 80;
/** A piece that needs more parts is cut first. */
const MOST_PARTS = 400;

/**
 * Bounds of sup |g| over [from, to], where `model(x0, arithmetic)` encloses g(x0 + t). Fails with kind "domain" where g has no
 * enclosure near a point however small the piece (a pole, a jump), and with kind "unsolved" at the end of the budget.
 */
export function greatest(
  model: (x0: Ball, arithmetic: TaylorArithmetic) => TaylorModel,
  from: BigFloat,
  to: BigFloat,
  options: GreatestOptions = {},
): Greatest {
  const { order = 12, precision = 192, tolerance = 1e-3, floor = 0 } = options;
  const meter = new Meter(options.budget ?? DEFAULT_BUDGET, options.signal);
  const search = new Search(tolerance, floor);
  const stack: { a: BigFloat; b: BigFloat; depth: number }[] = [{ a: from, b: to, depth: 0 }];
  let pieces = 0;
  while (stack.length > 0) {
    const { a, b, depth } = stack.pop()!;
    meter.steps = ++pieces;
    const stop = meter.stop();
    if (stop !== undefined) throw new Failure("unsolved", `no bound within ${stop.detail}; the error reaches ${search.lower.toExponential(3)}`); // oxfmt-ignore
    const failure = tryPiece(model, a, b, order, precision, search);
    if (failure === undefined) continue;
    if (depth >= (typeof failure === "string" ? 2 * MOST_DEPTH : MOST_DEPTH)) {
      if (typeof failure === "string") throw new Failure("unsolved", `no bound near ${F.toNumber(a)}: ${failure}`);
      throw new Failure("domain", `the function has no bounded values near ${F.toNumber(a)}: ${failure.what}`, { hint: "Choose a range without poles and jumps." }); // oxfmt-ignore
    }
    const middle = F.scale(F.add(a, b, precision), -1);
    stack.push({ a: middle, b, depth: depth + 1 }, { a, b: middle, depth: depth + 1 });
  }
  return { lower: search.lower, upper: search.upper, at: search.at, pieces };
}

/** Undefined if the piece is done; else why it must be cut. */
function tryPiece(
  model: (x0: Ball, arithmetic: TaylorArithmetic) => TaylorModel,
  a: BigFloat,
  b: BigFloat,
  order: number,
  precision: number,
  search: Search,
): Failure | string | undefined {
  const middle = F.scale(F.add(a, b, precision), -1);
  let failure: Failure | undefined;
  // Around the middle; where that fails, around an end, at which zeros of numerator and denominator may cancel.
  for (const x0 of [middle, a, b]) {
    const centre = B.fromBigFloat(x0);
    const [low, high] = [a, b].map((end) => B.subtract(B.fromBigFloat(end), centre, precision));
    try {
      const arithmetic = new TaylorArithmetic(B.hull(low, high, precision), order, precision);
      const found = model(centre, arithmetic);
      return search.piece(found, low, high, F.toNumber(x0)) ? undefined : "the remainder is large";
    } catch (error) {
      if (!(error instanceof Failure) || (error.kind !== "numeric" && error.kind !== "domain")) throw error;
      failure ??= error;
    }
  }
  return failure;
}

/** Doubles that bound a ball's absolute value. */
const above = (a: Ball): number => F.toNumber(B.absolute(a).upper(53), "up");
const below = (a: Ball): number => {
  const [low] = B.ends(B.absolute(a));
  return Math.max(0, F.toNumber(low.mid, "down"));
};

/** The bounds so far, and the work within one piece. */
class Search {
  lower = 0;
  upper = 0;
  at = Number.NaN;
  readonly #tolerance: number;
  readonly #floor: number;

  constructor(tolerance: number, floor: number) {
    this.#tolerance = tolerance;
    this.#floor = floor;
  }

  /** What a part may reach without being looked at more closely. */
  get #enough(): number {
    return Math.max(this.lower * (1 + this.#tolerance), this.#floor);
  }

  /** False if the model is too wide for the piece. */
  piece(model: TaylorModel, low: Ball, high: Ball, x0: number): boolean {
    const n = model.coefficients.length;
    const p = PART_BITS;
    const reach = B.power(B.hull(low, high, p), BigInt(n), p);
    const rest =
      above(B.multiply(model.remainder, reach, p)) + this.#width(model.coefficients, above(B.hull(low, high, p)));
    // The middle of the piece is a sample of g.
    const middle = B.scale(B.add(low, high, p), -1);
    this.#sample(model, middle, x0);
    this.#sample(model, low, x0);
    this.#sample(model, high, x0);
    // What is not known of the model may take a quarter of the distance that the bounds may have.
    if (rest > Math.max(0.25 * this.#tolerance * this.lower, this.#floor - this.lower)) return false;
    const parts: [Ball, Ball, number][] = [[low, high, 0]];
    let reached = 0;
    let looked = 0;
    while (parts.length > 0) {
      const [u, v, depth] = parts.pop()!;
      const bound = this.#bound(model.coefficients, u, v) + rest;
      if (bound <= this.#enough) {
        reached = Math.max(reached, bound);
        continue;
      }
      if (++looked > MOST_PARTS) return false;
      const half = B.scale(B.add(u, v, p), -1);
      this.#sample(model, half, x0);
      if (depth > MOST_DEPTH) return false;
      parts.push([u, half, depth + 1], [half, v, depth + 1]);
    }
    this.upper = Math.max(this.upper, reached, this.lower);
    return true;
  }

  /** What the radii of the coefficients add up to. */
  #width(c: readonly Ball[], reach: number): number {
    return c.reduce((sum, { radius }, k) => sum + F.toNumber(radius, "up") * reach ** k, 0) * (1 + 2 ** -40);
  }

  /** |polynomial| on [u, v]: its value at the middle and the terms of its shift there. */
  #bound(c: readonly Ball[], u: Ball, v: Ball): number {
    const p = PART_BITS;
    const middle = B.scale(B.add(u, v, p), -1);
    const radius = B.hull(B.absolute(B.subtract(v, middle, p)), B.absolute(B.subtract(u, middle, p)), p);
    const shifted = [...c];
    // Taylor's shift, as far as the third term; what is above is bounded whole.
    const n = shifted.length;
    const kept = Math.min(n, 3);
    for (let i = 0; i < kept; i++)
      for (let j = n - 2; j >= i; j--) shifted[j] = B.add(shifted[j], B.multiply(middle, shifted[j + 1], p), p);
    let sum = above(shifted[0]);
    let power = radius;
    for (let k = 1; k < kept; k++) {
      sum += above(B.multiply(shifted[k], power, p));
      power = B.multiply(power, radius, p);
    }
    // sum over k >= 3 of shifted quotient: after three shifts, q(t) with P = s0 + s1 d + s2 d^2 + d^3 q, q in powers of t.
    if (n > 3) {
      const span = B.hull(u, v, p);
      let tail = shifted[n - 1];
      for (let k = n - 2; k >= 3; k--) tail = B.add(shifted[k], B.multiply(span, tail, p), p);
      sum += above(B.multiply(tail, power, p));
    }
    return sum * (1 + 2 ** -48);
  }

  #sample(model: TaylorModel, t: Ball, x0: number): void {
    const p = PART_BITS;
    const { coefficients } = model;
    let value = B.multiply(model.remainder, B.power(t, BigInt(coefficients.length), p), p);
    let power = B.ONE;
    for (const c of coefficients) {
      value = B.add(value, B.multiply(c, power, p), p);
      power = B.multiply(power, t, p);
    }
    const low = below(value);
    if (low > this.lower) {
      this.lower = low;
      this.at = x0 + F.toNumber(t.mid);
    }
  }
}
