// The plain side of claim symbolics, part PDE: the program as one would write it, the time integrator that every stage uses, and
// the dense baseline. FROZEN: what other stages are compared with; changing it changes the claim.
// Problem: reaction and diffusion of three fields on N x N cells with reflecting walls (SymbolicUtils/Symbolics.jl documentation,
// "Automatic parallelization"; Gowda et al. 2022). Integrator: TR-BDF2 with Hosea and Shampine's error estimate (Bank et al. 1985;
// Hosea, Shampine 1996), simplified Newton with factors kept while the step size stays. Dense LU: recursive with partial pivoting
// (Toledo 1997), its products by the packed matrix product of the library.
import { NumericKernels } from "calculemus/compile";

/** Fields A, B, C one after the other, each row by row: A[i][j] = u[N i + j], B and C after N N numbers each. */
export type RightHandSide = (du: Float64Array, u: Float64Array, t: number) => void;

/** The program. Written for people: nothing here is prepared for tracing. */
export function reactionDiffusion(N: number): RightHandSide {
  return (du, u) => {
    const M = N * N;
    for (let i = 0; i < N; i++)
      for (let j = 0; j < N; j++) {
        const k = N * i + j;
        const a = u[k];
        const b = u[M + k];
        const c = u[2 * M + k];
        const up = i > 0 ? u[k - N] : u[k + N];
        const down = i < N - 1 ? u[k + N] : u[k - N];
        const left = j > 0 ? u[k - 1] : u[k + 1];
        const right = j < N - 1 ? u[k + 1] : u[k - 1];
        const alpha = 5 * (j + 1) >= 4 * N ? 1 : 0;
        du[k] = 100 * (up + down + left + right - 4 * a) + alpha - a - a * b + c;
        du[M + k] = 1 - b - a * b + c;
        du[2 * M + k] = 1 - c + a * b - c;
      }
  };
}

/** Solves with I - c J for the Jacobian J of the last `evaluate`. */
export interface NewtonSystem {
  evaluate(t: number, y: Float64Array): void;
  factor(c: number): void;
  /** b becomes the solution. */
  solve(b: Float64Array): void;
}

export interface Run {
  /** The states at the times asked for. */
  readonly states: readonly Float64Array[];
  readonly ms: number;
  readonly steps: number;
  readonly rejected: number;
  readonly rightHandSides: number;
  readonly jacobians: number;
  readonly factorizations: number;
  readonly solves: number;
}

export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

const GAMMA = 2 - Math.SQRT2;
/** Both implicit stages have the diagonal D h. */
const D = GAMMA / 2;
const W = Math.SQRT2 / 4;
/** Weights of order 3 minus those of the method. */
const E = [(1 - W) / 3 - W, (3 * W + 1) / 3 - W, D / 3 - D] as const;

const MOST_ITERATIONS = 10;
/** Newton ends when what is left is below this share of the tolerance. */
const NEWTON = 0.01;

