// The main job: a model in, a verified solution out. Wires the rooms together: model -> problem -> solution.
import { Failure, type Budget, type StopReason } from "./base/index.ts";
// The files, not the indices of the rooms: those load everything that can be done with a model.
import { type MethodName, methodNamed } from "./dynamics/method.ts";
import { type Check, solve } from "./dynamics/solve.ts";
import type { SolverStats } from "./dynamics/system.ts";
import type { Evidence, Requirement } from "./evidence/index.ts";
import type { Model } from "./model/model.ts";
import { lowerModel } from "./model/problem.ts";
import type { Plan } from "./plan/index.ts";
import type { TargetName } from "./compile/index.ts";

export interface SimulateOptions {
  /** Correct digits of each output, measured against its largest value (default 6). */
  readonly digits?: number;
  /** Another requirement instead of `digits`. */
  readonly requirement?: Requirement;
  /** End of the run; the end of the model's own time span by default. */
  readonly tEnd?: number;
  /** Evenly spaced output points, both ends included (default 201, or the model's own number). */
  readonly points?: number;
  /** Output times, ascending, instead of `points`. */
  readonly times?: ArrayLike<number>;
  /** A method by name instead of the automatic choice: see METHODS of calculemus/dynamics. */
  readonly method?: MethodName | "auto";
  /** Other values of parameters. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** "method" (default): solve again by another method; "tighten": by the same, more tightly; "none". */
  readonly check?: Check;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  readonly onProgress?: (phase: "read" | "derive" | "pilot" | "solve" | "check", share: number) => void;
  readonly target?: TargetName;
  /** Of models with noise: leave it out. Default false: such models are refused here. */
  readonly drift?: boolean;
}

export interface Simulation {
  readonly model: {
    readonly name: string;
    readonly states: number;
    readonly parameters: number;
    readonly reactions: number;
  };
  readonly outputs: {
    readonly time: Float64Array;
    readonly curves: readonly { readonly name: string; readonly values: Float64Array }[];
  };
  /** Number of output points reached; the rest of the curves is NaN. */
  readonly reached: number;
  readonly plan: Plan;
  readonly evidence: readonly Evidence[];
  /** "done", or why the requirement was not met. */
  readonly stop: StopReason;
  /** Milliseconds. compile_ms holds all code generation and matrix analysis, that of the steppers and the check included. */
  readonly timing: {
    readonly derive_ms: number;
    readonly compile_ms: number;
    readonly pilot_ms: number;
    readonly solve_ms: number;
    readonly check_ms: number;
    readonly total_ms: number;
  };
  /** Work of the run that gave the curves. */
  readonly stats: SolverStats;
}

const DEFAULT_DIGITS = 6;
const DEFAULT_POINTS = 201;
const MOST_POINTS = 10_000_000;

/**
 * Simulates a model to the accuracy asked for and shows the evidence.
 * Fails (Failure) on impossible requests and where the solution cannot be continued; a budget that ends gives the best so far with `stop`.
 */
export async function simulate(model: Model, options: SimulateOptions = {}): Promise<Simulation> {
  const begin = performance.now();
  const from = model.span?.from ?? 0;
  const times = outputTimes(model, from, options);
  const method = options.method === undefined || options.method === "auto" ? undefined : methodNamed(options.method);
  options.onProgress?.("derive", 0);
  const lowered = await lowerModel(model, {
    parameters: options.parameters,
    from,
    target: options.target,
    drift: options.drift,
  });
  const { problem } = lowered;
  try {
    const solution = await solve(problem, {
      requirement: options.requirement ?? { digits: options.digits ?? DEFAULT_DIGITS },
      times,
      method,
      check: options.check,
      budget: options.budget,
      signal: options.signal,
      onProgress: options.onProgress,
    });
    return {
      model: {
        name: model.name,
        states: model.states.length,
        parameters: model.parameters.length,
        reactions: model.reactions.length,
      },
      outputs: { time: times, curves: solution.names.map((name, k) => ({ name, values: solution.curves[k] })) },
      reached: solution.reached,
      plan: solution.plan,
      evidence: solution.evidence,
      stop: solution.stop,
      timing: {
        derive_ms: lowered.deriveMs,
        compile_ms: lowered.compileMs + solution.ms.compile,
        pilot_ms: solution.ms.pilot,
        solve_ms: solution.ms.solve,
        check_ms: solution.ms.check,
        total_ms: performance.now() - begin,
      },
      stats: solution.run.stats,
    };
  } finally {
    problem.dispose();
  }
}

/** The output times asked for, checked. */
export function outputTimes(
  model: Model,
  from: number,
  { tEnd, points, times }: Pick<SimulateOptions, "tEnd" | "points" | "times">,
): Float64Array {
  if (times !== undefined) {
    const list = Float64Array.from(times);
    if (list.length === 0) throw new Failure("usage", "the list of output times is empty");
    for (let i = 0; i < list.length; i++) {
      if (!Number.isFinite(list[i])) throw new Failure("usage", `output time ${i + 1} is ${list[i]}`);
      if (i === 0 ? list[0] < from : list[i] <= list[i - 1])
        throw new Failure(
          "usage",
          i === 0
            ? `the first output time, ${list[0]}, lies before the start, ${from}`
            : `output times must ascend, but ${list[i]} follows ${list[i - 1]}`,
        );
    }
    if (list[list.length - 1] <= from)
      throw new Failure("usage", `the last output time must lie after the start, ${from}`);
    return list;
  }
  const end = tEnd ?? model.span?.to;
  if (end === undefined)
    throw new Failure("usage", `the model ${model.name} gives no end time`, {
      hint:
        model.format === "calc"
          ? "Write a line `time 0 .. 20` in the model, or give --t-end."
          : "Give one: --t-end 100.",
    });
  if (!Number.isFinite(end) || end <= from)
    throw new Failure("usage", `the end time must be a number after the start, ${from}, not ${end}`);
  const count = points ?? model.span?.points ?? DEFAULT_POINTS;
  if (!Number.isInteger(count) || count < 2 || count > MOST_POINTS)
    throw new Failure("usage", `the number of points must be a whole number from 2 to ${MOST_POINTS}, not ${count}`);
  return Float64Array.from({ length: count }, (_, i) =>
    i === count - 1 ? end : from + ((end - from) * i) / (count - 1),
  );
}
