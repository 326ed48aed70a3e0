// Flux balance (SBML Level 3 package fbc, versions 1 to 3): reactions with bounds of their fluxes, and linear objectives, as numbers at the
// start. Bounds are those of the package (a list in version 1, parameters since version 2), not `reversible`; where there is none, a flux
// is free. Species with a boundary condition are not balanced. Units, charges, formulae and gene products do not matter here.
// Left out, and refused: quadratic objectives and user-defined constraints (version 3). Strictness is not checked.
import { Failure } from "../../base/index.ts";
import { Context, evaluate, freeSymbols, type Term, type XmlElement } from "../../term/index.ts";
import { compose, type Instance, type Resolve } from "./composition.ts";
import { SbmlDocument } from "./document.ts";
import { initialValues } from "./initial.ts";
import { Mathematics } from "./mathematics.ts";
import { Quantities } from "./quantities.ts";
import { readReactions } from "./reactions.ts";
import { readRules } from "./rules.ts";
import { Slots } from "./slots.ts";

export interface FluxReaction {
  readonly name: string;
  /** Species (by position) that it changes, and by how much for each unit of flux. */
  readonly change: ReadonlyMap<number, number>;
  readonly lower: number;
  readonly upper: number;
}

export interface FluxObjective {
  readonly id: string;
  readonly sense: "minimize" | "maximize";
  /** Reaction (by position) -> coefficient. */
  readonly coefficients: ReadonlyMap<number, number>;
}

export interface FluxModel {
  readonly name: string;
  /** Species that must be balanced. */
  readonly species: readonly string[];
  readonly reactions: readonly FluxReaction[];
  readonly objectives: readonly FluxObjective[];
  /** The id of the active objective, where the model names one. */
  readonly active?: string;
}

export interface ReadFluxOptions {
  /** Finds models in other files (external model definitions of comp). */
  readonly resolve?: Resolve;
}

/** Bounds of version 1: which ends an operation sets. The strict ones are allowed there and mean the same. */
const OPERATIONS: Readonly<Record<string, "lower" | "upper" | "both">> = {
  less: "upper",
  lessEqual: "upper",
  greater: "lower",
  greaterEqual: "lower",
  equal: "both",
};

/**
 * The flux-balance model of an SBML document. `source` names it in messages.
 * Fails (Failure) with line and column on what is not defined or not a number; "unsupported" names what is not read.
 */
export function readFluxes(text: string, source = "model.xml", options: ReadFluxOptions = {}): FluxModel {
  return new FluxReader(new SbmlDocument(text, source), source, options).read();
}

class FluxReader {
  readonly #document: SbmlDocument;
  readonly #source: string;
  readonly #instances: readonly Instance[];
  readonly #quantities: Quantities;
  readonly #mathematics: Mathematics;
  /** Values at the start that are known so far. */
  readonly #values: Record<string, number> = Object.create(null) as Record<string, number>;
  #initial: ReadonlyMap<string, Term> = new Map();

