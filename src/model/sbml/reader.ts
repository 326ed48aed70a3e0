// Reads SBML: Level 2 Versions 1 to 5 and Level 3 Versions 1 and 2, with hierarchical composition, into a Model. Everything that is peculiar
// to SBML ends here: submodels, units of species, conversion factors, function definitions, initial assignments, rateOf.
// Left out, and refused: flux balance (fbc objectives; flux.ts reads them), other required packages. Units are not checked.
import { Failure } from "../../base/index.ts";
import {
  add,
  Context,
  freeSymbols,
  Kind,
  mul,
  neg,
  piecewise,
  relation,
  substitute,
  type Term,
} from "../../term/index.ts";
import { Q } from "../../number/index.ts";
import type { Definition, DelayedValue, Model, ModelEvent, Reaction, State } from "../model.ts";
import { inOrder } from "../order.ts";
import { matchAlgebraic } from "./algebraic.ts";
import { compose, type Instance, type Resolve } from "./composition.ts";
import { SbmlDocument } from "./document.ts";
import { settleEquilibria } from "./equilibrium.ts";
import { eventChanges, type ReadEvent, readEvents } from "./events.ts";
import { combination, equilibria, type Equilibria } from "./fast.ts";
import { initialValues } from "./initial.ts";
import { Mathematics } from "./mathematics.ts";
import { Quantities, type Quantity } from "./quantities.ts";
import { type ReadReaction, readReactions } from "./reactions.ts";
import { readRules } from "./rules.ts";
import { type Slot, Slots, writtenOut } from "./slots.ts";

/** An output that is asked for: a quantity by its name, `sub__S` for one of a submodel; of a species its amount or concentration. */
export interface SbmlOutput {
  readonly id: string;
  readonly as?: "amount" | "concentration";
}

export interface ReadSbmlOptions {
  /** Finds models in other files (external model definitions of comp). */
  readonly resolve?: Resolve;
  /** Instead of all species and everything else that varies. */
  readonly outputs?: readonly SbmlOutput[];
  readonly context?: Context;
}

/**
 * The model of an SBML document. `source` names it in messages. A species is reported in its own unit: its amount if
 * hasOnlySubstanceUnits is true, else its concentration.
 * Fails (Failure) with line and column on what is not well-formed, not defined, defined twice or in a circle; "unsupported" names what is not read.
 */
export function readSbml(text: string, source = "model.xml", options: ReadSbmlOptions = {}): Model {
  return new SbmlReader(new SbmlDocument(text, source), source, options).read();
}

class SbmlReader {
  readonly #document: SbmlDocument;
  readonly #source: string;
  readonly #options: ReadSbmlOptions;
  readonly #instances: readonly Instance[];
  readonly #quantities: Quantities;
  readonly #mathematics: Mathematics;

