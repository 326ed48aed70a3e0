// Fast reactions (Level 2; Level 3 Version 1, section 4.11.1): they are in equilibrium at all times. Amounts that only slow
// reactions change, combinations of species that the fast ones leave alone, are states; the equilibria are equations.
import { Q, type Rational } from "../../number/index.ts";
import {
  add,
  call,
  diff,
  div,
  evaluate,
  freeSymbols,
  Kind,
  mul,
  neg,
  piecewise,
  relation,
  sub,
  substitute,
  type Term,
} from "../../term/index.ts";
import type { Quantity } from "./quantities.ts";
import type { ReadReaction } from "./reactions.ts";

export interface Equilibria {
  /** Zero at all times: one for each member of `pivots`. */
  readonly equations: readonly Term[];
  /** The reactions whose rates the equations are; empty where they are combinations of rates. */
  readonly reactions: readonly ReadReaction[];
  /** Species whose amounts follow from the equilibria. */
  readonly pivots: readonly Quantity[];
  /** The other species of fast reactions: amount = state + sum of weight * amount of a pivot. */
  readonly others: ReadonlyMap<Quantity, ReadonlyMap<Quantity, Term>>;
}

/** The equilibria of the fast reactions, by Gaussian elimination of their net changes. */
export function equilibria(reactions: readonly ReadReaction[]): Equilibria | undefined {
  const fast = reactions.filter((reaction) => reaction.fast && reaction.change.size > 0 && !isZero(reaction.rate));
  if (fast.length === 0) return undefined;
  const zero: Term = fast[0].rate.context.number(0);
  const species = [...new Set(fast.flatMap((reaction) => [...reaction.change.keys()]))];
  // One row a reaction, one column a species. Numbers are taken as pivots before constants with a name.
  const rows = fast.map((reaction) => species.map((each) => reaction.change.get(each) ?? zero));
  const pivotColumns: number[] = [];
  for (let column = 0; column < species.length && pivotColumns.length < rows.length; column++) {
    const rank = pivotColumns.length;
    const usable = rows.map((row, r) => r >= rank && row[column] !== zero);
    const number = rows.findIndex((row, r) => usable[r] && row[column].kind === Kind.number);
    const found = number < 0 ? usable.indexOf(true) : number;
    if (found < 0) continue;
    [rows[rank], rows[found]] = [rows[found], rows[rank]];
    const pivot = rows[rank][column];
    rows[rank] = rows[rank].map((value) => div(value, pivot));
    rows.forEach((row, r) => {
      const factor = row[column];
      if (r !== rank && factor !== zero) rows[r] = row.map((value, i) => sub(value, mul(factor, rows[rank][i])));
    });
    pivotColumns.push(column);
  }
  const rank = pivotColumns.length;
  const pivots = pivotColumns.map((column) => species[column]);
  const others = new Map<Quantity, ReadonlyMap<Quantity, Term>>();
  species.forEach((each, column) => {
    if (pivotColumns.includes(column)) return;
    // Fast reactions change this one by the same combination of what they do to the pivots.
    others.set(
      each,
      new Map(pivots.flatMap((pivot, r) => (rows[r][column] === zero ? [] : [[pivot, rows[r][column]] as const]))),
    );
  });
  // As many independent equations as pivots: the rates themselves, or where they are more than that, the net rates of the pivots.
  const equations =
    fast.length === rank
      ? fast.map((reaction) => reaction.rate)
      : pivots.map((pivot) =>
          fast
            .flatMap((reaction) => {
              const change = reaction.change.get(pivot);
              return change === undefined ? [] : [mul(reaction.rate, change)];
            })
            .reduce((a, b) => add(a, b)),
        );
  return { equations, reactions: fast.length === rank ? fast : [], pivots, others };
}

const isZero = (term: Term): boolean => term.kind === Kind.number && term.value === 0;

/** The factors of a product with their exponents. */
function factorsOf(term: Term): readonly (readonly [factor: Term, exponent: Rational])[] {
  if (term.kind === Kind.product) return term.args.map((arg, i) => [arg, term.weights[i]]);
  return [[term, 1]];
}

/** What `exhausted` asks of the model. */
export interface FastView {
  readonly constant: (symbol: Term) => boolean;
  /** Does it change at events only? */
  readonly discrete: (symbol: Term) => boolean;
  /** Is there some of a species at the start? */
  readonly present: (species: Quantity) => boolean;
  readonly amount: (species: Quantity) => Term;
  /** NaN, for signs of constants for which there is no equilibrium. */
  readonly never: () => Term;
}

interface Consumed {
  readonly species: Quantity;
  /** How much of it for each unit of extent, positive. */
  readonly number: Rational;
}

/**
 * A reaction whose rate is a constant times powers of amounts or concentrations runs until one of those that it consumes is used
 * up, if the others are there at the start and it produces them: a term that is then zero. Of two reactants the scarcer one is used up. Undefined
 * for other rates. Fails where it cannot be told what becomes zero. The second term, where there is one, is a factor that events
 * change: while it is zero, the reaction is switched off.
 */
