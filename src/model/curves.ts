// From a model to a small system whose members run side by side in compiled code.
import { factorSums, lower, type Tape } from "../compile/index.ts";
import type { CurveSystem } from "../dynamics/index.ts";
import { Kind, postorder, type Term } from "../term/index.ts";
import { derive } from "./derive.ts";
import type { Model } from "./model.ts";
import { byColumns, partialsByTime } from "./problem.ts";

/** Functions whose values jump. */
const STEPS = new Set(["floor", "ceil", "sign"]);

/** The system, or undefined for models with events, conditions, delays or algebraic equations, which single runs carry out. */
export function lowerCurves(model: Model): CurveSystem | undefined {
  const { events = [], delays = [], discrete = [], algebraic = [], unknowns, context, time, states } = model;
  if (events.length + delays.length + discrete.length + algebraic.length + (unknowns?.size ?? 0) > 0) return undefined;
  if (states.length === 0) return undefined;
  const { rightHandSides, jacobian, outputs } = derive(model);
  const jumps = (term: Term): boolean =>
    term.kind === Kind.relation || (term.kind === Kind.call && STEPS.has(term.name));
  if (postorder(rightHandSides).some(jumps)) return undefined;
  const inputs = [
    { name: "y", symbols: states.map((state) => state.symbol) },
    { name: "p", symbols: model.parameters.map(({ name }) => context.symbol(name)) },
  ];
  const tape = (name: string, terms: readonly Term[]): Tape =>
    lower({ name, scalars: [time], inputs, outputs: [{ name: "out", terms }] });
  const entries = byColumns(jacobian);
  const partials = partialsByTime(rightHandSides, time);
  return {
    name: model.name,
    states: states.map((state) => state.name),
    parameters: model.parameters.length,
    rhs: tape("rhs", factorSums(rightHandSides)),
    jacobian: tape("jacobian", factorSums(entries.terms)),
    pattern: entries.pattern,
    timeDerivative: partials && tape("timeDerivative", factorSums(partials)),
    outputNames: model.outputs.map((output) => output.name),
    outputs: tape("outputs", outputs),
  };
}
