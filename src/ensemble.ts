// Many runs of one model: sweeps of parameters, ensembles with parameters of each member's own, repeated runs with chance.
import { type Budget, DONE, Failure, Meter, type StopReason } from "./base/index.ts";
import type { TargetName, Threads } from "./compile/index.ts";
import { JUMP_METHODS, type JumpMethod, type MethodName, methodNamed, MOST_VALUES, runJumps, runSde, SDE_METHODS, solve, type CurveMethod, isStiffMethod, membersFit, runCurves, type Solution } from "./dynamics/index.ts"; // oxfmt-ignore
import { statistics, type Statistics } from "./dynamics/index.ts";
import {
  checkRequirement,
  digitsReached,
  MOST_DIGITS,
  type Evidence,
  type Requirement,
  shortfall,
  weaker,
} from "./evidence/index.ts";
import {
  activityOf,
  initialValues,
  type LoweredModel,
  lowerCurves,
  lowerJumps,
  lowerLangevin,
  lowerModel,
  lowerSde,
  type Model,
  parameterValues,
} from "./model/index.ts";
import type { Plan } from "./plan/index.ts";
import { outputTimes } from "./simulate.ts";

/** Values of a parameter: a list, or a range with both ends; `log`: evenly spaced logarithms. */
export type SweepValues =
  | ArrayLike<number>
  | { readonly from: number; readonly to: number; readonly count: number; readonly log?: boolean };

export interface RunsOptions {
  /** End of the runs; the end of the model's own time span by default. */
  readonly tEnd?: number;
  /** Evenly spaced output points, both ends included (default 201, or the model's own number). */
  readonly points?: number;
  /** Output times, ascending, instead of `points`. */
  readonly times?: ArrayLike<number>;
  /** Other values of parameters, for all members. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Default "auto". The results are the same for any number. */
  readonly threads?: Threads;
  readonly target?: TargetName;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  /** Share done, and milliseconds since the start. */
  readonly onProgress?: (share: number, ms: number) => void;
}

export interface CurveOptions extends RunsOptions {
  /** Correct digits of each output, measured against its largest value (default 6). */
  readonly digits?: number;
  readonly requirement?: Requirement;
  readonly method?: MethodName | "auto";
  /** Of models with noise: leave it out. */
  readonly drift?: boolean;
}

export interface ChanceOptions extends RunsOptions {
  /** Runs for each set of parameters. Default 100. */
  readonly runs?: number;
  /**
   * Of reactions: direct, next (one by one), tau (leaps), cle (chemical Langevin equation). Of equations with noise: em, milstein, sri,
   * or sde for the best of these. Default: sde for models with noise, for others the cheaper of direct and next.
   */
  readonly method?: StochasticMethod | "auto";
  /** Of the random numbers: the same seed gives the same runs. Default 0. */
  readonly seed?: number;
  /** Of tau: relative change of the rates within a leap (default 0.03). */
  readonly epsilon?: number;
  /** Of em, milstein and cle: greatest step (default: a thousandth of the span). */
  readonly step?: number;
  /** Of sri: local error relative to the state (default 1e-3). */
  readonly tolerance?: number;
}

export const STOCHASTIC_METHODS = [...JUMP_METHODS, "sde", ...SDE_METHODS, "cle"] as const;
export type StochasticMethod = (typeof STOCHASTIC_METHODS)[number];

