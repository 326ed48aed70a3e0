// BiCGSTAB (van der Vorst 1992) with right preconditioning, for any square matrix: two products a step, seven vectors. Where r'.r or
// t.t vanishes, or omega nearly does, the method breaks down; it is started again from the true residual, with a new shadow vector,
// as long as that gains something.
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { type IterativeOptions, iterate, type Run, type RunEnd } from "./iteration.ts";

/** Below this cosine of the angle between two vectors their product counts as zero. */
const SMALLEST = 1e-14;

export function bicgstab(operator: LinearOperator, b: Float64Array, options: IterativeOptions = {}): IterativeResult {
  const vectors = options.preconditioner ? 6 : 4;
  return iterate(operator, b, options, (n) => ({
    name: "bicgstab",
    doubles: vectors * (n + 2),
    start(run) {
      const [p, v, t, shadow, ...turned] = Array.from({ length: vectors }, () => run.space.vector(n));
      return () => cycle(run, { p, v, t, shadow, pt: turned[0] ?? p, st: turned[1] ?? run.r });
    },
  }));
}

interface Vectors {
  readonly p: Float64Array;
  readonly v: Float64Array;
  readonly t: Float64Array;
  readonly shadow: Float64Array;
  /** M^-1 p and M^-1 s, or p and s themselves. */
  readonly pt: Float64Array;
  readonly st: Float64Array;
}

function cycle(run: Run, { p, v, t, shadow, pt, st }: Vectors): RunEnd {
  const { space, x, r } = run;
  shadow.set(r);
  p.set(r);
  const size = run.norm;
  let norm = run.norm;
  let rho = norm * norm;
  for (;;) {
    if (pt !== p) run.precondition(p, pt);
    run.apply(pt, v);
    const along = space.dot(shadow, v);
    if (!(Math.abs(along) > SMALLEST * size * space.norm(v)))
      return { breakdown: Number.isNaN(along) ? "a product is not a number" : "the shadow vector is orthogonal to A p" };
    const alpha = rho / along;
    // s = r - alpha v takes the place of r, and x the first half of the step.
    norm = space.advance(alpha, pt, v, x, r);
    if (norm <= run.goal) return run.step(norm) ?? "goal";
    if (st !== r) run.precondition(r, st);
    run.apply(st, t);
    const [tr, tt] = space.dotPair(t, r, t);
    if (!(tt > 0)) return { breakdown: Number.isNaN(tt) ? "a product is not a number" : "A s vanishes: the matrix is singular" };
    const omega = tr / tt;
    if (!(Math.abs(tr) > SMALLEST * Math.sqrt(tt) * norm)) {
      run.step(norm);
      return { breakdown: "omega vanishes: s is orthogonal to A s" };
    }
    if (st === r) space.axpy(omega, r, x);
    else space.axpy(omega, st, x);
    space.axpy(-omega, t, r);
    const [next, square] = space.dotPair(r, shadow, r);
    norm = Math.sqrt(square);
    const end = run.step(norm);
    if (end) return end;
    if (!(Math.abs(next) > SMALLEST * size * norm)) return { breakdown: "the residual is orthogonal to the shadow vector" };
    space.bicgDirection(r, (next / rho) * (alpha / omega), omega, v, p);
    rho = next;
  }
} // oxfmt-ignore
