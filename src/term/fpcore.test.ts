import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { Context, parse, printTerm, readFpcore, readTerm } from "./index.ts";

const context = new Context();
const body = (text: string, held: boolean) => readTerm(text, { notation: "fpcore", context, held });

test("a program: name, arguments, properties, annotations", () => {
  const text = `; Kahan
    (FPCore expm1x (x (! :precision binary32 y))
      :name "(exp(x) - 1) / x" :precision binary64 :pre (and (< -1 x) (!= x 0))
      (/ (- (! :precision binary32 :round toZero (exp x)) 1) x))`;
  const program = readFpcore(text, { context });
  expect(program.name).toBe("expm1x");
  expect(program.args).toEqual([
    { name: "x", properties: {} },
    { name: "y", properties: { precision: "binary32" } },
  ]);
  expect(program.properties).toEqual({
    name: "(exp(x) - 1) / x",
    precision: "binary64",
    pre: "(and (< -1 x) (!= x 0))",
  });
  expect(program.body).toBe(parse("(exp(x) - 1)/x", { context, held: true }));
  expect(program.annotations).toEqual([
    { properties: { precision: "binary32", round: "toZero" }, term: parse("exp(x)", { context, held: true }) },
  ]);
  expect(body(program.properties.pre, false)).toBe(parse("-1 < x and x != 0", { context }));
});

// [FPCore, infix held]
test.each([
  ["(FPCore (x) (- (+ x 1) x))", "(x + 1) - x"],
  ["(- x)", "-x"],
  ["(+ a b c)", "(a + b) + c"],
  ["(pow x 2)", "x^2"],
  ["(let ([a (+ x 1)] [b x]) (* a b))", "(x + 1)*x"],
  ["(let ([x y] [y x]) (- x y))", "y - x"],
  ["(let* ([a x] [b (+ a 1)]) (/ a b))", "x/(x + 1)"],
  ["(if (< x 0) (- x) (if (== x 0) 1 x))", "if(x < 0, -x, x = 0, 1, x)"],
  ["(fmax (fabs x) 1)", "max(abs(x), 1)"],
  ["1/3", "rational(1/3)"],
  ["(+ -1/3 0.1)", "rational(-1/3) + rational(1/10)"],
  ["0x1.8p-1", "rational(3/4)"],
  ["(* PI |a b|)", "pi*`a b`"],
  ["(! :precision binary64 0.1)", "float(0.1)"],
])("%s is held as %s", (text, infix) => {
  expect(body(text, true)).toBe(parse(infix, { context, held: true }));
});

// [FPCore, infix]
test.each([
  ["(+ x x)", "2*x"],
  ["(fma a b c)", "a*b + c"],
  ["(hypot x y)", "sqrt(x^2 + y^2)"],
  ["(expm1 x)", "exp(x) - 1"],
  ["(* LN2 LOG2E)", "1"],
  ["(< a b c)", "a < b and b < c"],
  ["(!= a b c)", "a != b and a != c and b != c"],
  ["(trunc -5/2)", "-2"],
  ["(array x (+ x 1))", "[x, x + 1]"],
])("%s is %s by value", (text, infix) => {
  expect(body(text, false)).toBe(parse(infix, { context }));
});

// [FPCore, what is said, line, column]
test.each<[string, RegExp, number, number]>([
  ["(FPCore (x)\n (+ x y))", /"y" is not an argument/, 2, 7],
  ["(FPCore (x x) x)", /same name/, 1, 9],
  ["(FPCore (x))", /expression is missing/, 1, 1],
  ["(FPCore (x) x x)", /more than one expression/, 1, 15],
  ["(FPCore ((x 3)) x)", /sizes/, 1, 10],
  ["(while (< x 1) ([x 0 (+ x 1)]) x)", /loops/, 1, 2],
  ["(fma a b c)", /cannot be kept as written/, 1, 2],
  ["LN2", /cannot be kept as written/, 1, 1],
  ["INFINITY", /cannot stand in a term/, 1, 1],
  ["(if TRUE 1 2)", /TRUE/, 1, 5],
  ["(if x 1 2)", /not a condition/, 1, 5],
  ["(if (< x 1) 1)", /takes a condition/, 1, 1],
  ["(foo x)", /unknown operation "foo"/, 1, 2],
  ["(sin x y)", /argument/, 1, 2],
  ["(+ x (< x 1))", /condition/, 1, 2],
  ["(let ([x]) x)", /binding/, 1, 7],
  ["(round x)", /round/, 1, 2],
  ["1/0", /division by zero/, 1, 1],
  ["1.2.3", /not a number/, 1, 1],
  ["(+ x", /never closed/, 1, 1],
  ["(+ x]", /does not match/, 1, 5],
  ["x)", /closes nothing/, 1, 2],
  ["x y", /text after/, 1, 3],
  ["()", /empty/, 1, 1],
  ["; nothing\n", /empty/, 2, 1],
  ['"x"', /string/, 1, 1],
])("%s is refused", (text, what, line, column) => {
  try {
    body(text, true);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.what).toMatch(what);
    expect([error.place?.line, error.place?.column], error.message).toEqual([line, column]);
    return;
  }
  expect.fail(`${text} was read as ${String(body(text, true))}`);
});

test("printing", () => {
  const print = (infix: string, held = false): string =>
    printTerm(parse(infix, { context, held }), { notation: "fpcore" });
  expect(print("(x + 1) - x", true)).toBe("(FPCore (x) (- (+ x 1) x))");
  expect(print("-x^2/3 + sqrt(y)")).toBe("(FPCore (x y) (+ (- (/ (pow x 2) 3)) (sqrt y)))");
  expect(print("if(x < 0, 1, x < 1, 2, 3)")).toBe("(FPCore (x) (if (< x 0) 1 (if (< x 1) 2 3)))");
  expect(() => print("sum(k, k = 1 .. n)")).toThrow(/cannot be written in FPCore/);
});
