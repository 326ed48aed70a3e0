// One step of a multiplicative hash of 32-bit numbers.

/** Folds a number into a hash. */
export function hashMix(hash: number, value: number): number {
  hash = Math.imul(hash ^ value, 0x85ebca6b);
  return (hash << 15) | (hash >>> 17);
}
