import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { build, recipe } from "../../test/support/terms.ts";
import { Failure } from "../base/index.ts";
import { Random } from "../base/index.ts";
import {
  add,
  call,
  Context,
  diff,
  evaluate,
  functionNames,
  functionRule,
  gradient,
  graphSize,
  jacobian,
  parse,
  print,
  type Term,
} from "./index.ts";

const context = new Context();
const p = (text: string): Term => parse(text, { context });
const [x, y] = context.symbols("x", "y");

/** f'(a) by central differences of order 4; its error is about 1e-11 of f'''s size times the step. */
function central(f: (a: number) => number, a: number, h = 1e-3): number {
  return (8 * (f(a + h) - f(a - h)) - (f(a + 2 * h) - f(a - 2 * h))) / (12 * h);
}

/** Where a function is smooth and real: an interval for each argument. */
const DOMAIN: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  log: [[0.3, 4]],
  log10: [[0.3, 4]],
  log2: [[0.3, 4]],
  sqrt: [[0.3, 4]],
  cbrt: [[0.3, 4]],
  tan: [[-1.2, 1.2]],
  cot: [[0.4, 2.6]],
  sec: [[-1.2, 1.2]],
  csc: [[0.4, 2.6]],
  asin: [[-0.9, 0.9]],
  acos: [[-0.9, 0.9]],
  atanh: [[-0.9, 0.9]],
  acosh: [[1.2, 4]],
  abs: [[0.1, 3]],
  sign: [[0.1, 3]],
  floor: [[1.1, 1.9]],
  ceil: [[1.1, 1.9]],
  atan2: [[0.2, 2], [0.2, 2]], // oxfmt-ignore
  min: [[0, 1], [2, 3]], // oxfmt-ignore
  max: [[0, 1], [2, 3]], // oxfmt-ignore
  mod: [[4.1, 4.4], [1.5, 1.7]], // oxfmt-ignore
};

/** Not all derivatives of these are known, and orders are whole: they have a test of their own. */
const SPECIAL = new Set(["gamma", "lgamma", "digamma", "zeta", "erf", "erfc", "besselJ", "besselY"]);

describe("derivatives against central differences", () => {
  const random = new Random(11, 0);
  test.each(functionNames().filter((name) => !SPECIAL.has(name)))("%s", (name) => {
    const count = functionRule(name)!.arity[0];
    const domain = DOMAIN[name] ?? Array.from({ length: count }, () => [-2, 2] as const);
    const variables = Array.from({ length: count }, (_, i) => context.symbol(`v${i}`));
    const term = call(context, name, ...variables);
    for (let trial = 0; trial < 12; trial++) {
      const at: Record<string, number> = {};
      domain.forEach(([from, to], i) => (at[`v${i}`] = from + (to - from) * random.next()));
      variables.forEach((variable, i) => {
        const there = (f: Term, value: number): number => evaluate(f, { ...at, [`v${i}`]: value });
        const first = diff(term, variable);
        const value = evaluate(first, at);
        const numeric = central((a) => there(term, a), at[`v${i}`]);
        expect(Math.abs(value - numeric)).toBeLessThan(1e-7 * Math.max(1, Math.abs(value)));
        variables.forEach((other, j) => {
          const second = evaluate(diff(first, other), at);
          const slope = central((a) => evaluate(first, { ...at, [`v${j}`]: a }), at[`v${j}`]);
          expect(Math.abs(second - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(second)));
        });
      });
    }
  });

  test.each(["gamma(x)", "lgamma(x)", "erf(x)", "erfc(x)", "besselJ(0, x)", "besselJ(3, 2*x)", "besselY(0, x)", "besselY(2, x)"])("%s", (text) => {
    const x = context.symbol("x");
    const term = parse(text, { context });
    const slope = diff(term, x);
    for (const at of [0.3, 0.9, 1.7, 3.2]) {
      const value = evaluate(slope, { x: at });
      const numeric = central((a) => evaluate(term, { x: a }), at);
      expect(Math.abs(value - numeric)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    }
  }); // oxfmt-ignore

  test.each([
    ["digamma(x)", "the derivative of digamma is not known"],
    ["zeta(x)", "the derivative of zeta is not known"],
    ["besselJ(x, 2)", "the derivative of besselJ by its argument 1 is not known"],
    ["besselY(x, x)", "the derivative of besselY by its argument 1 is not known"],
  ])("no derivative of %s is made up", (text, message) => {
    expect(() => diff(parse(text, { context }), context.symbol("x"))).toThrow(message);
  });

  test("min and max the other way round, and abs and sign left of zero", () => {
    for (const [text, at, slope] of [
      ["min(x, y)", { x: 5, y: 2 }, 0],
      ["min(y, x)", { x: 1, y: 2 }, 1],
      ["max(x, y)", { x: 5, y: 2 }, 1],
      ["max(y, x)", { x: 1, y: 2 }, 0],
      ["abs(x)", { x: -3 }, -1],
      ["cbrt(x)", { x: -8 }, 1 / 12],
      ["acosh(x)", { x: 2 }, 1 / Math.sqrt(3)],
    ] as const)
      expect(evaluate(diff(p(text), x), at), text).toBeCloseTo(slope, 14);
  });

  test("random compositions", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        recipe,
        fc.double({ min: 0.3, max: 1.7, noNaN: true }),
        fc.double({ min: 0.3, max: 1.7, noNaN: true }),
        (r, a, b) => {
          const own = new Context();
          let term: Term;
          let derivative: Term;
          try {
            term = build(own, r);
            derivative = diff(term, own.symbol("x"));
          } catch (error) {
            expect(error).toBeInstanceOf(Failure);
            return;
          }
          const at = { x: a, y: b, z: 0.9 };
          const f = (value: number): number => evaluate(term, { ...at, x: value });
          const value = evaluate(derivative, at);
          const [rough, fine] = [central(f, a, 2e-3), central(f, a, 1e-3)];
          // Only where the differences themselves have converged: not at kinks, poles and overflows.
          const scale = Math.max(Math.abs(fine), Math.abs(f(a)), 1e-3);
          if (!Number.isFinite(scale) || !(Math.abs(rough - fine) < 1e-6 * scale)) return;
          compared++;
          expect(Math.abs(value - fine), print(term)).toBeLessThan(1e-4 * scale);
        },
      ),
      { numRuns: 800, seed: 12, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(300);
  });
});

