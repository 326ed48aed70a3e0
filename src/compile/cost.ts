// The cost model: nanoseconds of a call on a target, predicted from the operation mix (mix.ts) and the machine's roofline
// (roofline.ts): the larger of the time of the operations and the time of the bytes, and the cost of coming in. A learned correction multiplies
// it: ridge regression of the logarithm of measured over predicted time on a few features (Hoerl, Kennard 1970), fitted by
// `npm run bench -- cost` from this product's own kernels and kept in cost-correction.ts.
// What counts is the order of variants; Spearman's rank correlation measures it.
// Left out: compile time, threads, trees and networks as correction (a dozen features do not need them).
import { fittedCorrection } from "./cost-correction.ts";
import { type ClassCounts, type Mix, OPERATION_CLASSES } from "./mix.ts";
import { bandwidthAt, type CostedTarget, defaultRoofline, type Roofline, type TargetCosts } from "./roofline.ts";

/** A linear model of log(measured / predicted): features are centred and scaled first. */
export interface Correction {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly weight: readonly number[];
  readonly intercept: number;
}

export interface PredictOptions {
  readonly target: CostedTarget;
  /** Default: built-in figures. */
  readonly roofline?: Roofline;
  /** The learned correction; default the one fitted for this version, `null` for none. */
  readonly correction?: Correction | null;
}

export interface Prediction {
  /** Nanoseconds of one call. */
  readonly ns: number;
  /** Its parts, before the correction: operations, bytes (the larger counts), coming in. */
  readonly operations: number;
  readonly memory: number;
  readonly entry: number;
  /** What bounds it. */
  readonly bound: "operations" | "memory";
}

function weighted(counts: ClassCounts, costs: ClassCounts): number {
  let total = 0;
  for (const name of OPERATION_CLASSES) total += counts[name] * costs[name];
  return total;
}

function costsOf({ targets }: Roofline, target: CostedTarget): TargetCosts {
  return targets[target] ?? defaultRoofline.targets[target]!;
}

interface Parts {
  readonly float: number;
  readonly slow: number;
  readonly integer: number;
  readonly access: number;
  readonly math: number;
  readonly control: number;
  readonly memory: number;
  readonly entry: number;
}

/** Nanoseconds by kind of work. */
function partsOf(mix: Mix, costs: TargetCosts, roofline: Roofline): Parts {
  const lanes = costs.lanes ? mix.lanes : mix.spread;
  const each = costs.lanes ?? costs.scalar;
  const of = (...names: (keyof ClassCounts)[]): number =>
    names.reduce((sum, name) => sum + mix.scalar[name] * costs.scalar[name] + lanes[name] * each[name], 0);
  let math = 0;
  for (const [name, count] of mix.math) math += count * (costs.math[name] ?? costs.math.other);
  return {
    float: of("add", "mul", "fused", "compare"),
    slow: of("div", "root"),
    integer: of("int", "long", "move"),
    access: of("load", "store"),
    math,
    control: mix.turns * costs.turn + mix.calls * costs.call,
    memory: mix.bytes / bandwidthAt(roofline, mix.footprint),
    entry: costs.entry,
  };
}

/** Nanoseconds of one call of a function with this mix. */
export function predict(mix: Mix, options: PredictOptions): Prediction {
  const { target, roofline = defaultRoofline, correction = fittedCorrection } = options;
  const costs = costsOf(roofline, target);
  const lanes = costs.lanes ? weighted(mix.lanes, costs.lanes) : weighted(mix.spread, costs.scalar);
  const parts = partsOf(mix, costs, roofline);
  const operations = weighted(mix.scalar, costs.scalar) + lanes + parts.math + parts.control;
  const { memory, entry } = parts;
  const plain = Math.max(operations, memory) + entry;
  const ns = correction === null ? plain : plain * Math.exp(correct(correction, features(mix, options)));
  return { ns, operations, memory, entry, bound: memory > operations ? "memory" : "operations" };
}

const TARGETS: readonly CostedTarget[] = ["wasm", "js", "table", "c"];

