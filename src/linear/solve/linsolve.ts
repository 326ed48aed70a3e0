// A x = b to a number of digits: looks at the matrix, predicts what each method would cost, takes the cheapest, checks what came out,
// and goes on to the next method where one fails or stalls. Every x comes with its residual; the error of x is estimated by a step of
// refinement with residuals in twice the working precision (Skeel 1980; Higham 2002, chapter 12), which is applied as well.
// Left out: interior decisions of methods (restart lengths, drop tolerances); sequences of systems (`Sequence`).
import { type Dense, dense, entryCount, fromDense, norm, realForm, type Sparse, toLayout } from "../../array/index.ts";
import { type Budget, Failure, Meter } from "../../base/index.ts";
import { type Evidence, MOST_DIGITS } from "../../evidence/index.ts";
import type { Plan } from "../../plan/index.ts";
import { inverseNorm1 } from "../condition.ts";
import { checkEntries, factsOf, type MatrixFacts } from "./facts.ts";
import { leastSquaresOf } from "./least-squares.ts";
import { METHODS, type MethodEntry, type Refused, type Solver } from "./methods.ts";
import { deficiency } from "./null-vector.ts";
import { directFirst, linearPlan, patience } from "./plan.ts";
import { guarded, ROUNDING, solved } from "./refine.ts";
import { errorsOf, exactResidual, LARGE, largest } from "./verify.ts";

