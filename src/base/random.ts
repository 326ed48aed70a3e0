// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy
// as 1, 2, 3", section 4). The value depends on (seed, stream, index) alone, so it is the same on every target and in
// every order of evaluation.

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the unsigned product of two 32-bit numbers. */
function mulhi(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  // No sum of two terms below exceeds 2^32 - 1, so that 32-bit integers do.
  const mid = (Math.imul(a1, b0) >>> 0) + (Math.imul(a0, b0) >>> 16);
  const mid2 = (Math.imul(a0, b1) >>> 0) + (mid & 0xffff);
  return (Math.imul(a1, b1) + (mid >>> 16) + (mid2 >>> 16)) >>> 0;
}

/** Philox4x32-10 of a 128-bit counter and a 64-bit key: four 32-bit words. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < 10; round++) {
    const h0 = mulhi(M0, c0);
    const l0 = Math.imul(M0, c0) >>> 0;
    const h1 = mulhi(M1, c2);
    const l1 = Math.imul(M1, c2) >>> 0;
    c0 = (h1 ^ c1 ^ k0) >>> 0;
    c1 = l1;
    c2 = (h0 ^ c3 ^ k1) >>> 0;
    c3 = l0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A stream of random numbers. `at(index)` is random access; `next()` walks. */
export class Random {
  readonly seed: number;
  readonly stream: number;
  index = 0;

  constructor(seed = 0, stream = 0) {
    this.seed = seed;
    this.stream = stream;
  }

  /** Uniform in [0, 1), 53 bits, of the given index (0 <= index < 2^53). */
  at(index: number): number {
    const counter: [number, number, number, number] = [
      index >>> 0,
      Math.floor(index / 2 ** 32) >>> 0,
      this.stream >>> 0,
      Math.floor(this.stream / 2 ** 32) >>> 0,
    ];
    const [a, b] = philox(counter, [this.seed >>> 0, Math.floor(this.seed / 2 ** 32) >>> 0]);
    return ((a >>> 5) * 67108864 + (b >>> 6)) / 2 ** 53;
  }

  /** The next uniform number in [0, 1). */
  next(): number {
    return this.at(this.index++);
  }
}
