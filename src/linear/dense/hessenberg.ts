// Reduction of a square matrix to upper Hessenberg form, Q^T A Q = H, by Householder reflectors, one pass over the matrix a step.
// Source and kernels: kernels-reflect.ts.
import { makeReflector } from "./householder.ts";
import type { Work } from "./work.ts";

/**
 * H in place of `a` (n x n in working memory, rows of `ld`); `vt` (zero, rows of `ld`) receives n - 2 reflectors, which begin one place
 * after their own index. Returns their factors tau.
 */
export function hessenbergForm(work: Work, n: number, a: number, ld: number, vt: number): Float64Array {
  const { numbers: h, raw } = work;
  const tau = new Float64Array(Math.max(0, n - 2));
  // The pending update is A -= u z^T + y u^T.
  const [u, z, y, p, q] = [0, 1, 2, 3, 4].map(() => work.take(ld));
  const settle = (j: number): void => {
    const [zj, uj] = [h[z + j], h[u + j]];
    for (let i = 0, at = a + j; i < n; i++, at += ld) h[at] -= h[u + i] * zj + h[y + i] * uj;
  };
  for (let k = 0; k + 2 < n; k++) {
    settle(k);
    const next = k + 1;
    const v = vt + k * ld;
    for (let i = next, at = a + next * ld + k; i < n; i++, at += ld) {
      h[v + i] = h[at];
      h[at] = 0;
    }
    const { tau: t, beta } = makeReflector(h, v + next, 1, n - next);
    h[a + next * ld + k] = beta;
    tau[k] = t;
    const wide = n - next;
    raw.hessenbergStep(n, wide, 8 * (a + next), ld, 8 * u, 8 * (z + next), 8 * y, 8 * (u + next), 8 * (v + next), 8 * p, 8 * v, 8 * (q + next));
    let product = 0;
    for (let j = next; j < n; j++) product += h[p + j] * h[v + j];
    for (let i = 0; i < n; i++) {
      h[u + i] = h[v + i];
      h[y + i] = t * (h[p + i] - t * product * h[v + i]);
      h[z + i] = i < next ? 0 : t * h[q + i];
    }
  }
  for (let j = Math.max(0, n - 2); j < n; j++) settle(j);
  return tau;
} // oxfmt-ignore
