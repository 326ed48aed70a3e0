import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { everyTerm, heldTerm, type EveryOptions, type Maker } from "../../test/support/every-term.ts";
import { Failure } from "../base/index.ts";
import { Context, isHeld, type Notation, NOTATIONS, printTerm, readTerm, type Term } from "./index.ts";

/** Builds a term; what the constructors refuse (0^0, poles) is no case. */
function made(maker: Maker, context: Context): Term | undefined {
  try {
    return maker(context);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return undefined;
  }
}

describe("what is printed reads back as the same term", () => {
  const everything = { arrays: true, ranges: true };
  const cases: [Notation, EveryOptions, RegExp | undefined][] = [
    ["infix", everything, undefined],
    ["json", everything, undefined],
    ["mathml", everything, undefined],
    // A product of matrices is refused on reading.
    ["latex", { arrays: false, ranges: true }, undefined],
    ["latex", everything, /products, quotients and powers of matrices/],
    ["fpcore", { arrays: true, ranges: false }, /indices/],
  ];
  test.each(cases)("%s %j", (notation, options, refusal) => {
    let same = 0;
    fc.assert(
      fc.property(everyTerm(options), (maker) => {
        const context = new Context();
        const term = made(maker, context);
        if (term === undefined) return;
        try {
          const text = printTerm(term, { notation });
          expect(readTerm(text, { notation, context, held: false }), text).toBe(term);
          expect(readTerm(text, { notation, context: new Context(), held: false }).hash).toBe(term.hash);
          same++;
        } catch (error) {
          // Numbers of more than 100,000 digits print and are not read.
          if (error instanceof Failure && /kept exactly|digits are not read/.test(error.what)) return;
          if (refusal === undefined || !(error instanceof Failure) || !refusal.test(error.what)) throw error;
        }
      }),
      { numRuns: 3000, seed: 11 },
    );
    expect(same).toBeGreaterThan(1500);
  });

  test.each<[Notation]>([["infix"], ["json"], ["fpcore"]])("held terms: %s", (notation) => {
    fc.assert(
      fc.property(heldTerm, (maker) => {
        const context = new Context();
        const term = made(maker, context);
        if (term === undefined || !isHeld(term)) return;
        const text = printTerm(term, { notation });
        expect(readTerm(text, { notation, context, held: true }), text).toBe(term);
      }),
      { numRuns: 3000, seed: 12 },
    );
  });
});

