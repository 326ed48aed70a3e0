// Reactions: rates and net changes of the amounts of species. SBML Level 3 Version 2 Core, section 4.11; conversion factors, section 4.11.7.
import { add, div, Kind, mul, neg, type Term, type XmlElement } from "../../term/index.ts";
import type { Instance } from "./composition.ts";
import type { Mathematics } from "./mathematics.ts";
import type { Quantities, Quantity } from "./quantities.ts";

export interface ReadReaction {
  readonly quantity: Quantity;
  /** In extents per time of the flat model. */
  readonly rate: Term;
  readonly fast: boolean;
  /** Species whose amounts it changes, by how much for each unit of extent. */
  readonly change: ReadonlyMap<Quantity, Term>;
}

export function readReactions(quantities: Quantities, mathematics: Mathematics): ReadReaction[] {
  const reactions: ReadReaction[] = [];
  for (const quantity of quantities.values())
    if (quantity.kind === "reaction") reactions.push(readReaction(quantity, quantities, mathematics));
  return reactions;
}

function readReaction(quantity: Quantity, quantities: Quantities, mathematics: Mathematics): ReadReaction {
  const { instance, node } = quantity;
  const { document } = instance;
  const { context } = mathematics;
  const change = new Map<Quantity, Term>();
  for (const [side, sign] of [
    ["listOfReactants", -1],
    ["listOfProducts", 1],
  ] as const)
    for (const member of instance.list(node, side)) {
      const id = document.required(member, "species");
      const species = quantities.get(instance.flat(id));
      if (species?.kind !== "species")
        throw document.fail(member, `the species "${id}" is not defined`, undefined, "name");
      const reference = quantities.references.get(instance)!.get(member)!;
      const number = stoichiometry(reference, member, instance, mathematics);
      if (species.boundary || species.constant) continue;
      species.inReactions = true;
      let scaled = mul(number, conversion(species, mathematics));
      for (const factor of instance.resolve(id).factors) scaled = mul(scaled, mathematics.factor(factor));
      const before: Term = change.get(species) ?? context.number(0);
      change.set(species, add(before, sign < 0 ? neg(scaled) : scaled));
    }
  for (const member of instance.list(node, "listOfModifiers")) {
    const id = document.required(member, "species");
    if (quantities.get(instance.flat(id))?.kind !== "species")
      throw document.fail(member, `the species "${id}" is not defined`, undefined, "name");
  }
  const fast = document.flag(node, "fast", false);
  return { quantity, rate: rateOf(quantity, instance, mathematics), fast, change };
}

function rateOf(quantity: Quantity, instance: Instance, mathematics: Mathematics): Term {
  const law = instance.child(quantity.node, "kineticLaw");
  const locals = new Map([...quantity.locals].map(([id, name]) => [id, mathematics.context.symbol(name)]));
  for (const [id, { instance: by, id: other, factor }] of quantity.replacedLocals) {
    const term = mathematics.symbol(by, other);
    if (term === undefined) throw quantity.fail(`"${other}" is not defined`, undefined, "name");
    locals.set(id, factor === undefined ? term : div(term, mathematics.factor(factor)));
  }
  const rate = law === undefined ? undefined : mathematics.value(instance, law, locals);
  if (rate === undefined) return mathematics.context.number(0);
  return div(mul(rate, mathematics.product(instance.extentFactors)), mathematics.product(instance.timeFactors));
}

/** The stoichiometric number: as written, or the symbol of the participant where it is computed. */
function stoichiometry(reference: Quantity, member: XmlElement, instance: Instance, mathematics: Mathematics): Term {
  const { context } = mathematics;
  const formula = instance.child(member, "stoichiometryMath");
  if (formula !== undefined) {
    const term = mathematics.value(instance, formula);
    if (term !== undefined) reference.assignment = { term, node: formula };
  }
  const { assignment, rate, initial, inEvents, constant } = reference;
  if (assignment?.term.kind === Kind.number) return assignment.term;
  const named = member.attributes.id !== undefined;
  if (assignment !== undefined || rate !== undefined || initial !== undefined || inEvents || (named && !constant))
    return context.symbol(reference.name);
  return mathematics.attribute(instance, member, "stoichiometry") ?? context.number(1);
}

/** The factor that turns extents into amounts of a species. */
function conversion({ instance, node }: Quantity, mathematics: Mathematics): Term {
  const parameter = node.attributes.conversionFactor ?? instance.model.attributes.conversionFactor;
  return parameter === undefined ? mathematics.context.number(1) : mathematics.factor({ instance, parameter });
}
