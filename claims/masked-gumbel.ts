// Claim masked-gumbel: categorical sampling by the Gumbel trick with 32-bit uniforms is biased where classes are rare, as
// they are in every step of a masked diffusion sampler (Zheng et al. 2024, sections 4 and 5).
// argmax_i (log p_i + G_i), G = -log(-log U), is the race argmin_i E_i / p_i with E = -log U. A 32-bit uniform is k / 2^24: E
// is never below 2^-24, G never above 16.6, and a class that needs less to win never wins.
// The distribution is computed, not sampled: of n classes of equal weight the smallest E has
//   P(min > e_k) = S_k^n, S_k = P(E > e_k), and a group wins with sum_k P(min = e_k) prod_h P(E > e_k p_h / p_g)^n_h.
// U lies on its grid exactly; logarithms are taken as real numbers. Ties between groups go to the other group, at most 2^-24 of
// the sum. Left out: a trained model; text quality.
import { Random } from "calculemus/base";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import type { Evidence } from "calculemus/evidence";

/** `count` classes, each of weight `weight`. */
export interface Group {
  readonly count: number;
  readonly weight: number;
}

/** A discrete stand-in for the exponential variable: its points in rising order, their masses, and its exact tail. */
export interface Exponential {
  /** e_k and its mass, k = 0, 1, ...; undefined beyond the last. */
  point(k: number): { readonly value: number; readonly mass: number } | undefined;
  /** P(E > t), exactly. */
  tail(t: number): number;
}

/** E = -log U, U uniform on k / 2^bits, k = 0 .. 2^bits - 1; U = 0 is taken as half a cell, as programs add a small constant. */
export function fixedGrid(bits: number): Exponential {
  const n = 2 ** bits;
  return {
    point: (k) =>
      k < n ? { value: k === n - 1 ? Math.log(2 * n) : -Math.log1p(-(k + 1) / n), mass: 1 / n } : undefined,
    tail: (t) => (t >= Math.log(2 * n) ? 0 : (n - Math.min(n - 1, Math.floor(-n * Math.expm1(-t)))) / n),
  };
}

/** Binades of the floating grid; what lies below has mass 2^-BINADES. */
const BINADES = 80;

/**
 * The cure: E = -log1p(-U) with U = 2^-(b+1) (1 + (j + 1/2) 2^-bits), b geometric, j uniform: full relative precision near
 * 0, where races are won. In 32-bit arithmetic bits = 22.
 */
export function floatingGrid(bits: number): Exponential {
  const n = 2 ** bits;
  return {
    point(k) {
      const b = BINADES - 1 - Math.floor(k / n);
      if (b < 0) return undefined;
      const scale = 2 ** -(b + 1);
      // The lowest binade also stands for all below it.
      return {
        value: -Math.log1p(-scale * (1 + ((k % n) + 0.5) / n)),
        mass: (scale / n) * (b === BINADES - 1 ? 2 : 1),
      };
    },
    tail(t) {
      const u = -Math.expm1(-t);
      if (u < 2 ** -BINADES) return 1;
      if (u >= 1) return 0;
      const b = -Math.floor(Math.log2(u)) - 1;
      const scale = 2 ** -(b + 1);
      const cells = Math.max(0, Math.min(n, Math.floor((u / scale - 1) * n + 0.5)));
      if (b === BINADES - 1) return 1 - (2 * scale * cells) / n;
      return 1 - scale - (scale * cells) / n;
    },
  };
}

/** Sums are cut where the chance that nothing has won yet is below this. */
const NEGLIGIBLE = 1e-15;

/** Probability of each group from `first` on to win the race argmin E_i / weight_i. */
export function winners(grid: Exponential, groups: readonly Group[], first = 0): number[] {
  return groups.slice(first).map(({ count, weight }, index) => {
    const g = first + index;
    let total = 0;
    let survival = 1;
    for (let k = 0; ; k++) {
      const point = grid.point(k);
      if (point === undefined) break;
      const { value, mass } = point;
      // P(min of the group is this point) = S^n - (S - mass)^n.
      const least = survival ** count * -Math.expm1(count * Math.log1p(-Math.min(1, mass / survival)));
      let others = 0;
      for (let h = 0; h < groups.length; h++)
        if (h !== g) others += groups[h].count * Math.log(grid.tail((value * groups[h].weight) / weight));
      total += least * Math.exp(others);
      survival -= mass;
      if (survival <= 0 || survival ** count * Math.exp(others) < NEGLIGIBLE) break;
    }
    return total;
  });
}

