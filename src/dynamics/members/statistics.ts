// Statistics over the members of an ensemble: mean, standard deviation, quantiles at each time.
// Quantiles between two members are interpolated linearly (type 7 of Hyndman and Fan 1996, "Sample quantiles in statistical packages",
// American Statistician 50:361-365). Members that did not reach a time are left out there.
import { Failure } from "../../base/index.ts";

export interface Statistics {
  /** Members that reached each time. */
  readonly counts: Int32Array;
  readonly mean: Float64Array;
  /** Of the sample, with n - 1; NaN for one member. */
  readonly deviation: Float64Array;
  /** One curve for each quantile asked for. */
  readonly quantiles: readonly Float64Array[];
}

/**
 * Statistics of output `output` over members from ... to - 1 of values[(member * times + time) * outputs + output].
 * Fails (Failure) on quantiles outside 0 ... 1.
 */
export function statistics(
  values: Float64Array,
  { from, to, times, outputs, output }: { from: number; to: number; times: number; outputs: number; output: number },
  quantiles: readonly number[] = [],
): Statistics {
  for (const q of quantiles)
    if (!(q >= 0 && q <= 1)) throw new Failure("usage", `a quantile lies between 0 and 1; ${q} does not`);
  const counts = new Int32Array(times);
  const mean = new Float64Array(times);
  const deviation = new Float64Array(times);
  const curves = quantiles.map(() => new Float64Array(times));
  const sample = new Float64Array(Math.max(0, to - from));
  for (let k = 0; k < times; k++) {
    let n = 0;
    let sum = 0;
    for (let m = from; m < to; m++) {
      const value = values[(m * times + k) * outputs + output];
      if (Number.isNaN(value)) continue;
      sample[n++] = value;
      sum += value;
    }
    counts[k] = n;
    mean[k] = sum / n;
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (sample[i] - mean[k]) ** 2;
    deviation[k] = n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN;
    if (quantiles.length === 0) continue;
    const sorted = sample.subarray(0, n).sort();
    quantiles.forEach((q, i) => {
      const place = q * (n - 1);
      const low = Math.floor(place);
      const [a, b] = [sorted[low], sorted[Math.min(n - 1, low + 1)]];
      curves[i][k] = n === 0 ? Number.NaN : a === b ? a : a + (place - low) * (b - a);
    });
  }
  return { counts, mean, deviation, quantiles: curves };
}
