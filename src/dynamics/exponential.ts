// Exponential Rosenbrock method of order 4(3) with three stages: the linear part at each point is solved exactly by functions of
// the Jacobian, so that stiffness of the linear part does not limit the step and no linear systems are solved.
// Source: Hochbruck, Ostermann, Schweitzer 2009, "Exponential Rosenbrock-type methods", SIAM J. Numer. Anal. 47:786-803,
// exprb43 (section 5.2). phi functions: Krylov spaces (Hochbruck, Lubich 1997), and exp of a bordered matrix (Al-Mohy, Higham
// 2011, theorem 2.1) on them. Time is carried as one more state.
// Output inside a step: a shorter step from its beginning, with the same Jacobian. No polynomial follows what happens in a step
// that the linear part has made long.
import { exponential } from "../linear/dense/expm.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "./vectors.ts";

const MOST_REJECTIONS = 100;
/** Vectors of a Krylov space at most; a step that needs more is made shorter. */
const MOST_VECTORS = 80;
/** Sizes of the space at which its error is looked at. */
const CHECKED_AT = new Set([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, MOST_VECTORS]);
/** Error of the phi functions, as a share of the tolerance. */
const KRYLOV_SHARE = 0.01;

export class ExponentialRosenbrock implements Stepper {
  readonly method = "exprb43";
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  readonly #system: OdeSystem;
  readonly #tolerances: Tolerances;
  readonly #values: Float64Array;
  /** State and time: vectors are one longer than y. */
  readonly #n: number;
  readonly #f: Float64Array;
  readonly #ft: Float64Array;
  readonly #before: Float64Array;
  readonly #fBefore: Float64Array;
  readonly #w: Float64Array;
  /** The last point asked for inside the last step. */
  #inside: { readonly t: number; readonly y: Float64Array } | undefined;

