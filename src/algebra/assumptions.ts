// Assumptions about symbols, read from relations ("x > 0, n integer"), and what follows from them for a term: is it real, of which sign,
// an integer? Symbols are complex unless something is assumed; an inequality makes its symbol real. Contradictions are refused.
// What is not derived is unknown (undefined), never guessed. Left out: relations between symbols, bounds other than zero and one.
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { Kind, parse, postorder, type Context, type Term } from "../term/index.ts";

/** Possible signs of a real number, as bits. */
export const Sign = { negative: 1, zero: 2, positive: 4, any: 7 } as const;

interface Known {
  real: boolean;
  integer: boolean;
  signs: number;
}

export interface Assumptions {
  /** What was assumed, one a relation, as read. */
  readonly text: readonly string[];
  /** Is the term certainly real? */
  isReal(term: Term): boolean;
  isInteger(term: Term): boolean;
  /** Signs that a real term may have; undefined if it is not known to be real. */
  signs(term: Term): number | undefined;
  isPositive(term: Term): boolean;
  isNonnegative(term: Term): boolean;
  isNegative(term: Term): boolean;
  isNonzero(term: Term): boolean;
  /** What is known of a symbol. */
  of(symbol: string): Readonly<Known>;
}

const WORDS: Readonly<Record<string, Partial<Known>>> = {
  real: {},
  integer: { integer: true },
  positive: { signs: Sign.positive },
  negative: { signs: Sign.negative },
  nonnegative: { signs: Sign.positive | Sign.zero },
  nonpositive: { signs: Sign.negative | Sign.zero },
};

/** Assumptions from text: relations and words, separated by commas. Fails on what is not understood and on contradictions. */
export function assume(text: string | readonly string[], context?: Context): Assumptions {
  const parts = (typeof text === "string" ? text.split(/[,;]|\band\b/) : text)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const known = new Map<string, Known>();
  for (const part of parts) read(part, known, context);
  return new Knowledge(parts, known);
}

const misread = (part: string): Failure =>
  new Failure("syntax", `the assumption "${part.slice(0, 80)}" is not understood`, {
    hint: 'Write relations with zero and words: "x > 0, y != 0, n integer, t real, k positive".',
  });

function read(part: string, known: Map<string, Known>, context?: Context): void {
  const word = /^([\p{L}_][\p{L}\p{N}_]*)\s+(?:is\s+|in\s+)?([A-Za-z]+)$/u.exec(part);
  if (word && (word[2] === "nonzero" || Object.hasOwn(WORDS, word[2]))) {
    if (word[2] === "nonzero") return restrict(word[1], { signs: Sign.negative | Sign.positive }, known, part, false);
    return restrict(word[1], WORDS[word[2]], known, part);
  }
  let relation: Term;
  try {
    relation = parse(part, { source: "assumption", context });
  } catch (error) {
    if (error instanceof Failure && error.kind === "syntax") throw misread(part);
    throw error;
  }
  if (relation.kind !== Kind.relation) throw misread(part);
  const [a, b] = relation.args;
  const flip = a.kind === Kind.number;
  const symbol = flip ? b : a;
  const bound = flip ? a : b;
  if (symbol.kind !== Kind.symbol || bound.kind !== Kind.number) throw misread(part);
  const { negative, zero, positive } = Sign;
  const side = Q.sign(bound.value);
  // symbol < bound, symbol <= bound, or turned round.
  const below = side > 0 ? Sign.any : side < 0 ? negative : relation.name === "<=" ? negative | zero : negative;
  const above = side < 0 ? Sign.any : side > 0 ? positive : relation.name === "<=" ? positive | zero : positive;
  if (relation.name === "<" || relation.name === "<=")
    restrict(symbol.name, { signs: flip ? above : below }, known, part);
  else if (relation.name === "=")
    restrict(
      symbol.name,
      { signs: side < 0 ? negative : side > 0 ? positive : zero, integer: Q.isInteger(bound.value) || undefined },
      known,
      part,
    );
  else if (side === 0) restrict(symbol.name, { signs: negative | positive }, known, part, false);
}

