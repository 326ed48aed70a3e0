// From a function to polynomials: grids of 2^k + 1 points until the coefficients reach a plateau, and pieces where one polynomial
// does not do (Battles, Trefethen 2004, "An extension of MATLAB to continuous functions and operators"; Pachon, Platte,
// Trefethen 2010). Tolerances are relative to the largest value seen on the whole interval, and grow where a piece is so narrow
// that rounding x alone changes the function. Left out: exponents at ends (x^(1/2) is met by graded pieces).
import { DONE, Failure, type StopReason } from "../../base/index.ts";
import { intervals } from "../../number/index.ts";
import type { Pace } from "../pace.ts";
import { barycentric, chebyshevWeights } from "./barycentric.ts";
import { chop } from "./chop.ts";
import { clenshaw } from "./coefficients.ts";
import { findEdge } from "./edge.ts";
import { type Piece, valueOf } from "./piece.ts";
import type { Sampling } from "./sampling.ts";
import { chebyshevPoints, toCoefficients } from "./transform.ts";

export interface Limits {
  /** Relative to the largest value. */
  readonly tolerance: number;
  readonly splitting: boolean | "auto";
  /** Powers of two. */
  readonly mostDegree: number;
  readonly mostPieces: number;
}

export interface Unresolved {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

export interface Construction {
  readonly pieces: Piece[];
  /** Intervals on which the tolerance is not met; empty if all is well. */
  readonly unresolved: Unresolved[];
  readonly stop: StopReason;
}

const LEAST_DEGREE = 16;
/** Degree up to which one polynomial is tried before pieces are. */
const WHOLE_DEGREE = 4096;
/** Degree of a piece. */
const PIECE_DEGREE = 256;
/** Part of an interval that is cut off at an end where the function is not smooth. */
const END_PART = 0.01;
/** A bend this near to an end, relative to the interval, is one at the end. */
const AT_END = 1e-6;
/** Places in [-1, 1] that are on no grid, to catch a grid that missed everything. */
const PROBES = Float64Array.of(-0.9837127, -0.5431917, -0.0713973, 0.3572913, 0.8237191);

interface Attempt {
  readonly coefficients: Float64Array;
  readonly resolved: boolean;
  /** Size of the coefficients in the second half, relative to the largest. */
  readonly tail: number;
}

/** Values whose gaps are filled by the polynomial through the other points. */
function withoutGaps(values: Float64Array, t: Float64Array): Float64Array {
  if (!values.includes(NaN)) return values;
  const gaps = Array.from(values.keys()).filter((i) => Number.isNaN(values[i]));
  const weights = chebyshevWeights(t.length - 1).map((w, i) => gaps.reduce((product, gap) => product * (t[i] - t[gap]), w)); // oxfmt-ignore
  const kept = (list: Float64Array): Float64Array => list.filter((_, i) => !Number.isNaN(values[i]));
  const [points, known, w] = [kept(t), kept(values), kept(weights)];
  return values.map((value, i) => (Number.isNaN(value) ? barycentric(points, known, w, t[i]) : value));
}

/** One polynomial on [a, b] of degree `least` to `most`. Ends are sampled beside a and b where `inner` says so. */
function attempt(
  sampling: Sampling,
  [a, b]: readonly [number, number],
  inner: readonly [boolean, boolean],
  tolerance: number,
  most: number,
  pace: Pace,
): Attempt {
  const [middle, half] = [a / 2 + b / 2, b / 2 - a / 2];
  const from = inner[0] ? intervals.nextAbove(a) : a;
  const to = inner[1] ? intervals.nextBelow(b) : b;
  const place = (t: number): number => (t === -1 ? from : t === 1 ? to : Math.min(to, Math.max(from, middle + half * t))); // oxfmt-ignore
  let values: Float64Array | undefined;
  for (let n = LEAST_DEGREE; ; n *= 2) {
    const t = chebyshevPoints(n);
    if (values === undefined) values = sampling.values(t.map(place), a, b);
    else {
      const odd = sampling.values(
        Float64Array.from({ length: n / 2 }, (_, i) => place(t[2 * i + 1])),
        a,
        b,
      );
      const old: Float64Array = values;
      values = Float64Array.from({ length: n + 1 }, (_, i) => (i % 2 === 0 ? old[i / 2] : odd[(i - 1) / 2]));
    }
    const filled = withoutGaps(values, t);
    const coefficients = toCoefficients(filled);
    let [least, greatest] = [Infinity, -Infinity];
    for (const value of filled) {
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const local = Math.max(Math.abs(least), Math.abs(greatest));
    // Rounding x moves values by about the rounding error of x times the slope.
    const moved = (Math.max(Math.abs(a), Math.abs(b)) / (b - a)) * (greatest - least);
    const allowed = local === 0 ? 1 : Math.min(1, tolerance * Math.max(sampling.scale / local, moved / local));
    const kept = chop(coefficients, allowed);
    if (kept < coefficients.length) {
      const short = coefficients.slice(0, kept);
      const probes = sampling.values(PROBES.map(place), a, b);
      const error = PROBES.reduce((worst, s, i) => (Number.isNaN(probes[i]) ? worst : Math.max(worst, Math.abs(clenshaw(short, s) - probes[i]))), 0); // oxfmt-ignore
      if (error <= allowed * local * (100 + 5 * n)) return { coefficients: short, resolved: true, tail: 0 };
    }
    if (2 * n > most || pace.stop(n)) {
      let tail = 0;
      let largest = 0;
      coefficients.forEach((c, k) => {
        largest = Math.max(largest, Math.abs(c));
        if (2 * k > n) tail = Math.max(tail, Math.abs(c));
      });
      return { coefficients, resolved: false, tail: largest === 0 ? 0 : tail / largest };
    }
  }
}

/** The function on [a, b] as polynomials. Fails (domain) where it is infinite or has no value. */
export function construct(sampling: Sampling, a: number, b: number, limits: Limits, pace: Pace): Construction {
  const { tolerance, splitting, mostDegree, mostPieces } = limits;
  let whole: Attempt | undefined;
  if (splitting !== true) {
    const once = (most: number): Attempt => attempt(sampling, [a, b], [false, false], tolerance, most, pace);
    whole = once(splitting === false ? mostDegree : Math.min(mostDegree, WHOLE_DEGREE));
    // Coefficients that do not fall at all: an oscillation that is not resolved yet rather than a jump or a bend.
    if (!whole.resolved && splitting === "auto" && whole.tail > 0.02 && mostDegree > WHOLE_DEGREE) whole = once(mostDegree); // oxfmt-ignore
    const pieces = [{ a, b, coefficients: whole.coefficients }];
    if (whole.resolved) return { pieces, unresolved: [], stop: DONE };
    if (splitting === false) {
      const degree = whole.coefficients.length - 1;
      const stop = 2 * degree > mostDegree ? undefined : pace.stop(degree);
      const why = stop?.detail ?? `degree ${degree} does not reach the accuracy`;
      return { pieces, unresolved: [{ from: a, to: b, why }], stop: stop ?? { kind: "accuracy", detail: why } };
    }
  }
  return inPieces(sampling, a, b, { tolerance, mostPieces, degree: Math.min(mostDegree, PIECE_DEGREE) }, pace);
}

function inPieces(
  sampling: Sampling,
  a: number,
  b: number,
  { tolerance, mostPieces, degree }: { tolerance: number; mostPieces: number; degree: number },
  pace: Pace,
): Construction {
  const pieces: Piece[] = [];
  const unresolved: Unresolved[] = [];
  const waiting: [number, number][] = [[a, b]];
  /** Where nothing but a lack of degree cut. */
  const halved = new Set<number>();
  let stop = DONE;
  /** Ends of pieces at which the function is sampled beside them: it may jump there. */
  const beside = new Set<number>();
  const fit = (from: number, to: number): Attempt =>
    attempt(sampling, [from, to], [beside.has(from), beside.has(to)], tolerance, degree, pace);
  while (waiting.length > 0) {
    const [from, to] = waiting.pop()!;
    const found = fit(from, to);
    const piece = { a: from, b: to, coefficients: found.coefficients };
    const leave = (why: string): void => {
      pieces.push(piece);
      unresolved.push({ from, to, why });
    };
    if (found.resolved) {
      pieces.push(piece);
      continue;
    }
    const ended = pace.stop();
    if (ended || pieces.length + waiting.length + 2 > mostPieces) {
      stop = ended ?? { kind: "nodes", detail: `${mostPieces} pieces` };
      leave(`not reached within ${stop.detail}`);
      continue;
    }
    const edge = findEdge(
      sampling,
      beside.has(from) ? intervals.nextAbove(from) : from,
      beside.has(to) ? intervals.nextBelow(to) : to,
    );
    if (edge?.kind === "pole" || edge?.kind === "gap") {
      const place = Number(edge.at.toPrecision(6));
      leave(edge.kind === "pole" ? `values grow without bound near ${place}` : `there is no value at ${edge.at}`);
      continue;
    }
    // A jump at an end of the whole interval: the limit from inside is taken.
    const end = edge?.kind === "jump" ? [a, b].find((x) => Math.abs(edge.at - x) <= 2 ** -51 * Math.abs(x)) : undefined; // oxfmt-ignore
    if (end !== undefined && !beside.has(end)) {
      beside.add(end);
      sampling.gaps.push(end);
      waiting.push([from, to]);
      continue;
    }
    const margin = END_PART * (to - from);
    const where = edge?.at ?? from / 2 + to / 2;
    const near = edge?.kind === "jump" ? 0 : AT_END * (to - from);
    const cut = where - from <= near ? from + margin : to - where <= near ? to - margin : where;
    if (!(cut > from && cut < to) || to - from <= 2 ** -48 * Math.max(Math.abs(from), Math.abs(to)))
      leave(`not smooth near ${from}, on every scale that doubles resolve`);
    else {
      if (!edge) halved.add(cut);
      beside.add(cut);
      waiting.push([cut, to], [from, cut]);
    }
  }
  // What was halved on the way to an edge may be one piece after all.
  for (let i = 1; i < pieces.length; i++) {
    const [left, right] = [pieces[i - 1], pieces[i]];
    if (!halved.has(right.a) || left.coefficients.length + right.coefficients.length > degree || pace.stop()) continue;
    const both = fit(left.a, right.b);
    if (both.resolved) pieces.splice(--i, 2, { a: left.a, b: right.b, coefficients: both.coefficients });
  }
  if (unresolved.length > 0 && stop === DONE) stop = { kind: "accuracy", detail: unresolved[0].why };
  return { pieces, unresolved, stop };
}

/** Part of the largest value by which an interpolant may miss it at a break. */
const LOST = 1e-3;

/**
 * Does no piece have the largest value that was seen? Then it was one point beside a pole, against whose size all else seemed small, and
 * nothing is resolved.
 */
export function lostPeak({ peak, scale, gaps }: Sampling, pieces: readonly Piece[]): Unresolved | undefined {
  const { x, value } = peak;
  const around = pieces.filter((piece) => piece.a <= x && x <= piece.b);
  if (scale === 0 || gaps.includes(x) || around.some((piece) => Math.abs(valueOf(piece, x) - value) <= LOST * scale))
    return undefined;
  return {
    from: around[0].a,
    to: around[around.length - 1].b,
    why: `the value ${value} at ${x} stands alone: a pole?`,
  };
}

/** Fails on what is no finite interval. */
export function checkInterval(on: readonly [number, number]): void {
  const [a, b] = on;
  if (!Number.isFinite(a) || !Number.isFinite(b))
    throw new Failure("usage", `the interval from ${a} to ${b} is not bounded`, {
      hint: "Substitute a variable that maps it to a bounded one, such as x = t/(1 - t^2).",
    });
  if (!Number.isFinite(b - a)) throw new Failure("usage", `the interval from ${a} to ${b} is too wide for doubles`);
  if (!(a < b)) throw new Failure("usage", `the interval from ${a} to ${b} is empty`);
}
