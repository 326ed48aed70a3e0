// A few eigenpairs of a symmetric matrix by the Lanczos process with thick restarts (Wu, Simon 2000): of a basis of m vectors the wanted
// Ritz vectors are kept and the process goes on from them. All vectors are orthogonalised against all. For eigenvalues inside the spectrum give
// the operator (A - shift)^-1 and ask for the largest magnitudes.
import { dense, element } from "../../array/index.ts";
import { Failure, Meter, Random } from "../../base/index.ts";
import { eigenSymmetric } from "../dense/index.ts";
import { VectorSpace } from "../iterative/vector-space.ts";
import type { IterationStatus, LinearOperator } from "../operator.ts";
import { checkPairs, type EigenIteration, type EigenPairs, freshVector, pairEvidence } from "./result.ts";

export type WhichSymmetric = "smallest" | "largest" | "magnitude";

export interface LanczosOptions extends EigenIteration {
  readonly count: number;
  /** Which end of the spectrum; "magnitude": the largest absolute values. Default "smallest". */
  readonly which?: WhichSymmetric;
  /** Vectors of the basis. Default the larger of 2 count + 10 and 30, at most the order. */
  readonly basis?: number;
}

/** Orders of Ritz values, the wanted first. */
const ORDERS: Record<WhichSymmetric, (a: number, b: number) => number> = {
  smallest: (a, b) => a - b,
  largest: (a, b) => b - a,
  magnitude: (a, b) => Math.abs(b) - Math.abs(a),
};

export function lanczos(operator: LinearOperator, options: LanczosOptions): EigenPairs {
  const { count, which = "smallest", tolerance = 1e-8, limit = 300, budget, signal, seed = 0 } = options;
  const n = checkPairs(operator, count, "lanczos");
  const m = Math.min(n, options.basis ?? Math.max(2 * count + 10, 30));
  if (!(m > count || m === n)) throw new Failure("usage", `lanczos: a basis of ${m} vectors for ${count} pairs`, { hint: "Give at least twice as many." }); // oxfmt-ignore
  const meter = new Meter(budget, signal);
  const random = new Random(seed, 74);
  const keepMost = Math.min(m - 1, count + Math.max(2, (m - count) >> 1));
  const space = new VectorSpace((m + 2 + keepMost) * (n + 2), [operator.runtime], 16);
  try {
    const v = space.basis(n, m + 1);
    const next = space.basis(n, Math.max(1, keepMost));
    const t = new Float64Array(m * m);
    const h = new Float64Array(m + 1);
    let [kept, products, restarts, size] = [0, 0, 0, 0];
    freshVector(space, v, 0, v.vectors[0], random);
    for (;;) {
      let beta = 0;
      for (let j = kept; j < m; j++) {
        const w = v.vectors[j + 1];
        operator.apply(v.vectors[j], w);
        products++;
        h.fill(0);
        beta = space.orthogonalise(v, j + 1, w, h);
        if (!Number.isFinite(beta))
          throw new Failure("numeric", "lanczos: a product with the matrix is not finite", { hint: "Look at the operator." }); // oxfmt-ignore
        for (let i = 0; i <= j; i++) {
          size = Math.max(size, Math.abs(h[i]));
          // Within rounding only the last entries, and those of kept vectors at the first new one, are not zero.
          t[i * m + j] = t[j * m + i] = i === j || i === j - 1 || (j === kept && i < kept) ? h[i] : 0;
        }
        size = Math.max(size, beta);
        if (j + 1 === m) break;
        if (beta <= 1e-14 * size) freshVector(space, v, j + 1, w, random);
        else space.scale(1 / beta, w, w);
      }
      if (m === n) beta = 0;
      const { values, vectors } = eigenSymmetric(dense(m, m, t));
      const order = Array.from(values.keys()).sort((i, j) => ORDERS[which](values[i], values[j]));
      const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      restarts++;
      const errors = order.slice(0, count).map((k) => Math.abs(beta * element(vectors!, m - 1, k)));
      const done = errors.every((e) => e <= 0.5 * tolerance * largest);
      meter.steps = restarts;
      const stop = restarts >= limit ? { kind: "steps" as const, detail: `${restarts} restarts` } : meter.stop();
      const take = done || stop ? count : keepMost;
      const chosen = order.slice(0, take);
      const out = done || stop ? Array.from({ length: take }, () => new Float64Array(n)) : undefined;
      const work = v.vectors[m];
      if (out) {
        chosen.forEach((k, q) => {
          work.fill(0);
          space.combine(
            v,
            m,
            Float64Array.from({ length: m }, (_, i) => element(vectors!, i, k)),
            1,
            work,
          );
          out[q].set(work);
        });
        const found = Float64Array.from(chosen, (k) => values[k]);
        return finish(operator, space, v.vectors[0], work, found, out, { tolerance, largest, restarts, products, stopped: stop?.detail }); // oxfmt-ignore
      }
      chosen.forEach((k, q) => {
        next.vectors[q].fill(0);
        space.combine(
          v,
          m,
          Float64Array.from({ length: m }, (_, i) => element(vectors!, i, k)),
          1,
          next.vectors[q],
        );
      });
      const coupling = chosen.map((k) => beta * element(vectors!, m - 1, k));
      t.fill(0);
      chosen.forEach((k, q) => {
        v.vectors[q].set(next.vectors[q]);
        t[q * m + q] = values[k];
      });
      kept = take;
      if (beta <= 1e-14 * size) freshVector(space, v, kept, v.vectors[kept], random);
      else {
        space.scale(1 / beta, v.vectors[m], v.vectors[kept]);
        // Against rounding: the kept vectors have lost a little orthogonality.
        const norm = space.orthogonalise(v, kept, v.vectors[kept], h);
        space.scale(1 / norm, v.vectors[kept], v.vectors[kept]);
      }
      coupling.forEach((value, q) => {
        t[q * m + kept] = t[kept * m + q] = value;
      });
    }
  } finally {
    space.close();
  }
}

interface Counts {
  readonly tolerance: number;
  readonly largest: number;
  readonly restarts: number;
  readonly products: number;
  readonly stopped: string | undefined;
}

/** The pairs with residuals computed from them. */
function finish(operator: LinearOperator, space: VectorSpace, a: Float64Array, w: Float64Array, values: Float64Array, vectors: Float64Array[], counts: Counts): EigenPairs {
  const { tolerance, largest, restarts, products, stopped } = counts;
  const residuals = values.map((value, k) => {
    a.set(vectors[k]);
    operator.apply(a, w);
    space.axpy(-value, a, w);
    const error = space.norm(w);
    return error === 0 ? 0 : error / largest;
  });
  const worst = residuals.reduce((most, r) => (r <= most ? most : r), 0);
  const status: IterationStatus = worst <= tolerance ? "converged" : stopped ? "limit" : "stalled";
  const reason = status === "converged" ? `all residuals <= ${tolerance} |A|` : (stopped ?? "the residuals computed from the pairs are larger than the process knew");
  return { values, vectors, residuals, status, reason, iterations: restarts, products: products + values.length, evidence: [pairEvidence(worst, "thick-restart Lanczos")] };
} // oxfmt-ignore
