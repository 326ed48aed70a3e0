// Calculemus: state the mathematics and the accuracy you need; get fast code, a solution and the evidence.
export { Failure, type Budget, type StopReason } from "./base/index.ts";
export { type Evidence, type Grade, type Requirement } from "./evidence/index.ts";
export { Context, diff, evaluate, jacobian, m, parse, print, substitute, type Term } from "./term/index.ts";
export { type Plan } from "./plan/index.ts";
export { readModel, type Model } from "./model/index.ts";
export { simulate, type SimulateOptions, type Simulation } from "./simulate.ts";
