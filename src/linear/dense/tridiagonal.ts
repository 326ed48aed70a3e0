// Reduction of a symmetric matrix to tridiagonal form, Q^T A Q = T, by Householder reflectors, one pass over the matrix a step.
// Both triangles are kept and updated, so that all passes are along rows. Source and kernels: kernels-reflect.ts.
import { makeReflector } from "./householder.ts";
import type { Work } from "./work.ts";

export interface Tridiagonal {
  /** Diagonal and the one beside it. */
  readonly d: Float64Array;
  readonly e: Float64Array;
  /** Of n - 2 reflectors, which begin one place after their own index. */
  readonly tau: Float64Array;
}

/** `a`, n x n in working memory, is destroyed; `vt` (rows of `ld`, zero) receives the reflectors. */
export function tridiagonalise(work: Work, n: number, a: number, ld: number, vt: number): Tridiagonal {
  const { numbers: h, raw } = work;
  const [d, e, tau] = [new Float64Array(n), new Float64Array(Math.max(0, n - 1)), new Float64Array(Math.max(0, n - 2))];
  const [v, w, y] = [work.take(ld), work.take(ld), work.take(ld)];
  for (let k = 0; k < n; k++) {
    const row = a + k * ld;
    const [vk, wk] = [h[v + k], h[w + k]];
    for (let j = k; j < n; j++) h[row + j] -= vk * h[w + j] + wk * h[v + j];
    d[k] = h[row + k];
    if (k + 1 === n) break;
    if (k + 2 === n) {
      e[k] = h[row + k + 1];
      continue;
    }
    const { tau: t, beta } = makeReflector(h, row + k + 1, 1, n - k - 1);
    e[k] = beta;
    tau[k] = t;
    const [next, u] = [k + 1, vt + k * ld];
    for (let j = next; j < n; j++) h[u + j] = h[row + j];
    const m = n - next;
    raw.tridiagonalStep(m, m, 8 * (a + next * ld + next), ld, 8 * (v + next), 8 * (w + next), 8 * (u + next), 8 * (y + next)); // oxfmt-ignore
    let product = 0;
    for (let j = next; j < n; j++) product += h[y + j] * h[u + j];
    const half = (t * t * product) / 2;
    for (let j = next; j < n; j++) {
      h[v + j] = h[u + j];
      h[w + j] = t * h[y + j] - half * h[u + j];
    }
  }
  return { d, e, tau };
}
