// Conjugate gradients for a symmetric positive definite matrix in compressed rows (Hestenes, Stiefel 1952), all loops inside one
// function. Three passes over memory a step: q = A p with p.q, then x and r with r.r, then p.
// It stops when |r| <= tolerance * |b| (Euclidean norms; r is the updated residual, not recomputed), at the limit of steps, or
// when p.q is not positive: the matrix is not positive definite, or something is not finite.
// Order of sums: p.q in order of the rows; r.r in partial sums as in fast.ts. Left out: preconditioners.
import * as ir from "../builder.ts";
import type { StructuredFunction } from "../ir.ts";
import { checkedByAuthor } from "./checked.ts";
import { REAL, type Real } from "./real.ts";
import { rowProduct } from "./sparse.ts";

/** The result of the kernel where it is not a number of steps. */
export const CG_STOP = { limit: -1, notPositive: -2 } as const;

/**
 * cg(n, entries, start, column, value, b, x, work, tolerance, limit): solves A x = b from the x given; returns the steps taken
 * or a CG_STOP. work[0] becomes |r|; work has 3 n + 1 elements. The arrays do not overlap.
 */
export function conjugateGradients(real: Real): StructuredFunction {
  const { add, at, div, mul, sub } = ir;
  const f = ir.fn(
    `cg${REAL[real].suffix}`,
    {
      n: "i32",
      entries: "i32",
      start: "i32[n+1]",
      column: "i32[entries]",
      value: `${real}[entries]`,
      b: `${real}[n]`,
      x: `${real}[n]`,
      work: `${real}[3*n+1]`,
      tolerance: real,
      limit: "i32",
    },
    "i32",
    ({ n, entries, start, column, value, b, x, work, tolerance, limit }, k) => {
      Object.assign(start, { range: { from: ir.i32(0), to: add(entries, 1) } });
      Object.assign(column, { range: { from: ir.i32(0), to: n } });
      const r = k.view("r", work, 1);
      const p = k.view("p", r, n);
      const q = k.view("q", p, n);
      const bb = k.let("bb", 0, real);
      k.for("i", 0, n, (i) => {
        const sum = rowProduct(k, real, { i, start, column, value, x });
        k.store(r, i, sub(at(b, i), sum as ir.Value));
      });
      const rr = k.let("rr", 0, real);
      k.for("i", 0, n, (i) => {
        const ri = k.let("ri", at(r, i), real);
        const bi = k.let("bi", at(b, i), real);
        k.store(p, i, ri);
        k.set(rr, add(rr, mul(ri, ri)));
        k.set(bb, add(bb, mul(bi, bi)));
      });
      const goal = k.let("goal", mul(mul(tolerance, tolerance), bb), real);
      const steps = k.let("steps", ir.i32(0), "i32");
      const stop = k.let("stop", ir.i32(0), "i32");
      k.while(ir.not(ir.le(rr, goal)), () => {
        k.if(ir.ge(steps, limit), () => {
          k.set(stop, CG_STOP.limit);
          k.break();
        });
        const pq = k.let("pq", 0, real);
        k.for("i", 0, n, (i) => {
          const sum = rowProduct(k, real, { i, start, column, value, x: p });
          k.store(q, i, sum as ir.Value);
          k.set(pq, add(pq, mul(at(p, i), sum as ir.Value)));
        });
        k.if(ir.not(ir.and(ir.gt(pq, 0), ir.lt(rr, Infinity))), () => {
          k.set(stop, CG_STOP.notPositive);
          k.break();
        });
        const alpha = k.let("alpha", div(rr, pq), real);
        const next = k.let("next", 0, real);
        k.for("i", 0, n, (i) => {
          k.store(x, i, add(at(x, i), mul(alpha, at(p, i))));
          const ri = k.let("ri", sub(at(r, i), mul(alpha, at(q, i))), real);
          k.store(r, i, ri);
          k.set(next, add(next, mul(ri, ri)));
        });
        const beta = k.let("beta", div(next, rr), real);
        k.for("i", 0, n, (i) => k.store(p, i, add(at(r, i), mul(beta, at(p, i)))));
        k.set(rr, next);
        k.set(steps, add(steps, 1));
      });
      k.store(work, 0, ir.sqrt(rr));
      k.if(ir.lt(stop, 0), () => k.return(stop));
      k.return(steps);
    },
  );
  return checkedByAuthor(f);
}
