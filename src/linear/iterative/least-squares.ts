// LSQR (Paige, Saunders 1982) and LSMR (Fong, Saunders 2011): min |b - A x| for any shape and rank, by products with A and A^T; of the
// solutions that of smallest norm when it begins from zero. Both end when the residual or the normal equations' residual meets its
// tolerance; both are then recomputed from x, and the method is started again from there where they miss, as long as that gains.
// Left out: damping (stack sqrt(lambda) I under A), preconditioners (give the operator A R^-1; see sketched-least-squares.ts).
import { entryCount, norm as matrixNorm, SparseProduct } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import type { IterationStatus, IterativeResult, LinearOperator } from "../operator.ts";
import { checkTolerance, checkVector, type IterativeOptions, residualEvidence, type RunEnd, scaleOf, Steps } from "./iteration.ts"; // oxfmt-ignore
import { VectorSpace } from "./vector-space.ts";

export interface LeastSquaresIteration extends Omit<IterativeOptions, "preconditioner"> {
  /** |A^T r| / (|A| |r|) at which x counts as a least-squares solution. Default: as `tolerance`. */
  readonly normalTolerance?: number;
}

/** |r| falls from step to step. */
export function lsqr(operator: LinearOperator, b: Float64Array, options: LeastSquaresIteration = {}): IterativeResult {
  return minimise("lsqr", operator, b, options, lsqrCycle);
}

/** |A^T r| falls from step to step: safer to stop early. */
export function lsmr(operator: LinearOperator, b: Float64Array, options: LeastSquaresIteration = {}): IterativeResult {
  return minimise("lsmr", operator, b, options, lsmrCycle);
}

/** The process of Golub and Kahan from r: beta u = r, alpha v = A^T u, and so on. */
interface Bidiagonal {
  readonly space: VectorSpace;
  readonly x: Float64Array;
  readonly v: Float64Array;
  readonly alpha: number;
  readonly beta: number;
  /** The next alpha and beta; v is new then. */
  advance(): { readonly alpha: number; readonly beta: number };
  readonly h: Float64Array;
  readonly hbar: Float64Array;
  /** Notes |r| and |A^T r|. */
  step(residual: number, normal: number): RunEnd | undefined;
}

function lsqrCycle({ space, x, v, h: w, alpha: first, beta, advance, step }: Bidiagonal): RunEnd {
  w.set(v);
  let [phibar, rhobar] = [beta, first];
  for (;;) {
    const next = advance();
    const rho = Math.hypot(rhobar, next.beta);
    const [c, s] = [rhobar / rho, next.beta / rho];
    const theta = s * next.alpha;
    rhobar = -c * next.alpha;
    space.axpy((c * phibar) / rho, w, x);
    phibar *= s;
    space.xpay(v, -theta / rho, w);
    const end = step(Math.abs(phibar), Math.abs(phibar * next.alpha * c));
    if (end) return end;
  }
}

function lsmrCycle({ space, x, v, h, hbar, alpha: first, beta, advance, step }: Bidiagonal): RunEnd {
  h.set(v);
  hbar.fill(0);
  let [alphabar, zetabar, rho, rhobar, cbar, sbar, zeta] = [first, first * beta, 1, 1, 1, 0, 0];
  // For |r|: section 5.1 of the paper.
  let [dd, d, rhodold, tautildeold, thetatilde] = [beta, 0, 1, 0, 0];
  for (;;) {
    const next = advance();
    const rhoold = rho;
    rho = Math.hypot(alphabar, next.beta);
    const [c, s] = [alphabar / rho, next.beta / rho];
    const thetanew = s * next.alpha;
    alphabar = c * next.alpha;
    const [rhobarold, zetaold] = [rhobar, zeta];
    const thetabar = sbar * rho;
    const turned = cbar * rho;
    rhobar = Math.hypot(turned, thetanew);
    [cbar, sbar] = [turned / rhobar, thetanew / rhobar];
    zeta = cbar * zetabar;
    zetabar *= -sbar;
    space.xpay(h, (-thetabar * rho) / (rhoold * rhobarold), hbar);
    space.axpy(zeta / (rho * rhobar), hbar, x);
    space.xpay(v, -thetanew / rho, h);
    const hat = c * dd;
    dd *= -s;
    const thetatildeold = thetatilde;
    const rhotildeold = Math.hypot(rhodold, thetabar);
    const [ctilde, stilde] = [rhodold / rhotildeold, thetabar / rhotildeold];
    thetatilde = stilde * rhobar;
    rhodold = ctilde * rhobar;
    d = -stilde * d + ctilde * hat;
    tautildeold = (zetaold - thetatildeold * tautildeold) / rhotildeold;
    const taud = (zeta - thetatilde * tautildeold) / rhodold;
    const end = step(Math.hypot(d - taud, dd), Math.abs(zetabar));
    if (end) return end;
  }
}

