// Hierarchical composition (SBML Level 3 package comp, version 1): a model and its submodels as a tree of instances, each with its own
// names. Nothing is rewritten: an instance knows which of its elements are deleted and which names stand for elements of
// other instances; the rest of the reader asks it.
import type { XmlElement } from "../../term/index.ts";
import { localName, XmlElement as Element } from "../../term/index.ts";
import { SbmlDocument } from "./document.ts";

/** The text of another document, by the address that a model gives; relative addresses are relative to the model's file. */
export type Resolve = (uri: string) => string;

/** Most instances of submodels. */
const MOST_INSTANCES = 10_000;
const DEEPEST = 100;

/** A conversion: the name of a parameter of an instance. */
export interface Factor {
  readonly instance: Instance;
  readonly parameter: string;
}

export interface Replacement {
  readonly instance: Instance;
  readonly id: string;
  /** Factor by which a value of the replaced element is multiplied to give one of the replacing. */
  readonly factor?: Factor;
}

/** What a name in an instance stands for. */
export interface Named {
  readonly instance: Instance;
  readonly id: string;
  readonly factors: readonly Factor[];
}

/** One use of a model definition. */
export class Instance {
  readonly document: SbmlDocument;
  readonly model: XmlElement;
  /** What its names begin with in the flat model: "sub__". */
  readonly prefix: string;
  readonly parent: Instance | undefined;
  readonly submodels = new Map<string, Instance>();
  readonly deleted = new Set<XmlElement>();
  readonly replaced = new Map<string, Replacement>();
  /** What stands for parameters of kinetic laws: element -> replacement. */
  readonly replacedLocals = new Map<XmlElement, Replacement>();
  /** Time of this instance's containing model over its own, and likewise the extent of reactions. */
  readonly timeFactors: Factor[] = [];
  readonly extentFactors: Factor[] = [];

  constructor(document: SbmlDocument, model: XmlElement, prefix: string, parent: Instance | undefined) {
    this.document = document;
    this.model = model;
    this.prefix = prefix;
    this.parent = parent;
  }

  /** The members of a list that are not deleted. */
  list(node: XmlElement, name: string): XmlElement[] {
    if (this.document.children(node, name).some((list) => this.deleted.has(list))) return [];
    return this.document.list(node, name).filter((member) => !this.deleted.has(member));
  }

  child(node: XmlElement, name: string): XmlElement | undefined {
    const child = this.document.child(node, name);
    return child === undefined || this.deleted.has(child) ? undefined : child;
  }

  /** Follows replacements from instance to instance. */
  resolve(id: string): Named {
    const factors: Factor[] = [];
    const seen = new Set<Replacement>();
    let named: Omit<Named, "factors"> = { instance: this, id };
    for (;;) {
      const next = named.instance.replaced.get(named.id);
      if (next === undefined) return { ...named, factors };
      if (seen.has(next)) throw this.document.fail(this.model, `replacements of "${id}" lead in a circle`);
      seen.add(next);
      if (next.factor !== undefined) factors.push(next.factor);
      named = next;
    }
  }

  /** The name in the flat model. */
  flat(id: string): string {
    const named = this.resolve(id);
    return `${named.instance.prefix}${named.id}`;
  }
}

/** The instances of a document, outer ones before those inside. */
export function compose(document: SbmlDocument, resolve: Resolve | undefined): Instance[] {
  return new Composer(resolve).compose(document);
}

class Composer {
  readonly #resolve: Resolve | undefined;
  readonly #documents = new Map<string, SbmlDocument>();
  readonly #instances: Instance[] = [];

  constructor(resolve: Resolve | undefined) {
    this.#resolve = resolve;
  }

