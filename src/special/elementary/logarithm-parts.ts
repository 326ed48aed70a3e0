// The logarithm of a sum of two numbers as a sum of two numbers, for every function made of logarithms.
//   y = 2^n m with m in [sqrt(3)/2, sqrt(3)), b = 1 or 1.5 the nearer, s = (m - b)/(m + b), |s| <= 0.1011,
//   log y = n log 2 + log b + (2/3) s (3 + s^2 + s^4 P(s^2)),
// where s, s^2 and the bracket are kept in two parts, heads of 26 bits and rests, so that products of heads are exact. Relative
// error some 2^-66. Sources: Dekker (1971); the arrangement, with its two values of b, is that of pow in the mathematical library
// of Sun Microsystems (1993, e_pow.c).
import { fn, ir, type Block, type Expression, type StructuredFunction } from "../../compile/index.ts";
import { fastTwoSum, head, type Pair, square, twoProduct, twoSum } from "./double-double.ts";
import { ARTANH } from "./exp-log-coefficients.ts";
import { powerOfTwo } from "./exponential-parts.ts";
import { evenOdd, squared } from "./polynomial.ts";

/** Of a base: 2/3 of the factor to the natural logarithm (a head of 26 bits), log 2 and log 1.5 (heads of 32 bits), each high + low. */
export interface Base {
  readonly factor: readonly [number, number];
  readonly two: readonly [number, number];
  readonly three: readonly [number, number];
}

export const BASES = {
  e: { factor: [0.6666666567325592, 9.934107462565104e-9], two: [0.6931471803691238, 1.9082149292705877e-10], three: [0.4054651079932228, 1.1494160890290935e-10] },
  two: { factor: [0.9617966860532761, 7.872699542894897e-9], two: [1, 0], three: [0.5849625004921108, 2.290453330269201e-10] },
  ten: { factor: [0.2895296514034271, 3.198740761077315e-9], two: [0.3010299955494702, 1.1451100898021838e-10], three: [0.17609125905437395, 1.307292315129951e-12] },
} as const satisfies Record<string, Base>; // oxfmt-ignore

const DOUBLE = new DataView(new ArrayBuffer(8));
function bitsOf(x: number): bigint {
  DOUBLE.setFloat64(0, x);
  return DOUBLE.getBigInt64(0);
}

/** y = 2^n m for a normal y > 0 and m in [from, 2 from); n as an f64. */
export function decomposed(k: Block, y: Expression, from: number): { n: Expression; m: Expression } {
  const bits = k.let("bits", ir.bits(y, "i64"));
  // Shifted so that the field of the exponent changes at `from`; what is below that field belongs to m.
  const above = k.let("above", ir.add(bits, ir.i64((1023n << 52n) - bitsOf(from))));
  const m = k.let("m", ir.bits(ir.add(ir.and(above, ir.i64((1n << 52n) - 1n)), ir.i64(bitsOf(from))), "f64"));
  // The exponent as a number: under that of 2^52.
  const field = ir.shru(above, ir.i64(52));
  const number = ir.bits(ir.or(field, ir.i64(bitsOf(2 ** 52))), "f64");
  return { n: k.let("n", ir.sub(number, 2 ** 52 + 1023)), m };
}

/** log y = n log 2 + log b + (2/3)(hi + lo), the last in units of the natural logarithm; `three` is 1 where b = 1.5, else 0. */
export interface LogParts {
  readonly n: Expression;
  readonly three: Expression;
  readonly sum: Pair;
}

/**
 * `usual` where x is a normal number and not negative, else `rare`: subnormal numbers 2^54 times as great, from which
 * `lifted` makes the logarithm, zeros, infinity, NaN and what is negative.
 */
export function overDomain(k: Block, x: Expression, usual: Expression, rare: StructuredFunction): Expression {
  const y = k.let("y", usual);
  const normal = ir.pmax(ir.pmin(x, ir.f64(Number.MAX_VALUE)), ir.f64(2 ** -1022));
  k.rarely(ir.ne(x, normal), () => k.set(y, ir.call(rare, x)));
  return y;
}

/** The function for the rare arguments of a logarithm: `lifted` is given x 2^54 and what to add to its n. */
export const rareLogarithm = (
  name: string,
  lifted: (k: Block, x: Expression, more: Expression) => Expression,
): StructuredFunction =>
  fn(`${name}.rare`, { x: "f64" }, "f64", ({ x }, k) => {
    const value = k.let("value", lifted(k, k.let("lifted", ir.mul(x, 2 ** 54)), ir.f64(-54)));
    const finite = ir.select(ir.lt(x, Infinity), value, x);
    const positive = ir.select(ir.eq(x, 0), -Infinity, finite);
    k.return(ir.select(ir.lt(x, 0), Number.NaN, positive));
  });