/** TR-BDF2 from y0 at 0 to the last of the times. */
export function trBdf2(
  rhs: RightHandSide,
  newton: NewtonSystem,
  y0: Float64Array,
  times: readonly number[],
  { relative, absolute }: Tolerance,
): Run {
  const begin = performance.now();
  const n = y0.length;
  const end = times[times.length - 1];
  const [y, f, middle, fMiddle, next, fNext, known, residual] = Array.from({ length: 8 }, () => new Float64Array(n));
  const counts = { steps: 0, rejected: 0, rightHandSides: 0, jacobians: 0, factorizations: 0, solves: 0 };
  const states: Float64Array[] = [];
  y.set(y0);
  const call = (t: number, at: Float64Array, out: Float64Array): void => {
    rhs(out, at, t);
    counts.rightHandSides++;
  };
  const norm = (v: Float64Array, scale: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (v[i] / (absolute + relative * Math.abs(scale[i]))) ** 2;
    return Math.sqrt(sum / n);
  };
  call(0, y, f);
  let t = 0;
  // A first step that moves by a hundredth of the tolerated scale, as is usual (Hairer, Norsett, Wanner 1993, II.4).
  let h = Math.min(end, 0.01 / Math.max(norm(f, y) * relative, 1e-10));
  let factored = 0;
  let fresh = false;
  const evaluate = (): void => {
    newton.evaluate(t, y);
    counts.jacobians++;
    fresh = true;
    factored = 0;
  };
  evaluate();
  /** x = known + D h f(t, x) by simplified Newton; f at the solution in fx. */
  const stage = (time: number, x: Float64Array, fx: Float64Array): boolean => {
    let before = Infinity;
    let rate = 0.5;
    for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      call(time, x, fx);
      for (let i = 0; i < n; i++) residual[i] = known[i] + D * h * fx[i] - x[i];
      newton.solve(residual);
      counts.solves++;
      for (let i = 0; i < n; i++) x[i] += residual[i];
      const size = norm(residual, y);
      if (!Number.isFinite(size)) return false;
      if (iteration > 0) rate = Math.max(0.3 * rate, size / before);
      if (rate >= 1) return false;
      if ((size * rate) / (1 - rate) < NEWTON) {
        // The slope that the stage stands for.
        for (let i = 0; i < n; i++) fx[i] = (x[i] - known[i]) / (D * h);
        return true;
      }
      before = size;
    }
    return false;
  };
  while (t < end) {
    if (h < 1e-14 * Math.max(t, 1e-10)) throw new Error(`the step size vanishes at t = ${t}`);
    if (factored !== h) {
      newton.factor(D * h);
      counts.factorizations++;
      factored = h;
    }
    for (let i = 0; i < n; i++) known[i] = y[i] + D * h * f[i];
    middle.set(y);
    let converged = stage(t + GAMMA * h, middle, fMiddle);
    if (converged) {
      for (let i = 0; i < n; i++) {
        known[i] = y[i] + h * W * (f[i] + fMiddle[i]);
        next[i] = middle[i];
      }
      converged = stage(t + h, next, fNext);
    }
    if (!converged) {
      counts.rejected++;
      if (fresh) h /= 4;
      else evaluate();
      continue;
    }
    for (let i = 0; i < n; i++) residual[i] = h * (E[0] * f[i] + E[1] * fMiddle[i] + E[2] * fNext[i]);
    newton.solve(residual);
    counts.solves++;
    const error = norm(residual, next);
    const factor = Math.min(5, Math.max(0.2, 0.9 * error ** (-1 / 3)));
    if (error > 1) {
      counts.rejected++;
      h *= factor;
      continue;
    }
    const to = t + h;
    while (states.length < times.length && times[states.length] <= to) {
      const x = (times[states.length] - t) / h;
      const [p, q, r, s] = [(1 + 2 * x) * (1 - x) ** 2, x * (1 - x) ** 2, x * x * (3 - 2 * x), x * x * (x - 1)];
      states.push(y.map((value, i) => p * value + h * (q * f[i] + s * fNext[i]) + r * next[i]));
    }
    t = to;
    y.set(next);
    f.set(fNext);
    counts.steps++;
    fresh = false;
    // Small changes do not pay for new factors.
    if (factor > 1.2) {
      h *= factor;
      evaluate();
    }
  }
  return { states, ms: performance.now() - begin, ...counts };
}

/** Columns that are eliminated one by one. */
const NARROW = 16;

function exchange(list: Float64Array, a: number, b: number, length: number): void {
  for (let j = 0; j < length; j++) {
    const value = list[a + j];
    list[a + j] = list[b + j];
    list[b + j] = value;
  }
}

/** P A = L U of a matrix given by rows, in place; products of blocks by `NumericKernels`. */
export class BlockedLU {
  readonly #n: number;
  readonly #kernels: NumericKernels<Float64Array>;
  /** By rows, and one row more, so that blocks may end with their last row. */
  readonly matrix: Float64Array;
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  readonly #panel: Float64Array;
  readonly #swap: Int32Array;

  constructor(n: number) {
    this.#n = n;
    const half = Math.ceil(n / 2);
    this.#kernels = new NumericKernels({ bytes: 8 * (n * n + n + 2 * n * half) + (16 << 20) });
    this.matrix = this.#kernels.array(n * n + n);
    this.#left = this.#kernels.array(n * half);
    this.#right = this.#kernels.array(n * half);
    this.#panel = new Float64Array(n * NARROW);
    this.#swap = new Int32Array(n);
  }

  factor(): void {
    this.#columns(0, this.#n);
  }