  compose(document: SbmlDocument): Instance[] {
    this.#instantiate(document, document.model, "", undefined, 0);
    // Inner instances first: what they replace is settled before an outer one replaces or deletes it.
    for (const instance of this.#instances.toReversed()) {
      this.#deletions(instance);
      this.#replacements(instance, instance.model);
    }
    const dropped = new Set<Instance>();
    return this.#instances.filter((instance) => {
      const { parent } = instance;
      if (parent === undefined) return true;
      if (!dropped.has(parent) && [...parent.submodels.values()].includes(instance)) return true;
      dropped.add(instance);
      return false;
    });
  }

  #instantiate(
    document: SbmlDocument,
    model: XmlElement,
    prefix: string,
    parent: Instance | undefined,
    depth: number,
  ): Instance {
    const instance = new Instance(document, model, prefix, parent);
    this.#instances.push(instance);
    if (this.#instances.length > MOST_INSTANCES || depth > DEEPEST)
      throw document.fail(
        model,
        depth > DEEPEST ? "submodels hold each other in a circle, or nest too deeply" : "there are too many submodels",
        undefined,
        "limit",
      );
    for (const node of document.list(model, "comp:listOfSubmodels")) {
      const id = this.#id(document, node);
      if (instance.submodels.has(id)) throw document.fail(node, `the submodel "${id}" is there twice`);
      const [inDocument, definition] = this.#definition(document, document.required(node, "comp:modelRef"), node, 0);
      const inner = this.#instantiate(inDocument, definition, `${prefix}${id}__`, instance, depth + 1);
      instance.submodels.set(id, inner);
    }
    return instance;
  }

  #id(document: SbmlDocument, node: XmlElement): string {
    return document.id(node, document.attribute(node, "comp:id") === undefined ? "id" : "comp:id");
  }

  /** A model by its name in a document. */
  #definition(document: SbmlDocument, name: string, at: XmlElement, depth: number): [SbmlDocument, XmlElement] {
    if (depth > DEEPEST) throw document.fail(at, "external models refer to each other in a circle");
    for (const definition of document.list(document.root, "comp:listOfModelDefinitions"))
      if (document.attribute(definition, "id") === name || document.attribute(definition, "comp:id") === name)
        return [document, definition];
    for (const external of document.list(document.root, "comp:listOfExternalModelDefinitions")) {
      if (this.#id(document, external) !== name) continue;
      const other = this.#document(document, document.required(external, "comp:source"), external);
      const inner = document.attribute(external, "comp:modelRef");
      return inner === undefined ? [other, other.model] : this.#definition(other, inner, external, depth + 1);
    }
    if (document.attribute(document.model, "id") === name) return [document, document.model];
    throw document.fail(at, `the model "${name}" is not defined`, undefined, "name");
  }

  #document(from: SbmlDocument, uri: string, at: XmlElement): SbmlDocument {
    let document = this.#documents.get(uri);
    if (document === undefined) {
      if (this.#resolve === undefined)
        throw from.fail(
          at,
          `the model is in another file, "${uri}", which cannot be looked up here`,
          "Give the reader a way to find it: readSbml(text, name, { resolve }).",
          "unsupported",
        );
      document = new SbmlDocument(this.#resolve(uri), uri);
      this.#documents.set(uri, document);
    }
    return document;
  }

  #factor(instance: Instance, node: XmlElement, name: string): Factor | undefined {
    const parameter = instance.document.attribute(node, name);
    return parameter === undefined ? undefined : { instance, parameter };
  }

  /** Deletions and conversion factors of the submodels of an instance. */
  #deletions(instance: Instance): void {
    const { document } = instance;
    for (const node of document.list(instance.model, "comp:listOfSubmodels")) {
      const inner = instance.submodels.get(this.#id(document, node))!;
      const time = this.#factor(instance, node, "comp:timeConversionFactor");
      const extent = this.#factor(instance, node, "comp:extentConversionFactor");
      for (const each of this.#instances)
        for (let outer: Instance | undefined = each; outer !== undefined; outer = outer.parent)
          if (outer === inner) {
            if (time !== undefined) each.timeFactors.push(time);
            if (extent !== undefined) each.extentFactors.push(extent);
          }
      for (const deletion of document.list(node, "comp:listOfDeletions")) {
        const [where, target] = this.#target(inner, document, deletion);
        this.#delete(where, target);
      }
    }
  }

  #delete(instance: Instance, target: XmlElement): void {
    instance.deleted.add(target);
    if (instance.document.nameOf(target) === "comp:submodel")
      instance.submodels.delete(this.#id(instance.document, target));
  }

  /** The element that an idRef, metaIdRef, portRef or unitRef means, and the instance it is in. */
  #target(instance: Instance, document: SbmlDocument, reference: XmlElement): [Instance, XmlElement] {
    const of = (name: string): string | undefined => document.attribute(reference, `comp:${name}`);
    const { document: inner, model } = instance;
    const [id, meta, port, unit] = [of("idRef"), of("metaIdRef"), of("portRef"), of("unitRef")];
    let target: [Instance, XmlElement] | undefined;
    if (port !== undefined) {
      const found = inner.list(model, "comp:listOfPorts").find((each) => this.#id(inner, each) === port);
      if (found !== undefined) target = this.#target(instance, inner, found);
    } else if (id !== undefined || meta !== undefined) {
      const found = find(model, (node) => {
        if (meta !== undefined) return node.attributes.metaid === meta;
        const name = inner.nameOf(node);
        if (name === "unitDefinition" || name === "comp:port" || name === "localParameter") return false;
        return node.attributes.id === id || inner.attribute(node, "comp:id") === id;
      });
      if (found !== undefined) target = [instance, found];
    } else if (unit !== undefined) {
      const found = inner.list(model, "listOfUnitDefinitions").find((node) => node.attributes.id === unit);
      if (found !== undefined) target = [instance, found];
    } else throw document.fail(reference, `<${reference.name}> refers to nothing`);
    if (target === undefined)
      throw document.fail(reference, `"${id ?? meta ?? port ?? unit}" is not in the submodel`, undefined, "name");
    const next = document.child(reference, "comp:sBaseRef");
    if (next === undefined) return target;
    const [where, submodel] = target;
    const child =
      where.document.nameOf(submodel) === "comp:submodel"
        ? where.submodels.get(this.#id(where.document, submodel))
        : undefined;
    if (child === undefined) throw document.fail(next, "this refers into something that is no submodel");
    return this.#target(child, document, next);
  }

  #submodel(instance: Instance, node: XmlElement): Instance {
    const id = instance.document.required(node, "comp:submodelRef");
    const found = instance.submodels.get(id);
    if (found === undefined)
      throw instance.document.fail(node, `the submodel "${id}" is not defined`, undefined, "name");
    return found;
  }

  /** Elements that replace others, or are replaced, anywhere in a model. */
  #replacements(instance: Instance, node: XmlElement): void {
    const { document } = instance;
    for (const child of node.children) {
      if (!(child instanceof Element)) continue;
      if (child.name.length > 0 && ["notes", "annotation", "math"].includes(document.nameOf(child))) continue;
      this.#replacements(instance, child);
      for (const replaced of document.list(child, "comp:listOfReplacedElements")) {
        const inner = this.#submodel(instance, replaced);
        // What a deletion removes has been removed.
        if (document.attribute(replaced, "comp:deletion") !== undefined) continue;
        const [where, target] = this.#target(inner, document, replaced);
        this.#replace(where, target, instance, child, this.#factor(instance, replaced, "comp:conversionFactor"));
      }
      const by = document.child(child, "comp:replacedBy");
      if (by !== undefined) {
        const [where, target] = this.#target(this.#submodel(instance, by), document, by);
        this.#replace(instance, child, where, target, undefined);
      }
    }
  }

  #replace(where: Instance, target: XmlElement, by: Instance, node: XmlElement, factor: Factor | undefined): void {
    this.#delete(where, target);
    const { document } = where;
    const id = target.attributes.id ?? document.attribute(target, "comp:id");
    if (id === undefined || document.nameOf(target) === "unitDefinition") return;
    const other = node.attributes.id ?? by.document.attribute(node, "comp:id");
    // What has no name cannot be meant by mathematics elsewhere.
    if (other === undefined) return;
    if (isLocal(where.model, target)) {
      where.replacedLocals.set(target, { instance: by, id: other, factor });
      return;
    }
    if (!where.replaced.has(id)) {
      where.replaced.set(id, { instance: by, id: other, factor });
      return;
    }
    // Replaced before: what took its place is replaced as well.
    const last = where.resolve(id);
    if (last.instance === by && last.id === other) return;
    const element = find(last.instance.model, (each) => each.attributes.id === last.id);
    if (element !== undefined) this.#delete(last.instance, element);
    last.instance.replaced.set(last.id, { instance: by, id: other, factor });
  }
}

/** Is it a parameter of a kinetic law? Its name is known there only. */
function isLocal(model: XmlElement, node: XmlElement): boolean {
  if (localName(node) === "localParameter") return true;
  const { parent } = node;
  return (
    localName(node) === "parameter" &&
    parent instanceof Element &&
    parent.parent instanceof Element &&
    parent.parent !== model &&
    localName(parent.parent) === "kineticLaw"
  );
}

/** The first element below that is meant. */
function find(node: XmlElement, meant: (node: XmlElement) => boolean): XmlElement | undefined {
  for (const child of node.children) {
    if (!(child instanceof Element)) continue;
    if (meant(child)) return child;
    const found = find(child, meant);
    if (found !== undefined) return found;
  }
  return undefined;
}
