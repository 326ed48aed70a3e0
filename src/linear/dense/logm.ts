// The principal logarithm of a matrix by inverse scaling and squaring: square roots of its real Schur form until it is near the identity,
// there a Pade quotient in partial fractions, whose poles and weights are those of Gauss-Legendre quadrature.
// Source: Higham, "Functions of Matrices" (2008), chapter 11 (algorithm 11.9); blocks on the diagonal by closed formulas as in Al-Mohy,
// Higham 2012, "Improved inverse scaling and squaring algorithms for the matrix logarithm".
// Left out: complex logarithms of matrices with negative eigenvalues, the condition number.
import { type Dense, dense } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { exponential } from "./expm.ts";
import { prepare } from "./input.ts";
import { realSchur } from "./schur.ts";
import { blocksOf, checkFit, checkPrincipal, type MatrixFunction, triangularRoot } from "./sqrtm.ts";
import { fromSchur, norm1, quotient, relativeDistance } from "./square.ts";

/** Norms of X up to which the quotient of degree m = 1, 2, ... of log(I + X) has a relative error below 2^-53 (Higham 2008, table 11.1). */
const BOUNDS = [1.1e-5, 1.82e-3, 1.62e-2, 5.39e-2, 1.14e-1, 1.87e-1, 2.64e-1];
const ROOTS = 200;

/** Nodes and weights of Gauss-Legendre quadrature on [0, 1]. */
function legendre(m: number): (readonly [node: number, weight: number])[] {
  return Array.from({ length: m }, (_, k) => {
    let x = Math.cos((Math.PI * (k + 0.75)) / (m + 0.5));
    let derivative = 1;
    for (let turn = 0; turn < 10; turn++) {
      let [before, value] = [1, x];
      for (let j = 2; j <= m; j++) [before, value] = [value, ((2 * j - 1) * x * value - (j - 1) * before) / j];
      derivative = (m * (x * value - before)) / (x * x - 1);
      x -= value / derivative;
    }
    return [(1 + x) / 2, 1 / ((1 - x * x) * derivative * derivative)];
  });
}

/** log of a diagonal block [x b; c x] with eigenvalues x +- i y, or of one element, into the result. */
function exactBlocks(n: number, t: Float64Array, out: Float64Array): void {
  const starts = blocksOf(n, t);
  for (let s = 0; s + 1 < starts.length; s++) {
    const i = starts[s];
    const at = i * n + i;
    if (starts[s + 1] - i === 1) {
      out[at] = Math.log(t[at]);
      continue;
    }
    const [b, c] = [t[at + 1], t[at + n]];
    const y = Math.sqrt(Math.abs(b)) * Math.sqrt(Math.abs(c));
    const angle = Math.atan2(y, t[at]) / y;
    out[at] = out[at + n + 1] = Math.log(Math.hypot(t[at], y));
    out[at + 1] = angle * b;
    out[at + n] = angle * c;
  }
}

/**
 * The logarithm of A whose eigenvalues have imaginary parts between -pi and pi. Failures: "usage" (not square), "numeric" (NaN or
 * infinity inside; an eigenvalue that is negative or 0, named).
 */
export function logm(a: Dense): MatrixFunction {
  const { rows: n, data, scale } = prepare(a, "logm", { square: true });
  const schur = realSchur(n, data, true);
  checkPrincipal(schur, scale, "logm", true);
  let t = schur.t;
  let roots = 0;
  const x = new Float64Array(n * n);
  for (; ; roots++) {
    x.set(t);
    for (let i = 0; i < n; i++) x[i * (n + 1)] -= 1;
    const size = norm1(n, x);
    if (size <= BOUNDS.at(-1)!) break;
    if (roots === ROOTS) throw new Failure("numeric", `logm: ${ROOTS} square roots do not come near the identity`);
    t = triangularRoot(n, t, "logm");
  }
  const size = norm1(n, x);
  const sum = new Float64Array(n * n);
  for (const [node, weight] of legendre(1 + BOUNDS.findIndex((bound) => size <= bound))) {
    const denominator = x.map((value) => node * value);
    for (let i = 0; i < n; i++) denominator[i * (n + 1)] += 1;
    const part = quotient(n, denominator, x, "logm");
    for (let p = 0; p < sum.length; p++) sum[p] += weight * part[p];
  }
  const power = 2 ** roots;
  for (let p = 0; p < sum.length; p++) sum[p] *= power;
  exactBlocks(n, schur.t, sum);
  for (let i = 0; i < n; i++) sum.fill(0, i * n, i * n + Math.max(0, i - 1));
  const value = fromSchur(n, sum, schur.zt!);
  const residual = relativeDistance(exponential(n, value), data);
  checkFit(residual, "logm");
  for (let i = 0; i < n; i++) value[i * (n + 1)] -= Math.log(scale);
  return { value: dense(n, n, value), residual };
}