  constructor(document: SbmlDocument, source: string, { resolve }: ReadFluxOptions) {
    this.#document = document;
    this.#source = source;
    this.#instances = compose(document, resolve);
    this.#quantities = new Quantities(this.#instances);
    const context = new Context();
    const time = context.symbol(this.#quantities.has("time") ? ".time" : "time");
    this.#mathematics = new Mathematics(context, time, this.#quantities);
    for (const { name, instance, node } of this.#quantities.functions) this.#mathematics.define(name, instance, node);
    this.#values[time.name] = 0;
  }

  read(): FluxModel {
    const quantities = this.#quantities;
    readRules(this.#instances, quantities, this.#mathematics);
    const reactions = readReactions(quantities, this.#mathematics);
    const slots = new Slots(quantities, this.#mathematics, undefined);
    this.#initial = initialValues([...slots.values()], this.#mathematics);
    for (const [name, value] of this.#mathematics.specials) this.#values[name] = value;
    const bounds = this.#listed();
    const species = new Map<string, number>();
    const read = reactions.map(({ quantity, change }): FluxReaction => {
      const { instance, node, name } = quantity;
      const listed = bounds.get(name);
      const net = new Map<number, number>();
      for (const [each, term] of change) {
        const value = this.#value(term);
        if (!Number.isFinite(value))
          throw instance.document.fail(node, `the stoichiometric number of "${each.name}" is ${value}`);
        if (!species.has(each.name)) species.set(each.name, species.size);
        if (value !== 0) net.set(species.get(each.name)!, value);
      }
      const lower = this.#bound(instance, node, "lowerFluxBound") ?? listed?.lower ?? -Infinity;
      const upper = this.#bound(instance, node, "upperFluxBound") ?? listed?.upper ?? Infinity;
      if (lower === Infinity || upper === -Infinity)
        throw instance.document.fail(
          node,
          `the bounds of "${name}", ${lower} and ${upper}, leave no flux between them`,
        );
      return { name, change: net, lower, upper };
    });
    const at = new Map(read.map(({ name }, i) => [name, i]));
    const { objectives, active } = this.#objectives(at);
    return { name: this.#source, species: [...species.keys()], reactions: read, objectives, ...(active && { active }) };
  }

  /** An attribute of the package, with its prefix or without. */
  #attribute(document: SbmlDocument, node: XmlElement, name: string): string | undefined {
    return (document.attribute(node, `fbc:${name}`) ?? node.attributes[name])?.trim();
  }

  #required(document: SbmlDocument, node: XmlElement, name: string): string {
    const value = this.#attribute(document, node, name);
    if (value === undefined || value === "") throw document.fail(node, `<${node.name}> has no attribute ${name}`);
    return value;
  }

  /** The value at the start. */
  #value(term: Term): number {
    for (const symbol of freeSymbols(term)) this.#known(symbol.name);
    return evaluate(term, this.#values);
  }

  /** Evaluates what a name needs, each before what uses it. */
  #known(name: string): void {
    const open = [name];
    while (open.length > 0) {
      const next = open[open.length - 1];
      const term = this.#initial.get(next);
      if (this.#values[next] !== undefined || term === undefined) {
        open.pop();
        continue;
      }
      const missing = freeSymbols(term).filter(
        (symbol) => this.#values[symbol.name] === undefined && this.#initial.has(symbol.name),
      );
      if (missing.length > 0) {
        open.push(...missing.map((symbol) => symbol.name));
        continue;
      }
      this.#values[next] = evaluate(term, this.#values);
      open.pop();
    }
  }

  /** The value of the parameter that an attribute of a reaction names. */
  #bound(instance: Instance, node: XmlElement, attribute: string): number | undefined {
    const { document } = instance;
    const id = document.attribute(node, `fbc:${attribute}`)?.trim();
    if (id === undefined) return undefined;
    const term = this.#mathematics.symbol(instance, id);
    if (term === undefined || this.#quantities.get(instance.flat(id))?.kind === "reaction")
      throw document.fail(node, `the parameter "${id}" of the flux bound is not defined`, undefined, "name");
    return this.#number(this.#value(term), `the flux bound "${id}"`, document, node);
  }

  #number(value: number, what: string, document: SbmlDocument, node: XmlElement): number {
    if (Number.isNaN(value))
      throw document.fail(node, `${what} has no value`, "Give it a number, or INF or -INF for no bound.", "domain");
    return value;
  }

  /** The bounds of version 1, by reaction; the narrowest count. */
  #listed(): Map<string, { lower: number; upper: number }> {
    const bounds = new Map<string, { lower: number; upper: number }>();
    for (const instance of this.#instances) {
      const { document, model } = instance;
      for (const node of instance.list(model, "fbc:listOfFluxBounds")) {
        const name = this.#reaction(instance, node);
        const operation = this.#required(document, node, "operation");
        const end = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
        if (end === undefined) throw document.fail(node, `the operation "${operation.slice(0, 40)}" is not known`);
        const value = this.#number(
          numberOf(this.#required(document, node, "value")),
          `the bound of "${name}"`,
          document,
          node,
        );
        const before = bounds.get(name) ?? { lower: -Infinity, upper: Infinity };
        bounds.set(name, {
          lower: end === "upper" ? before.lower : Math.max(before.lower, value),
          upper: end === "lower" ? before.upper : Math.min(before.upper, value),
        });
      }
    }
    return bounds;
  }

  /** The flat name of the reaction that an element names. */
  #reaction(instance: Instance, node: XmlElement): string {
    const { document } = instance;
    const id = this.#required(document, node, "reaction");
    const name = instance.flat(id);
    if (this.#quantities.get(name)?.kind !== "reaction")
      throw document.fail(node, `the reaction "${id}" is not defined`, undefined, "name");
    return name;
  }

  /** Objectives of the main model; those of submodels have no part in it. */
  #objectives(at: ReadonlyMap<string, number>): { objectives: FluxObjective[]; active?: string } {
    const [main] = this.#instances;
    const { model } = main;
    const document = this.#document;
    if (main.list(model, "fbc:listOfUserDefinedConstraints").length > 0)
      throw document.fail(model, "user-defined constraints of fluxes are not done", undefined, "unsupported");
    const list = document.child(model, "fbc:listOfObjectives");
    const objectives: FluxObjective[] = [];
    for (const node of main.list(model, "fbc:listOfObjectives")) {
      const id = this.#required(document, node, "id");
      if (objectives.some((each) => each.id === id)) throw document.fail(node, `the objective "${id}" is there twice`);
      const sense = this.#required(document, node, "type");
      if (sense !== "maximize" && sense !== "minimize")
        throw document.fail(node, `the type of an objective is maximize or minimize, not "${sense.slice(0, 40)}"`);
      const coefficients = new Map<number, number>();
      for (const part of main.list(node, "fbc:listOfFluxObjectives")) {
        const kind = this.#attribute(document, part, "variableType") ?? "linear";
        if (kind !== "linear" || this.#attribute(document, part, "reaction2") !== undefined)
          throw document.fail(part, "only linear objectives are done", undefined, "unsupported");
        const reaction = at.get(this.#reaction(main, part))!;
        const value = numberOf(this.#required(document, part, "coefficient"));
        if (!Number.isFinite(value)) throw document.fail(part, "the coefficient of the objective is not a number");
        coefficients.set(reaction, (coefficients.get(reaction) ?? 0) + value);
      }
      objectives.push({ id, sense, coefficients });
    }
    const active = list === undefined ? undefined : this.#attribute(document, list, "activeObjective");
    if (active !== undefined && !objectives.some((each) => each.id === active))
      throw document.fail(list!, `the active objective "${active}" is not defined`, undefined, "name");
    return { objectives, ...(active && { active }) };
  }
}

/** A number as SBML writes them; NaN for what is none. */
function numberOf(text: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return text === "" ? Number.NaN : Number(text);
}

/** What a flux-balance model is asked to optimise: an objective by name, or the active one. */
export function objectiveOf({ name, objectives, active }: FluxModel, id: string | undefined = active): FluxObjective {
  const found = objectives.find((each) => each.id === id);
  if (found !== undefined) return found;
  const names = objectives.map((each) => each.id).join(", ");
  throw new Failure("name", id === undefined ? `${name} has no active objective` : `${name} has no objective "${id}"`, {
    hint: objectives.length === 0 ? "Flux balance needs an objective of the package fbc." : `Its objectives: ${names}.`,
  });
}
