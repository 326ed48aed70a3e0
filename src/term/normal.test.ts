import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asRational, build, exactValue, rationalRecipe, type Ratio } from "../../test/support/terms.ts";
import { Failure } from "../base/index.ts";
import { add, Context, div, Kind, mul, parse, pow, print, sub, substitute, type Term } from "./index.ts";

const context = new Context();
const p = (text: string): Term => parse(text, { context });

// Each pair is equal as rational functions, or by a rule that holds for all complex values (integer powers, positive
// numeric factors of roots, exact roots of numbers).
test.each([
  ["x + y", "y + x"],
  ["x + (y + z)", "(x + y) + z"],
  ["x*(y*z)", "z*y*x"],
  ["x - x", "0"],
  ["x/x", "1"],
  ["2*(x + y)", "2*x + 2*y"],
  ["-(x - y)", "y - x"],
  ["(x - y)^2", "(y - x)^2"],
  ["(x - y)^3", "-(y - x)^3"],
  ["1/(x - y)", "-1/(y - x)"],
  ["(2*x + 4*y)^2", "4*(x + 2*y)^2"],
  ["(x/2 + y/3)^-1", "6/(3*x + 2*y)"],
  ["(x*y)^2", "x^2*y^2"],
  ["(x^2)^3", "x^6"],
  ["(x^a)^2", "x^(2*a)"],
  ["x^a*x^b", "x^(a + b)"],
  ["x^a*x^2", "x^(a + 2)"],
  ["x^a/x^a", "1"],
  ["x^0.5*x^0.5", "x"],
  ["sqrt(x)^2", "x"],
  ["(x^(1/2))^4", "x^2"],
  ["((x*y)^(1/2))^2", "x*y"],
  ["sqrt(4*x)", "2*sqrt(x)"],
  ["sqrt(12)", "2*sqrt(3)"],
  ["1/sqrt(2)", "sqrt(2)/2"],
  ["2^(1/2)*2^(1/2)", "2"],
  ["8^(1/3)", "2"],
  ["sqrt(6)", "sqrt(2)*sqrt(3)"],
  ["sqrt(2/9)", "sqrt(2)/3"],
  ["(-1)^2", "1"],
  ["1/(1/x)", "x"],
  ["x/(y/z)", "x*z/y"],
  ["0.1", "1/10"],
  ["1.5e-3", "3/2000"],
  ["exp(x)*exp(y)", "exp(x + y)"],
  ["exp(x)^2", "exp(2*x)"],
  ["exp(0)", "1"],
  ["log(e)", "1"],
  ["sin(-x)", "-sin(x)"],
  ["cos(y - x)", "cos(x - y)"],
  ["abs(-x)", "abs(x)"],
  ["0*x", "0"],
  ["1^x", "1"],
  ["x^1", "x"],
  ["min(3, 1/3)", "1/3"],
  ["floor(-7/2)", "-4"],
  ["a > b", "b < a"],
])("%s is %s", (a, b) => {
  expect(p(a)).toBe(p(b));
});

describe("what must not be merged", () => {
  // [two terms, values where they differ as (complex or real) functions, in words]
  test.each([
    ["sqrt(x^2)", "x", "x = -1"],
    ["(x*y)^(1/2)", "x^(1/2)*y^(1/2)", "x = y = -1"],
    ["log(exp(x))", "x", "x = 2 pi i"],
    ["(x^2)^(1/2)", "abs(x)", "x = i"],
    ["(x^a)^(1/2)", "x^(a/2)", "x = -1, a = 2"],
    ["(x^a)^b", "x^(a*b)", "x = -1, a = 2, b = 1/2"],
    ["log(x*y)", "log(x) + log(y)", "x = y = -1"],
    ["log(x^2)", "2*log(x)", "x = -1"],
    ["(-x)^(1/2)", "(-1)^(1/2)*x^(1/2)", "x = -1"],
    ["sqrt(-4*x)", "-2*sqrt(x)", "x = 1"],
    ["(1/x)^(1/2)", "1/x^(1/2)", "x = -1"],
    ["(-8)^(1/3)", "-2", "the principal root is 1 + sqrt(3) i"],
    ["(-1)^(1/2)*(-1)^(1/2)", "1", "i^2 = -1"],
    ["asin(sin(x))", "x", "x = pi"],
    ["float(0.1)", "1/10", "the double is not a tenth"],
    ["float(-0)", "float(0)", "signed zeros"],
    ["x = y", "y = x", "the sides of an equation keep their order"],
    ["(x + y)^2", "x^2 + y^2", "x = y = 1"],
    ["exp(x)^(1/2)", "exp(x/2)", "x = 2 pi i"],
    ["sign(x)*abs(x)", "x^2", "x = 2"],
    ["acosh(x)", "acosh(-x)", "not even"],
  ])("%s and %s (%s)", (a, b) => {
    expect(p(a)).not.toBe(p(b));
  });
});

