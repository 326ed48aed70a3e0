// Matching terms in normal form: patterns are compiled to closures once per context. Sums and products are matched up to order and
// grouping (Benanav, Kapur, Narendran 1987; many-to-one and backtracking as in Krebber 2017), with coefficients and exponents
// as multiplicities: 5 sin^2 + 3 cos^2 holds sin^2 + cos^2 three times, sin^3 cos holds sin cos once.
// In a sum or product a variable ?x takes one operand (with its coefficient or exponent); a segment ??x takes all that is left,
// 0 or 1 where nothing is. A variable of a number type takes the coefficient of a product or the constant of a sum.
// Left out: several segments in one sum or product, segments among the arguments of functions.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { Kind, pow, ProductBuilder, substitute, SumBuilder, times, type Term } from "../term/index.ts";
import { isSegment, isVariable, variablesOf } from "./pattern.ts";

/** What variables stand for, by slot. */
export type Bindings = (Term | undefined)[];
/** Goes on with the rest of a match; false asks for another way. */
type Next = () => boolean;
type Match = (term: Term, bound: Bindings, next: Next) => boolean;

/** Types are decided by the caller, who knows assumptions. */
type TypeTest = (type: string, term: Term) => boolean;

/** Attempts that one search for a match may take; beyond it there is no match, and the run says that it was cut off. */
export const MOST_ATTEMPTS = 100_000;

/** Addends from which known parts are looked up. */
const MANY = 8;

/** A part of a sum pattern that is not a segment. */
interface Part {
  readonly match: Match;
  readonly weight: Rational;
  /** A variable alone, and one that takes numbers. */
  readonly variable: boolean;
  readonly number: boolean;
  readonly pattern: Term;
}

export class PatternCompiler {
  /** Slot of each variable, by name. */
  readonly slots = new Map<string, number>();
  readonly #types: ReadonlyMap<string, string>;
  isOfType: TypeTest = () => true;
  /** Counts attempts of the search under way. */
  attempts = 0;

  constructor(types: ReadonlyMap<string, string>) {
    this.#types = types;
  }

