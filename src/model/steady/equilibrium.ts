// A model as the equations of its steady states: states that never change, and one state for each conservation law, are written out by the
// others, so that the Jacobian of a closed network is regular and the totals are those of the initial values.
import { Failure } from "../../base/index.ts";
import type { TargetName } from "../../compile/index.ts";
import type { EquilibriumSystem } from "../../dynamics/steady/system.ts";
import { div, gradient, jacobian, numericValue, postorder, substitute, SumBuilder, type Term } from "../../term/index.ts"; // oxfmt-ignore
import { conservationLaws } from "../conservation.ts";
import { derive } from "../derive.ts";
import type { Model } from "../model.ts";
import { parameterValues } from "../problem.ts";
import { followParameters } from "../sensitivity/targets.ts";
import { TermFunctions } from "../term-functions.ts";

export interface EquilibriumModel {
  readonly system: EquilibriumSystem;
  /** Positions of the states that are unknowns. */
  readonly free: readonly number[];
  /** Unknowns at the initial values, or at a guess. */
  start(guess?: Readonly<Record<string, number>>): Float64Array;
  /** All states, and the outputs, from the unknowns. */
  states(y: Float64Array, parameter: number): Float64Array;
  outputs(y: Float64Array, parameter: number): Float64Array;
  /** Right-hand sides in the unknowns, and values of all other symbols: for proofs. */
  readonly terms: readonly Term[];
  readonly symbols: readonly Term[];
  readonly values: Readonly<Record<string, number>>;
  /** Laws and constant states that were written out. */
  readonly laws: number;
  /** Value of the continuation parameter in the model. */
  readonly parameter: number;
  dispose(): void;
}

export interface EquilibriumOptions {
  readonly parameters?: Readonly<Record<string, number>>;
  /** The parameter that a continuation moves. */
  readonly parameter?: string;
  readonly target?: TargetName;
}

/** Larger systems would take minutes. */
const MOST_UNKNOWNS = 500;

