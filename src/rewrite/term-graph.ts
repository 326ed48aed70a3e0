// An e-graph of mathematical terms: binary + - * / ^, neg, functions, leaves; with exact constants, dependencies and ranges.
// Terms in normal form go in as binary operations in their canonical order, held terms as they were written. What comes out are
// held terms, operation for operation; `release` of room term turns one into a normal form.
// Binders (array, sum over a range) are opaque leaves.
import type { Rational } from "../number/index.ts";
import { type Context, Kind, postorder, type Term } from "../term/index.ts";
import { type Analysis, EGraph } from "./egraph.ts";
import { constants, dependencies, type Dependencies, ranges } from "./analysis.ts";
import { type Condition, decide, know, type Knowledge } from "./condition.ts";
import type { PatternTests, RegisterTest } from "./ematch.ts";
import type { Assumption } from "./facts.ts";
import { parseRaw, type VariableType, variablesOf } from "./pattern.ts";
import type { Range } from "./range.ts";
import type { Predicate, Rule } from "./rule.ts";
import { spellAll } from "./spell.ts";

export interface TermGraphOptions {
  readonly context?: Context;
  /** What is assumed of symbols, by name; nothing else is. */
  readonly assume?: Readonly<Record<string, Assumption>>;
  /** Keep what `explain` needs. */
  readonly explanations?: boolean;
  /** Operators whose two arguments commute by construction; + and * by default. */
  readonly commutative?: readonly string[];
  /** Nodes of a class that is a number are not matched any more (default true). */
  readonly prune?: boolean;
  /** Further analyses. */
  readonly analyses?: readonly Analysis<unknown>[];
}

export class TermGraph extends EGraph {
  readonly constants: Analysis<Rational | undefined>;
  readonly dependencies: Dependencies;
  readonly ranges: Analysis<Range>;
  readonly #assume: Readonly<Record<string, Assumption>>;
  readonly #nodeOf = new Map<Term, number>();
  readonly #symbols: number[] = [];

  constructor(options: TermGraphOptions = {}) {
    const known = constants({ prune: options.prune });
    const depends = dependencies();
    const lies = ranges(options.assume);
    super({
      context: options.context,
      commutative: options.commutative ?? ["+", "*"],
      explanations: options.explanations,
      analyses: [known, depends, lies, ...(options.analyses ?? [])] as Analysis<unknown>[],
    });
    this.constants = known;
    this.dependencies = depends;
    this.ranges = lies;
    this.#assume = options.assume ?? {};
  }

  /** Adds a term, or a text that is read as it stands (diff(f, x) and int(f, x) are known). Returns its node. */
  addTerm(term: Term | string): number {
    return this.addTerms([typeof term === "string" ? parseRaw(term, this.context) : term])[0];
  }

  /** Adds several terms; what they share is added once. */
  addTerms(terms: readonly Term[]): number[] {
    const roots = spellAll(terms);
    for (const part of postorder(roots, (each) => each.kind === Kind.held)) {
      if (this.#nodeOf.has(part)) continue;
      let node: number;
      if (part.kind === Kind.held) {
        const args = part.args.map((arg) => this.#nodeOf.get(arg)!);
        node = this.add(this.operator(part.name, args.length), args);
      } else {
        node = this.add(this.leaf(part));
        if (part.kind === Kind.symbol) this.#symbols.push(node);
      }
      this.#nodeOf.set(part, node);
    }
    return roots.map((root) => this.#nodeOf.get(root)!);
  }

  /** Whether a condition certainly holds where variables stand for these classes. */
  holds(condition: Condition, classOf: (name: string) => number): boolean {
    const { test, of, from } = condition;
    if (test === "free") {
      const symbol = classOf(from!.name);
      if (!this.#isSymbol(symbol)) return false;
      return (this.data(this.dependencies, classOf(of.name)) & this.data(this.dependencies, symbol)) === 0;
    }
    if (test === "symbol") return this.#isSymbol(classOf(of.name));
    if (test === "number") return this.data(this.constants, classOf(of.name)) !== undefined;
    return decide(
      test,
      know(of, (variable) => this.knowledge(classOf(variable.name), test === "integer")),
    );
  }

  /** What is known of a class; whether a symbol stands for an integer only if asked for. */
  knowledge(cls: number, integers = true): Knowledge {
    return {
      constant: this.data(this.constants, cls),
      range: this.data(this.ranges, cls),
      integer: integers && this.#symbols.some((node) => this.same(node, cls) && this.#assume[this.operators[this.op[node]].leaf!.name] === "integer"), // oxfmt-ignore
    };
  }

  #isSymbol(cls: number): boolean {
    return this.#symbols.some((node) => this.same(node, cls));
  }

  /** The conditions and types of a rule as tests for a matcher. */
  testsOf(rule: Rule): PatternTests[] {
    const tests = rule.conditions.map((condition): PatternTests => {
      const needs = variablesOf(...(condition.from === undefined ? [condition.of] : [condition.of, condition.from])).map((each) => each.name); // oxfmt-ignore
      return {
        needs,
        make: (register): RegisterTest => {
          const { of, test } = condition;
          if (of.kind === Kind.symbol && test !== "free" && test !== "symbol" && test !== "number") {
            const place = register(of.name);
            return (registers) => decide(test, this.knowledge(registers[place], test === "integer"));
          }
          const places = new Map(needs.map((name) => [name, register(name)]));
          return (registers) => this.holds(condition, (name) => registers[places.get(name)!]);
        },
      };
    });
    for (const [name, type] of rule.types)
      tests.push({
        needs: [name],
        make: (register) => {
          const place = register(name);
          const own = Object.hasOwn(rule.predicates, type) ? rule.predicates[type] : undefined;
          if (own !== undefined) return (registers) => this.#leafOf(registers[place], own);
          return (registers) => this.#isOfType(registers[place], type as VariableType);
        },
      });
    return tests;
  }

  /** Has a class a number or symbol for which this is true? */
  #leafOf(cls: number, predicate: Predicate): boolean {
    for (const node of this.nodesOf(cls)) {
      const { leaf } = this.operators[this.op[node]];
      if (leaf !== undefined && predicate(leaf)) return true;
    }
    return false;
  }

  #isOfType(cls: number, type: VariableType): boolean {
    if (type === "symbol") return this.#isSymbol(cls);
    if (type === "number") return this.data(this.constants, cls) !== undefined;
    return decide(type, this.knowledge(cls));
  }
}