function minimise(
  name: string,
  operator: LinearOperator,
  given: Float64Array,
  options: LeastSquaresIteration,
  cycle: (process: Bidiagonal) => RunEnd,
): IterativeResult {
  const { rows: m, cols: n } = operator;
  if (!operator.applyTransposed)
    throw new Failure("usage", `${name} needs products with the transpose`, { hint: "Give the operator applyTransposed." }); // oxfmt-ignore
  checkVector("the right side", given, m);
  const { x0 } = options;
  if (x0) checkVector("x0", x0, n);
  const tolerance = checkTolerance(options.tolerance ?? 1e-8);
  const normalTolerance = checkTolerance(options.normalTolerance ?? tolerance);
  const steps = new Steps(Math.max(m, n), options);
  const space = new VectorSpace(3 * (m + 2) + 7 * (n + 2), [operator.runtime], 16);
  try {
    const [b, u, au] = [0, 1, 2].map(() => space.vector(m));
    const [x, best, v, atu, h, hbar, s] = Array.from({ length: 7 }, () => space.vector(n));
    const scale = scaleOf(given);
    for (let i = 0; i < m; i++) b[i] = given[i] / scale;
    if (x0) for (let i = 0; i < n; i++) x[i] = x0[i] / scale;
    const whole = space.norm(b);
    let products = 0;
    // |A| (Frobenius), or what the process shows of it.
    const exact = operator instanceof SparseProduct && entryCount(operator.matrix) > 0 ? matrixNorm(operator.matrix, "frobenius") : 0;
    let squares = exact * exact;
    const finish = (status: IterationStatus, reason: string, residual: number, normalResidual: number): IterativeResult => {
      const out = Float64Array.from(x);
      if (scale !== 1) for (let i = 0; i < n; i++) out[i] *= scale;
      return {
        x: out, status, reason,
        ...(steps.stop && status === "limit" && { stop: steps.stop }),
        iterations: steps.history.length,
        products, residual, normalResidual,
        history: steps.history,
        evidence: [
          residualEvidence(residual, name),
          { statement: "|A^T r| / (|A| |r|) is as stated", grade: "estimated", bound: normalResidual, method: `computed from x in double precision (${name})` },
        ],
      };
    };
    if (whole === 0) {
      x.fill(0);
      return finish("converged", "the right side is zero", 0, 0);
    }
    let [leastNormal, least, end] = [Infinity, Infinity, steps.ended() as RunEnd | undefined];
    let before = [Infinity, Infinity];
    for (;;) {
      operator.apply(x, au);
      const beta = space.minus(b, au, u);
      operator.applyTransposed(u, s);
      const alpha = space.norm(s);
      products += 2;
      if (squares === 0 && beta > 0) squares = (alpha / beta) ** 2;
      const normal = beta > 0 && alpha > 0 ? alpha / (Math.sqrt(squares) * beta) : 0;
      const finite = Number.isFinite(beta) && Number.isFinite(alpha);
      if (finite && (beta < least || normal < leastNormal)) {
        [least, leastNormal] = [beta, normal];
        best.set(x);
      }
      if (finite && beta <= tolerance * whole) return finish("converged", `|b - A x| <= ${tolerance} |b|`, beta / whole, normal);
      if (finite && normal <= normalTolerance)
        return finish("converged", `a least-squares solution: |A^T r| <= ${normalTolerance} |A| |r|`, beta / whole, normal);
      const gained = beta < 0.5 * before[0] || normal < 0.5 * before[1];
      const stop = !finite || (end !== undefined && end !== "again" && !(end === "goal" && gained));
      if (stop) {
        if (least < Infinity) x.set(best);
        else x.fill(0);
        const relative = least < Infinity ? least / whole : 1;
        const status: IterationStatus = !finite || typeof end === "object" ? "breakdown" : end === "limit" ? "limit" : "stalled";
        const reason = !finite ? "a product with the matrix is not finite"
          : typeof end === "object" ? end.breakdown
          : end === "goal" ? "the residuals computed from x fall no further: the accuracy of the arithmetic is reached"
          : steps.reason;
        return finish(status, reason, relative, least < Infinity ? leastNormal : 1);
      }
      before = [beta, normal];
      space.scale(1 / beta, u, u);
      space.scale(1 / alpha, s, v);
      let last = alpha / beta;
      const start = last;
      if (exact === 0) squares = start * start;
      end = cycle({
        space, x, v, h, hbar, beta,
        alpha: start,
        advance() {
          operator.apply(v, au);
          space.axpby(1, au, -last, u);
          const nextBeta = space.norm(u);
          if (nextBeta > 0) space.scale(1 / nextBeta, u, u);
          operator.applyTransposed!(u, atu);
          products += 2;
          space.axpby(1, atu, -nextBeta, v);
          last = space.norm(v);
          if (last > 0) space.scale(1 / last, v, v);
          if (exact === 0) squares += nextBeta * nextBeta + last * last;
          return { alpha: last, beta: nextBeta };
        },
        step(residual, slope) {
          const known = steps.take(residual / whole);
          if (residual <= tolerance * whole || slope <= normalTolerance * Math.sqrt(squares) * residual) return "goal";
          return known;
        },
      });
    }
  } finally {
    space.close();
  }
} // oxfmt-ignore
