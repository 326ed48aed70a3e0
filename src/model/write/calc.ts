// Writes a model as `.calc` text (calc.ts reads it). Left out: names of reactions and of events; values that are infinite or NaN, which are refused.
import { Failure } from "../../base/index.ts";
import { Context, freeSymbols, Kind, parse, print, substitute, type Term } from "../../term/index.ts";
import type { Definition, DelayedValue, Model, State } from "../model.ts";
import { decimalText } from "./decimal.ts";
import { Names, renamingNotes } from "./names.ts";
import { allTerms, partsOf, sidesOf, type Written, type WrittenParts } from "./parts.ts";

/** Words with a meaning in `.calc`. */
const WORDS = new Set([
  "t", "param", "state", "discrete", "unknown", "let", "when", "reaction", "output", "time", "delay", "after", "priority", "drop",
  "initially", "noise", "late", "points",
]); // oxfmt-ignore

/**
 * The model as `.calc` text that reads back as a model with the same curves. Outputs are named as the model names them where that is possible.
 * Fails (Failure, "unsupported") on parameters that are infinite or NaN.
 */
export function writeCalc(model: Model): Written {
  return new CalcWriter(model).write();
}

class CalcWriter {
  readonly #model: Model;
  readonly #names = new Names(allowed, (name) => name.replace(/[^\p{L}\p{N}_]+/gu, "_").replace(/^(?![\p{L}_])/u, "_"));
  readonly #lines: string[] = [];
  readonly #notes: string[] = [];
  /** Symbols that are written otherwise: time, and a placeholder for each delayed value. */
  readonly #others = new Map<string, Term>();
  readonly #delayed = new Map<string, DelayedValue>();
  readonly #delayTexts = new Map<string, string>();

  constructor(model: Model) {
    this.#model = model;
  }

  write(): Written {
    const model = this.#model;
    const parts = withoutSpecials(partsOf(model), model, this.#notes);
    const names = this.#names;
    names.declare(
      [...parts.parameters, ...model.states, ...parts.discrete, ...model.assignments, ...parts.rates].map(
        ({ name }) => name,
      ),
    );
    const { context } = model;
    this.#others.set(model.time.name, context.symbol("t"));
    for (const delayed of model.delays ?? []) {
      const placeholder = names.fresh("delayed");
      this.#others.set(delayed.symbol.name, context.symbol(placeholder));
      this.#delayed.set(placeholder, delayed);
    }

    this.#lines.push(`# ${model.name.replace(/[\r\n]+/g, " ")}`);
    for (const each of parts.parameters) this.#parameter(each);
    for (const each of parts.constants) this.#lines.push(`param ${names.of(each.name)} = ${this.#initial(each)}`);
    for (const { name, initial } of parts.reacting)
      this.#lines.push(`state ${names.of(name)} = ${this.#start(initial)}`);
    for (const { state } of parts.moving) this.#lines.push(`state ${names.of(state.name)} = ${this.#initial(state)}`);
    for (const each of parts.unknowns) this.#lines.push(`unknown ${names.of(each.name)} = ${this.#initial(each)}`);
    for (const each of parts.discrete) this.#lines.push(`discrete ${names.of(each.name)} = ${this.#initial(each)}`);
    const still = parts.reacting.length + parts.moving.length + parts.unknowns.length === 0 ? names.fresh("still") : undefined; // oxfmt-ignore
    if (still !== undefined) {
      this.#lines.push(`state ${still} = 0`, `${still}' = 0`);
      this.#notes.push(`a model needs a state: ${still} was added, which stands still`);
    }
    for (const { name, term } of [...model.assignments, ...parts.rates])
      this.#lines.push(`let ${names.of(name)} = ${this.#text(term)}`);
    for (const reaction of parts.reactions) {
      const { left, right } = sidesOf(model, reaction);
      const side = (members: readonly [string, number][]): string =>
        members.length === 0
          ? "0"
          : members.map(([name, count]) => `${count === 1 ? "" : `${count} `}${names.of(name)}`).join(" + ");
      this.#lines.push(`reaction ${side(left)} -> ${side(right)} : ${this.#text(reaction.rate)}`);
    }
    for (const { state, rate } of parts.moving) this.#lines.push(`${names.of(state.name)}' = ${this.#text(rate)}`);
    for (const [at, term] of model.noise ?? [])
      this.#lines.push(`noise ${names.of(model.states[at].name)} = ${this.#text(term)}`);
    for (const { term } of model.algebraic ?? []) this.#lines.push(`0 = ${this.#text(term)}`);
    this.#events();
    this.#outputs();
    const { span } = model;
    if (span !== undefined)
      this.#lines.push(`time ${span.from} .. ${span.to}${span.points === undefined ? "" : ` points ${span.points}`}`);
    const { renamed } = names;
    return { text: `${this.#lines.join("\n")}\n`, notes: [...renamingNotes(renamed), ...this.#notes], names: renamed };
  }

  #parameter({ name, term, value, place }: Definition): void {
    if (value !== undefined)
      throw new Failure("unsupported", `the parameter "${name}" is ${value}, which .calc cannot say`, { place });
    this.#lines.push(`param ${this.#names.of(name)} = ${this.#start(term)}`);
  }

  #initial({ initial }: State): string {
    return this.#start(initial);
  }

  /** A value at the start: time is a number there. */
  #start(term: Term): string {
    const { time, context, span } = this.#model;
    return this.#text(substitute(term, new Map([[time, context.number(span?.from ?? 0)]])));
  }

