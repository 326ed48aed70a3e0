// Values at the start: initial assignments, rules, rates and attributes use each other in any order; here each is written in parameters
// and the time of the start alone.
import { Failure } from "../../base/index.ts";
import { freeSymbols, sub, substitute, type Term } from "../../term/index.ts";
import type { Definition } from "../model.ts";
import { inOrder } from "../order.ts";
import type { Mathematics } from "./mathematics.ts";
import type { Slot } from "./slots.ts";

/** Values at the start by name, parameters in terms of earlier parameters; in an order in which each uses only earlier ones. */
export function initialValues(slots: readonly Slot[], mathematics: Mathematics): Map<string, Term> {
  const { time } = mathematics;
  const definitions: Definition[] = slots.map(({ name, term, place }) => ({ name, term, place }));
  for (const { symbol, value, delay } of mathematics.delays)
    definitions.push({ name: symbol.name, term: substitute(value, new Map([[time, sub(time, delay)]])) });
  const parameters = new Set(slots.filter((slot) => slot.mode === "parameter").map((slot) => slot.name));
  const assignments = new Set(slots.filter((slot) => slot.mode === "assignment").map((slot) => slot.name));
  for (const { symbol } of mathematics.delays) assignments.add(symbol.name);
  const resolved = new Map<string, Term>();
  // What has no value at the start (1/x where x is 0) matters only to what begins with it.
  const failed = new Map<string, Failure>();
  for (const { name, term, place } of inOrder(definitions, "values at the start")) {
    const table = new Map<Term, Term>();
    let failure: Failure | undefined;
    for (const symbol of freeSymbols(term)) {
      const value = parameters.has(symbol.name) ? undefined : resolved.get(symbol.name);
      if (value !== undefined) table.set(symbol, value);
      failure ??= failed.get(symbol.name);
    }
    try {
      if (failure !== undefined) throw failure;
      resolved.set(name, table.size === 0 ? term : substitute(term, table));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const placed =
        error.place === undefined ? new Failure(error.kind, error.what, { hint: error.hint, place }) : error;
      if (!assignments.has(name)) throw placed;
      failed.set(name, placed);
    }
  }
  return resolved;
}
