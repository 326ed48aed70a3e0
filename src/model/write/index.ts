// Writing models.
export { writeCalc } from "./calc.ts";
export { writeSbml } from "./sbml.ts";
export type { Written } from "./parts.ts";
