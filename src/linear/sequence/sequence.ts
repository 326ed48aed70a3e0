// A sequence of related systems A_t x = b_t, each solved by one of several arms (arms.ts) that a bandit chooses, with what was made for
// one system used for the next. The first arm is the default: a solver without parameters. Never much worse than it: an arm is run only
// for as long as the sum of all costs stays within (1 + margin) times what the default alone would have cost, and where it has not
// solved the system by then, the default does (the budget of conservative bandits: Wu, Shariff, Lattimore, Szepesvari 2016, here with a
// run that can be stopped, so that it holds at every system and not in the mean). What the default would have cost is measured where
// it ran and its mean elsewhere; it runs at least once in `refresh` systems. With milliseconds as costs the bound holds but for the
// overrun of runs whose loops have no clock inside (direct and relaxation), which are stopped by an estimate.
// Left out: changes of pattern keep what the bandit knows and nothing else; complex matrices.
import { checkSparse, isSymmetric, type Sparse } from "../../array/index.ts";
import { type Budget, Failure } from "../../base/index.ts";
import { Recycler } from "../iterative/gcro-dr.ts";
import { checkTolerance, checkVector } from "../iterative/iteration.ts";
import type { IterativeResult } from "../operator.ts";
import { type Allowance, type Arm, armName, type ArmRun, type ReuseCounts, Workshop } from "./arms.ts";
import type { Bandit, BanditState } from "./bandit.ts";
import { ChebCb } from "./cheb-cb.ts";
import { TsallisInf } from "./tsallis-inf.ts";

export interface SequenceOptions {
  /**
   * What to choose from; the first is the default that no more than `margin` may be lost to. By default for symmetric matrices
   * with a positive diagonal: direct, IC(0)-CG, ICT-CG and SSOR-CG; for others: direct, GMRES and GCRO-DR with ILU(0).
   */
  readonly arms?: readonly Arm[];
  /** |b - A x| / |b|. Default 1e-8. */
  readonly tolerance?: number;
  /** What is to be small: operations counted by formula (the default: repeatable), steps (for arms of one kind), milliseconds. */
  readonly feedback?: "work" | "iterations" | "time";
  /** Where contexts lie; without it contexts are not looked at. */
  readonly range?: readonly [number, number];
  /** Default: ChebCB where there is a range, else Tsallis-INF. */
  readonly bandit?: Bandit;
  /** The sum of costs is at most (1 + margin) times that of the default. Default 0.2. */
  readonly margin?: number;
  /** The default runs at least once in so many systems. Default 50. */
  readonly refresh?: number;
  /** A preconditioner is made anew when steps have grown by this share (and 2) since it was made. Default 0.3. */
  readonly growth?: number;
  /** Of the bandit's random numbers. Default 0. */
  readonly seed?: number;
}

export interface SystemOptions {
  /** What is known of the system beforehand: a time step, a shift. */
  readonly context?: number;
  readonly x0?: Float64Array;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

export interface SequenceSolution extends IterativeResult {
  readonly arm: Arm;
  /** In units of the feedback, all runs together. */
  readonly cost: number;
  /** An arm failed or used up its allowance, and the default solved the system. */
  readonly fallback: boolean;
}

export interface SequenceState {
  readonly version: 1;
  readonly arms: readonly Arm[];
  readonly bandit: BanditState;
  readonly solved: number;
  readonly total: number;
  /** What the default would have cost: in sum, its mean for one system (0: not known), systems since it ran. */
  readonly reference: number;
  readonly usual: number;
  readonly since: number;
  /** Krylov subspaces by arm. */
  readonly subspaces: readonly (readonly [arm: number, vectors: readonly (readonly number[])[]])[];
}

const SYMMETRIC: readonly Arm[] = [
  { method: "direct" }, { method: "ic0-cg" }, { method: "ict-cg", drop: 1e-2 }, { method: "ict-cg", drop: 1e-3 },
  { method: "ssor-cg", omega: 1 }, { method: "ssor-cg", omega: 1.4 }, { method: "ssor-cg", omega: 1.8 },
]; // oxfmt-ignore
const GENERAL: readonly Arm[] = [
  { method: "direct" }, { method: "ilu0-gmres" }, { method: "ilut-gmres", drop: 1e-3 }, { method: "ilu0-gcro-dr" },
]; // oxfmt-ignore

/** Weight of the newest cost of the default in its mean. */
const NEWEST = 0.25;
/** An arm is not tried with less than this share of the default's cost. */
const LEAST = 0.25;

export class Sequence {
  /** What was made, and what was used again. */
  readonly counts: ReuseCounts = { analyses: 0, factors: 0, preconditioners: 0, reused: 0 };
  /** Systems each arm has solved, in the order of the arms. */
  readonly solvedBy: number[] = [];
  readonly #options: SequenceOptions;
  readonly #margin: number;
  readonly #feedback: "work" | "iterations" | "time";
  #arms: readonly Arm[] = [];
  #bandit: Bandit | undefined;
  #workshop: Workshop | undefined;
  #recyclers = new Map<number, Recycler>();
  #solved = 0;
  #total = 0;
  #reference = 0;
  #usual = 0;
  #since = 0;

