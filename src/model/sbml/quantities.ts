// The quantities of a flat SBML model: compartments, species, parameters, stoichiometric numbers, reactions, and the local
// parameters of kinetic laws, each under one name that is unique. What may change them is found out by other files.
import { Failure } from "../../base/index.ts";
import type { Term, XmlElement } from "../../term/index.ts";
import type { Instance, Replacement } from "./composition.ts";

export type QuantityKind = "compartment" | "species" | "parameter" | "reference" | "reaction" | "local";

/** A rule, or an initial assignment. */
export interface Rule {
  readonly term: Term;
  readonly node: XmlElement;
}

export class Quantity {
  /** Its name in the flat model. */
  readonly name: string;
  readonly kind: QuantityKind;
  readonly instance: Instance;
  readonly node: XmlElement;
  /** May not be changed. */
  readonly constant: boolean;
  /** Of a species: the flat name of its compartment. */
  compartment = "";
  /** Of a species: its symbol means the amount, not the concentration. */
  amounts = false;
  boundary = false;
  /** Of a reaction: parameters of its kinetic law. */
  locals = new Map<string, string>();
  /** Those of them that something else stands for (comp). */
  readonly replacedLocals = new Map<string, Replacement>();
  assignment: Rule | undefined;
  rate: Rule | undefined;
  initial: Rule | undefined;
  inEvents = false;
  /** Reactions change it. */
  inReactions = false;
  /** Follows from algebraic equations. */
  unknown = false;

  constructor(name: string, kind: QuantityKind, instance: Instance, node: XmlElement, constant: boolean) {
    this.name = name;
    this.kind = kind;
    this.instance = instance;
    this.node = node;
    this.constant = constant;
  }

  fail(what: string, hint?: string, kind?: Failure["kind"]): Failure {
    return this.instance.document.fail(this.node, what, hint, kind);
  }
}

const SIDES = ["listOfReactants", "listOfProducts"] as const;

/** All quantities by flat name. Functions are handed to `define`. */
export class Quantities extends Map<string, Quantity> {
  /** The participants of reactions, by their element (an instance may share it with another). */
  readonly references = new Map<Instance, Map<XmlElement, Quantity>>();
  readonly functions: { readonly name: string; readonly instance: Instance; readonly node: XmlElement }[] = [];
  readonly #names = new Map<string, string>();

  constructor(instances: readonly Instance[]) {
    super();
    for (const instance of instances) this.#collect(instance);
    for (const species of this.values()) {
      if (species.kind !== "species") continue;
      const { instance, node } = species;
      species.compartment = instance.flat(instance.document.required(node, "compartment"));
      const compartment = this.get(species.compartment);
      if (compartment?.kind !== "compartment")
        throw species.fail(`the compartment "${node.attributes.compartment}" is not defined`, undefined, "name");
      species.amounts =
        instance.document.flag(node, "hasOnlySubstanceUnits", false) ||
        (Number(compartment.node.attributes.spatialDimensions ?? 3) === 0 &&
          compartment.node.attributes.size === undefined);
      species.boundary = instance.document.flag(node, "boundaryCondition", false);
    }
  }

  #claim(instance: Instance, node: XmlElement, what: string, id = instance.document.id(node)): string {
    const name = `${instance.prefix}${id}`;
    const before = this.#names.get(name);
    if (before !== undefined)
      throw instance.document.fail(node, `"${name}" is defined twice; it is already a ${before}`, undefined, "name");
    this.#names.set(name, what);
    return name;
  }

  #add(instance: Instance, node: XmlElement, kind: QuantityKind, name: string, constant: boolean): Quantity {
    const quantity = new Quantity(name, kind, instance, node, constant);
    this.set(name, quantity);
    return quantity;
  }

  #collect(instance: Instance): void {
    const { document, model } = instance;
    document.checkModel(model);
    for (const node of instance.list(model, "listOfFunctionDefinitions"))
      this.functions.push({ name: this.#claim(instance, node, "function"), instance, node });
    for (const node of instance.list(model, "listOfCompartments"))
      this.#add(
        instance,
        node,
        "compartment",
        this.#claim(instance, node, "compartment"),
        document.flag(node, "constant", true),
      );
    for (const node of instance.list(model, "listOfSpecies"))
      this.#add(
        instance,
        node,
        "species",
        this.#claim(instance, node, "species"),
        document.flag(node, "constant", false),
      );
    for (const node of instance.list(model, "listOfParameters"))
      this.#add(
        instance,
        node,
        "parameter",
        this.#claim(instance, node, "parameter"),
        document.flag(node, "constant", true),
      );
    for (const node of instance.list(model, "listOfReactions")) this.#reaction(instance, node);
    for (const node of instance.list(model, "listOfEvents"))
      if (node.attributes.id !== undefined) this.#claim(instance, node, "event");
  }

  #reaction(instance: Instance, node: XmlElement): void {
    const { document } = instance;
    const name = this.#claim(instance, node, "reaction");
    const reaction = this.#add(instance, node, "reaction", name, false);
    let count = 0;
    for (const side of SIDES)
      for (const member of instance.list(node, side)) {
        count++;
        const own =
          member.attributes.id === undefined ? `${name}.${count}` : this.#claim(instance, member, "species reference");
        // Before Level 3 nothing can assign it.
        const constant = document.level < 3 || document.flag(member, "constant", true);
        const reference = this.#add(instance, member, "reference", own, constant);
        let known = this.references.get(instance);
        if (known === undefined) this.references.set(instance, (known = new Map()));
        known.set(member, reference);
      }
    const law = instance.child(node, "kineticLaw");
    if (law === undefined) return;
    for (const [local, replacement] of instance.replacedLocals)
      if (local.parent?.parent === law) reaction.replacedLocals.set(document.id(local), replacement);
    const members = [...instance.list(law, "listOfParameters"), ...instance.list(law, "listOfLocalParameters")];
    for (const local of members) {
      const id = document.id(local);
      if (reaction.locals.has(id))
        throw document.fail(local, `the local parameter "${id}" is defined twice`, undefined, "name");
      reaction.locals.set(id, this.#add(instance, local, "local", `${name}.${id}`, true).name);
    }
  }
}
