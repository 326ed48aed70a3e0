// Room rewrite: changing terms by rules.
export { type Assumption } from "./facts.ts";
export { type Condition, type Test } from "./condition.ts";
export { type VariableType } from "./pattern.ts";
export { type Predicate, type Rule, type RuleOptions, reversed, rule, rules } from "./rule.ts";
export { type Applied, type Prover, type RewriteOptions, type Run } from "./apply.ts";
export { bottomUp, chain, fixpoint, rewrite, type Rewriting, type Strategy, topDown } from "./rewrite.ts";
export { type Analysis, EGraph, type EGraphOptions, type Operator } from "./egraph.ts";
export { constants, type ConstantsOptions, degrees, type Dependencies, dependencies, ranges } from "./analysis.ts";
export { type Range } from "./range.ts";
export { TermGraph, type TermGraphOptions } from "./term-graph.ts";
export {
  backoff,
  type BackoffOptions,
  eager,
  type RoundRecord,
  saturate,
  type SaturateOptions,
  type Saturation,
  type Scheduler,
} from "./saturate.ts";
export { type Cost, costOf, type OperationTimes, sizeCost, tableCost, timeCost } from "./cost.ts";
export { extract, type Extraction, type ExtractOptions } from "./extract.ts";
export { explain, type Explanation, type Step, verify } from "./explain.ts";
export { operation, spell } from "./spell.ts";
export {
  inverseTrigonometric,
  trigonometricCollapse,
  trigonometricExpand,
  trigonometricLinear,
} from "./rules-trigonometric.ts";
export { hyperbolicCollapse, hyperbolicToExponential, inverseHyperbolic } from "./rules-hyperbolic.ts";
export {
  exponentialLogarithmic,
  logarithmCollapse,
  logarithmExpand,
  powerExpand,
  powerSimplify,
} from "./rules-exponential.ts";
export {
  associativity,
  calculusRules,
  commutativity,
  derivativeRules,
  divisionRules,
  integralRules,
  neutralRules,
  powerRules,
  ringRules,
} from "./rules-calculus.ts";
