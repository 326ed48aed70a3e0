import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../base/index.ts";
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

describe("arrays of many blocks", () => {
  /** Doubles with exponents spread over `spread` binades, and a few of special size. */
  const values = (n: number, spread: number, seed: number): Float64Array => {
    const random = new Random(seed);
    return Float64Array.from(
      { length: n },
      () => (random.next() - 0.5) * 2 ** Math.floor((random.next() - 0.5) * spread),
    );
  };
  const oneByOne = (list: ArrayLike<number>): number => {
    const sum = new ExactSum();
    for (let i = 0; i < list.length; i++) sum.add(list[i]);
    return sum.value();
  };

  test("equal the sum element by element, whatever the spread, the length and the order", () => {
    for (const spread of [0, 40, 90, 200, 2000])
      for (const n of [1, 2, 63, 1023, 1024, 1025, 20_000]) {
        const x = values(n, spread, n + spread);
        const wanted = oneByOne(x);
        expect(exactSum(x)).toBe(wanted);
        expect(exactSum(x.toSorted((a, b) => a - b))).toBe(wanted);
        expect(exactSum(x.toSorted((a, b) => Math.abs(b) - Math.abs(a)))).toBe(wanted);
        const ones = new Float64Array(n).fill(1);
        expect(exactDot(x, ones)).toBe(wanted);
        expect(exactSum([...x, ...x.map((each) => -each)])).toBe(0);
      }
  });

  test("equal exact integer arithmetic on dot products", () => {
    for (const spread of [0, 60, 400]) {
      const [x, y] = [values(3000, spread, 1), values(3000, spread, 2)];
      const scale = 2n ** 1200n;
      let sum = 0n;
      for (let i = 0; i < x.length; i++) {
        const product = Q.multiply(Q.fromNumber(x[i]), Q.fromNumber(y[i]));
        sum += Q.numerator(Q.multiply(product, Q.rational(scale)));
      }
      expect(exactDot(x, y)).toBe(Q.toNumber(Q.rational(sum, scale)));
    }
  });

  test("blocks with zeros, infinities, NaN and the ends of the range", () => {
    const x = values(5000, 10, 3);
    for (const special of [Infinity, -Infinity, Number.NaN]) {
      const y = x.slice();
      y[4000] = special;
      expect(exactSum(y)).toBe(special);
    }
    expect(Object.is(exactSum(new Float64Array(3000).fill(-0)), -0)).toBe(true);
    const zeros = new Float64Array(3000);
    zeros[1500] = 5e-324;
    expect(exactSum(zeros)).toBe(5e-324);
    const huge = new Float64Array(4096).fill(Number.MAX_VALUE);
    expect(exactSum(huge)).toBe(Infinity);
    huge.fill(-Number.MAX_VALUE, 0, 2048);
    expect(exactSum(huge)).toBe(0);
    const powers = Float64Array.from({ length: 4096 }, (_, i) => 2 ** (i % 7));
    expect(exactSum(powers)).toBe(oneByOne(powers));
  });
});

describe("dot products", () => {
  const pair = fc.tuple(wild, wild);
  test("exactDot equals exact rational arithmetic, rounded once, whatever the products", () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), (pairs) => {
        const x = pairs.map(([a]) => a);
        const y = pairs.map(([, b]) => b);
        const wanted = Q.toNumber(
          pairs.reduce<Q.Rational>((sum, [a, b]) => Q.add(sum, Q.multiply(Q.fromNumber(a), Q.fromNumber(b))), 0),
        );
        expect(exactDot(x, y) + 0).toBe(wanted + 0);
      }),
      { numRuns: 500 },
    );
  });

  test("products may overflow or underflow on the way", () => {
    expect(exactDot([1e300, 1e300, 3], [1e300, -1e300, 5])).toBe(15);
    expect(exactDot([1e300, 1], [1e300, 1])).toBe(Infinity);
    const tiny = 2 ** -1074;
    expect(exactDot([tiny, 1], [tiny, 1])).toBe(1);
    expect(exactDot([1, 2 ** -53, tiny], [1, 1, tiny])).toBe(1 + 2 ** -52);
    expect(exactDot([tiny], [0.5])).toBe(0);
    expect(exactDot([tiny, tiny], [0.5, tiny])).toBe(tiny);
    expect(Object.is(exactDot([-0], [1]), -0)).toBe(true);
    expect(exactDot([Infinity, 1], [0, 1])).toBeNaN();
    expect(compensatedDot([2 ** 1000, 3], [2 ** -1000, 2 ** -60])).toBe(
      exactDot([2 ** 1000, 3], [2 ** -1000, 2 ** -60]),
    );
  });

  test("vectors of different lengths are refused", () => {
    expect(() => exactDot([1, 2], [1])).toThrow("2 and 1");
    expect(() => compensatedDot([1], [1, 2])).toThrow("1 and 2");
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
