// Taylor coefficients, Pade approximants, continued fractions and asymptotic series against closed forms and BigFloat.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { type Ball, balls as B, BigFloat, bigfloat as F, Q, type Rational } from "../number/index.ts";
import { evaluateBall, parse } from "../term/index.ts";
import { asymptoticSum } from "./asymptotic.ts";
import { continuedFraction, convergents, fractionAt, fractionValue, seriesFraction } from "./continued-fraction.ts";
import { pade, padeValue } from "./pade.ts";
import { taylor } from "./taylor.ts";

function failure(kind: Failure["kind"], call: () => unknown): Failure {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).kind).toBe(kind);
    return error as Failure;
  }
  throw new Error("nothing was thrown");
}

const text = (list: readonly Rational[]): string => list.map((each) => Q.toString(each)).join(" ");
const q = (n: number, d = 1): Rational => Q.rational(BigInt(n), BigInt(d));
const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1));
const contains = (ball: Ball, x: BigFloat): boolean => B.contains(ball, F.toRational(x));

describe("taylor", () => {
  test.each([
    ["1/(1 - x - x^2)", "1 1 2 3 5 8 13"],
    ["x/(exp(x) - 1)", "1 -1/2 1/12 0 -1/720 0 1/30240"],
    ["sec(x)", "1 0 1/2 0 5/24 0 61/720"],
    ["tan(x)", "0 1 0 1/3 0 2/15 0"],
    ["(x - sin(x))/x^3", "1/6 0 -1/120 0 1/5040 0 -1/362880"],
    ["(1 - sqrt(1 - 4*x))/(2*x)", "1 1 2 5 14 42 132"],
    ["exp(exp(x) - 1)", "1 1 1 5/6 5/8 13/30 203/720"],
    ["besselJ(1, x)", "0 1/2 0 -1/16 0 1/384 0"],
    ["(1 + x)^x", "1 0 1 -1/2 5/6 -3/4 33/40"],
    ["7", "7 0 0 0 0 0 0"],
  ])("%s", (source, wanted) => {
    expect(text(taylor(source, { order: 6 }))).toBe(wanted);
  });

  test("about another point, and cancellation to zero", () => {
    expect(text(taylor("x^3", { at: 2, order: 4 }))).toBe("8 12 6 1 0");
    expect(text(taylor("sqrt(x)", { at: 4, order: 2 }))).toBe("2 1/4 -1/64");
    expect(text(taylor("log(x)", { at: 1, order: 3 }))).toBe("0 1 -1/2 1/3");
    expect(text(taylor("sin(x)^2 + cos(x)^2", { order: 5 }))).toBe("1 0 0 0 0 0");
    expect(text(taylor("cbrt(x)", { at: -8, order: 1 }))).toBe("-2 1/12");
  });

  test("the series of every function adds up to its value", () => {
    const sources = ["exp(x)", "log(x)", "log2(x)", "log10(x)", "sqrt(x)", "cbrt(x)", "sin(x)", "cos(x)", "tan(x)", "cot(x)", "sec(x)", "csc(x)", "asin(x)", "acos(x)", "atan(x)", "sinh(x)", "cosh(x)", "tanh(x)", "asinh(x)", "acosh(3*x + 1/2)", "atanh(x)", "erf(x)", "erfc(x)", "x^pi", "besselJ(3, 4*x)", "besselY(1, x + 1)", "airyAi(x)", "airyAiPrime(x^2)", "abs(x - 1)", "exp(-x^2)*sin(3*x)/(x + 2)"]; // oxfmt-ignore
    const [at, step] = [q(2, 5), q(1, 256)];
    const place = parse("2/5 + 1/256");
    for (const source of sources) {
      const c = taylor(source, { at, order: 40, precision: 150 });
      const h = B.fromRational(step, 300);
      const sum = c.reduceRight((rest, each) => B.add(B.multiply(rest, h, 300), each, 300), B.ZERO);
      const difference = B.subtract(sum, evaluateBall(parse(source), 300, { at: { x: place } }), 300);
      // Radii of convergence are at least a tenth: what is left out is below (10/256)^40.
      expect([source, Math.abs(F.toNumber(difference.mid)) + F.toNumber(difference.radius) < 2 ** -140]).toEqual([source, true]); // oxfmt-ignore
    }
  });

  test("balls contain the rationals", () => {
    for (const source of ["exp(sin(x))", "1/(2 + tan(x))", "sqrt(1 + x + x^2)*0 + log(1 + x)"]) {
      const exact = taylor(source, { order: 12 });
      taylor(source, { order: 12, precision: 80 }).forEach((ball, k) => {
        expect(B.contains(ball, exact[k])).toBe(true);
        expect(F.toNumber(ball.radius)).toBeLessThan(2 ** -80);
      });
    }
  });

  test("what is no power series is refused", () => {
    expect(failure("domain", () => taylor("1/sin(x)^2")).message).toContain("pole of order 2");
    failure("domain", () => taylor("log(x)"));
    failure("domain", () => taylor("sqrt(x)"));
    failure("domain", () => taylor("abs(x)"));
    failure("domain", () => taylor("exp(1/x)"));
    failure("unsupported", () => taylor("erf(x)"));
    failure("unsupported", () => taylor("sin(x)", { at: 1 }));
    failure("unsupported", () => taylor("gamma(x)", { at: 1 }));
    failure("unsolved", () => taylor("1/(sin(x)^2 + cos(x)^2 - 1)"));
    failure("unsolved", () => taylor("exp(sin(x))", { order: 1500, budget: { time_ms: 50 } }));
    failure("name", () => taylor("x*y"));
    failure("usage", () => taylor("x", { order: -1 }));
    failure("usage", () => taylor("x", { at: NaN }));
    failure("usage", () => taylor("x", { precision: 0 }));
  });
});

