// Sums and dot products of doubles: correctly rounded, and compensated.
// Correctly rounded: an exact accumulator in base 2^32 (after Kulisch 1971 and Neal 2015, "Fast exact summation using small
// and large superaccumulators", arXiv 1505.05571): every addend is cut into digits that are added as integers, so the result
// does not depend on order, grouping or parallel splitting, and is rounded once. Compensated: Neumaier 1974 for sums, Ogita,
// Rump, Oishi 2005 (Dot2) for dot products: as if computed in twice the working precision.
// Left out: vector versions for WebAssembly.

import * as Q from "./rational.ts";

/** Value of digit k is 2^(32 k - BIAS). The lowest bit of the smallest double, 2^-1074, is in digit 0. */
const BIAS = 1088;
/** Largest exponent 2^1023 (and 2^31 carries) fit; two digits more than any double reaches for sums of many. */
const DIGITS = 70;
/** Additions after which carries must be passed on: a digit grows by less than 2^32 an addition and must stay below 2^53. */
const CARRY_EVERY = 2 ** 20;
const BASE = 2 ** 32;

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);
/** Index of the high word: little-endian machines have it second. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** An exact sum of doubles. Adding in any order, or merging accumulators in any order, gives the same value. */
export class ExactSum {
  /** Signed integer digits, not normalised between carries. */
  readonly #digits = new Float64Array(DIGITS);
  #additions = 0;
  /** Sum of the NaN and infinities among the addends. */
  #special = 0;
  /** Whether every addend so far was -0, and whether there was one. */
  #onlyNegativeZero = true;
  #any = false;

  /** Adds x exactly. */
  add(x: number): this {
    this.#any = true;
    if (x === 0) {
      if (!Object.is(x, -0)) this.#onlyNegativeZero = false;
      return this;
    }
    this.#onlyNegativeZero = false;
    bits[0] = x;
    const high = words[HIGH];
    const low = words[1 - HIGH];
    const exponent = (high >>> 20) & 0x7ff;
    if (exponent === 0x7ff) {
      this.#special += x;
      return this;
    }
    // |x| = mantissa * 2^(place - BIAS), mantissa = top * 2^32 + low.
    const top = exponent === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000;
    const place = (exponent === 0 ? 1 : exponent) + (BIAS - 1075);
    const digit = place >>> 5;
    const shift = place & 31;
    // Shift the two words by `shift` bits into three digits.
    const scale = 2 ** shift;
    const first = low * scale;
    const second = top * scale;
    const carry = Math.floor(first / BASE);
    const digits = this.#digits;
    const upper = Math.floor(second / BASE);
    if (x > 0) {
      digits[digit] += first - carry * BASE;
      digits[digit + 1] += carry + (second - upper * BASE);
      digits[digit + 2] += upper;
    } else {
      digits[digit] -= first - carry * BASE;
      digits[digit + 1] -= carry + (second - upper * BASE);
      digits[digit + 2] -= upper;
    }
    if (++this.#additions >= CARRY_EVERY / 4) this.#carry();
    return this;
  }

  /** Adds the exact product x * y. Bits of a product below 2^-1088 cannot be kept: `value` is then NaN, never a guess. */
  addProduct(x: number, y: number): this {
    const product = x * y;
    if (!Number.isFinite(product) || product === 0) {
      // Overflow of finite factors, or underflow to zero of nonzero ones, is done in parts.
      if (Number.isFinite(x) && Number.isFinite(y) && x !== 0 && y !== 0) return this.#addScaledProduct(x, y);
      return this.add(product);
    }
    const error = productError(x, y, product);
    if (Math.abs(product) < SMALL || Math.abs(x) > LARGE || Math.abs(y) > LARGE) return this.#addScaledProduct(x, y);
    return this.add(product).add(error);
  }

  /** The product of factors whose rounding error may be no double. */
  #addScaledProduct(x: number, y: number): this {
    const [mx, ex] = integerParts(x);
    const [my, ey] = integerParts(y);
    let value = mx * my;
    let place = ex + ey + BIAS;
    if (place < 0) {
      const lost = BigInt(-place);
      if (value % (1n << lost) !== 0n) this.#special = Number.NaN;
      value >>= lost;
      place = 0;
    }
    const negative = value < 0n;
    let rest = (negative ? -value : value) << BigInt(place % 32);
    for (let digit = place >>> 5; rest > 0n; digit++, rest >>= 32n) {
      if (digit >= DIGITS - 1) {
        this.#special = negative ? -Infinity : Infinity;
        break;
      }
      this.#digits[digit] += (negative ? -1 : 1) * Number(rest & 0xffffffffn);
    }
    this.#onlyNegativeZero = false;
    if (++this.#additions >= CARRY_EVERY / 4) this.#carry();
    return this;
  }

  /** Adds what another accumulator holds. */
  merge(other: ExactSum): this {
    this.#carry();
    other.#carry();
    for (let k = 0; k < DIGITS; k++) this.#digits[k] += other.#digits[k];
    this.#special += other.#special;
    this.#onlyNegativeZero &&= other.#onlyNegativeZero;
    this.#any ||= other.#any;
    this.#carry();
    return this;
  }

  /** Passes carries on: afterwards every digit but the highest is in [0, 2^32). */
  #carry(): void {
    const digits = this.#digits;
    for (let k = 0; k + 1 < DIGITS; k++) {
      const carry = Math.floor(digits[k] / BASE);
      digits[k] -= carry * BASE;
      digits[k + 1] += carry;
    }
    this.#additions = 0;
  }

