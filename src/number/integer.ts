// Helpers on BigInt that all numbers of arbitrary precision share: length in bits, square and higher roots, shifts.
// Square root: the adaptive Newton iteration of Zimmermann and Brent (Modern Computer Arithmetic, 2010, algorithm 1.12,
// with the precision doubled each step, as in Python's math.isqrt).

const view = new DataView(new ArrayBuffer(8));

/** Number of bits of |n|; 0 for 0. */
export function bitLength(n: bigint): number {
  if (n < 0n) n = -n;
  const near = Number(n);
  if (near < 9007199254740992)
    return near === 0 ? 0 : near < 4294967296 ? 32 - Math.clz32(near) : 64 - Math.clz32(near / 4294967296);
  if (near !== Infinity) {
    view.setFloat64(0, near);
    const high = view.getUint32(0);
    const length = (high >>> 20) - 1022;
    // Conversion may have rounded up to a power of two.
    if ((high & 0xfffff) === 0 && view.getUint32(4) === 0 && n >> BigInt(length - 1) === 0n) return length - 1;
    return length;
  }
  return longLength(n);
}

/** The same for n of more than 1023 bits: by comparing with powers of two, which costs a word each. */
function longLength(n: bigint): number {
  let low = KEPT_POWERS;
  if (n >= powerOfTwo(KEPT_POWERS)) {
    // Twice as far until nothing is left.
    while (n >> BigInt(2 * low) !== 0n) low *= 2;
    return low + bitLength(n >> BigInt(low));
  }
  low = 512;
  for (let step = KEPT_POWERS / 2; step >= 512; step /= 2)
    if (low + step < KEPT_POWERS && n >= powerOfTwo(low + step)) low += step;
  return low + bitLength(n >> widthOf(low));
}

/** Length in bits of n > 0 when it is known to lie in guess .. guess + 900: without reading all of n. */
export function bitLengthFrom(n: bigint, guess: number): number {
  if (guess <= 64) return bitLength(n);
  const top = n >> BigInt(guess - 64);
  return top === 0n ? bitLength(n) : guess - 64 + bitLength(top);
}

/** Up to this many bits, powers of two and widths of shifts are kept once made. */
export const KEPT_POWERS = 8192;
const powers = new Array<bigint | undefined>(KEPT_POWERS + 1).fill(undefined);
const widths = new Array<bigint | undefined>(KEPT_POWERS + 1).fill(undefined);

/** 2^k, k >= 0. */
export function powerOfTwo(k: number): bigint {
  if (k > KEPT_POWERS) return 1n << BigInt(k);
  return powers[k] ?? (powers[k] = 1n << BigInt(k));
}

/** k >= 0 as a bigint, for shifts. */
export function widthOf(k: number): bigint {
  if (k > KEPT_POWERS) return BigInt(k);
  return widths[k] ?? (widths[k] = BigInt(k));
}

/** Number of zero bits below the lowest one of n != 0. */
export function trailingZeros(n: bigint): number {
  let count = 0;
  for (let width = 64; ; width *= 2) {
    const low = BigInt.asUintN(width, n);
    if (low === 0n) continue;
    let bits = low;
    for (let step = width / 2; step >= 1; step /= 2)
      if (BigInt.asUintN(step, bits) === 0n) {
        bits >>= BigInt(step);
        count += step;
      }
    return count;
  }
}

/** n * 2^k, rounded down for k < 0. */
export function shift(n: bigint, k: number): bigint {
  return k >= 0 ? n << BigInt(k) : n >> BigInt(-k);
}

/** floor(sqrt(n)) for n >= 0. */
export function squareRoot(n: bigint): bigint {
  if (n < 0x10000000000000n) return BigInt(Math.floor(Math.sqrt(Number(n))));
  const c = (bitLength(n) - 1) >> 1;
  let a = 1n;
  let d = 0;
  for (let s = 31 - Math.clz32(c); s >= 0; s--) {
    const e = d;
    d = c >> s;
    if (d <= 25) {
      // The root of the top 2 d + 1 or 2 d + 2 bits fits a double.
      a = BigInt(Math.floor(Math.sqrt(Number(n >> BigInt(2 * c - 2 * d)))));
      continue;
    }
    a = (a << BigInt(d - e - 1)) + (n >> BigInt(2 * c - e - d + 1)) / a;
  }
  return a * a > n ? a - 1n : a;
}

/** floor(n^(1/k)) for n >= 0, k >= 1, by Newton's iteration from above. */
export function root(n: bigint, k: number): bigint {
  if (k === 1 || n < 2n) return n;
  if (k === 2) return squareRoot(n);
  const length = bitLength(n);
  if (k >= length) return 1n;
  const degree = BigInt(k);
  let x: bigint;
  if (length > 40 * k) {
    // Half of the bits first, then one or two steps.
    const cut = Math.floor(length / (2 * k));
    x = (root(n >> BigInt(cut * k), k) + 1n) << BigInt(cut);
  } else x = 1n << BigInt(Math.ceil(length / k));
  for (;;) {
    const next = ((degree - 1n) * x + n / x ** (degree - 1n)) / degree;
    if (next >= x) return x;
    x = next;
  }
}
