// SDIRK4, order 4(3), 5 stages with the same diagonal element, stiffly accurate, L-stable, for stiff systems.
// Source: Hairer and Wanner, Solving ODEs II (2nd ed. 1996), table 6.5 of section IV.6.

/** Rows with the diagonal element; the last row is the solution. */
export const a: readonly (readonly number[])[] = [
  [1 / 4],
  [1 / 2, 1 / 4],
  [17 / 50, -1 / 25, 1 / 4],
  [371 / 1360, -137 / 2720, 15 / 544, 1 / 4],
  [25 / 24, -49 / 48, 125 / 16, -85 / 12, 1 / 4],
];

export const c = [1 / 4, 3 / 4, 11 / 20, 1 / 2, 1] as const;

/** Solution minus the embedded solution of order 3, per stage. */
export const e = [25 / 24 - 59 / 48, -49 / 48 + 17 / 96, 125 / 16 - 225 / 32, 0, 1 / 4] as const;
