import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, print } from "../term/index.ts";
import { apart } from "./apart.ts";
import { cancel, collect, expand, factor, together } from "./rational.ts";
import { equal } from "./zero.ts";

const show = (operation: (term: ReturnType<typeof parse>) => ReturnType<typeof parse>, text: string): string =>
  print(operation(parse(text)));

test("expand multiplies out, inside functions too, and leaves denominators", () => {
  expect(show(expand, "(x + 1)^3")).toBe("x^3 + 3*x^2 + 3*x + 1");
  expect(show(expand, "sin((x + 1)^2)")).toBe("sin(x^2 + 2*x + 1)");
  expect(show(expand, "(x + 1)^2/(x + 2)")).toBe(print(parse("x^2/(x + 2) + 2*x/(x + 2) + 1/(x + 2)")));
  expect(show(expand, "(sqrt(2) + sqrt(3))^2")).toBe("2*sqrt(2)*sqrt(3) + 5");
  expect(show(expand, "(exp(x) + exp(-x))^2")).toBe(print(parse("exp(2*x) + 2 + exp(-2*x)")));
});

test("cancel, together and factor", () => {
  expect(show(cancel, "(x^2 - 1)/(x - 1)")).toBe("x + 1");
  expect(show(cancel, "(exp(2*x) - 1)/(exp(x) - 1)")).toBe("exp(x) + 1");
  expect(show(cancel, "1/(1 + sqrt(x)) - 1/(1 - sqrt(x))")).toBe("2*sqrt(x)/(x - 1)");
  expect(show(together, "1/x + 1/y")).toBe("(x + y)/(x*y)");
  expect(show((t) => factor(t), "x^4 - 1")).toBe("(x + 1)*(x - 1)*(x^2 + 1)");
  expect(show((t) => factor(t), "(x^2 - y^2)/(x + 2)")).toBe(print(parse("(x - y)*(x + y)/(x + 2)")));
  expect(show((t) => factor(t), "exp(2*x) - 1")).toBe(print(parse("(exp(x) - 1)*(exp(x) + 1)")));
  expect(show((t) => factor(t), "x - x")).toBe("0");
});

test("collect and apart", () => {
  expect(show((t) => collect(t, parse("x")), "x^2*y + a*x + x*y")).toBe(print(parse("y*x^2 + (a + y)*x")));
  expect(() => collect(parse("1/x + 1"), parse("x"))).toThrow("no polynomial in x");
  expect(() => collect(parse("sin(x) + x"), parse("x"))).toThrow("it contains sin(x)");
  expect(show((t) => apart(t, parse("x")), "1/(x^2 - 1)")).toBe(print(parse("1/(2*(x - 1)) - 1/(2*(x + 1))")));
  expect(show((t) => apart(t, parse("x")), "(x^3 + 1)/(x^2 + x)")).toBe("x + 1/x - 1");
});

/** Rational expressions in x and y. */
const rational = fc.letrec<{ term: string }>((tie) => ({
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("x", "y", "2", "3/2", "-1"),
    fc.tuple(tie("term"), fc.constantFrom("+", "-", "*"), tie("term")).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie("term").map((a) => `(${a})^2`),
    fc.tuple(tie("term"), tie("term")).map(([a, b]) => `((${a})/((${b})^2 + 5))`),
  ),
})).term;

test("each operation keeps the value: checked by algebra and by numbers", () => {
  fc.assert(
    fc.property(rational, (text) => {
      const term = parse(text);
      for (const operation of [expand, cancel, together, (t: typeof term) => factor(t)]) {
        const { answer, evidence } = equal(operation(term), term);
        expect(answer).toBe("yes");
        expect(evidence[0].grade).toBe("proved");
      }
    }),
    { numRuns: 100 },
  );
});

test("partial fractions keep the value and have proper parts", () => {
  for (const text of [
    "x/((x^2 + 1)*(x - 1)^2)",
    "1/(x^3*(x + 1))",
    "(x^5 + a)/(x^2 - a^2)",
    "(x + y)/(x*y)",
    "1/(x^4 + 4)",
    "x^2/2",
  ]) {
    const term = parse(text);
    expect(equal(apart(term, parse("x")), term).answer).toBe("yes");
  }
});
