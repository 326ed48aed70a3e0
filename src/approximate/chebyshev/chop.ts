// Where to cut a Chebyshev series: the plateau rule (Aurentz, Trefethen 2017, "Chopping a Chebyshev series", ACM Transactions on
// Mathematical Software 43, section 3). Coefficients of a resolved function fall and then stay at the level of rounding errors; the
// series is cut where the plateau begins, a little into it where that gains digits.

/** Series shorter than this are never judged to be resolved. */
const LEAST = 17;

/**
 * The number of coefficients to keep: less than their number if the series has reached a plateau at about `tolerance` (relative to the
 * largest coefficient), their number itself if it has not.
 */
export function chop(coefficients: ArrayLike<number>, tolerance: number): number {
  const n = coefficients.length;
  if (n < LEAST) return n;
  if (tolerance >= 1) return 1;
  // Monotone envelope, first element 1.
  const envelope = new Float64Array(n);
  let largest = 0;
  for (let j = n - 1; j >= 0; j--) envelope[j] = largest = Math.max(largest, Math.abs(coefficients[j]));
  if (largest === 0) return 1;
  for (let j = 0; j < n; j++) envelope[j] /= largest;
  // A plateau: over a quarter of the way and five more the envelope hardly falls, judged more mildly the lower it lies.
  const floor = Math.log(tolerance);
  let begin = -1;
  let end = 0;
  for (let j = 2; j <= n && begin < 0; j++) {
    end = Math.round(1.25 * j + 5);
    if (end > n) return n;
    const [e1, e2] = [envelope[j - 1], envelope[end - 1]];
    if (e1 === 0 || e2 / e1 > 3 * (1 - Math.log(e1) / floor)) begin = j - 1;
  }
  if (begin < 0) return n;
  if (envelope[begin - 1] === 0) return begin;
  // Cut where envelope and a falling line of a third of the digits meet.
  const least = tolerance ** (7 / 6);
  let above = 0;
  while (above < n && envelope[above] >= least) above++;
  if (above < end) {
    end = above + 1;
    envelope[end - 1] = least;
  }
  const slope = Math.log10(tolerance) / (-3 * Math.max(1, end - 1));
  let best = 0;
  let lowest = Infinity;
  for (let j = 0; j < end; j++) {
    const height = Math.log10(envelope[j]) + slope * j;
    if (height <= lowest) [lowest, best] = [height, j];
  }
  return Math.max(best, 1);
}

/** Without the coefficients at the end that are no larger than `size`; at least one is kept. */
export function trimmed(coefficients: Float64Array, size: number): Float64Array {
  let n = coefficients.length;
  while (n > 1 && Math.abs(coefficients[n - 1]) <= size) n--;
  return coefficients.slice(0, n);
}
