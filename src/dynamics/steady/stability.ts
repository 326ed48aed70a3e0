// Stability of a steady state: eigenvalues of the linearised system. Algebraic equations are eliminated first:
// with J in blocks of differential and algebraic rows and columns, the matrix is J_dd - J_da J_aa^-1 J_ad.
import { dense } from "../../array/index.ts";
import { DenseLU } from "../../linear/dense-lu.ts";
import { eigenGeneral } from "../../linear/dense/eigen-general.ts";
import type { EquilibriumSystem } from "./system.ts";

export interface Stability {
  /** Eigenvalues, the largest real part first; a pair's positive imaginary part first. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** Number of eigenvalues with positive real part, beyond rounding. */
  readonly unstable: number;
  /** undecided: a real part is zero up to rounding. */
  readonly verdict: "stable" | "unstable" | "undecided";
}

export function stabilityAt(system: EquilibriumSystem, y: Float64Array, parameter: number): Stability {
  const { n } = system;
  const J = new Float64Array(n * n);
  system.jacobian(y, parameter, J);
  const matrix = eliminate(n, J, system.mass);
  const size = Math.sqrt(matrix.length);
  if (size === 0) return { re: new Float64Array(0), im: new Float64Array(0), unstable: 0, verdict: "stable" };
  const { re, im } = eigenGeneral(dense(size, size, matrix), { vectors: false });
  const order = Array.from(re, (_, k) => k).sort((a, b) => re[b] - re[a] || im[b] - im[a]);
  const sorted = { re: re.map((_, k) => re[order[k]]), im: im.map((_, k) => im[order[k]]) };
  // Rounding moves eigenvalues by about this much, those of defective matrices by more.
  const noise = 1e-13 * size * matrix.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const unstable = re.reduce((count, x) => count + (x > noise ? 1 : 0), 0);
  return {
    ...sorted,
    unstable,
    verdict: sorted.re[0] > noise ? "unstable" : sorted.re[0] < -noise ? "stable" : "undecided",
  };
}

function eliminate(n: number, J: Float64Array, mass: Float64Array | undefined): Float64Array {
  if (mass === undefined || mass.every((m) => m !== 0)) return J;
  const d: number[] = [];
  const a: number[] = [];
  mass.forEach((m, i) => (m === 0 ? a : d).push(i));
  const m = a.length;
  const lu = new DenseLU(m);
  const out = new Float64Array(d.length * d.length);
  try {
    const singular = lu.factor(Float64Array.from({ length: m * m }, (_, k) => J[a[Math.floor(k / m)] * n + a[k % m]])) >= 0; // oxfmt-ignore
    d.forEach((column, l) => {
      const right = Float64Array.from(a, (row) => J[row * n + column]);
      if (singular) right.fill(Number.NaN);
      else lu.solve(right);
      d.forEach((row, k) => {
        let sum = J[row * n + column];
        for (let i = 0; i < m; i++) sum -= J[row * n + a[i]] * right[i];
        out[k * d.length + l] = sum;
      });
    });
  } finally {
    lu.dispose();
  }
  return out;
}
