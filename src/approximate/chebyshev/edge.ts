// Where a function jumps or bends: differences of order 1 to 4 on ever finer windows (the idea of Pachon, Platte, Trefethen 2010,
// "Piecewise-smooth chebfuns", section 3). A difference quotient that keeps growing while its window shrinks is a jump in that
// derivative; one that settles belongs to a smooth function. Left out: jumps in derivatives of fifth order and above.
import { intervals } from "../../number/index.ts";
import type { Sampling } from "./sampling.ts";

export interface Edge {
  readonly at: number;
  /** pole: values grow without bound. gap: no value. jump: of the function. bend: of a derivative. */
  readonly kind: "pole" | "gap" | "jump" | "bend";
}

const ORDERS = 4;
/** Points of a window besides those that one difference needs. */
const POINTS = 15;
const MOST_STEPS = 400;
/** Growth of a difference quotient in one step that counts as growth; smooth functions come near 1. */
const GROWING = 1.6;
/** Steps that may pass before growth is judged: the first windows see too little of an oscillation. */
const PATIENCE = 3;

/** The most prominent jump, bend or pole inside (a, b), if there is one. */
export function findEdge(sampling: Sampling, a: number, b: number): Edge | undefined {
  for (let order = 1; order <= ORDERS; order++) {
    const edge = narrow(sampling, a, b, order);
    if (edge) return edge;
  }
  return undefined;
}

function narrow(sampling: Sampling, a: number, b: number, order: number): Edge | undefined {
  let [lo, hi] = [a, b];
  let last = 0;
  const sizes: number[] = [];
  const noise = 2 ** (order - 50) * sampling.scale;
  for (let step = 0; step < MOST_STEPS; step++) {
    const n = POINTS + order;
    const h = (hi - lo) / n;
    const x = Float64Array.from({ length: n + 1 }, (_, i) => (i === n ? hi : lo + i * h));
    if (x.some((each, i) => i > 0 && each <= x[i - 1])) break;
    const values = sampling.sampler.map(x);
    sampling.pace.values += x.length;
    const broken = values.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) return { at: x[broken], kind: Number.isNaN(values[broken]) ? "gap" : "pole" };
    const differences = Array.from(values);
    for (let k = 0; k < order; k++)
      for (let i = 0; i + 1 < differences.length - k; i++) differences[i] = differences[i + 1] - differences[i];
    let at = 0;
    for (let i = 1; i <= n - order; i++) if (Math.abs(differences[i]) > Math.abs(differences[at])) at = i;
    const size = Math.abs(differences[at]);
    if (size <= noise) break;
    sizes.push(size);
    if (order === 1 && size > 1e4 * Math.max(sizes[0], sampling.scale)) return { at: (lo + hi) / 2, kind: "pole" };
    const quotient = size / h ** order;
    if (step > PATIENCE && quotient < GROWING * last) return undefined;
    last = quotient;
    [lo, hi] = [Math.max(a, x[at] - h), Math.min(b, x[Math.min(n, at + order)] + h)];
  }
  // Noise may be reached before growth could be judged.
  if ((hi - lo) * 1000 > b - a) return undefined;
  // A jump keeps its size on all scales; a pole grows, the steep end of x^(1/2) shrinks.
  if (order === 1 && sizes.at(-1)! > 1.5 * sizes.at(-6)!) return { at: (lo + hi) / 2, kind: "pole" };
  if (order > 1 || sizes.at(-1)! < sizes.at(-6)! / 2) return { at: shortest(lo, hi), kind: "bend" };
  return { at: jump(sampling, lo, hi), kind: "jump" };
}

/** Halves [lo, hi] on the side with the greater change until two neighbouring doubles are left. */
function jump(sampling: Sampling, lo: number, hi: number): number {
  const f = sampling.sampler.at;
  let [low, high] = [f(lo), f(hi)];
  while (intervals.nextAbove(lo) < hi) {
    const middle = lo + (hi - lo) / 2;
    const value = f(middle);
    sampling.pace.values++;
    if (Math.abs(value - low) > Math.abs(high - value)) [hi, high] = [middle, value];
    else [lo, low] = [middle, value];
  }
  return shortest(lo, hi);
}

/** The number of fewest decimal digits from lo to hi. */
function shortest(lo: number, hi: number): number {
  if (lo <= 0 && hi >= 0) return 0;
  const middle = lo + (hi - lo) / 2;
  for (let digits = 1; digits <= 17; digits++) {
    const short = Number(middle.toPrecision(digits));
    if (short >= lo && short <= hi) return short;
  }
  return middle;
}
