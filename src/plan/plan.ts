// Plans: what was considered, what was chosen and why. A plan comes back with every result and can be pinned.

export interface Candidate {
  readonly name: string;
  /** Predicted cost, in operations; of compiled formulae, in nanoseconds an element. */
  readonly cost: number;
  /** Predicted error in units of what is allowed; absent where nothing is known before running. */
  readonly error?: number;
  /** Why it is cheap, dear or impossible. */
  readonly note: string;
}

export interface Plan {
  readonly candidates: readonly Candidate[];
  readonly chosen: string;
  readonly reason: string;
  /** The caller asked for this choice. */
  readonly pinned: boolean;
  /** Parameters of the choice: tolerances and the like. */
  readonly parameters: Readonly<Record<string, number | string>>;
}

/** The candidate of least predicted cost; ties go to the earlier one. */
export function cheapest(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best));
}
