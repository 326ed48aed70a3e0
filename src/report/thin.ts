// Thinning a polyline to what pixels can show.
// First M4 (Jugel, Jerzak, Hackenbroich, Markl 2014, "M4: a visualization-oriented time series data aggregation"):
// of every run of points in one pixel column the first, the lowest, the highest and the last stay, so spikes stay at
// full height. Then points that lie on the line between their neighbours are dropped: from an anchor the cone of
// directions that pass within `tolerance` of all skipped points is narrowed until a point falls outside (the "swing"
// or sleeve filter). Left out on purpose: smoothing.

/** How far, vertically in pixels, a dropped point may lie from the drawn line. */
const TOLERANCE = 0.06;

/**
 * The indices of the points to keep, ascending. x and y are pixel coordinates of equal length; a NaN in either breaks
 * the line, and one index of every such gap is kept so that the break stays. `column` is the width of a column in pixels.
 */
export function thin(x: ArrayLike<number>, y: ArrayLike<number>, column = 1): number[] {
  const kept: number[] = [];
  const n = x.length;
  for (let i = 0; i < n;) {
    if (Number.isNaN(x[i]) || Number.isNaN(y[i])) {
      if (kept.length > 0) kept.push(i);
      while (i < n && (Number.isNaN(x[i]) || Number.isNaN(y[i]))) i++;
      continue;
    }
    let end = i;
    while (end < n && !Number.isNaN(x[end]) && !Number.isNaN(y[end])) end++;
    for (const index of sleeve(x, y, m4(x, y, i, end, column))) kept.push(index);
    i = end;
  }
  return kept;
}

/** First, lowest, highest and last of every run of points [begin, end) in one pixel column. */
function m4(x: ArrayLike<number>, y: ArrayLike<number>, begin: number, end: number, column: number): number[] {
  const kept: number[] = [];
  for (let i = begin; i < end;) {
    const c = Math.floor(x[i] / column);
    let low = i;
    let high = i;
    let j = i;
    for (; j < end && Math.floor(x[j] / column) === c; j++) {
      if (y[j] < y[low]) low = j;
      if (y[j] > y[high]) high = j;
    }
    const [a, b] = low < high ? [low, high] : [high, low];
    for (const k of [i, a, b, j - 1]) if (kept[kept.length - 1] !== k) kept.push(k);
    i = j;
  }
  return kept;
}

/** Drops points that the line between the kept ones passes within TOLERANCE. */
function sleeve(x: ArrayLike<number>, y: ArrayLike<number>, points: readonly number[]): number[] {
  if (points.length < 3) return [...points];
  const kept = [points[0]];
  let anchor = points[0];
  let previous = points[0];
  let low = -Infinity;
  let high = Infinity;
  for (let at = 1; at < points.length; at++) {
    const p = points[at];
    let dx = x[p] - x[anchor];
    let slope = (y[p] - y[anchor]) / dx;
    if (!(dx > 1e-6 && slope >= low && slope <= high) && previous !== anchor) {
      kept.push(previous);
      anchor = previous;
      low = -Infinity;
      high = Infinity;
      dx = x[p] - x[anchor];
      slope = (y[p] - y[anchor]) / dx;
    }
    if (dx > 1e-6) {
      low = Math.max(low, slope - TOLERANCE / dx);
      high = Math.min(high, slope + TOLERANCE / dx);
    } else {
      // Straight up or back: nothing can be skipped after it.
      low = Infinity;
      high = -Infinity;
    }
    previous = p;
  }
  if (kept[kept.length - 1] !== previous) kept.push(previous);
  return kept;
}
