import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { build, exactValue, rationalRecipe, type Ratio } from "../../test/support/terms.ts";
import { Failure } from "../base/index.ts";
import { Context, evaluate, evaluateWithError, parse, type Term } from "./index.ts";

const context = new Context();
const p = (text: string): Term => parse(text, { context });

/** |n/d - v| as a double, from exact integers. */
function distance([n, d]: Ratio, v: number): number {
  // v = m 2^-k exactly
  let k = 0n;
  let m = v;
  while (!Number.isInteger(m)) {
    m *= 2;
    k++;
  }
  const scale = 1n << k;
  const difference = n * scale - BigInt(m) * d;
  const size = difference < 0n ? -difference : difference;
  // 80 bits are enough for a double.
  const quotient = (size << 200n) / (d * scale);
  return Number(quotient) / 2 ** 200;
}

test("values and error estimates against exact rational arithmetic", () => {
  let compared = 0;
  let covered = 0;
  fc.assert(
    fc.property(rationalRecipe, fc.integer({ min: -40, max: 40 }), fc.integer({ min: -40, max: 40 }), (r, a, b) => {
      // Points that doubles hold exactly.
      const exact: Record<string, Ratio> = { x: [BigInt(a), 8n], y: [BigInt(b), 32n], z: [5n, 4n] };
      const truth = exactValue(r, exact);
      if (truth === undefined) return;
      let term: Term;
      try {
        term = build(new Context(), r);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        return;
      }
      const { value, error } = evaluateWithError(term, { x: a / 8, y: b / 32, z: 1.25 });
      if (!Number.isFinite(value) || Math.abs(value) > 1e60 || (value !== 0 && Math.abs(value) < 1e-60)) return;
      const off = distance(truth, value);
      compared++;
      // The estimate is first order: a factor 4 and the smallest doubles are its slack.
      if (off <= 4 * error + 1e-300) covered++;
    }),
    { numRuns: 4000, seed: 13 },
  );
  expect(compared).toBeGreaterThan(2000);
  // First order: where a denominator nearly cancels it may fall short, and does so in less than one case of a thousand.
  expect(compared - covered).toBeLessThan(compared / 1000);
});

describe("the error estimate", () => {
  test("is zero where every operation is exact, or nearly", () => {
    expect(evaluateWithError(p("7")).error).toBe(0);
    expect(evaluateWithError(p("x"), { x: 0.1 }).error).toBe(0);
    expect(evaluateWithError(p("1/3")).error).toBeGreaterThan(0);
    expect(evaluateWithError(p("1/3")).error).toBeLessThan(1e-16);
  });

  test("sees cancellation", () => {
    // (1 + x) - 1 with x = 1e-12 as a held expression loses 12 digits.
    const lossy = parse("(1 + x) - 1", { context, held: true });
    const { value, error } = evaluateWithError(lossy, { x: 1e-12 });
    const off = Math.abs(value - 1e-12);
    expect(off).toBeGreaterThan(1e-17);
    expect(error).toBeGreaterThanOrEqual(off);
    expect(error).toBeLessThan(1e-15);
  });

  test("covers functions near their ends", () => {
    // log(1 + x) - x and sqrt(1 - cos(x)^2) - sin(x), truth by series: -x^2/2 + x^3/3, 0.
    for (const [text, at, truth] of [
      ["log(1 + x) - x", 1e-5, -1e-10 / 2 + 1e-15 / 3 - 1e-20 / 4],
      ["sqrt(1 - cos(x)^2) - sin(x)", 1e-3, 0],
      ["exp(x) - 1 - x", 1e-4, 1e-8 / 2 + 1e-12 / 6 + 1e-16 / 24],
      ["tan(x) - sin(x)/cos(x)", 1.5, 0],
    ] as const) {
      const { value, error } = evaluateWithError(p(text), { x: at });
      expect(Math.abs(value - truth), text).toBeLessThanOrEqual(2 * error);
      expect(error, text).toBeLessThan(1e-9);
    }
  });
});

describe("values", () => {
  // Published or exact values.
  test.each([
    ["pi", 3.141592653589793],
    ["e", 2.718281828459045],
    ["exp(1)", 2.718281828459045],
    ["sqrt(2)", 1.4142135623730951],
    ["log(2)", 0.6931471805599453],
    ["log10(1000)", 3],
    ["log2(8)", 3],
    ["atan2(-1, -1)", -2.356194490192345],
    ["mod(-7, 3)", 2],
    ["floor(-1.5) + ceil(1.2)", 0],
    ["cbrt(-27)", -3],
    ["cosh(0) + sinh(0)", 1],
    ["(1 + sqrt(5))/2", 1.618033988749895],
    ["2^0.5", 1.4142135623730951],
    ["piecewise(1, 2 < 1, 5)", 5],
    ["if(1 <= 1 and not 2 = 3, 4, 5)", 4],
  ])("%s", (text, value) => {
    expect(Math.abs(evaluate(p(text)) - value)).toBeLessThanOrEqual(2 * Number.EPSILON * Math.abs(value));
  });

  test("a real function without a real value gives NaN, an overflow infinity", () => {
    expect(evaluate(p("log(x)"), { x: -1 })).toBeNaN();
    expect(evaluate(p("sqrt(x)"), { x: -1 })).toBeNaN();
    expect(evaluate(p("1/x"), { x: 0 })).toBe(Infinity);
    expect(evaluate(p("exp(x)"), { x: 1000 })).toBe(Infinity);
  });

  test("a piece that is not chosen does not matter", () => {
    expect(evaluate(p("if(x > 0, log(x), 0)"), { x: -1 })).toBe(0);
  });

  test("missing values and arrays out of place are refused by name", () => {
    expect(() => evaluate(p("x + q"), { x: 1 })).toThrow('"q" has no value');
    expect(() => evaluate(p("toString + 1"))).toThrow('"toString" has no value');
    expect(() => evaluate(p("[1, 2]"))).toThrow("array");
    expect(() => evaluate(p("a + 1"), { a: [1, 2] })).toThrow("array");
    expect(() => evaluate(p("a[1]"), { a: 3 })).toThrow(Failure);
  });

  test("held terms are evaluated in the written order", () => {
    const h = (text: string): number => evaluate(parse(text, { context, held: true }), { x: 1e16, y: 1, z: -1e16 });
    expect(h("(x + y) + z")).toBe(0);
    expect(h("x + (y + z)")).toBe(0);
    expect(h("(x + z) + y")).toBe(1);
    expect(evaluate(parse("0.1 + 0.2", { context, held: true }))).toBe(0.1 + 0.2);
  });

  test("large exact numbers round to the nearest double", () => {
    expect(evaluate(p("2^200 + 1"))).toBe(2 ** 200);
    expect(evaluate(p("1/3"))).toBe(1 / 3);
    expect(evaluate(p("(10^400 + 1)/10^399"))).toBe(10);
    expect(evaluate(p("9007199254740993"))).toBe(9007199254740992);
  });
});
