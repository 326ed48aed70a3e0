// Reads `.calc`, the text people write by hand. One statement a line, `#` begins a comment:
//   param A = 1, B = 3                     numbers or expressions of parameters
//   state x = 1, y = A/2                   states with initial values
//   let v = A*x^2*y                        a quantity that follows from states, parameters and t
//   x' = v - (B + 1)*x                     an equation; t is time
//   reaction 2 X + Y -> Z : k*X^2*Y        a reaction and its rate as written; 0 for nothing
//   discrete k = 1                         a quantity that only events change
//   noise x = g                            adds g dW to the equation of x, W a Wiener process of its own (in the sense of Ito)
//   when x > 1 : x = 0, k = k + 1          an event (calc-when.ts has its options)
//   unknown z = 0.5                        a state without equation, with a first guess, that follows from
//   0 = x + z - 1                          an algebraic equation: as many as unknowns
//   delay(x, 2)                            in any of these: x as it was 2 earlier
//   output s = x + y, x                    what is reported; all states and discrete quantities if there is no output
//   time 0 .. 20 [points 401]              the time span
// The order of statements is free. Left out: units.
import { Failure, type Place } from "../base/index.ts";
import {
  Context,
  freeSymbols,
  functionRule,
  isCondition,
  isReservedName,
  aliases,
  numericValue,
  parse,
  substitute,
  type Term,
} from "../term/index.ts";
import { type Piece, readWhen } from "./calc-when.ts";
import { LineReader } from "./lines.ts";
import type { DelayedValue, Definition, Model, ModelEvent, Reaction, State } from "./model.ts";
import { inOrder } from "./order.ts";

interface Named extends Piece {
  readonly name: string;
  readonly nameColumn: number;
}

const NAME = "[\\p{L}_][\\p{L}\\p{N}_]*";
const KEYWORD = /^(\s*)(param|state|discrete|unknown|let|when|reaction|output|time)\b/u;
const NOISE = new RegExp(`^(\\s*noise)(?=\\s+${NAME}\\s*=(?!=))`, "u");
const EQUATION = new RegExp(`^(\\s*)(${NAME})\\s*'\\s*=(?!=)(.*)$`, "u");
const ASSIGNED = new RegExp(`^(\\s*)(${NAME})\\s*=(?!=)(.*)$`, "su");
const ALGEBRAIC = /^(\s*0\s*=)(?!=)(.*)$/su;
const BARE = new RegExp(`^(\\s*)(${NAME})\\s*$`, "u");
const MEMBER = new RegExp(`^\\s*(?:(\\d+)\\s*(?:\\*\\s*)?)?(${NAME})\\s*$`, "u");
const POINTS = /\spoints\s+(\d+)\s*$/;

/** The model in a `.calc` text. `source` names the file in messages. */
export function readCalc(text: string, source = "model.calc", context = new Context()): Model {
  return new CalcReader(new LineReader(text, source), context).read();
}

type Declared = "parameter" | "state" | "discrete quantity" | "quantity";
const ALL: readonly Declared[] = ["parameter", "state", "discrete quantity", "quantity"];

class CalcReader {
  readonly #in: LineReader;
  readonly #context: Context;
  readonly #params: Named[] = [];
  readonly #states: Named[] = [];
  readonly #discrete: Named[] = [];
  readonly #unknowns: Named[] = [];
  readonly #lets: Named[] = [];
  readonly #whens: Piece[] = [];
  readonly #algebraic: Piece[] = [];
  readonly #delays: DelayedValue[] = [];
  readonly #outputs: Named[] = [];
  readonly #equations = new Map<string, Named>();
  readonly #noise: Named[] = [];
  readonly #reactions: Piece[] = [];
  #time: Piece | undefined;
  /** Every declared name and what it is. */
  readonly #kinds = new Map<string, Declared>();

  constructor(input: LineReader, context: Context) {
    this.#in = input;
    this.#context = context;
  }