export function exhausted(
  { rate, change, quantity }: ReadReaction,
  view: FastView,
): readonly [zero: Term, gate?: Term] | undefined {
  const { context } = rate;
  let constantPart: Term = rate;
  const consumed: Consumed[] = [];
  const produced: Consumed[] = [];
  let linear = true;
  for (const [factor, exponent] of factorsOf(rate)) {
    const found = [...change].find(([species]) => factor === context.symbol(species.name));
    if (found === undefined) continue;
    const [species, coefficient] = found;
    if (coefficient.kind !== Kind.number || Q.sign(exponent) < 0) return undefined;
    if (exponent !== 1) linear = false;
    constantPart = substitute(constantPart, new Map([[factor, context.number(1)]]));
    const list = Q.sign(coefficient.value) < 0 ? consumed : produced;
    list.push({ species, number: Q.absolute(coefficient.value) });
  }
  const symbols = freeSymbols(constantPart);
  if (symbols.some(view.discrete) && consumed.length === 1 && produced.length === 0)
    return symbols.every((each) => view.constant(each) || view.discrete(each))
      ? [view.amount(consumed[0].species), constantPart]
      : undefined;
  if (!symbols.every(view.constant)) return undefined;
  // One amount alone: an equation that others solve.
  if (consumed.length + produced.length < (linear ? 2 : 1)) return undefined;
  const forwards = usedUp(consumed, produced, view);
  const backwards = usedUp(produced, consumed, view);
  const sign = symbols.length === 0 ? Math.sign(evaluate(constantPart)) : undefined;
  const result = sign === undefined ? (forwards ?? backwards) : sign > 0 ? forwards : backwards;
  if (result === undefined)
    throw quantity.fail(
      "the rate of this fast reaction becomes zero in several ways, which cannot be told apart",
      "Write it as an ordinary reaction with a great rate.",
      "unsupported",
    );
  if (sign !== undefined) return [result];
  return [piecewise([[forwards ?? view.never(), relation(">", constantPart, 0)]], backwards ?? view.never())];
}

/** What is zero when a reaction has run to its end that consumes some species of its rate and produces others. */
function usedUp(consumed: readonly Consumed[], produced: readonly Consumed[], view: FastView): Term | undefined {
  if (!produced.every(({ species }) => view.present(species))) return undefined;
  const [a, b] = consumed;
  if (consumed.length === 1) return view.amount(a.species);
  if (consumed.length !== 2) return undefined;
  // What is left of a: what there is more of it than b can take. The difference does not change in the reaction.
  const { context } = view.amount(a.species);
  const left = mul(
    call(context, "max", sub(scaled(a, view), scaled(b, view)), context.number(0)),
    context.number(a.number),
  );
  return sub(view.amount(a.species), left);
}

/** The extent for which there is enough of a species. */
function scaled({ species, number }: Consumed, view: FastView): Term {
  const amount = view.amount(species);
  return div(amount, amount.context.number(number));
}

/** amount - sum of weight * amount of a pivot, or with the opposite sign. */
export function combination(
  own: Term,
  weights: ReadonlyMap<Quantity, Term>,
  of: (pivot: Quantity) => Term | undefined,
  sign: 1 | -1,
): Term {
  let sum = own;
  for (const [pivot, weight] of weights) {
    const term = of(pivot);
    if (term === undefined) continue;
    const part = mul(term, weight);
    sum = add(sum, sign < 0 ? neg(part) : part);
  }
  return sum;
}

/**
 * Solves equations that are linear in unknowns, with constant coefficients, for them; undefined if they are not.
 * `written` writes out what depends on the unknowns; `never` is NaN, where a coefficient turns out to be zero.
 */
export function solveLinear(
  equations: readonly Term[],
  unknowns: readonly Term[],
  constant: (symbol: Term) => boolean,
  written: (term: Term) => Term,
  never: () => Term,
): ReadonlyMap<Term, Term> | undefined {
  const solved = new Map<Term, Term>();
  const left = new Set(unknowns);
  for (const equation of equations) {
    const term = substitute(written(equation), solved);
    const zero = term.context.number(0);
    let done = false;
    for (const unknown of left) {
      const slope = diff(term, unknown);
      if (slope === zero || !freeSymbols(slope).every(constant)) continue;
      const rest = substitute(term, new Map([[unknown, zero]]));
      // 0/0 would become 0.
      const hidden = rest === zero && slope.kind !== Kind.number;
      const value = hidden ? piecewise([[zero, relation("!=", slope, 0)]], never()) : neg(div(rest, slope));
      if (freeSymbols(value).includes(unknown)) continue;
      for (const [known, before] of solved) solved.set(known, substitute(before, new Map([[unknown, value]])));
      solved.set(unknown, value);
      left.delete(unknown);
      done = true;
      break;
    }
    if (!done) return undefined;
  }
  return left.size === 0 ? solved : undefined;
}
