// Loops over vectors in two lanes, for the compiled parts of the steppers: pairs of elements at once, an odd last one alone.
// The order of summation is part of the meaning: partial sums in two lanes, then the rest.
import { ir, type Block, type Expression, type Variable } from "../compile/index.ts";

const { add, at, at2, f64, i32, lane, mul, splat } = ir;
type Doubles = Variable<"f64[]">;

/** What a body sees of one element or of two: loads, numbers, and whether they are lanes. */
export interface Width {
  load(array: Doubles, index: Expression): Expression;
  number(x: Expression): Expression;
  readonly two: boolean;
}

/** Writes `body` for the elements 0 ... n - 1: pairs in lanes, an odd last one alone. */
export function elements(block: Block, n: number, name: string, body: (i: Expression, width: Width) => void): void {
  const even = n - (n % 2);
  if (even > 0) block.for(name, i32(0), i32(even), (i) => body(i, { load: at2, number: splat, two: true }), 2);
  if (n % 2 === 1) body(i32(n - 1), { load: at, number: (x) => x, two: false });
}

/** Adds up part^2 over elements in two lanes and a rest; gives the whole sum. */
export function squares(
  block: Block,
  n: number,
  name: string,
  part: (i: Expression, width: Width) => Expression,
): Expression {
  const pairs = block.let2(`${name}2`, 0);
  const rest = block.let(`${name}1`, f64(0));
  elements(block, n, `${name}i`, (i, width) => {
    const value = width.two ? block.let2(`${name}p`, part(i, width)) : block.let(`${name}q`, part(i, width));
    if (width.two) block.set(pairs as never, add(pairs, mul(value, value)));
    else block.set(rest, add(rest, mul(value, value)));
  });
  return add(add(lane(pairs, 0), lane(pairs, 1)), rest);
}
