// The learned correction of the cost model, written by `npm run bench -- cost --fit` (bench/cost.ts). Not to be edited by hand.
import type { Correction } from "./cost.ts";

export const fittedCorrection: Correction | null = null;
