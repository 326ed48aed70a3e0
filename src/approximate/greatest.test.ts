// Proved bounds of |g|: they hold at dense samples, lie close together, and are not given where there are none. Then proved errors
// of programs, and bounds of rounding errors against doubles computed step by step.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { parse } from "../term/index.ts";
import { inDoubles, provedError } from "./error-model.ts";
import { normalise, type Program, run, type Step, valueOf } from "./evolution/program.ts";
import { greatest } from "./greatest.ts";
import { MinimaxProblem } from "./minimax.ts";
import { roundingBound } from "./rounding-error.ts";
import { targetOfTerm } from "./target.ts";

const n = F.fromNumber;
const boundOf = (text: string, a: number, b: number, options = {}): ReturnType<typeof greatest> =>
  greatest(targetOfTerm(parse(text)).model!, n(a), n(b), options);

describe("greatest values", () => {
  test.each([
    ["sin(x)", 0, 3, 1], ["x^2 - 1/3", -1, 1, 2 / 3], ["exp(-x^2)*sin(5*x)", -1, 2, undefined], ["x*(1 - x)*(x - 1/2)", 0, 1, Math.sqrt(3) / 36],
    ["besselJ(0, x)", 0, 10, 1], ["airyAi(-x)", 0, 6, undefined], ["1/(1 + 25*x^2)", -1, 1, 1],
  ])("%s on [%f, %f]", (text, a, b, exact) => {
    const { lower, upper } = boundOf(text, a, b);
    expect(upper).toBeGreaterThanOrEqual(lower);
    expect(upper / lower).toBeLessThan(1.0011);
    if (exact !== undefined) {
      expect(upper).toBeGreaterThanOrEqual(exact * (1 - 1e-15));
      expect(lower).toBeLessThanOrEqual(exact * (1 + 1e-15));
    }
    const target = targetOfTerm(parse(text));
    for (let i = 0; i <= 300; i++) {
      const value = Math.abs(F.toNumber(target.value(n(a + ((b - a) * i) / 300), 53).mid));
      expect(value).toBeLessThanOrEqual(upper * (1 + 1e-15));
    }
  }); // oxfmt-ignore

  test("random polynomials", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 7 }), (c) => {
        if (c.slice(1).every((each) => each === 0)) return;
        const text = c.map((each, k) => `(${each})*x^${k}`).join(" + ");
        const { lower, upper } = boundOf(text, -1, 1);
        let seen = 0;
        for (let i = 0; i <= 400; i++) {
          const x = -1 + i / 200;
          seen = Math.max(seen, Math.abs(c.reduceRight((sum, each) => sum * x + each, 0)));
        }
        expect(upper).toBeGreaterThanOrEqual(seen * (1 - 1e-12));
        expect(lower).toBeLessThanOrEqual(upper);
        expect(upper).toBeLessThanOrEqual(1.01 * seen + 1e-12);
      }),
      { numRuns: 30 },
    );
  });

  test("there is no bound across a pole", () => {
    expect(() => boundOf("1/x", -1, 2)).toThrow(expect.objectContaining({ kind: "domain" }));
    expect(() => boundOf("tan(x)", 0, 2)).toThrow(/no bounded values near 1.57/);
  });
  test("a budget that ends is told", () => {
    expect(() => boundOf("sin(1/x)", 0.001, 1, { budget: { steps: 3 } })).toThrow(
      expect.objectContaining({ kind: "unsolved" }),
    );
  });
});

/** (c4/(c1/u + c2 + u) + c5)^8 with u = c3/x + x: ten operations, published in arXiv 2312.08472; constants from Remez at 60 digits. */
const steps: Step[] = [
  { op: "/", left: -1, right: 0 }, { op: "+", left: 1, right: 0 }, { op: "/", left: -1, right: 2 }, { op: "+", left: 3, right: -1 },
  { op: "+", left: 4, right: 2 }, { op: "/", left: -1, right: 5 }, { op: "+", left: 6, right: -1 },
  { op: "*", left: 7, right: 7 }, { op: "*", left: 8, right: 8 }, { op: "*", left: 9, right: 9 },
]; // oxfmt-ignore
const published = normalise(steps)!;
const constants = [5783.5249084, 15141.9306677904795, -250.552124026263662, 501.104248061163396, 0.99999999999999972612].map((c) => n(c)); // oxfmt-ignore

describe("proved errors of programs", () => {
  const problem = new MinimaxProblem(targetOfTerm(parse("2^x")), n(0), n(1));
  test("the published program for 2^x is below its published bound 5.4e-15, through its pole at 0", () => {
    const exact = [...constants];
    exact[0] = n(5783.5249091691486);
    const { lower, upper } = provedError(problem, published, inDoubles(exact));
    expect(upper).toBeLessThan(5.4e-15);
    expect(upper / lower).toBeLessThan(1.0011);
  });
  test("a wrong constant shows", () => {
    const wrong = [...constants];
    wrong[2] = n(-250.6);
    expect(provedError(problem, published, wrong).lower).toBeGreaterThan(1e-6);
  });
});

describe("rounding errors", () => {
  test("are bounded where they happen", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("+", "-", "*", "/"), fc.nat(5), fc.nat(5)), { minLength: 2, maxLength: 8 }), fc.array(fc.double({ min: 0.5, max: 3, noNaN: true }), { minLength: 9, maxLength: 9 }), (shape, given) => {
        const draft = shape.map(([op, a, b], k): Step => ({ op, left: Math.min(a, k) || -1, right: Math.min(b, k) }));
        const program: Program | undefined = normalise(draft);
        if (program === undefined) return;
        const c = given.slice(0, program.constants).map((each) => n(each));
        let bound: ReturnType<typeof roundingBound>;
        try {
          bound = roundingBound(program, c, n(0.5), n(2), { precision: 53, exponents: [-1022, 1024], budget: { time_ms: 300 } });
        } catch {
          return;
        }
        const big = { add: (a: BigFloat, b: BigFloat) => F.add(a, b, 300), subtract: (a: BigFloat, b: BigFloat) => F.subtract(a, b, 300), multiply: (a: BigFloat, b: BigFloat) => F.multiply(a, b, 300), divide: (a: BigFloat, b: BigFloat) => F.divide(a, b, 300) };
        for (let i = 0; i <= 40; i++) {
          const x = 0.5 + (1.5 * i) / 40;
          const exact = run(program, c, n(x), big).at(-1)!;
          const computed = valueOf(program, c.map((each) => F.toNumber(each)), x);
          const off = Math.abs(F.toNumber(F.subtract(n(computed), exact, 300)));
          expect(off).toBeLessThanOrEqual(bound.absolute);
          expect(off).toBeLessThanOrEqual(bound.relative * Math.abs(F.toNumber(exact)));
        }
      }),
      { numRuns: 60 },
    );
  }); // oxfmt-ignore

  test("of the published program are some twenty units, down to small arguments", () => {
    const { relative, least } = roundingBound(published, constants, n(0), n(1), {
      precision: 53,
      exponents: [-1022, 1024],
    });
    expect(relative / 2 ** -53).toBeLessThan(18);
    expect(least).toBeGreaterThan(0);
    expect(least).toBeLessThan(1e-38);
  });
});
