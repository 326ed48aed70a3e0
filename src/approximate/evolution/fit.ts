// The constants of a program by least squares in double precision: Levenberg and Marquardt's method (Marquardt 1963; damping and
// scaling as in Nielsen 1999) on the error at points of an interval. Derivatives by constants are carried forward with
// the values. The best constants for the greatest error are found from here by Remez' algorithm.
import type { Program } from "./program.ts";

/** What is fitted: at points[i], (value - goal[i]) * weight[i] is to be small. */
export interface Samples {
  readonly points: Float64Array;
  readonly goal: Float64Array;
  readonly weight: Float64Array;
}

export interface Fitted {
  readonly constants: Float64Array;
  /** Greatest |value - goal| * weight at the points. */
  readonly worst: number;
}

const OPERATIONS = { "+": 0, "-": 1, "*": 2, "/": 3, sqrt: 4 } as const;

/** Values and derivatives of one program at all points; buffers are kept between programs of at most this size. */
export class Fitter {
  readonly #samples: Samples;
  readonly #m: number;
  #op = new Uint8Array(0);
  #left = new Int32Array(0);
  #right = new Int32Array(0);
  #steps = 0;
  #k = 0;
  /** Value of step s at point i: #values[(s + 1) * m + i]; row 0 is x. */
  #values = new Float64Array(0);
  /** Derivative of step s by constant j at point i: #slopes[((s * k) + j) * m + i]. */
  #slopes = new Float64Array(0);
  /** Does step s depend on constant j? Bit j. */
  #mask = new Int32Array(0);
  #residual: Float64Array;
  /** Runs of the program, for the books. */
  evaluations = 0;

  constructor(samples: Samples) {
    this.#samples = samples;
    this.#m = samples.points.length;
    this.#residual = new Float64Array(this.#m);
  }

  #load({ steps, constants }: Program): void {
    const n = steps.length;
    this.#steps = n;
    this.#k = constants;
    if (this.#op.length < n) {
      this.#op = new Uint8Array(n);
      this.#left = new Int32Array(n);
      this.#right = new Int32Array(n);
      this.#mask = new Int32Array(n);
      this.#values = new Float64Array((n + 1) * this.#m);
    }
    if (this.#slopes.length < n * constants * this.#m) this.#slopes = new Float64Array(n * constants * this.#m);
    this.#values.set(this.#samples.points);
    steps.forEach(({ op, left, right }, s) => {
      this.#op[s] = OPERATIONS[op];
      this.#left[s] = left;
      this.#right[s] = right;
      let mask = 0;
      for (const operand of [left, right])
        mask |= operand < 0 ? 1 << (-operand - 1) : operand > 0 ? this.#mask[operand - 1] : 0;
      this.#mask[s] = mask;
    });
  }

