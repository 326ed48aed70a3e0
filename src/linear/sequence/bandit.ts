// A bandit: picks one of d arms again and again, sees the cost of the picked arm only, and is to pay little more in sum than the best
// single arm, or than the best arm for each context. Random numbers come from a counter (Random of room base), so that a bandit with
// the same seed and the same costs picks the same arms, also when it was saved and restored in between.
import { Failure, Random } from "../../base/index.ts";

export interface Bandit {
  readonly name: string;
  readonly arms: number;
  /** The arm to take now; bandits without contexts ignore it. @throws Failure where the last choice has not been learnt from. */
  choose(context?: number): number;
  /** The cost of the arm chosen last: from 0 to 1e100. */
  learn(cost: number): void;
  /** All that was learnt, as plain data for JSON. */
  state(): BanditState;
  /** Goes on from there. @throws Failure for a state of another bandit. */
  restore(state: BanditState): void;
}

export interface BanditState {
  readonly name: string;
  readonly arms: number;
  readonly seed: number;
  /** Random numbers used. */
  readonly index: number;
  /** Numbers, in an order of the bandit's own. */
  readonly numbers: readonly number[];
}

/** The largest cost: sums of squares stay finite. */
const MOST = 1e100;

/** What bandits have in common: input, order of calls, drawing from probabilities. */
export abstract class DrawingBandit implements Bandit {
  abstract readonly name: string;
  readonly arms: number;
  protected readonly random: Random;
  /** Of the arms, at the last choice; they sum to 1. */
  readonly probabilities: Float64Array;
  #chosen = -1;

  constructor(arms: number, seed: number) {
    if (!(Number.isInteger(arms) && arms > 0)) throw new Failure("usage", `a bandit of ${arms} arms`);
    this.arms = arms;
    this.random = new Random(seed, 0x5e9);
    this.probabilities = new Float64Array(arms);
  }

  /** Fills `probabilities`. */
  protected abstract weigh(context: number): void;
  protected abstract update(arm: number, cost: number): void;
  protected abstract numbers(): number[];
  /** Takes over what `numbers` gave; false where it does not fit. */
  protected abstract take(numbers: readonly number[]): boolean;

  choose(context = 0): number {
    if (this.#chosen >= 0) throw new Failure("usage", `${this.name}: the last choice has had no cost yet`, { hint: "Call learn after each choose." }); // oxfmt-ignore
    if (!Number.isFinite(context)) throw new Failure("domain", `${this.name}: the context is ${context}`);
    this.weigh(context);
    let left = this.random.next();
    let arm = 0;
    while (arm < this.arms - 1 && (left -= this.probabilities[arm]) >= 0) arm++;
    return (this.#chosen = arm);
  }

  learn(cost: number): void {
    if (this.#chosen < 0) throw new Failure("usage", `${this.name}: a cost without a choice`);
    if (!(cost >= 0 && cost <= MOST)) throw new Failure("domain", `${this.name}: a cost of ${cost}`, { hint: "Costs are from 0 to 1e100." }); // oxfmt-ignore
    const arm = this.#chosen;
    this.#chosen = -1;
    this.update(arm, cost);
  }

  /** @throws Failure between `choose` and `learn`. */
  state(): BanditState {
    if (this.#chosen >= 0) throw new Failure("usage", `${this.name}: saved between a choice and its cost`);
    const { name, arms, random } = this;
    return { name, arms, seed: random.seed, index: random.index, numbers: this.numbers() };
  }

  restore(state: BanditState): void {
    const { name, arms, seed, index, numbers } = state;
    const fits = name === this.name && arms === this.arms && seed === this.random.seed && Number.isSafeInteger(index) && index >= 0 && numbers.every(Number.isFinite); // oxfmt-ignore
    if (!fits || !this.take(numbers))
      throw new Failure("usage", `this state is not one of ${this.name} with ${this.arms} arms and seed ${this.random.seed}`, { hint: "Restore into a bandit made with the same options." }); // oxfmt-ignore
    this.random.index = index;
    this.#chosen = -1;
  }
}
