// GCRO-DR (Parks, de Sturler, Mackey, Johnson, Maiti 2006): restarted GMRES that keeps k vectors from cycle to cycle and from system to
// system. U and C = A M^-1 U, C^T C = I; Arnoldi runs on (I - C C^T) A M^-1; the next U are the harmonic Ritz vectors of smallest value.
// A `Recycler` carries U to the next system, whose matrix may differ: C is made anew by k products. Where M is a diagonal it carries
// M^-1 U, the directions in x: those stay when the scaling of the next system is another. Of other preconditioners M itself is not known.
import { dense, element } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { eigenGeneral, leastSquares, qrFactor } from "../dense/index.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { Rotations } from "./gmres.ts";
import { type IterativeOptions, iterate, type Run, type RunEnd } from "./iteration.ts";
import type { Basis } from "./vector-space.ts";

/** The vectors kept between systems; begin with an empty one. */
export class Recycler {
  vectors: readonly Float64Array[] = [];
}

export interface GcroOptions extends IterativeOptions {
  /** Vectors of a cycle, the kept ones included. Default 40. */
  readonly restart?: number;
  /** Vectors kept. Default 10. */
  readonly keep?: number;
  readonly recycler?: Recycler;
}

export function gcroDr(operator: LinearOperator, b: Float64Array, options: GcroOptions = {}): IterativeResult {
  const { restart = 40, keep = 10, recycler = new Recycler() } = options;
  if (!(Number.isInteger(restart) && Number.isInteger(keep) && keep >= 0 && keep < restart))
    throw new Failure("usage", `gcroDr: a restart of ${restart} with ${keep} vectors kept`, { hint: "Keep fewer than a cycle has." }); // oxfmt-ignore
  return iterate(operator, b, options, (n) => {
    const m = Math.max(1, Math.min(restart, n));
    const k = Math.min(keep, m - 1);
    return {
      name: `gcro-dr(${m}, ${k})`,
      doubles: (m + 3 + 4 * k) * (n + 2),
      start(run) {
        const { space } = run;
        const state: State = {
          m, k, count: 0,
          v: space.basis(n, m + 1),
          u: space.basis(n, k), c: space.basis(n, k),
          nextU: space.basis(n, k), nextC: space.basis(n, k),
          work: space.vector(n),
        }; // oxfmt-ignore
        if (recycler.vectors.length > 0 && recycler.vectors[0].length === n) take(run, state, recycler.vectors);
        return () => {
          const end = cycle(run, state);
          const d = run.preconditioner?.diagonal;
          if (end !== "again") recycler.vectors = state.u.vectors.slice(0, state.count).map((each) => Float64Array.from(each, (u, i) => (d ? u * d[i] : u)));
          return end;
        };
      },
    };
  });
} // oxfmt-ignore

interface State {
  readonly m: number;
  readonly k: number;
  /** Vectors in U and C now. */
  count: number;
  readonly v: Basis;
  u: Basis;
  c: Basis;
  nextU: Basis;
  nextC: Basis;
  readonly work: Float64Array;
}

/** y = A M^-1 x */
function through(run: Run, x: Float64Array, y: Float64Array, work: Float64Array): void {
  if (run.preconditioner) {
    run.precondition(x, work);
    run.apply(work, y);
  } else run.apply(x, y);
}

/** U of another system: C = A M^-1 U made orthonormal, U along with it. */
function take(run: Run, state: State, given: readonly Float64Array[]): void {
  const { space } = run;
  const { u, c, k, work } = state;
  const h = new Float64Array(k);
  for (const vector of given.slice(0, k)) {
    const [uk, ck] = [u.vectors[state.count], c.vectors[state.count]];
    const d = run.preconditioner?.diagonal;
    if (d) for (let i = 0; i < vector.length; i++) uk[i] = vector[i] / d[i];
    else uk.set(vector);
    through(run, uk, ck, work);
    const before = space.norm(ck);
    const norm = space.orthogonalise(c, state.count, ck, h);
    if (!(norm > 1e-10 * before)) continue;
    space.combine(u, state.count, h, -1, uk);
    space.scale(1 / norm, uk, uk);
    space.scale(1 / norm, ck, ck);
    state.count++;
  }
}

function cycle(run: Run, state: State): RunEnd {
  const { space, x, r } = run;
  const { m, v, u, c, count, work } = state;
  // The part of the residual that U removes; t gathers what M^-1 is applied to in the end.
  const first = new Float64Array(count);
  space.dots(c, count, r, first);
  space.combine(c, count, first, -1, r);
  const norm = space.norm(r);
  const length = m - count;
  const rotations = new Rotations(length);
  rotations.begin(norm);
  const columns: Float64Array[] = [];
  const projections: Float64Array[] = [];
  let end: RunEnd | undefined = norm <= run.goal ? "goal" : undefined;
  let usable = 0;
  if (!end) space.scale(1 / norm, r, v.vectors[0]);
  for (let j = 0; j < length && !end; j++) {
    const w = v.vectors[j + 1];
    through(run, v.vectors[j], w, work);
    const size = space.norm(w);
    const b = new Float64Array(count);
    space.orthogonalise(c, count, w, b);
    const h = rotations.column(j);
    const next = space.orthogonalise(v, j + 1, w, h);
    if (!Number.isFinite(next)) {
      end = { breakdown: "a product with the matrix or the preconditioner is not finite", final: true };
      break;
    }
    const invariant = !(next > 1e-15 * size);
    h[j + 1] = invariant ? 0 : next;
    columns.push(h.slice());
    projections.push(b);
    if (rotations.turn(j)) usable = j + 1;
    end = run.step(rotations.residual);
    if (invariant) end ??= usable > j ? "again" : { breakdown: "the Krylov space is invariant and holds no solution: the matrix is singular" };
    else space.scale(1 / next, w, w);
  }
  const y = rotations.solve(usable);
  const along = Float64Array.from(first, (value, i) => value - y.reduce((sum, each, j) => sum + projections[j][i] * each, 0));
  r.fill(0);
  space.combine(u, count, along, 1, r);
  space.combine(v, usable, y, 1, r);
  if (run.preconditioner) {
    run.precondition(r, work);
    space.axpy(1, work, x);
  } else space.axpy(1, r, x);
  if (state.k > 0 && columns.length === length && usable === length) renew(run, state, columns, projections);
  return end ?? "again";
} // oxfmt-ignore

