// What a solver sees of an ordinary differential equation y' = f(t, y), or M y' = f(t, y).
import type { MassMatrix } from "./mass.ts";
import type { FunctionTable, Runtime, TapeFunction, TargetName } from "../compile/index.ts";

/** Compressed sparse columns; rows ascending in each column. */
export interface SparsePattern {
  readonly n: number;
  /** n + 1 starts. */
  readonly colPtr: Int32Array;
  readonly rowIdx: Int32Array;
}

/** The tapes behind a system, so that steppers can run beside them in one compiled module. */
export interface SystemCode {
  readonly runtime: Runtime;
  readonly target: TargetName | undefined;
  /** What the tapes call. */
  readonly functions?: FunctionTable;
  /** Tapes of scalar t and arrays y, p and the result. */
  readonly rhs: TapeFunction;
  readonly jacobian: TapeFunction;
  readonly timeDerivative?: TapeFunction;
  /** Parameters, in the runtime's memory. */
  readonly parameters: Float64Array;
}

export interface OdeSystem {
  /** Number of states. */
  readonly n: number;
  /** Names of the states, for messages. */
  readonly names: readonly string[];
  /** Structural nonzeros of df/dy, without gaps for the diagonal. */
  readonly pattern: SparsePattern;
  /** A vector of n (or `length`) numbers on which the calls below are cheapest. */
  vector(length?: number): Float64Array;
  /** Opens a scope: vectors made since are given back by the function returned. Scopes nest. */
  enter?(): () => void;
  /** dy = f(t, y). */
  rhs(t: number, y: Float64Array, dy: Float64Array): void;
  /** values[k] = df_i/dy_j for the k-th entry (i, j) of `pattern`. */
  jacobian(t: number, y: Float64Array, values: Float64Array): void;
  /** dft = df/dt; absent where f does not depend on t. */
  timeDerivative?(t: number, y: Float64Array, dft: Float64Array): void;
  /** The matrix M in M y' = f(t, y), where it is not the identity. */
  readonly mass?: MassMatrix;
  /** There is no Jacobian: linear systems are solved by Krylov methods on differences of f. */
  readonly matrixFree?: boolean;
  readonly preconditioner?: Preconditioner;
  /** Absent where the system is not made of tapes. */
  readonly code?: SystemCode;
  /** Operations of one right-hand side and one Jacobian, for plans. */
  readonly cost: { readonly rhs: number; readonly jacobian: number };
}

/** An approximate inverse of M - c J, for Krylov methods. */
export interface Preconditioner {
  /** Makes ready for the matrix at (t, y) with this c; false where it is singular. */
  prepare(t: number, y: Float64Array, c: number): boolean;
  /** b = P^-1 b */
  solve(b: Float64Array): void;
}

/** Counts of the work a solver did. */
export interface SolverStats {
  steps: number;
  rejected: number;
  rhs: number;
  jacobians: number;
  factorizations: number;
  /** Newton iterations (implicit methods) or linear solves (Rosenbrock). */
  solves: number;
}

export function noStats(): SolverStats {
  return { steps: 0, rejected: 0, rhs: 0, jacobians: 0, factorizations: 0, solves: 0 };
}

/** Error weights: component i is measured in units of relative * |y_i| + absolute[i]. */
export interface Tolerances {
  readonly relative: number;
  readonly absolute: Float64Array;
}

/** One time-stepping method at work on one problem. */
export interface Stepper {
  readonly method: string;
  /** Current time and state. */
  t: number;
  readonly y: Float64Array;
  /** Time at the start of the last step. */
  tBefore: number;
  /** Size of the next step. */
  h: number;
  readonly stats: SolverStats;
  /** Takes one accepted step; it may end beyond the time asked for, which `interpolate` then gives. Fails where the step size underflows. */
  step(): void;
  /** Gives memory back. */
  dispose(): void;
  /** State at a time inside the last step, for the given components only (all if absent): out[i] = y_i(t). */
  interpolate(t: number, out: Float64Array, components?: Int32Array): void;
}