/** The exponential variables are races on all combinations of points: for tests of `winners` on small grids. */
export function enumerateWinners(bits: number, weights: readonly number[]): number[] {
  const n = 2 ** bits;
  const wins = weights.map(() => 0);
  const at = weights.map(() => 0);
  for (let c = 0; c < n ** weights.length; c++) {
    let rest = c;
    for (let i = 0; i < at.length; i++) {
      at[i] = rest % n;
      rest = Math.floor(rest / n);
    }
    let best = 0;
    let tied = false;
    // Larger weight / E wins, that is, larger log(U) / weight.
    const time = (i: number): number => -Math.log(Math.max(at[i], 0.5) / n) / weights[i];
    for (let i = 1; i < at.length; i++) {
      if (time(i) < time(best)) [best, tied] = [i, false];
      else if (time(i) === time(best)) tied = true;
    }
    if (!tied) wins[best]++;
  }
  return wins.map((each) => each / n ** weights.length);
}

/** A vocabulary of 4^levels tokens with Zipf-like probabilities 4^-s in level s: counts 1, 3, 12, ..., probabilities sum to 1. */
export function vocabulary(levels: number): Group[] {
  const groups = Array.from({ length: levels + 1 }, (_, s) => ({
    count: s === 0 ? 1 : 3 * 4 ** (s - 1),
    weight: 4 ** -s,
  }));
  const total = groups.reduce((sum, each) => sum + each.count * each.weight, 0);
  return groups.map(({ count, weight }) => ({ count, weight: weight / total }));
}

/** Entropy in bits of groups whose total probabilities are given. */
function entropy(groups: readonly Group[], probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p, g) => (p > 0 ? sum - p * Math.log2(p / groups[g].count) : sum), 0);
}

/** The temperature T at which p^(1/T), normalised, has the given entropy. */
function temperatureOf(tokens: readonly Group[], wanted: number): number {
  let [low, high] = [0.01, 4];
  for (let i = 0; i < 60; i++) {
    const T = (low + high) / 2;
    const powers = tokens.map(({ count, weight }) => count * weight ** (1 / T));
    const total = powers.reduce((sum, each) => sum + each, 0);
    if (
      entropy(
        tokens,
        powers.map((each) => each / total),
      ) < wanted
    )
      low = T; // oxfmt-ignore
    else high = T;
  }
  return (low + high) / 2;
}

export interface Step {
  /** Chance that the step unmasks, wanted and found. */
  readonly wanted: number;
  readonly unmasked: number;
  /** Entropy of the token, given that it was unmasked, in bits; its temperature; its total variation from the truth. */
  readonly entropy: number;
  readonly temperature: number;
  readonly distance: number;
}

/** One step of a masked diffusion sampler: the mask stays with probability 1 - delta, a token comes with delta p. */
export function maskedStep(grid: Exponential, tokens: readonly Group[], delta: number): Step {
  const groups = [
    { count: 1, weight: 1 - delta },
    ...tokens.map(({ count, weight }) => ({ count, weight: delta * weight })),
  ];
  const won = winners(grid, groups, 1);
  const unmasked = won.reduce((sum, each) => sum + each, 0);
  const given = won.map((each) => each / unmasked);
  const found = entropy(tokens, given);
  return {
    wanted: delta,
    unmasked,
    entropy: found,
    temperature: temperatureOf(tokens, found),
    distance: given.reduce((sum, p, g) => sum + Math.abs(p - tokens[g].count * tokens[g].weight), 0) / 2,
  };
}

