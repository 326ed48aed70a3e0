// Rules and initial assignments: what they say about which quantity, after conversions between submodels.
import type { XmlElement } from "../../term/index.ts";
import { div, mul, type Term } from "../../term/index.ts";
import type { Definition } from "../model.ts";
import type { Instance } from "./composition.ts";
import { definition, type Mathematics } from "./mathematics.ts";
import type { Quantities, Quantity } from "./quantities.ts";

/** The quantity that an attribute names, and a value for it in its own units. */
export function target(
  instance: Instance,
  node: XmlElement,
  attribute: string,
  quantities: Quantities,
  mathematics: Mathematics,
  initially = false,
): { readonly quantity: Quantity; readonly scaled: (term: Term) => Term } {
  const { document } = instance;
  const id = document.required(node, attribute);
  const { factors } = instance.resolve(id);
  const quantity = quantities.get(instance.flat(id));
  if (quantity === undefined || quantity.kind === "reaction" || quantity.kind === "local")
    throw document.fail(
      node,
      quantity === undefined ? `"${id}" is not defined` : `the ${quantity.kind} "${id}" cannot be assigned`,
      undefined,
      "name",
    );
  if (quantity.constant && !initially)
    throw document.fail(node, `"${id}" is constant and cannot be changed`, undefined, "name");
  return { quantity, scaled: (term) => mul(term, mathematics.product(factors)) };
}

/** Reads all rules and initial assignments; gives what must be zero. */
export function readRules(
  instances: readonly Instance[],
  quantities: Quantities,
  mathematics: Mathematics,
): Definition[] {
  const algebraic: Definition[] = [];
  for (const instance of instances) {
    const { document, model } = instance;
    for (const node of instance.list(model, "listOfRules")) {
      const kind = document.nameOf(node);
      if (kind === "algebraicRule") {
        const term = mathematics.value(instance, node);
        if (term !== undefined) algebraic.push(definition(instance, node, `algebraic.${algebraic.length + 1}`, term));
        continue;
      }
      const { quantity, scaled } = target(instance, node, "variable", quantities, mathematics);
      if (quantity.assignment !== undefined || quantity.rate !== undefined)
        throw document.fail(node, `"${quantity.name}" has two rules`, undefined, "name");
      const term = mathematics.value(instance, node);
      if (term === undefined) continue;
      if (kind === "assignmentRule") quantity.assignment = { term: scaled(term), node };
      else quantity.rate = { term: div(scaled(term), mathematics.product(instance.timeFactors)), node };
    }
    for (const node of instance.list(model, "listOfInitialAssignments")) {
      const { quantity, scaled } = target(instance, node, "symbol", quantities, mathematics, true);
      if (quantity.initial !== undefined)
        throw document.fail(node, `"${quantity.name}" has two initial assignments`, undefined, "name");
      const term = mathematics.value(instance, node);
      if (term !== undefined) quantity.initial = { term: scaled(term), node };
    }
  }
  return algebraic;
}
