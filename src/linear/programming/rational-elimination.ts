// Sparse systems in rational numbers by elimination, with pivots that keep the rows short (Markowitz). For bases of linear programs,
// which are nearly triangular. Gives up when the work grows beyond what is allowed.
import { Q, type Rational } from "../../number/index.ts";

/** Most work, in products of short fractions (about a microsecond each). */
const MOST_WORK = 1_000_000;

/**
 * The solution of equations row . x = right; there may be more equations than unknowns if they agree.
 * undefined: no solution, more than one, or too much work.
 */
export function solveRational(
  rows: readonly ReadonlyMap<number, Rational>[],
  right: readonly Rational[],
  unknowns: number,
): Rational[] | undefined {
  const active = rows.map((row) => new Map([...row].filter(([, value]) => Q.sign(value) !== 0)));
  const values = [...right];
  const inColumn: Set<number>[] = Array.from({ length: unknowns }, () => new Set());
  active.forEach((row, i) => {
    for (const j of row.keys()) inColumn[j].add(i);
  });
  const open = new Set(active.keys());
  const order: { readonly row: number; readonly column: number }[] = [];
  let work = 0;
  while (order.length < unknowns) {
    const pivot = choose(active, inColumn, open);
    if (pivot === undefined) return undefined;
    const { row, column } = pivot;
    const source = active[row];
    open.delete(row);
    for (const j of source.keys()) inColumn[j].delete(row);
    const inverse = Q.invert(source.get(column)!);
    for (const i of inColumn[column]) {
      const target = active[i];
      const factor = Q.multiply(target.get(column)!, inverse);
      work += source.size * effort(factor);
      if (work > MOST_WORK) return undefined;
      for (const [j, value] of source) {
        const before = target.get(j);
        const after = Q.subtract(before ?? 0, Q.multiply(factor, value));
        if (j === column || Q.sign(after) === 0) {
          target.delete(j);
          if (j !== column) inColumn[j].delete(i);
        } else {
          target.set(j, after);
          if (before === undefined) inColumn[j].add(i);
        }
      }
      values[i] = Q.subtract(values[i], Q.multiply(factor, values[row]));
    }
    inColumn[column].clear();
    order.push(pivot);
  }
  for (const i of open) if (Q.sign(values[i]) !== 0) return undefined;
  const x = new Array<Rational>(unknowns).fill(0);
  for (const { row, column } of order.toReversed()) {
    let sum = values[row];
    for (const [j, value] of active[row]) {
      if (j === column) continue;
      work += effort(x[j]) + effort(value);
      sum = Q.subtract(sum, Q.multiply(value, x[j]));
    }
    if (work > MOST_WORK) return undefined;
    x[column] = Q.divide(sum, active[row].get(column)!);
  }
  return x;
}

/** The shortest row that is left, and in it the column with the fewest entries. */
function choose(
  active: readonly ReadonlyMap<number, Rational>[],
  inColumn: readonly ReadonlySet<number>[],
  open: ReadonlySet<number>,
): { row: number; column: number } | undefined {
  let row = -1;
  for (const i of open) {
    if (active[i].size === 0 || (row >= 0 && active[i].size >= active[row].size)) continue;
    row = i;
    if (active[i].size === 1) break;
  }
  if (row < 0) return undefined;
  let column = -1;
  for (const j of active[row].keys()) if (column < 0 || inColumn[j].size < inColumn[column].size) column = j;
  return { row, column };
}

/** What a product with a fraction takes: the greatest common divisor grows with the square of the length. */
function effort(value: Rational): number {
  if (typeof value === "number") return 1;
  const bits = Q.bitLength(value.num) + Q.bitLength(value.den);
  return 2 + bits / 10 + (bits / 200) ** 2;
}
