// Chebyshev iteration for symmetric positive definite matrices (Golub, Varga 1961; Saad 2003, algorithm 12.1): no scalar products in its
// steps, but an interval that holds the eigenvalues of M^-1 A. Without one given it is estimated by some steps of Lanczos; an estimate that is too
// high at the lower end costs steps, not convergence; the upper end has a margin.
import { Failure } from "../../base/index.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { type IterativeOptions, iterate, type Run } from "./iteration.ts";
import { extremeEigenvalues } from "./tridiagonal.ts";

export interface ChebyshevOptions extends IterativeOptions {
  /** Bounds of the eigenvalues of M^-1 A. Default: estimated by `estimateSteps` steps. */
  readonly interval?: readonly [least: number, most: number];
  /** Default 20. */
  readonly estimateSteps?: number;
}

/** What the upper end of an estimated interval is multiplied by. */
const MARGIN = 1.1;

export function chebyshev(operator: LinearOperator, b: Float64Array, options: ChebyshevOptions = {}): IterativeResult {
  const { interval, estimateSteps = 20 } = options;
  if (interval && !(interval[0] > 0 && interval[1] >= interval[0] && interval[1] < Infinity))
    throw new Failure("usage", `chebyshev: an interval from ${interval[0]} to ${interval[1]}`, { hint: "Give 0 < least <= most." }); // oxfmt-ignore
  return iterate(operator, b, options, (n) => ({
    name: "chebyshev",
    doubles: 4 * (n + 2),
    symmetric: true,
    start(run) {
      const { space, x, r } = run;
      const [d, q, z] = [0, 1, 2].map(() => space.vector(n));
      let known = interval;
      return () => {
        if (!known) {
          const found = estimate(run, estimateSteps, d, q, z);
          if (typeof found === "string") return { breakdown: found, final: true };
          known = found;
        }
        const [least, most] = known;
        const middle = (most + least) / 2;
        const half = Math.max((most - least) / 2, 1e-3 * middle);
        const sigma = middle / half;
        let rho = 1 / sigma;
        run.precondition(r, z);
        space.scale(1 / middle, z, d);
        for (;;) {
          run.apply(d, q);
          const end = run.step(space.advance(1, d, q, x, r));
          if (end) return end;
          run.precondition(r, z);
          const next = 1 / (2 * sigma - rho);
          space.axpby((2 * next) / half, z, next * rho, d);
          rho = next;
        }
      };
    },
  }));
}

/** Ritz values after some steps of preconditioned conjugate gradients from the residual; x stays. Or why there are none. */
function estimate(
  run: Run,
  steps: number,
  p: Float64Array,
  q: Float64Array,
  z: Float64Array,
): [number, number] | string {
  const { space, n } = run;
  const r = Float64Array.from(run.r);
  const [diagonal, off]: number[][] = [[], []];
  run.precondition(run.r, z);
  p.set(z);
  let rz = space.dot(run.r, z);
  let [last, beta] = [0, 0];
  for (let k = 0; k < Math.min(steps, n); k++) {
    const pq = run.applyDot(p, q);
    if (!(pq > 0 && rz > 0)) return `p.Ap = ${pq.toPrecision(3)}: the matrix or the preconditioner is not positive definite`; // oxfmt-ignore
    const alpha = rz / pq;
    diagonal.push(1 / alpha + (last > 0 ? beta / last : 0));
    space.axpy(-alpha, q, run.r);
    run.precondition(run.r, z);
    const next = space.dot(run.r, z);
    beta = next / rz;
    off.push(Math.sqrt(Math.max(beta, 0)) / alpha);
    last = alpha;
    if (!(next > 1e-28 * rz)) break;
    rz = next;
    space.xpay(z, beta, p);
  }
  run.r.set(r);
  const [least, most] = extremeEigenvalues(diagonal, off);
  return [Math.max(least, 1e-8 * most), MARGIN * most];
}
