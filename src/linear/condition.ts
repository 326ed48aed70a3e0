// Estimate of |A^-1|_1 from a few solves with A and A^T.
// Source: Hager 1984; Higham, "Accuracy and Stability of Numerical Algorithms" (2nd ed. 2002), algorithm 15.4 with the
// extra vector of algorithm 15.5. A lower bound of the norm, nearly always within a factor of 3. Leaves out blocks.

/** A solver that overwrites its argument. */
export type InPlaceSolve = (b: Float64Array) => void;

/** Lower bound of |A^-1|_1; `solve` applies A^-1, `solveTransposed` A^-T. */
export function inverseNorm1(n: number, solve: InPlaceSolve, solveTransposed: InPlaceSolve): number {
  if (n === 0) return 0;
  const x = new Float64Array(n).fill(1 / n);
  let estimate = 0;
  let unit = -1;
  for (let round = 0; round < 5; round++) {
    solve(x);
    let norm = 0;
    for (const v of x) norm += Math.abs(v);
    if (!(norm < Infinity)) return Infinity;
    if (round > 0 && norm <= estimate) break;
    estimate = norm;
    for (let i = 0; i < n; i++) x[i] = x[i] < 0 ? -1 : 1;
    solveTransposed(x);
    let at = 0;
    for (let i = 1; i < n; i++) if (Math.abs(x[i]) > Math.abs(x[at])) at = i;
    if (at === unit) break;
    unit = at;
    x.fill(0);
    x[at] = 1;
  }
  for (let i = 0; i < n; i++) x[i] = (i % 2 === 0 ? 1 : -1) * (1 + i / Math.max(1, n - 1));
  solve(x);
  let norm = 0;
  for (const v of x) norm += Math.abs(v);
  return norm < Infinity ? Math.max(estimate, (2 * norm) / (3 * n)) : Infinity;
}