  read(): Model {
    let statements = 0;
    this.#in.lines.forEach((line, i) => {
      const hash = line.indexOf("#");
      const text = hash < 0 ? line : line.slice(0, hash);
      if (text.trim() === "") return;
      statements++;
      this.#statement({ text, line: i, column: 0 });
    });
    if (statements === 0)
      throw new Failure("syntax", `${this.#in.source} is empty`, {
        hint: "Write a model, for example: state x = 1 / x' = -x / time 0 .. 5, a statement a line.",
      });
    for (const named of this.#params) this.#declare(named, "parameter");
    for (const named of this.#states) this.#declare(named, "state");
    for (const named of this.#unknowns) this.#declare(named, "state");
    for (const named of this.#discrete) this.#declare(named, "discrete quantity");
    for (const named of this.#lets) this.#declare(named, "quantity");
    if (this.#states.length + this.#unknowns.length === 0)
      throw new Failure("syntax", `${this.#in.source} declares no state`, { hint: "Write, for example: state x = 1." });
    const parameters = inOrder(
      this.#params.map((named) =>
        this.#definition(named, ["parameter"], "Only parameters may be used in a parameter."),
      ),
      "parameters",
    );
    const at = new Map(this.#states.map((state, i) => [state.name, i]));
    const unknowns = new Set(this.#unknowns.map((_, i) => this.#states.length + i));
    const started = (named: Named): State => {
      const { term, place } = this.#definition(
        named,
        ["parameter"],
        "Initial values are numbers or expressions of parameters.",
      );
      return { name: named.name, symbol: this.#context.symbol(named.name), initial: term, fixed: false, place };
    };
    const states = [...this.#states, ...this.#unknowns].map(started);
    const discrete = this.#discrete.map(started);
    const all = ALL;
    const assignments = inOrder(
      this.#lets.map((named) => this.#definition(named, all)),
      "quantities",
    );
    const equations = new Map<number, Term>();
    for (const named of this.#equations.values()) {
      const state = at.get(named.name);
      if (state === undefined)
        throw this.#in.fail(
          `"${named.name}" has an equation but is not a state`,
          named.line,
          named.nameColumn,
          `Declare it with its initial value: state ${named.name} = 0.`,
        );
      equations.set(state, this.#expression(named, all));
    }
    const noise = new Map<number, Term>();
    for (const named of this.#noise) {
      const state = at.get(named.name);
      const complain = (what: string, hint: string): Failure =>
        this.#in.fail(`"${named.name}" ${what}`, named.line, named.nameColumn, hint);
      if (state === undefined)
        throw complain("has noise but is not a state", `Declare it with its initial value: state ${named.name} = 0.`);
      if (noise.has(state)) throw complain("has noise twice", "A state has one Wiener process.");
      noise.set(state, this.#expression(named, all));
    }
    const reactions = this.#reactions.map((piece, i) => this.#reaction(piece, i, at));
    const events = this.#whens.map((piece) => this.#event(piece));
    const algebraic = this.#algebraic.map((piece, i) => ({
      name: `algebraic equation ${i + 1}`,
      term: this.#expression(piece, all),
      place: this.#in.place(piece.line, piece.column),
    }));
    this.#checkAlgebraic(algebraic);
    this.#checkEquations(states, equations, reactions, unknowns, events);
    const outputs =
      this.#outputs.length > 0
        ? this.#outputs.map((named) => this.#definition(named, all))
        : [...states, ...discrete].map((each) => ({ name: each.name, term: each.symbol, place: each.place }));
    this.#checkOutputs(outputs);
    return {
      name: this.#in.source,
      format: "calc",
      context: this.#context,
      time: this.#context.symbol("t"),
      parameters,
      states,
      assignments,
      reactions,
      equations,
      ...(noise.size > 0 && { noise }),
      discrete,
      algebraic,
      unknowns,
      events,
      delays: this.#delays,
      outputs,
      span: this.#span(parameters),
    };
  }

  #statement(piece: Piece): void {
    const noise = NOISE.exec(piece.text);
    if (noise !== null) {
      const { length } = noise[0];
      this.#noise.push(
        ...this.#assignments({ text: piece.text.slice(length), line: piece.line, column: length }, false),
      );
      return;
    }
    const keyword = KEYWORD.exec(piece.text);
    if (keyword === null) {
      const equation = EQUATION.exec(piece.text);
      const zero = ALGEBRAIC.exec(piece.text);
      if (zero !== null) {
        if (zero[2].trim() === "") throw this.#in.fail(`nothing follows "0 ="`, piece.line, zero[1].length);
        this.#algebraic.push({ text: zero[2], line: piece.line, column: zero[1].length });
        return;
      }
      if (equation === null) {
        const plain = ASSIGNED.exec(piece.text);
        const start = piece.text.length - piece.text.trimStart().length;
        throw this.#in.fail(
          `"${piece.text.trim().slice(0, 40)}" is not a statement`,
          piece.line,
          start,
          plain !== null
            ? `Write "param ${plain[2]} = ...", "state ${plain[2]} = ...", "let ${plain[2]} = ..." or "${plain[2]}' = ...".`
            : "A statement is param, state, discrete, unknown, let, when, noise, reaction, output, time, an equation x' = ... or 0 = ...",
        );
      }
      const [, indent, name, rest] = equation;
      const before = this.#equations.get(name);
      if (before !== undefined)
        throw this.#in.fail(
          `"${name}" has a second equation; the first is in line ${before.line + 1}`,
          piece.line,
          indent.length,
        );
      this.#equations.set(name, {
        name,
        nameColumn: indent.length,
        text: rest,
        line: piece.line,
        column: piece.text.length - rest.length,
      });
      return;
    }
    const rest: Piece = { text: piece.text.slice(keyword[0].length), line: piece.line, column: keyword[0].length };
    if (rest.text.trim() === "") throw this.#in.fail(`nothing follows "${keyword[2]}"`, piece.line, piece.text.length);
    switch (keyword[2]) {
      case "param":
        this.#params.push(...this.#assignments(rest, false));
        break;
      case "state":
        this.#states.push(...this.#assignments(rest, false));
        break;
      case "discrete":
        this.#discrete.push(...this.#assignments(rest, false));
        break;
      case "unknown":
        this.#unknowns.push(...this.#assignments(rest, false));
        break;
      case "when":
        this.#whens.push(rest);
        break;
      case "let":
        this.#lets.push(...this.#assignments(rest, false));
        break;
      case "output":
        this.#outputs.push(...this.#assignments(rest, true));
        break;
      case "reaction":
        this.#reactions.push(rest);
        break;
      default:
        if (this.#time !== undefined)
          throw this.#in.fail(
            `a second time span; the first is in line ${this.#time.line + 1}`,
            piece.line,
            keyword[1].length,
          );
        this.#time = rest;
    }
  }

  /** Splits "a = 1, b = f(x, y)" at the commas outside brackets. */
  #assignments(piece: Piece, bare: boolean): Named[] {
    return this.#split(piece).map((part) => {
      const found = ASSIGNED.exec(part.text);
      if (found !== null) {
        const [, indent, name, rest] = found;
        if (rest.trim() === "")
          throw this.#in.fail(`"${name}" has no value`, part.line, part.column + part.text.length);
        return {
          name,
          nameColumn: part.column + indent.length,
          text: rest,
          line: part.line,
          column: part.column + part.text.length - rest.length,
        };
      }
      const only = BARE.exec(part.text);
      if (bare && only !== null)
        return {
          name: only[2],
          nameColumn: part.column + only[1].length,
          text: part.text,
          line: part.line,
          column: part.column,
        };
      throw this.#in.fail(
        `expected "name = value", not "${part.text.trim().slice(0, 40)}"`,
        part.line,
        part.column + part.text.length - part.text.trimStart().length,
      );
    });
  }

  #split(piece: Piece): Piece[] {
    const parts: Piece[] = [];
    let depth = 0;
    let start = 0;
    for (let i = 0; i <= piece.text.length; i++) {
      const character = piece.text[i];
      if (character === "(" || character === "[") depth++;
      else if (character === ")" || character === "]") depth--;
      else if (i === piece.text.length || (character === "," && depth <= 0)) {
        parts.push({ text: piece.text.slice(start, i), line: piece.line, column: piece.column + start });
        start = i + 1;
      }
    }
    return parts;
  }

  #declare(named: Named, kind: Declared): void {
    const { name, line, nameColumn } = named;
    const before = this.#kinds.get(name);
    if (before !== undefined)
      throw this.#in.fail(`"${name}" is declared twice; it is already a ${before}`, line, nameColumn);
    if (name === "t") throw this.#in.fail(`"t" is time and cannot be declared`, line, nameColumn);
    if ((functionRule(aliases[name] ?? name)?.arity[1] ?? 0) > 0 && isReservedName(name))
      throw this.#in.fail(`"${name}" is a function and cannot be declared`, line, nameColumn);
    this.#kinds.set(name, kind);
  }

  #place(named: Named): Place {
    return this.#in.place(named.line, named.nameColumn);
  }

  #definition(named: Named, allowed: readonly string[], hint?: string): Definition {
    return { name: named.name, term: this.#expression(named, allowed, hint), place: this.#place(named) };
  }

  #expression(piece: Piece, allowed: readonly string[], hint = "Declare it with param, state or let."): Term {
    const context = this.#context;
    return parse(piece.text, {
      context,
      source: this.#in.source,
      line: piece.line + 1,
      column: piece.column + 1,
      lineText: this.#in.lines[piece.line],
      closed: hint,
      names: (name) => {
        const kind = this.#kinds.get(name);
        if (kind !== undefined && allowed.includes(kind)) return context.symbol(name);
        return name === "t" && allowed.includes("state") ? context.symbol("t") : undefined;
      },
      functions: (name, args) => (name === "delay" ? this.#delay(args, allowed, piece) : undefined),
    });
  }

  /** delay(x, tau): a symbol for the past value. */
  #delay(args: readonly Term[], allowed: readonly string[], piece: Piece): Term {
    if (args.length !== 2 || args.some(isCondition))
      throw new Failure("usage", "delay takes a value and a time: delay(x, 2)");
    if (!allowed.includes("state")) throw new Failure("usage", "delayed values cannot be used here");
    const [value, delay] = args;
    const known = this.#delays.find((each) => each.value === value && each.delay === delay);
    if (known !== undefined) return known.symbol;
    const symbol = this.#context.symbol(`delay(${value}, ${delay})`);
    this.#delays.push({ symbol, value, delay, place: this.#in.place(piece.line, piece.column) });
    return symbol;
  }

  #event(piece: Piece): ModelEvent {
    const { condition, delay, priority, drop, initially, late, assignments } = readWhen(piece, this.#in);
    const trigger = this.#expression(condition, ALL);
    if (!isCondition(trigger))
      throw this.#in.fail(
        `"${condition.text.trim()}" is not a condition`,
        piece.line,
        condition.column,
        "Write a comparison: x > 1.",
      );
    const number = (part: Piece | undefined): Term | undefined =>
      part === undefined ? undefined : this.#expression(part, ALL);
    const seen = new Set<string>();
    return {
      name: condition.text.trim(),
      trigger,
      before: !initially,
      persistent: !drop,
      priority: number(priority),
      delay: number(delay),
      valuesAtTrigger: !late,
      assignments: this.#assignments(assignments, false).map((named) => {
        const kind = this.#kinds.get(named.name);
        if (kind !== "state" && kind !== "discrete quantity")
          throw this.#in.fail(
            `"${named.name}" cannot be set by an event`,
            named.line,
            named.nameColumn,
            kind === "parameter"
              ? `Declare it as discrete instead of param.`
              : "Events set states and discrete quantities.",
          );
        if (seen.has(named.name))
          throw this.#in.fail(`"${named.name}" is set twice by this event`, named.line, named.nameColumn);
        seen.add(named.name);
        return this.#definition(named, ALL);
      }),
      place: this.#in.place(piece.line),
    };
  }

  #checkAlgebraic(algebraic: readonly Definition[]): void {
    if (algebraic.length === this.#unknowns.length) return;
    const few = algebraic.length < this.#unknowns.length;
    const place = few ? this.#place(this.#unknowns[algebraic.length]) : algebraic[this.#unknowns.length].place;
    throw new Failure(
      "syntax",
      `there are ${algebraic.length} algebraic equations for ${this.#unknowns.length} unknowns`,
      {
        place,
        hint: few ? "Write one more equation 0 = ..." : "Declare what it determines: unknown z = 0.5 (a first guess).",
      },
    );
  }

  #reaction(piece: Piece, number: number, at: ReadonlyMap<string, number>): Reaction {
    const { text } = piece;
    const arrow = text.indexOf("->");
    const colon = arrow < 0 ? -1 : text.indexOf(":", arrow);
    if (colon < 0) throw this.#in.fail("a reaction is written A + B -> C : rate", piece.line, piece.column);
    const [left, right, rate] = [text.slice(0, arrow), text.slice(arrow + 2, colon), text.slice(colon + 1)];
    const change = new Map<number, number>();
    const side = (text: string, sign: 1 | -1, offset: number): void => {
      if (text.trim() === "0") return;
      let start = 0;
      for (const member of text.split("+")) {
        const match = MEMBER.exec(member);
        const column = piece.column + offset + start + member.length - member.trimStart().length;
        if (match === null)
          throw this.#in.fail(
            `"${member.trim()}" is not a participant of a reaction`,
            piece.line,
            column,
            "Write a state, or a whole number and a state: 2 X; 0 for nothing.",
          );
        const state = at.get(match[2]);
        if (state === undefined)
          throw this.#in.fail(
            `"${match[2]}" is not a state`,
            piece.line,
            column,
            `Declare it with its initial value: state ${match[2]} = 0.`,
          );
        const count = match[1] === undefined ? 1 : Number(match[1]);
        if (count === 0 || count > 1e6)
          throw this.#in.fail(`a stoichiometric number must be from 1 to 1000000`, piece.line, column);
        change.set(state, (change.get(state) ?? 0) + sign * count);
        start += member.length + 1;
      }
    };
    side(left, -1, 0);
    side(right, 1, left.length + 2);
    for (const [state, net] of change) if (net === 0) change.delete(state);
    const offset = left.length + right.length + 3;
    return {
      name: `R${number + 1}`,
      change,
      rate: this.#expression({ text: rate, line: piece.line, column: piece.column + offset }, [...ALL]),
      place: this.#in.place(piece.line),
    };
  }

  /** Every state needs an equation or a reaction, not both. */
  #checkEquations(
    states: readonly State[],
    equations: ReadonlyMap<number, Term>,
    reactions: readonly Reaction[],
    unknowns: ReadonlySet<number>,
    events: readonly ModelEvent[],
  ): void {
    const moved = new Set(reactions.flatMap((reaction) => [...reaction.change.keys()]));
    const set = new Set(events.flatMap((event) => event.assignments.map(({ name }) => name)));
    states.forEach((state, i) => {
      if (unknowns.has(i)) {
        if (equations.has(i))
          throw new Failure("syntax", `"${state.name}" is an unknown and has an equation`, {
            place: state.place,
            hint: "Declare it as a state, or leave its equation out.",
          });
        return;
      }
      if (set.has(state.name)) return;
      if (equations.has(i) && moved.has(i))
        throw new Failure("syntax", `"${state.name}" has an equation and takes part in reactions`, {
          place: state.place,
          hint: "Write one or the other.",
        });
      if (
        !equations.has(i) &&
        !moved.has(i) &&
        !reactions.some((reaction) => freeSymbols(reaction.rate).includes(state.symbol))
      )
        throw new Failure("syntax", `"${state.name}" has no equation and takes part in no reaction`, {
          place: state.place,
          hint: `Write ${state.name}' = ..., or make it a param.`,
        });
    });
  }

  #checkOutputs(outputs: readonly Definition[]): void {
    const seen = new Set<string>();
    for (const output of outputs) {
      if (seen.has(output.name))
        throw new Failure("syntax", `output "${output.name}" is given twice`, { place: output.place });
      seen.add(output.name);
    }
  }

  #span(parameters: readonly Definition[]): Model["span"] {
    const piece = this.#time;
    if (piece === undefined) return undefined;
    const counted = POINTS.exec(piece.text);
    const ends = (counted === null ? piece.text : piece.text.slice(0, counted.index)).split("..").map((s) => s.trim());
    if (ends.length !== 2 || ends.includes(""))
      throw this.#in.fail("a time span is written time 0 .. 20, or time 0 .. 20 points 401", piece.line, piece.column);
    const values = new Map<string, Term>();
    for (const parameter of parameters) values.set(parameter.name, substitute(parameter.term, values));
    const number = (text: string): number => {
      const column = piece.column + piece.text.indexOf(text);
      const value = numericValue(
        substitute(
          this.#expression({ text, line: piece.line, column }, ["parameter"], "Times are numbers or parameters."),
          values,
        ),
      );
      if (value === undefined || !Number.isFinite(value))
        throw this.#in.fail(`"${text}" is not a number`, piece.line, column);
      return value;
    };
    const from = number(ends[0]);
    const to = number(ends[1]);
    if (!(to > from))
      throw this.#in.fail(
        `the time span ${from} .. ${to} is empty`,
        piece.line,
        piece.column,
        "The end must come after the start.",
      );
    const points = counted === null ? undefined : Number(counted[1]);
    if (points !== undefined && (points < 2 || points > 10_000_000))
      throw this.#in.fail("points must be from 2 to 10000000", piece.line, piece.column);
    return { from, to, points };
  }
}