/**
 * Chance that a race of n classes with uniforms on a grid of 2^-bits ends otherwise than with real uniforms, at most.
 * Coupling: U rounded down delays E_i / p_i by at most 2^(1-bits) / (U p_i), unless U < 2^(1-bits) (for all classes together a chance
 * of n 2^(1-bits)). The true winner i, a chance of p_i, comes at a time T of rate 1 with U = exp(-p_i T), E[1/U] = 1 / (1 - p_i);
 * the others come after it at rate 1 - p_i. So p_i (1 - p_i) 2^(1-bits) / (p_i (1 - p_i)) = 2^(1-bits) a class.
 */
export const couplingBound = (bits: number, classes: number): number => classes * 2 ** (2 - bits);

/** Random words for class i; `part` tells the word that decides the size of the variable (0) from the others. */
export type Words = (i: number, part: 0 | 1) => number;

/** A sampler in f32 arithmetic throughout: the index of the winner. */
export function sampleFloat32(weights: Float32Array, word: Words, kind: "fixed" | "floating"): number {
  let best = 0;
  let most = -1;
  for (let i = 0; i < weights.length; i++) {
    const e = kind === "fixed" ? fixedFloat32(word(i, 0)) : floatingFloat32(i, word);
    const score = Math.fround(weights[i] / e);
    if (score > most) [best, most] = [i, score];
  }
  return best;
}

/** -log U, U of 24 bits of a word. */
const fixedFloat32 = (word: number): number => Math.fround(-Math.log(Math.max(word >>> 8, 0.5) / 2 ** 24));

/** -log1p(-U), U = 2^-(b+1) (1 + (j + 1/2) 2^-22), b the leading zeros of random bits. */
function floatingFloat32(i: number, word: Words): number {
  let zeros = 0;
  let bits = word(i, 0);
  while (bits === 0) {
    zeros += 32;
    bits = word(i, 1);
  }
  const u = 2 ** -(zeros + Math.clz32(bits) + 1) * (1 + ((word(i, 1) >>> 10) + 0.5) / 2 ** 22);
  return Math.fround(-Math.log1p(-u));
}

/** Weight of the rare class of `drawRare`, and the leading bits of its variable that must be as they are for it to win. */
const RARE = 2 ** -24;
const LEADING = 18;

/**
 * Draws the race of a class of weight 1 with one of weight 2^-24 in f32: how often the rare one wins, over the truth.
 * It can only win if its E is below 2^-18 (the other E would have to be above 64), so its 18 leading bits are set to that
 * and the count is weighted by their chance.
 */
export function drawRare(kind: "fixed" | "floating", draws: number, seed: number): { ratio: number; error: number } {
  const random = new Random(seed, kind === "fixed" ? 0 : 1);
  const word: Words = (i, part) => {
    const plain = Math.floor(random.next() * 2 ** 32) >>> 0;
    if (i === 0 || part === 1) return plain;
    return kind === "fixed" ? (plain | (0xffffffff << (32 - LEADING))) >>> 0 : plain >>> LEADING;
  };
  const weights = Float32Array.of(1, RARE);
  let wins = 0;
  for (let i = 0; i < draws; i++) wins += sampleFloat32(weights, word, kind);
  const scale = 2 ** -LEADING / (RARE / (1 + RARE));
  const chance = wins / draws;
  return { ratio: chance * scale, error: Math.sqrt((chance * (1 - chance)) / draws) * scale };
}

/** Probability of each token at position i, given what the others are (0 is the mask): a table of random conditionals. */
export type Conditional = (state: number, position: number) => Float64Array;

/** States are numbers in base tokens + 1, one digit a position, digit 0 for the mask. */
export function randomConditional(tokens: number, seed: number): Conditional {
  const known = new Map<string, Float64Array>();
  return (state, position) => {
    const key = `${state},${position}`;
    let row = known.get(key);
    if (row === undefined) {
      const random = new Random(seed, state * 16 + position);
      row = Float64Array.from({ length: tokens }, () => 0.05 + random.next());
      const total = row.reduce((sum, each) => sum + each, 0);
      known.set(key, (row = row.map((each) => each / total)));
    }
    return row;
  };
}

