import { describe, expect, test } from "vitest";
import {
  assignment, ci, cn, compartments, course, event, events, apply, level3, parameters, plus, rate, rules, time,
} from "../../../test/support/sbml.ts"; // oxfmt-ignore
import { Failure } from "../../base/index.ts";
import { readSbml } from "../index.ts";

const submodels = (...each: string[]): string => `<comp:listOfSubmodels>${each.join("")}</comp:listOfSubmodels>`;
const submodel = (id: string, of: string, more = "", inside = ""): string =>
  `<comp:submodel comp:id="${id}" comp:modelRef="${of}" ${more}>${inside}</comp:submodel>`;
const definitions = (...each: [id: string, body: string][]): string =>
  `<comp:listOfModelDefinitions>${each.map(([id, body]) => `<comp:modelDefinition id="${id}">${body}</comp:modelDefinition>`).join("")}</comp:listOfModelDefinitions>`;
const replaces = (...references: string[]): string =>
  `<comp:listOfReplacedElements>${references.map((each) => `<comp:replacedElement ${each}</comp:replacedElement>`).join("")}</comp:listOfReplacedElements>`;
const holding = (attributes: string, inside: string): string => `<parameter ${attributes}>${inside}</parameter>`;
const list = (...each: string[]): string => `<listOfParameters>${each.join("")}</listOfParameters>`;

/** x' = k, k = 2; y = time. */
const GROWTH = parameters('id="x" value="1" constant="false"', 'id="k" value="2" constant="true"', 'id="y" constant="false"') + rules(rate("x", ci("k")), assignment("y", time)) + '<comp:listOfPorts><comp:port comp:id="K" comp:idRef="k"/></comp:listOfPorts>'; // oxfmt-ignore
const at1 = async (text: string, ...ids: string[]): Promise<number[]> => {
  const found = await course(text, [0.5, 1], Object.fromEntries(ids.map((id) => [id, undefined])));
  return ids.map((id) => Math.round(found[id][1] * 1e6) / 1e6);
};

describe("submodels", () => {
  test("names are prefixed, instances are independent, and nest", async () => {
    const text = level3(submodels(submodel("a", "growth"), submodel("b", "outer")), definitions(["growth", GROWTH], ["outer", submodels(submodel("c", "growth")) + parameters('id="x" value="5" constant="true"')])); // oxfmt-ignore
    expect(await at1(text, "a__x", "b__c__x", "b__x")).toEqual([3, 3, 5]);
    expect(readSbml(text).outputs.map(({ name }) => name)).toEqual(["a__x", "a__y", "b__c__x", "b__c__y"]);
  });

  test("replacement by id, by port, deep, and with a conversion factor", async () => {
    const own = list(
      holding('id="p" value="10" constant="true"', replaces('comp:submodelRef="a" comp:portRef="K">', 'comp:submodelRef="b" comp:idRef="c"><comp:sBaseRef comp:idRef="k"/>')), // oxfmt-ignore
      holding('id="q" value="40" constant="true"', replaces('comp:submodelRef="d" comp:idRef="k" comp:conversionFactor="f">')), // oxfmt-ignore
      '<parameter id="f" value="4" constant="true"/>',
    );
    const text = level3(own + submodels(submodel("a", "growth"), submodel("b", "outer"), submodel("d", "growth")), definitions(["growth", GROWTH], ["outer", submodels(submodel("c", "growth"))])); // oxfmt-ignore
    expect(await at1(text, "a__x", "b__c__x", "d__x")).toEqual([11, 11, 11]);
    // A replaced name means what replaces it, in its own unit.
    expect(await at1(text, "a__k", "d__k")).toEqual([10, 40]);
  });

  test("what replaces can itself be replaced, and be inside (replacedBy)", async () => {
    const outer = submodels(submodel("c", "growth")) + list(holding('id="k2" value="6" constant="true"', replaces('comp:submodelRef="c" comp:idRef="k">'))); // oxfmt-ignore
    const own = list(holding('id="p" value="7" constant="true"', replaces('comp:submodelRef="b" comp:idRef="k2">')));
    const text = level3(own + submodels(submodel("b", "outer")), definitions(["growth", GROWTH], ["outer", outer]));
    expect(await at1(text, "b__c__x")).toEqual([8]);
    const by = list(holding('id="k" value="100" constant="true"', '<comp:replacedBy comp:submodelRef="a" comp:idRef="k"/>'), '<parameter id="z" value="0" constant="false"/>'); // oxfmt-ignore
    const second = level3(by + rules(rate("z", ci("k"))) + submodels(submodel("a", "growth")), definitions(["growth", GROWTH])); // oxfmt-ignore
    expect(await at1(second, "z", "k")).toEqual([2, 2]);
  });

  test("deletions", async () => {
    const body = parameters('id="x" value="1" constant="false"') + rules(assignment("x", cn(9)).replace("<assign", "<assign").replace('variable="x"', 'metaid="rule" variable="x"')); // oxfmt-ignore
    const deletion = '<comp:listOfDeletions><comp:deletion comp:metaIdRef="rule"/></comp:listOfDeletions>';
    const text = level3(submodels(submodel("a", "d"), submodel("b", "d", "", deletion)), definitions(["d", body]));
    expect(await at1(text, "a__x", "b__x")).toEqual([9, 1]);
    const whole = level3(submodels(submodel("b", "outer", "", '<comp:listOfDeletions><comp:deletion comp:idRef="c"/></comp:listOfDeletions>')) + parameters('id="p" value="1" constant="false"'), definitions(["growth", GROWTH], ["outer", submodels(submodel("c", "growth"))])); // oxfmt-ignore
    expect(readSbml(whole).states).toHaveLength(0);
  });

  test("time and extents are converted", async () => {
    // The inner time runs half as fast: one of ours is half of one of theirs.
    const timed = level3(parameters('id="f" value="2" constant="true"') + submodels(submodel("a", "growth", 'comp:timeConversionFactor="f"')), definitions(["growth", GROWTH])); // oxfmt-ignore
    expect(await at1(timed, "a__x", "a__y")).toEqual([2, 0.5]);
    const body = parameters('id="z" value="0" constant="false"') + events(event(apply("geq", time, cn(0.25)), { z: cn(1) })) + compartments('id="C" size="1" constant="true"') + '<listOfSpecies><species id="S" compartment="C" initialAmount="1" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/></listOfSpecies><listOfReactions><reaction id="J" reversible="false"><listOfProducts><speciesReference species="S" stoichiometry="1" constant="true"/></listOfProducts><kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><cn>3</cn></math></kineticLaw></reaction></listOfReactions>'; // oxfmt-ignore
    const extent = level3(parameters('id="f" value="2" constant="true"', 'id="e" value="10" constant="true"') + submodels(submodel("a", "r", 'comp:timeConversionFactor="f" comp:extentConversionFactor="e"')), definitions(["r", body])); // oxfmt-ignore
    expect(await at1(extent, "a__S", "a__z")).toEqual([1 + (3 * 10) / 2, 1]);
    const found = await course(extent, [0.4, 0.6], { a__z: undefined });
    expect(found.a__z).toEqual([0, 1]);
  });

  test("models in other files are asked for", async () => {
    const files: Record<string, string> = {
      "g.xml": level3(parameters('id="x" value="1" constant="false"') + rules(rate("x", plus(ci("x"), cn(0))))),
    };
    const text = level3(submodels(submodel("a", "ext")), '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="ext" comp:source="g.xml" comp:modelRef="m"/></comp:listOfExternalModelDefinitions>'); // oxfmt-ignore
    const found = await course(text, [0, 1], { a__x: undefined }, { resolve: (uri) => files[uri] });
    expect(found.a__x[1]).toBeCloseTo(Math.E, 6);
    expect(() => readSbml(text)).toThrow(/another file, "g.xml"/);
  });
});

