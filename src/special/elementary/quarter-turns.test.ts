// The reduction by three parts of pi/2: for each of the multiples up to the limit, the three f64 around it, in exact arithmetic.
import { expect, test } from "vitest";
import { HALF_PI_PARTS, LIMIT } from "./quarter-turns.ts";
import { TWO_OVER_PI } from "./polynomials-circular.ts";

const BITS = 300n;

/** x 2^300 for an f64 that is a multiple of 2^-300. */
function fixed(x: number): bigint {
  let shift = 0n;
  for (; !Number.isInteger(x); x *= 2) shift++;
  return (BigInt(x) << BITS) >> shift;
}

test("up to the limit three parts of pi/2 are enough next to every multiple", () => {
  // pi/2 from the bits of 2/pi.
  const inverse = TWO_OVER_PI.slice(0, 8).reduce((sum, word) => (sum << 64n) + BigInt.asUintN(64, word), 0n);
  const half = (1n << (512n + BITS)) / inverse;
  const parts = HALF_PI_PARTS.f64.map(fixed);
  const missing = half - parts.reduce((a, b) => a + b);
  const most = Math.round((LIMIT.f64 * 2) / Math.PI);
  expect(missing > 0n ? missing : -missing).toBeLessThan(1n << (BITS - 129n));
  // Products of n with the first two parts are exact.
  for (const [j, part] of HALF_PI_PARTS.f64.slice(0, 2).entries())
    for (const n of [most, most - 1, 2 ** 17 - 1]) expect(fixed(part * n)).toBe(parts[j] * BigInt(n));
  let worst = 0;
  for (let n = 1; n <= most; n++) {
    const multiple = BigInt(n) * half;
    // What the parts leave out, and the rounding of n times the third.
    const error = Number(BigInt(n) * (missing > 0n ? missing : -missing) + ((BigInt(n) * parts[2]) >> 53n));
    const place = 1n << BigInt(multiple.toString(2).length - 53);
    const below = multiple % place;
    const least = below < place - below ? below : place - below;
    worst = Math.max(worst, error / Number(least));
  }
  expect(worst).toBeLessThan(2 ** -60.9);
});
