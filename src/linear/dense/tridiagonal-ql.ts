// Eigenvalues of a symmetric tridiagonal matrix by the implicit QL or QR algorithm with Wilkinson's shift, whichever finds the
// smaller end of the matrix first; the rotations of a sweep are handed on together.
// Source: Parlett, "The Symmetric Eigenvalue Problem" (1980), chapter 8; Golub, Van Loan (4th ed. 2013), section 8.3.
// Left out: divide and conquer, relatively robust representations.
import { Failure } from "../../base/index.ts";
import { length2 } from "./rotation.ts";

/** Rotations of rows k and k + 1 for `first` <= k < `first` + count, given by c[k] and s[k]; forward or from the last. */
export type Rotate = (first: number, count: number, forward: boolean) => void;

const EPSILON = 2 ** -53;
const TINY = 2 ** -1022;
/** Sweeps allowed for each eigenvalue on average; about 1.7 are usual. */
const SWEEPS = 60;
/** After so many for one, elements count as negligible that are so beside the whole matrix. */
const PATIENCE = 30;

/**
 * Turns d (n) and e (n - 1) into eigenvalues in d, in no order. The rotations of each sweep lie in c and s when `rotate` is
 * called: (row_k, row_k+1) = (c_k row_k + s_k row_k+1, c_k row_k+1 - s_k row_k).
 */
export function tridiagonalQL(
  d: Float64Array,
  e: Float64Array,
  c: Float64Array,
  s: Float64Array,
  rotate: Rotate | undefined,
): void {
  const n = d.length;
  let norm = 0;
  for (let k = 0; k < n; k++) norm = Math.max(norm, Math.abs(d[k]), k + 1 < n ? Math.abs(e[k]) : 0);
  /** Sweeps since the last eigenvalue. */
  let sweeps = 0;
  const negligible = (k: number): boolean => {
    const size = Math.abs(e[k]);
    return (
      size <= TINY ||
      (sweeps > PATIENCE && size <= EPSILON * norm) ||
      size <= EPSILON * Math.sqrt(Math.abs(d[k])) * Math.sqrt(Math.abs(d[k + 1]))
    );
  };
  let budget = SWEEPS * n;
  let end = n - 1;
  while (end > 0) {
    if (negligible(end - 1)) {
      e[end - 1] = 0;
      end--;
      sweeps = 0;
      continue;
    }
    let start = end - 1;
    while (start > 0 && !negligible(start - 1)) start--;
    if (start > 0) e[start - 1] = 0;
    sweeps++;
    if (budget-- === 0) throw new Failure("numeric", `eigenvalues: no convergence after ${SWEEPS * n} sweeps, at row ${end} of ${n}`); // oxfmt-ignore
    // One sweep, then the splitting is looked at again. `small` is the end where the eigenvalue appears, `step` leads away from it.
    const forward = Math.abs(d[end]) < Math.abs(d[start]);
    const [small, step] = forward ? [end, -1] : [start, 1];
    const length = end - start;
    /** Place of the element beside the diagonal between the i-th and the next row from the small end. */
    const between = (i: number): number => (forward ? end - 1 - i : start + i);
    let g = (d[small + step] - d[small]) / (2 * e[between(0)]);
    const root = Math.hypot(g, 1);
    g = d[small + step * length] - d[small] + e[between(0)] / (g + (g < 0 ? -root : root));
    let [cos, sin, p] = [1, 1, 0];
    let broken = false;
    for (let i = length - 1; i >= 0; i--) {
      const k = between(i);
      const [near, far] = [small + step * i, small + step * (i + 1)];
      const f = sin * e[k];
      const b = cos * e[k];
      const r = length2(f, g);
      if (i < length - 1) e[between(i + 1)] = r;
      if (r === 0) {
        // The sweep comes apart here; what has been done is a whole sweep of the farther part.
        d[far] -= p;
        for (let j = i; j >= 0; j--) [c[between(j)], s[between(j)]] = [1, 0];
        broken = true;
        break;
      }
      sin = f / r;
      cos = g / r;
      g = d[far] - p;
      const t = (d[near] - g) * sin + 2 * cos * b;
      p = sin * t;
      d[far] = g + p;
      g = cos * t - b;
      c[k] = cos;
      s[k] = forward ? sin : -sin;
    }
    if (!broken) {
      d[small] -= p;
      e[between(0)] = g;
    }
    rotate?.(start, length, forward);
  }
}
