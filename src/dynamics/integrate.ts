// Drives a stepper over output times.
import { Failure, Meter, type StopReason, DONE } from "../base/index.ts";
import { ExplicitRungeKutta } from "./runge-kutta.ts";
import { makeStepper, type MethodName } from "./method.ts";
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
  readonly ms: number;
}

/** Steps between looks at the clock. */
const CLOCK_STEPS = 16;
/** Milliseconds between pauses in which other work and signals get their turn. */
const BREATH_MS = 50;

/**
 * Solves over the output times. Fails (Failure) where the solver cannot go on, with the time; a spent budget or a
 * signal ends it with the reason and what was reached.
 */
export async function integrate(problem: OdeProblem, options: IntegrateOptions): Promise<Integration> {
  const leave = (options.system ?? problem.system).enter?.();
  try {
    return await run(problem, options);
  } finally {
    leave?.();
  }
}

async function run(problem: OdeProblem, options: IntegrateOptions): Promise<Integration> {
  const begin = performance.now();
  const { times, method, relative, absolute } = options;
  const system = options.system ?? problem.system;
  const { outputs } = problem;
  const meter = options.meter ?? new Meter();
  const end = times[times.length - 1];
  const curves = outputs.names.map(() => new Float64Array(times.length).fill(Number.NaN));
  const needed = new Float64Array(outputs.components.length);
  const out = new Float64Array(outputs.names.length);
  const stepper = makeStepper(method, system, problem.t0, problem.y0, Math.max(end - problem.t0, Number.MIN_VALUE), {
    relative,
    absolute,
  });
  const scale = new Float64Array(system.n);
  const drift = new Float64Array(problem.conserved.length);
  const start = problem.conserved.map((law) =>
    law.weights.reduce((sum, w, i) => sum + w * problem.y0[law.states[i]], 0),
  );
  const watch = (): void => {
    const { y } = stepper;
    for (let i = 0; i < scale.length; i++) {
      const size = Math.abs(y[i]);
      if (size > scale[i]) scale[i] = size;
    }
  };
  const conservation = (): void => {
    problem.conserved.forEach((law, k) => {
      let sum = 0;
      let size = 0;
      for (let i = 0; i < law.states.length; i++) {
        const part = law.weights[i] * stepper.y[law.states[i]];
        sum += part;
        size += Math.abs(part);
      }
      if (size > 0) drift[k] = Math.max(drift[k], Math.abs(sum - start[k]) / size);
    });
  };
  let at = 0;
  const record = (values: Float64Array, t: number): void => {
    outputs.evaluate(t, values, out);
    for (let k = 0; k < out.length; k++) curves[k][at] = out[k];
    at++;
  };
  watch();
  while (at < times.length && times[at] <= problem.t0) {
    for (let j = 0; j < needed.length; j++) needed[j] = problem.y0[outputs.components[j]];
    record(needed, problem.t0);
  }
  let stop: StopReason = DONE;
  try {
    let breath = performance.now();
    while (at < times.length) {
      try {
        stepper.step();
      } catch (error) {
        if (error instanceof Failure) throw error;
        throw new Failure("numeric", `${method} failed at t = ${stepper.t}`, { cause: error });
      }
      watch();
      if (stepper.stats.steps % CLOCK_STEPS === 0) conservation();
      while (at < times.length && times[at] <= stepper.t) {
        stepper.interpolate(times[at], needed, outputs.components);
        record(needed, times[at]);
      }
      options.onStep?.(stepper.t);
      meter.steps++;
      if (stepper.stats.steps % CLOCK_STEPS === 0) {
        const reason = meter.stop();
        if (reason !== undefined) {
          stop = reason;
          break;
        }
        if (performance.now() - breath > BREATH_MS) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          breath = performance.now();
        }
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
  }
  conservation();
  return {
    method,
    relative,
    curves,
    reached: at,
    stop,
    stats: stepper.stats,
    scale,
    drift,
    ms: performance.now() - begin,
  };
}
