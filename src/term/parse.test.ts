import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { build, recipe } from "../../test/support/terms.ts";
import { Failure } from "../base/index.ts";
import { Context, evaluate, Kind, m, parse, print, symbolText, Term, transfer } from "./index.ts";

const context = new Context();
const p = (text: string): Term => parse(text, { context });

describe("conventions", () => {
  // [written, fully bracketed]
  test.each([
    ["-x^2", "0 - (x^2)"],
    ["a^b^c", "a^(b^c)"],
    ["2^-1", "1/2"],
    ["-2^2", "0 - 4"],
    ["2x", "2*x"],
    ["2(x + 1)", "2*(x + 1)"],
    ["(a)(b)", "a*b"],
    ["x y", "x*y"],
    ["1/2x", "(1/2)*x"],
    ["a/b/c", "a/(b*c)"],
    ["a - b - c", "a - (b + c)"],
    ["a - -b", "a + b"],
    ["x**2", "x^2"],
    ["+x", "x"],
    ["sin^2(x)", "sin(x)*sin(x)"],
    ["ln(x)", "log(x)"],
    ["log(8, 2)", "log(8)/log(2)"],
    ["pow(x, y)", "x^y"],
    ["min(x, y, z)", "min(min(x, y), z)"],
    ["if(x < 1, y, z)", "piecewise(y, x < 1, z)"],
    ["`x`", "x"],
    [".5", "1/2"],
    ["5.", "5"],
    ["1e3", "1000"],
    ["25E-2", "1/4"],
    ["not a < b and c < d or e1 = 2", "((not (a < b)) and (c < d)) or (e1 = 2)"],
    ["a && b < 1 || c == 2", ""],
    ["x[1]^2", "(x[1])^2"],
    ["2 x[1]", "2*(x[1])"],
    ["\t x\r\n + y ", "x + y"],
    ["é + Ω_1", "`é` + `Ω_1`"],
  ])("%s", (written, bracketed) => {
    if (bracketed === "") expect(() => p(written)).toThrow(Failure);
    else expect(p(written)).toBe(p(bracketed));
  });

  test("decimals are exact and float is not", () => {
    expect(p("0.1 + 0.2")).toBe(p("0.3"));
    expect(evaluate(p("float(0.1) + float(0.2)"))).toBe(0.1 + 0.2);
    expect(Object.is(p("float(-0)").value, -0)).toBe(true);
    expect(p("123456789012345678901234567890")).toBe(context.number(p("123456789*10^21 + 12345678901234567890").value));
  });

  test("m`` reads templates with terms in them", () => {
    const x = p("x");
    expect(m`${x}^2 + ${3}*${x}`).toBe(p("x^2 + 3*x"));
    expect(m`2*${p("x + 1")}^2`).toBe(p("2*(x + 1)^2"));
    expect(() => m`${"x" as unknown as number}`).toThrow(Failure);
  });

  test("names of the caller come first, and a closed world refuses others", () => {
    const names = (name: string): Term | undefined => (name === "e" ? p("x") : undefined);
    expect(parse("e^2", { context, names })).toBe(p("x^2"));
    expect(() => parse("e + f", { context, names, closed: "Declare it." })).toThrow(/"f" is not defined[^]*Declare it/);
    expect(() => parse("e(2)", { context, names })).toThrow("is not a function");
  });
});

