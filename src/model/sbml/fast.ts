// Fast reactions (Level 2; Level 3 Version 1, section 4.11.1): they are in equilibrium at all times. Amounts that only slow
// reactions change, combinations of species that the fast ones leave alone, are states; the equilibria are equations.
import { Q, type Rational } from "../../number/index.ts";
import { add, Kind, mul, neg, type Term } from "../../term/index.ts";
import type { Quantity } from "./quantities.ts";
import type { ReadReaction } from "./reactions.ts";

export interface Equilibria {
  /** Zero at all times: one for each member of `pivots`. */
  readonly equations: readonly Term[];
  /** Species whose amounts follow from the equilibria. */
  readonly pivots: readonly Quantity[];
  /** The other species of fast reactions: amount = state + sum of weight * amount of a pivot. */
  readonly others: ReadonlyMap<Quantity, ReadonlyMap<Quantity, Rational>>;
}

/** The equilibria of the fast reactions, by Gaussian elimination of their net changes. */
export function equilibria(reactions: readonly ReadReaction[]): Equilibria | undefined {
  const fast = reactions.filter((reaction) => reaction.fast && reaction.change.size > 0);
  if (fast.length === 0) return undefined;
  const species = [...new Set(fast.flatMap((reaction) => [...reaction.change.keys()]))];
  // One row a reaction, one column a species.
  const rows = fast.map((reaction) =>
    species.map((each) => {
      const change = reaction.change.get(each);
      if (change === undefined) return 0 as Rational;
      if (change.kind === Kind.number) return change.value;
      throw reaction.quantity.fail("fast reactions with computed stoichiometric numbers are not done", undefined, "unsupported"); // oxfmt-ignore
    }),
  );
  const pivotColumns: number[] = [];
  for (let column = 0; column < species.length && pivotColumns.length < rows.length; column++) {
    const rank = pivotColumns.length;
    const found = rows.findIndex((row, r) => r >= rank && Q.sign(row[column]) !== 0);
    if (found < 0) continue;
    [rows[rank], rows[found]] = [rows[found], rows[rank]];
    const inverse = Q.divide(1, rows[rank][column]);
    rows[rank] = rows[rank].map((value) => Q.multiply(value, inverse));
    rows.forEach((row, r) => {
      if (r === rank || Q.sign(row[column]) === 0) return;
      const factor = row[column];
      rows[r] = row.map((value, i) => Q.subtract(value, Q.multiply(factor, rows[rank][i])));
    });
    pivotColumns.push(column);
  }
  const rank = pivotColumns.length;
  const pivots = pivotColumns.map((column) => species[column]);
  const others = new Map<Quantity, ReadonlyMap<Quantity, Rational>>();
  species.forEach((each, column) => {
    if (pivotColumns.includes(column)) return;
    // Fast reactions change this one by the same combination of what they do to the pivots.
    others.set(each, new Map(pivots.flatMap((pivot, r) => (Q.sign(rows[r][column]) === 0 ? [] : [[pivot, rows[r][column]] as const])))); // oxfmt-ignore
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
  return { equations, pivots, others };
}

/** amount - sum of weight * amount of a pivot, or with the opposite sign. */
export function combination(own: Term, weights: ReadonlyMap<Quantity, Rational>, of: (pivot: Quantity) => Term | undefined, sign: 1 | -1): Term { // oxfmt-ignore
  let sum = own;
  for (const [pivot, weight] of weights) {
    const term = of(pivot);
    if (term === undefined) continue;
    const part = mul(term, own.context.number(weight));
    sum = add(sum, sign < 0 ? neg(part) : part);
  }
  return sum;
}
