// min x.Gx/2 - h.x over a box |x_j| <= bound_j: least squares by its normal equations G = A^T A, h = A^T y, for few unknowns
// (active set; Nocedal, Wright 2006, section 16.5). A ridge of 1e-9 of the mean diagonal stands for the solution of least norm
// where G is singular.
const RIDGE = 1e-9;

/** Work arrays for m unknowns. */
export class BoxLeastSquares {
  readonly m: number;
  /** The solution of the last call. */
  readonly x: Float64Array;
  readonly #factor: Float64Array;
  readonly #y: Float64Array;
  readonly #free: Int32Array;
  /** -1, 1: fixed at that bound; 0: free. */
  readonly #side: Int8Array;

  constructor(m: number) {
    this.m = m;
    this.x = new Float64Array(m);
    this.#factor = new Float64Array(m * m);
    this.#y = new Float64Array(m);
    this.#free = new Int32Array(m);
    this.#side = new Int8Array(m);
  }

  /** Solves for g (rows of m, symmetric) and h; the solution is `x`. Gives whether a bound holds it. */
  solve(g: Float64Array, h: Float64Array, bound: Float64Array): boolean {
    const { m, x } = this;
    const side = this.#side;
    let trace = 0;
    for (let j = 0; j < m; j++) trace += g[j * m + j];
    const ridge = (RIDGE * trace) / m;
    side.fill(0);
    x.fill(0);
    this.#reduced(g, h, bound, ridge);
    let inside = true;
    for (let j = 0; j < m; j++) if (!(Math.abs(this.#y[j]) <= bound[j])) inside = false;
    if (inside) {
      x.set(this.#y);
      return false;
    }
    for (let turn = 0; turn < 8 * m; turn++) {
      if (turn > 0) this.#reduced(g, h, bound, ridge);
      const y = this.#y;
      // As far towards y as the box allows.
      let [part, stop] = [1, -1];
      for (let j = 0; j < m; j++) {
        if (side[j] !== 0 || Math.abs(y[j]) <= bound[j]) continue;
        const to = Math.max(0, ((y[j] > 0 ? bound[j] : -bound[j]) - x[j]) / (y[j] - x[j]));
        if (to < part || stop < 0) [part, stop] = [Math.min(to, part), j];
      }
      for (let j = 0; j < m; j++) if (side[j] === 0) x[j] += part * (y[j] - x[j]);
      if (stop >= 0) {
        side[stop] = y[stop] > 0 ? 1 : -1;
        x[stop] = side[stop] * bound[stop];
        continue;
      }
      // A bound is left where the gradient points into the box.
      let [worst, leave] = [1e-12 * trace * Math.max(...bound), -1];
      for (let j = 0; j < m; j++) {
        if (side[j] === 0) continue;
        let gradient = ridge * x[j] - h[j];
        for (let k = 0; k < m; k++) gradient += g[j * m + k] * x[k];
        if (side[j] * gradient > worst) [worst, leave] = [side[j] * gradient, j];
      }
      if (leave < 0) break;
      side[leave] = 0;
    }
    return true;
  }

  /** y = the minimum over the free unknowns, the others at their bounds; by Cholesky factors. */
  #reduced(g: Float64Array, h: Float64Array, bound: Float64Array, ridge: number): void {
    const { m } = this;
    const [l, y, free, side] = [this.#factor, this.#y, this.#free, this.#side];
    let count = 0;
    for (let j = 0; j < m; j++)
      if (side[j] === 0) free[count++] = j;
      else y[j] = side[j] * bound[j];
    for (let a = 0; a < count; a++) {
      const i = free[a];
      let right = h[i];
      for (let j = 0; j < m; j++) if (side[j] !== 0) right -= g[i * m + j] * y[j];
      for (let b = 0; b <= a; b++) {
        let sum = g[i * m + free[b]] + (a === b ? ridge : 0);
        for (let k = 0; k < b; k++) sum -= l[a * m + k] * l[b * m + k];
        // A pivot lost to rounding is that of the ridge.
        l[a * m + b] = a === b ? Math.sqrt(Math.max(sum, ridge, 1e-300)) : sum / l[b * m + b];
      }
      for (let k = 0; k < a; k++) right -= l[a * m + k] * y[free[k]];
      y[i] = right / l[a * m + a];
    }
    for (let a = count - 1; a >= 0; a--) {
      let sum = y[free[a]];
      for (let k = a + 1; k < count; k++) sum -= l[k * m + a] * y[free[k]];
      y[free[a]] = sum / l[a * m + a];
    }
  }
}
