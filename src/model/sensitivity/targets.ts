// By what a solution is differentiated: parameters and initial values, by name; parameters that are expressions of others follow.
import { Failure } from "../../base/index.ts";
import { freeSymbols, Kind, postorder, substitute, type Term } from "../../term/index.ts";
import type { Equations } from "../derive.ts";
import type { Model } from "../model.ts";

export interface Target {
  /** "k" for a parameter, "x(0)" for the initial value of the state x. */
  readonly name: string;
  readonly kind: "parameter" | "initial";
  /** Position among the parameters or the states. */
  readonly at: number;
}

/**
 * The targets with these names: a parameter by its name, an initial value as `x(0)` or by the state's name. By default all parameters
 * that are numbers and not expressions of others. Fails (Failure, name) on names that are neither.
 */
export function targetsOf(
  model: Model,
  names: readonly string[] | undefined,
  replaced: Readonly<Record<string, number>> = {},
): Target[] {
  const parameters = new Map(model.parameters.map(({ name }, at) => [name, at]));
  const states = new Map(model.states.map(({ name }, at) => [name, at]));
  const chosen =
    names ??
    model.parameters
      .filter(({ name, term }) => isNumber(term) || Object.hasOwn(replaced, name))
      .map(({ name }) => name);
  if (chosen.length === 0)
    throw new Failure("usage", `the model ${model.name} has no parameters to differentiate by`, {
      hint: 'Name initial values, such as "x(0)".',
    });
  const found = chosen.map((name): Target => {
    const parameter = parameters.get(name);
    if (parameter !== undefined) return { name, kind: "parameter", at: parameter };
    const state = states.get(name.replace(/\(0\)$/, ""));
    if (state !== undefined) return { name: `${model.states[state].name}(0)`, kind: "initial", at: state };
    throw new Failure("name", `"${name}" is neither a parameter nor a state of the model ${model.name}`, {
      hint: `Its parameters: ${listed(parameters.keys())}. Its initial values: ${listed([...states.keys()].map((each) => `${each}(0)`))}.`,
    });
  });
  if (new Set(found.map(({ name }) => name)).size < found.length)
    throw new Failure("usage", "a parameter or initial value is named twice");
  return found;
}

const isNumber = (term: Term): boolean => freeSymbols(term).length === 0;

function listed(names: Iterable<string>): string {
  const all = [...names];
  return `${all.slice(0, 20).join(", ")}${all.length > 20 ? " and more" : ""}`;
}

/**
 * Writes parameters out that are expressions of the parameters among the targets, so that derivatives by those see all of their
 * influence. Replaced parameters are numbers and follow nothing; a target is differentiated by itself.
 */
export function followParameters(
  model: Model,
  targets: readonly Target[],
  replaced: Readonly<Record<string, number>> = {},
): (term: Term) => Term {
  const active = new Set(targets.flatMap((each) => (each.kind === "parameter" ? [each.name] : [])));
  const written = new Map<string, Term>();
  for (const { name, term } of model.parameters) {
    if (active.has(name) || Object.hasOwn(replaced, name)) continue;
    if (freeSymbols(term).some((symbol) => active.has(symbol.name) || written.has(symbol.name)))
      written.set(name, substitute(term, written));
  }
  return written.size === 0 ? (term) => term : (term) => substitute(term, written);
}

/** What the derivative of a state's initial value by a target is: 1, 0, or to be had from its term. */
export function initialDerivative(model: Model, state: number, { kind, at }: Target): "one" | "zero" | "diff" {
  if (kind === "initial") return state === at ? "one" : "zero";
  return freeSymbols(model.states[state].initial).length === 0 ? "zero" : "diff";
}

/** Functions whose values jump. */
const STEPS = new Set(["floor", "ceil", "sign", "mod"]);

/**
 * Refuses what makes derivatives jump: events, delays, and conditions whose instant depends on states or targets.
 * Conditions in time alone are fine: the instant stays where it is.
 */
export function refuseJumps(equations: Equations, targets: readonly Target[], terms: readonly Term[]): void {
  const { model } = equations;
  const refuse = (what: string): never => {
    throw new Failure("unsupported", `the model ${model.name} ${what}, at which derivatives of the solution jump`, {
      hint: "Derivatives are given for equations without events and delays, with conditions in time only; take differences of simulations instead.",
    });
  };
  if ((model.events ?? []).length > 0 || (model.discrete ?? []).length > 0) refuse("has events");
  if ((model.delays ?? []).length > 0) refuse("has delays");
  const moving = new Set<Term>(model.states.map((state) => state.symbol));
  const follow = followParameters(model, targets);
  for (const { kind, name } of targets) if (kind === "parameter") moving.add(model.context.symbol(name));
  for (const term of postorder(terms))
    if (
      (term.kind === Kind.relation || (term.kind === Kind.call && STEPS.has(term.name))) &&
      freeSymbols(follow(term)).some((symbol) => moving.has(symbol))
    )
      refuse(`has the condition ${term}`);
}