/** Curves of all members. */
export interface Ensemble {
  readonly model: { readonly name: string; readonly states: number; readonly parameters: number; readonly reactions: number }; // oxfmt-ignore
  /** What differs between members: value c of member m at values[m * names.length + c]. */
  readonly parameters: { readonly names: readonly string[]; readonly values: Float64Array };
  /** Members with the same parameters, which follow each other. */
  readonly runs: number;
  readonly members: number;
  readonly time: Float64Array;
  readonly outputs: readonly string[];
  /** Output o of member m at time k: values[(m * time.length + k) * outputs.length + o]; NaN where it was not reached. */
  readonly values: Float64Array;
  /** Members that reached the last time. */
  readonly complete: number;
  readonly plan: Plan;
  readonly evidence: readonly Evidence[];
  readonly stop: StopReason;
  readonly timing: { readonly prepare_ms: number; readonly run_ms: number; readonly total_ms: number };
  /** Statistics of an output over the members with the parameters of set `set` (all members if absent). */
  statistics(output: string, options?: { readonly set?: number; readonly quantiles?: readonly number[] }): Statistics;
}

const DEFAULT_DIGITS = 6;
const DEFAULT_RUNS = 100;
const MOST_MEMBERS = 10_000_000;
/** Members from which they go side by side; so many of them are checked one by one. */
const MANY = 64;
const CHECKED = 8;
/** Share of the requirement by which the two may differ. */
const AGREE = 0.4;

/** The values of a range, checked. */
export function sweepValues(name: string, values: SweepValues): Float64Array {
  const fail = (what: string, hint?: string): never => {
    throw new Failure("usage", `sweep of ${name}: ${what}`, { hint });
  };
  if ("length" in values) {
    const list = Float64Array.from(values);
    if (list.length === 0) fail("there are no values");
    const wrong = list.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) fail(`value ${wrong + 1} is ${list[wrong]}`);
    return list;
  }
  const { from, to, count, log = false } = values;
  if (!Number.isFinite(from) || !Number.isFinite(to)) fail(`a range from ${from} to ${to} has no finite ends`);
  if (!(Number.isInteger(count) && count >= 1))
    fail(`a range has a whole number of values, 1 or more, not ${count}`, "Write from:to:count, such as 0.1:1:50.");
  if (count > MOST_MEMBERS) fail(`${count} values are more than ${MOST_MEMBERS}`);
  if (count === 1 && from !== to) fail(`one value cannot be both ${from} and ${to}`);
  if (count > 1 && from === to) fail(`a range from ${from} to ${to} has one value, not ${count}`);
  if (log && !(from > 0 && to > 0)) fail(`logarithmic ranges need ends greater than 0, not ${from} and ${to}`);
  const [a, b] = log ? [Math.log(from), Math.log(to)] : [from, to];
  return Float64Array.from({ length: count }, (_, i) => {
    if (i === 0) return from;
    if (i === count - 1) return to;
    const value = a + ((b - a) * i) / (count - 1);
    return log ? Math.exp(value) : value;
  });
}

/** All combinations of the values, the last parameter running fastest; member by member. */
export function sweepGrid(ranges: Readonly<Record<string, SweepValues>>): { names: string[]; values: Float64Array } {
  const names = Object.keys(ranges);
  const lists = names.map((name) => sweepValues(name, ranges[name]));
  const sets = lists.reduce((product, list) => product * list.length, 1);
  if (sets > MOST_MEMBERS)
    throw new Failure("usage", `the sweep has ${sets} combinations; at most ${MOST_MEMBERS} are run`);
  const values = new Float64Array(sets * names.length);
  for (let m = 0; m < sets; m++) {
    let rest = m;
    for (let c = names.length - 1; c >= 0; c--) {
      values[m * names.length + c] = lists[c][rest % lists[c].length];
      rest = Math.floor(rest / lists[c].length);
    }
  }
  return { names, values };
}

/** Refuses names that are no parameters of the model, and parameters given twice, before any work. */
function checkNames(model: Model, names: readonly string[], fixed: Readonly<Record<string, number>> = {}): void {
  const known = new Set(model.parameters.map((parameter) => parameter.name));
  for (const name of names) {
    if (!known.has(name))
      throw new Failure("name", `the model ${model.name} has no parameter "${name}"`, {
        hint: `Its parameters: ${[...known].slice(0, 20).join(", ")}${known.size > 20 ? " and more" : ""}.`,
      });
    if (Object.hasOwn(fixed, name))
      throw new Failure("usage", `the parameter "${name}" has one value and a range; give one or the other`);
  }
}

