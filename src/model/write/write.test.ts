import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Q } from "../../number/index.ts";
import { simulate } from "../../simulate.ts";
import { readCalc, readModel, readNet, readSbml, type Model } from "../index.ts";
import { decimalText } from "./decimal.ts";
import { writeCalc, writeSbml } from "./index.ts";

const example = (name: string): Model =>
  readModel(readFileSync(new URL(`../../../examples/models/${name}`, import.meta.url), "utf8"), name);
const calc = (text: string): Model => readCalc(text.replaceAll(" / ", "\n"), "m.calc");
const math = (body: string): string => `<math xmlns="http://www.w3.org/1998/Math/MathML">${body}</math>`;
const sbml = (body: string): Model => readSbml(`<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model>${body}</model></sbml>`); // oxfmt-ignore
const TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>';

/** Every kind of part, and names that need care. */
const MODELS: Readonly<Record<string, () => Model>> = {
  equations: () => calc("param k = 0.3, l = k/3 / state x = 1, y = l / x' = -k*x + sin(t) / y' = x - y^2 / output x, s = x + 2*y"),
  reactions: () => calc("param k = 1 / state X = 10, Y = 0, E = 2 / reaction 2 X -> Y : k*X^2*E/(3 + X) / reaction Y -> 0 : 1/3*Y / reaction 0 -> X + E : 0.1"),
  "reactions and lets": () => calc("state A = 1, B = 0 / let r = A*piecewise(1, A > 0.5, 2) / reaction A -> B : r / output A, B, rate = r"),
  events: () => calc("param g = 9.81 / state h = 1, v = 0 / discrete n = 0 / h' = v / v' = -g / when h < 0 and v < 0 : v = -0.8*v, n = n + 1"),
  "delayed events": () => calc("state x = 0 / discrete a = 0, b = 1 / x' = b / when x > 1 after 0.5 priority 2 : a = x / when x > 1 after 0.25 priority 1 drop late : b = x, a = a + 5"),
  "events at the start": () => calc("state x = 3 / discrete a = 0 / x' = -1 / when x > 1 initially : a = 7 / when x < 0 : x = 1"),
  algebraic: () => calc("state x = 1 / unknown z = 0.5 / x' = -z / 0 = z^3 + z - x / output x, z"),
  delays: () => calc("state x = 1, y = 0 / x' = -delay(x, 1.5) / y' = delay(x^2 + t, 0.5) - delay(delay(x, 1), 0.3)*y"),
  "time that starts late": () => calc("state x = 1 / x' = x*cos(t) / time 2 .. 6"),
  functions: () => calc("state x = 0.3 / x' = sign(10 - x) + 0.1*cbrt(x) + mod(t, 2)/10 + atan(x) + log10(x + 1) + log2(x + 2) + max(x, 0.2) + gamma(2 + sin(x))"),
  "large and small numbers": () => calc("param N = 6.02214179e23, s = 1e-9 / state x = 1 / x' = -x*N/602214179000000000000123*s*1e9"),
  dimer: () => example("dimer.net"),
  robertson: () => example("robertson.calc"),
  decay: () => example("decay.xml"),
  "held species and odd names": () => readNet("begin parameters\n 1 k_on 0.1\nend parameters\nbegin species\n 1 $A(b!1) 3\n 2 B() 0\nend species\nbegin reactions\n 1 1 1,2 k_on\n 2 2 0 k_on\nend reactions\nbegin groups\n 1 when 2\nend groups\n", "odd.net"),
  "a name that is a keyword": () => sbml(`<listOfParameters><parameter id="state" value="1" constant="false"/><parameter id="pi" value="2" constant="true"/><parameter id="t" value="0" constant="false"/></listOfParameters><listOfRules><rateRule variable="state">${math("<apply><minus/><apply><times/><ci>state</ci><ci>pi</ci></apply></apply>")}</rateRule><rateRule variable="t">${math(TIME)}</rateRule></listOfRules>`),
  "no states": () => sbml(`<listOfParameters><parameter id="a" constant="false"/></listOfParameters><listOfRules><assignmentRule variable="a">${math(`<apply><sin/>${TIME}</apply>`)}</assignmentRule></listOfRules>`),
  "a stoichiometry that is no whole number": () => sbml(`<listOfCompartments><compartment id="c" size="2" constant="true"/></listOfCompartments><listOfSpecies><species id="S" compartment="c" initialConcentration="1" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/><species id="P" compartment="c" initialAmount="0" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/></listOfSpecies><listOfReactions><reaction id="r" reversible="false"><listOfReactants><speciesReference species="S" stoichiometry="0.5" constant="true"/></listOfReactants><listOfProducts><speciesReference species="P" stoichiometry="1.5" constant="true"/></listOfProducts><kineticLaw>${math("<ci>S</ci>")}</kineticLaw></reaction></listOfReactions>`),
}; // oxfmt-ignore

const POINTS = [0.5, 1, 1.7, 2.4, 3.3];

