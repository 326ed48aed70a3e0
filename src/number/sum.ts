// Sums and dot products of doubles: correctly rounded, and compensated.
// Correctly rounded: an exact accumulator in base 2^32, wide enough for every product of two doubles (after Kulisch 1971 and
// Neal 2015, "Fast exact summation using small and large superaccumulators", arXiv 1505.05571): every addend is cut into
// digits that are added as integers, so the result does not depend on order, grouping or parallel splitting, and is rounded
// once. Arrays go in blocks: each element is cut into two leading parts by error-free extraction (Rump, Ogita, Oishi 2008,
// "Accurate floating-point summation I", algorithm 3.2; Demmel, Nguyen 2013), the parts of a block add up without rounding, and
// only their sums, and what a rare element has left below them, go to the accumulator.
// Compensated: Neumaier 1974 for sums, Ogita, Rump, Oishi 2005 (Dot2) for dot products: as if computed in twice the working
// precision. Left out: vector versions for WebAssembly.
import { Failure } from "../base/index.ts";
import { bitLength } from "./integer.ts";

/** Value of digit k is 2^(32 k - BIAS). The lowest bit of the smallest product of doubles is 2^-2148. */
const BIAS = 2176;
/** Products are below 2^2048; 2^53 of them below 2^2101. */
const DIGITS = 136;
/** Additions after which carries must be passed on: a digit grows by less than 2^32 an addition and must stay below 2^53. */
const CARRY_EVERY = 2 ** 20;
const BASE = 2 ** 32;

/** Elements of a block, 2^LOG_BLOCK: few enough that a part has 55 - LOG_BLOCK bits. */
const LOG_BLOCK = 10;
const BLOCK = 2 ** LOG_BLOCK;
/** Blocks whose largest magnitude lies outside go element by element: their extraction could overflow or underflow. */
const BLOCK_LEAST = 2 ** -700;
const BLOCK_MOST = 2 ** 900;
/** After a block with many elements of more than two parts, so many blocks are added element by element. */
const PLAIN_BLOCKS = 15;

