// An initial value problem with outputs: what the drivers solve. Made by `lowerModel` of the model room, or by hand.
import type { Constraints } from "./projection.ts";
import type { HybridParts } from "./hybrid/parts.ts";
import type { OdeSystem } from "./system.ts";

export interface Outputs {
  readonly names: readonly string[];
  /** States that the outputs depend on. */
  readonly components: Int32Array;
  /** out[k] = output k at time t, from the values of `components` in their order. */
  evaluate(t: number, values: Float64Array, out: Float64Array): void;
}

/** A quantity sum_i weights[i] y[states[i]] that does not change with time. */
export interface ConservationLaw {
  readonly states: readonly number[];
  readonly weights: readonly number[];
}

export interface OdeProblem {
  readonly name: string;
  /** The system in its fastest form. */
  readonly system: OdeSystem;
  /** The same system evaluated directly, sums unfactored, for checks; made when first asked for. */
  direct(): Promise<OdeSystem>;
  readonly t0: number;
  readonly y0: Float64Array;
  readonly outputs: Outputs;
  /** Laws that hold for every rate, found in the structure. */
  readonly conserved: readonly ConservationLaw[];
  /** States are amounts that cannot be negative and of which small ones matter. */
  readonly amounts: boolean;
  /** Constraints that the solution is held to after every step, and states whose initial values are guesses (1). */
  readonly constraints?: Constraints & { readonly movable: Uint8Array };
  /** Events, conditions and delays, where there are any. */
  readonly hybrid?: HybridParts;
  /** Gives memory back. The problem must not be used afterwards. */
  dispose(): void;
}
