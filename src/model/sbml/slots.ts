// What each quantity of an SBML model becomes in a Model: parameter, state, discrete quantity, unknown or assignment. A species that
// reactions or events change is kept as an amount, `S.amount`, and its concentration S follows from it.
import type { Place } from "../../base/index.ts";
import { div, freeSymbols, mul, substitute, type Term } from "../../term/index.ts";
import { combination, type Equilibria } from "./fast.ts";
import type { Mathematics } from "./mathematics.ts";
import type { Quantities, Quantity } from "./quantities.ts";

export interface Slot {
  readonly name: string;
  readonly mode: "parameter" | "state" | "discrete" | "unknown" | "assignment";
  /** The value at the start, in symbols; for an assignment the value at all times. */
  readonly term: Term;
  /** The derivative by time, from a rate rule. */
  readonly rate?: Term;
  readonly place: Place;
}

export class Slots extends Map<string, Slot> {
  /** Amounts of species in fast reactions as the model gives them, which hold before the start only. */
  readonly before = new Map<string, Term>();
  readonly #mathematics: Mathematics;
  readonly #equilibria: Equilibria | undefined;

  constructor(quantities: Quantities, mathematics: Mathematics, equilibria: Equilibria | undefined) {
    super();
    this.#mathematics = mathematics;
    this.#equilibria = equilibria;
    for (const quantity of quantities.values()) {
      if (quantity.kind === "reaction") continue;
      if (quantity.kind === "species") this.#species(quantity);
      else if (quantity.kind !== "reference" || quantity.node.attributes.id !== undefined || quantity.assignment)
        this.#plain(quantity);
    }
  }

