// Singular values of an upper bidiagonal matrix by the implicit QR algorithm, with zero shift where a shift would cost the small ones their relative
// accuracy, from the end where the larger elements are. A sweep upwards is one downwards of the transpose read from its end.
// Source: Demmel, Kahan 1990, "Accurate singular values of bidiagonal matrices". Left out: the dqds algorithm, divide and conquer.
import { Failure } from "../../base/index.ts";
import { length2 } from "./rotation.ts";

/** A sweep of rotations of neighbouring rows, first <= k < first + count, in c and s of that side; forward or from the last. */
export type RotateSide = (side: "left" | "right", first: number, count: number, forward: boolean) => void;

export interface Rotations {
  readonly c: Float64Array;
  readonly s: Float64Array;
}

const EPSILON = 2 ** -53;
/** Elements beside the diagonal of this relative size change no singular value by more. */
const TOLERANCE = 8 * EPSILON;
const TINY = 2 ** -1022;
/** Sweeps allowed for each singular value on average; about 2 are usual. */
const SWEEPS = 60;
/** After so many for one, elements count as negligible that are so beside the whole matrix. */
const PATIENCE = 30;

/** The smaller singular value of [f g; 0 h], to nearly full relative accuracy. */
function smallerValue(f: number, g: number, h: number): number {
  const [a, b, c] = [Math.min(Math.abs(f), Math.abs(h)), Math.max(Math.abs(f), Math.abs(h)), Math.abs(g)];
  if (a === 0) return 0;
  const [sum, difference] = [1 + a / b, (b - a) / b];
  if (c < b) {
    const q = (c / b) ** 2;
    return (a * 2) / (Math.sqrt(sum * sum + q) + Math.sqrt(difference * difference + q));
  }
  const q = b / c;
  if (q === 0) return (a * b) / c;
  return (2 * a * q) / (Math.hypot(1, sum * q) + Math.hypot(1, difference * q));
}

/**
 * Turns d (n) and e (n - 1) into singular values in d: in no order, perhaps negative. Before `rotate` is called for a side, its
 * rotations lie in its arrays: (row_k, row_k+1) = (c_k row_k + s_k row_k+1, c_k row_k+1 - s_k row_k) of U^T (left) and V^T (right).
 */
export function bidiagonalQR(
  d: Float64Array,
  e: Float64Array,
  left: Rotations,
  right: Rotations,
  rotate: RotateSide | undefined,
): void {
  const n = d.length;
  let norm = 0;
  for (let k = 0; k < n; k++) norm = Math.max(norm, Math.abs(d[k]), k + 1 < n ? Math.abs(e[k]) : 0);
  let budget = SWEEPS * n;
  /** Sweeps since the last singular value. */
  let sweeps = 0;
  let end = n - 1;
  while (end > 0) {
    if (Math.abs(e[end - 1]) <= (sweeps > PATIENCE ? EPSILON * norm : TINY)) {
      e[end - 1] = 0;
      end--;
      sweeps = 0;
      continue;
    }
    let start = end - 1;
    while (start > 0 && Math.abs(e[start - 1]) > TINY) start--;
    if (start > 0) e[start - 1] = 0;
    // `down`: from the larger end of the diagonal to the smaller. Local row i is row `first + i * step`.
    const down = Math.abs(d[start]) >= Math.abs(d[end]);
    const [first, step] = down ? [start, 1] : [end, -1];
    const length = end - start;
    const beside = (i: number): number => (down ? start + i : end - 1 - i);
    // Negligible elements beside the diagonal (both criteria of the paper), and a lower bound of the smallest singular value.
    let split = false;
    let [bound, largest] = [Math.abs(d[first]), Math.abs(d[first])];
    let least = bound;
    for (let i = 0; i < length && !split; i++) {
      const size = Math.abs(e[beside(i)]);
      if (size <= TOLERANCE * bound) {
        e[beside(i)] = 0;
        split = true;
      } else {
        const next = Math.abs(d[first + step * (i + 1)]);
        bound = bound + size === 0 ? 0 : next * (bound / (bound + size));
        least = Math.min(least, bound);
        largest = Math.max(largest, size, next);
      }
    }
    if (!split) {
      let other = Math.abs(d[first + step * length]);
      for (let i = length - 1; i >= 0 && !split; i--) {
        const size = Math.abs(e[beside(i)]);
        if (size <= TOLERANCE * other) {
          e[beside(i)] = 0;
          split = true;
        } else other = other + size === 0 ? 0 : Math.abs(d[first + step * i]) * (other / (other + size));
      }
    }
    if (split) continue;
    sweeps++;
    if (budget-- === 0) throw new Failure("numeric", `singular values: no convergence after ${SWEEPS * n} sweeps, at row ${end} of ${n}`); // oxfmt-ignore
    let shift = 0;
    if (n * TOLERANCE * (least / largest) > EPSILON) {
      const last = first + step * length;
      shift = smallerValue(d[last - step], e[beside(length - 1)], d[last]);
      if ((shift / Math.abs(d[first])) ** 2 < EPSILON) shift = 0;
    }
    const [one, two] = down ? [right, left] : [left, right];
    const sign = down ? 1 : -1;
    const note = (to: Rotations, i: number, c: number, s: number): void => {
      to.c[beside(i)] = c;
      to.s[beside(i)] = sign * s;
    };
    if (shift === 0) {
      let [c1, c2, s2] = [1, 1, 0];
      for (let i = 0; i < length; i++) {
        const at = first + step * i;
        const [f, g] = [d[at] * c1, e[beside(i)]];
        const r = length2(f, g);
        let s1: number;
        [c1, s1] = r === 0 ? [1, 0] : [f / r, g / r];
        if (i > 0) e[beside(i - 1)] = s2 * r;
        const [p, q] = [c2 * r, d[at + step] * s1];
        const t = length2(p, q);
        [c2, s2] = t === 0 ? [1, 0] : [p / t, q / t];
        d[at] = t;
        note(one, i, c1, s1);
        note(two, i, c2, s2);
      }
      const last = d[first + step * length] * c1;
      d[first + step * length] = last * c2;
      e[beside(length - 1)] = last * s2;
    } else {
      let f = (Math.abs(d[first]) - shift) * (Math.sign(d[first]) + shift / d[first]);
      let g = e[beside(0)];
      for (let i = 0; i < length; i++) {
        const [at, b] = [first + step * i, beside(i)];
        let r = length2(f, g);
        const [c1, s1] = r === 0 ? [1, 0] : [f / r, g / r];
        if (i > 0) e[beside(i - 1)] = r;
        f = c1 * d[at] + s1 * e[b];
        e[b] = c1 * e[b] - s1 * d[at];
        g = s1 * d[at + step];
        d[at + step] *= c1;
        r = length2(f, g);
        const [c2, s2] = r === 0 ? [1, 0] : [f / r, g / r];
        d[at] = r;
        f = c2 * e[b] + s2 * d[at + step];
        d[at + step] = c2 * d[at + step] - s2 * e[b];
        if (i + 1 < length) {
          g = s2 * e[beside(i + 1)];
          e[beside(i + 1)] *= c2;
        }
        note(one, i, c1, s1);
        note(two, i, c2, s2);
      }
      e[beside(length - 1)] = f;
    }
    rotate?.("left", start, length, down);
    rotate?.("right", start, length, down);
  }
}
