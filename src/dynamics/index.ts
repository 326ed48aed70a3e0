// Room dynamics: equations in time.
export type { ConservationLaw, OdeProblem, Outputs } from "./problem.ts";
export {
  noStats,
  type OdeSystem,
  type Preconditioner,
  type SolverStats,
  type SparsePattern,
  type SystemCode,
  type Stepper,
  type Tolerances,
} from "./system.ts";
export { algebraicPart, diagonalMass, makeConsistent, massTimes, type MassMatrix } from "./mass.ts";
export type { Constraints } from "./projection.ts";
export type { DelayParts, HybridEvent, HybridParts } from "./hybrid/parts.ts";
export { densePattern, plainProblem, type PlainProblem } from "./plain.ts";
export { isStiffMethod, makeStepper, METHODS, METHOD_TITLES, methodNamed, type MethodName } from "./method.ts";
export { integrate, type IntegrateOptions, type Integration } from "./integrate.ts";
export { newtonMatrix } from "./compiled-matrix.ts";
export type { NewtonMatrix } from "./newton-matrix.ts";
export {
  candidatesFor,
  CHECKED_BY,
  chooseMethod,
  ERROR_AT_TOLERANCE,
  predictedWork,
  workOf,
  type Work,
} from "./choose.ts";
export { solve, type Check, type SolveOptions, type Solution } from "./solve.ts";
export { FIXED_STEP_METHODS, type ExplicitTableau, type FixedStepMethod } from "./fixed-step.tableau.ts";
export {
  type EnsembleResult,
  type EnsembleRun,
  fixedStepper,
  type FixedStepOptions,
  type FixedStepper,
  type FixedStepSystem,
  type SingleRun,
  type Stretch,
} from "./ensemble.ts";
export { adjoint, continueEquilibria, findSteadyState, solveBoundary, stabilityAt } from "./lazily.ts";
export type { AdjointObjective, AdjointSystem } from "./sensitivity/adjoint-system.ts";
export type { AdjointOptions, AdjointResult } from "./sensitivity/adjoint.ts";
export { ADJOINT_METHODS, type AdjointMethod } from "./sensitivity/methods.ts";
export type { EquilibriumSystem } from "./steady/system.ts";
export type { SteadyOptions, SteadyPoint } from "./steady/steady.ts";
export type { Stability } from "./steady/stability.ts";
export type { Bifurcation, Branch, BranchPoint, Continuation, ContinuationOptions } from "./steady/continuation.ts";
export type { BoundaryProblem } from "./boundary/problem.ts";
export type { BoundaryOptions, BoundarySolution } from "./boundary/solve.ts";
export { JUMP_METHODS, type JumpMethod, type JumpOptions, jumpPlan, runJumps } from "./jumps/jumps.ts";
export type { JumpReaction, JumpSystem } from "./jumps/system.ts";
export { type MembersOptions, type MembersResult, MOST_VALUES } from "./members/run.ts";
export { statistics, type Statistics } from "./members/statistics.ts";
export { runSde, SDE_METHODS, type SdeOptions } from "./sde/sde.ts";
export type { NoiseColumn, SdeSystem } from "./sde/system.ts";
export {
  type CurveMembersOptions,
  type CurveMethod,
  type CurveSystem,
  membersFit,
  runCurves,
} from "./members/curves.ts";
