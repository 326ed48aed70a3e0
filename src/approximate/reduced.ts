// Approximation on a wide range by a program on a short interval: the argument is reduced by what `reductionsOf` shows, the program is
// found and proved on the short interval, and the value is put together. Steps of the reduction are computed in double precision:
// multiples are taken off in two parts (Cody and Waite 1980, "Software manual for the elementary functions", chapters 6 and 8), powers of two by
// the exponent. The proof is of the program alone; the error of the whole is sampled.
// Left out: arguments so great that the multiple needs more than 32 bits (three parts or Payne and Hanek's method), WebAssembly's text.
import { Failure } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { balls as B, type Ball, bigfloat as F } from "../number/index.ts";
import { ballFunction, evaluateBall, freeSymbols, Kind, add, parse, substitute, type Term } from "../term/index.ts";
import { equal } from "../algebra/index.ts";
import { approximate, type ApproximateOptions, type Approximated, type Approximation, endOf } from "./approximate.ts";
import { reducedSource, reducedValue } from "./reduced-code.ts";
import { type Reduction, reductionsOf } from "./reduction.ts";
import { targetOfTerm } from "./target.ts";

/** How an argument is reduced and the value put together; numbers are doubles, pairs sum to their constants. */
export type ReductionStep =
  /** x = k (high + low) + r; the value is p(r) 2^k ("scale"), or p(r) sign^k. */
  | { readonly kind: "multiple"; readonly inverse: number; readonly high: number; readonly low: number; readonly result: "scale" | 1 | -1 } // oxfmt-ignore
  /** x = 2^(group k) m with m in [1/2, 2^group / 2), or with group 1 in [sqrt(1/2), sqrt 2) if centred; the value is p(m) 2^(power k), or p(m) + k (high + low). */
  | { readonly kind: "binary"; readonly group: number; readonly centred: boolean; readonly result: { readonly power: number } | { readonly high: number; readonly low: number } } // oxfmt-ignore
  /** For x > 1 the value is sign p(1/x) + high + low. */
  | { readonly kind: "reciprocal"; readonly sign: 1 | -1; readonly high: number; readonly low: number };

export interface ReductionPlan {
  /** |x| in place of x. */
  readonly mirror?: "even" | "odd";
  readonly step?: ReductionStep;
  /** The program's argument is what the step leaves, less this. */
  readonly shift: 0 | 1;
  /** Of the program's argument. */
  readonly on: readonly [number, number];
  readonly evidence: readonly Evidence[];
}

export interface ReducedApproximated extends Approximated {
  /** Absent where no reduction makes the range shorter: then this is what `approximate` returns. */
  readonly plan?: ReductionPlan;
}

/** Room for rounding where a multiple is chosen. */
const WIDER = 1 + 2 ** -12;
const SAMPLES = 1200;

/**
 * `approximate` behind a range reduction. The operations of the front are those of the program on the reduced interval alone. `met`
 * says that the program meets the requirement there and that the sampled error of the whole does. Code is C or JavaScript.
 */
