// Events, conditions and delays of a model as functions to be compiled, and as the parts that a hybrid run works with.
import type { HybridEvent, HybridParts } from "../dynamics/index.ts";
import { isCondition, Kind, piecewise, postorder, relation, sub, type Term } from "../term/index.ts";
import { Failure } from "../base/index.ts";
import type { Equations } from "./derive.ts";
import type { Model } from "./model.ts";
import type { SharedMemory } from "./shared-memory.ts";

export interface HybridTerms {
  /** Functions of t and y by name: steps, triggers, actions, delays, delayed. */
  readonly functions: Readonly<Record<"steps" | "triggers" | "actions" | "delays" | "delayed", readonly Term[]>>;
  readonly events: readonly HybridEvent[];
  /** Which delayed values each delayed value's quantity contains. */
  readonly uses: readonly (readonly number[])[];
  /** Number of all values. */
  readonly size: number;
}

/** Functions whose values jump. */
const STEPS = new Set(["floor", "ceil", "sign"]);

/** What makes the model hybrid; undefined for plain equations. */
export function hybridTerms(model: Model, { rightHandSides, inline }: Equations): HybridTerms | undefined {
  const { events = [], delays = [], discrete = [] } = model;
  const one = model.context.number(1);
  const zero = model.context.number(0);
  const truth = (condition: Term): Term => piecewise([[one, condition]], zero);
  const triggers = events.map((event) => {
    const trigger = inline(event.trigger);
    if (!isCondition(trigger))
      throw new Failure("domain", `the trigger of the event ${event.name} is not a condition`, { place: event.place });
    return trigger;
  });
  const steps = stepsIn([...rightHandSides, ...triggers], truth);
  if (steps.length === 0 && events.length === 0 && delays.length === 0) return undefined;
  const states = new Map(model.states.map((state, i) => [state.name, i]));
  const held = new Map(discrete.map((each, i) => [each.name, i]));
  const actions: Term[] = [];
  const described = events.map((event): HybridEvent => {
    const valuesAt = actions.length;
    const targets = event.assignments.map(({ name, term, place }) => {
      actions.push(inline(term));
      const state = states.get(name);
      if (state !== undefined) return { kind: "state" as const, at: state };
      const at = held.get(name);
      if (at === undefined)
        throw new Failure(
          "name",
          `the event ${event.name} sets "${name}", which is neither a state nor a discrete quantity`,
          { place },
        );
      return { kind: "discrete" as const, at };
    });
    const delayAt = event.delay === undefined ? -1 : actions.push(inline(event.delay)) - 1;
    const priorityAt = event.priority === undefined ? -1 : actions.push(inline(event.priority)) - 1;
    return {
      name: event.name,
      before: event.before,
      persistent: event.persistent,
      valuesAtTrigger: event.valuesAtTrigger,
      delayed: delayAt >= 0,
      prioritised: priorityAt >= 0,
      targets,
      valuesAt,
      delayAt,
      priorityAt,
    };
  });
  const functions = {
    steps,
    triggers: triggers.map(truth),
    actions,
    delays: delays.map(({ delay }) => inline(delay)),
    delayed: delays.map(({ value }) => inline(value)),
  };
  const symbols = new Map(delays.map(({ symbol }, k) => [symbol, k]));
  return {
    functions,
    events: described,
    uses: delays.map((_, k) =>
      postorder([functions.delays[k], functions.delayed[k]]).flatMap((term) => symbols.get(term) ?? []),
    ),
    size: Object.values(functions).reduce((sum, terms) => sum + terms.length, 0),
  };
}

/**
 * Values with jumps in these terms: the truth of relations, whole parts, signs. For equations (=, !=), which hold at points
 * only, which side is the greater.
 */
function stepsIn(terms: readonly Term[], truth: (condition: Term) => Term): Term[] {
  const found = new Set<Term>();
  for (const term of postorder(terms)) {
    if (term.kind === Kind.relation) {
      if (term.name !== "=" && term.name !== "!=") found.add(truth(term));
      else {
        const difference = sub(term.args[0], term.args[1]);
        found.add(truth(relation("<", difference, 0)));
        found.add(truth(relation(">", difference, 0)));
      }
    } else if (term.kind === Kind.call && STEPS.has(term.name)) found.add(term);
  }
  return [...found];
}

/** The parts of a hybrid run, from the compiled functions. */
export function hybridParts(
  model: Model,
  { functions, events, uses }: HybridTerms,
  shared: SharedMemory,
  discreteStart: Float64Array,
  seed: number,
): HybridParts {
  const from = model.parameters.length;
  const discrete = shared.parameters.subarray(from, from + discreteStart.length);
  const call = (name: keyof HybridTerms["functions"]): HybridParts["steps"] =>
    functions[name].length === 0 ? () => {} : shared.call(name, functions[name].length);
  const delays = model.delays ?? [];
  const slotsAt = from + discreteStart.length;
  return {
    events,
    discrete,
    discreteStart,
    discreteNames: (model.discrete ?? []).map(({ name }) => name),
    stepCount: functions.steps.length,
    steps: call("steps"),
    triggers: call("triggers"),
    actionCount: functions.actions.length,
    actions: call("actions"),
    delays:
      delays.length === 0
        ? undefined
        : {
            count: delays.length,
            slots: shared.parameters.subarray(slotsAt, slotsAt + delays.length),
            delays: call("delays"),
            values: call("delayed"),
            uses,
            names: delays.map(({ symbol }) => symbol.name),
          },
    seed,
  };
}
