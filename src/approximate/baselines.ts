// What stands beside an approximation: textbook polynomials and quotients of as many operations, with their greatest errors.
import { Failure } from "../base/index.ts";
import { balls as B, bigfloat as F, type BigFloat } from "../number/index.ts";
import { solveDense } from "./big-linear.ts";
import { polynomialFamily, rationalFamily, rationalStart } from "./families.ts";
import { chebyshev, type Family, minimax, type MinimaxProblem } from "./minimax.ts";
import { pade } from "./pade.ts";
import { TaylorArithmetic } from "./taylor-model.ts";

export interface Baseline {
  readonly kind: "minimax polynomial" | "minimax quotient" | "Chebyshev interpolation" | "Taylor" | "Pade";
  /** Steps: 2 n of a polynomial of degree n, 2 m + 2 n of a quotient. */
  readonly operations: number;
  /** -log10 of the greatest weighted error, found on a grid. */
  readonly digits: number;
}

/** All kinds with at most so many operations; a kind that does not exist for a function (no Taylor series at a point) is left out. */
export function baselines(problem: MinimaxProblem, operations: number): Baseline[] {
  const out: Baseline[] = [];
  const put = (kind: Baseline["kind"], count: number, error: () => number | undefined): void => {
    try {
      const found = error();
      if (found !== undefined && found < Infinity) out.push({ kind, operations: count, digits: -Math.log10(found) });
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
    }
  };
  const { series, centre } = seriesOf(problem, operations);
  for (let n = 1; 2 * n <= operations; n++) {
    const exponents = Array.from({ length: n + 1 }, (_, i) => i);
    const family = polynomialFamily(exponents);
    put("minimax polynomial", 2 * n, () => minimax(problem, family).error);
    put("Chebyshev interpolation", 2 * n, () => greatestOf(problem, family, interpolated(problem, n)));
    if (series !== undefined)
      put("Taylor", 2 * n, () => greatestOf(problem, around(family, centre), series.slice(0, n + 1)));
  }
  for (let n = 1; 4 * n <= operations; n++) {
    put(
      "minimax quotient",
      4 * n,
      () => minimax(problem, rationalFamily(n, n), { start: rationalStart(problem, n, n) }).error,
    );
    if (series === undefined) continue;
    put("Pade", 4 * n, () => {
      const { numerator, denominator, exists } = pade(series, [n, n]);
      if (!exists || numerator.length !== n + 1 || denominator.length !== n + 1) return undefined;
      return greatestOf(problem, around(rationalFamily(n, n), centre), [...numerator, ...denominator.slice(1)]);
    });
  }
  return out;
}

/** Taylor coefficients at 0, or in the middle of a range without it. */
function seriesOf(problem: MinimaxProblem, operations: number): { series?: BigFloat[]; centre: BigFloat } {
  const p = problem.precision;
  const zero = F.zero(p);
  const inside = F.compare(problem.from, zero) !== 1 && F.compare(problem.to, zero) !== -1;
  const centre = inside ? zero : F.scale(F.add(problem.from, problem.to, p), -1);
  const { model } = problem.target;
  if (model === undefined) return { centre };
  try {
    const arithmetic = new TaylorArithmetic(B.ZERO, operations + 2, p);
    const { coefficients } = model(B.fromBigFloat(centre), arithmetic);
    return { series: coefficients.map((c) => F.round(c.mid, p)), centre };
  } catch (error) {
    if (error instanceof Failure) return { centre };
    throw error;
  }
}

/** The family in powers of x - centre. */
function around(family: Family, centre: BigFloat): Family {
  return { ...family, evaluate: (c, x, p) => family.evaluate(c, F.subtract(x, centre, p), p) };
}

function interpolated(problem: MinimaxProblem, n: number): BigFloat[] | undefined {
  const p = problem.precision;
  const rows: BigFloat[][] = [];
  const right: BigFloat[] = [];
  for (let i = 0; i <= n; i++) {
    const x = problem.point(chebyshev(2 * i + 1, 2 * n + 2));
    let power = F.fromInteger(1n, p);
    rows.push(Array.from({ length: n + 1 }, () => {
      const here = power;
      power = F.multiply(power, x, p);
      return here;
    }));
    right.push(problem.place(x).f);
  } // oxfmt-ignore
  return solveDense(rows, right, p);
}

function greatestOf(problem: MinimaxProblem, family: Family, c: readonly BigFloat[] | undefined): number | undefined {
  if (c === undefined) return undefined;
  let most = 0;
  for (const place of problem.grid(256)) {
    const e = problem.error(family, c, place);
    if (e === undefined) return undefined;
    most = Math.max(most, Math.abs(F.toNumber(e)));
  }
  return most;
}
