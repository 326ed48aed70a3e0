// Room approximate: finding functions that stand for others.
export {
  approximate,
  type Approximated,
  type ApproximateOptions,
  type Approximation,
  type ApproximationFormat,
} from "./approximate.ts";
export { CODE_TARGETS, type CodeTarget, type FloatProgram, programMap, sourceCode } from "./code.ts";
export { type Baseline, baselines } from "./baselines.ts";
// What is approximated, best approximations, proofs.
export { type Target, targetOfOracle, targetOfTerm } from "./target.ts";
export {
  type Family,
  minimax,
  type Minimax,
  type MinimaxOptions,
  MinimaxProblem,
  sampledError,
  type Weight,
} from "./minimax.ts";
export { basisFamily, polynomialFamily, rationalFamily, rationalStart } from "./families.ts";
export { inDoubles, provedError } from "./error-model.ts";
export { greatest, type Greatest, type GreatestOptions } from "./greatest.ts";
export { TaylorArithmetic, type TaylorModel } from "./taylor-model.ts";
export { roundingBound, type RoundingBound, type RoundingOptions } from "./rounding-error.ts";
export { roundConstants } from "./round-constants.ts";
export { exhaust, type Exhausted } from "./exhaustive.ts";
// Programs and their evolution.
export { evolve, type Evolved, type EvolveOptions, type EvolveProgress } from "./evolution/evolve.ts";
export { INSTRUCTIONS, type Instruction, type Program, programText, type Step } from "./evolution/program.ts";
export { programFamily } from "./evolution/family.ts";
export type { Levelled } from "./evolution/level.ts";
// Chebyshev interpolants.
export { NotResolved } from "./not-resolved.ts";
export { type Sampler, sampler, type Source } from "./source.ts";
export { Chebyshev, type ChebyshevOptions, type Extremum } from "./chebyshev/chebyshev.ts";
export { barycentric, berrutWeights, chebyshevWeights, lagrangeWeights } from "./chebyshev/barycentric.ts";
export { chebyshevPoints, powerOfTwo, toCoefficients, toValues } from "./chebyshev/transform.ts";
export { chop } from "./chebyshev/chop.ts";
export type { Unresolved } from "./chebyshev/construct.ts";
export type { Piece } from "./chebyshev/piece.ts";
// Low rank in two and three variables.
export { Chebyshev2, type Chebyshev2Options, type Range } from "./low-rank/chebyshev2.ts";
export { type Box, Chebyshev3, type Chebyshev3Options, type Product } from "./low-rank/chebyshev3.ts";
export { expanded, type Tensor, type Tucker, tucker, tuckerError, tuckerOfProducts, type TuckerOptions } from "./low-rank/tucker.ts"; // oxfmt-ignore
export { type Matrix, type Svd, svd, thinQr } from "./low-rank/dense.ts";
// Series, and what is made of them.
export { taylor, type TaylorOptions } from "./taylor.ts";
export { type PowerSeries, SeriesArithmetic } from "./power-series.ts";
export { ballSeries, rationals, type SeriesField } from "./series-field.ts";
export { type Pade, pade, type PadeOptions, padeValue } from "./pade.ts";
export {
  continuedFraction,
  convergents,
  fractionAt,
  type FractionElements,
  type FractionOptions,
  type FractionValue,
  fractionValue,
  type RegularFraction,
  seriesFraction,
  type SeriesPart,
} from "./continued-fraction.ts";
export { type AsymptoticOptions, type AsymptoticSum, asymptoticSum } from "./asymptotic.ts";
// Coefficients of formats.
export { type CoefficientFormat, type FpMinimax, fpminimax, type FpMinimaxOptions } from "./fpminimax.ts";
// Range reduction.
export { type Reduction, reductionsOf } from "./reduction.ts";
export { approximateReduced, type ReducedApproximated, type ReductionPlan, type ReductionStep } from "./reduced.ts";
