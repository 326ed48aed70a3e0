// Polynomials with coefficients of formats: the coefficients fit, small cases are the best of all, careful rounding is beaten.
import { describe, expect, test } from "vitest";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { parse } from "../term/index.ts";
import { polynomialFamily } from "./families.ts";
import { type CoefficientFormat, fpminimax } from "./fpminimax.ts";
import { minimax, MinimaxProblem, sampledError, type Weight } from "./minimax.ts";
import { roundConstants } from "./round-constants.ts";
import { targetOfTerm } from "./target.ts";

const problemOf = (text: string, a: number, b: number, weight: Weight = "relative", precision = 192): MinimaxProblem =>
  new MinimaxProblem(targetOfTerm(parse(text)), F.fromNumber(a), F.fromNumber(b), weight, precision);
const holds = (c: BigFloat, bits: number): boolean => F.isZero(c) || F.equal(F.round(c, bits), c);

describe("coefficients", () => {
  test.each([
    ["2^x", -0.5, 0.5, [0, 1, 2, 3, 4, 5, 6], 24, 3.59e-9], ["sin(x)", 0, Math.PI / 4, [1, 3, 5, 7, 9, 11, 13], 53, 3.78e-18],
    ["cos(x)", 0, Math.PI / 4, [0, 2, 4, 6, 8, 10, 12], 53, 1.12e-16], ["tanh(x)", 0, 0.625, [1, 3, 5, 7, 9, 11], 24, 4.55e-9],
  ] as const)("of %s on [%f, %f] have their bits, and the error is no greater than the nearest plane's", (text, a, b, exponents, bits, published) => {
    const problem = problemOf(text, a, b);
    const found = fpminimax(problem, exponents, { formats: bits });
    expect(found.coefficients.every((c) => holds(c, bits))).toBe(true);
    expect(found.error).toBe(sampledError(problem, polynomialFamily(exponents), found.coefficients));
    expect(found.error).toBeLessThan(published);
    expect(found.error).toBeGreaterThanOrEqual(found.free * (1 - 1e-6));
  }); // oxfmt-ignore

  test.each([["exp(x)", 0, 1, [0, 1, 2, 3], 12], ["atan(x)", 0, 0.5, [1, 3, 5, 7], 24], ["sqrt(1 + x)", 0, 1, [0, 1, 2, 3, 4, 5], 20]] as const)("of %s are as good as those rounded one after the other, to half a percent", (text, a, b, exponents, bits) => {
    const problem = problemOf(text, a, b);
    const family = polynomialFamily(exponents);
    const start = minimax(problem, family).parameters;
    const rounded = roundConstants(problem, family, start, bits);
    const found = fpminimax(problem, exponents, { formats: bits, start });
    expect(found.error).toBeLessThanOrEqual(1.005 * sampledError(problem, family, rounded.constants));
  }); // oxfmt-ignore

  test("of few bits are the best there are", () => {
    const problem = problemOf("exp(x)", 0, 1, "absolute");
    const found = fpminimax(problem, [0, 1, 2], { formats: 5 });
    let best = Infinity;
    const numbers = (c: number): number[] => {
      const step = 2 ** (Math.floor(Math.log2(Math.abs(c))) - 4);
      return Array.from({ length: 13 }, (_, i) => Math.round(c / step) * step + (i - 6) * step).filter((x) => holds(F.fromNumber(x), 5)); // oxfmt-ignore
    };
    const near = minimax(problem, polynomialFamily([0, 1, 2])).parameters.map((c) => F.toNumber(c));
    for (const p of numbers(near[0]))
      for (const q of numbers(near[1]))
        for (const r of numbers(near[2])) {
          let most = 0;
          for (let i = 0; i <= 100 && most < best; i++) {
            const x = i / 100;
            most = Math.max(most, Math.abs(p + x * (q + x * r) - Math.exp(x)));
          }
          best = Math.min(best, most);
        }
    expect(found.error).toBeLessThanOrEqual(best * (1 + 1e-3));
  });

  test("of several formats, fixed point among them, with terms held", () => {
    const one = F.fromInteger(1n, 53);
    const problem = problemOf("exp(x)", -0.3, 0.3, "relative", 256);
    const formats: CoefficientFormat[] = ["double-double", "f64", 24, { last: -20 }];
    const held = [{ exponent: 0, value: one }];
    const found = fpminimax(problem, [1, 2, 3, 4], { formats, held });
    expect(found.coefficients.slice(0, 3).map((c, j) => holds(c, [107, 53, 24][j]))).toEqual([true, true, true]);
    expect(F.isInteger(F.scale(found.coefficients[3], 20))).toBe(true);
    expect(holds(found.coefficients[0], 53)).toBe(false);
    expect(found.error).toBeLessThan(1.01 * found.free);
    const family = polynomialFamily([1, 2, 3, 4], (_, p) => F.fromInteger(1n, p));
    expect(found.error).toBe(sampledError(problem, family, found.coefficients));
  });

  test("that cannot be asked for are refused", () => {
    const problem = problemOf("exp(x)", 0, 1);
    expect(() => fpminimax(problem, [0, 1], { formats: [24] })).toThrow(/2 coefficients need 2 formats/);
    expect(() => fpminimax(problem, [0, 1], { formats: 200 })).toThrow(/precision of 264 bits/);
    expect(() => fpminimax(problem, [0, 1], { formats: 0 })).toThrow(/number of bits/);
    expect(() => fpminimax(problem, [0, 1], { formats: 24, held: [{ exponent: 1, value: F.fromInteger(1n, 8) }] })).toThrow(/held or free/);
  }); // oxfmt-ignore
});
