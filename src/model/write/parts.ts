// A model sorted for writing: which reactions are written as reactions and which within equations (a state has one or the other),
// which states never move, which parameters are needed.
import { add, freeSymbols, mul, type Term } from "../../term/index.ts";
import type { Definition, Model, Reaction, State } from "../model.ts";

export interface Written {
  readonly text: string;
  /** What could not be written as it was, in sentences. */
  readonly notes: readonly string[];
  /** Names that were replaced: name in the model -> name in the text. */
  readonly names: ReadonlyMap<string, string>;
}

export interface WrittenParts {
  /** Parameters, those without a finite value only if they are used. */
  readonly parameters: readonly Definition[];
  /** Held states, which no event sets. */
  readonly constants: readonly State[];
  /** Held states that events set, and discrete quantities. */
  readonly discrete: readonly State[];
  /** States changed by reactions alone. */
  readonly reacting: readonly State[];
  /** States with an equation, in terms; 0 for those that only events change. */
  readonly moving: readonly { readonly state: State; readonly rate: Term }[];
  readonly unknowns: readonly State[];
  readonly reactions: readonly Reaction[];
  /** Rates of reactions within equations, as quantities of their own where they are used more than once. */
  readonly rates: readonly Definition[];
}

export function partsOf(model: Model): WrittenParts {
  const { states, reactions, equations, unknowns = new Set<number>(), context } = model;
  const set = new Set((model.events ?? []).flatMap((event) => event.assignments.map(({ name }) => name)));
  // A reaction that touches a state with an equation becomes part of equations, and so do all that touch its states.
  const inEquations = new Set(equations.keys());
  const absorbed = new Set<Reaction>();
  for (let before = -1; before !== absorbed.size;) {
    before = absorbed.size;
    for (const reaction of reactions)
      if (!absorbed.has(reaction) && [...reaction.change.keys()].some((at) => inEquations.has(at))) {
        absorbed.add(reaction);
        for (const at of reaction.change.keys()) inEquations.add(at);
      }
  }
  const written = reactions.filter((reaction) => !absorbed.has(reaction) && reaction.change.size > 0);
  const touched = new Set(written.flatMap((reaction) => [...reaction.change.keys()]));
  const rates: Definition[] = [];
  const sums = new Map<number, Term>(equations);
  let count = 0;
  for (const { name, rate, change } of absorbed) {
    let factor = rate;
    if (change.size > 1 && rate.args.length > 0) {
      const own = `rate.${name || ++count}`;
      factor = context.symbol(own);
      rates.push({ name: own, term: rate });
    }
    for (const [at, net] of change) {
      const part = mul(factor, net);
      const before = sums.get(at);
      sums.set(at, before === undefined ? part : add(before, part));
    }
  }
  const held = states.filter(
    (state, i) => state.fixed && !unknowns.has(i) && !model.noise?.has(i) && !sums.has(i) && !touched.has(i),
  );
  const isHeld = new Set(held);
  const parts = {
    constants: held.filter(({ name }) => !set.has(name)),
    discrete: [...held.filter(({ name }) => set.has(name)), ...(model.discrete ?? [])],
    reacting: states.filter((_, i) => touched.has(i)),
    moving: states.flatMap((state, i) =>
      touched.has(i) || unknowns.has(i) || isHeld.has(state) ? [] : [{ state, rate: sums.get(i) ?? context.number(0) }],
    ),
    unknowns: states.filter((_, i) => unknowns.has(i)),
    reactions: written,
    rates,
  };
  const used = new Set(freeSymbols(...allTerms(model)).map((symbol) => symbol.name));
  return { ...parts, parameters: model.parameters.filter(({ name, value }) => value === undefined || used.has(name)) };
}

/** All terms of a model. */
export function allTerms(model: Model): Term[] {
  return [
    ...model.parameters.map(({ term }) => term),
    ...[...model.states, ...(model.discrete ?? [])].map(({ initial }) => initial),
    ...[...model.assignments, ...(model.algebraic ?? []), ...model.outputs].map(({ term }) => term),
    ...model.reactions.map(({ rate }) => rate),
    ...model.equations.values(),
    ...(model.noise ?? new Map<number, Term>()).values(),
    ...(model.delays ?? []).flatMap(({ value, delay }) => [value, delay]),
    ...(model.events ?? []).flatMap(({ trigger, delay, priority, assignments }) => [
      trigger,
      ...[delay, priority].filter((each) => each !== undefined),
      ...assignments.map(({ term }) => term),
    ]),
  ];
}

/** Net changes of a reaction as its two sides: name of the state and how many. */
export function sidesOf(model: Model, { change }: Reaction): { left: [string, number][]; right: [string, number][] } {
  const named = [...change].map(([at, net]): [string, number] => [model.states[at].name, net]);
  return {
    left: named.filter(([, net]) => net < 0).map(([name, net]) => [name, -net]),
    right: named.filter(([, net]) => net > 0),
  };
}
