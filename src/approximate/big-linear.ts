// Systems of linear equations in BigFloat: Gaussian elimination with partial pivoting, for the small systems of this room.
import { bigfloat as F, type BigFloat } from "../number/index.ts";

/** x with A x = b, A given by rows; undefined if a pivot is zero or lost in rounding. */
export function solveDense(a: readonly (readonly BigFloat[])[], b: readonly BigFloat[], p: number): BigFloat[] | undefined {
  const n = b.length;
  const rows = a.map((row, i) => [...row, b[i]]);
  const tops = rows.map((row) => Math.max(...row.slice(0, n).map((x) => (F.isZero(x) ? -Infinity : x.top))));
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (F.compare(F.absolute(rows[i][k]), F.absolute(rows[pivot][k])) === 1) pivot = i;
    const head = rows[pivot][k];
    if (!F.isFinite(head) || F.isZero(head) || head.top < Math.max(...tops) - p + 8) return undefined;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    [tops[k], tops[pivot]] = [tops[pivot], tops[k]];
    for (let i = k + 1; i < n; i++) {
      if (F.isZero(rows[i][k])) continue;
      const factor = F.divide(rows[i][k], head, p);
      for (let j = k + 1; j <= n; j++) rows[i][j] = F.subtract(rows[i][j], F.multiply(factor, rows[k][j], p), p);
    }
  }
  const x = new Array<BigFloat>(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i][n];
    for (let j = i + 1; j < n; j++) sum = F.subtract(sum, F.multiply(rows[i][j], x[j], p), p);
    x[i] = F.divide(sum, rows[i][i], p);
  }
  return x;
}