/** A deterministic run for each combination of the values of some parameters. */
export async function sweep(
  model: Model,
  ranges: Readonly<Record<string, SweepValues>>,
  options: CurveOptions = {},
): Promise<Ensemble> {
  return ensemble(model, sweepGrid(ranges), options);
}

/**
 * A deterministic run for each member: `members.values` holds, member by member, the values of the parameters `members.names`.
 * Few members, large systems, and those with events are solved one after the other and each is checked by another method. Many members of
 * a small system go side by side through compiled code, each with steps of its own; some, spread over all, are solved and checked
 * as single runs are, and the tolerance is such that they agree: the evidence says how far.
 */
export async function ensemble(
  model: Model,
  members: { readonly names: readonly string[]; readonly values: Float64Array },
  options: CurveOptions = {},
): Promise<Ensemble> {
  const begin = performance.now();
  const { names, values: own } = members;
  const from = model.span?.from ?? 0;
  const times = outputTimes(model, from, options);
  checkNames(model, names, options.parameters);
  const count = names.length === 0 ? 1 : own.length / names.length;
  checkCount(count, times.length, model.outputs.length);
  const requirement = options.requirement ?? { digits: options.digits ?? DEFAULT_DIGITS };
  checkRequirement(requirement);
  const method = options.method === undefined || options.method === "auto" ? undefined : methodNamed(options.method);
  const meter = new Meter(options.budget, options.signal);
  const parametersOf = (m: number): Record<string, number> => ({
    ...options.parameters,
    ...Object.fromEntries(names.map((name, c) => [name, own[m * names.length + c]])),
  });
  const lowered = await lowerModel(model, {
    parameters: parametersOf(0),
    from,
    target: options.target,
    drift: options.drift,
  });
  const prepared = performance.now();
  const width = model.outputs.length;
  const values = new Float64Array(count * times.length * width).fill(Number.NaN);
  let stop: StopReason = DONE;
  let complete = 0;
  let plan: Plan | undefined;
  let grade: Evidence["grade"] = "proved";
  let digits = Infinity;
  let unmet: Failure | undefined;
  const chosen = new Map<string, number>();
  try {
    if (count >= MANY) {
      const curves = await sideBySide(model, { lowered, count, from, times, requirement, method, meter, parametersOf, options }); // oxfmt-ignore
      if (curves !== undefined)
        return result(model, members, 1, count, times, curves.values, curves.complete, { ...curves, begin, prepared });
    }
    for (let m = 0; m < count; m++) {
      lowered.reset(parametersOf(m));
      const left = options.budget?.time_ms === undefined ? undefined : Math.max(1, options.budget.time_ms - meter.elapsed()); // oxfmt-ignore
      const solution = await solve(lowered.problem, {
        requirement,
        times,
        method,
        budget: { ...options.budget, time_ms: left },
        signal: options.signal,
      });
      solution.curves.forEach((curve, o) =>
        curve.forEach((value, k) => (values[(m * times.length + k) * width + o] = value)),
      );
      plan ??= solution.plan;
      chosen.set(solution.plan.chosen, (chosen.get(solution.plan.chosen) ?? 0) + 1);
      for (const each of solution.evidence) {
        grade = weaker(grade, each.grade);
        if (each.measured?.digits !== undefined) digits = Math.min(digits, each.measured.digits);
      }
      if (solution.stop.kind === "accuracy")
        unmet ??= new Failure("unsolved", `member ${m + 1}: ${solution.stop.detail}`);
      else if (solution.stop.kind !== "done") {
        stop = solution.stop;
        break;
      }
      complete++;
      options.onProgress?.((m + 1) / count, performance.now() - begin);
      stop = m + 1 < count ? (meter.stop() ?? DONE) : DONE;
      if (stop !== DONE) break;
    }
  } finally {
    lowered.problem.dispose();
  }
  if (unmet !== undefined && stop === DONE) stop = { kind: "accuracy", detail: unmet.what };
  const evidence: Evidence[] = [
    {
      statement: `every output of ${complete} of ${count} members has at least ${Number.isFinite(digits) ? digits.toFixed(1) : "?"} digits`,
      grade: Number.isFinite(digits) ? grade : "none",
      method: "each member is solved and checked as a single run is; this is the weakest of them",
      ...(Number.isFinite(digits) && { measured: { digits } }),
    },
  ];
  const shares = [...chosen].map(([name, members]) => `${name} for ${members}`).join(", ");
  return result(model, members, 1, count, times, values, complete, {
    plan: { ...plan!, reason: `chosen for each member: ${shares}` },
    evidence,
    stop,
    begin,
    prepared,
  });
}

