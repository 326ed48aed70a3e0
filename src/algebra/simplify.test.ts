import fc from "fast-check";
import { Failure } from "../base/index.ts";
import { expect, test } from "vitest";
import { parse, print } from "../term/index.ts";
import { assume } from "./assumptions.ts";
import { measure } from "./measure.ts";
import { simplify } from "./simplify.ts";
import { differs, equal } from "./zero.ts";

const shown = (text: string, assumptions = ""): string =>
  print(simplify(parse(text), { assumptions: assume(assumptions) }).term);

// The twenty identities of docs/benchmarks.md: input, goal, assumptions.
const IDENTITIES: [string, string, string?][] = [
  ["sin(x)^2 + cos(x)^2", "1"],
  ["1 - sin(x)^2", "cos(x)^2"],
  ["2*sin(x)*cos(x)", "sin(2*x)"],
  ["cos(x)^2 - sin(x)^2", "cos(2*x)"],
  ["sin(x)/cos(x)", "tan(x)"],
  ["1 + tan(x)^2", "1/cos(x)^2"],
  ["sin(x)*cos(y) + cos(x)*sin(y)", "sin(x + y)"],
  ["sin(x)^4 - cos(x)^4", "-cos(2*x)"],
  ["cosh(x)^2 - sinh(x)^2", "1"],
  ["exp(x)*exp(-x)", "1"],
  ["(x^2 - 1)/(x - 1)", "x + 1"],
  ["(x^3 - y^3)/(x - y)", "x^2 + x*y + y^2"],
  ["1/(x - 1) - 1/(x + 1)", "2/(x^2 - 1)"],
  ["(x^2 + 2*x + 1)/(x + 1)", "x + 1"],
  ["x/(x*y + x)", "1/(y + 1)"],
  ["(a + b)^2 - (a - b)^2", "4*a*b"],
  ["(x^4 - 2*x^2 + 1)/(x^2 - 2*x + 1)", "(x + 1)^2"],
  ["log(exp(x))", "x", "x real"],
  ["sin(x)^2*cos(y)^2 + cos(x)^2*cos(y)^2 + sin(y)^2", "1"],
  ["(exp(2*x) - 1)/(exp(x) - 1)", "exp(x) + 1"],
];

test.each(IDENTITIES.map(([text, goal, assumptions = ""]) => [text, goal, assumptions]))(
  "%s becomes %s (%s)",
  (text, goal, assumptions) => {
    expect(simplify(parse(text), { assumptions: assume(assumptions) }).term).toBe(parse(goal));
  },
);

test.each([
  ["sqrt(5 + 2*sqrt(6))", "sqrt(2) + sqrt(3)"],
  ["sqrt(3 - 2*sqrt(2))", "sqrt(2) - 1"],
  ["(2 + sqrt(5))^(1/3)", "(1 + sqrt(5))/2"],
  ["1/(sqrt(2) - 1)", "sqrt(2) + 1"],
  ["(exp(x) - exp(-x))/(exp(x) + exp(-x))", "tanh(x)"],
  ["sin(x)/(1 + cos(x))", "tan(x/2)"],
  ["log(x) + log(y)", "log(x*y)", "x > 0, y > 0"],
  ["sqrt(x^2 + 2*x + 1)", "x + 1", "x > 0"],
  ["abs(x - 1)", "1 - x", "x < 0"],
  ["sin(x + pi/2)", "cos(x)"],
  ["sec(x)^2 - 1", "tan(x)^2"],
  ["sin(acos(x))", "sqrt(1 - x^2)"],
  ["piecewise(x, x > 0, -x)", "x", "x > 0"],
  ["floor(n + 1)", "n + 1", "n integer"],
])("%s becomes %s (%s)", (text, goal, assumptions = "") => {
  expect(simplify(parse(text), { assumptions: assume(assumptions) }).term).toBe(parse(goal));
});

