// Assumptions about symbols, read from relations ("x > 0, n integer"), and what follows from them for a term: is it real, of which sign,
// an integer? Symbols are complex unless something is assumed; an inequality makes its symbol real. Contradictions are refused.
// What is not derived is unknown (undefined), never guessed. Bounds by numbers are carried through sums. Left out: relations between symbols.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { Kind, parse, postorder, type Context, type Term } from "../term/index.ts";

/** Possible signs of a real number, as bits. */
export const Sign = { negative: 1, zero: 2, positive: 4, any: 7 } as const;

/** An end of an interval; `open`: the value itself is excluded. */
export interface End {
  readonly value: Rational;
  readonly open: boolean;
}

/** What is known of a symbol. */
export interface Known {
  readonly real: boolean;
  readonly integer: boolean;
  readonly signs: number;
  readonly lower?: End;
  readonly upper?: End;
}

/** Is a real number within the bounds? */
export function within({ lower, upper }: Known, x: Rational): boolean {
  const outside = (end: End | undefined, sign: number): boolean => {
    if (!end) return false;
    const order = sign * Q.compare(x, end.value);
    return order < 0 || (order === 0 && end.open);
  };
  return !outside(lower, 1) && !outside(upper, -1);
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
  of(symbol: string): Known;
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
  const { negative, positive } = Sign;
  const { value } = bound;
  const open = relation.name === "<";
  if (relation.name === "<" || relation.name === "<=")
    restrict(symbol.name, flip ? { lower: { value, open } } : { upper: { value, open } }, known, part);
  else if (relation.name === "=") {
    const end = { value, open: false };
    restrict(symbol.name, { lower: end, upper: end, integer: Q.isInteger(value) || undefined }, known, part);
  } else if (value === 0) restrict(symbol.name, { signs: negative | positive }, known, part, false);
  else restrict(symbol.name, {}, known, part, false);
}

function restrict(name: string, fact: Partial<Known>, known: Map<string, Known>, part: string, real = true): void {
  const before = known.get(name) ?? FREE;
  const lower = later(before.lower, fact.lower, 1);
  const upper = later(before.upper, fact.upper, -1);
  const signs = before.signs & (fact.signs ?? Sign.any) & signsBetween(lower, upper);
  const order = lower && upper ? Q.compare(lower.value, upper.value) : -1;
  if (signs === 0 || order > 0 || (order === 0 && (lower!.open || upper!.open)))
    throw new Failure("domain", `the assumptions contradict each other: "${part}" leaves no value for ${name}`);
  known.set(name, {
    real: before.real || real,
    integer: before.integer || (fact.integer ?? false),
    signs,
    ...(lower ? { lower } : {}),
    ...(upper ? { upper } : {}),
  });
}

/** The narrower of two ends: the greater of lower ends (sign 1), the less of upper ones (-1). */
function later(a: End | undefined, b: End | undefined, sign: 1 | -1): End | undefined {
  if (!a || !b) return a ?? b;
  const order = sign * Q.compare(a.value, b.value);
  return order > 0 || (order === 0 && a.open) ? a : b;
}

/** Signs of the numbers between two ends. */
function signsBetween(lower: End | undefined, upper: End | undefined): number {
  let signs: number = Sign.any;
  if (lower) {
    const side = Q.sign(lower.value);
    if (side > 0) signs &= Sign.positive;
    else if (side === 0) signs &= lower.open ? Sign.positive : Sign.positive | Sign.zero;
  }
  if (upper) {
    const side = Q.sign(upper.value);
    if (side < 0) signs &= Sign.negative;
    else if (side === 0) signs &= upper.open ? Sign.negative : Sign.negative | Sign.zero;
  }
  return signs;
}

const FREE: Known = { real: false, integer: false, signs: Sign.any };

type Fact = Known;

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

  of(symbol: string): Known {
    return this.#known.get(symbol) ?? FREE;
  }

  #fact(root: Term): Fact {
    const known = this.#facts.get(root);
    if (known) return known;
    for (const term of postorder([root])) {
      if (this.#facts.has(term)) continue;
      const fact = this.#derive(term);
      // Bounds of a linear expression may tell its sign.
      const ends = fact.real ? this.#ends(term) : {};
      this.#facts.set(term, { ...fact, ...ends, signs: fact.signs & signsBetween(ends.lower, ends.upper) });
    }
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

  /** Bounds of numbers, symbols, sums, and of functions that have them. */
  #ends(term: Term): { lower?: End; upper?: End } {
    const closed = (lower: Rational, upper: Rational): { lower: End; upper: End } => ({
      lower: { value: lower, open: false },
      upper: { value: upper, open: false },
    });
    switch (term.kind) {
      case Kind.number:
        return closed(term.value, term.value);
      case Kind.symbol: {
        const { lower, upper } = this.of(term.name);
        return { ...(lower ? { lower } : {}), ...(upper ? { upper } : {}) };
      }
      case Kind.call:
        if (term.name === "pi") return closed(Q.rational(333n, 106n), Q.rational(355n, 113n));
        if (term.name === "e") return closed(Q.rational(2718n, 1000n), Q.rational(2719n, 1000n));
        if (term.name === "sin" || term.name === "cos" || term.name === "tanh") return closed(-1, 1);
        if (term.name === "cosh") return { lower: { value: 1, open: false } };
        return {};
      case Kind.product: {
        // c u, as it stands in no sum.
        if (term.args.length !== 1 || term.weights[0] !== 1) return {};
        return scaledEnds(this.#facts.get(term.args[0])!, term.value);
      }
      case Kind.sum: {
        let lower: End | undefined = { value: term.value, open: false };
        let upper: End | undefined = lower;
        term.args.forEach((arg, k) => {
          const part = scaledEnds(this.#facts.get(arg)!, term.weights[k]);
          lower = lower &&
            part.lower && { value: Q.add(lower.value, part.lower.value), open: lower.open || part.lower.open };
          upper = upper &&
            part.upper && { value: Q.add(upper.value, part.upper.value), open: upper.open || part.upper.open };
        });
        return { ...(lower ? { lower } : {}), ...(upper ? { upper } : {}) };
      }
      default:
        return {};
    }
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

/** The ends of factor * u; a sign known of u is an end at zero. */
function scaledEnds({ lower, upper, signs }: Fact, factor: Rational): { lower?: End; upper?: End } {
  const zero = (open: boolean): End => ({ value: 0, open });
  const below =
    lower ?? (signs === Sign.positive ? zero(true) : (signs & Sign.negative) === 0 ? zero(false) : undefined);
  const above =
    upper ?? (signs === Sign.negative ? zero(true) : (signs & Sign.positive) === 0 ? zero(false) : undefined);
  const scaled = (end: End | undefined): End | undefined =>
    end && { value: Q.multiply(factor, end.value), open: end.open };
  const [first, last] = Q.sign(factor) > 0 ? [scaled(below), scaled(above)] : [scaled(above), scaled(below)];
  return { ...(first ? { lower: first } : {}), ...(last ? { upper: last } : {}) };
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
