// Explicit Runge-Kutta methods for steps of fixed size: y_{n+1} = y_n + h sum_i b_i k_i, k_i = f(t + c_i h, y_n + h sum_j a_ij k_j).
// Sources: Euler; midpoint rule and the classical method of order 4, Kutta 1901 (Z. Math. Phys. 46:435-453), as in Hairer, Norsett,
// Wanner, Solving ODEs I, section II.1; tsit5 and dopri5 as in their tableaus, without the stage that only estimates the error.
import * as dopri5 from "./dopri5.tableau.ts";
import * as tsit5 from "./tsit5.tableau.ts";

export interface ExplicitTableau {
  readonly title: string;
  readonly order: number;
  /** a[i] feeds stage i, from 0. */
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly c: readonly number[];
}

export const FIXED_STEP_METHODS = {
  euler: { title: "Euler", order: 1, a: [[]], b: [1], c: [0] },
  midpoint: { title: "midpoint rule", order: 2, a: [[], [1 / 2]], b: [0, 1], c: [0, 1 / 2] },
  rk4: {
    title: "classical Runge-Kutta",
    order: 4,
    a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
    b: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
    c: [0, 1 / 2, 1 / 2, 1],
  },
  tsit5: { title: "Tsit5", order: 5, a: tsit5.a.slice(0, 6), b: tsit5.a[6], c: tsit5.c.slice(0, 6) },
  dopri5: { title: "Dormand-Prince", order: 5, a: dopri5.a.slice(0, 6), b: dopri5.a[6], c: dopri5.c.slice(0, 6) },
} as const satisfies Record<string, ExplicitTableau>;

export type FixedStepMethod = keyof typeof FIXED_STEP_METHODS;
