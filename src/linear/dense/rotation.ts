// The length of a pair of numbers, as plane rotations need it.

/** Squares of pairs between these lengths neither underflow nor overflow. */
const [SHORT, LONG] = [2 ** -450, 2 ** 500];

/** sqrt(f^2 + g^2); several times faster than Math.hypot. */
export function length2(f: number, g: number): number {
  const r = Math.sqrt(f * f + g * g);
  return r > SHORT && r < LONG ? r : Math.hypot(f, g);
}
