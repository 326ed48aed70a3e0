// Writes a model as SBML Level 3 Version 2 core. States that only reactions change are species, as amounts in one compartment of size 1;
// all else are parameters with rules. Left out: units; the time span, which SBML cannot say. Functions that its MathML lacks are
// written out, or refused.
import { Failure } from "../../base/index.ts";
import { Q, type Rational } from "../../number/index.ts";
import { add, call, div, freeSymbols, index, Kind, mul, neg, piecewise, postorder, pow, printTerm, relation, sub, substitute, type Term } from "../../term/index.ts"; // oxfmt-ignore
import type { Definition, DelayedValue, Model, ModelEvent, Reaction } from "../model.ts";
import { decimalOf, decimalText } from "./decimal.ts";
import { Names, renamingNotes } from "./names.ts";
import { partsOf, sidesOf, type Written } from "./parts.ts";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const SYMBOLS = "http://www.sbml.org/sbml/symbols";
const SID = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Whole numbers that readers of SBML can be expected to hold as such. */
const LARGEST_INTEGER = 2 ** 31;

/**
 * The model as an SBML document (Level 3 Version 2) that reads back as a model with the same curves. Outputs that are no quantity become
 * parameters with assignment rules.
 * Fails (Failure, "unsupported") on functions that the MathML of SBML lacks.
 */
export function writeSbml(model: Model): Written {
  return new SbmlWriter(model).write();
}

