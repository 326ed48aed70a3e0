// Reduction of an m x n matrix (m >= n) to upper bidiagonal form, Q^T A P = B, by Householder reflectors from both sides, two passes
// over the matrix a step. Source and kernels: kernels-reflect.ts.
import { makeReflector } from "./householder.ts";
import type { Work } from "./work.ts";

export interface Bidiagonal {
  /** Diagonal (n) and the one above it (n - 1). */
  readonly d: Float64Array;
  readonly e: Float64Array;
  /** Of the n reflectors from the left. */
  readonly tauQ: Float64Array;
  /** Of the n - 2 from the right, which begin one place after their own index. */
  readonly tauP: Float64Array;
}

/**
 * `a`, in working memory with rows of `ld`, is destroyed. `qt` and `pt` (zero, rows of `ldq` >= m + 3 and `ld`) receive the
 * reflectors of both sides.
 */
export function bidiagonalise(work: Work, m: number, n: number, a: number, ld: number, qt: number, ldq: number, pt: number): Bidiagonal {
  const { numbers: h, raw } = work;
  const [d, e] = [new Float64Array(n), new Float64Array(Math.max(0, n - 1))];
  const [tauQ, tauP] = [new Float64Array(n), new Float64Array(Math.max(0, n - 2))];
  // The pending update is A -= u y^T + x v^T.
  const [u, x] = [work.take(ldq), work.take(ldq)];
  const [y, v, z] = [work.take(ld), work.take(ld), work.take(ld)];
  for (let k = 0; k < n; k++) {
    const [yk, vk] = [h[y + k], h[v + k]];
    const q = qt + k * ldq;
    for (let i = k, p = a + k * ld + k; i < m; i++, p += ld) h[q + i] = h[p] - (h[u + i] * yk + h[x + i] * vk);
    const left = makeReflector(h, q + k, 1, m - k);
    d[k] = left.beta;
    tauQ[k] = left.tau;
    const next = k + 1;
    const wide = n - next;
    if (wide === 0) break;
    const at = a + k * ld + next;
    raw.bidiagonalStep(m - k, wide, 8 * at, ld, 8 * (u + k), 8 * (y + next), 8 * (x + k), 8 * (v + next), 8 * (q + k), 8 * (z + next));
    for (let j = next; j < n; j++) h[y + j] = left.tau * h[z + j];
    for (let i = next; i < m; i++) h[u + i] = h[q + i];
    const row = wide > 1 ? pt + k * ld + next : v + next;
    for (let j = 0; j < wide; j++) h[row + j] = h[at + j] - h[y + next + j];
    if (wide === 1) {
      e[k] = h[row];
      h[v + next] = 0;
      h.fill(0, x, x + m);
      continue;
    }
    const right = makeReflector(h, row, 1, wide);
    e[k] = right.beta;
    tauP[k] = right.tau;
    h.copyWithin(v + next, row, row + wide);
    raw.rowDots(m - next, wide, 8 * (at + ld), ld, 8 * (v + next), 8 * (x + next));
    let product = 0;
    for (let j = next; j < n; j++) product += h[y + j] * h[v + j];
    for (let i = next; i < m; i++) h[x + i] = right.tau * (h[x + i] - product * h[u + i]);
  }
  return { d, e, tauQ, tauP };
} // oxfmt-ignore
