// From a model to equations: right-hand sides, their sparse analytic Jacobian, outputs, conservation laws.
// dy_i/dt = equation_i + sum over reactions of change_ij * rate_j; for an unknown, 0 = an algebraic equation.
import { Failure } from "../base/index.ts";
import { freeSymbols, jacobian, postorder, SumBuilder, substitute, Kind, type Term } from "../term/index.ts";
import { reduceIndex } from "./index-reduction.ts";
import type { Definition, Model } from "./model.ts";

export interface Equations {
  /** Of index 1: the model given, or one with further states where algebraic equations were differentiated (index-reduction.ts). */
  readonly model: Model;
  /** dy_i/dt, for an unknown the residual of an algebraic equation, with assignments written out; equal monomials are merged. */
  readonly rightHandSides: readonly Term[];
  /** Row i: position j -> d rightHandSides[i] / d state_j, ascending in j, structural nonzeros only. */
  readonly jacobian: readonly ReadonlyMap<number, Term>[];
  /** Outputs with assignments written out. */
  readonly outputs: readonly Term[];
  /** Equations before they were differentiated: terms that stay zero along the solution. */
  readonly constraints: readonly Definition[];
  /** Writes assignments out. */
  readonly inline: (term: Term) => Term;
}

export function derive(given: Model): Equations {
  const { context } = given;
  const inline = inliner(given);
  const sums = given.states.map(() => new SumBuilder(context));
  const rates = given.reactions.map((reaction) => inline(reaction.rate));
  given.reactions.forEach((reaction, r) => {
    for (const [state, change] of reaction.change) sums[state].add(rates[r], change);
  });
  for (const [state, term] of given.equations) sums[state].add(inline(term));
  const own = sums.map((sum) => sum.build());
  residuals(given);
  const { model, added, constraints } = reduceIndex(
    given,
    own.map((term, i) => (given.unknowns?.has(i) ? undefined : term)),
    inline,
  );
  const rightHandSides = model.states.map((_, i) => added.get(i) ?? own[i] ?? context.number(0));
  residuals(model).forEach((residual, unknown) => (rightHandSides[unknown] = inline(residual)));
  const { states } = model;
  const outputs = model.outputs.map((output) => inline(output.term));
  checkNames(model, [...rightHandSides, ...outputs]);
  return {
    model,
    rightHandSides,
    jacobian: jacobian(
      rightHandSides,
      states.map((state) => state.symbol),
    ),
    outputs,
    inline,
    constraints,
  };
}

/** The algebraic equation that stands in the row of each unknown. */
function residuals({ name, algebraic = [], unknowns = new Set() }: Model): Map<number, Term> {
  if (algebraic.length !== unknowns.size)
    throw new Failure(
      "domain",
      `the model ${name} has ${algebraic.length} algebraic equations for ${unknowns.size} unknowns`,
    );
  return new Map([...unknowns].map((unknown, k) => [unknown, algebraic[k].term]));
}

/** Writes assignments out. */
function inliner(model: Model): (term: Term) => Term {
  const values = new Map<string, Term>();
  // Of thousands of assignments a term uses a few: only those are looked up.
  const inline = (term: Term): Term => {
    const table = new Map<Term, Term>();
    for (const symbol of freeSymbols(term)) {
      const value = values.get(symbol.name);
      if (value !== undefined) table.set(symbol, value);
    }
    return table.size === 0 ? term : substitute(term, table);
  };
  for (const assignment of model.assignments) values.set(assignment.name, inline(assignment.term));
  return values.size === 0 ? (term) => term : inline;
}

/** Every symbol must be a state, a parameter or time: readers guarantee it, models made by hand may not. */
function checkNames(model: Model, terms: readonly Term[]): void {
  const known = new Set<Term>([
    model.time,
    ...model.states.map((state) => state.symbol),
    ...model.parameters.map((p) => model.context.symbol(p.name)),
    ...(model.discrete ?? []).map((each) => each.symbol),
    ...(model.delays ?? []).map((each) => each.symbol),
  ]);
  for (const term of postorder(terms))
    if (term.kind === Kind.symbol && !known.has(term))
      throw new Failure("name", `"${term.name}" is not defined in the model ${model.name}`);
}
