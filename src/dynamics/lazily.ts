// What is done with solutions besides computing them, loaded when first asked for, so that a simulation starts without it.
import type { BoundaryProblem } from "./boundary/problem.ts";
import type { BoundaryOptions, BoundarySolution } from "./boundary/solve.ts";
import type { AdjointObjective, AdjointSystem } from "./sensitivity/adjoint-system.ts";
import type { AdjointOptions, AdjointResult } from "./sensitivity/adjoint.ts";
import type { Continuation, ContinuationOptions } from "./steady/continuation.ts";
import type { Stability } from "./steady/stability.ts";
import type { SteadyOptions, SteadyPoint } from "./steady/steady.ts";
import type { EquilibriumSystem } from "./steady/system.ts";

/**
 * Value and gradient of an objective by the discrete adjoint. Fails (Failure) where the solution cannot be continued, and with kind
 * "limit" where the budget ends.
 */
export async function adjoint(
  system: AdjointSystem,
  t0: number,
  y0: Float64Array,
  objective: AdjointObjective,
  options: AdjointOptions,
): Promise<AdjointResult> {
  return (await import("./sensitivity/adjoint.ts")).adjoint(system, t0, y0, objective, options);
}

/** A steady state near where the solution from `start` leads. Fails (Failure, numeric) where none is found. */
export async function findSteadyState(
  system: EquilibriumSystem,
  start: ArrayLike<number>,
  parameter = 0,
  options: SteadyOptions = {},
): Promise<SteadyPoint> {
  return (await import("./steady/steady.ts")).findSteadyState(system, start, parameter, options);
}

/** Eigenvalues of the linearised system at a steady state, and what they say. */
export async function stabilityAt(system: EquilibriumSystem, y: Float64Array, parameter = 0): Promise<Stability> {
  return (await import("./steady/stability.ts")).stabilityAt(system, y, parameter);
}

/** The curve of steady states through y0 at `from`, with its bifurcations and the branches met. */
export async function continueEquilibria(
  system: EquilibriumSystem,
  y0: ArrayLike<number>,
  options: ContinuationOptions,
): Promise<Continuation> {
  return (await import("./steady/continuation.ts")).continueEquilibria(system, y0, options);
}

/** A boundary value problem by collocation. Where no solution is found, `stop` says why and the rest is the last attempt. */
export async function solveBoundary(
  problem: BoundaryProblem,
  options: BoundaryOptions = {},
): Promise<BoundarySolution> {
  return (await import("./boundary/solve.ts")).solveBoundary(problem, options);
}
