import { describe, expect, test } from "vitest";
import {
  algebraic, apply, assignment, ci, cn, compartments, course, event, events, functions, initially, level2, level3, math,
  parameters, plus, rate, reactions, rules, species, symbolic, time, times,
} from "../../../test/support/sbml.ts"; // oxfmt-ignore
import { readModel, readSbml } from "../index.ts";

const C = compartments('id="C" size="2" constant="true"');
const A = 'id="A" initialConcentration="3" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"';
const B = 'id="B" initialAmount="0" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"';
const one = (name: string) => `species="${name}" stoichiometry="1" constant="true"`;
const K = parameters('id="k" value="0.5" constant="true"');

/** Compares curves with numbers at 1e-6 of the largest. */
function near(found: readonly number[], expected: readonly number[]): void {
  const scale = Math.max(...expected.map(Math.abs), 1e-300);
  expected.forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThanOrEqual(1e-6 * scale));
}

const TIMES = [0, 0.5, 1, 2];
const at = (f: (t: number) => number): number[] => TIMES.map(f);

describe("species", () => {
  test("concentrations in mathematics, amounts in reactions", async () => {
    // dA/dt (amount) = -k*[A]: [A] = 3 exp(-k t / 2).
    const text = level3(C + species(A, B) + K + reactions({ from: [one("A")], to: [one("B")], law: times(ci("k"), ci("A")) })); // oxfmt-ignore
    const found = await course(text, TIMES, { A: "concentration", B: "amount" });
    near(
      found.A,
      at((t) => 3 * Math.exp(-t / 4)),
    );
    near(
      found.B,
      at((t) => 6 - 6 * Math.exp(-t / 4)),
    );
    const model = readModel(text, "m.xml");
    expect(model.outputs.map(({ name }) => name)).toEqual(["A", "B"]);
    expect(model.reactions).toHaveLength(1);
    expect(model.equations.size).toBe(0);
    // Without its ending the format is seen too.
    expect(readModel(text, "model").format).toBe("sbml");
  });

  test("hasOnlySubstanceUnits, boundary conditions, conversion factors, local parameters", async () => {
    const text = level3(
      C +
        species(
          'id="A" initialConcentration="3" hasOnlySubstanceUnits="true" boundaryCondition="true" constant="false"',
          'id="B" initialAmount="1" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false" conversionFactor="f"',
        ) +
        parameters('id="k" value="7" constant="true"', 'id="f" value="10" constant="true"') +
        reactions({
          from: [one("A")],
          to: ['species="B" stoichiometry="2.5" constant="true"'],
          law: times(ci("k"), ci("A")),
          locals: '<listOfLocalParameters><localParameter id="k" value="0.5"/></listOfLocalParameters>',
        }),
    );
    const found = await course(text, TIMES, { A: "concentration", B: "amount", R: undefined });
    near(
      found.A,
      at(() => 3),
    );
    near(
      found.B,
      at((t) => 1 + 2.5 * 10 * 0.5 * 6 * t),
    );
    near(
      found.R,
      at(() => 3),
    );
  });

  test("rate and assignment rules of species, and compartments that grow", async () => {
    const text = level3(
      compartments('id="C" size="1" constant="false"') +
        species(
          'id="A" initialAmount="4" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"',
          'id="B" initialConcentration="1" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"',
          'id="D" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"',
        ) +
        rules(rate("C", cn(1)), rate("B", cn(2)), assignment("D", plus(ci("A"), ci("B")))),
    );
    const found = await course(text, TIMES, { A: undefined, B: "amount", D: "concentration", C: undefined });
    near(
      found.A,
      at((t) => 4 / (1 + t)),
    );
    near(
      found.B,
      at((t) => (1 + 2 * t) * (1 + t)),
    );
    near(
      found.D,
      at((t) => 4 / (1 + t) + 1 + 2 * t),
    );
    near(
      found.C,
      at((t) => 1 + t),
    );
  });

  test("stoichiometric numbers that follow from rules", async () => {
    const text = level3(
      C + species(A, B) + K +
        rules(assignment("n", plus(time, cn(1)))) +
        reactions({ to: ['id="n" species="B" constant="false"'], law: ci("k") }),
    ); // oxfmt-ignore
    near(
      (await course(text, TIMES, { B: "amount" })).B,
      at((t) => 0.5 * (t + (t * t) / 2)),
    );
    const second = level2(
      '<listOfCompartments><compartment id="C"/></listOfCompartments>'.replace('"C"', '"C" size="2"') +
        species('id="B" initialAmount="1"') +
        reactions({ to: [`<speciesReference species="B"><stoichiometryMath>${math(plus(cn(1), cn(2)))}</stoichiometryMath></speciesReference>`], law: cn(1) }), // oxfmt-ignore
    );
    near(
      (await course(second, TIMES, { B: "amount" })).B,
      at((t) => 1 + 3 * t),
    );
    expect([...readSbml(second).reactions[0].change]).toEqual([[0, 3]]);
  });
});