function restrict(name: string, fact: Partial<Known>, known: Map<string, Known>, part: string, real = true): void {
  const before = known.get(name) ?? { real: false, integer: false, signs: Sign.any };
  const signs = before.signs & (fact.signs ?? Sign.any);
  if (signs === 0)
    throw new Failure("domain", `the assumptions contradict each other: "${part}" leaves no value for ${name}`);
  known.set(name, { real: before.real || real, integer: before.integer || (fact.integer ?? false), signs });
}

const FREE: Readonly<Known> = { real: false, integer: false, signs: Sign.any };

interface Fact {
  readonly real: boolean;
  readonly integer: boolean;
  readonly signs: number;
}

/** Functions that are real for every real argument. */
const REAL = new Set(["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "asinh", "atan", "atan2", "erf", "erfc", "cbrt", "floor", "ceil", "min", "max", "mod", "sign"]); // oxfmt-ignore

class Knowledge implements Assumptions {
  readonly text: readonly string[];
  readonly #known: ReadonlyMap<string, Known>;
  readonly #facts = new Map<Term, Fact>();

  constructor(text: readonly string[], known: ReadonlyMap<string, Known>) {
    this.text = text;
    this.#known = known;
  }

  of(symbol: string): Readonly<Known> {
    return this.#known.get(symbol) ?? FREE;
  }

  #fact(root: Term): Fact {
    const known = this.#facts.get(root);
    if (known) return known;
    for (const term of postorder([root])) if (!this.#facts.has(term)) this.#facts.set(term, this.#derive(term));
    return this.#facts.get(root)!;
  }

  isReal(term: Term): boolean {
    return this.#fact(term).real;
  }

  isInteger(term: Term): boolean {
    return this.#fact(term).integer;
  }

  signs(term: Term): number | undefined {
    const fact = this.#fact(term);
    return fact.real ? fact.signs : undefined;
  }

  isPositive(term: Term): boolean {
    return this.signs(term) === Sign.positive;
  }

  isNegative(term: Term): boolean {
    return this.signs(term) === Sign.negative;
  }

  isNonnegative(term: Term): boolean {
    const signs = this.signs(term);
    return signs !== undefined && (signs & Sign.negative) === 0;
  }

  isNonzero(term: Term): boolean {
    return (this.#fact(term).signs & Sign.zero) === 0;
  }

  #derive(term: Term): Fact {
    const fact = (arg: Term): Fact => this.#facts.get(arg)!;
    const { args } = term;
    const { positive, negative, zero, any } = Sign;
    const signOf = (value: number): number => (value > 0 ? positive : value < 0 ? negative : zero);
    switch (term.kind) {
      case Kind.number:
        return { real: true, integer: Q.isInteger(term.value), signs: signOf(Q.sign(term.value)) };
      case Kind.float:
        return { real: true, integer: false, signs: signOf(term.value as number) };
      case Kind.symbol:
        return this.of(term.name);
      case Kind.sum: {
        const real = args.every((arg) => fact(arg).real);
        let signs = term.value === 0 ? zero : signOf(Q.sign(term.value));
        args.forEach((arg, k) => {
          const s = fact(arg).signs;
          signs = addSigns(signs, Q.sign(term.weights[k]) > 0 ? s : flipped(s));
        });
        const integer =
          Q.isInteger(term.value) && args.every((arg, k) => fact(arg).integer && Q.isInteger(term.weights[k]));
        return { real, integer, signs: real ? signs : any };
      }
      case Kind.product: {
        let real = true;
        let integer = Q.isInteger(term.value);
        let signs = signOf(Q.sign(term.value));
        let nonzero = true;
        args.forEach((arg, k) => {
          const power = powerFact(fact(arg), term.weights[k]);
          real &&= power.real;
          integer &&= power.integer;
          nonzero &&= (power.signs & zero) === 0;
          signs = multiplySigns(signs, power.signs);
        });
        return { real, integer, signs: real ? signs : nonzero ? negative | positive : any };
      }
      case Kind.power: {
        const [base, exponent] = [fact(args[0]), fact(args[1])];
        const positiveBase = base.real && base.signs === positive;
        if (positiveBase && exponent.real) return { real: true, integer: false, signs: positive };
        if (base.real && (base.signs & zero) === 0 && exponent.integer)
          return { real: true, integer: false, signs: negative | positive };
        return { real: false, integer: false, signs: (base.signs & zero) === 0 ? negative | positive : any };
      }
      case Kind.call:
        return this.#call(term);
      default:
        return { real: false, integer: false, signs: any };
    }
  }

  #call(term: Term): Fact {
    const { positive, negative, zero, any } = Sign;
    const fact = (arg: Term): Fact => this.#facts.get(arg)!;
    const { args, name } = term;
    if (args.length === 0) return { real: true, integer: false, signs: positive };
    const a = fact(args[0]);
    const real = args.every((arg) => fact(arg).real);
    switch (name) {
      case "abs":
        return { real: true, integer: a.integer, signs: (a.signs & zero) === 0 ? positive : positive | zero };
      case "cosh":
        return { real, integer: false, signs: real ? positive : any };
      case "sinh":
      case "tanh":
      case "asinh":
      case "atan":
      case "erf":
      case "cbrt":
      case "sign":
        return { real, integer: name === "sign" && real, signs: real ? a.signs : any };
      case "floor":
      case "ceil":
        return { real, integer: real, signs: real ? (a.signs === positive ? (name === "ceil" ? positive : positive | zero) : a.signs === negative ? (name === "floor" ? negative : negative | zero) : any) : any }; // oxfmt-ignore
      case "log":
      case "log2":
      case "log10":
        return { real: a.real && a.signs === positive, integer: false, signs: aboveOne(args[0]) ? positive : any };
      case "gamma":
        return { real, integer: false, signs: real && a.signs === positive ? positive : any };
      default:
        return { real: real && REAL.has(name), integer: false, signs: name === "erfc" && real ? positive : any };
    }
  }
}

/** A number above one: its logarithm is positive. */
function aboveOne(term: Term): boolean {
  return (
    (term.kind === Kind.number && Q.compare(term.value, 1) > 0) ||
    (term.kind === Kind.call && (term.name === "pi" || term.name === "e"))
  );
}

function flipped(signs: number): number {
  return (
    (signs & Sign.zero) | (signs & Sign.negative ? Sign.positive : 0) | (signs & Sign.positive ? Sign.negative : 0)
  );
}

function addSigns(a: number, b: number): number {
  if (a & Sign.negative && b & Sign.positive) return Sign.any;
  if (a & Sign.positive && b & Sign.negative) return Sign.any;
  const both = (a | b) & (Sign.negative | Sign.positive);
  return both | (a & b & Sign.zero);
}

function multiplySigns(a: number, b: number): number {
  let result = (a | b) & Sign.zero;
  if (a & Sign.positive) result |= b & (Sign.negative | Sign.positive);
  if (a & Sign.negative) result |= flipped(b) & (Sign.negative | Sign.positive);
  return result;
}

/** What is known of base^weight for a rational weight. */
function powerFact(base: Fact, weight: Term["weights"][number]): Fact {
  const { positive, negative, zero, any } = Sign;
  const minus = Q.sign(weight) < 0;
  const nonzero = base.signs & (negative | positive);
  if (Q.isInteger(weight)) {
    const even = Q.numerator(weight) % 2n === 0n;
    const signs = even ? (nonzero ? positive : 0) | (base.signs & zero) : base.signs;
    return { real: base.real, integer: base.integer && !minus, signs: base.real ? (minus ? signs & ~zero : signs) : base.signs & zero ? any : negative | positive }; // oxfmt-ignore
  }
  const real = base.real && (base.signs & negative) === 0;
  return { real, integer: false, signs: real ? (minus ? base.signs & ~zero : base.signs) : base.signs & zero ? any : nonzero ? negative | positive : any }; // oxfmt-ignore
}

/** No assumptions. */
export const NOTHING: Assumptions = assume([]);
