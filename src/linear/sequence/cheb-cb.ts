// ChebCB (Khodak, Chow, Balcan, Talwalkar 2024, "Learning to relax", algorithm 2): SquareCB (Foster, Rakhlin 2020) with Chebyshev
// polynomials of the context. For each arm the cost is fitted by sum theta_j T_j, with coefficients bounded as those of a Lipschitz
// function are; an arm whose predicted cost lies by g above the least is taken with probability 1 / (d + eta g), the best otherwise.
// eta grows as what the predictions lose against the best fit in hindsight allows. Costs are held as they come and fits scale with
// them: the unit of the paper, K N with the largest cost K seen and N = 2 + 4 (1 + ln m), enters in eta and the bounds alone.
// The Lipschitz constant is K / (b - a), as no smaller one is safe before all arms were seen.
import { Failure } from "../../base/index.ts";
import { DrawingBandit } from "./bandit.ts";
import { BoxLeastSquares } from "./box-least-squares.ts";
import { checkRange } from "./tsallis-inf-bins.ts";

export interface ChebCbOptions {
  /** Where contexts lie; those outside count as the nearest end. */
  readonly range: readonly [number, number];
  /** Polynomials T_0 ... of the fit. Default 6. */
  readonly features?: number;
  /** Of the random numbers. Default 0. */
  readonly seed?: number;
}

interface Fit {
  /** Sums of T_i T_j, of T_i cost and of cost^2. */
  readonly g: Float64Array;
  readonly h: Float64Array;
  squares: number;
  theta: Float64Array;
  /** Is theta held by the bounds? */
  held: boolean;
  /** Sum of (theta.T - cost)^2. */
  lost: number;
}

export class ChebCb extends DrawingBandit {
  readonly name = "cheb-cb";
  readonly features: number;
  readonly #range: readonly [number, number];
  readonly #fits: readonly Fit[];
  readonly #solver: BoxLeastSquares;
  readonly #bound: Float64Array;
  readonly #phi: Float64Array;
  readonly #predicted: Float64Array;
  readonly #n: number;
  /** What the best fit of this degree may miss, for the Lipschitz constant in the unit K N. */
  readonly #alpha: number;
  #rounds = 0;
  /** The largest cost seen, and the sum of (prediction - cost)^2. */
  #most = 0;
  #missed = 0;

  constructor(arms: number, { range, features = 6, seed = 0 }: ChebCbOptions) {
    super(arms, seed);
    if (!(Number.isInteger(features) && features > 0 && features <= 30)) throw new Failure("usage", `${features} Chebyshev polynomials`, { hint: "Take 1 to 30." }); // oxfmt-ignore
    this.features = features;
    this.#n = 2 + 4 * (1 + Math.log(features));
    this.#alpha = (Math.PI + (2 / Math.PI) * Math.log(2 * features + 1)) / (2 * this.#n * (features + 1));
    this.#range = checkRange(range);
    this.#fits = Array.from({ length: arms }, () => ({
      g: new Float64Array(features ** 2), h: new Float64Array(features),
      squares: 0, theta: new Float64Array(features), held: false, lost: 0,
    })); // oxfmt-ignore
    this.#solver = new BoxLeastSquares(features);
    this.#bound = new Float64Array(features);
    this.#phi = new Float64Array(features);
    this.#predicted = new Float64Array(arms);
  }

  /** What each arm is expected to cost in a context. */
  predictions(context: number): Float64Array {
    this.#predict(context);
    return this.#predicted.slice();
  }

  #predict(context: number): number {
    const { features: m, arms } = this;
    const [a, b] = this.#range;
    const phi = this.#phi;
    const x = Math.max(-1, Math.min(1, (2 * (context - a)) / (b - a) - 1));
    phi[0] = 1;
    if (m > 1) phi[1] = x;
    for (let j = 2; j < m; j++) phi[j] = 2 * x * phi[j - 1] - phi[j - 2];
    const predicted = this.#predicted;
    let best = 0;
    for (let i = 0; i < arms; i++) {
      const { theta } = this.#fits[i];
      let sum = 0;
      for (let j = 0; j < m; j++) sum += theta[j] * phi[j];
      predicted[i] = sum;
      if (sum < predicted[best]) best = i;
    }
    return best;
  }

  protected weigh(context: number): void {
    const { arms, probabilities: p } = this;
    const best = this.#predict(context);
    const [n, alpha] = [this.#n, this.#alpha];
    const unit = this.#most > 0 ? this.#most * n : 1;
    const t = this.#rounds + 1;
    let fitted = 0;
    for (let i = 0; i < arms; i++) fitted += this.#fits[i].lost;
    const lost = Math.max(0, this.#missed - fitted) / unit / unit;
    const eta = 2 * t * Math.sqrt((arms * t) / (lost + 2 * alpha ** 2 * t));
    let rest = 1;
    for (let i = 0; i < arms; i++) {
      if (i === best) continue;
      p[i] = 1 / (arms + (eta * (this.#predicted[i] - this.#predicted[best])) / unit);
      rest -= p[i];
    }
    p[best] = rest;
  }

  protected update(arm: number, cost: number): void {
    const { features: m } = this;
    const [fit, phi] = [this.#fits[arm], this.#phi];
    this.#rounds++;
    this.#missed += (this.#predicted[arm] - cost) ** 2;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) fit.g[i * m + j] += phi[i] * phi[j];
      fit.h[i] += phi[i] * cost;
    }
    fit.squares += cost * cost;
    if (cost > this.#most) {
      this.#most = cost;
      this.#bounds();
      for (const other of this.#fits) if (other.held && other !== fit) this.#refit(other);
    }
    this.#refit(fit);
  }

  /** |theta_0| <= K, |theta_j| <= 2 K / j. */
  #bounds(): void {
    this.#bound.forEach((_, j) => (this.#bound[j] = j === 0 ? this.#most : (2 * this.#most) / j));
  }

  #refit(fit: Fit): void {
    const { features: m } = this;
    const { g, h, theta } = fit;
    fit.held = this.#solver.solve(g, h, this.#bound);
    theta.set(this.#solver.x);
    let lost = fit.squares;
    for (let i = 0; i < m; i++) {
      let sum = -2 * h[i];
      for (let j = 0; j < m; j++) sum += g[i * m + j] * theta[j];
      lost += theta[i] * sum;
    }
    fit.lost = Math.max(0, lost);
  }

  protected numbers(): number[] {
    const fits = this.#fits.flatMap(({ g, h, squares }) => [...g, ...h, squares]);
    return [this.#rounds, this.#most, this.#missed, ...fits];
  }

  protected take(numbers: readonly number[]): boolean {
    const { features: m, arms } = this;
    const each = m * m + m + 1;
    if (numbers.length !== 3 + arms * each) return false;
    [this.#rounds, this.#most, this.#missed] = numbers;
    this.#bounds();
    this.#fits.forEach((fit, i) => {
      const own = numbers.slice(3 + i * each, 3 + (i + 1) * each);
      fit.g.set(own.slice(0, m * m));
      fit.h.set(own.slice(m * m, m * m + m));
      fit.squares = own[each - 1];
      this.#refit(fit);
    });
    return true;
  }
}
