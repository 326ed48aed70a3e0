// Candidates in the arithmetic of a format: constants rounded to it, errors bounded with rounding included, of every number of operations
// the best kept.
import { type Budget, Failure } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import type { Candidate } from "./candidates.ts";
import { computedError, CURVE } from "./curve.ts";
import { provedError } from "./error-model.ts";
import { programFamily } from "./evolution/family.ts";
import type { Program } from "./evolution/program.ts";
import { fpminimax } from "./fpminimax.ts";
import type { MinimaxProblem } from "./minimax.ts";
import { roundConstants } from "./round-constants.ts";
import { roundingBound } from "./rounding-error.ts";

/** What the program computes in: single or double precision, or real numbers. */
export type ApproximationFormat = "f32" | "f64" | "any";

/** Significant bits; constants in real arithmetic are given to 128. */
export const BITS = { f32: 24, f64: 53, any: 128 } as const;
const EXPONENTS = { f32: [-126, 128], f64: [-1022, 1024] } as const;
const PROOF: Budget = { time_ms: 10_000 };

/** A candidate in the arithmetic of the format, with what is known of its error. */
export interface Judged {
  readonly kind: string;
  readonly program: Program;
  readonly constants: readonly BigFloat[];
  /** Bound of the weighted error: proved, or found by search. */
  readonly error: number;
  readonly evidence: readonly Evidence[];
}

/** Of every number of operations the best, as long as it is better than all shorter ones, in the arithmetic of the format. */
export function judgedFront(
  problem: MinimaxProblem,
  candidates: readonly Candidate[],
  format: ApproximationFormat,
): Judged[] {
  const front: Judged[] = [];
  const byCost = [...candidates].sort((a, b) => a.program.steps.length - b.program.steps.length || a.error - b.error);
  for (const each of byCost) {
    const last = front.at(-1);
    const same = last?.program.steps.length === each.program.steps.length;
    // A gain of less than a hundredth of a digit over a shorter program is none.
    const shorter = same ? front.at(-2) : last;
    if (!(each.error < 0.98 * (shorter?.error ?? Infinity)) || (same && !(each.error < last!.error))) continue;
    const judged = judge(problem, each, format);
    if (!(judged.error < 0.98 * (shorter?.error ?? Infinity))) continue;
    if (!same) front.push(judged);
    else if (judged.error < last!.error) front[front.length - 1] = judged;
  }
  return front;
}

/** Constants in the format, and bounds of the errors that follow. */
function judge(
  problem: MinimaxProblem,
  { kind, program, constants, error, powers }: Candidate,
  format: ApproximationFormat,
): Judged {
  const bits = BITS[format];
  let kept = constants.map((c) => F.round(c, bits));
  // Where rounding the constants matters, they are rounded with care.
  if (format !== "any" && error < 2 ** (6 - bits))
    kept =
      powers === undefined
        ? roundConstants(problem, programFamily(program), constants, bits).constants
        : [...fpminimax(powers.problem, powers.exponents, { formats: format, start: constants }).coefficients];
  return judgeKept(problem, { kind, program, constants: kept, error }, format);
}

/** Bounds of the errors of a program whose constants are numbers of the format. */
export function judgeKept(
  problem: MinimaxProblem,
  { kind, program, constants: kept, error }: Candidate,
  format: ApproximationFormat,
): Judged {
  const evidence: Evidence[] = [];
  let bound = error;
  const what = problem.weight === "relative" ? "relative error" : "absolute error";
  try {
    const proof = provedError(problem, program, kept, { budget: PROOF });
    bound = proof.upper;
    evidence.push({
      statement: `in exact arithmetic, with the constants given, the ${what} is at most ${bound.toPrecision(4)} and reaches ${proof.lower.toPrecision(4)} at ${proof.at}`,
      grade: "proved", bound, unit: what, method: `Taylor models on ${proof.pieces} pieces, branch and bound`,
    }); // oxfmt-ignore
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.kind === "name") throw failure;
    evidence.push({ statement: `the ${what} is about ${error.toPrecision(4)}`, grade: "sampled", bound: error, unit: what, method: `extrema found by search; not proved: ${failure.what}` }); // oxfmt-ignore
  }
  if (format === "any") return { kind, program, constants: kept, error: bound, evidence };
  try {
    const { relative, absolute, least } = roundingBound(program, kept, problem.from, problem.to, { precision: BITS[format], exponents: EXPONENTS[format], budget: PROOF }); // oxfmt-ignore
    // Relative errors: the computed value is p (1 + d), so of f it is off by at most e + d (1 + e).
    const whole = bound + (problem.weight === "relative" ? relative * (1 + bound) : absolute);
    if (!Number.isFinite(whole)) throw new Failure("unsolved", "the approximation may vanish");
    bound = whole;
    const proved = evidence[0].grade === "proved";
    const except = least === 0 ? "" : `, for |x| >= ${least.toPrecision(3)}`;
    evidence.push({
      statement: `computed in ${format}, the ${what} is ${proved ? "at most" : "about"} ${bound.toPrecision(4)}${except}`,
      grade: proved ? "proved" : "sampled",
      bound, unit: what, method: "rounding errors of every step, in ball arithmetic",
    }); // oxfmt-ignore
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    const seen = computedError(problem, { program, constants: kept.map((c) => F.toNumber(c)), type: format });
    bound = Math.max(bound, seen);
    evidence.push({ statement: `computed in ${format}, the ${what} reaches ${seen.toPrecision(4)}`, grade: "sampled", bound: seen, unit: what, method: `${CURVE} points; not bounded: ${failure.what}` }); // oxfmt-ignore
  }
  return { kind, program, constants: kept, error: bound, evidence };
}