/** Names of the features, in order. */
export const FEATURES: readonly string[] = [
  "log time", "share of divisions and roots", "share of integers", "share of loads and stores", "share of functions",
  "share of loops and calls", "share of coming in", "log of memory over operations", "chain over operations", "lanes", "log footprint",
  ...TARGETS.slice(1),
]; // oxfmt-ignore

/** What the correction sees of a mix on a target. */
export function features(mix: Mix, { target, roofline = defaultRoofline }: PredictOptions): number[] {
  const costs = costsOf(roofline, target);
  const { float, slow, integer, access, math, control, memory, entry } = partsOf(mix, costs, roofline);
  const operations = float + slow + integer + access + math + control;
  const all = Math.max(operations + entry, 1e-3);
  let scalar = 0;
  let lanes = 0;
  for (const name of OPERATION_CLASSES) {
    scalar += mix.scalar[name];
    lanes += mix.lanes[name];
  }
  const perTurn = (scalar + lanes) / Math.max(1, mix.turns);
  return [
    Math.log(Math.max(operations, memory) + entry),
    slow / all,
    integer / all,
    access / all,
    math / all,
    control / all,
    entry / all,
    Math.max(-4, Math.min(4, Math.log((memory + 1e-3) / (operations + 1e-3)))),
    Math.min(1, mix.depth / Math.max(1, perTurn)),
    lanes / Math.max(1, scalar + lanes),
    Math.log(Math.max(64, mix.footprint)),
    ...TARGETS.slice(1).map((each) => (each === target ? 1 : 0)),
  ];
}

function correct({ mean, scale, weight, intercept }: Correction, x: readonly number[]): number {
  return weight.reduce((sum, w, k) => sum + w * ((x[k] - mean[k]) / scale[k]), intercept);
}

/** One measured kernel. */
export interface Sample {
  readonly features: readonly number[];
  /** Nanoseconds: without the correction, and measured. */
  readonly predicted: number;
  readonly measured: number;
}

/** Ridge regression of log(measured / predicted); `penalty` is a sum of squares added for each feature, in samples. */
export function fitCorrection(samples: readonly Sample[], penalty = 1): Correction {
  const width = samples[0]?.features.length ?? 0;
  const n = samples.length;
  const mean = Array.from({ length: width }, (_, k) => samples.reduce((sum, s) => sum + s.features[k], 0) / n);
  const scale = mean.map((m, k) => Math.sqrt(samples.reduce((sum, s) => sum + (s.features[k] - m) ** 2, 0) / n) || 1);
  const target = samples.map((s) => Math.log(s.measured / s.predicted));
  const intercept = target.reduce((sum, y) => sum + y, 0) / Math.max(1, n);
  // Normal equations of the centred problem, symmetric and positive definite by the penalty.
  const z = samples.map((s) => s.features.map((x, k) => (x - mean[k]) / scale[k]));
  const a = mean.map((_, i) => [
    ...mean.map((__, j) => z.reduce((sum, row) => sum + row[i] * row[j], i === j ? penalty : 0)),
    z.reduce((sum, row, s) => sum + row[i] * (target[s] - intercept), 0),
  ]);
  for (let i = 0; i < width; i++)
    for (let r = i + 1; r < width; r++) {
      const factor = a[r][i] / a[i][i];
      for (let k = i; k <= width; k++) a[r][k] -= factor * a[i][k];
    }
  const weight = Array.from({ length: width }, () => 0);
  for (let i = width - 1; i >= 0; i--) {
    let sum = a[i][width];
    for (let k = i + 1; k < width; k++) sum -= a[i][k] * weight[k];
    weight[i] = sum / a[i][i];
  }
  return { mean, scale, weight, intercept: n === 0 ? 0 : intercept };
}

/** Spearman's rank correlation; equal values share the mean of their ranks. NaN if one list is constant. */
export function rankCorrelation(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [ranks(x), ranks(y)];
  const middle = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (a[i] - middle) * (b[i] - middle);
    xx += (a[i] - middle) ** 2;
    yy += (b[i] - middle) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const result = Array.from<number>({ length: values.length });
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let k = from; k < to; k++) result[order[k]] = (from + to - 1) / 2;
    from = to;
  }
  return result;
}