  #symbol(name: string): Term {
    return this.#mathematics.context.symbol(name);
  }

  #set(quantity: Quantity, name: string, mode: Slot["mode"], term: Term, rate?: Term): void {
    this.set(name, { name, mode, term, rate, place: quantity.instance.document.place(quantity.node) });
  }

  /** Under which name a quantity is kept, and whether that is the amount of a species. */
  stateOf(quantity: Quantity): { readonly name: string; readonly amount: boolean } {
    if (quantity.kind !== "species") return { name: quantity.name, amount: false };
    const bySymbol = quantity.assignment !== undefined || quantity.rate !== undefined || quantity.unknown;
    if (quantity.amounts || bySymbol) return { name: quantity.name, amount: quantity.amounts };
    return { name: `${quantity.name}.amount`, amount: true };
  }

  amount(quantity: Quantity): Term {
    const { name, amount } = this.stateOf(quantity);
    return amount ? this.#symbol(name) : mul(this.#symbol(name), this.sizeFor(quantity));
  }

  /** The size of a species' compartment, as the species sees it. */
  sizeFor({ instance, node }: Quantity): Term {
    return this.#mathematics.symbol(instance, node.attributes.compartment.trim())!;
  }

  concentration(quantity: Quantity): Term {
    const symbol = this.#symbol(quantity.name);
    return quantity.amounts ? div(symbol, this.sizeFor(quantity)) : symbol;
  }

  /** The name of the state that stands for a species of a fast reaction. */
  slowName(quantity: Quantity): string {
    return `${quantity.name}.slow`;
  }

  #plain(quantity: Quantity): void {
    const { instance, node, kind, name, assignment, rate } = quantity;
    if (assignment !== undefined) return this.#set(quantity, name, "assignment", assignment.term);
    const attribute = kind === "compartment" ? "size" : kind === "reference" ? "stoichiometry" : "value";
    const given = quantity.initial?.term ?? this.#mathematics.attribute(instance, node, attribute);
    if (quantity.unknown) return this.#set(quantity, name, "unknown", given ?? this.#mathematics.context.number(1));
    const initial = given ?? this.#missing(quantity);
    if (rate !== undefined) this.#set(quantity, name, "state", initial, rate.term);
    else this.#set(quantity, name, quantity.inEvents ? "discrete" : "parameter", initial);
  }

  /** A value that the model does not give. */
  #missing({ kind, instance }: Quantity): Term {
    return kind === "reference" && instance.document.level < 3
      ? this.#mathematics.context.number(1)
      : this.#mathematics.special(Number.NaN);
  }

  #species(quantity: Quantity): void {
    const { name, assignment, rate } = quantity;
    if (quantity.inReactions && (assignment ?? rate) !== undefined)
      throw quantity.fail(
        `the species "${name}" is changed by reactions and by a rule`,
        "Only one of them may change it, unless it has a boundary condition.",
      );
    if (assignment !== undefined) return this.#set(quantity, name, "assignment", assignment.term);
    const size = this.sizeFor(quantity);
    const amount = this.#initialAmount(quantity, size);
    const bySymbol = quantity.amounts ? amount : this.#initialConcentration(quantity, size);
    if (quantity.unknown) return this.#set(quantity, name, "unknown", bySymbol ?? this.#mathematics.context.number(1));
    if (rate !== undefined)
      return this.#set(quantity, name, "state", bySymbol ?? this.#mathematics.special(Number.NaN), rate.term);
    const state = this.stateOf(quantity).name;
    if (!quantity.amounts) this.#set(quantity, name, "assignment", div(this.#symbol(state), size));
    const initial = amount ?? this.#mathematics.special(Number.NaN);
    const others = this.#equilibria?.others.get(quantity);
    if (others !== undefined || this.#equilibria?.pivots.includes(quantity)) this.before.set(state, initial);
    if (others !== undefined) {
      const slow = this.slowName(quantity);
      const of = (pivot: Quantity): Term => this.#symbol(this.stateOf(pivot).name);
      this.#set(quantity, state, "assignment", combination(this.#symbol(slow), others, of, 1));
      this.#set(
        quantity,
        slow,
        "state",
        combination(initial, others, (pivot) => this.#initialAmount(pivot, this.sizeFor(pivot)), -1),
      );
      return;
    }
    const mode = this.#equilibria?.pivots.includes(quantity)
      ? "unknown"
      : quantity.inReactions
        ? "state"
        : quantity.inEvents
          ? "discrete"
          : "parameter";
    this.#set(quantity, state, mode, initial);
  }

  #initialAmount(quantity: Quantity, size: Term): Term | undefined {
    const { initial, instance, node } = quantity;
    if (initial !== undefined) return quantity.amounts ? initial.term : mul(initial.term, size);
    const amount = this.#mathematics.attribute(instance, node, "initialAmount");
    if (amount !== undefined) return amount;
    const concentration = this.#mathematics.attribute(instance, node, "initialConcentration");
    return concentration === undefined ? undefined : mul(concentration, size);
  }

  #initialConcentration(quantity: Quantity, size: Term): Term | undefined {
    const { initial, instance, node } = quantity;
    if (initial !== undefined) return initial.term;
    const concentration = this.#mathematics.attribute(instance, node, "initialConcentration");
    if (concentration !== undefined) return concentration;
    const amount = this.#mathematics.attribute(instance, node, "initialAmount");
    return amount === undefined ? undefined : div(amount, size);
  }
}

/** Most levels of assignments that are written out; what lies deeper stays as it is. */
const MOST_LEVELS = 50;

/** A term with assignments written out, but for those that stay. */
export function writtenOut(term: Term, slots: Slots, stays: (name: string) => boolean = () => false): Term {
  for (let level = 0; level < MOST_LEVELS; level++) {
    const table = new Map<Term, Term>();
    for (const symbol of freeSymbols(term)) {
      const slot = slots.get(symbol.name);
      if (slot?.mode === "assignment" && !stays(symbol.name)) table.set(symbol, slot.term);
    }
    if (table.size === 0) return term;
    term = substitute(term, table);
  }
  return term;
}
