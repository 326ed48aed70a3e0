// Tsallis-INF (Zimmert, Seldin 2021), the form of Khodak, Chow, Balcan, Talwalkar 2024 ("Learning to relax", algorithm 1): follow the
// regularised leader with the Tsallis entropy of power 1/2 over sums of costs, each divided by the probability it was seen with.
// p_i = 4 / (eta (K_i / s - x))^2 with eta = 2 / sqrt(t), s the mean of the costs seen, and x such that the p_i sum to 1.
import { DrawingBandit } from "./bandit.ts";

export interface TsallisOptions {
  /** Of the random numbers. Default 0. */
  readonly seed?: number;
}

/** For costs that need not be random: its regret against the best fixed arm grows with the square root of the rounds. */
export class TsallisInf extends DrawingBandit {
  readonly name = "tsallis-inf";
  readonly #table: TsallisTable;

  constructor(arms: number, { seed = 0 }: TsallisOptions = {}) {
    super(arms, seed);
    this.#table = new TsallisTable(arms);
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

  constructor(arms: number) {
    this.arms = arms;
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
    this.#sums[arm] += cost / probability;
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
