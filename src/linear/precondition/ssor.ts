// Symmetric successive over-relaxation as a preconditioner: M = (D + omega L) D^-1 (D + omega U) / (omega (2 - omega)), with
// A = L + D + U (Saad 2003, section 10.2). No setup but a copy of A. Source of the form (I + E) D (I + F): E = omega L D^-1.
import { isSymmetric } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import type { Preconditioner } from "../operator.ts";
import { type GivenMatrix, nonzeroDiagonal, squareMatrix } from "./given.ts";
import { Triangles } from "./triangles.ts";

export interface SsorOptions {
  /** Relaxation, 0 < omega < 2. Default 1 (symmetric Gauss-Seidel). */
  readonly omega?: number;
}

/** @throws Failure where the diagonal has a zero. Positive definite if A is. */
export function ssorPreconditioner(given: GivenMatrix, { omega = 1 }: SsorOptions = {}): Preconditioner {
  if (!(omega > 0 && omega < 2)) throw new Failure("usage", `SSOR: omega is ${omega}`, { hint: "0 < omega < 2." });
  const { n, matrix, runtime } = squareMatrix("SSOR", given);
  const { ptr, idx, values } = matrix;
  const d = nonzeroDiagonal("SSOR", matrix);
  const ep = new Int32Array(n + 1);
  const fp = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    let [below, above] = [0, 0];
    for (let p = ptr[i]; p < ptr[i + 1]; p++)
      if (idx[p] < i) below++;
      else if (idx[p] > i) above++;
    ep[i + 1] = ep[i] + below;
    fp[i + 1] = fp[i] + above;
  }
  const e = { ptr: ep, idx: new Int32Array(ep[n]), values: new Float64Array(ep[n]) };
  const f = { ptr: fp, idx: new Int32Array(fp[n]), values: new Float64Array(fp[n]) };
  for (let i = 0; i < n; i++) {
    let [q, s] = [ep[i], fp[i]];
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      const j = idx[p];
      if (j < i) {
        e.idx[q] = j;
        e.values[q++] = (omega * values[p]) / d[j];
      } else if (j > i) {
        f.idx[s] = j;
        f.values[s++] = (omega * values[p]) / d[i];
      }
    }
  }
  const scale = omega * (2 - omega);
  return new Triangles(e, d.map((x) => scale / x), f, { name: `SSOR(${omega})`, symmetric: isSymmetric(matrix), runtime }); // oxfmt-ignore
}
