// Barycentric rational interpolation: r(x) = sum w_j f_j / (x - x_j) / sum w_j / (x - x_j)
// (Berrut, Trefethen 2004, "Barycentric Lagrange interpolation"; Higham 2004 for its stability).
import { Failure } from "../../base/index.ts";

/** The interpolant of values at distinct points with weights that are not zero; NaN where its denominator vanishes. */
export function barycentric(
  points: ArrayLike<number>,
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  x: number,
): number {
  let [above, below] = [0, 0];
  for (let j = 0; j < points.length; j++) {
    if (x === points[j]) return values[j];
    const part = weights[j] / (x - points[j]);
    above += part * values[j];
    below += part;
  }
  return above / below;
}

/** Weights of polynomial interpolation at n + 1 Chebyshev points of the second kind: signs alternate, the ends count half. */
export function chebyshevWeights(n: number): Float64Array {
  return Float64Array.from({ length: n + 1 }, (_, j) => (j % 2 === 0 ? 1 : -1) * (j === 0 || j === n ? 0.5 : 1));
}

/** Weights of Berrut's interpolant (1988): signs alternate. It has no pole on the real line for points in ascending order. */
export function berrutWeights(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, j) => (j % 2 === 0 ? 1 : -1));
}

/** Weights of the polynomial through any distinct points, scaled to a largest one of 1. */
export function lagrangeWeights(points: ArrayLike<number>): Float64Array {
  const n = points.length;
  if (n === 0) throw new Failure("usage", "there are no points to interpolate");
  const logs = new Float64Array(n);
  const signs = new Float64Array(n).fill(1);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const d = points[i] - points[j];
      if (!(d !== 0)) throw new Failure("usage", `point ${points[i]} is given twice`);
      logs[i] -= Math.log(Math.abs(d));
      if (d < 0) signs[i] = -signs[i];
    }
  const top = Math.max(...logs);
  return logs.map((log, i) => signs[i] * Math.exp(log - top));
}