  #text(term: Term): string {
    if (term.kind === Kind.number) {
      const decimal = decimalText(term.value);
      if (decimal !== undefined) return decimal;
    }
    const text = print(this.#names.within(term, this.#model.context, this.#others));
    if (this.#delayed.size === 0) return text;
    return text.replace(/delayed(?:_\d+)?(?![\p{L}\p{N}_])/gu, (name, at: number) =>
      at > 0 && /[\p{L}\p{N}_]/u.test(text[at - 1]) ? name : this.#delayText(name),
    );
  }

  /** delay(x, 2) for a placeholder; a delayed value may hold others. */
  #delayText(placeholder: string): string {
    const delayed = this.#delayed.get(placeholder);
    if (delayed === undefined) return placeholder;
    let text = this.#delayTexts.get(placeholder);
    if (text === undefined) {
      text = `delay(${this.#text(delayed.value)}, ${this.#text(delayed.delay)})`;
      this.#delayTexts.set(placeholder, text);
    }
    return text;
  }

  #events(): void {
    for (const event of this.#model.events ?? []) {
      if (event.assignments.length === 0) {
        this.#notes.push(`the event "${event.name}", which sets nothing, was left out`);
        continue;
      }
      const { trigger, delay, priority, persistent, before, valuesAtTrigger } = event;
      const options = [
        delay === undefined ? "" : ` after ${this.#text(delay)}`,
        priority === undefined ? "" : ` priority ${this.#text(priority)}`,
        persistent ? "" : " drop",
        before ? "" : " initially",
        valuesAtTrigger ? "" : " late",
      ].join("");
      const assignments = event.assignments.map(({ name, term }) => `${this.#names.of(name)} = ${this.#text(term)}`);
      this.#lines.push(`when ${this.#text(trigger)}${options} : ${assignments.join(", ")}`);
    }
  }

  #outputs(): void {
    const names = new Names((name) => PLAIN.test(name), (name) => name.replace(/[^\p{L}\p{N}_]+/gu, "_").replace(/^(?![\p{L}_])/u, "_")); // oxfmt-ignore
    names.declare(this.#model.outputs.map(({ name }) => name));
    for (const { name, term } of this.#model.outputs) {
      const own = names.of(name);
      const text = this.#text(term);
      this.#lines.push(`output ${own === text ? own : `${own} = ${text}`}`);
      if (own !== name) this.#notes.push(`the output ${name} is ${own}`);
    }
  }
}

/** Leaves out parameters without a finite value, and those given by them, where nothing else needs them. */
function withoutSpecials(parts: WrittenParts, model: Model, notes: string[]): WrittenParts {
  const special = new Set<string>();
  for (const { name, term, value } of parts.parameters)
    if (value !== undefined || freeSymbols(term).some((symbol) => special.has(symbol.name))) special.add(name);
  if (special.size === 0) return parts;
  const needed = new Set(freeSymbols(...allTerms({ ...model, parameters: [] })).map((symbol) => symbol.name));
  for (const { name, term } of parts.parameters.toReversed())
    if (needed.has(name) || !special.has(name)) for (const symbol of freeSymbols(term)) needed.add(symbol.name);
  const dropped = [...special].filter((name) => !needed.has(name));
  if (dropped.length > 0) notes.push(`parameters without a value, which nothing uses, were left out: ${dropped.join(", ")}`); // oxfmt-ignore
  const left = new Set(dropped);
  return { ...parts, parameters: parts.parameters.filter(({ name }) => !left.has(name)) };
}

const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const trial = new Context();

/** Is it a name that stands for itself in an expression? */
function allowed(name: string): boolean {
  if (!PLAIN.test(name) || WORDS.has(name)) return false;
  const symbol = trial.symbol(name);
  // What is printed in backticks is not allowed where names are declared.
  if (print(symbol) !== name) return false;
  try {
    return parse(name, { context: trial, names: (each) => (each === name ? symbol : undefined) }) === symbol;
  } catch {
    return false;
  }
}
