// npm run bench -- linear-plan: the choice of `linsolve` over the systems of linear-systems.ts: every method that applies is run
// by itself, and the time of the one chosen (all of `linsolve`, looking and checking included) stands beside the best one's.
// A method that takes more than ten times the best so far is left. Of held systems the totals alone are printed.
import { Failure } from "calculemus/base";
import { factsOf, type LinearSolution, linearPlan, linsolveSync } from "calculemus/linear";
import type { Report } from "./report.ts";
import { rightSide, SYSTEMS } from "./linear-systems.ts";

/** Runs of each; the median counts. */
const RUNS = 3;
const DIGITS = 8;

interface Measured {
  readonly name: string;
  readonly held: boolean;
  readonly chosen: string;
  readonly time: number;
  readonly best: string;
  readonly bestTime: number;
  readonly solved: boolean;
  readonly anySolved: boolean;
  readonly all: readonly (readonly [method: string, ms: number])[];
}

function median(work: () => LinearSolution, most: number): { ms: number; result: LinearSolution } {
  const times: number[] = [];
  let result: LinearSolution | undefined;
  for (let run = 0; run < RUNS; run++) {
    const begin = performance.now();
    result = work();
    times.push(performance.now() - begin);
    if (times[run] > most) break;
  }
  return { ms: times.toSorted((a, b) => a - b)[times.length >> 1], result: result! };
}

export function measurePlans(which: "open" | "held" | "all"): Measured[] {
  const out: Measured[] = [];
  for (const { name, held, matrix } of SYSTEMS) {
    if (which !== "all" && held !== (which === "held")) continue;
    const a = matrix();
    const { b } = rightSide(a);
    const { order } = linearPlan(factsOf(a), DIGITS);
    // Code that has run before is what a session sees.
    linsolveSync(a, b, { digits: DIGITS });
    const chosen = median(() => linsolveSync(a, b, { digits: DIGITS }), Infinity);
    let [best, bestTime] = ["none", Infinity];
    const all: [string, number][] = [];
    for (const { name: method } of order) {
      try {
        const limit = Math.max(50, 10 * Math.min(bestTime, chosen.ms));
        const each = median(() => linsolveSync(a, b, { digits: DIGITS, method, budget: { time_ms: limit } }), limit);
        if (each.result.status !== "solved") continue;
        all.push([method, each.ms]);
        if (each.ms < bestTime) [best, bestTime] = [method, each.ms];
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    }
    out.push({ name, held, chosen: chosen.result.method, time: chosen.ms, best, bestTime: Math.min(bestTime, chosen.ms), solved: chosen.result.status === "solved", anySolved: all.length > 0, all }); // oxfmt-ignore
  }
  return out;
}

const geometric = (list: readonly number[]): number => Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / Math.max(1, list.length)); // oxfmt-ignore

export function linearPlanBench(report: Report): void {
  const found = measurePlans("all");
  const open = found.filter(({ held }) => !held);
  const number = (ms: number): string => (ms < Infinity ? ms.toPrecision(3) : "");
  report.table(
    "The choice of linsolve",
    `${DIGITS} digits, medians of ${RUNS}, times in ms with everything that linsolve does. Half of the systems are held out: ${found.length - open.length} of them count in the totals only. Wanted: at most 1.5 times the best candidate in the geometric mean, and no failure where one succeeds.`,
    ["system", "chosen", "time", "best", "its time", "ratio"],
    open.map((m) => [m.name, m.chosen, number(m.time), m.best, number(m.bestTime), (m.time / m.bestTime).toFixed(2)]),
  ); // oxfmt-ignore
  const total = (list: readonly Measured[]): string[] => [
    `${list.length}`,
    geometric(list.map((m) => m.time / m.bestTime)).toFixed(3),
    Math.max(...list.map((m) => m.time / m.bestTime)).toFixed(2),
    `${list.filter((m) => m.anySolved && !m.solved).length}`,
  ];
  report.table(
    "Totals of the choice",
    "Geometric mean and greatest of the ratios; failures where a candidate succeeds.",
    ["systems", "number", "mean ratio", "greatest", "failures"],
    [["open", ...total(open)], ["held out", ...total(found.filter(({ held }) => held))], ["all", ...total(found)]],
  ); // oxfmt-ignore
}
