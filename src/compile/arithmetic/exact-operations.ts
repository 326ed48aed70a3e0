// Operations in exact rationals, each result handed to `settle`, which rounds it to a format. Special values follow IEEE 754: what
// exact rationals do not have (infinities, NaN, signed zeros) is computed in doubles, where it is exact. Roots are found to 256 bits
// with a sticky bit; functions (exp, ...) are correctly rounded to 256 bits first.
import { Failure } from "../../base/index.ts";
import { type BigFloat, bigfloat, type Exact, exact, Q, type Rational } from "../../number/index.ts";

/** Bits of roots and functions before they are rounded to the format. */
export const EXACT_BITS = 256;

export type Settle = (x: number | Rational | Exact) => number;

/** A sum that is exactly zero is +0, whatever the rounding; -0 + -0 is -0. */
export function exactOperations(settle: Settle) {
  const q = Q.fromNumber;
  const regular = (...list: number[]): boolean => list.every((x) => Number.isFinite(x) && x !== 0);
  const add = (a: number, b: number): number =>
    Number.isFinite(a) && Number.isFinite(b) && a !== -b ? settle(Q.add(q(a), q(b))) : settle(a + b);
  return {
    add,
    sub: (a: number, b: number): number => add(a, -b),
    mul: (a: number, b: number): number => settle(regular(a, b) ? Q.multiply(q(a), q(b)) : a * b),
    div: (a: number, b: number): number => settle(regular(a, b) ? Q.divide(q(a), q(b)) : a / b),
    sqrt: (a: number): number => settle(a > 0 && regular(a) ? squareRoot(a) : Math.sqrt(a)),
    fma(a: number, b: number, c: number): number {
      if (!regular(a, b) || !Number.isFinite(c)) return settle(a * b + c);
      const value = Q.add(Q.multiply(q(a), q(b)), q(c));
      return settle(Q.sign(value) === 0 ? 0 : exact(value));
    },
    /** A function by name. Fails ("unsupported") where BigFloat does not have it. */
    call(name: string, ...args: number[]): number {
      const f = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
      if (!f) throw new Failure("unsupported", `${name} cannot be rounded to this format: it has no exact counterpart here`); // oxfmt-ignore
      const value = f(...args.map((x) => bigfloat.fromNumber(x, 53)));
      return settle(value.kind === "normal" ? bigfloat.toRational(value) : bigfloat.toNumber(value));
    },
  };
}

/** sqrt(x) cut off after 256 bits, with a last bit more if it is not exact: no format's midpoint lies between. */
function squareRoot(x: number): Rational {
  const down = bigfloat.sqrt(bigfloat.fromNumber(x, 53), EXACT_BITS, "zero");
  const up = bigfloat.sqrt(bigfloat.fromNumber(x, 53), EXACT_BITS, "away");
  const low = bigfloat.toRational(down);
  return bigfloat.equal(down, up) ? low : Q.divide(Q.add(low, bigfloat.toRational(up)), 2);
}

const one = (f: (x: BigFloat, precision?: number) => BigFloat) => (x: BigFloat): BigFloat => f(x, EXACT_BITS); // oxfmt-ignore
const two = (f: (x: BigFloat, y: BigFloat, precision?: number) => BigFloat) => (x: BigFloat, y: BigFloat): BigFloat => f(x, y, EXACT_BITS); // oxfmt-ignore

/** Functions that the term language and BigFloat both have under one name. */
const FUNCTIONS: Readonly<Record<string, (...args: BigFloat[]) => BigFloat>> = {
  exp: one(bigfloat.exp), expm1: one(bigfloat.expm1), log: one(bigfloat.log), log1p: one(bigfloat.log1p),
  log2: one(bigfloat.log2), log10: one(bigfloat.log10), sin: one(bigfloat.sin), cos: one(bigfloat.cos), tan: one(bigfloat.tan),
  asin: one(bigfloat.asin), acos: one(bigfloat.acos), atan: one(bigfloat.atan), atan2: two(bigfloat.atan2),
  sinh: one(bigfloat.sinh), cosh: one(bigfloat.cosh), tanh: one(bigfloat.tanh),
  asinh: one(bigfloat.asinh), acosh: one(bigfloat.acosh), atanh: one(bigfloat.atanh),
  cbrt: one(bigfloat.cbrt), pow: two(bigfloat.pow), gamma: one(bigfloat.gamma), lgamma: one(bigfloat.lgamma),
  digamma: one(bigfloat.digamma), zeta: one(bigfloat.zeta), erf: one(bigfloat.erf), erfc: one(bigfloat.erfc),
}; // oxfmt-ignore
