// From a requirement to a checked solution. Tolerance is not accuracy: how a problem turns local errors into errors of
// its outputs is measured, not assumed.
//   1. A pilot (explicit, loose) tells whether the system is stiff and how large its states become; a plan is made.
//   2. Two loose runs a factor apart give the sensitivity S, error ~ S * tolerance; the tolerance follows.
//   3. The solve; then another method, on the directly evaluated system, solves again and the outputs are compared.
//   4. Where they differ by more than allowed, the less accurate of the two is repeated more tightly, until the budget ends
//      or double precision does.
import { type Budget, DONE, Failure, Meter, type StopReason } from "../base/index.ts";
import { checkRequirement, digitsReached, type Evidence, type Requirement, shortfall } from "../evidence/index.ts";
import type { Plan } from "../plan/index.ts";
import { candidatesFor, CHECKED_BY, chooseMethod, ERROR_AT_TOLERANCE, type Stiffness, workOf } from "./choose.ts";
import { integrate, type Integration } from "./integrate.ts";
import { isStiffMethod, METHOD_TITLES, type MethodName } from "./method.ts";
import type { OdeProblem } from "./problem.ts";
import type { OdeSystem } from "./system.ts";

/** method: another method on the direct system; tighten: the same method at a tenth of the tolerance; none. */
export type Check = "method" | "tighten" | "none";

export interface SolveOptions {
  readonly requirement: Requirement;
  /** Output times, ascending. */
  readonly times: Float64Array;
  readonly method?: MethodName;
  readonly check?: Check;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  /** Phase and share done, 0 to 1, after steps. */
  readonly onProgress?: (phase: "pilot" | "solve" | "check", share: number) => void;
}

export interface Solution {
  readonly times: Float64Array;
  readonly names: readonly string[];
  readonly curves: readonly Float64Array[];
  /** Number of output times reached. */
  readonly reached: number;
  readonly plan: Plan;
  readonly evidence: readonly Evidence[];
  /** "done", or why the requirement was not met. */
  readonly stop: StopReason;
  /** The run that gave the curves. */
  readonly run: Integration;
  /** Milliseconds; `compile` is code for steppers and for the direct system, and the analysis of matrices. */
  readonly ms: { readonly pilot: number; readonly solve: number; readonly check: number; readonly compile: number };
}

/** Share of the allowed error that a run aims at. */
const AIM = 0.15;
/** Differences of two solutions are doubled before they count as errors. */
const SAFETY = 2;
/** Share of the allowed error that a repetition aims at. */
const AGAIN = 0.4;
/** Share of the allowed error that the check aims at. */
const CHECK_AIM = 0.25;
/** Local tolerances beyond which double precision gives nothing. */
const TIGHTEST = 1e-14;
const LOOSEST = 1e-3;
/** Runs more different than this (of the curve's maximum) do not yet tell the sensitivity. */
const ASYMPTOTIC = 0.5;
/** Error is taken to fall with this power of the tolerance: order/(order + 1) for control of the error a step, less at the low orders of loose tolerances. */
const SLOPE = 0.8;
/** Explicit pilot: stiff if h * |eigenvalue| stays above this (the methods are stable up to about 3.3) ... */
const STIFF_AT = 2.8;
/** ... in this many steps more than not, or if the pilot takes this many steps. */
const STIFF_STEPS = 15;
const PILOT_STEPS = 4000;
/** Explicit methods, which stiffness holds back, and the steps they may be asked for without a budget. */
const HELD_BACK: ReadonlySet<MethodName> = new Set<MethodName>(["tsit5", "dopri5", "dop853", "vern7", "vern9"]);
const MOST_STEPS = 2e7;

/** Solves to the requirement and shows the evidence. See the header. */
export async function solve(problem: OdeProblem, options: SolveOptions): Promise<Solution> {
  checkRequirement(options.requirement);
  return new Solver(problem, options).run();
}

class Solver {
  readonly #problem: OdeProblem;
  readonly #options: SolveOptions;
  readonly #meter: Meter;
  readonly #ms = { pilot: 0, solve: 0, check: 0, compile: 0 };
  /** Largest size of each state seen so far. */
  readonly #scale: Float64Array;

