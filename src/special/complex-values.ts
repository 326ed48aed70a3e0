// Values of elementary functions at real arguments where they are complex: logarithms and roots of negative numbers, inverse
// functions outside their intervals. Real and imaginary part are formed from real functions of this room. On a branch cut the value is
// that of the upper side, as in C (ISO C11, annex G) for an imaginary part +0; for log, sqrt and pow these are the principal values.
// Left out: complex arguments, for which src/number has exp, log, sqrt, pow, sin and cos (`complexField`).
import { Failure } from "../base/index.ts";
import type { Complex } from "../number/index.ts";
import { elementary } from "./elementary-function.ts";

const real = (name: string, x: number, y?: number): number => elementary(name).call(x, y);
const of = (re: number, im: number): Complex<number> => ({ re, im });
/** log_b(-1) is this times i. */
const TURN: Readonly<Record<string, number>> = { log: Math.PI, log2: Math.PI / Math.LN2, log10: Math.PI / Math.LN10 };

/** By name, where the value is not real; undefined where it is. */
const OUTSIDE: Readonly<Record<string, (x: number, y: number) => Complex<number> | undefined>> = {
  log: (x) => (x < 0 ? of(real("log", -x), TURN.log) : undefined),
  log2: (x) => (x < 0 ? of(real("log2", -x), TURN.log2) : undefined),
  log10: (x) => (x < 0 ? of(real("log10", -x), TURN.log10) : undefined),
  log1p: (x) => (x < -1 ? of(real("log", -1 - x), Math.PI) : undefined),
  sqrt: (x) => (x < 0 ? of(0, Math.sqrt(-x)) : undefined),
  pow: (x, y) => {
    if (!(x < 0) || Number.isInteger(y) || !Number.isFinite(x) || !Number.isFinite(y)) return undefined;
    const size = real("pow", -x, y);
    return of(size * real("cospi", y), size * real("sinpi", y));
  },
  asin: (x) => (Math.abs(x) > 1 ? of(Math.sign(x) * (Math.PI / 2), real("acosh", Math.abs(x))) : undefined),
  acos: (x) => (Math.abs(x) > 1 ? of(x > 0 ? 0 : Math.PI, -real("acosh", Math.abs(x))) : undefined),
  acosh: (x) => (x < -1 ? of(real("acosh", -x), Math.PI) : x < 1 ? of(0, real("acos", x)) : undefined),
  atanh: (x) => (Math.abs(x) > 1 ? of(real("atanh", 1 / x), Math.PI / 2) : undefined),
};

/**
 * The value at a real argument (pow: at two), complex where no real value is there: elementaryComplex("log", -1) is pi i. Both parts
 * are within a few units in the last place. Other functions give their real value with imaginary part 0.
 * Fails (Failure): a name that is not known.
 */
export function elementaryComplex(name: string, x: number, y?: number): Complex<number> {
  if (name === "pow" && y === undefined) throw new Failure("usage", "pow takes two arguments");
  const outside = Object.hasOwn(OUTSIDE, name) ? OUTSIDE[name](x, y ?? 0) : undefined;
  return outside ?? of(real(name, x, y), 0);
}
