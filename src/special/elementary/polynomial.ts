// Polynomials as IR expressions: Horner's rule, or two interleaved Horner chains in x^2 (Estrin's idea, one level), which has
// half the latency for the same number of multiplications and one more squaring.
import { ir, type Block, type Expression } from "../../compile/index.ts";
import { addAnyPairs, multiplyPairs, type Pair, pairOf } from "./double-double.ts";

/** sum of c[k] x^k, from the highest power down. */
export function horner(x: Expression, c: readonly number[]): Expression {
  return c.slice(0, -1).reduceRight<Expression>((sum, a) => ir.add(ir.mul(sum, x), a), ir.constant(c.at(-1)!, x.type as "f64")); // oxfmt-ignore
}

/** The same by even and odd powers; `square` is x^2. */
export function evenOdd(x: Expression, square: Expression, c: readonly number[]): Expression {
  const even = c.filter((_, k) => k % 2 === 0);
  const odd = c.filter((_, k) => k % 2 === 1);
  return ir.add(ir.mul(horner(square, odd), x), horner(square, even));
}

/** The same number of operations: neighbours in pairs, then Horner's rule in x^2, which waits for one product less. */
export function inPairs(x: Expression, square: Expression, c: readonly number[]): Expression {
  const pairs = c.flatMap((_, j) => (j % 2 === 0 ? [horner(x, c.slice(j, j + 2))] : []));
  return pairs.reduceRight((sum, pair) => ir.add(ir.mul(sum, square), pair));
}

/** Horner's rule in sums of two numbers for the lowest coefficients, those that `low` completes, and in single numbers above them. */
export function hornerPair(k: Block, x: Pair, high: readonly number[], low: readonly number[]): Pair {
  const rest = horner(x.hi, high.slice(low.length));
  let sum: Pair = { hi: k.let("sum", rest), lo: ir.f64(0) };
  for (let j = low.length - 1; j >= 0; j--) sum = addAnyPairs(k, pairOf(high[j], low[j]), multiplyPairs(k, sum, x));
  return sum;
}

/**
 * Estrin's rule: neighbours in pairs with x, these in pairs with x^2, and so on: some products more than Horner's rule, in a chain
 * of logarithmic length, which is what the time of long polynomials in lanes depends on. `square` is x^2.
 */
export function estrin(k: Block, x: Expression, square: Expression, c: readonly number[]): Expression {
  let parts: Expression[] = c.map((a) => ir.constant(a, x.type as "f64"));
  for (let power = x; parts.length > 1;) {
    const next: Expression[] = [];
    for (let j = 0; j < parts.length; j += 2)
      next.push(j + 1 < parts.length ? k.let("p", ir.add(ir.mul(parts[j + 1], power), parts[j]), x.type as "f64") : parts[j]); // oxfmt-ignore
    parts = next;
    if (parts.length > 1) power = power === x ? square : k.let("power", ir.mul(power, power), x.type as "f64");
  }
  return parts[0];
}

/** x^2 as a local, for `estrin`. */
export const squared = (k: Block, x: Expression): Expression => k.let("square", ir.mul(x, x), x.type as "f64");
