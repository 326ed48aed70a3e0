// Sequences of related systems: what was learnt from one helps with the next.
export type { Bandit, BanditState } from "./bandit.ts";
export { TsallisInf, type TsallisOptions } from "./tsallis-inf.ts";
export { type BinnedOptions, TsallisInfBins } from "./tsallis-inf-bins.ts";
export { ChebCb, type ChebCbOptions } from "./cheb-cb.ts";
export { Relaxation, type Relaxed, type RelaxOptions } from "./relaxation.ts";
export { Sequence, type SequenceOptions, type SequenceSolution, type SequenceState, type SystemOptions } from "./sequence.ts"; // oxfmt-ignore
export { type Arm, armName, type ReuseCounts } from "./arms.ts";