/** Fails (Failure) on models that depend on time, of more than 500 unknowns, and on events, delays and discrete quantities. */
export async function equilibriumModel(model: Model, options: EquilibriumOptions = {}): Promise<EquilibriumModel> {
  const { context, states, time } = model;
  const refuse = (what: string, hint: string): never => {
    throw new Failure("unsupported", `steady states of the model ${model.name}, which ${what}`, { hint });
  };
  if ((model.events ?? []).length > 0 || (model.discrete ?? []).length > 0)
    refuse("has events", "Leave them out, or simulate for long.");
  if ((model.delays ?? []).length > 0) refuse("has delays", "Write the delayed values as present ones.");
  const replaced = options.parameters ?? {};
  const values = parameterValues(model, replaced);
  const moved = model.parameters.findIndex(({ name }) => name === options.parameter);
  if (options.parameter !== undefined && moved < 0)
    throw new Failure("name", `the model ${model.name} has no parameter "${options.parameter}"`, {
      hint: `Its parameters: ${model.parameters.slice(0, 20).map(({ name }) => name).join(", ")}.`, // oxfmt-ignore
    });
  const lambda = moved < 0 ? undefined : context.symbol(model.parameters[moved].name);
  const follow =
    lambda === undefined
      ? (term: Term): Term => term
      : followParameters(model, [{ name: lambda.name, kind: "parameter", at: moved }], replaced);
  const { rightHandSides, outputs } = derive(model);
  for (const [i, term] of rightHandSides.entries())
    if (postorder([term]).includes(time))
      refuse(`depends on time (the equation of ${states[i].name})`, "Give the time-dependent quantity a fixed value.");

  // Each law is solved for a state that stands in no other law.
  const laws = conservationLaws(model);
  const uses = new Int32Array(states.length);
  for (const law of laws) for (const state of law.states) uses[state]++;
  const written = new Map<Term, Term>();
  const initial = states.map((state) => follow(state.initial));
  rightHandSides.forEach((term, i) => {
    if (numericValue(term) === 0 && uses[i] === 0) written.set(states[i].symbol, initial[i]);
  });
  for (const { states: members, weights } of laws) {
    const at = members.findIndex((state) => uses[state] === 1);
    if (at < 0) continue;
    const sum = new SumBuilder(context);
    members.forEach((state, k) => {
      sum.add(initial[state], weights[k]);
      if (k !== at) sum.add(states[state].symbol, -weights[k]);
    });
    written.set(states[members[at]].symbol, div(sum.build(), weights[at]));
  }
  const write = (term: Term): Term => substitute(follow(term), written);
  const free = states.flatMap((state, i) => (written.has(state.symbol) ? [] : [i]));
  const n = free.length;
  if (n > MOST_UNKNOWNS)
    throw new Failure("limit", `the model ${model.name} has ${n} unknowns, more than ${MOST_UNKNOWNS}`, {
      hint: "Steady states are found by dense matrices; simulate larger models for long instead.",
    });
  const y = free.map((i) => states[i].symbol);
  const p = model.parameters.map(({ name }) => context.symbol(name));
  const F = free.map((i) => write(rightHandSides[i]));
  const rows = jacobian(F, y);
  const places: number[] = [];
  const entries: Term[] = [];
  rows.forEach((row, i) => {
    for (const [j, entry] of row) {
      places.push(i * n + j);
      entries.push(entry);
    }
  });
  const zero = context.number(0);
  const inputs = [y, p];
  const compiled = await TermFunctions.make(
    `steady states of ${model.name}`,
    time,
    {
      rhs: { inputs, terms: F },
      jacobian: { inputs, terms: entries },
      slope: { inputs, terms: lambda === undefined ? [] : F.map((term) => gradient(term, [lambda]).get(0) ?? zero) },
      states: { inputs, terms: states.map((state) => write(state.symbol)) },
      outputs: { inputs, terms: outputs.map(write) },
      initial: { inputs, terms: initial },
    },
    options.target,
  );
  const set = (parameter: number): Float64Array => {
    if (moved >= 0) values[moved] = parameter;
    return values;
  };
  const [rhs, J, slope, all, out, start] = ["rhs", "jacobian", "slope", "states", "outputs", "initial"].map((name) => compiled.get(name)); // oxfmt-ignore
  const sparse = new Float64Array(entries.length);
  const whole = new Float64Array(states.length);
  start(0, new Float64Array(n), values, whole);
  const atStart = whole.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const parameter = moved < 0 ? 0 : values[moved];
  return {
    free,
    terms: F,
    symbols: y,
    values: Object.fromEntries(model.parameters.map(({ name }, i) => [name, values[i]])),
    laws: written.size,
    parameter,
    system: {
      n,
      names: free.map((i) => states[i].name),
      rhs: (at, q, f) => rhs(0, at, set(q), f),
      jacobian: (at, q, values) => {
        J(0, at, set(q), sparse);
        values.fill(0);
        for (let k = 0; k < places.length; k++) values[places[k]] = sparse[k];
      },
      slope: (at, q, values) => {
        if (lambda === undefined) values.fill(0);
        else slope(0, at, set(q), values);
      },
      mass:
        (model.unknowns?.size ?? 0) === 0
          ? undefined
          : Float64Array.from(free, (i) => (model.unknowns!.has(i) ? 0 : 1)),
      admissible:
        model.reactions.length > 0 && model.equations.size === 0
          ? (at, q) => {
              all(0, at, set(q), whole);
              const largest = whole.reduce((most, v) => Math.max(most, Math.abs(v)), atStart);
              return whole.every((v) => v >= -1e-10 * largest);
            }
          : undefined,
    },
    start: (guess = {}) => {
      const first = new Float64Array(states.length);
      start(0, new Float64Array(n), set(parameter), first);
      for (const [name, value] of Object.entries(guess)) {
        const at = states.findIndex((state) => state.name === name);
        if (at < 0) throw new Failure("name", `the guess names "${name}", which is not a state of ${model.name}`);
        if (!Number.isFinite(value)) throw new Failure("usage", `the guess of ${name} is ${value}`);
        first[at] = value;
      }
      return Float64Array.from(free, (i) => first[i]);
    },
    states: (at, q) => {
      const result = new Float64Array(states.length);
      all(0, at, set(q), result);
      return result;
    },
    outputs: (at, q) => {
      const result = new Float64Array(outputs.length);
      out(0, at, set(q), result);
      return result;
    },
    dispose: () => compiled.dispose(),
  };
}
