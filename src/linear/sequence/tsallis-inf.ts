// Tsallis-INF (Zimmert, Seldin 2021), the form of Khodak, Chow, Balcan, Talwalkar 2024 ("Learning to relax", algorithm 1): follow the
// regularised leader with the Tsallis entropy of power 1/2 over sums of costs, each divided by the probability it was seen with.
// From costs of arms that are often taken half the mean cost is subtracted first, which leaves the differences of arms as they are and
// reduces the variance (Zimmert, Seldin 2021, section 3, the reduced-variance estimator).
// p_i = 4 / (eta (K_i / s - x))^2 with eta = 2 / sqrt(t), s the mean of the costs seen, and x such that the p_i sum to 1.
import { Failure } from "../../base/index.ts";
import { DrawingBandit } from "./bandit.ts";

export interface TsallisOptions {
  /** What is subtracted from costs, in units of their mean. Default 0.5; 0 is plain importance weighting, as in "Learning to relax". */
  readonly baseline?: number;
  /** Of the random numbers. Default 0. */
  readonly seed?: number;
}

export const BASELINE = 0.5;

/** For costs that need not be random: its regret against the best fixed arm grows with the square root of the rounds. */
export class TsallisInf extends DrawingBandit {
  readonly name = "tsallis-inf";
  readonly #table: TsallisTable;

  constructor(arms: number, { seed = 0, baseline = BASELINE }: TsallisOptions = {}) {
    super(arms, seed);
    this.#table = new TsallisTable(arms, baseline);
  }

  protected weigh(): void {
    this.#table.weigh(this.probabilities);
  }

  protected update(arm: number, cost: number): void {
    this.#table.learn(arm, cost, this.probabilities[arm]);
  }

  protected numbers(): number[] {
    return this.#table.numbers();
  }

  protected take(numbers: readonly number[]): boolean {
    return this.#table.take(numbers);
  }
}

/** The sums of one Tsallis-INF. */
export class TsallisTable {
  readonly arms: number;
  /** K_i: costs over probabilities. */
  readonly #sums: Float64Array;
  #rounds = 0;
  #total = 0;

  readonly #baseline: number;

  constructor(arms: number, baseline: number) {
    if (!(baseline >= 0 && baseline <= 1))
      throw new Failure("usage", `a baseline of ${baseline} mean costs`, { hint: "Take 0 to 1." });
    this.arms = arms;
    this.#baseline = baseline;
    this.#sums = new Float64Array(arms);
  }

  weigh(p: Float64Array): void {
    const { arms } = this;
    const sums = this.#sums;
    const scale = this.#rounds > 0 && this.#total > 0 ? this.#total / this.#rounds : 1;
    const eta = 2 / Math.sqrt(this.#rounds + 1);
    let least = Infinity;
    for (let i = 0; i < arms; i++) least = Math.min(least, sums[i]);
    // Newton from where the largest p is 1: sum p - 1 is convex and ascends in x, so it comes down to the root from above.
    let x = least / scale - 2 / eta;
    for (let step = 0; step < 60; step++) {
      let [excess, slope] = [-1, 0];
      for (let i = 0; i < arms; i++) {
        const root = 2 / (eta * (sums[i] / scale - x));
        const value = root * root;
        p[i] = value;
        excess += value;
        slope += value * root;
      }
      if (!(excess > 1e-9)) break;
      x -= excess / (eta * slope);
    }
    let sum = 0;
    for (let i = 0; i < arms; i++) sum += p[i];
    for (let i = 0; i < arms; i++) p[i] /= sum;
  }

  learn(arm: number, cost: number, probability: number): void {
    this.#rounds++;
    this.#total += cost;
    // Only where p >= eta^2, so that no sum falls far.
    const often = probability >= 4 / this.#rounds;
    const subtracted = often ? (this.#baseline * this.#total) / this.#rounds : 0;
    this.#sums[arm] += (cost - subtracted) / probability;
  }

  numbers(): number[] {
    return [this.#rounds, this.#total, ...this.#sums];
  }

  take(numbers: readonly number[]): boolean {
    if (numbers.length !== this.arms + 2) return false;
    [this.#rounds, this.#total] = numbers;
    this.#sums.set(numbers.slice(2));
    return true;
  }
}
