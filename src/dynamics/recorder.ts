// What a run keeps on its way: the curves of the outputs at the times asked for, the largest size of each state, and the
// drift of conservation laws.
import type { OdeProblem } from "./problem.ts";

export class Recorder {
  /** One curve an output, NaN where not reached. */
  readonly curves: readonly Float64Array[];
  /** Largest absolute value of each state at the steps. */
  readonly scale: Float64Array;
  /** Largest drift of each conservation law, relative to the sum of its terms' sizes. */
  readonly drift: Float64Array;
  /** Number of output times recorded. */
  at = 0;
  readonly #problem: OdeProblem;
  readonly #times: Float64Array;
  readonly #start: readonly number[];
  readonly #needed: Float64Array;
  readonly #out: Float64Array;

  constructor(problem: OdeProblem, times: Float64Array) {
    const { outputs, conserved, y0 } = problem;
    this.#problem = problem;
    this.#times = times;
    this.curves = outputs.names.map(() => new Float64Array(times.length).fill(Number.NaN));
    this.scale = new Float64Array(y0.length);
    this.drift = new Float64Array(conserved.length);
    this.#start = conserved.map((law) => law.weights.reduce((sum, w, i) => sum + w * y0[law.states[i]], 0));
    this.#needed = new Float64Array(outputs.components.length);
    this.#out = new Float64Array(outputs.names.length);
  }

  get done(): boolean {
    return this.at >= this.#times.length;
  }

  /** The next output time, infinity after the last. */
  get next(): number {
    return this.done ? Infinity : this.#times[this.at];
  }

  /** Records the outputs at the next output time from the whole state there. */
  record(y: Float64Array): void {
    const { components } = this.#problem.outputs;
    for (let j = 0; j < components.length; j++) this.#needed[j] = y[components[j]];
    this.#write();
  }

  /** The same from the states that outputs depend on, which `fill` writes. */
  recordBy(fill: (t: number, needed: Float64Array, components: Int32Array) => void): void {
    fill(this.next, this.#needed, this.#problem.outputs.components);
    this.#write();
  }

  #write(): void {
    this.#problem.outputs.evaluate(this.next, this.#needed, this.#out);
    for (let k = 0; k < this.#out.length; k++) this.curves[k][this.at] = this.#out[k];
    this.at++;
  }

  watch(y: Float64Array): void {
    const { scale } = this;
    for (let i = 0; i < scale.length; i++) {
      const size = Math.abs(y[i]);
      if (size > scale[i]) scale[i] = size;
    }
  }

  conservation(y: Float64Array): void {
    this.#problem.conserved.forEach((law, k) => {
      let sum = 0;
      let size = 0;
      for (let i = 0; i < law.states.length; i++) {
        const part = law.weights[i] * y[law.states[i]];
        sum += part;
        size += Math.abs(part);
      }
      if (size > 0) this.drift[k] = Math.max(this.drift[k], Math.abs(sum - this.#start[k]) / size);
    });
  }
}
