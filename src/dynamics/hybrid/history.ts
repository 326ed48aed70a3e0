// The past of a solution, for equations with delays: every step as a polynomial through values of the method's own dense
// output, and the discrete quantities of each stretch between events.
import type { Stepper } from "../system.ts";

/** Points on a step, ends included: Chebyshev points of the second kind, so that a polynomial of this degree loses nothing. */
const POINTS = 7;
const NODES = Array.from({ length: POINTS }, (_, k) => 0.5 - 0.5 * Math.cos((Math.PI * k) / (POINTS - 1)));
/** Weights of the barycentric formula at these points (Berrut and Trefethen 2004, equation 5.4). */
const WEIGHTS = NODES.map((_, k) => (k % 2 === 0 ? 1 : -1) * (k === 0 || k === POINTS - 1 ? 0.5 : 1));

interface Piece {
  readonly from: number;
  to: number;
  readonly length: number;
  readonly values: readonly Float64Array[];
  readonly discrete: Float64Array;
}

export class History {
  readonly #t0: number;
  #start: { readonly y: Float64Array; readonly discrete: Float64Array };
  readonly #pieces: Piece[] = [];

  constructor(t0: number, y0: Float64Array, discrete: Float64Array) {
    this.#t0 = t0;
    this.#start = { y: Float64Array.from(y0), discrete: Float64Array.from(discrete) };
  }

  /** The state before the first step is this one (after consistent values were found and events at the start done). */
  restart(y: Float64Array, discrete: Float64Array): void {
    if (this.#pieces.length === 0) this.#start = { y: Float64Array.from(y), discrete: Float64Array.from(discrete) };
  }

  /** Keeps the stepper's last step, from its beginning to `to`, at most its end. */
  add(stepper: Stepper, to: number, discrete: Float64Array): void {
    const from = stepper.tBefore;
    const length = stepper.t - from;
    const values = NODES.map((node, k) => {
      const value = new Float64Array(stepper.y.length);
      if (k === POINTS - 1) value.set(stepper.y);
      else stepper.interpolate(from + node * length, value);
      return value;
    });
    this.#pieces.push({ from, to, length, values, discrete: Float64Array.from(discrete) });
  }

  /** y and the discrete quantities at t, the initial ones before the start; values after the last step are extrapolated from it. */
  at(t: number, y: Float64Array, discrete: Float64Array): void {
    const pieces = this.#pieces;
    if (t <= this.#t0 || pieces.length === 0) {
      y.set(this.#start.y);
      discrete.set(this.#start.discrete);
      return;
    }
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pieces[middle].to < t) low = middle + 1;
      else high = middle;
    }
    const piece = pieces[low];
    discrete.set(piece.discrete);
    const s = (t - piece.from) / piece.length;
    let bottom = 0;
    y.fill(0);
    for (let k = 0; k < POINTS; k++) {
      const distance = s - NODES[k];
      if (distance === 0) {
        y.set(piece.values[k]);
        return;
      }
      const weight = WEIGHTS[k] / distance;
      bottom += weight;
      const value = piece.values[k];
      for (let i = 0; i < y.length; i++) y[i] += weight * value[i];
    }
    for (let i = 0; i < y.length; i++) y[i] /= bottom;
  }
}
