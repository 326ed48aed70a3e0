import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, print } from "../term/index.ts";
import { canonical } from "./canonical.ts";
import { NOTHING } from "./assumptions.ts";
import { trigExpand, trigReduce } from "./trigonometry.ts";
import { differs } from "./zero.ts";

const angle = fc.constantFrom("x", "y", "2*x", "x + y", "x - 2*y", "x/2", "3*x + pi/6", "y + pi/3", "x + 1");
const wave = fc
  .tuple(fc.constantFrom("sin", "cos", "tan", "sec", "sinh", "cosh", "tanh", "exp"), angle)
  .map(([f, u]) => `${f}(${u})`);
const product = fc.array(fc.tuple(wave, fc.constantFrom("", "^2", "^3")), { minLength: 1, maxLength: 3 }).map((list) => list.map(([f, n]) => f + n).join("*")); // oxfmt-ignore
const expression = fc.array(product, { minLength: 1, maxLength: 3 }).map((list) => list.join(" - "));

test("expanded, reduced and canonical forms have the value of the input at real and complex points", () => {
  fc.assert(
    fc.property(expression, (text) => {
      const term = parse(text);
      for (const form of [trigExpand(term), trigReduce(term), canonical(term, NOTHING)])
        expect(differs(term, form)).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["sin(x + y)", "sin(x)*cos(y) + cos(x)*sin(y)"],
  ["cosh(2*x)", "2*cosh(x)^2 - 1"],
])("trigExpand: %s", (text, expanded) => {
  expect(trigExpand(parse(text))).toBe(parse(expanded));
});

test.each([
  ["sin(x)*cos(y) + cos(x)*sin(y)", "sin(x + y)"],
  ["2*sin(x)^2", "1 - cos(2*x)"],
  ["sinh(x)*cosh(x)", "sinh(2*x)/2"],
])("trigReduce: %s", (text, reduced) => {
  expect(print(trigReduce(parse(text)))).toBe(print(parse(reduced)));
});