test("(-1)^(1/2) squared is -1, and exact roots of negative numbers stay", () => {
  expect(p("sqrt(-1)^2")).toBe(p("-1"));
  expect(p("sqrt(-4)")).toBe(p("2*sqrt(-1)"));
});

describe("conditions of cancellation", () => {
  test.each([
    ["x/x", ["x"]],
    ["(x + y)^2/(x + y)", ["x + y"]],
    ["x^0", ["x"]],
    ["x*y/(x*z)", ["x"]],
    ["x - x", []],
    ["x*x", []],
    ["x^a/x^a", ["x"]],
    ["(x - x)*sin(x)", []],
    ["1/(1/x)", ["x"]],
  ])("%s records %j", (text, conditions) => {
    const own = new Context();
    own.takeCancelled();
    parse(text, { context: own });
    expect(own.takeCancelled().map(print)).toEqual(conditions);
    expect(own.takeCancelled()).toEqual([]);
  });
});

test.each(["1/0", "0^0", "0^(-1)", "x/0", "1/(x - x)", "0^(-1/2)", "log(0)", "(y - y)^(1/2 - 1)"])(
  "%s fails",
  (text) => {
    expect(() => p(text)).toThrow(Failure);
  },
);

describe("random rational functions", () => {
  const points: readonly Record<string, Ratio>[] = [
    { x: [3n, 7n], y: [-5n, 2n], z: [11n, 13n] },
    { x: [-17n, 5n], y: [2n, 9n], z: [23n, 3n] },
  ];

  test("the normal form has the value of what was written, in exact arithmetic", () => {
    let compared = 0;
    fc.assert(
      fc.property(rationalRecipe, (r) => {
        const own = new Context();
        let term: Term;
        try {
          term = build(own, r);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          return;
        }
        for (const at of points) {
          const value = exactValue(r, at);
          if (value === undefined) continue;
          const there = substitute(term, {
            x: own.number(asRational(at.x)),
            y: own.number(asRational(at.y)),
            z: own.number(asRational(at.z)),
          });
          compared++;
          expect(there).toBe(own.number(asRational(value)));
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  test("sums and products are commutative, associative and distribute numbers", () => {
    fc.assert(
      fc.property(rationalRecipe, rationalRecipe, rationalRecipe, (ra, rb, rc) => {
        const own = new Context();
        let [a, b, c]: Term[] = [];
        try {
          [a, b, c] = [ra, rb, rc].map((r) => build(own, r));
        } catch {
          return;
        }
        expect(add(a, b)).toBe(add(b, a));
        expect(add(a, add(b, c))).toBe(add(add(a, b), c));
        expect(mul(a, b)).toBe(mul(b, a));
        expect(mul(mul(a, b), c)).toBe(mul(a, mul(b, c)));
        expect(sub(a, a)).toBe(own.number(0));
        expect(mul(own.number(3), add(a, b))).toBe(add(mul(a, 3), mul(b, 3)));
        expect(pow(mul(a, b), 2)).toBe(mul(pow(a, 2), pow(b, 2)));
        if (a !== own.number(0)) expect(div(mul(a, b), a)).toBe(b);
      }),
      { numRuns: 1000, seed: 2 },
    );
  });
});

test("sums hold no sums and products no integer powers of products", () => {
  fc.assert(
    fc.property(rationalRecipe, (r) => {
      const own = new Context();
      let term: Term;
      try {
        term = build(own, r);
      } catch {
        return;
      }
      const stack = [term];
      while (stack.length > 0) {
        const part = stack.pop()!;
        stack.push(...part.args);
        part.args.forEach((arg, i) => {
          if (part.kind === Kind.sum)
            expect(
              arg.kind !== Kind.sum && arg.kind !== Kind.number && (arg.kind !== Kind.product || arg.value === 1),
            ).toBe(true);
          if (part.kind === Kind.product && Number.isInteger(part.weights[i])) {
            expect(arg.kind).not.toBe(Kind.product);
            expect(arg.kind).not.toBe(Kind.number);
          }
        });
      }
    }),
    { numRuns: 500, seed: 3 },
  );
});
