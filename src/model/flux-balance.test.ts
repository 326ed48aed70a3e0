import { expect, test } from "vitest";
import { fluxBalance } from "./flux-balance.ts";
import { readFluxes } from "./sbml/flux.ts";

interface Parts {
  readonly version?: 1 | 2 | 3;
  readonly parameters?: string;
  readonly initial?: string;
  readonly reactions: string;
  readonly more?: string;
  readonly objectives: string;
}

/** X -> A -> Y and their like: A and B are balanced, X and Y are not. */
function model({ version = 2, parameters = "", initial = "", reactions, more = "", objectives }: Parts): string {
  const species = (id: string, boundary: boolean): string =>
    `<species id="${id}" compartment="c" initialAmount="0" hasOnlySubstanceUnits="true" boundaryCondition="${boundary}" constant="false"/>`;
  return `<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"
  xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version${version}" fbc:required="false"><model fbc:strict="false">
  <listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>
  <listOfSpecies>${species("A", false)}${species("B", false)}${species("X", true)}${species("Y", true)}</listOfSpecies>
  <listOfParameters>
    <parameter id="zero" value="0" constant="true"/><parameter id="ten" value="10" constant="true"/>
    <parameter id="inf" value="INF" constant="true"/><parameter id="ninf" value="-INF" constant="true"/>${parameters}
  </listOfParameters>
  ${initial === "" ? "" : `<listOfInitialAssignments>${initial}</listOfInitialAssignments>`}
  <listOfReactions>${reactions}</listOfReactions>
  ${more}
  <fbc:listOfObjectives ${objectives}</fbc:listOfObjectives>
  </model></sbml>`;
}

interface Side {
  readonly [species: string]: number | string;
}

function reaction(id: string, from: Side, to: Side, lower = "zero", upper = "ten"): string {
  const side = (name: string, members: Side): string =>
    Object.keys(members).length === 0
      ? ""
      : `<${name}>${Object.entries(members)
          .map(([s, n]) => `<speciesReference species="${s}" stoichiometry="${n}" constant="true"/>`)
          .join("")}</${name}>`;
  const bounds = `${lower && ` fbc:lowerFluxBound="${lower}"`}${upper && ` fbc:upperFluxBound="${upper}"`}`;
  return `<reaction id="${id}" reversible="false"${bounds}>${side("listOfReactants", from)}${side("listOfProducts", to)}</reaction>`;
}

const objective = (id: string, type: string, coefficients: Readonly<Record<string, number>>): string =>
  `<fbc:objective fbc:id="${id}" fbc:type="${type}"><fbc:listOfFluxObjectives>${Object.entries(coefficients)
    .map(([r, c]) => `<fbc:fluxObjective fbc:reaction="${r}" fbc:coefficient="${c}"/>`)
    .join("")}</fbc:listOfFluxObjectives></fbc:objective>`;
const active = (id: string, ...list: string[]): string => `fbc:activeObjective="${id}">${list.join("")}`;

/** Uptake of at most 10, half of which may go each way to B; two B make one Y. */
const CHAIN = [
  reaction("uptake", { X: 1 }, { A: 1 }),
  reaction("split", { A: 1 }, { B: 3 }, "zero", "inf"),
  reaction("export", { B: 2 }, { Y: 1 }, "zero", "inf"),
].join("");

test("the optimum, its fluxes and prices, proved", async () => {
  const text = model({ reactions: CHAIN, objectives: active("grow", objective("grow", "maximize", { export: 2 })) });
  const { status, objective: found, fluxes, shadowPrices, evidence } = await fluxBalance(text);
  expect(status).toBe("optimal");
  expect(found).toEqual({ id: "grow", sense: "maximize", value: 30 });
  expect(fluxes.map(({ reaction: name, flux }) => [name, flux])).toEqual([["uptake", 10], ["split", 10], ["export", 15]]); // oxfmt-ignore
  expect(fluxes[0].reducedCost).toBe(3);
  // One unit of B that is taken out costs half an export.
  expect(shadowPrices).toEqual([{ species: "A", price: -3 }, { species: "B", price: -1 }]); // oxfmt-ignore
  expect(evidence[0]).toMatchObject({ grade: "proved", bound: 0 });
});

test("another objective, minimised", async () => {
  const objectives = active("grow", objective("grow", "maximize", { export: 1 }), objective("least", "minimize", { uptake: 1, export: -1 })); // oxfmt-ignore
  const text = model({ reactions: CHAIN, objectives });
  expect((await fluxBalance(text)).objective.value).toBe(15);
  expect((await fluxBalance(text, { objective: "least" })).objective.value).toBe(-5);
  await expect(fluxBalance(text, { objective: "most" })).rejects.toThrow('no objective "most"');
});

