// The plan of `linsolve`: the methods that apply to a matrix by predicted cost, and how long an iteration is waited for.
import type { Budget } from "../../base/index.ts";
import type { Candidate, Plan } from "../../plan/index.ts";
import type { MatrixFacts } from "./facts.ts";
import { type MethodEntry, METHODS } from "./methods.ts";

/** Numbers that may be kept: 3 10^8 doubles. */
const MOST_NUMBERS = 3e8;
/** Nanoseconds for a number of the factors in the two solutions and the residual of a right side. */
const SOLVE_COST = 6;
/** Methods that end by themselves. */
const DIRECT = /^(dense|sparse)-/;

/** The candidates for a matrix and so many right sides, those that apply by predicted cost. */
export function linearPlan(
  facts: MatrixFacts,
  digits: number,
  pinned?: string,
  rightSides = 1,
): { plan: Plan; order: MethodEntry[] } {
  const memory = (numbers: number): boolean => numbers <= MOST_NUMBERS;
  const candidates: Candidate[] = [];
  const fit: { entry: MethodEntry; cost: number }[] = [];
  for (const entry of METHODS) {
    const why = entry.unfit(facts);
    const { cost: one, numbers } = why ? { cost: Infinity, numbers: 0 } : entry.predict(facts, digits);
    // Factors are made once; iterations are repeated.
    const more = Math.max(0, rightSides - 1);
    const cost = one + more * (DIRECT.test(entry.name) ? SOLVE_COST * numbers : one);
    const fits = memory(numbers);
    const size = numbers < 1e5 ? `${Math.ceil(numbers)} numbers` : `${(numbers / 1e6).toPrecision(2)} million numbers`;
    const note = why ?? `${fits ? "keeps about" : "would need"} ${size}`;
    candidates.push({ name: entry.name, cost: fits ? cost : Infinity, note });
    if (!why && fits) fit.push({ entry, cost });
  }
  fit.sort((a, b) => a.cost - b.cost);
  let order = fit.map(({ entry }) => entry);
  if (pinned !== undefined) order = METHODS.filter(({ name }) => name === pinned);
  const chosen = order[0]?.name ?? "none";
  const { symmetric, positiveDiagonal, width, levels, entries, rows } = facts;
  const kind = symmetric ? (positiveDiagonal ? "symmetric with a positive diagonal" : "symmetric") : "not symmetric";
  const reason = pinned === undefined
    ? `least predicted time: ${rows} rows, ${entries} entries, ${kind}, levels up to ${width} wide, ${levels} deep`
    : "asked for"; // oxfmt-ignore
  return {
    plan: {
      candidates,
      chosen,
      reason,
      pinned: pinned !== undefined,
      parameters: { digits, ...(rightSides > 1 && { rightSides }) },
    },
    order,
  };
}

/** The same methods, those that end by themselves before the others. */
export const directFirst = (queue: readonly MethodEntry[]): MethodEntry[] => [
  ...queue.filter(({ name }) => DIRECT.test(name)),
  ...queue.filter(({ name }) => !DIRECT.test(name)),
];

/** Time for an iteration: what is left, but no more than three times what a direct method would take where one is possible. */
export function patience({ name }: MethodEntry, { candidates, pinned }: Plan, left: number): Budget {
  const direct = Math.min(...candidates.filter((c) => DIRECT.test(c.name) && c.name !== name).map((c) => c.cost));
  const limit = pinned ? left : Math.min(left, 20 + (3 * direct) / 1e6);
  return limit < Infinity ? { time_ms: Math.max(1, limit) } : {};
}
