// A number that depends on a solution: a term at the end, an integral, a sum over instants, a sum of squares against data.
import { Failure } from "../../base/index.ts";
import { freeSymbols, mul, parse, sub, SumBuilder, type Term } from "../../term/index.ts";
import type { Equations } from "../derive.ts";
import type { Model } from "../model.ts";

/** The sum of the parts given. Terms are in states, outputs, parameters and time. */
export interface Objective {
  /** At the end of the run. */
  readonly final?: string | Term;
  /** Over the run. */
  readonly integral?: string | Term;
  /** Summed over instants. */
  readonly at?: { readonly times: ArrayLike<number>; readonly term: string | Term };
  /** sum ((output - value) / scale)^2 over outputs and times; values that are NaN are left out. `scale` is 1 where not given. */
  readonly data?: {
    readonly times: ArrayLike<number>;
    readonly values: Readonly<Record<string, ArrayLike<number>>>;
    readonly scale?: Readonly<Record<string, number>>;
  };
}

/** Reads a term of an objective: names of states, parameters, quantities and outputs. Fails (Failure) on other names. */
export function objectiveTerm(equations: Equations, source: string | Term): Term {
  const { model } = equations;
  const outputs = new Map(model.outputs.map(({ name }, o) => [name, equations.outputs[o]]));
  const known = new Set([...model.states, ...model.parameters, ...model.assignments].map(({ name }) => name));
  const names = (name: string): Term | undefined => {
    if (known.has(name)) return model.states.find((state) => state.name === name)?.symbol ?? model.context.symbol(name);
    return name === model.time.name ? model.time : outputs.get(name);
  };
  const term = equations.inline(
    typeof source === "string"
      ? parse(source, {
          context: model.context,
          source: "the objective",
          names,
          closed: "It may use states, outputs and parameters of the model, and time.",
        })
      : source,
  );
  const allowed = new Set<Term>([
    model.time,
    ...model.states.map((state) => state.symbol),
    ...model.parameters.map(({ name }) => model.context.symbol(name)),
  ]);
  for (const symbol of freeSymbols(term))
    if (!allowed.has(symbol))
      throw new Failure("name", `"${symbol.name}" in the objective is not a state or parameter of ${model.name}`);
  return term;
}

/** The model with the integral of the term as one more state, the last one. */
export function withIntegral(model: Model, integrand: Term, name: string): Model {
  const { context, states } = model;
  return {
    ...model,
    states: [...states, { name, symbol: context.symbol(name), initial: context.number(0), fixed: false }],
    equations: new Map([...model.equations, [states.length, integrand]]),
  };
}

/** The part of the objective at one instant that the data give, in symbols for values and weights. */
export function squares(
  equations: Equations,
  data: NonNullable<Objective["data"]>,
): { term: Term; values: Term[]; weights: Term[]; rows: readonly { values: Float64Array; weights: Float64Array }[] } {
  const { model } = equations;
  const { context } = model;
  const names = Object.keys(data.values);
  if (names.length === 0) throw new Failure("usage", "the data name no output");
  const count = data.times.length;
  const positions = names.map((name) => {
    const at = model.outputs.findIndex((output) => output.name === name);
    if (at < 0)
      throw new Failure("name", `the data are of "${name}", which is not an output of ${model.name}`, {
        hint: `Its outputs: ${model.outputs.slice(0, 20).map((output) => output.name).join(", ")}.`, // oxfmt-ignore
      });
    if (data.values[name].length !== count)
      throw new Failure("usage", `there are ${data.values[name].length} values of ${name} for ${count} times`);
    const scale = data.scale?.[name] ?? 1;
    if (!(scale > 0)) throw new Failure("usage", `the scale of ${name} must be positive, not ${scale}`);
    return at;
  });
  const values = names.map((name) => context.symbol(`value of ${name}`));
  const weights = names.map((name) => context.symbol(`weight of ${name}`));
  const sum = new SumBuilder(context);
  positions.forEach((at, k) => {
    const distance = sub(equations.outputs[at], values[k]);
    sum.add(mul(weights[k], distance, distance));
  });
  const rows = Array.from({ length: count }, (_, i) => {
    const row = names.map((name) => data.values[name][i]);
    return {
      values: Float64Array.from(row, (value) => (Number.isNaN(value) ? 0 : value)),
      weights: Float64Array.from(row, (value, k) => (Number.isNaN(value) ? 0 : 1 / (data.scale?.[names[k]] ?? 1) ** 2)),
    };
  });
  return { term: sum.build(), values, weights, rows };
}
