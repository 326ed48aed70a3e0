// One call that chooses.
export {
  type LinearSolution, type LinearStatus, type LinearTiming, linsolve, type LinsolveOptions, linsolveSync, METHOD_NAMES,
} from "./linsolve.ts"; // oxfmt-ignore
export { factsOf, type MatrixFacts } from "./facts.ts";
export { linearPlan } from "./plan.ts";
