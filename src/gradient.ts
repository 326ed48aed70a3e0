// The gradient of one number that depends on a solution, by many parameters and initial values, by the discrete adjoint.
import { type Budget, DONE, Failure, Meter, type StopReason } from "./base/index.ts";
import { adjoint, type AdjointMethod, ADJOINT_METHODS, type AdjointResult, isStiffMethod, type MethodName, solve } from "./dynamics/index.ts"; // oxfmt-ignore
import { checkRequirement, type Evidence } from "./evidence/index.ts";
import type { Model } from "./model/index.ts";
import { adjointModel, type AdjointModel, type Objective } from "./model/sensitivity/adjoint.ts";
import type { TargetName } from "./compile/index.ts";

export type { Objective } from "./model/sensitivity/adjoint.ts";

export interface GradientOptions {
  /** Parameters by name, initial values as "x(0)"; all parameters that are numbers by default. */
  readonly by?: readonly string[];
  /** Correct digits of each component (default 6); components that matter a millionth as much as the greatest, or less, count as that. */
  readonly digits?: number;
  /** End of the run, for `final` and `integral`; the end of the model's span by default. */
  readonly tEnd?: number;
  readonly parameters?: Readonly<Record<string, number>>;
  /** tsit5, vern7, vern9 for non-stiff systems, sdirk4 for stiff ones; chosen by a pilot run by default. */
  readonly method?: AdjointMethod;
  /** A relative tolerance of the steps instead of `digits`: one run, and no statement on digits. */
  readonly tolerance?: number;
  /** Bytes for states kept on the way, 64 MiB by default. */
  readonly memory_bytes?: number;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  readonly target?: TargetName;
}

export interface Gradient {
  readonly value: number;
  readonly by: readonly string[];
  /** d value / d by[k]. */
  readonly gradient: Float64Array;
  readonly evidence: readonly Evidence[];
  readonly stop: StopReason;
  readonly method: AdjointMethod;
  /** Relative tolerance of the steps. */
  readonly tolerance: number;
  /** The instants between the steps, which the gradient takes as given. */
  readonly steps: Float64Array;
  readonly stats: AdjointResult["stats"];
}

const TIGHTEST: Readonly<Record<AdjointMethod, number>> = { tsit5: 1e-12, vern7: 1e-13, vern9: 1e-13, sdirk4: 1e-12 };
/** Components below this share of the greatest, each times its parameter, are held to its size. */
const FLOOR = 1e-6;

/**
 * Value and gradient of an objective. The gradient is that of the discrete solution, exact up to rounding; how near it is to that of the
 * true solution is estimated by a run at a tenth of the tolerance.
 * Fails (Failure) on models with algebraic equations, events, delays or conditions in states, and where the budget ends before there is
 * any gradient.
 */