describe("mathematics", () => {
  const value = async (content: string, more = ""): Promise<number> => {
    const text = level3(more + parameters('id="x" constant="false"', 'id="y" value="3" constant="true"') + rules(assignment("x", content))); // oxfmt-ignore
    return (await course(text, [1, 2], { x: undefined })).x[1];
  };

  test.each<[string, string, number]>([
    ["function definitions use each other", `<apply><ci>f</ci>${ci("y")}</apply>`, 10],
    ["time", time, 2],
    ["Avogadro's number", '<csymbol definitionURL="http://www.sbml.org/sbml/symbols/avogadro">N</csymbol>', 6.02214179e23], // oxfmt-ignore
    ["a condition as a number", plus("<true/>", apply("gt", ci("y"), cn(2))), 2],
    ["a number as a condition", `<piecewise><piece>${cn(5)}${ci("y")}</piece><otherwise>${cn(6)}</otherwise></piecewise>`, 5], // oxfmt-ignore
    ["a condition handed to a function", `<apply><ci>g</ci>${apply("lt", ci("y"), cn(2))}</apply>`, 8],
    ["nothing added", plus(), 0],
    ["min, max, quotient, rem", plus(apply("min", ci("y"), cn(1), cn(2)), apply("quotient", cn(-7), ci("y")), apply("rem", cn(-7), ci("y")), apply("max", ci("y"), cn(9))), 7], // oxfmt-ignore
    ["implies, xor", plus(apply("implies", "<true/>", "<false/>"), apply("xor", "<true/>", "<true/>", "<true/>")), 1],
    ["conditions are equal", apply("eq", "<true/>", apply("gt", ci("y"), cn(1))), 1],
    ["arccot", apply("arccot", cn(1)), Math.PI / 4],
    ["factorial", apply("factorial", plus(ci("y"), cn(1))), 24],
    ["infinity", "<infinity/>", Infinity],
    ["no otherwise", `<piecewise><piece>${cn(5)}<false/></piece></piecewise>`, Number.NaN],
  ])("%s", async (_, content, expected) => {
    const more = functions(["f", ["a"], plus(`<apply><ci>h</ci>${ci("a")}</apply>`, cn(1))], ["h", ["x"], times(ci("x"), ci("x"))], ["g", ["c"], `<piecewise><piece>${cn(7)}${ci("c")}</piece><otherwise>${cn(8)}</otherwise></piecewise>`]); // oxfmt-ignore
    const found = await value(content, more);
    if (Number.isFinite(expected)) expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected));
    else expect(found).toBe(expected);
  });

  test("initial assignments in any order, of rates and of each other", async () => {
    const text = level3(
      C + species(A, B) + parameters('id="k" value="0.5" constant="true"', 'id="p" constant="true"', 'id="q" constant="true"') +
        `<listOfInitialAssignments><initialAssignment symbol="p">${math(plus(ci("q"), ci("R")))}</initialAssignment><initialAssignment symbol="q">${math(times(cn(2), ci("A")))}</initialAssignment><initialAssignment symbol="B">${math(ci("p"))}</initialAssignment></listOfInitialAssignments>` +
        reactions({ from: [one("A")], law: times(ci("k"), ci("A")) }),
    ); // oxfmt-ignore
    const found = await course(text, [0, 1], { p: undefined, q: undefined, B: "concentration" });
    expect([found.p[0], found.q[0], found.B[1]]).toEqual([7.5, 6, 7.5]);
  });

  test("what has no value at the start matters only to what begins with it", async () => {
    const text = level3(
      parameters('id="s" value="0" constant="false"', 'id="x" constant="false"') +
        rules(rate("s", cn(1)), assignment("x", apply("divide", cn(1), ci("s")))),
    );
    const found = await course(text, TIMES, { x: undefined });
    expect(found.x[0]).toBe(Infinity);
    near(found.x.slice(1), [2, 1, 0.5]);
    const needed = text.replace("</listOfRules>", `</listOfRules>${initially("s", ci("x"))}`);
    expect(() => readSbml(needed)).toThrow(/circle/);
  });

  test("rateOf is the derivative, of species in growing compartments too", async () => {
    const text = level3(
      compartments('id="C" size="1" constant="false"') + species(B.replace('"0"', '"4"')) +
        parameters('id="x" constant="false"', 'id="y" constant="false"', 'id="s" value="1" constant="false"') +
        rules(rate("C", cn(1)), assignment("x", symbolic("rateOf", ci("B"))), rate("s", ci("s")), assignment("y", symbolic("rateOf", ci("s")))),
    ); // oxfmt-ignore
    const found = await course(text, TIMES, { x: undefined, y: undefined });
    near(
      found.x,
      at((t) => -4 / (1 + t) ** 2),
    );
    near(found.y, at(Math.exp));
  });

  test("delays look back, before the start at the values of the start", async () => {
    const text = level3(
      parameters('id="s" value="1" constant="false"', 'id="x" constant="false"', 'id="y" constant="false"') +
        rules(rate("s", cn(1)), assignment("x", symbolic("delay", ci("s"), cn(1))), assignment("y", symbolic("delay", symbolic("rateOf", ci("s")), cn(1)))),
    ); // oxfmt-ignore
    const found = await course(text, TIMES, { x: undefined, y: undefined });
    near(found.x, [1, 1, 1, 2]);
    near(found.y, [0, 0, 1, 1]);
  });
});

