// Symplectic splitting methods with fixed steps for systems in two groups of states, of which each changes by the other alone:
// q' = v(p), p' = a(q) (separable Hamiltonian systems). Energy errors stay bounded over very long times; a variable step would
// spoil that, so the step is fixed: found at the start such that a step's error meets the tolerance.
// Sources: Hairer, Lubich, Wanner, Geometric Numerical Integration (2nd ed. 2006): Stoermer-Verlet (section I.1.4),
// compositions of order 6 and 8 (section V.3.2, (3.6) by Yoshida 1990 and (3.11) by Suzuki and Umeno 1993).
// Output inside a step: a shorter step from its beginning, as accurate as the method.
import { Failure } from "../base/index.ts";
import { noStats, type OdeSystem, type SolverStats, type Stepper, type Tolerances } from "./system.ts";
import { checkStart, firstStep, weightedNorm } from "./vectors.ts";

export type SymplecticName = "verlet" | "yoshida6" | "yoshida8";

/** Substeps of Verlet's method, symmetric: the first half and the middle one. */
const COMPOSITIONS: Readonly<Record<SymplecticName, { readonly order: number; readonly half: readonly number[] }>> = {
  verlet: { order: 2, half: [] },
  yoshida6: { order: 6, half: [0.78451361047755726382, 0.23557321335935813368, -1.17767998417887100695] },
  yoshida8: {
    order: 8,
    half: [
      0.74167036435061295345, -0.409100825800031594, 0.19075471029623837995, -0.57386247111608226666,
      0.29906418130365592384, 0.33462491824529818378, 0.31529309239676659663,
    ],
  },
}; // oxfmt-ignore

function substeps(name: SymplecticName): readonly number[] {
  const { half } = COMPOSITIONS[name];
  return [...half, 1 - 2 * half.reduce((sum, value) => sum + value, 0), ...[...half].reverse()];
}

/**
 * The two groups, by the Jacobian's pattern: no state may change by one of its own group. Undefined where there are none.
 * Each connected part is coloured by itself; groups of parts are then put together.
 */
export function splitting({ n, pattern }: OdeSystem): Uint8Array | undefined {
  const { colPtr, rowIdx } = pattern;
  const neighbours: number[][] = Array.from({ length: n }, () => []);
  for (let j = 0; j < n; j++)
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      if (rowIdx[p] === j) return undefined;
      neighbours[j].push(rowIdx[p]);
      neighbours[rowIdx[p]].push(j);
    }
  const group = new Uint8Array(n).fill(2);
  for (let start = 0; start < n; start++) {
    if (group[start] !== 2) continue;
    group[start] = 0;
    const queue = [start];
    while (queue.length > 0) {
      const i = queue.pop()!;
      for (const k of neighbours[i]) {
        if (group[k] === 2) {
          group[k] = 1 - group[i];
          queue.push(k);
        } else if (group[k] === group[i]) return undefined;
      }
    }
  }
  return group;
}

export class Symplectic implements Stepper {
  readonly method: SymplecticName;
  readonly stats: SolverStats = noStats();
  t: number;
  tBefore: number;
  h: number;
  readonly y: Float64Array;
  readonly #system: OdeSystem;
  readonly #substeps: readonly number[];
  readonly #groups: readonly [Int32Array, Int32Array];
  readonly #f: Float64Array;
  readonly #before: Float64Array;
  /** The last point asked for inside the last step. */
  #inside: { readonly t: number; readonly y: Float64Array } | undefined;

  constructor(
    method: SymplecticName,
    system: OdeSystem,
    t: number,
    y0: Float64Array,
    span: number,
    tolerances: Tolerances,
  ) {
    this.method = method;
    const group = splitting(system);
    if (group === undefined || system.timeDerivative !== undefined || system.mass !== undefined)
      throw new Failure("usage", `${method} needs states in two groups that change by each other alone, without time`, {
        hint: "Positions change by velocities and velocities by positions. Other systems: vern9, dop853.",
      });
    this.#system = system;
    this.#substeps = substeps(method);
    const of = (which: number): Int32Array => Int32Array.from([...group.keys()].filter((i) => group[i] === which));
    this.#groups = [of(0), of(1)];
    [this.y, this.#f, this.#before] = Array.from({ length: 3 }, () => system.vector());
    this.y.set(y0);
    this.t = this.tBefore = t;
    system.rhs(t, this.y, this.#f);
    checkStart(system, t, this.y, this.#f);
    this.h = this.#findStep(span, tolerances);
  }

  /** The largest step h, halved from a first guess, of which two of half the size differ by no more than the tolerance. */
  #findStep(span: number, tolerances: Tolerances): number {
    const system = this.#system;
    const start = Float64Array.from(this.y);
    // States that pass through zero are measured by the largest of their group.
    const w = system.vector();
    for (const group of this.#groups) {
      const largest = group.reduce((most, i) => Math.max(most, Math.abs(start[i])), 0);
      for (const i of group) w[i] = 1 / (tolerances.relative * largest + tolerances.absolute[i]);
    }
    const { order } = COMPOSITIONS[this.method];
    const work = [system.vector(), system.vector()] as const;
    let h = Math.min(10 * firstStep(system, this.t, this.y, this.#f, w, order, span, work), span);
    const whole = system.vector();
    for (let halvings = 0; halvings < 60; halvings++) {
      this.#advance(h);
      whole.set(this.y);
      this.y.set(start);
      this.#advance(h / 2);
      this.#advance(h / 2);
      for (let i = 0; i < whole.length; i++) whole[i] -= this.y[i];
      this.y.set(start);
      const error = weightedNorm(whole, w);
      if (error <= 1) break;
      h *= error < Infinity ? Math.min(0.8, Math.max(0.1, 0.9 * error ** (-1 / (order + 1)))) : 0.1;
    }
    // A whole number of steps over the span.
    return span / Math.ceil(span / h);
  }

  /** y moves by h: half a drift, a kick, half a drift in every substep. */
  #advance(h: number): void {
    const { y } = this;
    const f = this.#f;
    const [drift, kick] = this.#groups;
    const move = (group: Int32Array, share: number): void => {
      this.#system.rhs(this.t, y, f);
      this.stats.rhs++;
      for (const i of group) y[i] += share * f[i];
    };
    // Neighbouring halves of drifts are made in one.
    let pending = 0;
    for (const part of this.#substeps) {
      move(drift, h * (pending + part / 2));
      move(kick, h * part);
      pending = part / 2;
    }
    move(drift, h * pending);
  }

  step(): void {
    this.#before.set(this.y);
    this.#advance(this.h);
    if (!this.y.every(Number.isFinite))
      throw new Failure("numeric", `${this.method}: the solution is not finite after t = ${this.t}`, {
        hint: "The fixed step is too long for what happens there: use a method with step control.",
      });
    this.tBefore = this.t;
    this.t += this.h;
    this.#inside = undefined;
    this.stats.steps++;
  }

  dispose(): void {}

  interpolate(t: number, out: Float64Array, components?: Int32Array): void {
    if (this.#inside?.t !== t) {
      const end = Float64Array.from(this.y);
      let y = end;
      if (t !== this.t) {
        this.y.set(this.#before);
        this.#advance(t - this.tBefore);
        y = Float64Array.from(this.y);
        this.y.set(end);
      }
      this.#inside = { t, y };
    }
    const count = components?.length ?? this.y.length;
    for (let j = 0; j < count; j++) out[j] = this.#inside.y[components === undefined ? j : components[j]];
  }
}
