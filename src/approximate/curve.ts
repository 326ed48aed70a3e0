// The error of a program as it is computed, at points of its range.
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import type { FloatProgram } from "./code.ts";
import { programFamily } from "./evolution/family.ts";
import { type Program, valueOf } from "./evolution/program.ts";
import { chebyshev, type MinimaxProblem } from "./minimax.ts";

/** Points of a curve. */
export const CURVE = 400;

export interface ErrorCurve {
  readonly x: readonly number[];
  readonly error: readonly number[];
}

/** Greatest weighted error of the program in its own arithmetic at the points of the curve. */
export function computedError(problem: MinimaxProblem, given: FloatProgram): number {
  return curve(problem, given).error.reduce((most, e) => Math.max(most, Math.abs(e)), 0);
}

/** The weighted error in real arithmetic. */
export function exactCurve(
  problem: MinimaxProblem,
  { program, constants }: { readonly program: Program; readonly constants: readonly BigFloat[] },
): ErrorCurve {
  const family = programFamily(program);
  const places = problem.grid(CURVE);
  const kept = places
    .map((place) => [place, problem.error(family, constants, place)] as const)
    .filter(([, e]) => e !== undefined);
  return { x: kept.map(([{ x }]) => F.toNumber(x)), error: kept.map(([, e]) => F.toNumber(e!)) };
}

/** The weighted error in the program's own arithmetic. */
export function curve(problem: MinimaxProblem, given: FloatProgram): ErrorCurve {
  const xs: number[] = [];
  const errors: number[] = [];
  for (let k = 0; k <= CURVE; k++) {
    const exact = F.toNumber(problem.point(chebyshev(k, CURVE)));
    const x = given.type === "f32" ? Math.fround(exact) : exact;
    if (x < F.toNumber(problem.from) || x > F.toNumber(problem.to)) continue;
    const place = problem.place(F.fromNumber(x, problem.precision));
    if (F.isZero(place.w)) continue;
    const y = F.fromNumber(evaluateFloat(given, x), problem.precision);
    xs.push(x);
    errors.push(F.toNumber(F.multiply(F.subtract(y, place.f), place.w)));
  }
  return { x: xs, error: errors };
}

/** The value in the program's own arithmetic. */
export function evaluateFloat({ program, constants, type }: FloatProgram, x: number): number {
  if (type === "f64") return valueOf(program, constants, x);
  const values: number[] = [];
  const at = (operand: number): number =>
    operand === 0 ? x : operand > 0 ? values[operand - 1] : constants[-operand - 1];
  for (const { op, left, right } of program.steps) {
    const [a, b] = [at(left), at(right)];
    values.push(
      Math.fround(op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : op === "/" ? a / b : Math.sqrt(a)),
    );
  }
  return values[values.length - 1];
}