test("what holds only under assumptions is left without them", () => {
  for (const text of ["sqrt(x^2)", "log(exp(x))", "log(x*y)", "(x*y)^a", "asin(sin(x))", "abs(x)"])
    expect(shown(text)).toBe(print(parse(text)));
});

test("conditions that were lost on the way are told", () => {
  const { conditions } = simplify(parse("(x^2 - 1)/(x - 1) + tan(y)*cos(y)"));
  expect(conditions.map(print).sort()).toEqual(["cos(y)", "x - 1"]);
  expect(simplify(parse("x/(x*y + x)"), { assumptions: assume("x > 0, y > 0") }).conditions).toEqual([]);
});

/** Expressions in two symbols over the functions that have rules. */
const expression = fc.letrec<{ term: string }>((tie) => ({
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("x", "y", "2", "1/2", "-1", "pi"),
    fc.tuple(tie("term"), fc.constantFrom("+", "-", "*"), tie("term")).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(fc.constantFrom("sin", "cos", "tan", "exp", "sinh", "cosh", "tanh", "log", "sqrt", "abs", "asin", "atan", "cbrt"), tie("term")).map(([f, a]) => `${f}(${a})`), // oxfmt-ignore
    fc.tuple(tie("term"), fc.constantFrom("2", "3", "(1/2)", "(-1)", "(1/3)")).map(([a, n]) => `(${a})^${n}`),
  ),
})).term;

for (const assumptions of ["", "x real, y real", "x > 0, y < 0"])
  test(`results equal inputs at random points, real and complex, and are never longer (${assumptions})`, () => {
    const known = assume(assumptions);
    fc.assert(
      fc.property(expression, (text) => {
        let term;
        try {
          term = parse(text);
        } catch {
          // Division by zero or log(0) in exact arithmetic, at the constructors.
          return;
        }
        let result;
        try {
          const made = simplify(term, { assumptions: known, budget: { time_ms: 2000 } });
          expect(made.stop.kind).not.toBe("other");
          result = made.term;
        } catch (error) {
          // 1/tan(pi): a denominator that turns out to be zero.
          if (error instanceof Failure && error.kind === "domain") return;
          throw error;
        }
        expect(measure(result)).toBeLessThanOrEqual(measure(term));
        expect(differs(term, result, known)).toBeUndefined();
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

test("a root of a power beside the power itself", () => {
  // Found by the random expressions above.
  const text = "((sinh(1/2) + ((exp(x))^(1/2) + 2)))^3";
  const { term, stop } = simplify(parse(text), { assumptions: assume("x real, y real") });
  expect(stop.kind).not.toBe("other");
  expect(equal(term, parse(text), { assumptions: assume("x real, y real") }).answer).not.toBe("no");
});

test("a budget that ends gives the best so far and the reason", () => {
  const text = Array.from({ length: 40 }, (_, k) => `sin(${k + 1}*x)*cos(${k + 2}*y)^3`).join(" + ");
  const { term, stop } = simplify(parse(text), { budget: { time_ms: 1 } });
  expect(stop.kind).toBe("time");
  expect(equal(term, parse(text)).answer).not.toBe("no");
});

test("towers of nestings neither overflow the stack nor take long", () => {
  let tower = parse("x");
  const sine = parse("sin(u)");
  for (let k = 0; k < 50_000; k++) tower = sine.context.intern(sine.kind, "sin", 0, [tower], []);
  const { stop } = simplify(tower);
  expect(stop.kind).toBe("nodes");
});

// Found by random expressions and the comparison at random points.
test.each([
  ["((-1)^y)^(1/3)", "x > 0, y < 0"],
  ["sqrt((log(x)^y)^(3/2))^y", ""],
  ["tanh(atan(acosh(-1)))*cosh((3^y)^y)", "y > 1"],
])("%s keeps its value (%s)", (text, assumptions) => {
  const { term, stop } = simplify(parse(text), { assumptions: assume(assumptions) });
  expect(stop.kind).not.toBe("other");
  expect(differs(term, parse(text), assume(assumptions))).toBeUndefined();
});