export async function approximateReduced(f: string | Term, options: ApproximateOptions): Promise<ReducedApproximated> {
  const term = typeof f === "string" ? parse(f, { source: "function" }) : f;
  const [from, to] = options.on.map((end) => F.toNumber(endOf(end)));
  const { target: language = "c", format = "f64" } = options;
  const plan = from < to ? planOf(term, reductionsOf(term), from, to) : undefined;
  if (plan === undefined) return approximate(f, options);
  if (language === "wasm")
    throw new Failure("unsupported", "range reductions are not written as WebAssembly's text", { hint: "Ask for c or js." }); // oxfmt-ignore
  if (format === "any")
    throw new Failure("unsupported", "a range reduction needs a format", { hint: "Ask for f32 or f64." });
  if (options.absolute !== undefined && scales(plan))
    throw new Failure("unsupported", "an absolute error does not stay what it is where values are scaled by powers of two", { hint: "Ask for digits or a relative error." }); // oxfmt-ignore
  const [x] = freeSymbols(term);
  const inner = plan.shift === 0 ? term : substitute(term, new Map([[x, add(x, plan.shift)]]));
  const core = await approximate(inner, { ...options, on: plan.on });
  const single = format === "f32";
  const whole = (each: Approximation): Approximation => ({
    ...each,
    code: reducedSource(plan, each.code, language, single),
    evaluate: (argument) => reducedValue(plan, each.evaluate, argument, single),
  });
  const front = core.front.map(whole);
  const chosen = front[core.front.indexOf(core.best)];
  const curve = sampleErrors(term, chosen.evaluate, { from, to, plan, single, relative: core.weight === "relative" });
  const worst = curve.error.reduce((most, e) => (Math.abs(e) <= most ? most : Math.abs(e)), 0);
  const evidence: Evidence[] = [
    ...plan.evidence,
    ...core.evidence.map((each) => ({ ...each, statement: `on the reduced interval [${plan.on.join(", ")}]: ${each.statement}` })), // oxfmt-ignore
    { statement: `on the whole range, computed in ${format}, the ${core.weight} error reaches ${worst.toPrecision(4)}`, grade: "sampled", bound: worst, unit: `${core.weight} error`, method: `${curve.x.length} points, among them neighbours of those where the multiple changes; against values in big floats` },
  ]; // oxfmt-ignore
  const best = { ...chosen, evidence };
  const met = core.met && worst <= asked(options, single ? 24 : 53);
  return { ...core, on: [from, to], front: front.map((each) => (each === chosen ? best : each)), best, met, evidence, curve, plan }; // oxfmt-ignore
}

const scales = ({ step }: ReductionPlan): boolean =>
  (step?.kind === "multiple" && step.result === "scale") || (step?.kind === "binary" && "power" in step.result);

function asked({ ulp, relative, digits, absolute }: ApproximateOptions, bits: number): number {
  if (ulp !== undefined) return ulp * 2 ** -bits;
  return relative ?? absolute ?? (digits === undefined ? Infinity : 0.5 * 10 ** -digits);
}

/** The reduction that leaves the shortest interval, of the kinds in this order; undefined if none shortens the range. */
export function planOf(term: Term, found: readonly Reduction[], from: number, to: number): ReductionPlan | undefined {
  const kind = <K extends Reduction["kind"]>(name: K): Extract<Reduction, { kind: K }> | undefined =>
    found.find((each): each is Extract<Reduction, { kind: K }> => each.kind === name);
  const reach = Math.max(Math.abs(from), Math.abs(to));
  const exponential = kind("exponential");
  const period = kind("period");
  const step = exponential ?? period;
  if (step !== undefined) {
    const value = (p: number): Ball =>
      step.kind === "period" ? evaluateBall(step.period, p) : B.divide(ballFunction("log", [B.exact(2)], p), evaluateBall(step.rate, p), p); // oxfmt-ignore
    const length = Number(value(64).mid);
    if (!(to - from > Math.abs(length) * WIDER)) return undefined;
    const bits = Math.ceil(Math.log2(reach / Math.abs(length) + 1)) + 1;
    if (bits > 32) throw new Failure("unsupported", `reducing arguments up to ${reach} by multiples of ${length} needs ${bits} bits for the multiple; at most 32 are done`, { hint: "Choose a shorter range." }); // oxfmt-ignore
    const { high, low } = parts(value, 53 - bits);
    const half = (Math.abs(length) / 2) * WIDER;
    return {
      step: { kind: "multiple", inverse: 1 / length, high, low, result: step.kind === "period" ? step.sign : "scale" },
      shift: 0, on: [-half, half], evidence: [step.evidence],
    }; // oxfmt-ignore
  }
  const parity = kind("parity");
  const mirror = parity !== undefined && from < 0 ? parity.parity : undefined;
  if (from < 0 && mirror === undefined) return undefined;
  const least = from <= 0 && to >= 0 ? 0 : Math.min(Math.abs(from), Math.abs(to));
  const sides = mirror === undefined ? [] : [parity!.evidence];
  const rest = positivePlan(term, found, least, reach);
  if (rest !== undefined) return { ...rest, mirror, evidence: [...sides, ...rest.evidence] };
  return mirror === undefined || least >= reach ? undefined : { mirror, shift: 0, on: [least, reach], evidence: sides };
}

