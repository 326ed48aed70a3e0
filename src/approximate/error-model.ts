// The error of an approximation as a Taylor model: (p - f)/f or p - f, where p is a program with given constants. Quotients are kept
// as numerator and denominator to the end, so that a pole within a program (c/x at x = 0) that its result does not have is none.
import { Failure } from "../base/index.ts";
import { balls as B, type Ball, bigfloat as F, type BigFloat } from "../number/index.ts";
import { LOCAL_SERIES } from "./local-series.ts";
import { type Program, run } from "./evolution/program.ts";
import { type Greatest, greatest, type GreatestOptions } from "./greatest.ts";
import type { MinimaxProblem, Weight } from "./minimax.ts";
import type { Target } from "./target.ts";
import type { TaylorArithmetic, TaylorModel } from "./taylor-model.ts";

/** top / bottom, the bottom 1 where absent. */
interface Quotient {
  readonly top: TaylorModel;
  readonly bottom?: TaylorModel;
}

/** A program in exact arithmetic around x0. */
export function programQuotient(program: Program, constants: readonly BigFloat[], x0: Ball, k: TaylorArithmetic): Quotient {
  const times = (a: TaylorModel | undefined, b: TaylorModel | undefined): TaylorModel | undefined =>
    a === undefined ? b : b === undefined ? a : k.multiply(a, b);
  const sum = (sign: 1 | -1) => (a: Quotient, b: Quotient): Quotient => {
    const second = sign > 0 ? b.top : k.negate(b.top);
    if (a.bottom === b.bottom) return { top: k.add(a.top, second), bottom: a.bottom };
    return { top: k.add(times(a.top, b.bottom)!, times(second, a.bottom)!), bottom: times(a.bottom, b.bottom) };
  };
  const results = run<Quotient>(
    program,
    constants.map((c) => ({ top: k.constant(B.fromBigFloat(c)) })),
    { top: k.variable(x0) },
    {
      add: sum(1),
      subtract: sum(-1),
      multiply: (a, b) => ({ top: k.multiply(a.top, b.top), bottom: times(a.bottom, b.bottom) }),
      divide: (a, b) => ({ top: times(a.top, b.bottom)!, bottom: times(a.bottom, b.top) }),
      sqrt: (a) => {
        const whole = a.bottom === undefined ? a.top : k.divide(a.top, a.bottom);
        return { top: k.compose(whole, (u, n) => rootSeries(u, n, k.precision)) };
      },
    },
  );
  return results[results.length - 1];
}

const rootSeries = (u: Ball, n: number, p: number): Ball[] => LOCAL_SERIES.sqrt(u, n, p);

/** The weighted error of a program at x0 + t. */
export function errorModel(
  target: Target,
  weight: Weight,
  program: Program,
  constants: readonly BigFloat[],
): (x0: Ball, k: TaylorArithmetic) => TaylorModel {
  const { model } = target;
  if (model === undefined) throw new Failure("unsupported", `${target.name} is known by its values alone: nothing about it can be proved`);
  return (x0, k) => {
    const { top, bottom } = programQuotient(program, constants, x0, k);
    const f = model(x0, k);
    const goal = bottom === undefined ? f : k.multiply(bottom, f);
    const difference = k.subtract(top, goal);
    if (weight === "relative") return k.divide(difference, goal);
    const absolute = bottom === undefined ? difference : k.divide(difference, bottom);
    if (weight === "absolute") return absolute;
    if (weight.model === undefined) throw new Failure("unsupported", `the weight ${weight.name} is known by its values alone`);
    return k.multiply(absolute, weight.model(x0, k));
  };
}

/** Proved bounds of the greatest weighted error of a program, its constants taken exactly and its steps in exact arithmetic. */
export function provedError(
  problem: MinimaxProblem,
  program: Program,
  constants: readonly BigFloat[],
  options: GreatestOptions = {},
): Greatest {
  const { target, weight, from, to, precision } = problem;
  return greatest(errorModel(target, weight, program, constants), from, to, { precision: Math.max(precision, 192), ...options });
}

/** Constants rounded to doubles, as BigFloat. */
export const inDoubles = (constants: readonly BigFloat[]): BigFloat[] => constants.map((c) => F.fromNumber(F.toNumber(c)));
