// Deflated conjugate gradients (Saad, Yeung, Erhel, Guyomarc'h 2000): the residual is kept orthogonal to given vectors W, such as
// approximate eigenvectors of the smallest eigenvalues, or indicators of subdomains; the steps then depend on the rest of the spectrum.
// Costs one product a vector at the start, and two vectors of W's size to keep.
import { Failure } from "../../base/index.ts";
import { DenseLU } from "../dense-lu.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { checkVector, type IterativeOptions, iterate, type Run, type RunEnd } from "./iteration.ts";
import type { Basis } from "./vector-space.ts";

export interface DeflatedOptions extends IterativeOptions {
  /** Independent vectors, fewer than the order of the matrix. */
  readonly deflation: readonly Float64Array[];
}

/** Steps between projections of the residual. */
const PROJECT_EVERY = 10;

/** The matrix, and the preconditioner if any, are symmetric and positive definite. */
export function deflatedCg(operator: LinearOperator, b: Float64Array, options: DeflatedOptions): IterativeResult {
  const { deflation } = options;
  const count = deflation.length;
  deflation.forEach((v, k) => checkVector(`deflation vector ${k}`, v, operator.rows));
  if (count > operator.rows) throw new Failure("usage", `${count} deflation vectors for ${operator.rows} unknowns`);
  return iterate(operator, b, options, (n) => ({
    name: `deflated cg(${count})`,
    doubles: (2 * count + 4) * (n + 2),
    symmetric: true,
    start(run) {
      const { space } = run;
      const [w, aw] = [space.basis(n, count), space.basis(n, count)];
      const h = new Float64Array(count);
      for (let k = 0; k < count; k++) {
        w.vectors[k].set(deflation[k]);
        const before = space.norm(w.vectors[k]);
        const norm = space.orthogonalise(w, k, w.vectors[k], h);
        if (!(norm > 1e-12 * before)) throw new Failure("domain", `deflation vector ${k} depends on those before it`);
        space.scale(1 / norm, w.vectors[k], w.vectors[k]);
        run.apply(w.vectors[k], aw.vectors[k]);
      }
      const coarse = new DenseLU(count, { target: "js" });
      const matrix = new Float64Array(count * count);
      for (let j = 0; j < count; j++) {
        space.dots(w, count, aw.vectors[j], h);
        for (let i = 0; i < count; i++) matrix[i * count + j] = h[i];
      }
      const singular = count > 0 && coarse.factor(matrix) >= 0;
      const [p, q, z] = [0, 1, 2].map(() => space.vector(n));
      return () =>
        singular
          ? { breakdown: "W^T A W is singular: the matrix is not positive definite", final: true }
          : cycle(run, { w, aw, count, coarse, p, q, z });
    },
  }));
}

interface Deflation {
  readonly w: Basis;
  readonly aw: Basis;
  readonly count: number;
  readonly coarse: DenseLU;
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly z: Float64Array;
}

function cycle(run: Run, { w, aw, count, coarse, p, q, z }: Deflation): RunEnd {
  const { space, x, r } = run;
  const h = new Float64Array(count);
  const solved = (basis: Basis, v: Float64Array): Float64Array => {
    space.dots(basis, count, v, h);
    if (count > 0) coarse.solve(h);
    return h;
  };
  // r becomes orthogonal to W; rounding errors undo it slowly, and the steps then grow again.
  const project = (): void => {
    solved(w, r);
    space.combine(w, count, h, 1, x);
    space.combine(aw, count, h, -1, r);
  };
  project();
  run.precondition(r, z);
  let rz = space.dot(r, z);
  p.set(z);
  space.combine(w, count, solved(aw, z), -1, p);
  for (let step = 1; ; step++) {
    if (space.norm(r) <= run.goal) return run.step(space.norm(r)) ?? "goal";
    const pq = run.applyDot(p, q);
    if (!(pq > 0 && rz > 0))
      return { breakdown: `p.Ap = ${pq.toPrecision(3)}, r.M^-1 r = ${rz.toPrecision(3)}: not positive definite`, final: true };
    const end = run.step(space.advance(rz / pq, p, q, x, r));
    if (end) return end;
    if (step % PROJECT_EVERY === 0) project();
    run.precondition(r, z);
    const next = space.dot(r, z);
    space.xpay(z, next / rz, p);
    space.combine(w, count, solved(aw, z), -1, p);
    rz = next;
  }
} // oxfmt-ignore
