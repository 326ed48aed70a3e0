// What may be assumed of a symbol, as data: the facts on which conditions of rules are decided. Everything else is complex and
// may be zero. A prover of assumptions proper belongs to room algebra; it comes in as a function (see `Prover` in condition.ts).
import type { Interval } from "../number/index.ts";

export type Assumption = "real" | "nonzero" | "positive" | "negative" | "nonnegative" | "nonpositive" | "real nonzero" | "integer"; // oxfmt-ignore

interface Facts {
  readonly within?: Interval;
  readonly nonzero: boolean;
}

const TABLE: Readonly<Record<Assumption, Facts>> = {
  real: { within: { lo: -Infinity, hi: Infinity }, nonzero: false },
  integer: { within: { lo: -Infinity, hi: Infinity }, nonzero: false },
  nonzero: { nonzero: true },
  "real nonzero": { within: { lo: -Infinity, hi: Infinity }, nonzero: true },
  positive: { within: { lo: 0, hi: Infinity }, nonzero: true },
  negative: { within: { lo: -Infinity, hi: 0 }, nonzero: true },
  nonnegative: { within: { lo: 0, hi: Infinity }, nonzero: false },
  nonpositive: { within: { lo: -Infinity, hi: 0 }, nonzero: false },
};

/** The range that an assumption gives; nothing is known without one. */
export function factsOf(assumption: Assumption | undefined): Facts {
  return assumption === undefined ? { nonzero: false } : TABLE[assumption];
}
