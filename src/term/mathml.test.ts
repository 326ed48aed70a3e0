import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { Context, held, parse, printTerm, readTerm } from "./index.ts";

const context = new Context();
const read = (text: string) => readTerm(text, { notation: "mathml", context });
const [x, y] = ["<ci>x</ci>", "<ci>y</ci>"];

// [content MathML, infix]
test.each([
  [`<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><plus/>${x}<cn>0.5</cn></apply></math>`, "x + 1/2"],
  [`<m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:apply><m:minus/><m:ci> x </m:ci></m:apply></m:math>`, "-x"],
  [`<?xml version="1.0"?><!-- rate --><apply><times/>${x}${y}<ci><![CDATA[a&b]]></ci></apply>`, "x*y*`a&b`"],
  [`<cn type="rational"> -1 <sep/> 3 </cn>`, "-1/3"],
  [`<cn type="e-notation">1.5<sep/>-3</cn>`, "0.0015"],
  [`<cn> 1e3 </cn>`, "1000"],
  [`<cn type="double">0.1</cn>`, "float(0.1)"],
  [`<apply><root/>${x}</apply>`, "sqrt(x)"],
  [`<apply><root/><degree><cn type="integer">3</cn></degree>${x}</apply>`, "x^(1/3)"],
  [`<apply><log/>${x}</apply>`, "log10(x)"],
  [`<apply><log/><logbase><cn>2</cn></logbase>${x}</apply>`, "log2(x)"],
  [`<apply><log/><logbase>${y}</logbase>${x}</apply>`, "log(x)/log(y)"],
  [`<apply><ln/>${x}</apply>`, "log(x)"],
  [`<apply><arcsinh/>${x}</apply>`, "asinh(x)"],
  [`<apply><sech/>${x}</apply>`, "1/cosh(x)"],
  [`<apply><arccoth/>${x}</apply>`, "atanh(1/x)"],
  [`<apply><factorial/>${x}</apply>`, "gamma(x + 1)"],
  [`<apply><quotient/><cn>-7</cn><cn>2</cn></apply>`, "-3"],
  [`<apply><rem/><cn>-7</cn><cn>2</cn></apply>`, "-1"],
  [`<apply><max/>${x}${y}<cn>1</cn></apply>`, "max(max(x, y), 1)"],
  [`<apply><lt/><cn>0</cn>${x}<cn>1</cn></apply>`, "0 < x and x < 1"],
  [
    `<apply><xor/><apply><lt/>${x}${y}</apply><apply><eq/>${x}${y}</apply></apply>`,
    "(x < y and not x = y) or (not x < y and x = y)",
  ],
  [
    `<apply><and/><apply><lt/>${x}${y}</apply><apply><not/><apply><geq/>${x}${y}</apply></apply></apply>`,
    "x < y and not y <= x",
  ],
  [
    `<piecewise><piece>${x}<apply><gt/>${x}<cn>0</cn></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>`,
    "piecewise(x, x > 0, 0)",
  ],
  [`<apply><times/><pi/><exponentiale/></apply>`, "pi*e"],
  [`<apply><csymbol>atan2</csymbol>${y}${x}</apply>`, "atan2(y, x)"],
  [`<apply><csymbol cd="arith1">unary_minus</csymbol>${x}</apply>`, "-x"],
  [`<apply><csymbol cd="transc1">sin</csymbol><csymbol cd="nums1">pi</csymbol></apply>`, "sin(pi)"],
  [`<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>`, "t"],
  [`<semantics>${x}<annotation encoding="text">anything</annotation></semantics>`, "x"],
  [
    `<apply><sum/><bvar><ci>k</ci></bvar><lowlimit><cn>1</cn></lowlimit><uplimit><ci>n</ci></uplimit><ci>k</ci></apply>`,
    "sum(k, k = 1 .. n)",
  ],
  [
    `<apply><product/><bvar><ci>k</ci></bvar><interval><cn>1</cn><ci>n</ci></interval><ci>k</ci></apply>`,
    "product(k, k = 1 .. n)",
  ],
  [`<apply><diff/><bvar>${x}<degree><cn>2</cn></degree></bvar><apply><power/>${x}<cn>3</cn></apply></apply>`, "6*x"],
  [`<apply><in/>${x}<interval closure="closed-open"><cn>0</cn><cn>1</cn></interval></apply>`, "0 <= x and x < 1"],
  [`<apply><notin/>${x}<set><cn>1</cn><cn>2</cn></set></apply>`, "not (x = 1 or x = 2)"],
  [`<matrix><matrixrow><cn>1</cn><cn>2</cn></matrixrow><matrixrow>${x}${y}</matrixrow></matrix>`, "[[1, 2], [x, y]]"],
  [`<apply><selector/>${x}<cn>2</cn></apply>`, "x[2]"],
])("%s is %s", (mathml, infix) => {
  expect(read(mathml)).toBe(parse(infix, { context }));
});

