// The length of a pair of numbers, as plane rotations need it.

/** Squares of pairs of this length do not underflow. */
const SAFE = 2 ** -450;

/** sqrt(f^2 + g^2) for |f|, |g| < 2^500; several times faster than Math.hypot. */
export function length2(f: number, g: number): number {
  const r = Math.sqrt(f * f + g * g);
  return r > SAFE ? r : Math.hypot(f, g);
}
