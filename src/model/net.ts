// Reads BioNetGen network files (`.net`): blocks parameters, functions, species, reactions, groups, as BioNetGen 2
// writes them (Faeder, Blinov, Hlavacek 2009, Methods Mol. Biol. 500:113-167). A reaction line is
//   index  reactants  products  rate  [#comment]
// with comma-separated 1-based species (0 for none); its speed is the rate expression times the product of its
// reactants, a species named twice counting twice; statistical factors are already in the expression. Anything else is
// refused by name and line: rate laws Sat, MM, Hill and Arrhenius, population maps, compartments.
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import {
  Context,
  eulersNumber,
  freeSymbols,
  parse,
  pi,
  ProductBuilder,
  type ParseOptions,
  SumBuilder,
  type Term,
} from "../term/index.ts";
import { LineReader } from "./lines.ts";
import type { Definition, Model, Reaction, State } from "./model.ts";
import { inOrder } from "./order.ts";

const BLOCKS = new Set(["parameters", "functions", "species", "reactions", "groups"]);
const LAWS = new Set(["Sat", "MM", "Hill", "Arrhenius", "FunctionProduct", "TFUN", "tfun"]);
const INITIAL_HINT = "Initial amounts are numbers or parameters.";
/** Name of the symbol of time. */
const TIME = "time";
const NAME = /^[A-Za-z_]\w*$/;

interface Row {
  readonly line: number;
  /** Text without comment, trimmed at the end. */
  readonly text: string;
}

/** The model in a BioNetGen .net text. `source` names the file in messages. */
export function readNet(text: string, source = "model.net", context = new Context()): Model {
  return new NetReader(new LineReader(text, source), context).read();
}

class NetReader {
  readonly #in: LineReader;
  readonly #context: Context;
  /** Names of parameters, functions and groups. */
  readonly #names = new Map<string, Term>();
  /** Names of parameters. */
  readonly #constant = new Set<string>();
  /** Some expression uses a function or a group. */
  #changing = false;
  readonly #expressions = new Map<string, Term>();

  constructor(input: LineReader, context: Context) {
    this.#in = input;
    this.#context = context;
  }

