import fc from "fast-check";
import { expect, test } from "vitest";
import * as Q from "./rational.ts";

const big = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const nonzero = big.filter((n) => n !== 0n);
const anyRational = fc.tuple(big, nonzero).map(([n, d]) => Q.rational(n, d));

test("safe integers are numbers, everything else a reduced fraction", () => {
  expect(Q.rational(6n, 3n)).toBe(2);
  expect(Q.toString(Q.rational(-6n, -4n))).toBe("3/2");
  expect(Q.toString(Q.rational(10n ** 20n))).toBe("100000000000000000000");
  expect(() => Q.rational(1n, 0n)).toThrow("division by zero");
  expect(Object.is(Q.multiply(0, -1), 0)).toBe(true);
  expect(Object.is(Q.negate(0), 0)).toBe(true);
});

test("field laws hold exactly", () => {
  fc.assert(
    fc.property(anyRational, anyRational, anyRational, (a, b, c) => {
      expect(Q.equal(Q.multiply(a, Q.add(b, c)), Q.add(Q.multiply(a, b), Q.multiply(a, c)))).toBe(true);
      expect(Q.equal(Q.subtract(Q.add(a, b), b), a)).toBe(true);
      if (b !== 0) expect(Q.equal(Q.multiply(Q.divide(a, b), b), a)).toBe(true);
    }),
  );
});

test("to a double and back", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(Q.toNumber(Q.fromNumber(x))).toBe(x + 0);
    }),
  );
});

test("decimals are read exactly and give the double that JavaScript reads", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 ** 9 }),
      fc.integer({ min: 0, max: 10 ** 9 }),
      fc.integer({ min: -330, max: 300 }),
      (w, f, e) => {
        const text = `${w}.${f}e${e}`;
        expect(Q.toNumber(Q.parseDecimal(text)!)).toBe(Number(text));
      },
    ),
  );
  expect(Q.toString(Q.parseDecimal("0.1")!)).toBe("1/10");
  expect(Q.toNumber(Q.parseDecimal("4.9406564584124654e-324")!)).toBe(5e-324);
  expect(Q.toNumber(Q.parseDecimal("1e400")!)).toBe(Infinity);
  expect(Q.parseDecimal("1e99999")).toBeUndefined();
  expect(Q.parseDecimal(".")).toBeUndefined();
  expect(Q.parseDecimal("1.2.3")).toBeUndefined();
});

test("ties between doubles go to even", () => {
  expect(Q.toNumber(Q.rational(2n ** 53n + 1n))).toBe(2 ** 53);
  expect(Q.toNumber(Q.rational(2n ** 53n + 3n))).toBe(2 ** 53 + 4);
  expect(Q.toNumber(Q.rational(1n, 2n ** 1075n))).toBe(0);
  expect(Q.toNumber(Q.rational(3n, 2n ** 1075n))).toBe(1e-323);
});

test("powers", () => {
  expect(Q.power(2, 10)).toBe(1024);
  expect(Q.toString(Q.power(2, -3))).toBe("1/8");
  expect(() => Q.power(0, 0)).toThrow("0^0");
  expect(() => Q.power(0, -1)).toThrow("division by zero");
  expect(() => Q.power(2, 10 ** 9)).toThrow("bits");
  expect(Q.power(-1, 10 ** 9 + 1)).toBe(-1);
  // Millions of bits: in lowest terms without a greatest common divisor, and with the sign above.
  const long = Q.power(Q.rational(-(7n ** 18n), 2n ** 53n), -70_001);
  expect(Q.sign(long)).toBe(-1);
  expect(Q.denominator(long)).toBe(7n ** (18n * 70_001n));
});