export interface LinsolveOptions {
  /** Correct digits of the largest element of x: max|x - x*| <= 0.5 10^-digits max|x*|. Default 10; at most 12. */
  readonly digits?: number;
  /** The method to take, instead of a choice (see `METHOD_NAMES`); with "least-squares", x of least residual. */
  readonly method?: string;
  /** For matrices that are not square, or singular: x of smallest norm among those of least residual. Default false. */
  readonly leastSquares?: boolean;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

export interface LinearTiming {
  /** Milliseconds: looking at the matrix; factors and preconditioners; solutions; checks and the condition estimate. */
  readonly facts: number;
  readonly setup: number;
  readonly solve: number;
  readonly check: number;
  readonly total: number;
}

/**
 * "solved": the estimated error is within what was asked for. "inaccurate": x is the best found, and misses it (its residual is given).
 * "unsolved": there is no x; the reason says why.
 */
export type LinearStatus = "solved" | "inaccurate" | "unsolved";

export interface LinearSolution<B extends Float64Array | Dense = Float64Array> {
  readonly status: LinearStatus;
  readonly x?: B;
  /** Imaginary part, where matrix or right side are complex. */
  readonly imaginary?: B;
  /** What was found, in words; empty when solved. */
  readonly reason: string;
  readonly method: string;
  /** |b - A x| / |b| (Euclidean norms); the largest over the right sides. */
  readonly residual: number;
  /** |b - A x| / (|A| |x| + |b|), maximum norms. */
  readonly backwardError: number;
  /** Estimated correct digits of x. */
  readonly digits: number;
  /** |A|_1 |A^-1|_1: an estimate from below. */
  readonly condition: number;
  readonly iterations: number;
  readonly timing: LinearTiming;
  readonly plan: Plan;
  readonly evidence: readonly Evidence[];
  /** Of singular matrices, and of least squares (no null vector of complex ones); "at most": a bound from the pattern, since no singular values were computed. */
  readonly rank?: number;
  readonly rankIs?: "numerical" | "at most";
  readonly nullVector?: Float64Array;
}

export const METHOD_NAMES: readonly string[] = [...METHODS.map(({ name }) => name), "least-squares"];

interface Best {
  readonly method: string;
  readonly x: Float64Array[];
  readonly error: number;
  readonly condition: number;
  readonly iterations: number;
}

/** As `linsolve`, at once. */
export function linsolveSync<B extends Float64Array | Dense>(a: Sparse | Dense, b: B, options: LinsolveOptions = {}): LinearSolution<B> {
  const start = performance.now();
  const { digits = 10, method, leastSquares = method === "least-squares" } = options;
  if (!(digits > 0 && digits <= MOST_DIGITS)) throw new Failure("usage", `${digits} digits`, { hint: `Ask for 1 to ${MOST_DIGITS}.` });
  if (method !== undefined && !METHOD_NAMES.includes(method)) throw new Failure("usage", `there is no method "${method}"`, { hint: `There are ${METHOD_NAMES.join(", ")}.` }); // oxfmt-ignore
  const given = "layout" in a ? a : fromDense(a);
  const columns = columnsOf(b);
  checkEntries(given);
  for (const [c, column] of columns.entries()) {
    if (column.re.length !== given.rows) throw new Failure("usage", `a right side of ${column.re.length} numbers for ${given.rows} equations`); // oxfmt-ignore
    for (const part of [column.re, column.im])
      part?.forEach((v, i) => {
        if (!Number.isFinite(v)) throw new Failure("domain", `the right side has ${v} at row ${i}${columns.length > 1 ? `, column ${c}` : ""}`); // oxfmt-ignore
      });
  }
  const complex = given.imaginary !== undefined || columns.some(({ im }) => im !== undefined);
  const real = complex ? realForm(given.imaginary ? given : { ...given, imaginary: new Float64Array(entryCount(given)) }) : given; // oxfmt-ignore
  const right = columns.map(({ re, im }) => (complex ? joined(re, im) : re));
  // Far from 1, squares and products with the residual would overflow or vanish.
  const ofMatrix = farPower(norm(real, "max"));
  const scaled = ofMatrix === 1 ? real : { ...real, values: real.values.map((v) => v / ofMatrix) };
  const ofRight = right.map((column) => farPower(largest(column)));
  const rest = solveReal(scaled, right.map((column, c) => (ofRight[c] === 1 ? column : column.map((v) => v / ofRight[c]))), { ...options, digits, leastSquares, complex }, start); // oxfmt-ignore
  const { xs: raw, nullVector, rank, ...plain } = rest;
  // Each direction of a complex matrix is two of its real form.
  const solution = { ...plain, ...(rank !== undefined && { rank: complex ? rank >> 1 : rank }), ...(nullVector && !complex && { nullVector }) }; // oxfmt-ignore
  const xs = raw?.map((x, c) => (ofMatrix === 1 && ofRight[c] === 1 ? x : x.map((v) => (v / ofMatrix) * ofRight[c])));
  if (xs?.some((x) => !(largest(x) < Infinity)))
    return { ...solution, status: "unsolved", reason: "the solution is greater than the greatest double", digits: 0, evidence: [] } as LinearSolution<B>; // oxfmt-ignore
  if (!xs) return solution as LinearSolution<B>;
  const n = given.cols;
  const pack = (parts: Float64Array[]): B => (isDense(b) ? (dense(n, parts.length, interleaved(parts, n)) as B) : (parts[0] as B));
  return {
    ...solution,
    x: pack(xs.map((x) => x.subarray(0, n))),
    ...(complex && { imaginary: pack(xs.map((x) => x.subarray(n, 2 * n))) }),
  } as LinearSolution<B>;
} // oxfmt-ignore

/**
 * Solves A x = b, for a vector or the columns of a matrix, to `digits` digits.
 * Failures: "usage" (sizes; a rectangular matrix without `leastSquares`), "domain" (NaN or infinity inside). A singular matrix is no
 * failure: the answer is unsolved, with rank and null vector, or the least-squares solution where asked for.
 */
export async function linsolve<B extends Float64Array | Dense>(
  a: Sparse | Dense,
  b: B,
  options: LinsolveOptions = {},
): Promise<LinearSolution<B>> {
  await Promise.resolve();
  return linsolveSync(a, b, options);
}

type Real = Omit<LinearSolution, "x"> & { readonly xs?: Float64Array[] };

function solveReal(
  a: Sparse,
  right: Float64Array[],
  options: LinsolveOptions & { readonly digits: number; readonly leastSquares: boolean; readonly complex: boolean },
  start: number,
): Real {
  const { digits, method, leastSquares, complex, budget, signal } = options;
  const meter = new Meter(budget, signal);
  const goal = 0.5 * 10 ** -digits;
  const rows = toLayout(a, "csr");
  const times = { facts: 0, setup: 0, solve: 0, check: 0 };
  const timed = <T>(what: keyof typeof times, work: () => T): T => {
    const begin = performance.now();
    const result = work();
    times[what] += performance.now() - begin;
    return result;
  };
  const timing = (): LinearTiming => ({ ...times, total: performance.now() - start });
  if (a.rows !== a.cols && !leastSquares)
    throw new Failure("usage", `${a.rows} equations in ${a.cols} ${a.cols === 1 ? "unknown" : "unknowns"}`, { hint: "Ask for the least-squares solution: leastSquares, on the command line --least-squares." }); // oxfmt-ignore
  const facts = timed("facts", () => factsOf(a));
  const { plan, order } = linearPlan(facts, digits, method === "least-squares" ? undefined : method, right.length);
  if (method === "least-squares" || a.rows !== a.cols) return byLeastSquares(a, right, plan, timing);

  const tried: string[] = [];
  let best: Best | undefined;
  let singular: Refused | undefined;
  let condition = 0;
  let queue = order;
  while (queue.length > 0) {
    const [entry] = queue;
    queue = queue.slice(1);
    const stop = meter.stop();
    if (stop) {
      tried.push(`stopped before ${entry.name}: ${stop.detail}`);
      break;
    }
    // Once LU has met a singular column no other direct method will do better.
    const why = method === undefined ? undefined : entry.unfit(facts);
    if (why) {
      tried.push(`${entry.name}: ${why}`);
      continue;
    }
    const made = timed("setup", () => attempt(entry, a, facts));
    if ("why" in made) {
      tried.push(`${entry.name}: ${made.why}`);
      if (made.singularColumn !== undefined) {
        singular = made;
        break;
      }
      continue;
    }
    try {
      const left = made.direct
        ? {}
        : patience(entry, plan, budget?.time_ms === undefined ? Infinity : budget.time_ms - meter.elapsed());
      const found = timed("solve", () => guarded(() => solved(made, rows, right, goal, left)));
      // Where one iteration stalls the next one is likely to: direct methods go first from then on.
      if (!made.direct && (typeof found === "string" || found.error > goal)) queue = directFirst(queue);
      if (typeof found === "string") {
        tried.push(`${entry.name}: ${found}`);
        continue;
      }
      if (made.direct && made.inverse && made.inverseTransposed) {
        const { inverse, inverseTransposed } = made;
        const size = timed("check", () => guarded(() => inverseNorm1(a.cols, inverse, inverseTransposed)));
        condition = typeof size === "string" ? Infinity : norm(a, "one") * size;
      } else condition = Math.max(condition, norm(a, "one") * found.inverse);
      if (!best || found.error < best.error) best = { method: entry.name, x: found.x, error: found.error, condition, iterations: found.iterations }; // oxfmt-ignore
      if (best.error <= goal) break;
      tried.push(`${entry.name}: an error of ${found.error.toPrecision(2)} max|x| remains`);
      // A direct solution that refinement does not improve: the matrix is singular to working precision.
      if (made.direct && condition > 0.1 / ROUNDING) break;
    } finally {
      made.dispose();
    }
  }
  const chosen: Plan = { ...plan, chosen: best?.method ?? plan.chosen, reason: tried.length > 0 ? `${plan.reason}; ${tried.join("; ")}` : plan.reason }; // oxfmt-ignore
  const suspicious =
    singular !== undefined || (best !== undefined && best.error > goal && best.condition > 0.01 / ROUNDING);
  if (suspicious && leastSquares) return byLeastSquares(a, right, chosen, timing);
  const lack = suspicious ? timed("check", () => deficiency(a)) : undefined;
  const about = lack && {
    rank: lack.rank,
    rankIs: lack.rankIs,
    ...(lack.nullVector && { nullVector: lack.nullVector }),
  };
  if (!best || (lack && lack.rank < a.cols && singular)) {
    const rank = lack ? ` Its rank is ${lack.rankIs === "numerical" ? "" : "at most "}${lack.rank} of ${a.cols}${complex ? " (of the real form of twice the size)" : ""}.` : ""; // oxfmt-ignore
    const more = lack ? `${lineOfZeros(rows, complex ? a.rows / 2 : a.rows)} Rows and columns are counted from 0. The x of least residual is found on request: leastSquares, on the command line --least-squares.` : ""; // oxfmt-ignore
    return {
      status: "unsolved", method: chosen.chosen, reason: `${tried.join("; ")}.${rank}${more}`, residual: Number.NaN, backwardError: Number.NaN, digits: 0, condition: singular ? Infinity : condition,
      iterations: 0, timing: timing(), plan: chosen, evidence: [], ...about,
    }; // oxfmt-ignore
  }
  const errors = timed("check", () =>
    best.x.map((x, c) => errorsOf(rows, x, right[c], exactResidual(rows, x, right[c]))),
  );
  const residual = Math.max(0, ...errors.map((e) => e.residual));
  const backwardError = Math.max(0, ...errors.map((e) => e.backwardError));
  const reached = Math.min(15.95, -Math.log10(2 * Math.max(best.error, ROUNDING / 4)));
  const status = best.error <= goal ? "solved" : "inaccurate";
  return {
    status, xs: best.x, method: best.method,
    reason: status === "solved" ? "" : `${Math.max(0, reached).toFixed(1)} of ${digits} digits are estimated to be right; the condition number is about ${condition.toPrecision(2)}`,
    residual, backwardError, digits: Math.max(0, reached), condition: best.condition, iterations: best.iterations, timing: timing(), plan: chosen,
    evidence: [residualEvidence(rows, best.x, residual, backwardError), errorEvidence(best.error, best.method)], ...about,
  }; // oxfmt-ignore
}

/** Names a row or column without an entry other than 0, of the first n. */
function lineOfZeros({ rows, cols, ptr, idx, values }: Sparse, n: number): string {
  const [row, col] = [new Uint8Array(rows), new Uint8Array(cols)];
  for (let i = 0; i < rows; i++) for (let p = ptr[i]; p < ptr[i + 1]; p++) if (values[p] !== 0) row[i] = col[idx[p]] = 1;
  const found = ([["row", row], ["column", col]] as const).flatMap(([what, used]) => {
    const k = used.subarray(0, n).indexOf(0);
    return k < 0 ? [] : [`${what} ${k}`];
  });
  return found.length === 0 ? "" : ` There is nothing in ${found.join(" and ")}.`;
} // oxfmt-ignore

function attempt(entry: MethodEntry, a: Sparse, facts: MatrixFacts): Solver | Refused {
  try {
    return entry.make(a, facts);
  } catch (error) {
    // What does not fit into memory leaves the place to other methods.
    if (error instanceof Failure && (error.kind === "limit" || error.kind === "numeric")) return { why: error.what };
    throw error;
  }
}

function byLeastSquares(a: Sparse, right: Float64Array[], plan: Plan, timing: () => LinearTiming): Real {
  const found = right.map((b) => leastSquaresOf(a, b));
  const residual = Math.max(0, ...found.map((f) => f.residual));
  const optimality = Math.max(0, ...found.map((f) => f.optimality));
  const { method, rank } = found[0] ?? { method: "least-squares", rank: 0 };
  const chosen: Plan = { ...plan, chosen: method, reason: a.rows === a.cols ? `${plan.reason}; least squares` : `least squares: ${a.rows} equations in ${a.cols} unknowns` }; // oxfmt-ignore
  const good = optimality <= 1e-8;
  return {
    status: good ? "solved" : "inaccurate", xs: found.map((f) => f.x), method, reason: good ? "" : `|A^T r| / (|A| |b|) is ${optimality.toPrecision(2)}`,
    residual, backwardError: optimality, digits: 0, condition: Number.NaN, iterations: found.reduce((sum, f) => sum + f.iterations, 0),
    timing: timing(), plan: chosen, ...(rank !== undefined && { rank, rankIs: "numerical" as const }),
    evidence: [{ statement: "x makes |b - A x| least: |A^T r| / (|A| |b|) is as stated (0 at a minimum)", grade: "estimated", bound: optimality, method: `residual computed from x (${method})` }],
  }; // oxfmt-ignore
}

/** The bound needs products whose lost parts are kept: not of elements beyond LARGE (see exactResidual). */
const residualEvidence = (a: Sparse, xs: readonly Float64Array[], residual: number, backwardError: number): Evidence => ({
  statement: "x solves a system whose matrix and right side differ from those given by this part of their norms",
  grade: xs.every((x) => largest(x) < LARGE) && norm(a, "max") < LARGE ? "bounded" : "estimated",
  // The sums of k products are wrong by at most (2 k u)^2 of |A| |x| + |b|, u = 2^-53, besides the last rounding.
  bound: backwardError * (1 + 2 ** -40) + (4 * (1 + longestLine(a)) * 2 ** -53) ** 2,
  method: "residual summed in twice the working precision (Ogita, Rump, Oishi 2005, proposition 5.5), over |A| |x| + |b| (Rigal, Gaches 1967)",
  measured: { residual },
}); // oxfmt-ignore

const errorEvidence = (error: number, method: string): Evidence => ({
  statement: "max|x - x*| / max|x*| is at most",
  grade: "estimated",
  bound: error,
  method: `corrections of iterative refinement with ${method}, residuals in twice the working precision`,
});

/** Most entries of a row. */
function longestLine({ rows, ptr }: Sparse): number {
  let most = 0;
  for (let i = 0; i < rows; i++) most = Math.max(most, ptr[i + 1] - ptr[i]);
  return most;
}

/** Exponents from which on numbers are scaled. */
const FAR = 300;

/** A power of two near a size far from 1; 1 for others. */
function farPower(size: number): number {
  const exponent = size > 0 ? Math.floor(Math.log2(size)) : 0;
  return Math.abs(exponent) > FAR ? 2 ** Math.max(-1022, Math.min(1022, exponent)) : 1;
}

const isDense = (b: Float64Array | Dense): b is Dense => "rowStep" in b;

function columnsOf(b: Float64Array | Dense): { re: Float64Array; im?: Float64Array }[] {
  if (!isDense(b)) return [{ re: b }];
  const { rows, cols, data, imaginary, offset, rowStep, colStep } = b;
  const pick = (from: Float64Array, j: number): Float64Array => Float64Array.from({ length: rows }, (_, i) => from[offset + i * rowStep + j * colStep]); // oxfmt-ignore
  return Array.from({ length: cols }, (_, j) => ({ re: pick(data, j), ...(imaginary && { im: pick(imaginary, j) }) }));
}

function interleaved(parts: readonly Float64Array[], n: number): Float64Array {
  const out = new Float64Array(parts.length * n);
  parts.forEach((part, j) => {
    for (let i = 0; i < n; i++) out[i * parts.length + j] = part[i];
  });
  return out;
}

function joined(re: Float64Array, im: Float64Array | undefined): Float64Array {
  const out = new Float64Array(2 * re.length);
  out.set(re);
  if (im) out.set(im, re.length);
  return out;
}