/** Distribution of the first-hitting sampler: masked positions in uniform random order, one token at a time. */
export function firstHitting(length: number, tokens: number, conditional: Conditional): Float64Array {
  const base = tokens + 1;
  let now = new Float64Array(base ** length);
  now[0] = 1;
  for (let masked = length; masked > 0; masked--) {
    const next = new Float64Array(now.length);
    now.forEach((p, state) => {
      if (p === 0) return;
      for (let i = 0; i < length; i++) {
        const place = base ** i;
        if (Math.floor(state / place) % base !== 0) continue;
        const row = conditional(state, i);
        for (let v = 0; v < tokens; v++) next[state + (v + 1) * place] += (p * row[v]) / masked;
      }
    });
    now = next;
  }
  return now;
}

/** Distribution of the masked diffusion sampler with `steps` steps of a linear schedule: each masked position on its own. */
export function ancestral(length: number, tokens: number, conditional: Conditional, steps: number): Float64Array {
  const base = tokens + 1;
  let now = new Float64Array(base ** length);
  now[0] = 1;
  for (let step = 0; step < steps; step++) {
    const delta = 1 / (steps - step);
    const next = new Float64Array(now.length);
    const spread = (from: number, to: number, position: number, p: number): void => {
      if (position === length) {
        next[to] += p;
        return;
      }
      const place = base ** position;
      if (Math.floor(from / place) % base !== 0) return spread(from, to, position + 1, p);
      if (delta < 1) spread(from, to, position + 1, p * (1 - delta));
      const row = conditional(from, position);
      for (let v = 0; v < tokens; v++) spread(from, to + (v + 1) * place, position + 1, p * delta * row[v]);
    };
    now.forEach((p, state) => p > 0 && spread(state, state, 0, p));
    now = next;
  }
  return now;
}

export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / 2;
};

export interface Sizes {
  /** The vocabulary has 4^levels tokens. */
  readonly levels: number;
  /** Chances of unmasking in a step, falling. */
  readonly deltas: readonly number[];
  /** Fraction bits at which the cure is computed point by point. */
  readonly cureBits: readonly number[];
  /** Draws of the 32-bit samplers. */
  readonly draws: number;
  /** Steps of the ancestral sampler; the last two are extrapolated. */
  readonly steps: readonly number[];
}

const FULL: Sizes = {
  levels: 8,
  deltas: [2 ** -10, 2 ** -12, 2 ** -14],
  cureBits: [8, 10, 12],
  draws: 200_000,
  steps: [64, 256, 1024, 2048, 4096],
};

