// All roots of a Chebyshev series in [-1, 1] by subdivision (Boyd 2002, "Computing zeros on a real interval through Chebyshev
// expansion and polynomial rootfinding", uses the same recursion with eigenvalues at its leaves). Since |T_k| <= 1, a part has no
// root where |c_0| > sum of the other |c_k|, and is monotone where the same holds for the derivative; coefficients fall by about 2^-k
// with each halving, so that few halvings decide. Roots of even order are found where all coefficients drown in rounding errors.
// Left out: complex roots; multiplicities.
import { Failure } from "../../base/index.ts";
import { trimmed } from "./chop.ts";
import { clenshaw, derived, restricted } from "./coefficients.ts";

/** Where a part is cut: not in the middle, which is a root too often. */
const CUT = 0.50377;
/** Rounding errors of values, relative to the sum of the absolute coefficients. */
const NOISE = 2 ** -51;
/** Roots as close as this are one if the function does not leave the level of rounding errors between them. */
export const CLUSTER = 1e-3;
/** A part as wide as this (of 2) that is zero throughout is an interval of zeros, not a root of high order. */
const ZERO_WIDTH = 0.02;

function tailSum(c: Float64Array): number {
  let sum = 0;
  for (let k = 1; k < c.length; k++) sum += Math.abs(c[k]);
  return sum;
}

/** Is the series certainly of one sign, up to rounding? */
const oneSigned = (c: Float64Array, noise: number): boolean => Math.abs(c[0]) > tailSum(c) + noise;

/**
 * Ascending roots in [-1, 1]. On a series that is zero on an interval it fails (domain), or with `flat` gives one place of the interval:
 * for roots of derivatives, which rounding errors hide where a function is flat.
 */
export function rootsOf(series: Float64Array, flat = false): number[] {
  const size = Math.abs(series[0]) + tailSum(series);
  const noise = NOISE * size;
  const simple: number[] = [];
  const zeros: [number, number][] = [];
  const waiting: { c: Float64Array; from: number; to: number }[] = [{ c: series, from: -1, to: 1 }];
  while (waiting.length > 0) {
    const { c: all, from, to } = waiting.pop()!;
    const c = trimmed(all, noise / 4);
    if (oneSigned(c, noise)) continue;
    if (Math.abs(c[0]) + tailSum(c) <= noise) {
      const last = zeros.at(-1);
      if (last && last[1] === from) last[1] = to;
      else zeros.push([from, to]);
      if (!flat && (size === 0 || zeros.at(-1)![1] - zeros.at(-1)![0] > ZERO_WIDTH))
        throw new Failure("domain", "the function is zero on a whole interval, up to rounding errors", {
          hint: "Its roots cannot be listed.",
        });
      continue;
    }
    if (oneSigned(derived(c), 0)) {
      const t = crossing(c, noise);
      if (t !== undefined) simple.push(from + ((to - from) * (t + 1)) / 2);
      continue;
    }
    const cut = from + (to - from) * CUT;
    waiting.push({ c: restricted(c, 2 * CUT - 1, 1), from: cut, to }, { c: restricted(c, -1, 2 * CUT - 1), from, to: cut }); // oxfmt-ignore
  }
  const slope = derived(series);
  const bend = derived(slope);
  const found = simple.map((t) => polished(series, slope, t, 1e-8));
  // A root of even order is a simple root of the derivative.
  for (const [from, to] of zeros) found.push(polished(slope, bend, (from + to) / 2, 2 * (to - from)));
  // A root at an end may have been moved out by rounding.
  for (const end of [-1, 1])
    if (
      Math.abs(clenshaw(series, end) / clenshaw(slope, end)) <= 2 ** -46 &&
      !found.some((t) => Math.abs(t - end) < 2 ** -40)
    )
      found.push(end);
  found.sort((x, y) => x - y);
  const roots: number[] = [];
  for (let i = 0; i < found.length;) {
    let end = i + 1;
    while (end < found.length && same(series, found[end - 1], found[end], noise)) end++;
    roots.push(end - i === 1 ? found[i] : found[i] / 2 + found[end - 1] / 2);
    i = end;
  }
  return roots;
}

/** Two roots are one if they are close and nothing but rounding errors lies between. */
function same(c: Float64Array, s: number, t: number, noise: number): boolean {
  if (t - s <= 2 ** -50) return true;
  return t - s < CLUSTER && [0.25, 0.5, 0.75].every((u) => Math.abs(clenshaw(c, s + u * (t - s))) <= 2 * noise);
}

/** The root of a monotone series in [-1, 1], or undefined: Newton's method, kept inside a bracket by bisection. */
function crossing(c: Float64Array, noise: number): number | undefined {
  let [lo, hi] = [-1, 1];
  const [left, right] = [clenshaw(c, -1), clenshaw(c, 1)];
  if (left * right > 0) return Math.abs(left) <= noise ? -1 : Math.abs(right) <= noise ? 1 : undefined;
  const slope = derived(c);
  const rising = right > left;
  let t = (left + right) / (left - right);
  for (let step = 0; step < 100; step++) {
    const value = clenshaw(c, t);
    if (value === 0) return t;
    if (value > 0 === rising) hi = t;
    else lo = t;
    let next = t - value / clenshaw(slope, t);
    if (!(next > lo && next < hi)) next = (lo + hi) / 2;
    if (Math.abs(next - t) <= 2 ** -53) return next;
    t = next;
  }
  return t;
}

/** One Newton step on the whole series, where it is no longer than `most`. */
function polished(c: Float64Array, slope: Float64Array, t: number, most: number): number {
  const step = clenshaw(c, t) / clenshaw(slope, t);
  return Math.abs(step) <= most ? Math.min(1, Math.max(-1, t - step)) : t;
}
