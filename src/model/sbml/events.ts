// Events. SBML Level 3 Version 2 Core, section 4.12; Level 2 Version 5, section 4.14.
import { isCondition, mul, type Term, div, type XmlElement } from "../../term/index.ts";
import type { Instance } from "./composition.ts";
import type { Mathematics } from "./mathematics.ts";
import type { Quantities, Quantity } from "./quantities.ts";
import { target } from "./rules.ts";
import type { Slots } from "./slots.ts";

export interface ReadEvent {
  readonly name: string;
  readonly instance: Instance;
  readonly node: XmlElement;
  readonly trigger: Term;
  readonly before: boolean;
  readonly persistent: boolean;
  readonly priority: Term | undefined;
  readonly delay: Term | undefined;
  readonly valuesAtTrigger: boolean;
  /** New values of what the symbols mean. */
  readonly assignments: ReadonlyMap<Quantity, { readonly term: Term; readonly node: XmlElement }>;
}

export function readEvents(
  instances: readonly Instance[],
  quantities: Quantities,
  mathematics: Mathematics,
): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (const instance of instances)
    for (const node of instance.list(instance.model, "listOfEvents")) {
      const event = readEvent(
        instance,
        node,
        `${instance.prefix}${node.attributes.id ?? `event.${events.length + 1}`}`,
        quantities,
        mathematics,
      );
      if (event !== undefined) events.push(event);
    }
  return events;
}

function readEvent(
  instance: Instance,
  node: XmlElement,
  name: string,
  quantities: Quantities,
  mathematics: Mathematics,
): ReadEvent | undefined {
  const { document } = instance;
  const assignments = new Map<Quantity, { readonly term: Term; readonly node: XmlElement }>();
  for (const each of instance.list(node, "listOfEventAssignments")) {
    const { quantity, scaled } = target(instance, each, "variable", quantities, mathematics);
    if (quantity.assignment !== undefined)
      throw document.fail(each, `"${quantity.name}" has an assignment rule and cannot be assigned by an event`);
    if (assignments.has(quantity)) throw document.fail(each, `the event assigns "${quantity.name}" twice`);
    const term = mathematics.value(instance, each);
    if (term === undefined) continue;
    quantity.inEvents = true;
    assignments.set(quantity, { term: scaled(term), node: each });
  }
  const part = (tag: string): XmlElement | undefined => instance.child(node, tag);
  const value = (tag: string): Term | undefined => {
    const child = part(tag);
    return child === undefined ? undefined : mathematics.value(instance, child);
  };
  const triggerNode = part("trigger");
  if (triggerNode === undefined && document.level < 3) throw document.fail(node, "the event has no <trigger>");
  const trigger = triggerNode === undefined ? undefined : mathematics.condition(instance, triggerNode);
  const delay = value("delay");
  const priority = value("priority");
  // An event that nothing triggers never happens.
  if (trigger === undefined || triggerNode === undefined || !isCondition(trigger)) return undefined;
  return {
    name,
    instance,
    node,
    trigger,
    before: document.flag(triggerNode, "initialValue", true),
    persistent: document.flag(triggerNode, "persistent", true),
    priority,
    delay: delay === undefined ? undefined : mul(delay, mathematics.product(instance.timeFactors)),
    valuesAtTrigger: document.flag(node, "useValuesFromTriggerTime", true),
    assignments,
  };
}

/** Assignments of an event as they change the model's own quantities: amounts instead of concentrations where those are kept. */
export function eventChanges(
  event: ReadEvent,
  slots: Slots,
  quantities: Quantities,
  mathematics: Mathematics,
): { readonly name: string; readonly term: Term; readonly node: XmlElement }[] {
  const { context } = mathematics;
  // All values are those before the event: a new concentration means an amount by the size the compartment has before it changes
  // in the same event (case 01779 of the test suite).
  const resized = ({ compartment }: Quantity): Term | undefined =>
    event.assignments.get(quantities.get(compartment)!)?.term;
  const changes = [...event.assignments].map(([quantity, { term, node }]) => {
    const { name, amount } = slots.stateOf(quantity);
    if (quantity.kind !== "species" || quantity.amounts) return { name, term, node };
    const after = resized(quantity);
    if (amount && event.delay !== undefined && event.valuesAtTrigger && varies(quantity.compartment, event, quantities))
      throw event.instance.document.fail(
        node,
        `a concentration is assigned after a delay, in which the compartment "${quantity.compartment}" may change its size`,
        "Values of the time of the trigger and sizes of the time of the assignment together are not done.",
        "unsupported",
      );
    if (amount) return { name, term: mul(term, slots.sizeFor(quantity)), node };
    return {
      name,
      term: after === undefined ? term : div(mul(term, context.symbol(quantity.compartment)), after),
      node,
    };
  });
  // Amounts stay when a compartment changes its size: concentrations that are kept as such change.
  for (const species of quantities.values()) {
    if (species.kind !== "species" || species.amounts || event.assignments.has(species)) continue;
    const assigned = event.assignments.get(quantities.get(species.compartment)!);
    if (assigned === undefined || (species.rate === undefined && !species.unknown)) continue;
    const { name, amount } = slots.stateOf(species);
    if (!amount)
      changes.push({
        name,
        term: div(mul(context.symbol(name), context.symbol(species.compartment)), assigned.term),
        node: assigned.node,
      });
  }
  return changes;
}

/** May the size of a compartment change but by this event? */
function varies(name: string, event: ReadEvent, quantities: Quantities): boolean {
  const compartment = quantities.get(name)!;
  if (compartment.assignment !== undefined || compartment.rate !== undefined || compartment.unknown) return true;
  return compartment.inEvents && !event.assignments.has(compartment);
}