interface SideBySide {
  readonly lowered: LoweredModel;
  readonly count: number;
  readonly from: number;
  readonly times: Float64Array;
  readonly requirement: Requirement;
  readonly method: MethodName | undefined;
  readonly meter: Meter;
  readonly parametersOf: (member: number) => Record<string, number>;
  readonly options: CurveOptions;
}

/** Many members in compiled code, or undefined where they go one after the other: see `ensemble`. */
async function sideBySide(model: Model, job: SideBySide): Promise<{ values: Float64Array; complete: number; plan: Plan; evidence: Evidence[]; stop: StopReason } | undefined> {
  const { lowered, count, from, times, requirement, method: pinned, meter, parametersOf, options } = job;
  if (pinned !== undefined && pinned !== "tsit5" && pinned !== "rodas5p") return undefined;
  const system = lowerCurves(model);
  if (system === undefined) return undefined;
  const chosen = Array.from({ length: CHECKED }, (_, i) => Math.round((i * (count - 1)) / (CHECKED - 1)));
  const solutions: Solution[] = [];
  const tighter = tenth(requirement);
  for (const m of chosen) {
    lowered.reset(parametersOf(m));
    const time_ms = options.budget?.time_ms === undefined ? undefined : Math.max(1, options.budget.time_ms - meter.elapsed());
    const solution = await solve(lowered.problem, { requirement: tighter, times, method: pinned, budget: { ...options.budget, time_ms }, signal: options.signal }); // oxfmt-ignore
    if (solution.stop.kind !== "done") return undefined;
    solutions.push(solution);
  }
  const stiff = solutions.some(({ plan }) => isStiffMethod(plan.chosen as MethodName));
  const method: CurveMethod = (pinned as CurveMethod | undefined) ?? (stiff ? "rodas5p" : "tsit5");
  if (!membersFit(system, method)) return undefined;
  const n = model.states.length;
  const scale = Float64Array.from({ length: n }, (_, s) => Math.max(1e-290, ...solutions.map(({ run }) => run.scale[s])));
  const all = memberValues(model, count, from, parametersOf);
  const some = memberValues(model, CHECKED, from, (i) => parametersOf(chosen[i]));
  const settings = (relative: number): { method: CurveMethod; from: number; times: Float64Array; relative: number; absolute: Float64Array; target: TargetName | undefined } => ({ method, from, times, relative, absolute: scale.map((x) => x * relative), target: options.target }); // oxfmt-ignore
  const width = model.outputs.length;
  const curve = (values: Float64Array, i: number, o: number): Float64Array => times.map((_, k) => values[(i * times.length + k) * width + o]); // oxfmt-ignore
  let relative = "digits" in requirement ? 0.1 * 10 ** -requirement.digits : "relative" in requirement ? 0.2 * requirement.relative : 1e-6;
  let digits = 0;
  for (let attempt = 0; ; attempt++) {
    const trial = await runCurves(system, { ...settings(relative), ...some, members: CHECKED, threads: 1 });
    let worst = 0;
    digits = Infinity;
    solutions.forEach(({ curves }, i) =>
      curves.forEach((reference, o) => {
        const own = curve(trial.values, i, o);
        worst = Math.max(worst, shortfall(requirement, own, reference));
        digits = Math.min(digits, digitsReached(own, reference));
      }),
    );
    if (worst <= AGREE) break;
    relative *= Math.max(1e-3, Math.min(0.3, (0.5 * AGREE) / worst));
    if (attempt >= 6 || relative < 1e-13) return undefined;
  }
  const left = options.budget?.time_ms === undefined ? undefined : Math.max(1, options.budget.time_ms - meter.elapsed());
  const run = await runCurves(system, { ...settings(relative), ...all, members: count, threads: options.threads, budget: { ...options.budget, time_ms: left }, signal: options.signal, onProgress: options.onProgress }); // oxfmt-ignore
  return {
    values: run.values,
    complete: run.complete,
    stop: run.stop,
    plan: {
      candidates: [
        { name: "tsit5", cost: 1, note: "side by side, for what is not stiff" },
        { name: "rodas5p", cost: 1, note: "side by side, for what is stiff" },
      ],
      chosen: method,
      reason: `${count} members of a small ${stiff ? "stiff" : "non-stiff"} system side by side, each with steps of its own`,
      pinned: pinned !== undefined,
      parameters: { tolerance: relative, threads: run.threads, steps: run.steps, rejected: run.counted, checked: CHECKED },
    },
    evidence: [
      {
        statement: `${CHECKED} of ${count} members, spread over all, agree with runs that were checked one by one to at least ${digits.toFixed(1)} digits`,
        grade: "sampled",
        method: "the same members solved to a tenth of the requirement as single runs, each checked by another method",
        measured: { digits, members: CHECKED },
      },
      {
        statement: `the estimated error of every step of every member is below ${relative.toPrecision(2)} of its state`,
        grade: "estimated",
        method: `embedded error of ${method}`,
      },
    ],
  };
} // oxfmt-ignore

