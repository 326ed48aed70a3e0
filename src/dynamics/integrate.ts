// Drives a stepper over output times.
import { Meter, type StopReason, DONE } from "../base/index.ts";
import { ExplicitRungeKutta } from "./runge-kutta.ts";
import { Breath, CLOCK_STEPS, tryStep } from "./breath.ts";
import { hybridRun } from "./hybrid/run.ts";
import { makeConsistent } from "./mass.ts";
import { makeStepper, type MethodName } from "./method.ts";
import { Projection } from "./projection.ts";
import { Recorder } from "./recorder.ts";
import type { OdeProblem } from "./problem.ts";
import type { OdeSystem, SolverStats } from "./system.ts";

export interface IntegrateOptions {
  readonly method: MethodName;
  /** Tolerance of the local error: relative, and absolute per state. */
  readonly relative: number;
  readonly absolute: Float64Array;
  /** Output times, ascending, the first not before the start. */
  readonly times: Float64Array;
  /** Which form of the system; the fast one by default. */
  readonly system?: OdeSystem;
  readonly meter?: Meter;
  /** Called after each step. */
  readonly onStep?: (t: number) => void;
  /** Ends the run early with the reason given, looked at after each step. */
  readonly stopWhen?: (state: {
    readonly t: number;
    readonly steps: number;
    readonly stiffness: number;
  }) => string | undefined;
}

export interface Integration {
  readonly method: MethodName;
  readonly relative: number;
  /** One curve an output, a value a time; NaN beyond `reached`. */
  readonly curves: readonly Float64Array[];
  /** Number of output times reached. */
  readonly reached: number;
  readonly stop: StopReason;
  readonly stats: SolverStats;
  /** Largest absolute value of each state at the steps. */
  readonly scale: Float64Array;
  /** Largest drift of each conservation law at the steps, relative to the sum of its terms' sizes. */
  readonly drift: Float64Array;
  /** Events carried out, the first ones with their times; absent where the problem has none. */
  readonly events?: {
    readonly count: number;
    readonly log: readonly { readonly t: number; readonly event: string }[];
    /** Pairs that set the same thing at one instant, neither before the other by priority. */
    readonly contradictions: readonly { readonly t: number; readonly events: readonly [string, string] }[];
  };
  /** Time of the steps and outputs, and of what came before them: compiling the stepper's code, analysing its matrix. */
  readonly ms: number;
  readonly prepareMs: number;
}

/**
 * Solves over the output times. Fails (Failure) where the solver cannot start; where it cannot go on, or a budget is spent or a
 * signal comes, it ends with the reason and what was reached.
 */
export async function integrate(problem: OdeProblem, options: IntegrateOptions): Promise<Integration> {
  const leave = (options.system ?? problem.system).enter?.();
  try {
    return await (problem.hybrid === undefined ? run(problem, options) : hybridRun(problem, problem.hybrid, options));
  } finally {
    leave?.();
  }
}

async function run(problem: OdeProblem, options: IntegrateOptions): Promise<Integration> {
  const begin = performance.now();
  const { times, method, relative, absolute } = options;
  const system = options.system ?? problem.system;
  const meter = options.meter ?? new Meter();
  const end = times[times.length - 1];
  const y0 = Float64Array.from(problem.y0);
  const { constraints } = problem;
  const projection = constraints === undefined ? undefined : new Projection(constraints, system.n);
  projection?.start(problem.t0, y0, constraints!.movable);
  makeConsistent(system, problem.t0, y0);
  const stepper = makeStepper(method, system, problem.t0, y0, Math.max(end - problem.t0, Number.MIN_VALUE), {
    relative,
    absolute,
  });
  const prepared = performance.now();
  const recorder = new Recorder(problem, times);
  recorder.watch(stepper.y);
  while (recorder.next <= problem.t0) recorder.record(y0);
  const breath = new Breath();
  let stop: StopReason = DONE;
  try {
    while (!recorder.done) {
      const failed = tryStep(stepper, method);
      if (failed !== undefined) {
        stop = failed;
        break;
      }
      projection?.apply(stepper.t, stepper.y);
      recorder.watch(stepper.y);
      if (stepper.stats.steps % CLOCK_STEPS === 0) recorder.conservation(stepper.y);
      while (recorder.next <= stepper.t)
        recorder.recordBy((t, needed, components) => stepper.interpolate(t, needed, components));
      options.onStep?.(stepper.t);
      meter.steps++;
      if (stepper.stats.steps % CLOCK_STEPS === 0) {
        const reason = meter.stop();
        if (reason !== undefined) {
          stop = reason;
          break;
        }
        await breath.take();
      }
      const early = options.stopWhen?.({
        t: stepper.t,
        steps: stepper.stats.steps,
        stiffness: stepper instanceof ExplicitRungeKutta ? stepper.stiffness : 0,
      });
      if (early !== undefined) {
        stop = { kind: "other", detail: early };
        break;
      }
    }
  } finally {
    stepper.dispose();
    projection?.dispose();
  }
  recorder.conservation(stepper.y);
  return {
    method,
    relative,
    curves: recorder.curves,
    reached: recorder.at,
    stop,
    stats: stepper.stats,
    scale: recorder.scale,
    drift: recorder.drift,
    ms: performance.now() - prepared,
    prepareMs: prepared - begin,
  };
}
