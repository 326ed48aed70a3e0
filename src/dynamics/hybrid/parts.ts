// What a problem has besides its differential equations: events, conditions inside the equations, delayed values, and
// discrete quantities that only events change. All functions are of (t, y); discrete quantities and delayed values are
// read from the arrays here, which the compiled functions share.

export interface HybridEvent {
  readonly name: string;
  /** The trigger's value before the start. */
  readonly before: boolean;
  readonly persistent: boolean;
  readonly valuesAtTrigger: boolean;
  readonly delayed: boolean;
  readonly prioritised: boolean;
  /** Where the values go: a state (position in y) or a discrete quantity (position in `discrete`). */
  readonly targets: readonly { readonly kind: "state" | "discrete"; readonly at: number }[];
  /** Position of the event's first value, of its delay and its priority in `actions`; the latter two where there are any. */
  readonly valuesAt: number;
  readonly delayAt: number;
  readonly priorityAt: number;
}

export interface DelayParts {
  readonly count: number;
  /** Values at present, written by the driver, read by all functions. */
  readonly slots: Float64Array;
  /** out[k] = the delay of the k-th delayed value at (t, y). */
  delays(t: number, y: Float64Array, out: Float64Array): void;
  /** out[k] = the quantity whose past is asked for, at (t, y). */
  values(t: number, y: Float64Array, out: Float64Array): void;
  /** uses[k]: positions of the delayed values that the k-th one's quantity contains. */
  readonly uses: readonly (readonly number[])[];
  /** Names for messages. */
  readonly names: readonly string[];
}

export interface HybridParts {
  readonly events: readonly HybridEvent[];
  /** Discrete quantities at present, in the memory that compiled functions read. */
  readonly discrete: Float64Array;
  /** Their initial values. */
  readonly discreteStart: Float64Array;
  readonly discreteNames: readonly string[];
  /** Number of steps that `steps` writes. */
  readonly stepCount: number;
  /** Values that change in jumps only: truth of each condition, whole parts. A step ends where one changes. */
  steps(t: number, y: Float64Array, out: Float64Array): void;
  /** out[e] = 1 where the trigger of event e holds. */
  triggers(t: number, y: Float64Array, out: Float64Array): void;
  readonly actionCount: number;
  /** New values of all events' targets, delays and priorities. */
  actions(t: number, y: Float64Array, out: Float64Array): void;
  readonly delays?: DelayParts;
  /** Key of the random order of simultaneous events. */
  readonly seed: number;
}