  /** The sum, rounded once to nearest, ties to even; overflows to infinity. An empty sum is 0. */
  value(): number {
    if (this.#special !== 0) return this.#special;
    this.#carry();
    let total = 0n;
    for (let k = DIGITS - 1; k >= 0; k--) total = (total << 32n) + BigInt(this.#digits[k]);
    if (total === 0n) return this.#onlyNegativeZero && this.#any ? -0 : 0;
    return Q.toNumber(Q.rational(total, 1n << BigInt(BIAS)));
  }
}

/** Factors above this could overflow inside the splitting of a product. */
const LARGE = 2 ** 995;
/** Below this the error of a product can be no double. */
const SMALL = 2 ** -960;

/** x = mantissa * 2^exponent with an integer mantissa. */
function integerParts(x: number): [bigint, number] {
  bits[0] = x;
  const high = words[HIGH];
  const exponent = (high >>> 20) & 0x7ff;
  const top = exponent === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000;
  const mantissa = (BigInt(top) << 32n) | BigInt(words[1 - HIGH]);
  return [x < 0 ? -mantissa : mantissa, (exponent === 0 ? 1 : exponent) - 1075];
}

const SPLIT = 134217729;

/** x * y - product, exactly, barring overflow and underflow (Dekker 1971). */
function productError(x: number, y: number, product: number): number {
  const cx = SPLIT * x;
  const xh = cx - (cx - x);
  const xl = x - xh;
  const cy = SPLIT * y;
  const yh = cy - (cy - y);
  const yl = y - yh;
  return xl * yl - (product - xh * yh - xl * yh - xh * yl);
}

/** The sum of all elements, rounded once. The same for every order of the elements. */
export function exactSum(values: ArrayLike<number>): number {
  const sum = new ExactSum();
  for (let i = 0; i < values.length; i++) sum.add(values[i]);
  return sum.value();
}

/** The dot product, rounded once. The same for every order of the pairs. */
export function exactDot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const sum = new ExactSum();
  for (let i = 0; i < x.length; i++) sum.addProduct(x[i], y[i]);
  return sum.value();
}

/** Neumaier's compensated sum: error at most one rounding of the result plus about n^2 2^-106 sum |x_i|. Depends on the order. */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i];
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** Dot2: the dot product as if computed in twice the working precision, then rounded. Depends on the order. */
export function compensatedDot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < x.length; i++) {
    const product = x[i] * y[i];
    const next = sum + product;
    const z = next - sum;
    lost += sum - (next - z) + (product - z) + productError(x[i], y[i], product);
    sum = next;
  }
  return Number.isFinite(sum + lost) ? sum + lost : sum;
}
