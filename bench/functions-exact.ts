// The error of one result in units in the last place, by BigFloat, whose functions are rounded correctly to 160 bits.
import { bigfloat, type BigFloat } from "calculemus/number";
import type { Float } from "./functions-code.ts";

const BITS = 160;
type Unary = (x: BigFloat) => BigFloat;
const at =
  (f: (x: BigFloat, precision: number) => BigFloat): Unary =>
  (x) =>
    f(x, BITS);
const number = (x: number): BigFloat => bigfloat.fromNumber(x, 53);
const one = number(1);
const times = (a: BigFloat, b: BigFloat): BigFloat => bigfloat.multiply(a, b, BITS);
const over = (a: BigFloat, b: BigFloat): BigFloat => bigfloat.divide(a, b, BITS);
const plus = (a: BigFloat, b: BigFloat): BigFloat => bigfloat.add(a, b, BITS);
const minus = (x: BigFloat): BigFloat => bigfloat.subtract(number(0), x, BITS);
/** An argument at least as exact as a product of it with a number of 53 bits needs. */
const WIDE = 1300;

const EXACT: Readonly<Record<string, Unary>> = {
  exp: at(bigfloat.exp), expm1: at(bigfloat.expm1), log: at(bigfloat.log), log2: at(bigfloat.log2), log10: at(bigfloat.log10), log1p: at(bigfloat.log1p),
  sin: at(bigfloat.sin), cos: at(bigfloat.cos), tan: at(bigfloat.tan), asin: at(bigfloat.asin), acos: at(bigfloat.acos), atan: at(bigfloat.atan),
  sinh: at(bigfloat.sinh), cosh: at(bigfloat.cosh), tanh: at(bigfloat.tanh), asinh: at(bigfloat.asinh), acosh: at(bigfloat.acosh), atanh: at(bigfloat.atanh),
  cbrt: at(bigfloat.cbrt), erf: at(bigfloat.erf), erfc: at(bigfloat.erfc), sqrt: at(bigfloat.sqrt),
  exp2: (x) => bigfloat.pow(number(2), x, BITS), exp10: (x) => bigfloat.pow(number(10), x, BITS),
  sinpi: (x) => bigfloat.sin(bigfloat.multiply(bigfloat.pi(WIDE), x, WIDE), BITS),
  cospi: (x) => bigfloat.cos(bigfloat.multiply(bigfloat.pi(WIDE), x, WIDE), BITS),
  reciprocal: (x) => over(one, x), rsqrt: (x) => over(one, bigfloat.sqrt(x, BITS)),
  sigmoid: (x) => over(one, plus(one, bigfloat.exp(minus(x), BITS))),
  softplus: (x) => bigfloat.log1p(bigfloat.exp(x, 2400), BITS),
  gelu: (x) => times(times(number(0.5), x), bigfloat.erfc(over(minus(x), bigfloat.sqrt(number(2), BITS)))),
}; // oxfmt-ignore
const EXACT_TWO: Readonly<Record<string, (x: BigFloat, z: BigFloat) => BigFloat>> = {
  pow: (x, z) => bigfloat.pow(x, z, BITS),
  atan2: (x, z) => bigfloat.atan2(x, z, BITS),
  hypot: (x, z) => bigfloat.hypot(x, z, BITS),
};

/** Beyond these arguments the result is what it is at them: overflow, underflow, or a number next to the limit. */
const SATURATED: Readonly<Record<string, readonly [low: number, high: number]>> = {
  exp: [-2000, 2000], exp2: [-2000, 2000], exp10: [-2000, 2000], expm1: [-2000, 2000], sinh: [-2000, 2000], cosh: [-2000, 2000],
  tanh: [-500, 500], erf: [-40, 40], erfc: [-40, 40], sigmoid: [-2000, 2000], softplus: [-2000, Infinity], gelu: [-60, Infinity],
}; // oxfmt-ignore
/** Beyond this, softplus and gelu are their argument but for less than 10^-80 of it. */
const LINEAR = 200;

/** Exact zeros and halves of sinpi and cospi, which a product with pi does not show. */
function special(name: string, x: number): number | undefined {
  if (!Number.isFinite(x) || (name !== "sinpi" && name !== "cospi")) return undefined;
  const y = Math.abs(x) % 2;
  if (name === "sinpi") return y % 1 === 0 ? (Object.is(x, -0) || x < 0 ? -0 : 0) : undefined;
  return y % 1 === 0.5 ? 0 : undefined;
}

/** |y - f(x, z)| in units in the last place of f(x, z); Infinity where a NaN, an infinity or a zero is wrong. */
export function exactError(name: string, type: Float, x: number, z: number, y: number): number {
  const [bits, least, top] = type === "f64" ? [53, -1022, 1024] : [24, -126, 128];
  const known = special(name, x);
  if (known !== undefined) return Object.is(known, y) ? 0 : Infinity;
  if (Number.isNaN(x) || (name in EXACT_TWO && Number.isNaN(z) && !(name === "hypot" && Math.abs(x) === Infinity))) return Number.isNaN(y) || (name === "pow" && z === 0) ? 0 : Infinity; // oxfmt-ignore
  const [low, high] = SATURATED[name] ?? [-Infinity, Infinity];
  const t = Math.abs(x) === Infinity && name !== "gelu" && name !== "softplus" ? x : Math.max(low, Math.min(high, x));
  const linear = (name === "gelu" || name === "softplus") && x > LINEAR;
  const value = linear ? number(x) : name in EXACT_TWO ? EXACT_TWO[name](number(x), number(z)) : EXACT[name](number(t));
  if (value.kind === "nan") return Number.isNaN(y) ? 0 : Infinity;
  if (value.kind !== "normal") return Object.is(y, bigfloat.toNumber(value)) ? 0 : Infinity;
  if (Number.isNaN(y)) return Infinity;
  const below = value.top > top;
  // An infinity stands for the number after the greatest.
  const given = Math.abs(y) === Infinity ? bigfloat.scale(number(Math.sign(y)), top) : number(y);
  if (below && Math.abs(y) === Infinity) return Math.sign(y) === (bigfloat.toNumber(value) < 0 ? -1 : 1) ? 0 : Infinity;
  const difference = bigfloat.subtract(given, value, BITS);
  return Math.abs(bigfloat.toNumber(bigfloat.scale(difference, -(Math.max(value.top - 1, least) - (bits - 1)))));
}
