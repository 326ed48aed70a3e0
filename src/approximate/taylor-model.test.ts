// Taylor models contain the function: at random points of random spans, for every function that has models, against proved values.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { balls as B, type Ball, bigfloat as F } from "../number/index.ts";
import { parse } from "../term/index.ts";
import { targetOfTerm } from "./target.ts";
import { TaylorArithmetic, type TaylorModel } from "./taylor-model.ts";

const ball = (x: number): Ball => B.fromBigFloat(F.fromNumber(x));

function valueAt({ coefficients, remainder }: TaylorModel, t: Ball): Ball {
  let sum = B.multiply(remainder, B.power(t, BigInt(coefficients.length), 300), 300);
  let power = B.ONE;
  for (const c of coefficients) {
    sum = B.add(sum, B.multiply(c, power, 300), 300);
    power = B.multiply(power, t, 300);
  }
  return sum;
}

const FUNCTIONS: readonly (readonly [text: string, low: number, high: number])[] = [
  ["2^x", -3, 3], ["exp(-x^2)", -2, 2], ["log(x)", 0.5, 5], ["log2(x) + log10(x)", 0.5, 5], ["sin(3*x)*cos(x)", -4, 4],
  ["tan(x)", -1, 1], ["cot(x)", 0.5, 2.5], ["sec(x)", -1, 1], ["csc(x)", 0.5, 2.5], ["sinh(x)/cosh(x)", -2, 2], ["tanh(x)", -2, 2],
  ["asin(x)", -0.7, 0.7], ["acos(x)", -0.7, 0.7], ["atan(x)", -3, 3], ["asinh(x)", -3, 3], ["acosh(x)", 1.5, 4], ["atanh(x)", -0.7, 0.7],
  ["sqrt(x)", 0.5, 5], ["cbrt(x)", 0.5, 5], ["x^(3/2)", 0.5, 5], ["x^pi", 0.5, 3], ["x^x", 0.5, 3], ["erf(x)", -2, 2], ["erfc(x)", -2, 2],
  ["airyAi(-x)", 0, 5], ["airyAiPrime(x)", -3, 3], ["besselJ(0, x)", -4, 4], ["besselJ(3, x)", 0.6, 6], ["besselY(1, x)", 1, 5],
  ["(x^3 - 2*x + 1)/(x^2 + 1)", -3, 3], ["abs(x)", 0.5, 3],
]; // oxfmt-ignore

describe("a model contains its function", () => {
  test.each(FUNCTIONS)("%s", (text, low, high) => {
    const target = targetOfTerm(parse(text));
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.integer({ min: 3, max: 8 }),
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (share, shrink, order, where) => {
          const x0 = low + share * (high - low);
          const k = new TaylorArithmetic(B.ball(0n, 1n, -shrink, 128), order, 128);
          const model = target.model!(ball(x0), k);
          const t = ball(where * 2 ** -shrink);
          const x = F.add(F.fromNumber(x0), F.fromNumber(where * 2 ** -shrink), 300);
          const difference = B.subtract(valueAt(model, t), target.value(x, 100), 300);
          expect(B.containsZero(difference)).toBe(true);
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe("common zeros cancel", () => {
  test.each([
    ["sin(x)/x", 1],
    ["(exp(x) - 1)/x", 1],
    ["2*(1 - cos(x))/x^2", 1],
    ["log(1 + x)/x", 1],
  ])("%s at 0", (text, limit) => {
    const target = targetOfTerm(parse(text));
    const model = target.model!(B.ZERO, new TaylorArithmetic(B.ball(0n, 1n, -4, 128), 8, 128));
    expect(B.contains(model.coefficients[0], limit)).toBe(true);
    expect(F.toNumber(target.value(F.zero(53), 60).mid)).toBeCloseTo(limit, 15);
  });
});

describe("there is no model", () => {
  const over =
    (text: string, x0: number, radius: number): (() => unknown) =>
    () =>
      targetOfTerm(parse(text)).model!(
        ball(x0),
        new TaylorArithmetic(B.ball(0n, BigInt(radius * 64), -6, 128), 6, 128),
      );
  test.each([
    ["1/x", 0, 1], ["log(x)", 0.5, 1], ["sqrt(x)", 0, 0.5], ["tan(x)", 1.5, 0.5], ["abs(x)", 0, 1], ["asin(x)", 1, 0.25],
  ])("of %s around %s", (text, x0, radius) => {
    expect(over(text, x0, radius)).toThrow(expect.objectContaining({ kind: expect.stringMatching(/numeric|domain/) }));
  }); // oxfmt-ignore
  test("of gamma, yet", () => {
    expect(over("gamma(x)", 2, 0.25)).toThrow(expect.objectContaining({ kind: "unsupported" }));
  });
  test("of terms that are no functions of one variable", () => {
    expect(() => targetOfTerm(parse("x + y"))).toThrow(/has 2 variables: x, y/);
    expect(() => targetOfTerm(parse("pi + 1"))).toThrow(/is a constant/);
  });
});
