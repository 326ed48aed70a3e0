// How outputs depend on parameters and initial values: the model with its variational equations, solved and checked like any model.
import type { StopReason } from "./base/index.ts";
import { methodNamed, solve, type SolverStats } from "./dynamics/index.ts";
import type { Evidence } from "./evidence/index.ts";
import { lowerModel, type Model } from "./model/index.ts";
import { sensitivityModel } from "./model/sensitivity/forward.ts";
import { targetsOf } from "./model/sensitivity/targets.ts";
import type { Plan } from "./plan/index.ts";
import { outputTimes, type SimulateOptions } from "./simulate.ts";

export interface SensitivitiesOptions extends SimulateOptions {
  /**
   * Parameters by name, initial values as "x(0)". By default all parameters that are numbers. Parameters that are expressions of others
   * follow them.
   */
  readonly by?: readonly string[];
}

export interface Sensitivities {
  readonly time: Float64Array;
  readonly by: readonly string[];
  /** A curve for each output, and its derivatives: derivatives[k][i] = d output / d by[k] at time i. NaN beyond `reached`. */
  readonly outputs: readonly {
    readonly name: string;
    readonly values: Float64Array;
    readonly derivatives: readonly Float64Array[];
  }[];
  readonly reached: number;
  readonly plan: Plan;
  /** One line an output and a derivative. */
  readonly evidence: readonly Evidence[];
  readonly stop: StopReason;
  readonly stats: SolverStats;
}

/**
 * Outputs and their derivatives by parameters and initial values, each to the digits asked for.
 * Fails (Failure) as `simulate` does, on names that are neither, and on models with events, delays or conditions in states, where
 * derivatives jump.
 */
export async function sensitivities(model: Model, options: SensitivitiesOptions = {}): Promise<Sensitivities> {
  const from = model.span?.from ?? 0;
  const times = outputTimes(model, from, options);
  const targets = targetsOf(model, options.by, options.parameters);
  const extended = sensitivityModel(model, targets, options.parameters);
  const method = options.method === undefined || options.method === "auto" ? undefined : methodNamed(options.method);
  const { problem } = await lowerModel(extended.model, {
    parameters: options.parameters,
    from,
    target: options.target,
  });
  try {
    const solution = await solve(problem, {
      requirement: options.requirement ?? { digits: options.digits ?? 6 },
      times,
      method,
      check: options.check,
      budget: options.budget,
      signal: options.signal,
      onProgress: options.onProgress,
    });
    const count = model.outputs.length;
    const q = targets.length;
    return {
      time: times,
      by: targets.map(({ name }) => name),
      outputs: model.outputs.map(({ name }, o) => ({
        name,
        values: solution.curves[o],
        derivatives: solution.curves.slice(count + o * q, count + (o + 1) * q),
      })),
      reached: solution.reached,
      plan: solution.plan,
      evidence: solution.evidence,
      stop: solution.stop,
      stats: solution.run.stats,
    };
  } finally {
    problem.dispose();
  }
}