  constructor(options: SequenceOptions = {}) {
    const { margin = 0.2, refresh = 50, growth = 0.3, arms, feedback = "work" } = options;
    if (!(margin > 0 && Number.isFinite(margin))) throw new Failure("usage", `a margin of ${margin}`, { hint: "0.1 to 0.5 are usual." });
    if (!(refresh >= 1)) throw new Failure("usage", `the default once in ${refresh} systems`);
    if (!(growth >= 0)) throw new Failure("usage", `a growth of ${growth}`);
    if (arms && arms.length === 0) throw new Failure("usage", "a sequence without arms");
    checkTolerance(options.tolerance ?? 1e-8);
    this.#options = options;
    this.#margin = margin;
    this.#feedback = feedback;
    if (arms) this.#begin(arms);
  } // oxfmt-ignore

  get arms(): readonly Arm[] {
    return this.#arms;
  }

  /** Costs so far, and what the default alone would have cost. */
  get costs(): { readonly total: number; readonly reference: number } {
    return { total: this.#total, reference: this.#reference };
  }

  #begin(arms: readonly Arm[]): void {
    const { range, seed = 0, bandit } = this.#options;
    this.#arms = arms;
    this.#bandit = bandit ?? (range ? new ChebCb(arms.length, { range, seed }) : new TsallisInf(arms.length, { seed }));
    if (this.#bandit.arms !== arms.length) throw new Failure("usage", `a bandit of ${this.#bandit.arms} arms for ${arms.length} arms`);
    for (let i = 0; i < arms.length; i++) this.solvedBy[i] = 0;
  } // oxfmt-ignore

  /**
   * Solves A x = b. The residual is recomputed from x; where even the default fails, the best x found is given with the status that
   * says so. @throws Failure for matrices that are not square or real, and for numbers that are not finite.
   */
  solve(matrix: Sparse, b: Float64Array, options: SystemOptions = {}): SequenceSolution {
    const { context = 0, x0, budget, signal } = options;
    this.#accept(matrix);
    checkVector("the right side", b, matrix.rows);
    if (x0) checkVector("x0", x0, matrix.rows);
    if (!Number.isFinite(context)) throw new Failure("domain", `the context is ${context}`);
    const tolerance = this.#options.tolerance ?? 1e-8;
    const bandit = this.#bandit!;
    const run = (index: number, allowance: Allowance): { run: ArmRun; cost: number } => {
      const begin = performance.now();
      const made = this.#attempt(index, b, tolerance, x0, allowance);
      const ms = performance.now() - begin;
      const cost = this.#feedback === "time" ? ms : this.#feedback === "work" ? made.work : made.result.iterations;
      return { run: made, cost };
    };
    const allowed = (1 + this.#margin) * this.#reference - this.#total;
    const { refresh = 50 } = this.#options;
    const free = this.#usual > 0 && this.#since + 1 < refresh && allowed >= LEAST * this.#usual;
    const index = free ? bandit.choose(context) : 0;
    let spent = 0;
    let best: SequenceSolution | undefined;
    if (index > 0) {
      const { run: tried, cost } = run(index, this.#allowance(allowed, budget, signal));
      spent = cost;
      best = { ...tried.result, arm: this.#arms[index], cost, fallback: false };
    }
    const stopped = signal?.aborted;
    if (best?.status !== "converged" && !stopped) {
      const first = best;
      const { run: made, cost } = run(0, { iterations: Infinity, work: Infinity, budget, signal });
      const { result } = made;
      spent += cost;
      this.#usual = this.#usual === 0 ? cost : (1 - NEWEST) * this.#usual + NEWEST * cost;
      this.#reference += cost;
      this.#since = 0;
      if (!first || !(first.residual < result.residual) || result.status === "converged")
        best = { ...result, arm: this.#arms[0], cost: spent, fallback: first !== undefined };
      if (result.status === "converged") this.solvedBy[0]++;
    } else {
      this.#reference += this.#usual;
      this.#since++;
      if (best!.status === "converged") this.solvedBy[index]++;
    }
    if (free) bandit.learn(spent);
    this.#total += spent;
    this.#solved++;
    return { ...best!, cost: spent };
  }

  /** A run of an arm; what makes it impossible (a zero on the diagonal, a pivot) is its result. */
  #attempt(index: number, b: Float64Array, tolerance: number, x0: Float64Array | undefined, allowance: Allowance): ArmRun {
    try {
      return this.#workshop!.run(index, this.#arms[index], b, tolerance, x0, allowance);
    } catch (error) {
      if (!(error instanceof Failure) || (error.kind !== "numeric" && error.kind !== "domain")) throw error;
      const x = new Float64Array(b.length);
      const result: IterativeResult = { x, status: "breakdown", reason: `${armName(this.#arms[index])}: ${error.what}`, iterations: 0, products: 0, residual: 1, history: [], evidence: [] };
      return { result, work: 0 };
    }
  } // oxfmt-ignore

  #allowance(allowed: number, budget: Budget | undefined, signal: AbortSignal | undefined): Allowance {
    switch (this.#feedback) {
      case "work":
        return { iterations: Infinity, work: allowed, budget, signal };
      case "iterations":
        return { iterations: Math.floor(allowed), work: Infinity, budget, signal };
      default: {
        // Loops without a clock: some 2 operations a nanosecond.
        const time_ms = Math.min(allowed, budget?.time_ms ?? Infinity);
        return { iterations: Infinity, work: 2e6 * allowed, budget: { ...budget, time_ms }, signal };
      }
    }
  }

  #accept(matrix: Sparse): void {
    if (this.#workshop?.accept(matrix)) return;
    if (matrix.rows !== matrix.cols) throw new Failure("usage", `a matrix of ${matrix.rows} x ${matrix.cols} in a sequence of systems`, { hint: "Matrices are square here." }); // oxfmt-ignore
    checkSparse(matrix);
    const symmetric = isSymmetric(matrix);
    this.#workshop?.dispose();
    this.#workshop = undefined;
    const before = this.#recyclers.values().next().value?.vectors[0]?.length;
    if (before !== undefined && before !== matrix.rows) this.#recyclers.clear();
    const { growth = 0.3 } = this.#options;
    this.#workshop = new Workshop(matrix, symmetric, growth, this.counts, this.#recyclers);
    if (this.#arms.length === 0) this.#begin(symmetric && positiveDiagonal(matrix) ? SYMMETRIC : GENERAL);
  }

  /** What was learnt, as plain data for JSON: not matrices, analyses or preconditioners, which are made anew. */
  state(): SequenceState {
    if (!this.#bandit) throw new Failure("usage", "a sequence without arms or systems has no state", { hint: "Give arms, or solve a system." }); // oxfmt-ignore
    return {
      version: 1,
      arms: this.#arms,
      bandit: this.#bandit.state(),
      solved: this.#solved,
      total: this.#total,
      reference: this.#reference,
      usual: this.#usual,
      since: this.#since,
      subspaces: Array.from(this.#recyclers, ([arm, { vectors }]) => [arm, vectors.map((each) => Array.from(each))]),
    };
  }

  /** Goes on from a state of a sequence with the same options. @throws Failure where the arms or the bandit are others. */
  restore(state: SequenceState): void {
    const { version, arms, bandit, solved, total, reference, usual, since, subspaces } = state;
    if (version !== 1) throw new Failure("usage", `a state of version ${version}`, { hint: "Version 1 is known." });
    if (this.#arms.length === 0) this.#begin(arms);
    else if (JSON.stringify(arms) !== JSON.stringify(this.#arms)) throw new Failure("usage", "the state has other arms than this sequence"); // oxfmt-ignore
    if (![solved, total, reference, usual, since].every((value) => Number.isFinite(value) && value >= 0))
      throw new Failure("usage", "the state has costs that are not finite numbers");
    this.#bandit!.restore(bandit);
    [this.#solved, this.#total, this.#reference, this.#usual, this.#since] = [solved, total, reference, usual, since];
    this.#recyclers.clear();
    for (const [arm, vectors] of subspaces) {
      const recycler = new Recycler();
      recycler.vectors = vectors.map((each) => Float64Array.from(each));
      this.#recyclers.set(arm, recycler);
    }
  }

  dispose(): void {
    this.#workshop?.dispose();
    this.#workshop = undefined;
  }
}

function positiveDiagonal({ ptr, idx, values, rows }: Sparse): boolean {
  let count = 0;
  for (let i = 0; i < rows; i++) for (let p = ptr[i]; p < ptr[i + 1]; p++) if (idx[p] === i && values[p] > 0) count++;
  return count === rows;
}
