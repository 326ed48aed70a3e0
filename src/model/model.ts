// A model is terms and names: parameters, states, reactions, equations, outputs. It is never code.
// Readers (net.ts, calc.ts; SBML has its place beside them) make it; derive.ts turns it into equations.
import type { Place } from "../base/index.ts";
import type { Context, Term } from "../term/index.ts";

/** A named expression. */
export interface Definition {
  readonly name: string;
  readonly term: Term;
  readonly place?: Place;
}

export interface State {
  readonly name: string;
  /** The symbol that stands for the state in terms. */
  readonly symbol: Term;
  /** Initial value, in parameters only. */
  readonly initial: Term;
  /** Held at its initial value. */
  readonly fixed: boolean;
  readonly place?: Place;
}

/** A reaction changes state i by change[i] per event and runs at `rate` events per unit of time. */
export interface Reaction {
  readonly name: string;
  /** Net change: position of the state -> integer (never 0). Fixed states are left out. */
  readonly change: ReadonlyMap<number, number>;
  /** In states, parameters, assignments and time. */
  readonly rate: Term;
  readonly place?: Place;
}

/** Invariants: names are unique over parameters, states, assignments; no definition is cyclic; assignments are in an order in which each uses only earlier ones. */
export interface Model {
  readonly name: string;
  /** "net" or "calc". */
  readonly format: string;
  readonly context: Context;
  /** Symbol of time in terms. */
  readonly time: Term;
  /** Each a number or an expression of earlier parameters. */
  readonly parameters: readonly Definition[];
  readonly states: readonly State[];
  /** Quantities that follow from states, parameters and time. */
  readonly assignments: readonly Definition[];
  readonly reactions: readonly Reaction[];
  /** Right-hand sides given as equations: position of the state -> term, added to what reactions give. */
  readonly equations: ReadonlyMap<number, Term>;
  /** What is reported; in states, parameters, assignments and time. */
  readonly outputs: readonly Definition[];
  /** Time span of the model itself, where it gives one. */
  readonly span?: { readonly from: number; readonly to: number; readonly points?: number };
}