describe("pade", () => {
  test("of the exponential, in closed form", () => {
    const c = Array.from({ length: 12 }, (_, k) => Q.rational(1n, factorial(k)));
    for (const [m, n] of [
      [3, 3],
      [0, 4],
      [5, 2],
      [4, 0],
    ] as const) {
      // oxfmt-ignore
      const side = (a: number, b: number, sign: bigint): Rational[] =>
        Array.from({ length: a + 1 }, (_, j) =>
          Q.rational(
            sign ** BigInt(j) * factorial(a + b - j) * factorial(a),
            factorial(a + b) * factorial(j) * factorial(a - j),
          ),
        );
      const found = pade(c, [m, n]);
      expect(text(found.numerator)).toBe(text(side(m, n, 1n)));
      expect(text(found.denominator)).toBe(text(side(n, m, -1n)));
      expect(found).toMatchObject({ agreement: m + n + 1, exact: false, exists: true, degenerate: false });
    }
  });

  test("a rational function is found again from any degrees that hold it, and its block is noticed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 0, maxLength: 3 }),
        fc.nat(2),
        fc.nat(2),
        (top, bottom, extraM, extraN) => {
          const [p, d] = [top, [1, ...bottom]];
          const [m, n] = [p.length - 1 + extraM, d.length - 1 + extraN];
          const c: Rational[] = [];
          for (let k = 0; k < m + n + 6; k++)
            c.push(d.slice(1).reduce<Rational>((sum, x, j) => (j < k ? Q.subtract(sum, Q.multiply(x, c[k - 1 - j])) : sum), p[k] ?? 0)); // oxfmt-ignore
          const found = pade(c, [m, n]);
          expect(found.exact && found.exists).toBe(true);
          // The value is that of the function.
          const x = q(1, 97);
          const value = (list: readonly number[]): Rational => list.reduceRight<Rational>((sum, a) => Q.add(Q.multiply(sum, x), a), 0); // oxfmt-ignore
          expect(Q.equal(padeValue(found, x), Q.divide(value(p), value(d)))).toBe(true);
          if (extraM > 0 && extraN > 0) expect(found.degenerate).toBe(true);
          if (p[0] === 0) return;
          const floats = pade(c.map((each) => F.fromRational(each, 200)), [m, n]); // oxfmt-ignore
          expect(floats.numerator.length).toBe(found.numerator.length);
          floats.denominator.forEach((each, j) => expect(F.toNumber(each)).toBeCloseTo(Q.toNumber(found.denominator[j]), 12)); // oxfmt-ignore
        },
      ),
      { numRuns: 80, seed: 5 },
    );
  });

  test("degrees of which there is none", () => {
    // 1 + x^2 + ...: q(x) = 1 + b x would need b = 1/0.
    const found = pade([1, 0, 1, 0, 0], [1, 1]);
    expect(found).toMatchObject({ exists: false, degenerate: true, agreement: 2 });
    expect(text(found.numerator)).toBe("1");
    const cosine = taylor("cos(x)", { order: 8 });
    expect(pade(cosine, [3, 3])).toMatchObject({ exists: false });
    expect(text(pade(cosine, [2, 2]).numerator)).toBe("1 0 -5/12");
    const long = Array.from({ length: 801 }, (_, k) => Q.rational(1n, BigInt(k * k + 1)));
    failure("unsolved", () => pade(long, [400, 400], { budget: { time_ms: 50 } }));
    failure("unsolved", () => seriesFraction(long, { budget: { time_ms: 50 } }));
    failure("usage", () => pade([1, 2], [1, 1]));
    failure("usage", () => pade([1, 2], [-1, 1]));
    failure("domain", () => padeValue(pade([1, 1, 1], [0, 1]), 1));
    failure("domain", () => pade([F.nan(53), F.fromNumber(1), F.fromNumber(1)], [1, 1]));
    expect(text(pade([0, 0, 0], [1, 1]).numerator)).toBe("0");
  });
});