// [content MathML, what is said, line, column]
test.each<[string, RegExp, number, number]>([
  ["<math>\n<apply><plus/></math>", /Missing end tag/, 2, 15],
  ["<math>\n  <mrow><mi>x</mi></mrow></math>", /presentation markup/, 2, 3],
  ["<apply><plus/>text</apply>", /unexpected text "text"/, 1, 1],
  ["<apply><int/><ci>x</ci></apply>", /integrals/, 1, 8],
  ["<lambda><bvar><ci>x</ci></bvar><ci>x</ci></lambda>", /functions without a name/, 1, 1],
  ["<infinity/>", /infinity/, 1, 1],
  ["<true/>", /truth values/, 1, 1],
  ["<set><cn>1</cn></set>", /sets as values/, 1, 1],
  ["<cn type='complex-cartesian'>1</cn>", /complex-cartesian/, 1, 1],
  ["<cn>one</cn>", /"one" is not a number/, 1, 1],
  ["<cn type='rational'>1<sep/>0</cn>", /division by zero/, 1, 1],
  ["<cn base='16'>ff</cn>", /base/, 1, 1],
  ["<ci></ci>", /needs a name/, 1, 1],
  ["<plus/>", /outside <apply>/, 1, 1],
  ["<apply><foo/><ci>x</ci></apply>", /not an operation/, 1, 8],
  ["<apply><ci>f</ci><ci>x</ci></apply>", /function "f" is not known/, 1, 8],
  [
    "<apply><csymbol definitionURL='http://www.sbml.org/sbml/symbols/delay'>delay</csymbol><ci>x</ci></apply>",
    /delay/,
    1,
    8,
  ],
  ["<apply><sin/><ci>x</ci><ci>y</ci></apply>", /takes 1 argument/, 1, 1],
  ["<apply><sin/><apply><lt/><ci>x</ci><ci>y</ci></apply></apply>", /condition/, 1, 1],
  ["<apply><divide/><cn>1</cn><cn>0</cn></apply>", /division by zero/, 1, 1],
  [
    "<piecewise><piece><cn>1</cn><apply><lt/><ci>x</ci><cn>0</cn></apply></piece></piecewise>",
    /<otherwise> is missing/,
    1,
    1,
  ],
  ["<math/>", /holds nothing/, 1, 1],
  ["", /Root element/i, 1, 1],
  ["x", /./, 1, 1],
])("%s is refused", (mathml, what, line, column) => {
  try {
    read(mathml);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.what).toMatch(what);
    expect([error.place?.line, error.place?.column], error.message).toEqual([line, column]);
    return;
  }
  expect.fail(`${mathml} was read as ${String(read(mathml))}`);
});

test("elements of the standard are printed where there are some", () => {
  const print = (infix: string): string => printTerm(parse(infix, { context }), { notation: "mathml" }).slice(49, -7);
  expect(print("sin(x)/2 - x")).toBe(
    '<apply><minus/><apply><divide/><apply><sin/><ci>x</ci></apply><cn type="integer">2</cn></apply><ci>x</ci></apply>',
  );
  expect(print("-1/3")).toBe('<cn type="rational">-1<sep/>3</cn>');
  expect(print("`a<b`")).toBe("<ci>a&lt;b</ci>");
});

test("what XML cannot carry is refused", () => {
  expect(() => printTerm(context.symbol("\u0001"), { notation: "mathml" })).toThrow(Failure);
  expect(() => printTerm(held(context, "+", context.symbol("x"), context.number(1)), { notation: "mathml" })).toThrow(
    Failure,
  );
});
