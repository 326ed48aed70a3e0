// What steady states are found of: M y' = f(y, parameter) with f = 0.
export interface EquilibriumSystem {
  readonly n: number;
  readonly names: readonly string[];
  /** f = f(y, parameter). */
  rhs(y: Float64Array, parameter: number, f: Float64Array): void;
  /** J, row by row: J[i * n + j] = df_i/dy_j. All elements are set. */
  jacobian(y: Float64Array, parameter: number, J: Float64Array): void;
  /** slope = df/dparameter; needed by continuation. */
  slope?(y: Float64Array, parameter: number, slope: Float64Array): void;
  /** Diagonal of M, of ones and zeros: zero for algebraic equations. All ones where absent. */
  readonly mass?: Float64Array;
  /** Whether the state has a meaning: amounts, those that follow from the unknowns included, are not negative beyond rounding. */
  admissible?(y: Float64Array, parameter: number): boolean;
}
