import fc from "fast-check";
import { expect, test } from "vitest";
import type { Failure } from "../base/index.ts";
import { balls as B, bigfloat as F, Q, type Rational } from "./index.ts";

/** Functions by name. */
const [onFloats, onBalls] = [{ ...F }, { ...B }];

const rationalNumber = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 10n ** 8n }))
  .map(([n, d]) => Q.rational(n, d));
const precision = fc.integer({ min: 8, max: 300 });

/** A ball of this radius (in units of 2^-20) around x. */
const around = (x: Rational, radius: number, p: number): B.Ball =>
  B.add(B.fromRational(x, p), new B.Ball(0n, BigInt(radius), -20), p);

test("arithmetic contains the exact results of all points", () => {
  fc.assert(
    fc.property(rationalNumber, rationalNumber, fc.nat(5000), fc.nat(5000), precision, (x, y, r, s, p) => {
      const [a, b] = [around(x, r, p), around(y, s, p)];
      const moved = (z: Rational, by: number): Rational => Q.add(z, Q.rational(BigInt(by), 1n << 20n));
      for (const [u, v] of [
        [x, y],
        [moved(x, r), moved(y, s)],
        [moved(x, -r), moved(y, s)],
      ] as const) {
        expect(B.contains(B.add(a, b, p), Q.add(u, v))).toBe(true);
        expect(B.contains(B.subtract(a, b, p), Q.subtract(u, v))).toBe(true);
        expect(B.contains(B.multiply(a, b, p), Q.multiply(u, v))).toBe(true);
        expect(B.contains(B.square(a, p), Q.multiply(u, u))).toBe(true);
        if (!B.containsZero(b)) expect(B.contains(B.divide(a, b, p), Q.divide(u, v))).toBe(true);
      }
      expect(B.contains(B.absolute(a), Q.absolute(moved(x, -r)))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("functions of a ball contain the correctly rounded values at its points", () => {
  const names = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "sin",
    "cos",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "asin",
    "acos",
    "atanh",
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.integer({ min: -(2 ** 26), max: 2 ** 26 }),
      fc.nat(4000),
      fc.integer({ min: -4000, max: 4000 }),
      precision,
      (name, n, r, by, p) => {
        const small = name.startsWith("a") && name !== "atan" && name !== "asinh" && name !== "acosh";
        const e = small ? -27 : -20;
        const wide = new B.Ball(BigInt(n), BigInt(r), e);
        const point = F.fromInteger(BigInt(n + (Math.abs(by) <= r ? by : 0)), 60, "nearest", e);
        let found: B.Ball;
        try {
          found = onBalls[name](wide, p);
        } catch {
          return; // poles and domains: see below
        }
        const value = onFloats[name](point, 400);
        expect(B.contains(B.enlarge(found, new B.Ball(0n, 1n, value.top - 399), 1000), F.toRational(value))).toBe(true);
      },
    ),
    { numRuns: 1500 },
  );
});

test("special functions of a ball contain the correctly rounded values at its points", () => {
  const apply = {
    gamma: [(x, p) => B.gamma(x, p), (x, p) => F.gamma(x, p)],
    lgamma: [(x, p) => B.lgamma(x, p), (x, p) => F.lgamma(x, p)],
    digamma: [(x, p) => B.digamma(x, p), (x, p) => F.digamma(x, p)],
    zeta: [(x, p) => B.zeta(x, p), (x, p) => F.zeta(x, p)],
    erf: [(x, p) => B.erf(x, p), (x, p) => F.erf(x, p)],
    erfc: [(x, p) => B.erfc(x, p), (x, p) => F.erfc(x, p)],
    J0: [(x, p) => B.besselJ(0, x, p), (x, p) => F.besselJ(0, x, p)],
    J3: [(x, p) => B.besselJ(-3, x, p), (x, p) => F.besselJ(-3, x, p)],
    Y0: [(x, p) => B.besselY(0, x, p), (x, p) => F.besselY(0, x, p)],
    Y4: [(x, p) => B.besselY(4, x, p), (x, p) => F.besselY(4, x, p)],
  } satisfies Record<string, [(x: B.Ball, p: number) => B.Ball, (x: F.BigFloat, p: number) => F.BigFloat]>;
  let enclosed = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(apply)),
      fc.integer({ min: -(2 ** 23), max: 2 ** 23 }),
      fc.integer({ min: 0, max: 24 }),
      fc.integer({ min: -100, max: 100 }),
      precision,
      ([onBall, onFloat], n, width, share, p) => {
        const r = 2 ** width - 1;
        const wide = new B.Ball(BigInt(n), BigInt(r), -20);
        const point = F.fromInteger(BigInt(n + Math.trunc((r * share) / 100)), 60, "nearest", -20);
        let found: B.Ball;
        try {
          found = onBall(wide, p);
        } catch (error) {
          expect((error as Failure).kind).toMatch(/domain|numeric/);
          return;
        }
        enclosed++;
        const value = onFloat(point, 400);
        expect(B.contains(B.enlarge(found, new B.Ball(0n, 1n, value.top - 399), 1000), F.toRational(value))).toBe(true);
      },
    ),
    { numRuns: 1500 },
  );
  expect(enclosed).toBeGreaterThan(500);
});

test("special functions: a ball that swallows a pole is a failure that names the operation", () => {
  const unit = new B.Ball(0n, 1n, 0);
  expect(() => B.gamma(unit, 53)).toThrow("gamma at a pole");
  expect(() => B.gamma(new B.Ball(-2n, 1n, 0), 53)).toThrow("gamma at a pole");
  expect(() => B.gamma(B.exact(-2), 53)).toThrow("gamma at a pole");
  expect(() => B.lgamma(unit, 53)).toThrow("log gamma at a pole");
  expect(() => B.digamma(unit, 53)).toThrow("digamma at a pole");
  expect(() => B.zeta(B.ONE, 53)).toThrow("zeta at its pole");
  expect(() => B.zeta(new B.Ball(3n, 1n, -3), 53)).not.toThrow();
  expect(() => B.zeta(new B.Ball(9n, 2n, -3), 53)).toThrow("zeta at its pole");
  expect(() => B.zeta(unit, 53)).toThrow("zeta of a ball around zero");
  expect(() => B.besselY(0, unit, 53)).toThrow("besselY of a ball that reaches its pole 0");
  expect(() => B.besselY(0, B.ZERO, 53)).toThrow("besselY at its pole 0");
  expect(() => B.besselJ(0.5, unit, 53)).toThrow("besselJ: an order is a whole number");
  expect(() => B.fromBigFloat(F.nan(53))).toThrow("NaN is not in any ball");
  expect(() => B.fromBigFloat(F.infinity(53))).toThrow("an infinity is not in any ball");
});

test("identities hold, and balls shrink with the precision", () => {
  for (const p of [30, 100, 1000, 4000]) {
    const x = B.fromRational(Q.rational(12345n, 6789n), p);
    const [s, c] = B.sinCos(x, p);
    const one = B.add(B.square(s, p), B.square(c, p), p);
    expect(B.contains(one, 1)).toBe(true);
    expect(B.accuracy(one)).toBeGreaterThan(p - 12);
    const back = B.subtract(B.exp(B.log(x, p), p), x, p);
    expect(B.containsZero(back)).toBe(true);
    expect(B.top(back)).toBeLessThan(12 - p);
    const machin = B.subtract(
      B.multiply(B.exact(16), B.atan(B.fromRational(Q.rational(1n, 5n), p), p), p),
      B.multiply(B.exact(4), B.atan(B.fromRational(Q.rational(1n, 239n), p), p), p),
      p,
    );
    expect(B.containsZero(B.subtract(machin, B.constants.pi(p), p))).toBe(true);
  }
});

test("a pole or the end of a domain is a failure that names the operation", () => {
  const unit = new B.Ball(0n, 1n, 0);
  expect(() => B.divide(B.ONE, unit, 53)).toThrow("division by a ball that contains zero");
  expect(() => B.divide(B.ONE, B.ZERO, 53)).toThrow("division by zero");
  expect(() => B.log(unit, 53)).toThrow("log of a ball that reaches zero");
  expect(() => B.log(B.exact(-1), 53)).toThrow("log of a negative number");
  expect(() => B.sqrt(unit, 53)).toThrow("square root of a ball that reaches below zero");
  expect(() => B.tan(new B.Ball(3n, 1n, -1), 53)).toThrow("tan of a ball that may contain a pole");
  expect(() => B.atanh(unit, 53)).toThrow("atanh");
  expect(() => B.asin(B.exact(2), 53)).toThrow("asin of a number beyond 1");
  expect(() => B.atan2(unit, B.exact(-1), 53)).toThrow("the cut");
});

test("constants to published digits", () => {
  // OEIS A000796, A001113, A002162, A001620, A006752.
  const known = {
    pi: "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170680",
    e: "2.7182818284590452353602874713526624977572470936999595749669676277240766303535475945713821785251664274",
    ln2: "0.69314718055994530941723212145817656807550013436025525412068000949339362196969471560586332699641868754",
    euler: "0.57721566490153286060651209008240243104215933593992359880576723488486772677766467093694706329174674951",
    catalan:
      "0.915965594177219015054603514932384110774149374281672134266498119621763019776254769479356512926115106248574",
  } as const;
  for (const [name, digits] of Object.entries(known)) {
    const text = F.toDigits(onFloats[name as keyof typeof known](400), 98, "zero");
    expect(digits.startsWith(text), `${name} ${text}`).toBe(true);
  }
});