/** A requirement ten times as strict, where double precision has that. */
function tenth(requirement: Requirement): Requirement {
  if ("digits" in requirement) return { digits: Math.min(MOST_DIGITS, requirement.digits + 1) };
  if ("absolute" in requirement) return { absolute: requirement.absolute / 10 };
  return { ...requirement, relative: Math.max(0.5 * 10 ** -MOST_DIGITS, requirement.relative / 10) };
}

/** Parameters and initial states, member by member. */
function memberValues(model: Model, members: number, from: number, parametersOf: (member: number) => Record<string, number>): { parameters: Float64Array; y: Float64Array } {
  const [n, count] = [model.states.length, model.parameters.length];
  const parameters = new Float64Array(members * count);
  const y = new Float64Array(members * n);
  for (let m = 0; m < members; m++) {
    const p = parameterValues(model, parametersOf(m), from);
    parameters.set(p, m * count);
    y.set(initialValues(model, model.states, p, from), m * n);
  }
  return { parameters, y };
} // oxfmt-ignore

/** Runs with chance: `runs` for each combination of the swept values; see `ChanceOptions`. */
export async function stochastic(
  model: Model,
  options: ChanceOptions & { readonly sweep?: Readonly<Record<string, SweepValues>> } = {},
): Promise<Ensemble> {
  const begin = performance.now();
  const { runs = DEFAULT_RUNS } = options;
  if (!(Number.isInteger(runs) && runs >= 1))
    throw new Failure("usage", `the number of runs must be a whole number, 1 or more, not ${runs}`);
  const from = model.span?.from ?? 0;
  const times = outputTimes(model, from, options);
  const grid = sweepGrid(options.sweep ?? {});
  checkNames(model, grid.names, options.parameters);
  const sets = grid.names.length === 0 ? 1 : grid.values.length / grid.names.length;
  const members = sets * runs;
  checkCount(members, times.length, model.outputs.length);
  const method = options.method === "auto" ? undefined : options.method;
  if (method !== undefined && !STOCHASTIC_METHODS.includes(method))
    throw new Failure("usage", `there is no stochastic method "${String(method)}"`, {
      hint: `Methods: ${STOCHASTIC_METHODS.join(", ")}.`,
    });
  // Values of each set, then of each member.
  const n = model.states.length;
  const count = model.parameters.length;
  const parameters = new Float64Array(members * count);
  const y = new Float64Array(members * n);
  const own = new Float64Array(members * grid.names.length);
  for (let s = 0; s < sets; s++) {
    const mine = grid.values.subarray(s * grid.names.length, (s + 1) * grid.names.length);
    const replaced = { ...options.parameters, ...Object.fromEntries(grid.names.map((name, c) => [name, mine[c]])) };
    const p = parameterValues(model, replaced, from);
    const start = initialValues(model, model.states, p, from);
    for (let m = s * runs; m < (s + 1) * runs; m++) {
      parameters.set(p, m * count);
      y.set(start, m * n);
      own.set(mine, m * grid.names.length);
    }
  }
  const common = { members, times, from, y, parameters, seed: options.seed, threads: options.threads, target: options.target, budget: options.budget, signal: options.signal, onProgress: options.onProgress }; // oxfmt-ignore
  const jumps = method === undefined ? (model.noise?.size ?? 0) === 0 : JUMP_METHODS.includes(method as JumpMethod);
  let run: Awaited<ReturnType<typeof runJumps>>;
  let evidence: Evidence[];
  let prepared: number;
  if (jumps) {
    for (const name of ["step", "tolerance"] as const)
      if (options[name] !== undefined)
        throw new Failure("usage", `${name} belongs to stochastic differential equations`);
    const system = lowerJumps(model);
    prepared = performance.now();
    const activity = activityOf(model, parameters.subarray(0, count), y.subarray(0, n));
    run = await runJumps(system, { ...common, method: method as JumpMethod, epsilon: options.epsilon, activity });
    evidence = [jumpEvidence(run.plan)];
  } else {
    if (options.epsilon !== undefined) throw new Failure("usage", "epsilon belongs to leaps (tau)");
    const system = method === "cle" ? lowerLangevin(model) : lowerSde(model);
    prepared = performance.now();
    const named = method === undefined || method === "sde" ? undefined : method === "cle" ? "em" : (method as "em");
    if (options.tolerance !== undefined && (named ?? (system.slopes ? "sri" : "em")) !== "sri")
      throw new Failure("usage", "the tolerance belongs to sri; fixed steps take a step");
    run = await runSde(system, { ...common, method: named, step: options.step, tolerance: options.tolerance });
    evidence = sdeEvidence(run.plan, system.squared ? run.counted : 0, run.steps);
  }
  const largest = meanError(run.values, sets, runs, times.length, model.outputs.length);
  if (runs > 1 && run.complete === members)
    evidence.push({
      statement: `means over ${runs} runs have standard errors of at most ${largest.toPrecision(2)} of themselves at the last time`,
      grade: "sampled",
      method: "standard deviation over the square root of the number of runs; for the greatest over outputs and sets",
      measured: { standardError: largest },
    });
  return result(model, { names: grid.names, values: own }, runs, members, times, run.values, run.complete, {
    plan: {
      ...run.plan,
      parameters: { ...run.plan.parameters, seed: options.seed ?? 0, threads: run.threads, steps: run.steps },
    },
    evidence,
    stop: run.stop,
    begin,
    prepared,
  });
}