  /** Columns from .. from + width - 1, rows from `from` on. */
  #columns(from: number, width: number): void {
    if (width <= NARROW) {
      this.#narrow(from, width);
      return;
    }
    const first = width >> 1;
    this.#columns(from, first);
    this.#triangular(from, first, from + first, width - first);
    this.#update(from + first, from, first, from + first, width - first, this.#n);
    this.#columns(from + first, width - first);
  }

  /** Columns in which all rows below take part; they are brought together, row after row, for that time. */
  #narrow(from: number, width: number): void {
    const n = this.#n;
    const a = this.matrix;
    const p = this.#panel;
    const rows = n - from;
    for (let i = 0; i < rows; i++) for (let j = 0; j < width; j++) p[i * width + j] = a[(from + i) * n + from + j];
    for (let k = 0; k < width; k++) {
      let at = k;
      let largest = Math.abs(p[k * width + k]);
      for (let i = k + 1; i < rows; i++) {
        const size = Math.abs(p[i * width + k]);
        if (size > largest) {
          largest = size;
          at = i;
        }
      }
      if (!(largest > 0)) throw new Error("the matrix is singular");
      this.#swap[from + k] = from + at;
      if (at !== k) {
        exchange(p, k * width, at * width, width);
        exchange(a, (from + k) * n, (from + at) * n, n);
      }
      const pivot = p[k * width + k];
      for (let i = k + 1; i < rows; i++) {
        const row = i * width;
        const factor = (p[row + k] /= pivot);
        for (let j = k + 1; j < width; j++) p[row + j] -= factor * p[k * width + j];
      }
    }
    for (let i = 0; i < rows; i++) for (let j = 0; j < width; j++) a[(from + i) * n + from + j] = p[i * width + j];
  }

  /** Rows from .. from + size - 1 of columns `column` .. : solved with the unit triangle of the block at (from, from). */
  #triangular(from: number, size: number, column: number, width: number): void {
    const n = this.#n;
    const a = this.matrix;
    if (size > NARROW) {
      const first = size >> 1;
      this.#triangular(from, first, column, width);
      this.#update(from + first, from, first, column, width, from + size);
      this.#triangular(from + first, size - first, column, width);
      return;
    }
    for (let i = from + 1; i < from + size; i++)
      for (let k = from; k < i; k++) {
        const factor = a[i * n + k];
        const [to, row] = [i * n + column, k * n + column];
        for (let j = 0; j < width; j++) a[to + j] -= factor * a[row + j];
      }
  }

  /** Block of rows `row` .. `last` - 1 and columns `column` .. minus its left block (columns from ..) times the upper one. */
  #update(row: number, from: number, inner: number, column: number, width: number, last: number): void {
    const n = this.#n;
    const [m, a] = [last - row, this.matrix];
    for (let i = 0; i < m; i++)
      this.#left.set(a.subarray((row + i) * n + from, (row + i) * n + from + inner), i * inner);
    for (let k = 0; k < inner; k++) this.#right.set(a.subarray((from + k) * n + column, (from + k) * n + column + width), k * width); // oxfmt-ignore
    this.#kernels.gemm(this.#left, this.#right, { m, n: width, k: inner, alpha: -1, beta: 1, ldc: n, c: a.subarray(row * n + column) }); // oxfmt-ignore
  }

  /** b becomes A^-1 b. */
  solve(b: Float64Array): void {
    const n = this.#n;
    const a = this.matrix;
    for (let k = 0; k < n; k++) {
      const value = b[k];
      b[k] = b[this.#swap[k]];
      b[this.#swap[k]] = value;
    }
    for (let i = 0; i < n; i++) {
      let sum = b[i];
      for (let j = 0; j < i; j++) sum -= a[i * n + j] * b[j];
      b[i] = sum;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = b[i];
      for (let j = i + 1; j < n; j++) sum -= a[i * n + j] * b[j];
      b[i] = sum / a[i * n + i];
    }
  }

  dispose(): void {
    this.#kernels.dispose();
  }
}

const STEP = Math.sqrt(Number.EPSILON);

/** The baseline: one difference a column, dense factors. */
export class DenseDifferences implements NewtonSystem {
  readonly #rhs: RightHandSide;
  readonly #n: number;
  /** By rows. */
  readonly #jacobian: Float64Array;
  readonly #lu: BlockedLU;

  constructor(rhs: RightHandSide, n: number) {
    this.#rhs = rhs;
    this.#n = n;
    this.#jacobian = new Float64Array(n * n);
    this.#lu = new BlockedLU(n);
  }

  evaluate(t: number, y: Float64Array): void {
    const n = this.#n;
    const J = this.#jacobian;
    const [f, moved] = [new Float64Array(n), new Float64Array(n)];
    const x = y.slice();
    this.#rhs(f, x, t);
    for (let j = 0; j < n; j++) {
      x[j] = y[j] + STEP * Math.max(1, Math.abs(y[j]));
      const step = x[j] - y[j];
      this.#rhs(moved, x, t);
      x[j] = y[j];
      for (let i = 0; i < n; i++) J[i * n + j] = (moved[i] - f[i]) / step;
    }
  }

  factor(c: number): void {
    const n = this.#n;
    const { matrix } = this.#lu;
    for (let k = 0; k < n * n; k++) matrix[k] = -c * this.#jacobian[k];
    for (let i = 0; i < n; i++) matrix[i * n + i] += 1;
    this.#lu.factor();
  }

  solve(b: Float64Array): void {
    this.#lu.solve(b);
  }

  dispose(): void {
    this.#lu.dispose();
  }
}