function positivePlan(
  term: Term,
  found: readonly Reduction[],
  least: number,
  most: number,
): Omit<ReductionPlan, "mirror"> | undefined {
  for (const each of found) {
    const evidence = [each.evidence];
    if (each.kind === "logarithmic" && least > 0 && most > 2 * least) {
      const slope = (p: number): Ball =>
        B.multiply(ballFunction("log", [B.exact(2)], p), evaluateBall(each.slope, p), p);
      const result = parts(slope, 42);
      const one = substitute(term, new Map([[freeSymbols(term)[0], term.context.number(1)]]));
      const shift = equal(one, term.context.number(0), { budget: { time_ms: 3000 } }).answer === "yes" ? 1 : 0;
      const on = [Math.SQRT1_2 - shift, Math.SQRT2 - shift] as const;
      return { step: { kind: "binary", group: 1, centred: true, result }, shift, on, evidence };
    }
    // At zero the exponent says nothing: powers that vanish there are handled by themselves.
    if (each.kind === "power" && (least > 0 || each.top > 0) && most > 2 ** each.bottom * least) {
      const result = { power: each.top };
      return { step: { kind: "binary", group: each.bottom, centred: false, result }, shift: 0, on: [0.5, 2 ** (each.bottom - 1)], evidence }; // oxfmt-ignore
    }
    if (each.kind === "reciprocal" && most > 1) {
      const small = Math.min(least, 1 / most);
      const { high, low } = each.constant.kind === Kind.number && each.constant.value === 0 ? { high: 0, low: 0 } : parts((p) => evaluateBall(each.constant, p), 53); // oxfmt-ignore
      return { step: { kind: "reciprocal", sign: each.sign, high, low }, shift: 0, on: [small, 1], evidence };
    }
  }
  return undefined;
}

/** A constant as a sum of two doubles, the first of so many bits. */
function parts(value: (p: number) => Ball, bits: number): { high: number; low: number } {
  const whole = F.round(value(200).mid, 160);
  const high = F.round(whole, bits);
  return { high: F.toNumber(high), low: F.toNumber(F.subtract(whole, high, 160)) };
}

/** Errors at points of the whole range: spread evenly, spread by size, and beside the places where a multiple changes. */
function sampleErrors(
  term: Term,
  evaluate: (x: number) => number,
  {
    from,
    to,
    plan,
    single,
    relative,
  }: { from: number; to: number; plan: ReductionPlan; single: boolean; relative: boolean },
): { x: number[]; error: number[] } {
  const target = targetOfTerm(term);
  const points = new Set<number>();
  const take = (exact: number): void => {
    const x = single ? Math.fround(exact) : exact;
    if (x >= from && x <= to) points.add(x);
  };
  const reach = Math.max(Math.abs(from), Math.abs(to));
  const least = from <= 0 && to >= 0 ? reach * 2 ** -60 : Math.min(Math.abs(from), Math.abs(to));
  for (let i = 0; i <= SAMPLES / 2; i++) {
    const share = i / (SAMPLES / 2);
    take(from + share * (to - from));
    const size = Math.exp((1 - share) * Math.log(least) + share * Math.log(reach));
    take(size);
    take(-size);
  }
  if (plan.step?.kind === "multiple") {
    const length = plan.step.high;
    const [first, last] = [from / length, to / length].sort((a, b) => a - b);
    for (let i = 0; i <= 100; i++) {
      const k = Math.round(first + ((last - first) * i) / 100) / 1;
      for (const part of [0.5, 0.4999999, 0.5000001]) take((k + part) * length);
    }
  }
  const xs: number[] = [];
  const errors: number[] = [];
  for (const x of [...points].toSorted((a, b) => a - b)) {
    const f = F.round(target.value(F.fromNumber(x), 120).mid, 120);
    if (relative && F.isZero(f)) continue;
    const off = F.subtract(F.fromNumber(evaluate(x), 120), f, 120);
    xs.push(x);
    errors.push(F.toNumber(relative ? F.divide(off, F.absolute(f), 120) : off));
  }
  return { x: xs, error: errors };
}
