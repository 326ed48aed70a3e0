// The equilibria of fast reactions in the model: solved by hand where they can be, as algebraic equations elsewhere, and switched where
// events turn a reaction on and off.
import { Failure } from "../../base/index.ts";
import { freeSymbols, piecewise, relation, type Term } from "../../term/index.ts";
import type { Definition, ModelEvent } from "../model.ts";
import { type Equilibria, exhausted, solveLinear } from "./fast.ts";
import type { Mathematics } from "./mathematics.ts";
import type { Quantity } from "./quantities.ts";
import { type Slot, type Slots, writtenOut } from "./slots.ts";

/** What is left of the equilibria of fast reactions after those that can be solved by hand have become assignments. */
export function settleEquilibria(
  fast: Equilibria,
  slots: Slots,
  mathematics: Mathematics,
): { readonly equations: readonly Definition[]; readonly events: readonly ModelEvent[] } {
  const { context } = mathematics;
  for (const weights of fast.others.values())
    for (const weight of weights.values())
      for (const symbol of freeSymbols(weight))
        if (slots.get(symbol.name)?.mode !== "parameter")
          throw new Failure(
            "unsupported",
            `fast reactions whose stoichiometric numbers vary ("${symbol.name}") are not done`,
            { place: slots.get(symbol.name)?.place },
          );
  const pivots = fast.pivots.map((pivot) => context.symbol(slots.stateOf(pivot).name));
  const constant = (symbol: Term): boolean => slots.get(symbol.name)?.mode === "parameter";
  const present = ({ initial, node }: Quantity): boolean =>
    initial === undefined && Number(node.attributes.initialAmount ?? node.attributes.initialConcentration) > 0;
  const view = {
    constant,
    discrete: (symbol: Term) => slots.get(symbol.name)?.mode === "discrete",
    present,
    amount: (species: Quantity) => slots.amount(species),
    never: () => mathematics.special(Number.NaN),
  };
  const used = fast.reactions.map((reaction) => exhausted(reaction, view));
  const gate = used.length === 1 ? used[0]?.[1] : undefined;
  const equations = fast.equations.map((equation, i) => (used[i]?.[1] === gate ? used[i]?.[0] : undefined) ?? equation);
  const solved = solveLinear(equations, pivots, constant, (term) => writtenOut(term, slots), view.never);
  if (solved === undefined)
    return { equations: fast.equations.map((term, i) => ({ name: `equilibrium.${i + 1}`, term })), events: [] };
  const events: ModelEvent[] = [];
  for (const [symbol, term] of solved) {
    const slot = slots.get(symbol.name)!;
    slots.set(symbol.name, { ...slot, mode: "assignment", term });
    if (gate !== undefined) events.push(gated(slot, term, gate, slots, mathematics));
  }
  return { equations: [], events };
}

/** A fast reaction that events switch on and off: while it is off, the amount is a state of its own. */
function gated(slot: Slot, term: Term, gate: Term, slots: Slots, mathematics: Mathematics): ModelEvent {
  const off = `${slot.name}.off`;
  const { context } = mathematics;
  slots.set(off, { ...slot, name: off, mode: "state" });
  const closed = relation("=", gate, 0);
  const value = piecewise(
    [
      [term, relation(">", gate, 0)],
      [context.symbol(off), closed],
    ],
    mathematics.special(Number.NaN),
  );
  slots.set(slot.name, { ...slot, mode: "assignment", term: value });
  return {
    name: off,
    trigger: closed,
    before: true,
    persistent: true,
    valuesAtTrigger: true,
    assignments: [{ name: off, term }],
    place: slot.place,
  };
}
