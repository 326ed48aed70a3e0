// Best approximations: known errors (Chebyshev; the figures for 2^x; Sollya 8.0 for elementary functions), equioscillation.
import { describe, expect, test } from "vitest";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { parse } from "../term/index.ts";
import { basisFamily, polynomialFamily, rationalFamily, rationalStart } from "./families.ts";
import { minimax, MinimaxProblem, type Weight } from "./minimax.ts";
import { targetOfOracle, targetOfTerm } from "./target.ts";

const problem = (text: string, a: number, b: number, weight: Weight = "relative"): MinimaxProblem =>
  new MinimaxProblem(targetOfTerm(parse(text)), F.fromNumber(a), F.fromNumber(b), weight);
const upTo = (n: number): number[] => Array.from({ length: n + 1 }, (_, i) => i);

describe("polynomials", () => {
  test.each([2, 5, 9])("x^%i by lower powers: 2^(1 - n), Chebyshev's polynomial", (n) => {
    const found = minimax(problem(`x^${n}`, -1, 1, "absolute"), polynomialFamily(upTo(n - 1)));
    expect(found.error / 2 ** (1 - n)).toBeCloseTo(1, 6);
    expect(found.level).toBe(true);
  });

  // 60-digit Remez in mpmath.
  test.each([[1, 1.53], [2, 2.76], [3, 4.13], [4, 5.59], [6, 8.73], [8, 12.11]])("2^x on [0, 1] of degree %i: %f digits", (n, digits) => {
    const found = minimax(problem("2^x", 0, 1), polynomialFamily(upTo(n)));
    expect(-Math.log10(found.error)).toBeCloseTo(digits, 1);
    expect(found.level).toBe(true);
  }); // oxfmt-ignore

  test("the error takes its greatest value in turn at n + 2 points", () => {
    const p = problem("exp(x)*cos(x)", 0, 2, "absolute");
    const family = polynomialFamily(upTo(5));
    const found = minimax(p, family);
    expect(found.points).toHaveLength(7);
    const errors = found.points.map((x) => F.toNumber(p.error(family, found.parameters, p.place(x))!));
    errors.forEach((e, i) => {
      expect(Math.abs(e) / found.error).toBeCloseTo(1, 4);
      if (i > 0) expect(Math.sign(e)).toBe(-Math.sign(errors[i - 1]));
    });
  });

  test("odd powers, a held coefficient, other bases, a weight", () => {
    const sine = problem("sin(x)", 0, Math.PI / 4);
    const free = minimax(sine, polynomialFamily([1, 3, 5, 7]));
    const one = (x: BigFloat): BigFloat => x;
    const held = minimax(sine, polynomialFamily([3, 5, 7], one));
    // With the first coefficient 1 the error is greater, not by much.
    expect(free.error).toBeLessThan(held.error);
    expect(held.error).toBeLessThan(20 * free.error);
    const basis = ["1", "cos(x)", "cos(2*x)"].map((text, k) => (k === 0 ? targetOfOracle("1", (_, p) => F.fromInteger(1n, p)) : targetOfTerm(parse(text)))); // oxfmt-ignore
    const found = minimax(problem("x^2", 0, 1, "absolute"), basisFamily(basis));
    expect(found.level).toBe(true);
    expect(found.error).toBeLessThan(0.01);
    const weighted = minimax(problem("exp(x)", 0, 1, targetOfTerm(parse("exp(-x)"))), polynomialFamily(upTo(3)));
    const relative = minimax(problem("exp(x)", 0, 1), polynomialFamily(upTo(3)));
    expect(weighted.error / relative.error).toBeCloseTo(1, 8);
  });

  test("a function known by its values alone", () => {
    const oracle = targetOfOracle("exp", F.exp);
    const found = minimax(new MinimaxProblem(oracle, F.fromNumber(0), F.fromNumber(1)), polynomialFamily(upTo(4)));
    const known = minimax(problem("exp(x)", 0, 1), polynomialFamily(upTo(4)));
    expect(found.error / known.error).toBeCloseTo(1, 10);
  });
});

describe("quotients", () => {
  test.each([[1, 1, 3.06], [2, 1, 4.6], [2, 2, 6.36], [3, 2, 8.12], [3, 3, 10.03], [4, 4, 13.95]])("2^x on [0, 1], %i/%i: %f digits", (m, n, digits) => {
    const p = problem("2^x", 0, 1);
    const found = minimax(p, rationalFamily(m, n), { start: rationalStart(p, m, n) });
    expect(-Math.log10(found.error)).toBeCloseTo(digits, 1);
    expect(found.level).toBe(true);
  }); // oxfmt-ignore

  test("|x| on [-1, 1], 2/2: 0.0436890 (Varga, Ruttan and Carpenter 1991)", () => {
    const p = problem("abs(x)", -1, 1, "absolute");
    const found = minimax(p, rationalFamily(2, 2), { start: rationalStart(p, 2, 2), tolerance: 1e-9 });
    expect(found.error).toBeCloseTo(0.043689, 5);
  });
});

describe("mistakes", () => {
  test("empty ranges", () => {
    expect(() => problem("x", 1, 1)).toThrow(/range 1:1 is empty/);
    expect(() => problem("x", 2, 1)).toThrow(/empty/);
    expect(() => new MinimaxProblem(targetOfTerm(parse("x")), F.nan(53), F.fromNumber(1))).toThrow(
      /empty or not finite/,
    );
  });
  test("exponents", () => {
    expect(() => polynomialFamily([1, 1])).toThrow(/different whole numbers/);
    expect(() => polynomialFamily([-1])).toThrow(/from 0/);
  });
  test("a start with a pole", () => {
    const start = [1, 0, -4].map((c) => F.fromNumber(c, 192));
    expect(() => minimax(problem("exp(x)", 0, 1), rationalFamily(1, 1), { start })).toThrow(/pole/);
  });
});
