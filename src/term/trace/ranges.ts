// What is known of whole numbers while a function is traced: loop variables lie between affine bounds, other atoms between
// numbers. Bounds of affine terms follow by putting the bounds of their variables in, innermost variable first.
// Left out: everything that is not affine (it may be anything).
import { Q } from "../../number/index.ts";
import { add, mul, sub } from "../build.ts";
import { Kind, type Term } from "../term.ts";

/** A variable of a loop that is kept, or an unknown whole number such as a length. Bounds are terms; absent is unbounded. */
export interface Bounds {
  readonly from?: Term;
  readonly to?: Term;
  /** Later variables may have earlier ones in their bounds, never the other way round. */
  readonly order: number;
}

export interface Affine {
  readonly constant: number;
  readonly parts: ReadonlyMap<Term, number>;
}

/** A term as constant + sum of whole multiples of atoms; undefined where a coefficient is not a safe integer. */
export function affine(term: Term): Affine | undefined {
  const whole = (value: Term["value"]): value is number => typeof value === "number" && Number.isSafeInteger(value);
  switch (term.kind) {
    case Kind.number:
      return whole(term.value) ? { constant: term.value, parts: new Map() } : undefined;
    case Kind.sum: {
      if (!whole(term.value) || !term.weights.every(whole)) return undefined;
      return { constant: term.value, parts: new Map(term.args.map((arg, i) => [arg, term.weights[i] as number])) };
    }
    case Kind.product:
      if (term.args.length === 1 && term.weights[0] === 1 && whole(term.value))
        return { constant: 0, parts: new Map([[term.args[0], term.value]]) };
  }
  return { constant: 0, parts: new Map([[term, 1]]) };
}

export class Ranges {
  readonly #variables = new Map<Term, Bounds>();
  readonly #atoms = new Map<Term, readonly [number, number]>();
  #order = 0;

  /** Notes a variable; its bounds may have variables noted before. */
  declare(variable: Term, from: Term | undefined, to: Term | undefined): void {
    this.#variables.set(variable, { from, to, order: ++this.#order });
  }

  bounds(variable: Term): Bounds | undefined {
    return this.#variables.get(variable);
  }

  /** Notes that an atom (a remainder, a choice of indices) lies between two numbers. */
  note(atom: Term, low: number, high: number): void {
    if (atom.kind === Kind.number || atom.kind === Kind.sum) return;
    // The same term may have been met where less was known.
    const old = this.#atoms.get(atom) ?? [Infinity, -Infinity];
    this.#atoms.set(atom, [Math.min(low, old[0]), Math.max(high, old[1])]);
  }

  /** Narrows a variable for the time of `run`. */
  within<T>(variable: Term, from: Term | undefined, to: Term | undefined, run: () => T): T {
    const old = this.#variables.get(variable);
    if (old === undefined) return run();
    this.#variables.set(variable, { from: from ?? old.from, to: to ?? old.to, order: old.order });
    try {
      return run();
    } finally {
      this.#variables.set(variable, old);
    }
  }

  /** A number that the term is never below (sign 1) or above (sign -1); infinite where nothing is known. */
  #extreme(term: Term, sign: 1 | -1): number {
    let current: Term = term;
    for (let round = 0; round < 64; round++) {
      const form = affine(current);
      if (form === undefined) return -sign * Infinity;
      let latest: Term | undefined;
      let order = -1;
      let total = form.constant;
      for (const [atom, weight] of form.parts) {
        const known = this.#atoms.get(atom);
        const bounds = this.#variables.get(atom);
        if (bounds !== undefined && bounds.order > order) {
          latest = atom;
          order = bounds.order;
        } else if (known !== undefined) total += weight * known[weight * sign > 0 ? 0 : 1];
        else if (bounds === undefined) return -sign * Infinity;
      }
      if (latest === undefined) return total;
      const weight = form.parts.get(latest)!;
      const { from, to } = this.#variables.get(latest)!;
      const end = weight * sign > 0 ? from : to;
      if (end === undefined) return -sign * Infinity;
      current = add(sub(current, mul(latest, weight)), mul(end, weight));
    }
    return -sign * Infinity;
  }

  low(term: Term): number {
    return this.#extreme(term, 1);
  }

  high(term: Term): number {
    return this.#extreme(term, -1);
  }

  /** Is a <= b for certain, certainly not, or unknown? */
  atMost(a: Term, b: Term): boolean | undefined {
    const difference = sub(b, a);
    if (this.low(difference) >= 0) return true;
    return this.high(difference) < 0 ? false : undefined;
  }

  equal(a: Term, b: Term): boolean | undefined {
    if (a === b) return true;
    const difference = sub(a, b);
    if (difference.kind === Kind.number) return Q.sign(difference.value) === 0;
    return this.low(difference) > 0 || this.high(difference) < 0 ? false : undefined;
  }

  /** Runs with ranges narrowed to where a condition on whole numbers holds. */
  assuming<T>(condition: Term, truth: boolean, run: () => T): T {
    if (condition.kind === Kind.logic) {
      if (condition.name === "not") return this.assuming(condition.args[0], !truth, run);
      if ((condition.name === "and") !== truth) return run();
      const nest = (i: number): T => (i === condition.args.length ? run() : this.assuming(condition.args[i], truth, () => nest(i + 1))); // oxfmt-ignore
      return nest(0);
    }
    if (condition.kind !== Kind.relation) return run();
    const [a, b] = condition.args;
    const { name } = condition;
    const atLeastZero = (term: Term, next: () => T): T => this.#narrow(term, next);
    if (name === "<=") return atLeastZero(truth ? sub(b, a) : sub(a, add(b, 1)), run);
    if (name === "<") return atLeastZero(truth ? sub(b, add(a, 1)) : sub(a, b), run);
    const equal = (name === "=") === truth;
    if (equal) return atLeastZero(sub(b, a), () => atLeastZero(sub(a, b), run));
    // a != b cuts an end off.
    const difference = sub(a, b);
    if (this.low(difference) >= 0) return atLeastZero(sub(difference, 1), run);
    if (this.high(difference) <= 0) return atLeastZero(sub(mul(difference, -1), 1), run);
    return run();
  }

  /** Runs knowing that an affine term of whole variables is at least 0. */
  #narrow<T>(term: Term, run: () => T): T {
    const form = affine(term);
    if (form === undefined) return run();
    let latest: Term | undefined;
    for (const atom of form.parts.keys()) {
      const bounds = this.bounds(atom);
      if (bounds === undefined) return run();
      if (latest === undefined || bounds.order > this.bounds(latest)!.order) latest = atom;
    }
    if (latest === undefined) return run();
    const weight = form.parts.get(latest)!;
    if (Math.abs(weight) !== 1) return run();
    const rest = sub(term, mul(latest, weight));
    const { from, to } = this.bounds(latest)!;
    if (weight === 1) {
      const bound = mul(rest, -1);
      return from !== undefined && this.atMost(bound, from) === true ? run() : from === undefined || this.atMost(from, bound) === true ? this.within(latest, bound, undefined, run) : run(); // oxfmt-ignore
    }
    return to !== undefined && this.atMost(to, rest) === true ? run() : to === undefined || this.atMost(rest, to) === true ? this.within(latest, undefined, rest, run) : run(); // oxfmt-ignore
  }
}
