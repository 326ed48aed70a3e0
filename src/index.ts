// Calculemus: state the mathematics and the accuracy you need; get fast code, a solution and the evidence.
// What solving needs (compiler, solvers) is loaded when it is first asked for, so that importing stays cheap.
import type { Model } from "./model/model.ts";
import type { SimulateOptions, Simulation } from "./simulate.ts";

export { Failure, type Budget, type StopReason } from "./base/index.ts";
export { type Evidence, type Grade, type Requirement } from "./evidence/index.ts";
export { Context, diff, evaluate, jacobian, m, parse, print, substitute, type Term } from "./term/index.ts";
export { type Plan } from "./plan/index.ts";
export { readModel } from "./model/read.ts";
export type { Model, SimulateOptions, Simulation };

/**
 * Simulates a model to the accuracy asked for and shows the evidence; see `SimulateOptions`.
 * Fails (Failure) on impossible requests and where the solution cannot be continued; a budget that ends gives the best so far with `stop`.
 */
export async function simulate(model: Model, options: SimulateOptions = {}): Promise<Simulation> {
  const loaded = await import("./simulate.ts");
  return loaded.simulate(model, options);
}