/** The harmonic Ritz vectors of smallest value become the next U; C follows. */
function renew(run: Run, state: State, columns: readonly Float64Array[], projections: readonly Float64Array[]): void {
  const { space } = run;
  const { k, v, u, c, count, nextU, nextC } = state;
  const length = columns.length;
  const size = count + length;
  if (size <= k) return;
  // A M^-1 [U D, V] = [C, V+] G, D scaling U to unit columns; W = [C, V+]^T [U D, V].
  const g = dense(size + 1, size);
  const w = dense(size + 1, size);
  const scale = Float64Array.from({ length: count }, (_, i) => 1 / space.norm(u.vectors[i]));
  const h = new Float64Array(Math.max(count, length + 1));
  for (let j = 0; j < count; j++) {
    g.data[j * size + j] = scale[j];
    space.dots(c, count, u.vectors[j], h);
    for (let i = 0; i < count; i++) w.data[i * size + j] = scale[j] * h[i];
    space.dots(v, length + 1, u.vectors[j], h);
    for (let i = 0; i <= length; i++) w.data[(count + i) * size + j] = scale[j] * h[i];
  }
  for (let j = 0; j < length; j++) {
    for (let i = 0; i < count; i++) g.data[i * size + count + j] = projections[j][i];
    for (let i = 0; i < columns[j].length; i++) g.data[(count + i) * size + count + j] = columns[j][i];
    w.data[(count + j) * size + count + j] = 1;
  }
  // G^T G z = theta G^T W z, so G^+ W z = z / theta: the largest of these.
  const { re, im, vectors } = eigenGeneral(leastSquares(g, w).x, { balance: false });
  const order = Array.from(re, (_, j) => j).filter((j) => im[j] >= 0).sort((i, j) => Math.hypot(re[j], im[j]) - Math.hypot(re[i], im[i]));
  const chosen: Float64Array[] = [];
  for (const j of order) {
    const pair = im[j] > 0;
    if (chosen.length + (pair ? 2 : 1) > k) continue;
    chosen.push(Float64Array.from({ length: size }, (_, i) => element(vectors!, i, j)));
    if (pair) chosen.push(Float64Array.from({ length: size }, (_, i) => vectors!.imaginary![vectors!.offset + i * vectors!.rowStep + j * vectors!.colStep]));
  }
  const kept = chosen.length;
  if (kept === 0) return;
  const p = dense(size, kept);
  chosen.forEach((column, j) => column.forEach((value, i) => (p.data[i * kept + j] = value)));
  const gp = dense(size + 1, kept);
  for (let i = 0; i <= size; i++)
    for (let q = 0; q < size; q++) {
      const value = g.data[i * size + q];
      if (value !== 0) for (let j = 0; j < kept; j++) gp.data[i * kept + j] += value * p.data[q * kept + j];
    }
  const factors = qrFactor(gp);
  const q = factors.q();
  const rr = factors.r;
  for (let j = 0; j < kept; j++) if (!(Math.abs(element(rr, j, j)) > 1e-12 * Math.abs(element(rr, 0, 0)))) return;
  // Columns of P R^-1, from left to right.
  for (let j = 0; j < kept; j++)
    for (let i = 0; i < size; i++) {
      let sum = p.data[i * kept + j];
      for (let l = 0; l < j; l++) sum -= p.data[i * kept + l] * element(rr, l, j);
      p.data[i * kept + j] = sum / element(rr, j, j);
    }
  for (let j = 0; j < kept; j++) {
    const [uk, ck] = [nextU.vectors[j], nextC.vectors[j]];
    uk.fill(0);
    ck.fill(0);
    space.combine(u, count, Float64Array.from({ length: count }, (_, i) => scale[i] * p.data[i * kept + j]), 1, uk);
    space.combine(v, length, Float64Array.from({ length }, (_, i) => p.data[(count + i) * kept + j]), 1, uk);
    space.combine(c, count, Float64Array.from({ length: count }, (_, i) => element(q, i, j)), 1, ck);
    space.combine(v, length + 1, Float64Array.from({ length: length + 1 }, (_, i) => element(q, count + i, j)), 1, ck);
  }
  [state.u, state.nextU, state.c, state.nextC] = [nextU, u, nextC, c];
  state.count = kept;
} // oxfmt-ignore