describe("exact rules", () => {
  test.each([
    ["x^5", "5*x^4"],
    ["x^n", "n*x^(n - 1)"],
    ["n^x", "n^x*log(n)"],
    ["exp(2*x)", "2*exp(2*x)"],
    ["x^x", "x^x*log(x) + x^x"],
    ["1/x", "-1/x^2"],
    ["sqrt(x)", "1/(2*sqrt(x))"],
    ["y^2", "0"],
    ["x*y*x", "2*x*y"],
    ["piecewise(x^2, x < 1, 3*x)", "piecewise(2*x, x < 1, 3)"],
    ["[x, x^2, y]", "[1, 2*x, 0]"],
    ["log(x*y)", "1/x"],
    ["pi*x + e", "pi"],
    ["float(0.5)*x^2", "2*float(0.5)*x"],
  ])("d(%s)/dx", (text, derivative) => {
    expect(diff(p(text), x)).toBe(p(derivative));
  });

  test("higher derivatives, linearity, and the product rule", () => {
    expect(diff(p("x^10"), x, 10)).toBe(p("3628800"));
    expect(diff(p("x^10"), x, 11)).toBe(p("0"));
    expect(diff(p("sin(x)"), x, 4)).toBe(p("sin(x)"));
    expect(diff(p("x^2*y"), x, 0)).toBe(p("x^2*y"));
    expect(diff(diff(p("x^3*y^2"), x), y)).toBe(diff(diff(p("x^3*y^2"), y), x));
  });

  test("what has no derivative fails", () => {
    expect(() => diff(p("x"), p("x + 1"))).toThrow(Failure);
    expect(() => diff(p("x < 1"), x)).toThrow(Failure);
    expect(() => diff(p("max(x*i, i = 1 .. 3)"), x)).toThrow("not done yet");
  });
});

describe("sparsity", () => {
  test("a gradient has entries only where the term depends on a variable", () => {
    const variables = context.symbols("a", "b", "c", "d");
    const found = gradient(p("a^2*c + sin(c) + 7"), variables);
    expect([...found.keys()].sort()).toEqual([0, 2]);
    expect(found.get(0)).toBe(p("2*a*c"));
    expect(found.get(2)).toBe(p("a^2 + cos(c)"));
    expect(gradient(p("a - a + 3"), variables).size).toBe(0);
    // Derivatives that cancel are no entries.
    expect(gradient(p("(a + b) - b*1 - a + c"), variables).size).toBe(1);
  });

  test("the Jacobian of a chain is tridiagonal and its rows ascend", () => {
    const n = 200;
    const u = Array.from({ length: n }, (_, i) => context.symbol(`u${i}`));
    const rows = jacobian(
      u.map((ui, i) => p(`${i > 0 ? `u${i - 1}*` : ""}${print(ui)}${i < n - 1 ? ` - u${i + 1}^2` : ""}`)),
      u,
    );
    rows.forEach((row, i) => {
      expect([...row.keys()]).toEqual([i - 1, i, i + 1].filter((j) => j >= 0 && j < n));
      if (i < n - 1) expect(row.get(i + 1)).toBe(p(`-2*u${i + 1}`));
    });
  });

  test("derivatives share: a product of n factors has a gradient of linear size", () => {
    let nested: Term = x;
    for (let i = 0; i < 300; i++) nested = call(context, "sin", add(nested, 1));
    expect(graphSize(diff(nested, x))).toBeLessThan(300 * 8);
  });
});
