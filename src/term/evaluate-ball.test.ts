import fc from "fast-check";
import { expect, test } from "vitest";
import { Q } from "../number/index.ts";
import { evaluate, evaluateBall, evaluateDigits, functionNames, parse } from "./index.ts";

const digits = (text: string, n: number): string => evaluateDigits(parse(text), n).text;

test("digits are those of the correctly rounded value", () => {
  expect(digits("pi", 50)).toBe("3.1415926535897932384626433832795028841971693993751");
  expect(digits("exp(1)", 30)).toBe("2.71828182845904523536028747135");
  expect(digits("exp(pi*sqrt(163))", 40)).toBe("262537412640768743.9999999999992500725972");
  expect(digits("sin(10^22)", 20)).toBe("-0.85220084976718880177");
  // Rump's example: doubles give 1.17..., the value is negative.
  expect(
    digits(
      "333.75*b^6 + a^2*(11*a^2*b^2 - b^6 - 121*b^4 - 2) + 5.5*b^8 + a/(2*b)"
        .replaceAll("a", "77617")
        .replaceAll("b", "33096"),
      20,
    ),
  ).toBe("-0.82739605994682136814");
  expect(evaluateDigits(parse("sum(1/k^2, k = 1 .. 50)"), 12)).toMatchObject({
    text: "1.62513273362",
    rounding: "nearest",
  });
  expect(evaluateDigits(parse("x^2 + 1"), 10, { at: { x: parse("1/3") } }).text).toBe("1.111111111");
  expect(evaluateDigits(parse("x"), 20, { at: { x: 0.1 } }).text).toBe("0.10000000000000000555");
});

test("exact values say so; a tie that cannot be decided is given within a unit", () => {
  expect(evaluateDigits(parse("1/8"), 3).rounding).toBe("exact");
  expect(evaluateDigits(parse("floor(exp(3))"), 2)).toMatchObject({ text: "20", rounding: "exact" });
  expect(evaluateDigits(parse("exp(log(2)*3)/64"), 2).rounding).toBe("unit");
  expect(evaluateDigits(parse("sin(0)"), 2)).toMatchObject({ text: "0", rounding: "exact" });
});

test("what is not decided is unsolved and names the operation and the bound", () => {
  expect(() => digits("sin(pi)", 20)).toThrow(/not told from zero .* below 10\^-\d+/);
  expect(() => digits("1/(sin(1)^2 + cos(1)^2 - 1)", 5)).toThrow("division by a ball that contains zero");
  expect(() => digits("floor(2*sin(pi/6))", 5)).toThrow("floor of a ball that contains a whole number");
  expect(() => digits("tan(pi/2)", 5)).toThrow("tan of a ball that may contain a pole");
  try {
    digits("sin(pi)", 20);
  } catch (error) {
    expect(error).toMatchObject({ kind: "unsolved" });
  }
  expect(() => evaluateDigits(parse("exp(exp(2))"), 50, { budget: { steps: 1 } })).not.toThrow();
  expect(() => evaluateDigits(parse("sin(pi)"), 50, { budget: { steps: 1 } })).toThrow("1 steps".slice(2));
});

test("outside the domain and without a value", () => {
  expect(() => digits("log(-1)", 5)).toThrow("log of a negative number");
  expect(() => digits("sqrt(-2)*3", 5)).toThrow("square root of a negative number");
  expect(() => digits("x", 5)).toThrow('"x" has no value');
  expect(() => digits("pi", 0)).toThrow("number of digits");
  expect(() => digits("exp(10^30)", 5)).toThrow("beyond the range");
});

test("every function agrees with doubles", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...functionNames()),
      fc.integer({ min: 1, max: 63 }),
      fc.integer({ min: 1, max: 63 }),
      (name, i, j) => {
        const x = `${i}/64 + ${name === "acosh" ? 1 : 0}`;
        let term;
        try {
          term = parse(`${name}(${x})`);
        } catch {
          term = parse(`${name}(${x}, ${j}/64)`);
        }
        const value = evaluate(term);
        const ball = evaluateBall(term, 100);
        const low = Q.toNumber(Q.fromNumber(value));
        const middle = Number(String(ball.mid));
        expect(Math.abs(low - middle)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(value)));
      },
    ),
    { numRuns: 300 },
  );
});
