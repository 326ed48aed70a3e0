// Claim hpc-kernels: the six kernels by which code generators have been judged (Godoy, Valero-Lara, Teranishi, Balaprakash,
// Vetter 2023): AXPY, GEMV, GEMM, SpMV, 3-D Jacobi and conjugate gradients, each from one description for every target.
// Reference: sums rounded once (ExactSum) of the data as they are. An element passes if its error is at most the classical bound
// for any order of summation, gamma_n * sum |a||b| (Higham 2002, section 3.1); CG passes if the true residual, computed exactly,
// is below ten times the tolerance.
// Grades follow the paper's rubric, by what came out for one request: 1 expert (one program, correct), 0.75 proficient (several,
// all correct, in the model asked for), 0.5 learner (one correct, others wrong, all in that model), 0.25 novice (one correct,
// others in other models), 0 (none correct).
// Left out: OpenMP and WGSL variants; judging text that is not run.
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import { Failure } from "calculemus/base";
import { nativeMissing, NumericKernels, type SparseArrays, type TargetName } from "calculemus/compile";
import type { Evidence } from "calculemus/evidence";
import { exactDot, ExactSum } from "calculemus/number";

/** One program that was suggested. */
export interface Candidate {
  readonly correct: boolean;
  /** In the language and programming model that were asked for. */
  readonly asked: boolean;
}

export function proficiency(candidates: readonly Candidate[]): 0 | 0.25 | 0.5 | 0.75 | 1 {
  if (!candidates.some((each) => each.correct && each.asked)) return 0;
  if (candidates.some((each) => !each.asked)) return 0.25;
  if (candidates.some((each) => !each.correct)) return 0.5;
  return candidates.length === 1 ? 1 : 0.75;
}

export interface Sizes {
  readonly vector: number;
  /** Side of the matrices of GEMV and GEMM. */
  readonly gemv: number;
  readonly gemm: number;
  /** Side of the grid of SpMV and CG, and sides of the grid of the Jacobi sweep. */
  readonly grid: number;
  readonly box: readonly [number, number, number];
}

const FULL: Sizes = { vector: 100_003, gemv: 301, gemm: 131, grid: 61, box: [20, 31, 43] };
const TOLERANCE = 1e-10;
const UNIT = 2 ** -53;

function numbers(length: number, seed: number): Float64Array {
  let s = seed;
  return Float64Array.from({ length }, () => (s = (Math.imul(s, 1103515245) + 12345) >>> 0) / 2 ** 32 - 0.5);
}

function laplacian(n: number): SparseArrays<Float64Array> {
  const [start, index, value]: [number[], number[], number[]] = [[0], [], []];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      for (const [a, b, x] of [[i - 1, j, -1], [i, j - 1, -1], [i, j, 4], [i, j + 1, -1], [i + 1, j, -1]]) {
        if (a < 0 || b < 0 || a >= n || b >= n) continue;
        index.push(a * n + b);
        value.push(x);
      } // oxfmt-ignore
      start.push(index.length);
    }
  return { rows: n * n, columns: n * n, start, index, value: Float64Array.from(value) };
}

/** Largest error over bound; terms of element i as two lists whose products are summed. */
function worst(
  found: ArrayLike<number>,
  terms: (i: number) => readonly [Float64Array, Float64Array] | undefined,
): number {
  let most = 0;
  for (let i = 0; i < found.length; i++) {
    const pair = terms(i);
    if (!pair) continue;
    const [a, b] = pair;
    // A product and a sum for each term, two roundings more.
    const n = (a.length + 2) * UNIT;
    let magnitude = 0;
    for (let p = 0; p < a.length; p++) magnitude += Math.abs(a[p] * b[p]);
    // The reference is itself rounded to a double: half a unit of it.
    const bound = (n / (1 - n)) * magnitude + UNIT * magnitude;
    const error = Math.abs(found[i] - exactDot(a, b));
    if (Number.isNaN(error)) return Infinity;
    if (error > 0) most = Math.max(most, error / bound);
  }
  return most;
}