test("bounds of version 1", async () => {
  const reactions = [reaction("uptake", { X: 1 }, { A: 1 }, "", ""), reaction("export", { A: 1 }, { Y: 1 }, "", "")].join(""); // oxfmt-ignore
  const bound = (operation: string, value: string, name = "uptake"): string =>
    `<fbc:fluxBound fbc:reaction="${name}" fbc:operation="${operation}" fbc:value="${value}"/>`;
  const of = async (sense: string, ...bounds: string[]): Promise<number> => {
    const more = `<fbc:listOfFluxBounds>${bounds.join("")}</fbc:listOfFluxBounds>`;
    const text = model({ version: 1, reactions, more, objectives: active("o", objective("o", sense, { export: 1 })) });
    return (await fluxBalance(text)).objective.value;
  };
  expect(await of("maximize", bound("lessEqual", "4"), bound("less", "3"))).toBe(3);
  expect(await of("minimize", bound("greaterEqual", "-2"), bound("greater", "-INF"))).toBe(-2);
  expect(await of("maximize", bound("equal", "1.5"))).toBe(1.5);
  await expect(of("maximize", bound("about", "1"))).rejects.toThrow('operation "about"');
  await expect(of("maximize", bound("equal", "1", "none"))).rejects.toThrow('reaction "none" is not defined');
});

test("initial assignments give bounds", async () => {
  const math = (body: string): string => `<math xmlns="http://www.w3.org/1998/Math/MathML">${body}</math>`;
  const text = model({
    parameters: '<parameter id="limit" value="3" constant="true"/>',
    initial: `<initialAssignment symbol="limit">${math("<apply><divide/><ci>ten</ci><cn>4</cn></apply>")}</initialAssignment>`,
    reactions: [reaction("uptake", { X: 1 }, { A: 1 }, "ninf", "limit"), reaction("export", { A: 1 }, { Y: 1 }, "zero", "inf")].join(""), // oxfmt-ignore
    objectives: active("o", objective("o", "maximize", { export: 1 })),
  });
  expect((await fluxBalance(text)).objective.value).toBe(2.5);
  expect(readFluxes(text).reactions[0]).toMatchObject({ lower: -Infinity, upper: 2.5 });
});

test("no fluxes, and no bound, are answers", async () => {
  const of = (...reactions: string[]) =>
    fluxBalance(
      model({
        parameters: '<parameter id="two" value="2" constant="true"/>',
        reactions: reactions.join(""),
        objectives: active("o", objective("o", "maximize", { export: 1 })),
      }),
    );
  const crossed = await of(reaction("export", { A: 1 }, {}, "ten", "two"));
  expect(crossed).toMatchObject({ status: "infeasible", reason: '"export" can have no flux: its lower bound 10 is above its upper bound 2' }); // oxfmt-ignore
  expect(crossed.objective.value).toBeNaN();
  // 10 or more come in, at most 2 go out.
  const stuck = await of(reaction("uptake", { X: 1 }, { A: 1 }, "ten", "inf"), reaction("export", { A: 1 }, {}, "zero", "two")); // oxfmt-ignore
  expect(stuck).toMatchObject({ status: "infeasible", reason: "no fluxes balance all species within their bounds" });
  expect(stuck.evidence[0].grade).toBe("proved");
  const free = await of(reaction("uptake", { X: 1 }, { A: 1 }, "zero", "inf"), reaction("export", { A: 1 }, {}, "zero", "inf")); // oxfmt-ignore
  expect(free).toMatchObject({ status: "unbounded", reason: 'the objective "o" grows without bound; some flux needs a bound' }); // oxfmt-ignore
  expect(free.evidence[0].grade).toBe("proved");
});

test("what cannot be read is refused", async () => {
  const of = (parts: Partial<Parts>) => fluxBalance(model({ reactions: CHAIN, objectives: ">", ...parts }));
  const max = (id: string): string => objective("o", "maximize", { [id]: 1 });
  await expect(of({})).rejects.toThrow("no active objective");
  await expect(of({ objectives: `>${max("export")}` })).rejects.toThrow("Its objectives: o.");
  await expect(of({ objectives: active("p", max("export")) })).rejects.toThrow('active objective "p" is not defined');
  await expect(of({ objectives: active("o", max("exit")) })).rejects.toThrow('reaction "exit" is not defined');
  await expect(of({ objectives: active("o", objective("o", "best", { export: 1 })) })).rejects.toThrow('not "best"');
  const good = active("o", max("uptake"));
  const only = (lower: string, upper: string): Partial<Parts> => ({ objectives: good, parameters: '<parameter id="blank" constant="true"/>', reactions: reaction("uptake", { X: 1 }, { A: 1 }, lower, upper) }); // oxfmt-ignore
  await expect(of(only("none", "ten"))).rejects.toThrow('parameter "none" of the flux bound is not defined');
  await expect(of(only("blank", "ten"))).rejects.toThrow('"blank" has no value');
  await expect(of(only("inf", "inf"))).rejects.toThrow("leave no flux");
  await expect(
    of({ objectives: active("o", max("uptake").replace("fbc:coefficient", 'fbc:variableType="quadratic" fbc:coefficient')) }), // oxfmt-ignore
  ).rejects.toThrow("only linear");
});