  constructor(system: OdeSystem, t: number, y0: Float64Array, span: number, tolerances: Tolerances) {
    this.#system = system;
    this.#tolerances = tolerances;
    this.#n = system.n;
    this.#values = system.vector(Math.max(1, system.pattern.rowIdx.length));
    this.t = this.tBefore = t;
    [this.y, this.#f, this.#ft, this.#before, this.#fBefore, this.#w] = Array.from({ length: 6 }, () =>
      system.vector(),
    );
    this.y.set(y0);
    errorWeights(tolerances, this.y, this.#w);
    system.rhs(t, this.y, this.#f);
    checkStart(system, t, this.y, this.#f);
    this.h = firstStep(system, t, this.y, this.#f, this.#w, 4, span, [system.vector(), system.vector()]);
    this.stats.rhs += 2;
  }

  step(): void {
    const { stats } = this;
    this.#system.jacobian(this.t, this.y, this.#values);
    this.#system.timeDerivative?.(this.t, this.y, this.#ft);
    stats.jacobians++;
    errorWeights(this.#tolerances, this.y, this.#w);
    for (let rejections = 0; ; rejections++) {
      if (!(this.h > 8 * Number.EPSILON * Math.abs(this.t)) || this.h < 1e-290 || rejections > MOST_REJECTIONS)
        throw stepUnderflow("exprb43", this.t, this.h, this.#system.names, this.y, this.#f);
      const tried = this.#attempt(this.t, this.y, this.#f, this.h);
      if (tried === undefined) {
        stats.rejected++;
        this.h *= 0.5;
        continue;
      }
      const { next, error } = tried;
      const factor = error > 0 ? Math.min(5, Math.max(0.2, 0.9 * error ** -0.25)) : error === 0 ? 5 : 0.2;
      if (error <= 1) {
        this.#before.set(this.y);
        this.#fBefore.set(this.#f);
        this.tBefore = this.t;
        this.t += this.h;
        this.#inside = undefined;
        this.y.set(next.subarray(0, this.#n));
        this.#system.rhs(this.t, this.y, this.#f);
        stats.rhs++;
        stats.steps++;
        this.h *= rejections > 0 ? Math.min(1, factor) : factor;
        return;
      }
      stats.rejected++;
      this.h *= Math.min(0.9, factor);
    }
  }

  /** J v of the system with time: (J v + f_t v_t; 0). */
  #product(v: Float64Array, out: Float64Array): void {
    const n = this.#n;
    const { colPtr, rowIdx } = this.#system.pattern;
    const values = this.#values;
    out.fill(0);
    for (let j = 0; j < n; j++) {
      const vj = v[j];
      if (vj !== 0) for (let p = colPtr[j]; p < colPtr[j + 1]; p++) out[rowIdx[p]] += values[p] * vj;
    }
    if (this.#system.timeDerivative !== undefined && v[n] !== 0)
      for (let i = 0; i < n; i++) out[i] += this.#ft[i] * v[n];
  }

  /** The new point and its error; undefined where a Krylov space did not suffice. */
  #attempt(
    t: number,
    y: Float64Array,
    f: Float64Array,
    h: number,
  ): { readonly next: Float64Array; readonly error: number } | undefined {
    const n = this.#n;
    const { stats } = this;
    const F = new Float64Array(n + 1);
    F.set(f);
    F[n] = 1;
    // phi_1 at h/2 and at h from one space.
    const first = this.#phi(F, h, [[1, 0.5], [1, 1]]); // oxfmt-ignore
    if (first === undefined) return undefined;
    const [half, whole] = first;
    const moved = new Float64Array(n);
    const image = new Float64Array(n);
    const product = new Float64Array(n + 1);
    /** N(U) - N(y): what f adds to its linear part at the stage y + u. */
    const rest = (u: Float64Array): Float64Array => {
      for (let i = 0; i < n; i++) moved[i] = y[i] + u[i];
      this.#system.rhs(t + u[n], moved, image);
      stats.rhs++;
      this.#product(u, product);
      const d = new Float64Array(n + 1);
      for (let i = 0; i < n; i++) d[i] = image[i] - f[i] - product[i];
      return d;
    };
    const u2 = half.map((value) => 0.5 * h * value);
    const D2 = rest(u2);
    const second = this.#phi(D2, h, [[1, 1], [3, 1], [4, 1]]); // oxfmt-ignore
    if (second === undefined) return undefined;
    const u3 = whole.map((value, i) => h * (value + second[0][i]));
    const D3 = rest(u3);
    const third = this.#phi(D3, h, [[3, 1], [4, 1]]); // oxfmt-ignore
    if (third === undefined) return undefined;
    const next = new Float64Array(n + 1);
    const { relative, absolute } = this.#tolerances;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const embedded = h * (whole[i] + 16 * second[1][i] - 2 * third[0][i]);
      const correction = h * (-48 * second[2][i] + 12 * third[1][i]);
      next[i] = y[i] + embedded + correction;
      const part = correction / (relative * Math.max(Math.abs(y[i]), Math.abs(next[i])) + absolute[i]);
      sum += part * part;
    }
    return { next, error: Math.sqrt(sum / n) };
  }

  /**
   * phi_k(c h J) b for several (k, c), from one Krylov space of J and b. The space grows until the estimated error of the last
   * vector's share, h times the tolerance's units, is small; undefined at its limit.
   */
  #phi(b: Float64Array, h: number, wanted: readonly (readonly [k: number, c: number])[]): Float64Array[] | undefined {
    const size = b.length;
    const beta = Math.sqrt(b.reduce((sum, value) => sum + value * value, 0));
    if (beta === 0) return wanted.map(() => new Float64Array(size));
    if (!(beta < Infinity)) return undefined;
    const limit = Math.min(MOST_VECTORS, size);
    const V = [b.map((value) => value / beta)];
    const H: Float64Array[] = [];
    for (let m = 1; ; m++) {
      const w = new Float64Array(size);
      this.#product(V[m - 1], w);
      this.stats.solves++;
      const column = new Float64Array(m + 1);
      for (let pass = 0; pass < 2; pass++)
        for (let j = 0; j < m; j++) {
          const v = V[j];
          let dot = 0;
          for (let i = 0; i < size; i++) dot += v[i] * w[i];
          column[j] += dot;
          for (let i = 0; i < size; i++) w[i] -= dot * v[i];
        }
      const length = Math.sqrt(w.reduce((sum, value) => sum + value * value, 0));
      column[m] = length;
      H.push(column);
      const complete = m >= size || length <= 1e-14 * Math.abs(column[m - 1] || 1);
      if (!complete && m < limit && !CHECKED_AT.has(m)) {
        V.push(w.map((value) => value / length));
        continue;
      }
      const most = Math.max(...wanted.map(([k]) => k)) + 1;
      const shares = [...new Set(wanted.map(([, c]) => c))];
      const found = new Map(shares.map((c) => [c, phiColumns(H, m, c * h, most)]));
      const weights = ([k, c]: readonly [number, number]): Float64Array => found.get(c)![k - 1];
      // The next term of the expansion is about h length |e_m' phi_{k+1} e_1|.
      const next = w.map((value) => (length > 0 ? value / length : 0));
      const unit = this.#units(next);
      const error = Math.max(
        ...wanted.map(([k, c]) => Math.abs(h * beta * c * h * length * weights([k + 1, c])[m - 1]) * unit),
      );
      if (complete || error <= KRYLOV_SHARE)
        return wanted.map((each) => {
          const out = new Float64Array(size);
          const share = weights(each);
          for (let j = 0; j < m; j++) for (let i = 0; i < size; i++) out[i] += beta * share[j] * V[j][i];
          return out;
        });
      if (m >= limit) return undefined;
      V.push(next);
    }
  }

  /** Size of a vector in units of the tolerance. */
  #units(v: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.#n; i++) sum += (v[i] * this.#w[i]) ** 2;
    return Math.sqrt(sum / this.#n);
  }

  dispose(): void {}

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    if (this.#inside?.t !== t) {
      const step = Math.max(t - this.tBefore, Number.MIN_VALUE);
      const tried = t === this.t ? undefined : this.#attempt(this.tBefore, this.#before, this.#fBefore, step);
      this.#inside = { t, y: tried?.next ?? this.y };
    }
    const count = components?.length ?? this.y.length;
    for (let j = 0; j < count; j++) out[j] = this.#inside.y[components === undefined ? j : components[j]];
  }
}

/** First columns of phi_1 ... phi_k of scale H_m: the last k columns of the exponential of [scale H, e_1, 0; 0, 0, I; 0, 0, 0]. */
function phiColumns(H: readonly Float64Array[], m: number, scale: number, k: number): Float64Array[] {
  const size = m + k;
  const matrix = new Float64Array(size * size);
  for (let j = 0; j < m; j++) for (let i = 0; i <= Math.min(j + 1, m - 1); i++) matrix[i * size + j] = scale * H[j][i];
  matrix[m] = 1;
  for (let i = 1; i < k; i++) matrix[(m + i - 1) * size + m + i] = 1;
  const e = exponential(size, matrix);
  return Array.from({ length: k }, (_, r) => Float64Array.from({ length: m }, (__, i) => e[i * size + m + r]));
}
