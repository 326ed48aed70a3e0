// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy
// as 1, 2, 3", section 4). The value depends on (seed, stream, index) alone, so it is the same on every target and in
// every order of evaluation.

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the unsigned product of two 32-bit numbers, as a signed integer. No sum below reaches 2^32. */
function mulhi(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const mid = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
  const mid2 = (Math.imul(a0, b1) + (mid & 0xffff)) | 0;
  return (Math.imul(a1, b1) + (mid >>> 16) + (mid2 >>> 16)) | 0;
}

/** Philox4x32-10 of the counter (c0, c1, c2, c3) and the key (k0, k1): four words, written to `words`. */
export function philoxWords(
  words: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  for (let round = 0; round < 10; round++) {
    const h0 = mulhi(M0, c0);
    const l0 = Math.imul(M0, c0);
    const h1 = mulhi(M1, c2);
    const l1 = Math.imul(M1, c2);
    c0 = h1 ^ c1 ^ k0;
    c1 = l1;
    c2 = h0 ^ c3 ^ k1;
    c3 = l0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

const block = new Uint32Array(4);

/** Philox4x32-10 of a 128-bit counter and a 64-bit key: four 32-bit words. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  philoxWords(block, counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
  return [block[0], block[1], block[2], block[3]];
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
