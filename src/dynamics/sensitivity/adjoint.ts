// The discrete adjoint: a run forward with step control, whose steps are then held fixed, and a run backward that gives the exact
// gradient (up to rounding) of what the discrete solution gives, by all parameters and initial values at once. Its cost is a few runs,
// whatever the number of parameters; its memory is bounded by checkpoints.
// The step sizes are taken as given numbers, not differentiated. Steps end at the objective's instants.
// Left out: mass matrices; methods of several steps; Rosenbrock methods, whose adjoints need second derivatives of f.
import { Failure, Meter } from "../../base/index.ts";
import { Breath, CLOCK_STEPS } from "../breath.ts";
import { checkStart, errorWeights, firstStep, stepUnderflow } from "../vectors.ts";
import type { AdjointObjective, AdjointSystem } from "./adjoint-system.ts";
import { Checkpoints } from "./checkpoints.ts";
import { DiscreteStep } from "./discrete-step.ts";
import type { AdjointMethod } from "./methods.ts";

export interface AdjointOptions {
  /** tsit5, vern7 and vern9 for non-stiff systems, sdirk4 for stiff ones. */
  readonly method: AdjointMethod;
  readonly relative: number;
  readonly absolute: Float64Array;
  /** Bytes for states kept on the way; 64 MiB by default. Less means that more steps are computed again. */
  readonly memory_bytes?: number;
  readonly meter?: Meter;
}

export interface AdjointResult {
  readonly value: number;
  /** Derivatives by the initial state and by the parameters, the latter without what initial values depend on. */
  readonly byState: Float64Array;
  readonly byParameter: Float64Array;
  /** The steps: starts, and the end. */
  readonly steps: Float64Array;
  readonly stats: {
    readonly steps: number;
    readonly rejected: number;
    /** Steps computed again on the way back, each a second time in its own adjoint. */
    readonly repeated: number;
    readonly rhs: number;
    readonly factorizations: number;
    readonly pullbacks: number;
    /** Most states held at once. */
    readonly held: number;
  };
}

const DEFAULT_MEMORY = 2 ** 26;
const LEAST_ROOM = 8;
const MOST_REJECTIONS = 100;

/**
 * Value and gradient of an objective. Fails (Failure) where the solution cannot be continued, and with kind "limit" where the budget ends:
 * half a gradient is none.
 */
export async function adjoint(
  system: AdjointSystem,
  t0: number,
  y0: Float64Array,
  objective: AdjointObjective,
  options: AdjointOptions,
): Promise<AdjointResult> {
  const { times } = objective;
  const { n, q } = system;
  const room = Math.floor((options.memory_bytes ?? DEFAULT_MEMORY) / (8 * n));
  if (room < LEAST_ROOM)
    throw new Failure(
      "usage",
      `the memory for checkpoints holds ${room} states of ${n} numbers; ${LEAST_ROOM} are needed`,
      {
        hint: `Give at least ${8 * n * LEAST_ROOM} bytes.`,
      },
    );
  if (times.length === 0 || times[0] < t0 || times.some((t, k) => k > 0 && !(t > times[k - 1])))
    throw new Failure("usage", "the instants of the objective must ascend from the start on");
  const step = new DiscreteStep(options.method, system, options);
  try {
    const run = new AdjointRun(system, step, new Checkpoints(room), options);
    await run.forward(t0, y0, objective);
    const byState = new Float64Array(n);
    const byParameter = new Float64Array(q);
    await run.backward(objective, byState, byParameter);
    return { value: run.value, byState, byParameter, steps: Float64Array.from(run.ts), stats: run.stats() };
  } finally {
    step.dispose();
  }
}

class AdjointRun {
  value = 0;
  /** Instants between steps. */
  readonly ts: number[] = [];
  readonly #system: AdjointSystem;
  readonly #step: DiscreteStep;
  readonly #kept: Checkpoints;
  readonly #options: AdjointOptions;
  readonly #meter: Meter;
  readonly #breath = new Breath();
  readonly #y: Float64Array;
  #rejected = 0;
  #repeated = 0;