class SbmlWriter {
  readonly #model: Model;
  readonly #names = new Names(
    (name) => SID.test(name),
    (name) => name.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^(?![A-Za-z_])/, "_"),
  );
  readonly #notes: string[] = [];
  /** Placeholders in printed mathematics, by name: for time, and for delayed values. */
  readonly #others = new Map<string, Term>();
  readonly #delayed = new Map<string, DelayedValue>();
  #time = "";
  readonly #initial: string[] = [];
  readonly #rules: string[] = [];
  readonly #parameters: string[] = [];

  constructor(model: Model) {
    this.#model = model;
  }

  write(): Written {
    const model = this.#model;
    const names = this.#names;
    if (model.noise !== undefined && model.noise.size > 0)
      throw new Failure("unsupported", "SBML cannot say noise", { hint: "Write .calc instead." });
    const parts = partsOf(model);
    names.declare(
      [...parts.parameters, ...model.states, ...parts.discrete, ...model.assignments, ...parts.rates].map(
        ({ name }) => name,
      ),
    );
    this.#time = names.fresh("time_");
    // Runs of SBML start at 0.
    const from = model.span?.from ?? 0;
    this.#others.set(model.time.name, add(model.context.symbol(this.#time), model.context.number(Q.fromNumber(from))));
    for (const delayed of model.delays ?? []) {
      const placeholder = names.fresh("delayed_");
      this.#others.set(delayed.symbol.name, model.context.symbol(placeholder));
      this.#delayed.set(placeholder, delayed);
    }
    for (const { name, term, value } of parts.parameters) this.#parameter(name, value ?? term, true);
    for (const { name, initial } of parts.constants) this.#parameter(name, initial, true);
    for (const { name, initial } of [...parts.discrete, ...parts.unknowns]) this.#parameter(name, initial, false);
    for (const { state, rate } of parts.moving) {
      this.#parameter(state.name, state.initial, false);
      this.#rules.push(`<rateRule variable="${names.of(state.name)}">${this.#math(rate)}</rateRule>`);
    }
    for (const { name, term } of [...model.assignments, ...parts.rates]) this.#assignment(names.of(name), name, term);
    this.#outputs();
    for (const { term } of model.algebraic ?? [])
      this.#rules.push(`<algebraicRule>${this.#math(term)}</algebraicRule>`);
    const cell = parts.reacting.length === 0 ? undefined : names.fresh("cell");
    const species = parts.reacting.map(({ name, initial }) => {
      const value = this.#value(names.of(name), initial, "initialAmount");
      return `<species id="${names.of(name)}"${label(name, names.of(name))} compartment="${cell}"${value} hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/>`;
    });
    const compartments =
      cell === undefined ? [] : [`<compartment id="${cell}" spatialDimensions="3" size="1" constant="true"/>`];
    const isSpecies = new Set(parts.reacting.map(({ name }) => name));
    const reactions = parts.reactions.map((reaction) => this.#reaction(reaction, isSpecies));
    const events = (model.events ?? []).map((event) => this.#event(event));
    if (model.span !== undefined)
      this.#notes.push(`SBML has no time span: ${model.span.from} .. ${model.span.to} was left out`);
    if (from !== 0) this.#notes.push(`runs of SBML start at time 0, which is ${from} in the model`);
    const lists: [string, readonly string[]][] = [
      ["Compartments", compartments],
      ["Species", species],
      ["Parameters", this.#parameters],
      ["InitialAssignments", this.#initial],
      ["Rules", this.#rules],
      ["Reactions", reactions],
      ["Events", events],
    ];
    const text = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">',
      `  <model name="${escaped(model.name)}">`,
      ...lists.flatMap(([name, members]) =>
        members.length === 0
          ? []
          : [`    <listOf${name}>`, ...members.map((each) => `      ${each}`), `    </listOf${name}>`],
      ),
      "  </model>",
      "</sbml>",
      "",
    ].join("\n");
    return { text, notes: [...renamingNotes(names.renamed), ...this.#notes], names: names.renamed };
  }

  #parameter(name: string, value: Term | number, constant: boolean): void {
    const id = this.#names.of(name);
    const attribute = typeof value === "number" ? ` value="${special(value)}"` : this.#value(id, value, "value");
    this.#parameters.push(`<parameter id="${id}"${label(name, id)}${attribute} constant="${constant}"/>`);
  }

  /** An attribute, or an initial assignment where the value is no decimal. */
  #value(id: string, term: Term, attribute: string): string {
    const decimal = term.kind === Kind.number ? decimalText(term.value) : undefined;
    if (decimal !== undefined) return ` ${attribute}="${decimal}"`;
    this.#initial.push(`<initialAssignment symbol="${id}">${this.#math(term)}</initialAssignment>`);
    return "";
  }

  #assignment(id: string, name: string, term: Term): void {
    this.#parameters.push(`<parameter id="${id}"${label(name, id)} constant="false"/>`);
    this.#rules.push(`<assignmentRule variable="${id}">${this.#math(term)}</assignmentRule>`);
  }

  /** Outputs that are not quantities by the same name. */
  #outputs(): void {
    for (const { name, term } of this.#model.outputs) {
      if (term.kind === Kind.symbol && term.name === name) continue;
      const id = this.#names.fresh(name);
      this.#assignment(id, name, term);
      if (id !== name) this.#notes.push(`the output ${name} is ${id}`);
    }
  }

  #reaction(reaction: Reaction, isSpecies: ReadonlySet<string>): string {
    const { left, right } = sidesOf(this.#model, reaction);
    const side = (name: string, members: readonly [string, number][]): string =>
      members.length === 0
        ? ""
        : `<listOf${name}>${members
            .map(
              ([state, count]) =>
                `<speciesReference species="${this.#names.of(state)}" stoichiometry="${count}" constant="true"/>`,
            )
            .join("")}</listOf${name}>`;
    const changed = new Set([...left, ...right].map(([state]) => state));
    const others = freeSymbols(reaction.rate)
      .map((symbol) => symbol.name)
      .filter((name) => isSpecies.has(name) && !changed.has(name));
    const modifiers =
      others.length === 0
        ? ""
        : `<listOfModifiers>${others.map((name) => `<modifierSpeciesReference species="${this.#names.of(name)}"/>`).join("")}</listOfModifiers>`;
    const id = this.#names.fresh(reaction.name === "" ? "reaction" : reaction.name);
    return `<reaction id="${id}" reversible="false">${side("Reactants", left)}${side("Products", right)}${modifiers}<kineticLaw>${this.#math(reaction.rate)}</kineticLaw></reaction>`;
  }

  #event({ trigger, before, persistent, priority, delay, valuesAtTrigger, assignments }: ModelEvent): string {
    const part = (name: string, term: Term | undefined): string =>
      term === undefined ? "" : `<${name}>${this.#math(term)}</${name}>`;
    const set = assignments.map(
      ({ name, term }: Definition) =>
        `<eventAssignment variable="${this.#names.of(name)}">${this.#math(term)}</eventAssignment>`,
    );
    return [
      `<event useValuesFromTriggerTime="${valuesAtTrigger}">`,
      `<trigger initialValue="${before}" persistent="${persistent}">${this.#math(trigger)}</trigger>`,
      part("priority", priority),
      part("delay", delay),
      set.length === 0 ? "" : `<listOfEventAssignments>${set.join("")}</listOfEventAssignments>`,
      "</event>",
    ].join("");
  }

  #math(term: Term): string {
    return `<math xmlns="${MATHML}">${this.#content(term)}</math>`;
  }

  /** Content markup within what SBML allows. */
  #content(term: Term): string {
    const plain = this.#names.within(inFunctionsOfSbml(term), this.#model.context, this.#others);
    const printed = printTerm(plain, { notation: "mathml" });
    const body = printed
      .slice(printed.indexOf(">") + 1, printed.lastIndexOf("</math>"))
      .replaceAll(`<selector/><ci>${FACTORIAL}</ci>`, "<factorial/>");
    const unknown = /<csymbol>([^<]*)<\/csymbol>|<(vector|selector|sum|product)[ />]/.exec(body);
    if (unknown !== null)
      throw new Failure("unsupported", `SBML has no "${unknown[1] ?? unknown[2]}" in formulae`, {
        hint: "Write .calc instead.",
      });
    return body
      .replace(/<cn type="(\w+)">(.*?)<\/cn>/g, (_, type: string, text: string) => numberMarkup(type, text))
      .replace(/<ci>(\w+)<\/ci>/g, (whole, name: string) => this.#symbolMarkup(name) ?? whole);
  }

  #symbolMarkup(name: string): string | undefined {
    if (name === this.#time) return `<csymbol encoding="text" definitionURL="${SYMBOLS}/time">time</csymbol>`;
    const delayed = this.#delayed.get(name);
    if (delayed === undefined) return undefined;
    const symbol = `<csymbol encoding="text" definitionURL="${SYMBOLS}/delay">delay</csymbol>`;
    return `<apply>${symbol}${this.#content(delayed.value)}${this.#content(delayed.delay)}</apply>`;
  }
}