async function curves(model: Model): Promise<ReadonlyMap<string, Float64Array>> {
  const from = model.span?.from ?? 0;
  const { outputs, stop } = await simulate(model, { times: POINTS.map((t) => from + t), digits: 7, check: "none" });
  expect(stop.kind).toMatch(/done|accuracy/);
  return new Map(outputs.curves.map(({ name, values }) => [name, values]));
}

describe("what is written reads back as a model with the same curves", () => {
  test.each(Object.keys(MODELS))("%s", async (name) => {
    const model = MODELS[name]();
    const expected = await curves(model);
    for (const [write, read] of [[writeCalc, readCalc], [writeSbml, readSbml]] as const) {
      const { text, names, notes } = write(model);
      const called = (output: string): string =>
        notes.find((note) => note.startsWith(`the output ${output} is `))?.split(" is ")[1] ?? names.get(output) ?? output;
      const again = await curves(read(text));
      for (const [output, values] of expected) {
        const found = again.get(called(output)) ?? again.get(output);
        expect(found, `${output} of ${text}`).toBeDefined();
        const size = Math.max(...values.map(Math.abs));
        values.forEach((value, i) => expect(Math.abs(found![i] - value), `${output} at ${i}`).toBeLessThan(2e-6 * size + 1e-12));
      }
    }
  }); // oxfmt-ignore
});

describe("what is written", () => {
  test("reactions stay reactions, and states with equations have one equation", () => {
    const { text } = writeCalc(MODELS.reactions());
    expect(text).toContain("reaction 2 X -> Y : ");
    expect(text).toContain("reaction 0 -> X + E : 0.1");
    const again = readSbml(writeSbml(MODELS.reactions()).text);
    expect(again.reactions.map(({ change }) => [...change.values()])).toEqual([[-2, 1], [-1], [1, 1]]);
  });

  test("names that are replaced are told", () => {
    const { names, notes, text } = writeCalc(MODELS.decay());
    expect([...names]).toEqual([["S.amount", "S_amount"]]);
    expect(notes).toEqual(["names that are not allowed were replaced: S.amount is S_amount"]);
    expect(text).toContain("state S_amount = 3*cell");
  });

  test("numbers are exact decimals", () => {
    expect(decimalText(Q.rational(1n, 8n))).toBe("0.125");
    expect(decimalText(Q.rational(-1n, 3n))).toBeUndefined();
    expect(["0", "-12.5", "1e-9", "6.02214179e23", "1200", "0.001"].map((text) => decimalText(Q.parseDecimal(text)!))).toEqual(["0", "-12.5", "1e-9", "6.02214179e23", "1200", "0.001"]); // oxfmt-ignore
  });

  test("noise", () => {
    const model = calc("param s = 0.2 / state x = 1 / x' = -x / noise x = s*x");
    expect(writeCalc(model).text).toContain("noise x = s*x");
    expect(readCalc(writeCalc(model).text).noise!.size).toBe(1);
    expect(() => writeSbml(model)).toThrow("SBML cannot say noise");
  });

  test("what a format cannot say is refused", () => {
    const nan = sbml('<listOfParameters><parameter id="a" constant="true"/><parameter id="b" value="1" constant="false"/></listOfParameters><listOfRules><rateRule variable="b"><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>a</ci></math></rateRule></listOfRules>'); // oxfmt-ignore
    expect(() => writeCalc(nan)).toThrow('"notanumber" is NaN, which .calc cannot say');
    expect(writeSbml(nan).text).toContain('value="NaN"');
    expect(() => writeSbml(calc("state x = 1 / x' = erf(x)"))).toThrow('SBML has no "erf" in formulae');
  });
});

/** Python with libSBML, an independent reader, where it is installed. */
function libsbml(): string | undefined {
  for (const python of ["python3", "/usr/bin/python3"])
    try {
      execFileSync(python, ["-c", "import libsbml"], { stdio: "ignore" });
      return python;
    } catch {
      continue;
    }
  return undefined;
}

const python = libsbml();
test.skipIf(python === undefined)("libSBML accepts the documents", () => {
  const folder = mkdtempSync(join(tmpdir(), "calculemus-"));
  try {
    const files = Object.entries(MODELS).map(([name, model]) => {
      const file = join(folder, `${name.replaceAll(" ", "-")}.xml`);
      writeFileSync(file, writeSbml(model()).text);
      return file;
    });
    const script = [
      "import libsbml, sys",
      "for f in sys.argv[1:]:",
      "    d = libsbml.readSBMLFromFile(f)",
      "    d.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)",
      "    d.checkConsistency()",
      "    for i in range(d.getNumErrors()):",
      "        if d.getError(i).getSeverity() >= libsbml.LIBSBML_SEV_ERROR: print(f, d.getError(i).getMessage())",
      "print('read', len(sys.argv) - 1)",
    ].join("\n");
    expect(execFileSync(python!, ["-c", script, ...files], { encoding: "utf8" })).toBe(`read ${files.length}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
