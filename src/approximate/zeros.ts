// Functions that vanish at 0, with relative errors: f / x^m is approximated, and multiplied by x^m at the end.
import { Failure } from "../base/index.ts";
import { balls as B } from "../number/index.ts";
import { div, freeSymbols, pow } from "../term/index.ts";
import type { Program } from "./evolution/program.ts";
import { type Target, targetOfTerm } from "./target.ts";
import { TaylorArithmetic } from "./taylor-model.ts";

/** Of higher order a zero at 0 is not looked for. */
const MOST_ZEROS = 8;

/** How often f vanishes at 0, shown by its Taylor coefficients. */
export function orderAtZero({ model, name }: Target): number {
  const found = model?.(B.ZERO, new TaylorArithmetic(B.ZERO, MOST_ZEROS + 1, 192)).coefficients.findIndex(
    (c) => B.sign(c) !== 0,
  );
  if (found === undefined || found <= 0)
    throw new Failure("usage", `${name} vanishes near 0, and the order of that zero is not known`, { hint: "Ask for an absolute error." }); // oxfmt-ignore
  return found;
}

/** f / x^order. */
export function withoutZeros({ term, name }: Target, order: number): Target {
  const [x] = freeSymbols(term!);
  return targetOfTerm(div(term!, pow(x, order)), `(${name})/x^${order}`);
}

/** The program, its result multiplied by x so many times. */
export function timesX(program: Program, count: number): Program {
  const steps = [...program.steps];
  for (let k = 0; k < count; k++) steps.push({ op: "*", left: steps.length, right: 0 });
  return { steps, constants: program.constants };
}
