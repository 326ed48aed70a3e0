// Algebraic equations of higher index, brought to index 1: where some of them hold fewer unknowns than there are of them, these
// are differentiated along the solution, until every equation can be matched with an unknown of its own.
// Source: Pantelides 1988, "The consistent initialization of differential-algebraic systems", SIAM J. Sci. Stat. Comput. 9:213-231.
// Unknowns that occur in an equation which is differentiated become states, and their derivatives the unknowns. The equations
// before differentiation stay as constraints: the solution is projected on them after every step (Hairer and Wanner, Solving
// ODEs II, section VII.2), which needs no choice of dummy derivatives that would have to change on the way.
import { Failure } from "../base/index.ts";
import { add, diff, freeSymbols, mul, type Term } from "../term/index.ts";
import type { Definition, Model, State } from "./model.ts";

/** Rounds of differentiation at most: the index minus one. */
const MOST_ROUNDS = 8;

export interface Reduced {
  /** The model of index 1; the same object where nothing had to be done. */
  readonly model: Model;
  /** Right-hand sides of unknowns that became states. */
  readonly added: ReadonlyMap<number, Term>;
  /** Terms that stay zero, assignments written out. */
  readonly constraints: readonly Definition[];
}

/**
 * `derivatives` are the right-hand sides of all states, undefined for unknowns; everything has its assignments written out.
 * Fails (Failure) where differentiation does not help: equations that hold no unknown however often they are differentiated.
 */
export function reduceIndex(
  model: Model,
  derivatives: readonly (Term | undefined)[],
  inline: (term: Term) => Term,
): Reduced {
  const { algebraic = [], unknowns = new Set<number>(), context, time } = model;
  if (algebraic.length === 0) return { model, added: new Map(), constraints: [] };
  let residuals = algebraic.map((each) => ({ ...each, term: inline(each.term) }));
  let free = [...unknowns];
  const states: State[] = [...model.states];
  const rates: (Term | undefined)[] = [...derivatives];
  const added = new Map<number, Term>();
  const constraints: Definition[] = [];
  const at = new Map(states.map((state, i) => [state.symbol, i]));
  for (let round = 0; ; round++) {
    const singular = unmatched(residuals.map(({ term }) => unknownsIn(term, free, at)));
    if (singular === undefined) break;
    const names = residuals.filter((_, e) => singular.equations.has(e)).map(({ name }) => name);
    if (round === MOST_ROUNDS)
      throw new Failure("unsupported", `the index of ${names.join(", ")} is higher than ${MOST_ROUNDS + 1}`, {
        place: residuals[[...singular.equations][0]].place,
        hint: "Differentiate the equations by hand, or look for one that contradicts or repeats the others.",
      });
    // Unknowns in these equations become states whose derivatives are the new unknowns.
    for (const unknown of singular.unknowns) {
      const { name, place } = states[unknown];
      const symbol = context.symbol(`der(${name})${round === 0 ? "" : round}`);
      at.set(symbol, states.length);
      rates[unknown] = symbol;
      added.set(unknown, symbol);
      free = free.map((each) => (each === unknown ? states.length : each));
      states.push({ name: symbol.name, symbol, initial: context.number(0), fixed: false, place });
      rates.push(undefined);
    }
    residuals = residuals.map((each, e) => {
      if (!singular.equations.has(e)) return each;
      constraints.push(each);
      const term = along(each.term, time, at, rates);
      if (freeSymbols(term).length === 0)
        throw new Failure("domain", `${each.name} does not determine anything: its derivative is ${term}`, {
          place: each.place,
          hint: "It contradicts or repeats the other equations; an unknown may be missing in it.",
        });
      return { ...each, term };
    });
  }
  if (constraints.length === 0) return { model, added, constraints };
  return {
    model: {
      ...model,
      states,
      algebraic: residuals,
      unknowns: new Set(free),
    },
    added,
    constraints,
  };
}

/** d term / dt along the solution. */
function along(term: Term, time: Term, at: ReadonlyMap<Term, number>, rates: readonly (Term | undefined)[]): Term {
  const parts = [diff(term, time)];
  for (const symbol of freeSymbols(term)) {
    const state = at.get(symbol);
    if (state !== undefined) parts.push(mul(diff(term, symbol), rates[state]!));
  }
  return add(...(parts as [Term, ...Term[]]));
}

function unknownsIn(term: Term, free: readonly number[], at: ReadonlyMap<Term, number>): number[] {
  const positions = new Set(free);
  return freeSymbols(term).flatMap((symbol) => {
    const state = at.get(symbol);
    return state !== undefined && positions.has(state) ? [state] : [];
  });
}

/**
 * A set of equations that hold fewer unknowns than there are of them, with these unknowns, found by augmenting paths from the
 * first equation that cannot be matched; undefined where all can.
 */
function unmatched(
  rows: readonly (readonly number[])[],
): { readonly equations: ReadonlySet<number>; readonly unknowns: ReadonlySet<number> } | undefined {
  const owner = new Map<number, number>();
  for (let e = 0; e < rows.length; e++) {
    const equations = new Set<number>();
    const unknowns = new Set<number>();
    const augment = (equation: number): boolean => {
      equations.add(equation);
      for (const unknown of rows[equation]) {
        if (unknowns.has(unknown)) continue;
        unknowns.add(unknown);
        const holder = owner.get(unknown);
        if (holder === undefined || augment(holder)) {
          owner.set(unknown, equation);
          return true;
        }
      }
      return false;
    };
    if (!augment(e)) return { equations, unknowns };
  }
  return undefined;
}
