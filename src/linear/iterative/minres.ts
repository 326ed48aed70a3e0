// MINRES (Paige, Saunders 1975) for symmetric matrices, indefinite and singular ones included; the preconditioner is symmetric positive
// definite, and the norm that falls is then that of M^-1. Of an inconsistent singular system it finds a least-squares solution, and
// ends as "stalled" with the residual that is left.
// The residual the recurrence knows is |b - A x| without preconditioner; with one, the residual is computed now and then.
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { type IterativeOptions, iterate, type Run, type RunEnd } from "./iteration.ts";

/** Steps between residuals that are computed, where the recurrence knows another norm. */
const EVERY = 10;
/** |A r| / (|A| |r|) that counts as zero. */
const NEGLIGIBLE = 1e-11;

export function minres(operator: LinearOperator, b: Float64Array, options: IterativeOptions = {}): IterativeResult {
  const vectors = 7 + (options.preconditioner ? 2 : 0);
  return iterate(operator, b, options, (n) => ({
    name: "minres",
    doubles: vectors * (n + 2),
    symmetric: true,
    start(run) {
      const all = Array.from({ length: vectors }, () => run.space.vector(n));
      return () => cycle(run, all);
    },
  }));
}

function cycle(run: Run, all: readonly Float64Array[]): RunEnd {
  const { space, x, r, preconditioner } = run;
  // Lanczos: u_k are the residual-like vectors, v = M^-1 u scaled; w are the directions.
  let [before, u, next, v, w, w1, w2] = all;
  const [z, extra] = [all[7], all[8]];
  for (const each of [before, w, w1, w2]) each.fill(0);
  u.set(r);
  const lift = (from: Float64Array): number => {
    if (!preconditioner) return space.norm(from);
    run.precondition(from, z);
    const square = space.dot(from, z);
    return square >= 0 ? Math.sqrt(square) : Number.NaN;
  };
  let beta = lift(u);
  if (!(beta > 0))
    return { breakdown: "r.M^-1 r is not positive: the preconditioner is not positive definite", final: true };
  let [last, epsilon, bar, delta] = [0, 0, 0, 0];
  let [cosine, sine] = [-1, 0];
  let phi = beta;
  // The part of |r| that the norm of M^-1 stands for, until it is computed.
  const ratio = run.norm / beta;
  let size = 0;
  for (let k = 1; ; k++) {
    space.scale(1 / beta, preconditioner ? z : u, v);
    const alpha = run.applyDot(v, next);
    if (last > 0) space.axpy(-beta / last, before, next);
    space.axpy(-alpha / beta, u, next);
    [before, u, next] = [u, next, before];
    last = beta;
    beta = lift(u);
    if (Number.isNaN(beta) || Number.isNaN(alpha))
      return { breakdown: "a product is not a number, or the preconditioner is not positive definite", final: true };
    size = Math.max(size, Math.abs(alpha), beta, last);
    // The rotation of the step before, then a new one.
    const old = epsilon;
    delta = cosine * bar + sine * alpha;
    const gbar = sine * bar - cosine * alpha;
    epsilon = sine * beta;
    bar = -cosine * beta;
    // |A r| of the step before is phi * root.
    const root = Math.hypot(gbar, bar);
    if (k > 1 && root <= NEGLIGIBLE * size)
      return { breakdown: "A r is negligible and r is not: the system is singular and inconsistent, and x a least-squares solution" }; // oxfmt-ignore
    const gamma = Math.hypot(gbar, beta);
    const exhausted = beta <= 1e-15 * size;
    if (gamma <= 1e-15 * size)
      return { breakdown: "the Krylov space is exhausted: the matrix is singular and the system inconsistent" };
    [cosine, sine] = [gbar / gamma, beta / gamma];
    const tau = cosine * phi;
    phi *= sine;
    [w2, w1, w] = [w1, w, w2];
    // w = (v - old w2 - delta w1) / gamma
    space.scale(1 / gamma, v, w);
    space.addPair(-old / gamma, w2, -delta / gamma, w1, w);
    space.axpy(tau, w, x);
    let norm = Math.abs(phi) * ratio;
    if (preconditioner && (k % EVERY === 0 || norm <= run.goal)) norm = run.residual(x, extra);
    const end = run.step(norm);
    if (end) return end;
    if (exhausted) return "again";
  }
}