describe("algebraic rules and fast reactions", () => {
  test("a rule that is linear in a free quantity becomes an assignment", () => {
    const model = readSbml(level3(parameters('id="x" value="1" constant="false"', 'id="y" value="2" constant="false"') + rules(rate("x", cn(1)), algebraic(plus(ci("x"), times(cn(2), ci("y")), cn(-4)))))); // oxfmt-ignore
    expect(model.algebraic).toBeUndefined();
    expect(model.assignments.map(({ name, term }) => `${name} = ${term}`)).toEqual(["y = -x/2 + 2"]);
  });

  test("other rules are equations for the quantities that nothing else determines", async () => {
    const text = level3(
      parameters('id="x" value="1" constant="false"', 'id="y" value="1" constant="false"') +
        rules(rate("x", cn(1)), algebraic(apply("minus", times(ci("y"), ci("y")), ci("x")))),
    );
    expect(readSbml(text).algebraic).toHaveLength(1);
    near(
      (await course(text, TIMES, { y: undefined })).y,
      at((t) => Math.sqrt(1 + t)),
    );
  });

  test("fast reactions are in equilibrium", async () => {
    // A <-> B fast with B = 2 A; A drains slowly: d(A + B)/dt = -A, A = (A + B)/3.
    const text = level3(
      compartments('id="C" size="1" constant="true"') + species(A, B) +
        reactions(
          { attributes: 'fast="true"', from: [one("A")], to: [one("B")], law: apply("minus", times(cn(2), ci("A")), ci("B")) },
          { from: [one("A")], law: ci("A") },
        ),
    ); // oxfmt-ignore
    const found = await course(text, TIMES, { A: "amount", B: "amount" });
    near(
      found.A,
      at((t) => Math.exp(-t / 3)),
    );
    near(
      found.B,
      at((t) => 2 * Math.exp(-t / 3)),
    );
  });
});

test("fast reactions whose reactants run out", async () => {
  const text = (law: string): string =>
    level3(compartments('id="C" size="2" constant="true"') + species(A, B.replace('"0"', '"4"')) + parameters('id="k" value="-2" constant="true"') + reactions({ attributes: 'fast="true"', from: [one("A")], to: [one("B")], law })); // oxfmt-ignore
  const ends = async (law: string): Promise<number[]> => {
    const found = await course(text(law), [0, 1], { A: "amount", B: "amount" });
    return [found.A[0], found.B[0], found.A[1], found.B[1]].map((value) => value + 0);
  };
  expect(await ends(times(ci("A"), ci("B")))).toEqual([0, 10, 0, 10]);
  expect(await ends(times(ci("k"), ci("A"), ci("B")))).toEqual([10, 0, 10, 0]);
  expect(await ends(apply("power", ci("A"), cn(2)))).toEqual([0, 10, 0, 10]);
  expect(await ends(times(apply("minus", ci("k")), ci("A"), ci("A")))).toEqual([0, 10, 0, 10]);
  // A rate of zero: nothing happens.
  expect(await ends(times(cn(0), ci("A")))).toEqual([6, 4, 6, 4]);
});

