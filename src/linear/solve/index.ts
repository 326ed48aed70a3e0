// One call that chooses.
export {
  type LinearSolution, type LinearStatus, type LinearTiming, linearPlan, linsolve, type LinsolveOptions, linsolveSync, METHOD_NAMES,
} from "./linsolve.ts"; // oxfmt-ignore
export { factsOf, type MatrixFacts } from "./facts.ts";