/** Error over bound of each kernel on one target; at most 1 passes. */
export function check(target: TargetName, sizes: Sizes): Record<string, number> {
  const k = new NumericKernels({ target, bytes: 64 << 20 });
  try {
    const out: Record<string, number> = {};
    const [x, y] = [numbers(sizes.vector, 1), numbers(sizes.vector, 2)];
    const sum = k.axpy(0.75, x, y.slice());
    out.AXPY = worst(sum, (i) => [Float64Array.of(0.75, 1), Float64Array.of(x[i], y[i])]);
    const m = sizes.gemv;
    const a = numbers(m * m, 3);
    const v = numbers(m, 4);
    out.GEMV = worst(k.gemv(a, v, { m, n: m }), (i) => [a.subarray(i * m, i * m + m), v]);
    const n = sizes.gemm;
    const [p, q] = [numbers(n * n, 5), numbers(n * n, 6)];
    const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: n }, (__, i) => q[i * n + j]));
    out.GEMM = worst(k.gemm(p, q, { m: n, n, k: n }), (i) => {
      const row = Math.floor(i / n);
      return [p.subarray(row * n, row * n + n), columns[i % n]];
    });
    const matrix = laplacian(sizes.grid);
    const system = k.sparse(matrix);
    const w = numbers(matrix.rows, 7);
    const rowOf = (i: number, z: Float64Array): [Float64Array, Float64Array] => {
      const entries = Array.from({ length: matrix.start[i + 1] - matrix.start[i] }, (_, e) => matrix.start[i] + e);
      return [
        Float64Array.from(entries, (e) => matrix.value[e]),
        Float64Array.from(entries, (e) => z[matrix.index[e]]),
      ];
    };
    out.SpMV = worst(system.multiply(w), (i) => rowOf(i, w));
    const [planes, rows, width] = sizes.box;
    const [u, f] = [numbers(planes * rows * width, 8), numbers(planes * rows * width, 9)];
    const swept = k.jacobi(u, f, new Float64Array(u.length), sizes.box);
    const sixth = new Float64Array(7).fill(1 / 6);
    out["Jacobi 3-D"] = worst(swept, (i) => {
      const [z, r, c] = [i % width, Math.floor(i / width) % rows, Math.floor(i / width / rows)];
      if (z === 0 || r === 0 || c === 0 || z === width - 1 || r === rows - 1 || c === planes - 1) return undefined;
      const at = [i - rows * width, i - width, i - 1, i + 1, i + width, i + rows * width].map((j) => u[j]);
      return [Float64Array.of(...at, f[i]), sixth];
    });
    const solved = system.solve(w, { tolerance: TOLERANCE }).x;
    const residual = new ExactSum();
    for (let i = 0; i < matrix.rows; i++) {
      const [values, parts] = rowOf(i, solved);
      const r = exactDot(Float64Array.of(...values, -1), Float64Array.of(...parts, w[i]));
      residual.addProducts([r], [r]);
    }
    out.CG = Math.sqrt(residual.value() / exactDot(w, w)) / (10 * TOLERANCE);
    return out;
  } finally {
    k.dispose();
  }
}

export async function run(context: ClaimContext, sizes: Sizes = FULL): Promise<ClaimResult> {
  const evidence: Evidence[] = [];
  const left: string[] = [];
  let passed = 0;
  let all = 0;
  const missing = nativeMissing();
  const targets: readonly TargetName[] = missing ? ["js", "wasm"] : ["js", "wasm", "c"];
  if (missing) left.push(`c (${missing})`);
  for (const target of targets) {
    let ratios: Record<string, number>;
    try {
      ratios = check(target, sizes);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      ratios = { [`target ${target}: ${error.message}`]: Infinity };
    }
    context.log(`checked on target ${target}`);
    for (const [kernel, ratio] of Object.entries(ratios)) {
      const correct = ratio <= 1;
      all++;
      if (correct) passed++;
      evidence.push({
        statement: `${kernel} on target ${target}: ${correct ? "correct" : "wrong"}; proficiency ${proficiency([{ correct, asked: true }])}`,
        grade: "cross-checked",
        bound: ratio,
        unit: kernel === "CG" ? "residual over ten times the tolerance" : "error over the bound of its summation",
        method: "every element against sums rounded once",
      });
    }
  }
  return {
    verdict: passed === all ? "shown" : "refuted",
    summary: `${passed} of ${all} kernels correct, from one description each, on targets ${targets.join(", ")}${left.length > 0 ? `; left out: ${left.join(", ")}` : ""}; errors at most ${Math.max(...evidence.map((each) => each.bound!)).toFixed(2)} of their bounds`,
    evidence,
  };
}

export const claim: Claim = {
  id: "hpc-kernels",
  title: "Six kernels of scientific computing on every target",
  source:
    "Godoy, Valero-Lara, Teranishi, Balaprakash, Vetter 2023, Evaluation of OpenAI Codex for HPC Parallel Programming Models Kernel Generation (arXiv 2306.15121).",
  statement:
    "AXPY, GEMV, GEMM, SpMV, a 3-D Jacobi sweep and conjugate gradients, compiled from one description for every target that is available (js, wasm, c), are correct in every element, each against sums rounded once.",
  run: (context) => run(context),
};
