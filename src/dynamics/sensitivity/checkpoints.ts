// States of a run kept at some of its steps, so that it can be walked backwards with a bound on memory: on the way forward the distance
// of kept states doubles when there are too many; on the way back each stretch is computed again, and split further where it is still
// too long. With room for r states, runs of up to about r^2/4 steps are computed twice, longer ones more often.
// Source of the idea: Griewank 1992, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
// differentiation", Optimization Methods and Software 1:35-54. Not the optimal schedule: the number of steps is not known in advance.

export class Checkpoints {
  readonly #room: number;
  /** Kept states by the number of steps before them, ascending. */
  readonly #kept: { readonly at: number; readonly y: Float64Array }[] = [];
  #stride = 1;
  /** Most states held at once, in both directions. */
  held = 0;

  /** Room for this many states in all, at least 8. */
  constructor(room: number) {
    this.#room = room;
  }

  /** To be called with every state of the way forward, the first one with at = 0. */
  offer(at: number, y: Float64Array): void {
    if (at % this.#stride !== 0) return;
    if (this.#kept.length >= this.#room >> 1) {
      this.#stride *= 2;
      const left = this.#kept.filter((each) => each.at % this.#stride === 0);
      this.#kept.splice(0, this.#kept.length, ...left);
      if (at % this.#stride !== 0) return;
    }
    this.#kept.push({ at, y: y.slice() });
    this.held = Math.max(this.held, this.#kept.length);
  }

  /**
   * Walks back over the steps end - 1, ..., 0: visit(k, y) with the state before step k. `advance(k, y, next)` computes step k again.
   */
  async backward(
    end: number,
    advance: (k: number, y: Float64Array, next: Float64Array) => void,
    visit: (k: number, y: Float64Array) => Promise<void> | void,
  ): Promise<void> {
    let to = end;
    for (let last = this.#kept.pop(); last !== undefined; last = this.#kept.pop()) {
      await this.#stretch(
        last.at,
        last.y,
        to,
        this.#room - this.#kept.length - 1,
        this.#kept.length + 1,
        advance,
        visit,
      );
      to = last.at;
    }
  }

  async #stretch(
    from: number,
    start: Float64Array,
    to: number,
    room: number,
    outside: number,
    advance: (k: number, y: Float64Array, next: Float64Array) => void,
    visit: (k: number, y: Float64Array) => Promise<void> | void,
  ): Promise<void> {
    const count = to - from;
    if (count === 0) return;
    if (count > 1 && room === 0) {
      // No room at all: every state from the start.
      const current = new Float64Array(start.length);
      for (let k = to - 1; k >= from; k--) {
        current.set(start);
        for (let i = from; i < k; i++) advance(i, current, current);
        await visit(k, current);
      }
      return;
    }
    // All states of the stretch, or some with stretches of their own between them.
    const whole = count - 1 <= room;
    const distance = whole ? 1 : Math.ceil(count / (Math.max(1, room >> 1) + 1));
    const states = [start];
    const current = start.slice();
    const last = from + (Math.ceil(count / distance) - 1) * distance;
    for (let k = from; k < last; k++) {
      advance(k, current, current);
      if ((k + 1 - from) % distance === 0) states.push(current.slice());
    }
    this.held = Math.max(this.held, outside + states.length - 1);
    while (states.length > 0) {
      const y = states.pop()!;
      const at = from + states.length * distance;
      const next = Math.min(to, at + distance);
      if (whole) await visit(at, y);
      else await this.#stretch(at, y, next, room - states.length, outside + states.length, advance, visit);
    }
  }
}
