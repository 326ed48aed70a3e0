import fc from "fast-check";
import { expect, test } from "vitest";
import { bigfloat as F, doubleDouble as D, intervals as I, Q, type Rational } from "./index.ts";

/** Functions by name. */
const [onFloats, onIntervals] = [{ ...F }, { ...I }];

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const inside = (a: I.Interval, x: Rational): boolean =>
  (a.lo === -Infinity || Q.compare(Q.fromNumber(a.lo), x) <= 0) &&
  (a.hi === Infinity || Q.compare(x, Q.fromNumber(a.hi)) <= 0);

test("ends of arithmetic are the doubles next outward", () => {
  fc.assert(
    fc.property(double, double, (x, y) => {
      const [a, b] = [I.interval(x), I.interval(y)];
      const [p, q] = [Q.fromNumber(x), Q.fromNumber(y)];
      const cases: [I.Interval, Rational][] = [
        [I.add(a, b), Q.add(p, q)],
        [I.subtract(a, b), Q.subtract(p, q)],
        [I.multiply(a, b), Q.multiply(p, q)],
      ];
      if (y !== 0) cases.push([I.divide(a, b), Q.divide(p, q)]);
      for (const [found, exact] of cases) {
        expect(inside(found, exact)).toBe(true);
        expect(
          found.hi === found.lo ||
            I.nextAbove(found.lo) === found.hi ||
            Math.abs(found.lo) < 1e-280 ||
            I.nextAbove(I.nextAbove(found.lo)) === found.hi,
        ).toBe(true);
      }
    }),
    { numRuns: 3000 },
  );
  expect(I.add(I.interval(1), I.interval(2))).toEqual({ lo: 3, hi: 3 });
  expect(I.divide(I.interval(1), I.interval(3))).toEqual({ lo: 1 / 3, hi: I.nextAbove(1 / 3) });
});

test("wide operands: every product and quotient of points is inside", () => {
  const small = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(small, small, small, small, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, c, d, t) => {
      const x = I.interval(Math.min(a, b), Math.max(a, b));
      const y = I.interval(Math.min(c, d), Math.max(c, d));
      const u = Math.min(x.hi, Math.max(x.lo, x.lo + t * (x.hi - x.lo)));
      const v = Math.min(y.hi, Math.max(y.lo, y.hi - t * (y.hi - y.lo)));
      expect(inside(I.multiply(x, y), Q.multiply(Q.fromNumber(u), Q.fromNumber(v)))).toBe(true);
      if (I.contains(y, 0)) expect(() => I.divide(x, y)).toThrow("division by an interval that contains zero");
      else expect(inside(I.divide(x, y), Q.divide(Q.fromNumber(u), Q.fromNumber(v)))).toBe(true);
      for (const f of ["sin", "cos", "exp", "atan", "tanh"] as const) {
        const point = Math.max(-600, Math.min(600, u));
        const wide = I.interval(Math.max(-600, Math.min(x.lo, point)), Math.min(600, Math.max(x.hi, point)));
        expect(
          inside(onIntervals[f](wide), F.toRational(onFloats[f](F.fromNumber(point), 53, "nearest"))) ||
            onIntervals[f](wide).lo === onIntervals[f](wide).hi,
        ).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("turning points are inside", () => {
  expect(I.sin(I.interval(1, 2)).hi).toBe(1);
  expect(I.sin(I.interval(4, 5)).lo).toBe(-1);
  expect(I.cos(I.interval(-1, 1)).hi).toBe(1);
  expect(I.cos(I.interval(3, 4)).lo).toBe(-1);
  expect(I.sin(I.interval(0, 100))).toEqual({ lo: -1, hi: 1 });
  expect(I.cosh(I.interval(-1, 2)).lo).toBe(1);
  expect(() => I.log(I.interval(-1, 1))).toThrow("log of an interval that leaves");
  expect(() => I.interval(2, 1)).toThrow("not an interval");
});

test("double-double: error-free transformations are exact, operations within their bounds", () => {
  const moderate = fc.double({ noNaN: true, min: -1e60, max: 1e60 }).filter((x) => x === 0 || Math.abs(x) > 1e-60);
  fc.assert(
    fc.property(moderate, moderate, moderate, moderate, (a, b, c, d) => {
      const [s, e] = D.twoSum(a, b);
      expect(Q.equal(Q.add(Q.fromNumber(s), Q.fromNumber(e)), Q.add(Q.fromNumber(a), Q.fromNumber(b)))).toBe(true);
      const [p, f] = D.twoProduct(a, b);
      expect(Q.equal(Q.add(Q.fromNumber(p), Q.fromNumber(f)), Q.multiply(Q.fromNumber(a), Q.fromNumber(b)))).toBe(true);
      const pair = (hi: number, lo: number): D.DoubleDouble => D.add(D.fromDouble(hi), D.fromDouble(lo * 2 ** -60));
      const [x, y] = [pair(a, c), pair(b, d)];
      const [u, v] = [D.toRational(x), D.toRational(y)];
      const near = (found: D.DoubleDouble, exact: Rational, units: number): void =>
        expect(
          Q.compare(
            Q.absolute(Q.subtract(D.toRational(found), exact)),
            Q.multiply(Q.absolute(exact), Q.rational(BigInt(units), 1n << 106n)),
          ),
        ).toBeLessThanOrEqual(0);
      near(D.add(x, y), Q.add(u, v), 4);
      near(D.multiply(x, y), Q.multiply(u, v), 8);
      if (v !== 0) near(D.divide(x, y), Q.divide(u, v), 16);
    }),
    { numRuns: 1000 },
  );
});
