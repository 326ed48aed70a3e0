// IDR(s) with bi-orthogonal residuals (Sonneveld, van Gijzen 2008; van Gijzen, Sonneveld 2011, ACM TOMS algorithm 913), right preconditioned,
// for any square matrix: s + 1 products a cycle, each counted as a step. The shadow space is pseudo-random with a fixed seed, orthonormal.
// Omega is kept from vanishing (Sleijpen, van der Vorst 1995).
import { Failure, Random } from "../../base/index.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { type IterativeOptions, iterate, type Run, type RunEnd } from "./iteration.ts";
import type { Basis } from "./vector-space.ts";

export interface IdrOptions extends IterativeOptions {
  /** Dimension of the shadow space. Default 4. */
  readonly s?: number;
}

/** Cosine below which omega is enlarged. */
const KAPPA = 0.7;

export function idr(operator: LinearOperator, b: Float64Array, options: IdrOptions = {}): IterativeResult {
  const { s: wanted = 4 } = options;
  if (!(Number.isInteger(wanted) && wanted >= 1)) throw new Failure("usage", `idr: s is ${wanted}`, { hint: "Use 1 to 8." }); // oxfmt-ignore
  return iterate(operator, b, options, (n) => {
    const s = Math.max(1, Math.min(wanted, n));
    return {
      name: `idr(${s})`,
      doubles: (3 * s + 3) * (n + 2),
      start(run) {
        const [shadow, g, u] = [0, 1, 2].map(() => run.space.basis(n, s));
        const [v, w] = [run.space.vector(n), run.space.vector(n)];
        const random = new Random(20_080_613, s);
        const h = new Float64Array(s);
        shadow.vectors.forEach((p, j) => {
          for (let i = 0; i < n; i++) p[i] = random.next() - 0.5;
          run.space.scale(1 / run.space.orthogonalise(shadow, j, p, h), p, p);
        });
        return () => cycle(run, s, shadow, g, u, v, w);
      },
    };
  });
}

function cycle(run: Run, s: number, shadow: Basis, g: Basis, u: Basis, v: Float64Array, w: Float64Array): RunEnd {
  const { space, x, r } = run;
  for (let k = 0; k < s; k++) {
    g.vectors[k].fill(0);
    u.vectors[k].fill(0);
  }
  const m = Array.from({ length: s }, (_, i) => Float64Array.from({ length: s }, (_each, j) => (i === j ? 1 : 0)));
  const f = new Float64Array(s);
  const c = new Float64Array(s);
  let omega = 1;
  let norm = run.norm;
  for (;;) {
    space.dots(shadow, s, r, f);
    for (let k = 0; k < s; k++) {
      for (let i = k; i < s; i++) {
        c[i] = f[i];
        for (let j = k; j < i; j++) c[i] -= m[i][j] * c[j];
        c[i] /= m[i][i];
      }
      v.set(r);
      for (let i = k; i < s; i++) space.axpy(-c[i], g.vectors[i], v);
      run.precondition(v, w);
      // u_k takes part in its own making.
      space.scale(omega, w, v);
      for (let i = k; i < s; i++) space.axpy(c[i], u.vectors[i], v);
      const [uk, gk] = [u.vectors[k], g.vectors[k]];
      uk.set(v);
      run.apply(uk, gk);
      for (let i = 0; i < k; i++) {
        const alpha = space.dot(shadow.vectors[i], gk) / m[i][i];
        space.axpy(-alpha, g.vectors[i], gk);
        space.axpy(-alpha, u.vectors[i], uk);
      }
      for (let i = k; i < s; i++) m[i][k] = space.dot(shadow.vectors[i], gk);
      if (!(Math.abs(m[k][k]) > 1e-15 * space.norm(gk))) {
        run.step(norm);
        return { breakdown: Number.isNaN(m[k][k]) ? "a product is not a number" : "a pivot of the shadow space vanishes" };
      }
      const beta = f[k] / m[k][k];
      norm = space.advance(beta, uk, gk, x, r);
      const end = run.step(norm);
      if (end) return end;
      for (let i = k + 1; i < s; i++) f[i] -= beta * m[i][k];
    }
    run.precondition(r, w);
    run.apply(w, v);
    const [tr, tt] = space.dotPair(v, r, v);
    if (!(tt > 0)) return { breakdown: Number.isNaN(tt) ? "a product is not a number" : "A r vanishes: the matrix is singular" };
    omega = tr / tt;
    const cosine = Math.abs(tr) / (Math.sqrt(tt) * norm);
    if (!(cosine > 1e-14)) return { breakdown: "omega vanishes: r is orthogonal to A r" };
    if (cosine < KAPPA) omega *= KAPPA / cosine;
    norm = space.advance(omega, w, v, x, r);
    const end = run.step(norm);
    if (end) return end;
  }
} // oxfmt-ignore
