// Tableaus of one-step methods: what their coefficients are called.

export type RungeKuttaName = "tsit5" | "dopri5";

/** Explicit pair with 7 stages, first same as last; `a[i]` feeds stage i + 1, its last row is the solution. */
export interface RungeKuttaTableau {
  readonly a: readonly (readonly number[])[];
  readonly c: readonly number[];
  /** Solution minus the embedded solution, per stage. */
  readonly e: readonly number[];
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
