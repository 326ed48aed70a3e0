// Room approximate: finding functions that stand for others.
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
