// Dormand-Prince 5(4), explicit Runge-Kutta, 7 stages, first same as last.
// Source: Dormand and Prince 1980, "A family of embedded Runge-Kutta formulae", J. Comput. Appl. Math. 6:19-26, table 2;
// dense output of order 4: Hairer, Norsett, Wanner, Solving ODEs I (2nd ed. 1993), section II.6, (6.12).

export const c = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1] as const;

/** a[i] = a_{i+1,1..i}; the last row is the solution. */
export const a: readonly (readonly number[])[] = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];

/** Solution minus the embedded solution of order 4, per stage, f at the new point included. */
export const e = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40] as const;

/** Weights of the dense output at s in [0, 1]: y(t + s h) = y + h sum_i denseWeights(s)[i] k_i. */
export function denseWeights(s: number): number[] {
  const s2 = s * s;
  // Cubic Hermite weights plus a multiple of s^2 (1 - s)^2.
  const end = s2 * (3 - 2 * s);
  const bump = s2 * (s - 1) * (s - 1);
  const b = a[6];
  const hump = [
    -12715105075 / 11282082432,
    0,
    87487479700 / 32700410799,
    -10690763975 / 1880347072,
    701980252875 / 199316789632,
    -1453857185 / 822651844,
    69997945 / 29380423,
  ];
  const weights = b.map((bi, i) => end * bi + bump * hump[i]);
  weights.push(bump * hump[6]);
  weights[0] += s * (s - 1) * (s - 1);
  weights[6] += s2 * (s - 1);
  return weights;
}
