// One polynomial of a piecewise interpolant.
import { trimmed } from "./chop.ts";
import { clenshaw, restricted } from "./coefficients.ts";

/** A polynomial on [a, b]: a Chebyshev series in t = (2 x - a - b) / (b - a). */
export interface Piece {
  readonly a: number;
  readonly b: number;
  readonly coefficients: Float64Array;
}

/** The value at x of [a, b]. */
export function valueOf({ a, b, coefficients }: Piece, x: number): number {
  return clenshaw(coefficients, (x - a - (b - x)) / (b - a));
}

/** The same polynomial on a part of its interval. */
export function part(piece: Piece, from: number, to: number): Piece {
  const { a, b, coefficients } = piece;
  if (from === a && to === b) return piece;
  const place = (x: number): number => (x - a - (b - x)) / (b - a);
  const size = coefficients.reduce((largest, c) => Math.max(largest, Math.abs(c)), 0);
  return { a: from, b: to, coefficients: trimmed(restricted(coefficients, place(from), place(to)), 2 ** -54 * size) };
}