  constructor(document: SbmlDocument, source: string, options: ReadSbmlOptions) {
    this.#document = document;
    this.#source = source;
    this.#options = options;
    const context = options.context ?? new Context();
    if (document.list(document.model, "fbc:listOfObjectives").length > 0)
      throw document.fail(
        document.model,
        "a model of flux balance (the package fbc) has no course in time",
        "calculemus flux, or fluxBalance, finds the fluxes that are best for its objective.",
        "unsupported",
      );
    this.#instances = compose(document, options.resolve);
    this.#quantities = new Quantities(this.#instances);
    const time = context.symbol(this.#quantities.has("time") ? ".time" : "time");
    this.#mathematics = new Mathematics(context, time, this.#quantities);
    for (const { name, instance, node } of this.#quantities.functions) this.#mathematics.define(name, instance, node);
  }

  read(): Model {
    const quantities = this.#quantities;
    const mathematics = this.#mathematics;
    const rules = readRules(this.#instances, quantities, mathematics);
    const events = readEvents(this.#instances, quantities, mathematics);
    const reactions = readReactions(quantities, mathematics);
    const algebraic = matchAlgebraic(rules, quantities, mathematics);
    const fast = equilibria(reactions);
    const slots = new Slots(quantities, mathematics, fast);
    const outputs = this.#outputs(slots);
    const settled = fast === undefined ? undefined : settleEquilibria(fast, slots, mathematics);
    const equations: Definition[] = [...algebraic.equations, ...(settled?.equations ?? [])];
    const modelEvents = [...events.map((event) => this.#event(event, slots, fast)), ...(settled?.events ?? [])];
    // Derivatives of states, and reactions.
    const change = reactions
      .filter((reaction) => !reaction.fast)
      .map((reaction) => this.#slowChange(reaction, slots, fast));
    const derivatives = new Map<string, Term>();
    for (const slot of slots.values())
      if (slot.mode === "state") derivatives.set(slot.name, slot.rate ?? mathematics.context.number(0));
    for (const { reaction, states } of change)
      for (const [name, coefficient] of states)
        derivatives.set(name, add(derivatives.get(name)!, mul(reaction.rate, coefficient)));

    const used = [
      ...[...slots.values()].flatMap((slot) => (slot.rate === undefined ? [slot.term] : [slot.term, slot.rate])),
      ...outputs.map((output) => output.term),
      ...equations.map((each) => each.term),
      ...reactions.map((each) => each.rate),
      ...modelEvents.flatMap((event) => [
        event.trigger,
        ...[event.delay, event.priority].filter((each) => each !== undefined),
        ...event.assignments.map((each) => each.term),
      ]),
      ...mathematics.delays.flatMap(({ value, delay }) => [value, delay]),
    ];
    this.#reactionRates(reactions, slots, used);
    this.#ratesOfChange(slots, derivatives);

    const initial = initialValues([...slots.values()], mathematics);
    return this.#model(slots, initial, change, { outputs, equations, events: modelEvents });
  }

  /** Before the start nothing moves, and initial assignments hold with the time of then; fast reactions have not begun. */
  #delays(slots: Slots, initial: ReadonlyMap<string, Term>): readonly DelayedValue[] {
    const { time, delays, rates, context } = this.#mathematics;
    return delays.map((delayed) => {
      const stays = (name: string): boolean =>
        slots.before.has(name) || (name.endsWith(".rate") && rates.has(name.slice(0, -5)));
      const value = writtenOut(delayed.value, slots, stays);
      const table = new Map<Term, Term>();
      for (const symbol of freeSymbols(value)) {
        const { name } = symbol;
        const start = initial.get(name);
        if (slots.before.has(name)) table.set(symbol, slots.before.get(name)!);
        else if (stays(name)) table.set(symbol, context.number(0));
        else if (start !== undefined && symbol !== time && freeSymbols(start).includes(time)) table.set(symbol, start);
      }
      if (table.size === 0) return delayed;
      const before = substitute(value, table);
      return { ...delayed, value: piecewise([[delayed.value, relation(">=", time, 0)]], before) };
    });
  }

  /** Rates of reactions that mathematics or outputs name. */
  #reactionRates(reactions: readonly ReadReaction[], slots: Slots, used: readonly Term[]): void {
    const named = new Set(freeSymbols(...used).map((symbol) => symbol.name));
    for (const name of this.#mathematics.rates) named.add(name);
    for (const { quantity, rate } of reactions)
      if (named.has(quantity.name))
        slots.set(quantity.name, {
          name: quantity.name,
          mode: "assignment",
          term: rate,
          place: quantity.instance.document.place(quantity.node),
        });
  }

  /** The assignments `X.rate` for all X whose rate of change is asked for, by the chain rule. */
  #ratesOfChange(slots: Slots, derivatives: ReadonlyMap<string, Term>): void {
    const mathematics = this.#mathematics;
    // The set grows while it is walked through: the rate of an assignment asks for the rates of what it uses.
    for (const name of mathematics.rates) {
      const slot = slots.get(name);
      if (slot === undefined) throw new Failure("name", `${this.#source}: the rate of "${name}" is not known`);
      if (slot.mode === "unknown")
        throw new Failure(
          "unsupported",
          `the rate of change of "${name}", which an algebraic rule determines, is not done`,
          { place: slot.place },
        );
      const term =
        slot.mode === "assignment"
          ? mathematics.rateOf(slot.term)
          : (derivatives.get(name) ?? mathematics.context.number(0));
      slots.set(`${name}.rate`, { name: `${name}.rate`, mode: "assignment", term, place: slot.place });
    }
  }

  /** What a slow reaction does to states. */
  #slowChange(
    reaction: ReadReaction,
    slots: Slots,
    fast: Equilibria | undefined,
  ): { reaction: ReadReaction; states: ReadonlyMap<string, Term> } {
    const states = new Map<string, Term>();
    const put = (name: string, term: Term): void => {
      const before = states.get(name);
      const sum = before === undefined ? term : add(before, term);
      if (sum.kind === Kind.number && Q.sign(sum.value) === 0) states.delete(name);
      else states.set(name, sum);
    };
    for (const [species, coefficient] of reaction.change) {
      if (fast?.others.has(species)) put(slots.slowName(species), coefficient);
      else if (fast?.pivots.includes(species)) {
        const off = `${slots.stateOf(species).name}.off`;
        if (slots.has(off)) put(off, coefficient);
        for (const [other, weights] of fast.others) {
          const weight = weights.get(species);
          if (weight !== undefined) put(slots.slowName(other), neg(mul(coefficient, weight)));
        }
      } else put(slots.stateOf(species).name, coefficient);
    }
    return { reaction, states };
  }

  #event(event: ReadEvent, slots: Slots, fast: Equilibria | undefined): ModelEvent {
    const { instance } = event;
    const changes = eventChanges(event, slots, this.#quantities, this.#mathematics);
    let assignments: Definition[] = changes.map(({ name, term, node }) => ({
      name,
      term,
      place: instance.document.place(node),
    }));
    if (fast !== undefined) {
      const after = new Map(assignments.map((each) => [each.name, each.term]));
      const value = (species: Quantity): Term => {
        const { name } = slots.stateOf(species);
        return after.get(name) ?? this.#mathematics.context.symbol(name);
      };
      const moved: Definition[] = [];
      for (const [other, weights] of fast.others)
        if ([other, ...weights.keys()].some((each) => after.has(slots.stateOf(each).name)))
          moved.push({ name: slots.slowName(other), term: combination(value(other), weights, value, -1) });
      const replaced = new Set(
        [...fast.others.keys(), ...fast.pivots]
          .map((each) => slots.stateOf(each).name)
          .filter((each) => slots.get(each)?.mode === "assignment"),
      );
      // While the reaction is switched off, its amount is kept apart.
      for (const { name, term, place } of assignments)
        if (slots.has(`${name}.off`)) moved.push({ name: `${name}.off`, term, place });
      assignments = [...assignments.filter((each) => !replaced.has(each.name)), ...moved];
    }
    const { name, trigger, before, persistent, priority, delay, valuesAtTrigger } = event;
    const place = instance.document.place(event.node);
    return { name, trigger, before, persistent, priority, delay, valuesAtTrigger, assignments, place };
  }

  #outputs(slots: Slots): Definition[] {
    const { outputs } = this.#options;
    if (outputs !== undefined) return outputs.map((output) => this.#output(output, slots));
    const varying = [...this.#quantities.values()].filter((quantity) => {
      const mode = slots.get(quantity.name)?.mode;
      if (quantity.kind === "species") return true;
      return mode !== undefined && mode !== "parameter" && quantity.kind !== "reaction" && !quantity.name.includes(".");
    });
    return varying.map((quantity) => ({
      name: quantity.name,
      term: this.#mathematics.context.symbol(quantity.name),
      place: quantity.instance.document.place(quantity.node),
    }));
  }

  #output({ id, as }: SbmlOutput, slots: Slots): Definition {
    const quantity = this.#quantities.get(id);
    if (quantity?.kind === "species" && as !== undefined)
      return { name: id, term: as === "amount" ? slots.amount(quantity) : slots.concentration(quantity) };
    if (quantity !== undefined) return { name: id, term: this.#mathematics.context.symbol(id) };
    // A name inside a submodel that stands for a quantity elsewhere.
    for (const instance of this.#instances) {
      if (!id.startsWith(instance.prefix)) continue;
      const inner = id.slice(instance.prefix.length);
      const flat = instance.flat(inner);
      const term = this.#mathematics.symbol(instance, inner);
      if (term === undefined || flat === id) continue;
      return { name: id, term: this.#output({ id: flat, as }, slots).term };
    }
    throw this.#document.fail(this.#document.model, `there is no quantity "${id}" to report`, undefined, "name");
  }

  #model(
    slots: Slots,
    initial: ReadonlyMap<string, Term>,
    change: readonly { readonly reaction: ReadReaction; readonly states: ReadonlyMap<string, Term> }[],
    parts: { outputs: readonly Definition[]; equations: readonly Definition[]; events: readonly ModelEvent[] },
  ): Model {
    const mathematics = this.#mathematics;
    const { context, time } = mathematics;
    const all = [...slots.values()];
    const state = ({ name, place }: Slot): State => ({
      name,
      symbol: context.symbol(name),
      initial: initial.get(name)!,
      fixed: false,
      place,
    });
    const moving = all.filter((slot) => slot.mode === "state" || slot.mode === "unknown");
    const at = new Map(moving.map((slot, i) => [slot.name, i]));
    const reactions: Reaction[] = [];
    const equations = new Map<number, Term>();
    for (const slot of moving) if (slot.rate !== undefined) equations.set(at.get(slot.name)!, slot.rate);
    for (const { reaction, states } of change) {
      if (states.size === 0) continue;
      const whole = new Map(
        [...states].flatMap(([name, { kind, value }]) =>
          kind === Kind.number && typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 1e6
            ? [[at.get(name)!, value] as const]
            : [],
        ),
      );
      const { quantity, rate } = reaction;
      if (whole.size === states.size)
        reactions.push({
          name: quantity.name,
          change: whole,
          rate,
          place: quantity.instance.document.place(quantity.node),
        });
      else
        for (const [name, coefficient] of states) {
          const i = at.get(name)!;
          const part = mul(rate, coefficient);
          const before = equations.get(i);
          equations.set(i, before === undefined ? part : add(before, part));
        }
    }
    const specials: Definition[] = [...mathematics.specials].map(([name, value]) => ({
      name,
      term: context.number(0),
      value,
    }));
    const parameters = [...initial].filter(([name]) => slots.get(name)?.mode === "parameter");
    const assignments = all.filter((slot) => slot.mode === "assignment");
    const unknowns = new Set(moving.flatMap((slot, i) => (slot.mode === "unknown" ? [i] : [])));
    const discrete = all.filter((slot) => slot.mode === "discrete").map(state);
    return {
      name: this.#source,
      format: "sbml",
      context,
      time,
      parameters: [...specials, ...parameters.map(([name, term]) => ({ name, term, place: slots.get(name)!.place }))],
      states: moving.map(state),
      assignments: inOrder(
        assignments.map(({ name, term, place }) => ({ name, term, place })),
        "rules",
      ),
      reactions,
      equations,
      ...(discrete.length > 0 && { discrete }),
      ...(parts.equations.length > 0 && { algebraic: parts.equations, unknowns }),
      ...(parts.events.length > 0 && { events: parts.events }),
      ...(mathematics.delays.length > 0 && { delays: this.#delays(slots, initial) }),
      outputs: parts.outputs,
    };
  }
}
