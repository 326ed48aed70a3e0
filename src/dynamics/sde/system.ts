// Stochastic differential equations in the sense of Ito, dX = f(t, X) dt + sum_j v_j g_j(t, X) dW_j with independent Wiener processes W_j.
import type { Tape } from "../../compile/index.ts";

export interface NoiseColumn {
  /** What the process changes: state and factor. */
  readonly change: ReadonlyMap<number, number>;
}

export interface SdeSystem {
  readonly name: string;
  readonly states: readonly string[];
  readonly parameters: number;
  /** f: scalar t, arrays y, p, out. */
  readonly drift: Tape;
  readonly columns: readonly NoiseColumn[];
  /** g_j for each column; its square if `squared`. */
  readonly diffusion: Tape;
  /** The diffusion tape gives g_j^2, of which negative values count as zero (and are counted). */
  readonly squared: boolean;
  /** dg_j/dx of the state of column j: there if each column belongs to one state, with factor 1, and depends on no other state. */
  readonly slopes?: Tape;
  readonly outputNames: readonly string[];
  readonly outputs: Tape;
}
