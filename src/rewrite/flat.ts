// Helpers of flat storage: arrays that grow, and one step of a multiplicative hash.

/** A copy of twice the length. */
export function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

export function grownBytes(array: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Folds a 32-bit number into a hash. */
export function hashMix(hash: number, value: number): number {
  hash = Math.imul(hash ^ value, 0x85ebca6b);
  return (hash << 15) | (hash >>> 17);
}