  constructor(system: AdjointSystem, step: DiscreteStep, kept: Checkpoints, options: AdjointOptions) {
    this.#system = system;
    this.#step = step;
    this.#kept = kept;
    this.#options = options;
    this.#meter = options.meter ?? new Meter();
    this.#y = new Float64Array(system.n);
  }

  async forward(t0: number, y0: Float64Array, objective: AdjointObjective): Promise<void> {
    const { times } = objective;
    const y = this.#y;
    const next = new Float64Array(y.length);
    y.set(y0);
    let t = t0;
    let at = 0;
    this.ts.push(t);
    this.#kept.offer(0, y);
    if (times[0] === t0) this.value += objective.value(at++, y);
    let h = this.#first(t, y, times[times.length - 1] - t);
    while (at < times.length) {
      let rejections = 0;
      for (;;) {
        // Steps end at the instants; the last two before one share the way.
        const left = times[at] - t;
        const end = h >= left * (1 - 1e-10) ? times[at] : t + (2 * h > left ? left / 2 : h);
        const size = end - t;
        const error = this.#step.forward(t, size, y, next);
        const factor = error > 0 ? 0.9 * error ** (-1 / this.#step.order) : error === 0 ? 5 : Number.NaN;
        if (error >= 0 && error <= 1) {
          t = end;
          const grown = size * Math.min(rejections > 0 ? 1 : 5, factor);
          h = size < h ? Math.max(grown, h) : grown;
          break;
        }
        this.#rejected++;
        rejections++;
        h = size * (factor > 0 ? Math.min(0.9, Math.max(0.2, factor)) : 0.25);
        if (!(h > 8 * Number.EPSILON * Math.abs(t)) || h < 1e-290 || rejections > MOST_REJECTIONS) {
          this.#system.rhs(t, y, next);
          throw stepUnderflow(this.#options.method, t, h, this.#system.names, y, next);
        }
      }
      y.set(next);
      this.ts.push(t);
      this.#kept.offer(this.ts.length - 1, y);
      if (t === times[at]) this.value += objective.value(at++, y);
      await this.#pause(this.ts.length);
    }
  }

  async backward(objective: AdjointObjective, lambda: Float64Array, byParameter: Float64Array): Promise<void> {
    const { times } = objective;
    const { ts } = this;
    let at = times.length - 1;
    objective.slope(at--, this.#y, lambda, byParameter);
    await this.#kept.backward(
      ts.length - 1,
      (k, y, next) => {
        this.#step.again(ts[k], ts[k + 1] - ts[k], y, next);
        this.#repeated++;
      },
      async (k, y) => {
        this.#step.backward(ts[k], ts[k + 1] - ts[k], y, lambda, byParameter);
        if (at >= 0 && ts[k] === times[at]) objective.slope(at--, y, lambda, byParameter);
        await this.#pause(k);
      },
    );
  }

  stats(): AdjointResult["stats"] {
    const { rhs, factorizations, pullbacks } = this.#step.stats;
    return {
      steps: this.ts.length - 1,
      rejected: this.#rejected,
      repeated: this.#repeated,
      rhs,
      factorizations,
      pullbacks,
      held: this.#kept.held,
    };
  }

  /** A first step size; refuses starts that are not finite. */
  #first(t: number, y: Float64Array, span: number): number {
    const system = this.#system;
    const [f, w, a, b] = [0, 1, 2, 3].map(() => new Float64Array(system.n));
    errorWeights(this.#options, y, w);
    system.rhs(t, y, f);
    checkStart(system, t, y, f);
    return span === 0 ? 0 : firstStep(system, t, y, f, w, this.#step.order, span, [a, b]);
  }

  async #pause(k: number): Promise<void> {
    this.#meter.steps++;
    if (k % CLOCK_STEPS !== 0) return;
    const reason = this.#meter.stop();
    if (reason !== undefined)
      throw new Failure("limit", `the budget ended before the gradient was there: ${reason.detail}`, {
        hint: "Give more time, or ask for fewer digits.",
      });
    await this.#breath.take();
  }
}