test("of two reactants of a fast reaction the scarcer one is used up; others are in equilibrium", async () => {
  const D = 'id="D" initialAmount="1" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"';
  const two = ['species="A" stoichiometry="2" constant="true"', one("B")];
  const text = (law: string): string =>
    level3(compartments('id="C" size="1" constant="true"') + species(A.replace('"3"', '"5"'), B.replace('"0"', '"4"'), D) + K + reactions({ attributes: 'fast="true"', from: two, to: [one("D")], law }, { to: [one("A")], law: cn(1) })); // oxfmt-ignore
  // 5 A and 4 B: after extent 2.5 A is used up; A comes in and takes B with it, which lasts until t = 3.
  const found = await course(text(times(ci("k"), ci("A"), ci("B"))), [0, 2, 3, 5], { A: "amount", B: "amount", D: "amount" }); // oxfmt-ignore
  near(found.A, [0, 0, 0, 2]);
  near(found.B, [1.5, 0.5, 0, 0]);
  near(found.D, [3.5, 4.5, 5, 5]);
  const equal = await course(text(apply("minus", times(ci("k"), ci("A"), ci("B")), ci("D"))), [0, 1], { A: "amount", B: "amount", D: "amount" }); // oxfmt-ignore
  for (const i of [0, 1]) {
    expect(0.5 * equal.A[i] * equal.B[i]).toBeCloseTo(equal.D[i], 6);
    expect(equal.A[i] + 2 * equal.D[i]).toBeCloseTo(7 + i, 6);
    expect(equal.B[i] + equal.D[i]).toBeCloseTo(5, 6);
    expect(Math.min(equal.A[i], equal.B[i], equal.D[i])).toBeGreaterThan(0);
  }
});

test("a fast reaction is switched on and off by events", async () => {
  // B -> A slowly at rate 1; A -> D at once while k is not 0: from 1 to 2.
  const D = 'id="D" initialAmount="0" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"';
  const at = (t: number, value: number): string => event(apply("geq", time, cn(t)), { k: cn(value) });
  const text = level3(
    compartments('id="C" size="2" constant="true"') + species(A, B.replace('"0"', '"9"'), D) + parameters('id="k" value="0" constant="false"') +
      reactions({ attributes: 'fast="true"', from: [one("A")], to: [one("D")], law: times(ci("k"), ci("A")) }, { from: [one("B")], to: [one("A")], law: cn(1) }) +
      events(at(1, 5), at(2, 0), event(apply("geq", time, cn(4)), { A: cn(10) })),
  ); // oxfmt-ignore
  const found = await course(text, [0, 0.5, 1.5, 3, 5], { A: "amount", D: "amount" });
  near(found.A, [6, 6.5, 0, 1, 21]);
  near(found.D, [0, 0, 7.5, 8, 8]);
});

describe("events", () => {
  const after = apply("geq", time, cn(1));

  test("concentrations are assigned by the size before, amounts stay when a compartment changes", async () => {
    const growing = compartments('id="C" size="2" constant="false"');
    const text = level3(growing + species(A, B.replace('"0"', '"8"')) + events(event(after, { C: cn(4), A: cn(5) })));
    const found = await course(text, [0.5, 1.5], { A: "amount", B: "concentration", C: undefined });
    near(found.A, [6, 10]);
    near(found.B, [4, 2]);
    near(found.C, [2, 4]);
  });

  test("delays, priorities, triggers that hold at the start", async () => {
    const text = level3(
      parameters('id="x" value="0" constant="false"', 'id="y" value="0" constant="false"', 'id="z" value="0" constant="false"') +
        events(
          event(after, { x: plus(ci("x"), cn(1)) }, { more: `<priority>${math(cn(1))}</priority>` }),
          event(after, { x: times(ci("x"), cn(10)) }, { more: `<priority>${math(cn(2))}</priority>` }),
          event(after, { y: time }, { more: `<delay>${math(cn(0.25))}</delay>` }),
          event("<true/>", { z: cn(7) }, { triggerAttributes: "" }).replace('initialValue="true"', 'initialValue="false"'),
          event("<true/>", { z: cn(9) }),
        ),
    ); // oxfmt-ignore
    const found = await course(text, [0, 0.9, 1.1, 1.5], { x: undefined, y: undefined, z: undefined });
    expect(found.x).toEqual([0, 0, 1, 1]);
    expect(found.y[2]).toBe(0);
    expect(found.y[3]).toBeCloseTo(1, 6);
    expect(found.z).toEqual([7, 7, 7, 7]);
  });

  test("an event of Level 2 without flags takes values of its trigger's time", () => {
    const model = readSbml(level2(parameters('id="x" value="0" constant="false"') + `<listOfEvents><event><trigger>${math(apply("gt", time, cn(1)))}</trigger><listOfEventAssignments><eventAssignment variable="x">${math(cn(1))}</eventAssignment></listOfEventAssignments></event></listOfEvents>`)); // oxfmt-ignore
    const [only] = model.events!;
    expect([only.before, only.persistent, only.valuesAtTrigger]).toEqual([true, true, true]);
    expect(model.discrete!.map(({ name }) => name)).toEqual(["x"]);
  });

  test("an initial assignment is the start of what events change", async () => {
    const text = level3(parameters('id="x" value="0" constant="false"') + initially("x", cn(4)) + events(event(after, { x: cn(5) }))); // oxfmt-ignore
    expect((await course(text, [0, 2], { x: undefined })).x).toEqual([4, 5]);
  });
});
