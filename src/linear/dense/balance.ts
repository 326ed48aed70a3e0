// Balancing: a diagonal similarity D^-1 A D by powers of two that makes the norms of row i and column i nearly equal.
// Source: Parlett, Reinsch 1969, "Balancing a matrix for calculation of eigenvalues and eigenvectors"; the norms are Euclidean and the
// diagonal counts, without which rounding errors beside a large diagonal would be scaled up: James, Langou, Lowery 2014, "On matrix
// balancing and eigenvector computation".
// Left out: permutations that isolate eigenvalues.
import { norm2 } from "./householder.ts";

/** A pass must win this much on a row and column to count. */
const WORTH = 0.95;
const PASSES = 100;

/** Balances n x n numbers in place; returns the diagonal of D. */
export function balance(n: number, a: Float64Array): Float64Array {
  const d = new Float64Array(n).fill(1);
  for (let pass = 0, changed = true; changed && pass < PASSES; pass++) {
    changed = false;
    for (let i = 0; i < n; i++) {
      const [column, row] = [norm2(a, i, n, n), norm2(a, i * n, 1, n)];
      if (column === 0 || row === 0) continue;
      // f^2 near row / column, a power of 4.
      const exponent = Math.max(-400, Math.min(400, Math.round(Math.log2(row / column) / 2)));
      const f = 2 ** exponent;
      const room = d[i] * f;
      if (exponent === 0 || !(room > 2 ** -400 && room < 2 ** 400)) continue;
      if (Math.hypot(column * f, row / f) >= WORTH * Math.hypot(column, row)) continue;
      changed = true;
      d[i] = room;
      for (let j = 0; j < n; j++) a[i * n + j] /= f;
      for (let j = 0; j < n; j++) a[j * n + i] *= f;
    }
  }
  return d;
}
