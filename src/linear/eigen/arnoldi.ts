// A few eigenpairs of any square matrix by the Arnoldi process with restarts of Krylov-Schur kind (Stewart 2001): of a basis of m vectors
// the invariant space of the wanted Ritz values is kept (invariant-subspace.ts), and the process goes on from there. Complex pairs stay
// together. For eigenvalues inside the spectrum give the operator (A - shift)^-1 and ask for the largest magnitudes.
import { dense, element } from "../../array/index.ts";
import { Failure, Meter, Random } from "../../base/index.ts";
import { eigenGeneral, type GeneralEigen } from "../dense/index.ts";
import { VectorSpace } from "../iterative/vector-space.ts";
import type { IterationStatus, LinearOperator } from "../operator.ts";
import { cut, imaginaryElement, ordered, type Wanted, wantedSubspace } from "./invariant-subspace.ts";
import { checkPairs, type EigenIteration, type EigenPairs, freshVector, pairEvidence } from "./result.ts";

export type WhichGeneral = "magnitude" | "largest-real" | "smallest-real" | "largest-imaginary";

export interface ArnoldiOptions extends EigenIteration {
  readonly count: number;
  /** What is wanted first. Default "magnitude": the largest absolute values. */
  readonly which?: WhichGeneral;
  /** Vectors of the basis. Default the larger of 2 count + 10 and 30, at most the order. */
  readonly basis?: number;
}

const ORDERS: Record<WhichGeneral, Wanted> = {
  magnitude: (re, im) => -Math.hypot(re, im),
  "largest-real": (re) => -re,
  "smallest-real": (re) => re,
  "largest-imaginary": (_re, im) => -Math.abs(im),
};

/** Where a complex pair would be cut by `count`, one value more is given. */
export function arnoldi(operator: LinearOperator, options: ArnoldiOptions): EigenPairs {
  const { count, which = "magnitude", tolerance = 1e-8, limit = 300, budget, signal, seed = 0 } = options;
  const n = checkPairs(operator, count, "arnoldi");
  const m = Math.min(n, options.basis ?? Math.max(2 * count + 10, 30));
  if (!(m > count + 1 || m === n)) throw new Failure("usage", `arnoldi: a basis of ${m} vectors for ${count} pairs`, { hint: "Give at least twice as many." }); // oxfmt-ignore
  const key = ORDERS[which];
  const meter = new Meter(budget, signal);
  const random = new Random(seed, 75);
  const space = new VectorSpace((2 * m + 3) * (n + 2), [operator.runtime], 16);
  try {
    const v = space.basis(n, m + 1);
    const next = space.basis(n, m);
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
          throw new Failure("numeric", "arnoldi: a product with the matrix is not finite", { hint: "Look at the operator." }); // oxfmt-ignore
        for (let i = 0; i <= j; i++) {
          t[i * m + j] = h[i];
          size = Math.max(size, Math.abs(h[i]));
        }
        size = Math.max(size, beta);
        if (j + 1 === m) break;
        const invariant = beta <= 1e-14 * size;
        t[(j + 1) * m + j] = invariant ? 0 : beta;
        if (invariant) freshVector(space, v, j + 1, w, random);
        else space.scale(1 / beta, w, w);
      }
      if (m === n) beta = 0;
      const eigen = eigenGeneral(dense(m, m, t), { balance: false });
      const order = ordered(eigen, key);
      const largest = eigen.re.reduce((most, re, k) => Math.max(most, Math.hypot(re, eigen.im[k])), 0);
      restarts++;
      const wanted = cut(eigen, order, count);
      const errors = wanted.map((k) => beta * Math.hypot(element(eigen.vectors!, m - 1, k), imaginaryElement(eigen, m - 1, k))); // oxfmt-ignore
      const done = errors.every((e) => e <= 0.5 * tolerance * largest);
      meter.steps = restarts;
      const stop = restarts >= limit ? { kind: "steps" as const, detail: `${restarts} restarts` } : meter.stop();
      if (done || stop)
        return finish(operator, space, [v.vectors[m], ...next.vectors], v, m, eigen, wanted, { tolerance, largest, restarts, products, stopped: stop?.detail }); // oxfmt-ignore
      // A V Q = V Q S + v beta (last row of Q).
      const { columns, s } = wantedSubspace(t, m, eigen, key, Math.min(m - 2, count + Math.max(2, (m - count) >> 1)));
      const p = columns.length;
      columns.forEach((column, q) => {
        next.vectors[q].fill(0);
        space.combine(v, m, column, 1, next.vectors[q]);
      });
      t.fill(0);
      for (let q = 0; q < p; q++) {
        v.vectors[q].set(next.vectors[q]);
        for (let i = 0; i < p; i++) t[i * m + q] = s[i * p + q];
        t[p * m + q] = beta * columns[q][m - 1];
      }
      kept = p;
      if (beta <= 1e-14 * size) freshVector(space, v, kept, v.vectors[kept], random);
      else {
        space.scale(1 / beta, v.vectors[m], v.vectors[kept]);
        const norm = space.orthogonalise(v, kept, v.vectors[kept], h);
        space.scale(1 / norm, v.vectors[kept], v.vectors[kept]);
      }
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

function finish(operator: LinearOperator, space: VectorSpace, work: readonly Float64Array[], v: Parameters<VectorSpace["combine"]>[0], m: number, eigen: GeneralEigen, wanted: readonly number[], counts: Counts): EigenPairs {
  const { tolerance, largest, restarts, products, stopped } = counts;
  const [x, y, ax, ay] = work.length >= 4 ? work : [...work, ...Array.from({ length: 4 - work.length }, () => space.vector(v.n))];
  const [vectors, imaginaryVectors]: Float64Array[][] = [[], []];
  const residuals = new Float64Array(wanted.length);
  wanted.forEach((k, q) => {
    for (const [to, at] of [[x, (i: number) => element(eigen.vectors!, i, k)], [y, (i: number) => imaginaryElement(eigen, i, k)]] as const) {
      to.fill(0);
      space.combine(v, m, Float64Array.from({ length: m }, (_, i) => at(i)), 1, to);
    }
    vectors.push(x.slice());
    imaginaryVectors.push(y.slice());
    operator.apply(x, ax);
    operator.apply(y, ay);
    // A (x + i y) - (re + i im)(x + i y)
    space.axpy(-eigen.re[k], x, ax);
    space.axpy(eigen.im[k], y, ax);
    space.axpy(-eigen.re[k], y, ay);
    space.axpy(-eigen.im[k], x, ay);
    const error = Math.hypot(space.norm(ax), space.norm(ay));
    residuals[q] = error === 0 ? 0 : error / (largest * Math.hypot(space.norm(x), space.norm(y)));
  });
  const worst = residuals.reduce((most, r) => (r <= most ? most : r), 0);
  const status: IterationStatus = worst <= tolerance ? "converged" : stopped ? "limit" : "stalled";
  const reason = status === "converged" ? `all residuals <= ${tolerance} |A|` : (stopped ?? "the residuals computed from the pairs are larger than the process knew");
  return {
    values: Float64Array.from(wanted, (k) => eigen.re[k]),
    imaginary: Float64Array.from(wanted, (k) => eigen.im[k]),
    vectors, imaginaryVectors, residuals, status, reason,
    iterations: restarts,
    products: products + 2 * wanted.length,
    evidence: [pairEvidence(worst, "restarted Arnoldi")],
  };
} // oxfmt-ignore
