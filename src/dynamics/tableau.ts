// Tableaus of one-step methods: what their coefficients are called.

export type RungeKuttaName = "tsit5" | "dopri5" | "dop853" | "vern7" | "vern9";

/**
 * Explicit pair. Stage i is f(t + c_i h, y + h sum_{j<i} a_ij k_j), i = 1..s; the new point is y + h sum b_i k_i; k_{s+1} is
 * f there, the first stage of the next step.
 */
export interface RungeKuttaTableau {
  readonly order: number;
  /** s entries, s rows, s weights. */
  readonly c: readonly number[];
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  /** Solution minus the embedded solution, per stage: s weights, or s + 1 where f at the new point takes part. */
  readonly e: readonly number[];
  /** A second embedded solution that corrects the estimate (Hairer, Norsett, Wanner I, section II.10). */
  readonly e3?: readonly number[];
  /** Further stages for the dense output: nodes, and rows over all stages before them. */
  readonly denseC: readonly number[];
  readonly denseA: readonly (readonly number[])[];
  /** Weights of all stages at s in [0, 1]: y(t + s h) = y + h sum_i denseWeights(s)[i] k_i. */
  denseWeights(s: number): number[];
}

export type RosenbrockName = "rodas5p" | "rodas5";

/** Rosenbrock method with 8 stages in transformed variables (rodas5p.tableau.ts has the formulas). */
export interface RosenbrockTableau {
  readonly gamma: number;
  readonly c: readonly number[];
  readonly d: readonly number[];
  readonly a: readonly (readonly number[])[];
  readonly C: readonly (readonly number[])[];
  readonly dense: readonly (readonly number[])[];
}
