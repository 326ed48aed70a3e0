// Claims: reproducible programs, one a statement from the literature. They live in `claims/` and are run by
// `calculemus claims`; each prints its number, its baseline and the machine. A claim that fails stays, failing.
import type { Evidence } from "./evidence/index.ts";

export interface ClaimContext {
  /** The machine, in words, for evidence. */
  readonly machine: string;
  /** Folder with data sets that are not part of the package, if there is one. */
  readonly data?: string;
  /** Says what is going on, on standard error. */
  readonly log: (message: string) => void;
}

/** What came of a claim: shown, refuted, or not run (with the reason). */
export interface ClaimResult {
  readonly verdict: "shown" | "refuted" | "not run";
  /** The number and its baseline, in one line. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
}

export interface Claim {
  readonly id: string;
  readonly title: string;
  /** Paper: authors, year, title. */
  readonly source: string;
  /** What is to be shown here, and at which scale. */
  readonly statement: string;
  run(context: ClaimContext): Promise<ClaimResult>;
}
