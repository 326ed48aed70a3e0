// The matrix M - c J of implicit methods where there is no Jacobian: products J v are differences of the right-hand side, and
// systems are solved by GMRES without restarts (Brown and Saad 1990, "Hybrid Krylov methods for nonlinear systems of
// equations", section 2), preconditioned by the caller's approximate solve where one is given.
import { massTimes } from "./mass.ts";
import type { NewtonMatrix } from "./newton-matrix.ts";
import type { OdeSystem } from "./system.ts";

/** Vectors of the Krylov space at most. */
const MOST_VECTORS = 60;
/** Residuals are reduced to this share. Inside Newton's iteration more is wasted; stages of Rosenbrock's kind need it. */
const SHARE = 1e-6;

export class KrylovNewton implements NewtonMatrix {
  readonly kind = "krylov";
  readonly factorCost = 1;
  readonly operations: { readonly factor: number; readonly solve: number };
  readonly #system: OdeSystem;
  readonly #vector: Float64Array;
  readonly #y: Float64Array;
  readonly #f: Float64Array;
  readonly #moved: Float64Array;
  readonly #basis: Float64Array[] = [];
  readonly #image: Float64Array;
  #t = 0;
  #c = 0;
  /** Products with the matrix so far. */
  products = 0;

  constructor(system: OdeSystem) {
    this.#system = system;
    [this.#vector, this.#y, this.#f, this.#moved, this.#image] = Array.from({ length: 5 }, () => system.vector());
    this.operations = { factor: 0, solve: 20 * (system.cost.rhs + 40 * system.n) };
  }

  vector(): Float64Array {
    return this.#vector;
  }

  evaluate(t: number, y: Float64Array): void {
    this.#t = t;
    this.#y.set(y);
    this.#system.rhs(t, this.#y, this.#f);
  }

  factor(c: number): boolean {
    this.#c = c;
    return this.#system.preconditioner?.prepare(this.#t, this.#y, c) ?? true;
  }

  /** out = (M - c J) v */
  #product(v: Float64Array, out: Float64Array): void {
    const { mass } = this.#system;
    const y = this.#y;
    const moved = this.#moved;
    const n = y.length;
    let size = 0;
    let scale = 0;
    for (let i = 0; i < n; i++) {
      size += v[i] * v[i];
      scale += y[i] * y[i];
    }
    const step = (Math.sqrt(Number.EPSILON) * Math.max(Math.sqrt(scale), 1e-8)) / Math.sqrt(size || 1);
    for (let i = 0; i < n; i++) moved[i] = y[i] + step * v[i];
    this.#system.rhs(this.#t, moved, out);
    this.products++;
    const share = this.#c / step;
    if (mass === undefined) for (let i = 0; i < n; i++) out[i] = v[i] - share * (out[i] - this.#f[i]);
    else {
      massTimes(mass, v, moved);
      for (let i = 0; i < n; i++) out[i] = moved[i] - share * (out[i] - this.#f[i]);
    }
  }

  solve(b: Float64Array): void {
    const n = b.length;
    const precondition = this.#system.preconditioner;
    const basis = this.#basis;
    const vectorAt = (k: number): Float64Array => (basis[k] ??= new Float64Array(n));
    const start = norm(b);
    if (start === 0) return;
    const first = vectorAt(0);
    for (let i = 0; i < n; i++) first[i] = b[i] / start;
    // Columns of the triangular factor, the rotations and the right side.
    const columns: Float64Array[] = [];
    const rotations: [number, number][] = [];
    const right = [start];
    const limit = Math.min(MOST_VECTORS, n);
    let count = 0;
    for (let k = 0; k < limit; k++) {
      const w = vectorAt(k + 1);
      this.#image.set(basis[k]);
      precondition?.solve(this.#image);
      this.#product(this.#image, w);
      const column = new Float64Array(k + 2);
      for (let j = 0; j <= k; j++) {
        const v = basis[j];
        let dot = 0;
        for (let i = 0; i < n; i++) dot += v[i] * w[i];
        column[j] = dot;
        for (let i = 0; i < n; i++) w[i] -= dot * v[i];
      }
      const rest = norm(w);
      column[k + 1] = rest;
      if (rest > 0) for (let i = 0; i < n; i++) w[i] /= rest;
      rotations.forEach(([cosine, sine], j) => {
        const upper = column[j];
        column[j] = cosine * upper + sine * column[j + 1];
        column[j + 1] = cosine * column[j + 1] - sine * upper;
      });
      const length = Math.hypot(column[k], rest);
      if (!(length > 0)) break;
      const [cosine, sine] = [column[k] / length, rest / length];
      rotations.push([cosine, sine]);
      column[k] = length;
      columns.push(column);
      right.push(-sine * right[k]);
      right[k] *= cosine;
      count = k + 1;
      if (Math.abs(right[k + 1]) <= SHARE * start) break;
    }
    const weights = new Float64Array(count);
    for (let k = count - 1; k >= 0; k--) {
      let sum = right[k];
      for (let j = k + 1; j < count; j++) sum -= columns[j][k] * weights[j];
      weights[k] = sum / columns[k][k];
    }
    b.fill(0);
    for (let k = 0; k < count; k++) for (let i = 0; i < n; i++) b[i] += weights[k] * basis[k][i];
    precondition?.solve(b);
  }

  dispose(): void {}
}

function norm(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}