export async function gradient(model: Model, objective: Objective, options: GradientOptions = {}): Promise<Gradient> {
  const { digits = 6, method: pinned, tolerance: fixed } = options;
  checkRequirement({ digits });
  if (pinned !== undefined && !ADJOINT_METHODS.includes(pinned))
    throw new Failure("usage", `"${String(pinned)}" is not a method with an adjoint`, {
      hint: `Methods: ${ADJOINT_METHODS.join(", ")}.`,
    });
  if (fixed !== undefined && !(fixed > 0 && fixed < 1))
    throw new Failure("usage", `the tolerance must lie between 0 and 1, not ${fixed}`);
  const meter = new Meter(options.budget, options.signal);
  const made = await adjointModel(model, objective, options);
  const leave = made.problem.system.enter?.();
  try {
    const pilot = await explore(made, options);
    const method = pinned ?? (isStiffMethod(pilot.method) ? "sdirk4" : "vern7");
    const run = async (tolerance: number): Promise<Run> => {
      const absolute = pilot.scale.map((size) => tolerance * 1e-3 * (size || pilot.largest * 1e-6));
      const result = await adjoint(made.system, made.problem.t0, made.problem.y0, made.objective, {
        method,
        relative: tolerance,
        absolute,
        memory_bytes: options.memory_bytes,
        meter,
      });
      return { ...result, tolerance, gradient: made.total(result.byState, result.byParameter) };
    };
    const finish = (best: Run, evidence: Evidence[], stop: StopReason): Gradient => ({
      value: best.value,
      by: made.targets.map(({ name }) => name),
      gradient: best.gradient,
      evidence,
      stop,
      method,
      tolerance: best.tolerance,
      steps: best.steps,
      stats: best.stats,
    });
    let best = await run(fixed ?? Math.max(TIGHTEST[method] * 10, 10 ** -(digits + 1)));
    if (fixed !== undefined) return finish(best, [exact(best, "no digits were asked for")], DONE);
    for (;;) {
      let next: Run;
      try {
        next = await run(Math.max(TIGHTEST[method], best.tolerance / 10));
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== "limit") throw error;
        const why = meter.stop() ?? { kind: "other" as const, detail: error.what };
        return finish(best, [exact(best, `the run that would tell the digits did not end: ${why.detail}`)], why);
      }
      const reached = digitsOf(best.gradient, next.gradient, made.at);
      best = next;
      const met = reached.every((each) => each >= digits);
      if (!met && best.tolerance > TIGHTEST[method]) continue;
      const evidence = made.targets.map(({ name }, k): Evidence => ({
        statement: `by ${name}: ${reached[k].toFixed(1)} digits, by twice the difference of two runs${reached[k] >= digits ? "" : ", which is less than asked for"}`,
        grade: "estimated",
        method: `discrete adjoint of ${method} at tolerance ${best.tolerance.toExponential(1)} against itself at a looser one`,
        measured: { digits: reached[k] },
      }));
      const short: StopReason = {
        kind: "accuracy",
        detail: "the tolerance is at the limit of double precision, and two runs still differ by more than allowed",
      };
      return finish(best, evidence, met ? DONE : short);
    }
  } finally {
    leave?.();
    made.dispose();
  }
}

interface Run extends AdjointResult {
  readonly tolerance: number;
  readonly gradient: Float64Array;
}

const exact = (run: Run, why: string): Evidence => ({
  statement: `the gradient is that of the discrete solution; its distance to that of the true one is not known: ${why}`,
  grade: "none",
  method: `discrete adjoint at tolerance ${run.tolerance.toExponential(1)}`,
});

/** A loose run: is the system stiff, how large do its states become? */
async function explore(
  { problem, objective }: AdjointModel,
  { budget, signal }: GradientOptions,
): Promise<{ method: MethodName; scale: Float64Array; largest: number }> {
  const end = objective.times[objective.times.length - 1];
  const times = Float64Array.of(end > problem.t0 ? end : problem.t0);
  const scale = problem.y0.map(Math.abs);
  if (end === problem.t0) return { method: "tsit5", scale, largest: Math.max(...scale) || 1 };
  const { plan, run } = await solve(problem, { requirement: { digits: 3 }, times, check: "none", budget, signal });
  for (let i = 0; i < scale.length; i++) scale[i] = Math.max(scale[i], run.scale[i]);
  return { method: plan.chosen as MethodName, scale, largest: scale.reduce((a, b) => Math.max(a, b), 0) || 1 };
}

/** Digits of each component, by twice its change. */
function digitsOf(coarse: Float64Array, fine: Float64Array, at: Float64Array): number[] {
  const weight = (k: number): number => Math.abs(at[k]) || 1;
  const greatest = fine.reduce((most, value, k) => Math.max(most, Math.abs(value) * weight(k)), 0);
  return Array.from(fine, (value, k) => {
    const size = Math.max(Math.abs(value), (FLOOR * greatest) / weight(k));
    const change = 2 * Math.abs(coarse[k] - value);
    return change === 0
      ? 16
      : Number.isFinite(change)
        ? Math.max(0, Math.min(16, -Math.log10((2 * change) / size)))
        : 0;
  });
}
