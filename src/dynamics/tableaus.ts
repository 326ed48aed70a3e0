// The explicit pairs by name, in one form.
import * as dop853 from "./dop853.tableau.ts";
import * as dopri5 from "./dopri5.tableau.ts";
import type { RungeKuttaName, RungeKuttaTableau } from "./tableau.ts";
import * as tsit5 from "./tsit5.tableau.ts";
import * as vern7 from "./vern7.tableau.ts";
import * as vern9 from "./vern9.tableau.ts";

/** A pair whose last row is the solution and whose last stage is f at the new point. */
function firstSameAsLast(table: {
  readonly c: readonly number[];
  readonly a: readonly (readonly number[])[];
  readonly e: readonly number[];
  denseWeights(s: number): number[];
}): RungeKuttaTableau {
  const stages = table.a.length - 1;
  return {
    order: 5,
    c: table.c.slice(0, stages),
    a: table.a.slice(0, stages),
    b: table.a[stages],
    e: table.e,
    denseC: [],
    denseA: [],
    denseWeights: table.denseWeights,
  };
}

/** A pair with a dense output given as polynomials of s, one a stage, without constant term. */
function polynomial(
  order: number,
  table: Omit<RungeKuttaTableau, "order" | "denseWeights"> & { readonly dense: readonly (readonly number[])[] },
): RungeKuttaTableau {
  return {
    ...table,
    order,
    denseWeights: (s) => table.dense.map((row) => row.reduceRight((sum, value) => (sum + value) * s, 0)),
  };
}

export const RUNGE_KUTTA: Readonly<Record<RungeKuttaName, RungeKuttaTableau>> = {
  tsit5: firstSameAsLast(tsit5),
  dopri5: firstSameAsLast(dopri5),
  dop853: polynomial(8, dop853),
  vern7: polynomial(7, vern7),
  vern9: polynomial(9, vern9),
};
