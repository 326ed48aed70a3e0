// Tsit5, explicit Runge-Kutta of order 5(4), 7 stages, first same as last, for smooth non-stiff problems.
// Source: Tsitouras 2011, "Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying assumption",
// Computers and Mathematics with Applications 62:770-775, tables 1 and 2 (dense output of order 4).

export const c = [0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1] as const;

/** a[i] = a_{i+1,1..i}; the last row is the solution. */
export const a: readonly (readonly number[])[] = [
  [],
  [0.161],
  [-0.008480655492356989, 0.335480655492357],
  [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
  [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
  [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
  [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
];

/** Solution minus the embedded solution of order 4, per stage, f at the new point included. */
export const e = [
  -0.001780011052225777,
  -0.0008164344596567469,
  0.007880878010261995,
  -0.1447110071732629,
  0.5823571654525552,
  -0.45808210592918697,
  1 / 66,
] as const;

/** Weights of the dense output at s in [0, 1]: y(t + s h) = y + h sum_i denseWeights(s)[i] k_i. */
export function denseWeights(s: number): number[] {
  const s2 = s * s;
  return [
    -1.0530884977290216 * s * (s - 1.329989018975141) * (s2 - 1.4364028541716351 * s + 0.7139816917074209),
    0.1017 * s2 * (s2 - 2.1966568338249754 * s + 1.2949852507374631),
    2.490627285651252793 * s2 * (s2 - 2.38535645472061657 * s + 1.57803468208092486),
    -16.54810288924490272 * (s - 1.21712927295533244) * (s - 0.61620406037800089) * s2,
    47.37952196281928122 * (s - 1.203071208372362603) * (s - 0.658047292653547382) * s2,
    -34.87065786149660974 * (s - 1.2) * (s - 0.666666666666666667) * s2,
    2.5 * (s - 1) * (s - 0.6) * s2,
  ];
}
