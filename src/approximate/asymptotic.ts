// Asymptotic series, which diverge: summed up to the smallest term and no further (Poincare 1886; Olver 1974, "Asymptotics and Special
// Functions", sections 1.1 and 3.1). The error is estimated by the first term left out; where the caller knows that the series envelops
// its function (the error has the sign of the first term left out and is smaller), that term is a bound.
// Left out: resummation, terms beyond all orders.
import { Failure } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { BigFloat, bigfloat as F } from "../number/index.ts";

export interface AsymptoticOptions {
  /** Working precision in bits; default 53. */
  readonly precision?: number;
  /** Relative accuracy at which summing stops early; default 2^-precision. */
  readonly relative?: number;
  /** The series envelops the function, as Stirling's does for positive arguments. Default false. */
  readonly enveloping?: boolean;
  /** Most terms that are asked for; default 10,000. */
  readonly mostTerms?: number;
}

export interface AsymptoticSum {
  readonly value: BigFloat;
  /** Size of the first term left out plus rounding errors. */
  readonly error: BigFloat;
  /** Terms summed. */
  readonly terms: number;
  /** Why summing stopped: the terms began to grow, the accuracy was reached, or there are no more terms. */
  readonly ended: "smallest" | "accuracy" | "terms";
  readonly evidence: readonly Evidence[];
}

/** Terms in a row that must be larger than the smallest before it counts as the smallest of all. */
const GROWING = 4;
const DEFAULT_TERMS = 10_000;

/**
 * sum of term(0), term(1), ... to the smallest term; undefined says that there are no more. Zero terms are passed over.
 * Fails (unsolved) where the first term is the smallest: nothing follows from such a series.
 */
export function asymptoticSum(
  term: (k: number) => BigFloat | number | undefined,
  options: AsymptoticOptions = {},
): AsymptoticSum {
  // oxfmt-ignore
  const { precision = 53, relative = 2 ** -precision, enveloping = false, mostTerms = DEFAULT_TERMS } = options;
  F.checkPrecision(precision);
  if (!(mostTerms >= 1)) throw new Failure("usage", `at least one term is asked for, not ${mostTerms}`);
  const p = precision + 16;
  let sum = F.zero(p);
  let sizes = F.zero(p);
  /** Best so far: what was summed before the smallest nonzero term. */
  let best: { sum: BigFloat; error: BigFloat; terms: number } | undefined;
  let growing = 0;
  let count = 0;
  let ended: AsymptoticSum["ended"] = "terms";
  for (let k = 0; k < mostTerms; k++) {
    const found = term(k);
    if (found === undefined) break;
    const value = found instanceof BigFloat ? found : F.fromNumber(found, p);
    if (!F.isFinite(value)) throw new Failure("domain", `term ${k} of the series is ${String(value)}`);
    if (!F.isZero(value)) {
      const size = F.absolute(value);
      if (best === undefined || F.compare(size, best.error)! <= 0) {
        best = { sum, error: size, terms: count };
        growing = 0;
      } else if (++growing === GROWING) {
        ended = "smallest";
        break;
      }
      sum = F.add(sum, value, p);
      sizes = F.add(sizes, size, p, "up");
      if (best.terms > 0 && F.compare(best.error, F.multiply(F.absolute(best.sum), F.fromNumber(relative), p))! <= 0) {
        ended = "accuracy";
        break;
      }
    }
    count = k + 1;
  }
  if (best === undefined) throw new Failure("usage", "the series has no term that is not zero");
  if (F.isZero(best.sum))
    throw new Failure("unsolved", `no term is larger than those that follow it: nothing follows from such a series`); // oxfmt-ignore
  // Each term is taken as rounded to the precision; additions are more precise.
  const rounding = F.scale(sizes, 1 - precision);
  const error = F.round(F.add(best.error, rounding, p, "up"), 32, "up");
  const by = enveloping ? "bound" : "estimate";
  return {
    value: F.round(best.sum, precision),
    error,
    terms: best.terms,
    ended,
    evidence: [
      {
        statement: `an asymptotic series after ${best.terms} terms (${ended === "smallest" ? "the smallest is left out" : ended === "accuracy" ? "accuracy reached" : "no more terms"})`, // oxfmt-ignore
        grade: enveloping ? "bounded" : "estimated",
        bound: F.toNumber(error, "up"),
        unit: "absolute error",
        method: `first term left out as ${by}${enveloping ? ", the series being enveloping as stated" : ""}`,
      },
    ],
  };
}
