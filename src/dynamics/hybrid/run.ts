// A run through events, conditions and delays: the stepper goes on until something jumps; there the run is cut, events are
// carried out, unknowns and delayed values settle, and a new stepper starts from the state after it.
import { DONE, Failure, Meter, type StopReason } from "../../base/index.ts";
import { Breath, CLOCK_STEPS, tryStep } from "../breath.ts";
import type { IntegrateOptions, Integration } from "../integrate.ts";
import { makeConsistent } from "../mass.ts";
import { makeStepper, type MethodName } from "../method.ts";
import type { OdeProblem } from "../problem.ts";
import { Projection } from "../projection.ts";
import { Recorder } from "../recorder.ts";
import { ExplicitRungeKutta } from "../runge-kutta.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper } from "../system.ts";
import { DelayedValues } from "./delayed.ts";
import { History } from "./history.ts";
import { firstChange, stateAt } from "./locate.ts";
import type { HybridParts } from "./parts.ts";
import { EventQueue } from "./queue.ts";

/** Jumps at which time has advanced by less than this share of the span count as one place ... */
const PLACE = 1e-9;
/** ... and so many in one place are chattering. */
const MOST_IN_PLACE = 200;
/** Relative difference of times that are one instant. */
const SAME = 1e-12;
/** Orders of derivative whose jumps, carried on by delays, are stopped at. */
const SMOOTH_AFTER = 6;

export function hybridRun(problem: OdeProblem, parts: HybridParts, options: IntegrateOptions): Promise<Integration> {
  return new HybridRun(problem, parts, options).run();
}

class HybridRun {
  readonly #problem: OdeProblem;
  readonly #parts: HybridParts;
  readonly #options: IntegrateOptions;
  readonly #method: MethodName;
  readonly #base: OdeSystem;
  readonly #system: OdeSystem;
  readonly #end: number;
  readonly #recorder: Recorder;
  readonly #queue: EventQueue;
  readonly #history: History;
  readonly #delayed?: DelayedValues;
  readonly #projection?: Projection;
  /** Values with jumps, at present and on trial. */
  readonly #now: Float64Array;
  readonly #trial: Float64Array;
  /** The state at the last cut, and on trial. */
  readonly #y: Float64Array;
  readonly #tried: Float64Array;
  readonly #stats: SolverStats = noStats();
  /** Times at which delays carry jumps on, ascending. */
  readonly #breaks: number[] = [];
  #t: number;
  #inPlace = 0;
  #place: number;

  constructor(problem: OdeProblem, parts: HybridParts, options: IntegrateOptions) {
    const { times, method } = options;
    this.#problem = problem;
    this.#parts = parts;
    this.#options = options;
    this.#method = method;
    this.#base = options.system ?? problem.system;
    this.#end = times[times.length - 1];
    this.#recorder = new Recorder(problem, times);
    this.#queue = new EventQueue(parts);
    this.#t = this.#place = problem.t0;
    this.#y = Float64Array.from(problem.y0);
    this.#tried = Float64Array.from(problem.y0);
    this.#now = new Float64Array(parts.stepCount);
    this.#trial = new Float64Array(parts.stepCount);
    parts.discrete.set(parts.discreteStart);
    this.#history = new History(problem.t0, this.#y, parts.discrete);
    const { delays } = parts;
    if (delays !== undefined) {
      if (method === "bdf" || method === "mebdf")
        throw new Failure("usage", `${method} cannot solve equations with delays`, {
          hint: "Use a one-step method: tsit5, dopri5, rodas5p or rodas5.",
        });
      this.#delayed = new DelayedValues({ ...parts, delays }, this.#base.n, this.#history);
    }
    this.#system = this.#delayed?.system(this.#base) ?? this.#base;
    if (problem.constraints !== undefined) this.#projection = new Projection(problem.constraints, this.#base.n);
  }

