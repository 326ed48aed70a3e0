// Airy's function: values printed in DLMF and computed with mpmath to 30 digits, Wronskian-like identities, enclosure of wide balls.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { balls as B, bigfloat } from "./index.ts";

describe("airyAi and airyAiPrime", () => {
  // mpmath 1.3, airyai(x) and airyai(x, derivative=1) at 32 digits.
  test.each([
    [0, "0.355028053887817239260063186004", "-0.258819403792806798405183560189"],
    [1, "0.135292416312881415524147423515", "-0.159147441296793212787500252497"],
    [-7, "0.184280835250505637279941519817", "-0.771008168410126547731251654535"],
    [20, "1.69167286867054031355356021251e-27", "-7.58639162574835496051537170591e-27"],
    [-30, "-0.0879681884568421628326238583239", "1.22862060263748513470412761086"],
  ])("at %s", (x, value, slope) => {
    const at = bigfloat.fromNumber(x);
    expect(bigfloat.toDigits(bigfloat.airyAi(at, 120), 30)).toBe(value);
    expect(bigfloat.toDigits(bigfloat.airyAiPrime(at, 120), 30)).toBe(slope);
  });

  test("a wide ball contains the values at its points", () => {
    fc.assert(
      fc.property(fc.double({ min: -12, max: 8, noNaN: true }), fc.double({ min: 0, max: 0.5, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), (m, r, share) => {
        const wide = B.add(B.fromBigFloat(bigfloat.fromNumber(m)), B.multiply(B.ball(0n, 1n, 0, 64), B.fromBigFloat(bigfloat.fromNumber(r)), 80), 80);
        const point = B.add(B.fromBigFloat(bigfloat.fromNumber(m)), B.multiply(B.fromBigFloat(bigfloat.fromNumber(share)), B.fromBigFloat(bigfloat.fromNumber(r)), 200), 200);
        for (const f of [B.airyAi, B.airyAiPrime]) {
          const difference = B.subtract(f(wide, 80), f(point, 120), 120);
          expect(B.containsZero(difference)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  }); // oxfmt-ignore

  test("arguments too large are refused", () => {
    expect(() => B.airyAi(B.exact(5000), 53)).toThrow(/enclosed for \|x\| < 4096/);
    expect(bigfloat.isNaN(bigfloat.airyAi(bigfloat.infinity(53)))).toBe(true);
  });
});
