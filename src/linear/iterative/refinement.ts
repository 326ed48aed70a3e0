// Iterative refinement in several precisions (Moler 1967; Carson, Higham 2018): factors or solutions made in a cheap format, residuals
// in double or in double-double precision, x in double. Corrections come from the factors alone, or from GMRES preconditioned by
// them (GMRES-IR), which also works where the condition times the format's rounding exceeds 1; or from a solver of one's own.
import { checkSparse, multiplyVector, type Sparse, toLayout } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { doubleDouble, type Format, formatNamed } from "../../number/index.ts";
import type { IterationStatus, IterativeResult } from "../operator.ts";
import { gmres } from "./gmres.ts";
import { checkTolerance, checkVector, type IterativeOptions, residualEvidence, type RunEnd, Steps } from "./iteration.ts"; // oxfmt-ignore
import { roundedLU } from "./rounded-lu.ts";

export interface RefinementOptions extends Omit<IterativeOptions, "preconditioner"> {
  /** What the factors are computed in: a format, or a name such as "binary32", "bfloat16", "binary16". Default binary32. */
  readonly format?: Format | string;
  /** Corrections by the factors alone, by GMRES with them, or by a function: an approximate A^-1 r. Default "factors". */
  readonly inner?: "factors" | "gmres" | ((r: Float64Array) => Float64Array);
  /** Default "double". With "double-double" x becomes as accurate as its doubles allow, where the condition lets the method converge at all. */
  readonly residual?: "double" | "double-double";
}

/** Relative residual of the inner GMRES. */
const INNER = 1e-8;

/** Solves A x = b. `tolerance` (default 1e-12) is that of |b - A x| / |b|; a step is one correction. */
export function refine(given: Sparse, b: Float64Array, options: RefinementOptions = {}): IterativeResult {
  const { inner = "factors", residual: precision = "double", x0 } = options;
  if (given.imaginary) throw new Failure("unsupported", "refinement of complex systems", { hint: "Use realForm(A)." });
  const matrix = toLayout(checkSparse(given), "csr");
  const n = matrix.rows;
  if (matrix.cols !== n) throw new Failure("usage", `refine: a matrix of ${n} x ${matrix.cols} is not square`);
  checkVector("the entries of the matrix", matrix.values.subarray(0, matrix.ptr[n]), matrix.ptr[n]);
  checkVector("the right side", b, n);
  if (x0) checkVector("x0", x0, n);
  const tolerance = checkTolerance(options.tolerance ?? 1e-12);
  const format = typeof options.format === "object" ? options.format : formatNamed(options.format ?? "binary32");
  const steps = new Steps(n, options);
  const correct = corrections(matrix, format, inner);
  const residualOf = precision === "double" ? plainResidual : accurateResidual;
  const whole = norm(b);
  const x = x0 ? Float64Array.from(x0) : new Float64Array(n);
  let best = x.slice();
  let products = 0;
  const finish = (status: IterationStatus, reason: string, relative: number): IterativeResult => ({
    x: best, status, reason,
    ...(steps.stop && status === "limit" && { stop: steps.stop }),
    iterations: steps.history.length,
    products, residual: relative,
    history: steps.history,
    evidence: [residualEvidence(relative, `refinement, factors in ${format.name}, residuals in ${precision} precision`)],
  }); // oxfmt-ignore
  if (whole === 0) {
    best = new Float64Array(n);
    return finish("converged", "the right side is zero", 0);
  }
  let [least, before, small, lastChange, slow] = [Infinity, Infinity, false, Infinity, 0];
  let end: RunEnd | undefined = steps.ended();
  for (;;) {
    const r = residualOf(matrix, b, x);
    products++;
    const relative = norm(r) / whole;
    if (relative < least || (relative <= tolerance && precision === "double-double" && slow === 0)) {
      least = relative;
      best = x.slice();
    }
    // With accurate residuals x goes on to improve after its residual is small.
    const done = precision === "double" ? relative <= tolerance : small;
    if (done && least <= tolerance) return finish("converged", `|b - A x| <= ${tolerance} |b|`, least);
    if (!Number.isFinite(relative)) return finish("breakdown", "a correction is not finite", Math.min(least, 1e300));
    if (end === "limit") return finish("limit", steps.reason, least);
    if (precision === "double" || relative > tolerance ? relative > 0.5 * before || small : slow >= 3) {
      if (least <= tolerance) return finish("converged", `|b - A x| <= ${tolerance} |b|`, least);
      return finish("stalled", `corrections in ${format.name} no longer halve the residual`, least);
    }
    before = relative;
    const d = correct(r);
    let [size, change] = [0, 0];
    for (let i = 0; i < n; i++) {
      x[i] += d[i];
      size = Math.max(size, Math.abs(x[i]));
      change = Math.max(change, Math.abs(d[i]));
    }
    small = change <= 2 ** -53 * size;
    slow = change > 0.5 * lastChange ? slow + 1 : 0;
    lastChange = Math.min(change, lastChange);
    const noted = steps.take(relative);
    end = noted === "stalled" ? undefined : noted;
    if (typeof end === "object") return finish("breakdown", end.breakdown, least);
  }
}

function corrections(
  matrix: Sparse,
  format: Format,
  inner: NonNullable<RefinementOptions["inner"]>,
): (r: Float64Array) => Float64Array {
  if (typeof inner === "function") return inner;
  const n = matrix.rows;
  const dense = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let p = matrix.ptr[i]; p < matrix.ptr[i + 1]; p++) dense[i * n + matrix.idx[p]] = matrix.values[p];
  const preconditioner = roundedLU(n, dense, format, inner === "gmres" ? "double" : "format");
  if (inner === "factors")
    return (r) => {
      const z = new Float64Array(n);
      preconditioner.apply(r, z);
      return z;
    };
  const operator = { rows: n, cols: n, apply: (x: Float64Array, y: Float64Array) => void multiplyVector(matrix, x, y) };
  return (r) => gmres(operator, r, { preconditioner, tolerance: INNER, restart: Math.min(n, 50), limit: 100 }).x;
}

/** |v|, with the largest element known. */
function norm(v: Float64Array): number {
  let most = 0;
  for (let i = 0; i < v.length; i++) if (!(Math.abs(v[i]) <= most)) most = Math.abs(v[i]);
  if (most === 0 || !Number.isFinite(most)) return most;
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += (v[i] / most) ** 2;
  return most * Math.sqrt(sum);
}

function plainResidual(matrix: Sparse, b: Float64Array, x: Float64Array): Float64Array {
  const y = multiplyVector(matrix, x);
  for (let i = 0; i < y.length; i++) y[i] = b[i] - y[i];
  return y;
}

/** Every element computed with 106 bits and rounded once. */
function accurateResidual({ rows, ptr, idx, values }: Sparse, b: Float64Array, x: Float64Array): Float64Array {
  const { twoProduct, twoSum, fastTwoSum } = doubleDouble;
  const r = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let [hi, lo] = [b[i], 0];
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      const [product, error] = twoProduct(-values[p], x[idx[p]]);
      const [sum, lost] = twoSum(hi, product);
      [hi, lo] = fastTwoSum(sum, lost + lo + error);
    }
    r[i] = hi + lo;
  }
  return r;
}