  async run(): Promise<Integration> {
    const begin = performance.now();
    const { relative } = this.#options;
    const recorder = this.#recorder;
    this.#projection?.start(this.#t, this.#y, this.#problem.constraints!.movable);
    this.#settle(this.#t);
    this.#history.restart(this.#y, this.#parts.discrete);
    this.#carryOut();
    this.#history.restart(this.#y, this.#parts.discrete);
    recorder.watch(this.#y);
    const prepared = performance.now();
    let stop: StopReason = DONE;
    while (!recorder.done && stop === DONE) stop = await this.#stretch();
    return {
      method: this.#method,
      relative,
      curves: recorder.curves,
      reached: recorder.at,
      stop,
      stats: this.#stats,
      scale: recorder.scale,
      drift: recorder.drift,
      events: {
        count: this.#queue.executed,
        log: this.#queue.log,
        contradictions: [...this.#queue.contradictions.values()],
      },
      ms: performance.now() - prepared,
      prepareMs: prepared - begin,
    };
  }

  /** Delayed values and unknowns that fit the state at t. */
  #settle(t: number): void {
    this.#delayed?.update(t, this.#y);
    this.#projection?.apply(t, this.#y);
    makeConsistent(this.#system, t, this.#y);
    this.#delayed?.update(t, this.#y);
  }

  /** Carries out the events of this instant and records what is asked for at it. Returns the number of events. */
  #carryOut(): number {
    const count = this.#queue.run(this.#t, { y: this.#y, settle: (t) => this.#settle(t) });
    if (this.#delayed !== undefined) this.#plan(this.#delayed);
    this.#parts.steps(this.#t, this.#y, this.#now);
    while (this.#recorder.next <= this.#t) this.#recorder.record(this.#y);
    return count;
  }

  /** Delays carry the jump of this instant on, one derivative smoother each time. */
  #plan(delayed: DelayedValues): void {
    const lengths = [...new Set(delayed.all(this.#t, this.#y))].filter((delay) => delay > 0);
    const breaks = this.#breaks;
    breaks.splice(0, countUpTo(breaks, this.#t + same(this.#t)));
    let front = [this.#t];
    for (let order = 0; order < SMOOTH_AFTER && front.length <= 100; order++) {
      const next: number[] = [];
      for (const t of front)
        for (const length of lengths) {
          const later = t + length;
          if (later >= this.#end - same(this.#end) || later <= this.#t + same(this.#t)) continue;
          next.push(later);
          // Sums of the same delays in other orders differ by rounding and are one instant.
          const at = countUpTo(breaks, later);
          const near = (t: number | undefined): boolean => t !== undefined && Math.abs(t - later) <= same(later);
          if (!near(breaks[at - 1]) && !near(breaks[at])) breaks.splice(at, 0, later);
        }
      front = [...new Set(next)];
    }
  }

  /** From one cut to the next, or to the end of the run. */
  async #stretch(): Promise<StopReason> {
    const { relative, absolute } = this.#options;
    const leave = this.#system.enter?.();
    const span = Math.max(this.#end - this.#t, Number.MIN_VALUE);
    const stepper = makeStepper(this.#method, this.#system, this.#t, this.#y, span, { relative, absolute });
    try {
      return await this.#steps(stepper);
    } finally {
      stepper.dispose();
      addStats(this.#stats, stepper.stats);
      leave?.();
    }
  }

  async #steps(stepper: Stepper): Promise<StopReason> {
    const { onStep, stopWhen, meter = new Meter() } = this.#options;
    const recorder = this.#recorder;
    const breath = new Breath();
    while (!recorder.done) {
      if (this.#delayed !== undefined) stepper.h = Math.min(stepper.h, this.#delayed.smallest(stepper.t, stepper.y));
      const failed = tryStep(stepper, this.#method, this.#stats.steps);
      if (failed !== undefined) return failed;
      this.#projection?.apply(stepper.t, stepper.y);
      if (this.#cut(stepper)) {
        onStep?.(this.#t);
        return this.#chattering() ?? DONE;
      }
      recorder.watch(stepper.y);
      if (this.#delayed !== undefined) this.#history.add(stepper, stepper.t, this.#parts.discrete);
      this.#recordUpTo(stepper, stepper.t, true);
      onStep?.(stepper.t);
      meter.steps++;
      if (stepper.stats.steps % CLOCK_STEPS === 0) {
        const reason = meter.stop();
        if (reason !== undefined) return reason;
        await breath.take();
      }
      const early = stopWhen?.({
        t: stepper.t,
        steps: this.#stats.steps + stepper.stats.steps,
        stiffness: stepper instanceof ExplicitRungeKutta ? stepper.stiffness : 0,
      });
      if (early !== undefined) return { kind: "other", detail: early };
    }
    return DONE;
  }

  /** Looks for a jump in the last step; at one, the run is cut there and events are carried out. */
  #cut(stepper: Stepper): boolean {
    const known = Math.min(this.#queue.nextDue, this.#breaks.find((t) => t > stepper.tBefore) ?? Infinity);
    // Jumps after the end of what is asked for are none of this run.
    const to = Math.min(stepper.t, this.#end, known);
    const jump = firstChange(stepper.tBefore, to, (t) => this.#differs(stepper, t));
    if (jump === undefined && known > to) return false;
    const at = jump ?? known;
    this.#recordUpTo(stepper, at, false);
    stateAt(stepper, at, this.#y);
    if (this.#delayed !== undefined) this.#history.add(stepper, at, this.#parts.discrete);
    this.#t = at;
    this.#recorder.watch(this.#y);
    this.#settle(at);
    this.#carryOut();
    this.#recorder.watch(this.#y);
    return true;
  }

  /** Whether conditions at a time inside the last step are not those at the last cut. */
  #differs(stepper: Stepper, t: number): boolean {
    if (this.#parts.stepCount === 0) return false;
    stateAt(stepper, t, this.#tried);
    this.#delayed?.update(t, this.#tried);
    this.#parts.steps(t, this.#tried, this.#trial);
    for (let k = 0; k < this.#trial.length; k++) if (this.#trial[k] !== this.#now[k]) return true;
    return false;
  }

  /** Records outputs of the last step at times below t, or up to it. */
  #recordUpTo(stepper: Stepper, t: number, inclusive: boolean): void {
    const recorder = this.#recorder;
    while (recorder.next < t || (inclusive && recorder.next <= t)) {
      if (this.#delayed === undefined)
        recorder.recordBy((at, needed, components) => stepper.interpolate(at, needed, components));
      else {
        stateAt(stepper, recorder.next, this.#tried);
        this.#delayed?.update(recorder.next, this.#tried);
        recorder.record(this.#tried);
      }
    }
  }

  /** Many jumps within a tiny stretch of time. */
  #chattering(): StopReason | undefined {
    if (this.#t - this.#place > PLACE * (this.#end - this.#problem.t0)) {
      this.#place = this.#t;
      this.#inPlace = 0;
    }
    if (++this.#inPlace <= MOST_IN_PLACE) return undefined;
    const { log } = this.#queue;
    const names = [...new Set(log.slice(-10).map(({ event }) => event))].slice(0, 3);
    return {
      kind: "other",
      detail: `chattering: more than ${MOST_IN_PLACE} jumps near t = ${this.#t.toPrecision(6)}${names.length > 0 ? ` (events ${names.join(", ")})` : ""}; conditions switch back and forth without end`,
    };
  }
}

/** Times that differ by no more are one instant. */
const same = (t: number): number => SAME * Math.abs(t);

/** How many of ascending times are at most t. */
function countUpTo(times: readonly number[], t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addStats(sum: SolverStats, part: SolverStats): void {
  for (const key of Object.keys(part) as (keyof SolverStats)[]) sum[key] += part[key];
}
