// Calculemus: state the mathematics and the accuracy you need; get fast code, a solution and the evidence.
// What solving needs (compiler, solvers) is loaded when it is first asked for, so that importing stays cheap.
import type { Approximated, ApproximateOptions, Target } from "./approximate/index.ts";
import type { Dense, Sparse } from "./array/index.ts";
import type { LinearSolution, LinsolveOptions } from "./linear/index.ts";
import type { FluxBalance, FluxBalanceOptions } from "./model/flux-balance.ts";
import type { Model } from "./model/model.ts";
import type { FluxModel } from "./model/sbml/flux.ts";
import type { CompiledFormula, CompileOptions } from "./formula.ts";
import type { BoundaryValue, BoundaryValueOptions } from "./boundary.ts";
import type { Gradient, GradientOptions, Objective } from "./gradient.ts";
import type { Sensitivities, SensitivitiesOptions } from "./sensitivities.ts";
import type { ChanceOptions, CurveOptions, Ensemble, SweepValues } from "./ensemble.ts";
import type { SimulateOptions, Simulation } from "./simulate.ts";
import type { ContinueOptions, SteadyCurves, SteadyState, SteadyStateOptions } from "./steady.ts";
import type { Phase, PhaseOptions } from "./phase.ts";
import type { Term } from "./term/index.ts";

export { Failure, type Budget, type StopReason } from "./base/index.ts";
export { type Evidence, type Grade, type Requirement } from "./evidence/index.ts";
export {
  Context,
  diff,
  evaluate,
  jacobian,
  m,
  parse,
  print,
  substitute,
  trace,
  type Term,
  type Traced,
  type TraceOptions,
} from "./term/index.ts";
export { assume, equal, simplify, type Assumptions, type Equality, type Simplified } from "./algebra/index.ts";
export { type Plan } from "./plan/index.ts";
export type { Approximated, ApproximateOptions };
export { readModel } from "./model/read.ts";
export type { BoundaryValue, BoundaryValueOptions, ContinueOptions, Gradient, GradientOptions, Objective, Sensitivities, SensitivitiesOptions, SteadyCurves, SteadyState, SteadyStateOptions }; // oxfmt-ignore
export { readSbml, type ReadSbmlOptions } from "./model/sbml/reader.ts";
export { writeCalc, writeSbml, type Written } from "./model/write/index.ts";
export type { CompiledFormula, CompileOptions, FluxBalance, FluxBalanceOptions, FluxModel, LinearSolution, LinsolveOptions, Model, SimulateOptions, Simulation }; // oxfmt-ignore
export type { ChanceOptions, CurveOptions, Ensemble, SweepValues };

/**
 * Simulates a model to the accuracy asked for and shows the evidence; see `SimulateOptions`.
 * Fails (Failure) on impossible requests and where the solution cannot be continued; a budget that ends gives the best so far with `stop`.
 */
export async function simulate(model: Model, options: SimulateOptions = {}): Promise<Simulation> {
  const loaded = await import("./simulate.ts");
  return loaded.simulate(model, options);
}

/**
 * The fluxes of an SBML model with the package fbc that are best for its objective; see `FluxBalanceOptions` and `FluxBalance`.
 * A model that no fluxes satisfy, or whose objective has no bound, is an answer. Fails (Failure) on what cannot be read.
 */
export async function fluxBalance(model: string | FluxModel, options: FluxBalanceOptions = {}): Promise<FluxBalance> {
  const loaded = await import("./model/flux-balance.ts");
  return loaded.fluxBalance(model, options);
}

/**
 * Outputs and their derivatives by parameters and initial values, each to the digits asked for; see `SensitivitiesOptions`.
 * Fails (Failure) as `simulate` does, and on models with events, delays or conditions in states, where derivatives jump.
 */
export async function sensitivities(model: Model, options: SensitivitiesOptions = {}): Promise<Sensitivities> {
  const loaded = await import("./sensitivities.ts");
  return loaded.sensitivities(model, options);
}

/**
 * Value and gradient of one number that depends on a solution, by any number of parameters and initial values; see `Objective`.
 * Fails (Failure) as `sensitivities` does, on algebraic equations, and where the budget ends before there is any gradient.
 */
export async function gradient(model: Model, objective: Objective, options: GradientOptions = {}): Promise<Gradient> {
  const loaded = await import("./gradient.ts");
  return loaded.gradient(model, objective, options);
}

