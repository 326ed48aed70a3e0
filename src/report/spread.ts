// Spreading labels along a line so that none overlaps and each stays close to where it belongs.
// Method: pool adjacent violators (isotonic regression): labels in order, clusters that would overlap merge and sit
// around their common mean. This is the least-squares placement. Left out: labels of different heights.

/**
 * Positions at least `gap` apart inside [low, high], in the order of `wanted` (ties: by index), least sum of squared
 * distances to `wanted` up to the clamping at the ends. Needs (n - 1) * gap <= high - low; with less room they are evenly spread.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const n = wanted.length;
  if (n > 1 && (n - 1) * gap > high - low) gap = (high - low) / (n - 1);
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  // With u_i = position_i - i * gap the constraint is only that u ascends.
  const clusters: { sum: number; count: number }[] = [];
  for (const [rank, i] of order.entries()) {
    let cluster = { sum: wanted[i] - rank * gap, count: 1 };
    for (
      let last = clusters.at(-1);
      last && last.sum / last.count >= cluster.sum / cluster.count;
      last = clusters.at(-1)
    ) {
      cluster = { sum: cluster.sum + last.sum, count: cluster.count + last.count };
      clusters.pop();
    }
    clusters.push(cluster);
  }
  const result = Array.from<number>({ length: n });
  let rank = 0;
  for (const { sum, count } of clusters) {
    const u = Math.min(Math.max(sum / count, low), high - (n - 1) * gap);
    for (let k = 0; k < count; k++, rank++) result[order[rank]] = u + rank * gap;
  }
  return result;
}
