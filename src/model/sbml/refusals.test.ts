import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  algebraic, apply, assignment, ci, cn, compartments, event, events, functions, initially, level2, level3, math, parameters, plus, rate,
  reactions, rules, species, symbolic, time, times,
} from "../../../test/support/sbml.ts"; // oxfmt-ignore
import { Failure } from "../../base/index.ts";
import { lowerModel, type Model, readSbml } from "../index.ts";

const P = parameters('id="p" value="1" constant="true"', 'id="v" value="1" constant="false"');
const C = compartments('id="C" size="1" constant="true"');
const S = 'id="S" initialAmount="1" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"';

const refusal = (text: string): Failure => {
  try {
    readSbml(text, "bad.xml");
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return error as Failure;
  }
  throw new Error("nothing was refused");
};

describe("refusals name file, line and column", () => {
  test.each<[string, string, RegExp, Failure["kind"]]>([
    ["nothing", "", /Root element/, "syntax"],
    ["no XML", "state x = 1", /Root element/, "syntax"],
    ["an element that is not closed", level3("<listOfRules>"), /tag/i, "syntax"],
    ["another document", "<html/>", /not <sbml>/, "syntax"],
    ["a bomb of entities", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${level3("")}`.replace(/<\?xml.*?\?>/, ""), /document type/, "syntax"], // oxfmt-ignore
    ["an entity that is not defined", level3("<notes>&bomb;</notes>"), /entity/, "syntax"],
    ["too deep", level3(`<notes>${"<b>".repeat(1000)}${"</b>".repeat(1000)}</notes>`), /deeper than/, "limit"],
    ["level 1", '<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"><model/></sbml>', /level 1 version 2/, "unsupported"], // oxfmt-ignore
    ["no level", "<sbml/>", /level \? version \?/, "unsupported"],
    ["no namespace", '<sbml level="3" version="2"><model/></sbml>', /namespace/, "syntax"],
    ["no model", level3("").replace(/<model[^]*<\/model>/, ""), /holds no model/, "syntax"],
    ["a package that is required", level3("").replace('level="3"', 'level="3" xmlns:multi="http://www.sbml.org/sbml/level3/version1/multi/version1" multi:required="true"'), /package multi/, "unsupported"], // oxfmt-ignore
    ["flux balance", level3('<fbc:listOfObjectives xmlns:fbc="x"><fbc:objective/></fbc:listOfObjectives>').replace('level="3"', 'level="3" xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version2" fbc:required="false"').replace(' xmlns:fbc="x"', ""), /flux balance/, "unsupported"], // oxfmt-ignore
    ["an unknown list", level3("<listOfWishes/>"), /<listOfWishes> is not known/, "unsupported"],
    ["an unknown rule", level3(rules("<wishRule/>")), /<wishRule> is not known/, "unsupported"],
    ["a list twice", level3(P + P), /a second <listOfParameters>/, "syntax"],
    ["an id twice", level3(P + compartments('id="p"')), /"p" is defined twice/, "name"],
    ["no id", level3(parameters('value="1"')), /no attribute id/, "syntax"],
    ["a bad id", level3(parameters('id="1 2"')), /not an identifier/, "syntax"],
    ["a bad number", level3(parameters('id="p" value="1,5" constant="true"')), /"1,5" is not a number/, "syntax"],
    ["a huge number", level3(parameters('id="p" value="1e999999999" constant="true"')), /not a number/, "syntax"],
    ["neither true nor false", level3(parameters('id="p" constant="maybe"')), /neither true nor false/, "syntax"],
    ["a compartment that is not there", level3(species(S)), /compartment "C" is not defined/, "name"],
    ["a name in mathematics", level3(P + rules(assignment("v", ci("nix")))), /"nix" is not defined/, "name"],
    ["a function that is not there", level3(P + rules(assignment("v", "<apply><ci>f</ci></apply>"))), /function "f"/, "name"], // oxfmt-ignore
    ["a variable that is not there", level3(P + rules(assignment("nix", cn(1)))), /"nix" is not defined/, "name"],
    ["a constant changed", level3(P + rules(rate("p", cn(1)))), /"p" is constant/, "name"],
    ["a constant set by an event", level3(P + events(event("<true/>", { p: cn(1) }))), /"p" is constant/, "name"],
    ["two rules", level3(P + rules(rate("v", cn(1)), assignment("v", cn(2)))), /"v" has two rules/, "name"],
    ["two initial assignments", level3(P + initially("v", cn(1)).replace(/<initialAssignment.*<\/initialAssignment>/, "$&$&")), /two initial assignments/, "name"], // oxfmt-ignore
    ["a rule and an event", level3(P + rules(assignment("v", cn(1))) + events(event("<true/>", { v: cn(1) }))), /assignment rule/, "syntax"], // oxfmt-ignore
    ["a rule and a reaction", level3(C + species(S) + rules(rate("S", cn(1))) + reactions({ from: ['species="S" stoichiometry="1" constant="true"'], law: cn(1) })), /by reactions and by a rule/, "syntax"], // oxfmt-ignore
    ["a species that is not there", level3(C + reactions({ from: ['species="S" stoichiometry="1"'], law: cn(1) })), /species "S" is not defined/, "name"], // oxfmt-ignore
    ["rules in a circle", level3(parameters('id="x" constant="false"', 'id="y" constant="false"') + rules(assignment("x", ci("y")), assignment("y", ci("x")))), /circle: .*x/, "name"], // oxfmt-ignore
    ["starts in a circle", level3(P + initially("v", plus(ci("v"), cn(1)))), /circle: v -> v/, "name"],
    ["functions in a circle", level3(P + functions(["f", ["x"], "<apply><ci>f</ci><ci>x</ci></apply>"]) + rules(assignment("v", `<apply><ci>f</ci>${cn(1)}</apply>`))), /uses itself/, "syntax"], // oxfmt-ignore
    ["rates in a circle", level3(P + rules(rate("v", symbolic("rateOf", ci("v"))))), /circle/, "name"],
    ["too few arguments", level3(P + functions(["f", ["x", "y"], ci("x")]) + rules(assignment("v", `<apply><ci>f</ci>${cn(1)}</apply>`))), /takes 2 arguments/, "usage"], // oxfmt-ignore
    ["two arguments of one name", level3(P + functions(["f", ["x", "x"], ci("x")]) + rules(assignment("v", `<apply><ci>f</ci>${cn(1)}${cn(1)}</apply>`))), /same name/, "syntax"], // oxfmt-ignore
    ["an unknown element in mathematics", level3(P + rules(assignment("v", "<wish/>"))), /<wish> is not known/, "unsupported"], // oxfmt-ignore
    ["an unknown symbol", level3(P + rules(assignment("v", '<csymbol definitionURL="http://x.org/y">z</csymbol>'))), /csymbol/, "unsupported"], // oxfmt-ignore
    ["integrals", level3(P + rules(assignment("v", "<apply><int/><bvar><ci>p</ci></bvar><ci>p</ci></apply>"))), /not done|not known|not an operation/, "unsupported"], // oxfmt-ignore
    ["delay of one argument", level3(P + rules(assignment("v", symbolic("delay", time)))), /delay takes two/, "usage"],
    ["an algebraic rule for nothing", level3(P + rules(rate("v", cn(1)), algebraic(plus(ci("v"), ci("p"))))), /no quantity that is free/, "syntax"], // oxfmt-ignore
    ["two algebraic rules for one", level3(P + rules(algebraic(ci("v")), algebraic(plus(ci("v"), cn(1))))), /no quantity that is free/, "syntax"], // oxfmt-ignore
    ["a fast reaction that may end in two ways", level3(C + species(S, S.replace('"S"', '"T"').replace('"1"', '"0"')) + reactions({ attributes: 'fast="true"', from: ['species="S" stoichiometry="1" constant="true"'], to: ['species="T" stoichiometry="1" constant="true"'], law: times(ci("S"), ci("T")) })), /several ways/, "unsupported"], // oxfmt-ignore
    [
      "an event of level 2 without a trigger",
      level2("<listOfEvents><event/></listOfEvents>"),
      /no <trigger>/,
      "syntax",
    ],
    ["an event that sets a thing twice", level3(P + events(event("<true/>", { v: cn(1) }).replace(/<eventAssignment .*<\/eventAssignment>/, "$&$&"))), /assigns "v" twice/, "syntax"], // oxfmt-ignore
    [
      "text in mathematics",
      level3(P + rules(assignment("v", "<apply><plus/>hello</apply>"))),
      /unexpected text/,
      "syntax",
    ],
  ])("%s", (_, text, what, kind) => {
    const failure = refusal(text);
    expect(failure.message).toMatch(what);
    expect(failure.kind).toBe(kind);
    expect(failure.place?.source).toBe("bad.xml");
    expect(failure.place!.line).toBeGreaterThan(0);
  });

  test("an output that is not there", () => {
    expect(() => readSbml(level3(P), "m.xml", { outputs: [{ id: "nix" }] })).toThrow(/no quantity "nix"/);
  });
});

const DOCUMENT = level3(
  C +
    species(S, S.replace('"S"', '"T"')) +
    parameters('id="k" value="0.5" constant="true"', 'id="v" constant="false"', 'id="w" value="2" constant="false"') +
    functions(["f", ["x"], times(ci("x"), cn(2))]) +
    initially("w", apply("divide", ci("k"), ci("C"))) +
    rules(assignment("v", `<apply><ci>f</ci>${ci("S")}</apply>`), algebraic(plus(ci("w"), ci("v")))) +
    reactions({
      from: ['species="S" stoichiometry="1" constant="true"'],
      to: ['id="n" species="T" stoichiometry="2" constant="false"'],
      law: times(ci("k"), ci("S"), symbolic("delay", ci("S"), cn(1))),
    }) +
    events(event(apply("gt", time, cn(1)), { S: plus(ci("S"), cn(1)) }, { more: `<delay>${math(cn(1))}</delay>` })),
);

function attempt(text: string): Model | undefined {
  try {
    return readSbml(text, "fuzz.xml");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

describe("no text makes the reader throw anything else", () => {
  test("mutations of a document, and of its elements and names", async () => {
    const pieces = DOCUMENT.split(/(?=<)/);
    const read: Model[] = [];
    const words = ["S", "T", "k", "v", "w", "n", "C", "f", "R", "<ci>S</ci>", "<true/>", "<infinity/>", '"0"', "<plus/>", "<and/>", "<piecewise/>", "<lambda/>", "constant", "-1", "1e9", "NaN"]; // oxfmt-ignore
    const spoil = fc.tuple(fc.constantFrom("drop", "twice", "swap", "cut", "put", "word"), fc.nat(), fc.nat(), fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary", minLength: 1, maxLength: 2 }))); // oxfmt-ignore
    fc.assert(
      fc.property(fc.array(spoil, { minLength: 1, maxLength: 3 }), (spoils) => {
        let list = pieces;
        for (const [kind, a, b, put] of spoils) {
          const i = a % list.length;
          const j = b % list.length;
          const piece = list[i];
          const at = b % (piece.length + 1);
          if (kind === "drop") list = list.toSpliced(i, 1);
          else if (kind === "twice") list = list.toSpliced(j, 0, piece);
          else if (kind === "swap") list = list.with(i, list[j]).with(j, piece);
          else if (kind === "cut") list = list.with(i, piece.slice(0, at) + piece.slice(at + 1));
          else if (kind === "word") list = list.with(i, piece.replace(/(?<=[">])\w+(?=["<]|$)/, put));
          else list = list.with(i, piece.slice(0, at) + put + piece.slice(at));
          if (list.length === 0) list = [""];
        }
        const model = attempt(list.join(""));
        if (model !== undefined) read.push(model);
      }),
      { numRuns: 3000, seed: 8 },
    );
    expect(read.length).toBeGreaterThan(100);
    for (const model of read.slice(0, 25))
      try {
        (await lowerModel(model, { target: "js" })).problem.dispose();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
  });

  const N = 3000;
  const many = Array.from({ length: N }, (_, i) => i);
  test.each([
    ["a long chain of rules", level3(parameters('id="x0" value="1" constant="false"', ...many.map((i) => `id="x${i + 1}" constant="false"`)) + rules(...many.map((i) => assignment(`x${i + 1}`, ci(`x${i}`)))))], // oxfmt-ignore
    ["a long chain of functions", level3(P + functions(["f0", ["x"], ci("x")], ...many.map((i): [string, string[], string] => [`f${i + 1}`, ["x"], `<apply><ci>f${i}</ci><ci>x</ci></apply>`])) + rules(assignment("v", `<apply><ci>f${N}</ci>${cn(1)}</apply>`)))], // oxfmt-ignore
    ["functions that double", level3(P + functions(["f0", ["x"], plus(ci("x"), ci("p"))], ...many.slice(0, 90).map((i): [string, string[], string] => [`f${i + 1}`, ["x"], times(`<apply><ci>f${i}</ci><ci>x</ci></apply>`, plus(cn(1), `<apply><ci>f${i}</ci>${time}</apply>`))])) + rules(assignment("v", `<apply><ci>f50</ci>${cn(1)}</apply>`)))], // oxfmt-ignore
    ["many algebraic rules", level3(parameters(...many.map((i) => `id="x${i}" value="1" constant="false"`)) + rules(...many.map((i) => algebraic(apply("minus", ci(`x${i}`), cn(1))))))], // oxfmt-ignore
    ["open comments", "<!--".repeat(50_000)],
    ["closed comments", `${"<!---->".repeat(50_000)}<sbml`],
  ])("deep or long: %s", (_, text) => {
    attempt(text);
  });
});