describe("refused compositions", () => {
  test.each<[string, string, string, RegExp]>([
    ["a model that is not defined", submodels(submodel("a", "nowhere")), "", /"nowhere" is not defined/],
    ["models inside each other", submodels(submodel("a", "d")), definitions(["d", submodels(submodel("a", "d"))]), /circle|deep/], // oxfmt-ignore
    ["too many", submodels(submodel("a", "d0")), definitions(...Array.from({ length: 15 }, (_, i): [string, string] => [`d${i}`, i === 14 ? "" : submodels(submodel("a", `d${i + 1}`), submodel("b", `d${i + 1}`))])), /too many/], // oxfmt-ignore
    ["an element that is not there", submodels(submodel("a", "growth", "", '<comp:listOfDeletions><comp:deletion comp:idRef="nix"/></comp:listOfDeletions>')), definitions(["growth", GROWTH]), /"nix" is not in the submodel/], // oxfmt-ignore
    ["a submodel that is not there", list(holding('id="p" value="1" constant="true"', replaces('comp:submodelRef="b" comp:idRef="k">'))), "", /the submodel "b" is not defined/], // oxfmt-ignore
    ["two submodels of one name", submodels(submodel("a", "growth"), submodel("a", "growth")), definitions(["growth", GROWTH]), /there twice/], // oxfmt-ignore
    ["a factor that is not there", submodels(submodel("a", "growth", 'comp:timeConversionFactor="nix"')), definitions(["growth", GROWTH]), /conversion factor "nix"/], // oxfmt-ignore
    ["a reference into no submodel", list(holding('id="p" value="1" constant="true"', replaces('comp:submodelRef="a" comp:idRef="k"><comp:sBaseRef comp:idRef="k"/>'))) + submodels(submodel("a", "growth")), definitions(["growth", GROWTH]), /no submodel/], // oxfmt-ignore
    ["external models in a circle", submodels(submodel("a", "e")), '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="e" comp:source="self.xml" comp:modelRef="e"/></comp:listOfExternalModelDefinitions>', /circle/], // oxfmt-ignore
  ])("%s", (_, body, outside, what) => {
    const text = level3(body, outside);
    let failure: unknown;
    try {
      readSbml(text, "m.xml", { resolve: () => text });
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).message).toMatch(what);
    expect((failure as Failure).place).toBeDefined();
  });
});

test("a parameter stands for a local one of a kinetic law, and for no other of that name", async () => {
  const reaction = '<listOfReactions><reaction id="J" reversible="false"><listOfProducts><speciesReference species="S" stoichiometry="1" constant="true"/></listOfProducts><kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>k</ci></math><listOfLocalParameters><localParameter id="k" metaid="local" value="1"/></listOfLocalParameters></kineticLaw></reaction></listOfReactions>'; // oxfmt-ignore
  const body = compartments('id="C" size="1" constant="true"') + parameters('id="k" value="100" constant="true"', 'id="y" constant="false"') + '<listOfSpecies><species id="S" compartment="C" initialAmount="0" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/></listOfSpecies>' + rules(assignment("y", ci("k"))) + reaction; // oxfmt-ignore
  const own = list(
    holding('id="p" value="3" constant="true"', replaces('comp:submodelRef="a" comp:metaIdRef="local">')),
  );
  const text = level3(own + submodels(submodel("a", "r")), definitions(["r", body]));
  expect(await at1(text, "a__S", "a__y")).toEqual([3, 100]);
});
