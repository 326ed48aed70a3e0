// Carrying out events at an instant: which triggers turned true, what is due, in which order, and what follows from it.
// Semantics: SBML Level 3 Version 2 core, section 4.11 (triggers, delays, priorities, persistence).
import { Failure, Random } from "../../base/index.ts";
import type { HybridParts } from "./parts.ts";

/** An event on its way from trigger to execution. */
interface Pending {
  readonly event: number;
  readonly due: number;
  /** New values computed at the trigger, where they are wanted from then. */
  readonly values?: Float64Array;
}

/** The state of a run as events see and change it. */
export interface Instant {
  readonly y: Float64Array;
  /** Makes delayed values and unknowns fit the present state; called after every change. */
  settle(t: number): void;
}

/** Events carried out at one instant before they are taken for an endless chain. */
const MOST_AT_ONCE = 10_000;

export class EventQueue {
  readonly #parts: HybridParts;
  readonly #holds: Uint8Array;
  readonly #triggers: Float64Array;
  readonly #actions: Float64Array;
  readonly #random: Random;
  #pending: Pending[] = [];
  /** Events carried out so far. */
  executed = 0;
  /** Pairs of events that set the same thing at the same instant without a priority that orders them: what stays is chance. */
  readonly contradictions = new Map<string, { readonly t: number; readonly events: readonly [string, string] }>();
  /** Time and name of the first events, for evidence and messages. */
  readonly log: { readonly t: number; readonly event: string }[] = [];

  constructor(parts: HybridParts) {
    this.#parts = parts;
    const { events, actionCount } = parts;
    this.#holds = Uint8Array.from(events, ({ before }) => (before ? 1 : 0));
    this.#triggers = new Float64Array(events.length);
    this.#actions = new Float64Array(actionCount);
    this.#random = new Random(parts.seed, 1);
  }

  /** When the next delayed event is due; infinity where none waits. */
  get nextDue(): number {
    return this.#pending.reduce((least, { due }) => Math.min(least, due), Infinity);
  }

  /** Whether a trigger has changed since it was last looked at. */
  changed(t: number, y: Float64Array): boolean {
    this.#parts.triggers(t, y, this.#triggers);
    return this.#triggers.some((value, e) => (value > 0 ? 1 : 0) !== this.#holds[e]);
  }

  /** Looks at all triggers at t and carries out what is due. Returns the number of events executed. */
  run(t: number, instant: Instant): number {
    const { events } = this.#parts;
    let count = 0;
    this.#look(t, instant.y);
    const set = new Map<string, { readonly event: number; readonly priority: number }>();
    for (;;) {
      const due = this.#pending.filter((each) => each.due <= t);
      if (due.length === 0) return count;
      const next = this.#first(t, instant.y, due);
      this.#pending.splice(this.#pending.indexOf(next), 1);
      this.#contradict(t, instant.y, next.event, set);
      this.#execute(t, instant, next);
      if (this.log.length < MOST_AT_ONCE) this.log.push({ t, event: events[next.event].name });
      this.executed++;
      if (++count > MOST_AT_ONCE)
        throw new Failure(
          "numeric",
          `more than ${MOST_AT_ONCE} events follow each other at t = ${t} (${events[next.event].name} and others)`,
          {
            hint: "Events that trigger each other without end have no solution; a delay or a persistent state is missing.",
          },
        );
      instant.settle(t);
      this.#look(t, instant.y);
    }
  }

  /** Takes note of triggers that changed: new ones wait for their turn, those that turned false and do not persist are dropped. */
  #look(t: number, y: Float64Array): void {
    const { events } = this.#parts;
    this.#parts.triggers(t, y, this.#triggers);
    let acted = false;
    events.forEach((event, e) => {
      const holds = this.#triggers[e] > 0 ? 1 : 0;
      if (holds === this.#holds[e]) return;
      this.#holds[e] = holds;
      if (holds === 0) {
        if (!event.persistent) this.#pending = this.#pending.filter((each) => each.event !== e);
        return;
      }
      if (!acted && (event.delayed || event.valuesAtTrigger)) {
        this.#parts.actions(t, y, this.#actions);
        acted = true;
      }
      const delay = event.delayed ? this.#actions[event.delayAt] : 0;
      if (!(delay >= 0))
        throw new Failure("numeric", `the delay of the event ${event.name} is ${delay} at t = ${t}`, {
          hint: "A delay must be a number that is not negative.",
        });
      this.#pending.push({
        event: e,
        due: t + delay,
        values: event.valuesAtTrigger
          ? this.#actions.slice(event.valuesAt, event.valuesAt + event.targets.length)
          : undefined,
      });
    });
  }

  /** Notes where this event sets what another of the same rank has set at this instant. */
  #contradict(t: number, y: Float64Array, e: number, set: Map<string, { event: number; priority: number }>): void {
    const { events } = this.#parts;
    const event = events[e];
    if (event.prioritised) this.#parts.actions(t, y, this.#actions);
    const priority = event.prioritised ? this.#actions[event.priorityAt] : -Infinity;
    for (const { kind, at } of event.targets) {
      const key = `${kind} ${at}`;
      const before = set.get(key);
      if (before !== undefined && before.event !== e && before.priority === priority) {
        const names = [events[before.event].name, event.name].sort() as [string, string];
        if (!this.contradictions.has(names.join("\n"))) this.contradictions.set(names.join("\n"), { t, events: names });
      }
      set.set(key, { event: e, priority });
    }
  }

  /** The one with the greatest priority; among equals a random one. Events without priority come in no particular order: last here. */
  #first(t: number, y: Float64Array, due: readonly Pending[]): Pending {
    if (due.length === 1) return due[0];
    const { events } = this.#parts;
    if (due.some(({ event }) => events[event].prioritised)) this.#parts.actions(t, y, this.#actions);
    const priority = ({ event }: Pending): number =>
      events[event].prioritised ? this.#actions[events[event].priorityAt] : -Infinity;
    const highest = due.reduce((most, each) => Math.max(most, priority(each)), -Infinity);
    const among = due.filter((each) => priority(each) === highest || Number.isNaN(highest));
    if (among.length <= 1) return among[0] ?? due[0];
    return among[Math.floor(this.#random.next() * among.length)];
  }

  #execute(t: number, { y }: Instant, { event, values }: Pending): void {
    const { events, discrete } = this.#parts;
    const { targets, valuesAt, name } = events[event];
    let fresh = values;
    if (fresh === undefined) {
      this.#parts.actions(t, y, this.#actions);
      fresh = this.#actions.subarray(valuesAt, valuesAt + targets.length);
    }
    targets.forEach(({ kind, at }, k) => {
      if (kind === "discrete") {
        discrete[at] = fresh[k];
        return;
      }
      if (!Number.isFinite(fresh[k]))
        throw new Failure("numeric", `the event ${name} sets a state to ${fresh[k]} at t = ${t}`);
      y[at] = fresh[k];
    });
  }
}
