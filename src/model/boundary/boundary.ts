// A model and conditions at both ends of its span as a boundary value problem: right-hand sides, conditions and their Jacobians from terms.
import { Failure } from "../../base/index.ts";
import type { TargetName } from "../../compile/index.ts";
import type { BoundaryProblem } from "../../dynamics/boundary/problem.ts";
import { evaluate, freeSymbols, gradient, jacobian, Kind, parse, sub, type Term } from "../../term/index.ts";
import { derive } from "../derive.ts";
import type { Model } from "../model.ts";
import { parameterValues } from "../problem.ts";
import { followParameters } from "../sensitivity/targets.ts";
import { TermFunctions } from "../term-functions.ts";

export interface BoundaryModel {
  readonly problem: BoundaryProblem;
  /** Initial values of the states, and values of the unknown parameters: first guesses. */
  readonly start: Float64Array;
  readonly parameters: Float64Array;
  /** Outputs at x. */
  outputs(x: number, y: Float64Array, p: Float64Array): Float64Array;
  dispose(): void;
}

export interface BoundaryModelOptions {
  readonly from: number;
  readonly to: number;
  /** Parameters to be found. */
  readonly unknown?: readonly string[];
  readonly parameters?: Readonly<Record<string, number>>;
  readonly target?: TargetName;
}

/**
 * Conditions are equations, or terms that are zero, in values `y(a)` of states at one of the two ends, and parameters.
 * Fails (Failure) on models with events, delays or algebraic equations, and where the number of conditions is not that of states and
 * unknown parameters.
 */
export async function boundaryModel(
  model: Model,
  conditions: readonly string[],
  options: BoundaryModelOptions,
): Promise<BoundaryModel> {
  const { context, states, time } = model;
  const { from, to, unknown = [], parameters: replaced = {} } = options;
  for (const [list, what] of [
    [model.events, "events"],
    [model.discrete, "events"],
    [model.delays, "delays"],
    [model.algebraic, "algebraic equations"],
  ] as const)
    if ((list ?? []).length > 0)
      throw new Failure("unsupported", `boundary values of the model ${model.name}, which has ${what}`);
  const values = parameterValues(model, replaced, from);
  const at = unknown.map((name) => model.parameters.findIndex((parameter) => parameter.name === name));
  at.forEach((position, k) => {
    if (position < 0) throw new Failure("name", `the model ${model.name} has no parameter "${unknown[k]}"`);
  });
  const targets = unknown.map((name, k) => ({ name, kind: "parameter" as const, at: at[k] }));
  const follow = followParameters(model, targets, replaced);
  const { rightHandSides, outputs } = derive(model);
  const n = states.length;
  const k = unknown.length;
  if (conditions.length !== n + k)
    throw new Failure(
      "usage",
      `there are ${conditions.length} conditions for ${n} states${k > 0 ? ` and ${k} unknown parameters` : ""}`,
      { hint: `Give ${n + k} conditions, such as "${states[0].name}(${from}) = 1".` },
    );
  const y = states.map((state) => state.symbol);
  const ends = [from, to].map((end) => states.map(({ name }) => context.symbol(`${name} at ${end}`)));
  const p = model.parameters.map(({ name }) => context.symbol(name));
  const free = unknown.map((name) => context.symbol(name));
  const named = Object.fromEntries(model.parameters.map(({ name }, i) => [name, values[i]]));
  const g = conditions.map((text) => follow(readCondition(model, text, from, to, ends, named)));
  const f = rightHandSides.map(follow);
  const table = (terms: readonly Term[], variables: readonly Term[]): Term[] =>
    jacobian(terms, variables).flatMap((row) => variables.map((_, j) => row.get(j) ?? context.number(0)));
  const initial = states.map((state) => state.initial);
  const inside = [y, p];
  const across = [ends[0], ends[1], p];
  const compiled = await TermFunctions.make(
    `boundary values of ${model.name}`,
    time,
    {
      rhs: { inputs: inside, terms: f },
      J: { inputs: inside, terms: table(f, y) },
      P: { inputs: inside, terms: table(f, free) },
      g: { inputs: across, terms: g },
      A: { inputs: across, terms: table(g, ends[0]) },
      B: { inputs: across, terms: table(g, ends[1]) },
      Q: { inputs: across, terms: table(g, free) },
      outputs: { inputs: inside, terms: outputs.map(follow) },
      initial: { inputs: inside, terms: initial },
    },
    options.target,
  );
  const set = (found: Float64Array): Float64Array => {
    at.forEach((position, j) => (values[position] = found[j]));
    return values;
  };
  const [rhs, J, P, conditionsOf, A, B, Q, out, start] = ["rhs", "J", "P", "g", "A", "B", "Q", "outputs", "initial"].map((name) => compiled.get(name)); // oxfmt-ignore
  const guessed = Float64Array.from(at, (position) => values[position]);
  const first = new Float64Array(n);
  start(from, first, values, first);
  return {
    problem: {
      n,
      k,
      a: from,
      b: to,
      rhs: (x, state, found, dy) => rhs(x, state, set(found), dy),
      jacobian: (x, state, found, byState, byParameter) => {
        J(x, state, set(found), byState);
        P(x, state, values, byParameter);
      },
      boundary: (ya, yb, found, r) => conditionsOf(from, ya, yb, set(found), r),
      boundaryJacobian: (ya, yb, found, byA, byB, byP) => {
        A(from, ya, yb, set(found), byA);
        B(from, ya, yb, values, byB);
        Q(from, ya, yb, values, byP);
      },
    },
    start: first,
    parameters: guessed,
    outputs: (x, state, found) => {
      const result = new Float64Array(outputs.length);
      out(x, state, set(found), result);
      return result;
    },
    dispose: () => compiled.dispose(),
  };
}

/** "y(0) = 1" or a term that is zero; `y(a)` is the value of the state y at that end. */
function readCondition(
  model: Model,
  text: string,
  from: number,
  to: number,
  ends: readonly (readonly Term[])[],
  values: Readonly<Record<string, number>>,
): Term {
  const { context } = model;
  const parameters = new Set(model.parameters.map(({ name }) => name));
  const term = parse(text, {
    context,
    source: "the condition",
    names: (name) => (parameters.has(name) ? context.symbol(name) : undefined),
    closed: `Write values of states at an end, such as ${model.states[0].name}(${from}), and parameters.`,
    functions: (name, args) => {
      const state = model.states.findIndex((each) => each.name === name);
      if (state < 0 || args.length !== 1) return undefined;
      const place = evaluate(args[0], values);
      const end = [from, to].findIndex((each) => Math.abs(place - each) <= 1e-12 * Math.max(1, Math.abs(each)));
      if (end < 0)
        throw new Failure("domain", `the condition "${text}" is at ${place}, which is not an end of ${from} .. ${to}`);
      return ends[end][state];
    },
  });
  if (term.kind === Kind.relation && term.name !== "=")
    throw new Failure("domain", `the condition "${text}" is not an equation`);
  const zero = term.kind === Kind.relation ? sub(term.args[0], term.args[1]) : term;
  if (gradient(zero, ends.flat()).size === 0 && freeSymbols(zero).every((symbol) => !parameters.has(symbol.name)))
    throw new Failure("domain", `the condition "${text}" contains no value of a state`);
  return zero;
}
