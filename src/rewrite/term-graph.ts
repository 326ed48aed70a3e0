// An e-graph of mathematical terms: binary + - * / ^, neg, functions, leaves; with exact constants, dependencies and ranges.
// Terms in normal form go in as binary operations in their canonical order, held terms as they were written. What comes out are
// held terms, operation for operation; `release` of room term turns one into a normal form.
// Binders (array, sum over a range) are opaque leaves.
import { Q, type Rational } from "../number/index.ts";
import { type Context, isBinder, Kind, operands, operator, postorder, type Term } from "../term/index.ts";
import { type Analysis, EGraph } from "./egraph.ts";
import { constants, dependencies, type Dependencies, ranges } from "./analysis.ts";
import { type Condition, decide, know, type Knowledge } from "./condition.ts";
import type { PatternTests, RegisterTest } from "./ematch.ts";
import type { Assumption } from "./facts.ts";
import { parseRaw, type VariableType, variablesOf } from "./pattern.ts";
import type { Range } from "./range.ts";
import type { Rule } from "./rule.ts";

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
    const root = typeof term === "string" ? parseRaw(term, this.context) : term;
    for (const part of postorder([root], (each) => !isOpaque(each))) {
      if (this.#nodeOf.has(part)) continue;
      this.#nodeOf.set(part, this.#enter(part));
    }
    return this.#nodeOf.get(root)!;
  }

  #enter(term: Term): number {
    const of = (part: Term): number => this.#nodeOf.get(part)!;
    const number = (value: Rational): number => this.add(this.leaf(this.context.number(value)));
    const binary = (name: string, a: number, b: number): number => this.add(this.operator(name, 2), [a, b]);
    if (isOpaque(term) || (term.args.length === 0 && term.kind !== Kind.held)) {
      const node = this.add(this.leaf(term));
      if (term.kind === Kind.symbol) this.#symbols.push(node);
      return node;
    }
    const power = (base: Term, weight: Rational): number => {
      if (isEuler(base)) return this.add(this.operator("exp", 1), [number(weight)]);
      return weight === 1 ? of(base) : binary("^", of(base), number(weight));
    };
    if (term.kind === Kind.power && isEuler(term.args[0])) return this.add(this.operator("exp", 1), [of(term.args[1])]);
    if (term.kind === Kind.sum) {
      let sum: number | undefined;
      term.args.forEach((arg, i) => {
        const weight = term.weights[i];
        const part = weight === 1 ? of(arg) : binary("*", number(weight), of(arg));
        sum = sum === undefined ? part : binary("+", sum, part);
      });
      return term.value === 0 ? sum! : binary("+", sum!, number(term.value));
    }
    if (term.kind === Kind.product) {
      // Factors above and below the line.
      let above = term.value === 1 ? undefined : number(term.value);
      let below: number | undefined;
      term.args.forEach((arg, i) => {
        const weight = term.weights[i];
        const factor = power(arg, Q.absolute(weight));
        if (Q.sign(weight) > 0) above = above === undefined ? factor : binary("*", above, factor);
        else below = below === undefined ? factor : binary("*", below, factor);
      });
      if (below === undefined) return above!;
      return binary("/", above ?? number(1), below);
    }
    const name = term.kind === Kind.held ? term.name : operator(term);
    const args = operands(term).map(of);
    return this.add(this.operator(name, args.length), args);
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
      know(of, (variable) => this.knowledge(classOf(variable.name))),
    );
  }

  /** What is known of a class. */
  knowledge(cls: number): Knowledge {
    return {
      constant: this.data(this.constants, cls),
      range: this.data(this.ranges, cls),
      integer: this.#symbols.some((node) => this.same(node, cls) && this.#assume[this.operators[this.op[node]].leaf!.name] === "integer"), // oxfmt-ignore
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
          return (registers) => this.#isOfType(registers[place], type);
        },
      });
    return tests;
  }

  #isOfType(cls: number, type: VariableType): boolean {
    if (type === "symbol") return this.#isSymbol(cls);
    if (type === "number") return this.data(this.constants, cls) !== undefined;
    return decide(type, this.knowledge(cls));
  }

  /** The term that a node stands for, operation for operation; arguments are taken from `choose`. */
  makeTerm(node: number, args: readonly Term[]): Term {
    const { leaf, name } = this.operators[this.op[node]];
    return leaf ?? this.context.intern(Kind.held, name, 0, args, []);
  }
}

const isEuler = (term: Term): boolean => term.kind === Kind.call && term.name === "e";
const isOpaque = (term: Term): boolean => isBinder(term);
