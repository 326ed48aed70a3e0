// LU factors of a dense matrix, with partial pivoting, computed in any number format: every product, difference and quotient is rounded to
// it. The matrix is scaled to it first, rows and columns by powers of two, so that narrow formats neither overflow nor lose small rows
// (after Higham, Pranesh, Zounon 2019). Slow by nature: for studies, and for factors that a cheap machine would make.
import { Failure } from "../../base/index.ts";
import { type Format, rounder } from "../../number/index.ts";
import type { Preconditioner } from "../operator.ts";

/** Largest order: three nested loops with a rounding each. */
const MOST = 2000;

/**
 * M^-1 = C (LU)^-1 P R with powers of two R and C. The triangular solves are rounded to the format too, or with `solves` "double"
 * done in double precision: then M^-1 is a linear map, as GMRES needs. @throws Failure where a pivot vanishes in the format.
 */
export function roundedLU(
  n: number,
  matrix: Float64Array,
  format: Format,
  solves: "format" | "double" = "format",
): Preconditioner {
  if (n > MOST) throw new Failure("limit", `a factorisation in ${format.name} of order ${n}`, { hint: `At most ${MOST}; give an inner solver of your own.` }); // oxfmt-ignore
  const to = rounder(format);
  const round = (x: number): number => to(x, 0);
  const rows = new Float64Array(n);
  const cols = new Float64Array(n);
  const a = matrix.slice();
  for (let i = 0; i < n; i++) {
    rows[i] = powerNear(largest(n, (j) => a[i * n + j]));
    for (let j = 0; j < n; j++) a[i * n + j] *= rows[i];
  }
  for (let j = 0; j < n; j++) {
    cols[j] = powerNear(largest(n, (i) => a[i * n + j]));
    for (let i = 0; i < n; i++) a[i * n + j] = round(a[i * n + j] * cols[j]);
  }
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k])) pivot = i;
    if (!(Math.abs(a[pivot * n + k]) > 0 && Number.isFinite(a[pivot * n + k])))
      throw new Failure("numeric", `the matrix is singular in ${format.name}: column ${k}`, { hint: "Use a format with more digits." }); // oxfmt-ignore
    if (pivot !== k) {
      [order[k], order[pivot]] = [order[pivot], order[k]];
      for (let j = 0; j < n; j++) [a[k * n + j], a[pivot * n + j]] = [a[pivot * n + j], a[k * n + j]];
    }
    for (let i = k + 1; i < n; i++) {
      if (a[i * n + k] === 0) continue;
      const factor = round(a[i * n + k] / a[k * n + k]);
      a[i * n + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) {
        const less = round(factor * a[k * n + j]);
        if (less !== 0) a[i * n + j] = round(a[i * n + j] - less);
      }
    }
  }
  const step = solves === "format" ? round : (x: number): number => x;
  return {
    name: `LU in ${format.name}`,
    n,
    symmetric: false,
    entries: n * n,
    apply(r, z) {
      // Scaled, so that its largest element is near 1.
      const most = largest(n, (i) => r[i] * rows[i]);
      if (most === 0 || !Number.isFinite(most)) {
        z.fill(most === 0 ? 0 : Number.NaN);
        return;
      }
      const up = powerNear(most);
      for (let i = 0; i < n; i++) {
        let sum = step(r[order[i]] * rows[order[i]] * up);
        for (let j = 0; j < i; j++) sum = step(sum - step(a[i * n + j] * z[j]));
        z[i] = sum;
      }
      for (let i = n - 1; i >= 0; i--) {
        let sum = z[i];
        for (let j = i + 1; j < n; j++) sum = step(sum - step(a[i * n + j] * z[j]));
        z[i] = step(sum / a[i * n + i]);
      }
      for (let i = 0; i < n; i++) z[i] = (z[i] * cols[i]) / up;
    },
  };
}

function largest(n: number, at: (k: number) => number): number {
  let most = 0;
  for (let k = 0; k < n; k++) most = Math.max(most, Math.abs(at(k)));
  return most;
}

/** A power of two s such that s x lies in (0.5, 1]; 1 for 0. */
const powerNear = (x: number): number => (x > 0 ? 2 ** Math.max(-1000, Math.min(1000, -Math.ceil(Math.log2(x)))) : 1);
