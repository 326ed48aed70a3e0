// Room approximate: finding functions that stand for others.
// Chebyshev interpolants.
export { type Sampler, sampler, type Source } from "./source.ts";
export { Chebyshev, type ChebyshevOptions, type Extremum, NotResolved } from "./chebyshev/chebyshev.ts";
export { barycentric, berrutWeights, chebyshevWeights, lagrangeWeights } from "./chebyshev/barycentric.ts";
export { chebyshevPoints, powerOfTwo, toCoefficients, toValues } from "./chebyshev/transform.ts";
export { chop } from "./chebyshev/chop.ts";
export type { Piece, Unresolved } from "./chebyshev/construct.ts";
