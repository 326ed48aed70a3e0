// The program that is given as the answer: the shortest of a front that meets what was asked, else the most accurate.
import { Failure } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { bigfloat as F } from "../number/index.ts";
import type { FloatProgram } from "./code.ts";
import { exhaust, type Exhausted } from "./exhaustive.ts";
import { type ApproximationFormat, type Judged, judgeKept } from "./judge.ts";
import type { MinimaxProblem } from "./minimax.ts";
import { Refiner } from "./refine.ts";

/** Programs whose single precision is tried at every argument, at most. */
const EXHAUSTED = 3;

export interface Wanted {
  readonly kind: "relative" | "absolute" | "none";
  readonly bound: number;
  readonly ulp?: number;
}

/** The shortest that meets what was asked, else the most accurate. In single precision all arguments are tried. */
export function choose(
  problem: MinimaxProblem,
  front: readonly Judged[],
  format: ApproximationFormat,
  wanted: Wanted,
  exhaustive: boolean,
): { before: Judged; judged: Judged; met: boolean } {
  const accurate = front.reduce((a, b) => (b.error < a.error ? b : a));
  if (format !== "f32" || problem.weight !== "relative") {
    const enough = wanted.kind === "none" ? accurate : front.find(({ error }) => error <= wanted.bound);
    const before = enough ?? accurate;
    return { before, judged: before, met: enough !== undefined };
  }
  // The bound of the rounding errors is about twice what happens: samples say which programs are worth the trial of all arguments.
  const refiner = new Refiner(problem, "f32");
  const floats = front.map((each) => {
    const constants = each.constants.map((c) => F.toNumber(c));
    return refiner.refine({ program: each.program, constants, type: "f32" });
  });
  const within = (ulp: number): boolean =>
    wanted.ulp !== undefined ? ulp <= wanted.ulp : ulp * 2 ** -23 <= wanted.bound;
  const order = front.map((_, k) => k).filter((k) => wanted.kind === "none" || within(floats[k].worst));
  if (wanted.kind === "none") order.sort((a, b) => floats[a].worst - floats[b].worst);
  if (!exhaustive && order.length > 0) {
    const [k] = order;
    const judged = refinedOf(problem, front[k], floats[k].given);
    const evidence: Evidence = { statement: `computed in f32, the result is within ${floats[k].worst.toFixed(3)} units in the last place`, grade: "sampled", bound: floats[k].worst, unit: "ulp", method: "4,096 arguments" }; // oxfmt-ignore
    return { before: front[k], judged: { ...judged, evidence: [...judged.evidence.slice(0, 1), evidence] }, met: true };
  }
  const tried: { k: number; exhausted: Exhausted }[] = [];
  for (const k of order.slice(0, wanted.kind === "none" ? 1 : EXHAUSTED)) {
    try {
      const exhausted = exhaust(floats[k].given, problem.target, problem.from, problem.to);
      tried.push({ k, exhausted });
      if (wanted.kind !== "none" && within(exhausted.ulp)) break;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== "unsolved") throw error;
      break;
    }
  }
  const last = tried.at(-1);
  if (last === undefined) {
    const enough = front.find(({ error }) => error <= wanted.bound);
    return { before: enough ?? accurate, judged: enough ?? accurate, met: enough !== undefined };
  }
  const { k, exhausted } = last;
  const evidence: Evidence = {
    statement: `computed in f32, the result is within ${exhausted.ulp.toFixed(4)} units in the last place, worst at ${exhausted.at}`,
    grade: "exhaustive", bound: exhausted.ulp, unit: "ulp",
    method: `all ${exhausted.count.toLocaleString("en")} arguments of the range, against a polynomial with a proved error of less than 2^-44`,
  }; // oxfmt-ignore
  const again = refinedOf(problem, front[k], floats[k].given);
  const judged = {
    ...again,
    error: Math.min(again.error, exhausted.ulp * 2 ** -23),
    evidence: [...again.evidence.slice(0, 1), evidence],
  };
  return { before: front[k], judged, met: wanted.kind === "none" || within(exhausted.ulp) };
}

/** The same program with other constants, judged anew. */
function refinedOf(problem: MinimaxProblem, judged: Judged, { constants }: FloatProgram): Judged {
  return judgeKept(problem, { ...judged, constants: constants.map((c) => F.fromNumber(c)) }, "f32");
}