/** What elements of a block have left below their two parts. */
const rest = new Float64Array(BLOCK);
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
  /** Powers of two that the next block will hardly exceed, 0 before the first: of elements, products, errors of products. */
  readonly #bounds: [number, number, number] = [0, 0, 0];

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
    // The two words, shifted, are three digits; shifts of 32 are done in two steps, as a shift by 32 would do nothing.
    const lowest = (low << shift) >>> 0;
    const middle = ((top << shift) | ((low >>> 1) >>> (31 - shift))) >>> 0;
    const highest = (top >>> 1) >>> (31 - shift);
    const digits = this.#digits;
    if (x > 0) {
      digits[digit] += lowest;
      digits[digit + 1] += middle;
      digits[digit + 2] += highest;
    } else {
      digits[digit] -= lowest;
      digits[digit + 1] -= middle;
      digits[digit + 2] -= highest;
    }
    if (++this.#additions >= CARRY_EVERY) this.#carry();
    return this;
  }

  /** Adds the exact product x * y: neither overflow nor underflow of the product loses anything. */
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
    const value = mx * my;
    const place = ex + ey + BIAS;
    const negative = value < 0n;
    let rest = (negative ? -value : value) << BigInt(place % 32);
    for (let digit = place >>> 5; rest > 0n; digit++, rest >>= 32n)
      this.#digits[digit] += (negative ? -1 : 1) * Number(rest & 0xffffffffn);
    this.#any = true;
    this.#onlyNegativeZero = false;
    if (++this.#additions >= CARRY_EVERY) this.#carry();
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

  /** Adds all elements exactly. */
  addAll(values: ArrayLike<number>): this {
    const { length } = values;
    let plain = 0;
    for (let start = 0; start < length; start += BLOCK) {
      const end = Math.min(start + BLOCK, length);
      if (plain === 0) {
        if (this.#addBlock(values, start, end, 0) > BLOCK / 4) plain = PLAIN_BLOCKS;
      } else {
        plain--;
        for (let i = start; i < end; i++) this.add(values[i]);
      }
    }
    return this;
  }

  /**
   * Adds values[start .. end), at most BLOCK elements, and says how many went to the accumulator one by one.
   * With |x| <= bound, sigma = 3 bound 2^(LOG_BLOCK - 2): q = (sigma + x) - sigma is x rounded to a multiple of an ulp of sigma,
   * x - q is exact, and BLOCK such q add up exactly. The rest is at most 2^(LOG_BLOCK - 54) bound: once more with it.
   * The bound is that of the block before; a block that exceeds it is done again.
   */
  #addBlock(values: ArrayLike<number>, start: number, end: number, kind: 0 | 1 | 2): number {
    let [most, high, low, high2, low2, single] = [0, 0, 0, 0, 0, 0];
    for (;;) {
      const bound = this.#bounds[kind];
      const first = bound * (3 * 2 ** (LOG_BLOCK - 2));
      const second = first * 2 ** (LOG_BLOCK - 54);
      most = high = low = high2 = low2 = single = 0;
      let i = start;
      if ((end - start) % 2 === 1) {
        const x = values[i++];
        const a = Math.abs(x);
        if (a > most) most = a;
        high = first + x - first;
        const r = x - high;
        low = second + r - second;
        if (low !== r) rest[single++] = r - low;
      }
      for (; i < end; i += 2) {
        const x = values[i];
        const y = values[i + 1];
        const a = Math.abs(x);
        const b = Math.abs(y);
        if (a > most) most = a;
        if (b > most) most = b;
        const q = first + x - first;
        const q2 = first + y - first;
        const r = x - q;
        const r2 = y - q2;
        const p = second + r - second;
        const p2 = second + r2 - second;
        high += q;
        high2 += q2;
        low += p;
        low2 += p2;
        if (p !== r) rest[single++] = r - p;
        if (p2 !== r2) rest[single++] = r2 - p2;
      }
      if (!(most >= BLOCK_LEAST && most <= BLOCK_MOST) || Number.isNaN(high + high2)) {
        for (let k = start; k < end; k++) this.add(values[k]);
        return end - start;
      }
      if (most > bound || most < bound * 2 ** -6) this.#bounds[kind] = powerAbove(most) * 2;
      if (most <= bound) break;
    }
    this.#any = true;
    this.#onlyNegativeZero = false;
    this.add(high).add(high2).add(low).add(low2);
    for (let k = 0; k < single; k++) this.add(rest[k]);
    return single;
  }

  /** Adds all exact products x[i] * y[i]. Fails ("domain") on different lengths. */
  addProducts(x: ArrayLike<number>, y: ArrayLike<number>): this {
    const { length } = x;
    sameLength(x, y);
    const products = new Float64Array(Math.min(BLOCK, length));
    const errors = new Float64Array(products.length);
    for (let start = 0; start < length; start += BLOCK) {
      const size = Math.min(BLOCK, length - start);
      for (let i = 0; i < size; i++) {
        const a = x[start + i];
        const b = y[start + i];
        const product = a * b;
        const magnitude = Math.abs(product);
        if (magnitude >= SMALL && Math.abs(a) <= LARGE && Math.abs(b) <= LARGE && magnitude !== Infinity) {
          products[i] = product;
          errors[i] = productError(a, b, product);
        } else {
          this.addProduct(a, b);
          products[i] = -0;
          errors[i] = -0;
        }
      }
      this.#addBlock(products, 0, size, 1);
      this.#addBlock(errors, 0, size, 2);
    }
    return this;
  }

  /** The sum, rounded once to nearest, ties to even; overflows to infinity. An empty sum is 0. */
  value(): number {
    if (this.#special !== 0) return this.#special;
    this.#carry();
    const digits = this.#digits;
    const negative = digits[DIGITS - 1] < 0;
    if (negative) {
      for (let k = 0; k < DIGITS; k++) digits[k] = -digits[k];
      this.#carry();
    }
    let top = DIGITS - 1;
    while (top >= 0 && digits[top] === 0) top--;
    if (top < 0) return this.#onlyNegativeZero && this.#any ? -0 : 0;
    const magnitude = roundDigits(digits, top);
    if (negative) for (let k = 0; k < DIGITS; k++) digits[k] = -digits[k];
    return negative ? -magnitude : magnitude;
  }
}

/** The power of two above a normal number > 0. */
function powerAbove(x: number): number {
  bits[0] = x;
  words[HIGH] = ((words[HIGH] >>> 20) + 1) << 20;
  words[1 - HIGH] = 0;
  return bits[0];
}

/** The double nearest to the number of the digits, each in [0, 2^32), the highest of them nonzero at `top`. */
function roundDigits(digits: Float64Array, top: number): number {
  const low = Math.max(top - 2, 0);
  let leading = 0n;
  for (let k = top; k >= low; k--) leading = (leading << 32n) | BigInt(digits[k]);
  let sticky = false;
  for (let k = low - 1; k >= 0 && !sticky; k--) sticky = digits[k] !== 0;
  // The sum is (leading + something below 1) * 2^place; the last bit of the result has weight 2^last.
  const place = 32 * low - BIAS;
  const last = Math.max(place + bitLength(leading) - 53, -1074);
  if (last > 971) return Infinity;
  const drop = BigInt(Math.max(last - place, 0));
  let kept = leading >> drop;
  const tail = leading - (kept << drop);
  const half = (1n << drop) >> 1n;
  if (drop > 0n && (tail > half || (tail === half && (sticky || (kept & 1n) === 1n)))) kept += 1n;
  const size = drop > 0n ? last : place;
  // In two steps, as 2^size may be subnormal; both are exact, or overflow.
  return size < -1000 ? Number(kept) * 2 ** (size + 100) * 2 ** -100 : Number(kept) * 2 ** size;
}

function sameLength(x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length)
    throw new Failure("domain", `a dot product of vectors of ${x.length} and ${y.length} elements`, {
      hint: "Both vectors need the same length.",
    });
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
  return new ExactSum().addAll(values).value();
}

/** The dot product, rounded once. The same for every order of the pairs. Fails ("domain") on different lengths. */
export function exactDot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return new ExactSum().addProducts(x, y).value();
}

/**
 * Neumaier's compensated sum: error at most one rounding of the result plus about n^2 2^-106 sum |x_i|. Depends on the order.
 * Where a partial sum overflows the result is that of the plain sum, infinite or NaN.
 */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    // TwoSum (Knuth): no branch.
    const x = values[i];
    const next = sum + x;
    const z = next - sum;
    lost += sum - (next - z) + (x - z);
    sum = next;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/**
 * Dot2: the dot product as if computed in twice the working precision, then rounded. Depends on the order. Where a factor is
 * too large to be split, the result is the exact one. Fails ("domain") on different lengths.
 */
export function compensatedDot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  sameLength(x, y);
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < x.length; i++) {
    const product = x[i] * y[i];
    const next = sum + product;
    const z = next - sum;
    lost += sum - (next - z) + (product - z) + productError(x[i], y[i], product);
    sum = next;
  }
  if (Number.isFinite(sum + lost) || !Number.isFinite(sum)) return sum + (Number.isFinite(sum) ? lost : 0);
  return exactDot(x, y);
}