/** Functions that SBML lacks, in those that it has. */
function inFunctionsOfSbml(term: Term): Term {
  const table = new Map<Term, Term>();
  const settled = (part: Term): Term => (table.size === 0 ? part : substitute(part, table));
  for (const part of postorder([term])) {
    if (part.kind !== Kind.call || !Object.hasOwn(REWRITTEN, part.name)) continue;
    table.set(part, REWRITTEN[part.name](...part.args.map(settled)));
  }
  return settled(term);
}

/** An array whose element x stands for x! until it is printed. */
const FACTORIAL = ".factorial";
const third = Q.rational(1n, 3n);
const REWRITTEN: Readonly<Record<string, (...args: Term[]) => Term>> = {
  sign: (x) => piecewise([[x.context.number(1), relation(">", x, 0)], [x.context.number(-1), relation("<", x, 0)]], x.context.number(0)), // oxfmt-ignore
  cbrt: (x) => piecewise([[pow(x, x.context.number(third)), relation(">=", x, 0)]], neg(pow(neg(x), x.context.number(third)))), // oxfmt-ignore
  gamma: (x) => index(x.context.symbol(FACTORIAL), sub(x, 1)),
  mod: (x, y) => sub(x, mul(y, call(x.context, "floor", div(x, y)))),
};

/** A number as SBML allows it: whole numbers and quotients of moderate size, decimals, or a quotient of large numbers. */
function numberMarkup(type: string, text: string): string {
  if (type === "double") return real(Q.fromNumber(Number(text)));
  const [num, den = "1"] = text.split("<sep/>");
  return real(Q.rational(BigInt(num), BigInt(den)));
}

function real(value: Rational): string {
  const num = Q.numerator(value);
  const den = Q.denominator(value);
  const small = (n: bigint): boolean => n < LARGEST_INTEGER && n > -LARGEST_INTEGER;
  if (den === 1n && small(num)) return `<cn type="integer">${num}</cn>`;
  if (small(num) && small(den)) return `<cn type="rational">${num}<sep/>${den}</cn>`;
  const decimal = decimalOf(value);
  if (decimal === undefined && den === 1n) return `<cn>${num}</cn>`;
  if (decimal === undefined) return `<apply><divide/>${real(Q.rational(num))}${real(Q.rational(den))}</apply>`;
  return `<cn type="e-notation">${decimal.digits}<sep/>${decimal.exponent}</cn>`;
}

const special = (value: number): string => (Number.isNaN(value) ? "NaN" : value > 0 ? "INF" : "-INF");

/** The name in the model, where the identifier is another. */
const label = (name: string, id: string): string => (name === id ? "" : ` name="${escaped(name)}"`);

function escaped(text: string): string {
  return text
    .replace(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+/gu, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}
