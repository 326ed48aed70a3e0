// What is asked of emulated arithmetic, settled: format, rounding, accumulator, and the road: f64 where it decides every rounding
// (emulate.ts), exact rationals elsewhere (exact-road.ts), with the reason. Formulae and matrix products share it.
import { Failure } from "../../base/index.ts";
import type { Evidence } from "../../evidence/index.ts";
import { type FloatRounding, floatRounding, type Format, formatNamed, type Overflow, roundingMode, type RoundOptions, withinDoubles } from "../../number/index.ts"; // oxfmt-ignore
import { canEmulate, roads } from "./emulate.ts";
import { EXACT_BITS } from "./exact-operations.ts";

/** How results are rounded. */
export interface RoundingRequest {
  /** A mode or its short name: "nearest-even" (default), "rtz", "sr", ... */
  readonly rounding?: string;
  readonly overflow?: Overflow;
  /** Random bits of stochastic modes; default 32, or as many as fit. */
  readonly bits?: number;
  readonly seed?: number;
}

/**
 * Emulated arithmetic. Inputs and constants are rounded to nearest first; then every operation rounds once, correctly, in the
 * order written (text is read as held). Functions (exp, ...) are computed in double precision and rounded. The result of a
 * sum that is exactly zero is +0 in every mode.
 */
export interface ArithmeticOptions extends RoundingRequest {
  /** A format or its name: "bfloat16", "e4m3fn", "posit16", "e5m7", ... */
  readonly format: Format | string;
  /** Format of the accumulator of reductions; the same by default. */
  readonly accumulate?: Format | string;
}

export type Emulation =
  | { readonly road: "f64"; readonly rounding: FloatRounding; readonly accumulate?: FloatRounding; readonly seed?: number; readonly format: Format }
  | { readonly road: "exact"; readonly why: string; readonly format: Format; readonly options: RoundOptions }; // oxfmt-ignore

export function readFormat(format: Format | string): Format {
  return typeof format === "string" ? formatNamed(format) : format;
}

/** Random bits that f64 decides beside t bits of the format: at most 32. */
function settled(format: Format, { rounding, overflow, bits, seed }: RoundingRequest): RoundOptions {
  const mode = roundingMode(rounding ?? "nearest-even");
  const t = format.kind === "float" ? format.precision : 0;
  const fitting = mode.startsWith("stochastic") ? Math.max(1, Math.min(32, 51 - t)) : undefined;
  return { mode, overflow, bits: bits ?? fitting, seed };
}

/** The rounding of a format that f64 can emulate. Fails ("unsupported") on others, with `what` it was for and the reason. */
export function emulatedRounding(format: Format, request: RoundingRequest, what: string): FloatRounding {
  if (format.kind !== "float" || !withinDoubles(format))
    throw new Failure("unsupported", `${what} in ${format.name}, which is no float format within doubles`);
  const rounding = floatRounding(format, settled(format, request));
  const why = canEmulate(rounding);
  if (why !== undefined) throw new Failure("unsupported", `${what} in ${format.name}: ${why}`);
  return rounding;
}

/** Settles the options. Fails on unknown names, on values beyond doubles, and on an accumulator that cannot be had. */
export function emulation(options: ArithmeticOptions): Emulation {
  const format = readFormat(options.format);
  const { seed } = options;
  if (!withinDoubles(format)) throw new Failure("unsupported", `values of ${format.name} are beyond doubles`);
  const roundOptions = settled(format, options);
  const rounding = format.kind === "float" ? floatRounding(format, roundOptions) : undefined;
  const why = rounding ? canEmulate(rounding) : `${format.name} is no float format`;
  if (rounding === undefined || why !== undefined) {
    if (options.accumulate !== undefined)
      throw new Failure("unsupported", `another accumulator for ${format.name}: ${why}`);
    return { road: "exact", why: why!, format, options: roundOptions };
  }
  const accumulate =
    options.accumulate === undefined
      ? undefined
      : emulatedRounding(readFormat(options.accumulate), options, "an accumulator");
  return { road: "f64", rounding, accumulate, seed, format };
}

/** What is known about results, for a formula that calls these functions; `bounds` has those with a bound in double precision. */
export function emulationEvidence(
  emulated: Emulation,
  calls: readonly { readonly name: string; readonly bound?: { readonly ulp: number; readonly source: string } }[],
): Evidence[] {
  const { name } = emulated.format;
  if (emulated.road === "exact")
    return [
      {
        statement: `every sum, product, quotient and square root is rounded once to ${name}`,
        grade: "proved",
        method: `exact rationals, because ${emulated.why}`,
      },
      ...calls.map(({ name: each }): Evidence => ({
        statement: `${each} is correctly rounded to ${EXACT_BITS} bits, and then to ${name}`,
        grade: "bounded",
        method: "ball arithmetic; the second rounding may differ from a single one where the value lies within 2^-200 of a midpoint",
      })),
    ]; // oxfmt-ignore
  const odd = Object.entries(roads(emulated.rounding)).filter(([, road]) => road === "odd").map(([each]) => each); // oxfmt-ignore
  return [
    {
      statement: `every sum, product, quotient and square root is rounded once to ${name}, ${emulated.rounding.mode}`,
      grade: "bounded",
      method:
        odd.length === 0
          ? "f64 results decide every rounding (53 >= 2t + 2, or exact)"
          : `f64 results made odd by their exact errors for ${odd.join(", ")}`,
    },
    ...calls.map(
      ({ name: each, bound }): Evidence =>
      bound
        ? { statement: `${each} is within ${bound.ulp} units in the last place of double precision before it is rounded to ${name}`, grade: "sampled", bound: bound.ulp, unit: "ulp", method: bound.source } // oxfmt-ignore
        : { statement: `${each} is the engine's own function, rounded to ${name}`, grade: "none", method: "no bound is stated for it" }, // oxfmt-ignore
    ),
  ];
}
