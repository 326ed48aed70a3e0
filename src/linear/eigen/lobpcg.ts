// A few of the smallest or largest eigenpairs of a symmetric matrix by LOBPCG (Knyazev 2001): Rayleigh-Ritz on the span of the vectors, their
// preconditioned residuals and the directions of the step before. The span is orthonormalised anew in each step and dependent vectors
// are left out, which keeps the method stable (after Hetmaniuk, Lehoucq 2006). Pairs that have converged stay in the span.
// Left out: generalised problems.
import { dense, element } from "../../array/index.ts";
import { Failure, Meter, Random } from "../../base/index.ts";
import { eigenSymmetric } from "../dense/index.ts";
import { type Basis, VectorSpace } from "../iterative/vector-space.ts";
import type { IterationStatus, LinearOperator, Preconditioner } from "../operator.ts";
import { checkPairs, type EigenIteration, type EigenPairs, fillRandom, pairEvidence } from "./result.ts";

export interface LobpcgOptions extends EigenIteration {
  readonly count: number;
  /** Default "smallest". */
  readonly which?: "smallest" | "largest";
  /** Symmetric positive definite; for the smallest pairs an approximate inverse of A. */
  readonly preconditioner?: Preconditioner;
  /** Vectors to begin with; random ones take the place of those missing. */
  readonly start?: readonly Float64Array[];
  /** Vectors more than wanted, which converge less but help the others. Default 2 or as many as fit. */
  readonly extra?: number;
}

export function lobpcg(operator: LinearOperator, options: LobpcgOptions): EigenPairs {
  const { count, which = "smallest", preconditioner, tolerance = 1e-8, limit = 300, budget, signal, seed = 0 } = options;
  const n = checkPairs(operator, count, "lobpcg");
  const block = Math.min(n, count + (options.extra ?? 2));
  if (preconditioner && (preconditioner.n !== n || !preconditioner.symmetric))
    throw new Failure("usage", `lobpcg: the preconditioner ${preconditioner.name} is not symmetric or not of order ${n}`);
  const meter = new Meter(budget, signal);
  const random = new Random(seed, 76);
  const most = Math.min(n, 3 * block);
  const space = new VectorSpace((2 * most + 6 * block + 3) * (n + 2), [operator.runtime, preconditioner?.runtime], 24);
  try {
    // The span S and A S, in order: vectors, residuals, directions; and what the next step takes from them.
    const [s, as] = [space.basis(n, most), space.basis(n, most)];
    const [x, ax, p, ap] = [0, 1, 2, 3].map(() => space.basis(n, block));
    const [r, z] = [space.vector(n), space.vector(n)];
    const sign = which === "smallest" ? 1 : -1;
    const h = new Float64Array(most);
    let [size, products, steps, largest] = [0, 0, 0, 0];
    /** Puts v into the span, with its image if that is known; false if it depends on what is there. */
    const join = (v: Float64Array, image?: Float64Array): boolean => {
      if (size >= most) return false;
      const [to, at] = [s.vectors[size], as.vectors[size]];
      to.set(v);
      const before = space.norm(to);
      const norm = space.orthogonalise(s, size, to, h);
      if (!(norm > 1e-10 * before)) return false;
      if (image) {
        at.set(image);
        space.combine(as, size, h, -1, at);
        space.scale(1 / norm, at, at);
      }
      space.scale(1 / norm, to, to);
      if (!image) {
        operator.apply(to, at);
        products++;
      }
      size++;
      return true;
    };
    for (let k = 0; size < block; k++) {
      const given = options.start?.[k];
      if (given) r.set(given);
      else fillRandom(r, random);
      join(r);
    }
    let [values, fromX] = [new Float64Array(0), 0];
    for (;;) {
      const g = new Float64Array(size * size);
      for (let j = 0; j < size; j++) {
        space.dots(s, j + 1, as.vectors[j], h);
        for (let i = 0; i <= j; i++) g[i * size + j] = g[j * size + i] = sign * h[i];
      }
      if (!g.every(Number.isFinite)) throw new Failure("numeric", "lobpcg: a product with the matrix or the preconditioner is not finite"); // oxfmt-ignore
      const eigen = eigenSymmetric(dense(size, size, g));
      values = eigen.values.slice(0, block).map((value) => sign * value);
      largest = eigen.values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), largest);
      for (let k = 0; k < block; k++) {
        const all = Float64Array.from({ length: size }, (_, i) => element(eigen.vectors!, i, k));
        const rest = all.map((value, i) => (i < fromX ? 0 : value));
        for (const [from, to, coefficients] of [[s, x, all], [as, ax, all], [s, p, rest], [as, ap, rest]] as const)
          into(space, from, size, coefficients, to.vectors[k]);
      }
      const errors = Float64Array.from({ length: block }, (_, k) => residual(space, x, ax, values[k], k, r));
      meter.steps = ++steps;
      const done = errors.subarray(0, count).every((e) => e <= 0.5 * tolerance * largest);
      const stop = steps >= limit ? { kind: "steps" as const, detail: `${steps} steps` } : meter.stop();
      if (done || stop || size === n) return finish(operator, space, x, values.slice(0, count), [r, z], { tolerance, largest, steps, products, stopped: stop?.detail }); // oxfmt-ignore
      size = 0;
      for (let k = 0; k < block; k++) join(x.vectors[k], ax.vectors[k]);
      fromX = size;
      for (let k = 0; k < block; k++) {
        residual(space, x, ax, values[k], k, r);
        if (preconditioner) preconditioner.apply(r, z);
        join(preconditioner ? z : r);
      }
      if (steps > 1) for (let k = 0; k < block; k++) join(p.vectors[k], ap.vectors[k]);
    }
  } finally {
    space.close();
  }
} // oxfmt-ignore

function into(space: VectorSpace, from: Basis, count: number, coefficients: Float64Array, to: Float64Array): void {
  to.fill(0);
  space.combine(from, count, coefficients, 1, to);
}

/** r = A x_k - value x_k; gives |r|. */
function residual(space: VectorSpace, x: Basis, ax: Basis, value: number, k: number, r: Float64Array): number {
  space.triad(ax.vectors[k], -value, x.vectors[k], r);
  return space.norm(r);
}

interface Counts {
  readonly tolerance: number;
  readonly largest: number;
  readonly steps: number;
  readonly products: number;
  readonly stopped: string | undefined;
}

function finish(operator: LinearOperator, space: VectorSpace, x: Basis, values: Float64Array, [r, z]: Float64Array[], counts: Counts): EigenPairs {
  const { tolerance, largest, steps, products, stopped } = counts;
  const residuals = values.map((value, k) => {
    operator.apply(x.vectors[k], r);
    space.triad(r, -value, x.vectors[k], z);
    const error = space.norm(z);
    return error === 0 ? 0 : error / largest;
  });
  const worst = residuals.reduce((most, e) => (e <= most ? most : e), 0);
  const status: IterationStatus = worst <= tolerance ? "converged" : stopped ? "limit" : "stalled";
  const reason = status === "converged" ? `all residuals <= ${tolerance} |A|` : (stopped ?? "the residuals computed from the pairs are larger than the method knew");
  const vectors = Array.from(values.keys(), (k) => x.vectors[k].slice());
  return { values, vectors, residuals, status, reason, iterations: steps, products: products + values.length, evidence: [pairEvidence(worst, "LOBPCG")] };
} // oxfmt-ignore