describe("continued fractions", () => {
  test("of rationals and of numbers in balls", () => {
    expect(continuedFraction(q(415, 93))).toEqual({ quotients: [4n, 2n, 6n, 7n], exact: true });
    expect(continuedFraction(q(-3, 2)).quotients).toEqual([-2n, 2n]);
    const e = continuedFraction(B.constants.e(200));
    expect(e.exact).toBe(false);
    expect(e.quotients.length).toBeGreaterThan(40);
    // Euler: 2; 1, 2, 1, 1, 4, 1, 1, 6, 1, ...
    e.quotients.slice(1).forEach((each, i) => expect(each).toBe(i % 3 === 1 ? BigInt((2 * (i + 2)) / 3) : 1n));
    const pi = continuedFraction(B.constants.pi(120)).quotients;
    expect(pi.slice(0, 8)).toEqual([3n, 7n, 15n, 1n, 292n, 1n, 1n, 1n]);
    expect(Q.toString(convergents(pi)[3])).toBe("355/113");
    failure("usage", () => continuedFraction(Infinity));
  });

  test("all quotients of a ball are right, and no more are given than it decides", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), fc.integer({ min: 1, max: 10 ** 9 }), (n, d) => {
        const exact = continuedFraction(q(n, d)).quotients;
        const ball = B.enlarge(B.fromRational(q(n, d), 90), B.exact(1, -50), 90);
        const known = continuedFraction(ball).quotients;
        expect(exact.slice(0, known.length)).toEqual(known);
        expect(Q.equal(convergents(exact).at(-1)!, q(n, d))).toBe(true);
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  test("values with a bound", () => {
    // Brouncker: 4/pi = 1 + 1^2/(3 + 2^2/(5 + ...)); golden ratio; tan 1 = 1/(1 - 1/(3 - 1/(5 - ...))), from b_1 = 3 on.
    const brouncker = fractionValue(
      { a: (k) => k * k, b: (k) => 2 * k + 1 },
      { elements: "positive", relative: 1e-30 },
    );
    const four = F.divide(F.fromNumber(4), F.pi(300), 300);
    expect(brouncker.evidence[0].grade).toBe("bounded");
    expect(contains(brouncker.ball, four)).toBe(true);
    expect(brouncker.evidence[0].bound).toBeLessThan(2e-30);
    const golden = fractionValue({ a: () => 1, b: () => 1 }, { elements: "positive" });
    expect(F.toNumber(golden.value)).toBeCloseTo((1 + Math.sqrt(5)) / 2, 15);
    const cot = fractionValue({ a: () => -1, b: (k) => 2 * k + 1 }, { elements: "pringsheim", relative: 1e-40 });
    expect(contains(cot.ball, F.divide(F.fromNumber(1), F.tan(F.fromNumber(1), 300), 300))).toBe(true);
    const free = fractionValue({ a: () => -1, b: (k) => 2 * k + 1 });
    expect(free.evidence[0].grade).toBe("estimated");
    expect(F.toNumber(free.value)).toBeCloseTo(1 / Math.tan(1), 15);
  });

  test("conditions that do not hold, slow convergence and bad input", () => {
    failure("usage", () => fractionValue({ a: () => -1, b: () => 3 }, { elements: "positive" }));
    failure("usage", () => fractionValue({ a: () => 1, b: () => 1 }, { elements: "pringsheim" }));
    failure("usage", () => fractionValue({ a: () => 1, b: () => 1 }, { relative: 2 }));
    failure("unsolved", () => fractionValue({ a: () => -1, b: () => 1 }, { budget: { steps: 200 } }));
    failure("unsolved", () => fractionValue({ a: () => -1, b: () => 2 }, { elements: "pringsheim", budget: { steps: 500 } })); // oxfmt-ignore
  });

  test("of a series: known elements, values, and the end of rational functions", () => {
    const log = seriesFraction(taylor("log(1 + x)", { order: 8 }));
    expect(text(log.parts.map((part) => part.coefficient))).toBe("1 1/2 1/6 1/3 1/5 3/10 3/14 2/7");
    const atan = seriesFraction(taylor("atan(x)", { order: 31 }));
    expect(atan.parts[0].power).toBe(1);
    expect(atan.parts.slice(1).every(({ power }) => power === 2)).toBe(true);
    const value = fractionValue(fractionAt(atan, 1));
    expect(F.toNumber(value.value)).toBeCloseTo(Math.PI / 4, 11);
    const rational = seriesFraction(taylor("(1 + 2*x)/(1 - x + 3*x^2)", { order: 30 }));
    expect(rational.parts.length).toBeLessThan(6);
    const at = fractionValue(fractionAt(rational, q(1, 3)));
    expect(at.evidence[0].grade).toBe("proved");
    expect(B.contains(at.ball, Q.divide(q(5, 3), q(1)))).toBe(true);
    failure("usage", () => seriesFraction([]));
  });
});

describe("asymptotic series", () => {
  // Bernoulli numbers from their exponential series.
  const bernoulli = taylor("x/(exp(x) - 1)", { order: 120 }).map((c, k) => Q.multiply(c, Q.rational(factorial(k))));

  /** log gamma(x) by Stirling's series at a precision. */
  function stirling(x: number, precision: number): { value: BigFloat; error: BigFloat; terms: number; ended: string } {
    const p = precision + 40;
    const X = F.fromNumber(x, p);
    const half = F.fromNumber(0.5, p);
    const head = F.add(
      F.subtract(F.multiply(F.subtract(X, half, p), F.log(X, p), p), X, p),
      F.multiply(half, F.log(F.scale(F.pi(p), 1), p), p),
      p,
    );
    const tail = asymptoticSum(
      (k) =>
        2 * k + 2 >= bernoulli.length
          ? undefined
          : F.fromRational(
              Q.divide(
                bernoulli[2 * k + 2],
                Q.multiply((2 * k + 2) * (2 * k + 1), Q.power(Q.fromNumber(x), 2 * k + 1)),
              ),
              p,
            ),
      { precision: p, enveloping: true },
    );
    return { ...tail, value: F.add(head, tail.value, p) };
  }

  test("Stirling's series: the bound holds and the smallest term ends it", () => {
    for (const x of [1, 2.5, 4, 6]) {
      const { value, error, ended, terms } = stirling(x, 200);
      expect(ended).toBe("smallest");
      expect(Math.abs(terms - Math.PI * x)).toBeLessThan(3);
      const truth = F.lgamma(F.fromNumber(x, 300), 300);
      const miss = F.absolute(F.subtract(value, truth, 300));
      expect(F.compare(miss, error)! <= 0).toBe(true);
      // The bound is of the right size, not merely large.
      expect(F.toNumber(error)).toBeLessThan(3 * Math.exp(-2 * Math.PI * x));
    }
    expect(stirling(50, 60).ended).toBe("accuracy");
  });

  test("the complementary error function, with zero terms, in doubles", () => {
    const x = 5;
    let term = 1;
    const sum = asymptoticSum((k) => {
      if (k % 2 === 1) return 0;
      if (k > 0) term *= -(k - 1) / (2 * x * x);
      return term;
    });
    const value = (F.toNumber(sum.value) * Math.exp(-x * x)) / (x * Math.sqrt(Math.PI));
    const truth = F.toNumber(F.erfc(F.fromNumber(x), 53));
    expect(Math.abs(value / truth - 1)).toBeLessThan(F.toNumber(sum.error) * 1.01 + 1e-14);
    expect(sum.evidence[0].grade).toBe("estimated");
  });

  test("short and bad series are honest", () => {
    failure("unsolved", () => asymptoticSum((k) => (k === 0 ? 5 : undefined)));
    // The terms of e^20 grow first: an asymptotic series they are not.
    let power = 1;
    failure("unsolved", () => asymptoticSum((k) => (k === 0 ? 1 : (power *= 20 / k))));
    const two = asymptoticSum((k) => [4, -1][k]);
    expect([F.toNumber(two.value), F.toNumber(two.error) >= 1, two.ended]).toEqual([4, true, "terms"]);
    failure("usage", () => asymptoticSum(() => undefined));
    failure("domain", () => asymptoticSum(() => NaN));
  });
});
