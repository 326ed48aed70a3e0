// Boundary value problems: models with conditions at both ends instead of initial values.
import { type Budget, DONE, Failure, Meter, type StopReason } from "./base/index.ts";
import type { TargetName } from "./compile/index.ts";
import { type BoundarySolution, solveBoundary } from "./dynamics/boundary/solve.ts";
import type { Evidence } from "./evidence/index.ts";
import type { Model } from "./model/index.ts";
import { boundaryModel } from "./model/boundary/boundary.ts";
import { evaluate, freeSymbols, parse } from "./term/index.ts";

export interface BoundaryValueOptions {
  /** The interval; the model's time span by default. */
  readonly from?: number;
  readonly to?: number;
  /** Parameters to be found; their values in the model are the guesses. */
  readonly unknown?: readonly string[];
  readonly parameters?: Readonly<Record<string, number>>;
  /** Guesses of states as functions of t, or formulas in it; initial values, held constant, by default. */
  readonly guess?: Readonly<Record<string, string | number | ((t: number) => number)>>;
  /** Relative residual of the solution. Default 1e-6. */
  readonly tolerance?: number;
  /** Most mesh points. Default 5000. */
  readonly points?: number;
  /** Output points, evenly spaced, both ends included; the mesh by default. */
  readonly outputPoints?: number;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  readonly target?: TargetName;
}

export interface BoundaryValue {
  readonly time: Float64Array;
  /** Outputs of the model. Where `stop` is not "done" these are the last attempt, not a solution. */
  readonly curves: readonly { readonly name: string; readonly values: Float64Array }[];
  /** The parameters found, by name. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly evidence: readonly Evidence[];
  readonly stop: StopReason;
  /** The solution of the states on its mesh. */
  readonly solution: BoundarySolution;
}

/**
 * Solves y' = f(t, y) with conditions such as "y(0) = 1" and "v(1) = 2*y(0)" at the ends of an interval, as many as there are states and
 * unknown parameters. One solution near the guess is looked for; there may be others. Initial values of the model are guesses only.
 * Fails (Failure) on impossible requests; where no solution is found, `stop` says why.
 */
export async function boundaryValue(
  model: Model,
  conditions: readonly string[],
  options: BoundaryValueOptions = {},
): Promise<BoundaryValue> {
  const from = options.from ?? model.span?.from ?? 0;
  const to = options.to ?? model.span?.to;
  if (to === undefined || !(Number.isFinite(from) && Number.isFinite(to) && from < to))
    throw new Failure("usage", `the interval must have ends from < to, not ${from} and ${String(to)}`, {
      hint: "Give from and to, or the model a line `time 0 .. 1`.",
    });
  const made = await boundaryModel(model, conditions, { ...options, from, to });
  try {
    const guesses = model.states.map(({ name }, i) => guessOf(model, name, options.guess?.[name], made.start[i]));
    for (const name of Object.keys(options.guess ?? {}))
      if (!model.states.some((state) => state.name === name))
        throw new Failure("name", `the guess names "${name}", which is not a state of ${model.name}`);
    const solution = solveBoundary(made.problem, {
      tolerance: options.tolerance,
      points: options.points,
      guess: (t) => guesses.map((each) => each(t)),
      parameters: made.parameters,
      meter: new Meter(options.budget, options.signal),
    });
    const count = options.outputPoints;
    if (count !== undefined && !(Number.isInteger(count) && count >= 2 && count <= 10_000_000))
      throw new Failure("usage", `the number of output points must be a whole number from 2 on, not ${count}`);
    const time =
      count === undefined
        ? solution.x
        : Float64Array.from({ length: count }, (_, i) =>
            i === count - 1 ? to : from + ((to - from) * i) / (count - 1),
          );
    const rows = Array.from(time, (t) => made.outputs(t, solution.at(t), solution.parameters));
    return {
      time,
      curves: model.outputs.map(({ name }, k) => ({ name, values: Float64Array.from(rows, (row) => row[k]) })),
      parameters: Object.fromEntries((options.unknown ?? []).map((name, k) => [name, solution.parameters[k]])),
      evidence: evidenceOf(solution),
      stop: solution.stop,
      solution,
    };
  } finally {
    made.dispose();
  }
}

function guessOf(
  model: Model,
  name: string,
  given: string | number | ((t: number) => number) | undefined,
  start: number,
): (t: number) => number {
  if (typeof given === "function") return given;
  if (typeof given !== "string") return () => given ?? start;
  const term = parse(given, { context: model.context, source: `the guess of ${name}` });
  const time = model.time.name;
  const other = freeSymbols(term).find((symbol) => symbol !== model.time);
  if (other !== undefined)
    throw new Failure("name", `the guess of ${name} contains "${other.name}"`, { hint: `Write it in ${time} alone.` });
  return (t) => evaluate(term, { [time]: t });
}

function evidenceOf({ stop, x, residual, difference }: BoundarySolution): Evidence[] {
  if (stop.kind !== DONE.kind)
    return [{ statement: `there is no solution: ${stop.detail}`, grade: "none", method: "collocation" }];
  const points = `${x.length} mesh points`;
  return [
    {
      statement: `the solution fulfils the equations up to a relative residual of ${residual.toExponential(1)} in the mean over every interval`,
      grade: "sampled",
      bound: residual,
      unit: "relative residual",
      method: `Lobatto IIIA collocation of order 4 on ${points}; the residual of the piecewise cubic at three points an interval`,
    },
    Number.isFinite(difference)
      ? {
          statement: `states and parameters are right to ${difference.toExponential(1)} of their largest sizes`,
          grade: "estimated",
          bound: difference,
          unit: "relative error",
          method:
            "difference to the solution with all intervals halved, which is about fifteen sixteenths of the error",
        }
      : {
          statement: "the error of the states is not known: Newton's method did not converge on halved intervals",
          grade: "none",
          method: "collocation on halved intervals",
        },
  ];
}