describe("errors name the place", () => {
  const shown = (text: string): { what: string; line: number; column: number; caret: string } => {
    try {
      p(text);
    } catch (error) {
      if (!(error instanceof Failure) || error.place === undefined) throw error;
      const lines = error.message.split("\n");
      const at = lines.findIndex((line) => /^\s*\^$/.test(line));
      expect(at, error.message).toBeGreaterThan(0);
      const { line, column } = error.place;
      return { what: error.what, line, column, caret: lines[at - 1].slice(lines[at].indexOf("^")) };
    }
    throw new Error(`${text} was accepted`);
  };

  // [text, what, line, column, text from the caret on]
  test.each<[string, RegExp, number, number, string]>([
    ["", /empty/, 1, 1, ""],
    ["   ", /empty/, 1, 4, ""],
    ["x +", /ends too early/, 1, 4, ""],
    ["x + * y", /nothing before/, 1, 5, "* y"],
    ["x ++* y", /nothing before/, 1, 5, "* y"],
    ["(x + y", /never closed/, 1, 1, "(x + y"],
    ["sin(x", /never closed/, 1, 1, "sin(x"],
    ["[1, 2", /never closed/, 1, 1, "[1, 2"],
    ["x + y)", /closes nothing/, 1, 6, ")"],
    ["(x]", /does not match/, 1, 3, "]"],
    ["()", /empty/, 1, 2, ")"],
    ["(x +)", /nothing after/, 1, 4, "+)"],
    ["1 2", /two numbers/, 1, 3, "2"],
    ["1.2.3", /not a number/, 1, 1, "1.2.3"],
    ["x + 1..2", /unexpected|range/, 1, 6, "..2"],
    ["1e99999", /kept exactly/, 1, 1, "1e99999"],
    ["foo(x)", /unknown function "foo"/, 1, 1, "foo(x)"],
    ["x + sine(y)", /unknown function "sine"/, 1, 5, "sine(y)"],
    ["sin(x, y)", /takes 1 argument/, 1, 1, "sin(x, y)"],
    ["atan2(x)", /takes 2/, 1, 1, "atan2(x)"],
    ["sin + 1", /needs its argument/, 1, 1, "sin + 1"],
    ["x, y", /unexpected ","/, 1, 2, ", y"],
    ["(x, y)", /unexpected ","/, 1, 3, ", y)"],
    ["x $ y", /unexpected character "\$"/, 1, 3, "$ y"],
    ["x + 😀", /unexpected character "😀"/, 1, 5, "😀"],
    ["`abc", /unexpected character/, 1, 1, "`abc"],
    ["``", /empty/, 1, 1, "``"],
    ["a < b < c", /chained/, 1, 3, "< b < c"],
    ["1 + (x < 2)", /condition/, 1, 3, "+ (x < 2)"],
    ["sin(x < 2)", /condition/, 1, 1, "sin(x < 2)"],
    ["not x", /not a condition/, 1, 1, "not x"],
    ["x!", /cannot stand between|nothing|ends too early/, 1, 2, "!"],
    ["1/0", /division by zero/, 1, 2, "/0"],
    ["x +\n y +\n 2 $ 3", /unexpected character/, 3, 4, "$ 3"],
    ["sum(x)", /unknown function/, 1, 1, "sum(x)"],
    ["sum(x, i = 1)", /unknown function|sum/, 1, 1, "sum(x, i = 1)"],
    ["sum(x, 2 = 1 .. 3)", /written/, 1, 1, "sum(x, 2 = 1 .. 3)"],
    ["f(1 .. 2)", /range/, 1, 1, "f(1 .. 2)"],
    ["if(x, 1, 2)", /condition/, 1, 1, "if(x, 1, 2)"],
    ["float(x)", /decimal/, 1, 1, "float(x)"],
    ["float(1e999)", /range of doubles/, 1, 1, "float(1e999)"],
    ["9^9^9^9", /bits/, 1, 4, "^9^9"],
  ])("%j", (text, what, line, column, caret) => {
    const error = shown(text);
    expect(error.what).toMatch(what);
    expect([error.line, error.column]).toEqual([line, column]);
    expect(error.caret).toBe(caret);
  });

  test("the place is that of the file when the text is a piece of it", () => {
    const options = { context, source: "m.calc", line: 7, column: 5, lineText: "x = 1 + + * 2" };
    expect(() => parse("1 + + * 2", options)).toThrow(/^m\.calc:7:11: [^]*x = 1 \+ \+ \* 2\n {12}\^/);
  });

  test("near names are suggested", () => {
    expect(() => p("sinn(x)")).toThrow(/Did you mean sin/);
    expect(() => p("k(x)")).toThrow(/k\*\(/);
  });
});

describe("any text gives a term or a Failure", () => {
  const attempt = (text: string, held = false): Term | undefined => {
    const own = new Context();
    try {
      const term = parse(text, { context: own, held });
      expect(term).toBeInstanceOf(Term);
      return term;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      expect(error.what.length).toBeLessThan(2000);
      if (error.place !== undefined) {
        expect(error.place.line).toBeGreaterThan(0);
        expect(error.place.column).toBeGreaterThan(0);
      }
      return undefined;
    }
  };

  test("random characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.boolean(), (text, held) => void attempt(text, held)),
      { numRuns: 1000, seed: 8 },
    );
  });

  test("random tokens", () => {
    const token = fc.constantFrom(
      ..."x y a 0 1 2 0.5 1e3 .. . , ( ) [ ] + - * / ^ ** < <= = == != > >= ! && || and or not sin sin( log( exp( min( max( sum( product( array( float( if( piecewise( atan2( pi e `q` ` # sqrt( constructor( __proto__ toString( i = 1 .. 3".split(
        " ",
      ),
      " ",
    );
    let read = 0;
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), fc.boolean(), (tokens, held) => {
        const text = tokens.join("");
        const term = attempt(text, held);
        if (term === undefined || held) return;
        read++;
        // What was read prints, and reads back as itself.
        expect(parse(print(term), { context: term.context })).toBe(term);
      }),
      { numRuns: 8000, seed: 9 },
    );
    expect(read).toBeGreaterThan(100);
  });

  const N = 100_000;
  test.each([
    ["open brackets", "(".repeat(N)],
    ["brackets", `${"(".repeat(N)}x${")".repeat(N)}`],
    ["square brackets", `${"[".repeat(N)}x${"]".repeat(N)}`],
    ["mixed brackets", `${"([".repeat(N / 2)}x${"])".repeat(N / 2)}`],
    ["calls", `${"tanh(".repeat(N)}x${")".repeat(N)}`],
    ["indices", `${"a[".repeat(N)}1${"]".repeat(N)}`],
    ["ranges", `${"sum(".repeat(N)}1${",i=1..2)".repeat(N)}`],
    ["conditions", `${"if(x<1,".repeat(20_000)}0${",1)".repeat(20_000)}`],
    ["signs", `${"-".repeat(N)}x`],
    ["nots", `${"not ".repeat(N)}x<1`],
    ["powers", `${"x^".repeat(N)}x`],
    ["a long sum", `${"x+".repeat(N)}x`],
    ["a long product", `${"y*".repeat(N)}x`],
    ["digits", "7".repeat(N)],
    ["digits in a name", `1a${"1".repeat(N)}`],
    ["digits before a bad number", `${"1".repeat(N)}x1.5`],
    ["dots", ".".repeat(N)],
    ["blanks", " ".repeat(N)],
    ["backticks", "`".repeat(N)],
    ["commas", `min(${"1,".repeat(N)}1)`],
    ["one name", "x".repeat(N)],
    ["an unknown function of a long name", `${"x".repeat(N)}(1)`],
    ["zeros", `0.${"0".repeat(N)}1`],
    ["relations", `${"x<".repeat(N)}x`],
    ["lines", "\n".repeat(N)],
  ])("deep or long: %s", (_, text) => {
    attempt(text);
    attempt(text, true);
  });
});

