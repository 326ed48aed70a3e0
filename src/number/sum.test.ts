import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Q from "./rational.ts";
import { compensatedDot, compensatedSum, ExactSum, exactDot, exactSum } from "./sum.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Values that cancel: powers of two of any size with a few bits. */
const wild = fc.oneof(
  finite,
  fc
    .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -1074, max: 1000 }))
    .map(([m, e]) => (e < -1000 ? m * 2 ** -1000 * 2 ** (e + 1000) : m * 2 ** e)),
);

const exact = (values: readonly number[]): number =>
  Q.toNumber(values.reduce<Q.Rational>((sum, x) => Q.add(sum, Q.fromNumber(x)), 0));

describe("correctly rounded sums", () => {
  test("equal exact rational arithmetic, rounded once", () => {
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 40 }), (values) => {
        expect(exactSum(values) + 0).toBe(exact(values) + 0);
      }),
      { numRuns: 500 },
    );
  });

  test("do not depend on order or grouping", () => {
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 60 }), fc.integer({ min: 0, max: 60 }), (values, cut) => {
        const whole = exactSum(values);
        expect(exactSum([...values].reverse())).toBe(whole);
        const [a, b] = [new ExactSum(), new ExactSum()];
        values.forEach((x, i) => (i < cut ? a : b).add(x));
        expect(a.merge(b).value()).toBe(whole);
      }),
    );
  });

  test("known cases", () => {
    expect(exactSum([1e308, 1e308, -1e308])).toBe(1e308);
    expect(exactSum([1e308, 1e308])).toBe(Infinity);
    expect(exactSum([1, 2 ** -53])).toBe(1);
    expect(exactSum([1, 2 ** -53, 2 ** -1074])).toBe(1 + 2 ** -52);
    expect(exactSum([5e-324, -5e-324])).toBe(0);
    expect(Object.is(exactSum([-0, -0]), -0)).toBe(true);
    expect(Object.is(exactSum([]), 0)).toBe(true);
    expect(exactSum([Infinity, -Infinity])).toBeNaN();
    expect(exactSum([Infinity, 1])).toBe(Infinity);
    expect(exactSum([1, Number.NaN])).toBeNaN();
  });

  test("carries survive millions of additions", () => {
    const sum = new ExactSum();
    const n = 1_500_000;
    const x = 1 - 2 ** -53;
    for (let i = 0; i < n; i++) sum.add(x);
    expect(sum.value()).toBe(Q.toNumber(Q.multiply(n, Q.fromNumber(x))));
    for (let i = 0; i < n; i++) sum.add(-x);
    expect(sum.value()).toBe(0);
  });
});

describe("dot products", () => {
  const pair = fc.tuple(wild, wild);
  test("exactDot equals exact rational arithmetic, rounded once, or says NaN where bits lie below its range", () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), (pairs) => {
        const got = exactDot(
          pairs.map(([x]) => x),
          pairs.map(([, y]) => y),
        );
        const wanted = Q.toNumber(
          pairs.reduce<Q.Rational>((sum, [x, y]) => Q.add(sum, Q.multiply(Q.fromNumber(x), Q.fromNumber(y))), 0),
        );
        const small = pairs.some(([x, y]) => x !== 0 && y !== 0 && Math.abs(x) * Math.abs(y) < 2 ** -950);
        const huge = pairs.some(([x, y]) => !Number.isFinite(x * y));
        if (!(Number.isNaN(got) && small) && !huge) expect(got + 0).toBe(wanted + 0);
      }),
      { numRuns: 500 },
    );
  });

  test("compensated forms are as good as twice the precision", () => {
    // Ill-conditioned: the plain sum has no correct digit.
    const x = [1e16, 1, -1e16, 3, 2 ** -30];
    expect(compensatedSum(x)).toBe(exactSum(x));
    expect(x.reduce((a, b) => a + b, 0)).not.toBe(exactSum(x));
    const a = [1e10, 1.5, -1e10, 1 / 3];
    const b = [1e10, 2, 1e10, 3];
    expect(compensatedDot(a, b)).toBe(exactDot(a, b));
  });
});
