import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { check } from "../../test/support/bigfloat-vectors.ts";
import { bigfloat as F, Q, type Rational } from "./index.ts";

const mode = fc.constantFrom(...F.ROUNDING_MODES);
const precision = fc.integer({ min: 1, max: 200 });
const number = fc
  .tuple(fc.bigInt({ min: -(1n << 150n), max: 1n << 150n }), fc.integer({ min: -200, max: 200 }), precision)
  .map(([n, e, p]) => F.fromInteger(n, p, "nearest", e));

/** Is y the rounding of the rational x in this mode? By definition: between neighbours, on the right side. */
function isRounding(y: F.BigFloat, x: Rational, rounding: F.RoundingMode): boolean {
  const value = F.toRational(y);
  if (Q.equal(value, x)) return true;
  const below = F.toRational(F.nextDown(y));
  const above = F.toRational(F.nextUp(y));
  if (Q.compare(below, x) >= 0 || Q.compare(x, above) >= 0) return false;
  const larger = Q.compare(value, x) > 0;
  switch (rounding) {
    case "up":
      return larger;
    case "down":
      return !larger;
    case "zero":
      return larger === Q.sign(x) < 0;
    case "away":
      return larger === Q.sign(x) > 0;
    case "nearest": {
      const other = larger ? below : above;
      const nearer = Q.compare(Q.absolute(Q.subtract(x, value)), Q.absolute(Q.subtract(other, x)));
      return nearer < 0 || (nearer === 0 && (y.precision === 1 || (y.significand & 1n) === 0n));
    }
  }
}