  constructor(problem: OdeProblem, options: SolveOptions) {
    this.#problem = problem;
    this.#options = options;
    this.#meter = new Meter(options.budget, options.signal);
    this.#scale = problem.y0.map(Math.abs);
  }

  async run(): Promise<Solution> {
    const { check = "method", method: pinned, requirement } = this.#options;
    const stiff = await this.#stiffness(pinned);
    const work = workOf(this.#problem.system);
    const epsilon =
      "digits" in requirement
        ? 0.5 * 10 ** -requirement.digits
        : "relative" in requirement
          ? requirement.relative
          : 1e-6;
    const { times } = this.#options;
    const plan = chooseMethod(
      work,
      stiff,
      times[times.length - 1] - this.#problem.t0,
      AIM * epsilon,
      check === "method",
      pinned,
      candidatesFor(this.#problem).methods,
    );
    const method = plan.chosen as MethodName;
    this.#refuseEndless(method, stiff);
    const spent = this.#pilots.find((run) => run.stop.kind !== "done");
    if (spent !== undefined) return this.#early(plan, spent);
    const pilot = await this.#sensitivity(method === "mebdf" ? "bdf" : method, epsilon);
    if (pilot.ended !== undefined) return this.#early(plan, pilot.ended);
    // error ~ S tolerance^SLOPE at the pilot's method; other methods are more or less accurate at equal tolerance.
    const toleranceFor = (name: MethodName, share: number): number => {
      const ratio = ERROR_AT_TOLERANCE[name] / ERROR_AT_TOLERANCE[pilot.method];
      if (pilot.error === 0) return pilot.relative;
      return clamp(pilot.relative * (share / (pilot.error * ratio)) ** (1 / SLOPE));
    };
    // A run that is to be repeated at a tenth of its tolerance must leave room for that.
    const least = check === "tighten" ? 10 * TIGHTEST : TIGHTEST;
    let tolerance = Math.max(least, toleranceFor(method, AIM));
    let main = await this.#integrate("solve", method, tolerance);
    const finished = (stop: StopReason, evidence: readonly Evidence[], checking?: Integration): Solution => ({
      times: this.#options.times,
      names: this.#problem.outputs.names,
      curves: main.curves,
      reached: main.reached,
      plan: {
        ...plan,
        parameters: {
          ...plan.parameters,
          tolerance,
          pilotError: pilot.error,
          pilotTolerance: pilot.relative,
          ...(checking ? { checkMethod: checking.method, checkTolerance: checking.relative } : {}),
        },
      },
      evidence: [...evidence, ...eventEvidence(main, checking)],
      stop,
      run: main,
      ms: this.#ms,
    });
    if (main.stop.kind !== "done")
      return finished(
        main.stop,
        this.#unchecked(
          main,
          `the run ended at point ${main.reached} of ${this.#options.times.length}: ${main.stop.detail}`,
        ),
      );
    if (check === "none")
      return finished(DONE, [...this.#unchecked(main, "no check was asked for"), ...this.#conservation(main)]);

    const other = check === "tighten" ? method : CHECKED_BY[method];
    const compiling = performance.now();
    const system = check === "tighten" ? undefined : await this.#problem.direct();
    this.#ms.compile += performance.now() - compiling;
    let otherTolerance = check === "tighten" ? clamp(tolerance / 10) : toleranceFor(other, CHECK_AIM);
    let against = await this.#integrate("check", other, otherTolerance, system);
    if (against.stop.kind !== "done")
      return finished(against.stop, this.#unchecked(main, `the check ended early: ${against.stop.detail}`), against);
    for (;;) {
      const missed = SAFETY * this.#missed(main, against);
      if (missed <= 1)
        return finished(DONE, [...this.#agreement(main, against, check), ...this.#conservation(main)], against);
      // Repeat the run that is predicted to be the less accurate, both if they are alike.
      const cut = Math.max(1e-4, (AGAIN / missed) ** (1 / SLOPE));
      const mainError = tolerance * ERROR_AT_TOLERANCE[method];
      const otherError = otherTolerance * ERROR_AT_TOLERANCE[other];
      const again = {
        main: check === "tighten" || mainError >= otherError / 3,
        other: check === "tighten" || otherError >= mainError / 3,
      };
      const spent = this.#meter.stop();
      const atEnd = (!again.main || tolerance <= least) && (!again.other || otherTolerance <= TIGHTEST);
      if (spent !== undefined || atEnd) {
        const why: StopReason = spent ?? {
          kind: "accuracy",
          detail:
            "the tolerances are at the limit of double precision and the two methods still differ by more than allowed",
        };
        return finished(why, [...this.#agreement(main, against, check), ...this.#conservation(main)], against);
      }
      // What has been shown stays the answer if a repetition does not get to its end.
      const shown = [...this.#agreement(main, against, check), ...this.#conservation(main)];
      if (again.main) {
        tolerance = Math.max(least, tolerance * cut);
        const next =
          check === "tighten" && tolerance >= otherTolerance * 0.99
            ? against
            : await this.#integrate("solve", method, tolerance);
        if (next.stop.kind !== "done") return finished(next.stop, shown, against);
        main = next;
      }
      if (again.other) {
        otherTolerance = check === "tighten" ? clamp(tolerance / 10) : clamp(otherTolerance * cut);
        const next = await this.#integrate("check", other, otherTolerance, system);
        if (next.stop.kind !== "done")
          return finished(
            next.stop,
            again.main ? this.#unchecked(main, `the check ended early: ${next.stop.detail}`) : shown,
            against,
          );
        against = next;
      }
    }
  }

  /** The budget ended in the pilot: its best run, unchecked. */
  #early(plan: Plan, run: Integration): Solution {
    const { times } = this.#options;
    return {
      times,
      names: this.#problem.outputs.names,
      curves: run.curves,
      reached: run.reached,
      plan: { ...plan, parameters: { ...plan.parameters, tolerance: run.relative } },
      evidence: this.#unchecked(
        run,
        `the pilot, at a loose tolerance, ended at point ${run.reached} of ${times.length}: ${run.stop.detail}`,
      ),
      stop: run.stop,
      run,
      ms: this.#ms,
    };
  }

  /** Tolerances of the states: below a floor, a share of each state's largest size, only absolute errors count. */
  #absolute(method: MethodName, relative: number): Float64Array {
    const floor = this.#problem.amounts ? 1e-6 : isStiffMethod(method) ? 1e-3 : 0.1;
    const largest = this.#scale.reduce((a, b) => Math.max(a, b), 0) || 1;
    return this.#scale.map((size) => relative * floor * (size || largest * 1e-6));
  }

  async #integrate(
    phase: "pilot" | "solve" | "check",
    method: MethodName,
    relative: number,
    system?: OdeSystem,
    more: { stopWhen?: (state: { t: number; steps: number; stiffness: number }) => string | undefined } = {},
  ): Promise<Integration> {
    const { times, onProgress } = this.#options;
    const { t0 } = this.#problem;
    const span = times[times.length - 1] - t0;
    const run = await integrate(this.#problem, {
      method,
      relative,
      absolute: this.#absolute(method, relative),
      times,
      system,
      meter: this.#meter,
      onStep: onProgress === undefined ? undefined : (t) => onProgress(phase, Math.min(1, (t - t0) / span)),
      ...more,
    });
    this.#ms[phase] += run.ms;
    this.#ms.compile += run.prepareMs;
    // States that blow up say nothing of the sizes that matter: tolerances made of them would let everything pass.
    const largest = run.scale.reduce((most, size) => Math.max(most, size), 0);
    const known = this.#scale.reduce((most, size) => Math.max(most, size), 1e-300);
    if (run.stop.kind !== "other" || largest < 1e6 * known)
      for (let i = 0; i < this.#scale.length; i++) this.#scale[i] = Math.max(this.#scale[i], run.scale[i]);
    return run;
  }

  /** An explicit method that was asked for, on a stiff problem, may need more steps than anyone waits for. */
  #refuseEndless(method: MethodName, { stiff, eigenvalue = 0, why }: Stiffness): void {
    const { times, budget } = this.#options;
    if (!stiff || !HELD_BACK.has(method) || budget?.time_ms !== undefined) return;
    const steps = (eigenvalue * (times[times.length - 1] - this.#problem.t0)) / 3;
    if (!(steps > MOST_STEPS)) return;
    throw new Failure(
      "usage",
      `${METHOD_TITLES[method]} would need about ${steps.toPrecision(2)} steps: the problem is stiff (${why})`,
      {
        hint: "Leave the method to the plan, take rodas5p or bdf, or give a budget of time.",
      },
    );
  }

  #pilots: Integration[] = [];

  /** Runs an explicit method until it is done or found to be held back by stability. */
  async #stiffness(pinned: MethodName | undefined): Promise<Stiffness> {
    if (pinned !== undefined && !HELD_BACK.has(pinned))
      return { stiff: isStiffMethod(pinned), why: "stiffness was not measured" };
    const { why } = candidatesFor(this.#problem);
    if (why !== undefined) return { stiff: true, why };
    let balance = 0;
    let eigenvalue = 0;
    let before = this.#problem.t0;
    try {
      const run = await this.#integrate("pilot", "tsit5", LOOSEST / 10, undefined, {
        stopWhen: ({ t, steps, stiffness }) => {
          const held = stiffness > STIFF_AT;
          balance = held ? balance + 1 : Math.max(0, balance - 0.25);
          if (held) eigenvalue = Math.max(eigenvalue, stiffness / (t - before));
          before = t;
          if (balance >= STIFF_STEPS)
            return `an explicit method is held back by stability from t = ${t.toPrecision(3)}`;
          if (steps < PILOT_STEPS) return undefined;
          eigenvalue = Infinity;
          return `an explicit method needs more than ${PILOT_STEPS} steps at a loose tolerance`;
        },
      });
      if (run.stop.kind === "other") return { stiff: true, why: run.stop.detail, eigenvalue };
      this.#pilots.push(run);
      return {
        stiff: false,
        why: `an explicit method is not held back by stability in ${run.stats.steps} steps at a loose tolerance`,
      };
    } catch (error) {
      // An explicit method that breaks down says nothing yet: the implicit ones decide. Errors of the start are final.
      if (!(error instanceof Failure) || this.#meter.steps === 0) throw error;
      return { stiff: true, why: "an explicit method breaks down" };
    }
  }

  /** Two runs at tolerances a factor ten apart, tightened until they resemble each other: the error of the looser one. */
  async #sensitivity(
    method: MethodName,
    epsilon: number,
  ): Promise<{ method: MethodName; relative: number; error: number; ended?: Integration }> {
    let coarse = this.#pilots.find((run) => run.method === method);
    let relative =
      coarse?.relative ?? (isStiffMethod(method) ? Math.min(1e-4, Math.max(1e-6, 2 * epsilon)) : LOOSEST / 10);
    coarse ??= await this.#integrate("pilot", method, relative);
    for (;;) {
      if (coarse.stop.kind !== "done") return { method, relative, error: Infinity, ended: coarse };
      const fine: Integration = await this.#integrate("pilot", method, relative / 10);
      if (fine.stop.kind !== "done")
        return {
          method,
          relative,
          error: Infinity,
          ended: coarse.reached > fine.reached ? { ...coarse, stop: fine.stop } : fine,
        };
      const difference = this.#relativeDifference(coarse, fine);
      if (difference <= ASYMPTOTIC || relative / 10 <= TIGHTEST * 100) {
        return { method, relative, error: this.#missed(coarse, fine) };
      }
      [coarse, relative] = [fine, relative / 10];
    }
  }

  #relativeDifference(a: Integration, b: Integration): number {
    return Math.max(...a.curves.map((curve, k) => 0.5 * shortfall({ digits: 0 }, curve, b.curves[k])));
  }

  /** The difference of two runs in units of what the requirement allows: the worst output. */
  #missed(a: Integration, b: Integration): number {
    return a.curves.reduce(
      (worst, curve, k) => Math.max(worst, shortfall(this.#options.requirement, curve, b.curves[k])),
      0,
    );
  }

  #agreement(main: Integration, against: Integration, check: Check): Evidence[] {
    const { names } = this.#problem.outputs;
    const { requirement } = this.#options;
    const method =
      check === "tighten"
        ? `${METHOD_TITLES[main.method]} at tolerance ${show(main.relative)} against itself at ${show(against.relative)}`
        : `${METHOD_TITLES[main.method]} at tolerance ${show(main.relative)} against ${METHOD_TITLES[against.method]} at ${show(against.relative)} on the directly evaluated, unfactored equations`;
    return names.map((name, k): Evidence => {
      // The two errors may partly cancel in the difference, so it is doubled.
      const digits = digitsReached(main.curves[k], against.curves[k]) - Math.log10(SAFETY);
      const units = SAFETY * shortfall(requirement, main.curves[k], against.curves[k]);
      const largest = against.curves[k].reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const points = `at all ${against.curves[k].length} points`;
      // Solutions that differ in the first digit show nothing.
      const agree = digits >= 1;
      const short = units <= 1 ? "" : ", which is less than asked for";
      const how = "digits" in requirement ? "" : units <= 1 ? ", within the tolerance asked for" : "";
      return {
        statement: agree
          ? `${name}: ${digits.toFixed(1)} digits of its largest value ${points}, by twice the largest difference of the two solutions${how}${short}`
          : `${name}: the two solutions disagree, so that nothing is known of its accuracy`,
        grade: !agree ? "none" : check === "tighten" ? "estimated" : "cross-checked",
        bound: 0.5 * 10 ** -digits * largest,
        unit: "absolute error",
        method,
        measured: { digits, shareOfAllowed: units },
      };
    });
  }

  #unchecked(main: Integration, why: string): Evidence[] {
    return [
      {
        statement: `The solution was not checked: ${why}`,
        grade: "none",
        method: `${METHOD_TITLES[main.method]} at tolerance ${show(main.relative)}`,
      },
    ];
  }

  #conservation(main: Integration): Evidence[] {
    const count = main.drift.length;
    if (count === 0) return [];
    const worst = main.drift.reduce((a, b) => Math.max(a, b), 0);
    return [
      {
        statement: `${count} conservation law${count === 1 ? "" : "s"} of the stoichiometry hold${count === 1 ? "s" : ""} along the solution to ${worst.toExponential(1)} of the conserved amount`,
        grade: "sampled",
        bound: worst,
        unit: "relative drift",
        method:
          "left null space of the stoichiometric matrix, verified in integers; drift measured at the solver's steps",
      },
    ];
  }
}

/** What is to be said of events: how far their instants agree in both runs, and where chance decides what stays. */
function eventEvidence(main: Integration, against: Integration | undefined): Evidence[] {
  const { events } = main;
  if (events === undefined || events.count === 0) return [];
  const evidence: Evidence[] = [];
  const other = against?.events;
  if (other !== undefined) {
    const same = other.count === events.count && events.log.every(({ event }, k) => other.log[k]?.event === event);
    const apart = same
      ? events.log.reduce((most, { t }, k) => Math.max(most, Math.abs(t - other.log[k].t)), 0)
      : Infinity;
    evidence.push({
      statement: same
        ? `${events.count} event${events.count === 1 ? "" : "s"} in the same order in both solutions, their instants at most ${apart.toExponential(1)} apart`
        : `the two solutions have ${events.count} and ${other.count} events, or others in another order: their curves may differ by whole jumps`,
      grade: same ? "cross-checked" : "none",
      ...(same ? { bound: apart, unit: "time" } : {}),
      method: "events found on the dense output of each solution by bisection to neighbouring doubles",
    });
  }
  for (const { t, events: names } of events.contradictions)
    evidence.push({
      statement: `at t = ${t.toPrecision(6)} the events "${names[0]}" and "${names[1]}" set the same quantity and no priority orders them: which value stays is chance (seeded)`,
      grade: "none",
      method: "events carried out in random order among equals",
    });
  return evidence;
}

function clamp(tolerance: number): number {
  return Math.min(LOOSEST, Math.max(TIGHTEST, tolerance));
}

const show = (tolerance: number): string => tolerance.toExponential(1);