describe("print and parse", () => {
  test("what is printed reads back as the same term", () => {
    fc.assert(
      fc.property(recipe, (r) => {
        const own = new Context();
        let term: Term;
        try {
          term = build(own, r);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          return;
        }
        const text = print(term);
        expect(parse(text, { context: own })).toBe(term);
        // and in an empty context as the same structure
        expect(parse(text, { context: new Context() }).hash).toBe(term.hash);
      }),
      { numRuns: 3000, seed: 10 },
    );
  });

  test.each([
    "a b",
    "1x",
    "and",
    "sin",
    "e",
    "pi",
    "if",
    "x'",
    "",
    "float",
    "sum",
    "ä",
    "A(b!1).B(a!1)",
    "#0",
    "__proto__",
    "constructor",
  ])(
    // oxfmt-ignore
    "any name survives: %j",
    (name) => {
      if (name === "") expect(() => context.symbol(name)).toThrow(Failure);
      else {
        const term = context.symbol(name);
        expect(p(symbolText(name))).toBe(term);
        expect(p(print(p(`2*${symbolText(name)}^2 + 1`)))).toBe(p(`1 + 2*${symbolText(name)}^2`));
      }
    },
  );

  // What people expect to see; each also reads back.
  test.each([
    ["1 + x + x^2", "x^2 + x + 1"],
    ["y*x*3", "3*x*y"],
    ["x*-1", "-x"],
    ["x^-1", "1/x"],
    ["a/(b*c)", "a/(b*c)"],
    ["x^(1/2)", "sqrt(x)"],
    ["x^(-1/2)", "1/sqrt(x)"],
    ["exp(1)", "e"],
    ["x/2", "x/2"],
    ["-(x + y)", "-x - y"],
    ["3/4*x", "3*x/4"],
    ["(x + 1)^2", "(x + 1)^2"],
    ["float(0.1)*x", "float(0.1)*x"],
    ["sum(a[k], k = 1 .. n)", "sum(a[i], i = 1 .. n)"],
  ])("%s prints as %s", (text, printed) => {
    expect(print(p(text))).toBe(printed);
    expect(p(printed)).toBe(p(text));
  });

  test("ordinary terms hold no held parts, and kinds survive a transfer", () => {
    const term = p("piecewise(x, x < 1 or y >= 2, -x) + max(x, 2)");
    expect(term.kind).toBe(Kind.sum);
    expect(print(transfer(term, new Context()))).toBe(print(term));
  });
});