/** What the first coefficient of ARTANH lacks of 0.6. */
const FIRST_LOW = 2.220446049250313e-17;

/** sqrt(3)/2. */
export const LEAST_SIGNIFICAND = 0.8660254037844386;

/** b = 1 or 1.5, the nearer to m, and `three`, which is 0 or 1. */
export function nearerOf(k: Block, m: Expression): { three: Expression; b: Expression } {
  const upper = k.let("upper", ir.gt(m, 1.224744871391589));
  return {
    three: k.let("three", ir.select(upper, ir.f64(1), ir.f64(0))),
    b: k.let("b", ir.select(upper, ir.f64(1.5), ir.f64(1))),
  };
}

/**
 * Of y + rest for a normal y > 0, where rest is below the last place of y, or y = 1 and rest is small. `fine`: the term in s^5 in two
 * numbers too, which gives some 5 bits more.
 */
export function logParts(k: Block, y: Expression, rest?: Pair, fine = false): LogParts {
  const { n, m } = decomposed(k, y, LEAST_SIGNIFICAND);
  const { three, b } = nearerOf(k, m);
  const scale = rest ? powerOfTwo(k, ir.neg(ir.pmin(n, ir.f64(1000)))) : undefined;
  const f = rest ? twoSum(k, ir.sub(m, b), ir.mul(rest.hi, scale!)) : { hi: k.let("f", ir.sub(m, b)), lo: undefined };
  const fl = rest ? k.let("fl", ir.add(f.lo!, ir.mul(rest.lo, scale!))) : undefined;
  const d = fastTwoSum(k, b, m);
  const inverse = k.let("inverse", ir.div(1, d.hi));
  // A quotient of its own, so that z and its polynomial need not wait for what `first` leaves.
  const s = k.let("s", ir.div(f.hi, d.hi));
  const first = head(k, s, "sh");
  const dh = head(k, d.hi, "dh");
  const below = ir.sub(d.hi, dh);
  const dl = k.let("dl", ir.add(below, rest ? ir.add(d.lo, ir.mul(ir.add(rest.hi, rest.lo), scale!)) : d.lo));
  const left = ir.sub(ir.sub(f.hi, ir.mul(first, dh)), ir.mul(first, dl));
  const second = k.let("sl", ir.mul(fl ? ir.add(left, fl) : left, inverse));
  const z = k.let("z", ir.mul(s, s));
  const zz = squared(k, z);
  const zh = k.let("zh", ir.mul(first, first));
  const zl = k.let("zl", ir.mul(second, ir.add(first, s)));
  // The bracket without 3 + zh, as a greater and a smaller number.
  let r: Expression = zl;
  let less: Expression = zl;
  if (fine) {
    const fourth = square(k, zh);
    const main = twoProduct(k, fourth.hi, ARTANH[0]);
    const lost = ir.add(main.lo, ir.add(ir.mul(fourth.hi, FIRST_LOW), ir.mul(ir.add(fourth.lo, ir.mul(ir.add(ir.mul(zh, 2), zl), zl)), ARTANH[0]))); // oxfmt-ignore
    r = main.hi;
    less = k.let("less", ir.add(ir.add(lost, zl), ir.mul(ir.mul(zz, z), evenOdd(z, zz, ARTANH.slice(1)))));
  } else r = k.let("tail", ir.add(ir.mul(zz, evenOdd(z, zz, ARTANH)), zl));
  const t = head(k, ir.add(ir.add(zh, 3), fine ? ir.add(r, less) : r), "th");
  const apart = ir.sub(r, ir.sub(ir.sub(t, 3), zh));
  const tl = fine ? ir.add(apart, less) : apart;
  const hi = k.let("u", ir.mul(first, t));
  return { n, three, sum: { hi, lo: k.let("v", ir.add(ir.mul(second, t), ir.mul(tl, s))) } };
}

/** The logarithm to a base, hi + lo not overlapping. */
export function logPair(k: Block, { n, three, sum }: LogParts, { factor, two, three: constant }: Base): Pair {
  const p = head(k, ir.add(sum.hi, sum.lo), "ph");
  const low = k.let("pl", ir.sub(sum.lo, ir.sub(p, sum.hi)));
  const main = k.let("main", ir.mul(p, factor[0]));
  const small = ir.add(ir.mul(p, factor[1]), ir.mul(low, factor[0] + factor[1]));
  const great = ir.add(two[0] === 1 ? n : ir.mul(n, two[0]), ir.mul(three, constant[0]));
  const lost = ir.mul(three, constant[1]);
  const lows = two[1] === 0 ? lost : ir.add(ir.mul(n, two[1]), lost);
  const total = fastTwoSum(k, great, main);
  return fastTwoSum(k, total.hi, ir.add(total.lo, ir.add(lows, small)));
}