  read(): Model {
    const blocks = this.#blocks();
    const rows = (name: string): Row[] => blocks.get(name) ?? [];
    if (!blocks.has("species"))
      throw new Failure("syntax", `${this.#in.source} has no species block`, {
        hint: "A .net file has at least `begin species ... end species` and `begin reactions ... end reactions`. BNGL rules (.bngl) must first be turned into a network by BioNetGen.",
      });
    this.#declare(rows("parameters"), "parameter");
    this.#declare(rows("groups"), "group");
    this.#declareFunctions(rows("functions"));
    const parameters = inOrder(this.#definitions(rows("parameters"), "parameter"), "parameters");
    const states = this.#species(rows("species"));
    const groups = this.#groups(rows("groups"), states);
    const functions = this.#definitions(rows("functions"), "function");
    const assignments = inOrder([...groups, ...functions], "functions");
    const parameterNames = new Set(parameters.map((parameter) => parameter.name));
    for (const parameter of parameters)
      for (const used of freeSymbols(parameter.term))
        if (!parameterNames.has(used.name))
          throw new Failure("name", `parameter "${parameter.name}" uses "${used.name}", which changes with time`, {
            place: parameter.place,
          });
    const reactions = this.#reactions(rows("reactions"), states);
    return {
      name: this.#in.source,
      format: "net",
      context: this.#context,
      time: this.#context.symbol(TIME),
      parameters,
      states,
      assignments: this.#changing ? assignments : [],
      reactions,
      equations: new Map(),
      outputs: groups.length > 0 ? groups : states.map((state) => ({ name: state.name, term: state.symbol })),
    };
  }

  #blocks(): Map<string, Row[]> {
    const blocks = new Map<string, Row[]>();
    let open: { name: string; line: number; rows: Row[] } | undefined;
    const { lines } = this.#in;
    for (let i = 0; i < lines.length; i++) {
      const hash = lines[i].indexOf("#");
      const text = (hash < 0 ? lines[i] : lines[i].slice(0, hash)).trimEnd();
      if (text === "" || text.trimStart() === "") continue;
      const words = /^\s*(begin|end)\s+(.*)$/.exec(text);
      if (words === null) {
        if (open === undefined)
          throw this.#in.fail(
            `expected "begin <block>", not "${text.trim().slice(0, 40)}"`,
            i,
            0,
            "Only the blocks parameters, functions, species, reactions and groups are read.",
          );
        open.rows.push({ line: i, text });
        continue;
      }
      const [, word, rest] = words;
      const name = rest.trim();
      if (word === "begin") {
        if (open !== undefined)
          throw this.#in.fail(
            `"begin ${name}" inside the block ${open.name}, opened in line ${open.line + 1}`,
            i,
            0,
            `End it first: end ${open.name}.`,
          );
        if (!BLOCKS.has(name))
          throw new Failure("unsupported", `the block "${name}" is not supported`, {
            place: this.#in.place(i),
            hint: "Only the blocks parameters, functions, species, reactions and groups are read.",
          });
        if (blocks.has(name)) throw this.#in.fail(`a second block "${name}"`, i);
        open = { name, line: i, rows: [] };
      } else {
        if (open === undefined || open.name !== name)
          throw this.#in.fail(
            `"end ${name}" ${open === undefined ? "ends nothing" : `inside the block ${open.name}`}`,
            i,
          );
        blocks.set(name, open.rows);
        open = undefined;
      }
    }
    if (open !== undefined)
      throw this.#in.fail(`the block ${open.name} is never ended`, open.line, 0, `Add "end ${open.name}".`);
    if (blocks.size === 0)
      throw new Failure("syntax", `${this.#in.source} is empty`, { hint: "Give a BioNetGen .net or a .calc file." });
    return blocks;
  }

  /** Splits "index name rest"; the index must be the row's position. */
  #numbered(row: Row, position: number, what: string): { name: string; rest: string; at: number } {
    const found = /^\s*(\d+)\s+(\S+)\s*(.*)$/.exec(row.text);
    if (found === null) throw this.#in.fail(`expected "index name ..." for a ${what}`, row.line, indent(row.text));
    if (Number(found[1]) !== position + 1)
      throw this.#in.fail(
        `the ${what} has index ${found[1]}, but stands at position ${position + 1}`,
        row.line,
        indent(row.text),
        "Indices count from 1 without gaps or repeats.",
      );
    return { name: found[2], rest: found[3], at: row.text.length - found[3].length };
  }

  #declare(rows: readonly Row[], what: string): void {
    rows.forEach((row, i) => {
      const { name } = this.#numbered(row, i, what);
      if (!NAME.test(name)) throw this.#in.fail(`"${name}" is not a name`, row.line, row.text.indexOf(name));
      this.#add(name, row, what);
      if (what === "parameter") this.#constant.add(name);
    });
  }

  #add(name: string, row: Row, what: string): void {
    if (name === TIME)
      throw this.#in.fail(`${what} "${TIME}" has the name of time`, row.line, row.text.indexOf(name), "Rename it.");
    if (this.#names.has(name))
      throw this.#in.fail(
        `${what} "${name}" is defined twice`,
        row.line,
        row.text.indexOf(name),
        "Names of parameters, functions and groups must differ.",
      );
    this.#names.set(name, this.#context.symbol(name));
  }

  #declareFunctions(rows: readonly Row[]): void {
    rows.forEach((row, i) => {
      const { name } = this.#numbered(row, i, "function");
      const bare = name.replace(/\(\)$/, "");
      if (!NAME.test(bare))
        throw this.#in.fail(
          `"${name}" is not the name of a function without arguments`,
          row.line,
          row.text.indexOf(name),
          "Functions with arguments are not supported.",
        );
      this.#add(bare, row, "function");
    });
  }

  #definitions(rows: readonly Row[], what: string): Definition[] {
    return rows.map((row, i) => {
      const { name, rest, at } = this.#numbered(row, i, what);
      if (rest === "") throw this.#in.fail(`${what} "${name}" has no value`, row.line, row.text.length);
      const term = this.#expression(
        rest,
        row,
        at,
        what === "parameter" ? "Only parameters may be used here." : undefined,
      );
      return { name: name.replace(/\(\)$/, ""), term, place: this.#in.place(row.line, row.text.indexOf(name)) };
    });
  }

  #named(name: string): Term | undefined {
    const term = this.#names.get(name);
    if (term !== undefined && !this.#constant.has(name)) this.#changing = true;
    return term;
  }

  /** Reads an expression; equal texts are read once. */
  #expression(text: string, row: Row, at: number, hint = "Names are parameters, functions or groups."): Term {
    const known = this.#expressions.get(text);
    if (known !== undefined) return known;
    const context = this.#context;
    const options: ParseOptions = {
      context,
      source: this.#in.source,
      line: row.line + 1,
      column: at + 1,
      lineText: row.text,
      closed: hint,
      names: (name) =>
        this.#named(name) ?? (name === "_pi" ? pi(context) : name === "_e" ? eulersNumber(context) : undefined),
      functions: (name, args) => {
        if (args.length > 0)
          return name === "rint" ? parse("floor(x + 1/2)", { context, names: () => args[0] }) : undefined;
        if (name === TIME) return context.symbol(TIME);
        return this.#named(name);
      },
    };
    const term = parse(text, options);
    this.#expressions.set(text, term);
    return term;
  }

  #species(rows: readonly Row[]): State[] {
    const seen = new Set<string>();
    return rows.map((row, i) => {
      const { name: written, rest, at } = this.#numbered(row, i, "species");
      const fixed = written.startsWith("$");
      const name = fixed ? written.slice(1) : written;
      if (seen.has(name))
        throw this.#in.fail(`species "${name}" is defined twice`, row.line, row.text.indexOf(written));
      seen.add(name);
      if (rest === "") throw this.#in.fail(`species "${name}" has no initial amount`, row.line, row.text.length);
      const initial = this.#expression(rest, row, at, INITIAL_HINT);
      for (const used of freeSymbols(initial))
        if (!this.#constant.has(used.name))
          throw this.#in.fail(
            `the initial amount of "${name}" uses "${used.name}", which changes with time`,
            row.line,
            at,
            INITIAL_HINT,
          );
      return {
        name,
        symbol: this.#context.symbol(this.#names.has(name) || name === TIME ? `${name}#${i + 1}` : name),
        initial,
        fixed,
        place: this.#in.place(row.line, row.text.indexOf(written)),
      };
    });
  }

  /** Groups: weighted sums of species. */
  #groups(rows: readonly Row[], states: readonly State[]): Definition[] {
    return rows.map((row, i) => {
      const { name, rest, at } = this.#numbered(row, i, "group");
      const sum = new SumBuilder(this.#context);
      for (const part of rest === "" ? [] : rest.split(",")) {
        const found = /^\s*(?:([\d.eE+-]+)\*)?(\d+)\s*$/.exec(part);
        const weight = found?.[1] === undefined ? 1 : Q.parseDecimal(found[1]);
        if (found === null || weight === undefined)
          throw this.#in.fail(
            `"${part}" is not a member of a group`,
            row.line,
            Math.max(0, row.text.indexOf(part, at)),
            "Members are written species or weight*species.",
          );
        sum.add(this.#state(states, found[2], row).symbol, weight);
      }
      return { name, term: sum.build(), place: this.#in.place(row.line, row.text.indexOf(name)) };
    });
  }

  #state(states: readonly State[], index: string, row: Row): State {
    const state = states[Number(index) - 1];
    if (state === undefined)
      throw this.#in.fail(
        `species ${index} does not exist; there are ${states.length}`,
        row.line,
        Math.max(0, row.text.indexOf(index)),
      );
    return state;
  }

  #reactions(rows: readonly Row[], states: readonly State[]): Reaction[] {
    const context = this.#context;
    return rows.map((row, i): Reaction => {
      const words = row.text.trim().split(/\s+/);
      if (words.length < 4)
        throw this.#in.fail(`a reaction needs index, reactants, products and a rate`, row.line, indent(row.text));
      const [number, reactants, products] = words;
      if (Number(number) !== i + 1)
        throw this.#in.fail(
          `the reaction has index ${number}, but stands at position ${i + 1}`,
          row.line,
          indent(row.text),
          "Indices count from 1 without gaps or repeats.",
        );
      if (LAWS.has(words[3]))
        throw new Failure("unsupported", `the rate law ${words[3]} is not supported`, {
          place: this.#in.place(row.line, row.text.indexOf(words[3])),
          hint: "Write it as a function in the functions block.",
        });
      const law = words.length === 4 ? words[3] : words.slice(3).join(" ");
      const speed = new ProductBuilder(context);
      speed.multiply(this.#expressions.get(law) ?? this.#expression(law, row, row.text.lastIndexOf(words[3])));
      const change = new Map<number, number>();
      this.#side(reactants, -1, states, row, change, speed);
      this.#side(products, 1, states, row, change, undefined);
      for (const [at, net] of change) if (net === 0 || states[at].fixed) change.delete(at);
      return { name: `R${number}`, change, rate: speed.build(), place: this.#in.place(row.line) };
    });
  }

  #side(
    text: string,
    sign: 1 | -1,
    states: readonly State[],
    row: Row,
    change: Map<number, number>,
    speed: ProductBuilder | undefined,
  ): void {
    if (text === "0") return;
    for (const index of text.split(",")) {
      if (!/^\d+$/.test(index))
        throw this.#in.fail(
          `"${text.slice(0, 40)}" is not a list of species`,
          row.line,
          Math.max(0, row.text.indexOf(text)),
          "Species are comma-separated indices, 0 for none.",
        );
      if (index === "0") continue;
      const state = this.#state(states, index, row);
      const at = Number(index) - 1;
      change.set(at, (change.get(at) ?? 0) + sign);
      speed?.multiply(state.symbol);
    }
  }
}

function indent(text: string): number {
  return text.length - text.trimStart().length;
}
