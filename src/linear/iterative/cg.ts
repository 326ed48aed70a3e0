// Conjugate gradients for symmetric positive definite matrices (Hestenes, Stiefel 1952; Saad 2003, algorithm 9.1), and the flexible
// variant for preconditioners that change from step to step (Notay 2000, "Flexible conjugate gradients", here with one direction
// kept). Three passes over memory a step without preconditioner or with a diagonal one: q = A p with p.q; x, r with their sums; p.
// That p.Ap > 0 is tested at every step: where it fails the matrix is not positive definite, and the method says so.
import { Failure } from "../../base/index.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { type IterativeOptions, iterate, type Method, type Run, type RunEnd } from "./iteration.ts";

const notPositive = (pq: number): RunEnd => ({
  breakdown: Number.isNaN(pq)
    ? "p.Ap is not a number"
    : `p.Ap = ${pq.toPrecision(3)} is not positive: the matrix is not positive definite`,
  final: true,
});

const badPreconditioner = (rz: number): RunEnd => ({
  breakdown: `r.M^-1 r = ${rz.toPrecision(3)} is not positive: the preconditioner is not positive definite`,
  final: true,
});

/** A symmetric positive definite matrix; the preconditioner, if any, the same. */
export function cg(operator: LinearOperator, b: Float64Array, options: IterativeOptions = {}): IterativeResult {
  const { preconditioner } = options;
  return iterate(operator, b, options, (n) => ({
    name: "cg",
    doubles: 3 * (n + 2),
    symmetric: true,
    start(run) {
      const { space } = run;
      const [p, q] = [space.vector(n), space.vector(n)];
      const d = preconditioner?.diagonal;
      if (!preconditioner) return () => plain(run, p, q);
      if (d && d.buffer === p.buffer) return () => scaled(run, p, q, d);
      const z = space.vector(n);
      return () => preconditioned(run, p, q, z, false);
    },
  }));
}

/** As `cg`, for a preconditioner that is not the same map at every step: one more vector, one more sum a step. */
export function flexibleCg(operator: LinearOperator, b: Float64Array, options: IterativeOptions): IterativeResult {
  if (!options.preconditioner)
    throw new Failure("usage", "flexible conjugate gradients without a preconditioner", { hint: "Use cg." });
  const method = (n: number): Method => ({
    name: "flexible cg",
    doubles: 4 * (n + 2),
    start(run) {
      const [p, q, z] = [0, 1, 2].map(() => run.space.vector(n));
      return () => preconditioned(run, p, q, z, true);
    },
  });
  return iterate(operator, b, options, method);
}

function plain(run: Run, p: Float64Array, q: Float64Array): RunEnd {
  const { space, x, r } = run;
  let norm = run.norm;
  p.set(r);
  for (;;) {
    const pq = run.applyDot(p, q);
    if (!(pq > 0)) return notPositive(pq);
    const next = space.advance((norm / pq) * norm, p, q, x, r);
    const end = run.step(next);
    if (end) return end;
    space.xpay(r, (next / norm) ** 2, p);
    norm = next;
  }
}

function scaled(run: Run, p: Float64Array, q: Float64Array, d: Float64Array): RunEnd {
  const { space, x, r } = run;
  space.times(d, r, p);
  let rz = space.dot(r, p);
  for (;;) {
    if (!(rz > 0)) return badPreconditioner(rz);
    const pq = run.applyDot(p, q);
    if (!(pq > 0)) return notPositive(pq);
    const [norm, next] = space.advanceScaled(rz / pq, p, q, d, x, r);
    const end = run.step(norm);
    if (end) return end;
    space.timesPlus(d, r, next / rz, p);
    rz = next;
  }
}

function preconditioned(run: Run, p: Float64Array, q: Float64Array, z: Float64Array, flexible: boolean): RunEnd {
  const { space, x, r, preconditioner } = run;
  const apply = (): number => {
    if (preconditioner!.applyDot) return preconditioner!.applyDot(r, z);
    preconditioner!.apply(r, z);
    return space.dot(r, z);
  };
  let rz = apply();
  p.set(z);
  for (;;) {
    if (!(rz > 0)) return badPreconditioner(rz);
    const pq = run.applyDot(p, q);
    if (!(pq > 0)) return notPositive(pq);
    const alpha = rz / pq;
    const end = run.step(space.advance(alpha, p, q, x, r));
    if (end) return end;
    const next = apply();
    // Flexible: z.(r - r_old) = -alpha z.q takes the place of z.r.
    const beta = flexible ? (-alpha * space.dot(z, q)) / rz : next / rz;
    space.xpay(z, beta, p);
    rz = next;
  }
}