function jumpEvidence({ chosen, parameters }: Plan): Evidence {
  return chosen === "tau"
    ? {
        statement: `leaps change rates by about ${parameters.epsilon} at most; their bias is not bounded`,
        grade: "none",
        method: "compare with a smaller epsilon, or with an exact method (direct, next)",
      }
    : {
        statement: "every run is a sample of the process itself: there is no error of steps",
        grade: "none",
        method: `${chosen} is exact in distribution but for rounding and the quality of the random numbers; nothing was measured`,
      };
}

function sdeEvidence({ chosen, parameters }: Plan, negative: number, steps: number): Evidence[] {
  const evidence: Evidence[] =
    parameters.step === undefined
      ? [
          {
            statement: `steps of every run have an estimated error below ${parameters.tolerance} of the state along its own path`,
            grade: "estimated",
            method: `${chosen} with the terms beyond order 1 as the estimate`,
          },
        ]
      : [
          {
            statement: `steps of ${parameters.step} by ${chosen}: their error is not estimated`,
            grade: "none",
            method: "compare with half the step",
          },
        ];
  if (negative > 0)
    evidence.push({
      statement: `in ${negative} of ${steps} steps a rate was negative and its noise counted as zero: the chemical Langevin equation does not hold where there are few of a kind`,
      grade: "none",
      method: "counted; take direct or next there",
    });
  return evidence;
}

