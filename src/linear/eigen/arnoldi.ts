// A few eigenpairs of any square matrix by the Arnoldi process with restarts of Krylov-Schur kind (Stewart 2001): of a basis of m vectors
// the space of the wanted Ritz vectors is kept, as an orthonormal basis made of the eigenvectors of the projected matrix (instead of its ordered
// Schur form: worse only where these eigenvectors are nearly dependent), and the process goes on from there. Complex pairs stay
// together. For eigenvalues inside the spectrum give the operator (A - shift)^-1 and ask for the largest magnitudes.
import { dense, element } from "../../array/index.ts";
import { Failure, Meter, Random } from "../../base/index.ts";
import { eigenGeneral, type GeneralEigen, qrFactor } from "../dense/index.ts";
import { VectorSpace } from "../iterative/vector-space.ts";
import type { IterationStatus, LinearOperator } from "../operator.ts";
import { checkPairs, type EigenIteration, type EigenPairs, freshVector, pairEvidence } from "./result.ts";

export type WhichGeneral = "magnitude" | "largest-real" | "smallest-real" | "largest-imaginary";

export interface ArnoldiOptions extends EigenIteration {
  readonly count: number;
  /** What is wanted first. Default "magnitude": the largest absolute values. */
  readonly which?: WhichGeneral;
  /** Vectors of the basis. Default the larger of 2 count + 10 and 30, at most the order. */
  readonly basis?: number;
}

const ORDERS: Record<WhichGeneral, (re: number, im: number) => number> = {
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
      const eigen = eigenGeneral(dense(m, m, t));
      const order = ordered(eigen, ORDERS[which]);
      const largest = eigen.re.reduce((most, re, k) => Math.max(most, Math.hypot(re, eigen.im[k])), 0);
      restarts++;
      const wanted = cut(eigen, order, count);
      const errors = wanted.map((k) => beta * Math.hypot(element(eigen.vectors!, m - 1, k), imaginaryElement(eigen, m - 1, k))); // oxfmt-ignore
      const done = errors.every((e) => e <= 0.5 * tolerance * largest);
      meter.steps = restarts;
      const stop = restarts >= limit ? { kind: "steps" as const, detail: `${restarts} restarts` } : meter.stop();
      if (done || stop)
        return finish(operator, space, [v.vectors[m], ...next.vectors], v, m, eigen, wanted, { tolerance, largest, restarts, products, stopped: stop?.detail }); // oxfmt-ignore
      // An orthonormal basis Q of the kept eigenvectors: A V Q = V Q S + v beta (last row of Q).
      const chosen = cut(eigen, order, Math.min(m - 2, count + Math.max(2, (m - count) >> 1)));
      const real = dense(m, chosen.length);
      chosen.forEach((k, q) => {
        for (let i = 0; i < m; i++)
          real.data[i * chosen.length + q] = eigen.im[k] < 0 ? -imaginaryElement(eigen, i, k) : element(eigen.vectors!, i, k); // oxfmt-ignore
      });
      const basis = qrFactor(real).q();
      const p = chosen.length;
      const columns = Array.from({ length: p }, (_, q) => Float64Array.from({ length: m }, (_each, i) => element(basis, i, q))); // oxfmt-ignore
      const s = new Float64Array(p * p);
      columns.forEach((column, q) => {
        const image = Float64Array.from({ length: m }, (_, i) =>
          column.reduce((sum, c, j) => sum + t[i * m + j] * c, 0),
        );
        columns.forEach((row, i) => {
          s[i * p + q] = row.reduce((sum, r, j) => sum + r * image[j], 0);
        });
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

function imaginaryElement({ vectors }: GeneralEigen, i: number, k: number): number {
  const { imaginary, offset, rowStep, colStep } = vectors!;
  return imaginary ? imaginary[offset + i * rowStep + k * colStep] : 0;
}

/** Places of the eigenvalues, the wanted first; conjugates side by side, the positive imaginary part first. */
function ordered({ re, im }: GeneralEigen, key: (re: number, im: number) => number): number[] {
  const first = Array.from(re.keys()).filter((k) => im[k] >= 0);
  first.sort((i, j) => key(re[i], im[i]) - key(re[j], im[j]));
  return first.flatMap((k) => (im[k] > 0 ? [k, k + 1] : [k]));
}

/** The first `count` of them, or one more where a pair would be cut. */
function cut({ im }: GeneralEigen, order: readonly number[], count: number): number[] {
  const open = count < order.length && im[order[count - 1]] > 0;
  return order.slice(0, open ? count + 1 : count);
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