/**
 * A steady state of a model, with its stability. It need not be the only one, nor the one that the solution tends to.
 * Fails (Failure) where none is found, on models that depend on time, and on events and delays.
 */
export async function steadyState(model: Model, options: SteadyStateOptions = {}): Promise<SteadyState> {
  const loaded = await import("./steady.ts");
  return loaded.steadyState(model, options);
}

/**
 * The steady states of a model as curves in one parameter, with folds, Hopf points and branch points; see `ContinueOptions`.
 * Fails (Failure) where there is no steady state to start from; a curve that cannot be followed ends with a reason.
 */
export async function continueSteadyStates(
  model: Model,
  parameter: string,
  options: ContinueOptions,
): Promise<SteadyCurves> {
  const loaded = await import("./steady.ts");
  return loaded.continueSteadyStates(model, parameter, options);
}

/**
 * Solves a model with conditions such as "y(0) = 1" and "v(1) = 2*y(0)" at the ends of an interval; see `BoundaryValueOptions`.
 * Fails (Failure) on impossible requests; where no solution is found, `stop` says why and the curves are the last attempt.
 */
export async function boundaryValue(
  model: Model,
  conditions: readonly string[],
  options: BoundaryValueOptions = {},
): Promise<BoundaryValue> {
  const loaded = await import("./boundary.ts");
  return loaded.boundaryValue(model, conditions, options);
}

/**
 * Simulates a model for all combinations of values of some parameters: lists, or ranges {from, to, count, log}.
 * Fails (Failure) on impossible ranges and unknown names before any work; a budget that ends gives the members so far with `stop`.
 */
export async function sweep(
  model: Model,
  ranges: Readonly<Record<string, SweepValues>>,
  options: CurveOptions = {},
): Promise<Ensemble> {
  const loaded = await import("./ensemble.ts");
  return loaded.sweep(model, ranges, options);
}

/** Simulates a model for members with values of the parameters `names` of their own: value c of member m at values[m * names.length + c]. */
export async function ensemble(
  model: Model,
  members: { readonly names: readonly string[]; readonly values: Float64Array },
  options: CurveOptions = {},
): Promise<Ensemble> {
  const loaded = await import("./ensemble.ts");
  return loaded.ensemble(model, members, options);
}

/**
 * Runs a model with chance: its reactions one by one (or in leaps), its noise. The same seed gives the same runs, on any number of threads.
 * Fails (Failure) on models without chance, on amounts that are not whole, and where a run leaves the amounts that can be.
 */
export async function stochastic(
  model: Model,
  options: ChanceOptions & { readonly sweep?: Readonly<Record<string, SweepValues>> } = {},
): Promise<Ensemble> {
  const loaded = await import("./ensemble.ts");
  return loaded.stochastic(model, options);
}

/**
 * Trajectories of two states of a model and the field of directions in their plane, for `plotPhase` of calculemus/report; see `PhaseOptions`.
 * Fails (Failure) on names that are not states, and as `simulate` does.
 */
export async function phasePlane(model: Model, options: PhaseOptions): Promise<Phase> {
  const loaded = await import("./phase.ts");
  return loaded.phasePlane(model, options);
}

/**
 * Compiles a formula, or several, to code for points, arrays and reductions; see `CompiledFormula`.
 * Fails (Failure) on text that is no formula, on variables that are not listed and on targets that are not there.
 */
export async function compile(
  source: string | Term | readonly (string | Term)[],
  options: CompileOptions = {},
): Promise<CompiledFormula> {
  const loaded = await import("./formula.ts");
  return loaded.compile(source, options);
}

/**
 * The cheapest program for a function of one variable on a range that meets an accuracy, with its proof; see `ApproximateOptions`.
 * Fails (Failure) on functions with poles or jumps in the range; what is not reached within the budget comes back with `met: false`.
 */
export async function approximate(f: string | Term | Target, options: ApproximateOptions): Promise<Approximated> {
  const loaded = await import("./approximate/index.ts");
  return loaded.approximate(f, options);
}

/**
 * Solves A x = b to a number of digits by the method that is cheapest for it; see `LinsolveOptions` and `LinearSolution`.
 * Fails (Failure) on wrong sizes and on numbers that are not finite; a singular system comes back unsolved, with rank and null vector.
 */
export async function linsolve<B extends Float64Array | Dense>(
  a: Sparse | Dense,
  b: B,
  options: LinsolveOptions = {},
): Promise<LinearSolution<B>> {
  const loaded = await import("./linear/index.ts");
  return loaded.linsolve(a, b, options);
}
