// A model and an objective as what an adjoint run works with: products mu^T f_y and mu^T f_p, values and slopes of the objective, all from
// terms and compiled.
import { Failure } from "../../base/index.ts";
import type { TargetName } from "../../compile/index.ts";
import type { AdjointObjective, AdjointSystem, OdeProblem } from "../../dynamics/index.ts";
import { diff, evaluate, gradient, mul, SumBuilder, type Term } from "../../term/index.ts";
import { derive } from "../derive.ts";
import type { Model } from "../model.ts";
import { lowerModel } from "../problem.ts";
import { TermFunctions, type TermFunction } from "../term-functions.ts";
import { type Objective, objectiveTerm, squares, withIntegral } from "./objective.ts";
import { followParameters, refuseJumps, type Target, targetsOf } from "./targets.ts";

export type { Objective } from "./objective.ts";

export interface AdjointModel {
  readonly targets: readonly Target[];
  /** The initial value problem, with a state for the integral if there is one. */
  readonly problem: OdeProblem;
  readonly system: AdjointSystem;
  readonly objective: AdjointObjective;
  /** The gradient by the targets from derivatives by the initial state and by the parameters among the targets. */
  total(byState: Float64Array, byParameter: Float64Array): Float64Array;
  /** Value of each parameter or initial value. */
  readonly at: Float64Array;
  dispose(): void;
}

export interface AdjointModelOptions {
  readonly by?: readonly string[];
  readonly parameters?: Readonly<Record<string, number>>;
  readonly from?: number;
  /** End of the run, for `final` and `integral`. */
  readonly tEnd?: number;
  readonly target?: TargetName;
}

/** One part of an objective at one instant. */
interface Part {
  readonly t: number;
  value(y: Float64Array): number;
  slope(y: Float64Array, byState: Float64Array, byParameter: Float64Array): void;
}

/**
 * Compiles a model and an objective. Fails (Failure) on objectives that are empty or out of range, on algebraic equations, and on events,
 * delays and conditions in states.
 */
