// Small SBML documents for tests.
import { readSbml, type ReadSbmlOptions } from "../../src/model/index.ts";
import { simulate } from "../../src/simulate.ts";

const MATH = "http://www.w3.org/1998/Math/MathML";
const SYMBOLS = "http://www.sbml.org/sbml/symbols/";

/** A document of Level 3 Version 2 around the lists of a model; `outside` follows the model. */
export function level3(body: string, outside = ""): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" level="3" version="2" comp:required="true">
<model id="m">
${body}
</model>
${outside}
</sbml>`;
}

export function level2(body: string): string {
  return `<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="m">${body}</model></sbml>`;
}

export const math = (content: string): string => `<math xmlns="${MATH}">${content}</math>`;
export const ci = (name: string): string => `<ci>${name}</ci>`;
export const cn = (value: number | string): string => `<cn>${value}</cn>`;
export const apply = (operation: string, ...args: string[]): string => `<apply><${operation}/>${args.join("")}</apply>`;
export const times = (...args: string[]): string => apply("times", ...args);
export const plus = (...args: string[]): string => apply("plus", ...args);
export const time = `<csymbol encoding="text" definitionURL="${SYMBOLS}time">t</csymbol>`;
/** A csymbol applied: delay, rateOf. */
export const symbolic = (name: string, ...args: string[]): string =>
  `<apply><csymbol encoding="text" definitionURL="${SYMBOLS}${name}">${name}</csymbol>${args.join("")}</apply>`;

export const compartments = (...each: string[]): string =>
  `<listOfCompartments>${each.map((attributes) => `<compartment spatialDimensions="3" ${attributes}/>`).join("")}</listOfCompartments>`;
export const species = (...each: string[]): string =>
  `<listOfSpecies>${each.map((attributes) => `<species compartment="C" ${attributes}/>`).join("")}</listOfSpecies>`;
export const parameters = (...each: string[]): string =>
  `<listOfParameters>${each.map((attributes) => `<parameter ${attributes}/>`).join("")}</listOfParameters>`;
export const rules = (...each: string[]): string => `<listOfRules>${each.join("")}</listOfRules>`;
export const assignment = (variable: string, content: string): string =>
  `<assignmentRule variable="${variable}">${math(content)}</assignmentRule>`;
export const rate = (variable: string, content: string): string =>
  `<rateRule variable="${variable}">${math(content)}</rateRule>`;
export const algebraic = (content: string): string => `<algebraicRule>${math(content)}</algebraicRule>`;
export const initially = (symbol: string, content: string): string =>
  `<listOfInitialAssignments><initialAssignment symbol="${symbol}">${math(content)}</initialAssignment></listOfInitialAssignments>`;
export const functions = (...each: [id: string, args: string[], body: string][]): string =>
  `<listOfFunctionDefinitions>${each.map(([id, args, body]) => `<functionDefinition id="${id}">${math(`<lambda>${args.map((arg) => `<bvar><ci>${arg}</ci></bvar>`).join("")}${body}</lambda>`)}</functionDefinition>`).join("")}</listOfFunctionDefinitions>`;

export interface ReactionText {
  readonly id?: string;
  readonly attributes?: string;
  /** Attributes of species references. */
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly law: string;
  readonly locals?: string;
}

export function reactions(...each: ReactionText[]): string {
  const side = (name: string, members: readonly string[] = []): string =>
    members.length === 0
      ? ""
      : `<${name}>${members.map((member) => (member.startsWith("<") ? member : `<speciesReference ${member}/>`)).join("")}</${name}>`;
  return `<listOfReactions>${each
    .map(
      ({ id = "R", attributes = "", from, to, law, locals = "" }, i) =>
        `<reaction id="${id}${i === 0 ? "" : i}" reversible="false" ${attributes}>${side("listOfReactants", from)}${side("listOfProducts", to)}<kineticLaw>${math(law)}${locals}</kineticLaw></reaction>`,
    )
    .join("")}</listOfReactions>`;
}

/** An event that assigns. */
export function event(
  trigger: string,
  assigned: Readonly<Record<string, string>>,
  { attributes = "", more = "", triggerAttributes = "" } = {},
): string {
  return `<event useValuesFromTriggerTime="true" ${attributes}><trigger initialValue="true" persistent="true" ${triggerAttributes}>${math(trigger)}</trigger>${more}<listOfEventAssignments>${Object.entries(
    assigned,
  )
    .map(([variable, content]) => `<eventAssignment variable="${variable}">${math(content)}</eventAssignment>`)
    .join("")}</listOfEventAssignments></event>`;
}
export const events = (...each: string[]): string => `<listOfEvents>${each.join("")}</listOfEvents>`;

/** Values of an output at times. */
export async function course(
  text: string,
  times: readonly number[],
  outputs: Record<string, "amount" | "concentration" | undefined>,
  options: ReadSbmlOptions = {},
): Promise<Record<string, number[]>> {
  const wanted = Object.entries(outputs).map(([id, as]) => ({ id, as }));
  const model = readSbml(text, "m.xml", { ...options, outputs: wanted });
  const { outputs: found, stop } = await simulate(model, { times, digits: 8, check: "none" });
  if (stop.kind !== "done") throw new Error(stop.detail);
  return Object.fromEntries(found.curves.map((curve) => [curve.name, Array.from(curve.values)]));
}