test("arithmetic is the exact result rounded, in every mode", () => {
  fc.assert(
    fc.property(number, number, number, precision, mode, (a, b, c, p, m) => {
      const [x, y, z] = [a, b, c].map(F.toRational);
      const product = Q.multiply(x, y);
      for (const [found, exact] of [
        [F.add(a, b, p, m), Q.add(x, y)],
        [F.subtract(a, b, p, m), Q.subtract(x, y)],
        [F.multiply(a, b, p, m), product],
        [F.fma(a, b, c, p, m), Q.add(product, z)],
        [F.round(a, p, m), x],
      ] as const)
        expect(F.isZero(found) ? exact === 0 : isRounding(found, exact, m)).toBe(true);
      if (!F.isZero(b)) {
        const quotient = F.divide(a, b, p, m);
        expect(F.isZero(quotient) ? x === 0 : isRounding(quotient, Q.divide(x, y), m)).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a square root is between the roots of its neighbours and on the right side", () => {
  fc.assert(
    fc.property(number, precision, mode, (a, p, m) => {
      if (F.isZero(a)) return;
      const x = F.absolute(a);
      const s = F.sqrt(x, p, m);
      const square = (y: F.BigFloat): Rational => Q.power(F.toRational(y), 2);
      const order = Q.compare(square(s), F.toRational(x));
      if (order === 0) return;
      if (m === "up" || m === "away")
        expect(order > 0 && Q.compare(square(F.nextDown(s)), F.toRational(x)) < 0).toBe(true);
      else if (m !== "nearest") expect(order < 0 && Q.compare(square(F.nextUp(s)), F.toRational(x)) > 0).toBe(true);
      else {
        const other = order > 0 ? F.nextDown(s) : F.nextUp(s);
        const middle = Q.divide(Q.add(F.toRational(s), F.toRational(other)), 2);
        expect(Q.compare(Q.power(middle, 2), F.toRational(x)) * order).toBeLessThanOrEqual(0 + Number.EPSILON);
      }
    }),
    { numRuns: 500 },
  );
});

test("at 53 bits arithmetic is that of doubles; conversion keeps every double", () => {
  const double = fc.double({ noNaN: true, min: -1e100, max: 1e100 }).filter((x) => x === 0 || Math.abs(x) > 1e-100);
  fc.assert(
    fc.property(double, double, (x, y) => {
      const [a, b] = [F.fromNumber(x), F.fromNumber(y)];
      expect(F.toNumber(a)).toBe(x);
      expect(F.toNumber(F.add(a, b))).toBe(x + y);
      expect(F.toNumber(F.multiply(a, b))).toBe(x * y);
      expect(F.toNumber(F.divide(a, b))).toBe(x / y);
      expect(F.toNumber(F.sqrt(a))).toBe(Math.sqrt(x));
      if (x !== 0) expect(Number(String(a))).toBe(x);
    }),
    { numRuns: 2000 },
  );
  for (const x of [5e-324, 2 ** -1022, 3 * 2 ** -1074, Number.MAX_VALUE, -0, Infinity, -Infinity, Number.NaN])
    expect(F.toNumber(F.fromNumber(x))).toBe(x);
  expect(F.toNumber(F.fromInteger(3n, 10, "nearest", -1076))).toBe(5e-324);
  expect(F.toNumber(F.fromInteger(1n, 10, "nearest", -1075))).toBe(0);
  expect(F.toNumber(F.fromInteger(1n, 10, "nearest", -2000), "up")).toBe(5e-324);
});

test("texts read back", () => {
  fc.assert(
    fc.property(number, (a) => {
      expect(F.equal(F.parse(String(a), a.precision), a)).toBe(true);
      expect(F.equal(F.parse(F.hexadecimal(a), a.precision), a)).toBe(true);
    }),
    { numRuns: 500 },
  );
  expect(String(F.parse("0.1", 100))).toBe("0.1");
  expect(String(F.parse("1e23", 53))).toBe("1e+23");
  expect(F.toDigits(F.fromRational(Q.rational(2n, 3n), 100), 5)).toBe("0.66667");
  expect(F.toDigits(F.parse("9.9996", 60), 4)).toBe("10.00");
  expect(F.toDigits(F.parse("-2.5", 60), 1, "down")).toBe("-3");
  expect(F.hexadecimal(F.fromNumber(3))).toBe("0x1.8p+1");
  expect(["inf", "-inf", "nan", "-0"].map((text) => String(F.parse(text, 9)))).toEqual(["inf", "-inf", "nan", "-0"]);
  expect(() => F.parse("1.5x", 53)).toThrow("not a number");
});

test("special values", () => {
  const [one, inf, zero, minus] = [F.fromNumber(1), F.infinity(53), F.zero(53), F.zero(53, -1)];
  expect(F.isNaN(F.subtract(inf, inf))).toBe(true);
  expect(F.isNaN(F.multiply(inf, zero))).toBe(true);
  expect(F.isNaN(F.divide(zero, zero))).toBe(true);
  expect(String(F.divide(one, minus))).toBe("-inf");
  expect(String(F.subtract(one, one, 53, "down"))).toBe("-0");
  expect(String(F.sqrt(minus))).toBe("-0");
  expect(F.compare(F.nan(3), one)).toBeUndefined();
  expect(F.equal(zero, minus)).toBe(true);
  expect(String(F.exp(F.infinity(53, -1)))).toBe("0");
  expect(String(F.log(zero))).toBe("-inf");
  expect(String(F.exp(F.fromNumber(1e300)))).toBe("inf");
  expect(F.exp(F.fromNumber(1e300), 53, "zero").kind).toBe("normal");
  expect(String(F.exp(F.fromNumber(-1e300)))).toBe("0");
  expect(F.exp(F.fromNumber(-1e300), 53, "up").kind).toBe("normal");
});

test("special functions at special values, as MPFR has them", () => {
  const inf = F.infinity(53);
  const minus = F.infinity(53, -1);
  const zero = F.zero(53);
  const n = (value: number): F.BigFloat => F.fromNumber(value);
  for (const [found, text] of [
    [F.gamma(zero), "inf"],
    [F.gamma(F.zero(53, -1)), "-inf"],
    [F.gamma(n(-3)), "nan"],
    [F.gamma(n(20)), "121645100408832000"],
    [F.lgamma(n(-3)), "inf"],
    [F.digamma(zero), "-inf"],
    [F.digamma(F.zero(53, -1)), "inf"],
    [F.digamma(n(-1)), "nan"],
    [F.digamma(inf), "inf"],
    [F.zeta(n(1)), "inf"],
    [F.zeta(n(-4)), "0"],
    [F.zeta(zero), "-0.5"],
    [F.erf(minus), "-1"],
    [F.erfc(minus), "2"],
    [F.besselJ(0, zero), "1"],
    [F.besselJ(3, F.zero(53, -1)), "-0"],
    [F.besselJ(-3, F.zero(53, -1)), "0"],
    [F.besselJ(-3, zero), "-0"],
    [F.besselY(0, zero), "-inf"],
    [F.besselY(-1, zero), "inf"],
    [F.besselY(2, inf), "0"],
    [F.besselY(2, n(-1)), "nan"],
    [F.besselY(2, F.nan(53)), "nan"],
  ] as const)
    expect(String(found)).toBe(text);
  expect(() => F.besselY(1.5, n(1))).toThrow("an order is a whole number");
  expect(() => F.besselY(0, n(1e9))).toThrow("besselY is enclosed for |x| < 65536");
  expect(() => F.exp(n(1), 2 ** 30)).toThrow("a precision is a whole number");
  expect(() => F.besselY(0, n(1), 2 ** 25)).toThrow("a precision is a whole number");
});

test("exact cases end: powers, roots, logarithms of powers", () => {
  const n = (text: string): F.BigFloat => F.parse(text, 60);
  expect(String(F.pow(n("2.25"), n("1.5")))).toBe("3.375");
  expect(String(F.pow(n("-3"), n("3")))).toBe("-27");
  expect(String(F.pow(n("4"), n("-0.5")))).toBe("0.5");
  expect(String(F.log2(n("0.125")))).toBe("-3");
  expect(String(F.log10(n("1e15")))).toBe("15");
  expect(String(F.cbrt(n("-27")))).toBe("-3");
  expect(String(F.hypot(n("3"), n("4")))).toBe("5");
  expect(String(F.atan2(n("0"), n("1")))).toBe("0");
  expect(String(F.exp(F.parse("0x1p-1000000", 53), 53, "up"))).toBe("1.0000000000000002");
});

test("MPFR's results, five modes", () => {
  const lines = readFileSync(new URL("../../test/data/mpfr-vectors.txt", import.meta.url), "utf8")
    .trim()
    .split("\n");
  let compared = 0;
  for (const line of lines) {
    const wrong = check(line);
    if (wrong === undefined) continue;
    compared += 5;
    expect(wrong, line).toEqual([]);
  }
  expect(compared).toBeGreaterThan(1100);
});

test("erfc of tiny arguments is 1 - erf", () => {
  for (const e of [-20, -59, -60, -61, -150, -400])
    for (const sign of [1, -1]) {
      const x = F.scale(F.fromNumber(sign * 1.25), e);
      const sum = F.add(F.erfc(x, 900), F.erf(x, 900), 800);
      expect(F.toDigits(sum, 200)).toBe(F.toDigits(F.fromInteger(1n, 53), 200));
    }
});