export async function adjointModel(
  given: Model,
  objective: Objective,
  options: AdjointModelOptions = {},
): Promise<AdjointModel> {
  const replaced = options.parameters ?? {};
  const from = options.from ?? given.span?.from ?? 0;
  if ((given.algebraic ?? []).length > 0)
    throw new Failure("unsupported", `the gradient of a model with algebraic equations (${given.name})`, {
      hint: "Forward sensitivities take algebraic equations.",
    });
  const integrand = objective.integral === undefined ? undefined : objectiveTerm(derive(given), objective.integral);
  const model = integrand === undefined ? given : withIntegral(given, integrand, "integral of the objective");
  const equations = derive(model);
  const { rightHandSides, jacobian } = equations;
  const targets = targetsOf(given, options.by, replaced);
  refuseJumps(equations, targets, rightHandSides);
  const { context, states, time } = model;
  const n = states.length;
  const y = states.map((state) => state.symbol);
  const p = model.parameters.map(({ name }) => context.symbol(name));
  const follow = followParameters(model, targets, replaced);
  const active = targets.filter(({ kind }) => kind === "parameter").map(({ name }) => context.symbol(name));
  const q = active.length;

  const mu = states.map(({ name }) => context.symbol(`adjoint of ${name}`));
  const byState = states.map(() => new SumBuilder(context));
  const byParameter = active.map(() => new SumBuilder(context));
  jacobian.forEach((row, i) => {
    for (const [j, entry] of row) byState[j].add(mul(mu[i], entry));
    for (const [k, entry] of gradient(follow(rightHandSides[i]), active)) byParameter[k].add(mul(mu[i], entry));
  });
  const functions: Record<string, TermFunction> = {
    pullback: { inputs: [y, p, mu], terms: [...byState, ...byParameter].map((sum) => sum.build()) },
  };
  /** Adds the value and the slope of a term under this name. */
  const add = (name: string, term: Term, more: readonly (readonly Term[])[] = []): void => {
    const inputs = [y, p, ...more];
    const states = gradient(term, y);
    const parameters = gradient(follow(term), active);
    const slope = (map: ReadonlyMap<number, Term>, length: number): Term[] =>
      Array.from({ length }, (_, i) => map.get(i) ?? context.number(0));
    functions[`${name} value`] = { inputs, terms: [term] };
    functions[`${name} slope`] = { inputs, terms: [...slope(states, n), ...slope(parameters, q)] };
  };
  const needsEnd = objective.final !== undefined || integrand !== undefined;
  const end = options.tEnd ?? given.span?.to;
  if (needsEnd && !(end !== undefined && Number.isFinite(end) && end > from))
    throw new Failure("usage", `the objective needs an end of the run after ${from}`, { hint: "Give tEnd." });
  if (objective.final !== undefined) add("final", objectiveTerm(equations, objective.final));
  if (integrand !== undefined) add("integral", y[n - 1]);
  if (objective.at !== undefined) add("at", objectiveTerm(equations, objective.at.term));
  const data = objective.data === undefined ? undefined : squares(equations, objective.data);
  if (data !== undefined) add("data", data.term, [data.values, data.weights]);
  if (Object.keys(functions).length === 1)
    throw new Failure("usage", "the objective is empty", { hint: "Give final, integral, at or data." });

  const lowered = await lowerModel(model, { parameters: replaced, from, target: options.target });
  const { problem, parameters } = lowered;
  let compiled: TermFunctions;
  try {
    compiled = await TermFunctions.make(`adjoint of ${model.name}`, time, functions, options.target);
  } catch (error) {
    problem.dispose();
    throw error;
  }
  const part = (name: string): ((t: number, ...more: Float64Array[]) => Part) => {
    const [value, slope] = [compiled.get(`${name} value`), compiled.get(`${name} slope`)];
    const out = new Float64Array(n + q);
    const one = new Float64Array(1);
    return (t, ...more) => ({
      t,
      value: (state) => {
        value(t, state, parameters, ...more, one);
        return one[0];
      },
      slope: (state, byY, byP) => {
        slope(t, state, parameters, ...more, out);
        for (let i = 0; i < n; i++) byY[i] += out[i];
        for (let k = 0; k < q; k++) byP[k] += out[n + k];
      },
    });
  };
  const parts: Part[] = [];
  for (const name of ["final", "integral"]) if (`${name} value` in functions) parts.push(part(name)(end!));
  if (objective.at !== undefined) {
    const make = part("at");
    for (const t of Array.from(objective.at.times)) parts.push(make(t));
  }
  if (data !== undefined) {
    const make = part("data");
    parts.push(...data.rows.map(({ values, weights }, i) => make(objective.data!.times[i], values, weights)));
  }
  const pulled = compiled.get("pullback");
  const out = new Float64Array(n + q);
  const { system } = problem;
  return {
    targets,
    problem,
    system: {
      n,
      q,
      names: system.names,
      pattern: system.pattern,
      rhs: (t, state, dy) => system.rhs(t, state, dy),
      jacobian: (t, state, values) => system.jacobian(t, state, values),
      pullback: (t, state, weights, byY, byP) => {
        pulled(t, state, parameters, weights, out);
        byY.set(n === out.length ? out : out.subarray(0, n));
        for (let k = 0; k < q; k++) byP[k] += out[n + k];
      },
    },
    objective: objectiveOf(parts, from, given.name),
    total: totals(model, targets, follow, parameters, from),
    at: Float64Array.from(targets, ({ kind, at }) => (kind === "parameter" ? parameters[at] : problem.y0[at])),
    dispose: () => {
      compiled.dispose();
      problem.dispose();
    },
  };
}

/** Parts in the order of their instants, those of one instant together. */
function objectiveOf(parts: readonly Part[], from: number, name: string): AdjointObjective {
  for (const { t } of parts)
    if (!Number.isFinite(t) || t < from)
      throw new Failure("usage", `an instant of the objective is ${t}, and the run of ${name} starts at ${from}`);
  const times = Float64Array.from(new Set(parts.map(({ t }) => t))).sort();
  const groups = Array.from(times, (t) => parts.filter((each) => each.t === t));
  return {
    times,
    value: (k, y) => groups[k].reduce((sum, each) => sum + each.value(y), 0),
    slope: (k, y, byState, byParameter) => {
      for (const each of groups[k]) each.slope(y, byState, byParameter);
    },
  };
}

/** Adds to derivatives by parameters what goes through the initial values. */
function totals(
  model: Model,
  targets: readonly Target[],
  follow: (term: Term) => Term,
  parameters: Float64Array,
  t0: number,
): AdjointModel["total"] {
  const values: Record<string, number> = Object.create(null) as Record<string, number>;
  model.parameters.forEach(({ name }, i) => (values[name] = parameters[i]));
  values[model.time.name] = t0;
  const initial = targets.map(({ kind, name }) =>
    kind === "initial"
      ? undefined
      : model.states.flatMap((state, i) => {
          const slope = diff(follow(state.initial), model.context.symbol(name));
          const value = evaluate(slope, values);
          return value === 0 ? [] : [[i, value] as const];
        }),
  );
  return (byState, byParameter) => {
    let k = 0;
    return Float64Array.from(targets, ({ at }, i) => {
      const through = initial[i];
      if (through === undefined) return byState[at];
      return through.reduce((sum, [state, value]) => sum + byState[state] * value, byParameter[k++]);
    });
  };
}
