// GMRES(m) with right preconditioning and its flexible variant (Saad, Schultz 1986; Saad 1993; Saad 2003, algorithms 9.5, 9.6), for any
// square matrix. Right preconditioning keeps the true residual in the recurrence. The basis is made by classical Gram-Schmidt, done
// twice where much cancels. Memory: m + 1 vectors, twice that for the flexible one. A restart begins from the computed residual.
import { Failure } from "../../base/index.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { type IterativeOptions, iterate, type Method, type Run, type RunEnd } from "./iteration.ts";
import type { Basis } from "./vector-space.ts";

export interface GmresOptions extends IterativeOptions {
  /** Vectors of the basis before a restart. Default 40. */
  readonly restart?: number;
}

/** The preconditioner is one fixed map. */
export function gmres(operator: LinearOperator, b: Float64Array, options: GmresOptions = {}): IterativeResult {
  return iterate(operator, b, options, (n) => method(n, options, false));
}

/** The preconditioner may be another map at each step. */
export function fgmres(operator: LinearOperator, b: Float64Array, options: GmresOptions = {}): IterativeResult {
  return iterate(operator, b, options, (n) => method(n, options, true));
}

function method(n: number, { restart = 40, preconditioner }: GmresOptions, flexible: boolean): Method {
  if (!(Number.isInteger(restart) && restart >= 1)) throw new Failure("usage", `GMRES: a restart of ${restart}`, { hint: "Use 20 to 100." }); // oxfmt-ignore
  const m = Math.max(1, Math.min(restart, n));
  const keeps = flexible && preconditioner !== undefined;
  return {
    name: `${flexible ? "f" : ""}gmres(${m})`,
    doubles: (m + 3 + (keeps ? m : 0)) * (n + 2),
    start(run) {
      const { space } = run;
      const v = space.basis(n, m + 1);
      const z = keeps ? space.basis(n, m) : undefined;
      const work = preconditioner ? space.vector(n) : undefined;
      return () => cycle(run, v, z, work, m);
    },
  };
}

function cycle(run: Run, v: Basis, z: Basis | undefined, work: Float64Array | undefined, m: number): RunEnd {
  const { space, x, r } = run;
  const rotations = new Rotations(m);
  space.scale(1 / run.norm, r, v.vectors[0]);
  rotations.begin(run.norm);
  let end: RunEnd | undefined;
  let count = 0;
  for (let j = 0; j < m && !end; j++) {
    const w = v.vectors[j + 1];
    if (work) {
      const to = z ? z.vectors[j] : work;
      run.precondition(v.vectors[j], to);
      run.apply(to, w);
    } else run.apply(v.vectors[j], w);
    const h = rotations.column(j);
    const size = space.norm(w);
    const next = space.orthogonalise(v, j + 1, w, h);
    if (!Number.isFinite(next)) {
      end = { breakdown: "a product with the matrix or the preconditioner is not finite", final: true };
      break;
    }
    // A remainder of rounding errors alone: the space is invariant.
    const invariant = !(next > 1e-15 * size);
    h[j + 1] = invariant ? 0 : next;
    const usable = rotations.turn(j);
    if (usable) count = j + 1;
    end = run.step(rotations.residual);
    if (invariant) {
      end ??= usable ? "again" : { breakdown: "the Krylov space is invariant and holds no solution: the matrix is singular" };
      if (end === "goal" && !usable) end = { breakdown: "the matrix is singular" };
    } else space.scale(1 / next, w, w);
  }
  const y = rotations.solve(count);
  if (z) space.combine(z, count, y, 1, x);
  else if (work) {
    // x += M^-1 (V y); r is free now.
    r.fill(0);
    space.combine(v, count, y, 1, r);
    run.precondition(r, work);
    space.axpy(1, work, x);
  } else space.combine(v, count, y, 1, x);
  return end ?? "again";
} // oxfmt-ignore

/** The least-squares problem of a Hessenberg matrix that grows by a column, by Givens rotations. */
export class Rotations {
  readonly #columns: Float64Array[];
  readonly #cosine: Float64Array;
  readonly #sine: Float64Array;
  readonly #right: Float64Array;
  /** |right side - H y| with the columns so far. */
  residual = 0;

  constructor(m: number) {
    this.#columns = Array.from({ length: m }, (_, j) => new Float64Array(j + 2));
    this.#cosine = new Float64Array(m);
    this.#sine = new Float64Array(m);
    this.#right = new Float64Array(m + 1);
  }

  /** The right side is `beta` times the first unit vector. */
  begin(beta: number): void {
    this.#right[0] = beta;
    this.residual = Math.abs(beta);
  }

  /** Where column j is to be written: j + 2 elements. */
  column(j: number): Float64Array {
    return this.#columns[j];
  }

  /** Turns the column just written; false if it depends on those before it. */
  turn(j: number): boolean {
    const h = this.#columns[j];
    let size = Math.abs(h[j + 1]);
    for (let i = 0; i < j; i++) {
      const [a, b] = [h[i], h[i + 1]];
      size = Math.max(size, Math.abs(a));
      h[i] = this.#cosine[i] * a + this.#sine[i] * b;
      h[i + 1] = this.#cosine[i] * b - this.#sine[i] * a;
    }
    const length = Math.hypot(h[j], h[j + 1]);
    if (!(length > 1e-15 * size)) return false;
    const [c, s] = [h[j] / length, h[j + 1] / length];
    [this.#cosine[j], this.#sine[j]] = [c, s];
    [h[j], h[j + 1]] = [length, 0];
    this.#right[j + 1] = -s * this.#right[j];
    this.#right[j] *= c;
    this.residual = Math.abs(this.#right[j + 1]);
    return true;
  }

  /** The coefficients of the first `count` columns. */
  solve(count: number): Float64Array {
    const y = this.#right.slice(0, count);
    for (let i = count - 1; i >= 0; i--) {
      for (let j = i + 1; j < count; j++) y[i] -= this.#columns[j][i] * y[j];
      y[i] /= this.#columns[i][i];
    }
    return y;
  }
}
