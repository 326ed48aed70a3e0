// Room model: what people bring.
export type { Definition, DelayedValue, Model, ModelEvent, Reaction, State } from "./model.ts";
export { readNet } from "./net.ts";
export { readCalc } from "./calc.ts";
export { readSbml, type ReadSbmlOptions, type SbmlOutput } from "./sbml/reader.ts";
export {
  outputsOf,
  readResults,
  readSettings,
  readTags,
  score,
  scoreRow,
  timesOf,
  type CaseResults,
  type CaseSettings,
  type CaseTags,
} from "./sbml/conformance.ts";
export { fluxBalance, type Flux, type FluxBalance, type FluxBalanceOptions } from "./flux-balance.ts";
export {
  readFluxes,
  type FluxModel,
  type FluxObjective,
  type FluxReaction,
  type ReadFluxOptions,
} from "./sbml/flux.ts";
export { readModel, type ReadModelOptions } from "./read.ts";
export { writeCalc, writeSbml, type Written } from "./write/index.ts";
export { derive, type Equations } from "./derive.ts";
export { conservationLaws } from "./conservation.ts";
export { initialValues, lowerModel, parameterValues, type LoweredModel, type LowerModelOptions } from "./problem.ts";
export { activityOf, lowerJumps, lowerLangevin, lowerSde } from "./chance.ts";
export { lowerCurves } from "./curves.ts";
