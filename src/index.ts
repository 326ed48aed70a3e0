// Calculemus: state the mathematics and the accuracy you need; get fast code, a solution and the evidence.
// What solving needs (compiler, solvers) is loaded when it is first asked for, so that importing stays cheap.
import type { Approximated, ApproximateOptions, Target } from "./approximate/index.ts";
import type { Dense, Sparse } from "./array/index.ts";
import type { LinearSolution, LinsolveOptions } from "./linear/index.ts";
import type { FluxBalance, FluxBalanceOptions } from "./model/flux-balance.ts";
import type { Model } from "./model/model.ts";
import type { FluxModel } from "./model/sbml/flux.ts";
import type { CompiledFormula, CompileOptions } from "./formula.ts";
import type { SimulateOptions, Simulation } from "./simulate.ts";
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
export { readSbml, type ReadSbmlOptions } from "./model/sbml/reader.ts";
export { writeCalc, writeSbml, type Written } from "./model/write/index.ts";
export type { CompiledFormula, CompileOptions, FluxBalance, FluxBalanceOptions, FluxModel, LinearSolution, LinsolveOptions, Model, SimulateOptions, Simulation }; // oxfmt-ignore

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
