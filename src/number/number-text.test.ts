import fc from "fast-check";
import { expect, test } from "vitest";
import { compareExact, exact, numberOf, rationalOf } from "./exact.ts";
import { nextUp } from "./codes.ts";
import { formatNamed } from "./named-formats.ts";
import { hexFloat, readExact, shortestDecimal } from "./number-text.ts";
import * as Q from "./rational.ts";
import { roundExact } from "./round-exact.ts";

test("what a program prints for a double is that double, in decimal and hexadecimal", () => {
  fc.assert(
    fc.property(fc.double(), (x) => {
      const double = formatNamed("binary64");
      for (const text of [String(x), x.toPrecision(17), shortestDecimal(exact(x), double), hexFloat(exact(x))])
        if (!(Object.is(x, -0) && !text.includes("-"))) expect(numberOf(readExact(text)!)).toBe(x);
    }),
  );
});

test("longer decimals and decimals for wider formats are exact", () => {
  const half = formatNamed("binary16");
  expect(numberOf(roundExact(readExact("1.00048828125")!, half))).toBe(1);
  expect(numberOf(roundExact(readExact("1.000488281250000000000000000000001")!, half))).toBe(1 + 2 ** -10);
  expect(Q.toString(rationalOf(readExact("0.1", "exact")!))).toBe("1/10");
  expect(numberOf(readExact("0.1", "double")!)).toBe(0.1);
  for (const text of ["", "abc", "0x", "1e", "0xp3", "1e99999", "--1", "1,5"]) expect(readExact(text)).toBeUndefined();
  expect(readExact("-Infinity")).toMatchObject({ kind: "infinite", negative: true });
  expect(numberOf(readExact("-0")!)).toBe(-0);
});

test("binary128: the shortest decimal reads back as the value", () => {
  const quad = formatNamed("binary128");
  for (const [num, den] of [[1n, 10n], [1n, 3n], [2n, 3n], [10n ** 40n, 7n], [99999n, 100000n]]) {
    const x = roundExact(Q.rational(num, den), quad);
    const text = shortestDecimal(x, quad);
    expect(compareExact(roundExact(readExact(text, "exact")!, quad), x)).toBe(0);
    expect(text.length).toBeLessThan(42);
  } // oxfmt-ignore
  expect(shortestDecimal(roundExact(Q.rational(1n, 10n), quad), quad)).toBe("1e-1");
  expect(shortestDecimal(roundExact(Q.rational(2n ** 70n), quad), quad)).toBe("1.180591620717411303424e+21");
  expect(shortestDecimal(nextUp(quad, 0), quad)).toBe("6e-4966");
  expect(shortestDecimal(nextUp(formatNamed("p3109:k32p3se"), 0), formatNamed("p3109:k32p3se"))).toBe("0x1p-268435457");
});