describe("any text gives a term or a Failure with its place", () => {
  const attempt = (text: string, notation: Notation): void => {
    const context = new Context();
    try {
      readTerm(text, { notation, context });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      expect(error.what.length).toBeLessThan(2000);
      expect(error.place, error.what).toBeDefined();
      expect(error.place!.line).toBeGreaterThan(0);
      expect(error.place!.column).toBeGreaterThan(0);
    }
  };

  test.each(NOTATIONS)("random characters: %s", (notation) => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => attempt(text, notation)),
      { numRuns: 1000, seed: 13 },
    );
  });

  const pieces: Readonly<Record<Notation, string>> = {
    infix: "x y 1 2 0.5 + - * / ^ ( ) [ ] , .. < <= = and or not sin( sum( if( pi e ` rational(",
    latex: String.raw`x y f d e 1 2 0.5 12 + - * / ^ _ ( ) [ ] { } | , & \\ = < \le \in \{ \} ! ' % \% $ \frac \frac{d}{dx} \sqrt \sqrt[3] \sin \ln \log_ \min \sum_{k=1}^{n} \prod \left( \right) \left| \right| \lfloor \rfloor \langle \rangle \begin{cases} \end{cases} \begin{pmatrix} \end{pmatrix} \text{if} \text{otherwise} \mathrm{ab} \mathtt{q} \texttt{0.5} \pi \alpha \Gamma \land \lor \lnot \cdot \times \, \quad \infty \int \binom ^\circ \mathrm{d} \operatorname{sech}`,
    mathml: `<math> </math> <apply> </apply> <plus/> <minus/> <times/> <divide/> <power/> <root/> <degree> </degree> <log/> <logbase> </logbase> <cn> </cn> <ci> </ci> <sep/> 1 2 x y <piecewise> </piecewise> <piece> </piece> <otherwise> </otherwise> <lt/> <and/> <not/> <sum/> <bvar> </bvar> <lowlimit> </lowlimit> <uplimit> </uplimit> <in/> <set> </set> <interval> </interval> <diff/> <vector> </vector> <matrix> </matrix> <matrixrow> </matrixrow> <selector/> <mi> </mi> & &lt; <!-- --> <![CDATA[ ]]>`,
    fpcore:
      '( ) [ ] (FPCore let let* if ! :precision binary64 :pre x y 1 1/3 0x1p-3 -2 0.5 + - * / pow sqrt fma < <= == and or not PI E TRUE INFINITY while "s" |q| ; array exp',
    json: '{ } [ ] , : "op" "args" "+" "*" "^" "x" "number" "float" "bound" 0 1 -1 0.5 1e3 "1/3" "reduce:sum" "comprehension" "index" "array" "piecewise" "<" "and" "held:+" "sin" true null',
  };
  test.each(NOTATIONS)("random tokens: %s", (notation) => {
    const token = fc.constantFrom(...pieces[notation].split(" "));
    fc.assert(
      fc.property(fc.array(token, { maxLength: 16 }), fc.constantFrom("", " "), (tokens, glue) =>
        attempt(tokens.join(glue), notation),
      ),
      { numRuns: 6000, seed: 14 },
    );
  });

  test.each(NOTATIONS)("printed terms with a character changed, dropped or doubled: %s", (notation) => {
    const options = { arrays: notation !== "fpcore", ranges: notation !== "fpcore" };
    fc.assert(
      fc.property(everyTerm(options), fc.nat(), fc.constantFrom("", "(", ")", "{", "}", "<", "1", " ", "\\", '"', "|", "&"), (maker, at, character) => {
        const term = made(maker, new Context());
        if (term === undefined) return;
        let text: string;
        try {
          text = printTerm(term, { notation });
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          return;
        }
        const place = at % (text.length + 1);
        attempt(text.slice(0, place) + character + text.slice(place + 1), notation);
        attempt(text.slice(0, place) + character + text.slice(place), notation);
      }),
      { numRuns: 1000, seed: 15 },
    ); // oxfmt-ignore
  });

  const N = 100_000;
  const deep: [Notation, string, string, string][] = [
    ["latex", "(", "x", ")"],
    ["latex", "{", "x", "}"],
    ["latex", "\\left(", "x", "\\right)"],
    ["latex", "|", "x", "|"],
    ["latex", "\\frac{1}{", "x", "}"],
    ["latex", "\\frac", "1", ""],
    ["latex", "\\sqrt", "x", ""],
    ["latex", "\\sin ", "x", ""],
    ["latex", "x^{", "x", "}"],
    ["latex", "x_{", "x", "}"],
    ["latex", "\\lnot ", "x<1", ""],
    ["latex", "-", "x", ""],
    ["latex", "x^", "x", ""],
    ["latex", "\\begin{cases}", "x", "\\end{cases}"],
    ["latex", "\\sum_{k=1}^2 ", "k", ""],
    ["latex", "\\sum_{k=", "k", "}"],
    ["latex", "\\text{", "", ""],
    ["latex", "x+", "x", ""],
    ["latex", "x", "!", ""],
    ["latex", "x<", "x", ""],
    ["latex", "(x)_{", "k", "=1}^{2}"],
    ["latex", "f(", "x", ")"],
    ["latex", "x(", "x", ")"],
    ["mathml", "<apply><minus/>", "<cn>1</cn>", "</apply>"],
    ["mathml", "<a>", "", ""],
    ["mathml", '<a b="', "", '"'],
    ["mathml", "<!--", "", ""],
    ["mathml", "<", "", ">"],
    ["mathml", "&amp;", "", ""],
    ["fpcore", "(- ", "x", ")"],
    ["fpcore", "(if (< x 1) 1 ", "x", ")"],
    ["fpcore", "[", "x", "]"],
    ["fpcore", "(let ((x ", "x", ")) x)"],
    ["fpcore", '"', "", ""],
    ["fpcore", "; a\n", "", ""],
    ["fpcore", "|", "", ""],
    ["json", '{"op":"neg","args":[', "1", "]}"],
    ["json", '{"op":"sin","args":[', '"x"', "]}"],
    ["json", "[", "", "]"],
    ["json", '{"op":', '"x"', "}"],
    ["json", '"', "", ""],
    ["json", '{"op":"reduce:sum","args":[', "1", ",1,2]}"],
    ["infix", "2^(", "x", ")"],
    ["infix", "(x<1 and ", "x<1", ")"],
    ["infix", "x<1 and ", "x<1", ""],
  ];
  test.each(deep)("deep: %s %s", (notation, before, middle, after) => {
    attempt(before.repeat(N) + middle + after.repeat(N), notation);
    attempt(before.repeat(N) + middle, notation);
    attempt(middle + after.repeat(N), notation);
  });
});
