import { expect, test } from "vitest";
import { parse } from "../term/index.ts";
import { assume } from "./assumptions.ts";
import { equal } from "./zero.ts";

const verdict = (a: string, b: string, assumptions = ""): string => {
  const { answer, evidence } = equal(parse(a), parse(b), { assumptions: assume(assumptions) });
  return `${answer} ${evidence[0].grade}`;
};

// One identity a line: textbook identities for all complex arguments, or under the assumptions.
test.each([
  ["sin(x)^2 + cos(x)^2", "1"],
  ["sin(x + y)", "sin(x)*cos(y) + cos(x)*sin(y)"],
  ["sin(3*x)", "3*sin(x) - 4*sin(x)^3"],
  ["tan(2*x)", "2*tan(x)/(1 - tan(x)^2)"],
  ["cosh(x)^2 - sinh(x)^2", "1"],
  ["tanh(x)", "(exp(2*x) - 1)/(exp(2*x) + 1)"],
  ["exp(x + y)", "exp(x)*exp(y)"],
  ["4^x", "2^(2*x)"],
  ["x^a*x^b", "x^(a + b)"],
  ["exp(2*log(x))", "x^2"],
  ["log(6)", "log(2) + log(3)"],
  ["cos(pi/7) - cos(2*pi/7) + cos(3*pi/7)", "1/2"],
  ["sin(pi/5)^2", "(5 - sqrt(5))/8"],
  ["sqrt(5 + 2*sqrt(6))", "sqrt(2) + sqrt(3)"],
  ["(2 + sqrt(5))^(1/3) - (sqrt(5) - 2)^(1/3)", "1"],
  ["acos(x) + asin(x)", "pi/2"],
  ["sin(acos(x))", "sqrt(1 - x^2)"],
  ["gamma(x + 1)", "x*gamma(x)"],
  ["(x^2 - 1)/(x - 1)", "x + 1"],
  ["sqrt(x^2)", "x", "x > 0"],
  ["sqrt(x^2)", "abs(x)", "x real"],
  ["sqrt(x^2)", "-x", "x < 0"],
  ["log(x*y)", "log(x) + log(y)", "x > 0, y > 0"],
  ["(x*y)^a", "x^a*y^a", "x > 0"],
  ["log(exp(x))", "x", "x real"],
  ["abs(x*y)", "abs(x)*abs(y)"],
  ["4*atan(1/5) - atan(1/239)", "pi/4"],
  ["atan(1) + atan(2) + atan(3)", "pi"],
  ["atan(x) + atan(1/x)", "pi/2", "x > 0"],
  ["max(x, y) - min(x, y)", "abs(x - y)", "x real, y real"],
  ["(-1)^(2*n)", "1", "n integer"],
])("%s = %s is proved (%s)", (a, b, assumptions = "") => {
  expect(verdict(a, b, assumptions)).toBe("yes proved");
});

// Each is true for some values, or nearly, and false for others.
test.each([
  ["sqrt(x^2)", "x"],
  ["sqrt(x^2)", "abs(x)"],
  ["log(x*y)", "log(x) + log(y)"],
  ["log(exp(x))", "x"],
  ["(x*y)^a", "x^a*y^a"],
  ["(x^2)^(1/2)", "x", "x real"],
  ["asin(sin(x))", "x", "x real"],
  ["sqrt(x)*sqrt(y)", "sqrt(x*y)", "x < 0, y < 0"],
  ["atan(x) + atan(1/x)", "pi/2", "x real"],
  ["sin(x)", "x - x^3/6 + x^5/120 - x^7/5040"],
  ["exp(pi*sqrt(163))", "262537412640768744"],
  ["(1 + 1/1000)^1000", "e"],
  ["floor(x)", "x", "x real"],
])("%s = %s is refuted by a witness (%s)", (a, b, assumptions = "") => {
  const { answer, witness, evidence } = equal(parse(a), parse(b), { assumptions: assume(assumptions) });
  expect(answer).toBe("no");
  expect(evidence[0].grade).toBe("proved");
  expect(witness).toBeDefined();
});

test("what algebra does not settle is sampled, or unknown where there is nothing to sample", () => {
  expect(verdict("2*atan(x)", "acos((1 - x^2)/(1 + x^2))", "x > 0")).toBe("yes sampled");
  expect(verdict("2*asin(3/5)", "acos(7/25)")).toBe("unknown none");
  expect(equal(parse("f"), parse("f")).answer).toBe("yes");
  const { answer, reason } = equal(parse("besselJ(0, x)^2"), parse("besselJ(0, x)*besselJ(0, x)"));
  expect([answer, reason]).toEqual(["yes", undefined]);
});

test("assumptions: contradictions and what is not understood are refused, with the text", () => {
  expect(() => assume("x > 0, x < 0")).toThrow('"x < 0" leaves no value for x');
  expect(() => assume("x = 2, x < 0")).toThrow("contradict");
  expect(() => assume("x > y")).toThrow("not understood");
  expect(() => assume("x is nice")).toThrow("not understood");
  expect(() => assume("x >")).toThrow("not understood");
});

test("signs and reality are derived, not guessed", () => {
  const known = assume("x > 0, y real, n integer, z < 0, w >= 0");
  const facts = (text: string): string => {
    const term = parse(text);
    return [known.isReal(term) && "real", known.isPositive(term) && "positive", known.isInteger(term) && "integer", known.isNonzero(term) && "nonzero"].filter(Boolean).join(" "); // oxfmt-ignore
  };
  expect(facts("x + w + 1")).toBe("real positive nonzero");
  expect(facts("x*z")).toBe("real nonzero");
  expect(facts("y^2 + 1")).toBe("real positive nonzero");
  expect(facts("n^2 - 3*n")).toBe("real integer");
  expect(facts("x - w")).toBe("real");
  expect(facts("exp(y)")).toBe("real positive nonzero");
  expect(facts("sqrt(y)")).toBe("");
  expect(facts("log(x)")).toBe("real");
  expect(facts("u^2")).toBe("");
  expect(facts("abs(u) + 1")).toBe("real positive nonzero");
});

test("bounds are kept: no witness outside them, and signs follow from them", () => {
  expect(verdict("sqrt((x - 1)^2)", "x - 1", "x > 1")).toBe("yes proved");
  expect(verdict("abs(x - 3)", "3 - x", "x >= 1, x <= 3")).toBe("yes proved");
  expect(verdict("asin(sin(x))", "x", "x > -1, x < 1")).toBe("yes sampled");
  expect(verdict("sqrt((n - 4)^2)", "n - 4", "n > 4, n integer")).toBe("yes proved");
  expect(verdict("floor(x)", "0", "x > 0, x < 1")).toBe("yes sampled");
  expect(() => assume("x > 2, x < 1")).toThrow("leaves no value");
  expect(() => assume("x > 2, x <= 2")).toThrow("leaves no value");
});
