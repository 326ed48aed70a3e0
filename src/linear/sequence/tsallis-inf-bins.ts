// Tsallis-INF-CB (Khodak, Chow, Balcan, Talwalkar 2024, "Learning to relax", section 3): a context in [a, b], cut into bins of equal
// length, and a Tsallis-INF of its own for each. Good where the best arm changes little over a bin.
import { Failure } from "../../base/index.ts";
import { DrawingBandit } from "./bandit.ts";
import { BASELINE, TsallisTable } from "./tsallis-inf.ts";

export interface BinnedOptions {
  /** Where contexts lie; those outside count as the nearest end. */
  readonly range: readonly [number, number];
  /** Default 5. */
  readonly bins?: number;
  /** As of `TsallisInf`. */
  readonly baseline?: number;
  /** Of the random numbers. Default 0. */
  readonly seed?: number;
}

export class TsallisInfBins extends DrawingBandit {
  readonly name = "tsallis-inf-bins";
  readonly #tables: readonly TsallisTable[];
  readonly #range: readonly [number, number];
  #bin = 0;

  constructor(arms: number, { range, bins = 5, seed = 0, baseline = BASELINE }: BinnedOptions) {
    super(arms, seed);
    if (!(Number.isInteger(bins) && bins > 0)) throw new Failure("usage", `${bins} bins of a context`);
    this.#range = checkRange(range);
    this.#tables = Array.from({ length: bins }, () => new TsallisTable(arms, baseline));
  }

  protected weigh(context: number): void {
    const [a, b] = this.#range;
    const { length } = this.#tables;
    this.#bin = Math.max(0, Math.min(length - 1, Math.floor(((context - a) / (b - a)) * length)));
    this.#tables[this.#bin].weigh(this.probabilities);
  }

  protected update(arm: number, cost: number): void {
    this.#tables[this.#bin].learn(arm, cost, this.probabilities[arm]);
  }

  protected numbers(): number[] {
    return this.#tables.flatMap((table) => table.numbers());
  }

  protected take(numbers: readonly number[]): boolean {
    const each = this.arms + 2;
    if (numbers.length !== each * this.#tables.length) return false;
    return this.#tables.every((table, i) => table.take(numbers.slice(i * each, (i + 1) * each)));
  }
}

export function checkRange([a, b]: readonly [number, number]): readonly [number, number] {
  if (!(Number.isFinite(a) && Number.isFinite(b) && a < b)) throw new Failure("usage", `contexts from ${a} to ${b}`, { hint: "Give a finite range, the smaller end first." }); // oxfmt-ignore
  return [a, b];
}
