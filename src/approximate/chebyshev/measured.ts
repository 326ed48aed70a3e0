// What is known about the accuracy of an interpolant: the largest error met at random points that no grid has.
import { Random } from "../../base/index.ts";
import type { Evidence } from "../../evidence/index.ts";
import type { Chebyshev } from "./chebyshev.ts";
import type { Unresolved } from "./construct.ts";
import type { Sampling } from "./sampling.ts";

/** Where an interpolant comes from. */
export interface Origin {
  /** What the function is, for evidence. */
  readonly name: string;
  /** Estimated absolute error of what was made from other interpolants, rounding left out. */
  readonly error?: () => number;
  /** The function itself, where there is one to compare with. */
  readonly sampling?: Sampling;
  readonly unresolved?: readonly Unresolved[];
}

/** Points at which the error is measured. */
const MEASURED = 200;

export function measured(f: Chebyshev, { name, error, sampling, unresolved = [] }: Origin): Evidence {
  const [a, b] = f.on;
  const { scale, degree } = f;
  const pieces = f.pieces.length;
  const where = `on [${a}, ${b}], ${pieces} ${pieces === 1 ? "piece" : "pieces"}, degree ${degree}`;
  if (sampling === undefined)
    return {
      statement: `${name} ${where}`,
      grade: "estimated",
      bound: Math.max(2 ** -52 * scale, error?.() ?? Infinity),
      unit: "absolute error",
      method: "errors of what it was made from, carried through to first order",
    };
  const random = new Random(1);
  const x = Float64Array.from({ length: MEASURED }, () => Math.min(b, a + (b - a) * random.next()));
  const wanted = sampling.sampler.map(x);
  let worst = 0;
  x.forEach((each, i) => {
    const error = Math.abs(wanted[i] - f.at(each));
    if (!(error <= worst)) worst = Number.isNaN(error) ? Infinity : error;
  });
  const gaps = sampling.gaps.length > 0 ? `; no value of its own at ${sampling.gaps.slice(0, 3).join(", ")}` : "";
  const open = unresolved.length > 0 ? `; not resolved near ${unresolved[0].from}` : "";
  return {
    statement: `${name} ${where}: largest error met ${worst.toExponential(1)}${gaps}${open}`,
    grade: "sampled",
    bound: worst,
    unit: "absolute error",
    method: `compared with the function at ${MEASURED} random points`,
    measured: { scale, points: MEASURED, samples: sampling.pace.values, degree, pieces },
  };
}
