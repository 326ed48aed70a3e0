// A model is terms and names: parameters, states, reactions, equations, outputs. It is never code.
// Readers (net.ts, calc.ts, sbml/) make it; derive.ts turns it into equations.
// Quantities and who may change them: a parameter never changes; a discrete quantity changes at events only; a state changes by
// its equation, or (an unknown) such that the algebraic equations hold, and at events; an assignment follows from the others.
import type { Place } from "../base/index.ts";
import type { Context, Term } from "../term/index.ts";

/** A named expression. */
export interface Definition {
  readonly name: string;
  readonly term: Term;
  /** Of a parameter: a value that no term can hold, infinite or NaN; `term` is then of no meaning. */
  readonly value?: number;
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

/** Something that happens at the instant when its trigger turns from false to true. Semantics: SBML Level 3 Version 2 core, section 4.11. */
export interface ModelEvent {
  readonly name: string;
  /** A condition in states, discrete quantities, parameters, assignments, delayed values and time. */
  readonly trigger: Term;
  /** The trigger's value before the start: a trigger that holds at the start fires there only if this is false. */
  readonly before: boolean;
  /** Once triggered it is carried out even if the trigger turns false during its delay (or before its turn among simultaneous ones). */
  readonly persistent: boolean;
  /** Among simultaneous events greater ones go first, equal ones and those without one in random order. */
  readonly priority?: Term;
  /** Time from trigger to execution, not negative. */
  readonly delay?: Term;
  /** Values are those of the instant of the trigger, not of the execution. */
  readonly valuesAtTrigger: boolean;
  /** New values, all computed before any is set. A target is the name of a state or of a discrete quantity. */
  readonly assignments: readonly Definition[];
  readonly place?: Place;
}

/** `symbol` stands for the value that `value` had `delay` earlier. Before the start, values are those of the initial state at that time. */
export interface DelayedValue {
  readonly symbol: Term;
  readonly value: Term;
  readonly delay: Term;
  readonly place?: Place;
}

/** Invariants: names are unique over parameters, states, discrete quantities, assignments; no definition is cyclic; assignments are in an order in which each uses only earlier ones. */
export interface Model {
  readonly name: string;
  /** "net", "calc" or "sbml". */
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
  /**
   * Noise: position of the state -> g, which adds g dW to its equation, each with a Wiener process of its own (in the sense of Ito). In
   * states, parameters, assignments and time.
   */
  readonly noise?: ReadonlyMap<number, Term>;
  /** Quantities that hold their value between events. */
  readonly discrete?: readonly State[];
  /** Terms that are zero at all times. */
  readonly algebraic?: readonly Definition[];
  /** Positions of the states that have no equation but follow from `algebraic`; their initial values are guesses. As many as `algebraic`. */
  readonly unknowns?: ReadonlySet<number>;
  readonly events?: readonly ModelEvent[];
  readonly delays?: readonly DelayedValue[];
  /** What is reported; in states, parameters, assignments and time. */
  readonly outputs: readonly Definition[];
  /** Time span of the model itself, where it gives one. */
  readonly span?: { readonly from: number; readonly to: number; readonly points?: number };
}