/** Largest standard error of a mean at the last time, relative to it, over outputs and sets. */
function meanError(values: Float64Array, sets: number, runs: number, times: number, outputs: number): number {
  let largest = 0;
  const last = values.length / (sets * runs * outputs) - 1;
  for (let s = 0; s < sets; s++)
    for (let o = 0; o < outputs; o++) {
      const { mean, deviation } = statistics(values, { from: s * runs, to: (s + 1) * runs, times, outputs, output: o });
      if (deviation[last] > 0) largest = Math.max(largest, deviation[last] / Math.sqrt(runs) / Math.abs(mean[last]));
    }
  return largest;
}

function checkCount(members: number, times: number, outputs: number): void {
  if (!(Number.isInteger(members) && members >= 1))
    throw new Failure("usage", `the values of the parameters do not make a whole number of members: ${members}`);
  if (members * times * outputs > MOST_VALUES)
    throw new Failure("limit", `${members} members x ${times} times x ${outputs} outputs are more numbers than fit`, {
      hint: `Ask for fewer times (--points), outputs or members: at most ${MOST_VALUES} numbers in all.`,
    });
}

function result(
  model: Model,
  parameters: Ensemble["parameters"],
  runs: number,
  members: number,
  time: Float64Array,
  values: Float64Array,
  complete: number,
  rest: { plan: Plan; evidence: readonly Evidence[]; stop: StopReason; begin: number; prepared: number },
): Ensemble {
  const outputs = model.outputs.map((output) => output.name);
  const { plan, evidence, stop, begin, prepared } = rest;
  const end = performance.now();
  return {
    model: {
      name: model.name,
      states: model.states.length,
      parameters: model.parameters.length,
      reactions: model.reactions.length,
    },
    parameters,
    runs,
    members,
    time,
    outputs,
    values,
    complete,
    plan,
    evidence,
    stop,
    timing: { prepare_ms: prepared - begin, run_ms: end - prepared, total_ms: end - begin },
    statistics(output, { set, quantiles } = {}) {
      const at = outputs.indexOf(output);
      if (at < 0)
        throw new Failure("name", `the model has no output "${output}"`, {
          hint: `Its outputs: ${outputs.join(", ")}.`,
        });
      if (set !== undefined && !(Number.isInteger(set) && set >= 0 && set * runs < members))
        throw new Failure("usage", `there is no set ${set}; they count from 0 to ${members / runs - 1}`);
      const [first, last] = set === undefined ? [0, members] : [set * runs, (set + 1) * runs];
      return statistics(
        values,
        { from: first, to: last, times: time.length, outputs: outputs.length, output: at },
        quantiles,
      );
    },
  };
}