  #slot(name: string): number {
    let slot = this.slots.get(name);
    if (slot === undefined) this.slots.set(name, (slot = this.slots.size));
    return slot;
  }

  /** Does the pattern contain a variable? */
  static isOpen(pattern: Term): boolean {
    return isVariable(pattern) || pattern.args.some((arg) => PatternCompiler.isOpen(arg));
  }

  #tick(): boolean {
    return ++this.attempts <= MOST_ATTEMPTS;
  }

  /** A matcher of whole terms. */
  compile(pattern: Term): Match {
    if (isVariable(pattern)) return this.#variable(pattern);
    if (!PatternCompiler.isOpen(pattern)) return (term, _, next) => term === pattern && next();
    switch (pattern.kind) {
      case Kind.sum:
        return this.#sum(pattern);
      case Kind.product: {
        const lone = this.#multiple(pattern);
        if (lone !== undefined) return lone;
        const match = this.#product(pattern, false);
        return (term, bound, next) => match(term, bound, () => next());
      }
      case Kind.power:
        return this.#power(pattern);
      default:
        return this.#sequence(pattern);
    }
  }

  #variable(pattern: Term): Match {
    const slot = this.#slot(pattern.name);
    const type = this.#types.get(pattern.name);
    return (term, bound, next) => {
      const before = bound[slot];
      if (before !== undefined) return before === term && next();
      if (type !== undefined && !this.isOfType(type, term)) return false;
      bound[slot] = term;
      if (next()) return true;
      bound[slot] = undefined;
      return false;
    };
  }

  /** Same kind, same name, arguments one by one. */
  #sequence(pattern: Term): Match {
    for (const arg of pattern.args)
      if (isSegment(arg)) throw new Failure("unsupported", `${arg.name}: segments stand in sums and products only`);
    const matches = pattern.args.map((arg) => this.compile(arg));
    const { kind, name } = pattern;
    const from = (i: number, term: Term, bound: Bindings, next: Next): boolean =>
      i === matches.length ? next() : matches[i](term.args[i], bound, () => from(i + 1, term, bound, next));
    return (term, bound, next) =>
      term.kind === kind &&
      term.name === name &&
      term.args.length === matches.length &&
      this.#tick() &&
      from(0, term, bound, next);
  }

  /** base ^ exponent with an exponent that is not rational in the pattern; rational exponents fit, too. */
  #power(pattern: Term): Match {
    const base = this.compile(pattern.args[0]);
    const exponent = this.compile(pattern.args[1]);
    return (term, bound, next) => {
      const parts = asPower(term);
      return parts !== undefined && base(parts[0], bound, () => exponent(parts[1], bound, next));
    };
  }

  /** c ?x for a number c: fits every term whose coefficients are positive whole multiples of c. */
  #multiple(pattern: Term): Match | undefined {
    if (pattern.args.length !== 1 || pattern.weights[0] !== 1 || pattern.value === 1) return undefined;
    if (!isVariable(pattern.args[0]) || isSegment(pattern.args[0])) return undefined;
    const variable = this.#variable(pattern.args[0]);
    const c = Q.invert(pattern.value);
    const whole = (value: Rational): boolean => Q.isInteger(Q.multiply(value, c));
    return (term, bound, next) => {
      const first = term.kind === Kind.sum ? term.weights[0] : term.kind === Kind.product || term.kind === Kind.number ? term.value : 1; // oxfmt-ignore
      if (Q.sign(Q.multiply(first, c)) <= 0 || !whole(first)) return false;
      if (term.kind === Kind.sum && !(whole(term.value) && term.weights.every(whole))) return false;
      return variable(times(c, term), bound, next);
    };
  }

  /** Parts of a sum pattern: segment, and the others with their weights, the most particular first. */
  #partsOf(pattern: Term): {
    segment: Match | undefined;
    parts: Part[];
  } {
    let segment: Match | undefined;
    const parts: (Part & { rank: number })[] = [];
    pattern.args.forEach((arg, i) => {
      if (isSegment(arg)) {
        if (segment !== undefined || pattern.weights[i] !== 1)
          throw new Failure(
            "unsupported",
            `${arg.name}: a sum or product has at most one segment, and that without a factor`,
          );
        segment = this.#variable(arg);
        return;
      }
      const variable = isVariable(arg);
      const type = this.#types.get(arg.name);
      const number = variable && (type === "number" || type === "integer" || type === "positive");
      parts.push({
        match: this.compile(arg),
        weight: pattern.weights[i],
        variable,
        number,
        pattern: arg,
        rank: variable ? 2 : PatternCompiler.isOpen(arg) ? 1 : 0,
      });
    });
    parts.sort((a, b) => a.rank - b.rank);
    return { segment, parts };
  }

  /** The term that a pattern stands for if all its variables are bound, and if it may stand in a sum as it is. */
  #instance(pattern: Term, bound: Bindings): Term | undefined {
    const values = new Map<Term, Term>();
    for (const variable of variablesOf(pattern)) {
      const value = bound[this.slots.get(variable.name)!];
      if (value === undefined) return undefined;
      values.set(variable, value);
    }
    const term = substitute(pattern, values);
    const standsAlone = term.kind !== Kind.number && term.kind !== Kind.sum && (term.kind !== Kind.product || term.value === 1); // oxfmt-ignore
    return standsAlone ? term : undefined;
  }

  /** A whole sum: every operand must be taken. */
  #sum(pattern: Term): Match {
    const { segment, parts } = this.#partsOf(pattern);
    return (term, bound, next) => {
      const { args, weights, constant } = addends(term);
      const left = new Uint8Array(args.length).fill(1);
      let rest = Q.subtract(constant, pattern.value);
      const finish = (): boolean => {
        if (segment === undefined) return rest === 0 && !left.includes(1) && next();
        const sum = new SumBuilder(term.context);
        sum.constant = rest;
        args.forEach((arg, i) => left[i] === 1 && sum.add(arg, weights[i]));
        return segment(sum.build(), bound, next);
      };
      if (segment === undefined && parts.length > args.length + 1) return false;
      const from = (p: number): boolean => {
        if (p === parts.length) return finish();
        const { match, weight, variable, number } = parts[p];
        for (let i = 0; i < args.length; i++) {
          if (left[i] === 0 || !this.#tick()) continue;
          const ratio = Q.divide(weights[i], weight);
          if (variable ? Q.sign(ratio) < 0 : ratio !== 1) continue;
          left[i] = 0;
          if (match(variable ? times(ratio, args[i]) : args[i], bound, () => from(p + 1))) return true;
          left[i] = 1;
        }
        if (variable && rest !== 0 && (number || segment === undefined)) {
          const before = rest;
          rest = 0;
          if (match(term.context.number(Q.divide(before, weight)), bound, () => from(p + 1))) return true;
          rest = before;
        }
        return false;
      };
      return from(0);
    };
  }

  /**
   * A sum inside a sum: calls `found` with the largest factor by which the pattern is contained. Where the pattern has
   * variables as operands the factor is 1.
   */
  sumWithin(pattern: Term): (term: Term, bound: Bindings, found: (factor: Rational) => boolean) => boolean {
    const { segment, parts } = this.#partsOf(pattern);
    if (segment !== undefined) {
      const whole = this.#sum(pattern);
      return (term, bound, found) => whole(term, bound, () => found(1));
    }
    const free = !parts.some((part) => part.variable);
    return (term, bound, found) => {
      if (term.kind !== Kind.sum) return false;
      const { args, weights, value } = term;
      const left = new Uint8Array(args.length).fill(1);
      const ratios: Rational[] = [];
      let places: Map<Term, number> | undefined;
      if (pattern.value !== 0) ratios.push(Q.divide(value, pattern.value));
      if (ratios[0] === 0) return false;
      const finish = (): boolean => {
        let least = ratios[0] ?? 1;
        for (const ratio of ratios) {
          if (Q.sign(ratio) !== Q.sign(least)) return false;
          if (Q.compare(Q.absolute(ratio), Q.absolute(least)) < 0) least = ratio;
        }
        return free ? found(least) : ratios.every((ratio) => ratio === 1) && found(1);
      };
      const from = (p: number): boolean => {
        if (p === parts.length) return finish();
        const { match, weight, variable } = parts[p];
        // When nothing in it is open any more there is one candidate at most.
        const wanted = variable || args.length < MANY ? undefined : this.#instance(parts[p].pattern, bound);
        if (wanted !== undefined) {
          places ??= new Map(args.map((arg, i) => [arg, i]));
          const i = places.get(wanted);
          if (i === undefined || left[i] === 0 || !this.#tick()) return false;
          const ratio = Q.divide(weights[i], weight);
          if (!free && ratio !== 1) return false;
          left[i] = 0;
          ratios.push(ratio);
          if (from(p + 1)) return true;
          ratios.pop();
          left[i] = 1;
          return false;
        }
        for (let i = 0; i < args.length; i++) {
          if (left[i] === 0 || !this.#tick()) continue;
          const ratio = Q.divide(weights[i], weight);
          if (!free && (variable ? Q.sign(ratio) < 0 : ratio !== 1)) continue;
          left[i] = 0;
          if (!variable) ratios.push(ratio);
          if (match(variable ? times(ratio, args[i]) : args[i], bound, () => from(p + 1))) return true;
          if (!variable) ratios.pop();
          left[i] = 1;
        }
        return false;
      };
      return from(0);
    };
  }

  /** A product; `within`: factors may be left over. Calls `found` with what is left (1 if nothing is). */
  #product(pattern: Term, within: boolean): (term: Term, bound: Bindings, found: (rest: Term) => boolean) => boolean {
    let segment: Match | undefined;
    const parts: { match: Match; weight: Rational; kind: "variable" | "number" | "power" | "factor"; rank: number }[] =
      [];
    pattern.args.forEach((arg, i) => {
      const weight = pattern.weights[i];
      if (isSegment(arg)) {
        if (segment !== undefined || weight !== 1)
          throw new Failure("unsupported", `${arg.name}: a sum or product has at most one segment, and that without an exponent`); // oxfmt-ignore
        segment = this.#variable(arg);
        return;
      }
      const type = this.#types.get(arg.name);
      const variable = isVariable(arg) && weight === 1;
      const number = variable && (type === "number" || type === "integer" || type === "positive");
      const power = arg.kind === Kind.power && PatternCompiler.isOpen(arg);
      parts.push({
        match: this.compile(arg),
        weight,
        kind: number ? "number" : variable ? "variable" : power ? "power" : "factor",
        rank: number ? 3 : variable ? 4 : PatternCompiler.isOpen(arg) ? (isVariable(arg) ? 2 : 1) : 0,
      });
    });
    parts.sort((a, b) => a.rank - b.rank);
    const leftover = within || segment !== undefined;
    return (term, bound, found) => {
      const { args, weights, coefficient } = factors(term);
      const left: Rational[] = [...weights];
      let c = Q.divide(coefficient, pattern.value);
      const finish = (): boolean => {
        if (!leftover) return c === 1 && left.every((weight) => weight === 0) && found(term.context.number(1));
        const product = new ProductBuilder(term.context);
        product.coefficient = c;
        args.forEach((arg, i) => left[i] !== 0 && product.multiply(arg, left[i]));
        const rest = product.build();
        return segment === undefined ? found(rest) : segment(rest, bound, () => found(term.context.number(1)));
      };
      const from = (p: number): boolean => {
        if (p === parts.length) return finish();
        const { match, weight, kind } = parts[p];
        if (kind === "number") {
          if (c === 1) return false;
          const before = c;
          c = 1;
          if (match(term.context.number(before), bound, () => from(p + 1))) return true;
          c = before;
          return false;
        }
        for (let i = 0; i < args.length; i++) {
          const has = left[i];
          if (has === 0 || !this.#tick()) continue;
          if (kind === "factor") {
            if (!Q.equal(has, weight) && !(leftover && holds(has, weight))) continue;
            left[i] = Q.subtract(has, weight);
            if (match(args[i], bound, () => from(p + 1))) return true;
          } else {
            // A whole operand: a factor with its exponent.
            left[i] = 0;
            if (match(pow(args[i], term.context.number(has)), bound, () => from(p + 1))) return true;
          }
          left[i] = has;
        }
        return false;
      };
      return from(0);
    };
  }

  productWithin(pattern: Term): (term: Term, bound: Bindings, found: (rest: Term) => boolean) => boolean {
    return this.#product(pattern, true);
  }
}

/** Is one whole exponent contained in another of the same sign? */
function holds(has: Rational, weight: Rational): boolean {
  if (typeof has !== "number" || typeof weight !== "number") return false;
  return has > 0 === weight > 0 && Math.abs(has) > Math.abs(weight);
}

/** Base and exponent of a power; e is e^1. */
function asPower(term: Term): readonly [Term, Term] | undefined {
  if (term.kind === Kind.power) return [term.args[0], term.args[1]];
  if (term.kind === Kind.product && term.value === 1 && term.args.length === 1)
    return [term.args[0], term.context.number(term.weights[0])];
  if (term.kind === Kind.call && term.name === "e") return [term, term.context.number(1)];
  return undefined;
}

const ONE: readonly Rational[] = [1];

/** Any term as a sum. */
function addends(term: Term): { args: readonly Term[]; weights: readonly Rational[]; constant: Rational } {
  if (term.kind === Kind.sum) return { args: term.args, weights: term.weights, constant: term.value };
  if (term.kind === Kind.number) return { args: [], weights: [], constant: term.value };
  if (term.kind === Kind.product && term.value !== 1)
    return { args: [times(Q.invert(term.value), term)], weights: [term.value], constant: 0 };
  return { args: [term], weights: ONE, constant: 0 };
}

/** Any term as a product. */
function factors(term: Term): { args: readonly Term[]; weights: readonly Rational[]; coefficient: Rational } {
  if (term.kind === Kind.product) return { args: term.args, weights: term.weights, coefficient: term.value };
  if (term.kind === Kind.number) return { args: [], weights: [], coefficient: term.value };
  return { args: [term], weights: ONE, coefficient: 1 };
}
