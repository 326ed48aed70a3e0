// ROS34PW2, Rosenbrock-W method of order 3(2) with 4 stages, stiffly accurate, right with any matrix in place of the Jacobian.
// Source: Rang and Angermann 2005, "New Rosenbrock W-methods of order 3 for partial differential algebraic equations of
// index 1", BIT 45:761-787, table 4.1, in the transformed variables of rodas5p.tableau.ts.

export const gamma = 0.435866521508459;
export const c = [0, 0.871733043016918, 0.7315799577888524, 1] as const;
/** Weights of h f_t. */
export const d = [0.435866521508459, -0.435866521508459, -0.4133333762338865, 0] as const;
export const a: readonly (readonly number[])[] = [
  [],
  [2],
  [1.4192173174557647, -0.2592322116729697],
  [4.18476048231916, -0.28519201735549593, 2.294280360279042],
];
export const C: readonly (readonly number[])[] = [
  [],
  [-4.588560720558084],
  [-4.18476048231916, 0.28519201735549593],
  [-6.368179200128359, -6.795620944466837, 2.8700986043310563],
];
/** Weights of the solution, and of its difference from the embedded one. */
export const b = [4.1847604823191595, -0.28519201735549565, 2.2942803602790414, 1] as const;
export const e = [0.2777499476479681, -1.4032398951759992, 1.7726301276675507, 0.5] as const;