export async function run(context: ClaimContext, sizes: Sizes = FULL): Promise<ClaimResult> {
  const evidence: Evidence[] = [];
  const tokens = vocabulary(sizes.levels);
  const count = tokens.reduce((sum, each) => sum + each.count, 0);
  const truth = entropy(tokens, tokens.map((each) => each.count * each.weight)); // oxfmt-ignore

  const biased = sizes.deltas.map((delta) => maskedStep(fixedGrid(24), tokens, delta));
  for (const step of biased)
    evidence.push({
      statement: `32-bit Gumbel sampling, ${count} tokens, a step that unmasks with chance ${step.wanted}: entropy of the token ${step.entropy.toFixed(3)} bits instead of ${truth.toFixed(3)}, temperature ${step.temperature.toFixed(3)}, total variation ${step.distance.toExponential(2)}, unmasks ${(step.unmasked / step.wanted).toFixed(4)} times as often as it should`,
      grade: "cross-checked",
      bound: step.distance,
      unit: "total variation",
      method: "closed form over every point of the 24-bit grid; the form is equal to full enumeration on small grids",
      measured: { ...step },
    });
  context.log("32-bit bias computed");

  const last = sizes.deltas.at(-1)!;
  // The coupling, and 2^-50 for logarithms and quotients rounded to doubles (mean time 1, rate at most 1).
  const bound64 = couplingBound(53, count + 1) + 2 ** -50;
  evidence.push({
    statement: `64-bit Gumbel sampling differs from the true race in a step that unmasks with chance ${last} with probability at most ${bound64.toExponential(2)}, ${(bound64 / last).toExponential(2)} of the chance to unmask`,
    grade: "bounded",
    bound: bound64,
    unit: "probability",
    method: "coupling of the 53-bit grid with real uniforms",
  });

  const cured = sizes.cureBits.map((bits) => maskedStep(floatingGrid(bits), tokens, last));
  cured.forEach((step, i) =>
    evidence.push({
      statement: `the cure, uniforms with a geometric exponent and ${sizes.cureBits[i]} fraction bits, at chance ${last}: entropy ${step.entropy.toFixed(6)} bits instead of ${truth.toFixed(6)}, total variation ${step.distance.toExponential(2)}`,
      grade: "cross-checked",
      bound: step.distance,
      unit: "total variation",
      method: "closed form over every point of the floating grid",
      measured: { ...step },
    }),
  );
  context.log("cure computed");

  const [fixed, floating] = (["fixed", "floating"] as const).map((kind) => drawRare(kind, sizes.draws, 2024));
  evidence.push({
    statement: `drawn in f32: a class of weight 2^-24 beside one of weight 1 wins ${fixed.ratio.toFixed(3)} times as often as it should with 32-bit uniforms (standard error ${fixed.error.toFixed(3)}), ${floating.ratio.toFixed(3)} times with the cure (${floating.error.toFixed(3)})`,
    grade: "sampled",
    bound: fixed.ratio,
    unit: "ratio to the true probability",
    method: `${sizes.draws} draws each (Philox, seed 2024), the leading ${LEADING} bits of the rare class fixed and weighted`,
    measured: { fixed: fixed.ratio, floating: floating.ratio, error: floating.error },
  });

  const [length, alphabet] = [3, 3];
  const conditional = randomConditional(alphabet, 7);
  const hitting = firstHitting(length, alphabet, conditional);
  const walks = sizes.steps.map((steps) => ancestral(length, alphabet, conditional, steps));
  const distances = walks.map((walk) => distance(walk, hitting));
  // Error 1/steps with steps doubled from the last but one: 2 fine - coarse.
  const limit = walks.at(-1)!.map((p, i) => 2 * p - walks.at(-2)![i]);
  const remaining = distance(limit, hitting);
  evidence.push({
    statement: `first-hitting sampling and masked diffusion, ${length} positions, ${alphabet} tokens, random conditionals: total variation ${distances.map((each, i) => `${each.toExponential(2)} at ${sizes.steps[i]} steps`).join(", ")}; extrapolated to infinitely many ${remaining.toExponential(2)}`,
    grade: "cross-checked",
    bound: remaining,
    unit: "total variation",
    method: "both distributions computed over all states; Richardson extrapolation of the last two",
  });

  const worst = biased.at(-1)!;
  const cure = cured.at(-1)!;
  const shown =
    biased.every((step, i) => step.entropy < truth && (i === 0 || step.entropy < biased[i - 1].entropy)) &&
    worst.distance > 1e-3 &&
    bound64 / last < 1e-6 &&
    cure.distance < worst.distance / 100 &&
    Math.abs(floating.ratio - 1) < 5 * floating.error &&
    remaining < distances.at(-1)! / 100;
  return {
    verdict: shown ? "shown" : "refuted",
    summary: `token entropy at chance ${last}: ${worst.entropy.toFixed(3)} bits with 32-bit uniforms, ${truth.toFixed(3)} in truth (temperature ${worst.temperature.toFixed(3)}); 64 bits off by at most ${(bound64 / last).toExponential(1)} of the chance to unmask; cured in 32 bits: ${cure.entropy.toFixed(3)}; first-hitting sampling differs from masked diffusion by ${remaining.toExponential(1)} in the limit`,
    evidence,
  };
}

export const claim: Claim = {
  id: "masked-gumbel",
  title: "Categorical sampling by the Gumbel trick in 32 bits: its bias and its cure",
  source:
    "Zheng, Chen, Mao, Liu, Zhu, Zhang 2024, Masked Diffusion Models are Secretly Time-Agnostic Masked Models and Exploit Inaccurate Categorical Sampling (arXiv 2409.02908).",
  statement:
    "With 32-bit uniforms the tokens of a masked diffusion step come with lower entropy than they should, the more so the smaller the step; with 64 bits the bias is below 10^-6; uniforms with a geometric exponent cure it in 32 bits; first-hitting sampling has the distribution of masked diffusion. One step and a synthetic vocabulary, no trained model.",
  run: (context) => run(context),
};