  /** Values only; the sum of squares of the weighted errors, NaN or infinite where the program has a pole at a point. */
  #evaluate(c: Float64Array): number {
    this.evaluations++;
    const m = this.#m;
    const v = this.#values;
    for (let s = 0; s < this.#steps; s++) {
      const out = (s + 1) * m;
      const l = this.#left[s];
      const r = this.#right[s];
      const a = l * m;
      const b = r * m;
      const constant = l < 0 ? c[-l - 1] : r < 0 ? c[-r - 1] : 0;
      switch (this.#op[s]) {
        case 0:
          if (r < 0) for (let i = 0; i < m; i++) v[out + i] = v[a + i] + constant;
          else for (let i = 0; i < m; i++) v[out + i] = v[a + i] + v[b + i];
          break;
        case 1:
          if (l < 0) for (let i = 0; i < m; i++) v[out + i] = constant - v[b + i];
          else for (let i = 0; i < m; i++) v[out + i] = v[a + i] - v[b + i];
          break;
        case 2:
          if (r < 0) for (let i = 0; i < m; i++) v[out + i] = v[a + i] * constant;
          else for (let i = 0; i < m; i++) v[out + i] = v[a + i] * v[b + i];
          break;
        case 3:
          if (l < 0) for (let i = 0; i < m; i++) v[out + i] = constant / v[b + i];
          else for (let i = 0; i < m; i++) v[out + i] = v[a + i] / v[b + i];
          break;
        default:
          for (let i = 0; i < m; i++) v[out + i] = Math.sqrt(v[a + i]);
      }
    }
    const { goal, weight } = this.#samples;
    const last = this.#steps * m;
    let sum = 0;
    for (let i = 0; i < m; i++) {
      const e = (v[last + i] - goal[i]) * weight[i];
      this.#residual[i] = e;
      sum += e * e;
    }
    return sum;
  }

  /** Derivatives at the values of the last evaluation. */
  #differentiate(c: Float64Array): void {
    const m = this.#m;
    const k = this.#k;
    const v = this.#values;
    const d = this.#slopes;
    for (let s = 0; s < this.#steps; s++) {
      const l = this.#left[s];
      const r = this.#right[s];
      const op = this.#op[s];
      const left = l > 0 ? this.#mask[l - 1] : 0;
      const right = op === 4 ? 0 : r > 0 ? this.#mask[r - 1] : 0;
      const own = l < 0 ? -l - 1 : r < 0 ? -r - 1 : -1;
      for (let j = 0; j < k; j++) {
        if ((this.#mask[s] & (1 << j)) === 0) continue;
        const out = (s * k + j) * m;
        const byLeft = (left & (1 << j)) !== 0;
        const byRight = (right & (1 << j)) !== 0;
        const da = ((l - 1) * k + j) * m;
        const db = ((r - 1) * k + j) * m;
        const a = l * m;
        const b = r * m;
        const y = (s + 1) * m;
        if (j === own) {
          // The step's own constant, of which its other operand does not depend.
          if (op === 0 || op === 1) d.fill(1, out, out + m);
          else if (op === 2) for (let i = 0; i < m; i++) d[out + i] = v[a + i];
          else for (let i = 0; i < m; i++) d[out + i] = 1 / v[b + i];
          continue;
        }
        const ca = l < 0 ? c[-l - 1] : 0;
        const cb = r < 0 ? c[-r - 1] : 0;
        if (op === 0 || op === 1) {
          const sign = op === 0 ? 1 : -1;
          if (byLeft && byRight) for (let i = 0; i < m; i++) d[out + i] = d[da + i] + sign * d[db + i];
          else if (byLeft) for (let i = 0; i < m; i++) d[out + i] = d[da + i];
          else for (let i = 0; i < m; i++) d[out + i] = sign * d[db + i];
        } else if (op === 2) {
          if (byLeft && byRight) for (let i = 0; i < m; i++) d[out + i] = d[da + i] * v[b + i] + v[a + i] * d[db + i];
          else if (byLeft) {
            if (r < 0) for (let i = 0; i < m; i++) d[out + i] = d[da + i] * cb;
            else for (let i = 0; i < m; i++) d[out + i] = d[da + i] * v[b + i];
          } else for (let i = 0; i < m; i++) d[out + i] = v[a + i] * d[db + i];
        } else if (op === 3) {
          if (l < 0) for (let i = 0; i < m; i++) d[out + i] = (-ca * d[db + i]) / (v[b + i] * v[b + i]);
          else if (byLeft && byRight)
            for (let i = 0; i < m; i++) d[out + i] = (d[da + i] - v[y + i] * d[db + i]) / v[b + i];
          else if (byLeft) for (let i = 0; i < m; i++) d[out + i] = d[da + i] / v[b + i];
          else for (let i = 0; i < m; i++) d[out + i] = (-v[y + i] * d[db + i]) / v[b + i];
        } else for (let i = 0; i < m; i++) d[out + i] = (0.5 * d[da + i]) / v[y + i];
      }
    }
  }

  /** From the constants given to a minimum nearby. Undefined where the program has no finite value at some point. */
  descend(program: Program, start: Float64Array, iterations: number): Fitted | undefined {
    this.#load(program);
    const k = this.#k;
    const m = this.#m;
    const { weight } = this.#samples;
    const c = Float64Array.from(start);
    const trial = new Float64Array(k);
    let cost = this.#evaluate(c);
    if (!Number.isFinite(cost)) return undefined;
    const matrix = new Float64Array((m + k) * (k + 1));
    const triangle = new Float64Array(2 * k * (k + 1));
    const scales = new Float64Array(k);
    const step = new Float64Array(k);
    const bend = new Float64Array(k);
    const residual = new Float64Array(m);
    let damping = 1e-3;
    let growth = 2;
    let slow = 0;
    for (let iteration = 0; iteration < iterations && k > 0; iteration++) {
      this.#differentiate(c);
      const d = this.#slopes;
      const top = (this.#steps - 1) * k * m;
      // Column by column, the residual last; columns are scaled to length one.
      for (let j = 0; j < k; j++) {
        let square = 0;
        for (let i = 0; i < m; i++) {
          const value = d[top + j * m + i] * weight[i];
          matrix[j * m + i] = value;
          square += value * value;
        }
        const length = Math.sqrt(square) || 1;
        scales[j] = length;
        for (let i = 0; i < m; i++) matrix[j * m + i] /= length;
      }
      matrix.set(this.#residual, k * m);
      reflect(matrix, m, k);
      residual.set(this.#residual);
      let accepted = false;
      for (let attempt = 0; attempt < 12; attempt++) {
        // The triangle over a diagonal of the damping's root.
        const rows = 2 * k;
        const root = Math.sqrt(damping);
        for (let j = 0; j <= k; j++)
          for (let i = 0; i < rows; i++)
            triangle[j * rows + i] = i < k ? (i <= j ? matrix[j * m + i] : 0) : i - k === j ? root : 0;
        reflect(triangle, rows, k);
        for (let i = 0; i < k; i++) step[i] = -triangle[k * rows + i];
        backward(triangle, rows, k, step);
        this.#bend(c, step, scales, triangle, trial, residual, bend);
        let [length, turn] = [0, 0];
        for (let j = 0; j < k; j++) {
          length += step[j] ** 2;
          turn += bend[j] ** 2;
        }
        if (turn <= MOST_BEND ** 2 * length) {
          for (let j = 0; j < k; j++) trial[j] = c[j] + (step[j] + bend[j] / 2) / scales[j];
          const next = this.#evaluate(trial);
          if (next < cost) {
            slow = next > 0.995 * cost ? slow + 1 : 0;
            c.set(trial);
            cost = next;
            damping = Math.max(damping / 5, 1e-24);
            growth = 2;
            accepted = true;
            break;
          }
        }
        damping *= growth;
        growth *= 2;
      }
      if (!accepted || slow > 8) break;
    }
    cost = this.#evaluate(c);
    let worst = 0;
    for (let i = 0; i < m; i++) worst = Math.max(worst, Math.abs(this.#residual[i]));
    return Number.isFinite(cost) ? { constants: c, worst } : undefined;
  }

  /**
   * Acceleration along a step v: a with (J'J + damping) a = -J' r_vv, where r_vv is the second derivative of the residuals along
   * v, from a difference (Transtrum and Sethna 2012, "Improvements to the Levenberg-Marquardt algorithm", section 2).
   */
  #bend(
    c: Float64Array,
    v: Float64Array,
    scales: Float64Array,
    triangle: Float64Array,
    trial: Float64Array,
    residual: Float64Array,
    out: Float64Array,
  ): void {
    const k = this.#k;
    const m = this.#m;
    const { weight } = this.#samples;
    const d = this.#slopes;
    const top = (this.#steps - 1) * k * m;
    for (let j = 0; j < k; j++) trial[j] = c[j] + (REACH * v[j]) / scales[j];
    out.fill(0);
    if (!Number.isFinite(this.#evaluate(trial))) {
      out[0] = Infinity;
      return;
    }
    for (let i = 0; i < m; i++) {
      let along = 0;
      for (let j = 0; j < k; j++) along += (d[top + j * m + i] * v[j]) / scales[j];
      const second = (2 / REACH) * ((this.#residual[i] - residual[i]) / REACH - along * weight[i]);
      for (let j = 0; j < k; j++) out[j] -= (d[top + j * m + i] * weight[i] * second) / scales[j];
    }
    const rows = 2 * k;
    for (let i = 0; i < k; i++) {
      let sum = out[i];
      for (let j = 0; j < i; j++) sum -= triangle[i * rows + j] * out[j];
      out[i] = sum / triangle[i * rows + i];
    }
    backward(triangle, rows, k, out);
  }
}

/** How far along a step the bend of the residuals is looked at. */
const REACH = 0.1;
/** A step whose acceleration is a greater share of it is refused. */
const MOST_BEND = 1.5;

/** R x = b in place, R the triangle in columns of `rows` numbers. */
function backward(triangle: Float64Array, rows: number, k: number, x: Float64Array): void {
  for (let i = k - 1; i >= 0; i--) {
    let sum = x[i];
    for (let j = i + 1; j < k; j++) sum -= triangle[j * rows + i] * x[j];
    x[i] = sum / triangle[i * rows + i];
  }
}

/**
 * Householder's reflections: the first k of k + 1 columns of `rows` numbers become a triangle, the last is carried along.
 */
function reflect(a: Float64Array, rows: number, k: number): void {
  for (let j = 0; j < k && j < rows; j++) {
    const column = j * rows;
    let square = 0;
    for (let i = j; i < rows; i++) square += a[column + i] ** 2;
    if (square === 0) continue;
    const head = a[column + j];
    const alpha = head > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    // v = column - alpha e_j, |v|^2 = 2 (square - alpha head).
    const norm = square - alpha * head;
    a[column + j] = head - alpha;
    for (let l = j + 1; l <= k; l++) {
      const other = l * rows;
      let dot = 0;
      for (let i = j; i < rows; i++) dot += a[column + i] * a[other + i];
      const factor = dot / norm;
      for (let i = j; i < rows; i++) a[other + i] -= factor * a[column + i];
    }
    a[column + j] = alpha;
  }
}
